"""What a word of SP4N means, said by Kominfo: as if the importer had always known it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot import handling, settling
from bot.handling import Handled
from config.terms import Clock, Status, Wewenang
from scheduler.complaint import RefusedError
from scheduler.store import unknown_names, users
from scheduler.store.session import reading, writing
from scheduler.store.unknown_names import Kind, Meaning, Unknown
from tests.database.builders import Kabupaten, at, kabupaten, row

ANTARIKSA = "Badan Antariksa"
ENTAH = "Diteruskan Entah"
NOON = "2026-05-04T12:00"  # a Monday
LATER = "2026-05-04T14:00"
NEXT = "2026-05-05T12:00"


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Kabupaten]:
    with kabupaten(database_url, tmp_path) as opened:
        ready(opened)
        yield opened


@pytest.fixture
def small(sqlite_url: str, tmp_path: Path) -> Iterator[Kabupaten]:
    with kabupaten(sqlite_url, tmp_path) as opened:
        ready(opened)
        yield opened


def ready(office: Kabupaten) -> None:
    with writing(office.engine) as connection:
        users.add_user(connection, "operator", "Operator", Wewenang.OPERATOR, "!", at(NOON))


def unknown(office: Kabupaten, kind: Kind = "instansi") -> list[Unknown]:
    with reading(office.engine) as connection:
        return unknown_names.unknown(connection, kind)


def to_dpu(office: Kabupaten, when: str = LATER, word: str = ANTARIKSA) -> Handled:
    meaning = Meaning("instansi", instansi_id=office.body("DPU"))
    return settling.settle(office.opened, 1, word, meaning, at(when))


def means(office: Kabupaten, status: Status, when: str = LATER, *, hidden: bool = False) -> Handled:
    meaning = Meaning("status", status=status, hidden=hidden)
    return settling.settle(office.opened, 1, ENTAH, meaning, at(when))


def facts(office: Kabupaten, number: str) -> list[Any]:
    """What a complaint has come to; its trail tells apart when that was learned."""
    case = office.case(number)
    return [
        (case.status, case.instansi_id, case.disposed_at, case.answered_at, case.closed_at),
        (case.hold_reason, case.hidden, case.backlog_at is not None, case.before_tunda),
        sorted((run.clock, run.run_no, run.started_at, run.limit_at) for run in case.runs),
    ]


STATUSES = (
    "Belum Terverifikasi",
    "Terverifikasi",
    "Ditanggapi oleh Pelapor",
    "Menunggu Kelengkapan Informasi",
)


def test_a_name_brings_all_to_where_a_known_one_is(office: Kabupaten) -> None:
    known = [row(f"900000{n}", status=status) for n, status in enumerate(STATUSES)]
    held = [
        row(f"900001{n}", status=status, instansi=ANTARIKSA) for n, status in enumerate(STATUSES)
    ]
    office.import_(known + held, NOON)
    found = unknown(office)
    assert [(one.word, one.count) for one in found] == [(ANTARIKSA, len(held))]
    assert len(found[0].examples) == unknown_names.EXAMPLES
    done = to_dpu(office)
    assert len(done.done) == len(held)
    assert unknown(office) == []
    for n in range(len(STATUSES)):
        assert facts(office, f"900001{n}") == facts(office, f"900000{n}"), STATUSES[n]


@pytest.mark.parametrize(
    ("status", "hidden", "text"),
    [
        (Status.BELUM_TERVERIFIKASI, False, "Belum Terverifikasi"),
        (Status.BELUM_DITINDAKLANJUTI, False, "Terverifikasi"),
        (Status.PROSES, False, "Ditanggapi oleh Pelapor"),
        (Status.TUNDA, False, "Menunggu Kelengkapan Informasi"),
        (Status.SELESAI, False, "Ditutup oleh Sistem"),
        (Status.ARSIP, False, "Diarsipkan oleh Admin"),
        (Status.ARSIP, True, "Konten Terblokir"),
    ],
)
def test_a_status_brings_all_to_where_a_known_one_is(
    small: Kabupaten, status: Status, text: str, *, hidden: bool
) -> None:
    small.import_([row("9000001", status=text), row("9000011", status=ENTAH)], NOON)
    assert [(one.word, one.count) for one in unknown(small, "status")] == [(ENTAH, 1)]
    means(small, status, hidden=hidden)
    known, settled = facts(small, "9000001"), facts(small, "9000011")
    if status in (Status.SELESAI, Status.ARSIP):
        # When a complaint was closed is known only of one that was seen open before.
        known[0], settled[0] = known[0][:1], settled[0][:1]
    assert settled == known


def test_the_next_import_knows_the_word(office: Kabupaten) -> None:
    office.import_([row(instansi=ANTARIKSA), row("9000002", status=ENTAH)], NOON)
    to_dpu(office)
    means(office, Status.BELUM_DITINDAKLANJUTI)
    again = [row("9000003", instansi="BADAN  antariksa"), row("9000004", status=ENTAH.upper())]
    report = office.import_(again, NEXT)
    assert (report.added, report.held) == (2, 0)
    for number in ("9000003", "9000004"):
        assert office.case(number).instansi_id == office.body("DPU")
        assert Clock.RESPON in office.clocks(number)


def test_taking_it_back_takes_the_meaning_back(office: Kabupaten) -> None:
    office.import_([row(instansi=ANTARIKSA), row("9000002", status=ENTAH)], NOON)
    before = facts(office, "9000001"), facts(office, "9000002")
    for done in (to_dpu(office), means(office, Status.SELESAI)):
        assert done.action is not None
        undone, left = handling.undo(office.opened, 1, done.action, at(LATER))
        assert (len(undone), left) == (1, [])
    assert (facts(office, "9000001"), facts(office, "9000002")) == before
    report = office.import_(
        [row("9000003", instansi=ANTARIKSA), row("9000004", status=ENTAH)], NEXT
    )
    assert report.held == 2
    to_dpu(office, NEXT)  # and may be said again, otherwise
    assert office.import_([row("9000005", instansi=ANTARIKSA)], NEXT).held == 0


def test_nobody_is_told_for_a_minute(small: Kabupaten) -> None:
    small.import_([row(instansi=ANTARIKSA)], NOON)
    to_dpu(small, LATER)
    small.tick("2026-05-04T14:00:59")
    assert small.steps("9000001", "delivered") == ["ask"]
    small.tick("2026-05-04T14:01:00")
    assert small.steps("9000001", "delivered") == ["ask", "terima"]


def test_the_trail_says_who_and_what(small: Kabupaten) -> None:
    small.import_([row(instansi=ANTARIKSA)], NOON)
    to_dpu(small)
    assert small.trail() == ["receive", "ask", "dispose", "ditetapkan"]


def test_spellings_of_one_name_are_one_question(office: Kabupaten) -> None:
    office.import_([row(instansi=ANTARIKSA), row("9000002", instansi="BADAN ANTARIKSA")], NOON)
    (one,) = unknown(office)
    assert (one.count, len(one.spellings)) == (2, 2)
    assert len(to_dpu(office, word="badan antariksa").done) == 2


def test_a_number_without_a_name_is_settled_too(office: Kabupaten) -> None:
    office.import_([row(instansi="", id="00777")], NOON)
    (one,) = unknown(office)
    assert one.word == "#00777"
    to_dpu(office, word=one.word)
    assert office.case().instansi_id == office.body("DPU")
    report = office.import_([row("9000002", instansi="", id="777")], NEXT)
    assert report.held == 0


def test_what_two_bodies_are_called_is_what_was_said(small: Kabupaten) -> None:
    """The directory cannot tell them apart; a person can."""
    more = "Kabupaten Dinas Pendidikan,opd,Kabupaten Contoh,5,,,,,,,,"
    header = (
        "instansi,jenis,induk,hari_kerja,peran,jabatan,nama,nip,telepon,singkatan,id_sp4n,nama_sp4n"
    )
    small.directory(f"{header}\n{more}\n")
    name = "Dinas Pendidikan"
    small.import_([row(instansi=name)], NOON)
    assert small.case().hold_reason is not None
    to_dpu(small, word=name)
    assert small.import_([row("9000002", instansi=name)], NEXT).held == 0


def test_the_government_itself_is_not_disposed(small: Kabupaten) -> None:
    small.import_([row(instansi=ANTARIKSA)], NOON)
    meaning = Meaning("instansi", instansi_id=small.body("Kabupaten Contoh"))
    settling.settle(small.opened, 1, ANTARIKSA, meaning, at(LATER))
    case = small.case()
    assert (case.instansi_id, case.hold_reason) == (None, None)
    assert small.clocks() == {Clock.VERIFIKASI: 1}


def test_of_two_unknown_words_the_other_is_asked_next(small: Kabupaten) -> None:
    small.import_([row(instansi=ANTARIKSA, status=ENTAH)], NOON)
    assert unknown(small) == []
    means(small, Status.BELUM_DITINDAKLANJUTI)
    assert [one.word for one in unknown(small)] == [ANTARIKSA]
    to_dpu(small)
    assert small.clocks() == {Clock.RESPON: 1, Clock.PENYELESAIAN: 1}


def test_a_ladder_in_mid_flight_goes_on(small: Kabupaten) -> None:
    small.import_([row()], NOON)
    small.import_([row(status=ENTAH)], "2026-05-04T13:00")
    means(small, Status.BELUM_DITINDAKLANJUTI)
    assert small.clocks() == {Clock.RESPON: 1, Clock.PENYELESAIAN: 1}
    small.tick("2026-05-05T08:00")
    assert "ingat" in small.steps()


def test_what_nothing_waits_for_is_refused(small: Kabupaten) -> None:
    with pytest.raises(RefusedError):
        to_dpu(small)
