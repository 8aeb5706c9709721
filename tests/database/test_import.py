"""What an export's rows become when they are first seen: status, clocks, notices, holds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, text

from bot.sp4n import importer
from bot.sp4n.applier import DisposedAt
from config.terms import Clock, Klasifikasi, Status
from scheduler.store.columns import Base
from scheduler.store.session import reading, writing
from tests.database.builders import REQUIRED, Kabupaten, at, kabupaten, row

ANSWERING = {Clock.RESPON: 1, Clock.PENYELESAIAN: 1}
NOON = "2026-05-04T12:00"  # a Monday


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Kabupaten]:
    with kabupaten(database_url, tmp_path) as opened:
        yield opened


# --- shapes of the file -----------------------------------------------------------------------


@pytest.mark.parametrize("preamble", [True, False])
def test_both_header_positions(office: Kabupaten, preamble: bool) -> None:
    report = office.import_([row()], NOON, preamble=preamble, generated="04 May 2026")
    assert report.counts == {
        "read": 1,
        "added": 1,
        "updated": 0,
        "unchanged": 0,
        "held": 0,
        "rejected": 0,
    }
    # The end of that day has not come yet; without the date it is the import's own moment.
    assert [run.data_at for run in office.imports()] == [at(NOON)]


def test_the_snapshot_speaks_of_the_end_of_its_local_day(office: Kabupaten) -> None:
    office.import_([row()], NOON, generated="03 May 2026")
    assert office.imports()[0].data_at == at("2026-05-03T23:59:59")


def test_columns_that_an_export_leaves_out(office: Kabupaten) -> None:
    report = office.import_([row()], NOON, columns=REQUIRED)
    assert (report.added, report.rejected) == (1, [])
    case = office.case()
    assert (case.judul, case.isi, case.sumber, case.kategori) == ("Jalan berlubang", "", None, None)
    assert office.clocks() == ANSWERING
    # No time column: midnight in the zone of the export.
    assert case.received_at == at("2026-05-04T07:00")
    # The next export has them.
    full = row(pelapor="Pelapor Contoh", kecamatan="Contoh Kota")
    report = office.import_([full], "2026-05-04T13:00")
    assert report.updated == 1
    case = office.case()
    assert (case.kategori, case.lokasi) == ("Jalan Berlubang", "Contoh Kota")
    assert case.reporter_sealed is not None


# --- the map of statuses ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "status", "clocks", "events", "told"),
    [
        # A named instansi means nothing before the verification.
        ("Belum Terverifikasi", Status.BELUM_TERVERIFIKASI, {Clock.VERIFIKASI: 1}, [], []),
        ("Terverifikasi", Status.BELUM_DITINDAKLANJUTI, ANSWERING, ["dispose"], ["terima"] * 2),
        ("Ditanggapi oleh Pelapor", Status.PROSES, {Clock.TANGGAPAN: 1}, ["answer"], []),
        (
            "Menunggu Kelengkapan Informasi",
            Status.TUNDA,
            ANSWERING | {Clock.KELENGKAPAN: 1},
            ["dispose", "pause"],
            ["terima"] * 2,
        ),
        ("Ditutup oleh Sistem", Status.SELESAI, {}, ["close"], []),
        ("Ditutup oleh Pelapor", Status.SELESAI, {}, ["close"], []),
        ("Diarsipkan oleh Admin Instansi", Status.ARSIP, {}, ["archive"], []),
        ("Konten Terblokir", Status.ARSIP, {}, ["archive"], []),
    ],
)
def test_each_status_first_seen_with_an_opd(
    office: Kabupaten,
    text: str,
    status: Status,
    clocks: dict[Clock, int],
    events: list[str],
    told: list[str],
) -> None:
    office.import_([row(status=text)], NOON)
    assert office.status() is status
    assert office.clocks() == clocks
    assert office.trail() == ["receive", *events]
    assert [notice.step for notice in office.told()] == told
    case = office.case()
    assert case.hidden == (text == "Konten Terblokir")
    # When it was closed or answered the export does not say: null, not a guess.
    assert (case.closed_at, case.answered_at) == (None, None)
    disposed = text in ("Terverifikasi", "Menunggu Kelengkapan Informasi")
    assert case.disposed_at == (at("2026-05-04T09:00") if disposed else None)
    if text != "Belum Terverifikasi":
        assert case.instansi_id == office.body("DPU")


@pytest.mark.parametrize(
    ("text", "status", "clocks", "events"),
    [
        ("Belum Terverifikasi", Status.BELUM_TERVERIFIKASI, {Clock.VERIFIKASI: 1}, []),
        ("Terverifikasi", Status.BELUM_DITINDAKLANJUTI, {Clock.VERIFIKASI: 1}, ["verify"]),
        ("Ditanggapi oleh Pelapor", Status.PROSES, {Clock.TANGGAPAN: 1}, ["answer"]),
        ("Menunggu Kelengkapan Informasi", Status.TUNDA, {Clock.KELENGKAPAN: 1}, ["pause"]),
        ("Ditutup oleh Sistem", Status.SELESAI, {}, ["close"]),
    ],
)
def test_the_kabupaten_itself_or_a_blank_is_no_disposition(
    office: Kabupaten, text: str, status: Status, clocks: dict[Clock, int], events: list[str]
) -> None:
    places = ("", "-", "Pemerintah Kabupaten Contoh", "Kab. Contoh")
    rows = [row(str(9000001 + n), instansi=name, status=text) for n, name in enumerate(places)]
    report = office.import_(rows, NOON)
    assert (report.added, report.held) == (4, 0)
    for number in ("9000001", "9000002", "9000003", "9000004"):
        assert (office.status(number), office.clocks(number)) == (status, clocks)
        assert office.trail(number) == ["receive", *events]
        assert office.case(number).instansi_id is None
    assert office.told() == []


def test_verifikasi_counts_from_the_receipt_not_from_the_import(office: Kabupaten) -> None:
    office.import_([row(received="2026-04-29T15:00", instansi="")], "2026-04-30T09:00")
    # Wed 29 Apr; Fri 1 May is a day off: D+2 is Mon 4 May, D+3 Tue 5 May.
    office.tick("2026-05-04T07:59")
    assert office.told() == []
    office.tick("2026-05-04T08:00", "2026-05-05T15:59")
    assert [(n.step, n.post) for n in office.told()] == [("ingat", "Admin Kominfo")]
    office.tick("2026-05-05T16:00")
    assert [n.step for n in office.told()] == ["ingat", "lewat"]


# --- when it was disposed ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "moment"),
    [
        ("received", "2026-04-27T09:00"),
        ("import", NOON),
        (at("2026-04-30T10:00"), "2026-04-30T10:00"),
        (at("2026-04-01T10:00"), "2026-04-27T09:00"),  # never before it was received
        (at("2026-06-01T10:00"), NOON),  # nor after the import
    ],
)
def test_disposed_at_of_rows_first_seen_disposed(
    office: Kabupaten, rule: DisposedAt, moment: str
) -> None:
    office.import_([row(received="2026-04-27T09:00")], NOON, disposed_at=rule)
    run = office.case().open_run(Clock.RESPON)
    assert run is not None
    assert (office.case().disposed_at, run.started_at) == (at(moment), at(moment))


@pytest.mark.parametrize(
    ("generated", "moment"),
    [
        ("05 May 2026", "2026-05-05T23:59:59"),  # the end of the local day
        ("06 May 2026", "2026-05-06T09:30"),  # never after the import
        ("02 May 2026", NOON),  # nor before the complaint's last event
        (None, "2026-05-06T09:30"),  # the import's own time where there is none
    ],
)
def test_a_later_disposition_takes_the_events_time_whatever_disposed_at_says(
    sqlite_url: str, tmp_path: Path, generated: str | None, moment: str
) -> None:
    rule: DisposedAt = at("2026-05-04T09:01")
    with kabupaten(sqlite_url, tmp_path) as office:
        office.import_([row(instansi="")], NOON, disposed_at=rule, preamble=False)
        # Nothing newer is known than what was read before, so that any date is news.
        with writing(office.engine) as connection:
            connection.execute(text("DELETE FROM import_runs"))
        office.import_([row()], "2026-05-06T09:30", disposed_at=rule, generated=generated)
        assert office.case().disposed_at == at(moment)
        assert office.clocks() == ANSWERING
        assert [n.due for n in office.told()] == [at(moment)] * 2


# --- what a person has to settle --------------------------------------------------------------


def test_unknown_instansi_and_status_hold_the_row_and_ask_once_a_word(office: Kabupaten) -> None:
    report = office.import_(
        [
            row("9000001", instansi="Dinas Pekerjaan"),
            row("9000002", instansi="Dinas Pekerjaan"),
            row("9000003", instansi="Badan Antariksa"),
            row("9000004", status="Diteruskan"),
            row("9000005", status="Diteruskan", instansi="Dinas Pendidikan"),
            row("9000006", status="", instansi=""),
            row("9000007"),
        ],
        NOON,
    )
    assert (report.added, report.held, report.rejected) == (7, 6, [])
    held = dict(office.columns("tracking_id", "hold_reason"))
    assert held["9000001"] == (
        'instansi SP4N "Dinas Pekerjaan" tidak dikenal; mungkin: Dinas Pekerjaan Umum'
    )
    assert held["9000003"] == 'instansi SP4N "Badan Antariksa" tidak dikenal'
    assert held["9000004"] == 'status SP4N "Diteruskan" tidak dikenal'
    assert held["9000006"] == 'status SP4N "" tidak dikenal'
    assert held["9000007"] is None
    assert all(office.clocks(str(number)) == {} for number in range(9000001, 9000007))
    asked = [n for n in office.told() if n.step == "ask"]
    assert [n.post for n in asked] == ["Admin Kominfo"] * 4
    office.tick("2026-05-04T12:01", "2026-06-04T12:00")
    for number in range(9000001, 9000007):
        assert office.steps(str(number)) in ([], ["ask"])
    [(digest, posts)] = [m for m in office.messages() if "Admin Kominfo" in m[1]][:1]
    assert posts == ["Admin Kominfo"]
    assert "#9000001" in digest


def test_a_word_is_asked_once_however_many_batches(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importer, "BATCH", 2)
    with kabupaten(sqlite_url, tmp_path) as office:
        office.import_([row(str(9000001 + n), status="Diteruskan") for n in range(5)], NOON)
        assert [n.step for n in office.told()] == ["ask"]


def test_the_same_word_is_asked_again_by_another_import_but_not_by_the_same_row(
    office: Kabupaten,
) -> None:
    office.import_([row("9000001", status="Diteruskan")], NOON)
    report = office.import_(
        [row("9000001", status="Diteruskan"), row("9000002", status="Diteruskan")],
        "2026-05-05T12:00",
    )
    assert (report.added, report.unchanged, report.held) == (1, 1, 2)
    assert office.steps("9000001") == ["ask"]
    assert office.steps("9000002") == ["ask"]


def test_a_closed_complaint_of_an_unknown_instansi_waits_for_nobody(office: Kabupaten) -> None:
    report = office.import_([row(instansi="Badan Antariksa", status="Ditutup oleh Sistem")], NOON)
    assert (report.held, office.status(), office.told()) == (0, Status.SELESAI, [])


# --- rows that cannot go in -------------------------------------------------------------------


def test_duplicates_in_a_file_the_first_stays(office: Kabupaten) -> None:
    report = office.import_(
        [row(judul="Yang pertama"), row("9000002"), row(judul="Yang kedua")], NOON
    )
    assert (report.read, report.added) == (3, 2)
    assert [(p.number, p.tracking_id, p.reason) for p in report.rejected] == [
        (14, "9000001", 'Kolom "Tracking ID": 9000001 sudah ada di baris 12.')
    ]
    assert office.case().judul == "Yang pertama"
    assert office.imports()[0].rejected == 1


def test_a_row_that_the_database_refuses_is_named_and_the_others_go_in(office: Kabupaten) -> None:
    with writing(office.engine) as connection:
        if connection.dialect.name == "sqlite":
            refuse = (
                "CREATE TRIGGER refuse BEFORE INSERT ON complaints WHEN NEW.judul = 'Ditolak' "
                "BEGIN SELECT RAISE(ABORT, 'refused'); END"
            )
        else:
            refuse = "ALTER TABLE complaints ADD CONSTRAINT refuse CHECK (judul <> 'Ditolak')"
        connection.execute(text(refuse))
    rows = [row(str(9000000 + n), judul="Ditolak" if n == 3 else "Biasa") for n in range(1, 6)]
    # The question of a batch that failed is asked all the same when its rows go one by one.
    rows[0]["Instansi Terdisposisi"] = "Badan Antariksa"
    report = office.import_(rows, NOON)
    assert (report.added, report.held) == (4, 1)
    assert [(p.number, p.tracking_id, p.reason) for p in report.rejected] == [
        (14, "9000003", "baris tidak dapat disimpan.")
    ]
    assert [key for (key,) in office.columns("tracking_id")] == [
        "9000001",
        "9000002",
        "9000004",
        "9000005",
    ]
    assert office.steps("9000001") == ["ask"]
    assert office.clocks("9000005") == ANSWERING


def test_a_date_that_has_not_come_is_a_row_of_its_own(office: Kabupaten) -> None:
    report = office.import_(
        [row("9000001", received="2026-05-04T12:00"), row("9000002", received="2026-05-04T12:01")],
        NOON,
    )
    assert report.added == 1
    assert [p.reason for p in report.rejected] == [
        'Kolom "Tanggal Laporan Masuk": tanggal 04-05-2026 belum tiba.'
    ]


# --- people -----------------------------------------------------------------------------------


def test_the_reporter_is_sealed_and_nowhere_in_clear(office: Kabupaten) -> None:
    secrets = ["Rahmat Pelapor Contoh", "0811-0000-9999", "0000000000000001"]
    isi = f"Saya {secrets[1]}, NIK {secrets[2]}, melapor."
    office.import_(
        [
            row("9000001", pelapor=secrets[0], isi=isi),
            row("9000002", pelapor=secrets[0], isi=isi, tipe="Anonim"),
        ],
        NOON,
    )
    office.tick("2026-05-04T12:01")
    named, anonymous = office.case("9000001"), office.case("9000002")
    assert named.reporter_sealed is not None
    assert office.opened.seal.open(named.reporter_sealed) == secrets[0]
    assert anonymous.reporter_sealed is None
    with reading(office.engine) as connection:
        for table in Base.metadata.sorted_tables:
            stored = repr(connection.execute(select(table)).all())
            assert not [secret for secret in secrets if secret in stored], table.name


def test_a_blank_klasifikasi_counts_as_tidak_berkadar(office: Kabupaten) -> None:
    office.import_([row(klasifikasi="")], NOON)
    case = office.case()
    assert case.klasifikasi is None
    assert case.counted_as is Klasifikasi.TIDAK_BERKADAR
    run = case.open_run(Clock.PENYELESAIAN)
    assert run is not None
    # 14 working days after Mon 4 May: 14, 15, 27 and 28 May and 1 June are days off.
    assert run.limit_at == at("2026-05-26T16:00")


@pytest.mark.parametrize(
    ("klasifikasi", "limit"),
    [
        ("Permintaan Informasi", "2026-05-11T16:00"),
        ("Aspirasi", "2026-05-26T16:00"),
        ("Pengaduan Tidak Berkadar Pengawasan", "2026-05-26T16:00"),
    ],
)
def test_a_new_klasifikasi_moves_the_limit_of_penyelesaian(
    office: Kabupaten, klasifikasi: str, limit: str
) -> None:
    office.import_([row(klasifikasi="Pengaduan Berkadar Pengawasan")], NOON)
    before = office.case().open_run(Clock.PENYELESAIAN)
    assert before is not None
    assert before.limit_at is not None
    assert before.limit_at > at("2026-07-28T00:00")  # 60 working days
    office.import_([row(klasifikasi=klasifikasi)], "2026-05-05T12:00")
    after = office.case().open_run(Clock.PENYELESAIAN)
    assert after is not None
    assert (after.limit_at, after.next_look_at) == (at(limit), at(limit))
