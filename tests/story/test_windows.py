"""Every notice is right, once: three-week windows around holidays, looked at every hour.

The reference (tests/story/reference.py) shares no code with the product.
"""

from __future__ import annotations

import pytest

from tests.factories import opened
from tests.story.playing import plans, play
from tests.story.record import assert_as_expected
from tests.story.windows import EVERY_HOUR, WINDOWS, Window, hourly


def by_name(window: Window) -> str:
    return window.name


@pytest.mark.parametrize("window", EVERY_HOUR, ids=by_name)
def test_every_notice_at_its_time(window: Window, sqlite_url: str) -> None:
    made, ticks = plans(window, seed=1, n=100), hourly(window)
    with opened(sqlite_url, window.opens_at) as installation:
        play(installation, made, ticks)
        assert_as_expected(installation, made, ticks)


@pytest.mark.parametrize("window", [WINDOWS[5], WINDOWS[9]], ids=by_name)
def test_pauses_and_answers_at_any_moment(window: Window, sqlite_url: str) -> None:
    made, ticks = plans(window, seed=2, n=120, eventful=True), hourly(window)
    with opened(sqlite_url, window.opens_at) as installation:
        play(installation, made, ticks)
        assert_as_expected(installation, made, ticks)


def test_offices_with_a_week_of_six_days(sqlite_url: str) -> None:
    window = WINDOWS[2]
    made, ticks = plans(window, seed=3, n=100, eventful=True), hourly(window)
    with opened(sqlite_url, window.opens_at, week=6) as installation:
        play(installation, made, ticks)
        assert_as_expected(installation, made, ticks, week=6)
