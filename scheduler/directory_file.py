"""PURE: the directory file (CSV) of `ingat directory import`, read into rows and mistakes.

What can be judged from a row alone is judged here; whether rows agree with each other and fit
the directory already known is judged where they are stored. Reasons are Indonesian and never
repeat a phone number or NIP, not even one that slid into another column.
"""

from __future__ import annotations

import codecs
import csv
import difflib
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date
from enum import StrEnum
from typing import TypeVar

from config.terms import Jenis, Peran, StatusJabatan
from scheduler.directory_rows import HolderRow, PostRow, Problem, Row, key, quoted
from scheduler.phones import normalise

REQUIRED = (
    "instansi",
    "jenis",
    "induk",
    "hari_kerja",
    "peran",
    "jabatan",
    "nama",
    "nip",
    "telepon",
)
OPTIONAL = (
    "singkatan",
    "id_sp4n",
    "nama_sp4n",
    "membawahi",
    "status_jabatan",
    "mulai",
    "selesai",
    "nomor_sk",
    "pangkat",
)
SINGKATAN_MAX = 16
"""Characters of a short name, so that every message to an officer fits one SMS."""

_SINGKATAN = re.compile(r"[A-Za-z0-9 .,&/'()+-]+")
_ISO = re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})")
_LOCAL = re.compile(r"(?P<day>\d{1,2})[/-](?P<month>\d{1,2})[/-](?P<year>\d{4})")
_SPREADSHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_PERSON = ("jabatan", "nama", "nip", "telepon")

E = TypeVar("E", bound=StrEnum)


class DirectoryFileError(Exception):
    """The file cannot be read at all; the message is one Indonesian sentence that names it."""


def parse_directory(data: bytes, *, name: str) -> tuple[list[Row], list[Problem], int]:
    """Return the readable rows, the others with their reasons, and how many rows were read.

    `name` is what errors call the file. Raises `DirectoryFileError` if it is no CSV file in
    UTF-8 with every required column.
    """
    records = _records(_decode(data, name), name)
    columns = _columns(next(records)[1], name)
    rows: list[Row] = []
    problems: list[Problem] = []
    read = 0
    for number, cells in records:
        texts = [_clean(cell) for cell in cells]
        if not any(texts):
            continue
        read += 1
        if any(texts[len(columns) :]):
            reason = "lebih banyak kolom daripada judulnya; beri tanda kutip pada isi berkoma"
            problems.append(Problem(number, reason))
            continue
        reader = _RowReader(dict(zip(columns, texts, strict=False)))
        row = reader.row(number)
        if reader.reasons:
            problems.append(Problem(number, "; ".join(reader.reasons)))
        else:
            rows.append(row)
    return rows, problems, read


# --- the file -------------------------------------------------------------------------------


def _decode(data: bytes, name: str) -> str:
    if not data.removeprefix(codecs.BOM_UTF8).strip():
        raise DirectoryFileError(f"{name}: berkas kosong")
    if data.startswith(_SPREADSHEETS):
        raise DirectoryFileError(
            f"{name}: ini buku kerja Excel; simpan dahulu sebagai “CSV UTF-8”, lalu impor lagi"
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise DirectoryFileError(
            f"{name}: bukan teks UTF-8; simpan dari Excel sebagai “CSV UTF-8”, lalu impor lagi"
        )
    return text


def _records(text: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """Yield every record with its row number: a line break within a cell makes no new row."""
    header = text.partition("\n")[0]
    delimiter = ";" if header.count(";") > header.count(",") else ","
    number = 0
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        for number, cells in enumerate(reader, start=1):
            yield number, cells
    except csv.Error:
        raise DirectoryFileError(
            f"{name}, baris {number + 1}: tidak terbaca sebagai CSV; periksa tanda kutipnya"
        ) from None


def _columns(header: list[str], name: str) -> list[str]:
    columns = [key(cell).replace(" ", "_") for cell in header]
    missing = [column for column in REQUIRED if column not in columns]
    if missing:
        raise DirectoryFileError(f"{name}: kolom {', '.join(missing)} tidak ada pada baris pertama")
    for column in dict.fromkeys(columns):
        if column and columns.count(column) > 1:
            raise DirectoryFileError(f"{name}: kolom {quoted(column)} ada lebih dari satu")
        # A column of the sender's own is no mistake, a misspelt one would be lost unnoticed.
        close = difflib.get_close_matches(column, OPTIONAL, n=1, cutoff=0.8)
        if close and column not in OPTIONAL:
            raise DirectoryFileError(
                f"{name}: kolom {quoted(column)} tidak dikenal; maksud Anda “{close[0]}”?"
            )
    return columns


def _clean(cell: str) -> str:
    """Return a cell in one line, composed; a lone dash is how forms say that it is empty."""
    text = " ".join(unicodedata.normalize("NFC", cell).split())
    return "" if text in ("-", "\u2013") else text


# --- one row --------------------------------------------------------------------------------


class _RowReader:
    """Reads the cells of one row and gathers every reason to refuse it."""

    def __init__(self, cells: Mapping[str, str]) -> None:
        self._cells = cells
        self.reasons: list[str] = []

    def row(self, number: int) -> Row:
        """Return the row; of no use if there are reasons against it."""
        instansi = self._needed("instansi")
        induk = self._text("induk")
        if induk and key(induk) == key(instansi):
            self._refuse("induk adalah instansi itu sendiri")
        id_sp4n = self._text("id_sp4n")
        return Row(
            row=number,
            instansi=instansi,
            jenis=self._one_of(Jenis, "jenis", self._needed("jenis")),
            induk=induk,
            hari_kerja=self._hari_kerja(),
            singkatan=self._singkatan(),
            id_sp4n=id_sp4n.removesuffix(".0") if id_sp4n else None,
            nama_sp4n=self._names("nama_sp4n", ";"),
            post=self._post(),
        )

    def _refuse(self, reason: str) -> None:
        self.reasons.append(reason)

    def _text(self, column: str) -> str | None:
        return self._cells.get(column) or None

    def _needed(self, column: str) -> str:
        text = self._text(column)
        if text is None:
            self._refuse(f"{column} belum diisi")
        return text or ""

    def _names(self, column: str, separators: str) -> tuple[str, ...]:
        parts = re.split(f"[{separators}]", self._text(column) or "")
        names = {key(part): part.strip() for part in parts if part.strip()}
        return tuple(names.values())

    def _one_of(self, kind: type[E], column: str, text: str) -> E:
        """Return the value of an enumeration, forgiving "Kepala OPD" and "Plt."."""
        value = key(text).rstrip(".").replace(" ", "_")
        values = [member.value for member in kind]
        if value in values:
            return kind(value)
        if text:
            close = difflib.get_close_matches(value, values, n=1)
            hint = f"maksud Anda “{close[0]}”?" if close else f"pilihannya: {', '.join(values)}"
            self._refuse(f"{column} {quoted(text)} tidak dikenal; {hint}")
        return next(iter(kind))

    def _hari_kerja(self) -> int | None:
        text = self._text("hari_kerja")
        if text is None:
            return None
        if text.removesuffix(".0") not in ("5", "6"):
            self._refuse("hari_kerja harus 5 atau 6")
            return None
        return int(text[0])

    def _singkatan(self) -> str | None:
        text = self._text("singkatan")
        if text and len(text) > SINGKATAN_MAX:
            self._refuse(f"singkatan {len(text)} karakter; paling panjang {SINGKATAN_MAX}")
        if text and not _SINGKATAN.fullmatch(text):
            self._refuse("singkatan hanya boleh berisi huruf Latin, angka, dan tanda baca biasa")
        return text

    def _date(self, column: str) -> date | None:
        text = self._text(column)
        if text is None:
            return None
        if match := _ISO.fullmatch(text) or _LOCAL.fullmatch(text):
            with suppress(ValueError):  # 31 February
                return date(int(match["year"]), int(match["month"]), int(match["day"]))
        self._refuse(f"{column} bukan tanggal; tulis seperti 2026-11-30 atau 30/11/2026")
        return None

    def _post(self) -> PostRow | None:
        membawahi = self._names("membawahi", ";|")
        if self._text("peran") is None:
            filled = [column for column in (*_PERSON, "membawahi") if self._text(column)]
            if filled:
                self._refuse(f"peran belum diisi, padahal {filled[0]} terisi")
            return None
        before = len(self.reasons)
        peran = self._one_of(Peran, "peran", self._text("peran") or "")
        known = len(self.reasons) == before
        if membawahi and known and peran is not Peran.ASISTEN:
            self._refuse("membawahi hanya untuk peran asisten")
        return PostRow(peran, self._needed("jabatan"), membawahi, self._holder())

    def _holder(self) -> HolderRow | None:
        if self._text("nama") is None:
            if self._text("nip") or self._text("telepon"):
                self._refuse("nama belum diisi, padahal nip atau telepon terisi")
            return None
        mulai, selesai = self._date("mulai"), self._date("selesai")
        if mulai and selesai and selesai < mulai:
            self._refuse("selesai mendahului mulai")
        status = self._text("status_jabatan") or StatusJabatan.DEFINITIF
        return HolderRow(
            nama=self._text("nama") or "",
            nip=self._nip(),
            telepon=self._telepon(),
            status_jabatan=self._one_of(StatusJabatan, "status_jabatan", status),
            mulai=mulai,
            selesai=selesai,
            nomor_sk=self._text("nomor_sk"),
            pangkat=self._text("pangkat"),
        )

    def _nip(self) -> str | None:
        text = (self._text("nip") or "").lstrip("'\u2019`").replace(" ", "")
        if re.fullmatch(r"[0-9.,]+e\+?[0-9]+", text, re.IGNORECASE):
            self._refuse("nip sudah dibulatkan oleh Excel; ubah format kolom menjadi Teks")
        elif text and not re.fullmatch(r"[0-9]{1,18}", text):
            self._refuse("nip hanya boleh berisi angka, paling banyak 18")
        return text or None

    def _telepon(self) -> str | None:
        text = self._text("telepon")
        try:
            return normalise(text) if text else None
        except ValueError as error:
            self._refuse(str(error))
        return None
