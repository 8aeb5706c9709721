"""Commands on what officers asked for and answered by phone: list, decide, copy into SP4N."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from bot.cli.base import At, Json, Number, emit_lines, fail, installation, local, moment
from bot.cli.complaints import By, masked


def requests(as_json: Json = False) -> None:
    """List the requests that wait for a decision, or (`sudah`) for SP4N's next export."""
    from bot.dialogue.standing import waiting
    from scheduler.store.session import reading

    with installation() as opened, reading(opened.engine) as connection:
        found = waiting(connection)
        if as_json:
            emit_lines(
                {
                    "id": one.asked.id,
                    "tracking_id": one.number,
                    "kind": one.asked.kind,
                    "post": one.post,
                    "decider": one.asked.decider,
                    "body": one.asked.body,
                    "made_at": local(opened, one.asked.made_at),
                    "due_at": local(opened, one.asked.due_at),
                }
                for one in found
            )
            return
        for one in found:
            due = (local(opened, one.asked.due_at) or "")[:16]
            said = f": {one.asked.body}" if one.asked.body else ""
            typer.echo(f"{one.number} {one.asked.kind} ({one.post or '-'}) s.d. {due}{said}")


def decide(
    number: Number,
    decision: Annotated[
        Literal["setuju", "tolak"], typer.Argument(help="setuju grants it, tolak refuses it.")
    ],
    reason: Annotated[
        str | None,
        typer.Option("--reason", help="Why it is refused; the OPD is told.", callback=masked),
    ] = None,
    by: By = "kominfo",
    at: At = None,
) -> None:
    """Decide the oldest open request of a complaint, as SETUJU and TOLAK by phone do.

    Of several a normative answer is decided last.
    """
    from bot.dialogue import decisions
    from bot.verbs import locked
    from scheduler.complaint import RefusedError
    from scheduler.lifecycle import Desk
    from scheduler.store.session import writing

    yes = decision == "setuju"
    if yes and reason:
        fail("--reason: only a refusal has one", 2)
    when = moment(at)
    with installation() as opened:
        desk = Desk(opened.world(when), when)
        with writing(opened.engine) as connection:
            case = locked(connection, number)
            done = decisions.decide(connection, desk, case, by, yes=yes, reason=reason)
            if done is None:
                raise RefusedError(f"aduan {number} tidak punya permintaan yang menunggu keputusan")
        typer.echo(f"aduan {case.number}: {done.kind} {'diterima' if yes else 'ditolak'}")


def answers(
    *,
    to_copy: Annotated[
        bool, typer.Option("--to-copy", help="Only those that are still to be copied into SP4N.")
    ] = False,
    as_json: Json = False,
) -> None:
    """List the answers given here, word for word."""
    from scheduler.store import requests as store
    from scheduler.store.session import reading

    with installation() as opened, reading(opened.engine) as connection:
        found = store.answers(connection, to_copy=to_copy)
        if as_json:
            emit_lines(
                {
                    "id": one.id,
                    "tracking_id": one.number,
                    "post": one.post,
                    "body": one.body,
                    "given_at": local(opened, one.given_at),
                    "substantive": one.substantive,
                    "in_sp4n": one.in_sp4n,
                    "copied_at": local(opened, one.copied_at),
                }
                for one in found
            )
            return
        for one in found:
            given = (local(opened, one.given_at) or "")[:16]
            typer.echo(f"{one.number} {given} ({one.post or '-'}): {one.body}")


def copied(number: Number, by: By = "kominfo", at: At = None) -> None:
    """Mark the answers of a complaint as copied into SP4N."""
    from bot.dialogue.answers import copied as mark
    from bot.verbs import locked
    from scheduler.complaint import RefusedError
    from scheduler.lifecycle import Desk
    from scheduler.store.session import writing

    when = moment(at)
    with installation() as opened:
        desk = Desk(opened.world(when), when)
        with writing(opened.engine) as connection:
            case = locked(connection, number)
            if not mark(connection, desk, case, by):
                raise RefusedError(f"aduan {number} tidak punya jawaban yang belum disalin")
        typer.echo(f"aduan {case.number}: {case.status}")


def add(app: typer.Typer) -> None:
    """Put these commands into the program."""
    app.command("requests")(requests)
    app.command("decide")(decide)
    app.command("answers")(answers)
    app.command("copied")(copied)
