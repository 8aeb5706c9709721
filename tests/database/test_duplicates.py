"""A complaint archived as the same as another: in one transaction with what becomes of that one."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, text

from bot import verbs
from scheduler.case import Case
from scheduler.lifecycle import Desk
from scheduler.store import cases, inbound, pairing
from scheduler.store.messaging_tables import Notice
from scheduler.store.session import reading, writing
from tests.database.office import at
from tests.database.officers import ADMIN, GOOD, MONDAY, WARGA, Room

OTHERS = ("0812-0000-0102", "0812-0000-0103")


@pytest.fixture
def room(database_url: str) -> Iterator[Room]:
    made = Room(database_url)
    yield made
    made.close()


def reported(room: Room, phone: str | None) -> str:
    """A complaint of somebody else, not disposed; returns its number."""
    moment = at(MONDAY)
    world = room.opened.world(moment)
    desk = Desk(world, moment)
    with writing(room.engine) as connection:
        seal = room.opened.seal
        number = f"+62{phone.replace('-', '')[1:]}" if phone else None
        key = inbound.phone_of(connection, seal, number) if number else None
        nomor = pairing.next_number(connection, world.policy.kode, world.today(moment), moment)
        case = Case("Lampu", "Lampu", moment, moment, nomor=nomor, reporter_phone_id=key)
        desk.receive(case, "pelapor")
        cases.write(connection, desk.changes)
    return nomor


def merged(room: Room, number: str, kept: str, when: str = MONDAY) -> None:
    reason = f"digabung dengan {kept}"
    verbs.act(room.opened, number, at(when), lambda desk, case: desk.archive(case, "kom", reason))


def told(room: Room, number: str, kind: str = "dijawab") -> list[str | None]:
    """Of each notice of a kind about a complaint to its reporter, what it says."""
    with reading(room.engine) as connection:
        key = cases.find(connection, number)
        query = select(Notice.note).where(Notice.complaint_id == key, Notice.kind == kind)
        return list(connection.execute(query.order_by(Notice.id)).scalars())


def test_one_person_is_told_once_by_his_oldest_number(room: Room) -> None:
    kept = room.own()
    first, second = (reported(room, OTHERS[0]) for _ in range(2))
    third, same_person = reported(room, OTHERS[1]), reported(room, WARGA)
    for number in (second, first, third, same_person):
        merged(room, number, kept)
    room.says(ADMIN, f"JAWAB {kept} {GOOD}")
    counts = [len(told(room, one)) for one in (kept, first, second, third, same_person)]
    assert counts == [1, 1, 0, 1, 0]


def test_who_asked_for_no_messages_is_not_told(room: Room) -> None:
    kept, other, late = room.own(), reported(room, OTHERS[0]), reported(room, OTHERS[0])
    merged(room, other, kept)
    room.says(OTHERS[0], "BERHENTI")
    room.says(ADMIN, f"JAWAB {kept} {GOOD}")
    merged(room, late, kept)
    assert told(room, other) == told(room, late) == []


def test_a_kept_complaint_without_a_phone_tells_them_all_the_same(room: Room) -> None:
    kept, other = reported(room, None), reported(room, OTHERS[0])
    merged(room, other, kept)
    with writing(room.engine) as connection:
        world = room.opened.world(at(MONDAY))
        pairing.link(connection, world, kept, "9000077", at(MONDAY))
    room.do("9000077", MONDAY, lambda desk, case: desk.dispose(case, room.body("DPUPR"), "kom"))
    room.do("9000077", MONDAY, lambda desk, case: desk.answer(case, "sp4n", in_sp4n=True))
    assert told(room, other) == [None]  # the export has no text of it


def test_every_answer_is_told_once_and_the_end_after_it_is_no_news(room: Room) -> None:
    kept, other = room.own(), reported(room, OTHERS[0])
    merged(room, other, kept)
    room.says(ADMIN, f"JAWAB {kept} {GOOD}")
    room.do(kept, MONDAY, lambda desk, case: desk.close(case, "kominfo", "beres"))
    assert told(room, other) == [GOOD]
    assert told(room, other, "selesai") == []
    room.do(kept, MONDAY, lambda desk, case: desk.reopen(case, "pelapor"))
    room.says(ADMIN, f"JAWAB {kept} {GOOD}")
    assert told(room, other) == [GOOD, GOOD]
    room.do(other, MONDAY, lambda desk, case: desk.reopen(case, "pelapor"))
    room.do(kept, MONDAY, lambda desk, case: desk.reopen(case, "pelapor"))
    room.says(ADMIN, f"JAWAB {kept} {GOOD}")
    assert len(told(room, other)) == 2  # it is a complaint of its own again


def test_two_that_are_each_others_duplicates_end_nowhere(room: Room) -> None:
    one, two = reported(room, OTHERS[0]), reported(room, OTHERS[1])
    merged(room, one, two)
    merged(room, two, one)
    merged(room, reported(room, WARGA), one)
    assert told(room, two, "diarsipkan") == [f"digabung dengan {one}"]


def test_merged_while_it_is_answered_he_is_told_once(postgres_url: str) -> None:
    room = Room(postgres_url)
    kept, other = room.own(), reported(room, OTHERS[0])
    waits = text(
        "SELECT 1 FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    with ThreadPoolExecutor(1) as pool:
        desk = Desk(room.opened.world(at(MONDAY)), at(MONDAY))
        with writing(room.engine) as connection:
            case = cases.lock_by_number(connection, [kept])[kept]
            desk.answer(case, "opd", GOOD)
            cases.write(connection, desk.changes)
            merging = pool.submit(merged, room, other, kept)
            blocked = False
            while not (blocked or merging.done()):
                with reading(room.engine) as looking:
                    blocked = looking.execute(waits).first() is not None
        merging.result()
    assert blocked
    assert len(told(room, other)) == 1
    room.close()
