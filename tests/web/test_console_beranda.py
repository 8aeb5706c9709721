"""The first page: every number is as long as the list it opens, for everybody who sees it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import delete, update

from bot.compose import LAST_TICK, Installation
from bot.web import app as web
from bot.web.console import beranda
from config.terms import NoticeStatus, Wewenang
from scheduler import clock
from scheduler.store.messaging_tables import Notice, Sender
from scheduler.store.rules import set_switch
from scheduler.store.session import writing
from scheduler.store.tables import ImportRun
from tests.console import Console, signed_in, with_example
from tests.showcase import USERS, showcase
from tests.training import MONDAY, received, set_clock, training_room

NUMBER = re.compile(r'<a\s+(?:class="chart-bar"\s+)?href="([^"]*)"[^>]*?data-angka="(\d+)"')
ALARM = re.compile(r'class="beranda-alarm[^"]*" href="([^"]*)">.*?(\d[\d.]*) ', re.DOTALL)
NEXT = re.compile(r'href="([^"]*)" rel="next"')
ITEM = {
    "/aduan": re.compile(r'<tr data-aduan="(\d+)"'),
    "/pesan": re.compile(r'<a class="btn" href="/pesan/(\S+)">'),
    "/kotak-masuk": re.compile(
        r'type="checkbox" name="ids" value="(\d+)"'
        r'|<h2 class="h3 mb-1"><a href="/aduan/(\d+)#permintaan"'
    ),
}
"""One row of each list that a number opens."""


@pytest.fixture
def town(sqlite_url: str) -> Iterator[Installation]:
    with showcase(sqlite_url) as opened:
        yield opened


@pytest.fixture
def room(sqlite_url: str) -> Iterator[Installation]:
    with training_room(sqlite_url) as opened:
        with_example(opened)
        yield opened


def browser(town: Installation, name: str) -> Console:
    return Console(town).enter(name)


def numbers(text: str) -> list[tuple[str, int]]:
    found = [*NUMBER.findall(text), *ALARM.findall(text)]
    return [(unescape(path), int(count.replace(".", ""))) for path, count in found]


def length(console: Console, path: str) -> int:
    """How many rows a list has on all its pages."""
    item = ITEM[path.partition("?")[0]]
    count, left = 0, 40
    while path and left:
        text = console.read(path)
        count += len(item.findall(text))
        following = NEXT.search(text)
        path, left = unescape(following.group(1)) if following else "", left - 1
    assert left
    return count


@pytest.mark.parametrize("name", USERS)
def test_every_number_is_the_length_of_its_list(town: Installation, name: str) -> None:
    console = browser(town, name)
    found = numbers(console.read("/"))
    # Received, ended and overdue of every day and office, besides the figures.
    assert len(found) > 28 + 8
    # Days without any are many, and their law is that of the days with some.
    found = [one for one in found if one[1] or "?dit" not in one[0]]
    lengths = {path: length(console, path) for path, _ in found}
    assert [(path, lengths[path]) for path, _ in found] == found
    assert sum(count > 0 for _, count in found) > 8
    lists = {path.partition("?")[0] for path in lengths}
    kominfo = USERS[name][0] in (Wewenang.ADMIN_KOORDINATOR, Wewenang.OPERATOR)
    assert lists == ({"/aduan", "/pesan", "/kotak-masuk"} if kominfo else {"/aduan"})


def test_more_than_a_page_is_counted_whole(room: Installation) -> None:
    for number in range(53):
        received(room, f"Aduan contoh ke-{number}")
    console = signed_in(room)
    found = dict(numbers(console.read("/")))
    assert found["/kotak-masuk?antrean=verifikasi"] == 53
    assert found["/aduan?saring=diterima_hari_ini"] == 53
    assert {path: length(console, path) for path, count in found.items() if count} == {
        path: count for path, count in found.items() if count
    }


def test_who_handles_no_messages_is_told_nothing_of_the_service(town: Installation) -> None:
    for name, (wewenang, *_) in USERS.items():
        text = browser(town, name).read("/")
        kominfo = wewenang in (Wewenang.ADMIN_KOORDINATOR, Wewenang.OPERATOR)
        for words in ("Layanan", "Penjadwal", "pesan belum pasti", "/pesan", "Jalur ke ponsel"):
            assert (words in text) is kominfo, (name, words)


def test_an_office_is_told_to_answer_and_of_no_verification(town: Installation) -> None:
    text = browser(town, "dpupr").read("/")
    assert "aduan terlambat: segera jawab" in text
    assert "Menunggu verifikasi" not in text
    assert text.count('class="chart-bar"') == 1, "its own bar, and nobody else's"
    assert browser(town, "pimpinan").read("/").count('class="chart-bar"') > 3
    assert "Menunggu verifikasi" in browser(town, "pimpinan").read("/")


def calm(room: Installation) -> None:
    """Let the scheduler have looked just now."""
    with writing(room.engine) as connection:
        set_switch(connection, LAST_TICK, clock.now().isoformat(), MONDAY)


def test_where_nothing_is_wrong_it_says_so(room: Installation) -> None:
    calm(room)
    text = signed_in(room).read("/")
    assert "Tidak ada yang mendesak" in text
    assert "beranda-berat" not in text
    assert "Tidak ada yang terlambat." in text
    assert "Belum ada ekspor SP4N yang dibaca." in text


@pytest.mark.parametrize(
    ("seconds", "silent"), [(0, False), (170, False), (200, True), (-170, False), (-200, True)]
)
def test_a_scheduler_that_looked_too_long_ago_is_an_alarm(
    room: Installation, seconds: int, *, silent: bool
) -> None:
    """As `/readyz` judges it; one in the future means that the clock was set back."""
    assert timedelta(seconds=web.MAX_LAG_S) == beranda.SILENT_AFTER
    last = clock.now() - timedelta(seconds=seconds)
    with writing(room.engine) as connection:
        set_switch(connection, LAST_TICK, last.isoformat(), MONDAY)
    assert ("tidak ada yang diingatkan" in signed_in(room).read("/")) is silent


def test_a_scheduler_that_never_looked_is_an_alarm(room: Installation) -> None:
    assert "Penjadwal belum pernah memeriksa" in signed_in(room).read("/")


def test_stop_all_is_the_first_of_all(room: Installation) -> None:
    calm(room)
    room.set_stopped(MONDAY, stopped=True)
    text = signed_in(room).read("/").split("Yang perlu ditangani sekarang")[1]
    assert text.index("Semua dihentikan") < text.index("Batas waktu")
    assert "dihentikan sejak Sen 4 Mei 2026 09.00" in text


def test_a_sender_that_the_provider_refuses_is_an_alarm(room: Installation) -> None:
    calm(room)
    with writing(room.engine) as connection:
        row = {"sender": "contoh", "next_slot_at": MONDAY, "stopped_at": MONDAY}
        connection.execute(Sender.__table__.insert(), row | {"stopped_code": "63018"})  # type: ignore[attr-defined]
    text = signed_in(room).read("/")
    assert "menolak satu nomor pengirim (kode 63018)" in text
    assert "contoh" not in text.split("Yang perlu")[1].split("Batas waktu")[0]


@pytest.mark.parametrize(("hours", "old"), [(71, False), (73, True)])
def test_old_data_of_sp4n_ask_for_an_export(room: Installation, hours: int, *, old: bool) -> None:
    calm(room)
    read_at(room, hours)
    asked = "impor ekspor yang baru" in signed_in(room).read("/")
    assert asked is old
    assert "impor ekspor yang baru" not in signed_in(room, Wewenang.PIMPINAN).read("/")


def read_at(room: Installation, hours: int) -> None:
    counts = dict.fromkeys(("read", "added", "updated", "unchanged", "held", "rejected"), 0)
    moment = MONDAY - timedelta(hours=hours)
    facts = {"file_name": "a.xlsx", "sha256": "b", "data_at": moment, "finished_at": MONDAY}
    with writing(room.engine) as connection:
        connection.execute(ImportRun.__table__.insert(), counts | facts)  # type: ignore[attr-defined]


@pytest.mark.parametrize(("hours", "old"), [(5, False), (7, True)])
def test_how_old_data_may_be_is_what_the_settings_say(
    sqlite_url: str, hours: int, *, old: bool
) -> None:
    with training_room(sqlite_url, sp4n_fresh_h=6) as room:
        calm(room)
        read_at(room, hours)
        assert ("impor ekspor yang baru" in signed_in(room).read("/")) is old


def test_shadow_and_the_way_to_phones_are_named(sqlite_url: str) -> None:
    with training_room(sqlite_url, shadow=True) as room:
        text = signed_in(room).read("/")
    assert "mode bayangan: semua diputuskan, tidak ada yang dikirim" in text
    assert "Ponsel tiruan" in text


def test_what_failed_long_ago_alarms_nobody(town: Installation) -> None:
    console = browser(town, "koordinator")
    assert "dari 7 hari terakhir gagal" in console.read("/")
    with writing(town.engine) as connection:
        connection.execute(
            update(Notice)
            .where(Notice.status == NoticeStatus.FAILED)
            .values(created_at=town.now() - timedelta(days=8))
        )
    assert "dari 7 hari terakhir gagal" not in console.read("/")


def test_days_are_local_days(room: Installation) -> None:
    """00.30 WIB is still the day before in UTC."""
    set_clock(room, MONDAY - timedelta(hours=8, minutes=30))
    received(room)
    set_clock(room, MONDAY)
    text = signed_in(room).read("/")
    assert 'aria-label="Sen 4 Mei 2026: diterima 1"' in text
    assert 'aria-label="Min 3 Mei 2026: diterima 0"' in text
    with writing(room.engine) as connection:
        connection.execute(delete(Notice))
    set_clock(room, MONDAY + timedelta(hours=15))
    assert dict(numbers(signed_in(room).read("/")))["/aduan?saring=diterima_hari_ini"] == 0
