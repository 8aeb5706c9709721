"""What a person should know of an installation's state: counts only, never a number or a name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, func, or_, select, text

from config.terms import NoticeStatus
from scheduler.store.messaging_tables import Consent, Message, Notice, Sender
from scheduler.store.tables import ClockRun, Holder

ALERTS_FOR = timedelta(days=7)
"""How long an alert that reached nobody is counted: nothing ever closes it."""

_LIVE = text("messages.status IN ('pending', 'sending', 'unknown')")
"""Word for word as the partial index has it: SQLite uses such an index for nothing less."""


@dataclass(frozen=True, slots=True)
class Contacts:
    """Holders with a phone on a date: all, those never written to, those who refused."""

    holders: int
    unasked: int
    refused: int


@dataclass(frozen=True, slots=True)
class Outbox:
    """Messages waiting to go out, messages whose fate nobody knows, notices that reached nobody."""

    pending: int
    unknown: int
    failed: int


@dataclass(frozen=True, slots=True)
class StoppedSender:
    """A sender that nothing leaves from, until when (None: until a person starts it), and why."""

    sender: str
    until: datetime | None
    code: str | None


def contacts(connection: Connection, today: date) -> Contacts:
    """Count the holders in office on a local date who have a phone, by what they were asked."""
    row = connection.execute(
        select(
            func.count(),
            func.count(Consent.asked_at),
            func.count().filter(Consent.answer == "menolak"),
        )
        .select_from(Holder)
        .outerjoin(Consent, Consent.holder_id == Holder.id)
        .where(
            Holder.phone_id.is_not(None),
            or_(Holder.mulai.is_(None), Holder.mulai <= today),
            or_(Holder.selesai.is_(None), Holder.selesai >= today),
        )
    ).one()
    return Contacts(row[0], row[0] - row[1], row[2])


def outbox(connection: Connection, now: datetime) -> Outbox:
    """Count what waits: by itself (`pending`), or for a person.

    A failed notice counts while its run is open, an alert while it is recent: afterwards nobody
    need do anything about it.
    """
    live = {
        status: count
        for status, count in connection.execute(
            select(Message.status, func.count()).where(_LIVE).group_by(Message.status)
        )
    }
    of_open_runs = (
        select(func.count())
        .select_from(ClockRun)
        .join(Notice, Notice.run_id == ClockRun.id)
        .where(ClockRun.stopped_at.is_(None), Notice.status == NoticeStatus.FAILED)
    )
    alerts = select(func.count()).where(
        Notice.run_id.is_(None),
        Notice.status == NoticeStatus.FAILED,
        Notice.created_at > now - ALERTS_FOR,
    )
    failed = sum(connection.execute(query).scalar_one() for query in (of_open_runs, alerts))
    return Outbox(
        live.get(NoticeStatus.PENDING, 0),
        live.get(NoticeStatus.UNKNOWN, 0),
        failed,
    )


def stopped_senders(connection: Connection, now: datetime) -> list[StoppedSender]:
    """Return the senders that are stopped at a moment of the pass's own time."""
    rows = connection.execute(
        select(Sender.sender, Sender.stopped_until, Sender.stopped_code)
        .where(
            Sender.stopped_at.is_not(None),
            or_(Sender.stopped_until.is_(None), Sender.stopped_until > now),
        )
        .order_by(Sender.sender)
    )
    return [StoppedSender(*row) for row in rows]
