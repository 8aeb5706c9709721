"""The fake Twilio keeps its word, so that what is tested against it means something."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar
from urllib.parse import parse_qsl

import pytest

from bot.channels.gateway import GatewayError, OutcomeUnknownError
from bot.channels.twilio_gateway import TwilioGateway
from config.settings import Settings
from config.terms import Channel, NoticeStatus
from tests.fakes.twilio_server import FakeTwilio
from tests.web.twilio_examples import CHAT, SMS, TO


class Listener(BaseHTTPRequestHandler):
    """Keeps every callback, and answers what it is told."""

    kept: ClassVar[list[tuple[str, dict[str, str], str]]] = []
    answers: ClassVar[list[int]] = []

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        form = dict(parse_qsl(self.rfile.read(length).decode(), keep_blank_values=True))
        self.kept.append((self.path, form, self.headers["X-Twilio-Signature"]))
        self.send_response(self.answers.pop(0) if self.answers else 204)
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def listener(fake: FakeTwilio) -> Iterator[type[Listener]]:
    Listener.kept.clear()
    Listener.answers.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    fake.rules(callback_base=f"http://127.0.0.1:{server.server_port}")
    yield Listener
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def reported(settings: Settings) -> TwilioGateway:
    """A gateway whose messages are reported."""
    return TwilioGateway(settings)


def words(listener: type[Listener]) -> list[str]:
    return [form["MessageStatus"] for _, form, _ in listener.kept]


def test_reports_are_signed_for_the_address_they_were_given(
    fake: FakeTwilio, reported: TwilioGateway, listener: type[Listener]
) -> None:
    sid = reported.send(CHAT).sid
    fake.settle()
    assert words(listener) == ["sent", "delivered"]
    for path, form, signature in listener.kept:
        assert path == "/twilio/status?a=7"  # the fragment stays at home
        assert form["MessageSid"] == sid
        assert reported.verify(f"https://ingat.invalid{path}", form, signature)


def test_outcomes_are_said_by_number_and_channel(
    fake: FakeTwilio, reported: TwilioGateway, listener: type[Listener]
) -> None:
    fake.outcome(to=TO, channel="whatsapp", report=[["undelivered", 0, 63024]])
    fake.outcome(to=TO, channel="sms", report=[])
    fake.outcome(to=TO, channel="sms", refuse=21610, times=1)
    failed = reported.send(CHAT).sid
    with pytest.raises(GatewayError, match="21610"):
        reported.send(SMS)
    silent = reported.send(SMS).sid
    delivered = reported.send(replace(CHAT, to="+6281200000002")).sid
    fake.settle()
    found = {sid: reported.fetch(sid) for sid in (failed, silent, delivered)}
    assert [(each.status, each.error) for each in found.values() if each] == [
        (NoticeStatus.FAILED, "63024"),
        (NoticeStatus.ACCEPTED, None),
        (NoticeStatus.DELIVERED, None),
    ]
    assert {form.get("ErrorCode") for _, form, _ in listener.kept} == {"63024", None}
    assert silent not in {form["MessageSid"] for _, form, _ in listener.kept}


def test_reports_that_fail_are_repeated_as_often_as_was_asked(
    fake: FakeTwilio, reported: TwilioGateway, listener: type[Listener]
) -> None:
    fake.rules(report=[["delivered", 0]])
    listener.answers[:] = [500, 503]
    reported.send(SMS)
    fake.settle()
    assert words(listener) == ["delivered"] * 3
    (record,) = fake.callbacks()
    assert record["answers"] == [500, 503, 204]


@pytest.mark.parametrize(
    ("rules", "count"), [({"lost": 1.0}, 0), ({"repeated": 1.0}, 4), ({"late": 1.0}, 2)]
)
def test_reports_are_lost_repeated_and_late(
    fake: FakeTwilio,
    reported: TwilioGateway,
    listener: type[Listener],
    rules: dict[str, Any],
    count: int,
) -> None:
    fake.rules(late_s=0.05, **rules)
    reported.send(SMS)
    fake.settle()
    assert len(listener.kept) == count


def test_reports_overtake_each_other(
    fake: FakeTwilio, reported: TwilioGateway, listener: type[Listener]
) -> None:
    fake.rules(shuffle_s=0.2)
    for _ in range(20):
        reported.send(SMS)
    fake.settle()
    said: dict[str, list[str]] = {}
    for _, form, _ in listener.kept:
        said.setdefault(form["MessageSid"], []).append(form["MessageStatus"])
    assert {Counter(each) == {"sent": 1, "delivered": 1} for each in said.values()} == {True}
    assert ["delivered", "sent"] in said.values()


def test_faults_come_by_seeded_chance(fake: FakeTwilio, gateway: TwilioGateway) -> None:
    runs = []
    for _ in range(2):
        fake.reset(seed=5)
        fake.rules(faults={"429": 0.2, "500_after": 0.2, "cut_before": 0.2})
        run = ""
        for _ in range(60):
            try:
                gateway.send(SMS)
                run += "."
            except GatewayError:
                run += "b"
            except OutcomeUnknownError:
                run += "?"
        runs.append((run, [sid is not None for _, _, sid in fake.posts()]))
        assert run.count(".") < len(fake.messages()) < 60
    assert runs[0] == runs[1]
    assert {*runs[0][0]} == {".", "b", "?"}


def test_the_peak_is_of_any_window(fake: FakeTwilio, gateway: TwilioGateway) -> None:
    for _ in range(3):
        gateway.send(SMS)
    gateway.send(CHAT)
    assert fake.peak(60) == 4
    assert fake.peak(60, "INGAT") == 3
    assert fake.peak(1e-9) == 1


def test_a_misspelt_order_is_refused(fake: FakeTwilio) -> None:
    for mistake in (
        lambda: fake.rules(latency_ms=1),
        lambda: fake.rules(faults={"500": 1}),
        lambda: fake.script("500"),
    ):
        with pytest.raises(ValueError, match="no "):
            mistake()


def test_each_channel_is_an_address_of_its_own(fake: FakeTwilio, gateway: TwilioGateway) -> None:
    fake.outcome(channel="whatsapp", refuse=63007)
    with pytest.raises(GatewayError):
        gateway.send(CHAT)
    gateway.send(SMS)
    assert [each["to"] for each in fake.messages()] == [TO]
    assert SMS.channel is Channel.SMS
