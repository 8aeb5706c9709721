"""The next 24 hours as a drawing: columns where there is room, bars on a telephone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import pytest

from tests.console import Console, signed_in
from tests.pesan_room import told_room

PATH = "/pesan/mendatang"
BAR = re.compile(
    r'<a class="chart-bar" href="([^"]+)" data-angka="(\d+)"( aria-current="true")?>\s*'
    r'<span class="chart-label">([^<]+)</span>'
)
COLUMN = re.compile(r'<a href="([^"]+)" aria-label="([^"]+): (\d+)"( aria-current="true")?>')


@pytest.fixture
def console(sqlite_url: str) -> Iterator[Console]:
    with told_room(sqlite_url) as opened:
        yield signed_in(opened)


def hours(console: Console, path: str = PATH) -> list[tuple[str, str, str, bool]]:
    """Address, hour, how much goes, and whether it is chosen: the same in both drawings."""
    text = unescape(console.read(path))
    bars = [(to, label, count, bool(now)) for to, count, now, label in BAR.findall(text)]
    columns = [(to, label, count, bool(now)) for to, label, count, now in COLUMN.findall(text)]
    assert [(to, label[-5:], count, now) for to, label, count, now in bars] == columns
    return bars


def test_each_hour_with_something_in_it_leads_to_what_it_has(console: Console) -> None:
    """Told on Monday at nine; the reminder of the next morning is 23 hours away."""
    found = hours(console)
    assert [label for _, label, _, _ in found] == ["Sel 5 Mei 2026 08.00"]
    ((to, _, count, chosen),) = found
    assert (to, chosen) == (f"{PATH}?jam=23", False)
    assert int(count) > 0
    assert hours(console, to) == [(to, "Sel 5 Mei 2026 08.00", count, True)]


def test_an_hour_of_one_instansi_stays_with_it(console: Console) -> None:
    text = console.read(PATH)
    opd = re.search(rf'href="({re.escape(PATH)}\?instansi=\d+)"', text)
    assert opd is not None
    number = opd.group(1).partition("=")[2]
    ((to, _, _, _),) = hours(console, opd.group(1))
    assert to == f"{PATH}?jam=23&instansi={number}"
