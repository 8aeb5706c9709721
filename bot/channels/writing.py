"""From messages that were leased to what can be posted now: still wanted, open, written."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from bot.channels.routing import Open, Wait, Way, next_way, where_he_wrote
from bot.texts import Writer
from config.terms import Channel
from scheduler.delivery import Known
from scheduler.escalation import limits_to_print
from scheduler.store import cases, outbox, phones, reach
from scheduler.store import templates as pushed
from scheduler.store.outbox import Line, Ready, Taken
from scheduler.store.sealed import Seal
from scheduler.store.session import Connection
from scheduler.world import World

SHORT = 20
"""Notices of a message whose limits are looked up again before it is written."""


@dataclass(slots=True)
class Prepared:
    """Messages of one batch: those to post with their numbers, and those that go another way."""

    ready: list[Ready] = field(default_factory=list)
    numbers: dict[int, str] = field(default_factory=dict)
    nowhere: list[Taken] = field(default_factory=list)
    """All ways to this phone are spent, or it does not stand for its posts any more."""
    problems: list[str] = field(default_factory=list)
    """Messages that could not be written, and why; never a number or a text."""


def prepare(
    connection: Connection,
    seal: Seal,
    world: World,
    writer: Writer,
    senders: Mapping[Channel, str],
    at: datetime,
    taken: Sequence[Taken],
) -> Prepared:
    """Choose the way of each leased message and write its text, in the leasing transaction.

    What may not go now is taken apart or put off; one that cannot be written is set aside.
    """
    wanted = _going(connection, world, at, [message for message in taken if message.lines])
    found = Prepared(nowhere=[m for m in wanted if not _holds(world, at, m)])
    lost = {message.id for message in found.nowhere}
    renewed = as_of_now(connection, world, at, [m for m in wanted if m.id not in lost])
    known = reach.known(connection, (m.phone_id for m in renewed))
    open_ = Open(at, senders, reach.stopped(connection, at))
    approved = pushed.approved(connection) if Channel.WHATSAPP in senders and renewed else {}
    sealed = phones.sealed_numbers(connection, (m.phone_id for m in renewed))
    waits: dict[int, datetime] = {}
    for message in renewed:
        try:
            way = _way(world, writer, open_, known, approved, message)
            if isinstance(way, Wait):
                waits[message.id] = way.until
            elif way is None:
                found.nowhere.append(message)
            else:
                found.numbers[message.id] = seal.open(sealed[message.phone_id])
                found.ready.append(_written(writer, senders, approved, message, way))
        except Exception as error:  # noqa: BLE001 - one message must not stop the others
            why = f"tidak dapat ditulis ({type(error).__name__})"
            outbox.spoil(connection, [message.id], why, at)
            found.problems.append(f"pesan {message.id}: {why}")
    outbox.postpone(connection, waits)
    return found


def _going(
    connection: Connection, world: World, at: datetime, taken: Sequence[Taken]
) -> list[Taken]:
    """Leave out what may not go now: at night, on a day off, or while its run stands still.

    One that was not tried yet is taken apart, so that its notices go with what is told then; one
    on its second way waits whole.
    """
    apart: dict[int, datetime] = {}
    later: dict[int, datetime] = {}
    going: list[Taken] = []
    today = world.today(at)
    for message in taken:
        fresh = not message.tried and message.replaces_id is None
        wakes = max(opens(world, line, at) for line in message.lines)
        holders = {phone_for(world, line, today) for line in message.lines}
        moved = fresh and message.phone_id not in holders
        mixed = fresh and len(holders) > 1
        if fresh and (wakes > at or message.still or moved or mixed):
            apart[message.id] = wakes
        elif wakes > at:
            later[message.id] = wakes
        elif message.still:
            later[message.id] = at  # whenever its run goes on, the next pass finds it
        else:
            going.append(message)
    outbox.dissolve(connection, apart)
    outbox.postpone(connection, later)
    return going


def opens(world: World, line: Line, at: datetime) -> datetime:
    """Return from when on a line may be told: at once to who just wrote, else not at night."""
    if line.urgent:
        return at
    if line.phone_id is not None or line.post_id is None:
        return world.awake_at(at)
    return world.open_at(line.post_id, at, line.complaint_id)


def phone_for(world: World, line: Line, today: date) -> int | None:
    """Return the phone that a line goes to first: that of whoever took the complaint over."""
    if line.phone_id is not None or line.post_id is None:
        return line.phone_id
    return world.directory.phone(line.post_id, today, line.complaint_id)


def _holds(world: World, at: datetime, message: Taken) -> bool:
    """Whether the phone still stands for every post it is to tell."""
    today = world.today(at)
    return all(stands_for(world, message.phone_id, line, today) for line in message.lines)


def stands_for(world: World, phone_id: int, line: Line, today: date) -> bool:
    """Return whether a phone is one that a line is for."""
    if line.phone_id == phone_id:
        return True
    if line.post_id is None:
        return False
    return phone_id in world.directory.phones(line.post_id, today, line.complaint_id)


def _way(
    world: World,
    writer: Writer,
    open_: Open,
    known: Mapping[tuple[int, Channel], Known],
    approved: Mapping[str, str],
    message: Taken,
) -> Way | Wait | None:
    about: Mapping[Channel, Known] = {
        channel: known[message.phone_id, channel]
        for channel in open_.senders
        if (message.phone_id, channel) in known
    }

    if any(line.phone_id is not None for line in message.lines):
        reply = all(line.body is not None for line in message.lines)
        found = where_he_wrote(open_, about, reply=reply)
        if found is None:
            return None
        open_, about = found

    def has_template() -> bool:
        filled = writer.template(message.lines) if approved else None
        return filled is not None and filled[0] in approved

    return next_way(open_, about, message.tried, allowed(world, message), has_template=has_template)


def allowed(world: World, message: Taken) -> frozenset[Channel]:
    """Return the channels that the policy lets a message use: those of any of its steps."""
    channels: set[Channel] = set()
    for line in message.lines:
        clock = world.policy.clocks.get(line.clock) if line.clock is not None else None
        steps = [step for step in clock.steps if step.name == line.step] if clock else []
        channels.update(steps[0].channels if steps else Channel)
    return frozenset(channels)


def _written(
    writer: Writer,
    senders: Mapping[Channel, str],
    approved: Mapping[str, str],
    message: Taken,
    way: Way,
) -> Ready:
    sender = senders[way.channel]
    if not way.template:
        return Ready(message, writer.text(message.lines, way.channel), way.channel, sender)
    found = writer.template(message.lines)
    assert found is not None, "the way was chosen for it"
    name, variables, text = found
    return Ready(
        message,
        text,
        way.channel,
        sender,
        approved[name],
        json.dumps(variables, ensure_ascii=False, sort_keys=True),
    )


def as_of_now(
    connection: Connection, world: World, at: datetime, messages: Sequence[Taken]
) -> list[Taken]:
    """Put today's limits into what has waited: an outage, a pause, a decree may have moved them.

    A long digest prints counts, not limits, and is left as it is.
    """
    short = [message for message in messages if len(message.lines) <= SHORT]
    lines = [line for message in short for line in message.lines if line.run_id is not None]
    loaded = cases.load_cases(
        connection, (line.complaint_id for line in lines if line.complaint_id is not None)
    )
    limits: dict[int, tuple[datetime | None, datetime | None]] = {}
    for case in loaded.values():
        for run in case.runs:
            ladder = world.ladder(case, run) if world.knows(run) else None
            if ladder is not None and run.id is not None:
                limits[run.id] = limits_to_print(ladder, run.facts(case.counted_as), at)

    def renewed(line: Line) -> Line:
        if line.run_id not in limits:
            return line
        limit_at, next_at = limits[line.run_id]
        return replace(line, limit_at=limit_at, next_at=next_at)

    return [
        replace(message, lines=tuple(renewed(line) for line in message.lines))
        for message in messages
    ]
