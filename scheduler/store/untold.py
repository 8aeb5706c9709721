"""What somebody was to be told and was not yet: it can still be taken back, or told another.

What is in a message that nobody has opened, tried to send or handed on was told to nobody; left
without what it was to say, such a message goes with the next pass.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, exists, select, update

from config.terms import NoticeStatus
from scheduler.case import Changes, Event
from scheduler.ledger import KOMINFO
from scheduler.store.duplicates import ARCHIVED, SAME_AS
from scheduler.store.messaging_tables import Attempt, Message, Notice

ENTERED: Final = "dicatat"
"""The kind of message that tells a reporter the number of what was typed in for him."""
_WAITS: Final = (NoticeStatus.PENDING, NoticeStatus.HELD)


@dataclass(frozen=True, slots=True)
class Intended:
    """A notice, locked. `waits`: it is to be told; `told`: it was, or is being told just now."""

    id: int
    complaint_id: int
    kind: str
    waits: bool
    told: bool


def lock(connection: Connection, which: ColumnElement[bool]) -> list[Intended]:
    """Lock notices, and the messages that they are in as far as nobody has seen those."""
    # Messages before their notices, as whoever sends them: leased, they are skipped there.
    unseen = set(
        connection.execute(
            select(Message.id)
            .where(
                Message.id.in_(select(Notice.message_id).where(which)),
                Message.status == NoticeStatus.PENDING,
                Message.draft.is_(None),
                Message.replaces_id.is_(None),
                ~exists().where(Attempt.message_id == Message.id),
            )
            .order_by(Message.id)
            .with_for_update()
        ).scalars()
    )
    rows = connection.execute(
        select(Notice.id, Notice.complaint_id, Notice.kind, Notice.status, Notice.message_id)
        .where(which)
        .order_by(Notice.id)
        .with_for_update()
    )
    found: list[Intended] = []
    for row in rows:
        in_message = row.status is NoticeStatus.PENDING and row.message_id is not None
        waits = row.status in _WAITS and (not in_message or row.message_id in unseen)
        told = not waits and row.status is not NoticeStatus.CANCELLED
        found.append(Intended(row.id, row.complaint_id, row.kind, waits, told))
    return found


def unsay(connection: Connection, changes: Changes) -> None:
    """Let who reported what Kominfo archives hear nothing if he was not told its number yet.

    So it is with what was typed in by mistake, with somebody else's telephone number perhaps:
    the message with the number is cancelled, and that it was archived is told to nobody. Who
    reported the same as another one is told, for he will hear of that one.
    """
    archived = {
        notice.case.id: notice.created_at
        for notice in changes.notices
        if notice.kind == ARCHIVED
        and isinstance(notice.source, Event)
        and notice.source.actor == KOMINFO
        and not (notice.case.alasan or "").startswith(SAME_AS)
    }
    if not archived:
        return
    which = Notice.complaint_id.in_(archived) & (Notice.kind == ENTERED)
    found = [one for one in lock(connection, which) if one.waits]
    _cancel(connection, [one.id for one in found], max(archived.values()))
    silent = {one.complaint_id for one in found}
    changes.notices[:] = [
        notice
        for notice in changes.notices
        if notice.kind != ARCHIVED or notice.case.id not in silent or notice.post_id is not None
    ]


def redirect(
    connection: Connection, complaint_id: int, old: int | None, new: int | None, at: datetime
) -> None:
    """Tell a reporter on his right phone what he was not told yet on a wrong one (UTC).

    The number of what was typed in is not told at all, nor anything where there is no phone now.
    """
    if old is None:
        return
    which = (
        (Notice.complaint_id == complaint_id) & Notice.post_id.is_(None) & (Notice.phone_id == old)
    )
    found = [one for one in lock(connection, which) if one.waits]
    goes_on = [one.id for one in found if new is not None and one.kind != ENTERED]
    # In another message than it was: that one is for the wrong phone.
    moved = {"phone_id": new, "message_id": None}
    connection.execute(update(Notice).where(Notice.id.in_(goes_on)).values(moved))
    _cancel(connection, [one.id for one in found if one.id not in goes_on], at)


def _cancel(connection: Connection, notice_ids: Collection[int], at: datetime) -> None:
    connection.execute(
        update(Notice)
        .where(Notice.id.in_(notice_ids))
        .values(status=NoticeStatus.CANCELLED, hold_reason=None, settled_at=at)
    )
