"""PURE: who holds which post, and which posts a step of a ladder tells.

Recipients are posts (jabatan). A role resolves at the complaint's instansi, else at its nearest
ancestor that has a usable holder; an asisten is chosen by `membawahi`. A step none of whose roles
has a usable holder goes up, and says so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from config.policy import Recipients
from config.terms import GOVERNMENTS, Jenis, Peran, StatusJabatan
from scheduler.handover import NONE, Handovers

CLIMB = (
    Peran.ADMIN_OPD,
    Peran.PEJABAT_PENGHUBUNG,
    Peran.KEPALA_OPD,
    Peran.ASISTEN,
    Peran.SEKDA,
    Peran.ADMIN_KOORDINATOR,
)
"""Where a duty goes when nobody holds the post it is meant for; Kominfo is the last resort."""

NAMES = {
    Peran.ADMIN_OPD: "Admin",
    Peran.PEJABAT_PENGHUBUNG: "Penghubung",
    Peran.KEPALA_OPD: "Kepala",
    Peran.ADMIN_KOORDINATOR: "Kominfo",
    Peran.ASISTEN: "Asisten",
    Peran.SEKDA: "Sekda",
    Peran.KEPALA_DAERAH: "Kepala daerah",
    Peran.ADMIN_PENGAWAS: "Pengawas",
}


@dataclass(frozen=True, slots=True)
class Body:
    """An instansi."""

    id: int
    nama: str
    jenis: Jenis
    induk_id: int | None
    hari_kerja: int
    singkatan: str | None

    @property
    def short(self) -> str:
        """What messages call it."""
        return self.singkatan or self.nama


@dataclass(frozen=True, slots=True)
class PostInfo:
    """A post; `label` (jabatan and instansi) is unique and is what outputs show."""

    id: int
    instansi_id: int
    peran: Peran
    jabatan: str
    label: str


@dataclass(frozen=True, slots=True)
class HolderInfo:
    """Who holds a post between two local dates (both inclusive); a phone makes him usable."""

    post_id: int
    phone_id: int | None
    status_jabatan: StatusJabatan
    mulai: date | None
    selesai: date | None

    def usable(self, on: date) -> bool:
        """Return whether he can be told something on that date."""
        return (
            self.phone_id is not None
            and (self.mulai is None or self.mulai <= on)
            and (self.selesai is None or on <= self.selesai)
        )


@dataclass(frozen=True, slots=True)
class Addressee:
    """A post to tell. `note` says whose duty went up to it."""

    post: PostInfo
    peran: Peran
    copy: bool
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom a step tells, and which of its roles nobody could be found for."""

    addressees: tuple[Addressee, ...]
    missing: tuple[Peran, ...]

    @property
    def remark(self) -> str | None:
        """What the record of the step says of posts that nobody holds."""
        if not self.missing:
            return None
        return "tanpa pemegang jabatan: " + ", ".join(self.missing)


def _precedence(holder: HolderInfo) -> tuple[bool, bool, int]:
    definitif = holder.status_jabatan is StatusJabatan.DEFINITIF
    leaving = definitif and holder.selesai is not None
    return not definitif, leaving, -(holder.mulai or date.min).toordinal()


class NobodyToTellError(Exception):
    """No post in the directory can be told; the step stays due until somebody can be."""


class _Add(Protocol):
    def __call__(self, peran: Peran, *, copy: bool, note: str | None = None) -> bool: ...


class Directory:
    """A snapshot of instansi, posts and holders, made anew for every pass."""

    def __init__(
        self,
        bodies: Iterable[Body],
        posts: Iterable[PostInfo],
        holders: Iterable[HolderInfo],
        covers: Iterable[tuple[int, int]],
        handovers: Handovers = NONE,
    ) -> None:
        """Take every instansi, post and holder, and pairs (post, instansi it oversees)."""
        self.handovers = handovers
        self.bodies = {body.id: body for body in bodies}
        self.posts = {post.id: post for post in posts}
        self._at: dict[tuple[int, Peran], list[PostInfo]] = defaultdict(list)
        for post in sorted(self.posts.values(), key=lambda post: post.id):
            self._at[post.instansi_id, post.peran].append(post)
        self._holders: dict[int, list[HolderInfo]] = defaultdict(list)
        for holder in holders:
            self._holders[holder.post_id].append(holder)
        self._covers: dict[int, set[int]] = defaultdict(set)
        for post_id, instansi_id in covers:
            self._covers[post_id].add(instansi_id)
        self._lines: dict[int, tuple[Body, ...]] = {}

    @property
    def home(self) -> Body | None:
        """The government whose installation this is.

        The one kabupaten or kota; a province, if it watches several or none.
        """
        governments = [b for b in self.bodies.values() if b.jenis in GOVERNMENTS]
        several = sum(b.jenis is not Jenis.PROVINSI for b in governments) > 1
        governments.sort(key=lambda b: ((b.jenis is Jenis.PROVINSI) is not several, b.id))
        return governments[0] if governments else None

    def line(self, instansi_id: int | None) -> tuple[Body, ...]:
        """Return an instansi and its ancestors, nearest first; home's for None."""
        if instansi_id is None:
            return self.line(self.home.id) if self.home else ()
        if instansi_id not in self._lines:
            bodies: list[Body] = []
            body = self.bodies.get(instansi_id)
            while body is not None and body not in bodies:
                bodies.append(body)
                body = self.bodies.get(body.induk_id) if body.induk_id else None
            self._lines[instansi_id] = tuple(bodies)
        return self._lines[instansi_id]

    def holders(self, post_id: int, on: date) -> list[HolderInfo]:
        """Return the usable holders of a post: in his own right first, then the acting ones.

        Of several the last to begin comes first; on a day of handing over, the one who stays.
        """
        usable = [holder for holder in self._holders[post_id] if holder.usable(on)]
        usable.reverse()  # of two who began together, the one recorded later
        return sorted(usable, key=_precedence)

    def told(self, post_id: int, on: date, about: int | None) -> int:
        """Return the post that is told in place of one of a complaint (its id) on a local date.

        Who took it over, where he has a usable phone that day; else the post itself.
        """
        chain = self.handovers.chain(post_id, about, on)
        return next((post for post in reversed(chain[1:]) if self.holders(post, on)), post_id)

    def phone(self, post_id: int, on: date, about: int | None = None) -> int | None:
        """Return the phone that stands for a post on a date, or None.

        With `about`, for one complaint: that of whoever took it over, if he has one.
        """
        holders = self.holders(self.told(post_id, on, about), on)
        return holders[0].phone_id if holders else None

    def phones(self, post_id: int, on: date, about: int | None = None) -> list[int]:
        """Return every phone that may stand for a post on a date, the first to be told first.

        With `about`, for one complaint: before its own those of whoever took it over.
        """
        chain = self.handovers.chain(post_id, about, on)
        holders = (holder for post in reversed(chain) for holder in self.holders(post, on))
        phones = (holder.phone_id for holder in holders)
        return list(dict.fromkeys(phone_id for phone_id in phones if phone_id is not None))

    def resolve(
        self, peran: Peran, instansi_id: int | None, on: date, about: int | None = None
    ) -> list[PostInfo]:
        """Return the usable posts of a role at the instansi, else at its nearest ancestor.

        With `about`, for one complaint: a post is usable too where its stand-in is.
        """
        line = self.line(instansi_id)
        for body in line:
            posts = [
                post
                for post in self._at[body.id, peran]
                if self.holders(self.told(post.id, on, about), on)
            ]
            if posts:
                return self._overseeing(posts, line) if peran is Peran.ASISTEN else posts
        return []

    def _overseeing(self, posts: list[PostInfo], line: Sequence[Body]) -> list[PostInfo]:
        """Keep the asisten who oversee the instansi or the nearest body above it; else all."""
        for body in line:
            overseeing = [post for post in posts if body.id in self._covers[post.id]]
            if overseeing:
                return overseeing
        return posts

    def audience(
        self,
        recipients: Recipients,
        instansi_id: int | None,
        on: date,
        *,
        week_start: bool = False,
        letter: bool = False,
        about: int | None = None,
    ) -> Audience:
        """Return whom a step tells on local date `on`; raise `NobodyToTellError` if no one.

        The posts whose business it is: who stands in for one (`about` is the complaint's id) is
        found when it is told. A letter for a unit (a puskesmas, a UPT) goes to the head of its
        parent, copy to the unit.
        """
        found: dict[int, Addressee] = {}
        missing: list[Peran] = []
        unit = self._unit(instansi_id) if letter else None

        def add(peran: Peran, *, copy: bool, note: str | None = None) -> bool:
            above = unit is not None and peran is Peran.KEPALA_OPD
            where = unit.induk_id if above and unit else instansi_id
            posts = self.resolve(peran, where, on, about)
            for post in posts:
                found.setdefault(post.id, Addressee(post, peran, copy, note))
            if not posts:
                missing.append(peran)
            return bool(posts)

        reached = [add(peran, copy=False) for peran in recipients.to]
        if not any(reached):
            self._climb(recipients.to, add)
        for peran in recipients.copy + (recipients.weekly if week_start else ()):
            add(peran, copy=True)
        if unit is not None:
            for post in self._at[unit.id, Peran.KEPALA_OPD]:
                if self.holders(self.told(post.id, on, about), on):
                    found.setdefault(post.id, Addressee(post, Peran.KEPALA_OPD, True))
        if all(addressee.copy for addressee in found.values()):
            raise NobodyToTellError
        return Audience(tuple(found.values()), tuple(dict.fromkeys(missing)))

    def _climb(self, roles: Sequence[Peran], add: _Add) -> None:
        # Above the sekda there is nobody to climb to; Kominfo is left.
        top = CLIMB.index(Peran.SEKDA)
        lowest = min((CLIMB.index(role) for role in roles if role in CLIMB), default=top)
        # Nobody holds the post, or who does has refused: both are true of it.
        note = " dan ".join(NAMES[role] for role in roles) + " tanpa nomor aktif."
        for peran in CLIMB[lowest + 1 :]:
            if peran not in roles and add(peran, copy=False, note=note):
                return

    def government(self, instansi_id: int | None) -> Body | None:
        """Return the government that an instansi belongs to: itself, or its nearest ancestor."""
        return next((body for body in self.line(instansi_id) if body.jenis in GOVERNMENTS), None)

    def bodies_of(self, post: PostInfo, on: date) -> frozenset[int]:
        """Return the instansi of which a post is told in its role, whoever holds it at the moment.

        Its own, and those below it that have no usable post of this role nearer by.
        """

        def reaches(body: Body) -> bool:
            for above in self.line(body.id):
                if above.id == post.instansi_id:
                    return True
                if any(self.holders(each.id, on) for each in self._at[above.id, post.peran]):
                    return False
            return False

        return frozenset(body.id for body in self.bodies.values() if reaches(body))

    def _unit(self, instansi_id: int | None) -> Body | None:
        """Return the instansi if it is a unit: one whose parent is no government itself."""
        line = self.line(instansi_id) if instansi_id is not None else ()
        part = len(line) > 1 and not GOVERNMENTS & {line[0].jenis, line[1].jenis}
        return line[0] if part else None
