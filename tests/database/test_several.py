"""TERIMA and SUDAH with several numbers act on each, and one reply says so of each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.dialogue import several
from config.gsm7 import segments
from config.terms import Channel
from scheduler.store.dialogue_tables import Request
from tests.database.officers import ADMIN, DISDIK, GOOD, MONDAY, SEKDA, WARGA, Room

THREE = ("9000001", "9000002", "9000003")


@pytest.fixture
def room(sqlite_url: str) -> Iterator[Room]:
    made = Room(sqlite_url)
    for number in THREE:
        made.dispose(number, "DPUPR", MONDAY)
    yield made
    made.close()


@pytest.mark.parametrize("between", [" ", ", ", " dan ", ",", " & ", "\n"])
def test_sudah_counts_for_each_and_names_each(room: Room, between: str) -> None:
    assert room.says(ADMIN, f"SUDAH {between.join(THREE)}") == (
        "Terima kasih. 9000001, 9000002, 9000003 dijeda sampai Sel 5 Mei 16.00, dicocokkan "
        "Kominfo dengan SP4N-LAPOR!."
    )
    assert room.effect == "sudah"
    assert room.requests() == [("sudah", "terbuka")] * 3


def test_terima_counts_for_each(room: Room) -> None:
    assert room.says(ADMIN, "TERIMA 9000001, no. 9000002 dan SP4N #9000003") == (
        "Terima kasih. 9000001, 9000002, 9000003 tercatat diterima. "
        "Batas jawaban tiap aduan: balas DAFTAR."
    )
    assert [room.trail(number)[-1][0] for number in THREE] == ["accept"] * 3


def test_each_that_cannot_be_says_why_and_hinders_none(room: Room) -> None:
    own = room.own()
    room.dispose("9000004", "Disdik", MONDAY)
    room.says(ADMIN, f"JAWAB 9000001 {GOOD}")
    room.says(ADMIN, "SUDAH 9000002")
    room.do("9000003", "2026-05-04T10:30", lambda d, c: d.pause(c, "kominfo", "lokasi"))
    room.dispose("9000005", "DPUPR", MONDAY)
    said = room.says(
        ADMIN,
        f"SUDAH 9000001 9000002 9000003 9000004 9999999 {own} 9000005",
        "2026-05-04T11:00",
        channel=Channel.WHATSAPP,
    )
    assert said.splitlines() == [
        "Terima kasih.",
        "9000001 sudah tercatat dijawab",
        "9000002 sudah dinyatakan sebelumnya, belum tampak di SP4N-LAPOR!",
        "9000003 sedang menunggu kelengkapan dari pelapor",
        "9000004, 9999999 tidak tercatat pada jabatan Bapak/Ibu",
        f"{own} tidak di SP4N-LAPOR!, balas JAWAB nomor isi jawaban",
        "9000005 dijeda sampai Sel 5 Mei 16.00, dicocokkan Kominfo dengan SP4N-LAPOR!",
    ]
    assert room.trail("9000004") == []


@pytest.mark.parametrize("phone", [DISDIK, SEKDA])
def test_of_others_complaints_nothing_is_done(room: Room, phone: str) -> None:
    said = room.says(phone, f"TERIMA {' '.join(THREE)}")
    assert "9000001, 9000002, 9000003 tidak tercatat pada jabatan Bapak/Ibu" in said
    assert room.effect == "ditolak"
    assert not room.trail(THREE[0])


def test_a_list_that_is_too_long_says_where_it_was_left(room: Room) -> None:
    numbers = [f"{9000001 + n}" for n in range(several.MOST + 3)]
    said = room.says(ADMIN, f"TERIMA {' '.join(numbers)}")
    assert "9000001, 9000002, 9000003 tercatat diterima; 9000004, " in said
    assert f"{numbers[several.MOST]} dan nomor sesudahnya belum diproses" in said
    assert segments(said)[1] <= 3


def test_the_longest_reply_has_room_for_every_number(room: Room) -> None:
    owns = [room.own() for _ in range(several.MOST)]
    said = room.says(ADMIN, f"SUDAH {' '.join(owns)}")
    assert all(number in said for number in owns)
    assert segments(said)[1] <= 3


def test_a_number_that_is_written_twice_is_one(room: Room) -> None:
    assert "9000001, 9000002 tercatat" in room.says(ADMIN, "TERIMA 9000001 9000002 9000001")
    assert [event for event, _ in room.trail("9000001")] == ["accept"]


def test_more_than_numbers_is_said_of_the_first_alone(room: Room) -> None:
    room.says(ADMIN, "SUDAH 9000001 seperti 9000002")
    assert room.requests() == [("sudah", "terbuka")]


def test_a_citizens_list_is_no_officers_word(room: Room) -> None:
    room.phones.says(WARGA, "TERIMA 9000001 9000002", MONDAY)
    assert not room.trail("9000001")


# --- in his own words -------------------------------------------------------------------------


def test_an_officers_own_words_do_what_the_keyword_does(room: Room) -> None:
    assert "dijeda sampai" in room.says(ADMIN, "sudah kami jawab di SP4N 9000001")
    assert "kami catat" in room.says(ADMIN, f"jawaban 9000002 {GOOD}")
    assert "kami catat" in room.says(ADMIN, f"9000003 jawab {GOOD}")
    assert [one[0] for one in room.answers()] == [GOOD, GOOD]


def test_bukan_wewenang_kami_is_no_reason_yet(room: Room) -> None:
    for text in ("bukan wewenang kami 9000001", "BUKAN 9000001 wewenang DPUPR"):
        assert room.says(ADMIN, text).startswith("Mohon sertakan alasannya: balas BUKAN 9000001")
    room.says(ADMIN, "bukan kewenangan kami tapi provinsi 9000001")
    assert [one.body for one in room.rows(Request)] == []  # six words: he is told how to say it
    room.says(ADMIN, "bukan wewenang kami, provinsi 9000001")
    assert [one.body for one in room.rows(Request)] == ["bukan wewenang kami, provinsi"]


def test_what_is_not_understood_is_answered_with_the_words_that_are(room: Room) -> None:
    said = room.says(ADMIN, "9000001 lubang sudah ditambal 5 mei")
    assert "balas JAWAB nomor isi jawaban; bila sudah dijawab di SP4N, balas SUDAH nomor" in said
