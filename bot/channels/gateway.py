"""What a channel to phones must do: the protocol that every gateway fills.

A gateway sends once and says what it knows. It never retries by itself: whether an outcome that
is not known may be tried again is decided by the dispatcher, after a look-up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from config.terms import Channel, NoticeStatus, Reaction


@dataclass(frozen=True, slots=True)
class TemplateUse:
    """An approved template with the values of its variables, by their placeholder ("1", "2")."""

    sid: str
    variables: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to POST. `to` is E.164; `at` is the time of the pass that sends it.

    With a `template` the provider writes the text; `text` is what it will come to.
    """

    attempt_id: int
    to: str
    text: str
    channel: Channel
    at: datetime
    template: TemplateUse | None = None
    media_url: str | None = None
    sender: str | None = None
    """For a look-up: the From it was sent under, which may not be today's any more."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What the provider holds: its id for the message, and how far it has come.

    `word` is the provider's own status (`queued`, `sent`, `delivered` …), `error` its code where
    the message failed. `awaited`: whether a delivery will be reported.
    """

    sid: str
    status: NoticeStatus
    word: str | None = None
    error: str | None = None
    awaited: bool = False


class GatewayError(Exception):
    """The provider refused: it never accepted the message.

    `permanent` refusals are not tried again on the same way. `reaction` says what follows, by the
    provider's code; `pause_s` is how long a busy provider asked to be left alone.
    """

    def __init__(
        self,
        code: str,
        *,
        permanent: bool,
        reaction: Reaction | None = None,
        pause_s: float | None = None,
    ) -> None:
        """Keep the provider's own code; it never holds a phone number."""
        super().__init__(code)
        self.code = code
        self.permanent = permanent
        self.reaction = reaction or (Reaction.NEXT if permanent else Reaction.LATER)
        self.pause_s = pause_s


class OutcomeUnknownError(Exception):
    """The line broke: the provider may or may not have the message. Never simply sent again."""


@dataclass(frozen=True, slots=True)
class Senders:
    """What a gateway can send on, in the order of preference: the sender of each channel."""

    by_channel: Mapping[Channel, str]
    two_way: frozenset[Channel] = field(default_factory=frozenset)
    """Channels the person can answer on, so that hints to reply make sense."""
    per_minute: Mapping[Channel, int] = field(default_factory=dict)
    """Channels whose sender is slower than the gateway's `per_second`: the most in any minute."""

    @property
    def channels(self) -> tuple[Channel, ...]:
        """The channels, the preferred one first."""
        return tuple(self.by_channel)


class Gateway(Protocol):
    """A way to phones."""

    senders: Senders
    threads: int
    """How many messages it sends at a time."""
    per_second: int | None
    """How many it may send in any second from one sender, over all workers; None: no limit."""

    def send(self, message: Outgoing) -> Sent:
        """Send one message; raise `GatewayError` or `OutcomeUnknownError`."""
        ...

    def look_up(self, message: Outgoing, since: datetime) -> Sequence[Sent]:
        """Return what the provider holds to this number, under this sender, with this text.

        `since` is database time. Raises `OutcomeUnknownError` when the provider cannot be asked.
        """
        ...

    def fetch(self, sid: str) -> Sent | None:
        """Return what became of a message; None where the provider has none with this id.

        Raises `OutcomeUnknownError` when the provider cannot be asked.
        """
        ...

    def reaction(self, code: str | None) -> Reaction:
        """Return what follows from an error code that came with a delivery report."""
        ...
