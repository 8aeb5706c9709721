"""PURE: from the notices that make one message to its text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.wording import DigestFacts, Facts, render, render_digest, render_many
from config.message_files import load_messages
from config.policy import Policy
from config.terms import Peran
from scheduler.directory import Directory, PostInfo
from scheduler.store.outbox import Line

_OF_AN_OPD = {
    Peran.ADMIN_OPD: "Admin",
    Peran.PEJABAT_PENGHUBUNG: "Penghubung",
    Peran.KEPALA_OPD: "Kepala",
}
_ASKS_WHY = ("status_asing", "instansi_asing", "abaikan")

OWN_WORDS = frozenset({*_ASKS_WHY, "gagal", "tanggapan_batas", "kelengkapan_batas"})
"""Kinds that a digest's counts would hide: a recall, a question, an alarm, a closing."""


class Writer:
    """Writes the texts of one pass. `two_way`: whether the channel can be answered on."""

    def __init__(
        self,
        directory: Directory,
        policy: Policy,
        zone: ZoneInfo,
        now: datetime,
        *,
        two_way: bool,
    ) -> None:
        """Take the people, the signature and the moment of writing."""
        self._directory = directory
        self._policy = policy
        self._zone = zone
        self._now = now
        self._two_way = two_way

    def text(self, lines: Sequence[Line]) -> str:
        """Return the text of a message: one notice, one letter of several complaints, a digest."""
        first = min(lines, key=lambda line: (line.copy, self._urgency(line)))
        numbers = list(dict.fromkeys(number(line) for line in sorted(lines, key=self._urgency)))
        alike = len({(line.kind, line.letter) for line in lines}) == 1
        if alike and len(numbers) == 1:
            return render(
                first.kind,
                self._facts(first),
                peran=first.peran,
                copy=first.copy,
                two_way=self._two_way,
            )
        apart = first.kind in OWN_WORDS or (first.letter is not None and not first.in_digest)
        wording = load_messages()[first.kind].wording(first.peran, copy=first.copy)
        if alike and apart and wording.banyak:
            return render_many(
                first.kind,
                self._facts(first),
                numbers,
                peran=first.peran,
                copy=first.copy,
                two_way=self._two_way,
            )
        return self._digest(lines)

    def _urgency(self, line: Line) -> tuple[bool, datetime, str]:
        return line.limit_at is None, line.limit_at or self._now, number(line)

    def _facts(self, line: Line) -> Facts:
        post = self._directory.posts[line.post_id]
        owing = self._directory.bodies.get(line.instansi_id) if line.instansi_id else None
        asks = line.kind in _ASKS_WHY
        return Facts(
            sapaan=self.salutation(post),
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
            catatan=None if asks or line.kind == "gagal" else line.note,
            alasan=line.note if asks else None,
            tujuan=line.note if line.kind == "gagal" else None,
        )

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

    def _digest(self, lines: Sequence[Line]) -> str:
        post = self._directory.posts[lines[0].post_id]
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
        return render_digest(
            DigestFacts(
                opd=self._heading(post),
                now=self._now,
                zone=self._zone,
                tanda=self._policy.tanda,
                two_way=self._two_way,
                baru=len(new),
                jatuh_tempo=len(today),
                terlambat=len(late),
                menunggu=len(set(order) - late - today - new),
                nomor=urgent,
                sp4n=all(line.tracking_id is not None for line in lines),
                catatan=next((line.note for line in lines if line.note), None),
            )
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
    """Return a complaint's number as messages print it."""
    return f"SP4N #{line.tracking_id}" if line.tracking_id is not None else str(line.nomor)
