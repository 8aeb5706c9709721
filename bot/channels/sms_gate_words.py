"""PURE: how "SMS Gateway for Android" writes what we know under other names: ids, states, errors.

An id is ours: it names the attempt and the text it was frozen with. So a look-up asks for one
message and gets that one or none, even where a restored database counts attempts anew.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

from config.terms import NoticeStatus, Reaction
from scheduler import delivery

INBOUND_PATH: Final = "/sms/inbound"
"""Where the app's webhooks arrive, below PUBLIC_URL."""
EVENTS: Final = ("sms:received", "sms:sent", "sms:delivered", "sms:failed")
"""The webhooks that have to be registered in the app."""

_OURS: Final = re.compile(r"ingat-([1-9][0-9]{0,9})-[0-9a-f]{16}")
_MAX_ATTEMPT: Final = 2**31 - 1
"""The largest key of the table."""


def message_id(attempt_id: int, text: str) -> str:
    """Return the id an attempt's message has in the app; at most 33 characters of its 36."""
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return f"ingat-{attempt_id}-{digest[:16]}"


def attempt_of(sid: str) -> int | None:
    """Return the attempt that an id names; None for a message that is not ours."""
    found = _OURS.fullmatch(sid)
    if found is None or int(found[1]) > _MAX_ATTEMPT:
        return None
    return int(found[1])


# --- states -----------------------------------------------------------------------------------

WORDS: Final = {
    "Pending": "queued",
    "Cancelling": "queued",
    "Processed": "sending",
    "Sent": "sent",
    "Delivered": "delivered",
    "Failed": "failed",
    "Cancelled": "canceled",
}
"""The app's states in the words of `scheduler.delivery`. Processed is handed to Android's radio."""


def status_of(word: str) -> NoticeStatus:
    """Return how far a message has come, by our word for the app's state."""
    return delivery.status_of(word) or NoticeStatus.ACCEPTED


# --- errors -----------------------------------------------------------------------------------

AWAY: Final = "PHONE_AWAY"
"""Our own code: nobody answers at the phone's address."""
CANCELLED: Final = "CANCELLED"
"""Somebody took the message back in the app."""

_LONGEST: Final = 20
"""Characters of a code that the table of delivery reports keeps."""
_RESULT: Final = re.compile(r"\bRESULT_(?:ERROR_|RIL_)*([A-Z][A-Z_]*)")
_UNKNOWN: Final = re.compile(r"Send result: Unknown error code: (-?[0-9]{1,6})\b")
_DELIVERY: Final = re.compile(r"Delivery result\b.*: ([0-9]{1,3})")


def code_of(reason: str | None) -> str:
    """Return a short code for the app's sentence on a failure.

    The sentence itself may quote a telephone number, and is never kept.
    """
    reason = (reason or "").strip()
    if result := _RESULT.search(reason):
        return result[1][:_LONGEST]
    if unknown := _UNKNOWN.match(reason):
        return f"SEND_{unknown[1]}"
    if reason.startswith("Delivery result"):
        told = _DELIVERY.fullmatch(reason)
        return f"DELIVERY_{told[1]}" if told else "DELIVERY"
    if reason.startswith("TTL expired"):
        return "TTL_EXPIRED"
    if reason.startswith(("Can't send message", "sendSMS")):
        return "NOT_SENT"
    return "FAILED"


REACTIONS: Final = {
    # the phone itself: nothing leaves until somebody looks at it
    **dict.fromkeys(
        (
            AWAY,
            "RADIO_OFF",
            "NO_SERVICE",
            "RADIO_NOT_AVAILABLE",
            "SIM_ABSENT",
            "FDN_CHECK_FAILURE",
            "NO_DEFAULT_SMS_APP",
            "LIMIT_EXCEEDED",  # Android's own count: every further message would fail too
            "UNEXPECTED_EVENT_STO",
            "HTTP_401",
            "HTTP_403",
            "HTTP_404",
        ),
        Reaction.CHANNEL_OFF,
    ),
    # what we sent
    **dict.fromkeys(
        (
            "NULL_PDU",
            "INVALID_SMS_FORMAT",
            "ENCODING_ERROR",
            "ENCODING_ERR",
            "HTTP_400",
            "HTTP_413",
            "HTTP_422",
        ),
        Reaction.CONTENT,
    ),
    # too late, taken back, or refused by the network of the other side
    **dict.fromkeys(
        (
            "TTL_EXPIRED",
            CANCELLED,
            "DELIVERY",
            "SHORT_CODE_NOT_ALLOW",
            "SHORT_CODE_NEVER_ALL",
        ),
        Reaction.NEXT,
    ),
}
"""The reaction to each code that is not simply tried again."""

_EXPIRED: Final = 0x46
_TEMPORARY: Final = 0x60
"""TP-Status of 3GPP TS 23.040, 9.2.3.15: validity over; and from here on temporary errors."""


def is_code(code: str) -> bool:
    """Return whether a code is one of ours; Twilio's are digits."""
    return not code.isdecimal()


def reaction(code: str | None) -> Reaction:
    """Return what follows from a code: mostly the same way again, a few times at most."""
    if code is None:
        return Reaction.NEXT
    if code in REACTIONS:
        return REACTIONS[code]
    if code.startswith("DELIVERY_"):
        status = int(code.removeprefix("DELIVERY_"))
        off = status == _EXPIRED or status >= _TEMPORARY
        return Reaction.HANDSET_OFF if off else Reaction.NEXT
    return Reaction.LATER
