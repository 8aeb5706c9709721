"""What every command shares: its settings, its times, its output, and how it fails.

Exit codes: 0 done, 1 refused or partly failed, 2 wrong usage. An error is one line on stderr for
each thing that is wrong, without a traceback.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    from bot.compose import Installation
    from config.settings import Settings
    from scheduler.rules import Moved

At = Annotated[
    str | None,
    typer.Option(
        "--at",
        metavar="TIME",
        help="Act as if it were this moment (ISO 8601 with an offset; default: now).",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Number = Annotated[
    str, typer.Argument(metavar="ID", help="SP4N's Tracking ID, or the own number of a complaint.")
]


def fail(message: str, code: int = 1) -> NoReturn:
    """Print one line on stderr for each line of `message` and end with `code`."""
    for line in message.splitlines() or [message]:
        typer.echo(f"ingat: {line}", err=True)
    raise typer.Exit(code)


def warn(message: str) -> None:
    """Print a line on stderr and go on."""
    typer.echo(f"ingat: {message}", err=True)


def moment(text: str | None, option: str = "--at") -> datetime:
    """Return a moment given on the command line, or the present one; UTC."""
    from datetime import UTC

    from config.calendar_overrides import FIRST_YEAR, LAST_YEAR
    from scheduler import clock

    if text is None:
        return clock.now()
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        fail(f"{option}: {text!r} is not a time; write it like 2026-05-04T10:00+07:00", 2)
    if parsed.tzinfo is None:
        fail(f"{option}: {text!r} has no offset; write it like 2026-05-04T10:00+07:00", 2)
    # What begins at --at has limits after it: the last year is left to them.
    last = LAST_YEAR - 1 if option == "--at" else LAST_YEAR
    if not FIRST_YEAR <= parsed.year <= last:
        fail(f"{option}: {text} is outside the calendar of {FIRST_YEAR} to {last}", 2)
    return parsed.astimezone(UTC)


def emit(document: Mapping[str, Any]) -> None:
    """Print one JSON document."""
    typer.echo(json.dumps(document, ensure_ascii=False))


def emit_lines(documents: Iterable[Mapping[str, Any]]) -> None:
    """Print one JSON object a line."""
    for document in documents:
        typer.echo(json.dumps(document, ensure_ascii=False))


def settings() -> Settings:
    """Return the settings; end with every mistake in them."""
    from config.settings import SettingsError, load_settings

    try:
        return load_settings()
    except SettingsError as error:
        fail(str(error), 1)


@contextmanager
def installation() -> Iterator[Installation]:
    """Open the installation for one command; what people may cause becomes one line."""
    from bot.compose import StartError, open_installation
    from bot.rule_files import RuleFileError
    from config.message_files import MessageFileError
    from scheduler.complaint import RefusedError
    from scheduler.store.rules import StoreError, reason
    from scheduler.store.sealed import SealError

    opened: Installation | None = None
    try:
        opened = open_installation(settings())
        yield opened
        report(opened, opened.problems, opened.moved)
        warn_unconfirmed(*opened.unconfirmed())
    except (StartError, RuleFileError, RefusedError, SealError, MessageFileError) as error:
        fail(str(error))
    except StoreError as error:
        fail(f"the database refused: {reason(error)}")
    finally:
        if opened is not None:
            opened.close()


def warn_unconfirmed(beyond: int, year: int) -> None:
    """Say that open deadlines lie where nobody has decreed the days off yet."""
    if beyond:
        warn(
            f"{beyond} open deadlines lie beyond {year}, the last year whose days off are "
            "confirmed; see: ingat calendar check"
        )


def report(opened: Installation, problems: Iterable[str], moved: Iterable[Moved]) -> None:
    """Put on stderr what is wrong with the rule files, and deadlines that changed days moved."""
    for problem in problems:
        warn(problem)
    for run in moved:
        letters = f"; sudah terbit: {', '.join(run.letters)}" if run.letters else ""
        warn(
            f"kalender berubah: aduan {run.number} {run.clock} dari "
            f"{local(opened, run.from_)} menjadi {local(opened, run.to)}{letters}"
        )


def local(opened: Installation, value: datetime | None) -> str | None:
    """Return a moment as ISO 8601 in the installation's zone."""
    return None if value is None else value.astimezone(opened.settings.timezone).isoformat()
