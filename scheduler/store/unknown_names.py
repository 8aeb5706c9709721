"""Words of SP4N's exports that nobody knew: what waits for them, and what Kominfo said they mean.

What was said counts for every later import, beside the directory and the policy, which go first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, Connection, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from config.policy import fold
from config.terms import Status
from scheduler.store.console_tables import Action, Sp4nWord, User
from scheduler.store.tables import Complaint, Instansi

Kind = Literal["instansi", "status"]

EXAMPLES: Final = 3
MOST: Final = 200
"""Words looked at; more at once would mean that a whole directory is missing."""
TOLD: Final = 100
"""Words that were settled, on one page."""
WITHOUT_NAME: Final = "#"
"""Stands before SP4N's number of an instansi of which an export gives no name."""

_HELD_FOR: Final = {"instansi": 'instansi SP4N "', "status": 'status SP4N "'}
"""How the reason of a complaint begins that is held for such a word."""


@dataclass(frozen=True, slots=True)
class Example:
    """A complaint of many; the page shows its number."""

    id: int
    number: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """A word as exports write it, with how many complaints wait for what it means."""

    word: str
    count: int
    examples: tuple[Example, ...]
    spellings: tuple[str, ...]
    """The same word in other letters, too: what settles one settles all."""


def key(kind: Kind, word: str) -> str:
    """Return what a word that complaints are held for (`Unknown.word`) is kept under."""
    if kind == "instansi" and word.startswith(WITHOUT_NAME):
        return key_of(word.removeprefix(WITHOUT_NAME), None)
    return fold(word)


def key_of(instansi_id: str | None, instansi: str | None) -> str:
    """Return what an instansi of an export is kept under: its name, else its number."""
    return fold(instansi) if instansi else f"{WITHOUT_NAME}{(instansi_id or '').lstrip('0') or '0'}"


# --- what waits -------------------------------------------------------------------------------


def _word(kind: Kind) -> ColumnElement[str]:
    if kind == "status":
        return func.coalesce(Complaint.sp4n_status, "")
    number = WITHOUT_NAME + func.coalesce(Complaint.sp4n_instansi_id, "")
    return func.coalesce(Complaint.sp4n_instansi, number)


def _held(kind: Kind) -> tuple[ColumnElement[bool], ...]:
    return (
        Complaint.hold_reason.is_not(None),  # `ix_complaints_held`
        Complaint.hold_reason.startswith(_HELD_FOR[kind], autoescape=True),
        Complaint.merged_into_id.is_(None),
    )


def unknown(connection: Connection, kind: Kind) -> list[Unknown]:
    """Return the words that complaints are held for, those of the most complaints first."""
    word = _word(kind)
    inner = (
        select(
            word.label("word"),
            Complaint.id,
            func.coalesce(Complaint.tracking_id, Complaint.nomor).label("number"),
            func.row_number().over(partition_by=word, order_by=Complaint.id).label("nth"),
            func.count().over(partition_by=word).label("count"),
        )
        .where(*_held(kind))
        .subquery()
    )
    rows = connection.execute(
        select(inner)
        .where(inner.c.nth <= EXAMPLES)
        .order_by(inner.c.count.desc(), inner.c.word, inner.c.nth)
        .limit(MOST * EXAMPLES)
    ).all()
    groups: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        groups[fold(row.word)].append(row)
    return [
        Unknown(
            found[0].word,
            sum(row.count for row in found if row.nth == 1),
            tuple(Example(row.id, row.number) for row in found[:EXAMPLES]),
            tuple(row.word for row in found if row.nth == 1),
        )
        for found in groups.values()
    ]


def waiting(
    connection: Connection, kind: Kind, kept: str, after: int = 0, limit: int | None = None
) -> list[int]:
    """Return the complaints that are held for a word, by id, from after an id on.

    `kept` is its `key`: what is written otherwise, but is the same word, is found with it.
    """
    spellings = connection.execute(select(_word(kind)).where(*_held(kind)).distinct()).scalars()
    same = [word for word in spellings if key(kind, word) == kept]
    query = select(Complaint.id).where(*_held(kind), _word(kind).in_(same), Complaint.id > after)
    return list(connection.execute(query.order_by(Complaint.id).limit(limit)).scalars())


# --- what was said ----------------------------------------------------------------------------


def told_instansi(connection: Connection) -> dict[str, int]:
    """Return what names (or "#" and number) of instansi stand for, folded, as Kominfo said."""
    return {
        word: instansi_id
        for word, instansi_id, _, _ in _told(connection, "instansi")
        if instansi_id is not None
    }


def told_statuses(connection: Connection) -> dict[str, tuple[Status, bool]]:
    """Return what words of status mean, folded: the status, and whether such are hidden."""
    return {
        word: (status, hidden)
        for word, _, status, hidden in _told(connection, "status")
        if status is not None
    }


def _told(connection: Connection, kind: Kind) -> Sequence[Any]:
    return connection.execute(
        select(Sp4nWord.word, Sp4nWord.instansi_id, Sp4nWord.status, Sp4nWord.hidden)
        .join(Action, Action.id == Sp4nWord.action_id)
        .where(Sp4nWord.kind == kind, Action.undone_at.is_(None))
    ).all()


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a word means: an instansi, or a status (of complaints that are hidden, perhaps)."""

    kind: Kind
    instansi_id: int | None = None
    status: Status | None = None
    hidden: bool = False
    said: str = ""
    """As people read it, for the audit trail."""


@dataclass(frozen=True, slots=True)
class Applied:
    """How far a word was applied to the complaints that waited for it."""

    total: int
    done: int
    refused: int
    after_id: int
    """Complaints up to this id were looked at."""
    rest_from: datetime | None
    """When a worker may go on with the others; None where there are none."""


def tell(
    connection: Connection,
    word: str,
    meaning: Meaning,
    applied: Applied,
    *,
    user_id: int,
    at: datetime,
    action_id: int,
) -> bool:
    """Keep what a word (its `key`) means, in place of what was said before.

    It counts as long as the action that it came with is not taken back. Returns False where what
    was said before is still being applied.
    """
    values = {
        "said": meaning.said,
        "instansi_id": meaning.instansi_id,
        "status": meaning.status,
        "hidden": meaning.hidden,
        "user_id": user_id,
        "at": at,
        "action_id": action_id,
        "lease_until": None,
        "tries": 0,
        **{name: getattr(applied, name) for name in Applied.__slots__},
    }
    undone = select(Action.id).where(Action.undone_at.is_not(None))
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    kept = connection.execute(
        make(Sp4nWord)
        .values(kind=meaning.kind, word=word, **values)
        .on_conflict_do_update(
            index_elements=["kind", "word"],
            set_=values,
            where=Sp4nWord.rest_from.is_(None) | Sp4nWord.action_id.in_(undone),
        )
        .returning(Sp4nWord.id)
    )
    return kept.first() is not None


@dataclass(frozen=True, slots=True)
class Told:
    """What Kominfo said of a word: who, and when, and how far it has been applied."""

    id: int
    kind: str
    word: str
    instansi: str | None
    status: Status | None
    hidden: bool
    user: str
    user_id: int
    at: datetime
    action_id: int
    total: int
    done: int
    refused: int
    rest_from: datetime | None
    tries: int

    @property
    def over(self) -> bool:
        """Whether nothing is left to do."""
        return self.rest_from is None

    @property
    def begun(self) -> bool:
        """Whether a worker went on with the others, so that it cannot be taken back."""
        return self.tries > 0


def told(connection: Connection, word_id: int | None = None) -> list[Told]:
    """Return what was said of words, or of one, what is being applied and the newest first.

    Of what was taken back nothing.
    """
    query = (
        select(
            Sp4nWord.id,
            Sp4nWord.kind,
            Sp4nWord.word,
            Instansi.nama.label("instansi"),
            Sp4nWord.status,
            Sp4nWord.hidden,
            User.nama.label("user"),
            Sp4nWord.user_id,
            Sp4nWord.at,
            Sp4nWord.action_id,
            Sp4nWord.total,
            Sp4nWord.done,
            Sp4nWord.refused,
            Sp4nWord.rest_from,
            Sp4nWord.tries,
        )
        .join(User, User.id == Sp4nWord.user_id)
        .outerjoin(Instansi, Instansi.id == Sp4nWord.instansi_id)
        .join(Action, Action.id == Sp4nWord.action_id)
        .where(Action.undone_at.is_(None))
        .order_by(Sp4nWord.rest_from.is_(None), Sp4nWord.at.desc(), Sp4nWord.kind, Sp4nWord.word)
        .limit(TOLD)
    )
    if word_id is not None:
        query = query.where(Sp4nWord.id == word_id)
    return [Told(**row._mapping) for row in connection.execute(query)]


def forget(connection: Connection, kind: Kind, word: str) -> bool:
    """Forget what a folded word means; complaints stay where it brought them.

    What a worker has not applied it to yet keeps waiting.
    """
    found = connection.execute(delete(Sp4nWord).where(Sp4nWord.kind == kind, Sp4nWord.word == word))
    return found.rowcount == 1
