"""What the documents tell a reader to type is understood by the program and by make."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = [*sorted(ROOT.glob("README*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^ *```(\w*)[^\n]*\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
SHELLS = {"console", "sh", "shell", "bash"}
SEPARATORS = {"&&", "||", "|", ";", "&"}


def commands(markdown: str) -> Iterator[tuple[str, ...]]:
    """Yield the words of each `ingat` and `make` command in the shell blocks of a document.

    In a console block a command follows a `$`, the rest is what it prints; in the others every
    line is one. Assignments before a command and redirections after it are left out.
    """
    for language, block in FENCE.findall(markdown):
        if language not in SHELLS:
            continue
        lines = block.replace("\\\n", " ").splitlines()
        if language == "console":
            lines = [line.strip()[1:] for line in lines if line.strip().startswith("$ ")]
        for line in lines:
            lexer = shlex.shlex(line, posix=True, punctuation_chars="&|;<>")
            lexer.whitespace_split = True
            yield from _simple_commands(list(lexer))


def _simple_commands(words: list[str]) -> Iterator[tuple[str, ...]]:
    current: list[str] = []
    for word in [*words, ";"]:
        if word not in SEPARATORS:
            current.append(word)
            continue
        while current and re.fullmatch(r"[A-Z_][A-Z0-9_]*=.*", current[0]):
            current.pop(0)
        for redirection in (">", ">>", "<"):
            if redirection in current:
                current = current[: current.index(redirection)]
        if current and Path(current[0]).name in {"ingat", "make"}:
            yield (Path(current[0]).name, *current[1:])
        current = []


FOUND = sorted(
    {
        command
        for document in DOCUMENTS
        for command in commands(document.read_text(encoding="utf-8"))
    }
)


def run(*command: str) -> subprocess.CompletedProcess[str]:
    plain = os.environ | {"COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"}
    return subprocess.run(
        command, cwd=ROOT, env=plain, capture_output=True, text=True, check=False, timeout=60
    )


def understands(command: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    """Have the real program read a command without carrying it out."""
    if command[0] == "make":
        return run("make", "--dry-run", *command[1:])
    # --help is answered only after the command and every option of it were recognised.
    return run(sys.executable, "-m", "bot", *command[1:], "--help")


@pytest.mark.parametrize("command", FOUND, ids=" ".join)
def test_command_of_a_document_is_understood(command: tuple[str, ...]) -> None:
    result = understands(command)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    "command",
    [
        ("make", "no-such-target"),
        ("ingat", "no-such-command"),
        ("ingat", "tick", "--no-such-option"),
        ("ingat", "policy", "no-such-command"),
    ],
    ids=" ".join,
)
def test_what_is_not_there_is_not_understood(command: tuple[str, ...]) -> None:
    assert understands(command).returncode == 2


def test_readme_begins_with_the_two_commands_of_a_newcomer() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert list(commands(readme))[:2] == [("make", "demo"), ("make", "test")]


def test_commands_are_found_in_shell_blocks_only() -> None:
    document = """
Run `ingat doctor` or:

```console
$ make demo
make test would be output
$ SHADOW=1 .venv/bin/ingat tick --at "2026-05-04 10:00" | tee log && make test
```

```sh
ingat import FILE.xlsx \\
    --json > result.json
# ingat in a comment
cp .env.example .env; ingat serve &
```

```python
make = 1
```
"""
    assert list(commands(document)) == [
        ("make", "demo"),
        ("ingat", "tick", "--at", "2026-05-04 10:00"),
        ("make", "test"),
        ("ingat", "import", "FILE.xlsx", "--json"),
        ("ingat", "serve"),
    ]


def test_make_help_lists_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"^\.PHONY: ([a-z-]+)$", makefile, re.MULTILINE)
    shown = re.findall(r"^  make ([a-z-]+) ", run("make").stdout, re.MULTILINE)
    assert shown == targets
    assert {"setup", "demo", "test", "lint", "types", "wheel", "bench"} <= set(targets)


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_pins_are_hashed_and_name_no_address(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    pins = re.sub(r" \\\n +", " ", text).splitlines()
    assert len(pins) > 30
    for pin in pins:
        assert re.match(r"[a-z0-9-]+==[^ ]+( ; [^-]+)?( --hash=sha256:[0-9a-f]{64})+$", pin), pin
