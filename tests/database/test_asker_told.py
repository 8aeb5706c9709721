"""Whoever asked for something hears what became of it; and when a tunda ends, its new limit."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from scheduler.ledger import SP4N
from tests.database.officers import (
    ADMIN,
    KEPALA,
    KOMINFO,
    MONDAY,
    WARGA,
    WRONG_OFFICE,
    N,
    Room,
)


@pytest.fixture
def room(sqlite_url: str) -> Iterator[Room]:
    made = Room(sqlite_url)
    yield made
    made.close()


def test_a_granted_tunda_is_told_to_who_asked(room: Room) -> None:
    nomor = room.own()
    room.says(KEPALA, f"TUNDA {nomor} lokasi kurang jelas")
    room.says(KOMINFO, f"SETUJU {nomor}")
    kepala = "Kepala Dinas Pekerjaan Umum dan Penataan Ruang"
    assert room.asked("permintaan_disetujui") == [("permintaan_disetujui", kepala, "pending")]
    room.tick("2026-05-04T10:01")
    told = (
        "Yth. Kepala DPUPR: permintaan penundaan untuk aduan SPG-2605-0001 disetujui Kominfo. "
        "Terima kasih. Batas waktunya dijeda. -Kominfo Sampang"
    )
    assert told in room.phones.hears(KEPALA)


def test_a_granted_bukan_says_so_beside_mohon_abaikan(room: Room) -> None:
    room.dispose(N, "DPUPR", MONDAY)
    room.tick("2026-05-04T10:01")
    room.says(ADMIN, f"BUKAN {N} {WRONG_OFFICE}", "2026-05-04T11:00")
    room.says(KOMINFO, f"SETUJU {N}", "2026-05-04T12:00")
    room.phones.hears(ADMIN)
    room.tick("2026-05-04T12:01")
    told = room.phones.hears(ADMIN)
    assert [one for one in told if "permintaan bukan wewenang untuk aduan" in one]
    assert [one for one in told if "mohon abaikan" in one]


def test_when_the_reporter_completes_it_the_opd_hears_its_new_limit(room: Room) -> None:
    nomor = room.own()
    room.tick("2026-05-04T10:01")
    room.says(ADMIN, f"TUNDA {nomor} lokasi kurang jelas", "2026-05-04T11:00")
    room.says(KOMINFO, f"SETUJU {nomor}", "2026-05-04T12:00")
    room.tick("2026-05-04T12:01")
    room.phones.hears(ADMIN)
    room.says(WARGA, f"TAMBAH {nomor} di depan SDN Taman 2", "2026-05-06T10:00")
    room.tick("2026-05-06T10:01")
    (told,) = room.phones.hears(ADMIN)
    assert told == (
        f"Yth. Admin DPUPR: aduan {nomor} sudah dilengkapi dan dilanjutkan. Mohon dijawab s.d. "
        "Sen 11 Mei 16.00. Detail balas DAFTAR. -Kominfo Sampang"
    )


@pytest.mark.parametrize("actor", ["DPUPR", SP4N])
def test_who_answers_or_reads_sp4n_is_not_told_that_it_goes_on(room: Room, actor: str) -> None:
    room.dispose(N, "DPUPR", MONDAY)
    room.do(N, "2026-05-04T11:00", lambda d, c: d.pause(c, "kominfo", "lokasi"))
    if actor == SP4N:
        room.do(N, "2026-05-05T11:00", lambda d, c: d.resume(c, actor))
    else:
        room.do(N, "2026-05-05T11:00", lambda d, c: d.answer(c, actor))
    assert not room.asked("dilanjutkan")
