"""An export is a snapshot: what a second one changes, what it leaves alone, what it repeats."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.sp4n import importer
from bot.sp4n.container import SheetError
from config.terms import Clock, Status
from tests.database.builders import Kabupaten, at, kabupaten, row

ANSWERING = {Clock.RESPON: 1, Clock.PENYELESAIAN: 1}
NOON = "2026-05-04T12:00"  # a Monday
NEXT = "2026-05-05T12:00"
ANTARIKSA = "Badan Antariksa"


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Kabupaten]:
    with kabupaten(database_url, tmp_path) as opened:
        yield opened


def limits(office: Kabupaten, clock: Clock) -> list[object]:
    return [run.limit_at for run in office.runs() if run.clock is clock]


# --- the same again ---------------------------------------------------------------------------

STATUSES = (
    "Belum Terverifikasi",
    "Terverifikasi",
    "Ditanggapi oleh Pelapor",
    "Menunggu Kelengkapan Informasi",
    "Ditutup oleh Sistem",
    "Konten Terblokir",
    "Diteruskan",
)


def every_kind() -> list[dict[str, str]]:
    """Every status with an OPD, with none, with the kabupaten itself and with a stranger."""
    places = ("Dinas Pekerjaan Umum", "", "Pemerintah Kabupaten Contoh", ANTARIKSA)
    pairs = [(status, place) for status in STATUSES for place in places]
    return [
        row(str(9000001 + n), status=status, instansi=place, pelapor="Pelapor Contoh", rating="4")
        for n, (status, place) in enumerate(pairs)
    ]


def test_importing_again_changes_nothing_and_adds_one_import(office: Kabupaten) -> None:
    first = office.import_(every_kind(), NOON, generated="04 May 2026")
    before = office.counts()
    told = office.told()
    second = office.import_(every_kind(), "2026-05-04T12:05", generated="04 May 2026")
    assert (second.added, second.updated, second.unchanged) == (0, 0, first.added)
    assert second.held == first.held
    assert office.counts() == {**before, "import_runs": before["import_runs"] + 1}
    assert office.told() == told


def test_a_crash_in_the_middle_then_again_is_as_one_import(
    database_url: str, sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importer, "BATCH", 5)

    def crash(done: int, _total: int | None) -> None:
        if done == 15:
            raise KeyboardInterrupt

    columns = ("tracking_id", "status", "instansi_id", "hold_reason", "disposed_at", "sp4n_status")
    with kabupaten(database_url, tmp_path) as office:
        with pytest.raises(KeyboardInterrupt):
            office.import_(every_kind(), NOON, progress=crash)
        assert office.counts()["complaints"] == 15
        assert office.imports() == []
        report = office.import_(every_kind(), NOON)
        assert (report.added, report.unchanged, report.updated) == (13, 15, 0)
        broken = (office.columns(*columns), office.counts())
        broken_told = [(n.step, n.post, n.due) for n in office.told()]
    if database_url == sqlite_url:
        return  # the reference below needs a database of its own
    with kabupaten(sqlite_url, tmp_path) as office:
        office.import_(every_kind(), NOON)
        whole = (office.columns(*columns), office.counts())
        # A second run asks its words again; everything else is the same to the row.
        asked = [n for n in broken_told if n[0] == "ask"]
        assert len(asked) >= len([n for n in office.told() if n.step == "ask"])
        assert [n for n in broken_told if n[0] != "ask"] == [
            (n.step, n.post, n.due) for n in office.told() if n.step != "ask"
        ]
    assert broken[0] == whole[0]
    for table in ("complaints", "clock_runs", "run_steps", "run_pauses", "import_runs"):
        assert broken[1][table] == whole[1][table], table


def test_a_file_that_breaks_off_leaves_what_was_read(office: Kabupaten, tmp_path: Path) -> None:
    path = tmp_path / "rusak.xlsx"
    path.write_bytes(b"PK\x03\x04 bukan ekspor")
    with pytest.raises(SheetError, match=r"rusak\.xlsx"):
        office.import_file(path, NOON)
    assert office.imports() == []


# --- forward ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "status", "clocks", "event"),
    [
        ("Ditanggapi oleh Pelapor", Status.PROSES, {Clock.TANGGAPAN: 1}, "answer"),
        ("Ditutup oleh Sistem", Status.SELESAI, {}, "close"),
        ("Diarsipkan oleh Admin Instansi", Status.ARSIP, {}, "archive"),
        ("Konten Terblokir", Status.ARSIP, {}, "archive"),
    ],
)
def test_an_answer_or_an_end_stops_the_ladder_and_what_is_unsent(
    office: Kabupaten, text: str, status: Status, clocks: dict[Clock, int], event: str
) -> None:
    office.import_([row()], NOON)
    office.tick(NOON, "2026-05-05T08:00")
    office.sweep("2026-05-06T16:00")  # Surat I is decided, nothing is sent yet
    assert "surat_1" in office.steps(status="pending")
    report = office.import_([row(status=text)], "2026-05-06T16:01", generated="06 May 2026")
    assert report.updated == 1
    assert (office.status(), office.clocks()) == (status, clocks)
    assert office.trail()[-1] == event
    assert office.steps(status="pending") == []
    assert office.steps(status="cancelled") == ["surat_1"]
    assert office.case().hidden == (text == "Konten Terblokir")
    office.tick("2026-05-06T16:02", "2026-05-25T16:00")
    assert office.steps() == ["terima", "ingat", "surat_1", *(["batas"] if clocks else [])]


def test_forward_only_an_older_export_changes_nothing_back(office: Kabupaten) -> None:
    old = [
        row("9000001", instansi="", judul="Judul lama", kategori="Lain"),
        row("9000002", instansi="Dinas Pendidikan"),
        row("9000003", status="Menunggu Kelengkapan Informasi"),
        row("9000004", status="Terverifikasi"),
        row("9000005", instansi=ANTARIKSA),
    ]
    new = [
        row("9000001", judul="Judul baru", kategori="Jalan"),
        row("9000002"),
        row("9000003", tipe="Rahasia"),
        row("9000004", status="Menunggu Kelengkapan Informasi"),
        row("9000005"),
    ]
    office.import_(new, NOON, generated="04 May 2026")
    before = office.columns("status", "instansi_id", "hold_reason", "judul", "kategori", "rahasia")
    counts, told = office.counts(), office.told()
    report = office.import_(old, NEXT, generated="03 May 2026")
    assert (report.unchanged, report.held) == (5, 0)
    after = office.columns("status", "instansi_id", "hold_reason", "judul", "kategori", "rahasia")
    assert after == before
    assert office.told() == told
    assert office.counts() == {**counts, "import_runs": 2}
    # And what was newest is still no news afterwards.
    report = office.import_(new, "2026-05-06T12:00", generated="05 May 2026")
    assert (report.unchanged, office.told()) == (5, told)


def test_an_end_that_only_an_older_export_shows_is_believed(office: Kabupaten) -> None:
    """Exports are often of one period: the newest one may have left this complaint out."""
    office.import_([row()], NOON, generated="03 May 2026")
    office.import_([row("9000002")], NEXT, generated="05 May 2026")
    office.import_([row(status="Ditutup oleh Sistem")], NEXT, generated="04 May 2026")
    assert (office.status(), office.clocks()) == (Status.SELESAI, {})


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("Ditanggapi oleh Pelapor", "Terverifikasi"),
        ("Ditanggapi oleh Pelapor", "Belum Terverifikasi"),
        ("Ditutup oleh Sistem", "Ditanggapi oleh Pelapor"),
        ("Ditutup oleh Sistem", "Diarsipkan oleh Sistem"),
        ("Terverifikasi", "Belum Terverifikasi"),
    ],
)
def test_no_status_goes_back(sqlite_url: str, tmp_path: Path, first: str, then: str) -> None:
    with kabupaten(sqlite_url, tmp_path) as office:
        office.import_([row(status=first)], NOON)
        status, clocks, trail = office.status(), office.clocks(), office.trail()
        office.import_([row(status=then)], NEXT)
        assert (office.status(), office.clocks(), office.trail()) == (status, clocks, trail)


def test_verification_then_disposition_then_answer(office: Kabupaten) -> None:
    office.import_([row(status="Belum Terverifikasi", instansi="")], NOON)
    assert office.clocks() == {Clock.VERIFIKASI: 1}
    office.import_([row(instansi="")], NEXT)
    assert (office.status(), office.clocks()) == (
        Status.BELUM_DITINDAKLANJUTI,
        {Clock.VERIFIKASI: 1},
    )
    office.import_([row()], "2026-05-06T12:00")
    assert office.clocks() == ANSWERING
    office.import_([row(status="Ditanggapi oleh Pelapor")], "2026-05-07T12:00")
    assert office.clocks() == {Clock.TANGGAPAN: 1}
    assert office.trail() == ["receive", "verify", "dispose", "answer"]
    assert office.case().answered_at == at("2026-05-07T12:00")


# --- tunda ------------------------------------------------------------------------------------


def test_tunda_pauses_and_moves_later_due_times_by_k_working_days(office: Kabupaten) -> None:
    tunda = "Menunggu Kelengkapan Informasi"
    office.import_([row()], NOON, generated="04 May 2026")
    office.tick(NOON, "2026-05-05T08:00")
    office.import_(
        [row(status=tunda, alasan="Lokasi kurang jelas")],
        "2026-05-06T10:00",
        generated="05 May 2026",
    )
    assert (office.status(), office.case().alasan) == (Status.TUNDA, "Lokasi kurang jelas")
    assert office.clocks() == ANSWERING | {Clock.KELENGKAPAN: 1}
    office.tick("2026-05-06T16:00", "2026-05-11T16:00")
    assert office.steps() == ["terima", "ingat"]
    # Paused on the 5th (the end of the snapshot's day), resumed Monday 11 May at the end of its
    # day: the working dates 6, 7, 8 and 11 May are four. Surat I moves from Wed 6 to Tue 12 May.
    office.import_([row()], "2026-05-12T09:00", generated="11 May 2026")
    assert (office.status(), office.clocks()) == (Status.BELUM_DITINDAKLANJUTI, ANSWERING)
    office.tick("2026-05-12T15:59")
    assert office.steps() == ["terima", "ingat"]
    office.tick("2026-05-12T16:00")
    assert office.steps() == ["terima", "ingat", "surat_1"]
    assert office.told()[-1].due == at("2026-05-12T16:00")
    # The limit has moved by as much: D+3 is Thu 7 May, four working days later Wed 13 May.
    assert limits(office, Clock.RESPON) == [at("2026-05-13T16:00")]


def test_tunda_may_follow_and_precede_any_open_status(sqlite_url: str, tmp_path: Path) -> None:
    tunda = "Menunggu Kelengkapan Informasi"
    with kabupaten(sqlite_url, tmp_path) as office:
        office.import_([row(status="Belum Terverifikasi", instansi="")], NOON)
        office.import_([row(status=tunda, instansi="")], NEXT)
        assert office.clocks() == {Clock.KELENGKAPAN: 1}
        office.import_([row(instansi="")], "2026-05-06T12:00")
        assert office.status() is Status.BELUM_DITINDAKLANJUTI
        # The verification begins anew with what was missing: no step is due at once.
        assert office.clocks() == {Clock.VERIFIKASI: 2}
        office.import_([row(status=tunda)], "2026-05-07T12:00")
        assert office.clocks() == ANSWERING | {Clock.KELENGKAPAN: 2}
        office.import_([row(status="Ditanggapi oleh Pelapor")], "2026-05-08T12:00")
        assert office.clocks() == {Clock.TANGGAPAN: 1}
        office.import_([row(status=tunda)], "2026-05-11T12:00")
        assert office.clocks() == {Clock.KELENGKAPAN: 3}
        office.import_([row(status="Ditanggapi oleh Pelapor")], "2026-05-12T12:00")
        assert office.clocks() == {Clock.TANGGAPAN: 2}
        office.import_([row(status=tunda)], "2026-05-13T12:00")
        office.import_([row(status="Ditutup oleh Sistem")], "2026-05-18T12:00")
        assert (office.status(), office.clocks()) == (Status.SELESAI, {})


def test_verification_after_a_tunda_counts_from_its_end(office: Kabupaten) -> None:
    tunda = row(received="2026-03-02T09:00", instansi="", status="Menunggu Kelengkapan Informasi")
    office.import_([tunda], NOON)
    office.import_([tunda | {"Status Laporan": "Terverifikasi"}], NEXT)
    office.tick(NEXT, "2026-05-07T07:59")
    assert office.told() == []
    office.tick("2026-05-07T08:00")  # the second working day after its end
    assert office.steps() == ["ingat"]


def test_tunda_of_one_first_seen_in_process_gives_its_wait_back(office: Kabupaten) -> None:
    office.import_([row(status="Ditanggapi oleh Pelapor", instansi="")], NOON)
    office.import_([row(status="Menunggu Kelengkapan Informasi", instansi="")], NEXT)
    office.import_([row(status="Ditanggapi oleh Pelapor", instansi="")], "2026-05-06T12:00")
    assert (office.status(), office.clocks()) == (Status.PROSES, {Clock.TANGGAPAN: 2})


# --- another instansi -------------------------------------------------------------------------


def test_a_changed_instansi_is_a_new_run_and_a_recall(office: Kabupaten) -> None:
    office.import_([row(received="2026-05-04T09:00")], NOON)
    office.tick(NOON)  # terima is sent
    office.sweep("2026-05-06T16:00")  # Surat I is decided, not sent
    office.import_([row(instansi="Dinas Pendidikan")], "2026-05-06T16:01", generated="05 May 2026")
    assert office.clocks() == {Clock.RESPON: 2, Clock.PENYELESAIAN: 2}
    told = office.told()
    assert [(n.step, n.post) for n in told if n.status == "cancelled"] == [
        ("surat_1", "Admin DPU"),
        ("surat_1", "Kepala DPU"),
    ]
    # Only who was told is asked to ignore it: the head of the office had heard nothing yet.
    recalled = [n.post for n in told if n.step == "dispose"]
    assert sorted(recalled) == ["Admin DPU", "Sekretaris DPU"]
    # The new run counts from the end of the snapshot's day, Tuesday: D+1 is Wednesday.
    run = next(r for r in office.runs() if r.run_no == 2 and r.clock is Clock.RESPON)
    assert run.started_at == at("2026-05-05T23:59:59")
    office.tick("2026-05-06T16:02")
    texts = [text for text, posts in office.messages() if posts == ["Sekretaris DPU"]]
    assert "abaikan" in texts[-1].lower()
    assert [n.post for n in office.told() if n.step == "terima"][2:] == [
        "Admin Disdik",
        "Sekretaris Disdik",
    ]


@pytest.mark.parametrize("shown", ["Dinas Pekerjaan Umum", "", "Pemerintah Kabupaten Contoh"])
def test_an_own_disposition_is_not_undone(sqlite_url: str, tmp_path: Path, shown: str) -> None:
    with kabupaten(sqlite_url, tmp_path) as office:
        office.import_([row(instansi="Dinas Pekerjaan Umum")], NOON)
        office.dispose("9000001", "2026-05-04T13:00", "Disdik")
        clocks = office.clocks()
        for day in ("05", "06"):
            office.import_([row(instansi=shown)], f"2026-05-{day}T12:00")
            assert office.case().instansi_id == office.body("Disdik")
            assert office.clocks() == clocks == {Clock.RESPON: 2, Clock.PENYELESAIAN: 2}
        # The same office under its number and in other words is the same office.
        office.import_([row(instansi="DPU", id="9003")], "2026-05-07T12:00")
        assert office.clocks() == clocks
        office.import_([row(instansi="Dinas Pendidikan", id="9004")], "2026-05-08T12:00")
        assert office.clocks() == clocks


def test_an_own_disposition_of_one_not_disposed_in_sp4n_stays(office: Kabupaten) -> None:
    office.import_([row(instansi="")], NOON)
    office.dispose("9000001", "2026-05-04T13:00")
    office.import_([row(instansi="")], NEXT)
    assert (office.clocks(), office.case().instansi_id) == (ANSWERING, office.body("DPU"))


def test_what_an_office_gave_back_is_not_disposed_to_it_again(office: Kabupaten) -> None:
    office.import_([row()], NOON)
    office.do("9000001", "2026-05-04T13:00", lambda d, c: d.give_back(c, "kominfo", "bukan DPU"))
    report = office.import_([row()], NEXT)
    assert (report.unchanged, office.case().instansi_id) == (1, None)
    assert office.clocks() == {Clock.VERIFIKASI: 1}
    # Nor when something else about it is new.
    tunda = row(status="Menunggu Kelengkapan Informasi")
    office.import_([tunda], "2026-05-06T12:00")
    assert (office.case().instansi_id, office.clocks()) == (None, {Clock.KELENGKAPAN: 1})
    office.import_([row(instansi="Dinas Pendidikan")], "2026-05-07T12:00")
    assert office.clocks() == {Clock.RESPON: 2, Clock.PENYELESAIAN: 2}


@pytest.mark.parametrize(
    ("shown", "verb", "status"),
    [
        ("Terverifikasi", "pause", Status.TUNDA),
        ("Menunggu Kelengkapan Informasi", "resume", Status.BELUM_DITINDAKLANJUTI),
        ("Ditanggapi oleh Pelapor", "reopen", Status.BELUM_DITINDAKLANJUTI),
        ("Ditutup oleh Sistem", "reopen", Status.BELUM_DITINDAKLANJUTI),
    ],
)
def test_what_ingat_did_is_not_undone_by_what_sp4n_still_shows(
    sqlite_url: str, tmp_path: Path, shown: str, verb: str, status: Status
) -> None:
    with kabupaten(sqlite_url, tmp_path) as office:
        office.import_([row(status=shown)], NOON)
        office.do("9000001", "2026-05-04T13:00", lambda d, c: getattr(d, verb)(c, "kominfo"))
        assert office.status() is status
        clocks = office.clocks()
        report = office.import_([row(status=shown)], NEXT)
        assert (report.unchanged, office.status(), office.clocks()) == (1, status, clocks)
        office.import_([row(status="Diarsipkan oleh Sistem")], "2026-05-06T12:00")
        assert office.status() is Status.ARSIP


def test_a_row_before_the_complaints_last_event_is_refused(office: Kabupaten) -> None:
    office.import_([row(), row("9000002")], NOON)
    office.do("9000001", "2026-05-06T10:00", lambda d, c: d.accept(c, "opd"))
    rows = [row(status="Ditutup oleh Sistem"), row("9000002", status="Ditutup oleh Sistem")]
    report = office.import_(rows, "2026-05-06T09:59")
    (refused,) = report.rejected
    assert refused.tracking_id == "9000001"
    assert refused.reason == (
        "aduan 9000001: waktu 2026-05-06T09:59:00+07:00 mendahului kejadian terakhirnya "
        "(2026-05-06T10:00:00+07:00)."
    )
    assert report.updated == 1
    assert office.status("9000002") is Status.SELESAI
    assert office.status() is Status.BELUM_DITINDAKLANJUTI
    report = office.import_(rows, "2026-05-06T10:00")
    assert (report.updated, report.unchanged, office.status()) == (1, 1, Status.SELESAI)


def test_a_row_before_the_complaints_last_event_that_changes_nothing_is_fine(
    office: Kabupaten,
) -> None:
    office.import_([row()], NOON)
    office.do("9000001", "2026-05-06T10:00", lambda d, c: d.accept(c, "opd"))
    report = office.import_([row()], "2026-05-06T09:59")
    assert (report.rejected, report.unchanged) == ([], 1)
