"""Which instansi of the directory a row of an export names: by number or exact name, never a guess.

The names of one office vary ("Disdik Kab. Contoh", "Dinas Pendidikan"). What cannot be told for
certain is left to a person, with the likeliest names as suggestions: a reminder to the wrong
office does more harm than one held for an hour.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from bot.sp4n.likeness import Likeness, folded
from config.policy import fold

SUGGESTIONS: Final = 3


@dataclass(frozen=True, slots=True)
class Known:
    """An instansi of the directory; `government` for a kabupaten, kota or provinsi as a whole."""

    id: int
    nama: str
    singkatan: str | None = None
    id_sp4n: str | None = None
    aliases: tuple[str, ...] = ()
    government: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """The row names this instansi."""

    id: int


@dataclass(frozen=True, slots=True)
class NotDisposed:
    """The row names none, or the government itself: nobody has been given the complaint yet."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """The row names an instansi that cannot be told; the likeliest names, best first."""

    suggestions: tuple[str, ...]


Match = Found | NotDisposed | Unknown


class InstansiIndex:
    """Looks names of instansi up among the `known` ones."""

    def __init__(self, known: Iterable[Known], told: Mapping[str, int] | None = None) -> None:
        """Take the directory, and what a person said of names that it does not tell apart.

        `told`: instansi by folded name, or by "#" and SP4N's number where there is no name.
        """
        self._known = {one.id: one for one in known}
        self._told = {name: id_ for name, id_ in (told or {}).items() if id_ in self._known}
        self._governments = frozenset(
            folded(one.nama).removeprefix("pemerintah ").removeprefix("daerah ")
            for one in self._known.values()
            if one.government
        )
        self._by_sp4n: dict[str, set[int]] = defaultdict(set)
        tiers = [defaultdict[str, set[int]](set) for _ in range(3)]
        for one in self._known.values():
            if one.id_sp4n:
                self._by_sp4n[_number(one.id_sp4n)].add(one.id)
            names = ((one.nama,), one.aliases, (one.singkatan or "",))
            for tier, texts in zip(tiers, names, strict=True):
                for text in texts:
                    for key in self._keys(text):
                        tier[key].add(one.id)
        self._tiers = tuple(tiers)
        self._likely: dict[str, tuple[int, ...]] = {}

    def match(self, instansi_id: str | None, name: str | None) -> Match:
        """The instansi that SP4N's number or, where that is unknown, the exact name stands for.

        Names compare without case, punctuation and the word Kabupaten (Kab.), and without the
        name of the own government at their end: first full names, then aliases, then singkatan.
        A name that stands for several instansi, or for none, is what a person said of it, else
        `Unknown`.
        """
        text = (name or "").strip()
        ids = self._by_sp4n.get(_number(instansi_id), set()) if instansi_id else set()
        if len(ids) == 1:
            return self._found(next(iter(ids)))
        if instansi_id and not folded(text):
            return self._as_told(f"#{_number(instansi_id)}") or Unknown(())
        if not folded(text) or self._is_government(text):
            return NotDisposed()
        keys = self._keys(text)
        for tier in self._tiers:
            ids = {id_ for key in keys for id_ in tier.get(key, ())}
            if len(ids) == 1:
                return self._found(next(iter(ids)))
            if ids:
                names = sorted(self._known[id_].nama for id_ in ids)
                return self._as_told(fold(text)) or Unknown(tuple(names[:SUGGESTIONS]))
        told = self._as_told(fold(text))
        return told or Unknown(tuple(self._known[id_].nama for id_ in self.likely(text)))

    def likely(self, text: str) -> tuple[int, ...]:
        """Return the instansi whose names are like a text, the likest first; none may be."""
        if text not in self._likely:  # an export has the same few names over and over
            self._likely[text] = self._likeness.to(text, SUGGESTIONS)
        return self._likely[text]

    @cached_property
    def _likeness(self) -> Likeness:
        names = {
            one.id: [name for name in (one.nama, one.singkatan, *one.aliases) if name]
            for one in self._known.values()
            if not one.government
        }
        return Likeness(names, self._governments)

    def _as_told(self, word: str) -> Match | None:
        id_ = self._told.get(word)
        return self._found(id_) if id_ is not None else None

    def _found(self, id_: int) -> Match:
        return NotDisposed() if self._known[id_].government else Found(id_)

    def _is_government(self, text: str) -> bool:
        place = folded(text).removeprefix("pemerintah ").removeprefix("daerah ")
        return place in self._governments or _plain(place) in map(_plain, self._governments)

    def _keys(self, text: str) -> frozenset[str]:
        """The forms under which a name is filed and looked up."""
        words = folded(text)
        # Only a whole "kabupaten contoh" is cut off: "Kecamatan Contoh" may be another body.
        short = (words.removesuffix(f" {place}") for place in self._governments if " " in place)
        return frozenset(_plain(form) for form in (words, *short)) - {""}


def _number(text: str) -> str:
    return text.strip().lstrip("0") or "0"


def _plain(words: str) -> str:
    """`words` without "kabupaten": "kota" stays, which tells Kota from Kabupaten Probolinggo."""
    return " ".join(word for word in words.split() if word != "kabupaten")
