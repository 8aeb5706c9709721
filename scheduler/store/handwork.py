"""Messages that a person sends by hand: what was shown, and that it was sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, select, update

from config.terms import Channel, NoticeStatus
from scheduler.complaint import RefusedError
from scheduler.store import attempts, outbox
from scheduler.store.attempts import Outcome
from scheduler.store.messaging_tables import Attempt, Message, Notice
from scheduler.store.outbox import Ready, Taken
from scheduler.store.session import database_now
from scheduler.store.tables import ClockRun

SENDER: Final = "manual"

NOT_SENT: Final = "menurut petugas tidak terkirim"

_HIGHEST: Final = 2**31 - 1
"""The highest id that PostgreSQL has for a row."""

_MESSAGE: Final = select(
    Message.phone_id,
    Message.priority,
    Message.status,
    Message.draft,
    Message.lease_until,
    Message.created_at,
).with_for_update()

_NONE: Final = "there is none with this number"
_CALLED_OFF: Final = "it is not wanted any more; what it told of was answered or taken back"
_NOT_SHOWN: Final = "it was not shown yet; run: ingat links"
_NOT_PENDING: Final = {
    NoticeStatus.SENDING: "it is being sent by the program itself",
    NoticeStatus.UNKNOWN: "the program has sent it, and nobody knows whether it arrived",
    NoticeStatus.ACCEPTED: "it was sent already",
    NoticeStatus.DELIVERED: "it was sent already",
    NoticeStatus.FAILED: "it was given up, or is for somebody else by now",
    NoticeStatus.CANCELLED: _CALLED_OFF,
}


def made_at(connection: Connection, message_ids: Sequence[int]) -> dict[int, datetime]:
    """Return since when messages wait."""
    rows = connection.execute(
        select(Message.id, Message.created_at).where(Message.id.in_(message_ids))
    )
    return {key: moment for key, moment in rows}


def freeze(connection: Connection, drafts: Mapping[int, str]) -> None:
    """Keep what a person is shown of messages: it is what he sends, and what the record says."""
    if drafts:
        connection.execute(
            update(Message)
            .where(
                Message.id == bindparam("key"),
                Message.draft.is_distinct_from(bindparam("shown")),
            )
            .values(draft=bindparam("shown")),
            [{"key": message_id, "shown": draft} for message_id, draft in drafts.items()],
        )


def mark_sent(connection: Connection, message_id: int, at: datetime) -> None:
    """Record that a person has sent a message as it was shown, in the caller's transaction.

    An attempt like any other, accepted at once and not awaited: nobody reports its delivery. Runs
    that waited for it are looked at again. Raises `RefusedError` where there is nothing to record.
    """
    if not 0 < message_id <= _HIGHEST:
        raise RefusedError(f"message {message_id}: {_NONE}")
    # The runs before the message and its notices, as everywhere.
    connection.execute(
        select(ClockRun.id)
        .where(ClockRun.id.in_(select(Notice.run_id).where(Notice.message_id == message_id)))
        .order_by(ClockRun.id)
        .with_for_update()
    ).all()
    message = connection.execute(_MESSAGE.where(Message.id == message_id)).one_or_none()
    lines = outbox.lines_of(connection, [message_id])
    why = _why_not(message, wanted=bool(lines), now=database_now(connection), at=at)
    if message is None or why is not None:
        raise RefusedError(f"message {message_id}: {why}")
    taken = Taken(message_id, message.phone_id, message.priority, tuple(lines), still=False)
    ready = Ready(taken, message.draft, Channel.WHATSAPP, SENDER)
    (attempt_id,) = outbox.begin(connection, [ready], at)
    sent = Outcome(attempt_id, message_id, NoticeStatus.ACCEPTED, f"{SENDER}-{message_id}")
    attempts.settle(connection, [sent], at)


def settle_unknown(connection: Connection, message_id: int, at: datetime, *, arrived: bool) -> None:
    """Record what a person found out about a message that the provider cannot tell apart.

    `arrived`: it is accepted, and nothing more is sent. Otherwise it goes out with the next pass
    where it is still wanted. Raises `RefusedError` where its fate is not unknown.
    """
    found = None
    if 0 < message_id <= _HIGHEST:
        found = connection.execute(
            select(Attempt.id)
            .where(Attempt.message_id == message_id, Attempt.status == NoticeStatus.UNKNOWN)
            .with_for_update()
        ).scalar()
    if found is None:
        raise RefusedError(f"message {message_id}: its fate is not unknown; see: ingat outbox")
    status = NoticeStatus.ACCEPTED if arrived else NoticeStatus.FAILED
    sid = f"{SENDER}-{message_id}-{found}" if arrived else None
    outcome = Outcome(found, message_id, status, sid, None if arrived else NOT_SENT)
    attempts.settle(connection, [outcome], at)


def _why_not(message: Any, *, wanted: bool, now: datetime, at: datetime) -> str | None:
    """Say why a message cannot be recorded as sent by hand, if so."""
    if message is None:
        return _NONE
    if message.status is not NoticeStatus.PENDING:
        return _NOT_PENDING[message.status]
    if message.lease_until is not None and message.lease_until >= now:
        return _NOT_PENDING[NoticeStatus.SENDING]
    if not wanted or message.draft is None:
        return _NOT_SHOWN if wanted else _CALLED_OFF
    if at < message.created_at:
        return f"it was made later, at {message.created_at.isoformat()}"
    return None
