"""Requests that wait for a decision, and answers word for word."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, insert, select, update

from config.terms import Peran
from scheduler.case import Case
from scheduler.store.dialogue_tables import Answer, InboundMessage, Request

Kind = Literal["bukan", "tunda", "jawaban", "normatif", "sudah"]
State = Literal["diterima", "ditolak", "gugur"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request of an officer. `next_look_at` is when something is due for it."""

    id: int
    complaint_id: int
    kind: Kind
    body: str | None
    post_id: int | None
    decider: Peran | None
    inbound_id: int | None
    made_at: datetime
    due_at: datetime
    next_look_at: datetime | None


_COLUMNS = (
    Request.id,
    Request.complaint_id,
    Request.kind,
    Request.body,
    Request.post_id,
    Request.decider,
    Request.inbound_id,
    Request.made_at,
    Request.due_at,
    Request.next_look_at,
)


def ask(
    connection: Connection,
    complaint_id: int,
    kind: Kind,
    *,
    body: str | None,
    post_id: int | None,
    decider: Peran | None,
    inbound_id: int | None,
    at: datetime,
    due_at: datetime,
    next_look_at: datetime | None,
) -> int:
    """Enter a request; the caller holds the complaint's lock and has seen that none is open."""
    made: int = connection.execute(
        insert(Request)
        .values(
            complaint_id=complaint_id,
            kind=kind,
            state="terbuka",
            body=body,
            post_id=post_id,
            decider=decider,
            inbound_id=inbound_id,
            made_at=at,
            due_at=due_at,
            next_look_at=next_look_at,
        )
        .returning(Request.id)
    ).scalar_one()
    return made


def open_of(connection: Connection, complaint_id: int) -> list[Asked]:
    """Return what is open for a complaint, the oldest first; the complaint is locked already."""
    rows = connection.execute(
        select(*_COLUMNS)
        .where(Request.complaint_id == complaint_id, Request.state == "terbuka")
        .order_by(Request.id)
    )
    return [Asked(**row._mapping) for row in rows]


def asked_before(connection: Connection, complaint_id: int, kind: Kind, since: datetime) -> bool:
    """Return whether such a request was made since a moment, whatever became of it."""
    row = connection.execute(
        select(Request.id)
        .where(Request.complaint_id == complaint_id, Request.kind == kind, Request.made_at >= since)
        .limit(1)
    ).first()
    return row is not None


def due(connection: Connection, at: datetime, limit: int) -> list[tuple[int, int]]:
    """Return (request, complaint) of what is to be looked at (`ix_requests_due`)."""
    rows = connection.execute(
        select(Request.id, Request.complaint_id)
        .where(Request.state == "terbuka", Request.next_look_at <= at)
        .order_by(Request.next_look_at)
        .limit(limit)
    ).all()
    return [(row.id, row.complaint_id) for row in rows]


def look_at(connection: Connection, request_id: int, at: datetime | None) -> None:
    """Look at a request again at a moment; None: not any more."""
    connection.execute(update(Request).where(Request.id == request_id).values(next_look_at=at))


def decide(
    connection: Connection,
    request_id: int,
    state: State,
    *,
    by: str,
    at: datetime,
    reason: str | None = None,
) -> bool:
    """Settle a request that is open; return False where somebody was quicker."""
    done = connection.execute(
        update(Request)
        .where(Request.id == request_id, Request.state == "terbuka")
        .values(state=state, decided_at=at, decided_by=by, reason=reason, next_look_at=None)
    )
    return done.rowcount == 1


def drop(connection: Connection, complaint_id: int, at: datetime, by: str) -> None:
    """Let every open request of a complaint go: what happened meanwhile has settled it."""
    connection.execute(
        update(Request)
        .where(Request.complaint_id == complaint_id, Request.state == "terbuka")
        .values(state="gugur", decided_at=at, decided_by=by, next_look_at=None)
    )


def keep_answer(
    connection: Connection,
    complaint_id: int,
    body: str,
    at: datetime,
    *,
    post_id: int | None,
    inbound_id: int | None,
    substantive: bool,
    to_copy: bool,
) -> int:
    """Keep an answer word for word; with `to_copy` it is on the list *Salin ke SP4N*."""
    made: int = connection.execute(
        insert(Answer)
        .values(
            complaint_id=complaint_id,
            body=body,
            given_at=at,
            post_id=post_id,
            inbound_id=inbound_id,
            substantive=substantive,
            to_copy=to_copy,
        )
        .returning(Answer.id)
    ).scalar_one()
    return made


def move(connection: Connection, goes: Case, stays: Case, at: datetime) -> None:
    """Give what belongs to one of two complaints that became one to the other."""
    assert goes.id is not None
    kept = {one.kind for one in open_of(connection, stays.id)} if stays.id is not None else set()
    for one in open_of(connection, goes.id):
        if one.kind in kept:  # one of a kind is open for a complaint
            decide(connection, one.id, "gugur", by="sistem", at=at, reason="digabung")
    for table in (Request, Answer, InboundMessage):
        connection.execute(
            update(table).where(table.complaint_id == goes.id).values(complaint_id=stays.id)
        )
