"""Complaints that were typed in: each form once, what is known to choose from, what reads alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, exists, func, select
from sqlalchemy.dialects import postgresql, sqlite

from config.terms import NoticeStatus, Status
from scheduler.complaint import CLOSED
from scheduler.store import handled, untold
from scheduler.store.console_tables import Entry
from scheduler.store.dialogue_tables import SimilarComplaint
from scheduler.store.listing import HIDDEN
from scheduler.store.messaging_tables import Notice, PhoneChannel
from scheduler.store.tables import Complaint

TOLD: Final = untold.ENTERED
MISTAKE: Final = "salah entri"
"""Why a complaint is archived whose entry was taken back."""
CATEGORIES: Final = 300
ALIKE: Final = 5


@dataclass(frozen=True, slots=True)
class Entered:
    """A complaint that was typed in, as it is shown to whoever did."""

    id: int
    nomor: str | None
    tracking_id: str | None
    judul: str
    status: Status
    received_at: datetime
    told: bool
    """Whether its reporter is told the number, or was."""
    taken_back: bool


@dataclass(frozen=True, slots=True)
class Alike:
    """An open complaint that reads like another; `score` to 100."""

    id: int
    number: str
    judul: str
    status: Status
    received_at: datetime
    score: int


def claim(
    connection: Connection, token: str, complaint_id: int, user_id: int, at: datetime
) -> bool:
    """Let a form's token stand for a new complaint; False where it already is another's.

    Two of the same at a time wait for each other here, and one of them is told so.
    """
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = (
        make(Entry)
        .values(token=token, complaint_id=complaint_id, user_id=user_id, at=at)
        .on_conflict_do_nothing(index_elements=["token"])
        .returning(Entry.complaint_id)
    )
    return connection.execute(statement).first() is not None


def of_token(connection: Connection, token: str) -> int | None:
    """Return the complaint that a form has become, or None."""
    return connection.execute(select(Entry.complaint_id).where(Entry.token == token)).scalar()


def entered(connection: Connection, complaint_id: int) -> Entered | None:
    """Return a complaint that was typed in, or None."""
    row = connection.execute(
        select(
            Complaint.id,
            Complaint.nomor,
            Complaint.tracking_id,
            Complaint.judul,
            Complaint.hidden,
            Complaint.status,
            Complaint.received_at,
            Complaint.alasan,
            exists()
            .where(
                Notice.complaint_id == Complaint.id,
                Notice.kind == TOLD,
                Notice.status != NoticeStatus.CANCELLED,
            )
            .label("told"),
        )
        .join(Entry, Entry.complaint_id == Complaint.id)
        .where(Complaint.id == complaint_id)
    ).one_or_none()
    if row is None:
        return None
    judul = HIDDEN if row.hidden else row.judul
    mistake = row.status is Status.ARSIP and row.alasan == MISTAKE
    return Entered(
        row.id,
        row.nomor,
        row.tracking_id,
        judul,
        row.status,
        row.received_at,
        row.told,
        mistake,
    )


def never_entered(connection: Connection, complaint_id: int, at: datetime) -> handled.Picture:
    """Return what a complaint that was just typed in is to be once that is taken back.

    Its number was given, so it stays: in the archive since it was entered, without a clock, and
    nobody's; the phone that was typed may be a stranger's.
    """
    key = ("complaints", complaint_id)
    row = handled.picture(connection, complaint_id)[key]
    never = {"status": Status.ARSIP, "alasan": MISTAKE, "closed_at": at}
    return {key: {**row, **never, "reporter_phone_id": None, "reporter_sealed": None}}


def is_typed_in(connection: Connection, complaint_id: int) -> bool:
    """Return whether a complaint was typed in here."""
    found = select(Entry.token).where(Entry.complaint_id == complaint_id)
    return connection.execute(found).first() is not None


def categories(connection: Connection) -> list[str]:
    """Return the categories that complaints have (`ix_complaints_kategori`), by name.

    Each is looked up from the one before it: of 200,000 complaints only the names are read.
    """
    first = select(func.min(Complaint.kategori).label("name")).where(Complaint.kategori > "")
    names = first.cte("names", recursive=True)
    following = (
        select(func.min(Complaint.kategori))
        .where(Complaint.kategori > names.c.name)
        .scalar_subquery()
    )
    names = names.union_all(select(following).where(names.c.name.is_not(None)))
    rows = connection.execute(
        select(names.c.name).where(names.c.name.is_not(None)).limit(CATEGORIES)
    )
    return list(rows.scalars())


def alike(connection: Connection, complaint_id: int) -> list[Alike]:
    """Return the open complaints that read like one, those most alike first."""
    one, two = SimilarComplaint.complaint_id, SimilarComplaint.other_id
    rows = connection.execute(
        select(
            Complaint.id,
            Complaint.tracking_id,
            Complaint.nomor,
            Complaint.judul,
            Complaint.hidden,
            Complaint.status,
            Complaint.received_at,
            SimilarComplaint.score,
        )
        .join(
            SimilarComplaint,
            ((one == complaint_id) & (two == Complaint.id))
            | ((two == complaint_id) & (one == Complaint.id)),
        )
        .where(Complaint.merged_into_id.is_(None), Complaint.status.not_in(sorted(CLOSED)))
        .order_by(SimilarComplaint.score.desc(), Complaint.id)
        .limit(ALIKE)
    )
    return [
        Alike(
            row.id,
            row.tracking_id or row.nomor or "?",
            HIDDEN if row.hidden else row.judul,
            row.status,
            row.received_at,
            row.score,
        )
        for row in rows
    ]


def refuses(connection: Connection, phone_id: int) -> bool:
    """Return whether a phone has asked for no more messages."""
    row = connection.execute(
        select(PhoneChannel.phone_id)
        .where(PhoneChannel.phone_id == phone_id, PhoneChannel.opted_out_at.is_not(None))
        .limit(1)
    ).first()
    return row is not None
