"""The console's catalogue: every message has its Indonesian, none is left over or there twice."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir

from bot.web.console import pages
from bot.web.console.words import catalogues, gettext

ROOT = Path(__file__).parents[2] / "bot" / "web" / "console"
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2.ext:babel_extract")]
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2)}
NAMED = re.compile(r"%\((\w+)\)[sd]")


@cache
def used() -> dict[str, str]:
    """Every message of code and templates, and where it is."""
    found: dict[str, str] = {}
    for name, line, message, *_ in extract_from_dir(
        str(ROOT), METHODS, {"templates/**.html": {"newstyle_gettext": "true"}}, KEYWORDS
    ):
        for one in [message] if isinstance(message, str) else message[:1]:
            found[one] = f"{name}:{line}"
    for page in pages.PAGES:
        if page.order:
            found[page.menu_label] = page.__module__
    return found


@cache
def translated() -> dict[str, str]:
    found: dict[str, str] = {}
    for catalogue in catalogues().values():
        for message in catalogue:
            if message.id:
                key = message.id if isinstance(message.id, str) else message.id[0]
                text = message.string or ""
                found[key] = text if isinstance(text, str) else text[0]
    return found


def test_every_message_has_its_indonesian() -> None:
    missing = {key: where for key, where in used().items() if not translated().get(key)}
    assert missing == {}


def test_none_is_left_over() -> None:
    assert sorted(translated().keys() - used().keys()) == []


def test_none_is_there_twice() -> None:
    names = Counter(
        message.id if isinstance(message.id, str) else message.id[0]
        for catalogue in catalogues().values()
        for message in catalogue
        if message.id
    )
    assert [name for name, count in names.items() if count > 1] == []


def test_the_same_values_stand_in_both() -> None:
    for key, text in translated().items():
        assert set(NAMED.findall(key)) == set(NAMED.findall(text)), key


def test_none_is_marked_as_doubtful() -> None:
    assert [m.id for c in catalogues().values() for m in c if m.fuzzy and m.id] == []


@pytest.mark.parametrize("message", ["Overview", "Undo"])
def test_it_is_what_people_read(message: str) -> None:
    assert gettext(message) != message
