"""Notices on their way: grouped into messages, leased, attempted, settled.

Lock order as everywhere: runs before notices. What was said to somebody is frozen in `attempts`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, true, update

from config.terms import Channel, Clock, Letter, NoticeStatus, Peran
from scheduler.store.cases import chunks
from scheduler.store.session import database_now
from scheduler.store.tables import (
    Attempt,
    Claim,
    ClockRun,
    Complaint,
    Message,
    Notice,
)

_SETTLED = (NoticeStatus.ACCEPTED, NoticeStatus.DELIVERED, NoticeStatus.FAILED)


@dataclass(frozen=True, slots=True)
class Unsent:
    """A notice waiting to be put into a message."""

    id: int
    post_id: int
    letter: Letter | None
    instansi_id: int | None
    copy: bool
    kind: str


@dataclass(frozen=True, slots=True)
class Line:
    """What one notice contributes to the text of its message."""

    id: int
    message_id: int
    post_id: int
    peran: Peran
    copy: bool
    kind: str
    letter: Letter | None
    in_digest: bool
    clock: Clock | None
    instansi_id: int | None
    limit_at: datetime | None
    next_at: datetime | None
    lama: str | None
    note: str | None
    tracking_id: str | None
    nomor: str | None
    kategori: str | None


@dataclass(frozen=True, slots=True)
class Taken:
    """A message leased to this worker, with what it is to say."""

    id: int
    phone_id: int
    lines: tuple[Line, ...]


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


def lock_grouping(connection: Connection, at: datetime) -> None:
    """Wait until no other worker is grouping: two passes at once would split one person's digest.

    The lock is a row lock, gone with the transaction whatever becomes of the worker.
    """
    updated = connection.execute(
        update(Claim).where(Claim.key == "dispatch/group").values(claimed_at=at)
    )
    assert updated.rowcount == 1, "the migration puts this row in"


def waiting_posts(connection: Connection, at: datetime) -> dict[int, int]:
    """Return how many notices wait for each post that may go out at `at` (`ix_notices_unsent`)."""
    rows = connection.execute(
        select(Notice.post_id, func.count())
        .where(
            Notice.status == NoticeStatus.PENDING,
            Notice.message_id.is_(None),
            Notice.send_after <= at,
        )
        .group_by(Notice.post_id)
        .order_by(Notice.post_id)
    )
    return {post_id: count for post_id, count in rows}


def unsent(connection: Connection, at: datetime, post_ids: Sequence[int]) -> list[Unsent]:
    """Return the pending notices of posts that may go out at `at` and are in no message yet."""
    rows = connection.execute(
        select(
            Notice.id,
            Notice.post_id,
            Notice.letter,
            Notice.in_digest,
            func.coalesce(ClockRun.instansi_id, Complaint.instansi_id).label("instansi_id"),
            Notice.copy,
            Notice.kind,
        )
        .join(Complaint, Complaint.id == Notice.complaint_id)
        .outerjoin(ClockRun, ClockRun.id == Notice.run_id)
        .where(
            Notice.post_id.in_(post_ids),
            Notice.status == NoticeStatus.PENDING,
            Notice.message_id.is_(None),
            Notice.send_after <= at,
        )
        .order_by(Notice.id)
    )
    return [
        Unsent(
            row.id,
            row.post_id,
            None if row.in_digest else row.letter,
            row.instansi_id,
            row.copy,
            row.kind,
        )
        for row in rows
    ]


def put_off(connection: Connection, later: Mapping[int, datetime], at: datetime) -> None:
    """Let the waiting notices of posts go no earlier than a moment (quiet hours, days off)."""
    if later:
        connection.execute(
            update(Notice)
            .where(
                Notice.post_id == bindparam("post"),
                Notice.status == NoticeStatus.PENDING,
                Notice.message_id.is_(None),
                Notice.send_after <= at,
            )
            .values(send_after=bindparam("later")),
            [{"post": post_id, "later": moment} for post_id, moment in later.items()],
        )


def add_messages(
    connection: Connection,
    groups: Sequence[tuple[int, Sequence[int]]],
    channel: Channel,
    at: datetime,
) -> None:
    """Make one message for each (phone, notices) and put its notices into it."""
    if not groups:
        return
    ids = connection.execute(
        insert(Message).returning(Message.id, sort_by_parameter_order=True),
        [
            {
                "phone_id": phone_id,
                "channel": channel,
                "status": NoticeStatus.PENDING,
                "created_at": at,
            }
            for phone_id, _ in groups
        ],
    ).scalars()
    connection.execute(
        update(Notice).where(Notice.id == bindparam("key")).values(message_id=bindparam("message")),
        [
            {"key": notice_id, "message": message_id}
            for message_id, (_, notice_ids) in zip(ids, groups, strict=True)
            for notice_id in notice_ids
        ],
    )


def take(connection: Connection, after: int, limit: int, lease_s: int) -> list[Taken]:
    """Lease up to `limit` messages to this worker, with their notices that are still wanted.

    Only those with an id above `after`: within one pass each message is tried once.

    One that was refused for the moment has a lease of its own to wait out. A message whose every
    notice has been cancelled meanwhile is cancelled with them, and returned without lines. The
    caller freezes the texts with `begin` in the same transaction.
    """
    now = database_now(connection)
    free = Message.lease_until.is_(None) | (Message.lease_until < now)
    rows = connection.execute(
        select(Message.id, Message.phone_id)
        .where(Message.status == NoticeStatus.PENDING, Message.id > after, free)
        .order_by(Message.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    if not rows:
        return []
    ids = [row.id for row in rows]
    lines: dict[int, list[Line]] = {key: [] for key in ids}
    for line in _lines(connection, ids):
        lines[line.message_id].append(line)
    _move(connection, [key for key in ids if not lines[key]], NoticeStatus.CANCELLED)
    connection.execute(
        update(Message)
        .where(Message.id.in_(ids))
        .values(lease_until=now + timedelta(seconds=lease_s))
    )
    return [Taken(row.id, row.phone_id, tuple(lines[row.id])) for row in rows]


def _lines(connection: Connection, message_ids: Sequence[int]) -> list[Line]:
    # Locked, so that an answer arriving now either finds them unsent or waits for the freeze.
    rows = connection.execute(
        select(
            Notice.id,
            Notice.message_id,
            Notice.post_id,
            Notice.peran,
            Notice.copy,
            Notice.kind,
            Notice.letter,
            Notice.in_digest,
            Notice.clock,
            func.coalesce(
                select(ClockRun.instansi_id).where(ClockRun.id == Notice.run_id).scalar_subquery(),
                Complaint.instansi_id,
            ),
            Notice.limit_at,
            Notice.next_at,
            Notice.lama,
            Notice.note,
            Complaint.tracking_id,
            Complaint.nomor,
            Complaint.kategori,
        )
        .join(Complaint, Complaint.id == Notice.complaint_id)
        .where(Notice.message_id.in_(message_ids), Notice.status == NoticeStatus.PENDING)
        .order_by(Notice.id)
        .with_for_update(of=Notice)
    )
    return [Line(*row) for row in rows]


def _move(connection: Connection, message_ids: Sequence[int], status: NoticeStatus) -> None:
    for some in chunks(message_ids):
        connection.execute(update(Message).where(Message.id.in_(some)).values(status=status))


def begin(
    connection: Connection,
    texts: Sequence[tuple[Taken, str]],
    sender: str,
    channel: Channel,
    at: datetime,
) -> list[int]:
    """Write the attempts before they are made, with the text frozen; return their ids."""
    if not texts:
        return []
    now = database_now(connection)
    ids = connection.execute(
        insert(Attempt).returning(Attempt.id, sort_by_parameter_order=True),
        [
            {
                "message_id": taken.id,
                "channel": channel,
                "sender": sender,
                "body": text,
                "status": NoticeStatus.SENDING,
                "posted_at": now,
                "pass_at": at,
            }
            for taken, text in texts
        ],
    ).scalars()
    keys = list(ids)
    _move(connection, [taken.id for taken, _ in texts], NoticeStatus.SENDING)
    for some in chunks([line.id for taken, _ in texts for line in taken.lines]):
        connection.execute(
            update(Notice).where(Notice.id.in_(some)).values(status=NoticeStatus.SENDING)
        )
    return keys


def settle(connection: Connection, outcomes: Sequence[Outcome], at: datetime) -> None:
    """Record what became of attempts, their messages and notices; wake runs that waited for it.

    What goes back among those to send is sent only if its run still wants it: an answer may have
    come while its fate was unknown. The runs are locked before the notices, so that an answer
    arriving now either finds the notice waiting or is seen here.
    """
    if not outcomes:
        return
    again = [outcome.message_id for outcome in outcomes if outcome.again]
    runs = connection.execute(
        select(ClockRun.id, ClockRun.stopped_at, ClockRun.waiting)
        .where(
            ClockRun.id.in_(
                select(Notice.run_id).where(
                    Notice.message_id.in_([outcome.message_id for outcome in outcomes])
                )
            ),
            ClockRun.waiting.is_(True) | (bool(again) == true()),
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
            Attempt.status.in_((NoticeStatus.SENDING, NoticeStatus.UNKNOWN)),
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


def bound(connection: Connection, sids: Iterable[str]) -> set[str]:
    """Return which of the provider's ids already belong to an attempt."""
    found: set[str] = set()
    for some in chunks(sorted(set(sids))):
        rows = connection.execute(select(Attempt.sid).where(Attempt.sid.in_(some))).scalars()
        found.update(sid for sid in rows if sid is not None)
    return found


def give_up(connection: Connection, notice_ids: Sequence[int], why: str, at: datetime) -> None:
    """Mark unsent notices as failed because there is nobody to send them to."""
    for some in chunks(notice_ids):
        connection.execute(
            update(Notice)
            .where(Notice.id.in_(some), Notice.status == NoticeStatus.PENDING)
            .values(status=NoticeStatus.FAILED, note=why, settled_at=at)
        )


def dissolve(connection: Connection, messages: Mapping[int, datetime]) -> None:
    """Take apart messages that may not go now; their notices wait for a later pass."""
    for message_id, later in messages.items():
        connection.execute(
            update(Notice)
            .where(Notice.message_id == message_id, Notice.status == NoticeStatus.PENDING)
            .values(message_id=None, send_after=later)
        )
    _move(connection, list(messages), NoticeStatus.CANCELLED)


def lease_again(connection: Connection, message_id: int, lease_s: int) -> None:
    """Keep an unknown message from being looked up again before another lease has run out."""
    until = database_now(connection) + timedelta(seconds=lease_s)
    connection.execute(update(Message).where(Message.id == message_id).values(lease_until=until))


def complaints_of(connection: Connection, notice_ids: Sequence[int]) -> dict[int, int]:
    """Return the complaint of each notice."""
    found: dict[int, int] = {}
    for some in chunks(notice_ids):
        rows = connection.execute(select(Notice.id, Notice.complaint_id).where(Notice.id.in_(some)))
        found.update({key: complaint for key, complaint in rows})
    return found
