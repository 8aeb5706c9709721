"""Dates and times as SP4N-LAPOR! writes them, and as a spreadsheet leaves them after a re-save."""

from __future__ import annotations

import re
from datetime import date, time
from functools import lru_cache
from typing import Final

# English (SP4N's own) and Indonesian month names with their usual abbreviations.
_MONTH_NAMES: Final = (
    "jan january januari",
    "feb february februari peb pebruari",
    "mar march maret mrt",
    "apr april",
    "may mei",
    "jun june juni",
    "jul july juli",
    "aug august agustus agu ags agt",
    "sep september sept",
    "oct october oktober okt",
    "nov november nopember nop",
    "dec december desember des",
)
_MONTHS: Final = {
    name: number for number, names in enumerate(_MONTH_NAMES, 1) for name in names.split()
}

_NAMED: Final = re.compile(
    r"([0-9]{1,2})[ \-/]([a-z]{3,9})\.?[ \-/,]{1,2}([0-9]{4})\b(.*)", re.DOTALL
)
_ISO: Final = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?![0-9])(.*)", re.DOTALL)
_NUMERIC: Final = re.compile(r"([0-9]{1,2})[/\-.]([0-9]{1,2})[/\-.]([0-9]{4})\b(.*)", re.DOTALL)
_TIME: Final = re.compile(r"([0-9]{1,2})[:.]([0-9]{2})(?:[:.]([0-9]{2})(?:\.[0-9]+)?)?z?")


@lru_cache(maxsize=4096)
def parse_date(text: str) -> tuple[date, str] | None:
    """The date that `text` starts with, and what follows it (a time, perhaps); `None` if none.

    Reads `29 May 2023`, `29 Mei 2023`, `2023-05-29` and, day first as Indonesia writes it,
    `29/05/2023`. A date that no calendar has (31 February) is `None` too.
    """
    folded = text.strip().casefold()
    if found := _NAMED.fullmatch(folded):
        day, month, year = found[1], _MONTHS.get(found[2], 0), found[3]
    elif found := _ISO.fullmatch(folded):
        day, month, year = found[3], int(found[2]), found[1]
    elif found := _NUMERIC.fullmatch(folded):
        day, month, year = found[1], int(found[2]), found[3]
    else:
        return None
    try:
        return date(int(year), month, int(day)), found[4].lstrip(" t,")
    except ValueError:
        return None


def parse_time(text: str) -> time | None:
    """The time of day that `text` is (`04:05:34`, `04.05`); blank is midnight, else `None`."""
    stripped = text.strip().casefold()
    if not stripped:
        return time()
    found = _TIME.fullmatch(stripped)
    if found is None:
        return None
    try:
        return time(int(found[1]), int(found[2]), int(found[3] or 0))
    except ValueError:
        return None
