"""What the training room shows and steps through: inboxes, what phones sent, the next due moment.

Reads only. The room's clock moves from one moment at which something is due to the next.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from scheduler.store.dialogue_tables import OPEN as OPEN_REQUEST
from scheduler.store.dialogue_tables import WAITING, Draft, InboundMessage, Request
from scheduler.store.messaging_tables import LIVE, UNSENT, Message, Notice, SimulatorMessage
from scheduler.store.tables import DUE, ClockRun, Complaint


@dataclass(frozen=True, slots=True)
class Received:
    """A message in a simulated phone's inbox."""

    sid: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SentRow:
    """A message that a phone sent: a sealed `scheduler.inbound.Arrived`, and what came of it."""

    sid: str
    payload: bytes
    at: datetime
    failed: bool
    """It could not be heard, and is not tried again."""


def received(connection: Connection, blind: bytes, limit: int) -> list[Received]:
    """Return the newest messages of a simulated phone's inbox, the oldest of them first."""
    one = SimulatorMessage
    rows = connection.execute(
        select(one.sid, one.body, one.received_at)
        .where(one.phone_blind == blind)
        .order_by(one.received_at.desc(), one.sid)
        .limit(limit)
    )
    return [Received(*row) for row in rows][::-1]


def sent(connection: Connection, blind: bytes, limit: int) -> list[SentRow]:
    """Return the newest messages a phone sent, the oldest of them first."""
    one = InboundMessage
    rows = connection.execute(
        select(one.sid, one.payload, one.received_at, one.state == "gagal")
        .where(one.sender_blind == blind)
        .order_by(one.id.desc())
        .limit(limit)
    )
    return [SentRow(*row) for row in rows][::-1]


def newest_complaints(connection: Connection, limit: int) -> list[int]:
    """Return the ids of the complaints that came in last, the newest first."""
    rows = connection.execute(
        select(Complaint.id)
        .where(Complaint.merged_into_id.is_(None))
        .order_by(Complaint.id.desc())
        .limit(limit)
    ).scalars()
    return list(rows)


def next_due(connection: Connection, after: datetime) -> datetime | None:
    """Return the first moment after `after` for which something is laid up, or None.

    A step of a ladder, a notice or message that waits (for the morning, for another try), a report
    that is filed when its sender stays silent, a request that must be decided, a message that is
    to be heard again. What a pass does by the calendar alone is not among them.
    """
    queries = (
        select(func.min(ClockRun.next_look_at)).where(DUE, ClockRun.next_look_at > after),
        select(func.min(Notice.send_after)).where(UNSENT, Notice.send_after > after),
        select(func.min(Message.send_after)).where(LIVE, Message.send_after > after),
        select(func.min(Draft.file_at)).where(Draft.file_at > after),
        select(func.min(Request.next_look_at)).where(OPEN_REQUEST, Request.next_look_at > after),
        select(func.min(InboundMessage.try_after)).where(WAITING, InboundMessage.try_after > after),
    )
    moments = [connection.execute(query).scalar() for query in queries]
    return min((moment for moment in moments if moment is not None), default=None)
