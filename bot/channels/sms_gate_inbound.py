"""PURE: what the app on the phone tells us: whose words they are, and what they say.

The app signs the body with its time behind it (HMAC-SHA-256, hexadecimal), anew for each try; its
`id` of an SMS is a 32-bit hash and would collide. What is the same SMS is told by its content.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bot.channels.sms_gate_words import CANCELLED, attempt_of, code_of
from config.terms import Channel
from scheduler.inbound import Arrived
from scheduler.phones import normalise

FRESH_S: Final = 300
"""How far the phone's clock, at signing, may be from ours: what is older may be a replay."""

_TIMESTAMP: Final = re.compile(r"[0-9]{1,12}")
_SIGNATURE: Final = re.compile(r"[0-9a-f]{64}")
_BETWEEN: Final = re.compile(r"[\s().\-/]")
_E164: Final = re.compile(r"\+[1-9][0-9]{7,14}")
_HOME: Final = re.compile(r"(?:0|62)([1-9][0-9]{7,12})")

_RECEIVED: Final = "sms:received"
_BATCH: Final = "sms:batch:received"
_WORDS: Final = {
    "sms:sent": "sent",
    "sms:delivered": "delivered",
    "sms:failed": "failed",
    "sms:cancelled": "canceled",
}


class ForgedError(Exception):
    """Nobody with our key sent this, or long ago; the reason is one static word."""


class UnreadableError(Exception):
    """It is the app's, but says something nobody here understands; one static word."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the app says of one message of ours, in the words of `scheduler.delivery`."""

    sid: str
    word: str
    error: str | None
    attempt_id: int


def sign(key: str, body: bytes, timestamp: str) -> str:
    """Return the signature that the app gives a body at a time (seconds since 1970)."""
    return hmac.digest(key.encode(), body + timestamp.encode("ascii"), "sha256").hex()


def check(key: str, body: bytes, timestamp: str, signature: str, at: datetime) -> None:
    """Raise `ForgedError` unless the app signed this body within five minutes of `at` (aware)."""
    if not (_TIMESTAMP.fullmatch(timestamp) and _SIGNATURE.fullmatch(signature)):
        raise ForgedError("form")
    if not hmac.compare_digest(sign(key, body, timestamp), signature):
        raise ForgedError("signature")
    if abs(at.timestamp() - int(timestamp)) > FRESH_S:
        raise ForgedError("timestamp")


def read_event(
    body: bytes, at: datetime, own: str, blind: Callable[[str], bytes]
) -> tuple[Arrived, ...] | Told | None:
    """Return what an event brings, received `at`; None for one that is not for us.

    `own` is the SIM's number, `blind` a keyed hash of at least 16 bytes: the id of an SMS must not
    tell who sent it. Raises `UnreadableError`.
    """
    try:
        event = json.loads(body)
        name, payload = event["event"], event.get("payload")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise UnreadableError("no_event") from None
    if name is not None and not isinstance(name, str):
        raise UnreadableError("no_event")
    if name == _BATCH:
        messages = payload.get("messages") if isinstance(payload, dict) else None
        if not isinstance(messages, list):
            raise UnreadableError("no_messages")
        found = [_arrived(each, at, own, blind) for each in messages]
        return tuple(each for each in found if each is not None)
    if name == _RECEIVED:
        one = _arrived(payload, at, own, blind)
        return () if one is None else (one,)
    if name in _WORDS and isinstance(payload, dict):
        return _told(_WORDS[name], payload)
    return None


def sender_of(text: str) -> str | None:
    """Return the number of a person in E.164; None for what nobody can answer.

    Names ("TELKOMSEL") and short codes are operators, banks and advertisers, never a citizen: what
    they send is no complaint. A number in a form that is new to us is a person's all the same.
    """
    try:
        return normalise(text)
    except ValueError:
        plain = _BETWEEN.sub("", text)
    if _E164.fullmatch(plain):
        return plain
    home = _HOME.fullmatch(plain)
    return f"+62{home[1]}" if home else None


def _arrived(payload: Any, at: datetime, own: str, blind: Callable[[str], bytes]) -> Arrived | None:
    """Return one SMS; None where its sender is nobody to answer, or the SIM itself."""
    if not isinstance(payload, dict):
        raise UnreadableError("no_payload")
    given = payload.get("sender") or payload.get("phoneNumber")  # versions before 1.50 had one
    text = payload.get("message")
    if not isinstance(given, str) or not isinstance(text, str):
        raise UnreadableError("no_message")
    sender = sender_of(given)
    if sender is None or sender == own:
        return None
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    key = f"sms/{sender}/{_moment(payload.get('receivedAt'))}/{text}"
    return Arrived(
        sid=f"SG{blind(key).hex()[:32]}",
        channel=Channel.SMS,
        sender=sender,
        text=text,
        received_at=at,
        to=own,
    )


def _moment(value: object) -> str:
    """Return a time in milliseconds, whatever zone it was written in; nonsense as it is."""
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return str(value)
    return str(value) if moment.tzinfo is None else str(round(moment.timestamp() * 1000))


def _told(word: str, payload: Mapping[str, Any]) -> Told | None:
    sid = payload.get("messageId")
    attempt_id = attempt_of(sid) if isinstance(sid, str) else None
    if not isinstance(sid, str) or attempt_id is None:
        return None  # somebody else sends through the same phone
    error = None
    if word == "failed":
        reason = payload.get("reason")
        error = code_of(reason if isinstance(reason, str) else None)
    elif word == "canceled":
        error = CANCELLED
    return Told(sid, word, error, attempt_id)
