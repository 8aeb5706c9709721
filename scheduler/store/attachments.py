"""Photos and documents that came with messages: fetched one at a time, kept sealed.

Their rows are made with the message (`scheduler.store.inbound.keep`), before anything is fetched.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, select, update

from scheduler.store.dialogue_tables import Attachment
from scheduler.store.sealed import Seal

PAUSES: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 720))
"""Before a file that could not be had is asked for again; after the last one it is given up."""
GONE: Final = "tidak dapat diambil dari penyedia pesan"


@dataclass(frozen=True, slots=True)
class Unfetched:
    """A file that is still at the provider."""

    id: int
    url: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that is here; `content_type` is what it is, not what it was said to be."""

    id: int
    position: int
    content_type: str
    content: bytes


def claim(connection: Connection, seal: Seal, at: datetime) -> Unfetched | None:
    """Take the next file to fetch as of `at`, the oldest first; another worker gets another one.

    The try counts at once and the next one is put off: a worker that dies with it loses nothing.
    """
    waiting = Attachment.state == "menunggu"
    due = waiting & (Attachment.try_after.is_(None) | (Attachment.try_after <= at))
    connection.execute(
        update(Attachment)
        .where(due, Attachment.tries > len(PAUSES))
        .values(state="gagal", reason=GONE, try_after=None)
    )
    row = connection.execute(
        select(Attachment.id, Attachment.tries, Attachment.url_sealed)
        .where(due)
        .order_by(Attachment.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).one_or_none()
    if row is None:
        return None
    pause = PAUSES[min(row.tries, len(PAUSES) - 1)]
    _set(connection, row.id, tries=row.tries + 1, try_after=at + pause)
    return Unfetched(row.id, seal.open(row.url_sealed))


def keep(
    connection: Connection, seal: Seal, attachment_id: int, content: bytes, content_type: str
) -> None:
    """Keep a file that was fetched, sealed."""
    _set(
        connection,
        attachment_id,
        state="ada",
        reason=None,
        try_after=None,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        content_type=content_type,
        content_sealed=seal.seal_bytes(content),
    )


def refuse(connection: Connection, attachment_id: int, reason: str) -> None:
    """Keep a file away for good; `reason` is Indonesian, for the people concerned."""
    _set(connection, attachment_id, state="ditolak", reason=reason, try_after=None)


def missed(connection: Connection, attachment_id: int) -> bool:
    """Note that a file could not be had; return whether it is asked for again."""
    tries = connection.execute(
        select(Attachment.tries).where(Attachment.id == attachment_id)
    ).scalar_one()
    if tries <= len(PAUSES):
        return True
    _set(connection, attachment_id, state="gagal", reason=GONE, try_after=None)
    return False


def of_message(connection: Connection, seal: Seal, inbound_id: int) -> list[Kept]:
    """Return the files that came with a message and are here, in order."""
    rows = connection.execute(
        select(
            Attachment.id,
            Attachment.position,
            Attachment.content_type,
            Attachment.content_sealed,
        )
        .where(Attachment.inbound_id == inbound_id, Attachment.content_sealed.is_not(None))
        .order_by(Attachment.position)
    )
    return [
        Kept(row.id, row.position, row.content_type, seal.open_bytes(row.content_sealed))
        for row in rows
    ]


def _set(connection: Connection, attachment_id: int, **values: Any) -> None:
    # Another worker may have been quicker, where a fetch took longer than the pause.
    connection.execute(
        update(Attachment)
        .where(Attachment.id == attachment_id, Attachment.state == "menunggu")
        .values(**values)
    )
