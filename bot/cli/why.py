"""`ingat why`: each day of each clock, counted or not and why; each step's planned and own time."""

from __future__ import annotations

import typer

from bot.cli.base import At, Json, Number, emit, installation, moment


def why(number: Number, at: At = None, as_json: Json = False) -> None:
    """Explain a complaint: which days counted, which did not and why, and when each step came.

    With --at it is seen as it was at that moment. Nothing is changed.
    """
    from bot.explanation import document, lines
    from bot.trace_of import find_trace

    when = moment(at) if at is not None else None
    with installation() as opened:
        found = find_trace(opened, number, when)
        if as_json:
            emit(document(found, opened.settings.timezone))
            return
        for line in lines(found, opened.settings.timezone):
            typer.echo(line)


def add(app: typer.Typer) -> None:
    """Put this command into the program."""
    app.command("why")(why)
