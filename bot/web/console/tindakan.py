"""Taking back what one has just done."""

from __future__ import annotations

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
    why = "; ".join(f"{number}: {reason}" for number, reason in done.refused)
    if not done.done:
        raise RefusedError(why or "tidak ada aduan yang dipilih")
    shown = ", ".join(done.done[:SHOWN])
    more = len(done.done) - SHOWN
    if more > 0:
        shown += _(" and %(more)d more") % {"more": more}
    told = f"{what}: {shown}."
    if why:
        told = _("%(told)s Not done: %(why)s.") % {"told": told, "why": why}
    back = visit.console.came_from(visit.request, otherwise)
    return visit.go(back, told, level="warning" if why else "success", undo=done.action)


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
            raise RefusedError("; ".join(f"{number}: {why}" for number, why in left))
        told = _("Taken back: %(numbers)s.") % {"numbers": ", ".join(done)}
        if left:
            why = "; ".join(f"{number}: {why}" for number, why in left)
            return visit.go(
                self.console.came_from(visit.request, "/"),
                _("%(told)s Not taken back: %(why)s.") % {"told": told, "why": why},
                level="warning",
            )
        return visit.back("/", told)
