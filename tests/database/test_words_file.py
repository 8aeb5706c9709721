"""WORDS_FILE: used where it is right; where it is wrong that is said, and reminders go on."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest

from bot.rule_files import words_of
from config.settings import Settings
from config.words import load_words
from tests.database.office import Office, at

SHIPPED = files("config").joinpath("words.toml").read_text(encoding="utf-8")


def test_a_file_of_words_replaces_the_shipped_ones(tmp_path: Path) -> None:
    path = tmp_path / "kata.toml"
    path.write_text(SHIPPED.replace('"terima kasih"', '"matur nuwun sanget"'), encoding="utf-8")
    words = words_of(Settings(words_file=path))
    assert words != load_words()
    assert words_of(Settings()) == load_words()


@pytest.mark.parametrize("text", ["[sapaan\n", "bukan = 1\n", "\xff"])
def test_a_wrong_file_is_named_and_the_pass_goes_on(
    sqlite_url: str, tmp_path: Path, text: str
) -> None:
    path = tmp_path / "kata.toml"
    path.write_bytes(text.encode("latin-1"))
    office = Office(sqlite_url, words_file=path)
    office.dispose("9000001", "DPUPR", "2026-05-04T10:00")
    done = office.tick("2026-05-04T10:00")
    assert done.sent == 2
    assert done.problems
    assert all(problem.startswith(f"{path}: ") for problem in done.problems)
    assert words_of(office.opened.settings) == load_words()
    assert at("2026-05-04T10:00") == done.at
    office.close()
