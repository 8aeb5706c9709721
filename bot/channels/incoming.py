"""What a gateway can do besides whose provider keeps what came in: messages and their media."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

from bot.channels.gateway import OutcomeUnknownError
from scheduler.inbound import Arrived

Unknown = Callable[[Collection[str]], Collection[str]]
"""Of the provider's ids, those that are not stored here yet."""


class TooManyError(OutcomeUnknownError):
    """More is listed than anybody reads through; ask for less time."""


class RefusedMediaError(Exception):
    """What came along is not kept; the reason is an Indonesian phrase for the people concerned."""


class MissingMediaError(Exception):
    """The provider has no such file, or not yet; the line to it is fine."""


@runtime_checkable
class Receiving(Protocol):
    """A gateway whose provider lists what came in."""

    def received(
        self, since: datetime, until: datetime, at: datetime, unknown: Unknown
    ) -> Sequence[Arrived]:
        """Return what came in between two moments (aware) and is `unknown`, the oldest first.

        A little more than was asked for may come. None was received after `at`. Raises
        `TooManyError` where it is too much to read, else `OutcomeUnknownError`.
        """
        ...


@runtime_checkable
class MediaKeeping(Protocol):
    """A gateway whose provider keeps the media of messages."""

    def media(self, url: str, most: int) -> bytes:
        """Return the content at an address that came with a message.

        Raises `RefusedMediaError` for an address that is not the provider's and for more than
        `most` bytes, `MissingMediaError` where the provider has none, and `GatewayError` or
        `OutcomeUnknownError` where it cannot be asked now.
        """
        ...
