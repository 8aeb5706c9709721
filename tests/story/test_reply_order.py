"""Several replies to one phone leave in the order they were decided; no other waits for them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest

from bot.channels.dispatcher import Dispatcher
from bot.channels.gateway import Outgoing, Sent
from bot.channels.simulator import Simulator
from tests.database.builders import Kabupaten, kabupaten
from tests.database.citizens import ANI, BUDI, after
from tests.database.talking import Phones

NINE = "2026-05-04T09:00:00"
REPLIES = 6


class Team(Simulator):
    """Several threads; Ani's first message leaves only when Budi's has, the later the quicker."""

    threads = 8

    def __init__(self, office: Kabupaten) -> None:
        super().__init__(office.engine, office.opened.seal)
        self.others = Event()
        self.waited: list[bool] = []
        self.took: list[str] = []
        """What Ani's phone got, in order."""

    def send(self, message: Outgoing) -> Sent:
        number = message.text.partition("SPG-2605-")[2][:4]
        if message.to.endswith("102"):
            sent = super().send(message)
            self.others.set()
            return sent
        if number == "0001":
            self.waited.append(self.others.wait(10))
        time.sleep(0.01 * (REPLIES - int(number)))
        sent = super().send(message)
        self.took.append(message.text)
        return sent


@pytest.fixture
def office(sqlite_url: str, tmp_path: Path) -> Iterator[Kabupaten]:
    with kabupaten(sqlite_url, tmp_path) as opened:
        yield opened


def test_the_replies_to_one_phone_keep_their_order(office: Kabupaten) -> None:
    phones, team = Phones(office.opened), Team(office)
    office.opened.dispatcher = Dispatcher(
        office.engine, office.opened.seal, team, lease_s=60, unknown_after_s=900
    )
    for number in range(REPLIES):
        phones.says(ANI, f"LAPOR lampu nomor {number} mati", after(NINE, minutes=number))
    phones.says(BUDI, "LAPOR air keruh", after(NINE, minutes=REPLIES))
    done = office.opened.tick(phones.arrived(ANI, "", after(NINE, minutes=9)).received_at)
    assert (done.sent, done.failed, done.unknown) == (REPLIES + 1, 0, 0)
    assert team.waited == [True]
    assert team.took == phones.replies(ANI)
    assert len(team.took) == REPLIES
