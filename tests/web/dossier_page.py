"""The page of one complaint under test: who opens it, and what is read on it."""

from __future__ import annotations

import html
import re
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import func, select

from bot.web.app import create_app
from config.terms import Wewenang
from scheduler.store import cases
from scheduler.store.session import reading
from tests.console import Console, signed_in
from tests.database.office import at
from tests.database.officers import Room
from tests.training import set_clock

APPS: WeakKeyDictionary[Room, Any] = WeakKeyDictionary()
NEXT = "2026-05-05T10:00"
POST = "Admin DPUPR, Dinas Pekerjaan Umum dan Penataan Ruang"
COORDINATOR = "Admin Koordinator SP4N-LAPOR!, Kabupaten Contoh"
REASON = "jalan ini berstatus jalan provinsi"


def clock(room: Room, when: str) -> None:
    set_clock(room.opened, at(when))


def key(room: Room, number: str) -> int:
    with reading(room.engine) as connection:
        found = cases.find(connection, number)
    assert found is not None
    return found


def app_of(room: Room) -> Any:
    """The one web application of a room."""
    if room not in APPS:
        APPS[room] = create_app(room.opened)
    return APPS[room]


def kominfo(room: Room) -> Console:
    return signed_in(room.opened, app=app_of(room))


def opd(room: Room, short: str = "DPUPR") -> Console:
    return signed_in(room.opened, Wewenang.OPD, room.body(short), app=app_of(room))


def words(page: str) -> str:
    """What is read on a page, each run of spaces as one."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def part(page: str, name: str) -> str:
    """One part of the page, in words, by the anchor that leads to it."""
    return words(page[page.index(f'id="{name}"') :])


def sentence(page: str) -> str:
    """What the page says of the form that was just sent."""
    found = re.search(
        r'<div class="alert[^"]*" role="(?:alert|status)">(.*?)</div>', page, re.DOTALL
    )
    assert found is not None, words(page)[:500]
    return words(found[1])


def fields(page: str) -> set[str]:
    """The addresses that the forms of a page lead to, without the complaint's own."""
    found = re.findall(r'action="(/(?:aduan/\d+|penanganan)/[a-z-]+)"', page)
    return {address.rsplit("/", 1)[1] for address in found}


def count(room: Room, model: type, *conditions: object) -> int:
    with reading(room.engine) as connection:
        query = select(func.count()).select_from(model)
        return connection.execute(query.where(*conditions)).scalar_one()  # type: ignore[arg-type]


def undo(console: Console, page: str) -> str:
    """Press the button that takes back what was just done."""
    found = re.search(r'action="(/tindakan/\d+/urungkan)"', page)
    assert found is not None, "nothing is offered to undo"
    return console.do(found[1], {"kembali": "/"})
