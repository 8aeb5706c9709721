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
from typing import Final, TypeVar

from config.policy import PolicyError, Problem
from config.policy_reader import Report, Table, WrongValueError, many, string

T = TypeVar("T")

_TOKEN: Final = re.compile(r"[^\W_]+\*?|\*")
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

    "kata*" is any word that begins so; "*" alone is up to three words of any kind.
    """

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
    bukan_bahaya: tuple[str, ...]
    basa_basi: tuple[str, ...]


@cache
def load_words() -> Words:
    """Return the shipped words."""
    return parse_words(files("config").joinpath("words.toml").read_text(encoding="utf-8"))


def parse_words(text: str) -> Words:
    """Read the text of a file of words; raises `WordsError` with every mistake and its line."""
    try:
        report = Report(text)
        words = _words(Table(report, report.data))
        report.close()
    except PolicyError as error:
        raise WordsError(error.problems) from error
    assert words is not None  # whatever is missing has been reported
    return words


def fold(text: str) -> str:
    """`text` as it is compared: lower case, its words (letters and digits) parted by one space."""
    return " ".join(_TOKEN.findall(unicodedata.normalize("NFKC", text).casefold()))


def _words(top: Table) -> Words | None:
    answer, dates, report, danger, courtesy = (
        _section(top, name) for name in ("jawaban", "tanggal", "laporan", "bahaya", "basa_basi")
    )
    top.close()
    numbers = (
        _need(answer, "panjang_minimal", _whole(1, 160)),
        _need(answer, "panjang_rinci", _whole(1, 1000)),
        _need(answer, "rincian", _whole(1, 20)),
    )
    lists = (
        _need(answer, "normatif", many(_phrase)),
        _need(answer, "pengantar", many(_phrase)),
        _need(answer, "tindakan_dasar", many(_stem)),
        _need(answer, "tindakan", many(_phrase)),
        _need(dates, "bulan", many(_plain)),
        _need(dates, "bilangan", many(_plain)),
        _need(dates, "satuan", many(_plain)),
        _need(dates, "kata", many(_phrase)),
        _need(report, "penanda", many(_plain)),
        _need(report, "bukan_nama", many(_plain)),
        _need(report, "tempat", many(_phrase)),
        _need(report, "waktu", many(_phrase)),
        _need(danger, "kata", many(_phrase)),
        _need(danger, "bukan", many(_narrow, empty=True)),
        _need(courtesy, "kata", many(_narrow)),
    )
    if answer is not None and numbers[0] and numbers[1] and numbers[1] < numbers[0]:
        answer.problem('Tidak boleh kurang dari "panjang_minimal".', "panjang_rinci")
    for section in (answer, dates, report, danger, courtesy):
        if section is not None:
            section.close()
    minimal, detailed, details = numbers
    if minimal is None or detailed is None or details is None:
        return None
    known = tuple(one for one in lists if one is not None)
    return Words(minimal, detailed, details, *known) if len(known) == len(lists) else None


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


def _phrase(value: object) -> str:
    """One or more words, with "*" where a word may go on or others may come between."""
    text = string(value)
    folded = fold(text)
    if not folded.strip("* "):
        raise WrongValueError(f'"{text}" tidak memuat satu kata pun.')
    if folded.startswith("* ") or folded.endswith(" *"):
        raise WrongValueError(f'"{text}": tanda * yang berdiri sendiri harus di antara dua kata.')
    return folded


def _narrow(value: object) -> str:
    folded = _phrase(value)
    if "*" in folded.split():
        raise WrongValueError(f'"{folded}": tanda * yang berdiri sendiri tidak dipakai di sini.')
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
