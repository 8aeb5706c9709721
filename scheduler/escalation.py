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
from datetime import UTC, date, datetime, timedelta

from config.limits import TUTUP, Hour, Limit, Unit
from config.policy import ClockPolicy, Step
from config.terms import Jenis, Klasifikasi
from scheduler.working_days import Calendar

RECORDED = "tercatat"
PASSED_OVER = "terlewat"
LIMIT_STEP = "batas"
"""The pseudo step under which the reaching of a closing limit is recorded, once."""

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Recorded:
    """A step that was recorded, or passed over, earlier."""

    step: str
    occurrence: int
    formal: bool
    due_at: datetime
    recorded_at: datetime
    released_at: datetime | None = None

    @property
    def counts_from(self) -> datetime:
        """The moment from which the next step's distance counts: a release counts as recording."""
        return self.released_at or self.recorded_at


@dataclass(frozen=True, slots=True)
class Run:
    """What is known of a run when it is looked at. All times are aware."""

    started_at: datetime
    klasifikasi: Klasifikasi
    pauses: tuple[Span, ...] = ()
    paused: bool = False
    recorded: tuple[Recorded, ...] = ()
    previous_unsettled: bool = False
    """A `to` message of the last formal step is pending, sending or unknown."""
    previous_held: bool = False
    """The last formal step's notices are held for fresher data, a release or a veto."""
    moved_at: datetime | None = None
    """When a change of calendar brought a due time before the moment it was made."""


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
class Ladder:
    """The steps of one clock that apply to one complaint, with the limit that applies to it."""

    policy: ClockPolicy
    steps: tuple[Step, ...]
    calendar: Calendar

    @classmethod
    def of(
        cls,
        policy: ClockPolicy,
        calendar: Calendar,
        *,
        klasifikasi: Klasifikasi,
        jenis: Jenis | None = None,
        kategori: str | None = None,
        sumber: str | None = None,
        instansi: str | None = None,
    ) -> Ladder:
        """Return the ladder with the steps whose conditions the complaint meets."""
        steps = tuple(
            step
            for step in policy.steps
            if step.when.matches(
                klasifikasi=klasifikasi,
                jenis=jenis,
                kategori=kategori,
                sumber=sumber,
                instansi=instansi,
            )
        )
        return cls(policy, steps, calendar)

    def limit(self, klasifikasi: Klasifikasi) -> Limit | None:
        """Return the limit of this clock for a class of complaint, None where it has none."""
        return self.policy.limits.get(klasifikasi)

    def planned(self, run: Run, step: Step, pauses: Sequence[Span] = ()) -> datetime:
        """Return when `step` first comes by the plan alone, moved by `pauses`."""
        if step.due == "mulai":
            return run.started_at
        # A policy with a step due at the limit, and no limit, is refused when it is parsed.
        offset = self.policy.limits[run.klasifikasi] if step.due == "batas" else step.due
        return self.after(run.started_at, offset, step.hour, pauses)

    def after(
        self, start: datetime, offset: Limit, hour: Hour | None, pauses: Sequence[Span] = ()
    ) -> datetime:
        """Return `offset` after `start`, moved by pauses: days by days, hours by time elapsed."""
        calendar = self.calendar
        if offset.unit is Unit.HARI_KERJA:
            day = calendar.nth_after(
                calendar.local_date(start), offset.amount + self._worked(pauses)
            )
            return calendar.at(day, hour or TUTUP)
        if offset.unit in (Unit.JAM, Unit.JAM_KERJA):
            return calendar.due(start, offset) + _elapsed(pauses)
        dates = sum(
            (calendar.local_date(end) - calendar.local_date(begin)).days for begin, end in pauses
        )
        day = calendar.local_date(start) + timedelta(days=offset.amount + dates)
        return calendar.at(day, hour or TUTUP)

    def _worked(self, pauses: Sequence[Span]) -> int:
        """k: the working dates in (date of the pause, date of the resumption], of all pauses."""
        count, local_date = self.calendar.count, self.calendar.local_date
        return sum(count(local_date(begin), local_date(end)) for begin, end in pauses)

    def due(
        self, run: Run, step: Step, occurrence: int, previous: tuple[Step, Recorded] | None
    ) -> datetime:
        """Return the adjusted due time of a formal step (or of one that nothing formal follows).

        The later of its planned time and its own hour on the gap-th working day after the
        previous formal step was recorded; a repetition comes its interval after the last one.
        A pause moves only due times later than its start.
        """
        applied: list[Span] = []
        for pause in run.pauses:
            if self._due_with(run, step, occurrence, previous, applied) > pause[0]:
                applied.append(pause)
        return _not_before(run, self._due_with(run, step, occurrence, previous, applied))

    def _due_with(
        self,
        run: Run,
        step: Step,
        occurrence: int,
        previous: tuple[Step, Recorded] | None,
        pauses: Sequence[Span],
    ) -> datetime:
        if previous is None:
            # The run's start was recorded at its own time, so the plan is the distance from it.
            return self.planned(run, step, pauses)
        before, record = previous
        since = [pause for pause in pauses if pause[0] >= record.counts_from]
        if occurrence > 1 and step.repeat is not None:
            return self.after(record.counts_from, step.repeat, step.hour, since)
        plan = self.planned(run, step)
        floor = self._floor(step, self.planned(run, before), plan, record.counts_from, since)
        return max(self.planned(run, step, pauses) if pauses else plan, floor)

    def _floor(
        self,
        step: Step,
        from_plan: datetime,
        to_plan: datetime,
        recorded_at: datetime,
        pauses: Sequence[Span],
    ) -> datetime:
        calendar = self.calendar
        if self._in_hours(step):
            return recorded_at + (to_plan - from_plan) + _elapsed(pauses)
        if self._in_dates(step):
            return self._dates_floor(step, from_plan, to_plan, recorded_at, pauses)
        gap = calendar.count(calendar.local_date(from_plan), calendar.local_date(to_plan))
        gap += self._worked(pauses)
        day = calendar.nth_after(calendar.local_date(recorded_at), gap)
        due = calendar.at(day, step.hour or TUTUP)
        if due <= recorded_at:
            due = calendar.at(calendar.nth_after(day, 1), step.hour or TUTUP)
        return due

    def _dates_floor(
        self,
        step: Step,
        from_plan: datetime,
        to_plan: datetime,
        recorded_at: datetime,
        pauses: Sequence[Span],
    ) -> datetime:
        """The same for a ladder counted in `hari`: its distance is in dates, days off or not."""
        dates = self._dates((from_plan, to_plan)) + sum(map(self._dates, pauses))
        day = self.calendar.local_date(recorded_at) + timedelta(days=dates)
        due = self.calendar.at(day, step.hour or TUTUP)
        if due <= recorded_at:
            due = self.calendar.at(day + timedelta(days=1), step.hour or TUTUP)
        return due

    def _dates(self, span: Span) -> int:
        return (self.calendar.local_date(span[1]) - self.calendar.local_date(span[0])).days

    def _in_dates(self, step: Step) -> bool:
        return isinstance(step.due, Limit) and step.due.unit is Unit.HARI

    def _in_hours(self, step: Step) -> bool:
        return isinstance(step.due, Limit) and step.due.unit in (Unit.JAM, Unit.JAM_KERJA)

    def courtesy(self, run: Run, step: Step, formal: Step, formal_due: datetime) -> datetime:
        """Return when a courtesy step is due: its planned distance before the next formal one."""
        plan, formal_plan = self.planned(run, step), self.planned(run, formal)
        if self._in_hours(step):
            return _not_before(run, formal_due - (formal_plan - plan))
        calendar = self.calendar
        day = calendar.local_date(formal_due)
        if self._in_dates(step):
            day -= timedelta(days=self._dates((plan, formal_plan)))
        else:
            gap = calendar.count(calendar.local_date(plan), calendar.local_date(formal_plan))
            day = calendar.nth_before(day, gap)
        return _not_before(run, calendar.at(day, step.hour or TUTUP))

    def a_working_day_past(self, due_at: datetime, step: Step) -> datetime:
        """Return the moment up to which a formal step waits for the one before it to be told."""
        calendar = self.calendar
        day = calendar.nth_after(calendar.local_date(due_at), 1)
        if step.hour is not None:
            return calendar.at(day, step.hour)
        return datetime.combine(day, due_at.astimezone(calendar.zone).timetz()).astimezone(UTC)

    def limit_at(self, run: Run) -> datetime | None:
        """Return the limit of the run itself, moved by its pauses, at the clock's hour."""
        offset = self.limit(run.klasifikasi)
        if offset is None:
            return None
        applied: list[Span] = []
        for pause in run.pauses:
            if self.after(run.started_at, offset, self.policy.limit_hour, applied) > pause[0]:
                applied.append(pause)
        return _not_before(run, self.after(run.started_at, offset, self.policy.limit_hour, applied))


def _elapsed(pauses: Sequence[Span]) -> timedelta:
    return sum((end - begin for begin, end in pauses), timedelta())


def _not_before(run: Run, due: datetime) -> datetime:
    """A change of calendar moves open runs, but never to before the moment it was made."""
    return max(due, run.moved_at) if run.moved_at else due


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
        if not rung.step.formal and (overtaken or rung.due_at <= now):
            due.append(_courtesy(rung, late=overtaken))
        elif rung.due_at > now:
            looks.append(rung.due_at)
        elif run.previous_held:
            waiting = True
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
