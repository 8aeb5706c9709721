"""What every page of the console shares: who asks, what he may, and how he is answered.

A page is a `Page` with handlers marked by `get` and `post`. Each names the right it needs; without
one it cannot be written. Handlers are plain functions that run in a thread: they may read and
write the database. What they raise is answered in one sentence.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from textwrap import shorten
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import quote, urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette_admin import CustomView, flash, route

from bot.compose import Installation
from bot.rule_files import RuleFileError
from bot.web.console.access import Right, may
from bot.web.console.forms import LARGEST, Form, InvalidError, read, read_leniently
from bot.web.console.words import gettext as _
from scheduler.complaint import RefusedError
from scheduler.runner import fault
from scheduler.store import access_log
from scheduler.store.session import writing
from scheduler.store.users import Visitor
from scheduler.store.visible import Scope, scope_of
from scheduler.world import World

if TYPE_CHECKING:
    from bot.web.console.shell import Console

log = logging.getLogger(__name__)

BACK: Final = "kembali"
"""The field of a form that says where to go when it is done: an address of this console."""
LONGEST_MESSAGE: Final = 1200
"""Characters: a message travels in a cookie, and browsers drop one above 4,096 bytes."""
UNDO: Final = "urungkan"
"""The part of an address that says which action the page offers to undo."""

F = TypeVar("F", bound=Form)


@dataclass(frozen=True, slots=True)
class Rule:
    """What a handler needs and takes; the tests read it to try every route as everybody."""

    right: Right
    form: type[Form] | None = None
    query: type[Form] | None = None


@dataclass(slots=True)
class Visit:
    """One request of somebody who is logged in and may do what he asks for.

    `at` is the installation's time (UTC), which a training room may have moved.
    """

    request: Request
    opened: Installation
    visitor: Visitor
    at: datetime
    console: Console
    _world: World | None = field(default=None, init=False)

    @property
    def world(self) -> World:
        """The rules and people to look at; changes nothing."""
        if self._world is None:
            self._world = self.console.world()
        return self._world

    @property
    def scope(self) -> Scope:
        """The instansi whose complaints the visitor sees; None: all."""
        return scope_of(self.world.directory, self.visitor.instansi_id)

    def may(self, right: Right) -> bool:
        """Return whether the visitor has a right."""
        return may(self.visitor.wewenang, right)

    def saw(self, what: str, complaint_id: int | None = None, about: str | None = None) -> None:
        """Note in the access log that personal data is shown; before it is."""
        with writing(self.opened.engine) as connection:
            access_log.note(
                connection, self.visitor.id, what, self.at, complaint_id=complaint_id, about=about
            )

    # --- answers --------------------------------------------------------------------------

    def page(self, template: str, status: int = 200, **context: Any) -> Response:
        """Answer with a page."""
        return self.console.render(self.request, template, status, visit=self, **context)

    def go(
        self,
        path: str,
        message: str | None = None,
        *,
        level: str = "success",
        undo: int | None = None,
        **query: str,
    ) -> Response:
        """Answer by leading to a page of the console, with a message for it.

        `undo` is the id of an action that the page then offers to undo.
        """
        if message:
            flash(self.request, shorten(message, LONGEST_MESSAGE, placeholder=" …"), level)
        if undo is not None:
            query[UNDO] = str(undo)
        address, _mark, given = path.partition("?")
        given = "&".join(p for p in given.split("&") if p and not p.startswith(f"{UNDO}="))
        parts = "&".join(filter(None, (given, urlencode(query))))
        return RedirectResponse(f"{address}?{parts}" if parts else address, status_code=303)

    def back(
        self, otherwise: str, message: str | None = None, *, undo: int | None = None
    ) -> Response:
        """Answer by leading back to where the form came from, else to `otherwise`."""
        return self.go(self.console.came_from(self.request, otherwise), message, undo=undo)


Handler = Callable[..., Response]

RULES: Final[dict[str, Rule]] = {}
"""The rule of every handler there is, by the name of its route."""


def get(path: str, right: Right, *, query: type[Form] | None = None) -> Callable[[Handler], Any]:
    """Answer GET requests with what a handler `(self, visit[, query], **path)` returns."""
    return _handle("GET", path, Rule(right, query=query))


def post(path: str, right: Right, form: type[Form]) -> Callable[[Handler], Any]:
    """Answer a form with what a handler `(self, visit, form, **path)` returns.

    What is wrong with the form, and what is refused, leads back to where it came from, with one
    sentence; a page that wants to show the form again has `invalid(self, visit, error, **path)`.
    """
    return _handle("POST", path, Rule(right, form=form))


def _handle(method: str, path: str, rule: Rule) -> Callable[[Handler], Any]:
    def wrap(handler: Handler) -> Any:
        async def endpoint(self: Page, request: Request) -> Response:
            return await self.answer(request, rule, handler)

        endpoint.__name__ = handler.__name__
        endpoint.__doc__ = handler.__doc__
        name = handler.__qualname__
        RULES[name] = rule
        return route(path, methods=[method], name=name)(endpoint)

    return wrap


class Page(CustomView):
    """A part of the console. `path` is its address, `right` what it takes to see it in the menu."""

    right: Right = Right.SEE_BOARD
    order: int = 0
    """Where it stands in the menu; 0 is nowhere."""
    index = None
    """Starlette-admin's own first page of a view would answer everybody."""

    def __init__(self, console: Console) -> None:
        """Belong to a console."""
        super().__init__()
        self.console = console

    def is_accessible(self, request: Request) -> bool:
        """Let starlette-admin ask nothing: each handler's own rule decides."""
        return True

    async def answer(self, request: Request, rule: Rule, handler: Handler) -> Response:
        """Answer one request by a handler, if its rule lets this visitor."""
        visitor: Visitor = request.state.visitor
        if not may(visitor.wewenang, rule.right):
            raise HTTPException(403)
        if visitor.must_change and rule.right is not Right.OWN_ACCOUNT:
            return RedirectResponse(self.console.must_change_path, status_code=303)
        given = dict(request.path_params)
        if any(isinstance(value, int) and value > LARGEST for value in given.values()):
            raise HTTPException(404)
        # A file is at `visit.request.state.sent["name"]`.
        request.state.sent = await request.form() if rule.form is not None else {}

        try:
            return await asyncio.to_thread(self._work, request, visitor, rule, handler, given)
        except HTTPException:
            raise
        except Exception as error:  # noqa: BLE001 - the console stays open
            log.error("console_failed page=%s %s", handler.__qualname__, fault(error))  # noqa: TRY400
            raise HTTPException(500) from None
        finally:
            await request.close()  # the files of a form

    def _work(
        self,
        request: Request,
        visitor: Visitor,
        rule: Rule,
        handler: Handler,
        given: dict[str, Any],
    ) -> Response:
        opened = self.console.opened
        visit = Visit(request, opened, visitor, opened.now(), self.console)
        try:
            if rule.form is not None:
                return handler(self, visit, read(rule.form, request.state.sent), **given)
            if rule.query is not None:
                query = read_leniently(rule.query, request.query_params)
                return handler(self, visit, query, **given)
            return handler(self, visit, **given)
        except InvalidError as error:
            return self.invalid(visit, error, **given)
        except RefusedError as refused:
            return self.refused(visit, str(refused))
        except RuleFileError:
            log.warning("console_rules_unusable")
            return self.refused(visit, _("The rule files cannot be used; see the log."))

    def invalid(self, visit: Visit, error: InvalidError, **path: Any) -> Response:
        """Answer a form that cannot be used; pages that show it again have their own."""
        return self.refused(visit, str(error))

    def refused(self, visit: Visit, sentence: str) -> Response:
        """Answer what cannot be done: back to where it came from, with the sentence."""
        sentence = sentence[:1].upper() + sentence[1:]
        if wants_json(visit.request):
            return JSONResponse({"message": sentence}, 409)
        if visit.request.method == "GET":
            return visit.page("sentence.html", 409, sentence=sentence)
        back = self.console.came_from(visit.request, self.path if self.order else "/")
        return visit.go(back, sentence, level="error")


def wants_json(request: Request) -> bool:
    """Return whether a script asked, which shows the answer itself."""
    return request.headers.get("accept", "").startswith("application/json")


def address(path: str, /, **query: object) -> str:
    """Return an address of the console with a query; what is None or empty is left out."""
    parts = {name: str(value) for name, value in query.items() if value not in (None, "")}
    return f"{quote(path)}?{urlencode(parts)}" if parts else quote(path)
