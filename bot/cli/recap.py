"""`ingat recap`: where the OPDs stand, to paste into the officers' group."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from bot.cli.base import At, Json, emit, installation, moment

if TYPE_CHECKING:
    from bot.summary import Recap
    from scheduler.store.board import Standing


def recap(at: At = None, as_json: Json = False) -> None:
    """Print how many answers each OPD owes, the worst first, and what waits for Kominfo.

    Numbers only: no complaint and no person is named, so that a WhatsApp group may read it.
    """
    from bot import summary
    from scheduler.store.session import reading

    when = moment(at)
    with installation() as opened:
        world = opened.world(when)
        with reading(opened.engine) as connection:
            found = summary.recap(connection, world, when)
        text = summary.recap_text(found, world)
        if not as_json:
            typer.echo(text)
            return
        emit(
            {
                "at": when.astimezone(world.zone).isoformat(),
                **_counts(found),
                "instansi": [{"instansi": name, **_counts(one)} for name, one in found.standings],
                "kominfo": None if found.kominfo is None else _counts(found.kominfo),
                "text": text,
            }
        )


def _counts(one: Recap | Standing) -> dict[str, int]:
    return {
        "terlambat": one.terlambat,
        "jatuh_tempo_hari_ini": one.hari_ini,
        "belum_jatuh_tempo": one.menunggu,
    }


def add(app: typer.Typer) -> None:
    """Put this command into the program."""
    app.command("recap")(recap)
