"""How templates write times, numbers and terms."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from jinja2 import Environment

from bot import explanation
from bot.web.console.words import gettext as _
from config.terms import Clock, Klasifikasi, NoticeStatus, Peran, Status, Wewenang

STATUS: Final = {
    Status.BELUM_TERVERIFIKASI: ("Belum terverifikasi", "azure"),
    Status.BELUM_DITINDAKLANJUTI: ("Belum ditindaklanjuti", "orange"),
    Status.PROSES: ("Proses", "blue"),
    Status.SELESAI: ("Selesai", "green"),
    Status.ARSIP: ("Arsip", "secondary"),
    Status.TUNDA: ("Tunda", "purple"),
}
"""A status in the field's words, and the colour of its badge."""
NOTICE: Final = {
    NoticeStatus.PENDING: ("Menunggu dikirim", "azure"),
    NoticeStatus.HELD: ("Ditahan", "purple"),
    NoticeStatus.SENDING: ("Sedang dikirim", "blue"),
    NoticeStatus.ACCEPTED: ("Diterima penyedia", "cyan"),
    NoticeStatus.DELIVERED: ("Sampai", "green"),
    NoticeStatus.FAILED: ("Gagal", "red"),
    NoticeStatus.UNKNOWN: ("Belum pasti", "orange"),
    NoticeStatus.CANCELLED: ("Dibatalkan", "secondary"),
}
KLASIFIKASI: Final = {
    Klasifikasi.BERKADAR: "Pengaduan Berkadar Pengawasan",
    Klasifikasi.TIDAK_BERKADAR: "Pengaduan Tidak Berkadar Pengawasan",
    Klasifikasi.INFORMASI: "Permintaan Informasi",
    Klasifikasi.ASPIRASI: "Aspirasi",
}
CLOCK: Final = {
    Clock.VERIFIKASI: "Verifikasi",
    Clock.RESPON: "Respon",
    Clock.PENYELESAIAN: "Penyelesaian",
    Clock.TANGGAPAN: "Tanggapan pelapor",
    Clock.KELENGKAPAN: "Kelengkapan",
}
PERAN: Final = {
    Peran.ADMIN_OPD: "Admin OPD",
    Peran.PEJABAT_PENGHUBUNG: "Pejabat penghubung",
    Peran.KEPALA_OPD: "Kepala OPD",
    Peran.ADMIN_KOORDINATOR: "Admin koordinator",
    Peran.ASISTEN: "Asisten",
    Peran.SEKDA: "Sekda",
    Peran.KEPALA_DAERAH: "Kepala daerah",
    Peran.ADMIN_PENGAWAS: "Admin pengawas",
}
WEWENANG: Final = {
    Wewenang.ADMIN_KOORDINATOR: "Admin koordinator",
    Wewenang.OPERATOR: "Operator",
    Wewenang.PIMPINAN: "Pimpinan",
    Wewenang.PENGAWAS: "Pengawas",
    Wewenang.OPD: "OPD",
}


def thousands(number: int) -> str:
    """Return a number as Indonesian writes it: 1.958."""
    return f"{number:,}".replace(",", ".")


def number(text: str) -> str:
    """Return a complaint's number as people write it: SP4N's behind a #, an own one as it is."""
    return f"#{text}" if text.isdecimal() else text


def ago(moment: datetime | None, now: datetime) -> str:
    """Return how long ago a moment is, in its largest unit."""
    if moment is None:
        return _("never")
    seconds = max(0, int((now - moment).total_seconds()))
    for size, text in (
        (86400, _("%(n)d days ago")),
        (3600, _("%(n)d hours ago")),
        (60, _("%(n)d minutes ago")),
    ):
        if seconds >= size:
            return text % {"n": seconds // size}
    return _("just now")


def add(env: Environment, zone: ZoneInfo) -> None:
    """Give an environment the filters; times are written in the installation's zone."""

    def waktu(moment: datetime | None) -> str:
        return explanation.waktu(moment, zone) if moment else "-"

    def tanggal(day: date | datetime | None) -> str:
        if isinstance(day, datetime):
            day = day.astimezone(zone).date()
        return explanation.tanggal(day) if day else "-"

    env.filters.update(waktu=waktu, tanggal=tanggal, ribuan=thousands, lalu=ago, nomor=number)
    env.globals.update(
        STATUS=STATUS,
        NOTICE=NOTICE,
        KLASIFIKASI=KLASIFIKASI,
        CLOCK=CLOCK,
        PERAN=PERAN,
        WEWENANG=WEWENANG,
    )
