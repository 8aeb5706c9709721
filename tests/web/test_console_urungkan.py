"""Wherever one goes on to, one's last action can be taken back for a minute; nobody else's."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.compose import Installation
from bot.verbs import act
from config.terms import Wewenang
from scheduler.store.handled import WAIT
from tests.console import Console, signed_in, with_example
from tests.training import MONDAY, received, set_clock

OFFER = "/urungkan"
NOON = MONDAY + timedelta(hours=3)


@pytest.fixture
def console(opened: Installation) -> Console:
    with_example(opened)
    received(opened)
    received(opened, "Lampu mati")
    return signed_in(opened, Wewenang.OPERATOR)


def test_every_page_offers_it_for_a_minute_and_says_what_it_is(console: Console) -> None:
    opened = console.opened
    set_clock(opened, NOON)
    console.do("/penanganan/verifikasi", {"ids": ["1", "2"]})
    set_clock(opened, NOON + timedelta(seconds=30))
    for path in ("/", "/aduan/1", "/aduan/2", "/entri", "/sp4n?urungkan=99"):
        text = console.read(path)
        assert "/tindakan/1/urungkan" in text, path
        assert "Verifikasi, SPG-2605-0001 dan 1 lainnya: belum ada yang diberi tahu." in text
    for who in (Wewenang.OPERATOR, Wewenang.PIMPINAN):
        assert OFFER not in signed_in(opened, who).read("/aduan/1")
    assert "Diurungkan" in console.do("/tindakan/1/urungkan", {"kembali": "/aduan/1"})
    assert OFFER not in console.read("/aduan/1")
    console.do("/penanganan/verifikasi", {"ids": ["1"]})
    set_clock(opened, NOON + 2 * WAIT)
    assert OFFER not in console.read("/")


def test_the_newest_is_offered_unless_the_address_names_another(console: Console) -> None:
    console.do("/penanganan/verifikasi", {"ids": ["1"]})
    console.do("/penanganan/verifikasi", {"ids": ["2"]})
    assert "/tindakan/2/urungkan" in console.read("/aduan/1")
    assert "/tindakan/1/urungkan" in console.read("/aduan/1?urungkan=1")
    console.do("/tindakan/2/urungkan")
    assert "/tindakan/1/urungkan" in console.read("/")


def test_what_would_be_refused_is_not_offered(console: Console) -> None:
    console.do("/penanganan/verifikasi", {"ids": ["1"]})
    at = console.opened.now()
    act(console.opened, "SPG-2605-0001", at, lambda desk, case: desk.close(case, "kominfo"))
    assert OFFER not in console.read("/aduan/1?urungkan=1")
