"""The inbox: what waits in which queue, in which order, and where it is proposed to go."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import update

from config.terms import Peran, Status
from scheduler.store import category_map, drafts, inbox, requests
from scheduler.store.inbox import PAGE, Place, Queue
from scheduler.store.session import reading, writing
from scheduler.store.tables import Complaint
from tests.web.inbox_room import Room, inbox_room

PATH = "/kotak-masuk"
DAY = timedelta(days=1)
_ROW = re.compile(r'id="aduan-(\d+)"')
_TAB = re.compile(r'antrean=(\w+)"[^>]*>\s*[^<]+<span class="badge[^>]+>(\d+)<|$')


@pytest.fixture
def room(sqlite_url: str) -> Iterator[Room]:
    with inbox_room(sqlite_url) as room:
        yield room


def shown(page: str) -> list[int]:
    return [int(key) for key in _ROW.findall(page)]


def queue(room: Room, name: str) -> list[int]:
    return shown(room.read(f"{PATH}?antrean={name}"))


def every_queue(room: Room) -> dict[str, list[int]]:
    return {name: queue(room, name) for name in Queue}


def test_each_complaint_waits_where_something_is_to_be_done(room: Room) -> None:
    new, verified = room.enter(), room.enter()
    room.post("verifikasi", [verified])
    asked = room.enter()
    room.post("kelengkapan", [asked], alasan="lokasi?")
    held = room.enter(hold_reason="status SP4N tidak dikenal: Ditinjau")
    backlog = room.disposed("DPUPR", backlog_at=room.opened.now())
    room.disposed("DPUPR")
    closed = room.enter(backlog_at=room.opened.now())
    room.post("arsip", [closed], sebab="Sudah ditangani")
    assert every_queue(room) == {
        "verifikasi": [new],
        "disposisi": [verified],
        "perlu_anda": [held],
        "kelengkapan": [asked],
        "tunggakan": [backlog],
    }
    page = room.read(f"{PATH}?antrean=perlu_anda")
    assert "status SP4N tidak dikenal: Ditinjau" in page
    assert 'href="/kotak-masuk/perlu-anda"' in page


def test_the_counts_are_the_lengths_of_the_lists(room: Room) -> None:
    for _ in range(3):
        room.enter()
    room.post("verifikasi", [1])
    with reading(room.opened.engine) as connection:
        counts = inbox.counts(connection)
    assert counts == {name: len(keys) for name, keys in every_queue(room).items()}
    tabs = dict(pair for pair in _TAB.findall(room.read(PATH)) if pair[0])
    assert tabs == {**{str(name): str(n) for name, n in counts.items()}, "permintaan": "0"}


def test_the_earliest_limit_comes_first_page_by_page(room: Room) -> None:
    """Those entered last came in first, many with one limit; both ways none is missed."""
    now = room.opened.now()
    keys = [room.enter(received_at=now - (n // 30) * 5 * DAY) for n in range(PAGE + 5)]
    with reading(room.opened.engine) as connection:
        first = inbox.page(connection, Queue.VERIFIKASI)
        assert (len(first.rows), first.before) == (PAGE, None)
        second = inbox.page(connection, Queue.VERIFIKASI, after=first.after)
        assert (len(second.rows), second.after) == (5, None)
        back = inbox.page(connection, Queue.VERIFIKASI, before=second.before)
    rows = first.rows + second.rows
    assert sorted(row.id for row in rows) == sorted(keys)
    order = [(row.limit_at, row.id) for row in rows]
    assert order == sorted(order)
    assert [row.id for row in back.rows] == [row.id for row in first.rows]
    assert back.before is None
    text = room.read(PATH)
    (next_page,) = re.findall(r'href="([^"]+)" rel="next"', text)
    assert shown(room.read(next_page)) == [row.id for row in second.rows]


def test_what_officers_ask_for_is_listed_until_it_is_decided(room: Room) -> None:
    key = room.disposed("DPUPR")
    now = room.opened.now()

    def ask(kind: requests.Kind, decider: Peran | None) -> None:
        with writing(room.opened.engine) as connection:
            requests.ask(
                connection,
                key,
                kind,
                body="jalan provinsi",
                post_id=None,
                decider=decider,
                inbound_id=None,
                at=now,
                due_at=now + DAY,
                next_look_at=None,
            )

    page = room.read(f"{PATH}?antrean=permintaan")
    assert "Tidak ada petugas yang meminta keputusan" in page
    ask("sudah", None)
    ask("bukan", Peran.ADMIN_KOORDINATOR)
    page = room.read(f"{PATH}?antrean=permintaan")
    assert f'href="/aduan/{key}#permintaan"' in page
    assert "permintaan bukan wewenang" in page
    assert "jalan provinsi" in page
    assert "pernyataan sudah dijawab di SP4N" in page
    assert dict(pair for pair in _TAB.findall(page) if pair[0])["permintaan"] == "2"
    room.post("tarik", [key], alasan="memang salah")
    assert f"/aduan/{key}#" not in room.read(f"{PATH}?antrean=permintaan")


@pytest.mark.parametrize("written", ["", "x", "20260504T090000.000000", "-5", "9" * 40 + "-1"])
def test_what_names_no_place_is_the_beginning(written: str) -> None:
    assert Place.read(written) is None


def test_a_place_is_read_as_it_was_written(room: Room) -> None:
    place = Place(room.opened.now(), 17)
    assert Place.read(str(place)) == place


def test_an_address_with_anything_in_it_is_answered(room: Room) -> None:
    key = room.enter()
    for query in ("antrean=x", "setelah=%00", "sebelum=99999999T000000.0-1", "pilih=9"):
        assert shown(room.read(f"{PATH}?{query}")) == [key]


def test_all_of_a_page_are_chosen_without_a_script(room: Room) -> None:
    room.enter()
    page = room.read(PATH)
    assert " checked" not in page
    (every,) = re.findall(r'href="([^"]+)" data-all', page)
    assert 'form="massal" checked' in room.read(every)


def test_a_row_says_what_matters(room: Room) -> None:
    """Monday a week ago: the limit was on Thursday, Friday was the first of May."""
    room.enter(
        "Jalan rusak",
        isi="lubang " * 60,
        kategori="Jalan",
        sumber="Tatap Muka",
        anonim=True,
        received_at=room.opened.now() - 7 * DAY,
    )
    page = room.read(PATH)
    for text in ("lewat 1 hari kerja", "Anonim", "Jalan", "Tatap Muka", "selengkapnya"):
        assert text in page, text
    assert "fa-lock" not in page  # the mark of Rahasia
    assert page.count("lubang") < 40


def test_what_sp4n_has_blocked_is_not_shown(room: Room) -> None:
    room.enter("Judul terlarang", isi="isi terlarang", hidden=True)
    page = room.read(PATH)
    assert "terlarang" not in page
    assert "(konten terblokir)" in page


def test_what_reads_alike_is_named_once_with_its_merge(room: Room) -> None:
    one, two = room.enter(), room.enter()
    with writing(room.opened.engine) as connection:
        drafts.link_similar(connection, one, {two: 90})
    page = room.read(PATH)
    for this, that in ((one, two), (two, one)):
        assert f'name="ids" value="{this}"><input type="hidden" name="nomor" ' in page
        assert f'<a href="/aduan/{that}">' in page


def test_many_rows_cost_as_many_queries_as_few(room: Room) -> None:
    for n in range(2):
        room.enter(kategori=f"Kategori {n}")
    few = room.queries(PATH)
    for n in range(30):
        room.enter(kategori=f"Kategori {n}")
    assert room.queries(PATH) == few


# --- proposals --------------------------------------------------------------------------------


def proposed(room: Room, key: int) -> list[str]:
    page = room.read(f"{PATH}?antrean=verifikasi")
    row = page.split(f'id="aduan-{key}"')[1].split("</li>")[0]
    return re.findall(r"Usulan: (.+?)</p>", row)


def test_three_of_a_category_propose_and_two_do_not(room: Room) -> None:
    for _ in range(2):
        room.disposed("DPUPR", kategori="Jalan")
    key = room.enter(kategori="Jalan")
    assert proposed(room, key) == []
    room.disposed("DPUPR", kategori="Jalan")
    assert proposed(room, key) == ["DPUPR, karena 3 dari 3 aduan kategori ini ke DPUPR"]


def test_no_more_than_half_propose_nothing(room: Room) -> None:
    for short in ("DPUPR", "DLH") * 3:
        room.disposed(short, kategori="Saluran")
    key = room.enter(kategori="Saluran")
    assert proposed(room, key) == []
    room.disposed("DLH", kategori="Saluran")
    assert proposed(room, key) == ["DLH, karena 4 dari 7 aduan kategori ini ke DLH"]


def test_kominfos_own_word_comes_before_what_was_done_so_far(room: Room) -> None:
    for _ in range(3):
        room.disposed("DPUPR", kategori="Jalan")
    key = room.enter(kategori="Jalan")
    dinkes = room.body("Dinkes")
    with writing(room.opened.engine) as connection:
        category_map.put_rule(connection, "Jalan", dinkes, room.console.user_id, room.opened.now())
    (why,) = proposed(room, key)
    assert why == "Dinkes, karena ada aturan untuk kategori ini (Contoh operator, Sen 4 Mei 2026)"
    row = room.read(PATH).split(f'id="aduan-{key}"')[1].split("</li>")[0]
    assert "Selalu usulkan" not in row


def test_whom_sp4n_names_is_proposed_last(room: Room) -> None:
    name = "Dinas Kesehatan Kabupaten Contoh"
    key = room.enter(tracking_id="9000001", sp4n_instansi=name)
    government = room.enter(tracking_id="9000002", sp4n_instansi="Pemerintah Kabupaten Contoh")
    assert proposed(room, key) == [f"Dinkes, karena SP4N menyebut {name}"]
    assert proposed(room, government) == []


def test_the_wrong_one_is_not_proposed_again(room: Room) -> None:
    for _ in range(4):
        room.disposed("DPUPR", kategori="Jalan")
    key = room.disposed("DPUPR", kategori="Jalan")
    other = room.enter(kategori="Jalan")
    room.post("tarik", [key], alasan="salah")
    assert room.case(key).status is Status.BELUM_DITINDAKLANJUTI
    with writing(room.opened.engine) as connection:
        connection.execute(
            update(Complaint).where(Complaint.id == key).values(status=Status.BELUM_TERVERIFIKASI)
        )
    assert proposed(room, key) == []
    assert len(proposed(room, other)) == 1


def test_the_bulk_form_sends_what_the_page_proposed(room: Room) -> None:
    for _ in range(3):
        room.disposed("DPUPR", kategori="Jalan")
    key = room.enter(kategori="Jalan")
    pairs = re.findall(r'name="usulan" value="([\d:]+)" form="massal"', room.read(PATH))
    assert pairs == [f"{key}:{room.dpupr}"]
    room.post("disposisi", [key], usulan=pairs, instansi="")
    assert room.case(key).instansi_id == room.dpupr
