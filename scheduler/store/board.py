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
from scheduler.store.tables import ClockRun, Complaint, ImportRun
from scheduler.store.wanted import (
    Day,
    Saring,
    Wanted,
    conditions,
    of_the_first_limit,
    running,
)


@dataclass(frozen=True, slots=True)
class Late:
    """Overdue complaints of an instansi; None: of none yet, they are Kominfo's."""

    instansi_id: int | None
    count: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How many complaints wait for an instansi, by the first limit that runs for each.

    None: for none of the OPDs, they wait for Kominfo's verification or disposition.
    """

    instansi_id: int | None
    terlambat: int
    """`Saring.TERLAMBAT`"""
    hari_ini: int
    """`Saring.JATUH_TEMPO`"""
    menunggu: int
    """Due on a later day."""


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
    rows = standings(connection, wanted.also(Saring.TERLAMBAT), day)
    found = [Late(one.instansi_id, one.terlambat) for one in rows]
    return sorted(found, key=lambda one: (-one.count, one.instansi_id or 0))


def standings(connection: Connection, wanted: Wanted, day: Day) -> list[Standing]:
    """Return where each instansi stands with what of a list runs towards a limit, in one query.

    Each complaint is counted once. Summed up it is as much as the lists of `Saring` hold that
    `Standing` names: the first page, the morning's figures and the recap cannot differ.
    """
    first = (
        select(Complaint.instansi_id, func.min(ClockRun.limit_at).label("limit_at"))
        .join(ClockRun, ClockRun.complaint_id == Complaint.id)
        .where(*running(ClockRun), *conditions(wanted.also(Saring.BERJALAN), day))
        .group_by(Complaint.id, Complaint.instansi_id)
        .subquery()
    )

    limit_at = first.c.limit_at
    which = [
        and_(*of_the_first_limit(Saring.TERLAMBAT, limit_at, day)),
        and_(*of_the_first_limit(Saring.JATUH_TEMPO, limit_at, day)),
        limit_at >= day.tomorrow,
    ]
    rows = connection.execute(
        select(first.c.instansi_id, *(func.sum(case((one, 1), else_=0)) for one in which)).group_by(
            first.c.instansi_id
        )
    )
    return [Standing(instansi_id, *map(int, numbers)) for instansi_id, *numbers in rows]


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
