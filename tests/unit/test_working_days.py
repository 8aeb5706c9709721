from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.calendar_overrides import Overrides, load_default, merge, parse_overrides
from config.limits import BUKA, TUTUP, Hour, parse_hour, parse_limit
from scheduler.working_days import Calendar, CalendarBook, DayOff, changed_days

JAKARTA = ZoneInfo("Asia/Jakarta")
LIST = Path(__file__).parents[1] / "data" / "libur_id_2020_2027.csv"
DAY = timedelta(days=1)

BOOK = CalendarBook(load_default(), JAKARTA)
FIVE, SIX = BOOK.calendar(5), BOOK.calendar(6)


def wib(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=JAKARTA)


def book(extra: str, base: Overrides | None = None) -> CalendarBook:
    return CalendarBook(merge(base or load_default(), parse_overrides(extra)), JAKARTA)


def day(
    when: str, action: str = "tambah", kind: str = "cuti_bersama", scope: str | None = None
) -> str:
    lines = [
        f"[[day]]\ndate = {when}\nname = 'Hari {when}'\naction = '{action}'",
        f"kind = '{kind}'\ndecree = 'SK {when}'",
    ]
    return "\n".join([*lines, f"scope = '{scope}'" if scope else "", ""])


# --- against a slow walk, day by day ---------------------------------------------------------


def works(start: date, week: int, off: set[date]) -> bool:
    return start.weekday() < week and start not in off


def walk(start: date, n: int, step: timedelta, week: int, off: set[date]) -> date:
    while n:
        start += step
        n -= works(start, week, off)
    return start


weeks = st.sampled_from([5, 6])
dates = st.dates(date(2024, 1, 1), date(2026, 12, 31))
offs = st.sets(st.dates(date(2024, 6, 1), date(2026, 6, 30)), max_size=120)


def calendar_of(week: int, off: set[date]) -> Calendar:
    return Calendar(week, JAKARTA, off=dict.fromkeys(off, DayOff("Libur", "SK", "libur")))


@settings(max_examples=150, deadline=None)
@given(week=weeks, off=offs, start=dates, n=st.integers(1, 90))
def test_nth_working_day_is_where_a_walk_arrives(
    week: int, off: set[date], start: date, n: int
) -> None:
    calendar = calendar_of(week, off)
    assert calendar.nth_after(start, n) == walk(start, n, DAY, week, off)
    assert calendar.nth_before(start, n) == walk(start, n, -DAY, week, off)


@settings(max_examples=150, deadline=None)
@given(week=weeks, off=offs, start=dates, length=st.integers(-40, 400))
def test_count_is_the_number_of_working_days_after_the_first_up_to_the_last(
    week: int, off: set[date], start: date, length: int
) -> None:
    until = start + length * DAY
    passed = (start + i * DAY for i in range(1, length + 1))
    expected = sum(works(one, week, off) for one in passed)
    assert calendar_of(week, off).count(start, until) == expected


@settings(max_examples=150, deadline=None)
@given(week=weeks, off=offs, start=dates)
def test_what_is_said_of_one_day_agrees(week: int, off: set[date], start: date) -> None:
    calendar = calendar_of(week, off)
    working = works(start, week, off)
    assert calendar.is_working(start) is working
    assert (calendar.off(start) is None) is working
    assert (calendar.opening(start) is not None) is working
    assert calendar.nth_after(start, 0) == (start if working else walk(start, 1, DAY, week, off))
    assert calendar.nth_before(start, 0) == start
    before = [start - i * DAY for i in range(1, start.weekday() + 1)]
    first = working and not any(works(one, week, off) for one in before)
    assert calendar.is_week_start(start) is first


# --- the real calendar -----------------------------------------------------------------------


def test_the_five_day_calendar_is_the_published_list_2020_to_2027() -> None:
    with LIST.open(encoding="utf-8") as file:
        listed = {date.fromisoformat(row["tanggal"]): row for row in csv.DictReader(file)}
    first, last = date(2020, 1, 1), date(2027, 12, 31)
    differing = []
    for i in range((last - first).days + 1):
        one = first + i * DAY
        if FIVE.is_working(one) is (one.weekday() >= 5 or one in listed):
            differing.append(one)
    assert differing == []
    # Weekends included: only six-day offices would notice a difference there.
    assert {one for one in FIVE._off if 2020 <= one.year <= 2027} == listed.keys()


def test_kinds_and_decrees_of_the_listed_days() -> None:
    with LIST.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            found = FIVE._off.get(date.fromisoformat(row["tanggal"]))
            if found is None:
                assert row["catatan"]
                continue
            assert found.decree
            cuti = row["jenis"] == "cuti_bersama"
            assert (found.kind == "cuti_bersama") is cuti, row


def test_each_day_off_tells_its_name_and_decree() -> None:
    assert FIVE.off(date(2026, 3, 17)) is None
    nyepi = FIVE.off(date(2026, 3, 18))
    assert nyepi is not None
    assert nyepi.name == "Cuti Bersama Hari Suci Nyepi"
    assert nyepi.kind == "cuti_bersama"
    assert nyepi.decree is not None
    assert "1497/2025" in nyepi.decree
    assert FIVE.off(date(2026, 3, 28)) == DayOff("Sabtu", None, "akhir_pekan")
    assert FIVE.off(date(2026, 3, 29)) == DayOff("Minggu", None, "akhir_pekan")
    assert SIX.off(date(2026, 3, 28)) is None
    # Idul Fitri falls on a Saturday: the holiday is the reason that a letter cites.
    holiday = FIVE.off(date(2026, 3, 21))
    assert holiday is not None
    assert (holiday.name, holiday.kind) == ("Hari Raya Idul Fitri", "libur")


@pytest.mark.parametrize(
    ("when", "decree"),
    [
        (date(2020, 12, 9), "Keppres No. 22 Tahun 2020"),
        (date(2024, 2, 14), "Keppres No. 10 Tahun 2024"),
        (date(2024, 11, 27), "Keppres No. 33 Tahun 2024"),
    ],
)
def test_election_days_are_off_by_their_own_decree(when: date, decree: str) -> None:
    for calendar in (FIVE, SIX):
        found = calendar.off(when)
        assert found is not None
        assert found.decree == decree


def test_a_lunar_date_is_an_estimate_only_beyond_the_confirmed_year() -> None:
    assert FIVE.confirmed_until == 2027
    settled, estimated = FIVE.off(date(2027, 3, 10)), FIVE.off(date(2028, 2, 28))
    assert settled is not None
    assert estimated is not None
    assert settled.name == "Hari Raya Idul Fitri"
    assert estimated.name.endswith("(perkiraan)")
    assert estimated.decree is None


# --- D+n -------------------------------------------------------------------------------------


def test_three_working_days_over_nyepi_and_lebaran_2026() -> None:
    assert date(2026, 3, 17).weekday() == 1
    assert FIVE.nth_after(date(2026, 3, 17), 3) == date(2026, 3, 27)
    cancelled = ("2026-03-18", "2026-03-20", "2026-03-23", "2026-03-24")
    without = book("".join(day(one, "batal") for one in cancelled)).calendar()
    assert without.nth_after(date(2026, 3, 17), 3) == date(2026, 3, 23)


def test_from_saturday_the_first_working_day_is_monday() -> None:
    assert FIVE.nth_after(date(2026, 5, 9), 1) == date(2026, 5, 11)
    assert SIX.nth_after(date(2026, 5, 9), 1) == date(2026, 5, 11)
    assert FIVE.nth_after(date(2026, 5, 8), 1) == date(2026, 5, 11)
    assert SIX.nth_after(date(2026, 5, 8), 1) == date(2026, 5, 9)


def test_a_decree_of_april_2023_moves_a_deadline_by_a_week() -> None:
    # Before it: cuti bersama on 21, 24, 25 and 26 April; it made them 19, 20, 21, 24 and 25.
    old = book(
        day("2023-04-19", "batal") + day("2023-04-20", "batal") + day("2023-04-26")
    ).calendar()
    assert old.nth_after(date(2023, 4, 17), 2) == date(2023, 4, 19)
    assert FIVE.nth_after(date(2023, 4, 17), 2) == date(2023, 4, 26)
    assert changed_days(old, FIVE) == [date(2023, 4, 19), date(2023, 4, 20), date(2023, 4, 26)]


def test_a_decree_of_august_2025_moves_a_deadline_by_a_day() -> None:
    old = book(day("2025-08-18", "batal")).calendar()
    assert old.nth_after(date(2025, 8, 14), 2) == date(2025, 8, 18)
    assert FIVE.nth_after(date(2025, 8, 14), 2) == date(2025, 8, 19)
    assert changed_days(old, FIVE) == [date(2025, 8, 18)]


def test_the_week_starts_on_its_first_working_day() -> None:
    assert FIVE.is_week_start(date(2026, 5, 4))
    assert not FIVE.is_week_start(date(2026, 5, 5))
    # Lebaran: Monday 23 and Tuesday 24 March 2026 are off.
    assert not FIVE.is_week_start(date(2026, 3, 23))
    assert FIVE.is_week_start(date(2026, 3, 25))
    assert not FIVE.is_week_start(date(2026, 3, 26))


def test_the_table_ends_where_it_says() -> None:
    first, last = date(2015, 1, 1), date(2045, 12, 31)
    assert FIVE.nth_after(first, 1) == FIVE.nth_after(first, 0) == date(2015, 1, 2)
    assert FIVE.nth_before(last, 1) == date(2045, 12, 29)
    assert FIVE.nth_before(date(2015, 1, 5), 1) == date(2015, 1, 2)
    refused: list[Callable[[], object]] = [
        lambda: FIVE.nth_after(first - DAY, 1),
        lambda: FIVE.nth_after(first - DAY, 0),
        lambda: FIVE.nth_after(date(2045, 12, 29), 1),
        lambda: FIVE.nth_after(last, 0),
        lambda: FIVE.nth_before(date(2015, 1, 2), 1),
        lambda: FIVE.nth_before(last + DAY, 1),
        lambda: FIVE.count(first, last + DAY),
        lambda: FIVE.is_working(first - DAY),
        lambda: FIVE.at(last + DAY, TUTUP),
    ]
    for question in refused:
        with pytest.raises(ValueError, match="outside the calendar of 2015 to 2045"):
            question()


def test_questions_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="negative: -1"):
        FIVE.nth_after(date(2026, 5, 4), -1)
    with pytest.raises(ValueError, match="negative: -1"):
        FIVE.nth_before(date(2026, 5, 4), -1)
    # A moment is a date to Python, but not the date it falls on in the office's zone.
    with pytest.raises(ValueError, match="not a moment"):
        FIVE.nth_after(wib("2026-05-04T10:00"), 1)
    with pytest.raises(ValueError, match="5 or 6"):
        BOOK.calendar(7)


# --- hours and instants ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "local"),
    [
        ("2026-05-04T16:59:59+00:00", date(2026, 5, 4)),
        ("2026-05-04T17:00:00+00:00", date(2026, 5, 5)),
        ("2026-05-05T00:00:00+07:00", date(2026, 5, 5)),
        ("2026-05-05T00:30:00+09:00", date(2026, 5, 4)),
    ],
)
def test_the_local_date_is_that_of_the_installation(moment: str, local: date) -> None:
    assert FIVE.local_date(datetime.fromisoformat(moment)) == local


@pytest.mark.parametrize("limit", ["1 hari kerja", "1 hari", "1 jam", "1 jam kerja"])
def test_a_time_without_a_zone_is_refused(limit: str) -> None:
    with pytest.raises(ValueError, match="without a zone"):
        FIVE.due(datetime(2026, 5, 4, 10), parse_limit(limit))


@pytest.mark.parametrize(
    ("hour", "instant"),
    [
        ("08:00", "2026-05-04T01:00:00+00:00"),
        ("00:00", "2026-05-03T17:00:00+00:00"),
        ("buka", "2026-05-04T00:30:00+00:00"),
        ("tutup", "2026-05-04T09:00:00+00:00"),
        ("23:59", "2026-05-04T16:59:00+00:00"),
    ],
)
def test_an_hour_of_a_day_is_an_instant_in_utc(hour: str, instant: str) -> None:
    found = FIVE.at(date(2026, 5, 4), parse_hour(hour))
    assert found.isoformat() == instant
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    ("start", "limit", "hour", "due"),
    [
        ("2026-05-04T10:00", "3 hari kerja", None, "2026-05-07T16:00"),
        ("2026-05-04T00:00", "3 hari kerja", None, "2026-05-07T16:00"),
        ("2026-05-04T23:59", "3 hari kerja", None, "2026-05-07T16:00"),
        ("2026-05-04T10:00", "1 hari kerja", "08:00", "2026-05-05T08:00"),
        ("2026-05-09T10:00", "1 hari kerja", "buka", "2026-05-11T07:30"),
        ("2026-05-09T10:00", "0 hari kerja", None, "2026-05-11T16:00"),
        ("2026-03-17T08:00", "3 hari kerja", None, "2026-03-27T16:00"),
        ("2026-05-08T10:00", "1 hari", None, "2026-05-09T16:00"),
        ("2026-05-08T10:00", "2 hari", "08:00", "2026-05-10T08:00"),
        ("2026-05-08T23:30", "1x24 jam", None, "2026-05-09T23:30"),
        ("2026-05-08T23:30", "1 jam", "08:00", "2026-05-09T00:30"),
        # Working hours run 07:30 to 16:00, over a weekend too.
        ("2026-05-08T15:00", "1 jam kerja", None, "2026-05-08T16:00"),
        ("2026-05-08T15:01", "1 jam kerja", None, "2026-05-11T07:31"),
        ("2026-05-08T15:00", "8 jam kerja", None, "2026-05-11T14:30"),
        ("2026-05-08T16:00", "8 jam kerja", None, "2026-05-11T15:30"),
        ("2026-05-08T20:00", "8 jam kerja", None, "2026-05-11T15:30"),
        ("2026-05-09T12:00", "8 jam kerja", None, "2026-05-11T15:30"),
        ("2026-05-11T06:00", "8 jam kerja", None, "2026-05-11T15:30"),
        ("2026-05-11T06:00", "17 jam kerja", None, "2026-05-12T16:00"),
        ("2026-05-09T12:00", "0 jam kerja", None, "2026-05-11T07:30"),
    ],
)
def test_a_limit_ends(start: str, limit: str, hour: str | None, due: str) -> None:
    found = FIVE.due(wib(start), parse_limit(limit), parse_hour(hour) if hour else None)
    assert found == wib(due)
    assert found.tzinfo is UTC


def test_hours_are_exact_where_a_zone_changes_its_clocks() -> None:
    berlin = Calendar(5, ZoneInfo("Europe/Berlin"), off={})
    start = datetime(2026, 3, 28, 12, tzinfo=berlin.zone)
    end = berlin.due(start, parse_limit("24 jam"))
    assert end - start.astimezone(UTC) == timedelta(hours=24)
    assert end.astimezone(berlin.zone).hour == 13


# --- opening hours ---------------------------------------------------------------------------

HOURS = """
[[hours]]
week = 5
senin = "07:30-17:00"
jumat = "07:00-15:00"
[[hours]]
week = 6
jumat = "07:30-11:00"
sabtu = "07:30-13:00"
[[hours]]
name = "Ramadan"
from = 2026-02-18
until = 2026-03-19
senin = "08:00-15:00"
selasa = "08:00-15:00"
[[hours]]
scope = "RSUD"
senin = "07:00-14:00"
"""


@pytest.mark.parametrize(
    ("week", "scopes", "when", "opening", "cutoff"),
    [
        # An office that closes later than 16:00 still has its cut-off at 16:00.
        (5, (), date(2026, 5, 4), (time(7, 30), time(17)), time(16)),
        (5, (), date(2026, 5, 5), (time(7, 30), time(16)), time(16)),
        (5, (), date(2026, 5, 8), (time(7), time(15)), time(15)),
        (5, (), date(2026, 5, 9), None, time(16)),
        (6, (), date(2026, 5, 4), (time(7, 30), time(16)), time(16)),
        (6, (), date(2026, 5, 8), (time(7, 30), time(11)), time(11)),
        (6, (), date(2026, 5, 9), (time(7, 30), time(13)), time(13)),
        # Ramadan: the Tuesdays just before, in, and just after it.
        (5, (), date(2026, 2, 16) + DAY * 7, (time(8), time(15)), time(15)),
        (5, (), date(2026, 2, 10), (time(7, 30), time(16)), time(16)),
        (5, (), date(2026, 3, 17), (time(8), time(15)), time(15)),
        (5, (), date(2026, 3, 31), (time(7, 30), time(16)), time(16)),
        # A Friday in Ramadan: the season says nothing, so the usual hours stand.
        (5, (), date(2026, 2, 20), (time(7), time(15)), time(15)),
        # Its own hours before everyone's; a season before usual hours, whosever they are.
        (5, ("RSUD",), date(2026, 5, 4), (time(7), time(14)), time(14)),
        (5, ("RSUD",), date(2026, 3, 2), (time(8), time(15)), time(15)),
    ],
)
def test_opening_hours_and_cutoff(
    week: int,
    scopes: tuple[str, ...],
    when: date,
    opening: tuple[time, time] | None,
    cutoff: time,
) -> None:
    calendar = book(HOURS).calendar(week, scopes)
    assert calendar.opening(when) == opening
    assert calendar.cutoff(when) == cutoff


def test_deadlines_end_at_the_closing_hour_of_the_season() -> None:
    calendar = book(HOURS).calendar()
    limit = parse_limit("1 hari kerja")
    assert calendar.due(wib("2026-03-16T10:00"), limit) == wib("2026-03-17T15:00")
    assert calendar.due(wib("2026-03-16T10:00"), limit, BUKA) == wib("2026-03-17T08:00")
    assert calendar.due(wib("2026-03-16T10:00"), limit, Hour("jam", time(16))) == wib(
        "2026-03-17T16:00"
    )
    assert calendar.due(wib("2026-03-16T14:30"), parse_limit("1 jam kerja")) == wib(
        "2026-03-17T08:30"
    )


def test_changed_hours_are_changed_days() -> None:
    hours = "[[hours]]\nfrom = 2026-03-02\nuntil = 2026-03-03\nsenin = '08:00-15:00'\n"
    assert changed_days(FIVE, book(hours).calendar()) == [date(2026, 3, 2)]
    assert changed_days(FIVE, book("").calendar()) == []


# --- whose calendar --------------------------------------------------------------------------


def test_a_day_of_an_instansi_holds_for_it_and_all_below_it() -> None:
    several = book(day("2026-05-06", kind="lokal", scope="Kecamatan Torjun"))
    when = date(2026, 5, 6)
    below = ("Puskesmas Torjun", " kecamatan  TORJUN ", "Kabupaten Sampang")
    assert not several.calendar(6, below).is_working(when)
    assert not several.calendar(5, ["Kecamatan Torjun", "Kabupaten Sampang"]).is_working(when)
    assert several.calendar(5, ["Dinas PUPR", "Kabupaten Sampang"]).is_working(when)
    assert several.calendar(6, below).off(when) == DayOff(
        "Hari 2026-05-06", "SK 2026-05-06", "lokal"
    )


def test_the_nearest_instansi_has_the_last_word() -> None:
    several = book(
        day("2026-05-06", "batal", scope="Puskesmas A")
        + day("2026-05-06", kind="lokal", scope="Kecamatan A")
        + day("2026-05-07", kind="lokal")
        + day("2026-05-07", "batal", scope="Kecamatan A")
    )
    clinic = several.calendar(6, ["Puskesmas A", "Kecamatan A"])
    district = several.calendar(6, ["Kecamatan A"])
    assert clinic.is_working(date(2026, 5, 6))
    assert not district.is_working(date(2026, 5, 6))
    assert clinic.is_working(date(2026, 5, 7))
    assert not several.calendar(6).is_working(date(2026, 5, 7))


def test_a_cancelled_holiday_on_a_weekend_leaves_the_weekend() -> None:
    assert book(day("2026-03-21", "batal")).calendar().off(date(2026, 3, 21)) == DayOff(
        "Sabtu", None, "akhir_pekan"
    )


def test_offices_to_which_the_same_days_apply_share_a_table() -> None:
    plain = CalendarBook(load_default(), JAKARTA)
    for i in range(500):
        plain.calendar(5 + i % 2, [f"Instansi {i}", "Kabupaten Sampang"])
    assert len(plain) == 2
    scoped = book(day("2026-05-06", kind="lokal", scope="Instansi 7"))
    tables = {id(scoped.calendar(5, [f"Instansi {i}"])) for i in range(500)}
    assert len(tables) == len(scoped) == 2
