"""Finding the table in an export, and refusing what is none: each with one clear sentence."""

from __future__ import annotations

import os
import re
import tracemalloc
import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import pytest
import xlsxwriter

from bot.sp4n.container import CHUNK, MAX_MEMBERS, MAX_RATIO, RATIO_FROM
from bot.sp4n.sheet import REQUIRED, Column, SheetError, open_sheet
from bot.sp4n.workbook import MAX_CELL

REQUIRED_ROW = ("9000001", "29 May 2023", "", "Jalan rusak", "", "Dinas PU", "Terverifikasi")
PREAMBLE = (
    ("Judul Laporan", "Laporan Ringkas"),
    (),
    ("Nama Instansi", ":", "Pemerintah Kabupaten Contoh"),
    (),
    ("Tanggal Generate", "2025-11-14"),
)

Table = Sequence[Sequence[object]]


def workbook(path: Path, *sheets: Table, **options: object) -> Path:
    """An .xlsx with these sheets; texts stay texts, numbers and dates are typed by Excel."""
    with xlsxwriter.Workbook(str(path), options) as book:
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        hour = book.add_format({"num_format": "[$-421]hh:mm:ss"})
        for number, table in enumerate(sheets, 1):
            sheet = book.add_worksheet(f"Lembar {number}")
            for row, texts in enumerate(table):
                for column, value in enumerate(texts):
                    if isinstance(value, datetime):
                        sheet.write_datetime(row, column, value, day)
                    elif isinstance(value, float) and value < 1:
                        sheet.write_number(row, column, value, hour)
                    elif isinstance(value, int | float):
                        sheet.write_number(row, column, value)
                    elif value:
                        sheet.write_string(row, column, str(value))
    return path


def replaced(source: Path, target: Path, member: str, old: str, new: str) -> Path:
    """A copy of a workbook with one text in one of its parts replaced."""
    with zipfile.ZipFile(source) as before, zipfile.ZipFile(target, "w", 8) as after:
        for info in before.infolist():
            data = before.read(info)
            if info.filename == member:
                assert old.encode() in data
                data = data.replace(old.encode(), new.encode(), 1)
            after.writestr(info.filename, data)
    return target


SHEET_1 = "xl/worksheets/sheet1.xml"


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    return workbook(tmp_path / "plain.xlsx", [REQUIRED, REQUIRED_ROW])


@pytest.mark.parametrize("inline", [True, False])
def test_with_a_preamble(tmp_path: Path, inline: bool) -> None:
    path = workbook(
        tmp_path / "a.xlsx", [*PREAMBLE, REQUIRED, REQUIRED_ROW], constant_memory=inline
    )
    sheet = open_sheet(path)
    assert sheet.generated == date(2025, 11, 14)
    assert sheet.instansi == "Pemerintah Kabupaten Contoh"
    assert sheet.columns == REQUIRED
    assert sheet.total == 1
    assert list(sheet) == [(7, REQUIRED_ROW)]
    assert list(sheet) == [(7, REQUIRED_ROW)]  # from the start each time


def test_without_a_preamble(plain: Path) -> None:
    sheet = open_sheet(plain)
    assert (sheet.generated, sheet.instansi, sheet.total) == (None, None, 1)
    assert list(sheet) == [(2, REQUIRED_ROW)]


@pytest.mark.parametrize(
    ("cell", "generated"),
    [
        (("Tanggal Generate: 14 November 2025",), date(2025, 11, 14)),
        (("tanggal  generate", "2025-11-14 10:11:12"), date(2025, 11, 14)),
        (("Tanggal Generate", datetime(2025, 11, 14)), date(2025, 11, 14)),
        (("Tanggal Generate", "kemarin"), None),
        (("Tanggal Generate",), None),
    ],
)
def test_tanggal_generate(tmp_path: Path, cell: tuple[object, ...], generated: date | None) -> None:
    assert open_sheet(workbook(tmp_path / "a.xlsx", [cell, REQUIRED])).generated == generated


def test_columns_in_any_order_and_spelling_with_unknown_ones_between(tmp_path: Path) -> None:
    header = [" STATUS\u00a0laporan ", "Catatan", *reversed(REQUIRED[:-1]), "Rating", "Rating"]
    row = ["Terverifikasi", "?", *reversed(REQUIRED_ROW[:-1]), "5", "1"]
    sheet = open_sheet(workbook(tmp_path / "a.xlsx", [header, row]))
    assert sheet.columns == (Column.STATUS, *reversed(REQUIRED[:-1]), Column.RATING)
    assert [raw.cells for raw in sheet] == [("Terverifikasi", *reversed(REQUIRED_ROW[:-1]), "5")]


def test_tipe_without_its_explanation(tmp_path: Path) -> None:
    header = ["Tipe Laporan" if column is Column.TIPE else column for column in REQUIRED]
    assert Column.TIPE in open_sheet(workbook(tmp_path / "a.xlsx", [header])).columns


def test_what_excel_typed_becomes_text_again(tmp_path: Path) -> None:
    header = [*REQUIRED, Column.WAKTU, Column.RATING, Column.INSTANSI_ID]
    row: list[object] = list(REQUIRED_ROW)
    row[0], row[1] = 9000001.0, datetime(2023, 5, 29)
    seconds = 4 * 3600 + 5 * 60 + 34
    row += [seconds / 86_400, 4.5, 12]
    path = workbook(tmp_path / "a.xlsx", [header, row])
    (raw,) = open_sheet(path)
    assert raw.cells[:2] == ("9000001", "2023-05-29")
    assert raw.cells[-3:] == ("04:05:34", "4.5", "12")


def test_a_date_with_a_time_and_the_calendar_of_1904(tmp_path: Path) -> None:
    row = [*REQUIRED_ROW]
    table = [REQUIRED, [row[0], datetime(2023, 5, 29, 4, 5, 34), *row[2:]]]
    for options in ({}, {"date_1904": True}):
        (raw,) = open_sheet(workbook(tmp_path / "a.xlsx", table, **options))
        assert raw.cells[1] == "2023-05-29 04:05:34"


def test_digits_that_a_float_would_change_stay(plain: Path, tmp_path: Path) -> None:
    path = replaced(
        plain,
        tmp_path / "b.xlsx",
        SHEET_1,
        '<c r="A2" t="s"><v>7</v>',
        '<c r="A2"><v>9007199254740993</v>',
    )
    assert next(iter(open_sheet(path))).cells[0] == "9007199254740993"


def test_rich_text_is_joined_and_phonetic_hints_are_left_out(plain: Path, tmp_path: Path) -> None:
    path = replaced(
        plain,
        tmp_path / "b.xlsx",
        "xl/sharedStrings.xml",
        "<t>Jalan rusak</t>",
        "<r><t>Jalan</t></r><r><t xml:space='preserve'> _x0041_man</t></r>"
        "<rPh sb='0' eb='1'><t>x</t></rPh>",
    )
    assert next(iter(open_sheet(path))).cells[3] == "Jalan Aman"


def test_phonetic_hints_of_an_inline_text_are_left_out(plain: Path, tmp_path: Path) -> None:
    path = replaced(
        plain,
        tmp_path / "b.xlsx",
        SHEET_1,
        '<c r="D2" t="s"><v>9</v></c>',
        '<c r="D2" t="inlineStr"><is><t>Jalan</t><rPh><t>x</t></rPh><t> Aman</t></is></c>',
    )
    assert next(iter(open_sheet(path))).cells[3] == "Jalan Aman"


def test_prefixed_elements_and_cells_without_a_place(plain: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(plain) as book:
        xml = book.read(SHEET_1).decode()
    body = re.sub(r"(</?)(\w)", r"\1x:\2", xml[xml.index("<worksheet") :])
    body = re.sub(r' r="[A-Z]*\d+"', "", body).replace('xmlns="', 'xmlns:x="')
    path = replaced(plain, tmp_path / "b.xlsx", SHEET_1, xml[xml.index("<worksheet") :], body)
    assert [raw.number for raw in open_sheet(path)] == [2]
    assert next(iter(open_sheet(path))).cells[:2] == REQUIRED_ROW[:2]


def test_the_first_sheet_with_the_header_is_taken(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "a.xlsx",
        [["Ringkasan"], ["Jumlah", 41]],
        [],
        [REQUIRED, REQUIRED_ROW],
        [REQUIRED, ["9000002", *REQUIRED_ROW[1:]]],
    )
    assert [raw.cells[0] for raw in open_sheet(path)] == ["9000001"]


def test_blank_rows_are_passed_over_and_numbers_are_those_of_excel(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [REQUIRED, [], ["  "], REQUIRED_ROW, [], REQUIRED_ROW])
    assert [raw.number for raw in open_sheet(path)] == [4, 6]


def test_a_row_with_text_in_unknown_columns_only_is_passed_over(tmp_path: Path) -> None:
    blank = [""] * len(REQUIRED)
    path = workbook(tmp_path / "a.xlsx", [[*REQUIRED, "Catatan"], [*blank, "x"], REQUIRED_ROW])
    assert [raw.number for raw in open_sheet(path)] == [3]


def test_the_header_is_looked_for_in_the_first_fifty_rows(tmp_path: Path) -> None:
    filler = [["x"]]
    assert open_sheet(workbook(tmp_path / "a.xlsx", [*filler * 49, REQUIRED])).columns
    with pytest.raises(SheetError, match=r'"b\.xlsx" tidak memuat lembar .*"Tracking ID"'):
        open_sheet(workbook(tmp_path / "b.xlsx", [*filler * 50, REQUIRED]))


def test_missing_columns_are_named(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [["?"], [Column.TRACKING_ID, *REQUIRED[3:]]])
    with pytest.raises(SheetError) as caught:
        open_sheet(path)
    assert str(caught.value) == (
        'Berkas "a.xlsx" (baris 2) tidak memuat kolom wajib: '
        "Tanggal Laporan Masuk, Klasifikasi Laporan."
    )


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_files_that_are_no_workbook(tmp_path: Path) -> None:
    ole = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600)
    os.mkfifo(tmp_path / "pipa.xlsx")
    empty_zip = tmp_path / "zip.xlsx"
    with zipfile.ZipFile(empty_zip, "w") as archive:
        archive.writestr("catatan.txt", "x")
    cases = {
        tmp_path / "tiada.xlsx": "tidak ditemukan",
        tmp_path / ("x" * 300): "tidak dapat dibaca",
        tmp_path / "nul\0.xlsx": "tidak dapat dibaca|tidak ditemukan",
        tmp_path: "adalah folder",
        tmp_path / "pipa.xlsx": "bukan berkas biasa",
        write(tmp_path / "kosong.xlsx", b""): "kosong",
        write(tmp_path / "koma.xlsx", b"Tracking ID,Tanggal\n1,2\n"): "CSV yang diganti namanya",
        write(tmp_path / "utf16.xlsx", "Tracking ID".encode("utf-16")): "CSV yang diganti namanya",
        write(tmp_path / "lama.xlsx", ole): r"Excel lama \(.xls\)",
        write(
            tmp_path / "sandi.xlsx", ole + "EncryptedPackage".encode("utf-16-le")
        ): "dilindungi kata sandi",
        write(tmp_path / "biner.xlsx", bytes(range(256))): "bukan buku kerja Excel",
        write(tmp_path / "pk.xlsx", b"PK\3\4" + bytes(99)): "terpotong atau rusak",
        empty_zip: "bukan buku kerja Excel",
    }
    for path, reason in cases.items():
        with pytest.raises(SheetError, match=reason) as caught:
            open_sheet(path)
        message = str(caught.value)
        assert str(tmp_path) not in message.replace(f'"{tmp_path.name}"', "")
        assert "\n" not in message


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9, 0.999])
def test_a_truncated_file(plain: Path, tmp_path: Path, kept: float) -> None:
    data = plain.read_bytes()
    path = write(tmp_path / "b.xlsx", data[: int(len(data) * kept)])
    with pytest.raises(SheetError, match=r'"b\.xlsx" terpotong atau rusak'):
        open_sheet(path)


def test_any_flipped_byte_is_refused_or_harmless(plain: Path, tmp_path: Path) -> None:
    data = plain.read_bytes()
    for place in range(0, len(data), 37):
        path = write(
            tmp_path / "b.xlsx", data[:place] + bytes([data[place] ^ 255]) + data[place + 1 :]
        )
        try:
            list(open_sheet(path))
        except SheetError:
            continue


def test_a_zip_bomb(plain: Path, tmp_path: Path) -> None:
    path = tmp_path / "bom.xlsx"
    path.write_bytes(plain.read_bytes())
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/gambar.bin", bytes(RATIO_FROM * 8))
    assert path.stat().st_size < RATIO_FROM * 8 / MAX_RATIO
    with pytest.raises(SheetError, match=r'"bom\.xlsx" ditolak: .*zip bomb'):
        open_sheet(path)


def test_unpacked_size_is_limited_whatever_the_ratio(
    plain: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with zipfile.ZipFile(plain) as archive:
        total = sum(info.file_size for info in archive.infolist())
    monkeypatch.setattr("bot.sp4n.container.MAX_UNPACKED", total)
    assert open_sheet(plain).columns
    monkeypatch.setattr("bot.sp4n.container.MAX_UNPACKED", total - 1)
    with pytest.raises(SheetError, match="zip bomb"):
        open_sheet(plain)


def test_too_many_members(plain: Path) -> None:
    with zipfile.ZipFile(plain, "a") as archive:
        for number in range(MAX_MEMBERS):
            archive.writestr(f"x{number}", "")
    with pytest.raises(SheetError, match="lebih dari 1000 bagian"):
        open_sheet(plain)


def test_a_member_with_a_password(plain: Path) -> None:
    data = bytearray(plain.read_bytes())
    central = data.index(b"PK\1\2")
    data[central + 8] |= 1
    plain.write_bytes(data)
    with pytest.raises(SheetError, match="kata sandi"):
        open_sheet(plain)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_doctype_is_refused_before_its_entities_count(
    plain: Path, tmp_path: Path, encoding: str
) -> None:
    bomb = (
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><worksheet>&b;</worksheet>'
    )
    xml = f'<?xml version="1.0" encoding="{encoding}"?>{bomb}'.encode(encoding)
    path = tmp_path / "b.xlsx"
    with zipfile.ZipFile(plain) as before, zipfile.ZipFile(path, "w") as after:
        for info in before.infolist():
            after.writestr(info.filename, xml if info.filename == SHEET_1 else before.read(info))
    with pytest.raises(SheetError, match="DOCTYPE"):
        open_sheet(path)


def test_broken_xml_after_good_rows_ends_the_reading_with_an_error(
    plain: Path, tmp_path: Path
) -> None:
    path = replaced(plain, tmp_path / "b.xlsx", SHEET_1, "</sheetData>", "</sheetDatum>")
    with pytest.raises(SheetError, match=r'"b\.xlsx" terpotong atau rusak'):
        list(open_sheet(path))


def test_elements_nested_without_end(plain: Path, tmp_path: Path) -> None:
    nested = "<t>" * 100_000 + "</t>" * 100_000
    path = replaced(plain, tmp_path / "b.xlsx", SHEET_1, "<sheetData>", nested + "<sheetData>")
    with pytest.raises(SheetError, match="terpotong atau rusak"):
        open_sheet(path)
    far = f"</sheetData><!--{'x' * 2 * CHUNK}-->{nested}"
    sheet = open_sheet(replaced(plain, tmp_path / "c.xlsx", SHEET_1, "</sheetData>", far))
    with pytest.raises(SheetError, match="terpotong atau rusak"):
        list(sheet)


def test_one_endless_tag(plain: Path, tmp_path: Path) -> None:
    noise = os.urandom(3_000_000).hex()
    path = replaced(plain, tmp_path / "b.xlsx", SHEET_1, "<sheetData>", f'<sheetData a="{noise}">')
    with pytest.raises(SheetError, match="terpotong atau rusak"):
        open_sheet(path)


def test_a_cell_in_the_last_corner_costs_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, REQUIRED)
        sheet.write_row(1, 0, REQUIRED_ROW)
        sheet.write_string(1, 16_383, "jauh di kanan")
        sheet.write_string(1_048_575, 0, "9000002")
        sheet.write_string(1_048_575, 16_383, "pojok")
    tracemalloc.start()
    rows = list(open_sheet(path))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [raw.number for raw in rows] == [2, 1_048_576]
    assert peak < 20_000_000


def test_an_endless_cell_is_cut(plain: Path, tmp_path: Path) -> None:
    text = "x" * (MAX_CELL + 1)
    path = replaced(plain, tmp_path / "b.xlsx", "xl/sharedStrings.xml", "Jalan rusak", text)
    assert next(iter(open_sheet(path))).cells[3] == text[:MAX_CELL]


def test_a_reference_to_a_text_that_is_not_there_is_blank(plain: Path, tmp_path: Path) -> None:
    for reference in ("999", "-1", "x", "9" * 30):
        path = replaced(
            plain,
            tmp_path / "b.xlsx",
            SHEET_1,
            'r="D2" t="s"><v>9<',
            f'r="D2" t="s"><v>{reference}<',
        )
        assert next(iter(open_sheet(path))).cells[3] == ""
