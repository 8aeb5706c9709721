"""`/healthz` and `/readyz`: what they say, when, and that nothing else answers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from bot.compose import LAST_TICK, Installation, open_installation
from bot.web import app as web
from bot.web.app import MAX_LAG_S, Readiness, create_app
from config.settings import Settings
from scheduler.store.rules import set_switch
from scheduler.store.session import writing

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="


@pytest.fixture
def opened(database_url: str) -> Iterator[Installation]:
    opened = open_installation(Settings(database_url=database_url, data_key=KEY))
    yield opened
    opened.close()


@pytest.fixture
def client(opened: Installation) -> Iterator[TestClient]:
    with TestClient(create_app(opened, now=lambda: NOW)) as client:
        yield client


@pytest.fixture
def ticked(opened: Installation) -> Callable[[float], None]:
    """Says that a scheduler finished a pass some seconds before NOW."""

    def beat(seconds: float) -> None:
        with writing(opened.engine) as connection:
            last = NOW - timedelta(seconds=seconds)
            set_switch(connection, LAST_TICK, last.isoformat(), last)

    return beat


def test_healthz_says_that_the_process_is_alive(client: TestClient) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert answer.headers["cache-control"] == "no-store"


def test_not_ready_before_the_first_pass(client: TestClient) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"database": "ok", "scheduler_lag_s": None, "ready": False}


@pytest.mark.parametrize(
    ("lag", "status"),
    [(0, 200), (MAX_LAG_S - 1, 200), (MAX_LAG_S, 200), (MAX_LAG_S + 1, 503), (86_400, 503)],
)
def test_ready_while_the_last_pass_is_recent(
    client: TestClient, ticked: Callable[[float], None], lag: int, status: int
) -> None:
    ticked(lag)
    answer = client.get("/readyz")
    assert answer.status_code == status
    expected = {"database": "ok", "scheduler_lag_s": float(lag), "ready": status == 200}
    assert answer.json() == expected


def test_a_pass_in_the_future_is_a_clock_set_back(
    client: TestClient, ticked: Callable[[float], None]
) -> None:
    ticked(-2)  # machines differ by a little
    assert client.get("/readyz").status_code == 200
    ticked(-3600)
    assert client.get("/readyz").status_code == 503


def test_a_real_pass_makes_it_ready(opened: Installation) -> None:
    opened.tick(datetime.now(UTC))
    with TestClient(create_app(opened)) as client:
        assert client.get("/readyz").status_code == 200


def test_an_older_schema_is_not_ready(
    opened: Installation, client: TestClient, ticked: Callable[[float], None]
) -> None:
    ticked(1)
    with writing(opened.engine) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"database": "outdated", "scheduler_lag_s": None, "ready": False}


def test_a_database_that_cannot_be_read_is_not_ready_and_says_no_more(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    opened = open_installation(Settings(database_url=f"sqlite:///{tmp_path}/ingat.db"))
    opened.close()
    (tmp_path / "ingat.db-wal").unlink(missing_ok=True)
    (tmp_path / "ingat.db").write_bytes(b"no database at all, however long one looks" * 50)
    with TestClient(create_app(opened)) as client:
        answer = client.get("/readyz")
        assert answer.status_code == 503
        assert answer.json() == {
            "database": "unreachable",
            "scheduler_lag_s": None,
            "ready": False,
        }
        assert client.get("/healthz").status_code == 200
    opened.close()
    assert "not_ready error=DatabaseError at=scheduler.store." in caplog.text


def test_a_database_that_hangs_holds_up_neither_the_answer_nor_a_thread_for_each_question(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[float] = []

    def hang(*_: object) -> Readiness:
        looks.append(time.monotonic())
        time.sleep(0.5)
        return Readiness("ok", 0.0)

    monkeypatch.setattr(web, "PROBE_S", 0.05)
    monkeypatch.setattr(web, "readiness", hang)
    opened = open_installation(Settings(database_url=sqlite_url))
    with TestClient(create_app(opened)) as client:
        answers = [client.get("/readyz").json()["database"] for _ in range(3)]
        assert client.get("/healthz").status_code == 200
    opened.close()
    assert answers == ["unreachable"] * 3
    assert len(looks) == 1


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_head_answers_like_get_without_a_body(
    client: TestClient, ticked: Callable[[float], None], path: str
) -> None:
    ticked(1)
    answer = client.head(path)
    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize(
    "path", ["/docs", "/redoc", "/openapi.json", "/metrics", "/api/v1/complaints", "/healthz/"]
)
def test_nothing_else_answers_an_anonymous_caller(client: TestClient, path: str) -> None:
    assert client.get(path, follow_redirects=False).status_code == 404


def test_the_console_asks_for_a_login_first(client: TestClient) -> None:
    answer = client.get("/", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/masuk?next=%2F")


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_is_only_read(client: TestClient, path: str) -> None:
    assert client.post(path).status_code == 405
