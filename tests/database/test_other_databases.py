"""A database that is not this program's: one sentence that says whose it is and what to do."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import OperationalError

from bot.compose import StartError, open_installation
from scheduler.store.session import (
    HEAD,
    KNOWN,
    SchemaError,
    database_name,
    is_current,
    make_engine,
    migrate,
    reading,
    writing,
)
from tests import program
from tests.database.office import KEY
from tests.factories import settings_for

NEWER = f"{int(HEAD) + 1:04}"
STAMPED = "UPDATE alembic_version SET version_num = "
RENAMED = "ALTER TABLE clock_runs RENAME TO races"
MADE_BY_NEWER = "was made by a newer version of Ingat"
AGAIN = "install that version again"
ELSEWHERE = "set DATABASE_URL to a database of Ingat's own"
WHOSE = {
    "newer": (
        f"{STAMPED}'{NEWER}'",
        f"{MADE_BY_NEWER} (schema '{NEWER}'; this one knows up to {HEAD}): {AGAIN}",
    ),
    "of another program": (
        f"{STAMPED}'ae1027a6acf'; {RENAMED}",
        f"belongs to another program (its alembic_version is 'ae1027a6acf'): {ELSEWHERE}",
    ),
    "of one that numbers its migrations as we do": (
        RENAMED,
        f"belongs to another program (its alembic_version is '{HEAD}'): {ELSEWHERE}",
    ),
    "of one without Alembic": (
        "DROP TABLE alembic_version",
        f"has a table access_log of another program: {ELSEWHERE}",
    ),
}


def turn(url: str, statements: str) -> None:
    engine = make_engine(url)
    with writing(engine) as connection:
        for statement in statements.split("; "):
            connection.execute(text(statement))
    engine.dispose()


def contents(url: str) -> tuple[list[str], list[str]]:
    """The tables, and what the database is stamped with."""
    engine = make_engine(url)
    with reading(engine) as connection:
        tables = sorted(inspect(connection).get_table_names())
        stamped = "alembic_version" in tables
        which = text("SELECT version_num FROM alembic_version" if stamped else "SELECT 1")
        found = tables, [str(stamp) for stamp in connection.execute(which).scalars()]
    engine.dispose()
    return found


@pytest.mark.parametrize("whose", WHOSE)
def test_it_is_refused_in_one_sentence_and_nothing_is_changed(
    database_url: str, whose: str
) -> None:
    statements, sentence = WHOSE[whose]
    turn(database_url, statements)
    before = contents(database_url)
    with pytest.raises(StartError) as start:
        open_installation(replace(settings_for(database_url), data_key=KEY))
    assert str(start.value) == f"{database_name(database_url)} {sentence}"
    with pytest.raises(SchemaError) as refused:
        migrate(database_url)
    assert str(refused.value) == sentence
    engine = make_engine(database_url)
    assert not is_current(engine)
    engine.dispose()
    assert contents(database_url) == before


def test_every_command_says_so(sqlite_url: str, tmp_path: Path) -> None:
    statements, sentence = WHOSE["of another program"]
    turn(sqlite_url, statements)
    expected = f"{database_name(sqlite_url)} {sentence}"
    env = {"DATABASE_URL": sqlite_url, "DATA_KEY": KEY}
    for command in ("migrate", "tick"):
        done = program.run((command,), tmp_path, env)
        assert (done.returncode, done.stdout, done.stderr) == (1, "", f"ingat: {expected}\n")
    done = program.run(("doctor",), tmp_path, env)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.splitlines()[-1] == f"fail  database: {expected}"


def test_tables_that_ours_do_not_run_into_are_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "shared.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE spatial_ref_sys (id integer)")
    connection.close()
    migrate(f"sqlite:///{path}")
    engine = make_engine(f"sqlite:///{path}")
    assert is_current(engine)
    engine.dispose()


def test_an_older_schema_is_ours_to_bring_up_to_date(sqlite_url: str) -> None:
    turn(sqlite_url, f"{STAMPED}'{KNOWN[-2]}'")
    # The tables are there already, so it cannot succeed here: but it is tried.
    with pytest.raises(OperationalError, match="already exists"):
        migrate(sqlite_url)


def test_a_message_names_a_database_and_no_login() -> None:
    assert database_name("sqlite:////srv/ingat.db") == "the database file /srv/ingat.db"
    login = "postgresql+psycopg://bot:rahasia@10.0.0.1:5432"
    assert database_name(f"{login}/ingat") == 'the database "ingat" of DATABASE_URL'
    assert database_name(login) == "the database of DATABASE_URL"
