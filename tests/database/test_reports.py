"""Free text on SMS and WhatsApp becomes complaints: at once, in parts, or as it stands."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.replies import reply
from config.terms import Channel, Status
from scheduler.store import drafts as store
from scheduler.store.dialogue_tables import Draft, InboundMessage
from scheduler.store.messaging_tables import Notice
from scheduler.store.session import writing
from tests.database.builders import Kabupaten, at, kabupaten
from tests.database.citizens import (
    ANI,
    BROKEN,
    FIRST,
    PASAR,
    PASAR_WORDS,
    PHOTO,
    ROAD,
    SECOND,
    WA,
    after,
    complaints,
    remarks,
    rows,
)
from tests.database.talking import Phones

NINE = "2026-05-04T09:00:00"
RECEIVED = (
    "Terima kasih. Aduan Anda dicatat no. SPG-2605-0001. Kami verifikasi maks 3 hari kerja. "
    "Cek: balas STATUS SPG-2605-0001."
)
ASKED = reply("tanya", WA, kurang="tempat kejadian (jalan, desa, kecamatan) dan waktu kejadian")


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Kabupaten]:
    with kabupaten(database_url, tmp_path) as opened:
        yield opened


@pytest.fixture
def phones(office: Kabupaten) -> Phones:
    return Phones(office.opened)


# --- SMS --------------------------------------------------------------------------------------


def test_on_sms_one_message_is_enough(office: Kabupaten, phones: Phones) -> None:
    assert phones.says(ANI, "Pak. Jalan rusak parah. Tolong diperbaiki", NINE) == "aduan"
    (one,) = complaints(office)
    assert (one.nomor, one.status, one.sumber) == (FIRST, Status.BELUM_TERVERIFIKASI, "SMS")
    assert one.judul == "Jalan rusak parah."
    assert one.isi == "Pak. Jalan rusak parah. Tolong diperbaiki"
    assert (one.kategori, one.lokasi, one.received_at) == (None, None, at(NINE))
    assert phones.replies(ANI) == [RECEIVED]
    office.tick(NINE)
    assert phones.hears(ANI) == [RECEIVED]


def test_the_title_does_not_end_at_an_abbreviation(office: Kabupaten, phones: Phones) -> None:
    phones.says(ANI, "Lorong rusak di Jl. Trunojoyo No. 7. Tolong diperbaiki", NINE)
    (one,) = complaints(office)
    assert one.judul == "Lorong rusak di Jl. Trunojoyo No. 7."


def test_what_identifies_people_is_masked_before_it_is_stored(
    office: Kabupaten, phones: Phones
) -> None:
    phones.says(ANI, "Hubungi 0812-0000-0999, NIK 3527010101900001, jalan rusak", NINE)
    (one,) = complaints(office)
    assert "0999" not in one.judul + one.isi
    assert "3527" not in one.judul + one.isi
    assert one.isi.endswith("jalan rusak")


def test_a_long_report_has_a_title_of_80_characters(office: Kabupaten, phones: Phones) -> None:
    phones.says(ANI, "jalan " * 150, NINE)
    (one,) = complaints(office)
    assert len(one.judul) <= 80
    assert one.judul.startswith("jalan jalan")
    assert len(one.isi) == 899


@pytest.mark.parametrize("order", range(3))
def test_four_parts_of_an_sms_in_any_order_are_one_complaint(
    office: Kabupaten, phones: Phones, order: int
) -> None:
    parts = [
        phones.arrived(ANI, f"bagian {number} tentang jalan rusak di Desa {name}", moment)
        for number, name, moment in (
            (1, "Taman", NINE),
            (2, "Omben", after(NINE, seconds=2)),
            (3, "Torjun", after(NINE, seconds=3)),
            (4, "Robatal", after(NINE, seconds=5)),
        )
    ]
    random.Random(order).shuffle(parts)
    office.opened.hear(parts + parts[:2])
    office.tick(after(NINE, seconds=6))
    (one,) = complaints(office)
    assert one.isi == "\n".join(part.text for part in parts)
    assert one.judul == parts[0].text
    assert phones.replies(ANI) == [RECEIVED]
    assert [message.effect for message in rows(office, InboundMessage)] == [
        "aduan",
        *["bagian"] * 3,
    ]
    assert {message.complaint_id for message in rows(office, InboundMessage)} == {one.id}
    assert office.trail(FIRST) == ["receive", "tambah", "tambah", "tambah"]


def test_a_part_joins_for_five_minutes_after_the_one_before(
    office: Kabupaten, phones: Phones
) -> None:
    phones.says(ANI, "Lampu jalan mati", NINE)
    assert phones.says(ANI, "dekat sekolah", after(NINE, minutes=5)) == "bagian"
    assert phones.says(ANI, "sudah seminggu gelap", after(NINE, minutes=10)) == "bagian"
    assert phones.says(ANI, "Air sumur keruh", after(NINE, minutes=15, seconds=1)) == "aduan"
    assert [one.isi for one in complaints(office)] == [
        "Lampu jalan mati\ndekat sekolah\nsudah seminggu gelap",
        "Air sumur keruh",
    ]


def test_a_part_joins_also_where_an_opd_has_the_complaint_already(
    office: Kabupaten, phones: Phones
) -> None:
    phones.says(ANI, "Lampu jalan mati", NINE)
    office.dispose(FIRST, after(NINE, minutes=1))
    assert phones.says(ANI, "dekat sekolah", after(NINE, minutes=2)) == "bagian"
    assert office.case(FIRST).isi == "Lampu jalan mati\ndekat sekolah"


def test_lapor_begins_a_new_complaint_each_time(office: Kabupaten, phones: Phones) -> None:
    phones.says(ANI, "LAPOR lampu jalan mati", NINE)
    assert phones.says(ANI, "lapor: air sumur keruh", after(NINE, minutes=1)) == "aduan"
    assert [one.isi for one in complaints(office)] == ["lampu jalan mati", "air sumur keruh"]


def test_what_ended_is_not_gone_on_with(office: Kabupaten, phones: Phones) -> None:
    phones.says(ANI, "Lampu jalan mati", NINE)
    phones.says(ANI, f"BATAL {FIRST}", after(NINE, minutes=1))
    assert phones.says(ANI, "Air sumur keruh", after(NINE, minutes=2)) == "aduan"
    assert [one.status for one in complaints(office)] == [Status.ARSIP, Status.BELUM_TERVERIFIKASI]


@pytest.mark.parametrize(
    "text",
    [
        "STOP bede oreng mokol e dhisa Taman bari malem",
        "BELUM bede perbaikan, lorong rosak e dhisa Omben ghella lagghu",
        "Lorong e dhisa Taman rosak parah, oreng labu bari",
    ],
)
@pytest.mark.parametrize("channel", list(Channel))
def test_madurese_is_a_report(
    office: Kabupaten, phones: Phones, text: str, channel: Channel
) -> None:
    assert phones.says(ANI, text, NINE, channel) == "aduan"
    assert [one.isi for one in complaints(office)] == [text]


# --- the same text twice ----------------------------------------------------------------------


def test_the_same_text_within_30_days_is_one_complaint(office: Kabupaten, phones: Phones) -> None:
    phones.says(ANI, "Lampu jalan mati di Omben", NINE)
    assert phones.says(ANI, "lampu JALAN mati, di omben!!", after(NINE, minutes=1)) == "ganda"
    assert "SPG-2605-0001" in phones.reply(ANI)
    assert phones.says(ANI, "Lampu jalan mati di Omben", after(NINE, days=30)) == "ganda"
    assert len(complaints(office)) == 1
    later = after(NINE, days=30, minutes=6)
    assert phones.says(ANI, "Lampu jalan mati di Omben", later) == "aduan"
    assert len(complaints(office)) == 2


def test_the_same_text_of_an_archived_complaint_or_another_phone_is_new(
    office: Kabupaten, phones: Phones
) -> None:
    phones.says(ANI, "Lampu jalan mati di Omben", NINE)
    phones.says(ANI, f"BATAL {FIRST}", after(NINE, minutes=1))
    assert phones.says(ANI, "Lampu jalan mati di Omben", after(NINE, minutes=2)) == "aduan"
    other = "0812-0000-0102"
    assert phones.says(other, "Lampu jalan mati di Omben", after(NINE, minutes=3)) == "aduan"
    assert len(complaints(office)) == 3


def test_the_same_words_from_another_place_are_another_complaint(phones: Phones) -> None:
    phones.says(ANI, "Lampu mati sejak kemarin", NINE, WA, place=PASAR)
    again = after(NINE, hours=1)
    assert phones.says(ANI, "Lampu mati sejak kemarin", again, WA, place=PASAR) == "ganda"
    elsewhere = type(PASAR)(-7.2, 113.3)
    again = after(NINE, hours=2)
    assert phones.says(ANI, "Lampu mati sejak kemarin", again, WA, place=elsewhere) == "aduan"


def test_four_parts_sent_again_add_nothing(office: Kabupaten, phones: Phones) -> None:
    parts = ["Jalan rusak di depan pasar", "sudah tiga bulan tidak ada perbaikan", "tolong pak"]
    for seconds, part in enumerate(parts * 2):
        phones.says(ANI, part, after(NINE, seconds=seconds))
    (one,) = complaints(office)
    assert one.isi == "\n".join(parts)
    effects = [message.effect for message in rows(office, InboundMessage)]
    assert effects == ["aduan", "bagian", "bagian", "ganda", "ganda", "ganda"]


# --- WhatsApp ---------------------------------------------------------------------------------


def test_a_complete_report_is_filed_at_once(office: Kabupaten, phones: Phones) -> None:
    assert phones.says(ANI, ROAD, NINE, WA, profile="Bu Contoh") == "aduan"
    (one,) = complaints(office)
    assert (one.isi, one.sumber) == (ROAD, "WhatsApp")
    assert office.opened.seal.open(one.reporter_sealed) == "Bu Contoh"
    assert phones.replies(ANI) == [RECEIVED]


def test_a_location_names_the_place(office: Kabupaten, phones: Phones) -> None:
    assert phones.says(ANI, "Lampu mati sejak kemarin", NINE, WA, place=PASAR) == "aduan"
    (one,) = complaints(office)
    assert one.lokasi == PASAR_WORDS


def test_what_is_missing_is_asked_once(office: Kabupaten, phones: Phones) -> None:
    assert phones.says(ANI, BROKEN, NINE, WA) == "bagian"
    assert complaints(office) == []
    assert phones.replies(ANI) == [ASKED]
    assert phones.says(ANI, "tidak tahu pak", after(NINE, minutes=2), WA) == "aduan"
    (one,) = complaints(office)
    assert (one.isi, one.judul) == (f"{BROKEN}\ntidak tahu pak", BROKEN)
    assert one.received_at == at(NINE)
    assert phones.replies(ANI) == [ASKED, RECEIVED]
    assert rows(office, Draft) == []
    assert [message.complaint_id for message in rows(office, InboundMessage)] == [one.id] * 2


def test_thanks_for_the_question_are_no_answer_to_it(phones: Phones) -> None:
    phones.says(ANI, BROKEN, NINE, WA)
    assert phones.says(ANI, "baik pak terima kasih", after(NINE, minutes=1), WA) == "sapaan"
    assert len(phones.replies(ANI)) == 1
    assert phones.says(ANI, "di Desa Taman kemarin", after(NINE, minutes=2), WA) == "aduan"


def test_silent_for_30_minutes_it_is_filed_as_it_stands(office: Kabupaten, phones: Phones) -> None:
    phones.says(ANI, BROKEN, NINE, WA)
    phones.says(ANI, "", after(NINE, minutes=10), WA, media=PHOTO)
    office.tick(after(NINE, minutes=39, seconds=59))
    assert complaints(office) == []
    office.tick(after(NINE, minutes=40))
    (one,) = complaints(office)
    assert (one.isi, one.received_at) == (BROKEN, at(NINE))
    assert phones.replies(ANI) == [ASKED, RECEIVED]
    assert {message.complaint_id for message in rows(office, InboundMessage)} == {one.id}
    office.tick(after(NINE, minutes=41))
    assert len(complaints(office)) == 1
    assert phones.hears(ANI)[-1] == RECEIVED


def test_the_number_of_a_silent_report_is_told_at_night_too(
    office: Kabupaten, phones: Phones
) -> None:
    phones.says(ANI, BROKEN, "2026-05-04T22:00", WA)
    office.tick("2026-05-04T22:30")
    assert set(phones.hears(ANI)) == {ASKED, RECEIVED}


@pytest.mark.parametrize(("minutes", "parts"), [(29, 1), (30, 2), (35, 2), (36, 1)])
def test_a_message_before_the_half_hour_is_a_part_whoever_looks_first(
    office: Kabupaten, phones: Phones, minutes: int, parts: int
) -> None:
    phones.says(ANI, BROKEN, NINE, WA)
    more = "di Desa Taman sejak bulan lalu lampunya juga mati"
    phones.says(ANI, more, after(NINE, minutes=minutes), WA)
    found = complaints(office)
    if minutes == 36:
        assert [one.isi for one in found] == [BROKEN, more]
        return
    (one,) = found
    assert one.isi == f"{BROKEN}\n{more}"
    assert office.trail(FIRST)[2:] == ["tambah"] * (parts - 1)
    assert phones.replies(ANI) == [ASKED, RECEIVED]


def test_after_filing_text_photo_and_location_join_for_five_minutes(
    office: Kabupaten, phones: Phones
) -> None:
    phones.says(ANI, BROKEN, NINE, WA)
    office.tick(after(NINE, minutes=30))
    assert phones.says(ANI, "dekat balai desa", after(NINE, minutes=35), WA) == "bagian"
    assert phones.says(ANI, "", after(NINE, minutes=36), WA, media=PHOTO) == "bagian"
    assert phones.says(ANI, "", after(NINE, minutes=37), WA, place=PASAR) == "bagian"
    (one,) = complaints(office)
    assert (one.isi, one.lokasi) == (f"{BROKEN}\ndekat balai desa", PASAR_WORDS)
    assert phones.replies(ANI) == [ASKED, RECEIVED]
    assert {message.complaint_id for message in rows(office, InboundMessage)} == {one.id}


def test_the_same_words_twice_in_a_draft_are_said_once(office: Kabupaten, phones: Phones) -> None:
    phones.says(ANI, BROKEN, NINE, WA)
    assert phones.says(ANI, BROKEN.upper(), after(NINE, minutes=1), WA) == "ganda"
    assert complaints(office) == []
    phones.says(ANI, "di Omben kemarin", after(NINE, minutes=2), WA)
    assert office.case(FIRST).isi == f"{BROKEN}\ndi Omben kemarin"


def test_a_photo_alone_waits_for_words(office: Kabupaten, phones: Phones) -> None:
    for seconds in range(3):
        assert phones.says(ANI, "", after(NINE, seconds=seconds), WA, media=PHOTO) == "bagian"
    assert phones.says(ANI, "", after(NINE, seconds=9), WA, place=PASAR) == "bagian"
    assert phones.replies(ANI) == [reply("media_saja", WA)]
    assert phones.says(ANI, "lampunya mati", after(NINE, minutes=1), WA) == "aduan"
    (one,) = complaints(office)
    assert (one.isi, one.lokasi) == ("lampunya mati", PASAR_WORDS)
    assert {message.complaint_id for message in rows(office, InboundMessage)} == {one.id}


def test_a_photo_that_stays_alone_is_filed_all_the_same(office: Kabupaten, phones: Phones) -> None:
    phones.says(ANI, "", NINE, WA, media=PHOTO)
    office.tick(after(NINE, minutes=30))
    (one,) = complaints(office)
    assert one.isi == "(tanpa tulisan; lihat lampiran)"
    assert one.text_sha is None


def test_lapor_alone_lets_the_next_text_be_the_report(office: Kabupaten, phones: Phones) -> None:
    assert phones.says(ANI, "LAPOR", NINE) == "bagian"
    assert phones.reply(ANI) == reply("lapor_kosong", Channel.SMS)
    assert phones.says(ANI, "lampu mati", after(NINE, minutes=1)) == "aduan"
    assert phones.says(ANI, "LAPOR", after(NINE, minutes=20), WA) == "bagian"
    office.tick(after(NINE, minutes=50))
    assert [one.isi for one in complaints(office)] == ["lampu mati"]
    assert rows(office, Draft) == []
    assert len(phones.replies(ANI)) == 3


def test_lapor_ends_the_report_before(office: Kabupaten, phones: Phones) -> None:
    phones.says(ANI, BROKEN, NINE, WA)
    assert phones.says(ANI, f"LAPOR {ROAD}", after(NINE, minutes=1), WA) == "aduan"
    assert [one.isi for one in complaints(office)] == [BROKEN, ROAD]
    assert [text[:50] for text in phones.replies(ANI)[1:]] == [
        f"Terima kasih. Aduan Anda dicatat no. {number}" for number in (FIRST, SECOND)
    ]


def test_a_draft_that_cannot_be_filed_waits_and_stops_nobody(
    office: Kabupaten, phones: Phones
) -> None:
    phones.says(ANI, BROKEN, NINE, WA)
    phones.says("0812-0000-0102", f"{BROKEN} lagi", after(NINE, seconds=1), WA)
    with writing(office.engine) as connection:
        bad = store.next_silent(connection, at(after(NINE, minutes=30)))
        assert bad is not None
        bad.body_sealed = b"damaged"
        store.put(connection, bad)
    tick = office.tick(after(NINE, minutes=31))
    assert len(tick.problems) == 1
    assert "SealError" in tick.problems[0]
    assert [one.isi for one in complaints(office)] == [f"{BROKEN} lagi"]
    (kept,) = rows(office, Draft)
    assert kept.file_at == at(after(NINE, minutes=91))


def test_nothing_of_a_report_in_the_making_can_be_read_in_the_database(
    office: Kabupaten, phones: Phones
) -> None:
    phones.says(ANI, f"{BROKEN} NIK 3527010101900001", NINE, WA, profile="Bu Contoh")
    (kept,) = rows(office, Draft)
    assert b"berlubang" not in kept.body_sealed
    assert b"Contoh" not in kept.body_sealed
    phones.says(ANI, "di Omben", after(NINE, minutes=1), WA)
    assert "3527" not in str([tuple(one) for one in complaints(office)])
    assert all("Contoh" not in str(tuple(one)) for one in rows(office, Notice))
    assert all("Contoh" not in str(one) for one in remarks(office))
