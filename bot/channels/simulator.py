"""Simulated phones: the default gateway, with inboxes in the database. It needs no keys.

It keeps its side of the wire in a transaction of its own, as a provider would: a worker that dies
between sending and recording leaves the message in the inbox, to be found again by a look-up.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.channels.gateway import OutcomeUnknownError, Outgoing, Senders, Sent
from config.terms import Channel, NoticeStatus, Reaction
from scheduler.store import phones
from scheduler.store.sealed import Seal
from scheduler.store.session import Engine, reading, writing

SENDER = "INGAT"


class Simulator:
    """Delivers every message at once into the inbox of a simulated phone."""

    threads = 1
    per_second: int | None = None

    def __init__(self, engine: Engine, seal: Seal) -> None:
        """Keep the inboxes in this database; numbers are stored only as their blind index."""
        self.senders = Senders({Channel.SMS: SENDER}, frozenset({Channel.SMS}))
        self._engine = engine
        self._seal = seal

    def send(self, message: Outgoing) -> Sent:
        """Put the message into the phone's inbox; it is delivered."""
        with writing(self._engine) as connection:
            sid = phones.put(
                connection, self._seal.blind(message.to), SENDER, message.text, message.at
            )
        return Sent(sid, NoticeStatus.DELIVERED)

    def look_up(self, message: Outgoing, since: datetime) -> Sequence[Sent]:
        """Return what the inbox holds from this sender with this text.

        Of another gateway's message it knows nothing, so not that it was never sent either.
        """
        if message.sender not in (None, SENDER):
            raise OutcomeUnknownError("simulator")
        blind = self._seal.blind(message.to)
        with reading(self._engine) as connection:
            sids = phones.find(connection, blind, SENDER, message.text)
        return [Sent(sid, NoticeStatus.DELIVERED) for sid in sids]

    def fetch(self, sid: str) -> Sent | None:
        """Raise `OutcomeUnknownError`: its own are delivered at once, so it is another's."""
        raise OutcomeUnknownError("simulator")

    def reaction(self, code: str | None) -> Reaction:
        """No simulated phone ever reports an error."""
        return Reaction.NEXT
