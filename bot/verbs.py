"""One verb on one complaint, whoever asks for it: a command, or Kominfo's desk on a page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.compose import Installation
from scheduler.case import Case
from scheduler.complaint import RefusedError
from scheduler.directory import Body, Directory
from scheduler.lifecycle import Desk
from scheduler.store import cases
from scheduler.store.session import Connection, writing


def act(
    opened: Installation,
    number: str,
    at: datetime,
    do: Callable[[Desk, Case], None],
    also: Callable[[Connection, Case], None] | None = None,
) -> Case:
    """Do something to one complaint, in one transaction, at one moment; return the complaint.

    `also` is what is written beside what the desk collects, in the same transaction.

    Raises `RefusedError` (Indonesian, for people) where there is none of that number, or where
    its state does not allow the verb.
    """
    world = opened.world(at)
    with writing(opened.engine) as connection:
        case = locked(connection, number)
        desk = Desk(world, at)
        do(desk, case)
        cases.write(connection, desk.changes)
        if also is not None:
            also(connection, case)
    return case


def locked(connection: Connection, number: str) -> Case:
    """Return a complaint by either of its numbers, locked; refuse where there is none."""
    case = cases.lock_by_number(connection, [number]).get(number)
    if case is None:
        raise RefusedError(f"aduan {number} tidak ditemukan")
    return case


def instansi_named(directory: Directory, name: str) -> Body:
    """Return the one instansi of this name or short name, however it is spaced or capitalised."""
    wanted = " ".join(name.split()).casefold()
    bodies = directory.bodies.values()
    found = [b for b in bodies if wanted in (b.nama.casefold(), b.short.casefold())]
    if len(found) != 1:
        raise RefusedError(f'instansi "{name}" tidak ada dalam direktori')
    return found[0]
