"""A slow, independent reference of Sampang's respon ladder, for tests only.

Written from the rules alone: it shares no code with the product. It walks the calendar day by day
and looks at one run tick by tick, as a careful officer with a wall calendar would.

A tick first records every step that is due, then sends the messages that may go out; what is sent
is delivered at once. While a complaint is paused (tunda) its messages wait with it: nobody is asked
to answer what is not to be answered now.

The ladder: *dua hari kerja … menyurati OPD; hari ketiga batas terakhir, jika belum dijawab ada
surat kedua; lebih dari tiga hari … diteruskan ke level lebih tinggi dengan tembusan minimal Sekda*.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Literal
from zoneinfo import ZoneInfo

JAKARTA = ZoneInfo("Asia/Jakarta")
CUT_OFF = time(16)
MORNING = time(8)
QUIET_FROM = time(20)
QUIET_UNTIL = time(6, 30)
DAY = timedelta(days=1)

Roles = frozenset[tuple[str, bool]]
Pause = tuple[datetime, datetime]

ADMIN = frozenset({("admin_opd", False)})
ADMIN_AND_HEAD = ADMIN | {("kepala_opd", False)}
ASISTEN = frozenset({("asisten", False)})
SEKDA_COPY = frozenset({("sekda", True)})


@dataclass(frozen=True, slots=True)
class Told:
    """One step as it must stand on record; instants are UTC.

    `recorded_at` is the tick that recorded it; a `terlewat` step told nobody and has no `roles`,
    which are otherwise pairs (peran, copy).
    """

    step: str
    occurrence: int
    due_at: datetime
    recorded_at: datetime
    outcome: Literal["tercatat", "terlewat"]
    roles: Roles


@dataclass(frozen=True, slots=True)
class Step:
    """A planned step: D+`day` at `hour`; `day` counts working days after the start's date."""

    name: str
    occurrence: int
    day: int
    hour: time
    formal: bool
    roles: Roles


LADDER = (
    Step("ingat", 1, 1, MORNING, formal=False, roles=ADMIN),
    Step("surat_1", 1, 2, CUT_OFF, formal=True, roles=ADMIN | {("kepala_opd", True)}),
    Step("hari_terakhir", 1, 3, MORNING, formal=False, roles=ADMIN_AND_HEAD),
    Step("surat_2", 1, 3, CUT_OFF, formal=True, roles=ADMIN_AND_HEAD),
    Step("eskalasi", 1, 4, MORNING, formal=True, roles=ASISTEN | SEKDA_COPY),
)


def ladder_step(index: int) -> Step:
    """The ladder's step number `index`; after the last one, `ulang` on every next working day."""
    if index < len(LADDER):
        return LADDER[index]
    occurrence = index - len(LADDER) + 1
    return Step(
        "ulang", occurrence, LADDER[-1].day + occurrence, MORNING, formal=True, roles=ASISTEN
    )


@dataclass(frozen=True, slots=True)
class WallCalendar:
    """Working days of an office with a `week` of 5 or 6 days, found by turning the leaves."""

    days_off: Collection[date]
    week: int
    zone: tzinfo

    def is_working(self, day: date) -> bool:
        """Whether the office works on `day`."""
        return day.isoweekday() <= self.week and day not in self.days_off

    def walk(self, day: date, count: int) -> date:
        """The `count`-th working day strictly after `day`; before it when negative; 0 is `day`."""
        direction = DAY if count > 0 else -DAY
        left = abs(count)
        while left > 0:
            day += direction
            if self.is_working(day):
                left -= 1
        return day

    def count(self, after: date, until: date) -> int:
        """How many working days lie in (`after`, `until`]."""
        found = 0
        day = after
        while day < until:
            day += DAY
            if self.is_working(day):
                found += 1
        return found

    def is_first_of_week(self, day: date) -> bool:
        """Whether `day` is the first working day of its week, Monday to Sunday."""
        monday = day - (day.isoweekday() - 1) * DAY
        earlier = [monday + n * DAY for n in range(7) if monday + n * DAY < day]
        return self.is_working(day) and not any(self.is_working(other) for other in earlier)

    def local(self, at: datetime) -> datetime:
        """`at` on the wall clock of the installation."""
        return at.astimezone(self.zone)

    def instant(self, day: date, hour: time) -> datetime:
        """The UTC instant of `hour` on the local `day`."""
        return datetime.combine(day, hour, self.zone).astimezone(UTC)

    def move(self, at: datetime, count: int) -> datetime:
        """`at` moved `count` working days, its hour kept."""
        wall = self.local(at)
        return self.instant(self.walk(wall.date(), count), wall.time())

    def may_send(self, now: datetime) -> bool:
        """Whether a message may go out: a working day, outside 20.00 to 06.30."""
        wall = self.local(now)
        return self.is_working(wall.date()) and QUIET_UNTIL <= wall.time() < QUIET_FROM


@dataclass(frozen=True, slots=True)
class Formal:
    """The last formal step on record; the run's start counts as one, on day 0."""

    day: int
    recorded_at: datetime
    message_pending: bool


@dataclass(frozen=True, slots=True)
class Run:
    """What one look at a run must know: its start, its past pauses, its last formal step."""

    start: datetime
    pauses: Sequence[Pause]
    last: Formal
    calendar: WallCalendar


def formal_due(step: Step, run: Run) -> datetime:
    """When formal `step` is due: the later of its plan and its gap after the last formal step.

    Each pause moves the due times that were still to come when it began; the gap is counted from
    the recording, so only pauses that began at or after it can move it.
    """
    calendar, last = run.calendar, run.last
    planned = calendar.instant(calendar.walk(calendar.local(run.start).date(), step.day), step.hour)
    recorded_on = calendar.local(last.recorded_at).date()
    floor = calendar.instant(calendar.walk(recorded_on, step.day - last.day), step.hour)
    if floor <= last.recorded_at:
        floor = calendar.move(floor, 1)
    for began, ended in run.pauses:
        days = calendar.count(calendar.local(began).date(), calendar.local(ended).date())
        if planned > began:
            planned = calendar.move(planned, days)
        if floor > began >= last.recorded_at:
            floor = calendar.move(floor, days)
    return max(planned, floor)


def look_formal(step: Step, run: Run, now: datetime) -> Told | None:
    """What is recorded of formal `step` at `now`: nothing before it is due.

    Nor while the last formal step's message has not gone out, at most one working day longer.
    """
    calendar = run.calendar
    due_at = formal_due(step, run)
    if now < due_at or (run.last.message_pending and now < calendar.move(due_at, 1)):
        return None
    roles = step.roles
    if step.name == "ulang" and calendar.is_first_of_week(calendar.local(due_at).date()):
        roles |= SEKDA_COPY
    return Told(step.name, step.occurrence, due_at, now, "tercatat", roles)


def look_courtesy(step: Step, formal: Step, run: Run, now: datetime) -> Told | None:
    """What is recorded at `now` of courtesy `step`, which leads up to the `formal` one.

    It keeps its distance before that step's adjusted time, and is missed once that has come, even
    if the formal step itself still waits for an earlier message.
    """
    calendar = run.calendar
    formal_at = formal_due(formal, run)
    day = calendar.walk(calendar.local(formal_at).date(), step.day - formal.day)
    due_at = calendar.instant(day, step.hour)
    if now >= formal_at:
        return Told(step.name, step.occurrence, due_at, now, "terlewat", frozenset())
    if now >= due_at:
        return Told(step.name, step.occurrence, due_at, now, "tercatat", step.roles)
    return None


def expected(
    disposed_at: datetime,
    ticks: Sequence[datetime],
    *,
    days_off: Collection[date],
    week: int = 5,
    zone: tzinfo = JAKARTA,
    pauses: Sequence[Pause] = (),
    answered_at: datetime | None = None,
) -> list[Told]:
    """All that the respon ladder must have on record after the last of `ticks`.

    All instants are aware; `ticks` are sorted, an outage is simply a stretch without any. `pauses`
    are (pause, resume), sorted, apart from each other, not before `disposed_at`. `days_off` are the
    local dates on which neither the OPD nor the leaders work, beside the weekends of their `week`.
    """
    calendar = WallCalendar(days_off, week, zone)
    start = disposed_at.astimezone(UTC)
    told = [Told("terima", 1, start, start, "tercatat", ADMIN | {("pejabat_penghubung", False)})]
    last = Formal(0, start, message_pending=False)
    done = 0  # steps of the ladder on record
    for now in (tick.astimezone(UTC) for tick in ticks):
        if now < start or (answered_at is not None and now >= answered_at):
            continue
        paused = any(began <= now < ended for began, ended in pauses)
        past_pauses = [(began, ended) for began, ended in pauses if ended <= now]
        while not paused:
            step, run = ladder_step(done), Run(start, past_pauses, last, calendar)
            if step.formal:
                record = look_formal(step, run, now)
            else:
                record = look_courtesy(step, ladder_step(done + 1), run, now)
            if record is None:
                break
            told.append(record)
            done += 1
            if step.formal:
                last = Formal(step.day, now, message_pending=True)
        if calendar.may_send(now) and not paused:
            last = replace(last, message_pending=False)
    return told
