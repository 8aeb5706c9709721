"""PURE: from the notices that make one message to its text, or to its WhatsApp template."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from bot.fitting import listed
from bot.template_words import FilledTemplate, fill_template
from bot.wording import (
    CATATAN_MAX,
    DigestFacts,
    Facts,
    digest_values,
    hari,
    plural_values,
    render,
    render_digest,
    render_many,
    single_values,
)
from config.message_files import UTAMA, load_messages
from config.message_templates import LENGTHS, wanted_template
from config.policy import Policy
from config.terms import Channel, Peran
from scheduler.directory import Directory, PostInfo
from scheduler.ledger import REOPENED
from scheduler.store.outbox import Line

_OF_AN_OPD = {
    Peran.ADMIN_OPD: "Admin",
    Peran.PEJABAT_PENGHUBUNG: "Penghubung",
    Peran.KEPALA_OPD: "Kepala",
}
_ASKS_WHY = ("status_asing", "instansi_asing", "abaikan")

ALONE = frozenset(
    {
        "minta_setuju",
        "jawaban_normatif",
        "jawaban_ditolak",
        "permintaan_ditolak",
        "permintaan_disetujui",
        "sudah_ditolak",
        "darurat",
    }
)
"""Kinds of which each is a message: what somebody wrote must be read, about one complaint."""

OWN_WORDS = ALONE | {
    *_ASKS_WHY,
    "gagal",
    "tanggapan_batas",
    "kelengkapan_batas",
    "peringatan",
    "perkenalan",
    "minta_bukan",
    "minta_tunda",
    "minta_sudah",
    "permintaan_ingat",
    "permintaan_lewat",
    "jawaban_disetujui",
}
"""Kinds that a digest's counts would hide: a recall, a question, an alarm, a closing …"""

HANDOVER = frozenset({"serah_terima", "serah_terima_tercatat", "serah_terima_berakhir"})
"""Kinds about a handover, each a message; the note holds the other post, its days, the numbers."""

SUMS_UP = frozenset({"ringkasan", "rekap"})
"""Kinds that stand for the digest they leave with: the wider one is printed, once."""

_QUOTES = frozenset(
    {
        "dijawab",
        "kelengkapan",
        "diarsipkan",
        "selesai",
        "minta_bukan",
        "minta_tunda",
        "minta_setuju",
        "jawaban_normatif",
        "jawaban_ditolak",
        "permintaan_ditolak",
        "sudah_ditolak",
        "darurat",
    }
)
"""Kinds whose note is what somebody wrote: an answer, a reason, a place."""
RAHASIA = "Rahasia; baca di konsol Ingat"
"""What officers read in place of it where the complaint is Rahasia: whoever writes about it may
quote it, and a message is not where its content goes. Reporters read what they were written."""
_GRANTED = {
    "bukan": ("permintaan bukan wewenang", None),
    "tunda": ("permintaan penundaan", "Batas waktunya dijeda."),
    "sudah": ("pernyataan sudah dijawab di SP4N", None),
}
"""What was granted, by the note of `permintaan_disetujui`: its name, and what follows from it."""
_NO_NOTE = frozenset({*_ASKS_WHY, *_QUOTES, *SUMS_UP, *HANDOVER, "gagal", "peringatan"})
"""Kinds whose note has a place of its own in the text."""
_FOR_YOU = "Menunggu Bapak/Ibu: "


@dataclass(frozen=True, slots=True)
class _Single:
    """One complaint, or an alert."""

    first: Line
    facts: Facts


@dataclass(frozen=True, slots=True)
class _Plural:
    """One letter about several complaints."""

    first: Line
    facts: Facts
    numbers: Sequence[str]


class Writer:
    """Writes the texts of one pass.

    `two_way`: the channels that can be answered on; True stands for all, False for none.
    """

    def __init__(
        self,
        directory: Directory,
        policy: Policy,
        zone: ZoneInfo,
        now: datetime,
        *,
        two_way: Collection[Channel] | bool,
    ) -> None:
        """Take the people, the signature and the moment of writing."""
        self._directory = directory
        self._policy = policy
        self._zone = zone
        self._now = now
        everywhere = frozenset(Channel) if two_way else frozenset()
        self._two_way = everywhere if isinstance(two_way, bool) else frozenset(two_way)

    def text(self, lines: Sequence[Line], channel: Channel = Channel.SMS) -> str:
        """Return the text of a message: one notice, one letter of several complaints, a digest.

        On WhatsApp it is the free text, for a person who wrote within the last 24 hours. What was
        settled when it was decided (a reply) is said as it is.
        """
        if lines[0].body is not None:
            return lines[0].body
        choice = self._choice(lines, channel)
        if isinstance(choice, DigestFacts):
            return render_digest(choice, channel)
        first = choice.first
        two_way = channel in self._two_way
        if isinstance(choice, _Plural):
            return render_many(
                first.kind,
                choice.facts,
                choice.numbers,
                peran=first.peran,
                copy=first.copy,
                two_way=two_way,
                channel=channel,
            )
        return render(
            first.kind,
            choice.facts,
            peran=first.peran,
            copy=first.copy,
            two_way=two_way,
            channel=channel,
        )

    def template(self, lines: Sequence[Line]) -> FilledTemplate | None:
        """Return the WhatsApp template of a message, in the wording that `text` would choose.

        None where there is none, or where it cannot say all that the text says: a value is
        missing, or the text is a reply. Whether the provider's copy is approved is for
        `scheduler.store.templates` to say.
        """
        if lines[0].body is not None:
            return None
        choice = self._choice(lines, Channel.WHATSAPP)
        if isinstance(choice, DigestFacts):
            kind, section = "digest", UTAMA
            values = digest_values(choice, LENGTHS)
            catatan = choice.catatan
        else:
            kind = choice.first.kind
            section = load_messages()[kind].section(choice.first.peran, copy=choice.first.copy)
            catatan = choice.facts.catatan
            if isinstance(choice, _Plural):
                values = plural_values(choice.facts, choice.numbers, LENGTHS)
            else:
                values = single_values(choice.facts, LENGTHS)
            if kind in SUMS_UP:
                values["daftar"] = values["daftar"] or "tidak ada"
        plural = isinstance(choice, _Plural)
        wording = load_messages()[kind].sections[section]
        template = wording.template_banyak if plural else wording.template
        if template is None:
            return None
        wanted = wanted_template(
            kind,
            section,
            template,
            self._policy.tanda,
            plural=plural,
            two_way=Channel.WHATSAPP in self._two_way,
        )
        return fill_template(wanted, values, catatan)

    def _choice(self, lines: Sequence[Line], channel: Channel) -> _Single | _Plural | DigestFacts:
        """Decide which words a message gets."""
        summary = next((line for line in lines if line.kind == "rekap"), None) or next(
            (line for line in lines if line.kind == "ringkasan"), None
        )
        if summary is not None:
            return _Single(summary, self._summary(summary, lines))
        if lines[0].kind in HANDOVER:
            return self._handover(lines[0])
        first = min(lines, key=lambda line: (line.copy, self._urgency(line)))
        numbers = list(dict.fromkeys(number(line) for line in sorted(lines, key=self._urgency)))
        alike = len({(line.kind, line.letter) for line in lines}) == 1
        if alike and len(numbers) == 1:
            return _Single(first, self._facts(first, lines))
        apart = first.kind in OWN_WORDS or (first.letter is not None and not first.in_digest)
        wording = load_messages()[first.kind].wording(first.peran, copy=first.copy)
        if alike and apart and wording.banyak:
            return _Plural(first, self._facts(first, lines), numbers)
        return self._digest(lines, channel)

    def _urgency(self, line: Line) -> tuple[bool, datetime, str]:
        return line.limit_at is None, line.limit_at or self._now, number(line)

    def _facts(self, line: Line, lines: Sequence[Line]) -> Facts:
        post = self._directory.posts[line.post_id] if line.post_id is not None else None
        owing = self._directory.bodies.get(line.instansi_id) if line.instansi_id else None
        asks = line.kind in _ASKS_WHY
        alerts = (one.note for one in lines if one.kind == "peringatan" and one.note)
        granted, note = None, None if line.kind in _NO_NOTE else line.note
        if line.kind == "permintaan_disetujui":
            granted, note = _GRANTED.get(line.note or "", ("permintaan", None))
        return Facts(
            sapaan=self.salutation(post) if post else "",
            opd=owing.short if owing else "",
            nomor=number(line),
            sp4n=line.tracking_id is not None,
            tanda=self._policy.tanda,
            now=self._now,
            zone=self._zone,
            kategori=line.kategori,
            batas=line.limit_at,
            lanjut=line.next_at,
            lama=line.lama,
            catatan=note,
            rincian=granted,
            alasan=line.note if asks else None,
            tujuan=self._named(line.note) if line.kind == "gagal" else None,
            perihal=tuple(dict.fromkeys(alerts)),
            instansi=owing.nama if owing else "",
            isi=self._quoted(line),
        )

    @staticmethod
    def _quoted(line: Line) -> str | None:
        """Return what somebody wrote, for whoever may read it in a message."""
        if line.kind not in _QUOTES or not line.note:
            return None
        return RAHASIA if line.rahasia and line.post_id is not None else line.note

    def _summary(self, line: Line, lines: Sequence[Line]) -> Facts:
        """Read what sums up; what is asked of the person himself in the same message is added."""
        day, counts, *per_opd = (line.note or "").splitlines()
        asked = [one for one in lines if one.kind not in SUMS_UP and not one.copy]
        numbers = list(dict.fromkeys(number(one) for one in sorted(asked, key=self._urgency)))
        theirs = listed(numbers, CATATAN_MAX - len(_FOR_YOU)) if numbers else None
        return replace(
            self._facts(line, [line]),
            tanggal=day,
            rincian=counts,
            per_opd=per_opd,
            catatan=f"{_FOR_YOU}{theirs}." if theirs else None,
        )

    def _handover(self, line: Line) -> _Single | _Plural:
        """Read what tells of a handover: three lines, see `bot.handover`."""
        label, days, printed = (line.note or "").splitlines()
        mulai, selesai = (
            datetime.combine(date.fromisoformat(day), time(), self._zone) for day in days.split()
        )
        facts = replace(
            self._facts(line, [line]),
            tujuan=self._named(label),
            tanggal=hari(selesai, self._zone),
            rincian=f"{hari(mulai, self._zone)} s.d. {hari(selesai, self._zone)}",
        )
        numbers = printed.split(", ")
        if len(numbers) == 1:
            return _Single(line, replace(facts, nomor=numbers[0]))
        return _Plural(line, facts, numbers)

    def _named(self, label: str | None) -> str | None:
        """Return how the post of a label is addressed; what is none's label stays."""
        post = next((p for p in self._directory.posts.values() if p.label == label), None)
        return self.salutation(post) if post else label

    def salutation(self, post: PostInfo) -> str:
        """Return how a post is addressed, without "Yth."."""
        short = self._directory.bodies[post.instansi_id].short
        if post.peran in _OF_AN_OPD:
            return f"{_OF_AN_OPD[post.peran]} {short}"
        if post.peran is Peran.ADMIN_KOORDINATOR:
            return "Kominfo"
        return "Bpk/Ibu Sekda" if post.peran is Peran.SEKDA else f"Bpk/Ibu {post.jabatan}"

    def _heading(self, post: PostInfo) -> str:
        """Return whose digest it is, in a word or two."""
        if post.peran in _OF_AN_OPD:
            return self._directory.bodies[post.instansi_id].short
        return {Peran.ADMIN_KOORDINATOR: "Kominfo", Peran.SEKDA: "Sekda"}.get(
            post.peran, post.jabatan
        )

    def _digest(self, lines: Sequence[Line], channel: Channel) -> DigestFacts:
        post_id = lines[0].post_id
        assert post_id is not None, "what is for a phone itself is one notice a message"
        post = self._directory.posts[post_id]
        kinds: dict[str, set[str]] = {"terlambat": set(), "hari ini": set(), "baru": set()}
        order: dict[str, tuple[bool, datetime, str]] = {}
        for line in lines:
            kinds.setdefault(self._standing(line), set()).add(number(line))
            key = self._urgency(line)
            order[number(line)] = min(order.get(number(line), key), key)
        late = kinds["terlambat"]
        today = kinds["hari ini"] - late
        new = kinds["baru"] - late - today
        urgent = sorted(order, key=lambda n: (n not in late, n not in today, *order[n]))
        notes = [line.note for line in lines]
        shared = len(set(notes)) == 1
        return DigestFacts(
            opd=self._heading(post),
            now=self._now,
            zone=self._zone,
            tanda=self._policy.tanda,
            two_way=channel in self._two_way,
            baru=len(new),
            jatuh_tempo=len(today),
            terlambat=len(late),
            menunggu=len(set(order) - late - today - new),
            nomor=urgent,
            sp4n=all(line.tracking_id is not None for line in lines),
            catatan=next((note for note in notes if note and (shared or note != REOPENED)), None),
        )

    def _standing(self, line: Line) -> str:
        """Say where a complaint stands in a digest; what was due at go-live counts as late."""
        if line.limit_at is not None:
            if line.limit_at < self._now or (line.in_digest and line.letter is not None):
                return "terlambat"
            if self._day(line.limit_at) == self._day(self._now):
                return "hari ini"
        return "baru" if line.kind == "terima" else "menunggu"

    def _day(self, moment: datetime) -> object:
        return moment.astimezone(self._zone).date()


def number(line: Line) -> str:
    """Return a complaint's number as messages print it; empty for what is about none.

    A citizen knows it by the number that he was given here.
    """
    if line.tracking_id is None or (line.post_id is None and line.nomor):
        return line.nomor or ""
    return f"SP4N #{line.tracking_id}"
