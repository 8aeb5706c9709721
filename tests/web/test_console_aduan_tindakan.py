"""What is done on the page of one complaint: answered, asked for, decided, ended, let go."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from bot.web.console.page import RULES
from config.policy_file import load_default_text
from config.terms import Clock, NoticeStatus, Status
from scheduler.case import Case
from scheduler.lifecycle import Desk
from scheduler.store import inbound
from scheduler.store.dialogue_tables import Answer, Request
from scheduler.store.messaging_tables import Notice
from scheduler.store.session import reading, writing
from scheduler.store.tables import Complaint
from scheduler.sweep import sweep
from tests.database.office import at
from tests.database.officers import EMPTY, GOOD, MONDAY, WARGA, N, Room
from tests.web.dossier_page import (
    NEXT,
    POST,
    REASON,
    app_of,
    clock,
    count,
    fields,
    key,
    kominfo,
    opd,
    part,
    sentence,
    undo,
    words,
)


@pytest.fixture
def room(sqlite_url: str) -> Iterator[Room]:
    room = Room(sqlite_url)
    clock(room, MONDAY)
    yield room
    room.close()


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
    assert sentence(said).startswith("Jawaban menunggu keputusan Kominfo; tenggat tetap berjalan")
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
    assert "Tenggat berhenti sementara sejak Sel 5 Mei 10.00" in words(said)
    assert "tenggat berhenti sampai Rab 6 Mei 2026 16.00" in part(said, "linimasa")
    again = office.do(f"/aduan/{key(room, N)}/sudah")
    assert "tenggat tidak berhenti lagi" in sentence(again)


def test_terima_is_recorded_once(room: Room) -> None:
    room.dispose(N, "DPUPR", MONDAY)
    clock(room, NEXT)
    page = f"/aduan/{key(room, N)}"
    office = opd(room)
    assert "terima" not in fields(office.do(f"{page}/terima"))
    assert "sudah dicatat" in sentence(office.do(f"{page}/terima"))
    assert room.case(N).open_run(Clock.RESPON) is not None


# --- what Kominfo does ------------------------------------------------------------------------


def test_what_was_taken_back_is_offered_again(room: Room) -> None:
    nomor = room.own()
    clock(room, NEXT)
    console = opd(room)
    path = f"/aduan/{key(room, nomor)}"
    assert f"{path}/terima" in console.read(path)
    said = console.do(f"{path}/terima")
    assert f"{path}/terima" not in said
    undo(console, said)
    assert f"{path}/terima" in console.read(path)


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
    assert "Pesan yang ditahan: oleh petugas: libur desa" in words(held)
    assert "Ditahan oleh petugas: libur desa" in words(held)
    assert "veto" not in words(held)
    assert {"lepas"} <= fields(held)
    room.tick("2026-05-06T16:05")
    assert count(room, Notice, Notice.hold_reason == "veto: libur desa") == 2
    freed = console.do(f"{page}/lepas", {"apa": "veto"})
    assert sentence(freed) == f"Dilepas: {N}."
    assert "/urungkan" in freed, "for a minute it can be held again"
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


def taken(room: Room) -> dict[str, tuple[set[str], set[str]]]:
    """The fields that each form's handler takes, and those it must have, by its address."""
    mount = app_of(room).router.routes[-1]
    found = {}
    for route in mount.routes:
        rule = RULES.get(route.name)
        if rule is not None and rule.form is not None:
            fields_of = rule.form.model_fields
            must = {name for name, one in fields_of.items() if one.is_required()}
            found[route.path] = (set(fields_of), must)
    return found


@pytest.mark.parametrize("state", ["baru", "didisposisikan", "dijawab", "tunda", "selesai"])
def test_every_form_has_the_fields_that_its_handler_takes(room: Room, state: str) -> None:
    nomor = room.own()
    done: dict[str, Callable[[Desk, Case], None]] = {
        "dijawab": lambda desk, case: desk.answer(case, POST, GOOD),
        "tunda": lambda desk, case: desk.pause(case, "kominfo", "lokasi"),
        "selesai": lambda desk, case: desk.close(case, "kominfo"),
        "baru": lambda desk, case: desk.give_back(case, "kominfo", REASON),
    }
    if state in done:
        room.do(nomor, MONDAY, done[state])
    page = kominfo(room).read(f"/aduan/{key(room, nomor)}")
    handlers = taken(room)
    forms = re.findall(r'<form method="post" action="(/[^"]+)"(.*?)</form>', page, re.DOTALL)
    tried = 0
    for action, inside in forms:
        known = handlers.get(re.sub(r"/\d+/", "/{id:int}/", action))
        if known is None:
            continue  # the login's own
        tried += 1
        names = set(re.findall(r'name="([^"]+)"', inside)) - {"csrftoken", "kembali"}
        assert known[1] <= names <= known[0], action
    assert tried == len(fields(page))


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
