"""Exports that were dragged in: kept sealed until a worker has read them, one after the other.

A claim is a lease in the database's own time; its end is also the worker's token. Whoever was away
for so long that another took over can write nothing more of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, Select, func, insert, select, text, update

from config.terms import Clock
from scheduler.store.cases import chunks
from scheduler.store.console_tables import Upload, UploadComplaint, UploadReject, User
from scheduler.store.sealed import Seal
from scheduler.store.session import database_now
from scheduler.store.tables import ClockRun, Complaint


class What(StrEnum):
    """Why a complaint is listed with an upload; the values are those of addresses."""

    BARU = "baru"
    JATUH_TEMPO = "jatuh_tempo"
    PERLU_ANDA = "perlu_anda"


WAITS: Final = "menunggu"
RUNS: Final = "berjalan"
DONE: Final = "selesai"
FAILED: Final = "gagal"

LEASE: Final = timedelta(minutes=2)
MOST_TRIES: Final = 4
"""Workers that may die over one file."""
PAGE: Final = 50

# Word for word as the partial index has it: SQLite uses such an index for nothing less.
_UNREAD = text("uploads.state IN ('menunggu', 'berjalan')")
_LIMITS: Final = (Clock.VERIFIKASI, Clock.RESPON, Clock.PENYELESAIAN)


@dataclass(frozen=True, slots=True)
class Claimed:
    """An upload that this worker reads; it is nobody else's until `lease_until`."""

    id: int
    user_id: int
    file_name: str
    content: bytes
    """As it was sent, opened again."""
    lease_until: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an import did, in complaints, and what a person should look at."""

    added: int
    updated: int
    unchanged: int
    held: int
    rejected: int
    due: int


@dataclass(frozen=True, slots=True)
class UploadRow:
    """An upload as pages show it; `total` is None where the file does not say how many rows."""

    id: int
    file_name: str
    user: str
    created_at: datetime
    state: str
    done: int
    total: int | None
    finished_at: datetime | None
    added: int
    updated: int
    unchanged: int
    held: int
    rejected: int
    due: int
    error: str | None

    @property
    def over(self) -> bool:
        """Whether it was read to its end, or cannot be."""
        return self.state in (DONE, FAILED)


@dataclass(frozen=True, slots=True)
class RejectRow:
    """A row that was set aside: where it stands in the file, and why."""

    id: int
    row: int
    tracking_id: str | None
    reason: str


# --- from the browser to a worker -------------------------------------------------------------


def keep(
    connection: Connection, seal: Seal, user_id: int, file_name: str, content: bytes, at: datetime
) -> int:
    """Keep a file for a worker to read; return its id."""
    counts = ("tries", "done", "added", "updated", "unchanged", "held", "rejected", "due")
    zeros = dict.fromkeys(counts, 0)
    return connection.execute(
        insert(Upload)
        .values(
            user_id=user_id,
            file_name=file_name,
            content_sealed=seal.seal_bytes(content),
            created_at=at,
            state=WAITS,
            **zeros,
        )
        .returning(Upload.id)
    ).scalar_one()


def any_waiting(connection: Connection) -> bool:
    """Return whether a file is to be read, or is being read (`ix_uploads_waiting`)."""
    return connection.execute(select(Upload.id).where(_UNREAD).limit(1)).first() is not None


def claim(connection: Connection, seal: Seal) -> Claimed | None:
    """Claim the oldest file that waits; None while another is being read.

    One at a time and in the order they came: of two exports the older must not be read last. One
    whose worker has died is claimed again once its lease is over; one that `MOST_TRIES` have died
    of is set aside, so that it does not hold up the others for ever.
    """
    now = database_now(connection)
    while True:
        row = connection.execute(
            select(Upload.id, Upload.user_id, Upload.file_name, Upload.tries, Upload.lease_until)
            .where(_UNREAD)
            .order_by(Upload.id)
            .limit(1)
            .with_for_update()
        ).first()
        if row is None or (row.lease_until is not None and row.lease_until > now):
            return None
        if row.tries < MOST_TRIES:
            break
        _set_aside(connection, row.id, now)
    until = now + LEASE
    content = connection.execute(
        update(Upload)
        .where(Upload.id == row.id)
        .values(state=RUNS, lease_until=until, tries=row.tries + 1, done=0, total=None)
        .returning(Upload.content_sealed)
    ).scalar_one()
    assert content is not None
    return Claimed(row.id, row.user_id, row.file_name, seal.open_bytes(content), until)


def progress(
    connection: Connection, claimed: Claimed, lease_until: datetime, done: int, total: int | None
) -> datetime | None:
    """Note how far it is and prolong the lease; return its new end, None where it was lost."""
    until = database_now(connection) + LEASE
    mine = _mine(claimed, lease_until)
    found = connection.execute(
        update(Upload).where(*mine).values(done=done, total=total, lease_until=until)
    )
    return until if found.rowcount == 1 else None


def give_back(connection: Connection, claimed: Claimed, lease_until: datetime) -> None:
    """Let another worker read it from the start, at once."""
    connection.execute(
        update(Upload)
        .where(*_mine(claimed, lease_until))
        .values(state=WAITS, lease_until=None, tries=Upload.tries - 1, done=0, total=None)
    )


def _set_aside(connection: Connection, upload_id: int, at: datetime) -> None:
    why = "Berkas ini berulang kali menghentikan pembacaannya; ekspor ulang dari SP4N-LAPOR!."
    connection.execute(
        update(Upload)
        .where(Upload.id == upload_id)
        .values(state=FAILED, content_sealed=None, lease_until=None, finished_at=at, error=why)
    )


def finish(
    connection: Connection,
    claimed: Claimed,
    lease_until: datetime,
    outcome: Outcome,
    rejects: Iterable[tuple[int, str | None, str]],
    read: int,
    at: datetime,
) -> bool:
    """Note what the import did, with each rejected row (number, Tracking ID, reason).

    The file itself is forgotten. Returns False where another worker has taken over.
    """
    found = connection.execute(
        update(Upload)
        .where(*_mine(claimed, lease_until))
        .values(
            state=DONE,
            content_sealed=None,
            lease_until=None,
            finished_at=at,
            done=read,
            total=read,
            **{name: getattr(outcome, name) for name in Outcome.__slots__},
        )
    )
    if found.rowcount != 1:
        return False
    rows = [
        {"upload_id": claimed.id, "row": row, "tracking_id": tracking_id, "reason": reason}
        for row, tracking_id, reason in rejects
    ]
    if rows:
        connection.execute(insert(UploadReject), rows)
    return True


def fail(
    connection: Connection, claimed: Claimed, lease_until: datetime, error: str, at: datetime
) -> bool:
    """Note why a file cannot be read: one Indonesian sentence. The file itself is forgotten."""
    found = connection.execute(
        update(Upload)
        .where(*_mine(claimed, lease_until))
        .values(state=FAILED, content_sealed=None, lease_until=None, finished_at=at, error=error)
    )
    return found.rowcount == 1


def _mine(claimed: Claimed, lease_until: datetime) -> tuple[Any, ...]:
    return Upload.id == claimed.id, Upload.state == RUNS, Upload.lease_until == lease_until


# --- which complaints it is about -------------------------------------------------------------


def brought(connection: Connection, claimed: Claimed, complaint_ids: Sequence[int]) -> None:
    """Note complaints that a batch of an upload has just entered."""
    _note(connection, claimed.id, What.BARU, complaint_ids)


def take_stock(
    connection: Connection, claimed: Claimed, numbers: Sequence[str], tomorrow: datetime
) -> dict[What, int]:
    """Note which complaints of an upload (by Tracking ID) a person should look at; count all.

    "Jatuh tempo" are those with a limit that ends before `tomorrow`, when the local day ends: what
    is over counts, and what is over today. What stands still (tunda, held for a person) is not
    due. "Perlu Anda" are those held for a word that nobody knows.
    """
    for some in chunks(numbers):
        named = Complaint.tracking_id.in_(some)
        due = (
            select(Complaint.id)
            .distinct()
            .join(ClockRun, ClockRun.complaint_id == Complaint.id)
            .where(
                named,
                Complaint.hold_reason.is_(None),
                ClockRun.stopped_at.is_(None),
                ClockRun.paused_at.is_(None),
                ClockRun.clock.in_(_LIMITS),
                ClockRun.limit_at < tomorrow,
            )
        )
        held = select(Complaint.id).where(named, Complaint.hold_reason.is_not(None))
        _note(connection, claimed.id, What.JATUH_TEMPO, connection.execute(due).scalars().all())
        _note(connection, claimed.id, What.PERLU_ANDA, connection.execute(held).scalars().all())
    counts = connection.execute(
        select(UploadComplaint.what, func.count())
        .where(UploadComplaint.upload_id == claimed.id)
        .group_by(UploadComplaint.what)
    )
    return dict.fromkeys(What, 0) | {What(what): count for what, count in counts}


def _note(connection: Connection, upload_id: int, what: What, ids: Sequence[int]) -> None:
    if ids:
        rows = [{"upload_id": upload_id, "what": what, "complaint_id": key} for key in ids]
        connection.execute(insert(UploadComplaint), rows)


# --- what pages show --------------------------------------------------------------------------

_SHOWN = tuple(name for name in UploadRow.__slots__ if name != "user")


def _rows() -> Select[Any]:
    return select(*(getattr(Upload, name) for name in _SHOWN), User.nama.label("user")).join(
        User, User.id == Upload.user_id
    )


def one(connection: Connection, upload_id: int) -> UploadRow | None:
    """Return an upload, or None."""
    row = connection.execute(_rows().where(Upload.id == upload_id)).one_or_none()
    return UploadRow(**row._mapping) if row is not None else None


def newest(connection: Connection, before: int | None = None) -> list[UploadRow]:
    """Return a page of uploads and one more, the newest first, from before an id on."""
    query = _rows().order_by(Upload.id.desc()).limit(PAGE + 1)
    if before is not None:
        query = query.where(Upload.id < before)
    rows = connection.execute(query)
    return [UploadRow(**row._mapping) for row in rows]


def rejects(connection: Connection, upload_id: int, after: int = 0) -> list[RejectRow]:
    """Return a page of an upload's rejected rows and one more, in the order of the file."""
    rows = connection.execute(
        select(UploadReject.id, UploadReject.row, UploadReject.tracking_id, UploadReject.reason)
        .where(UploadReject.upload_id == upload_id, UploadReject.id > after)
        .order_by(UploadReject.id)
        .limit(PAGE + 1)
    )
    return [RejectRow(*row) for row in rows]
