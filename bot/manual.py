"""What a person is to send by hand: each message with its text, and a link that opens it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from urllib.parse import quote

from bot.channels.handover import REPORTER, hand_over
from bot.channels.writing import as_of_now, opens, phone_for, stands_for
from bot.texts import Writer
from config.terms import Channel
from scheduler.store import handwork, outbox, phones, reach
from scheduler.store.outbox import START, Taken
from scheduler.store.sealed import Seal
from scheduler.store.session import Connection, Engine, writing
from scheduler.world import World

BATCH: Final = 50
LEASE_S: Final = 60


@dataclass(frozen=True, slots=True)
class ByHand:
    """A message that waits for a person. `link` holds the telephone number: for a screen only."""

    message_id: int
    posts: tuple[str, ...]
    steps: tuple[str, ...]
    text: str
    since: datetime
    link: str = field(repr=False)


@dataclass(slots=True)
class Listed:
    """What waits for a person, letters first."""

    messages: list[ByHand] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    """Messages that could not be written, and why; never a number or a text."""


def to_send(
    engine: Engine, seal: Seal, world: World, at: datetime, *, only: int | None = None
) -> Listed:
    """Return the messages that may be sent by hand at `at`, and keep what is shown of each.

    With `only` that one message: no other one counts as shown. Quiet hours, days off and runs that
    stand still keep a message back. One whose phone does not stand for its post any more is taken
    apart: the next pass groups it for the new holder.
    """
    listed = Listed()
    after = START
    while True:
        with writing(engine) as connection:
            # Leased within this transaction only: nobody else is to show or to send it meanwhile.
            taken = outbox.take(connection, after, BATCH, LEASE_S, at, only=only)
            elsewhere = _show(connection, seal, world, at, taken, listed)
            gone = {message.id for message in elsewhere}
            outbox.release(connection, (m.id for m in taken if m.id not in gone))
        for message in elsewhere:
            hand_over(engine, world, at, Channel.WHATSAPP, message)
        if not taken or only is not None:
            return listed
        after = taken[-1].place


def _show(
    connection: Connection,
    seal: Seal,
    world: World,
    at: datetime,
    taken: Sequence[Taken],
    listed: Listed,
) -> list[Taken]:
    """Add what may be sent to `listed`; return messages that are for somebody else now."""
    wanted, elsewhere = _going(connection, world, at, [m for m in taken if m.lines])
    writer = Writer(world.directory, world.policy, world.zone, at, two_way=False)
    sealed = phones.sealed_numbers(connection, (m.phone_id for m in wanted))
    since = handwork.made_at(connection, [m.id for m in wanted])
    shown: dict[int, str] = {}
    for message in as_of_now(connection, world, at, wanted):
        try:
            text = writer.text(message.lines, Channel.WHATSAPP)
            link = wa_me(seal.open(sealed[message.phone_id]), text)
        except Exception as error:  # noqa: BLE001 - one message must not stop the others
            why = f"tidak dapat ditulis ({type(error).__name__})"
            outbox.spoil(connection, [message.id], why, at)
            listed.problems.append(f"pesan {message.id}: {why}")
            continue
        shown[message.id] = text
        posts = (
            world.directory.posts[line.post_id].label if line.post_id else REPORTER
            for line in message.lines
        )
        listed.messages.append(
            ByHand(
                message.id,
                tuple(dict.fromkeys(posts)),
                tuple(dict.fromkeys(line.step for line in message.lines)),
                text,
                since[message.id],
                link,
            )
        )
    handwork.freeze(connection, shown)
    return elsewhere


def _going(
    connection: Connection, world: World, at: datetime, messages: Sequence[Taken]
) -> tuple[list[Taken], list[Taken]]:
    """Return the messages that may go now, and those on their second way that lost theirs."""
    today = world.today(at)
    known = reach.known(connection, (m.phone_id for m in messages))
    wanted: list[Taken] = []
    elsewhere: list[Taken] = []
    apart: dict[int, datetime] = {}
    for message in messages:
        fresh = not message.tried and message.replaces_id is None
        first = {phone_for(world, line, today) for line in message.lines}
        about = known.get((message.phone_id, Channel.WHATSAPP))
        if fresh and first != {message.phone_id}:
            apart[message.id] = at
        elif (about is not None and about.opted_out) or not all(
            stands_for(world, message.phone_id, line, today) for line in message.lines
        ):
            elsewhere.append(message)
        elif not message.still and all(opens(world, line, at) <= at for line in message.lines):
            wanted.append(message)
    outbox.dissolve(connection, apart)
    return wanted, elsewhere


def wa_me(number: str, text: str) -> str:
    """Return the link that opens WhatsApp with a text for an E.164 number, not sent yet."""
    return f"https://wa.me/{number.removeprefix('+')}?text={quote(text, safe='')}"
