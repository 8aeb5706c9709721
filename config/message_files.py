"""Reads `config/messages/<kind>.toml`: the words of every outgoing message.

A text may hold `{placeholder}`s and clauses in square brackets. A clause appears only if each of
its placeholders has a value; `[one|another]` takes the first that qualifies. Neither braces nor
brackets can occur in the words themselves: GSM-7 charges two characters for each of them.
WhatsApp has a free text for the 24 hours after a person wrote, and a template for all other times
(`config.message_templates`).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from config.message_templates import Template, faults, name_faults, text_faults
from config.terms import Peran

PLACEHOLDERS = frozenset(
    {
        "sapaan",  # the recipient: "Admin DPUPR"
        "kantor",  # the recipient's office, for texts to its admin and its head alike: "DPUPR"
        "opd",  # the OPD that owes the answer: "DPUPR"
        "opd_lain",  # the same, but only where {sapaan} does not already name it
        "tujuan",  # the post that could not be reached; of a handover the other post
        "nomor",  # "SP4N #9000001" or "SPG-2611-0042"
        "rujukan",  # the number and, where known, the category: "SP4N #9000001 (Jalan Berlubang)"
        "no",  # the number as typed in a reply: "9000001"
        "no_sp4n",  # the same, but only for complaints that are in SP4N
        "sp4n",  # "SP4N-LAPOR!", but only for complaints that are in SP4N
        "kategori",
        "batas",  # the limit: "Kam 26 Nov 16.00"
        "batas_hari",  # the limit: "hari ini pkl 16.00" on its day, else as {batas}
        "lanjut",  # when the next formal step comes
        "lama",  # "3 hari kerja"
        "alasan",
        "perihal",  # what an alert is about: "saluran WhatsApp berhenti (63007)"
        "jumlah",  # how many complaints a plural text covers
        "daftar",  # their numbers, as many as fit: "#9000001,#9000057,+3"
        "sumber",  # digest: "SP4N" or "Aduan"
        "tanggal",  # digest: "Sel 24 Nov"; the last day of a handover
        "rincian",  # digest: "baru 3, terlambat 2"; of a handover "Sel 24 Nov s.d. Jum 27 Nov"
        "isi",  # an answer, or a reason, in the words of whoever gave it
        "instansi",  # to citizens, the OPD in full: "Dinas Pekerjaan Umum"
        "sampai",  # the limit as a day: "9 Des"
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
        "peringatan",  # to Kominfo, about the installation itself
        "perkenalan",  # the first word to the holder of a post
        # to citizens
        "dicatat",
        "dijawab",
        "kelengkapan",
        "diarsipkan",
        "selesai",
        # what an OPD asks, and what is decided on it
        "minta_bukan",
        "minta_tunda",
        "minta_sudah",
        "minta_setuju",
        "jawaban_normatif",
        "permintaan_ingat",
        "permintaan_lewat",
        "permintaan_ditolak",
        "permintaan_disetujui",
        "sudah_ditolak",
        "dilanjutkan",
        "jawaban_ditolak",
        "jawaban_disetujui",
        "darurat",
        # every morning, and every week
        "ringkasan",
        "rekap",
        # to both posts of a handover
        "serah_terima",
        "serah_terima_tercatat",
        "serah_terima_berakhir",
    }
)
"""Kinds that Ingat itself chooses: their words need facts that no step of a policy has."""

PLACEHOLDER = re.compile(r"\{([a-z0-9_]+)\}")
_CLAUSE = re.compile(r"\[([^\[\]]*)\]")
_WORDING_KEYS = frozenset(
    {"sms", "banyak", "hint", "whatsapp", "whatsapp_banyak", "template", "template_banyak"}
)
_FILE_KEYS = _WORDING_KEYS | {"tembusan", "peran", "segmen", "kepada"}
SEGMEN_MAX = 3
WARGA = "warga"
_TEMPLATE_KEYS = frozenset({"body", "contoh", "tombol"})
_BUTTON_KEYS = frozenset({"id", "judul"})

UTAMA = "utama"
TEMBUSAN = "tembusan"


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
    whatsapp: str | None = None
    """The free text on WhatsApp; the fullest SMS where there is none."""
    whatsapp_banyak: str | None = None
    template: Template | None = None
    template_banyak: Template | None = None


@dataclass(frozen=True, slots=True)
class MessageFile:
    """One kind of message."""

    kind: str
    utama: Wording
    tembusan: Wording | None
    """For a copy recipient."""
    peran: Mapping[Peran, Wording]
    """By role of the recipient; goes before `tembusan`."""
    segmen: int = 1
    """How many segments an SMS of it may take."""
    citizen: bool = False
    """Whether it is for citizens: without "Yth.", and signed only where he cannot answer."""

    def wording(self, peran: Peran | None, *, copy: bool) -> Wording:
        """Return the texts for a recipient: those of the role, else of a copy, else the main."""
        return self.sections[self.section(peran, copy=copy)]

    def section(self, peran: Peran | None, *, copy: bool) -> str:
        """Return which section of the file a recipient's texts are in."""
        if peran is not None and peran in self.peran:
            return peran.value
        return TEMBUSAN if copy and self.tembusan else UTAMA

    @property
    def sections(self) -> Mapping[str, Wording]:
        """Every section of the file: "utama", "tembusan" and the roles, where they are there."""
        copies = {} if self.tembusan is None else {TEMBUSAN: self.tembusan}
        return {UTAMA: self.utama} | copies | {role.value: own for role, own in self.peran.items()}


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
    utama = _wording(name, "", {key: data[key] for key in _WORDING_KEYS & data.keys()})
    tembusan = _table(name, "tembusan", data) if "tembusan" in data else None
    message = MessageFile(
        kind=kind,
        utama=utama,
        tembusan=None if tembusan is None else _section(name, "tembusan.", tembusan, utama),
        peran=MappingProxyType(_by_role(name, _table(name, "peran", data), utama)),
        segmen=_segmen(name, data.get("segmen", 1)),
        citizen=_citizen(name, data.get("kepada")),
    )
    _check(name, message)
    return message


def fill(text: str, values: Mapping[str, str | None]) -> str:
    """Return a text of a message file with its clauses chosen and its placeholders filled in.

    Raises ValueError if a placeholder outside every clause has no value.
    """

    def choose(clause: re.Match[str]) -> str:
        for alternative in clause[1].split("|"):
            if all(values.get(name) for name in PLACEHOLDER.findall(alternative)):
                return alternative
        return ""

    def substitute(placeholder: re.Match[str]) -> str:
        value = values.get(placeholder[1])
        if not value:
            raise ValueError(f"no value for {placeholder[0]} in {text!r}")
        return value

    # Values go in last and in one pass, so that nothing in them is read as markup.
    return PLACEHOLDER.sub(substitute, _CLAUSE.sub(choose, text))


def _segmen(name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= SEGMEN_MAX:
        raise MessageFileError(f'{name}, kunci "segmen": harus 1 s.d. {SEGMEN_MAX}')
    return value


def _citizen(name: str, value: object) -> bool:
    if value not in {None, WARGA}:
        raise MessageFileError(f'{name}, kunci "kepada": hanya "{WARGA}", atau tidak ada')
    return value == WARGA


def _check(name: str, message: MessageFile) -> None:
    """Hold the WhatsApp side of a file to the rules of Twilio and Meta."""
    prefixes = {UTAMA: "", TEMBUSAN: "tembusan."}
    for section, wording in message.sections.items():
        prefix = prefixes.get(section, f"peran.{section}.")
        texts = (("whatsapp", wording.whatsapp), ("whatsapp_banyak", wording.whatsapp_banyak))
        for key, text in texts:
            for fault in text_faults(text or "", wording.hint):
                raise MessageFileError(f'{name}, kunci "{prefix}{key}": {fault}')
        templates = (("template", wording.template), ("template_banyak", wording.template_banyak))
        for key, template in templates:
            if template is None:
                continue
            plural = key == "template_banyak"
            for fault in name_faults(message.kind, section, plural=plural):
                raise MessageFileError(f'{name}, kunci "{prefix}{key}": {fault}')
            for part, fault in faults(message.kind, template, plural=plural):
                raise MessageFileError(f'{name}, kunci "{prefix}{key}.{part}": {fault}')


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
    _refuse_unknown(name, prefix, table, _WORDING_KEYS)
    if "sms" not in table:
        raise MessageFileError(f'{name}, kunci "{prefix}sms": wajib ada')
    for key in ("whatsapp_banyak", "template_banyak"):
        if key in table and "banyak" not in table:
            raise MessageFileError(f'{name}, kunci "{prefix}{key}": hanya bila ada "banyak"')
    # Else one letter about several complaints would have no way to whom one about one reaches.
    if "template" in table and ("template_banyak" in table) != ("banyak" in table):
        raise MessageFileError(f'{name}, kunci "{prefix}template_banyak": wajib ada')

    def optional(key: str) -> str | None:
        return _text(name, f"{prefix}{key}", table[key]) if key in table else None

    return Wording(
        sms=_texts(name, f"{prefix}sms", table["sms"]),
        banyak=_texts(name, f"{prefix}banyak", table["banyak"]) if "banyak" in table else (),
        hint=optional("hint"),
        whatsapp=optional("whatsapp"),
        whatsapp_banyak=optional("whatsapp_banyak"),
        template=_template(name, prefix, "template", table),
        template_banyak=_template(name, prefix, "template_banyak", table),
    )


def _template(name: str, prefix: str, key: str, data: Mapping[str, Any]) -> Template | None:
    if key not in data:
        return None
    table = _table(name, key, data, prefix)
    where = f"{prefix}{key}."
    _refuse_unknown(name, where, table, _TEMPLATE_KEYS)
    samples = _table(name, "contoh", table, where)
    return Template(
        body=_string(name, f"{where}body", table.get("body")),
        contoh=MappingProxyType(
            {one: _string(name, f"{where}contoh.{one}", samples[one]) for one in samples}
        ),
        tombol=tuple(_buttons(name, f"{where}tombol", table.get("tombol", []))),
    )


def _buttons(name: str, key: str, value: object) -> Iterator[tuple[str, str]]:
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise MessageFileError(f'{name}, kunci "{key}": harus berupa daftar {{ id, judul }}')
    for button in value:
        _refuse_unknown(name, f"{key}.", button, _BUTTON_KEYS)
        key_, title = (_string(name, f"{key}.{part}", button.get(part)) for part in ("id", "judul"))
        yield key_, title


def _texts(name: str, key: str, value: object) -> tuple[str, ...]:
    values = value if isinstance(value, list) and value else [value]
    return tuple(_text(name, key, one) for one in values)


def _text(name: str, key: str, value: object) -> str:
    where = f'{name}, kunci "{key}"'
    text = _string(name, key, value)
    for placeholder in PLACEHOLDER.findall(text):
        if placeholder not in PLACEHOLDERS:
            raise MessageFileError(f"{where}: isian {{{placeholder}}} tidak dikenal")
    if re.search(r"[{}\[\]|]", _CLAUSE.sub("", PLACEHOLDER.sub("", text))):
        raise MessageFileError(f"{where}: tanda {{ }} [ ] | tidak berpasangan")
    return text


def _string(name: str, key: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise MessageFileError(f'{name}, kunci "{key}": harus berupa teks yang tidak kosong')
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
