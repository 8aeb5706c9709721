"""`ingat user …` as a person and another program use it; what it prints and what it never does."""

from __future__ import annotations

import io
import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot import passwords
from bot.__main__ import main
from bot.passwords import Passwords
from scheduler import clock
from scheduler.store import users
from scheduler.store.session import make_engine, reading, writing
from tests.accounts import CHEAP

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "config" / "directory.example.csv"
PASSWORD = "kuda lumping tiga"

Done = subprocess.CompletedProcess
Run = Callable[..., Done[str]]


@pytest.fixture
def ingat(
    tmp_path: Path,
    sqlite_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """The program, in this process; `given` is what stands on its stdin."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(passwords, "PasswordHasher", lambda: CHEAP)
    for name, value in environment(sqlite_url).items():
        monkeypatch.setenv(name, value)

    def run(*args: str, given: str = "") -> Done[str]:
        monkeypatch.setattr(sys, "argv", ["ingat", *args])
        monkeypatch.setattr(sys, "stdin", io.StringIO(given))
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return Done(args, int(str(ended.value.code or 0)), printed.out, printed.err)

    return run


def environment(url: str) -> dict[str, str]:
    return {"DATABASE_URL": url, "PYTHONPATH": str(ROOT), "PATH": "/usr/bin", "LC_ALL": "C.UTF-8"}


def kept(url: str, username: str) -> users.Login:
    engine = make_engine(url)
    with reading(engine) as connection:
        found = users.login_of(connection, username)
    engine.dispose()
    assert found is not None
    return found


def session(url: str, user_id: int) -> Callable[[], bool]:
    """Log a user in; return whether he still is."""
    engine = make_engine(url)
    with writing(engine) as connection:
        token = users.open_session(connection, user_id, clock.now())
    engine.dispose()

    def lives() -> bool:
        engine = make_engine(url)
        with reading(engine) as connection:
            found = users.visitor_of(connection, token, clock.now())
        engine.dispose()
        return found is not None

    return lives


def one_line(done: Done[str], code: int) -> str:
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("ingat: ")
    return line


def test_a_password_on_stdin_is_taken(ingat: Run, sqlite_url: str) -> None:
    done = ingat("user", "add", "Kadis.X", "--role", "operator", given=f"{PASSWORD}\n")
    assert (done.returncode, done.stdout) == (0, "kadis.x: added as operator\n")
    found = kept(sqlite_url, "kadis.x")
    assert Passwords().matches(found.password_hash, PASSWORD)
    assert not found.must_change


def test_without_one_it_is_made_printed_once_and_must_be_changed(
    ingat: Run, sqlite_url: str
) -> None:
    done = ingat("user", "add", "satu", "--role", "pimpinan", "--json")
    document: dict[str, Any] = json.loads(done.stdout)
    assert document.keys() == {"username", "role", "password"}
    found = kept(sqlite_url, "satu")
    assert found.must_change
    assert Passwords().matches(found.password_hash, document["password"])
    text = ingat("user", "password", "satu").stdout
    again = kept(sqlite_url, "satu")
    made = text.split("password: ")[1].split()[0]
    assert Passwords().matches(again.password_hash, made)
    assert not Passwords().matches(again.password_hash, document["password"])


def test_on_a_terminal_it_is_asked_for_twice_and_not_shown(tmp_path: Path, sqlite_url: str) -> None:
    ours, theirs = pty.openpty()
    program = subprocess.Popen(
        [sys.executable, "-m", "bot", "user", "add", "satu", "--role", "operator"],
        cwd=tmp_path,
        env=environment(sqlite_url),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    shown = b""
    for prompt in (b"made): ", b"more: "):
        while prompt not in shown:
            shown += os.read(ours, 1000)
        os.write(ours, f"{PASSWORD}\n".encode())
    while b"added as operator" not in shown:
        shown += os.read(ours, 1000)
    assert program.wait() == 0
    os.close(ours)
    assert PASSWORD.encode() not in shown
    assert Passwords().matches(kept(sqlite_url, "satu").password_hash, PASSWORD)


def test_a_file_holds_it(ingat: Run, tmp_path: Path, sqlite_url: str) -> None:
    add = ("user", "add", "satu", "--role", "operator", "--password-file", "rahasia")
    assert one_line(ingat(*add), 1).endswith("rahasia: No such file or directory")
    (tmp_path / "rahasia").write_text("\nx")
    assert one_line(ingat(*add), 1).endswith("its first line is empty")
    (tmp_path / "rahasia").write_bytes(b"\xff")
    assert one_line(ingat(*add), 1).endswith("it is no text")
    (tmp_path / "rahasia").write_text(f"{PASSWORD}\nsecond line\n")
    assert ingat(*add).returncode == 0
    assert Passwords().matches(kept(sqlite_url, "satu").password_hash, PASSWORD)


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("sebelas1234", "it has fewer than 12 characters"),
        ("x" * 201, "it has more than 200 characters"),
        ("Kadis.Contoh1", "it is the username"),
        ("password1234", "it is among the first that somebody would try"),
    ],
)
def test_a_weak_one_is_refused_without_being_repeated(ingat: Run, password: str, why: str) -> None:
    done = ingat("user", "add", "kadis.contoh", "--role", "operator", given=password)
    assert one_line(done, 1) == f"ingat: that password is refused: {why}"
    assert ingat("user", "list").stdout == ""


def test_wrong_usage_is_one_line(ingat: Run) -> None:
    assert "is no username" in one_line(ingat("user", "add", "a b", "--role", "operator"), 2)
    assert "kepala" in one_line(ingat("user", "add", "satu", "--role", "kepala"), 2)
    assert "--role" in one_line(ingat("user", "add", "satu"), 2)
    for more in (("--role", "opd"), ("--role", "operator", "--instansi", "DPUPR")):
        assert "--instansi" in one_line(ingat("user", "add", "satu", *more), 2)
    assert "--name" in one_line(
        ingat("user", "add", "satu", "--role", "operator", "--name", " "), 2
    )
    for verb in ("password", "disable", "enable", "reset-totp"):
        assert "there is no user siapa" in one_line(ingat("user", verb, "siapa"), 1)


def test_a_user_of_an_opd_has_an_office_and_names_are_taken_once(ingat: Run) -> None:
    add = ("user", "add", "satu", "--role", "opd", "--instansi")
    assert 'instansi "DPUPR" tidak ada' in one_line(ingat(*add, "DPUPR"), 1)
    assert ingat("directory", "import", str(EXAMPLE)).returncode == 0
    assert ingat(*add, "dpupr", "--name", "Nama  Contoh").returncode == 0
    assert one_line(ingat(*add, "DPUPR"), 1) == "ingat: there is a user satu already"
    shown = ingat("user", "list")
    assert shown.stdout.split() == ["satu", "opd", "DPUPR", "Nama", "Contoh", "[must", "change",
                                    "password]"]  # fmt: skip
    (line,) = ingat("user", "list", "--json").stdout.splitlines()
    assert json.loads(line) == {
        "username": "satu",
        "role": "opd",
        "instansi": "DPUPR",
        "disabled": False,
        "totp": False,
        "must_change": True,
    }


def test_what_is_changed_ends_his_sessions(ingat: Run, sqlite_url: str) -> None:
    assert ingat("user", "add", "satu", "--role", "operator", given=PASSWORD).returncode == 0
    user = kept(sqlite_url, "satu")
    engine = make_engine(sqlite_url)
    with writing(engine) as connection:
        users.set_totp(connection, user.id, b"sealed", 7)
    engine.dispose()
    lives = session(sqlite_url, user.id)
    done = ingat("user", "reset-totp", "SATU", "--json")
    assert json.loads(done.stdout)["totp"] is False
    assert not lives()
    assert kept(sqlite_url, "satu").totp_sealed is None
    lives = session(sqlite_url, user.id)
    assert ingat("user", "password", "satu", given="sapi kerapan empat").returncode == 0
    assert not lives()
    lives = session(sqlite_url, user.id)
    assert ingat("user", "disable", "satu").stdout == "satu: disabled\n"
    assert not lives()
    assert "[disabled]" in ingat("user", "list").stdout
    assert ingat("user", "enable", "satu").stdout == "satu: enabled\n"
    assert not lives(), "what was ended stays ended"
    assert Passwords().matches(kept(sqlite_url, "satu").password_hash, "sapi kerapan empat")
    assert "argon2" not in ingat("user", "list").stdout + ingat("user", "list", "--json").stdout
