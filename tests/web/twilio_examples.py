"""Messages that the tests of the Twilio gateway send; the number is fictional."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from bot.channels.gateway import Outgoing
from config.terms import Channel

TO = "+6281200000001"
WHATSAPP = "whatsapp:+15550001111"
NOW = datetime.now(UTC)
SMS = Outgoing(7, TO, "Aduan baru\nuntuk Anda", Channel.SMS, NOW)
CHAT = replace(SMS, channel=Channel.WHATSAPP)
