"""The tables of the console: who may use it, what they saw and did, and what they handed on.

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
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from config.terms import Status, Wewenang
from scheduler.store import dialogue_tables as _tables  # noqa: F401 - what the foreign keys name
from scheduler.store.columns import Base

WAITING = text("state IN ('menunggu', 'berjalan')")

# --- who may use it ---------------------------------------------------------------------------


class User(Base):
    """Somebody who logs in. `username` is lower case; only one of an OPD has an instansi.

    `totp_step` is the last time step (30 s) whose code was taken: none is taken twice.
    """

    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(64), unique=True)
    nama: Mapped[str]
    wewenang: Mapped[Wewenang]
    instansi_id: Mapped[int | None] = mapped_column(ForeignKey("instansi.id"))
    password_hash: Mapped[str]
    must_change: Mapped[bool]
    """The password was given by somebody else: nothing else is possible before it is changed."""
    totp_sealed: Mapped[bytes | None]
    totp_step: Mapped[int | None]
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("(wewenang = 'opd') = (instansi_id IS NOT NULL)", name="instansi"),
        CheckConstraint("username = lower(username)", name="username"),
    )


class Session(Base):
    """A login. Only the SHA-256 of its token is kept: a copy of the database opens no session.

    `verified` is False until the second factor was given, where the user has one.
    """

    __tablename__ = "sessions"
    token_sha: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    verified: Mapped[bool]
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class LoginFailure(Base):
    """A login that failed, by a keyed hash of the name or of the address it came from."""

    __tablename__ = "login_failures"
    id: Mapped[int] = mapped_column(primary_key=True)
    who: Mapped[bytes] = mapped_column(LargeBinary(32))
    at: Mapped[datetime]
    __table_args__ = (Index("ix_login_failures_who", "who", "at"),)


class Access(Base):
    """Somebody was shown personal data (UU 27/2022). The database refuses to change a row."""

    __tablename__ = "access_log"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    what: Mapped[str] = mapped_column(String(40))
    complaint_id: Mapped[int | None] = mapped_column(ForeignKey("complaints.id"))
    note: Mapped[str | None]
    __table_args__ = (
        Index("ix_access_log_at", "at", "id"),
        Index("ix_access_log_user_id", "user_id", "at", "id"),
        Index("ix_access_log_complaint_id", "complaint_id", "at", "id"),
    )


# --- what was done ----------------------------------------------------------------------------


class Action(Base):
    """Something a user did to one complaint or to several; `undone_at` once it was taken back.

    Also what is about no complaint: a stop of everything, a word on a message; `note` says why.
    """

    __tablename__ = "actions"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    verb: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
    note: Mapped[str | None]
    __table_args__ = (
        Index("ix_actions_user_id", "user_id", "at"),
        Index("ix_actions_verb", "verb", "id"),
    )


class ActionItem(Base):
    """One complaint of an action; the audit ids tell which events were of it, and what came later.

    `undoable` is False for what moved rows between complaints (a merge).
    """

    __tablename__ = "action_items"
    action_id: Mapped[int] = mapped_column(ForeignKey("actions.id"), primary_key=True)
    complaint_id: Mapped[int] = mapped_column(
        ForeignKey("complaints.id"), primary_key=True, index=True
    )
    audit_from: Mapped[int]
    audit_to: Mapped[int]
    undoable: Mapped[bool]


class ActionImage(Base):
    """What a row was before an action, and after: columns that it changed; empty for a new one.

    A picture of rows and not of what they mean: undoing writes it back, nothing reads it.
    """

    __tablename__ = "action_images"
    id: Mapped[int] = mapped_column(primary_key=True)
    action_id: Mapped[int] = mapped_column(ForeignKey("actions.id"))
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaints.id"))
    table_name: Mapped[str] = mapped_column(String(40))
    row_id: Mapped[int]
    before: Mapped[str | None]
    __table_args__ = (Index("ix_action_images_item", "action_id", "complaint_id"),)


# --- what is worked on ------------------------------------------------------------------------


class Upload(Base):
    """An SP4N export that was dragged in: a worker reads it, the page watches.

    The content is sealed, and gone once it was read. `lease_until` is in database time: of a
    worker that died another takes over.
    """

    __tablename__ = "uploads"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    file_name: Mapped[str]
    content_sealed: Mapped[bytes | None]
    created_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(10))
    lease_until: Mapped[datetime | None]
    tries: Mapped[int]
    """How often a worker has begun to read it and not given it back."""
    done: Mapped[int]
    """Rows read so far."""
    total: Mapped[int | None]
    finished_at: Mapped[datetime | None]
    added: Mapped[int]
    updated: Mapped[int]
    unchanged: Mapped[int]
    held: Mapped[int]
    rejected: Mapped[int]
    due: Mapped[int]
    """Complaints of the file whose limit is over, or is over today."""
    error: Mapped[str | None]
    __table_args__ = (
        CheckConstraint("state IN ('menunggu', 'berjalan', 'selesai', 'gagal')", name="state"),
        CheckConstraint("(state = 'gagal') = (error IS NOT NULL)", name="error"),
        CheckConstraint(
            "state IN ('selesai', 'gagal') OR content_sealed IS NOT NULL", name="content"
        ),
        Index("ix_uploads_waiting", "id", postgresql_where=WAITING, sqlite_where=WAITING),
    )


class UploadReject(Base):
    """A row of an upload that was set aside, and why."""

    __tablename__ = "upload_rejects"
    id: Mapped[int] = mapped_column(primary_key=True)
    upload_id: Mapped[int] = mapped_column(ForeignKey("uploads.id"), index=True)
    row: Mapped[int]
    tracking_id: Mapped[str | None]
    reason: Mapped[str]


class UploadComplaint(Base):
    """A complaint that an upload brought, or that a person should look at because of it."""

    __tablename__ = "upload_complaints"
    upload_id: Mapped[int] = mapped_column(ForeignKey("uploads.id"), primary_key=True)
    what: Mapped[str] = mapped_column(String(12), primary_key=True)
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaints.id"), primary_key=True)
    __table_args__ = (
        CheckConstraint("what IN ('baru', 'jatuh_tempo', 'perlu_anda')", name="what"),
    )


class Sp4nWord(Base):
    """What a word of SP4N's exports means, as Kominfo settled it here: an instansi, or a status.

    `word` is folded. One that an action brought which was taken back means nothing any more: what
    was settled in error must not come again with the next export. Of many complaints that waited
    for it the action settles the first ones; from `rest_from` on, when it can no longer be taken
    back, a worker goes on with the others by lease (in database time).
    """

    __tablename__ = "sp4n_words"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    word: Mapped[str]
    said: Mapped[str]
    """What it means, as the audit trail has it."""
    instansi_id: Mapped[int | None] = mapped_column(ForeignKey("instansi.id"))
    status: Mapped[Status | None]
    hidden: Mapped[bool]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]
    action_id: Mapped[int] = mapped_column(ForeignKey("actions.id"), index=True)
    total: Mapped[int]
    """Complaints that waited for it."""
    done: Mapped[int]
    refused: Mapped[int]
    after_id: Mapped[int]
    """Complaints up to this id were looked at."""
    rest_from: Mapped[datetime | None]
    """Empty where nothing is left to do."""
    lease_until: Mapped[datetime | None]
    tries: Mapped[int]
    """How often a worker has begun with the others: afterwards nothing can be taken back."""
    __table_args__ = (
        UniqueConstraint("kind", "word"),
        CheckConstraint(
            "(kind = 'instansi' AND instansi_id IS NOT NULL AND status IS NULL)"
            " OR (kind = 'status' AND status IS NOT NULL AND instansi_id IS NULL)",
            name="kind",
        ),
    )


class Entry(Base):
    """A complaint that was typed in here; the form's token makes it one, however often it came."""

    __tablename__ = "entries"
    token: Mapped[str] = mapped_column(String(64), primary_key=True)
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaints.id"), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]


class HandOpening(Base):
    """Who opened a message last that is sent by hand (GATEWAY=manual), and may be sending it."""

    __tablename__ = "hand_openings"
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]


class CategoryRule(Base):
    """To which instansi complaints of a category are proposed: Kominfo's own word on it.

    The newest one counts whose action, if it came with one, was not taken back: then the one
    before counts again.
    """

    __tablename__ = "category_rules"
    id: Mapped[int] = mapped_column(primary_key=True)
    kategori: Mapped[str]
    instansi_id: Mapped[int] = mapped_column(ForeignKey("instansi.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]
    action_id: Mapped[int | None] = mapped_column(ForeignKey("actions.id"))
    __table_args__ = (Index("ix_category_rules_kategori", "kategori", "id"),)


class Handover(Base):
    """Serah terima: open duties of a post are another officer's, from one date to another.

    Both dates are included, in the installation's zone. `ended_at` ends it early.
    """

    __tablename__ = "handovers"
    id: Mapped[int] = mapped_column(primary_key=True)
    from_post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"), index=True)
    to_post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"))
    mulai: Mapped[date]
    selesai: Mapped[date] = mapped_column(index=True)
    reason: Mapped[str]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("mulai <= selesai", name="dates"),
        CheckConstraint("from_post_id <> to_post_id", name="another"),
    )


class HandoverItem(Base):
    """One complaint of a handover."""

    __tablename__ = "handover_items"
    handover_id: Mapped[int] = mapped_column(ForeignKey("handovers.id"), primary_key=True)
    complaint_id: Mapped[int] = mapped_column(
        ForeignKey("complaints.id"), primary_key=True, index=True
    )
