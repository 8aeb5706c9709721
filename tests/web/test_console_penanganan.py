"""What Kominfo does to complaints from the console: its effect, its undoing, whom it tells when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from bot.web.console.sementara import MOST
from config.terms import Clock, Klasifikasi, Status, Wewenang
from scheduler.store import category_map, drafts
from scheduler.store.handled import WAIT
from scheduler.store.session import reading
from tests.console import signed_in
from tests.web.inbox_room import Room, inbox_room

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


@pytest.fixture
def room(sqlite_url: str) -> Iterator[Room]:
    with inbox_room(sqlite_url) as room:
        yield room


VERBS: dict[str, tuple[dict[str, Any], str, dict[str, Any]]] = {
    "verifikasi": (
        {},
        "Diverifikasi: ",
        {"status": Status.BELUM_DITINDAKLANJUTI, "instansi_id": None},
    ),
    "klasifikasi": (
        {"klasifikasi": "berkadar_pengawasan", "kategori": "Jalan", "rahasia": "1"},
        "Diklasifikasikan: ",
        {"klasifikasi": Klasifikasi.BERKADAR, "kategori": "Jalan", "rahasia": True},
    ),
    "kelengkapan": (
        {"alasan": "lokasi belum jelas"},
        "Kelengkapan diminta: ",
        {"status": Status.TUNDA, "alasan": "lokasi belum jelas"},
    ),
    "arsip": (
        {"sebab": "Sudah ditangani", "alasan": "jalan sudah ditambal"},
        "Diarsipkan: ",
        {"status": Status.ARSIP, "alasan": "Sudah ditangani: jalan sudah ditambal"},
    ),
}


def unchanged(before: Any, after: Any) -> None:
    """Every row of before is as it was, but for when something last happened."""
    for key, row in before.items():
        now = dict(after[key])
        if key[0] == "complaints":
            now["last_event_at"] = row["last_event_at"]
        assert now == row, key


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_each_verb_does_what_it_says_and_is_undone(room: Room, verb: str) -> None:
    fields, told, becomes = VERBS[verb]
    key = room.enter(phone=True)
    before = room.picture(key)
    answer = room.post(verb, [key], **fields)
    assert answer == f"{told}{room.case(key).number}."
    assert {name: getattr(room.case(key), name) for name in becomes} == becomes
    assert "Diurungkan" in room.undo()
    unchanged(before, room.picture(key))


def test_a_disposition_verifies_starts_the_clocks_and_is_undone(room: Room) -> None:
    key = room.enter()
    before = room.picture(key)
    answer = room.post("disposisi", [key], instansi=str(room.dpupr))
    case = room.case(key)
    assert answer == f"Didisposisikan ke DPUPR: {case.number}."
    assert (case.status, case.instansi_id) == (Status.BELUM_DITINDAKLANJUTI, room.dpupr)
    assert case.verified_at is not None
    assert {run.clock for run in case.runs} == {Clock.RESPON, Clock.PENYELESAIAN}
    room.undo()
    unchanged(before, room.picture(key))
    assert room.told(room.acted_at() + WAIT) == []


def test_nobody_is_told_before_a_minute_is_over(room: Room) -> None:
    room.post("disposisi", [room.enter()], instansi=str(room.dpupr))
    assert room.told(room.acted_at() + WAIT - SECOND) == []
    assert room.told(room.acted_at() + WAIT) != []


def test_the_reporter_is_asked_for_what_is_missing(room: Room) -> None:
    key = room.enter(phone=True)
    room.post("kelengkapan", [key], alasan="mohon sebutkan desa, hubungi 081234567890")
    assert room.told(room.acted_at() + WAIT - SECOND) == []
    (text,) = room.told(room.acted_at() + WAIT)
    assert "mohon sebutkan desa" in text
    assert "081234567890" not in str(room.trail(key)) + text


def test_of_several_the_refused_one_is_named_and_the_rest_is_done(room: Room) -> None:
    first, second = room.enter(), room.enter()
    room.post("arsip", [first], sebab="Bukan pengaduan")
    answer = room.post("verifikasi", [first, second])
    one, two = room.case(first), room.case(second)
    assert answer == (
        f"Diverifikasi: {two.number}. Tidak dilakukan: "
        f"{one.number}: tidak dapat diverifikasi karena statusnya arsip."
    )
    assert (one.status, two.status) == (Status.ARSIP, Status.BELUM_DITINDAKLANJUTI)


def test_the_same_disposition_twice_begins_no_days_anew(room: Room) -> None:
    key = room.enter()
    room.post("disposisi", [key], instansi=str(room.dpupr))
    runs = [run.id for run in room.case(key).runs]
    answer = room.post("disposisi", [key], instansi=str(room.dpupr))
    assert "sudah didisposisikan ke DPUPR" in answer
    assert [run.id for run in room.case(key).runs] == runs


def test_each_goes_where_it_was_proposed_to_go(room: Room) -> None:
    one, two, three = room.enter(), room.enter(), room.enter()
    dinkes = room.body("Dinkes")
    answer = room.post(
        "disposisi", [one, two, three], usulan=[f"{one}:{room.dpupr}", f"{two}:{dinkes}", "x:9", ""]
    )
    assert [room.case(key).instansi_id for key in (one, two, three)] == [room.dpupr, dinkes, None]
    assert answer.startswith("Didisposisikan: ")
    assert "tidak ada usulan" in answer


def test_what_cannot_be_done_is_said_and_changes_nothing(room: Room) -> None:
    key = room.enter()
    before = room.picture(key)
    too_many = range(1, MOST + 2)
    for verb, ids, fields, because in (
        ("verifikasi", [], {}, "Aduan yang dipilih wajib diisi."),
        ("verifikasi", too_many, {}, f"paling banyak {MOST}"),
        ("klasifikasi", [key], {}, "Pilih klasifikasi, kategori atau tipe aduan"),
        ("kelengkapan", [key], {"alasan": " "}, "wajib diisi"),
        ("arsip", [key], {}, "Alasan pengarsipan wajib diisi"),
        ("tarik", [key], {"alasan": ""}, "wajib diisi"),
        ("tarik", [key], {"alasan": "salah"}, "tidak dapat ditarik disposisinya"),
        ("gabung", [key], {"nomor": "SPG-9999-0001"}, "Aduan SPG-9999-0001 tidak ditemukan"),
        ("gabung", [9999], {"nomor": room.case(key).number}, "tidak ditemukan"),
        ("lepas", [key], {}, "bukan tunggakan"),
        ("disposisi", [key], {"instansi": str(room.body("Kab. Contoh"))}, "tidak dapat menerima"),
        ("disposisi", [key], {"instansi": "999999"}, "tidak dapat menerima"),
        ("disposisi", [key], {"usulan": f"{key}:999999"}, "tidak dapat menerima"),
    ):
        assert because in room.post(verb, ids, **fields), (verb, fields)
        assert room.picture(key) == before, (verb, fields)


def test_as_many_as_a_form_may_name_are_taken(room: Room) -> None:
    key = room.enter()
    room.post("verifikasi", [key, *range(key + 1, key + MOST)])
    assert room.case(key).status is Status.BELUM_DITINDAKLANJUTI


def test_limits_follow_the_class(room: Room) -> None:
    key = room.disposed("DPUPR")
    before = room.case(key).open_run(Clock.PENYELESAIAN)
    room.post("klasifikasi", [key], klasifikasi="permintaan_informasi")
    after = room.case(key).open_run(Clock.PENYELESAIAN)
    assert before is not None
    assert before.limit_at is not None
    assert after is not None
    assert after.limit_at is not None
    assert after.limit_at < before.limit_at
    room.undo()
    assert room.case(key).open_run(Clock.PENYELESAIAN) == before


def test_what_a_new_class_makes_due_at_once_can_still_be_undone(room: Room) -> None:
    """Fourteen working days become five, which are over: those who are told wait a minute too."""
    key = room.disposed("DPUPR", before=11 * DAY)
    room.told(room.opened.now())
    quiet = len(room.told(room.opened.now()))
    room.post("klasifikasi", [key], klasifikasi="permintaan_informasi")
    assert len(room.told(room.acted_at() + WAIT - SECOND)) == quiet
    assert room.undo() != ""
    assert room.case(key).klasifikasi is None


def test_who_is_made_anonim_is_forgotten(room: Room) -> None:
    key = room.enter(reporter_sealed=room.opened.seal.seal("Contoh Pelapor"))
    room.post("klasifikasi", [key], anonim="1")
    assert (room.case(key).anonim, room.case(key).reporter_sealed) == (True, None)
    room.undo()
    assert room.case(key).reporter_sealed is not None


# --- two that are one -------------------------------------------------------------------------


def test_an_own_one_and_sp4ns_become_one_for_good(room: Room) -> None:
    own = room.enter()
    sp4n = room.enter(tracking_id="9000001")
    nomor = room.case(own).number
    sent = {"ids": [str(sp4n)], "nomor": nomor, "kembali": f"/aduan/{sp4n}"}
    shown = room.console.post("/penanganan/gabung", sent)
    assert shown.status_code == 200
    assert "Apakah keduanya aduan yang sama?" in shown.text
    assert f'name="kembali" value="/aduan/{sp4n}"' in shown.text
    assert room.case(sp4n).merged_into_id is None
    answer = room.post("gabung", [sp4n], nomor=nomor, yakin=str(sp4n))
    assert f"{nomor} dan SP4N #9000001 kini satu aduan" in answer
    stays, goes = room.case(own), room.case(sp4n)
    assert (stays.nomor, stays.tracking_id, goes.merged_into_id) == (nomor, "9000001", own)
    assert not room.offers_undo()


def test_any_other_is_archived_as_a_duplicate(room: Room) -> None:
    first, second = room.enter(phone=True), room.enter()
    other = room.case(second).number
    answer = room.post("gabung", [first], nomor=f" #{other.lower()} ")
    assert answer == f"Digabung dengan {other}: {room.case(first).number}."
    assert (room.case(first).status, room.case(first).alasan) == (
        Status.ARSIP,
        f"digabung dengan {other}",
    )
    with reading(room.opened.engine) as connection:
        assert drafts.similar(connection, first) == [other]
    room.undo()
    assert room.case(first).status is Status.BELUM_TERVERIFIKASI
    assert "bukan nomor aduan ini sendiri" in room.post(
        "gabung", [first], nomor=room.case(first).number
    )


# --- taking a disposition back, letting a backlog go ------------------------------------------


def test_a_recall_tells_who_was_told_and_is_undone_before(room: Room) -> None:
    key = room.enter()
    room.post("disposisi", [key], instansi=str(room.dpupr))
    told = room.told(room.acted_at() + WAIT)
    before = room.picture(key)
    answer = room.post("tarik", [key], alasan="salah pilih")
    assert answer == f"Disposisi ditarik: {room.case(key).number}."
    case = room.case(key)
    assert (case.status, case.instansi_id) == (Status.BELUM_DITINDAKLANJUTI, None)
    assert room.trail(key)[-1] == ("recall", "salah pilih")
    room.undo()
    unchanged(before, room.picture(key))
    room.post("tarik", [key], alasan="salah pilih")
    assert room.told(room.acted_at() + WAIT - SECOND) == told
    new = room.told(room.acted_at() + WAIT)[len(told) :]
    assert new
    assert all("abaikan" in text for text in new)


def test_a_backlog_is_released_once(room: Room) -> None:
    key = room.disposed("DPUPR", backlog_at=room.opened.now())
    assert room.post("lepas", [key]).startswith("Dilepaskan: ")
    assert room.case(key).released_at is not None
    assert room.offers_undo()
    assert "bukan tunggakan" in room.post("lepas", [key])


# --- rules by category ------------------------------------------------------------------------


def test_a_rule_is_made_while_disposing_changed_and_removed(room: Room) -> None:
    key = room.enter(kategori="Jalan")
    room.post("disposisi", [key], instansi=str(room.dpupr), selalu="1")

    def rules() -> list[tuple[str, int]]:
        with reading(room.opened.engine) as connection:
            return [(r.kategori, r.instansi_id) for r in category_map.rules(connection)]

    assert rules() == [("Jalan", room.dpupr)]
    dinkes = room.body("Dinkes")
    assert "Dinkes diusulkan" in room.post("aturan", [], kategori="Jalan", instansi=str(dinkes))
    assert rules() == [("Jalan", dinkes)]
    room.post("aturan", [], kategori="Jalan")
    assert rules() == []
    assert "sudah tidak ada" in room.post("aturan", [], kategori="Jalan")


@pytest.mark.parametrize("before", [None, "Dinkes"])
def test_a_rule_goes_with_the_disposition_that_made_it(room: Room, before: str | None) -> None:
    if before is not None:
        room.post("aturan", [], kategori="Jalan", instansi=str(room.body(before)))
    keys = [room.enter(kategori="Jalan"), room.enter(kategori="Jalan"), room.enter()]

    def rule() -> int | None:
        with reading(room.opened.engine) as connection:
            return next((r.instansi_id for r in category_map.rules(connection)), None)

    kept = rule()
    assert (kept is None) == (before is None)
    room.post("disposisi", keys, instansi=str(room.dpupr), selalu="1")
    assert rule() == room.dpupr
    room.undo()
    assert rule() == kept


# --- who may ----------------------------------------------------------------------------------

EVERY = (*VERBS, "disposisi", "gabung", "tarik", "lepas", "aturan")


def test_nobody_else_handles(room: Room) -> None:
    key = room.disposed("DPUPR")
    before = room.picture(key)
    for who in (Wewenang.PIMPINAN, Wewenang.PENGAWAS, Wewenang.OPD):
        console = signed_in(room.opened, who, room.dpupr if who is Wewenang.OPD else None)
        assert console.get("/kotak-masuk").status_code == 403
        data = {"ids": [str(key)], "alasan": "x", "nomor": "1", "kategori": "Jalan"}
        for verb in EVERY:
            assert console.post(f"/penanganan/{verb}", data).status_code == 403, (who, verb)
    assert room.picture(key) == before
