"""DAFTAR and KENAPA: what waits for whom and why, on one SMS or more of WhatsApp."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from config.gsm7 import segments
from config.terms import Channel
from scheduler.store.messaging_tables import Consent
from tests.database.office import at
from tests.database.officers import (
    ADMIN,
    ASISTEN_1,
    ASISTEN_2,
    BUPATI,
    DINKES,
    DISDIK,
    EMPTY,
    GOOD,
    KOMINFO,
    MONDAY,
    PENGAWAS,
    PENGHUBUNG,
    SEKDA,
    WARGA,
    WRONG_OFFICE,
    N,
    Room,
    policy,
)

LATER = "2026-05-08T09:00"
"""After the limit of what was disposed on Monday."""


@pytest.fixture
def room(database_url: str) -> Iterator[Room]:
    made = Room(database_url)
    yield made
    made.close()


# --- DAFTAR ---------------------------------------------------------------------------------


def test_the_most_urgent_stands_first_and_what_is_late_is_marked(room: Room) -> None:
    room.dispose("9000002", "DPUPR", "2026-05-07T10:00", kategori="Lampu Jalan")
    room.dispose(N, "DPUPR", MONDAY, kategori="Jalan Berlubang")
    room.dispose("9000003", "Disdik", MONDAY)
    for when in ("2026-05-05T08:00", "2026-05-06T16:00", "2026-05-07T08:00", "2026-05-07T16:00"):
        room.tick(when)
    assert room.says(ADMIN, "DAFTAR", LATER) == (
        "2 aduan menunggu jawaban: 9000001 TERLAMBAT, batas Kam 7 Mei 16.00; "
        "9000002 s.d. Sel 12 Mei 16.00. Rincian: balas KENAPA lalu nomor."
    )
    assert room.says(ADMIN, "DAFTAR", LATER, channel=Channel.WHATSAPP) == (
        "*2 aduan menunggu jawaban*\n"
        "9000001 Jalan Berlubang TERLAMBAT, batas Kam 7 Mei 16.00\n"
        "9000002 Lampu Jalan s.d. Sel 12 Mei 16.00\n"
        "Rincian: balas KENAPA lalu nomor."
    )


def test_nothing_is_said_as_nothing(room: Room) -> None:
    assert room.says(ADMIN, "DAFTAR").startswith("Tidak ada aduan yang menunggu")
    room.dispose(N, "DPUPR", MONDAY)
    room.says(ADMIN, f"JAWAB {N} {GOOD}")
    assert room.says(ADMIN, "DAFTAR").startswith("Tidak ada aduan yang menunggu")


def test_what_stands_still_is_not_late(room: Room) -> None:
    room.dispose(N, "DPUPR", MONDAY)
    room.dispose("9000002", "DPUPR", MONDAY)
    room.do(N, MONDAY, lambda desk, case: desk.pause(case, "kominfo", "lokasi"))
    room.says(ADMIN, "SUDAH 9000002", MONDAY)
    said = room.says(ADMIN, "DAFTAR", LATER)
    assert "9000001 ditunda; 9000002 menunggu data SP4N" in said
    assert "TERLAMBAT" not in said
    assert "DPUPR 2 aduan. Rincian" in room.says(KOMINFO, "DAFTAR", LATER)


def test_units_below_an_office_are_its_own_too(room: Room) -> None:
    room.dispose(N, "PKM Contoh Kota", MONDAY)
    room.dispose("9000002", "Dinkes", MONDAY)
    room.dispose("9000003", "Disdik", MONDAY)
    assert room.says(DINKES, "DAFTAR").startswith("2 aduan menunggu jawaban: 9000001 s.d.")


@pytest.mark.parametrize("channel", list(Channel))
def test_a_long_list_is_cut_and_the_rest_counted(room: Room, channel: Channel) -> None:
    for number in range(70):
        room.dispose(f"90001{number:02}", "DPUPR", MONDAY, kategori="Jalan Berlubang")
    said = room.says(ADMIN, "DAFTAR", channel=channel)
    assert said.lstrip("*").startswith("70 aduan menunggu jawaban")
    shown = said.count("s.d. Kam 7 Mei 16.00")
    assert f"dan {70 - shown} lainnya" in said
    if channel is Channel.SMS:
        assert segments(said)[1] <= 3
        assert shown >= 10
    else:
        assert len(said) <= 1600
        assert shown >= 25


def test_kominfo_sees_requests_verification_and_counts(room: Room) -> None:
    room.dispose(N, "DPUPR", MONDAY)
    room.dispose("9000002", "DPUPR", "2026-05-07T10:00")
    room.dispose("9000003", "Disdik", MONDAY)
    room.says(ADMIN, f"BUKAN {N} {WRONG_OFFICE}", LATER)
    room.says(DISDIK, f"JAWAB 9000003 {EMPTY}", LATER)
    room.says(DISDIK, f"BUKAN 9000003 {WRONG_OFFICE}", LATER)
    room.do("9000002", LATER, lambda desk, case: desk.give_back(case, "kominfo", "salah"))
    assert room.says(KOMINFO, "DAFTAR", LATER) == (
        "3 permintaan, 1 verifikasi menunggu Kominfo: 9000001 BUKAN wewenang (DPUPR); "
        "9000003 BUKAN wewenang, jawaban belum substantif (Disdik); "
        "9000002 verifikasi s.d. Rab 13 Mei 16.00; DPUPR 1 aduan (1 terlambat); "
        "Disdik 1 aduan (1 terlambat). Rincian: balas KENAPA lalu nomor."
    )


def test_where_nothing_waits_for_kominfo_its_list_says_so(room: Room) -> None:
    room.dispose(N, "DPUPR", MONDAY)
    assert room.says(KOMINFO, "DAFTAR") == (
        "Tidak ada yang menunggu Kominfo; belum dijawab: DPUPR 1 aduan. "
        "Rincian: balas KENAPA lalu nomor."
    )


def test_the_penghubung_sees_what_he_is_to_approve(
    database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    room = Room(database_url, policy_file=policy(tmp_path_factory.mktemp("p"), "penghubung"))
    try:
        room.dispose(N, "DPUPR", MONDAY)
        room.says(ADMIN, f"JAWAB {N} {GOOD}")
        said = room.says(PENGHUBUNG, "DAFTAR")
        assert said.startswith("1 menunggu keputusan, 1 aduan menunggu jawaban: 9000001 jawaban")
        assert "9000001 jawaban menunggu persetujuan (DPUPR); 9000001 s.d. Kam" in said
        assert "persetujuan" not in room.says(ADMIN, "DAFTAR")
    finally:
        room.close()


def test_leaders_see_counts_of_their_opds(room: Room) -> None:
    room.dispose(N, "DPUPR", MONDAY)
    room.dispose("9000002", "DPUPR", "2026-05-07T10:00")
    room.dispose("9000003", "Disdik", MONDAY)
    whole = (
        "3 aduan menunggu jawaban, 2 terlambat: DPUPR 2 (1 terlambat); Disdik 1 (1 terlambat). "
        "Rincian: balas KENAPA lalu nomor."
    )
    assert room.says(SEKDA, "DAFTAR", LATER) == whole
    assert room.says(BUPATI, "DAFTAR", LATER) == whole
    assert room.says(ASISTEN_2, "DAFTAR", LATER).startswith(
        "2 aduan menunggu jawaban, 1 terlambat: DPUPR 2 (1 terlambat). "
    )
    assert "DPUPR" not in room.says(ASISTEN_1, "DAFTAR", LATER)


def test_the_province_is_no_officer_of_the_kabupaten(room: Room) -> None:
    assert "hanya untuk petugas" in room.says(PENGAWAS, "DAFTAR")
    assert room.effect == "ditolak"


@pytest.mark.parametrize("word", ["TERIMA", "JAWAB", "SUDAH", "BUKAN", "TUNDA", "TOLAK"])
def test_leaders_look_and_do_nothing(room: Room, word: str) -> None:
    room.dispose(N, "DPUPR", MONDAY)
    room.says(SEKDA, f"{word} {N} {GOOD}")
    assert room.effect == "ditolak"
    room.says(SEKDA, word)
    assert room.effect == "ditolak"
    assert not room.trail()


# --- KENAPA ---------------------------------------------------------------------------------


@pytest.mark.parametrize("phone", [ADMIN, KOMINFO, SEKDA, BUPATI, ASISTEN_2])
def test_why_says_begin_limit_and_what_is_next(room: Room, phone: str) -> None:
    room.dispose(N, "DPUPR", MONDAY)
    assert room.says(phone, f"KENAPA {N}") == (
        "SP4N #9000001: menunggu jawaban, Dinas Pekerjaan Umum dan Penataan Ruang; "
        "mulai Sen 4 Mei 10.00; batas 3 hari kerja: Kam 7 Mei 16.00; "
        "berikutnya: pengingat Sel 5 Mei 08.00"
    )
    assert not room.trail()


@pytest.mark.parametrize("phone", [DISDIK, WARGA, PENGAWAS])
def test_why_is_not_for_others(room: Room, phone: str) -> None:
    room.dispose(N, "DPUPR", MONDAY)
    room.says(phone, f"KENAPA {N}")
    assert room.effect == "ditolak"


def test_why_names_days_off_with_their_decree(room: Room) -> None:
    room.dispose(N, "DPUPR", "2026-03-17T10:00")
    said = room.says(ADMIN, f"KENAPA {N}", "2026-03-17T11:00", channel=Channel.WHATSAPP)
    assert "batas 3 hari kerja: Jum 27 Mar 16.00" in said
    (line,) = [one for one in said.splitlines() if one.startswith("tidak dihitung: Rab 18 Mar")]
    assert "Nyepi" in line
    assert "Kam 19 Mar" in line
    assert "SKB" in line or "Keputusan Bersama" in line
    assert "Sabtu" not in said
    assert segments(room.says(ADMIN, f"KENAPA {N}", "2026-03-17T11:00"))[1] <= 3


def test_why_tells_a_tunda_from_a_sudah(room: Room) -> None:
    room.dispose(N, "DPUPR", MONDAY)
    room.says(ADMIN, f"SUDAH {N}", "2026-05-04T11:00")
    said = room.says(ADMIN, f"KENAPA {N}", "2026-05-04T12:00")
    assert "tidak dihitung: menunggu data SP4N Sen 4 Mei 11.00 s.d. sekarang" in said
    room.tick("2026-05-05T16:00")
    room.do(N, "2026-05-06T09:00", lambda desk, case: desk.pause(case, "kominfo", "lokasi"))
    said = room.says(ADMIN, f"KENAPA {N}", "2026-05-06T10:00", channel=Channel.WHATSAPP)
    assert "menunggu data SP4N Sen 4 Mei 11.00 s.d. Sel 5 Mei 16.00" in said
    assert "tunda Rab 6 Mei 09.00 s.d. sekarang" in said


def test_why_of_an_answered_one_says_when_it_stopped(room: Room) -> None:
    room.dispose(N, "DPUPR", MONDAY)
    room.says(ADMIN, f"JAWAB {N} {GOOD}", "2026-05-04T11:00")
    said = room.says(ADMIN, f"KENAPA {N}", "2026-05-05T10:00")
    assert "dalam proses" in said
    assert "berhenti Sen 4 Mei 11.00: dijawab" in said
    assert "berikutnya" not in said


def test_kominfo_may_ask_of_what_is_not_disposed(room: Room) -> None:
    nomor = room.own()
    room.do(nomor, MONDAY, lambda desk, case: desk.give_back(case, "kominfo", "salah"))
    assert "menunggu jawaban" in room.says(KOMINFO, f"KENAPA {nomor}")
    room.says(ADMIN, f"KENAPA {nomor}")
    assert room.effect == "ditolak"


# --- SETUJU alone ---------------------------------------------------------------------------


def test_setuju_alone_is_the_consent_of_every_holder_on_that_phone(room: Room) -> None:
    said = room.says("0811-0000-0049", "SETUJU")
    assert said.startswith("Terima kasih atas persetujuan Bapak/Ibu.")
    assert room.effect == "persetujuan"
    consents = room.rows(Consent)
    assert [(one.answer, one.answered_at) for one in consents] == [("setuju", at(MONDAY))] * 2


def test_setuju_takes_a_refusal_back(room: Room) -> None:
    room.dispose(N, "DPUPR", MONDAY)
    room.phones.says(ADMIN, "BERHENTI", "2026-05-04T10:05")
    room.says(ADMIN, "SETUJU", "2026-05-04T10:10")
    (one,) = room.rows(Consent)
    assert one.answer == "setuju"
    assert room.says(ADMIN, f"TERIMA {N}", "2026-05-04T10:11").startswith("Terima kasih.")


# --- what leaders are told they may write -----------------------------------------------------


@pytest.mark.parametrize("text", ["BANTUAN", "Mohon DPUPR segera menindaklanjuti"])
def test_a_leader_is_offered_only_words_that_work_for_him(room: Room, text: str) -> None:
    room.dispose(N, "DPUPR", MONDAY)
    said = room.says(SEKDA, text)
    assert "balas DAFTAR" in said or "Balas: DAFTAR" in said
    for word in ("JAWAB ", "TERIMA", "SUDAH", "SETUJU"):
        assert word not in said
    assert room.says(SEKDA, "DAFTAR").startswith("1 aduan menunggu jawaban")
    assert "batas 3 hari kerja" in room.says(SEKDA, f"KENAPA {N}")


def test_the_province_is_offered_a_citizens_words(room: Room) -> None:
    assert "STATUS nomor" in room.says(PENGAWAS, "BANTUAN")
