"""Renders config/messages: facts in, one text out. No clock, no database.

An SMS is as many GSM-7 segments as its file allows, to an officer one (160 characters): what does
not fit gives way in the order category (or answer, or reason), wording, reply hint, note. WhatsApp
has room for all of it. Numbers of complaints and times are never cut. No text to an officer carries
a reporter's name, nor a complaint's title or content.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain, product
from zoneinfo import ZoneInfo

from bot.fitting import bodies, fewer_bodies, fewer_numbers, fewer_words, listed, some
from config.gsm7 import SEGMENT, clip, cut, plain, printable, room, segments
from config.message_files import SEGMEN_MAX, MessageFile, Wording, fill, load_messages
from config.message_templates import LENGTHS, TEXT_MAX
from config.terms import Channel, Peran

HARI = ("Sen", "Sel", "Rab", "Kam", "Jum", "Sab", "Min")
BULAN = ("Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des")

# What is longer is cut; every text must fit at these lengths.
SAPAAN_MAX = 27
OPD_MAX = 16
TANDA_MAX = 24
KATEGORI_MAX = 60
CATATAN_MAX = 40
ALASAN_MAX = 40
PERIHAL_MAX = 90

_SMS: Mapping[str, int] = {
    "sapaan": SAPAAN_MAX,
    "opd": OPD_MAX,
    "tujuan": SAPAAN_MAX,
    "kategori": KATEGORI_MAX,
    "alasan": ALASAN_MAX,
    "perihal": PERIHAL_MAX,
    "catatan": CATATAN_MAX,
    "daftar": SEGMENT,
    "rincian": 110,
    "instansi": 80,
    "isi": room(SEGMEN_MAX),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a message about one complaint may say; all times are aware."""

    sapaan: str
    """The recipient, without "Yth.": "Admin DPUPR", "Bpk/Ibu Sekda", "Kominfo"."""
    opd: str
    """Short name of the OPD that owes the answer; empty if there is none yet."""
    nomor: str
    """The number as printed: "SP4N #9000001" or "SPG-2611-0042"."""
    sp4n: bool
    """Whether the complaint is in SP4N-LAPOR!; only then is the officer sent there."""
    tanda: str
    """The signature: "-Kominfo Sampang"."""
    now: datetime
    zone: ZoneInfo
    kategori: str | None = None
    batas: datetime | None = None
    """The limit, adjusted."""
    lanjut: datetime | None = None
    """When the next formal step is due, adjusted."""
    lama: str | None = None
    """The policy's distance in words: "3 hari kerja"."""
    catatan: str | None = None
    """A short sentence, such as "Admin tanpa nomor aktif." when a duty went up."""
    alasan: str | None = None
    tujuan: str | None = None
    """For `gagal`: the post that could not be reached; the OPD if not given."""
    perihal: Sequence[str] = ()
    """For `peringatan`: what the alerts are about, the oldest first."""
    instansi: str = ""
    """To citizens: the OPD in full."""
    isi: str | None = None
    """An answer or a reason, as whoever gave it wrote it."""
    tanggal: str | None = None
    """Of what sums up: the day it speaks of, "Sel 24 Nov"."""
    rincian: str | None = None
    """Of what sums up: the counts, "baru 3, terlambat 2"."""
    per_opd: Sequence[str] = ()
    """Of what sums up: OPDs with their counts, the worst first: "DPUPR 3"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestFacts:
    """What one digest says; the numbers are listed most urgent first."""

    opd: str
    """Short name of the OPD or post."""
    now: datetime
    zone: ZoneInfo
    tanda: str
    two_way: bool
    baru: int = 0
    jatuh_tempo: int = 0
    terlambat: int = 0
    menunggu: int = 0
    nomor: Sequence[str] = ()
    sp4n: bool = True
    """Whether the complaints are in SP4N-LAPOR!."""
    catatan: str | None = None
    """A short sentence, such as "Admin tanpa nomor aktif." when a duty went up."""


def render(
    kind: str,
    facts: Facts,
    *,
    peran: Peran | None,
    copy: bool,
    two_way: bool,
    channel: Channel = Channel.SMS,
) -> str:
    """Return the text of `kind` about one complaint, for a recipient of role `peran`.

    Without a role it is for a citizen.

    `copy`: the recipient is told in copy (tembusan). `two_way`: the channel can be replied on.
    Raises KeyError for an unknown kind, ValueError if the kind needs a fact that is missing.
    """
    message = load_messages()[kind]
    wording = message.wording(peran, copy=copy)
    if channel is Channel.WHATSAPP:
        text = wording.whatsapp or wording.sms[0]
        values = single_values(facts, LENGTHS)
        return _free(
            text, values, facts, wording, two_way=two_way, signed=_signed(message, two_way)
        )
    values = single_values(facts)
    name, options = _giving_way(wording.sms[0], facts, values, room(message.segmen))
    return _fit(
        wording.sms,
        values,
        name,
        options,
        catatan=facts.catatan,
        hint=wording.hint if two_way else None,
        tanda=facts.tanda if _signed(message, two_way) else "",
        parts=message.segmen,
    )


def _signed(message: MessageFile, two_way: bool) -> bool:
    """Whether a text names its sender: not in a citizen's conversation, which he began himself."""
    return not (message.citizen and two_way)


def _giving_way(
    text: str, facts: Facts, values: Mapping[str, str | None], most: int
) -> tuple[str, Sequence[str | None]]:
    """Return which value of a text gives way first where there is no room, and how."""
    if "{daftar}" in text:
        return "daftar", fewer_bodies(facts.per_opd)
    if "{isi}" not in text:
        return "kategori", fewer_words(values["kategori"])
    isi = plain(facts.isi or "").rstrip(" .")
    if len(isi) <= most:
        whole, *fewer = fewer_words(isi)
    else:
        whole, *fewer = None, *fewer_words(cut(isi, most))
    # With the full stop that follows in every text, the dots say that something is missing.
    dotted = [f"{part}.." for part in fewer if part]
    return "isi", [*([whole] if whole else []), *dotted, None]


def render_many(
    kind: str,
    facts: Facts,
    nomor: Sequence[str],
    *,
    peran: Peran | None,
    copy: bool,
    two_way: bool,
    channel: Channel = Channel.SMS,
) -> str:
    """Return the text of `kind` for one letter about several complaints of one OPD.

    `nomor` are the printed numbers, most urgent first: as many as fit are listed, then "+N";
    `facts.nomor` and `facts.kategori` are not used. One number alone gives the singular text.
    Raises ValueError if `nomor` is empty or the kind has no plural; else as `render`.
    """
    if not nomor:
        raise ValueError("a letter covers at least one complaint")
    if len(nomor) == 1:
        single = replace(facts, nomor=nomor[0])
        return render(kind, single, peran=peran, copy=copy, two_way=two_way, channel=channel)
    message = load_messages()[kind]
    wording = message.wording(peran, copy=copy)
    if not wording.banyak:
        raise ValueError(f"message {kind!r} has no plural text")
    if channel is Channel.WHATSAPP:
        text = wording.whatsapp_banyak or wording.banyak[0]
        values = plural_values(facts, nomor, LENGTHS)
        return _free(text, values, facts, wording, two_way=two_way)
    return _fit(
        wording.banyak,
        plural_values(facts, nomor, _SMS),
        "daftar",
        fewer_numbers(nomor, SEGMENT),
        catatan=facts.catatan,
        hint=wording.hint if two_way else None,
        tanda=facts.tanda,
        parts=message.segmen,
    )


def render_digest(facts: DigestFacts, channel: Channel = Channel.SMS) -> str:
    """Return the one-line summary of an OPD's or post's complaints; zero counts are left out."""
    wording = load_messages()["digest"].utama
    if channel is Channel.WHATSAPP:
        text = wording.whatsapp or wording.sms[0]
        values = digest_values(facts, LENGTHS)
        return _free(text, values, facts, wording, two_way=facts.two_way)
    return _fit(
        wording.sms,
        digest_values(facts, _SMS),
        "daftar",
        fewer_numbers(facts.nomor, SEGMENT),
        catatan=facts.catatan,
        hint=wording.hint if facts.two_way else None,
        tanda=facts.tanda,
    )


def plural_values(
    facts: Facts, nomor: Sequence[str], most: Mapping[str, int]
) -> dict[str, str | None]:
    """Return the values of a text about several complaints; `most` is how long each may be."""
    no_number = dict.fromkeys(["nomor", "rujukan", "no", "no_sp4n", "kategori"])
    several = {"jumlah": str(len(nomor)), "daftar": listed(nomor, most["daftar"])}
    return {**single_values(facts, most), **no_number, **several}


def digest_values(facts: DigestFacts, most: Mapping[str, int]) -> dict[str, str | None]:
    """Return the values of a digest; `most` is how long each may be."""
    counts = {
        "baru": facts.baru,
        "jatuh tempo hari ini": facts.jatuh_tempo,
        "terlambat": facts.terlambat,
        "menunggu": facts.menunggu,
    }
    rincian = ", ".join(f"{label} {count}" for label, count in counts.items() if count)
    return {
        "sumber": "SP4N" if facts.sp4n else "Aduan",
        "tanggal": hari(facts.now, facts.zone),
        "opd": clip(facts.opd, most["opd"]),
        "rincian": rincian or "nihil",
        "daftar": listed(facts.nomor, most["daftar"]),
    }


def tanggal(moment: datetime, zone: ZoneInfo) -> str:
    """Return a moment as "Kam 26 Nov 16.00" in `zone`; raises ValueError for a naive one."""
    return f"{hari(moment, zone)} {moment.astimezone(zone):%H.%M}"


def hari_bulan(moment: datetime, zone: ZoneInfo) -> str:
    """Return the day of a moment as "24 Nov" in `zone`; raises ValueError for a naive one."""
    return hari(moment, zone).partition(" ")[2]


def hari_bulan_tahun(moment: datetime, zone: ZoneInfo) -> str:
    """Return the day of a moment as "26 Nov 2026" in `zone`; raises ValueError for a naive one."""
    return f"{hari_bulan(moment, zone)} {moment.astimezone(zone).year}"


def _fit(
    texts: Sequence[str],
    values: Mapping[str, str | None],
    name: str,
    options: Sequence[str | None],
    *,
    catatan: str | None,
    hint: str | None,
    tanda: str,
    parts: int = 1,
) -> str:
    """Return the first of the texts that is `parts` segments; `options` are tried for `{name}`.

    If none is, which only a number or date beyond all reason can bring about, the shortest goes
    out in one segment more: better than not at all.
    """
    note = clip(catatan or "", CATATAN_MAX)
    reply = fill(hint, values) if hint else ""
    signature = clip(tanda, TANDA_MAX)
    noted = list(dict.fromkeys([(note, reply, signature), (note, signature)]))
    # Of a list some numbers are worth more than a hint, but not more than a note.
    listed = [option for option in options if option] if name == "daftar" else []
    tries = chain(product(noted, texts, listed), product([*noted, (signature,)], texts, options))
    for ending, text, option in tries:
        candidate = " ".join(filter(None, [fill(text, {**values, name: option}), *ending]))
        kind, taken = segments(candidate)
        if kind == "GSM-7" and taken <= parts:
            return candidate
    return candidate


def _free(
    text: str,
    values: Mapping[str, str | None],
    facts: Facts | DigestFacts,
    wording: Wording,
    *,
    two_way: bool,
    signed: bool = True,
) -> str:
    """Write for WhatsApp; that it is short enough is checked where the file is read."""
    note = clip(facts.catatan or "", LENGTHS["catatan"])
    reply = fill(wording.hint, values) if two_way and wording.hint else ""
    between = "\n" if text in (wording.whatsapp, wording.whatsapp_banyak) else " "
    signature = clip(facts.tanda, TANDA_MAX) if signed else ""
    endings = [one for one in (note, reply, signature) if one]
    if isinstance(facts, Facts) and facts.isi:
        rest = len(between.join([fill(text, {**values, "isi": "x"}), *endings])) - 1
        values = {**values, "isi": _whole(facts.isi, TEXT_MAX - rest)}
    return between.join([fill(text, values), *endings])


def _whole(isi: str, most: int) -> str:
    """An answer or a reason in its own lines and characters, cut only at `most`."""
    text = "\n".join(filter(None, map(printable, isi.splitlines()))).rstrip(" .")
    return text if len(text) <= most else cut(text, most - 3) + "..."


def single_values(facts: Facts, most: Mapping[str, int] = _SMS) -> dict[str, str | None]:
    """Return the values of a text about one complaint; `most` is how long each may be."""
    sapaan = clip(facts.sapaan, most["sapaan"])
    kantor = sapaan
    for title in ("Admin ", "Penghubung ", "Kepala "):
        kantor = kantor.removeprefix(title)
    opd = clip(facts.opd, most["opd"])
    nomor = plain(facts.nomor)
    no = nomor.removeprefix("SP4N #")
    kategori = clip(facts.kategori or "", most["kategori"])
    return {
        "sapaan": sapaan,
        "kantor": kantor,
        "opd": opd,
        "opd_lain": None if f" {opd} " in f" {sapaan} " else opd,
        "tujuan": clip(facts.tujuan, most["tujuan"]) if facts.tujuan else opd,
        "nomor": nomor,
        "rujukan": f"{nomor} ({kategori})" if kategori else nomor,
        "no": no,
        "no_sp4n": no if facts.sp4n else None,
        "sp4n": "SP4N-LAPOR!" if facts.sp4n else None,
        "kategori": kategori,
        "batas": tanggal(facts.batas, facts.zone) if facts.batas else None,
        "batas_hari": (_hari_ini(facts.batas, facts.now, facts.zone) if facts.batas else None),
        "lanjut": tanggal(facts.lanjut, facts.zone) if facts.lanjut else None,
        "lama": plain(facts.lama or ""),
        "alasan": clip(facts.alasan or "", most["alasan"]),
        "perihal": some(facts.perihal, most["perihal"]),
        "instansi": clip(facts.instansi, most["instansi"]),
        "isi": clip(facts.isi or "", most["isi"]).rstrip(" ."),
        "sampai": hari_bulan(facts.batas, facts.zone) if facts.batas else None,
        "tanggal": facts.tanggal,
        "rincian": clip(facts.rincian or "", most["rincian"]),
        "daftar": bodies(facts.per_opd, most["daftar"]),
    }


def hari(moment: datetime, zone: ZoneInfo) -> str:
    """Return the day of a moment as "Kam 26 Nov" in `zone`; raises ValueError for a naive one."""
    if moment.utcoffset() is None:
        raise ValueError(f"naive time: {moment}")
    local = moment.astimezone(zone)
    return f"{HARI[local.weekday()]} {local.day} {BULAN[local.month - 1]}"


def _hari_ini(moment: datetime, now: datetime, zone: ZoneInfo) -> str:
    if moment.astimezone(zone).date() == now.astimezone(zone).date():
        return f"hari ini pkl {moment.astimezone(zone):%H.%M}"
    return tanggal(moment, zone)
