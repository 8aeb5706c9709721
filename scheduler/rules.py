"""Loads the rule texts as versions and keeps the parsed ones; notices when days off change."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from config.calendar_overrides import Overrides, load_default, merge, parse_overrides
from config.message_files import kinds
from config.policy import Policy, PolicyError
from config.policy_file import parse_policy
from scheduler.case import Case, OpenRun
from scheduler.directory import Directory
from scheduler.ledger import SYSTEM
from scheduler.lifecycle import Desk
from scheduler.store import handovers
from scheduler.store import rules as store
from scheduler.store.cases import load_cases, open_run_ids, write
from scheduler.store.directory import load_directory
from scheduler.store.session import Connection, Engine, reading, writing
from scheduler.store.unknown_names import told_statuses
from scheduler.working_days import CalendarBook
from scheduler.world import World

_parsed = lru_cache(maxsize=32)(parse_policy)
"""A text is read once in a process, however often an installation is opened in it."""
CALENDAR = "calendar"
"""The switch that holds the fingerprint of the working days the stored due times were made by."""


@dataclass(frozen=True, slots=True)
class Moved:
    """An open run whose due times a change of working days moved, and what was already issued."""

    number: str
    clock: str
    from_: datetime | None
    to: datetime | None
    letters: tuple[str, ...]


class Policies(Mapping[int, Policy]):
    """Policy versions by id, each parsed when it is first asked for.

    One that cannot be parsed any more raises `PolicyError` for the runs that keep it, and for no
    other.
    """

    def __init__(self) -> None:
        """Start empty."""
        self._texts: dict[int, str] = {}
        self._parsed: dict[int, Policy] = {}

    def add(self, texts: Mapping[int, str]) -> None:
        """Take in versions that were read from the database."""
        self._texts.update(texts)

    def __getitem__(self, key: int) -> Policy:
        """Return the version with this id."""
        if key not in self._parsed:
            self._parsed[key] = _parsed(self._texts[key])
        return self._parsed[key]

    def __contains__(self, key: object) -> bool:
        """Whether there is such a version; without parsing it."""
        return key in self._texts

    def __iter__(self) -> Iterator[int]:
        """Iterate over the ids."""
        return iter(self._texts)

    def __len__(self) -> int:
        """How many versions there are."""
        return len(self._texts)


@dataclass(slots=True)
class RuleBook:
    """The rule texts an installation was given, and everything parsed from them so far.

    Several threads of a service share it: what it keeps is changed and looked up under its lock.
    A text that cannot be used is reported by the caller; the version before it stays in force.
    """

    zone: ZoneInfo
    shadow: bool = False
    fresh_hours: int | None = None
    _policies: Policies = field(default_factory=Policies)
    _present: set[store.Kind] = field(default_factory=set)
    """The kinds of text the database has a version of: it keeps every version for good."""
    _books: dict[str, tuple[CalendarBook, str]] = field(default_factory=dict)
    _handed: handovers.Known = field(default_factory=handovers.Known)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def load(
        self, engine: Engine, kind: store.Kind, text: str, at: datetime, *, default: bool = False
    ) -> bool:
        """Append `text` as a new version if it differs from the newest; True if it did.

        A `default` replaces nothing: it is what there is before anybody has brought a text.
        Raises `PolicyError` or `OverridesError` with every mistake, and then changes nothing.
        """
        if default and kind in self._present:
            return False
        with reading(engine) as connection:
            known = store.current_text(connection, kind)
        if known is not None:
            self._present.add(kind)
            if default or known[1] == text:
                return False
        if kind == "policy":
            _parsed(text, kinds())
        else:
            parse_overrides(text)
        with writing(engine) as connection:
            known = store.current_text(connection, kind)
            if known is not None and (default or known[1] == text):
                return False  # another worker was quicker
            store.add_version(connection, kind, text, at)
        return True

    def overrides(self, connection: Connection) -> Overrides:
        """Return the shipped corrections with the installation's own entries over them."""
        known = store.current_text(connection, "holidays")
        return merge(load_default(), parse_overrides(known[1])) if known else load_default()

    def world(self, engine: Engine) -> World:
        """Return the rules and people as they stand now; the policy has been loaded before."""
        with self._lock, reading(engine) as connection:
            self._policies.add(store.policy_texts(connection, self._policies))
            self._handed = handovers.renewed(connection, self._handed)
            return World(
                zone=self.zone,
                book=self._book(connection),
                policies=self._policies,
                current=max(self._policies),
                directory=load_directory(connection, handovers=self._handed.handovers),
                shadow=self.shadow,
                fresh_hours=self.fresh_hours,
                data_at=store.data_at(connection),
                told=told_statuses(connection),
            )

    def _book(self, connection: Connection) -> CalendarBook:
        known = store.current_text(connection, "holidays")
        text = known[1] if known else ""
        if text not in self._books:
            book = CalendarBook(self.overrides(connection), self.zone)
            self._books[text] = book, _fingerprint(book, text)
        return self._books[text][0]

    def follow_calendar(self, engine: Engine, world: World, at: datetime) -> list[Moved]:
        """Move open runs if working days are no longer those their due times were made by.

        Decrees change days off in mid-flight (April 2023, August 2025), and so may an upgrade of
        the `holidays` library, or a directory that gives an instansi another week or parent.
        Nothing moves to before `at`. Returns the runs that moved.
        """
        with self._lock:
            days = next(mark for book, mark in self._books.values() if book is world.book)
        fingerprint = _digest(days, _offices(world.directory))
        with reading(engine) as connection:
            if store.get_switch(connection, CALENDAR) == fingerprint:
                return []
        with writing(engine) as connection:
            known = store.get_switch(connection, CALENDAR)
            moved = list(_move(connection, world, at)) if known is not None else []
            store.set_switch(connection, CALENDAR, fingerprint, at)
        return moved


def preview(engine: Engine, world: World, at: datetime) -> list[Moved]:
    """Return which open runs `world`'s calendars would move, changing nothing."""
    with reading(engine) as connection:
        return list(_move(connection, world, at, dry=True))


def _fingerprint(book: CalendarBook, text: str) -> str:
    days = [book.calendar(week, ()).days_off() for week in (5, 6)]
    return _digest(days, text)


def _offices(directory: Directory) -> list[tuple[int, int, tuple[str, ...]]]:
    """Return what of each instansi decides its calendar: its week and the names of its line.

    Home's (whose calendar counts Kominfo's days) stands first.
    """
    home = directory.home
    ids = ([home.id] if home else []) + sorted(directory.bodies)
    lines = [directory.line(instansi_id) for instansi_id in ids]
    return [(line[0].id, line[0].hari_kerja, tuple(b.nama for b in line)) for line in lines]


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _move(
    connection: Connection, world: World, at: datetime, *, dry: bool = False
) -> Iterator[Moved]:
    for batch in open_run_ids(connection):
        desk = Desk(world, at)
        for case in load_cases(connection, batch, lock=not dry).values():
            held = case.hold_reason is not None
            runs = [run for run in case.runs if not held and run.paused_at is None]
            changed = [moved for run in runs if (moved := _follow(desk, case, run))]
            if changed and at >= case.last_event_at and not dry:
                desk.remark(case, "kalender", SYSTEM, "; ".join(_told(m, world) for m in changed))
            yield from changed
        if not dry:
            write(connection, desk.changes)


def _follow(desk: Desk, case: Case, run: OpenRun) -> Moved | None:
    """Recompute when to look at a run; return how it moved, None if it did not."""
    at = desk.at
    if not desk.world.knows(run):
        return None  # opened under rules newer than this snapshot, which the next pass reads
    old = (run.next_look_at, run.limit_at)
    # What is due already, or waits for the step before it, is not moved.
    due = old[0] is None or old[0] <= at or run.waiting or bool(run.last_error)
    try:
        desk.look_again(case, run)
    except PolicyError:
        return None  # its version cannot be read: the sweep says so when it is due
    if not due and run.next_look_at is not None and run.next_look_at < at:
        run.moved_at = at
        desk.look_again(case, run)
    if due:
        run.next_look_at = old[0]
    new = (run.next_look_at, run.limit_at)
    if old == new:
        return None
    nth = 1 if old[1] != new[1] else 0
    letters = tuple(r.step for r in run.recorded if r.formal)
    return Moved(case.number, run.clock, old[nth], new[nth], letters)


def _told(moved: Moved, world: World) -> str:
    def local(moment: datetime | None) -> str:
        return moment.astimezone(world.zone).isoformat() if moment else "-"

    return f"{moved.clock}: {local(moved.from_)} menjadi {local(moved.to)}"
