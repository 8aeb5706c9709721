"""What must be typed into SP4N by hand, so that it stays true."""

from __future__ import annotations

from starlette.responses import Response

from bot.web.console.access import Right
from bot.web.console.page import Page, Visit, get


class Sp4n(Page):
    """What must be typed into SP4N by hand, so that it stays true."""

    menu_label = "SP4N work lists"
    icon = "fa-solid fa-arrow-right-arrow-left"
    path = "/sp4n"
    right = Right.SP4N_LISTS
    order = 5

    @get("", Right.SP4N_LISTS)
    def show(self, visit: Visit) -> Response:
        """Show the page."""
        return visit.page("beranda.html")
