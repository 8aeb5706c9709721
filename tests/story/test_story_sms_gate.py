"""Reminders through an Android phone with a SIM: told once, whatever breaks on the way."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import select

from bot.channels.sms_gate_words import message_id
from bot.web import sms_gate
from scheduler.inbound import Arrived
from scheduler.store.dialogue_tables import InboundMessage
from scheduler.store.messaging_tables import Alert, Attempt
from scheduler.store.session import reading
from tests.database.office import Office, at
from tests.fakes.sms_gate import FakePhone, signed
from tests.web.provider import Request, send

DAY = "2026-05-04T"
"""A Monday."""
ADMIN, PENGHUBUNG = "+6281100000009", "+6281100000010"
NOW = datetime(2026, 5, 4, 3, 1, tzinfo=UTC)


class WithPhone(Office):
    """One installation that sends through a phone, and the phone's webhooks back to it."""

    def __init__(self, url: str, phone: FakePhone, **settings: Any) -> None:
        phone.reset()
        self.phone = phone
        super().__init__(
            url,
            **{
                "gateway": "smsgate",
                "smsgate_url": phone.base_url,
                "smsgate_username": phone.username,
                "smsgate_password": phone.password,
                "smsgate_signing_key": phone.signing_key,
                "smsgate_number": phone.number,
                "smsgate_per_minute": 600,
                **settings,
            },
        )
        self.app = FastAPI()
        sms_gate.add(self.app, self.opened, lambda: NOW)

    def webhook(self, name: str, payload: Mapping[str, object]) -> int:
        """The app posts an event; what it is answered."""
        body = json.dumps({"id": "E1", "event": name, "payload": dict(payload)}).encode()
        headers = signed(body, int(NOW.timestamp()), self.phone.signing_key)
        return send(self.app, Request(body, list(headers.items()), path="/sms/inbound")).status

    def went(self) -> Counter[str]:
        """How many notices stand how."""
        return Counter(str(row.status) for row in self.notices())

    def attempts(self) -> list[tuple[str, str | None]]:
        """What became of each attempt, and its error."""
        with reading(self.engine) as connection:
            rows = connection.execute(select(Attempt.status, Attempt.error).order_by(Attempt.id))
            return [(str(status), error) for status, error in rows]

    def alerts(self) -> list[str]:
        with reading(self.engine) as connection:
            return list(connection.execute(select(Alert.perihal).order_by(Alert.id)).scalars())


@pytest.fixture(scope="module")
def running_phone() -> Iterator[FakePhone]:
    with FakePhone() as phone:
        yield phone


@pytest.fixture
def office(database_url: str, running_phone: FakePhone) -> Iterator[WithPhone]:
    made = WithPhone(database_url, running_phone)
    yield made
    made.close()


def test_an_answer_that_is_lost_binds_the_message_that_left(office: WithPhone) -> None:
    office.phone.script("cut_after", "500_after")
    office.dispose("9000001", "DPUPR", f"{DAY}10:00")
    assert office.tick(f"{DAY}10:00").unknown == 2
    assert office.went() == {"unknown": 2}
    for minute in ("10:01", "10:20", "10:21"):
        office.tick(f"{DAY}{minute}")
    assert office.went() == {"accepted": 2}
    for number in (ADMIN, PENGHUBUNG):
        assert len(office.phone.sent_to(number)) == 1
    assert len(office.phone.order) == 2


def test_what_never_left_is_sent_once_its_absence_is_proved(office: WithPhone) -> None:
    office.phone.script("cut_before", "500_before")
    office.dispose("9000001", "DPUPR", f"{DAY}10:00")
    office.tick(f"{DAY}10:00")
    assert office.went() == {"unknown": 2}
    assert office.phone.order == []
    office.tick(f"{DAY}10:16")
    assert office.went() == {"accepted": 2}
    assert [len(office.phone.sent_to(number)) for number in (ADMIN, PENGHUBUNG)] == [1, 1]


def test_the_phone_reports_what_was_delivered(office: WithPhone) -> None:
    office.dispose("9000001", "DPUPR", f"{DAY}10:00")
    office.tick(f"{DAY}10:00")
    for sid in office.phone.order:
        for name in ("sms:delivered", "sms:sent", "sms:delivered"):  # in any order, twice
            assert office.webhook(name, {"messageId": sid, "recipient": ADMIN}) == 200
    assert office.went() == {"delivered": 2}


def test_webhooks_that_are_lost_are_asked_for(office: WithPhone) -> None:
    office.dispose("9000001", "DPUPR", f"{DAY}10:00")
    office.tick(f"{DAY}10:00")
    first, second = office.phone.order
    office.phone.move(first, "Delivered")
    office.phone.move(second, "Sent")
    office.tick(f"{DAY}10:31")
    assert office.went() == {"delivered": 1, "accepted": 1}
    assert len(office.phone.order) == 2


def test_a_failure_of_the_network_is_tried_again_later(office: WithPhone) -> None:
    office.dispose("9000001", "DPUPR", f"{DAY}10:00")
    office.tick(f"{DAY}10:00")
    (sid,) = (each for each in office.phone.order if ADMIN in str(office.phone.kept[each]))
    reason = "Send result: RESULT_ERROR_GENERIC_FAILURE (Generic failure cause)"
    assert office.webhook("sms:failed", {"messageId": sid, "reason": reason}) == 200
    office.tick(f"{DAY}10:01")
    assert len(office.phone.sent_to(ADMIN)) == 1
    office.tick(f"{DAY}10:06")
    assert len(office.phone.sent_to(ADMIN)) == 2
    assert office.phone.order[-1] != sid
    assert any("GENERIC_FAILURE" in each for each in office.alerts())


def test_a_sim_without_service_rests_and_goes_on(office: WithPhone) -> None:
    office.dispose("9000001", "DPUPR", f"{DAY}10:00")
    office.tick(f"{DAY}10:00")
    before = list(office.phone.order)
    reason = "Send result: RESULT_ERROR_NO_SERVICE (Failed because service is …)"
    for sid in before:
        office.webhook("sms:failed", {"messageId": sid, "reason": reason})
    office.tick(f"{DAY}10:05")
    assert office.phone.order == before
    office.tick(f"{DAY}10:16")
    assert [len(office.phone.sent_to(number)) for number in (ADMIN, PENGHUBUNG)] == [2, 2]


def test_a_phone_that_was_off_gets_everything_when_it_is_back(
    database_url: str, running_phone: FakePhone
) -> None:
    office = WithPhone(database_url, running_phone, smsgate_url="http://127.0.0.1:9")
    office.dispose("9000001", "DPUPR", f"{DAY}10:00")
    office.tick(f"{DAY}10:00")
    assert not {"accepted", "failed", "unknown"} & set(office.went())
    office.close()
    back = WithPhone(database_url, running_phone)
    for minute in ("10:02", "10:05", "10:20"):
        back.tick(f"{DAY}{minute}")
    assert [len(back.phone.sent_to(number)) for number in (ADMIN, PENGHUBUNG)] == [1, 1]
    back.close()


def test_a_slow_sim_takes_what_it_can_and_the_rest_waits(
    database_url: str, running_phone: FakePhone
) -> None:
    """Ten a minute: what finds no slot in this pass is not even begun."""
    office = WithPhone(database_url, running_phone, smsgate_per_minute=10, lease_s=4)
    for number, short in enumerate(("DPUPR", "Dinkes", "Disdik"), 9_000_001):
        office.dispose(str(number), short, f"{DAY}10:00")
    office.tick(f"{DAY}10:00")
    assert len(office.phone.order) == 1
    assert office.attempts() == [("accepted", None)]
    assert office.went()["pending"] == 5
    office.close()


def test_a_restored_database_does_not_take_old_messages_for_its_own(office: WithPhone) -> None:
    old = message_id(1, "sebelum pemulihan")
    office.phone.take(
        {"id": old, "phoneNumbers": [ADMIN], "textMessage": {"text": "sebelum pemulihan"}}
    )
    office.dispose("9000001", "DPUPR", f"{DAY}10:00")
    office.tick(f"{DAY}10:00")
    assert office.went() == {"accepted": 2}
    assert len(office.phone.order) == 3


def test_who_is_told_can_answer(office: WithPhone) -> None:
    office.dispose("9000001", "DPUPR", f"{DAY}10:00")
    office.tick(f"{DAY}10:00")
    answer = {
        "messageId": "d34db33f",
        "sender": ADMIN,
        "phoneNumber": ADMIN,
        "message": "TERIMA 9000001",
        "receivedAt": "2026-05-04T10:01:00.000+07:00",
    }
    for _ in range(3):
        assert office.webhook("sms:received", answer) == 200
    assert office.webhook("sms:received", answer | {"sender": "TELKOMSEL"}) == 200
    with reading(office.engine) as connection:
        (row,) = connection.execute(select(InboundMessage.payload)).scalars()
    arrived = Arrived.loads(office.opened.seal.open(row))
    assert (arrived.sender, arrived.text) == (ADMIN, "TERIMA 9000001")
    assert arrived.received_at == at(f"{DAY}10:01")
