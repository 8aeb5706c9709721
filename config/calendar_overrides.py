"""Days added to and cancelled from the public calendar, each with its decree, and opening hours.

A calendar file is TOML::

    confirmed_until = 2027                      # last year whose days the government has fixed
    [[decree]]                                  # cited for the library's own days of a year
    year = 2027
    text = "SKB ..."
    [[day]]
    date = 2025-08-18
    name = "Cuti Bersama ..."
    action = "tambah"                           # or "batal"
    kind = "cuti_bersama"                       # libur, cuti_bersama, pilkada, lokal
    decree = "SKB ..."
    scope = "Dinas ..."                         # optional: this instansi and all below it
    [[hours]]                                   # optional; default 07:30-16:00
    week = 5                                    # optional: 5 or 6; without it, both
    from = 2026-02-18                           # optional season
    until = 2026-03-17
    senin = "08:00-15:00"                       # senin ... sabtu; days left out keep their hours
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time
from importlib.resources import files
from typing import NamedTuple, TypeVar

from config.toml_lines import Lines, TomlError, load

FIRST_YEAR = 2015
LAST_YEAR = 2045
"""Calendars are tables of these years; nothing can be due, added or cancelled outside them."""

ACTIONS = ("tambah", "batal")
KINDS = ("libur", "cuti_bersama", "pilkada", "lokal")
WEEKDAYS = ("senin", "selasa", "rabu", "kamis", "jumat", "sabtu")

Span = tuple[time, time]

_SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d) ?[-\u2013] ?([01]\d|2[0-3]):([0-5]\d)", re.ASCII)
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Decree:
    """The decree that fixed the public days off of a year."""

    year: int
    text: str


@dataclass(frozen=True, slots=True)
class OverrideDay:
    """One day added ("tambah") or cancelled ("batal"); without scope it holds for everyone."""

    date: date
    name: str
    action: str
    kind: str
    decree: str
    scope: str | None = None


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """Opening hours from Monday to Saturday; None leaves a weekday to the next best entry."""

    week: int | None
    since: date | None
    until: date | None
    scope: str | None
    name: str | None
    days: tuple[Span | None, ...]


@dataclass(frozen=True, slots=True)
class Overrides:
    """Everything a calendar file says. `confirmed_until` is 0 where a file does not say it."""

    confirmed_until: int = 0
    decrees: tuple[Decree, ...] = ()
    days: tuple[OverrideDay, ...] = ()
    hours: tuple[OpeningHours, ...] = ()


class Problem(NamedTuple):
    """One mistake: its line (from 1) and an Indonesian sentence."""

    line: int
    message: str

    def __str__(self) -> str:
        return f"baris {self.line}: {self.message}"


class OverridesError(ValueError):
    """A calendar file with mistakes: all of them, in the order of their lines."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


def scope_key(name: str) -> str:
    """The name of an instansi as scopes are compared: case and spacing do not matter."""
    return " ".join(name.casefold().split())


def parse_overrides(text: str) -> Overrides:
    """Read a calendar file. Raises OverridesError with every mistake and its line."""
    try:
        values, lines = load(text)
    except TomlError as error:
        raise OverridesError((Problem(error.line, error.message),)) from error
    problems: list[Problem] = []
    root = _Table(values, (), lines, problems)
    root.refuse_others("confirmed_until", "decree", "day", "hours")
    confirmed = root.year("confirmed_until", required=False)
    decrees = _read(root.tables("decree"), _decree)
    days = _read(root.tables("day"), _day)
    hours = _read(root.tables("hours"), _hours)
    if problems:
        raise OverridesError(tuple(sorted(problems)))
    return Overrides(confirmed or 0, decrees, days, hours)


def load_default() -> Overrides:
    """The calendar file that ships with the program."""
    return parse_overrides(files("config").joinpath("holidays.toml").read_text(encoding="utf-8"))


def merge(base: Overrides, extra: Overrides) -> Overrides:
    """Both together; `extra` wins per decree year, per (date, scope) and per season of hours."""
    return Overrides(
        max(base.confirmed_until, extra.confirmed_until),
        tuple({d.year: d for d in (*base.decrees, *extra.decrees)}.values()),
        tuple({_day_key(d): d for d in (*base.days, *extra.days)}.values()),
        tuple({_hours_key(h): h for h in (*base.hours, *extra.hours)}.values()),
    )


def _day_key(day: OverrideDay) -> tuple[object, ...]:
    return day.date, scope_key(day.scope or "")


def _hours_key(hours: OpeningHours) -> tuple[object, ...]:
    return hours.week, hours.since, hours.until, scope_key(hours.scope or "")


class _Table:
    """One TOML table being read; every mistake goes to the shared list with its line."""

    def __init__(
        self,
        values: dict[str, object],
        path: tuple[str | int, ...],
        lines: Lines,
        problems: list[Problem],
        seen: dict[tuple[object, ...], _Table] | None = None,
    ) -> None:
        self._values = values
        self._path = path
        self._lines = lines
        self._problems = problems
        self._seen = {} if seen is None else seen

    def line(self, *keys: str) -> int:
        return self._lines.of(*self._path, *keys)

    def wrong(self, message: str, *keys: str) -> None:
        self._problems.append(Problem(self.line(*keys), message))

    def has(self, key: str) -> bool:
        return key in self._values

    def refuse_others(self, *known: str) -> None:
        for key in self._values.keys() - set(known):
            self.wrong(f'Kunci "{key}" tidak dikenal; yang dikenal: {", ".join(known)}.', key)

    def refuse_second(self, key: tuple[object, ...], what: str) -> bool:
        """Report a second entry of the same key; True if this is one."""
        first = self._seen.setdefault(key, self)
        if first is not self:
            self.wrong(f"{what} sudah ditulis pada baris {first.line()}.")
        return first is not self

    def tables(self, key: str) -> list[_Table]:
        """The entries of `[[key]]`."""
        entries = self._values.get(key, [])
        if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
            self.wrong(f'"{key}" harus ditulis sebagai [[{key}]].', key)
            return []
        seen: dict[tuple[object, ...], _Table] = {}
        return [
            _Table(entry, (key, index), self._lines, self._problems, seen)
            for index, entry in enumerate(entries)
        ]

    def take(self, key: str, kind: type[_T], wanted: str, *, required: bool = True) -> _T | None:
        value = self._values.get(key)
        # Not isinstance: true is no year, and a date with a time is no day.
        if type(value) is kind:
            return value
        if value is not None:
            self.wrong(f'"{key}" harus berupa {wanted}.', key)
        elif required:
            self.wrong(f'"{key}" wajib diisi.')
        return None

    def text(self, key: str, *, required: bool = True) -> str | None:
        value = self.take(key, str, "teks dalam tanda kutip", required=required)
        if value is not None and not value.strip():
            self.wrong(f'"{key}" tidak boleh kosong.', key)
            return None
        return value

    def choice(self, key: str, choices: tuple[str, ...]) -> str | None:
        value = self.text(key)
        if value is not None and value not in choices:
            self.wrong(f'"{key}" harus salah satu dari: {", ".join(choices)}.', key)
            return None
        return value

    def year(self, key: str, *, required: bool = True) -> int | None:
        value = self.take(key, int, "tahun, misalnya 2027", required=required)
        return value if value is None or self._covered(key, value) else None

    def date(self, key: str, *, required: bool = True) -> date | None:
        wanted = "tanggal tanpa tanda kutip, misalnya 2026-03-18"
        value = self.take(key, date, wanted, required=required)
        return value if value is None or self._covered(key, value.year) else None

    def _covered(self, key: str, year: int) -> bool:
        if FIRST_YEAR <= year <= LAST_YEAR:
            return True
        self.wrong(f'"{key}" di luar tahun {FIRST_YEAR} sampai {LAST_YEAR}.', key)
        return False


def _read(tables: list[_Table], reader: Callable[[_Table], _T | None]) -> tuple[_T, ...]:
    return tuple(found for table in tables if (found := reader(table)) is not None)


def _decree(table: _Table) -> Decree | None:
    table.refuse_others("year", "text")
    year, text = table.year("year"), table.text("text")
    if year is None or text is None:
        return None
    repeated = table.refuse_second((year,), f"Keputusan tahun {year}")
    return None if repeated else Decree(year, text)


def _day(table: _Table) -> OverrideDay | None:
    """One `[[day]]`; a day without a decree is refused, for it is printed as the reason."""
    table.refuse_others("date", "name", "action", "kind", "decree", "scope")
    day = table.date("date")
    name = table.text("name")
    action = table.choice("action", ACTIONS)
    kind = table.choice("kind", KINDS)
    scope = table.text("scope", required=False)
    decree = table.text("decree") if table.has("decree") else None
    if not table.has("decree"):
        table.wrong(
            '"decree" wajib diisi: setiap hari yang ditambah atau dibatalkan '
            "harus menyebut keputusannya."
        )
    if day is None or name is None or action is None or kind is None or decree is None:
        return None
    found = OverrideDay(day, name, action, kind, decree, scope)
    where = f" untuk {scope}" if scope else ""
    return None if table.refuse_second(_day_key(found), f"Tanggal {day}{where}") else found


def _hours(table: _Table) -> OpeningHours | None:
    table.refuse_others("week", "from", "until", "scope", "name", *WEEKDAYS)
    week = table.take("week", int, "5 atau 6", required=False)
    if week not in (None, 5, 6):
        table.wrong('"week" harus 5 atau 6.', "week")
    since, until = table.date("from", required=False), table.date("until", required=False)
    if since and until and since > until:
        table.wrong('"until" mendahului "from".', "until")
    if week == 5 and table.has("sabtu"):
        table.wrong("Pekan lima hari kerja tidak mempunyai jam buka hari Sabtu.", "sabtu")
    if not any(table.has(weekday) for weekday in WEEKDAYS):
        table.wrong(f"Tidak ada jam buka; isi sedikitnya satu dari: {', '.join(WEEKDAYS)}.")
    found = OpeningHours(
        week=week,
        since=since,
        until=until,
        scope=table.text("scope", required=False),
        name=table.text("name", required=False),
        days=tuple(_span(table, weekday) for weekday in WEEKDAYS),
    )
    what = "Jam buka untuk pekan, musim, dan instansi yang sama"
    return None if table.refuse_second(_hours_key(found), what) else found


def _span(table: _Table, weekday: str) -> Span | None:
    text = table.text(weekday, required=False)
    if text is None:
        return None
    found = _SPAN.fullmatch(text.strip())
    if found is None:
        table.wrong(f'"{weekday}" harus berupa jam buka dan tutup: "07:30-16:00".', weekday)
        return None
    opens, closes = time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))
    if opens >= closes:
        table.wrong(f'"{weekday}": jam tutup harus sesudah jam buka.', weekday)
        return None
    return opens, closes
