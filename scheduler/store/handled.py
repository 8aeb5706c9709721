"""What users of the console did to complaints, with pictures of the rows that it changed.

`scheduler.store.undoing` writes them back.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Table, delete, exists, func, insert, select

from scheduler.store import duplicates
from scheduler.store.cases import chunks
from scheduler.store.console_tables import Action, ActionImage, ActionItem, User
from scheduler.store.dialogue_tables import Answer, Request
from scheduler.store.messaging_tables import Notice
from scheduler.store.tables import Audit, ClockRun, Complaint, RunPause, RunStep

WAIT: Final = timedelta(seconds=60)
"""How long what was caused at a desk waits before anybody is told of it."""
KEPT: Final = timedelta(days=3)
"""How long pictures are kept, and an action can be undone: over a weekend, while nobody is told.

No longer: what somebody asked to be forgotten (Anonim) is in them.
"""
PRUNED: Final = 1000
"""Old pictures that one action removes at most."""

ROWS: Final[dict[str, Table]] = {
    model.__tablename__: model.metadata.tables[model.__tablename__]
    for model in (ClockRun, RunPause, RunStep, Complaint, Notice, Request, Answer)
}
"""The tables whose rows are pictured; in this order they are written back."""
_OF_COMPLAINT: Final = {
    "complaints": "id",
    "clock_runs": "complaint_id",
    "notices": "complaint_id",
    "requests": "complaint_id",
    "answers": "complaint_id",
}
"""Of which column of a table a complaint's rows are found."""
_OF_RUN: Final = ("run_pauses", "run_steps")

Picture = dict[tuple[str, int], dict[str, Any]]
"""Rows of one complaint by table and id."""


@dataclass(frozen=True, slots=True)
class Offer:
    """An action of somebody that he may still take back, until then at least."""

    id: int
    verb: str
    until: datetime
    number: str
    """Of its first complaint."""
    count: int


def begin(connection: Connection, user_id: int, verb: str, at: datetime) -> int:
    """Enter an action; return its id. Pictures that are too old are forgotten."""
    newest = select(Action.id).where(Action.at < at - KEPT).order_by(Action.id.desc()).limit(1)
    old = (
        select(ActionImage.id)
        .where(ActionImage.action_id <= newest.scalar_subquery())
        .limit(PRUNED)
        .with_for_update(skip_locked=True)
    )
    connection.execute(delete(ActionImage).where(ActionImage.id.in_(old)))
    values = {"user_id": user_id, "verb": verb, "at": at}
    return connection.execute(insert(Action).values(values).returning(Action.id)).scalar_one()


def drop(connection: Connection, action_id: int) -> None:
    """Forget an action that did nothing."""
    connection.execute(delete(Action).where(Action.id == action_id))


def picture(connection: Connection, complaint_id: int) -> Picture:
    """Return one complaint's rows as they are."""
    return pictures(connection, [complaint_id])[complaint_id]


def pictures(connection: Connection, complaint_ids: Iterable[int]) -> dict[int, Picture]:
    """Return complaints' rows as they are; the caller holds their locks."""
    found: dict[int, Picture] = {key: {} for key in complaint_ids}
    for some in chunks(sorted(found)):
        whose: dict[int, int] = {}  # of runs
        for name, column in _OF_COMPLAINT.items():
            table = ROWS[name]
            for row in connection.execute(select(table).where(table.c[column].in_(some))):
                mine = row._mapping[column]
                found[mine][name, row.id] = dict(row._mapping)
                if name == "clock_runs":
                    whose[row.id] = mine
        for runs in chunks(sorted(whose)):
            for name in _OF_RUN:
                table = ROWS[name]
                for row in connection.execute(select(table).where(table.c.run_id.in_(runs))):
                    found[whose[row.run_id]][name, row.id] = dict(row._mapping)
    return found


def last_events(connection: Connection, complaint_ids: Iterable[int]) -> dict[int, int]:
    """Return the ids of complaints' last lines in the audit trail; 0 where there is none."""
    found = dict.fromkeys(complaint_ids, 0)
    for some in chunks(sorted(found)):
        rows = connection.execute(
            select(Audit.complaint_id, func.max(Audit.id))
            .where(Audit.complaint_id.in_(some))
            .group_by(Audit.complaint_id)
        )
        found |= {key: last for key, last in rows}
    return found


def asking(connection: Connection, complaint_ids: Sequence[int]) -> list[int]:
    """Return which of complaints have a request that nobody has decided yet, by id."""
    found: list[int] = []
    for some in chunks(complaint_ids):
        rows = connection.execute(
            select(Request.complaint_id)
            .where(Request.complaint_id.in_(some), Request.state == "terbuka")
            .distinct()
            .order_by(Request.complaint_id)
        )
        found += rows.scalars()
    return found


def keep(
    connection: Connection,
    action_id: int,
    complaint_ids: Sequence[int],
    before: Mapping[int, Picture],
    audit_from: Mapping[int, int],
    *,
    undoable: bool = True,
) -> None:
    """Keep what an action changed of complaints: `audit_from` is the last event before it.

    Of what cannot be undone no picture is wanted.
    """
    audit_to = last_events(connection, complaint_ids)
    items = [
        {
            "action_id": action_id,
            "complaint_id": key,
            "audit_from": audit_from.get(key, 0),
            "audit_to": audit_to[key],
            "undoable": undoable,
        }
        for key in complaint_ids
    ]
    connection.execute(insert(ActionItem), items)
    if not undoable:
        return
    after = pictures(connection, complaint_ids)
    rows = [
        {
            "action_id": action_id,
            "complaint_id": key,
            "table_name": name,
            "row_id": row_id,
            "before": image,
        }
        for key in complaint_ids
        for name, row_id, image in _changed(before.get(key, {}), after[key])
    ]
    since = {key: audit_from.get(key, 0) for key in complaint_ids}
    rows += [
        {
            "action_id": action_id,
            "complaint_id": key,
            "table_name": "notices",
            "row_id": notice_id,
            "before": None,
        }
        for key, notice_id in duplicates.caused(connection, since)
    ]
    if rows:
        connection.execute(insert(ActionImage), rows)


def _changed(before: Picture, after: Picture) -> Iterator[tuple[str, int, str | None]]:
    """Yield the rows that differ: table, id, what the columns were and are (None for a new row)."""
    for (name, key), row in after.items():
        was = before.get((name, key))
        if was is None:
            yield name, key, None
            continue
        changed = {column: value for column, value in was.items() if row[column] != value}
        if changed:
            both = {"was": changed, "is": {column: row[column] for column in changed}}
            yield name, key, json.dumps(both, default=_plain)


def offer(
    connection: Connection, user_id: int, at: datetime, action_id: int | None = None
) -> Offer | None:
    """Return what a user did in the last `WAIT` and may still take back, else None.

    His newest action, or the one that is asked for. One after which something else happened to
    every complaint of it is none: undoing would be refused.
    """
    mine = (ActionItem.action_id == Action.id) & ActionItem.undoable
    later = exists().where(
        Audit.complaint_id == ActionItem.complaint_id, Audit.id > ActionItem.audit_to
    )
    first = (
        select(func.coalesce(Complaint.tracking_id, Complaint.nomor))
        .join(ActionItem, ActionItem.complaint_id == Complaint.id)
        .where(mine)
        .order_by(ActionItem.complaint_id)
        .limit(1)
    )
    row = connection.execute(
        select(
            Action.id,
            Action.verb,
            Action.at,
            first.correlate(Action).scalar_subquery().label("number"),
            select(func.count())
            .select_from(ActionItem)
            .where(mine)
            .correlate(Action)
            .scalar_subquery()
            .label("complaints"),
        )
        .where(
            Action.user_id == user_id,
            Action.at > at - WAIT,
            Action.at <= at,
            Action.undone_at.is_(None),
            exists().where(mine, ~later).correlate(Action),
        )
        .order_by((Action.id == (action_id or 0)).desc(), Action.id.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    return Offer(row.id, row.verb, row.at + WAIT, row.number or "?", row.complaints)


def taken_back(connection: Connection, complaint_id: int) -> list[tuple[int, int]]:
    """Return which events of a complaint were undone: (after this audit id, up to).

    Nothing can be undone once anything else has happened, so "undo" is the very next event.
    """
    following = (
        select(func.min(Audit.id))
        .where(Audit.complaint_id == ActionItem.complaint_id, Audit.id > ActionItem.audit_to)
        .correlate(ActionItem)
        .scalar_subquery()
    )
    rows = connection.execute(
        select(ActionItem.audit_from, ActionItem.audit_to)
        .join(Audit, Audit.id == following)
        .where(ActionItem.complaint_id == complaint_id, Audit.event == "undo")
    )
    return [(after, until) for after, until in rows]


def who_did(connection: Connection, complaint_id: int) -> list[tuple[int, int, str, int]]:
    """Return whose actions a complaint's events are: (after this audit id, up to, name, action)."""
    rows = connection.execute(
        select(ActionItem.audit_from, ActionItem.audit_to, User.nama, Action.id)
        .join(Action, Action.id == ActionItem.action_id)
        .join(User, User.id == Action.user_id)
        .where(ActionItem.complaint_id == complaint_id)
        .order_by(ActionItem.audit_from)
    )
    return [(after, until, nama, action) for after, until, nama, action in rows]


def _plain(value: object) -> dict[str, str]:
    if isinstance(value, datetime):
        return {"moment": value.isoformat()}
    if isinstance(value, bytes):
        return {"bytes": base64.b64encode(value).decode()}
    raise TypeError(f"no picture of {type(value).__name__}")
