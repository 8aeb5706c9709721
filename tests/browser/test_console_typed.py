"""What was typed is not lost: after a refusal, and when the session has ended meanwhile."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import delete

from bot.compose import Installation
from bot.passwords import Passwords
from scheduler.store import users
from scheduler.store.console_tables import Session
from scheduler.store.session import writing
from tests.browser.conftest import Enter
from tests.showcase import showcase

PASSWORD = "kuda laut di atas meja"
NOT_KEPT = "Nama dan nomor pelapor tidak disimpan demi privasi; isi kembali."
WHY = "Mohon sebutkan nama jalan dan waktu kejadiannya"


@pytest.fixture
def opened(sqlite_url: str) -> Iterator[Installation]:
    with showcase(sqlite_url) as opened:
        yield opened


def end_sessions(opened: Installation) -> None:
    """Everybody has been idle for too long, and may log in again with `PASSWORD`."""
    hashed = Passwords().hash(PASSWORD)
    with writing(opened.engine) as connection:
        connection.execute(delete(Session))
        for key in range(1, 7):
            users.set_password(connection, key, hashed)


def log_in_again(page: Page, name: str) -> None:
    expect(page.get_by_role("status")).to_contain_text("Sesi Anda sudah berakhir.")
    page.get_by_label("Nama pengguna").fill(name)
    page.get_by_label("Kata sandi").fill(PASSWORD)
    page.get_by_role("button", name="Masuk").click()


def ask_for_completion(page: Page) -> None:
    page.get_by_text("Minta kelengkapan atau arsipkan").click()
    page.get_by_label("Apa yang belum lengkap").fill(WHY)
    page.get_by_role("button", name="Minta kelengkapan").click()


def test_words_stay_when_nothing_was_chosen(enter: Enter) -> None:
    page = enter("operator", "/kotak-masuk")
    ask_for_completion(page)
    expect(page.get_by_role("alert")).to_contain_text("wajib diisi")
    expect(page.get_by_label("Apa yang belum lengkap")).to_be_visible()
    expect(page.get_by_label("Apa yang belum lengkap")).to_have_value(WHY)
    page.reload()
    expect(page.locator("#massal-alasan")).to_have_value("")


def test_words_stay_when_the_session_ends(enter: Enter, opened: Installation) -> None:
    page = enter("operator", "/entri")
    page.get_by_label("Judul", exact=True).fill("Lampu jalan padam")
    page.get_by_role("textbox", name="Isi aduan").fill(
        "Tiga lampu di depan pasar padam sejak kemarin malam."
    )
    page.get_by_label("Nama pelapor").fill("Pelapor Contoh")
    page.get_by_label("Nomor telepon").fill("0812 0000 0001")
    page.get_by_role("checkbox", name="Rahasia").check()
    end_sessions(opened)
    page.get_by_role("button", name="Catat aduan").click()
    log_in_again(page, "operator")
    expect(page.get_by_role("heading", name="Entri aduan")).to_be_visible()
    expect(page.get_by_label("Judul", exact=True)).to_have_value("Lampu jalan padam")
    expect(page.get_by_role("textbox", name="Isi aduan")).to_have_value(
        "Tiga lampu di depan pasar padam sejak kemarin malam."
    )
    expect(page.get_by_role("checkbox", name="Rahasia")).to_be_checked()
    expect(page.get_by_label("Nama pelapor")).to_have_value("")
    expect(page.get_by_label("Nomor telepon")).to_have_value("")
    told = page.get_by_role("alert").filter(has_text=NOT_KEPT)
    expect(told).to_be_visible()
    expect(page.get_by_label("Nama pelapor")).to_be_focused()
    expect(page.get_by_label("Nama pelapor")).to_have_accessible_description(re.compile(NOT_KEPT))
    page.reload()
    expect(told).to_be_hidden()


def test_another_user_is_not_shown_what_was_typed(enter: Enter, opened: Installation) -> None:
    page = enter("operator", "/entri")
    page.get_by_label("Judul", exact=True).fill("Lampu jalan padam")
    end_sessions(opened)
    page.get_by_role("button", name="Catat aduan").click()
    log_in_again(page, "koordinator")
    expect(page.get_by_role("heading", name="Entri aduan")).to_be_visible()
    expect(page.get_by_label("Judul", exact=True)).to_have_value("")
    assert page.evaluate("window.sessionStorage.length") == 0


def test_a_correction_that_was_lost_is_not_taken_for_the_old_number(
    enter: Enter, opened: Installation
) -> None:
    page = enter("operator", "/entri")
    page.get_by_label("Judul", exact=True).fill("Lampu jalan padam")
    page.get_by_role("textbox", name="Isi aduan").fill("Tiga lampu di depan pasar padam.")
    page.get_by_label("Nama pelapor").fill("Pelapor Contoh")
    page.get_by_role("button", name="Catat aduan").click()
    page.goto(f"{page.url.partition('?')[0]}/pelapor")
    page.get_by_label("Nama").fill("Pelapor Misalnya")
    end_sessions(opened)
    page.get_by_role("button", name="Simpan").click()
    log_in_again(page, "operator")
    expect(page.get_by_label("Nama")).to_have_value("Pelapor Contoh")
    expect(page.get_by_role("alert").filter(has_text=NOT_KEPT)).to_be_visible()


def test_nothing_is_said_of_a_name_that_was_not_given(enter: Enter, opened: Installation) -> None:
    page = enter("operator", "/entri")
    page.get_by_label("Judul", exact=True).fill("Lampu jalan padam")
    end_sessions(opened)
    page.get_by_role("button", name="Catat aduan").click()
    log_in_again(page, "operator")
    expect(page.get_by_label("Judul", exact=True)).to_have_value("Lampu jalan padam")
    expect(page.get_by_text(NOT_KEPT)).to_be_hidden()


def test_a_form_pressed_twice_is_sent_once(enter: Enter) -> None:
    page = enter("operator", "/kotak-masuk")
    sent: list[str] = []
    page.on("request", lambda one: sent.append(one.url) if one.method == "POST" else None)
    page.evaluate("""() => {
      document.querySelector('input[type="checkbox"][name="ids"]').checked = true;
      const button = document.querySelector('[formaction="/penanganan/verifikasi"]');
      button.click();
      setTimeout(() => button.click(), 10);
    }""")
    expect(page.get_by_role("status")).to_contain_text("Diverifikasi:")
    assert len(sent) == 1
