"""`ingat demo`: a week and a half of reminders on a simulated clock, in a database of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from bot.compose import Installation
    from scheduler.case import Case
    from scheduler.lifecycle import Desk

OPENS = "2026-03-16T08:00"
ENDS = "2026-03-27T12:00"
"""Nyepi and Idul Fitri 1447 H lie in between, with their cuti bersama."""

ROWS, SEED = 12, 688


def demo() -> None:
    """Play a week and a half of reminders, Lebaran in the middle; needs no keys, keeps nothing."""
    with TemporaryDirectory(prefix="ingat-demo-") as folder:
        play(Path(folder))


def play(folder: Path) -> None:
    """Play the story in a database in `folder`, printing each message as it arrives."""
    from bot.compose import open_installation
    from config.settings import Settings

    opened = open_installation(Settings(database_url=f"sqlite:///{folder / 'demo.db'}"))
    try:
        _Story(opened, folder).run()
    finally:
        opened.close()


class _Story:
    def __init__(self, opened: Installation, folder: Path) -> None:
        self._opened = opened
        self._folder = folder
        self._zone = opened.settings.timezone
        self._printed = 0

    def _at(self, text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=self._zone).astimezone(UTC)

    def run(self) -> None:
        answered, returned, climbing = self._begin()
        dispose, answer, give_back = self._dispose, self._answer, self._give_back
        plan: dict[datetime, list[Callable[[datetime], None]]] = {
            self._at("2026-03-16T09:00"): [
                lambda at: dispose(at, answered, "Dishub"),
                lambda at: dispose(at, returned, "Dinsos"),
                lambda at: dispose(at, climbing, "DPUPR"),
            ],
            self._at("2026-03-17T10:00"): [
                lambda at: answer(at, answered),
                lambda at: give_back(at, returned),
            ],
            self._at("2026-03-17T11:00"): [lambda at: dispose(at, returned, "DLH")],
            self._at("2026-03-25T10:00"): [lambda at: answer(at, returned)],
        }
        moment, end = self._at(OPENS), self._at(ENDS)
        while moment <= end:
            for act in plan.get(moment, ()):
                act(moment)
            self._opened.tick(moment)
            self._print_new(moment)
            moment += timedelta(hours=1)
        self._explain((answered, returned, climbing), end)

    def _begin(self) -> tuple[str, str, str]:
        from bot.example import example_instansi, import_example
        from bot.sp4n.importer import import_export
        from bot.sp4n.sample import write_sample
        from scheduler.store.listing import complaints
        from scheduler.store.session import reading, writing

        at, opened = self._at(OPENS), self._opened
        with writing(opened.engine) as connection:
            report = import_example(connection, opened.seal, at.date())
        self._say(at, f"direktori contoh: {report.added} jabatan dengan pemegangnya")
        export = self._folder / "ekspor-sp4n.xlsx"
        write_sample(
            export, rows=ROWS, seed=SEED, generated=date(2026, 3, 15), instansi=example_instansi()
        )
        imported = import_export(
            opened.engine,
            opened.seal,
            opened.world(at),
            export,
            at,
            source_tz=opened.settings.sp4n_source_tz,
            disposed_at="received",
        )
        self._say(at, f"ekspor SP4N dibaca: {imported.added} aduan")
        with reading(opened.engine) as connection:
            free = [
                row.tracking_id or ""
                for row in complaints(connection)
                if row.instansi is None
                and row.hold_reason is None
                and row.status in ("belum_terverifikasi", "belum_ditindaklanjuti")
            ]
        return free[0], free[1], free[2]

    # --- what people do -------------------------------------------------------------------

    def _act(self, at: datetime, number: str, do: Callable[[Desk, Case], None]) -> None:
        from bot import verbs

        verbs.act(self._opened, number, at, do)

    def _dispose(self, at: datetime, number: str, short: str) -> None:
        from bot.verbs import instansi_named

        def do(desk: Desk, case: Case) -> None:
            desk.dispose(case, instansi_named(desk.world.directory, short).id, "kominfo")

        self._act(at, number, do)
        self._say(at, f"Kominfo mendisposisikan #{number} ke {short}")

    def _answer(self, at: datetime, number: str) -> None:
        self._act(at, number, lambda desk, case: desk.answer(case, "opd", in_sp4n=True))
        self._say(at, f"#{number} dijawab")

    def _give_back(self, at: datetime, number: str) -> None:
        self._act(at, number, lambda desk, case: desk.give_back(case, "kominfo", "wewenang DLH"))
        self._say(at, f"#{number} dikembalikan: bukan wewenang OPD itu")

    # --- what is shown --------------------------------------------------------------------

    def _say(self, at: datetime, what: str) -> None:
        from bot.wording import tanggal

        typer.echo(typer.style(f"{tanggal(at, self._zone)}  * {what}", fg="cyan"))

    def _print_new(self, at: datetime) -> None:
        from bot.wording import tanggal
        from scheduler.store.listing import delivered_since
        from scheduler.store.session import reading

        with reading(self._opened.engine) as connection:
            for attempt_id, text, steps, posts in delivered_since(connection, self._printed):
                self._printed = attempt_id
                typer.echo(
                    typer.style(f"{tanggal(at, self._zone)}  > {posts}", bold=True)
                    + f"  [{steps}]\n    {text}"
                )

    def _explain(self, numbers: tuple[str, ...], at: datetime) -> None:
        """Print `ingat why` of each complaint, for the clock that the OPD answers to."""
        from bot.explanation import lines
        from bot.trace_of import find_trace
        from config.terms import Clock

        for number in numbers:
            found = find_trace(self._opened, number, at)
            runs = tuple(run for run in found.runs if run.clock is Clock.RESPON)
            typer.echo(typer.style(f"\n$ ingat why {number}", fg="cyan"))
            for line in lines(replace(found, runs=runs), self._zone):
                typer.echo(line)


def add(app: typer.Typer) -> None:
    """Put this command into the program."""
    app.command("demo")(demo)
