"""The place that a text names, in its own words: where help is to go. Pure.

Only what reads like a place: from a word that shows one ("Desa", "Jalan", "dekat") to where its
name ends. What stands around it, who wrote it or for whom, is left out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from bot.phrases import dict_of
from config.words import Words, fold

MOST: Final = 3
"""Places of one text that are named."""
_NAME: Final = 3
"""Words of a name at most: "Karang Penang Oloh"."""
_CLAUSE: Final = re.compile(r"[,;!?\n()]+|\.(?=\s|$)")
_AT: Final = frozenset({"di", "e", "ning", "neng", "ndek", "nang", "ing"})
"""Words for "at": they show a place and are none of it."""
_OF_NAMES: Final = frozenset({"raya", "umum"})
"""Ordinary words that streets and hospitals bear."""
_SHORT: Final = re.compile(r"(?<=\b[a-z]{2})\.\s|(?<=\b[a-z]{3})\.\s", re.IGNORECASE)
_AFTER: Final = frozenset(
    (  # noqa: SIM905 - as words, not as lines of quotation marks
        "sekarang segera cepat cepetan saat ketika waktu oleh karna sampai hingga agar supaya api "
        "orang warga anak korban suami istri ibu bapak tetangga nama telp hp wa kak mas mbak lek "
        "gan bos dari ke pada juga sedang lg lagi akan mau minta butuh perlu kena jadi bahaya "
        "darurat gawat"
    ).split()
)
"""Words with which no name of a place goes on, beside those of the installation's own lists."""


def place_in(text: str, words: Words) -> str | None:
    """The places a text names, the first ones, parted by commas; None where it names none."""
    found: dict[str, None] = {}
    spelled = dict_of(words.ejaan)
    for clause in _CLAUSE.split(_SHORT.sub(" ", text)):
        said = clause.split()
        plain = [spelled.get(one, one) for one in (fold(word).replace("*", "") for word in said)]
        at = 0
        while at < len(plain):
            end = _end(plain, at, words)
            if end > at:
                found.setdefault(" ".join(said[at:end]).strip(".:-\"'"))
            at = max(end, at + 1)
    return ", ".join(list(found)[:MOST]) or None


def _end(plain: Sequence[str], at: int, words: Words) -> int:
    """Where the place ends that begins at a word; `at` where none begins."""
    shows, alone, ends = _lists(words)
    shown = (plain[at] in shows or plain[at] in alone) and plain[at] not in _AT
    # "di Srimangunan": what something is at, and is no ordinary word, is a place
    if not shown and (at == 0 or plain[at - 1] not in _AT or not _names(plain[at], ends, shows)):
        return at
    end, left, named = at, 0, False
    while end < len(plain):
        word = plain[end]
        if word in shows and word not in _AT:
            left = _NAME
        elif word in alone:
            left, named = _NAME, True
        elif word in ends or (end > at and left == 0) or not word:
            break
        else:
            left, named = (left or _NAME) - 1, named or word not in _OF_NAMES
        end += 1
    while end > at and plain[end - 1] in _AT:
        end -= 1
    return end if named else at


def _names(word: str, ends: frozenset[str], shows: frozenset[str]) -> bool:
    return word not in ends and word not in shows and len(word) > 2


@lru_cache(maxsize=8)
def _lists(words: Words) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Words that show a place, those that are one by themselves, and those that end its name."""
    shows = frozenset(words.penanda)
    alone = frozenset(one for one in words.tempat if " " not in one)
    times = (one for one in (*words.waktu, *words.tanggal, *words.bulan) if "*" not in one)
    ordinary = {*words.bukan_nama, *(one.split()[0] for one in times), *_AFTER, *words.basa_basi}
    return shows, alone, frozenset(ordinary - shows - alone - _OF_NAMES) | _AT
