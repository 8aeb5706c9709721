"""PURE: what a provider's word on a message means, which word counts, what is known of a phone.

Reports come late, more than once and in any order, so words have ranks: a later stage replaces an
earlier one, what is final stays. Only `read` may follow `delivered`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from config.terms import Channel, NoticeStatus, Reaction

_DELIVERED: Final = ("delivered", "read")
_FAILED: Final = ("undelivered", "failed", "canceled")
_RANK: Final = {
    "scheduled": 1,
    "accepted": 2,
    "queued": 3,
    "sending": 4,
    "sent": 5,
    "partially_delivered": 6,
    **dict.fromkeys(_FAILED, 10),
    "delivered": 10,
    "read": 11,
}
HANDED_ON: Final = frozenset({"sent", "partially_delivered"})
"""The provider has passed the message to the network."""


def status_of(word: str) -> NoticeStatus | None:
    """Return what a provider's word comes to; None for one that nobody knows."""
    if word in _DELIVERED:
        return NoticeStatus.DELIVERED
    if word in _FAILED:
        return NoticeStatus.FAILED
    return NoticeStatus.ACCEPTED if word in _RANK else None


def advances(known: str | None, told: str) -> bool:
    """Return whether the word `told` replaces the one known so far."""
    if told not in _RANK:
        return False
    if known in _FAILED:
        return False
    return known is None or _RANK[told] > _RANK.get(known, 0)


@dataclass(frozen=True, slots=True)
class Tried:
    """An attempt that was made before for the same message."""

    channel: Channel
    template: bool
    status: NoticeStatus
    reaction: Reaction | None
    pass_at: datetime


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one phone on one channel."""

    unusable_until: datetime | None = None
    opted_out: bool = False
    window_until: datetime | None = None
    last_inbound_at: datetime | None = None
    """When its person last wrote there."""
