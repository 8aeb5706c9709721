"""Slots, the daily cap and stopped senders, with several workers at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import TypeVar

import pytest
from sqlalchemy import insert, select, update

from config.terms import Channel, NoticeStatus
from scheduler.store import throttle
from scheduler.store.messaging_tables import Attempt, Message, Sender
from scheduler.store.session import Connection, Engine, database_now, make_engine, reading, writing
from scheduler.store.tables import Phone

DAY = date(2026, 5, 4)
NOON = datetime(2026, 5, 4, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)
T = TypeVar("T")
WHATSAPP, SMS = "whatsapp:+6281100000000", "INGAT"


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


def in_parallel(engine: Engine, count: int, one: Callable[[Connection], T]) -> list[T]:
    """What `count` workers get who do this at once, each in a transaction of its own."""

    def work(_: int) -> T:
        with writing(engine) as connection:
            return one(connection)

    with ThreadPoolExecutor(8) as team:
        return list(team.map(work, range(count)))


# --- slots ----------------------------------------------------------------------------------


def test_slots_lie_apart_and_none_before_now(engine: Engine) -> None:
    with writing(engine) as connection:
        now, slots = throttle.reserve(connection, WHATSAPP, 3, 80)
        _, later = throttle.reserve(connection, WHATSAPP, 2, 80)
        _, other = throttle.reserve(connection, SMS, 1, 80)
    assert now <= slots[0] < now + HOUR
    step = throttle.spacing(80)
    assert {after - before for before, after in pairwise(slots + later)} == {step}
    assert other[0] < later[0]  # a sender of its own


def test_workers_at_once_share_the_slots_of_a_sender_that_was_not_there(engine: Engine) -> None:
    taken = in_parallel(engine, 24, lambda c: throttle.reserve(c, WHATSAPP, 5, 10)[1])
    slots = sorted(slot for some in taken for slot in some)
    assert len(slots) == 120
    assert all(after - before >= throttle.spacing(10) for before, after in pairwise(slots))


def test_slots_that_were_taken_in_vain_come_back_with_the_transaction(engine: Engine) -> None:
    with writing(engine) as connection:
        _, first = throttle.reserve(connection, WHATSAPP, 1, 1)
    with writing(engine) as connection:
        throttle.reserve(connection, WHATSAPP, 50, 1)
        connection.rollback()
    with writing(engine) as connection:
        _, second = throttle.reserve(connection, WHATSAPP, 1, 1)
    assert second[0] - first[0] == throttle.spacing(1)


def test_none_is_taken_behind_what_the_caller_can_wait_for() -> None:
    step = throttle.spacing(1)
    plan = throttle.plan
    assert plan(NOON, NOON, 5, 1, timedelta(seconds=2)) == ([NOON, NOON + step], NOON + 2 * step)
    busy = NOON + timedelta(seconds=9)
    assert plan(busy, NOON, 5, 1, timedelta(seconds=8.9)) == ([], busy)
    assert plan(busy, NOON, 5, 1, timedelta(seconds=9)) == ([busy], busy + step)
    assert plan(busy, NOON, 0, 1) == ([], busy)
    assert plan(NOON - HOUR, NOON, 1, 1) == ([NOON], NOON + step)


def test_a_clock_that_was_set_back_does_not_stop_a_sender(engine: Engine) -> None:
    with writing(engine) as connection:
        throttle.reserve(connection, WHATSAPP, 1, 80)
        ahead = database_now(connection) + HOUR
        connection.execute(update(Sender).values(next_slot_at=ahead))
        now, slots = throttle.reserve(connection, WHATSAPP, 1, 80)
    assert slots == [now + timedelta(seconds=1) + throttle.SLACK]


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_of_nothing_is_refused(limit: int) -> None:
    with pytest.raises(ValueError, match="lets nothing go"):
        throttle.spacing(limit)


# --- the daily cap --------------------------------------------------------------------------


def test_what_fits_under_the_cap_goes_in_order(engine: Engine) -> None:
    with writing(engine) as connection:
        assert throttle.allow(connection, DAY, [2, 3], 10) == 2
        assert throttle.allow(connection, DAY, [4, 2, 1], 10) == 1  # the 1 must not overtake the 2
        assert throttle.spent(connection, DAY) == 9
        assert throttle.allow(connection, DAY, [], 10) == 0
        assert throttle.allow(connection, DAY, [1, 1], 10) == 1
        assert throttle.allow(connection, DAY, [1], 10) == 0
        assert throttle.spent(connection, DAY) == 10
        tomorrow = DAY + timedelta(days=1)
        assert throttle.spent(connection, tomorrow) == 0
        assert throttle.allow(connection, tomorrow, [1], 10) == 1


def test_without_a_cap_everything_goes_and_is_counted(engine: Engine) -> None:
    with writing(engine) as connection:
        assert throttle.allow(connection, DAY, [5, 6], None) == 2
        assert throttle.spent(connection, DAY) == 11
        assert throttle.allow(connection, DAY, [1], 10) == 0  # one that is set later


def test_what_did_not_go_out_is_given_back(engine: Engine) -> None:
    with writing(engine) as connection:
        throttle.allow(connection, DAY, [5], 5)
        throttle.give_back(connection, DAY, 2)
        assert throttle.spent(connection, DAY) == 3
        assert throttle.allow(connection, DAY, [2], 5) == 1
        throttle.give_back(connection, DAY, 9)
        assert throttle.spent(connection, DAY) == 0


def test_workers_at_once_stay_under_the_cap(engine: Engine) -> None:
    allowed = in_parallel(engine, 24, lambda c: throttle.allow(c, DAY, [2, 1], 50))
    with reading(engine) as connection:
        spent = throttle.spent(connection, DAY)
    assert spent == sum({0: 0, 1: 2, 2: 3}[count] for count in allowed)
    assert 49 <= spent <= 50


# --- recipients -----------------------------------------------------------------------------


def attempt(
    connection: Connection,
    phone: int,
    status: NoticeStatus = NoticeStatus.DELIVERED,
    channel: Channel = Channel.WHATSAPP,
    posted_at: datetime = NOON,
) -> None:
    """Send something to the phone with this number."""
    blind = bytes([phone]) * 32
    phone_id = connection.execute(select(Phone.id).where(Phone.blind == blind)).scalar()
    if phone_id is None:
        new = insert(Phone).values(sealed=b"", blind=blind).returning(Phone.id)
        phone_id = connection.execute(new).scalar_one()
    message = {"phone_id": phone_id, "channel": channel, "status": status, "created_at": NOON}
    message_id = connection.execute(
        insert(Message).values(message).returning(Message.id)
    ).scalar_one()
    connection.execute(
        insert(Attempt).values(
            message_id=message_id,
            channel=channel,
            sender=WHATSAPP,
            body="",
            sid=f"SM{message_id}",
            status=status,
            posted_at=posted_at,
            pass_at=NOON,
        )
    )


def test_each_phone_counts_once(engine: Engine) -> None:
    with writing(engine) as connection:
        assert throttle.recipients(connection, NOON) == 0
        for phone in (1, 1, 2):
            attempt(connection, phone)
        assert throttle.recipients(connection, NOON) == 2


@pytest.mark.parametrize(
    ("status", "counted"),
    [
        (NoticeStatus.SENDING, 1),
        (NoticeStatus.UNKNOWN, 1),
        (NoticeStatus.ACCEPTED, 1),
        (NoticeStatus.DELIVERED, 1),
        (NoticeStatus.FAILED, 0),
    ],
)
def test_what_may_have_arrived_counts(engine: Engine, status: NoticeStatus, counted: int) -> None:
    with writing(engine) as connection:
        attempt(connection, 1, status)
        assert throttle.recipients(connection, NOON) == counted


def test_neither_sms_nor_what_is_long_ago_counts(engine: Engine) -> None:
    with writing(engine) as connection:
        attempt(connection, 1, channel=Channel.SMS)
        attempt(connection, 2, posted_at=NOON - timedelta(seconds=1))
        assert throttle.recipients(connection, NOON) == 0
        assert throttle.recipients(connection, NOON - HOUR) == 1


# --- senders that are stopped ---------------------------------------------------------------


def test_only_the_first_to_stop_a_sender_tells_somebody(engine: Engine) -> None:
    stops = in_parallel(
        engine, 8, lambda c: throttle.stop_sender(c, WHATSAPP, "20003", NOON, NOON + HOUR)
    )
    assert sorted(stops) == [False] * 7 + [True]
    with reading(engine) as connection:
        assert throttle.stopped(connection, NOON) == {WHATSAPP: "20003"}


def test_a_stop_is_over_at_its_end_and_lasts_as_long_as_the_longest(engine: Engine) -> None:
    with writing(engine) as connection:
        assert throttle.stopped(connection, NOON) == {}
        assert throttle.stop_sender(connection, WHATSAPP, "20003", NOON, NOON + HOUR)
        assert not throttle.stop_sender(connection, WHATSAPP, "63007", NOON, NOON + HOUR / 2)
        assert throttle.stopped(connection, NOON + HOUR * 0.9) == {WHATSAPP: "20003"}
        assert not throttle.stop_sender(connection, WHATSAPP, "63007", NOON, NOON + 2 * HOUR)
        assert throttle.stopped(connection, NOON + HOUR) == {WHATSAPP: "20003"}
        end = NOON + 2 * HOUR
        assert throttle.stopped(connection, end) == {}
        assert throttle.stop_sender(connection, WHATSAPP, "63007", end, end + HOUR)
        assert throttle.stopped(connection, end) == {WHATSAPP: "63007"}


def test_stopping_a_sender_leaves_its_slots(engine: Engine) -> None:
    with writing(engine) as connection:
        _, before = throttle.reserve(connection, WHATSAPP, 100, 1)
        throttle.stop_sender(connection, WHATSAPP, "20003", NOON, NOON + HOUR)
        _, after = throttle.reserve(connection, WHATSAPP, 1, 1)
    assert after[0] - before[-1] == throttle.spacing(1)
