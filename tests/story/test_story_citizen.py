"""Citizens report from any phone, and hear what becomes of it."""

from __future__ import annotations

import logging

import pytest

from tests.story.town import PHOTO, Channel, Town

PLACE = {
    "Latitude": "-7.05",
    "Longitude": "113.05",
    "Address": "Jalan Contoh No. 1, Kec. Contoh Kota",
    "Label": "Pasar Contoh",
}
LONG = (
    "Jembatan di Dusun Contoh Timur, Desa Contoh, Kecamatan Contoh Utara, sudah tiga minggu miring "
    "ke arah sungai. Papan lantainya banyak yang lepas, pegangannya hanya bambu yang diikat tali, "
    "dan setiap pagi dilewati anak-anak yang berangkat ke madrasah. Kemarin sore seorang pedagang "
    "sayur terperosok sampai lututnya luka. Warga sudah dua kali memasang papan sendiri, tetapi "
    "tiang di tengah tetap turun. Mohon segera diperiksa sebelum musim hujan, karena jalan memutar "
    "lewat desa sebelah jauhnya tujuh kilometer dan ojek tidak mau masuk kalau malam."
)


def test_an_sms_in_four_segments_is_one_complaint_with_its_whole_text(town: Town) -> None:
    warga = town.citizen(channel=Channel.SMS)
    assert 3 * 153 < len(LONG) <= 4 * 153
    warga.says(LONG)
    number = warga.expects("dicatat no. SPG-", "STATUS SPG-").number
    assert town.texts() == {number: LONG}


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (2, 0, 3, 1)])
def test_an_sms_in_four_messages_is_one_complaint_in_any_order(
    town: Town, order: tuple[int, ...]
) -> None:
    warga = town.citizen(channel=Channel.SMS)
    parts = [
        "Got di Jalan Contoh RT 02 mampet sejak hujan minggu lalu",
        "airnya masuk ke rumah Pak RT dan mushala",
        "baunya sampai ke sekolah, anak-anak banyak yang gatal",
        "sudah dilaporkan ke desa tapi belum ada yang datang",
    ]
    number = ""
    for place, part in enumerate(order):
        warga.says(parts[part])
        if place == 0:
            number = warga.expects("dicatat no. SPG-").number
        else:
            warga.hears_nothing()
        town.passes(minutes=1)
    (isi,) = town.texts().values()
    assert set(isi.splitlines()) == set(parts)
    town.passes(minutes=30)
    warga.says("STATUS")
    warga.expects(number, "menunggu verifikasi")


def test_a_location_and_a_photo_complete_a_report_on_whatsapp(town: Town) -> None:
    warga = town.citizen()
    warga.says("Atap kios sayur bocor dan lantainya becek sejak tadi pagi")
    warga.expects("lengkapi", "tempat kejadian", lacks="dicatat no.")
    warga.says(place=PLACE)
    number = warga.expects("dicatat no. SPG-", lacks="lengkapi").number
    warga.says(photos=[PHOTO])
    warga.hears_nothing()
    town.passes(minutes=10)
    warga.says(f"TAMBAH {number}", photos=[PHOTO])
    warga.expects("ditambahkan", number)
    case = town.case(number)
    assert case.lokasi is not None
    assert "Pasar Contoh" in case.lokasi
    assert town.photos(number) == [PHOTO, PHOTO]


def test_a_report_that_stays_incomplete_is_filed_after_half_an_hour(town: Town) -> None:
    warga = town.citizen()
    warga.says("Lampu jalan mati")
    warga.expects("tempat kejadian", "waktu kejadian", lacks="dicatat no.")
    town.passes(minutes=29)
    warga.hears_nothing()
    town.passes(minutes=1)
    warga.expects("dicatat no. SPG-")
    assert [*town.texts().values()] == ["Lampu jalan mati"]


def test_the_same_text_twice_is_one_complaint(town: Town) -> None:
    warga = town.citizen(channel=Channel.SMS)
    warga.says("Sampah di Pasar Contoh tidak diangkut sejak Senin")
    number = warga.expects("dicatat no. SPG-").number
    town.working_days(1)
    warga.says("sampah di pasar contoh tidak diangkut sejak SENIN !!")
    warga.expects("sudah kami catat", number)
    assert len(town.texts()) == 1


@pytest.mark.parametrize(
    "text",
    [
        "STOP mintae pesse ka oreng se ngurus KTP e kantor disah Contoh",
        "BELUM bede perbaikan, lorong e disah Contoh rosak",
        "Stop pungli di parkiran Pasar Contoh, tiap hari ditarik dua kali",
    ],
)
def test_free_text_that_begins_with_a_keyword_is_a_complaint(town: Town, text: str) -> None:
    warga = town.citizen(channel=Channel.SMS)
    warga.says(text)
    number = warga.expects("dicatat no. SPG-").number
    assert town.texts() == {number: text}
    town.passes(minutes=30)
    warga.says("STOP")
    warga.expects("tidak mengirim pesan lagi")


def test_danger_at_night_is_112_and_kominfo_at_once(town: Town) -> None:
    town.at("23.30")
    warga = town.citizen()
    warga.says("Tolong, kabel listrik putus menyetrum orang di Jalan Contoh malam ini")
    warga.expects("SEGERA HUBUNGI 112", at="Sen 23.30")
    for post in ("Admin Koordinator SP4N-LAPOR!", "Admin Koordinator SP4N-LAPOR! II"):
        town.post(post).expects("DARURAT", "bahaya", "112", at="Sen 23.30")
    assert len(town.texts()) == 1


def test_an_anonymous_reporter_is_nowhere(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    warga = town.citizen()
    warga.says("ANONIM Kepala sekolah SDN Contoh 1 memungut uang seragam sejak Senin kemarin")
    number = warga.expects("dicatat no. SPG-").number
    case = town.case(number)
    assert case.anonim
    assert case.reporter_sealed is None
    town.kominfo.disposes(number, "Disdik")
    town.post("Admin Disdik").expects(number)
    town.post("Sekretaris Disdik").expects(number)
    shown = town.prints("show", number, "--json") + town.prints("outbox", "--json")
    assert number in shown
    told = [got.text for got in town.got if got.landed.number != warga.number]
    assert len(told) == 2
    digits = warga.number.removeprefix("+62")
    for text in (shown, caplog.text, *told):
        assert digits not in text
        assert "Warga Contoh" not in text


def test_who_wrote_by_sms_is_answered_by_sms(town: Town) -> None:
    warga = town.citizen(channel=Channel.SMS)
    warga.says("Air PDAM di Desa Contoh mati sejak Sabtu")
    number = warga.expects("dicatat no. SPG-", channel=Channel.SMS).number
    town.kominfo.disposes(number, "DPUPR")
    admin = town.post("Admin DPUPR")
    town.post("Sekretaris DPUPR").expects(number)
    admin.expects(number).replies("JAWAB Pipa diperbaiki 23 November 2026, air mengalir lagi.")
    admin.expects("kami catat")
    warga.expects(number, "dijawab", "Pipa diperbaiki", "NILAI", channel=Channel.SMS)
    warga.says("NILAI 3")
    warga.expects("Nilai 3", number, channel=Channel.SMS)


def test_what_is_secret_is_in_no_message(town: Town) -> None:
    warga = town.citizen()
    warga.says("RAHASIA Bendahara Desa Contoh memotong bantuan tunai sejak bulan Oktober")
    number = warga.expects("dicatat no. SPG-").number
    assert town.case(number).rahasia
    town.kominfo.disposes(number, "Dinsos")
    for post in ("Admin Dinsos", "Sekretaris Dinsos"):
        town.post(post).expects(number)
    town.post("Admin Dinsos").says(f"KENAPA {number}")
    town.post("Admin Dinsos").expects(number)
    for got in town.got:
        got.lacks("Bendahara", "bantuan tunai")
