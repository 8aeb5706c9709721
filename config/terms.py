"""The terms of the field, as SP4N-LAPOR! and the surat dinas of a kabupaten use them.

Values are what is stored, written in a policy and printed in JSON; they are never renamed.
"""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """Where a complaint stands; `TUNDA` may follow or precede any open status."""

    BELUM_TERVERIFIKASI = "belum_terverifikasi"
    BELUM_DITINDAKLANJUTI = "belum_ditindaklanjuti"
    PROSES = "proses"
    SELESAI = "selesai"
    ARSIP = "arsip"
    TUNDA = "tunda"


class Clock(StrEnum):
    """The clocks that may run on one complaint."""

    VERIFIKASI = "verifikasi"
    RESPON = "respon"
    PENYELESAIAN = "penyelesaian"
    TANGGAPAN = "tanggapan"
    KELENGKAPAN = "kelengkapan"


class Peran(StrEnum):
    """The role of a post (jabatan); its order is the order in which a duty climbs."""

    ADMIN_OPD = "admin_opd"
    PEJABAT_PENGHUBUNG = "pejabat_penghubung"
    KEPALA_OPD = "kepala_opd"
    ADMIN_KOORDINATOR = "admin_koordinator"
    ASISTEN = "asisten"
    SEKDA = "sekda"
    KEPALA_DAERAH = "kepala_daerah"
    ADMIN_PENGAWAS = "admin_pengawas"


LEADERS = frozenset({Peran.ASISTEN, Peran.SEKDA, Peran.KEPALA_DAERAH})
"""Roles whose being told makes a step formal: the leadership of the kabupaten."""


class Wewenang(StrEnum):
    """What a user of the console may do; who holds which post is another matter (`Peran`)."""

    ADMIN_KOORDINATOR = "admin_koordinator"
    """Kominfo's coordinator: everything."""
    OPERATOR = "operator"
    """Kominfo's daily work."""
    PIMPINAN = "pimpinan"
    """The leadership of the kabupaten: reads."""
    PENGAWAS = "pengawas"
    """The supervising province: reads, across instansi."""
    OPD = "opd"
    """An office: sees and answers what is disposed to it, or to a unit below it."""


class Jenis(StrEnum):
    """What kind of body an instansi is."""

    PROVINSI = "provinsi"
    KABUPATEN = "kabupaten"
    KOTA = "kota"
    OPD = "opd"
    KECAMATAN = "kecamatan"
    PUSKESMAS = "puskesmas"


GOVERNMENTS = frozenset({Jenis.PROVINSI, Jenis.KABUPATEN, Jenis.KOTA})
"""Bodies that are a whole government: a complaint "disposed" to one of them is not disposed."""


class StatusJabatan(StrEnum):
    """How a holder holds a post: in his own right, or acting (Plt, Plh, Pj) between dates."""

    DEFINITIF = "definitif"
    PLT = "plt"
    PLH = "plh"
    PJ = "pj"


class Klasifikasi(StrEnum):
    """SP4N's classes of complaint; a blank one counts as `TIDAK_BERKADAR`."""

    BERKADAR = "berkadar_pengawasan"
    TIDAK_BERKADAR = "tidak_berkadar_pengawasan"
    INFORMASI = "permintaan_informasi"
    ASPIRASI = "aspirasi"


class Letter(StrEnum):
    """The surat dinas that a step of a ladder carries."""

    PERTAMA = "pertama"
    KEDUA = "kedua"
    ESKALASI = "eskalasi"


class Channel(StrEnum):
    """How a message reaches a phone."""

    WHATSAPP = "whatsapp"
    SMS = "sms"


class NoticeStatus(StrEnum):
    """What became of one reason to tell one post."""

    PENDING = "pending"
    HELD = "held"
    SENDING = "sending"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    FAILED = "failed"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"


class Reaction(StrEnum):
    """What follows from a message that did not arrive: decided by the provider's error code."""

    BUSY = "busy"
    """Never processed: the same attempt again, after a pause."""
    LATER = "later"
    """The same way again after a delay, a few times at most."""
    HANDSET_OFF = "handset_off"
    """The same way again after hours, twice at most."""
    TEMPLATE = "template"
    """Free text outside the 24-hour window: once more, as an approved template."""
    NEXT = "next"
    """This channel will not do for this message: the next one."""
    UNREACHABLE = "unreachable"
    """The number is not on this channel: the next one, for 30 days."""
    INVALID = "invalid"
    """The number cannot be reached on this channel until it is another one."""
    NO_NUMBER = "no_number"
    """There is no such number: on no channel, until it is another one."""
    OPTED_OUT = "opted_out"
    """The person wants nothing on this channel."""
    CONTENT = "content"
    """What we sent is wrong: not again, and somebody must mend it."""
    TEMPLATE_OFF = "template_off"
    """The template was rejected, paused or disabled: not used any more, the next channel."""
    CHANNEL_OFF = "channel_off"
    """Account or configuration: nothing more on this channel for a while."""
