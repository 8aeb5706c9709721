"""PURE: the rules and people as they stand for one pass: policy versions, calendars, directory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from config.policy import ClockPolicy, Days, Policy, fold
from config.terms import Clock, Status
from scheduler.case import Case, OpenRun
from scheduler.directory import Directory
from scheduler.ladder import Ladder
from scheduler.working_days import Calendar, CalendarBook

NEWER = timedelta(minutes=1)
"""How long what is newer than a snapshot waits for the next one."""


@dataclass(frozen=True, slots=True)
class World:
    """What decisions are made by. `current` is the policy version that new runs start under."""

    zone: ZoneInfo
    book: CalendarBook
    policies: Mapping[int, Policy]
    current: int
    directory: Directory
    shadow: bool = False
    fresh_hours: int | None = None
    data_at: datetime | None = None
    """The moment that the newest SP4N export read so far speaks of."""
    told: Mapping[str, tuple[Status, bool]] = field(default_factory=dict)
    """What words of SP4N's status mean that the policy does not name, as Kominfo said; folded."""
    _calendars: dict[int | None, Calendar] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @property
    def policy(self) -> Policy:
        """The policy that new runs start under."""
        return self.policies[self.current]

    def sp4n(self, text: str) -> tuple[Status, bool] | None:
        """Return the status of an export's "Status Laporan" and whether such are hidden.

        The policy goes first, then what Kominfo said of the word; None where nobody knows it.
        """
        return self.policy.sp4n(text) or self.told.get(fold(text))

    def calendar(self, instansi_id: int | None) -> Calendar:
        """Return the calendar of an instansi (its week, its own days off); home's for None."""
        found = self._calendars.get(instansi_id)
        if found is None:
            line = self.directory.line(instansi_id)
            week = line[0].hari_kerja if line else 5
            found = self.book.calendar(week, [body.nama for body in line])
            self._calendars[instansi_id] = found
        return found

    def today(self, moment: datetime) -> date:
        """Return the local date of a moment."""
        return moment.astimezone(self.zone).date()

    def knows(self, run: OpenRun) -> bool:
        """Return whether this snapshot holds the rules and the instansi that a run goes by.

        Another process may have opened the run after the snapshot was taken; the next one does.
        """
        known = run.instansi_id is None or run.instansi_id in self.directory.bodies
        return known and run.policy_version_id in self.policies

    def clock(self, run: OpenRun) -> ClockPolicy | None:
        """Return the rules a run keeps: those of the version it started under."""
        return self.policies[run.policy_version_id].clocks.get(run.clock)

    def ladder(self, case: Case, run: OpenRun) -> Ladder | None:
        """Return the steps that apply to a run; None if its policy version has no such clock."""
        clock = self.clock(run)
        if clock is None:
            return None
        by_opd = clock.days is Days.OPD and run.clock is not Clock.VERIFIKASI
        calendar = self.calendar(run.instansi_id if by_opd else None)
        body = self.directory.bodies.get(run.instansi_id) if run.instansi_id else None
        return Ladder.of(
            clock,
            calendar,
            klasifikasi=case.counted_as,
            jenis=body.jenis if body else None,
            kategori=case.kategori,
            sumber=case.sumber,
            instansi=body.nama if body else None,
        )

    def open_at(self, post_id: int, moment: datetime, about: int | None = None) -> datetime:
        """Return the first moment from `moment` on at which a post may be told something.

        Quiet hours (20.00 to 06.30 by default) and days off of its office: messages wait; of the
        office of whoever took the complaint `about` (its id) over. For a post newer than this
        snapshot: `NEWER` later, when there is another snapshot.
        """
        told = self.directory.told(post_id, self.today(moment), about)
        post = self.directory.posts.get(told)
        if post is None:
            return moment + NEWER
        calendar = self.calendar(post.instansi_id)
        policy = self.policy
        local = moment.astimezone(self.zone)
        day = local.date()
        if calendar.is_working(day) and not policy.quiet(local.time()):
            return moment
        wakes = datetime.combine(day, policy.quiet_until, self.zone)
        if not calendar.is_working(day) or wakes <= local:
            day = calendar.nth_after(day, 1)
        return datetime.combine(day, policy.quiet_until, self.zone).astimezone(moment.tzinfo)

    def awake_at(self, moment: datetime) -> datetime:
        """Return the first moment from `moment` on at which a citizen may be told something.

        Only the night is quiet for a citizen; days off are not.
        """
        policy = self.policy
        local = moment.astimezone(self.zone)
        if not policy.quiet(local.time()):
            return moment
        wakes = datetime.combine(local.date(), policy.quiet_until, self.zone)
        if wakes <= local:
            next_day = local.date() + timedelta(days=1)
            wakes = datetime.combine(next_day, policy.quiet_until, self.zone)
        return wakes.astimezone(moment.tzinfo)

    def stale(self, case: Case, at: datetime) -> bool:
        """Return whether what is known of an SP4N complaint is too old to write letters on."""
        return case.tracking_id is not None and not self.fresh(self.data_at, at)

    def fresh(self, data_at: datetime | None, at: datetime) -> bool:
        """Return whether data of `data_at` (None: none at all) is no older than SP4N_FRESH_H."""
        if self.fresh_hours is None:
            return True
        return data_at is not None and at - data_at <= timedelta(hours=self.fresh_hours)
