"""The only place that reads the time; everything else is handed a moment."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """Return the present moment, UTC-aware."""
    return datetime.now(UTC)
