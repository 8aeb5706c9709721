"""What commands print: the outbox, complaints, one complaint with its trail. Reads only.

No row carries a phone number or a person's name: posts stand for people.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, select
from sqlalchemy.orm import InstrumentedAttribute

from config.terms import Clock, Letter, NoticeStatus, Peran, Status
from scheduler.store.cases import CHUNK
from scheduler.store.messaging_tables import Attempt, Message, Notice
from scheduler.store.outbox import LINE, Line
from scheduler.store.tables import Audit, Complaint, Instansi, Post


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """One POST."""

    channel: str
    sid: str | None
    status: NoticeStatus
    error: str | None
    text: str


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """One notice with what became of it."""

    line: Line
    cause: str
    number: str | None
    """SP4N's number, else the own one; None where the notice is about no complaint."""
    clock: Clock | None
    step: str
    occurrence: int
    due_at: datetime
    post: str | None
    """The post's label; None where it is for a citizen."""
    peran: Peran | None
    copy: bool
    message_id: int | None
    letter: Letter | None
    status: NoticeStatus
    hold_reason: str | None
    created_at: datetime
    settled_at: datetime | None
    attempts: tuple[AttemptRow, ...]


@dataclass(frozen=True, slots=True)
class ComplaintRow:
    """One complaint as lists show it."""

    id: int
    tracking_id: str | None
    nomor: str | None
    status: Status
    instansi: str | None
    judul: str
    isi: str
    sumber: str | None
    received_at: datetime
    hold_reason: str | None
    anonim: bool
    rahasia: bool


def notices(connection: Connection, complaint_id: int | None = None) -> Iterator[NoticeRow]:
    """Yield every notice (of one complaint, or of all) in the order they were decided."""
    query = (
        select(
            Notice,
            Complaint.tracking_id,
            Complaint.nomor,
            Complaint.kategori,
            LINE["rahasia"],
            Post.label,
        )
        .outerjoin(Complaint, Complaint.id == Notice.complaint_id)
        .outerjoin(Post, Post.id == Notice.post_id)
        .order_by(Notice.id)
        .limit(CHUNK)
    )
    if complaint_id is not None:
        query = query.where(Notice.complaint_id == complaint_id)
    after = 0
    while rows := connection.execute(query.where(Notice.id > after)).all():
        attempts = _attempts(connection, [r.message_id for r in rows if r.message_id is not None])
        for row in rows:
            yield _notice(row, tuple(attempts[row.message_id]) if row.message_id else ())
        after = rows[-1].id


def _notice(row: Any, attempts: tuple[AttemptRow, ...]) -> NoticeRow:
    shared = {
        field.name: getattr(row, field.name)
        for field in fields(NoticeRow)
        if field.name not in ("line", "number", "post", "attempts")
    }
    line = {
        field.name: getattr(row, field.name) for field in fields(Line) if field.name != "message_id"
    }
    return NoticeRow(
        line=Line(**line, message_id=row.message_id or 0),
        number=row.tracking_id or row.nomor or ("?" if row.complaint_id else None),
        post=row.label,
        attempts=attempts,
        **shared,
    )


def _attempts(connection: Connection, ids: Sequence[int]) -> dict[int, list[AttemptRow]]:
    """Return the attempts of messages, those of the messages they replace before them."""
    before = _replaced(connection, ids)
    of: dict[int, list[int]] = defaultdict(list)  # a message may have been replaced by several
    for message_id in set(ids):
        chain: int | None = message_id
        while chain is not None:
            of[chain].append(message_id)
            chain = before.get(chain)
    found: dict[int, list[AttemptRow]] = defaultdict(list)
    rows = connection.execute(
        select(
            Attempt.message_id,
            Attempt.channel,
            Attempt.sid,
            Attempt.status,
            Attempt.error,
            Attempt.body,
        )
        .where(Attempt.message_id.in_(sorted(of)))
        .order_by(Attempt.id)
    )
    for row in rows:
        for message_id in of[row.message_id]:
            found[message_id].append(
                AttemptRow(row.channel, row.sid, row.status, row.error, row.body)
            )
    return found


def _replaced(connection: Connection, ids: Sequence[int]) -> dict[int, int]:
    """Return, for messages that went to another person, the message that each replaces."""
    found: dict[int, int] = {}
    left = sorted(set(ids))
    while left:
        rows = connection.execute(
            select(Message.id, Message.replaces_id).where(
                Message.id.in_(left), Message.replaces_id.is_not(None)
            )
        ).all()
        new = {row.id: row.replaces_id for row in rows}
        found |= new
        left = sorted(set(new.values()) - found.keys())
    return found


HIDDEN = "(konten terblokir)"
"""Stands for what SP4N has blocked, and what nobody is to read here either."""


def _shown(text: InstrumentedAttribute[str]) -> ColumnElement[str]:
    return case((Complaint.hidden, HIDDEN), else_=text)


_COMPLAINT = (
    select(
        Complaint.id,
        Complaint.tracking_id,
        Complaint.nomor,
        Complaint.status,
        Instansi.nama.label("instansi"),
        _shown(Complaint.judul).label("judul"),
        _shown(Complaint.isi).label("isi"),
        Complaint.sumber,
        Complaint.received_at,
        Complaint.hold_reason,
        Complaint.anonim,
        Complaint.rahasia,
    )
    .outerjoin(Instansi, Instansi.id == Complaint.instansi_id)
    .order_by(Complaint.id)
)


def complaints(connection: Connection, status: Status | None = None) -> Iterator[ComplaintRow]:
    """Yield complaints (of one status, or all) as they came in; merged ones are left out."""
    query = _COMPLAINT.where(Complaint.merged_into_id.is_(None)).limit(CHUNK)
    if status is not None:
        query = query.where(Complaint.status == status)
    after = 0
    while rows := connection.execute(query.where(Complaint.id > after)).all():
        for row in rows:
            yield ComplaintRow(**row._mapping)
        after = rows[-1].id


def complaint(connection: Connection, complaint_id: int) -> ComplaintRow:
    """Return one complaint by its id."""
    row = connection.execute(_COMPLAINT.where(Complaint.id == complaint_id)).one()
    return ComplaintRow(**row._mapping)


def trail(connection: Connection, complaint_id: int) -> list[tuple[datetime, str, str, str | None]]:
    """Return the audit trail of a complaint: (when, event, who, note)."""
    rows = connection.execute(
        select(Audit.at, Audit.event, Audit.actor, Audit.note)
        .where(Audit.complaint_id == complaint_id)
        .order_by(Audit.id)
    )
    return [(at, event, actor, note) for at, event, actor, note in rows]


def delivered_since(connection: Connection, attempt_id: int) -> list[tuple[int, str, str, str]]:
    """Return the attempts made after one: (id, text, steps, posts), a line for each message."""
    rows = connection.execute(
        select(Attempt.id, Attempt.body, Notice.step, Notice.copy, Post.label)
        .join(Notice, Notice.message_id == Attempt.message_id)
        .outerjoin(Post, Post.id == Notice.post_id)
        .where(
            Attempt.id > attempt_id,
            Attempt.status.in_((NoticeStatus.ACCEPTED, NoticeStatus.DELIVERED)),
        )
        .order_by(Attempt.id, Notice.id)
    )
    found: dict[int, tuple[str, dict[str, None], dict[str, None]]] = {}
    for key, body, step, copy, label in rows:
        _, steps, posts = found.setdefault(key, (body, {}, {}))
        steps[f"{step}, tembusan" if copy else step] = None
        posts[label or "pelapor"] = None
    return [
        (key, body, "; ".join(steps), "; ".join(posts))
        for key, (body, steps, posts) in found.items()
    ]
