"""What Kominfo does to complaints, one or many."""

from __future__ import annotations

from bot.web.console.access import Right
from bot.web.console.page import Page


class Penanganan(Page):
    """What Kominfo does to complaints, one or many."""

    path = "/penanganan"
    right = Right.HANDLE
    order = 0
