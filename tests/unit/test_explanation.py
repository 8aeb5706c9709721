"""An explanation in words: what an officer reads of days, steps and what holds them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.explanation import lines, tanggal, waktu
from config.terms import Klasifikasi, NoticeStatus
from tests.unit.trace_office import DPUPR, JAKARTA, Office, at

HOUR = re.compile(r"\bjam (?:\d|%\(|\{(?!run\.clock\}))", re.IGNORECASE)
"""The word before a time, not before a clock's name.

"sample.py" quotes citizens, who speak as they like.
"""
SKB_2026 = "SKB Menag, Menaker, dan MenPANRB No. 1497/2025, 2/2025, 5/2025"


def disposed(moment: str, **changes: object) -> Office:
    office = Office(at(moment))
    for name, value in changes.items():
        setattr(office.case, name, value)
    office.do(at(moment), lambda desk, case: desk.receive(case, "sp4n"))
    office.do(at(moment), lambda desk, case: desk.dispose(case, DPUPR, "kominfo"))
    return office


def said(office: Office, moment: str, clock: str) -> list[str]:
    """Return what is said of one clock."""
    found = list(lines(office.trace(at(moment)), JAKARTA))
    start = next(n for n, line in enumerate(found) if line.startswith(clock))
    end = next((n for n in range(start, len(found)) if found[n] == ""), len(found))
    return [line.strip() for line in found[start:end]]


def test_a_run_in_full() -> None:
    office = disposed("2026-05-07 10:00", nomor="SPG-2605-0001")
    office.delivers = NoticeStatus.PENDING
    office.tick(at("2026-05-08 08:00"))
    head = next(iter(lines(office.trace(at("2026-05-08 09:00")), JAKARTA)))
    assert head == (
        "Aduan SP4N #9000001 (SPG-2605-0001): belum_ditindaklanjuti, Dinas Pekerjaan Umum; "
        "dilihat Jum 8 Mei 2026 09.00"
    )
    assert said(office, "2026-05-08 09:00", "Respon")[:16] == [
        "Respon, putaran 1, Dinas Pekerjaan Umum",
        "Mulai Kam 7 Mei 2026 10.00",
        "Batas 3 hari kerja: Sel 12 Mei 2026 16.00",
        "Kebijakan versi 1; dasar hukum: Peraturan Menteri PANRB Nomor 5 Tahun 2025",
        "Hari:",
        "Kam 7 Mei 2026  mulai; belum dihitung",
        "Jum 8 Mei 2026  D+1",
        "Sab 9 Mei 2026  dilewati: Sabtu",
        "Min 10 Mei 2026  dilewati: Minggu",
        "Sen 11 Mei 2026  D+2",
        "Sel 12 Mei 2026  D+3",
        "Rab 13 Mei 2026  D+4",
        f"Kam 14 Mei 2026  dilewati: Kenaikan Yesus Kristus ({SKB_2026})",
        f"Jum 15 Mei 2026  dilewati: Cuti Bersama Kenaikan Yesus Kristus ({SKB_2026})",
        "Sab 16 Mei 2026  dilewati: Sabtu",
        "Min 17 Mei 2026  dilewati: Minggu",
    ]
    found = said(office, "2026-05-08 09:00", "Respon")
    steps = found[found.index("Langkah:") + 1 :]
    assert steps[0] == "terima: " + ", ".join(
        f"{what} Kam 7 Mei 2026 10.00" for what in ("rencana", "jatuh tempo", "tercatat")
    )
    posts = [f"{peran}, Dinas Pekerjaan Umum" for peran in ("admin_opd", "pejabat_penghubung")]
    assert steps[1] == f"kepada {posts[0]} (sampai); {posts[1]} (sampai)"
    assert steps[2] == "ingat: " + ", ".join(
        f"{what} Jum 8 Mei 2026 08.00" for what in ("rencana", "jatuh tempo", "tercatat")
    )
    assert steps[3] == f"kepada {posts[0]} (menunggu dikirim)"
    assert steps[4] == (
        "surat_1: rencana Sen 11 Mei 2026 16.00, jatuh tempo Sen 11 Mei 2026 16.00, belum"
    )


def test_long_stretches_with_nothing_to_say_are_one_line() -> None:
    office = disposed("2026-06-19 10:00", klasifikasi=Klasifikasi.BERKADAR)
    found = said(office, "2026-06-19 12:00", "Penyelesaian")
    days = found[found.index("Hari:") + 1 : found.index("Langkah:")]
    assert days == [
        "Jum 19 Jun 2026  mulai; belum dihitung",
        "Sab 20 Jun 2026 s.d. Min 16 Agu 2026  D+1 s.d. D+40; dilewati: Sabtu dan Minggu",
        f"Sen 17 Agu 2026  dilewati: Hari Kemerdekaan Republik Indonesia ({SKB_2026})",
        "Sel 18 Agu 2026  D+41",
        "Rab 19 Agu 2026  D+42",
        "Kam 20 Agu 2026  D+43",
        "Jum 21 Agu 2026  D+44",
        "Sab 22 Agu 2026  dilewati: Sabtu",
        "Min 23 Agu 2026  dilewati: Minggu",
        "Sen 24 Agu 2026  D+45",
        f"Sel 25 Agu 2026  dilewati: Maulid Nabi Muhammad ({SKB_2026})",
        "Rab 26 Agu 2026 s.d. Sel 15 Sep 2026  D+46 s.d. D+60; dilewati: Sabtu dan Minggu",
    ]


@pytest.mark.parametrize(("last", "collapsed"), [("2026-07-08", False), ("2026-07-09", True)])
def test_a_stretch_is_collapsed_from_the_twenty_first_day_on(last: str, collapsed: bool) -> None:
    office = disposed("2026-06-18 10:00", klasifikasi=Klasifikasi.BERKADAR)
    office.do(at(f"{last} 10:00"), lambda desk, case: desk.close(case, "kominfo"))
    found = said(office, f"{last} 12:00", "Penyelesaian")
    assert any(" s.d. " in line for line in found) == collapsed
    assert f"Berhenti {waktu(at(f'{last} 10:00'), JAKARTA)}: selesai" in found


def test_a_long_pause_is_one_line_and_says_so() -> None:
    office = disposed("2026-06-18 10:00")
    office.do(at("2026-06-18 12:00"), lambda desk, case: desk.pause(case, "kominfo", "kurang"))
    found = said(office, "2026-07-20 12:00", "Respon")
    assert "Tunda Kam 18 Jun 2026 12.00 sampai sekarang" in found
    assert "Jum 19 Jun 2026 s.d. Sen 20 Jul 2026  tunda, tidak dihitung" in found
    assert "Sel 21 Jul 2026  D+1" in found
    surat_1 = next(line for line in found if line.startswith("surat_1"))
    assert surat_1 == (
        "surat_1: rencana Sen 22 Jun 2026 16.00, jatuh tempo Rab 22 Jul 2026 16.00, "
        "menunggu: jam aduan berhenti selama tunda; tenggat ini jika dilanjutkan kini"
    )


def test_what_was_passed_over_held_or_not_needed() -> None:
    office = disposed("2026-05-04 10:00", backlog_at=at("2026-05-04 10:00"))
    for moment in ("2026-05-06 16:00", "2026-05-07 16:00", "2026-05-08 08:00"):
        office.tick(at(moment))
    found = said(office, "2026-05-08 09:00", "Respon")
    assert (
        "ingat: rencana Sel 5 Mei 2026 08.00, jatuh tempo Sel 5 Mei 2026 08.00, terlewat Rab 6 Mei "
        "2026 16.00: langkah resmi berikutnya sudah jatuh tempo saat diperiksa"
    ) in found
    eskalasi = next(n for n, line in enumerate(found) if line.startswith("eskalasi"))
    assert found[eskalasi].endswith(
        "tercatat Jum 8 Mei 2026 08.00, ditahan: tunggakan: menunggu dilepas Kominfo"
    )
    assert found[eskalasi + 1] == (
        "kepada asisten, Kabupaten Contoh (ditahan); sekda, Kabupaten Contoh, tembusan (ditahan)"
    )
    office.do(at("2026-05-08 10:00"), lambda desk, case: desk.answer(case, "opd"))
    assert said(office, "2026-05-08 11:00", "Penyelesaian")[-1] == (
        "lewat: rencana Sel 26 Mei 2026 16.00, jatuh tempo Sel 26 Mei 2026 16.00, "
        "tidak perlu: jam aduan sudah berhenti: dijawab"
    )


def test_a_complaint_whose_ladder_is_held_and_one_without_clocks() -> None:
    office = Office(at("2026-05-04 10:00"))
    office.case.hold_reason = 'instansi SP4N "Dinas X" tidak dikenal'
    office.do(at("2026-05-04 10:00"), lambda desk, case: desk.receive(case, "sp4n"))
    assert list(lines(office.trace(at("2026-05-04 11:00")), JAKARTA)) == [
        "Aduan SP4N #9000001: belum_terverifikasi; dilihat Sen 4 Mei 2026 11.00",
        'Tangga ditahan: instansi SP4N "Dinas X" tidak dikenal',
        "Belum ada jam aduan yang berjalan.",
    ]


def test_dates_and_moments() -> None:
    assert tanggal(at("2026-08-05 10:00").date()) == "Rab 5 Agu 2026"
    assert waktu(at("2026-12-31 23:59"), JAKARTA) == "Kam 31 Des 2026 23.59"


def test_a_time_of_day_is_pukul_and_jam_a_unit() -> None:
    root = Path(__file__).parents[2]
    texts = [
        path
        for folder in ("bot", "config", "scheduler", "docs")
        for path in (root / folder).rglob("*")
        if path.suffix in {".py", ".toml", ".po", ".html", ".md"} and path.name != "sample.py"
    ]
    assert len(texts) > 200
    found = [(path, hit) for path in texts for hit in HOUR.findall(path.read_text("utf-8"))]
    assert not found
