"""The scheduler was down for hours or days: what it records when it comes back, and nothing twice.

A ladder never bunches: a formal step keeps its distance from the moment at which the one before
was really recorded, and waits for that one's messages to go out.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from itertools import cycle
from random import Random

import pytest

from tests.factories import opened
from tests.story.playing import Plan, plans, play
from tests.story.record import Noted, assert_as_expected, steps_of
from tests.story.reference import JAKARTA
from tests.story.windows import HOUR, OUTAGES, WINDOWS, Window, hourly, with_outages


def by_name(window: Window) -> str:
    return window.name


def tell_story(url: str, window: Window, made: Sequence[Plan], ticks: Sequence[datetime]) -> None:
    with opened(url, window.opens_at) as installation:
        play(installation, made, ticks)
        assert_as_expected(installation, made, ticks)


@pytest.mark.parametrize("window", OUTAGES, ids=by_name)
def test_windows_with_outages(window: Window, sqlite_url: str) -> None:
    made = plans(window, seed=4, n=100)
    tell_story(sqlite_url, window, made, with_outages(hourly(window), seed=4))


@pytest.mark.parametrize("window", [WINDOWS[2], WINDOWS[8]], ids=by_name)
def test_pauses_and_answers_among_outages(window: Window, sqlite_url: str) -> None:
    made = plans(window, seed=5, n=100, eventful=True)
    tell_story(sqlite_url, window, made, with_outages(hourly(window), seed=5))


def test_outages_on_postgresql(postgres_url: str) -> None:
    window = WINDOWS[5]
    made = plans(window, seed=6, n=100, eventful=True)
    tell_story(postgres_url, window, made, with_outages(hourly(window), seed=6))


# --- looked at once a day: messages wait for the morning, and the next step for them --------------


def at_local(ticks: Sequence[datetime], *hours: int) -> list[datetime]:
    wanted = [time(hour) for hour in hours]
    return [tick for tick in ticks if tick.astimezone(JAKARTA).time() in wanted]


@pytest.mark.parametrize(("window", "hour"), [*zip(WINDOWS[::3], cycle([7, 22]), strict=False)])
def test_a_look_a_day(window: Window, hour: int, sqlite_url: str) -> None:
    made = plans(window, seed=7, n=40, eventful=True)
    tell_story(sqlite_url, window, made, at_local(hourly(window), hour))


@pytest.mark.parametrize("window", WINDOWS[2::3], ids=by_name)
def test_a_look_on_some_mornings_and_nights(window: Window, sqlite_url: str) -> None:
    random = Random(f"looks/{window.name}")
    ticks = [tick for tick in at_local(hourly(window), 7, 16, 22) if random.random() < 0.5]
    tell_story(sqlite_url, window, plans(window, seed=8, n=40, eventful=True), ticks)


# --- the worked examples ------------------------------------------------------------------------


def wib(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-05-{text}:00").replace(tzinfo=JAKARTA)


def hours_without(down: str, up: str) -> list[datetime]:
    """Every hour of Mon 4 to Tue 12 May 2026, without [down, up)."""
    ticks = [wib("04T00:00") + n * HOUR for n in range(8 * 24)]
    return [tick for tick in ticks if not wib(down) <= tick < wib(up)]


def story_of(url: str, ticks: Sequence[datetime]) -> list[Noted]:
    """The steps of one complaint disposed Mon 4 May 10:00, ticked at `ticks`."""
    plan = Plan("9000001", "Dinas 1", wib("04T09:00"), wib("04T10:00"))
    with opened(url, ticks[0]) as installation:
        play(installation, [plan], ticks)
        assert_as_expected(installation, [plan], ticks)
        return steps_of(installation, plan.number)


def noted(step: str, due: str, recorded: str | None = None, *, late: bool = False) -> Noted:
    outcome = "terlewat" if late else "tercatat"
    occurrence = int(step.partition(" ")[2] or 1)
    return Noted(step.partition(" ")[0], occurrence, wib(due), wib(recorded or due), outcome)


def test_down_from_tuesday_to_thursday(database_url: str) -> None:
    assert story_of(database_url, hours_without("05T07:00", "07T09:00")) == [
        noted("terima", "04T10:00"),
        noted("ingat", "05T08:00", "07T09:00", late=True),
        noted("surat_1", "06T16:00", "07T09:00"),
        noted("hari_terakhir", "08T08:00"),
        noted("surat_2", "08T16:00"),
        noted("eskalasi", "11T08:00"),
    ]


def test_down_through_the_last_day(database_url: str) -> None:
    assert story_of(database_url, hours_without("07T07:00", "07T17:00")) == [
        noted("terima", "04T10:00"),
        noted("ingat", "05T08:00"),
        noted("surat_1", "06T16:00"),
        noted("hari_terakhir", "07T08:00", "07T17:00", late=True),
        noted("surat_2", "07T16:00", "07T17:00"),
        noted("eskalasi", "08T08:00"),
        noted("ulang", "11T08:00"),
    ]


def test_a_courtesy_step_is_told_up_to_the_last_look_before_its_letter(sqlite_url: str) -> None:
    on_time = hours_without("07T07:00", "07T15:00")
    assert noted("hari_terakhir", "07T08:00", "07T15:00") in story_of(sqlite_url, on_time)


def test_a_courtesy_step_is_passed_over_once_its_letter_is_due(sqlite_url: str) -> None:
    too_late = hours_without("07T07:00", "07T16:00")
    steps = story_of(sqlite_url, too_late)
    assert noted("hari_terakhir", "07T08:00", "07T16:00", late=True) in steps


def test_a_letter_that_could_not_be_told_holds_the_next_for_one_working_day(
    sqlite_url: str,
) -> None:
    """Looked at by night only: nobody may be told, so each formal step waits its day."""
    nights = at_local([wib("04T00:00") + n * HOUR for n in range(8 * 24)], 22)
    assert story_of(sqlite_url, nights) == [
        noted("terima", "04T10:00"),
        noted("ingat", "05T08:00", "05T22:00"),
        noted("surat_1", "06T16:00", "06T22:00"),
        # Due Thu 7 16:00, held until a working day later; its courtesy step is missed by then.
        noted("hari_terakhir", "07T08:00", "07T22:00", late=True),
        noted("surat_2", "07T16:00", "08T22:00"),
        # eskalasi: its gap counts from Fri 8, so due Mon 11 08:00; held beyond the last look.
    ]
