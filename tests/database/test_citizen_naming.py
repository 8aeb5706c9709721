"""Reporters who write the number of a complaint in their own way, or half of it, or only ask."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from config.replies import reply
from config.terms import Channel, Status
from tests.database.builders import Kabupaten, kabupaten
from tests.database.citizens import (
    ADMIN,
    ANI,
    BROKEN,
    BUDI,
    FIRST,
    ROAD,
    SECOND,
    WA,
    after,
    complaints,
)
from tests.database.talking import Phones

NINE = "2026-05-04T09:00:00"
TEN = "2026-05-04T10:00:00"
TUESDAY = "2026-05-05T09:00:00"
WEDNESDAY = "2026-05-06T09:00:00"
SMS = Channel.SMS


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Kabupaten]:
    with kabupaten(f"sqlite:///{tmp_path}/ingat.db", tmp_path) as opened:
        yield opened


@pytest.fixture
def phones(office: Kabupaten) -> Phones:
    """Phones of which Ani's has reported two things, and one of them is answered."""
    phones = Phones(office.opened)
    phones.says(ANI, ROAD, NINE)
    phones.says(ANI, "LAPOR lampu mati di Omben sejak kemarin", TEN)
    office.dispose(FIRST, TEN)
    office.do(FIRST, TUESDAY, lambda desk, case: desk.answer(case, "Admin DPU", "Ditambal"))
    return phones


def test_questions_about_an_own_number_are_answered(office: Kabupaten, phones: Phones) -> None:
    for minutes, text in enumerate(
        (
            "STATUS 0002",
            "status no 2",
            "0002",
            "cek status no 2",
            f"tolong status {SECOND}",
            f"{SECOND} sampai mana?",
            f"aduan {SECOND} kapan ditangani pak",
        )
    ):
        assert phones.says(ANI, text, after(TUESDAY, minutes=minutes)) == "status", text
        assert phones.reply(ANI).startswith(f"{SECOND}: MENUNGGU VERIFIKASI"), text
    for text in ("cek status", "laporan saya sampai mana?"):
        assert phones.says(ANI, text, WEDNESDAY) == "status"
        assert phones.reply(ANI).startswith("Aduan Anda: ")
    assert len(complaints(office)) == 2
    assert phones.says(BUDI, "cek status", WEDNESDAY) == "tidak_ada_aduan"


def test_what_is_not_his_is_unknown(office: Kabupaten, phones: Phones) -> None:
    for text, nomor in (
        ("STATUS 0002", "0002"),
        ("cek status no 7", "7"),
        (f"{SECOND} sampai mana?", SECOND),
        ("SPG-2605-0099 bagaimana", "SPG-2605-0099"),
    ):
        assert phones.says(BUDI, text, TUESDAY) == "ditolak", text
        assert phones.reply(BUDI) == reply("nomor_tak_dikenal", SMS, nomor=nomor)
    assert len(complaints(office)) == 2


def test_the_end_of_a_number_is_as_good_as_the_whole(office: Kabupaten, phones: Phones) -> None:
    assert phones.says(ANI, "TAMBAH 0002 dekat masjid", TUESDAY) == "tambah"
    assert office.case(SECOND).isi.endswith("\ndekat masjid")
    assert phones.says(ANI, "NILAI 2 0001", WEDNESDAY) == "nilai"
    assert phones.says(ANI, "BELUM 1", WEDNESDAY) == "belum"
    assert office.status(FIRST) is Status.BELUM_DITINDAKLANJUTI
    assert phones.says(ANI, "batal 2", WEDNESDAY) == "batal"
    assert office.status(SECOND) is Status.ARSIP
    assert office.case(FIRST).rating == 2


def test_of_two_numbers_that_end_alike_he_says_which(office: Kabupaten, phones: Phones) -> None:
    june = "2026-06-02T09:00:00"
    phones.says(BUDI, ROAD, june)
    phones.says(ANI, "LAPOR air mati di Camplong sejak kemarin", june)
    assert office.case("SPG-2606-0002").nomor == "SPG-2606-0002"
    assert phones.says(ANI, "BATAL 2", after(june, minutes=9)) == "pilih_nomor"
    assert f"SPG-2606-0002 menunggu verifikasi; {SECOND}" in phones.reply(ANI)
    assert phones.reply(ANI).startswith("Mohon sebutkan nomor aduannya: balas BATAL lalu nomor")


@pytest.mark.parametrize(
    "text",
    [
        f"TAMBAHAN {SECOND} dekat masjid, tiang nomor 3 dari barat, yang depannya ada warung kopi",
        f"{SECOND} lampunya dekat masjid",
        f"untuk {SECOND} tiangnya juga miring pak",
    ],
)
def test_a_short_text_with_his_number_is_added(
    office: Kabupaten, phones: Phones, text: str
) -> None:
    assert phones.says(ANI, text, TUESDAY) == "tambah"
    assert "masjid" in office.case(SECOND).isi or "miring" in office.case(SECOND).isi
    said = "ditambahkan" if text.startswith("TAMBAHAN") else "ditambahkan_atau_lapor"
    assert phones.reply(ANI) == reply(said, SMS, nomor=SECOND)
    assert len(complaints(office)) == 2


def test_beside_the_number_of_an_answer_his_words_judge_it(
    office: Kabupaten, phones: Phones
) -> None:
    assert phones.says(ANI, f"{FIRST} lubangnya muncul lagi di timur", TUESDAY) == "tambah"
    assert phones.replies(ANI)[-2:] == [
        reply("ditambahkan_atau_lapor", SMS, nomor=FIRST),
        reply("ulasan", SMS, nomor=FIRST),
    ]
    assert phones.says(ANI, f"pak {FIRST} sudah beres", after(TUESDAY, minutes=8)) == "ulasan"
    assert phones.says(ANI, f"pak {FIRST} sudah beres?", after(TUESDAY, minutes=9)) == "status"
    assert phones.says(ANI, f"{FIRST} bintang 2", after(TUESDAY, minutes=10)) == "nilai"
    assert phones.says(ANI, f"{FIRST} masih rusak pak", WEDNESDAY) == "belum"
    assert (office.case(FIRST).rating, len(complaints(office))) == (2, 2)


def test_what_says_more_stays_a_complaint(office: Kabupaten, phones: Phones) -> None:
    office.do(SECOND, TUESDAY, lambda desk, case: desk.close(case, "kominfo"))
    for minutes, text in enumerate(
        (
            f"{SECOND} lampunya mati lagi",  # it is closed
            f"{ROAD} seperti {FIRST} yang dulu, dan sekarang juga di Desa Rapa Laok sebelah barat",
            "TAMBAH 2 lampu mati di Tambelangan sejak kemarin",
            "STATUS tanah tidak jelas di Desa Taman sejak 2024",
        )
    ):
        when = after(WEDNESDAY, minutes=minutes * 10)
        assert phones.says(ANI, text, when) == "aduan", text
    assert phones.says(BUDI, f"{FIRST} itu jalan di Desa Taman kemarin", WEDNESDAY) == "aduan"
    assert office.status(FIRST) is Status.PROSES


def test_what_belongs_to_a_report_in_the_making_stays_with_it(
    office: Kabupaten, phones: Phones
) -> None:
    phones.says(ANI, BROKEN, WEDNESDAY, WA)
    when = after(WEDNESDAY, minutes=1)
    assert phones.says(ANI, f"di tempat yang sama dengan {SECOND}", when, WA) == "aduan"
    assert SECOND in complaints(office)[2].isi
    assert phones.says(ANI, "0002", after(WEDNESDAY, minutes=2), WA) == "bagian"


def test_a_polite_keyword_is_one(office: Kabupaten, phones: Phones) -> None:
    assert phones.says(ANI, "batal pak", TUESDAY) == "pilih_nomor"
    assert "balas BATAL lalu nomor" in phones.reply(ANI)
    assert phones.says(ANI, "belum pak", WEDNESDAY) == "belum"
    assert office.status(FIRST) is Status.BELUM_DITINDAKLANJUTI
    assert phones.says(ANI, "belum pak", WEDNESDAY) == "ditolak"
    assert phones.says(ANI, "stop pak terima kasih", WEDNESDAY) == "berhenti"
    phones.says(BUDI, BROKEN, WEDNESDAY, WA)
    assert phones.says(BUDI, "belum pak", after(WEDNESDAY, minutes=1), WA) == "aduan"
    assert complaints(office)[2].isi.endswith("belum pak")


def test_an_officer_who_asks_in_his_own_words_hears_it(phones: Phones) -> None:
    assert phones.says(ADMIN, f"{FIRST} sampai mana?", WEDNESDAY) == "status"
    assert phones.reply(ADMIN).startswith(f"{FIRST}: sudah dijawab")
