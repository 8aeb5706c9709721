"""Officers reply: who may, and what TERIMA, JAWAB and SUDAH do, through the listener."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from config.terms import Channel, Clock, Status
from scheduler.inbound import Media
from scheduler.store.dialogue_tables import Attachment, InboundMessage
from scheduler.store.session import reading
from tests.database.office import at
from tests.database.officers import (
    ADMIN,
    DINKES,
    DISDIK,
    GOOD,
    KECAMATAN,
    KEPALA,
    KOMINFO,
    MONDAY,
    PENGAWAS,
    PENGHUBUNG,
    PKM,
    SEKDA,
    WARGA,
    N,
    Room,
)

LABEL = "Admin DPUPR, Dinas Pekerjaan Umum dan Penataan Ruang"
HEADER = "instansi,jenis,induk,hari_kerja,peran,jabatan,nama,nip,telepon,status_jabatan,mulai"
DPUPR = "Dinas Pekerjaan Umum dan Penataan Ruang,opd,Kabupaten Contoh,5"


@pytest.fixture
def room(database_url: str) -> Iterator[Room]:
    made = Room(database_url)
    made.dispose(N, "DPUPR", MONDAY)
    yield made
    made.close()


# --- who may --------------------------------------------------------------------------------


@pytest.mark.parametrize("phone", [ADMIN, PENGHUBUNG, KEPALA, KOMINFO])
def test_every_post_of_the_instansi_and_kominfo_may_act(room: Room, phone: str) -> None:
    said = room.says(phone, f"TERIMA {N}")
    assert room.effect == "terima"
    assert said.startswith("Terima kasih. Aduan SP4N #9000001 tercatat diterima. Batas jawaban Kam")
    ((event, actor),) = room.trail()
    assert event == "accept"
    assert actor != LABEL or phone == ADMIN


@pytest.mark.parametrize("phone", [DISDIK, SEKDA, PENGAWAS, WARGA])
@pytest.mark.parametrize("word", ["TERIMA", "SUDAH", "SETUJU"])
def test_everybody_else_is_refused_in_the_same_words_whether_it_exists(
    room: Room, phone: str, word: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    here = room.says(phone, f"{word} {N}")
    assert room.effect == "ditolak"
    nowhere = room.says(phone, f"{word} 9999999")
    assert room.effect == "ditolak"
    assert here.replace(N, "") == nowhere.replace("9999999", "")
    assert not room.trail()
    logged = [one for one in caplog.messages if one.startswith("officer_refused")]
    assert len(logged) == 2
    assert not any("8110000" in one or "8120000" in one for one in caplog.messages)
    refused = [one.complaint_id for one in room.rows(InboundMessage)]
    assert refused == [None, None]


def test_after_a_mutasi_the_old_phone_has_no_rights_and_the_new_one_has(room: Room) -> None:
    room.bring_in(
        f"{HEADER}\n{DPUPR},admin_opd,Admin DPUPR,Umar Umpama,,0811-0000-0090,definitif,2026-05-05",
        "2026-05-04T12:00",
    )
    assert "tercatat diterima" in room.says(ADMIN, f"TERIMA {N}", "2026-05-04T13:00")
    after = "2026-05-05T09:00"
    assert "tidak tercatat" in room.says(ADMIN, f"JAWAB {N} {GOOD}", after)
    assert room.effect == "ditolak"
    assert "hanya untuk petugas" in room.says(ADMIN, "DAFTAR", after)
    assert room.case().answered_at is None
    assert "kami catat" in room.says("0811-0000-0090", f"JAWAB {N} {GOOD}", after)
    assert room.case().answered_at == at(after)


def test_an_acting_holder_may_act_from_his_first_day(room: Room) -> None:
    room.bring_in(
        f"{HEADER}\n{DPUPR},kepala_opd,Kepala DPUPR,Umar Umpama,,0811-0000-0090,plt,2026-05-06",
        "2026-05-04T12:00",
    )
    room.says("0811-0000-0090", f"TERIMA {N}", "2026-05-05T23:59")
    assert room.effect == "ditolak"
    room.says("0811-0000-0090", f"TERIMA {N}", "2026-05-06T00:00")
    assert room.effect == "terima"


def test_the_office_above_a_unit_answers_for_it_and_not_the_other_way_round(room: Room) -> None:
    room.dispose("9000002", "PKM Contoh Kota", MONDAY)
    room.dispose("9000003", "Dinkes", MONDAY)
    room.says(DINKES, "TERIMA 9000002")
    assert room.effect == "terima"
    room.says(PKM, "TERIMA 9000003")
    assert room.effect == "ditolak"


def test_a_phone_with_three_posts_acts_as_the_nearest_one(room: Room) -> None:
    pkm = "Puskesmas Contoh Kota,puskesmas,Dinas Kesehatan,6"
    room.bring_in(
        f"{HEADER}\n{DPUPR},kepala_opd,Kepala DPUPR,Umar Umpama,,{PKM},plt,2026-05-01\n"
        f"Dinas Kesehatan,opd,Kabupaten Contoh,5,kepala_opd,Kepala Dinkes,Umar Umpama,,{PKM},plt,"
        f"2026-05-01\n{pkm},kepala_opd,Kepala PKM,Umar Umpama,,{PKM},plt,2026-05-01",
        MONDAY,
    )
    room.dispose("9000002", "PKM Contoh Kota", MONDAY)
    room.dispose("9000003", "Dinkes", MONDAY)
    actors = {}
    for number in (N, "9000002", "9000003"):
        room.says(PKM, f"TERIMA {number}")
        assert room.effect == "terima"
        actors[number] = room.trail(number)[-1][1].split(",")[0]
    assert actors == {
        N: "Kepala DPUPR",
        "9000002": "Admin PKM Contoh Kota",  # at his own office as the most fitting role
        "9000003": "Kepala Dinkes",
    }


def test_the_nearest_office_goes_before_the_more_fitting_role(room: Room) -> None:
    kepala = "0811-0000-0056"  # of the puskesmas
    room.bring_in(
        f"{HEADER}\nDinas Kesehatan,opd,Kabupaten Contoh,5,admin_opd,Admin II,Umar Umpama,,"
        f"{kepala},plt,2026-05-01",
        MONDAY,
    )
    room.dispose("9000002", "PKM Contoh Kota", MONDAY)
    room.says(kepala, "TERIMA 9000002")
    assert room.trail("9000002")[-1][1].startswith("Kepala Puskesmas Contoh Kota,")


def test_a_phone_is_an_officers_and_a_citizens_at_once(room: Room) -> None:
    own = room.phones.says(
        DISDIK, "LAPOR Lampu jalan mati di Desa Taman sejak kemarin malam", MONDAY
    )
    assert own not in ("ditolak", "terima")
    room.dispose("9000002", "Disdik", MONDAY)
    room.says(DISDIK, "TERIMA 9000002")
    assert room.effect == "terima"
    room.says(DISDIK, "TERIMA SPG-2605-0001")
    assert room.effect == "ditolak"


def test_a_shared_phone_acts_as_the_post(room: Room) -> None:
    room.dispose("9000002", "Kec. Ct. Utara", MONDAY)
    room.says(KECAMATAN, "TERIMA 9000002")
    assert room.trail("9000002")[-1][1].startswith("Admin Kec. Ct. Utara,")


# --- TERIMA ---------------------------------------------------------------------------------


def test_terima_again_says_the_limit_again_and_records_nothing(room: Room) -> None:
    room.says(ADMIN, f"TERIMA {N}")
    said = room.says(PENGHUBUNG, f"TERIMA {N}", "2026-05-05T09:00")
    assert said.startswith("Aduan SP4N #9000001 sudah tercatat diterima sebelumnya. Batas jawaban")
    assert [event for event, _ in room.trail()] == ["accept"]
    assert room.case().status is Status.BELUM_DITINDAKLANJUTI
    assert room.open_clocks() == {"respon", "penyelesaian"}


def test_terima_of_a_second_disposition_counts_anew(room: Room) -> None:
    room.says(ADMIN, f"TERIMA {N}")
    room.do(N, "2026-05-05T09:00", lambda d, c: d.dispose(c, room.body("Disdik"), "kominfo"))
    assert "tercatat diterima." in room.says(DISDIK, f"TERIMA {N}", "2026-05-05T10:00")
    assert [event for event, _ in room.trail()] == ["accept", "dispose", "accept"]


def test_what_waits_for_nothing_is_said_politely(room: Room) -> None:
    room.do(N, MONDAY, lambda desk, case: desk.pause(case, "kominfo", "lokasi"))
    said = room.says(ADMIN, f"TERIMA {N}")
    assert "tidak dapat kami jalankan: aduan ini sedang menunggu kelengkapan" in said
    assert room.effect == "ditolak"
    room.do(N, MONDAY, lambda desk, case: desk.archive(case, "kominfo", "kadaluarsa"))
    assert "sudah diarsipkan" in room.says(ADMIN, f"JAWAB {N} {GOOD}")
    assert not room.answers()


# --- JAWAB ----------------------------------------------------------------------------------


def test_an_answer_stops_the_clocks_and_calls_unsent_reminders_off(room: Room) -> None:
    said = room.says(ADMIN, f"JAWAB {N} {GOOD}")
    assert said == (
        "Terima kasih. Jawaban aduan SP4N #9000001 kami catat dan akan disalin ke SP4N-LAPOR!."
    )
    assert room.answers() == [(GOOD, True, True)]
    assert room.trail() == [("answer", LABEL)]
    assert room.open_clocks() == {"tanggapan"}
    room.tick("2026-05-12T09:00")
    assert not [n for n in room.notices() if n.step in ("ingat", "surat_1", "eskalasi")]


def test_the_citizen_who_came_through_ingat_is_told_the_answer(room: Room) -> None:
    nomor = room.own()
    said = room.says(ADMIN, f"JAWAB {nomor} {GOOD}")
    assert (
        said == f"Terima kasih. Jawaban aduan {nomor} kami catat dan kami sampaikan kepada pelapor."
    )
    assert room.answers() == [(GOOD, True, False)]
    room.tick("2026-05-04T10:01")
    (told,) = room.phones.hears(WARGA)
    assert told.startswith(f"{nomor} dijawab")
    assert "ditambal tanggal 5 Mei 2026" in told


def test_what_identifies_people_is_masked_before_it_is_kept(room: Room) -> None:
    room.says(ADMIN, f"JAWAB {N} {GOOD} Hubungi 0812-3456-7890.")
    ((body, _, _),) = room.answers()
    assert body == f"{GOOD} Hubungi [telepon disamarkan]."


def test_photos_of_an_answer_belong_to_its_complaint(room: Room) -> None:
    photo = (Media("https://media.example/1", "image/jpeg"),)
    room.says(ADMIN, f"JAWAB {N} {GOOD}", channel=Channel.WHATSAPP, media=photo)
    with reading(room.engine) as connection:
        found = connection.execute(
            select(InboundMessage.complaint_id).join(
                Attachment, Attachment.inbound_id == InboundMessage.id
            )
        ).scalars()
        assert list(found) == [room.case().id]


def test_an_answer_without_words_is_asked_for(room: Room) -> None:
    assert room.says(ADMIN, f"JAWAB {N}").startswith("Mohon tuliskan isi jawabannya")
    assert not room.answers()
    assert not room.trail()


def test_an_answer_after_an_answer_is_a_supplement_and_told_too(room: Room) -> None:
    nomor = room.own()
    room.says(ADMIN, f"JAWAB {nomor} {GOOD}")
    said = room.says(ADMIN, f"JAWAB {nomor} Mohon maaf, maksud kami Jalan Teratai.")
    assert "kami sampaikan kepada pelapor" in said
    assert [body for body, _, _ in room.answers()][1] == "Mohon maaf, maksud kami Jalan Teratai."
    room.tick("2026-05-04T10:01")
    assert len(room.phones.hears(WARGA)) == 2
    assert room.case(nomor).answered_at == at(MONDAY)


def test_an_answer_ends_a_tunda(room: Room) -> None:
    room.do(N, MONDAY, lambda desk, case: desk.pause(case, "kominfo", "lokasi"))
    room.says(ADMIN, f"JAWAB {N} {GOOD}", "2026-05-05T10:00")
    assert room.effect == "jawab"
    assert room.case().status is Status.PROSES
    assert room.open_clocks() == {"tanggapan"}


def test_a_message_that_is_delivered_three_times_answers_once(room: Room) -> None:
    one = room.phones.arrived(ADMIN, f"JAWAB {N} {GOOD}", MONDAY, Channel.SMS)
    for _ in range(3):
        room.opened.hear([one])
        room.opened.listen(one.received_at)
    assert len(room.answers()) == 1
    assert len(room.phones.replies(ADMIN)) == 1


def test_late_mail_is_done_at_the_moment_of_the_last_event(room: Room) -> None:
    room.do(N, "2026-05-04T12:00", lambda desk, case: desk.accept(case, "opd"))
    room.says(ADMIN, f"JAWAB {N} {GOOD}", "2026-05-04T11:00")
    assert room.case().answered_at == at("2026-05-04T12:00")


# --- SUDAH ----------------------------------------------------------------------------------


def test_sudah_lets_the_ladder_stand_still_for_a_working_day(room: Room) -> None:
    friday = "2026-05-08T09:00"
    room.dispose("9000002", "DPUPR", "2026-05-07T10:00")
    said = room.says(ADMIN, "SUDAH 9000002", friday)
    assert "dijeda sampai Sen 11 Mei 16.00" in said
    room.tick("2026-05-11T15:59")
    assert room.requests() == [("sudah", "terbuka")]
    assert not [n for n in room.notices() if n.number == "9000002" and n.step == "surat_1"]
    room.tick("2026-05-11T16:00")
    assert room.requests() == [("sudah", "ditolak")]
    run = room.case("9000002").open_run(Clock.RESPON)
    assert run is not None
    assert run.paused_at is None
    # Two working days had passed of which one stood still: surat_1 comes a day later.
    room.tick("2026-05-12T15:59")
    assert not [n for n in room.notices() if n.number == "9000002" and n.step == "surat_1"]
    room.tick("2026-05-12T16:00")
    assert [n for n in room.notices() if n.number == "9000002" and n.step == "surat_1"]


def test_sudah_counts_once_for_each_run(room: Room) -> None:
    room.says(ADMIN, f"SUDAH {N}")
    assert "belum tampak di data" in room.says(PENGHUBUNG, f"SUDAH {N}", "2026-05-04T11:00")
    room.tick("2026-05-05T16:00")
    assert "belum tampak di data" in room.says(ADMIN, f"SUDAH {N}", "2026-05-06T09:00")
    assert room.requests() == [("sudah", "ditolak")]
    assert [event for event, _ in room.trail()] == [
        "sudah",
        "sudah_lagi",
        "sudah_berakhir",
        "sudah_lagi",
    ]
    room.says(ADMIN, f"JAWAB {N} {GOOD}", "2026-05-06T10:00")
    room.do(N, "2026-05-07T09:00", lambda desk, case: desk.reopen(case, "pelapor"))
    assert "dijeda sampai" in room.says(ADMIN, f"SUDAH {N}", "2026-05-07T10:00")


def test_what_sp4n_shows_meanwhile_makes_it_true(room: Room) -> None:
    room.says(ADMIN, f"SUDAH {N}")
    room.do(N, "2026-05-05T09:00", lambda d, c: d.answer(c, "sp4n", in_sp4n=True))
    room.tick("2026-05-05T16:00")
    assert room.requests() == [("sudah", "diterima")]
    assert "sudah_berakhir" not in dict(room.trail())


def test_a_new_disposition_lets_sudah_lapse_and_does_not_stand_still(room: Room) -> None:
    room.says(ADMIN, f"SUDAH {N}")
    room.do(N, "2026-05-05T09:00", lambda d, c: d.dispose(c, room.body("Disdik"), "kominfo"))
    assert "dijeda sampai Rab 6 Mei" in room.says(DISDIK, f"SUDAH {N}", "2026-05-05T10:00")
    assert room.requests() == [("sudah", "gugur"), ("sudah", "terbuka")]


def test_sudah_is_for_complaints_that_are_in_sp4n(room: Room) -> None:
    nomor = room.own()
    assert "tidak berada di SP4N-LAPOR!" in room.says(ADMIN, f"SUDAH {nomor}")
    assert not room.requests()


def test_after_an_answer_there_is_nothing_to_do(room: Room) -> None:
    room.says(ADMIN, f"JAWAB {N} {GOOD}")
    for word in ("TERIMA", "SUDAH", "BUKAN", "TUNDA"):
        said = room.says(ADMIN, f"{word} {N}" + (" alasan" if word in ("BUKAN", "TUNDA") else ""))
        assert said.startswith("Aduan SP4N #9000001 sudah tercatat dijawab"), word
    assert not room.requests()
