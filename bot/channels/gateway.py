"""What a channel to phones must do: the protocol that every gateway fills.

A gateway sends once and says what it knows. It never retries by itself: whether an outcome that
is not known may be tried again is decided by the dispatcher, after a look-up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from config.terms import Channel, NoticeStatus


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to POST. `to` is E.164; `at` is the time of the pass that sends it."""

    attempt_id: int
    to: str
    text: str
    channel: Channel
    at: datetime


@dataclass(frozen=True, slots=True)
class Sent:
    """What the provider answered: its id for the message, and accepted or delivered."""

    sid: str
    status: NoticeStatus


class GatewayError(Exception):
    """The provider refused: it never accepted the message.

    `permanent` refusals are not tried again; others go out with a later pass.
    """

    def __init__(self, code: str, *, permanent: bool) -> None:
        """Keep the provider's own code; it never holds a phone number."""
        super().__init__(code)
        self.code = code
        self.permanent = permanent


class OutcomeUnknownError(Exception):
    """The line broke: the provider may or may not have the message. Never simply sent again."""


class Gateway(Protocol):
    """A way to phones."""

    channel: Channel
    """The channel it sends on."""
    sender: str
    """The From it sends under."""
    two_way: bool
    """Whether the person can answer on it, so that hints to reply make sense."""

    def send(self, message: Outgoing) -> Sent:
        """Send one message; raise `GatewayError` or `OutcomeUnknownError`."""
        ...

    def look_up(self, message: Outgoing, since: datetime) -> Sequence[Sent]:
        """Return what the provider holds to this number, under this sender, with this text.

        `since` is database time. Raises `OutcomeUnknownError` when the provider cannot be asked.
        """
        ...
