"""For the tests of this folder: a training room and its page, a clock to move, a fake Twilio."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.channels.twilio_gateway import TwilioGateway
from bot.compose import Installation
from config.settings import Settings
from tests.accounts import Watch
from tests.fakes.twilio_server import FakeTwilio
from tests.training import training_room
from tests.web.simulator import Page


@pytest.fixture
def opened(sqlite_url: str) -> Iterator[Installation]:
    """A training room with nobody in it."""
    with training_room(sqlite_url) as opened:
        yield opened


@pytest.fixture
def page(opened: Installation) -> Page:
    """The training page of a room with the fictional kabupaten in it."""
    page = Page(opened)
    page.does("example")
    return page


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch, opened: Installation) -> Watch:
    """The clock of the machine and of the room, held still at noon."""
    return Watch(monkeypatch, opened)


@pytest.fixture(scope="session")
def running_fake() -> Iterator[FakeTwilio]:
    with FakeTwilio() as fake:
        yield fake


@pytest.fixture
def fake(running_fake: FakeTwilio) -> FakeTwilio:
    """The fake Twilio, with nothing in it."""
    running_fake.reset()
    return running_fake


@pytest.fixture
def settings(fake: FakeTwilio) -> Settings:
    """Settings that lead to the fake; its reports would go to an address that does not exist."""
    return Settings(
        gateway="twilio",
        public_url="https://ingat.invalid",
        twilio_account_sid=fake.account_sid,
        twilio_auth_token=fake.token,
        twilio_whatsapp_from="+15550001111",
        twilio_sms_from="INGAT",
        twilio_api_base_url=fake.base_url,
    )


@pytest.fixture
def gateway(settings: Settings) -> TwilioGateway:
    """A gateway to the fake that asks for no reports."""
    return TwilioGateway(replace(settings, public_url=None))
