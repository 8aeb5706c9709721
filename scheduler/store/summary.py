"""Figures of a morning and a week, and the notices that carry them: counts, no words."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, case, func, select, text, update

from config.terms import Clock, NoticeStatus, Peran, Status
from scheduler.store.dialogue_tables import Request
from scheduler.store.messaging_tables import Notice
from scheduler.store.reach import insert_new
from scheduler.store.tables import ClockRun, Complaint

_ANSWERING = (Clock.RESPON, Clock.PENYELESAIAN)
"""The clocks that an OPD's answer stops."""

# Word for word as the partial index has it: SQLite uses such an index for nothing less.
_OPEN_REQUEST = text("requests.state = 'terbuka'")


@dataclass(frozen=True, slots=True)
class Standing:
    """How many complaints an OPD still owes an answer to; each is counted once."""

    instansi_id: int
    terlambat: int
    hari_ini: int
    """Due later today."""
    menunggu: int
    """Due on a later day."""


def standings(connection: Connection, at: datetime, tomorrow: datetime) -> list[Standing]:
    """Return where each OPD stands at `at`; `tomorrow` is when the local day ends.

    A complaint counts by the earliest limit of its open clocks. What stands still (tunda, held
    for a person) is nobody's debt for now.
    """
    first = (
        select(Complaint.instansi_id, func.min(ClockRun.limit_at).label("limit_at"))
        .join(Complaint, Complaint.id == ClockRun.complaint_id)
        .where(
            ClockRun.stopped_at.is_(None),
            ClockRun.paused_at.is_(None),
            ClockRun.clock.in_(_ANSWERING),
            ClockRun.limit_at.is_not(None),
            Complaint.hold_reason.is_(None),
            Complaint.instansi_id.is_not(None),
        )
        .group_by(Complaint.id, Complaint.instansi_id)
        .subquery()
    )
    late, today = first.c.limit_at < at, first.c.limit_at < tomorrow
    rows = connection.execute(
        select(
            first.c.instansi_id,
            func.sum(case((late, 1), else_=0)),
            func.sum(case((late, 0), (today, 1), else_=0)),
            func.sum(case((today | late, 0), else_=1)),
        )
        .group_by(first.c.instansi_id)
        .order_by(first.c.instansi_id)
    )
    return [Standing(*map(int, row)) for row in rows]


def received(connection: Connection, since: datetime, until: datetime) -> int:
    """Return how many complaints came in from `since` until just before `until`."""
    return _count(
        connection,
        Complaint.status.in_(list(Status)),  # `ix_complaints_status` begins with it
        Complaint.received_at >= since,
        Complaint.received_at < until,
        Complaint.merged_into_id.is_(None),
    )


def answered(connection: Connection, since: datetime, until: datetime) -> int:
    """Return how many complaints have their answer from `since` until just before `until`."""
    return _count(connection, Complaint.answered_at >= since, Complaint.answered_at < until)


def unverified(connection: Connection) -> int:
    """Return how many complaints wait to be verified."""
    return _count(
        connection,
        Complaint.status == Status.BELUM_TERVERIFIKASI,
        Complaint.merged_into_id.is_(None),
    )


def _count(connection: Connection, *conditions: Any) -> int:
    return connection.execute(
        select(func.count()).select_from(Complaint).where(*conditions)
    ).scalar_one()


def undelivered(connection: Connection, since: datetime) -> int:
    """Return how many notices failed since a moment, or are uncertain now."""
    failed = (Notice.status == NoticeStatus.FAILED) & (Notice.settled_at >= since)
    return connection.execute(
        select(func.count())
        .select_from(Notice)
        .where(failed | (Notice.status == NoticeStatus.UNKNOWN))
    ).scalar_one()


def requests(connection: Connection, decider: Peran) -> int:
    """Return how many requests wait for the decision of a role."""
    return connection.execute(
        select(func.count()).select_from(Request).where(_OPEN_REQUEST, Request.decider == decider)
    ).scalar_one()


def any_complaint(connection: Connection, before: datetime) -> bool:
    """Return whether a complaint had come in before a moment."""
    row = connection.execute(
        select(Complaint.id)
        .where(Complaint.status.in_(list(Status)), Complaint.received_at < before)
        .limit(1)
    ).first()
    return row is not None


def told(connection: Connection, causes: Collection[str]) -> set[str]:
    """Return which causes have their notice already."""
    rows = connection.execute(select(Notice.cause).where(Notice.cause.in_(causes)))
    return set(rows.scalars())


def put(connection: Connection, rows: Sequence[Mapping[str, Any]], at: datetime) -> int:
    """Write notices that sum up, each once; return how many are new.

    One from a day before that could not leave yet is cancelled: the newest says it all.
    """
    common = {"occurrence": 1, "copy": False, "in_digest": False}
    new = 0
    for row in rows:
        if not insert_new(connection, Notice, [{**common, **row}]):
            continue
        new += 1
        connection.execute(
            update(Notice)
            .where(
                Notice.post_id == row["post_id"],
                Notice.kind == row["kind"],
                Notice.cause != row["cause"],
                Notice.status.in_((NoticeStatus.PENDING, NoticeStatus.HELD)),
            )
            .values(status=NoticeStatus.CANCELLED, hold_reason=None, settled_at=at)
        )
    return new
