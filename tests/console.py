"""The console under test: somebody logged in, and forms as a browser sends them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

from starlette.testclient import TestClient

from bot.compose import Installation
from bot.passwords import Passwords
from bot.web.app import create_app
from bot.web.console.auth import COOKIE
from config.terms import Wewenang
from scheduler import clock
from scheduler.store.session import writing
from tests import accounts
from tests.accounts import CHEAP, PASSWORD
from tests.directories import read_in

TOKEN = re.compile(r'name="csrftoken" value="([^"]+)"')
HOST = "http://127.0.0.1:8000"


class Console:
    """Somebody's browser, at an address. `get` and `post` follow no redirect unless asked to."""

    def __init__(
        self,
        opened: Installation,
        app: Any = None,
        *,
        host: str = "192.0.2.1",
        base: str = HOST,
    ) -> None:
        self.opened = opened
        self.app = app or _app(opened)
        # An error of ours must be a failure of the test, not an exception in it.
        self.http = TestClient(
            self.app,
            base_url=base,
            follow_redirects=False,
            raise_server_exceptions=False,
            client=(host, 50000),
        )
        self.user_id = 0

    # --- who uses it ----------------------------------------------------------------------

    def enter(self, who: int | str) -> Console:
        """Hold a new session of a user, by id or name."""
        self.session = accounts.session(self.opened, who)
        return self

    @property
    def session(self) -> str | None:
        """The token of the session that the browser holds."""
        token: str | None = self.http.cookies.get(COOKIE)
        return token

    @session.setter
    def session(self, token: str) -> None:
        self.http.cookies.pop(COOKIE, None)
        self.http.cookies.set(COOKIE, token)

    def log_in(self, username: str = "contoh", password: str = PASSWORD, **more: str) -> Any:
        """Send the form of the login; return the answer."""
        return self.post("/masuk", {"username": username, "password": password, **more})

    def fail(self, times: int, username: str = "contoh") -> Any:
        """Give a wrong password so many times; return the last answer."""
        answer: Any = None
        for _ in range(times):
            answer = self.log_in(username, "salah sekali")
        return answer

    def is_in(self) -> bool:
        """Whether the browser's session opens a page."""
        return bool(self.get("/akun").status_code == 200)

    # --- what it asks for -----------------------------------------------------------------

    def get(self, path: str, **options: Any) -> Any:
        return self.http.get(path, **options)

    def read(self, path: str) -> str:
        """The text of a page that must be there."""
        answer = self.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.headers)
        text: str = answer.text
        return text

    def token(self) -> str:
        """The CSRF token, as any page with a form gives it."""
        found = TOKEN.search(self.http.get("/masuk").text) or TOKEN.search(self.http.get("/").text)
        assert found is not None
        return found.group(1)

    def post(
        self, path: str, data: Mapping[str, str | Sequence[str]] | None = None, **options: Any
    ) -> Any:
        """Send a form."""
        return self.http.post(path, data={"csrftoken": self.token(), **(data or {})}, **options)

    def do(self, path: str, data: Mapping[str, str | Sequence[str]] | None = None) -> str:
        """Send a form that must lead somewhere; return the text of the page it leads to."""
        answer = self.post(path, data)
        assert answer.status_code == 303, (path, answer.status_code, answer.text[:300])
        return self.read(answer.headers["location"])


def with_example(opened: Installation) -> int:
    """Enter the fictional kabupaten; return the id of its DPUPR."""
    at = opened.now()
    data = files("config").joinpath("directory.example.csv").read_bytes()
    with writing(opened.engine) as connection:
        today = at.astimezone(opened.settings.timezone).date()
        read_in(connection, opened.seal, data, today)
    bodies = opened.world(at).directory.bodies.values()
    return next(body.id for body in bodies if body.short == "DPUPR")


def signed_in(
    opened: Installation,
    wewenang: Wewenang = Wewenang.ADMIN_KOORDINATOR,
    instansi_id: int | None = None,
    *,
    app: Any = None,
) -> Console:
    """Return the browser of a new user who has logged in."""
    console = Console(opened, app)
    name = f"{wewenang}{clock.now().timestamp():.6f}".replace(".", "")
    console.user_id = accounts.add(
        opened,
        name,
        wewenang,
        nama=f"Contoh {wewenang}",
        instansi_id=instansi_id,
        password=None,
    )
    return console.enter(console.user_id)


def logged_in(opened: Installation, username: str = "contoh") -> Console:
    """Return the browser of a user who has logged in with `PASSWORD`."""
    console = Console(opened)
    assert console.log_in(username).headers["location"] == "/"
    return console


def _app(opened: Installation) -> Any:
    app = create_app(opened)
    app.state.console.provider.login.passwords = Passwords(CHEAP)
    return app
