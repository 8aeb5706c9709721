"""Complaints of the counter, of letters and of the press."""

from __future__ import annotations

from starlette.responses import Response

from bot.web.console.access import Right
from bot.web.console.page import Page, Visit, get


class Entri(Page):
    """Complaints of the counter, of letters and of the press."""

    menu_label = "Type in"
    icon = "fa-solid fa-pen-to-square"
    path = "/entri"
    right = Right.ENTER
    order = 4

    @get("", Right.ENTER)
    def show(self, visit: Visit) -> Response:
        """Show the page."""
        return visit.page("beranda.html")
