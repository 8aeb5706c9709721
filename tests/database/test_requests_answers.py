"""Answers that wait for an approval, that say too little, and that SP4N must be told."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from config.terms import Clock, Status
from scheduler.store import pairing
from scheduler.store.dialogue_tables import Answer, Request
from scheduler.store.session import writing
from scheduler.store.tables import ClockRun
from tests import program
from tests.database.office import KEY, at
from tests.database.officers import (
    ADMIN,
    EMPTY,
    GOOD,
    KECAMATAN,
    KEPALA,
    KOMINFO,
    MONDAY,
    PENGHUBUNG,
    PKM,
    WARGA,
    WRONG_OFFICE,
    N,
    Room,
    policy,
)

ROOT = Path(__file__).resolve().parents[2]
BETTER = "Lubang sudah ditambal kemarin, 5 Mei 2026, di Jalan Teratai."


@pytest.fixture
def room(database_url: str) -> Iterator[Room]:
    made = Room(database_url)
    made.dispose(N, "DPUPR", MONDAY)
    yield made
    made.close()


@pytest.fixture
def approving(database_url: str, tmp_path: Path) -> Iterator[Room]:
    """The pejabat_penghubung approves answers."""
    made = Room(database_url, policy_file=policy(tmp_path, "penghubung"))
    made.dispose(N, "DPUPR", MONDAY)
    yield made
    made.close()


# --- answers that say too little ------------------------------------------------------------


def test_a_normative_answer_does_not_stop_the_clock_and_kominfo_hears_of_it(room: Room) -> None:
    said = room.says(ADMIN, f"JAWAB {N} {EMPTY}")
    assert "batas waktunya masih berjalan karena belum memuat" in said
    assert "tindakan yang dilakukan" in said
    assert room.answers() == [(EMPTY, False, False)]
    assert room.open_clocks() == {"respon", "penyelesaian"}
    assert room.case().answered_at is None
    assert room.requests() == [("normatif", "terbuka")]
    assert [status for _, _, status in room.asked("jawaban_normatif")] == ["pending"] * 2
    room.tick("2026-05-06T16:00")
    assert [n for n in room.notices() if n.step == "surat_1"]
    assert not room.asked("permintaan_ingat", "permintaan_lewat")


def test_kominfo_may_accept_it_as_it_is(room: Room) -> None:
    nomor = room.own()
    room.says(ADMIN, f"JAWAB {nomor} {EMPTY}")
    room.tick("2026-05-04T10:01")
    assert not room.phones.hears(WARGA)
    said = room.says(KOMINFO, f"SETUJU {nomor}", "2026-05-04T12:00")
    assert "Persetujuan atas jawaban yang belum substantif" in said
    assert room.answers() == [(EMPTY, True, False)]
    assert room.open_clocks(nomor) == {"tanggapan"}
    # An answer that Kominfo accepts was one from then on, as it stands: not from when it was given.
    assert room.case(nomor).answered_at == at("2026-05-04T12:00")
    stopped = {run.clock: run.stopped_at for run in room.rows(ClockRun) if run.stopped_at}
    assert stopped[Clock.RESPON] == stopped[Clock.PENYELESAIAN] == at("2026-05-04T12:00")
    room.tick("2026-05-04T12:01")
    (told,) = room.phones.hears(WARGA)
    assert "akan kami teruskan" in told
    assert room.asked("jawaban_disetujui") == [("jawaban_disetujui", "Admin DPUPR", "delivered")]


def test_or_say_no_without_a_reason(room: Room) -> None:
    room.says(ADMIN, f"JAWAB {N} {EMPTY}")
    assert "batas waktunya berjalan terus" in room.says(KOMINFO, f"TOLAK {N}")
    assert room.requests() == [("normatif", "ditolak")]
    assert room.open_clocks() == {"respon", "penyelesaian"}
    assert not room.asked("jawaban_ditolak", "permintaan_ditolak")


def test_refused_it_is_no_answer_when_the_time_to_settle_it_is_over(room: Room) -> None:
    room.says(ADMIN, f"JAWAB {N} {EMPTY}")
    room.says(KOMINFO, f"TOLAK {N}")
    room.tick("2026-05-26T15:59")  # the 14th working day
    assert not room.asked("penyelesaian_lewat")
    room.tick("2026-05-26T16:00")
    told = {post for _, post, _ in room.asked("penyelesaian_lewat")}
    assert {"Admin DPUPR", "Admin Koordinator SP4N-LAPOR!"} < told


def test_a_second_normative_answer_takes_the_place_of_the_first(room: Room) -> None:
    room.says(ADMIN, f"JAWAB {N} {EMPTY}")
    room.says(KEPALA, f"JAWAB {N} Baik, segera kami tindak lanjuti sesuai ketentuan yang berlaku.")
    assert room.requests() == [("normatif", "gugur"), ("normatif", "terbuka")]
    statuses = [status for _, _, status in room.asked("jawaban_normatif")]
    assert statuses == ["cancelled"] * 2 + ["pending"] * 2
    room.says(KOMINFO, f"SETUJU {N}")
    assert [counts for _, counts, _ in room.answers()] == [False, True]


def test_a_setuju_for_what_was_asked_later_accepts_no_normative_answer(room: Room) -> None:
    room.says(ADMIN, f"JAWAB {N} {EMPTY}")
    room.says(ADMIN, f"BUKAN {N} {WRONG_OFFICE}", "2026-05-04T11:00")
    assert f"{N} BUKAN wewenang, jawaban belum substantif (DPUPR)" in room.says(
        KOMINFO, "DAFTAR", "2026-05-04T11:30"
    )
    assert "atas permintaan bukan wewenang" in room.says(KOMINFO, f"SETUJU {N}", "2026-05-04T12:00")
    assert room.requests() == [("normatif", "gugur"), ("bukan", "diterima")]


def test_a_better_answer_settles_it(room: Room) -> None:
    room.says(ADMIN, f"JAWAB {N} {EMPTY}")
    room.says(ADMIN, f"JAWAB {N} {GOOD}")
    assert room.requests() == [("normatif", "gugur")]
    assert room.answers() == [(EMPTY, False, False), (GOOD, True, True)]
    assert room.open_clocks() == {"tanggapan"}
    assert "Tidak ada permintaan" in room.says(KOMINFO, f"SETUJU {N}")


def test_an_interim_answer_with_an_action_and_a_date_counts(room: Room) -> None:
    room.says(ADMIN, f"JAWAB {N} Akan kami perbaiki tanggal 12 Mei 2026 setelah aspal datang.")
    assert room.open_clocks() == {"tanggapan"}


# --- answers that wait for an approval ------------------------------------------------------


def test_an_answer_waits_for_the_penghubung_and_clocks_go_on(approving: Room) -> None:
    room = approving
    nomor = room.own()
    said = room.says(ADMIN, f"JAWAB {nomor} {GOOD}")
    assert said == (
        f"Terima kasih. Jawaban aduan {nomor} kami catat dan menunggu persetujuan "
        "Sekretaris DPUPR sebelum disampaikan."
    )
    assert room.asked("minta_setuju") == [("minta_setuju", "Sekretaris DPUPR", "pending")]
    assert room.open_clocks(nomor) == {"respon", "penyelesaian"}
    assert room.case(nomor).status is Status.BELUM_DITINDAKLANJUTI
    assert not room.answers()
    room.tick("2026-05-04T10:01")
    assert not room.phones.hears(WARGA)
    (asked,) = [one for one in room.phones.hears(PENGHUBUNG) if "mohon persetujuan" in one]
    assert "ditambal tanggal 5 Mei" in asked
    assert "jawaban instansi" in room.says(PENGHUBUNG, f"SETUJU {nomor}", "2026-05-04T12:00")
    assert room.answers() == [(GOOD, True, False)]
    assert room.open_clocks(nomor) == {"tanggapan"}
    assert ("answer", "Admin DPUPR, Dinas Pekerjaan Umum dan Penataan Ruang") in room.trail(nomor)
    room.tick("2026-05-04T12:01")
    assert len(room.phones.hears(WARGA)) == 1
    assert room.asked("jawaban_disetujui") == [("jawaban_disetujui", "Admin DPUPR", "delivered")]


def test_of_a_rahasia_complaint_no_officer_reads_in_a_message_what_was_written(
    approving: Room,
) -> None:
    room = approving
    nomor = room.own()
    room.do(nomor, MONDAY, lambda desk, case: desk.classify(case, "kominfo", rahasia=True))
    room.says(ADMIN, f"JAWAB {nomor} {GOOD}")
    room.tick("2026-05-04T10:01")
    (asked,) = [one for one in room.phones.hears(PENGHUBUNG) if "mohon persetujuan" in one]
    assert asked == (
        f"Yth. Penghubung DPUPR: mohon persetujuan atas jawaban DPUPR untuk aduan {nomor}: Rahasia;"
        f" baca di konsol Ingat. Balas SETUJU {nomor} atau TOLAK {nomor} alasan. -Kominfo Sampang"
    )
    room.says(PENGHUBUNG, f"TOLAK {nomor} pelapornya jangan disebut", "2026-05-04T11:00")
    room.says(ADMIN, f"BUKAN {nomor} bendahara desa yang dilaporkan", "2026-05-04T11:05")
    room.tick("2026-05-04T11:10")
    told = "\n".join(room.phones.hears(ADMIN) + room.phones.hears(KOMINFO))
    assert "disetujui: Rahasia; baca di konsol Ingat." in told
    assert "wewenangnya: Rahasia; baca di konsol Ingat. Balas SETUJU" in told
    assert not any(word in told for word in ("pelapornya", "bendahara", "ditambal"))
    room.says(ADMIN, f"JAWAB {nomor} {GOOD}", "2026-05-04T12:00")
    room.says(PENGHUBUNG, f"SETUJU {nomor}", "2026-05-04T12:05")
    room.tick("2026-05-04T12:10")
    assert "ditambal tanggal 5 Mei" in room.phones.hears(WARGA)[-1]  # it is his own


def test_refused_the_writer_hears_why_and_writes_again(approving: Room) -> None:
    room = approving
    room.says(ADMIN, f"JAWAB {N} {GOOD}")
    assert "lalu alasan" in room.says(PENGHUBUNG, f"TOLAK {N}")
    room.says(PENGHUBUNG, f"TOLAK {N} sebutkan nama jalannya", "2026-05-04T11:00")
    assert room.requests() == [("jawaban", "ditolak")]
    assert room.asked("jawaban_ditolak") == [("jawaban_ditolak", "Admin DPUPR", "pending")]
    assert not room.answers()
    room.says(ADMIN, f"JAWAB {N} {BETTER}", "2026-05-04T12:00")
    room.says(ADMIN, f"JAWAB {N} {GOOD}", "2026-05-04T13:00")
    states = [state for _, state in room.requests()]
    assert states == ["ditolak", "gugur", "terbuka"]
    room.says(KOMINFO, f"SETUJU {N}", "2026-05-04T14:00")
    assert room.answers() == [(GOOD, True, True)]


@pytest.mark.parametrize("phone", [PENGHUBUNG, KEPALA, KOMINFO])
def test_whoever_may_approve_needs_no_approval(approving: Room, phone: str) -> None:
    approving.says(phone, f"JAWAB {N} {GOOD}")
    assert not approving.requests()
    assert approving.answers() == [(GOOD, True, True)]


def test_a_phone_that_is_both_answers_as_the_one_who_may(approving: Room) -> None:
    room = approving
    room.dispose("9000002", "Kec. Ct. Utara", MONDAY)
    room.says(KECAMATAN, f"JAWAB 9000002 {GOOD}")
    assert not room.requests()
    assert room.trail("9000002")[-1][1].startswith("Sekretaris Kecamatan")


def test_the_penghubung_of_another_opd_does_not_approve(approving: Room) -> None:
    approving.says(ADMIN, f"JAWAB {N} {GOOD}")
    approving.says("0811-0000-0013", f"SETUJU {N}")
    assert approving.effect == "ditolak"
    assert "Tidak ada permintaan" in approving.says(ADMIN, f"SETUJU {N}")
    assert approving.requests() == [("jawaban", "terbuka")]


def test_where_nobody_is_penghubung_kominfo_approves(approving: Room) -> None:
    room = approving
    room.bring_in(
        "instansi,jenis,induk,hari_kerja,peran,jabatan,nama,nip,telepon\n"
        "Dinas Contoh Baru,opd,Kabupaten Contoh,5,admin_opd,Admin Baru,Umar Umpama,,0811-0000-0090",
        MONDAY,
    )
    room.dispose("9000002", "Dinas Contoh Baru", MONDAY)
    assert "persetujuan Kominfo" in room.says("0811-0000-0090", f"JAWAB 9000002 {GOOD}")
    assert {kind for kind, _, _ in room.asked("minta_setuju")} == {"minta_setuju"}
    assert {post for _, post, _ in room.asked("minta_setuju")} == {
        "Admin Koordinator SP4N-LAPOR!",
        "Admin Koordinator SP4N-LAPOR! II",
    }
    room.says(KOMINFO, "SETUJU 9000002")
    assert room.answers() == [(GOOD, True, True)]


def test_with_kominfo_deciding_even_the_penghubung_waits(database_url: str, tmp_path: Path) -> None:
    room = Room(database_url, policy_file=policy(tmp_path, "kominfo"))
    try:
        room.dispose(N, "DPUPR", MONDAY)
        assert "persetujuan Kominfo" in room.says(PENGHUBUNG, f"JAWAB {N} {GOOD}")
        assert "Tidak ada permintaan" in room.says(PENGHUBUNG, f"SETUJU {N}")
        room.says(KOMINFO, f"SETUJU {N}")
        assert room.requests() == [("jawaban", "diterima")]
        assert room.answers() == [(GOOD, True, True)]
    finally:
        room.close()


def test_an_answer_of_a_unit_is_approved_there(approving: Room) -> None:
    room = approving
    room.dispose("9000002", "PKM Contoh Kota", MONDAY)
    room.says(PKM, f"JAWAB 9000002 {GOOD}")
    ((_, post, _),) = room.asked("minta_setuju")
    assert post == "Kepala Subbagian Tata Usaha Puskesmas Contoh Kota"
    room.says("0811-0000-0016", "SETUJU 9000002")  # the penghubung of the office above it
    assert room.requests() == [("jawaban", "diterima")]


def test_a_supplement_waits_too_and_stays_one(approving: Room) -> None:
    room = approving
    room.says(KEPALA, f"JAWAB {N} {GOOD}")
    room.says(ADMIN, f"JAWAB {N} {BETTER}", "2026-05-04T11:00")
    room.tick("2026-05-04T11:01")
    assert room.requests() == [("jawaban", "terbuka")]
    room.says(PENGHUBUNG, f"SETUJU {N}", "2026-05-04T12:00")
    assert [body for body, _, _ in room.answers()] == [GOOD, BETTER]


def test_what_sp4n_shows_meanwhile_ends_the_wait(approving: Room) -> None:
    room = approving
    room.says(ADMIN, f"JAWAB {N} {GOOD}")
    room.do(N, "2026-05-04T12:00", lambda d, c: d.answer(c, "sp4n", in_sp4n=True))
    room.tick("2026-05-04T12:01")
    assert room.requests() == [("jawaban", "gugur")]
    assert {status for _, _, status in room.asked("minta_setuju")} == {"cancelled"}


def test_a_reopened_complaint_waits_for_another_answer(approving: Room) -> None:
    room = approving
    room.says(KEPALA, f"JAWAB {N} {GOOD}")
    room.says(ADMIN, f"JAWAB {N} {BETTER}", "2026-05-04T11:00")
    room.do(N, "2026-05-04T12:00", lambda desk, case: desk.reopen(case, "pelapor"))
    assert "Tidak ada permintaan" in room.says(PENGHUBUNG, f"SETUJU {N}", "2026-05-04T13:00")
    run = room.case().open_run(Clock.RESPON)
    assert run is not None
    assert run.run_no == 2


# --- commands ---------------------------------------------------------------------------------

Run = Callable[..., subprocess.CompletedProcess[str]]


def commands(url: str, folder: Path) -> Run:
    """The real program on the test's database."""

    def run(*args: str) -> subprocess.CompletedProcess[str]:
        return program.run(args, folder, {"DATABASE_URL": url, "DATA_KEY": KEY})

    return run


def lines(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_kominfo_lists_and_decides_by_command(
    room: Room, database_url: str, tmp_path: Path
) -> None:
    ingat = commands(database_url, tmp_path)
    room.says(ADMIN, f"BUKAN {N} jalan provinsi, hubungi 0812-3456-7890")
    (listed,) = lines(ingat("requests", "--json"))
    assert listed == {
        "id": 1,
        "tracking_id": N,
        "kind": "bukan",
        "post": "Admin DPUPR, Dinas Pekerjaan Umum dan Penataan Ruang",
        "decider": "admin_koordinator",
        "body": "jalan provinsi, hubungi [telepon disamarkan]",
        "made_at": "2026-05-04T10:00:00+07:00",
        "due_at": "2026-05-05T16:00:00+07:00",
    }
    later = ("--at", "2026-05-04T12:00+07:00")
    refused = ingat("decide", N, "tolak", *later)
    assert (refused.returncode, refused.stderr) == (
        1,
        "ingat: alasan penolakan belum disebutkan\n",
    )
    assert ingat("decide", N, "boleh", *later).returncode == 2
    assert ingat("decide", N, "setuju", "--reason", "x", *later).returncode == 2
    done = ingat("decide", N, "tolak", "--reason", "jalan kabupaten", *later)
    assert done.stdout == "aduan 9000001: bukan ditolak\n"
    assert not lines(ingat("requests", "--json"))
    again = ingat("decide", N, "setuju", *later)
    assert again.returncode == 1
    assert "tidak punya permintaan" in again.stderr
    (one,) = room.rows(Request)
    assert (one.state, one.decided_by, one.reason) == ("ditolak", "kominfo", "jalan kabupaten")


def test_answers_are_copied_once(room: Room, database_url: str, tmp_path: Path) -> None:
    ingat = commands(database_url, tmp_path)
    nomor = room.own()
    room.says(ADMIN, f"JAWAB {N} {GOOD}")
    room.says(ADMIN, f"JAWAB {nomor} {GOOD}")
    room.dispose("9000002", "DPUPR", MONDAY)
    room.says(ADMIN, f"JAWAB 9000002 {EMPTY}")
    listed = [one["tracking_id"] for one in lines(ingat("answers", "--json"))]
    assert listed == [N, nomor, "9000002"]
    (one,) = lines(ingat("answers", "--to-copy", "--json"))
    assert (one["tracking_id"], one["body"], one["copied_at"]) == (N, GOOD, None)
    later = ("--at", "2026-05-04T12:00+07:00")
    assert "belum ada di SP4N" in ingat("copied", nomor, *later).stderr
    assert ingat("copied", N, *later).returncode == 0
    assert "tidak punya jawaban" in ingat("copied", N, *later).stderr
    assert not lines(ingat("answers", "--to-copy", "--json"))
    assert room.rows(Answer)[0].copied_at == at("2026-05-04T12:00")
    # Entered in SP4N later, its answer is to be copied too.
    moment = at("2026-05-05T09:00")
    with writing(room.engine) as connection:
        pairing.link(connection, room.opened.world(moment), nomor, "9000077", moment)
    (one,) = lines(ingat("answers", "--to-copy", "--json"))
    assert one["tracking_id"] == "9000077"
