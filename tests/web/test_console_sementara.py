"""A page that has stood open overrides nothing that was done since: who did what, and when."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from bot.web.console.linimasa import EVENTS
from bot.web.console.sementara import DONE, QUIET, pairs
from config.terms import Status, Wewenang
from scheduler.ledger import SP4N, SYSTEM
from scheduler.lifecycle import Desk
from scheduler.store import cases
from scheduler.store.session import writing
from tests.console import signed_in
from tests.web.inbox_room import Room, inbox_room, said

_FORM = re.compile(r"<form.*?</form>", re.DOTALL)
_FIELD = re.compile(r'<input type="hidden" name="(ids|tanda)" value="([^"]*)"')


@pytest.fixture
def room(sqlite_url: str) -> Iterator[Room]:
    with inbox_room(sqlite_url) as room:
        yield room


def marks(page: str) -> list[str]:
    """What the bulk form of a page says that the page showed."""
    return re.findall(r'name="tanda" value="([^"]+)" form="massal"', page)


def single(page: str, action: str, key: int) -> dict[str, list[str]]:
    """The hidden fields of a complaint's own form on a page."""
    for form in _FORM.findall(page):
        fields: dict[str, list[str]] = {}
        for name, value in _FIELD.findall(form):
            fields.setdefault(name, []).append(value)
        if f' action="{action}"' in form and fields.get("ids", [str(key)]) == [str(key)]:
            return fields
    raise AssertionError(f"no form for {action}")


def lived(room: Room, key: int, verb: str, *args: Any) -> None:
    """Something happens to a complaint that nobody does at a desk."""
    at = room.opened.now()
    desk = Desk(room.opened.world(at), at)
    with writing(room.opened.engine) as connection:
        case = cases.load_cases(connection, [key], lock=True)[key]
        getattr(desk, verb)(case, *args)
        cases.write(connection, desk.changes)


def test_a_stale_list_overrides_no_colleague_and_the_rest_is_done(room: Room) -> None:
    one, two = room.enter(), room.enter()
    stale = marks(room.read("/kotak-masuk"))
    colleague = signed_in(room.opened, Wewenang.ADMIN_KOORDINATOR)
    colleague.do("/penanganan/disposisi", {"ids": [str(one)], "instansi": str(room.dpupr)})
    answer = room.post("arsip", [one, two], sebab="Bukan pengaduan", tanda=stale)
    first, second = room.case(one), room.case(two)
    assert (first.instansi_id, first.status) == (room.dpupr, Status.BELUM_DITINDAKLANJUTI)
    assert second.status is Status.ARSIP
    assert re.search(
        rf"{first.number}: sementara itu sudah didisposisikan ke Dinas Pekerjaan Umum[\w ]* "
        r"oleh Kominfo \([\w .]+\), pukul \d\d\.\d\d; periksa lagi",
        answer,
    ), answer
    fresh = single(room.read(f"/aduan/{one}"), "/penanganan/arsip", one)
    assert "Diarsipkan" in room.post("arsip", [one], sebab="x", tanda=fresh["tanda"])


def test_each_form_says_what_its_page_showed(room: Room) -> None:
    key, other = room.enter(kategori="Jalan"), room.enter("Jalan berlubang sekali")
    colleague = signed_in(room.opened, Wewenang.ADMIN_KOORDINATOR)
    sheet, inbox = room.read(f"/aduan/{key}"), room.read("/kotak-masuk")
    colleague.do("/penanganan/klasifikasi", {"ids": [str(key)], "kategori": "Jembatan"})
    for page, verb, more in (
        (inbox, "disposisi", {"instansi": str(room.dpupr)}),
        (sheet, "disposisi", {"instansi": str(room.dpupr)}),
        (sheet, "arsip", {"alasan": "x"}),
        (sheet, "gabung", {"nomor": room.case(other).number}),
    ):
        path = f"/penanganan/{verb}"
        answer = said(room.console.do(path, {**single(page, path, key), **more}))
        assert "sudah diubah klasifikasinya oleh Kominfo" in answer, verb
    path = f"/aduan/{key}/selesai"
    answer = said(room.console.do(path, single(sheet, path, key)))
    assert "sudah diubah klasifikasinya" in answer
    assert room.case(key).status is Status.BELUM_TERVERIFIKASI


def test_a_pair_is_not_made_of_what_has_moved_on(room: Room) -> None:
    own, theirs = room.enter(), room.enter(tracking_id="9000701")
    for key, number in ((own, "9000701"), (theirs, room.case(own).number)):
        page = room.read(f"/aduan/{key}")
        lived(room, key, "verify", SP4N) if key == own else lived(room, key, "pause", SP4N, "x")
        fields = single(page, "/penanganan/gabung", key)
        answer = said(room.console.do("/penanganan/gabung", {**fields, "nomor": number}))
        assert "oleh SP4N-LAPOR!" in answer
        assert room.case(own).merged_into_id is None


def test_an_answer_by_phone_refuses_and_a_pass_does_not(room: Room) -> None:
    key = room.disposed("DPUPR", before=timedelta(days=3))
    page = room.read(f"/aduan/{key}")
    room.told(room.opened.now())  # a pass, with what it tells
    lived(room, key, "remark", "kalender", SYSTEM, "batas bergeser")
    fields = single(page, "/penanganan/klasifikasi", key)
    path = "/penanganan/klasifikasi"
    assert "Diklasifikasikan" in said(room.console.do(path, {**fields, "kategori": "Jalan"}))
    page = room.read(f"/aduan/{key}")
    lived(room, key, "answer", "Admin DPUPR")
    fields = single(page, "/penanganan/arsip", key)
    answer = said(room.console.do("/penanganan/arsip", {**fields, "alasan": "x"}))
    assert "sudah dijawab oleh Admin DPUPR" in answer
    assert room.case(key).status is Status.PROSES


def test_a_form_without_a_mark_is_as_before(room: Room) -> None:
    key = room.enter()
    room.post("verifikasi", [key])
    for odd in ([], ["x", "", f"{key}", f"{key}:", f"{key}:-1", f"{key}:²"], [f"{key}:{9**20}"]):
        assert "Diklasifikasikan" in room.post(
            "klasifikasi", [key], kategori=f"Jalan {odd}", tanda=odd
        )


def test_the_list_costs_no_query_a_row(room: Room) -> None:
    room.enter()
    one = room.queries("/kotak-masuk")
    for _ in range(5):
        room.enter()
    assert room.queries("/kotak-masuk") == one


def test_pairs_take_digits_only() -> None:
    assert pairs(["7:12", "8:0", "x:1", "9:", "", "7"]) == {7: 12, 8: 0}


def test_every_event_either_counts_or_is_known_not_to() -> None:
    assert DONE.keys() | QUIET >= EVENTS.keys()
    assert not DONE.keys() & QUIET
