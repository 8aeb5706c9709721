"""Clocks that stand still, limits that close, numbers that begin anew."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from config.terms import Clock, Status
from scheduler.case import Case
from scheduler.lifecycle import Desk
from tests.database.builders import Kabupaten, at, kabupaten, row

ANSWERING = {Clock.RESPON: 1, Clock.PENYELESAIAN: 1}
MONDAY = "2026-05-04T10:00"


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Kabupaten]:
    with kabupaten(database_url, tmp_path) as opened:
        yield opened


def disposed(office: Kabupaten) -> str:
    nomor = office.receive(MONDAY)
    office.dispose(nomor, MONDAY)
    return nomor


def answer(desk: Desk, case: Case) -> None:
    desk.answer(case, "opd", "Ditambal besok")


def pause(desk: Desk, case: Case) -> None:
    desk.pause(case, "kominfo", "lokasi")


def resume(desk: Desk, case: Case) -> None:
    desk.resume(case, "kominfo")


# --- tunda ------------------------------------------------------------------------------------


def test_tunda_stands_still_and_goes_on(office: Kabupaten) -> None:
    nomor = disposed(office)
    office.tick(MONDAY)
    office.do(nomor, "2026-05-05T07:00", pause)
    assert office.clocks(nomor) == ANSWERING | {Clock.KELENGKAPAN: 1}
    office.tick("2026-05-05T08:00", "2026-05-08T16:00")
    assert office.steps(nomor) == ["terima"]
    office.do(nomor, "2026-05-11T06:00", resume)  # Wed, Thu, Fri and Mon: k = 4
    assert (office.status(nomor), office.clocks(nomor)) == (
        Status.BELUM_DITINDAKLANJUTI,
        ANSWERING,
    )
    office.tick("2026-05-11T07:59")
    assert office.steps(nomor) == ["terima", "resume"]  # the officers hear that it goes on
    office.tick("2026-05-11T08:00")
    assert office.steps(nomor) == ["terima", "resume", "ingat"]
    office.tick("2026-05-12T15:59")
    assert office.steps(nomor) == ["terima", "resume", "ingat"]
    office.tick("2026-05-12T16:00")
    assert office.steps(nomor) == ["terima", "resume", "ingat", "surat_1"]


def test_an_answer_ends_a_tunda(office: Kabupaten) -> None:
    nomor = disposed(office)
    office.do(nomor, "2026-05-05T07:00", pause)
    office.do(nomor, "2026-05-06T07:00", answer)
    assert (office.status(nomor), office.clocks(nomor)) == (Status.PROSES, {Clock.TANGGAPAN: 1})
    assert office.trail(nomor)[-2:] == ["resume", "answer"]


def test_two_pauses_on_one_day_cost_the_day_once(office: Kabupaten) -> None:
    nomor = disposed(office)
    for first, last in (("07:00", "09:00"), ("10:00", "11:00")):
        office.do(nomor, f"2026-05-05T{first}", pause)
        office.do(nomor, f"2026-05-05T{last}", resume)
    # No working date lies in (5 May, 5 May]: nothing moves.
    run = office.case(nomor).open_run(Clock.RESPON)
    assert run is not None
    assert (len(run.pauses), run.limit_at) == (2, at("2026-05-07T16:00"))


# --- closing limits ---------------------------------------------------------------------------


def test_no_reaction_closes_an_own_complaint_at_its_limit(office: Kabupaten) -> None:
    nomor = disposed(office)
    office.do(nomor, "2026-05-05T09:00", answer)
    # 10 working days: 6, 7, 8, 11, 12, 13 | 18, 19, 20, 21 May; at the end of the day.
    office.tick("2026-05-21T23:58")
    assert office.status(nomor) is Status.PROSES
    office.tick("2026-05-21T23:59")
    assert (office.status(nomor), office.clocks(nomor)) == (Status.SELESAI, {})
    assert office.trail(nomor)[-1] == "close"
    office.tick("2026-05-25T08:00")
    assert office.trail(nomor).count("close") == 1


def test_nothing_added_archives_an_own_complaint(office: Kabupaten) -> None:
    nomor = disposed(office)
    office.do(nomor, "2026-05-05T09:00", pause)
    office.tick("2026-05-21T23:58")
    assert office.status(nomor) is Status.TUNDA
    office.tick("2026-05-21T23:59")
    assert (office.status(nomor), office.clocks(nomor)) == (Status.ARSIP, {})
    assert office.case(nomor).alasan == "kadaluarsa"


def test_of_sp4ns_complaints_kominfo_is_told_once(office: Kabupaten) -> None:
    office.import_(
        [
            row("9000001", status="Ditanggapi oleh Pelapor"),
            row("9000002", status="Menunggu Kelengkapan Informasi"),
        ],
        "2026-05-05T09:00",
    )
    office.tick("2026-05-05T09:00", "2026-05-21T23:58")
    assert "batas" not in office.steps()
    office.tick("2026-05-21T23:59", "2026-05-22T00:59", "2026-06-22T08:00")
    assert office.status("9000001") is Status.PROSES
    assert office.status("9000002") is Status.TUNDA
    batas = [n for n in office.told() if n.step == "batas"]
    assert [n.post for n in batas] == ["Admin Kominfo"] * 2


# --- numbers ----------------------------------------------------------------------------------


def test_own_numbers_begin_anew_each_local_month(office: Kabupaten) -> None:
    numbers = [
        office.receive(when)
        for when in ("2026-05-30T10:00", "2026-05-31T23:59", "2026-06-01T00:00", "2026-06-01T00:01")
    ]
    assert numbers == ["SPG-2605-0001", "SPG-2605-0002", "SPG-2606-0001", "SPG-2606-0002"]
