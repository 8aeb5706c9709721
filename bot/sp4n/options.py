"""What an import is told beside its file."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal, cast

from bot.sp4n.applier import DisposedAt
from config.calendar_overrides import FIRST_YEAR, LAST_YEAR


def disposed_at(text: str) -> DisposedAt:
    """Read when rows first seen disposed were disposed: received, import or a time (to UTC).

    Raises ValueError with a sentence that says what to write.
    """
    word = text.strip()
    if word in {"received", "import"}:
        return cast("Literal['received', 'import']", word)
    try:
        moment = datetime.fromisoformat(word)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError(
            f"{text!r}: write received, import or a time with offset, "
            "such as 2026-11-24T08:00:00+07:00"
        )
    return moment.astimezone(UTC)
