"""Letters to a town through a provider that misbehaves, while processes are killed all the time."""

from __future__ import annotations

import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import func, select

from bot.channels.recovery import SEVERAL
from bot.compose import Installation, open_installation
from bot.web import server
from config.settings import load_settings
from config.terms import NoticeStatus
from scheduler.store.attempts import AWAITED
from scheduler.store.messaging_tables import Attempt, Message, Notice
from scheduler.store.session import reading
from tests.chaos.judge import TAKEN, Verdict, judge, read_books
from tests.chaos.processes import FORKSERVER, Plan, Provider, answer, work
from tests.chaos.town import LETTER, LETTERS, prepare
from tests.factories import DATA_KEY

LOOK_S = 0.05
WEB = 0.1
"""How many of the kills are of the web."""
BEFORE = ("429", "500_before", "cut_before")
STEPS = [["sent", 0.3], ["delivered", 0.7]]
"""What becomes of every message: each step is reported, unless that is lost."""


@dataclass(frozen=True, slots=True)
class Ordeal:
    """How much, on how many workers, and how bad it gets; seconds are real ones."""

    bodies: int
    phones: int
    workers: int
    kills: int
    seed: int
    latency_s: float
    lag_s: float = 3.0
    late_s: float = 5.0
    lease_s: int = 4
    unknown_after_s: int = 10
    delivery_timeout_s: int = 15
    until: float = 0.97
    """The part of the letters after which nobody is killed any more."""
    busy: float = 0.02
    look_up_faults: float = 0.09
    most_s: float = 230.0

    @property
    def messages(self) -> int:
        """One letter for each phone and OPD."""
        return self.bodies * self.phones

    def rules(self) -> dict[str, Any]:
        """How the provider misbehaves."""
        faults = dict.fromkeys(("500_before", "500_after", "cut_before", "cut_after"), 0.015)
        faults |= {"429": self.busy, "garbled_after": 0.005, "empty_after": 0.005}
        return {
            "latency_s": self.latency_s,
            "listing_lag_s": self.lag_s,
            "retry_after": "0",
            "faults": faults,
            "list_faults": dict.fromkeys(BEFORE, self.look_up_faults / 3),
            "lost": 0.15,
            "repeated": 0.15,
            "late": 0.1,
            "late_s": self.late_s,
            "shuffle_s": 1.5,
            "report": STEPS,
        }


@dataclass(slots=True)
class Outcome:
    """What a run came to."""

    verdict: Verdict
    kills: Counter[str]
    under_way: int
    """Messages of which nobody had recorded the outcome, added up over the kills of workers."""
    seconds: float
    posts: int
    peak: int
    faults: Mapping[str, int]
    callbacks: Mapping[str, int]
    log: Counter[str] = field(default_factory=Counter)


def free_port() -> int:
    """Return a port that nobody uses."""
    with server.listen("127.0.0.1", 0) as listening:
        port: int = listening.getsockname()[1]
    return port


class Pack:
    """The processes on one database; the hunter kills them and puts others in their place."""

    def __init__(self, plan: Plan, workers: int) -> None:
        """Nothing runs before `start`."""
        self._plan = plan
        self._targets: list[Callable[[Plan], None]] = [*[work] * workers, answer]
        self._running: list[BaseProcess] = []

    def start(self) -> None:
        """Start the workers and the web."""
        self._running = [self._begin(target) for target in self._targets]

    def stop(self) -> None:
        """End all of them."""
        for process in self._running:
            process.kill()
        for process in self._running:
            process.join(10)

    def kill(self, place: int) -> str:
        """Kill one, put another in its place, and return what it was."""
        process = self._running[place]
        process.kill()
        process.join()
        if process.exitcode != -signal.SIGKILL:
            raise RuntimeError(f"a process ended by itself: {process.exitcode}")
        self._running[place] = self._begin(self._targets[place])
        return "web" if self._targets[place] is answer else "worker"

    def check(self) -> None:
        """Raise where one has ended by itself."""
        for process in self._running:
            if process.exitcode is not None:
                raise RuntimeError(f"a process ended by itself: {process.exitcode}")

    def _begin(self, target: Callable[[Plan], None]) -> BaseProcess:
        process = FORKSERVER.Process(target=target, args=(self._plan,), daemon=True)
        process.start()
        return process


def environ(url: str, provider: Provider, port: int, ordeal: Ordeal) -> dict[str, str]:
    """Return the settings as an operator gives them."""
    return {
        "DATABASE_URL": url,
        "DATA_KEY": DATA_KEY,
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "GATEWAY": "twilio",
        "TWILIO_ACCOUNT_SID": provider.account_sid,
        "TWILIO_AUTH_TOKEN": provider.token,
        "TWILIO_SMS_FROM": "INGAT",
        "TWILIO_API_BASE_URL": provider.base_url,
        "TWILIO_MPS": "500",
        "TWILIO_THREADS": "8",
        "LEASE_S": str(ordeal.lease_s),
        "UNKNOWN_AFTER_S": str(ordeal.unknown_after_s),
        "DELIVERY_TIMEOUT_S": str(ordeal.delivery_timeout_s),
    }


@contextmanager
def hunted(url: str, ordeal: Ordeal) -> Iterator[tuple[Outcome, Provider, Callable[[], Verdict]]]:
    """Play it out on the empty database at `url`; in the body both books can be judged again."""
    first = prepare(url, ordeal.bodies, ordeal.phones)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        provider = stack.enter_context(Provider(ordeal.seed))
        provider.rules(**ordeal.rules())
        port = free_port()
        settings = environ(url, provider, port, ordeal)
        plan = Plan(settings, LETTERS, time.time(), ordeal.most_s, port, folder / "log")
        opened = open_installation(load_settings(settings, None))
        stack.callback(opened.close)
        pack = Pack(plan, ordeal.workers)
        begun = time.monotonic()
        stack.callback(pack.stop)
        pack.start()
        kills, under_way = _hunt(pack, opened, provider, ordeal)
        _settle(pack, opened, provider, begun + ordeal.most_s)
        seconds = time.monotonic() - begun
        pack.stop()

        def judged() -> Verdict:
            books = read_books(opened, provider.messages(), provider.callbacks(), first)
            return judge(books, LETTER, ordeal.messages)

        yield (
            Outcome(
                judged(),
                kills,
                under_way,
                seconds,
                provider.post_count(),
                provider.peak(),
                provider.faults(),
                _callbacks(provider),
                _log(plan.log),
            ),
            provider,
            judged,
        )


def _hunt(
    pack: Pack, opened: Installation, provider: Provider, ordeal: Ordeal
) -> tuple[Counter[str], int]:
    """Kill at random moments between the first POST and the last but a few."""
    random = Random(ordeal.seed)
    moments = sorted(random.uniform(0, ordeal.messages * ordeal.until) for _ in range(ordeal.kills))
    kills: Counter[str] = Counter()
    under_way = 0
    until = time.monotonic() + ordeal.most_s
    for moment in moments:
        while provider.post_count() < moment:
            if time.monotonic() > until:
                return kills, under_way
            pack.check()
            time.sleep(LOOK_S)
        time.sleep(random.uniform(0, LOOK_S))
        web = random.random() < WEB
        place = ordeal.workers if web else random.randrange(ordeal.workers)
        was = pack.kill(place)
        kills[was] += 1
        if was == "worker":
            under_way += _left(opened)["sending"]
    return kills, under_way


def _left(opened: Installation) -> Counter[str]:
    """Count what is not over yet; what only a person can settle is called so."""
    left: Counter[str] = Counter()
    with reading(opened.engine) as connection:
        live = (NoticeStatus.PENDING, NoticeStatus.SENDING, NoticeStatus.UNKNOWN)
        for status, count in connection.execute(
            select(Message.status, func.count())
            .where(Message.status.in_(live))
            .group_by(Message.status)
        ):
            left[status] = count
        left["notices"] = connection.execute(
            select(func.count(Notice.id)).where(Notice.status == NoticeStatus.PENDING)
        ).scalar_one()
        left["awaited"] = connection.execute(
            select(func.count(Attempt.id)).where(AWAITED)
        ).scalar_one()
        left["person"] = connection.execute(
            select(func.count(Attempt.id)).where(
                Attempt.status == NoticeStatus.UNKNOWN, Attempt.error == SEVERAL
            )
        ).scalar_one()
    left["unknown"] -= left["person"]
    return left


def _settle(pack: Pack, opened: Installation, provider: Provider, until: float) -> None:
    """Wait until nothing more will happen, or for too long."""
    while time.monotonic() < until:
        pack.check()
        left = _left(opened)
        person = left.pop("person")
        if not any(left.values()) and not provider.pending():
            if not person:
                return
            until = min(until, time.monotonic() + 10)
        time.sleep(0.2)


def _callbacks(provider: Provider) -> Counter[str]:
    """Count what became of the reports: each message should have had one of each step."""
    posted = provider.callbacks()
    pairs = Counter((each["sid"], each["status"]) for each in posted)
    first = {sid: status for sid, status in reversed(list(pairs))}
    answers = Counter(answer for each in posted for answer in each["answers"])
    return Counter(
        {
            "posted": len(posted),
            "never sent": len(STEPS) * len(provider.messages()) - len(pairs),
            "repeated": len(posted) - len(pairs),
            "in the wrong order": sum(
                status != STEPS[0][0] and (sid, STEPS[0][0]) in pairs
                for sid, status in first.items()
            ),
            "unanswered": answers.pop(None, 0),
            "taken": answers.pop(TAKEN, 0),
            "refused": answers.total(),
        }
    )


def _log(path: Path) -> Counter[str]:
    """Count the kinds of lines in the processes' log."""
    if not path.exists():
        return Counter()
    lines = path.read_text(encoding="utf-8").splitlines()
    return Counter(
        " ".join(line.split()[:6])
        for line in lines
        if line.split(" ")[0] in {"WARNING", "ERROR", "CRITICAL"}
    )
