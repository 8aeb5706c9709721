"""What stories share: fake providers for each file that sends through one, and a town."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes.sms_gate import FakePhone
from tests.fakes.twilio_server import FakeTwilio
from tests.story.town import Town


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeTwilio]:
    """A fake Twilio in a process of its own; `Wired` begins by emptying it."""
    with FakeTwilio() as running:
        yield running


@pytest.fixture(scope="module")
def android() -> Iterator[FakePhone]:
    """The Android phone that SMS goes through."""
    with FakePhone() as phone:
        yield phone


@pytest.fixture
def town(request: pytest.FixtureRequest, fake: FakeTwilio, android: FakePhone) -> Iterator[Town]:
    """A town on SQLite, or where `town.ON_BOTH` says; in the end nothing may be unclaimed."""
    url = request.getfixturevalue(f"{getattr(request, 'param', 'sqlite')}_url")
    with Town(url, fake, android) as made:
        yield made
