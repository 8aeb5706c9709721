"""On which line of a TOML text a value stands; tomllib reads values but forgets their lines."""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right

Path = tuple[str | int, ...]

_BLANK = re.compile(r"(?:\s|#[^\n]*)*")
_BETWEEN = re.compile(r"(?:\s|,|#[^\n]*)*")
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"""(?:"{0,2})'  # may end in two more quotes that belong to the text
    r"|'''.*?'''(?:'{0,2})"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)
_SCALAR = re.compile(r"\d{4}-\d\d-\d\d \d\d:[^\s,\]}#]+|[^\s,\]}#]+")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_EQUALS = re.compile(r"[ \t]*=[ \t]*")
_DOT = re.compile(r"[ \t]*\.[ \t]*")
_HEADER_END = re.compile(r"[ \t]*\]{1,2}")
_ERROR_LINE = re.compile(r"at line (\d+)")


class TomlError(ValueError):
    """A text that is not TOML; `message` is for people (Indonesian), `line` counts from 1."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(f"baris {line}: {message}")
        self.line = line
        self.message = message


def load(text: str) -> tuple[dict[str, object], Lines]:
    """Read a TOML text and where its values stand; a byte order mark is ignored.

    Raises TomlError with the line of the first mistake.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    try:
        return tomllib.loads(text), Lines(text)
    except tomllib.TOMLDecodeError as error:
        found = _ERROR_LINE.search(str(error))
        line = int(found[1]) if found else max(1, len(text.splitlines()))
        raise TomlError(
            line,
            "Tata tulis TOML tidak sah; periksa tanda kutip, tanda kurung, tanggal, "
            "dan kunci yang ditulis dua kali.",
        ) from error


class Lines:
    """The lines of a text that tomllib has accepted.

    A path names tables and keys, with the index of an element after the name of its array:
    `("day", 2, "date")` is the key `date` of the third `[[day]]`.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._breaks = [found.start() for found in re.finditer("\n", text)]
        self._starts: dict[Path, int] = {}
        self._arrays: dict[Path, int] = {}
        self._scan()

    def of(self, *path: str | int) -> int:
        """The line (from 1) of `path`, or of the nearest thing around it that is written."""
        while path and path not in self._starts:
            path = path[:-1]
        return bisect_right(self._breaks, self._starts.get(path, 0) - 1) + 1

    def _scan(self) -> None:
        table: Path = ()
        at = self._skip(_BLANK, 0)
        while at < len(self._text):
            if self._text[at] == "[":
                table, at = self._header(at)
            else:
                at = self._pair(table, at)
            at = self._skip(_BLANK, at)

    def _header(self, at: int) -> tuple[Path, int]:
        is_array = self._text.startswith("[[", at)
        parts, end = self._key(self._skip(_BLANK, at + (2 if is_array else 1)))
        table: Path = ()
        for depth, part in enumerate(parts, start=1):
            table += (part,)
            if is_array and depth == len(parts):
                self._arrays[table] = self._arrays.get(table, 0) + 1
            self._starts.setdefault(table, at)
            if table in self._arrays:  # [a.b] under [[a]] speaks of the last a
                table += (self._arrays[table] - 1,)
                self._starts.setdefault(table, at)
        return table, self._skip(_HEADER_END, end)

    def _pair(self, table: Path, at: int) -> int:
        parts, end = self._key(at)
        for part in parts:
            table += (part,)
            self._starts.setdefault(table, at)
        return self._value(table, self._skip(_EQUALS, end))

    def _key(self, at: int) -> tuple[list[str], int]:
        parts: list[str] = []
        while True:
            quoted = self._text[at] in "\"'"
            end = self._skip(_STRING if quoted else _BARE_KEY, at)
            word = self._text[at:end]
            parts.append(tomllib.loads(f"key = {word}")["key"] if quoted else word)
            at = self._skip(_DOT, end, optional=True)
            if at == end:
                return parts, end

    def _value(self, path: Path, at: int) -> int:
        first = self._text[at]
        if first not in "[{":
            return self._skip(_STRING if first in "\"'" else _SCALAR, at)
        index = 0
        at = self._skip(_BETWEEN, at + 1)
        while self._text[at] not in "]}":
            if first == "{":
                at = self._pair(path, at)
            else:
                self._starts[(*path, index)] = at
                at = self._value((*path, index), at)
                index += 1
            at = self._skip(_BETWEEN, at)
        return at + 1

    def _skip(self, pattern: re.Pattern[str], at: int, *, optional: bool = False) -> int:
        found = pattern.match(self._text, at)
        if found is None:
            if optional:
                return at
            raise ValueError(f"not TOML that tomllib accepts, at character {at}")
        return found.end()
