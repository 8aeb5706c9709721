"""Sending by hand: messages wait until a person has sent them and says so.

The dispatcher only groups notices into messages; `bot.manual` shows them as links.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.channels.gateway import GatewayError, OutcomeUnknownError, Outgoing, Senders, Sent
from config.terms import Channel, Reaction
from scheduler.store.handwork import SENDER


class ManualGateway:
    """Sends nothing by itself, and knows nothing of what another gateway has sent before."""

    threads = 0
    per_second: int | None = None

    def __init__(self) -> None:
        """People send from their own WhatsApp; answers reach them, not the program."""
        self.senders = Senders({Channel.WHATSAPP: SENDER})

    def send(self, message: Outgoing) -> Sent:
        """Refuse: a person sends."""
        raise GatewayError("manual", permanent=False, reaction=Reaction.BUSY)

    def look_up(self, message: Outgoing, since: datetime) -> Sequence[Sent]:
        """Raise `OutcomeUnknownError`: there is no provider to be asked."""
        raise OutcomeUnknownError("manual")

    def fetch(self, sid: str) -> Sent | None:
        """Raise `OutcomeUnknownError`: there is no provider to be asked."""
        raise OutcomeUnknownError("manual")

    def reaction(self, code: str | None) -> Reaction:
        """Nothing reports an error; one that was left behind goes another way."""
        return Reaction.NEXT
