"""A session that has ended in the middle of the work: the way back to its page."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from bot.compose import Installation
from bot.web.console.auth import COOKIE
from tests.console import Console, signed_in

SAID = "Sesi Anda sudah berakhir."


def ended(opened: Installation) -> Console:
    """A browser whose session is over."""
    console = signed_in(opened)
    console.http.cookies.set(COOKIE, "bukan-lagi")
    return console


def sent(console: Console, referer: str) -> dict[str, list[str]]:
    """Send a form from a page; return what the address of the login says."""
    console.http.headers["referer"] = referer
    answer = console.post("/penanganan/verifikasi", {"ids": "1"})
    assert answer.status_code == 303
    address = urlsplit(answer.headers["location"])
    assert address.path == "/masuk"
    return parse_qs(address.query)


def test_a_form_leads_over_the_login_back_to_its_page(opened: Installation) -> None:
    console = ended(opened)
    here = str(console.http.base_url)
    assert sent(console, f"{here}/kotak-masuk?antrean=disposisi") == {
        "next": ["/kotak-masuk?antrean=disposisi"],
        "berakhir": ["1"],
    }


def test_a_page_that_only_a_form_leads_to_is_left_out(opened: Installation) -> None:
    console = ended(opened)
    here = str(console.http.base_url)
    assert sent(console, f"{here}/aduan/7/jawab?x=1")["next"] == ["/aduan/7"]


@pytest.mark.parametrize("referer", ["https://lain.example/entri", "", "//lain.example", "x"])
def test_a_page_of_another_host_is_led_to_by_nothing(opened: Installation, referer: str) -> None:
    assert "next" not in sent(ended(opened), referer)


def test_the_login_says_that_the_session_has_ended(opened: Installation) -> None:
    console = ended(opened)
    assert SAID in console.read(console.get("/aduan").headers["location"])


def test_who_comes_for_the_first_time_is_told_of_no_session(opened: Installation) -> None:
    console = Console(opened)
    assert SAID not in console.read(console.get("/aduan").headers["location"])
