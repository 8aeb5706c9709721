"""The table inside an SP4N-LAPOR! export ("Laporan Ringkas"): where it is and what it holds.

A preamble of about ten rows may come first, columns may come in any order, and people re-save
exports: the header is the row with a cell `Tracking ID`, on whichever visible sheet has one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Final, NamedTuple

from bot.sp4n.container import SheetError, quoted, shown
from bot.sp4n.dates import parse_date
from bot.sp4n.workbook import Part, Workbook, open_workbook

__all__ = ["REQUIRED", "Column", "RawRow", "Sheet", "SheetError", "open_sheet"]

HEADER_WITHIN: Final = 50
"""The header is looked for in this many first rows of a sheet."""


class Column(StrEnum):
    """The columns that Ingat reads, as SP4N-LAPOR! heads them; all others are ignored."""

    TRACKING_ID = "Tracking ID"
    TANGGAL = "Tanggal Laporan Masuk"
    WAKTU = "Waktu Laporan Masuk"
    PELAPOR = "Nama Pelapor"
    KLASIFIKASI = "Klasifikasi Laporan"
    KATEGORI_ID = "ID Kategori"
    KATEGORI = "Kategori"
    JUDUL = "Judul Laporan"
    ISI_AWAL = "Isi Laporan Awal"
    ISI_AKHIR = "Isi Laporan Akhir"
    TIPE = "Tipe Laporan (Anonim/Rahasia)"
    SUMBER = "Sumber Laporan"
    INSTANSI_INDUK = "Instansi Induk"
    INSTANSI_ID = "ID Instansi Terdisposisi"
    INSTANSI = "Instansi Terdisposisi"
    STATUS = "Status Laporan"
    ALASAN = "Alasan Tunda/Arsip"
    KOTA = "Kota/Kabupaten"
    KECAMATAN = "Kecamatan"
    KELURAHAN = "Kelurahan"
    RATING = "Rating"


REQUIRED: Final = (
    Column.TRACKING_ID,
    Column.TANGGAL,
    Column.KLASIFIKASI,
    Column.JUDUL,
    Column.TIPE,  # without it a Rahasia complaint could not be told from a public one
    Column.INSTANSI,
    Column.STATUS,
)


def _key(heading: str) -> str:
    """A heading without case, spaces and punctuation."""
    return re.sub(r"[\W_]+", "", heading.casefold())


_BY_KEY: Final = {_key(column): column for column in Column} | {"tipelaporan": Column.TIPE}
_TRACKING_ID: Final = _key(Column.TRACKING_ID)


class RawRow(NamedTuple):
    """One row below the header: its number as Excel shows it, its texts in `Sheet.columns` order.

    Blank cells are empty strings.
    """

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """An export's table. Iterating streams its rows, from the start each time.

    `generated` is the preamble's Tanggal Generate, `instansi` its Nama Instansi. `total` is about
    how many rows follow the header, where the sheet says so: for a progress bar only.
    Iterating raises `SheetError` where the sheet breaks off.
    """

    generated: date | None
    instansi: str | None
    columns: tuple[Column, ...]
    total: int | None
    _workbook: Workbook
    _part: Part
    _header: int
    _positions: tuple[int, ...]

    def __iter__(self) -> Iterator[RawRow]:
        positions = self._positions
        for number, cells in self._workbook.rows(self._part, frozenset(positions)):
            if number > self._header and any(text.strip() for text in cells.values()):
                yield RawRow(number, tuple([cells.get(place, "") for place in positions]))


def open_sheet(path: Path) -> Sheet:
    """Find the table in the export at `path`.

    Of several sheets with the table the first that can be seen is taken. A hidden one never is:
    nobody shall bring in what he does not see, an older export left in the file, say.

    Raises `SheetError`, one Indonesian sentence naming the file, for a file that is missing,
    empty, of another kind, encrypted, damaged or hostile, and for one without the table, with it
    on a hidden sheet only, or without one of the `REQUIRED` columns.
    """
    workbook = open_workbook(path)
    for part in sorted(workbook.sheets, key=lambda part: part.hidden):
        found = _header(workbook, part)
        if found is not None and part.hidden:
            raise SheetError(
                f"Berkas {shown(path)} memuat tabel aduan hanya pada lembar yang disembunyikan, "
                f"{quoted(part.title)}; tampilkan lembar itu di Excel, lalu simpan ulang."
            )
        if found is not None:
            return _sheet(workbook, part, *found)
    raise SheetError(
        f'Berkas {shown(path)} tidak memuat lembar dengan judul kolom "{Column.TRACKING_ID}" '
        f"pada {HEADER_WITHIN} baris pertamanya; "
        "pastikan berkas ini ekspor Laporan Ringkas dari SP4N-LAPOR!."
    )


def _header(workbook: Workbook, part: Part) -> tuple[int, dict[int, str], list[list[str]]] | None:
    """The number and the cells of a sheet's header, and the texts of each row above it."""
    preamble: list[list[str]] = []
    for number, cells in workbook.rows(part):
        if number > HEADER_WITHIN:
            break
        if any(_key(text) == _TRACKING_ID for text in cells.values()):
            return number, cells, preamble
        preamble.append([text.strip() for _, text in sorted(cells.items()) if text.strip()])
    return None


def _sheet(
    workbook: Workbook, part: Part, header: int, cells: dict[int, str], preamble: list[list[str]]
) -> Sheet:
    places: dict[Column, int] = {}
    for place, heading in sorted(cells.items()):
        column = _BY_KEY.get(_key(heading))
        if column is not None:
            places.setdefault(column, place)  # of two columns of one name, the first
    if missing := [column for column in REQUIRED if column not in places]:
        raise SheetError(
            f"Berkas {shown(workbook.path)} (baris {header}) tidak memuat kolom wajib: "
            f"{', '.join(missing)}."
        )
    last = workbook.last_row(part)
    generated = parse_date(_labelled(preamble, "Tanggal Generate") or "")
    return Sheet(
        generated=generated[0] if generated else None,
        instansi=_labelled(preamble, "Nama Instansi"),
        columns=tuple(places),
        total=last - header if last is not None and last >= header else None,
        _workbook=workbook,
        _part=part,
        _header=header,
        _positions=tuple(places.values()),
    )


def _labelled(preamble: list[list[str]], label: str) -> str | None:
    """What the preamble says beside `label`: `Label | : | value` or `Label: value` in one cell."""
    for texts in preamble:
        if not texts:
            continue
        name, _, rest = texts[0].partition(":")
        if _key(name) == _key(label):
            values = (text.strip(" :\t\n") for text in (rest, *texts[1:]))
            return next((value for value in values if value), None)
    return None
