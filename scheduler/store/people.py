"""Who writes from a phone: the posts it holds, the complaints it reported, what is its business."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, and_, or_, select

from config.terms import Clock, Status
from scheduler.store.cases import find
from scheduler.store.tables import ClockRun, Complaint, Holder


@dataclass(frozen=True, slots=True)
class Mine:
    """A complaint as lists for its reporter or its officers show it."""

    id: int
    tracking_id: str | None
    nomor: str | None
    status: Status
    kategori: str | None
    received_at: datetime
    limit_at: datetime | None = None

    @property
    def number(self) -> str:
        """The number as its person types it: SP4N's for an officer, else the own one."""
        return self.tracking_id or self.nomor or "?"


@dataclass(frozen=True, slots=True)
class Named:
    """The complaint a number names, and whose it is."""

    id: int
    reporter_phone_id: int | None
    instansi_id: int | None


def held_posts(connection: Connection, phone_id: int, on: date) -> list[int]:
    """Return the posts a phone stands for on a local date, in his own right or acting.

    Whoever refused to be reminded still holds his post.
    """
    rows = connection.execute(
        select(Holder.post_id)
        .where(
            Holder.phone_id == phone_id,
            Holder.mulai.is_(None) | (Holder.mulai <= on),
            Holder.selesai.is_(None) | (Holder.selesai >= on),
        )
        .distinct()
        .order_by(Holder.post_id)
    ).scalars()
    return list(rows)


def ever_held(connection: Connection, phone_id: int) -> bool:
    """Return whether a phone ever stood for a post."""
    row = connection.execute(select(Holder.id).where(Holder.phone_id == phone_id).limit(1)).first()
    return row is not None


def holder_ids(connection: Connection, phone_id: int, on: date) -> list[int]:
    """Return the ids under which a phone holds its posts on a local date, for consents."""
    rows = connection.execute(
        select(Holder.id)
        .where(
            Holder.phone_id == phone_id,
            Holder.selesai.is_(None) | (Holder.selesai >= on),
        )
        .order_by(Holder.id)
    ).scalars()
    return list(rows)


def named(connection: Connection, number: str) -> Named | None:
    """Return the complaint of a number (SP4N's or the own one), or None."""
    complaint_id = find(connection, number)
    if complaint_id is None:
        return None
    row = connection.execute(
        select(Complaint.id, Complaint.reporter_phone_id, Complaint.instansi_id).where(
            Complaint.id == complaint_id
        )
    ).one()
    return Named(*row)


def numbers(connection: Connection, complaint_ids: Collection[int]) -> list[str]:
    """Return the numbers of complaints, SP4N's before the own ones."""
    rows = connection.execute(
        select(Complaint.tracking_id, Complaint.nomor)
        .where(Complaint.id.in_(complaint_ids))
        .order_by(Complaint.id)
    )
    return [number for tracking_id, nomor in rows if (number := tracking_id or nomor)]


_MINE = (
    Complaint.id,
    Complaint.tracking_id,
    Complaint.nomor,
    Complaint.status,
    Complaint.kategori,
    Complaint.received_at,
)


def reported(connection: Connection, phone_id: int, limit: int = 20) -> list[Mine]:
    """Return what a phone reported, the newest first (`ix_complaints_reporter`)."""
    rows = connection.execute(
        select(*_MINE)
        .where(Complaint.reporter_phone_id == phone_id, Complaint.merged_into_id.is_(None))
        .order_by(Complaint.received_at.desc(), Complaint.id.desc())
        .limit(limit)
    )
    return [Mine(*row) for row in rows]


def same_text(connection: Connection, phone_id: int, text_sha: str, since: datetime) -> Mine | None:
    """Return the newest complaint with this text that a phone reported since a moment."""
    row = connection.execute(
        select(*_MINE)
        .where(
            Complaint.reporter_phone_id == phone_id,
            Complaint.received_at >= since,
            Complaint.text_sha == text_sha,
            Complaint.merged_into_id.is_(None),
        )
        .order_by(Complaint.received_at.desc())
        .limit(1)
    ).one_or_none()
    return Mine(*row) if row is not None else None


def duties(
    connection: Connection,
    instansi_ids: Collection[int],
    limit: int = 50,
    also: Sequence[tuple[Collection[int], Collection[int]]] = (),
) -> list[Mine]:
    """Return what instansi owe an answer to, the most urgent first, by the limit of `respon`.

    With it, of each pair in `also`, the complaints of these ids that these instansi owe it to.
    """
    owing = or_(
        Complaint.instansi_id.in_(instansi_ids),
        *(
            Complaint.id.in_(sorted(ids)) & Complaint.instansi_id.in_(sorted(bodies))
            for ids, bodies in also
        ),
    )
    run = and_(
        ClockRun.complaint_id == Complaint.id,
        ClockRun.clock == Clock.RESPON,
        ClockRun.stopped_at.is_(None),
    )
    rows = connection.execute(
        select(*_MINE, ClockRun.limit_at)
        .join(ClockRun, run)
        .where(owing)
        .order_by(ClockRun.limit_at.is_(None), ClockRun.limit_at, Complaint.id)
        .limit(limit)
    )
    return [Mine(*row) for row in rows]


def undisposed(connection: Connection, limit: int = 50) -> list[Mine]:
    """Return what waits for Kominfo's verification or disposition, the oldest first."""
    rows = connection.execute(
        select(*_MINE, ClockRun.limit_at)
        .join(
            ClockRun,
            and_(
                ClockRun.complaint_id == Complaint.id,
                ClockRun.clock == Clock.VERIFIKASI,
                ClockRun.stopped_at.is_(None),
            ),
        )
        .order_by(ClockRun.limit_at.is_(None), ClockRun.limit_at, Complaint.id)
        .limit(limit)
    )
    return [Mine(*row) for row in rows]
