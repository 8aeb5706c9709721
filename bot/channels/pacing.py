"""Keeps one process within a sender's rate limit, and off a provider that says it is busy.

Slots are shared out by the database (`scheduler.store.throttle`, where the law is). Here a thread
sleeps until its slot. One that reaches it too late, whatever held it up, gives it up and takes a
new one: a late message beside those that are on time would be one too many in its second.

`SLACK` of the law is spent thus: the slot in this process's clock may lie up to CLOCK_S after the
true one, a thread may wake up to TOLERANCE_S after that, and WIRE_S are left for what happens to
a message between here and the provider.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from heapq import heappop, merge
from random import SystemRandom
from threading import Lock
from typing import NamedTuple, Protocol

from scheduler.store import throttle
from scheduler.store.session import Connection, Engine, database_now, writing

TOLERANCE_S = 0.020
CLOCK_S = 0.004
WIRE_S = throttle.SLACK.total_seconds() - TOLERANCE_S - CLOCK_S

MOST_AHEAD_S = 0.5
"""How long the slots last that a process takes at once: they are lost with one that dies."""
BATCH_WITHIN_S = 2.0
"""No batch takes slots further ahead: others have taken those before, and may be done by then."""
GROWTH = 0.25
"""By how much more slots are taken at once, for each that was used while threads waited."""
SLOW_WITHIN_S = 25.0
"""How far ahead a sender whose limit is one of a minute looks: as far as the next pass is."""
LONGEST_WAIT_S = 600.0  # well below throttle.SET_BACK

SLICE_S = 0.25
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0

NOT_YET = -math.inf
"""The slot of a message that is to take one when its turn comes."""

_READ_AGAIN_S = 1.0
_WIDTH_S = 0.0025  # with a millisecond of SQLite's clock and 500 ppm of drift below CLOCK_S
_READINGS = 5


class Timer(Protocol):
    """The part of `time` that is used."""

    def monotonic(self) -> float: ...
    def sleep(self, seconds: float, /) -> None: ...


class _Reading(NamedTuple):
    """The database's clock was at `moment` no later than at `by`, and less than `width` before."""

    moment: datetime
    by: float
    width: float


def on_time(slot: float, now: float) -> bool:
    """Whether a slot may still be used (both of `time.monotonic`)."""
    return slot <= now <= slot + TOLERANCE_S


class Pace:
    """One sender's pace in one process; every method may be called by any thread."""

    def __init__(
        self,
        engine: Engine,
        sender: str,
        per_second: int | None,
        *,
        per_minute: int | None = None,
        timer: Timer = time,
        draw: Callable[[float, float], float] | None = None,
    ) -> None:
        """Keep to `per_second` messages in any second over all workers; None: no limit.

        With `per_minute` it is that many in any minute instead, evenly. `draw(low, high)` is the
        jitter's random number.
        """
        self._engine = engine
        self._sender = sender
        self._limit = per_second if per_minute is None else per_minute
        self._window = throttle.SECOND if per_minute is None else throttle.MINUTE
        self._slow = per_minute is not None
        self._timer = timer
        self._draw = draw or SystemRandom().uniform
        self._lock = Lock()  # what stands below; never held while asleep or in the database
        self._ahead = 1.0
        rate = 0.0 if self._limit is None else self._limit / self._window.total_seconds()
        self._most_ahead = max(1.0, rate * MOST_AHEAD_S)
        self._wanting = 0
        self._inside = 0  # threads in `wait`
        self._coming = 0  # messages of batches that have not come there yet
        self._promised: list[float] = []
        self._free: list[float] = []
        self._level = 0
        self._level_until = -math.inf
        self._paused_until = -math.inf
        self._turn = Lock()  # who takes slots for all that want some
        self._reading: _Reading | None = None

    # --- slots ------------------------------------------------------------------------------

    def room(self, connection: Connection, within_s: float) -> int | None:
        """Return how many more messages will find a slot within `within_s`; None: all of them.

        A sender of a few messages a minute would otherwise keep threads asleep and leases running
        for messages that cannot leave in time. At most `SLOW_WITHIN_S` ahead.
        """
        if self._limit is None or not self._slow:
            return None
        within = timedelta(seconds=min(within_s, SLOW_WITHIN_S))
        free = throttle.room(connection, self._sender, self._limit, within, self._window)
        with self._lock:
            return max(0, free - self._coming - self._wanting)

    def reserve(self, connection: Connection, count: int) -> list[float]:
        """Take slots for `count` messages in the caller's transaction, as its last statement.

        Returns one for each, in `time.monotonic`, for `wait` once it has committed. There is
        `NOT_YET` instead where this process would hardly reach a slot in time, or where other
        threads of it wait for theirs: a slot taken and given up is lost to every worker. `wait`
        then takes one when the message's turn has come. Without a limit all are 0.
        """
        if self._limit is None:
            return [0.0] * count
        with self._lock:
            idle = not self._inside and not self._free
            # What never came, because its batch was rolled back or given up, is forgotten here.
            self._coming = count + (0 if idle else self._coming)
            wanted = min(count, int(self._ahead)) if idle else 0
        slots = self._take(connection, wanted, BATCH_WITHIN_S) if wanted else []
        with self._lock:
            self._promised = slots
        return slots + [NOT_YET] * (count - len(slots))

    def wait(self, slot: float, deadline: float, halted: Callable[[], bool] | None = None) -> bool:
        """Sleep until the slot, and while the provider is to be left alone; then post at once.

        The slots of a process are used in their order, whichever message comes first. One that
        was missed is replaced in a transaction of its own, so the caller must have none open; a
        database that is away raises, and nothing may be posted then either.

        False, at once, where that would be after `deadline` (`time.monotonic`): do not post. The
        same as soon as `halted` says so, which is asked every `SLICE_S`.
        """
        limited = self._limit is not None
        with self._lock:
            self._inside += 1
            self._coming = max(0, self._coming - 1)
            if slot in self._promised:  # the first message shows that the batch was committed
                self._free = list(merge(self._free, self._promised))
                self._promised = []
        try:
            return self._wait(NOT_YET if limited else slot, deadline, halted)
        finally:
            with self._lock:
                self._inside -= 1

    def _wait(self, slot: float, deadline: float, halted: Callable[[], bool] | None) -> bool:
        while True:
            now = self._timer.monotonic()
            with self._lock:
                start = max(slot, self._paused_until)
            if max(start, now) > deadline or (halted is not None and halted()):
                return False
            if start > now:
                self._timer.sleep(start - now if halted is None else min(start - now, SLICE_S))
            elif self._limit is None or on_time(slot, now):
                return True
            else:
                found = self._next(now) or self._another(deadline)
                if found is None:
                    return False
                slot = found

    def _next(self, now: float) -> float | None:
        """Return this process's earliest slot that can still be reached; None if it has none.

        After a miss it takes fewer slots at once: a process whose threads all wait for answers
        would take slots it cannot use, which the others then lack.
        """
        with self._lock:
            count = len(self._free)
            while self._free and self._free[0] + TOLERANCE_S < now:
                heappop(self._free)
            if len(self._free) < count:
                self._ahead = max(1.0, self._ahead / 2)
            return self._pop()

    def _pop(self) -> float | None:
        if not self._free:
            return None
        if self._inside > 1:  # threads wait for slots, not slots for threads: more may be taken
            self._ahead = min(self._ahead + GROWTH, self._most_ahead)
        return heappop(self._free)

    def _another(self, deadline: float) -> float | None:
        """Take slots for all threads that want one at this moment, and some ahead; return one.

        None where there is none before the deadline.
        """
        with self._lock:
            self._wanting += 1
        try:
            if not self._turn.acquire(timeout=self._left(deadline)):
                return None
            try:
                return self._take_for_all(deadline)
            finally:
                self._turn.release()
        finally:
            with self._lock:
                self._wanting -= 1

    def _left(self, deadline: float) -> float:
        return min(max(0.0, deadline - self._timer.monotonic()), LONGEST_WAIT_S)

    def _take_for_all(self, deadline: float) -> float | None:
        with self._lock:
            ahead = min(int(self._ahead), self._wanting + self._coming)
            count = 0 if self._free else max(self._wanting, ahead)
        if count:
            with writing(self._engine) as connection:
                slots = self._take(connection, count, self._left(deadline))
            with self._lock:  # only now are they ours
                self._free = list(merge(self._free, slots))
        with self._lock:
            return self._pop()

    def _take(self, connection: Connection, count: int, within_s: float) -> list[float]:
        assert self._limit is not None
        reading = self._read_clock(connection)
        within = timedelta(seconds=within_s)
        _, slots = throttle.reserve(
            connection, self._sender, count, self._limit, within, self._window
        )
        return [reading.by + (slot - reading.moment).total_seconds() for slot in slots]

    def _read_clock(self, connection: Connection) -> _Reading:
        """Set the database's clock against this process's, closely enough for the law.

        A stall in between makes a reading wide: it is read again, and the narrowest counts. A
        database whose answers take longer than `_WIDTH_S` widens SLACK by what they take longer.
        """
        reading = self._reading
        if reading is not None and self._timer.monotonic() - reading.by < _READ_AGAIN_S:
            return reading
        best: _Reading | None = None
        for _ in range(_READINGS):
            before = self._timer.monotonic()
            moment = database_now(connection)
            after = self._timer.monotonic()
            if best is None or after - before < best.width:
                best = _Reading(moment, after, after - before)
            if best.width <= _WIDTH_S:
                break
        assert best is not None
        self._reading = best
        return best

    @property
    def paused(self) -> bool:
        """Whether the provider is to be left alone at this moment."""
        with self._lock:
            return self._timer.monotonic() < self._paused_until

    # --- a provider that is busy --------------------------------------------------------------

    def busy(self, pause_s: float | None) -> None:
        """Let every thread pause after a 429: exponentially longer, with full jitter.

        `pause_s` is what the provider asked for (Retry-After), kept as a minimum. One overload
        answers everything in flight so: it makes the pause grow only once.
        """
        now = self._timer.monotonic()
        with self._lock:
            if now >= self._level_until:
                self._level_until = now + min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2**self._level)
                self._level = min(self._level + 1, 16)
            longest = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** (self._level - 1))
            if now >= self._paused_until:
                self._paused_until = now + self._draw(0.0, longest)
            self._paused_until = max(self._paused_until, now + (pause_s or 0.0))

    def calm(self) -> None:
        """Let the next pause be a short one again: the provider took a message.

        One taken while everything pauses was under way before: it says nothing.
        """
        if not self._level:  # most of the time; a lock for each message would be for nothing
            return
        with self._lock:
            if self._timer.monotonic() >= self._paused_until:
                self._level = 0
                self._level_until = -math.inf
