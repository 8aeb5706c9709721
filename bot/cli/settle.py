"""`ingat settle`: a person's word on messages whose fate the provider cannot tell."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from bot.cli.base import At, Json
from bot.cli.manual import mark_each


def settle(
    message_ids: Annotated[
        list[int], typer.Argument(metavar="MESSAGE_ID...", help="As `ingat outbox` prints them.")
    ],
    *,
    arrived: Annotated[
        bool,
        typer.Option(
            "--arrived/--not-arrived",
            help="Whether the person has it. If not, it is sent again with the next pass.",
        ),
    ],
    at: At = None,
    as_json: Json = False,
) -> None:
    """Say what became of messages that are `unknown`: ask the person, or look at the provider.

    The program never sends on a guess. Where the provider holds several like it, or cannot be
    asked, only a person can tell.
    """
    from scheduler.store import handwork

    mark = partial(handwork.settle_unknown, arrived=arrived)
    mark_each(message_ids, at, mark, "settled", as_json=as_json)


def add(app: typer.Typer) -> None:
    """Put this command into the program."""
    app.command("settle")(settle)
