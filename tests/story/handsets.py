"""Telephones as stories use them: they say something, and expect what they get."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, Self
from zoneinfo import ZoneInfo

from config.terms import Channel
from tests.story.wires import Landed

WIB = ZoneInfo("Asia/Jakarta")
DAYS = ("Sen", "Sel", "Rab", "Kam", "Jum", "Sab", "Min")
OWN_NUMBER = re.compile(r"SPG-\d{4}-\d{4,}")

Saying = tuple["Phone", str, Channel, Mapping[str, Any]]


class Exchange(Protocol):
    """What carries messages to and from phones."""

    got: list[Got]
    told: bool

    def send(self, messages: Sequence[Saying]) -> None:
        """Let phones write, all at this moment."""
        ...


@dataclass
class Got:
    """A message that a phone got, and when by the town's clock."""

    landed: Landed
    at: datetime
    phone: Phone | None = None
    claimed: bool = False

    def __str__(self) -> str:
        return f"{clock_of(self.at)} {self.landed.channel}: {self.text}"

    @property
    def text(self) -> str:
        return self.landed.text

    @property
    def number(self) -> str:
        """The complaint's own number in it."""
        found = OWN_NUMBER.search(self.text)
        assert found, f"no number of a complaint in: {self.text}"
        return found[0]

    def lacks(self, *words: str) -> Self:
        """Fail if any of these stands in it."""
        for word in words:
            assert word.casefold() not in self.text.casefold(), f"{word!r} stands in: {self.text}"
        return self

    def presses(self, title: str) -> None:
        """Press one of its buttons."""
        buttons = self.landed.buttons
        assert title in buttons, f"no button {title} among {[*buttons]} of: {self.text}"
        self.replies(title, button=buttons[title])

    def replies(self, text: str, **said: Any) -> None:
        """Answer it by quoting it."""
        assert self.phone is not None
        self.phone.says(text, quoting=self.landed.sid, channel=self.landed.channel, **said)


@dataclass(eq=False)
class Phone:
    """A telephone, by whom it belongs to; `channel` is the one its owner writes on."""

    town: Exchange
    name: str
    number: str
    channel: Channel = Channel.WHATSAPP

    def says(self, text: str = "", *, channel: Channel | None = None, **said: Any) -> None:
        """Send a message: it is stored, heard and answered before this returns.

        `said`: place, photos, quoting, button as in `Said`.
        """
        self.town.send([(self, text, channel or self.channel, said)])

    def expects(
        self, *words: str, at: str | None = None, channel: Channel | None = None, lacks: str = ""
    ) -> Got:
        """Claim the first unclaimed message with all these words in it.

        `at`: it came at this time (a weekday and a time, or a time); `channel`: on this one.
        """
        __tracebackhide__ = True
        for got in self.unclaimed:
            text = " ".join(got.text.replace("*", "").split()).casefold()  # * is bold
            if all(word.casefold() in text for word in words):
                got.claimed, got.phone = True, self
                assert at is None or clock_of(got.at).endswith(at), f"not at {at}: {got}"
                assert channel in {None, got.landed.channel}, f"not on {channel}: {got}"
                return got.lacks(*filter(None, [lacks]))
        there = "".join(f"\n    {got}" for got in self.unclaimed) or " nothing"
        earlier = "".join(f"\n    {got}" for got in self.all if got.claimed)
        self.town.told = True
        raise AssertionError(
            f"{self.name} expected {words}, got:{there}"
            + (f"\n  claimed before:{earlier}" if earlier else "")
        )

    def hears_nothing(self) -> None:
        """Fail if there is a message nobody claimed."""
        assert not self.unclaimed, "".join(f"\n    {got}" for got in self.unclaimed)

    @property
    def all(self) -> list[Got]:
        return [got for got in self.town.got if got.landed.number == self.number]

    @property
    def unclaimed(self) -> list[Got]:
        return [got for got in self.all if not got.claimed]


def clock_of(moment: datetime) -> str:
    local = moment.astimezone(WIB)
    return f"{DAYS[local.weekday()]} {local:%H.%M}"
