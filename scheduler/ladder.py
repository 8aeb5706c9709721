"""PURE: when each step of a ladder is due, given what of the run is known.

Days are counted on the calendar of whoever owes the answer. Formal steps keep their planned
distance from the moment the previous formal one was really recorded; courtesy steps keep theirs
before the next formal one. Pauses move what was due after they began.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from config.limits import TUTUP, Hour, Limit, Unit
from config.policy import ClockPolicy, Step
from config.terms import Jenis, Klasifikasi
from scheduler.working_days import Calendar

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
        """Return `offset` after `start`, moved by pauses: days by days, hours by hours."""
        calendar = self.calendar
        if offset.unit is Unit.HARI_KERJA:
            day = calendar.nth_after(
                calendar.local_date(start), offset.amount + self._worked(pauses)
            )
            return calendar.at(day, hour or TUTUP)
        if offset.unit is Unit.JAM:
            return calendar.due(start, offset) + _elapsed(pauses)
        if offset.unit is Unit.JAM_KERJA:
            return calendar.add_open(start, timedelta(hours=offset.amount) + self._open(pauses))
        dates = sum(
            (calendar.local_date(end) - calendar.local_date(begin)).days for begin, end in pauses
        )
        day = calendar.local_date(start) + timedelta(days=offset.amount + dates)
        return calendar.at(day, hour or TUTUP)

    def _worked(self, pauses: Sequence[Span]) -> int:
        """k: the working dates in (date of the pause, date of the resumption], of all pauses."""
        count, local_date = self.calendar.count, self.calendar.local_date
        return sum(count(local_date(begin), local_date(end)) for begin, end in pauses)

    def _open(self, pauses: Sequence[Span]) -> timedelta:
        """How long the office was open during the pauses."""
        return sum((self.calendar.open_between(*pause) for pause in pauses), timedelta())

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
        return not_before(run, self._due_with(run, step, occurrence, previous, applied))

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
        unit = self._unit(step)
        if unit is Unit.JAM:
            return recorded_at + (to_plan - from_plan) + _elapsed(pauses)
        if unit is Unit.JAM_KERJA:
            distance = calendar.open_between(from_plan, to_plan)
            return calendar.add_open(recorded_at, distance + self._open(pauses))
        if unit is Unit.HARI:
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

    def _unit(self, step: Step) -> Unit | None:
        return step.due.unit if isinstance(step.due, Limit) else None

    def courtesy(self, run: Run, step: Step, formal: Step, formal_due: datetime) -> datetime:
        """Return when a courtesy step is due: its planned distance before the next formal one."""
        plan, formal_plan = self.planned(run, step), self.planned(run, formal)
        unit, calendar = self._unit(step), self.calendar
        if unit is Unit.JAM:
            return not_before(run, formal_due - (formal_plan - plan))
        if unit is Unit.JAM_KERJA:
            distance = calendar.open_between(plan, formal_plan)
            return not_before(run, calendar.take_open(formal_due, distance))
        day = calendar.local_date(formal_due)
        if unit is Unit.HARI:
            day -= timedelta(days=self._dates((plan, formal_plan)))
        else:
            gap = calendar.count(calendar.local_date(plan), calendar.local_date(formal_plan))
            day = calendar.nth_before(day, gap)
        return not_before(run, calendar.at(day, step.hour or TUTUP))

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
        return not_before(run, self.after(run.started_at, offset, self.policy.limit_hour, applied))


def _elapsed(pauses: Sequence[Span]) -> timedelta:
    return sum((end - begin for begin, end in pauses), timedelta())


def not_before(run: Run, due: datetime) -> datetime:
    """A change of calendar moves open runs, but never to before the moment it was made."""
    return max(due, run.moved_at) if run.moved_at else due
