"""How Twilio writes what we know under other names: addresses, statuses, texts, callbacks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from config.terms import Channel, NoticeStatus

if TYPE_CHECKING:
    from config.settings import Settings

STATUS_PATH = "/twilio/status"
"""Where delivery reports arrive, below PUBLIC_URL."""
INBOUND_PATH = "/twilio/inbound"
"""Where messages from phones arrive, below PUBLIC_URL."""
RETRY_REPORTS = "#rc=3&rp=all"
"""Asks Twilio to repeat a report three times, whatever went wrong; it never leaves Twilio."""

WHATSAPP = "whatsapp:"
TRIAL = "Sent from your Twilio trial account - "
"""What Twilio puts before the text of a message of a trial account."""

STATUSES = {
    "delivered": NoticeStatus.DELIVERED,
    "read": NoticeStatus.DELIVERED,
    "failed": NoticeStatus.FAILED,
    "undelivered": NoticeStatus.FAILED,
    "canceled": NoticeStatus.FAILED,
}
"""Words that end a message; with every other one it is on its way."""


def status_of(word: str | None) -> NoticeStatus:
    """Return how far a message has come, by Twilio's word for its status."""
    return STATUSES.get(word or "", NoticeStatus.ACCEPTED)


def address(channel: Channel, number: str) -> str:
    """Return an E.164 number, or a sender, as the channel spells it; prefixed ones stay."""
    if channel is not Channel.WHATSAPP or is_service(number):
        return number
    return WHATSAPP + number.removeprefix(WHATSAPP)


def is_service(sender: str) -> bool:
    """Return whether a sender is a messaging service, which picks the number itself."""
    return sender.startswith("MG") and len(sender) == 34


def senders(settings: Settings) -> Mapping[Channel, str]:
    """Return the configured sender of each channel, WhatsApp first, as Twilio spells it."""
    wanted = {
        Channel.WHATSAPP: settings.twilio_whatsapp_from,
        Channel.SMS: settings.twilio_sms_from,
    }
    return {
        channel: address(channel, sender.strip())
        for channel, sender in wanted.items()
        if sender and sender.strip()
    }


def callback_url(public_url: str | None, attempt_id: int) -> str | None:
    """Return where to report this attempt; None without a public address.

    The id binds the provider's SID even when we die before we could record it.
    """
    if not public_url:
        return None
    return f"{public_url.rstrip('/')}{STATUS_PATH}?a={attempt_id}{RETRY_REPORTS}"


def is_same_text(held: str | None, sent: str) -> bool:
    """Return whether the text Twilio holds is the one sent, whatever it did to its blanks."""
    plain = _plain(held or "")
    return plain in {_plain(sent), _plain(TRIAL + sent)}


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()
