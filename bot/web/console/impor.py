"""Exports of SP4N: dragged in, read by a worker, watched here."""

from __future__ import annotations

from starlette.responses import Response

from bot.web.console.access import Right
from bot.web.console.page import Page, Visit, get


class Impor(Page):
    """Exports of SP4N: dragged in, read by a worker, watched here."""

    menu_label = "Import"
    icon = "fa-solid fa-file-import"
    path = "/kotak-masuk/impor"
    right = Right.IMPORT
    order = 0

    @get("", Right.IMPORT)
    def show(self, visit: Visit) -> Response:
        """Show the page."""
        return visit.page("beranda.html")
