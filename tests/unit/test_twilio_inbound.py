"""Reading what Twilio says of a message: nothing in it loses the message."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any

import pytest

from bot.channels.twilio_inbound import is_own, listed_inbound, read_inbound
from config.terms import Channel
from scheduler.inbound import Arrived, Media, Place

AT = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
SID = f"SM{'1b' * 16}"
URL = f"https://api.twilio.com/2010-04-01/Accounts/AC{'0a' * 16}/Messages/{SID}/Media/ME"


def form(**others: str) -> dict[str, str]:
    return {
        "MessageSid": SID,
        "From": "whatsapp:+6281200000001",
        "To": "whatsapp:+622150000001",
        "Body": "Jalan rusak",
        "NumMedia": "0",
        "NumSegments": "1",
        "ProfileName": "Warga",
    } | others


def read(**others: str) -> Arrived:
    arrived = read_inbound(form(**others), AT)
    assert arrived is not None
    assert Arrived.loads(arrived.dumps()) == arrived
    return arrived


def test_a_whatsapp_message() -> None:
    assert read() == Arrived(
        SID,
        Channel.WHATSAPP,
        "+6281200000001",
        "Jalan rusak",
        AT,
        to="whatsapp:+622150000001",
        profile="Warga",
    )


def test_an_sms_of_four_parts() -> None:
    arrived = read(From="+6281200000001", NumSegments="4", ProfileName="")
    assert (arrived.channel, arrived.sender) == (Channel.SMS, "+6281200000001")
    assert (arrived.segments, arrived.profile, arrived.unread) == (4, None, ())


def test_someone_without_a_number() -> None:
    arrived = read(From="whatsapp:ID.1349120865530274")
    assert (arrived.channel, arrived.sender) == (Channel.WHATSAPP, "ID.1349120865530274")
    assert arrived.unread == ()


@pytest.mark.parametrize("sender", ["", "messenger:123", "rcs:+6281200000001"])
def test_an_address_nobody_can_answer_loses_no_message(sender: str) -> None:
    arrived = read(From=sender)
    assert (arrived.text, arrived.unread) == ("Jalan rusak", ("From",))


@pytest.mark.parametrize(
    ("others", "sid"),
    [
        ({}, SID),
        ({"MessageSid": f"MM{'f' * 32}"}, f"MM{'f' * 32}"),
        ({"MessageSid": "", "SmsMessageSid": SID}, SID),
        ({"MessageSid": "", "SmsSid": SID}, SID),
        ({"MessageSid": f"{SID}\x00"}, SID),
    ],
)
def test_its_id(others: dict[str, str], sid: str) -> None:
    assert read(**others).sid == sid


@pytest.mark.parametrize(
    "sid", ["", "SM1", SID.upper(), f"{SID}\n", f" {SID}", f"XX{SID[2:]}", f"SM{'٣' * 32}"]
)
def test_without_an_id_there_is_no_message(sid: str) -> None:
    assert read_inbound(form(MessageSid=sid), AT) is None
    assert read_inbound({}, AT) is None


@pytest.mark.parametrize(
    "text",
    ["", " ", "é🚧\u202e", "x" * 5000, "'; DROP TABLE complaints; --", "\x01\x1b[2J\r\n", "{{1}}"],
)
def test_its_text_stays_as_it_was_sent(text: str) -> None:
    assert read(Body=text).text == text


def test_nul_is_taken_out() -> None:
    arrived = read(Body="Jalan\x00 rusak\x00", ProfileName="\x00Warga", ButtonPayload="ya\x00")
    assert (arrived.text, arrived.profile, arrived.button) == ("Jalan rusak", "Warga", "ya")


def test_a_button() -> None:
    quoted = f"MM{'2c' * 16}"
    arrived = read(
        Body="Terima",
        ButtonText="Terima",
        ButtonPayload="terima",
        MessageType="interactive",
        OriginalRepliedMessageSid=quoted,
    )
    assert (arrived.text, arrived.button) == ("Terima", "terima")
    assert arrived.replied_sid == quoted
    assert read(Body="", ButtonText="Terima").text == "Terima"
    chosen = read(Body="", ListId="dinas-1", ListTitle="Dinas 1")
    assert (chosen.text, chosen.button) == ("Dinas 1", "dinas-1")


def test_a_quotation_nobody_understands() -> None:
    arrived = read(OriginalRepliedMessageSid="wamid.x")
    assert (arrived.replied_sid, arrived.unread) == (None, ("OriginalRepliedMessageSid",))


def test_a_place() -> None:
    arrived = read(
        Body="", Latitude="-7.005145", Longitude="113.8607", Address="Jl. Contoh", Label="Pasar"
    )
    assert arrived.place == Place(-7.005145, 113.8607, "Jl. Contoh", "Pasar")
    assert arrived.unread == ()


@pytest.mark.parametrize(
    "word", ["nan", "inf", "91", "-90.01", "1_0", "٣", "7,0", "1e1", "--1", "0x1", "9" * 400]
)
def test_degrees_that_are_none(word: str) -> None:
    arrived = read(Latitude=word, Longitude="113.8", Label="Pasar")
    assert (arrived.place, arrived.unread) == (None, ("Latitude", "Label"))


def test_half_a_place_is_none() -> None:
    assert read(Latitude="-7.0", Longitude="").place is None
    assert read(Address="Jl. Contoh").unread == ("Address",)


def test_media_in_order() -> None:
    given = {f"MediaUrl{number}": f"{URL}{number}" for number in (1, 0)}
    arrived = read(NumMedia="2", MediaContentType0="image/jpeg", **given)
    assert arrived.media == (Media(f"{URL}0", "image/jpeg"), Media(f"{URL}1", ""))
    assert arrived.unread == ()


@pytest.mark.parametrize("count", ["", "x", "-1", "7", "٣", "9" * 5000])
def test_media_are_what_is_there_whatever_their_number_says(count: str) -> None:
    arrived = read(NumMedia=count, MediaUrl0=f"{URL}0")
    assert [each.url for each in arrived.media] == [f"{URL}0"]
    assert arrived.unread == ("NumMedia",)


def test_more_media_than_there_can_be() -> None:
    given = {f"MediaUrl{number}": f"{URL}{number}" for number in range(30)}
    arrived = read(NumMedia="30", MediaUrl99999="x", **given)
    assert [each.url for each in arrived.media] == [f"{URL}{number}" for number in range(10)]
    assert arrived.unread == ("NumMedia",)
    assert read(NumMedia="1", MediaUrl0="x" * 2001).media == ()


@pytest.mark.parametrize("word", ["STOP", "start", " Help "])
def test_an_opt_out_the_provider_has_acted_on(word: str) -> None:
    assert read(OptOutType=word).opt_out == word.strip().upper()


def test_an_opt_out_nobody_knows() -> None:
    arrived = read(OptOutType="PAUSE")
    assert (arrived.opt_out, arrived.unread) == (None, ("OptOutType",))


@pytest.mark.parametrize("count", ["x", "-1", "1.5", "1000", "٣"])
def test_segments_nobody_understands(count: str) -> None:
    assert (read(NumSegments=count).segments, read(NumSegments=count).unread) == (
        1,
        ("NumSegments",),
    )
    assert (read(NumSegments="0").segments, read(NumSegments="").segments) == (1, 1)


def test_our_own_senders() -> None:
    own = ["whatsapp:+6281200000001", "KOMINFO"]
    assert is_own(read(), own)
    assert is_own(read(From="+6281200000001"), own)  # whichever way it came back
    assert is_own(read(From="KOMINFO"), own)
    assert not is_own(read(From="+6281200000002"), own)


def held(**others: Any) -> SimpleNamespace:
    given = {
        "sid": SID,
        "from_": "+6281200000001",
        "to": "+622150000001",
        "body": "Jalan rusak",
        "num_segments": "2",
        "date_sent": AT - timedelta(minutes=5),
        "date_created": AT - timedelta(minutes=6),
    }
    return SimpleNamespace(**given | others)


def test_what_is_listed_is_the_same_message() -> None:
    account = f"AC{'0a' * 16}"
    found = listed_inbound(held(), [(f"ME{'3' * 32}", "image/png")], account, AT)
    assert found is not None
    assert (found.sid, found.sender, found.text) == (SID, "+6281200000001", "Jalan rusak")
    assert found.received_at == AT - timedelta(minutes=5)
    assert found.media == (Media(f"{URL}{'3' * 32}", "image/png"),)
    assert found.unread == ()


@pytest.mark.parametrize(
    ("sent", "created", "received"),
    [
        (AT + timedelta(hours=1), None, AT),
        (None, AT - timedelta(hours=1), AT - timedelta(hours=1)),
        (None, None, AT),
        (AT.astimezone(timezone(timedelta(hours=8))), None, AT),
    ],
)
def test_a_listed_message_came_when_it_was_sent_but_not_later_than_now(
    sent: datetime | None, created: datetime | None, received: datetime
) -> None:
    found = listed_inbound(held(date_sent=sent, date_created=created), [], "AC", AT)
    assert found is not None
    assert (found.received_at, found.received_at.tzinfo) == (received, UTC)


def test_a_listed_message_may_hold_next_to_nothing() -> None:
    bare = dict.fromkeys(("from_", "to", "body", "num_segments"))
    found = listed_inbound(held(**bare), [], "AC", AT)
    assert found is not None
    assert (found.text, found.sender, found.unread) == ("", "", ("From",))
    assert listed_inbound(held(sid=None), [], "AC", AT) is None
