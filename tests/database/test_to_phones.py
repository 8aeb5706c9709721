"""Notices for a phone itself: replies at any hour and first, citizens' not at night."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from bot.channels.dispatcher import Dispatcher
from bot.channels.gateway import GatewayError, Outgoing, Sent
from bot.channels.simulator import Simulator
from config.terms import Channel, NoticeStatus, Reaction
from scheduler.case import Case
from scheduler.lifecycle import Desk
from scheduler.store import cases, inbound, reach
from scheduler.store.messaging_tables import Message, Notice
from scheduler.store.session import reading, writing
from tests.database.office import Office, at

CITIZEN = "+6281100000001"


@pytest.fixture
def office(database_url: str) -> Iterator[Office]:
    office = Office(database_url)
    yield office
    office.close()


def phone(office: Office) -> int:
    with writing(office.engine) as connection:
        return inbound.phone_of(connection, office.opened.seal, CITIZEN)


def reported(office: Office, when: str) -> int:
    """Have a citizen's complaint with DPUPR; return the citizen's phone."""
    phone_id = phone(office)
    moment = at(when)
    desk = Desk(office.opened.world(moment), moment)
    case = Case("Jalan rusak", "Jalan rusak", moment, moment, nomor="SPG-2605-0001")
    case.reporter_phone_id = phone_id
    with writing(office.engine) as connection:
        desk.receive(case, "pelapor", waits=False)
        desk.dispose(case, office.body("DPUPR"), "kominfo")
        cases.write(connection, desk.changes)
    return phone_id


def reply_row(phone_id: int, when: str, sid: str = "SM1") -> dict[str, Any]:
    moment = at(when)
    return {
        "cause": f"reply/{sid}",
        "step": "balasan",
        "kind": "balasan",
        "body": "Baik, dicatat.",
        "occurrence": 1,
        "phone_id": phone_id,
        "copy": False,
        "in_digest": False,
        "urgent": True,
        "status": NoticeStatus.PENDING,
        "due_at": moment,
        "send_after": moment,
        "created_at": moment,
    }


def add_reply(office: Office, phone_id: int, when: str, sid: str = "SM1") -> None:
    with writing(office.engine) as connection:
        inbound.add_reply(connection, [reply_row(phone_id, when, sid)])


class Deaf(Simulator):
    """Phones that cannot be reached with some words."""

    def __init__(self, office: Office, words: str) -> None:
        super().__init__(office.engine, office.opened.seal)
        self.words = words

    def send(self, message: Outgoing) -> Sent:
        if self.words in message.text:
            raise GatewayError("30005", permanent=True, reaction=Reaction.NEXT)
        return super().send(message)


def deaf_to(office: Office, words: str) -> Dispatcher:
    wire = Deaf(office, words)
    seal = office.opened.seal
    return Dispatcher(office.engine, seal, wire, lease_s=60, unknown_after_s=900)


def status_of(office: Office, kind: str) -> list[NoticeStatus]:
    return [row.status for row in office.notices() if row.line.kind == kind]


def test_a_reply_goes_out_in_the_night_and_before_everything_else(office: Office) -> None:
    office.dispose("9000001", "DPUPR", "2026-05-04T10:00")
    add_reply(office, phone(office), "2026-05-03T23:10")  # a Sunday night
    office.tick("2026-05-03T23:10")
    assert office.told() == ["Baik, dicatat."]
    add_reply(office, phone(office), "2026-05-04T10:00", "SM2")
    office.tick("2026-05-04T10:00")
    with reading(office.engine) as connection:
        first = select(Message.id).order_by(Message.priority, Message.id).limit(2)
        assert len(connection.execute(first).all()) == 2
        rows = connection.execute(
            select(Notice.kind, Message.priority)
            .join(Message, Message.id == Notice.message_id)
            .order_by(Message.priority, Message.id)
        ).all()
    assert [tuple(row) for row in rows][:2] == [("balasan", 0), ("balasan", 0)]
    assert all(priority > 0 for _, priority in rows[2:])


def test_the_same_message_is_replied_to_once(office: Office) -> None:
    phone_id = phone(office)
    add_reply(office, phone_id, "2026-05-04T10:00")
    with pytest.raises(IntegrityError), writing(office.engine) as connection:
        connection.execute(insert(Notice), reply_row(phone_id, "2026-05-04T10:01"))


def test_a_notice_is_for_a_post_or_for_a_phone(office: Office) -> None:
    row = reply_row(1, "2026-05-04T10:00") | {"phone_id": None}
    with pytest.raises(IntegrityError), writing(office.engine) as connection:
        connection.execute(insert(Notice), row)


@pytest.mark.parametrize(
    ("answered", "before", "goes"),
    [
        # answered in the evening: told the next morning, at the end of the quiet hours
        ("2026-05-05T20:00", "2026-05-06T06:29", "2026-05-06T06:30"),
        ("2026-05-06T05:00", "2026-05-06T06:29", "2026-05-06T06:30"),
        # a Saturday is no night: an officer's phone would wait, a citizen's does not
        ("2026-05-09T09:00", None, "2026-05-09T09:00"),
        ("2026-05-05T19:59", None, "2026-05-05T19:59"),
    ],
)
def test_a_citizen_hears_of_the_answer_but_not_at_night(
    office: Office, answered: str, before: str | None, goes: str
) -> None:
    reported(office, "2026-05-05T10:00")
    office.tick("2026-05-05T10:00")
    told = len(office.told())
    office.do(
        "SPG-2605-0001", answered, lambda desk, case: desk.answer(case, "x", "Ditambal 25 Nov.")
    )
    if before is not None:
        office.tick(answered)
        office.tick(before)
        assert len(office.told()) == told
        assert status_of(office, "dijawab") == [NoticeStatus.PENDING]
    office.tick(goes)
    assert len(office.told()) == told + 1
    assert "Ditambal 25 Nov" in office.told()[-1]
    assert status_of(office, "dijawab") == [NoticeStatus.DELIVERED]


@pytest.mark.parametrize("wants_none", [True, False])
def test_who_cannot_be_told_still_gets_replies(office: Office, wants_none: bool) -> None:
    phone_id = reported(office, "2026-05-05T10:00")
    with writing(office.engine) as connection:
        if wants_none:
            reach.mark(connection, phone_id, Channel.SMS, opted_out_at=at("2026-05-05T10:00"))
    office.tick("2026-05-05T10:00")
    office.do(
        "SPG-2605-0001", "2026-05-05T11:00", lambda desk, case: desk.answer(case, "x", "Selesai.")
    )
    add_reply(office, phone_id, "2026-05-05T11:00")
    if not wants_none:
        office.opened.dispatcher = deaf_to(office, "Selesai")
    office.tick("2026-05-05T11:00")
    assert status_of(office, "balasan") == [NoticeStatus.DELIVERED]
    assert status_of(office, "dijawab") == [NoticeStatus.FAILED]
    # Whoever asked to be left alone is not called instead.
    told = {row.line.note for row in office.notices() if row.line.kind == "gagal"}
    assert told == (set() if wants_none else {"pelapor"})


def test_a_held_reply_waits_while_nothing_may_be_sent(database_url: str) -> None:
    office = Office(database_url, shadow=True)
    reported(office, "2026-05-05T10:00")
    office.do("SPG-2605-0001", "2026-05-05T11:00", lambda d, c: d.answer(c, "x", "Selesai."))
    assert status_of(office, "dijawab") == [NoticeStatus.HELD]
    office.close()
