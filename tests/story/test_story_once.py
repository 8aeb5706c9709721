"""Every message has one effect, however often and in whatever order it is delivered."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from random import Random

from sqlalchemy import func, select

from bot.compose import open_installation
from scheduler.store.dialogue_tables import Draft, InboundMessage
from scheduler.store.messaging_tables import Message, Notice
from scheduler.store.session import reading
from scheduler.store.tables import Complaint
from tests.story.town import ON_BOTH, Channel, Town
from tests.story.wires import Said, post
from tests.web.provider import Request

PEOPLE = 250
TOGETHER = 40
"""Deliveries under way at the same time."""
WORKERS = 2


def _deliveries(town: Town, random: Random) -> list[Request]:
    """A report and a question of each person, each one to three times, in random order."""
    found = []
    for person in range(PEOPLE):
        channel = random.choice([Channel.WHATSAPP, Channel.SMS])
        number = f"+6281100{20_000 + person}"
        report = f"{_words(random)} rusak di Desa {_words(random)} sejak kemarin"
        for text in (report, random.choice(["BANTUAN", "STATUS"])):
            request = town.wires[channel].request(Said(number, text), town.now)
            found += [request] * random.randint(1, 3)
    random.shuffle(found)
    return found


def _words(random: Random) -> str:
    """Words that read like nobody else's: what is alike would be linked, which is not told here."""
    return " ".join("".join(random.choices("bdgjklmnprst", k=9)) for _ in range(4))


@ON_BOTH
def test_500_messages_delivered_one_to_three_times_each_have_one_effect(town: Town) -> None:
    deliveries = _deliveries(town, Random(4))
    ended = threading.Event()

    def listen() -> None:
        worker = open_installation(town.opened.settings)
        try:
            while True:
                last = ended.is_set()
                heard = worker.listen(town.now, limit=5)
                assert not heard.problems, heard.problems
                if last and not heard.heard:
                    return
                ended.wait(0.02)  # SQLite lets in whoever asks first, not whoever waits longest
        finally:
            worker.close()

    with ThreadPoolExecutor(WORKERS) as workers:
        working = [workers.submit(listen) for _ in range(WORKERS)]
        try:
            for first in range(0, len(deliveries), TOGETHER):
                post(town.app, deliveries[first : first + TOGETHER])
        finally:
            ended.set()
        for one in working:
            one.result()
    assert not town.opened.converse(town.now).problems
    town.receive(reported=False)

    assert len(deliveries) > 2 * PEOPLE
    with reading(town.opened.engine) as connection:

        def count(table: type, *where: object) -> int:
            query = select(func.count()).select_from(table).where(*where)  # type: ignore[arg-type]
            return int(connection.execute(query).scalar_one())

        effects = connection.execute(
            select(InboundMessage.state, func.count()).group_by(InboundMessage.state)
        )
        assert {state: number for state, number in effects} == {"selesai": 2 * PEOPLE}
        assert count(Complaint) == PEOPLE
        assert count(Draft) == 0
        assert count(Notice, Notice.kind == "balasan") == 2 * PEOPLE
        assert count(Message) == 2 * PEOPLE
    told = Counter(got.landed.number for got in town.got)
    assert len(told) == PEOPLE
    assert set(told.values()) == {2}
    numbers = {got.number for got in town.got if "dicatat no. SPG-" in got.text}
    assert len(numbers) == PEOPLE
    for got in town.got:
        got.claimed = True
