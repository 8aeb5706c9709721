"""The two work lists that keep SP4N true: what is not in it yet, and answers it was not told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, case, func, select

from config.terms import Klasifikasi, Status
from scheduler.store.dialogue_tables import Answer
from scheduler.store.listing import HIDDEN
from scheduler.store.tables import Complaint, Instansi, Phone, Post

PAGE: Final = 50
MANY: Final = 1000
"""Nobody counts further than this on a tab."""


@dataclass(frozen=True, slots=True)
class ToEnter:
    """A complaint that SP4N does not know, as the list shows it."""

    id: int
    nomor: str
    judul: str
    kategori: str | None
    status: Status
    rahasia: bool
    instansi: str | None
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Fields:
    """What SP4N's form asks of a complaint; who reported it is still sealed."""

    id: int
    nomor: str
    judul: str
    isi: str
    kategori: str | None
    received_at: datetime
    lokasi: str | None
    instansi: str | None
    klasifikasi: Klasifikasi | None
    anonim: bool
    rahasia: bool
    sumber: str | None
    reporter_sealed: bytes | None
    phone_sealed: bytes | None


@dataclass(frozen=True, slots=True)
class AnswerText:
    """An answer word for word, and who gave it."""

    id: int
    post: str | None
    body: str
    given_at: datetime


@dataclass(frozen=True, slots=True)
class ToCopy:
    """A complaint of SP4N with the answers that were given here alone, the oldest first."""

    id: int
    tracking_id: str
    judul: str
    instansi: str | None
    first: int
    """The id of its first such answer: what the list goes by."""
    answers: tuple[AnswerText, ...]


_SHOWN: Final = case((Complaint.hidden, HIDDEN), else_=Complaint.judul).label("judul")


def _not_in_sp4n() -> tuple[ColumnElement[bool], ...]:
    """Admit what is to be typed into SP4N; the first two as `ix_complaints_not_in_sp4n` has them.

    What SP4N has no business with is in the archive.
    """
    return (
        Complaint.tracking_id.is_(None),
        Complaint.merged_into_id.is_(None),
        Complaint.status != Status.ARSIP,
    )


def _not_copied() -> tuple[ColumnElement[bool], ...]:
    """Admit the answers SP4N is to be told: substantive ones, by the Tracking ID there is now."""
    return (
        Answer.copied_at.is_(None),
        Answer.substantive.is_(True),
        Complaint.tracking_id.is_not(None),
    )


def counts(connection: Connection) -> tuple[int, int]:
    """Return how many complaints are to be entered, and of how many answers are to be copied.

    Counted up to `MANY`.
    """
    enter = select(Complaint.id).where(*_not_in_sp4n()).limit(MANY).subquery()
    copy = (
        select(Answer.complaint_id)
        .join(Complaint, Complaint.id == Answer.complaint_id)
        .where(*_not_copied())
        .group_by(Answer.complaint_id)
        .limit(MANY)
        .subquery()
    )
    row = connection.execute(
        select(
            select(func.count()).select_from(enter).scalar_subquery(),
            select(func.count()).select_from(copy).scalar_subquery(),
        )
    ).one()
    return row[0], row[1]


def to_enter(connection: Connection, after: int = 0) -> list[ToEnter]:
    """Return a page of complaints that SP4N does not know and one more, the oldest first."""
    rows = connection.execute(
        select(
            Complaint.id,
            Complaint.nomor,
            _SHOWN,
            Complaint.kategori,
            Complaint.status,
            Complaint.rahasia,
            Instansi.nama.label("instansi"),
            Complaint.received_at,
        )
        .outerjoin(Instansi, Instansi.id == Complaint.instansi_id)
        .where(*_not_in_sp4n(), Complaint.id > after)
        .order_by(Complaint.id)
        .limit(PAGE + 1)
    )
    return [ToEnter(**row._mapping) for row in rows]


def fields_of(connection: Connection, complaint_id: int) -> Fields | None:
    """Return what SP4N's form asks of a complaint that it does not know; None for any other."""
    row = connection.execute(
        select(
            Complaint.id,
            Complaint.nomor,
            _SHOWN,
            case((Complaint.hidden, HIDDEN), else_=Complaint.isi).label("isi"),
            Complaint.kategori,
            Complaint.received_at,
            Complaint.lokasi,
            Instansi.nama.label("instansi"),
            Complaint.klasifikasi,
            Complaint.anonim,
            Complaint.rahasia,
            Complaint.sumber,
            Complaint.reporter_sealed,
            Phone.sealed.label("phone_sealed"),
        )
        .outerjoin(Instansi, Instansi.id == Complaint.instansi_id)
        .outerjoin(Phone, Phone.id == Complaint.reporter_phone_id)
        .where(Complaint.id == complaint_id, *_not_in_sp4n())
    ).one_or_none()
    return Fields(**row._mapping) if row is not None else None


def to_copy(connection: Connection, after: int = 0) -> list[ToCopy]:
    """Return a page of complaints with answers to copy and one more, the longest waiting first."""
    first = func.min(Answer.id).label("first")
    waiting = (
        select(Answer.complaint_id, first)
        .join(Complaint, Complaint.id == Answer.complaint_id)
        .where(*_not_copied())
        .group_by(Answer.complaint_id)
        .having(first > after)
        .order_by(first)
        .limit(PAGE + 1)
        .subquery()
    )
    rows = connection.execute(
        select(
            Complaint.id,
            Complaint.tracking_id,
            _SHOWN,
            Instansi.nama.label("instansi"),
            waiting.c.first,
        )
        .join(waiting, waiting.c.complaint_id == Complaint.id)
        .outerjoin(Instansi, Instansi.id == Complaint.instansi_id)
        .order_by(waiting.c.first)
    ).all()
    answers = _answers(connection, [row.id for row in rows])
    return [ToCopy(**row._mapping, answers=tuple(answers[row.id])) for row in rows]


def _answers(connection: Connection, ids: Sequence[int]) -> dict[int, list[AnswerText]]:
    found: dict[int, list[AnswerText]] = defaultdict(list)
    rows: Any = connection.execute(
        select(Answer.complaint_id, Answer.id, Post.label, Answer.body, Answer.given_at)
        .outerjoin(Post, Post.id == Answer.post_id)
        .where(
            Answer.complaint_id.in_(ids), Answer.copied_at.is_(None), Answer.substantive.is_(True)
        )
        .order_by(Answer.id)
    )
    for complaint_id, *row in rows:
        found[complaint_id].append(AnswerText(*row))
    return found
