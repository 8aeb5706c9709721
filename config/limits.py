"""Limits and hours as a policy writes them: "3 hari kerja", "1x24 jam", "08:00", "tutup"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time
from enum import StrEnum
from typing import Literal

MAX_AMOUNT = 400
"""Longest limit of any unit; a longer one is a slip of the pen, not a deadline."""


class Unit(StrEnum):
    """What a limit counts."""

    HARI_KERJA = "hari kerja"
    HARI = "hari"
    JAM_KERJA = "jam kerja"
    JAM = "jam"


@dataclass(frozen=True, slots=True)
class Limit:
    """So many working days, days, working hours or hours; `amount` is 0 to `MAX_AMOUNT`."""

    amount: int
    unit: Unit

    def __post_init__(self) -> None:
        if not 0 <= self.amount <= MAX_AMOUNT:
            raise ValueError(f"limit outside 0..{MAX_AMOUNT}: {self.amount}")

    def __str__(self) -> str:
        return f"{self.amount} {self.unit}"


@dataclass(frozen=True, slots=True)
class Hour:
    """At what hour of its day a step is due.

    `at` is set only for kind "jam"; "buka" and "tutup" are the opening and the cut-off of the
    office whose calendar counts.
    """

    kind: Literal["jam", "buka", "tutup"]
    at: time | None = None

    def __post_init__(self) -> None:
        if (self.kind == "jam") != (self.at is not None):
            raise ValueError("an hour has a time of day exactly when its kind is 'jam'")

    def __str__(self) -> str:
        return self.kind if self.at is None else f"{self.at:%H:%M}"


BUKA = Hour("buka")
TUTUP = Hour("tutup")

_LIMIT = re.compile(
    r"(\d{1,6}) ?[x\u00d7] ?24 jam|(\d{1,6}) ?(hari kerja|hari|jam kerja|jam)", re.ASCII
)
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)


def parse_limit(text: str) -> Limit:
    """Read a limit such as "3 hari kerja", "5 hari", "8 jam kerja", "24 jam" or "1x24 jam".

    Case and spacing do not matter. Raises ValueError with one Indonesian sentence.
    """
    found = _LIMIT.fullmatch(" ".join(text.lower().split()))
    if found is None:
        raise ValueError(
            f'Batas waktu "{text}" tidak dikenali; tulis misalnya "3 hari kerja", "5 hari", '
            '"8 jam kerja", atau "1x24 jam".'
        )
    days, amount, unit = found.groups()
    size = int(days) * 24 if days is not None else int(amount)
    if size > MAX_AMOUNT:
        raise ValueError(f'Batas waktu "{text}" terlalu besar; paling banyak {MAX_AMOUNT}.')
    return Limit(size, Unit.JAM if days is not None else Unit(unit))


def parse_hour(text: str) -> Hour:
    """Read the hour of a step: "HH:MM" (00:00 to 23:59), "buka" or "tutup".

    Raises ValueError with one Indonesian sentence.
    """
    word = text.strip().lower()
    if word == "buka":
        return BUKA
    if word == "tutup":
        return TUTUP
    found = _TIME.fullmatch(word)
    if found is None:
        raise ValueError(f'Jam "{text}" tidak dikenali; tulis "08:00", "buka", atau "tutup".')
    return Hour("jam", time(int(found[1]), int(found[2])))
