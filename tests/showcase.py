"""Three weeks of a fictional kabupaten, up to Wednesday 20 May 2026, 10.00 WIB.

About sixty complaints in every state a console must show, made the way real ones are: exports are
imported, phones write, users act through `bot.handling`, and a pass is done wherever the scheduler
would have looked. The same story every time, and nobody in it exists.
"""

from __future__ import annotations

import atexit
import re
import shutil
import sqlite3
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any, Final
from zoneinfo import ZoneInfo

from bot import entries, handling, handover
from bot.channels.dispatcher import Dispatcher
from bot.channels.gateway import GatewayError, OutcomeUnknownError, Outgoing, Sent
from bot.channels.simulator import Simulator
from bot.compose import Installation, open_installation
from bot.dialogue import decisions
from bot.entries import Typed
from bot.example import import_example
from bot.handling import Handled
from bot.uploads import read_next
from config.terms import Channel, Wewenang
from scheduler.case import Case
from scheduler.inbound import Media, Place
from scheduler.ledger import KOMINFO
from scheduler.lifecycle import Desk
from scheduler.store import attachments, cases, pairing, uploads
from scheduler.store.session import Connection, reading, sqlite_path, writing
from scheduler.world import World
from tests import accounts
from tests.database.builders import write_export
from tests.database.talking import Phones
from tests.factories import settings_for
from tests.showcase_texts import Subject
from tests.training import set_clock

WIB: Final = ZoneInfo("Asia/Jakarta")
NOW: Final = datetime(2026, 5, 20, 3, 0, tzinfo=UTC)
"""10.00 WIB on a Wednesday after a week with a holiday and a cuti bersama."""

USERS: Final[dict[str, tuple[Wewenang, str, str | None]]] = {
    "koordinator": (Wewenang.ADMIN_KOORDINATOR, "Gilang Misalnya", None),
    "operator": (Wewenang.OPERATOR, "Hana Misalnya", None),
    "pimpinan": (Wewenang.PIMPINAN, "Citra Contoh", None),
    "pengawas": (Wewenang.PENGAWAS, "Adi Contoh", None),
    "dpupr": (Wewenang.OPD, "Indra Umpama", "DPUPR"),
    "dinkes": (Wewenang.OPD, "Lestari Umpama", "Dinkes"),
}
"""Users by name: what they may do, how they are called, and which OPD they belong to."""

PASAR: Final = Place(-7.05, 113.05, "Jalan Contoh No. 1, Kecamatan Contoh Kota", "Pasar Contoh")

Do = Callable[[Connection, Desk, Case], None]


def at(text: str) -> datetime:
    """A moment of May 2026, such as "04 09:00", in the installation's zone, as UTC."""
    return datetime.fromisoformat(f"2026-05-{text}").replace(tzinfo=WIB).astimezone(UTC)


def citizen(who: int) -> str:
    """The number of a citizen's phone; nobody has it."""
    return f"+628120000{who:04}"


def picture(seed: int) -> bytes:
    """A PNG of 320 by 240 points: a road of some colour under some sky."""
    sky = bytes((110 + seed * 37 % 90, 150 + seed * 23 % 80, 200 + seed * 11 % 55))
    road = bytes((90 + seed * 7 % 40, 85 + seed * 5 % 30, 80))
    hole = bytes(channel // 2 for channel in road)
    lines = []
    for y in range(240):
        line = bytearray(sky * 320 if y < 90 else road * 320)
        if 140 < y < 200:
            left = 80 + seed * 13 % 60
            line[left * 3 : (left + 120) * 3] = hole * 120
        lines.append(b"\x00" + bytes(line))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", 320, 240, 8, 2, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(b"".join(lines)))
        + chunk(b"IEND", b"")
    )


class Unreliable(Simulator):
    """Simulated phones of which some cannot be reached, or leave it open whether they were."""

    def __init__(self, opened: Installation) -> None:
        super().__init__(opened.engine, opened.seal)
        self.gone: set[str] = set()
        self.doubtful: set[str] = set()

    def send(self, message: Outgoing) -> Sent:
        if message.to in self.gone:
            raise GatewayError("30005", permanent=True)
        if message.to in self.doubtful:
            raise OutcomeUnknownError("timeout")
        return super().send(message)

    def look_up(self, message: Outgoing, since: datetime) -> list[Sent]:
        if message.to in self.doubtful:
            raise OutcomeUnknownError("timeout")
        return list(super().look_up(message, since))


class Town:
    """The installation while its story is told; `to` lets time pass."""

    def __init__(self, opened: Installation, folder: Path) -> None:
        self.opened = opened
        self.folder = folder
        self.phones = Phones(opened)
        self.wire = Unreliable(opened)
        self.now = at("04 07:30")
        self.users: dict[str, int] = {}
        self.numbers: dict[str, str] = {}
        self._rows: dict[str, dict[str, str]] = {}
        self._forms = 0
        opened.dispatcher = Dispatcher(
            opened.engine,
            opened.seal,
            self.wire,
            lease_s=opened.settings.lease_s,
            unknown_after_s=opened.settings.unknown_after_s,
        )

    # --- time -----------------------------------------------------------------------------

    def to(self, when: str) -> None:
        """Go on to a moment; the scheduler looks when reminders are due, and at the end."""
        goal = at(when)
        for moment in _looks(self.now, goal):
            self.opened.tick(moment)
        self.now = goal

    # --- where complaints come from -------------------------------------------------------

    def export(self, name: str, *changed: dict[str, str]) -> None:
        """Bring in SP4N's export of this day: all rows so far, these new or changed."""
        for cells in changed:
            self._rows[cells["Tracking ID"]] = cells
        today = self.now.astimezone(WIB).date().isoformat()
        path = write_export(self.folder / name, list(self._rows.values()), generated=today)
        opened, user = self.opened, self.users["koordinator"]
        with writing(opened.engine) as connection:
            uploads.keep(connection, opened.seal, user, name, path.read_bytes(), self.now)
        assert read_next(opened)

    def enters(self, subject: Subject, sumber: str, *, who: int | None = None, **facts: Any) -> str:
        """Type in a complaint of the counter, a letter or the press; return its number."""
        self._forms += 1
        typed = Typed(
            judul=subject.judul,
            isi=subject.isi,
            kategori=subject.kategori,
            sumber=sumber,
            received_at=self.now,
            reporter=f"Pelapor Contoh {who}" if who is not None else None,
            phone=citizen(who) if who is not None else None,
            tell=who is not None,
            **facts,
        )
        operator = self.users["operator"]
        key = entries.enter(self.opened, operator, f"contoh-{self._forms}", typed, self.now)
        with reading(self.opened.engine) as connection:
            return cases.load_cases(connection, [key])[key].number

    def reports(self, who: int, subject: Subject, *, photos: int = 0, sms: bool = False) -> str:
        """Have a citizen report something from a phone; return the number he is told."""
        media = tuple(Media(f"https://media.example/{who}/{n}", "image/png") for n in range(photos))
        self.phones.says(
            citizen(who),
            subject.isi,
            self.now,
            Channel.SMS if sms else Channel.WHATSAPP,
            place=None if sms else PASAR,
            media=media,
            profile=None if sms else f"Warga Contoh {who}",
        )
        with writing(self.opened.engine) as connection:
            while (due := attachments.claim(connection, self.opened.seal, self.now)) is not None:
                content = picture(due.id)
                attachments.keep(connection, self.opened.seal, due.id, content, "image/png")
        if (found := self._told(who)) is None:  # asked for what is missing
            self.phones.says(citizen(who), "Sejak kemarin pagi, di Desa Tambak Sari", self.now)
            found = self._told(who)
        assert found is not None, self.phones.reply(citizen(who))
        return found.group()

    def _told(self, who: int) -> re.Match[str] | None:
        return re.search(r"SPG-\d{4}-\d{4}", self.phones.reply(citizen(who)))

    # --- what is done ---------------------------------------------------------------------

    def world(self) -> World:
        return self.opened.world(self.now)

    def body(self, short: str) -> int:
        bodies = self.world().directory.bodies.values()
        return next(body.id for body in bodies if body.short == short)

    def do(self, who: str, verb: str, do: Do, *numbers: str) -> Handled:
        """Have a user do something at the console."""
        with reading(self.opened.engine) as connection:
            keys = [cases.find(connection, number) for number in numbers]
        assert None not in keys, numbers
        ids = [key for key in keys if key is not None]
        done = handling.handle(self.opened, self.users[who], verb, ids, self.now, do)
        assert not done.refused, done.refused
        return done

    def verify(self, *numbers: str, who: str = "operator") -> None:
        self.do(who, "verify", lambda _c, desk, case: desk.verify(case, KOMINFO), *numbers)

    def dispose(self, short: str, *numbers: str, who: str = "operator") -> None:
        body = self.body(short)
        self.do(who, "dispose", lambda _c, desk, case: desk.dispose(case, body, KOMINFO), *numbers)

    def archive(self, number: str, reason: str) -> None:
        self.do(
            "koordinator",
            "archive",
            lambda _c, desk, case: desk.archive(case, KOMINFO, reason),
            number,
        )

    def pause(self, number: str, reason: str) -> None:
        """Ask the reporter for what is missing."""
        self.do(
            "operator", "pause", lambda _c, desk, case: desk.pause(case, KOMINFO, reason), number
        )

    def decide(self, number: str, *, yes: bool, reason: str | None = None) -> None:
        """Decide what an officer asked for."""

        def do(connection: Connection, desk: Desk, case: Case) -> None:
            decisions.decide(connection, desk, case, KOMINFO, yes=yes, reason=reason)

        self.do("koordinator", "decide", do, number)

    def pair(self, number: str, tracking_id: str) -> None:
        """Say which complaint of SP4N is one of ours."""
        world = self.world()
        with writing(self.opened.engine) as connection:
            pairing.link(connection, world, number, tracking_id, self.now)

    def hand_over(self, giver: str, taker: str, until: str, reason: str) -> None:
        """Hand all duties of a post to another from today on, both by their jabatan."""
        world = self.world()
        posts = {post.jabatan: post for post in world.directory.posts.values()}
        today, last = world.today(self.now), date.fromisoformat(f"2026-05-{until}")
        with reading(self.opened.engine) as connection:
            duties = handover.duties(connection, world, posts[giver], today, last)
        wanted = handover.Wanted(
            giver=posts[giver],
            taker=posts[taker],
            mulai=today,
            selesai=last,
            reason=reason,
            complaint_ids=frozenset(one.id for one in duties),
        )
        user = self.users["koordinator"]
        handover.hand_over(
            self.opened.engine, world, wanted, self.now, user_id=user, actor="koordinator"
        )

    def officer(self, number: str, text: str) -> None:
        """Have an officer write from his phone."""
        effect = self.phones.says(number, text, self.now)
        assert effect not in ("tidak dikenal", "aduan"), (text, effect)


def _looks(start: datetime, goal: datetime) -> Iterator[datetime]:
    """The moments after `start`, up to `goal`, at which the scheduler looks."""
    first = min(start + timedelta(minutes=2), goal)
    yield first
    moment = first.replace(minute=0, second=0, microsecond=0)
    while (moment := moment + timedelta(hours=1)) < goal:
        if moment.astimezone(WIB).hour in (8, 16):
            yield moment
    yield goal


@contextmanager
def showcase(url: str, **settings: Any) -> Iterator[Installation]:
    """The town on the empty database at `url`, its clock at `NOW`; closed in the end.

    It is told once in a process: another SQLite database of it is a copy.
    """
    file = sqlite_path(url)
    if file is not None:
        shutil.copyfile(_told_once(file.parent.parent), file)
    opened = open_installation(replace(settings_for(url), **settings))
    try:
        if file is None:
            with TemporaryDirectory() as folder:
                furnish(opened, Path(folder))
        set_clock(opened, NOW)
        yield opened
    finally:
        opened.close()


@cache
def _told_once(beside: Path) -> Path:
    folder = Path(mkdtemp(prefix="ingat-showcase-", dir=beside))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with closing(open_installation(settings_for(f"sqlite:///{folder / 'ingat.db'}"))) as opened:
        furnish(opened, folder)
    with closing(sqlite3.connect(folder / "ingat.db")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return folder / "ingat.db"


def furnish(opened: Installation, folder: Path) -> Town:
    """Tell the whole story in an empty installation; exports are written into `folder`."""
    from tests import showcase_story

    usual = opened.dispatcher, opened.now
    town = Town(opened, folder)
    opened.now = lambda: town.now  # type: ignore[method-assign]
    with writing(opened.engine) as connection:
        import_example(connection, opened.seal, town.now.astimezone(WIB).date())
    for name, (wewenang, nama, short) in USERS.items():
        body = town.body(short) if short else None
        town.users[name] = accounts.add(
            opened, name, wewenang, nama=nama, instansi_id=body, password=None
        )
    showcase_story.tell(town)
    opened.dispatcher.close()
    opened.dispatcher, opened.now = usual  # type: ignore[method-assign]
    return town
