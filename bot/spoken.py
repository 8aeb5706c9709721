"""Whether an officer who speaks in his own words of a duty's number means a keyword. Pure.

"sudah kami jawab di SP4N 9000001" means SUDAH, "sudah kami terima 9000001" does not. Only what
cannot mean anything else is taken; of the rest he is told how to say it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from bot.keywords import Word

MOST: Final = 5
"""Words of such a text, its number counted as one; an answer may have more behind its keyword."""

_WORD: Final = re.compile(r"[^\W\d_]+")
_ANSWERED: Final = re.compile(r"(?:di|men|ter|ber)?(?:jawab|tanggap|balas|respons?)(?:i|an|nya)?")
_OFFICE: Final = frozenset(
    (  # noqa: SIM905 - as words
        "wewenang wewenangnya kewenangan kewenangannya tupoksi tupoksinya ranah urusan tugas "
        "bagian bidang kami kita dinas instansi opd"
    ).split()
)
_UNSURE: Final = frozenset(
    (  # noqa: SIM905 - as words
        "belum blm tidak tdk tak gak ga nggak enggak ndak jangan bukan atau apa apakah kapan "
        "berapa bagaimana gimana siapa mana kasih minta tunggu menunggu"
    ).split()
)
_NO_REASON: Final[Mapping[Word, frozenset[str]]] = {
    Word.BUKAN: _OFFICE | {"bukan", "ini", "itu", "milik", "mohon", "maaf", "ya", "pak", "bu"},
    Word.TUNDA: frozenset(
        {"dulu", "dahulu", "sebentar", "saja", "mohon", "tolong", "ya", "pak", "bu"}
    ),
}


def words_of(text: str) -> list[str]:
    """The words of a text, folded."""
    return _WORD.findall(text.casefold())


def means(word: Word, text: str) -> bool:
    """Whether a keyword is meant that stands beside `text` and a number, in few words."""
    said = set(words_of(text))
    if word is Word.KENAPA:
        return True
    if word is Word.JAWAB:
        return not said & {"apa", "apakah", "kapan", "bagaimana", "gimana", "siapa"}
    if said & _UNSURE:
        return False
    if word is Word.SUDAH:
        return any(_ANSWERED.fullmatch(one) for one in said)
    if word is Word.BUKAN:
        return bool(said & _OFFICE)
    return word in {Word.TERIMA, Word.TUNDA}


def gives_reason(word: Word, text: str, office: str = "") -> bool:
    """Whether a text behind BUKAN or TUNDA says more than the keyword.

    "wewenang kami" does not, nor "wewenang DPUPR" where that is the `office`.
    """
    empty = _NO_REASON.get(word, frozenset()) | set(words_of(office))
    return not set(words_of(text)) <= empty or any(char.isdecimal() for char in text)
