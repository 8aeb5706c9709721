"""The keywords of the conversation and the spellings that count as each. Pure."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from rapidfuzz.distance import OSA


class Word(StrEnum):
    """What a person may ask for; values are also the ids of quick-reply buttons."""

    LAPOR = "lapor"
    STATUS = "status"
    TAMBAH = "tambah"
    BATAL = "batal"
    ANONIM = "anonim"
    RAHASIA = "rahasia"
    NILAI = "nilai"
    BELUM = "belum"
    BUKA = "buka"
    BANTUAN = "bantuan"
    BERHENTI = "berhenti"
    MULAI = "mulai"
    TERIMA = "terima"
    JAWAB = "jawab"
    SUDAH = "sudah"
    BUKAN = "bukan"
    TUNDA = "tunda"
    DAFTAR = "daftar"
    KENAPA = "kenapa"
    SETUJU = "setuju"
    TOLAK = "tolak"


class Sure(IntEnum):
    """How certainly a spelling is the keyword."""

    EXACT = 0
    """The keyword, or another word for it: it may open a long message."""
    LISTED = 1
    """A short form ("jwb"): with a number also in a long message."""
    SLIP = 2
    """One letter wrong: only in messages of up to three words."""
    OFFICIAL = 3
    """A word for it only from an officer, with the number of a complaint that is his to answer."""


OFFICER: Final = frozenset(
    {
        Word.TERIMA,
        Word.JAWAB,
        Word.SUDAH,
        Word.BUKAN,
        Word.TUNDA,
        Word.DAFTAR,
        Word.KENAPA,
        Word.SETUJU,
        Word.TOLAK,
    }
)
"""The keywords of officers; the others are citizens'."""

ALONE: Final = frozenset({Word.LAPOR, Word.BANTUAN, Word.BERHENTI, Word.MULAI, Word.DAFTAR})
"""Keywords that ask nothing of one complaint: any further text makes them ordinary words."""

WITH_TEXT: Final = frozenset(
    {Word.TAMBAH, Word.NILAI, Word.BELUM, Word.JAWAB, Word.BUKAN, Word.TUNDA, Word.TOLAK}
)
"""Keywords that take a text, and so may open one where a quoted message supplies the number."""

SEVERAL: Final = frozenset({Word.TERIMA, Word.SUDAH})
"""Keywords of officers that say the same of every number behind them."""

FILLERS: Final = frozenset(
    {"no", "nmr", "nomor", "nomer", "id", "tiket", "aduan", "pengaduan", "laporan", "sp4n"}
)
"""What people write before a number; none of them begins one."""

PAIRS: Final = frozenset({"dan", "n"})
"""What may stand between ANONIM and RAHASIA."""

SPOKEN: Final = frozenset(
    {Word.TERIMA, Word.JAWAB, Word.SUDAH, Word.BUKAN, Word.TUNDA, Word.KENAPA}
)
"""Keywords of officers that are understood in their own words, with a duty's number."""

JOINERS: Final = PAIRS | {"serta"}
"""What may stand between the numbers of several complaints."""

MESSAGES: Final = frozenset({"sms", "wa", "whatsapp", "pesan", "langganan", "berlangganan"})
"""What may follow STOP."""

RATINGS: Final = MappingProxyType({"satu": 1, "dua": 2, "tiga": 3, "empat": 4, "lima": 5})

SYNONYMS: Final = MappingProxyType(
    {
        "stop": Word.BERHENTI,
        "unsub": Word.BERHENTI,
        "unsubscribe": Word.BERHENTI,
        "start": Word.MULAI,
        "help": Word.BANTUAN,
        "info": Word.BANTUAN,
    }
)

SHORT_FORMS: Final = MappingProxyType(
    {
        "sts": Word.STATUS,
        "tmbh": Word.TAMBAH,
        "tambahan": Word.TAMBAH,
        "tambahkan": Word.TAMBAH,
        "blm": Word.BELUM,
        "blum": Word.BELUM,
        "belom": Word.BELUM,
        "trm": Word.TERIMA,
        "jwb": Word.JAWAB,
        "sdh": Word.SUDAH,
        "udah": Word.SUDAH,
        "bkn": Word.BUKAN,
        "knp": Word.KENAPA,
    }
)

OFFICIAL_FORMS: Final = MappingProxyType({"jawaban": Word.JAWAB})

ORDINARY: Final = frozenset(
    (  # noqa: SIM905 - as words, not as eight lines of quotation marks
        "baal bakal banduan bantal bata batak batam batan batas batuan bawal beluk belur belut "
        "bukaan bulan busan datar jawa kelapa mula mulan mulas mulia multi murai "
        "nila nilam statis states stats statue sudahi sudan sunah surah susah tabah talak "
        "tamah tamba tambak tambal tanda taubah telak tenda tolok tuna tundra"
    ).split()
)
"""Words of the language that are one letter from a keyword, and never one."""

_SHORTEST: Final = 5
"""Shorter keywords are too near to too many words (buka: buku, luka, suka) to forgive a letter."""
_FORGIVING: Final = tuple(word.value for word in Word if word is not Word.LAPOR)
"""LAPOR has no slips: a message that begins with "lapar" is a report all the same."""

_FORMS: Final = {
    **{form: (word, Sure.LISTED) for form, word in SHORT_FORMS.items()},
    **{form: (word, Sure.OFFICIAL) for form, word in OFFICIAL_FORMS.items()},
}


@lru_cache(maxsize=1024)
def keyword(spelling: str) -> tuple[Word, Sure] | None:
    """The keyword that a case-folded word stands for and how surely; None for any other word.

    A slip is one letter wrong, missing, too many or two swapped (optimal string alignment), the
    first letter right, of a keyword of five letters and more, near to no second keyword and no
    word of its own.
    """
    if len(spelling) > 12:
        return None
    known = SYNONYMS.get(spelling)
    if known is not None or spelling in set(Word):
        return known or Word(spelling), Sure.EXACT
    if spelling in _FORMS:
        return _FORMS[spelling]
    if spelling in ORDINARY or len(spelling) < _SHORTEST - 1:
        return None
    near = [
        word
        for word in _FORGIVING
        if word[0] == spelling[0] and OSA.distance(word, spelling, score_cutoff=1) <= 1
    ]
    if len(near) != 1 or len(near[0]) < _SHORTEST:
        return None
    return Word(near[0]), Sure.SLIP
