"""What citizens write in their own words about what they reported. Pure.

No keyword opens most of these texts: each consists of nothing but words of a closed list, so that
nothing is said in it that could be a report. What judges an answer in this way has three words at
most beside greetings and thanks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from bot.keywords import ALONE, FILLERS, OFFICER, RATINGS, Sure, Word, keyword
from bot.pieces import LOOK, Piece, number_at, pieces_of, skip
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
_STATUS: Final = frozenset(
    (  # noqa: SIM905
        "status statusnya sts stats setatus progres progress progresnya progressnya perkembangan "
        "perkembangannya kelanjutan kelanjutannya update kabar kabarnya nasib nasibnya"
    ).split()
)
"""Words for how far something is."""
_REPORTED: Final = frozenset(
    "laporan laporannya aduan aduannya pengaduan pengaduannya keluhan tiket".split()  # noqa: SIM905
)
_HOW_FAR: Final = frozenset(
    (  # noqa: SIM905
        "mana bagaimana gimana bgmn gmn piye yaapa beremma dugi diproses ditangani dijawab "
        "diperbaiki dikerjakan ditindaklanjuti ditanggapi direspon selesai beres kapan "
        "tanggapan tanggapannya jawaban jawabannya respon responnya hasil hasilnya"
    ).split()
)
"""What is asked of a report: "sampai mana laporan saya?"."""
_AROUND: Final = FILLERS | frozenset(
    (  # noqa: SIM905
        "saya sy kami aku ku nya itu ini yang yg tadi kemarin lalu tolong mohon minta mau ingin "
        "cek dicek ngecek lihat tanya bertanya menanyakan tau tahu apa apakah ada ya kah dari "
        "untuk terkait tentang soal terakhir terbaru sekarang hari sampai sudah sdh udah belum "
        "blm kok ko knp kenapa lama sekali berapa lagi masih nunggu menunggu ditunggu akan di "
        "tindak lanjut lanjutnya tindaklanjut tindaklanjutnya juga nih tuh sih"
    ).split()
)
"""What stands around such a question and says nothing itself."""
_ALONE: Final = frozenset(
    {Word.STATUS, Word.BATAL, Word.BELUM, Word.BUKA, Word.BERHENTI, Word.MULAI, Word.BANTUAN}
)
"""Keywords that may be said politely. "Tambah pak" and "nilai bu" may begin something else."""
_QUESTION: Final = _STATUS | _REPORTED | _HOW_FAR | _AROUND
_SERIAL: Final = 4
"""Digits of a number's end as it is printed: "0042"."""


@dataclass(frozen=True, slots=True)
class Ending:
    """The end of a number where the whole of it may stand: "0042", or "2" for 0002."""

    digits: str
    start: int
    end: int
    word: Word | None = None
    """The keyword it stands behind; None where it stands alone, or in a question."""

    def ends(self, nomor: str) -> bool:
        """Whether an own number ends so."""
        return nomor.rpartition("-")[2].lstrip("0") == self.digits.lstrip("0")

    def whole(self, text: str, nomor: str) -> str:
        """The text with the whole number in its place."""
        return f"{text[: self.start]} {nomor} {text[self.end :]}"


def alone(text: str, words: Words) -> Word | None:
    """The keyword that stands alone but for greetings and thanks: "stop pak", "batal ya min"."""
    said = _bare(text, words)
    known = keyword(said[0]) if said and len(said) == 1 else None
    if known is None or known[1] is Sure.SLIP or known[0] not in _ALONE:
        return None
    return known[0]


def ending(text: str) -> Ending | None:
    """The end of a number behind a citizen's keyword, or all alone; None where there is none.

    Four digits, as it is printed, may stand anywhere a number may; fewer only at the end, for
    "TAMBAH 2 lampu mati" speaks of lamps.
    """
    pieces = pieces_of(text)
    known = keyword(pieces[0].word) if pieces else None
    if known is not None and known[0] in ALONE | OFFICER:
        return None
    at = skip(pieces, 1 if known else 0)
    if known is not None and known[0] is Word.NILAI:
        # "NILAI 4 0002": the rating may stand before it, and is no end of a number.
        at = next((n for n in range(at, min(at + 3, len(pieces))) if _printed(pieces[n])), at)
    if at >= len(pieces) or not pieces[at].digits or pieces[at].word.strip("0") == "":
        return None
    last = at + 1 == len(pieces)
    few = known is not None and known[0] is not Word.NILAI and last
    if not (_printed(pieces[at]) and (known or last)) and not (
        few and len(pieces[at].word) < _SERIAL
    ):
        return None
    return Ending(pieces[at].word, pieces[at].start, pieces[at].end, known[0] if known else None)


def ending_asked(text: str, words: Words) -> Ending | None:
    """The end of a number in a question for the status: "cek status no 2"."""
    pieces = pieces_of(text)
    found = [piece for piece in pieces if piece.digits]
    if len(found) != 1 or len(pieces) == LOOK or not 1 <= len(found[0].word) <= _SERIAL:
        return None
    one = Ending(found[0].word, found[0].start, found[0].end)
    return one if asks(text[: one.start] + text[one.end :], words) else None


def number_within(text: str) -> tuple[str, str] | None:
    """The only number in a short text, and the text without it; None where it is not so.

    Short is what has no more than ten words beside an own number. Whose it is, the caller sees.
    """
    pieces = pieces_of(text)
    if len(pieces) == LOOK:
        return None
    found: list[tuple[str, int, int]] = []
    at = 0
    while at < len(pieces):
        number, behind = number_at(text, pieces, at)
        if number is not None:
            found.append((number, pieces[at].start, pieces[behind - 1].end))
        at = behind if number is not None else at + 1
    if len(found) != 1:
        return None
    number, start, end = found[0]
    return number, f"{text[:start]} {text[end:]}"


def asks(text: str, words: Words) -> bool:
    """Whether a text only asks how far a report is: "cek status", "laporan saya sampai mana?"."""
    said = set(_bare(text, words) or ())
    about = said & _REPORTED and said & _HOW_FAR
    return said <= _QUESTION and bool(said & _STATUS or about)


def asks_of_number(rest: str, words: Words) -> bool:
    """Whether what stands beside a number only asks: "sampai mana?", "tolong dicek pak"."""
    said = _bare(rest, words)
    return said is not None and _QUESTION.issuperset(said)


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
    if not said or len(said) > _MOST or "?" in text:
        return False
    return _OPINION.issuperset(said) and not _OPINIONS.isdisjoint(said)


def _printed(piece: Piece) -> bool:
    return piece.digits and len(piece.word) == _SERIAL


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
