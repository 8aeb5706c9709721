"""Why a message did not arrive, in the words of whoever must do something about it.

Sources: the codes of `bot.channels.twilio_errors` and of the SMS gateway, and our own words.
"""

from __future__ import annotations

import re
from typing import Final

from bot.channels import recovery, sending, sms_gate_words, twilio_errors
from bot.channels.handover import NO_HOLDER, UNREACHED
from config.terms import NoticeStatus, Reaction
from scheduler.ledger import HELD_SHADOW
from scheduler.store.attempts import TWIN
from scheduler.store.handwork import NOT_SENT
from scheduler.store.outbox_view import Row, Try
from scheduler.store.wanted import VETO

_BLOCKED: Final = "Penerima memblokir nomor ini atau membalas STOP/BERHENTI."
_NO_WHATSAPP: Final = "Nomor ini tidak terdaftar di WhatsApp."
_NOT_IN_USE: Final = "Nomor ini tidak aktif atau tidak dapat menerima SMS; periksa direktori."
_TOO_FAST: Final = "Penyedia sedang terlalu sibuk; dicoba lagi dengan sendirinya."
_OFF: Final = "Telepon penerima mati atau di luar jangkauan."
_CONTENT: Final = "Isi pesan ditolak penyedia; pengelola sistem perlu memperbaikinya."
_TEMPLATE: Final = "Templat WhatsApp ditolak, dijeda, atau dimatikan oleh Meta."
_ACCOUNT: Final = "Akun atau nomor pengirim ditolak penyedia; pengelola sistem perlu memeriksanya."
_PHONE: Final = "Telepon gerbang SMS tidak dapat mengirim; periksa telepon dan kartunya."

CODES: Final = {
    "63016": "Jendela 24 jam WhatsApp sudah tertutup; pesan dikirim lagi memakai templat.",
    "63024": _NO_WHATSAPP,
    "63003": _NO_WHATSAPP,
    "63032": "WhatsApp tidak mengizinkan pengiriman ke nomor ini.",
    "63018": "Batas jumlah pesan nomor pengirim tercapai; dicoba lagi dengan sendirinya.",
    "63049": "Meta membatasi pesan ke penerima ini; dialihkan ke saluran lain.",
    "63014": _BLOCKED,
    "21610": _BLOCKED,
    "30007": "SMS disaring operator karena dianggap spam.",
    "30008": "Operator tidak memberi sebab; dicoba lagi dengan sendirinya.",
    "30001": _TOO_FAST,
    twilio_errors.BUSY: _TOO_FAST,
    "429": _TOO_FAST,
    "30003": _OFF,
    "30005": "Nomor ini tidak dikenal operator; periksa direktori.",
    "30006": "Nomor ini telepon rumah atau tidak dapat menerima SMS; periksa direktori.",
    "21211": "Nomor ini bukan nomor telepon yang sah; periksa direktori.",
    "21614": _NOT_IN_USE,
    "21635": _NOT_IN_USE,
    "63040": _TEMPLATE,
    "63041": _TEMPLATE,
    "63042": _TEMPLATE,
    twilio_errors.AUTHENTICATE: _ACCOUNT,
    "63007": "Nomor pengirim WhatsApp tidak ditemukan pada akun penyedia.",
    "21408": "Akun penyedia belum diizinkan mengirim SMS ke negara nomor ini.",
    "21612": "Penyedia tidak mempunyai jalur dari nomor pengirim ke nomor ini.",
    twilio_errors.UNREACHABLE: "Penyedia tidak dapat dihubungi; dicoba lagi dengan sendirinya.",
    "undelivered": "Operator tidak dapat menyampaikan pesan ini.",
    "failed": "Penyedia tidak dapat mengirim pesan ini.",
    "canceled": "Pesan dibatalkan di penyedia.",
    sms_gate_words.AWAY: "Telepon gerbang SMS tidak menjawab; periksa telepon dan jaringannya.",
    sms_gate_words.CANCELLED: "Pesan dibatalkan di aplikasi gerbang SMS.",
    "TTL_EXPIRED": "Masa berlaku SMS habis sebelum telepon penerima aktif.",
    "NO_SERVICE": "Telepon gerbang SMS tidak mendapat sinyal.",
    "RADIO_OFF": "Telepon gerbang SMS dalam mode pesawat.",
    "SIM_ABSENT": "Telepon gerbang SMS tidak berisi kartu SIM.",
    "LIMIT_EXCEEDED": "Telepon gerbang SMS mencapai batas jumlah SMS.",
    recovery.IN_TIME: "Tidak ada laporan sampai dalam waktu yang ditentukan.",
    recovery.ABSENT: "Penyedia tidak mempunyai pesan ini; pesan tidak pernah keluar.",
    recovery.NOT_YET: "Penyedia belum mempunyai pesan ini.",
    recovery.SEVERAL: "Penyedia mempunyai beberapa pesan serupa sehingga tidak dapat dibedakan.",
    recovery.SILENT: "Penyedia tidak dapat ditanya tentang pesan ini.",
    TWIN: "Tertukar dengan pesan lain yang sama isinya; penyedia ditanya lagi dengan sendirinya.",
    sending.NOT_POSTED: "Belum sempat dikirim; dicoba lagi dengan sendirinya.",
    NOT_SENT: "Menurut petugas, pesan ini tidak pernah keluar.",
    UNREACHED: "Tidak ada lagi nomor atau pemegang jabatan yang dapat dihubungi.",
    NO_HOLDER: "Jabatan ini tidak mempunyai pemegang yang dapat dihubungi.",
}
"""What a code, or one of our own words, means; one Indonesian sentence each."""

REACTIONS: Final = {
    Reaction.BUSY: _TOO_FAST,
    Reaction.LATER: "Gangguan sementara; dicoba lagi dengan sendirinya.",
    Reaction.HANDSET_OFF: _OFF,
    Reaction.TEMPLATE: "Pesan ini harus memakai templat WhatsApp.",
    Reaction.NEXT: "Tidak dapat disampaikan lewat saluran ini.",
    Reaction.UNREACHABLE: "Nomor ini tidak terdaftar pada saluran ini.",
    Reaction.INVALID: _NOT_IN_USE,
    Reaction.NO_NUMBER: "Nomor ini tidak ada; periksa direktori.",
    Reaction.OPTED_OUT: _BLOCKED,
    Reaction.CONTENT: _CONTENT,
    Reaction.TEMPLATE_OFF: _TEMPLATE,
    Reaction.CHANNEL_OFF: _ACCOUNT,
}
"""What follows from a code that has no sentence of its own."""

UNCLEAR: Final = "Sambungan ke penyedia terputus sebelum ada jawaban."
SHADOW: Final = "Mode bayangan: diputuskan, tetapi tidak dikirim."
GIVEN_UP: Final = "Pesan ini tidak dapat ditulis; pengelola sistem perlu memeriksa log."
_CODE: Final = re.compile(r"[0-9A-Z_]{3,20}")

WORDS: Final = {
    "scheduled": "dijadwalkan penyedia",
    "accepted": "diterima penyedia",
    "queued": "dalam antrean penyedia",
    "sending": "sedang dikirim penyedia",
    "sent": "diteruskan ke jaringan",
    "partially_delivered": "sampai sebagian",
    "delivered": "sampai di telepon",
    "read": "sudah dibaca",
    "undelivered": "tidak sampai",
    "failed": "gagal",
    "canceled": "dibatalkan",
}
"""The provider's last word on an attempt."""


def explain(code: str | None, reaction: Reaction | None = None) -> str | None:
    """Return what an error means, with its code for whoever must look it up; None for none."""
    if code is None:
        return None
    known = CODES.get(code)
    if known is None:
        known = REACTIONS[reaction] if reaction is not None else UNCLEAR
    return f"{known} (kode {code})" if _CODE.fullmatch(code) else known


def explain_briefly(code: str) -> str:
    """Return what an error means, by its code alone: for who has no reaction to it at hand."""
    return explain(code) or "" if code in CODES else f"Kode galat {code}."


def held(reason: str, *, reads: bool = True) -> str:
    """Return why a notice is held, as it goes on after "ditahan".

    What a person gave as the reason is for those who may read it (`reads`).
    """
    if not reason.startswith(VETO):
        return reason
    said = reason.removeprefix(VETO).strip()
    return f"oleh petugas: {said}" if reads else "oleh petugas"


def why_held(reason: str) -> str:
    """Return why a notice is held, as a line of its own."""
    if reason == HELD_SHADOW:
        return SHADOW
    reason = f"ditahan {held(reason)}" if reason.startswith(VETO) else reason
    return f"{reason[:1].upper()}{reason[1:]}"


def why(row: Row, tries: list[Try]) -> str | None:
    """Return why a notice stands where it stands; None where that needs no words."""
    last = tries[-1] if tries else None
    told = explain(last.error, last.reaction) if last is not None else None
    if row.status is NoticeStatus.HELD:
        reason = why_held(row.hold_reason or "")
        return reason if reason == SHADOW else f"{reason}."
    if row.status is NoticeStatus.FAILED:
        own = CODES.get(row.note or "")
        if own is None and (row.note or "").startswith("tidak dapat ditulis"):
            own = GIVEN_UP
        return " ".join(filter(None, (own, told))) or REACTIONS[Reaction.NEXT]
    if row.status is NoticeStatus.UNKNOWN:
        return told or UNCLEAR
    if row.status is NoticeStatus.PENDING:
        return told
    return None
