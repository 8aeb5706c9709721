"""Which of two words on one message counts, in whatever order they come."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.terms import NoticeStatus
from scheduler.delivery import advances, status_of

PROGRESS = ["scheduled", "accepted", "queued", "sending", "sent", "partially_delivered"]
FAILED = ["undelivered", "failed", "canceled"]
WORDS = [*PROGRESS, *FAILED, "delivered", "read"]


def known_after(words: list[str]) -> str | None:
    known = None
    for word in words:
        if advances(known, word):
            known = word
    return known


@pytest.mark.parametrize(("before", "after"), [*pairwise(PROGRESS)])
def test_progress_goes_one_way(before: str, after: str) -> None:
    assert advances(before, after)
    assert not advances(after, before)


@pytest.mark.parametrize("final", [*FAILED, "delivered"])
def test_what_is_final_stays(final: str) -> None:
    assert all(advances(word, final) for word in PROGRESS)
    assert not any(advances(final, word) for word in [*PROGRESS, *FAILED, "delivered"])


def test_only_delivered_may_become_read() -> None:
    assert advances("delivered", "read")
    assert not advances("read", "delivered")
    assert not any(advances(word, "read") for word in FAILED)


@pytest.mark.parametrize("word", ["", "DELIVERED", "receiving", "no_such_word"])
def test_words_that_nobody_knows_change_nothing(word: str) -> None:
    assert not advances(None, word)
    assert status_of(word) is None


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (PROGRESS, NoticeStatus.ACCEPTED),
        (FAILED, NoticeStatus.FAILED),
        (["delivered", "read"], NoticeStatus.DELIVERED),
    ],
)
def test_what_a_word_comes_to(words: list[str], status: NoticeStatus) -> None:
    assert {status_of(word) for word in words} == {status}


@given(st.lists(st.sampled_from([*PROGRESS, "delivered", "read"]), min_size=1), st.randoms())
def test_the_order_of_good_news_does_not_matter(words: list[str], random: object) -> None:
    shuffled = list(words)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert known_after(shuffled * 2) == known_after(words)
