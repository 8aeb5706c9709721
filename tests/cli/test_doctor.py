"""`ingat doctor`: each thing that may be wrong is found, in one sentence, without a value."""

from __future__ import annotations

import gc
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import typer
from sqlalchemy import delete, insert, update
from typer.testing import CliRunner, Result

from bot import doctor, doctor_checks
from bot.cli import doctor as command
from bot.cli.app import app
from bot.compose import LAST_TICK, Installation, open_installation
from config.settings import NAMES, Settings
from config.terms import NoticeStatus, Peran
from scheduler.store.messaging_tables import Consent, Message, Notice, Sender, SpendingDay
from scheduler.store.rules import set_switch
from scheduler.store.sealed import new_key
from scheduler.store.session import writing
from scheduler.store.tables import ClockRun, Holder, Phone, Post
from tests.policies import without_sums

EXAMPLE = Path(__file__).resolve().parents[2] / "config" / "directory.example.csv"
KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
NOW = datetime(2026, 5, 4, 1, 0, tzinfo=UTC)
AT = ("--at", "2026-05-04T08:00+07:00")
NUMBER = re.compile(r"\+?62[ -]?8\d{5}|08\d{7}|\+\d{9}")


@dataclass(frozen=True)
class Office:
    """An installation in a folder of its own, and what the program says of it."""

    settings: Settings

    def __call__(self, *, shadow: bool = False, now: datetime = NOW, **others: object) -> Said:
        known = {"database_url": self.settings.database_url, "data_key": self.settings.data_key}
        given = Settings(**(known | others), shadow=shadow)  # type: ignore[arg-type]
        return Said([*doctor.examine(given, now)])

    def change(self, *statements: object) -> None:
        opened = self.opened()
        with writing(opened.engine) as connection:
            for statement in statements:
                connection.execute(statement)  # type: ignore[call-overload]
        opened.close()

    def opened(self) -> Installation:
        return open_installation(self.settings)


@dataclass(frozen=True)
class Said:
    """The findings by their check."""

    findings: list[doctor.Finding]

    def of(self, check: str) -> tuple[str, str]:
        (found,) = [finding for finding in self.findings if finding.check == check]
        return found.result, found.detail

    def failed(self) -> set[str]:
        return {finding.check for finding in self.findings if finding.result == "fail"}


@pytest.fixture
def bare(database_url: str) -> Office:
    """A new database."""
    return Office(Settings(database_url=database_url, data_key=KEY, policy_file=without_sums()))


@pytest.fixture
def office(bare: Office, ingat: Callable[..., Result]) -> Office:
    """The same with the example directory and forty invented complaints, right after a pass."""
    assert ingat("directory", "import", str(EXAMPLE), *AT).exit_code == 0
    assert ingat("sample-export", "e.xlsx", "--rows", "40", "--seed", "3", *AT).exit_code == 0
    assert ingat("import", "e.xlsx", *AT).exit_code == 0
    assert ingat("tick", *AT).exit_code == 0
    opened = bare.opened()
    with writing(opened.engine) as connection:
        set_switch(connection, LAST_TICK, NOW.isoformat(), NOW)
    opened.close()
    return bare


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment and a folder without settings."""
    monkeypatch.chdir(tmp_path)
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


@pytest.fixture
def ingat(environment: pytest.MonkeyPatch, database_url: str) -> Callable[..., Result]:
    """The program, in this process."""
    environment.setenv("DATABASE_URL", database_url)
    environment.setenv("DATA_KEY", KEY)
    program = typer.Typer()
    command.add(program)

    def run(*args: str) -> Result:
        if args[0] == "doctor":
            return CliRunner().invoke(program, args[1:])
        return CliRunner().invoke(app, args)

    return run


# --- how it is told ---------------------------------------------------------------------------


def test_one_line_a_check_and_a_failure_ends_with_1(ingat: Callable[..., Result]) -> None:
    done = ingat("doctor")
    assert done.exit_code == 1
    lines = done.stdout.splitlines()
    assert all(re.fullmatch(r"(ok  |warn|fail)  [a-z_]+: \S.*", line) for line in lines)
    assert "fail  directory: nobody is in it; run: ingat directory import FILE.csv" in lines


@pytest.mark.usefixtures("office")
def test_a_sound_installation_ends_with_0_and_json_has_one_object_a_line(
    ingat: Callable[..., Result],
) -> None:
    ingat("tick")
    done = ingat("doctor", "--json")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.exit_code == 0, done.stdout
    assert all(list(row) == ["check", "result", "detail"] for row in rows)
    assert {row["result"] for row in rows} <= {"ok", "warn"}
    assert [row["check"] for row in rows] == [
        "settings",
        "policy",
        "holidays",
        "database",
        "key",
        "calendar",
        "directory",
        "posts",
        "first_contact",
        "scheduler",
        "shadow",
        "stop_all",
        "gateway",
        "outbox",
        "senders",
        "cap",
    ]
    assert not NUMBER.search(done.output)
    assert KEY not in done.output


def test_every_mistake_in_the_settings_is_a_finding(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("GATEWAY", "merpati")
    environment.setenv("SHADOW", "mungkin")
    program = typer.Typer()
    command.add(program)
    done = CliRunner().invoke(program, ["--json"])
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.exit_code == 1
    assert {(row["check"], row["result"]) for row in rows} == {("settings", "fail")}
    assert {row["detail"].partition(":")[0] for row in rows} == {"GATEWAY", "SHADOW"}


def test_a_check_that_raises_has_failed_and_tells_no_value(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> doctor_checks.Verdict:
        raise RuntimeError("+6281200000001")

    monkeypatch.setattr(doctor, "CHECKS", (("broken", broken), ("cap", doctor_checks.cap)))
    said = office()
    result, detail = said.of("broken")
    assert result == "fail"
    assert detail.startswith("it could not be checked: error=RuntimeError at=bot.doctor:")
    assert not NUMBER.search(detail)
    assert said.of("cap")[0] == "ok"


# --- files, database, key ---------------------------------------------------------------------


@pytest.mark.parametrize("check", ["policy", "holidays"])
@pytest.mark.parametrize(
    ("content", "told"),
    [(b"nama = \n", "(?:baris|line) 1"), (b"\xff\xfe", "it is not UTF-8 text")],
)
def test_a_rule_file_that_cannot_be_used(
    office: Office, tmp_path: Path, check: str, content: bytes, told: str
) -> None:
    path = tmp_path / "rules.toml"
    path.write_bytes(content)
    said = office(**{f"{check}_file": path})  # type: ignore[arg-type]
    result, detail = said.of(check)
    assert result == "fail"
    assert re.search(told, detail)
    assert str(path) in detail
    # The version before it stays in force, so the rest is looked at all the same.
    assert said.failed() == {check}
    path.unlink()
    assert office(**{f"{check}_file": path}).failed() == {check}  # type: ignore[arg-type]


def test_good_rule_files_can_be_used(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "holidays.toml"
    path.write_text("", encoding="utf-8")
    assert office(holidays_file=path).of("holidays") == ("ok", f"{path} can be used")


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////nirwana/ingat.db",
        "postgresql+psycopg://ingat:rahasia@127.0.0.1:9/ingat",
    ],
)
def test_a_database_that_cannot_be_reached(url: str) -> None:
    said = Said([*doctor.examine(Settings(database_url=url, data_key=KEY), NOW)])
    result, detail = said.of("database")
    assert result == "fail"
    assert "cannot be opened" in detail
    assert "rahasia" not in detail


def test_an_older_schema(postgres_url: str) -> None:
    office = Office(Settings(database_url=postgres_url, data_key=KEY, policy_file=without_sums()))
    opened = office.opened()
    with writing(opened.engine) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    opened.close()
    detail = "the database has not the newest schema; run: ingat migrate"
    assert office().of("database") == ("fail", detail)
    gc.collect()


def test_another_key(bare: Office) -> None:
    bare.opened().close()
    result, detail = bare(data_key=new_key()).of("key")
    assert (result, "DATA_KEY" in detail) == ("fail", True)
    gc.collect()


def test_a_lost_key_file(tmp_path: Path) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path}/ingat.db")
    open_installation(settings).close()
    (tmp_path / "ingat.db.key").unlink()
    result, detail = Said([*doctor.examine(settings, NOW)]).of("key")
    assert result == "fail"
    assert "ingat.db.key is missing" in detail


# --- people -----------------------------------------------------------------------------------


def test_posts_without_a_phone_are_named(office: Office) -> None:
    assert office().of("posts")[0] == "ok"
    opened = office.opened()
    with writing(opened.engine) as connection:
        post_id, label = connection.execute(
            Post.__table__.select()
            .with_only_columns(Post.id, Post.label)
            .where(Post.peran == Peran.SEKDA)
        ).one()
    opened.close()
    office.change(update(Holder).where(Holder.post_id == post_id).values(phone_id=None))
    result, detail = office().of("posts")
    assert result == "warn"
    assert re.match(rf"1 of \d+ posts have no usable phone: {re.escape(label)};", detail)
    # One whose time is over counts like nobody.
    office.change(
        update(Holder).values(selesai=NOW.date() - timedelta(days=1), mulai=None),
    )
    assert office().of("posts")[0] == "fail"


def test_of_many_posts_the_rest_are_counted(office: Office) -> None:
    office.change(
        update(Holder)
        .where(
            Holder.post_id.in_(
                Post.__table__.select()
                .with_only_columns(Post.id)
                .where(Post.peran == Peran.ADMIN_OPD)
            )
        )
        .values(phone_id=None)
    )
    detail = office().of("posts")[1]
    assert re.search(r" and \d+ more; their reminders go up the ladder$", detail)
    assert detail.count(";") == doctor_checks.LISTED


def test_a_role_that_nobody_has(office: Office) -> None:
    sekda = Post.__table__.select().with_only_columns(Post.id).where(Post.peran == Peran.SEKDA)
    office.change(
        delete(Notice),
        delete(Holder).where(Holder.post_id.in_(sekda)),
        delete(Post).where(Post.peran == Peran.SEKDA),
    )
    result, detail = office().of("posts")
    assert (result, detail) == ("warn", "nobody in the directory has the role sekda")


def test_holders_who_were_not_written_to_are_counted(office: Office) -> None:
    result, detail = office().of("first_contact")
    holders = int(re.match(r"(\d+) of \1 holders", detail)[1])  # type: ignore[index]
    assert result == "warn"
    every = Holder.__table__.select().with_only_columns(Holder.id, Holder.mulai)
    office.change(insert(Consent).from_select(["holder_id", "asked_at"], every))
    office.change(update(Consent).values(asked_at=NOW))
    assert office().of("first_contact") == (
        "ok",
        f"each of {holders} holders with a phone was written to",
    )
    one = min(_ids(office, Holder))
    said = {"answer": "menolak", "answered_at": NOW}
    office.change(update(Consent).where(Consent.holder_id == one).values(said))
    assert office().of("first_contact")[1].endswith("; 1 refused and are not reminded")


def _ids(office: Office, table: type[Holder | ClockRun | Phone]) -> list[int]:
    opened = office.opened()
    with writing(opened.engine) as connection:
        rows = connection.execute(table.__table__.select()).all()
    opened.close()
    return [row.id for row in rows]


# --- what goes on -----------------------------------------------------------------------------


@pytest.mark.parametrize(("seconds", "result"), [(0, "ok"), (180, "ok"), (181, "fail")])
def test_the_last_pass(office: Office, seconds: int, result: str) -> None:
    assert office(now=NOW + timedelta(seconds=seconds)).of("scheduler")[0] == result


def test_before_the_first_pass(bare: Office) -> None:
    assert bare().of("scheduler")[0] == "warn"


def test_what_keeps_everything_from_being_sent(office: Office) -> None:
    assert office(shadow=True).of("shadow")[0] == "warn"
    assert office().of("stop_all")[0] == "ok"
    opened = office.opened()
    opened.set_stopped(NOW, stopped=True)
    opened.close()
    result, detail = office().of("stop_all")
    assert result == "warn"
    assert "since 2026-05-04T08:00:00+07:00" in detail


def test_open_deadlines_beyond_the_confirmed_year(office: Office) -> None:
    assert office().of("calendar")[0] == "ok"
    office.change(update(ClockRun).values(limit_at=datetime(2028, 1, 3, tzinfo=UTC)))
    result, detail = office().of("calendar")
    assert result == "warn"
    assert re.match(r"\d+ open deadlines lie beyond 2027, ", detail)


OF_A_COMPLAINT = Notice.complaint_id.is_not(None)


def test_messages_that_wait_for_a_person_are_counted(office: Office) -> None:
    phone = min(_ids(office, Phone))
    message = {"phone_id": phone, "channel": "whatsapp", "status": "unknown", "created_at": NOW}
    run = min(_ids(office, ClockRun))
    office.change(
        insert(Message).values([message, message]),
        update(Notice).values(status=NoticeStatus.DELIVERED),
        update(Notice).where(OF_A_COMPLAINT).values(status=NoticeStatus.ACCEPTED, run_id=run),
    )
    assert (
        office()
        .of("outbox")[1]
        .startswith("2 messages whose fate is unknown and 0 notices that reached nobody")
    )
    office.change(update(Notice).where(OF_A_COMPLAINT).values(status=NoticeStatus.FAILED))
    failed = int(re.search(r"and (\d+) notices", office().of("outbox")[1])[1])  # type: ignore[index]
    assert failed > 0
    # Once it has been answered, nobody need be told any more.
    office.change(
        update(ClockRun).where(ClockRun.id == run).values(stopped_at=NOW, next_look_at=None)
    )
    assert "and 0 notices" in office().of("outbox")[1]
    # An alert belongs to no run: it counts while it is new.
    office.change(update(Notice).values(run_id=None, created_at=NOW))
    assert f"and {failed} notices" in office().of("outbox")[1]
    assert "and 0 notices" in office(now=NOW + timedelta(days=8)).of("outbox")[1]


def test_a_stopped_sender_is_told_by_its_channel(office: Office) -> None:
    opened = office.opened()
    channel, sender = next(iter(opened.gateway.senders.by_channel.items()))
    opened.close()
    stopped = {"next_slot_at": NOW, "stopped_at": NOW, "stopped_code": "63007"}
    office.change(
        insert(Sender).values(sender=sender, stopped_until=NOW + timedelta(hours=1), **stopped),
        insert(Sender).values(sender="+622150000001", stopped_until=None, **stopped),
        insert(Sender).values(sender="LAMA", stopped_until=NOW, **stopped),
    )
    result, detail = office().of("senders")
    assert result == "fail"
    assert f"{channel} (code 63007, until 2026-05-04T09:00:00+07:00)" in detail
    assert "a sender no longer used (code 63007, until mended)" in detail
    assert detail.count("63007") == 2
    assert not NUMBER.search(detail)


@pytest.mark.parametrize(("parts", "result"), [(0, "ok"), (79, "ok"), (80, "warn"), (100, "warn")])
def test_the_daily_cap(office: Office, parts: int, result: str) -> None:
    office.change(insert(SpendingDay).values(day=NOW.date(), parts=parts))
    found, detail = office(daily_spend_cap=100).of("cap")
    assert found == result
    assert ("is used up" in detail) == (parts == 100)


def test_looking_changes_nothing(office: Office) -> None:
    before = _rows(office)
    office()
    assert _rows(office) == before


def _rows(office: Office) -> dict[str, list[tuple[object, ...]]]:
    opened = office.opened()
    with opened.engine.connect() as connection:
        found = {
            name: sorted(map(tuple, connection.exec_driver_sql(f"SELECT * FROM {name}")), key=str)
            for name in ("switches", "rule_versions", "clock_runs", "notices", "messages", "audit")
        }
    opened.close()
    return found
