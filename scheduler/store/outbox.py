"""Notices on their way out: grouped into messages, leased, and frozen as attempts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    Connection,
    bindparam,
    func,
    insert,
    not_,
    select,
    text,
    update,
)

from config.terms import Channel, Clock, Letter, NoticeStatus, Peran
from scheduler.store.cases import chunks
from scheduler.store.messaging_tables import Attempt, Message, Notice
from scheduler.store.session import database_now
from scheduler.store.tables import Claim, ClockRun, Complaint

# Word for word as the partial indexes have them: SQLite uses such an index for nothing less.
_UNSENT = text("notices.status = 'pending' AND notices.message_id IS NULL")
_LIVE = text("messages.status IN ('pending', 'sending', 'unknown')")


@dataclass(frozen=True, slots=True)
class Unsent:
    """A notice waiting to be put into a message."""

    id: int
    post_id: int
    letter: Letter | None
    instansi_id: int | None
    kind: str


@dataclass(frozen=True, slots=True)
class Line:
    """What one notice contributes to the text of its message."""

    id: int
    message_id: int
    complaint_id: int
    run_id: int | None
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
    still: bool
    """Something in it is of a run that stands still by now: paused, or held for a person."""


def lock_grouping(connection: Connection, at: datetime) -> None:
    """Wait until no other worker is grouping: two passes at once would split one person's digest.

    The lock is a row lock, gone with the transaction whatever becomes of the worker.
    """
    updated = connection.execute(
        update(Claim).where(Claim.key == "dispatch/group").values(claimed_at=at)
    )
    assert updated.rowcount == 1, "the migration puts this row in"


def _moving() -> ColumnElement[bool]:
    """What is told of a run that stands still (tunda, a word nobody knows) waits with it."""
    return Notice.run_id.is_(None) | (
        ClockRun.paused_at.is_(None) & Complaint.hold_reason.is_(None)
    )


def waiting_posts(connection: Connection, at: datetime) -> dict[int, int]:
    """Return how many notices wait for each post that may go out at `at` (`ix_notices_unsent`)."""
    rows = connection.execute(
        select(Notice.post_id, func.count())
        .join(Complaint, Complaint.id == Notice.complaint_id)
        .outerjoin(ClockRun, ClockRun.id == Notice.run_id)
        .where(_UNSENT, Notice.send_after <= at, _moving())
        .group_by(Notice.post_id)
        .order_by(Notice.post_id)
    )
    return {post_id: count for post_id, count in rows}


def unsent(connection: Connection, at: datetime, post_ids: Sequence[int]) -> list[Unsent]:
    """Return the pending notices of posts that may go out at `at` and are in no message yet.

    Locked in the order of their ids: what an answer cancels or a person holds now is seen here,
    or waits until they are in a message.
    """
    rows = connection.execute(
        select(
            Notice.id,
            Notice.post_id,
            Notice.letter,
            Notice.in_digest,
            Notice.instansi_id,
            Notice.kind,
        )
        .join(Complaint, Complaint.id == Notice.complaint_id)
        .outerjoin(ClockRun, ClockRun.id == Notice.run_id)
        .where(Notice.post_id.in_(post_ids), _UNSENT, Notice.send_after <= at, _moving())
        .order_by(Notice.id)
        .with_for_update(of=Notice)
    )
    return [
        Unsent(
            row.id,
            row.post_id,
            None if row.in_digest else row.letter,
            row.instansi_id,
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
                _UNSENT,
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
        update(Notice)
        .where(Notice.id == bindparam("key"), _UNSENT)
        .values(message_id=bindparam("message")),
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
        .where(_LIVE, Message.status == NoticeStatus.PENDING, Message.id > after, free)
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
    still = set(
        connection.execute(
            select(Notice.message_id)
            .join(Complaint, Complaint.id == Notice.complaint_id)
            .outerjoin(ClockRun, ClockRun.id == Notice.run_id)
            .where(
                Notice.message_id.in_(ids),
                Notice.status == NoticeStatus.PENDING,
                not_(_moving()),
            )
        ).scalars()
    )
    return [Taken(row.id, row.phone_id, tuple(lines[row.id]), row.id in still) for row in rows]


def _lines(connection: Connection, message_ids: Sequence[int]) -> list[Line]:
    # Locked, so that an answer arriving now either finds them unsent or waits for the freeze.
    rows = connection.execute(
        select(
            Notice.id,
            Notice.message_id,
            Notice.complaint_id,
            Notice.run_id,
            Notice.post_id,
            Notice.peran,
            Notice.copy,
            Notice.kind,
            Notice.letter,
            Notice.in_digest,
            Notice.clock,
            Notice.instansi_id,
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
    return [Line(**row._mapping) for row in rows]


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
                "body": said,
                "status": NoticeStatus.SENDING,
                "posted_at": now,
                "pass_at": at,
            }
            for taken, said in texts
        ],
    ).scalars()
    keys = list(ids)
    _move(connection, [taken.id for taken, _ in texts], NoticeStatus.SENDING)
    for some in chunks([line.id for taken, _ in texts for line in taken.lines]):
        connection.execute(
            update(Notice).where(Notice.id.in_(some)).values(status=NoticeStatus.SENDING)
        )
    return keys


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


def spoil(connection: Connection, message_ids: Sequence[int], why: str, at: datetime) -> None:
    """Set aside messages that cannot even be written, with why; the others go on."""
    for some in chunks(message_ids):
        connection.execute(
            update(Notice)
            .where(Notice.message_id.in_(some), Notice.status == NoticeStatus.PENDING)
            .values(status=NoticeStatus.FAILED, note=why, settled_at=at)
        )
    _move(connection, message_ids, NoticeStatus.FAILED)


def complaints_of(connection: Connection, notice_ids: Sequence[int]) -> dict[int, int]:
    """Return the complaint of each notice."""
    found: dict[int, int] = {}
    for some in chunks(notice_ids):
        rows = connection.execute(select(Notice.id, Notice.complaint_id).where(Notice.id.in_(some)))
        found.update({key: complaint for key, complaint in rows})
    return found
