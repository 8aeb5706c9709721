"""A provider that cannot be reached or takes nothing: nothing is lost, nobody waits for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.channels.sending import NOT_POSTED
from tests.database.office import at
from tests.fakes.twilio_server import FakeTwilio
from tests.story.wired import ADMIN, DAY, PENGHUBUNG, SMS, Wired

NOBODY_THERE = "http://127.0.0.1:9"


@pytest.fixture
def office(sqlite_url: str, fake: FakeTwilio) -> Iterator[Wired]:
    made = Wired(sqlite_url, fake, lease_s=600)  # nothing here waits until a lease is over
    yield made
    made.close()


def test_an_unreachable_provider_is_told_once_a_pass_and_tried_ever_more_rarely(
    sqlite_url: str, fake: FakeTwilio
) -> None:
    office = Wired(sqlite_url, fake, lease_s=600, twilio_api_base_url=NOBODY_THERE)
    office.dispose("9000001", "DPUPR", f"{DAY}10:00")
    done = office.tick(f"{DAY}10:00")
    assert (done.sent, done.failed, done.unknown) == (0, 0, 0)
    (problem,) = done.problems
    assert "unreachable" in problem
    for moment in ("10:00", "10:00:59"):
        assert office.tick(f"{DAY}{moment}").problems == ()  # it rests
    office.tick(f"{DAY}10:01")
    assert office.tick(f"{DAY}10:02").problems == ()  # two minutes now
    assert len(office.notice("Admin DPUPR").attempts) == 2
    assert office.notice("Admin DPUPR").status == "pending"
    office.close()
    again = Wired.__new__(Wired)  # the same office, once the provider is back
    again.fake = fake
    from dataclasses import replace

    from bot.compose import open_installation

    settings = replace(office.opened.settings, twilio_api_base_url=fake.base_url)
    again.opened = open_installation(settings)
    again.engine = again.opened.engine
    assert again.tick(f"{DAY}10:03").sent == 2
    assert again.got(ADMIN) == again.got(PENGHUBUNG) == [SMS]
    again.close()


def test_a_provider_that_is_too_busy_for_long_gets_few_posts_and_makes_few_attempts(
    office: Wired,
) -> None:
    office.fake.rules(faults={"429": 1.0}, retry_after="400")
    for number, short in enumerate(("DPUPR", "Disdik", "Dinkes", "DLH"), start=9000001):
        office.dispose(str(number), short, f"{DAY}10:00")
    done = office.tick(f"{DAY}10:00")
    assert done.sent == 0
    assert any("20429" in problem for problem in done.problems)
    assert all(len(row.attempts) == 1 for row in office.notices())
    assert len(office.fake.posts()) <= 4  # one for each thread, then all keep away
    office.fake.rules(faults={}, retry_after="0")


def test_told_to_end_it_ends_though_the_provider_wants_it_to_wait(office: Wired) -> None:
    office.fake.rules(faults={"429": 1.0}, retry_after="200")
    office.dispose("9000001", "DPUPR", f"{DAY}10:00")
    office.fake.script("429", "429")
    answers = iter([True, True, True, True])
    world = office.opened.world(at(f"{DAY}10:00"))
    office.opened.dispatcher.run(
        world, at(f"{DAY}10:00"), going=lambda: next(answers, False)
    )  # would wait for 200 s
    assert office.kinds() == {"terima pending": 2}
    errors = {row.attempts[-1].error for row in office.notices()}
    assert errors <= {NOT_POSTED, "20429"}
    office.fake.rules(faults={}, retry_after="0")
