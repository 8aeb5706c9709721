"""An own complaint and SP4N's are one: one ladder, either number, nobody told twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config.terms import Clock, Status
from scheduler.case import Case
from scheduler.complaint import RefusedError
from scheduler.lifecycle import Desk
from scheduler.store import cases, listing
from scheduler.store.session import reading
from tests.database.builders import Kabupaten, at, kabupaten, row

ANSWERING = {Clock.RESPON: 1, Clock.PENYELESAIAN: 1}
MONDAY = "2026-05-04T10:00"
LADDER = ("2026-05-05T08:00", "2026-05-06T16:00", "2026-05-07T08:00", "2026-05-07T16:00")


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Kabupaten]:
    with kabupaten(database_url, tmp_path) as opened:
        yield opened


def listed(office: Kabupaten) -> list[tuple[str | None, str | None]]:
    with reading(office.engine) as connection:
        return [(c.tracking_id, c.nomor) for c in listing.complaints(connection)]


def test_paired_before_sp4n_has_exported_it(office: Kabupaten) -> None:
    nomor = office.receive(MONDAY)
    office.dispose(nomor, MONDAY)
    assert office.link(nomor, "9000001", "2026-05-04T11:00") == nomor
    report = office.import_([row()], "2026-05-04T12:00", generated="04 May 2026")
    assert (report.added, report.updated, report.held) == (0, 1, 0)
    assert office.case("9000001").id == office.case(nomor).id
    assert office.case("9000001").number == "9000001"
    assert office.clocks(nomor) == ANSWERING
    office.tick(MONDAY, *LADDER)
    assert len([n for n in office.told() if n.step == "surat_1"]) == 2
    # Its own number in lower case and SP4N's with a # find it as well.
    assert office.case(f" {nomor.lower()} ").id == office.case("#9000001").id


@pytest.mark.parametrize("first", ["own", "sp4n"])
def test_both_known_the_one_disposed_first_keeps_its_ladder(office: Kabupaten, first: str) -> None:
    own, theirs = ("09:00", "10:00") if first == "own" else ("10:00", "09:00")
    nomor = office.receive("2026-05-04T08:00")
    office.dispose(nomor, f"2026-05-04T{own}")
    office.import_([row(received=f"2026-05-04T{theirs}", tipe="Rahasia")], "2026-05-04T10:30")
    runs = {n: office.runs(n) for n in (nomor, "9000001")}
    stays = runs[nomor if first == "own" else "9000001"]
    assert office.link(nomor, "9000001", "2026-05-04T11:00") == nomor
    assert listed(office) == [("9000001", nomor)]
    assert office.case(nomor).id == office.case("9000001").id == stays[0].complaint_id
    assert [r.id for r in office.runs(nomor)] == [r.id for r in stays]
    assert office.clocks(nomor) == ANSWERING
    assert office.case(nomor).rahasia
    assert office.trail(nomor)[-1] == "link"
    office.tick("2026-05-04T11:00", *LADDER, "2026-05-08T08:00")
    delivered = [(n.step, n.post) for n in office.told() if n.status == "delivered"]
    assert len(delivered) == len(set(delivered)) == 11
    # Either number shows all that was told, under the numbers both have.
    assert office.told(nomor) == office.told("9000001") == office.told()
    with reading(office.engine) as connection:
        assert {n.number for n in listing.notices(connection)} == {"9000001"}


def test_the_unsent_of_the_other_side_is_cancelled(office: Kabupaten) -> None:
    nomor = office.receive(MONDAY)
    office.dispose(nomor, MONDAY)
    office.import_([row(received="2026-05-04T10:30")], "2026-05-04T10:30")
    office.link(nomor, "9000001", "2026-05-04T11:00")
    terima = [n.status for n in office.told() if n.step == "terima"]
    assert sorted(terima) == ["cancelled", "cancelled", "pending", "pending"]
    assert office.tick("2026-05-04T11:00").sent == 2


def test_the_next_export_brings_sp4ns_words_and_moves_nothing(office: Kabupaten) -> None:
    nomor = office.receive(MONDAY)
    office.dispose(nomor, MONDAY)
    shown = row(received="2026-05-04T10:30", instansi="Dinas Pendidikan")
    office.import_([shown], "2026-05-04T10:30")
    office.link(nomor, "9000001", "2026-05-04T11:00")
    runs = office.runs(nomor)
    assert office.import_([shown], "2026-05-05T07:00").updated == 1
    assert (office.case(nomor).judul, office.case(nomor).instansi_id) == (
        "Jalan berlubang",
        office.body("DPU"),
    )
    assert office.import_([shown], "2026-05-05T07:05").unchanged == 1
    assert office.clocks(nomor) == ANSWERING
    assert [r.started_at for r in office.runs(nomor)] == [r.started_at for r in runs]


Do = Callable[[Desk, Case], None]


def answered(desk: Desk, case: Case) -> None:
    desk.answer(case, "opd", "sudah ditambal")


@pytest.mark.parametrize("first", ["own", "sp4n"])
@pytest.mark.parametrize(
    ("own", "theirs", "status", "clocks"),
    [
        ("none", "Ditanggapi oleh Pelapor", Status.PROSES, {Clock.TANGGAPAN}),
        ("answer", "Terverifikasi", Status.PROSES, {Clock.TANGGAPAN}),
        ("none", "Ditutup oleh Sistem", Status.SELESAI, set()),
        ("close", "Terverifikasi", Status.SELESAI, set()),
        ("none", "Diarsipkan oleh Sistem", Status.ARSIP, set()),
        (
            "none",
            "Menunggu Kelengkapan Informasi",
            Status.TUNDA,
            {Clock.RESPON, Clock.PENYELESAIAN, Clock.KELENGKAPAN},
        ),
        # An own one in the archive ("sudah ada di SP4N") does not end the one it points to.
        (
            "archive",
            "Terverifikasi",
            Status.BELUM_DITINDAKLANJUTI,
            {Clock.RESPON, Clock.PENYELESAIAN},
        ),
    ],
)
def test_who_has_answered_one_is_not_reminded_of_the_other(
    sqlite_url: str,
    tmp_path: Path,
    own: str,
    theirs: str,
    status: Status,
    clocks: set[Clock],
    first: str,
) -> None:
    verbs: dict[str, Do] = {
        "answer": answered,
        "close": lambda d, c: d.close(c, "kominfo"),
        "archive": lambda d, c: d.archive(c, "kominfo", "sudah ada di SP4N"),
    }
    with kabupaten(sqlite_url, tmp_path) as office:
        mine, other = ("09:00", "10:00") if first == "own" else ("10:00", "09:00")
        nomor = office.receive("2026-05-04T08:00")
        office.dispose(nomor, f"2026-05-04T{mine}")
        if own in verbs:
            office.do(nomor, "2026-05-04T10:10", verbs[own])
        office.import_([row(received=f"2026-05-04T{other}", status=theirs)], "2026-05-04T10:30")
        office.link(nomor, "9000001", "2026-05-04T11:00")
        assert (office.status(nomor), set(office.clocks(nomor))) == (status, clocks)
        assert listed(office) == [("9000001", nomor)]


def test_an_own_one_in_the_archive_does_not_take_sp4ns_with_it(office: Kabupaten) -> None:
    nomor = office.receive("2026-05-04T08:00")
    office.dispose(nomor, "2026-05-04T08:00")
    office.do(nomor, "2026-05-04T08:30", lambda d, c: d.archive(c, "kominfo", "sudah di SP4N"))
    office.import_([row(instansi="")], MONDAY)
    office.link(nomor, "9000001", "2026-05-04T11:00")
    assert (office.status(nomor), office.clocks(nomor)) == (
        Status.BELUM_DITINDAKLANJUTI,
        {Clock.VERIFIKASI: 1},
    )


def test_neither_disposed_nor_verified(office: Kabupaten) -> None:
    nomor = office.receive("2026-05-04T08:00")
    office.import_([row(instansi="")], MONDAY)
    office.link(nomor, "9000001", "2026-05-04T11:00")
    assert (office.status(nomor), office.clocks(nomor)) == (
        Status.BELUM_DITINDAKLANJUTI,
        {Clock.VERIFIKASI: 1},
    )
    office.import_([row()], "2026-05-04T12:00")
    assert office.clocks(nomor) == ANSWERING


def test_a_held_side_is_settled_by_the_next_export(office: Kabupaten) -> None:
    nomor = office.receive("2026-05-04T08:00")
    office.import_([row(instansi="Badan Antariksa")], MONDAY)
    office.link(nomor, "9000001", "2026-05-04T11:00")
    report = office.import_([row(instansi="Badan Antariksa")], "2026-05-04T12:00")
    assert report.held == 1
    office.import_([row()], "2026-05-04T13:00")
    assert (office.case(nomor).hold_reason, office.clocks(nomor)) == (None, ANSWERING)


def test_the_reporter_of_either_side_is_kept_but_not_of_an_anonymous_one(
    office: Kabupaten,
) -> None:
    seal = office.opened.seal
    named = office.receive(MONDAY, reporter_sealed=seal.seal("Pelapor Contoh"))
    other = office.receive(MONDAY, reporter_sealed=seal.seal("Pelapor Contoh"))
    office.import_([row("9000001"), row("9000002", tipe="Anonim")], MONDAY)
    office.link(named, "9000001", "2026-05-04T11:00")
    office.link(other, "9000002", "2026-05-04T11:00")
    sealed = office.case("9000001").reporter_sealed
    assert sealed is not None
    assert seal.open(sealed) == "Pelapor Contoh"
    assert (office.case("9000002").anonim, office.case("9000002").reporter_sealed) == (True, None)


def test_refusals(office: Kabupaten) -> None:
    first, second = office.receive(MONDAY), office.receive(MONDAY)
    office.import_([row(), row("9000002")], MONDAY)
    with pytest.raises(RefusedError, match=r"^Tracking ID SP4N harus berupa angka$"):
        office.link(first, "SPG-2605-0002", "2026-05-04T11:00")
    with pytest.raises(RefusedError, match=r"^aduan SPG-2605-0099 tidak ditemukan$"):
        office.link("SPG-2605-0099", "9000001", "2026-05-04T11:00")
    with pytest.raises(RefusedError, match="mendahului kejadian terakhirnya"):
        office.link(first, "9000001", "2026-05-04T09:59")
    office.link(first, "9000001", "2026-05-04T11:00")
    with pytest.raises(
        RefusedError, match=f"^aduan {first} sudah dipasangkan dengan SP4N #9000001"
    ):
        office.link(first, "9000002", "2026-05-04T11:00")
    with pytest.raises(RefusedError, match=f"^SP4N #9000001 sudah dipasangkan dengan {first}$"):
        office.link(second, "9000001", "2026-05-04T11:00")
    with pytest.raises(RefusedError, match="sudah dipasangkan dengan SP4N #9000002"):
        office.link("9000002", "9000003", "2026-05-04T11:00")
    assert office.case(second).tracking_id is None


def test_what_is_merged_leaves_no_clock_behind(office: Kabupaten) -> None:
    nomor = office.receive("2026-05-04T08:00")
    office.import_([row()], MONDAY)
    goes = office.case(nomor).id
    office.link(nomor, "9000001", "2026-05-04T11:00")
    assert goes is not None
    with reading(office.engine) as connection:
        merged = cases.load_cases(connection, [goes])[goes]
    assert (merged.tracking_id, merged.nomor, merged.runs) == (None, None, [])
    assert merged.merged_into_id == office.case("9000001").id
    assert office.case(nomor).received_at == at("2026-05-04T09:00")
