"""What one deadline costs, against `holidays`' own get_nth_working_day on the same days off.

Prints one figure a line; exits 1 if a deadline is less than 60 times faster, or not under 1 µs.
Run it from the checkout: python -m benchmarks.deadline
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import pairwise
from time import perf_counter_ns
from zoneinfo import ZoneInfo

from holidays import country_holidays

from benchmarks.figures import Target, show
from config.calendar_overrides import load_default
from config.limits import Limit, Unit
from scheduler.working_days import CalendarBook

LEAST_RATIO = 60
MOST_NS = 1000
LIMITS = (3, 5, 14)
"""Working days of the default clocks; the library walks day by day, so 3 is the hardest to beat."""


def best_ns(work: Callable[[], object], calls: int, rounds: int = 15) -> float:
    """Nanoseconds per call in the best of several rounds: the others measure the machine."""
    marks = [perf_counter_ns()]
    for _ in range(rounds):
        work()
        marks.append(perf_counter_ns())
    return min(after - before for before, after in pairwise(marks)) / calls


def each(step: Callable[[date, int], date], days: list[date], n: int) -> list[date]:
    """The same loop for both sides, so that its own cost is on both."""
    return [step(day, n) for day in days]


def main() -> int:
    """Measure, print, and judge."""
    calendar = CalendarBook(load_default(), ZoneInfo("Asia/Jakarta")).calendar()
    library = country_holidays(
        "ID", categories=("public", "government"), language="id", years=range(2020, 2028)
    )
    chance = random.Random(2)
    days = [date(2020, 1, 6) + timedelta(days=chance.randrange(2800)) for _ in range(5000)]
    starts = [datetime(day.year, day.month, day.day, 3, tzinfo=UTC) for day in days]
    nth_after, nth_working, due = calendar.nth_after, library.get_nth_working_day, calendar.due

    good = []
    for n in LIMITS:
        assert each(nth_after, days, n) == each(nth_working, days, n)
        ours = best_ns(partial(each, nth_after, days, n), len(days))
        theirs = best_ns(partial(each, nth_working, days, n), len(days))
        note = f"{ours:.0f} ns, holidays {theirs:.0f} ns"
        what = f"deadline D+{n}, how much faster than holidays' own"
        good.append(show(what, theirs / ours, "x", Target(LEAST_RATIO, least=True), note))
    limit = Limit(3, Unit.HARI_KERJA)
    whole = best_ns(lambda: [due(start, limit) for start in starts], len(days))
    good.append(show("deadline from instant to instant, D+3", whole, "ns", Target(MOST_NS)))
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
