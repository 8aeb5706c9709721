"""Loads complaints with their open runs in batches, and writes what a `Desk` has changed.

Lock order, the same everywhere: complaint, runs, notices. On PostgreSQL the complaint is locked
FOR NO KEY UPDATE, so that inserting a row that refers to it never waits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, bindparam, func, insert, select, update

from config.terms import Clock, NoticeStatus
from scheduler.case import Case, Changes, Event, OpenRun
from scheduler.ladder import Recorded
from scheduler.ledger import HELD_SHADOW
from scheduler.store import notices, untold
from scheduler.store.messaging_tables import Notice
from scheduler.store.tables import Audit, ClockRun, Complaint, RunPause, RunStep

T = TypeVar("T")

CHUNK = 500
"""Ids in one IN list."""

_CASE = tuple(f.name for f in fields(Case) if f.name not in ("id", "runs", "run_counts"))
_RUN = tuple(f.name for f in fields(OpenRun) if f.name in ClockRun.__table__.columns)
# Built once: every batch reads these.
_CASES = select(*(getattr(Complaint, name) for name in ("id", *_CASE))).order_by(Complaint.id)
_RUNS = (
    select(ClockRun.complaint_id, *(getattr(ClockRun, name) for name in _RUN))
    .where(ClockRun.stopped_at.is_(None))
    .order_by(ClockRun.id)
)
_RUN_CHANGES = (
    "paused_at",
    "stopped_at",
    "stop_reason",
    "next_look_at",
    "limit_at",
    "moved_at",
    "waiting",
    "last_error",
)
_UNSETTLED = (NoticeStatus.PENDING, NoticeStatus.SENDING, NoticeStatus.UNKNOWN)


def chunks(items: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """Yield the items in pieces of at most `size`."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


# --- loading --------------------------------------------------------------------------------


def load_cases(
    connection: Connection, ids: Iterable[int], *, lock: bool = False
) -> dict[int, Case]:
    """Return complaints with their open runs, by id; locked in id order where asked."""
    cases: dict[int, Case] = {}
    for some in chunks(sorted(set(ids))):
        query = _CASES.where(Complaint.id.in_(some))
        if lock:
            query = query.with_for_update(key_share=True)
        for row in connection.execute(query):
            cases[row.id] = Case(**row._mapping)
        _load_runs(connection, cases, some, lock=lock)
    return cases


def _load_runs(
    connection: Connection, cases: Mapping[int, Case], ids: Sequence[int], *, lock: bool
) -> None:
    query = _RUNS.where(ClockRun.complaint_id.in_(ids))
    if lock:
        query = query.with_for_update()
    runs: dict[int, OpenRun] = {}
    for row in connection.execute(query):
        values = dict(row._mapping)
        run = OpenRun(**{k: v for k, v in values.items() if k != "complaint_id"})
        cases[row.complaint_id].runs.append(run)
        runs[row.id] = run
    counts = connection.execute(
        select(ClockRun.complaint_id, ClockRun.clock, func.max(ClockRun.run_no))
        .where(ClockRun.complaint_id.in_(ids))
        .group_by(ClockRun.complaint_id, ClockRun.clock)
    )
    for complaint_id, clock, count in counts:
        cases[complaint_id].run_counts[Clock(clock)] = count
    if runs:
        _load_history(connection, runs)


def _load_history(connection: Connection, runs: Mapping[int, OpenRun]) -> None:
    """Put pauses, recorded steps and what became of the last formal one on open runs."""
    ids = list(runs)
    pauses = connection.execute(
        select(RunPause.run_id, RunPause.paused_at, RunPause.resumed_at)
        .where(RunPause.run_id.in_(ids), RunPause.resumed_at.is_not(None))
        .order_by(RunPause.paused_at)
    )
    for run_id, paused_at, resumed_at in pauses:
        assert resumed_at is not None
        runs[run_id].pauses.append((paused_at, resumed_at))
    steps = connection.execute(
        select(
            RunStep.run_id,
            RunStep.step,
            RunStep.occurrence,
            RunStep.formal,
            RunStep.due_at,
            RunStep.recorded_at,
            RunStep.released_at,
        )
        .where(RunStep.run_id.in_(ids))
        .order_by(RunStep.id)
    )
    last_formal: dict[int, tuple[str, int]] = {}
    for step in steps:
        runs[step.run_id].recorded.append(Recorded(*step[1:]))
        if step.formal:
            last_formal[step.run_id] = (step.step, step.occurrence)
    if last_formal:
        _load_standing(connection, runs, last_formal)


def _load_standing(
    connection: Connection, runs: Mapping[int, OpenRun], last: Mapping[int, tuple[str, int]]
) -> None:
    """Find whether the last formal step's notices are still on their way, or held."""
    rows = connection.execute(
        select(
            Notice.run_id,
            Notice.step,
            Notice.occurrence,
            Notice.status,
            Notice.hold_reason,
            Notice.copy,
        ).where(Notice.run_id.in_(list(last)), Notice.status.in_((*_UNSETTLED, NoticeStatus.HELD)))
    )
    for row in rows:
        if row.run_id is None or last[row.run_id] != (row.step, row.occurrence):
            continue
        if row.status is NoticeStatus.HELD:
            runs[row.run_id].held |= row.hold_reason != HELD_SHADOW
        elif not row.copy:
            runs[row.run_id].unsettled = True


def find(connection: Connection, number: str) -> int | None:
    """Return the id of a complaint by SP4N's Tracking ID or the own number (either works)."""
    number = _clean(number)
    return connection.execute(
        select(Complaint.id).where(
            (Complaint.tracking_id == number) | (Complaint.nomor == number.upper())
        )
    ).scalar_one_or_none()


def lock_by_number(connection: Connection, numbers: Iterable[str]) -> dict[str, Case]:
    """Return complaints by the numbers asked for, locked; a number nobody bears is left out.

    Between finding and locking a merge may have given a number to another complaint, so what no
    longer bears its number is looked for again.
    """
    found: dict[str, Case] = {}
    locked: dict[int, Case] = {}
    left = list(dict.fromkeys(numbers))
    while left:
        keys = _keys(connection, left)
        locked |= load_cases(connection, set(keys.values()) - locked.keys(), lock=True)
        found |= {n: locked[key] for n, key in keys.items() if _bears(locked[key], n)}
        left = [number for number in keys if number not in found]
    return found


def _keys(connection: Connection, numbers: Sequence[str]) -> dict[str, int]:
    keys: dict[str, int] = {}
    for some in chunks([_clean(number) for number in numbers]):
        own = [number.upper() for number in some]
        rows = connection.execute(
            select(Complaint.id, Complaint.tracking_id, Complaint.nomor).where(
                Complaint.tracking_id.in_(some) | Complaint.nomor.in_(own)
            )
        )
        for key, tracking_id, nomor in rows:
            keys |= dict.fromkeys(filter(None, (tracking_id, nomor)), key)
    named = ((n, keys.get(_clean(n)) or keys.get(_clean(n).upper())) for n in numbers)
    return {number: key for number, key in named if key is not None}


def _clean(number: str) -> str:
    return number.strip().lstrip("#")


def _bears(case: Case, number: str) -> bool:
    return _clean(number) == case.tracking_id or _clean(number).upper() == case.nomor


# Built once: every pass asks it.
_DUE = (
    select(ClockRun.id, ClockRun.complaint_id)
    .where(
        ClockRun.next_look_at <= bindparam("at"),
        ClockRun.next_look_at.is_not(None),
        ClockRun.stopped_at.is_(None),
    )
    .order_by(ClockRun.next_look_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)


def due_runs(connection: Connection, at: datetime, limit: int) -> list[tuple[int, int]]:
    """Claim up to `limit` runs that are to be looked at, for this transaction.

    The row locks are the claim: a worker that dies gives them back with its connection, and two
    workers never see the same run. Reads the partial index `ix_clock_runs_due`.
    """
    rows = connection.execute(_DUE, {"at": at, "most": limit}).all()
    return [(row.id, row.complaint_id) for row in rows]


def open_run_ids(connection: Connection) -> Iterator[Sequence[int]]:
    """Yield the complaints that have open runs, in batches, in order of their ids."""
    after = 0
    while True:
        ids = (
            connection.execute(
                select(ClockRun.complaint_id)
                .where(ClockRun.stopped_at.is_(None), ClockRun.complaint_id > after)
                .distinct()
                .order_by(ClockRun.complaint_id)
                .limit(CHUNK)
            )
            .scalars()
            .all()
        )
        if not ids:
            return
        yield ids
        after = ids[-1]


def push_forward(
    connection: Connection, run_id: int, at: datetime, until: datetime, why: str
) -> None:
    """Look at a run that is due at `at` only at `until`, and keep why."""
    connection.execute(
        update(ClockRun)
        .where(ClockRun.id == run_id, ClockRun.next_look_at <= at)
        .values(next_look_at=until, last_error=why)
    )


# --- writing --------------------------------------------------------------------------------


def write(connection: Connection, changes: Changes) -> None:
    """Write everything a `Desk` collected; the caller's transaction commits it whole."""
    _insert_cases(connection, changes.new_cases)
    _insert_events(connection, changes.events)
    if changes.touched_cases:
        rows = [
            {"key": case.id, **{name: getattr(case, name) for name in _CASE}}
            for case in changes.touched_cases.values()
        ]
        statement = update(Complaint).where(Complaint.id == bindparam("key"))
        connection.execute(statement.values({name: bindparam(name) for name in _CASE}), rows)
    _look_later(changes)
    untold.unsay(connection, changes)
    # Old runs stop before new ones begin: a clock has one open run (`uq_clock_runs_one_open`).
    _update_runs(connection, list(changes.touched_runs.values()))
    _insert_runs(connection, changes.new_runs)
    _write_pauses(connection, changes)
    steps = [
        {
            "run_id": step.run.id,
            "step": step.step,
            "occurrence": step.occurrence,
            "formal": step.formal,
            "due_at": step.due_at,
            "recorded_at": step.recorded_at,
            "outcome": step.outcome,
            "reason": step.reason,
        }
        for step in changes.steps
    ]
    if steps:
        connection.execute(insert(RunStep), steps)
    notices.silence(connection, changes)
    notices.add(connection, changes.notices, changes.not_before, news=changes.news)


def _look_later(changes: Changes) -> None:
    """Have no sweep tell anybody before what was done at a desk can no longer be taken back."""
    earliest = changes.not_before
    if earliest is None:
        return
    for run in (*changes.touched_runs.values(), *(run for _, run in changes.new_runs)):
        if run.next_look_at is not None and run.stopped_at is None:
            run.next_look_at = max(run.next_look_at, earliest)


def _insert_cases(connection: Connection, cases: Sequence[Case]) -> None:
    rows = [{name: getattr(case, name) for name in _CASE} for case in cases]
    for case, key in zip(cases, _insert(connection, Complaint, rows), strict=True):
        case.id = key


def _insert_events(connection: Connection, events: Sequence[Event]) -> None:
    rows = [
        {
            "complaint_id": event.case.id,
            "at": event.at,
            "event": event.event,
            "actor": event.actor,
            "note": event.note,
        }
        for event in events
    ]
    for event, key in zip(events, _insert(connection, Audit, rows), strict=True):
        event.id = key


def _insert_runs(connection: Connection, runs: Sequence[tuple[Case, OpenRun]]) -> None:
    names = [name for name in _RUN if name != "id"]
    rows = [
        {"complaint_id": case.id, **{name: getattr(run, name) for name in names}}
        for case, run in runs
    ]
    for (_, run), key in zip(runs, _insert(connection, ClockRun, rows), strict=True):
        run.id = key


def _insert(
    connection: Connection,
    table: type[Complaint | Audit | ClockRun],
    rows: Sequence[dict[str, Any]],
) -> Sequence[int]:
    """Insert rows and return their ids, in the same order."""
    if not rows:
        return ()
    if connection.dialect.name == "sqlite":
        # SQLite promises no order of returned ids, so SQLAlchemy would insert row by row to know
        # them. There is one writer at a time, and one more than the last is how SQLite counts.
        last = connection.execute(select(func.max(table.id))).scalar() or 0
        ids = range(last + 1, last + 1 + len(rows))
        connection.execute(
            insert(table), [{"id": key, **row} for key, row in zip(ids, rows, strict=True)]
        )
        return ids
    returning = insert(table).returning(table.id, sort_by_parameter_order=True)
    return connection.execute(returning, rows).scalars().all()


def _update_runs(connection: Connection, runs: Sequence[OpenRun]) -> None:
    if runs:
        connection.execute(
            update(ClockRun)
            .where(ClockRun.id == bindparam("key"))
            .values({name: bindparam(name) for name in _RUN_CHANGES}),
            [
                {"key": run.id, **{name: getattr(run, name) for name in _RUN_CHANGES}}
                for run in runs
            ],
        )


def _write_pauses(connection: Connection, changes: Changes) -> None:
    if changes.paused:
        connection.execute(
            insert(RunPause),
            [{"run_id": run.id, "paused_at": at} for run, at in changes.paused],
        )
    if changes.resumed:
        connection.execute(
            update(RunPause)
            .where(RunPause.run_id == bindparam("key"), RunPause.resumed_at.is_(None))
            .values(resumed_at=bindparam("at")),
            [{"key": run.id, "at": at} for run, at in changes.resumed],
        )
