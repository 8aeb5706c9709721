"""A story fails for what it does not expect: the town itself is put to the test."""

from __future__ import annotations

import pytest

from tests.fakes.sms_gate import FakePhone
from tests.fakes.twilio_server import FakeTwilio
from tests.story.town import Channel, Town

REPORT = "Jalan Contoh di depan Pasar Contoh berlubang sejak minggu lalu"


def test_a_message_nobody_claimed_fails_the_story_when_the_clock_is_moved(town: Town) -> None:
    warga = town.citizen()
    warga.says(REPORT)
    with pytest.raises(AssertionError, match=r"1 unexpected messages:\n  warga \d+: Sen 09.00"):
        town.passes(minutes=1)
    warga.expects("dicatat no. SPG-")
    town.passes(minutes=1)


def test_a_message_nobody_claimed_fails_the_story_at_its_end(
    sqlite_url: str, fake: FakeTwilio, android: FakePhone
) -> None:
    with (
        pytest.raises(AssertionError, match=r"unexpected messages:\n.*dicatat no\. SPG-"),
        Town(sqlite_url, fake, android) as town,
    ):
        town.citizen().says(REPORT)


def test_what_was_expected_must_be_said_to_this_phone_then_and_there(town: Town) -> None:
    warga, other = town.citizen(), town.citizen()
    warga.says(REPORT)
    for missed in (
        lambda: warga.expects("dijawab"),
        lambda: other.expects("dicatat"),
        lambda: warga.expects("dicatat").presses("TERIMA"),
    ):
        with pytest.raises(AssertionError):
            missed()
    warga.says("BANTUAN")
    with pytest.raises(AssertionError, match=r"not at Sen 10\.00"):
        warga.expects("Untuk melapor", at="Sen 10.00")
    warga.says("BANTUAN")
    with pytest.raises(AssertionError, match="not on sms"):
        warga.expects("Untuk melapor", channel=Channel.SMS)
    warga.says("BANTUAN")
    with pytest.raises(AssertionError, match="stands in"):
        warga.expects("Untuk melapor", lacks="foto")


def test_two_summaries_in_one_morning_are_one_too_many(town: Town) -> None:
    warga = town.citizen()
    warga.says(REPORT)
    warga.expects("dicatat no. SPG-")
    town.at("Sel 07.30")
    (one, _) = [got for got in town.got if "ringkasan" in got.text and got.at == town.now]
    assert one.claimed
    assert not town._is_routine(one)
