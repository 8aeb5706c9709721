"""Typing complaints in, as a browser does, and what phones hear of it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from scheduler.case import Case
from scheduler.store import cases
from scheduler.store.phones import inbox
from scheduler.store.session import reading
from tests.console import Console
from tests.training import set_clock

PHONE = "0811-0000-9007"
GOOD = {
    "sumber": "Pos Surat",
    "judul": "Lampu jalan mati",
    "isi": "Lampu jalan di Jalan Contoh mati sejak Senin.",
    "kategori": "Penerangan Jalan",
    "klasifikasi": "tidak_berkadar_pengawasan",
    "lokasi": "Desa Contoh",
    "pelapor": "Pelapor Contoh",
    "telepon": PHONE,
    "beri_tahu": "1",
    "tanggal": "2026-05-04",
    "jam": "08:30",
    "nomor_surat": "005/12/2026",
}


def token(console: Console) -> str:
    found = re.search(r'name="token" value="([0-9a-f]{32})"', console.read("/entri"))
    assert found is not None
    return found[1]


def enter(console: Console, **changes: str | None) -> Any:
    """Send the form with some fields otherwise; one that is None is not sent."""
    data = {"token": token(console), **GOOD, **changes}
    return console.post("/entri", {k: v for k, v in data.items() if v is not None})


def entered(console: Console, **changes: str | None) -> tuple[Case, str]:
    """Enter a complaint; return it and the page that says so."""
    answer = enter(console, **changes)
    assert answer.status_code == 303, answer.text
    address = str(answer.headers["location"])
    return case(console, int(address.rsplit("/", 1)[1])), console.read(address)


def case(console: Console, key: int) -> Case:
    with reading(console.opened.engine) as connection:
        return cases.load_cases(connection, [key])[key]


def heard(console: Console) -> list[str]:
    """Everything that simulated phones have once passes were made for a while."""
    at = console.opened.now()
    for minutes in (2, 10):
        set_clock(console.opened, at + timedelta(minutes=minutes))
        console.opened.tick(console.opened.now())
    with reading(console.opened.engine) as connection:
        return [text for _, _, text in inbox(connection)]
