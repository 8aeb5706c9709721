"""The fictional kabupaten that is shipped: for the demo, for invented exports, for a training."""

from __future__ import annotations

import csv
import io
from datetime import date
from importlib.resources import files

from scheduler.store.directory import DirectoryReport, import_directory
from scheduler.store.sealed import Seal
from scheduler.store.session import Connection


def example_directory() -> bytes:
    """Return the shipped fictional directory."""
    return files("config").joinpath("directory.example.csv").read_bytes()


def example_instansi() -> list[tuple[str, str | None]]:
    """Return the instansi of the shipped fictional directory: name, and SP4N's id."""
    rows = csv.DictReader(io.StringIO(example_directory().decode()))
    found = {
        row["instansi"]: row.get("id_sp4n") or None
        for row in rows
        if row["jenis"] in ("opd", "kecamatan", "puskesmas")
    }
    return list(found.items())


def import_example(connection: Connection, seal: Seal, today: date) -> DirectoryReport:
    """Bring the fictional directory in, as of a local date, in the caller's transaction."""
    return import_directory(connection, seal, example_directory(), name="contoh", today=today)
