"""Whose rule texts count where several processes share one database, and one view of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from bot import compose
from config.policy_file import load_default_text
from scheduler import rules as rule_books
from scheduler.rules import RuleBook
from scheduler.store import rules as store
from scheduler.store.rules import reason
from scheduler.store.sealed import Seal, new_key
from scheduler.store.session import reading, writing
from scheduler.store.tables import Complaint, RuleVersion
from scheduler.working_days import CalendarBook
from tests.database.builders import KEY, WIB, Kabupaten, at, kabupaten, row

MONDAY = "2026-05-04T09:00"
OWN = load_default_text().replace("Kabupaten Sampang", "Kabupaten Lain")


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Kabupaten]:
    with kabupaten(database_url, tmp_path) as opened:
        yield opened


def versions(office: Kabupaten) -> list[tuple[str, str]]:
    with reading(office.engine) as connection:
        query = select(RuleVersion.kind, RuleVersion.body).order_by(RuleVersion.id)
        return [(kind, body) for kind, body in connection.execute(query)]


def test_who_brings_no_file_replaces_none(database_url: str, tmp_path: Path) -> None:
    policy, holidays = tmp_path / "kebijakan.toml", tmp_path / "libur.toml"
    policy.write_text(OWN, encoding="utf-8")
    holidays.write_text("# tidak ada\n", encoding="utf-8")
    with kabupaten(database_url, tmp_path, policy_file=None) as shell:
        first = [("policy", load_default_text()), ("holidays", "")]
        assert versions(shell) == first
        files = {"policy_file": policy, "holidays_file": holidays}
        with kabupaten(database_url, tmp_path, peopled=False, **files) as service:
            for minute in range(3):
                service.tick(f"2026-05-04T09:0{minute}")
                shell.tick(f"2026-05-04T09:0{minute}")
            assert versions(service) == [*first, ("policy", OWN), ("holidays", "# tidak ada\n")]
        # A file that says something else is a new version, whoever brings it.
        policy.write_text(OWN + "# lagi\n", encoding="utf-8")
        with kabupaten(database_url, tmp_path, peopled=False, policy_file=policy) as service:
            assert versions(service)[4:] == [("policy", OWN + "# lagi\n")]


def test_of_two_first_starts_with_different_keys_one_is_refused(
    office: Kabupaten, monkeypatch: pytest.MonkeyPatch
) -> None:
    seal = Seal(new_key())
    with pytest.raises(compose.StartError, match="DATA_KEY"):
        compose._check_key(office.engine, seal)
    # Both have looked before either has written: the second sees none, and finds one.
    with monkeypatch.context() as patch:
        patch.setattr(store, "get_switch", lambda *_: None)
        with pytest.raises(compose.StartError, match="DATA_KEY"):
            compose._check_key(office.engine, seal)
        compose._check_key(office.engine, Seal(KEY))


def test_a_failure_is_told_without_values_of_the_row(office: Kabupaten) -> None:
    office.import_([row("9000123", judul="Rahasia warga")], MONDAY)
    with reading(office.engine) as connection:
        found = connection.execute(select(Complaint.__table__)).one()
    values = {name: value for name, value in found._mapping.items() if name != "id"}
    with pytest.raises(IntegrityError) as caught, writing(office.engine) as connection:
        connection.execute(insert(Complaint), values)
    told = reason(caught.value)
    assert "9000123" not in told
    assert "unique" in told.lower()
    with pytest.raises(IntegrityError) as caught, writing(office.engine) as connection:
        connection.execute(insert(Complaint), values | {"tracking_id": None, "nomor": None})
    assert "Rahasia" not in reason(caught.value)


def test_what_is_read_together_is_of_one_moment(office: Kabupaten) -> None:
    def known() -> list[str]:
        return list(connection.execute(select(Complaint.judul)).scalars())

    with reading(office.engine) as connection:
        assert known() == []
        office.import_([row()], MONDAY)
        assert known() == []
    with reading(office.engine) as connection:
        assert len(known()) == 1
    with writing(office.engine) as connection:
        assert len(known()) == 1


def test_two_threads_share_one_book(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with kabupaten(sqlite_url, tmp_path) as office:
        both = threading.Barrier(2)

        def slow(*parts: object) -> CalendarBook:
            with suppress(threading.BrokenBarrierError):
                both.wait(0.3)  # the other thread, if it can, comes in here too
            return CalendarBook(*parts)  # type: ignore[arg-type]

        monkeypatch.setattr(rule_books, "CalendarBook", slow)
        rules = RuleBook(WIB)
        worlds = []
        threads = [
            threading.Thread(target=lambda: worlds.append(rules.world(office.engine)))
            for _ in range(2)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for world in worlds:
            rules.follow_calendar(office.engine, world, at(MONDAY))
        assert worlds[0].book is worlds[1].book
