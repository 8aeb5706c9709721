"""What users of the console did that is about no complaint: who, when, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from scheduler.store.console_tables import Action, User


@dataclass(frozen=True, slots=True)
class Done:
    """One such action, and the name of the user who did it."""

    verb: str
    at: datetime
    by: str
    why: str | None


def note(connection: Connection, user_id: int, verb: str, at: datetime, why: str | None) -> None:
    """Keep what a user did; `why` holds no number and no name."""
    connection.execute(insert(Action).values(user_id=user_id, verb=verb, at=at, note=why))


def newest(connection: Connection, verbs: Sequence[str], limit: int) -> list[Done]:
    """Return the newest actions of some kinds, the last one first (`ix_actions_verb`)."""
    rows = connection.execute(
        select(Action.verb, Action.at, User.nama, Action.note)
        .join(User, User.id == Action.user_id)
        .where(Action.verb.in_(verbs))
        .order_by(Action.id.desc())
        .limit(limit)
    )
    return [Done(*row) for row in rows]
