"""PURE: what a phone sent here, whichever provider brought it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from config.terms import Channel


@dataclass(frozen=True, slots=True)
class Media:
    """Something that came with a message, still at the provider."""

    url: str
    content_type: str


@dataclass(frozen=True, slots=True)
class Place:
    """A location that was sent along; degrees, and what the phone calls it."""

    latitude: float
    longitude: float
    address: str | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Arrived:
    """One message from a phone.

    `sid` is the provider's id: the same one twice is the same message. `sender` is E.164, or
    `ID.…` of a WhatsApp user without a telephone number. `received_at` is aware.
    """

    sid: str
    channel: Channel
    sender: str
    text: str
    received_at: datetime
    to: str = ""
    segments: int = 1
    """How many SMS parts the text was put together from."""
    media: tuple[Media, ...] = ()
    place: Place | None = None
    button: str | None = None
    """The id of a quick-reply button that was pressed; `text` is what stood on it."""
    replied_sid: str | None = None
    """The provider's id of our message that this one answers or quotes."""
    profile: str | None = None
    """What the person calls himself on WhatsApp."""
    opt_out: str | None = None
    """STOP, START or HELP, where the provider itself has already acted on such a word."""
    unread: tuple[str, ...] = field(default=())
    """Names of fields of the provider that said something nobody here understood."""

    def dumps(self) -> str:
        """Return it as one line of JSON; it holds personal data."""
        values = asdict(self) | {"received_at": self.received_at.isoformat()}
        return json.dumps(values, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def loads(cls, text: str) -> Arrived:
        """Return what `dumps` wrote."""
        values: dict[str, Any] = json.loads(text)
        place = values["place"]
        return cls(
            **values
            | {
                "channel": Channel(values["channel"]),
                "received_at": datetime.fromisoformat(values["received_at"]),
                "media": tuple(Media(**one) for one in values["media"]),
                "place": Place(**place) if place is not None else None,
                "unread": tuple(values["unread"]),
            }
        )
