"""What is said to whoever reports in several messages, greets, or takes officers' words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from config.replies import reply
from config.terms import Channel
from scheduler.store.dialogue_tables import Draft
from tests.database.builders import Kabupaten, kabupaten
from tests.database.citizens import ADMIN, ANI, BUDI, FIRST, ROAD, WA, after, complaints, rows
from tests.database.talking import Phones

NINE = "2026-05-04T09:00:00"
SMS = Channel.SMS
LAMP = "Lampu jalan mati di Desa Taman sejak kemarin"


@pytest.fixture
def office(sqlite_url: str, tmp_path: Path) -> Iterator[Kabupaten]:
    with kabupaten(sqlite_url, tmp_path) as opened:
        yield opened


@pytest.fixture
def phones(office: Kabupaten) -> Phones:
    return Phones(office.opened)


# --- a part that may be another report --------------------------------------------------------


def test_where_a_whole_report_was_added_is_said_once(office: Kabupaten, phones: Phones) -> None:
    phones.says(ANI, ROAD, NINE)
    added = reply("ditambahkan_atau_lapor", SMS, nomor=FIRST)
    for minute, text in enumerate((LAMP, "sudah lama sekali", f"{LAMP} juga", LAMP), start=1):
        phones.says(ANI, text, after(NINE, minutes=minute))
    assert phones.replies(ANI)[1:] == [added]
    assert len(complaints(office)) == 1


def test_what_completes_a_report_is_not_answered(office: Kabupaten, phones: Phones) -> None:
    phones.says(ANI, "baunya sampai ke sekolah", NINE)
    assert phones.says(ANI, LAMP, after(NINE, minutes=1)) == "bagian"
    assert len(phones.replies(ANI)) == len(complaints(office)) == 1


@pytest.mark.parametrize("text", ["dekat masjid", "sejak bulan lalu"])
def test_an_ordinary_part_is_not_answered(phones: Phones, text: str) -> None:
    phones.says(ANI, ROAD, NINE)
    assert phones.says(ANI, text, after(NINE, minutes=1)) == "bagian"
    assert len(phones.replies(ANI)) == 1


def test_of_danger_nothing_else_is_said(phones: Phones) -> None:
    phones.says(ANI, ROAD, NINE)
    phones.says(ANI, "ada kecelakaan di Desa Taman sekarang", after(NINE, minutes=1))
    assert phones.replies(ANI)[1:] == [reply("darurat", SMS, nomor=FIRST)]


# --- LAPOR with nothing to it -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("phone", "text"), [(ANI, "LAPOR min"), (ANI, "lapor, selamat pagi pak"), (ADMIN, "lapor pak")]
)
def test_lapor_with_a_courtesy_is_lapor_alone(
    office: Kabupaten, phones: Phones, phone: str, text: str
) -> None:
    assert phones.says(phone, text, NINE) == "bagian"
    assert phones.replies(phone) == [reply("lapor_kosong", SMS)]
    assert phones.says(phone, ROAD, after(NINE, minutes=1)) == "aduan"
    assert [one.isi for one in complaints(office)] == [ROAD]


@pytest.mark.parametrize("channel", list(Channel))
def test_whoever_wants_to_report_is_asked_what(
    office: Kabupaten, phones: Phones, channel: Channel
) -> None:
    assert phones.says(ANI, "halo", NINE, channel) == "sapaan"
    assert phones.says(ANI, "saya mau lapor pak", after(NINE, minutes=1), channel) == "bagian"
    assert phones.reply(ANI) == reply("lapor_kosong", channel)
    assert phones.says(ANI, ROAD, after(NINE, minutes=2), channel) == "aduan"
    assert [one.isi for one in complaints(office)] == [ROAD]


def test_an_officer_who_says_so_in_passing_begins_nothing(
    office: Kabupaten, phones: Phones
) -> None:
    assert phones.says(ADMIN, "mau lapor pak", NINE) == "sapaan"
    assert (phones.replies(ADMIN), rows(office, Draft)) == ([], [])


def test_who_has_begun_goes_on(office: Kabupaten, phones: Phones) -> None:
    phones.says(ANI, "Jalan berlubang besar", NINE, WA)
    assert phones.says(ANI, "mau lapor pak", after(NINE, minutes=1), WA) == "sapaan"
    phones.says(ANI, "di Desa Taman kemarin", after(NINE, minutes=2), WA)
    assert [one.isi for one in complaints(office)] == [
        "Jalan berlubang besar\ndi Desa Taman kemarin"
    ]


# --- officers' words about one's own complaint --------------------------------------------------


@pytest.mark.parametrize("word", ["KENAPA", "SUDAH", "TOLAK"])
def test_an_officers_word_about_ones_own_complaint_asks_how_it_stands(
    office: Kabupaten, phones: Phones, word: str
) -> None:
    phones.says(ANI, ROAD, NINE)
    assert phones.says(ANI, f"{word} {FIRST}", after(NINE, hours=1)) == "status"
    assert "MENUNGGU VERIFIKASI" in phones.reply(ANI)
    assert [one.isi for one in complaints(office)] == [ROAD]


@pytest.mark.parametrize("word", ["TERIMA", "JAWAB"])
def test_what_is_said_beside_it_is_added(office: Kabupaten, phones: Phones, word: str) -> None:
    phones.says(ANI, ROAD, NINE)
    text = f"{word} {FIRST} lubangnya di depan SDN Taman 2"
    assert phones.says(ANI, text, after(NINE, hours=1)) == "tambah"
    assert phones.reply(ANI) == reply("ditambahkan", SMS, nomor=FIRST)
    assert complaints(office)[0].isi == f"{ROAD}\nlubangnya di depan SDN Taman 2"


def test_whoever_asks_why_hears_it_and_loses_nothing(office: Kabupaten, phones: Phones) -> None:
    phones.says(ANI, ROAD, NINE)
    phones.says(ANI, f"KENAPA {FIRST} lama belum diperbaiki", after(NINE, hours=1))
    (said,) = phones.replies(ANI)[1:]
    assert "MENUNGGU VERIFIKASI" in said
    assert complaints(office)[0].isi.endswith("\nlama belum diperbaiki")
    phones.says(ANI, f"BATAL {FIRST}", after(NINE, hours=2))
    phones.says(ANI, f"KENAPA {FIRST} lama", after(NINE, hours=3))
    assert "DIARSIPKAN" in phones.reply(ANI)


def test_to_a_stranger_it_is_no_number_of_his(office: Kabupaten, phones: Phones) -> None:
    phones.says(ANI, ROAD, NINE)
    for number in (FIRST, "SPG-2605-0099"):
        assert phones.says(BUDI, f"KENAPA {number}", after(NINE, hours=1)) == "ditolak"
        assert phones.reply(BUDI) == reply("nomor_tak_dikenal", SMS, nomor=number)
    assert len(complaints(office)) == 1
