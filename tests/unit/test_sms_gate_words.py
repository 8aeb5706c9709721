"""The app's ids, states, errors and webhooks in our words; nothing is sent."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from android_sms_gateway import ProcessState
from hypothesis import given
from hypothesis import strategies as st

from bot.channels import sms_gate_words as words
from bot.channels.sms_gate_inbound import (
    ForgedError,
    Told,
    UnreadableError,
    check,
    read_event,
    sender_of,
    sign,
)
from config.terms import Channel, NoticeStatus, Reaction
from scheduler import delivery
from scheduler.inbound import Arrived

AT = datetime(2026, 5, 4, 3, tzinfo=UTC)
OWN = "+6281100000995"
CITIZEN = "+6281200000001"


def blind(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


# --- ids --------------------------------------------------------------------------------------


@given(st.integers(1, 2**31 - 1), st.text())
def test_an_id_names_its_attempt_and_fits(attempt_id: int, text: str) -> None:
    sid = words.message_id(attempt_id, text)
    assert len(sid) <= 34
    assert words.attempt_of(sid) == attempt_id


def test_an_id_differs_with_the_text_and_stays_with_it() -> None:
    """Else a restored database would take an old message for its own."""
    assert words.message_id(7, "satu") != words.message_id(7, "dua")
    assert words.message_id(7, "satu") == words.message_id(7, "satu")
    assert len({words.message_id(7, "a\ud800"), words.message_id(7, "a?")}) == 2


@pytest.mark.parametrize(
    "sid",
    [
        "",
        "ingat-7",
        "ingat-07-0123456789abcdef",
        "ingat-0-0123456789abcdef",
        "ingat-2147483648-0123456789abcdef",
        "ingat-7-0123456789ABCDEF",
        "ingat-7-0123456789abcdef ",
        "x-ingat-7-0123456789abcdef",
        "PyDmBQZZXYmyxMwED8Fzy",
    ],
)
def test_what_is_not_ours_names_no_attempt(sid: str) -> None:
    assert words.attempt_of(sid) is None


# --- states and errors ------------------------------------------------------------------------


def test_every_state_of_the_client_has_a_word() -> None:
    assert set(words.WORDS) == {each.value for each in ProcessState}
    assert all(delivery.status_of(word) is not None for word in words.WORDS.values())


def test_states_go_the_way_of_a_message() -> None:
    way = [words.WORDS[each] for each in ("Pending", "Processed", "Sent", "Delivered")]
    assert all(delivery.advances(*pair) for pair in pairwise(way))
    assert words.status_of(words.WORDS["Sent"]) is NoticeStatus.ACCEPTED
    assert words.status_of(words.WORDS["Delivered"]) is NoticeStatus.DELIVERED
    for failed in ("Failed", "Cancelled"):
        assert words.status_of(words.WORDS[failed]) is NoticeStatus.FAILED
    assert words.WORDS["Sent"] in delivery.HANDED_ON
    assert words.WORDS["Processed"] not in delivery.HANDED_ON


@pytest.mark.parametrize(
    ("reason", "code", "reaction"),
    [
        (
            "Send result: RESULT_ERROR_GENERIC_FAILURE (Generic failure cause)",
            "GENERIC_FAILURE",
            Reaction.LATER,
        ),
        (
            "Send result: RESULT_ERROR_LIMIT_EXCEEDED (Failed because we reached …)",
            "LIMIT_EXCEEDED",
            Reaction.CHANNEL_OFF,
        ),
        ("Send result: RESULT_RIL_MODEM_ERR (The vendor RIL …)", "MODEM_ERR", Reaction.LATER),
        ("Send result: RESULT_ERROR_RADIO_OFF (Failed …)", "RADIO_OFF", Reaction.CHANNEL_OFF),
        ("Send result: RESULT_ERROR_NO_SERVICE (Failed …)", "NO_SERVICE", Reaction.CHANNEL_OFF),
        ("Send result: RESULT_RIL_SIM_ABSENT (The radio …)", "SIM_ABSENT", Reaction.CHANNEL_OFF),
        (
            "Send result: RESULT_RIL_RADIO_NOT_AVAILABLE (…)",
            "RADIO_NOT_AVAILABLE",
            Reaction.CHANNEL_OFF,
        ),
        ("Send result: RESULT_ERROR_NULL_PDU (Failed …)", "NULL_PDU", Reaction.CONTENT),
        (
            "Send result: RESULT_ERROR_SHORT_CODE_NOT_ALLOWED (…)",
            "SHORT_CODE_NOT_ALLOW",
            Reaction.NEXT,
        ),
        (
            "Send result: RESULT_UNEXPECTED_EVENT_STOP_SENDING (…)",
            "UNEXPECTED_EVENT_STO",
            Reaction.CHANNEL_OFF,
        ),
        ("Send result: Unknown error code: 124.", "SEND_124", Reaction.LATER),
        ("Delivery result from SC +6281100000: 70", "DELIVERY_70", Reaction.HANDSET_OFF),
        ("Delivery result from SC +6281100000: 97", "DELIVERY_97", Reaction.HANDSET_OFF),
        ("Delivery result from SC null: 65", "DELIVERY_65", Reaction.NEXT),
        ("Delivery result: 0", "DELIVERY_0", Reaction.NEXT),
        ("Delivery result", "DELIVERY", Reaction.NEXT),
        ("TTL expired", "TTL_EXPIRED", Reaction.NEXT),
        ("Can't send message: No SIMs found", "NOT_SENT", Reaction.LATER),
        ("sendSMS: Not a valid phone number: +6281200000001", "NOT_SENT", Reaction.LATER),
        ("Unknown", "FAILED", Reaction.LATER),
        ("", "FAILED", Reaction.LATER),
        (None, "FAILED", Reaction.LATER),
    ],
)
def test_a_failure_has_a_code_and_a_reaction(
    reason: str | None, code: str, reaction: Reaction
) -> None:
    assert words.code_of(reason) == code
    assert words.reaction(code) is reaction


@given(
    st.text() | st.from_regex(r"(Send|Delivery) result.{0,40}(RESULT_\w{0,60}|[0-9 .:+-]{0,60})")
)
def test_no_sentence_becomes_a_long_code_or_a_telephone_number(reason: str) -> None:
    code = words.code_of(reason)
    assert 0 < len(code) <= 20
    assert words.is_code(code)
    assert sum(sign.isdecimal() for sign in code) <= 6
    assert words.reaction(code) in Reaction


def test_no_code_at_all_is_the_next_way() -> None:
    assert words.reaction(None) is Reaction.NEXT
    assert words.reaction("HTTP_401") is Reaction.CHANNEL_OFF
    assert words.reaction("HTTP_400") is Reaction.CONTENT


# --- whose words they are ---------------------------------------------------------------------

KEY = "kunci-tanda"
BODY = b'{"event":"system:ping"}'
STAMP = str(int(AT.timestamp()))


def reason(**given: Any) -> str | None:
    values: dict[str, Any] = {
        "key": KEY,
        "body": BODY,
        "timestamp": STAMP,
        "signature": sign(KEY, BODY, STAMP),
        "at": AT,
    }
    try:
        check(**values | given)
    except ForgedError as error:
        return str(error)
    return None


def test_a_signature_is_the_apps() -> None:
    # printf '%s%s' BODY STAMP | openssl dgst -sha256 -hmac KEY
    known = "2a2dec774c3fa2cec51105f54e8f346233758274b2ea564a7a5ab3c637f4643c"
    assert sign(KEY, BODY, STAMP) == known
    assert reason() is None


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"key": "kunci-lain"}, "signature"),
        ({"body": BODY + b" "}, "signature"),
        ({"body": b""}, "signature"),
        ({"timestamp": str(int(STAMP) + 1)}, "signature"),
        ({"timestamp": f" {STAMP}"}, "form"),
        ({"timestamp": f"{STAMP}.0"}, "form"),
        ({"timestamp": "٣" * 10}, "form"),
        ({"timestamp": "9" * 13}, "form"),
        ({"signature": ""}, "form"),
        ({"signature": sign(KEY, BODY, STAMP).upper()}, "form"),
        ({"signature": sign(KEY, BODY, STAMP) + "\n"}, "form"),
        ({"signature": "é" * 64}, "form"),
        ({"signature": "0" * 64}, "signature"),
        ({"at": AT + timedelta(seconds=301)}, "timestamp"),
        ({"at": AT - timedelta(seconds=301)}, "timestamp"),
    ],
)
def test_what_the_app_did_not_sign_just_now_is_forged(given: dict[str, Any], expected: str) -> None:
    assert reason(**given) == expected


@pytest.mark.parametrize("seconds", [-300, 300])
def test_five_minutes_are_left_to_a_clock(seconds: int) -> None:
    assert reason(at=AT + timedelta(seconds=seconds)) is None


# --- what they say ----------------------------------------------------------------------------


def received(**payload: object) -> bytes:
    given = {
        "messageId": "d34db33f",
        "sender": CITIZEN,
        "recipient": OWN,
        "simNumber": 1,
        "phoneNumber": CITIZEN,
        "message": "Jalan rusak",
        "receivedAt": "2026-05-04T10:00:00.000+07:00",
    }
    return event("sms:received", {k: v for k, v in (given | payload).items() if v is not None})


def event(name: object, payload: object) -> bytes:
    return json.dumps({"id": "E1", "event": name, "payload": payload}).encode()


def read(body: bytes) -> Any:
    return read_event(body, AT, OWN, blind)


def test_an_sms_is_one_message_from_a_person() -> None:
    (arrived,) = read(received())
    assert arrived == Arrived(arrived.sid, Channel.SMS, CITIZEN, "Jalan rusak", AT, to=OWN)
    assert len(arrived.sid) == 34
    assert CITIZEN[1:] not in arrived.sid


def test_the_same_sms_has_the_same_id_whoever_brings_it() -> None:
    (first,) = read(received())
    for again in (
        received(messageId="0badcafe"),  # a hash that changes with the SIM's number in the phone
        received(receivedAt="2026-05-04T03:00:00Z"),
        received(sender="081200000001"),
        received(sender=None),  # old versions have phoneNumber alone
    ):
        (same,) = read(again)
        assert same.sid == first.sid
    for other in (
        received(message="Jalan rusak."),
        received(receivedAt="2026-05-04T10:00:01.000+07:00"),
        received(sender="+6281200000002"),
    ):
        (another,) = read(other)
        assert another.sid != first.sid


@pytest.mark.parametrize("when", [None, "kemarin", 17, "2026-05-04T10:00:00"])
def test_a_time_that_is_none_loses_no_message(when: object) -> None:
    (arrived,) = read(received(receivedAt=when))
    assert arrived.received_at == AT


@pytest.mark.parametrize(
    ("given", "sender"),
    [
        ("+6281200000001", CITIZEN),
        ("081200000001", CITIZEN),
        ("0812-0000-0001", CITIZEN),
        ("6281200000001", CITIZEN),
        ("+12025550123", "+12025550123"),
        ("+62217654321", "+62217654321"),  # a fixed line that can write all the same
        ("+629900000001", "+629900000001"),  # a range that is not in the tables yet
        ("0990000000012", "+62990000000012"),
        ("TELKOMSEL", None),
        ("BANK-JATIM", None),
        ("1708", None),
        ("3636", None),
        ("98108", None),
        ("+1708", None),
        ("", None),
        ("*123#", None),
        ("+62812000000010000000", None),
    ],
)
def test_only_who_can_be_answered_is_a_person(given: str, sender: str | None) -> None:
    assert sender_of(given) == sender


def test_an_advertisement_and_the_sim_itself_are_no_citizens() -> None:
    assert read(received(sender="TELKOMSEL", phoneNumber="TELKOMSEL")) == ()
    assert read(received(sender=OWN, phoneNumber=OWN)) == ()


def test_half_a_character_is_replaced() -> None:
    (arrived,) = read(received(message="a\ud83d"))
    assert arrived.text == "a\ufffd"
    (whole,) = read(received(message="a\U0001f600"))
    assert whole.text == "a\U0001f600"


def test_several_may_come_at_once() -> None:
    one = json.loads(received())["payload"]
    body = event("sms:batch:received", {"messages": [one, one | {"sender": "1708"}, one]})
    assert [each.sender for each in read(body)] == [CITIZEN, CITIZEN]


@pytest.mark.parametrize(
    ("name", "payload", "told"),
    [
        ("sms:sent", {"partsCount": 2}, ("sent", None)),
        ("sms:delivered", {}, ("delivered", None)),
        ("sms:failed", {"reason": "TTL expired"}, ("failed", "TTL_EXPIRED")),
        ("sms:failed", {}, ("failed", "FAILED")),
        ("sms:cancelled", {}, ("canceled", "CANCELLED")),
    ],
)
def test_what_became_of_a_message(
    name: str, payload: dict[str, object], told: tuple[str, str | None]
) -> None:
    sid = words.message_id(41, "Yth.")
    assert read(event(name, {"messageId": sid, **payload})) == Told(sid, *told, 41)


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("sms:sent", {"messageId": "PyDmBQZZXYmyxMwED8Fzy"}),
        ("sms:sent", {"messageId": None}),
        ("sms:sent", None),
        ("mms:received", {"messageId": "1"}),
        ("mms:downloaded", {}),
        ("sms:data-received", {"data": "AA=="}),
        ("system:ping", {"health": {}}),
        ("app:started", {}),
        ("sms:something-new", {}),
        (None, {}),
    ],
)
def test_everything_else_is_let_pass(name: object, payload: object) -> None:
    assert read(event(name, payload)) is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"7",
        b"null",
        b"{}",
        b"\xff",
        b"[" * 100_000,
        event(["sms:received"], {}),
        event("sms:received", None),
        event("sms:received", []),
        event("sms:received", {}),
        event("sms:received", {"sender": 62812, "message": "x"}),
        event("sms:received", {"sender": CITIZEN}),
        event("sms:batch:received", {}),
        event("sms:batch:received", {"messages": [None]}),
    ],
)
def test_what_cannot_be_read_is_said_to_be_so(body: bytes) -> None:
    with pytest.raises(UnreadableError):
        read(body)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(
    st.sampled_from(["sms:received", "sms:failed", "sms:sent", "sms:batch:received", "x"]),
    st.dictionaries(
        st.sampled_from(
            ["sender", "phoneNumber", "message", "receivedAt", "messageId", "reason", "messages"]
        ),
        JSON,
    ),
)
def test_any_signed_event_is_read_or_said_to_be_unreadable(
    name: str, payload: dict[str, object]
) -> None:
    try:
        found = read(event(name, payload))
    except UnreadableError:
        return
    for one in found if isinstance(found, tuple) else ():
        Arrived.loads(one.dumps())
        one.dumps().encode()
