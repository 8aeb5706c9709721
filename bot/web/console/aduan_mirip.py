"""What one visitor learns of complaints that read like another: nothing of what he may not read.

That one is like another tells what the other says. So whoever may not read a complaint is told of
none that is like it, and of others only those that he may read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from bot.web.console import access
from bot.web.console.access import Right
from bot.web.console.page import Visit
from scheduler.store.dossier import Dossier, Line, Other

MERGED_WITH: Final = "digabung dengan"
"""How the reason begins why a duplicate is archived; a number follows."""
_ANOTHER: Final = f"{MERGED_WITH} aduan lain"


def readable(visit: Visit, it: Dossier, alike: Iterable[Other]) -> tuple[Other, ...]:
    """Return those of the complaints that are like one that the visitor may be told of."""
    return tuple(one for one in alike if _reads(visit, it) and _reads(visit, one))


def without_others(
    visit: Visit, it: Dossier, trail: Sequence[Line], told: Iterable[Other]
) -> tuple[Dossier, list[Line]]:
    """Return a complaint and its trail without the numbers of others than those he is told of.

    Kominfo, who merges complaints, is told all of them.
    """
    if visit.may(Right.HANDLE):
        return it, list(trail)
    numbers = {one.number for one in told}
    lines = [_line(line, numbers) for line in trail]
    return replace(it, alasan=_merged(it.alasan, numbers)), lines


def _reads(visit: Visit, one: Dossier | Other) -> bool:
    return access.sees_content(visit.visitor.wewenang, rahasia=one.rahasia, hidden=one.hidden)


def _line(line: Line, numbers: set[str]) -> Line:
    if line.event == "mirip":
        kept = [number for number in (line.note or "").split(", ") if number in numbers]
        return replace(line, note=", ".join(kept) or None)
    return replace(line, note=_merged(line.note, numbers))


def _merged(text: str | None, numbers: set[str]) -> str | None:
    """Return a reason for archiving; as what it was merged with only if he is told of that one."""
    number = (text or "").removeprefix(f"{MERGED_WITH} ")
    named = text is not None and number != text
    return _ANOTHER if named and number.lstrip("#") not in numbers else text
