"""Messages that go to another person, and notices that are about no complaint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from config.terms import Channel, NoticeStatus
from scheduler.store.cases import chunks
from scheduler.store.messaging_tables import Message, Notice
from scheduler.store.outbox import LINE, Line, lines_of
from scheduler.store.tables import Complaint


def phones_told(connection: Connection, message_id: int) -> set[int]:
    """Return the phones that a message, and those it replaces, were for."""
    found: set[int] = set()
    key: int | None = message_id
    while key is not None:
        row = connection.execute(
            select(Message.phone_id, Message.replaces_id).where(Message.id == key)
        ).one()
        found.add(row.phone_id)
        key = row.replaces_id
    return found


def still_to_send(connection: Connection, message_id: int) -> set[int]:
    """Return the notices that a message is still to tell, locked with it.

    Since it was leased it may have arrived after all, been answered, or been sent by another.
    """
    status = connection.execute(
        select(Message.status).where(Message.id == message_id).with_for_update()
    ).scalar_one()
    if status is not NoticeStatus.PENDING:
        return set()
    return {line.id for line in lines_of(connection, [message_id])}


def replace(
    connection: Connection,
    message_id: int,
    by_phone: Mapping[int, Sequence[int]],
    channel: Channel,
    priority: int,
    at: datetime,
) -> None:
    """Put notices of a message into new ones for other phones; the message itself has failed."""
    for phone_id, notice_ids in by_phone.items():
        new = connection.execute(
            insert(Message)
            .values(
                phone_id=phone_id,
                channel=channel,
                status=NoticeStatus.PENDING,
                priority=priority,
                replaces_id=message_id,
                created_at=at,
            )
            .returning(Message.id)
        ).scalar_one()
        for some in chunks(notice_ids):
            connection.execute(
                update(Notice)
                .where(Notice.id.in_(some), Notice.status == NoticeStatus.PENDING)
                .values(message_id=new)
            )
    connection.execute(
        update(Message)
        .where(Message.id == message_id)
        .values(status=NoticeStatus.FAILED, lease_until=None)
    )


def lines(connection: Connection, notice_ids: Sequence[int]) -> list[Line]:
    """Return pending notices that are in no message, as lines."""
    found: list[Line] = []
    columns = [column for name, column in LINE.items() if name != "message_id"]
    for some in chunks(notice_ids):
        rows = connection.execute(
            select(*columns)
            .outerjoin(Complaint, Complaint.id == Notice.complaint_id)
            .select_from(Notice)
            .where(Notice.id.in_(some))
            .order_by(Notice.id)
        )
        found += [Line(**row._mapping, message_id=0) for row in rows]
    return found


def add_notices(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write notices about no complaint; `cause` keeps each from being written twice."""
    common = {
        "complaint_id": None,
        "run_id": None,
        "clock": None,
        "occurrence": 1,
        "instansi_id": None,
        "copy": False,
        "letter": None,
        "in_digest": False,
        "limit_at": None,
        "next_at": None,
        "lama": None,
        "message_id": None,
        "settled_at": None,
    }
    if rows:
        connection.execute(insert(Notice), [{**common, **row} for row in rows])
