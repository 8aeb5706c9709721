"""`import_directory` and `load_directory` on both engines."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from importlib.resources import files
from threading import Barrier

import pytest
from sqlalchemy import Engine, select

from config.terms import Jenis, Peran
from scheduler.directory import Body
from scheduler.store.directory import import_directory, load_directory
from scheduler.store.session import make_engine, reading, writing
from scheduler.store.tables import Cover, Instansi, InstansiAlias, Post
from tests.database.directory_files import (
    ADMIN,
    ASISTEN,
    DAY,
    DINKES,
    KAB,
    KEPALA,
    SEAL,
    TODAY,
    bring_in,
    counts,
    sheet,
    total,
)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


# --- a whole directory ----------------------------------------------------------------------


def test_the_example_goes_in_and_a_second_time_changes_nothing(engine: Engine) -> None:
    data = files("config").joinpath("directory.example.csv").read_bytes()
    with writing(engine) as connection:
        first = import_directory(connection, SEAL, data, name="contoh", today=TODAY)
    assert counts(first) == (first.read, first.read, 0)
    for later in (TODAY, TODAY + 400 * DAY):
        with writing(engine) as connection:
            again = import_directory(connection, SEAL, data, name="contoh", today=later)
        assert (again.added, again.updated) == (0, 0)


def test_what_is_loaded_is_what_was_imported(engine: Engine) -> None:
    puskesmas = {
        "instansi": "Puskesmas Contoh",
        "jenis": "puskesmas",
        "induk": "dinas  kesehatan",
        "hari_kerja": "6",
        "singkatan": "PKM Contoh",
    }
    plt = {**KEPALA, "status_jabatan": "plt", "mulai": "2026-11-24", "selesai": "2026-11-30"}
    # The unit comes before its parent, and the asisten before whom he oversees.
    report = bring_in(
        engine,
        {**ASISTEN, "telepon": "0811-0000-0004", "membawahi": "Dinas Kesehatan"},
        puskesmas,
        {**plt, "telepon": "0811-0000-0017"},
        ADMIN,
    )
    assert counts(report) == (4, 4, 0)
    with reading(engine) as connection:
        directory = load_directory(connection)
    by_name = {body.nama: body for body in directory.bodies.values()}
    kab, dinkes, pkm = (
        by_name[n] for n in ("Kabupaten Contoh", "Dinas Kesehatan", "Puskesmas Contoh")
    )
    assert kab == Body(kab.id, "Kabupaten Contoh", Jenis.KABUPATEN, None, 5, None)
    assert pkm == Body(pkm.id, "Puskesmas Contoh", Jenis.PUSKESMAS, dinkes.id, 6, "PKM Contoh")
    assert directory.line(pkm.id) == (pkm, dinkes, kab)
    (asisten,) = directory.resolve(Peran.ASISTEN, pkm.id, TODAY)
    assert asisten.label == "Asisten I, Kabupaten Contoh"
    assert directory.resolve(Peran.ADMIN_OPD, pkm.id, TODAY) == []  # he has no phone
    usable = [
        bool(directory.resolve(Peran.KEPALA_OPD, pkm.id, day))
        for day in (TODAY - DAY, TODAY, date(2026, 11, 30), date(2026, 12, 1))
    ]
    assert usable == [False, True, True, False]


def test_five_thousand_rows_in_seconds(sqlite_url: str) -> None:
    kinds = ("admin_opd", "pejabat_penghubung", "kepala_opd")
    rows = [
        {
            "instansi": f"Dinas {n // 3}",
            "jenis": "opd",
            "induk": "Kabupaten Contoh",
            "peran": kinds[n % 3],
            "jabatan": f"Jabatan {n % 3}",
            "nama": f"Orang {n}",
            "nip": f"{190000000000000000 + n}",
            "telepon": f"0811-{n // 10000:04d}-{n % 10000:04d}",
            "id_sp4n": f"{n // 3}",
        }
        for n in range(5000)
    ]
    engine = make_engine(sqlite_url)
    start = time.process_time()
    with writing(engine) as connection:
        report = import_directory(connection, SEAL, sheet(KAB, *rows), name="d.csv", today=TODAY)
    assert time.process_time() - start < 3
    assert counts(report) == (5001, 5001, 0)
    engine.dispose()


def test_two_imports_at_once_wait_for_each_other(engine: Engine) -> None:
    data = sheet(KAB, {**ADMIN, "telepon": "0811-0000-0015"}, KEPALA)
    start = Barrier(4)

    def run(_: int) -> int:
        start.wait()
        with writing(engine) as connection:
            report = import_directory(connection, SEAL, data, name="d.csv", today=TODAY)
        return report.added

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(run, range(4))) == [0, 0, 0, 3]


# --- bad rows -------------------------------------------------------------------------------


def test_a_bad_row_is_named_and_the_rest_goes_in(engine: Engine) -> None:
    report = bring_in(
        engine,
        KAB,
        {**ADMIN, "telepon": "0323-321001"},
        {**KEPALA, "induk": "Kabupaten Lain"},
        {**ADMIN, "jabatan": "Admin II"},
    )
    assert (report.read, report.added) == (4, 2)
    assert report.rejected == [
        (3, "nomor telepon bukan nomor telepon seluler"),
        (4, "induk “Kabupaten Lain” tidak ada dalam berkas maupun direktori"),
    ]
    assert total(engine, Post) == 1


def test_a_row_that_does_not_fit_contradicts_nobody(engine: Engine) -> None:
    bring_in(engine, {**KAB, "id_sp4n": "1"})
    report = bring_in(
        engine,
        {**ADMIN, "induk": "Kabupaten Lain", "id_sp4n": "3"},
        {**KEPALA, "id_sp4n": "1"},
        {**ADMIN, "id_sp4n": "2"},
        {**KEPALA, "id_sp4n": "3"},
    )
    assert report.added == 1
    assert report.rejected == [
        (2, "induk “Kabupaten Lain” tidak ada dalam berkas maupun direktori"),
        (3, "id_sp4n sudah dipakai “Kabupaten Contoh”"),
        (5, "id_sp4n berbeda dengan baris 4"),
    ]


def test_rows_fall_with_the_instansi_they_stand_under(engine: Engine) -> None:
    one = {"instansi": "Satu", "jenis": "opd", "induk": "Tiada"}
    two = {"instansi": "Dua", "jenis": "opd", "induk": "Satu"}
    three = {"instansi": "Tiga", "jenis": "puskesmas", "induk": "Dua"}
    asisten = {**ASISTEN, "membawahi": "Dua;Dinas Kesehatan"}
    report = bring_in(engine, three, two, one, asisten, KAB, DINKES)
    missing = "tidak ada dalam berkas maupun direktori"
    assert report.rejected == [
        (2, f"induk “Dua” {missing}"),
        (3, f"induk “Satu” {missing}"),
        (4, f"induk “Tiada” {missing}"),
        (5, f"membawahi “Dua” {missing}"),
    ]
    assert total(engine, Instansi) == 2


def test_an_instansi_may_stand_under_one_that_is_already_known(engine: Engine) -> None:
    bring_in(engine, KAB, DINKES)
    assert counts(bring_in(engine, {**ADMIN, "induk": "KABUPATEN contoh"})) == (1, 1, 0)
    assert total(engine, Instansi) == 2


def test_no_instansi_stands_under_itself(engine: Engine) -> None:
    circle = [
        {"instansi": name, "jenis": "opd", "induk": above}
        for name, above in (("A", "B"), ("B", "C"), ("C", "A"))
    ]
    below = {"instansi": "D", "jenis": "opd", "induk": "A"}
    report = bring_in(engine, *circle, below)
    reason = "induk berputar: menurut berkas, instansi ini berada di bawah dirinya sendiri"
    assert report.rejected == [
        *((row, reason) for row in (2, 3, 4)),
        (5, "induk “A” tidak ada dalam berkas maupun direktori"),
    ]


def test_a_circle_closed_with_what_is_known_is_refused(engine: Engine) -> None:
    bring_in(engine, KAB, DINKES)
    report = bring_in(engine, {**KAB, "induk": "Dinas Kesehatan"})
    assert [row for row, _ in report.rejected] == [2]
    with reading(engine) as connection:
        directory = load_directory(connection)
    assert [body.induk_id is None for body in directory.bodies.values()] == [True, False]


def test_two_instansi_cannot_have_one_id_of_sp4n(engine: Engine) -> None:
    bring_in(engine, {**KAB, "id_sp4n": "9002"})
    other = {"instansi": "Dinas Sosial", "jenis": "opd", "id_sp4n": "9003"}
    report = bring_in(
        engine, {**DINKES, "id_sp4n": "9002"}, other, {**other, "instansi": "Dinas Lain"}
    )
    assert report.rejected == [
        (2, "id_sp4n sudah dipakai “Kabupaten Contoh”"),
        (4, "id_sp4n sudah dipakai “Dinas Sosial”"),
    ]


def test_ids_of_sp4n_may_be_exchanged(engine: Engine) -> None:
    bring_in(engine, {**KAB, "id_sp4n": "1"}, {**DINKES, "id_sp4n": "2"})
    report = bring_in(engine, {**KAB, "id_sp4n": "2"}, {**DINKES, "id_sp4n": "1"})
    assert counts(report) == (2, 0, 2)


def test_a_name_of_sp4n_points_at_one_instansi(engine: Engine) -> None:
    names = "Dinkes Kab.  Contoh;dinas KESEHATAN;Kesehatan Contoh"
    bring_in(engine, KAB, {**DINKES, "nama_sp4n": names})
    with reading(engine) as connection:
        aliases = connection.execute(select(InstansiAlias.nama)).scalars().all()
    assert set(aliases) == {"dinkes kab. contoh", "dinas kesehatan", "kesehatan contoh"}
    other = {"instansi": "RSUD Contoh", "jenis": "opd"}
    assert bring_in(engine, {**other, "nama_sp4n": "DINKES kab. contoh"}).rejected == [
        (2, "nama_sp4n “DINKES kab. contoh” sudah menunjuk “Dinas Kesehatan”")
    ]
    assert bring_in(engine, {**other, "nama_sp4n": "Kabupaten Contoh"}).rejected == [
        (2, "nama_sp4n “Kabupaten Contoh” sudah menunjuk “Kabupaten Contoh”")
    ]
    more = {**DINKES, "nama_sp4n": "Dinas Kesehatan Contoh"}
    assert counts(bring_in(engine, more)) == (1, 0, 1)
    assert total(engine, InstansiAlias) == 4


# --- instansi and posts ---------------------------------------------------------------------


def test_a_blank_cell_leaves_an_instansi_as_it_is(engine: Engine) -> None:
    bring_in(engine, KAB, {**DINKES, "hari_kerja": "6", "singkatan": "Dinkes", "id_sp4n": "7"})
    assert counts(bring_in(engine, {"instansi": "Dinas Kesehatan", "jenis": "opd"})) == (1, 0, 0)
    assert counts(bring_in(engine, {**DINKES, "hari_kerja": "5"}, DINKES)) == (2, 0, 1)
    with reading(engine) as connection:
        columns = (Instansi.hari_kerja, Instansi.singkatan, Instansi.id_sp4n)
        row = connection.execute(select(*columns).where(Instansi.singkatan.is_not(None))).one()
    assert tuple(row) == (5, "Dinkes", "7")


def test_labels_are_told_apart_by_the_role(engine: Engine) -> None:
    roles = ("admin_opd", "pejabat_penghubung", "kepala_opd")
    rows = [{**DINKES, "peran": peran, "jabatan": "Sekretaris"} for peran in roles[:2]]
    bring_in(engine, KAB, *rows)
    assert counts(bring_in(engine, {**rows[0], "peran": roles[2]})) == (1, 1, 0)
    with reading(engine) as connection:
        labels = connection.execute(select(Post.label).order_by(Post.id)).scalars().all()
    assert labels == [
        "Sekretaris, Dinas Kesehatan",
        "Sekretaris, Dinas Kesehatan (pejabat_penghubung)",
        "Sekretaris, Dinas Kesehatan (kepala_opd)",
    ]


def test_labels_that_a_comma_makes_equal_are_told_apart(engine: Engine) -> None:
    long = {"instansi": "Perikanan, Kelautan", "jenis": "opd", "peran": "admin_opd"}
    short = {"instansi": "Kelautan", "jenis": "opd", "peran": "admin_opd"}
    bring_in(engine, {**long, "jabatan": "Admin"}, {**short, "jabatan": "Admin, Perikanan"})
    with reading(engine) as connection:
        labels = connection.execute(select(Post.label).order_by(Post.id)).scalars().all()
    assert labels == ["Admin, Perikanan, Kelautan", "Admin, Perikanan, Kelautan (admin_opd)"]


def test_membawahi_is_replaced_and_a_blank_one_stays(engine: Engine) -> None:
    sosial = {"instansi": "Dinas Sosial", "jenis": "opd"}
    bring_in(engine, KAB, DINKES, sosial, {**ASISTEN, "membawahi": "Dinas Kesehatan"})

    def covered() -> list[str]:
        query = select(Instansi.nama).join(Cover, Cover.instansi_id == Instansi.id)
        with reading(engine) as connection:
            return sorted(connection.execute(query).scalars())

    assert counts(bring_in(engine, ASISTEN)) == (1, 0, 0)
    assert covered() == ["Dinas Kesehatan"]
    both = {**ASISTEN, "membawahi": "Dinas Sosial|Dinas Kesehatan"}
    assert counts(bring_in(engine, both)) == (1, 0, 1)
    assert covered() == ["Dinas Kesehatan", "Dinas Sosial"]
    assert counts(bring_in(engine, {**ASISTEN, "membawahi": "DINAS SOSIAL"})) == (1, 0, 1)
    assert covered() == ["Dinas Sosial"]
