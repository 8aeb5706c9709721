"""Posts what was frozen: several at a time, within the lease, the rate and the daily cap.

The calling thread keeps the database, the threads of the pool only post. A message leaves under a
lease that is looked at again just before its POST; one that would leave too late does not.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event

from bot.channels.flight import ASK_S, Flight, Posting
from bot.channels.gateway import (
    Gateway,
    GatewayError,
    OutcomeUnknownError,
    Outgoing,
    TemplateUse,
)
from bot.channels.pacing import Pace
from bot.channels.recovery import MARGIN, outcome_of
from bot.channels.twilio_errors import UNREACHABLE
from bot.channels.writing import Prepared, prepare
from bot.texts import Writer
from config.gsm7 import segments
from config.terms import Channel, NoticeStatus, Reaction
from scheduler.store import attempts, outbox, reach, throttle
from scheduler.store.attempts import Outcome
from scheduler.store.outbox import START, Ready, Taken
from scheduler.store.reach import Meaning
from scheduler.store.sealed import Seal
from scheduler.store.session import Connection, Engine, uncrossed, writing
from scheduler.world import World

log = logging.getLogger(__name__)

BATCH = 25
"""Messages frozen at a time where they go one after the other."""
BATCH_AT_ONCE = 100
"""… where several go at a time: what one transaction costs is shared by more of them."""
IN_TIME = 0.9
"""The part of the time to post in that slots of a slow sender are taken for."""
TRIES = 5
"""How often one attempt is posted to a provider that says it is busy: it never took it."""
NOT_POSTED = "belum sempat dikirim"
BUSY = "20429"


@dataclass(slots=True)
class Round:
    """What one round over the messages did."""

    sent: int = 0
    unknown: int = 0
    failed: int = 0
    nowhere: list[Taken] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    capped: bool = False
    busy: str | None = None
    """Why the provider takes nothing now: the rest waits for a later pass."""
    again: bool = False
    """Something failed on one way: another round may find it the next."""


class Sender:
    """One worker's way from messages to the provider."""

    def __init__(
        self,
        engine: Engine,
        seal: Seal,
        gateway: Gateway,
        meaning: Meaning,
        executor: Executor | None,
        *,
        lease_s: int,
        unknown_after: timedelta,
        daily_cap: int | None,
    ) -> None:
        """Post through `gateway`; without an `executor` one after the other, in this thread."""
        self._engine = engine
        self._seal = seal
        self._gateway = gateway
        self._meaning = meaning
        self._executor = executor
        self._lease_s = lease_s
        self._grain = unknown_after / 10
        self._daily_cap = daily_cap
        self._paces = {
            sender: Pace(
                engine,
                sender,
                gateway.per_second,
                per_minute=gateway.senders.per_minute.get(channel),
            )
            for channel, sender in gateway.senders.by_channel.items()
        }
        self._all_slow = set(gateway.senders.per_minute) >= set(gateway.senders.by_channel)
        self._ahead = gateway.threads * 2 if executor is not None else 1
        self._batch = BATCH_AT_ONCE if executor is not None else BATCH
        self._halt = Event()
        """Set where this process is to end: what has not left waits for the next."""
        self._away = Event()
        """Set where the provider cannot be reached: what has not left this round does not try."""

    def round(
        self,
        world: World,
        writer: Writer,
        at: datetime,
        going: Callable[[], bool],
        begun: float,
    ) -> Round:
        """Send every message that may go, each once; it was `at` when the clock said `begun`."""
        done = Round()
        self._halt.clear()
        self._away.clear()
        asked = time.monotonic()
        flight = Flight(self._executor, self._post) if self._executor is not None else None
        place: tuple[int, int] | None = START
        while flight or (place is not None and going()):
            while place is not None and len(flight or ()) < self._ahead and going():
                place, batch = self._freeze(place, world, writer, at, begun, done)
                if flight is None:
                    self._record([(one, self._post(one)) for one in batch], at, world, done)
                else:
                    flight.add(batch)
                if done.capped or done.busy:
                    place = None
            if flight:
                self._record(flight.ended(), at, world, done)
                if time.monotonic() - asked > ASK_S:
                    asked = time.monotonic()
                    if not going():
                        self._halt.set()
        return done

    # --- before the POST ------------------------------------------------------------------

    def _freeze(
        self,
        after: tuple[int, int],
        world: World,
        writer: Writer,
        at: datetime,
        begun: float,
        done: Round,
    ) -> tuple[tuple[int, int] | None, list[Posting]]:
        """Lease some messages after a place and write their attempts, in one transaction."""
        gateway, day = self._gateway, world.today(at)
        with writing(self._engine) as connection:
            deadline = time.monotonic() + self._lease_s * MARGIN
            taken = outbox.take(connection, after, self._batch, self._lease_s, at)
            found = prepare(
                connection, self._seal, world, writer, gateway.senders.by_channel, at, taken
            )
            ready = self._in_time(connection, found.ready)
            parts = [billed(one) for one in ready]
            fits = len(parts)
            if gateway.per_second is not None:
                fits = throttle.allow(connection, day, parts, self._daily_cap)
            if fits < len(parts):
                done.capped = True
                outbox.release(connection, [one.message.id for one in ready[fits:]])
            going = ready[:fits]
            keys = outbox.begin(connection, going, self._moment(at, begun))
            slots = self._slots(connection, going)
        done.nowhere += found.nowhere
        done.problems += found.problems
        done.failed += len(found.problems)
        postings = [
            Posting(
                _outgoing(key, one, found, at), one.message.id, slot, deadline, size, _lane(one)
            )
            for key, one, slot, size in zip(keys, going, slots, parts[:fits], strict=True)
        ]
        if found.ready and not ready and self._all_slow:
            return None, postings
        return (taken[-1].place if taken else None), postings

    def _in_time(self, connection: Connection, ready: Sequence[Ready]) -> list[Ready]:
        """Return those that find a slot while they are leased; the rest waits for a later pass.

        Only a sender of so many a minute is asked: what a fast one cannot do in time is rare.
        """
        going: list[Ready] = []
        within_s = self._lease_s * MARGIN * IN_TIME
        left = {name: pace.room(connection, within_s) for name, pace in self._paces.items()}
        for one in ready:
            room = left.get(one.sender)
            if room is not None:
                left[one.sender] = room - 1
            if room is None or room > 0:
                going.append(one)
        waiting = {one.message.id for one in ready} - {one.message.id for one in going}
        outbox.release(connection, waiting)
        return going

    def _moment(self, at: datetime, begun: float) -> datetime:
        """Return what the pass's own time has come to: it may last for longer than it is waited.

        UNKNOWN_AFTER_S counts from the POST, not from the pass. In whole tenths of it, so that
        whatever a short pass sends is of the very moment it was asked for.
        """
        gone = timedelta(seconds=time.monotonic() - begun)
        return at + gone // self._grain * self._grain if self._grain else at

    def _slots(self, connection: Connection, ready: Sequence[Ready]) -> list[float]:
        """Take slots of the rate limits, as the last thing of the transaction."""
        slots = [0.0] * len(ready)
        for sender in sorted(self._paces):
            mine = [index for index, one in enumerate(ready) if one.sender == sender]
            for index, slot in zip(
                mine, self._paces[sender].reserve(connection, len(mine)), strict=True
            ):
                slots[index] = slot
        return slots

    # --- the POST -------------------------------------------------------------------------

    def _post(self, one: Posting) -> Outcome:
        """Post one attempt, unless its lease would be over; never raises."""
        attempt_id, message_id = one.out.attempt_id, one.message_id
        try:
            return self._tried(one)
        except OutcomeUnknownError as error:
            return Outcome(attempt_id, message_id, NoticeStatus.UNKNOWN, error=str(error))
        except Exception as error:  # noqa: BLE001 - whatever broke, it may have left: not again
            log.warning("post_broke attempt=%s error=%s", attempt_id, type(error).__name__)
            why = f"tidak jelas ({type(error).__name__})"
            return Outcome(attempt_id, message_id, NoticeStatus.UNKNOWN, error=why)

    def _tried(self, one: Posting) -> Outcome:
        """Post it; again and again where the provider says that it is too busy to take it."""
        pace = self._paces[self._gateway.senders.by_channel[one.out.channel]]
        busy: GatewayError | None = None
        for _ in range(TRIES):
            if not pace.wait(one.slot, one.deadline, self._halted):
                break
            try:
                sent = self._gateway.send(one.out)
            except GatewayError as error:
                if error.reaction is not Reaction.BUSY:
                    return _refused(one, error)
                busy = error
                if error.code == UNREACHABLE:
                    self._away.set()
                    break
                pace.busy(error.pause_s)
            else:
                pace.calm()
                return outcome_of(one.out.attempt_id, one.message_id, sent, self._meaning)
        if busy is not None:
            return _refused(one, busy)
        alone = not self._halt.is_set() and (self._away.is_set() or pace.paused)
        return Outcome(
            one.out.attempt_id,
            one.message_id,
            NoticeStatus.FAILED,
            error=NOT_POSTED,
            reaction=Reaction.BUSY if alone else None,
        )

    def _halted(self) -> bool:
        return self._halt.is_set() or self._away.is_set()

    # --- after the POST -------------------------------------------------------------------

    def _record(
        self,
        ended: Sequence[tuple[Posting, Outcome]],
        at: datetime,
        world: World,
        done: Round,
    ) -> None:
        if not ended:
            return
        # What was posted is known only here: a transaction that waited crosswise is done anew.
        kept = uncrossed(lambda: self._settle(ended, at, world))
        settled = {outcome.attempt_id: outcome for outcome in kept}
        for one, posted in ended:
            outcome = settled.get(one.out.attempt_id, posted)
            if outcome.reaction is Reaction.BUSY:
                done.busy = UNREACHABLE if self._away.is_set() else BUSY
            done.unknown += outcome.status is NoticeStatus.UNKNOWN
            done.again |= outcome.status is NoticeStatus.FAILED
            done.sent += outcome.status in (NoticeStatus.ACCEPTED, NoticeStatus.DELIVERED)

    def _settle(
        self, ended: Sequence[tuple[Posting, Outcome]], at: datetime, world: World
    ) -> list[Outcome]:
        """Write what became of attempts, and what follows from it, in one transaction."""
        with writing(self._engine) as connection:
            kept = attempts.settle(connection, [outcome for _, outcome in ended], at)
            refused = {o.attempt_id for o in kept if o.status is NoticeStatus.FAILED}
            unspent = sum(one.parts for one, _ in ended if one.out.attempt_id in refused)
            if self._gateway.per_second is not None:  # the day before the senders, as in freezing
                throttle.give_back(connection, world.today(at), unspent)
            channels = {one.out.attempt_id: one.out.channel for one, _ in ended}
            # In one order over all workers: they stop the same senders, and raise the same alerts.
            for outcome in sorted(
                kept, key=lambda o: (o.reaction or "", o.error or "", channels[o.attempt_id])
            ):
                if outcome.reaction not in (None, Reaction.BUSY) and outcome.error is not None:
                    reach.follow_up(
                        connection,
                        outcome.attempt_id,
                        outcome.error,
                        outcome.reaction,
                        self._meaning,
                    )
        return kept


def billed(one: Ready) -> int:
    """Return how many parts a message is billed as: the segments of an SMS, one on WhatsApp."""
    return segments(one.text)[1] if one.channel is Channel.SMS else 1


def _lane(one: Ready) -> int | None:
    """Return the phone of a reply or an alarm; None for what leaves in no order."""
    return one.message.phone_id if all(line.urgent for line in one.message.lines) else None


def _outgoing(attempt_id: int, one: Ready, found: Prepared, at: datetime) -> Outgoing:
    template = (
        TemplateUse(one.template_sid, json.loads(one.variables))
        if one.template_sid is not None and one.variables is not None
        else None
    )
    number = found.numbers[one.message.id]
    return Outgoing(attempt_id, number, one.text, one.channel, at, template)


def _refused(one: Posting, error: GatewayError) -> Outcome:
    return Outcome(
        one.out.attempt_id,
        one.message_id,
        NoticeStatus.FAILED,
        error=error.code,
        reaction=error.reaction,
    )
