"""Around the whole console: security headers, a limit to what is taken in, and kind refusals.

The policy admits scripts, styles, fonts and pictures of this console alone, and nothing inline:
a text that somehow got onto a page unescaped would still do nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.web.console.words import gettext as _
from scheduler.runner import fault
from scheduler.store.session import DISCONNECTED

log = logging.getLogger(__name__)

MIB: Final = 1 << 20
IMPORT: Final = "/kotak-masuk/impor"
LARGEST_EXPORT: Final = 32 * MIB
USUAL: Final = MIB // 4
LARGEST: Final = {IMPORT: LARGEST_EXPORT + USUAL}
"""How much a form may bring, by its address: a file comes with the form around it."""
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
OWN: Final = frozenset({None, b"same-origin", b"none"})
"""What a browser says of where a form came from. The token alone does not stop another host of the
same town: it may plant a cookie for all of them, its own token in it."""
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
Show = Callable[[int, str, str | None], str]
"""Writes the page of a refusal: its status, a sentence, and an address to go back to, if any."""
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
HTTPS_ONLY: Final = ("Strict-Transport-Security", "max-age=15552000")
"""Sent over https alone, where it counts: half a year, of this host and of none below it."""


class Shield:
    """ASGI: sets headers, refuses what is too large, and says in Indonesian what CSRF refused."""

    def __init__(self, app: ASGIApp, show: Show) -> None:
        self._app = app
        self._show = show

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path: str = scope["path"]
        answer = _Answer(scope, send, self._show)
        taker = _Taker(receive, LARGEST.get(path, USUAL))
        refused = _refused(scope, taker.most)
        if refused is not None:
            await answer.say(*refused)
            return
        try:
            await self._app(scope, taker, answer)
        except _TooLargeError:
            if answer.started:
                raise
            await answer.say(413, _too_large(path))
        except HTTPException as error:
            # The CSRF guard reads forms outside of what answers for such errors.
            if answer.started:
                raise
            await answer.say(error.status_code, _("That cannot be read."))
        except Exception as error:
            # Who is asking could not even be found out: the database is away, say.
            if answer.started:
                raise
            log.error("console_failed page=shield %s", fault(error))  # noqa: TRY400 - no values
            away = isinstance(error, DISCONNECTED)
            text = _("Something went wrong; it is in the service's log.")
            await answer.say(503 if away else 500, text)


def _refused(scope: Scope, most: int) -> tuple[int, str] | None:
    """Return why a request is refused before anything of it is read, if it is."""
    headers = dict(scope["headers"])
    if scope["method"] not in SAFE and headers.get(b"sec-fetch-site") not in OWN:
        return 403, _("That cannot be read.")
    length = headers.get(b"content-length", b"")
    if length.isdigit() and int(length) > most:
        return 413, _too_large(scope["path"])
    if not _is_text(scope["query_string"]):
        return 400, _("That cannot be read.")
    return None


def _too_large(path: str) -> str:
    if path != IMPORT:
        return _("That is too large for this form.")
    return _(
        "This file is too large: 32 MB at most. "
        "Please export shorter periods from SP4N-LAPOR! and import them one by one."
    )


def _is_text(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


class _TooLargeError(Exception):
    """More came than the form may bring."""


class _Taker:
    """Counts what a request brings."""

    def __init__(self, receive: Receive, most: int) -> None:
        self._receive = receive
        self.most = most
        self._left = most

    async def __call__(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise _TooLargeError
        return message


class _Answer:
    """Sends with the headers that every answer has."""

    def __init__(self, scope: Scope, send: Send, show: Show) -> None:
        self._send = send
        self._show = show
        self._path: str = scope["path"]
        self._lasting = self._path.startswith("/static/")
        self._https = scope.get("scheme") == "https"
        self._html = b"text/html" in dict(scope["headers"]).get(b"accept", b"")
        self._instead = b""
        self.started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            if self._https:
                headers.setdefault(*HTTPS_ONLY)
            # Versions of a file are not told apart by name: the browser asks each time, in short.
            headers.setdefault("Cache-Control", "no-cache" if self._lasting else "no-store")
            if message["status"] == 403 and headers["content-type"].startswith("text/plain"):
                # The CSRF guard speaks English, and of tokens.
                text = _(
                    "This page was open for too long. Please go back, reload it and try again."
                )
                self._instead = self._show(403, text, None).encode()
                headers["content-type"] = "text/html; charset=utf-8"
                headers["content-length"] = str(len(self._instead))
        elif self._instead and message["type"] == "http.response.body":
            message = {**message, "body": self._instead, "more_body": False}
        await self._send(message)

    async def say(self, status: int, text: str) -> None:
        """Refuse with a sentence: on a page where a browser asks for one."""
        if self._html:
            text = self._show(status, text, self._path if self._path == IMPORT else None)
        body = text.encode()
        kind = b"text/html" if self._html else b"text/plain"
        await self(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [
                    (b"content-type", kind + b"; charset=utf-8"),
                    (b"content-length", str(len(body)).encode()),
                ],
            }
        )
        await self({"type": "http.response.body", "body": body})
