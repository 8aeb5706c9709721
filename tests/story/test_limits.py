"""The daily cap and Meta's limit of recipients: what waits, what goes on, who is warned."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes.twilio_server import FakeTwilio
from tests.story.wired import DAY, KOMINFO, Wired


@pytest.fixture
def office(database_url: str, fake: FakeTwilio, request: pytest.FixtureRequest) -> Iterator[Wired]:
    made = Wired(database_url, fake, **getattr(request, "param", {}))
    yield made
    made.close()


def busy(office: Wired) -> None:
    for number, short in enumerate(("DPUPR", "Disdik", "Dinkes", "DLH"), start=9000001):
        office.dispose(str(number), short, f"{DAY}10:00")


def warnings(office: Wired) -> list[str]:
    return [text for text in office.said(KOMINFO[0]) if "batas kirim" in text]


@pytest.mark.parametrize("office", [{"daily_spend_cap": 5}], indirect=True)
def test_the_cap_holds_the_rest_back_until_the_next_day(office: Wired) -> None:
    busy(office)
    done = office.tick(f"{DAY}10:00")
    assert done.sent == 5
    assert any("DAILY_SPEND_CAP" in problem for problem in done.problems)
    assert office.tick(f"{DAY}16:00").sent == 0
    assert office.kinds()["terima pending"] == 3
    assert office.tick("2026-05-05T07:00").sent == 5  # three, and Kominfo is told twice
    assert office.kinds()["terima pending"] == 0
    assert len(warnings(office)) == 1


@pytest.mark.parametrize("office", [{"daily_spend_cap": 10}], indirect=True)
def test_at_eighty_percent_kominfo_is_warned_once(office: Wired) -> None:
    busy(office)
    assert office.tick(f"{DAY}10:00").sent == 8
    assert office.tick(f"{DAY}10:01").sent == 2
    assert len(warnings(office)) == 1
    assert office.tick(f"{DAY}10:02").sent == 0


@pytest.mark.parametrize("office", [{"daily_spend_cap": 11}], indirect=True)
def test_below_eighty_percent_nobody_is_warned(office: Wired) -> None:
    busy(office)
    assert office.tick(f"{DAY}10:00").sent == 8
    assert office.tick(f"{DAY}10:01").sent == 0


@pytest.mark.parametrize("office", [{"daily_spend_cap": 8}], indirect=True)
def test_what_is_refused_does_not_count_against_the_cap(office: Wired) -> None:
    office.fake.outcome(refuse=30001, times=4)
    busy(office)
    assert office.tick(f"{DAY}10:00").sent == 4
    assert office.tick(f"{DAY}10:05").sent == 4


@pytest.mark.parametrize("office", [{"twilio_recipients_24h": 10}], indirect=True)
def test_the_recipients_of_a_day_are_counted_on_whatsapp_alone(office: Wired) -> None:
    busy(office)
    office.tick(f"{DAY}10:00")  # eight people, by SMS
    office.approve_templates()
    assert office.tick(f"{DAY}10:01").sent == 0
    for number, short in enumerate(("DPUPR", "Disdik", "Dinkes", "DLH"), start=9000011):
        office.dispose(str(number), short, f"{DAY}11:00")
    office.tick(f"{DAY}11:00")
    office.tick(f"{DAY}11:01")
    texts = [text for text in office.said(KOMINFO[0]) if "penerima WhatsApp" in text]
    assert len(texts) == 1
    assert "8 dari 10" in texts[0]
