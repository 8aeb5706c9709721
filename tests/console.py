"""The console under test: somebody logged in, and forms as a browser sends them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

from starlette.testclient import TestClient

from bot.compose import Installation
from bot.web.app import create_app
from bot.web.console.auth import COOKIE
from config.terms import Wewenang
from scheduler import clock
from scheduler.store import users
from scheduler.store.session import writing
from tests.directories import read_in

TOKEN = re.compile(r'name="csrftoken" value="([^"]+)"')
HOST = "http://127.0.0.1:8000"


class Console:
    """Somebody's browser. `get` and `post` follow no redirect unless asked to."""

    def __init__(self, opened: Installation, app: Any = None) -> None:
        self.opened = opened
        self.app = app or create_app(opened)
        # An error of ours must be a failure of the test, not an exception in it.
        self.http = TestClient(
            self.app, base_url=HOST, follow_redirects=False, raise_server_exceptions=False
        )
        self.user_id = 0

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
    now = clock.now()
    with writing(opened.engine) as connection:
        name = f"{wewenang}{now.timestamp():.6f}".replace(".", "")
        console.user_id = users.add_user(
            connection, name, f"Contoh {wewenang}", wewenang, "!", now, instansi_id=instansi_id
        )
        token = users.open_session(connection, console.user_id, now)
    console.http.cookies.set(COOKIE, token)
    return console
