"""Synthetic exports: the real shape, repeatable, and nothing of theirs left unmasked."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from bot.sp4n.rows import Sp4nRow, parse_rows
from bot.sp4n.sample import COLUMNS, DAYS, FIRST_TRACKING_ID, write_sample
from bot.sp4n.sheet import Column, RawRow, open_sheet
from config.terms import Status

GENERATED = date(2026, 11, 24)
END = datetime(2026, 11, 24, tzinfo=UTC)
INSTANSI = (("Dinas Pendidikan", "901"), ("Dinas Kesehatan", None))
ROWS = 2_000


def write(path: Path, rows: int = ROWS, seed: int = 1, preamble: bool = True) -> Path:
    write_sample(
        path, rows=rows, seed=seed, generated=GENERATED, instansi=INSTANSI, preamble=preamble
    )
    return path


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("sample") / "ekspor.xlsx")


def rows_of(path: Path) -> list[Sp4nRow]:
    rows = list(
        parse_rows(
            open_sheet(path),
            zone=ZoneInfo("UTC"),
            policy_status=lambda _text: (Status.PROSES, False),
            not_after=END,
        )
    )
    assert all(isinstance(row, Sp4nRow) for row in rows)
    return [row for row in rows if isinstance(row, Sp4nRow)]


def test_there_and_back(sample: Path) -> None:
    sheet = open_sheet(sample)
    assert sheet.generated == GENERATED
    assert sheet.instansi == "Pemerintah Kabupaten Contoh"
    assert sheet.total == ROWS
    assert set(sheet.columns) == set(Column)
    rows = rows_of(sample)
    assert {int(row.tracking_id) for row in rows} == set(
        range(FIRST_TRACKING_ID, FIRST_TRACKING_ID + ROWS)
    )
    assert [row.number for row in rows] == list(range(12, 12 + ROWS))
    assert all(END - timedelta(days=DAYS) <= row.received_at < END for row in rows)
    by_age = sorted(rows, key=lambda row: int(row.tracking_id))
    assert [r.received_at for r in by_age] == sorted(r.received_at for r in rows)


def test_another_reader_sees_the_same_texts(sample: Path) -> None:
    book = openpyxl.load_workbook(sample, read_only=True)
    table = list(book.worksheets[0].iter_rows(values_only=True))
    book.close()
    header = next(i for i, row in enumerate(table) if row[0] == "Tracking ID")
    assert tuple(table[header]) == COLUMNS
    places = [COLUMNS.index(column) for column in open_sheet(sample).columns]
    expected = [
        RawRow(header + 2 + i, tuple(row[place] or "" for place in places))
        for i, row in enumerate(table[header + 1 :])
    ]
    assert list(open_sheet(sample)) == expected
    assert all(isinstance(cell, str | None) for row in table for cell in row)


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    digests = {
        name: hashlib.sha256(write(tmp_path / name, 50, seed).read_bytes()).hexdigest()
        for name, seed in (("a", 1), ("b", 1), ("c", 2))
    }
    assert digests["a"] == digests["b"] != digests["c"]


def test_proportions_are_those_of_real_exports(sample: Path) -> None:
    rows = rows_of(sample)

    def share(count: int) -> float:
        return count / len(rows)

    assert 0.09 < share(sum(row.klasifikasi is None for row in rows)) < 0.15
    assert 0.09 < share(sum(row.kategori is None for row in rows)) < 0.15
    assert 0.09 < share(sum(row.instansi is None for row in rows)) < 0.15
    assert 0 < share(sum(row.instansi == "Pemerintah Kabupaten Contoh" for row in rows)) < 0.03
    assert {row.instansi_id for row in rows if row.instansi == "Dinas Pendidikan"} == {"901"}
    assert {row.instansi_id for row in rows if row.instansi == "Dinas Kesehatan"} == {None}
    assert 0.15 < share(sum(row.anonim for row in rows)) < 0.25
    assert all(row.instansi is None for row in rows if row.status_text == "Belum Terverifikasi")
    assert len({row.status_text for row in rows}) == 8


def test_its_numbers_are_fictional_and_masked(sample: Path) -> None:
    raw = "\n".join(cell for row in open_sheet(sample) for cell in row.cells)
    assert set(re.findall(r"\b\d{16}\b", raw))
    assert all(nik.startswith("00") for nik in re.findall(r"\b\d{16}\b", raw))
    assert all(mail.endswith("@example.id") for mail in re.findall(r"\S+@[\w.]+\w", raw))
    texts = "\n".join(row.isi for row in rows_of(sample))
    assert re.search(r"\d{8}|@|0800|\+62", texts) is None
    for label in ("[NIK disamarkan]", "[telepon disamarkan]", "[surel disamarkan]"):
        assert label in texts


def test_without_a_preamble_and_without_rows(tmp_path: Path) -> None:
    sheet = open_sheet(write(tmp_path / "a.xlsx", 3, preamble=False))
    assert (sheet.generated, [row.number for row in sheet]) == (None, [2, 3, 4])
    assert list(open_sheet(write(tmp_path / "b.xlsx", 0))) == []
