"""Three-week windows around holidays in 2024 to 2027, random starts in them, and the ticks.

All windows use the final calendar: decrees that changed under way are tested elsewhere.
Every seed gives the same result on every machine.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random

from tests.story.reference import JAKARTA

CALENDAR = Path(__file__).parents[1] / "data" / "libur_id_2020_2027.csv"

with CALENDAR.open(encoding="utf-8", newline="") as lines:
    DAYS_OFF = frozenset(date.fromisoformat(row["tanggal"]) for row in csv.DictReader(lines))
"""Every libur nasional, cuti bersama and election day of 2020 to 2027, as finally decreed."""

STARTS_WITHIN = timedelta(days=12)
"""Starts keep to the window's first days, so that a ladder can climb before its end."""

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Window:
    """`days` local days from `first` on."""

    name: str
    first: date
    days: int = 21

    @property
    def opens_at(self) -> datetime:
        """The first local midnight of the window, in UTC."""
        return datetime.combine(self.first, time(0), JAKARTA).astimezone(UTC)


WINDOWS = (
    Window("pemilu-2024", date(2024, 2, 5)),  # 8-9 and Wed 14 February
    Window("nyepi-2024", date(2024, 3, 4)),  # 11-12 March
    Window("lebaran-2024", date(2024, 4, 1)),  # 8-15 April
    Window("pilkada-2024", date(2024, 11, 18)),  # Wed 27 November
    Window("natal-2024", date(2024, 12, 18)),  # 25-26 December, 1 January
    Window("lebaran-2025", date(2025, 3, 21)),  # 28 March (Nyepi) to 7 April
    Window("mei-2025", date(2025, 5, 22)),  # 29-30 May, 6 and 9 June
    Window("kemerdekaan-2025", date(2025, 8, 8)),  # Mon 18 August, decreed eleven days before
    Window("natal-2025", date(2025, 12, 18)),  # 25-26 December, 1 January
    Window("lebaran-2026", date(2026, 3, 11)),  # 18-24 March, with Nyepi
    Window("natal-2026", date(2026, 12, 17)),  # 24-25 December, 1 and 5 January
    Window("lebaran-2027", date(2027, 3, 1)),  # 8-15 March, with Nyepi
)

ALL = bool(os.environ.get("INGAT_ALL_WINDOWS"))
"""`make windows`: each window both ways; else a third hour by hour, another with outages."""
EVERY_HOUR = WINDOWS if ALL else WINDOWS[::3]
OUTAGES = WINDOWS if ALL else WINDOWS[1::3]


def starts(window: Window, seed: int, n: int) -> list[datetime]:
    """`n` sorted instants (UTC) of disposition: any minute, at night and on days off as well."""
    random = Random(f"starts/{window.name}/{seed}")
    minutes = STARTS_WITHIN // timedelta(minutes=1)
    return sorted(window.opens_at + timedelta(minutes=random.randrange(minutes)) for _ in range(n))


def hourly(window: Window) -> list[datetime]:
    """A tick (UTC) on every full hour of the window, its closing midnight included."""
    return [window.opens_at + hour * HOUR for hour in range(window.days * 24 + 1)]


def with_outages(ticks: Sequence[datetime], seed: int) -> list[datetime]:
    """`ticks` without three to six random spans of 2 hours to 4 days, which may touch.

    The last tick always stays: a scheduler comes back, and must then catch up.
    """
    random = Random(f"outages/{ticks[0].isoformat()}/{seed}")
    left = list(ticks[:-1])
    for _ in range(random.randint(3, 6)):
        down_at = random.choice(ticks)
        # Short outages are the common ones: the length's logarithm is what is uniform.
        up_at = down_at + 2 * HOUR * 48 ** random.random()
        left = [tick for tick in left if not down_at <= tick < up_at]
    return [*left, ticks[-1]]
