"""Whether a message tells of a life in danger. Pure.

The words come from `config.words`. A missed danger is worse than a false alarm: what speaks of a
thing, or of what is over, is passed over only where the list of words says so.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import Final

from rapidfuzz.distance import OSA

from bot.phrases import COMMA, SENTENCE, calm, finder, plain, spans
from config.words import Words

_TWICE: Final = re.compile(r"([^\W\d_]{3})2(?= )")
"""How many write a doubled word."""
_NEAR: Final = 2
"""Words that may stand between a thing and what befell it: "kucing saya ketabrak"."""

_PLACES: Final = frozenset(
    {
        "di",
        "ke",
        "dari",
        "dekat",
        "depan",
        "samping",
        "belakang",
        "pinggir",
        "dalam",
        "nang",
        "e",
        "ka",
    }
)


def dangerous(text: str, words: Words) -> bool:
    """Whether a life may be in danger: the sender is told of 112 and a person is told at once."""
    told = SENTENCE.split(calm(text.casefold()))
    return any(_endangers([_read(part, words) for part in COMMA.split(one)], words) for one in told)


def _read(part: str, words: Words) -> str:
    """The words of a part that no comma parts, "anak2" as "anak", slips put right."""
    found = _TWICE.sub(r"\1", plain(part, words)).split()
    return " ".join(_right(word, words.mirip) for word in found)


def _endangers(parts: list[str], words: Words) -> bool:
    """Judge one sentence; phrases may cross its commas, what is over stands between two."""
    told = f" {' '.join(parts)} "
    harmless = list(spans(words.bukan_bahaya, told))

    def meant(phrases: tuple[str, ...]) -> list[int]:
        return [
            start
            for start, _ in spans(phrases, told)
            if not any(since <= start < until for since, until in harmless)
        ]

    if meant(words.bahaya):
        return True
    now = bool(meant(words.kini))
    people = finder(words.orang).search(told) is not None
    present = [now or finder(words.lampau).search(f" {part} ") is None for part in parts]
    ends = list(accumulate(len(part) + 1 for part in parts))
    return any(
        present[bisect_left(ends, start)] and (people or not _befell(told[:start].split(), words))
        for start in meant(words.kejadian)
    )


def _befell(before: list[str], words: Words) -> bool:
    """Whether it befell a thing named just before; "di sawah" is only where."""
    near = list(pairwise(["", *before]))[-1 - _NEAR :]
    return any(word in words.benda and where not in _PLACES for where, word in near)


@lru_cache(maxsize=4096)
def _right(word: str, known: tuple[str, ...]) -> str:
    """The word one letter away that was meant, else the word itself."""
    for one in known:
        if abs(len(word) - len(one)) <= 1 and OSA.distance(word, one, score_cutoff=1) == 1:
            return one
    return word
