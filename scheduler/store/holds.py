"""Holding notices back and letting them go: backlog, stale SP4N data, veto."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, bindparam, select, update

from config.terms import NoticeStatus
from scheduler.case import Case
from scheduler.escalation import limits_to_print
from scheduler.ledger import HELD_BACKLOG, HELD_SHADOW, HELD_STALE, KOMINFO
from scheduler.lifecycle import Desk
from scheduler.store.cases import chunks, load_cases, write
from scheduler.store.messaging_tables import Notice
from scheduler.store.tables import Complaint, RunStep
from scheduler.world import World


def backlog(connection: Connection) -> list[int]:
    """Return the complaints of the go-live backlog that nobody has released yet."""
    return list(
        connection.execute(
            select(Complaint.id).where(
                Complaint.backlog_at.is_not(None), Complaint.released_at.is_(None)
            )
        ).scalars()
    )


def stale(connection: Connection, at: datetime) -> list[int]:
    """Return the complaints with notices that wait for fresher data from SP4N.

    One to which something happened after `at` is left out: an import of an earlier moment (a
    rehearsal, a late `--at`) can let nothing of it go.
    """
    return list(
        connection.execute(
            select(Complaint.id)
            .join(Notice, Notice.complaint_id == Complaint.id)
            .where(
                Notice.status == NoticeStatus.HELD,
                Notice.hold_reason == HELD_STALE,
                Complaint.last_event_at <= at,
            )
            .distinct()
        ).scalars()
    )


def release(
    connection: Connection,
    world: World,
    ids: Iterable[int],
    at: datetime,
    *,
    only: str | None = None,
    actor: str = KOMINFO,
    not_before: datetime | None = None,
) -> int:
    """Let go what is held for complaints (`only` for one reason); return how many notices.

    Nothing of it leaves before `not_before`: who does it at a desk may take it back.

    The release counts as the recording of the step, so that the next one keeps its distance from
    it; the limits to print are those of now. Notices held by SHADOW stay what they are.
    """
    count = 0
    for some in chunks(sorted(set(ids))):
        desk = Desk(world, at)
        desk.changes.not_before = not_before
        cases = load_cases(connection, some, lock=True)
        count += _let_go(connection, desk, cases, only)
        for case in cases.values():
            if only in (None, HELD_BACKLOG) and case.backlog_at is not None:
                case.released_at = case.released_at or at
            desk.remark(case, "release", actor, only, at=max(at, case.last_event_at))
            for run in case.runs:
                if run.held and run.paused_at is None:
                    run.next_look_at = at
                    desk.keep(run)
        write(connection, desk.changes)
    return count


def _let_go(connection: Connection, desk: Desk, cases: dict[int, Case], only: str | None) -> int:
    query = select(
        Notice.id,
        Notice.complaint_id,
        Notice.run_id,
        Notice.step,
        Notice.occurrence,
        Notice.post_id,
    ).where(
        Notice.complaint_id.in_(list(cases)),
        Notice.status == NoticeStatus.HELD,
        Notice.hold_reason != HELD_SHADOW,
    )
    rows = connection.execute(query.where(Notice.hold_reason == only) if only else query).all()
    if not rows:
        return 0
    steps = {(row.run_id, row.step, row.occurrence) for row in rows if row.run_id is not None}
    _released(connection, cases.values(), steps, desk.at)
    printed = {
        row.run_id: _limits(desk, cases[row.complaint_id], row.run_id)
        for row in rows
        if row.run_id is not None
    }
    earliest = desk.changes.not_before or desk.at
    connection.execute(
        update(Notice)
        .where(Notice.id == bindparam("key"))
        .values(
            status=NoticeStatus.PENDING,
            hold_reason=None,
            message_id=None,
            send_after=bindparam("after"),
            limit_at=bindparam("limit"),
            next_at=bindparam("next"),
        ),
        [
            {
                "key": row.id,
                "after": desk.world.open_at(row.post_id, earliest, row.complaint_id),
                "limit": printed.get(row.run_id, (None, None))[0],
                "next": printed.get(row.run_id, (None, None))[1],
            }
            for row in rows
        ],
    )
    return len(rows)


def _released(
    connection: Connection, cases: Iterable[Case], steps: set[tuple[int, str, int]], at: datetime
) -> None:
    """Note on steps that their release counts as their recording, here and in the store."""
    for run in (run for case in cases for run in case.runs):
        run.recorded = [
            replace(record, released_at=at)
            if (run.id, record.step, record.occurrence) in steps
            else record
            for record in run.recorded
        ]
    if steps:
        connection.execute(
            update(RunStep)
            .where(
                RunStep.run_id == bindparam("run"),
                RunStep.step == bindparam("name"),
                RunStep.occurrence == bindparam("nth"),
            )
            .values(released_at=at),
            [{"run": run, "name": name, "nth": nth} for run, name, nth in sorted(steps)],
        )


def _limits(desk: Desk, case: Case, run_id: int) -> tuple[datetime | None, datetime | None]:
    run = next((r for r in case.runs if r.id == run_id), None)
    ladder = desk.world.ladder(case, run) if run else None
    if run is None or ladder is None:
        return None, None
    return limits_to_print(ladder, run.facts(case.counted_as), desk.at)


def veto(connection: Connection, complaint_id: int, reason: str) -> int:
    """Hold a complaint's unsent notices that carry a letter or reach leaders; return how many."""
    return _hold(
        connection,
        connection.execute(
            select(Notice.id)
            .where(
                Notice.complaint_id == complaint_id,
                Notice.status == NoticeStatus.PENDING,
                Notice.run_id.in_(
                    select(RunStep.run_id).where(
                        RunStep.run_id == Notice.run_id,
                        RunStep.step == Notice.step,
                        RunStep.occurrence == Notice.occurrence,
                        RunStep.formal.is_(True),
                    )
                ),
            )
            .with_for_update()
        )
        .scalars()
        .all(),
        f"veto: {reason}",
    )


def _hold(connection: Connection, ids: Sequence[int], reason: str) -> int:
    if ids:
        connection.execute(
            update(Notice)
            .where(Notice.id.in_(ids))
            .values(status=NoticeStatus.HELD, hold_reason=reason, message_id=None)
        )
    return len(ids)
