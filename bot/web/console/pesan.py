"""What was told to whom, what could not be, and what comes next."""

from __future__ import annotations

from starlette.responses import Response

from bot.web.console.access import Right
from bot.web.console.page import Page, Visit, get


class Pesan(Page):
    """What was told to whom, what could not be, and what comes next."""

    menu_label = "Messages"
    icon = "fa-solid fa-comment-sms"
    path = "/pesan"
    right = Right.SEE_MESSAGES
    order = 6

    @get("", Right.SEE_MESSAGES)
    def show(self, visit: Visit) -> Response:
        """Show the page."""
        return visit.page("beranda.html")
