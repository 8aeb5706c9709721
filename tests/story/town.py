"""A kabupaten in which stories happen: phones, Kominfo's desk, and a clock that is moved.

A story claims every message that a phone gets, by words that stand in it. Before the clock is
moved, and at the end, a message that nobody claimed fails the story and is printed. Only Kominfo's
summary of the morning, once a day, is taken for granted.

    warga = town.citizen()
    warga.says("Lampu jalan di Desa Contoh mati sejak kemarin")
    number = warga.expects("dicatat no. SPG-").number
    town.kominfo.disposes(number, "DPUPR")
    town.post("Admin DPUPR").expects(number).presses("TERIMA")
    town.at("Kam 08.00")
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from datetime import time as hour
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Self
from zoneinfo import ZoneInfo

import pytest

from bot import templates, verbs
from bot.channels.twilio_gateway import TwilioGateway
from bot.compose import open_installation
from bot.media import fetch_due
from bot.sp4n.importer import import_export
from bot.web.app import create_app
from config.settings import Settings
from config.terms import Channel
from scheduler.case import Case
from scheduler.lifecycle import Desk
from scheduler.store import phones
from scheduler.store import templates as pushed
from scheduler.store.session import reading, writing
from scheduler.store.training import next_due
from tests.database.builders import row, write_export
from tests.directories import read_in
from tests.fakes.sms_gate import FakePhone
from tests.fakes.twilio_server import FakeTwilio
from tests.story.handsets import DAYS, WIB, Got, Phone, Saying
from tests.story.record_room import KEY, RecordRoom
from tests.story.wires import PUBLIC, WHATSAPP_FROM, Said, Sms, WhatsApp, Wire, post

MONDAY = "2026-11-23 09.00"
"""When stories begin: a week without days off lies ahead."""

PHOTO = b"\xff\xd8\xff\xe0" + b"\x00" * 60

_STOPS = (hour(6, 30), hour(7, 30), hour(8), hour(16))
_SUMMARY = re.compile(
    r"(?:Yth\. Kominfo, )?ringkasan aduan(?!.*Menunggu Bapak)", re.IGNORECASE | re.DOTALL
)
_WEEKDAY = re.compile(r"(?:([A-Z][a-z]{2})\s+)?(\d{1,2})[.:](\d{2})")
_DIRECTORY = (
    "instansi,jenis,induk,hari_kerja,peran,jabatan,nama,nip,telepon,status_jabatan,mulai,selesai\n"
)


@dataclass
class KominfoDesk:
    """What Kominfo's people do at the console; whom it tells is told before it returns."""

    town: Town
    actor: str = "kominfo"

    def does(self, number: str, verb: Callable[[Desk, Case], object]) -> None:
        verbs.act(self.town.opened, number, self.town.now, lambda desk, case: _do(verb, desk, case))
        self.town.pass_()

    def verifies(self, number: str) -> None:
        self.does(number, lambda desk, case: desk.verify(case, self.actor))

    def disposes(self, number: str, instansi: str) -> None:
        def verb(desk: Desk, case: Case) -> None:
            body = verbs.instansi_named(desk.world.directory, instansi)
            desk.dispose(case, body.id, self.actor)

        self.does(number, verb)

    def pauses(self, number: str, reason: str) -> None:
        self.does(number, lambda desk, case: desk.pause(case, self.actor, reason))

    def archives(self, number: str, reason: str) -> None:
        self.does(number, lambda desk, case: desk.archive(case, self.actor, reason))

    def imports(self, number: str, instansi: str, status: str = "Terverifikasi") -> None:
        """Import an export of SP4N with one complaint, received this morning at 08.00."""
        town = self.town
        received = f"{town.now.astimezone(WIB):%Y-%m-%d}T08:00"
        if (known := town.find(number)) is not None:
            received = known.received_at.astimezone(WIB).replace(tzinfo=None).isoformat()
        nama = verbs.instansi_named(town.opened.world(town.now).directory, instansi).nama
        with TemporaryDirectory() as folder:
            rows = [row(number, received, status, nama)]
            report = import_export(
                town.opened.engine,
                town.opened.seal,
                town.opened.world(town.now),
                write_export(Path(folder) / "ekspor.xlsx", rows),
                town.now,
                source_tz=ZoneInfo("UTC"),
                disposed_at="received",
            )
        assert not report.rejected, report
        town.pass_()


def _do(verb: Callable[[Desk, Case], object], desk: Desk, case: Case) -> None:
    verb(desk, case)


@dataclass
class Town(RecordRoom):
    """One installation, its people and the time. Used with `with`: the end is a check too."""

    url: str
    twilio: FakeTwilio
    android: FakePhone
    begins: str = MONDAY
    settings: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.now = _moment(self.begins)
        self.got: list[Got] = []
        self.told = False
        """The story has failed already: what was not claimed says nothing more."""
        self.opened = open_installation(self._settings())
        self._import(files("config").joinpath("directory.example.csv").read_bytes())
        self._approve_templates()
        self.android.reset()
        self.app = create_app(self.opened, lambda: self.now)
        self.wires: Mapping[Channel, Wire] = {
            Channel.WHATSAPP: WhatsApp(self.twilio),
            Channel.SMS: Sms(self.android),
        }
        self.kominfo = KominfoDesk(self)
        self._citizens = 0

    def _settings(self) -> Settings:
        chosen = Settings(
            database_url=self.url,
            data_key=KEY,
            gateway="twilio",
            public_url=PUBLIC,
            twilio_account_sid=self.twilio.account_sid,
            twilio_auth_token=self.twilio.token,
            twilio_whatsapp_from=WHATSAPP_FROM,
            twilio_api_base_url=self.twilio.base_url,
            twilio_mps=10_000,
            twilio_threads=2,
            smsgate_url=self.android.base_url,
            smsgate_username=self.android.username,
            smsgate_password=self.android.password,
            smsgate_signing_key=self.android.signing_key,
            smsgate_number=self.android.number,
            smsgate_per_minute=100_000,
        )
        return replace(chosen, **self.settings)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if error is None and not self.told:
                self.all_claimed()
        finally:
            self.opened.close()

    # --- people ---------------------------------------------------------------------------

    def citizen(self, name: str = "", channel: Channel = Channel.WHATSAPP) -> Phone:
        """A citizen with a phone that nobody knows yet."""
        self._citizens += 1
        number = f"+62811000095{self._citizens:02}"
        return Phone(self, name or f"warga {self._citizens}", number, channel)

    def post(self, label: str) -> Phone:
        """The phone that stands for a post today, by the beginning of the post's label."""
        world = self.opened.world(self.now)
        found = [
            post
            for post in world.directory.posts.values()
            if post.label == label or post.label.startswith(f"{label},")
        ]
        assert len(found) == 1, f"{label}: {[post.label for post in found]}"
        phone_id = world.directory.phone(found[0].id, world.today(self.now))
        assert phone_id is not None, f"nobody stands for {label}"
        with reading(self.opened.engine) as connection:
            (sealed,) = phones.sealed_numbers(connection, [phone_id]).values()
        return Phone(self, label, self.opened.seal.open(sealed))

    def appoints(self, line: str) -> None:
        """Import a line of the directory, columns as far as `selesai`."""
        self._import(f"{_DIRECTORY}{line}\n".encode())

    def _import(self, data: bytes) -> None:
        today = self.now.astimezone(WIB).date()
        with writing(self.opened.engine) as connection:
            read_in(connection, self.opened.seal, data, today)

    # --- what phones send -----------------------------------------------------------------

    def send(self, messages: Sequence[Saying]) -> None:
        """Let phones write, all at this moment; every message is heard and answered."""
        requests = []
        for phone, text, channel, said in messages:
            one = Said(phone.number, text, **said)
            requests.append(self.wires[channel].request(one, self.now))
        post(self.app, requests)
        if any(said.get("photos") for _, _, _, said in messages):
            fetch_due(self.opened, self.now)
        heard = self.opened.converse(self.now)
        assert not heard.problems, heard.problems
        self.pass_()

    # --- the clock ------------------------------------------------------------------------

    def pass_(self) -> None:
        """Do one pass at this moment; what it sent is delivered."""
        done = self.opened.tick(self.now)
        assert not any((done.problems, done.failed, done.unknown)), done
        self.receive(reported=True)

    def receive(self, *, reported: bool) -> None:
        """Let arrive what was sent; it is `reported` as delivered, or not yet."""
        for channel, wire in self.wires.items():
            for landed in wire.landed():
                assert landed.channel is channel
                got = Got(landed, self.now)
                got.claimed = self._is_routine(got)
                self.got.append(got)
                if reported:
                    post(self.app, [wire.delivered(landed, self.now)])

    def _is_routine(self, got: Got) -> bool:
        """Whether it is the morning's summary for Kominfo, the first of its day on that phone."""

        def day_and_phone(one: Got) -> tuple[date, str]:
            return one.at.astimezone(WIB).date(), one.landed.number

        return bool(_SUMMARY.match(got.text)) and not any(
            _SUMMARY.match(one.text) and day_and_phone(one) == day_and_phone(got)
            for one in self.got
        )

    def at(self, moment: str) -> None:
        """Go on to a weekday and time ("Kam 08.00"), a time, or "2026-11-26 08.00"."""
        self._go(_moment(moment, self.now))

    def passes(self, **span: float) -> None:
        """Let a span of time pass: minutes=30, days=2."""
        self._go(self.now + timedelta(**span))

    def working_days(self, count: int, at: str | None = None) -> None:
        """Go on to a later working day, at the same hour or another."""
        local = self.now.astimezone(WIB)
        day = self.opened.world(self.now).calendar(None).nth_after(local.date(), count)
        clock = local.time() if at is None else hour(int(at[:2]), int(at[3:]))
        self._go(datetime.combine(day, clock, WIB).astimezone(UTC))

    def _go(self, goal: datetime) -> None:
        """Move the clock by every moment at which something may be due."""
        self.all_claimed()
        assert goal >= self.now, f"the clock does not go back to {goal}"
        while self.now < goal:
            with reading(self.opened.engine) as connection:
                due = next_due(connection, self.now)
            self.now = min(goal, due or goal, _next_stop(self.now))
            self.pass_()

    def all_claimed(self) -> None:
        """Fail if a phone got a message that the story did not expect."""
        __tracebackhide__ = True
        left = [got for got in self.got if not got.claimed]
        if left:
            names = self._names({got.landed.number for got in left})
            self.told = True
            lines = "".join(f"\n  {names[got.landed.number]}: {got}" for got in left)
            raise AssertionError(f"{len(left)} unexpected messages:{lines}")

    def _names(self, numbers: Collection[str]) -> dict[str, str]:
        names = {number: f"warga {number[-4:]}" for number in numbers}
        directory = self.opened.world(self.now).directory
        today = self.now.astimezone(WIB).date()
        for found in directory.posts.values():
            phone_id = directory.phone(found.id, today)
            if phone_id is None:
                continue
            with reading(self.opened.engine) as connection:
                (sealed,) = phones.sealed_numbers(connection, [phone_id]).values()
            number = self.opened.seal.open(sealed)
            if number in names:
                names[number] = found.label.partition(",")[0]
        return names

    # --- templates ------------------------------------------------------------------------

    def _approve_templates(self) -> None:
        """Have every template approved; the fake keeps those of the story before."""
        gateway = self.opened.gateway
        assert isinstance(gateway, TwilioGateway)
        wanted = templates.wanted(self.opened.world(self.now).policy.tanda, two_way=True)
        there = {each["friendly_name"]: each["sid"] for each in self.twilio.contents()}
        if {one.name for one in wanted} <= there.keys():
            with writing(self.opened.engine) as connection:
                for one in wanted:
                    sid = there[one.name]
                    pushed.save(connection, one.name, sid, "approved", None, self.now)
            return
        assert all(one.ok for one in templates.push(gateway, self.opened.engine, wanted, self.now))
        for content in self.twilio.contents():
            self.twilio.approve(content["sid"], "approved")
        templates.refresh(gateway, self.opened.engine, wanted, self.now)


def _next_stop(now: datetime) -> datetime:
    """The next hour at which something may be due by the calendar alone."""
    local = now.astimezone(WIB)
    days = (local.date(), local.date() + timedelta(days=1))
    stops = (datetime.combine(day, stop, WIB) for day in days for stop in _STOPS)
    return next(stop for stop in stops if stop > local).astimezone(UTC)


def _moment(text: str, now: datetime | None = None) -> datetime:
    """A moment in local time, as UTC: "2026-11-26 08.00", or the next "Kam 08.00" after `now`."""
    found = _WEEKDAY.fullmatch(text)
    if found is None:
        return datetime.strptime(text, "%Y-%m-%d %H.%M").replace(tzinfo=WIB).astimezone(UTC)
    assert now is not None
    day, hours, minutes = found.groups()
    local = now.astimezone(WIB)
    wanted = local.replace(hour=int(hours), minute=int(minutes), second=0, microsecond=0)
    while wanted <= local or (day and DAYS[wanted.weekday()] != day):
        wanted += timedelta(days=1)
    return wanted.astimezone(UTC)


ON_BOTH = pytest.mark.parametrize("town", ["sqlite", "postgres"], indirect=True)
"""A story that is told on both databases."""

__all__ = ["ON_BOTH", "PHOTO", "Channel", "Got", "Phone", "Town"]
