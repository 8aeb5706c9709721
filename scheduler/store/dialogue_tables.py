"""The tables of two-way phones: what arrived, reports being made, requests and answers.

What must hold is in the database, as in `scheduler.store.tables`, whose rows these refer to.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from config.terms import Channel, Peran
from scheduler.store import messaging_tables as _tables  # noqa: F401 - what the foreign keys name
from scheduler.store.columns import Base

WAITING = text("state = 'baru'")
UNFETCHED = text("state = 'menunggu'")
OPEN = text("state = 'terbuka'")


class InboundMessage(Base):
    """What a phone sent, as it came: stored before anything is made of it, once for each `sid`.

    `payload` is a sealed `scheduler.inbound.Arrived`; `sender_blind` finds one sender's messages
    without naming him. `effect` says what became of it.
    """

    __tablename__ = "inbound_messages"
    id: Mapped[int] = mapped_column(primary_key=True)
    sid: Mapped[str] = mapped_column(String(80), unique=True)
    channel: Mapped[Channel]
    sender_blind: Mapped[bytes] = mapped_column(LargeBinary(32))
    payload: Mapped[bytes]
    received_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(10))
    tries: Mapped[int]
    try_after: Mapped[datetime | None]
    error: Mapped[str | None]
    heard_at: Mapped[datetime | None]
    phone_id: Mapped[int | None] = mapped_column(ForeignKey("phones.id"))
    complaint_id: Mapped[int | None] = mapped_column(ForeignKey("complaints.id"), index=True)
    effect: Mapped[str | None] = mapped_column(String(40))
    __table_args__ = (
        CheckConstraint("state IN ('baru', 'selesai', 'gagal')", name="state"),
        CheckConstraint("(state = 'selesai') = (effect IS NOT NULL)", name="effect"),
        Index("ix_inbound_messages_waiting", "id", postgresql_where=WAITING, sqlite_where=WAITING),
        Index(
            "ix_inbound_messages_unheard",
            "sender_blind",
            "id",
            postgresql_where=WAITING,
            sqlite_where=WAITING,
        ),
        Index("ix_inbound_messages_sender", "sender_blind", "received_at"),
        Index("ix_inbound_messages_phone", "phone_id", "received_at"),
    )


class Attachment(Base):
    """A photo or document that came with a message.

    Its content is kept sealed, in the database: outside of anything a web server could hand out,
    in every backup, and on every machine.
    """

    __tablename__ = "attachments"
    id: Mapped[int] = mapped_column(primary_key=True)
    inbound_id: Mapped[int] = mapped_column(ForeignKey("inbound_messages.id"))
    position: Mapped[int]
    url_sealed: Mapped[bytes]
    content_type: Mapped[str] = mapped_column(String(80))
    state: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str | None]
    tries: Mapped[int]
    try_after: Mapped[datetime | None]
    size: Mapped[int | None]
    sha256: Mapped[str | None] = mapped_column(String(64))
    content_sealed: Mapped[bytes | None]
    __table_args__ = (
        UniqueConstraint("inbound_id", "position"),
        CheckConstraint("state IN ('menunggu', 'ada', 'ditolak', 'gagal')", name="state"),
        CheckConstraint("(state = 'ada') = (content_sealed IS NOT NULL)", name="content"),
        Index("ix_attachments_unfetched", "id", postgresql_where=UNFETCHED, sqlite_where=UNFETCHED),
    )


class Draft(Base):
    """A report that a phone is still making: filed when it is complete, or silent for too long.

    `asked_at` is when it was asked for what is missing, which happens once.
    """

    __tablename__ = "drafts"
    phone_id: Mapped[int] = mapped_column(ForeignKey("phones.id"), primary_key=True)
    channel: Mapped[Channel]
    body_sealed: Mapped[bytes]
    """What was written so far: not masked yet, so sealed."""
    lokasi: Mapped[str | None]
    anonim: Mapped[bool]
    rahasia: Mapped[bool]
    opened_at: Mapped[datetime]
    last_at: Mapped[datetime]
    asked_at: Mapped[datetime | None]
    file_at: Mapped[datetime] = mapped_column(index=True)
    __table_args__ = (CheckConstraint("opened_at <= last_at", name="order"),)


class Request(Base):
    """What an officer's words wait for: somebody else's decision, or SP4N's next export.

    One of a kind is open for a complaint at a time. `due_at` is when `sudah` is over, else when
    the one working day to decide it ends.
    """

    __tablename__ = "requests"
    id: Mapped[int] = mapped_column(primary_key=True)
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaints.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10))
    body: Mapped[str | None]
    post_id: Mapped[int | None] = mapped_column(ForeignKey("posts.id"))
    decider: Mapped[Peran | None]
    """Whose decision it is; None for `sudah`, which SP4N decides."""
    inbound_id: Mapped[int | None] = mapped_column(ForeignKey("inbound_messages.id"))
    made_at: Mapped[datetime]
    due_at: Mapped[datetime]
    next_look_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None]
    reason: Mapped[str | None]
    __table_args__ = (
        CheckConstraint("kind IN ('bukan', 'tunda', 'jawaban', 'normatif', 'sudah')", name="kind"),
        CheckConstraint("state IN ('terbuka', 'diterima', 'ditolak', 'gugur')", name="state"),
        CheckConstraint("(state = 'terbuka') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("(kind = 'sudah') = (decider IS NULL)", name="decider"),
        Index(
            "uq_requests_one_open",
            "complaint_id",
            "kind",
            unique=True,
            postgresql_where=OPEN,
            sqlite_where=OPEN,
        ),
        Index("ix_requests_due", "next_look_at", postgresql_where=OPEN, sqlite_where=OPEN),
    )


class Answer(Base):
    """An answer that was given here, word for word. `to_copy`: SP4N must be told it by hand."""

    __tablename__ = "answers"
    id: Mapped[int] = mapped_column(primary_key=True)
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaints.id"), index=True)
    post_id: Mapped[int | None] = mapped_column(ForeignKey("posts.id"))
    inbound_id: Mapped[int | None] = mapped_column(ForeignKey("inbound_messages.id"))
    body: Mapped[str]
    given_at: Mapped[datetime]
    substantive: Mapped[bool]
    to_copy: Mapped[bool] = mapped_column(server_default=false())
    copied_at: Mapped[datetime | None]
    __table_args__ = (
        Index(
            "ix_answers_to_copy",
            "id",
            postgresql_where=text("to_copy AND copied_at IS NULL"),
            sqlite_where=text("to_copy AND copied_at IS NULL"),
        ),
        Index(
            "ix_answers_uncopied",
            "complaint_id",
            "id",
            postgresql_where=text("copied_at IS NULL"),
            sqlite_where=text("copied_at IS NULL"),
        ),
    )


class SimilarComplaint(Base):
    """Two people's complaints that read alike: shown to the officer, never merged by themselves."""

    __tablename__ = "similar_complaints"
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaints.id"), primary_key=True)
    other_id: Mapped[int] = mapped_column(ForeignKey("complaints.id"), primary_key=True, index=True)
    score: Mapped[int]
    __table_args__ = (
        CheckConstraint("other_id < complaint_id", name="once"),
        CheckConstraint("score BETWEEN 0 AND 100", name="score"),
    )
