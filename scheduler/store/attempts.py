"""What became of each attempt: recorded, looked for, leased again.

Lock order as everywhere: runs before notices.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, select, text, update

from config.terms import Channel, NoticeStatus
from scheduler.store.cases import chunks
from scheduler.store.messaging_tables import Attempt, Message, Notice
from scheduler.store.session import database_now
from scheduler.store.tables import ClockRun

_OPEN = text("attempts.status IN ('sending', 'unknown')")
"""Word for word as the partial index has it: SQLite uses such an index for nothing less."""
_SETTLED = (NoticeStatus.ACCEPTED, NoticeStatus.DELIVERED, NoticeStatus.FAILED)


@dataclass(frozen=True, slots=True)
class Doubtful:
    """An attempt whose outcome nobody recorded: its worker died, or the line broke."""

    id: int
    message_id: int
    phone_id: int
    channel: Channel
    text: str
    posted_at: datetime
    pass_at: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an attempt.

    `again` puts its message back among those to send; `later` lets it wait its lease out first.
    """

    attempt_id: int
    message_id: int
    status: NoticeStatus
    sid: str | None = None
    error: str | None = None
    again: bool = False
    later: bool = False


def settle(connection: Connection, outcomes: Sequence[Outcome], at: datetime) -> None:
    """Record what became of attempts, their messages and notices; wake runs that waited for it.

    What goes back among those to send is sent only if its run still wants it: an answer may have
    come while its fate was unknown. The runs are locked before the notices, so that an answer
    arriving now either finds the notice waiting or is seen here, and so that a sweep deciding now
    either finds the notice settled or is seen here to wait for it.
    """
    if not outcomes:
        return
    outcomes = _still_open(connection, outcomes)
    again = [outcome.message_id for outcome in outcomes if outcome.again]
    runs = connection.execute(
        select(ClockRun.id, ClockRun.stopped_at, ClockRun.waiting)
        .where(
            ClockRun.id.in_(
                select(Notice.run_id).where(
                    Notice.message_id.in_([outcome.message_id for outcome in outcomes])
                )
            )
        )
        .order_by(ClockRun.id)
        .with_for_update()
    ).all()
    wake = [run.id for run in runs if run.waiting and run.stopped_at is None]
    over = [run.id for run in runs if run.stopped_at is not None]
    connection.execute(
        update(Attempt)
        .where(Attempt.id == bindparam("key"))
        .values(status=bindparam("new"), sid=bindparam("sid_"), error=bindparam("error_")),
        [
            {"key": o.attempt_id, "new": o.status, "sid_": o.sid, "error_": o.error}
            for o in outcomes
        ],
    )
    for status in sorted({outcome.status for outcome in outcomes if not outcome.again}):
        ids = [o.message_id for o in outcomes if o.status is status and not o.again]
        _settle_messages(connection, ids, status, at)
    if again:
        _settle_messages(connection, again, NoticeStatus.PENDING, at)
        later = [outcome.message_id for outcome in outcomes if outcome.later]
        at_once = sorted(set(again) - set(later))
        connection.execute(update(Message).where(Message.id.in_(at_once)).values(lease_until=None))
        connection.execute(
            update(Notice)
            .where(
                Notice.message_id.in_(again),
                Notice.run_id.in_(over),
                Notice.status == NoticeStatus.PENDING,
            )
            .values(status=NoticeStatus.CANCELLED, settled_at=at)
        )
    for some in chunks(wake):
        connection.execute(
            update(ClockRun)
            .where(ClockRun.id.in_(some), ClockRun.stopped_at.is_(None))
            .values(next_look_at=at)
        )


def _still_open(connection: Connection, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Leave out attempts that somebody else has settled meanwhile: what is known is not undone."""
    ids = [outcome.attempt_id for outcome in outcomes]
    still = set(
        connection.execute(
            select(Attempt.id)
            .where(Attempt.id.in_(ids), _OPEN)
            .order_by(Attempt.id)
            .with_for_update()
        ).scalars()
    )
    return [outcome for outcome in outcomes if outcome.attempt_id in still]


def _settle_messages(
    connection: Connection, ids: Sequence[int], status: NoticeStatus, at: datetime
) -> None:
    notices: dict[str, Any] = {"status": status}
    if status in _SETTLED:
        notices["settled_at"] = at
    message: dict[str, Any] = {"status": status}
    if status is not NoticeStatus.PENDING:
        message["lease_until"] = None  # one to be tried again waits its lease out
    for some in chunks(ids):
        connection.execute(update(Message).where(Message.id.in_(some)).values(message))
        connection.execute(
            update(Notice)
            .where(
                Notice.message_id.in_(some),
                Notice.status.in_((NoticeStatus.SENDING, NoticeStatus.UNKNOWN)),
            )
            .values(notices)
        )


def doubtful(connection: Connection, after: int, limit: int, lease_s: int) -> list[Doubtful]:
    """Lease attempts whose outcome is not known and whose worker is gone.

    Only those with an id above `after`: within one pass each is looked up once. An `unknown` one
    is looked up again only once its new lease has run out.
    """
    now = database_now(connection)
    rows = connection.execute(
        select(
            Attempt.id,
            Attempt.message_id,
            Message.phone_id,
            Attempt.channel,
            Attempt.body,
            Attempt.posted_at,
            Attempt.pass_at,
        )
        .join(Message, Message.id == Attempt.message_id)
        .where(
            Attempt.id > after,
            _OPEN,
            (Message.lease_until < now) | Message.lease_until.is_(None),
        )
        .order_by(Attempt.id)
        .limit(limit)
        .with_for_update(of=Message, skip_locked=True)
    ).all()
    if rows:
        connection.execute(
            update(Message)
            .where(Message.id.in_([row.message_id for row in rows]))
            .values(lease_until=now + timedelta(seconds=lease_s))
        )
    return [Doubtful(*row) for row in rows]


def bound(connection: Connection, sids: Iterable[str], but: int) -> set[str]:
    """Return which of the provider's ids already belong to an attempt other than `but`."""
    found: set[str] = set()
    for some in chunks(sorted(set(sids))):
        rows = connection.execute(
            select(Attempt.sid).where(Attempt.sid.in_(some), Attempt.id != but)
        ).scalars()
        found.update(sid for sid in rows if sid is not None)
    return found


def lease_again(connection: Connection, message_id: int, lease_s: int) -> None:
    """Keep an unknown message from being looked up again before another lease has run out."""
    until = database_now(connection) + timedelta(seconds=lease_s)
    connection.execute(update(Message).where(Message.id == message_id).values(lease_until=until))
