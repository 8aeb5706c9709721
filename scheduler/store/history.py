"""Everything on record about one complaint, stopped runs included. Reads only.

No value carries a phone number or a person's name: posts stand for people.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, select

from scheduler.case import OpenRun
from scheduler.records import EventRecord, History, NoticeRecord, RunRecord, StepRecord
from scheduler.store.cases import load_cases
from scheduler.store.console_tables import Handover, HandoverItem
from scheduler.store.messaging_tables import Message, Notice
from scheduler.store.tables import (
    Audit,
    ClockRun,
    Complaint,
    Holder,
    Post,
    RuleVersion,
    RunPause,
    RunStep,
)

_RUN = (
    ClockRun.clock,
    ClockRun.run_no,
    ClockRun.policy_version_id,
    ClockRun.instansi_id,
    ClockRun.started_at,
    ClockRun.opened_at,
    ClockRun.id,
    ClockRun.paused_at,
    ClockRun.stopped_at,
    ClockRun.stop_reason,
    ClockRun.next_look_at,
    ClockRun.limit_at,
    ClockRun.moved_at,
    ClockRun.waiting,
    ClockRun.last_error,
)
"""The fields of an `OpenRun`, in its order."""


def load_history(connection: Connection, complaint_id: int) -> History:
    """Return one complaint with all its runs, in the order they were opened."""
    runs = [
        OpenRun(*row)
        for row in connection.execute(
            select(*_RUN).where(ClockRun.complaint_id == complaint_id).order_by(ClockRun.id)
        )
    ]
    ids = [run.id for run in runs if run.id is not None]
    pauses, steps = _pauses(connection, ids), _steps(connection, ids)
    notices = _notices(connection, complaint_id)
    return History(
        load_cases(connection, [complaint_id])[complaint_id],
        tuple(
            RunRecord(run, tuple(pauses[run.id]), tuple(steps[run.id]), tuple(notices[run.id]))
            for run in runs
        ),
        tuple(
            EventRecord(*row)
            for row in connection.execute(
                select(Audit.at, Audit.event, Audit.note)
                .where(Audit.complaint_id == complaint_id)
                .order_by(Audit.id)
            )
        ),
    )


def _pauses(
    connection: Connection, ids: Iterable[int]
) -> dict[int | None, list[tuple[datetime, datetime | None]]]:
    found: dict[int | None, list[tuple[datetime, datetime | None]]] = defaultdict(list)
    rows = connection.execute(
        select(RunPause.run_id, RunPause.paused_at, RunPause.resumed_at)
        .where(RunPause.run_id.in_(ids))
        .order_by(RunPause.paused_at, RunPause.id)
    )
    for run_id, paused_at, resumed_at in rows:
        found[run_id].append((paused_at, resumed_at))
    return found


def _steps(connection: Connection, ids: Iterable[int]) -> dict[int | None, list[StepRecord]]:
    found: dict[int | None, list[StepRecord]] = defaultdict(list)
    rows = connection.execute(
        select(
            RunStep.run_id,
            RunStep.step,
            RunStep.occurrence,
            RunStep.formal,
            RunStep.due_at,
            RunStep.recorded_at,
            RunStep.released_at,
            RunStep.outcome,
            RunStep.reason,
        )
        .where(RunStep.run_id.in_(ids))
        .order_by(RunStep.id)
    )
    for row in rows:
        found[row.run_id].append(StepRecord(*row[1:]))
    return found


def _notices(connection: Connection, complaint_id: int) -> dict[int | None, list[NoticeRecord]]:
    """Return the notices of each run; those of events, which have none, stand under None."""
    found: dict[int | None, list[NoticeRecord]] = defaultdict(list)
    rows = connection.execute(
        select(
            Notice.run_id,
            Notice.step,
            Notice.occurrence,
            Post.label,
            Notice.copy,
            Notice.status,
            Notice.hold_reason,
            Notice.created_at,
            Message.created_at,
            Notice.settled_at,
            Notice.post_id,
            Message.phone_id,
        )
        .join(Post, Post.id == Notice.post_id)
        .outerjoin(Message, Message.id == Notice.message_id)
        .where(Notice.complaint_id == complaint_id)
        .order_by(Notice.id)
    )
    instead = _stood_in(connection, complaint_id)
    for run_id, *rest, post_id, phone_id in rows:
        via = instead.get((post_id, phone_id))
        found[run_id].append(replace(NoticeRecord(*rest), via=via))
    return found


def _stood_in(connection: Connection, complaint_id: int) -> dict[tuple[int, int | None], str]:
    """Return (post, phone) → who was told in its place, of phones that are not its own.

    One query, and nothing in it, where the complaint was never handed over.
    """
    rows = connection.execute(
        select(Handover.from_post_id, Handover.to_post_id, Holder.post_id, Holder.phone_id)
        .join(HandoverItem, HandoverItem.handover_id == Handover.id)
        .join(Holder, Holder.post_id.in_((Handover.from_post_id, Handover.to_post_id)))
        .where(HandoverItem.complaint_id == complaint_id, Holder.phone_id.is_not(None))
    ).all()
    if not rows:
        return {}
    own = {(row.post_id, row.phone_id) for row in rows}
    takers = {row.to_post_id for row in rows}
    labels = {
        key: label
        for key, label in connection.execute(select(Post.id, Post.label).where(Post.id.in_(takers)))
    }
    # Whoever took it over may have handed it on: any of them may have been told for any giver.
    return {
        (giver, phone_id): labels[post_id]
        for giver in {row.from_post_id for row in rows}
        for post_id, phone_id in own
        if post_id in takers and (giver, phone_id) not in own
    }


def policy_texts(connection: Connection, ids: Iterable[int]) -> dict[int, str]:
    """Return policy versions by id: stopped runs keep ones that no open run may use any more."""
    rows = connection.execute(
        select(RuleVersion.id, RuleVersion.body).where(RuleVersion.id.in_(sorted(set(ids))))
    )
    return {key: body for key, body in rows}


def numbers_beyond(connection: Connection, moment: datetime, limit: int) -> list[str]:
    """Return the numbers of up to `limit` complaints with an open deadline at or after `moment`."""
    rows = connection.execute(
        select(Complaint.tracking_id, Complaint.nomor)
        .where(
            Complaint.id.in_(
                select(ClockRun.complaint_id).where(
                    ClockRun.stopped_at.is_(None), ClockRun.limit_at >= moment
                )
            )
        )
        .order_by(Complaint.id)
        .limit(limit)
    )
    return [tracking_id or nomor or "?" for tracking_id, nomor in rows]
