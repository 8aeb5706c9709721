"""What reporters were told last, and what was answered: what their next words may be about."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, func, select

from config.terms import Clock, NoticeStatus
from scheduler.store.dialogue_tables import Answer
from scheduler.store.messaging_tables import Notice
from scheduler.store.tables import ClockRun

_SENT: Final = (NoticeStatus.SENDING, NoticeStatus.ACCEPTED, NoticeStatus.DELIVERED)
_RATED: Final = "dinilai"
"""Why the clock of the reporter's judgement stopped: he has given it."""


def last_about(connection: Connection, phone_id: int) -> int | None:
    """Return the complaint that the last message to a phone was about; None for none.

    What asked a reporter to complete his complaint, and what he was told of that complaint when he
    asked; of nothing else, for only these are answered by words without a number.
    """
    row = connection.execute(
        select(Notice.kind, Notice.complaint_id)
        .where(Notice.phone_id == phone_id, Notice.status.in_(_SENT))
        .order_by(Notice.created_at.desc(), Notice.id.desc())
        .limit(1)
    ).first()
    return row.complaint_id if row and row.kind in {"kelengkapan", "balasan"} else None


def rated(connection: Connection, complaint_ids: Collection[int]) -> dict[int, datetime | None]:
    """Return which complaints' last answers were rated, and until when they could have been.

    None in place of a moment: the policy sets no limit.
    """
    rows = connection.execute(
        select(ClockRun.complaint_id, ClockRun.stop_reason, ClockRun.limit_at)
        .where(ClockRun.complaint_id.in_(complaint_ids), ClockRun.clock == Clock.TANGGAPAN)
        .order_by(ClockRun.complaint_id, ClockRun.run_no)
    ).all()
    last = {row.complaint_id: row for row in rows}
    return {key: row.limit_at for key, row in last.items() if row.stop_reason == _RATED}


def answer(connection: Connection, complaint_id: int) -> str | None:
    """Return what was answered since a complaint was last disposed or reopened, word for word.

    Supplements stand behind it. None where it was answered elsewhere (SP4N), or not at all.
    """
    since = connection.execute(
        select(func.max(ClockRun.opened_at)).where(
            ClockRun.complaint_id == complaint_id, ClockRun.clock == Clock.RESPON
        )
    ).scalar_one()
    query = select(Answer.body).where(
        Answer.complaint_id == complaint_id, Answer.substantive.is_(True)
    )
    if since is not None:
        query = query.where(Answer.given_at >= since)
    bodies = connection.execute(query.order_by(Answer.id)).scalars().all()
    return "\n".join(bodies) or None
