"""What the database itself refuses, on both engines, and that the migrations make the tables."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import delete, insert, inspect, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError

from config.terms import NoticeStatus
from scheduler.store.columns import Base
from scheduler.store.messaging_tables import Attempt, Message, Notice
from scheduler.store.sealed import Seal, SealError, new_key
from scheduler.store.session import (
    HEAD,
    KNOWN,
    is_current,
    make_engine,
    migrate,
    reading,
    writing,
)
from scheduler.store.tables import Audit, ClockRun, Complaint, Phone, RuleVersion, RunPause, RunStep
from tests.database.builders import Kabupaten, at, kabupaten, row

NOON = "2026-05-04T12:00"


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Kabupaten]:
    with kabupaten(database_url, tmp_path) as opened:
        opened.import_([row(received="2026-05-04T10:00")], NOON)
        opened.tick(NOON)
        yield opened


def copied(office: Kabupaten, table: type[Base], **changes: Any) -> dict[str, Any]:
    """A row like the first one of a table, without its id."""
    with reading(office.engine) as connection:
        values = dict(connection.execute(select(table.__table__)).mappings().first() or {})
    values.pop("id")
    return values | changes


def refused(office: Kabupaten, statement: Any, values: dict[str, Any] | None = None) -> None:
    with pytest.raises(IntegrityError), writing(office.engine) as connection:
        connection.execute(statement, values or {})


# --- nothing twice ----------------------------------------------------------------------------


def test_a_cause_happens_once(office: Kabupaten) -> None:
    with reading(office.engine) as connection:
        causes = list(connection.execute(select(Notice.cause)).scalars())
        run, posts = office.runs()[0].id, sorted({c.rsplit("/", 1)[1] for c in causes})
    assert sorted(causes) == [f"{run}/terima/1/{post}" for post in posts]
    refused(office, insert(Notice), copied(office, Notice))


def test_a_clock_has_one_open_run_and_a_number_once(office: Kabupaten) -> None:
    refused(office, insert(ClockRun), copied(office, ClockRun, run_no=2))
    stopped = copied(office, ClockRun, stopped_at=at(NOON))
    refused(office, insert(ClockRun), stopped)  # run 1 again
    refused(office, insert(ClockRun), stopped | {"run_no": 0})
    with writing(office.engine) as connection:
        connection.execute(insert(ClockRun), stopped | {"run_no": 2})


def test_a_step_and_an_open_pause_are_recorded_once(office: Kabupaten) -> None:
    refused(office, insert(RunStep), copied(office, RunStep))
    refused(office, insert(RunStep), copied(office, RunStep, occurrence=2, outcome="dikirim"))
    office.do("9000001", "2026-05-04T13:00", lambda d, c: d.pause(c, "kominfo"))
    refused(office, insert(RunPause), copied(office, RunPause))
    early = copied(office, RunPause, resumed_at=at("2026-05-04T12:59"))
    refused(office, insert(RunPause), early)


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "held"},  # without a reason
        {"hold_reason": "shadow"},  # of one that is not held
    ],
)
def test_what_is_held_has_a_reason_and_nothing_else_has(
    office: Kabupaten, changes: dict[str, Any]
) -> None:
    refused(office, update(Notice).values(changes))


def test_an_attempt_that_arrived_has_the_providers_id_once(office: Kabupaten) -> None:
    refused(office, insert(Attempt), copied(office, Attempt))
    for status in (NoticeStatus.ACCEPTED, NoticeStatus.DELIVERED, NoticeStatus.PENDING):
        refused(office, insert(Attempt), copied(office, Attempt, sid=None, status=status))
    refused(office, update(Message).values(status="held"))
    sending = copied(office, Attempt, sid=None, status=NoticeStatus.SENDING)
    with writing(office.engine) as connection:
        connection.execute(insert(Attempt), sending)
    refused(office, insert(Attempt), sending)  # one open attempt a message


@pytest.mark.parametrize(
    "changes",
    [
        {"tracking_id": None},  # no number at all
        {"status": "tunda"},  # without what it was before
        {"before_tunda": "proses"},  # of one that is not tunda
        {"rating": 0},
        {"rating": 6},
        {"status": "hilang"},
        {"klasifikasi": "lain"},
        {"instansi_id": 4711},
    ],
)
def test_a_complaint_that_cannot_be(office: Kabupaten, changes: dict[str, Any]) -> None:
    values = ", ".join(f"{name} = :{name}" for name in changes)
    refused(office, text(f"UPDATE complaints SET {values}"), changes)
    assert office.columns("tracking_id", "status") == [("9000001", office.status())]


def test_numbers_are_unique(office: Kabupaten) -> None:
    refused(office, insert(Complaint), copied(office, Complaint))
    nomor = office.receive(NOON)
    refused(office, update(Complaint).values(nomor=nomor))
    refused(office, insert(Phone), copied(office, Phone))


# --- append-only ------------------------------------------------------------------------------


@pytest.mark.parametrize("table", [Audit, RuleVersion])
@pytest.mark.parametrize("change", ["update", "delete"])
def test_the_trail_and_the_rules_are_only_added_to(
    office: Kabupaten, table: type[Base], change: str
) -> None:
    column = "note" if table is Audit else "body"
    statement = update(table).values({column: "x"}) if change == "update" else delete(table)
    before = office.counts()
    with (
        pytest.raises(DBAPIError, match=f"{table.__tablename__} is append-only"),
        writing(office.engine) as connection,
    ):
        connection.execute(statement)
    assert office.counts() == before


@pytest.mark.parametrize("table", [Audit, RuleVersion])
def test_neither_replacing_nor_emptying_gets_around_that(
    office: Kabupaten, table: type[Base]
) -> None:
    name = table.__tablename__
    with reading(office.engine) as connection:
        rows = connection.execute(select(table.__table__)).all()
        first = dict(rows[0]._mapping)
    sqlite = office.engine.dialect.name == "sqlite"
    changed = first | {"note" if table is Audit else "body": "x"}
    evil = insert(table).prefix_with("OR REPLACE").values(changed)
    with (
        pytest.raises(DBAPIError, match=f"{name} is append-only"),
        writing(office.engine) as connection,
    ):
        connection.execute(evil if sqlite else text(f"TRUNCATE {name} CASCADE"))
    with reading(office.engine) as connection:
        assert connection.execute(select(table.__table__)).all() == rows


# --- times ------------------------------------------------------------------------------------


def test_naive_times_are_refused_and_others_come_back_as_utc(office: Kabupaten) -> None:
    naive = datetime(2026, 5, 4, 12)
    with (
        pytest.raises(StatementError, match="naive time 2026-05-04T12:00:00"),
        writing(office.engine) as connection,
    ):
        connection.execute(update(Complaint).values(closed_at=naive))
    with (
        pytest.raises(StatementError, match="naive time"),
        reading(office.engine) as connection,
    ):
        connection.execute(select(Complaint.id).where(Complaint.received_at < naive))
    elsewhere = datetime(2026, 5, 4, 12, tzinfo=timezone(timedelta(hours=9)))
    with writing(office.engine) as connection:
        connection.execute(update(Complaint).values(closed_at=elsewhere))
    [(stored,)] = office.columns("closed_at")
    assert (stored, stored.tzinfo) == (elsewhere, UTC)
    with reading(office.engine) as connection:
        # Compared as moments, not as texts.
        found = select(Complaint.id).where(Complaint.closed_at < at("2026-05-04T10:01"))
        assert len(connection.execute(found).all()) == 1


# --- the schema -------------------------------------------------------------------------------


def script() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", "scheduler.store:migrations")
    return ScriptDirectory.from_config(config)


def test_the_migrations_make_exactly_these_tables(database_url: str) -> None:
    engine = make_engine(database_url)
    with reading(engine) as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, Base.metadata) == []
        # What that comparison does not look at: checks, and partial indexes with their conditions.
        found = inspect(connection)
        for table in Base.metadata.sorted_tables:
            checks = {check["name"] for check in found.get_check_constraints(table.name)}
            wanted = {c.name for c in table.constraints if type(c).__name__ == "CheckConstraint"}
            assert checks == wanted, table.name
            for index in table.indexes:
                dialect = connection.dialect.name
                where = index.dialect_options[dialect]["where"]
                made = next(i for i in found.get_indexes(table.name) if i["name"] == index.name)
                options = made.get("dialect_options", {})
                assert (f"{dialect}_where" in options) == (where is not None), index.name
    engine.dispose()


def test_head_is_the_newest_migration(database_url: str) -> None:
    assert script().get_heads() == [HEAD]
    assert [one.revision for one in script().walk_revisions()] == list(reversed(KNOWN))
    engine = make_engine(database_url)
    assert is_current(engine)
    with writing(engine) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    assert not is_current(engine)
    with writing(engine) as connection:
        connection.execute(text("DROP TABLE alembic_version"))
    assert not is_current(engine)
    engine.dispose()


def test_migrating_again_changes_nothing(office: Kabupaten, database_url: str) -> None:
    before = office.counts()
    migrate(database_url)
    assert office.counts() == before


def test_sqlite_keeps_what_was_committed(sqlite_url: str) -> None:
    engine = make_engine(sqlite_url)
    with reading(engine) as connection:
        pragmas = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    engine.dispose()
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


# --- sealed values ----------------------------------------------------------------------------


def test_a_sealed_text_opens_with_its_key_alone_and_looks_different_each_time() -> None:
    seal, other = Seal(new_key()), Seal(new_key())
    first, second = seal.seal("+6281100000009"), seal.seal("+6281100000009")
    assert first != second
    assert seal.open(first) == seal.open(second) == "+6281100000009"
    assert seal.blind("+6281100000009") == seal.blind("+6281100000009")
    assert seal.blind("+6281100000009") != other.blind("+6281100000009")
    for damaged in (first[:-1], first[:5], b"", first[:-1] + bytes([first[-1] ^ 1])):
        with pytest.raises(SealError):
            seal.open(damaged)
    with pytest.raises(SealError):
        other.open(first)
