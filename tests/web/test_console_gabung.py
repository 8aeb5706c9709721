"""What is said before complaints are merged: what becomes of them, and whether it can be undone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from scheduler.store import drafts, pairing
from scheduler.store.session import writing
from tests.web.inbox_room import Room, inbox_room

FOR_GOOD = "tidak dapat dipisahkan lagi"
NOT_UNDONE = "tidak dapat diurungkan"
UNDONE = "dapat diurungkan selama belum ada yang diberi tahu"


@pytest.fixture
def room(sqlite_url: str) -> Iterator[Room]:
    with inbox_room(sqlite_url) as room:
        yield room


def form_of(room: Room, key: int) -> str:
    page = room.read(f"/aduan/{key}").split('action="/penanganan/gabung"')[1]
    return page.split("</form>")[0]


def test_the_page_of_one_complaint_says_what_merging_it_would_do(room: Room) -> None:
    own, sp4n, paired = room.enter(), room.enter(tracking_id="9000001"), room.enter()
    world = room.opened.world(room.opened.now())
    with writing(room.opened.engine) as connection:
        pairing.link(connection, world, room.case(paired).number, "9000002", room.opened.now())
    for key in (own, sp4n):
        form = form_of(room, key)
        assert "data-confirm" not in form.split(">")[0], "the page that follows asks"
        assert NOT_UNDONE in form
        assert UNDONE in form
    form = form_of(room, paired)
    assert "data-confirm" not in form.split(">")[0]
    assert NOT_UNDONE not in form
    assert UNDONE in form
    room.post("gabung", [paired], nomor=room.case(own).number)
    assert room.offers_undo()
    assert room.undo().startswith("Diurungkan")
    assert room.case(paired).tracking_id == "9000002"


def test_the_inbox_says_it_of_each_pair(room: Room) -> None:
    """Two own ones never become one for good; of an own one and SP4N's a page asks."""
    one, other = room.enter(), room.enter("Jalan berlubang sekali")
    sp4n = room.enter("Jalan berlubang lagi", tracking_id="9000001")
    with writing(room.opened.engine) as connection:
        drafts.link_similar(connection, one, {other: 95, sp4n: 90})
    asked = {}
    for form in room.read("/kotak-masuk").split('action="/penanganan/gabung"')[1:]:
        question = form.partition(">")[0].partition('data-confirm="')[2].partition('"')[0]
        key = form.split('name="ids" value="')[1].split('"')[0]
        asked[int(key), form.split('name="nomor" value="')[1].split('"')[0]] = question
    own = {key: room.case(key).number for key in (one, other)}
    assert UNDONE in asked[one, own[other]]
    assert UNDONE in asked[other, own[one]]
    assert asked[one, "9000001"] == asked[sp4n, own[one]] == ""
