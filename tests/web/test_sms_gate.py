"""SMS through the app's real client to a phone that misbehaves: nothing twice, nothing lost."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.channels import twilio_wire
from bot.channels.combined import CombinedGateway
from bot.channels.gateway import GatewayError, OutcomeUnknownError, Outgoing
from bot.channels.sms_gate import SmsGate
from bot.channels.sms_gate_words import message_id
from bot.channels.twilio_errors import UNREACHABLE
from config.settings import Settings
from config.terms import Channel, NoticeStatus, Reaction
from scheduler import clock
from tests.fakes.sms_gate import FakePhone
from tests.fakes.twilio_server import FakeTwilio

TO = "+6281200000001"
TEXT = "Yth. Admin DPUPR: aduan SP4N #9000001. -Kominfo Sampang"
NOW = clock.now()
SMS = Outgoing(41, TO, TEXT, Channel.SMS, NOW)
SID = message_id(41, TEXT)


@pytest.fixture(scope="module")
def running_phone() -> Iterator[FakePhone]:
    with FakePhone() as phone:
        yield phone


@pytest.fixture
def phone(running_phone: FakePhone) -> FakePhone:
    running_phone.reset()
    return running_phone


def phone_settings(phone: FakePhone, **others: Any) -> Settings:
    given: dict[str, Any] = {
        "gateway": "smsgate",
        "smsgate_url": phone.base_url,
        "smsgate_username": phone.username,
        "smsgate_password": phone.password,
        "smsgate_signing_key": phone.signing_key,
        "smsgate_number": phone.number,
    }
    return Settings(**(given | others))


@pytest.fixture
def gate(phone: FakePhone) -> SmsGate:
    return SmsGate(phone_settings(phone))


def a_free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


# --- what is asked for ------------------------------------------------------------------------


def test_a_message_goes_under_an_id_of_ours(phone: FakePhone, gate: SmsGate) -> None:
    sent = gate.send(SMS)
    assert (sent.sid, sent.status, sent.word, sent.awaited) == (
        SID,
        NoticeStatus.ACCEPTED,
        "queued",
        True,
    )
    assert phone.requests == [("POST", "/messages?skipPhoneValidation=true")]
    asked = phone.kept[SID]["asked"]
    assert asked == {
        "id": SID,
        "phoneNumbers": [TO],
        "textMessage": {"text": TEXT},
        "withDeliveryReport": True,
        "isEncrypted": False,
        "priority": 0,  # 100 and more would pass by the limits set in the app
        "ttl": 1680,  # before the delivery counts as overdue and another way is taken
    }


def test_an_api_below_a_path_is_reached(phone: FakePhone) -> None:
    gate = SmsGate(phone_settings(phone, smsgate_url=f"{phone.base_url}/3rdparty/v1"))
    with pytest.raises(GatewayError, match="HTTP_404"):
        gate.send(SMS)
    assert phone.requests == [("POST", "/3rdparty/v1/messages?skipPhoneValidation=true")]


def test_it_is_two_way_only_where_answers_can_be_believed(phone: FakePhone) -> None:
    settings = phone_settings(phone)
    assert SmsGate(settings).senders.two_way == {Channel.SMS}
    assert SmsGate(replace(settings, smsgate_signing_key=None)).senders.two_way == set()
    assert SmsGate(settings).senders.by_channel == {Channel.SMS: phone.number}
    assert SmsGate(settings).senders.per_minute == {Channel.SMS: 10}


def test_the_phone_gives_up_before_another_way_is_taken(phone: FakePhone) -> None:
    SmsGate(phone_settings(phone, delivery_timeout_s=60)).send(SMS)
    assert phone.kept[SID]["asked"]["ttl"] == 60


# --- a line that breaks -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "taken"),
    [
        ("cut_before", 0),
        ("500_before", 0),
        ("503", 0),
        ("302", 0),
        ("408", 0),
        ("cut_after", 1),
        ("500_after", 1),
        ("nonsense_after", 1),
    ],
)
def test_a_lost_answer_is_looked_up_by_the_id(
    phone: FakePhone, gate: SmsGate, fault: str, taken: int
) -> None:
    gate.send(replace(SMS, text="lain"))  # so that the connection is a used one
    phone.script(fault)
    with pytest.raises(OutcomeUnknownError) as unknown:
        gate.send(SMS)
    assert "62" not in str(unknown.value)
    assert phone.sent_to(TO) == ["lain"] + taken * [TEXT]
    assert [each.sid for each in gate.look_up(SMS, NOW)] == taken * [SID]
    assert gate.send(SMS).sid == SID  # whoever asks again gets the one that is there
    assert phone.sent_to(TO) == ["lain", TEXT]


def test_an_answer_that_does_not_come_is_unknown(
    phone: FakePhone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(twilio_wire, "TIMEOUT_S", 0.2)
    gate = SmsGate(phone_settings(phone))
    phone.script("hang_after")
    with pytest.raises(OutcomeUnknownError, match="timed out"):
        gate.send(SMS)
    phone.release.set()
    assert [each.sid for each in gate.look_up(SMS, NOW)] == [SID]
    phone.release.clear()


def test_a_phone_that_is_switched_off_was_never_reached(phone: FakePhone) -> None:
    away = f"http://127.0.0.1:{a_free_port()}"
    gate = SmsGate(phone_settings(phone, smsgate_url=away))
    with pytest.raises(GatewayError) as refused:
        gate.send(SMS)
    assert (refused.value.code, refused.value.reaction) == (UNREACHABLE, Reaction.BUSY)
    with pytest.raises(OutcomeUnknownError):
        gate.look_up(SMS, NOW)


@pytest.mark.parametrize(
    ("status", "reaction", "permanent"),
    [
        ("400", Reaction.CONTENT, True),
        ("401", Reaction.CHANNEL_OFF, False),
        ("403", Reaction.CHANNEL_OFF, False),
        ("404", Reaction.CHANNEL_OFF, False),
        ("429", Reaction.BUSY, False),
    ],
)
def test_a_refusal_is_told_by_its_status(
    phone: FakePhone, gate: SmsGate, status: str, reaction: Reaction, permanent: bool
) -> None:
    phone.script(status)
    with pytest.raises(GatewayError) as refused:
        gate.send(SMS)
    assert (refused.value.reaction, refused.value.permanent) == (reaction, permanent)
    assert phone.kept == {}


def test_a_wrong_password_is_said_and_proves_nothing(phone: FakePhone) -> None:
    gate = SmsGate(phone_settings(phone, smsgate_password="lama"))
    with pytest.raises(GatewayError, match="HTTP_401"):
        gate.send(SMS)
    with pytest.raises(OutcomeUnknownError):
        gate.look_up(SMS, NOW)
    with pytest.raises(OutcomeUnknownError):
        gate.fetch(SID)


# --- looking up -------------------------------------------------------------------------------


def test_absence_is_proved_by_the_app_itself(phone: FakePhone, gate: SmsGate) -> None:
    assert gate.look_up(SMS, NOW) == ()
    assert gate.fetch(SID) is None
    assert phone.requests == 2 * [("GET", f"/messages/{SID}"), ("GET", "/webhooks")]


@pytest.mark.parametrize("fault", ["404", "401", "500_before", "cut_before", "nonsense_after"])
def test_a_404_of_anything_on_the_way_proves_nothing(
    phone: FakePhone, gate: SmsGate, fault: str
) -> None:
    phone.script("404", fault)
    with pytest.raises(OutcomeUnknownError):
        gate.look_up(SMS, NOW)


def test_after_a_day_the_phone_may_have_forgotten(gate: SmsGate) -> None:
    with pytest.raises(OutcomeUnknownError, match="forgotten"):
        gate.look_up(SMS, clock.now() - timedelta(hours=25))
    gate.send(SMS)
    assert len(gate.look_up(SMS, clock.now() - timedelta(days=30))) == 1


def test_another_message_of_the_same_number_is_not_ours(gate: SmsGate) -> None:
    """A restored database counts attempts anew, two installations share a phone."""
    gate.send(replace(SMS, text="dari sebelum pemulihan"))
    assert gate.look_up(SMS, NOW) == ()
    gate.send(replace(SMS, to="+6281200000002"))
    assert gate.look_up(SMS, NOW) == ()
    with pytest.raises(OutcomeUnknownError):  # the id is taken: for a person
        gate.send(SMS)


def test_a_server_between_that_hashes_numbers_is_understood(
    phone: FakePhone, gate: SmsGate
) -> None:
    gate.send(SMS)
    phone.hashed = True
    assert [each.sid for each in gate.look_up(SMS, NOW)] == [SID]


@pytest.mark.parametrize(
    ("state", "reason", "status", "word", "error"),
    [
        ("Pending", None, NoticeStatus.ACCEPTED, "queued", None),
        ("Processed", None, NoticeStatus.ACCEPTED, "sending", None),
        ("Sent", None, NoticeStatus.ACCEPTED, "sent", None),
        ("Delivered", None, NoticeStatus.DELIVERED, "delivered", None),
        ("Failed", "TTL expired", NoticeStatus.FAILED, "failed", "TTL_EXPIRED"),
        (
            "Failed",
            f"sendSMS: Not a valid phone number: {TO}",
            NoticeStatus.FAILED,
            "failed",
            "NOT_SENT",
        ),
        ("Failed", None, NoticeStatus.FAILED, "failed", "FAILED"),
        ("Cancelled", None, NoticeStatus.FAILED, "canceled", "CANCELLED"),
    ],
)
def test_what_became_of_a_message(
    phone: FakePhone,
    gate: SmsGate,
    state: str,
    reason: str | None,
    status: NoticeStatus,
    word: str,
    error: str | None,
) -> None:
    gate.send(SMS)
    phone.move(SID, state, reason)
    found = gate.fetch(SID)
    assert found is not None
    assert (found.status, found.word, found.error) == (status, word, error)


def test_a_state_nobody_knows_is_no_answer(phone: FakePhone, gate: SmsGate) -> None:
    gate.send(SMS)
    phone.move(SID, "Teleported")
    with pytest.raises(OutcomeUnknownError):
        gate.fetch(SID)


def test_registered_webhooks_are_listed_whatever_their_event(
    phone: FakePhone, gate: SmsGate
) -> None:
    phone.webhooks = [{"id": "1", "event": "sms:new", "url": "https://ingat.example/sms/inbound"}]
    assert gate.webhooks() == [("sms:new", "https://ingat.example/sms/inbound")]


def test_no_number_or_text_gets_into_a_log(
    phone: FakePhone, gate: SmsGate, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    gate.send(SMS)
    phone.script("cut_before", "500_before")
    for _ in range(2):
        with pytest.raises(OutcomeUnknownError):
            gate.send(SMS)
    gate.look_up(SMS, NOW)
    assert TO[1:] not in caplog.text
    assert "9000001" not in caplog.text
    assert phone.password not in caplog.text


# --- beside Twilio ----------------------------------------------------------------------------


@pytest.fixture
def both(phone: FakePhone, settings: Settings) -> CombinedGateway:
    """WhatsApp to the fake Twilio of this folder, SMS to the phone."""
    given = phone_settings(phone)
    names = [name for name in Settings.__slots__ if name.startswith("smsgate")]
    own = replace(settings, public_url=None, **{name: getattr(given, name) for name in names})
    return CombinedGateway(own)


def test_each_channel_goes_its_own_way(
    phone: FakePhone, fake: FakeTwilio, both: CombinedGateway
) -> None:
    assert both.senders.channels == (Channel.WHATSAPP, Channel.SMS)
    assert both.senders.by_channel[Channel.SMS] == phone.number
    assert Channel.SMS in both.senders.two_way
    whatsapp = both.send(replace(SMS, channel=Channel.WHATSAPP))
    sms = both.send(SMS)
    assert [message["to"] for message in fake.messages()] == [f"whatsapp:{TO}"]
    assert phone.sent_to(TO) == [TEXT]
    for sent in (whatsapp, sms):
        found = both.fetch(sent.sid)
        assert found is not None
        assert found.sid == sent.sid
    assert [each.sid for each in both.look_up(replace(SMS, sender=phone.number), NOW)] == [SID]


def test_what_went_by_twilio_before_is_still_asked_of_twilio(
    phone: FakePhone, both: CombinedGateway, settings: Settings
) -> None:
    from bot.channels.twilio_gateway import TwilioGateway

    sent = TwilioGateway(replace(settings, public_url=None)).send(SMS)
    found = both.look_up(replace(SMS, sender="INGAT"), NOW)
    assert [each.sid for each in found] == [sent.sid]
    assert phone.requests == []


def test_codes_of_both_are_told_apart(both: CombinedGateway) -> None:
    assert both.reaction("63016") is Reaction.TEMPLATE
    assert both.reaction("99999") is Reaction.NEXT
    assert both.reaction("GENERIC_FAILURE") is Reaction.LATER
    assert both.reaction("RADIO_OFF") is Reaction.CHANNEL_OFF
    assert both.reaction(None) is Reaction.NEXT


def test_a_phone_that_is_off_does_not_hold_up_whatsapp(
    phone: FakePhone, settings: Settings
) -> None:
    away = f"http://127.0.0.1:{a_free_port()}"
    given = replace(
        settings,
        public_url=None,
        smsgate_url=away,
        smsgate_username="sms",
        smsgate_password="x",
        smsgate_number=phone.number,
    )
    both = CombinedGateway(given)
    with pytest.raises(GatewayError) as refused:
        both.send(SMS)
    assert (refused.value.code, refused.value.reaction) == ("PHONE_AWAY", Reaction.CHANNEL_OFF)
    assert both.send(replace(SMS, channel=Channel.WHATSAPP)).sid
