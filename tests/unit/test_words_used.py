"""Every text there is can be said: none lies in a file that no code and no rule chooses."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from config.message_files import load_messages
from config.policy_file import load_default_text, parse_policy
from config.replies import load_replies

CODE = ("bot", "scheduler")
RENDERERS = {"texts.py", "wording.py"}
"""These name kinds to say how they read, not to say them."""
ROOT = Path(__file__).parents[2]


@cache
def chosen() -> tuple[set[str], list[re.Pattern[str]]]:
    """What the code names: words, and words that begin or end with something it fills in."""
    words: set[str] = set()
    patterns: list[re.Pattern[str]] = []
    for folder in CODE:
        for path in (ROOT / folder).rglob("*.py"):
            if path.name in RENDERERS:
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    words.add(node.value)
                elif isinstance(node, ast.JoinedStr):
                    patterns += pattern(node)
    return words, patterns


def pattern(node: ast.JoinedStr) -> Iterator[re.Pattern[str]]:
    """A name that is put together, such as f"status_{status}"; not one of mere placeholders."""
    said = [str(part.value) if isinstance(part, ast.Constant) else None for part in node.values]
    if any(re.search(r"[a-z]_|_[a-z]", part) for part in said if part is not None):
        yield re.compile(
            "".join(
                "[a-z0-9]+(?:_[a-z0-9]+)?" if part is None else re.escape(part) for part in said
            )
        )


def is_chosen(name: str) -> bool:
    words, patterns = chosen()
    return name in words or any(one.fullmatch(name) for one in patterns)


@pytest.mark.parametrize("name", load_replies())
def test_every_reply_is_said(name: str) -> None:
    assert is_chosen(name)


@pytest.mark.parametrize("kind", load_messages())
def test_every_kind_of_message_is_sent(kind: str) -> None:
    clocks = parse_policy(load_default_text()).clocks.values()
    by_rule = {step.message for rules in clocks for step in rules.steps}
    assert kind in by_rule or is_chosen(kind)


def test_a_text_that_nobody_chooses_is_found() -> None:
    assert not is_chosen("media_ditolak")
