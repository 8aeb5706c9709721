"""PURE: everything on record about a complaint as plain values, and as it was at a moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain

from config.terms import Klasifikasi, NoticeStatus, Status
from scheduler.case import Case, OpenRun
from scheduler.complaint import Verb
from scheduler.ladder import Recorded, Run
from scheduler.ledger import HELD_SHADOW

_UNSETTLED = (NoticeStatus.PENDING, NoticeStatus.SENDING, NoticeStatus.UNKNOWN)


@dataclass(frozen=True, slots=True)
class StepRecord:
    """A step as it was recorded, or passed over with its reason."""

    step: str
    occurrence: int
    formal: bool
    due_at: datetime
    recorded_at: datetime
    released_at: datetime | None
    outcome: str
    reason: str | None

    @property
    def key(self) -> tuple[str, int]:
        return self.step, self.occurrence


@dataclass(frozen=True, slots=True)
class NoticeRecord:
    """One post that a step told; `grouped_at` is when it went into a message.

    `via` is the post that was told in its place, where the complaint had been handed over.
    """

    step: str
    occurrence: int
    post: str
    copy: bool
    status: NoticeStatus
    hold_reason: str | None
    created_at: datetime
    grouped_at: datetime | None = None
    settled_at: datetime | None = None
    via: str | None = None

    @property
    def key(self) -> tuple[str, int]:
        return self.step, self.occurrence


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run of one clock with its whole history; a pause still open has no end."""

    run: OpenRun
    pauses: tuple[tuple[datetime, datetime | None], ...] = ()
    steps: tuple[StepRecord, ...] = ()
    notices: tuple[NoticeRecord, ...] = ()

    def facts(self, klasifikasi: Klasifikasi) -> Run:
        """Return the run as the ladder's rules see it, the same as the sweep loads it."""
        last = next((step.key for step in reversed(self.steps) if step.formal), None)
        standing = [notice for notice in self.notices if notice.key == last]
        held = [notice for notice in standing if notice.status is NoticeStatus.HELD]
        return Run(
            started_at=self.run.started_at,
            klasifikasi=klasifikasi,
            pauses=tuple((begin, end) for begin, end in self.pauses if end is not None),
            paused=any(end is None for _, end in self.pauses),
            recorded=tuple(
                Recorded(s.step, s.occurrence, s.formal, s.due_at, s.recorded_at, s.released_at)
                for s in self.steps
            ),
            previous_unsettled=any(n.status in _UNSETTLED and not n.copy for n in standing),
            previous_held=any(n.hold_reason != HELD_SHADOW for n in held),
            moved_at=self.run.moved_at,
        )


@dataclass(frozen=True, slots=True)
class EventRecord:
    """A line of the audit trail; `note` may be free text of people and is not for output."""

    at: datetime
    event: str
    note: str | None = None


@dataclass(frozen=True, slots=True)
class History:
    """A complaint with every run it ever had, in the order they were opened."""

    case: Case
    runs: tuple[RunRecord, ...] = ()
    events: tuple[EventRecord, ...] = ()

    @property
    def newest(self) -> datetime:
        """The moment of the newest thing on record."""
        moments = chain(
            (self.case.last_event_at,),
            (event.at for event in self.events),
            (step.recorded_at for run in self.runs for step in run.steps),
            (n.settled_at or n.created_at for run in self.runs for n in run.notices),
        )
        return max(moments)


_LEADS_TO = {
    "receive": Status.BELUM_TERVERIFIKASI,
    Verb.VERIFY: Status.BELUM_DITINDAKLANJUTI,
    Verb.DISPOSE: Status.BELUM_DITINDAKLANJUTI,
    Verb.RETURN: Status.BELUM_DITINDAKLANJUTI,
    Verb.RECALL: Status.BELUM_DITINDAKLANJUTI,
    Verb.REOPEN: Status.BELUM_DITINDAKLANJUTI,
    Verb.ANSWER: Status.PROSES,
    Verb.PAUSE: Status.TUNDA,
    Verb.CLOSE: Status.SELESAI,
    Verb.ARCHIVE: Status.ARSIP,
}


def as_of(history: History, at: datetime) -> History:
    """Return what was on record at `at`."""
    runs = tuple(_run_as_of(run, at) for run in history.runs if run.run.opened_at <= at)
    events = tuple(event for event in history.events if event.at <= at)
    case = history.case
    if len(events) < len(history.events):
        instansi_id = runs[-1].run.instansi_id if runs else None
        status = _status_after(events, disposed=instansi_id is not None)
        case = replace(case, status=status, instansi_id=instansi_id, hold_reason=None)
    return History(case, runs, events)


def _status_after(events: Sequence[EventRecord], *, disposed: bool) -> Status:
    status = before = Status.BELUM_TERVERIFIKASI
    for event in events:
        if event.event == Verb.RESUME:
            status = before
        elif event.event == Verb.REOPEN and not disposed:
            status = Status.BELUM_TERVERIFIKASI
        elif event.event in _LEADS_TO:
            before, status = status, _LEADS_TO[event.event]
    return status


def _run_as_of(record: RunRecord, at: datetime) -> RunRecord:
    run = record.run
    stopped = run.stopped_at is not None and run.stopped_at <= at
    released = {s.key: s.released_at for s in record.steps if s.released_at is not None}
    return RunRecord(
        run=replace(
            run,
            stopped_at=run.stopped_at if stopped else None,
            stop_reason=run.stop_reason if stopped else None,
            moved_at=_until(run.moved_at, at),
        ),
        pauses=tuple((begin, _until(end, at)) for begin, end in record.pauses if begin <= at),
        steps=tuple(
            replace(step, released_at=_until(step.released_at, at))
            for step in record.steps
            if step.recorded_at <= at
        ),
        # Those of steps recorded later stay in: without their step nothing looks at them.
        notices=tuple(
            _notice_as_of(notice, released.get(notice.key), at) for notice in record.notices
        ),
    )


def _until(moment: datetime | None, at: datetime) -> datetime | None:
    return moment if moment is not None and moment <= at else None


def _notice_as_of(notice: NoticeRecord, released_at: datetime | None, at: datetime) -> NoticeRecord:
    if released_at is not None and released_at > at:
        held = NoticeStatus.HELD
        return replace(notice, status=held, hold_reason="menunggu dilepas", settled_at=None)
    later = [m for m in (notice.grouped_at, notice.settled_at) if m is not None and m > at]
    if later and notice.status is not NoticeStatus.HELD:
        return replace(notice, status=NoticeStatus.PENDING, settled_at=None)
    return notice
