"""`ingat templates` as operators drive it, against a fake Twilio."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from bot.cli import templates
from bot.templates import wanted
from config.policy_file import load_default_text
from scheduler.store import templates as store
from scheduler.store.sealed import new_key
from scheduler.store.session import make_engine, reading
from tests.fakes.twilio_server import FakeTwilio

AT = ("--at", "2026-11-24T08:00+07:00")
NAMES = [template.name for template in wanted("-Kominfo Sampang", two_way=True)]

Ingat = Callable[..., Result]


@pytest.fixture(scope="module")
def server() -> Iterator[FakeTwilio]:
    with FakeTwilio() as fake:
        yield fake


@pytest.fixture
def fake(server: FakeTwilio) -> FakeTwilio:
    server.reset()
    return server


@pytest.fixture
def ingat(
    fake: FakeTwilio, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Ingat:
    """The command, with the settings of an installation on Twilio; others may be given."""
    monkeypatch.chdir(tmp_path)
    app = typer.Typer()
    templates.add(app)
    usual = {
        "DATABASE_URL": sqlite_url,
        "DATA_KEY": new_key(),
        "GATEWAY": "twilio",
        "PUBLIC_URL": "https://ingat.example.go.id",
        "TWILIO_ACCOUNT_SID": fake.account_sid,
        "TWILIO_AUTH_TOKEN": fake.token,
        "TWILIO_WHATSAPP_FROM": "+15550001111",
        "TWILIO_SMS_FROM": "INGAT",
        "TWILIO_API_BASE_URL": fake.base_url,
    }

    def run(*args: str, **settings: str) -> Result:
        return CliRunner().invoke(app, args, env=usual | settings)

    return run


def documents(result: Result) -> list[dict[str, str | None]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_push_then_status(ingat: Ingat, fake: FakeTwilio) -> None:
    before = documents(ingat("templates", "status", "--json", *AT))
    assert before == [
        {"name": name, "status": "not_pushed", "reason": "run: ingat templates push"}
        for name in NAMES
    ]
    pushed = ingat("templates", "push", *AT)
    assert (pushed.exit_code, pushed.stderr) == (0, "")
    assert [line.split() for line in pushed.stdout.splitlines()] == [
        [name, "received"] for name in NAMES
    ]
    assert len(fake.contents()) == len(NAMES)
    for content in fake.contents():
        fake.approve(content["sid"], "approved")
    again = ingat("templates", "push", "--json", *AT)
    assert again.exit_code == 0
    assert documents(again) == [
        {"name": name, "status": "approved", "reason": None} for name in NAMES
    ]


def test_a_rejected_one_is_told_to_the_operator_and_to_kominfo(
    ingat: Ingat, fake: FakeTwilio, sqlite_url: str
) -> None:
    ingat("templates", "push", *AT)
    sid = fake.contents()[0]["sid"]
    fake.approve(sid, "rejected", "The words are unclear")
    for _ in range(2):
        result = ingat("templates", "status", "--json", *AT)
        assert result.exit_code == 1
        states = documents(result)
        assert states[0] == {
            "name": NAMES[0],
            "status": "rejected",
            "reason": "The words are unclear",
        }
        assert {state["status"] for state in states[1:]} == {"received"}
    engine = make_engine(sqlite_url)
    with reading(engine) as connection:
        assert {row.status for row in store.rows(connection)} == {"rejected", "received"}
        alerts = connection.exec_driver_sql("SELECT key, perihal FROM alerts").all()
    engine.dispose()
    assert alerts == [
        (f"template/{sid}/rejected/2026-11-24", "templat WhatsApp abaikan_utama ditolak Meta")
    ]
    assert ingat("templates", "push", *AT).exit_code == 1


def test_the_signature_of_the_policy_is_part_of_the_text(
    ingat: Ingat, fake: FakeTwilio, tmp_path: Path
) -> None:
    policy = tmp_path / "policy.toml"
    text = load_default_text().replace("-Kominfo Sampang", "-Kominfo Contoh")
    policy.write_text(text, encoding="utf-8")
    assert ingat("templates", "push", *AT, POLICY_FILE=str(policy)).exit_code == 0
    bodies = [body["body"] for content in fake.contents() for body in content["types"].values()]
    assert len(bodies) == len(NAMES)
    assert all(body.endswith(" -Kominfo Contoh") for body in bodies)
    assert not {content["friendly_name"] for content in fake.contents()} & {*NAMES}


@pytest.mark.parametrize("command", ["push", "status"])
@pytest.mark.parametrize("gateway", ["simulator", "manual"])
def test_another_gateway_has_no_templates(ingat: Ingat, command: str, gateway: str) -> None:
    result = ingat("templates", command, GATEWAY=gateway)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"ingat: GATEWAY={gateway} has no templates; set GATEWAY=twilio\n"


def test_an_account_that_is_refused_is_one_line(ingat: Ingat) -> None:
    result = ingat("templates", "push", TWILIO_AUTH_TOKEN="0" * 32)
    assert (result.exit_code, result.stdout) == (1, "")
    (line,) = result.stderr.splitlines()
    assert line.startswith("ingat: the templates of the account cannot be listed: the provider ")
