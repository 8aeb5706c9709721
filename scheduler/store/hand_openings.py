"""Who has a message open that is sent by hand: another one is asked before he sends it too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from config.terms import NoticeStatus
from scheduler.store.console_tables import HandOpening, User
from scheduler.store.messaging_tables import Message


@dataclass(frozen=True, slots=True)
class Opening:
    """Who opened a message last, and when."""

    user_id: int
    by: str
    at: datetime


def of(connection: Connection, message_ids: Sequence[int]) -> dict[int, Opening]:
    """Return who has opened messages that still wait to be sent; those nobody has are left out."""
    rows = connection.execute(
        select(HandOpening.message_id, HandOpening.user_id, User.nama, HandOpening.at)
        .join(User, User.id == HandOpening.user_id)
        .join(Message, Message.id == HandOpening.message_id)
        .where(HandOpening.message_id.in_(message_ids), Message.status == NoticeStatus.PENDING)
    )
    return {key: Opening(user_id, nama, at) for key, user_id, nama, at in rows}


def another(connection: Connection, message_id: int, user_id: int) -> Opening | None:
    """Return who else has a message open that still waits; None where nobody else has."""
    found = of(connection, [message_id]).get(message_id)
    return found if found is not None and found.user_id != user_id else None


def claim(
    connection: Connection, message_id: int, user_id: int, at: datetime, *, anyway: bool
) -> Opening | None:
    """Note that a user opens a message; return who else has it open, and note nothing then.

    `anyway`: it is his from now on, whoever has it. The message is locked: of two who open it at
    once, one is told of the other.
    """
    connection.execute(select(Message.id).where(Message.id == message_id).with_for_update())
    found = another(connection, message_id, user_id)
    if found is not None and not anyway:
        return found
    connection.execute(delete(HandOpening).where(HandOpening.message_id == message_id))
    values = {"message_id": message_id, "user_id": user_id, "at": at}
    connection.execute(insert(HandOpening).values(values))
    return None
