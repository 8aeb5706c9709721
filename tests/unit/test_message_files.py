from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.resources import files
from zoneinfo import ZoneInfo

import pytest

from bot import wording
from bot.wording import Facts
from config.gsm7 import GSM7
from config.message_files import PLACEHOLDERS, MessageFileError, fill, parse_message

FACTS = Facts(
    sapaan="Admin DPUPR",
    opd="DPUPR",
    nomor="SP4N #9000001",
    sp4n=True,
    tanda="-Kominfo Sampang",
    now=datetime(2026, 11, 26, 1, tzinfo=UTC),
    zone=ZoneInfo("Asia/Jakarta"),
)


def test_the_placeholders_documented_are_the_placeholders_filled() -> None:
    digest = {"sumber", "tanggal", "opd", "rincian"}
    assert wording.single_values(FACTS).keys() | digest | {"jumlah", "daftar"} == PLACEHOLDERS


def test_the_sms_of_every_file_are_gsm7_and_free_of_extension_characters() -> None:
    def texts(table: dict[str, object]) -> Iterator[str]:
        for key, value in table.items():
            if isinstance(value, dict) and not key.startswith("template"):
                yield from texts(value)
            elif key in {"sms", "banyak", "hint"}:
                yield from value if isinstance(value, list) else [str(value)]

    for entry in files("config").joinpath("messages").iterdir():
        for text in texts(tomllib.loads(entry.read_text(encoding="utf-8"))):
            assert set(re.sub(r"[\[\]{}|]", "", text)) <= GSM7, (entry.name, text)
            assert text.rstrip("]").endswith("."), (entry.name, text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('sms = "Yth. {sapan}."', r'x\.toml, kunci "sms": isian \{sapan\} tidak dikenal'),
        ('sms = "a."\nhint = "{nmr}"', r'x\.toml, kunci "hint": isian \{nmr\}'),
        ('sms = ["a.", "{b}"]', r'x\.toml, kunci "sms": isian \{b\}'),
        ('sms = "a."\n[tembusan]\nsms = "{c}"', r'kunci "tembusan\.sms": isian \{c\}'),
        ('sms = "a."\n[peran.sekda]\nsms = "{d}"', r'kunci "peran\.sekda\.sms": isian \{d\}'),
        ('sms = "a."\n[peran.camat]\nsms = "b"', r'kunci "peran\.camat": tidak dikenal'),
        ('sms = "a."\ntombol = "b"', r'kunci "tombol": tidak dikenal'),
        ('sms = "a."\n[tembusan]\nsms = "b"\npesan = "c"', r'"tembusan\.pesan": tidak dikenal'),
        ('banyak = "a."', r'kunci "sms": wajib ada'),
        ('sms = "a."\n[tembusan]\nhint = "b"', r'kunci "tembusan\.sms": wajib ada'),
        ('sms = "a."\nbanyak = "b"\n[tembusan]\nsms = "c"', r'"tembusan\.banyak": harus ada'),
        ('sms = "a."\n[tembusan]\nsms = "c"\nbanyak = "b"', r'"tembusan\.banyak": harus ada'),
        ('sms = ""', r'kunci "sms": harus berupa teks'),
        ("sms = []", r'kunci "sms": harus berupa teks'),
        ("sms = 3", r'kunci "sms": harus berupa teks'),
        ('sms = "a."\ntembusan = "b"', r'kunci "tembusan": harus berupa tabel'),
        ('sms = "a."\n[peran]\nsekda = "b"', r'kunci "peran\.sekda": harus berupa tabel'),
        ('sms = "[a"', r'kunci "sms": tanda .* tidak berpasangan'),
        ('sms = "{a"', r'kunci "sms": tanda .* tidak berpasangan'),
        ('sms = "[a [b] c]"', r'kunci "sms": tanda .* tidak berpasangan'),
        ('sms = "a|b"', r'kunci "sms": tanda .* tidak berpasangan'),
        ('sms = "a', r"x\.toml: bukan TOML yang sah"),
    ],
)
def test_a_wrong_file_is_refused_by_name_and_key(text: str, expected: str) -> None:
    with pytest.raises(MessageFileError, match=expected):
        parse_message("x", text)


def test_clauses() -> None:
    values = {"batas": "B", "lama": None, "opd": "{batas} [x]"}
    assert fill("a[ {batas}].", values) == "a B."
    assert fill("a[ {lama}].", values) == "a."
    assert fill("a[ {batas} {lama}].", values) == "a."
    assert fill("a[ {lama}| {batas}| c].", values) == "a B."
    assert fill("a[ {lama}| c].", values) == "a c."
    assert fill("{opd}", values) == "{batas} [x]"
    with pytest.raises(ValueError, match=r"no value for \{lama\}"):
        fill("a {lama}", values)
