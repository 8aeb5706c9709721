"""How a held row is settled, and what a later export may not take away."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from config.terms import Clock, Status
from tests.database.builders import Kabupaten, at, directory_text, kabupaten, row

ANSWERING = {Clock.RESPON: 1, Clock.PENYELESAIAN: 1}
NOON = "2026-05-04T12:00"  # a Monday
NEXT = "2026-05-05T12:00"
RECEIVED = "2026-05-04T09:00"  # of every row
ANTARIKSA = "Badan Antariksa"


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Kabupaten]:
    with kabupaten(database_url, tmp_path) as opened:
        yield opened


def limits(office: Kabupaten, clock: Clock) -> list[object]:
    return [run.limit_at for run in office.runs() if run.clock is clock]


# --- settling what was held -------------------------------------------------------------------


def test_a_hold_outlives_the_same_row_and_ends_with_an_alias(office: Kabupaten) -> None:
    office.import_([row(instansi=ANTARIKSA)], NOON)
    office.import_([row(instansi=ANTARIKSA)], NEXT)
    assert (office.clocks(), office.case().instansi_id) == ({}, None)
    office.directory(directory_text(DPU=ANTARIKSA))
    report = office.import_([row(instansi=ANTARIKSA)], "2026-05-06T12:00")
    assert (report.updated, report.held) == (1, 0)
    assert office.case().hold_reason is None
    assert office.clocks() == ANSWERING
    # It was first seen disposed, so that --disposed-at speaks of it too.
    run = office.case().open_run(Clock.RESPON)
    assert run is not None
    assert (office.case().disposed_at, run.started_at) == (at(RECEIVED), at(RECEIVED))


@pytest.mark.parametrize(
    ("settled", "backlog"), [("2026-05-06T15:59", False), ("2026-05-06T16:00", True)]
)
def test_settled_late_it_is_a_backlog_where_surat_1_was_due(
    sqlite_url: str, tmp_path: Path, settled: str, *, backlog: bool
) -> None:
    with kabupaten(sqlite_url, tmp_path) as office:
        office.import_([row(instansi=ANTARIKSA)], NOON)
        office.directory(directory_text(DPU=ANTARIKSA))
        office.import_([row(instansi=ANTARIKSA)], settled)
        assert (office.case().backlog_at is not None) == backlog


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (row(instansi=ANTARIKSA), row(instansi="Dinas Pendidikan")),
        (row(instansi=ANTARIKSA, status="Belum Terverifikasi"), row(instansi=ANTARIKSA)),
        (row(instansi="", status="Diteruskan"), row(instansi=ANTARIKSA)),
    ],
)
def test_held_for_another_reason_it_is_disposed_when_that_is_seen(
    sqlite_url: str, tmp_path: Path, first: dict[str, str], then: dict[str, str]
) -> None:
    with kabupaten(sqlite_url, tmp_path) as office:
        office.import_([first], NOON)
        office.directory(directory_text(DPU=ANTARIKSA))
        office.import_([then], NEXT)
        assert office.case().disposed_at == at(NEXT)


def test_a_hold_in_mid_flight_stops_the_ladder_until_it_is_settled(office: Kabupaten) -> None:
    office.import_([row()], NOON)
    office.tick(NOON)
    for day in ("05", "06"):  # the same again does not let it go
        report = office.import_([row(instansi=ANTARIKSA)], f"2026-05-{day}T07:00")
        assert report.held == 1
        office.tick(f"2026-05-{day}T23:00")
    assert office.steps() == ["terima", "ask"]
    report = office.import_([row()], "2026-05-07T09:00")
    assert report.held == 0
    office.tick("2026-05-07T09:00")
    # As after an outage: the courtesy step is passed over, Surat I comes at once, the rest keeps
    # its distance.
    assert office.steps() == ["terima", "ask", "surat_1"]
    office.tick("2026-05-08T15:59")
    assert "surat_2" not in office.steps()
    office.tick("2026-05-08T16:00")
    assert "surat_2" in office.steps()


def test_dispose_settles_a_hold_and_the_next_export_does_not_hold_it_again(
    office: Kabupaten,
) -> None:
    rows = [row("9000001", instansi=ANTARIKSA), row("9000002", status="Diteruskan")]
    office.import_(rows, NOON)
    office.dispose("9000001", "2026-05-04T13:00")
    office.dispose("9000002", "2026-05-04T13:00")
    report = office.import_(rows, NEXT)
    assert (report.unchanged, report.held) == (2, 0)
    assert office.clocks("9000001") == office.clocks("9000002") == ANSWERING


def test_a_later_import_settles_an_unknown_status(office: Kabupaten) -> None:
    office.import_([row(status="Diteruskan")], NOON)
    assert office.clocks() == {}
    office.import_([row(status="Terverifikasi")], NEXT)
    assert (office.case().hold_reason, office.clocks()) == (None, ANSWERING)


def test_an_unknown_status_in_mid_flight_and_back(office: Kabupaten) -> None:
    office.import_([row()], NOON)
    office.import_([row(status="Diteruskan")], "2026-05-04T13:00")
    assert office.case().hold_reason == 'status SP4N "Diteruskan" tidak dikenal'
    office.tick("2026-05-05T08:00")
    assert "ingat" not in office.steps()
    office.import_([row()], "2026-05-05T09:00")
    assert (office.case().hold_reason, office.clocks()) == (None, ANSWERING)


def test_a_held_complaint_that_is_closed_is_held_no_more(office: Kabupaten) -> None:
    office.import_([row(instansi=ANTARIKSA), row("9000002", instansi=ANTARIKSA)], NOON)
    office.do("9000001", NEXT, lambda d, c: d.close(c, "kominfo"))
    report = office.import_([row("9000002", status="Ditutup oleh Sistem")], NEXT)
    assert report.held == 0
    assert office.columns("status", "hold_reason") == [(Status.SELESAI, None)] * 2


# --- what a blank may not take away -----------------------------------------------------------


def test_protection_is_never_taken_back_and_a_name_is_forgotten(office: Kabupaten) -> None:
    office.import_([row(pelapor="Pelapor Contoh")], NOON)
    assert office.case().reporter_sealed is not None
    office.import_([row(pelapor="Pelapor Contoh", tipe="Anonim|Rahasia")], NEXT)
    case = office.case()
    assert (case.anonim, case.rahasia, case.reporter_sealed) == (True, True, None)
    report = office.import_([row(pelapor="Pelapor Contoh", tipe="")], "2026-05-06T12:00")
    case = office.case()
    assert (case.anonim, case.rahasia, case.reporter_sealed) == (True, True, None)
    assert report.unchanged == 1


def test_a_blank_takes_nothing_away(office: Kabupaten) -> None:
    office.import_([row(klasifikasi="Permintaan Informasi", rating="5")], NOON)
    limit = limits(office, Clock.PENYELESAIAN)
    report = office.import_([row(klasifikasi="", kategori="", rating="", isi="")], NEXT)
    assert report.unchanged == 1
    assert limits(office, Clock.PENYELESAIAN) == limit
    assert (office.case().kategori, office.case().rating) == ("Jalan Berlubang", 5)
