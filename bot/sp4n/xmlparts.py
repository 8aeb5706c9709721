"""The XML parts of a workbook, streamed through expat, with bounds on all that could swell."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Final
from xml.parsers import expat

from bot.sp4n.container import CHUNK, READ_ERRORS, SheetError, damaged, shown

MAX_TOKEN: Final = 4 * CHUNK
"""Bytes of one unfinished tag: expat buffers it whole."""
MAX_DEPTH: Final = 64
"""Elements inside each other: expat remembers every open one. A workbook needs about ten."""

Start = Callable[[str, dict[str, str]], None]
End = Callable[[str], None]


class TextReader:
    """Gathers the text of cells: expat's handlers for `v` and `t` elements.

    Phonetic hints (`rPh`) are not part of the text. Subclasses add what an element opens or ends.
    The handlers are flat and share no helper: they are called seven times a cell.
    """

    __slots__ = ("depth", "parts", "path", "phonetic", "reading", "room")

    def __init__(self, path: Path) -> None:
        self.path = path
        self.depth = 0
        self.parts: list[str] = []
        self.phonetic = False
        self.reading = False
        self.room = 0  # characters still kept of this text

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        self.depth += 1
        if name in ("v", "t"):
            self.reading = not self.phonetic
        elif name == "rPh":
            self.phonetic = True
        if self.depth > MAX_DEPTH:
            damaged(self.path)

    def end(self, name: str) -> None:
        self.depth -= 1
        if name in ("v", "t"):
            self.reading = False
        elif name == "rPh":
            self.phonetic = False

    def text(self, data: str) -> None:
        if self.reading and self.room > 0:
            self.parts.append(data[: self.room])
            self.room -= len(data)

    def take(self) -> str:
        """The text gathered since the last time."""
        taken = "".join(self.parts)
        self.parts.clear()
        return taken


def elements(stream: IO[bytes], path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Every element's name (without a prefix) and attributes, in order, for parts without text."""
    pending: list[tuple[str, dict[str, str]]] = []
    depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            damaged(path)
        pending.append((name, attributes))

    def end(_name: str) -> None:
        nonlocal depth
        depth -= 1

    for _ in feed(stream, path, start, end, None):
        yield from pending
        pending.clear()


def feed(
    stream: IO[bytes],
    path: Path,
    start: Start,
    end: End,
    text: Callable[[str], None] | None,
) -> Iterator[None]:
    """Parse `stream` in chunks and yield after each, so that the caller can pass on what came.

    Raises `SheetError` for broken XML and for a DOCTYPE, which no workbook has: only it can
    declare entities.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.buffer_size = CHUNK

    def root(name: str, attributes: dict[str, str]) -> None:
        # Some writers prefix every element (x:row); the others shall not pay for it.
        prefix, _, _ = name.rpartition(":")
        if prefix:
            cut = len(prefix) + 1
            parser.StartElementHandler = lambda n, a: start(n[cut:], a)
            parser.EndElementHandler = lambda n: end(n[cut:])
        else:
            parser.StartElementHandler, parser.EndElementHandler = start, end
        start(name.rpartition(":")[2], attributes)

    def doctype(*_: object) -> None:
        raise SheetError(
            f"Berkas {shown(path)} ditolak: memuat deklarasi DOCTYPE, "
            "yang tidak pernah ada dalam buku kerja Excel."
        )

    parser.StartElementHandler = root
    parser.StartDoctypeDeclHandler = doctype
    parser.CharacterDataHandler = text
    fed = 0
    try:
        while chunk := stream.read(CHUNK):
            parser.Parse(chunk, False)
            fed += len(chunk)
            if fed - parser.CurrentByteIndex > MAX_TOKEN:
                damaged(path)
            yield
        parser.Parse(b"", True)
        yield
    except (expat.ExpatError, *READ_ERRORS):
        damaged(path)
