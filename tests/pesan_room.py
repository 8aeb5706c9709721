"""A room for the tests of Pesan: DPUPR was told of one complaint on Monday at nine."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import select, update

from bot.compose import Installation
from bot.verbs import act
from scheduler.ledger import KOMINFO
from scheduler.store.messaging_tables import Notice
from scheduler.store.session import reading, writing
from tests.console import Console, with_example
from tests.training import received, training_room

PHONE = re.compile(r"(\+?62|08)\d[\d -]{7,}")
ROW = re.compile(r'href="/pesan/(?:alasan/)?(\d+)">(?:Rincian|Tetapkan)')


@contextmanager
def told_room(url: str) -> Iterator[Installation]:
    """The room, on the empty database at `url`."""
    with training_room(url) as opened:
        disposed(opened)
        opened.tick(opened.now())
        yield opened


def disposed(opened: Installation) -> str:
    dpupr = with_example(opened)
    number = received(opened)
    act(opened, number, opened.now(), lambda desk, case: desk.dispose(case, dpupr, KOMINFO))
    return number


def rows(opened: Installation, table: Any) -> list[Any]:
    with reading(opened.engine) as connection:
        return list(connection.execute(select(*table.__table__.columns).order_by(table.id)))


def statuses(opened: Installation) -> list[str]:
    return [str(row.status) for row in rows(opened, Notice)]


def sets(opened: Installation, table: Any, **values: object) -> None:
    with writing(opened.engine) as connection:
        connection.execute(update(table).values(**values))


def found(console: Console, query: str) -> list[str]:
    """The messages that a search lists."""
    return ROW.findall(console.read(f"/pesan?{query}"))
