"""An answer can be read again by its reporter, and its officer is told no more than is true."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from config.gsm7 import segments
from config.policy_file import load_default_text
from config.replies import reply
from config.terms import Channel
from tests.database.officers import ADMIN, EMPTY, GOOD, KOMINFO, MONDAY, WARGA, Room

SMS, WA = Channel.SMS, Channel.WHATSAPP
NOON = "2026-05-04T12:00"
TUESDAY = "2026-05-05T10:00"
SAID = GOOD.rstrip(".")


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    made = Room(f"sqlite:///{tmp_path}/ingat.db")
    yield made
    made.close()


@pytest.mark.parametrize("channel", [SMS, WA])
def test_status_says_the_answer(room: Room, channel: Channel) -> None:
    nomor = room.own()
    room.says(ADMIN, f"JAWAB {nomor} {EMPTY}")
    assert EMPTY[:20] not in room.says(WARGA, "STATUS", MONDAY, channel=channel)
    room.says(ADMIN, f"JAWAB {nomor} {GOOD}", NOON)
    room.says(ADMIN, f"JAWAB {nomor} Terima kasih.", NOON)
    said = room.says(WARGA, "STATUS", NOON, channel=channel)
    assert said.startswith(f"{nomor}: SUDAH DIJAWAB oleh Dinas Pekerjaan Umum")
    assert f' 4 Mei: "{SAID}; Terima kasih". Nilai: balas' in said
    room.says(WARGA, "NILAI 4", NOON)
    assert f'. Jawabannya: "{SAID}; Terima kasih".' in room.says(WARGA, "STATUS", NOON)


def test_an_answer_of_before_is_none_of_now(room: Room) -> None:
    nomor = room.own()
    room.says(ADMIN, f"JAWAB {nomor} {GOOD}")
    room.says(WARGA, "BELUM", NOON)
    room.do(nomor, TUESDAY, lambda desk, case: desk.answer(case, "sp4n", in_sp4n=True))
    assert "Lubang" not in room.says(WARGA, "STATUS", TUESDAY)


def test_a_normative_answer_that_kominfo_accepted_is_one(room: Room) -> None:
    nomor = room.own()
    room.says(ADMIN, f"JAWAB {nomor} {EMPTY}")
    room.says(KOMINFO, f"SETUJU {nomor}", NOON)
    assert f'"{EMPTY.rstrip(".")}"' in room.says(WARGA, "STATUS", NOON)


def test_a_long_answer_is_cut_and_the_words_to_answer_with_stay(room: Room) -> None:
    nomor = room.own()
    room.says(ADMIN, f"JAWAB {nomor} " + f"{GOOD} " * 9)
    said = room.says(WARGA, "STATUS", NOON)
    assert segments(said) == ("GSM-7", 3)
    assert '..." Nilai' not in said
    assert '...". Nilai: balas NILAI' in said


def test_whoever_wants_messages_again_hears_what_was_answered(room: Room) -> None:
    nomor = room.own()
    room.says(WARGA, "STOP")
    said = room.says(ADMIN, f"JAWAB {nomor} {GOOD}", NOON)
    assert said == reply("jawab_dicatat_saja", SMS, nomor=nomor)
    room.tick(NOON)
    assert not [text for text in room.phones.hears(WARGA) if "Lubang" in text]
    assert room.says(WARGA, "MULAI", TUESDAY) == reply("mulai", SMS, daftar=nomor)
    assert nomor in room.phones.reply(WARGA)
    assert SAID in room.says(WARGA, f"STATUS {nomor}", TUESDAY)
    assert room.says(WARGA, "MULAI", TUESDAY, channel=WA) == reply("mulai", WA, daftar=nomor)


def test_after_a_normative_answer_that_stopped_respon_an_answer_is_still_owed(
    tmp_path: Path,
) -> None:
    """Any answer stops `respon`, only a substantive one `penyelesaian`."""
    substantive = 'stop = "jawaban_substantif"'
    rules = tmp_path / "kebijakan.toml"
    rules.write_text(load_default_text().replace(substantive, 'stop = "jawaban"', 1), "utf-8")
    with closing(Room(f"sqlite:///{tmp_path}/ingat.db", policy_file=rules)) as room:
        nomor = room.own()
        for when in (MONDAY, NOON):
            said = room.says(ADMIN, f"JAWAB {nomor} {EMPTY}", when)
            assert "belum memuat" in said
            assert room.open_clocks(nomor) == {"penyelesaian"}
        assert room.requests() == [("normatif", "gugur"), ("normatif", "terbuka")]
        assert "SEDANG DIPROSES" in room.says(WARGA, "STATUS", NOON)
        assert "belum dijawab" in room.says(WARGA, "NILAI 1", NOON)
        assert "belum dijawab" in room.says(WARGA, "BELUM", NOON)
        room.says(ADMIN, f"JAWAB {nomor} {GOOD}", TUESDAY)
        assert room.open_clocks(nomor) == {"tanggapan"}
        assert room.requests()[-1] == ("normatif", "gugur")
        room.says(ADMIN, f"JAWAB {nomor} Terima kasih.", TUESDAY)
        assert [good for _, good, _ in room.answers()] == [False, False, True, True]


def test_who_is_told_of_it_is_said_to_be(room: Room) -> None:
    nomor = room.own()
    room.says(WARGA, "STOP")
    room.says(WARGA, "MULAI")
    said = room.says(ADMIN, f"JAWAB {nomor} {GOOD}", NOON)
    assert said == reply("jawab_dicatat", SMS, nomor=nomor)
