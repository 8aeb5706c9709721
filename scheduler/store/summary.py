"""Figures of a morning and a week that no list has, and the notices that carry them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, text, update

from config.terms import NoticeStatus, Peran, Status
from scheduler.store.dialogue_tables import Request
from scheduler.store.messaging_tables import Notice
from scheduler.store.reach import insert_new
from scheduler.store.tables import Complaint

# Word for word as the partial index has it: SQLite uses such an index for nothing less.
_OPEN_REQUEST = text("requests.state = 'terbuka'")


def answered(connection: Connection, since: datetime, until: datetime) -> int:
    """Return how many complaints have their answer from `since` until just before `until`."""
    return connection.execute(
        select(func.count())
        .select_from(Complaint)
        .where(Complaint.answered_at >= since, Complaint.answered_at < until)
    ).scalar_one()


def undelivered(connection: Connection, since: datetime) -> int:
    """Return how many notices failed since a moment, or are uncertain now."""
    failed = (Notice.status == NoticeStatus.FAILED) & (Notice.settled_at >= since)
    return connection.execute(
        select(func.count())
        .select_from(Notice)
        .where(failed | (Notice.status == NoticeStatus.UNKNOWN))
    ).scalar_one()


def requests(connection: Connection, decider: Peran) -> int:
    """Return how many requests wait for the decision of a role.

    One that names nobody (`sudah`, which SP4N's next export may decide first) waits for Kominfo.
    """
    theirs = Request.decider == decider
    if decider is Peran.ADMIN_KOORDINATOR:
        theirs |= Request.decider.is_(None)
    return connection.execute(
        select(func.count()).select_from(Request).where(_OPEN_REQUEST, theirs)
    ).scalar_one()


def any_complaint(connection: Connection, before: datetime) -> bool:
    """Return whether a complaint had come in before a moment."""
    row = connection.execute(
        select(Complaint.id)
        .where(Complaint.status.in_(list(Status)), Complaint.received_at < before)
        .limit(1)
    ).first()
    return row is not None


def told(connection: Connection, causes: Collection[str]) -> set[str]:
    """Return which causes have their notice already."""
    rows = connection.execute(select(Notice.cause).where(Notice.cause.in_(causes)))
    return set(rows.scalars())


def put(connection: Connection, rows: Sequence[Mapping[str, Any]], at: datetime) -> int:
    """Write notices that sum up, each once; return how many are new.

    One from a day before that could not leave yet is cancelled: the newest says it all.
    """
    common = {"occurrence": 1, "copy": False, "in_digest": False}
    new = 0
    for row in rows:
        if not insert_new(connection, Notice, [{**common, **row}]):
            continue
        new += 1
        connection.execute(
            update(Notice)
            .where(
                Notice.post_id == row["post_id"],
                Notice.kind == row["kind"],
                Notice.cause != row["cause"],
                Notice.status.in_((NoticeStatus.PENDING, NoticeStatus.HELD)),
            )
            .values(status=NoticeStatus.CANCELLED, hold_reason=None, settled_at=at)
        )
    return new
