"""The console as one application: starlette-admin's shell with our templates, guards and pages.

Of starlette-admin come the stylesheet and icons, the menu's views, CSRF, flashed messages and the
place of the login. Its lists and forms of tables are not used: what people do here are verbs of a
complaint's life, not edits of rows. Nothing loads from another host.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from importlib.resources import files
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from fastapi import FastAPI
from fastapi.exception_handlers import http_exception_handler
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Match, Mount
from starlette.types import Scope
from starlette_admin import BaseAdmin
from starlette_admin.flash import get_flashed_messages

from bot.compose import Installation
from bot.web.console import filters, linimasa, pages
from bot.web.console.access import Right, may
from bot.web.console.auth import LOGIN, Gate, Provider
from bot.web.console.page import BACK, UNDO, Page
from bot.web.console.shield import HEADERS, Shield
from bot.web.console.words import gettext, ngettext
from scheduler.store import handled
from scheduler.store.session import reading
from scheduler.store.users import Visitor
from scheduler.world import World

NAME: Final = "console"
KEPT_ROUTES: Final = frozenset({"static", "login", "login_code", "logout"})
"""Of what starlette-admin and the login bring along; the rest edits tables, and is not ours."""


class Console:
    """The console of one installation."""

    def __init__(self, opened: Installation) -> None:
        """Build it; `mount` puts it into the web application."""
        logging.getLogger("starlette_admin").setLevel(logging.ERROR)  # it logs names and addresses
        self.opened = opened
        self._ruled = False
        self._ruling = threading.Lock()
        self.pages: Sequence[Page] = [page(self) for page in pages.PAGES]
        self.provider = Provider(self)
        here = files("bot.web.console")
        self._admin = BaseAdmin(
            title="Ingat",
            base_url="",
            route_name=NAME,
            templates_dir=str(here.joinpath("templates")),
            static_dir=str(here.joinpath("static")),
            auth_provider=self.provider,
            secret_key=opened.secret("console"),
            middlewares=[Middleware(Shield, show=self._refusal)],
            timezone_config=None,
        )
        # Who is not logged in is turned away before anybody reads what he sends: the guard against
        # forged forms takes all of it into memory.
        first: tuple[Any, ...] = (Shield, Gate)
        self._admin.middlewares.sort(key=lambda guard: [guard.cls is not one for one in first])
        self._admin.routes = [
            route for route in self._admin.routes if getattr(route, "name", "") in KEPT_ROUTES
        ]
        for page in self.pages:
            self._admin.add_view(page)
        self.must_change_path = "/akun"
        env = self._admin.templates.env
        env.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
        env.globals.update(csrf_name="csrftoken", asset=asset, UNDO=UNDO, BACK=BACK)
        env.globals.update(VERBS=linimasa.VERBS)
        filters.add(env, opened.settings.timezone)

    def mount(self, app: FastAPI) -> None:
        """Answer at the console's own addresses, and at no other."""
        self._admin.mount_to(app)
        app.state.console = self
        app.router.routes[-1] = _Known("", app=self._admin.app, name=NAME)
        app.add_exception_handler(404, self._nowhere)  # type: ignore[arg-type]

    def _refusal(self, status: int, sentence: str, back: str | None) -> str:
        """Return the page of what is refused before any page is asked."""
        page = self._admin.templates.env.get_template("error.html")
        return page.render(exc=HTTPException(status), sentence=sentence, back=back)

    async def _nowhere(self, request: Request, error: HTTPException) -> Response:
        """Answer a browser that asks for what there is not: in words, with a way on."""
        if "text/html" not in request.headers.get("accept", ""):
            return await http_exception_handler(request, error)
        text = self._admin.templates.env.get_template("error.html").render(
            request=request, exc=error
        )
        return HTMLResponse(text, 404, {**HEADERS, "Cache-Control": "no-store"})

    @property
    def routes(self) -> Sequence[Any]:
        """Every route of the console, for the tests that try each as everybody."""
        return tuple(self._admin.routes)

    def world(self) -> World:
        """Return the rules and people to look at; a web without a scheduler loads them once."""
        with self._ruling:
            if not self._ruled:
                self.opened.load_rules(self.opened.now())
                self._ruled = True
        return self.opened.rules.world(self.opened.engine)

    def render(
        self, request: Request, template: str, status: int = 200, **context: Any
    ) -> Response:
        """Return a page from a template, with what every page shows."""
        visitor: Visitor | None = getattr(request.state, "visitor", None)
        shown = {
            "request": request,
            "visitor": visitor,
            "menu": self._menu(visitor, request),
            "flashed": get_flashed_messages(request),
            "stopped": self.opened.stopped_since() if visitor else None,
            "offer": self._offer(request, visitor),
            "here": here(request),
            "now": self.opened.now(),
            **context,
        }
        text = self._admin.templates.env.get_template(template).render(shown)
        return HTMLResponse(text, status)

    def _menu(self, visitor: Visitor | None, request: Request) -> list[dict[str, Any]]:
        if visitor is None or visitor.must_change:
            return []
        path = request.url.path
        return [
            {
                "label": gettext(page.menu_label),
                "path": page.path,
                "icon": page.icon,
                "active": path == page.path
                or (page.path != "/" and path.startswith(f"{page.path}/")),
            }
            for page in sorted(self.pages, key=lambda page: page.order)
            if page.order and may(visitor.wewenang, page.right)
        ]

    def _offer(self, request: Request, visitor: Visitor | None) -> handled.Offer | None:
        """Return what the visitor has just done and can still take back, wherever he is now.

        The action that the address names comes before newer ones.
        """
        if visitor is None or visitor.must_change or not may(visitor.wewenang, Right.ANSWER):
            return None
        asked = request.query_params.get(UNDO, "")
        known = asked.isascii() and asked.isdecimal() and len(asked) < 10
        with reading(self.opened.engine) as connection:
            return handled.offer(
                connection, visitor.id, self.opened.now(), int(asked) if known else None
            )

    def came_from(self, request: Request, otherwise: str) -> str:
        """Return the address that a form says it came from, if it is one of this console."""
        sent = getattr(request.state, "sent", {})
        asked = str(sent.get(BACK, ""))
        return asked if is_local(asked) else otherwise


class _Known(Mount):
    """Matches what the console has a route for: anything else is not found, as without it."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Judge one address."""
        match, child = super().matches(scope)
        known = any(route.matches(scope)[0] is not Match.NONE for route in self.routes)
        return (match, child) if known else (Match.NONE, {})


def asset(path: str) -> str:
    """Return the address of a file that is served; relative, so that no proxy can mistake it."""
    return f"/static/{path}"


def here(request: Request) -> str:
    """Return the address of the page that is asked for, as a form gives it back."""
    query = [(k, v) for k, v in parse_qsl(request.url.query) if k != UNDO]
    return f"{request.url.path}?{urlencode(query)}" if query else request.url.path


def is_local(address: str) -> bool:
    """Return whether an address leads nowhere but to this console."""
    if (
        not address.startswith("/")
        or address.startswith(("//", "/\\"))
        or not address.isprintable()
    ):
        return False
    parts = urlsplit(address)
    return not parts.scheme and not parts.netloc and parts.path != LOGIN


def add(app: FastAPI, opened: Installation) -> Console:
    """Put the console into the web application, after everything else in it."""
    console = Console(opened)
    console.mount(app)
    return console
