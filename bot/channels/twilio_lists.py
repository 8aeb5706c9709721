"""Going through what Twilio lists; the official client is handed in, and its errors pass."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from bot.channels.incoming import TooManyError, Unknown
from bot.channels.twilio_inbound import MOST_MEDIA, is_own, listed_inbound
from bot.channels.twilio_words import WHATSAPP, is_service
from scheduler.inbound import Arrived

PAGE: Final = 100
PAGES: Final = 20
"""A look-up that is not over after so many pages has no answer."""


def listed(messages: Any, given: Mapping[str, object]) -> Iterator[Any]:
    """Go through the messages that fit, the newest first; raise `TooManyError` without an end."""
    page = messages.page(**given, page_size=PAGE)
    for _ in range(PAGES):
        yield from page
        page = page.next_page()
        if page is None:
            return
    raise TooManyError("too many messages to look through")


def received(
    client: Any,
    senders: Collection[str],
    span: tuple[datetime, datetime],
    at: datetime,
    unknown: Unknown,
) -> list[Arrived]:
    """Return what is listed to our senders within a span (UTC) and is unknown, the oldest first."""
    after, before = span
    held = {
        each.sid: each
        for to in _receivers(client, senders)
        for each in listed(
            client.messages, {"to": to, "date_sent_after": after, "date_sent_before": before}
        )
        if each.direction == "inbound"
    }
    new = unknown(held)
    # The newest come first, and moments are whole seconds: of the same one, the later stays later.
    found = (
        listed_inbound(each, _media(client.messages, each), client.account_sid, at)
        for sid, each in reversed(held.items())
        if sid in new
    )
    kept = (one for one in found if one is not None and not is_own(one, senders))
    return sorted(kept, key=lambda one: one.received_at)


def _receivers(client: Any, senders: Collection[str]) -> Iterator[str]:
    """Return the addresses that people write to; a sender that is a name has none."""
    for sender in senders:
        if is_service(sender):
            service = client.messaging.v1.services(sender)
            yield from (each.phone_number for each in service.phone_numbers.stream())
            yield from (each.sender for each in service.channel_senders.stream())
        elif sender.removeprefix(WHATSAPP).startswith("+"):
            yield sender


def _media(messages: Any, held: Any) -> list[tuple[str, str]]:
    """Return id and type of what came with a message."""
    if held.num_media in {None, "0"}:
        return []
    found = messages(held.sid).media.list(limit=MOST_MEDIA)
    return [(str(each.sid), str(each.content_type or "")) for each in found]
