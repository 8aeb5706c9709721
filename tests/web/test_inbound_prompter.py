"""What arrived is read soon, beside the requests: never two at a time, and never the last time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from bot.web import prompter
from bot.web.prompter import Going, Prompter

WAIT = 20
"""Seconds until a test gives up; nothing takes so long."""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(prompter, "QUIET_S", 0.005)
    yield
    assert [each for each in threading.enumerate() if each.name == "prompter"] == []


class Reader:
    """Counts how often it was asked to read, and reads as it is told."""

    def __init__(self, read: Callable[[Going], None] = lambda _: None) -> None:
        self.times = 0
        self.at_once = 0
        self.read = threading.Semaphore(0)
        self._work = read
        self._lock = threading.Lock()

    def __call__(self, going: Going) -> None:
        assert self._lock.acquire(blocking=False)
        self.times += 1
        try:
            self._work(going)
        finally:
            self._lock.release()
            self.read.release()

    def await_read(self) -> None:
        assert self.read.acquire(timeout=WAIT)


def test_nothing_is_read_before_something_arrived() -> None:
    reader = Reader()
    with Prompter(reader):
        pass
    assert reader.times == 0


def test_what_arrives_together_is_read_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prompter, "QUIET_S", 0.1)
    reader = Reader()
    with Prompter(reader) as prompt:
        for _ in range(500):
            prompt()
        reader.await_read()
    assert reader.times < 500


def test_what_arrives_while_it_reads_is_read_next() -> None:
    told = threading.Event()

    def read(going: Going) -> None:
        if reader.times == 1:
            assert told.wait(WAIT)
            while going():  # it is asked to leave off
                pass

    reader = Reader(read)
    with Prompter(reader) as prompt:
        prompt()
        while not reader.times:
            pass
        prompt()
        told.set()
        reader.await_read()
        reader.await_read()
    assert reader.times == 2


def test_it_goes_on_where_nothing_arrives() -> None:
    gone: list[bool] = []
    reader = Reader(lambda going: gone.extend(going() for _ in range(1000)))
    with Prompter(reader) as prompt:
        prompt()
        reader.await_read()
    assert set(gone) == {True}


def test_where_it_never_ends_arriving_it_is_read_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(prompter, "QUIET_S", 3600.0)
    monkeypatch.setattr(prompter, "AT_MOST_S", 0.02)
    reader = Reader()
    with Prompter(reader) as prompt:
        prompt()
        reader.await_read()
    assert reader.times == 1


def test_a_failure_is_told_without_values_and_is_not_its_end(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def read(_: Going) -> None:
        if reader.times == 1:
            raise ValueError("+6281200000009")

    reader = Reader(read)
    with Prompter(reader) as prompt:
        prompt()
        reader.await_read()
        prompt()
        reader.await_read()
    assert reader.times == 2
    assert "listen_failed error=ValueError" in caplog.text
    assert "62812" not in caplog.text


def test_its_end_waits_for_what_is_being_read() -> None:
    done: list[str] = []

    def read(going: Going) -> None:
        while going():
            pass
        done.append("read")

    reader = Reader(read)
    with Prompter(reader) as prompt:
        prompt()
        while not reader.times:
            pass
    assert done == ["read"]


def test_it_ends_although_it_waits_for_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prompter, "QUIET_S", 3600.0)
    monkeypatch.setattr(prompter, "AT_MOST_S", 3600.0)
    reader = Reader()
    with Prompter(reader) as prompt:
        prompt()
    assert reader.times == 0
