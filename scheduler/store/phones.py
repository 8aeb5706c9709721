"""Telephones, and the inboxes of the simulated ones."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, insert, select

from scheduler.store.messaging_tables import SimulatorMessage
from scheduler.store.tables import Phone


def put(connection: Connection, blind: bytes, sender: str, text: str, at: datetime) -> str:
    """Put a message into a simulated phone's inbox; return the simulator's id for it."""
    sid = f"SM{uuid.uuid4().hex}"
    connection.execute(
        insert(SimulatorMessage),
        {"sid": sid, "phone_blind": blind, "sender": sender, "body": text, "received_at": at},
    )
    return sid


def find(connection: Connection, blind: bytes, sender: str, text: str) -> list[str]:
    """Return the ids of messages with this text in a simulated phone's inbox."""
    return list(
        connection.execute(
            select(SimulatorMessage.sid).where(
                SimulatorMessage.phone_blind == blind,
                SimulatorMessage.sender == sender,
                SimulatorMessage.body == text,
            )
        ).scalars()
    )


def inbox(connection: Connection) -> list[tuple[datetime, bytes, str]]:
    """Return everything simulated phones received, in order: (when, blind index, text)."""
    rows = connection.execute(
        select(
            SimulatorMessage.received_at, SimulatorMessage.phone_blind, SimulatorMessage.body
        ).order_by(SimulatorMessage.received_at, SimulatorMessage.sid)
    )
    return [(at, blind, text) for at, blind, text in rows]


def sealed_numbers(connection: Connection, ids: Iterable[int]) -> dict[int, bytes]:
    """Return the sealed numbers of phones by id."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    rows = connection.execute(select(Phone.id, Phone.sealed).where(Phone.id.in_(wanted)))
    return {key: sealed for key, sealed in rows}
