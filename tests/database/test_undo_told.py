"""What an action wants told elsewhere too, and messages that nobody has seen yet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.manual import to_send
from scheduler.case import Case
from scheduler.lifecycle import Desk
from scheduler.store import cases, inbound
from scheduler.store.handled import WAIT
from scheduler.store.messaging_tables import Message, Notice
from scheduler.store.session import reading, writing
from tests.database.clerk import Clerk
from tests.database.office import Office, at

NOW = at("2026-05-04 10:00")
LATER = NOW + WAIT + timedelta(minutes=5)


@pytest.fixture
def by_hand(database_url: str) -> Iterator[Office]:
    made = Office(database_url, gateway="manual")
    yield made
    made.close()


def received(office: Office, nomor: str, phone: str) -> int:
    desk = Desk(office.opened.world(NOW), NOW)
    with writing(office.engine) as connection:
        key = inbound.phone_of(connection, office.opened.seal, phone)
        case = Case("Lampu", "Lampu", NOW, NOW, nomor=nomor, reporter_phone_id=key)
        desk.receive(case, "pelapor")
        cases.write(connection, desk.changes)
    assert case.id is not None
    return case.id


def statuses(office: Office, complaint_id: int) -> list[str]:
    with reading(office.engine) as connection:
        found = select(Notice.status).where(Notice.complaint_id == complaint_id)
        return [str(one) for one in connection.execute(found.order_by(Notice.id)).scalars()]


def test_what_is_taken_back_is_not_told_to_those_who_reported_the_same(by_hand: Office) -> None:
    clerk = Clerk(by_hand)
    kept = received(by_hand, "SPG-2605-0001", "+6281200000101")
    other = received(by_hand, "SPG-2605-0002", "+6281200000102")
    merge = clerk.does(
        "merge",
        [other],
        lambda _, desk, case: desk.archive(case, "kominfo", "digabung dengan SPG-2605-0001"),
        NOW,
    )
    assert merge.done == ("SPG-2605-0002",)
    done = clerk.does("close", [kept], lambda _, desk, case: desk.close(case, "kominfo"), NOW)
    assert (statuses(by_hand, kept), statuses(by_hand, other)) == (["pending"], ["pending"] * 2)
    assert clerk.undoes(done.action, NOW) == (["SPG-2605-0001"], [])
    assert (statuses(by_hand, kept), statuses(by_hand, other)) == (
        ["cancelled"],
        ["pending", "cancelled"],
    )
    done = clerk.does("close", [kept], lambda _, desk, case: desk.close(case, "kominfo"), LATER)
    by_hand.opened.tick(LATER + WAIT)
    world = by_hand.opened.world(LATER + WAIT)
    assert len(to_send(by_hand.engine, by_hand.opened.seal, world, LATER + WAIT).messages) == 3
    assert clerk.undoes(done.action, LATER + WAIT) == (
        [],
        [("SPG-2605-0001", "pesannya sudah keluar")],
    )


def test_by_hand_it_can_be_taken_back_until_the_message_is_opened(by_hand: Office) -> None:
    clerk = Clerk(by_hand)
    one = received(by_hand, "SPG-2605-0001", "+6281200000101")
    two = received(by_hand, "SPG-2605-0002", "+6281200000102")

    def close(_: object, desk: Desk, case: Case) -> None:
        desk.close(case, "kominfo")

    first, second = (clerk.does("close", [key], close, NOW) for key in (one, two))
    by_hand.opened.tick(LATER)  # both are messages now, that nobody has seen
    opened, world = by_hand.opened, by_hand.opened.world(LATER)
    with reading(by_hand.engine) as connection:
        ids = list(connection.execute(select(Message.id).order_by(Message.id)).scalars())
    to_send(by_hand.engine, opened.seal, world, LATER, only=ids[1])
    assert clerk.undoes(first.action, LATER) == (["SPG-2605-0001"], [])
    assert clerk.undoes(second.action, LATER)[1] == [("SPG-2605-0002", "pesannya sudah keluar")]
    shown = to_send(by_hand.engine, opened.seal, world, LATER).messages
    assert [message.message_id for message in shown] == ids[1:]
