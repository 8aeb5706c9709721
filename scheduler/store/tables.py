"""Every table. Constraints here are what makes a double notice impossible, not the code.

Four tables carry the promise: `ClockRun` (what the sweep looks at), `Notice` (one reason to tell
one post), `Message` (one person, one pass) and `Attempt` (one POST).
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

from config.terms import (
    Clock,
    Jenis,
    Klasifikasi,
    Peran,
    Status,
    StatusJabatan,
)
from scheduler.store.columns import Base, one_of

# --- the installation -----------------------------------------------------------------------


class Switch(Base):
    """One fact about the whole installation: stop-all, the key check, the last sweep."""

    __tablename__ = "switches"
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[str]
    changed_at: Mapped[datetime]


class RuleVersion(Base):
    """One text of the policy or of the calendar overrides, as it was loaded. Append-only."""

    __tablename__ = "rule_versions"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    sha256: Mapped[str] = mapped_column(String(64))
    body: Mapped[str]
    loaded_at: Mapped[datetime]
    __table_args__ = (CheckConstraint("kind IN ('policy', 'holidays')", name="kind"),)


class Claim(Base):
    """Something only one worker may do at a time; locking the row is the claim."""

    __tablename__ = "claims"
    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    claimed_at: Mapped[datetime]


# --- the directory --------------------------------------------------------------------------


class Instansi(Base):
    """A body of government: who it answers to and on which days it works."""

    __tablename__ = "instansi"
    id: Mapped[int] = mapped_column(primary_key=True)
    nama: Mapped[str] = mapped_column(unique=True)
    jenis: Mapped[Jenis]
    induk_id: Mapped[int | None] = mapped_column(ForeignKey("instansi.id"), index=True)
    hari_kerja: Mapped[int]
    singkatan: Mapped[str | None]
    id_sp4n: Mapped[str | None] = mapped_column(unique=True)
    __table_args__ = (CheckConstraint("hari_kerja IN (5, 6)", name="hari_kerja"),)


class InstansiAlias(Base):
    """Another name that SP4N's exports use for an instansi."""

    __tablename__ = "instansi_aliases"
    nama: Mapped[str] = mapped_column(primary_key=True)
    instansi_id: Mapped[int] = mapped_column(ForeignKey("instansi.id"), index=True)


class Post(Base):
    """A post (jabatan): what is reminded. People come and go, duties stay with it."""

    __tablename__ = "posts"
    id: Mapped[int] = mapped_column(primary_key=True)
    instansi_id: Mapped[int] = mapped_column(ForeignKey("instansi.id"), index=True)
    peran: Mapped[Peran]
    jabatan: Mapped[str]
    label: Mapped[str] = mapped_column(unique=True)
    __table_args__ = (UniqueConstraint("instansi_id", "peran", "jabatan"),)


class Cover(Base):
    """`membawahi`: which instansi a post of an asisten oversees."""

    __tablename__ = "covers"
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"), primary_key=True)
    instansi_id: Mapped[int] = mapped_column(ForeignKey("instansi.id"), primary_key=True)


class Phone(Base):
    """A telephone. The number is sealed; `blind` is a keyed hash that finds it again."""

    __tablename__ = "phones"
    id: Mapped[int] = mapped_column(primary_key=True)
    sealed: Mapped[bytes]
    blind: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)


class Holder(Base):
    """Who holds a post, in his own right or acting, and between which dates."""

    __tablename__ = "holders"
    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id"), index=True)
    phone_id: Mapped[int | None] = mapped_column(ForeignKey("phones.id"), index=True)
    nama: Mapped[str]
    nip_sealed: Mapped[bytes | None]
    status_jabatan: Mapped[StatusJabatan]
    mulai: Mapped[date | None]
    selesai: Mapped[date | None]
    nomor_sk: Mapped[str | None]
    pangkat: Mapped[str | None]
    __table_args__ = (
        CheckConstraint("selesai IS NULL OR mulai IS NULL OR mulai <= selesai", name="dates"),
    )


# --- complaints -----------------------------------------------------------------------------

ENDED = text("closed_at IS NOT NULL")


class Complaint(Base):
    """A complaint of a citizen, from SP4N-LAPOR! or received here."""

    __tablename__ = "complaints"
    id: Mapped[int] = mapped_column(primary_key=True)
    tracking_id: Mapped[str | None] = mapped_column(unique=True)
    nomor: Mapped[str | None] = mapped_column(unique=True)
    status: Mapped[Status]
    before_tunda: Mapped[Status | None] = mapped_column(one_of(Status, "before_tunda_value"))
    klasifikasi: Mapped[Klasifikasi | None]
    kategori: Mapped[str | None]
    kategori_id: Mapped[str | None]
    judul: Mapped[str]
    isi: Mapped[str]
    anonim: Mapped[bool]
    rahasia: Mapped[bool]
    hidden: Mapped[bool]
    sumber: Mapped[str | None]
    lokasi: Mapped[str | None]
    alasan: Mapped[str | None]
    rating: Mapped[int | None]
    reporter_sealed: Mapped[bytes | None]
    instansi_id: Mapped[int | None] = mapped_column(ForeignKey("instansi.id"), index=True)
    sp4n_instansi_id: Mapped[str | None]
    sp4n_instansi: Mapped[str | None]
    sp4n_status: Mapped[str | None]
    hold_reason: Mapped[str | None]
    backlog_at: Mapped[datetime | None]
    released_at: Mapped[datetime | None]
    received_at: Mapped[datetime]
    verified_at: Mapped[datetime | None]
    disposed_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    last_event_at: Mapped[datetime]
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("complaints.id"))
    reporter_phone_id: Mapped[int | None] = mapped_column(ForeignKey("phones.id"))
    """The phone it was reported from; only there is it answered."""
    text_sha: Mapped[str | None] = mapped_column(String(64))
    """Of the text without case, spacing and marks: the same text twice is one complaint."""
    __table_args__ = (
        CheckConstraint(
            "tracking_id IS NOT NULL OR nomor IS NOT NULL OR merged_into_id IS NOT NULL",
            name="numbered",
        ),
        CheckConstraint("(status = 'tunda') = (before_tunda IS NOT NULL)", name="before_tunda"),
        CheckConstraint("rating IS NULL OR rating BETWEEN 1 AND 5", name="rating"),
        Index("ix_complaints_status", "status", "received_at"),
        Index("ix_complaints_reporter", "reporter_phone_id", "received_at"),
        # With every column that lists are narrowed by: they are counted without the rows.
        Index(
            "ix_complaints_received",
            "received_at",
            "id",
            "status",
            "instansi_id",
            "klasifikasi",
            "sumber",
            "anonim",
            "rahasia",
            "merged_into_id",
        ),
        Index("ix_complaints_closed", "closed_at", postgresql_where=ENDED, sqlite_where=ENDED),
        Index("ix_complaints_instansi_status", "instansi_id", "status", "received_at"),
        # The newest of a category, without touching the rows themselves.
        Index("ix_complaints_kategori", "kategori", "id", "instansi_id"),
        Index(
            "ix_complaints_held",
            "id",
            postgresql_where=text("hold_reason IS NOT NULL"),
            sqlite_where=text("hold_reason IS NOT NULL"),
        ),
        Index(
            "ix_complaints_not_in_sp4n",
            "id",
            postgresql_where=text("tracking_id IS NULL AND merged_into_id IS NULL"),
            sqlite_where=text("tracking_id IS NULL AND merged_into_id IS NULL"),
        ),
        Index(
            "ix_complaints_backlog",
            "id",
            postgresql_where=text("backlog_at IS NOT NULL AND released_at IS NULL"),
            sqlite_where=text("backlog_at IS NOT NULL AND released_at IS NULL"),
        ),
    )


class Audit(Base):
    """What happened to a complaint, in order. The database refuses to change or delete a row."""

    __tablename__ = "audit"
    id: Mapped[int] = mapped_column(primary_key=True)
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaints.id"), index=True)
    at: Mapped[datetime]
    event: Mapped[str] = mapped_column(String(40))
    actor: Mapped[str]
    note: Mapped[str | None]


class ImportRun(Base):
    """One SP4N export read in; `data_at` is the moment its snapshot speaks of."""

    __tablename__ = "import_runs"
    id: Mapped[int] = mapped_column(primary_key=True)
    file_name: Mapped[str]
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    data_at: Mapped[datetime]
    finished_at: Mapped[datetime] = mapped_column(index=True)
    read: Mapped[int]
    added: Mapped[int]
    updated: Mapped[int]
    unchanged: Mapped[int]
    held: Mapped[int]
    rejected: Mapped[int]


# --- clocks ---------------------------------------------------------------------------------

OPEN = text("stopped_at IS NULL")
DUE = text("next_look_at IS NOT NULL AND stopped_at IS NULL")


class ClockRun(Base):
    """One run of one clock on one complaint: what the sweep looks at.

    `next_look_at` is an indexed hint; the rule is recomputed before anything is done.
    """

    __tablename__ = "clock_runs"
    id: Mapped[int] = mapped_column(primary_key=True)
    complaint_id: Mapped[int] = mapped_column(ForeignKey("complaints.id"))
    clock: Mapped[Clock]
    run_no: Mapped[int]
    policy_version_id: Mapped[int] = mapped_column(ForeignKey("rule_versions.id"))
    instansi_id: Mapped[int | None] = mapped_column(ForeignKey("instansi.id"))
    started_at: Mapped[datetime]
    opened_at: Mapped[datetime]
    paused_at: Mapped[datetime | None]
    stopped_at: Mapped[datetime | None]
    stop_reason: Mapped[str | None]
    next_look_at: Mapped[datetime | None]
    limit_at: Mapped[datetime | None]
    moved_at: Mapped[datetime | None]
    waiting: Mapped[bool]
    last_error: Mapped[str | None]
    __table_args__ = (
        UniqueConstraint("complaint_id", "clock", "run_no"),
        CheckConstraint("run_no >= 1", name="run_no"),
        Index(
            "uq_clock_runs_one_open",
            "complaint_id",
            "clock",
            unique=True,
            postgresql_where=OPEN,
            sqlite_where=OPEN,
        ),
        Index("ix_clock_runs_due", "next_look_at", postgresql_where=DUE, sqlite_where=DUE),
        Index("ix_clock_runs_limit", "limit_at", postgresql_where=OPEN, sqlite_where=OPEN),
    )


class RunPause(Base):
    """A pause (tunda) of a run; open while `resumed_at` is empty."""

    __tablename__ = "run_pauses"
    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("clock_runs.id"), index=True)
    paused_at: Mapped[datetime]
    resumed_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("resumed_at IS NULL OR resumed_at >= paused_at", name="order"),
        Index(
            "uq_run_pauses_one_open",
            "run_id",
            unique=True,
            postgresql_where=text("resumed_at IS NULL"),
            sqlite_where=text("resumed_at IS NULL"),
        ),
    )


class RunStep(Base):
    """A step of a ladder that was recorded, or passed over with its reason. Never twice."""

    __tablename__ = "run_steps"
    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("clock_runs.id"))
    step: Mapped[str] = mapped_column(String(40))
    occurrence: Mapped[int]
    formal: Mapped[bool]
    due_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    released_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str | None]
    __table_args__ = (
        UniqueConstraint("run_id", "step", "occurrence"),
        CheckConstraint("outcome IN ('tercatat', 'terlewat')", name="outcome"),
    )
