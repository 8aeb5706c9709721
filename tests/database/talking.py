"""Phones that talk with an installation under test, through the listener that hears real ones."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from bot.compose import Installation
from config.terms import Channel
from scheduler.inbound import Arrived
from scheduler.phones import normalise
from scheduler.store.dialogue_tables import InboundMessage
from scheduler.store.messaging_tables import Notice
from scheduler.store.phones import inbox
from scheduler.store.session import reading
from scheduler.store.tables import Phone

WIB = ZoneInfo("Asia/Jakarta")


def at(text: str | datetime) -> datetime:
    """A moment in the installation's zone, as UTC; one that is a moment already stays it."""
    if isinstance(text, datetime):
        return text
    return datetime.fromisoformat(text).replace(tzinfo=WIB).astimezone(UTC)


class Phones:
    """Every phone of a story. Numbers are fictional and may be written as in the directory."""

    def __init__(self, opened: Installation) -> None:
        self.opened = opened
        self._sids = 0
        self._read: dict[str, int] = {}

    def says(
        self,
        number: str,
        text: str,
        at: str | datetime,
        channel: Channel = Channel.SMS,
        **fields: Any,
    ) -> str:
        """Send a message, have it heard at once, and return what became of it (its `effect`).

        A message that could not be heard fails the test. `fields` are those of `Arrived`: button,
        media, place, replied_sid, sid.
        """
        one = self.arrived(number, text, at, channel, **fields)
        self.opened.hear([one])
        heard = self.opened.listen(one.received_at)
        assert not heard.problems, heard.problems
        return self.effect(one.sid)

    def arrived(
        self,
        number: str,
        text: str,
        at_: str | datetime,
        channel: Channel = Channel.SMS,
        **fields: Any,
    ) -> Arrived:
        """A message as a gateway would bring it, with an id of its own; nothing is stored."""
        self._sids += 1
        sid = fields.pop("sid", f"SMtest{self._sids:06}")
        return Arrived(sid, channel, normalise(number), text, at(at_), **fields)

    def effect(self, sid: str) -> str:
        """What became of a message."""
        with reading(self.opened.engine) as connection:
            effect = connection.execute(
                select(InboundMessage.effect).where(InboundMessage.sid == sid)
            ).scalar_one()
        assert effect is not None, "not heard"
        return effect

    def replies(self, number: str) -> list[str]:
        """Every reply to a phone so far, as it was decided: also those that are not sent yet."""
        blind = self.opened.seal.blind(normalise(number))
        with reading(self.opened.engine) as connection:
            rows = connection.execute(
                select(Notice.body)
                .join(Phone, Phone.id == Notice.phone_id)
                .where(Phone.blind == blind, Notice.body.is_not(None))
                .order_by(Notice.id)
            ).scalars()
            return [body for body in rows if body is not None]

    def reply(self, number: str) -> str:
        """The last reply to a phone."""
        return self.replies(number)[-1]

    def hears(self, number: str) -> list[str]:
        """What arrived on a simulated phone since it was asked the last time (after a pass)."""
        blind = self.opened.seal.blind(normalise(number))
        with reading(self.opened.engine) as connection:
            texts = [text for _, phone, text in inbox(connection) if phone == blind]
        seen = self._read.get(number, 0)
        self._read[number] = len(texts)
        return texts[seen:]
