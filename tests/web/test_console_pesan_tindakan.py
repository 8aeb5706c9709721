"""Pesan: settle, tell once more, send by hand, look ahead, stop everything."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.compose import Installation
from config.terms import Wewenang
from scheduler.store.console_tables import Access, Action, User
from scheduler.store.messaging_tables import Attempt, Message, Notice
from scheduler.store.session import reading, writing
from tests.console import Console, signed_in
from tests.pesan_room import PHONE, disposed, found, rows, sets, statuses, told_room
from tests.training import MONDAY, set_clock, training_room

LINK = re.compile(r'href="(https://wa\.me/(\d+)\?text=[^"]+)"')
MARK = re.compile(r'name="sidik" value="([^"]+)"')
DENIED = "tidak terbuka untuk Anda"


@pytest.fixture
def opened(sqlite_url: str) -> Iterator[Installation]:
    with told_room(sqlite_url) as opened:
        yield opened


@pytest.fixture
def console(opened: Installation) -> Console:
    return signed_in(opened)


# --- unknown ------------------------------------------------------------------------------------


def unknown(opened: Installation) -> None:
    """The first message broke off while it was posted, and never came."""
    with writing(opened.engine) as connection:
        for table, key in ((Attempt, Attempt.message_id), (Notice, Notice.message_id)):
            connection.execute(update(table).where(key == 1).values(status="unknown"))
        connection.execute(update(Attempt).where(Attempt.message_id == 1).values(sid=None))
        connection.execute(update(Message).where(Message.id == 1).values(status="unknown"))


def test_it_arrived_so_nothing_more_is_sent(opened: Installation, console: Console) -> None:
    unknown(opened)
    assert found(console, "status=unknown") == ["1"]
    assert "Apakah pesan ini sampai?" in console.read("/pesan/1")
    told = console.do("/pesan/1/tetapkan", {"hasil": "sampai", "kembali": "/pesan/1"})
    assert "sudah sampai" in told
    assert statuses(opened)[0] == "accepted"
    assert opened.tick(MONDAY + timedelta(minutes=5)).sent == 0


def test_it_never_left_so_it_goes_once(opened: Installation, console: Console) -> None:
    unknown(opened)
    console.do("/pesan/1/tetapkan", {"hasil": "tidak"})
    assert statuses(opened)[0] == "pending"
    assert opened.tick(MONDAY + timedelta(minutes=5)).sent == 1
    assert opened.tick(MONDAY + timedelta(minutes=10)).sent == 0
    assert [row.verb for row in rows(opened, Action)] == ["settle"]


def test_only_what_is_unknown_is_settled(opened: Installation, console: Console) -> None:
    for data in ({"hasil": "sampai"}, {"hasil": "entah"}, {}):
        text = console.do("/pesan/1/tetapkan", data)
        assert "alert-danger" in text
    assert rows(opened, Action) == []
    assert console.post("/pesan/2147483648/tetapkan", {"hasil": "sampai"}).status_code == 404


# --- once more ----------------------------------------------------------------------------------


def test_once_more_with_a_reason_and_undone(opened: Installation, console: Console) -> None:
    text = console.read("/pesan/1")
    assert "untuk kedua kalinya" in text
    (chosen,) = re.findall(r'name="pilih" value="([^"]+)"', text)
    again = {"pilih": [chosen], "alasan": "tidak masuk", "kembali": "/pesan/1"}
    told = console.do("/pesan/kirim-ulang", again)
    assert "Akan dikirim ulang: SPG-2605-0001." in told
    assert "Urungkan" in told
    assert "belum sampai" in console.do("/pesan/kirim-ulang", again)
    console.do("/tindakan/1/urungkan")
    assert opened.tick(MONDAY + timedelta(hours=1)).sent == 0
    assert 'value="1.2"' in console.read("/pesan/1")


def test_a_form_that_says_nothing_does_nothing(opened: Installation, console: Console) -> None:
    forms: list[dict[str, Any]] = [
        {"pilih": ["1.1"]},
        {"alasan": "tidak masuk"},
        *({"pilih": [choice], "alasan": "x"} for choice in ("1", "1.²", "99999999999.1", "x.y")),
        *({"pilih": [choice], "alasan": "x"} for choice in ("2147483648.1", "0.1", "1.0")),
        {"pilih": ["999.1"], "alasan": "x"},
        {"pilih": ["1.7"], "alasan": "x"},
    ]
    for data in forms:
        assert "alert-danger" in console.do("/pesan/kirim-ulang", data), data
    assert len(rows(opened, Notice)) == 2


# --- by hand --------------------------------------------------------------------------------------


@pytest.fixture
def hand(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Console]:
    with training_room(sqlite_url, gateway="manual") as opened:
        monkeypatch.setattr(opened, "now", lambda: MONDAY)
        disposed(opened)
        opened.tick(MONDAY)
        yield signed_in(opened)


def test_a_link_is_opened_noted_and_ticked(hand: Console) -> None:
    text = hand.read("/pesan/tangan")
    assert not PHONE.search(text)
    assert "wa.me" not in text
    answer = hand.post("/pesan/1/tautan")
    assert answer.status_code == 200
    link, number = LINK.findall(answer.text)[0]
    assert number.startswith("62811000000")
    (seen,) = rows(hand.opened, Access)
    assert (seen.what, seen.complaint_id) == ("tautan", 1)
    assert number not in (seen.note or "")
    assert [row.draft is None for row in rows(hand.opened, Message)] == [False, True]
    mark = MARK.findall(answer.text)[0]
    assert "sudah dikirim dengan tangan" in hand.do("/pesan/1/terkirim", {"sidik": mark})
    assert statuses(hand.opened) == ["accepted", "pending"]
    assert "/pesan/1/tautan" not in hand.read("/pesan/tangan")
    assert "sudah ditandai terkirim" in hand.do("/pesan/1/terkirim", {"sidik": mark})
    assert link


def test_who_has_a_message_open_is_said_and_another_is_asked_first(hand: Console) -> None:
    """Two officers see the same list; only one of them sends it."""
    colleague = signed_in(hand.opened, Wewenang.OPERATOR)
    with reading(hand.opened.engine) as connection:
        users = connection.execute(select(User.id, User.nama)).all()
    name = {key: nama for key, nama in users}[hand.user_id]
    mark = MARK.findall(hand.post("/pesan/1/tautan").text)[0]
    assert "dibuka oleh Anda, pukul 09.00" in hand.read("/pesan/tangan")
    assert f"dibuka {name}, pukul 09.00" in colleague.read("/pesan/tangan")
    assert "dibuka" not in colleague.read("/pesan/tangan").split("Pesan 2")[1]

    asked = colleague.post("/pesan/1/tautan")
    assert f"{name} membuka pesan ini, pukul 09.00" in asked.text
    assert not LINK.search(asked.text)
    assert [row.user_id for row in rows(hand.opened, Access)] == [hand.user_id], "nothing was shown"
    assert LINK.search(hand.post("/pesan/1/tautan").text), "who has it open is not asked"

    assert LINK.search(colleague.post("/pesan/1/tautan", {"tetap": "1"}).text)
    assert "dibuka oleh Anda" in colleague.read("/pesan/tangan")
    assert "membuka pesan ini" in hand.post("/pesan/1/tautan").text
    hand.do("/pesan/1/terkirim", {"sidik": mark})
    assert "sudah dikirim" in colleague.do("/pesan/1/tautan"), "nobody is asked of what is sent"


def test_what_was_sent_by_hand_is_not_said_to_be_with_a_provider(hand: Console) -> None:
    mark = MARK.findall(hand.post("/pesan/1/tautan").text)[0]
    hand.do("/pesan/1/terkirim", {"sidik": mark})
    for page in ("/pesan?status=accepted", "/pesan/1", "/aduan/1"):
        text = hand.read(page)
        assert "Ditandai terkirim" in text, page
        assert "iterima penyedia" not in text, page


def test_what_a_provider_has_taken_is_said_to_be_with_it(console: Console) -> None:
    sets(console.opened, Notice, status="accepted")
    sets(console.opened, Message, status="accepted")
    for page in ("/pesan?status=accepted", "/pesan/1", "/aduan/1"):
        text = console.read(page)
        assert "Diterima penyedia" in text, page
        assert "itandai terkirim" not in text, page


def test_what_was_not_read_is_not_ticked(hand: Console) -> None:
    """Somebody else opened it meanwhile, and the text is another by now."""
    for sidik in ("", "0123456789abcdef"):
        assert "alert-danger" in hand.do("/pesan/1/terkirim", {"sidik": sidik})
    mark = MARK.findall(hand.post("/pesan/1/tautan").text)[0]
    sets(hand.opened, Message, draft="Teks lain.")
    assert "berubah sejak ditampilkan" in hand.do("/pesan/1/terkirim", {"sidik": mark})
    assert statuses(hand.opened) == ["pending", "pending"]


def test_while_everything_is_stopped_no_link_is_given(hand: Console) -> None:
    hand.opened.set_stopped(MONDAY, stopped=True)
    assert "dihentikan" in hand.read("/pesan/tangan")
    assert "sedang dihentikan" in hand.do("/pesan/1/tautan")
    assert rows(hand.opened, Access) == []


def test_where_the_system_sends_there_is_nothing_by_hand(console: Console) -> None:
    assert console.get("/pesan/tangan").status_code == 404
    assert console.post("/pesan/1/tautan").status_code == 404
    assert console.post("/pesan/1/terkirim", {"sidik": "x"}).status_code == 404
    assert "/pesan/tangan" not in console.read("/pesan")


# --- the next 24 hours ----------------------------------------------------------------------------


def test_the_next_day_is_shown_by_hour_and_opd(opened: Installation, console: Console) -> None:
    text = console.read("/pesan/mendatang")
    assert "Sel 5 Mei 2026 08.00" in text
    assert "Admin DPUPR" in text
    assert 'aria-label="08.00: 1"' in text
    assert "style=" not in text
    body = rows(opened, Notice)[0].instansi_id
    assert "Sel 5 Mei 2026 08.00" in console.read(f"/pesan/mendatang?instansi={body}")
    assert "Sel 5 Mei 2026 08.00" in console.read("/pesan/mendatang?jam=23")
    for other in (f"instansi={body + 1}", "jam=5"):
        listed = console.read(f"/pesan/mendatang?{other}").split("Yang dikirim, dari")[1]
        assert "Tidak ada yang jatuh tempo" in listed
    set_clock(opened, MONDAY + timedelta(days=1))
    opened.tick(opened.now())
    assert "Sel 5 Mei 2026 08.00" not in console.read("/pesan/mendatang")


def test_the_next_day_by_hand(hand: Console) -> None:
    text = hand.read("/pesan/mendatang")
    assert "Pesan keluar ketika petugas mengirimnya." in text
    assert "Sen 4 Mei 2026 09.00" in text


# --- stop everything ------------------------------------------------------------------------------

STOP = {"alasan": "data salah, hubungi 0811-0000-0007", "kata": "hentikan"}
GO_ON = {"alasan": "sudah diperbaiki", "kata": "LANJUTKAN"}


def test_stopped_and_resumed_with_who_and_why(opened: Installation, console: Console) -> None:
    assert "Semua dihentikan." in console.do("/pesan/hentikan", STOP)
    assert "sejak Sen 4 Mei 2026 09.00" in console.read("/pesan/henti")
    assert opened.tick(MONDAY + timedelta(hours=23)).stopped
    text = console.read("/pesan/henti")
    assert "tidak ada yang diingatkan" in text  # the banner
    assert "Contoh admin_koordinator" in text
    assert "data salah, hubungi [telepon disamarkan]" in text
    assert "sudah dihentikan" in console.do("/pesan/hentikan", STOP)
    console.do("/pesan/lanjutkan", GO_ON)
    assert opened.stopped_since() is None
    assert opened.tick(MONDAY + timedelta(hours=23)).sent == 1
    assert "tidak ada yang sedang dihentikan" in console.do("/pesan/lanjutkan", GO_ON).lower()
    assert [row.verb for row in rows(opened, Action)] == ["stop_all", "resume_all"]


def test_nothing_stops_by_a_slip(opened: Installation, console: Console) -> None:
    for data in (
        {"alasan": "data salah"},
        {"kata": "HENTIKAN"},
        {"alasan": "  ", "kata": "HENTIKAN"},
        {"alasan": "data salah", "kata": "LANJUTKAN"},
    ):
        assert "alert-danger" in console.do("/pesan/hentikan", data), data
    assert opened.stopped_since() is None


def test_a_stop_at_the_command_line_is_told_too(opened: Installation, console: Console) -> None:
    opened.set_stopped(MONDAY, stopped=True)
    assert "baris perintah" in console.read("/pesan/henti")


def test_only_the_coordinator_stops(opened: Installation) -> None:
    body = rows(opened, Notice)[0].instansi_id
    for wewenang in set(Wewenang) - {Wewenang.ADMIN_KOORDINATOR}:
        other = signed_in(opened, wewenang, body if wewenang is Wewenang.OPD else None)
        for path, data in (("/pesan/hentikan", STOP), ("/pesan/lanjutkan", GO_ON)):
            answer = other.post(path, data)
            assert (answer.status_code, DENIED in answer.text) == (403, True), wewenang
        shown = other.get("/pesan/henti")
        assert shown.status_code == (200 if wewenang is Wewenang.OPERATOR else 403), wewenang
        assert "/pesan/hentikan" not in shown.text
    assert opened.stopped_since() is None
