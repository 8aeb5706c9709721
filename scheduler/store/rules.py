"""Versions of the policy and of the calendar overrides, and the installation's switches."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Container
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, bindparam, delete, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError

from scheduler.store.tables import ClockRun, ImportRun, RuleVersion, Switch

Kind = Literal["policy", "holidays"]

StoreError = DBAPIError
"""Whatever the database refuses."""


# Built once: every pass asks these, some of them several times.
_CURRENT = (
    select(RuleVersion.id, RuleVersion.body)
    .where(RuleVersion.kind == bindparam("kind"))
    .order_by(RuleVersion.id.desc())
    .limit(1)
)
_POLICIES = select(RuleVersion.id).where(RuleVersion.kind == "policy")
_DATA_AT = select(func.max(ImportRun.data_at))
_OPEN = select(ClockRun.id).where(ClockRun.stopped_at.is_(None))
# Reads `ix_clock_runs_limit` and `ix_clock_runs_due`: a union, for an OR would read the table.
_DEADLINES = select(func.count()).select_from(
    _OPEN.where(ClockRun.limit_at >= bindparam("moment"))
    .union(
        _OPEN.where(
            ClockRun.next_look_at.is_not(None), ClockRun.next_look_at >= bindparam("moment")
        )
    )
    .subquery()
)
_SWITCH = select(Switch.value).where(Switch.name == bindparam("name"))


def reason(error: DBAPIError) -> str:
    """Return the database's own words for a failure, on one line, without statement or values.

    PostgreSQL puts values of the row into the details of a failure, not into its message.
    """
    diag = getattr(error.orig, "diag", None)
    message = getattr(diag, "message_primary", None) or str(error.orig)
    return " ".join(message.split())


def current_text(connection: Connection, kind: Kind) -> tuple[int, str] | None:
    """Return the newest version of a rule text, or None before the first."""
    row = connection.execute(_CURRENT, {"kind": kind}).first()
    return (row.id, row.body) if row else None


def add_version(connection: Connection, kind: Kind, text: str, at: datetime) -> int:
    """Append a version; nothing is ever overwritten, and an old text may come back as a new one."""
    return connection.execute(
        insert(RuleVersion).returning(RuleVersion.id),
        {
            "kind": kind,
            "sha256": hashlib.sha256(text.encode()).hexdigest(),
            "body": text,
            "loaded_at": at,
        },
    ).scalar_one()


def policy_texts(connection: Connection, known: Container[int] = ()) -> dict[int, str]:
    """Return the policy versions that are not `known`, by id: a version never changes."""
    ids = connection.execute(_POLICIES).scalars()
    new = [key for key in ids if key not in known]
    if not new:
        return {}
    rows = connection.execute(
        select(RuleVersion.id, RuleVersion.body).where(RuleVersion.id.in_(new))
    )
    return {key: text for key, text in rows}


def data_at(connection: Connection) -> datetime | None:
    """Return the moment that the newest SP4N snapshot read so far speaks of."""
    return connection.execute(_DATA_AT).scalar()


def deadlines_from(connection: Connection, moment: datetime) -> int:
    """Return how many open runs have their limit, or their next step, at or after a moment."""
    return connection.execute(_DEADLINES, {"moment": moment}).scalar_one()


def get_switch(connection: Connection, name: str) -> str | None:
    """Return the value of a switch, or None where it is not set."""
    return connection.execute(_SWITCH, {"name": name}).scalar()


def keep_switch(connection: Connection, name: str, value: str, at: datetime) -> str:
    """Set a switch unless it is set; return its value, whoever set it."""
    new = _upsert(connection)(Switch).values(name=name, value=value, changed_at=at)
    connection.execute(new.on_conflict_do_nothing(index_elements=["name"]))
    return connection.execute(_SWITCH, {"name": name}).scalar_one()


def set_switch(connection: Connection, name: str, value: str | None, at: datetime) -> None:
    """Set a switch, or (None) take it away; several workers may do so at once."""
    if value is None:
        connection.execute(delete(Switch).where(Switch.name == name))
        return
    new = {"value": value, "changed_at": at}
    statement = _upsert(connection)(Switch).values(name=name, **new)
    connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=new))


def _upsert(
    connection: Connection,
) -> Callable[[type[Switch]], postgresql.Insert | sqlite.Insert]:
    return postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
