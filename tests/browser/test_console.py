"""The console as its users see it: from the first login to an officer's answer, and back again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from bot.compose import Installation
from bot.example import example_instansi, import_example
from bot.passwords import Passwords
from bot.sp4n.sample import write_sample
from bot.uploads import read_next
from config.terms import Wewenang
from scheduler import clock
from scheduler.store import users
from scheduler.store.phones import inbox
from scheduler.store.session import reading, writing
from tests.browser.conftest import Enter
from tests.browser.test_simulator import phone, say
from tests.training import MONDAY, received, set_clock, training_room

# starlette-admin's CSRF guard reads a form, and leaves closing its files to the collector.
pytestmark = pytest.mark.filterwarnings("ignore:Unclosed file <tempfile:ResourceWarning")
FIRST, NEW = "sementara-bukan-rahasia", "kuda laut di atas meja"
DPUPR = "Dinas Pekerjaan Umum dan Penataan Ruang"
ADMIN = "Admin DPUPR"
WAIT = timedelta(seconds=61)


@pytest.fixture
def opened(sqlite_url: str) -> Iterator[Installation]:
    """The example directory on a Monday morning, a coordinator who has never logged in."""
    with training_room(sqlite_url) as opened:
        with writing(opened.engine) as connection:
            import_example(connection, opened.seal, MONDAY.date())
            users.add_user(
                connection,
                "koordinator",
                "Gilang Misalnya",
                Wewenang.ADMIN_KOORDINATOR,
                Passwords().hash(FIRST),
                clock.now(),
                must_change=True,
            )
        opened.tick(MONDAY)
        yield opened


def known(opened: Installation) -> None:
    """The coordinator has logged in before."""
    with writing(opened.engine) as connection:
        users.set_password(connection, 1, "!")


def later(opened: Installation, by: timedelta = WAIT) -> datetime:
    """Let time pass, and the scheduler look."""
    at = opened.now() + by
    set_clock(opened, at)
    opened.tick(at)
    return at


def rung(opened: Installation) -> list[str]:
    """What the phones of the place have received."""
    with reading(opened.engine) as connection:
        return [text for _, _, text in inbox(connection)]


def row_of(page: Page, number: str) -> Locator:
    return page.locator("li.card").filter(has_text=number)


def dispose(page: Page, number: str) -> None:
    row = row_of(page, number)
    row.get_by_label("Instansi tujuan aduan").select_option(DPUPR)
    row.get_by_role("button", name="Disposisikan").click()
    expect(page.get_by_role("status")).to_contain_text(f"Didisposisikan ke DPUPR: {number}.")


# --- the whole way ------------------------------------------------------------------------------


def test_from_the_first_login_to_an_officers_answer(
    enter: Enter, opened: Installation, tmp_path: Path
) -> None:
    page = enter(None, "/kotak-masuk")
    page.get_by_label("Nama pengguna").fill("koordinator")
    page.get_by_label("Kata sandi").fill(FIRST)
    page.get_by_role("button", name="Masuk").click()
    page.get_by_label("Kata sandi lama").fill(FIRST)
    page.get_by_label("Kata sandi baru", exact=True).fill(NEW)
    page.get_by_label("Ulangi kata sandi baru").fill(NEW)
    page.get_by_role("button", name="Ganti kata sandi").click()
    expect(page.get_by_role("status")).to_contain_text("Kata sandi sudah diganti.")

    page.get_by_role("link", name="Kotak masuk").click()
    number = import_an_export(page, opened, tmp_path)
    page.get_by_role("link", name="Kotak masuk").click()
    dispose(page, number)
    opened.tick(opened.now())
    assert not any(number in text for text in rung(opened))
    later(opened)

    table = enter(None, "/simulator")
    expect(phone(table, ADMIN)).to_contain_text(f"aduan SP4N #{number}")
    say(table, ADMIN, f"JAWAB {number} Lubang sudah ditambal tanggal 4 Mei 2026.")
    expect(phone(table, ADMIN).locator("li.in").last).to_contain_text("kami catat")

    page.goto("/aduan")
    page.get_by_role("link", name=number).first.click()
    expect(page.get_by_role("main")).to_contain_text("Lubang sudah ditambal tanggal 4 Mei 2026.")
    expect(page.get_by_role("main")).to_contain_text("Admin DPUPR")
    expect(page.get_by_role("main")).to_contain_text("Gilang Misalnya")


def import_an_export(page: Page, opened: Installation, folder: Path) -> str:
    """Have an export read; return the number of a complaint that waits for its verification."""
    file = folder / "ekspor.xlsx"
    write_sample(file, rows=30, seed=3, generated=MONDAY.date(), instansi=example_instansi())
    page.get_by_label(re.compile("ekspor SP4N-LAPOR!")).set_input_files(file)
    page.get_by_role("button", name="Impor berkas").click()
    expect(page.get_by_role("heading", name="ekspor.xlsx")).to_be_visible()
    assert read_next(opened)
    expect(page.get_by_role("main")).to_contain_text("30 baru")
    page.get_by_role("link", name="Kotak masuk").first.click()
    shown = page.locator("li.card h2").first.inner_text()
    found = re.search(r"9\d{6}", shown)
    assert found is not None, shown
    return found.group()


def test_what_is_undone_in_time_rings_nowhere(enter: Enter, opened: Installation) -> None:
    known(opened)
    number = received(opened)
    page = enter("koordinator", "/kotak-masuk")
    dispose(page, number)
    offer = page.get_by_role("button", name="Urungkan")
    expect(offer).to_contain_text(re.compile(r"\(\d+\)"))
    offer.click()
    expect(page.get_by_role("status")).to_contain_text(f"Diurungkan: {number}.")
    expect(row_of(page, number)).to_be_visible()
    later(opened)
    assert rung(opened) == []


def test_what_was_told_is_recalled(enter: Enter, opened: Installation) -> None:
    known(opened)
    number = received(opened)
    page = enter("koordinator", "/kotak-masuk")
    dispose(page, number)
    later(opened)
    assert len(rung(opened)) == 2  # the admin and the penghubung
    page.get_by_role("button", name="Urungkan").click()
    expect(page.get_by_role("alert")).to_contain_text("pesannya sudah keluar")

    page.goto("/aduan")
    page.get_by_role("link", name=number).first.click()
    recall(page)
    later(opened)
    assert len([text for text in rung(opened) if "mohon abaikan" in text.lower()]) == 2


def recall(page: Page) -> None:
    part = page.locator("details").filter(has_text="Tarik disposisi")
    part.locator("summary").click()
    part.get_by_role("textbox").fill("salah instansi")
    part.get_by_role("button", name="Tarik", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Disposisi ditarik")


def test_a_complaint_is_disposed_without_a_mouse(enter: Enter, opened: Installation) -> None:
    known(opened)
    number = received(opened)
    page = enter("koordinator", "/kotak-masuk")
    press = page.keyboard.press
    press("Tab")
    expect(page.get_by_role("link", name="Langsung ke isi")).to_be_focused()
    press("Enter")
    chosen = page.get_by_label(f"Instansi tujuan aduan {number}")
    for _ in range(40):
        press("Tab")
        if chosen.evaluate("e => e === document.activeElement"):
            break
    expect(chosen).to_be_focused()
    page.keyboard.type("Dinas Pekerjaan")
    press("Tab")
    press("Enter")
    expect(page.get_by_role("status")).to_contain_text(f"Didisposisikan ke DPUPR: {number}.")
