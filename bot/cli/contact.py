"""`ingat contact` and `ingat consent`: the first word to the holders of posts, and their answer."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from bot.cli.base import At, Json, emit, installation, moment
from config.terms import StatusJabatan


class Said(StrEnum):
    """What a holder may say."""

    SETUJU = "setuju"
    MENOLAK = "menolak"


def contact(
    post: Annotated[
        str | None,
        typer.Option(
            "--post", metavar="LABEL", help="Only this post, as `ingat outbox` prints it."
        ),
    ] = None,
    at: At = None,
    as_json: Json = False,
) -> None:
    """Ask each holder of a post, once, whether he agrees to be reminded on his phone.

    It shows him the official number. The messages go out with the next pass. This is a
    command of its own, for Kominfo to choose the day: everybody at once counts against the number
    of people that Meta lets a new sender write to in 24 hours (250 at first). Reminders do not
    wait for it.
    """
    from bot.contact import first_contact

    when = moment(at)
    with installation() as opened:
        done = first_contact(opened.engine, opened.world(when), when, post)
    if as_json:
        emit({"asked": done.asked, "already": done.already})
    else:
        typer.echo(f"asked {done.asked}, already asked {done.already}")


def consent(
    post: Annotated[
        str, typer.Argument(metavar="POST", help="The post, as `ingat outbox` prints it.")
    ],
    said: Annotated[Said, typer.Argument(metavar="setuju|menolak", help="What its holder said.")],
    holder: Annotated[
        StatusJabatan | None,
        typer.Option("--holder", help="Who of several holders: in his own right, or acting."),
    ] = None,
    at: At = None,
    as_json: Json = False,
) -> None:
    """Record what the holder of a post said to being reminded on his phone.

    After menolak nothing is sent to him: his duty goes to the acting holder of the post, then to
    the next post above. A later setuju undoes it. Reminders do not wait for a setuju.
    """
    from bot.contact import record_consent

    when = moment(at)
    with installation() as opened:
        found = record_consent(
            opened.engine, opened.world(when), when, post, said.value, capacity=holder
        )
    if as_json:
        emit({"post": found.label, "answer": said.value})
    else:
        typer.echo(f"{found.label}: {said.value}")


def add(app: typer.Typer) -> None:
    """Put these commands into the program."""
    app.command("contact")(contact)
    app.command("consent")(consent)
