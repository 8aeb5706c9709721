"""`ingat user …`: who may log in to the console."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from bot.cli.base import Json, emit, emit_lines, fail, installation
from config.terms import Wewenang

if TYPE_CHECKING:
    from bot.compose import Installation
    from scheduler.store.session import Connection
    from scheduler.store.users import Account

USERNAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{1,63}")

app = typer.Typer(help="Users of the console: who may log in, and as what.")

Username = Annotated[str, typer.Argument(metavar="NAME", help="The name he logs in with.")]
PasswordFile = Annotated[
    Path | None,
    typer.Option(
        "--password-file",
        metavar="FILE",
        help="Read the password from the first line of a file. Without it: asked for on a "
        "terminal, else read from stdin; nothing there: one is made, to be changed at login.",
    ),
]


@app.command("add")
def add_user(
    name: Username,
    *,
    role: Annotated[
        Wewenang | None, typer.Option("--role", help="What he may do.  [required]")
    ] = None,
    full_name: Annotated[
        str | None, typer.Option("--name", metavar="TEXT", help="What pages call him.")
    ] = None,
    instansi: Annotated[
        str | None,
        typer.Option("--instansi", help="Name or short name of the OPD; with --role opd only."),
    ] = None,
    password_file: PasswordFile = None,
    as_json: Json = False,
) -> None:
    """Add a user. A password that the program made is printed once and must be changed."""
    from bot.verbs import instansi_named
    from scheduler import clock
    from scheduler.store import users

    username = _username(name)
    if role is None:
        fail(f"--role is missing: one of {', '.join(Wewenang)}", 2)
    if (role is Wewenang.OPD) != (instansi is not None):
        fail("--instansi is needed with --role opd, and with no other role", 2)
    nama = " ".join((full_name or username).split())
    if not nama or len(nama) > 100:
        fail("--name: write 1 to 100 characters", 2)
    at = clock.now()
    with installation() as opened:
        instansi_id = None
        if instansi is not None:
            instansi_id = instansi_named(opened.world(opened.now()).directory, instansi).id
        _refuse_known(opened, username)
        password, made = _password(username, password_file)
        hashed = _hash(password)

        def write(connection: Connection) -> None:
            users.add_user(
                connection,
                username,
                nama,
                role,
                hashed,
                at,
                instansi_id=instansi_id,
                must_change=made,
            )

        _write(opened, write)
    _report(username, password if made else None, as_json=as_json, role=role)


def _refuse_known(opened: Installation, username: str) -> None:
    """Say so before a password is asked for."""
    from scheduler.store import users
    from scheduler.store.session import reading

    with reading(opened.engine) as connection:
        if users.account(connection, username) is not None:
            fail(f"there is a user {username} already")


@app.command("list")
def list_users(as_json: Json = False) -> None:
    """List the users, disabled ones too."""
    from scheduler.store import users
    from scheduler.store.session import reading

    with installation() as opened, reading(opened.engine) as connection:
        found = users.accounts(connection)
    if as_json:
        emit_lines(_document(user) for user in found)
        return
    for user in found:
        marks = [
            word
            for word, holds in (
                ("disabled", user.disabled_at is not None),
                ("second factor", user.has_totp),
                ("must change password", user.must_change),
            )
            if holds
        ]
        role = f"{user.wewenang} {user.instansi}" if user.instansi else str(user.wewenang)
        line = f"{user.username:<20} {role:<24} {user.nama}"
        typer.echo(f"{line}  [{', '.join(marks)}]" if marks else line)


@app.command("password")
def set_password(name: Username, password_file: PasswordFile = None, as_json: Json = False) -> None:
    """Give a user another password; wherever he is logged in, he is not any more."""
    from scheduler.store import users

    with installation() as opened:
        user = _user(opened, name)
        password, made = _password(user.username, password_file)
        hashed = _hash(password)

        def write(connection: Connection) -> None:
            users.set_password(connection, user.id, hashed, must_change=made)
            users.end_sessions(connection, user.id)

        _write(opened, write)
    _report(user.username, password if made else None, as_json=as_json)


@app.command("disable")
def disable(name: Username, as_json: Json = False) -> None:
    """Keep a user from logging in, and log him out; what he did stays on record."""
    from scheduler import clock
    from scheduler.store import users

    at = clock.now()

    def write(connection: Connection, user: Account) -> None:
        if user.disabled_at is None:
            users.set_disabled(connection, user.id, at)
        users.end_sessions(connection, user.id)

    _change(name, write, as_json=as_json)


@app.command("enable")
def enable(name: Username, as_json: Json = False) -> None:
    """Let a disabled user log in again, with the password he had."""
    from scheduler.store import users

    def write(connection: Connection, user: Account) -> None:
        users.set_disabled(connection, user.id, None)

    _change(name, write, as_json=as_json)


@app.command("reset-totp")
def reset_totp(name: Username, as_json: Json = False) -> None:
    """Turn a user's second factor off (his phone is lost), and log him out."""
    from scheduler.store import users

    def write(connection: Connection, user: Account) -> None:
        users.set_totp(connection, user.id, None)
        users.end_sessions(connection, user.id)

    _change(name, write, as_json=as_json)


# --- what they share --------------------------------------------------------------------------


def _change(name: str, write: Callable[[Connection, Account], None], *, as_json: bool) -> None:
    with installation() as opened:
        user = _user(opened, name)
        _write(opened, lambda connection: write(connection, user))
        changed = _user(opened, name)
    if as_json:
        emit(_document(changed))
    else:
        typer.echo(f"{changed.username}: {'disabled' if changed.disabled_at else 'enabled'}")


def _write(opened: Installation, do: Callable[[Connection], None]) -> None:
    from scheduler.store.session import writing

    with writing(opened.engine) as connection:
        do(connection)


def _user(opened: Installation, name: str) -> Account:
    from scheduler.store import users
    from scheduler.store.session import reading

    username = _username(name)
    with reading(opened.engine) as connection:
        found = users.account(connection, username)
    if found is None:
        fail(f"there is no user {username}; see: ingat user list")
    return found


def _username(name: str) -> str:
    username = name.strip().lower()
    if not USERNAME.fullmatch(username):
        fail(
            f"{name!r} is no username: write 2 to 64 of the letters a to z, digits, dot, hyphen "
            "and underscore, beginning with a letter or a digit",
            2,
        )
    return username


def _password(username: str, file: Path | None) -> tuple[str, bool]:
    """Return the password to set, and whether the program made it."""
    from bot import passwords

    given = _given(file)
    if not given:
        return passwords.made(), True
    weak = passwords.weakness(given, username)
    if weak is not None:
        why = {
            passwords.Weakness.SHORT: f"it has fewer than {passwords.SHORTEST} characters",
            passwords.Weakness.LONG: f"it has more than {passwords.LONGEST} characters",
            passwords.Weakness.NAME: "it is the username",
            passwords.Weakness.KNOWN: "it is among the first that somebody would try",
        }[weak]
        fail(f"that password is refused: {why}")
    return given, False


def _given(file: Path | None) -> str:
    """Return what was given as a password; an empty text asks for one to be made."""
    if file is not None:
        try:
            lines = file.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is no text"
            fail(f"--password-file: {file}: {why}")
        if not lines or not lines[0]:
            fail(f"--password-file: {file}: its first line is empty")
        return lines[0]
    if sys.stdin.isatty():
        asked: str = typer.prompt(
            "Password (empty: one is made)",
            hide_input=True,
            confirmation_prompt="Once more",
            default="",
            show_default=False,
            err=True,
        )
        return asked
    try:
        return sys.stdin.readline().rstrip("\r\n")
    except UnicodeDecodeError:
        fail("the password on stdin is no text")


def _hash(password: str) -> str:
    from bot.passwords import Passwords

    return Passwords().hash(password)


def _report(username: str, made: str | None, *, as_json: bool, role: str | None = None) -> None:
    """Say what was done; a made password is shown here and never again."""
    if as_json:
        document: dict[str, Any] = {"username": username}
        if role is not None:
            document["role"] = role
        if made is not None:
            document["password"] = made
        emit(document)
        return
    typer.echo(f"{username}: password set" if role is None else f"{username}: added as {role}")
    if made is not None:
        typer.echo(f"password: {made}  (to be changed at the first login)")


def _document(user: Account) -> dict[str, Any]:
    return {
        "username": user.username,
        "role": user.wewenang,
        "instansi": user.instansi,
        "disabled": user.disabled_at is not None,
        "totp": user.has_totp,
        "must_change": user.must_change,
    }


def add(program: typer.Typer) -> None:
    """Put these commands into the program."""
    program.add_typer(app, name="user")
