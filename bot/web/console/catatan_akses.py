"""Who was shown personal data, and when."""

from __future__ import annotations

from starlette.responses import Response

from bot.web.console.access import Right
from bot.web.console.page import Page, Visit, get


class CatatanAkses(Page):
    """Who was shown personal data, and when."""

    menu_label = "Access log"
    icon = "fa-solid fa-eye"
    path = "/catatan-akses"
    right = Right.SEE_ACCESS_LOG
    order = 9

    @get("", Right.SEE_ACCESS_LOG)
    def show(self, visit: Visit) -> Response:
        """Show the page."""
        return visit.page("beranda.html")
