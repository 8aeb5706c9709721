"""What somebody at a desk does to complaints, one or many: all that can be done is, each whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from bot.compose import Installation
from bot.dialogue import standing
from scheduler.case import Case, Changes
from scheduler.complaint import RefusedError
from scheduler.lifecycle import Desk
from scheduler.store import cases, handled, undoing
from scheduler.store.session import CONFLICT, Connection, uncrossed, writing
from scheduler.store.visible import Scope
from scheduler.world import World

Do = Callable[[Connection, Desk, Case], None]
"""What is done to one locked complaint; what the desk collects is written afterwards, for all."""
Then = Callable[[Connection, int | None, Sequence[Case]], None]
"""What else belongs to the transaction: the action (None where nothing was done), and to what."""
Guard = Callable[[Connection], Mapping[int, str]]
"""Which of the complaints, all locked by now, are to be left alone, and why (Indonesian)."""


@dataclass(frozen=True, slots=True)
class Handled:
    """What became of it: `action` can be undone; numbers that were done, and refused ones."""

    action: int | None
    done: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]
    """Number and Indonesian reason."""


def handle(
    opened: Installation,
    user_id: int,
    verb: str,
    ids: Iterable[int],
    at: datetime,
    do: Do,
    *,
    scope: Scope = None,
    undoable: bool = True,
    then: Then | None = None,
    guard: Guard | None = None,
) -> Handled:
    """Do one thing to complaints by id, in one transaction; a refused one leaves the rest alone.

    Nobody is told of it for `handled.WAIT`, so that `undo` can be real. A complaint outside of
    `scope` is as if it were not there. `guard` refuses some of them before anything is done.
    `then` is called last, after everything was written.
    """
    world = opened.world(at)
    keys = sorted(set(ids))

    def whole() -> Handled:
        with writing(opened.engine) as connection:
            # All of them before anything is done to one: nobody waits crosswise for the next.
            found = cases.load_cases(connection, keys, lock=True)
            before = handled.pictures(connection, found) if undoable else {}
            last = handled.last_events(connection, found)
            action = handled.begin(connection, user_id, verb, at)
            work = _Work(connection, world, at, do)
            why = guard(connection) if guard is not None else {}
            for key in keys:
                work.on(key, found.get(key), scope, why.get(key))
            kept = action if work.done else None
            if kept is None:
                handled.drop(connection, action)
            else:
                touched = work.write()
                handled.keep(connection, kept, touched, before, last, undoable=undoable)
            if then is not None:
                then(connection, kept, work.done)
        return Handled(kept, tuple(case.number for case in work.done), tuple(work.refused))

    return uncrossed(whole)


class _Work:
    """One thing that is done to complaints of one transaction, written together."""

    def __init__(self, connection: Connection, world: World, at: datetime, do: Do) -> None:
        self.done: list[Case] = []
        self.refused: list[tuple[str, str]] = []
        self._connection = connection
        self._world = world
        self._do = do
        self._at = at
        self._changes = Changes(not_before=at + handled.WAIT)

    def on(self, key: int, case: Case | None, scope: Scope, why_not: str | None = None) -> None:
        """Do it to a complaint, whole or not at all; not where something is said against it."""
        number = str(key)  # a complaint that he may not see has no other for him
        try:
            with self._connection.begin_nested():
                _check(case, scope)
                assert case is not None, "checked"
                number = case.number
                _let(why_not)
                desk = Desk(self._world, self._at)
                desk.changes.not_before = self._changes.not_before
                self._do(self._connection, desk, case)
        except RefusedError as error:
            self.refused.append((number, str(error)))
            return
        self.done.append(case)
        _join(self._changes, desk.changes)

    def write(self) -> list[int]:
        """Write what was done, and settle the requests that this settles; return the complaints."""
        cases.write(self._connection, self._changes)
        touched = [case.id for case in self.done if case.id is not None]
        for key in handled.asking(self._connection, touched):
            standing.settle(self._connection, key, self._at)
        return touched


def _join(changes: Changes, more: Changes) -> None:
    for one in fields(Changes):
        ours, theirs = getattr(changes, one.name), getattr(more, one.name)
        if isinstance(ours, list):
            ours.extend(theirs)
        elif isinstance(ours, dict):
            ours.update(theirs)
        elif ours is None:
            setattr(changes, one.name, theirs)


def _check(case: Case | None, scope: Scope) -> None:
    """Refuse what is not there for this user; he learns no more about it."""
    unseen = case is None or (scope is not None and case.instansi_id not in scope)
    if case is None or unseen or case.merged_into_id is not None:
        raise RefusedError("aduan ini tidak ditemukan")


def _let(why_not: str | None) -> None:
    if why_not is not None:
        raise RefusedError(why_not)


def undo(
    opened: Installation, user_id: int, action: int, at: datetime
) -> tuple[list[str], list[tuple[str, str]]]:
    """Take an action back; return the numbers taken back, and those that were not and why.

    Raises `RefusedError` where nothing of it can be taken back.
    """

    def whole() -> tuple[list[str], list[tuple[str, str]]]:
        with writing(opened.engine) as connection:
            return undoing.undo(connection, action, user_id, at)

    try:
        return uncrossed(whole)
    except CONFLICT as error:  # such as a number that an import has brought in this very moment
        raise RefusedError("sudah ada perubahan baru") from error
