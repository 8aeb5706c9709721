"""`POST /twilio/inbound` as the provider calls it: stored, then answered, once for each message."""

from __future__ import annotations

import asyncio
import logging
import random
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI

from bot.compose import Installation, open_installation
from bot.web import inbound
from bot.web.app import create_app
from bot.web.signed import PROBE_SID
from config.settings import Settings
from config.terms import Channel
from scheduler.inbound import Arrived, Place
from scheduler.store.rules import StoreError
from tests.web.phones import EMPTY, INBOUND, PERSON, message, posted, sid_of, stored
from tests.web.provider import (
    NOW,
    OFFICE,
    PRIMARY,
    PUBLIC,
    SECONDARY,
    Answer,
    Request,
    send,
    sending,
    signed,
    twilio_settings,
)


@pytest.fixture
def opened(database_url: str) -> Iterator[Installation]:
    opened = open_installation(twilio_settings(database_url))
    yield opened
    opened.close()


@pytest.fixture
def app(opened: Installation) -> FastAPI:
    return create_app(opened, now=lambda: NOW)


def all_at_once(app: FastAPI, requests: Sequence[Request]) -> list[Answer]:
    async def together() -> list[Answer]:
        return await asyncio.gather(*(sending(app, request) for request in requests))

    return asyncio.run(together())


# --- what is taken ----------------------------------------------------------------------------


@pytest.mark.parametrize("token", [PRIMARY, SECONDARY])
def test_a_signed_message_is_stored_and_answered_with_nothing(
    opened: Installation, app: FastAPI, token: str
) -> None:
    answer = send(app, posted(message(), token))
    assert (answer.status, answer.body) == (200, EMPTY)
    assert answer.headers["content-type"].partition(";")[0] == "text/xml"
    assert answer.headers["cache-control"] == "no-store"
    assert stored(opened) == [
        Arrived(
            sid_of(1),
            Channel.WHATSAPP,
            PERSON,
            "Jalan di depan pasar rusak",
            NOW,
            to=f"whatsapp:{OFFICE}",
            profile="Warga",
        )
    ]


def test_a_place_and_someone_without_a_number(opened: Installation, app: FastAPI) -> None:
    params = message("", From="whatsapp:ID.134912", Latitude="-7.0", Longitude="113.8", WaId="")
    assert send(app, posted(params)).status == 200
    (arrived,) = stored(opened)
    assert (arrived.sender, arrived.text, arrived.place) == ("ID.134912", "", Place(-7.0, 113.8))


def test_it_is_committed_before_it_is_answered(database_url: str) -> None:
    opened, other = (open_installation(twilio_settings(database_url)) for _ in range(2))
    app = create_app(opened, now=lambda: NOW)
    for number in range(1, 4):
        assert send(app, posted(message(number=number))).status == 200
        assert len(stored(other)) == number
    opened.close()
    other.close()


def test_the_same_message_again_is_the_same_message(opened: Installation, app: FastAPI) -> None:
    answers = [send(app, posted(message())) for _ in range(5)]
    changed = send(app, posted(message("lain")))  # an id is never given twice
    assert {(each.status, each.body) for each in [*answers, changed]} == {(200, EMPTY)}
    assert [each.text for each in stored(opened)] == [message()["Body"]]


def test_500_messages_each_one_to_three_times_in_any_order(
    opened: Installation, app: FastAPI
) -> None:
    chance = random.Random(20261124)
    requests = [posted(message(f"Pesan {number}", number)) for number in range(1, 501)]
    posts = [each for each in requests for _ in range(chance.randint(1, 3))]
    chance.shuffle(posts)
    while posts:
        some, posts = posts[:16], posts[16:]
        assert {each.status for each in all_at_once(app, some)} == {200}
    texts = [each.text for each in stored(opened)]
    assert sorted(texts) == sorted(f"Pesan {number}" for number in range(1, 501))


def test_what_waits_at_the_same_moment_is_one_transaction_in_order(
    opened: Installation, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    real = Installation.hear

    def hear(self: Installation, batch: Sequence[Arrived]) -> int:
        sizes.append(len(batch))
        return real(self, batch)

    monkeypatch.setattr(Installation, "hear", hear)
    requests = [posted(message(number=number)) for number in range(1, 17)]
    assert {each.status for each in all_at_once(app, requests)} == {200}
    assert len(sizes) < 16
    assert sum(sizes) == 16
    assert [each.sid for each in stored(opened)] == [sid_of(number) for number in range(1, 17)]


# --- what is not ------------------------------------------------------------------------------


@pytest.mark.parametrize("sid", ["", "SM12", f"{sid_of(1)}\n", "'; DROP TABLE inbound_messages"])
def test_what_names_no_message_is_answered_and_dropped(
    opened: Installation, app: FastAPI, sid: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer = send(app, posted(message(MessageSid=sid, SmsMessageSid=sid, SmsSid=sid)))
    assert (answer.status, answer.body, stored(opened)) == (200, EMPTY, [])
    assert [record.getMessage() for record in caplog.records] == ["inbound_senseless"]


@pytest.mark.parametrize("sender", [f"whatsapp:{OFFICE}", OFFICE, "KOMINFO"])
def test_what_we_sent_ourselves_ends_here(
    opened: Installation, app: FastAPI, sender: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer = send(app, posted(message(From=sender)))
    assert (answer.status, answer.body, stored(opened)) == (200, EMPTY, [])
    assert [record.getMessage() for record in caplog.records] == ["inbound_own_sender"]


def test_the_doctors_probe_leaves_nothing_behind(opened: Installation, app: FastAPI) -> None:
    params = message(MessageSid=PROBE_SID)
    assert (send(app, posted(params)).status, stored(opened)) == (200, [])


def test_a_signature_of_the_other_webhook_counts_for_nothing(
    opened: Installation, app: FastAPI
) -> None:
    assert send(app, signed(message(), path=INBOUND)).status == 403
    assert stored(opened) == []


def test_what_is_too_long_is_not_even_read(opened: Installation, app: FastAPI) -> None:
    request = posted(message("x" * inbound.MAX_BODY))
    assert send(app, replace(request, chunks=9)).status == 413
    assert stored(opened) == []


def test_without_a_provider_that_signs_there_is_no_webhook(sqlite_url: str) -> None:
    opened = open_installation(Settings(database_url=sqlite_url, public_url=PUBLIC))
    assert send(create_app(opened), posted(message())).status == 404
    opened.close()


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_it_is_only_posted_to(app: FastAPI, method: str) -> None:
    assert send(app, replace(posted(message()), method=method)).status == 405


def test_behind_a_proxy_with_a_prefix(sqlite_url: str) -> None:
    public = f"{PUBLIC}/layanan/ingat"
    opened = open_installation(twilio_settings(sqlite_url, public_url=public))
    app = create_app(opened, now=lambda: NOW)
    for number, path in enumerate((INBOUND, f"/layanan/ingat{INBOUND}"), 1):
        params = message(number=number)
        assert send(app, signed(params, path=path, of=INBOUND)).status == 403
        assert send(app, signed(params, public=public, path=path, of=INBOUND)).status == 200
    assert len(stored(opened)) == 2
    opened.close()


# --- the database is away ---------------------------------------------------------------------


def test_a_database_that_is_away_makes_the_provider_ask_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "ingat.db"
    opened = open_installation(twilio_settings(f"sqlite:///{path}"))
    app = create_app(opened, now=lambda: NOW)
    opened.close()
    away = path.rename(tmp_path / "away.db")
    path.write_bytes(b"no database at all, however long one looks" * 50)
    answer = send(app, posted(message()))
    assert (answer.status, answer.body) == (503, b"")
    assert "inbound_not_kept error=DatabaseError at=" in caplog.text
    assert "Traceback" not in caplog.text
    assert send(app, posted(message(), "another")).status == 403  # learns nothing of it
    opened.close()
    away.replace(path)
    assert send(app, posted(message())).status == 200
    assert len(stored(opened)) == 1
    opened.close()


def test_a_server_that_hangs_holds_up_neither_the_answer_nor_the_others(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = threading.Event()
    monkeypatch.setattr(inbound, "STORE_S", 0.05)
    monkeypatch.setattr(Installation, "hear", lambda *_: free.wait(10))
    opened = open_installation(twilio_settings(postgres_url))
    app = create_app(opened, now=lambda: NOW)

    async def three() -> tuple[int, int, int]:
        first = asyncio.create_task(sending(app, posted(message())))
        await asyncio.sleep(0)
        alive = await sending(app, Request(b"", [], path="/healthz", method="GET"))
        second = await sending(app, posted(message(number=2)))  # waits for the same thread
        status = (await first).status
        free.set()
        return alive.status, status, second.status

    assert asyncio.run(three()) == (200, 503, 503)
    opened.close()


def test_nobody_waits_in_a_queue_without_an_end(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    free = threading.Event()
    monkeypatch.setattr(inbound, "STORE_S", 0.2)
    monkeypatch.setattr(inbound, "MOST_WAITING", 3)
    monkeypatch.setattr(Installation, "hear", lambda *_: free.wait(10))
    opened = open_installation(twilio_settings(postgres_url))
    app = create_app(opened, now=lambda: NOW)

    async def many() -> list[int]:
        posts = [sending(app, posted(message(number=number))) for number in range(1, 10)]
        answers = await asyncio.gather(*posts)
        free.set()
        return [each.status for each in answers]

    assert asyncio.run(many()) == [503] * 9
    assert caplog.text.count("TooManyWaiting") == 6
    opened.close()


def test_one_that_cannot_be_stored_takes_none_along(
    opened: Installation, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Installation.hear

    def hear(self: Installation, batch: Sequence[Arrived]) -> int:
        if any(each.text == "racun" for each in batch):
            raise ValueError
        return real(self, batch)

    monkeypatch.setattr(Installation, "hear", hear)
    texts = ["satu", "racun", "tiga"]
    requests = [posted(message(text, number)) for number, text in enumerate(texts, 1)]
    assert [each.status for each in all_at_once(app, requests)] == [200, 503, 200]
    assert [each.text for each in stored(opened)] == ["satu", "tiga"]


def test_two_that_wait_for_each_other_are_stored_one_by_one(
    opened: Installation, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Installation.hear

    class DeadlockDetected(Exception):  # noqa: N818 - the driver's own name
        sqlstate = "40P01"

    def hear(self: Installation, batch: Sequence[Arrived]) -> int:
        if len(batch) > 1:
            from sqlalchemy.exc import OperationalError

            raise OperationalError("", {}, DeadlockDetected())
        return real(self, batch)

    monkeypatch.setattr(Installation, "hear", hear)
    requests = [posted(message(number=number)) for number in range(1, 5)]
    assert [each.status for each in all_at_once(app, requests)] == [200] * 4
    assert len(stored(opened)) == 4


def test_batches_in_another_order_by_two_servers(postgres_url: str) -> None:
    both = [open_installation(twilio_settings(postgres_url)) for _ in range(2)]
    batch = [Arrived(sid_of(n), Channel.SMS, PERSON, str(n), NOW) for n in range(1, 200)]
    failures: list[BaseException] = []

    def hear(opened: Installation, batch: Sequence[Arrived]) -> None:
        keeper = inbound.Keeper(opened.hear, inline=False)
        try:
            assert all(keeper._stored(batch))
        except (StoreError, AssertionError) as error:
            failures.append(error)

    threads = [
        threading.Thread(target=hear, args=(opened, order))
        for opened, order in zip(both, (batch, batch[::-1]), strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(stored(both[0])) == 199
    for opened in both:
        opened.close()


# --- what is told of it -----------------------------------------------------------------------


def test_nothing_of_it_reaches_the_log(app: FastAPI, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    send(app, posted(message(NumMedia="x")))
    send(app, posted(message(), "another"))
    send(app, posted(message(From=f"whatsapp:{OFFICE}")))
    send(app, posted(message(MessageSid="?", SmsSid="?", SmsMessageSid="?")))
    for secret in (PERSON, PERSON[3:], OFFICE, PRIMARY, SECONDARY, sid_of(1), "pasar", "Warga"):
        assert secret not in caplog.text


def test_whoever_reads_it_is_told_before_and_after_it_is_stored(opened: Installation) -> None:
    told: list[int] = []
    app = FastAPI()
    inbound.add(app, opened, lambda: NOW, lambda: told.append(len(stored(opened))))
    for params in (message(), message(number=2), message(MessageSid="?", SmsSid="?")):
        send(app, posted(params))
    send(app, posted(message(number=3), "another"))
    assert told == [0, 1, 1, 2]
