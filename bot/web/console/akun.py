"""One's own password and second factor."""

from __future__ import annotations

from starlette.responses import Response

from bot.web.console.access import Right
from bot.web.console.page import Page, Visit, get


class Akun(Page):
    """One's own password and second factor."""

    menu_label = "My account"
    icon = "fa-solid fa-user"
    path = "/akun"
    right = Right.OWN_ACCOUNT
    order = 0

    @get("", Right.OWN_ACCOUNT)
    def show(self, visit: Visit) -> Response:
        """Show the page."""
        return visit.page("beranda.html")
