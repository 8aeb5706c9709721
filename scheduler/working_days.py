"""Working-day arithmetic of Indonesian government offices. PURE: no clock, no database.

Rules: D+n is the n-th working day strictly after the local date of the start, whatever the hour
(a Saturday's D+1 is Monday); a working day ends at the cut-off, 16:00 or the office's closing
hour where that is earlier. Five-day week: Perpres 21/2023; six days for direct-service units.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from types import MappingProxyType
from typing import NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from config.calendar_overrides import (
    FIRST_YEAR,
    LAST_YEAR,
    OpeningHours,
    OverrideDay,
    Overrides,
    Span,
    scope_key,
)
from config.limits import TUTUP, Hour, Limit, Unit

CUT_OFF = time(16)
DEFAULT_HOURS: Span = (time(7, 30), CUT_OFF)

_DAY = timedelta(days=1)

_Entry = TypeVar("_Entry", OverrideDay, OpeningHours)


class DayOff(NamedTuple):
    """Why a day is no working day; `decree` is None for weekends and where none is known.

    `kind` is "akhir_pekan", "libur", "cuti_bersama", "pilkada" or "lokal".
    """

    name: str
    decree: str | None
    kind: str


_WEEKEND = {
    5: DayOff("Sabtu", None, "akhir_pekan"),
    6: DayOff("Minggu", None, "akhir_pekan"),
}


class Calendar:
    """One office's working days, 2015 to 2045, as a rank table; immutable.

    Dates outside the table raise ValueError, and so do datetimes without a zone. All datetimes
    returned are UTC; `zone` decides which local date a moment belongs to.
    """

    __slots__ = (
        "_ends", "_hours", "_off", "_rank", "_working", "confirmed_until", "week", "zone"
    )  # fmt: skip

    def __init__(
        self,
        week: int,
        zone: ZoneInfo,
        *,
        off: Mapping[date, DayOff],
        hours: tuple[OpeningHours, ...] = (),
        confirmed_until: int = 0,
    ) -> None:
        """Build the table. `hours` stand best first; only those of this week's length count."""
        if week not in (5, 6):
            raise ValueError(f"a week has 5 or 6 working days, not {week}")
        self.week = week
        self.zone = zone
        self.confirmed_until = confirmed_until
        self._off = MappingProxyType(dict(off))
        self._hours = tuple(entry for entry in hours if entry.week in (None, week))
        # _working[r] is the r-th working day (_working[0] only fills the place before the first),
        # _rank[day] how many there are up to and with that day.
        self._working = [date.min]
        self._rank: dict[date, int] = {}
        for day in _dates():
            if day.weekday() < week and day not in self._off:
                self._working.append(day)
            self._rank[day] = len(self._working) - 1
        # Cut-offs as instants, filled as asked for: they are most of the cost of a deadline.
        self._ends: dict[date, datetime] = {}

    def is_working(self, day: date) -> bool:
        return self._working[self._rank_of(day)] == day

    def off(self, day: date) -> DayOff | None:
        """Why `day` is off, or None on a working day; a holiday is named before a weekend."""
        if self.is_working(day):
            return None
        return self._off.get(day) or _WEEKEND[day.weekday()]

    def days_off(self) -> tuple[tuple[date, ...], tuple[OpeningHours, ...]]:
        """Every day off that is not a weekend, and the opening hours: what deadlines rest on."""
        return tuple(sorted(self._off)), self._hours

    def nth_after(self, day: date, n: int) -> date:
        """The n-th working day strictly after `day`; n = 0: `day` or the next working day."""
        try:
            if n > 0:
                return self._working[self._rank[day] + n]
        except (KeyError, IndexError):
            raise _refusal(day, n) from None
        if n < 0:
            raise _refusal(day, n)
        return day if self.is_working(day) else self.nth_after(day, 1)

    def nth_before(self, day: date, n: int) -> date:
        """The n-th working day strictly before `day`; n = 0 is `day` itself, working or not."""
        if n == 0:
            return day
        rank = self._rank_of(day) - n + (0 if self.is_working(day) else 1)
        if n < 0 or rank < 1:
            raise _refusal(day, n)
        return self._working[rank]

    def count(self, after: date, until: date) -> int:
        """How many working days lie in (after, until]; 0 where `until` is not later."""
        return max(0, self._rank_of(until) - self._rank_of(after))

    def is_week_start(self, day: date) -> bool:
        """Whether `day` is the first working day of its (ISO) week."""
        monday = day - day.weekday() * _DAY
        return self.is_working(day) and self._working[self._rank[day] - 1] < monday

    def local_date(self, moment: datetime) -> date:
        """The date on which `moment` falls in the installation's zone."""
        return _aware(moment).astimezone(self.zone).date()

    def opening(self, day: date) -> Span | None:
        """When the office opens and closes on `day`, local time; None on a day off."""
        if not self.is_working(day):
            return None
        return self._configured(day) or DEFAULT_HOURS

    def cutoff(self, day: date) -> time:
        """The local hour at which `day` counts as over: 16:00, or an earlier closing hour."""
        span = self.opening(day)
        return CUT_OFF if span is None else min(CUT_OFF, span[1])

    def at(self, day: date, hour: Hour) -> datetime:
        """The instant (UTC) of an hour of `day`: a time, "buka" (opening) or "tutup" (cut-off).

        A day off opens at 07:30 and is over at 16:00.
        """
        if hour.kind == "tutup":
            end = self._ends.get(day)
            if end is None:
                end = self._ends[day] = self._instant(day, self.cutoff(day))
            return end
        return self._instant(day, hour.at or (self.opening(day) or DEFAULT_HOURS)[0])

    def due(self, start: datetime, limit: Limit, hour: Hour | None = None) -> datetime:
        """When `limit` that began at `start` is over, as an instant (UTC).

        Days end at `hour`, by default the cut-off; hours are exact and ignore it. Working hours
        run only while the office is open, and one that ends at closing time ends that day.
        """
        if limit.unit is Unit.HARI_KERJA:
            return self.at(self.nth_after(self.local_date(start), limit.amount), hour or TUTUP)
        if limit.unit is Unit.HARI:
            return self.at(self.local_date(start) + limit.amount * _DAY, hour or TUTUP)
        if limit.unit is Unit.JAM:
            return _aware(start).astimezone(UTC) + timedelta(hours=limit.amount)
        return self.add_open(start, timedelta(hours=limit.amount))

    def open_between(self, begin: datetime, end: datetime) -> timedelta:
        """How long the office is open between two moments; zero where `end` is not later."""
        day, last = self.local_date(begin), self.local_date(end)
        total = timedelta()
        while day <= last:
            span = self.opening(day)
            if span is not None:
                since = max(begin, self._instant(day, span[0]))
                total += max(min(end, self._instant(day, span[1])) - since, timedelta())
            day += _DAY
        return total

    def take_open(self, end: datetime, left: timedelta) -> datetime:
        """The moment (UTC) from which the office is open for `left` until `end`.

        Where that is an opening, the closing before it: working hours end at closing time.
        """
        if not left:
            return _aware(end).astimezone(UTC)
        day = self.local_date(end)
        while True:
            span = self.opening(day)
            if span is not None:
                until = min(end.astimezone(UTC), self._instant(day, span[1]))
                open_for = until - self._instant(day, span[0])
                if open_for > left:
                    return until - left
                left -= max(open_for, timedelta())
                if not left:
                    day = self.nth_before(day, 1)
                    return self._instant(day, (self.opening(day) or DEFAULT_HOURS)[1])
            day -= _DAY

    def add_open(self, start: datetime, left: timedelta) -> datetime:
        """The moment (UTC) at which the office has been open for `left` since `start`."""
        day = self.nth_after(self.local_date(start), 0)
        begin = start.astimezone(UTC)
        while True:
            opens, closes = self.opening(day) or DEFAULT_HOURS
            begin = max(begin, self._instant(day, opens))
            open_for = self._instant(day, closes) - begin
            if open_for >= left:
                return begin + left
            left -= max(open_for, timedelta())
            day = self.nth_after(day, 1)

    def _configured(self, day: date) -> Span | None:
        for entry in self._hours:
            in_season = (entry.since or day) <= day <= (entry.until or day)
            span = entry.days[day.weekday()] if in_season else None
            if span is not None:
                return span
        return None

    def _rank_of(self, day: date) -> int:
        try:
            return self._rank[day]
        except KeyError:
            raise _refusal(day, 0) from None

    def _instant(self, day: date, local: time) -> datetime:
        return datetime.combine(day, local, self.zone).astimezone(UTC)


class CalendarBook:
    """Every office's calendar: the library's days of Indonesia with the overrides on top.

    Offices to which the same overrides apply share one table.
    """

    def __init__(self, overrides: Overrides, zone: ZoneInfo) -> None:
        self.overrides = overrides
        self.zone = zone
        named = [day.scope for day in overrides.days] + [entry.scope for entry in overrides.hours]
        self._scopes = frozenset(scope_key(scope) for scope in named if scope)
        self._built: dict[tuple[int, tuple[str, ...]], Calendar] = {}

    def calendar(self, week: int = 5, scopes: Iterable[str] = ()) -> Calendar:
        """The calendar of an office with a week of 5 or 6 days.

        `scopes`: its own name, then those of the instansi above it, nearest first; where several
        overrides speak of one day, the nearest wins.
        """
        keys = dict.fromkeys(scope_key(scope) for scope in scopes)
        applying = tuple(key for key in keys if key in self._scopes)
        found = self._built.get((week, applying))
        if found is None:
            found = _built(self.overrides, self.zone, week, applying)
            self._built[week, applying] = found
        return found

    def __len__(self) -> int:
        """How many tables have been built."""
        return len(self._built)


@lru_cache(maxsize=64)
def _built(overrides: Overrides, zone: ZoneInfo, week: int, scopes: tuple[str, ...]) -> Calendar:
    """Build a table, once for the same rules however often they are loaded."""
    # Farthest first: everyone's, then those of the instansi above, then the office's own.
    order = {key: rank for rank, key in enumerate(("", *reversed(scopes)))}
    off = dict(_public_days(overrides))
    for day in _applying(overrides.days, order):
        if day.action == "tambah":
            off[day.date] = DayOff(day.name, day.decree, day.kind)
        else:
            off.pop(day.date, None)
    hours = list(_applying(overrides.hours, order))
    # A season is decreed against the usual hours, so it is better than they are, whosever.
    hours.sort(key=lambda entry: entry.since is not None or entry.until is not None)
    return Calendar(
        week,
        zone,
        off=off,
        hours=tuple(reversed(hours)),
        confirmed_until=overrides.confirmed_until,
    )


def changed_days(old: Calendar, new: Calendar) -> list[date]:
    """The days whose opening or being off differs: due times near them may move."""
    return [day for day in _dates() if old.opening(day) != new.opening(day)]


def _applying(entries: tuple[_Entry, ...], order: Mapping[str, int]) -> list[_Entry]:
    """The entries whose scope is in `order`, in that order; a later one of the file follows."""
    chosen = [entry for entry in entries if scope_key(entry.scope or "") in order]
    return sorted(chosen, key=lambda entry: order[scope_key(entry.scope or "")])


def _public_days(overrides: Overrides) -> dict[date, DayOff]:
    """The library's days off, with the decree of their year."""
    decrees = {decree.year: decree.text for decree in overrides.decrees}
    days = {}
    for day, name, kind in _library_days():
        # The library calls lunar dates estimates until its own sources list them; up to the
        # confirmed year the decree has settled them.
        settled = day.year <= overrides.confirmed_until
        shown = name.replace(" (perkiraan)", "") if settled else name
        days[day] = DayOff(shown, decrees.get(day.year), kind)
    return days


@cache
def _library_days() -> tuple[tuple[date, str, str], ...]:
    """National holidays (public) and cuti bersama (government) of every year of the table."""
    from holidays import country_holidays  # late: costly, and `--help` does without

    days: dict[date, tuple[str, str]] = {}
    for category, kind in (("government", "cuti_bersama"), ("public", "libur")):
        found = country_holidays(
            "ID", categories=(category,), language="id", years=range(FIRST_YEAR, LAST_YEAR + 1)
        )
        # "Pegangti" is the library's slip for "Pengganti".
        days |= {day: (name.replace("Pegangti", "Pengganti"), kind) for day, name in found.items()}
    return tuple((day, *entry) for day, entry in sorted(days.items()))


@cache
def _dates() -> tuple[date, ...]:
    """Every day that a calendar knows; all calendars share these objects."""
    first, last = date(FIRST_YEAR, 1, 1).toordinal(), date(LAST_YEAR, 12, 31).toordinal()
    return tuple(date.fromordinal(ordinal) for ordinal in range(first, last + 1))


def _refusal(day: date, n: int) -> ValueError:
    if isinstance(day, datetime):
        return ValueError(f"a date is wanted, not a moment: {day}")
    if n < 0:
        return ValueError(f"a number of working days cannot be negative: {n}")
    steps = f" and {n} working days" if n else ""
    return ValueError(f"{day}{steps} is outside the calendar of {FIRST_YEAR} to {LAST_YEAR}")


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError(f"a time without a zone: {moment}")
    return moment
