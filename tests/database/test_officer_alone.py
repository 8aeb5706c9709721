"""A word without a number: the one thing it can mean, or the question which of several."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from config.terms import Status
from tests.database.officers import (
    ADMIN,
    EMPTY,
    GOOD,
    KECAMATAN,
    KOMINFO,
    MONDAY,
    WRONG_OFFICE,
    N,
    Room,
)

BUKAN = f"BUKAN {N} {WRONG_OFFICE}"


@pytest.fixture
def room(database_url: str) -> Iterator[Room]:
    made = Room(database_url)
    made.dispose(N, "DPUPR", MONDAY)
    yield made
    made.close()


# --- a word alone ---------------------------------------------------------------------------


def test_a_word_alone_means_the_one_duty(room: Room) -> None:
    room.says(ADMIN, "TERIMA")
    assert room.effect == "terima"
    room.says(ADMIN, f"JAWAB {GOOD}")
    assert room.answers() == [(GOOD, True, True)]
    assert room.says(ADMIN, "TERIMA").startswith("Tidak ada aduan yang menunggu")


def test_of_several_duties_the_officer_says_which(room: Room) -> None:
    room.dispose("9000002", "DPUPR", "2026-05-05T10:00")
    said = room.says(ADMIN, "SUDAH", "2026-05-05T11:00")
    assert said == (
        "Mohon sebutkan nomor aduannya: balas SUDAH lalu nomor. Pilihannya: "
        "9000001 s.d. Kam 7 Mei 16.00; 9000002 s.d. Jum 8 Mei 16.00."
    )
    said = room.says(ADMIN, f"JAWAB {GOOD}", "2026-05-05T11:00")
    assert said.startswith("Jawaban ini untuk aduan yang mana? Balas JAWAB nomor isi jawaban.")
    assert room.effect == "jawab_tanpa_nomor"
    assert not room.answers()
    assert not room.requests()


def test_a_number_that_nobody_knows_is_not_taken_for_the_one_there_is(room: Room) -> None:
    room.phones.says(ADMIN, f"JAWAB 9000011 {GOOD}", MONDAY)
    assert not room.answers()
    assert room.case().status is Status.BELUM_DITINDAKLANJUTI


def test_a_normative_answer_without_a_number_is_told_what_is_missing(room: Room) -> None:
    said = room.says(ADMIN, f"JAWAB {EMPTY}")
    assert "batas waktunya masih berjalan" in said
    assert room.answers() == [(EMPTY, False, False)]


def test_a_reply_to_a_message_about_several_is_about_one_of_these(room: Room) -> None:
    room.dispose("9000002", "DPUPR", MONDAY)
    room.tick("2026-05-05T08:00")
    room.dispose("9000003", "DPUPR", "2026-05-05T09:00")
    sid = next(
        attempt.sid
        for notice in room.notices()
        if notice.step == "ingat" and notice.post and notice.post.startswith("Admin DPUPR")
        for attempt in notice.attempts
    )
    said = room.says(ADMIN, "SUDAH", "2026-05-05T10:00", replied_sid=sid)
    assert "9000001" in said
    assert "9000002" in said
    assert "9000003" not in said
    room.says(ADMIN, f"JAWAB {N} {GOOD}", "2026-05-05T10:00")
    room.says(ADMIN, "SUDAH", "2026-05-05T11:00", replied_sid=sid)
    assert room.effect == "sudah"
    assert [event for event, _ in room.trail("9000002")] == ["sudah"]


def test_a_reply_to_one_of_several_messages_is_about_its_complaint(room: Room) -> None:
    room.tick("2026-05-04T10:01")
    room.dispose("9000002", "DPUPR", "2026-05-04T11:00")
    about_the_first = next(
        attempt.sid
        for notice in room.notices()
        if notice.number == N and notice.post and notice.post.startswith("Admin DPUPR")
        for attempt in notice.attempts
    )
    room.says(ADMIN, "TERIMA", "2026-05-04T12:00", replied_sid=about_the_first)
    assert room.effect == "terima"
    assert [event for event, _ in room.trail(N)] == ["accept"]
    assert not room.trail("9000002")


# --- a decision without a number --------------------------------------------------------------


def test_tolak_alone_means_the_one_request_there_is(room: Room) -> None:
    assert "Tidak ada permintaan yang menunggu" in room.says(KOMINFO, "TOLAK")
    room.says(ADMIN, BUKAN)
    assert "balas TOLAK 9000001 lalu alasan" in room.says(KOMINFO, "TOLAK")
    room.dispose("9000002", "DPUPR", MONDAY)
    room.says(ADMIN, f"BUKAN 9000002 {WRONG_OFFICE}")
    said = room.says(KOMINFO, "TOLAK")
    assert "balas TOLAK lalu nomor. Pilihannya: 9000001 BUKAN wewenang (DPUPR); 9000002" in said


@pytest.mark.parametrize("asked", [False, True])
def test_setuju_alone_never_decides_and_who_may_mean_it_so_is_told(room: Room, asked: bool) -> None:
    if asked:
        room.phones.says(KOMINFO, "BERHENTI", MONDAY)
    room.says(ADMIN, BUKAN)
    room.phones.says(KOMINFO, "SETUJU", MONDAY)
    *before, which = room.phones.replies(KOMINFO)
    assert "balas SETUJU lalu nomor. Pilihannya: 9000001" in which
    assert any("Terima kasih atas persetujuan" in text for text in before) == asked
    assert "balas SETUJU lalu nomor" in room.says(KOMINFO, "SETUJU")
    assert room.requests() == [("bukan", "terbuka")]


def test_a_phone_that_would_approve_itself_is_not_asked_to(room: Room) -> None:
    room.dispose("9000002", "Kec. Ct. Utara", MONDAY)
    room.says(KECAMATAN, f"JAWAB 9000002 {EMPTY}")
    room.says(KECAMATAN, "SETUJU 9000002")
    assert room.requests() == [("normatif", "terbuka")]
