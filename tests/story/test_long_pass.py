"""A pass that takes long: what it posts late is waited for from then, not from its beginning."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from bot.channels.dispatcher import Dispatcher
from bot.channels.gateway import OutcomeUnknownError, Outgoing, Sent
from bot.channels.sending import BATCH
from bot.channels.simulator import Simulator
from bot.compose import Installation
from scheduler.store.phones import inbox
from scheduler.store.session import reading
from tests.factories import Kominfo, opds, opened, people
from tests.story.reference import JAKARTA

START = datetime(2026, 5, 4, 10, 0, tzinfo=JAKARTA)
OPDS = BATCH // 2 + 1  # two messages each: the last ones are frozen in a second batch
UNKNOWN_AFTER_S = 900
STALL_S = 800


class Stalling(Simulator):
    """The first batch takes long; after it every answer is lost, and nothing is listed yet."""

    def __init__(self, installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(installation.engine, installation.seal)
        self.stalled_s = 0.0
        self.posts = 0
        monotonic = time.monotonic
        monkeypatch.setattr(time, "monotonic", lambda: monotonic() + self.stalled_s)

    def send(self, message: Outgoing) -> Sent:
        self.posts += 1
        sent = super().send(message)
        if self.posts == BATCH:
            self.stalled_s = STALL_S
        if self.posts > BATCH:
            raise OutcomeUnknownError("the connection broke")
        return sent

    def look_up(self, message: Outgoing, since: datetime) -> Sequence[Sent]:
        return []


def test_what_a_long_pass_posts_late_is_not_given_up_too_early(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(database_url, START, people(OPDS)) as installation:
        kominfo = Kominfo.at(installation, START)
        for number, opd in enumerate(opds(OPDS), start=9_000_001):
            kominfo.dispose(kominfo.receive(str(number), START), opd, START)
        gateway = Stalling(installation, monkeypatch)
        installation.dispatcher = Dispatcher(
            installation.engine,
            installation.seal,
            gateway,
            lease_s=60,
            unknown_after_s=UNKNOWN_AFTER_S,
        )
        assert installation.tick(START).unknown == OPDS * 2 - BATCH

        # Long after the pass began, a moment after the last POST: the list may well lag.
        soon = START + timedelta(seconds=UNKNOWN_AFTER_S)
        assert installation.tick(soon).unknown == OPDS * 2 - BATCH
        assert gateway.posts == OPDS * 2

        with reading(installation.engine) as connection:
            texts = Counter((blind, text) for _, blind, text in inbox(connection))
        assert len(texts) == OPDS * 2
        assert set(texts.values()) == {1}
