"""PURE: which instansi an unknown name is like, by what it is about.

Nearly every name begins with "Dinas" and ends with the government's, so names are alike as strings
that have nothing to do with each other. What tells is the field: "pekerjaan umum", "kesehatan",
the name of a kecamatan. What fields are called is brought to one form, short forms included; an
instansi with which nothing is in common then is not like it at all.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

from rapidfuzz import fuzz, process

from bot.sp4n.field_words import FIELDS, KINDS, SITES, UNTELLING

_MISTYPED: Final = 87
"""From this likeness (0-100) on a word is another one, mistyped: "pendidkan" is pendidikan (95),
but pertanian is not pertanahan (84)."""
_INITIALS: Final = 3
"""An abbreviation has so many letters at least."""
_SHORT_FORMS: Final = {
    "kab": "kabupaten",
    "kec": "kecamatan",
    "prov": "provinsi",
    "pemda": "pemerintah daerah",
    "pemkab": "pemerintah kabupaten",
    "pemkot": "pemerintah kota",
    "pemprov": "pemerintah provinsi",
}
_KNOWN: Final = frozenset(term for terms in FIELDS.values() for term in terms.split())
_PHRASE: Final = re.compile(
    rf"\b(?:{'|'.join(sorted(map(re.escape, FIELDS), key=len, reverse=True))})\b"
)
_BEFORE: Final = frozenset({"kantor", "upt", "uptd", "upd", "blud", "pemerintah", "kepala"})
"""What may stand before the kind of a place."""
_JOINING: Final = frozenset({"dan", "serta", "atau", "di"})
_REALM: Final = re.compile(r"\b(kabupaten|provinsi|(?<!tata )kota) (?!dan\b)(.+)$")

Score = tuple[float, float]


@lru_cache(maxsize=4096)
def folded(text: str) -> str:
    """Return the words of a name, folded, with short forms of the field written out."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("&", " dan ")
    return " ".join(_SHORT_FORMS.get(word, word) for word in re.findall(r"[^\W_]+", plain))


class Likeness:
    """What the instansi of a directory are about."""

    def __init__(self, names: Mapping[int, Iterable[str]], governments: Iterable[str] = ()) -> None:
        """Take names of each instansi (its full one, singkatan, aliases), and the governments.

        `governments` are folded, such as "kabupaten contoh".
        """
        self._governments = frozenset(governments)
        self._places = frozenset(word for name in self._governments for word in name.split())
        self._realm: dict[int, str] = {}
        self._forms: dict[int, list[frozenset[str]]] = {}
        self._shorts: set[str] = set()
        for key, texts in names.items():
            words = [folded(text) for text in texts]
            self._realm[key] = next(filter(None, map(self._elsewhere, words)), "")
            bare = [self._bare(each) for each in words]
            shorts = _shorts(each for each in bare if not _site(each))
            forms = [self._about(each) for each in bare] + [frozenset({each}) for each in shorts]
            self._forms[key] = [form for form in forms if form]
            self._shorts |= shorts
        every = (form for forms in self._forms.values() for form in forms)
        self._vocabulary = frozenset[str]().union(*every)

    def to(self, text: str, most: int) -> tuple[int, ...]:
        """Return the instansi that a name is like, the likest first; none where none is."""
        words = folded(text)
        realm, bare = self._elsewhere(words), self._bare(words)
        about = {self._meant(term) for term in self._about(bare)}
        about |= self._shorts & set(bare.split())
        found: dict[int, Score] = {}
        for key, forms in self._forms.items():
            scores = [_score(about, form) for form in forms if about & form]
            if scores and self._realm[key] == realm:
                found[key] = max(scores)
        return tuple(sorted(found, key=lambda key: (found[key], -key), reverse=True)[:most])

    def _bare(self, words: str) -> str:
        """Return a name without the own government at its end."""
        for name in self._governments:
            if " " in name:
                words = words.removesuffix(f" {name}")
        return words

    def _elsewhere(self, words: str) -> str:
        """Return which other government's a name is; empty for one of here.

        Where there is a kabupaten or kota in the directory, its province is another one.
        """
        found = None if _site(words) == "wilayah" else _REALM.search(words)
        if found is None and (found := re.search(r"\b(kabupaten|provinsi) (.+)$", words)) is None:
            return ""
        local = {name for name in self._governments if not name.startswith("provinsi ")}
        own = local or self._governments
        ours = found[2] in own or any(f"{found[0]} ".startswith(f"{name} ") for name in own)
        return "" if ours else found[0]

    def _about(self, words: str) -> frozenset[str]:
        """Return the terms that a name is compared by."""
        if _site(words):
            return _sites(words)
        terms = _PHRASE.sub(lambda match: FIELDS[match[0]], words).split()
        for empty in (KINDS | UNTELLING | self._places, KINDS, frozenset[str]()):
            left = frozenset(terms) - empty
            if left:
                return left
        return frozenset()

    def _meant(self, term: str) -> str:
        """Return the term of the directory that one is, where it is mistyped."""
        if term in _KNOWN or term in self._vocabulary:
            return term
        kind, colon, name = term.rpartition(":")
        alike = (each.rpartition(":") for each in sorted(self._vocabulary))
        among = [other for its_kind, _, other in alike if its_kind == kind]
        best = process.extractOne(name, among, scorer=fuzz.ratio, score_cutoff=_MISTYPED)
        return f"{kind}{colon}{best[0]}" if best is not None else term


def _score(about: Iterable[str], form: Iterable[str]) -> Score:
    """Return how like two sets of terms are, one within the other first, then as a whole."""
    one, two = " ".join(sorted(about)), " ".join(sorted(form))
    return fuzz.token_set_ratio(one, two), fuzz.token_sort_ratio(one, two)


def _site(words: str) -> str | None:
    """Return which kind of place a name is of: its first word, but for what stands before it."""
    first = next((word for word in words.split() if word not in _BEFORE), "")
    return SITES.get(first)


def _sites(words: str) -> frozenset[str]:
    """Return the places that a name says, each in one word: "Kec. Karang Penang"."""
    found: list[list[str]] = []
    for word in words.split():
        if word in SITES:
            found.append([SITES[word]])
        elif found:
            found[-1].append(word)
    first = found[0][0]
    return frozenset(f"{kind}:{''.join(name)}" for kind, *name in found if name and kind == first)


def _shorts(names: Iterable[str]) -> set[str]:
    """Return the abbreviations of an instansi: those of the directory, else the name's initials."""
    said = [[word for word in name.split() if word not in _JOINING] for name in names]
    short = [words[0] for words in said if len(words) == 1]
    short = short or ["".join(word[0] for word in words) for words in said]
    both = {form for each in short for form in (each, each.removeprefix("d"))}
    return {each for each in both if len(each) >= _INITIALS}
