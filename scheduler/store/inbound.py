"""What phones sent: stored before anything is made of it, heard one at a time, kept if that fails.

`keep` is all that a web request waits for. The same provider id twice is one row, so a message
that is delivered three times has one effect.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    Connection,
    Executable,
    bindparam,
    exists,
    insert,
    literal,
    literal_column,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import aliased

from config.terms import Channel
from scheduler.inbound import Arrived
from scheduler.store.dialogue_tables import Attachment, InboundMessage
from scheduler.store.messaging_tables import Attempt, Message, Notice, PhoneChannel
from scheduler.store.reach import FOR_GOOD, mark
from scheduler.store.sealed import Seal
from scheduler.store.tables import Phone

PAUSES: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 720))
"""Before a message that could not be heard is tried again; after the last one a person looks."""
# Word for word as the partial index has it: SQLite uses such an index for nothing less.
_WAITING = text("inbound_messages.state = 'baru'")
WINDOW: Final = timedelta(hours=24)
"""How long after a person's message free text may be sent on WhatsApp."""
NO_TELEPHONE: Final = "ID."
"""How the address of a WhatsApp user begins who has no telephone number."""
_MEDIA: Final = 10
"""Attachments of one message; the provider allows no more."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A stored message that is to be heard."""

    id: int
    tries: int
    sender_blind: bytes
    payload: bytes


def keep(connection: Connection, seal: Seal, arrived: Iterable[Arrived]) -> int:
    """Store messages as they came, those that are not there yet; return how many were new."""
    make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = (
        make(InboundMessage)
        .on_conflict_do_nothing(index_elements=["sid"])
        .returning(InboundMessage.id)
    )
    added = 0
    for one in arrived:
        row = {
            "sid": one.sid,
            "channel": one.channel,
            "sender_blind": seal.blind(one.sender),
            "payload": seal.seal(one.dumps()),
            "received_at": one.received_at,
            "state": "baru",
            "tries": 0,
        }
        key = connection.execute(statement, row).scalar()
        if key is None:
            continue
        added += 1
        if one.media:
            _attach(connection, seal, key, one)
    return added


def _attach(connection: Connection, seal: Seal, inbound_id: int, one: Arrived) -> None:
    connection.execute(
        insert(Attachment),
        [
            {
                "inbound_id": inbound_id,
                "position": position,
                "url_sealed": seal.seal(media.url),
                "content_type": media.content_type[:80],
                "state": "menunggu",
                "tries": 0,
            }
            for position, media in enumerate(one.media[:_MEDIA])
        ],
    )


def _next() -> Executable:
    earlier = aliased(InboundMessage)
    first = ~exists().where(
        earlier.sender_blind == InboundMessage.sender_blind,
        earlier.state == literal_column("'baru'"),  # as `ix_inbound_messages_unheard` has it
        earlier.tries == 0,
        earlier.id < InboundMessage.id,
    )
    return (
        select(
            InboundMessage.id,
            InboundMessage.tries,
            InboundMessage.sender_blind,
            InboundMessage.payload,
        )
        .where(
            _WAITING,
            InboundMessage.id > bindparam("after"),
            InboundMessage.try_after.is_(None) | (InboundMessage.try_after <= bindparam("at")),
            first,
        )
        .order_by(InboundMessage.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=InboundMessage)
    )


_NEXT: Final = _next()
"""Built once: every message is claimed by it."""


_ANY_WAITING: Final = (
    select(InboundMessage.id)
    .where(
        _WAITING,
        InboundMessage.try_after.is_(None) | (InboundMessage.try_after <= bindparam("at")),
    )
    .limit(1)
)


def any_waiting(connection: Connection, at: datetime) -> bool:
    """Return whether a message is to be heard (`ix_inbound_messages_waiting`)."""
    return connection.execute(_ANY_WAITING, {"at": at}).first() is not None


def next_waiting(connection: Connection, at: datetime, after: int = 0) -> Waiting | None:
    """Claim the next message to hear, in the order they came; its row lock is the claim.

    A sender's later message waits for the one before it, unless that one failed to be heard.
    """
    row = connection.execute(_NEXT, {"at": at, "after": after}).one_or_none()
    return Waiting(*row) if row is not None else None


def heard(
    connection: Connection,
    inbound_id: int,
    at: datetime,
    *,
    phone_id: int,
    effect: str,
    complaint_id: int | None,
) -> None:
    """Record what became of a message."""
    connection.execute(
        update(InboundMessage)
        .where(InboundMessage.id == inbound_id)
        .values(
            state="selesai",
            effect=effect[:40],
            phone_id=phone_id,
            complaint_id=complaint_id,
            heard_at=at,
            error=None,
        )
    )


def unheard(connection: Connection, waiting: Waiting, why: str, at: datetime) -> bool:
    """Let a message that could not be heard wait; return whether it will be tried again."""
    again = waiting.tries < len(PAUSES)
    connection.execute(
        update(InboundMessage)
        .where(InboundMessage.id == waiting.id)
        .values(
            state="baru" if again else "gagal",
            tries=waiting.tries + 1,
            try_after=at + PAUSES[waiting.tries] if again else None,
            error=why,
        )
    )
    return again


def belongs(connection: Connection, phone_id: int, since: datetime, complaint_id: int) -> None:
    """Give the messages a report was put together from, from `since` on, their complaint."""
    connection.execute(
        update(InboundMessage)
        .where(
            InboundMessage.phone_id == phone_id,
            InboundMessage.received_at >= since,
            InboundMessage.complaint_id.is_(None),
            InboundMessage.effect == "bagian",
        )
        .values(complaint_id=complaint_id)
    )


# --- whose phone it is ------------------------------------------------------------------------


def phone_of(connection: Connection, seal: Seal, sender: str) -> int:
    """Return the phone of an address, entered if new and locked: one person is heard in order."""
    blind = seal.blind(sender)
    make = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    connection.execute(
        make(Phone)
        .values(sealed=seal.seal(sender), blind=blind)
        .on_conflict_do_nothing(index_elements=["blind"])
    )
    found: int = connection.execute(
        select(Phone.id).where(Phone.blind == blind).with_for_update(key_share=True)
    ).scalar_one()
    return found


def opened(connection: Connection, phone_id: int, one: Arrived) -> None:
    """Note that a person wrote: free text may be sent for 24 hours, on the channel he took.

    Where he writes he can be written to, whatever an error said before. What is heard later than
    something newer, as polling brings it, takes nothing back.
    """
    mark(connection, phone_id, one.channel)
    newer: dict[str, Any] = {"last_inbound_at": one.received_at}
    newer |= {"unusable_until": None, "unusable_code": None}
    if one.channel is Channel.WHATSAPP:
        newer["window_until"] = one.received_at + WINDOW
    last = PhoneChannel.last_inbound_at
    connection.execute(
        update(PhoneChannel)
        .where(
            PhoneChannel.phone_id == phone_id,
            PhoneChannel.channel == one.channel,
            last.is_(None) | (last <= one.received_at),
        )
        .values(newer)
    )
    if one.sender.startswith(NO_TELEPHONE):
        until = one.received_at + FOR_GOOD
        mark(connection, phone_id, Channel.SMS, until=until, code="tanpa nomor")


def quoted(connection: Connection, phone_id: int, sid: str) -> list[int]:
    """Return the complaints that one of our messages to this phone was about, by its id."""
    rows = connection.execute(
        select(Notice.complaint_id)
        .join(Message, Message.id == Notice.message_id)
        .join(Attempt, Attempt.message_id == Message.id)
        .where(Attempt.sid == sid, Message.phone_id == phone_id, Notice.complaint_id.is_not(None))
        .distinct()
    ).scalars()
    return sorted(key for key in rows if key is not None)


def replies_between(
    connection: Connection, phone_id: int, since: datetime, until: datetime, limit: int
) -> int:
    """Return how many replies this phone was given, from and until, counted up to `limit`."""
    rows = connection.execute(
        select(literal(1))
        .select_from(Notice)
        .where(
            Notice.phone_id == phone_id,
            Notice.created_at.between(since, until),
            Notice.kind == "balasan",
        )
        .limit(limit)
    ).all()
    return len(rows)


def add_reply(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Write the replies to one message; the same one twice is refused by its `cause`."""
    if rows:
        connection.execute(insert(Notice), list(rows))
