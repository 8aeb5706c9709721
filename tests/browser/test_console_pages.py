"""Every page of the console as a screen shows it: on a telephone, in enough contrast, by role."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from bot.compose import Installation
from bot.web.app import create_app
from tests.browser.conftest import Enter
from tests.browser.screenshots import addresses
from tests.browser.test_simulator import WIDER
from tests.showcase import showcase

SMALL = """() => [...document.querySelectorAll("main :is(a.btn, button, select, textarea, input)")]
    .filter(e => e.checkVisibility() && !e.disabled)
    .filter(e => !["hidden", "checkbox", "radio"].includes(e.type))
    .filter(e => e.getBoundingClientRect().height < 36)
    .map(e => `${Math.round(e.getBoundingClientRect().height)} px: ${e.outerHTML.slice(0, 120)}`)"""
"""What a thumb would miss; Tabler's own fields are 36 to 40 px high."""
PALE = """() => {
  const parse = (text) => {
    const [r, g, b, a = 1] = text.match(/[\\d.]+/g).map(Number);
    return text.startsWith("color(") ? [r * 255, g * 255, b * 255, a] : [r, g, b, a];
  };
  const over = (top, below) => top.slice(0, 3).map((c, i) => c * top[3] + below[i] * (1 - top[3]));
  const ground = (e) => {
    if (e === null) return [255, 255, 255];
    const own = parse(getComputedStyle(e).backgroundColor);
    return own[3] >= 1 ? own.slice(0, 3) : over(own, ground(e.parentElement));
  };
  const light = (c) => {
    const [r, g, b] = c.map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const unseen = "[disabled], .disabled, .visually-hidden, .skip-link, script, noscript";
  const found = new Set();
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement, text = walk.currentNode.textContent.trim();
    if (!text || e.closest(unseen) || !e.checkVisibility({visibilityProperty: true})) continue;
    const style = getComputedStyle(e), below = ground(e);
    const [one, two] = [light(over(parse(style.color), below)), light(below)];
    const ratio = (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
    const size = parseFloat(style.fontSize), bold = style.fontWeight >= 700;
    const least = size >= 24 || (bold && size >= 18.66) ? 3 : 4.5;
    if (ratio < least - 0.005)
      found.add(`${ratio.toFixed(2)} ${e.tagName} .${e.className}: ${text.slice(0, 40)}`);
  }
  return [...found];
}"""
"""Texts whose contrast is below WCAG 2's AA."""


@pytest.fixture
def opened(sqlite_url: str) -> Iterator[Installation]:
    with showcase(sqlite_url) as opened:
        yield opened


def offences(page: Page, *, narrow: bool) -> list[str]:
    found = [f"pale: {one}" for one in page.evaluate(PALE)]
    if narrow:
        found += [f"small: {one}" for one in page.evaluate(SMALL)]
        wider = page.evaluate(WIDER)
        if wider > 0:
            found.append(f"{wider} px wider than the screen")
    return found


@pytest.mark.parametrize("width", [1280, 360])
def test_every_page_fits_its_screen_and_can_be_read(
    enter: Enter, opened: Installation, width: int
) -> None:
    page = enter("koordinator", width=width)
    found = {}
    for name, path in addresses(opened, create_app(opened)):
        answer = page.goto(path)
        assert answer is not None
        if answer.status == 200 and answer.headers.get("content-type", "").startswith("text/html"):
            wrong = offences(page, narrow=width < 500)
            if wrong:
                found[name] = wrong
    assert found == {}


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
