"""A training room for tests: the fictional kabupaten on Monday 4 May 2026, 09.00 WIB."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.compose import SIMULATOR_OFFSET, Installation, open_installation
from scheduler import clock
from scheduler.case import Case
from scheduler.ledger import KOMINFO
from scheduler.lifecycle import Desk
from scheduler.store import cases
from scheduler.store.pairing import next_number
from scheduler.store.rules import set_switch
from scheduler.store.session import writing
from tests.factories import settings_for

MONDAY = datetime(2026, 5, 4, 2, 0, tzinfo=UTC)
"""09.00 WIB on a working day whose week has no holiday."""


def set_clock(opened: Installation, at: datetime) -> None:
    """Have the room's clock show a moment, whatever the machine's shows."""
    ahead: timedelta = at - clock.now()
    with writing(opened.engine) as connection:
        set_switch(connection, SIMULATOR_OFFSET, str(ahead.total_seconds()), at)


@contextmanager
def training_room(url: str, at: datetime = MONDAY, **settings: Any) -> Iterator[Installation]:
    """An installation with simulated phones on the empty database at `url`, nobody in it yet."""
    opened = open_installation(replace(settings_for(url), **settings))
    try:
        set_clock(opened, at)
        yield opened
    finally:
        opened.close()


def received(opened: Installation, title: str = "Jalan berlubang di depan Pasar Contoh") -> str:
    """Enter a complaint as it comes to the counter; return its number."""
    at = opened.now()
    world = opened.world(at)
    with writing(opened.engine) as connection:
        nomor = next_number(connection, world.policy.kode, world.today(at), at)
        desk = Desk(world, at)
        desk.receive(Case(title, title, at, at, nomor=nomor, sumber="Tatap Muka"), KOMINFO)
        cases.write(connection, desk.changes)
    return nomor
