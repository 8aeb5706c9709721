"""Sheets that whoever opens the export does not see: nobody brings in what he does not see."""

from __future__ import annotations

from pathlib import Path

import pytest
import xlsxwriter

from bot.sp4n.sheet import REQUIRED, SheetError, open_sheet

OLD = ("9000001", "29 May 2023", "", "Jalan rusak", "", "Dinas PU", "Terverifikasi")
NEW = ("9000002", *OLD[1:])


def workbook(path: Path, *sheets: tuple[str, tuple[str, ...] | None]) -> Path:
    """An .xlsx with sheets that are "", "hide" or "very_hidden": a table of one row, or none."""
    with xlsxwriter.Workbook(str(path)) as book:
        for number, (state, row) in enumerate(sheets, 1):
            sheet = book.add_worksheet(f"Lembar {number}")
            sheet.write_row(0, 0, ["Ringkasan"] if row is None else REQUIRED)
            if row is not None:
                sheet.write_row(1, 0, row)
            if state:
                getattr(sheet, state)()
            else:
                sheet.activate()
    return path


def taken(path: Path) -> list[str]:
    return [raw.cells[0] for raw in open_sheet(path)]


@pytest.mark.parametrize("state", ["hide", "very_hidden"])
def test_a_visible_table_wins_over_a_hidden_one(tmp_path: Path, state: str) -> None:
    path = tmp_path / "ekspor.xlsx"
    assert taken(workbook(path, (state, OLD), ("", NEW))) == ["9000002"]
    assert taken(workbook(path, ("", NEW), (state, OLD))) == ["9000002"]
    assert taken(workbook(path, (state, OLD), ("", None), ("", NEW))) == ["9000002"]
    assert taken(workbook(path, ("", OLD), ("", NEW))) == ["9000001"]


@pytest.mark.parametrize("state", ["hide", "very_hidden"])
def test_a_table_that_nobody_sees_is_refused_by_name(tmp_path: Path, state: str) -> None:
    path = workbook(tmp_path / "ekspor.xlsx", ("", None), (state, OLD))
    with pytest.raises(SheetError) as refused:
        open_sheet(path)
    assert str(refused.value) == (
        'Berkas "ekspor.xlsx" memuat tabel aduan hanya pada lembar yang disembunyikan, '
        '"Lembar 2"; tampilkan lembar itu di Excel, lalu simpan ulang.'
    )
