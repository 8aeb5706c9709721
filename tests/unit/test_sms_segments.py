from __future__ import annotations

import pytest

from config import gsm7
from config.gsm7 import segments


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ("GSM-7", 1)),
        ("a" * 160, ("GSM-7", 1)),
        ("a" * 161, ("GSM-7", 2)),
        ("a" * 306, ("GSM-7", 2)),
        ("a" * 307, ("GSM-7", 3)),
        ("€" * 80, ("GSM-7", 1)),
        ("a" + "€" * 80, ("GSM-7", 2)),
        # 153 septets hold 76 escaped characters; the escape is not parted from its character.
        ("€" * 152, ("GSM-7", 2)),
        ("€" * 153, ("GSM-7", 3)),
        ("`", ("UCS-2", 1)),
        ("道" * 70, ("UCS-2", 1)),
        ("道" * 71, ("UCS-2", 2)),
        ("道" * 134, ("UCS-2", 2)),
        ("道" * 135, ("UCS-2", 3)),
        ("😀" * 35, ("UCS-2", 1)),
        ("😀" * 36, ("UCS-2", 2)),
        ("😀" * 66, ("UCS-2", 2)),
        ("😀" * 67, ("UCS-2", 3)),
    ],
)
def test_segments(text: str, expected: tuple[str, int]) -> None:
    assert segments(text) == expected


def test_the_gsm7_alphabet_is_complete() -> None:
    assert len(gsm7.GSM7) == 127  # 128 less the escape
    assert len(gsm7.GSM7_EXTENSION) == 10
    assert not gsm7.GSM7 & gsm7.GSM7_EXTENSION
