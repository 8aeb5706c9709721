"""What will be sent in the next hours if nothing happens: nobody answers, nothing is imported.

Nothing is decided here: each clock is looked at, in memory, at the moments at which the sweep will
look at it, and recorded by the same `Desk`. What a pass does is what this says it will do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.coming_calendar import (
    Coming,
    Forecast,
    ends_wait,
    of_handovers,
    of_requests,
    of_summaries,
)
from bot.dialogue import standing
from config.terms import NoticeStatus
from scheduler.case import Case, NewNotice, OpenRun, Step
from scheduler.complaint import RefusedError
from scheduler.directory import NobodyToTellError
from scheduler.escalation import decide
from scheduler.ladder import Recorded
from scheduler.ledger import HELD_SHADOW
from scheduler.lifecycle import Desk
from scheduler.store import cases, coming
from scheduler.store.coming import Waiting
from scheduler.store.requests import Asked
from scheduler.store.session import Connection
from scheduler.world import World

AHEAD: Final = timedelta(hours=24)
CLOCKS: Final = 300
"""Clocks that are looked at, the first to be due first."""
NOTICES: Final = 500
"""Waiting notices that are looked at."""
_LOOKS: Final = 40
"""Looks at one complaint; a day holds a handful."""

NOBODY: Final = "tidak ada pemegang jabatan yang dapat diberi tahu"
STILL: Final = "menunggu: jam aduan sedang berhenti"
BY_HAND: Final = "menunggu dikirim dengan tangan"


def forecast(
    connection: Connection,
    world: World,
    now: datetime,
    *,
    ahead: timedelta = AHEAD,
    by_hand: bool = False,
) -> Forecast:
    """Return what will be sent from `now` on; `by_hand` where a person sends, whenever he does.

    A number of queries that does not grow with what there is.
    """
    found = Forecast(now, now + ahead)
    waits = coming.waiting(connection, found.until, NOTICES + 1)
    due = coming.due(connection, found.until, CLOCKS + 1)
    found.more = len(waits) > NOTICES or len(due) > CLOCKS
    asked = [one for one in standing.waiting(connection) if _looks(one.asked, found.until)]
    ends = {
        one.asked.complaint_id: one.asked.next_look_at or now for one in asked if ends_wait(one)
    }
    loaded = cases.load_cases(connection, [*due[:CLOCKS], *ends])
    runs = [run.id for case in loaded.values() for run in case.runs if run.id is not None]
    on_their_way = coming.unsettled(connection, runs) if runs else []
    stopped: dict[int, datetime] = {}
    items = _Playing(world, found, by_hand=by_hand).play(
        loaded.values(), on_their_way, ends, stopped
    )
    items += [
        item
        for wait in waits[:NOTICES]
        if not _called_off(item := _of(world, wait, now, ends, by_hand=by_hand), wait, stopped)
    ]
    items += of_requests(world, asked, found)
    items += of_summaries(connection, world, found)
    items += of_handovers(connection, world, found)
    for item in sorted(items, key=lambda one: (one.at, one.post_id or 0, one.number or "")):
        if item.at <= found.until:
            (found.held if item.held else found.going).append(item)
    return found


def _looks(asked: Asked, until: datetime) -> bool:
    return asked.next_look_at is not None and asked.next_look_at <= until


def _called_off(item: Coming, wait: Waiting, stopped: dict[int, datetime]) -> bool:
    """Return whether its clock will have stopped before it could go."""
    over = stopped.get(wait.run_id) if wait.run_id is not None else None
    return over is not None and over < item.at


# --- what waits -------------------------------------------------------------------------------


def _goes(world: World, wait: Waiting, now: datetime) -> datetime:
    """Return when a waiting notice may really go: in the waking hours of whom it is for."""
    moment = max(wait.send_after, wait.message_after or wait.send_after, now)
    if wait.post_id is not None:
        return world.open_at(wait.post_id, moment, wait.complaint_id)
    return moment if wait.urgent else world.awake_at(moment)


def _of(
    world: World, wait: Waiting, now: datetime, ends: Mapping[int, datetime], *, by_hand: bool
) -> Coming:
    """Return a waiting notice as it will go; of a clock that goes on meanwhile, with that."""
    goes_on = ends.get(wait.complaint_id or 0) if wait.still and wait.run_id else None
    at = _goes(world, wait, max(now, goes_on or now))
    held = STILL if wait.still and goes_on is None else BY_HAND if by_hand else None
    if held is None and wait.post_id is not None:
        phone = world.directory.phone(wait.post_id, world.today(at), wait.complaint_id)
        held = NOBODY if phone is None else None
    return Coming(
        at=at,
        kind=wait.kind,
        step=wait.step,
        post_id=wait.post_id,
        number=wait.tracking_id or wait.nomor,
        complaint_id=wait.complaint_id,
        clock=wait.clock,
        letter=wait.letter,
        copy=wait.copy,
        instansi_id=wait.instansi_id,
        notice_id=wait.id,
        held=held,
    )


# --- what falls due ---------------------------------------------------------------------------


class _Playing:
    """Plays the clocks of complaints on, each by itself."""

    def __init__(self, world: World, found: Forecast, *, by_hand: bool) -> None:
        self._world = world
        self._now = found.now
        self._until = found.until
        self._by_hand = by_hand

    def play(
        self,
        some: Iterable[Case],
        on_their_way: Sequence[Waiting],
        ends: Mapping[int, datetime],
        stopped: dict[int, datetime],
    ) -> list[Coming]:
        """Return what the clocks of complaints will tell; `stopped` gets those that will end."""
        of_run: dict[int, list[Waiting]] = defaultdict(list)
        for wait in on_their_way:
            if wait.run_id is not None:
                of_run[wait.run_id].append(wait)
        found: list[Coming] = []
        for case in some:
            settles = {
                run.id: self._settles(run, of_run[run.id])
                for run in case.runs
                if run.id is not None
            }
            found += self._case(case, settles, ends.get(case.id or 0), stopped)
        return found

    def _settles(self, run: OpenRun, waits: Sequence[Waiting]) -> datetime | None:
        """Return when what the last formal step told will have gone; None: not by itself."""
        formal = [record for record in run.recorded if record.formal]
        if not run.unsettled or not formal:
            return self._now
        last = (formal[-1].step, formal[-1].occurrence)
        mine = [w for w in waits if (w.step, w.occurrence) == last and not w.copy]
        if self._by_hand or any(w.status is not NoticeStatus.PENDING or w.still for w in mine):
            return None
        return max((_goes(self._world, w, self._now) for w in mine), default=self._now)

    def _case(
        self,
        case: Case,
        settles: dict[int, datetime | None],
        resumes: datetime | None,
        stopped: dict[int, datetime],
    ) -> list[Coming]:
        """Look at one complaint whenever the sweep would, up to the end of the forecast."""
        found: list[Coming] = []
        if case.hold_reason is not None:
            return found
        if resumes is not None:
            desk = Desk(self._world, max(resumes, self._now))
            desk.wait_no_longer(case)
        for _ in range(_LOOKS):
            open_ = [
                run
                for run in case.runs
                if run.stopped_at is None
                and run.paused_at is None
                and run.next_look_at is not None
                and self._world.knows(run)
            ]
            run = min(open_, key=lambda one: one.next_look_at or self._until, default=None)
            if run is None or run.next_look_at is None or run.next_look_at > self._until:
                break
            at = max(run.next_look_at, self._now)
            desk = Desk(self._world, at)
            try:
                self._look(desk, case, run, settles)
            except (NobodyToTellError, RefusedError):
                run.next_look_at = None
                found.append(self._nobody(case, run, at))
                continue
            found = [item for item in found if not self._off(item, desk, at)]
            found += [_new(one) for one in desk.changes.notices]
            stopped.update({one.id: at for one in desk.changes.silenced if one.id is not None})
        return found

    def _look(
        self, desk: Desk, case: Case, run: OpenRun, settles: dict[int, datetime | None]
    ) -> None:
        """Record what a run owes at the desk's moment, and put down when to look again."""
        assert run.id is not None
        run.next_look_at = None
        ladder = self._world.ladder(case, run)
        if ladder is None:
            return
        settled = settles.get(run.id, self._now)
        run.unsettled = settled is None or settled > desk.at
        decision = decide(ladder, run.facts(case.counted_as), desk.at)
        for due in decision.due:
            before = len(desk.changes.notices)
            desk.record(case, run, due)
            run.recorded.append(
                Recorded(due.step.name, due.occurrence, due.step.formal, due.due_at, desk.at)
            )
            if due.step.formal:
                told = desk.changes.notices[before:]
                run.held = any(one.hold_reason not in (None, HELD_SHADOW) for one in told)
                times = [one.send_after for one in told if not one.copy and not one.hold_reason]
                settles[run.id] = None if self._by_hand and times else max(times, default=desk.at)
        if decision.limit_reached is not None:
            desk.limit_passed(case, run, decision.limit_reached)
            run.recorded.append(_limit(desk.changes.steps[-1]))
        if run.stopped_at is None:
            run.next_look_at = decision.next_look
            wakes = settles.get(run.id)
            if decision.waiting and wakes is not None and wakes > desk.at:
                run.next_look_at = min(wakes, decision.next_look or wakes)

    @staticmethod
    def _off(item: Coming, desk: Desk, at: datetime) -> bool:
        ended = {one.clock for one in desk.changes.silenced}
        return item.clock in ended and item.at > at

    def _nobody(self, case: Case, run: OpenRun, at: datetime) -> Coming:
        return Coming(
            at=at,
            kind="",
            step=run.clock,
            number=case.number,
            complaint_id=case.id,
            clock=run.clock,
            instansi_id=run.instansi_id,
            held=NOBODY,
        )


def _limit(step: Step) -> Recorded:
    return Recorded(step.step, step.occurrence, step.formal, step.due_at, step.recorded_at)


def _new(one: NewNotice) -> Coming:
    run = one.source.run if isinstance(one.source, Step) else None
    return Coming(
        at=one.send_after,
        kind=one.kind,
        step=one.source.step if isinstance(one.source, Step) else one.source.event,
        post_id=one.post_id,
        number=one.case.number,
        complaint_id=one.case.id,
        clock=run.clock if run else None,
        letter=one.letter,
        copy=one.copy,
        instansi_id=run.instansi_id if run else one.case.instansi_id,
        held=one.hold_reason,
    )
