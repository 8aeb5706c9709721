"""Workers killed with SIGKILL while they decide and send: nothing missing, nothing twice.

Every tick is repeated until nothing is left to do, so the reference knows each time exactly.
"""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from random import Random

from sqlalchemy import func, select

from bot.compose import Installation
from scheduler.store.messaging_tables import Attempt, SimulatorMessage
from scheduler.store.phones import inbox
from scheduler.store.session import Engine, reading
from tests.factories import Kominfo, opds, opened, people
from tests.story.killed_worker import Left, left, work
from tests.story.playing import Plan, Script
from tests.story.record import assert_as_expected
from tests.story.reference import JAKARTA

OPDS = 40
AIMS = ("deciding", "deciding", "sending", "sending")
"""What a worker is doing when it is shot at, in each tick."""

FORKSERVER = get_context("forkserver")
FORKSERVER.set_forkserver_preload(["tests.story.killed_worker"])


def wib(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-06-{text}").replace(tzinfo=JAKARTA)


TICKS = [wib(f"{day:02}T{hour}") for day in (8, 9, 10, 11, 12, 15) for hour in ("08:05", "16:05")]
"""Mon 8 to Mon 15 June 2026: no day off, and at both hours messages may go."""


def waves(count: int, seed: int) -> list[Plan]:
    """Complaints disposed early on three days, so that every tick has much to do."""
    random = Random(seed)
    made = []
    for number in range(9_000_001, 9_000_001 + count):
        minutes = random.randrange(180)
        at = wib(f"{random.choice([8, 9, 10]):02}T05:00") + timedelta(minutes=minutes)
        made.append(Plan(str(number), random.choice(opds(OPDS)), at, at))
    return made


@dataclass
class Hunt:
    """Some workers on one database, one of which is killed now and then."""

    engine: Engine
    url: str
    most: int
    workers: int = 1
    lease_s: int = 1
    random: Random = field(default_factory=lambda: Random(20))
    kills: Counter[str] = field(default_factory=Counter)
    sent_unrecorded: int = 0
    """Messages that lay in an inbox, and in no record, when their worker was killed."""

    def through(self, at: datetime) -> None:
        """Have the tick of `at` done, whoever is killed meanwhile."""
        running = [self._begin(at) for _ in range(self.workers)]
        for aim in AIMS:
            if self.kills.total() < self.most and self._seen(aim, at, running):
                time.sleep(self.random.uniform(0, 0.01 if aim == "deciding" else 0.03))
                victim = self.random.randrange(self.workers)
                running[victim] = self._kill(running[victim], at)
        for process in running:
            process.join(120)
            assert process.exitcode == 0

    def _begin(self, at: datetime) -> BaseProcess:
        process = FORKSERVER.Process(target=work, args=(self.url, at, self.lease_s))
        process.start()
        return process

    def _left(self, at: datetime) -> Left:
        with reading(self.engine) as connection:
            return left(connection, at)

    def _seen(self, aim: str, at: datetime, running: Sequence[BaseProcess]) -> bool:
        """Wait until a part of the runs has been decided, or a message is being sent."""
        first = self._left(at)
        while any(process.is_alive() for process in running):
            now = self._left(at)
            if aim == "deciding" and (not now.decide or now.decide < first.decide):
                return now.decide > 0
            if aim == "sending" and not now.decide and now.doubt > first.doubt:
                return True
            time.sleep(0.002)
        return False

    def _kill(self, process: BaseProcess, at: datetime) -> BaseProcess:
        """Kill a worker, take down what it was at, and put another in its place."""
        process.kill()
        process.join()
        if process.exitcode != -signal.SIGKILL:
            return process  # it had ended by itself
        now = self._left(at)
        if now.decide:
            self.kills["deciding"] += 1
        elif now.send or now.doubt:
            self.kills["sending"] += 1
        recorded = select(Attempt.sid).where(Attempt.sid.is_not(None))
        with reading(self.engine) as connection:
            self.sent_unrecorded += connection.execute(
                select(func.count()).where(SimulatorMessage.sid.not_in(recorded))
            ).scalar_one()
        return self._begin(at)


def hunt(url: str, made: Sequence[Plan], *, most: int, workers: int, lease_s: int) -> None:
    with opened(url, TICKS[0], people(OPDS)) as installation:
        script = Script(Kominfo.at(installation, TICKS[0]), made)
        hunted = Hunt(installation.engine, url, most, workers, lease_s)
        for at in TICKS:
            script.until(at)
            hunted.through(at)
        print(f"killed {dict(hunted.kills)}, sent but not recorded {hunted.sent_unrecorded}")
        assert_as_expected(installation, made, TICKS)
        assert_settled(installation)
    assert hunted.kills.total() == most
    assert min(hunted.kills["deciding"], hunted.kills["sending"]) >= most // 5
    assert hunted.sent_unrecorded > 0, "no kill came between a message and its record"


def assert_settled(installation: Installation) -> None:
    """Nothing is under way, and no phone got one text twice."""
    with reading(installation.engine) as connection:
        assert not any(left(connection, TICKS[-1]))
        texts = Counter((blind, text) for _, blind, text in inbox(connection))
    assert max(texts.values()) == 1


def test_a_worker_killed_twenty_times(sqlite_url: str) -> None:
    hunt(sqlite_url, waves(240, seed=1), most=20, workers=1, lease_s=1)


def test_two_workers_on_postgresql_one_killed_ten_times(postgres_url: str) -> None:
    # Both workers are alive: a lease must outlast any pause that a busy machine imposes on one.
    hunt(postgres_url, waves(450, seed=2), most=10, workers=2, lease_s=2)
