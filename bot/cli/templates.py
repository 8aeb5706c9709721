"""`ingat templates`: WhatsApp templates at the provider, and how far Meta's approval has come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from bot.cli.base import At, Json, emit_lines, fail, installation, moment, warn

if TYPE_CHECKING:
    from datetime import datetime

    from bot.channels.contents import Contents
    from bot.compose import Installation
    from bot.templates import Pushed, WentOff
    from config.message_templates import WantedTemplate
    from scheduler.store.session import Connection

templates = typer.Typer(
    help="WhatsApp templates at the provider: push them, see their approval.",
    no_args_is_help=True,
)


@templates.command("push")
def push(at: At = None, as_json: Json = False) -> None:
    """Create and submit every template that the provider does not have yet; safe to repeat."""
    from bot import templates as pushing

    when = moment(at)
    with _provider(when) as (opened, contents, wanted):
        done = pushing.push(contents, opened.engine, wanted, when)
    _show(done, as_json=as_json)


@templates.command("status")
def status(at: At = None, as_json: Json = False) -> None:
    """Ask the provider how far the approval of each template has come, and keep it."""
    from bot import templates as pushing
    from scheduler.store import templates as store
    from scheduler.store.session import reading

    when = moment(at)
    with _provider(when) as (opened, contents, wanted):
        found = pushing.refresh(contents, opened.engine, wanted, when, _alert)
        with reading(opened.engine) as connection:
            rows = {row.name: row for row in store.rows(connection)}
    for problem in found.problems:
        warn(problem)
    states = [
        pushing.Pushed(row.name, row.status, row.reason)
        if (row := rows.get(template.name))
        else pushing.Pushed(template.name, pushing.NOT_PUSHED, "run: ingat templates push")
        for template in wanted
    ]
    _show(states, as_json=as_json)
    if found.problems:
        raise typer.Exit(1)


def _alert(connection: Connection, gone: WentOff) -> None:
    from scheduler.store.reach import raise_alert

    raise_alert(connection, gone.key, gone.perihal, gone.at)


@contextmanager
def _provider(when: datetime) -> Iterator[tuple[Installation, Contents, Sequence[WantedTemplate]]]:
    """Open the installation, its provider's templates, and what the provider is to have."""
    from bot import templates as pushing
    from bot.channels.contents import Contents
    from bot.channels.gateway import GatewayError, OutcomeUnknownError
    from config.terms import Channel

    with installation() as opened:
        gateway = opened.gateway
        if not isinstance(gateway, Contents):
            fail(f"GATEWAY={opened.settings.gateway} has no templates; set GATEWAY=twilio")
        tanda = opened.world(when).policy.tanda
        two_way = Channel.WHATSAPP in gateway.senders.two_way
        try:
            yield opened, gateway, pushing.wanted(tanda, two_way=two_way)
        except (GatewayError, OutcomeUnknownError) as error:
            fail(f"the templates of the account cannot be listed: {pushing.why(error)}")


def _show(states: Sequence[Pushed], *, as_json: bool) -> None:
    if as_json:
        emit_lines({"name": s.name, "status": s.status, "reason": s.reason} for s in states)
    else:
        for one in states:
            typer.echo(f"{one.name:<46} {one.status}{f'  {one.reason}' if one.reason else ''}")
    if not all(one.ok for one in states):
        raise typer.Exit(1)


def add(app: typer.Typer) -> None:
    """Put these commands into the program."""
    app.add_typer(templates, name="templates")
