"""Open duties handed to another officer during a leave."""

from __future__ import annotations

from starlette.responses import Response

from bot.web.console.access import Right
from bot.web.console.page import Page, Visit, get


class SerahTerima(Page):
    """Open duties handed to another officer during a leave."""

    menu_label = "Handover"
    icon = "fa-solid fa-people-arrows"
    path = "/serah-terima"
    right = Right.HAND_OVER
    order = 7

    @get("", Right.HAND_OVER)
    def show(self, visit: Visit) -> Response:
        """Show the page."""
        return visit.page("beranda.html")
