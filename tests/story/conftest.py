"""What stories share: a fake Twilio for each file that sends through one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes.twilio_server import FakeTwilio


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeTwilio]:
    """A fake Twilio in a process of its own; `Wired` begins by emptying it."""
    with FakeTwilio() as running:
        yield running
