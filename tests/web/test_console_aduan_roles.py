"""Who sees what of one complaint: its text, photos and reporter; and what is noted of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.web.app import create_app
from bot.web.console.access import Right
from config.terms import Status, Wewenang
from scheduler.case import Case
from scheduler.inbound import Media
from scheduler.ledger import PELAPOR
from scheduler.lifecycle import Desk
from scheduler.store import attachments, cases, drafts, inbound, pairing
from scheduler.store.console_tables import Access
from scheduler.store.dialogue_tables import Attachment, InboundMessage
from scheduler.store.listing import HIDDEN
from scheduler.store.session import reading, writing
from scheduler.store.tables import Complaint
from tests.console import Console, signed_in
from tests.database.office import at
from tests.database.officers import MONDAY, WARGA, Room
from tests.training import set_clock

TEXT = "Lampu mati di depan Pasar Contoh"
NAME, NUMBER = "Pelapor Contoh", "+6281200000101"
NOON = "2026-05-04T12:00"
JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256))
PDF = b"%PDF-1.7\n" + b"x" * 50

KOMINFO = (Wewenang.ADMIN_KOORDINATOR, Wewenang.OPERATOR)
LOOKING = (Wewenang.PIMPINAN, Wewenang.PENGAWAS)
PROTECTED = tuple(product((False, True), (False, True)))
"""Anonim, Rahasia."""


@dataclass
class Town:
    """One complaint of each kind of protection at DPUPR, and a browser of each kind of user."""

    room: Room
    app: Any
    ids: dict[tuple[bool, bool], int]
    users: dict[Wewenang | str, Console]

    def log(self) -> list[tuple[int, str, int | None]]:
        with reading(self.room.engine) as connection:
            rows = connection.execute(
                select(Access.user_id, Access.what, Access.complaint_id).order_by(Access.id)
            )
            return [(row.user_id, row.what, row.complaint_id) for row in rows]


@pytest.fixture(scope="module")
def town(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Built once: no test changes a complaint of it."""
    copy = tmp_path_factory.mktemp("aduan") / "ingat.db"
    copy.write_bytes(sqlite_template.read_bytes())
    room = Room(f"sqlite:///{copy}")
    set_clock(room.opened, at(NOON))
    app = create_app(room.opened)
    users: dict[Wewenang | str, Console] = {
        who: signed_in(room.opened, who, app=app) for who in (*KOMINFO, *LOOKING)
    }
    users[Wewenang.OPD] = signed_in(room.opened, Wewenang.OPD, room.body("DPUPR"), app=app)
    users["lain"] = signed_in(room.opened, Wewenang.OPD, room.body("Dinas Kesehatan"), app=app)
    ids = {each: complaint(room, *each) for each in PROTECTED}
    yield Town(room, app, ids, users)
    room.close()


def complaint(room: Room, anonim: bool, rahasia: bool) -> int:
    """A complaint with its reporter's name and phone, with DPUPR."""
    moment = at(MONDAY)
    world = room.opened.world(moment)
    desk = Desk(world, moment)
    with writing(room.engine) as connection:
        phone_id = inbound.phone_of(connection, room.opened.seal, NUMBER)
        nomor = pairing.next_number(connection, world.policy.kode, world.today(moment), moment)
        case = Case(
            TEXT,
            TEXT,
            moment,
            moment,
            nomor=nomor,
            anonim=anonim,
            rahasia=rahasia,
            lokasi="Jalan Contoh No. 1",
            kategori="Penerangan Jalan",
            reporter_phone_id=phone_id,
            reporter_sealed=room.opened.seal.seal(NAME),
        )
        desk.receive(case, PELAPOR, waits=False)
        desk.dispose(case, room.body("DPUPR"), "kominfo")
        cases.write(connection, desk.changes)
    room.says(WARGA, f"TAMBAH {nomor} ada fotonya", NOON, media=(Media("http://x", "image/jpeg"),))
    with writing(room.engine) as connection:
        found = cases.find(connection, nomor)
        assert found is not None
        connection.execute(
            update(Complaint)
            .where(Complaint.id == found)
            .values(reporter_sealed=case.reporter_sealed)
        )
        attachments.keep(connection, room.opened.seal, photo(room, found), JPEG, "image/jpeg")
    return found


def photo(room: Room, complaint_id: int) -> int:
    with reading(room.engine) as connection:
        found: int = connection.execute(
            select(Attachment.id)
            .join(InboundMessage, InboundMessage.id == Attachment.inbound_id)
            .where(InboundMessage.complaint_id == complaint_id)
        ).scalar_one()
    return found


def sees(who: Wewenang, *, anonim: bool, rahasia: bool) -> tuple[bool, bool, bool]:
    """Whether somebody may read the text, know the name, and know the number."""
    if who in KOMINFO:
        return True, True, True
    if who is Wewenang.OPD:
        return True, not (anonim or rahasia), False
    return not rahasia, False, False


@pytest.mark.parametrize("protected", PROTECTED, ids=["biasa", "rahasia", "anonim", "keduanya"])
@pytest.mark.parametrize("who", Wewenang)
def test_each_role_sees_exactly_what_it_may(
    town: Town, who: Wewenang, protected: tuple[bool, bool]
) -> None:
    anonim, rahasia = protected
    text, name, number = sees(who, anonim=anonim, rahasia=rahasia)
    console, path = town.users[who], f"/aduan/{town.ids[protected]}"
    before = town.log()
    page = console.read(path)
    assert (TEXT in page) is text
    assert ("Jalan Contoh No. 1" in page) is text
    assert "Penerangan Jalan" in page, "the category is no secret"
    assert (f"{path}/pelapor" in page) is name
    assert NAME not in page
    assert NUMBER not in page
    assert town.log() == before, "opening the page shows nobody, and notes nothing"

    answer = console.get(f"{path}/pelapor")
    assert answer.status_code == (200 if name else 403)
    assert (NAME in answer.text, NUMBER in answer.text) == (name, number)
    noted = [(console.user_id, "pelapor", town.ids[protected])]
    assert town.log() == before + (noted if name else [])


@pytest.mark.parametrize("protected", PROTECTED, ids=["biasa", "rahasia", "anonim", "keduanya"])
@pytest.mark.parametrize("who", Wewenang)
def test_photos_are_for_those_who_handle_it(
    town: Town, who: Wewenang, protected: tuple[bool, bool]
) -> None:
    console, complaint_id = town.users[who], town.ids[protected]
    path = f"/aduan/{complaint_id}/lampiran/{photo(town.room, complaint_id)}"
    before = town.log()
    answer = console.get(path)
    handles = who in (*KOMINFO, Wewenang.OPD)
    assert (path in console.read(f"/aduan/{complaint_id}")) is handles
    if not handles:
        assert answer.status_code == 403
        assert town.log() == before
        return
    assert (answer.status_code, answer.content) == (200, JPEG)
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["content-disposition"].startswith('inline; filename="aduan-')
    assert answer.headers["content-security-policy"].startswith("sandbox;")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert town.log() == [*before, (console.user_id, "lampiran", complaint_id)]


def test_what_is_not_his_is_not_there(town: Town) -> None:
    """Another OPD learns of a complaint no more than of one that does not exist."""
    console, key = town.users["lain"], town.ids[False, False]
    before = town.log()
    path = f"/aduan/{key}"
    for each in (path, f"{path}/pelapor", f"{path}/lampiran/{photo(town.room, key)}"):
        assert console.get(each).status_code == 404, each
        assert console.get(each.replace(path, "/aduan/99999")).status_code == 404
    forms = {
        "terima": {}, "sudah": {}, "jawab": {"isi": "Sudah diperbaiki 5 Mei 2026"},
        "bukan": {"alasan": "x"}, "tunda": {"alasan": "x"},
    }  # fmt: skip
    for name, form in forms.items():
        assert console.post(f"{path}/{name}", form).status_code == 404, name
    assert town.log() == before
    assert town.room.opened.stopped_since() is None


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("putuskan", Right.DECIDE),
        *((name, Right.HANDLE) for name in ("lengkap", "selesai", "buka", "tahan", "lepas")),
        *((name, Right.ANSWER) for name in ("terima", "jawab", "sudah", "bukan", "tunda")),
    ],
)
def test_who_may_not_is_refused_and_offered_nothing(town: Town, name: str, right: Right) -> None:
    path = f"/aduan/{town.ids[False, False]}"
    some = [*LOOKING, *([Wewenang.OPD] if right is not Right.ANSWER else [])]
    for who in some:
        assert town.users[who].post(f"{path}/{name}", {"alasan": "x"}).status_code == 403, who
        assert f'action="{path}/{name}"' not in town.users[who].read(path)


def test_a_leader_is_offered_no_form_at_all(town: Town) -> None:
    page = town.users[Wewenang.PIMPINAN].read(f"/aduan/{town.ids[False, False]}")
    forms = re.findall(r'<form[^>]*action="([^"]*)"', page)
    assert forms == ["/keluar"]


# --- rooms of their own: here something is changed --------------------------------------------


@pytest.fixture
def room(sqlite_url: str) -> Iterator[Room]:
    room = Room(sqlite_url)
    set_clock(room.opened, at(NOON))
    yield room
    room.close()


def test_what_sp4n_has_blocked_is_read_by_nobody(room: Room) -> None:
    key = complaint(room, anonim=False, rahasia=False)
    with writing(room.engine) as connection:
        connection.execute(update(Complaint).values(hidden=True))
    console = signed_in(room.opened)
    page = console.read(f"/aduan/{key}")
    assert HIDDEN in page
    assert TEXT not in page
    assert console.get(f"/aduan/{key}/lampiran/{photo(room, key)}").status_code == 404


def test_free_text_of_people_is_kept_from_who_may_not_read_a_secret(room: Room) -> None:
    key = complaint(room, anonim=False, rahasia=True)
    answer = "Lampu di rumah Bu Contoh diganti 4 Mei 2026."
    office = signed_in(room.opened, Wewenang.OPD, room.body("DPUPR"))
    assert answer in office.do(f"/aduan/{key}/jawab", {"isi": answer})
    page = signed_in(room.opened, Wewenang.PIMPINAN).read(f"/aduan/{key}")
    assert "Dijawab" in page
    assert answer not in page


def test_a_secret_is_not_told_by_what_is_like_it(room: Room) -> None:
    """Neither by its own page nor by that of the other: that they are alike says what it says."""
    secret, plain, third = (
        complaint(room, anonim=False, rahasia=rahasia) for rahasia in (True, False, False)
    )
    with reading(room.engine) as connection:
        number = {
            key: case.number
            for key, case in cases.load_cases(connection, (secret, plain, third)).items()
        }
    office = signed_in(room.opened)
    with writing(room.engine) as connection:
        drafts.link_similar(connection, plain, {secret: 100, third: 90})
        found = cases.load_cases(connection, [secret, plain], lock=True)
        desk = Desk(room.opened.world(at(NOON)), at(NOON))
        desk.remark(found[secret], "mirip", "sistem", number[plain])
        desk.remark(found[plain], "mirip", "sistem", f"{number[third]}, {number[secret]}")
        cases.write(connection, desk.changes)
    office.do("/penanganan/gabung", {"ids": [str(plain)], "nomor": number[secret]})
    for who in LOOKING:
        looks = signed_in(room.opened, who)
        page = looks.read(f"/aduan/{secret}")
        assert number[secret] in page
        assert not any(what in page for what in (TEXT, number[plain], "Aduan serupa")), who
        page = looks.read(f"/aduan/{plain}")
        assert number[third] in page.split("Aduan serupa")[1].split("</dl>")[0]
        assert f"Mirip dengan aduan lain: {number[third]}</div>" in page
        assert "digabung dengan aduan lain" in page
        assert number[secret] not in page, who
    page = office.read(f"/aduan/{plain}")
    assert f"Mirip dengan aduan lain: {number[third]}, {number[secret]}</div>" in page
    assert number[secret] in page.split("Aduan serupa")[1].split("</dl>")[0]
    assert f"digabung dengan {number[secret]}" in page


def test_that_somebody_looks_is_noted_before_he_is_shown_it(room: Room) -> None:
    key = complaint(room, anonim=False, rahasia=False)
    with writing(room.engine) as connection:
        connection.execute(update(Complaint).values(reporter_sealed=b"of another key, it seems"))
    assert signed_in(room.opened).get(f"/aduan/{key}/pelapor").status_code == 500
    with reading(room.engine) as connection:
        assert connection.execute(select(Access.what)).scalars().all() == ["pelapor"]


def test_where_nobody_is_known_nobody_is_shown_or_noted(room: Room) -> None:
    room.dispose("9000002", "DPUPR", MONDAY)
    with reading(room.engine) as connection:
        key = cases.find(connection, "9000002")
    console = signed_in(room.opened)
    assert f"/aduan/{key}/pelapor" not in console.read(f"/aduan/{key}")
    assert "tidak diketahui" in console.read(f"/aduan/{key}/pelapor")
    with reading(room.engine) as connection:
        assert connection.execute(select(Access.id)).all() == []


@pytest.mark.parametrize(
    ("kind", "content", "served", "way"),
    [
        ("image/png", b"\x89PNG\r\n\x1a\nx", "image/png", "inline"),
        ("application/pdf", PDF, "application/pdf", "attachment"),
        ("text/html", b"<script>alert(1)</script>", "application/octet-stream", "attachment"),
        ("image/svg+xml", b"<svg onload='alert(1)'/>", "application/octet-stream", "attachment"),
    ],
)
def test_a_file_is_opened_only_where_that_is_harmless(
    room: Room, kind: str, content: bytes, served: str, way: str
) -> None:
    key = complaint(room, anonim=False, rahasia=False)
    sealed = room.opened.seal.seal_bytes(content)
    with writing(room.engine) as connection:
        connection.execute(update(Attachment).values(content_type=kind, content_sealed=sealed))
    answer = signed_in(room.opened).get(f"/aduan/{key}/lampiran/{photo(room, key)}")
    assert answer.content == content
    assert answer.headers["content-type"] == served
    assert answer.headers["content-disposition"].startswith(f"{way};")


def test_a_photo_of_another_complaint_is_not_there(room: Room) -> None:
    key = complaint(room, anonim=False, rahasia=False)
    room.dispose("9000002", "DPUPR", MONDAY)
    with reading(room.engine) as connection:
        other = cases.find(connection, "9000002")
        status = connection.execute(select(Complaint.status).where(Complaint.id == other)).scalar()
    assert status is Status.BELUM_DITINDAKLANJUTI
    console = signed_in(room.opened)
    assert console.get(f"/aduan/{other}/lampiran/{photo(room, key)}").status_code == 404
    assert console.get(f"/aduan/{key}/lampiran/99999").status_code == 404
