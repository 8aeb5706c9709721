"""Who is asking: sessions in a cookie that no script can read, and the login."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from starlette.middleware import Middleware
from starlette.middleware.base import RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Match, Route
from starlette.templating import Jinja2Templates
from starlette_admin.auth import AdminUser, BaseAuthProvider
from starlette_admin.auth.base import AuthMiddleware

from bot.web.console import session_cookie
from bot.web.console.login import CODE, LOGIN, NEXT, OVER, Login, token_of
from bot.web.console.page import address, wants_json
from bot.web.console.words import gettext as _
from scheduler import clock
from scheduler.store import users
from scheduler.store.session import reading, writing
from scheduler.store.users import Visitor

if TYPE_CHECKING:
    from bot.web.console.shell import Console

__all__ = ["COOKIE", "LOGIN", "LOGOUT", "Gate", "Provider"]

LOGOUT: Final = "/keluar"
COOKIE: Final = session_cookie.NAME


class Gate(AuthMiddleware):
    """Lets in who is logged in, leads anybody else to the login.

    What the console has no route for does not come here: its mount does not match (`shell`).
    """

    async def dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        """Judge one request."""
        provider = self.provider
        assert isinstance(provider, Provider)
        names = (
            getattr(route, "name", "")
            for route in request.scope["app"].routes
            if route.matches(request.scope)[0] is not Match.NONE
        )
        asked = next(names, "")
        visitor = await asyncio.to_thread(provider.visitor, request)
        request.state.visitor = visitor
        if visitor is None and asked not in provider.open_routes:
            if wants_json(request):
                return JSONResponse({"message": _("You are not logged in any more.")}, 401)
            back = str(request.url.replace(scheme="", netloc=""))
            if request.method != "GET":
                back = _form_of(request)  # the browser keeps what was typed there: console.js
            if await asyncio.to_thread(provider.is_halfway, request):
                return RedirectResponse(address(CODE, **{NEXT: back}), status_code=303)
            over = "1" if token_of(request) else ""
            login = address(LOGIN, **{NEXT: back, OVER: over})
            return RedirectResponse(login, status_code=303)
        return await call_next(request)


def _form_of(request: Request) -> str:
    """Return the address of the page that a form was on, as the browser says; else nothing.

    A form that was refused may stand on a page that only a form leads to: then the one above it.
    """
    parts = urlsplit(request.headers.get("referer", ""))
    if parts.netloc != request.url.netloc:
        return ""
    path, query = parts.path, parts.query
    while path and not _is_page(request, path):
        path, query = path.rpartition("/")[0], ""
    return f"{path}?{query}" if path and query else path


def _is_page(request: Request, path: str) -> bool:
    scope = {**request.scope, "method": "GET", "path": path}
    routes = request.scope["app"].routes
    return any(route.matches(scope)[0] is Match.FULL for route in routes)


class Provider(BaseAuthProvider):
    """Sessions, and the way to the login."""

    open_routes: Final = frozenset({"static", "login", "login_code"})
    """What is answered without a session."""

    def __init__(self, console: Console) -> None:
        """Belong to a console."""
        super().__init__(login_path=LOGIN, logout_path=LOGOUT)
        self.console = console
        self.login = Login(console)

    def visitor(self, request: Request) -> Visitor | None:
        """Return who is logged in, by the session cookie."""
        token = token_of(request)
        if not token:
            return None
        engine, now = self.console.opened.engine, clock.now()
        with reading(engine) as connection:
            found = users.visitor_of(connection, token, now)
        if found is None:
            return None
        visitor, stale = found
        if stale:
            with writing(engine) as connection:
                users.touch(connection, token, now)
        return visitor

    def is_halfway(self, request: Request) -> bool:
        """Return whether somebody has given the password, and the code is still due."""
        token = token_of(request)
        if not token:
            return False
        with reading(self.console.opened.engine) as connection:
            return users.visitor_of(connection, token, clock.now(), verified=False) is not None

    async def authenticate(self, request: Request) -> AdminUser | None:
        """Answer starlette-admin's question; `Gate` asks `visitor` instead."""
        visitor: Visitor | None = getattr(request.state, "visitor", None)
        return AdminUser(visitor.nama) if visitor else None

    def get_middleware(self) -> Middleware:
        """Return the gate before every page."""
        return Middleware(Gate, provider=self)

    def get_routes(self, templates: Jinja2Templates) -> list[Route]:
        """Return the login and the logout."""
        return [
            Route(LOGIN, self.login.password, methods=["GET", "POST"], name="login"),
            Route(CODE, self.login.code, methods=["GET", "POST"], name="login_code"),
            Route(LOGOUT, self.logout, methods=["POST"], name="logout"),
        ]

    async def logout(self, request: Request) -> Response:
        """End the session."""
        token = token_of(request)

        def end() -> None:
            with writing(self.console.opened.engine) as connection:
                users.close_session(connection, token)

        await asyncio.to_thread(end)
        response = RedirectResponse(LOGIN, status_code=303)
        session_cookie.drop(response)
        return response
