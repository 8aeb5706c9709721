"""To which instansi complaints of a category go: Kominfo's own word on it, and what it did so far.

Everything is read for all complaints of a page at once.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, delete, func, insert, select, union_all

from config.terms import Clock
from scheduler.store.console_tables import Action, CategoryRule, User
from scheduler.store.tables import ClockRun, Complaint

NEWEST: Final = 500
"""How many disposed complaints of a category are looked back on."""
KNOWN: Final = 300
"""How many categories are offered to choose from."""
TAKEN_AWAY: Final = ("bukan wewenang", "disposisi ditarik")
"""Why a clock of an instansi stopped that was the wrong one."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Kominfo's word on a category: who said it, and when."""

    kategori: str
    instansi_id: int
    nama: str
    at: datetime


def rules(connection: Connection, kategori: Collection[str] | None = None) -> list[Rule]:
    """Return the rules of categories, or (None) every rule there is, by category.

    One that came with an action which was taken back is none; the one before it counts again.
    """
    newest = (
        select(func.max(CategoryRule.id))
        .outerjoin(Action, Action.id == CategoryRule.action_id)
        .where(Action.undone_at.is_(None))
        .group_by(CategoryRule.kategori)
    )
    if kategori is not None:
        newest = newest.where(CategoryRule.kategori.in_(sorted(kategori)))
    rows = connection.execute(
        select(CategoryRule.kategori, CategoryRule.instansi_id, User.nama, CategoryRule.at)
        .join(User, User.id == CategoryRule.user_id)
        .where(CategoryRule.id.in_(newest))
        .order_by(CategoryRule.kategori)
    )
    return [Rule(*row) for row in rows]


def put_rule(
    connection: Connection,
    kategori: str,
    instansi_id: int,
    user_id: int,
    at: datetime,
    action_id: int | None = None,
) -> None:
    """Propose an instansi for a category from now on, whatever was said of it before.

    With an action (one that can be undone) what was said before is kept: it counts again when the
    action is taken back.
    """
    if action_id is None:
        drop_rule(connection, kategori)
    connection.execute(
        insert(CategoryRule).values(
            kategori=kategori, instansi_id=instansi_id, user_id=user_id, at=at, action_id=action_id
        )
    )


def drop_rule(connection: Connection, kategori: str) -> bool:
    """Forget what was said of a category, for good; return whether anything counted."""
    counted = bool(rules(connection, [kategori]))
    connection.execute(delete(CategoryRule).where(CategoryRule.kategori == kategori))
    return counted


def history(connection: Connection, kategori: Collection[str]) -> dict[str, Counter[int]]:
    """Return to which instansi the newest disposed complaints of categories went, and how many.

    Reads `ix_complaints_kategori` from its end, no row of a complaint.
    """
    found: dict[str, Counter[int]] = defaultdict(Counter)
    if not kategori:
        return found
    newest = [
        select(
            select(Complaint.kategori, Complaint.instansi_id)
            .where(Complaint.kategori == one, Complaint.instansi_id.is_not(None))
            .order_by(Complaint.id.desc())
            .limit(NEWEST)
            .subquery()
        )
        for one in sorted(set(kategori))
    ]
    one = union_all(*newest).subquery()
    rows = connection.execute(
        select(one.c.kategori, one.c.instansi_id, func.count()).group_by(
            one.c.kategori, one.c.instansi_id
        )
    )
    for name, instansi_id, count in rows:
        found[name][instansi_id] = count
    return found


def taken_from(connection: Connection, ids: Sequence[int]) -> dict[int, set[int]]:
    """Return the instansi that complaints were taken away from: the wrong ones for them."""
    found: dict[int, set[int]] = defaultdict(set)
    rows = connection.execute(
        select(ClockRun.complaint_id, ClockRun.instansi_id).where(
            ClockRun.complaint_id.in_(ids),
            ClockRun.clock == Clock.RESPON,
            ClockRun.stop_reason.in_(TAKEN_AWAY),
            ClockRun.instansi_id.is_not(None),
        )
    )
    for complaint_id, instansi_id in rows:
        if instansi_id is not None:
            found[complaint_id].add(instansi_id)
    return found


def categories(connection: Connection, limit: int = KNOWN) -> list[str]:
    """Return the categories there are, by name; steps over the index, however many complaints."""
    first = select(func.min(Complaint.kategori).label("name")).cte("known", recursive=True)
    next_one = (
        select(func.min(Complaint.kategori)).where(Complaint.kategori > first.c.name)
    ).scalar_subquery()
    known = first.union_all(select(next_one).where(first.c.name.is_not(None)))
    rows = connection.execute(select(known.c.name).where(known.c.name.is_not(None)).limit(limit))
    return [name for (name,) in rows]
