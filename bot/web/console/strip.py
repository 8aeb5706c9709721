"""PURE: the days of a clock as the cells of a strip calendar: what counted, what did not and why.

Nothing is decided here: the days come from `scheduler.trace`, which counts as the ladders do.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from itertools import groupby
from typing import Final
from zoneinfo import ZoneInfo

from bot.explanation import tanggal
from bot.wording import HARI
from config.limits import Unit
from scheduler.trace import Day, RunTrace
from scheduler.working_days import DayOff

FOLD: Final = 15
"""A stretch of more days than this with nothing of their own becomes one cell: three weeks."""
_WEEKEND: Final = "akhir_pekan"


class Kind(StrEnum):
    """What a day is, by what it looks like; its text says it too."""

    MULAI = "mulai"
    DIHITUNG = "dihitung"
    LEWAT = "lewat"
    """Counted, after the limit."""
    JAM = "jam"
    """Counted by the hour, not by the day."""
    AKHIR_PEKAN = "akhir-pekan"
    LIBUR = "libur"
    CUTI_BERSAMA = "cuti-bersama"
    TUNDA = "tunda"
    SP4N = "sp4n"
    """Stood still for SP4N's next export (SUDAH)."""
    LIPAT = "lipat"
    """Several days folded into one cell."""


_LEGEND: Final = {
    Kind.MULAI: "hari mulai; belum dihitung",
    Kind.DIHITUNG: "hari yang dihitung (D+n: hari ke-n)",
    Kind.LEWAT: "hari yang dihitung sesudah batas",
    Kind.JAM: "dihitung dalam jam",
    Kind.AKHIR_PEKAN: "akhir pekan; tidak dihitung",
    Kind.LIBUR: "hari libur; tidak dihitung",
    Kind.CUTI_BERSAMA: "cuti bersama; tidak dihitung",
    Kind.TUNDA: "tunda; tidak dihitung",
    Kind.SP4N: "menunggu data SP4N; tidak dihitung",
    Kind.LIPAT: "beberapa hari dilipat",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One day, or a folded stretch (`last` is later than `first`).

    `text` fits into a cell, `said` is the whole of it; `marks` are what else falls on the day.
    """

    first: date
    last: date
    kind: Kind
    text: str
    said: str
    marks: tuple[str, ...] = ()

    @property
    def weekday(self) -> str:
        """The weekday of the first day, in three letters."""
        return HARI[self.first.weekday()]


@dataclass(frozen=True, slots=True)
class Strip:
    """A strip with its legend, and the days off that it passes over, each decree's together."""

    cells: tuple[Cell, ...]
    legend: tuple[tuple[Kind, str], ...]
    off: tuple[tuple[str, str | None], ...]
    """Which days, by name, and the decree."""
    counted: int
    """How many days counted."""


def strip(run: RunTrace, at: datetime, zone: ZoneInfo, said: Collection[datetime] = ()) -> Strip:
    """Return the strip of a run seen at `at`: from its start to its limit or today, the later.

    Of a run that stopped, to the day it did. `said` are the moments at which an officer said
    SUDAH: a pause that began with one waits for SP4N, every other is a tunda.
    """
    today = at.astimezone(zone).date()
    days = _days(run, today, zone)
    marks = _marks(run, today, zone)
    seen = _Seen(run, _limit(run, zone), _waits(run, zone, said))
    cells = tuple(_cells(seen, days, marks))
    kinds = dict.fromkeys(seen.kind(day) for day in days)
    if any(cell.kind is Kind.LIPAT for cell in cells):
        kinds[Kind.LIPAT] = None
    legend = tuple((kind, _LEGEND[kind]) for kind in Kind if kind in kinds)
    counted = sum(day.counted is not None for day in days if day.date <= today)
    return Strip(cells, legend, tuple(_off(days)), counted)


def _days(run: RunTrace, today: date, zone: ZoneInfo) -> list[Day]:
    """Leave out what lies beyond: steps that repeat for ever have days too."""
    limit = _limit(run, zone)
    last = max(today, limit) if limit else today
    if run.stopped_at is not None:
        last = run.stopped_at.astimezone(zone).date()
    return [day for day in run.days if day.date <= last]


def _limit(run: RunTrace, zone: ZoneInfo) -> date | None:
    moment = run.adjusted_limit or run.limit_at
    return moment.astimezone(zone).date() if moment else None


def _marks(run: RunTrace, today: date, zone: ZoneInfo) -> Mapping[date, tuple[str, ...]]:
    found: dict[date, tuple[str, ...]] = {}

    def mark(day: date | None, text: str) -> None:
        if day is not None:
            found[day] = (*found.get(day, ()), text)

    mark(run.started_at.astimezone(zone).date(), "mulai")
    mark(_limit(run, zone), "batas")
    if run.stopped_at is not None:
        mark(run.stopped_at.astimezone(zone).date(), "berhenti")
    else:
        mark(today, "hari ini")
    return found


def _waits(run: RunTrace, zone: ZoneInfo, said: Collection[datetime]) -> frozenset[date]:
    """Return the last days of the pauses that wait for SP4N, and those within."""
    found: set[date] = set()
    for begin, end in run.pauses:
        if begin not in said:
            continue
        first = begin.astimezone(zone).date()
        last = end.astimezone(zone).date() if end else date.max
        found |= {day.date for day in run.days if day.paused and first < day.date <= last}
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class _Seen:
    """A run, the local date of its limit, and the days on which it waited for SP4N."""

    run: RunTrace
    limit: date | None
    waits: frozenset[date]

    def kind(self, day: Day) -> Kind:
        if day.paused:
            return Kind.SP4N if day.date in self.waits else Kind.TUNDA
        if day.skipped is not None:
            named = {_WEEKEND: Kind.AKHIR_PEKAN, "cuti_bersama": Kind.CUTI_BERSAMA}
            return named.get(day.skipped.kind, Kind.LIBUR)
        if day.counted is not None:
            late = self.limit is not None and day.date > self.limit
            return Kind.LEWAT if late else Kind.DIHITUNG
        by_the_hour = self.run.unit in (Unit.JAM, Unit.JAM_KERJA)
        return Kind.JAM if by_the_hour else Kind.MULAI


def _cells(
    seen: _Seen, days: Sequence[Day], marks: Mapping[date, tuple[str, ...]]
) -> Iterator[Cell]:
    def alike(day: Day) -> tuple[Kind, bool] | None:
        """What a day shares with its neighbours; None where it has something of its own."""
        if day.date in marks or (day.skipped is not None and day.skipped.kind != _WEEKEND):
            return None
        late = seen.limit is not None and day.date > seen.limit
        return (seen.kind(day) if day.paused else Kind.DIHITUNG, late)

    for shared, stretch in groupby(days, key=alike):
        some = list(stretch)
        if shared is not None and len(some) > FOLD:
            yield _folded(seen, some)
        else:
            for day in some:
                kind = seen.kind(day)
                text, said = _text(day, kind), _said(day, kind)
                yield Cell(day.date, day.date, kind, text, said, marks.get(day.date, ()))


def _folded(seen: _Seen, days: Sequence[Day]) -> Cell:
    first, last = days[0].date, days[-1].date
    span = f"{tanggal(first)} s.d. {tanggal(last)}"
    kinds = {seen.kind(day) for day in days}
    for still in (Kind.TUNDA, Kind.SP4N):
        if still in kinds:
            text = "Tunda" if still is Kind.TUNDA else "SP4N"
            return Cell(first, last, Kind.LIPAT, text, f"{span}: {_LEGEND[still]}")
    counted = [day.counted for day in days if day.counted is not None]
    if not counted:
        return Cell(first, last, Kind.LIPAT, "jam", f"{span}: dihitung dalam jam")
    text = f"D+{counted[0]} … D+{counted[-1]}"
    off = ", akhir pekan tidak dihitung" if Kind.AKHIR_PEKAN in kinds else ""
    return Cell(first, last, Kind.LIPAT, text, f"{span}: {text}{off}")


def _text(day: Day, kind: Kind) -> str:
    """Return what stands in a cell: never its colour alone."""
    short = {
        Kind.JAM: "jam",
        Kind.AKHIR_PEKAN: "-",
        Kind.LIBUR: "Libur",
        Kind.CUTI_BERSAMA: "Cuti",
        Kind.TUNDA: "Tunda",
        Kind.SP4N: "SP4N",
        Kind.MULAI: "·",
    }
    return f"D+{day.counted}" if day.counted is not None else short[kind]


def _said(day: Day, kind: Kind) -> str:
    parts = []
    if day.paused:
        parts.append(_LEGEND[kind])
    if day.skipped is not None:
        parts.append(f"tidak dihitung: {_named(day.skipped)}")
    if day.counted is not None:
        parts.append(f"D+{day.counted}")
    return f"{tanggal(day.date)}: {'; '.join(parts) or _LEGEND[kind]}"


def _named(off: DayOff) -> str:
    return f"{off.name} ({off.decree})" if off.decree else off.name


def _off(days: Sequence[Day]) -> Iterator[tuple[str, str | None]]:
    """Yield the days off that are no weekends, those of one decree together."""
    named = [
        (day.date, day.skipped)
        for day in days
        if day.skipped is not None and day.skipped.kind != _WEEKEND
    ]
    for decree, group in groupby(named, key=lambda one: one[1].decree):
        yield "; ".join(f"{tanggal(day)}: {off.name}" for day, off in group), decree
