"""Reads `config/words.toml`: the words by which the content of messages is judged.

A municipality may use a file of its own (setting WORDS_FILE); it says everything the shipped one
says. What each list is for stands beside it in the file and in docs/words.md. Every mistake is
reported with its line, in Indonesian, for the officer who edits it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import chain, product
from math import prod
from typing import Final, TypeVar

from config.policy import PolicyError, Problem
from config.policy_reader import Report, Table, WrongValueError, many, string

T = TypeVar("T")

_TOKEN: Final = re.compile(r"[^\W_]+\*?|\*")
_MOST: Final = 400
"""Phrases that one entry with "/" may stand for."""
_LONG: Final = 8
"""Letters of a word that one wrong letter makes no other of."""
_STEM: Final = re.compile(r"[a-z]{3,15}")


class WordsError(ValueError):
    """A file of words that cannot be used; `problems` names every mistake, in order of line."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(problems)
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(f"baris {line}: {message}" for line, message in self.problems)


@dataclass(frozen=True, slots=True)
class Words:
    """The lists, each entry folded (`fold`): lower case, words parted by one space.

    "kata*" is any word that begins so; "*" alone is up to three words of any kind. What the file
    writes "a/b c" stands here as "a c" and "b c", and every word in its full spelling (`ejaan`).
    """

    ejaan: tuple[tuple[str, str], ...]
    """Short forms and dialect, each with the word it stands for: ("kmrn", "kemarin")."""
    panjang_minimal: int
    """Letters and digits of the shortest answer."""
    panjang_rinci: int
    """Letters and digits from which `rincian` details stand in for an action and a date."""
    rincian: int
    normatif: tuple[str, ...]
    """Promises without an action."""
    pengantar: tuple[str, ...]
    """Polite openings and closings, and terms that only look like an action or a date."""
    tindakan_dasar: tuple[str, ...]
    """Stems of actions; `bot.substance` forms their verbs and nouns."""
    tindakan: tuple[str, ...]
    rujukan: tuple[str, ...]
    """Names of a report, whose date is no date: "laporan"."""
    ingkar: tuple[str, ...]
    """What makes an action behind it none: "belum"."""
    laku: tuple[str, ...]
    """Verbs without a meaning of their own: "dilakukan"; denied, they deny what they do."""
    andai: tuple[str, ...]
    """What makes the rest of its sentence a wish or a guess: "semoga"."""
    samar: tuple[str, ...]
    """Times that are no date where they are only promised: "tahun depan"."""
    peraturan: tuple[str, ...]
    """Names of laws and decrees, whose year is no date: "perbup"."""
    bulan: tuple[str, ...]
    bilangan: tuple[str, ...]
    satuan: tuple[str, ...]
    tanggal: tuple[str, ...]
    penanda: tuple[str, ...]
    """Words that show a place when a name follows, and not one of `bukan_nama`."""
    bukan_nama: tuple[str, ...]
    tempat: tuple[str, ...]
    waktu: tuple[str, ...]
    bahaya: tuple[str, ...]
    kejadian: tuple[str, ...]
    """Danger too, but not of a thing (`benda`), nor where it is over or usual (`lampau`)."""
    lampau: tuple[str, ...]
    kini: tuple[str, ...]
    """What makes it of now all the same: "tadi"."""
    benda: tuple[str, ...]
    orang: tuple[str, ...]
    mirip: tuple[str, ...]
    """Words of danger that are known with one letter wrong."""
    bukan_bahaya: tuple[str, ...]
    basa_basi: tuple[str, ...]
    perlindungan: tuple[str, ...]
    """What somebody writes who does not want to be named."""
    bukan_perlindungan: tuple[str, ...]
    sekitar_perlindungan: tuple[str, ...]
    """What may stand around it without saying anything more."""


@cache
def load_words() -> Words:
    """Return the shipped words."""
    return parse_words(files("config").joinpath("words.toml").read_text(encoding="utf-8"))


def parse_words(text: str) -> Words:
    """Read the text of a file of words; raises `WordsError` with every mistake and its line."""
    try:
        report = Report(text)
        words = _words(Table(report, report.data), report.data)
        report.close()
    except PolicyError as error:
        raise WordsError(error.problems) from error
    assert words is not None  # whatever is missing has been reported
    return words


def fold(text: str) -> str:
    """`text` as it is compared: lower case, its words (letters and digits) parted by one space."""
    return " ".join(_TOKEN.findall(unicodedata.normalize("NFKC", text).casefold()))


def _words(top: Table, data: dict[str, object]) -> Words | None:
    answer, dates, report, danger, courtesy, protection = (
        _section(top, name)
        for name in ("jawaban", "tanggal", "laporan", "bahaya", "basa_basi", "perlindungan")
    )
    spelling = _spelling(top, data.get("ejaan"))
    top.close()
    numbers = (
        _need(answer, "panjang_minimal", _whole(1, 160)),
        _need(answer, "panjang_rinci", _whole(1, 1000)),
        _need(answer, "rincian", _whole(1, 20)),
    )
    lists = (
        _need(answer, "normatif", _phrases),
        _need(answer, "pengantar", _phrases),
        _need(answer, "tindakan_dasar", many(_stem)),
        _need(answer, "tindakan", _phrases),
        _need(answer, "rujukan", _phrases),
        _need(answer, "ingkar", _phrases),
        _need(answer, "laku", _phrases),
        _need(answer, "andai", _phrases),
        _need(answer, "samar", _phrases),
        _need(answer, "peraturan", _phrases),
        _need(dates, "bulan", many(_plain)),
        _need(dates, "bilangan", many(_plain)),
        _need(dates, "satuan", many(_plain)),
        _need(dates, "kata", _phrases),
        _need(report, "penanda", many(_plain)),
        _need(report, "bukan_nama", many(_plain)),
        _need(report, "tempat", _phrases),
        _need(report, "waktu", _phrases),
        _need(danger, "kata", _phrases),
        _need(danger, "kejadian", _phrases),
        _need(danger, "lampau", _phrases),
        _need(danger, "kini", _phrases),
        _need(danger, "benda", many(_plain)),
        _need(danger, "orang", _phrases),
        _need(danger, "mirip", many(_long)),
        _need(danger, "bukan", _narrow),
        _need(courtesy, "kata", _narrow),
        _need(protection, "kata", _phrases),
        _need(protection, "biasa", _narrow),
        _need(protection, "sekitar", _narrow),
    )
    if answer is not None and numbers[0] and numbers[1] and numbers[1] < numbers[0]:
        answer.problem('Tidak boleh kurang dari "panjang_minimal".', "panjang_rinci")
    for section in (answer, dates, report, danger, courtesy, protection):
        if section is not None:
            section.close()
    minimal, detailed, details = numbers
    if spelling is None or minimal is None or detailed is None or details is None:
        return None
    known = tuple(_spelled(one, spelling) for one in lists if one is not None)
    if len(known) < len(lists):
        return None
    return Words(tuple(spelling.items()), minimal, detailed, details, *known)


def _spelling(top: Table, data: object) -> dict[str, str] | None:
    """The word each short form stands for; None where something is wrong, and reported."""
    table = _section(top, "ejaan")
    if table is None or not isinstance(data, dict):
        return None
    found: dict[str, str] = {}
    for key in data:
        for short in table.need(key, many(_plain)) or ():
            if short in found or short in data:
                table.problem(f'"{short}" sudah ditulis di tempat lain.', key)
            found[short] = key
        if key != fold(key) or not key.isalnum():
            table.problem("Harus satu kata dengan huruf kecil.", key)
    return found


def _spelled(phrases: tuple[str, ...], spelling: dict[str, str]) -> tuple[str, ...]:
    """The phrases with every word written out; what becomes the same stands once."""
    full = (" ".join(spelling.get(word, word) for word in one.split()) for one in phrases)
    return tuple(dict.fromkeys(full))


def _section(top: Table, name: str) -> Table | None:
    if not top.has(name):
        top.problem(f"Bagian [{name}] belum ditulis.")
    return top.table(name)


def _need(table: Table | None, key: str, convert: Callable[[object], T]) -> T | None:
    return None if table is None else table.need(key, convert)


def _whole(low: int, high: int) -> Callable[[object], int]:
    def convert(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise WrongValueError(f"Harus bilangan bulat {low} sampai {high}, tanpa tanda petik.")
        return value

    return convert


def _phrases(value: object) -> tuple[str, ...]:
    """A list of phrases, "a/b c" written out as "a c" and "b c"."""
    return tuple(dict.fromkeys(chain.from_iterable(many(_choices)(value))))


def _narrow(value: object) -> tuple[str, ...]:
    """A list of phrases in which no "*" stands alone."""
    found = _phrases(value)
    for one in found:
        if "*" in one.split():
            raise WrongValueError(f'"{one}": tanda * yang berdiri sendiri tidak dipakai di sini.')
    return found


def _choices(value: object) -> tuple[str, ...]:
    ways = tuple(chunk.split("/") for chunk in string(value).split())
    if prod(map(len, ways)) > _MOST:
        raise WrongValueError(f'"{value}": {prod(map(len, ways))} pilihan, paling banyak {_MOST}.')
    if not all(map(all, ways)):
        raise WrongValueError(f'"{value}" memuat pilihan kosong di samping garis miring.')
    return tuple(_phrase(" ".join(one)) for one in product(*ways))


def _phrase(value: object) -> str:
    """One or more words, with "*" where a word may go on or others may come between."""
    text = string(value)
    folded = fold(text)
    if not folded.strip("* "):
        raise WrongValueError(f'"{text}" tidak memuat satu kata pun.')
    if folded.startswith("* ") or folded.endswith(" *"):
        raise WrongValueError(f'"{text}": tanda * yang berdiri sendiri harus di antara dua kata.')
    return folded


def _plain(value: object) -> str:
    folded = _phrase(value)
    if " " in folded or "*" in folded:
        raise WrongValueError(f'"{folded}" harus satu kata tanpa tanda *.')
    return folded


def _stem(value: object) -> str:
    text = _plain(value)
    if _STEM.fullmatch(text) is None:
        raise WrongValueError(f'"{text}" bukan kata dasar; pakai 3 sampai 15 huruf.')
    return text


def _long(value: object) -> str:
    text = _plain(value)
    if len(text) < _LONG:
        raise WrongValueError(
            f'"{text}" terlalu pendek; pakai kata dengan {_LONG} huruf atau lebih.'
        )
    return text
