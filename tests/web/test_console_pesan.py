"""Pesan: what was told is found, shown in words, and nobody is named."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from jinja2 import Environment, PackageLoader
from sqlalchemy import event, insert

from bot.channels import sms_gate_words, twilio_errors
from bot.compose import Installation
from bot.web.console import pesan, pesan_galat
from config.message_files import load_messages
from config.terms import Letter, NoticeStatus, Reaction
from scheduler.store import outbox_view
from scheduler.store.console_tables import Access
from scheduler.store.messaging_tables import Attempt, Message, Notice
from scheduler.store.outbox_view import Search
from scheduler.store.session import reading, writing
from scheduler.store.tables import Complaint
from tests.console import Console, signed_in
from tests.pesan_room import PHONE, ROW, found, rows, sets, told_room
from tests.training import MONDAY


@pytest.fixture
def opened(sqlite_url: str) -> Iterator[Installation]:
    with told_room(sqlite_url) as opened:
        yield opened


@pytest.fixture
def console(opened: Installation) -> Console:
    return signed_in(opened)


# --- search -----------------------------------------------------------------------------------


def test_every_filter_finds_what_is_meant_and_nothing_else(
    opened: Installation, console: Console
) -> None:
    number = rows(opened, Complaint)[0].nomor
    for at in (timedelta(hours=23), timedelta(days=2, hours=7)):  # ingat, surat_1
        opened.tick(MONDAY + at)
    told = rows(opened, Notice)
    assert [row.kind for row in told] == ["terima", "terima", "ingat", "surat_1", "surat_1"]
    admin, body = told[0].post_id, told[0].instansi_id
    for query, kinds in {
        "": ["surat_1", "surat_1", "ingat", "terima", "terima"],
        f"status={told[0].status}": ["surat_1", "surat_1", "ingat", "terima", "terima"],
        "status=failed": [],
        "langkah=ingat": ["ingat"],
        "surat=pertama": ["surat_1", "surat_1"],
        f"jabatan={admin}&langkah=terima": ["terima"],
        f"instansi={body}&langkah=ingat": ["ingat"],
        f"instansi={body + 1}": [],
        f"nomor={number.lower()}": ["surat_1", "surat_1", "ingat", "terima", "terima"],
        "nomor=9999999": [],
        "dari=2026-05-05&sampai=2026-05-05": ["ingat"],
        "sampai=2026-05-04": ["terima", "terima"],
        "dari=2026-05-07": [],
        "dari=2026-05-06&surat=pertama&status=pending": [],
        "status=apa&surat=&dari=kemarin&jabatan=x": [
            *("surat_1", "surat_1", "ingat", "terima", "terima")
        ],
    }.items():
        kind_of = {str(row.message_id): row.kind for row in told}
        assert [kind_of[key] for key in found(console, query)] == kinds, query


def test_pages_lead_on_and_back(
    opened: Installation, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pesan, "ROWS", 2)
    opened.tick(MONDAY + timedelta(hours=23))
    opened.tick(MONDAY + timedelta(days=2, hours=7))
    everything = [str(row.message_id) for row in rows(opened, Notice)][::-1]
    link = re.compile(r'href="([^"]+)" rel="(prev|next)"')

    def read(path: str) -> tuple[list[str], dict[str, str]]:
        text = console.read(path.replace("&amp;", "&"))
        return ROW.findall(text), {rel: address for address, rel in link.findall(text)}

    first, ways = read("/pesan?langkah=")
    assert (first, set(ways)) == (everything[:2], {"next"})
    second, ways = read(ways["next"])
    assert (second, set(ways)) == (everything[2:4], {"prev", "next"})
    third, last = read(ways["next"])
    assert (third, set(last)) == (everything[4:], {"prev"})
    assert read(last["prev"])[0] == second
    assert read(ways["prev"]) == (first, {"next": read("/pesan")[1]["next"]})


def test_what_went_wrong_is_said_in_words(opened: Installation, console: Console) -> None:
    sets(opened, Attempt, status="failed", error="63024", reaction="unreachable")
    sets(opened, Message, status="failed")
    sets(opened, Notice, status="failed", note="tidak dapat dihubungi")
    text = console.read("/pesan?status=failed")
    assert "Nomor ini tidak terdaftar di WhatsApp. (kode 63024)" in text
    assert "Tidak ada lagi nomor atau pemegang jabatan" in text
    sets(opened, Notice, status="held", hold_reason="shadow", message_id=None)
    assert "Mode bayangan" in console.read("/pesan?status=held")


def test_every_known_code_has_a_sentence() -> None:
    for code, reaction in (twilio_errors.REACTIONS | sms_gate_words.REACTIONS).items():
        assert pesan_galat.explain(code, reaction), code
    assert pesan_galat.REACTIONS.keys() == set(Reaction)
    assert pesan_galat.explain("cannot be asked: HTTP 502") == pesan_galat.UNCLEAR
    assert pesan_galat.explain_briefly("99999") == "Kode galat 99999."


def test_a_person_holds_it_and_no_word_of_ours() -> None:
    reason = "veto: Kadis sedang rapat"
    assert pesan_galat.why_held(reason) == "Ditahan oleh petugas: Kadis sedang rapat"
    assert pesan_galat.held(reason, reads=False) == "oleh petugas"
    assert pesan_galat.why_held("shadow") == pesan_galat.SHADOW
    assert pesan_galat.why_held("tunggakan belum dilepas") == "Tunggakan belum dilepas"


def test_every_kind_and_letter_has_a_name() -> None:
    words = Environment(
        loader=PackageLoader("bot.web.console"), extensions=["jinja2.ext.i18n"], autoescape=True
    )
    words.install_gettext_callables(str, str)  # type: ignore[attr-defined]
    named = words.get_template("pesan_kata.html").module
    assert load_messages().keys() <= named.KINDS.keys()  # type: ignore[attr-defined]
    assert set(Letter) == named.LETTERS.keys()  # type: ignore[attr-defined]


def test_no_number_and_no_name_on_any_page(console: Console) -> None:
    for path in ("/pesan", "/pesan/1", "/pesan/2", "/pesan/mendatang", "/pesan/henti"):
        text = console.read(path)
        assert not PHONE.search(text.replace("SPG-2605", "")), path
        for name in ("Indra", "Joko", "Misalnya", "Umpama"):
            assert name not in text, path


def test_a_page_asks_as_often_for_many_as_for_few(opened: Installation, console: Console) -> None:
    def count(path: str) -> int:
        asked: list[str] = []

        def note(*given: Any) -> None:
            asked.append(given[2])

        event.listen(opened.engine, "before_cursor_execute", note)
        console.read(path)
        event.remove(opened.engine, "before_cursor_execute", note)
        return len(asked)

    paths = ("/pesan", "/pesan?status=accepted&dari=2026-05-01")
    console.read("/pesan")  # rules and people are read once
    few = [count(path) for path in paths]
    copies = [
        {**row._mapping, "id": None, "cause": f"contoh/{row.id}/{n}"}
        for row in rows(opened, Notice)
        for n in range(30)
    ]
    with writing(opened.engine) as connection:
        for row in copies:
            del row["id"]
        connection.execute(insert(Notice), copies)
    assert [count(path) for path in paths] == few


def test_every_search_is_led_by_its_index(opened: Installation) -> None:
    for wanted, index in (
        (Search(status=NoticeStatus.FAILED, post_id=3), "ix_notices_status"),
        (Search(status=NoticeStatus.DELIVERED, post_id=3), "ix_notices_post"),
        (Search(instansi_id=3, step="ingat"), "ix_notices_instansi"),
        (Search(letter=Letter.KEDUA, status=NoticeStatus.DELIVERED), "ix_notices_letter"),
        (Search(step="ingat"), "ix_notices_step"),
        (Search(complaint_id=3, step="ingat"), "ix_notices_complaint_id"),
    ):
        lines = plan(opened, wanted)
        assert any(index in line for line in lines), (wanted, lines)
        assert not any("TEMP B-TREE" in line or line == "SCAN notices" for line in lines), lines


def plan(opened: Installation, wanted: Search) -> list[str]:
    """How SQLite looks for something."""
    asked: list[tuple[str, Any]] = []

    def note(*given: Any) -> None:
        asked.append((given[2], given[3]))

    event.listen(opened.engine, "before_cursor_execute", note)
    with reading(opened.engine) as connection:
        outbox_view.search(connection, wanted, 51)
        query, values = asked[-1]
        found = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", values).all()
    event.remove(opened.engine, "before_cursor_execute", note)
    return [row[3] for row in found]


# --- one message --------------------------------------------------------------------------------


def test_a_message_shows_text_attempts_and_what_it_tells(
    opened: Installation, console: Console
) -> None:
    text = console.read("/pesan/1")
    body = rows(opened, Attempt)[0].body
    assert body.split(". ", maxsplit=1)[0] in text
    assert "Percobaan" not in text
    assert "Sen 4 Mei 2026 09.00" in text
    assert console.get("/pesan/999").status_code == 404
    assert console.get("/pesan/alasan/999").status_code == 404
    assert console.get("/pesan/alasan/1").headers["location"] == "/pesan/1"


def test_a_message_that_is_not_written_yet_says_so(opened: Installation, console: Console) -> None:
    sets(opened, Notice, status="pending", message_id=None)
    text = console.read("/pesan/alasan/1")
    assert "Yth." in text
    assert "bila ditulis sekarang" in text


def test_what_was_blocked_is_not_read_here(opened: Installation, console: Console) -> None:
    sets(opened, Complaint, hidden=True)
    text = console.read("/pesan/1")
    assert "(konten terblokir)" in text
    assert "Yth." not in text


def test_who_reads_what_a_reporter_was_told_is_noted(
    opened: Installation, console: Console
) -> None:
    console.read("/pesan/1")
    assert rows(opened, Access) == []
    phone = rows(opened, Message)[0].phone_id
    sets(opened, Notice, post_id=None, peran=None, phone_id=phone)
    assert "pelapor" in console.read("/pesan/1")
    assert [(row.what, row.complaint_id) for row in rows(opened, Access)] == [("pesan", 1)]
