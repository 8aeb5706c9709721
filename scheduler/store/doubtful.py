"""Attempts that somebody must ask the provider about: outcome unknown, or delivery overdue."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, bindparam, exists, select, text, update

from config.terms import Channel
from scheduler.store.attempts import AWAITED, OPEN
from scheduler.store.cases import chunks
from scheduler.store.messaging_tables import Alert, Attempt, DeliveryReport, Message, Notice
from scheduler.store.session import database_now


@dataclass(frozen=True, slots=True)
class Doubtful:
    """An attempt to be asked after; `sid` is None where nobody recorded its outcome."""

    id: int
    message_id: int
    phone_id: int
    channel: Channel
    sender: str
    text: str
    sid: str | None
    word: str | None
    posted_at: datetime
    pass_at: datetime
    reply: bool = False
    """Whether it was said back to somebody who had just written there."""


@dataclass(frozen=True, slots=True)
class Work:
    """What a pass finds besides notices: each is looked for once, by its partial index."""

    reports: bool
    unsettled: bool
    overdue: bool
    alerts: bool


# Built once: every pass asks it.
_WORK = select(
    *(
        query.exists()
        for query in (
            select(DeliveryReport.id).where(text("NOT delivery_reports.applied")),
            select(Attempt.id).where(OPEN),
            select(Attempt.id).where(AWAITED, Attempt.pass_at <= bindparam("until")),
            select(Alert.id).where(Alert.told_at.is_(None)),
        )
    )
)


def work(connection: Connection, until: datetime) -> Work:
    """Return what there is to do in one query; deliveries of passes up to `until` are overdue."""
    row = connection.execute(_WORK, {"until": until}).one()
    return Work(reports=row[0], unsettled=row[1], overdue=row[2], alerts=row[3])


def unsettled(connection: Connection, after: int, limit: int, lease_s: int) -> list[Doubtful]:
    """Lease attempts whose outcome is not known and whose worker is gone.

    Only those with an id above `after`: within one pass each is looked up once. An `unknown` one
    is looked up again only once its new lease has run out.
    """
    return _lease(connection, OPEN, after, limit, lease_s)


def overdue(
    connection: Connection, after: int, limit: int, lease_s: int, until: datetime
) -> list[Doubtful]:
    """Lease attempts that were accepted in passes up to `until` and are not delivered yet."""
    return _lease(connection, AWAITED, after, limit, lease_s, Attempt.pass_at <= until)


def _lease(
    connection: Connection,
    which: ColumnElement[bool] | object,
    after: int,
    limit: int,
    lease_s: int,
    *more: ColumnElement[bool],
) -> list[Doubtful]:
    now = database_now(connection)
    # By its bare key SQLite walks the whole table, instead of the few that the index has.
    key = Attempt.id + 0
    rows = connection.execute(
        select(
            Attempt.id,
            Attempt.message_id,
            Message.phone_id,
            Attempt.channel,
            Attempt.sender,
            Attempt.body.label("text"),
            Attempt.sid,
            Attempt.word,
            Attempt.posted_at,
            Attempt.pass_at,
            exists()
            .where(Notice.message_id == Message.id, Notice.body.is_not(None))
            .label("reply"),
        )
        .join(Message, Message.id == Attempt.message_id)
        .where(
            key > after,
            which,  # type: ignore[arg-type]
            *more,
            (Message.lease_until < now) | Message.lease_until.is_(None),
        )
        .order_by(key)
        .limit(limit)
        .with_for_update(of=Message, skip_locked=True)
    ).all()
    if rows:
        connection.execute(
            update(Message)
            .where(Message.id.in_({row.message_id for row in rows}))
            .values(lease_until=now + timedelta(seconds=lease_s))
        )
    return [Doubtful(**row._mapping) for row in rows]


def bound(connection: Connection, sids: Iterable[str], but: int) -> set[str]:
    """Return which of the provider's ids already belong to an attempt other than `but`."""
    found: set[str] = set()
    for some in chunks(sorted(set(sids))):
        rows = connection.execute(
            select(Attempt.sid).where(Attempt.sid.in_(some), Attempt.id != but)
        ).scalars()
        found.update(sid for sid in rows if sid is not None)
    return found


def lease_again(connection: Connection, message_ids: Iterable[int], lease_s: int) -> None:
    """Keep messages from being asked after again before another lease has run out."""
    until = database_now(connection) + timedelta(seconds=lease_s)
    for some in chunks(list(message_ids)):
        connection.execute(update(Message).where(Message.id.in_(some)).values(lease_until=until))
