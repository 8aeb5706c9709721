"""From what a citizen wrote to a complaint with a number, and to those that read like it."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from rapidfuzz import fuzz, process, utils

from bot.masking import mask
from bot.substance import fingerprint
from config.terms import Channel, Clock, Status
from scheduler.case import Case
from scheduler.inbound import Place
from scheduler.ledger import PELAPOR, SYSTEM
from scheduler.lifecycle import Desk
from scheduler.store import drafts as store
from scheduler.store import people
from scheduler.store.pairing import next_number
from scheduler.store.sealed import Seal
from scheduler.store.session import Connection
from scheduler.world import World

TITLE: Final = 80
SAME_WITHIN: Final = timedelta(days=30)
"""The same text from the same phone within this time is one complaint."""
ALIKE_WITHIN: Final = timedelta(days=14)
ALIKE_AMONG: Final = 300
ALIKE: Final = 88
"""Score (token_set_ratio) from which two texts read alike: the same words, in whatever order."""
WISHED: Final = timedelta(hours=24)
"""How long a wish to be protected holds for what is reported after it."""
LINKED: Final = 5
"""How many of those are noted: of a flood of them the officer needs no longer list."""
ALIKE_WHOLE: Final = 60
"""What both texts as wholes must come to beside it: "jalan rusak" is a part of every other one."""
WITHOUT_WORDS: Final = "(tanpa tulisan; lihat lampiran)"

SOURCES: Final = {Channel.WHATSAPP: "WhatsApp", Channel.SMS: "SMS"}

_SHORT: Final = ("jl", "jln", "gg", "ds", "dsn", "kec", "kel", "kab", "no", "rt", "rw")
_SENTENCE: Final = re.compile(
    r"(?<=[.!?])" + "".join(rf"(?<!\b{word}\.)" for word in _SHORT) + r"\s+|\n+", re.IGNORECASE
)
"""Where a sentence ends; not after "Jl." or "Kec."."""
_LETTERS: Final = 8
"""A first sentence with fewer letters ("Pak.") says nothing; the next one is the title."""


@dataclass(slots=True, kw_only=True)
class Report:
    """What a phone has reported so far, word for word: not masked yet."""

    channel: Channel
    first_at: datetime
    parts: list[str] = field(default_factory=list)
    lokasi: str | None = None
    anonim: bool = False
    rahasia: bool = False
    name: str | None = None
    """What the person calls himself on WhatsApp."""
    files: int = 0

    @property
    def text(self) -> str:
        """The whole of it."""
        return "\n".join(self.parts)

    @property
    def empty(self) -> bool:
        """Whether there is nothing that could be filed."""
        return not (self.parts or self.files or self.lokasi)

    def says(self, text: str) -> bool:
        """Return whether one of its parts is this very text."""
        return any(fingerprint(part) == fingerprint(text) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Filing:
    """Where and when complaints are filed: one transaction, one phone.

    `at` is the moment of it; `flush` writes what the desk has, so that complaints have their ids.
    """

    connection: Connection
    world: World
    seal: Seal
    desk: Desk
    flush: Callable[[], None]
    phone_id: int
    at: datetime

    def known(self, text: str, lokasi: str | None) -> people.Mine | None:
        """Return the complaint that this text is already; another place is another complaint."""
        if not text:
            return None
        since = self.at - SAME_WITHIN
        same = people.same_text(self.connection, self.phone_id, fingerprint(text), since)
        if same is None or same.status is Status.ARSIP:
            return None
        there = store.place_of(self.connection, same.id)
        return None if lokasi and there and lokasi != there else same

    def file(self, report: Report, *, several: bool = False) -> Case:
        """Enter a report as a complaint, received when its first part was.

        `several`: it took more than one message, so the trail says when it was filed.
        """
        day = self.world.today(report.first_at)
        kode = self.world.policy.kode
        anonim = report.anonim or self._wished(report.first_at)
        named = report.name is not None and not anonim
        case = Case(
            title(report),
            mask(report.text) or WITHOUT_WORDS,
            report.first_at,
            report.first_at,
            nomor=next_number(self.connection, kode, day, self.at),
            anonim=anonim,
            rahasia=report.rahasia,
            sumber=SOURCES[report.channel],
            lokasi=report.lokasi,
            reporter_sealed=self.seal.seal(report.name) if named and report.name else None,
            reporter_phone_id=self.phone_id,
            text_sha=fingerprint(report.text) if report.text else None,
        )
        self.desk.receive(case, PELAPOR)
        if several:
            at = max(self.at, case.last_event_at)
            self.desk.remark(case, store.FILED, SYSTEM, "laporan dari beberapa pesan", at=at)
        self.flush()
        self.link_alike(case)
        return case

    def _wished(self, at: datetime) -> bool:
        """Return whether the reporter asked for anonymity shortly before, of whatever report."""
        return store.wrote_since(self.connection, self.phone_id, at - WISHED, {"anonim"})

    def link_alike(self, case: Case) -> None:
        """Note which complaints of other people read like one. Nothing is merged by itself."""
        assert case.id is not None
        since = self.at - ALIKE_WITHIN
        others = store.of_others(self.connection, case.id, self.phone_id, since, ALIKE_AMONG)
        scores = alike(case.isi, others)
        best = sorted(scores, key=lambda other: (scores[other], other), reverse=True)[:LINKED]
        new = store.link_similar(self.connection, case.id, {key: scores[key] for key in best})
        if new:
            numbers = ", ".join(people.numbers(self.connection, new))
            at = max(self.at, case.last_event_at)
            self.desk.remark(case, "mirip", SYSTEM, numbers, at=at)


def alike(text: str, others: dict[int, str]) -> dict[int, int]:
    """Return the score (to 100) of each of the `others` that reads like a text."""
    found = process.extract(
        text,
        others,
        scorer=fuzz.token_set_ratio,
        processor=utils.default_process,
        score_cutoff=ALIKE,
        limit=None,
    )
    return {
        key: round(score)
        for other, score, key in found
        if fuzz.token_sort_ratio(text, other, processor=utils.default_process) >= ALIKE_WHOLE
    }


def title(report: Report) -> str:
    """Return the first sentence that says something, or its first words, in `TITLE` characters."""
    if not report.parts:
        return "Laporan berupa foto atau berkas" if report.files else "Laporan berupa lokasi"
    text = mask(report.parts[0])
    sentences = [one.strip() for one in _SENTENCE.split(text) if one.strip()]
    first = next((one for one in sentences if sum(map(str.isalpha, one)) >= _LETTERS), text)
    return textwrap.shorten(first, TITLE, placeholder=" ...") or first.strip()[:TITLE]


def place_words(place: Place) -> str:
    """Return a location as people read it: its name and address, then latitude and longitude."""
    label, address = (" ".join((part or "").split()) for part in (place.label, place.address))
    # An address often begins with the name.
    parts = [address] if label in address else [label, address]
    named = ", ".join(mask(part) for part in parts if part)
    point = f"{place.latitude:.6f}, {place.longitude:.6f}"
    return f"{named} ({point})" if named else point


def jenis(one: Report | Case) -> str:
    """Return how a reporter is protected, in the words he asked for it; empty where not."""
    return " dan ".join(filter(None, ("ANONIM" * one.anonim, "RAHASIA" * one.rahasia)))


def shown(case: Case | people.Mine) -> str:
    """Return the number of a complaint as its reporter knows it."""
    return case.nomor or f"SP4N #{case.tracking_id}"


def received_words(world: World, case: Case) -> dict[str, str]:
    """Return the values of the reply `diterima`."""
    run = case.open_run(Clock.VERIFIKASI)
    rules = world.clock(run) if run else None
    limit = rules.limits.get(case.counted_as) if rules else None
    lama = str(limit) if limit else ""
    return {"nomor": shown(case), "lama": lama, "jenis": jenis(case)}
