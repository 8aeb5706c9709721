"""The page of one complaint: what it tells."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import update

from bot.dialogue import standing
from config.terms import NoticeStatus
from scheduler.store import dossier, holds
from scheduler.store.console_tables import Access
from scheduler.store.messaging_tables import Attempt, Notice
from scheduler.store.session import reading, writing
from scheduler.store.tables import Complaint
from scheduler.sweep import sweep
from tests.database.office import at
from tests.database.officers import ADMIN, EMPTY, GOOD, KOMINFO, MONDAY, WARGA, N, Room
from tests.web.dossier_page import (
    COORDINATOR,
    NEXT,
    POST,
    clock,
    count,
    key,
    kominfo,
    opd,
    part,
    words,
)


@pytest.fixture
def room(sqlite_url: str) -> Iterator[Room]:
    room = Room(sqlite_url)
    clock(room, MONDAY)
    yield room
    room.close()


def test_the_timeline_tells_who_did_what_and_whom_it_told(room: Room) -> None:
    nomor = room.own()
    room.tick("2026-05-04T10:05")
    room.says(ADMIN, f"TERIMA {nomor}", "2026-05-04T11:00")
    for moment in ("2026-05-05T08:00", "2026-05-06T16:00"):
        room.tick(moment)
    room.says(ADMIN, f"JAWAB {nomor} {EMPTY}", "2026-05-06T16:30")
    room.tick("2026-05-07T08:00")
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
        f"dan tanggal pelaksanaannya {COORDINATOR} Sampai SMS, dikirim Kam 7 Mei 2026 08.00",
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


def test_what_failed_says_why_and_what_was_cancelled_is_folded(room: Room) -> None:
    room.dispose(N, "DPUPR", MONDAY)
    room.tick("2026-05-04T10:05")
    failed = {"status": NoticeStatus.FAILED}
    with writing(room.engine) as connection:
        connection.execute(update(Attempt).values(**failed, error="30003"))
        connection.execute(update(Notice).values(failed))
    late = at("2026-05-05T08:00")
    sweep(room.engine, room.opened.world(late), late)
    clock(room, "2026-05-05T08:00")
    console = opd(room)
    page = f"/aduan/{key(room, N)}"
    waits = part(console.read(page), "linimasa")
    assert f"Pengingat {POST} Menunggu dikirim" in waits
    assert (
        f"{POST} Gagal SMS, dikirim Sen 4 Mei 2026 10.05: gagal. "
        "Telepon penerima mati atau di luar jangkauan. (kode 30003)"
    ) in waits
    told = part(console.do(f"{page}/jawab", {"isi": GOOD}), "linimasa")
    assert f"1 pesan dibatalkan sebelum dikirim {POST} Dibatalkan" in told


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
    assert "hari terakhir: sampai Kam 7 Mei 16.00; dalam surat: Jum 8 Mei 16.00" in words(page)


def test_the_head_and_the_list_say_the_same_of_the_limit(room: Room) -> None:
    room.dispose(N, "DPUPR", MONDAY)
    room.tick("2026-05-05T07:00")
    room.tick("2026-05-29T09:00")
    clock(room, "2026-05-29T09:30")
    console = kominfo(room)
    (late,) = re.findall(r"lewat \d+ hari kerja", words(console.read("/aduan?saring=terlambat")))
    page = words(console.read(f"/aduan/{key(room, N)}"))
    assert f"{late} (batas Kam 7 Mei 16.00); dalam surat: " in page


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
