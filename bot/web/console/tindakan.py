"""Taking back what one has just done."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from starlette.responses import Response

from bot import handling
from bot.handling import Handled
from bot.web.console.access import Right
from bot.web.console.forms import Form
from bot.web.console.page import Page, Visit, post
from bot.web.console.words import gettext as _
from scheduler.complaint import RefusedError

SHOWN: Final = 5
"""How many numbers a message names."""


def report(visit: Visit, done: Handled, what: str, otherwise: str) -> Response:
    """Lead back to where the form came from, and say what was done and what was refused.

    `what` is a sentence's beginning, such as "Didisposisikan ke DPUPR"; the numbers follow it.
    Raises `RefusedError` where nothing was done.
    """
    why = reasons(done.refused)
    if not done.done:
        raise RefusedError(why or "tidak ada aduan yang dipilih")
    told = f"{what}: {_some(done.done, ', ')}."
    if why:
        told = _("%(told)s Not done: %(why)s.") % {"told": told, "why": why}
    back = visit.console.came_from(visit.request, otherwise)
    return visit.go(back, told, level="warning" if why else "success", undo=done.action)


def reasons(refused: Iterable[tuple[str, str]]) -> str:
    """Return what was refused and why, by reason: of two hundred a message names a few.

    It travels in a cookie, and what is too large for one is not shown at all.
    """
    numbers: dict[str, list[str]] = {}
    for number, why in refused:
        numbers.setdefault(why, []).append(number)
    return _some([f"{_some(some, ', ')}: {why}" for why, some in numbers.items()], "; ")


def _some(parts: Sequence[str], between: str) -> str:
    shown = between.join(parts[:SHOWN])
    more = len(parts) - SHOWN
    return shown + _(" and %(more)d more") % {"more": more} if more > 0 else shown


class Nothing(Form):
    """A form without fields."""


class Tindakan(Page):
    """Actions of the console; `handling.handle` makes them."""

    path = "/tindakan"
    right = Right.ANSWER

    @post("/{id:int}/urungkan", Right.ANSWER, Nothing)
    def undo(self, visit: Visit, _form: Nothing, id: int) -> Response:  # noqa: A002
        """Take an action of one's own back, as far as nobody has been told of it."""
        done, left = handling.undo(visit.opened, visit.visitor.id, id, visit.at)
        if not done:
            raise RefusedError(reasons(left))
        told = _("Taken back: %(numbers)s.") % {"numbers": _some(done, ", ")}
        if left:
            why = reasons(left)
            return visit.go(
                self.console.came_from(visit.request, "/"),
                _("%(told)s Not taken back: %(why)s.") % {"told": told, "why": why},
                level="warning",
            )
        return visit.back("/", told)
