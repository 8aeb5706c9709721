"""Connections and transactions, the same for SQLite and PostgreSQL.

On SQLite every write transaction begins IMMEDIATE: a deferred one that later writes meets
"database is locked" as soon as two workers do it. WAL with synchronous=FULL keeps what was
committed through a power cut.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, func, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError
from sqlalchemy.pool import QueuePool

__all__ = [
    "CONFLICT",
    "DISCONNECTED",
    "HEAD",
    "KNOWN",
    "Connection",
    "Engine",
    "SchemaError",
    "check_schema",
    "database_name",
    "database_now",
    "is_current",
    "is_deadlock",
    "make_engine",
    "migrate",
    "reading",
    "sqlite_path",
    "uncrossed",
    "writing",
]

_MIGRATING = threading.Lock()

T = TypeVar("T")

CROSSED: Final = 4
"""How often a transaction is tried that PostgreSQL ends for the sake of another."""

CONFLICT = IntegrityError
"""Another transaction has meanwhile taken what is to be the only one of its kind."""
DISCONNECTED = (OperationalError, InterfaceError)
"""The database itself is away or overloaded: no single row is to blame."""


def make_engine(url: str) -> Engine:
    """Return an engine for the database at `url` (sqlite:///… or postgresql+psycopg://…)."""
    if make_url(url).get_backend_name() == "sqlite":
        engine = create_engine(
            url, poolclass=QueuePool, connect_args={"timeout": 30}, hide_parameters=True
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    # A server that does not answer must not delay a stop; errors never repeat values.
    return create_engine(
        url, pool_pre_ping=True, connect_args={"connect_timeout": 10}, hide_parameters=True
    )


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # the driver must not begin transactions by itself
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "busy_timeout=30000",
        "foreign_keys=ON",
        "cache_size=-65536",
        "temp_store=MEMORY",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that changes something; all of it is committed at the end, or none."""
    with engine.execution_options(writes=True).begin() as connection:
        yield connection


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Open a transaction that only reads, all of it on one consistent view.

    SQLite's transactions have one view anyway; PostgreSQL's take another at each statement unless
    they are asked not to.
    """
    if engine.dialect.name == "postgresql":
        engine = engine.execution_options(isolation_level="REPEATABLE READ")
    with engine.connect() as connection:
        yield connection
        connection.rollback()


def is_deadlock(error: BaseException) -> bool:
    """Return whether PostgreSQL ended a transaction because it and another waited crosswise."""
    return getattr(getattr(error, "orig", None), "sqlstate", None) == "40P01"


def uncrossed(work: Callable[[], T]) -> T:
    """Do a piece of work that is one transaction; where it waited crosswise with another, anew."""
    for _ in range(CROSSED - 1):
        try:
            return work()
        except OperationalError as error:
            if not is_deadlock(error):
                raise
    return work()


def database_now(connection: Connection) -> datetime:
    """Return the database's own time (UTC): what leases of several machines are measured by."""
    if connection.dialect.name == "sqlite":
        seconds = connection.exec_driver_sql(
            "SELECT (julianday('now') - 2440587.5) * 86400.0"
        ).scalar_one()
        return datetime.fromtimestamp(seconds, UTC)
    moment: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return moment.astimezone(UTC)


def sqlite_path(url: str) -> Path | None:
    """Return the file of an SQLite database, or None where `url` names none."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or parsed.database in (None, "", ":memory:"):
        return None
    return Path(str(parsed.database))


def database_name(url: str) -> str:
    """Return how a message names a database: its file, or its name on the server; no login."""
    path = sqlite_path(url)
    if path is not None:
        return f"the database file {path}"
    name = make_url(url).database
    return f'the database "{name}" of DATABASE_URL' if name else "the database of DATABASE_URL"


class SchemaError(Exception):
    """A database that this program must not touch: another program's, or a newer version's.

    The text goes on where `database_name` ends: why, and what to do.
    """


def migrate(url: str) -> None:
    """Create the schema, or bring it to the newest version; always through Alembic.

    Raises `SchemaError`, before anything is changed, where the database is not ours to migrate.
    """
    from alembic import command  # half a second to import: only where it is needed

    engine = make_engine(url)
    try:
        # Alembic keeps its context in a module: two threads at once would take each other's.
        with _MIGRATING, writing(engine) as connection:
            _stamped(connection)
            command.upgrade(_alembic(connection), "head")
    finally:
        engine.dispose()


def is_current(engine: Engine) -> bool:
    """Return whether the schema is the newest one; needs no Alembic, so it is quick."""
    try:
        return check_schema(engine)
    except SchemaError:
        return False


def check_schema(engine: Engine) -> bool:
    """Return whether the schema is the newest one; False: there is none, or an older one.

    Raises `SchemaError` where the database is another program's, or a newer version's.
    """
    with reading(engine) as connection:
        return _stamped(connection) == HEAD


HEAD = "0004"
"""The newest migration; a test holds it against the migrations themselves."""
KNOWN: Final = tuple(f"{number:04}" for number in range(1, int(HEAD) + 1))
"""Every migration of this version, the oldest first."""
_OURS: Final = frozenset({"clock_runs", "rule_versions"})
"""Tables that every version of the schema has, and hardly another program."""


def _stamped(connection: Connection) -> str | None:
    """Return which migration a database has come to; None: it has none of our tables yet."""
    from sqlalchemy import inspect

    there = set(inspect(connection).get_table_names())
    stamps: list[str] = []
    if "alembic_version" in there:
        rows = connection.exec_driver_sql("SELECT version_num FROM alembic_version")
        stamps = [str(stamp) for stamp in rows.scalars()]
    if not stamps:
        _check_empty(there)
        return None
    stamp = ", ".join(sorted(stamps))
    if not there >= _OURS:
        raise SchemaError(
            f"belongs to another program (its alembic_version is {stamp!r}): {_ELSEWHERE}"
        )
    if stamp not in KNOWN:
        raise SchemaError(
            f"was made by a newer version of Ingat (schema {stamp!r}; this one knows up to "
            f"{HEAD}): install that version again"
        )
    return stamp


def _check_empty(there: set[str]) -> None:
    """Refuse a database without a schema of ours whose tables ours would run into."""
    from scheduler.store.console_tables import User

    theirs = sorted(there & User.metadata.tables.keys())
    if theirs:
        raise SchemaError(f"has a table {theirs[0]} of another program: {_ELSEWHERE}")


_ELSEWHERE: Final = "set DATABASE_URL to a database of Ingat's own"


def _alembic(connection: Connection) -> Any:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "scheduler.store:migrations")
    config.attributes["connection"] = connection
    return config
