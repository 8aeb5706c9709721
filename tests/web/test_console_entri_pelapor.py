"""Who reported a complaint that was typed in is corrected, and told nothing on a wrong phone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.compose import Installation
from config.terms import Wewenang
from scheduler.store.access_log import Wanted, views
from scheduler.store.phones import inbox
from scheduler.store.session import reading
from tests.console import Console, signed_in, with_example
from tests.training import received, training_room
from tests.web.entry_form import PHONE, case, entered, heard


@pytest.fixture
def opened(sqlite_url: str) -> Iterator[Installation]:
    with training_room(sqlite_url) as opened:
        with_example(opened)
        yield opened


@pytest.fixture
def console(opened: Installation) -> Console:
    return signed_in(opened, Wewenang.OPERATOR)


WRONG, RIGHT = "+6281100009007", "+6281100009008"


def corrected(console: Console, **fields: str | None) -> str:
    """Send the form of the page of a complaint's reporter; the page it leads to."""
    form: dict[str, str | None] = {
        "pelapor": "Pelapor Contoh",
        "telepon": PHONE,
        "beri_tahu": "1",
        **fields,
    }
    return console.do("/entri/1/pelapor", {k: v for k, v in form.items() if v is not None})


def heard_by(console: Console) -> list[tuple[str, str]]:
    """Who was told what: the last digit of each phone, and the message."""
    heard(console)
    names = {console.opened.seal.blind(number): number[-1] for number in (WRONG, RIGHT)}
    with reading(console.opened.engine) as connection:
        return [(names[phone], text) for _, phone, text in inbox(connection)]


def shown(console: Console) -> list[str | None]:
    """The notes of the access log, the oldest first."""
    with reading(console.opened.engine) as connection:
        return [row.note for row in reversed(views(connection, Wanted()).rows)]


def test_the_page_leads_to_the_form_with_what_is_known_and_the_log_has_both(
    console: Console,
) -> None:
    entered(console)
    assert 'href="/entri/1/pelapor"' in console.read("/aduan/1")
    assert shown(console) == []
    text = console.read("/entri/1/pelapor")
    assert 'value="Pelapor Contoh"' in text
    assert 'value="+6281100009007"' in text
    assert shown(console) == [None]
    page = corrected(console, pelapor="Nama Benar")
    assert "Data pelapor SPG-2605-0001 diperbaiki." in page
    assert "Nama Benar" not in page
    assert shown(console) == [None, "data pelapor diperbaiki"]
    assert 'value="Nama Benar"' in console.read("/entri/1/pelapor")


def test_a_wrong_number_corrected_in_time_is_never_told_anything(console: Console) -> None:
    entered(console)
    corrected(console, telepon=RIGHT)
    ((phone, text),) = heard_by(console)
    assert phone == "8"
    assert "SPG-2605-0001" in text


def test_what_waits_goes_to_the_right_phone_also_after_an_undo(console: Console) -> None:
    entered(console, beri_tahu=None)
    console.do("/penanganan/kelengkapan", {"ids": "1", "alasan": "Alamatnya belum ada."})
    corrected(console, telepon=RIGHT, beri_tahu=None)
    console.do("/tindakan/3/urungkan")
    corrected(console, telepon=RIGHT, beri_tahu=None)
    ((phone, text),) = heard_by(console)
    assert phone == "8"
    assert "Alamatnya belum ada" in text


def test_without_a_number_he_is_told_no_more(console: Console) -> None:
    entered(console)
    corrected(console, telepon="")
    assert heard(console) == []
    corrected(console, telepon=RIGHT)
    assert [phone for phone, _ in heard_by(console)] == ["8"]


def test_the_name_of_an_anonim_cannot_be_given_afterwards_but_his_number_can(
    console: Console,
) -> None:
    entered(console, anonim="1")
    assert 'name="pelapor"' not in console.read("/entri/1/pelapor")
    assert "namanya tidak disimpan" in corrected(console)
    corrected(console, pelapor="", telepon=RIGHT)
    assert case(console, 1).reporter_sealed is None
    assert 'value="+6281100009008"' in console.read("/entri/1/pelapor")


def test_mistakes_and_what_is_right_already_change_nothing(console: Console) -> None:
    entered(console)
    answer = console.post("/entri/1/pelapor", {"pelapor": "Lain", "telepon": "0811"})
    assert answer.status_code == 422
    assert 'id="telepon-error"' in answer.text
    assert 'value="Lain"' in answer.text
    assert "data pelapor sudah demikian" in corrected(console)
    assert shown(console) == []


def test_only_kominfo_corrects_and_only_what_was_typed_in(console: Console) -> None:
    received(console.opened)
    assert "/entri/1/pelapor" not in console.read("/aduan/1")
    for send in (console.get, console.post):
        assert send("/entri/1/pelapor").status_code == 404
    entered(console)
    for who in (Wewenang.PIMPINAN, Wewenang.PENGAWAS):
        other = signed_in(console.opened, who)
        assert "/entri/2/pelapor" not in other.read("/aduan/2")
        assert other.get("/entri/2/pelapor").status_code == 403
        assert other.post("/entri/2/pelapor", {"telepon": RIGHT}).status_code == 403
