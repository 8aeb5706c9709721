"""SUDAH is put to Kominfo, who looks into SP4N: SETUJU makes it true, TOLAK ends the wait."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest

from bot.dialogue import standing
from config.terms import Clock, Peran, Status
from scheduler.store import summary
from scheduler.store.session import reading
from tests.database.officers import (
    ADMIN,
    KOMINFO,
    KOMINFO_2,
    MONDAY,
    PENGHUBUNG,
    WRONG_OFFICE,
    N,
    Room,
)

LATER = "2026-05-04T11:00"


@pytest.fixture
def room(sqlite_url: str) -> Iterator[Room]:
    made = Room(sqlite_url)
    made.dispose(N, "DPUPR", MONDAY)
    made.tick("2026-05-04T10:01")
    for phone in (ADMIN, KOMINFO, KOMINFO_2):
        made.phones.hears(phone)
    yield made
    made.close()


def limit_of(room: Room, number: str = N) -> datetime | None:
    run = room.case(number).open_run(Clock.RESPON)
    return run.limit_at if run is not None else None


def test_kominfo_is_asked_to_look_and_sees_it_where_it_looks(room: Room) -> None:
    assert "Kominfo kami minta mencocokkannya" in room.says(ADMIN, f"SUDAH {N}", LATER)
    room.tick("2026-05-04T11:01")
    for phone in (KOMINFO, KOMINFO_2):
        (told,) = room.phones.hears(phone)
        assert told == (
            "Yth. Kominfo: DPUPR menyatakan aduan SP4N #9000001 sudah dijawab di SP4N-LAPOR!. "
            "Mohon dicek s.d. Sel 5 Mei 16.00. Balas SETUJU/TOLAK 9000001. -Kominfo Sampang"
        )
    assert "9000001 SUDAH di SP4N, mohon dicek (DPUPR)" in room.says(KOMINFO, "DAFTAR", LATER)
    with reading(room.engine) as connection:
        assert summary.requests(connection, Peran.ADMIN_KOORDINATOR) == 1
        assert summary.requests(connection, Peran.PEJABAT_PENGHUBUNG) == 0
        assert [one.asked.kind for one in standing.waiting(connection)] == ["sudah"]


def test_several_are_one_message(room: Room) -> None:
    room.dispose("9000002", "DPUPR", MONDAY)
    for number in (N, "9000002"):
        room.says(ADMIN, f"SUDAH {number}", LATER)
    room.tick("2026-05-04T11:01")
    (told,) = room.phones.hears(KOMINFO)
    assert "DPUPR menyatakan 2 aduan (#9000001,#9000002) sudah dijawab" in told


def test_confirmed_it_counts_as_answered_and_the_officer_hears(room: Room) -> None:
    room.says(ADMIN, f"SUDAH {N}", LATER)
    said = room.says(KOMINFO, f"SETUJU {N}", "2026-05-04T12:00")
    assert "atas pernyataan sudah dijawab di SP4N untuk aduan SP4N #9000001" in said
    assert room.requests() == [("sudah", "diterima")]
    case = room.case()
    assert (case.status, case.open_run(Clock.RESPON)) == (Status.PROSES, None)
    room.tick("2026-05-04T12:01")
    told = (
        "Yth. Admin DPUPR: pernyataan sudah dijawab di SP4N untuk aduan SP4N #9000001 disetujui "
        "Kominfo. Terima kasih. -Kominfo Sampang"
    )
    assert told in room.phones.hears(ADMIN)
    before = len(room.notices())
    room.tick("2026-05-12T08:00")
    assert not [n for n in room.notices()[before:] if n.line.kind == "eskalasi"]


@pytest.mark.parametrize("reason", ["", " baru tampak disposisinya"])
def test_refused_the_clock_goes_on_at_once_and_the_officer_hears_until_when(
    room: Room, reason: str
) -> None:
    before = limit_of(room)
    room.says(ADMIN, f"SUDAH {N}", LATER)
    said = room.says(KOMINFO, f"TOLAK {N}{reason}", "2026-05-04T12:00")
    assert said.endswith("kami catat dan kami sampaikan kepada instansi.")
    assert room.requests() == [("sudah", "ditolak")]
    assert limit_of(room) == before
    room.tick("2026-05-04T12:01")
    told = (
        f"Yth. Admin DPUPR: jawaban aduan SP4N #9000001 belum tampak di SP4N-LAPOR!"
        f"{':' if reason else ''}{reason}. Mohon dijawab s.d. Kam 7 Mei 16.00. -Kominfo Sampang"
    )
    assert told in room.phones.hears(ADMIN)


def test_what_needs_a_decision_is_decided_before_it(room: Room) -> None:
    room.says(ADMIN, f"SUDAH {N}", LATER)
    room.says(ADMIN, f"BUKAN {N} {WRONG_OFFICE}", "2026-05-04T11:10")
    room.says(KOMINFO, f"TOLAK {N} jalan kabupaten", "2026-05-04T12:00")
    assert room.requests() == [("sudah", "terbuka"), ("bukan", "ditolak")]


def test_what_was_not_sent_yet_is_called_off_where_sp4n_shows_it(room: Room) -> None:
    room.says(ADMIN, f"SUDAH {N}", "2026-05-04T21:00")
    room.do(N, "2026-05-04T21:30", lambda d, c: d.answer(c, "sp4n", in_sp4n=True))
    room.tick("2026-05-05T07:00")
    assert {status for _, _, status in room.asked("minta_sudah")} == {"cancelled"}


def test_the_opd_does_not_confirm_itself(room: Room) -> None:
    room.says(ADMIN, f"SUDAH {N}", LATER)
    assert "Tidak ada permintaan" in room.says(PENGHUBUNG, f"SETUJU {N}", LATER)
    assert room.requests() == [("sudah", "terbuka")]
