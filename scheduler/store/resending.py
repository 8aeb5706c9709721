"""Telling somebody once more because a person says so: what was told, and its repetition.

The caller holds the complaint's lock, so that two who press the button at once see each other; the
UNIQUE cause `resend/<notice>/<n>` would stop them all the same.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, exists, insert, select

from config.terms import Clock, Letter, NoticeStatus, Peran
from scheduler.store.messaging_tables import Attempt, Notice
from scheduler.store.tables import Audit, ClockRun, Post

_PREFIX: Final = "resend"


@dataclass(frozen=True, slots=True)
class Told:
    """A notice as it was decided, and how its clock stands."""

    id: int
    cause: str
    complaint_id: int | None
    run_id: int | None
    clock: Clock | None
    step: str
    occurrence: int
    post_id: int | None
    instansi_id: int | None
    peran: Peran | None
    copy: bool
    kind: str
    letter: Letter | None
    in_digest: bool
    due_at: datetime
    limit_at: datetime | None
    next_at: datetime | None
    lama: str | None
    note: str | None
    status: NoticeStatus
    phone_id: int | None
    body: str | None
    urgent: bool
    post: str | None
    run_stopped_at: datetime | None
    run_stop_reason: str | None
    run_paused_at: datetime | None
    awaited: bool
    """The provider has it and has not said yet whether it arrived: another way may still follow."""

    @property
    def root(self) -> int:
        """The notice that was the first of its kind: a repetition belongs to what it repeats."""
        return root_of(self.cause, self.id)


def root_of(cause: str, notice_id: int) -> int:
    """Return the notice that one is a repetition of, by its cause; itself where it is none."""
    parts = cause.split("/")
    return int(parts[1]) if parts[0] == _PREFIX else notice_id


_OTHERS: Final[dict[str, Any]] = {
    "post": Post.label,
    "run_stopped_at": ClockRun.stopped_at,
    "run_stop_reason": ClockRun.stop_reason,
    "run_paused_at": ClockRun.paused_at,
    "awaited": exists().where(
        Attempt.message_id == Notice.message_id,
        Attempt.awaited,
        Attempt.status == NoticeStatus.ACCEPTED,
    ),
}
_COPIED: Final = (
    "complaint_id",
    "run_id",
    "clock",
    "step",
    "occurrence",
    "post_id",
    "instansi_id",
    "peran",
    "copy",
    "kind",
    "letter",
    "in_digest",
    "due_at",
    "limit_at",
    "next_at",
    "lama",
    "phone_id",
    "urgent",
)


def complaints_of(connection: Connection, notice_ids: Collection[int]) -> dict[int, int | None]:
    """Return the complaint of each notice there is; None for one that is about none."""
    rows = connection.execute(
        select(Notice.id, Notice.complaint_id).where(Notice.id.in_(sorted(notice_ids)))
    )
    return {key: complaint_id for key, complaint_id in rows}


def told(connection: Connection, notice_ids: Collection[int]) -> list[Told]:
    """Return notices by id, locked: what became of them does not change meanwhile."""
    columns: list[Any] = [_OTHERS.get(f.name, getattr(Notice, f.name, None)) for f in fields(Told)]
    rows = connection.execute(
        select(*columns)
        .outerjoin(Post, Post.id == Notice.post_id)
        .outerjoin(ClockRun, ClockRun.id == Notice.run_id)
        .select_from(Notice)
        .where(Notice.id.in_(sorted(notice_ids)))
        .order_by(Notice.id)
        .with_for_update(of=Notice)
    )
    return [Told(*row) for row in rows]


def repetitions(connection: Connection, one: Told) -> list[NoticeStatus]:
    """Return what became of each repetition of a notice so far."""
    return list(
        connection.execute(
            select(Notice.status)
            .where(
                Notice.complaint_id == one.complaint_id,
                Notice.cause.startswith(f"{_PREFIX}/{one.root}/", autoescape=True),
            )
            .order_by(Notice.id)
        ).scalars()
    )


def counts(connection: Connection, roots: Sequence[int], ids: Sequence[int]) -> dict[int, int]:
    """Return how often each of some notices was repeated; `ids` are the complaints they are of."""
    causes = connection.execute(
        select(Notice.cause).where(
            Notice.complaint_id.in_(sorted(set(ids))),
            Notice.cause.startswith(f"{_PREFIX}/"),
        )
    ).scalars()
    found = dict.fromkeys(roots, 0)
    for cause in causes:
        root = int(cause.split("/")[1])
        if root in found:
            found[root] += 1
    return found


def said(connection: Connection, one: Told) -> str | None:
    """Return the note of the event that a notice tells of; None where it tells of none.

    What was given up says in its own note why; the trail still has what the event said.
    """
    parts = one.cause.split("/")
    if parts[0] != "event":
        return None
    return connection.execute(
        select(Audit.note).where(Audit.id == int(parts[1]), Audit.complaint_id == one.complaint_id)
    ).scalar()


def repeat(
    connection: Connection,
    one: Told,
    number: int,
    *,
    note: str | None,
    at: datetime,
    send_after: datetime,
) -> int:
    """Write the `number`-th repetition of a notice, to be told from `send_after` on."""
    values = {name: getattr(one, name) for name in _COPIED}
    made: int = connection.execute(
        insert(Notice)
        .values(
            **values,
            cause=f"{_PREFIX}/{one.root}/{number}",
            note=note,
            status=NoticeStatus.PENDING,
            hold_reason=None,
            send_after=send_after,
            created_at=at,
        )
        .returning(Notice.id)
    ).scalar_one()
    return made
