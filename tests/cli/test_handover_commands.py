"""`ingat handover …` as a person and another program use it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.__main__ import main
from tests.database.handing import LeaveRoom, P, Q
from tests.database.office import KEY
from tests.database.officers import MONDAY, N

NOW = ("--at", "2026-05-04T15:00+07:00")
BY = ("--by", "kominfo")
DAYS = ("--start", "2026-05-05", "--end", "2026-05-07")

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def room(sqlite_url: str) -> Iterator[LeaveRoom]:
    made = LeaveRoom(sqlite_url)
    for number in (N, "9000002"):
        made.dispose(number, "DPUPR", MONDAY)
    yield made
    made.close()


@pytest.fixture
def ingat(
    room: LeaveRoom,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """The program, in this process; returns its exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", room.opened.settings.database_url)
    monkeypatch.setenv("DATA_KEY", KEY)

    def run(*args: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["ingat", "handover", *args])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return run


def posts(room: LeaveRoom) -> tuple[str, ...]:
    return ("--from", room.post(P).label, "--to", room.post(Q).label)


def test_added_listed_and_ended(room: LeaveRoom, ingat: Run) -> None:
    code, out, err = ingat("add", *posts(room), *DAYS, "--number", N, *BY, *NOW, "--json")
    assert (code, err) == (0, "")
    made = json.loads(out)
    assert made["complaints"] == 1
    code, out, err = ingat("add", *posts(room), *DAYS, *BY, *NOW)
    assert (code, out.split(": ")[1], err) == (0, "1 complaints\n", "")  # what was left
    code, out, err = ingat("list", *NOW, "--json")
    rows = [json.loads(line) for line in out.splitlines()]
    assert [(row["state"], row["complaints"], row["open"]) for row in rows] == [
        ("akan_datang", 1, 1)
    ] * 2
    assert {row["from"] for row in rows} == {room.post(P).label}
    code, out, err = ingat("end", str(made["id"]), *BY, *NOW)
    assert (code, err) == (0, "")
    assert len(ingat("list", *NOW)[1].splitlines()) == 1
    assert len(ingat("list", "--over", *NOW)[1].splitlines()) == 2
    assert "0811" not in out


def test_what_is_wrong_is_one_line(room: LeaveRoom, ingat: Run) -> None:
    both = posts(room)
    for args, code, said in (
        (("add", *both, "--start", "besok", "--end", "2026-05-07", *BY), 2, "--start: 'besok'"),
        (("add", *both, *DAYS, "--by", "siapa"), 1, "no user 'siapa'"),
        (("add", *both, *DAYS, *BY, "--number", "77"), 1, "no complaint '77'"),
        (("add", "--from", "Entah", *both[2:], *DAYS, *BY), 1, "no post is called"),
        (("end", "77", *BY), 1, "tidak ditemukan"),
        (("end", str(2**40), *BY), 2, "no such handover"),
    ):
        got, _, err = ingat(*args, *NOW)
        assert got == code, (args, err)
        assert said in err
        assert len(err.splitlines()) == 1, err
