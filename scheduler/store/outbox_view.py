"""The outbox as people search it: reasons to tell somebody, newest first, and one message. Reads.

No row carries a telephone number or a person's name: posts stand for people.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, String, case, func, select, text, type_coerce
from sqlalchemy.orm import InstrumentedAttribute

from config.terms import Channel, Clock, Letter, NoticeStatus, Peran, Reaction
from scheduler.store.handwork import SENDER
from scheduler.store.messaging_tables import Attempt, Message, Notice
from scheduler.store.tables import ClockRun, Complaint, Post

RARE: Final = frozenset(
    {
        NoticeStatus.PENDING,
        NoticeStatus.HELD,
        NoticeStatus.SENDING,
        NoticeStatus.FAILED,
        NoticeStatus.UNKNOWN,
    }
)
"""What few notices are: the first thing to look for. Nearly all were sent, or called off."""
_LIVE: Final = text("messages.status IN ('pending', 'sending', 'unknown')")
"""Word for word as the partial index has it: SQLite uses such an index for nothing less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What is looked for; what is None is not asked. `since` (included) to `until` (excluded).

    `before` and `after` are ids: the page of older, or of newer ones, that stands next to them.
    """

    status: NoticeStatus | None = None
    step: str | None = None
    letter: Letter | None = None
    post_id: int | None = None
    instansi_id: int | None = None
    complaint_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None
    after: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One reason to tell one post, or the reporter, and what became of it."""

    id: int
    cause: str
    complaint_id: int | None
    number: str | None
    """SP4N's number, else the own one; None where it is about no complaint."""
    hidden: bool
    """SP4N has blocked the complaint: nobody reads what was said of it."""
    rahasia: bool
    run_id: int | None
    run_stopped: str | None
    """Why its clock stopped, if it did."""
    clock: Clock | None
    step: str
    occurrence: int
    post_id: int | None
    post: str | None
    """The post's label; None where it is for the phone of a citizen, or of whoever wrote."""
    peran: Peran | None
    copy: bool
    kind: str
    letter: Letter | None
    status: NoticeStatus
    hold_reason: str | None
    note: str | None
    """Why it was given up, where it was; else what its text says beside."""
    reply: bool
    """A text that was settled when it was decided, such as an answer to whoever wrote."""
    created_at: datetime
    due_at: datetime
    send_after: datetime
    settled_at: datetime | None
    message_id: int | None
    channel: Channel | None
    message_status: NoticeStatus | None
    message_after: datetime | None
    """When its message is tried again."""

    @property
    def resent(self) -> bool:
        """Whether a person had it sent once more."""
        return self.cause.startswith("resend/")


@dataclass(frozen=True, slots=True)
class Try:
    """One POST. `posted_at` is the database's time, `pass_at` the installation's."""

    message_id: int
    id: int
    channel: Channel
    sender: str
    status: NoticeStatus
    word: str | None
    error: str | None
    reaction: Reaction | None
    body: str
    pass_at: datetime

    @property
    def by_hand(self) -> bool:
        """Whether a person sent it, and ticked it."""
        return self.sender == SENDER


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A message to one phone; `replaced_by` are those that went to another person instead."""

    id: int
    status: NoticeStatus
    channel: Channel
    created_at: datetime
    send_after: datetime | None
    replaces_id: int | None
    draft: str | None
    replaced_by: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ByHand:
    """A message that waits for a person who sends it (GATEWAY=manual)."""

    id: int
    priority: int
    created_at: datetime
    shown: bool
    """Somebody was shown its text already."""


_COLUMNS: Final[dict[str, Any]] = {
    "number": case(
        (Notice.post_id.is_(None), func.coalesce(Complaint.nomor, Complaint.tracking_id)),
        else_=func.coalesce(Complaint.tracking_id, Complaint.nomor),
    ),
    "hidden": func.coalesce(Complaint.hidden, False),
    "rahasia": func.coalesce(Complaint.rahasia, False),
    "run_stopped": ClockRun.stop_reason,
    "post": Post.label,
    "reply": Notice.body.is_not(None),
    "channel": Message.channel,
    "message_status": Message.status,
    "message_after": Message.send_after,
}
_ROWS: Final = (
    select(
        *(
            (_COLUMNS[f.name] if f.name in _COLUMNS else getattr(Notice, f.name)).label(f.name)
            for f in fields(Row)
        )
    )
    .outerjoin(Complaint, Complaint.id == Notice.complaint_id)
    .outerjoin(ClockRun, ClockRun.id == Notice.run_id)
    .outerjoin(Post, Post.id == Notice.post_id)
    .outerjoin(Message, Message.id == Notice.message_id)
    .select_from(Notice)
)


def search(connection: Connection, wanted: Search, limit: int) -> list[Row]:
    """Return up to `limit` notices that are looked for, the newest first.

    One condition leads, by its own index; the others only sift what it finds.
    """
    back = wanted.after is not None
    query = _ROWS.order_by(Notice.id if back else Notice.id.desc()).limit(limit)
    leads = True
    for column, value in _by_worth(wanted):
        query = query.where(column == value if leads else _aside(column) == _bare(value))
        leads = False
    for condition in _between(connection, wanted):
        query = query.where(condition)
    if wanted.before is not None:
        query = query.where(Notice.id < wanted.before)
    if wanted.after is not None:
        query = query.where(Notice.id > wanted.after)
    rows = [Row(**row._mapping) for row in connection.execute(query)]
    return rows[::-1] if back else rows


def _by_worth(wanted: Search) -> list[tuple[InstrumentedAttribute[Any], Any]]:
    """Return what is asked, what leaves the fewest first; each is the start of an index."""
    rare = wanted.status in RARE
    order = [
        (Notice.complaint_id, wanted.complaint_id),
        (Notice.status, wanted.status if rare else None),
        (Notice.post_id, wanted.post_id),
        (Notice.instansi_id, wanted.instansi_id),
        (Notice.letter, wanted.letter),
        (Notice.step, wanted.step),
        (Notice.status, None if rare else wanted.status),
    ]
    return [(column, value) for column, value in order if value is not None]


def _aside(column: InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    """Return a column as no index has it: SQLite would choose among several by guessing."""
    if column.type.python_type is int:
        return column + 0
    return type_coerce(column, String).concat("")


def _bare(value: object) -> str | int:
    """Return a value as its bare column has it: a term is its text."""
    return value if isinstance(value, int) else str(value)


def _between(connection: Connection, wanted: Search) -> list[ColumnElement[bool]]:
    """Return what admits the moments asked for: bounds of the id, by the index of moments.

    Ids grow with time but for what was decided for an earlier moment, so both are asked.
    """
    created = func.coalesce(Notice.created_at, Notice.created_at)
    key = Notice.id + 0  # by its bare key SQLite walks the table instead of the index
    found: list[ColumnElement[bool]] = []
    if wanted.since is not None:
        first = connection.execute(
            select(func.min(key)).where(Notice.created_at >= wanted.since)
        ).scalar()
        found += [Notice.id >= (first or 0), created >= wanted.since]
        if first is None:
            found.append(Notice.id < 0)
    if wanted.until is not None:
        last = connection.execute(
            select(func.max(key)).where(Notice.created_at < wanted.until)
        ).scalar()
        found += [Notice.id <= (last or 0), created < wanted.until]
    return found


def notice(connection: Connection, notice_id: int) -> Row | None:
    """Return one notice; None where there is none."""
    row = connection.execute(_ROWS.where(Notice.id == notice_id)).first()
    return None if row is None else Row(**row._mapping)


def notices_of(connection: Connection, message_id: int, limit: int) -> list[Row]:
    """Return up to `limit` notices that a message tells, in the order they were decided."""
    query = _ROWS.where(Notice.message_id == message_id).order_by(Notice.id).limit(limit)
    return [Row(**row._mapping) for row in connection.execute(query)]


def message(connection: Connection, message_id: int) -> MessageRow | None:
    """Return one message; None where there is none."""
    columns = (getattr(Message, f.name) for f in fields(MessageRow) if f.name != "replaced_by")
    row = connection.execute(select(*columns).where(Message.id == message_id)).first()
    if row is None:
        return None
    later = connection.execute(
        select(Message.id).where(Message.replaces_id == message_id).order_by(Message.id)
    ).scalars()
    return MessageRow(**row._mapping, replaced_by=tuple(later))


def tries(connection: Connection, message_ids: Sequence[int]) -> dict[int, list[Try]]:
    """Return the attempts of messages and of those they replace, the first one first.

    One query, however often a message was handed on.
    """
    first = (
        select(Message.id.label("root"), Message.id.label("part"), Message.replaces_id)
        .where(Message.id.in_(message_ids))
        .cte("chain", recursive=True)
    )
    chain = first.union_all(
        select(first.c.root, Message.id, Message.replaces_id).join(
            Message, Message.id == first.c.replaces_id
        )
    )
    found: dict[int, list[Try]] = defaultdict(list)
    rows = connection.execute(
        select(chain.c.root, *(getattr(Attempt, f.name) for f in fields(Try)))
        .join(Attempt, Attempt.message_id == chain.c.part)
        .order_by(Attempt.id)
    )
    for root, *values in rows:
        found[root].append(Try(*values))
    return found


def by_hand(
    connection: Connection, at: datetime, after: tuple[int, int], limit: int
) -> list[ByHand]:
    """Return up to `limit` messages that wait for a person at `at`, letters first.

    Only those after the place (priority, id) `after`. Whether one may go just now (quiet hours, a
    clock that stands still) is for whoever opens it.
    """
    rows = connection.execute(
        select(Message.id, Message.priority, Message.created_at, Message.draft.is_not(None))
        .where(
            _LIVE,
            Message.status == NoticeStatus.PENDING,
            Message.send_after.is_(None) | (Message.send_after <= at),
            (Message.priority > after[0])
            | ((Message.priority == after[0]) & (Message.id > after[1])),
        )
        .order_by(Message.priority, Message.id)
        .limit(limit)
    )
    return [ByHand(*row) for row in rows]


def told_by(connection: Connection, message_ids: Sequence[int]) -> dict[int, list[Row]]:
    """Return what each of some messages is still to tell."""
    found: dict[int, list[Row]] = defaultdict(list)
    query = _ROWS.where(
        Notice.message_id.in_(message_ids), Notice.status == NoticeStatus.PENDING
    ).order_by(Notice.id)
    for row in connection.execute(query):
        assert row.message_id is not None
        found[row.message_id].append(Row(**row._mapping))
    return found


def draft(connection: Connection, message_id: int) -> str | None:
    """Return what a person was shown last to send by hand, and lock the message."""
    return connection.execute(
        select(Message.draft).where(Message.id == message_id).with_for_update()
    ).scalar()
