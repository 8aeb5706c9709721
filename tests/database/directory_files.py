"""Small directory files for the tests, and what became of them in the database."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, func, select

from scheduler.directory_file import OPTIONAL, REQUIRED
from scheduler.store.columns import Base
from scheduler.store.directory import DirectoryReport, import_directory
from scheduler.store.sealed import Seal, new_key
from scheduler.store.session import reading, writing
from scheduler.store.tables import Cover, Holder, Instansi, InstansiAlias, Phone, Post

TODAY = date(2026, 11, 24)
DAY = timedelta(days=1)
COLUMNS = (*REQUIRED, *OPTIONAL)
KAB = {"instansi": "Kabupaten Contoh", "jenis": "kabupaten"}
DINKES = {"instansi": "Dinas Kesehatan", "jenis": "opd", "induk": "Kabupaten Contoh"}
ADMIN = {**DINKES, "peran": "admin_opd", "jabatan": "Admin", "nama": "Oki Percobaan"}
KEPALA = {**DINKES, "peran": "kepala_opd", "jabatan": "Kepala Dinas", "nama": "Qori Ilustrasi"}
ASISTEN = {**KAB, "peran": "asisten", "jabatan": "Asisten I", "nama": "Dewi Teladan"}
SEAL = Seal(new_key())


def sheet(*rows: dict[str, str]) -> bytes:
    lines = [";".join(COLUMNS)]
    lines += [";".join('"' + row.get(c, "") + '"' for c in COLUMNS) for row in rows]
    return "\n".join(lines).encode()


def bring_in(engine: Engine, *rows: dict[str, str], today: date = TODAY) -> DirectoryReport:
    """Import rows, and once more to see that the second time changes nothing."""
    data = sheet(*rows)
    with writing(engine) as connection:
        report = import_directory(connection, SEAL, data, name="d.csv", today=today)
        stored = everything(connection)
        again = import_directory(connection, SEAL, data, name="d.csv", today=today)
        assert (again.read, again.added, again.updated) == (report.read, 0, 0)
        assert everything(connection) == stored
    return report


def everything(connection: Connection) -> list[Any]:
    tables = (Instansi, InstansiAlias, Post, Cover, Phone, Holder)
    return [
        sorted(map(repr, connection.execute(select(*table.__table__.columns)).all()))
        for table in tables
    ]


def counts(report: DirectoryReport) -> tuple[int, int, int]:
    assert report.rejected == []
    return report.read, report.added, report.updated


def total(engine: Engine, table: type[Base]) -> int:
    with reading(engine) as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()
