"""What is done to many complaints at once asks the database as often as what is done to few."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from sqlalchemy import event

from scheduler.case import Case
from scheduler.complaint import RefusedError
from scheduler.lifecycle import Desk
from scheduler.store import cases
from scheduler.store.session import Connection, reading, writing
from tests.database.clerk import Clerk
from tests.database.office import Office, at

NOW = at("2026-05-04 10:00")
FEW, MANY = 3, 40


def received(office: Office, first: int, count: int) -> list[int]:
    desk = Desk(office.opened.world(NOW), NOW)
    found = [
        Case("Jalan rusak", "Jalan rusak", NOW, NOW, tracking_id=str(first + n))
        for n in range(count)
    ]
    with writing(office.engine) as connection:
        for case in found:
            desk.receive(case, "sp4n")
        cases.write(connection, desk.changes)
    return [case.id for case in found if case.id is not None]


def asked(office: Office, work: Callable[[], object]) -> int:
    """How many statements a piece of work has the database do, but for those of savepoints."""
    statements: Counter[str] = Counter()

    def count(*given: object) -> None:
        text = str(given[2])
        statements[text] += "SAVEPOINT" not in text

    event.listen(office.engine, "before_cursor_execute", count)
    try:
        work()
    finally:
        event.remove(office.engine, "before_cursor_execute", count)
    return statements.total()


def test_many_are_done_and_undone_in_as_many_statements_as_few(office: Office) -> None:
    clerk, body = Clerk(office), office.body("DPUPR")
    few, many = received(office, 9000001, FEW), received(office, 9100001, MANY)

    def do(_connection: Connection, desk: Desk, case: Case) -> None:
        desk.dispose(case, body, "kominfo")

    def round_trip(ids: list[int]) -> None:
        done = clerk.does("dispose", ids, do, NOW)
        assert len(done.done) == len(ids)
        undone, left = clerk.undoes(done.action, NOW)
        assert (len(undone), left) == (len(ids), [])

    round_trip(received(office, 9200001, 1))  # what is read once is read
    assert asked(office, lambda: round_trip(many)) == asked(office, lambda: round_trip(few))


def test_one_that_refuses_leaves_nothing_of_it_behind(office: Office) -> None:
    """Also what it had collected before it refused; the others are whole."""
    clerk, body = Clerk(office), office.body("DPUPR")
    ids = received(office, 9000001, FEW)

    def do(_connection: Connection, desk: Desk, case: Case) -> None:
        desk.dispose(case, body, "kominfo")
        if case.id == ids[1]:
            raise RefusedError("tidak jadi")

    done = clerk.does("dispose", ids, do, NOW)
    assert done.done == ("9000001", "9000003")
    assert done.refused == (("9000002", "tidak jadi"),)
    with reading(office.engine) as connection:
        found = cases.load_cases(connection, ids)
    assert [found[key].instansi_id for key in ids] == [body, None, body]
    assert [len(found[key].runs) > 1 for key in ids] == [True, False, True]
