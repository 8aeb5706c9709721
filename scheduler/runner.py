"""Says *when to look*: runs the jobs it is handed, each on its own interval, until it is stopped.

APScheduler with a memory job store, in every worker. That several workers look at the same time is
harmless, because what they find is claimed in the database; job stores are never shared.
"""

from __future__ import annotations

import logging
import threading
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Final

from scheduler import clock

if TYPE_CHECKING:
    from apscheduler.schedulers.background import BackgroundScheduler

log = logging.getLogger(__name__)

_OURS: Final = ("bot", "scheduler", "config")


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do at once and then every `every_s` seconds, never twice at a time."""

    name: str
    every_s: float
    run: Callable[[], object]


class Runner:
    """Runs jobs in threads of its own. Made once, started once, stopped once."""

    def __init__(self) -> None:
        """Nothing runs before `start`."""
        self._stopping = threading.Event()
        self._scheduler: BackgroundScheduler | None = None

    def going(self) -> bool:
        """Return whether a job should go on; False from the moment `stop` was called."""
        return not self._stopping.is_set()

    def start(self, jobs: Sequence[Job]) -> None:
        """Run every job at once, then on its interval; a missed time is made up for once."""
        from apscheduler.executors.pool import ThreadPoolExecutor
        from apscheduler.schedulers.background import BackgroundScheduler
        from apscheduler.triggers.interval import IntervalTrigger

        # A thread for each: an import that takes a minute must not hold up the reminders.
        scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(max(1, len(jobs)))}, timezone=UTC
        )
        for job in jobs:
            scheduler.add_job(
                self._run,
                IntervalTrigger(seconds=job.every_s, timezone=UTC),
                args=(job,),
                id=job.name,
                next_run_time=clock.now(),
                max_instances=1,
                coalesce=True,
                misfire_grace_time=None,
            )
        scheduler.start()
        self._scheduler = scheduler

    def stop(self) -> None:
        """Start nothing more and wait until what runs has come to its next commit."""
        self._stopping.set()
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=True)
            self._scheduler = None

    def _run(self, job: Job) -> None:
        if not self.going():
            return
        try:
            job.run()
        except Exception as error:  # noqa: BLE001 - the next pass may well succeed
            log.error("job_failed job=%s %s", job.name, fault(error))  # noqa: TRY400 - no values


def fault(error: BaseException) -> str:
    """Name an exception and the innermost line of ours it came through, without any value.

    What an exception says may hold a phone number or a statement's parameters.
    """
    text = f"error={type(error).__name__}"
    for frame, line in reversed(list(traceback.walk_tb(error.__traceback__))):
        module = str(frame.f_globals.get("__name__"))
        if module.partition(".")[0] in _OURS:
            return f"{text} at={module}:{line}"
    return text
