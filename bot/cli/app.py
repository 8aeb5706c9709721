"""The program `ingat`: every command, and what one mistake in usage looks like."""

from __future__ import annotations

import typer

from bot.cli import (
    complaints,
    contact,
    demo,
    doctor,
    handover,
    intake,
    manual,
    passes,
    recap,
    requests,
    rules,
    serving,
    settle,
    templates,
    users,
    why,
)

app = typer.Typer(
    name="ingat",
    help="Reminds the officers of a local government of the complaints they owe an answer.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for group in (
    demo,
    serving,
    doctor,
    intake,
    contact,
    passes,
    manual,
    complaints,
    why,
    recap,
    requests,
    rules,
    settle,
    templates,
    users,
    handover,
):
    group.add(app)
