"""An Android phone with the app, on loopback: it keeps what it was given, and misbehaves as told.

Written after the app's own source (local server mode), not after our gateway: answers, statuses
and signatures are made here by themselves.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections import deque
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urlsplit

DEVICE: Final = "fake-device-0001"
HANG_S: Final = 20.0
"""The longest that an answer is held back; the end of a test lets it go."""


class FakePhone:
    """The phone; usable from any thread."""

    username = "sms"
    password = "sandi-ponsel"
    signing_key = "kunci-tanda"
    number = "+6281100000995"

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.release = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.block_on_close = False  # a failed test may still hold its connection
        self._server.phone = self  # type: ignore[attr-defined]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self.reset()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def reset(self) -> None:
        """Forget everything; answer as one should."""
        with self._lock:
            self.kept: dict[str, dict[str, Any]] = {}
            self.order: list[str] = []
            self.requests: list[tuple[str, str]] = []
            self.webhooks: list[dict[str, str]] = []
            self.hashed = False
            self._script: deque[str] = deque()

    def script(self, *steps: str) -> None:
        """Say how the next requests go, one step for each.

        `500_before`, `cut_before`: nothing is taken; `500_after`, `cut_after`, `hang_after`: taken,
        and the answer is lost; `nonsense_after`: taken, and the answer is no JSON; or a status.
        """
        with self._lock:
            self._script.extend(steps)

    # --- what tests look at and do ----------------------------------------------------------

    def sent_to(self, number: str) -> list[str]:
        """The texts the phone was given for a number, in order."""
        return [
            self.kept[sid]["textMessage"]["text"]
            for sid in self.order
            if self.kept[sid]["recipients"][0]["phoneNumber"] == number
        ]

    def move(self, sid: str, state: str, error: str | None = None) -> None:
        """The SIM, or a person at the phone, moves a message on."""
        with self._lock:
            message = self.kept[sid]
            message["state"] = message["recipients"][0]["state"] = state
            if error is not None:
                message["recipients"][0]["error"] = error

    def event(
        self,
        name: str,
        payload: Mapping[str, object],
        *,
        timestamp: int,
        key: str | None = None,
        event_id: str = "E1",
    ) -> tuple[bytes, dict[str, str]]:
        """A webhook, as the app would post it at a time: the body and the headers."""
        body = json.dumps(
            {
                "id": event_id,
                "webhookId": "W1",
                "event": name,
                "deviceId": DEVICE,
                "payload": dict(payload),
            },
            ensure_ascii=False,
        ).encode("utf-8", "surrogatepass")
        return body, signed(body, timestamp, key or self.signing_key)

    # --- the app's side ---------------------------------------------------------------------

    def next_step(self) -> str:
        with self._lock:
            return self._script.popleft() if self._script else ""

    def take(self, request: Mapping[str, Any]) -> tuple[int, Any]:
        """Enqueue a message as the app does; an id that is there already is a conflict."""
        if not request.get("phoneNumbers"):
            return 400, {"message": "Empty phone numbers list"}
        if not (request.get("textMessage") or {}).get("text"):
            return 400, {"message": "Text message is empty"}
        sid = request["id"]
        with self._lock:
            if sid in self.kept:
                return 409, {"message": "Message with the same ID already exists"}
            self.kept[sid] = {
                "id": sid,
                "deviceId": DEVICE,
                "state": "Pending",
                "isHashed": False,
                "isEncrypted": False,
                "textMessage": request["textMessage"],
                "recipients": [
                    {"phoneNumber": number, "state": "Pending"}
                    for number in request["phoneNumbers"]
                ],
                "states": {"Pending": "2026-05-04T10:00:00.000+07:00"},
                "asked": dict(request),
            }
            self.order.append(sid)
        return 202, self.shown(sid)

    def shown(self, sid: str) -> dict[str, Any]:
        with self._lock:
            message = {k: v for k, v in self.kept[sid].items() if k != "asked"}
            if self.hashed:
                message["isHashed"] = True
                message["recipients"] = [
                    {**each, "phoneNumber": hashlib.sha256(b"x").hexdigest()[:16]}
                    for each in message["recipients"]
                ]
            return message


def signed(body: bytes, timestamp: int | str, key: str) -> dict[str, str]:
    """The headers with which the app signs a body."""
    digest = hmac.new(key.encode(), body + str(timestamp).encode(), hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/json",
        "X-Timestamp": str(timestamp),
        "X-Signature": digest,
    }


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def phone(self) -> FakePhone:
        return self.server.phone  # type: ignore[attr-defined,no-any-return]

    def log_message(self, *_: object) -> None:  # its own log would end up among the test's
        pass

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        self._serve(lambda: self._get(path), b"")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = urlsplit(self.path).path
        if path != "/messages":
            self._serve(lambda: (404, None), body)
            return
        self._serve(lambda: self.phone.take(json.loads(body)), body)

    def _get(self, path: str) -> tuple[int, Any]:
        if path == "/webhooks":
            return 200, self.phone.webhooks
        sid = path.removeprefix("/messages/")
        if sid in self.phone.kept:
            return 200, self.phone.shown(sid)
        return 404, None

    def _serve(self, act: Any, body: bytes) -> None:
        self.phone.requests.append((self.command, self.path))
        step = self.phone.next_step()
        login = base64.b64encode(f"{self.phone.username}:{self.phone.password}".encode()).decode()
        if self.headers.get("Authorization") != f"Basic {login}":
            self._answer(401, None)
        elif step == "cut_before":
            self.close_connection = True
        elif step == "500_before":
            self._answer(500, {"message": "Internal server error"})
        elif step.isdecimal():
            self._answer(int(step), None)
        else:
            self._after(step, *act())

    def _after(self, step: str, status: int, answer: Any) -> None:
        if step == "cut_after":
            self.close_connection = True
        elif step == "500_after":
            self._answer(500, None)
        elif step == "nonsense_after":
            self._answer(status, "<html>", raw=True)
        elif step == "hang_after":
            self.phone.release.wait(HANG_S)
            self.close_connection = True
        else:
            self._answer(status, answer)

    def _answer(self, status: int, answer: Any, *, raw: bool = False) -> None:
        content = b"" if answer is None else answer.encode() if raw else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
