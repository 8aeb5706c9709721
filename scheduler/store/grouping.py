"""From notices to messages: what waits, for whom, and into which message it goes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, func, insert, select, text, update

from config.terms import Channel, Letter, NoticeStatus
from scheduler.store.cases import chunks
from scheduler.store.messaging_tables import Message, Notice
from scheduler.store.tables import Claim, ClockRun, Complaint

# Word for word as the partial index has it: SQLite uses such an index for nothing less.
_UNSENT = text("notices.status = 'pending' AND notices.message_id IS NULL")


_UNSENT_PHONE = text(
    "notices.status = 'pending' AND notices.message_id IS NULL AND notices.phone_id IS NOT NULL"
)
_UNSENT_COLUMNS = (
    Notice.id,
    Notice.post_id,
    Notice.phone_id,
    Notice.complaint_id,
    Notice.letter,
    Notice.in_digest,
    Notice.instansi_id,
    Notice.kind,
    Notice.urgent,
)


@dataclass(frozen=True, slots=True)
class Unsent:
    """A notice waiting to be put into a message."""

    id: int
    post_id: int | None
    phone_id: int | None
    complaint_id: int | None
    letter: Letter | None
    instansi_id: int | None
    kind: str
    urgent: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Notices that make one message to one phone. Of a lower `priority` it goes first."""

    phone_id: int
    notice_ids: Sequence[int]
    priority: int


def lock_grouping(connection: Connection, at: datetime) -> None:
    """Wait until no other worker is grouping: two passes at once would split one person's digest.

    The lock is a row lock, gone with the transaction whatever becomes of the worker.
    """
    updated = connection.execute(
        update(Claim).where(Claim.key == "dispatch/group").values(claimed_at=at)
    )
    assert updated.rowcount == 1, "the migration puts this row in"


def moving() -> ColumnElement[bool]:
    """What is told of a run that stands still (tunda, a word nobody knows) waits with it."""
    return Notice.run_id.is_(None) | (
        ClockRun.paused_at.is_(None) & Complaint.hold_reason.is_(None)
    )


# Built once: every pass asks it.
_WAITING_POSTS = (
    select(Notice.post_id, func.count())
    .outerjoin(Complaint, Complaint.id == Notice.complaint_id)
    .outerjoin(ClockRun, ClockRun.id == Notice.run_id)
    .where(_UNSENT, Notice.send_after <= bindparam("at"), Notice.phone_id.is_(None), moving())
    .group_by(Notice.post_id)
    .order_by(Notice.post_id)
)
_TO_PHONES = select(Notice.id).where(_UNSENT_PHONE, Notice.send_after <= bindparam("at")).limit(1)


def waiting_posts(connection: Connection, at: datetime) -> dict[int, int]:
    """Return how many notices wait for each post that may go out at `at` (`ix_notices_unsent`)."""
    rows = connection.execute(_WAITING_POSTS, {"at": at})
    return {post_id: count for post_id, count in rows if post_id is not None}


def waiting_about(
    connection: Connection, at: datetime, post_ids: Collection[int]
) -> list[tuple[int, int, int | None]]:
    """Return what `waiting_posts` counts for some posts, one by one: (notice, post, complaint)."""
    rows = connection.execute(
        select(Notice.id, Notice.post_id, Notice.complaint_id)
        .outerjoin(Complaint, Complaint.id == Notice.complaint_id)
        .outerjoin(ClockRun, ClockRun.id == Notice.run_id)
        .where(
            _UNSENT,
            Notice.post_id.in_(sorted(post_ids)),
            Notice.send_after <= at,
            Notice.phone_id.is_(None),
            moving(),
        )
        .order_by(Notice.id)
    )
    return [(row.id, row.post_id, row.complaint_id) for row in rows if row.post_id is not None]


def any_to_phones(connection: Connection, at: datetime) -> bool:
    """Return whether something waits for a phone itself (`ix_notices_unsent_phone`)."""
    return connection.execute(_TO_PHONES, {"at": at}).first() is not None


def to_phones(connection: Connection, at: datetime, limit: int) -> list[Unsent]:
    """Return up to `limit` notices for a phone itself that may go out at `at`, and lock them."""
    rows = connection.execute(
        select(*_UNSENT_COLUMNS)
        .where(_UNSENT_PHONE, Notice.send_after <= at)
        .order_by(Notice.id)
        .limit(limit)
        .with_for_update()
    )
    return [_read(row) for row in rows]


def unsent(connection: Connection, at: datetime, post_ids: Sequence[int]) -> list[Unsent]:
    """Return the pending notices of posts that may go out at `at` and are in no message yet.

    Locked in the order of their ids: what an answer cancels or a person holds now is seen here,
    or waits until they are in a message.
    """
    rows = connection.execute(
        select(*_UNSENT_COLUMNS)
        .outerjoin(Complaint, Complaint.id == Notice.complaint_id)
        .outerjoin(ClockRun, ClockRun.id == Notice.run_id)
        .where(
            Notice.post_id.in_(post_ids),
            Notice.phone_id.is_(None),
            _UNSENT,
            Notice.send_after <= at,
            moving(),
        )
        .order_by(Notice.id)
        .with_for_update(of=Notice)
    )
    return [_read(row) for row in rows]


def _read(row: Any) -> Unsent:
    return Unsent(
        row.id,
        row.post_id,
        row.phone_id,
        row.complaint_id,
        None if row.in_digest else row.letter,
        row.instansi_id,
        row.kind,
        row.urgent,
    )


def put_off_phones(connection: Connection, ids: Sequence[int], later: datetime) -> None:
    """Let notices for a phone itself, locked by `to_phones`, go no earlier than a moment."""
    for some in chunks(ids):
        connection.execute(update(Notice).where(Notice.id.in_(some)).values(send_after=later))


def put_off(connection: Connection, later: Mapping[int, datetime], at: datetime) -> None:
    """Let the waiting notices of posts go no earlier than a moment (quiet hours, days off)."""
    if later:
        # In the order of their ids, as an answer cancels them, so that the two never deadlock.
        connection.execute(
            select(Notice.id)
            .where(
                Notice.post_id.in_(list(later)),
                Notice.phone_id.is_(None),
                _UNSENT,
                Notice.send_after <= at,
            )
            .order_by(Notice.id)
            .with_for_update()
        ).all()
        connection.execute(
            update(Notice)
            .where(
                Notice.post_id == bindparam("post"),
                Notice.phone_id.is_(None),
                _UNSENT,
                Notice.send_after <= at,
            )
            .values(send_after=bindparam("later")),
            [{"post": post_id, "later": moment} for post_id, moment in later.items()],
        )


def put_off_some(connection: Connection, later: Mapping[int, datetime]) -> None:
    """Let single waiting notices go no earlier than a moment, by id."""
    for some in chunks(sorted(later)):
        ids = connection.execute(
            select(Notice.id)
            .where(Notice.id.in_(some), _UNSENT)
            .order_by(Notice.id)
            .with_for_update()
        ).scalars()
        rows = [{"key": key, "later": later[key]} for key in ids]
        if rows:
            connection.execute(
                update(Notice)
                .where(Notice.id == bindparam("key"))
                .values(send_after=bindparam("later")),
                rows,
            )


def add_messages(
    connection: Connection, groups: Sequence[Group], channel: Channel, at: datetime
) -> None:
    """Make one message for each group and put its notices into it."""
    if not groups:
        return
    ids = connection.execute(
        insert(Message).returning(Message.id, sort_by_parameter_order=True),
        [
            {
                "phone_id": group.phone_id,
                "channel": channel,
                "status": NoticeStatus.PENDING,
                "priority": group.priority,
                "created_at": at,
            }
            for group in groups
        ],
    ).scalars()
    connection.execute(
        update(Notice)
        .where(Notice.id == bindparam("key"), _UNSENT)
        .values(message_id=bindparam("message")),
        [
            {"key": notice_id, "message": message_id}
            for message_id, group in zip(ids, groups, strict=True)
            for notice_id in group.notice_ids
        ],
    )


def give_up(connection: Connection, notice_ids: Sequence[int], why: str, at: datetime) -> None:
    """Mark unsent notices as failed because there is nobody to send them to."""
    for some in chunks(notice_ids):
        connection.execute(
            update(Notice)
            .where(Notice.id.in_(some), Notice.status == NoticeStatus.PENDING)
            .values(status=NoticeStatus.FAILED, note=why, settled_at=at)
        )


def complaints_of(connection: Connection, notice_ids: Sequence[int]) -> dict[int, int]:
    """Return the complaint of each notice that is about one."""
    found: dict[int, int] = {}
    for some in chunks(notice_ids):
        rows = connection.execute(
            select(Notice.id, Notice.complaint_id).where(
                Notice.id.in_(some), Notice.complaint_id.is_not(None)
            )
        )
        found.update({key: complaint for key, complaint in rows if complaint is not None})
    return found
