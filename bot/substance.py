"""Whether an answer says something, a report says where and when, and a life is in danger. Pure.

The words come from `config.words`; an installation may have its own. Nothing here is certain: what
is judged wrongly is put right by a person, and no report is refused for its words.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise
from typing import Final

from config.words import Words, fold

ISI, TINDAKAN, TANGGAL, NORMATIF = "isi", "tindakan", "tanggal", "normatif"
TEMPAT, WAKTU = "tempat", "waktu"

_SENTENCE: Final = re.compile(r"(?<![.!?;\n])[.!?;\n]+(?=\s|$)|\n")
_STRETCHED: Final = re.compile(r"(\w)\1{2,}")
_DAY: Final = r"(?:0?[1-9]|[12]\d|3[01])"
_MONTH: Final = r"(?:0?[1-9]|1[0-2])"
_YEAR: Final = r"(?:20)?\d\d"
# "RT 03/05" is an address; "08.30" an hour; "10-12 orang" a range: these need a year.
_NUMERIC: Final = re.compile(
    rf"(?<![\d/.-])(?:20\d\d-{_MONTH}-{_DAY}|{_DAY}([.-]){_MONTH}\1{_YEAR}"
    rf"|(?<!rt )(?<!rw )(?<!rt. )(?<!rw. ){_DAY}/{_MONTH}(?:/{_YEAR})?)(?![\d/])"
)
_LEGAL_YEAR: Final = re.compile(r"(?<![^ ])(?:tahun|thn|th) 20\d\d(?![^ ])")
_DATED: Final = re.compile(r"(?<![^ ])(?:tanggal|tgl) \d")


def lacking(answer: str, words: Words) -> tuple[str, ...]:
    """What an answer lacks to be substantive; empty if it is.

    "isi": it is too short; "tindakan", "tanggal": it names no action, no date; "normatif": it is
    only a promise to pass on. An answer that names an action and a date says something, and so
    does a long one with details (an opening hour, an address, a cost) that promises nothing. The
    rule is of PermenPANRB: an answer must be substantive, not merely normative.
    """
    if _size(answer) < words.panjang_minimal:
        return (ISI,)
    polite = _phrases(words.pengantar)
    text = _sentences(answer)
    promises = _phrases(words.normatif)
    said = promises.sub(" ; ", polite.sub(" ; ", text))
    acts = _acts(said, words)
    dated = _dated(answer, said, words)
    promised = promises.search(text) is not None
    if (acts and dated) or (not promised and _detailed(answer, said, words)):
        return ()
    missed = (TINDAKAN,) * (not acts) + (TANGGAL,) * (not dated)
    empty = promised or polite.search(text) is not None
    return missed + (NORMATIF,) * (empty and not acts)


def missing(report: str, words: Words, *, has_place: bool) -> tuple[str, ...]:
    """What a report does not say: "tempat", "waktu", both or neither.

    `has_place`: a location came with it.
    """
    text = _plain(report)
    placed = has_place or _placed(text, words)
    timed = _dated(report, text, words) or _phrases(words.waktu).search(text) is not None
    return (TEMPAT,) * (not placed) + (WAKTU,) * (not timed)


def dangerous(text: str, words: Words) -> bool:
    """Whether a life may be in danger: the sender is told of 112 and a person is told at once."""
    told = _phrases(words.bukan_bahaya).sub(" ; ", _sentences(text))
    return _phrases(words.bahaya).search(told) is not None


def courtesy(text: str, words: Words) -> bool:
    """Whether a text is only greetings and thanks, or has no letter and no digit: no report."""
    plain = _plain(_STRETCHED.sub(r"\1", text))
    return not _phrases(words.basa_basi).sub(" ", plain).strip()


def fingerprint(text: str) -> str:
    """The SHA-256 (hex) of the letters and digits of a text: the same text twice is one complaint.

    Case, spacing, punctuation and the way accents are stored make no difference.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    letters = "".join(filter(str.isalnum, folded))
    return hashlib.sha256(letters.encode("utf-8", "surrogatepass")).hexdigest()


def _acts(text: str, words: Words) -> bool:
    forms = _forms(words.tindakan_dasar)
    return any(word in forms for word in text.split()) or bool(
        _phrases(words.tindakan).search(text)
    )


def _dated(raw: str, text: str, words: Words) -> bool:
    """Whether a date is named: in figures (in `raw`), or in words (in the folded `text`)."""
    return (
        _NUMERIC.search(" ".join(raw.casefold().split())) is not None
        or _phrases(words.tanggal).search(text) is not None
        or _LEGAL_YEAR.search(text) is not None
        or _DATED.search(text) is not None
        or _days(words).search(text) is not None
    )


def _detailed(raw: str, said: str, words: Words) -> bool:
    """Whether a text is long and concrete: enough figures and places are named in it."""
    if _size(said) < words.panjang_rinci:
        return False
    figures = {word for word in said.split() if any(map(str.isdigit, word))}
    return len(figures) + _placed(_plain(raw), words) >= words.rincian


def _placed(text: str, words: Words) -> bool:
    """Whether a place is named: by a word of its own, or a marker with a name behind it."""
    if _phrases(words.tempat).search(text):
        return True
    markers, no_names = frozenset(words.penanda), frozenset(words.bukan_nama)
    parts = text.split()
    return any(
        marker in markers and name not in no_names and (len(name) > 2 or name.isdigit())
        for marker, name in pairwise(parts)
    )


def _plain(text: str) -> str:
    return f" {fold(text).replace('*', '')} "


def _sentences(text: str) -> str:
    """The folded text with ";" between sentences, which no phrase may cross."""
    return " ; ".join(["", *(fold(part).replace("*", "") for part in _SENTENCE.split(text)), ""])


def _size(text: str) -> int:
    return sum(map(str.isalnum, text))


@lru_cache(maxsize=64)
def _phrases(phrases: tuple[str, ...]) -> re.Pattern[str]:
    """What finds any of these phrases as whole words in a folded text that has spaces around."""
    longest_first = sorted(phrases, key=len, reverse=True)
    if not longest_first:
        return re.compile(r"(?!)")
    return re.compile(rf"(?<= )(?:{'|'.join(map(_expression, longest_first))})(?= )")


def _expression(phrase: str) -> str:
    parts: list[str] = []
    for word in phrase.split():
        if word == "*":
            parts.append(r"(?:[^ ;]+ ){0,3}")
        elif word.endswith("*"):
            parts.append(re.escape(word[:-1]) + "[^ ]* ")
        else:
            parts.append(re.escape(word) + " ")
    return "".join(parts)[:-1]


@lru_cache(maxsize=8)
def _days(words: Words) -> re.Pattern[str]:
    """What finds "25 nov", "25november", "3 hari", "dua minggu" in a folded text."""
    months, counts, units = (
        "|".join(sorted(map(re.escape, names), key=len, reverse=True))
        for names in (words.bulan, words.bilangan, words.satuan)
    )
    full = "|".join(re.escape(name) for name in words.bulan if len(name) > 3)
    return re.compile(
        rf"(?<= )(?:{_DAY} ?(?:{months})|(?:{full})|(?:\d{{1,3}}|{counts}) ?(?:x ?24 )?(?:{units}))"
        r"(?:20\d\d|nya)?(?= )"
    )


@lru_cache(maxsize=8)
def _forms(stems: tuple[str, ...]) -> frozenset[str]:
    """The verbs and action nouns that Indonesian forms of these stems."""
    return frozenset(form for stem in stems for form in _inflect(stem))


def _inflect(stem: str) -> Iterable[str]:
    nasals = _nasals(stem)
    verbs = (stem, f"di{stem}", f"ter{stem}", *(f"me{one}" for one in nasals))
    nouns = (f"per{stem}an", *(f"pe{one}an" for one in nasals))
    for form in (*(f"{verb}{end}" for verb in verbs for end in ("", "kan", "i")), *nouns):
        yield form
        yield f"{form}nya"


def _nasals(stem: str) -> tuple[str, ...]:
    """The stem as it stands behind me- and pe-: tambal gives "nambal", cat "ngecat".

    Loanwords keep their first letter (mensosialisasikan), so both ways are given where they differ.
    """
    first, rest = stem[0], stem[1:]
    swallowed = {"p": f"m{rest}", "t": f"n{rest}", "s": f"ny{rest}", "k": f"ng{rest}"}
    kept = {**dict.fromkeys("bfvp", "m"), **dict.fromkeys("dcjzts", "n")}
    kept |= dict.fromkeys("aiueoghk", "ng")
    forms = [f"{kept.get(first, '')}{stem}"]
    if first in swallowed:
        forms.append(swallowed[first])
    if len(stem) == 3:
        forms.append(f"nge{stem}")
    return tuple(forms)
