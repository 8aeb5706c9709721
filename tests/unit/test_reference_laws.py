"""The laws of every ladder, held against the reference over random runs.

Working days are counted here by filtering a list of dates, not by walking.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.story.reference import JAKARTA, Pause, WallCalendar, expected
from tests.story.windows import DAYS_OFF

HOUR = timedelta(hours=1)
FORMAL = {"surat_1": 2, "surat_2": 1, "eskalasi": 1, "ulang": 1}
"""The formal steps and their gaps in working days."""
OWN_HOUR = {
    "ingat": time(8),
    "surat_1": time(16),
    "hari_terakhir": time(8),
    "surat_2": time(16),
    "eskalasi": time(8),
    "ulang": time(8),
}

WORKING = {
    week: [
        day
        for day in (date(2024, 1, 1) + timedelta(days=n) for n in range(4 * 365 + 1))
        if day.isoweekday() <= week and day not in DAYS_OFF
    ]
    for week in (5, 6)
}

STARTS = st.datetimes(datetime(2024, 1, 1), datetime(2027, 9, 1), timezones=st.just(JAKARTA)).map(
    lambda at: at.replace(second=0, microsecond=0)
)
GAPS = st.lists(st.sampled_from([10, 60, 60, 60, 360, 1440]) | st.integers(1, 6000), max_size=120)
"""Minutes from each tick to the next."""
WEEKS = st.sampled_from([5, 6])


def at_gaps(start: datetime, gaps: list[int]) -> list[datetime]:
    ticks = [start]
    for gap in gaps:
        ticks.append(ticks[-1] + timedelta(minutes=gap))
    return ticks


def later_day(week: int, day: date, count: int) -> date:
    return [other for other in WORKING[week] if other > day][count - 1]


def day_of(at: datetime) -> date:
    return at.astimezone(JAKARTA).date()


def at_hour(day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, JAKARTA)


@settings(max_examples=150, deadline=None)
@given(start=STARTS, gaps=GAPS, week=WEEKS, spans=st.lists(st.integers(1, 9000), max_size=4))
def test_laws_of_every_run(start: datetime, gaps: list[int], week: int, spans: list[int]) -> None:
    edges = at_gaps(start, spans)[1:]
    pauses: list[Pause] = list(zip(edges[::2], edges[1::2], strict=False))
    ticks = at_gaps(start, gaps)
    told = expected(start, ticks, days_off=DAYS_OFF, week=week, pauses=pauses)

    names = [record.step for record in told]
    whole = ["terima", *OWN_HOUR] + ["ulang"] * len(told)
    assert names == whole[: len(told)], "in the ladder's order, none left out, none twice"
    repeats = [record.occurrence for record in told if record.step == "ulang"]
    assert repeats == list(range(1, len(repeats) + 1))

    for record in told[1:]:
        assert record.due_at <= record.recorded_at
        assert record.recorded_at in ticks
        assert not any(began <= record.recorded_at < ended for began, ended in pauses)
        assert day_of(record.due_at) in WORKING[week]
        assert record.due_at.astimezone(JAKARTA).time() == OWN_HOUR[record.step]
        assert (record.outcome == "terlewat") == (not record.roles)

    formal = [record for record in told if record.step in FORMAL]
    for before, after in zip([told[0], *formal], formal, strict=False):
        assert before.recorded_at < after.due_at, "so due times increase, and recordings too"
        earliest = later_day(week, day_of(before.recorded_at), FORMAL[after.step])
        assert day_of(after.due_at) >= earliest, "the gap is kept whole"

    for courtesy, after in pairwise(told):
        if courtesy.step in ("ingat", "hari_terakhir"):
            if courtesy.outcome == "terlewat":
                assert courtesy.recorded_at >= after.due_at
            else:
                assert courtesy.recorded_at < after.due_at


@settings(max_examples=150, deadline=None)
@given(start=STARTS, gaps=GAPS, week=WEEKS)
def test_a_formal_step_waits_for_nothing_but_a_pending_message(
    start: datetime, gaps: list[int], week: int
) -> None:
    ticks = at_gaps(start, gaps)
    told = expected(start, ticks, days_off=DAYS_OFF, week=week)
    formal = [record for record in told if record.step in FORMAL]
    for before, after in pairwise(formal):
        cap = at_hour(later_day(week, day_of(after.due_at), 1), OWN_HOUR[after.step])
        passed_over = [tick for tick in ticks if after.due_at <= tick < after.recorded_at]
        for tick in passed_over:
            assert tick < cap
        for tick in (tick for tick in ticks if before.recorded_at <= tick):
            wall = tick.astimezone(JAKARTA)
            quiet = wall.time() >= time(20) or wall.time() < time(6, 30)
            if wall.date() in WORKING[week] and not quiet:
                assert not [late for late in passed_over if late > tick], "sent, and still waited"
                break


@settings(max_examples=60, deadline=None)
@given(start=STARTS, minute=st.integers(0, 59), week=WEEKS)
def test_looked_at_every_hour_each_step_comes_on_its_planned_day(
    start: datetime, minute: int, week: int
) -> None:
    first = start.replace(minute=minute)
    ticks = [first + n * HOUR for n in range(24 * 16)]
    told = expected(start, ticks, days_off=DAYS_OFF, week=week)
    days = dict(zip(OWN_HOUR, (1, 2, 3, 3, 4), strict=False))
    for record in told[1:]:
        planned = later_day(week, day_of(start), days.get(record.step, 4 + record.occurrence))
        assert record.due_at == at_hour(planned, OWN_HOUR[record.step])
        assert record.recorded_at == next(tick for tick in ticks if tick >= record.due_at)
        assert record.outcome == "tercatat"


@settings(max_examples=60, deadline=None)
@given(start=STARTS, gaps=GAPS, answered=st.integers(0, 30_000))
def test_an_answer_only_cuts_the_ladder_short(
    start: datetime, gaps: list[int], answered: int
) -> None:
    ticks = at_gaps(start, gaps)
    answered_at = start + timedelta(minutes=answered)
    whole = expected(start, ticks, days_off=DAYS_OFF)
    cut = expected(start, ticks, days_off=DAYS_OFF, answered_at=answered_at)
    assert cut == whole[:1] + [r for r in whole[1:] if r.recorded_at < answered_at]


@given(day=st.dates(date(2024, 2, 1), date(2027, 10, 1)), count=st.integers(1, 20), week=WEEKS)
def test_walking_and_counting_working_days_agree(day: date, count: int, week: int) -> None:
    calendar = WallCalendar(DAYS_OFF, week, JAKARTA)
    there = calendar.walk(day, count)
    assert there == later_day(week, day, count)
    assert calendar.count(day, there) == count
    assert calendar.walk(there + timedelta(days=1), -1) == there
    assert calendar.walk(day, 0) == day
