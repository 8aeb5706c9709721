"""WhatsApp through Twilio and SMS through an Android phone, as one gateway.

It is Twilio's in everything but SMS: webhooks, templates and account stay where they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.channels import sms_gate_words
from bot.channels.gateway import GatewayError, Outgoing, Senders, Sent
from bot.channels.sms_gate import SmsGate
from bot.channels.twilio_errors import UNREACHABLE
from bot.channels.twilio_gateway import TwilioGateway
from config.settings import Settings
from config.terms import Channel, Reaction


class CombinedGateway(TwilioGateway):
    """Routes by channel; what was sent before the phone was there is still asked of Twilio."""

    def __init__(self, settings: Settings) -> None:
        """Use both accounts of the settings; nothing is sent yet."""
        super().__init__(replace(settings, twilio_sms_from=None))
        self.phone = SmsGate(settings)
        self._number = self.phone.senders.by_channel[Channel.SMS]
        self.senders = Senders(
            {**self.senders.by_channel, **self.phone.senders.by_channel},
            self.senders.two_way - {Channel.SMS} | self.phone.senders.two_way,
            self.phone.senders.per_minute,
        )

    def send(self, message: Outgoing) -> Sent:
        """Post one message, once; raise `GatewayError` or `OutcomeUnknownError`.

        A phone that is switched off rests by itself: it must not hold up WhatsApp.
        """
        if message.channel is not Channel.SMS:
            return super().send(message)
        try:
            return self.phone.send(message)
        except GatewayError as error:
            if error.code != UNREACHABLE:
                raise
            away = sms_gate_words.AWAY
            raise GatewayError(away, permanent=False, reaction=Reaction.CHANNEL_OFF) from None

    def look_up(self, message: Outgoing, since: datetime) -> Sequence[Sent]:
        """Return what whoever took the message holds of it."""
        if message.channel is Channel.SMS and message.sender in {None, self._number}:
            return self.phone.look_up(message, since)
        return super().look_up(message, since)

    def fetch(self, sid: str) -> Sent | None:
        """Return what became of a message; None where nobody has one with this id."""
        if sms_gate_words.attempt_of(sid) is not None:
            return self.phone.fetch(sid)
        return super().fetch(sid)

    def reaction(self, code: str | None) -> Reaction:
        """Return what follows from an error code, Twilio's or the phone's."""
        if code is not None and code != UNREACHABLE and sms_gate_words.is_code(code):
            return self.phone.reaction(code)
        return super().reaction(code)

    def webhooks(self) -> Sequence[tuple[str, str]]:
        """Return the webhooks that are registered in the app: event and address."""
        return self.phone.webhooks()
