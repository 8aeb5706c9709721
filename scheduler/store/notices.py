"""Writes notices, cancels those of clocks that stopped, and recalls what was told in error."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, or_, select, update

from config.terms import NoticeStatus, Peran
from scheduler.case import Changes, Event, NewNotice
from scheduler.store import duplicates
from scheduler.store.messaging_tables import Attempt, Message, Notice

REPORTER = "pelapor"
_UNSENT = (NoticeStatus.PENDING, NoticeStatus.HELD)
_TOLD = (
    NoticeStatus.SENDING,
    NoticeStatus.ACCEPTED,
    NoticeStatus.DELIVERED,
    NoticeStatus.UNKNOWN,
)


def silence(connection: Connection, changes: Changes) -> None:
    """Cancel unsent notices of stopped runs; ask those already told to ignore a recalled one."""
    stopped = [run for run in changes.silenced if run.id is not None]
    if stopped:
        # Locked in the order of their ids, as grouping does, so that the two never deadlock.
        connection.execute(
            select(Notice.id)
            .where(Notice.run_id.in_([run.id for run in stopped]), Notice.status.in_(_UNSENT))
            .order_by(Notice.id)
            .with_for_update()
        ).all()
        connection.execute(
            update(Notice)
            .where(
                Notice.run_id == bindparam("key"),
                # Not IN: its list cannot be expanded for several runs at once.
                or_(Notice.status == NoticeStatus.PENDING, Notice.status == NoticeStatus.HELD),
            )
            .values(status=NoticeStatus.CANCELLED, hold_reason=None, settled_at=bindparam("at")),
            [{"key": run.id, "at": run.stopped_at} for run in stopped],
        )
    events = {run.id: (run, event) for run, event in changes.recalled if run.id is not None}
    if not events:
        return
    of_runs = connection.execute(
        select(Notice.run_id, Notice.post_id, Notice.peran, Notice.status, Notice.message_id)
        .where(Notice.run_id.in_(list(events)))
        .order_by(Notice.id)
    ).all()
    # One that looked for another way was told too: what was accepted may arrive yet.
    others = {row.message_id for row in of_runs if row.status not in _TOLD} - {None}
    left = _left(connection, others)
    told = [row[:3] for row in of_runs if row.status in _TOLD or row.message_id in left]
    seen: set[tuple[int | None, int]] = set()
    rows: list[dict[str, Any]] = []
    for run_id, post_id, peran in told:
        if run_id is None or post_id is None or peran is None:
            continue
        run, event = events[run_id]
        if (event.id, post_id) not in seen:
            seen.add((event.id, post_id))
            rows.append(_recall_row(event, run.instansi_id, post_id, peran, changes.recalls_held))
    _insert(connection, rows, changes.not_before)


def _left(connection: Connection, message_ids: Iterable[int]) -> set[int]:
    """Return the messages of which something left this house, or of one that they replace."""
    found: set[int] = set()
    of = {message_id: {message_id} for message_id in message_ids}
    while of:
        rows = connection.execute(
            select(Message.id, Message.replaces_id, Attempt.id.label("attempt_id"))
            .outerjoin(Attempt, (Attempt.message_id == Message.id) & Attempt.status.in_(_TOLD))
            .where(Message.id.in_(of))
        ).all()
        before: dict[int, set[int]] = {}
        for row in rows:
            if row.attempt_id is not None:
                found |= of[row.id]
            elif row.replaces_id is not None:
                before.setdefault(row.replaces_id, set()).update(of[row.id])
        of = before
    return found


def add(
    connection: Connection,
    new: Sequence[NewNotice],
    not_before: datetime | None = None,
    *,
    news: Sequence[NewNotice] = (),
) -> None:
    """Write notices; one whose run ended in this very transaction is written as cancelled.

    Of the `news` the reporters of duplicates get theirs.
    """
    rows = [_notice_row(notice) for notice in new]
    if news:
        rows += duplicates.rows(connection, [(one, _notice_row(one)) for one in news])
    _insert(connection, rows, not_before)


def _insert(
    connection: Connection, rows: list[dict[str, Any]], not_before: datetime | None
) -> None:
    if not_before is not None:
        for row in rows:
            row["send_after"] = max(row["send_after"], not_before)
    if rows:
        connection.execute(insert(Notice), rows)


def _recall_row(
    event: Event, instansi_id: int | None, post_id: int, peran: Peran, hold: str | None
) -> dict[str, Any]:
    notice = NewNotice(
        case=event.case,
        source=event,
        post_id=post_id,
        peran=peran,
        copy=False,
        kind="abaikan",
        due_at=event.at,
        created_at=event.at,
        send_after=event.at,
        status=NoticeStatus.HELD if hold else NoticeStatus.PENDING,
        hold_reason=hold,
    )
    # Of the instansi that the complaint was taken from, whoever has it now.
    return _notice_row(notice) | {"instansi_id": instansi_id}


def _notice_row(notice: NewNotice) -> dict[str, Any]:
    source = notice.source
    status, settled_at = notice.status, None
    if isinstance(source, Event):
        cause = f"event/{source.id}/{notice.post_id or REPORTER}"
        origin = {
            "run_id": None,
            "clock": None,
            "step": source.event,
            "occurrence": 1,
            "instansi_id": notice.case.instansi_id,
        }
    else:
        cause = f"{source.run.id}/{source.step}/{source.occurrence}/{notice.post_id}"
        origin = {
            "run_id": source.run.id,
            "clock": source.run.clock,
            "step": source.step,
            "occurrence": source.occurrence,
            "instansi_id": source.run.instansi_id,
        }
        if source.run.stopped_at is not None:
            # The run ended in the very transaction that wanted this told.
            status, settled_at = NoticeStatus.CANCELLED, source.run.stopped_at
    return {
        "cause": cause,
        **origin,
        "complaint_id": notice.case.id,
        "post_id": notice.post_id,
        "phone_id": notice.case.reporter_phone_id if notice.post_id is None else None,
        "urgent": notice.urgent,
        "peran": notice.peran,
        "copy": notice.copy,
        "kind": notice.kind,
        "letter": notice.letter,
        "in_digest": notice.in_digest,
        "due_at": notice.due_at,
        "limit_at": notice.limit_at,
        "next_at": notice.next_at,
        "lama": notice.lama,
        "note": notice.note,
        "status": status,
        "hold_reason": notice.hold_reason if status is NoticeStatus.HELD else None,
        "send_after": notice.send_after,
        "created_at": notice.created_at,
        "settled_at": settled_at,
    }
