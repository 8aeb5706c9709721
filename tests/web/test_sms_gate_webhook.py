"""`POST /sms/inbound`: what the phone signed is kept, then answered; nothing else is read."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from bot.channels.sms_gate_words import message_id
from bot.compose import Installation, open_installation
from bot.web import sms_gate
from config.settings import Settings
from config.terms import Channel
from scheduler.inbound import Arrived
from scheduler.store.dialogue_tables import InboundMessage
from scheduler.store.session import reading
from tests.fakes.sms_gate import FakePhone, signed
from tests.web.provider import KEY, NOW, Answer, Request, an_attempt, fate, kept, send

PATH = "/sms/inbound"
STAMP = int(NOW.timestamp())
SIGNING = FakePhone.signing_key
CITIZEN = "+6281200000001"


def phone_settings(url: str, **others: Any) -> Settings:
    given: dict[str, Any] = {
        "database_url": url,
        "data_key": KEY,
        "gateway": "smsgate",
        "public_url": "https://ingat.example/kab",
        "smsgate_url": "http://127.0.0.1:9",
        "smsgate_username": "sms",
        "smsgate_password": "sandi",
        "smsgate_signing_key": SIGNING,
        "smsgate_number": FakePhone.number,
    }
    return Settings(**(given | others))


@dataclass
class Office:
    """An installation with its webhook, and what was asked of it."""

    opened: Installation
    app: FastAPI
    prompted: int = 0

    def post(self, body: bytes, headers: Mapping[str, str], path: str = PATH) -> Answer:
        return send(self.app, Request(body, list(headers.items()), path=path))

    def event(self, name: str, payload: Mapping[str, object], **others: Any) -> Answer:
        """The app posts an event; it is signed now."""
        body = json.dumps({"id": "E1", "event": name, "payload": dict(payload)} | others).encode()
        return self.post(body, signed(body, STAMP, SIGNING))

    def sms(self, text: str, sender: str = CITIZEN, second: int = 0) -> Answer:
        return self.event("sms:received", an_sms(text, sender, second))

    def arrived(self) -> list[Arrived]:
        with reading(self.opened.engine) as connection:
            rows = connection.execute(
                select(InboundMessage.payload).order_by(InboundMessage.id)
            ).scalars()
            return [Arrived.loads(self.opened.seal.open(row)) for row in rows]

    def prompt(self) -> None:
        self.prompted += 1


def an_sms(text: str, sender: str = CITIZEN, second: int = 0) -> dict[str, object]:
    return {
        "messageId": "d34db33f",
        "sender": sender,
        "recipient": None,
        "phoneNumber": sender,
        "simNumber": 1,
        "message": text,
        "receivedAt": f"2026-11-24T08:00:{second:02}.000+07:00",
    }


def an_office(url: str, **others: Any) -> Office:
    office = Office(open_installation(phone_settings(url, **others)), FastAPI())
    sms_gate.add(office.app, office.opened, lambda: NOW, office.prompt)
    return office


@pytest.fixture
def office(database_url: str) -> Iterator[Office]:
    office = an_office(database_url)
    yield office
    office.opened.close()


# --- what a person wrote ----------------------------------------------------------------------


def test_an_sms_is_kept_before_it_is_answered(office: Office) -> None:
    answer = office.sms("Jalan rusak di Jalan Contoh")
    assert (answer.status, answer.body) == (200, b"")
    (arrived,) = office.arrived()
    assert (arrived.channel, arrived.sender) == (Channel.SMS, CITIZEN)
    assert (arrived.text, arrived.received_at) == ("Jalan rusak di Jalan Contoh", NOW)
    assert arrived.to == FakePhone.number
    assert office.prompted == 1


def test_the_same_sms_is_one_message_however_often_it_comes(office: Office) -> None:
    for number in range(3):
        answer = office.event(
            "sms:received", an_sms("Satu"), id=f"E{number}", webhookId=str(number)
        )
        assert answer.status == 200
    office.sms("Satu", second=1)  # the same words again are another message
    assert len(office.arrived()) == 2


def test_many_in_any_order_each_up_to_three_times_are_kept_once(office: Office) -> None:
    chance = random.Random(17)
    texts = [f"Aduan {number}" for number in range(60)]
    deliveries = [text for text in texts for _ in range(chance.randint(1, 3))]
    chance.shuffle(deliveries)
    assert {office.sms(text).status for text in deliveries} == {200}
    assert sorted(each.text for each in office.arrived()) == sorted(texts)


@pytest.mark.parametrize("sender", ["TELKOMSEL", "1708", "3636", FakePhone.number])
def test_nobody_to_answer_is_no_citizen(office: Office, sender: str) -> None:
    assert office.sms("Beli paket 10 GB", sender).status == 200
    assert office.arrived() == []
    assert office.prompted == 0


@pytest.mark.parametrize("name", ["mms:received", "mms:downloaded", "sms:data-received"])
def test_pictures_and_data_are_let_pass(office: Office, name: str) -> None:
    assert office.event(name, {"sender": CITIZEN, "data": "AA==", "size": 3}).status == 200
    assert office.arrived() == []


@pytest.mark.parametrize("text", ["", "\x00", "\ud83d", "'; DROP TABLE x; --", "x" * 1600, "🛣" * 9])
def test_any_text_is_kept(office: Office, text: str) -> None:
    assert office.sms(text).status == 200
    (arrived,) = office.arrived()
    assert arrived.text == text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def test_what_is_new_to_us_is_asked_for_again(office: Office) -> None:
    assert office.event("sms:received", {"from": CITIZEN, "body": "x"}).status == 422
    assert office.event("sms:new", {}).status == 200


def test_without_a_database_the_phone_is_to_ask_again(
    office: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(_: object) -> int:
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(office.opened, "hear", away)
        patch.setattr(office.opened, "take_report", away)
        assert office.sms("Satu").status == 503
        assert office.event("sms:sent", {"messageId": message_id(1, "x")}).status == 503
    assert office.arrived() == []
    assert office.sms("Satu").status == 200
    assert len(office.arrived()) == 1
    assert CITIZEN[1:] not in caplog.text


# --- what became of ours ----------------------------------------------------------------------


def test_a_delivery_is_followed(office: Office) -> None:
    sid = message_id(7, "x")
    attempt = an_attempt(office.opened, sid)
    for name, status in (("sms:sent", "accepted"), ("sms:delivered", "delivered")):
        assert office.event(name, {"messageId": sid, "recipient": CITIZEN}).status == 200
        assert fate(office.opened, attempt).status == status


def test_a_report_binds_an_attempt_whose_worker_died(office: Office) -> None:
    attempt = an_attempt(office.opened, None)
    sid = message_id(attempt, "x")
    assert office.event("sms:sent", {"messageId": sid}).status == 200
    assert (fate(office.opened, attempt).sid, fate(office.opened, attempt).status) == (
        sid,
        "accepted",
    )


def test_a_failure_leaves_a_code_and_no_number(office: Office) -> None:
    sid = message_id(7, "x")
    attempt = an_attempt(office.opened, sid)
    reason = f"sendSMS: Not a valid phone number: {CITIZEN}"
    assert office.event("sms:failed", {"messageId": sid, "reason": reason}).status == 200
    assert fate(office.opened, attempt).status == "failed"
    assert kept(office.opened) == [(sid, "failed", "NOT_SENT")]


def test_messages_of_others_on_the_same_phone_are_nothing_to_us(office: Office) -> None:
    assert office.event("sms:sent", {"messageId": "PyDmBQZZXYmyxMwED8Fzy"}).status == 200
    assert kept(office.opened) == []


# --- what is not the phone's ------------------------------------------------------------------

BODY = json.dumps({"id": "E1", "event": "sms:received", "payload": an_sms("Palsu")}).encode()
RIGHT = signed(BODY, STAMP, SIGNING)


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (BODY, {}),
        (BODY, {"X-Signature": RIGHT["X-Signature"]}),
        (BODY, {"X-Timestamp": RIGHT["X-Timestamp"]}),
        (BODY, {**RIGHT, "X-Signature": ""}),
        (BODY, {**RIGHT, "X-Signature": "0" * 64}),
        (BODY, {**RIGHT, "X-Signature": "\u00e9" * 64}),
        (BODY, {**RIGHT, "X-Timestamp": str(STAMP + 1)}),
        (BODY + b" ", RIGHT),
        (BODY.replace(b"Palsu", b"Lain!"), RIGHT),
        (BODY, signed(BODY, STAMP, "kunci-lain")),
        (BODY, signed(BODY, STAMP, "")),
        (BODY, signed(BODY, STAMP - 301, SIGNING)),  # a replay
        (BODY, signed(BODY, STAMP + 301, SIGNING)),
        (BODY, signed(BODY, "", SIGNING)),
        (BODY, signed(BODY, f"-{STAMP}", SIGNING)),
    ],
)
def test_what_is_not_signed_now_is_refused(
    office: Office, body: bytes, headers: dict[str, str]
) -> None:
    answer = office.post(body, headers)
    assert (answer.status, answer.body) == (403, b"")
    assert office.arrived() == []


def test_a_header_given_twice_is_refused(office: Office) -> None:
    request = Request(BODY, [*RIGHT.items(), ("x-signature", RIGHT["X-Signature"])], path=PATH)
    assert send(office.app, request).status == 403


def test_the_right_one_of_these_is_taken(office: Office) -> None:
    assert office.post(BODY, RIGHT).status == 200
    assert office.post(BODY, RIGHT, f"/kab{PATH}").status == 200  # a proxy may leave the prefix
    assert len(office.arrived()) == 1


def test_a_long_body_is_not_read_to_its_end(office: Office) -> None:
    body = b"x" * (sms_gate.MAX_BODY + 1)
    assert office.post(body, signed(body, STAMP, SIGNING)).status == 413
    lying = {**signed(body, STAMP, SIGNING), "Content-Length": "5"}
    assert office.post(body, lying).status == 413


@pytest.fixture(scope="module")
def besieged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    path = tmp_path_factory.mktemp("besieged") / "ingat.db"
    office = an_office(f"sqlite:///{path}")
    yield office
    assert office.arrived() == []
    office.opened.close()


@settings(
    deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.binary(max_size=300) | st.just(BODY),
    st.integers(STAMP - 1000, STAMP + 1000),
    st.text("0123456789abcdef", min_size=64, max_size=64) | st.text(max_size=80),
    st.text(max_size=12),
)
def test_no_forgery_gets_in(
    besieged: Office, body: bytes, stamp: int, signature: str, key: str
) -> None:
    guess = {"X-Timestamp": str(stamp), "X-Signature": signature}
    wire = {
        name: value.encode("utf-8", "replace").decode("latin-1") for name, value in guess.items()
    }
    for headers in (wire, signed(body, stamp, f"{key}!"), signed(body, STAMP - 5000, SIGNING)):
        assert besieged.post(body, headers).status == 403


def test_whatever_is_signed_is_answered(office: Office) -> None:
    chance = random.Random(4)
    for _ in range(200):
        body = chance.randbytes(chance.randint(0, 60))
        assert office.post(body, signed(body, STAMP, SIGNING)).status == 422


# --- where there is no phone ------------------------------------------------------------------


@pytest.mark.parametrize(
    "others", [{"smsgate_signing_key": None}, {"gateway": "simulator"}, {"gateway": "manual"}]
)
def test_without_a_key_or_a_phone_there_is_no_webhook(
    sqlite_url: str, others: dict[str, object]
) -> None:
    office = an_office(sqlite_url, **others)
    assert office.post(BODY, RIGHT).status == 404
    office.opened.close()
