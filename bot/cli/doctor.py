"""`ingat doctor`: whether everything is as it must be before anybody is told anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from bot.cli.base import Json, emit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.doctor import Finding


def doctor(as_json: Json = False) -> None:
    """Check settings, database, directory and the way to phones; say what to do about each."""
    failed = False
    for finding in _findings():
        failed = failed or finding.result == "fail"
        if as_json:
            emit(finding.document())
        else:
            typer.echo(f"{finding.result:<4}  {finding.check}: {finding.detail}")
    if failed:
        raise typer.Exit(1)


def _findings() -> Iterator[Finding]:
    from bot.doctor import Finding, examine
    from config.settings import SettingsError, load_settings
    from scheduler import clock

    try:
        settings = load_settings()
    except SettingsError as error:
        for mistake in error.mistakes:
            yield Finding("settings", "fail", mistake)
        return
    yield Finding("settings", "ok", "every setting can be used")
    yield from examine(settings, clock.now())


def add(app: typer.Typer) -> None:
    """Put this command into the program."""
    app.command("doctor")(doctor)
