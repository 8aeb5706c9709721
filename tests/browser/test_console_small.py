"""Small things that a browser does by script: copying, and looking at a file before it is sent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from bot.compose import Installation
from bot.web.console.shield import LARGEST
from tests.browser.conftest import Enter
from tests.showcase import showcase


@pytest.fixture
def opened(sqlite_url: str) -> Iterator[Installation]:
    with showcase(sqlite_url) as opened:
        yield opened


def test_copying_says_that_it_was_done(enter: Enter) -> None:
    page = enter("operator", "/sp4n")
    page.locator('a[href^="/sp4n/masukkan/"]').first.click()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    button = page.locator("[data-copy]").first
    name = button.inner_text()
    wanted = page.locator(f"#{button.get_attribute('data-copy')}").inner_text()
    page.clock.install()
    button.click()
    expect(button).to_have_text("Disalin")
    expect(button.locator(".fa-check")).to_be_visible()
    expect(page.locator("[aria-live]")).to_have_text("Disalin")
    assert page.evaluate("navigator.clipboard.readText()") == wanted
    page.clock.run_for(5000)
    expect(button).to_have_text(name)
    expect(page.locator("[aria-live]")).to_have_text("")


def test_copying_without_a_clipboard_says_whether_it_was_done(enter: Enter) -> None:
    """As over plain http, where a browser has none."""
    page = enter("operator", "/sp4n")
    page.locator('a[href^="/sp4n/masukkan/"]').first.click()
    page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    button = page.locator("[data-copy]").first
    button.click()
    expect(button).to_have_text("Disalin")
    page.evaluate("document.execCommand = () => false")
    button.click()
    expect(button).to_have_text("Gagal disalin")
    told = page.get_by_text("Teks tidak dapat disalin.")
    expect(told).to_be_in_viewport()
    wanted = page.locator(f"#{button.get_attribute('data-copy')}").inner_text()
    assert page.evaluate("getSelection().toString()") == wanted


@pytest.mark.filterwarnings("ignore:Unclosed file <tempfile:ResourceWarning")
def test_a_file_that_is_too_large_is_not_sent(enter: Enter, tmp_path: Path) -> None:
    page = enter("operator", "/kotak-masuk/impor")
    sent: list[str] = []
    page.on("request", lambda one: sent.append(one.url) if one.method == "POST" else None)
    file = tmp_path / "ekspor.xlsx"
    with file.open("wb") as new:
        new.truncate(max(LARGEST.values()) + 1)
    page.locator("#berkas").set_input_files(file)
    told = page.get_by_role("alert")
    expect(told).to_contain_text("paling besar 32 MB")
    page.get_by_role("button", name="Impor berkas").click()
    expect(page.locator("#berkas")).to_be_focused()
    assert sent == []
    # Without the script the service refuses it.
    page.evaluate("document.querySelector('[data-impor]').removeAttribute('data-most')")
    page.get_by_role("button", name="Impor berkas").click()
    expect(page.get_by_role("heading")).to_contain_text("paling besar 32 MB")
    page.get_by_role("link", name="Coba lagi").click()
    expect(told).to_be_hidden()
    file.write_bytes(b"Tracking ID;Judul")
    page.locator("#berkas").set_input_files(file)
    page.get_by_role("button", name="Impor berkas").click()
    expect(told).to_contain_text("berisi teks biasa")
