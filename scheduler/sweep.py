"""Finds the runs that are due, decides, and records: one commit for each batch.

The claim on a run is its row lock, held until the commit that records what was decided, so a
worker that dies at any point leaves either all of a batch or none of it. Whatever cannot be
decided for one run is written on that run and pushed forward; the others go on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from scheduler.case import Case, OpenRun
from scheduler.directory import NobodyToTellError
from scheduler.escalation import decide
from scheduler.lifecycle import Desk
from scheduler.store import cases
from scheduler.store.session import DISCONNECTED, Connection, Engine, writing
from scheduler.world import NEWER, World

BATCH = 50
RETRY = timedelta(hours=1)
"""When a run that could not be decided is looked at again."""


@dataclass(slots=True)
class Swept:
    """What one sweep did."""

    due: int = 0
    queued: int = 0
    held: int = 0
    problems: list[str] = field(default_factory=list)
    """Runs that could not be decided: number, clock and why. Never a person's name or phone."""

    def add(self, other: Swept) -> None:
        """Count what another part of the sweep did."""
        self.due += other.due
        self.queued += other.queued
        self.held += other.held
        self.problems += other.problems


def sweep(
    engine: Engine, world: World, at: datetime, *, going: Callable[[], bool] = lambda: True
) -> Swept:
    """Look at every run that is due at `at`, in batches, until none is left.

    `going` is asked between batches, so that a worker told to stop ends at a commit.
    """
    swept = Swept()
    singles = 0
    while going():
        part = Swept()
        claimed: list[tuple[int, int]] = []
        try:
            with writing(engine) as connection:
                claimed += cases.due_runs(connection, at, 1 if singles else BATCH)
                endings = _batch(connection, world, at, part, claimed)
        except DISCONNECTED:
            raise
        except Exception as error:  # noqa: BLE001 - some row of the batch cannot be read or written
            if not singles:
                singles = BATCH
                continue
            part, endings = _push_forward(engine, at, claimed[0][0], error), []
        singles = max(0, singles - 1)
        swept.add(part)
        if not claimed:
            return swept
        for run_id, complaint_id in endings:
            swept.add(_ended(engine, world, at, run_id, complaint_id))
    return swept


def _ended(engine: Engine, world: World, at: datetime, run_id: int, complaint_id: int) -> Swept:
    """End one complaint in a transaction of its own; what goes wrong stays with it."""
    part = Swept()
    try:
        with writing(engine) as connection:
            _end(connection, world, at, complaint_id, part)
    except DISCONNECTED:
        raise
    except Exception as error:  # noqa: BLE001 - one complaint must not stop the others
        return _push_forward(engine, at, run_id, error)
    return part


def _push_forward(engine: Engine, at: datetime, run_id: int, error: Exception) -> Swept:
    """Put a run that nothing can be done with an hour forward, and say which it was."""
    why = type(error).__name__
    with writing(engine) as connection:
        cases.push_forward(connection, run_id, at, at + RETRY, why)
    return Swept(problems=[f"jam nomor {run_id}: {why}"])


def _batch(
    connection: Connection,
    world: World,
    at: datetime,
    swept: Swept,
    claimed: Sequence[tuple[int, int]],
) -> list[tuple[int, int]]:
    """Decide claimed runs; return (run, complaint) of those that a closing limit ends."""
    loaded = cases.load_cases(connection, (complaint_id for _, complaint_id in claimed))
    wanted = {run_id for run_id, _ in claimed}
    desk = Desk(world, at)
    endings = [
        (run.id, row_id(case))
        for case in loaded.values()
        for run in case.runs
        if run.id in wanted and not _look(desk, case, run, swept)
    ]
    _count(desk, swept)
    cases.write(connection, desk.changes)
    swept.due += len(claimed)
    return endings


def row_id(case: Case) -> int:
    """Return the id of a case that has been written."""
    assert case.id is not None
    return case.id


def _look(desk: Desk, case: Case, run: OpenRun, swept: Swept) -> bool:
    """Record what a run owes; False where its limit ends the complaint, which locks it first."""
    run_hint = run.next_look_at
    desk.keep(run)
    if case.hold_reason is not None:
        run.next_look_at = None
        return True
    if not desk.world.knows(run):
        run.next_look_at = desk.at + NEWER
        return True
    mark = desk.mark()
    try:
        ladder = desk.world.ladder(case, run)
        if ladder is None:
            _set_aside(desk, case, run, swept, "kebijakan yang dipakainya tidak memuat jam ini")
            return True
        decision = decide(ladder, run.facts(case.counted_as), desk.at)
        for due in decision.due:
            desk.record(case, run, due)
        run.next_look_at, run.waiting = decision.next_look, decision.waiting
        run.last_error = None
        if decision.limit_reached is not None:
            if case.tracking_id is None:
                run.next_look_at = run_hint
                return False
            desk.limit_passed(case, run, decision.limit_reached)
    except NobodyToTellError:
        desk.undo(mark)
        _set_aside(desk, case, run, swept, "tidak ada pemegang jabatan yang dapat diberi tahu")
    except Exception as error:  # noqa: BLE001 - one poisoned row must not stop the others
        desk.undo(mark)
        _set_aside(desk, case, run, swept, f"{type(error).__name__}")
    return True


def _set_aside(desk: Desk, case: Case, run: OpenRun, swept: Swept, why: str) -> None:
    run.last_error = why
    run.next_look_at = desk.at + RETRY
    swept.problems.append(f"aduan {case.number}, jam {run.clock}: {why}")


def _end(
    connection: Connection, world: World, at: datetime, complaint_id: int, swept: Swept
) -> None:
    """Close or archive one of Ingat's own complaints whose limit has passed.

    It changes the complaint itself, so it takes the complaint's lock first and decides again.
    """
    case = cases.load_cases(connection, [complaint_id], lock=True)[complaint_id]
    desk = Desk(world, at)
    for run in [run for run in case.runs if world.knows(run)]:
        ladder = world.ladder(case, run)
        if ladder is None or run.stopped_at is not None or case.hold_reason is not None:
            continue
        reached = decide(ladder, run.facts(case.counted_as), at).limit_reached
        if reached is not None:
            desk.limit_passed(case, run, reached)
            break
    _count(desk, swept)
    cases.write(connection, desk.changes)


def _count(desk: Desk, swept: Swept) -> None:
    swept.queued += len(desk.changes.notices)
    swept.held += sum(notice.hold_reason is not None for notice in desk.changes.notices)
