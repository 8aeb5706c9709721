"""Serah terima in the database: what is in force, making and ending it, whom it was told.

Rows only ever arrive; ending one early fills its `ended_at`. So a snapshot knows by one look at
the tables' ends whether what it read before is still all there is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import (
    Connection,
    exists,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.orm import aliased

from config.terms import Clock, NoticeStatus
from scheduler.handover import NONE, Handover, Handovers
from scheduler.store.cases import chunks
from scheduler.store.console_tables import Handover as Row
from scheduler.store.console_tables import HandoverItem as Item
from scheduler.store.messaging_tables import Notice
from scheduler.store.reach import insert_new
from scheduler.store.tables import Complaint

ANSWERING: Final = (Clock.RESPON, Clock.PENYELESAIAN)
"""The clocks of an OPD's duties."""

Mark = tuple[int | None, int, int]

# --- what is in force ---------------------------------------------------------------------------

# Built once: every pass reads it.
_MARK = select(
    select(func.max(Row.id)).scalar_subquery(),
    select(func.count(Row.ended_at)).scalar_subquery(),
    select(func.count()).select_from(Item).scalar_subquery(),
)


@dataclass(frozen=True, slots=True)
class Known:
    """The handovers read so far, and the mark by which it is known that there are no others."""

    mark: Mark = (None, 0, 0)
    handovers: Handovers = NONE


def renewed(connection: Connection, known: Known) -> Known:
    """Return the handovers that stand now: those `known` where nothing has changed since.

    One small query; the tables are read only where a handover was made or ended since.
    """
    mark: Mark = tuple(connection.execute(_MARK).one())
    return known if mark == known.mark else Known(mark, _load(connection))


def _load(connection: Connection) -> Handovers:
    items: dict[int, set[int]] = defaultdict(set)
    for handover_id, complaint_id in connection.execute(
        select(Item.handover_id, Item.complaint_id)
        .join(Row, Row.id == Item.handover_id)
        .where(Row.ended_at.is_(None))
    ):
        items[handover_id].add(complaint_id)
    rows = connection.execute(
        select(Row.id, Row.from_post_id, Row.to_post_id, Row.mulai, Row.selesai, Row.created_at)
        .where(Row.ended_at.is_(None))
        .order_by(Row.id)
    )
    return Handovers(Handover(*row, frozenset(items[row.id])) for row in rows)


@dataclass(frozen=True, slots=True)
class Clash:
    """A complaint that is handed over already on some of the days."""

    number: str
    from_post_id: int
    to_post_id: int


def clashes(
    connection: Connection,
    post_ids: Collection[int],
    complaint_ids: Collection[int],
    mulai: date,
    selesai: date,
) -> list[Clash]:
    """Return what posts have handed over of these complaints for any day of a period."""
    found: list[Clash] = []
    for some in chunks(sorted(complaint_ids)):
        rows = connection.execute(
            select(Complaint.tracking_id, Complaint.nomor, Row.from_post_id, Row.to_post_id)
            .join(Item, Item.complaint_id == Complaint.id)
            .join(Row, Row.id == Item.handover_id)
            .where(
                Complaint.id.in_(some),
                Row.from_post_id.in_(post_ids),
                Row.ended_at.is_(None),
                Row.mulai <= selesai,
                Row.selesai >= mulai,
            )
            .order_by(Complaint.id)
        )
        found += [Clash(row[0] or row[1] or "?", row[2], row[3]) for row in rows]
    return found


# --- making and ending one ----------------------------------------------------------------------


def add(
    connection: Connection,
    *,
    from_post_id: int,
    to_post_id: int,
    mulai: date,
    selesai: date,
    reason: str,
    user_id: int,
    complaint_ids: Collection[int],
    at: datetime,
) -> int:
    """Write a handover; the caller holds its complaints' locks and has seen that none clashes."""
    made: int = connection.execute(
        insert(Row)
        .values(
            from_post_id=from_post_id,
            to_post_id=to_post_id,
            mulai=mulai,
            selesai=selesai,
            reason=reason,
            user_id=user_id,
            created_at=at,
        )
        .returning(Row.id)
    ).scalar_one()
    connection.execute(
        insert(Item),
        [{"handover_id": made, "complaint_id": key} for key in sorted(complaint_ids)],
    )
    return made


def end(connection: Connection, handover_id: int, at: datetime) -> bool:
    """End a handover early; False where somebody was quicker."""
    done = connection.execute(
        update(Row).where(Row.id == handover_id, Row.ended_at.is_(None)).values(ended_at=at)
    )
    return done.rowcount == 1


def complaints_of(connection: Connection, handover_id: int) -> list[int]:
    """Return the ids of a handover's complaints."""
    rows = connection.execute(
        select(Item.complaint_id).where(Item.handover_id == handover_id).order_by(Item.complaint_id)
    )
    return list(rows.scalars())


def follow(connection: Connection, goes_id: int, stays_id: int) -> None:
    """Put the complaint that stays into the handovers of one that was merged into it.

    Where its post has handed the one that stays over already, that stands.
    """
    own, other, theirs = aliased(Item), aliased(Item), aliased(Row)
    taken = exists().where(
        other.complaint_id == stays_id,
        theirs.id == other.handover_id,
        theirs.from_post_id == Row.from_post_id,
        theirs.ended_at.is_(None),
        theirs.mulai <= Row.selesai,
        theirs.selesai >= Row.mulai,
    )
    connection.execute(
        insert(Item).from_select(
            ["handover_id", "complaint_id"],
            select(own.handover_id, literal(stays_id))
            .join(Row, Row.id == own.handover_id)
            .where(own.complaint_id == goes_id, Row.ended_at.is_(None), ~taken),
        )
    )


# --- whom it was told -------------------------------------------------------------------------

_UNSENT: Final = (NoticeStatus.PENDING, NoticeStatus.HELD)
_TOLD: Final = (
    NoticeStatus.SENDING,
    NoticeStatus.ACCEPTED,
    NoticeStatus.DELIVERED,
    NoticeStatus.UNKNOWN,
)


def cause(handover_id: int, post_id: int) -> str:
    """Return why a post is told that a handover begins; once."""
    return f"handover/{handover_id}/{post_id}"


def hush(connection: Connection, handover_id: int, post_ids: Sequence[int], at: datetime) -> None:
    """Cancel what was to be said of a handover's beginning, where it has not been sent yet."""
    unsent = (
        Notice.cause.in_([cause(handover_id, post_id) for post_id in post_ids]),
        Notice.status.in_(_UNSENT),
    )
    # Locked in the order of their ids, as grouping does, so that the two never deadlock.
    ids = connection.execute(
        select(Notice.id).where(*unsent).order_by(Notice.id).with_for_update()
    ).scalars()
    connection.execute(
        update(Notice)
        .where(Notice.id.in_(list(ids)), Notice.status.in_(_UNSENT))
        .values(status=NoticeStatus.CANCELLED, hold_reason=None, settled_at=at)
    )


def told(connection: Connection, handover_id: int, post_ids: Sequence[int]) -> list[int]:
    """Return which posts have been told that a handover begins, or are just being told."""
    causes = {cause(handover_id, post_id): post_id for post_id in post_ids}
    rows = connection.execute(
        select(Notice.cause).where(Notice.cause.in_(list(causes)), Notice.status.in_(_TOLD))
    ).scalars()
    return sorted(causes[one] for one in rows)


def put(connection: Connection, rows: Sequence[dict[str, Any]]) -> int:
    """Write notices about handovers, each once by its cause; return how many are new."""
    return insert_new(connection, Notice, rows)
