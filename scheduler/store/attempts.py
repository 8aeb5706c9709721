"""What became of each attempt, and of its message and notices with it.

A message is delivered as soon as one of its attempts is; while one is open it is in flight; one
whose attempts have all failed goes back among those to send, where the next way is chosen. Lock
order as everywhere: runs before notices.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Text, TextClause, bindparam, case, func, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased

from config.terms import NoticeStatus, Reaction
from scheduler.store.cases import chunks
from scheduler.store.messaging_tables import Attempt, Message, Notice
from scheduler.store.tables import ClockRun

OPEN = text("attempts.status IN ('sending', 'unknown')")
"""Word for word as the partial index has it: SQLite uses such an index for nothing less."""
_SETTLED = (NoticeStatus.ACCEPTED, NoticeStatus.DELIVERED)
_IN_FLIGHT = (NoticeStatus.SENDING, NoticeStatus.UNKNOWN)
TWIN: Final = "tertukar dengan pesan yang sama"
_TRIES: Final = 3
"""How often an outcome is written whose id of the provider another transaction has just taken."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an attempt: the provider's id and word, its error and what follows from it.

    `awaited`: its delivery will be reported.
    """

    attempt_id: int
    message_id: int
    status: NoticeStatus
    sid: str | None = None
    error: str | None = None
    word: str | None = None
    reaction: Reaction | None = None
    awaited: bool = False


AWAITED = text("attempts.awaited AND attempts.status = 'accepted'")


def settle(
    connection: Connection,
    outcomes: Sequence[Outcome],
    at: datetime,
    *,
    while_: TextClause = OPEN,
) -> list[Outcome]:
    """Record what became of attempts that are open (or awaited); return those that still were.

    What somebody else has settled meanwhile, a status callback or another worker, is not undone.
    One that the provider knows by an id which is another attempt's by now is unknown: a look-up
    took it for its twin, the same text to the same phone. As many as the provider holds count as
    sent, whichever they are; what it holds of this one is for the next look-up to say.
    """
    ids = [outcome.attempt_id for outcome in outcomes]
    still = set(
        connection.execute(
            select(Attempt.id)
            .where(Attempt.id.in_(ids), while_)
            .order_by(Attempt.id)
            .with_for_update()
        ).scalars()
    )
    kept = [outcome for outcome in outcomes if outcome.attempt_id in still]
    for _ in range(_TRIES):
        kept = _apart(connection, kept)
        try:
            with connection.begin_nested():
                record(connection, kept, at)
        except IntegrityError:  # another transaction took one of these ids; now it is to be seen
            continue
        return kept
    raise AssertionError("an id of the provider is taken once")


def _apart(connection: Connection, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Let none have an id of the provider that another attempt has, or one before it here."""
    sids = {outcome.sid for outcome in outcomes} - {None}
    holders: dict[str, int] = {}
    if sids:
        rows = connection.execute(select(Attempt.sid, Attempt.id).where(Attempt.sid.in_(sids)))
        holders = {sid: key for sid, key in rows if sid is not None}
    return [
        outcome
        if outcome.sid is None
        or holders.setdefault(outcome.sid, outcome.attempt_id) == outcome.attempt_id
        else Outcome(outcome.attempt_id, outcome.message_id, NoticeStatus.UNKNOWN, error=TWIN)
        for outcome in outcomes
    ]


def record(connection: Connection, outcomes: Sequence[Outcome], at: datetime) -> None:
    """Write outcomes into attempts, and let their messages and notices follow.

    The error of a settled attempt is never erased. The runs are locked before the notices, so
    that an answer arriving now either finds the notice waiting or is seen here, and so that a
    sweep deciding now either finds the notice settled or is seen here to wait for it.
    """
    if not outcomes:
        return
    told = {outcome.message_id for outcome in outcomes}
    runs = _lock_runs(connection, told | _replacing(connection, told))
    connection.execute(
        update(Attempt)
        .where(Attempt.id == bindparam("key"))
        .values(
            status=bindparam("new"),
            sid=func.coalesce(bindparam("sid_"), Attempt.sid),
            word=func.coalesce(bindparam("word_"), Attempt.word),
            error=case(
                (OPEN, bindparam("error_", type_=Text())),
                else_=func.coalesce(bindparam("error_", type_=Text()), Attempt.error),
            ),
            reaction=func.coalesce(bindparam("reaction_"), Attempt.reaction),
            awaited=bindparam("awaited_"),
        ),
        [
            {
                "key": o.attempt_id,
                "new": o.status,
                "sid_": o.sid,
                "word_": o.word,
                "error_": o.error,
                "reaction_": o.reaction,
                "awaited_": o.awaited,
            }
            for o in outcomes
        ],
    )
    follow(connection, told, at)
    wake = [run.id for run in runs if run.waiting and run.stopped_at is None]
    if not wake:
        return
    # A report comes in at the clock's time, which may lie far after the passes' own (`--at`).
    passes = select(func.min(Attempt.pass_at)).where(Attempt.message_id.in_(told))
    look_at = min(at, connection.execute(passes).scalar_one())
    for some in chunks(wake):
        connection.execute(
            update(ClockRun)
            .where(ClockRun.id.in_(some), ClockRun.stopped_at.is_(None))
            .values(next_look_at=look_at)
        )


def _replacing(connection: Connection, message_ids: Iterable[int]) -> set[int]:
    """Return the messages that replaced these, and those that replaced them in turn."""
    found: set[int] = set()
    left = set(message_ids)
    while left:
        rows = connection.execute(select(Message.id).where(Message.replaces_id.in_(left)))
        left = set(rows.scalars()) - found
        found |= left
    return found


def _lock_runs(connection: Connection, message_ids: Iterable[int]) -> Sequence[Any]:
    return connection.execute(
        select(ClockRun.id, ClockRun.stopped_at, ClockRun.waiting)
        .where(
            ClockRun.id.in_(select(Notice.run_id).where(Notice.message_id.in_(set(message_ids))))
        )
        .order_by(ClockRun.id)
        .with_for_update()
    ).all()


def follow(connection: Connection, message_ids: Iterable[int], at: datetime) -> None:
    """Let messages be what their attempts make them, and their notices with them.

    A message handed to another person stays as it is unless it arrived after all.
    """
    wanted: dict[NoticeStatus, list[int]] = {}
    for message_id, before, status in _made_of(connection, sorted(message_ids)):
        replaced = before in (NoticeStatus.FAILED, NoticeStatus.CANCELLED)
        if before is not status and not (replaced and status is not NoticeStatus.DELIVERED):
            wanted.setdefault(status, []).append(message_id)
    for status, ids in wanted.items():
        _move(connection, ids, status, at)
    arrived = wanted.get(NoticeStatus.DELIVERED, [])
    _call_back(connection, [*arrived, *_arrived_before(connection, wanted)], at)


def _arrived_before(
    connection: Connection, moved: Mapping[NoticeStatus, Sequence[int]]
) -> list[int]:
    """Return what arrived of the messages that these replace, which want to go out once more."""
    before, found = aliased(Message), []
    left = set(moved.get(NoticeStatus.PENDING, ()))
    while left:
        rows = connection.execute(
            select(before.id, before.status)
            .join(Message, Message.replaces_id == before.id)
            .where(Message.id.in_(left))
        ).all()
        left = {row.id for row in rows}
        found += [row.id for row in rows if row.status is NoticeStatus.DELIVERED]
    return found


def _made_of(
    connection: Connection, message_ids: Sequence[int]
) -> list[tuple[int, NoticeStatus, NoticeStatus]]:
    """Return (message, its status, what its attempts make it); locks the messages."""

    def any_of(*statuses: NoticeStatus) -> Any:
        return func.max(case((Attempt.status.in_(statuses), 1), else_=0))

    found: list[tuple[int, NoticeStatus, NoticeStatus]] = []
    for some in chunks(message_ids):
        before = connection.execute(
            select(Message.id, Message.status)
            .where(Message.id.in_(some))
            .order_by(Message.id)
            .with_for_update()
        ).all()
        # An attempt that was accepted counts only while nothing has followed from it: one that
        # was not delivered in time has a reaction, and the next way is to be tried.
        good = func.max(
            case(
                ((Attempt.status == NoticeStatus.ACCEPTED) & Attempt.reaction.is_(None), 1), else_=0
            )
        )
        rows = connection.execute(
            select(
                Attempt.message_id,
                any_of(NoticeStatus.DELIVERED),
                any_of(NoticeStatus.SENDING),
                any_of(NoticeStatus.UNKNOWN),
                good,
            )
            .where(Attempt.message_id.in_(some))
            .group_by(Attempt.message_id)
        ).all()
        order = (
            NoticeStatus.DELIVERED,
            NoticeStatus.SENDING,
            NoticeStatus.UNKNOWN,
            NoticeStatus.ACCEPTED,
        )
        made = {
            row[0]: next(
                (status for status, yes in zip(order, row[1:], strict=True) if yes),
                NoticeStatus.PENDING,
            )
            for row in rows
        }
        found += [(row.id, row.status, made[row.id]) for row in before if row.id in made]
    return found


def _move(connection: Connection, ids: Sequence[int], status: NoticeStatus, at: datetime) -> None:
    notices: dict[str, Any] = {"status": status}
    notices["settled_at"] = at if status in _SETTLED else None
    for some in chunks(ids):
        connection.execute(
            update(Message).where(Message.id.in_(some)).values(status=status, lease_until=None)
        )
        # A cancelled notice stays so: nobody wants it told any more, whatever arrived.
        late = [NoticeStatus.FAILED] if status is NoticeStatus.DELIVERED else []
        connection.execute(
            update(Notice)
            .where(
                Notice.message_id.in_(some),
                Notice.status.in_((*_IN_FLIGHT, *_SETTLED, NoticeStatus.PENDING, *late)),
            )
            .values(notices)
        )
        if status is NoticeStatus.PENDING:
            # It is sent again only if its run still wants it: an answer may have come meanwhile.
            over = select(ClockRun.id).where(ClockRun.stopped_at.is_not(None))
            connection.execute(
                update(Notice)
                .where(
                    Notice.message_id.in_(some),
                    Notice.run_id.in_(over),
                    Notice.status == NoticeStatus.PENDING,
                )
                .values(status=NoticeStatus.CANCELLED, settled_at=at)
            )


def _call_back(connection: Connection, ids: Sequence[int], at: datetime) -> None:
    """Stop what was to replace messages that arrived after all, where it has not left yet.

    What is on its way is looked at again when it comes back: see `_arrived_before`.
    """
    if not _replacing(connection, ids):  # nearly always: one question for all of them
        return
    for arrived in ids:
        later = _replacing(connection, [arrived])
        rows = connection.execute(
            select(Message.id, Message.status)
            .where(Message.id.in_(later))
            .order_by(Message.id)
            .with_for_update()
        ).all()
        waiting = [row.id for row in rows if row.status is NoticeStatus.PENDING]
        given_up = [row.id for row in rows if row.status is NoticeStatus.FAILED]
        connection.execute(
            update(Notice)
            .where(
                Notice.message_id.in_([*waiting, *given_up]),
                Notice.status.in_((NoticeStatus.PENDING, NoticeStatus.FAILED)),
            )
            .values(message_id=arrived, status=NoticeStatus.DELIVERED, settled_at=at)
        )
        connection.execute(
            update(Message)
            .where(Message.id.in_(waiting))
            .values(status=NoticeStatus.CANCELLED, lease_until=None)
        )
