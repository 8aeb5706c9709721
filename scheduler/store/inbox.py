"""What waits for Kominfo: complaints by what is to be done with them. Reads only.

A complaint is in one queue of the first three at most; what is held for a person is in none of the
others, and what was merged into another is in none at all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, func, literal, or_, select, text, union_all

from config.terms import Clock, Klasifikasi, Status
from scheduler.complaint import CLOSED
from scheduler.store.columns import Utc
from scheduler.store.dialogue_tables import SimilarComplaint
from scheduler.store.tables import ClockRun, Complaint

PAGE: Final = 50
"""How many complaints are shown at once."""
SHOWN_TEXT: Final = 400
"""How much of a complaint's text is read for a list."""
SIMILAR: Final = 5
_NO_LIMIT: Final = datetime(9999, 1, 1, tzinfo=UTC)
"""Sorts what has no limit behind everything that has one."""


class Queue(StrEnum):
    """What waits, by what is to be done."""

    VERIFIKASI = "verifikasi"
    DISPOSISI = "disposisi"
    PERLU_ANDA = "perlu_anda"
    """Held: what SP4N calls its status or its instansi means nothing here yet."""
    KELENGKAPAN = "kelengkapan"
    """The reporter was asked for what is missing (tunda)."""
    TUNGGAKAN = "tunggakan"
    """Due already at go-live: nothing of it reaches leaders before Kominfo releases it."""


_CLOCK: Final = {
    Queue.VERIFIKASI: Clock.VERIFIKASI,
    Queue.DISPOSISI: Clock.VERIFIKASI,
    Queue.PERLU_ANDA: Clock.VERIFIKASI,
    Queue.KELENGKAPAN: Clock.KELENGKAPAN,
    Queue.TUNGGAKAN: Clock.RESPON,
}
"""The clock whose limit a queue is ordered by."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A complaint in a queue. `isi` is its beginning; `limit_at` that of the queue's clock."""

    id: int
    tracking_id: str | None
    nomor: str | None
    status: Status
    judul: str
    isi: str
    klasifikasi: Klasifikasi | None
    kategori: str | None
    sumber: str | None
    anonim: bool
    rahasia: bool
    hidden: bool
    instansi_id: int | None
    sp4n_instansi_id: str | None
    sp4n_instansi: str | None
    sp4n_status: str | None
    hold_reason: str | None
    alasan: str | None
    received_at: datetime
    limit_at: datetime | None
    similar: list[tuple[int, str]] = field(default_factory=list)
    """Id and number of complaints that read like it, the most alike first."""

    @property
    def number(self) -> str:
        """SP4N's Tracking ID, else the own number."""
        return self.tracking_id or self.nomor or "?"


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a queue: the limit and the id of a complaint."""

    limit_at: datetime
    id: int

    def __str__(self) -> str:
        """What stands in an address."""
        return f"{self.limit_at.astimezone(UTC):%Y%m%dT%H%M%S.%f}-{self.id}"

    @classmethod
    def read(cls, written: str | None) -> Place | None:
        """Return the place that an address names; None where it names none."""
        moment, _, key = (written or "").partition("-")
        if not (key.isascii() and key.isdecimal() and len(key) < 10):
            return None
        try:
            limit_at = datetime.strptime(moment, "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC)
        except ValueError:
            return None
        return cls(limit_at, int(key))


@dataclass(frozen=True, slots=True)
class Shown:
    """A page of a queue, and where those before and after it begin."""

    rows: list[Waiting]
    before: Place | None
    after: Place | None


def _of(queue: Queue) -> ColumnElement[bool]:
    free = Complaint.hold_reason.is_(None)
    conditions: dict[Queue, ColumnElement[bool]] = {
        Queue.VERIFIKASI: and_(Complaint.status == Status.BELUM_TERVERIFIKASI, free),
        Queue.DISPOSISI: and_(
            Complaint.status == Status.BELUM_DITINDAKLANJUTI, Complaint.instansi_id.is_(None), free
        ),
        # Word for word as the partial indexes have it: SQLite uses them for nothing less.
        Queue.PERLU_ANDA: and_(
            text("complaints.hold_reason IS NOT NULL"), Complaint.status.not_in(sorted(CLOSED))
        ),
        Queue.KELENGKAPAN: and_(Complaint.status == Status.TUNDA, free),
        Queue.TUNGGAKAN: and_(
            text("complaints.backlog_at IS NOT NULL AND complaints.released_at IS NULL"),
            Complaint.status.not_in(sorted(CLOSED)),
        ),
    }
    return and_(conditions[queue], Complaint.merged_into_id.is_(None))


def counts(connection: Connection) -> dict[Queue, int]:
    """Return how many complaints are in each queue: the length of each list."""
    query = select(
        *(
            select(func.count()).select_from(Complaint).where(_of(queue)).scalar_subquery()
            for queue in Queue
        )
    )
    return dict(zip(Queue, connection.execute(query).one(), strict=True))


_COLUMNS: Final = (
    Complaint.id,
    Complaint.tracking_id,
    Complaint.nomor,
    Complaint.status,
    Complaint.judul,
    func.substr(Complaint.isi, 1, SHOWN_TEXT).label("isi"),
    Complaint.klasifikasi,
    Complaint.kategori,
    Complaint.sumber,
    Complaint.anonim,
    Complaint.rahasia,
    Complaint.hidden,
    Complaint.instansi_id,
    Complaint.sp4n_instansi_id,
    Complaint.sp4n_instansi,
    Complaint.sp4n_status,
    Complaint.hold_reason,
    Complaint.alasan,
    Complaint.received_at,
    ClockRun.limit_at,
)


def page(
    connection: Connection,
    queue: Queue,
    *,
    after: Place | None = None,
    before: Place | None = None,
) -> Shown:
    """Return a page of a queue, the earliest limit first; from the start, or next to a place."""
    order = func.coalesce(ClockRun.limit_at, literal(_NO_LIMIT, Utc()))
    query = (
        select(*_COLUMNS)
        .outerjoin(
            ClockRun,
            (ClockRun.complaint_id == Complaint.id)
            & (ClockRun.clock == _CLOCK[queue])
            & ClockRun.stopped_at.is_(None),
        )
        .where(_of(queue))
        .limit(PAGE + 1)
    )
    backwards = before is not None and after is None
    if backwards and before is not None:
        query = query.where(_beyond(order, before, later=False))
        query = query.order_by(order.desc(), Complaint.id.desc())
    else:
        if after is not None:
            query = query.where(_beyond(order, after, later=True))
        query = query.order_by(order, Complaint.id)
    rows = [Waiting(**row._mapping) for row in connection.execute(query)]
    more, rows = len(rows) > PAGE, rows[:PAGE]
    if backwards:
        rows.reverse()
    _put_similar(connection, rows)
    if not rows:
        return Shown(rows, None, None)
    first, last = (Place(row.limit_at or _NO_LIMIT, row.id) for row in (rows[0], rows[-1]))
    earlier = more if backwards else after is not None
    later = backwards or more
    return Shown(rows, first if earlier else None, last if later else None)


def _beyond(order: ColumnElement[Any], place: Place, *, later: bool) -> ColumnElement[bool]:
    at = literal(place.limit_at, Utc())
    if later:
        return or_(order > at, and_(order == at, Complaint.id > place.id))
    return or_(order < at, and_(order == at, Complaint.id < place.id))


def _put_similar(connection: Connection, rows: Sequence[Waiting]) -> None:
    of = {row.id: row.similar for row in rows}
    for key, alike in similar_of(connection, list(of)).items():
        of[key] += alike[:SIMILAR]


def similar_of(connection: Connection, ids: Sequence[int]) -> dict[int, list[tuple[int, str]]]:
    """Return id and number of what reads like each complaint, the most alike first."""
    found: dict[int, list[tuple[int, str]]] = defaultdict(list)
    if not ids:
        return found
    one, two = SimilarComplaint.complaint_id, SimilarComplaint.other_id
    pairs = union_all(
        *(
            select(this.label("of"), that.label("other"), SimilarComplaint.score).where(
                this.in_(ids)
            )
            for this, that in ((one, two), (two, one))
        )
    ).subquery()
    rows = connection.execute(
        select(pairs.c.of, Complaint.id, Complaint.tracking_id, Complaint.nomor)
        .join(Complaint, Complaint.id == pairs.c.other)
        .where(Complaint.merged_into_id.is_(None))
        .order_by(pairs.c.of, pairs.c.score.desc(), Complaint.id)
    )
    for of, key, tracking_id, nomor in rows:
        found[of].append((key, tracking_id or nomor or "?"))
    return found


def verification_began(connection: Connection, complaint_id: int) -> datetime | None:
    """Return when the clock of verifikasi that a disposition stopped last began; None: no such."""
    return connection.execute(
        select(ClockRun.started_at)
        .where(
            ClockRun.complaint_id == complaint_id,
            ClockRun.clock == Clock.VERIFIKASI,
            ClockRun.stopped_at.is_not(None),
        )
        .order_by(ClockRun.run_no.desc())
        .limit(1)
    ).scalar_one_or_none()
