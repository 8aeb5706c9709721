"""What waits for Kominfo."""

from __future__ import annotations

from starlette.responses import Response

from bot.web.console.access import Right
from bot.web.console.page import Page, Visit, get


class KotakMasuk(Page):
    """What waits for Kominfo."""

    menu_label = "Inbox"
    icon = "fa-solid fa-inbox"
    path = "/kotak-masuk"
    right = Right.HANDLE
    order = 2

    @get("", Right.HANDLE)
    def show(self, visit: Visit) -> Response:
        """Show the page."""
        return visit.page("beranda.html")
