"""The log of who was shown whose data: read page by page, searched, and leaving no trace."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event

from bot.compose import Installation
from scheduler.store import access_log, cases, users
from scheduler.store.session import reading, writing
from tests.accounts import add
from tests.console import Console, signed_in
from tests.training import received

pytestmark = pytest.mark.usefixtures("watch")
DAY = datetime(2026, 5, 4, tzinfo=UTC)


@pytest.fixture
def log(opened: Installation) -> Console:
    """The coordinator's browser; two complaints were looked at by two users on three days."""
    add(opened, "satu")
    add(opened, "dua")
    numbers = [received(opened), received(opened)]
    with writing(opened.engine) as connection:
        ids = {u.username: u.id for u in users.accounts(connection)}
        keys = [cases.find(connection, number) for number in numbers]
        for number in range(120):
            at = DAY + timedelta(hours=number // 2 % 72)
            who = ids["satu" if number % 2 else "dua"]
            access_log.note(connection, who, "pelapor", at, complaint_id=keys[number % 2])
        access_log.note(connection, ids["dua"], "tautan", DAY - timedelta(days=1), about="Kominfo")
    return signed_in(opened)


ROW = re.compile(r"<tr>\s*<td")


def pages(console: Console, address: str, word: str) -> list[int]:
    """How many rows each page has, going on by the link that says `word`."""
    found = []
    for _ in range(10):
        text = console.read(address)
        found.append(len(ROW.findall(text)))
        link = re.search(rf'href="([^"]+)" rel="{word}"', text)
        if link is None:
            return found
        address = link.group(1).replace("&amp;", "&")
    raise AssertionError("no end")


def test_the_log_is_read_page_by_page(log: Console) -> None:
    assert pages(log, "/catatan-akses", "next") == [50, 50, 21]
    with reading(log.opened.engine) as connection:
        oldest = access_log.views(connection, access_log.Wanted(), size=500).rows[-1]
    assert oldest.what == "tautan"
    assert pages(log, f"/catatan-akses?sesudah={oldest.id}", "prev") == [50, 50, 20]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("pengguna=1", 60),
        ("pengguna=2", 61),
        ("pengguna=77", 0),
        ("nomor=SPG-2605-0001", 60),
        ("nomor=spg-2605-0002&pengguna=1", 60),
        ("nomor=SPG-2605-0001&pengguna=1", 0),
        ("nomor=tidak+ada", 0),
        ("sampai=2026-05-03", 1),
        ("dari=2026-05-04&sampai=2026-05-04", 34),  # 17 hours of it are over at 17:00 UTC
        ("dari=2026-05-06&sampai=2026-05-06", 38),
        ("dari=2026-05-07", 0),
        ("dari=kemarin&sampai=9999-12-31&pengguna=x&sebelum=-1", 121),
        ("sebelum=2147483647", 121),
        ("sebelum=99999999999999", 121),
    ],
)
def test_it_is_searched(log: Console, query: str, count: int) -> None:
    assert sum(pages(log, f"/catatan-akses?{query}", "next")) == count


def test_a_row_says_who_saw_what_of_which_complaint(log: Console) -> None:
    text = log.read("/catatan-akses?sampai=2026-05-04&pengguna=2")
    assert "Tautan berisi nomor telepon" in text
    assert "Kominfo" in text
    assert "Sen 4 Mei" in text
    assert re.search(r'<a href="/aduan/\d+">SPG-2605-0001</a>', text)


def test_looking_at_the_log_leaves_no_trace_and_takes_few_queries(log: Console) -> None:
    statements: list[str] = []
    event.listen(
        log.opened.engine, "before_cursor_execute", lambda *args: statements.append(args[2])
    )
    log.read("/catatan-akses")
    assert not [s for s in statements if s.startswith("INSERT")]
    assert sum(s.startswith("SELECT") for s in statements) <= 8
    assert "121" not in log.read("/catatan-akses?pengguna=77")
