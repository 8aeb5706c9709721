"""The training page under test, without a browser."""

from __future__ import annotations

import json
import time
from typing import Any

from fastapi.testclient import TestClient

from bot.compose import Installation
from bot.web.app import create_app

HERE = "http://127.0.0.1:8000"
OWN = {"Origin": HERE, "X-Ingat-Simulator": "1"}
PATHS = ("", "/page.css", "/page.js", "/state")
POSTS = ("say", "clock", "verify", "dispose", "example")
TIMEOUT_S = 60.0


class Page:
    """A browser's page, without the browser."""

    def __init__(self, opened: Installation) -> None:
        self.opened = opened
        self.http = near(opened)

    def post(self, name: str, **said: Any) -> int:
        return self.http.post(f"/simulator/{name}", json=said, headers=OWN).status_code

    def does(self, name: str, **said: Any) -> None:
        own = OWN | {"Content-Type": "application/json"}
        body = json.dumps(said)  # as pure ASCII it may hold half a character
        answer = self.http.post(f"/simulator/{name}", content=body, headers=own)
        assert (answer.status_code, answer.json()) == (200, {})

    def refuses(self, name: str, **said: Any) -> str:
        answer = self.http.post(f"/simulator/{name}", json=said, headers=OWN)
        assert answer.status_code == 409, answer.text
        message: str = answer.json()["message"]
        return message

    def state(self, unit: int | None = None) -> dict[str, Any]:
        answer = self.http.get("/simulator/state", params={} if unit is None else {"unit": unit})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def unit(self, name: str) -> int:
        return next(int(unit["id"]) for unit in self.state()["units"] if unit["name"] == name)

    def phone(self, role: str) -> dict[str, Any]:
        found: dict[str, Any] = next(p for p in self.state()["phones"] if p["role"] == role)
        return found

    def heard(self, role: str) -> list[tuple[str, str]]:
        """When and how each message that a phone received begins."""
        return [(m["at"], m["text"]) for m in self.phone(role)["messages"] if m["way"] == "in"]

    def moved(self, leap: str) -> str:
        """Move the clock, wait until it stands, return what it shows."""
        self.does("clock", leap=leap)
        end = time.monotonic() + TIMEOUT_S
        while (shown := self.state()["clock"])["moving"] is not None:
            assert time.monotonic() < end
            time.sleep(0.02)
        assert not shown["failed"]
        now: str = shown["now"]
        return now


def near(opened: Installation, client: str = "127.0.0.1", base: str = HERE) -> TestClient:
    return TestClient(create_app(opened), base_url=base, client=(client, 50000))
