"""`ingat settle`: a person's word on messages whose fate the provider cannot tell."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.cli.base import At, Json, emit_lines, installation, moment, warn


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
    from scheduler.complaint import RefusedError
    from scheduler.store import handwork
    from scheduler.store.session import writing

    when = moment(at)
    done: dict[int, bool] = {}
    with installation() as opened:
        for message_id in dict.fromkeys(message_ids):
            done[message_id] = False
            try:
                with writing(opened.engine) as connection:
                    handwork.settle_unknown(connection, message_id, when, arrived=arrived)
                done[message_id] = True
            except RefusedError as error:
                warn(str(error))
    if as_json:
        emit_lines({"message_id": key, "settled": ok} for key, ok in done.items())
    else:
        for message_id in (key for key, ok in done.items() if ok):
            typer.echo(f"message {message_id}: settled")
    if not all(done.values()):
        raise typer.Exit(1)


def add(app: typer.Typer) -> None:
    """Put this command into the program."""
    app.command("settle")(settle)
