"""PURE: what an SMS can carry: the GSM-7 alphabet, its segments, and texts cut to fit."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Sequence
from typing import Literal

SEGMENT = 160
"""Characters of a GSM-7 message that is not split."""
PART = 153
"""Characters of each part of one that is."""

# 3GPP TS 23.038, section 6.2.1: the default alphabet and its extension table.
GSM7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM7_EXTENSION = frozenset("\f^{}\\[~]|€")
# Typographic marks that Unicode does not decompose into ASCII ones.
_ASCII_MARKS = str.maketrans(
    dict.fromkeys("`\u2018\u2019\u201a", "'")
    | dict.fromkeys("\u201c\u201d\u201e", '"')
    | dict.fromkeys("\u2010\u2011\u2013\u2014\u2212", "-")
)

_WHOLE = GSM7 | GSM7_EXTENSION
_PLAIN = frozenset(char for char in GSM7 if char.isascii())
# A text is held against a set whole: a character at a time costs ten times as much.


def room(parts: int) -> int:
    """Return how many GSM-7 characters fit into so many segments."""
    return SEGMENT if parts == 1 else parts * PART


def segments(text: str) -> tuple[Literal["GSM-7", "UCS-2"], int]:
    """Return the encoding of an SMS and how many segments it is billed as.

    GSM-7 holds 160 septets, 153 in each part of a split message, extension characters counting
    two; UCS-2 holds 70 and 67 code units. A character is never split over two parts (3GPP TS
    23.038 and 23.040).
    """
    if GSM7.issuperset(text):
        return "GSM-7", 1 if len(text) <= SEGMENT else -(-len(text) // PART)
    if _WHOLE.issuperset(text):
        return "GSM-7", _parts([2 if char in GSM7_EXTENSION else 1 for char in text], SEGMENT, PART)
    return "UCS-2", _parts([2 if ord(char) > 0xFFFF else 1 for char in text], 70, 67)


def _parts(costs: Sequence[int], whole: int, part: int) -> int:
    if sum(costs) <= whole:
        return 1
    parts, used = 1, 0
    for cost in costs:
        if used + cost > part:
            parts, used = parts + 1, 0
        used += cost
    return parts


def plain(text: str) -> str:
    """Return a text in ASCII characters of the GSM-7 alphabet, on one line, accents dropped."""
    if _PLAIN.issuperset(text):  # which most of it is
        return " ".join(text.split())
    marks = unicodedata.normalize("NFKD", text).translate(_ASCII_MARKS)
    spaced = "".join(" " if char.isspace() else char for char in marks)
    return " ".join("".join(char for char in spaced if char.isascii() and char in GSM7).split())


def printable(text: str) -> str:
    """Return a text on one line without control characters, in whatever alphabet it is."""
    spaced = (" " if char.isspace() else char for char in text)
    return " ".join("".join(c for c in spaced if unicodedata.category(c)[0] != "C").split())


def clip(text: str, limit: int) -> str:
    """Return a text in plain characters, shortened to `limit`, at the end of a word if it can."""
    return cut(plain(text), limit)


def cut(text: str, limit: int) -> str:
    """Return a text on one line shortened to `limit`, at the end of a word if it can."""
    if len(text) <= limit:
        return text
    if limit < 1:
        return ""
    return tidy(
        textwrap.shorten(text, limit, placeholder="", break_on_hyphens=False) or text[:limit]
    )


def tidy(text: str) -> str:
    """Return a shortened text without the conjunction or mark it happens to end on."""
    return text.rstrip(" ,;:/&-(").removesuffix(" dan").rstrip(" ,;:/&-(")
