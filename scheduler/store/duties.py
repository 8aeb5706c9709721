"""How much instansi owe an answer to, in numbers: what leaders are told."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, case, func, select

from config.terms import Clock
from scheduler.store.tables import ClockRun, Complaint
from scheduler.store.wanted import ticking


@dataclass(frozen=True, slots=True)
class Owed:
    """What one instansi owes an answer to, and how much of it is past the clock's limit."""

    instansi_id: int
    count: int
    late: int


def owed(connection: Connection, instansi_ids: Collection[int], at: datetime) -> list[Owed]:
    """Return what each of these instansi owes at a moment, the most late first; none owes zero.

    What stands still (tunda, SUDAH, held for a person) is owed, and never late: what is late is
    what the first page calls overdue (`wanted.Saring.TERLAMBAT`).
    """
    late = ticking(ClockRun.limit_at < at)
    rows = connection.execute(
        select(Complaint.instansi_id, func.count(), func.sum(case((late, 1), else_=0)))
        .join(ClockRun, ClockRun.complaint_id == Complaint.id)
        .where(
            ClockRun.clock == Clock.RESPON,
            ClockRun.stopped_at.is_(None),
            Complaint.instansi_id.in_(instansi_ids),
        )
        .group_by(Complaint.instansi_id)
    )
    found = [Owed(key, count, int(late or 0)) for key, count, late in rows if key is not None]
    return sorted(found, key=lambda one: (-one.late, -one.count, one.instansi_id))
