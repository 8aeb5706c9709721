"""No page asks the database more often because there is more to show; pages are found by routes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from bot.compose import Installation
from config.terms import Jenis, Peran, Wewenang
from scheduler.case import Case
from scheduler.ledger import KOMINFO
from scheduler.lifecycle import Desk
from scheduler.store import cases, requests, users
from scheduler.store.console_tables import Handover, HandoverItem, Upload, UploadReject
from scheduler.store.session import Connection, writing
from scheduler.store.tables import Post
from tests.console import Console, signed_in, with_example
from tests.console_pages import addresses, counting, get_routes
from tests.training import MONDAY, set_clock, training_room

FEW, MANY = 20, 60
LATER = MONDAY + timedelta(days=7)
"""When limits are over."""

USUAL = 30
"""How often a page may ask, whatever it shows: who is asking, what is stopped, its own lists."""
MORE = {"Aduan.show": 45}
"""Everything there is of one complaint."""
LISTS = (
    *("/aduan?saring=terlambat", "/aduan?urut=batas", "/aduan?q=contoh", "/aduan?q=9"),
    *("/kotak-masuk?antrean=disposisi", "/kotak-masuk?antrean=perlu_anda"),
    *("/kotak-masuk?antrean=permintaan", "/kotak-masuk?antrean=kelengkapan"),
    *("/pesan?status=delivered", "/pesan?status=pending", "/sp4n?daftar=salin"),
)
"""Pages that look different by what is asked of them."""


def furnish(opened: Installation, count: int) -> None:
    """Complaints in every queue, messages to officers, requests of theirs."""
    with_example(opened)
    world = opened.world(MONDAY)
    offices = [b.id for b in world.directory.bodies.values() if b.jenis is Jenis.OPD]
    with writing(opened.engine) as connection:
        desk = Desk(world, MONDAY)
        for number in range(count):
            _live(desk, number, offices[number % 3])
        cases.write(connection, desk.changes)
        disposed = [case.id for case in desk.changes.new_cases if case.instansi_id is not None]
        for complaint_id in disposed:
            assert complaint_id is not None
            _ask(connection, complaint_id)
        _upload(connection, count)
        _hand_over(connection, disposed)
    opened.tick(MONDAY)
    set_clock(opened, LATER)


def _live(desk: Desk, number: int, office: int) -> None:
    facts: dict[str, Any] = {"tracking_id": str(9_000_000 + number), "sumber": "Website"}
    if number % 2:
        facts = {"nomor": f"SPG-2605-{number:04}", "sumber": "Surat"}
    case = Case("Contoh judul aduan", "Contoh isi aduan.", MONDAY, MONDAY, **facts)
    case.kategori = f"Kategori {number % 7}"
    desk.receive(case, KOMINFO)
    match number % 6:
        case 0:
            case.sp4n_status = f"Status {number}"
            desk.hold(case, f'status SP4N "Status {number}" tidak dikenal')
        case 1:
            desk.verify(case, KOMINFO)
        case 2:
            desk.pause(case, KOMINFO, "Mohon alamatnya.")
        case 3 | 4:
            desk.dispose(case, office, KOMINFO)
        case _:
            pass


def _ask(connection: Connection, complaint_id: int) -> None:
    """An officer asked for TUNDA, and an answer of his was kept as normative."""
    asked = {"post_id": None, "inbound_id": None}
    requests.ask(
        connection,
        complaint_id,
        "tunda",
        body="Mohon tambahan waktu.",
        decider=Peran.ADMIN_KOORDINATOR,
        at=MONDAY,
        due_at=MONDAY,
        next_look_at=None,
        **asked,
    )
    body = "Sudah diperbaiki hari ini."
    requests.keep_answer(
        connection, complaint_id, body, MONDAY, substantive=True, to_copy=True, **asked
    )


def _upload(connection: Connection, rejects: int) -> None:
    user = users.add_user(connection, "contoh", "Contoh", Wewenang.OPERATOR, "!", MONDAY)
    counts = dict.fromkeys(
        ("done", "added", "updated", "unchanged", "held", "rejected", "due", "tries"), 0
    )
    facts = {"file_name": "ekspor.xlsx", "created_at": MONDAY, "state": "selesai"}
    connection.execute(insert(Upload).values(user_id=user, **facts, **counts))
    connection.execute(
        insert(UploadReject),
        [{"upload_id": 1, "row": row, "reason": "tanpa Tracking ID"} for row in range(rejects)],
    )


def _hand_over(connection: Connection, ids: Sequence[int | None]) -> None:
    posts = connection.execute(select(Post.id).where(Post.peran == Peran.ADMIN_OPD)).scalars()
    giver, taker = list(posts)[:2]
    days = {"mulai": date(2026, 5, 1), "selesai": date(2026, 5, 30), "created_at": MONDAY}
    facts = {"from_post_id": giver, "to_post_id": taker, "reason": "cuti", "user_id": 1}
    connection.execute(insert(Handover).values(**facts, **days))
    items = [{"handover_id": 1, "complaint_id": complaint_id} for complaint_id in ids]
    connection.execute(insert(HandoverItem), items)


def giving(opened: Installation) -> str:
    """The second step of a handover: an officer's duties as a list."""
    directory = opened.world(MONDAY).directory
    first = next(body.id for body in directory.bodies.values() if body.jenis is Jenis.OPD)
    posts = (post for post in directory.posts.values() if post.instansi_id == first)
    giver = next(post for post in posts if post.peran is Peran.ADMIN_OPD)
    return f"/serah-terima/baru?jabatan={giver.id}&mulai=2026-05-11&selesai=2026-05-15"


@pytest.fixture(scope="module")
def towns(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[int, Installation]]:
    with ExitStack() as stack:
        found = {}
        for count in (FEW, MANY):
            path = tmp_path_factory.mktemp("queries") / "ingat.db"
            shutil.copyfile(sqlite_template, path)
            found[count] = stack.enter_context(training_room(f"sqlite:///{path}"))
            furnish(found[count], count)
        yield found


def cost(console: Console, path: str) -> tuple[int, list[str]]:
    """How a page answers once it has been seen before, and what it asks."""
    console.get(path)
    with counting(console.opened.engine) as statements:
        status = console.get(path).status_code
    return status, [one for one in statements if one != "BEGIN"]


@pytest.mark.parametrize("who", [Wewenang.ADMIN_KOORDINATOR, Wewenang.OPD])
def test_no_page_asks_more_often_because_there_is_more(
    towns: dict[int, Installation], who: Wewenang
) -> None:
    costs: dict[int, dict[str, tuple[int, list[str]]]] = {}
    for count, opened in towns.items():
        bodies = opened.world(MONDAY).directory.bodies.values()
        office = next(body.id for body in bodies if body.jenis is Jenis.OPD)
        console = signed_in(opened, who, office if who is Wewenang.OPD else None)
        named = {one.name: one.path for one in addresses(console.app, opened.engine)}
        assert len(named) == len(get_routes(console.app)) > 10
        paths = named | {path: path for path in (*LISTS, giving(opened))}
        costs[count] = {name: cost(console, path) for name, path in paths.items()}
    few, many = costs[FEW], costs[MANY]
    assert {n: few[n][0] for n in few} == {n: many[n][0] for n in many}
    assert {n: status for n, (status, _) in many.items() if status >= 500} == {}
    grown = {
        name: (len(few[name][1]), len(asked), [one for one in asked if one not in few[name][1]])
        for name, (_, asked) in many.items()
        if len(asked) != len(few[name][1])
    }
    assert grown == {}
    too_many = {n: len(a) for n, (_, a) in many.items() if len(a) > MORE.get(n, USUAL)}
    assert too_many == {}


def test_a_page_that_asks_for_each_row_would_be_seen(towns: dict[int, Installation]) -> None:
    """The measure itself: it counts what a page asks, and what is shown differs."""
    rows = {}
    for count, opened in towns.items():
        console = signed_in(opened)
        status, asked = cost(console, "/aduan?urut=batas")
        assert status == 200
        assert 5 < len(asked) < USUAL
        rows[count] = console.read("/aduan").count("<tr data-aduan")
    assert rows[FEW] == FEW < rows[MANY]
