"""The processes of the chaos run: workers and the web, made to be killed, and the fake Twilio.

Each ends by itself when whoever started it is gone, or when its time is over.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from pathlib import Path
from threading import Thread
from typing import Any, Self

from bot.compose import Installation, open_installation
from bot.web import server
from bot.web.app import create_app
from config.settings import load_settings
from scheduler.runner import fault
from tests.fakes import twilio_server
from tests.fakes.twilio_server import Control, FakeTwilio

FORKSERVER = get_context("forkserver")
FORKSERVER.set_forkserver_preload(
    # A child imports the main module anew: what that needs had better be there.
    ["tests.chaos.processes", "tests.chaos.hunt", "tests.conftest", "bot.channels.twilio_gateway"]
)

PAUSE_S = 0.2
"""How long a worker rests between two passes."""
log = logging.getLogger("chaos")


@dataclass(frozen=True, slots=True)
class Plan:
    """What every process is told."""

    environ: Mapping[str, str]
    """The settings, as an operator gives them."""
    start: datetime
    begun: float
    """The town's time is `start` when the machine's clock says `begun`, and goes on with it."""
    most_s: float
    """How long a process may live."""
    port: int
    log: Path

    def now(self) -> datetime:
        """Return the town's time."""
        return self.start + timedelta(seconds=time.time() - self.begun)


def _begin(plan: Plan) -> Installation:
    parent = parent_process()
    assert parent is not None

    def watch() -> None:
        wait([parent.sentinel], plan.most_s)
        os._exit(3)

    Thread(target=watch, daemon=True).start()
    logging.basicConfig(filename=plan.log, format="%(levelname)s %(name)s %(message)s")
    return open_installation(load_settings(plan.environ, None))


def work(plan: Plan) -> None:
    """Do one pass after the other, as a worker does; a pass that breaks is logged."""
    opened = _begin(plan)
    while True:
        try:
            done = opened.tick(plan.now())
        except Exception as error:  # noqa: BLE001 - the next pass may well succeed
            log.error("pass_broke %s", fault(error))  # noqa: TRY400 - one line each
        else:
            for problem in done.problems:
                log.error("problem %s", problem)
        time.sleep(PAUSE_S)


def answer(plan: Plan) -> None:
    """Serve the web on its port, taken anew: whoever had it before was killed."""
    opened = _begin(plan)
    listening = server.listen("127.0.0.1", plan.port)
    server.run(create_app(opened, plan.now), listening, nullcontext())


# --- the provider -----------------------------------------------------------------------------


class Counted(Control):
    """A fake Twilio that counts the faults it makes."""

    def reset(self, seed: int = 0) -> None:
        super().reset(seed)
        self._faults: dict[str, int] = {}
        draw, report = self.book.fault, self.reporter._report

        def counted_fault(kind: str) -> str | None:
            name = draw(kind)
            if name is not None:
                self._count(f"{kind} {name}")
            return name

        async def counted_report(
            message: Any, status: str, error: int | None, delay: float = 0
        ) -> None:
            if delay > self.book.rules.shuffle_s:
                self._count("callback late")
            await report(message, status, error, delay)

        self.book.fault = counted_fault  # type: ignore[method-assign]
        self.reporter._report = counted_report  # type: ignore[method-assign]

    def _count(self, name: str) -> None:
        self._faults[name] = self._faults.get(name, 0) + 1

    def faults(self) -> dict[str, int]:
        """Return how often each fault was made, by its kind and name."""
        return self._faults

    def post_count(self) -> int:
        """Return how many POSTs of messages have arrived."""
        return len(self.book.posts)


class Provider(FakeTwilio):
    """Starts such a fake."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.processes", *self._arguments],
            cwd=twilio_server.ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the fake Twilio did not start"
        self.port = int(line)
        self.base_url = f"http://127.0.0.1:{self.port}{self._prefix}"
        return self

    def faults(self) -> dict[str, int]:
        """Return how often each fault was made, by its kind ("message", "list") and name."""
        found: dict[str, int] = self._ask("faults")
        return found

    def post_count(self) -> int:
        """Return how many POSTs of messages have arrived."""
        found: int = self._ask("post_count")
        return found

    def pending(self) -> int:
        """Return how many messages and reports are still on their way."""
        found: int = self._ask("pending")
        return found


if __name__ == "__main__":
    twilio_server.Control = Counted  # type: ignore[misc]
    twilio_server.main()
