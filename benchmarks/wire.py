"""Sending through the official client to a fake Twilio of ours, in a process of its own.

- due -> accepted at 0 ms: one pass that decides letters, groups, freezes, posts and records them,
  against a bare loop over the official client that records nothing; in turn, on SQLite with the
  product's pragmas.
- two processes on PostgreSQL at 200 ms, 8 threads each, against one.
- three processes within TWILIO_MPS at 200 ms: the most posts of any second, and the part of the
  limit that goes out.

Prints one figure a line; exits 1 if a target is missed. Run it from the checkout:
python -m benchmarks.wire
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks.figures import Target, show, spread
from bot.compose import Installation, open_installation
from config.settings import Settings
from tests.chaos.town import LETTERS, prepare
from tests.conftest import PostgresServer
from tests.factories import DATA_KEY
from tests.fakes.twilio_server import FakeTwilio

OPDS, PHONES = 5, 200
MESSAGES = OPDS * PHONES
RUNS = 5
LIMIT = 80
LATENCY_S = 0.2
LEAST_OF_BARE = 0.6
LEAST_SPEED_UP = 1.6
LEAST_OF_LIMIT = 0.95

SPAWN = get_context("spawn")

Figures = tuple[float, int]
"""Messages a second, and the most posts of any second."""


def settings(url: str, base_url: str, *, mps: int, threads: int) -> Settings:
    """Return the settings of an installation that sends SMS to the fake."""
    return Settings(
        database_url=url,
        data_key=DATA_KEY,
        gateway="twilio",
        twilio_account_sid=FakeTwilio.account_sid,
        twilio_auth_token=FakeTwilio.token,
        twilio_sms_from="INGAT",
        twilio_api_base_url=base_url,
        twilio_mps=mps,
        twilio_threads=threads,
        public_url="http://127.0.0.1:9",
    )


@contextmanager
def installed(given: Settings) -> Iterator[Installation]:
    """Open an installation, and close it."""
    opened = open_installation(given)
    try:
        yield opened
    finally:
        opened.close()


# --- due -> accepted, against a bare loop -----------------------------------------------------


def ours(template: Path, fake: FakeTwilio) -> float:
    """Return how many messages a second one pass takes from due to accepted."""
    with tempfile.TemporaryDirectory(dir=template.parent) as folder:
        copy = Path(folder) / "ingat.db"
        shutil.copyfile(template, copy)
        given = settings(f"sqlite:///{copy}", fake.base_url, mps=100_000, threads=8)
        with installed(given) as opened:
            start = perf_counter()
            done = opened.tick(LETTERS)
            seconds = perf_counter() - start
    assert done.sent == MESSAGES, done
    return MESSAGES / seconds


def bare(fake: FakeTwilio, texts: Sequence[str]) -> float:
    """Return how many messages a second the official client posts in a loop of its own."""
    from twilio.http.http_client import TwilioHttpClient
    from twilio.http.response import Response
    from twilio.rest import Client

    class Local(TwilioHttpClient):  # type: ignore[misc]  # the client has no types
        """Twilio's own transport, to another host: nothing else of the client is changed."""

        def request(self, method: str, url: str, *args: object, **more: object) -> Response:
            local = url.replace("https://api.twilio.com", fake.base_url)
            return super().request(method, local, *args, **more)

    client = Client(fake.account_sid, fake.token, http_client=Local(timeout=10))
    start = perf_counter()
    for number, text in enumerate(texts):
        client.messages.create(
            to=f"+62811000{number:05}",
            from_="INGAT",
            body=text,
            status_callback=f"http://127.0.0.1:9/twilio/status?a={number}#rc=3&rp=all",
        )
    return len(texts) / (perf_counter() - start)


def against_bare() -> bool:
    """Measure both in turn; print and judge."""
    with tempfile.TemporaryDirectory(prefix="ingat-bench-") as folder, FakeTwilio() as fake:
        fake.rules(report=[])
        template = Path(folder) / "template.db"
        prepare(f"sqlite:///{template}", OPDS, PHONES)
        texts = [f"Yth. Admin Dinas 1: aduan SP4N #{n}; Surat I diproses." for n in range(MESSAGES)]
        found: dict[str, list[float]] = {"ours": [], "bare": []}
        for run in range(RUNS + 1):  # the first one warms everything up
            one, other = ours(template, fake), bare(fake, texts)
            if run:
                found["ours"].append(one)
                found["bare"].append(other)
    show("the official client in a bare loop", median(found["bare"]), "/s")
    show("due -> accepted", median(found["ours"]), "/s", note=spread(found["ours"], "/s"))
    ratios = [one / other for one, other in zip(found["ours"], found["bare"], strict=True)]
    return show(
        "due -> accepted of the bare loop",
        median(ratios),
        "x",
        Target(LEAST_OF_BARE, least=True),
        spread(ratios, "x"),
    )


# --- several processes ------------------------------------------------------------------------


def work(given: Settings, pipe: Pipe) -> None:
    """Pass after pass until nothing is left: one worker."""
    with installed(given) as opened:
        opened.world(LETTERS)
        pipe.send("ready")
        pipe.recv()
        deadline = time.monotonic() + 120
        quiet = 0
        while quiet < 3 and time.monotonic() < deadline:
            done = opened.tick(LETTERS)
            quiet = 0 if done.sent else quiet + 1
            time.sleep(0.05)
    pipe.send("done")


def sending(server: PostgresServer, name: str, workers: int, *, mps: int, threads: int) -> Figures:
    """Let workers send everything that is due in a fresh copy; return what the fake saw."""
    database = server.create_database(template=name)
    with FakeTwilio() as fake:
        fake.rules(report=[], latency_s=LATENCY_S)
        given = settings(server.url(database), fake.base_url, mps=mps, threads=threads)
        with installed(given) as opened:
            from scheduler.sweep import sweep

            sweep(opened.engine, opened.world(LETTERS), LETTERS)
        pipes = [SPAWN.Pipe() for _ in range(workers)]
        processes = [SPAWN.Process(target=work, args=(given, far)) for _, far in pipes]
        try:
            for process in processes:
                process.start()
            for near, _ in pipes:
                assert near.recv() == "ready"
            for near, _ in pipes:
                near.send("go")
            for near, _ in pipes:
                assert near.recv() == "done"
        finally:
            for process in processes:
                process.join(10)
                process.kill()
        posts = sorted(moment for moment, _, _ in fake.posts())
        assert len(posts) == MESSAGES, len(posts)
        peak = fake.peak(1.0)
    server.drop_database(database)
    # Without the first and the last tenth: neither the start nor the end of the queue.
    some = posts[MESSAGES // 10 : -MESSAGES // 10]
    return (len(some) - 1) / (some[-1] - some[0]), peak


def several() -> list[bool]:
    """Measure one process and two, then three within the rate limit; print and judge."""
    server = PostgresServer()
    try:
        name = server.create_database(template="template0")
        prepare(server.url(name), OPDS, PHONES)
        one, _ = sending(server, name, 1, mps=100_000, threads=8)
        two, _ = sending(server, name, 2, mps=100_000, threads=8)
        rate, peak = sending(server, name, 3, mps=LIMIT, threads=16)
    finally:
        server.stop()
    show("one process, 8 threads, 200 ms", one, "/s")
    show("two processes, 8 threads each, 200 ms", two, "/s")
    return [
        show("two processes of one", two / one, "x", Target(LEAST_SPEED_UP, least=True)),
        show(f"most posts of any second, {LIMIT} allowed", peak, "", Target(LIMIT + 0.5)),
        show(
            "part of the limit that goes out, three processes",
            rate / LIMIT,
            "x",
            Target(LEAST_OF_LIMIT, least=True),
        ),
    ]


def main() -> int:
    """Measure, print, and judge."""
    good = [against_bare(), *several()]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
