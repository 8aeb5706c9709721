"""A small fictional kabupaten, its installation and its complaints, made the way the product does.

Whatever a complaint goes through goes through `Desk` and `write`, one transaction a verb.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from bot.compose import Installation, open_installation
from config.settings import Settings
from config.terms import Klasifikasi, Peran
from scheduler.case import Case
from scheduler.lifecycle import Desk
from scheduler.store.cases import load_cases, write
from scheduler.store.session import writing
from scheduler.world import World
from tests.directories import read_in
from tests.policies import without_sums

DATA_KEY = "A" * 43 + "="
"""32 zero bytes: the key of every test installation."""

ACTOR = "kominfo"
KABUPATEN = "Kabupaten Contoh"

COLUMNS = ("instansi", "jenis", "peran", "jabatan", "singkatan", "membawahi")
Row = tuple[str, str, str, str, str, str]
"""One line of the directory, by its columns."""


def opds(count: int = 6) -> list[str]:
    """The short names of the first OPDs; each has an admin, a penghubung and a head."""
    return [f"Dinas {number}" for number in range(1, count + 1)]


def overseer(opd: str) -> str:
    """The asisten who oversees an OPD: the first the odd ones, the second the even ones."""
    return "Asisten I" if int(opd.split()[1]) % 2 else "Asisten II"


def holder_of(peran: Peran, opd: str) -> str:
    """The jabatan of the post that stands for a role towards an OPD."""
    return {
        Peran.ADMIN_OPD: f"Admin {opd}",
        Peran.PEJABAT_PENGHUBUNG: f"Sekretaris {opd}",
        Peran.KEPALA_OPD: f"Kepala {opd}",
        Peran.ASISTEN: overseer(opd),
        Peran.SEKDA: "Sekretaris Daerah",
        Peran.ADMIN_KOORDINATOR: "Kominfo",
    }[peran]


def people(count: int = 6) -> list[Row]:
    """The posts of a kabupaten with `count` OPDs; the holder of each has a phone of his own."""
    rows = [
        (KABUPATEN, "kabupaten", "sekda", "Sekretaris Daerah", "", ""),
        (KABUPATEN, "kabupaten", "admin_koordinator", "Kominfo", "", ""),
    ]
    for asisten in ("Asisten I", "Asisten II"):
        covered = ";".join(f"{opd} Contoh" for opd in opds(count) if overseer(opd) == asisten)
        rows.append((KABUPATEN, "kabupaten", "asisten", asisten, "", covered))
    for opd in opds(count):
        rows += [
            (f"{opd} Contoh", "opd", peran, holder_of(peran, opd), opd, "")
            for peran in (Peran.ADMIN_OPD, Peran.PEJABAT_PENGHUBUNG, Peran.KEPALA_OPD)
        ]
    return rows


def directory_csv(rows: Sequence[Row], week: int = 5) -> bytes:
    """The file of `ingat directory import` with these posts; a row without one is an instansi.

    All offices have the same week.
    """
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow((*COLUMNS, "induk", "hari_kerja", "nama", "nip", "telepon"))
    for number, row in enumerate(rows, start=1):
        induk = "" if row[1] == "kabupaten" else KABUPATEN
        person = ("Pejabat Contoh", "", f"0811-0000-{number:04}") if row[2] else ("", "", "")
        writer.writerow((*row, induk, week, *person))
    return file.getvalue().encode()


def appoint(installation: Installation, rows: Sequence[Row], at: datetime, week: int = 5) -> None:
    """Bring the directory up to `rows`."""
    today = at.astimezone(installation.settings.timezone).date()
    data = directory_csv(rows, week)
    with writing(installation.engine) as connection:
        read_in(connection, installation.seal, data, today)


def settings_for(url: str, *, lease_s: int = 60, unknown_after_s: int = 900) -> Settings:
    """The settings of a test installation on the database at `url`."""
    return Settings(
        database_url=url,
        data_key=DATA_KEY,
        lease_s=lease_s,
        unknown_after_s=unknown_after_s,
        policy_file=without_sums(),
    )


@contextmanager
def opened(
    url: str, at: datetime, rows: Sequence[Row] | None = None, *, week: int = 5
) -> Iterator[Installation]:
    """An installation on the empty database at `url`, with its people; closed in the end."""
    installation = open_installation(settings_for(url))
    try:
        appoint(installation, people() if rows is None else rows, at, week)
        yield installation
    finally:
        installation.close()


# --- what happens to a complaint ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Kominfo:
    """Whoever works at the installation: one transaction for each thing done, as of its time."""

    installation: Installation
    world: World

    @classmethod
    def at(cls, installation: Installation, at: datetime) -> Kominfo:
        """Begin work by the rules and people of `at`."""
        return cls(installation, installation.world(at))

    def receive(self, number: str, at: datetime, klasifikasi: Klasifikasi | None = None) -> int:
        """Enter a complaint that is in SP4N; return its id."""
        case = Case(
            judul="Jalan berlubang",
            isi="Jalan berlubang di depan pasar.",
            received_at=at,
            last_event_at=at,
            tracking_id=number,
            klasifikasi=klasifikasi,
            kategori="Infrastruktur",
            sumber="Website",
        )
        with writing(self.installation.engine) as connection:
            desk = Desk(self.world, at)
            desk.receive(case, ACTOR)
            write(connection, desk.changes)
        assert case.id is not None
        return case.id

    def dispose(self, complaint_id: int, opd: str, at: datetime) -> None:
        """Hand a complaint to an OPD, by its short name."""
        bodies = self.world.directory.bodies.values()
        instansi_id = next(body.id for body in bodies if body.short == opd)
        self.change(complaint_id, at, lambda desk, case: desk.dispose(case, instansi_id, ACTOR))

    def change(self, complaint_id: int, at: datetime, verb: Callable[[Desk, Case], object]) -> None:
        """Do something to a complaint, as a command does: lock, change, write."""
        with writing(self.installation.engine) as connection:
            case = load_cases(connection, [complaint_id], lock=True)[complaint_id]
            desk = Desk(self.world, at)
            verb(desk, case)
            write(connection, desk.changes)
