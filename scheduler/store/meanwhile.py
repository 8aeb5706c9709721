"""What happened to complaints since somebody's page showed them. Reads only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, select

from scheduler.store.cases import chunks
from scheduler.store.console_tables import Action, ActionItem, User
from scheduler.store.tables import Audit


@dataclass(frozen=True, slots=True)
class Happened:
    """An event; `by` is the name of the console's user whose action it was, if it was one's."""

    event: str
    actor: str
    note: str | None
    at: datetime
    by: str | None


def since(connection: Connection, seen: Mapping[int, int]) -> dict[int, list[Happened]]:
    """Return what happened to complaints after the last event seen of each, the oldest first.

    `seen`: complaint to audit id, 0 for none. A complaint that nothing happened to is left out.
    """
    found: dict[int, list[Happened]] = defaultdict(list)
    for some in chunks(sorted(seen)):
        rows = connection.execute(
            select(
                Audit.complaint_id,
                Audit.id,
                Audit.event,
                Audit.actor,
                Audit.note,
                Audit.at,
                User.nama,
            )
            .outerjoin(
                ActionItem,
                and_(
                    ActionItem.complaint_id == Audit.complaint_id,
                    ActionItem.audit_from < Audit.id,
                    ActionItem.audit_to >= Audit.id,
                ),
            )
            .outerjoin(Action, Action.id == ActionItem.action_id)
            .outerjoin(User, User.id == Action.user_id)
            .where(Audit.complaint_id.in_(some), Audit.id > min(seen[key] for key in some))
            .order_by(Audit.id)
        )
        for key, audit_id, event, actor, note, at, by in rows:
            if audit_id > seen[key]:
                found[key].append(Happened(event, actor, note, at, by))
    return found
