"""The list of complaints: what is found, what is shown to whom, and addresses of any kind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, update
from starlette.datastructures import QueryParams

from bot.compose import Installation
from bot.web.console import daftar
from bot.web.console.daftar import Filter, link
from bot.web.console.forms import read_leniently
from config.terms import Jenis, Status, Wewenang
from scheduler.store.browse import Row, Urut
from scheduler.store.console_tables import Access
from scheduler.store.session import reading, writing
from scheduler.store.tables import Complaint
from scheduler.store.wanted import Saring
from tests.console import Console, signed_in, with_example
from tests.database.crowd import crowd
from tests.training import MONDAY, training_room

ROW = re.compile(r'<tr data-aduan="(\d+)">(.*?)</tr>', re.DOTALL)
COUNT = re.compile(r'data-jumlah="(\d+)"')
REL = {which: re.compile(rf'href="([^"]*)" rel="{which}"') for which in ("prev", "next")}
MANY = 120


@pytest.fixture
def opened(sqlite_url: str) -> Iterator[Installation]:
    with training_room(sqlite_url) as opened:
        with_example(opened)
        yield opened


@pytest.fixture
def offices(opened: Installation) -> list[int]:
    bodies = opened.world(MONDAY).directory.bodies.values()
    found = sorted(body.id for body in bodies if body.jenis is Jenis.OPD)[:4]
    crowd(opened, found, MONDAY, MANY)
    return found


def rows(text: str) -> dict[int, str]:
    return {int(key): unescape(cells) for key, cells in ROW.findall(text)}


def turned(text: str, way: str) -> str | None:
    found = REL[way].search(text)
    return unescape(found.group(1)) if found else None


def facts(opened: Installation, *columns: Any) -> dict[int, Any]:
    with reading(opened.engine) as connection:
        return {row[0]: row for row in connection.execute(select(Complaint.id, *columns))}


# --- pages ------------------------------------------------------------------------------------


def test_one_leafs_forth_and_back_through_everything(
    opened: Installation, offices: list[int]
) -> None:
    assert offices
    console = signed_in(opened)
    for order in ("", "?urut=terlama", "?saring=berbatas", "?sumber=Website&saring=anonim"):
        path: str | None = f"/aduan{order}"
        pages, seen = [], []
        while path is not None:
            text = console.read(path)
            pages.append(list(rows(text)))
            seen.append(path)
            path = turned(text, "next")
        assert sum(map(len, pages)) == len({key for page in pages for key in page})
        assert int(COUNT.findall(text)[0]) == sum(map(len, pages))
        assert turned(console.read(seen[0]), "prev") is None
        for before, page in zip(reversed(pages[:-1]), reversed(seen[1:]), strict=True):
            back = turned(console.read(page), "prev")
            assert back is not None
            assert list(rows(console.read(back))) == before
    assert len(pages) == 1


def test_filters_stay_when_one_leafs_or_narrows(opened: Installation, offices: list[int]) -> None:
    assert offices
    console = signed_in(opened)
    text = console.read("/aduan?saring=berbatas&diterima=2026-05-04&q=&sumber=&urut=terbaru")
    links = [unescape(one) for one in re.findall(r'href="(/aduan\?[^"]*)"', text)]
    narrowed = next(one for one in links if "saring=rahasia" in one)
    assert narrowed == "/aduan?saring=berbatas&saring=rahasia&diterima=2026-05-04&urut=terbaru"
    assert "/aduan?diterima=2026-05-04&urut=terbaru" in links  # without the running limit
    assert "/aduan?saring=berbatas&urut=terbaru" in links  # without the day
    assert 'name="saring" value="berbatas"' in text
    assert "Diterima Sen 4 Mei 2026" in text


def test_days_of_an_address_are_local(opened: Installation, offices: list[int]) -> None:
    assert offices
    text = signed_in(opened).read("/aduan?diterima=2026-05-04")
    begins = datetime(2026, 5, 3, 17, tzinfo=UTC)
    all_received = facts(opened, Complaint.received_at, Complaint.merged_into_id)
    expected = {
        key
        for key, moment, merged in all_received.values()
        if begins <= moment < begins + timedelta(days=1) and merged is None
    }
    assert expected
    assert int(COUNT.findall(text)[0]) == len(expected)
    assert set(rows(text)) <= expected


# --- who sees what ----------------------------------------------------------------------------

SECRET = "Kata sandi gudang bocor"


@pytest.mark.parametrize(
    ("who", "reads"),
    [
        (Wewenang.ADMIN_KOORDINATOR, True),
        (Wewenang.OPERATOR, True),
        (Wewenang.OPD, True),
        (Wewenang.PIMPINAN, False),
        (Wewenang.PENGAWAS, False),
    ],
)
def test_what_is_rahasia_is_read_and_found_by_those_it_concerns_only(
    opened: Installation, offices: list[int], who: Wewenang, *, reads: bool
) -> None:
    key = change(opened, judul=SECRET, rahasia=True, hidden=False, instansi_id=offices[0])
    console = signed_in(opened, who, offices[0] if who is Wewenang.OPD else None)
    number = facts(opened, Complaint.nomor)[key].nomor
    cells = rows(console.read(f"/aduan?q={number}"))[key]
    assert (SECRET in cells, "(isi dirahasiakan)" in cells) == (reads, not reads)
    assert "Rahasia" in cells
    found = console.read("/aduan?q=sandi gudang")
    assert (key in rows(found)) is reads
    assert int(COUNT.findall(found)[0]) == int(reads)


@pytest.mark.parametrize("who", Wewenang)
def test_what_sp4n_has_blocked_nobody_reads_or_finds(
    opened: Installation, offices: list[int], who: Wewenang
) -> None:
    key = change(opened, judul=SECRET, rahasia=False, hidden=True, instansi_id=offices[0])
    console = signed_in(opened, who, offices[0] if who is Wewenang.OPD else None)
    number = facts(opened, Complaint.nomor)[key].nomor
    cells = rows(console.read(f"/aduan?q={number}"))[key]
    assert SECRET not in cells
    assert "(konten terblokir)" in cells
    assert rows(console.read("/aduan?q=sandi gudang")) == {}


def change(opened: Installation, **values: Any) -> int:
    """Change one complaint that is in the list; return its id."""
    with writing(opened.engine) as connection:
        key = connection.execute(
            select(func.max(Complaint.id)).where(Complaint.merged_into_id.is_(None))
        ).scalar_one()
        connection.execute(update(Complaint).where(Complaint.id == key).values(**values))
    return int(key)


def test_an_office_sees_its_own_whatever_it_asks_for(
    opened: Installation, offices: list[int]
) -> None:
    console = signed_in(opened, Wewenang.OPD, offices[0])
    of = {key: office for key, office in facts(opened, Complaint.instansi_id).values()}
    for query in ("", f"?instansi={offices[1]}", "?saring=tanpa_instansi", "?q=9", "?q=SPG-"):
        text = console.read(f"/aduan{query}")
        assert {of[key] for key in rows(text)} <= {offices[0]}, query
        if query in ("", "?q=SPG-"):
            assert rows(text)
        else:
            assert f'<option value="{offices[1]}"' not in text


def test_the_list_shows_no_person_and_so_logs_nothing(
    opened: Installation, offices: list[int]
) -> None:
    assert offices
    signed_in(opened).read("/aduan")
    with reading(opened.engine) as connection:
        assert connection.execute(select(func.count()).select_from(Access)).scalar_one() == 0


# --- limits in words --------------------------------------------------------------------------


def row_of(**changes: Any) -> Row:
    usual: dict[str, Any] = {
        "id": 1,
        "tracking_id": "9000001",
        "nomor": None,
        "status": Status.PROSES,
        "judul": "Jalan berlubang",
        "anonim": False,
        "rahasia": False,
        "hidden": False,
        "instansi_id": None,
        "kategori": None,
        "received_at": MONDAY,
        "held": False,
        "limit_at": None,
        "paused": False,
    }
    return Row(**(usual | changes))


def test_late_is_late_from_the_moment_on_that_the_figures_count_it(opened: Installation) -> None:
    world = opened.world(MONDAY)
    for micro, late in ((-1, True), (0, False), (1, False)):
        row = row_of(limit_at=MONDAY + timedelta(microseconds=micro))
        found = daftar.shown(row, world, Wewenang.OPERATOR, MONDAY)
        assert found.left is not None
        assert found.left.late is late, micro
    closed = replace(row, status=Status.SELESAI)
    assert daftar.shown(closed, world, Wewenang.OPERATOR, MONDAY).left is None
    held = replace(row, held=True)
    assert daftar.shown(held, world, Wewenang.OPERATOR, MONDAY).left is None


def test_what_a_row_says_of_its_limit(opened: Installation, offices: list[int]) -> None:
    assert offices
    console = signed_in(opened)
    late = rows(console.read("/aduan?saring=terlambat"))
    assert late
    assert all("lewat" in cells for cells in late.values())
    assert all(
        "lewat" not in cells for cells in rows(console.read("/aduan?status=selesai")).values()
    )
    held = rows(console.read("/aduan?saring=ditahan"))
    assert all("menunggu petugas" in cells for cells in held.values())


# --- searches and addresses -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("q", "number", "words"),
    [
        ("9000001", "9000001", ()),
        ("#9000001", "9000001", ()),
        ("SPG-2605-0042", "SPG-2605-0042", ()),
        ("spg-", "spg-", ()),
        ("  7  ", "7", ()),
        ("jalan berlubang", None, ("jalan", "berlubang")),
        ("RT03", None, ("RT03",)),
        ("112 darurat", None, ("112", "darurat")),
        ("\u0661\u0662", None, ("\u0661\u0662",)),  # digits of another script
        ("#", None, ("#",)),
        ("", None, ()),
        ("a b c d e f g h i j", None, tuple("abcdefgh")),
    ],
)
def test_what_is_a_number_and_what_are_words(
    q: str, number: str | None, words: tuple[str, ...]
) -> None:
    query = read_leniently(Filter, QueryParams({"q": q}))
    assert (query.number, query.words) == (number, words)


def test_the_page_says_what_is_searched(opened: Installation) -> None:
    console = signed_in(opened)
    assert "nomor sendiri yang diawali 9000" in console.read("/aduan?q=%239000")
    assert "dalam judul 50.000 aduan terbaru" in console.read("/aduan?q=jalan")
    text = console.read("/aduan?q=%3Cscript%3Ealert(1)%3C/script%3E&sumber=%22%3E%3Cb%3E")
    assert "<script>alert" not in text
    assert '"><b>' not in text


def test_matters_of_limits_come_in_their_order_unless_asked_otherwise() -> None:
    assert Filter(saring=(Saring.TERLAMBAT,)).order is Urut.BATAS
    assert Filter(saring=(Saring.TERLAMBAT,), urut=Urut.TERBARU).order is Urut.TERBARU
    assert Filter(saring=(Saring.RAHASIA,)).order is Urut.TERBARU


ODD = (
    *("status=hilang", "instansi=abc", "instansi=99999999999", "instansi=-1", "klasifikasi=x"),
    *("saring=apa&saring=terlambat", "saring=", "urut=acak", "diterima=kapan", "ditutup=0"),
    *("diterima=", "ditutup=", "diterima=0001-01-01", "diterima=9999-12-31"),
    *("diterima=1e400", "diterima=2026-02-30"),
    *("sesudah=x", "sesudah=99999999999999999-1", "sebelum=0-0", "sebelum=1-99999999999"),
    *("sesudah=%D9%A1-1", "sesudah=1-1&sebelum=2-2", "q=%00", "q=%25_%5C", "q=" + "x" * 5000),
    *("q=%ED%A0%80", "sumber=%F0%9F%98%80", "saring=" + "&saring=".join(list(Saring) * 3)),
)


def test_no_address_breaks_the_page(opened: Installation) -> None:
    console = signed_in(opened)
    assert [odd for odd in ODD if console.get(f"/aduan?{odd}").status_code != 200] == []


def test_one_misspelt_narrowing_takes_no_other_with_it(
    opened: Installation, offices: list[int]
) -> None:
    assert offices
    console = signed_in(opened)
    late = rows(console.read("/aduan?saring=terlambat"))
    assert rows(console.read("/aduan?saring=apa&saring=terlambat&status=hilang")) == late != {}


@given(
    moment=st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1)),
    key=st.integers(1, 2**31 - 1),
)
def test_a_place_in_the_list_survives_its_address(moment: datetime, key: int) -> None:
    place = (moment.replace(tzinfo=UTC), key)
    assert daftar._place(daftar._written(place)) == place


def test_links_leave_out_what_is_empty() -> None:
    assert link() == "/aduan"
    assert link(saring=(), q="", status=None) == "/aduan"
    given_day = link(saring={Saring.RAHASIA, Saring.ANONIM}, diterima=date(2026, 5, 4))
    assert given_day == "/aduan?saring=anonim&saring=rahasia&diterima=2026-05-04"


def test_who_may_see_complaints_sees_the_list(opened: Installation, offices: list[int]) -> None:
    for who in Wewenang:
        console: Console = signed_in(opened, who, offices[0] if who is Wewenang.OPD else None)
        assert "Aduan" in console.read("/aduan")
