"""The training room as a trainer sees it: on a projector, on a telephone, by keyboard."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from bot.compose import Installation
from tests.browser.conftest import Visit
from tests.training import received

PHONES = (
    "Warga A",
    "Warga B",
    "Admin Koordinator SP4N-LAPOR!",
    "Admin DPUPR",
    "Sekretaris DPUPR",
    "Kepala Dinas Pekerjaan Umum dan Penataan Ruang",
    "Asisten II (Perekonomian dan Pembangunan)",
    "Sekretaris Daerah",
)
UNNAMED = """() => [...document.querySelectorAll("button, select, textarea, progress, [tabindex]")]
    .filter(e => e.checkVisibility() && e.id !== "table")
    .filter(e => !(e.ariaLabel || e.labels?.length || e.textContent.trim()
        || document.getElementById(e.getAttribute("aria-labelledby"))))
    .map(e => e.outerHTML)"""
WIDER = "() => document.documentElement.scrollWidth - window.innerWidth"


def phone(page: Page, name: str) -> Locator:
    return page.get_by_label(f"Telepon {name}", exact=True)


def inbox(page: Page, name: str) -> Locator:
    """The messages that a phone received."""
    return phone(page, name).locator("li.in")


def say(page: Page, name: str, text: str) -> None:
    field = page.get_by_label(f"Tulis pesan dari telepon {name}", exact=True)
    field.fill(text)
    field.press("Enter")
    expect(field).to_have_value("")


def reply(page: Page, name: str, hint: str, more: str = "") -> None:
    """Take up what a message asks to reply with, and send it."""
    phone(page, name).get_by_role("button", name=hint, exact=True).click()
    field = page.get_by_label(f"Tulis pesan dari telepon {name}", exact=True)
    expect(field).to_be_focused()
    expect(field).to_have_value(re.compile(f"^{hint} ?$"))
    page.keyboard.type(more)
    page.keyboard.press("Enter")
    expect(field).to_have_value("")


def begin(page: Page) -> None:
    page.get_by_role("button", name="Muat data contoh").click()
    expect(page.locator(".phone")).to_have_count(len(PHONES))


def leap(page: Page, name: str, arrives: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()
    expect(page.locator("#now")).to_have_text(re.compile(arrives))
    expect(page.locator("#move")).to_be_hidden()


def test_a_projector_shows_every_phone_at_once(visit: Visit) -> None:
    page = visit(1280, 720)
    expect(page.locator("#now")).to_have_text(re.compile(r"^Sen 4 Mei 2026 09\.0\d$"))
    expect(page.locator(".phone")).to_have_count(0)
    begin(page)
    for name in PHONES:
        expect(phone(page, name)).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("heading", name="Meja Kominfo")).to_be_in_viewport()
    expect(page.locator("#tabs")).to_be_hidden()
    assert page.evaluate(WIDER) <= 0
    assert page.evaluate(UNNAMED) == []


@pytest.mark.parametrize("width", [360, 320])
def test_a_telephone_shows_one_phone_at_a_time(
    visit: Visit, opened: Installation, width: int
) -> None:
    page = visit(width, 740)
    assert page.evaluate(WIDER) <= 0
    begin(page)
    shown = page.locator("main > :visible")
    expect(shown).to_have_count(1)
    expect(phone(page, "Warga A")).to_be_in_viewport(ratio=1)
    number = received(opened)
    page.get_by_role("button", name="Meja Kominfo").click()
    expect(page.get_by_label(f"Disposisi aduan {number}")).to_be_in_viewport(ratio=1)
    page.get_by_label(f"Disposisi aduan {number}").click()
    tab = page.locator("#tabs").get_by_role("button", name=re.compile("^Admin"))
    expect(tab).to_have_text("Admin1")  # one message nobody has read
    tab.click()
    expect(tab).to_have_text("Admin")
    expect(inbox(page, "Admin DPUPR")).to_have_count(1)
    expect(shown).to_have_count(1)
    assert page.evaluate(WIDER) <= 0
    assert page.evaluate(UNNAMED) == []


def test_a_complaint_goes_its_way_before_the_eyes_of_the_room(visit: Visit) -> None:
    page = visit(1280, 720)
    begin(page)
    say(page, "Warga A", "Jalan Mawar depan Pasar Contoh berlubang sejak kemarin pagi")
    citizen = inbox(page, "Warga A")
    expect(citizen).to_contain_text("Aduan Anda dicatat no. SPG-2605-0001")
    number = "SPG-2605-0001"
    page.get_by_label(f"Verifikasi aduan {number}").click()
    expect(page.get_by_label(f"Verifikasi aduan {number}")).to_be_hidden()
    page.get_by_label(f"Disposisi aduan {number}").click()
    admin = inbox(page, "Admin DPUPR")
    expect(admin).to_have_count(1)
    expect(admin).to_contain_text(f"aduan {number}. Mohon dijawab s.d. Kam 7 Mei 16.00")
    expect(page.locator("#live")).to_contain_text("Admin DPUPR, Sekretaris DPUPR")
    expect(phone(page, "Admin DPUPR").get_by_label("1 pesan baru")).to_be_visible()
    reply(page, "Admin DPUPR", f"TERIMA {number}")
    expect(admin.last).to_contain_text("tercatat diterima")

    leap(page, "+1 hari kerja", r"^Sel 5 Mei 2026 09\.0\d$")
    expect(admin).to_have_count(3)
    expect(admin.last).to_contain_text("izin mengingatkan")
    expect(admin.last).to_contain_text("Sel 5 Mei 08.00")

    reply(page, "Admin DPUPR", f"JAWAB {number}", "Terima kasih, akan kami teruskan")
    expect(admin.last).to_contain_text("batas waktunya masih berjalan")
    reply(page, "Admin DPUPR", f"JAWAB {number}", "Lubang sudah ditambal tanggal 5 Mei 2026.")
    expect(admin.last).to_contain_text("kami sampaikan kepada pelapor")
    expect(citizen.last).to_contain_text("Lubang sudah ditambal tanggal 5 Mei 2026.")
    reply(page, "Warga A", "NILAI", "5")
    expect(citizen.last).to_contain_text("Nilai 5")
    expect(page.locator("#complaints .status")).to_have_text("selesai · DPUPR")
    leap(page, "+5 hari kerja", r"^Sel 12 Mei 2026 09\.0\d$")
    expect(inbox(page, "Asisten II (Perekonomian dan Pembangunan)")).to_have_count(0)


def test_a_citizen_writes_by_keyboard_alone_and_nothing_of_it_is_markup(visit: Visit) -> None:
    page = visit(1280, 720)
    begin(page)
    text = '<img src="http://evil.example/x.png" onerror="alert(1)"> lampu jalan mati'
    say(page, "Warga A", text)
    sent = phone(page, "Warga A").locator("li.out")
    expect(sent).to_have_count(1)
    expect(sent.locator("p")).to_have_text(text)
    expect(page.locator("img")).to_have_count(0)
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_label("Kirim lokasi contoh dari telepon Warga A")).to_be_focused()
    page.keyboard.press("Enter")
    expect(sent.last).to_contain_text("Lokasi: Pasar Contoh")
    page.reload()
    expect(sent).to_have_count(2)


def test_another_opd_may_be_chosen_and_stays_so(visit: Visit) -> None:
    page = visit(1280, 720)
    begin(page)
    page.get_by_label("OPD", exact=True).select_option("Dinkes")
    expect(phone(page, "Admin Dinkes")).to_be_visible()
    expect(phone(page, "Admin DPUPR")).to_have_count(0)
    page.reload()
    expect(phone(page, "Admin Dinkes")).to_be_visible()
    expect(page.get_by_label("OPD", exact=True)).to_have_value(re.compile(r"\d+"))
