"""Users of the console under test who log in through the form, and a clock to move."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp
import pytest
from argon2 import PasswordHasher
from starlette.testclient import TestClient

from bot.compose import Installation
from bot.passwords import Passwords
from bot.web.app import create_app
from bot.web.console import session_cookie
from config.terms import Wewenang
from scheduler import clock
from scheduler.store import users
from scheduler.store.session import writing
from tests.console import HOST, Console

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""Takes a millisecond: what a hash costs in earnest has a test of its own."""
PASSWORD = "kuda lumping tiga"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
NOON = datetime(2026, 5, 4, 5, 0, tzinfo=UTC)


class Watch:
    """The machine's clock, held still."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at = NOON
        monkeypatch.setattr(clock, "now", lambda: self.at)

    def forward(self, **by: float) -> None:
        self.at += timedelta(**by)


def add(
    opened: Installation,
    username: str = "contoh",
    wewenang: Wewenang = Wewenang.OPERATOR,
    *,
    secret: str | None = None,
    must_change: bool = False,
    password: str = PASSWORD,
) -> int:
    """Add a user; return his id."""
    with writing(opened.engine) as connection:
        user_id = users.add_user(
            connection,
            username,
            "Nama Contoh",
            wewenang,
            CHEAP.hash(password),
            clock.now(),
            must_change=must_change,
        )
        if secret is not None:
            users.set_totp(connection, user_id, opened.seal.seal(secret))
    return user_id


def browser(opened: Installation, host: str = "192.0.2.1", base: str = HOST) -> Console:
    """A browser at an address, with nobody logged in."""
    app = create_app(opened)
    app.state.console.provider.login.passwords = Passwords(CHEAP)
    console = Console(opened, app)
    console.http = TestClient(
        app,
        base_url=base,
        follow_redirects=False,
        raise_server_exceptions=False,
        client=(host, 50000),
    )
    return console


def log_in(
    console: Console, username: str = "contoh", password: str = PASSWORD, **more: str
) -> Any:
    """Send the form of the login; return the answer."""
    return console.post("/masuk", {"username": username, "password": password, **more})


def fail(console: Console, times: int, username: str = "contoh") -> Any:
    """Give a wrong password so many times; return the last answer."""
    answer: Any = None
    for _ in range(times):
        answer = log_in(console, username, "salah sekali")
    return answer


def logged_in(opened: Installation, username: str = "contoh") -> Console:
    """The browser of a user who has logged in with `PASSWORD`."""
    console = browser(opened)
    assert log_in(console, username).headers["location"] == "/"
    return console


def is_in(console: Console) -> bool:
    """Whether the browser's session opens a page."""
    return bool(console.get("/akun").status_code == 200)


def cookie(console: Console) -> str | None:
    """The token of the session that the browser holds."""
    token: str | None = console.http.cookies.get(session_cookie.NAME)
    return token


def code(at: datetime, secret: str = SECRET) -> str:
    """What an app shows at a moment."""
    return pyotp.TOTP(secret).at(at)
