"""Exports that wait for a worker: one at a time, by lease, and whole whatever happens to him."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from bot import uploads as reader
from config.terms import Clock, Wewenang
from scheduler.store import browse, uploads, users
from scheduler.store.console_tables import Upload
from scheduler.store.session import reading, writing
from scheduler.store.uploads import LEASE, Claimed, Outcome, UploadRow, What
from scheduler.store.wanted import Day, Wanted
from tests.database.builders import Kabupaten, at, kabupaten, row, write_export

NOON = at("2026-05-04T12:00")
NOTHING = Outcome(0, 0, 0, 0, 0, 0)
BATCHES = 3


class Killed(BaseException):
    """What happens to a process that nobody asks."""


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Kabupaten]:
    with kabupaten(database_url, tmp_path) as opened:
        with writing(opened.engine) as connection:
            users.add_user(connection, "operator", "Operator", Wewenang.OPERATOR, "!", NOON)
        yield opened


def put(office: Kabupaten, content: bytes = b"PK", name: str = "ekspor.xlsx") -> int:
    with writing(office.engine) as connection:
        return uploads.keep(connection, office.opened.seal, 1, name, content, NOON)


def take(office: Kabupaten) -> Claimed | None:
    with writing(office.engine) as connection:
        return uploads.claim(connection, office.opened.seal)


def moved(office: Kabupaten, mine: Claimed, lease: datetime, done: int) -> datetime | None:
    with writing(office.engine) as connection:
        return uploads.progress(connection, mine, lease, done, 10)


def end(office: Kabupaten, mine: Claimed, lease: datetime | None = None) -> bool:
    with writing(office.engine) as connection:
        return uploads.finish(connection, mine, lease or mine.lease_until, NOTHING, [], 1, NOON)


def seen(office: Kabupaten, key: int = 1) -> UploadRow:
    with reading(office.engine) as connection:
        found = uploads.one(connection, key)
    assert found is not None
    return found


def of(office: Kabupaten, what: What, key: int = 1) -> list[str]:
    """The numbers of the complaints that are listed with an upload."""
    wanted = Wanted(upload=(key, what))
    day = Day(NOON, NOON, NOON, NOON, NOON)
    with reading(office.engine) as connection:
        listing = browse.listed(connection, wanted, day, browse.Urut.TERLAMA)
        assert browse.count(connection, wanted, day) == len(listing.rows)
    return [one.number for one in listing.rows]


def export(office: Kabupaten, rows: int = 1) -> bytes:
    path = office.folder / "besar.xlsx"
    write_export(path, [row(str(9_000_000 + number)) for number in range(rows)])
    return path.read_bytes()


# --- the lease --------------------------------------------------------------------------------


def test_one_is_read_at_a_time_in_the_order_they_came(office: Kabupaten) -> None:
    first, second = put(office, b"PK1"), put(office, b"PK2")
    mine = take(office)
    assert mine is not None
    assert (mine.id, mine.content) == (first, b"PK1")
    assert take(office) is None
    assert end(office, mine)
    mine = take(office)
    assert mine is not None
    assert (mine.id, mine.content) == (second, b"PK2")
    assert not any_left_after(office, mine)


def any_left_after(office: Kabupaten, mine: Claimed) -> bool:
    assert end(office, mine)
    with reading(office.engine) as connection:
        return uploads.any_waiting(connection)


def test_a_file_that_kills_its_workers_does_not_hold_up_the_others(office: Kabupaten) -> None:
    bad, good = put(office, b"PK1"), put(office, b"PK2")
    stopped = take(office)
    assert stopped is not None
    with writing(office.engine) as connection:  # one that was told to stop has not died of it
        uploads.give_back(connection, stopped, stopped.lease_until)
    for _ in range(uploads.MOST_TRIES):
        mine = take(office)
        assert mine is not None
        assert mine.id == bad
        with writing(office.engine) as connection:
            connection.execute(update(Upload).values(lease_until=mine.lease_until - 2 * LEASE))
    other = take(office)
    assert other is not None
    assert other.id == good
    assert seen(office, bad).state == uploads.FAILED


def test_who_was_away_too_long_can_write_nothing_more(
    office: Kabupaten, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(office)
    with monkeypatch.context() as patched:
        patched.setattr(uploads, "LEASE", timedelta(0))
        mine = take(office)
    assert mine is not None
    other = take(office)
    assert other is not None
    assert other.lease_until > mine.lease_until
    assert moved(office, mine, mine.lease_until, 5) is None
    assert not end(office, mine)
    with writing(office.engine) as connection:
        assert not uploads.fail(connection, mine, mine.lease_until, "rusak", NOON)
        uploads.give_back(connection, mine, mine.lease_until)
    assert (seen(office).state, seen(office).done) == ("berjalan", 0)
    assert end(office, other)


def test_a_lease_is_prolonged_by_what_is_done(office: Kabupaten) -> None:
    put(office)
    mine = take(office)
    assert mine is not None
    later = moved(office, mine, mine.lease_until, 5)
    assert later is not None
    assert later > mine.lease_until
    assert (seen(office).done, seen(office).total) == (5, 10)
    assert not end(office, mine)  # the lease it was begun with is over
    assert end(office, mine, later)


def test_the_file_is_sealed_and_forgotten_once_it_was_read(office: Kabupaten) -> None:
    put(office, b"PK rahasia")

    def kept() -> bytes | None:
        with reading(office.engine) as connection:
            return connection.execute(select(Upload.content_sealed)).scalar_one()

    sealed = kept()
    assert sealed is not None
    assert b"rahasia" not in sealed
    mine = take(office)
    assert mine is not None
    assert mine.content == b"PK rahasia"
    end(office, mine)
    assert kept() is None


# --- the reading ------------------------------------------------------------------------------


def test_of_a_worker_that_was_killed_another_takes_over(
    office: Kabupaten, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.sp4n.importer.BATCH", 2)
    put(office, export(office, 2 * BATCHES))

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(uploads, "LEASE", timedelta(0))
        patched.setattr(uploads, "progress", killed)
        with pytest.raises(Killed):
            reader.read_next(office.opened)
    assert seen(office).state == "berjalan"
    assert office.counts()["complaints"] == 2
    assert reader.read_next(office.opened)
    found = seen(office)
    assert (found.state, found.added, found.unchanged) == ("selesai", 6, 0)
    assert len(of(office, What.BARU)) == 2 * BATCHES
    assert office.counts()["complaints"] == 2 * BATCHES
    assert office.trail("9000000") == ["receive", "dispose"]


def test_a_worker_that_is_told_to_stop_gives_the_file_back(
    office: Kabupaten, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.sp4n.importer.BATCH", 2)
    put(office, export(office, 2 * BATCHES))
    answers = iter([True, False])
    assert reader.read_next(office.opened, lambda: next(answers))
    found = seen(office)
    assert (found.state, found.done, found.total) == ("menunggu", 0, None)
    assert office.counts()["complaints"] == 4
    assert reader.read_next(office.opened)
    assert (seen(office).state, seen(office).added) == ("selesai", 6)


def test_progress_is_told_while_it_reads(
    office: Kabupaten, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.sp4n.importer.BATCH", 2)
    put(office, export(office, 2 * BATCHES))
    told: list[tuple[int, int | None]] = []

    def going() -> bool:
        told.append((seen(office).done, seen(office).total))
        return True

    reader.read_next(office.opened, going)
    assert told == [(2, 6), (4, 6), (6, 6)]


def test_a_fault_of_ours_is_said_without_its_values(
    office: Kabupaten, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise LookupError("0811-0000-0001")

    monkeypatch.setattr(reader, "import_export", broken)
    put(office, export(office))
    assert reader.read_next(office.opened)
    error = seen(office).error
    assert error == "Berkas tidak dapat diimpor (LookupError); hubungi pengelola Ingat."


def test_what_is_read_leaves_no_file_behind(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    own = tmp_path / "tmp"
    own.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(own))
    with reader.as_file("ekspor.xlsx", b"PK isi") as path:
        assert path.read_bytes() == b"PK isi"
        assert path.name == "ekspor.xlsx"
        real = [one for one in own.rglob("*") if one.is_file() and not one.is_symlink()]
        assert real == []
    assert list(own.iterdir()) == []


# --- what is due ------------------------------------------------------------------------------


def test_due_is_what_ends_before_the_day_is_over(office: Kabupaten) -> None:
    office.import_([row(), row("9000002", instansi="Badan Antariksa")], "2026-05-04T12:00")
    limit = next(run.limit_at for run in office.runs() if run.clock is Clock.RESPON)

    def due(until: datetime, *numbers: str) -> int:
        key = put(office)
        with writing(office.engine) as connection:
            mine = Claimed(key, 1, "", b"", NOON)
            numbers = numbers or ("9000001", "9000002")
            return uploads.take_stock(connection, mine, numbers, until)[What.JATUH_TEMPO]

    assert due(limit) == 0
    assert due(limit + timedelta(microseconds=1)) == 1
    assert due(at("2027-05-04T12:00")) == 1  # by two of its clocks, and once
    assert due(at("2027-05-04T12:00"), "9000002", "9999999") == 0  # held, unheard of
    office.do("9000001", "2026-05-05T08:00", lambda desk, case: desk.pause(case, "kominfo", "x"))
    assert due(at("2027-05-04T12:00")) == 0


def test_its_complaints_are_listed_exactly_as_they_were_counted(office: Kabupaten) -> None:
    """Whatever came before it, came after, or happened to them since."""
    office.import_([row("9000001", "2026-03-02T09:00")], "2026-05-04T11:00")
    path = office.folder / "ekspor.xlsx"
    late = row("9000002", "2026-03-02T09:00", instansi="", status="Belum Terverifikasi")
    held = row("9000003", instansi="Badan Antariksa")
    write_export(path, [row("9000001", "2026-03-02T09:00"), late, held, row("9000004")])
    key = put(office, path.read_bytes())
    assert reader.read_next(office.opened)
    office.import_([row("9000005")], "2026-05-04T13:00")
    found = seen(office, key)
    assert of(office, What.BARU) == ["9000002", "9000003", "9000004"]
    assert of(office, What.PERLU_ANDA) == ["9000003"]
    assert "9000002" in of(office, What.JATUH_TEMPO)
    counts = [len(of(office, what)) for what in What]
    assert counts == [found.added, found.due, found.held]
    assert of(office, What.BARU, key + 1) == []


def test_what_an_import_did_is_named_as_in_the_table() -> None:
    columns = {column.key for column in Upload.__table__.columns}
    assert {field.name for field in fields(Outcome)} <= columns
