"""Reports that are still being made, what follows a report just filed, and complaints alike."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, delete, insert, or_, select, update

from config.terms import Channel
from scheduler.complaint import CLOSED, OPEN
from scheduler.store.dialogue_tables import Draft, InboundMessage, SimilarComplaint
from scheduler.store.messaging_tables import Notice
from scheduler.store.reach import insert_new
from scheduler.store.tables import Audit, Complaint

FILED: Final = "catat"
"""The event of the audit trail that says when a report which took several messages was filed."""
_LONGEST: Final = timedelta(days=2)
"""No report is in the making for so long: what was reported before cannot be filed just now."""


@dataclass(slots=True, kw_only=True)
class Kept:
    """A draft as it is stored; `body_sealed` is for `bot.dialogue.drafts` to read."""

    phone_id: int
    channel: Channel
    body_sealed: bytes
    lokasi: str | None
    anonim: bool
    rahasia: bool
    opened_at: datetime
    last_at: datetime
    asked_at: datetime | None
    file_at: datetime


_COLUMNS = tuple(Draft.__table__.columns)


def of_phone(connection: Connection, phone_id: int) -> Kept | None:
    """Return the draft of a phone, locked; None where there is none."""
    row = connection.execute(
        select(*_COLUMNS).where(Draft.phone_id == phone_id).with_for_update()
    ).one_or_none()
    return Kept(**row._mapping) if row is not None else None


def put(connection: Connection, draft: Kept) -> None:
    """Write a draft, in place of the one its phone has."""
    values = asdict(draft)
    changed = connection.execute(
        update(Draft).where(Draft.phone_id == draft.phone_id).values(values)
    )
    if changed.rowcount == 0:
        connection.execute(insert(Draft).values(values))


def drop(connection: Connection, phone_id: int) -> None:
    """Let the draft of a phone go."""
    connection.execute(delete(Draft).where(Draft.phone_id == phone_id))


def any_silent(connection: Connection, at: datetime) -> bool:
    """Return whether a draft's time to be filed has come at `at` (`ix_drafts_file_at`)."""
    row = connection.execute(select(Draft.phone_id).where(Draft.file_at <= at).limit(1)).first()
    return row is not None


def next_silent(connection: Connection, at: datetime) -> Kept | None:
    """Claim the draft whose time to be filed came first, if one's has come at `at`."""
    row = connection.execute(
        select(*_COLUMNS)
        .where(Draft.file_at <= at)
        .order_by(Draft.file_at, Draft.phone_id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).one_or_none()
    return Kept(**row._mapping) if row is not None else None


def set_aside(connection: Connection, phone_id: int, until: datetime) -> None:
    """Look at a draft that could not be filed again only at `until`."""
    connection.execute(update(Draft).where(Draft.phone_id == phone_id).values(file_at=until))


# --- what belongs to a report just filed ------------------------------------------------------


def continued(
    connection: Connection,
    phone_id: int,
    at: datetime,
    within: timedelta,
    effects: Collection[str],
) -> int | None:
    """Return the complaint that a message of `at` goes on with; None where it begins a new one.

    It is that of the phone's last message with one of these effects, or the report filed last,
    where no more than `within` lies between. What has ended is not gone on with.
    """
    first, last = at - within, at + within  # messages may be heard in another order
    goes_on = Complaint.status.not_in(sorted(CLOSED)) & Complaint.merged_into_id.is_(None)
    message = connection.execute(
        select(InboundMessage.received_at, InboundMessage.complaint_id)
        .join(Complaint, Complaint.id == InboundMessage.complaint_id)
        .where(
            InboundMessage.phone_id == phone_id,
            InboundMessage.received_at.between(first, last),
            InboundMessage.effect.in_(sorted(effects)),
            goes_on,
        )
        .order_by(InboundMessage.received_at.desc(), InboundMessage.id.desc())
        .limit(1)
    ).first()
    filed = connection.execute(
        select(Audit.at, Audit.complaint_id)
        .join(Complaint, Complaint.id == Audit.complaint_id)
        .where(
            Complaint.reporter_phone_id == phone_id,
            Complaint.received_at >= at - _LONGEST,
            Audit.event == FILED,
            Audit.at.between(first, last),
            goes_on,
        )
        .order_by(Audit.at.desc(), Audit.id.desc())
        .limit(1)
    ).first()
    found = [(one[0], one[1]) for one in (message, filed) if one is not None]
    return max(found, key=lambda one: one[0])[1] if found else None


def wrote_since(
    connection: Connection, phone_id: int, since: datetime, effects: Collection[str]
) -> bool:
    """Return whether a message of a phone had one of these effects since a moment."""
    row = connection.execute(
        select(InboundMessage.id)
        .where(
            InboundMessage.phone_id == phone_id,
            InboundMessage.received_at >= since,
            InboundMessage.effect.in_(sorted(effects)),
        )
        .limit(1)
    ).first()
    return row is not None


def said_since(connection: Connection, phone_id: int, text: str, since: datetime) -> bool:
    """Return whether a phone was given exactly this reply since a moment."""
    row = connection.execute(
        select(Notice.id)
        .where(
            Notice.phone_id == phone_id,
            Notice.created_at > since,
            Notice.kind == "balasan",
            Notice.body == text,
        )
        .limit(1)
    ).first()
    return row is not None


def noted(connection: Connection, complaint_id: int, event: str) -> bool:
    """Return whether an event is in the audit trail of a complaint."""
    row = connection.execute(
        select(Audit.id).where(Audit.complaint_id == complaint_id, Audit.event == event).limit(1)
    ).first()
    return row is not None


def told_of(connection: Connection, complaint_id: int, kind: str) -> bool:
    """Return whether something of a kind was told of a complaint that held more than its number."""
    row = connection.execute(
        select(Notice.id)
        .where(Notice.complaint_id == complaint_id, Notice.kind == kind, Notice.note.is_not(None))
        .limit(1)
    ).first()
    return row is not None


# --- complaints alike -------------------------------------------------------------------------


def of_others(
    connection: Connection, complaint_id: int, phone_id: int, since: datetime, limit: int
) -> dict[int, str]:
    """Return the texts of the newest open complaints of other reporters, by id."""
    rows = connection.execute(
        select(Complaint.id, Complaint.isi)
        .where(
            or_(*(Complaint.status == status for status in sorted(OPEN))),
            Complaint.received_at >= since,
            Complaint.id != complaint_id,
            Complaint.merged_into_id.is_(None),
            Complaint.reporter_phone_id.is_(None) | (Complaint.reporter_phone_id != phone_id),
        )
        .order_by(Complaint.received_at.desc())
        .limit(limit)
    ).all()
    return {row.id: row.isi for row in rows}


def link_similar(connection: Connection, complaint_id: int, scores: Mapping[int, int]) -> list[int]:
    """Note which complaints read like one; return those that were not known yet."""
    return [
        other
        for other, score in sorted(scores.items())
        if insert_new(
            connection,
            SimilarComplaint,
            [
                {
                    "complaint_id": max(complaint_id, other),
                    "other_id": min(complaint_id, other),
                    "score": score,
                }
            ],
        )
    ]


def move_similar(connection: Connection, goes: int, stays: int) -> None:
    """Let what read like one of two complaints that became one read like the one that stays."""
    one, two = SimilarComplaint.complaint_id, SimilarComplaint.other_id
    rows = connection.execute(
        select(one, two, SimilarComplaint.score).where((one == goes) | (two == goes))
    )
    scores = {first + second - goes: score for first, second, score in rows}
    scores.pop(stays, None)
    link_similar(connection, stays, scores)


def similar(connection: Connection, complaint_id: int) -> list[str]:
    """Return the numbers of the complaints that read like one, those most alike first."""
    one, two = SimilarComplaint.complaint_id, SimilarComplaint.other_id
    rows = connection.execute(
        select(Complaint.tracking_id, Complaint.nomor)
        .join(
            SimilarComplaint,
            ((one == complaint_id) & (two == Complaint.id))
            | ((two == complaint_id) & (one == Complaint.id)),
        )
        .where(Complaint.merged_into_id.is_(None))
        .order_by(SimilarComplaint.score.desc(), Complaint.id)
    )
    return [number for tracking_id, nomor in rows if (number := tracking_id or nomor)]


def place_of(connection: Connection, complaint_id: int) -> str | None:
    """Return where a complaint happened, as far as its reporter sent a location."""
    return connection.execute(
        select(Complaint.lokasi).where(Complaint.id == complaint_id)
    ).scalar_one()
