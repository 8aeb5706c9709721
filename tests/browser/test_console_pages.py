"""Every page of the console as a screen shows it: on a telephone, in enough contrast, by role."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import select

from bot.compose import Installation
from bot.web.app import create_app
from bot.web.console import filters
from bot.web.console import page as page_module
from bot.web.console.impor import BADGES
from scheduler.store.console_tables import Handover
from scheduler.store.session import reading
from tests.browser.conftest import Enter
from tests.browser.judging import offences
from tests.browser.screenshots import addresses
from tests.showcase import showcase


@pytest.fixture
def opened(sqlite_url: str) -> Iterator[Installation]:
    with showcase(sqlite_url) as opened:
        yield opened


TEMPLATES = Path(page_module.__file__).parent / "templates"
KINDS = re.compile(
    r"\b((?:btn-(?:outline-)?|alert-)(?:primary|secondary|success|danger|warning|info)|bg-\w+-lt)\b"
)
TABLES = (filters.STATUS, filters.NOTICE, BADGES)
COLOURS = {
    *(f"alert-{level}" for level in ("success", "danger", "warning", "info")),
    *(f"bg-{colour}-lt" for table in TABLES for _, colour in table.values()),
}
"""Those whose names are put together."""


def handing_over(opened: Installation) -> Iterator[tuple[str, str]]:
    """The duties of every post that has handed some over, while they are with another."""
    with reading(opened.engine) as connection:
        found = connection.execute(select(Handover.from_post_id, Handover.mulai, Handover.selesai))
        for post, mulai, selesai in found.all():
            first = max(mulai, opened.now().date())
            days = f"jabatan={post}&mulai={first}&selesai={selesai}"
            yield f"serah-terima-baru-{post}", f"/serah-terima/baru?{days}"


LOSES = {
    '<main><button>a</button><div style="position: absolute; inset: 0"></div></main>': "covered",
    '<main><button style="outline: 0">a</button></main>': "focus not seen (1.00)",
    '<main><button style="outline: 3px solid #f5f5f5">a</button></main>': "focus not seen (1.09)",
    '<main style="display: grid; width: 9em"><button style="order: 1">a</button><a href="/">b</a>'
    "</main>": "out of order",
    '<main><button onfocus="this.blur()">a</button></main>': "not reached",
}


@pytest.mark.parametrize("bad", LOSES)
def test_what_a_keyboard_loses_is_found(browser: Browser, bad: str) -> None:
    page = browser.new_page()
    page.set_content(bad)
    assert any(LOSES[bad] in one for one in offences(page, narrow=False))
    page.close()


@pytest.mark.parametrize("width", [1280, 360])
def test_every_page_fits_its_screen_and_can_be_read(
    enter: Enter, opened: Installation, width: int
) -> None:
    page = enter("koordinator", width=width)
    found = {}
    for name, path in (*addresses(opened, create_app(opened)), *handing_over(opened)):
        answer = page.goto(path)
        assert answer is not None
        if answer.status == 200 and answer.headers.get("content-type", "").startswith("text/html"):
            wrong = offences(page, narrow=width < 500)
            if wrong:
                found[name] = wrong
    assert found == {}


def test_every_kind_of_button_alert_and_badge_can_be_read_wherever_it_comes(enter: Enter) -> None:
    """Also those that only a refusal or an empty directory brings onto a page."""
    texts = [file.read_text() for file in TEMPLATES.rglob("*.html")]
    kinds = sorted({kind for text in texts for kind in KINDS.findall(text)} | COLOURS)
    assert {"btn-warning", "alert-danger", "bg-orange-lt"} < set(kinds)
    page = enter("koordinator", "/akun")
    for kind in kinds:
        base = kind.partition("-")[0].replace("bg", "badge")
        page.evaluate(
            """([base, kind]) => {
              const box = document.querySelector("#utama .container-xl");
              const tag = base === "btn" ? "button" : "div";
              box.insertAdjacentHTML("beforeend", `<p><${tag} class="${base} ${kind}">Contoh
                ${base === "alert" ? '<a class="alert-link" href="#utama">Tautan</a>' : ""}
                </${tag}></p>`);
            }""",
            [base, kind],
        )
    assert offences(page, narrow=False) == []


def test_the_hours_ahead_can_be_touched_on_a_telephone(enter: Enter) -> None:
    """As columns only where there is room for them."""
    for width in (360, 1280):
        page = enter("koordinator", "/pesan/mendatang", width=width)
        bars = page.locator(".pesan-jam-sempit a")
        expect(page.locator("svg.pesan-jam")).to_be_visible(visible=width > 500)
        expect(bars.first).to_be_visible(visible=width < 500)
        if width < 500:
            boxes = [each.bounding_box() for each in bars.all()]
            assert all(box and box["height"] >= 40 and box["width"] > 250 for box in boxes)
            bars.last.click()
            expect(page.locator(".pesan-jam-sempit [aria-current]")).to_have_count(1)


REFUSED = {
    "operator": ("/catatan-akses",),
    "pimpinan": ("/kotak-masuk", "/entri", "/pesan", "/sp4n", "/serah-terima", "/catatan-akses"),
    "pengawas": ("/kotak-masuk", "/entri", "/pesan", "/sp4n", "/serah-terima", "/catatan-akses"),
    "dpupr": ("/kotak-masuk", "/entri", "/pesan", "/sp4n", "/catatan-akses"),
}


@pytest.mark.parametrize("who", REFUSED)
def test_each_is_refused_where_he_must_be(enter: Enter, who: str) -> None:
    page = enter(who, width=360, height=740)
    for path in REFUSED[who]:
        assert page.locator(f'nav a[href="{path}"]').count() == 0, path
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 403
        expect(page.get_by_role("main")).to_contain_text("tidak terbuka untuk Anda")
        page.get_by_role("link", name="Ke Beranda").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Beranda")
