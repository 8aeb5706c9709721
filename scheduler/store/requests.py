"""Requests that wait for a decision, and answers word for word."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, insert, select, text, update

from config.terms import Clock, NoticeStatus, Peran, Status
from scheduler.case import Case
from scheduler.store import handled
from scheduler.store.cases import chunks
from scheduler.store.dialogue_tables import Answer, InboundMessage, Request
from scheduler.store.messaging_tables import Notice
from scheduler.store.tables import Audit, ClockRun, Complaint, Post

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


@dataclass(frozen=True, slots=True)
class Ran:
    """A run of `respon` a request may have been made in."""

    opened_at: datetime
    stopped_at: datetime | None
    stop_reason: str | None


@dataclass(frozen=True, slots=True)
class Behind:
    """Where the complaint behind a request stands: its status, its runs of `respon` in order."""

    status: Status
    runs: tuple[Ran, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """A request as lists show it."""

    asked: Asked
    number: str
    post: str | None
    instansi_id: int | None


@dataclass(frozen=True, slots=True)
class Given:
    """An answer as lists show it."""

    id: int
    number: str
    post: str | None
    body: str
    given_at: datetime
    substantive: bool
    in_sp4n: bool
    """Whether the complaint is in SP4N, so that the answer must be copied there."""
    copied_at: datetime | None


_OPEN = text("requests.state = 'terbuka'")
"""Word for word as the partial index has it: SQLite uses such an index for nothing less."""
_UNSENT = (NoticeStatus.PENDING, NoticeStatus.HELD)

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
        .where(_OPEN, Request.next_look_at <= at)
        .order_by(Request.next_look_at, Request.id)
        .limit(limit)
    ).all()
    return [(row.id, row.complaint_id) for row in rows]


# Built once: every pass reads them.
_OPEN_ALL = (
    select(*_COLUMNS, Complaint.tracking_id, Complaint.nomor, Post.label, Complaint.instansi_id)
    .join(Complaint, Complaint.id == Request.complaint_id)
    .outerjoin(Post, Post.id == Request.post_id)
    .where(_OPEN)
    .order_by(Request.id)
)
_ASKED = tuple(column.key for column in _COLUMNS)


def open_all(connection: Connection) -> list[Listed]:
    """Return every open request with its complaint's number and its post, the oldest first."""
    return [
        Listed(
            Asked(**dict(zip(_ASKED, row, strict=False))),
            row.tracking_id or row.nomor or "?",
            row.label,
            row.instansi_id,
        )
        for row in connection.execute(_OPEN_ALL)
    ]


def behind(connection: Connection, complaint_ids: Collection[int]) -> dict[int, Behind]:
    """Return where complaints stand, as far as it tells whether a request is still of any use."""
    found: dict[int, Behind] = {}
    for some in chunks(sorted(set(complaint_ids))):
        runs: dict[int, list[Ran]] = {}
        for complaint_id, opened_at, stopped_at, reason in connection.execute(
            select(
                ClockRun.complaint_id,
                ClockRun.opened_at,
                ClockRun.stopped_at,
                ClockRun.stop_reason,
            )
            .where(ClockRun.complaint_id.in_(some), ClockRun.clock == Clock.RESPON)
            .order_by(ClockRun.run_no)
        ):
            runs.setdefault(complaint_id, []).append(Ran(opened_at, stopped_at, reason))
        statuses = connection.execute(
            select(Complaint.id, Complaint.status).where(Complaint.id.in_(some))
        )
        found |= {key: Behind(status, tuple(runs.get(key, ()))) for key, status in statuses}
    return found


def happened_since(connection: Connection, complaint_id: int, event: str, since: datetime) -> bool:
    """Return whether an event came to a complaint at or after a moment, and was not undone."""
    ids = connection.execute(
        select(Audit.id).where(
            Audit.complaint_id == complaint_id, Audit.event == event, Audit.at >= since
        )
    ).scalars()
    undone = handled.taken_back(connection, complaint_id)
    return any(not any(after < key <= until for after, until in undone) for key in ids)


def hush(connection: Connection, complaint_id: int, steps: Sequence[str], at: datetime) -> None:
    """Cancel what was to be said of a request that is settled, where it has not been sent yet."""
    unsent = (
        Notice.complaint_id == complaint_id,
        Notice.run_id.is_(None),
        Notice.step.in_(steps),
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


def accept_answer(connection: Connection, asked: Asked, *, to_copy: bool) -> bool:
    """Let the answer count that was kept as normative; return whether there is one.

    It came with the request: by the same message, or from a page in the same moment.
    """
    done = connection.execute(
        update(Answer)
        .where(
            Answer.complaint_id == asked.complaint_id,
            Answer.inbound_id.is_(None)
            if asked.inbound_id is None
            else Answer.inbound_id == asked.inbound_id,
            Answer.given_at == asked.made_at,
            Answer.substantive.is_(False),
        )
        .values(substantive=True, to_copy=to_copy)
    )
    return done.rowcount > 0


def answers(connection: Connection, *, to_copy: bool = False) -> list[Given]:
    """Return answers that were given here, the oldest first; with `to_copy` the list for SP4N.

    That list goes by the Tracking ID a complaint has now: one that was answered before it was
    entered in SP4N has its answer copied too.
    """
    query = (
        select(
            Answer.id,
            Complaint.tracking_id,
            Complaint.nomor,
            Post.label,
            Answer.body,
            Answer.given_at,
            Answer.substantive,
            Answer.copied_at,
        )
        .join(Complaint, Complaint.id == Answer.complaint_id)
        .outerjoin(Post, Post.id == Answer.post_id)
        .order_by(Answer.id)
    )
    if to_copy:
        query = query.where(
            Answer.substantive.is_(True),
            Answer.copied_at.is_(None),
            Complaint.tracking_id.is_not(None),
        )
    return [
        Given(
            row.id,
            row.tracking_id or row.nomor or "?",
            row.label,
            row.body,
            row.given_at,
            row.substantive,
            row.tracking_id is not None,
            row.copied_at,
        )
        for row in connection.execute(query)
    ]


def mark_copied(connection: Connection, complaint_id: int, at: datetime) -> int:
    """Note that the answers of a complaint are in SP4N now; return how many were not before."""
    done = connection.execute(
        update(Answer)
        .where(
            Answer.complaint_id == complaint_id,
            Answer.substantive.is_(True),
            Answer.copied_at.is_(None),
        )
        .values(copied_at=at)
    )
    return done.rowcount


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
