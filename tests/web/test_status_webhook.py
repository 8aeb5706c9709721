"""`POST /twilio/status` as the provider calls it: what is taken, in any order, repeated or not."""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from bot.compose import Installation, open_installation
from bot.web import webhooks
from bot.web.app import create_app
from config.settings import Settings
from tests.web.provider import (
    NOW,
    OFFICER,
    PATH,
    PRIMARY,
    PUBLIC,
    SECONDARY,
    SID,
    Fate,
    Request,
    an_attempt,
    fate,
    kept,
    report,
    send,
    sending,
    signed,
    twilio_settings,
)

DELIVERED = Fate(SID, "delivered", "delivered", None)


@pytest.fixture
def opened(database_url: str) -> Iterator[Installation]:
    opened = open_installation(twilio_settings(database_url))
    yield opened
    opened.close()


@pytest.fixture
def app(opened: Installation) -> FastAPI:
    return create_app(opened, now=lambda: NOW)


def opened_with(url: str, **others: Any) -> Installation:
    return open_installation(twilio_settings(url, **others))


# --- what is taken ----------------------------------------------------------------------------


@pytest.mark.parametrize("token", [PRIMARY, SECONDARY])
def test_a_signed_report_is_taken_at_once(opened: Installation, app: FastAPI, token: str) -> None:
    attempt = an_attempt(opened)
    answer = send(app, signed(report(), token=token))
    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["cache-control"] == "no-store"
    assert fate(opened, attempt) == DELIVERED
    assert kept(opened) == [(SID, "delivered", "")]


def test_a_report_binds_the_attempt_that_its_address_names(
    opened: Installation, app: FastAPI
) -> None:
    attempt = an_attempt(opened, sid=None)
    assert send(app, signed(report("sent"), f"a={attempt}")).status == 204
    assert fate(opened, attempt) == Fate(SID, "accepted", "sent", None)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "a=",
        "a=0",
        "a=-1",
        "a=+1",
        "a=1&a=2",
        "a=1x",
        "a=1%0A",
        "a=%D9%A1",
        "a=2147483648",
        "a=99999999999999999999999999",
        "b=1",
        "a=2147483647",
        f"a={'1' * 5000}",
    ],
)
def test_an_address_that_names_no_attempt_binds_none(
    opened: Installation, app: FastAPI, query: str
) -> None:
    attempt = an_attempt(opened, sid=None)
    assert send(app, signed(report(), query)).status == 204
    assert fate(opened, attempt) == Fate(None, "sending", None, None)
    assert kept(opened) == [(SID, "delivered", "")]


def test_new_fields_words_in_capitals_and_old_names_are_understood(
    opened: Installation, app: FastAPI
) -> None:
    attempt = an_attempt(opened)
    fields = report("DELIVERED", Baru="nilai baru é \u20ac", Kosong="")
    assert send(app, signed(fields)).status == 204
    assert fate(opened, attempt) == DELIVERED
    old = {name: value for name, value in report("read").items() if not name.startswith("MessageS")}
    assert send(app, signed(old)).status == 204
    assert fate(opened, attempt).word == "read"


@pytest.mark.parametrize(
    "kind",
    ["application/x-www-form-urlencoded", "Application/X-WWW-form-urlencoded ;charset=utf-8"],
)
def test_a_form_may_leave_its_encoding_out(opened: Installation, app: FastAPI, kind: str) -> None:
    request = signed(report())
    spelt = replace(request, headers=[("content-type", kind), *request.headers[1:]])
    assert send(app, spelt).status == 204
    assert len(kept(opened)) == 1


# --- again, and out of order ------------------------------------------------------------------


def test_a_hundred_repetitions_have_one_effect(opened: Installation, app: FastAPI) -> None:
    attempt = an_attempt(opened)
    request = signed(report("undelivered", ErrorCode="63024"), f"a={attempt}")
    first = send(app, request)
    before = fate(opened, attempt), everything(opened)
    answers = [send(app, request) for _ in range(99)]
    assert {answer.status for answer in [first, *answers]} == {204}
    assert (fate(opened, attempt), everything(opened)) == before
    assert kept(opened) == [(SID, "undelivered", "63024")]
    assert fate(opened, attempt).error == "63024"


def everything(opened: Installation) -> dict[str, int]:
    """Count the rows of each table that a report may touch."""
    with opened.engine.connect() as connection:
        return {
            name: connection.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar_one()
            for name in ("attempts", "messages", "notices", "phone_channels", "delivery_reports")
        }


@pytest.mark.parametrize(
    "order", [*itertools.permutations(["queued", "sent", "delivered", "read"])]
)
def test_whatever_the_order_the_furthest_word_stands(
    sqlite_url: str, order: tuple[str, ...]
) -> None:
    opened = opened_with(sqlite_url)
    attempt = an_attempt(opened)
    app = create_app(opened, now=lambda: NOW)
    assert {send(app, signed(report(word))).status for word in order} == {204}
    assert fate(opened, attempt) == Fate(SID, "delivered", "read", None)
    opened.close()


@pytest.mark.parametrize("late", ["queued", "sending", "sent", "undelivered", "failed"])
def test_a_late_word_does_not_undo_a_delivery(
    opened: Installation, app: FastAPI, late: str
) -> None:
    attempt = an_attempt(opened)
    send(app, signed(report("delivered")))
    assert send(app, signed(report(late))).status == 204
    assert fate(opened, attempt).status == "delivered"


def test_an_error_is_never_erased(opened: Installation, app: FastAPI) -> None:
    attempt = an_attempt(opened)
    for word, error in [("undelivered", "63024"), ("sent", ""), ("undelivered", "")]:
        send(app, signed(report(word, ErrorCode=error)))
    assert (fate(opened, attempt).status, fate(opened, attempt).error) == ("failed", "63024")


# --- signed, and yet without effect -----------------------------------------------------------


@pytest.mark.parametrize("word", ["partially_delivered_perhaps", "scheduled_for_later", "a" * 30])
def test_an_unknown_word_is_kept_and_changes_nothing(
    opened: Installation, app: FastAPI, word: str
) -> None:
    attempt = an_attempt(opened)
    before = fate(opened, attempt)
    assert send(app, signed(report(word))).status == 204
    assert fate(opened, attempt) == before
    assert kept(opened) == [(SID, word, "")]


@pytest.mark.parametrize(
    "others",
    [
        {"MessageSid": "", "SmsSid": ""},
        {"MessageSid": "SM123"},
        {"MessageSid": SID.upper()},
        {"MessageSid": f"{SID}\n"},
        {"MessageSid": f"MG{SID[2:]}"},
        {"MessageSid": f"SM{'٣' * 32}"},
        {"MessageStatus": "", "SmsStatus": ""},
        {"MessageStatus": "a" * 31},
        {"MessageStatus": "delivered\x00"},
        {"MessageStatus": "delivered; DROP TABLE attempts"},
        {"MessageStatus": "terkirim ✓"},
    ],
)
def test_a_senseless_report_is_answered_and_dropped(
    opened: Installation, app: FastAPI, others: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    before = fate(opened, attempt := an_attempt(opened))
    assert send(app, signed(report(**others))).status == 204
    assert kept(opened) == []
    assert fate(opened, attempt) == before
    assert [record.getMessage() for record in caplog.records] == ["report_senseless"]


@pytest.mark.parametrize("code", ["0", "", "x", "63024x", "٣", "-1", "1" * 11, "63024\n"])
def test_a_code_that_is_none_is_left_out(opened: Installation, app: FastAPI, code: str) -> None:
    an_attempt(opened)
    assert send(app, signed(report("undelivered", ErrorCode=code))).status == 204
    assert kept(opened) == [(SID, "undelivered", "")]


def test_a_report_of_a_message_nobody_has_changes_nothing(
    opened: Installation, app: FastAPI
) -> None:
    before = fate(opened, attempt := an_attempt(opened))
    assert send(app, signed(report(sid=f"MM{'f' * 32}"))).status == 204
    assert fate(opened, attempt) == before


def test_the_doctors_probe_leaves_nothing_behind(
    opened: Installation, app: FastAPI, caplog: pytest.LogCaptureFixture
) -> None:
    assert send(app, signed(report(sid=webhooks.PROBE_SID))).status == 204
    assert kept(opened) == []
    assert caplog.records == []


# --- the address ------------------------------------------------------------------------------


@pytest.mark.parametrize("arrives", [PATH, f"/layanan/ingat{PATH}"])
def test_behind_a_proxy_with_a_prefix(sqlite_url: str, arrives: str) -> None:
    public = f"{PUBLIC}/layanan/ingat"
    opened = opened_with(sqlite_url, public_url=public)
    attempt = an_attempt(opened)
    app = create_app(opened, now=lambda: NOW)
    assert send(app, signed(report(), path=arrives)).status == 403
    assert send(app, signed(report(), "a=7", public=public, path=arrives)).status == 204
    assert fate(opened, attempt) == DELIVERED
    opened.close()


@pytest.mark.parametrize(
    "public", ["http://127.0.0.1:8123", "http://localhost:8123", "http://[::1]:8123"]
)
def test_over_http_on_this_machine(sqlite_url: str, public: str) -> None:
    opened = opened_with(sqlite_url, public_url=public)
    app = create_app(opened, now=lambda: NOW)
    assert send(app, signed(report(), "a=7", public=public)).status == 204
    assert kept(opened) == [(SID, "delivered", "")]
    opened.close()


def test_what_the_request_says_of_its_address_counts_for_nothing(
    opened: Installation, app: FastAPI
) -> None:
    elsewhere = [
        ("host", "jahat.example"),
        ("x-forwarded-host", "jahat.example"),
        ("x-forwarded-proto", "gopher"),
        ("forwarded", "host=jahat.example;proto=http"),
        ("x-original-url", "/lain"),
    ]
    assert send(app, signed(report(), headers=elsewhere)).status == 204
    forged = signed(report("read"), public="https://jahat.example", headers=elsewhere)
    assert send(app, forged).status == 403
    assert kept(opened) == [(SID, "delivered", "")]


def test_without_a_provider_that_signs_there_is_no_webhook(sqlite_url: str) -> None:
    opened = open_installation(Settings(database_url=sqlite_url, public_url=PUBLIC))
    answer = send(create_app(opened), signed(report()))
    assert (answer.status, kept(opened)) == (404, [])
    opened.close()


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_it_is_only_posted_to(opened: Installation, app: FastAPI, method: str) -> None:
    assert send(app, replace(signed(report()), method=method)).status == 405
    assert kept(opened) == []


# --- the database is away ---------------------------------------------------------------------


def test_a_database_that_is_away_makes_the_provider_ask_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "ingat.db"
    opened = opened_with(f"sqlite:///{path}")
    app = create_app(opened, now=lambda: NOW)
    opened.close()
    away = path.rename(tmp_path / "away.db")
    path.write_bytes(b"no database at all, however long one looks" * 50)
    assert send(app, signed(report())).status == 503
    assert "report_not_taken error=DatabaseError at=" in caplog.text
    assert "Traceback" not in caplog.text
    # Nothing that is not signed learns of it.
    assert send(app, signed(report(), token="another")).status == 403
    opened.close()
    away.replace(path)
    assert send(app, signed(report())).status == 204
    assert kept(opened) == [(SID, "delivered", "")]
    opened.close()


def test_a_server_that_hangs_holds_up_neither_the_answer_nor_the_others(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hang(*_: object) -> bool:
        time.sleep(0.5)
        return True

    monkeypatch.setattr(webhooks, "STORE_S", 0.05)
    monkeypatch.setattr(Installation, "take_report", hang)
    opened = opened_with(postgres_url)
    app = create_app(opened, now=lambda: NOW)

    async def both() -> tuple[int, int]:
        waiting = asyncio.create_task(sending(app, signed(report())))
        await asyncio.sleep(0)
        alive = await sending(app, Request(b"", [], path="/healthz", method="GET"))
        return alive.status, (await waiting).status

    assert asyncio.run(both()) == (200, 503)
    opened.close()


# --- what is told of it -----------------------------------------------------------------------


def test_no_number_and_no_query_reaches_the_log(
    opened: Installation, app: FastAPI, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    an_attempt(opened)
    send(app, signed(report("undelivered", ErrorCode="21610"), "a=1"))
    send(app, signed(report(), token="another"))
    send(app, signed(report(MessageSid="?")))
    send(app, replace(signed(report()), headers=[]))
    assert "webhook_refused reason=signature" in caplog.text
    assert "webhook_refused reason=unsigned" in caplog.text
    for secret in (OFFICER, OFFICER[3:], PRIMARY, SECONDARY, SID):
        assert secret not in caplog.text
