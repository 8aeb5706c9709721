"""`ingat links` and `ingat sent`: messages that a person sends by hand, and that they were sent."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.base import At, Json, emit_lines, fail, installation, local, moment, warn

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.compose import Installation
    from scheduler.store.session import Connection


def links(at: At = None, as_json: Json = False) -> None:
    """List the messages that wait for a person (GATEWAY=manual), letters first.

    Each link opens WhatsApp with the text for that person: send it, then run `ingat sent` with the
    number of the message. Until then an answer to the complaint still calls the message off. With
    --json there is no telephone number, hence no link.
    """
    from bot.manual import Listed, to_send

    when = moment(at)
    with installation() as opened:
        world = opened.world(when)
        listed = Listed()
        if _may_send(opened):
            listed = to_send(opened.engine, opened.seal, world, when)
        if as_json:
            emit_lines(
                {
                    "message_id": message.message_id,
                    "posts": list(message.posts),
                    "text": message.text,
                    "steps": list(message.steps),
                    "since": local(opened, message.since),
                }
                for message in listed.messages
            )
        else:
            for message in listed.messages:
                typer.echo(f"{message.message_id}  {'; '.join(message.posts)}")
                typer.echo(textwrap.indent(f"{message.text}\n{message.link}", "  "))
    for problem in listed.problems:
        warn(problem)
    if listed.problems:
        raise typer.Exit(1)


def _may_send(opened: Installation) -> bool:
    """Return whether people may be told anything now; say on stderr why not."""
    gateway = opened.settings.gateway
    if gateway != "manual":
        fail(f"GATEWAY={gateway} sends by itself; links are for GATEWAY=manual")
    if opened.settings.shadow:
        warn("SHADOW is set: everything is decided, nothing is sent")
        return False
    if (since := opened.stopped_since()) is not None:
        warn(f"everything is stopped since {since}; run: ingat resume-all")
        return False
    return True


def sent(
    message_ids: Annotated[
        list[int], typer.Argument(metavar="MESSAGE_ID...", help="As `ingat links` prints them.")
    ],
    at: At = None,
    as_json: Json = False,
) -> None:
    """Mark messages as sent by hand, with the text that `ingat links` showed last."""
    from scheduler.store import handwork

    mark_each(message_ids, at, handwork.mark_sent, "sent", as_json=as_json)


def mark_each(
    message_ids: list[int],
    at: str | None,
    mark: Callable[[Connection, int, datetime], None],
    word: str,
    *,
    as_json: bool,
) -> None:
    """Mark messages one by one, each in a transaction of its own; one refused lets others go on."""
    from scheduler.complaint import RefusedError
    from scheduler.store.session import writing

    when = moment(at)
    done: dict[int, bool] = {}
    with installation() as opened:
        for message_id in dict.fromkeys(message_ids):
            done[message_id] = False
            try:
                with writing(opened.engine) as connection:
                    mark(connection, message_id, when)
                done[message_id] = True
            except RefusedError as error:
                warn(str(error))
    if as_json:
        emit_lines({"message_id": key, word: ok} for key, ok in done.items())
    else:
        for message_id in (key for key, ok in done.items() if ok):
            typer.echo(f"message {message_id}: {word}")
    if not all(done.values()):
        raise typer.Exit(1)


def add(app: typer.Typer) -> None:
    """Put these commands into the program."""
    app.command("links")(links)
    app.command("sent")(sent)
