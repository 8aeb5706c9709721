"""Finding a complaint by its number while another process merges it into another one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.sp4n.importer import import_export
from config.terms import Clock, Status
from scheduler.store import cases
from scheduler.store.session import Connection, writing
from tests.database.builders import WIB, Kabupaten, at, kabupaten, row, write_export

MONDAY = "2026-05-04T09:00"


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Kabupaten]:
    with kabupaten(database_url, tmp_path) as opened:
        yield opened


def test_a_number_that_went_to_another_row_is_looked_for_again(
    office: Kabupaten, monkeypatch: pytest.MonkeyPatch
) -> None:
    nomor = office.receive(MONDAY)
    office.dispose(nomor, MONDAY)
    office.import_([row(received="2026-05-04T10:00")], "2026-05-04T12:00")
    stays, goes = office.case(nomor).id, office.case("9000001").id
    assert stays is not None
    assert goes is not None
    office.link(nomor, "9000001", "2026-05-04T13:00")
    looks = []

    def before_the_merge(connection: Connection, numbers: list[str]) -> dict[str, int]:
        looks.append(numbers)
        return {"9000001": goes} if len(looks) == 1 else find(connection, numbers)

    find = cases._keys
    monkeypatch.setattr(cases, "_keys", before_the_merge)
    with writing(office.engine) as connection:
        found = cases.lock_by_number(connection, ["9000001"])
    assert (len(looks), found["9000001"].id) == (2, stays)
    looks.clear()
    report = office.import_([row(received="2026-05-04T10:00")], "2026-05-04T14:00")
    assert (report.added, report.rejected, len(looks)) == (0, [], 2)
    with writing(office.engine) as connection:
        assert cases.load_cases(connection, [goes])[goes].runs == []


def test_either_number_as_people_write_it(office: Kabupaten) -> None:
    nomor = office.receive(MONDAY)
    office.import_([row()], MONDAY)
    numbers = [f" {nomor.lower()} ", "#9000001", "9000002"]
    with writing(office.engine) as connection:
        found = cases.lock_by_number(connection, numbers)
    assert {n: case.number for n, case in found.items()} == {
        numbers[0]: nomor,
        numbers[1]: "9000001",
    }


def test_what_happens_during_a_long_import_refuses_no_row(
    office: Kabupaten, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.sp4n.importer.BATCH", 1)
    rows = [row("9000001"), row("9000002")]
    office.import_(rows, "2026-05-04T12:00")
    ended = [cells | {"Status Laporan": "Ditutup oleh Sistem"} for cells in rows]
    path = write_export(tmp_path / "lagi.xlsx", ended)

    def meanwhile(done: int, _of: int | None) -> None:
        if done == 1:
            office.do("9000002", "2026-05-05T09:01", lambda d, c: d.accept(c, "opd"))

    started = at("2026-05-05T09:00")
    report = import_export(
        office.engine,
        office.opened.seal,
        office.opened.world(started),
        path,
        started,
        source_tz=WIB,
        disposed_at="received",
        progress=meanwhile,
        now=lambda: at("2026-05-05T09:02"),
    )
    assert (report.updated, report.rejected) == (2, [])
    assert office.status("9000002") is Status.SELESAI


def test_a_limit_that_nobody_can_be_told_of_is_told_when_somebody_can(office: Kabupaten) -> None:
    office.import_([row(status="Ditanggapi oleh Pelapor")], "2026-05-05T09:00")
    assert Clock.TANGGAPAN in office.clocks()
    with writing(office.engine) as connection:
        connection.exec_driver_sql("UPDATE holders SET selesai = '2026-05-06'")
    tick = office.tick("2026-05-21T23:59")
    assert ["tidak ada pemegang jabatan" in problem for problem in tick.problems] == [True]
    assert office.told() == []
    with writing(office.engine) as connection:
        connection.exec_driver_sql("UPDATE holders SET selesai = NULL")
    office.tick("2026-05-22T00:58")
    assert office.told() == []
    office.tick("2026-05-22T00:59")
    assert [told.post for told in office.told()] == ["Admin Kominfo"]
