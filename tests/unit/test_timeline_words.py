"""Every event that anything in the code writes has its words on the page of a complaint."""

from __future__ import annotations

import ast
from pathlib import Path

from bot.web.console.linimasa import EVENTS, VERBS
from scheduler.complaint import Verb

ROOT = Path(__file__).parents[2]
WRITERS = {"event": 1, "remark": 1, "tell_kominfo": 1}
"""Methods that write an event, and which argument names it."""


def written() -> set[str]:
    found: set[str] = set()
    for path in [*ROOT.glob("bot/**/*.py"), *ROOT.glob("scheduler/**/*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            place = WRITERS.get(node.func.attr)
            if place is None or len(node.args) <= place:
                continue
            name = node.args[place]
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                found.add(name.value)
    return found


def test_every_event_has_its_words() -> None:
    assert len(written()) > 10
    asked = {name for name in written() if name.endswith(("_diminta", "_ingat", "_lewat"))}
    assert sorted((written() | set(Verb)) - asked - EVENTS.keys()) == []


def test_every_verb_of_a_life_has_its_words_where_it_is_undone() -> None:
    done_from_the_console = set(Verb) - {Verb.ACCEPT, Verb.ANSWER, Verb.RETURN, Verb.RESUME}
    done_from_the_console -= {Verb.CLOSE, Verb.REOPEN}  # under their own names there
    assert sorted(done_from_the_console - VERBS.keys()) == []
