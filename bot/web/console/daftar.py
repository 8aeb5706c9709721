"""The list of complaints that every figure opens."""

from __future__ import annotations

from starlette.responses import Response

from bot.web.console.access import Right
from bot.web.console.page import Page, Visit, get


class Daftar(Page):
    """The list of complaints that every figure opens."""

    menu_label = "Complaints"
    icon = "fa-solid fa-list"
    path = "/aduan"
    right = Right.SEE_COMPLAINTS
    order = 3

    @get("", Right.SEE_COMPLAINTS)
    def show(self, visit: Visit) -> Response:
        """Show the page."""
        return visit.page("beranda.html")
