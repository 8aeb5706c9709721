"""One process's pace: the law of the slots under any stall, missed slots, a busy provider."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from heapq import heapify, heappop, heappush

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from bot.channels.pacing import CLOCK_S, NOT_YET, TOLERANCE_S, WIRE_S, Pace, on_time
from scheduler.store import throttle
from scheduler.store.messaging_tables import Sender
from scheduler.store.session import Engine, make_engine, reading, writing
from tests.story.pacing_workers import peak

EPOCH = datetime(2026, 5, 4, tzinfo=UTC)
SENDER = "whatsapp:+6281100000000"
FAR = math.inf


def at(seconds: float) -> datetime:
    return EPOCH + timedelta(seconds=seconds)


def play(limit: int, stalls: list[float], clocks: list[float], wires: list[float]) -> list[float]:
    """When messages arrive whose threads all want a slot at 0 and then meet these stalls.

    Their process's clock, the way to the provider and the stall differ for each; whoever is late
    gives up and takes another slot, as `Pace.wait` does.
    """
    arrivals: list[float] = []
    next_free = EPOCH
    events = [(0.0, number, 0) for number in range(len(stalls))]  # moment, message, tries
    heapify(events)
    while events:
        moment, number, tries = heappop(events)
        (slot,), next_free = throttle.plan(next_free, at(moment), 1, limit)
        mine = (slot - EPOCH).total_seconds() + clocks[number] * CLOCK_S
        woken = max(mine, moment) + (0 if tries else stalls[number])
        if on_time(mine, woken):
            arrivals.append(woken + wires[number] * WIRE_S)
        else:
            heappush(events, (woken, number, tries + 1))
    return sorted(arrivals)


PARTS = st.floats(0, 1)
STALLS = st.one_of(st.just(0.0), st.floats(0, 0.03), st.floats(0, 5))


@settings(deadline=None, max_examples=300)
@given(
    st.sampled_from([1, 2, 3, 10, 80, 1000]),
    st.lists(st.tuples(STALLS, PARTS, PARTS), min_size=1, max_size=250),
)
def test_no_stall_brings_more_than_the_limit_into_any_second(
    limit: int, messages: list[tuple[float, float, float]]
) -> None:
    stalls, clocks, wires = (list(column) for column in zip(*messages, strict=True))
    arrivals = play(limit, stalls, clocks, wires)
    assert len(arrivals) == len(messages)
    assert peak(arrivals) <= limit


@pytest.mark.parametrize("limit", [2, 10, 80])
def test_a_machine_that_stands_still_does_not_let_them_all_go_at_once(limit: int) -> None:
    step = throttle.spacing(limit).total_seconds()
    stalls = [max(0.0, 1.5 - number * step) for number in range(3 * limit)]
    arrivals = play(limit, stalls, [0.0] * len(stalls), [0.0] * len(stalls))
    assert arrivals[0] >= 1.5 - TOLERANCE_S
    assert peak(arrivals) <= limit


@pytest.mark.parametrize("limit", [1, 2, 7, 80])
def test_messages_as_early_and_as_late_as_the_law_lets_them(limit: int) -> None:
    count = 2 * limit + 2
    for first_on_time in range(count):  # the ones before are all as late as they may be
        late = [float(number < first_on_time) for number in range(count)]
        stalls = [part * TOLERANCE_S * 0.999 for part in late]
        assert peak(play(limit, stalls, late, late)) <= limit


@pytest.mark.parametrize("limit", [1, 2, 7, 80, 1000])
def test_the_parts_of_the_slack_and_what_remains_of_the_limit(limit: int) -> None:
    assert pytest.approx(throttle.SLACK.total_seconds()) == TOLERANCE_S + CLOCK_S + WIRE_S
    assert WIRE_S > 0
    assert throttle.spacing(limit) * limit > timedelta(seconds=1) + throttle.SLACK
    assert timedelta(seconds=1) / throttle.spacing(limit) >= 0.96 * limit


def test_a_slot_may_be_used_from_its_time_on_and_not_for_long() -> None:
    assert [on_time(5.0, 5.0 + late) for late in (-0.001, 0, TOLERANCE_S, TOLERANCE_S + 0.001)] == [
        False,
        True,
        True,
        False,
    ]


# --- slots of a process ---------------------------------------------------------------------


class Hands:
    """A clock that moves only when somebody sleeps."""

    def __init__(self) -> None:
        self.moment = 1000.0

    def monotonic(self) -> float:
        return self.moment

    def sleep(self, seconds: float, /) -> None:
        self.moment += seconds


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def engine(sqlite_url: str) -> Iterator[Engine]:
    engine = make_engine(sqlite_url)
    yield engine
    engine.dispose()


def next_free(engine: Engine) -> datetime:
    """The sender's next free slot, without taking one."""
    with reading(engine) as connection:
        return connection.execute(select(Sender.next_slot_at)).scalar_one()


def taken(engine: Engine, pace: Pace, count: int) -> list[float]:
    with writing(engine) as connection:
        return pace.reserve(connection, count)


def test_without_a_limit_nothing_is_taken_and_nothing_waits(engine: Engine) -> None:
    pace = Pace(engine, SENDER, None)
    assert taken(engine, pace, 3) == [0.0, 0.0, 0.0]
    assert pace.wait(0.0, time.monotonic() + 60)
    with reading(engine) as connection:
        assert connection.execute(select(Sender)).all() == []


def test_a_slot_of_the_batch_is_used(engine: Engine) -> None:
    pace = Pace(engine, SENDER, 80)
    slots = taken(engine, pace, 2)
    assert slots[0] > 0
    assert slots[1] == NOT_YET  # a process that has shown nothing yet takes one
    before = next_free(engine)
    assert pace.wait(slots[0], time.monotonic() + 60)
    if time.monotonic() <= slots[0] + TOLERANCE_S:
        assert next_free(engine) == before


def test_a_missed_slot_is_given_up_for_a_new_one(engine: Engine) -> None:
    pace = Pace(engine, SENDER, 80)
    (slot,) = taken(engine, pace, 1)
    before = next_free(engine)
    time.sleep(TOLERANCE_S * 1.5)
    assert pace.wait(slot, time.monotonic() + 60)
    assert next_free(engine) > before


def test_slots_of_a_batch_that_was_not_committed_are_not_used(engine: Engine) -> None:
    pace = Pace(engine, SENDER, 80)
    with writing(engine) as connection:
        pace.reserve(connection, 1)
        connection.rollback()
    assert pace.wait(NOT_YET, time.monotonic() + 60)
    assert next_free(engine) > EPOCH  # a slot of its own, committed


def test_a_process_whose_threads_wait_for_slots_takes_more_at_once(
    engine: Engine, hands: Hands
) -> None:
    pace = Pace(engine, SENDER, 80, timer=hands)
    for _ in range(30):
        assert pace.wait(NOT_YET, FAR)
    assert not pace._free  # no thread was waiting beside this one: it takes one at a time
    pace._inside = 1  # now there is one
    pace._coming = 1000
    while len(pace._free) < 5:
        assert pace.wait(NOT_YET, FAR)
    pace._inside = 0
    before = next_free(engine)
    for _ in list(pace._free):
        assert pace.wait(NOT_YET, FAR)
    assert next_free(engine) == before


def test_no_more_slots_are_taken_than_messages_are_there(engine: Engine, hands: Hands) -> None:
    pace = Pace(engine, SENDER, 80, timer=hands)
    first, *others = taken(engine, pace, 4)
    assert pace.wait(first, FAR)
    pace._ahead = 40
    for slot in others:
        assert pace.wait(slot, FAR)
    assert not pace._free


def test_a_batch_takes_no_slots_while_others_are_left_or_waited_for(
    engine: Engine, hands: Hands
) -> None:
    pace = Pace(engine, SENDER, 80, timer=hands)
    pace._free = [hands.moment + 9]
    assert taken(engine, pace, 1) == [NOT_YET]
    pace._free = []
    pace._inside = 1
    assert taken(engine, pace, 1) == [NOT_YET]
    pace._inside = 0
    assert taken(engine, pace, 1) != [NOT_YET]


def test_a_process_that_misses_slots_takes_fewer_at_once(engine: Engine, hands: Hands) -> None:
    pace = Pace(engine, SENDER, 80, timer=hands)
    pace._ahead = 8
    slots = taken(engine, pace, 8)
    assert NOT_YET not in slots
    hands.moment = slots[-1] + 1
    assert pace.wait(slots[0], FAR)
    while pace._free:
        assert pace.wait(NOT_YET, FAR)
    assert taken(engine, pace, 8).count(NOT_YET) == 4


def test_a_message_uses_the_earliest_slot_of_its_batch(engine: Engine, hands: Hands) -> None:
    pace = Pace(engine, SENDER, 80, timer=hands)
    pace._ahead = 4
    slots = taken(engine, pace, 4)
    before = next_free(engine)
    used = []
    for slot in (slots[2], NOT_YET, slots[0], slots[1]):
        assert pace.wait(slot, FAR)
        used.append(hands.moment)
    assert used == slots
    assert next_free(engine) == before


def test_no_slot_is_taken_that_lies_behind_the_deadline(engine: Engine) -> None:
    pace = Pace(engine, SENDER, 1)
    with writing(engine) as connection:
        throttle.reserve(connection, SENDER, 100, 1)
    before = next_free(engine)
    assert not pace.wait(NOT_YET, time.monotonic() + 30)
    assert next_free(engine) == before
    assert taken(engine, pace, 1) == [NOT_YET]


def test_behind_the_deadline_nothing_is_posted(engine: Engine) -> None:
    assert not Pace(engine, SENDER, None).wait(0.0, time.monotonic() - 1)
    assert not Pace(engine, SENDER, 80).wait(NOT_YET, time.monotonic() - 1)


# --- a provider that is busy ----------------------------------------------------------------


@pytest.fixture
def pace(engine: Engine, hands: Hands) -> Pace:
    """Without a limit, and with the longest pause the jitter can draw."""
    return Pace(engine, SENDER, None, timer=hands, draw=lambda _, high: high)


def paused(pace: Pace, hands: Hands) -> float:
    """How long a message waits now."""
    before = hands.moment
    assert pace.wait(0.0, FAR)
    return hands.moment - before


def test_pauses_grow_up_to_a_limit_and_begin_anew_after_a_success(pace: Pace, hands: Hands) -> None:
    pauses = []
    for _ in range(9):
        pace.busy(None)
        pauses.append(paused(pace, hands))
    assert pauses == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]
    pace.calm()
    pace.busy(None)
    assert paused(pace, hands) == 0.5


def test_the_jitter_is_full(engine: Engine, hands: Hands) -> None:
    asked: list[tuple[float, float]] = []

    def draw(low: float, high: float) -> float:
        asked.append((low, high))
        return low

    pace = Pace(engine, SENDER, None, timer=hands, draw=draw)
    pace.busy(None)
    assert asked == [(0.0, 0.5)]
    assert paused(pace, hands) == 0
    own = Pace(engine, SENDER, None, timer=hands)
    own.busy(None)
    assert 0 <= paused(own, hands) <= 0.5


def test_one_overload_that_answers_many_counts_once(pace: Pace, hands: Hands) -> None:
    for _ in range(16):
        pace.busy(None)
    assert paused(pace, hands) == 0.5
    pace.busy(None)
    assert paused(pace, hands) == 1


def test_what_the_provider_asks_for_is_the_least(pace: Pace, hands: Hands) -> None:
    pace.busy(7.0)
    assert paused(pace, hands) == 7
    pace.busy(0.001)
    assert paused(pace, hands) == 1
    pace.busy(None)
    pace.busy(45.0)  # even beyond the longest pause, and while everything pauses already
    assert paused(pace, hands) == 45


def test_a_success_that_was_under_way_does_not_end_a_pause(pace: Pace, hands: Hands) -> None:
    pace.busy(None)
    pace.calm()
    assert paused(pace, hands) == 0.5
    pace.busy(None)
    assert paused(pace, hands) == 1


def test_nobody_waits_for_the_end_of_a_pause_behind_the_deadline(pace: Pace, hands: Hands) -> None:
    pace.busy(40.0)
    assert not pace.wait(0.0, hands.moment + 39)
    assert hands.moment == 1000
    assert pace.wait(0.0, hands.moment + 41)


def test_a_pause_that_comes_while_a_thread_sleeps_holds_it_too(engine: Engine) -> None:
    class Interrupted(Hands):
        def sleep(self, seconds: float, /) -> None:
            super().sleep(seconds)
            if self.moment < 1002:
                held.busy(5.0)

    hands = Interrupted()
    held = Pace(engine, SENDER, None, timer=hands, draw=lambda _, high: high)
    assert held.wait(1001.0, FAR)
    assert hands.moment == 1006


# --- a limit a minute -----------------------------------------------------------------------


@pytest.mark.parametrize("limit", [1, 7, 10, 60, 600])
def test_a_limit_a_minute_holds_in_any_minute(limit: int) -> None:
    step = throttle.spacing(limit, throttle.MINUTE)
    slots, following = throttle.plan(EPOCH, EPOCH, 3 * limit, limit, window=throttle.MINUTE)
    assert following == EPOCH + 3 * limit * step
    # The first as late as it may be, all the others at once: they come as close as they can.
    arrivals = [slots[0] + throttle.SLACK, *slots[1:]]
    assert not any(arrivals[n + limit] - arrivals[n] <= throttle.MINUTE for n in range(2 * limit))
    assert throttle.MINUTE / step >= 0.99 * limit


def test_a_slow_sender_takes_no_more_than_finds_a_slot_in_time(engine: Engine) -> None:
    pace = Pace(engine, SENDER, 1, per_minute=10)

    def room(within_s: float) -> int | None:
        with reading(engine) as connection:
            return pace.room(connection, within_s)

    assert room(13.0) == 3  # now, and 6.0035 s and 12.007 s later
    assert room(60.0) == 5  # never further than the next pass
    slots = taken(engine, pace, 3)
    assert slots[0] > 0
    assert room(13.0) == 0  # the next slot is taken, and three messages are on their way
    assert room(60.0) == 1


def test_a_slow_sender_is_asked_nothing_where_it_has_no_limit_a_minute(engine: Engine) -> None:
    with reading(engine) as connection:
        assert Pace(engine, SENDER, 1).room(connection, 60.0) is None
        assert Pace(engine, SENDER, None).room(connection, 60.0) is None


def test_a_slow_sender_waits_for_its_own_slots(engine: Engine, hands: Hands) -> None:
    pace = Pace(engine, SENDER, 1, per_minute=10, timer=hands)
    began = hands.moment
    slots = taken(engine, pace, 2)
    for slot in slots:
        assert pace.wait(slot, began + 30.0)
    assert hands.moment - began >= 6.0
