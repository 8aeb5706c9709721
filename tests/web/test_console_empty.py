"""An installation on its first day, and addresses that are nothing: each page says how to go on."""

from __future__ import annotations

from bot.compose import Installation
from bot.example import import_example
from config.terms import Wewenang
from scheduler.store.session import writing
from tests.console import Console, signed_in
from tests.training import MONDAY


def test_the_overview_says_what_to_begin_with(opened: Installation) -> None:
    console = signed_in(opened)
    text = console.read("/")
    assert "Direktori masih kosong" in text
    assert 'href="/kotak-masuk/impor">Impor sekarang' in text
    with writing(opened.engine) as connection:
        import_example(connection, opened.seal, MONDAY.date())
    assert "Direktori masih kosong" not in console.read("/")


def test_who_cannot_import_is_not_led_to_it(opened: Installation) -> None:
    console = signed_in(opened, Wewenang.PIMPINAN)
    for path in ("/", "/aduan"):
        assert "/kotak-masuk/impor" not in console.read(path)
    assert "Direktori masih kosong" not in console.read("/")


def test_the_empty_list_leads_to_where_complaints_come_from(opened: Installation) -> None:
    console = signed_in(opened)
    assert "Belum ada aduan sama sekali" in console.read("/aduan")
    assert "Belum ada aduan sama sekali" not in console.read("/aduan?status=arsip")


def test_a_handover_without_posts_says_why(opened: Installation) -> None:
    assert "Direktori belum memuat jabatan" in signed_in(opened).read("/serah-terima/baru")


def test_a_browser_at_no_address_is_answered_in_indonesian(opened: Installation) -> None:
    http = Console(opened).http
    answer = http.get("/tidak-ada", headers={"accept": "text/html,*/*;q=0.8"})
    assert answer.status_code == 404
    assert "Halaman itu tidak ada." in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert http.get("/tidak-ada").json() == {"detail": "Not Found"}
