"""The rest of the complaints that waited for a word of SP4N: whose it is to settle them.

A claim is a lease in the database's own time; its end is also the worker's token, as with uploads.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, select, update

from config.terms import Status
from scheduler.store.console_tables import Action, Sp4nWord
from scheduler.store.session import database_now
from scheduler.store.unknown_names import Kind, Meaning

LEASE: Final = timedelta(minutes=2)
MOST_TRIES: Final = 4
"""Workers that may die over one batch."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A word that this worker applies; it is nobody else's until `lease_until`."""

    id: int
    word: str
    """Its key, see `unknown_names.key`."""
    meaning: Meaning
    user_id: int
    after_id: int
    lease_until: datetime


def _left() -> tuple[Any, ...]:
    return Sp4nWord.rest_from.is_not(None), Action.undone_at.is_(None)


def any_left(connection: Connection) -> bool:
    """Return whether some word is to be applied further, now or later."""
    query = select(Sp4nWord.id).join(Action, Action.id == Sp4nWord.action_id).where(*_left())
    return connection.execute(query.limit(1)).first() is not None


def is_open(connection: Connection, kind: Kind, word: str) -> bool:
    """Return whether a word (its key) is to be applied further."""
    query = (
        select(Sp4nWord.id)
        .join(Action, Action.id == Sp4nWord.action_id)
        .where(*_left(), Sp4nWord.kind == kind, Sp4nWord.word == word)
    )
    return connection.execute(query).first() is not None


def claim(connection: Connection, at: datetime) -> Claimed | None:
    """Claim the first word whose rest may be settled at `at` (the installation's time).

    From then on the action it came with cannot be taken back: the action is locked, so that
    either this or an undoing comes first. A word that `MOST_TRIES` workers have died of is left
    as it is; what waits for it can be settled again.
    """
    now = database_now(connection)
    free = Sp4nWord.lease_until.is_(None) | (Sp4nWord.lease_until <= now)
    while True:
        row = connection.execute(
            select(
                *(Sp4nWord.id, Sp4nWord.word, Sp4nWord.kind, Sp4nWord.instansi_id),
                *(Sp4nWord.status, Sp4nWord.hidden, Sp4nWord.said, Sp4nWord.user_id),
                *(Sp4nWord.after_id, Sp4nWord.tries),
            )
            .join(Action, Action.id == Sp4nWord.action_id)
            .where(*_left(), Sp4nWord.rest_from <= at, free)
            .order_by(Sp4nWord.rest_from, Sp4nWord.id)
            .limit(1)
            .with_for_update()
        ).first()
        if row is None:
            return None
        mine = update(Sp4nWord).where(Sp4nWord.id == row.id)
        if row.tries < MOST_TRIES:
            break
        connection.execute(mine.values(rest_from=None, lease_until=None))
    until = now + LEASE
    connection.execute(mine.values(lease_until=until, tries=row.tries + 1))
    status = None if row.status is None else Status(row.status)
    meaning = Meaning(row.kind, row.instansi_id, status, row.hidden, row.said)
    return Claimed(row.id, row.word, meaning, row.user_id, row.after_id, until)


def advance(
    connection: Connection,
    claimed: Claimed,
    lease_until: datetime,
    after_id: int,
    *,
    done: int,
    refused: int,
) -> datetime | None:
    """Note a batch and prolong the lease; return its new end.

    None where another worker has it, or the word was forgotten: the batch must not be committed.
    """
    until = database_now(connection) + LEASE
    found = connection.execute(
        update(Sp4nWord)
        .where(*_mine(claimed, lease_until))
        .values(
            after_id=after_id,
            done=Sp4nWord.done + done,
            refused=Sp4nWord.refused + refused,
            lease_until=until,
            tries=1,  # nobody has died of it
        )
    )
    return until if found.rowcount == 1 else None


def end(connection: Connection, claimed: Claimed, lease_until: datetime) -> bool:
    """Note that nothing is left; return False where another worker has it."""
    found = connection.execute(
        update(Sp4nWord)
        .where(*_mine(claimed, lease_until))
        .values(
            rest_from=None,
            lease_until=None,
            # Meanwhile an import may have settled some of them itself.
            total=Sp4nWord.done + Sp4nWord.refused,
        )
    )
    return found.rowcount == 1


def give_back(connection: Connection, claimed: Claimed, lease_until: datetime) -> None:
    """Let another worker go on at once."""
    connection.execute(
        update(Sp4nWord).where(*_mine(claimed, lease_until)).values(lease_until=None)
    )


def set_aside(connection: Connection, claimed: Claimed, lease_until: datetime) -> None:
    """Leave the rest as it is: it waits for the word as before."""
    connection.execute(
        update(Sp4nWord)
        .where(*_mine(claimed, lease_until))
        .values(rest_from=None, lease_until=None)
    )


def _mine(claimed: Claimed, lease_until: datetime) -> tuple[Any, ...]:
    return Sp4nWord.id == claimed.id, Sp4nWord.lease_until == lease_until
