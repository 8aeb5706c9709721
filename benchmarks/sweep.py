"""A sweep of 1,000 due among 200,000 open complaints, on a SQLite file with the product's pragmas.

A block of complaints is entered, disposed and reminded by the product itself through two weeks of
its ladder, then copied inside the database until there are 200,000 (and 20,000) open ones, of
which the same 1,000 are due at one moment: half their first letter, half their second. They lie
scattered over the whole table. What is measured is `scheduler.sweep.sweep` on a fresh copy of the
file, the two sizes in turn, so that a slow minute of the machine falls on both.

Prints one figure a line; exits 1 if the sweep takes 2 s, or grows 1.3 times with ten times as many.
Run it from the checkout: python -m benchmarks.sweep [runs]
"""

from __future__ import annotations

import os
import random
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Integer, Text, cast, func, insert, select
from sqlalchemy.orm import DeclarativeBase

from benchmarks.figures import Target, show, spread
from bot.compose import Installation, open_installation
from config.settings import Settings
from config.terms import Jenis
from scheduler.case import Case
from scheduler.lifecycle import Desk
from scheduler.store import cases
from scheduler.store.directory import import_directory
from scheduler.store.messaging_tables import Notice
from scheduler.store.session import Connection, writing
from scheduler.store.tables import Audit, ClockRun, Complaint, RunStep
from scheduler.sweep import sweep

DUE = 1000
SMALL, LARGE = 20_000, 200_000
RUNS = 7
MOST_S = 2.0
MOST_GROWTH = 1.3
COPIES = 100
"""Blocks in a database: 10 due complaints each, the rest as many as its size wants."""

ZONE = ZoneInfo("Asia/Jakarta")
AT = datetime(2026, 11, 25, 16, tzinfo=ZONE).astimezone(UTC)
"""Wednesday, at the cut-off: surat_1 of what was disposed on Monday, surat_2 of Friday's."""

KEY = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY="
ISI = (
    "Jalan di Desa Batu Putih RT 03 RW 05 berlubang sedalam 20 cm sepanjang 300 meter. Sudah dua "
    "pengendara jatuh. Mohon segera diperbaiki sebelum musim hujan. Hubungi saya di [telepon]."
)


class Share(NamedTuple):
    """Complaints of a block that were disposed on one November day."""

    day: int
    hour: int
    amount: int


def shares(block: int) -> list[Share]:
    """How many complaints of a block were disposed when: 10 are due at AT, the others are not.

    One in twenty is past its whole ladder and repeats every morning, three in ten wait for their
    first letter, the rest came in today.
    """
    rest = block - 10
    old, waiting = rest // 20, rest * 3 // 10
    return [
        Share(10, 9, old),
        Share(20, 9, 5),
        Share(23, 9, 5),
        Share(24, 9, waiting),
        Share(25, 9, rest - old - waiting),
    ]


@contextmanager
def installed(path: Path) -> Iterator[Installation]:
    """Open the installation whose database is at `path`, and close it."""
    opened = open_installation(Settings(database_url=f"sqlite:///{path}", data_key=KEY))
    try:
        yield opened
    finally:
        opened.close()


def local(day: int, hour: int) -> datetime:
    """Return an hour of November 2026 as an instant (UTC)."""
    return datetime(2026, 11, day, hour, tzinfo=ZONE).astimezone(UTC)


def build(path: Path, size: int) -> None:
    """Make a database with `size` open complaints at `path`."""
    with installed(path) as opened:
        received = local(10, 8)
        example = Path(__file__).parent.parent / "config" / "directory.example.csv"
        with writing(opened.engine) as connection:
            import_directory(
                connection, opened.seal, example.read_bytes(), name="contoh", today=received.date()
            )
        block = size // COPIES
        _receive(opened, block, received)
        ids = list(range(1, block + 1))
        random.Random(3).shuffle(ids)  # so that the due ones lie anywhere in the block
        plan = {local(share.day, share.hour): share.amount for share in shares(block)}
        ticks = {
            local(day, hour)
            for day in range(10, 26)
            for hour in (8, 10, 16)
            if local(day, hour) < AT
        }
        for moment in sorted(ticks | plan.keys()):
            if moment in plan:
                _dispose(opened, [ids.pop() for _ in range(plan[moment])], moment)
            else:
                opened.tick(moment)
        with writing(opened.engine) as connection:
            _multiply(connection)
        with opened.engine.connect() as connection:
            raw = connection.connection.driver_connection
            assert raw is not None
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # the one file is to be copied


def _receive(opened: Installation, count: int, at: datetime) -> None:
    world = opened.world(at)
    with writing(opened.engine) as connection:
        desk = Desk(world, at)
        for number in range(count):
            case = Case(
                judul="Jalan rusak dan berlubang",
                isi=ISI,
                received_at=at,
                last_event_at=at,
                tracking_id=str(7_000_000 + number),
                kategori="Jalan Berlubang",
                sumber="Website",
                lokasi="Desa Batu Putih, Kecamatan Contoh Selatan",
            )
            desk.receive(case, "sp4n", waits=False)
        cases.write(connection, desk.changes)


def _dispose(opened: Installation, ids: list[int], at: datetime) -> None:
    world = opened.world(at)
    offices = [
        body.id
        for body in world.directory.bodies.values()
        if body.jenis in (Jenis.OPD, Jenis.KECAMATAN) and body.hari_kerja == 5
    ]
    with writing(opened.engine) as connection:
        desk = Desk(world, at)
        for case in cases.load_cases(connection, ids, lock=True).values():
            assert case.id is not None
            desk.dispose(case, offices[case.id % len(offices)], "kominfo")
        cases.write(connection, desk.changes)


def _multiply(connection: Connection) -> None:
    """Copy every complaint, with all that hangs on it, COPIES - 1 times."""
    tables: tuple[type[DeclarativeBase], ...] = (Complaint, Audit, ClockRun, RunStep, Notice)
    keys = {"complaint_id": Complaint, "run_id": ClockRun}
    strides = {
        table: connection.execute(select(func.max(table.__table__.c.id))).scalar_one()
        for table in tables
    }
    for copy in range(1, COPIES):
        for table in tables:
            columns = {column.name: column for column in table.__table__.columns}
            values = dict(columns)
            values["id"] = columns["id"] + copy * strides[table]
            for name in keys.keys() & columns.keys():
                values[name] = columns[name] + copy * strides[keys[name]]
            if table is Complaint:
                moved = cast(columns["tracking_id"], Integer) + copy * strides[table]
                values["tracking_id"] = cast(moved, Text)
            elif table is Notice:
                cause = (values[name] for name in ("run_id", "step", "occurrence", "post_id"))
                values["cause"] = func.printf("%d/%s/%d/%d", *cause)
            originals = select(*values.values()).where(columns["id"] <= strides[table])
            if table is Notice:  # a morning's sums are about no complaint
                originals = originals.where(columns["run_id"].is_not(None))
            connection.execute(insert(table).from_select(list(values), originals))


@contextmanager
def copied(source: Path) -> Iterator[Path]:
    """Yield a copy of a database file that is on the disk, and remove it."""
    path = source.with_name("run.db")
    shutil.copyfile(source, path)
    with path.open("rb") as file:
        os.fsync(file.fileno())  # or the sweep's own commits would pay for it
    try:
        yield path
    finally:
        for part in path.parent.glob("run.db*"):
            part.unlink()


def sweep_seconds(source: Path) -> float:
    """Sweep a copy of a database once; return how long it took."""
    with copied(source) as path, installed(path) as opened:
        world = opened.world(AT)
        start = perf_counter()
        swept = sweep(opened.engine, world, AT)
        seconds = perf_counter() - start
    assert (swept.due, swept.queued, swept.problems) == (DUE, 2 * DUE, []), swept
    return seconds


def idle_ticks_ms(source: Path) -> list[float]:
    """Tick a minute before anything is due, in a process that has been up; milliseconds each."""
    found = []
    with copied(source) as path, installed(path) as opened:
        for _ in range(RUNS + 1):
            start = perf_counter()
            done = opened.tick(AT - timedelta(minutes=1))
            found.append((perf_counter() - start) * 1000)
            assert (done.due, done.sent) == (0, 0), done
    return found[1:]


def main(runs: int) -> int:
    """Build, measure, print, and judge."""
    with tempfile.TemporaryDirectory(prefix="ingat-bench-") as folder:
        sizes = {SMALL: Path(folder) / "small.db", LARGE: Path(folder) / "large.db"}
        start = perf_counter()
        for size, path in sizes.items():
            build(path, size)
        megabytes = sizes[LARGE].stat().st_size / 1e6
        show("building both databases", perf_counter() - start, "s", note=f"{megabytes:.0f} MB")
        found: dict[int, list[float]] = {SMALL: [], LARGE: []}
        for run in range(runs):
            for size in (SMALL, LARGE) if run % 2 else (LARGE, SMALL):
                found[size].append(sweep_seconds(sizes[size]))
        idle = idle_ticks_ms(sizes[LARGE])
    small, large = median(found[SMALL]), median(found[LARGE])
    show(f"sweep of {DUE:,} due among {SMALL:,} open", small, "s", note=spread(found[SMALL], "s"))
    good = [
        show(
            f"sweep of {DUE:,} due among {LARGE:,} open",
            large,
            "s",
            Target(MOST_S),
            spread(found[LARGE], "s"),
        ),
        show("its growth from a tenth as many open", large / small, "x", Target(MOST_GROWTH)),
    ]
    show(f"idle tick among {LARGE:,} open", median(idle), "ms", note=spread(idle, "ms"))
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else RUNS))
