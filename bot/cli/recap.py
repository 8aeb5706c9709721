"""`ingat recap`: where the OPDs stand, to paste into the officers' group."""

from __future__ import annotations

import typer

from bot.cli.base import At, Json, emit, installation, moment


def recap(at: At = None, as_json: Json = False) -> None:
    """Print how many answers each OPD owes, the worst first: numbers only.

    No complaint and no person is named, so the text can be pasted into a WhatsApp group.
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
                "terlambat": found.terlambat,
                "jatuh_tempo_hari_ini": found.hari_ini,
                "belum_jatuh_tempo": found.menunggu,
                "instansi": [
                    {
                        "instansi": name,
                        "terlambat": one.terlambat,
                        "jatuh_tempo_hari_ini": one.hari_ini,
                        "belum_jatuh_tempo": one.menunggu,
                    }
                    for name, one in found.standings
                ],
                "text": text,
            }
        )


def add(app: typer.Typer) -> None:
    """Put this command into the program."""
    app.command("recap")(recap)
