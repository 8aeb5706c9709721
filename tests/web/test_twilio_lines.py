"""Lines that break before and after Twilio has the message: nothing is posted twice."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from urllib3.exceptions import ConnectTimeoutError

from bot.channels import twilio_wire
from bot.channels.gateway import GatewayError, OutcomeUnknownError
from bot.channels.twilio_gateway import TwilioGateway
from config.settings import Settings
from config.terms import Reaction
from tests.fakes.twilio_server import FakeTwilio
from tests.web.twilio_examples import NOW, SMS, TO


@pytest.mark.parametrize(
    ("fault", "accepted"),
    [
        ("500_before", 0),
        ("500_after", 1),
        ("cut_before", 0),
        ("cut_after", 1),
        ("garbled_after", 1),
        ("empty_after", 1),
        ("nosid_after", 1),
        ("redirect_before", 0),
    ],
)
def test_a_broken_line_is_unknown_and_nothing_is_posted_again(
    fake: FakeTwilio, gateway: TwilioGateway, fault: str, accepted: int
) -> None:
    gateway.send(replace(SMS, text="lain"))  # so that the connection is a used one
    fake.script(fault)
    with pytest.raises(OutcomeUnknownError) as unknown:
        gateway.send(SMS)
    assert "62" not in str(unknown.value)
    assert unknown.value.__cause__ is None
    assert len(fake.posts()) == 2
    found = gateway.look_up(SMS, NOW)
    assert len(found) == accepted == len(fake.messages()) - 1
    assert gateway.send(SMS).sid  # and the line recovers


@pytest.mark.parametrize(("fault", "accepted"), [("slow_before", 0), ("slow_after", 1)])
def test_a_slow_answer_is_unknown(
    fake: FakeTwilio,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    fault: str,
    accepted: int,
) -> None:
    monkeypatch.setattr(twilio_wire, "TIMEOUT_S", 0.2)
    fake.script(fault)
    with pytest.raises(OutcomeUnknownError, match="timed out"):
        TwilioGateway(replace(settings, public_url=None)).send(SMS)
    assert len(fake.messages()) == accepted
    assert len(fake.posts()) == 1


def test_a_refused_connection_proves_that_nothing_left(settings: Settings) -> None:
    with FakeTwilio() as gone:
        base = gone.base_url
    gateway = TwilioGateway(replace(settings, twilio_api_base_url=base))
    with pytest.raises(GatewayError) as refused:
        gateway.send(SMS)
    error = refused.value
    assert (error.code, error.permanent, error.reaction) == ("unreachable", False, Reaction.BUSY)
    with pytest.raises(OutcomeUnknownError):
        gateway.look_up(SMS, NOW)
    with pytest.raises(OutcomeUnknownError):
        gateway.fetch("SM" + "1" * 32)


def test_a_connection_that_never_opened_is_told_from_one_that_broke() -> None:
    never = twilio_wire._meaning(ConnectTimeoutError("slow"))
    broke = twilio_wire._meaning(ConnectionResetError("reset"))
    assert isinstance(never, GatewayError)
    assert isinstance(broke, OutcomeUnknownError)


def test_the_token_goes_to_no_host_but_twilios() -> None:
    wire = twilio_wire.Wire(None, 1)
    for url in ("https://twilio.com.example/x", "http://api.twilio.com/x", "https://x.example/"):
        with pytest.raises(OutcomeUnknownError):
            wire.request("GET", url, {})


def test_the_proxy_of_the_machine_is_used(
    fake: FakeTwilio, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", fake.base_url.replace("//", "//user:word@"))
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    fake.record()
    away = replace(settings, twilio_api_base_url="http://twilio.invalid", public_url=None)
    TwilioGateway(away).send(SMS)
    assert fake.requests()[0]["headers"]["proxy-authorization"] == "Basic dXNlcjp3b3Jk"
    assert len(fake.messages()) == 1


def test_many_threads_share_one_gateway(fake: FakeTwilio, gateway: TwilioGateway) -> None:
    texts = [f"pesan {number}" for number in range(200)]
    with ThreadPoolExecutor(16) as pool:
        sids = list(pool.map(lambda text: gateway.send(replace(SMS, text=text)).sid, texts))
    assert {each["sid"]: each["body"] for each in fake.messages()} == dict(
        zip(sids, texts, strict=True)
    )


def test_no_number_reaches_a_log(
    fake: FakeTwilio, gateway: TwilioGateway, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    gateway.send(SMS)
    gateway.look_up(SMS, NOW)
    fake.script("cut_before")
    with pytest.raises(OutcomeUnknownError):
        gateway.send(SMS)
    assert TO.lstrip("+") not in caplog.text
