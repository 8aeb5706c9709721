"""How long there is left, in words: status is never told by colour alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.web.console.words import gettext as _
from scheduler.working_days import Calendar


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of a limit: `late` once it is over, `today` on its last day."""

    text: str
    late: bool = False
    today: bool = False


def left(limit_at: datetime | None, at: datetime, calendar: Calendar) -> Left | None:
    """Return what is left of a limit at `at` in working days of a calendar; None: no limit."""
    if limit_at is None:
        return None
    day, end = calendar.local_date(at), calendar.local_date(limit_at)
    if limit_at < at:
        days = calendar.count(end, day)
        text = _("%(n)d working days late") % {"n": days} if days else _("late since today")
        return Left(text, late=True)
    if day == end:
        return Left(_("until today"), today=True)
    return Left(_("%(n)d working days left") % {"n": calendar.count(day, end)})
