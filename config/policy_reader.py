"""Reading a TOML table key by key, with every mistake kept together with its line.

Nothing here knows what a policy says; `config.policy_file` does. All messages are for the officer
who writes the file, in Indonesian.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from enum import StrEnum
from typing import TypeVar

from config.policy import PolicyError, Problem
from config.toml_lines import TomlError, load

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

_LONGEST = 400
_UNREADABLE = "Berkas tidak dapat dibaca: ada bilangan terlalu besar atau kurung terlalu dalam."


class WrongValueError(ValueError):
    """A value that cannot be used; its message is one sentence for the officer."""


class Report:
    """One TOML text, and the mistakes found so far in it.

    Raises PolicyError at once if the text is not TOML.
    """

    def __init__(self, text: str) -> None:
        try:
            self.data, self._lines = load(text)
        except TomlError as error:
            last = max(1, len(text.rstrip().split("\n")))
            raise PolicyError((Problem(min(error.line, last), error.message),)) from error
        except (ValueError, RecursionError) as error:
            # Python's own limits: integers of 4,300 digits, nesting.
            raise PolicyError((Problem(1, _UNREADABLE),)) from error
        self._problems: set[Problem] = set()

    def add(self, path: tuple[str | int, ...], message: str) -> None:
        """Keep a mistake at the line of this key, such as ("clock", 0, "step", 2, "due")."""
        self.add_line(self._lines.of(*path), message)

    def add_line(self, line: int, message: str) -> None:
        """Keep a mistake at this line, from 1."""
        # A message may quote the file: a line break or control character stays out of it.
        printable = "".join(char if char.isprintable() else " " for char in message)
        self._problems.add(Problem(line, " ".join(printable.split())[:_LONGEST]))

    def close(self) -> None:
        """Raise PolicyError if any mistake was found."""
        if self._problems:
            raise PolicyError(tuple(sorted(self._problems)))


class Table:
    """One TOML table; every key asked for is a known key, `close` reports the others."""

    def __init__(self, report: Report, data: dict[str, object], *path: str | int) -> None:
        self._report = report
        self._data = data
        self._path = path
        self._known: list[str] = []

    def has(self, *keys: str) -> bool:
        """Whether any of these keys is written, rightly or wrongly."""
        return any(key in self._data for key in keys)

    def problem(self, message: str, *keys: str) -> None:
        """Report a mistake at the first of these keys that is written, else at the table."""
        key = next((key for key in keys if key in self._data), None)
        if key is None:
            self._report.add(self._path, message)
        else:
            self._report.add((*self._path, key), f"{key}: {message}")

    def get(self, key: str, convert: Callable[[object], T]) -> T | None:
        """The value of an optional key; None if absent, or wrong and reported."""
        self._known.append(key)
        if key not in self._data:
            return None
        try:
            return convert(self._data[key])
        except ValueError as error:
            self.problem(str(error), key)
            return None

    def need(self, key: str, convert: Callable[[object], T]) -> T | None:
        """The value of a required key; None if absent or wrong, and reported."""
        if key not in self._data:
            self.problem(f'Kunci "{key}" belum ditulis.')
        return self.get(key, convert)

    def table(self, key: str) -> Table | None:
        """The table under a key; None if absent, or wrong and reported."""
        data = self.get(key, _as_table)
        return None if data is None else Table(self._report, data, *self._path, key)

    def tables(self, key: str) -> list[Table]:
        """The tables of an array of tables, none if absent, or wrong and reported."""
        rows = self.get(key, _as_tables) or []
        return [Table(self._report, row, *self._path, key, n) for n, row in enumerate(rows)]

    def close(self) -> None:
        """Report every key that was never asked for, with the nearest one that was."""
        for key in self._data.keys() - set(self._known):
            message = f'Kunci "{key}" tidak dikenal.{nearest(key, self._known)}'
            self._report.add((*self._path, key), message)


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint, with a leading space: the known word nearest to this one, else all of them."""
    words = tuple(known)
    close = get_close_matches(word.casefold(), words, n=1)
    return f' Mungkin maksudnya "{close[0]}".' if close else choices(words)


def choices(known: Iterable[str]) -> str:
    """A hint, with a leading space: all the words that would do; empty if there are none."""
    words = ", ".join(f'"{word}"' for word in known)
    return f" Pilihan: {words}." if words else ""


def string(value: object) -> str:
    """A text that is not blank."""
    if not isinstance(value, str):
        raise WrongValueError("Harus berupa teks dalam tanda petik.")
    if not value.strip():
        raise WrongValueError("Tidak boleh kosong.")
    return value.strip()


def flag(value: object) -> bool:
    """A truth value."""
    if not isinstance(value, bool):
        raise WrongValueError("Harus true atau false, tanpa tanda petik.")
    return value


def word_of(known: Iterable[str]) -> Callable[[object], str]:
    """One of the known words."""
    words = tuple(known)

    def convert(value: object) -> str:
        word = string(value)
        if word not in words:
            raise WrongValueError(f'"{word}" tidak dikenal.{nearest(word, words)}')
        return word

    return convert


def one_of(kind: type[E]) -> Callable[[object], E]:
    """A member of an enumeration, written as its value."""
    convert = word_of(kind)
    return lambda value: kind(convert(value))


def pattern(expression: str, wanted: str) -> Callable[[object], str]:
    """A text that matches the whole expression; `wanted` says which in Indonesian."""

    def convert(value: object) -> str:
        word = string(value)
        if re.fullmatch(expression, word) is None:
            raise WrongValueError(f'"{word}" tidak sah; {wanted}')
        return word

    return convert


def many(item: Callable[[object], T], *, empty: bool = False) -> Callable[[object], tuple[T, ...]]:
    """A list of different items, each read by `item`; an empty one only where allowed."""

    def convert(value: object) -> tuple[T, ...]:
        if not isinstance(value, list):
            raise WrongValueError('Harus berupa daftar dalam kurung siku, misalnya ["a", "b"].')
        if not value and not empty:
            raise WrongValueError("Daftar ini tidak boleh kosong.")
        items: list[T] = []
        wrong: list[str] = []
        for each in value:
            try:
                items.append(item(each))
            except ValueError as error:
                wrong.append(str(error))
        if len(set(items)) < len(items):
            wrong.append("Ada yang ditulis dua kali.")
        if wrong:
            raise WrongValueError(" ".join(dict.fromkeys(wrong)))
        return tuple(items)

    return convert


def _as_table(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise WrongValueError("Harus berupa tabel, ditulis dengan kepala dalam kurung siku.")
    return value


def _as_tables(value: object) -> list[dict[str, object]]:
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise WrongValueError("Harus berupa tabel berulang, ditulis dengan kepala [[ … ]].")
    return value
