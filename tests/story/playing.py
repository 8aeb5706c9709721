"""Plays complaints and ticks in the order of time."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from bot.compose import Installation
from config.terms import Klasifikasi
from tests.factories import ACTOR, Kominfo, opds
from tests.story.reference import Pause
from tests.story.windows import Window, starts

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Plan:
    """What will happen to one complaint; `received_at` is not after `disposed_at`."""

    number: str
    opd: str
    received_at: datetime
    disposed_at: datetime
    klasifikasi: Klasifikasi | None = None
    pauses: tuple[Pause, ...] = ()
    answered_at: datetime | None = None

    def events(self) -> Iterator[tuple[datetime, str]]:
        """When what is done to it, in order."""
        yield self.received_at, "receive"
        yield self.disposed_at, "dispose"
        for began, ended in self.pauses:
            yield began, "pause"
            yield ended, "resume"
        if self.answered_at is not None:
            yield self.answered_at, "answer"

    def paused(self, at: datetime) -> bool:
        """Whether it is paused at a tick."""
        return any(began <= at < ended for began, ended in self.pauses)


def plans(window: Window, seed: int, n: int, *, eventful: bool = False) -> list[Plan]:
    """`n` complaints with random starts; if `eventful`, many are paused or answered under way."""
    random = Random(f"plans/{window.name}/{seed}")
    made = []
    for number, at in enumerate(starts(window, seed, n), start=9_000_001):
        # Some wait so long for their disposition that Kominfo is reminded meanwhile.
        waited = random.choice([timedelta(), 30 * MINUTE, _up_to(8 * DAY, random)])
        klasifikasi = random.choice([None, *Klasifikasi])
        plan = Plan(str(number), random.choice(opds()), at - waited, at, klasifikasi)
        made.append(_with_events(plan, random) if eventful else plan)
    return made


def _with_events(plan: Plan, random: Random) -> Plan:
    """Pause up to twice, anywhere from the disposition on, and answer two in five."""
    edges = [plan.disposed_at + random.choice([timedelta(), _up_to(4 * DAY, random)])]
    for _ in range(3):
        edges.append(edges[-1] + _up_to(random.choice([DAY / 8, 5 * DAY]), random))
    pauses = tuple(zip(edges[::2], edges[1::2], strict=True))[: random.choice([0, 0, 1, 1, 2])]
    ready = pauses[-1][1] if pauses else plan.disposed_at
    answered = ready + _up_to(9 * DAY, random) if random.random() < 0.4 else None
    return replace(plan, pauses=pauses, answered_at=answered)


def _up_to(most: timedelta, random: Random) -> timedelta:
    return random.randint(1, most // MINUTE) * MINUTE


class Script:
    """What is planned for some complaints, done in the order of time."""

    def __init__(self, kominfo: Kominfo, made: Sequence[Plan]) -> None:
        self._kominfo = kominfo
        events = [(at, plan, verb) for plan in made for at, verb in plan.events()]
        # Stable: what is planned for one complaint at one moment keeps its order.
        self._events = deque(sorted(events, key=lambda event: event[0]))
        self._ids: dict[str, int] = {}

    def until(self, at: datetime) -> None:
        """Do what is planned up to and including `at` and is not done yet."""
        while self._events and self._events[0][0] <= at:
            self._do(*self._events.popleft())

    def _do(self, at: datetime, plan: Plan, verb: str) -> None:
        kominfo = self._kominfo
        if verb == "receive":
            self._ids[plan.number] = kominfo.receive(plan.number, at, plan.klasifikasi)
            return
        key = self._ids[plan.number]
        match verb:
            case "dispose":
                kominfo.dispose(key, plan.opd, at)
            case "pause":
                kominfo.change(key, at, lambda desk, case: desk.pause(case, ACTOR))
            case "resume":
                kominfo.change(key, at, lambda desk, case: desk.resume(case, ACTOR))
            case "answer":
                kominfo.change(key, at, lambda desk, case: desk.answer(case, ACTOR))


def play(installation: Installation, made: Sequence[Plan], ticks: Sequence[datetime]) -> None:
    """Do everything that is planned up to the last tick; at one moment, the tick comes last."""
    script = Script(Kominfo.at(installation, ticks[0]), made)
    for at in ticks:
        script.until(at)
        done = installation.tick(at)
        assert not any((done.problems, done.failed, done.unknown, done.held)), done
