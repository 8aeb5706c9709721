"""A user of the console at work in an office under test."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot import handling
from bot.handling import Do, Handled
from tests import accounts
from tests.database.office import Office


class Clerk:
    """An operator who acts on complaints, and takes back what he did."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.id = accounts.add(office.opened, "operator", nama="Contoh Operator", password=None)

    def does(self, verb: str, ids: list[int], do: Do, when: datetime) -> Handled:
        return handling.handle(self.office.opened, self.id, verb, ids, when, do)

    def undoes(self, action: int | None, when: datetime) -> tuple[list[str], list[Any]]:
        assert action is not None
        return handling.undo(self.office.opened, self.id, action, when)
