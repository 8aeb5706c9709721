"""What a post could hand over, and the lists of what was handed over. Reads only.

No row says what a complaint says, or whose it is.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select, text, true
from sqlalchemy.orm import aliased

from config.terms import Clock, Peran
from scheduler.store.cases import chunks
from scheduler.store.console_tables import Handover, HandoverItem
from scheduler.store.dialogue_tables import Request
from scheduler.store.tables import ClockRun, Complaint, Post
from scheduler.store.visible import Scope

DUTIES: Final = (Clock.RESPON, Clock.PENYELESAIAN, Clock.VERIFIKASI)
"""The clocks of duties; the reporter's own are nobody's."""
PAGE: Final = 50

# --- what a post could hand over ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Duty:
    """An open complaint as the checklist shows it; never what it says, nor whose it is."""

    id: int
    number: str
    kategori: str | None
    hidden: bool
    instansi_id: int | None
    limit_at: datetime | None
    """The earliest limit of the clocks that make it a duty; None where it stands still."""


@dataclass(frozen=True, slots=True)
class Owes:
    """What makes complaints a post's duty: open clocks at instansi, or requests to decide."""

    clocks: tuple[Clock, ...]
    instansi_ids: frozenset[int] | None
    """None: wherever the complaint is, and where it is nowhere yet."""
    decides: Peran | None = None
    also: frozenset[int] = frozenset()
    """Complaints that are its duty for another reason: it has taken them over itself."""


_OPEN_REQUEST = text("requests.state = 'terbuka'")


def duties(
    connection: Connection, owes: Owes, limit: int, only: Collection[int] | None = None
) -> list[Duty]:
    """Return the duties of a post, the most urgent first, or those of `only` these complaints.

    As many queries whatever their number.
    """
    among = None if only is None else sorted(only)
    listed = _by_clock(connection, owes.clocks, owes.instansi_ids, limit, among)
    if owes.also:
        taken = sorted(owes.also if only is None else owes.also & set(only))
        listed += _by_clock(connection, DUTIES, None, limit, taken)
    found = {one.id: one for one in listed}
    if owes.decides is not None:
        asking = select(Request.complaint_id).where(_OPEN_REQUEST, Request.decider == owes.decides)
        if among is not None:
            asking = asking.where(Request.complaint_id.in_(among))
        rows = connection.execute(asking.distinct().limit(limit)).scalars()
        asked = [key for key in rows if key not in found]
        found |= {one.id: one for one in _plain(connection, asked)}
    ordered = sorted(found.values(), key=lambda one: (*_urgency(one.limit_at), one.id))
    return ordered[:limit]


def _urgency(limit_at: datetime | None) -> tuple[bool, float]:
    return limit_at is None, limit_at.timestamp() if limit_at else 0.0


_DUTY = (
    Complaint.id,
    Complaint.tracking_id,
    Complaint.nomor,
    Complaint.kategori,
    Complaint.hidden,
    Complaint.instansi_id,
)


def _by_clock(
    connection: Connection,
    clocks: Sequence[Clock],
    instansi_ids: frozenset[int] | None,
    limit: int,
    among: Sequence[int] | None,
) -> list[Duty]:
    conditions: list[ColumnElement[bool]] = [
        Complaint.merged_into_id.is_(None),
        ClockRun.clock.in_(clocks),
    ]
    if instansi_ids is not None:
        conditions.append(Complaint.instansi_id.in_(sorted(instansi_ids)))
    if among is not None:
        conditions.append(Complaint.id.in_(among))
    first = func.min(ClockRun.limit_at)
    rows = connection.execute(
        select(*_DUTY, first)
        .join(ClockRun, and_(ClockRun.complaint_id == Complaint.id, ClockRun.stopped_at.is_(None)))
        .where(*conditions)
        .group_by(*_DUTY)
        .order_by(first.is_(None), first, Complaint.id)
        .limit(limit)
    )
    return [_duty(*row) for row in rows]


def _plain(connection: Connection, ids: Sequence[int]) -> list[Duty]:
    found: list[Duty] = []
    for some in chunks(ids):
        rows = connection.execute(
            select(*_DUTY).where(Complaint.id.in_(some), Complaint.merged_into_id.is_(None))
        )
        found += [_duty(*row, None) for row in rows]
    return found


def _duty(
    key: int,
    tracking_id: str | None,
    nomor: str | None,
    kategori: str | None,
    hidden: bool,
    instansi_id: int | None,
    limit_at: datetime | None,
) -> Duty:
    return Duty(key, tracking_id or nomor or "?", kategori, hidden, instansi_id, limit_at)


def still_open(connection: Connection, complaint_ids: Collection[int]) -> list[str]:
    """Return the printed numbers of those complaints that still are duties, the urgent first.

    That is where a clock runs or stands still, or where a request waits to be decided.
    """
    found: list[tuple[bool, float, int, str]] = []
    for some in chunks(sorted(complaint_ids)):
        first = func.min(ClockRun.limit_at)
        rows = connection.execute(
            select(Complaint.id, Complaint.tracking_id, Complaint.nomor, first)
            .outerjoin(ClockRun, _open_run())
            .where(Complaint.id.in_(some), Complaint.merged_into_id.is_(None), _owed())
            .group_by(Complaint.id, Complaint.tracking_id, Complaint.nomor)
        )
        for key, tracking_id, nomor, limit_at in rows:
            printed = f"SP4N #{tracking_id}" if tracking_id else nomor or "?"
            found.append((*_urgency(limit_at), key, printed))
    return [printed for *_, printed in sorted(found)]


def _open_run() -> ColumnElement[bool]:
    return and_(
        ClockRun.complaint_id == Complaint.id,
        ClockRun.stopped_at.is_(None),
        ClockRun.clock.in_(DUTIES),
    )


def _owed() -> ColumnElement[bool]:
    """Whether anything of a complaint is still waited for."""
    asked = exists().where(Request.complaint_id == Complaint.id, _OPEN_REQUEST)
    return or_(exists().where(_open_run()).correlate(Complaint), asked)


# --- lists ------------------------------------------------------------------------------------

When = Literal["berlaku", "akan_datang", "lalu"]


@dataclass(frozen=True, slots=True)
class Listed:
    """A handover as lists show it."""

    id: int
    from_post_id: int
    to_post_id: int
    from_post: str
    to_post: str
    mulai: date
    selesai: date
    reason: str
    created_at: datetime
    ended_at: datetime | None
    count: int
    left: int
    """How many of its complaints still are duties."""


_giver, _taker = aliased(Post), aliased(Post)
_COUNT = select(func.count()).where(HandoverItem.handover_id == Handover.id).scalar_subquery()
_LEFT = (
    select(func.count())
    .select_from(HandoverItem)
    .join(Complaint, Complaint.id == HandoverItem.complaint_id)
    .where(HandoverItem.handover_id == Handover.id, _owed())
    .scalar_subquery()
)
_LISTED = (
    select(
        Handover.id,
        Handover.from_post_id,
        Handover.to_post_id,
        _giver.label,
        _taker.label,
        Handover.mulai,
        Handover.selesai,
        Handover.reason,
        Handover.created_at,
        Handover.ended_at,
        _COUNT,
        _LEFT,
    )
    .join(_giver, _giver.id == Handover.from_post_id)
    .join(_taker, _taker.id == Handover.to_post_id)
)


def listed(
    connection: Connection,
    when: When,
    today: date,
    scope: Scope = None,
    *,
    before: int | None = None,
    limit: int = PAGE,
) -> list[Listed]:
    """Return handovers by a local date: in force, to come, or over; the newest made first.

    Those of the posts of a scope; `before` an id, for the next page. One that was ended early is
    over, whenever it would have been.
    """
    not_ended = Handover.ended_at.is_(None)
    conditions: dict[When, ColumnElement[bool]] = {
        "berlaku": not_ended & (Handover.mulai <= today) & (Handover.selesai >= today),
        "akan_datang": not_ended & (Handover.mulai > today),
        "lalu": Handover.ended_at.is_not(None) | (Handover.selesai < today),
    }
    query = _LISTED.where(conditions[when], _of(scope))
    if before is not None:
        query = query.where(Handover.id < before)
    rows: Any = connection.execute(query.order_by(Handover.id.desc()).limit(limit))
    return [Listed(*row) for row in rows]


def one(connection: Connection, handover_id: int, scope: Scope = None) -> Listed | None:
    """Return a handover of a post of a scope, or None."""
    query = _LISTED.where(Handover.id == handover_id, _of(scope))
    row: Any = connection.execute(query).one_or_none()
    return Listed(*row) if row is not None else None


def numbers(connection: Connection, handover_id: int, limit: int) -> list[tuple[int, str]]:
    """Return the complaints of a handover as (id, number), by id."""
    rows: Sequence[Any] = connection.execute(
        select(Complaint.id, Complaint.tracking_id, Complaint.nomor)
        .join(HandoverItem, HandoverItem.complaint_id == Complaint.id)
        .where(HandoverItem.handover_id == handover_id)
        .order_by(Complaint.id)
        .limit(limit)
    ).all()
    return [(row.id, row.tracking_id or row.nomor or "?") for row in rows]


def _of(scope: Scope) -> ColumnElement[bool]:
    return true() if scope is None else _giver.instansi_id.in_(sorted(scope))
