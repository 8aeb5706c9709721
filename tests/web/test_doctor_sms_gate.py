"""`ingat doctor` where SMS goes through a phone: against a fake phone and the service itself."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI

from bot.compose import open_installation
from bot.doctor import examine
from bot.doctor_sms_gate import checks
from bot.web import sms_gate
from bot.web.server import address, listen
from config.settings import Settings
from scheduler import clock
from tests.fakes.sms_gate import FakePhone
from tests.web.provider import KEY

NOBODY = "http://127.0.0.1:9"
EVENTS = ("sms:received", "sms:sent", "sms:delivered", "sms:failed")


@pytest.fixture(scope="module")
def running_phone() -> Iterator[FakePhone]:
    with FakePhone() as phone:
        yield phone


@pytest.fixture
def ready(running_phone: FakePhone, sqlite_url: str) -> Settings:
    """Settings of an installation with a phone; PUBLIC_URL is where nobody answers."""
    running_phone.reset()
    return Settings(
        database_url=sqlite_url,
        data_key=KEY,
        gateway="smsgate",
        public_url=NOBODY,
        smsgate_url=running_phone.base_url,
        smsgate_username=running_phone.username,
        smsgate_password=running_phone.password,
        smsgate_signing_key=running_phone.signing_key,
        smsgate_number=running_phone.number,
    )


def of(settings: Settings, check: str) -> tuple[str, str]:
    (found,) = [each for each in examine(settings, clock.now()) if each.check == check]
    assert FakePhone.number not in found.detail
    assert FakePhone.password not in found.detail
    assert FakePhone.signing_key not in found.detail
    return found.result, found.detail


@contextmanager
def serving(settings: Settings, **others: Any) -> Iterator[Settings]:
    """Run the webhook at a free port of this machine; it may have been told other things."""
    with listen("127.0.0.1", 0) as listening:
        settings = replace(settings, public_url=address(listening))
        opened = open_installation(replace(settings, **others))
        app = FastAPI()
        sms_gate.add(app, opened, clock.now)
        server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield settings
        finally:
            server.should_exit = True
            thread.join()
            opened.close()


def test_a_phone_that_answers(ready: Settings) -> None:
    assert of(ready, "sms_phone")[0] == "ok"


@pytest.mark.parametrize(
    ("others", "advice"),
    [
        ({"smsgate_password": "lama"}, "SMSGATE_USERNAME and SMSGATE_PASSWORD"),
        ({"smsgate_url": NOBODY}, "is the phone on"),
    ],
)
def test_a_phone_that_does_not(ready: Settings, others: dict[str, str], advice: str) -> None:
    result, detail = of(replace(ready, **others), "sms_phone")  # type: ignore[arg-type]
    assert result == "fail"
    assert advice in detail


def test_something_else_at_its_address(ready: Settings) -> None:
    result, detail = of(replace(ready, smsgate_url=f"{ready.smsgate_url}/api"), "sms_phone")
    assert (result, "something other" in detail) == ("fail", True)


def test_what_the_app_tells_us(ready: Settings, running_phone: FakePhone) -> None:
    url = f"{NOBODY}/sms/inbound"
    assert of(ready, "sms_events")[0] == "fail"
    running_phone.webhooks = [{"id": "1", "event": "sms:received", "url": url}]
    result, detail = of(ready, "sms_events")
    assert (result, "sms:failed" in detail, "sms:received" in detail) == ("warn", True, False)
    running_phone.webhooks = [{"id": each, "event": each, "url": url} for each in EVENTS]
    assert of(ready, "sms_events")[0] == "ok"
    running_phone.webhooks = [{"id": e, "event": e, "url": "https://x.example"} for e in EVENTS]
    assert of(ready, "sms_events")[0] == "fail"


def test_without_a_key_or_an_address_nobody_can_answer(ready: Settings) -> None:
    assert of(replace(ready, smsgate_signing_key=None), "sms_events")[0] == "warn"
    assert of(replace(ready, public_url=None), "sms_events")[0] == "fail"


def test_the_way_back(ready: Settings) -> None:
    with serving(ready) as settings:
        assert of(settings, "sms_webhook")[0] == "ok"
    result, detail = of(ready, "sms_webhook")
    assert (result, "ingat serve" in detail) == ("fail", True)


@pytest.mark.parametrize(
    ("others", "advice"),
    [
        ({"smsgate_signing_key": "kunci-lain"}, "SMSGATE_SIGNING_KEY"),
        ({"gateway": "simulator"}, "restart the service"),
    ],
)
def test_a_service_that_was_told_something_else(
    ready: Settings, others: dict[str, str], advice: str
) -> None:
    with serving(ready, **others) as settings:
        result, detail = of(settings, "sms_webhook")
    assert (result, advice in detail) == ("fail", True)


def test_beside_twilio_its_sms_is_not_asked_for(ready: Settings) -> None:
    names = {name for name, _ in checks(replace(ready, gateway="twilio"))}
    assert {"whatsapp_sender", "sms_phone", "sms_events"} <= names
    assert not {"sms_sender", "geo_permission"} & names
    twilio = {name for name, _ in checks(replace(ready, gateway="twilio", smsgate_url=None))}
    assert {"sms_sender", "geo_permission"} <= twilio
    assert "sms_phone" not in twilio
    assert checks(replace(ready, gateway="simulator")) == ()
