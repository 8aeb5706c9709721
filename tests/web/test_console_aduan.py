"""The page of one complaint: what it tells, and what is done on it."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import pytest
from sqlalchemy import func, select, update

from bot.dialogue import standing
from bot.web.app import create_app
from config.policy_file import load_default_text
from config.terms import Clock, NoticeStatus, Status, Wewenang
from scheduler.store import cases, dossier, holds, inbound
from scheduler.store.console_tables import Access
from scheduler.store.dialogue_tables import Answer, Request
from scheduler.store.messaging_tables import Notice
from scheduler.store.session import reading, writing
from scheduler.store.tables import Complaint
from scheduler.sweep import sweep
from tests.console import Console, signed_in
from tests.database.office import at
from tests.database.officers import ADMIN, EMPTY, GOOD, KOMINFO, MONDAY, WARGA, N, Room
from tests.training import set_clock

APPS: WeakKeyDictionary[Room, Any] = WeakKeyDictionary()
NEXT = "2026-05-05T10:00"
POST = "Admin DPUPR, Dinas Pekerjaan Umum dan Penataan Ruang"
REASON = "jalan ini berstatus jalan provinsi"


@pytest.fixture
def room(sqlite_url: str) -> Iterator[Room]:
    room = Room(sqlite_url)
    clock(room, MONDAY)
    yield room
    room.close()


def clock(room: Room, when: str) -> None:
    set_clock(room.opened, at(when))


def key(room: Room, number: str) -> int:
    with reading(room.engine) as connection:
        found = cases.find(connection, number)
    assert found is not None
    return found


def app_of(room: Room) -> Any:
    """The one web application of a room."""
    if room not in APPS:
        APPS[room] = create_app(room.opened)
    return APPS[room]


def kominfo(room: Room) -> Console:
    return signed_in(room.opened, app=app_of(room))


def opd(room: Room, short: str = "DPUPR") -> Console:
    return signed_in(room.opened, Wewenang.OPD, room.body(short), app=app_of(room))


def words(page: str) -> str:
    """What is read on a page, each run of spaces as one."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def part(page: str, name: str) -> str:
    """One part of the page, in words, by the anchor that leads to it."""
    return words(page[page.index(f'id="{name}"') :])


def sentence(page: str) -> str:
    """What the page says of the form that was just sent."""
    found = re.search(
        r'<div class="alert[^"]*" role="(?:alert|status)">(.*?)</div>', page, re.DOTALL
    )
    assert found is not None, words(page)[:500]
    return words(found[1])


def fields(page: str) -> set[str]:
    """The addresses that the forms of a page lead to, without the complaint's own."""
    found = re.findall(r'action="(/(?:aduan/\d+|penanganan)/[a-z-]+)"', page)
    return {address.rsplit("/", 1)[1] for address in found}


def count(room: Room, model: type, *conditions: object) -> int:
    with reading(room.engine) as connection:
        query = select(func.count()).select_from(model)
        return connection.execute(query.where(*conditions)).scalar_one()  # type: ignore[arg-type]


def undo(console: Console, page: str) -> str:
    """Press the button that takes back what was just done."""
    found = re.search(r'action="(/tindakan/\d+/urungkan)"', page)
    assert found is not None, "nothing is offered to undo"
    return console.do(found[1], {"kembali": "/"})


# --- what it tells ----------------------------------------------------------------------------


def test_the_timeline_tells_who_did_what_and_whom_it_told(room: Room) -> None:
    nomor = room.own()
    room.tick("2026-05-04T10:05")
    room.says(ADMIN, f"TERIMA {nomor}", "2026-05-04T11:00")
    for moment in ("2026-05-05T08:00", "2026-05-06T16:00"):
        room.tick(moment)
    room.says(ADMIN, f"JAWAB {nomor} {EMPTY}", "2026-05-06T16:30")
    clock(room, "2026-05-07T09:00")
    console = kominfo(room)
    with reading(room.engine) as connection:
        (asked,) = [one.asked for one in standing.waiting(connection)]
    console.do(
        f"/aduan/{key(room, nomor)}/putuskan", {"permintaan": str(asked.id), "putusan": "setuju"}
    )
    told = part(console.read(f"/aduan/{key(room, nomor)}"), "linimasa")
    wanted = (
        "Kominfo (Contoh admin_koordinator) Disetujui: jawaban yang belum substantif",
        "Jawaban dinilai belum substantif: belum memuat tindakan yang dilakukan",
        f"{POST} Dijawab {EMPTY} Rab 6 Mei 2026 16.30 Pesan",
        "Pesan SMS dari petugas: JAWAB",
        f"Surat I {POST} Sampai SMS, dikirim Rab 6 Mei 2026 16.00, sampai Rab 6 Mei 2026 16.00",
        "Pengingat Admin DPUPR",
        "Diterima untuk ditangani",
        "Didisposisikan: Dinas Pekerjaan Umum dan Penataan Ruang",
        "Pelapor Aduan diterima",
    )
    places = [told.find(each) for each in wanted]
    assert -1 not in places, wanted[places.index(-1)]
    assert places == sorted(places), "the newest comes first"


def test_the_ladder_has_planned_due_and_actual_times(room: Room) -> None:
    room.dispose(N, "DPUPR", MONDAY)
    room.tick("2026-05-05T07:00")
    room.tick("2026-05-07T09:00")
    clock(room, "2026-05-07T09:30")
    page = kominfo(room).read(f"/aduan/{key(room, N)}")
    ladder = part(page, "mengapa")
    assert "Pengingat Sel 5 Mei 2026 08.00" in ladder
    assert (
        "Surat I Rab 6 Mei 2026 16.00 Rab 6 Mei 2026 16.00 Kam 7 Mei 2026 09.00 Tercatat" in ladder
    )
    # What the outage moved is said with both times, and so is the limit.
    assert "Surat II Kam 7 Mei 2026 16.00 Jum 8 Mei 2026 16.00 - Belum" in ladder
    assert "Disesuaikan agar jarak antarsurat terjaga: Jum 8 Mei 2026 16.00." in ladder
    assert "hari kerja lagi" in words(page)


def test_the_strip_names_the_days_off_with_their_decree(room: Room) -> None:
    room.dispose(N, "DPUPR", "2026-03-17T10:00")
    clock(room, "2026-03-26T09:00")
    page = kominfo(room).read(f"/aduan/{key(room, N)}")
    strip = part(page, "mengapa")
    assert "Rab 18 Mar 2026: Cuti Bersama Hari Suci Nyepi" in strip
    assert "(SKB Menag, Menaker, dan MenPANRB No. 1497/2025, 2/2025, 5/2025)" in strip
    assert "cuti bersama; tidak dihitung" in strip
    assert 'title="Kam 26 Mar 2026: D+2"' in page
    assert "<style" not in page
    assert not re.search(r"\sstyle=|\son[a-z]+=", page)


def test_how_late_it_is_is_said_in_working_days(room: Room) -> None:
    room.dispose(N, "DPUPR", MONDAY)
    page = f"/aduan/{key(room, N)}"
    moments = ["2026-05-05T08:00", "2026-05-06T16:00", "2026-05-07T08:00", "2026-05-07T16:00"]
    console = kominfo(room)
    clock(room, "2026-05-05T10:00")
    assert "tinggal sampai Kam 7 Mei 16.00 (2 hari kerja lagi)" in words(console.read(page))
    for moment in moments:
        room.tick(moment)
    clock(room, "2026-05-07T15:00")
    assert "hari terakhir: sampai Kam 7 Mei 16.00" in words(console.read(page))
    clock(room, "2026-05-07T17:00")
    assert "lewat sejak Kam 7 Mei 16.00" in words(console.read(page))
    room.tick("2026-05-08T08:00")
    clock(room, "2026-05-11T09:00")
    assert "lewat 2 hari kerja (batas Kam 7 Mei 16.00)" in words(console.read(page))


def test_what_was_merged_leads_to_the_one_that_stayed(room: Room) -> None:
    nomor = room.own()
    first = key(room, nomor)
    room.dispose(N, "DPUPR", MONDAY)
    second = key(room, N)
    with writing(room.engine) as connection:
        goes = update(Complaint).where(Complaint.id == second)
        connection.execute(goes.values(merged_into_id=first))
    answer = kominfo(room).get(f"/aduan/{second}")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/aduan/{first}")


def test_a_file_that_arrived_is_listed_with_its_message(room: Room) -> None:
    nomor = room.own()
    room.says(WARGA, f"TAMBAH {nomor} di depan pasar", NEXT)
    told = part(kominfo(room).read(f"/aduan/{key(room, nomor)}"), "linimasa")
    assert "Pesan SMS dari pelapor: tambahan keterangan" in told
    assert "Keterangan ditambahkan oleh pelapor" in told


# --- an answer --------------------------------------------------------------------------------


def test_an_answer_stops_the_clocks_and_tells_the_reporter_after_a_minute(room: Room) -> None:
    nomor = room.own()
    room.tick("2026-05-04T10:05")
    clock(room, NEXT)
    console = opd(room)
    said = console.do(f"/aduan/{key(room, nomor)}/jawab", {"isi": f"{GOOD} Hubungi 0812-0000-0999"})
    assert sentence(said) == f"Jawaban dicatat: {nomor}."
    case = room.case(nomor)
    assert case.status is Status.PROSES
    assert {run.clock for run in case.runs} == {Clock.TANGGAPAN}
    answered = "dijawab"
    told = (Notice.complaint_id == case.id, Notice.kind == answered)
    room.opened.tick(at(NEXT) + timedelta(seconds=55))
    assert count(room, Notice, *told, Notice.status == NoticeStatus.PENDING) == 1
    room.opened.tick(at(NEXT) + timedelta(seconds=90))
    assert count(room, Notice, *told, Notice.status == NoticeStatus.DELIVERED) == 1
    page = console.read(f"/aduan/{key(room, nomor)}")
    assert f"{GOOD} Hubungi [telepon disamarkan]" in part(page, "linimasa")
    assert f"{POST}; dicatat oleh Contoh opd" in words(page)


def test_an_answer_taken_back_never_was(room: Room) -> None:
    nomor = room.own()
    clock(room, NEXT)
    console = opd(room)
    before = {run.clock: run.next_look_at for run in room.case(nomor).runs}
    page = console.do(f"/aduan/{key(room, nomor)}/jawab", {"isi": GOOD})
    undo(console, page)
    case = room.case(nomor)
    assert case.status is Status.BELUM_DITINDAKLANJUTI
    assert {run.clock: run.next_look_at for run in case.runs} == before
    assert count(room, Answer) == 0
    room.opened.tick(at(NEXT) + timedelta(minutes=5))
    assert count(room, Notice, Notice.kind == "dijawab", Notice.status != "cancelled") == 0
    told = part(console.read(f"/aduan/{key(room, nomor)}"), "linimasa")
    assert "Tindakan diurungkan: jawaban dicatat" in told


def test_what_an_answer_lacks_is_said_before_anything_is_recorded(room: Room) -> None:
    nomor = room.own()
    clock(room, NEXT)
    console = opd(room)
    answer = console.post(f"/aduan/{key(room, nomor)}/jawab", {"isi": EMPTY})
    assert answer.status_code == 200
    assert "Jawaban belum dicatat." in sentence(answer.text)
    assert "tindakan yang dilakukan dan tanggal pelaksanaannya" in words(answer.text)
    assert EMPTY in answer.text, "nothing has to be typed twice"
    assert f'name="kembali" value="/aduan/{key(room, nomor)}"' in answer.text
    assert room.case(nomor).status is Status.BELUM_DITINDAKLANJUTI
    assert count(room, Answer) == count(room, Request) == 0


@pytest.mark.parametrize("decision", ["setuju", "tolak"])
def test_a_normative_answer_waits_for_kominfo_and_counts_once_it_is_accepted(
    room: Room, decision: str
) -> None:
    nomor = room.own()
    clock(room, NEXT)
    page = f"/aduan/{key(room, nomor)}"
    said = opd(room).do(f"{page}/jawab", {"isi": EMPTY, "tetap": "true"})
    assert sentence(said).startswith("Jawaban menunggu keputusan Kominfo; jam tetap berjalan")
    assert "putuskan" not in fields(said), "an OPD does not decide on its own answer"
    assert room.case(nomor).open_run(Clock.RESPON) is not None
    console = kominfo(room)
    shown = console.read(page)
    assert EMPTY in part(shown, "permintaan")
    permintaan = re.search(r'name="permintaan" value="(\d+)"', shown)
    assert permintaan is not None
    form = {"permintaan": permintaan[1], "putusan": decision}
    console.do(f"{page}/putuskan", form)
    yes = decision == "setuju"
    assert (room.case(nomor).open_run(Clock.RESPON) is None) is yes
    assert count(room, Answer) == 1
    assert count(room, Answer, Answer.substantive.is_(True)) == yes
    # Decided once: whoever comes later is told.
    assert "sudah diputuskan" in sentence(console.do(f"{page}/putuskan", form))


def test_an_answer_waits_for_its_approval_where_the_policy_says_so(
    sqlite_url: str, tmp_path: Path
) -> None:
    policy = tmp_path / "policy.toml"
    text = load_default_text()
    chosen = re.sub(r'persetujuan_jawaban = "\w+"', 'persetujuan_jawaban = "penghubung"', text)
    policy.write_text(chosen, encoding="utf-8")
    room = Room(sqlite_url, policy_file=policy)
    try:
        nomor = room.own()
        clock(room, NEXT)
        said = opd(room).do(f"/aduan/{key(room, nomor)}/jawab", {"isi": GOOD})
        assert "Jawaban menunggu persetujuan Sekretaris DPUPR" in sentence(said)
        assert room.case(nomor).open_run(Clock.RESPON) is not None
        assert count(room, Request, Request.kind == "jawaban", Request.state == "terbuka") == 1
    finally:
        room.close()


# --- what an OPD asks for, and what is decided ------------------------------------------------


def test_bukan_is_asked_for_and_refused_with_a_reason_or_granted(room: Room) -> None:
    room.dispose(N, "DPUPR", MONDAY)
    clock(room, NEXT)
    page = f"/aduan/{key(room, N)}"
    office, console = opd(room), kominfo(room)
    said = office.do(f"{page}/bukan", {"alasan": REASON})
    assert sentence(said) == f"Diajukan ke Kominfo: {N}."
    assert "bukan" not in fields(said), "asked once"
    again = office.do(f"{page}/bukan", {"alasan": REASON})
    assert "sudah menunggu keputusan Kominfo" in sentence(again)
    permintaan = re.search(r'name="permintaan" value="(\d+)"', console.read(page))
    assert permintaan is not None
    form = {"permintaan": permintaan[1], "putusan": "tolak"}
    assert "alasan penolakan belum disebutkan" in sentence(console.do(f"{page}/putuskan", form))
    refused = console.do(f"{page}/putuskan", {**form, "alasan": "ruas ini jalan kabupaten"})
    assert sentence(refused) == f"Ditolak: {N}."
    assert "Ditolak: bukan wewenang ruas ini jalan kabupaten" in part(refused, "linimasa")
    assert room.case(N).instansi_id == room.body("DPUPR")
    undone = undo(console, refused)
    assert "Diurungkan" in sentence(undone)
    console.do(f"{page}/putuskan", {**form, "putusan": "setuju"})
    assert room.case(N).instansi_id is None


def test_tunda_granted_stops_the_clock_and_complete_lets_it_go_on(room: Room) -> None:
    room.dispose(N, "DPUPR", MONDAY)
    clock(room, NEXT)
    page = f"/aduan/{key(room, N)}"
    opd(room).do(f"{page}/tunda", {"alasan": "lokasi belum jelas"})
    console = kominfo(room)
    permintaan = re.search(r'name="permintaan" value="(\d+)"', console.read(page))
    assert permintaan is not None
    paused = console.do(f"{page}/putuskan", {"permintaan": permintaan[1], "putusan": "setuju"})
    assert room.case(N).status is Status.TUNDA
    assert "lengkap" in fields(paused)
    assert "kelengkapan" not in fields(paused)
    console.do(f"{page}/lengkap")
    assert room.case(N).status is Status.BELUM_DITINDAKLANJUTI


def test_sudah_waits_for_sp4n_once_and_only_of_what_is_in_sp4n(room: Room) -> None:
    nomor = room.own()
    room.dispose(N, "DPUPR", MONDAY)
    clock(room, NEXT)
    office = opd(room)
    assert "sudah" not in fields(office.read(f"/aduan/{key(room, nomor)}"))
    refused = office.do(f"/aduan/{key(room, nomor)}/sudah")
    assert "belum ada di SP4N-LAPOR!" in sentence(refused)
    said = office.do(f"/aduan/{key(room, N)}/sudah")
    assert "Jam berhenti sementara sejak Sel 5 Mei 10.00" in words(said)
    assert "jam berhenti sampai Rab 6 Mei 2026 16.00" in part(said, "linimasa")
    again = office.do(f"/aduan/{key(room, N)}/sudah")
    assert "jamnya tidak berhenti lagi" in sentence(again)


def test_terima_is_recorded_once(room: Room) -> None:
    room.dispose(N, "DPUPR", MONDAY)
    clock(room, NEXT)
    page = f"/aduan/{key(room, N)}"
    office = opd(room)
    assert "terima" not in fields(office.do(f"{page}/terima"))
    assert "sudah dicatat" in sentence(office.do(f"{page}/terima"))
    assert room.case(N).open_run(Clock.RESPON) is not None


# --- what Kominfo does ------------------------------------------------------------------------


def test_closing_and_opening_again(room: Room) -> None:
    nomor = room.own()
    clock(room, NEXT)
    page = f"/aduan/{key(room, nomor)}"
    console = kominfo(room)
    closed = console.do(f"{page}/selesai", {"alasan": ""})
    assert room.case(nomor).status is Status.SELESAI
    assert fields(closed) == {"buka"}
    console.do(f"{page}/buka", {"alasan": "lampu mati lagi"})
    assert room.case(nomor).status is Status.BELUM_DITINDAKLANJUTI


def test_letters_can_be_held_with_a_reason_and_let_go(room: Room) -> None:
    room.dispose(N, "DPUPR", MONDAY)
    page = f"/aduan/{key(room, N)}"
    console = kominfo(room)
    clock(room, NEXT)
    assert "tahan" not in fields(console.read(page)), "nothing waits that could be held"
    assert "tidak ada surat" in sentence(console.do(f"{page}/tahan", {"alasan": "libur desa"}))
    room.tick("2026-05-05T08:00")
    late = at("2026-05-06T16:00")
    sweep(room.engine, room.opened.world(late), late)
    clock(room, "2026-05-06T16:00")
    assert "tahan" in fields(console.read(page))
    held = console.do(f"{page}/tahan", {"alasan": "libur desa"})
    assert "veto: libur desa" in words(held)
    assert {"lepas"} <= fields(held)
    room.tick("2026-05-06T16:05")
    assert count(room, Notice, Notice.hold_reason == "veto: libur desa") == 2
    freed = console.do(f"{page}/lepas", {"apa": "veto"})
    assert sentence(freed) == f"Dilepas: {N}."
    assert "/urungkan" not in freed, "what is let go goes out"
    assert count(room, Notice, Notice.hold_reason.is_not(None)) == 0


def test_what_waits_for_sp4n_goes_on_when_it_is_still_unanswered(room: Room) -> None:
    room.dispose(N, "DPUPR", MONDAY)
    page = f"/aduan/{key(room, N)}"
    room.tick("2026-05-06T16:00")
    with writing(room.engine) as connection:
        connection.execute(
            update(Notice)
            .where(Notice.step == "surat_1")
            .values(status="held", hold_reason="data SP4N belum diperbarui", message_id=None)
        )
    clock(room, "2026-05-07T07:30")
    console = kominfo(room)
    shown = console.read(page)
    assert "Masih belum dijawab di SP4N: kirim yang ditahan" in words(shown)
    console.do(f"{page}/lepas", {"apa": "sp4n"})
    assert count(room, Notice, Notice.status == NoticeStatus.HELD) == 0
    assert "tidak ada pesan yang ditahan" in sentence(console.do(f"{page}/lepas", {"apa": "sp4n"}))


def test_only_what_the_state_allows_is_offered(room: Room) -> None:
    with writing(room.engine) as connection:
        inbound.phone_of(connection, room.opened.seal, "+6281200000101")
    room.says(WARGA, "Lampu jalan mati di depan Pasar Contoh sejak kemarin malam", MONDAY)
    with reading(room.engine) as connection:
        new = connection.execute(select(Complaint.id)).scalar_one()
    clock(room, NEXT)
    console = kominfo(room)
    assert fields(console.read(f"/aduan/{new}")) == {
        "verifikasi", "disposisi", "klasifikasi", "kelengkapan", "gabung", "arsip", "selesai",
    }  # fmt: skip
    room.dispose(N, "DPUPR", MONDAY)
    assert fields(opd(room).read(f"/aduan/{key(room, N)}")) == {
        "jawab", "terima", "sudah", "bukan", "tunda",
    }  # fmt: skip


def test_the_reply_of_a_leader_is_no_secret_but_no_number_is_on_the_page(room: Room) -> None:
    nomor = room.own()
    room.says(KOMINFO, f"KENAPA {nomor}", NEXT)
    room.tick(NEXT)
    clock(room, NEXT)
    page = kominfo(room).read(f"/aduan/{key(room, nomor)}")
    assert "Pesan SMS dari petugas: menanyakan penyebab" in words(page)
    assert not re.search(r"\+?62?8\d{7,}", re.sub(r'name="csrftoken"[^>]*>', "", page))
    assert count(room, Access) == 0


def test_the_store_tells_what_was_tried_in_order(room: Room) -> None:
    room.dispose(N, "DPUPR", MONDAY)
    room.tick("2026-05-04T10:05")
    with reading(room.engine) as connection:
        told = dossier.tellings(connection, key(room, N))
        assert holds.backlog(connection) == []
    assert [(one.whom, one.step, len(one.tries)) for one in told] == [("jabatan", "terima", 1)] * 2
