"""The watched folder: when a file is read, where it goes, and what a crash leaves behind."""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook

from bot import inbox as module
from bot.compose import Installation, open_installation
from bot.inbox import DONE, FAILED, LOCK, Inbox
from bot.sp4n import importer
from bot.sp4n.sample import write_sample
from config.settings import Settings
from scheduler.store.listing import complaints
from scheduler.store.rules import StoreError
from scheduler.store.session import reading

AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
LATER = AT + timedelta(minutes=1)
KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="


def open_with(database_url: str) -> Installation:
    return open_installation(Settings(database_url=database_url, data_key=KEY))


@pytest.fixture
def opened(sqlite_url: str) -> Iterator[Installation]:
    opened = open_with(sqlite_url)
    yield opened
    opened.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "masuk"
    folder.mkdir()
    return folder


@pytest.fixture
def box(opened: Installation, folder: Path) -> Inbox:
    return Inbox(opened, folder)


def export(path: Path, rows: int = 5, first: int = 9_000_001) -> Path:
    write_sample(
        path,
        rows=rows,
        seed=1,
        generated=date(2026, 11, 24),
        instansi=[("Dinas Contoh", "1")],
        first_tracking_id=first,
    )
    return path


def age(path: Path, seconds: int) -> None:
    info = path.stat()
    os.utime(path, (info.st_atime, info.st_mtime - seconds))


def known(opened: Installation) -> int:
    with reading(opened.engine) as connection:
        return len(list(complaints(connection)))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_imported_at_the_second_look_and_moved(database_url: str, folder: Path) -> None:
    opened = open_with(database_url)
    export(folder / "ekspor.xlsx")
    box = Inbox(opened, folder)
    assert box.look(AT) == 0
    assert known(opened) == 0
    assert box.look(LATER) == 1
    assert known(opened) == 5
    assert names(folder) == sorted([LOCK, DONE, FAILED])
    assert names(folder / DONE) == ["ekspor.xlsx"]
    assert names(folder / FAILED) == []
    opened.close()


def test_a_file_that_still_grows_waits(box: Inbox, opened: Installation, folder: Path) -> None:
    whole = export(folder.parent / "whole.xlsx").read_bytes()
    target = folder / "ekspor.xlsx"
    for part in (1, len(whole) // 2, len(whole)):
        target.write_bytes(whole[:part])
        assert box.look(AT) == 0
    assert box.look(LATER) == 1
    assert known(opened) == 5


def test_a_file_replaced_by_one_of_the_same_size_waits(box: Inbox, folder: Path) -> None:
    path = export(folder / "ekspor.xlsx")
    assert box.look(AT) == 0
    age(path, -1)
    assert box.look(AT) == 0
    assert box.look(AT) == 1


def test_what_is_no_export_is_left_alone(box: Inbox, folder: Path) -> None:
    others = [".tersembunyi.xlsx", "~$ekspor.xlsx", "catatan.txt", "ekspor.xlsx.part"]
    for name in others:
        (folder / name).write_text("x")
    (folder / "folder.xlsx").mkdir()
    (folder / "tautan.xlsx").symlink_to(export(folder.parent / "di-luar.xlsx"))
    for _ in range(3):
        assert box.look(AT) == 0
    assert set(names(folder)) == {*others, "folder.xlsx", "tautan.xlsx", LOCK, DONE, FAILED}


def test_the_ending_may_be_written_large(box: Inbox, folder: Path) -> None:
    export(folder / "EKSPOR.XLSX")
    assert [box.look(AT), box.look(AT)] == [0, 1]


def test_a_name_that_is_taken_gets_the_local_time(box: Inbox, folder: Path) -> None:
    expected = ["ekspor.xlsx", "ekspor 2026-11-24 09.00.00.xlsx"]
    expected += [f"ekspor 2026-11-24 09.00.00 ({nth}).xlsx" for nth in (2, 3)]
    for nth in range(1, 5):
        export(folder / "ekspor.xlsx")
        assert [box.look(AT), box.look(AT)] == [0, 1]
        assert names(folder / DONE) == sorted(expected[:nth])


def test_older_files_are_read_first(
    box: Inbox, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    age(export(folder / "a.xlsx"), 10)
    age(export(folder / "b.xlsx"), 30)
    age(export(folder / "c.xlsx"), 20)
    with caplog.at_level(logging.INFO):
        assert [box.look(AT), box.look(AT)] == [0, 3]
    said = [r.getMessage() for r in caplog.records if "inbox_imported" in r.getMessage()]
    assert [line.split('"')[1] for line in said] == ["b.xlsx", "c.xlsx", "a.xlsx"]
    assert "read=5 added=5" in said[0]
    assert "read=5 added=0 updated=0 unchanged=5" in said[1]


def test_a_file_that_cannot_be_read_goes_aside_with_the_reason(
    box: Inbox, opened: Installation, folder: Path
) -> None:
    (folder / "rusak.xlsx").write_bytes(b"Tracking ID;Judul\n1;x\n")
    export(folder / "baik.xlsx")
    assert [box.look(AT), box.look(AT)] == [0, 2]
    assert names(folder / FAILED) == ["rusak.xlsx", "rusak.xlsx.txt"]
    reason = (folder / FAILED / "rusak.xlsx.txt").read_text(encoding="utf-8")
    assert reason.count("\n") == 1
    assert '"rusak.xlsx"' in reason
    assert "CSV" in reason
    assert names(folder / DONE) == ["baik.xlsx"]
    assert known(opened) == 5


def test_refused_rows_are_named_beside_the_file(
    box: Inbox, opened: Installation, folder: Path
) -> None:
    path = export(folder / "ekspor.xlsx")
    book = load_workbook(path)
    sheet = book.worksheets[0]
    sheet.cell(13, 1).value = sheet.cell(12, 1).value  # a duplicate in one file
    sheet.cell(15, 2).value = "31 February 2026"
    book.save(path)
    assert [box.look(AT), box.look(AT)] == [0, 1]
    assert names(folder / DONE) == ["ekspor.xlsx", "ekspor.xlsx.txt"]
    head, *rows = (folder / DONE / "ekspor.xlsx.txt").read_text(encoding="utf-8").splitlines()
    assert head == "2 dari 5 baris ditolak; selebihnya telah diimpor."
    assert [row.partition(": ")[0] for row in rows] == [
        "Baris 13, Tracking ID 9000005",
        "Baris 15, Tracking ID 9000002",
    ]
    assert all(row.partition(": ")[2] for row in rows)
    assert known(opened) == 3


def test_a_crash_after_the_import_leaves_the_file_to_be_imported_again(
    opened: Installation, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def killed(*_: object) -> None:
        raise Killed

    export(folder / "ekspor.xlsx")
    box = Inbox(opened, folder)
    box.look(AT)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", killed)
        with pytest.raises(Killed):
            box.look(AT)
    assert known(opened) == 5
    assert "ekspor.xlsx" in names(folder)
    again = Inbox(opened, folder)
    assert [again.look(LATER), again.look(LATER)] == [0, 1]
    assert known(opened) == 5
    assert names(folder / DONE) == ["ekspor.xlsx"]


def test_told_to_stop_it_ends_between_batches_and_the_file_stays(
    opened: Installation, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importer, "BATCH", 10)
    export(folder / "ekspor.xlsx", rows=35)
    export(folder / "kedua.xlsx", rows=5, first=9_100_001)
    answers = iter([True, True, False, False])
    box = Inbox(opened, folder)
    box.look(AT)
    assert box.look(AT, going=lambda: next(answers)) == 0
    assert known(opened) == 20
    assert {"ekspor.xlsx", "kedua.xlsx"} < set(names(folder))
    assert box.look(LATER) == 2
    assert known(opened) == 40


def test_a_database_that_is_away_leaves_the_file_where_it_is(
    opened: Installation, folder: Path
) -> None:
    export(folder / "ekspor.xlsx")
    box = Inbox(opened, folder)
    box.look(AT)
    database = Path(str(opened.engine.url.database))
    opened.close()
    away = database.with_name("away")
    shutil.move(database, away)
    database.mkdir()
    with pytest.raises(StoreError):
        box.look(AT)
    assert "ekspor.xlsx" in names(folder)
    database.rmdir()
    shutil.move(away, database)
    assert box.look(LATER) == 1
    assert known(opened) == 5


def test_a_poisoned_file_does_not_hold_up_the_others(
    box: Inbox,
    opened: Installation,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    real: Callable[..., importer.ImportReport] = importer.import_export

    def poisoned(*args: object, **kwargs: object) -> importer.ImportReport:
        if Path(str(args[3])).name == "a.xlsx":
            raise ZeroDivisionError("+62800000001")
        return real(*args, **kwargs)

    monkeypatch.setattr(module, "import_export", poisoned)
    for name in ("a.xlsx", "b.xlsx"):
        export(folder / name)
    assert [box.look(AT), box.look(AT)] == [0, 2]
    assert names(folder / DONE) == ["b.xlsx"]
    reason = (folder / FAILED / "a.xlsx.txt").read_text(encoding="utf-8")
    assert "ZeroDivisionError" in reason
    assert "+62" not in reason + caplog.text
    assert known(opened) == 5


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.name == "bot.inbox" and r.levelno >= 30]


def test_a_folder_that_vanishes_is_complained_of_once_and_again_after_it_was_back(
    box: Inbox, opened: Installation, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        box.look(AT)
    shutil.rmtree(folder)
    for _ in range(3):
        assert box.look(AT) == 0
    (line,) = warnings(caplog)
    assert line.startswith("inbox_unusable ")
    assert line.endswith('why="No such file or directory"')
    folder.mkdir()
    export(folder / "ekspor.xlsx")
    assert [box.look(AT), box.look(AT)] == [0, 1]
    assert known(opened) == 5
    shutil.rmtree(folder)
    box.look(AT)
    assert len(warnings(caplog)) == 2


def test_a_file_that_cannot_be_moved_is_imported_once_and_moved_when_it_can_be(
    box: Inbox,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    imports: list[str] = []
    real: Callable[..., importer.ImportReport] = importer.import_export

    def counted(*args: object, **kwargs: object) -> importer.ImportReport:
        imports.append(Path(str(args[3])).name)
        return real(*args, **kwargs)

    monkeypatch.setattr(module, "import_export", counted)
    for name in ("a.xlsx", "b.xlsx"):
        export(folder / name)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", refuse)
        for _ in range(4):
            assert box.look(AT) == 0
        assert sorted(imports) == ["a.xlsx", "b.xlsx"]
        assert len(warnings(caplog)) == 1
        age(folder / "b.xlsx", -5)  # another file under the same name
        for _ in range(3):
            assert box.look(AT) == 0
        assert imports[2:] == ["b.xlsx"]
    assert box.look(AT) == 2
    assert len(imports) == 3
    assert names(folder / DONE) == ["a.xlsx", "b.xlsx"]


def test_a_file_replaced_while_it_is_read_is_read_again(
    box: Inbox, opened: Installation, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real: Callable[..., importer.ImportReport] = importer.import_export

    def slow(*args: object, **kwargs: object) -> importer.ImportReport:
        report = real(*args, **kwargs)
        export(folder / "ekspor.xlsx", rows=8, first=9_000_001)
        return report

    export(folder / "ekspor.xlsx")
    box.look(AT)
    with monkeypatch.context() as patch:
        patch.setattr(module, "import_export", slow)
        assert box.look(AT) == 0
    assert [box.look(AT), box.look(AT)] == [0, 1]
    assert known(opened) == 8


def test_of_two_processes_one_looks(box: Inbox, folder: Path) -> None:
    export(folder / "ekspor.xlsx")
    box.look(AT)
    with (folder / LOCK).open("a") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        assert box.look(AT) == 0
    assert box.look(AT) == 1
