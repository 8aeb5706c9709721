"""Tries to log in, counted over all web processes: who failed too often must wait.

A try is written down as failed before the password is looked at, and taken back when it was
right: a hundred tries at once are counted like a hundred in a row. Kept are keyed hashes of names
and addresses, for as long as they count.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, delete, func, insert, select

from scheduler.store.console_tables import LoginFailure

WINDOW: Final = timedelta(minutes=15)
NAME_LIMIT: Final = 5
"""Failures of one name within `WINDOW`, from wherever; the next try is refused."""
ADDRESS_LIMIT: Final = 30
"""Failures from one address, whatever the name: an office behind one address has several users."""
PRUNED: Final = 1000
"""Old failures that one try removes at most."""


@dataclass(frozen=True, slots=True)
class Try:
    """A try that is counted as failed until `succeeded` says otherwise."""

    ids: tuple[int, ...]
    who: bytes
    """The first of the hashes: whose failures a success forgets."""


@dataclass(frozen=True, slots=True)
class TooMany:
    """The try is refused, whatever the password; `until` another may be made."""

    until: datetime


def begin(connection: Connection, limits: Mapping[bytes, int], now: datetime) -> Try | TooMany:
    """Count a try at the machine's `now` under each hash, unless one has reached its limit.

    A try that is refused is not counted: the wait ends `WINDOW` after the failures, not later.
    """
    since = now - WINDOW
    # In one order for everybody: of two that share two hashes none waits for the other in a ring.
    for who in sorted(limits):
        _lock(connection, who)
    _prune(connection, since)
    waits = [_free_again(connection, who, limit, since) for who, limit in limits.items()]
    ends = [end for end in waits if end is not None]
    if ends:
        return TooMany(max(ends))
    ids = [
        connection.execute(
            insert(LoginFailure).values(who=who, at=now).returning(LoginFailure.id)
        ).scalar_one()
        for who in limits
    ]
    return Try(tuple(ids), next(iter(limits)))


def succeeded(connection: Connection, tried: Try, *, wholly: bool) -> None:
    """Take back that a try failed; forget the name's other failures where it was the last step.

    Right was only the password, and a code is still asked for: nothing else is forgotten, or who
    knows the password could try codes without end. Those of the address stay in any case: one
    user of one's own must not pay for trying others.
    """
    mine = LoginFailure.id.in_(tried.ids)
    connection.execute(
        delete(LoginFailure).where(mine | (LoginFailure.who == tried.who) if wholly else mine)
    )


def _prune(connection: Connection, since: datetime) -> None:
    """Forget what does not count any more; what another is forgetting just now is left to it."""
    old = (
        select(LoginFailure.id)
        .where(LoginFailure.at <= since)
        .limit(PRUNED)
        .with_for_update(skip_locked=True)
    )
    connection.execute(delete(LoginFailure).where(LoginFailure.id.in_(old)))


def _free_again(connection: Connection, who: bytes, limit: int, since: datetime) -> datetime | None:
    """Return when the newest failures will be fewer than the limit, or None if they are."""
    oldest = connection.execute(
        select(LoginFailure.at)
        .where(LoginFailure.who == who, LoginFailure.at > since)
        .order_by(LoginFailure.at.desc())
        .offset(limit - 1)
        .limit(1)
    ).scalar_one_or_none()
    return None if oldest is None else oldest + WINDOW


def _lock(connection: Connection, who: bytes) -> None:
    """Let nobody else count under this hash before the transaction ends; SQLite has one writer."""
    if connection.dialect.name == "postgresql":
        key = int.from_bytes(who[:8], "big", signed=True)
        connection.execute(select(func.pg_advisory_xact_lock(key)))
