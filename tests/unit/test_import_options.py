"""What `--disposed-at` and SP4N_DISPOSED_AT may say."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.sp4n.options import disposed_at


@pytest.mark.parametrize("word", ["received", "import", " import "])
def test_words(word: str) -> None:
    assert disposed_at(word) == word.strip()


def test_a_time_with_offset_comes_back_in_utc() -> None:
    moment = disposed_at("2026-11-24T08:00:00+07:00")
    assert moment == datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
    assert isinstance(moment, datetime)
    assert moment.tzinfo is UTC


@pytest.mark.parametrize("text", ["", "Received", "kemarin", "2026-11-24", "2026-11-24T08:00:00"])
def test_anything_else_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(ValueError, match="write received, import or a time with offset") as error:
        disposed_at(text)
    assert repr(text) in str(error.value)
