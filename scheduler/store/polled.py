"""What polling the provider asks the database."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, select

from scheduler.store.cases import chunks
from scheduler.store.dialogue_tables import InboundMessage


def unknown(connection: Connection, sids: Collection[str]) -> set[str]:
    """Return those of the provider's ids of which no message is stored."""
    left = set(sids)
    for some in chunks(sorted(left)):
        left.difference_update(
            connection.execute(
                select(InboundMessage.sid).where(InboundMessage.sid.in_(some))
            ).scalars()
        )
    return left
