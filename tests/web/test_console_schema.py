"""Whatever is sent to whatever address, nothing answers with an error of ours (schemathesis).

The document is made from the routes and their forms as they are, so a new one is tried at once.
"""

from __future__ import annotations

import gc
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.core.result import Ok
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from bot.web.app import create_app
from bot.web.console.access import may
from bot.web.console.forms import LARGEST, Form
from bot.web.console.page import BACK, RULES, Rule
from tests.console import HOST, Console
from tests.showcase import USERS, showcase

ENDS_SESSION = {"logout"}
"""Not tried by who needs a session for the rest."""
UNREADY = ("/readyz", 503)
"""The one answer of that kind which is no error: no scheduler has looked."""
BY_HAND = {"GET /pesan/tangan"}
"""Is there only where messages are sent by hand."""
IN_PATHS = re.compile(r"\{(\w+)(?::\w+)?\}")
IDS = {"enum": [1, 2, 3, 7, 15, 33, 40, 0, LARGEST, LARGEST + 1, 10**30]}
ANYTHING = {
    "application/x-www-form-urlencoded": {"schema": {"type": "object"}},
    "application/json": {"schema": {}},
    "text/plain": {"schema": {"type": "string"}},
}

WIRED = {
    "gateway": "twilio",
    "public_url": "https://ingat.example",
    "twilio_account_sid": "AC" + "0" * 32,
    "twilio_auth_token": "f" * 32,
    "twilio_whatsapp_from": "+15550001111",
    "smsgate_url": "http://127.0.0.1:9",
    "smsgate_username": "contoh",
    "smsgate_password": "contoh-contoh",
    "smsgate_signing_key": "f" * 32,
    "smsgate_number": "+6281100000099",
}
"""An installation with every webhook there is; none of these leads anywhere."""


# --- the document -----------------------------------------------------------------------------


def document(routes: list[Route]) -> dict[str, Any]:
    """Describe routes in OpenAPI 3.1."""
    paths: dict[str, dict[str, Any]] = {}
    schemas: dict[str, Any] = {}
    for route in routes:
        rule = RULES.get(route.name)
        for method in sorted((route.methods or set()) - {"HEAD"}):
            path = IN_PATHS.sub(r"{\1}", route.path)
            paths.setdefault(path, {})[method.lower()] = operation(route, method, rule, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Ingat", "version": "1"},
        "paths": paths,
        "components": {"schemas": schemas},
    }


def operation(
    route: Route, method: str, rule: Rule | None, schemas: dict[str, Any]
) -> dict[str, Any]:
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": IDS}
        for name in route.param_convertors
    ]
    found: dict[str, Any] = {"responses": {"default": {"description": "some"}}}
    if rule is not None and rule.query is not None:
        fields = schema_of(rule.query, schemas)["properties"]
        parameters += [{"name": k, "in": "query", "schema": v} for k, v in fields.items()]
    if rule is not None and rule.form is not None:
        schema = schema_of(rule.form, schemas)
        schema["properties"][BACK] = {"enum": ["/", "/aduan", "//x", "http://x", "%", "/aduan/1"]}
        file = {"berkas": {"type": "string", "format": "binary"}}
        with_file = {**schema, "properties": {**schema["properties"], **file}}
        found["requestBody"] = {
            "content": {
                "application/x-www-form-urlencoded": {"schema": schema},
                "multipart/form-data": {"schema": with_file},
            }
        }
    elif method == "POST":
        found["requestBody"] = {"content": ANYTHING}
    return {**found, "parameters": parameters}


def schema_of(form: type[Form], schemas: dict[str, Any]) -> dict[str, Any]:
    """A form's JSON schema; a field that takes a key is often given one that there is."""
    found = form.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= found.pop("$defs", {})
    found["additionalProperties"] = False
    found.setdefault("properties", {})
    real: dict[str, Any] = json.loads(
        json.dumps(found), object_hook=lambda each: IDS if each.get("maximum") == LARGEST else each
    )
    return real


def console_routes(app: Any) -> list[Route]:
    mount = app.router.routes[-1]
    assert isinstance(mount, Mount)
    return [r for r in mount.routes or () if isinstance(r, Route) and r.name not in ENDS_SESSION]


def others(app: Any) -> list[Route]:
    """What the application answers beside the console."""
    return [route for route in app.routes if isinstance(route, Route)]


# --- sending it -------------------------------------------------------------------------------


def send(http: TestClient, case: Case[Any], headers: Mapping[str, str]) -> Any:
    """Send a case as `requests` writes it down, so that the bytes are those of a real client."""
    made = case.as_transport_kwargs(base_url=HOST)
    wanted = ("method", "url", "params", "data", "json", "files")
    kwargs = {name: made[name] for name in wanted if made.get(name) is not None}
    kind = {k: v for k, v in made["headers"].items() if k.lower() == "content-type"}
    written: Any = requests.Request(**kwargs, headers=kind).prepare()
    return http.request(
        written.method,
        written.url,
        content=written.body or b"",
        headers={**written.headers, **headers},
    )


def operations(routes: list[Route]) -> Iterator[APIOperation[Any, Any, Any, Any]]:
    for each in schemathesis.openapi.from_dict(document(routes)).get_all_operations():
        assert isinstance(each, Ok), each.err()
        yield each.ok()


@contextmanager
def named(operation: Any, who: str) -> Iterator[None]:
    try:
        yield
    except BaseException as error:
        error.add_note(f"{operation.method.upper()} {operation.path} as {who}")
        raise


def try_all(console: Console, routes: list[Route], who: str, examples: int) -> set[str]:
    """Send what fits and what does not to every route; return which never came to their handler."""
    missed = set()
    headers: dict[str, str] = {}

    def log_in_again() -> None:
        console.http.cookies.clear()
        console.enter(who)
        headers["X-CSRFToken"] = console.token()

    def attempt(case: Case[Any]) -> None:
        answer = send(console.http, case, headers)
        if answer.status_code == 303 and answer.headers["location"].startswith("/masuk"):
            log_in_again()  # a form ended the session, as it may
            answer = send(console.http, case, headers)
        if (case.formatted_path, answer.status_code) != UNREADY:
            assert answer.status_code < 500, answer.text[:300]
        if answer.status_code in (200, 303, 409, 422):
            missed.discard(case.operation.label)

    log_in_again()
    for operation in operations(routes):
        missed.add(operation.label)
        for mode in GenerationMode:
            run = given(operation.as_strategy(generation_mode=mode))(attempt)
            # Without a parameter nothing can be wrong with a request.
            none = suppress(Unsatisfiable) if mode is GenerationMode.NEGATIVE else nullcontext()
            with named(operation, who), none:
                settings(
                    max_examples=examples,
                    derandomize=True,
                    database=None,
                    deadline=None,
                    suppress_health_check=list(HealthCheck),
                )(run)()
    return missed


# starlette-admin's CSRF guard reads a form, and leaves closing its files to the collector.
@pytest.mark.filterwarnings("ignore:Unclosed file <tempfile.SpooledTemporaryFile:ResourceWarning")
@pytest.mark.parametrize(("who", "examples"), [("koordinator", 4), ("dpupr", 3)])
def test_no_form_and_no_address_ends_in_an_error(sqlite_url: str, who: str, examples: int) -> None:
    with showcase(sqlite_url) as opened:
        app = create_app(opened)
        console = Console(opened, app, host="127.0.0.1")  # whom the training page answers
        wewenang = USERS[who][0]
        console_has = [
            route
            for route in console_routes(app)
            if route.name not in RULES or may(wewenang, RULES[route.name].right)
        ]
        missed = try_all(console, console_has, who, examples)
        if who == "koordinator":
            try_all(console, others(app), who, examples)  # health checks, the training page
    gc.collect()
    if who == "koordinator":
        assert {one for one in missed if "{" not in one} == BY_HAND


def test_the_webhooks_take_anything_from_anybody(sqlite_url: str) -> None:
    """Nothing of it is signed; what is signed and senseless has tests of its own."""
    with showcase(sqlite_url, **WIRED) as opened:
        console = Console(opened)
        routes = others(console.app)
        assert len(routes) > 4
        try_all(console, routes, "operator", examples=10)
