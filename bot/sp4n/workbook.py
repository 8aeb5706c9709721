"""The cells of an .xlsx as text, streamed: what the sheet claims about its size costs nothing.

Why not a library: python-calamine holds the whole sheet as one dense rectangle, and a single cell
in row 1048576 and column XFD makes it abort the process; openpyxl's read-only mode takes three
times as long. `benchmarks/read_export.py` has the figures.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path
from string import ascii_uppercase
from typing import IO, Final, NamedTuple
from zipfile import ZipFile

from bot.sp4n.container import READ_ERRORS, damaged, not_a_workbook, open_container, too_large
from bot.sp4n.xmlparts import MAX_DEPTH, TextReader, elements, feed

MAX_SHEETS: Final = 200
MAX_COLUMNS: Final = 702
"""Columns A to ZZ; cells further right are not looked at."""
MAX_CELL: Final = 40_000
"""Characters kept of one cell; Excel itself allows 32,767."""
MAX_STRINGS: Final = 6_000_000
MAX_STRING_CHARS: Final = 200_000_000
MAX_SMALL_PART: Final = 20_000_000

_COLUMNS: Final = {
    letters: position
    for position, letters in enumerate(
        "".join(pair) for size in (1, 2) for pair in product(ascii_uppercase, repeat=size)
    )
}
# Number formats of ECMA-376 part 1, 18.8.30, that show a date or a time.
_DATE_FORMATS: Final = frozenset(
    str(number)
    for known in (range(14, 23), range(27, 37), range(45, 48), range(50, 59))
    for number in known
)
_NOT_CODE: Final = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.|\*.')
_ESCAPE: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")
_LAST_SERIAL: Final = 2_958_466  # 10000-01-01


class NumberedCells(NamedTuple):
    """One row that holds anything: its number as Excel shows it, and text by column from 0."""

    number: int
    cells: dict[int, str]


@dataclass(frozen=True, slots=True)
class Part:
    """One sheet of the workbook: the name on its tab and where it lies in the zip file."""

    title: str
    member: str
    hidden: bool = False
    """Whoever opens the workbook does not see it."""


@dataclass(frozen=True, slots=True)
class Workbook:
    """A verified workbook, with all that reading the rows of a sheet needs."""

    path: Path
    sheets: tuple[Part, ...]
    strings: tuple[str, ...]
    date_styles: frozenset[str]
    epoch: datetime

    def rows(self, part: Part, wanted: frozenset[int] | None = None) -> Iterator[NumberedCells]:
        """The rows of `part` that hold text in a `wanted` column (any of them by default).

        Raises `SheetError` where the sheet's XML turns out broken.
        """
        reader = _RowReader(self, wanted)
        with self._stream(part) as stream:
            for _ in feed(stream, self.path, reader.start, reader.end, reader.text):
                yield from reader.ready
                reader.ready.clear()

    def last_row(self, part: Part) -> int | None:
        """The number of the last row as the sheet itself claims it: good for a progress bar."""
        with self._stream(part) as stream:
            for name, attributes in elements(stream, self.path):
                if name == "dimension":
                    digits = attributes.get("ref", "").rpartition(":")[2].lstrip(ascii_uppercase)
                    return int(digits) if re.fullmatch(r"[0-9]{1,7}", digits) else None
                if name == "sheetData":
                    break
        return None

    @contextmanager
    def _stream(self, part: Part) -> Iterator[IO[bytes]]:
        try:
            archive = ZipFile(self.path)
            stream = archive.open(part.member)
        except (KeyError, *READ_ERRORS):  # replaced since it was verified
            damaged(self.path)
        with archive, stream:
            yield stream


def open_workbook(path: Path) -> Workbook:
    """The workbook at `path`; raises `SheetError` for whatever is not a sound .xlsx."""
    with closing(open_container(path)) as archive:
        package = _Package(archive, path)
        main = package.related("", "/officeDocument")
        if not main or main[0][1].endswith(".bin"):  # .bin: an .xlsb
            not_a_workbook(path)
        book = main[0][1]
        members = dict(package.related(book, "/worksheet"))
        sheets: dict[str, Part] = {}
        epoch = datetime(1899, 12, 30)  # noqa: DTZ001 - serial numbers have no zone
        for name, attributes in package.elements(book):
            if name == "sheet":
                id_ = next((v for k, v in attributes.items() if k.endswith(":id")), "")
                if (member := members.get(id_)) and len(sheets) < MAX_SHEETS:
                    hidden = attributes.get("state", "visible") != "visible"
                    sheets.setdefault(member, Part(attributes.get("name", ""), member, hidden))
            elif name == "workbookPr" and attributes.get("date1904") in ("1", "true"):
                epoch = datetime(1904, 1, 1)  # noqa: DTZ001
        strings = [_shared_strings(package, m) for _, m in package.related(book, "/sharedStrings")]
        styles = [_date_styles(package, member) for _, member in package.related(book, "/styles")]
    return Workbook(
        path,
        tuple(sheets.values()),
        strings[0] if strings else (),
        styles[0] if styles else frozenset(),
        epoch,
    )


@dataclass(frozen=True, slots=True)
class _Package:
    archive: ZipFile
    path: Path

    def elements(self, member: str) -> Iterator[tuple[str, dict[str, str]]]:
        if self.archive.getinfo(member).file_size > MAX_SMALL_PART:
            too_large(self.path)
        with self.archive.open(member) as stream:
            yield from elements(stream, self.path)

    def related(self, source: str, kind: str) -> list[tuple[str, str]]:
        """(id, member) of the parts of this kind that `source` is related to, where present."""
        folder, base = posixpath.split(source)
        member = posixpath.join(folder, "_rels", f"{base}.rels")
        # Part names ignore case (ECMA-376 part 2, 6.2.2.3); some writers rely on it.
        present = {name.casefold(): name for name in self.archive.namelist()}
        found = []
        relations = present.get(member.casefold())
        for name, attributes in self.elements(relations) if relations else ():
            if name == "Relationship" and attributes.get("Type", "").endswith(kind):
                target = posixpath.join("/", folder, attributes.get("Target", ""))
                target = posixpath.normpath(target).lstrip("/").casefold()
                if target in present:
                    found.append((attributes.get("Id", ""), present[target]))
        return found


def _date_styles(package: _Package, member: str) -> frozenset[str]:
    """The cell styles (their positions, as cells name them) that show a date or a time."""
    codes: dict[str, str] = {}
    styles: list[str] = []
    inside = ""
    for name, attributes in package.elements(member):
        if name in ("cellStyleXfs", "cellXfs", "cellStyles", "dxfs"):
            inside = name
        elif name == "numFmt" and not inside:
            codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif name == "xf" and inside == "cellXfs":
            styles.append(attributes.get("numFmtId", ""))
    dates = {n for n, c in codes.items() if set("ydh") & set(_NOT_CODE.sub("", c).casefold())}
    return frozenset(str(i) for i, n in enumerate(styles) if n in dates or n in _DATE_FORMATS)


class _StringReader(TextReader):
    """Reads the texts that cells refer to by their position."""

    __slots__ = ("strings", "total")

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.room = MAX_CELL
        self.strings: list[str] = []
        self.total = 0

    def end(self, name: str) -> None:
        super().end(name)
        if name == "si":
            text = _unescape(self.take())
            self.room = MAX_CELL
            self.total += len(text)
            self.strings.append(text)
            if self.total > MAX_STRING_CHARS or len(self.strings) > MAX_STRINGS:
                too_large(self.path)


def _shared_strings(package: _Package, member: str) -> tuple[str, ...]:
    reader = _StringReader(package.path)
    with package.archive.open(member) as stream:
        for _ in feed(stream, package.path, reader.start, reader.end, reader.text):
            pass
    return tuple(reader.strings)


class _RowReader(TextReader):
    """Collects finished rows in `ready`; a row is as large as its filled, wanted cells."""

    __slots__ = ("attributes", "book", "cells", "column", "number", "ready", "wanted")

    def __init__(self, book: Workbook, wanted: frozenset[int] | None) -> None:
        super().__init__(book.path)
        self.book = book
        self.wanted = wanted if wanted is not None else frozenset(range(MAX_COLUMNS))
        self.ready: list[NumberedCells] = []
        self.cells: dict[int, str] = {}
        self.number = 0
        self.column = -1
        self.attributes: dict[str, str] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if name == "c":
            self.attributes = attributes
            place = attributes.get("r")
            if place is None:
                self.column += 1
            else:
                self.column = _COLUMNS.get(place.rstrip("0123456789"), MAX_COLUMNS)
            self.room = MAX_CELL if self.column in self.wanted else 0
        elif name in ("v", "t"):
            self.reading = not self.phonetic
        elif name == "row":
            number = attributes.get("r", "")
            self.number = int(number) if re.fullmatch("[0-9]{1,7}", number) else self.number + 1
            self.column = -1
        elif name == "rPh":
            self.phonetic = True
        if self.depth > MAX_DEPTH:
            damaged(self.path)

    def end(self, name: str) -> None:
        self.depth -= 1
        if name == "c":
            if self.parts and (text := _text(self.book, self.take(), self.attributes)):
                self.cells[self.column] = text
        elif name in ("v", "t"):
            self.reading = False
        elif name == "row":
            if self.cells:
                self.ready.append(NumberedCells(self.number, self.cells))
                self.cells = {}
        elif name == "rPh":
            self.phonetic = False


def _text(book: Workbook, raw: str, attributes: dict[str, str]) -> str:
    """A cell's value as the text that SP4N would have written."""
    kind = attributes.get("t", "n")
    if kind in ("inlineStr", "str"):
        return _unescape(raw)
    if kind == "s":
        position = raw.strip()
        known = re.fullmatch("[0-9]{1,8}", position) and int(position) < len(book.strings)
        return book.strings[int(position)] if known else ""
    # The others are b, e and d (ISO 8601).
    return _number(book, raw, attributes.get("s")) if kind == "n" else raw


def _number(book: Workbook, raw: str, style: str | None) -> str:
    try:
        number = float(raw)
    except ValueError:
        return raw
    if style in book.date_styles and 0 <= number < _LAST_SERIAL:
        return _moment(book.epoch, number)
    # Digits stay as they are written: beyond 15 of them a float would change them.
    return raw if raw.isdecimal() or not number.is_integer() else str(int(number))


def _moment(epoch: datetime, serial: float) -> str:
    seconds = round(serial * 86_400)
    moment = epoch + timedelta(seconds=seconds)
    if serial < 1:
        return moment.strftime("%H:%M:%S")
    return str(moment) if seconds % 86_400 else str(moment.date())


def _unescape(text: str) -> str:
    """Undo `_xHHHH_`, in which characters that XML cannot hold are written (ST_Xstring)."""
    if "_x" not in text:
        return text
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
