"""Imports go one way, each outside thing has one owner, and files stay small.

The rules are the tables below. They are read off the source by `ast`, nothing is imported.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from textwrap import dedent

import pytest

ROOT = Path(__file__).parents[1]

ARROW = {
    "bot": ("bot", "scheduler", "config"),
    "scheduler": ("scheduler", "config"),
    "config": ("config",),
}
"""Which of our packages each may import: bot -> scheduler -> config."""

OWNERS = {
    # the environment and the clock
    "dotenv": ("config.settings",),
    "os.environ": ("config.settings",),
    "os.environb": ("config.settings",),
    "os.getenv": ("config.settings",),
    "datetime.datetime.now": ("scheduler.clock",),
    "datetime.datetime.utcnow": ("scheduler.clock",),
    "datetime.datetime.today": ("scheduler.clock",),
    "datetime.date.today": ("scheduler.clock",),
    "time.time": ("scheduler.clock",),
    "time.time_ns": ("scheduler.clock",),
    "time.localtime": ("scheduler.clock",),
    "time.gmtime": ("scheduler.clock",),
    # the database
    "sqlalchemy": ("scheduler.store",),
    "alembic": ("scheduler.store",),
    "psycopg": ("scheduler.store",),
    "sqlite3": ("scheduler.store",),
    "cryptography": ("scheduler.store.sealed",),
    # timers, the web, the terminal
    "apscheduler": ("scheduler.runner",),
    "fastapi": ("bot.web",),
    "starlette": ("bot.web",),
    "starlette_admin": ("bot.web.console",),
    "jinja2": ("bot.web.console",),
    "babel": ("bot.web.console.words",),
    "argon2": ("bot.passwords",),
    "pyotp": ("bot.web.console",),
    "segno": ("bot.web.console",),
    "uvicorn": ("bot.web",),
    "typer": ("bot.cli", "bot.__main__"),
    "click": ("bot.cli", "bot.__main__"),
    "rich": ("bot.cli", "bot.__main__"),
    # formats and providers
    "twilio": ("bot.channels.twilio_gateway",),
    "android_sms_gateway": ("bot.channels.sms_gate",),
    "requests": ("bot.channels.twilio_wire",),
    "urllib3": ("bot.channels.twilio_wire", "bot.channels.twilio_gateway"),
    "holidays": ("scheduler.working_days",),
    "openpyxl": ("bot.sp4n",),
    "xlsxwriter": ("bot.sp4n",),
    "phonenumbers": ("scheduler.phones",),
}
"""What only these modules (or what lies below them) may use; others reach it through them."""

PURE = (
    "config.limits",
    "config.message_templates",
    "config.policy*",
    "config.terms",
    "scheduler.case",
    "scheduler.complaint",
    "scheduler.delivery",
    "scheduler.directory",
    "scheduler.escalation",
    "scheduler.inbound",
    "scheduler.ladder",
    "scheduler.ledger",
    "scheduler.lifecycle",
    "scheduler.records",
    "scheduler.rehearsal",
    "scheduler.trace",
    "scheduler.working_days",
    "scheduler.world",
    "bot.conversation",
    "bot.substance",
    "bot.channels.routing",
    "bot.channels.twilio_inbound",
    "bot.channels.sms_gate_inbound",
    "bot.channels.sms_gate_words",
    "bot.channels.twilio_errors",
    "bot.explanation",
    "bot.template_words",
    "bot.web.console.access",
    "bot.wording",
)
"""Modules whose results depend on their arguments alone."""

IMPURE = ("scheduler.store", "scheduler.clock", "os", "random", "socket", "subprocess", "time")
"""What a pure module does not reach, not even through another module of ours."""

LONGEST_FILE = 450
LONGEST_FUNCTION = 60
GENERATED = "scheduler.store.migrations"
"""Alembic writes these; a first schema is as long as it is."""


@dataclass(frozen=True, slots=True)
class Module:
    """One file of ours and the dotted names it uses when it runs, or only in its annotations."""

    name: str
    source: str
    uses: frozenset[str]
    annotates: frozenset[str]


def is_within(name: str, *parents: str) -> bool:
    """Return whether a dotted name is one of `parents` or lies below it."""
    return any(name == parent or name.startswith(f"{parent}.") for parent in parents)


def parse(name: str, source: str, *, is_package: bool = False) -> Module:
    """Read a module: every import and every attribute reached through one, in full."""
    tree = ast.parse(dedent(source))
    unevaluated = {
        id(node)
        for branch in ast.walk(tree)
        if isinstance(branch, ast.If) and ast.unparse(branch.test).endswith("TYPE_CHECKING")
        for statement in branch.body
        for node in ast.walk(statement)
    }
    uses: set[str] = set()
    annotates: set[str] = set()
    bound: dict[str, str] = {}
    package = name.split(".") if is_package else name.split(".")[:-1]
    for node in ast.walk(tree):
        for local, full in _imports(node, package):
            (annotates if id(node) in unevaluated else uses).add(full)
            if id(node) not in unevaluated:
                bound[local] = full
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            root, *rest = ast.unparse(node).split(".")
            if root in bound:
                uses.add(".".join([bound[root], *rest]))
    return Module(name, source, frozenset(uses), frozenset(annotates))


def _imports(node: ast.AST, package: list[str]) -> Iterator[tuple[str, str]]:
    """Yield (name bound here, full dotted name) for an import statement."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            root = alias.name.partition(".")[0]
            yield (alias.asname, alias.name) if alias.asname else (root, root)
            yield "", alias.name  # `import a.b` binds a, and loads a.b as well
    elif isinstance(node, ast.ImportFrom):
        above = package[: len(package) - node.level + 1] if node.level else []
        base = ".".join([*above, *([node.module] if node.module else [])])
        for alias in node.names:
            yield alias.asname or alias.name, f"{base}.{alias.name}"


def against_arrow(module: Module) -> list[str]:
    """Return each import that goes against the arrow, in annotations too."""
    allowed = ARROW[module.name.partition(".")[0]]
    return [
        f"{module.name} must not import {name}"
        for name in sorted(module.uses | module.annotates)
        if is_within(name, *ARROW) and not is_within(name, *allowed)
    ]


def against_owners(module: Module) -> list[str]:
    """Return each use of what another module owns; annotations do not count."""
    return [
        f"{module.name} must not use {name}: {owned} belongs to {' or '.join(owners)}"
        for name in sorted(module.uses)
        for owned, owners in OWNERS.items()
        if is_within(name, owned) and not is_within(module.name, *owners)
    ]


def against_purity(module: Module, modules: Mapping[str, Module]) -> list[str]:
    """Return each impure thing that a pure module reaches, with the way to it."""
    if not any(fnmatchcase(module.name, pattern) for pattern in PURE):
        return []
    ways = {module.name: module.name}
    queue = [module]
    found: list[str] = []
    for current in queue:
        for used in sorted(current.uses):
            if is_within(used, *IMPURE):
                found.append(f"{ways[current.name]} -> {used}")
                continue
            ours = modules.get(used) or modules.get(used.rpartition(".")[0])
            if ours is not None and ours.name not in ways:
                ways[ours.name] = f"{ways[current.name]} -> {ours.name}"
                queue.append(ours)
    return found


def against_size(module: Module) -> list[str]:
    """Return what is longer than a reader can hold."""
    if is_within(module.name, GENERATED):
        return []
    lines = module.source.count("\n")
    found = [f"{module.name} has {lines} lines"] if lines > LONGEST_FILE else []
    for node in ast.walk(ast.parse(dedent(module.source))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            length = node.end_lineno - node.lineno + 1
            if length > LONGEST_FUNCTION:
                found.append(f"{module.name}.{node.name} has {length} lines")
    return found


def against_names(path: Path) -> list[str]:
    """Return file names that hide something: the standard library's calendar, or our packages."""
    if path.name == "calendar.py":
        return [f"{path} would hide the calendar of the standard library"]
    if path.name == "__init__.py" and path.parts[0] == "tests":
        return [f"{path} makes a package that may hide one of ours"]
    return []


def ours() -> dict[str, Module]:
    """Return every module of the three packages by its dotted name."""
    found: dict[str, Module] = {}
    for path in sorted(path for package in ARROW for path in (ROOT / package).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        is_package = parts[-1] == "__init__"
        name = ".".join(parts[:-1] if is_package else parts)
        found[name] = parse(name, path.read_text(encoding="utf-8"), is_package=is_package)
    return found


MODULES = ours()


def test_all_three_packages_are_read() -> None:
    assert {name.partition(".")[0] for name in MODULES} == set(ARROW)
    assert "scheduler.store.tables" in MODULES


def test_imports_follow_the_arrow() -> None:
    assert [line for module in MODULES.values() for line in against_arrow(module)] == []


def test_each_outside_thing_is_used_by_its_owner_only() -> None:
    assert [line for module in MODULES.values() for line in against_owners(module)] == []


def test_pure_modules_reach_neither_store_nor_clock() -> None:
    assert [line for module in MODULES.values() for line in against_purity(module, MODULES)] == []


def test_files_and_functions_stay_small() -> None:
    assert [line for module in MODULES.values() for line in against_size(module)] == []


def test_no_file_hides_another_module() -> None:
    paths = [
        path.relative_to(ROOT) for top in (*ARROW, "tests") for path in (ROOT / top).rglob("*.py")
    ]
    assert [line for path in paths for line in against_names(path)] == []


# --- the rules themselves: each is seen to refuse what it is there for -------------------------


@pytest.mark.parametrize(
    ("name", "source", "refused"),
    [
        ("config.policy", "import scheduler.clock", "scheduler.clock"),
        ("config.policy", "from scheduler import clock", "scheduler.clock"),
        ("scheduler.sweep", "from bot.wording import render", "bot.wording.render"),
        ("scheduler.sweep", "def f():\n    from bot import cli", "bot.cli"),
        (
            "scheduler.sweep",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import bot",
            "bot",
        ),
    ],
)
def test_arrow_refuses(name: str, source: str, refused: str) -> None:
    assert f"{name} must not import {refused}" in against_arrow(parse(name, source))


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("bot.cli.tick", "from scheduler.sweep import tick\nfrom config.terms import Clock"),
        ("scheduler.sweep", "from .store import cases\nimport config.terms\nimport botany"),
        ("config.policy", "from . import limits\nfrom .terms import Clock"),
    ],
)
def test_arrow_allows(name: str, source: str) -> None:
    assert against_arrow(parse(name, source)) == []


def test_relative_imports_are_resolved() -> None:
    assert parse("bot.cli.tick", "from ..web import app").uses == {"bot.web.app"}
    assert parse("bot.cli", "from .tick import run", is_package=True).uses == {"bot.cli.tick.run"}


@pytest.mark.parametrize(
    ("name", "source", "owned"),
    [
        ("bot.channels.simulator", "import twilio.rest", "twilio"),
        ("bot.channels.twilio_gateways", "from twilio import rest", "twilio"),
        (
            "scheduler.sweep",
            "def f():\n    import apscheduler.schedulers.background",
            "apscheduler",
        ),
        ("scheduler.sweep", "import os\nx = os.environ['A']", "os.environ"),
        ("scheduler.sweep", "import os.path\nx = os.environ.get('A')", "os.environ"),
        ("bot.compose", "from os import environ", "os.environ"),
        ("bot.compose", "import os as system\nsystem.getenv('A')", "os.getenv"),
        ("bot.compose", "import dotenv", "dotenv"),
        (
            "bot.wording",
            "from datetime import UTC, datetime\ndatetime.now(UTC)",
            "datetime.datetime.now",
        ),
        ("bot.wording", "import datetime as dt\ndt.datetime.utcnow()", "datetime.datetime.utcnow"),
        ("bot.wording", "import datetime\nx = datetime.date.today", "datetime.date.today"),
        ("bot.wording", "from time import time", "time.time"),
        ("bot.wording", "import time\ntime.time()", "time.time"),
        ("scheduler.lifecycle", "from sqlalchemy import select", "sqlalchemy"),
        ("scheduler.storehouse", "import sqlalchemy", "sqlalchemy"),
        ("scheduler.store.tables", "from cryptography.fernet import Fernet", "cryptography"),
        ("bot.compose", "import typer", "typer"),
        ("bot.cli.serve", "import uvicorn", "uvicorn"),
        ("bot.reports", "import xlsxwriter", "xlsxwriter"),
        ("scheduler.directory", "import phonenumbers", "phonenumbers"),
    ],
)
def test_owners_refuse(name: str, source: str, owned: str) -> None:
    (line, *_) = against_owners(parse(name, source))
    assert line.startswith(f"{name} must not use ")
    assert f": {owned} belongs to " in line


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("bot.channels.twilio_gateway", "import twilio.rest"),
        ("scheduler.store.migrations.env", "import alembic, sqlalchemy"),
        ("config.settings", "import os, dotenv\nos.environ.get('A')"),
        ("scheduler.clock", "from datetime import UTC, datetime\ndatetime.now(UTC)"),
        ("bot.wording", "from scheduler.clock import now\nnow()"),
        ("bot.wording", "import time, os\ntime.monotonic()\nos.path.join('a')"),
        ("bot.wording", "from datetime import datetime\ndatetime.fromisoformat('x')"),
        (
            "scheduler.lifecycle",
            """
            from typing import TYPE_CHECKING
            if TYPE_CHECKING:
                from sqlalchemy import Connection
                import sqlalchemy as sa
            def f(connection: Connection) -> sa.Row: ...
            """,
        ),
    ],
)
def test_owners_allow(name: str, source: str) -> None:
    assert against_owners(parse(name, source)) == []


@pytest.mark.parametrize(
    ("source", "way"),
    [
        ("import scheduler.store.cases", "scheduler.complaint -> scheduler.store.cases"),
        ("from scheduler.clock import now", "scheduler.complaint -> scheduler.clock.now"),
        ("import random", "scheduler.complaint -> random"),
        (
            "from scheduler.rules import RuleBook",
            "scheduler.complaint -> scheduler.rules -> scheduler.store.cases",
        ),
    ],
)
def test_purity_refuses(source: str, way: str) -> None:
    modules = {
        "scheduler.complaint": parse("scheduler.complaint", source),
        "scheduler.rules": parse("scheduler.rules", "from scheduler.store import cases"),
    }
    assert way in against_purity(modules["scheduler.complaint"], modules)
    assert against_purity(modules["scheduler.rules"], modules) == []  # it does not claim to be pure


def test_size_refuses_one_line_too_many() -> None:
    body = "    x = 1\n" * (LONGEST_FUNCTION - 1)
    assert against_size(parse("bot.a", f"def f():\n{body}")) == []
    longer = parse("bot.a", f"async def f():\n{body}    x = 1\n")
    assert against_size(longer) == [f"bot.a.f has {LONGEST_FUNCTION + 1} lines"]
    assert against_size(parse("bot.a", "x = 1\n" * LONGEST_FILE)) == []
    assert against_size(parse("bot.a", "x = 1\n" * (LONGEST_FILE + 1))) == [
        f"bot.a has {LONGEST_FILE + 1} lines"
    ]
    assert against_size(parse(f"{GENERATED}.versions.a", "x = 1\n" * (LONGEST_FILE + 1))) == []


@pytest.mark.parametrize("path", ["bot/cli/calendar.py", "tests/scheduler/__init__.py"])
def test_names_refuse(path: str) -> None:
    assert against_names(Path(path)) != []


@pytest.mark.parametrize("path", ["bot/cli/calendars.py", "tests/conftest.py", "bot/__init__.py"])
def test_names_allow(path: str) -> None:
    assert against_names(Path(path)) == []
