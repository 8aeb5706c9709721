"""What citizens write in their own words where one of ours was hinted at. Pure.

No keyword opens these texts: each consists of nothing but words of a closed list, so that nothing
is said in it that could be a report. What a judgement is in this way has three words at most
beside greetings and thanks.
"""

from __future__ import annotations

import re
from typing import Final

from bot.keywords import RATINGS
from bot.substance import courtesy
from config.words import Words, fold

_MOST: Final = 3
_LONGEST: Final = 12
"""Words of a text that is looked at."""

_STARS: Final = re.compile(r"[\u2b50\u2605\U0001f31f\ufe0f\s]+")
_OUT_OF_FIVE: Final = re.compile(r"(?<![\d.,/])([1-5])\s*(?:/|dari)\s*5(?![\d.,/])", re.IGNORECASE)
_FRACTION: Final = re.compile(r"\d[.,/]\d")

_NOT_YET: Final = frozenset(
    (  # noqa: SIM905 - as words, not as lines of quotation marks
        "belum blm blum belom durung dereng gita' masih"
    ).split()
)
"""How "not settled yet" begins, in Indonesian and Javanese."""
_STILL: Final = "masih"
_SETTLED: Final = frozenset(
    (  # noqa: SIM905
        "beres selesai tuntas kelar rampung puas memuaskan sesuai diperbaiki dikerjakan ditangani "
        "ditindaklanjuti ditindak dibenahi didandani perbaikan perubahan tindakan hasil hasilnya "
        "ada onok ana wonten bede juga sama sepenuhnya total apa itu ini kok nih tuh mas sampai "
        "sekarang saya kami masalahnya"
    ).split()
)
"""What is not yet."""
_THE_SAME: Final = frozenset(
    "rusak sama saja aja begitu gitu seperti itu dulu tetap kok belum blm beres selesai".split()  # noqa: SIM905
)
"""What is still so."""
_GRADED: Final = frozenset(
    (  # noqa: SIM905
        "bintang star nilai nilainya nilaiku skor rating poin angka saya sy kami beri kasih untuk "
        "utk sangat puas memuaskan buruk jelek cukup kurang kecewa lumayan cepat lambat saja aja"
    ).split()
)
"""What may stand beside a rating."""
_OPINION: Final = frozenset(
    (  # noqa: SIM905
        "sudah sdh udah udh beres selesai tuntas kelar rampung diperbaiki dikerjakan ditangani "
        "dibenahi puas memuaskan sangat cukup kurang tidak tdk gak ga nggak tak kecewa sesuai "
        "saya sy kami cepat"
    ).split()
)
"""What is said of an answer without a word of ours."""
_OPINIONS: Final = frozenset(
    (  # noqa: SIM905
        "beres selesai tuntas kelar rampung diperbaiki dikerjakan ditangani dibenahi puas "
        "memuaskan kecewa"
    ).split()
)
"""Of these one at least: "sudah" alone says nothing."""


def rating(text: str, words: Words) -> int | None:
    """The rating that a text is, if it is nothing more: "bintang 5", "5 bagus", "lima", "4/5"."""
    if text.strip() and _STARS.fullmatch(text):
        stars = sum(char in "\u2b50\u2605\U0001f31f" for char in text)
        return stars if stars in range(1, 6) else None
    text = _OUT_OF_FIVE.sub(r"\1", text)
    said = _bare(text, words)
    if _FRACTION.search(text) or said is None or not 1 <= len(said) <= _MOST:
        return None
    given = [one for one in map(_figure, said) if one is not None]
    if len(given) != 1 or not all(_figure(one) or one in _GRADED for one in said):
        return None
    return given[0]


def not_yet(text: str, words: Words) -> bool:
    """Whether a text is BELUM in other words: "belum beres", "BELUM pak", "masih rusak"."""
    said = _bare(text, words)
    if not said or len(said) > _MOST or said[0] not in _NOT_YET:
        return False
    if said[0] == _STILL:
        return len(said) > 1 and _THE_SAME.issuperset(said[1:])
    return _SETTLED.issuperset(said[1:])


def opinion(text: str, words: Words) -> bool:
    """Whether a text only says that it is settled, or how content he is: "sudah beres pak"."""
    said = _bare(text, words)
    if not said or len(said) > _MOST:
        return False
    return _OPINION.issuperset(said) and not _OPINIONS.isdisjoint(said)


def _figure(word: str) -> int | None:
    return int(word) if word in set("12345") else RATINGS.get(word)


def _bare(text: str, words: Words) -> list[str] | None:
    """The words of a text without greetings and thanks; None where there are too many to look."""
    said = fold(text).split()
    if len(said) > _LONGEST:
        return None
    left: list[str] = []
    at = 0
    while at < len(said):
        polite = (
            end for end in range(len(said), at, -1) if courtesy(" ".join(said[at:end]), words)
        )
        end = next(polite, None)
        if end is None:
            left.append(said[at])
        at = end or at + 1
    return left
