"""Whether an answer says something, a report says where and when, and a life is in danger. Pure.

The words come from `config.words`; an installation may have its own. Nothing here is certain: what
is judged wrongly is put right by a person, and no report is refused for its words.
"""

from __future__ import annotations

import hashlib
import unicodedata
from itertools import pairwise

from bot import clauses
from bot.danger import dangerous
from bot.phrases import calm, finder, plain
from config.words import Words

__all__ = ["courtesy", "dangerous", "fingerprint", "lacking", "missing"]

ISI, TINDAKAN, TANGGAL, NORMATIF = "isi", "tindakan", "tanggal", "normatif"
TEMPAT, WAKTU = "tempat", "waktu"


def lacking(answer: str, words: Words) -> tuple[str, ...]:
    """What an answer lacks to be substantive; empty if it is.

    "isi": it is too short; "tindakan", "tanggal": it names no action, no date; "normatif": it is
    only a promise to pass on. An answer that names an action and a date says something however
    short it is, and so does a long one with details (an opening hour, an address, a cost) that
    promises nothing. An action that is denied or only wished for is none; the dates of the report
    and of a law are no dates. The rule is of PermenPANRB: an answer must be substantive, not
    merely normative.
    """
    polite, promises = finder(words.pengantar), finder(words.normatif)
    text = clauses.unreferred(clauses.read(answer, words), words)
    said = clauses.without(text, words.pengantar + words.normatif)
    meant = clauses.meant(said, words)
    acts, dated = clauses.acts(meant, words), clauses.dated(meant, words)
    if acts and dated:
        return ()
    if _size(answer) < words.panjang_minimal:
        return (ISI,)
    promised = promises.search(text) is not None
    if not promised and _detailed(answer, said, words):
        return ()
    missed = (TINDAKAN,) * (not acts) + (TANGGAL,) * (not dated)
    empty = promised or polite.search(text) is not None
    return missed + (NORMATIF,) * (empty and not acts)


def missing(report: str, words: Words, *, has_place: bool) -> tuple[str, ...]:
    """What a report does not say: "tempat", "waktu", both or neither.

    `has_place`: a location came with it.
    """
    text = plain(report, words)
    placed = has_place or _placed(text, words)
    told = clauses.read(report, words)
    timed = clauses.dated(told, words) or finder(words.waktu).search(text) is not None
    return (TEMPAT,) * (not placed) + (WAKTU,) * (not timed)


def courtesy(text: str, words: Words) -> bool:
    """Whether a text is only greetings and thanks, or has no letter and no digit: no report."""
    return not finder(words.basa_basi).sub(" ", plain(calm(text), words)).strip()


def fingerprint(text: str) -> str:
    """The SHA-256 (hex) of the letters and digits of a text: the same text twice is one complaint.

    Case, spacing, punctuation and the way accents are stored make no difference.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    letters = "".join(filter(str.isalnum, folded))
    return hashlib.sha256(letters.encode("utf-8", "surrogatepass")).hexdigest()


def _detailed(raw: str, said: str, words: Words) -> bool:
    """Whether a text is long and concrete: enough figures and places are named in it."""
    if _size(said) < words.panjang_rinci:
        return False
    figures = {word for word in said.split() if any(map(str.isdigit, word))}
    return len(figures) + _placed(plain(raw, words), words) >= words.rincian


def _placed(text: str, words: Words) -> bool:
    """Whether a place is named: by a word of its own, or a marker with a name behind it."""
    if finder(words.tempat).search(text):
        return True
    markers, no_names = frozenset(words.penanda), frozenset(words.bukan_nama)
    parts = text.split()
    return any(
        marker in markers and name not in no_names and (len(name) > 2 or name.isdigit())
        for marker, name in pairwise(parts)
    )


def _size(text: str) -> int:
    return sum(map(str.isalnum, text))
