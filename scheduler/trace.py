"""PURE: why a complaint stands where it stands: every run day by day, every step with its times.

Nothing is decided here. Times ahead come from the very functions the sweep decides by
(`Ladder.planned`, `decide`, `forecast`), so an explanation cannot differ from what will happen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import chain

from config.calendar_overrides import LAST_YEAR
from config.limits import Limit, Unit
from config.policy import LIMIT_STEP, Step
from config.terms import NoticeStatus, Status
from scheduler.case import Case
from scheduler.escalation import (
    PASSED_OVER,
    Decision,
    decide,
    forecast,
    limits_to_print,
)
from scheduler.ladder import Ladder, Run, Span
from scheduler.ledger import HELD_SHADOW
from scheduler.records import EventRecord, History, RunRecord, StepRecord, as_of
from scheduler.working_days import DayOff
from scheduler.world import World

_DAY = timedelta(days=1)


class Outcome(StrEnum):
    """What became of a step."""

    TERCATAT = "tercatat"
    TERLEWAT = "terlewat"
    DITAHAN = "ditahan"
    """Recorded, but its notices are held; or ahead, with the ladder of the complaint held."""
    MENUNGGU = "menunggu"
    """Due, or would be, but something must come first."""
    BELUM = "belum"
    TIDAK_PERLU = "tidak_perlu"
    """The clock stopped before it."""


@dataclass(frozen=True, slots=True)
class Day:
    """A local date of a run: the n-th that counts, off, or inside a pause; the first is neither."""

    date: date
    counted: int | None = None
    skipped: DayOff | None = None
    paused: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """A post that a step told."""

    post: str
    copy: bool
    status: NoticeStatus
    hold_reason: str | None = None
    via: str | None = None
    """Who was told in its place: the complaint had been handed over."""


@dataclass(frozen=True, slots=True)
class StepTrace:
    """A step: `planned_at` by the plan alone, `due_at` adjusted, `recorded_at` where it was."""

    step: str
    occurrence: int
    planned_at: datetime | None
    due_at: datetime
    recorded_at: datetime | None
    outcome: Outcome
    reason: str | None = None
    told: tuple[Told, ...] = ()


@dataclass(frozen=True, slots=True)
class RunTrace:
    """A run of a clock, explained. `adjusted_limit` is what messages print where it differs."""

    clock: str
    run_no: int
    instansi: str | None
    policy_version: int
    dasar_hukum: str
    started_at: datetime
    stopped_at: datetime | None
    stop_reason: str | None
    moved_at: datetime | None
    limit: Limit | None
    limit_at: datetime | None
    adjusted_limit: datetime | None
    unit: Unit
    pauses: tuple[tuple[datetime, datetime | None], ...]
    days: tuple[Day, ...]
    steps: tuple[StepTrace, ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """Why a complaint stands where it stands, seen at a moment."""

    at: datetime
    tracking_id: str | None
    nomor: str | None
    status: Status
    instansi: str | None
    hold_reason: str | None
    calendar_changes: tuple[EventRecord, ...]
    runs: tuple[RunTrace, ...] = field(default=())


def trace(
    history: History, world: World, at: datetime, *, stopped_since: datetime | None = None
) -> Trace:
    """Return the explanation as of `at`; what was recorded later is left out.

    `world` must know every policy version that the runs started under. `stopped_since` is when
    everything was stopped (stop-all), if it is.
    """
    seen = as_of(history, at)
    case = seen.case
    names = world.directory.bodies
    halted = stopped_since is not None and stopped_since <= at
    return Trace(
        at=at,
        tracking_id=case.tracking_id,
        nomor=case.nomor,
        status=case.status,
        instansi=names[case.instansi_id].nama if case.instansi_id else None,
        hold_reason=case.hold_reason,
        calendar_changes=tuple(event for event in seen.events if event.event == "kalender"),
        runs=tuple(_Explainer(record, case, world, at, halted).run() for record in seen.runs),
    )


# --- one run ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Explainer:
    """Explains one run as of `at`."""

    record: RunRecord
    case: Case
    world: World
    at: datetime
    halted: bool

    def run(self) -> RunTrace:
        run = self.record.run
        rules = self.world.policies[run.policy_version_id].clocks[run.clock]
        ladder = self.world.ladder(self.case, run)
        assert ladder is not None, "a run starts only under a policy that has its clock"
        facts = self.record.facts(self.case.counted_as)
        if facts.paused:
            # What lies ahead is told as if the clock went on at this very moment.
            begin = next(begin for begin, end in self.record.pauses if end is None)
            going_on = replace(facts, paused=False, pauses=(*facts.pauses, (begin, self.at)))
        else:
            going_on = facts
        steps = (*self._recorded(ladder, going_on), *self._ahead(ladder, facts, going_on))
        limit_at = ladder.limit_at(going_on)
        adjusted = None
        if run.stopped_at is None:
            adjusted, _ = limits_to_print(ladder, going_on, self.at)
        unit = _unit(ladder, facts)
        body = self.world.directory.bodies.get(run.instansi_id) if run.instansi_id else None
        return RunTrace(
            clock=run.clock,
            run_no=run.run_no,
            instansi=body.nama if body else None,
            policy_version=run.policy_version_id,
            dasar_hukum=rules.dasar_hukum,
            started_at=run.started_at,
            stopped_at=run.stopped_at,
            stop_reason=run.stop_reason,
            moved_at=run.moved_at,
            limit=ladder.limit(facts.klasifikasi),
            limit_at=limit_at,
            adjusted_limit=adjusted if adjusted != limit_at else None,
            unit=unit,
            pauses=self.record.pauses,
            days=tuple(_days(ladder, going_on, unit, self._last_date(ladder, limit_at, steps))),
            steps=steps,
        )

    def _last_date(
        self, ladder: Ladder, limit_at: datetime | None, steps: Sequence[StepTrace]
    ) -> date:
        stopped_at = self.record.run.stopped_at
        if stopped_at is not None:
            return ladder.calendar.local_date(stopped_at)
        moments = [self.at, *(step.due_at for step in steps), *([limit_at] if limit_at else [])]
        return min(ladder.calendar.local_date(max(moments)), date(LAST_YEAR, 12, 31))

    # --- steps on record ------------------------------------------------------------------

    def _recorded(self, ladder: Ladder, facts: Run) -> Iterator[StepTrace]:
        for record in self.record.steps:
            told = tuple(
                Told(notice.post, notice.copy, notice.status, notice.hold_reason, notice.via)
                for notice in self.record.notices
                if notice.key == record.key
            )
            outcome, reason = _became(record, told)
            planned_at = _planned(ladder, facts, record.step, record.occurrence)
            yield StepTrace(
                record.step,
                record.occurrence,
                planned_at,
                record.due_at,
                record.recorded_at,
                outcome,
                reason,
                told,
            )

    # --- steps ahead ----------------------------------------------------------------------

    def _ahead(self, ladder: Ladder, facts: Run, going_on: Run) -> Iterator[StepTrace]:
        stopped_at = self.record.run.stopped_at
        repeating = {step.name for step in ladder.steps if step.repeat}
        repeats = sum(s.step in repeating for s in self.record.steps) + (stopped_at is None)
        decision = decide(ladder, facts, stopped_at or self.at)
        for step, occurrence, due_at in forecast(
            ladder, going_on, stopped_at or self.at, repeats=repeats
        ):
            outcome, reason = self._stands(decision, step, occurrence, due_at)
            planned_at = _planned(ladder, facts, step.name, occurrence)
            yield StepTrace(step.name, occurrence, planned_at, due_at, None, outcome, reason)
        limit_at = ladder.limit_at(going_on)
        ended = any(step.step == LIMIT_STEP for step in self.record.steps)
        if ladder.policy.at_limit and limit_at is not None and not ended:
            outcome, reason = self._stands(decision, None, 1, limit_at)
            planned_at = _planned(ladder, facts, LIMIT_STEP, 1)
            yield StepTrace(LIMIT_STEP, 1, planned_at, limit_at, None, outcome, reason)

    def _stands(
        self, decision: Decision, step: Step | None, occurrence: int, due_at: datetime
    ) -> tuple[Outcome, str | None]:
        """Say where a step ahead stands (None: the closing limit), and why."""
        blocked = self._blocked()
        if blocked is not None:
            return blocked
        if due_at > self.at:
            return Outcome.BELUM, None
        waits = self._waits_for(decision, step)
        if waits is not None:
            return Outcome.MENUNGGU, waits
        passed = any(
            due.outcome == PASSED_OVER and due.step is step and due.occurrence == occurrence
            for due in decision.due
        )
        if passed:
            return Outcome.BELUM, "akan dicatat terlewat pada pemeriksaan berikutnya"
        return Outcome.BELUM, "sudah jatuh tempo; dicatat pada pemeriksaan berikutnya"

    def _blocked(self) -> tuple[Outcome, str] | None:
        """Say what keeps every step of the run from coming, if anything does."""
        run = self.record.run
        if run.stopped_at is not None:
            return Outcome.TIDAK_PERLU, f"jam aduan sudah berhenti: {run.stop_reason}"
        if self.case.hold_reason is not None:
            return Outcome.DITAHAN, self.case.hold_reason
        if any(end is None for _, end in self.record.pauses):
            return Outcome.MENUNGGU, (
                "jam aduan berhenti selama tunda; tenggat ini jika dilanjutkan kini"
            )
        return None

    def _waits_for(self, decision: Decision, step: Step | None) -> str | None:
        """Say what a step that is due must wait for, if for anything."""
        if self.halted:
            return "semua pengiriman sedang dihentikan"
        if step is None or not decision.waiting or not step.formal:
            return self.record.run.last_error
        last = next(step for step in reversed(self.record.steps) if step.formal)
        held = [
            notice.hold_reason
            for notice in self.record.notices
            if notice.key == last.key and notice.status is NoticeStatus.HELD
        ]
        if any(reason != HELD_SHADOW for reason in held):
            return f"{last.step} masih ditahan; jaraknya dihitung sejak {last.step} dilepas"
        return f"{last.step} belum terkirim; ditunggu paling lama satu hari kerja"


def _became(record: StepRecord, told: Sequence[Told]) -> tuple[Outcome, str | None]:
    if record.outcome == PASSED_OVER:
        return Outcome.TERLEWAT, record.reason
    held = dict.fromkeys(each.hold_reason for each in told if each.hold_reason)
    if held:
        return Outcome.DITAHAN, "; ".join(held)
    return Outcome.TERCATAT, record.reason


def _planned(ladder: Ladder, facts: Run, name: str, occurrence: int) -> datetime | None:
    """Return when a step comes by the plan alone, a repetition its intervals after the first."""
    limit = ladder.limit(facts.klasifikasi)
    if name == LIMIT_STEP and limit is not None:
        return ladder.after(facts.started_at, limit, ladder.policy.limit_hour)
    step = next((step for step in ladder.policy.steps if step.name == name), None)
    if step is None:
        return None
    planned_at = ladder.planned(facts, step)
    for _ in range(occurrence - 1):
        if step.repeat is not None:
            planned_at = ladder.after(planned_at, step.repeat, step.hour)
    return planned_at


def _unit(ladder: Ladder, facts: Run) -> Unit:
    """Return what the days of a run are counted in: as its steps do, else as its limit does."""
    dues = [step.due for step in ladder.steps if isinstance(step.due, Limit)]
    limit = ladder.limit(facts.klasifikasi)
    return next((due.unit for due in [*dues, *([limit] if limit else [])]), Unit.HARI_KERJA)


def _days(ladder: Ladder, facts: Run, unit: Unit, last: date) -> Iterator[Day]:
    """Yield each local date from the run's start to `last`.

    The date of the start never counts; of a pause those in (its date, the date of resumption].
    """
    calendar = ladder.calendar
    day = first = calendar.local_date(facts.started_at)
    paused = set(chain.from_iterable(_dates(ladder, pause) for pause in facts.pauses))
    counted = 0
    while day <= last:
        skipped = None if unit in (Unit.HARI, Unit.JAM) else calendar.off(day)
        counts = unit in (Unit.HARI_KERJA, Unit.HARI) and day > first
        counts = counts and skipped is None and day not in paused
        counted += counts
        yield Day(day, counted if counts else None, skipped, day in paused)
        day += _DAY


def _dates(ladder: Ladder, pause: Span) -> Iterator[date]:
    day, until = (ladder.calendar.local_date(moment) for moment in pause)
    while day < until:
        day += _DAY
        yield day
