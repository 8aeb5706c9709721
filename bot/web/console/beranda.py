"""Beranda: what stands where, and what needs somebody now."""

from __future__ import annotations

from starlette.responses import Response

from bot.web.console.access import Right
from bot.web.console.page import Page, Visit, get


class Beranda(Page):
    """The first page."""

    menu_label = "Overview"
    icon = "fa-solid fa-gauge"
    path = "/"
    right = Right.SEE_BOARD
    order = 1

    @get("", Right.SEE_BOARD)
    def show(self, visit: Visit) -> Response:
        """Show the figures; each leads to its list."""
        return visit.page("beranda.html")
