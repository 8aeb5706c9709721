"""`ingat calendar …` and `ingat policy check`: what the rules say, before anybody is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.base import At, Json, emit, emit_lines, fail, installation, moment, settings, warn

if TYPE_CHECKING:
    from config.calendar_overrides import Overrides
    from config.policy import ClockPolicy, Step
    from config.settings import Settings
    from scheduler.rules import Moved
    from scheduler.working_days import Calendar, CalendarBook

LISTED = 20
"""How many complaints beyond the confirmed year are named; the rest are counted."""

Week = Annotated[int, typer.Option("--week", help="Working days in a week: 5 or 6.")]

calendar_app = typer.Typer(help="Working days: deadlines, days off and their decrees.")
policy_app = typer.Typer(help="The escalation policy: clocks, steps, and whom they tell.")


# --- calendar ---------------------------------------------------------------------------------


@calendar_app.command("due")
def due(
    start: Annotated[str, typer.Option("--start", metavar="TIME", help="ISO 8601 with an offset.")],
    limit: Annotated[
        str, typer.Option("--limit", help='Such as "3 hari kerja", "5 hari", "1x24 jam".')
    ],
    week: Week = 5,
    as_json: Json = False,
) -> None:
    """Say when a limit that began at a moment is over; days end at the cut-off."""
    from bot.explanation import waktu
    from config.limits import parse_limit

    begins = moment(start, "--start")
    try:
        wanted = parse_limit(limit)
    except ValueError as error:
        fail(f"--limit: {error}", 2)
    config = settings()
    calendar = _calendar(_book(config), week)
    try:
        due_at = calendar.due(begins, wanted).astimezone(config.timezone)
    except (ValueError, OverflowError) as error:
        fail(f"--start: {error}", 2)
    _warn_beyond(due_at.year, calendar)
    if as_json:
        emit({"due": due_at.isoformat()})
    else:
        typer.echo(f"{waktu(due_at, config.timezone)} ({due_at.isoformat()})")


@calendar_app.command("show")
def show(
    year: Annotated[int, typer.Argument(metavar="YEAR", help="2015 to 2045.")],
    week: Week = 5,
    as_json: Json = False,
) -> None:
    """List every day off of a year that is not merely a weekend, with its decree."""
    from bot.explanation import tanggal
    from config.calendar_overrides import FIRST_YEAR, LAST_YEAR

    if not FIRST_YEAR <= year <= LAST_YEAR:
        fail(f"YEAR: {year} is outside the calendar of {FIRST_YEAR} to {LAST_YEAR}", 2)
    calendar = _calendar(_book(settings()), week)
    _warn_beyond(year, calendar)
    days = [(day, calendar.off(day)) for day in calendar.days_off()[0] if day.year == year]
    if as_json:
        emit_lines(
            {"date": day.isoformat(), "name": off.name, "kind": off.kind, "decree": off.decree}
            for day, off in days
            if off is not None
        )
        return
    for day, off in days:
        if off is not None:
            decree = f" ({off.decree})" if off.decree else ""
            typer.echo(f"{tanggal(day):<15}  {off.kind.replace('_', ' ')}: {off.name}{decree}")


@calendar_app.command("check")
def check(at: At = None, as_json: Json = False) -> None:
    """Read HOLIDAYS_FILE and say which open deadlines it would move; nothing is changed."""
    when = moment(at)
    config = settings()
    book = _book(config)
    confirmed = book.overrides.confirmed_until
    count, beyond, moves = _open_deadlines(config, book, when)
    if count:
        warn(
            f"{count} tenggat berjalan melewati tahun {confirmed}, tahun terakhir yang hari "
            f"liburnya sudah ditetapkan: {', '.join(beyond)}"
        )
    if as_json:
        emit(
            {
                "confirmed_until": confirmed,
                "beyond": beyond,
                "beyond_count": count,
                "moves": [_move_document(moved, config) for moved in moves],
            }
        )
        return
    typer.echo(f"Hari libur sudah ditetapkan sampai tahun {confirmed}.")
    for moved in moves:
        typer.echo(_move_line(moved, config))
    if not moves:
        typer.echo("Tidak ada tenggat berjalan yang bergeser.")


def _open_deadlines(
    config: Settings, book: CalendarBook, at: datetime
) -> tuple[int, list[str], list[Moved]]:
    """Return what lies beyond the confirmed year (how many, some numbers), and what would move."""
    from scheduler.rules import preview
    from scheduler.store import rules as store
    from scheduler.store.history import numbers_beyond
    from scheduler.store.session import reading, sqlite_path

    embedded = sqlite_path(config.database_url)
    if embedded is not None and not embedded.exists():
        return 0, [], []  # nothing was ever recorded here, so there is nothing to make a file for
    first = datetime(book.overrides.confirmed_until + 1, 1, 1, tzinfo=book.zone)
    with installation() as opened:
        with reading(opened.engine) as connection:
            if store.current_text(connection, "policy") is None:
                return 0, [], []  # no run can have started without a policy
            count = store.deadlines_from(connection, first)
            beyond = numbers_beyond(connection, first, LISTED)
        world = replace(opened.rules.world(opened.engine), book=book)
        return count, beyond, preview(opened.engine, world, at)


def _move_document(moved: Moved, config: Settings) -> dict[str, Any]:
    def local(value: datetime | None) -> str | None:
        return None if value is None else value.astimezone(config.timezone).isoformat()

    return {
        "tracking_id": moved.number,
        "clock": moved.clock,
        "from": local(moved.from_),
        "to": local(moved.to),
        "letters": list(moved.letters),
    }


def _move_line(moved: Moved, config: Settings) -> str:
    from bot.explanation import waktu

    before, after = (
        waktu(value, config.timezone) if value is not None else "-"
        for value in (moved.from_, moved.to)
    )
    issued = f"; sudah terbit: {', '.join(moved.letters)}" if moved.letters else ""
    return f"Aduan {moved.number}, {moved.clock}: {before} menjadi {after}{issued}"


def _book(config: Settings) -> CalendarBook:
    """Return the calendars by the files as they are now; end with every mistake in them."""
    from scheduler.working_days import CalendarBook

    return CalendarBook(_overrides(config.holidays_file), config.timezone)


def _overrides(path: Path | None) -> Overrides:
    from config.calendar_overrides import OverridesError, load_default, merge, parse_overrides

    if path is None:
        return load_default()
    try:
        return merge(load_default(), parse_overrides(_text(path)))
    except OverridesError as error:
        fail("\n".join(f"{path}: {problem}" for problem in error.problems))


def _calendar(book: CalendarBook, week: int) -> Calendar:
    if week not in (5, 6):
        fail(f"--week: {week} is neither 5 nor 6", 2)
    return book.calendar(week)


def _warn_beyond(year: int, calendar: Calendar) -> None:
    if year > calendar.confirmed_until:
        warn(
            f"hari libur tahun {year} belum ditetapkan (baru sampai {calendar.confirmed_until}): "
            "cuti bersama belum diketahui, hari raya masih perkiraan"
        )


# --- policy -----------------------------------------------------------------------------------


@policy_app.callback()
def policy() -> None:
    """Keep `check` a command of its own, however many there are."""


@policy_app.command("check")
def check_policy(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A policy, in TOML.")],
    as_json: Json = False,
) -> None:
    """Read a policy and name every mistake with its line; the policy in force stays."""
    from config.message_files import kinds
    from config.policy import PolicyError
    from config.policy_file import parse_policy

    try:
        parsed = parse_policy(_text(file), kinds())
    except PolicyError as error:
        if as_json:
            problems = [{"line": line, "message": message} for line, message in error.problems]
            emit({"ok": False, "problems": problems})
        fail("\n".join(f"{file}: baris {line}: {message}" for line, message in error.problems))
    if as_json:
        emit({"ok": True, "problems": []})
        return
    typer.echo(f"{file}: kebijakan {parsed.nama} dapat dipakai")
    for clock in parsed.clocks.values():
        typer.echo(_clock_line(clock))
        for step in clock.steps:
            typer.echo(_step_line(step))


def _clock_line(clock: ClockPolicy) -> str:
    different = sorted(set(map(str, clock.limits.values())))
    if len(different) > 1:
        limit = "batas " + ", ".join(f"{name} {limit}" for name, limit in clock.limits.items())
    else:
        limit = f"batas {different[0]}" if different else "tanpa batas"
    return f"{clock.clock}: {clock.start} sampai {clock.stop}, {limit}, {len(clock.steps)} langkah"


def _step_line(step: Step) -> str:
    told = step.recipients
    hour = f" {step.hour}" if step.hour else ""
    words = [f"  {step.name}: {step.due}{hour}, kepada {', '.join(told.to)}"]
    if told.copy:
        words.append(f"tembusan {', '.join(told.copy)}")
    if told.weekly:
        words.append(f"mingguan {', '.join(told.weekly)}")
    if step.letter:
        words.append(f"surat {step.letter}")
    if step.repeat:
        words.append(f"diulang setiap {step.repeat}")
    return "; ".join(words)


def _text(path: Path) -> str:
    """Return a file's text; end with one line where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        fail(f"{path}: berkas tidak ditemukan")
    except IsADirectoryError:
        fail(f"{path}: ini folder, bukan berkas")
    except PermissionError:
        fail(f"{path}: berkas tidak boleh dibaca")
    except UnicodeDecodeError:
        fail(f"{path}: bukan teks UTF-8")
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        fail(f"{path}: {getattr(error, 'strerror', None) or 'berkas tidak dapat dibaca'}")


def add(app: typer.Typer) -> None:
    """Put these groups of commands into the program."""
    app.add_typer(calendar_app, name="calendar")
    app.add_typer(policy_app, name="policy")
