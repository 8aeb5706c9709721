"""The runner: at once and again, never twice at a time, past a failure, and to a clean end."""

from __future__ import annotations

import logging
import re
import sqlite3
import threading
import time

import pytest

from bot.logs import KeyValue
from config.limits import parse_limit
from scheduler.runner import Job, Runner, fault

SOON_S = 5.0
"""How long a test waits for what should happen in milliseconds."""


def test_job_runs_at_once_and_again() -> None:
    runner, runs = Runner(), threading.Semaphore(0)
    runner.start([Job("often", 0.05, runs.release), Job("rare", 3600, runs.release)])
    try:
        assert all(runs.acquire(timeout=SOON_S) for _ in range(4))
    finally:
        runner.stop()


def test_a_job_with_a_long_interval_does_not_wait_for_it() -> None:
    runner, ran = Runner(), threading.Event()
    runner.start([Job("rare", 3600, ran.set)])
    try:
        assert ran.wait(SOON_S)
    finally:
        runner.stop()


def test_a_job_that_raises_is_named_without_its_values_and_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    runner, tries, again = Runner(), [0], threading.Event()

    def fails() -> None:
        tries[0] += 1
        if tries[0] > 1:
            again.set()
        raise ValueError("+62800000001")

    with caplog.at_level(logging.DEBUG):
        runner.start([Job("tick", 0.05, fails)])
        try:
            assert again.wait(SOON_S)
        finally:
            runner.stop()
    ours = [record for record in caplog.records if record.name == "scheduler.runner"]
    assert ours[0].levelno == logging.ERROR
    assert ours[0].getMessage().startswith("job_failed job=tick error=ValueError at=scheduler.")
    assert "+62800000001" not in caplog.text


def test_one_slow_job_is_never_run_twice_at_a_time_and_holds_up_no_other() -> None:
    runner = Runner()
    lock, overlaps, others = threading.Lock(), [0], threading.Semaphore(0)
    released = threading.Event()

    def slow() -> None:
        if not lock.acquire(blocking=False):
            overlaps[0] += 1
            return
        with_lock = released.wait(SOON_S)
        lock.release()
        assert with_lock

    runner.start([Job("slow", 0.02, slow), Job("quick", 0.02, others.release)])
    try:
        assert all(others.acquire(timeout=SOON_S) for _ in range(5))
    finally:
        released.set()
        runner.stop()
    assert overlaps == [0]


def test_stop_lets_the_running_pass_come_to_its_commit_and_starts_nothing_more() -> None:
    runner = Runner()
    begun, batches = threading.Event(), [0]

    def work() -> None:
        while runner.going():
            batches[0] += 1
            begun.set()
            time.sleep(0.05)  # a batch, which is always finished
        batches[0] += 100  # the commit

    runner.start([Job("tick", 0.01, work)])
    assert begun.wait(SOON_S)
    assert runner.going()
    runner.stop()
    assert not runner.going()
    after = batches[0]
    assert after > 100
    time.sleep(0.1)
    assert batches[0] == after < 200


def test_stop_before_start_and_twice_is_harmless() -> None:
    runner = Runner()
    runner.stop()
    runner.stop()
    assert not runner.going()


def test_a_fault_names_the_type_and_the_innermost_line_of_ours() -> None:
    assert fault(KeyError("nama")) == "error=KeyError"
    with pytest.raises(ValueError, match="tiga") as caught:
        parse_limit("tiga")
    assert re.fullmatch(r"error=ValueError at=config\.limits:\d+", fault(caught.value))


def formatted(name: str, message: str, *args: object, error: Exception | None = None) -> str:
    info = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord(name, logging.WARNING, __file__, 1, message, args, info)
    record.created = 1795320000.25
    return KeyValue().format(record)


def test_a_line_of_the_log_is_key_value_in_utc() -> None:
    assert formatted("bot.inbox", "inbox_imported read=%d", 3) == (
        "time=2026-11-22T04:00:00.250+00:00 level=warning logger=bot.inbox "
        "event=inbox_imported read=3"
    )


def test_no_value_can_begin_a_line_of_its_own() -> None:
    line = formatted("bot.x", "named file=%s", "a\nlevel=error")
    assert "\n" not in line


def test_an_exception_is_logged_without_what_it_says() -> None:
    error = sqlite3.OperationalError("[parameters: ('+62800000001',)]")
    line = formatted("uvicorn.error", "Exception in ASGI application\n", error=error)
    assert line.endswith(
        'event=library message="Exception in ASGI application" error=OperationalError'
    )
    task = "Task exception was never retrieved\nfuture: <Task exception=E('+62800000001')>"
    assert "+62" not in formatted("asyncio", task, error=error)
