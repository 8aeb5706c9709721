"""Messages on their way out: leased to one worker, and frozen as attempts before they are made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    Connection,
    bindparam,
    false,
    func,
    insert,
    not_,
    select,
    text,
    tuple_,
    update,
)

from config.terms import Channel, Clock, Letter, NoticeStatus, Peran
from scheduler.delivery import Tried
from scheduler.store.cases import chunks
from scheduler.store.grouping import moving
from scheduler.store.messaging_tables import Attempt, Message, Notice
from scheduler.store.session import database_now
from scheduler.store.tables import ClockRun, Complaint

_LIVE = text("messages.status IN ('pending', 'sending', 'unknown')")
"""Word for word as the partial index has it: SQLite uses such an index for nothing less."""

START = (-1, 0)
"""Where a round over the messages begins: below every (priority, id)."""


@dataclass(frozen=True, slots=True)
class Line:
    """What one notice contributes to the text of its message."""

    id: int
    message_id: int
    complaint_id: int | None
    run_id: int | None
    post_id: int | None
    peran: Peran | None
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
    step: str = ""
    phone_id: int | None = None
    """The one phone it is for: a citizen's, or that of whoever wrote."""
    body: str | None = None
    """The text, where it was settled when it was decided."""
    urgent: bool = False
    """Waits for no morning."""
    rahasia: bool = False
    """What is written about the complaint is for its reporter alone."""


_OF_COMPLAINTS: Final = {
    "tracking_id": Complaint.tracking_id,
    "nomor": Complaint.nomor,
    "kategori": Complaint.kategori,
    "rahasia": func.coalesce(Complaint.rahasia, false()).label("rahasia"),
}
LINE: Final[Mapping[str, Any]] = {
    field.name: _OF_COMPLAINTS[field.name]
    if field.name in _OF_COMPLAINTS
    else getattr(Notice, field.name)
    for field in fields(Line)
}
"""The columns of a line by name; those of its complaint may be missing (outer join)."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A message leased to this worker, with what it is to say."""

    id: int
    phone_id: int
    priority: int
    lines: tuple[Line, ...]
    still: bool
    """Something in it is of a run that stands still by now: paused, or held for a person."""
    replaces_id: int | None = None
    tried: tuple[Tried, ...] = ()

    @property
    def place(self) -> tuple[int, int]:
        """Where it stands in the order of going out."""
        return self.priority, self.id


@dataclass(frozen=True, slots=True)
class Ready:
    """A message as it will be posted."""

    message: Taken
    text: str
    channel: Channel
    sender: str
    template_sid: str | None = None
    variables: str | None = None
    """The values of the template's variables, as JSON."""


# Built once: every pass asks it, and every batch of one.
_PICK = (
    select(Message.id, Message.phone_id, Message.priority, Message.replaces_id)
    .where(
        _LIVE,
        Message.status == NoticeStatus.PENDING,
        Message.lease_until.is_(None) | (Message.lease_until < bindparam("now")),
        Message.send_after.is_(None) | (Message.send_after <= bindparam("at")),
    )
    .order_by(Message.priority, Message.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_PICK_AFTER = _PICK.where(
    tuple_(Message.priority, Message.id) > tuple_(bindparam("priority"), bindparam("id"))
)


def take(
    connection: Connection,
    after: tuple[int, int],
    limit: int,
    lease_s: int,
    at: datetime,
    *,
    only: int | None = None,
) -> list[Taken]:
    """Lease up to `limit` messages to this worker, with their notices that are still wanted.

    Only those after the place `after`: within one round each message is tried once. With `only`
    none but the message of that id.

    A message whose every notice has been cancelled meanwhile is cancelled with them, and returned
    without lines. The caller freezes the texts with `begin` in the same transaction.
    """
    now = database_now(connection)
    values = {"now": now, "at": at, "most": limit, "priority": after[0], "id": after[1]}
    pick = _PICK_AFTER if only is None else _PICK.where(Message.id == only)
    rows = connection.execute(pick, values).all()
    if not rows:
        return []
    ids = [row.id for row in rows]
    lines: dict[int, list[Line]] = {key: [] for key in ids}
    for line in lines_of(connection, ids):
        lines[line.message_id].append(line)
    _move(connection, [key for key in ids if not lines[key]], NoticeStatus.CANCELLED)
    connection.execute(
        update(Message)
        .where(Message.id.in_(ids))
        .values(lease_until=now + timedelta(seconds=lease_s))
    )
    still = standing_still(connection, ids)
    before = tried(connection, ids)
    return [
        Taken(
            row.id,
            row.phone_id,
            row.priority,
            tuple(lines[row.id]),
            row.id in still,
            row.replaces_id,
            tuple(before.get(row.id, ())),
        )
        for row in rows
    ]


def standing_still(connection: Connection, message_ids: Sequence[int]) -> set[int]:
    """Return which messages tell something of a run that stands still."""
    rows = connection.execute(
        select(Notice.message_id)
        .outerjoin(Complaint, Complaint.id == Notice.complaint_id)
        .outerjoin(ClockRun, ClockRun.id == Notice.run_id)
        .where(
            Notice.message_id.in_(message_ids),
            Notice.status == NoticeStatus.PENDING,
            not_(moving()),
        )
    ).scalars()
    return {key for key in rows if key is not None}


def tried(connection: Connection, message_ids: Sequence[int]) -> dict[int, list[Tried]]:
    """Return the attempts made so far for messages, the first one first."""
    found: dict[int, list[Tried]] = {}
    rows = connection.execute(
        select(
            Attempt.message_id,
            Attempt.channel,
            Attempt.template_sid,
            Attempt.status,
            Attempt.reaction,
            Attempt.pass_at,
        )
        .where(Attempt.message_id.in_(message_ids))
        .order_by(Attempt.id)
    )
    for row in rows:
        one = Tried(
            row.channel, row.template_sid is not None, row.status, row.reaction, row.pass_at
        )
        found.setdefault(row.message_id, []).append(one)
    return found


def lines_of(connection: Connection, message_ids: Sequence[int]) -> list[Line]:
    """Return what the pending notices of messages say.

    Locked, so that an answer arriving now either finds them unsent or waits for the freeze.
    """
    rows = connection.execute(
        select(*LINE.values())
        .outerjoin(Complaint, Complaint.id == Notice.complaint_id)
        .where(Notice.message_id.in_(message_ids), Notice.status == NoticeStatus.PENDING)
        .order_by(Notice.id)
        .with_for_update(of=Notice)
    )
    return [Line(**row._mapping) for row in rows]


def _move(connection: Connection, message_ids: Sequence[int], status: NoticeStatus) -> None:
    for some in chunks(message_ids):
        connection.execute(update(Message).where(Message.id.in_(some)).values(status=status))


def begin(connection: Connection, ready: Sequence[Ready], at: datetime) -> list[int]:
    """Write the attempts before they are made, with the text frozen; return their ids."""
    if not ready:
        return []
    now = database_now(connection)
    ids = connection.execute(
        insert(Attempt).returning(Attempt.id, sort_by_parameter_order=True),
        [
            {
                "message_id": one.message.id,
                "channel": one.channel,
                "sender": one.sender,
                "body": one.text,
                "template_sid": one.template_sid,
                "variables": one.variables,
                "status": NoticeStatus.SENDING,
                "posted_at": now,
                "pass_at": at,
            }
            for one in ready
        ],
    ).scalars()
    keys = list(ids)
    connection.execute(
        update(Message)
        .where(Message.id == bindparam("key"))
        .values(status=NoticeStatus.SENDING, channel=bindparam("way")),
        [{"key": one.message.id, "way": one.channel} for one in ready],
    )
    for some in chunks([line.id for one in ready for line in one.message.lines]):
        connection.execute(
            update(Notice).where(Notice.id.in_(some)).values(status=NoticeStatus.SENDING)
        )
    return keys


def dissolve(connection: Connection, messages: Mapping[int, datetime]) -> None:
    """Take apart messages that may not go now; their notices wait for a later pass."""
    for message_id, later in messages.items():
        connection.execute(
            update(Notice)
            .where(Notice.message_id == message_id, Notice.status == NoticeStatus.PENDING)
            .values(message_id=None, send_after=later)
        )
    _move(connection, list(messages), NoticeStatus.CANCELLED)


def postpone(connection: Connection, messages: Mapping[int, datetime]) -> None:
    """Let messages wait, whole, until a moment in the pass's own time."""
    if messages:
        connection.execute(
            update(Message)
            .where(Message.id == bindparam("key"))
            .values(send_after=bindparam("later"), lease_until=None),
            [{"key": message_id, "later": later} for message_id, later in messages.items()],
        )


def release(connection: Connection, message_ids: Iterable[int]) -> None:
    """Give back leases of messages that this worker does not post after all."""
    for some in chunks(list(message_ids)):
        connection.execute(update(Message).where(Message.id.in_(some)).values(lease_until=None))


def spoil(connection: Connection, message_ids: Sequence[int], why: str, at: datetime) -> None:
    """Set aside messages that cannot even be written, with why; the others go on."""
    for some in chunks(message_ids):
        connection.execute(
            update(Notice)
            .where(Notice.message_id.in_(some), Notice.status == NoticeStatus.PENDING)
            .values(status=NoticeStatus.FAILED, note=why, settled_at=at)
        )
    _move(connection, message_ids, NoticeStatus.FAILED)
