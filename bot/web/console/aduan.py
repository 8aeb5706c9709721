"""One complaint: everything that happened, and what can be done."""

from __future__ import annotations

from bot.web.console.access import Right
from bot.web.console.page import Page


class Aduan(Page):
    """One complaint: everything that happened, and what can be done."""

    path = "/aduan"
    right = Right.SEE_COMPLAINTS
    order = 0
