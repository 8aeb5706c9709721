"""PURE: what Twilio says of a message that came in, read into `Arrived`.

A field that says something nobody understands is left out and named in `unread`: nothing in it
loses the message. New fields appear without notice and are not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from bot.channels.twilio_words import WHATSAPP
from config.terms import Channel
from scheduler.inbound import Arrived, Media, Place

MOST_MEDIA: Final = 10
"""What Twilio attaches to one message at most."""
LONGEST_URL: Final = 2000
LONGEST_NAME: Final = 200
"""Of what people call themselves or a place; more is nobody's name."""

_SID: Final = re.compile(r"(?:SM|MM)[0-9a-f]{32}")
_MEDIA_URL: Final = re.compile(r"MediaUrl(0|[1-9][0-9]?)")
_DEGREES: Final = re.compile(r"[+-]?[0-9]{1,3}(?:\.[0-9]{1,20})?")
_COUNT: Final = re.compile(r"[0-9]{1,3}")
_KEYWORDS: Final = frozenset({"STOP", "START", "HELP"})
_PREFIX: Final = re.compile(r"[a-z_]{2,20}:")


def read_inbound(form: Mapping[str, str], at: datetime) -> Arrived | None:
    """Return the message of a form, received `at` (aware); None where it has no message's id.

    NUL is taken out of every value; all else, control characters too, stays as it was sent.
    """
    params = {name: value.replace("\x00", "") for name, value in form.items()}
    sid = params.get("MessageSid") or params.get("SmsMessageSid") or params.get("SmsSid", "")
    if not _SID.fullmatch(sid):
        return None
    unread: list[str] = []
    channel, sender = _sender(params.get("From", ""), unread)
    quoted = params.get("OriginalRepliedMessageSid") or None
    return Arrived(
        sid=sid,
        channel=channel,
        sender=sender,
        text=_first(params, ("Body", "ButtonText", "ListTitle")),
        received_at=at,
        to=params.get("To", "")[:LONGEST_NAME],
        segments=_segments(params, unread),
        media=_media(params, unread),
        place=_place(params, unread),
        button=_first(params, ("ButtonPayload", "ListId")) or None,
        replied_sid=_understood("OriginalRepliedMessageSid", quoted, _SID, unread),
        profile=params.get("ProfileName", "").strip()[:LONGEST_NAME] or None,
        opt_out=_opt_out(params, unread),
        unread=tuple(unread),
    )


def listed_inbound(
    held: Any, media: Sequence[tuple[str, str]], account: str, at: datetime
) -> Arrived | None:
    """Return the message that Twilio's list holds, with the id and type of each of its media.

    It came in when Twilio says so, but not after `at`: clocks differ.
    """
    sent = held.date_sent or held.date_created or at
    form = {
        "MessageSid": held.sid or "",
        "From": held.from_ or "",
        "To": held.to or "",
        "Body": held.body or "",
        "NumSegments": held.num_segments or "",
        "NumMedia": str(len(media)),
    }
    for number, (sid, content_type) in enumerate(media):
        form[f"MediaUrl{number}"] = (
            f"https://api.twilio.com/2010-04-01/Accounts/{account}/Messages/{held.sid}/Media/{sid}"
        )
        form[f"MediaContentType{number}"] = content_type
    return read_inbound(form, min(sent.astimezone(UTC), at))


def is_own(arrived: Arrived, senders: Iterable[str]) -> bool:
    """Return whether a message came from one of our own senders: two programs in a loop."""
    return arrived.sender in {each.removeprefix(WHATSAPP) for each in senders}


def _sender(address: str, unread: list[str]) -> tuple[Channel, str]:
    """Return the channel of an address and who it is: E.164, or `ID.…` without a number."""
    address = address.strip()[:LONGEST_NAME]
    if address.startswith(WHATSAPP):
        return Channel.WHATSAPP, address.removeprefix(WHATSAPP).strip()
    if not address or _PREFIX.match(address):  # a channel we do not have
        unread.append("From")
    return Channel.SMS, address


def _first(params: Mapping[str, str], names: Iterable[str]) -> str:
    return next((params[name] for name in names if params.get(name)), "")


def _understood(
    name: str, value: str | None, pattern: re.Pattern[str], unread: list[str]
) -> str | None:
    if value is None or pattern.fullmatch(value):
        return value
    unread.append(name)
    return None


def _segments(params: Mapping[str, str], unread: list[str]) -> int:
    value = params.get("NumSegments", "")
    if not value or value == "0":  # WhatsApp has none
        return 1
    return int(_understood("NumSegments", value, _COUNT, unread) or "1") or 1


def _media(params: Mapping[str, str], unread: list[str]) -> tuple[Media, ...]:
    """Return what is there, in order, whatever NumMedia says."""
    numbers = sorted(int(found[1]) for name in params if (found := _MEDIA_URL.fullmatch(name)))
    urls = {number: params[f"MediaUrl{number}"] for number in numbers}
    media = tuple(
        Media(url, params.get(f"MediaContentType{number}", "")[:LONGEST_NAME])
        for number, url in urls.items()
        if url and len(url) <= LONGEST_URL
    )[:MOST_MEDIA]
    if params.get("NumMedia", "0") != str(len(media)):
        unread.append("NumMedia")
    return media


def _place(params: Mapping[str, str], unread: list[str]) -> Place | None:
    """Return the location; words without degrees, or degrees off the globe, are none."""
    latitude = _degrees("Latitude", 90, params, unread)
    longitude = _degrees("Longitude", 180, params, unread)
    words = {
        name: params.get(name, "").strip()[:LONGEST_NAME] or None for name in ("Address", "Label")
    }
    if latitude is None or longitude is None:
        unread += [name for name, value in words.items() if value]
        return None
    return Place(latitude, longitude, words["Address"], words["Label"])


def _degrees(name: str, most: int, params: Mapping[str, str], unread: list[str]) -> float | None:
    value = params.get(name, "").strip()
    if not value:
        return None
    if _DEGREES.fullmatch(value) and abs(float(value)) <= most:
        return float(value)
    unread.append(name)
    return None


def _opt_out(params: Mapping[str, str], unread: list[str]) -> str | None:
    word = params.get("OptOutType", "").strip().upper()
    if word and word not in _KEYWORDS:
        unread.append("OptOutType")
        return None
    return word or None
