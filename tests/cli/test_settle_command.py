"""`ingat outbox` names the message whose fate is unknown, `ingat settle` takes a person's word."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import program
from tests.fakes.twilio_server import FakeTwilio

ROOT = Path(__file__).resolve().parents[2]
NOW = ("--at", "2026-05-04T10:00+07:00")

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def ingat(tmp_path: Path, sqlite_url: str) -> Run:
    """The real program, sending through a provider that breaks off after it took a message."""

    def run(*args: str, **settings: str) -> subprocess.CompletedProcess[str]:
        return program.run(args, tmp_path, {"DATABASE_URL": sqlite_url} | settings)

    example = ROOT / "config" / "directory.example.csv"
    assert run("directory", "import", str(example), *NOW).returncode == 0
    number = run("receive", "--title", "Lampu", "--text", "Lampu", *NOW).stdout.strip()
    assert run("dispose", number, "DPUPR", *NOW).returncode == 0
    with FakeTwilio() as fake:
        fake.script("cut_after", "cut_after")
        done = run(
            "tick",
            *NOW,
            GATEWAY="twilio",
            TWILIO_ACCOUNT_SID=fake.account_sid,
            TWILIO_AUTH_TOKEN=fake.token,
            TWILIO_SMS_FROM="KOMINFO",
            TWILIO_API_BASE_URL=fake.base_url,
        )
    assert done.returncode == 0
    assert "unknown 2" in done.stdout
    return run


def test_a_person_finds_the_number_and_says_what_became_of_it(ingat: Run) -> None:
    found = re.findall(r"unknown .*\[message (\d+)\]$", ingat("outbox").stdout, re.MULTILINE)
    assert len(found) == 2
    done = ingat("settle", found[0], "--arrived", *NOW)
    assert (done.returncode, done.stdout) == (0, f"message {found[0]}: settled\n")
    done = ingat("settle", found[1], "--not-arrived", *NOW)
    assert (done.returncode, done.stdout) == (0, f"message {found[1]}: settled\n")
    shown = ingat("outbox").stdout
    assert " accepted " in shown
    assert " pending " in shown
    assert "[message" not in shown
    again = ingat("settle", found[0], "--arrived", *NOW)
    assert again.returncode == 1
    assert again.stderr.endswith("its fate is not unknown; see: ingat outbox\n")


def test_without_a_word_nothing_is_settled(ingat: Run) -> None:
    assert ingat("settle", "1", *NOW).returncode == 2
    assert ingat("outbox").stdout.count("[message") == 2
