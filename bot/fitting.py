"""PURE: lists that give way, one item after the other, where a message has no room for all."""

from __future__ import annotations

from collections.abc import Sequence

from config.gsm7 import clip, plain, tidy


def fewer_words(text: str | None) -> list[str | None]:
    """All of a text's words, then one fewer each time, then none."""
    words = (text or "").split()
    shorter = (tidy(" ".join(words[:count])) for count in range(len(words), 0, -1))
    return [*shorter, None]


def fewer_numbers(nomor: Sequence[str], most: int) -> list[str | None]:
    """As many numbers as `most` characters could hold, then one fewer each time, then none."""
    short: list[str] = []
    length = 0
    for one in nomor:
        short.append(plain(one).removeprefix("SP4N "))
        length += len(short[-1]) + 1
        if length > most:
            short.pop()
            break
    return [
        *(
            ",".join([*short[:count], *([f"+{len(nomor) - count}"] if count < len(nomor) else [])])
            for count in range(len(short), 0, -1)
        ),
        None,
    ]


def listed(nomor: Sequence[str], most: int) -> str | None:
    """The numbers in `most` characters."""
    return next((one for one in fewer_numbers(nomor, most) if one and len(one) <= most), None)


def fewer_bodies(per_opd: Sequence[str]) -> list[str | None]:
    """All OPDs with their counts, then fewer, the rest counted, then none."""
    said = [plain(one) for one in per_opd]
    texts: list[str | None] = []
    for count in range(len(said), 0, -1):
        rest = len(said) - count
        texts.append(", ".join([*said[:count], *([f"+{rest} OPD lain"] if rest else [])]))
    return [*texts, None]


def bodies(per_opd: Sequence[str], most: int) -> str | None:
    """The OPDs in `most` characters."""
    return next((one for one in fewer_bodies(per_opd) if one and len(one) <= most), None)


def some(sentences: Sequence[str], most: int) -> str:
    """As many sentences as fit, the rest counted; the first is shortened if it alone is longer."""
    said = [clean for one in sentences if (clean := plain(one).rstrip(" ."))]
    for count in range(len(said), 0, -1):
        rest = len(said) - count
        text = "; ".join([*said[:count], *([f"dan {rest} hal lain"] if rest else [])])
        if len(text) <= most:
            return text
    tail = f"; dan {len(said) - 1} hal lain" if len(said) > 1 else ""
    return clip(said[0], most - len(tail)) + tail if said else ""
