"""Commands that bring things in: the schema, the directory, SP4N exports, samples of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.base import At, Json, emit, fail, installation, moment, settings, warn

if TYPE_CHECKING:
    from bot.sp4n.importer import ImportReport

File = Annotated[Path, typer.Argument(metavar="FILE", help="The file to read.")]


def migrate() -> None:
    """Create the schema, or bring it to the newest version."""
    from scheduler.store.rules import StoreError, reason
    from scheduler.store.session import SchemaError, database_name
    from scheduler.store.session import migrate as upgrade

    url = settings().database_url
    try:
        upgrade(url)
    except StoreError as error:
        fail(f"{database_name(url)} cannot be migrated: {reason(error)}")
    except SchemaError as error:
        fail(f"{database_name(url)} {error}")
    typer.echo("the schema is the newest one")


def import_directory(file: File, at: At = None, as_json: Json = False) -> None:
    """Read instansi, posts and holders from a CSV file; a bad row is named, the rest goes in."""
    from scheduler.directory_file import DirectoryFileError
    from scheduler.store.directory import import_directory as bring_in
    from scheduler.store.session import writing

    when = moment(at)
    try:
        data = file.read_bytes()
    except OSError as error:
        fail(f"{file}: {error.strerror}")
    with installation() as opened:
        today = when.astimezone(opened.settings.timezone).date()
        try:
            with writing(opened.engine) as connection:
                report = bring_in(connection, opened.seal, data, name=file.name, today=today)
        except DirectoryFileError as error:
            fail(str(error))
    rejected = [{"row": row, "reason": reason} for row, reason in report.rejected]
    if as_json:
        emit(
            {
                "read": report.read,
                "added": report.added,
                "updated": report.updated,
                "rejected": rejected,
            }
        )
    else:
        typer.echo(f"read {report.read}, added {report.added}, updated {report.updated}")
        for entry in rejected:
            warn(f"{file.name}: baris {entry['row']}: {entry['reason']}")
    if rejected:
        raise typer.Exit(1)


def import_sp4n(
    file: File,
    source_tz: Annotated[
        str | None, typer.Option("--source-tz", help="The zone of the export's times.")
    ] = None,
    disposed_at: Annotated[
        str | None,
        typer.Option(
            "--disposed-at",
            metavar="received|import|TIME",
            help="When rows first seen disposed were disposed: the export does not say.",
        ),
    ] = None,
    at: At = None,
    as_json: Json = False,
) -> None:
    """Read an SP4N-LAPOR! export; may be run again with the same file, nothing is doubled."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    from bot.sp4n.container import SheetError
    from bot.sp4n.importer import import_export
    from bot.sp4n.options import disposed_at as parse_disposed_at
    from scheduler import clock

    when = moment(at)
    with installation() as opened:
        try:
            zone = ZoneInfo(source_tz) if source_tz else opened.settings.sp4n_source_tz
        except (ZoneInfoNotFoundError, ValueError):
            fail(f"--source-tz: {source_tz!r} is no time zone; write it like Asia/Jakarta", 2)
        try:
            disposed = parse_disposed_at(disposed_at or opened.settings.sp4n_disposed_at)
        except ValueError as error:
            fail(f"--disposed-at: {error}", 2)
        world = opened.world(when)
        try:
            with _progress() as progress:
                report = import_export(
                    opened.engine,
                    opened.seal,
                    world,
                    file,
                    when,
                    source_tz=zone,
                    disposed_at=disposed,
                    progress=progress,
                    now=clock.now if at is None else None,
                )
        except SheetError as error:
            fail(str(error))
    _tell(file, report, as_json=as_json)


def _tell(file: Path, report: ImportReport, *, as_json: bool) -> None:
    """Print what an import did; end with 1 where rows were refused."""
    rejected = [
        {"row": p.number, "tracking_id": p.tracking_id, "reason": p.reason} for p in report.rejected
    ]
    if as_json:
        emit({**report.counts, "rejected": rejected})
    else:
        typer.echo(", ".join(f"{name} {count}" for name, count in report.counts.items()))
        for problem in report.rejected:
            warn(f"{file.name}: baris {problem.number}: {problem.reason}")
    if rejected:
        raise typer.Exit(1)


@contextmanager
def _progress() -> Iterator[Callable[[int, int | None], None] | None]:
    """Show a progress bar where a person watches, on stderr."""
    import sys

    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("rows", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def sample_export(
    out: Annotated[Path, typer.Argument(metavar="OUT.xlsx", help="The file to write.")] = Path(
        "contoh-ekspor.xlsx"
    ),
    rows: Annotated[int, typer.Option("--rows", min=1, max=1_000_000)] = 300,
    seed: Annotated[int, typer.Option("--seed")] = 1,
    at: At = None,
    no_preamble: Annotated[
        bool, typer.Option("--no-preamble", help="Put the header into the first row.")
    ] = False,
) -> None:
    """Write an invented SP4N export; real ones hold people's names.

    The instansi are those of the directory, or of the shipped example where there is none yet.
    """
    from bot.example import example_instansi
    from bot.sp4n.sample import write_sample
    from config.terms import GOVERNMENTS
    from scheduler.store.directory import load_directory
    from scheduler.store.imports import sp4n_names
    from scheduler.store.session import reading

    when = moment(at)
    with installation() as opened:
        with reading(opened.engine) as connection:
            directory = load_directory(connection)
            names = sp4n_names(connection)
        today = when.astimezone(opened.settings.timezone).date()
    bodies = [b for b in directory.bodies.values() if b.jenis not in GOVERNMENTS]
    known = [(b.nama, names[b.id][0]) for b in bodies] or example_instansi()
    try:
        write_sample(
            out,
            rows=rows,
            seed=seed,
            generated=today,
            instansi=known,
            until=when,
            preamble=not no_preamble,
        )
    except OSError as error:
        fail(f"{out}: {error.strerror}")
    typer.echo(f"{rows} invented complaints written to {out}")


def add(app: typer.Typer) -> None:
    """Put these commands into the program."""
    directory = typer.Typer(help="Instansi, posts and who holds them.", no_args_is_help=True)
    directory.command("import")(import_directory)
    app.add_typer(directory, name="directory")
    app.command("import")(import_sp4n)
    app.command("sample-export")(sample_export)
    app.command("migrate")(migrate)
