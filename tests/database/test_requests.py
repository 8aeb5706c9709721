"""BUKAN and TUNDA go to Kominfo with one working day; SETUJU and TOLAK decide, exactly once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from bot.dialogue import chores, decisions, standing
from config.terms import Channel, Clock, Status
from scheduler.case import Case
from scheduler.lifecycle import Desk
from scheduler.store import cases
from scheduler.store.dialogue_tables import Request
from scheduler.store.session import writing
from tests.database.office import at
from tests.database.officers import (
    ADMIN,
    DISDIK,
    GOOD,
    KEPALA,
    KOMINFO,
    KOMINFO_2,
    MONDAY,
    PENGHUBUNG,
    SEKDA,
    WARGA,
    WRONG_OFFICE,
    N,
    Room,
)

BUKAN = f"BUKAN {N} {WRONG_OFFICE}"
ADMIN_1, ADMIN_2 = "Admin Koordinator SP4N-LAPOR!", "Admin Koordinator SP4N-LAPOR! II"


@pytest.fixture
def room(database_url: str) -> Iterator[Room]:
    made = Room(database_url)
    made.dispose(N, "DPUPR", MONDAY)
    yield made
    made.close()


# --- asking ---------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["BUKAN", "TUNDA"])
def test_kominfo_is_told_at_once_and_the_clock_runs_on(room: Room, word: str) -> None:
    said = room.says(ADMIN, f"{word} {N} {WRONG_OFFICE}")
    assert "kami teruskan ke Kominfo. Batas waktu tetap berjalan" in said
    assert room.effect == word.lower()
    kind = f"minta_{word.lower()}"
    assert room.asked(kind) == [(kind, ADMIN_1, "pending"), (kind, ADMIN_2, "pending")]
    (one,) = room.rows(Request)
    assert (one.kind, one.state, one.body) == (word.lower(), "terbuka", WRONG_OFFICE)
    assert one.due_at == at("2026-05-05T16:00")
    assert one.next_look_at == at("2026-05-05T08:00")
    run = room.case().open_run(Clock.RESPON)
    assert run is not None
    assert run.paused_at is None
    room.tick("2026-05-04T10:01")
    (told,) = room.phones.hears(KOMINFO)
    assert "jalan ini" in told  # an SMS to an officer is one segment
    room.tick("2026-05-05T08:00")
    assert [n.step for n in room.notices() if n.number == N and n.clock].count("ingat") == 1


@pytest.mark.parametrize("word", ["BUKAN", "TUNDA"])
def test_a_reason_is_asked_for(room: Room, word: str) -> None:
    assert room.says(ADMIN, f"{word} {N}").startswith(
        f"Mohon sertakan alasannya: balas {word} {N} lalu alasan"
    )
    assert not room.requests()


def test_a_second_one_of_its_kind_is_not_made(room: Room) -> None:
    room.says(ADMIN, BUKAN)
    assert "sudah kami teruskan sebelumnya" in room.says(KEPALA, BUKAN)
    room.says(ADMIN, f"TUNDA {N} lokasi belum jelas")
    assert room.requests() == [("bukan", "terbuka"), ("tunda", "terbuka")]


def test_kominfo_itself_needs_nobodys_leave(room: Room) -> None:
    assert "kami catat" in room.says(KOMINFO, BUKAN)
    assert room.case().instansi_id is None
    assert not room.requests()


def test_kominfos_own_word_settles_what_the_opd_asked(room: Room) -> None:
    room.says(ADMIN, f"TUNDA {N} lokasi belum jelas")
    room.says(KOMINFO, f"TUNDA {N} lokasi belum jelas")
    assert room.requests() == [("tunda", "diterima")]
    assert {status for _, _, status in room.asked("minta_tunda")} == {"cancelled"}


# --- the one working day --------------------------------------------------------------------


def test_kominfo_is_reminded_once_before_and_once_after_its_day(room: Room) -> None:
    room.says(ADMIN, BUKAN, "2026-05-08T15:00")  # a Friday
    ticks: dict[str, list[str]] = {}
    for when in (
        "2026-05-08T15:01",
        "2026-05-11T07:59",
        "2026-05-11T08:00",
        "2026-05-11T15:59",
        "2026-05-11T16:00",
        "2026-05-12T16:00",
    ):
        room.tick(when)
        ticks[when[7:]] = [
            kind for kind, _, _ in room.asked("permintaan_ingat", "permintaan_lewat")
        ]
    assert [len(found) for found in ticks.values()] == [0, 0, 2, 2, 4, 4]
    assert ticks["-12T16:00"] == ["permintaan_ingat"] * 2 + ["permintaan_lewat"] * 2
    causes = [n.cause for n in room.notices()]
    assert len(causes) == len(set(causes))
    (one,) = room.rows(Request)
    assert (one.state, one.next_look_at) == ("terbuka", None)


def test_after_downtime_only_what_still_says_something_is_sent(room: Room) -> None:
    room.says(ADMIN, BUKAN)
    room.tick("2026-05-05T16:00")
    assert {kind for kind, _, _ in room.asked("permintaan_ingat", "permintaan_lewat")} == {
        "permintaan_lewat"
    }


def test_the_limit_of_the_request_goes_with_the_reminder(room: Room) -> None:
    room.says(ADMIN, BUKAN)
    room.tick("2026-05-05T08:00")
    room.tick("2026-05-05T16:00")
    told = {n.line.kind: (n.line.limit_at, n.line.lama, n.line.note) for n in room.notices()}
    due_at = at("2026-05-05T16:00")
    assert told["permintaan_ingat"] == (due_at, None, None)
    assert told["permintaan_lewat"] == (due_at, "1 hari kerja", None)


@pytest.mark.parametrize("late", [False, True])
def test_a_decision_calls_off_what_was_not_sent_yet(room: Room, late: bool) -> None:
    room.says(ADMIN, BUKAN, "2026-05-04T21:00")
    room.says(KOMINFO, f"TOLAK {N} jalan kabupaten", "2026-05-04T21:05")
    room.tick("2026-05-05T16:00" if late else "2026-05-05T07:00")
    assert {status for _, _, status in room.asked("minta_bukan")} == {"cancelled"}
    assert not room.asked("permintaan_ingat", "permintaan_lewat")


def test_one_that_cannot_be_looked_at_is_named_and_the_others_go_on(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.dispose("9000002", "DPUPR", MONDAY)
    room.says(ADMIN, BUKAN)
    room.says(ADMIN, f"BUKAN 9000002 {WRONG_OFFICE}")
    first = room.rows(Request)[0]
    whole = standing.settle

    def poisoned(connection: object, complaint_id: int, moment: object) -> object:
        if complaint_id == first.complaint_id:
            raise ValueError("0811-0000-0009")
        return whole(connection, complaint_id, moment)  # type: ignore[arg-type]

    monkeypatch.setattr(standing, "settle", poisoned)
    done = room.tick("2026-05-05T08:00")
    assert [one for one in done.problems if one.startswith(f"request {first.id}: error=ValueError")]
    assert "0811" not in " ".join(done.problems)
    assert {n.number for n in room.notices() if n.line.kind == "permintaan_ingat"} == {"9000002"}
    monkeypatch.undo()
    room.tick("2026-05-05T08:59")
    assert len(room.asked("permintaan_ingat")) == 2
    room.tick("2026-05-05T09:00")
    assert len(room.asked("permintaan_ingat")) == 4


# --- deciding -------------------------------------------------------------------------------


def test_granted_the_complaint_goes_back_and_the_opd_is_told_to_ignore(room: Room) -> None:
    room.tick("2026-05-04T10:01")
    room.says(ADMIN, BUKAN, "2026-05-04T11:00")
    said = room.says(KOMINFO, f"SETUJU {N}", "2026-05-04T12:00")
    assert said == (
        "Terima kasih. Persetujuan atas permintaan bukan wewenang untuk aduan SP4N #9000001 "
        "kami catat."
    )
    case = room.case()
    assert (case.instansi_id, case.status) == (None, Status.BELUM_DITINDAKLANJUTI)
    assert room.open_clocks() == {"verifikasi"}
    (one,) = room.rows(Request)
    assert (one.state, one.decided_by.split(",")[0]) == ("diterima", ADMIN_1)
    assert {kind for kind, _, _ in room.asked("abaikan")} == {"abaikan"}
    assert ("return", "kominfo") in room.trail()


def test_granted_a_tunda_asks_the_citizen(room: Room) -> None:
    nomor = room.own()
    room.says(ADMIN, f"TUNDA {nomor} mohon sebutkan nomor tiang lampu")
    room.says(KOMINFO_2, f"SETUJU {nomor}")
    assert room.case(nomor).status is Status.TUNDA
    assert room.open_clocks(nomor) == {"respon", "penyelesaian", "kelengkapan"}
    room.tick("2026-05-04T10:01")
    (told,) = room.phones.hears(WARGA)
    assert "mohon sebutkan nomor tiang lampu" in told


@pytest.mark.parametrize("word", ["BUKAN", "TUNDA"])
def test_refused_the_clock_never_stopped_and_the_asker_hears_why(room: Room, word: str) -> None:
    before = room.case().open_run(Clock.RESPON)
    room.says(KEPALA, f"{word} {N} {WRONG_OFFICE}")
    assert "balas TOLAK 9000001 lalu alasan" in room.says(KOMINFO, f"TOLAK {N}")
    assert room.requests() == [(word.lower(), "terbuka")]
    room.says(KOMINFO, f"TOLAK {N} termasuk jalan kabupaten", "2026-05-04T12:00")
    assert room.requests() == [(word.lower(), "ditolak")]
    assert room.case().open_run(Clock.RESPON) == before
    kepala = "Kepala Dinas Pekerjaan Umum dan Penataan Ruang"
    assert room.asked("permintaan_ditolak") == [("permintaan_ditolak", kepala, "pending")]
    room.tick("2026-05-04T12:01")
    told = room.phones.hears(KEPALA)
    assert any("termasuk jalan kabupaten" in one and "s.d. Kam 7 Mei 16.00" in one for one in told)


@pytest.mark.parametrize("phone", [ADMIN, PENGHUBUNG, KEPALA])
def test_the_opd_does_not_decide_on_its_own_request(room: Room, phone: str) -> None:
    room.says(ADMIN, BUKAN)
    said = room.says(phone, f"SETUJU {N}")
    assert said.startswith("Tidak ada permintaan yang menunggu keputusan Bapak/Ibu")
    assert room.requests() == [("bukan", "terbuka")]


@pytest.mark.parametrize("phone", [SEKDA, DISDIK, WARGA])
def test_nobody_else_decides_either(room: Room, phone: str) -> None:
    room.says(ADMIN, BUKAN)
    room.says(phone, f"SETUJU {N}")
    assert room.effect == "ditolak"
    assert room.requests() == [("bukan", "terbuka")]


def test_the_oldest_is_decided_first_and_named(room: Room) -> None:
    room.says(ADMIN, f"TUNDA {N} lokasi belum jelas")
    room.says(ADMIN, BUKAN, "2026-05-04T11:00")
    assert "permintaan penundaan" in room.says(KOMINFO, f"TOLAK {N} lokasi jelas")
    assert room.requests() == [("tunda", "ditolak"), ("bukan", "terbuka")]
    assert "bukan wewenang" in room.says(KOMINFO, f"SETUJU {N}")
    assert "Tidak ada permintaan" in room.says(KOMINFO, f"SETUJU {N}")
    assert room.requests() == [("tunda", "ditolak"), ("bukan", "diterima")]


def test_a_button_takes_the_number_from_what_it_answers(room: Room) -> None:
    room.says(ADMIN, BUKAN)
    room.tick("2026-05-04T10:01")
    sid = next(
        attempt.sid
        for n in room.notices()
        if n.line.kind == "minta_bukan" and n.post and n.post.startswith(f"{ADMIN_1},")
        for attempt in n.attempts
    )
    room.says(KOMINFO, "SETUJU", channel=Channel.WHATSAPP, button="setuju", replied_sid=sid)
    assert room.requests() == [("bukan", "diterima")]


Verb = Callable[[Desk, Case], None]


@pytest.mark.parametrize(
    ("word", "verb", "state"),
    [
        ("BUKAN", lambda d, c: d.answer(c, "sp4n", in_sp4n=True), "gugur"),
        ("BUKAN", lambda d, c: d.give_back(c, "kominfo", "salah"), "diterima"),
        ("BUKAN", lambda d, c: d.archive(c, "kominfo", "ganda"), "gugur"),
        ("TUNDA", lambda d, c: d.pause(c, "kominfo", "lokasi"), "diterima"),
        ("TUNDA", lambda d, c: d.close(c, "kominfo"), "gugur"),
    ],
)
def test_what_happens_meanwhile_settles_a_request(
    room: Room, word: str, verb: Verb, state: str
) -> None:
    room.says(ADMIN, f"{word} {N} {WRONG_OFFICE}")
    room.do(N, "2026-05-04T15:00", verb)
    with writing(room.engine) as connection:
        assert not standing.waiting(connection)
        case = cases.lock_by_number(connection, [N])[N]
        desk = Desk(room.opened.world(at(MONDAY)), at("2026-05-04T15:30"))
        assert decisions.decide(connection, desk, case, "kominfo", yes=True) is None
    assert "Tidak ada permintaan" in room.says(KOMINFO, f"SETUJU {N}", "2026-05-04T16:00")
    assert room.requests() == [(word.lower(), state)]
    room.tick("2026-05-06T16:00")
    assert not room.asked("permintaan_ingat", "permintaan_lewat")


def test_at_its_time_a_request_that_settled_itself_tells_nobody(room: Room) -> None:
    room.says(ADMIN, BUKAN)
    room.tick("2026-05-04T10:01")
    room.says(ADMIN, f"JAWAB {N} {GOOD}", "2026-05-04T11:00")
    assert room.requests() == [("bukan", "gugur")]
    room.dispose("9000002", "DPUPR", MONDAY)
    room.says(ADMIN, f"BUKAN 9000002 {WRONG_OFFICE}", "2026-05-04T11:00")
    room.do("9000002", "2026-05-04T15:00", lambda d, c: d.answer(c, "sp4n", in_sp4n=True))
    room.tick("2026-05-04T15:01")
    assert room.requests()[1] == ("bukan", "gugur")
    room.tick("2026-05-05T08:00")
    assert not room.asked("permintaan_ingat")


def test_a_request_of_the_run_before_is_not_one_of_this_run(room: Room) -> None:
    room.says(ADMIN, BUKAN)
    room.do(N, "2026-05-04T12:00", lambda d, c: d.dispose(c, room.body("Disdik"), "kominfo"))
    room.says(DISDIK, f"BUKAN {N} bukan sekolah negeri", "2026-05-04T13:00")
    assert room.requests() == [("bukan", "diterima"), ("bukan", "terbuka")]


def test_bukan_cannot_be_granted_while_the_citizen_is_asked(room: Room) -> None:
    room.says(ADMIN, BUKAN)
    room.do(N, "2026-05-04T12:00", lambda d, c: d.pause(c, "kominfo", "lokasi"))
    said = room.says(KOMINFO, f"SETUJU {N}", "2026-05-04T13:00")
    assert "sedang menunggu kelengkapan dari pelapor" in said
    assert room.requests() == [("bukan", "terbuka")]
    assert "setuju" not in dict(room.trail())


def test_of_two_deciders_at_once_one_decides(postgres_url: str) -> None:
    room = Room(postgres_url)
    try:
        for turn in range(5):
            number = f"900010{turn}"
            room.dispose(number, "DPUPR", MONDAY)
            room.says(ADMIN, f"BUKAN {number} {WRONG_OFFICE}")
            room.opened.hear(
                [
                    room.phones.arrived(KOMINFO, f"SETUJU {number}", "2026-05-04T11:00"),
                    room.phones.arrived(KOMINFO_2, f"TOLAK {number} salah", "2026-05-04T11:00"),
                ]
            )
            start = Barrier(2)

            def listen(start: Barrier = start) -> list[str]:
                start.wait()
                return room.opened.listen(at("2026-05-04T11:00")).problems

            with ThreadPoolExecutor(2) as pool:
                both = [pool.submit(listen) for _ in range(2)]
                assert [one.result() for one in both] == [[], []]
            room.opened.listen(at("2026-05-04T11:00"))
            events = [event for event, _ in room.trail(number)]
            assert len([one for one in events if one in ("setuju", "tolak")]) == 1
        said = [*room.phones.replies(KOMINFO), *room.phones.replies(KOMINFO_2)]
        assert sum("Tidak ada permintaan" in one for one in said) == 5
        assert {state for _, state in room.requests()} <= {"diterima", "ditolak"}
    finally:
        room.close()


def test_two_passes_at_once_remind_once(postgres_url: str) -> None:
    room = Room(postgres_url)
    try:
        room.dispose(N, "DPUPR", MONDAY)
        room.says(ADMIN, BUKAN)
        moment = at("2026-05-05T08:00")
        world = room.opened.world(moment)
        start = Barrier(2)

        def look() -> list[str]:
            start.wait()
            return chores.look_at_requests(room.engine, world, moment)

        with ThreadPoolExecutor(2) as pool:
            both = [pool.submit(look) for _ in range(2)]
            assert [one.result() for one in both] == [[], []]
        assert len(room.asked("permintaan_ingat")) == 2
    finally:
        room.close()
