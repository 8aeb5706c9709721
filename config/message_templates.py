"""PURE: the WhatsApp side of a message file: templates, their names, and the rules they must keep.

A template is written with named variables and becomes what the provider takes: numbered ones, a
sample for each, the installation's signature as plain text. The limits are those of Twilio's
Content API and of Meta's review of templates, as of November 2026.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

LANGUAGE = "id"
CATEGORY = "UTILITY"
"""What Meta calls messages about a duty the recipient already has; MARKETING may be withheld."""

BODY_MAX = 1024
TEXT_MAX = 1600
"""Characters of a free text."""
NAME_MAX = 100
BUTTONS_MAX = 3
BUTTON_TITLE_MAX = 20
BUTTON_ID_MAX = 200

LENGTHS: Mapping[str, int] = MappingProxyType(
    {
        "sapaan": 60,
        "kantor": 60,
        "opd": 60,
        "opd_lain": 60,
        "tujuan": 80,
        "nomor": 20,
        "rujukan": 103,
        "no": 14,
        "no_sp4n": 13,
        "sp4n": 11,
        "kategori": 80,
        "batas": 16,
        "batas_hari": 18,
        "lanjut": 16,
        "lama": 20,
        "alasan": 80,
        "perihal": 200,
        "jumlah": 6,
        "daftar": 200,
        "sumber": 5,
        "tanggal": 10,
        "rincian": 110,
        "isi": 550,
        "instansi": 100,
        "sampai": 6,
        "catatan": 80,
        "tanda": 24,
    }
)
"""How many characters a value takes at most on WhatsApp; `catatan` is the note behind a text.

In a free text {isi} may take more: all that the rest leaves."""

_ABOUT_ONE = frozenset({"nomor", "rujukan", "no", "no_sp4n", "kategori"})
_ABOUT_MANY = frozenset({"jumlah", "daftar"})
_OF_A_DIGEST = frozenset({"sumber", "tanggal", "rincian"})
_OF_A_HANDOVER = frozenset({"sapaan", "tujuan", "nomor", "jumlah", "daftar", "tanggal", "rincian"})
_ONLY = {
    "serah_terima": _OF_A_HANDOVER,
    "serah_terima_tercatat": _OF_A_HANDOVER,
    "serah_terima_berakhir": _OF_A_HANDOVER,
    "digest": _OF_A_DIGEST | {"opd", "daftar"},
    "ringkasan": frozenset({"sapaan", "tanggal", "rincian", "daftar"}),
    "rekap": frozenset({"sapaan", "tanggal", "rincian", "daftar"}),
    "permintaan_disetujui": frozenset({"sapaan", "rincian", "nomor", "opd"}),
}
"""The variables that have a value in a kind that sums up, tells of a handover, or grants."""

_VARIABLE = re.compile(r"\{([a-z0-9_]+)\}")
_CLAUSE = re.compile(r"\[([^\[\]]*)\]")
_SIGNATURE = "{tanda}"
_WORD = re.compile(r"[^\W_]")


@dataclass(frozen=True, slots=True)
class Template:
    """A template as a message file has it."""

    body: str
    """With named variables; it ends in the signature, {tanda}."""
    contoh: Mapping[str, str]
    """A made-up sample for each variable."""
    tombol: tuple[tuple[str, str], ...] = ()
    """Quick replies: (id, title)."""


@dataclass(frozen=True, slots=True)
class WantedTemplate:
    """A template as the provider is to have it, for one installation."""

    name: str
    body: str
    """With numbered variables: "{{1}}"."""
    names: tuple[str, ...]
    """What the variables stand for, in the order of their numbers."""
    samples: Mapping[str, str]
    """A sample for each, by number."""
    buttons: tuple[tuple[str, str], ...]
    language: str = LANGUAGE
    category: str = CATEGORY

    def fill(self, values: Mapping[str, str]) -> str:
        """Return the text that the values, by number, make of the body."""
        return re.sub(r"\{\{(\d+)\}\}", lambda found: values[found[1]], self.body)


def wanted_template(
    kind: str, section: str, template: Template, tanda: str, *, plural: bool, two_way: bool
) -> WantedTemplate:
    """Return what the provider is to have of a template of `<kind>.toml`.

    `section` is "utama", "tembusan" or a role. Buttons only where the person can answer. The name
    carries a hash of all that Meta approves: a changed text is another template, and the approved
    one stays in use elsewhere until nobody asks for it.
    """
    body = template.body.replace(_SIGNATURE, tanda)
    names = tuple(dict.fromkeys(_VARIABLE.findall(body)))
    numbers = {name: str(number) for number, name in enumerate(names, 1)}
    numbered = _VARIABLE.sub(lambda found: f"{{{{{numbers[found[1]]}}}}}", body)
    buttons = template.tombol if two_way else ()
    approved = json.dumps([LANGUAGE, CATEGORY, numbered, buttons], ensure_ascii=False)
    digest = hashlib.sha256(approved.encode()).hexdigest()[:8]
    return WantedTemplate(
        name="_".join(["ingat", kind, section, *(["banyak"] if plural else []), digest]),
        body=numbered,
        names=names,
        samples={numbers[name]: template.contoh[name] for name in names},
        buttons=buttons,
    )


def faults(kind: str, template: Template, *, plural: bool) -> Iterator[tuple[str, str]]:
    """Yield what Twilio or Meta would refuse in a template, as (key, what is wrong)."""
    yield from (("body", fault) for fault in _body_faults(kind, template.body, plural=plural))
    yield from (("contoh", fault) for fault in _sample_faults(template))
    yield from (("tombol", fault) for fault in _button_faults(template.tombol))


def _body_faults(kind: str, body: str, *, plural: bool) -> Iterator[str]:
    never = _OF_A_DIGEST | (_ABOUT_ONE if plural else _ABOUT_MANY)
    if kind in _ONLY:
        never = frozenset(LENGTHS) - _ONLY[kind] - {"tanda"}
    names = _VARIABLE.findall(body)
    for name in names:
        if name not in LENGTHS or name == "catatan":
            yield f"isian {{{name}}} tidak dikenal"
        elif name in never:
            yield f"isian {{{name}}} tidak pernah ada nilainya di sini"
    if re.search(r"[{}\[\]|]", _VARIABLE.sub("", body)):
        yield "tanda { } [ ] | hanya untuk isian; templat tidak mengenal anak kalimat"
    if not body.endswith(_SIGNATURE) or names.count("tanda") != 1:
        yield "harus berakhir dengan {tanda}, satu kali"
    yield from _meta_faults(body.replace(_SIGNATURE, "-X"))
    longest = _longest(body) + len(" ()") + LENGTHS["catatan"]
    if longest > BODY_MAX:
        yield f"dapat mencapai {longest} karakter dengan isian terpanjang; paling banyak {BODY_MAX}"


def _meta_faults(body: str) -> Iterator[str]:
    """Yield what Meta's review refuses in a body whose signature is in place."""
    if not body.strip():
        yield "harus berupa teks yang tidak kosong"
        return
    parts = _VARIABLE.split(body)[::2]
    if not _WORD.search(parts[0]) and len(parts) > 1:
        yield "tidak boleh diawali isian"
    if any(not _WORD.search(part) for part in parts[1:-1]):
        yield "dua isian harus dipisahkan kata"
    if not _WORD.search(parts[-1]):
        yield "tidak boleh diakhiri isian"
    if re.search(r"\n{3,}| {5,}|\t", body):
        yield "tidak boleh berisi tab, lebih dari empat spasi, atau dua baris kosong berturut-turut"
    # Meta names no number. Integrators report that what has fewer than 3n + 1 words, its n
    # variables counted as words, comes back as having too many variables for its length.
    variables = len(set(_VARIABLE.findall(body)))
    words = len(_VARIABLE.sub("x", body).split())
    if words < 3 * variables + 1:
        yield f"terlalu pendek untuk {variables} isian: paling sedikit {3 * variables + 1} kata"


def _sample_faults(template: Template) -> Iterator[str]:
    needed = set(_VARIABLE.findall(template.body)) - {"tanda"}
    for name in sorted(needed - template.contoh.keys()):
        yield f"contoh untuk {{{name}}} wajib ada"
    for name in sorted(template.contoh.keys() - needed):
        yield f"contoh untuk {{{name}}} tidak dipakai"
    for name, sample in template.contoh.items():
        if not is_safe(sample):
            yield f"contoh untuk {{{name}}} kosong, atau berisi baris baru, tab, atau banyak spasi"
        elif name in LENGTHS and len(sample) > LENGTHS[name]:
            yield f"contoh untuk {{{name}}} paling panjang {LENGTHS[name]} karakter"


def _button_faults(buttons: tuple[tuple[str, str], ...]) -> Iterator[str]:
    if len(buttons) > BUTTONS_MAX:
        yield f"paling banyak {BUTTONS_MAX} tombol"
    if len({key for key, _ in buttons}) < len(buttons):
        yield "id tombol harus berbeda-beda"
    if len({title for _, title in buttons}) < len(buttons):
        yield "judul tombol harus berbeda-beda"
    for key, title in buttons:
        if not key.strip() or len(key) > BUTTON_ID_MAX:
            yield f"id tombol harus terisi, paling panjang {BUTTON_ID_MAX} karakter"
        if not title.strip() or len(title) > BUTTON_TITLE_MAX:
            yield f"judul tombol harus terisi, paling panjang {BUTTON_TITLE_MAX} karakter"
        if "{" in key + title:
            yield "tombol tidak mengenal isian"


def is_safe(value: str) -> bool:
    """Return whether WhatsApp takes a value of a variable: no newline, tab, run of spaces."""
    return bool(value.strip()) and not re.search(r"[\n\r\t]| {5,}", value)


def name_faults(kind: str, section: str, *, plural: bool) -> Iterator[str]:
    """Yield what is wrong with the name that a template of this file would get."""
    name = "_".join(["ingat", kind, section, *(["banyak"] if plural else []), "0" * 8])
    if not re.fullmatch(r"[a-z0-9_]+", name):
        yield f"nama templat {name} hanya boleh berisi huruf kecil, angka, dan garis bawah"
    if len(name) > NAME_MAX:
        yield f"nama templat {name} paling panjang {NAME_MAX} karakter"


def text_faults(text: str, hint: str | None) -> Iterator[str]:
    """Yield what is wrong with a free text: with its note, hint and signature it must fit."""
    endings = LENGTHS["catatan"] + LENGTHS["tanda"] + _longest(hint or "") + 3
    longest = _longest(text) + endings
    if longest > TEXT_MAX:
        yield f"dapat mencapai {longest} karakter dengan isian terpanjang; paling banyak {TEXT_MAX}"


def _longest(text: str) -> int:
    """Return how long a text can become with the longest values and clauses."""

    def filled(part: str) -> str:
        return _VARIABLE.sub(lambda found: "x" * LENGTHS.get(found[1], 0), part)

    chosen = _CLAUSE.sub(lambda clause: max(map(filled, clause[1].split("|")), key=len), text)
    return len(filled(chosen))
