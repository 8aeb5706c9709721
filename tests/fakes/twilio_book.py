"""What the fake Twilio remembers: messages, templates, what it was told to do, what arrived."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from random import Random
from typing import Any
from urllib.parse import parse_qs, urlsplit

ACCOUNT = "AC" + "0" * 32
TOKEN = "token-of-the-fake"
SERVICE_NUMBER = "+15005550006"
"""What a messaging service sends from."""

FAULTS = (
    "429",  # turned away, with Retry-After
    "500_before",
    "500_after",
    "cut_before",
    "cut_after",
    "slow_before",
    "slow_after",
    "garbled_after",  # a 201 that cannot be read
    "empty_after",
    "nosid_after",
    "redirect_before",
    "problem_before",  # a refusal as RFC 9457 writes it
    "html_before",  # a 403 of something on the way
)
"""Faults before and after a message is accepted."""


@dataclass
class Rules:
    """How the fake behaves; every probability is drawn from one seeded source."""

    latency_s: float = 0.0
    slow_s: float = 30.0
    listing_lag_s: float = 0.0
    unfiltered: bool = False
    """Lists pay no heed to To and From."""
    retry_after: str | None = "1"
    faults: dict[str, float] = field(default_factory=dict)
    """Probability of each fault of a new message."""
    list_faults: dict[str, float] = field(default_factory=dict)
    """Probability of each `_before` fault of a list or a fetch."""
    lost: float = 0.0
    """Probability that a callback is never sent."""
    repeated: float = 0.0
    late: float = 0.0
    late_s: float = 0.0
    shuffle_s: float = 0.0
    """Callbacks wait up to so long, each for itself, and so overtake each other."""
    report: list[list[Any]] = field(default_factory=lambda: [["sent", 0], ["delivered", 0]])
    """What becomes of a message: steps of [status, seconds after the step before, error code]."""
    callback_base: str | None = None
    """Where callbacks really go, whatever host they are addressed to and signed for."""
    media_to: str = "https://mms.twiliocdn.com/{account}/{sid}?Expires=1&Signature=x"
    """Where a media resource redirects to; `{sid}` is the id of the file."""
    media_status: int = 307
    account_status: str = "active"
    geo: bool = True
    senders: dict[str, str] = field(default_factory=dict)
    """The account's senders and services, each with its status."""


@dataclass
class Message:
    """One accepted message."""

    sid: str
    to: str
    sender: str
    body: str
    callback: str | None
    service: str | None
    content_sid: str | None
    media: tuple[str, ...]
    arrived: float
    created: datetime
    status: str = "queued"
    error: int | None = None
    inbound: bool = False
    segments: int = 1

    @property
    def attempt_id(self) -> int | None:
        """The id in the address of its callback."""
        found = parse_qs(urlsplit(self.callback or "").query).get("a")
        return int(found[0]) if found else None

    def resource(self) -> dict[str, Any]:
        """Return it as Twilio's API shows it."""
        stamp = format_datetime(self.created)
        return {
            "account_sid": ACCOUNT,
            "api_version": "2010-04-01",
            "body": self.body,
            "date_created": stamp,
            "date_sent": stamp,
            "date_updated": stamp,
            "direction": "inbound" if self.inbound else "outbound-api",
            "error_code": self.error,
            "error_message": None,
            "from": self.sender,
            "messaging_service_sid": self.service,
            "num_media": str(len(self.media)),
            "num_segments": str(self.segments),
            "price": None,
            "price_unit": "USD",
            "sid": self.sid,
            "status": self.status,
            "subresource_uris": {},
            "to": self.to,
            "uri": f"/2010-04-01/Accounts/{ACCOUNT}/Messages/{self.sid}.json",
        }

    def record(self) -> dict[str, Any]:
        """Return it as a test wants it."""
        return {
            "sid": self.sid,
            "to": self.to,
            "from": self.sender,
            "body": self.body,
            "attempt_id": self.attempt_id,
            "arrived": self.arrived,
            "status": self.status,
            "error": self.error,
            "content_sid": self.content_sid,
            "media": list(self.media),
        }


class Book:
    """All of it."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.rules = Rules()
        self.messages: list[Message] = []
        self.inbound: list[Message] = []
        """What phones sent; `messages` is what was sent to them."""
        self.files: dict[str, tuple[str, bytes]] = {}
        """Media by id: what each is said to be, and its content."""
        self.by_sid: dict[str, Message] = {}
        self.by_to: dict[str, list[Message]] = defaultdict(list)
        self.scripted: deque[tuple[str, str]] = deque()
        """Faults of the next requests, in order: (message or list, fault)."""
        self.outcomes: list[dict[str, Any]] = []
        self.posts: list[tuple[float, str, str | None]] = []
        """Every POST of a message: when it arrived, its sender, the SID if it was accepted."""
        self.requests: list[dict[str, Any]] = []
        self.recording = False
        self.contents: dict[str, dict[str, Any]] = {}
        self.callbacks: list[dict[str, Any]] = []
        self.pending = 0
        self._number = 0

    def sid(self, prefix: str) -> str:
        """Return a new id."""
        self._number += 1
        return f"{prefix}{self._number:032x}"

    def fault(self, kind: str) -> str | None:
        """Return what goes wrong with this request: the next of the script, else by chance."""
        for place, (wanted, name) in enumerate(self.scripted):
            if wanted == kind:
                del self.scripted[place]
                return None if name == "ok" else name
        chances = self.rules.faults if kind == "message" else self.rules.list_faults
        if not chances:
            return None
        drawn = self.random.random()
        for name, chance in chances.items():
            drawn -= chance
            if drawn < 0:
                return name
        return None

    def outcome(self, to: str) -> dict[str, Any]:
        """Return what was said of messages to this address; the last word counts."""
        for said in reversed(self.outcomes):
            number, channel = said.get("to"), said.get("channel")
            if number is not None and number != to.removeprefix("whatsapp:"):
                continue
            if channel is not None and (channel == "whatsapp") != to.startswith("whatsapp:"):
                continue
            if said.get("times") is not None:
                if said["times"] <= 0:
                    continue
                said["times"] -= 1
            return dict(said)
        return {}

    def accept(self, form: Mapping[str, str], media: Iterable[str], body: str) -> Message:
        """Take a message; from now on it counts as sent."""
        message = Message(
            sid=self.sid("MM" if media else "SM"),
            to=form["To"],
            sender=form.get("From") or SERVICE_NUMBER,
            body=body,
            callback=form.get("StatusCallback"),
            service=form.get("MessagingServiceSid"),
            content_sid=form.get("ContentSid"),
            media=tuple(media),
            arrived=time.monotonic(),
            created=datetime.now(UTC),
        )
        self.messages.append(message)
        self.by_sid[message.sid] = message
        self.by_to[message.to].append(message)
        return message

    def take(self, message: Message) -> None:
        """Remember what a phone sent."""
        self.inbound.append(message)
        self.by_sid[message.sid] = message
        self.by_to[message.to].append(message)

    def listed(self, query: Mapping[str, str]) -> list[Message]:
        """Return what a list shows, the newest first; what is too new is not there yet."""
        until = time.monotonic() - self.rules.listing_lag_s
        if self.rules.unfiltered:
            query = {key: value for key, value in query.items() if key not in {"To", "From"}}
        everything = [*self.messages, *self.inbound]
        among = self.by_to.get(query["To"], []) if "To" in query else everything
        sender = query.get("From")
        after = _moment(query.get("DateSent>", ""))
        before = _moment(query.get("DateSent<", ""))
        return [
            message
            for message in reversed(among)
            if message.arrived <= until
            and sender in {None, message.sender}
            and (after is None or message.created.replace(microsecond=0) >= after)
            and (before is None or message.created.replace(microsecond=0) <= before)
        ]

    def peak(self, window_s: float, sender: str | None) -> int:
        """Return the most POSTs that arrived within any window of this length."""
        times = sorted(at for at, who, _ in self.posts if sender in {None, who})
        most = first = 0
        for last, at in enumerate(times):
            while times[first] <= at - window_s:
                first += 1
            most = max(most, last - first + 1)
        return most


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    moment = datetime.fromisoformat(text.removeprefix("="))
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
