"""The working set of one transaction: events, clocks, recorded steps and whom they tell.

`scheduler.lifecycle` builds the verbs of a complaint on it; `scheduler.store.cases.write` commits
what it has collected, whole.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from config.limits import Limit
from config.policy import Start
from config.terms import LEADERS, Clock, NoticeStatus, Peran
from scheduler.case import Case, Changes, Event, NewNotice, OpenRun, Step
from scheduler.complaint import RefusedError
from scheduler.directory import Addressee, PostInfo
from scheduler.escalation import RECORDED, Due, decide, limits_to_print
from scheduler.world import World

SYSTEM = "sistem"
KOMINFO = "kominfo"
PELAPOR = "pelapor"
SP4N = "sp4n"

REOPENED = "Dibuka kembali."
"""Why an OPD that has answered is told of the complaint again."""
NEWS = frozenset({"dijawab", "selesai", "diarsipkan"})
"""Of what a reporter is told, what those are told who reported the same."""
HELD_SHADOW = "shadow"
HELD_STALE = "data SP4N belum diperbarui"
HELD_BACKLOG = "tunggakan: menunggu dilepas Kominfo"


class Ledger:
    """What one transaction changes. `at` is the time of everything done in it (UTC)."""

    def __init__(self, world: World, at: datetime) -> None:
        """Start with nothing changed."""
        self.world = world
        self.at = at
        self.changes = Changes(recalls_held=HELD_SHADOW if world.shadow else None)

    # --- events ---------------------------------------------------------------------------

    def event(
        self, case: Case, name: str, actor: str, note: str | None = None, *, at: datetime
    ) -> Event:
        if at < case.last_event_at:
            raise RefusedError(
                f"aduan {case.number}: waktu {at.astimezone(self.world.zone).isoformat()} "
                "mendahului kejadian terakhirnya "
                f"({case.last_event_at.astimezone(self.world.zone).isoformat()})"
            )
        event = Event(case, at, name, actor, note)
        self.changes.events.append(event)
        case.last_event_at = at
        self.touch(case)
        return event

    def remark(
        self,
        case: Case,
        name: str,
        actor: str,
        note: str | None,
        *,
        at: datetime | None = None,
    ) -> Event:
        """Put a line into the audit trail that changes no status."""
        return self.event(case, name, actor, note, at=at or self.at)

    def touch(self, case: Case) -> None:
        """Have the complaint's own row written."""
        if case.id is not None:
            self.changes.touched_cases[case.id] = case

    def keep(self, run: OpenRun) -> None:
        """Have the run's own row written."""
        if run.id is not None:
            self.changes.touched_runs[run.id] = run

    def mark(self) -> tuple[int, int, int]:
        """Return where steps and notices stand, for `undo`."""
        changes = self.changes
        return len(changes.steps), len(changes.notices), len(changes.news)

    def undo(self, mark: tuple[int, int, int]) -> None:
        """Forget the steps and notices recorded since `mark`: all of a look is written, or none."""
        del self.changes.steps[mark[0] :]
        del self.changes.notices[mark[1] :]
        del self.changes.news[mark[2] :]

    # --- clocks ---------------------------------------------------------------------------

    def start(
        self, case: Case, clock: Clock, at: datetime, *, anew: bool = False
    ) -> OpenRun | None:
        """Open the next run of a clock at `at`; None where the policy has no such clock.

        The first run counts from where the policy says (masuk, verifikasi, disposisi). A later
        one, or one `anew`, answers to what happened now (BELUM, the end of a tunda), not to the
        intake.
        """
        rules = self.world.policy.clocks.get(clock)
        if rules is None:
            return None
        anchors = {
            Start.MASUK: case.received_at,
            Start.VERIFIKASI: case.verified_at,
            Start.DISPOSISI: case.disposed_at,
        }
        first = case.run_counts.get(clock, 0) == 0 and not anew
        anchor = (anchors.get(rules.start) or at) if first else at
        case.run_counts[clock] = case.run_counts.get(clock, 0) + 1
        run = OpenRun(
            clock, case.run_counts[clock], self.world.current, case.instansi_id, anchor, at
        )
        case.runs.append(run)
        self.changes.new_runs.append((case, run))
        self.look_again(case, run)
        return run

    def look_again(self, case: Case, run: OpenRun) -> None:
        """Recompute the hints of a run: when to look at it, and its limit."""
        ladder = self.world.ladder(case, run)
        self.keep(run)
        if ladder is None or case.hold_reason is not None:
            run.next_look_at = None
            return
        facts = run.facts(case.counted_as)
        # Looked at from its own start nothing is due yet, so the look is the first due time.
        decision = decide(ladder, facts, min(run.started_at, run.opened_at))
        run.next_look_at = decision.next_look if not decision.due else run.started_at
        run.limit_at = ladder.limit_at(facts)

    def look_at_all_again(self, case: Case) -> None:
        """Recompute the hints of every run that is open and not paused."""
        for run in case.runs:
            if run.stopped_at is None and run.paused_at is None:
                self.look_again(case, run)

    def stop(self, case: Case, clock: Clock, at: datetime, reason: str) -> OpenRun | None:
        run = case.open_run(clock)
        if run is None:
            return None
        if run.paused_at is not None:
            self.unpause(run, at)
        run.stopped_at, run.stop_reason = max(at, run.started_at), reason
        run.next_look_at, run.waiting = None, False
        self.keep(run)
        self.changes.silenced.append(run)
        return run

    def stand_still(self, run: OpenRun, at: datetime) -> None:
        """Let a run stand still, if it does not already."""
        if run.paused_at is None:
            run.paused_at, run.next_look_at = max(at, run.started_at), None
            self.changes.paused.append((run, run.paused_at))
            self.keep(run)

    def unpause(self, run: OpenRun, at: datetime) -> None:
        assert run.paused_at is not None
        run.pauses.append((run.paused_at, max(at, run.paused_at)))
        self.changes.resumed.append((run, max(at, run.paused_at)))
        run.paused_at = None

    # --- telling --------------------------------------------------------------------------

    def record(self, case: Case, run: OpenRun, due: Due, note: str | None = None) -> int:
        """Record one step of a ladder with its notices; return how many there are.

        `note` is a short sentence for those who must act, such as `REOPENED`.

        Raises `NobodyToTellError` before anything is recorded.
        """
        if due.outcome != RECORDED:
            self.note_step(run, due, due.reason)
            return 0
        step, world = due.step, self.world
        body = world.directory.bodies.get(run.instansi_id) if run.instansi_id else None
        recipients = step.recipients_for(body.nama) if body else step.recipients
        ladder = world.ladder(case, run)
        assert ladder is not None
        audience = world.directory.audience(
            recipients,
            run.instansi_id,
            world.today(self.at),
            week_start=ladder.calendar.is_week_start(world.today(due.due_at)),
            letter=step.letter is not None,
            about=case.id,
        )
        source = self.note_step(run, due, audience.remark)
        leaders = not LEADERS.isdisjoint(recipients.all) or any(
            addressee.peran in LEADERS for addressee in audience.addressees
        )
        hold = self._hold_reason(case, formal=step.formal, leaders=leaders)
        lama = _lama(step.due, ladder.limit(case.counted_as))
        for addressee in audience.addressees:
            self._notify(case, source, due, addressee, hold, lama, note)
        return len(audience.addressees)

    def note_step(self, run: OpenRun, due: Due, reason: str | None) -> Step:
        step = Step(
            run,
            due.step.name,
            due.occurrence,
            due.step.formal,
            due.due_at,
            self.at,
            due.outcome,
            reason,
        )
        self.changes.steps.append(step)
        return step

    def _hold_reason(self, case: Case, *, formal: bool, leaders: bool) -> str | None:
        if self.world.shadow:
            return HELD_SHADOW
        # First what only Kominfo can let go: fresher data must not carry a backlog to leaders.
        if leaders and case.backlog_at is not None and case.released_at is None:
            return HELD_BACKLOG
        if (formal or leaders) and self.world.stale(case, self.at):
            return HELD_STALE
        return None

    def _notify(
        self,
        case: Case,
        source: Step,
        due: Due,
        addressee: Addressee,
        hold: str | None,
        lama: str | None,
        note: str | None,
    ) -> None:
        after = self.at + due.step.veto if due.step.veto else self.at
        self.changes.notices.append(
            NewNotice(
                case=case,
                source=source,
                post_id=addressee.post.id,
                peran=addressee.peran,
                copy=addressee.copy,
                kind=due.step.message,
                due_at=due.due_at,
                created_at=self.at,
                send_after=self.world.open_at(addressee.post.id, after, case.id),
                status=NoticeStatus.HELD if hold else NoticeStatus.PENDING,
                hold_reason=hold,
                letter=due.step.letter,
                # What was already due at go-live reaches an officer as one digest.
                in_digest=case.backlog_at is not None and due.due_at <= case.backlog_at,
                limit_at=due.limit_at,
                next_at=due.next_at,
                lama=lama,
                note=addressee.note or note,
            )
        )

    def tell_reporter(
        self,
        case: Case,
        source: Event,
        kind: str,
        note: str | None = None,
        limit_at: datetime | None = None,
    ) -> None:
        """Tell who reported it, on the phone it was reported from; nobody where that is unknown.

        Of what became of it those are told, too, whose complaints are the same.
        """
        told = self._to_reporter(case, source, kind, note, limit_at)
        if case.reporter_phone_id is not None:
            self.changes.notices.append(told)
        if kind in NEWS:
            self.changes.news.append(told)

    def tell_others(self, case: Case, source: Event, kind: str, note: str) -> None:
        """Tell those whose complaints are the same what became of it, but not its reporter."""
        self.changes.news.append(self._to_reporter(case, source, kind, note, None))

    def _to_reporter(
        self, case: Case, source: Event, kind: str, note: str | None, limit_at: datetime | None
    ) -> NewNotice:
        return NewNotice(
            case=case,
            source=source,
            post_id=None,
            peran=None,
            copy=False,
            kind=kind,
            due_at=self.at,
            created_at=self.at,
            send_after=self.world.awake_at(self.at),
            status=NoticeStatus.HELD if self.world.shadow else NoticeStatus.PENDING,
            hold_reason=HELD_SHADOW if self.world.shadow else None,
            limit_at=limit_at,
            note=note,
        )

    def tell_kominfo(self, case: Case, event: str, kind: str, note: str | None) -> None:
        """Ask or alert Kominfo about a complaint, as an event of its own."""
        source = self.event(case, event, SYSTEM, note, at=max(self.at, case.last_event_at))
        self.tell_coordinators(case, source, kind, self.at, note)

    def tell_admin(self, case: Case, run: OpenRun, source: Event, kind: str) -> None:
        """Tell those who answer for the OPD of something beside its ladder, with its limit."""
        today, ladder = self.world.today(self.at), None
        if self.world.knows(run) and case.hold_reason is None:
            ladder = self.world.ladder(case, run)
        facts = run.facts(case.counted_as)
        limit_at = limits_to_print(ladder, facts, self.at)[0] if ladder else None
        posts = self.world.directory.resolve(Peran.ADMIN_OPD, run.instansi_id, today, case.id)
        self.tell_posts(case, source, posts, kind, limit_at=limit_at)

    def coordinators(self, case: Case) -> list[PostInfo]:
        """Return the posts at Kominfo that a complaint is a matter of, and that can be told."""
        on = self.world.today(self.at)
        resolve = self.world.directory.resolve
        return resolve(Peran.ADMIN_KOORDINATOR, case.instansi_id, on, case.id)

    def tell_coordinators(
        self, case: Case, source: Step | Event, kind: str, due_at: datetime, note: str | None
    ) -> None:
        """Tell those who coordinate; where there is none at the moment, nobody is told."""
        self.tell_posts(case, source, self.coordinators(case), kind, note, due_at=due_at)

    def tell_posts(
        self,
        case: Case,
        source: Step | Event,
        posts: Iterable[PostInfo],
        kind: str,
        note: str | None = None,
        *,
        due_at: datetime | None = None,
        limit_at: datetime | None = None,
        lama: str | None = None,
    ) -> None:
        """Tell each post of an event, in its own waking hours; held back under SHADOW."""
        shadow = self.world.shadow
        for post in posts:
            self.changes.notices.append(
                NewNotice(
                    case=case,
                    source=source,
                    post_id=post.id,
                    peran=post.peran,
                    copy=False,
                    kind=kind,
                    due_at=due_at or self.at,
                    created_at=self.at,
                    send_after=self.world.open_at(post.id, self.at, case.id),
                    status=NoticeStatus.HELD if shadow else NoticeStatus.PENDING,
                    hold_reason=HELD_SHADOW if shadow else None,
                    limit_at=limit_at,
                    lama=lama,
                    note=note,
                )
            )


def _lama(due: Limit | str, limit: Limit | None) -> str | None:
    """How long a message says that nothing was answered: the step's distance, up to the limit."""
    if not isinstance(due, Limit):
        return str(limit) if limit else None
    if limit is None or (due.unit is limit.unit and due.amount < limit.amount):
        return str(due)
    return str(limit)
