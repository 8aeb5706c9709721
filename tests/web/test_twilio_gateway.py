"""What the gateway sends, what it makes of a refusal, and what it asks of the account."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.channels.contents import Content, ContentStatus
from bot.channels.gateway import GatewayError, Sent, TemplateUse
from bot.channels.twilio_gateway import TwilioGateway
from config.settings import Settings
from config.terms import Channel, NoticeStatus, Reaction
from tests.fakes.twilio_server import FakeTwilio
from tests.web.twilio_examples import CHAT, NOW, SMS, TO, WHATSAPP


def test_a_text_is_sent_on_each_channel(fake: FakeTwilio, gateway: TwilioGateway) -> None:
    fake.rules(report=[])
    for message, to, sender in ((SMS, TO, "INGAT"), (CHAT, f"whatsapp:{TO}", WHATSAPP)):
        sent = gateway.send(message)
        assert sent == Sent(sent.sid, NoticeStatus.ACCEPTED, "queued", awaited=True)
        held = fake.messages()[-1]
        assert (held["sid"], held["to"], held["from"]) == (sent.sid, to, sender)
        assert held["body"] == message.text


def test_whatsapp_comes_first_and_the_prefix_is_optional(settings: Settings) -> None:
    plain = TwilioGateway(settings).senders
    prefixed = TwilioGateway(replace(settings, twilio_whatsapp_from=WHATSAPP)).senders
    assert plain == prefixed
    assert plain.channels == (Channel.WHATSAPP, Channel.SMS)
    assert plain.by_channel == {Channel.WHATSAPP: WHATSAPP, Channel.SMS: "INGAT"}
    assert TwilioGateway(replace(settings, twilio_whatsapp_from=None)).senders.channels == (
        Channel.SMS,
    )


def test_the_attempt_is_named_in_the_callback_and_retries_are_asked_for(
    fake: FakeTwilio, settings: Settings
) -> None:
    fake.record()
    fake.rules(report=[])
    TwilioGateway(settings).send(SMS)
    assert fake.messages()[0]["attempt_id"] == 7
    body = fake.requests()[0]["body"]
    callback = "https%3A%2F%2Fingat.invalid%2Ftwilio%2Fstatus%3Fa%3D7%23rc%3D3%26rp%3Dall"
    assert f"StatusCallback={callback}" in body


def test_a_template_goes_without_a_body_and_media_with_one(
    fake: FakeTwilio, gateway: TwilioGateway
) -> None:
    sid = gateway.create_content("ingat_baru", "id", "Aduan {{1}}.", {"1": "12"}, ())
    gateway.send(replace(CHAT, template=TemplateUse(sid, {"1": 'jalan "besar"'})))
    gateway.send(replace(CHAT, media_url="https://ingat.invalid/surat.pdf"))
    template, media = fake.messages()
    assert (template["content_sid"], template["body"]) == (sid, 'Aduan jalan "besar".')
    assert media["media"] == ["https://ingat.invalid/surat.pdf"]


def test_a_messaging_service_picks_the_number(fake: FakeTwilio, settings: Settings) -> None:
    service = "MG" + "a" * 32
    gateway = TwilioGateway(replace(settings, twilio_sms_from=service, public_url=None))
    sent = gateway.send(SMS)
    assert fake.messages()[0]["from"] == "+15005550006"
    assert [each.sid for each in gateway.look_up(SMS, NOW)] == [sent.sid]


def test_a_channel_without_a_sender_is_off(settings: Settings) -> None:
    with pytest.raises(GatewayError) as refused:
        TwilioGateway(replace(settings, twilio_whatsapp_from=None)).send(CHAT)
    assert (refused.value.permanent, refused.value.reaction) == (False, Reaction.CHANNEL_OFF)


def test_a_path_before_the_api_is_kept(settings: Settings) -> None:
    with FakeTwilio(prefix="/twilio/api") as behind:
        base = behind.base_url + "/"
        gateway = TwilioGateway(replace(settings, twilio_api_base_url=base, public_url=None))
        sent = gateway.send(SMS)
        assert gateway.fetch(sent.sid) is not None
        assert len(gateway.look_up(SMS, NOW)) == 1


@pytest.mark.parametrize(
    ("code", "status", "permanent", "reaction"),
    [
        (21211, 400, True, Reaction.NO_NUMBER),
        (21610, 400, True, Reaction.OPTED_OUT),
        (63024, 400, True, Reaction.UNREACHABLE),
        (63016, 400, False, Reaction.TEMPLATE),
        (21408, 403, False, Reaction.CHANNEL_OFF),
        (63018, 400, False, Reaction.LATER),
        (20429, 400, False, Reaction.BUSY),
        (20404, 404, True, Reaction.NEXT),
    ],
)
def test_a_refusal_says_what_follows(
    fake: FakeTwilio,
    gateway: TwilioGateway,
    code: int,
    status: int,
    reaction: Reaction,
    *,
    permanent: bool,
) -> None:
    fake.outcome(to=TO, channel="sms", refuse=code, status=status)
    with pytest.raises(GatewayError) as refused:
        gateway.send(SMS)
    error = refused.value
    assert (error.code, error.permanent, error.reaction) == (str(code), permanent, reaction)
    assert gateway.send(CHAT).sid  # the other channel is another matter


def test_a_wrong_token_closes_the_channel(settings: Settings) -> None:
    with pytest.raises(GatewayError) as refused:
        TwilioGateway(replace(settings, twilio_auth_token="another")).send(SMS)
    assert (refused.value.code, refused.value.reaction) == ("20003", Reaction.CHANNEL_OFF)


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [(20403, 403, "20003"), (20403, 401, "20003"), (21610, 403, "21610")],
)
def test_a_closed_door_without_a_known_code_is_the_account(
    fake: FakeTwilio, gateway: TwilioGateway, code: int, status: int, expected: str
) -> None:
    fake.outcome(refuse=code, status=status)
    with pytest.raises(GatewayError, match=expected):
        gateway.send(SMS)
    fake.script("html_before")
    with pytest.raises(GatewayError, match="20003"):
        gateway.send(SMS)


@pytest.mark.parametrize(
    ("asked", "pause"), [("3", 3.0), ("0.5", 0.5), (None, None), ("soon", None), ("-1", None)]
)
def test_too_many_requests_is_safe_and_says_how_long(
    fake: FakeTwilio, gateway: TwilioGateway, asked: str | None, pause: float | None
) -> None:
    fake.rules(retry_after=asked)
    fake.script("429")
    with pytest.raises(GatewayError) as refused:
        gateway.send(SMS)
    error = refused.value
    assert (error.code, error.permanent, error.reaction) == ("20429", False, Reaction.BUSY)
    assert error.pause_s == pause
    assert fake.messages() == []


def test_a_refusal_in_the_newer_form_is_read_too(fake: FakeTwilio, gateway: TwilioGateway) -> None:
    fake.script("problem_before")
    with pytest.raises(GatewayError) as refused:
        gateway.send(SMS)
    assert (refused.value.code, refused.value.reaction) == ("21610", Reaction.OPTED_OUT)


def test_a_refusal_carries_nothing_of_the_providers_words(
    fake: FakeTwilio, gateway: TwilioGateway
) -> None:
    fake.outcome(refuse=21211)
    with pytest.raises(GatewayError) as refused:
        gateway.send(SMS)
    # Twilio repeats the number in its message; a traceback would show what is chained.
    assert str(refused.value) == "21211"
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


def test_only_the_settings_say_where_twilio_is(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_EDGE", "sydney")
    monkeypatch.setenv("TWILIO_REGION", "au1")
    client = TwilioGateway(settings)._client
    assert (client.edge, client.region) == (None, None)


def test_text_that_is_no_unicode_never_leaves(fake: FakeTwilio, gateway: TwilioGateway) -> None:
    with pytest.raises(GatewayError) as refused:
        gateway.send(replace(SMS, text="\ud800"))
    assert refused.value.reaction is Reaction.CONTENT
    assert fake.posts() == []


def test_a_template_is_made_submitted_and_followed(
    fake: FakeTwilio, gateway: TwilioGateway
) -> None:
    buttons = [("terima", "TERIMA"), ("kembali", "KEMBALIKAN")]
    sid = gateway.create_content("ingat_baru", "id", "Aduan {{1}}.", {"1": "12"}, buttons)
    assert gateway.list_contents() == [Content(sid, "ingat_baru")]
    assert gateway.content_status(sid) == ContentStatus("unsubmitted")
    gateway.submit_content(sid, "ingat_baru", "UTILITY")
    assert gateway.content_status(sid) == ContentStatus("received")
    fake.approve(sid, "rejected", "TAG_CONTENT_MISMATCH")
    assert gateway.content_status(sid) == ContentStatus("rejected", "TAG_CONTENT_MISMATCH")
    (held,) = fake.contents()
    assert held["types"]["twilio/quick-reply"]["actions"] == [
        {"type": "QUICK_REPLY", "title": title, "id": button} for button, title in buttons
    ]


def test_every_page_of_templates_is_read(gateway: TwilioGateway) -> None:
    sids = [gateway.create_content(f"n{each}", "id", "Teks", {}, ()) for each in range(150)]
    assert [each.sid for each in gateway.list_contents()] == sids


def test_templates_are_refused_with_their_code(gateway: TwilioGateway) -> None:
    sid = gateway.create_content("ingat_baru", "id", "Teks", {}, ())
    with pytest.raises(GatewayError, match="20001"):
        gateway.submit_content(sid, "Ingat Baru", "UTILITY")
    with pytest.raises(GatewayError, match="20404"):
        gateway.content_status("HX" + "f" * 32)


def test_the_account_answers_the_doctor(
    fake: FakeTwilio, gateway: TwilioGateway, settings: Settings
) -> None:
    assert gateway.account_status() == "active"
    assert gateway.geo_permission("ID") is True
    fake.rules(account_status="suspended", geo=False)
    assert gateway.account_status() == "suspended"
    assert gateway.geo_permission("ID") is False
    with pytest.raises(GatewayError, match="20003"):
        TwilioGateway(replace(settings, twilio_auth_token="another")).account_status()
    with pytest.raises(GatewayError, match="20003"):
        TwilioGateway(replace(settings, twilio_auth_token="another")).list_contents()


def test_senders_are_looked_for_in_the_account(fake: FakeTwilio, settings: Settings) -> None:
    number, service = "+15550002222", "MG" + "b" * 32
    by_number = TwilioGateway(replace(settings, twilio_sms_from=number))
    by_service = TwilioGateway(replace(settings, twilio_sms_from=service))
    assert TwilioGateway(settings).sender_status(Channel.SMS) == "unchecked"
    assert by_number.sender_status(Channel.WHATSAPP) is None
    assert by_number.sender_status(Channel.SMS) is None
    assert by_service.sender_status(Channel.SMS) is None
    fake.rules(senders={WHATSAPP: "ONLINE", number: "", service: ""})
    assert by_number.sender_status(Channel.WHATSAPP) == "ONLINE"
    assert by_number.sender_status(Channel.SMS) == "present"
    assert by_service.sender_status(Channel.SMS) == "present"
