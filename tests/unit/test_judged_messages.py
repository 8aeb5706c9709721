"""Messages as people write them (tests/data), each with the judgement it must get."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.substance import dangerous, lacking
from config.words import load_words

DATA = Path(__file__).parents[1] / "data"
WORDS = load_words()


def rows(name: str) -> list[tuple[str, str]]:
    """The judgement and the text of every row; a comment begins with "#"."""
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()
    parted = (line.partition(" | ") for line in lines if line and not line.startswith("#"))
    return [(judged, text) for judged, _, text in parted]


def wrong(name: str, judged_so: str, *, known: bool = False) -> Iterator[str]:
    """The rows that are judged otherwise; `known`: of those marked with a question mark."""
    for judged, text in rows(name):
        if judged.endswith("?") is known:
            right = judged.rstrip("?") == judged_so
            yes = dangerous(text, WORDS) if name == "bahaya.txt" else not lacking(text, WORDS)
            if yes is not right:
                yield f"{judged} | {text}"


@pytest.mark.parametrize(
    ("name", "yes", "no"), [("bahaya.txt", "ya", "tidak"), ("jawaban.txt", "cukup", "kurang")]
)
def test_every_message_is_judged_as_its_row_says(name: str, yes: str, no: str) -> None:
    judged = [one.rstrip("?") for one, _ in rows(name)]
    assert set(judged) == {yes, no}
    assert min(judged.count(yes), judged.count(no)) > 100
    assert list(wrong(name, yes)) == []


@pytest.mark.parametrize(("name", "yes"), [("bahaya.txt", "ya"), ("jawaban.txt", "cukup")])
def test_a_row_marked_as_judged_wrongly_is_so(name: str, yes: str) -> None:
    """A question mark that is no longer deserved is taken away."""
    known = [text for judged, text in rows(name) if judged.endswith("?")]
    assert len(list(wrong(name, yes, known=True))) == len(known)


@pytest.mark.parametrize(("name"), ["bahaya.txt", "jawaban.txt"])
def test_a_text_stands_once(name: str) -> None:
    texts = [text.casefold() for _, text in rows(name)]
    assert sorted(texts) == sorted(set(texts))


@pytest.mark.parametrize("text", [text for judged, text in rows("bahaya.txt") if judged == "ya"])
def test_danger_is_seen_in_a_long_message(text: str) -> None:
    around = "Yth. Bapak Bupati. Jalan di desa kami rusak sejak tahun lalu dan sering banjir. "
    assert dangerous(f"{around * 9}{text}. {around * 9}", WORDS)
