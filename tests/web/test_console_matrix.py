"""Every route of the console, tried as everybody: a new one without a rule fails here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.routing import Mount, Route

from bot.compose import Installation
from bot.web.app import create_app
from bot.web.console.access import RIGHTS, Right, may
from bot.web.console.page import RULES
from config.terms import Wewenang
from tests.console import HOST, Console, signed_in, with_example
from tests.training import training_room

OPEN = {"login", "login_code", "logout"}
"""What answers without a session: each has tests of its own."""
FORBIDDEN = "tidak terbuka untuk Anda"


@pytest.fixture
def opened(sqlite_url: str) -> Iterator[Installation]:
    with training_room(sqlite_url) as opened:
        opened.load_rules(opened.now())
        yield opened


def routes(app: Any) -> list[Route]:
    """The console's routes, as the application really has them."""
    mount = app.router.routes[-1]
    assert isinstance(mount, Mount)
    found = [route for route in mount.routes or () if getattr(route, "name", "") != "static"]
    assert all(isinstance(route, Route) for route in found), "mounts need a rule of their own"
    return found  # type: ignore[return-value]


def test_every_route_has_a_rule(opened: Installation) -> None:
    named = [route.name for route in routes(create_app(opened))]
    assert [name for name in named if name not in RULES and name not in OPEN] == []
    assert len(named) == len(set(named)), "two routes of one name: only one rule would count"


def test_every_kind_of_user_has_rights_and_every_right_somebody() -> None:
    assert RIGHTS.keys() == set(Wewenang)
    assert frozenset().union(*RIGHTS.values()) == frozenset(Right)


def address_of(route: Route) -> str:
    return str(route.url_path_for(route.name, **dict.fromkeys(route.param_convertors, 1)))


def ask(console: Console, route: Route, token: str) -> Any:
    if "GET" in (route.methods or ()):
        return console.get(address_of(route))
    return console.http.post(address_of(route), data={"csrftoken": token})


def test_nobody_gets_anything_without_a_login(opened: Installation) -> None:
    console = Console(opened)
    token = console.token()
    for route in routes(console.app):
        if route.name in OPEN:
            continue
        answer = ask(console, route, token)
        assert answer.status_code == 303, route.name
        assert answer.headers["location"].startswith("/masuk"), route.name


@pytest.mark.parametrize("wewenang", Wewenang)
def test_each_may_what_the_rule_says_and_nothing_else(
    opened: Installation, wewenang: Wewenang
) -> None:
    instansi = with_example(opened)
    console = signed_in(opened, wewenang, instansi if wewenang is Wewenang.OPD else None)
    token = console.token()
    for route in routes(console.app):
        if route.name in OPEN:
            continue
        answer = ask(console, route, token)
        allowed = may(wewenang, RULES[route.name].right)
        refused = answer.status_code == 403 and FORBIDDEN in answer.text
        assert refused is not allowed, (route.name, wewenang, answer.status_code)
        assert answer.status_code < 500, (route.name, wewenang)


@pytest.mark.parametrize("wewenang", Wewenang)
def test_the_menu_shows_what_is_open_and_nothing_else(
    opened: Installation, wewenang: Wewenang
) -> None:
    instansi = with_example(opened)
    console = signed_in(opened, wewenang, instansi if wewenang is Wewenang.OPD else None)
    text = console.read("/")
    for page in create_app(opened).state.console.pages:
        if page.order:
            shown = f'class="nav-link" href="{page.path}"' in text
            assert shown is may(wewenang, page.right), page.path


def test_another_host_names_no_page_of_ours(opened: Installation) -> None:
    """The address a form says it came from leads nowhere else."""
    console = signed_in(opened)
    for bad in ("https://jahat.example/", "//jahat.example", "/\\jahat.example", "\n//x", "/masuk"):
        answer = console.post("/tindakan/1/urungkan", {"kembali": bad})
        assert answer.headers["location"] in ("/tindakan", "/"), bad
    assert HOST not in answer.headers["location"]
