"""The reference ladder against the worked examples of the rules, and at their edges."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.story.reference import JAKARTA, Told, expected
from tests.story.windows import DAYS_OFF

HOUR = timedelta(hours=1)


def wib(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=JAKARTA)


def hours(first: str, last: str) -> list[datetime]:
    start = wib(first)
    return [start + n * HOUR for n in range((wib(last) - start) // HOUR + 1)]


def without(ticks: list[datetime], down: str, up: str) -> list[datetime]:
    return [tick for tick in ticks if not wib(down) <= tick < wib(up)]


def lines_of(told: list[Told]) -> list[str]:
    """Each record as `step due recorded outcome`, by the wall clock; the date alone if equal."""
    lines = []
    for record in told:
        name = record.step if record.step != "ulang" else f"ulang {record.occurrence}"
        due, seen = (
            at.astimezone(JAKARTA).strftime("%a %m-%d %H:%M")
            for at in (record.due_at, record.recorded_at)
        )
        late = "" if due == seen else f" | {seen}"
        lines.append(f"{name}: {due}{late}" + " terlewat" * (record.outcome == "terlewat"))
    return lines


MAY = hours("2026-05-04T00:00", "2026-05-20T12:00")
MONDAY = wib("2026-05-04T10:00")


def test_plain_ladder() -> None:
    told = expected(MONDAY, MAY, days_off=DAYS_OFF)
    assert lines_of(told) == [
        "terima: Mon 05-04 10:00",
        "ingat: Tue 05-05 08:00",
        "surat_1: Wed 05-06 16:00",
        "hari_terakhir: Thu 05-07 08:00",
        "surat_2: Thu 05-07 16:00",
        "eskalasi: Fri 05-08 08:00",
        "ulang 1: Mon 05-11 08:00",
        "ulang 2: Tue 05-12 08:00",
        "ulang 3: Wed 05-13 08:00",
        "ulang 4: Mon 05-18 08:00",  # Thu 14 and Fri 15 are off
        "ulang 5: Tue 05-19 08:00",
        "ulang 6: Wed 05-20 08:00",
    ]
    assert {record.due_at.tzinfo for record in told} == {UTC}
    assert {record.recorded_at.tzinfo for record in told} == {UTC}


def test_who_is_told() -> None:
    admin, kepala, asisten = ("admin_opd", False), ("kepala_opd", False), ("asisten", False)
    copy_kepala, copy_sekda = ("kepala_opd", True), ("sekda", True)
    told = expected(MONDAY, MAY, days_off=DAYS_OFF)
    assert [(record.step, set(record.roles)) for record in told] == [
        ("terima", {admin, ("pejabat_penghubung", False)}),
        ("ingat", {admin}),
        ("surat_1", {admin, copy_kepala}),
        ("hari_terakhir", {admin, kepala}),
        ("surat_2", {admin, kepala}),
        ("eskalasi", {asisten, copy_sekda}),
        ("ulang", {asisten, copy_sekda}),  # Mon 11
        ("ulang", {asisten}),
        ("ulang", {asisten}),
        ("ulang", {asisten, copy_sekda}),  # Mon 18
        ("ulang", {asisten}),
        ("ulang", {asisten}),
    ]


def test_sekda_is_told_on_the_first_working_day_of_the_week() -> None:
    """Mon 2026-06-01 is off (Hari Lahir Pancasila): Tuesday is that week's first working day."""
    told = expected(
        wib("2026-05-19T10:00"),
        hours("2026-05-19T10:00", "2026-06-04T12:00"),
        days_off=DAYS_OFF,
    )
    with_sekda = [r.due_at.date() for r in told if r.step == "ulang" and ("sekda", True) in r.roles]
    assert with_sekda == [date(2026, 6, 2)]


def test_outage_over_a_letter() -> None:
    ticks = without(MAY, "2026-05-05T07:00", "2026-05-07T09:00")
    assert lines_of(expected(MONDAY, ticks, days_off=DAYS_OFF))[1:7] == [
        "ingat: Tue 05-05 08:00 | Thu 05-07 09:00 terlewat",
        "surat_1: Wed 05-06 16:00 | Thu 05-07 09:00",
        "hari_terakhir: Fri 05-08 08:00",
        "surat_2: Fri 05-08 16:00",
        "eskalasi: Mon 05-11 08:00",
        "ulang 1: Tue 05-12 08:00",
    ]


def test_outage_within_a_day() -> None:
    ticks = without(MAY, "2026-05-07T07:00", "2026-05-07T17:00")
    told = expected(MONDAY, ticks, days_off=DAYS_OFF)
    assert lines_of(told)[3:6] == [
        "hari_terakhir: Thu 05-07 08:00 | Thu 05-07 17:00 terlewat",
        "surat_2: Thu 05-07 16:00 | Thu 05-07 17:00",
        "eskalasi: Fri 05-08 08:00",
    ]
    assert told[3].roles == frozenset()


@pytest.mark.parametrize(("back", "outcome"), [("15:59", "tercatat"), ("16:00", "terlewat")])
def test_a_courtesy_is_missed_once_its_formal_step_is_due(back: str, outcome: str) -> None:
    ticks = [wib("2026-05-04T10:00"), wib(f"2026-05-06T{back}")]
    ingat = expected(MONDAY, ticks, days_off=DAYS_OFF)[1]
    assert (ingat.step, ingat.outcome) == ("ingat", outcome)


def test_missed_repeats_are_not_made_up() -> None:
    ticks = without(MAY, "2026-05-11T07:00", "2026-05-13T09:00")
    assert lines_of(expected(MONDAY, ticks, days_off=DAYS_OFF))[6:8] == [
        "ulang 1: Mon 05-11 08:00 | Wed 05-13 09:00",
        "ulang 2: Mon 05-18 08:00",
    ]


def test_a_letter_recorded_on_a_sunday_counts_from_that_day() -> None:
    ticks = without(MAY, "2026-05-06T07:00", "2026-05-10T10:00")
    assert lines_of(expected(MONDAY, ticks, days_off=DAYS_OFF))[2:6] == [
        "surat_1: Wed 05-06 16:00 | Sun 05-10 10:00",
        "hari_terakhir: Mon 05-11 08:00",
        "surat_2: Mon 05-11 16:00",
        "eskalasi: Tue 05-12 08:00",
    ]


@pytest.mark.parametrize("hour", ["00:00", "10:00", "23:59"])
def test_disposed_on_a_saturday(hour: str) -> None:
    told = expected(wib(f"2026-05-09T{hour}"), MAY, days_off=DAYS_OFF)
    assert lines_of(told)[1:6] == [
        "ingat: Mon 05-11 08:00",
        "surat_1: Tue 05-12 16:00",
        "hari_terakhir: Wed 05-13 08:00",
        "surat_2: Wed 05-13 16:00",
        "eskalasi: Mon 05-18 08:00",
    ]


def test_six_day_week_works_on_saturday() -> None:
    told = expected(wib("2026-05-08T10:00"), MAY, days_off=DAYS_OFF, week=6)
    assert lines_of(told)[1:6] == [
        "ingat: Sat 05-09 08:00",
        "surat_1: Mon 05-11 16:00",
        "hari_terakhir: Tue 05-12 08:00",
        "surat_2: Tue 05-12 16:00",
        "eskalasi: Wed 05-13 08:00",
    ]


def test_the_local_date_starts_the_count() -> None:
    """Monday 22:30 in Jakarta is Tuesday in Jayapura, two hours ahead."""
    start, jayapura = wib("2026-05-04T22:30"), ZoneInfo("Asia/Jayapura")
    here = expected(start, MAY, days_off=DAYS_OFF)
    east = expected(start, MAY, days_off=DAYS_OFF, zone=jayapura)
    assert here[1].due_at == wib("2026-05-05T08:00")
    assert east[1].due_at == datetime(2026, 5, 6, 8, tzinfo=jayapura)


def test_lebaran() -> None:
    """18 to 24 March 2026 are off, cuti bersama included."""
    ticks = hours("2026-03-17T00:00", "2026-03-31T12:00")
    told = expected(wib("2026-03-17T10:00"), ticks, days_off=DAYS_OFF)
    assert lines_of(told)[1:] == [
        "ingat: Wed 03-25 08:00",
        "surat_1: Thu 03-26 16:00",
        "hari_terakhir: Fri 03-27 08:00",
        "surat_2: Fri 03-27 16:00",
        "eskalasi: Mon 03-30 08:00",
        "ulang 1: Tue 03-31 08:00",
    ]


def test_a_message_held_by_quiet_hours_delays_the_next_formal_step() -> None:
    """Looked at only at 22:00, no message ever goes out, and each wait ends after a day."""
    ticks = [wib("2026-05-04T22:00") + timedelta(days=n) for n in range(17)]
    assert lines_of(expected(MONDAY, ticks, days_off=DAYS_OFF)) == [
        "terima: Mon 05-04 10:00",
        "ingat: Tue 05-05 08:00 | Tue 05-05 22:00",
        "surat_1: Wed 05-06 16:00 | Wed 05-06 22:00",
        "hari_terakhir: Thu 05-07 08:00 | Thu 05-07 22:00 terlewat",
        "surat_2: Thu 05-07 16:00 | Fri 05-08 22:00",
        "eskalasi: Mon 05-11 08:00 | Tue 05-12 22:00",
        "ulang 1: Wed 05-13 08:00 | Mon 05-18 22:00",
        "ulang 2: Tue 05-19 08:00 | Wed 05-20 22:00",
    ]


LATE_LETTER = wib("2026-05-06T22:00")
"""A tick at which surat_1 is recorded and its message must wait; surat_2 is due Thu 07 16:00."""


@pytest.mark.parametrize(
    ("look", "sent"),
    [
        ("2026-05-07T06:29", False),
        ("2026-05-07T06:30", True),
        ("2026-05-07T15:00", True),
        ("2026-05-06T20:00", False),
        ("2026-05-06T19:59", True),
    ],
)
def test_the_edges_of_quiet_hours(look: str, *, sent: bool) -> None:
    """A pass sends what it finds pending, so a later letter finds the way free."""
    late = wib("2026-05-07T20:30")
    first = min(LATE_LETTER, wib(look))
    ticks = [first, wib(look), late] if first < wib(look) else [first, late]
    surat_2 = [r for r in expected(MONDAY, ticks, days_off=DAYS_OFF) if r.step == "surat_2"]
    assert [r.recorded_at for r in surat_2] == ([late] if sent else [])


def test_sending_comes_after_recording_in_a_tick() -> None:
    """The tick that sends surat_1 has looked at surat_2 before, and found it waiting."""
    ticks = [LATE_LETTER, wib("2026-05-07T17:00"), wib("2026-05-07T18:00")]
    assert lines_of(expected(MONDAY, ticks, days_off=DAYS_OFF))[2:] == [
        "surat_1: Wed 05-06 16:00 | Wed 05-06 22:00",
        "hari_terakhir: Thu 05-07 08:00 | Thu 05-07 17:00 terlewat",
        "surat_2: Thu 05-07 16:00 | Thu 05-07 18:00",
    ]


@pytest.mark.parametrize(("look", "recorded"), [("15:59", False), ("16:00", True), ("16:01", True)])
def test_the_wait_ends_one_working_day_after_the_due_time(look: str, *, recorded: bool) -> None:
    last = wib(f"2026-05-08T{look}")
    told = expected(MONDAY, [LATE_LETTER, wib("2026-05-07T22:00"), last], days_off=DAYS_OFF)
    surat_2 = [r for r in told if r.step == "surat_2"]
    assert [(r.due_at, r.recorded_at) for r in surat_2] == (
        [(wib("2026-05-07T16:00"), last)] if recorded else []
    )


def test_messages_wait_on_days_off() -> None:
    """Surat_2 recorded Fri 22:00 is first sent Monday, whatever ticks the weekend has."""
    ticks = [wib("2026-05-06T17:00"), wib("2026-05-08T22:00"), wib("2026-05-10T10:00")]
    monday = [wib("2026-05-11T08:00"), wib("2026-05-11T09:00")]
    assert lines_of(expected(MONDAY, ticks + monday, days_off=DAYS_OFF))[4:] == [
        "surat_2: Thu 05-07 16:00 | Fri 05-08 22:00",
        "eskalasi: Mon 05-11 08:00 | Mon 05-11 09:00",
    ]
    assert lines_of(expected(MONDAY, ticks + monday, days_off=DAYS_OFF, week=6))[4:] == [
        "surat_2: Thu 05-07 16:00 | Fri 05-08 22:00",
        "eskalasi: Sat 05-09 08:00 | Mon 05-11 08:00",  # the cap, Mon 08:00
    ]


WEDNESDAY = wib("2026-05-06T10:00")
"""Surat_1 is planned for Fri 08 16:00, surat_2 for Mon 11 16:00."""


def paused(*spans: tuple[str, str], ticks: list[datetime] = MAY) -> list[str]:
    pauses = [(wib(began), wib(ended)) for began, ended in spans]
    return lines_of(expected(WEDNESDAY, ticks, days_off=DAYS_OFF, pauses=pauses))


def test_a_pause_over_a_weekend_moves_later_steps_by_its_working_days() -> None:
    assert paused(("2026-05-08T15:00", "2026-05-11T09:00"))[1:6] == [
        "ingat: Thu 05-07 08:00",
        "surat_1: Mon 05-11 16:00",
        "hari_terakhir: Tue 05-12 08:00",
        "surat_2: Tue 05-12 16:00",
        "eskalasi: Wed 05-13 08:00",
    ]


def test_a_pause_within_a_weekend_or_a_day_moves_nothing() -> None:
    plain = paused()
    assert paused(("2026-05-09T00:00", "2026-05-10T23:59")) == plain
    assert paused(("2026-05-08T08:00", "2026-05-08T15:59")) == plain


def test_a_pause_after_a_letter_moves_the_gap_too() -> None:
    assert paused(("2026-05-08T17:00", "2026-05-12T09:00"))[2:6] == [
        "surat_1: Fri 05-08 16:00",
        "hari_terakhir: Wed 05-13 08:00",
        "surat_2: Wed 05-13 16:00",
        "eskalasi: Mon 05-18 08:00",
    ]


def test_a_step_already_due_when_the_pause_began_does_not_move() -> None:
    ticks = without(MAY, "2026-05-08T15:00", "2026-05-08T20:00")
    assert paused(("2026-05-08T16:30", "2026-05-11T09:00"), ticks=ticks)[2:5] == [
        "surat_1: Fri 05-08 16:00 | Mon 05-11 09:00",
        "hari_terakhir: Tue 05-12 08:00",
        "surat_2: Tue 05-12 16:00",
    ]


def test_a_step_due_as_the_pause_begins_is_not_later_than_it() -> None:
    """It is paused away from the tick of that minute, but keeps its due time."""
    letter = "surat_1: Fri 05-08 16:00 | Mon 05-11 09:00"
    assert paused(("2026-05-08T16:00", "2026-05-11T09:00"))[2] == letter
    assert paused(("2026-05-08T15:59", "2026-05-11T09:00"))[2] == "surat_1: Mon 05-11 16:00"


def test_a_pause_after_a_late_letter_moves_the_gap_counted_from_it() -> None:
    ticks = without(MAY, "2026-05-08T15:00", "2026-05-11T09:00")
    assert paused(("2026-05-11T12:00", "2026-05-12T09:00"), ticks=ticks)[2:5] == [
        "surat_1: Fri 05-08 16:00 | Mon 05-11 09:00",
        "hari_terakhir: Wed 05-13 08:00",
        "surat_2: Wed 05-13 16:00",
    ]


def test_two_pauses_add_up() -> None:
    spans = ("2026-05-07T12:00", "2026-05-08T12:00"), ("2026-05-08T17:00", "2026-05-11T09:00")
    assert paused(*spans)[2] == "surat_1: Tue 05-12 16:00"


@pytest.mark.parametrize(("minute", "told"), [("15:59", 2), ("16:00", 2), ("16:01", 3)])
def test_an_answer_ends_the_ladder(minute: str, told: int) -> None:
    answered_at = wib(f"2026-05-06T{minute}")
    assert len(expected(MONDAY, MAY, days_off=DAYS_OFF, answered_at=answered_at)) == told
