"""Serah terima in the console: two steps, one handover, its end; who sees what."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import event

from config.terms import Wewenang
from scheduler.store import handover_lists
from scheduler.store.session import reading
from tests.console import Console, signed_in
from tests.database.handing import LeaveRoom, P, Q
from tests.database.office import at
from tests.training import set_clock

NOW = "2026-05-04T15:00"
N, TWO, THREE = "9000001", "9000002", "9000003"
DAYS = {"mulai": "2026-05-05", "selesai": "2026-05-07"}


@pytest.fixture
def room(sqlite_url: str) -> Iterator[LeaveRoom]:
    made = LeaveRoom(sqlite_url)
    set_clock(made.opened, at(NOW))
    made.dispose(N, "DPUPR", "2026-05-04T10:00", kategori="Jalan Berlubang")
    made.dispose(TWO, "DPUPR", "2026-04-20T10:00")
    made.dispose(THREE, "Dinkes", "2026-05-04T10:00")
    yield made
    made.close()


def step_two(room: LeaveRoom, console: Console, label: str = P, **days: str) -> str:
    days = days or DAYS
    post = room.post(label).id
    return console.read(
        f"/serah-terima/baru?jabatan={post}&mulai={days['mulai']}&selesai={days['selesai']}"
    )


def form(room: LeaveRoom, *numbers: str, **others: Any) -> dict[str, Any]:
    return {
        "jabatan": str(room.post(P).id),
        "kepada": str(room.post(Q).id),
        "alasan": "cuti",
        **DAYS,
        "ids": [str(room.key(number)) for number in numbers],
        **others,
    }


def boxes(text: str) -> dict[str, str]:
    """The checklist: attributes of each box by the number beside it."""
    found = re.findall(r'name="ids" value="\d+"([^>]*)>\s*<span[^>]*><strong>#(\w+)', text)
    return {number: attributes.strip() for attributes, number in found}


def test_all_duties_are_chosen_and_those_due_in_the_days_marked(room: LeaveRoom) -> None:
    text = step_two(room, signed_in(room.opened))
    assert boxes(text) == {N: "checked data-due", TWO: "checked"}
    assert "Jalan Berlubang" in text
    assert "Terlambat" in text
    assert "0811" not in text


def test_handed_over_listed_and_ended(room: LeaveRoom) -> None:
    console = signed_in(room.opened)
    text = console.do("/serah-terima/baru", form(room, N, TWO))
    assert "2 aduan diserahkan kepada Sekretaris DPUPR" in text
    assert f"#{N}" in text
    text = console.read("/serah-terima")
    assert "Akan datang" in text
    assert "Sel 5 Mei 2026" in text
    set_clock(room.opened, at("2026-05-05T09:00"))
    assert "Akan datang" not in console.read("/serah-terima")
    with reading(room.engine) as connection:
        (one,) = handover_lists.listed(
            connection, "berlaku", at("2026-05-05T09:00").date(), frozenset({room.body("DPUPR")})
        )
    assert (one.count, one.left) == (2, 2)
    text = console.do(f"/serah-terima/{one.id}/akhiri", {"kembali": "/serah-terima"})
    assert "aduannya kembali kepada Admin DPUPR" in text
    assert "Sudah berakhir" in text
    assert "sudah berakhir" in console.do(f"/serah-terima/{one.id}/akhiri")


def test_what_somebody_has_already_cannot_be_chosen(room: LeaveRoom) -> None:
    room.hands([N], NOW)
    console = signed_in(room.opened)
    text = step_two(room, console, mulai="2026-05-07", selesai="2026-05-08")
    assert boxes(text)[N].startswith("disabled")
    assert "Sudah pada Sekretaris DPUPR" in text
    assert boxes(step_two(room, console, mulai="2026-05-08", selesai="2026-05-08"))[N] != ""
    answer = console.do("/serah-terima/baru", form(room, N))
    assert "sudah diserahterimakan kepada Sekretaris DPUPR" in answer


def test_who_takes_over_sees_it_among_his_own_duties(room: LeaveRoom) -> None:
    room.hands([N], NOW, taker="Admin Disdik")
    text = step_two(room, signed_in(room.opened), "Admin Disdik")
    assert boxes(text).keys() == {N}


def test_an_opd_sees_its_own_posts_and_handovers_only(room: LeaveRoom) -> None:
    made = room.hands([N], NOW)
    other = room.hands([THREE], NOW, giver="Admin Dinkes", taker=Q)
    opd = signed_in(room.opened, Wewenang.OPD, room.body("DPUPR"))
    text = opd.read("/serah-terima/baru")
    assert "Admin DPUPR" in text
    assert "Admin Dinkes" not in text
    assert "Admin Dinkes" not in step_two(room, opd)
    assert f"/serah-terima/{made}" in opd.read("/serah-terima")
    assert f"/serah-terima/{other}" not in opd.read("/serah-terima")
    assert opd.get(f"/serah-terima/{other}").status_code == 404
    assert opd.post(f"/serah-terima/{other}/akhiri").status_code == 404
    foreign = form(room, THREE, jabatan=str(room.post("Admin Dinkes").id))
    assert "tidak ditemukan" in opd.do("/serah-terima/baru", foreign)
    away = form(room, TWO, kepada=str(room.post("Admin Dinkes").id))
    assert "tidak ditemukan" in opd.do("/serah-terima/baru", away)
    assert "1 aduan diserahkan" in opd.do("/serah-terima/baru", form(room, TWO))


@pytest.mark.parametrize(
    ("others", "said"),
    [
        ({"ids": []}, "Aduan wajib diisi"),
        ({"alasan": "bosan"}, "Alasan tidak dapat dipakai"),
        ({"mulai": "besok"}, "Isilah tanggal"),
        ({"mulai": ""}, "Tanggal mulai"),
        ({"mulai": "9999-12-31", "selesai": "9999-12-31"}, "paling jauh satu tahun"),
        ({"selesai": "2026-05-01"}, "Tanggal selesai mendahului"),
        ({"jabatan": "999999"}, "Jabatan tidak ditemukan"),
    ],
)
def test_what_is_wrong_is_said(room: LeaveRoom, others: dict[str, Any], said: str) -> None:
    console = signed_in(room.opened)
    assert said in console.do("/serah-terima/baru", form(room, N) | others)
    assert "Tidak ada serah terima" in console.read("/serah-terima")


def test_days_that_cannot_be_are_said_in_the_first_step(room: LeaveRoom) -> None:
    console = signed_in(room.opened)
    text = step_two(room, console, mulai="2026-05-04", selesai="2026-12-31")
    assert "paling lama 100 hari" in text
    assert not boxes(text)
    step_two(room, console, mulai="0001-01-01", selesai="9999-12-31")
    step_two(room, console, mulai="20260505", selesai="x")


def test_as_many_queries_for_sixty_duties_as_for_one(room: LeaveRoom) -> None:
    console = signed_in(room.opened)

    def queries(path: str) -> int:
        count = 0

        def seen(*_args: object) -> None:
            nonlocal count
            count += 1

        console.read(path)
        event.listen(room.engine, "before_cursor_execute", seen)
        console.read(path)
        event.remove(room.engine, "before_cursor_execute", seen)
        return count

    step = f"/serah-terima/baru?jabatan={room.post(P).id}&mulai=2026-05-05&selesai=2026-05-07"
    before = queries(step)
    for number in range(60):
        room.dispose(str(9_100_000 + number), "DPUPR", "2026-05-04T10:00")
    assert queries(step) == before
    assert len(boxes(console.read(step))) == 62
    empty = queries("/serah-terima")
    for number in range(5):
        room.hands([str(9_100_000 + number)], NOW)
    assert queries("/serah-terima") <= empty + 1  # what changed is read once into the snapshot
