"""A small office on a database of the test: the example directory, complaints, a clock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from importlib.resources import files
from zoneinfo import ZoneInfo

from bot.channels.gateway import Outgoing, Sent
from bot.channels.simulator import Simulator
from bot.compose import Installation, Tick, open_installation
from config.settings import Settings
from scheduler.case import Case
from scheduler.lifecycle import Desk
from scheduler.store import cases
from scheduler.store.listing import NoticeRow, notices
from scheduler.store.phones import inbox
from scheduler.store.sealed import new_key
from scheduler.store.session import reading, writing
from tests.directories import read_in
from tests.policies import without_sums

WIB = ZoneInfo("Asia/Jakarta")
KEY = new_key()


def at(text: str) -> datetime:
    """A moment in the installation's zone, as UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=WIB).astimezone(UTC)


class Office:
    """One installation under test."""

    def __init__(self, url: str, **settings: object) -> None:
        """Open it with the shipped policy, but without its figures of the morning by default."""
        usual = Settings(database_url=url, data_key=KEY, policy_file=without_sums())
        chosen = replace(usual, **settings)  # type: ignore[arg-type]
        self.opened: Installation = open_installation(chosen)
        self.engine = self.opened.engine
        with writing(self.engine) as connection:
            data = files("config").joinpath("directory.example.csv").read_bytes()
            read_in(connection, self.opened.seal, data, at("2026-05-01").date())

    def close(self) -> None:
        self.opened.close()

    def dispose(
        self, number: str, short: str, when: str, received: str | None = None, **facts: object
    ) -> None:
        """Receive an SP4N complaint and hand it to an OPD at once."""
        moment = at(when)
        desk = Desk(self.opened.world(moment), moment)
        came = at(received) if received else moment
        case = Case("Jalan rusak", "Jalan rusak", came, came, tracking_id=number, **facts)  # type: ignore[arg-type]
        with writing(self.engine) as connection:
            desk.receive(case, "sp4n", waits=False)
            desk.dispose(case, self.body(short), "kominfo")
            cases.write(connection, desk.changes)

    def body(self, short: str) -> int:
        bodies = self.opened.world(at("2026-05-01")).directory.bodies.values()
        return next(b.id for b in bodies if short in (b.short, b.nama))

    def do(self, number: str, when: str, verb: Callable[[Desk, Case], None]) -> None:
        moment = at(when)
        desk = Desk(self.opened.world(moment), moment)
        with writing(self.engine) as connection:
            key = cases.find(connection, number)
            assert key is not None
            verb(desk, cases.load_cases(connection, [key], lock=True)[key])
            cases.write(connection, desk.changes)

    def tick(self, when: str) -> Tick:
        return self.opened.tick(at(when))

    def notices(self) -> list[NoticeRow]:
        with reading(self.engine) as connection:
            return list(notices(connection))

    def told(self) -> list[str]:
        """What simulated phones received, in order of arrival."""
        with reading(self.engine) as connection:
            return [text for _, _, text in inbox(connection)]


class Wire(Simulator):
    """Simulated phones behind a wire that fails as it is told to, before or after delivery."""

    def __init__(self, office: Office) -> None:
        super().__init__(office.engine, office.opened.seal)
        self.before: list[Exception] = []
        self.after: list[Exception] = []
        self.asked: list[Exception] = []
        self.posts = 0

    def send(self, message: Outgoing) -> Sent:
        self.posts += 1
        if self.before:
            raise self.before.pop(0)
        sent = super().send(message)
        if self.after:
            raise self.after.pop(0)
        return sent

    def look_up(self, message: Outgoing, since: datetime) -> Sequence[Sent]:
        if self.asked:
            raise self.asked.pop(0)
        return super().look_up(message, since)
