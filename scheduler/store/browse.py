"""Pages of the list of complaints, in three orders. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, Select, case, exists, func, not_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, aliased

from config.terms import Status
from scheduler.store.tables import ClockRun, Complaint
from scheduler.store.visible import Scope, seen
from scheduler.store.wanted import (
    BY_LIMIT,
    OWED,
    Day,
    Wanted,
    conditions,
    of_the_first_limit,
    running,
)

PAGE: Final = 50
SOURCES: Final = 2000
"""How many of the newest complaints are asked which sources there are."""


class Urut(StrEnum):
    """The order of a list."""

    TERBARU = "terbaru"
    TERLAMA = "terlama"
    BATAS = "batas"
    """Those whose limit runs, the nearest limit first."""


@dataclass(frozen=True, slots=True)
class Row:
    """One complaint as the list shows it; nothing of its reporter."""

    id: int
    tracking_id: str | None
    nomor: str | None
    status: Status
    judul: str
    anonim: bool
    rahasia: bool
    hidden: bool
    instansi_id: int | None
    kategori: str | None
    received_at: datetime
    held: bool
    limit_at: datetime | None
    """The earliest limit of its clocks that run."""
    paused: bool
    """A clock of it stands still: tunda, or SUDAH waiting for SP4N."""

    @property
    def number(self) -> str:
        """SP4N's Tracking ID, else the own number."""
        return self.tracking_id or self.nomor or "?"


_COLUMNS: Final = (
    Complaint.id,
    Complaint.tracking_id,
    Complaint.nomor,
    Complaint.status,
    Complaint.judul,
    Complaint.anonim,
    Complaint.rahasia,
    Complaint.hidden,
    Complaint.instansi_id,
    Complaint.kategori,
    Complaint.received_at,
    Complaint.hold_reason.is_not(None).label("held"),
)

Key = tuple[datetime, int]
"""Where a row stands in its order."""


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a list. `before` and `after` are the keys to ask for the pages beside it."""

    rows: tuple[Row, ...]
    before: Key | None
    after: Key | None


def count(connection: Connection, wanted: Wanted, day: Day) -> int:
    """Return how many complaints a list has."""
    return connection.execute(
        select(func.count()).select_from(Complaint).where(*conditions(wanted, day))
    ).scalar_one()


def listed(
    connection: Connection,
    wanted: Wanted,
    day: Day,
    order: Urut,
    *,
    after: Key | None = None,
    before: Key | None = None,
) -> Listing:
    """Return the page of a list that follows the key `after`, or precedes `before`; else the first.

    In the order by limit those without a running limit have no place, and are left out.
    """
    backwards = before is not None
    query, columns = _ordered(wanted, day, order)
    descending = (order is Urut.TERBARU) is not backwards
    place = tuple_(*columns)
    key = before or after
    if key is not None:
        query = query.where(place < key if descending else place > key)
    query = query.order_by(*(c.desc() if descending else c.asc() for c in columns))
    keys = [(moment, id_) for moment, id_ in connection.execute(query.limit(PAGE + 1))]
    more = len(keys) > PAGE
    keys = keys[:PAGE]
    if backwards:
        keys.reverse()
    earlier = more if backwards else after is not None
    later = backwards or more
    return Listing(
        tuple(_rows(connection, [id_ for _, id_ in keys])),
        keys[0] if keys and earlier else None,
        keys[-1] if keys and later else None,
    )


def _ordered(
    wanted: Wanted, day: Day, order: Urut
) -> tuple[Select[Any, int], tuple[InstrumentedAttribute[Any], InstrumentedAttribute[int]]]:
    """Return the keys of a list, not yet in order, and the columns of its order."""
    if order is not Urut.BATAS:
        columns = (Complaint.received_at, Complaint.id)
        return select(*columns).where(*conditions(wanted, day)), columns
    # What is asked of limits is asked of the very run that the order goes by.
    which = conditions(replace(wanted, saring=wanted.saring - BY_LIMIT), day)
    for one in sorted(wanted.saring & BY_LIMIT):
        which += of_the_first_limit(one, ClockRun.limit_at, day)
    sooner = aliased(ClockRun)
    first = not_(
        exists()
        .where(
            sooner.complaint_id == ClockRun.complaint_id,
            *running(sooner),
            tuple_(sooner.limit_at, sooner.id) < tuple_(ClockRun.limit_at, ClockRun.id),
        )
        .correlate(ClockRun)
    )
    query = (
        select(ClockRun.limit_at, ClockRun.complaint_id)
        .join(Complaint, Complaint.id == ClockRun.complaint_id)
        .where(*running(ClockRun), first, Complaint.hold_reason.is_(None), *which)
    )
    return query, (ClockRun.limit_at, ClockRun.complaint_id)


def _rows(connection: Connection, ids: Sequence[int]) -> list[Row]:
    """Return complaints in the order of their ids given."""
    if not ids:
        return []
    limits = {
        row.complaint_id: row
        for row in connection.execute(
            select(
                ClockRun.complaint_id,
                func.min(case((ClockRun.paused_at.is_(None), ClockRun.limit_at))).label("limit_at"),
                func.count(ClockRun.paused_at).label("paused"),
            )
            .where(
                ClockRun.complaint_id.in_(ids),
                ClockRun.stopped_at.is_(None),
                ClockRun.clock.in_(OWED),
            )
            .group_by(ClockRun.complaint_id)
        )
    }
    found = {}
    for row in connection.execute(select(*_COLUMNS).where(Complaint.id.in_(ids))):
        clocks = limits.get(row.id)
        found[row.id] = Row(
            **row._mapping,
            limit_at=clocks.limit_at if clocks else None,
            paused=bool(clocks and clocks.paused),
        )
    return [found[key] for key in ids if key in found]


def sources(connection: Connection, scope: Scope) -> list[str]:
    """Return where the newest complaints that are seen came from, in the order of the alphabet."""
    newest = (
        select(Complaint.sumber)
        .where(seen(scope))
        .order_by(Complaint.received_at.desc(), Complaint.id.desc())
        .limit(SOURCES)
        .subquery()
    )
    rows = connection.execute(select(newest.c.sumber).distinct()).scalars()
    return sorted(source for source in rows if source)
