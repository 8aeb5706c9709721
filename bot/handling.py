"""What somebody at a desk does to complaints, one or many: all that can be done is, each whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from bot.compose import Installation
from bot.dialogue import standing
from scheduler.case import Case
from scheduler.complaint import RefusedError
from scheduler.lifecycle import Desk
from scheduler.store import cases, handled
from scheduler.store.session import Connection, uncrossed, writing
from scheduler.store.visible import Scope

Do = Callable[[Connection, Desk, Case], None]
"""What is done to one locked complaint; what the desk collects is written afterwards."""


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
) -> Handled:
    """Do one thing to complaints by id, in one transaction; a refused one leaves the rest alone.

    Nobody is told of it for `handled.WAIT`, so that `undo` can be real. A complaint outside of
    `scope` is as if it were not there.
    """
    world = opened.world(at)
    keys = sorted(set(ids))

    def whole() -> Handled:
        done: list[str] = []
        refused: list[tuple[str, str]] = []
        with writing(opened.engine) as connection:
            # All of them before anything is done to one: nobody waits crosswise for the next.
            found = cases.load_cases(connection, keys, lock=True)
            action = handled.begin(connection, user_id, verb, at)
            for key in keys:
                case = found.get(key)
                number = str(key)  # a complaint that he may not see has no other for him
                try:
                    with connection.begin_nested():
                        _check(case, scope)
                        assert case is not None, "checked"
                        number = case.number
                        before = handled.picture(connection, key)
                        last = handled.last_event(connection, key)
                        desk = Desk(world, at)
                        desk.changes.not_before = at + handled.WAIT
                        do(connection, desk, case)
                        standing.write(connection, desk, case)
                        handled.keep(connection, action, key, before, last, undoable=undoable)
                    done.append(case.number)
                except RefusedError as error:
                    refused.append((number, str(error)))
            if not done:
                handled.drop(connection, action)
        return Handled(action if done else None, tuple(done), tuple(refused))

    return uncrossed(whole)


def _check(case: Case | None, scope: Scope) -> None:
    """Refuse what is not there for this user; he learns no more about it."""
    unseen = case is None or (scope is not None and case.instansi_id not in scope)
    if case is None or unseen or case.merged_into_id is not None:
        raise RefusedError("aduan ini tidak ditemukan")


def undo(
    opened: Installation, user_id: int, action: int, at: datetime
) -> tuple[list[str], list[tuple[str, str]]]:
    """Take an action back; return the numbers taken back, and those that were not and why."""

    def whole() -> tuple[list[str], list[tuple[str, str]]]:
        with writing(opened.engine) as connection:
            return handled.undo(connection, action, user_id, at)

    return uncrossed(whole)
