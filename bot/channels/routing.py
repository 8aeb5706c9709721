"""PURE: which way a message takes next, from what was tried and what is open.

WhatsApp as free text inside the 24-hour window, else as an approved template, else SMS; never on
acceptance alone, but when an attempt failed or was not delivered in time. What cannot arrive on
one channel goes to the next; what may go later on the same one waits for it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Final

from config.terms import Channel, NoticeStatus, Reaction
from scheduler.delivery import Known, Tried

AFTER_BUSY: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 4, 8, 15))
"""Pauses after a provider that took nothing, which may be tried for ever; the last one stays."""
LATER: Final = (timedelta(minutes=5), timedelta(minutes=30))
"""Pauses before a delayed retry; after the last one the next channel is taken."""
HANDSET_OFF: Final = (timedelta(hours=1), timedelta(hours=4))

_SPENT: Final = frozenset(
    {
        Reaction.NEXT,
        Reaction.UNREACHABLE,
        Reaction.INVALID,
        Reaction.NO_NUMBER,
        Reaction.OPTED_OUT,
        Reaction.CONTENT,
    }
)


@dataclass(frozen=True, slots=True)
class Way:
    """One way to a phone: a channel, on WhatsApp with or without a template."""

    channel: Channel
    template: bool = False


@dataclass(frozen=True, slots=True)
class Wait:
    """No way is open now; one is again at `until`, in the pass's own time."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Open:
    """What is open at the moment of a pass."""

    at: datetime
    senders: Mapping[Channel, str]
    """By channel, in order of preference."""
    stopped: Mapping[str, datetime] = field(default_factory=dict)
    """Senders that rest, and until when."""


def next_way(
    open_: Open,
    known: Mapping[Channel, Known],
    tried: Sequence[Tried],
    allowed: Collection[Channel],
    *,
    has_template: Callable[[], bool],
) -> Way | Wait | None:
    """Return the next way for a message, a moment to wait for, or None where all are spent.

    `known` is of the phone, `allowed` the channels its step may use; where the installation has
    none of them, any it has will do: a reminder is not lost to a word in a policy.
    `has_template` is asked only where a template is what is needed.
    """
    channels = [channel for channel in open_.senders if channel in allowed] or list(open_.senders)
    rests: datetime | None = None
    for channel in channels:
        before = [one for one in tried if one.channel is channel]
        about = known.get(channel, Known())
        if about.opted_out or (about.unusable_until and about.unusable_until > open_.at):
            continue
        way = _on(channel, about, before, open_.at, has_template)
        if way is None:
            continue
        until = open_.stopped.get(open_.senders[channel])
        if until is not None:
            rests = min(until, rests) if rests else until
            continue
        return way
    return Wait(rests) if rests else None


def where_he_wrote(
    open_: Open, known: Mapping[Channel, Known], *, reply: bool
) -> tuple[Open, Mapping[Channel, Known]] | None:
    """Return the ways to a person himself: first the channel that he last wrote on.

    None where he wants no messages on one of them: another is no way around that. A `reply` to
    what he wrote is what he asked for, and comes all the same.
    """
    if reply:
        known = {channel: replace(about, opted_out=False) for channel, about in known.items()}
    elif any(about.opted_out for about in known.values()):
        return None

    def never(channel: Channel) -> tuple[bool, float]:
        last = known[channel].last_inbound_at if channel in known else None
        return last is None, -last.timestamp() if last else 0.0

    senders = {channel: open_.senders[channel] for channel in sorted(open_.senders, key=never)}
    return replace(open_, senders=senders), known


def _on(
    channel: Channel,
    about: Known,
    before: Sequence[Tried],
    at: datetime,
    has_template: Callable[[], bool],
) -> Way | Wait | None:
    if any(one.reaction in _SPENT for one in before):
        return None
    later = _pause(before)
    if later is None:
        return None
    if later > at:
        return Wait(later)
    if channel is not Channel.WHATSAPP:
        return Way(channel)
    return _whatsapp(about, before, at, has_template)


def _whatsapp(
    about: Known, before: Sequence[Tried], at: datetime, has_template: Callable[[], bool]
) -> Way | None:
    """Free text inside the window; outside, or where it proved to be closed, a template once."""
    refused = [one for one in before if one.reaction is Reaction.TEMPLATE]
    inside = about.window_until is not None and about.window_until > at
    if inside and not refused:
        return Way(Channel.WHATSAPP)
    off = any(one.template and one.reaction is Reaction.TEMPLATE_OFF for one in before)
    if off or any(one.template for one in refused) or not has_template():
        return None
    return Way(Channel.WHATSAPP, template=True)


def _pause(before: Sequence[Tried]) -> datetime | None:
    """Return from when this channel may be tried again; None when it was tried often enough."""
    failed = [one for one in before if one.status is NoticeStatus.FAILED]
    if not failed:
        return _EVER
    last = failed[-1]
    for reaction, pauses in ((Reaction.LATER, LATER), (Reaction.HANDSET_OFF, HANDSET_OFF)):
        times = sum(one.reaction is reaction for one in failed)
        if times > len(pauses):
            return None
        if last.reaction is reaction:
            return last.pass_at + pauses[times - 1]
    if last.reaction is not Reaction.BUSY:
        return last.pass_at
    in_a_row = sum(1 for _ in takewhile(lambda one: one.reaction is Reaction.BUSY, failed[::-1]))
    return last.pass_at + AFTER_BUSY[min(in_a_row, len(AFTER_BUSY)) - 1]


_EVER: Final = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
