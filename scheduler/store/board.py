"""Figures of the first page. Each is counted by the conditions of the list that it opens.

Reads only, and a number of queries that depends on nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, Select, and_, case, func, literal, select, true, union_all

from config.terms import NoticeStatus
from scheduler.store.messaging_tables import Notice
from scheduler.store.tables import Complaint, ImportRun
from scheduler.store.wanted import Day, Saring, Wanted, conditions


@dataclass(frozen=True, slots=True)
class Late:
    """Overdue complaints of an instansi; None: of none yet, they are Kominfo's."""

    instansi_id: int | None
    count: int


@dataclass(frozen=True, slots=True)
class Flow:
    """How many complaints came in, and how many were ended, between two moments."""

    received: int
    closed: int


@dataclass(frozen=True, slots=True)
class Import:
    """The newest SP4N export: the moment it speaks of, and when it was read."""

    data_at: datetime
    finished_at: datetime


def counts(connection: Connection, lists: Sequence[Wanted], day: Day) -> list[int]:
    """Return the length of each list, in one query."""
    if not lists:
        return []
    return list(connection.execute(select(*(_length(one, day) for one in lists))).one())


def _length(wanted: Wanted, day: Day) -> Any:
    return (
        select(func.count())
        .select_from(Complaint)
        .where(*conditions(wanted, day))
        .correlate(None)
        .scalar_subquery()
    )


def late(connection: Connection, wanted: Wanted, day: Day) -> list[Late]:
    """Return how much of a list is overdue, by instansi, the most first."""
    rows = connection.execute(
        select(Complaint.instansi_id, func.count())
        .where(*conditions(wanted.also(Saring.TERLAMBAT), day))
        .group_by(Complaint.instansi_id)
    )
    found = [Late(instansi_id, number) for instansi_id, number in rows]
    return sorted(found, key=lambda one: (-one.count, one.instansi_id or 0))


def flow(
    connection: Connection, wanted: Wanted, bounds: Sequence[datetime], day: Day
) -> list[Flow]:
    """Return what came in and was ended between each two neighbours of `bounds`, in order."""
    spans = list(pairwise(bounds))
    whole = (bounds[0], bounds[-1])

    def of(column: Any, kind: str, which: Wanted) -> Select[str, int | None, int]:
        number = case(*((column < until, nth) for nth, (_, until) in enumerate(spans)))
        return (
            select(literal(kind), number.label("nth"), func.count())
            .where(*conditions(which, day))
            .group_by(number)
        )

    received = of(Complaint.received_at, "received", Wanted(wanted.scope, received=whole))
    closed = of(Complaint.closed_at, "closed", Wanted(wanted.scope, closed=whole))
    found = {(kind, nth): n for kind, nth, n in connection.execute(union_all(received, closed))}
    return [
        Flow(found.get(("received", nth), 0), found.get(("closed", nth), 0))
        for nth in range(len(spans))
    ]


def notices(
    connection: Connection, since: Mapping[NoticeStatus, datetime | None]
) -> dict[NoticeStatus, int]:
    """Return how many notices have each status that were decided since a moment; None: ever."""
    which = (
        and_(Notice.status == status, true() if moment is None else Notice.created_at >= moment)
        for status, moment in since.items()
    )
    lengths = (
        select(func.count()).select_from(Notice).where(one).scalar_subquery() for one in which
    )
    return dict(zip(since, connection.execute(select(*lengths)).one(), strict=True))


def last_import(connection: Connection) -> Import | None:
    """Return the newest export that was read to its end, or None before the first."""
    row = connection.execute(
        select(ImportRun.data_at, ImportRun.finished_at)
        .order_by(ImportRun.finished_at.desc())
        .limit(1)
    ).first()
    return Import(*row) if row else None
