"""The service as it is started: a real process, a real port, real signals."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest

from bot.sp4n.sample import write_sample

ROOT = Path(__file__).parents[2]
START_S = 30.0
"""A slow machine may take this long to start; it is no measure."""
END_S = 8.0

BRISK = "import bot.service as s; s.INBOX_EVERY_S = 0.2; from bot.__main__ import main; main()"
"""The program with a watched folder that is looked at five times a second."""


class Service:
    """One running command; what it logs goes to a file."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self._log = log
        self.http = httpx2.Client(timeout=5)

    def log(self) -> str:
        return self._log.read_text(encoding="utf-8")

    def wait_for(self, pattern: str) -> re.Match[str]:
        end = time.monotonic() + START_S
        while time.monotonic() < end:
            found = re.search(pattern, self.log())
            if found:
                return found
            assert self.process.poll() is None, self.log()
            time.sleep(0.05)
        raise AssertionError(self.log())

    def address(self) -> str:
        return self.wait_for(r"event=web_started address=(http\S+)")[1]

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(END_S)


@pytest.fixture
def environ(tmp_path: Path, sqlite_url: str) -> dict[str, str]:
    (tmp_path / "masuk").mkdir()
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
    return kept | {
        "PYTHONPATH": str(ROOT),
        "DATABASE_URL": sqlite_url,
        "SP4N_INBOX": str(tmp_path / "masuk"),
    }


@contextmanager
def started(
    tmp_path: Path, environ: dict[str, str], *arguments: str, program: tuple[str, ...] = ()
) -> Iterator[Service]:
    log = tmp_path / "log"
    program = program or ("-m", "bot")
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, *program, *arguments],
            cwd=tmp_path,
            env=environ,
            stdout=stream,
            stderr=stream,
        )
    service = Service(process, log)
    try:
        yield service
    finally:
        service.http.close()
        process.kill()
        process.wait()


def becomes_ready(service: Service, address: str) -> httpx2.Response:
    end = time.monotonic() + START_S
    while (answer := service.http.get(f"{address}/readyz")).status_code != 200:
        assert time.monotonic() < end, answer.text
        time.sleep(0.05)
    return answer


def test_serve_answers_ticks_imports_and_ends_cleanly(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    inbox = tmp_path / "masuk"
    with started(tmp_path, environ, "serve", "--port", "0", program=("-c", BRISK)) as service:
        address = service.address()
        assert address.startswith("http://127.0.0.1:")
        alive = service.http.get(f"{address}/healthz?token=rahasia")
        assert (alive.status_code, alive.json()) == (200, {"status": "ok"})
        assert "server" not in alive.headers
        ready = becomes_ready(service, address).json()
        assert ready["database"] == "ok"
        assert 0 <= ready["scheduler_lag_s"] < START_S

        write_sample(
            inbox / "ekspor.xlsx",
            rows=20,
            seed=1,
            generated=datetime.now(UTC).date(),
            instansi=[("Dinas Contoh", "1")],
        )
        service.wait_for(r'event=inbox_imported file="ekspor.xlsx" read=20 added=20 ')
        end = time.monotonic() + START_S
        while not (inbox / "selesai" / "ekspor.xlsx").exists():
            assert time.monotonic() < end
            time.sleep(0.02)
        assert not (inbox / "ekspor.xlsx").exists()

        assert service.end(signal.SIGTERM) == 0
        log = service.log()
    assert "event=request method=GET path=/healthz status=200" in log
    assert "rahasia" not in log
    assert "Traceback" not in log
    assert "job_failed" not in log
    assert log.splitlines()[-1].endswith("event=scheduler_stopped")
    assert all(re.match(r"time=\S+ level=\w+ logger=\S+ event=", line) for line in log.splitlines())


def test_web_alone_is_alive_but_not_ready_until_a_scheduler_looks(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    with started(tmp_path, environ, "web", "--port", "0") as web:
        address = web.address()
        assert web.http.get(f"{address}/healthz").status_code == 200
        answer = web.http.get(f"{address}/readyz")
        assert answer.status_code == 503
        assert answer.json() == {"database": "ok", "scheduler_lag_s": None, "ready": False}
        with started(other, environ, "work") as work:
            becomes_ready(web, address)
            assert work.end(signal.SIGINT) == 0
            assert work.log().splitlines()[-1].endswith("event=scheduler_stopped")
        assert web.end(signal.SIGINT) == 0


def test_work_ends_cleanly_when_told_before_it_has_begun_to_wait(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    with started(tmp_path, environ, "work") as work:
        work.wait_for("event=scheduler_started")
        assert work.end(signal.SIGTERM) == 0


def test_a_port_that_is_taken_is_one_line(tmp_path: Path, environ: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with started(tmp_path, environ, "serve", "--port", str(port)) as service:
            assert service.process.wait(START_S) == 1
            (line,) = service.log().splitlines()
    assert line == f"ingat: cannot answer at 127.0.0.1 port {port}: Address already in use"


def test_a_policy_that_cannot_be_used_ends_it_at_once_where_there_is_none_before(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text("tidak = [", encoding="utf-8")
    with started(tmp_path, environ | {"POLICY_FILE": str(policy)}, "work") as work:
        assert work.process.wait(START_S) == 1
        lines = work.log().splitlines()
    assert lines
    assert all(line.startswith(f"ingat: {policy}: ") for line in lines)
