"""The tables of telling people: reasons, messages, attempts, and what is known of phones.

What must hold is in the database, as in `scheduler.store.tables`, whose rows these refer to.
"""

from __future__ import annotations

from datetime import date, datetime

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

from config.terms import Channel, Clock, Letter, NoticeStatus, Peran, Reaction
from scheduler.store import tables as _tables  # noqa: F401 - what the foreign keys name
from scheduler.store.columns import Base

UNSENT = text("status = 'pending' AND message_id IS NULL")
UNSENT_PHONE = text("status = 'pending' AND message_id IS NULL AND phone_id IS NOT NULL")
LETTERS = text("letter IS NOT NULL")


class Notice(Base):
    """One reason to tell one post, or one phone. `cause` is UNIQUE: nothing is decided twice.

    With a `phone_id` it is for that phone alone, a citizen's or that of whoever wrote. `body` is a
    text that was settled when it was decided; an `urgent` one waits for no morning.
    """

    __tablename__ = "notices"
    id: Mapped[int] = mapped_column(primary_key=True)
    cause: Mapped[str] = mapped_column(String(120), unique=True)
    complaint_id: Mapped[int | None] = mapped_column(ForeignKey("complaints.id"), index=True)
    run_id: Mapped[int | None] = mapped_column(ForeignKey("clock_runs.id"))
    clock: Mapped[Clock | None]
    step: Mapped[str] = mapped_column(String(40))
    occurrence: Mapped[int]
    post_id: Mapped[int | None] = mapped_column(ForeignKey("posts.id"))
    instansi_id: Mapped[int | None] = mapped_column(ForeignKey("instansi.id"))
    peran: Mapped[Peran | None]
    copy: Mapped[bool]
    kind: Mapped[str] = mapped_column(String(40))
    letter: Mapped[Letter | None]
    in_digest: Mapped[bool]
    due_at: Mapped[datetime]
    limit_at: Mapped[datetime | None]
    next_at: Mapped[datetime | None]
    lama: Mapped[str | None]
    note: Mapped[str | None]
    status: Mapped[NoticeStatus]
    hold_reason: Mapped[str | None]
    send_after: Mapped[datetime]
    message_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id"), index=True)
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    phone_id: Mapped[int | None] = mapped_column(ForeignKey("phones.id"))
    body: Mapped[str | None]
    urgent: Mapped[bool] = mapped_column(server_default=false())
    __table_args__ = (
        CheckConstraint("(status = 'held') = (hold_reason IS NOT NULL)", name="hold_reason"),
        CheckConstraint("post_id IS NOT NULL OR phone_id IS NOT NULL", name="addressed"),
        CheckConstraint("(post_id IS NULL) = (peran IS NULL)", name="of_a_post"),
        # Alerts and first contacts are about no complaint; every step of a ladder is.
        CheckConstraint("run_id IS NULL OR complaint_id IS NOT NULL", name="of_a_complaint"),
        Index("ix_notices_run_step", "run_id", "step", "occurrence"),
        Index(
            "ix_notices_unsent",
            "post_id",
            "send_after",
            postgresql_where=UNSENT,
            sqlite_where=UNSENT,
        ),
        Index(
            "ix_notices_unsent_phone",
            "phone_id",
            "send_after",
            postgresql_where=UNSENT_PHONE,
            sqlite_where=UNSENT_PHONE,
        ),
        Index("ix_notices_phone", "phone_id", "created_at"),
        # What the console's search leads by; each newest first.
        Index("ix_notices_status", "status", "id"),
        Index("ix_notices_post", "post_id", "id"),
        Index("ix_notices_instansi", "instansi_id", "id"),
        Index("ix_notices_step", "step", "id"),
        Index("ix_notices_letter", "letter", "id", postgresql_where=LETTERS, sqlite_where=LETTERS),
        Index("ix_notices_created", "created_at"),
        Index(
            "ix_notices_hold_reason",
            "hold_reason",
            "complaint_id",
            postgresql_where=text("hold_reason IS NOT NULL"),
            sqlite_where=text("hold_reason IS NOT NULL"),
        ),
        Index(
            "ix_notices_held",
            "complaint_id",
            postgresql_where=text("status = 'held'"),
            sqlite_where=text("status = 'held'"),
        ),
    )


LIVE = text("status IN ('pending', 'sending', 'unknown')")


class Message(Base):
    """What one person gets in one dispatch pass: one message a letter, the rest one digest.

    To tell another person is a new message that `replaces` the old one. `send_after` is in the
    pass's own time (`--at`), `lease_until` in database time. `draft` is what a person was shown to
    send by hand.
    """

    __tablename__ = "messages"
    id: Mapped[int] = mapped_column(primary_key=True)
    phone_id: Mapped[int] = mapped_column(ForeignKey("phones.id"))
    channel: Mapped[Channel]
    status: Mapped[NoticeStatus]
    priority: Mapped[int] = mapped_column(server_default="2")
    send_after: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id"), index=True)
    draft: Mapped[str | None]
    created_at: Mapped[datetime]
    __table_args__ = (
        CheckConstraint("status <> 'held'", name="never_held"),
        Index("ix_messages_live", "priority", "id", postgresql_where=LIVE, sqlite_where=LIVE),
    )


AWAITED = text("awaited AND status = 'accepted'")


class Attempt(Base):
    """One POST to the provider, written before it is made.

    `posted_at` is database time (leases, look-ups); `pass_at` is the pass's own time (`--at`).
    `word` is the provider's own last word by rank, `reaction` what follows from a failure.
    """

    __tablename__ = "attempts"
    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"), index=True)
    channel: Mapped[Channel]
    sender: Mapped[str]
    body: Mapped[str]
    template_sid: Mapped[str | None] = mapped_column(String(34))
    variables: Mapped[str | None]
    sid: Mapped[str | None] = mapped_column(unique=True)
    status: Mapped[NoticeStatus]
    word: Mapped[str | None] = mapped_column(String(30))
    error: Mapped[str | None]
    reaction: Mapped[Reaction | None]
    awaited: Mapped[bool] = mapped_column(server_default=false())
    posted_at: Mapped[datetime]
    pass_at: Mapped[datetime]
    __table_args__ = (
        CheckConstraint("status NOT IN ('pending', 'held', 'cancelled')", name="made"),
        CheckConstraint(
            "sid IS NOT NULL OR status NOT IN ('accepted', 'delivered')", name="has_sid"
        ),
        Index(
            "uq_attempts_one_open",
            "message_id",
            unique=True,
            postgresql_where=text("status IN ('sending', 'unknown')"),
            sqlite_where=text("status IN ('sending', 'unknown')"),
        ),
        Index("ix_attempts_awaited", "pass_at", postgresql_where=AWAITED, sqlite_where=AWAITED),
        Index("ix_attempts_posted_at", "posted_at"),
    )


class DeliveryReport(Base):
    """What the provider told of an attempt, as it came. The same word twice is one row."""

    __tablename__ = "delivery_reports"
    id: Mapped[int] = mapped_column(primary_key=True)
    sid: Mapped[str] = mapped_column(String(34))
    word: Mapped[str] = mapped_column(String(30))
    error: Mapped[str] = mapped_column(String(20))
    attempt_id: Mapped[int | None] = mapped_column(ForeignKey("attempts.id"))
    received_at: Mapped[datetime]
    applied: Mapped[bool]
    __table_args__ = (
        UniqueConstraint("sid", "word", "error"),
        Index(
            "ix_delivery_reports_waiting",
            "id",
            postgresql_where=text("NOT applied"),
            sqlite_where=text("NOT applied"),
        ),
    )


class PhoneChannel(Base):
    """What is known of a phone on a channel: not reachable, wants nothing, may be written to."""

    __tablename__ = "phone_channels"
    phone_id: Mapped[int] = mapped_column(ForeignKey("phones.id"), primary_key=True)
    channel: Mapped[Channel] = mapped_column(primary_key=True)
    unusable_until: Mapped[datetime | None]
    unusable_code: Mapped[str | None]
    opted_out_at: Mapped[datetime | None]
    window_until: Mapped[datetime | None]
    """Until when free text may be sent: 24 hours after the person's last message."""
    last_inbound_at: Mapped[datetime | None]


class Sender(Base):
    """One sender's state: the next free slot of its rate limit, and whether it is stopped.

    `next_slot_at` is in database time, `stopped_until` in the pass's own time.
    """

    __tablename__ = "senders"
    sender: Mapped[str] = mapped_column(primary_key=True)
    next_slot_at: Mapped[datetime]
    stopped_at: Mapped[datetime | None]
    stopped_until: Mapped[datetime | None]
    stopped_code: Mapped[str | None]


class SpendingDay(Base):
    """How many billed message parts went out on a local day, for the daily cap."""

    __tablename__ = "spending_days"
    day: Mapped[date] = mapped_column(primary_key=True)
    parts: Mapped[int]


class ContentTemplate(Base):
    """One template as it was pushed to the provider; the name carries a hash of its text."""

    __tablename__ = "templates"
    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    sid: Mapped[str | None] = mapped_column(String(34), unique=True)
    status: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str | None]
    checked_at: Mapped[datetime]


class Alert(Base):
    """Something Kominfo must hear of that is about no complaint; `key` says it once.

    Raised wherever it is noticed, told by the next pass.
    """

    __tablename__ = "alerts"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(120), unique=True)
    perihal: Mapped[str]
    raised_at: Mapped[datetime]
    told_at: Mapped[datetime | None]
    __table_args__ = (
        Index(
            "ix_alerts_untold",
            "id",
            postgresql_where=text("told_at IS NULL"),
            sqlite_where=text("told_at IS NULL"),
        ),
    )


class Consent(Base):
    """What the holder of a post said to being reminded on his phone."""

    __tablename__ = "consents"
    holder_id: Mapped[int] = mapped_column(ForeignKey("holders.id"), primary_key=True)
    asked_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    answer: Mapped[str | None] = mapped_column(String(10))
    __table_args__ = (
        CheckConstraint("answer IN ('setuju', 'menolak')", name="answer"),
        CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name="answered"),
    )


class SimulatorMessage(Base):
    """What a simulated phone has received: the simulator's own inbox, its side of the wire."""

    __tablename__ = "simulator_messages"
    sid: Mapped[str] = mapped_column(String(34), primary_key=True)
    phone_blind: Mapped[bytes] = mapped_column(LargeBinary(32))
    sender: Mapped[str]
    body: Mapped[str]
    received_at: Mapped[datetime]
    __table_args__ = (Index("ix_simulator_messages_phone", "phone_blind", "received_at"),)
