"""Reads `config/messages/<kind>.toml`: the words of every outgoing message.

A text may hold `{placeholder}`s and clauses in square brackets. A clause appears only if each of
its placeholders has a value; `[one|another]` takes the first that qualifies. Neither braces nor
brackets can occur in the words themselves: GSM-7 charges two characters for each of them.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from config.terms import Peran

PLACEHOLDERS = frozenset(
    {
        "sapaan",  # the recipient: "Admin DPUPR"
        "kantor",  # the recipient's office, for texts to its admin and its head alike: "DPUPR"
        "opd",  # the OPD that owes the answer: "DPUPR"
        "opd_lain",  # the same, but only where {sapaan} does not already name it
        "tujuan",  # the post that could not be reached
        "nomor",  # "SP4N #9000001" or "SPG-2611-0042"
        "no",  # the number as typed in a reply: "9000001"
        "no_sp4n",  # the same, but only for complaints that are in SP4N
        "sp4n",  # "SP4N-LAPOR!", but only for complaints that are in SP4N
        "kategori",
        "batas",  # the limit: "Kam 26 Nov 16.00"
        "batas_hari",  # the limit: "hari ini pkl 16.00" on its day, else as {batas}
        "lanjut",  # when the next formal step comes
        "lama",  # "3 hari kerja"
        "alasan",
        "jumlah",  # how many complaints a plural text covers
        "daftar",  # their numbers, as many as fit: "#9000001,#9000057,+3"
        "sumber",  # digest: "SP4N" or "Aduan"
        "tanggal",  # digest: "Sel 24 Nov"
        "rincian",  # digest: "baru 3, terlambat 2"
    }
)

SYSTEM_KINDS = frozenset(
    {
        "digest",  # what a person gets of several notices
        "gagal",
        "abaikan",
        "status_asing",
        "instansi_asing",
        "tanggapan_batas",
        "kelengkapan_batas",
    }
)
"""Kinds that Ingat itself chooses: their words need facts that no step of a policy has."""

_PLACEHOLDER = re.compile(r"\{([a-z0-9_]+)\}")
_CLAUSE = re.compile(r"\[([^\[\]]*)\]")
_TEXT_KEYS = frozenset({"sms", "banyak", "hint"})
_FILE_KEYS = _TEXT_KEYS | {"tembusan", "peran"}


class MessageFileError(ValueError):
    """A message file is wrong; the message names the file and the key."""


@dataclass(frozen=True, slots=True)
class Wording:
    """What one kind of recipient reads, from the fullest text to the shortest."""

    sms: tuple[str, ...]
    banyak: tuple[str, ...]
    """The plural, for one letter about several complaints; empty if the kind has none."""
    hint: str | None
    """How to reply; used only where the channel is two-way."""


@dataclass(frozen=True, slots=True)
class MessageFile:
    """One kind of message."""

    kind: str
    utama: Wording
    tembusan: Wording | None
    """For a copy recipient."""
    peran: Mapping[Peran, Wording]
    """By role of the recipient; goes before `tembusan`."""

    def wording(self, peran: Peran, *, copy: bool) -> Wording:
        """Return the texts for a recipient: those of the role, else of a copy, else the main."""
        if peran in self.peran:
            return self.peran[peran]
        return self.tembusan if copy and self.tembusan else self.utama


@cache
def load_messages() -> Mapping[str, MessageFile]:
    """Return every message file by kind; raises `MessageFileError` for the first that is wrong."""
    entries = sorted(files("config").joinpath("messages").iterdir(), key=lambda entry: entry.name)
    kinds = [
        (entry.name.removesuffix(".toml"), entry)
        for entry in entries
        if entry.name.endswith(".toml")
    ]
    return MappingProxyType(
        {kind: parse_message(kind, entry.read_text(encoding="utf-8")) for kind, entry in kinds}
    )


def kinds() -> frozenset[str]:
    """Return the names of all message kinds; a policy's step may use all but `SYSTEM_KINDS`."""
    return frozenset(load_messages())


def parse_message(kind: str, text: str) -> MessageFile:
    """Read the text of `<kind>.toml`; raises `MessageFileError` naming the file and the key."""
    name = f"{kind}.toml"
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MessageFileError(f"{name}: bukan TOML yang sah: {error}") from error
    _refuse_unknown(name, "", data, _FILE_KEYS)
    utama = _wording(name, "", {key: data[key] for key in _TEXT_KEYS & data.keys()})
    tembusan = _table(name, "tembusan", data) if "tembusan" in data else None
    return MessageFile(
        kind=kind,
        utama=utama,
        tembusan=None if tembusan is None else _section(name, "tembusan.", tembusan, utama),
        peran=MappingProxyType(_by_role(name, _table(name, "peran", data), utama)),
    )


def fill(text: str, values: Mapping[str, str | None]) -> str:
    """Return a text of a message file with its clauses chosen and its placeholders filled in.

    Raises ValueError if a placeholder outside every clause has no value.
    """

    def choose(clause: re.Match[str]) -> str:
        for alternative in clause[1].split("|"):
            if all(values.get(name) for name in _PLACEHOLDER.findall(alternative)):
                return alternative
        return ""

    def substitute(placeholder: re.Match[str]) -> str:
        value = values.get(placeholder[1])
        if not value:
            raise ValueError(f"no value for {placeholder[0]} in {text!r}")
        return value

    # Values go in last and in one pass, so that nothing in them is read as markup.
    return _PLACEHOLDER.sub(substitute, _CLAUSE.sub(choose, text))


def _by_role(name: str, tables: Mapping[str, Any], utama: Wording) -> dict[Peran, Wording]:
    _refuse_unknown(name, "peran.", tables, frozenset(Peran))
    return {
        Peran(role): _section(name, f"peran.{role}.", _table(name, role, tables, "peran."), utama)
        for role in tables
    }


def _section(name: str, prefix: str, table: Mapping[str, Any], utama: Wording) -> Wording:
    wording = _wording(name, prefix, table)
    # Else a copy of a plural letter would fall back to words that are not for a copy.
    if bool(wording.banyak) != bool(utama.banyak):
        raise MessageFileError(
            f'{name}, kunci "{prefix}banyak": harus ada bila teks utama punya, dan hanya bila'
        )
    return wording


def _wording(name: str, prefix: str, table: Mapping[str, Any]) -> Wording:
    _refuse_unknown(name, prefix, table, _TEXT_KEYS)
    if "sms" not in table:
        raise MessageFileError(f'{name}, kunci "{prefix}sms": wajib ada')
    return Wording(
        sms=_texts(name, f"{prefix}sms", table["sms"]),
        banyak=_texts(name, f"{prefix}banyak", table["banyak"]) if "banyak" in table else (),
        hint=_text(name, f"{prefix}hint", table["hint"]) if "hint" in table else None,
    )


def _texts(name: str, key: str, value: object) -> tuple[str, ...]:
    values = value if isinstance(value, list) and value else [value]
    return tuple(_text(name, key, one) for one in values)


def _text(name: str, key: str, value: object) -> str:
    where = f'{name}, kunci "{key}"'
    if not isinstance(value, str) or not value.strip():
        raise MessageFileError(f"{where}: harus berupa teks yang tidak kosong")
    for placeholder in _PLACEHOLDER.findall(value):
        if placeholder not in PLACEHOLDERS:
            raise MessageFileError(f"{where}: isian {{{placeholder}}} tidak dikenal")
    if re.search(r"[{}\[\]|]", _CLAUSE.sub("", _PLACEHOLDER.sub("", value))):
        raise MessageFileError(f"{where}: tanda {{ }} [ ] | tidak berpasangan")
    return value


def _table(name: str, key: str, data: Mapping[str, Any], prefix: str = "") -> Mapping[str, Any]:
    table = data.get(key, {})
    if not isinstance(table, dict):
        raise MessageFileError(f'{name}, kunci "{prefix}{key}": harus berupa tabel')
    return table


def _refuse_unknown(
    name: str, prefix: str, table: Mapping[str, Any], known: frozenset[str]
) -> None:
    for key in table:
        if key not in known:
            raise MessageFileError(f'{name}, kunci "{prefix}{key}": tidak dikenal')
