"""What is laid up for the next hours: notices that wait, clocks that fall due. Reads only."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, func, not_, select

from config.terms import Clock, Letter, NoticeStatus
from scheduler.store.grouping import moving
from scheduler.store.messaging_tables import Message, Notice
from scheduler.store.tables import ClockRun, Complaint

_UNSETTLED: Final = (NoticeStatus.PENDING, NoticeStatus.SENDING, NoticeStatus.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A notice that was decided and is not sent yet."""

    id: int
    complaint_id: int | None
    tracking_id: str | None
    nomor: str | None
    run_id: int | None
    clock: Clock | None
    step: str
    occurrence: int
    kind: str
    letter: Letter | None
    copy: bool
    post_id: int | None
    instansi_id: int | None
    urgent: bool
    status: NoticeStatus
    send_after: datetime
    message_id: int | None
    message_after: datetime | None
    """When the message it is in may go, where that was put off."""
    still: bool
    """It waits with its clock, which is paused or held."""


_OTHERS: Final[dict[str, Any]] = {
    "tracking_id": Complaint.tracking_id,
    "nomor": Complaint.nomor,
    "message_after": Message.send_after,
    "still": not_(moving()),
}
_WAITING: Final = (
    select(
        *(
            (_OTHERS[f.name] if f.name in _OTHERS else getattr(Notice, f.name)).label(f.name)
            for f in fields(Waiting)
        )
    )
    .outerjoin(Complaint, Complaint.id == Notice.complaint_id)
    .outerjoin(ClockRun, ClockRun.id == Notice.run_id)
    .outerjoin(Message, Message.id == Notice.message_id)
    .select_from(Notice)
    .order_by(Notice.id)
)


def waiting(connection: Connection, until: datetime, limit: int) -> list[Waiting]:
    """Return up to `limit` notices that may go up to a moment, the oldest first."""
    query = _WAITING.where(Notice.status == NoticeStatus.PENDING, Notice.send_after <= until).limit(
        limit
    )
    return [Waiting(**row._mapping) for row in connection.execute(query)]


def unsettled(connection: Connection, run_ids: Collection[int]) -> list[Waiting]:
    """Return what of some runs is on its way: the next formal step waits for it."""
    query = _WAITING.where(Notice.run_id.in_(sorted(run_ids)), Notice.status.in_(_UNSETTLED))
    return [Waiting(**row._mapping) for row in connection.execute(query)]


def due(connection: Connection, until: datetime, limit: int) -> list[int]:
    """Return the complaints of up to `limit` clocks due up to a moment (`ix_clock_runs_due`)."""
    rows = connection.execute(
        select(ClockRun.complaint_id)
        .where(
            ClockRun.next_look_at <= until,
            ClockRun.next_look_at.is_not(None),
            ClockRun.stopped_at.is_(None),
        )
        .order_by(ClockRun.next_look_at)
        .limit(limit)
    ).scalars()
    return list(rows)


def held(connection: Connection, limit: int) -> list[tuple[str, int]]:
    """Return why notices are held, and how many of the first `limit`, the most first."""
    some = (
        select(Notice.hold_reason).where(Notice.status == NoticeStatus.HELD).limit(limit).subquery()
    )
    rows = connection.execute(
        select(some.c.hold_reason, func.count())
        .group_by(some.c.hold_reason)
        .order_by(func.count().desc(), some.c.hold_reason)
    )
    return [(reason, count) for reason, count in rows]
