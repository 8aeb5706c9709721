"""To which instansi complaints of a category went, and Kominfo's own word on it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import update

from config.terms import Wewenang
from scheduler.case import Case
from scheduler.lifecycle import Desk
from scheduler.store import cases, category_map, handled, users
from scheduler.store.console_tables import Action
from scheduler.store.session import reading, writing
from tests.database.office import Office, at

NOW = at("2026-05-04 10:00")


@pytest.fixture
def office(database_url: str) -> Iterator[Office]:
    office = Office(database_url)
    yield office
    office.close()


def disposed(office: Office, kategori: str, *shorts: str) -> None:
    """Complaints of a category, disposed in this order."""
    desk = Desk(office.opened.world(NOW), NOW)
    with writing(office.engine) as connection:
        for short in shorts:
            nomor = f"X-{kategori.upper()}-{len(desk.changes.new_cases)}"
            case = Case("Jalan", "Jalan", NOW, NOW, nomor=nomor, kategori=kategori)
            desk.receive(case, "sp4n", waits=False)
            desk.dispose(case, office.body(short), "kominfo")
        cases.write(connection, desk.changes)


def test_the_newest_of_each_category_are_counted(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(category_map, "NEWEST", 3)
    disposed(office, "Jalan", "DLH", "DLH", "DPUPR", "DPUPR", "DLH")
    disposed(office, "Guru", "Disdik")
    office.do("X-GURU-0", "2026-05-04 11:00", lambda desk, case: desk.give_back(case, "k", "x"))
    with reading(office.engine) as connection:
        went = category_map.history(connection, {"Jalan", "Guru", "Tidak ada"})
        none = category_map.history(connection, set())
    assert dict(went["Jalan"]) == {office.body("DPUPR"): 2, office.body("DLH"): 1}
    assert not went["Guru"]
    assert not none


def test_every_category_is_found_once_by_name(office: Office) -> None:
    for kategori in ("Jalan", "Guru", "Jalan berlubang", "Air"):
        disposed(office, kategori, "DPUPR", "DPUPR")
    with reading(office.engine) as connection:
        assert category_map.categories(connection) == ["Air", "Guru", "Jalan", "Jalan berlubang"]
        assert category_map.categories(connection, 2) == ["Air", "Guru"]


def test_no_complaints_have_no_categories(office: Office) -> None:
    with reading(office.engine) as connection:
        assert category_map.categories(connection) == []
        assert category_map.taken_from(connection, []) == {}


def test_who_was_the_wrong_one_is_known(office: Office) -> None:
    disposed(office, "Jalan", "DPUPR", "DLH", "Disdik")
    office.do("X-JALAN-0", "2026-05-04 11:00", lambda desk, case: desk.give_back(case, "k", "x"))
    office.do("X-JALAN-1", "2026-05-04 11:00", lambda desk, case: desk.recall(case, "k", "x"))
    office.do("X-JALAN-2", "2026-05-04 11:00", lambda desk, case: desk.close(case, "k"))
    with reading(office.engine) as connection:
        ids = [cases.find(connection, f"X-JALAN-{n}") for n in range(3)]
        wrong = category_map.taken_from(connection, [key for key in ids if key])
    assert wrong == {ids[0]: {office.body("DPUPR")}, ids[1]: {office.body("DLH")}}


def test_the_last_word_on_a_category_counts(office: Office) -> None:
    dlh, dpupr, disdik = map(office.body, ("DLH", "DPUPR", "Disdik"))
    with writing(office.engine) as connection:
        user = users.add_user(
            connection, "operator", "Contoh Operator", Wewenang.OPERATOR, "!", NOW
        )
        category_map.put_rule(connection, "Jalan", dlh, user, NOW)
        category_map.put_rule(connection, "Jalan", dpupr, user, NOW)
        category_map.put_rule(connection, "Guru", disdik, user, NOW)
    with reading(office.engine) as connection:
        every = category_map.rules(connection)
        some = category_map.rules(connection, {"Jalan", "Tidak ada"})
    rule = category_map.Rule("Jalan", dpupr, "Contoh Operator", NOW)
    assert [one.kategori for one in every] == ["Guru", "Jalan"]
    assert some == [rule]
    with writing(office.engine) as connection:
        assert category_map.drop_rule(connection, "Jalan")
        assert not category_map.drop_rule(connection, "Jalan")
        assert [one.kategori for one in category_map.rules(connection)] == ["Guru"]


def test_a_rule_counts_as_long_as_its_action(office: Office) -> None:
    dlh, dpupr, disdik = map(office.body, ("DLH", "DPUPR", "Disdik"))

    def put(body: int, action: int | None) -> None:
        with writing(office.engine) as connection:
            category_map.put_rule(connection, "Jalan", body, user, NOW, action)

    def undone(action: int) -> None:
        with writing(office.engine) as connection:
            which = update(Action).where(Action.id == action)
            connection.execute(which.values(undone_at=NOW))

    def rule() -> int | None:
        with reading(office.engine) as connection:
            return next((one.instansi_id for one in category_map.rules(connection)), None)

    with writing(office.engine) as connection:
        user = users.add_user(connection, "operator", "Operator", Wewenang.OPERATOR, "!", NOW)
        first, second, third = (handled.begin(connection, user, "dispose", NOW) for _ in range(3))
    put(dlh, None)
    put(dpupr, first)
    put(disdik, second)
    assert rule() == disdik
    undone(first)  # not the last word: nothing changes
    assert rule() == disdik
    undone(second)
    assert rule() == dlh
    put(dpupr, third)
    put(disdik, None)  # said without an action, it stays whatever is taken back
    undone(third)
    assert rule() == disdik
    with writing(office.engine) as connection:
        assert category_map.drop_rule(connection, "Jalan")
    assert rule() is None
