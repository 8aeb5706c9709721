"""Typing complaints in: mistakes beside their fields, one complaint a form, who is told what."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from bot.compose import Installation
from config.terms import Channel, Wewenang
from scheduler.inbound import Arrived
from scheduler.store import listing
from scheduler.store.phones import inbox
from scheduler.store.session import reading
from tests.console import Console, signed_in, with_example
from tests.training import MONDAY, received, set_clock, training_room
from tests.web.entry_form import GOOD, case, enter, entered, heard, token


@pytest.fixture
def opened(sqlite_url: str) -> Iterator[Installation]:
    with training_room(sqlite_url) as opened:
        with_example(opened)
        yield opened


@pytest.fixture
def console(opened: Installation) -> Console:
    return signed_in(opened, Wewenang.OPERATOR)


def told(console: Console, at: datetime) -> list[str]:
    """What simulated phones have by a moment."""
    set_clock(console.opened, at)
    console.opened.tick(at)
    with reading(console.opened.engine) as connection:
        return [text for _, _, text in inbox(connection) if "dicatat" in text]


def count(console: Console) -> int:
    with reading(console.opened.engine) as connection:
        return len(list(listing.complaints(connection)))


# --- what is kept -----------------------------------------------------------------------------


def test_a_letter_becomes_a_complaint_with_a_number(console: Console) -> None:
    case, text = entered(console)
    opened = console.opened
    assert case.nomor == "SPG-2605-0001"
    assert ">SPG-2605-0001</p>" in text
    assert f'href="/aduan/{case.id}"' in text
    assert (case.sumber, case.kategori, case.lokasi) == (
        "Pos Surat",
        "Penerangan Jalan",
        "Desa Contoh",
    )
    assert case.klasifikasi == "tidak_berkadar_pengawasan"
    assert case.received_at == datetime.fromisoformat("2026-05-04T08:30:00+07:00")
    assert opened.seal.open(case.reporter_sealed or b"") == "Pelapor Contoh"
    assert [run.clock for run in case.runs] == ["verifikasi"]
    assert case.id is not None
    with reading(opened.engine) as connection:
        trail = [(event, note) for _, event, _, note in listing.trail(connection, case.id)]
    assert trail == [("receive", "Pos Surat"), ("surat_masuk", "005/12/2026")]
    assert "Pelapor Contoh" not in text


def test_what_identifies_people_in_texts_is_masked(console: Console) -> None:
    words = "hubungi 0811 0000 1234, NIK 0012345678901234"
    case, _ = entered(console, judul=f"Lampu {words}", isi=words, lokasi=words)
    for text in (case.judul, case.isi, case.lokasi or ""):
        assert "[telepon disamarkan]" in text
        assert "[NIK disamarkan]" in text


def test_the_name_of_an_anonim_is_not_kept(console: Console) -> None:
    case, _ = entered(console, anonim="1", rahasia="1")
    assert (case.anonim, case.rahasia, case.reporter_sealed) == (True, True, None)
    assert case.reporter_phone_id is not None


def test_another_source_and_no_time_is_now(console: Console) -> None:
    case, _ = entered(
        console, sumber="lain", sumber_lain="Radio Contoh", tanggal=None, jam=None, telepon=None
    )
    assert case.sumber == "Radio Contoh"
    assert abs(case.received_at - console.opened.now()) < timedelta(minutes=5)
    case, _ = entered(console, tanggal="2026-04-30", jam=None)
    assert case.nomor == "SPG-2604-0001"
    assert case.received_at == datetime.fromisoformat("2026-04-30T12:00:00+07:00")


# --- who is told ------------------------------------------------------------------------------


def test_the_reporter_is_told_after_a_minute_and_answered_there(console: Console) -> None:
    _, text = entered(console)
    assert "Pelapor diberi tahu nomor ini" in text
    at = console.opened.now()
    assert told(console, at + timedelta(seconds=55)) == []
    (said,) = told(console, at + timedelta(seconds=61))
    assert "dicatat dengan no. SPG-2605-0001. Kami verifikasi paling lambat 7 Mei." in said
    assert "Pelapor" not in said


@pytest.mark.parametrize("changes", [{"beri_tahu": None}, {"telepon": ""}])
def test_who_is_not_to_be_told_is_not(console: Console, changes: dict[str, str | None]) -> None:
    _, text = entered(console, **changes)
    assert "mohon sampaikan nomor ini" in text
    assert told(console, console.opened.now() + timedelta(minutes=5)) == []


def test_who_wants_no_messages_gets_none(console: Console) -> None:
    opened = console.opened
    now = opened.now()
    opened.hear([Arrived("SM1", Channel.SMS, "+6281100009007", "BERHENTI", now)])
    opened.converse(now)
    _, text = entered(console)
    assert "mohon sampaikan nomor ini" in text
    assert told(console, now + timedelta(minutes=5)) == []


def test_a_limit_that_is_over_promises_nothing(console: Console) -> None:
    entered(console, tanggal="2026-03-02")
    (said,) = told(console, console.opened.now() + timedelta(minutes=2))
    assert "Segera kami verifikasi" in said


# --- one form, one complaint ------------------------------------------------------------------


def test_the_same_form_twice_is_one_complaint(console: Console) -> None:
    data = {"token": token(console), **GOOD}
    first, second = console.post("/entri", data), console.post("/entri", data)
    assert first.headers["location"] == second.headers["location"]
    assert count(console) == 1
    assert len(told(console, console.opened.now() + timedelta(minutes=2))) == 1
    enter(console)
    assert count(console) == 2


def test_open_complaints_that_read_like_it_are_shown(console: Console) -> None:
    other = received(console.opened, GOOD["isi"])
    received(console.opened, "Sampah menumpuk di Pasar Contoh")
    case, text = entered(console)
    assert f"{other}</strong>" in text
    assert text.count("list-group-item-action") == 1
    _, text = entered(console, judul="Lampu jalan masih mati")  # by the same person
    assert f"{case.nomor}</strong>" in text


# --- what is wrong ----------------------------------------------------------------------------


MISTAKES: tuple[tuple[dict[str, str | None], str, str], ...] = (
    ({"judul": " "}, "judul", "Judul wajib diisi."),
    ({"judul": "x" * 201}, "judul", "Judul paling banyak 200."),
    ({"isi": None}, "isi", "Isi aduan wajib diisi."),
    ({"isi": "x" * 10_001}, "isi", "Isi aduan paling banyak 10000."),
    ({"sumber": "Mimpi"}, "sumber", "Sumber tidak dapat dipakai."),
    ({"sumber": "lain"}, "sumber_lain", "Sebutkan sumbernya."),
    ({"klasifikasi": "x"}, "klasifikasi", "Klasifikasi tidak dapat dipakai."),
    ({"telepon": "0811-0000"}, "telepon", "Nomor telepon salah"),
    ({"telepon": "(0323) 321000"}, "telepon", "bukan nomor telepon seluler"),
    ({"tanggal": "2026-05-05"}, "tanggal", "Waktu diterima tidak boleh"),
    ({"jam": "09:30"}, "tanggal", "Waktu diterima tidak boleh"),
    ({"tanggal": "2014-12-31"}, "tanggal", "Waktu diterima tidak boleh"),
    ({"tanggal": "9999-12-31"}, "tanggal", "Waktu diterima tidak boleh"),
    ({"tanggal": "0001-01-01", "jam": "00:00"}, "tanggal", "Waktu diterima tidak boleh"),
    ({"tanggal": "kemarin"}, "tanggal", "Tanggal diterima tidak dapat dipakai."),
    ({"jam": "25:00"}, "jam", "Jam diterima tidak dapat dipakai."),
)


def test_mistakes_stand_beside_their_field_and_nothing_typed_is_lost(console: Console) -> None:
    given = token(console)
    for changes, field, said in MISTAKES:
        data = {"token": given, **GOOD, **changes}
        answer = console.post("/entri", {k: v for k, v in data.items() if v is not None})
        assert answer.status_code == 422, changes
        text = answer.text
        shown = text.split(f'id="{field}-error">')[1].split("</div>")[0]
        assert said.casefold() in shown.casefold()
        assert f'<a class="alert-link" href="#{field}">' in text
        for name in ("lokasi", "pelapor", "nomor_surat"):
            assert f'value="{GOOD[name]}"' in text
        assert '<option value="Pos Surat" selected>' in text or "sumber" in changes
    assert count(console) == 0


def test_all_mistakes_are_told_at_once_and_the_token_stays(console: Console) -> None:
    given = token(console)
    answer = console.post("/entri", {"token": given, "telepon": "x"})
    assert answer.status_code == 422
    assert answer.text.count('-error">') == 4
    assert f'name="token" value="{given}"' in answer.text
    answer = console.post("/entri", {"token": "x" * 32, **GOOD})
    assert answer.status_code == 422
    assert "x" * 32 not in answer.text


def test_markup_is_text(console: Console) -> None:
    answer = enter(console, judul="<b>", isi='"><script>', telepon="<i>")
    assert answer.status_code == 422
    assert "<script>" not in answer.text.replace("<script src=", "")
    assert "&lt;i&gt;" in answer.text


def test_the_edge_of_now(console: Console) -> None:
    set_clock(console.opened, MONDAY + timedelta(seconds=30))
    case, _ = entered(console, jam="09:00")
    assert case.received_at == MONDAY
    assert enter(console, jam="09:01").status_code == 422


def test_only_what_was_typed_in_is_shown_as_such(console: Console) -> None:
    received(console.opened)
    assert console.get("/entri/1").status_code == 404
    assert signed_in(console.opened, Wewenang.PIMPINAN).get("/entri").status_code == 403


def test_known_categories_are_offered_once(console: Console) -> None:
    for name in ("Sampah", "Penerangan Jalan", "Sampah", ""):
        entered(console, kategori=name)
    text = console.read("/entri")
    assert re.findall(r'<option value="([^"]+)"></option>', text) == ["Penerangan Jalan", "Sampah"]


# --- what was typed by mistake ----------------------------------------------------------------


@pytest.mark.parametrize("page", ["/entri/{}", "/aduan/{}"])
def test_an_entry_taken_back_is_archived_and_nobody_is_told(console: Console, page: str) -> None:
    before, _ = entered(console)
    here = page.format(before.id)
    undo = re.search(r'action="(/tindakan/\d+/urungkan)"', console.read(here))
    assert undo is not None
    text = console.do(undo[1], {"kembali": here})
    assert "Diurungkan: SPG-2605-0001." in text
    assert "salah entri" in text
    assert "Pelapor diberi tahu" not in text
    assert before.id is not None
    after = case(console, before.id)
    assert (after.status, after.alasan, after.runs) == ("arsip", "salah entri", [])
    assert (after.reporter_phone_id, after.reporter_sealed) == (None, None)
    assert heard(console) == []
    reopened = console.do(f"/aduan/{before.id}/buka", {"alasan": "Ternyata benar."})
    assert "SPG-2605-0001" in reopened
    assert case(console, before.id).status == "belum_terverifikasi"


def test_an_entry_whose_number_was_told_is_not_taken_back(console: Console) -> None:
    entered(console)
    assert len(heard(console)) == 1
    assert "pesannya sudah keluar" in console.do("/tindakan/1/urungkan")
    assert case(console, 1).status == "belum_terverifikasi"


def test_archived_before_he_was_told_its_number_the_reporter_hears_nothing(
    console: Console,
) -> None:
    entered(console)
    sent = {"ids": "1", "alasan": "Salah nomor telepon."}
    console.do("/penanganan/arsip", sent)
    console.do("/tindakan/2/urungkan")
    console.do("/penanganan/arsip", sent)
    assert heard(console) == []


def test_archived_afterwards_he_hears_why(console: Console) -> None:
    entered(console)
    assert len(heard(console)) == 1
    console.do("/penanganan/arsip", {"ids": "1", "alasan": "Bukan pengaduan"})
    assert "Bukan pengaduan" in heard(console)[-1]


def test_undone_the_archive_gives_the_message_with_the_number_back(console: Console) -> None:
    entered(console)
    console.do("/penanganan/arsip", {"ids": "1", "alasan": "Salah nomor telepon."})
    console.do("/tindakan/2/urungkan")
    assert ["SPG-2605-0001" in text for text in heard(console)] == [True]
