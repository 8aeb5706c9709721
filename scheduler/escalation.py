"""PURE: what a run of a clock owes to whom, and when to look at it again.

The rules are those of the working rule of Kabupaten Sampang ("dua hari kerja … surat pertama;
hari ketiga batas terakhir, surat kedua; lebih dari itu ke level lebih tinggi dengan tembusan
minimal Sekda") and of the project's day counting: D+n is the n-th working day strictly after the
local date on which the clock started, and a ladder never bunches.

A step is *formal* (it carries a letter or reaches leaders) or *courtesy*. Formal steps keep their
planned distance, in working days, from the moment the previous formal one was really recorded;
courtesy steps keep theirs before the next formal one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from config.policy import LIMIT_STEP, Step
from scheduler.ladder import Ladder, Recorded, Run

RECORDED = "tercatat"
PASSED_OVER = "terlewat"


@dataclass(frozen=True, slots=True)
class Due:
    """One step to record now. `due_at` is the adjusted time, whenever it is recorded."""

    step: Step
    occurrence: int
    due_at: datetime
    outcome: str
    reason: str | None = None
    limit_at: datetime | None = None
    """The adjusted limit to print."""
    next_at: datetime | None = None
    """When the next formal step is due if nothing happens."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What to record now, and when to look again (None: not before something else happens)."""

    due: tuple[Due, ...]
    next_look: datetime | None
    waiting: bool = False
    limit_reached: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Rung:
    """A step still ahead, and the formal step it leads up to (itself when it is formal)."""

    step: Step
    occurrence: int
    due_at: datetime
    formal_due: datetime | None


def _last_formal(ladder: Ladder, run: Run) -> tuple[Step, Recorded] | None:
    steps = {step.name: step for step in ladder.policy.steps}
    formal = [r for r in run.recorded if r.formal and r.step in steps]
    if not formal:
        return None
    last = max(formal, key=lambda r: (r.counts_from, r.due_at))
    return steps[last.step], last


def _ahead(ladder: Ladder, run: Run) -> list[_Rung]:
    """Return the steps ahead up to and including the next formal one, in the ladder's order."""
    last = {r.step: r.occurrence for r in sorted(run.recorded, key=lambda r: r.occurrence)}
    todo: list[tuple[Step, int]] = []
    for step in ladder.steps:
        # What is due when the clock starts is recorded by whatever starts it.
        if step.due == "mulai" or (step.name in last and step.repeat is None):
            continue
        todo.append((step, last.get(step.name, 0) + 1))
        if step.formal:
            break
    if not todo:
        return []
    formal, occurrence = todo[-1]
    if not formal.formal:
        return [_Rung(step, n, ladder.due(run, step, n, None), None) for step, n in todo]
    due = ladder.due(run, formal, occurrence, _last_formal(ladder, run))
    rungs = [_Rung(s, n, ladder.courtesy(run, s, formal, due), due) for s, n in todo[:-1]]
    return [*rungs, _Rung(formal, occurrence, due, due)]


def decide(ladder: Ladder, run: Run, now: datetime) -> Decision:
    """Return what `run` owes at `now` by `ladder`, and when to look at it next.

    At most one formal step is recorded in one look, because the next one is by then at least its
    planned distance away. Never looks at the time itself; equal arguments give equal answers.
    """
    if run.paused:
        return Decision((), None)
    found: list[Due] = []
    while True:
        batch, look, waiting = _one_look(ladder, run, now)
        found += batch
        run = _with(run, batch, now)
        if not any(due.step.formal for due in batch):
            break
    limit_reached = None
    if ladder.policy.at_limit and not any(r.step == LIMIT_STEP for r in run.recorded):
        limit = ladder.limit_at(run)
        if limit is not None and limit <= now:
            limit_reached = limit
        elif limit is not None:
            look = min(look or limit, limit)
    return Decision(tuple(_with_dates(ladder, run, found, now)), look, waiting, limit_reached)


def _one_look(ladder: Ladder, run: Run, now: datetime) -> tuple[list[Due], datetime | None, bool]:
    due: list[Due] = []
    looks: list[datetime] = []
    waiting = False
    for rung in _ahead(ladder, run):
        overtaken = rung.formal_due is not None and rung.formal_due <= now
        if run.previous_held and (overtaken or rung.due_at <= now):
            # The release counts as the recording, so only then is it known when the next formal
            # step comes, and what a courtesy step may say of it.
            waiting = True
        elif not rung.step.formal and (overtaken or rung.due_at <= now):
            due.append(_courtesy(rung, late=overtaken))
        elif rung.due_at > now:
            looks.append(rung.due_at)
        elif run.previous_unsettled and now < (
            until := ladder.a_working_day_past(rung.due_at, rung.step)
        ):
            waiting = True
            looks.append(until)
        else:
            due.append(Due(rung.step, rung.occurrence, rung.due_at, RECORDED))
    return due, min(looks, default=None), waiting


def _courtesy(rung: _Rung, *, late: bool) -> Due:
    if late:
        reason = "langkah resmi berikutnya sudah jatuh tempo saat diperiksa"
        return Due(rung.step, rung.occurrence, rung.due_at, PASSED_OVER, reason)
    return Due(rung.step, rung.occurrence, rung.due_at, RECORDED)


def _with(run: Run, due: Sequence[Due], now: datetime) -> Run:
    """Return the run as it is once `due` has been recorded at `now`."""
    if not due:
        return run
    records = tuple(Recorded(d.step.name, d.occurrence, d.step.formal, d.due_at, now) for d in due)
    told = any(d.step.formal for d in due)
    return replace(
        run,
        recorded=run.recorded + records,
        # What has just been recorded is on its way: the step after it has its own distance.
        previous_unsettled=run.previous_unsettled and not told,
        previous_held=run.previous_held and not told,
    )


def forecast(
    ladder: Ladder, run: Run, now: datetime, *, repeats: int = 1
) -> Iterator[tuple[Step, int, datetime]]:
    """Yield the steps still ahead with their due times, if each is recorded when it is due.

    Works out no more of the ladder than is asked for.
    """
    run = replace(run, previous_unsettled=False, previous_held=False, paused=False)
    while True:
        rungs = _ahead(ladder, run)
        if not rungs or (rungs[0].step.repeat and rungs[0].occurrence > repeats):
            return
        for rung in rungs:
            yield rung.step, rung.occurrence, rung.due_at
            moment = max(rung.due_at, now)
            run = _with(run, [Due(rung.step, rung.occurrence, rung.due_at, RECORDED)], moment)
        if not rungs[-1].step.formal:
            return


def limits_to_print(
    ladder: Ladder, run: Run, now: datetime
) -> tuple[datetime | None, datetime | None]:
    """Return the adjusted limit of the run, and when its next formal step is due.

    The limit printed in a message is the adjusted due time of the formal step planned for the
    limit's day where the ladder has one that is still ahead, else the limit of the clock itself.
    """
    limit = ladder.limit_at(run)
    planned_day = _limit_day(ladder, run)
    next_at = None
    for step, occurrence, due in forecast(ladder, run, now):
        if not step.formal:
            continue
        next_at = next_at or due
        if limit and occurrence == 1 and _day(ladder, ladder.planned(run, step)) == planned_day:
            return max(limit, due), next_at
    return limit, next_at


def _limit_day(ladder: Ladder, run: Run) -> date | None:
    limit = ladder.limit(run.klasifikasi)
    if limit is None:
        return None
    return _day(ladder, ladder.after(run.started_at, limit, ladder.policy.limit_hour))


def _day(ladder: Ladder, moment: datetime) -> date:
    return ladder.calendar.local_date(moment)


def _with_dates(ladder: Ladder, run: Run, found: Sequence[Due], now: datetime) -> list[Due]:
    """Put the limits to print on what is told now; `run` already holds what was recorded."""
    if not any(due.outcome == RECORDED for due in found):
        return list(found)
    limit_at, next_at = limits_to_print(ladder, run, now)
    return [replace(due, limit_at=limit_at, next_at=next_at) for due in found]
