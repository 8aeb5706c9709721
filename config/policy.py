"""An escalation policy as values: which clocks run on a complaint, and who is told when.

`config.policy_file` reads one from TOML; `config/policy.toml` is Sampang's, the default.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from enum import StrEnum
from typing import Literal, NamedTuple

from config.limits import TUTUP, Hour, Limit
from config.terms import LEADERS, Channel, Clock, Jenis, Klasifikasi, Letter, Peran, Status


class Start(StrEnum):
    """The event from which a clock counts."""

    MASUK = "masuk"
    VERIFIKASI = "verifikasi"
    DISPOSISI = "disposisi"
    TUNDA = "tunda"
    JAWABAN = "jawaban"


class Stop(StrEnum):
    """The event that stops a clock."""

    DISPOSISI = "disposisi"
    JAWABAN = "jawaban"
    JAWABAN_SUBSTANTIF = "jawaban_substantif"
    TERCATAT_SP4N = "tercatat_sp4n"
    TANGGAPAN = "tanggapan"
    LENGKAP = "lengkap"


class AtLimit(StrEnum):
    """What reaching the limit does to a complaint that is not in SP4N.

    A complaint that is in SP4N is closed there, by people: admin_koordinator is told instead.
    """

    SELESAI = "selesai"
    ARSIP = "arsip"


class Days(StrEnum):
    """Whose calendar counts the days: the OPD's, or the sender's (the kabupaten's)."""

    OPD = "opd"
    PENGIRIM = "pengirim"


Approval = Literal["tidak", "penghubung", "kominfo"]
"""Who approves an OPD's answer before it counts: nobody, pejabat_penghubung, or Kominfo."""

Due = Limit | Literal["mulai", "batas"]
"""When a step is due.

So long after the clock's start, or "mulai": recorded when the clock starts, or "batas": at the
clock's limit for the complaint's klasifikasi.
"""


@dataclass(frozen=True, slots=True)
class Recipients:
    """The roles that a step tells: `to`, in `copy` (tembusan), and `weekly`.

    `weekly` roles are told as a copy, and only on the first working day of the week.
    """

    to: tuple[Peran, ...]
    copy: tuple[Peran, ...] = ()
    weekly: tuple[Peran, ...] = ()

    @property
    def all(self) -> tuple[Peran, ...]:
        """Every role that the step may tell."""
        return self.to + self.copy + self.weekly


@dataclass(frozen=True, slots=True)
class Condition:
    """Which complaints a step is for; an empty set means any, and all five must agree."""

    klasifikasi: frozenset[Klasifikasi] = frozenset()
    jenis: frozenset[Jenis] = frozenset()
    kategori: frozenset[str] = frozenset()
    sumber: frozenset[str] = frozenset()
    instansi: frozenset[str] = frozenset()

    def matches(
        self,
        *,
        klasifikasi: Klasifikasi,
        jenis: Jenis | None,
        kategori: str | None,
        sumber: str | None,
        instansi: str | None,
    ) -> bool:
        """Whether the step is for this complaint.

        Text is compared without regard to case and spacing; an unknown value (None) agrees only
        with "any".
        """
        return (
            (not self.klasifikasi or klasifikasi in self.klasifikasi)
            and (not self.jenis or jenis in self.jenis)
            and _among(kategori, self.kategori)
            and _among(sumber, self.sumber)
            and _among(instansi, self.instansi)
        )


@dataclass(frozen=True, slots=True)
class Step:
    """One rung of a ladder.

    `hour` is None exactly when the step is due "mulai" or counted in hours. `repeat` tells again
    so long after the last time; `veto` is how long a person may hold it before it goes out.
    """

    name: str
    due: Due
    hour: Hour | None
    recipients: Recipients
    per_opd: tuple[tuple[str, Recipients], ...]
    channels: tuple[Channel, ...]
    message: str
    letter: Letter | None
    when: Condition
    repeat: Limit | None
    veto: timedelta | None
    formal: bool = field(init=False, repr=False, compare=False)
    """Whether the step carries a letter or reaches leaders: such steps never bunch.

    Leaders told for a single OPD make the step formal for all, so that every complaint meets the
    same ladder.
    """

    def __post_init__(self) -> None:
        # Worked out once: a sweep asks it of every step of every run that is due.
        told = (self.recipients, *(recipients for _, recipients in self.per_opd))
        formal = self.letter is not None or any(LEADERS.intersection(each.all) for each in told)
        object.__setattr__(self, "formal", formal)

    def recipients_for(self, instansi: str) -> Recipients:
        """Who is told for a complaint at this OPD: its own entry if it has one, else everyone's."""
        wanted = fold(instansi)
        own = (recipients for name, recipients in self.per_opd if fold(name) == wanted)
        return next(own, self.recipients)


LIMIT_STEP = "batas"
"""The pseudo step under which the reaching of a closing limit is recorded, once."""


@dataclass(frozen=True, slots=True)
class ClockPolicy:
    """One clock: from which event to which, within what limit, with which ladder.

    `limits` names every klasifikasi, or none: a clock without a limit.
    """

    clock: Clock
    start: Start
    stop: Stop
    days: Days
    limits: Mapping[Klasifikasi, Limit]
    at_limit: AtLimit | None = None
    limit_hour: Hour = TUTUP
    steps: tuple[Step, ...] = ()
    dasar_hukum: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """The whole policy of one government.

    `kode` begins its own complaint numbers ("SPG" in SPG-2611-0042); `tanda` signs its messages.
    Quiet hours run from `quiet_from` to just before `quiet_until`, local time. `sp4n_status` maps
    the export's words: (exact text, or a beginning that ends in "…" or "*"; status; hidden).
    """

    nama: str
    kode: str
    tanda: str
    dasar_hukum: str
    persetujuan_jawaban: Approval
    quiet_from: time
    quiet_until: time
    clocks: Mapping[Clock, ClockPolicy]
    sp4n_status: tuple[tuple[str, Status, bool], ...]
    ringkasan: time | None = None
    """When Kominfo gets the figures of every working day's morning, local time; None: never."""
    rekap: time | None = None
    """When the Sekda gets those of the week, on its first working day; None: never."""

    def quiet(self, at: time) -> bool:
        """Whether this local time of day is inside the quiet hours."""
        return in_quiet_hours(at, self.quiet_from, self.quiet_until)

    def sp4n(self, text: str) -> tuple[Status, bool] | None:
        """The status of an export's "Status Laporan" and whether it is hidden; None if unknown.

        Case and spacing do not matter. An exact entry goes before a beginning, a longer beginning
        before a shorter one, whatever their order in the file.
        """
        # The space lets "Ditutup oleh …" match a bare "Ditutup oleh", but not "Ditutup olehnya".
        wanted = fold(text)
        best: tuple[int, Status, bool] | None = None
        for entry, status, hidden in self.sp4n_status:
            beginning = beginning_of(entry)
            if beginning is None:
                if fold(entry) == wanted:
                    return status, hidden
            elif f"{wanted} ".startswith(beginning) and (best is None or len(beginning) > best[0]):
                best = len(beginning), status, hidden
        return best[1:] if best else None


class Problem(NamedTuple):
    """One mistake in a policy file: its line (from 1) and an Indonesian sentence."""

    line: int
    message: str


class PolicyError(ValueError):
    """A policy file that cannot be used; `problems` names every mistake, in order of line."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(problems)
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(f"baris {line}: {message}" for line, message in self.problems)


def fold(text: str) -> str:
    """The text as it is compared: without regard to case and spacing."""
    return " ".join(text.split()).casefold()


def beginning_of(entry: str) -> str | None:
    """The beginning that an `sp4n_status` entry ending in "…", "..." or "*" stands for.

    None for an entry that must match whole.
    """
    text = " ".join(entry.split())
    for ending in ("…", "...", "*"):
        if text.endswith(ending):
            return text.removesuffix(ending).casefold()
    return None


def in_quiet_hours(at: time, quiet_from: time, quiet_until: time) -> bool:
    """Whether `at` is in [quiet_from, quiet_until), which may span midnight; local times."""
    if quiet_from < quiet_until:
        return quiet_from <= at < quiet_until
    return at >= quiet_from or at < quiet_until


def _among(text: str | None, wanted: frozenset[str]) -> bool:
    return not wanted or (text is not None and fold(text) in map(fold, wanted))
