"""The training page: what it shows, and what its phones and Kominfo may do."""

from __future__ import annotations

import logging
import re

import pytest

from bot.compose import Installation
from bot.logs import _without_query
from bot.training import CITIZENS
from bot.web.simulator_view import hints
from tests.training import MONDAY, received
from tests.web.simulator import Page


def test_an_empty_room_offers_the_fictional_kabupaten_once(opened: Installation) -> None:
    page = Page(opened)
    empty = page.state()
    assert (empty["empty"], empty["phones"], empty["units"]) == (True, [], [])
    page.does("example")
    full = page.state()
    assert full["empty"] is False
    assert [phone["role"] for phone in full["phones"]] == [
        "Warga A",
        "Warga B",
        "Kominfo",
        "Admin",
        "Penghubung",
        "Kepala",
        "Asisten",
        "Sekda",
    ]
    assert page.refuses("example") == "Direktori sudah terisi."


def test_the_phones_are_those_around_the_chosen_opd(page: Page) -> None:
    titles = [phone["title"] for phone in page.state(page.unit("Dinkes"))["phones"]]
    assert titles[3:6] == ["Admin Dinkes", "Sekretaris Dinkes", "Kepala Dinas Kesehatan"]
    assert titles[6].startswith("Asisten I (")
    # One phone stands for the admin and the sekretaris of this kecamatan: it lies there once.
    shared = page.state(page.unit("Kec. Ct. Utara"))["phones"]
    assert [phone["role"] for phone in shared][3:5] == ["Admin / Penghubung", "Kepala"]


def test_no_number_and_no_name_of_a_person_leaves_the_process(page: Page) -> None:
    page.does("say", phone="warga-2", text="Jalan Mawar berlubang", place=False)
    text = page.http.get("/simulator/state").text
    assert "Jalan Mawar berlubang" in text
    assert not re.search(r"\+62 ?8\d\d|\b628\d{7}|\b08\d{8}|S\.Sos|Indra Misalnya", text)
    assert all(number not in text for *_, number in CITIZENS)


def test_kominfo_verifies_and_disposes_and_the_opd_rings(page: Page) -> None:
    number = received(page.opened)
    (one,) = page.state()["complaints"]
    assert one == {
        "number": number,
        "title": "Jalan berlubang di depan Pasar Contoh",
        "status": "belum terverifikasi",
        "unit": None,
        "verify": True,
        "dispose": True,
    }
    page.does("verify", number=number)
    assert page.refuses("verify", number=number).startswith("Tidak dapat diverifikasi")
    page.does("dispose", number=number, unit=page.unit("DPUPR"))
    (one,) = page.state()["complaints"]
    assert (one["status"], one["unit"], one["verify"]) == ("belum ditindaklanjuti", "DPUPR", False)
    for role in ("Admin", "Penghubung"):
        ((at, text),) = page.heard(role)
        assert at == "Sen 4 Mei 09.00"
        assert number in text
    assert page.phone("Admin")["replies"] == [f"TERIMA {number}", "DAFTAR"]
    assert page.heard("Sekda") == []


def test_what_kominfo_cannot_do_is_refused_in_words(page: Page) -> None:
    number = received(page.opened)
    assert page.refuses("verify", number="SPG-0000-0000") == "Aduan SPG-0000-0000 tidak ditemukan"
    assert page.refuses("dispose", number=number, unit=99_999) == "Pilih perangkat daerah tujuan."
    home = next(b for b in page.opened.world(MONDAY).directory.bodies.values() if b.id == 2)
    assert "bukan perangkat daerah" in page.refuses("dispose", number=number, unit=home.id)
    assert page.post("dispose", number=number, unit="3") == 400
    assert page.post("verify") == 400
    assert page.state()["complaints"][0]["status"] == "belum terverifikasi"


def test_what_a_phone_sent_stands_on_it(page: Page) -> None:
    page.does("say", phone="warga-1", text=" Lampu jalan mati\nsejak Senin ", place=True)
    (line,) = [m for m in page.phone("Warga A")["messages"] if m["way"] == "out"]
    assert line["text"] == "Lampu jalan mati\nsejak Senin"
    assert (line["place"], line["failed"]) == ("Pasar Contoh", False)
    assert [m for m in page.phone("Warga B")["messages"] if m["way"] == "out"] == []


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "'; DROP TABLE complaints; --",
        "\x00\x01\u202e\ufeff",
        "\ud800",
        "🙏" * 1600,
        "STOP pungli",
        "{nomor} ${x} %s",
    ],
)
def test_a_phone_may_send_anything(page: Page, text: str) -> None:
    page.does("say", phone="warga-2", text=text)
    (line,) = [m for m in page.phone("Warga B")["messages"] if m["way"] == "out"]
    assert line["failed"] is False


def test_what_no_phone_can_send_is_refused_in_words(page: Page) -> None:
    assert page.refuses("say", phone="warga-1", text="  ") == "Tulis pesan dahulu."
    assert page.refuses("say", phone="warga-1", text="x" * 1601).startswith("Pesan paling panjang")
    for key in ("warga-3", "post-99999", "post-", "post-²", "", "+6281100000009"):
        assert page.refuses("say", phone=key, text="x") == "Telepon itu tidak ada di meja ini."
    assert page.post("say", phone=1, text="x") == 400


def test_that_everything_is_stopped_is_said(page: Page) -> None:
    state = page.state()
    assert (state["stopped"], state["shadow"]) == (False, False)
    page.opened.set_stopped(page.opened.now(), stopped=True)
    assert page.state()["stopped"] is True


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Balas TERIMA SPG-2605-0001. -Kominfo", ["TERIMA SPG-2605-0001"]),
        ("Balas JAWAB 9000001 isi jawaban.", ["JAWAB 9000001 "]),
        ("Nilai: balas NILAI 1 (buruk) s.d. 5. Belum? Balas BELUM.", ["NILAI ", "BELUM "]),
        ("Mohon dijawab di SP4N-LAPOR! s.d. Kam 26 Nov 16.00.", []),
        ("Rincian: balas DAFTAR. Balas DAFTAR.", ["DAFTAR"]),
        ("Terima: balas SETUJU 9000001, atau TOLAK.", ["SETUJU 9000001", "TOLAK "]),
        ("Rincian: balas KENAPA lalu nomor.", ["KENAPA "]),
        ("", []),
    ],
)
def test_what_a_message_asks_to_reply_with(text: str, found: list[str]) -> None:
    assert hints(text) == found


def test_what_an_open_page_asks_every_second_is_not_logged() -> None:
    def kept(path: str) -> bool:
        args = ("127.0.0.1:1", "GET", path, "1.1", 200)
        return _without_query(logging.LogRecord("uvicorn.access", 20, "", 1, "%s", args, None))

    assert not kept("/simulator/state?unit=3")
    assert kept("/simulator/say")
    assert kept("/simulator")
