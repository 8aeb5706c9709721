"""What the webhook lost is asked for: all of it, once, however long nobody could ask."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.channels import twilio_lists
from bot.channels.gateway import OutcomeUnknownError
from bot.channels.twilio_gateway import TwilioGateway
from bot.compose import Installation, open_installation
from bot.polling import OVERLAP, UNTIL, poll
from config.settings import Settings
from config.terms import Channel
from scheduler import clock
from scheduler.inbound import Arrived
from scheduler.store.rules import get_switch
from scheduler.store.session import reading
from tests.fakes.twilio_server import FakeTwilio
from tests.web.phones import stored
from tests.web.provider import KEY

PERSON, NUMBER, OURS = "whatsapp:+6281200000009", "+6281200000009", "whatsapp:+15550001111"
SERVICE = f"MG{'5' * 32}"
MINUTE = timedelta(minutes=1)


def started() -> datetime:
    """Return now: the fake lists by the clock of the machine."""
    return clock.now().replace(microsecond=0)


@pytest.fixture
def opened(database_url: str, settings: Settings) -> Iterator[Installation]:
    opened = open_installation(replace(settings, database_url=database_url, data_key=KEY))
    yield opened
    opened.close()


def texts(opened: Installation) -> list[str]:
    return [each.text for each in stored(opened)]


def test_what_was_lost_is_stored_once(opened: Installation, fake: FakeTwilio) -> None:
    at = started()
    assert poll(opened, at) == 0
    sid = fake.says(PERSON, "Jalan rusak", to=OURS)
    fake.says("whatsapp:ID.1349", "Tanpa nomor", to=OURS)
    later = at + 5 * MINUTE
    assert poll(opened, later) == 2
    assert poll(opened, later + MINUTE) == 0
    first, second = stored(opened)
    assert first.received_at.tzinfo is not None
    assert abs(first.received_at - at) < MINUTE
    assert (first.sid, first.sender, first.channel) == (sid, NUMBER, Channel.WHATSAPP)
    assert (second.sender, first.unread, second.unread) == ("ID.1349", (), ())


def test_what_the_webhook_brought_is_not_asked_for_again(
    opened: Installation, fake: FakeTwilio
) -> None:
    at = started()
    poll(opened, at)
    sid = fake.says(PERSON, "Foto", to=OURS, media=[("image/png", b"x")])
    opened.hear([Arrived(sid, Channel.WHATSAPP, NUMBER, "Foto", at)])
    fake.record()
    assert poll(opened, at + MINUTE) == 0
    assert not [each for each in fake.requests() if "/Media" in each["path"]]
    assert len(stored(opened)) == 1


def test_media_come_along(opened: Installation, fake: FakeTwilio) -> None:
    at = started()
    poll(opened, at)
    files = [("image/png", b"x"), ("application/pdf", b"y")]
    fake.says(PERSON, to=OURS, media=files)
    assert poll(opened, at + MINUTE) == 1
    (arrived,) = stored(opened)
    assert [each.content_type for each in arrived.media] == ["image/png", "application/pdf"]
    assert {each.url.partition("/2010")[0] for each in arrived.media} == {"https://api.twilio.com"}


def test_a_list_that_lags_is_asked_again(opened: Installation, fake: FakeTwilio) -> None:
    at = started()
    poll(opened, at)
    fake.rules(listing_lag_s=3600)
    fake.says(PERSON, "Jalan rusak", to=OURS)
    for minutes in (5, 10):
        assert poll(opened, at + minutes * MINUTE) == 0
    fake.rules(listing_lag_s=0)
    assert poll(opened, at + OVERLAP) == 1


def test_what_was_there_before_is_not_ours(opened: Installation, fake: FakeTwilio) -> None:
    at = started()
    fake.says(PERSON, "Lama", to=OURS, minutes_ago=60)
    for minutes in range(5):
        assert poll(opened, at + minutes * MINUTE) == 0
    assert texts(opened) == []


def test_after_days_without_a_poll_nothing_is_missing(
    opened: Installation, fake: FakeTwilio
) -> None:
    now = started()
    poll(opened, now - timedelta(days=3))
    for hours in range(0, 72, 5):
        fake.says(PERSON, f"Pesan {hours}", to=OURS, minutes_ago=60 * hours)
    assert poll(opened, now) == 15
    assert texts(opened) == [f"Pesan {hours}" for hours in range(70, -1, -5)]  # the oldest first


def test_more_than_one_answer_holds_is_asked_for_in_pieces(
    opened: Installation, fake: FakeTwilio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(twilio_lists, "PAGE", 2)
    monkeypatch.setattr(twilio_lists, "PAGES", 3)
    now = started()
    poll(opened, now - timedelta(hours=6))
    for number in range(17):
        fake.says(PERSON, f"Pesan {number}", to=OURS, minutes_ago=20 * number)
    assert poll(opened, now) == 17
    assert len(set(texts(opened))) == 17


def test_more_than_anybody_reads_in_a_minute_waits(
    opened: Installation,
    fake: FakeTwilio,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    now = started()
    poll(opened, now - 10 * MINUTE)
    for number in range(17):
        fake.says(PERSON, f"Pesan {number}", to=OURS, minutes_ago=1)
    with monkeypatch.context() as patch:
        patch.setattr(twilio_lists, "PAGE", 2)
        patch.setattr(twilio_lists, "PAGES", 3)
        assert poll(opened, now) == 0
    assert "poll_failed error=TooManyError" in caplog.text
    assert poll(opened, now) == 17


@pytest.mark.parametrize("fault", ["500_before", "cut_before", "429", "html_before"])
def test_a_provider_that_cannot_be_asked_is_asked_again(
    opened: Installation, fake: FakeTwilio, fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    at = started()
    poll(opened, at)
    fake.says(PERSON, "Jalan rusak", to=OURS)
    fake.script(fault, kind="list")
    assert poll(opened, at + MINUTE) == 0
    assert "poll_failed error=" in caplog.text
    with reading(opened.engine) as connection:
        assert get_switch(connection, UNTIL) is None
    assert poll(opened, at + MINUTE) == 1


def test_it_ends_when_it_is_told_to(opened: Installation, fake: FakeTwilio) -> None:
    at = started()
    poll(opened, at)
    fake.says(PERSON, "Jalan rusak", to=OURS)
    assert poll(opened, at + MINUTE, going=lambda: False) == 0
    assert poll(opened, at + MINUTE) == 1


def test_a_clock_that_runs_ahead_makes_no_message_of_tomorrow(
    opened: Installation, fake: FakeTwilio
) -> None:
    at = started()
    poll(opened, at)
    fake.says(PERSON, "Jalan rusak", to=OURS, minutes_ago=-4)
    assert poll(opened, at + MINUTE) == 1
    assert stored(opened)[0].received_at == at + MINUTE


def test_our_own_messages_and_those_to_others_are_none(
    opened: Installation, fake: FakeTwilio
) -> None:
    at = started()
    poll(opened, at)
    fake.says(OURS, "gema", to=OURS)
    fake.says(PERSON, "bukan untuk kami", to="whatsapp:+15550009999")
    assert poll(opened, at + MINUTE) == 0


def test_a_service_receives_at_its_numbers(settings: Settings, fake: FakeTwilio) -> None:
    fake.rules(
        senders={
            SERVICE: "present",
            "+15550003333": SERVICE,
            "whatsapp:+15550004444": SERVICE,
            "+15550005555": "elsewhere",
        }
    )
    wanted = {
        fake.says(NUMBER, to="+15550003333"),
        fake.says(PERSON, to="whatsapp:+15550004444"),
        fake.says(PERSON, to=OURS),
    }
    fake.says(NUMBER, to="+15550005555")
    gateway = TwilioGateway(replace(settings, twilio_sms_from=SERVICE))
    now = clock.now()
    found = gateway.received(now - MINUTE, now, now, lambda sids: sids)
    assert {each.sid for each in found} == wanted


def test_nothing_is_asked_twice_where_the_line_breaks(
    gateway: TwilioGateway, fake: FakeTwilio
) -> None:
    fake.script("500_before", kind="list")
    now = datetime.now(UTC)
    with pytest.raises(OutcomeUnknownError):
        gateway.received(now - MINUTE, now, now, lambda sids: sids)


def test_without_a_provider_that_lists_nothing_is_asked(database_url: str) -> None:
    opened = open_installation(Settings(database_url=database_url, data_key=KEY))
    assert poll(opened, started()) == 0
    opened.close()
