"""PURE: what happened to a complaint, in words, from its records: one timeline.

Newest first: whoever opens a complaint asks what happened last; the beginning stands in its head.
Free text of people is passed on only where the visitor may read what the complaint says.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto
from typing import Final
from zoneinfo import ZoneInfo

from bot.explanation import waktu
from config.replies import lacking
from config.terms import Channel, NoticeStatus
from scheduler.escalation import PASSED_OVER
from scheduler.ledger import HELD_BACKLOG, HELD_STALE, KOMINFO, PELAPOR, SP4N, SYSTEM
from scheduler.records import RunRecord, StepRecord
from scheduler.store.dossier import Came, File, Line, Telling
from scheduler.trace import Outcome

CHANNEL: Final = {Channel.WHATSAPP: "WhatsApp", Channel.SMS: "SMS"}
ACTORS: Final = {
    KOMINFO: "Kominfo",
    SYSTEM: "Sistem",
    PELAPOR: "Pelapor",
    SP4N: "SP4N-LAPOR!",
    "opd": "OPD",
    "loket": "Loket",
}
"""Who is no post."""
STEPS: Final = {
    "terima": "Pemberitahuan disposisi",
    "ingat": "Pengingat",
    "surat_1": "Surat I",
    "hari_terakhir": "Pengingat hari terakhir",
    "surat_2": "Surat II",
    "eskalasi": "Diteruskan kepada pimpinan",
    "ulang": "Laporan harian kepada pimpinan",
    "lewat": "Pemberitahuan lewat batas",
    "batas": "Batas waktu terlampaui",
}
"""The steps of the shipped policy; one of another policy has its name for words."""
ASKED: Final = {
    "bukan": "bukan wewenang",
    "tunda": "penundaan",
    "jawaban": "persetujuan jawaban",
    "normatif": "jawaban yang belum substantif",
    "sudah": "pernyataan sudah dijawab di SP4N",
}
"""What an officer asks for."""
OUTCOME: Final = {
    Outcome.TERCATAT: ("Tercatat", "green"),
    Outcome.TERLEWAT: ("Terlewat", "secondary"),
    Outcome.DITAHAN: ("Ditahan", "purple"),
    Outcome.MENUNGGU: ("Menunggu", "orange"),
    Outcome.BELUM: ("Belum", "azure"),
    Outcome.TIDAK_PERLU: ("Tidak perlu", "secondary"),
}
"""What became of a step, and the colour of its badge."""
FILE: Final = {
    "menunggu": "belum diambil dari penyedia pesan",
    "ada": "tersimpan",
    "ditolak": "tidak disimpan",
    "gagal": "tidak dapat diambil",
}
"""Where a photo or document is."""
WHOM: Final = {"jabatan": "Jabatan", "pelapor": "Pelapor", "penulis": "Pengirim pesan"}
VERBS: Final = {
    "terima": "penerimaan dicatat",
    "jawab": "jawaban dicatat",
    "sudah": "sudah dijawab di SP4N",
    "bukan": "permintaan bukan wewenang",
    "tunda": "permintaan penundaan",
    "setuju": "keputusan setuju",
    "tolak": "keputusan tolak",
    "lengkap": "kelengkapan dinyatakan terpenuhi",
    "selesai": "penyelesaian",
    "buka": "pembukaan kembali",
    "tahan": "penahanan pesan",
    "lepas": "pelepasan pesan",
    "verify": "verifikasi",
    "classify": "klasifikasi",
    "dispose": "disposisi",
    "pause": "permintaan kelengkapan",
    "archive": "pengarsipan",
    "recall": "penarikan disposisi",
    "merge": "penggabungan",
    "release": "pelepasan pesan",
    "resend": "pengiriman ulang",
    "tetapkan_instansi": "penetapan nama instansi",
    "tetapkan_status": "penetapan status",
    "disalin": "penyalinan jawaban ke SP4N",
    "entri": "entri aduan",
    "perbaiki_pelapor": "perbaikan data pelapor",
    "link": "pencatatan Tracking ID",
    "ubah_tracking_id": "perubahan Tracking ID",
}
"""What was done at a desk, where it was taken back."""


class Note(Enum):
    """What the note of an event is."""

    NONE = auto()
    WORDS = auto()
    """Ours, or a name of the field: for everybody who sees the complaint."""
    FREE = auto()
    """Typed by people: for those who may read what the complaint says."""


EVENTS: Final[dict[str, tuple[str, str, Note]]] = {
    "receive": ("Aduan diterima", "inbox", Note.WORDS),
    "catat": ("Laporan dihimpun dari beberapa pesan", "layer-group", Note.NONE),
    "verify": ("Diverifikasi", "check", Note.NONE),
    "classify": ("Klasifikasi diubah", "tag", Note.WORDS),
    "dispose": ("Didisposisikan", "share", Note.WORDS),
    "recall": ("Disposisi ditarik", "rotate-left", Note.FREE),
    "accept": ("Diterima untuk ditangani", "handshake", Note.NONE),
    "answer": ("Dijawab", "comment", Note.FREE),
    "return": ("Dikembalikan: bukan wewenang", "reply", Note.FREE),
    "pause": ("Tunda: menunggu kelengkapan dari pelapor", "pause", Note.FREE),
    "resume": ("Dilanjutkan", "play", Note.NONE),
    "close": ("Selesai", "flag-checkered", Note.FREE),
    "archive": ("Diarsipkan", "box-archive", Note.FREE),
    "reopen": ("Dibuka kembali", "folder-open", Note.FREE),
    "rate": ("Dinilai pelapor", "star", Note.WORDS),
    "ulasan": ("Ulasan pelapor", "comment", Note.FREE),
    "tambah": ("Keterangan ditambahkan oleh pelapor", "plus", Note.NONE),
    "anonim": ("Pelapor meminta Anonim", "user-secret", Note.NONE),
    "rahasia": ("Pelapor meminta Rahasia", "lock", Note.NONE),
    "darurat": ("Bahaya jiwa: Kominfo diberi tahu", "triangle-exclamation", Note.NONE),
    "mirip": ("Mirip dengan aduan lain", "clone", Note.WORDS),
    "sudah": ("OPD menyatakan sudah menjawab di SP4N", "hourglass", Note.WORDS),
    "sudah_lagi": ("OPD menyatakan lagi sudah menjawab di SP4N", "hourglass", Note.NONE),
    "sudah_berakhir": ("Data SP4N belum memuat jawaban: tenggat berjalan lagi", "play", Note.NONE),
    "bukan_diminta": ("OPD menyatakan bukan wewenangnya", "question", Note.FREE),
    "tunda_diminta": ("OPD meminta penundaan", "question", Note.FREE),
    "jawaban_diminta": ("Jawaban menunggu persetujuan", "question", Note.NONE),
    "normatif_diminta": ("Jawaban dinilai belum substantif", "question", Note.WORDS),
    "setuju": ("Disetujui", "thumbs-up", Note.WORDS),
    "tolak": ("Ditolak", "thumbs-down", Note.FREE),
    "disalin": ("Jawaban disalin ke SP4N", "copy", Note.NONE),
    "kalender": ("Hari libur berubah", "calendar", Note.WORDS),
    "ask": ("Kominfo diminta menentukan istilah SP4N", "question", Note.WORDS),
    "gagal": ("Pesan tidak dapat disampaikan", "triangle-exclamation", Note.WORDS),
    "veto": ("Pesan kepada pimpinan dan surat ditahan", "hand", Note.FREE),
    "release": ("Pesan yang ditahan dilepas", "paper-plane", Note.FREE),
    "link": ("Dipasangkan dengan SP4N", "link", Note.WORDS),
    "tracking_id_diubah": ("Tracking ID diubah", "link", Note.WORDS),
    "merge": ("Digabungkan", "code-merge", Note.WORDS),
    "undo": ("Tindakan diurungkan", "rotate-left", Note.WORDS),
    "resend": ("Pesan dikirim ulang atas permintaan", "paper-plane", Note.FREE),
    "data_pelapor_diperbaiki": ("Data pelapor diperbaiki", "user-pen", Note.WORDS),
    "surat_masuk": ("Nomor surat dicatat", "envelope", Note.WORDS),
    "ditetapkan": ("Istilah SP4N ditetapkan", "check", Note.WORDS),
    "serah_terima": ("Serah terima", "people-arrows", Note.WORDS),
    "serah_terima_berakhir": ("Serah terima diakhiri", "people-arrows", Note.WORDS),
}
"""Of each event of the audit trail its words, its icon and what its note is."""
_REMINDED: Final = {"ingat": "Kominfo diingatkan", "lewat": "Kominfo lewat waktu memutuskan"}
_EFFECTS: Final = {
    "aduan": "menjadi aduan ini",
    "bagian": "bagian dari aduan ini",
    "tambah": "tambahan keterangan",
    "lampiran": "lampiran",
    "ganda": "sudah tercatat",
    "status": "menanyakan keadaan aduan",
    "kenapa": "menanyakan penyebab",
    "ditolak": "tidak dapat dilakukan",
}


@dataclass(slots=True)
class Entry:
    """One thing that happened, with whom it told; `text` may be read by this visitor."""

    at: datetime
    title: str
    icon: str
    who: str | None = None
    text: str | None = None
    tellings: list[Telling] = field(default_factory=list)
    files: tuple[File, ...] = ()
    rank: tuple[int, int] = (0, 0)
    """What came first of what happened in one moment."""

    @property
    def told(self) -> list[Telling]:
        """Those that were told or are to be."""
        return [one for one in self.tellings if one.status is not NoticeStatus.CANCELLED]

    @property
    def cancelled(self) -> list[Telling]:
        """Those nobody was told of in the end."""
        return [one for one in self.tellings if one.status is NoticeStatus.CANCELLED]


@dataclass(frozen=True, slots=True)
class Records:
    """What the timeline is made from. `doings` is as `scheduler.store.handled.who_did` has it."""

    trail: Sequence[Line]
    tellings: Sequence[Telling]
    came: Sequence[Came]
    runs: Sequence[RunRecord]
    doings: Sequence[tuple[int, int, str, int]]


def timeline(records: Records, zone: ZoneInfo, *, reads: bool) -> list[Entry]:
    """Return everything that happened, the newest first; `reads`: free text may be shown."""
    of_event: dict[int, list[Telling]] = defaultdict(list)
    of_step: dict[tuple[int, str, int], list[Telling]] = defaultdict(list)
    rest: list[Telling] = []
    for one in records.tellings:
        if one.event_id is not None:
            of_event[one.event_id].append(one)
        elif one.run_id is not None:
            of_step[one.run_id, one.step, one.occurrence].append(one)
        else:
            rest.append(one)
    found = [
        *(_came(one) for one in records.came),
        *(_event(line, records.doings, zone, of_event[line.id], reads) for line in records.trail),
        *_steps(records.runs, of_step),
        *_others(rest),
    ]
    return sorted(found, key=lambda entry: (entry.at, entry.rank), reverse=True)


def step_name(step: str, occurrence: int = 1) -> str:
    """Return what a step of a ladder is called."""
    name = STEPS.get(step) or step.replace("_", " ").capitalize()
    return name if occurrence == 1 else f"{name} ke-{occurrence}"


def who(line: Line, doings: Iterable[tuple[int, int, str, int]]) -> str | None:
    """Return who did something: a post, Kominfo, the reporter; with the console's user who did it.

    Of what was taken back the record does not say by whom.
    """
    if line.event == "undo":
        return None
    actor = ACTORS.get(line.actor, line.actor)
    name = next((nama for after, until, nama, _ in doings if after < line.id <= until), None)
    if name is None or line.actor in (SYSTEM, PELAPOR, SP4N):
        return actor
    return f"{actor} ({name})" if line.actor == KOMINFO else f"{actor}; dicatat oleh {name}"


# --- entries ----------------------------------------------------------------------------------


def _event(
    line: Line,
    doings: Sequence[tuple[int, int, str, int]],
    zone: ZoneInfo,
    tellings: list[Telling],
    reads: bool,
) -> Entry:
    title, icon, kind = _known(line.event)
    free, text = kind is Note.FREE, line.note
    if line.event == "tolak":
        asked, _colon, text = (line.note or "").partition(": ")
        title = f"{title}: {ASKED.get(asked, asked)}"
    elif kind is Note.WORDS or line.note in (HELD_BACKLOG, HELD_STALE):
        title, text = _worded(line, title, zone), None
    if kind is Note.NONE or (free and not reads):
        text = None
    who_ = who(line, doings)
    return Entry(line.at, title, icon, who_, text or None, tellings, rank=(1, line.id))


def _known(event: str) -> tuple[str, str, Note]:
    if event in EVENTS:
        return EVENTS[event]
    kind, _, what = event.rpartition("_")
    if what in _REMINDED and kind in ASKED:
        return f"{_REMINDED[what]}: {ASKED[kind]}", "bell", Note.NONE
    return event.replace("_", " ").capitalize(), "circle", Note.FREE


def _worded(line: Line, title: str, zone: ZoneInfo) -> str:
    """Return a title with a note that is ours, in words."""
    note = line.note
    if not note:
        return title
    if line.event == "sudah":
        try:
            until = datetime.fromisoformat(note)
        except ValueError:
            return title
        return f"{title}: tenggat berhenti sampai {waktu(until, zone)}"
    if line.event == "normatif_diminta":
        try:
            return f"{title}: belum memuat {lacking(note.split(', '))}"
        except KeyError:
            return title
    words = {"setuju": ASKED, "undo": VERBS}.get(line.event, {})
    return f"{title}: {words.get(note, note)}"


def _came(one: Came) -> Entry:
    whose = "pelapor" if one.by_reporter else "petugas"
    effect = _EFFECTS.get(one.effect or "", (one.effect or "").replace("_", " ").upper())
    title = f"Pesan {CHANNEL[one.channel]} dari {whose}" + (f": {effect}" if effect else "")
    return Entry(one.at, title, "envelope", None, None, [], one.files, rank=(0, 0))


def _steps(
    runs: Iterable[RunRecord], told: dict[tuple[int, str, int], list[Telling]]
) -> Iterator[Entry]:
    for record in runs:
        for number, step in enumerate(record.steps):
            key = (record.run.id or 0, step.step, step.occurrence)
            rank = (2, (record.run.id or 0) * 1000 + number)
            title, text = _step(step)
            yield Entry(
                step.recorded_at, title, "bell", "Sistem", text, told.pop(key, []), rank=rank
            )
    for tellings in told.values():  # of a step that is not on record any more: none is left out
        first = tellings[0]
        yield Entry(first.created_at, step_name(first.step), "bell", "Sistem", None, tellings)


def _step(step: StepRecord) -> tuple[str, str | None]:
    title = step_name(step.step, step.occurrence)
    if step.outcome == PASSED_OVER:
        title = f"{title}: terlewat, tidak dikirim"
    return title, step.reason


def _others(rest: Iterable[Telling]) -> Iterator[Entry]:
    """Yield what neither an event nor a step caused: replies, and alarms at any hour."""
    for one in rest:
        title = "Balasan" if one.kind == "balasan" else step_name(one.kind)
        yield Entry(one.created_at, title, "paper-plane", "Sistem", None, [one], rank=(3, one.id))
