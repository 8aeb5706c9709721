"""Logging in: name and password, then a code where the user has a second factor.

Every try is counted as failed before it is looked at (`scheduler.store.logins`), under keyed
hashes of the name and of the address; neither is logged. What was wrong is never told.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Final

from pydantic import BeforeValidator, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.passwords import LONGEST, Passwords
from bot.web.console import session_cookie, totp
from bot.web.console.forms import Form, InvalidError, Line, read
from bot.web.console.page import address
from bot.web.console.words import gettext as _
from scheduler import clock
from scheduler.runner import fault
from scheduler.store import logins, users
from scheduler.store.logins import TooMany, Try
from scheduler.store.session import reading, writing
from scheduler.store.users import Visitor

if TYPE_CHECKING:
    from bot.web.console.shell import Console

log = logging.getLogger(__name__)

LOGIN: Final = "/masuk"
CODE: Final = "/masuk/kode"
NEXT: Final = "next"
"""The field and the part of the address that say where to go when logged in."""
OVER: Final = "berakhir"
"""The part of the address that says that a session has ended meanwhile."""
AT_ONCE: Final = 2
"""Passwords that are looked at at once: each takes 64 MiB for a tenth of a second."""
UNUSABLE: Final = 422


def _whole(value: object) -> object:
    """A password is taken as it was typed, spaces at its ends too."""
    return value.encode(errors="ignore").decode() if isinstance(value, str) else value


Secret = Annotated[str, BeforeValidator(_whole), Field(min_length=1, max_length=LONGEST)]


class Credentials(Form):
    """The first step."""

    username: Line = Field(title="Nama pengguna")
    password: Secret = Field(title="Kata sandi")


class Second(Form):
    """The second step."""

    kode: totp.Code = Field(title="Kode verifikasi")


class Login:
    """The pages of the login."""

    def __init__(self, console: Console) -> None:
        """Belong to a console."""
        self.console = console
        self.passwords = Passwords()
        self._few = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="login")

    async def password(self, request: Request) -> Response:
        """Ask for name and password, or look at them."""
        if request.method == "POST":
            return await self._look(request, self._password)
        return await asyncio.to_thread(self._ask, request, "masuk.html")

    async def code(self, request: Request) -> Response:
        """Ask for the code of the second factor, or look at it."""
        return await self._look(request, self._code)

    async def _look(
        self, request: Request, step: Callable[[Request, datetime], Response]
    ) -> Response:
        request.state.sent = await request.form() if request.method == "POST" else {}
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._few, step, request, clock.now())
        except Exception as error:  # noqa: BLE001 - as for every page
            log.error("console_failed page=login %s", fault(error))  # noqa: TRY400
            raise HTTPException(500) from None

    # --- the steps ------------------------------------------------------------------------

    def _password(self, request: Request, now: datetime) -> Response:
        try:
            form = read(Credentials, request.state.sent)
        except InvalidError as error:
            return self._ask(request, "masuk.html", str(error), UNUSABLE)
        username = form.username.lower()
        tried = self._begin(request, username, now)
        if isinstance(tried, TooMany):
            return self._too_many(request, "masuk.html", tried, now)
        with reading(self.console.opened.engine) as connection:
            found = users.login_of(connection, username)
        kept = found.password_hash if found else None
        if self.passwords.matches(kept, form.password) and found is not None:
            renewed = None
            if self.passwords.is_stale(found.password_hash):
                renewed = self.passwords.hash(form.password)
            admitted = self._admit(request, found, tried, now, renewed)
            if admitted is not None:
                return admitted
        log.info("login_failed")
        wrong = _("The username or the password is wrong.")
        return self._ask(request, "masuk.html", wrong, UNUSABLE)

    def _admit(
        self, request: Request, found: users.Login, tried: Try, now: datetime, renewed: str | None
    ) -> Response | None:
        """Open a session for who gave the right password; None where it was changed meanwhile."""
        with writing(self.console.opened.engine) as connection:
            user = users.login_by_id(connection, found.id, lock=True)
            if user is None or user.password_hash != found.password_hash:
                return None
            wholly = user.totp_sealed is None
            logins.succeeded(connection, tried, wholly=wholly)
            if renewed is not None:
                users.rehash(connection, user.id, user.password_hash, renewed)
            # A new token each time: one that was put into the browser before is worth nothing.
            users.close_session(connection, token_of(request))
            token = users.open_session(connection, user.id, now, verified=wholly)
        if not wholly:
            return self._go(request, address(CODE, next=wanted(request)), token)
        log.info("login user=%d", user.id)
        return self._go(request, wanted(request) or "/", token)

    def _code(self, request: Request, now: datetime) -> Response:
        engine = self.console.opened.engine
        token = token_of(request)
        with reading(engine) as connection:
            pending = users.visitor_of(connection, token, now, verified=False)
        if pending is None:
            return RedirectResponse(address(LOGIN, next=wanted(request)), status_code=303)
        if request.method != "POST":
            return self._ask(request, "masuk_kode.html")
        visitor = pending[0]
        try:
            form = read(Second, request.state.sent)
        except InvalidError as error:
            return self._ask(request, "masuk_kode.html", str(error), UNUSABLE)
        tried = self._begin(request, visitor.username, now)
        if isinstance(tried, TooMany):
            return self._too_many(request, "masuk_kode.html", tried, now)
        fresh = self._proven(visitor, token, form.kode, tried, now)
        if fresh is None:
            log.info("login_failed")
            wrong = _("The code is wrong or was used before.")
            return self._ask(request, "masuk_kode.html", wrong, UNUSABLE)
        log.info("login user=%d", visitor.id)
        return self._go(request, wanted(request) or "/", fresh)

    def _proven(
        self, visitor: Visitor, token: str, code: str, tried: Try, now: datetime
    ) -> str | None:
        """Return the token of a session for who gave the right code, or None."""
        opened = self.console.opened
        with writing(opened.engine) as connection:
            user = users.login_by_id(connection, visitor.id, lock=True)
            waits = users.visitor_of(connection, token, now, verified=False)
            if user is None or user.totp_sealed is None or waits is None:
                return None
            step = totp.step_of(opened.seal.open(user.totp_sealed), code, now, user.totp_step)
            if step is None or not users.take_step(connection, user.id, step):
                return None
            logins.succeeded(connection, tried, wholly=True)
            users.close_session(connection, token)
            return users.open_session(connection, user.id, now)

    # --- counting -------------------------------------------------------------------------

    def _begin(self, request: Request, username: str, now: datetime) -> Try | TooMany:
        blind = self.console.opened.seal.blind
        limits = {
            blind(f"login/name/{username}"): logins.NAME_LIMIT,
            blind(f"login/address/{_network(request)}"): logins.ADDRESS_LIMIT,
        }
        with writing(self.console.opened.engine) as connection:
            return logins.begin(connection, limits, now)

    def _too_many(self, request: Request, template: str, limit: TooMany, now: datetime) -> Response:
        log.info("login_refused")
        answer = self._ask(request, template, too_many(limit, now), 429)
        answer.headers["Retry-After"] = str(max(1, int((limit.until - now).total_seconds()) + 1))
        return answer

    # --- answers --------------------------------------------------------------------------

    def _ask(
        self, request: Request, template: str, error: str | None = None, status: int = 200
    ) -> Response:
        sent = getattr(request.state, "sent", {})
        typed = sent.get("username", "")
        return self.console.render(
            request,
            template,
            status,
            error=error,
            next=wanted(request),
            over=OVER in request.query_params,
            username=typed if isinstance(typed, str) else "",
        )

    def _go(self, request: Request, to: str, token: str) -> Response:
        answer = RedirectResponse(to, status_code=303)
        session_cookie.put(answer, request, self.console.opened.settings.public_url, token)
        return answer


def too_many(limit: TooMany, now: datetime) -> str:
    """Return the sentence for who has failed too often."""
    minutes = max(1, -int((now - limit.until).total_seconds() // 60))
    return _("Too many tries have failed. Please try again in %(minutes)d minutes.") % {
        "minutes": minutes
    }


def wanted(request: Request) -> str:
    """Return the address of this console to lead to after the login, or an empty text."""
    from bot.web.console.shell import is_local

    sent: Any = getattr(request.state, "sent", {})
    asked = sent.get(NEXT) or request.query_params.get(NEXT) or ""
    if not isinstance(asked, str) or not is_local(asked):
        return ""
    return "" if asked.partition("?")[0] in (CODE, "/keluar") else asked


def token_of(request: Request) -> str:
    """Return the token of the session that a request belongs to, or an empty text."""
    return request.cookies.get(session_cookie.NAME, "")


def _network(request: Request) -> str:
    """Return where a request came from: an IPv4 address, or the network that a household gets."""
    host = request.client.host if request.client else ""
    try:
        found = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((int(found), 64), strict=False))
    return str(found)
