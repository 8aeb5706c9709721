"""A small fictional kabupaten on a database of the test, and exports written by hand for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from xlsxwriter import Workbook

from bot.compose import Installation, Tick, open_installation
from bot.sp4n.applier import DisposedAt
from bot.sp4n.importer import ImportReport, import_export
from config.settings import Settings
from config.terms import Clock, Status
from scheduler.case import Case
from scheduler.lifecycle import Desk
from scheduler.store import cases, holds, listing, pairing
from scheduler.store.columns import Base
from scheduler.store.sealed import new_key
from scheduler.store.session import reading, writing
from scheduler.store.tables import ClockRun, Complaint, ImportRun
from scheduler.sweep import sweep
from tests.directories import read_in
from tests.policies import without_sums

WIB = ZoneInfo("Asia/Jakarta")
KEY = new_key()

MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
COLUMNS = (
    "Tracking ID",
    "Tanggal Laporan Masuk",
    "Waktu Laporan Masuk",
    "Nama Pelapor",
    "Klasifikasi Laporan",
    "ID Kategori",
    "Kategori",
    "Judul Laporan",
    "Isi Laporan Awal",
    "Tipe Laporan (Anonim/Rahasia)",
    "Sumber Laporan",
    "Instansi Induk",
    "ID Instansi Terdisposisi",
    "Instansi Terdisposisi",
    "Status Laporan",
    "Alasan Tunda/Arsip",
    "Kota/Kabupaten",
    "Kecamatan",
    "Rating",
)
REQUIRED = tuple(
    name
    for name in COLUMNS
    if name
    in {
        "Tracking ID",
        "Tanggal Laporan Masuk",
        "Klasifikasi Laporan",
        "Judul Laporan",
        "Tipe Laporan (Anonim/Rahasia)",
        "Instansi Terdisposisi",
        "Status Laporan",
    }
)

_POSTS = (
    ("Kabupaten Contoh", "sekda", "Sekda", "03"),
    ("Kabupaten Contoh", "asisten", "Asisten II", "05"),
    ("Kabupaten Contoh", "admin_koordinator", "Admin Kominfo", "07"),
    ("Dinas Pekerjaan Umum", "admin_opd", "Admin DPU", "09"),
    ("Dinas Pekerjaan Umum", "pejabat_penghubung", "Sekretaris DPU", "10"),
    ("Dinas Pekerjaan Umum", "kepala_opd", "Kepala DPU", "11"),
    ("Dinas Pendidikan", "admin_opd", "Admin Disdik", "12"),
    ("Dinas Pendidikan", "pejabat_penghubung", "Sekretaris Disdik", "13"),
    ("Dinas Pendidikan", "kepala_opd", "Kepala Disdik", "14"),
)
_BODIES = {
    "Kabupaten Contoh": ("kabupaten", "", "", "9002"),
    "Dinas Pekerjaan Umum": ("opd", "Kabupaten Contoh", "DPU", "9003"),
    "Dinas Pendidikan": ("opd", "Kabupaten Contoh", "Disdik", "9004"),
}


def directory_text(**aliases: str) -> str:
    """The directory as a file; `aliases` gives other names in SP4N by singkatan."""
    lines = [
        "instansi,jenis,induk,hari_kerja,peran,jabatan,nama,nip,telepon,singkatan,id_sp4n,nama_sp4n"
    ]
    for nama, peran, jabatan, phone in _POSTS:
        jenis, induk, short, id_sp4n = _BODIES[nama]
        alias = aliases.get(short, "")
        lines.append(
            f"{nama},{jenis},{induk},5,{peran},{jabatan},Pejabat Contoh {phone},,"
            f"0811-0000-00{phone},{short},{id_sp4n},{alias}"
        )
    return "\n".join(lines)


def at(text: str) -> datetime:
    """A wall-clock time of the installation, as UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=WIB).astimezone(UTC)


def row(
    tracking_id: str = "9000001",
    received: str = "2026-05-04T09:00",
    status: str = "Terverifikasi",
    instansi: str = "Dinas Pekerjaan Umum",
    **others: str,
) -> dict[str, str]:
    """One row of an export. `received` is local time, written in UTC as SP4N writes it.

    Columns whose headings are no identifiers go by: id, pelapor, klasifikasi, kategori, judul,
    isi, tipe, alasan, rating.
    """
    moment = at(received)
    headings = {
        "id": "ID Instansi Terdisposisi",
        "pelapor": "Nama Pelapor",
        "klasifikasi": "Klasifikasi Laporan",
        "kategori": "Kategori",
        "judul": "Judul Laporan",
        "isi": "Isi Laporan Awal",
        "tipe": "Tipe Laporan (Anonim/Rahasia)",
        "alasan": "Alasan Tunda/Arsip",
        "rating": "Rating",
        "sumber": "Sumber Laporan",
        "kecamatan": "Kecamatan",
    }
    return {
        "Tracking ID": tracking_id,
        "Tanggal Laporan Masuk": f"{moment.day:02} {MONTHS[moment.month - 1]} {moment.year}",
        "Waktu Laporan Masuk": f"{moment:%H:%M:%S}",
        "Klasifikasi Laporan": "Pengaduan Tidak Berkadar Pengawasan",
        "Judul Laporan": "Jalan berlubang",
        "Isi Laporan Awal": "Jalan di depan pasar berlubang.",
        "Kategori": "Jalan Berlubang",
        "Sumber Laporan": "Website",
        "Instansi Terdisposisi": instansi,
        "Status Laporan": status,
        **{headings[name]: text for name, text in others.items()},
    }


def write_export(
    path: Path,
    rows: Sequence[Mapping[str, str]],
    *,
    generated: str | None = None,
    preamble: bool = True,
    columns: Sequence[str] = COLUMNS,
) -> Path:
    """Write an export with its preamble, or (`preamble=False`) with the header in row 1."""
    with Workbook(str(path)) as book:
        sheet = book.add_worksheet("Laporan Ringkas")
        top = 0
        if preamble:
            sheet.write_row(0, 0, ["Judul Laporan", "Laporan Ringkas"])
            sheet.write_row(2, 0, ["Nama Instansi", "Pemerintah Kabupaten Contoh"])
            if generated is not None:
                sheet.write_row(4, 0, ["Tanggal Generate", generated])
            top = 10
        sheet.write_row(top, 0, columns)
        for number, cells in enumerate(rows, top + 1):
            sheet.write_row(number, 0, [cells.get(name, "") for name in columns])
    return path


@dataclass(frozen=True, slots=True)
class Told:
    """One notice, as short as a test wants to read it."""

    step: str
    post: str
    status: str
    due: datetime
    hold: str | None = None


class Kabupaten:
    """One installation under test; every time is a local wall-clock time as text."""

    def __init__(self, opened: Installation, folder: Path) -> None:
        self.opened = opened
        self.engine = opened.engine
        self.folder = folder

    # --- what is done ---------------------------------------------------------------------

    def tick(self, *moments: str) -> Tick:
        """One pass at each moment; the last one's result."""
        return [self.opened.tick(at(moment)) for moment in moments][-1]

    def sweep(self, when: str) -> None:
        """Decide, as a pass does first, and send nothing."""
        sweep(self.engine, self.opened.world(at(when)), at(when))

    def import_(
        self,
        rows: Sequence[Mapping[str, str]],
        when: str,
        *,
        disposed_at: DisposedAt = "received",
        progress: Callable[[int, int | None], None] | None = None,
        **file: Any,
    ) -> ImportReport:
        """Write the rows as an export and import it."""
        path = write_export(self.folder / "ekspor.xlsx", rows, **file)
        return self.import_file(path, when, disposed_at=disposed_at, progress=progress)

    def import_file(
        self,
        path: Path,
        when: str,
        *,
        disposed_at: DisposedAt = "received",
        progress: Callable[[int, int | None], None] | None = None,
    ) -> ImportReport:
        moment = at(when)
        return import_export(
            self.engine,
            self.opened.seal,
            self.opened.world(moment),
            path,
            moment,
            source_tz=ZoneInfo("UTC"),
            disposed_at=disposed_at,
            progress=progress,
        )

    def receive(self, when: str, judul: str = "Lampu jalan mati", **facts: Any) -> str:
        """Enter an own complaint; return its number."""
        moment = at(when)
        world = self.opened.world(moment)
        desk = Desk(world, moment)
        with writing(self.engine) as connection:
            day = world.today(moment)
            nomor = pairing.next_number(connection, world.policy.kode, day, moment)
            case = Case(judul, judul, moment, moment, nomor=nomor, **facts)
            desk.receive(case, "loket")
            cases.write(connection, desk.changes)
        return nomor

    def do(self, number: str, when: str, verb: Callable[[Desk, Case], None]) -> None:
        moment = at(when)
        desk = Desk(self.opened.world(moment), moment)
        with writing(self.engine) as connection:
            key = cases.find(connection, number)
            assert key is not None, number
            verb(desk, cases.load_cases(connection, [key], lock=True)[key])
            cases.write(connection, desk.changes)

    def dispose(self, number: str, when: str, short: str = "DPU") -> None:
        self.do(number, when, lambda desk, case: desk.dispose(case, self.body(short), "kominfo"))

    def release(self, when: str, number: str | None = None, only: str | None = None) -> int:
        moment = at(when)
        world = self.opened.world(moment)
        with writing(self.engine) as connection:
            ids = holds.backlog(connection)
            if number is not None:
                key = cases.find(connection, number)
                ids = [key] if key is not None else []
            return holds.release(connection, world, ids, moment, only=only)

    def link(self, number: str, tracking_id: str, when: str) -> str:
        world = self.opened.world(at(when))
        with writing(self.engine) as connection:
            return pairing.link(connection, world, number, tracking_id, at(when))

    def directory(self, text: str, when: str = "2026-01-02T08:00") -> None:
        with writing(self.engine) as connection:
            day = at(when).astimezone(WIB).date()
            read_in(connection, self.opened.seal, text.encode(), day)

    # --- what is seen ---------------------------------------------------------------------

    def body(self, short: str) -> int:
        bodies = self.opened.world(at("2026-01-05T08:00")).directory.bodies.values()
        return next(body.id for body in bodies if short in (body.short, body.nama))

    def case(self, number: str = "9000001") -> Case:
        with reading(self.engine) as connection:
            key = cases.find(connection, number)
            assert key is not None, number
            return cases.load_cases(connection, [key])[key]

    def status(self, number: str = "9000001") -> Status:
        return self.case(number).status

    def clocks(self, number: str = "9000001") -> dict[Clock, int]:
        """The open clocks with the numbers of their runs."""
        return {run.clock: run.run_no for run in self.case(number).runs}

    def runs(self, number: str = "9000001") -> list[Any]:
        """Every run of a complaint, stopped ones too, as rows."""
        with reading(self.engine) as connection:
            query = select(ClockRun.__table__).where(
                ClockRun.complaint_id == cases.find(connection, number)
            )
            return list(connection.execute(query.order_by(ClockRun.id)))

    def told(self, number: str | None = None) -> list[Told]:
        """Every notice (of one complaint, or of all) as it was decided."""
        with reading(self.engine) as connection:
            key = cases.find(connection, number) if number else None
            return [
                Told(n.step, (n.post or "pelapor").split(",")[0], n.status, n.due_at, n.hold_reason)
                for n in listing.notices(connection, key)
            ]

    def steps(self, number: str | None = None, status: str | None = None) -> list[str]:
        """Of each notice its step, each step once, in order; of one status, or of all."""
        found = (told.step for told in self.told(number) if status in (None, told.status))
        return list(dict.fromkeys(found))

    def messages(self) -> list[tuple[str, list[str]]]:
        """Every text that reached a phone, with the posts it stands for."""
        found: dict[int, tuple[str, list[str]]] = {}
        with reading(self.engine) as connection:
            for notice in listing.notices(connection):
                if notice.message_id is not None and notice.attempts:
                    text = notice.attempts[-1].text
                    posts = found.setdefault(notice.message_id, (text, []))[1]
                    if (post := (notice.post or "pelapor").split(",")[0]) not in posts:
                        posts.append(post)
        return [found[key] for key in sorted(found)]

    def trail(self, number: str = "9000001") -> list[str]:
        """The events of a complaint's audit trail."""
        with reading(self.engine) as connection:
            key = cases.find(connection, number)
            assert key is not None
            return [event for _, event, _, _ in listing.trail(connection, key)]

    def counts(self) -> dict[str, int]:
        """How many rows each table holds."""
        with reading(self.engine) as connection:
            return {
                table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
                for table in Base.metadata.sorted_tables
                if table.name != "switches"
            }

    def columns(self, *names: str) -> list[tuple[Any, ...]]:
        """Columns of every complaint, by id."""
        with reading(self.engine) as connection:
            query = select(*(getattr(Complaint, name) for name in names)).order_by(Complaint.id)
            return [tuple(found) for found in connection.execute(query)]

    def imports(self) -> list[Any]:
        with reading(self.engine) as connection:
            return list(connection.execute(select(ImportRun.__table__).order_by(ImportRun.id)))


@contextmanager
def kabupaten(
    url: str, folder: Path, *, peopled: bool = True, **settings: Any
) -> Iterator[Kabupaten]:
    """Open the fictional kabupaten on a database; again with other `settings` where asked."""
    chosen = replace(
        Settings(database_url=url, data_key=KEY, policy_file=without_sums()), **settings
    )
    opened = open_installation(chosen)
    try:
        office = Kabupaten(opened, folder)
        opened.load_rules(at("2026-01-02T08:00"))
        if peopled:
            office.directory(directory_text())
        yield office
    finally:
        opened.close()
