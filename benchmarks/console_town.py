"""An SQLite database of 200,000 complaints, as years of a very busy kabupaten leave it.

A block goes through the product's own verbs and passes, and is then copied inside the database.
Nine in ten are closed and lie in the past, a week further back with each copy; of the open ones a
quarter is overdue. What the verbs do not make in numbers (failed messages, held ones) is set in
the block itself, before it is copied.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Integer, Text, cast, func, insert, literal, select, update
from sqlalchemy import case as when
from sqlalchemy.orm import DeclarativeBase

from benchmarks.sweep import installed
from bot.compose import SIMULATOR_OFFSET, Installation
from config.terms import Jenis, Klasifikasi, NoticeStatus
from scheduler import clock
from scheduler.case import Case
from scheduler.lifecycle import Desk
from scheduler.store import cases
from scheduler.store.columns import Utc
from scheduler.store.dialogue_tables import Answer, Request
from scheduler.store.directory import import_directory
from scheduler.store.messaging_tables import Attempt, Message, Notice
from scheduler.store.rules import set_switch
from scheduler.store.session import Connection, writing
from scheduler.store.tables import Audit, ClockRun, Complaint, Post, RunStep

COPIES: Final = 100
ZONE: Final = ZoneInfo("Asia/Jakarta")
AT: Final = datetime(2026, 11, 25, 10, tzinfo=ZONE).astimezone(UTC)
"""Wednesday morning."""
WEEK: Final = timedelta(days=7)
OWN: Final = 49
"""Of fifty complaints this one came to the counter, and nobody has typed it into SP4N yet."""

_OWNER: Final[dict[type[DeclarativeBase], str]] = {
    Complaint: "id",
    ClockRun: "complaint_id",
    Notice: "complaint_id",
}
"""The column that names the complaint, in tables whose times lie in the past with it."""

TITLES: Final = (
    "Jalan rusak dan berlubang di depan Pasar Contoh",
    "Lampu penerangan jalan padam sejak dua minggu",
    "Air bersih tidak mengalir di Desa Batu Putih",
    "Antrean puskesmas terlalu lama",
    "Data penerima bantuan tidak tepat sasaran",
)
KATEGORI: Final = ("Jalan Berlubang", "Penerangan Jalan", "Air Bersih", "Kesehatan", "Bansos")
SOURCES: Final = ("Website", "Aplikasi", "SMS", "Tatap Muka", "Surat")


def build(path: Path, size: int) -> None:
    """Make the database of `size` complaints at `path`, its training clock at `AT`."""
    with installed(path) as opened:
        first = AT - timedelta(days=12)
        example = Path(__file__).parent.parent / "config" / "directory.example.csv"
        with writing(opened.engine) as connection:
            import_directory(
                connection, opened.seal, example.read_bytes(), name="contoh", today=first.date()
            )
        block = size // COPIES
        ended = block * 9 // 10
        _receive(opened, block, ended, first)
        # Of the open ones a quarter was disposed long ago, the rest waits in every other way.
        late = (block - ended) // 4
        _dispose(opened, range(1, ended + late + 1), first + timedelta(hours=2))
        opened.tick(first + timedelta(hours=3))
        _end(opened, range(1, ended + 1), first + timedelta(days=1))
        fresh = range(ended + late + 1, block - block // 30)
        _dispose(opened, fresh, AT - timedelta(hours=20))
        _wait(opened, fresh[::12], AT - timedelta(hours=19))
        opened.tick(AT - timedelta(hours=19))
        with writing(opened.engine) as connection:
            _mishaps(connection)
            _multiply(connection, ended)
            _ask(connection)
        with writing(opened.engine) as connection:
            ahead = AT - clock.now()
            set_switch(connection, SIMULATOR_OFFSET, str(ahead.total_seconds()), AT)


def _receive(opened: Installation, count: int, ended: int, at: datetime) -> None:
    rng, world = random.Random(5), opened.world(at)
    with writing(opened.engine) as connection:
        desk = Desk(world, AT)
        for number in range(count):
            came = at if number < ended + (count - ended) // 4 else AT - timedelta(hours=30)
            case = Case(
                judul=rng.choice(TITLES),
                isi=f"{rng.choice(TITLES)}. Mohon segera ditindaklanjuti oleh dinas terkait. " * 4,
                received_at=came + timedelta(seconds=number),
                last_event_at=came,
                tracking_id=None if number % 50 == OWN else str(7_000_000 + number),
                nomor=f"SPG-2611-{number}" if number % 50 == OWN else None,
                kategori=rng.choice(KATEGORI),
                sumber=rng.choice(SOURCES),
                klasifikasi=rng.choice((None, *Klasifikasi)),
                anonim=rng.random() < 0.1,
                rahasia=rng.random() < 0.05,
                lokasi="Desa Batu Putih, Kecamatan Contoh Selatan",
            )
            desk.receive(case, "sp4n", waits=number >= ended)
        cases.write(connection, desk.changes)


def _dispose(opened: Installation, ids: range, at: datetime) -> None:
    world = opened.world(at)
    offices = [
        body.id
        for body in world.directory.bodies.values()
        if body.jenis in (Jenis.OPD, Jenis.KECAMATAN)
    ]
    with writing(opened.engine) as connection:
        desk = Desk(world, at)
        for case in cases.load_cases(connection, ids, lock=True).values():
            assert case.id is not None
            desk.dispose(case, offices[case.id % len(offices)], "kominfo")
        cases.write(connection, desk.changes)


def _wait(opened: Installation, ids: range, at: datetime) -> None:
    world = opened.world(at)
    with writing(opened.engine) as connection:
        desk = Desk(world, at)
        for case in cases.load_cases(connection, ids, lock=True).values():
            desk.pause(case, "kominfo", "Mohon alamat yang lengkap.")
        cases.write(connection, desk.changes)


def _end(opened: Installation, ids: range, at: datetime) -> None:
    world = opened.world(at)
    with writing(opened.engine) as connection:
        desk = Desk(world, at)
        for case in cases.load_cases(connection, ids, lock=True).values():
            desk.answer(case, "dinas", "Sudah diperbaiki pada hari ini.")
            (desk.archive if (case.id or 0) % 10 == 0 else desk.close)(case, "kominfo", "selesai")
        cases.write(connection, desk.changes)
        first = select(Post.instansi_id, func.min(Post.id)).group_by(Post.instansi_id)
        posts = {instansi_id: post_id for instansi_id, post_id in connection.execute(first)}
        rows = connection.execute(select(Complaint.id, Complaint.instansi_id)).all()
        connection.execute(
            insert(Answer),
            [
                {
                    "complaint_id": row.id,
                    "post_id": posts[row.instansi_id],
                    "body": "Sudah diperbaiki pada hari ini oleh petugas lapangan kami.",
                    "given_at": at,
                    "substantive": True,
                    "to_copy": True,
                    "copied_at": None if row.id % 100 == 0 else at,
                }
                for row in rows
                if row.id in ids
            ],
        )


def _mishaps(connection: Connection) -> None:
    """Let a few of the block's notices have failed, be unknown or be held."""
    for status, part, reason in (
        (NoticeStatus.FAILED, 150, None),
        (NoticeStatus.UNKNOWN, 900, None),
        (NoticeStatus.HELD, 110, "data SP4N belum diperbarui"),
    ):
        connection.execute(
            update(Notice).where(Notice.id % part == 1).values(status=status, hold_reason=reason)
        )
    connection.execute(
        update(Complaint)
        .where(Complaint.id == select(func.max(Complaint.id)).scalar_subquery())
        .values(hold_reason='status SP4N "Menunggu" tidak dikenal')
    )


def _ask(connection: Connection) -> None:
    """Let a hundred requests of officers wait for a decision."""
    waiting = select(ClockRun.complaint_id).where(
        ClockRun.clock == "respon", ClockRun.stopped_at.is_(None)
    )
    rows = connection.execute(waiting.order_by(ClockRun.id.desc()).limit(100)).scalars()
    moments = {"made_at": AT, "due_at": AT + WEEK}
    common = {"kind": "tunda", "state": "terbuka", "decider": "admin_koordinator", **moments}
    connection.execute(insert(Request), [{"complaint_id": key, **common} for key in rows])


def _multiply(connection: Connection, ended: int) -> None:
    """Copy the block with all that hangs on it; what is closed goes back a week with each copy."""
    tables: tuple[type[DeclarativeBase], ...] = (
        *(Complaint, Audit, ClockRun, RunStep),
        *(Message, Attempt, Notice, Answer),
    )
    keys = {"complaint_id": Complaint, "run_id": ClockRun, "message_id": Message}
    strides = {
        table: connection.execute(select(func.max(table.__table__.c.id))).scalar_one()
        for table in tables
    }
    for copy in range(1, COPIES):
        # The newest have the highest ids, as in life: the block itself goes back last of all.
        back = COPIES - 1 - copy
        for table in tables:
            columns = {column.name: column for column in table.__table__.columns}
            values = {name: _moved(table, column, back, ended) for name, column in columns.items()}
            values["id"] = columns["id"] + copy * strides[table]
            for name in keys.keys() & columns.keys():
                values[name] = columns[name] + copy * strides[keys[name]]
            if table is Complaint:
                number = cast(columns["tracking_id"], Integer) + copy * strides[table]
                values["tracking_id"] = cast(number, Text)
                own = func.printf("%s-%d", columns["nomor"], copy)
                values["nomor"] = when((columns["nomor"].is_not(None), own))
            elif table is Notice:
                values["cause"] = func.printf("%d/%s", values["id"], columns["cause"])
            elif table is Attempt:
                values["sid"] = func.printf("SM%032d", values["id"])
            originals = select(*values.values()).where(columns["id"] <= strides[table])
            connection.execute(insert(table).from_select(list(values), originals))
    for table in (Complaint, ClockRun):
        columns = {column.name: column for column in table.__table__.columns}
        moved = {n: _moved(table, c, COPIES - 1, ended) for n, c in columns.items()}
        connection.execute(
            update(table)
            .where(columns["id"] <= strides[table])
            .values({n: value for n, value in moved.items() if value is not columns[n]})
        )


def _moved(table: type[DeclarativeBase], column: Any, weeks: int, ended: int) -> Any:
    """Return a column, for closed complaints of the block weeks earlier where it is a time."""
    owner = _OWNER.get(table)
    if owner is None or not isinstance(column.type, Utc) or not weeks:
        return column
    earlier = func.strftime("%Y-%m-%d %H:%M:%f000", column, literal(f"-{7 * weeks} days", Text))
    return when((table.__table__.c[owner] <= ended, earlier), else_=column)
