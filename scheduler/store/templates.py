"""What is known of the WhatsApp templates that were pushed to the provider."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from scheduler.store.messaging_tables import ContentTemplate

APPROVED = "approved"
OFF = frozenset({"rejected", "paused", "disabled"})
"""The provider's words for a template that must not be sent; Meta may take back the last two."""

_WORD = 20
"""The longest status that is kept."""


@dataclass(frozen=True, slots=True)
class TemplateRow:
    """One template; `status` is the provider's word, or ours where the account changed it."""

    name: str
    sid: str | None
    status: str
    reason: str | None
    checked_at: datetime


def approved(connection: Connection) -> dict[str, str]:
    """Return the provider's id of every template that may be sent, by name."""
    found = connection.execute(
        select(ContentTemplate.name, ContentTemplate.sid).where(
            ContentTemplate.status == APPROVED, ContentTemplate.sid.is_not(None)
        )
    )
    return {row.name: str(row.sid) for row in found}


def rows(connection: Connection) -> list[TemplateRow]:
    """Return every template that was pushed, by name."""
    table = ContentTemplate.__table__.c
    found = connection.execute(
        select(table.name, table.sid, table.status, table.reason, table.checked_at).order_by(
            table.name
        )
    )
    return [TemplateRow(*row) for row in found]


def save(
    connection: Connection, name: str, sid: str, status: str, reason: str | None, at: datetime
) -> None:
    """Keep what the provider says of a template; several workers may do so at once."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    new = {"sid": sid, "status": status[:_WORD], "reason": reason, "checked_at": at}
    statement = insert(ContentTemplate).values(name=name, **new)
    connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=new))


def mark_off(
    connection: Connection, sid: str, status: str, reason: str | None, at: datetime
) -> bool:
    """Take a template out of use, because a message with it was refused.

    Returns whether it was in use until now. It comes back when the provider next says that it is
    approved.
    """
    changed = connection.execute(
        update(ContentTemplate)
        .where(ContentTemplate.sid == sid, ContentTemplate.status.not_in(OFF))
        .values(status=status[:_WORD], reason=reason, checked_at=at)
    )
    return changed.rowcount > 0


def forget_others(connection: Connection, names: Collection[str]) -> None:
    """Forget templates of earlier words, except those approved: an older worker may send them."""
    connection.execute(
        delete(ContentTemplate).where(
            ContentTemplate.name.not_in(list(names)), ContentTemplate.status != APPROVED
        )
    )
