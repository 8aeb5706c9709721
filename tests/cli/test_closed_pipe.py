"""`ingat … | head`: whoever reads the output may stop before its end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot.compose import LAST_TICK
from scheduler.store.rules import get_switch
from scheduler.store.session import make_engine, reading
from tests.database.office import KEY

ROOT = Path(__file__).resolve().parents[2]


def unread(url: str, folder: Path, *args: str, errors: bool = False) -> tuple[int, str]:
    """Run the real program into a pipe that nobody reads; return how it ended, and its stderr."""
    read, write = os.pipe()
    os.close(read)
    env = {"PYTHONPATH": str(ROOT), "DATABASE_URL": url, "DATA_KEY": KEY, "PATH": os.defpath}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "bot", *args],
            cwd=folder,
            env=env,
            stdout=write,
            stderr=write if errors else subprocess.PIPE,
            check=False,
        )
    finally:
        os.close(write)
    return done.returncode, (done.stderr or b"").decode()


@pytest.mark.parametrize("args", [("--help",), ("doctor", "--json")])
def test_it_ends_as_other_programs_do_and_says_nothing(
    sqlite_url: str, tmp_path: Path, args: tuple[str, ...]
) -> None:
    assert unread(sqlite_url, tmp_path, *args) == (-signal.SIGPIPE, "")


def test_nor_where_an_error_has_no_reader(sqlite_url: str, tmp_path: Path) -> None:
    assert unread(sqlite_url, tmp_path, "nonsense", errors=True)[0] == -signal.SIGPIPE


def test_what_was_to_be_done_is_done(sqlite_url: str, tmp_path: Path) -> None:
    assert unread(sqlite_url, tmp_path, "tick") == (-signal.SIGPIPE, "")
    engine = make_engine(sqlite_url)
    with reading(engine) as connection:
        assert get_switch(connection, LAST_TICK) is not None
    engine.dispose()
