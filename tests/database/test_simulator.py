"""The simulator knows its own messages, and claims nothing of another gateway's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from bot.channels.gateway import OutcomeUnknownError, Outgoing
from bot.channels.simulator import SENDER, Simulator
from config.terms import Channel, NoticeStatus
from scheduler.store.sealed import Seal
from scheduler.store.session import make_engine

KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
NOW = datetime(2026, 5, 4, 3, 0, tzinfo=UTC)


def message(sender: str | None = None) -> Outgoing:
    return Outgoing(1, "+6280000000001", "Yth. Admin", Channel.SMS, NOW, sender=sender)


@pytest.fixture
def simulator(database_url: str) -> Iterator[Simulator]:
    engine = make_engine(database_url)
    yield Simulator(engine, Seal(KEY))
    engine.dispose()


def test_its_own_message_is_found_again(simulator: Simulator) -> None:
    sent = simulator.send(message())
    assert sent.status is NoticeStatus.DELIVERED
    for sender in (None, SENDER):
        assert list(simulator.look_up(message(sender), NOW)) == [sent]


def test_of_another_gateways_message_it_knows_nothing(simulator: Simulator) -> None:
    # GATEWAY was changed while a message was in flight: absence would have it sent to a phone
    # that nobody reads, and a delivery would be made up.
    with pytest.raises(OutcomeUnknownError):
        simulator.look_up(message("KOMINFO"), NOW)
    with pytest.raises(OutcomeUnknownError):
        simulator.fetch("SM00000000000000000000000000000001")
