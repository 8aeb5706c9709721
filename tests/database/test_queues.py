"""What waits for Kominfo, in the database: the order, the pages, what reads alike."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from scheduler.case import Case
from scheduler.lifecycle import Desk
from scheduler.store import cases, drafts, inbox
from scheduler.store.inbox import PAGE, Queue
from scheduler.store.session import reading, writing
from tests.database.office import Office, at

NOW = at("2026-05-04 10:00")


@pytest.fixture
def office(database_url: str) -> Iterator[Office]:
    office = Office(database_url)
    yield office
    office.close()


def receive(office: Office, count: int, *, waits: bool = True) -> list[int]:
    """Enter complaints, of each ten the later ones came in earlier; their ids."""
    desk = Desk(office.opened.world(NOW), NOW)
    for n in range(count):
        came = NOW - timedelta(days=n // 10)
        number = f"{'W' if waits else 'X'}-{n:04d}"
        desk.receive(Case("Jalan", "Jalan", came, came, nomor=number), "k", waits=waits)
    with writing(office.engine) as connection:
        cases.write(connection, desk.changes)
    return [case.id for case in desk.changes.new_cases if case.id is not None]


def test_what_has_no_limit_comes_last_and_no_page_misses_any(office: Office) -> None:
    without = receive(office, PAGE // 2, waits=False)
    keys = receive(office, 2 * PAGE)
    seen: list[int] = []
    with reading(office.engine) as connection:
        place = None
        while True:
            shown = inbox.page(connection, Queue.VERIFIKASI, after=place)
            seen += [row.id for row in shown.rows]
            if shown.after is None:
                break
            place = inbox.Place.read(str(shown.after))
        assert shown.before is not None
        back = inbox.page(connection, Queue.VERIFIKASI, before=shown.before)
        counts = inbox.counts(connection)
    assert seen[2 * PAGE :] == without
    assert sorted(seen) == sorted(without + keys)
    assert [row.id for row in back.rows] == seen[PAGE : 2 * PAGE]
    assert counts[Queue.VERIFIKASI] == len(seen)


def test_a_complaint_is_in_one_queue(office: Office) -> None:
    first, second, third = receive(office, 3)
    office.do("W-0000", "2026-05-04 11:00", lambda desk, case: desk.verify(case, "k"))
    office.do("W-0001", "2026-05-04 11:00", lambda desk, case: desk.pause(case, "k", "lokasi?"))
    office.do("W-0002", "2026-05-04 11:00", lambda desk, case: desk.hold(case, "status asing"))
    with reading(office.engine) as connection:
        found = {q: [row.id for row in inbox.page(connection, q).rows] for q in Queue}
        counts = inbox.counts(connection)
    assert found == {
        Queue.VERIFIKASI: [],
        Queue.DISPOSISI: [first],
        Queue.KELENGKAPAN: [second],
        Queue.PERLU_ANDA: [third],
        Queue.TUNGGAKAN: [],
    }
    assert counts == {queue: len(keys) for queue, keys in found.items()}


def test_the_most_alike_comes_first_and_both_ways(office: Office) -> None:
    one, two, three = receive(office, 3)
    with writing(office.engine) as connection:
        drafts.link_similar(connection, one, {two: 70, three: 90})
    with reading(office.engine) as connection:
        alike = inbox.similar_of(connection, [one, two, three])
        assert inbox.similar_of(connection, []) == {}
    assert dict(alike) == {
        one: [(three, "W-0002"), (two, "W-0001")],
        two: [(one, "W-0000")],
        three: [(one, "W-0000")],
    }
