"""Everything about one complaint that its page shows. Reads only.

As many queries for a short life as for a long one. Who reported it is opened by `reporter` alone,
which is called when somebody asked for it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, exists, select, union
from sqlalchemy.orm import aliased

from config.terms import Channel, Clock, Klasifikasi, Letter, NoticeStatus, Status
from scheduler.store.console_tables import Entry
from scheduler.store.dialogue_tables import Answer, Attachment, InboundMessage, SimilarComplaint
from scheduler.store.handwork import SENDER
from scheduler.store.messaging_tables import Attempt, Message, Notice
from scheduler.store.sealed import Seal
from scheduler.store.tables import Audit, Complaint, Instansi, Phone, Post
from scheduler.store.visible import Scope, seen

Whom = Literal["jabatan", "pelapor", "penulis"]
"""Whom a message is for: a post, the reporter, or another phone that wrote."""


@dataclass(frozen=True, slots=True)
class Dossier:
    """One complaint as its page shows it; texts are those of the table, whoever looks."""

    id: int
    tracking_id: str | None
    nomor: str | None
    status: Status
    klasifikasi: Klasifikasi | None
    kategori: str | None
    judul: str
    isi: str
    anonim: bool
    rahasia: bool
    hidden: bool
    sumber: str | None
    lokasi: str | None
    alasan: str | None
    rating: int | None
    instansi_id: int | None
    instansi: str | None
    sp4n_instansi: str | None
    sp4n_status: str | None
    hold_reason: str | None
    backlog_at: datetime | None
    released_at: datetime | None
    received_at: datetime
    answered_at: datetime | None
    closed_at: datetime | None
    merged_into_id: int | None
    has_name: bool
    has_phone: bool
    typed_in: bool
    """Typed in here; who reported it can be corrected."""

    @property
    def number(self) -> str:
        """SP4N's Tracking ID, else the own number."""
        return self.tracking_id or self.nomor or "?"


@dataclass(frozen=True, slots=True)
class Other:
    """Another complaint, to be opened."""

    id: int
    number: str
    status: Status
    judul: str
    rahasia: bool
    hidden: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the audit trail."""

    id: int
    at: datetime
    event: str
    actor: str
    note: str | None


@dataclass(frozen=True, slots=True)
class Try:
    """One way that was tried; `at` is the pass's own time, `by_hand`: a person sent it."""

    channel: Channel
    status: NoticeStatus
    error: str | None
    at: datetime
    by_hand: bool


@dataclass(frozen=True, slots=True)
class Telling:
    """One reason to tell one post or phone, and what became of it."""

    id: int
    event_id: int | None
    """The line of the audit trail that caused it; None for a step of a ladder, or a reply."""
    run_id: int | None
    clock: Clock | None
    step: str
    occurrence: int
    kind: str
    letter: Letter | None
    whom: Whom
    post: str | None
    copy: bool
    status: NoticeStatus
    hold_reason: str | None
    note: str | None
    created_at: datetime
    send_after: datetime
    settled_at: datetime | None
    tries: tuple[Try, ...]


@dataclass(frozen=True, slots=True)
class File:
    """A photo or document that came with a message."""

    id: int
    content_type: str
    state: str
    reason: str | None
    size: int | None


@dataclass(frozen=True, slots=True)
class Came:
    """A message from a phone that became part of the complaint."""

    at: datetime
    channel: Channel
    by_reporter: bool
    effect: str | None
    files: tuple[File, ...]


@dataclass(frozen=True, slots=True)
class Opened:
    """A file, opened; `content_type` is what it is, not what it was said to be."""

    content_type: str
    content: bytes
    position: int


def load(connection: Connection, complaint_id: int, scope: Scope) -> Dossier | None:
    """Return one complaint; None where there is none, or not for this scope."""
    named = Complaint.reporter_sealed.is_not(None).label("has_name")
    reached = Complaint.reporter_phone_id.is_not(None).label("has_phone")
    typed = exists().where(Entry.complaint_id == Complaint.id).label("typed_in")
    taken = {"instansi", "has_name", "has_phone", "typed_in"}
    columns = [getattr(Complaint, name) for name in Dossier.__slots__ if name not in taken]
    row = connection.execute(
        select(*columns, Instansi.nama.label("instansi"), named, reached, typed)
        .outerjoin(Instansi, Instansi.id == Complaint.instansi_id)
        .where(Complaint.id == complaint_id, seen(scope))
    ).one_or_none()
    return None if row is None else Dossier(**row._mapping)


def reporter(
    connection: Connection, seal: Seal, complaint_id: int
) -> tuple[str | None, str | None]:
    """Return the reporter's name and telephone number, opened; None for what is not known.

    Whoever calls this has noted in the access log that they are shown.
    """
    row = connection.execute(
        select(Complaint.reporter_sealed, Phone.sealed)
        .outerjoin(Phone, Phone.id == Complaint.reporter_phone_id)
        .where(Complaint.id == complaint_id)
    ).one()
    name, number = row
    return seal.open(name) if name else None, seal.open(number) if number else None


def similar(
    connection: Connection, complaint_id: int, scope: Scope, limit: int = 10
) -> list[Other]:
    """Return complaints that read like one, those most alike first, as far as they are seen."""
    one, two = SimilarComplaint.complaint_id, SimilarComplaint.other_id
    score = SimilarComplaint.score
    pairs = union(
        select(two.label("other"), score).where(one == complaint_id),
        select(one.label("other"), score).where(two == complaint_id),
    ).subquery()
    it = Complaint
    rows = connection.execute(
        select(it.id, it.tracking_id, it.nomor, it.status, it.judul, it.rahasia, it.hidden)
        .join(pairs, pairs.c.other == Complaint.id)
        .where(Complaint.merged_into_id.is_(None), seen(scope))
        .order_by(pairs.c.score.desc(), Complaint.id)
        .limit(limit)
    )
    return [
        Other(key, tracking_id or nomor or "?", status, judul, rahasia, hidden)
        for key, tracking_id, nomor, status, judul, rahasia, hidden in rows
    ]


def trail(connection: Connection, complaint_id: int) -> list[Line]:
    """Return the audit trail in the order in which it was written."""
    rows = connection.execute(
        select(Audit.id, Audit.at, Audit.event, Audit.actor, Audit.note)
        .where(Audit.complaint_id == complaint_id)
        .order_by(Audit.id)
    )
    return [Line(*row) for row in rows]


# --- who was told -----------------------------------------------------------------------------


def tellings(connection: Connection, complaint_id: int) -> list[Telling]:
    """Return everybody who was to be told of a complaint, in the order it was decided."""
    rows = connection.execute(
        select(
            Notice.id,
            Notice.cause,
            Notice.run_id,
            Notice.clock,
            Notice.step,
            Notice.occurrence,
            Notice.kind,
            Notice.letter,
            Notice.copy,
            Notice.status,
            Notice.hold_reason,
            Notice.note,
            Notice.created_at,
            Notice.send_after,
            Notice.settled_at,
            Notice.message_id,
            Notice.phone_id,
            Post.label,
            Complaint.reporter_phone_id,
        )
        .join(Complaint, Complaint.id == Notice.complaint_id)
        .outerjoin(Post, Post.id == Notice.post_id)
        .where(Notice.complaint_id == complaint_id)
        .order_by(Notice.id)
    ).all()
    tries = _tries(connection, complaint_id)
    return [
        Telling(
            row.id,
            _event_of(row.cause),
            row.run_id,
            row.clock,
            row.step,
            row.occurrence,
            row.kind,
            row.letter,
            _whom(row.label, row.phone_id, row.reporter_phone_id),
            row.label,
            row.copy,
            row.status,
            row.hold_reason,
            row.note,
            row.created_at,
            row.send_after,
            row.settled_at,
            tuple(tries.get(row.message_id, ())) if row.message_id else (),
        )
        for row in rows
    ]


def _event_of(cause: str) -> int | None:
    kind, _, rest = cause.partition("/")
    key = rest.partition("/")[0]
    return int(key) if kind == "event" and key.isdecimal() else None


def _whom(label: str | None, phone_id: int | None, reporter_phone_id: int | None) -> Whom:
    if label is not None:
        return "jabatan"
    return "pelapor" if phone_id == reporter_phone_id else "penulis"


def _tries(connection: Connection, complaint_id: int) -> dict[int, list[Try]]:
    """Return what was tried for each message of a complaint, with those that it replaces."""
    own = (
        select(Message.id.label("of"), Message.id.label("message"), Message.replaces_id)
        .where(Message.id.in_(select(Notice.message_id).where(Notice.complaint_id == complaint_id)))
        .cte("chain", recursive=True)
    )
    before = aliased(Message)
    chain = own.union(
        select(own.c.of, before.id, before.replaces_id).join(before, before.id == own.c.replaces_id)
    )
    it = Attempt
    rows = connection.execute(
        select(chain.c.of, it.channel, it.status, it.error, it.pass_at, it.sender == SENDER)
        .join(it, it.message_id == chain.c.message)
        .order_by(it.id)
    )
    found: dict[int, list[Try]] = defaultdict(list)
    for of, *facts in rows:
        found[of].append(Try(*facts))
    return found


# --- what came from phones --------------------------------------------------------------------


def came(connection: Connection, complaint_id: int) -> list[Came]:
    """Return the messages from phones that belong to a complaint, with their files, in order."""
    rows = connection.execute(
        select(
            InboundMessage.id,
            InboundMessage.received_at,
            InboundMessage.channel,
            InboundMessage.effect,
            InboundMessage.phone_id == Complaint.reporter_phone_id,
        )
        .join(Complaint, Complaint.id == InboundMessage.complaint_id)
        .where(InboundMessage.complaint_id == complaint_id)
        .order_by(InboundMessage.received_at, InboundMessage.id)
    ).all()
    files = _files(connection, complaint_id)
    return [
        Came(at, channel, bool(own), effect, tuple(files.get(key, ())))
        for key, at, channel, effect, own in rows
    ]


def _files(connection: Connection, complaint_id: int) -> dict[int, list[File]]:
    found: dict[int, list[File]] = defaultdict(list)
    it = Attachment
    rows = connection.execute(
        select(it.inbound_id, it.id, it.content_type, it.state, it.reason, it.size)
        .join(InboundMessage, InboundMessage.id == Attachment.inbound_id)
        .where(InboundMessage.complaint_id == complaint_id)
        .order_by(Attachment.inbound_id, Attachment.position)
    )
    for row in rows:
        found[row.inbound_id].append(File(*row[1:]))
    return found


def file(
    connection: Connection, seal: Seal, complaint_id: int, attachment_id: int
) -> Opened | None:
    """Return a file of a complaint, opened; None where it has none of this id that is here.

    Whoever calls this has noted in the access log that it is shown.
    """
    row = connection.execute(
        select(Attachment.content_type, Attachment.content_sealed, Attachment.position)
        .join(InboundMessage, InboundMessage.id == Attachment.inbound_id)
        .where(
            Attachment.id == attachment_id,
            InboundMessage.complaint_id == complaint_id,
            Attachment.content_sealed.is_not(None),
        )
    ).one_or_none()
    if row is None:
        return None
    return Opened(row.content_type, seal.open_bytes(row.content_sealed), row.position)


# --- answers and requests ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Said:
    """An answer that was given here, word for word."""

    at: datetime
    post: str | None
    body: str
    substantive: bool
    copied_at: datetime | None


def answers(connection: Connection, complaint_id: int) -> list[Said]:
    """Return the answers to a complaint, the oldest first."""
    rows = connection.execute(
        select(Answer.given_at, Post.label, Answer.body, Answer.substantive, Answer.copied_at)
        .outerjoin(Post, Post.id == Answer.post_id)
        .where(Answer.complaint_id == complaint_id)
        .order_by(Answer.id)
    )
    return [Said(*row) for row in rows]
