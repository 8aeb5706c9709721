"""What Twilio holds, found again by number, sender and text, or by its id."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from bot.channels.gateway import OutcomeUnknownError, Sent, TemplateUse
from bot.channels.twilio_gateway import TwilioGateway
from config.settings import Settings
from config.terms import NoticeStatus, Reaction
from tests.fakes.twilio_server import FakeTwilio
from tests.web.twilio_examples import CHAT, NOW, SMS


def test_a_look_up_finds_this_text_to_this_number_from_this_sender(
    fake: FakeTwilio, gateway: TwilioGateway
) -> None:
    wanted = gateway.send(SMS)
    gateway.send(CHAT)
    gateway.send(replace(SMS, to="+6281200000002"))
    gateway.send(replace(SMS, text="Aduan lama"))
    fake.settle()
    assert gateway.look_up(SMS, NOW) == [
        Sent(wanted.sid, NoticeStatus.DELIVERED, "delivered", awaited=True)
    ]
    changed = replace(SMS, text="  Aduan baru\r\nuntuk Anda\n")
    assert [each.sid for each in gateway.look_up(changed, NOW)] == [wanted.sid]
    assert gateway.look_up(replace(SMS, text="Aduan baru untuk Anda"), NOW) == []
    fake.rules(unfiltered=True)
    assert [each.sid for each in gateway.look_up(SMS, NOW)] == [wanted.sid]


def test_another_sender_is_another_message(
    fake: FakeTwilio, gateway: TwilioGateway, settings: Settings
) -> None:
    fake.rules(unfiltered=True)
    other = TwilioGateway(replace(settings, twilio_sms_from="KOMINFO", public_url=None))
    other.send(SMS)
    assert gateway.look_up(SMS, NOW) == []
    assert len(other.look_up(SMS, NOW)) == 1


def test_a_trial_account_puts_words_before_the_text(gateway: TwilioGateway) -> None:
    sent = gateway.send(replace(SMS, text="Sent from your Twilio trial account - " + SMS.text))
    assert [each.sid for each in gateway.look_up(SMS, NOW)] == [sent.sid]


def test_every_candidate_is_returned(gateway: TwilioGateway) -> None:
    sids = {gateway.send(SMS).sid for _ in range(230)}  # more than two pages
    assert {each.sid for each in gateway.look_up(SMS, NOW)} == sids


def test_a_list_without_an_end_is_no_answer(
    gateway: TwilioGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.twilio_lists.PAGE", 1)
    monkeypatch.setattr("bot.channels.twilio_lists.PAGES", 2)
    gateway.send(SMS)
    gateway.send(SMS)
    assert len(gateway.look_up(SMS, NOW)) == 2
    gateway.send(SMS)
    with pytest.raises(OutcomeUnknownError):
        gateway.look_up(SMS, NOW)


def test_a_template_is_found_by_the_text_it_came_to(gateway: TwilioGateway) -> None:
    sid = gateway.create_content("ingat_baru", "id", "Aduan {{1}}.", {"1": "12"}, ())
    message = replace(CHAT, text="Aduan 34.", template=TemplateUse(sid, {"1": "34"}))
    sent = gateway.send(message)
    assert [each.sid for each in gateway.look_up(message, NOW)] == [sent.sid]


def test_since_is_understood_in_any_zone(gateway: TwilioGateway) -> None:
    gateway.send(SMS)
    jakarta = timezone(timedelta(hours=7))
    now = datetime.now(jakarta)
    assert len(gateway.look_up(SMS, now)) == 1
    assert len(gateway.look_up(SMS, now + timedelta(minutes=4))) == 1  # clocks differ a little
    assert gateway.look_up(SMS, now + timedelta(minutes=6)) == []


def test_a_lagging_list_shows_nothing_yet(fake: FakeTwilio, gateway: TwilioGateway) -> None:
    fake.rules(listing_lag_s=600)
    sent = gateway.send(SMS)
    assert gateway.look_up(SMS, NOW) == []
    assert gateway.fetch(sent.sid) is not None


@pytest.mark.parametrize("fault", ["500_before", "429", "cut_before", "html_before"])
def test_a_failing_look_up_or_fetch_is_no_answer(
    fake: FakeTwilio, gateway: TwilioGateway, fault: str
) -> None:
    sent = gateway.send(SMS)
    fake.script(fault, fault, kind="list")
    with pytest.raises(OutcomeUnknownError):
        gateway.look_up(SMS, NOW)
    with pytest.raises(OutcomeUnknownError):
        gateway.fetch(sent.sid)


@pytest.mark.parametrize(
    ("word", "code", "status"),
    [
        ("queued", None, NoticeStatus.ACCEPTED),
        ("sending", None, NoticeStatus.ACCEPTED),
        ("sent", None, NoticeStatus.ACCEPTED),
        ("partially_delivered", None, NoticeStatus.ACCEPTED),
        ("a word of next year", None, NoticeStatus.ACCEPTED),
        ("delivered", None, NoticeStatus.DELIVERED),
        ("read", None, NoticeStatus.DELIVERED),
        ("undelivered", 30003, NoticeStatus.FAILED),
        ("failed", 63024, NoticeStatus.FAILED),
        ("canceled", None, NoticeStatus.FAILED),
    ],
)
def test_a_fetch_tells_how_far_a_message_came(
    fake: FakeTwilio, gateway: TwilioGateway, word: str, code: int | None, status: NoticeStatus
) -> None:
    fake.rules(report=[])
    sid = gateway.send(SMS).sid
    fake.advance(sid, word, code)
    error = None if code is None else str(code)
    assert gateway.fetch(sid) == Sent(sid, status, word, error, awaited=True)


def test_only_twilio_itself_can_say_that_there_is_no_such_message(
    gateway: TwilioGateway, settings: Settings
) -> None:
    assert gateway.fetch("SM" + "f" * 32) is None
    with FakeTwilio(prefix="/elsewhere") as other:
        astray = replace(settings, twilio_api_base_url=f"http://127.0.0.1:{other.port}")
        with pytest.raises(OutcomeUnknownError):
            TwilioGateway(astray).fetch("SM" + "f" * 32)


def test_the_reaction_to_a_reported_code_is_the_tables(gateway: TwilioGateway) -> None:
    assert gateway.reaction("63024") is Reaction.UNREACHABLE
    assert gateway.reaction(None) is Reaction.NEXT
