"""What Twilio signed, and what it did not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.channels.twilio_gateway import TwilioGateway
from config.settings import Settings
from tests.fakes.twilio_server import FakeTwilio

URL = "https://ingat.invalid/twilio/status?a=7"
FORM = {"MessageSid": "SM1", "MessageStatus": "delivered", "ErrorCode": "", "From": "whatsapp:+1"}


def test_what_twilio_signed_is_recognised_with_either_token(
    fake: FakeTwilio, settings: Settings
) -> None:
    turning = TwilioGateway(replace(settings, twilio_auth_token_secondary="the next one"))
    for token in (fake.token, "the next one"):
        assert turning.verify(URL, FORM, fake.sign(URL, FORM, token))
    assert not turning.verify(URL, FORM, fake.sign(URL, FORM, "a third"))
    assert not TwilioGateway(settings).verify(URL, FORM, fake.sign(URL, FORM, "the next one"))
    assert turning.sign(URL, FORM) == fake.sign(URL, FORM)


@pytest.mark.parametrize(
    ("url", "form"),
    [
        (URL.replace("a=7", "a=8"), FORM),
        (URL.replace("https", "http"), FORM),
        (URL, {**FORM, "MessageStatus": "failed"}),
        (URL, {**FORM, "More": "x"}),
        (URL, {key: value for key, value in FORM.items() if value}),
        (URL, {}),
    ],
)
def test_what_was_changed_on_the_way_is_refused(
    fake: FakeTwilio, gateway: TwilioGateway, url: str, form: dict[str, str]
) -> None:
    if form:
        assert not gateway.verify(url, form, fake.sign(URL, FORM))
    assert not gateway.verify(URL, FORM, fake.sign(url, form))


@pytest.mark.parametrize("signature", [None, "", "x", "\u20ac", "a" * 28, b"bytes", ["list"]])
def test_no_signature_is_no_entry(gateway: TwilioGateway, signature: str | None) -> None:
    assert not gateway.verify(URL, FORM, signature)


@pytest.mark.parametrize(
    "form", [{"a": ["x"]}, {"a": None}, {"a": 1}, {1: "x"}, "text", b"x", None]
)
def test_a_form_that_is_none_is_no_entry(
    fake: FakeTwilio, gateway: TwilioGateway, form: dict[str, str]
) -> None:
    assert not gateway.verify(URL, form, fake.sign(URL, FORM))


def test_without_a_token_nothing_is_signed(fake: FakeTwilio, settings: Settings) -> None:
    bare = TwilioGateway(replace(settings, twilio_auth_token=None))
    assert not bare.verify(URL, FORM, fake.sign(URL, FORM, ""))
