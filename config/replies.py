"""Reads `config/replies.toml`: what is said back at once to somebody who wrote.

A reply stands inside the conversation, so it needs no template and may hint at answers. On SMS it
is GSM-7 and at most `SMS_PARTS` segments, on WhatsApp at most `TEXT_MAX` characters; that every
text keeps to it with the longest values is checked when the file is read.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

from config.gsm7 import GSM7, cut, plain, printable, room, tidy
from config.message_files import PLACEHOLDER, fill
from config.message_templates import TEXT_MAX
from config.terms import Channel

SMS_PARTS: Final = 3

LENGTHS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "nomor": 20,  # "SP4N #9000001" or "SPG-2611-0042"
        "no": 20,  # the same as typed in a reply: "9000001"; follows from {nomor}
        "no_sp4n": 13,  # the same, but only for complaints that are in SP4N
        "instansi": 80,  # in full: "Dinas Pekerjaan Umum dan Penataan Ruang"
        "sejak": 20,  # "24 Nov"
        "target": 20,  # "26 Nov 2026"
        "batas": 20,  # "Kam 26 Nov 16.00"
        "sampai": 20,
        "lama": 20,  # "3 hari kerja"
        "alasan": 120,
        "kurang": 160,  # `lacking`
        "kata": 10,  # a word to answer with: "STATUS"
        "jenis": 20,  # "ANONIM dan RAHASIA"
        "nilai": 2,
        "sapaan": 60,  # "Admin DPUPR"
        "penyetuju": 40,
        "judul": 60,
        "daftar": 400,  # these give way where there is no room; one item a line
        "baris": 400,
        "uraian": 400,
        "isi": 400,
    }
)
"""The values that a reply may have, and how many characters of each are said.

A `pendek` one may be longer than that on WhatsApp; it takes what room the rest leaves."""

LEAST: Final = 60
"""Characters that the value which gives way can always count on."""

_TABLE_OF_WORDS = "kurang"
_KEYS = frozenset({"sms", "whatsapp", "pendek"})
_SP4N = "SP4N #"


class ReplyFileError(ValueError):
    """replies.toml is wrong; the message names the reply and the key."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply."""

    sms: str
    whatsapp: str
    pendek: str | None
    """The value that is shortened where the whole would be too long."""


def reply(name: str, channel: Channel, /, **values: str) -> str:
    """Return a reply; an empty value counts as not given.

    A value of several lines is a list: on SMS its items are put on one line, and where not all
    fit the rest is counted. A value that this reply does not say is passed over. Raises KeyError
    for an unknown name, TypeError for a value that no reply has, ValueError for a missing one.
    """
    one = load_replies()[name]
    for given in values:
        if given not in LENGTHS:
            raise TypeError(f"reply {name!r}: no reply says {given!r}")
    nomor = values.get("nomor", "")
    in_sp4n = nomor.startswith(_SP4N)
    known = {
        "no": nomor.removeprefix(_SP4N),
        "no_sp4n": nomor.removeprefix(_SP4N) if in_sp4n else "",
        **values,
    }
    text, most = _text(one, channel)
    said: dict[str, str | None] = {
        key: cut("; ".join(_lines(value, channel)), LENGTHS[key])
        for key, value in known.items()
        if key != one.pendek
    }
    if one.pendek is None or not known.get(one.pendek):
        return fill(text, said)
    rest = len(fill(text, {**said, one.pendek: "x"})) - 1
    lines = _lines(known[one.pendek], channel)
    between = "; " if channel is Channel.SMS else "\n"
    return fill(text, {**said, one.pendek: _fewer(lines, between, most - rest)})


def lacking(codes: Sequence[str]) -> str:
    """Return what is missing in words, from the codes of `bot.substance`: "{kurang}".

    That only a promise was made says nothing beside a missing action. Raises KeyError for an
    unknown code.
    """
    said = [code for code in codes if code != "normatif" or "tindakan" not in codes]
    words = [_words()[code] for code in said]
    return " dan ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


@cache
def load_replies() -> Mapping[str, Reply]:
    """Return every reply by name; raises `ReplyFileError` for the first that is wrong."""
    return parse_replies(_file())[0]


@cache
def _words() -> Mapping[str, str]:
    return parse_replies(_file())[1]


def _file() -> str:
    return files("config").joinpath("replies.toml").read_text(encoding="utf-8")


def parse_replies(text: str) -> tuple[Mapping[str, Reply], Mapping[str, str]]:
    """Read the text of replies.toml: the replies by name, and the words for what is missing."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ReplyFileError(f"replies.toml: bukan TOML yang sah: {error}") from error
    words = data.pop(_TABLE_OF_WORDS, {})
    found = {name: _reply(name, table) for name, table in data.items()}
    return MappingProxyType(found), MappingProxyType(words)


def _reply(name: str, table: Any) -> Reply:
    where = f"replies.toml, [{name}]"
    if not isinstance(table, dict) or not table.keys() <= _KEYS or "sms" not in table:
        raise ReplyFileError(f"{where}: hanya sms (wajib), whatsapp, dan pendek")
    if not all(isinstance(value, str) and value.strip() for value in table.values()):
        raise ReplyFileError(f"{where}: harus berupa teks yang tidak kosong")
    sms: str = table["sms"]
    one = Reply(sms, table.get("whatsapp", sms), table.get("pendek"))
    _check(where, one)
    return one


def _check(where: str, one: Reply) -> None:
    for channel in Channel:
        text, most = _text(one, channel)
        names = PLACEHOLDER.findall(text)
        for unknown in sorted(set(names) - LENGTHS.keys()):
            raise ReplyFileError(f"{where}: isian {{{unknown}}} tidak dikenal")
        if one.pendek is not None and names.count(one.pendek) != 1:
            raise ReplyFileError(f"{where}: pendek harus isian yang dipakai satu kali")
        if channel is Channel.SMS and not set(re.sub(r"[\[\]{}|]", "", text)) <= GSM7 - {"\n"}:
            raise ReplyFileError(f"{where}: sms hanya satu baris huruf GSM-7")
        longest = {key: "x" * length for key, length in LENGTHS.items()}
        if one.pendek is not None:
            longest[one.pendek] = "x" * LEAST
        if len(fill(text, {**longest})) > most:
            raise ReplyFileError(f"{where}: melebihi {most} karakter dengan isian terpanjang")


def _text(one: Reply, channel: Channel) -> tuple[str, int]:
    """Return the text for a channel and how long it may become."""
    if channel is Channel.SMS:
        return one.sms, room(SMS_PARTS)
    return one.whatsapp.strip("\n"), TEXT_MAX


def _lines(value: str, channel: Channel) -> list[str]:
    """Return the lines of a value in characters that the channel carries."""
    clean = plain if channel is Channel.SMS else printable
    lines = [clean(line) for line in value.splitlines()]
    if channel is Channel.SMS:
        lines = [line.rstrip(" .;,") for line in lines]
    return [line for line in lines if line] or [""]


def _fewer(lines: Sequence[str], between: str, most: int) -> str:
    """Return as many lines as there is room for, the rest counted, the first one cut if it must."""
    for count in range(len(lines), 0, -1):
        left = len(lines) - count
        text = between.join([*lines[:count], *([f"dan {left} lainnya"] if left else [])])
        if len(text) <= most:
            return text
    left = len(lines) - 1
    ending = f"...{between}dan {left} lainnya" if left else "..."
    return tidy(cut(lines[0], most - len(ending))) + ending
