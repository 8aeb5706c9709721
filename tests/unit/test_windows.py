"""The windows of the stories: what they cover, and that seeds repeat."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import pairwise

import pytest

from tests.story.reference import JAKARTA
from tests.story.windows import (
    DAYS_OFF,
    STARTS_WITHIN,
    WINDOWS,
    Window,
    hourly,
    starts,
    with_outages,
)

HOUR = timedelta(hours=1)


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), JAKARTA)


@pytest.mark.parametrize("window", WINDOWS, ids=lambda window: window.name)
def test_windows_are_three_weeks_with_days_off_in_reach_of_the_starts(window: Window) -> None:
    ticks = hourly(window)
    assert len(set(ticks)) == 21 * 24 + 1
    assert ticks[0] == midnight(window.first)
    assert ticks[-1] == midnight(window.first + timedelta(days=21))
    off = [day for day in DAYS_OFF if day.isoweekday() <= 5 and window.first < day]
    assert any(day < window.first + STARTS_WITHIN for day in off)

    begun = starts(window, seed=1, n=300)
    assert len(begun) == 300
    assert ticks[0] <= begun[0]
    assert begun[-1] < ticks[0] + STARTS_WITHIN
    assert any(at.astimezone(JAKARTA).isoweekday() == 7 for at in begun)
    assert any(at.astimezone(JAKARTA).hour < 5 for at in begun)
    assert begun == starts(window, seed=1, n=300) != starts(window, seed=2, n=300)

    for seed in range(5):
        left = with_outages(ticks, seed)
        gaps = [after - before for before, after in pairwise(left)]
        assert left == sorted(set(left) & set(ticks))
        assert left[-1] == ticks[-1]
        assert max(gaps) > 2 * HOUR
        assert left == with_outages(ticks, seed)


def test_there_are_twelve_windows() -> None:
    assert len(WINDOWS) == len({window.name for window in WINDOWS}) == 12
