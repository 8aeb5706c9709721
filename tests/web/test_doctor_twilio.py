"""`ingat doctor` with GATEWAY=twilio: against a fake Twilio and the service as it answers."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from socketserver import BaseRequestHandler, BaseServer, TCPServer
from typing import Any

import pytest
import uvicorn

from bot import doctor_twilio
from bot.compose import Installation, open_installation
from bot.doctor import examine
from bot.doctor_checks import Subject
from bot.templates import wanted
from bot.web.app import create_app
from bot.web.server import address, listen
from config.calendar_overrides import load_default
from config.policy_file import load_default_text, parse_policy
from config.settings import Settings
from config.terms import Channel
from scheduler.store.session import writing
from scheduler.store.templates import save
from tests.fakes.twilio_server import FakeTwilio
from tests.web.provider import KEY, NOW, kept

WHATSAPP = "whatsapp:+15550001111"
NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def ready(fake: FakeTwilio, settings: Settings, sqlite_url: str) -> Settings:
    """Settings of an installation that Twilio knows; PUBLIC_URL is where nobody answers."""
    fake.rules(senders={WHATSAPP: "ONLINE"})
    return replace(settings, database_url=sqlite_url, data_key=KEY, public_url=NOBODY)


def of(settings: Settings, check: str) -> tuple[str, str]:
    (found,) = [each for each in examine(settings, NOW) if each.check == check]
    assert "+1555" not in found.detail
    assert "token" not in found.detail.replace("TOKEN", "").replace("tokens", "")
    return found.result, found.detail


@contextmanager
def serving(
    settings: Settings, prefix: str = "", **others: Any
) -> Iterator[tuple[Settings, Installation]]:
    """Run the service at a free port of this machine; it may have been told other things."""
    with listen("127.0.0.1", 0) as listening:
        settings = replace(settings, public_url=f"{address(listening)}{prefix}")
        opened = open_installation(replace(settings, **others))
        config = uvicorn.Config(create_app(opened), lifespan="off", log_config=None)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield settings, opened
        finally:
            server.should_exit = True
            thread.join()
            opened.close()


@contextmanager
def served(server: BaseServer) -> Iterator[None]:
    """Serve in a thread that has ended when the test goes on."""
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()


@contextmanager
def answering(status: int, location: str | None = None) -> Iterator[str]:
    """Run something else, which answers everything alike; yield its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            if location:
                self.send_header("Location", location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST  # noqa: N815 - what a followed redirect would ask

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server, served(server):
        yield f"http://127.0.0.1:{server.server_port}"


# --- the account ------------------------------------------------------------------------------


def test_all_is_well(ready: Settings) -> None:
    with serving(ready) as (settings, _):
        found = {each.check: each.result for each in examine(settings, NOW)}
    names = ("credentials", "whatsapp_sender", "sms_sender", "geo_permission")
    assert {found[name] for name in (*names, "public_url", "webhook")} == {"ok"}
    assert found["templates"] == "warn"


@pytest.mark.parametrize("status", ["suspended", "closed"])
def test_an_account_that_is_not_active(ready: Settings, fake: FakeTwilio, status: str) -> None:
    fake.rules(account_status=status)
    result, detail = of(ready, "credentials")
    assert (result, status in detail) == ("fail", True)


def test_a_token_that_is_refused(ready: Settings) -> None:
    result, detail = of(replace(ready, twilio_auth_token="b" * 32), "credentials")
    assert result == "fail"
    assert "(20003); correct TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN" in detail


def test_a_provider_that_cannot_be_reached(ready: Settings) -> None:
    settings = replace(ready, twilio_api_base_url=NOBODY)
    result, detail = of(settings, "credentials")
    assert result == "fail"
    assert detail.startswith("it could not be checked: the provider was not reached")
    assert of(settings, "whatsapp_sender")[0] == "warn"
    assert of(settings, "geo_permission")[0] == "warn"


def test_senders(ready: Settings, fake: FakeTwilio) -> None:
    assert of(ready, "sms_sender")[0] == "ok"
    fake.rules(senders={WHATSAPP: "OFFLINE"})
    result, detail = of(ready, "whatsapp_sender")
    assert (result, "OFFLINE" in detail) == ("fail", True)
    fake.rules(senders={})
    assert of(ready, "whatsapp_sender")[0] == "fail"
    assert of(replace(ready, twilio_whatsapp_from=None), "whatsapp_sender")[0] == "warn"
    assert of(replace(ready, twilio_sms_from="+15550002222"), "sms_sender")[0] == "fail"
    fake.rules(senders={"+15550002222": "present"})
    assert of(replace(ready, twilio_sms_from="+15550002222"), "sms_sender")[0] == "ok"


def test_sms_to_indonesia(ready: Settings, fake: FakeTwilio) -> None:
    fake.rules(geo=False)
    assert of(ready, "geo_permission")[0] == "fail"
    assert of(replace(ready, twilio_sms_from=None), "geo_permission") == ("ok", "no SMS is sent")


def test_templates(ready: Settings) -> None:
    result, detail = of(ready, "templates")
    assert result == "warn"
    assert detail.endswith("was submitted, SMS is sent instead; run: ingat templates push")
    assert of(replace(ready, twilio_sms_from=None), "templates")[0] == "fail"

    opened = open_installation(ready)
    tanda = parse_policy(load_default_text()).tanda
    two_way = Channel.WHATSAPP in opened.gateway.senders.two_way
    names = [each.name for each in wanted(tanda, two_way=two_way)]

    def say(name: str, status: str) -> None:
        with writing(opened.engine) as connection:
            save(connection, name, f"HX{names.index(name):032x}", status, None, NOW)

    for name in names:
        say(name, "approved")
    assert of(ready, "templates") == ("ok", f"all {len(names)} are approved")
    say(names[0], "paused")
    result, detail = of(ready, "templates")
    assert result == "warn"
    assert f"1 of {len(names)} are not approved, SMS is sent instead: {names[0]} (paused)" in detail
    opened.close()


# --- the way back -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "base", "result"),
    [
        (None, "fake", "fail"),
        ("https://ingat.invalid", None, "ok"),
        ("http://127.0.0.1:9", None, "warn"),
        ("http://localhost:9", "fake", "ok"),
        ("http://ingat.invalid", "fake", "fail"),
    ],
)
def test_public_url(ready: Settings, url: str | None, base: str | None, result: str) -> None:
    base = ready.twilio_api_base_url if base else None
    settings = replace(ready, public_url=url, twilio_api_base_url=base)
    opened = open_installation(settings)
    policy = parse_policy(load_default_text())
    subject = Subject(opened, NOW, policy, load_default())
    assert doctor_twilio.public_url(subject)[0] == result
    opened.close()


def test_without_a_public_url_there_is_no_webhook(ready: Settings) -> None:
    assert of(replace(ready, public_url=None), "webhook")[0] == "fail"


def test_the_probe_leaves_nothing_in_the_database(ready: Settings) -> None:
    with serving(ready) as (settings, opened):
        assert of(settings, "webhook") == (
            "ok",
            "it answers a signed report with 204 and a forged one with 403: as it must",
        )
        assert kept(opened) == []


def test_behind_a_prefix(ready: Settings) -> None:
    with serving(ready, prefix="/layanan") as (settings, _):
        assert str(settings.public_url).endswith("/layanan")
        assert of(settings, "webhook")[0] == "ok"


@pytest.mark.parametrize(
    ("others", "told"),
    [
        ({"twilio_auth_token": "b" * 32}, "403 and a forged one with 403: give the service"),
        ({"public_url": "https://lain.invalid"}, "403 and a forged one with 403: give the service"),
        ({"gateway": "simulator"}, "404 and a forged one with 404: let the proxy"),
    ],
)
def test_a_service_that_was_told_other_things(
    ready: Settings, others: dict[str, str], told: str
) -> None:
    with serving(ready, **others) as (settings, _):
        result, detail = of(settings, "webhook")
    assert result == "fail"
    assert told in detail


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (200, "something other than this program answers at"),
        (204, "something other than this program answers at"),
        (301, "write the address it redirects to into PUBLIC_URL"),
        (308, "write the address it redirects to into PUBLIC_URL"),
        (401, "look at the log of the service"),
        (404, "let the proxy pass it on"),
        (502, "look at the log of the service"),
        (503, "its database is away"),
    ],
)
def test_something_else_answers(ready: Settings, status: int, told: str) -> None:
    elsewhere = NOBODY if 300 <= status < 400 else None
    with answering(status, elsewhere) as url:
        result, detail = of(replace(ready, public_url=url), "webhook")
    assert result == "fail"
    assert told in detail


def test_nobody_answers(ready: Settings) -> None:
    result, detail = of(ready, "webhook")
    assert result == "fail"
    assert "cannot be reached: Connection refused" in detail


def test_what_answers_is_not_http(ready: Settings) -> None:
    class Greeting(BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(65536)
            self.request.sendall(b"SSH-2.0-x\r\n")

    with TCPServer(("127.0.0.1", 0), Greeting) as server, served(server):
        url = f"http://127.0.0.1:{server.server_address[1]}"
        result, detail = of(replace(ready, public_url=url), "webhook")
    assert result == "fail"
    assert "cannot be reached: " in detail


def test_an_answer_that_does_not_come(ready: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor_twilio, "PROBE_S", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        result, detail = of(replace(ready, public_url=url), "webhook")
    assert result == "fail"
    assert "cannot be reached: no answer within" in detail


def test_a_forged_signature_is_another_one() -> None:
    for signature in ("AAAA", "BAAA", "zzzz", ""):
        assert doctor_twilio.forge(signature) != signature


@pytest.mark.parametrize(("seconds", "result"), [(299, "warn"), (300, "ok"), (900, "ok")])
def test_impatience_would_send_twice(ready: Settings, seconds: int, result: str) -> None:
    found, detail = of(replace(ready, unknown_after_s=seconds), "patience")
    assert found == result
    assert ("sent twice; set at least 300" in detail) == (result == "warn")
