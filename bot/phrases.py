"""How a text is read before its words are judged, and how phrases are found in it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

from config.words import Words, fold

SENTENCE: Final = re.compile(r"(?<![.!?;\n])[.!?;\n]+(?=\s|$)|\n")
COMMA: Final = re.compile(r",(?=\s|$)")
_STRETCHED: Final = re.compile(r"([^\W\d_])\1{2,}")
_END: Final = ""

Tree = dict[str, "Tree"]


def plain(text: str, words: Words) -> str:
    """The text folded, in full spelling, with a space at both ends."""
    spelled = dict_of(words.ejaan)
    return f" {' '.join(spelled.get(word, word) for word in _folded(text).split())} "


def calm(text: str) -> str:
    """The text with what an excited writer stretches as it is spelled: "tolooong"."""
    return _STRETCHED.sub(r"\1", text)


@lru_cache(maxsize=8)
def dict_of(pairs: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """The pairs as a dictionary, made once."""
    return dict(pairs)


@lru_cache(maxsize=64)
def finder(phrases: tuple[str, ...]) -> re.Pattern[str]:
    """What finds any of these phrases as whole words in a plain text, the longest first."""
    return re.compile(rf"(?<= ){_group(phrases)}(?= )")


@lru_cache(maxsize=16)
def _every(phrases: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<= )(?=({_group(phrases)}) )")


def spans(phrases: tuple[str, ...], text: str) -> Iterator[tuple[int, int]]:
    """Where any of these phrases stands, also where two of them overlap."""
    return (match.span(1) for match in _every(phrases).finditer(text))


def _folded(text: str) -> str:
    return fold(text).replace("*", "")


def _group(phrases: Iterable[str]) -> str:
    """One expression for all of them; those that begin alike share their beginning."""
    tree: Tree = {}
    for phrase in phrases:
        branch = tree
        for word in phrase.split():
            branch = branch.setdefault(word, {})
        branch[_END] = {}
    return _branches(tree, first=True) if tree else "(?!)"


def _branches(tree: Tree, *, first: bool = False) -> str:
    ways = [
        f"{'' if first else ' '}{_word(word)}{_branches(below)}"
        if word != "*"
        else f"(?: [^ ;]+){{0,3}}{_branches(below)}"
        for word, below in sorted(tree.items(), key=lambda pair: (pair[0] != "*", -len(pair[0])))
        if word != _END
    ]
    if not ways:
        return ""
    return f"(?:{'|'.join(ways)}){'?' if _END in tree else ''}"


def _word(word: str) -> str:
    if word.endswith("*"):
        return f"{re.escape(word[:-1])}[^ ]*"
    if word.startswith("di") and len(word) > len("diisi"):
        return f"di ?{re.escape(word[2:])}(?= )"  # written apart as often as not
    return f"{re.escape(word)}(?= )"
