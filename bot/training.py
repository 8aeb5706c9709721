"""The training room of a Bimtek: simulated phones that write, and a clock that can be moved.

Everything goes the way it goes in earnest: a text from a phone is an `Arrived` that is kept, heard
and answered by a pass; a step of Kominfo is the same verb a command uses. Only the clock is the
room's own, and it never goes back.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from datetime import time as hour
from typing import Final, Literal

from bot.channels.simulator import SENDER
from bot.compose import SIMULATOR_OFFSET, Installation
from bot.example import import_example
from bot.verbs import act
from config.terms import Channel, Peran
from scheduler import clock
from scheduler.case import Case
from scheduler.complaint import RefusedError
from scheduler.directory import NAMES, Directory
from scheduler.inbound import Arrived, Place
from scheduler.ledger import KOMINFO
from scheduler.lifecycle import Desk
from scheduler.runner import fault
from scheduler.store.directory import load_directory
from scheduler.store.phones import sealed_numbers
from scheduler.store.rules import set_switch
from scheduler.store.session import Connection, reading, writing
from scheduler.store.training import next_due
from scheduler.world import World

log = logging.getLogger(__name__)

LONGEST_TEXT: Final = 1600
"""Characters of one message; a provider takes no more."""
MORNING: Final = hour(8)
CUT_OFF: Final = hour(16)

Leap = Literal["jam-1", "jam-4", "pagi", "sore", "hari-1", "hari-5"]
"""How far the clock is moved: hours, to the next 08.00 or 16.00 of a working day, working days."""

EXAMPLE_PLACE: Final = Place(-7.05, 113.05, "Jalan Contoh No. 1, Kec. Contoh Kota", "Pasar Contoh")
CITIZENS: Final = (
    ("warga-1", "Warga A", Channel.WHATSAPP, "+6281100009001"),
    ("warga-2", "Warga B", Channel.SMS, "+6281100009002"),
)
"""Two people nobody has the numbers of, one on each channel."""
OFFICERS: Final = (
    Peran.ADMIN_KOORDINATOR,
    Peran.ADMIN_OPD,
    Peran.PEJABAT_PENGHUBUNG,
    Peran.KEPALA_OPD,
    Peran.ASISTEN,
    Peran.SEKDA,
)
"""Whose phones lie on the table: Kominfo, then from who answers to whom a delay climbs to."""


class TrainingError(Exception):
    """What was asked for cannot be done in the room now; one Indonesian sentence."""


@dataclass(frozen=True, slots=True)
class Handset:
    """A phone on the table. `number` stays in this process: the page knows it by its `key`."""

    key: str
    role: str
    title: str
    number: str
    channel: Channel


@dataclass(frozen=True, slots=True)
class Move:
    """A move of the clock, under way or over."""

    start: datetime
    goal: datetime
    at: datetime
    done: bool = False
    failed: bool = False

    @property
    def part(self) -> float:
        """How much of the way is behind it, 0 to 1."""
        whole = self.goal - self.start
        return (self.at - self.start) / whole if whole else 1.0


def goal_of(leap: Leap, now: datetime, world: World) -> datetime:
    """Return where a leap from `now` ends (UTC), by the calendar of the kabupaten's own office."""
    local = now.astimezone(world.zone)
    days = world.calendar(None)
    kind, _, count = leap.partition("-")
    if kind == "jam":
        return now + timedelta(hours=int(count))
    if kind == "hari":
        day = days.nth_after(local.date(), int(count))
        return datetime.combine(day, local.time(), world.zone).astimezone(UTC)
    at = MORNING if kind == "pagi" else CUT_OFF
    day = local.date()
    if not days.is_working(day) or local.time() >= at:
        day = days.nth_after(day, 1)
    return datetime.combine(day, at, world.zone).astimezone(UTC)


class Room:
    """One training room; whatever happens in it happens one after the other."""

    def __init__(self, opened: Installation) -> None:
        """Open the room of an installation whose phones are simulated."""
        self.opened = opened
        self.move: Move | None = None
        """The latest move of the clock."""
        self._turn = threading.Lock()
        """Held for each step: nobody acts at a moment that the clock has left behind."""
        self._starting = threading.Lock()
        self._ruled = False

    def world(self, at: datetime) -> World:
        """Return rules and people to look at, changing nothing once there are rules.

        Raises `RuleFileError` where there is no policy that could be used.
        """
        if not self._ruled:
            self.opened.load_rules(at)  # a web without a scheduler may be the first to look
            self._ruled = True
        return self.opened.rules.world(self.opened.engine)

    # --- the clock ------------------------------------------------------------------------

    def start(self, leap: Leap) -> Move:
        """Begin to move the clock, in a thread: every pass on the way is done, in order.

        Raises `TrainingError` while another move is under way.
        """
        with self._starting:
            if self.move is not None and not self.move.done:
                raise TrainingError("Jam masih bergerak; tunggu sampai selesai.")
            now = self.opened.now()
            try:
                goal = goal_of(leap, now, self.world(now))
            except (ValueError, OverflowError):
                raise TrainingError("Kalender tidak sampai sejauh itu.") from None
            self.move = Move(now, goal, now)
        # What ends the process ends the move: the clock stays at the last pass that was done.
        threading.Thread(target=self._run, name="training-clock", daemon=True).start()
        return self.move

    def _run(self) -> None:
        assert self.move is not None
        try:
            while self.move.at < self.move.goal:
                self._step(self.move.goal)
                time.sleep(0.001)  # whoever waits to write something has his turn
            self.move = replace(self.move, done=True)
        except Exception as error:  # noqa: BLE001 - the room goes on from where the clock stands
            log.error("clock_move_failed %s", fault(error))  # noqa: TRY400 - no values
            self.move = replace(self.move, done=True, failed=True)

    def _step(self, goal: datetime) -> None:
        """Set the clock to the next moment something is due, a full hour at the most, and pass."""
        assert self.move is not None
        with self._turn:
            at = self.opened.now()
            with reading(self.opened.engine) as connection:
                due = next_due(connection, at)
            zone = self.opened.settings.timezone
            local = at.astimezone(zone).replace(minute=0, second=0, microsecond=0)
            stops = (local.astimezone(UTC) + timedelta(hours=1), goal, due or goal)
            at = max(at, min(stops))
            self._set(at)
            self.opened.tick(at)
            self.move = replace(self.move, at=at)

    def _set(self, at: datetime) -> None:
        ahead = (at - clock.now()).total_seconds()
        with writing(self.opened.engine) as connection:
            set_switch(connection, SIMULATOR_OFFSET, str(ahead), at)

    # --- the phones -----------------------------------------------------------------------

    def handsets(
        self, connection: Connection, directory: Directory, at: datetime, instansi_id: int | None
    ) -> list[Handset]:
        """Return the phones on the table: citizens, Kominfo, then officers around one OPD.

        A phone that stands for several posts lies there once.
        """
        today = at.astimezone(self.opened.settings.timezone).date()
        found: dict[int, list[tuple[str, str, str]]] = {}
        for peran in OFFICERS:
            for post in directory.resolve(peran, instansi_id, today)[:1]:
                phone_id = directory.phone(post.id, today)
                if phone_id is not None:
                    told = (f"post-{post.id}", NAMES[peran], post.jabatan)
                    found.setdefault(phone_id, []).append(told)
        numbers = sealed_numbers(connection, found)
        table = [Handset(key, name, "", number, way) for key, name, way, number in CITIZENS]
        for phone_id, posts in found.items():
            keys, roles, titles = zip(*posts, strict=True)
            number = self.opened.seal.open(numbers[phone_id])
            table.append(
                Handset(keys[0], " / ".join(roles), " / ".join(titles), number, Channel.SMS)
            )
        return table

    def say(self, key: str, text: str, *, place: bool = False) -> None:
        """Send a message from a phone, and let it be heard and answered; refused if it is empty."""
        text = text.strip()
        if not text and not place:
            raise TrainingError("Tulis pesan dahulu.")
        if len(text) > LONGEST_TEXT:
            raise TrainingError(f"Pesan paling panjang {LONGEST_TEXT} huruf.")
        with self._turn:
            at = self.opened.now()
            channel, number = self._line(key, at)
            arrived = Arrived(
                sid=f"SI{uuid.uuid4().hex}",
                channel=channel,
                sender=number,
                text=text,
                received_at=at,
                to=SENDER,
                place=EXAMPLE_PLACE if place else None,
            )
            self.opened.hear([arrived])
            self.opened.listen(at)
            self.opened.tick(at)

    def _line(self, key: str, at: datetime) -> tuple[Channel, str]:
        """Return the channel and number of a phone by its key."""
        for name, _, channel, number in CITIZENS:
            if name == key:
                return channel, number
        kind, _, post = key.partition("-")
        with reading(self.opened.engine) as connection:
            directory = load_directory(connection)
            today = at.astimezone(self.opened.settings.timezone).date()
            known = kind == "post" and post.isdecimal() and int(post) in directory.posts
            phone_id = directory.phone(int(post), today) if known else None
            if phone_id is None:
                raise TrainingError("Telepon itu tidak ada di meja ini.")
            sealed = sealed_numbers(connection, [phone_id])[phone_id]
        return Channel.SMS, self.opened.seal.open(sealed)

    # --- Kominfo's desk -------------------------------------------------------------------

    def verify(self, number: str) -> None:
        """Accept a complaint as one, as Kominfo."""
        self._act(number, lambda desk, case: desk.verify(case, KOMINFO))

    def dispose(self, number: str, instansi_id: int) -> None:
        """Hand a complaint to an OPD, as Kominfo; the OPD's phones ring."""

        def do(desk: Desk, case: Case) -> None:
            if instansi_id not in desk.world.directory.bodies:
                raise RefusedError("Pilih perangkat daerah tujuan.")
            desk.dispose(case, instansi_id, KOMINFO)

        self._act(number, do)

    def _act(self, number: str, do: Callable[[Desk, Case], None]) -> None:
        with self._turn:
            at = self.opened.now()
            act(self.opened, number, at, do)
            self.opened.tick(at)

    def load_example(self) -> None:
        """Bring in the fictional kabupaten; refused where there is a directory already."""
        today = self.opened.now().astimezone(self.opened.settings.timezone).date()
        with self._turn, writing(self.opened.engine) as connection:
            if load_directory(connection).bodies:
                raise TrainingError("Direktori sudah terisi.")
            import_example(connection, self.opened.seal, today)
