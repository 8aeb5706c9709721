"""`ingat why`: each day of each clock, counted or not and why; each step's planned and own time."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import typer

from bot.cli.base import At, Json, Number, emit, installation, moment

if TYPE_CHECKING:
    from bot.compose import Installation
    from scheduler.trace import Trace


def why(number: Number, at: At = None, as_json: Json = False) -> None:
    """Explain a complaint: which days counted, which did not and why, and when each step came.

    With --at it is seen as it was at that moment. Nothing is changed.
    """
    from bot.explanation import document, lines

    when = moment(at) if at is not None else None
    with installation() as opened:
        found = find_trace(opened, number, when)
        if as_json:
            emit(document(found, opened.settings.timezone))
            return
        for line in lines(found, opened.settings.timezone):
            typer.echo(line)


def find_trace(opened: Installation, number: str, at: datetime | None) -> Trace:
    """Return the explanation of a complaint as of `at`, or (None) with all that is on record.

    Raises `RefusedError` where there is no such complaint at that moment. Reads only: rule files
    that changed since the last pass are left for the next one.
    """
    from config.policy_file import parse_policy
    from scheduler import clock
    from scheduler.complaint import RefusedError
    from scheduler.store.cases import find
    from scheduler.store.history import load_history, policy_texts
    from scheduler.store.session import reading
    from scheduler.trace import trace

    with reading(opened.engine) as connection:
        key = find(connection, number)
        if key is None:
            raise RefusedError(f"aduan {' '.join(number.split())} tidak ditemukan")
        history = load_history(connection, key)
        texts = policy_texts(connection, (run.run.policy_version_id for run in history.runs))
    if at is None:
        # Passes may have been run ahead of the present (--at): all of it is shown.
        at = max(clock.now(), history.newest)
    if at < history.case.received_at:
        raise RefusedError(f"aduan {history.case.number} belum diterima pada saat itu")
    world = opened.rules.world(opened.engine)
    older = {key: parse_policy(text) for key, text in texts.items() if key not in world.policies}
    stopped = opened.stopped_since()
    return trace(
        history,
        replace(world, policies={**world.policies, **older}),
        at,
        stopped_since=datetime.fromisoformat(stopped) if stopped else None,
    )


def add(app: typer.Typer) -> None:
    """Put this command into the program."""
    app.command("why")(why)
