"""The parts of a message that a keyword is made of: runs of letters and digits, numbers. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from bot.keywords import FILLERS, JOINERS, Sure, keyword

_PIECE: Final = re.compile(
    r"(?<![^\W_])sp4n(?![^\W\d_]|\d{1,4}(?!\d))|[^\W\d_]+|\d+", re.IGNORECASE
)
"""Runs of letters and of digits; "SP4N" is a word, also where its number is glued to it."""
_GAP: Final = re.compile(r"[ \t\u00a0\-\u2010-\u2015\u2212_./#]{0,3}")
_OWN: Final = re.compile(r"[a-z]{2,6}")
_YYMM: Final = re.compile(r"\d\d(?:0[1-9]|1[0-2])")
_SERIAL: Final = re.compile(r"\d{4,9}")
_JOINED: Final = re.compile(r"(\d\d(?:0[1-9]|1[0-2]))(\d{4,9})")
_SP4N: Final = re.compile(r"\d{5,13}")
_PARTED: Final = re.compile(r"[1-9]\d{0,3}(?:[ .]\d{3,4}){1,3}")
"""A number as it is read aloud: "9000 001", "9.000.001"; no date and no telephone number."""
_PARTED_FROM: Final = 7
_OPENING: Final = re.compile(r"[\s:;,.!?)\]\-\u2010-\u2015\u2212]+")
LOOK: Final = 14
"""Pieces to look at: keyword, its pair, fillers, a number in three parts, a rating, one more."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of letters, or of digits, folded for comparison."""

    word: str
    start: int
    end: int

    @property
    def digits(self) -> bool:
        return self.word.isdecimal()


def clean(text: str) -> str:
    """`text` without control and direction characters and halves of surrogate pairs, stripped.

    Line breaks, tabs and everything a person can see stay; what a database refuses does not.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(filter(_stays, text)).strip()


def number_at(text: str, pieces: tuple[Piece, ...], at: int) -> tuple[str | None, int]:
    """The complaint's number that starts at piece `at`, and the piece behind it."""
    part = pieces[at : at + 3]
    if part and part[0].digits:
        return _of_sp4n(text, pieces, at)
    if len(part) < 2 or not _OWN.fullmatch(part[0].word) or part[0].word in FILLERS:
        return None, at
    known = keyword(part[0].word)
    if (known and known[1] is Sure.EXACT) or not _near(text, part[0], part[1]):
        return None, at
    joined = _JOINED.fullmatch(part[1].word)
    if joined:
        return f"{part[0].word.upper()}-{joined[1]}-{joined[2]}", at + 2
    if (
        len(part) == 3
        and _YYMM.fullmatch(part[1].word)
        and _SERIAL.fullmatch(part[2].word)
        and _near(text, part[1], part[2])
    ):
        return f"{part[0].word.upper()}-{part[1].word}-{part[2].word}", at + 3
    return None, at


def numbers_of(text: str) -> tuple[str, ...]:
    """The numbers of complaints a text consists of, with commas or "dan" between; else none."""
    found: list[str] = []
    pieces = tuple(_all_pieces(text))
    at = 0
    while at < len(pieces):
        if pieces[at].word in JOINERS:
            at += 1
            continue
        number, at = number_at(text, pieces, skip(pieces, at))
        if number is None:
            return ()
        found.append(number)
    return tuple(found)


def _of_sp4n(text: str, pieces: tuple[Piece, ...], at: int) -> tuple[str | None, int]:
    """A number of SP4N's, whole or in groups of digits; no group may be left over."""
    if _SP4N.fullmatch(pieces[at].word):
        return pieces[at].word, at + 1
    behind = at
    while behind < len(pieces) and pieces[behind].digits:
        behind += 1
    number = "".join(piece.word for piece in pieces[at:behind])
    written = text[pieces[at].start : pieces[behind - 1].end]
    if len(number) >= _PARTED_FROM and _PARTED.fullmatch(written) and _SP4N.fullmatch(number):
        return number, behind
    return None, at


def _near(text: str, one: Piece, other: Piece) -> bool:
    return _GAP.fullmatch(text, one.end, other.start) is not None


def skip(pieces: tuple[Piece, ...], at: int) -> int:
    """Past "no", "aduan nomor", "SP4N": the words people put before a number."""
    for ahead in range(at, min(at + 3, len(pieces))):
        if pieces[ahead].word not in FILLERS:
            return ahead
    return min(at + 3, len(pieces))


def pieces_of(text: str) -> tuple[Piece, ...]:
    return tuple(islice(_all_pieces(text), LOOK))


def _all_pieces(text: str) -> Iterator[Piece]:
    for found in _PIECE.finditer(text):
        yield Piece(_fold(found[0]), found.start(), found.end())


def _fold(word: str) -> str:
    if word.isdecimal():
        return "".join(str(unicodedata.decimal(char)) for char in word)
    return unicodedata.normalize("NFKC", word).casefold()


def trim(text: str) -> str:
    """What a person wrote behind a keyword, without the colon or dash between."""
    opening = _OPENING.match(text)
    return (text[opening.end() :] if opening else text).strip()


def _stays(char: str) -> bool:
    if char in "\n\t\u200d":  # the last one joins emoji
        return True
    return unicodedata.category(char) not in {"Cc", "Cf", "Cs"}
