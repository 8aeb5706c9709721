"""Around the whole console: security headers, a limit to what is taken in, and kind refusals.

The policy admits scripts, styles, fonts and pictures of this console alone, and nothing inline:
a text that somehow got onto a page unescaped would still do nothing.
"""

from __future__ import annotations

import logging
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.web.console.words import gettext as _
from scheduler.runner import fault
from scheduler.store.session import DISCONNECTED

log = logging.getLogger(__name__)

MIB: Final = 1 << 20
LARGEST: Final = {"/kotak-masuk/impor": 32 * MIB}
"""How much a form may bring, by its address."""
USUAL: Final = MIB // 4
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
OWN: Final = frozenset({None, b"same-origin", b"none"})
"""What a browser says of where a form came from. The token alone does not stop another host of the
same town: it may plant a cookie for all of them, its own token in it."""
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
PLAIN_PAGE: Final = (
    '<!DOCTYPE html><html lang="id"><head><meta charset="utf-8"><title>Ingat</title>'
    '<meta name="viewport" content="width=device-width, initial-scale=1"></head>'
    '<body><main><h1>Ingat</h1><p>{text}</p><p><a href="/">{home}</a></p></main></body></html>'
)
"""A page for what is refused before there is one."""
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

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path: str = scope["path"]
        answer = _Answer(
            send, lasting=path.startswith("/static/"), https=scope.get("scheme") == "https"
        )
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
            await answer.say(413, _("That is too large for this form."))
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
        return 413, _("That is too large for this form.")
    if not _is_text(scope["query_string"]):
        return 400, _("That cannot be read.")
    return None


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

    def __init__(self, send: Send, *, lasting: bool, https: bool) -> None:
        self._send = send
        self._lasting = lasting
        self._https = https
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
                self._instead = PLAIN_PAGE.format(text=text, home=_("To the overview")).encode()
                headers["content-type"] = "text/html; charset=utf-8"
                headers["content-length"] = str(len(self._instead))
        elif self._instead and message["type"] == "http.response.body":
            message = {**message, "body": self._instead, "more_body": False}
        await self._send(message)

    async def say(self, status: int, text: str) -> None:
        body = text.encode()
        await self(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [
                    (b"content-type", b"text/plain; charset=utf-8"),
                    (b"content-length", str(len(body)).encode()),
                ],
            }
        )
        await self({"type": "http.response.body", "body": body})
