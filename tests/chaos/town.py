"""A fictional kabupaten in which one phone stands for a post in every OPD, a letter due to each."""

from __future__ import annotations

import csv
import io
from datetime import datetime

from sqlalchemy import func, select

from bot.compose import open_installation
from config.settings import Settings
from scheduler.store.directory import import_directory
from scheduler.store.messaging_tables import Message
from scheduler.store.session import migrate, reading, writing
from tests.factories import DATA_KEY, KABUPATEN, Kominfo, opds
from tests.story.reference import JAKARTA

DISPOSED = datetime(2026, 6, 8, 9, 0, tzinfo=JAKARTA)
"""A Monday of a week without a day off."""
REMINDED = datetime(2026, 6, 9, 8, 0, tzinfo=JAKARTA)
LETTERS = datetime(2026, 6, 10, 16, 5, tzinfo=JAKARTA)
"""Wednesday, when the first letter of every complaint has fallen due; the evening is long."""
LETTER = "surat_1"

COLUMNS = (
    *("instansi", "jenis", "peran", "jabatan", "singkatan", "induk", "hari_kerja"),
    *("nama", "nip", "telepon"),
)


def directory(bodies: int, phones: int) -> bytes:
    """The file of `ingat directory import`: `phones` admins in each OPD, the same people."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for number, (peran, jabatan) in enumerate(
        (("admin_koordinator", "Kominfo"), ("sekda", "Sekretaris Daerah"))
    ):
        holder = ("Pejabat Contoh", "", f"0811-0001-{number:04}")
        writer.writerow((KABUPATEN, "kabupaten", peran, jabatan, "", "", 5, *holder))
    for opd in opds(bodies):
        for number in range(phones):
            holder = ("Pejabat Contoh", "", f"0811-0000-{number:04}")
            jabatan = f"Admin {number + 1}"
            row = (f"{opd} Contoh", "opd", "admin_opd", jabatan, opd, KABUPATEN, 5)
            writer.writerow((*row, *holder))
    return file.getvalue().encode()


def prepare(url: str, bodies: int, phones: int) -> int:
    """Make the town on the database at `url`; return the last message made so far.

    Each OPD has one complaint. What comes before the letters went to simulated phones.
    """
    migrate(url)
    opened = open_installation(Settings(database_url=url, data_key=DATA_KEY))
    try:
        with writing(opened.engine) as connection:
            report = import_directory(
                connection,
                opened.seal,
                directory(bodies, phones),
                name="direktori.csv",
                today=DISPOSED.date(),
            )
        assert not report.rejected, report.rejected[:3]
        kominfo = Kominfo.at(opened, DISPOSED)
        for number, opd in enumerate(opds(bodies), start=9_000_001):
            kominfo.dispose(kominfo.receive(str(number), DISPOSED), opd, DISPOSED)
        for at in (DISPOSED, REMINDED):
            done = opened.tick(at)
            assert not done.problems, done.problems
        with reading(opened.engine) as connection:
            return connection.execute(select(func.max(Message.id))).scalar_one()
    finally:
        opened.close()
