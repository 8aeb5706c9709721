"""A small office without a database: the lifecycle and the ladder's rules on plain values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from config.calendar_overrides import load_default, merge, parse_overrides
from config.policy_file import load_default_text, parse_policy
from config.terms import Jenis, NoticeStatus, Peran, StatusJabatan
from scheduler.case import Case, NewNotice, OpenRun, Step
from scheduler.directory import Body, Directory, HolderInfo, PostInfo
from scheduler.escalation import decide
from scheduler.ladder import Recorded
from scheduler.lifecycle import Desk
from scheduler.records import EventRecord, History, NoticeRecord, RunRecord, StepRecord
from scheduler.trace import RunTrace, StepTrace, Trace, trace
from scheduler.working_days import CalendarBook
from scheduler.world import World

JAKARTA = ZoneInfo("Asia/Jakarta")
DPUPR, DLH, SIX_DAYS = 2, 3, 4

BODIES = (
    Body(1, "Kabupaten Contoh", Jenis.KABUPATEN, None, 5, "Kab. Contoh"),
    Body(DPUPR, "Dinas Pekerjaan Umum", Jenis.OPD, 1, 5, "DPUPR"),
    Body(DLH, "Dinas Lingkungan Hidup", Jenis.OPD, 1, 5, "DLH"),
    Body(SIX_DAYS, "Puskesmas Contoh", Jenis.OPD, 1, 6, "Pusk. Contoh"),
)
_HOME = (Peran.ADMIN_KOORDINATOR, Peran.ASISTEN, Peran.SEKDA)
_OFFICE = (Peran.ADMIN_OPD, Peran.PEJABAT_PENGHUBUNG, Peran.KEPALA_OPD)
POSTS = tuple(
    PostInfo(number, body.id, peran, peran, f"{peran}, {body.nama}")
    for number, (body, peran) in enumerate(
        ((body, peran) for body in BODIES for peran in (_HOME if body.id == 1 else _OFFICE)), 1
    )
)
DIRECTORY = Directory(
    BODIES,
    POSTS,
    [HolderInfo(post.id, post.id, StatusJabatan.DEFINITIF, None, None) for post in POSTS],
    [],
)


def at(text: str) -> datetime:
    """Return a moment of local time: "2026-05-04 10:00"."""
    return datetime.fromisoformat(text).replace(tzinfo=JAKARTA)


@cache
def world(policy: str | None = None, holidays: str = "") -> World:
    """Return the rules by a policy text (the default one) and a calendar file."""
    book = CalendarBook(merge(load_default(), parse_overrides(holidays)), JAKARTA)
    return World(JAKARTA, book, {1: parse_policy(policy or load_default_text())}, 1, DIRECTORY)


class Office:
    """One complaint and everything recorded of it, kept as the database keeps it."""

    def __init__(self, received: datetime, rules: World | None = None) -> None:
        self.world = rules or world()
        self.case = Case("Jalan rusak", "isi", received, received, id=1, tracking_id="9000001")
        self.delivers = NoticeStatus.DELIVERED
        self._runs: list[OpenRun] = []
        self._pauses: dict[int, list[tuple[datetime, datetime | None]]] = defaultdict(list)
        self._steps: dict[int, list[StepRecord]] = defaultdict(list)
        self._notices: dict[int, list[NoticeRecord]] = defaultdict(list)
        self._events: list[EventRecord] = []

    def do(self, moment: datetime, verb: Callable[[Desk, Case], object]) -> None:
        """Do something to the complaint at a moment."""
        desk = Desk(self.world, moment)
        verb(desk, self.case)
        self._keep(desk)

    def tick(self, moment: datetime) -> None:
        """Look at every open run and record what is due, as the sweep does."""
        desk = Desk(self.world, moment)
        for run in [run for run in self.case.runs if run.stopped_at is None]:
            ladder = self.world.ladder(self.case, run)
            assert ladder is not None
            decision = decide(ladder, run.facts(self.case.counted_as), moment)
            for due in decision.due:
                desk.record(self.case, run, due)
            if decision.limit_reached is not None:
                desk.limit_passed(self.case, run, decision.limit_reached)
        self._keep(desk)

    def release(self, moment: datetime) -> None:
        """Let go what is held; the release counts as the recording of the step."""
        self.case.released_at = moment
        for key, notices in self._notices.items():
            held = {n.key for n in notices if n.status is NoticeStatus.HELD}
            self._notices[key] = [
                replace(
                    n, status=NoticeStatus.DELIVERED, hold_reason=None,
                    grouped_at=moment, settled_at=moment,
                ) if n.status is NoticeStatus.HELD else n
                for n in notices
            ]  # fmt: skip
            self._steps[key] = [
                replace(s, released_at=moment) if s.key in held else s for s in self._steps[key]
            ]
        for run in self._runs:
            assert run.id is not None
            run.held = False
            run.recorded = [
                Recorded(s.step, s.occurrence, s.formal, s.due_at, s.recorded_at, s.released_at)
                for s in self._steps[run.id]
            ]

    def _keep(self, desk: Desk) -> None:
        changes = desk.changes
        for _, run in changes.new_runs:
            run.id = len(self._runs) + 1
            self._runs.append(run)
        self._events += [EventRecord(event.at, event.event, event.note) for event in changes.events]
        for run, moment in changes.paused:
            self._pauses[self._id(run)].append((moment, None))
        for run, moment in changes.resumed:
            begin, _ = self._pauses[self._id(run)].pop()
            self._pauses[self._id(run)].append((begin, moment))
        for step in changes.steps:
            record = StepRecord(
                step.step, step.occurrence, step.formal, step.due_at, step.recorded_at, None,
                step.outcome, step.reason,
            )  # fmt: skip
            self._steps[self._id(step.run)].append(record)
            step.run.recorded.append(
                Recorded(
                    step.step, step.occurrence, step.formal, step.due_at, step.recorded_at
                )
            )  # fmt: skip
            if step.formal:
                step.run.held = step.run.unsettled = False
        for notice in changes.notices:
            if isinstance(notice.source, Step):
                self._keep_notice(notice, notice.source, desk.at)

    def _keep_notice(self, notice: NewNotice, step: Step, moment: datetime) -> None:
        """Keep a notice, sent at once unless it is held or this office does not deliver."""
        held = notice.status is NoticeStatus.HELD
        sent_at = moment if not held and self.delivers is NoticeStatus.DELIVERED else None
        self._notices[self._id(step.run)].append(
            NoticeRecord(
                step=step.step,
                occurrence=step.occurrence,
                post=self.world.directory.posts[notice.post_id or 0].label,
                copy=notice.copy,
                status=NoticeStatus.HELD if held else self.delivers,
                hold_reason=notice.hold_reason,
                created_at=notice.created_at,
                grouped_at=sent_at,
                settled_at=sent_at,
            )
        )
        if step.formal:
            step.run.held |= held
            step.run.unsettled |= not held and sent_at is None and not notice.copy

    def _id(self, run: OpenRun) -> int:
        assert run.id is not None
        return run.id

    def history(self) -> History:
        """Return everything recorded so far."""
        return History(
            replace(self.case),
            tuple(
                RunRecord(
                    replace(run),
                    tuple(self._pauses[self._id(run)]),
                    tuple(self._steps[self._id(run)]),
                    tuple(self._notices[self._id(run)]),
                )
                for run in self._runs
            ),
            tuple(self._events),
        )

    def trace(self, moment: datetime) -> Trace:
        """Return the explanation as of a moment."""
        return trace(self.history(), self.world, moment)


def run_of(found: Trace, clock: str, run_no: int = 1) -> RunTrace:
    """Return one run of an explanation."""
    return next(run for run in found.runs if (run.clock, run.run_no) == (clock, run_no))


def steps_of(found: Trace, clock: str = "respon", run_no: int = 1) -> dict[str, StepTrace]:
    """Return the steps of a run by name; of a repeated one the last."""
    return {step.step: step for step in run_of(found, clock, run_no).steps}
