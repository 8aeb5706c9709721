"""Every change of a complaint: its status, its clocks, its audit trail and whom it tells.

A `Desk` collects what one transaction changes; `scheduler.store.cases.write` commits it whole.
The same functions serve one command and an export of 100,000 rows.
"""

from __future__ import annotations

from datetime import datetime

from config.limits import Limit
from config.policy import AtLimit, Start, Stop
from config.terms import GOVERNMENTS, LEADERS, Clock, NoticeStatus, Peran, Status
from scheduler.case import Case, Changes, Event, NewNotice, OpenRun, Step
from scheduler.complaint import CLOSED, RefusedError, Verb, check
from scheduler.directory import Addressee, NobodyToTellError
from scheduler.escalation import LIMIT_STEP, RECORDED, Due, decide, limits_to_print
from scheduler.world import World

SYSTEM = "sistem"
KOMINFO = "kominfo"
SP4N = "sp4n"

HELD_SHADOW = "shadow"
HELD_STALE = "data SP4N belum diperbarui"
HELD_BACKLOG = "tunggakan: menunggu dilepas Kominfo"


class Desk:
    """The working set of one transaction. `at` is the time of everything done on it (UTC)."""

    def __init__(self, world: World, at: datetime) -> None:
        """Start with nothing changed."""
        self.world = world
        self.at = at
        self.changes = Changes()

    # --- events ---------------------------------------------------------------------------

    def _event(
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

    def touch(self, case: Case) -> None:
        """Have the complaint's own row written."""
        if case.id is not None:
            self.changes.touched_cases[case.id] = case

    def keep(self, run: OpenRun) -> None:
        """Have the run's own row written."""
        if run.id is not None:
            self.changes.touched_runs[run.id] = run

    # --- clocks ---------------------------------------------------------------------------

    def _start(self, case: Case, clock: Clock, at: datetime) -> OpenRun | None:
        rules = self.world.policy.clocks.get(clock)
        if rules is None:
            return None
        anchors = {
            Start.MASUK: case.received_at,
            Start.VERIFIKASI: case.verified_at,
            Start.DISPOSISI: case.disposed_at,
        }
        first = case.run_counts.get(clock, 0) == 0
        # A later run answers to what happened now (BELUM, a new disposition), not to the intake.
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

    def _stop(self, case: Case, clock: Clock, at: datetime, reason: str) -> OpenRun | None:
        run = case.open_run(clock)
        if run is None:
            return None
        if run.paused_at is not None:
            self._unpause(run, at)
        run.stopped_at, run.stop_reason = max(at, run.started_at), reason
        run.next_look_at, run.waiting = None, False
        self.keep(run)
        self.changes.silenced.append(run)
        return run

    def _unpause(self, run: OpenRun, at: datetime) -> None:
        assert run.paused_at is not None
        run.pauses.append((run.paused_at, max(at, run.paused_at)))
        self.changes.resumed.append((run, max(at, run.paused_at)))
        run.paused_at = None

    # --- what happens to a complaint ------------------------------------------------------

    def receive(self, case: Case, actor: str, note: str | None = None) -> Event:
        """Enter a new complaint; its verification clock starts with its receipt."""
        self.changes.new_cases.append(case)
        event = self._event(case, "receive", actor, note, at=case.received_at)
        if case.status is Status.BELUM_TERVERIFIKASI and case.hold_reason is None:
            self._start(case, Clock.VERIFIKASI, case.received_at)
        return event

    def verify(self, case: Case, actor: str, at: datetime | None = None) -> None:
        """Accept the complaint as one; it now waits for a disposition."""
        check(Verb.VERIFY, case.status, disposed=case.instansi_id is not None)
        at = at or self.at
        self._event(case, Verb.VERIFY, actor, at=at)
        case.status, case.verified_at = Status.BELUM_DITINDAKLANJUTI, at

    def dispose(
        self, case: Case, instansi_id: int, actor: str, at: datetime | None = None
    ) -> None:
        """Hand the complaint to an OPD: its clocks start, the OPD is told (terima).

        A second disposition opens new runs; the posts of the first that were told get one
        "mohon abaikan". Refused for a whole government: that is not a disposition.
        """
        check(Verb.DISPOSE, case.status, disposed=case.instansi_id is not None)
        at = at or self.at
        body = self.world.directory.bodies[instansi_id]
        if body.jenis in GOVERNMENTS:
            raise RefusedError(f"{body.nama} bukan perangkat daerah; pilih OPD, kecamatan atau unit")
        event = self._event(case, Verb.DISPOSE, actor, body.nama, at=at)
        self._stop(case, Clock.VERIFIKASI, at, "didisposisikan")
        self._stop(case, Clock.TANGGAPAN, at, "disposisi ulang")
        for clock in (Clock.RESPON, Clock.PENYELESAIAN):
            old = self._stop(case, clock, at, "disposisi ulang")
            if old is not None and case.instansi_id != instansi_id:
                self.changes.recalled.append((old, event))
        case.instansi_id, case.disposed_at, case.answered_at = instansi_id, at, None
        case.verified_at = case.verified_at or at
        case.status = Status.BELUM_DITINDAKLANJUTI
        case.hold_reason = None
        self._open_answering(case, at)

    def _open_answering(self, case: Case, at: datetime) -> None:
        for clock in (Clock.RESPON, Clock.PENYELESAIAN):
            run = self._start(case, clock, at)
            if run is not None:
                self._tell_at_start(case, run)

    def _tell_at_start(self, case: Case, run: OpenRun) -> None:
        """Record what is due when the clock starts (terima), in the event's own transaction."""
        ladder = self.world.ladder(case, run)
        for step in ladder.steps if ladder else ():
            if step.due == "mulai" and ladder is not None:
                facts = run.facts(case.counted_as)
                limit_at, next_at = limits_to_print(ladder, facts, self.at)
                due = Due(step, 1, run.opened_at, RECORDED, None, limit_at, next_at)
                try:
                    self.record(case, run, due)
                except NobodyToTellError:
                    self._note_step(run, due, "tidak ada pemegang jabatan yang dapat diberi tahu")

    def accept(self, case: Case, actor: str) -> None:
        """TERIMA: the OPD acknowledges. It changes no status and stops no clock."""
        check(Verb.ACCEPT, case.status, disposed=case.instansi_id is not None)
        self._event(case, Verb.ACCEPT, actor, at=self.at)

    def answer(
        self,
        case: Case,
        actor: str,
        note: str | None = None,
        *,
        substantive: bool = True,
        in_sp4n: bool = False,
        at: datetime | None = None,
    ) -> None:
        """Record an answer: the complaint is in process, and the clocks it satisfies stop.

        A normative answer ("akan kami teruskan") stops only clocks whose rule says any answer.
        """
        at = at or self.at
        check(Verb.ANSWER, case.status, disposed=case.instansi_id is not None)
        if case.status is Status.TUNDA:
            self.resume(case, actor, at=at)
        self._event(case, Verb.ANSWER, actor, note, at=at)
        case.status = Status.PROSES
        satisfied = {Stop.JAWABAN}
        satisfied |= {Stop.JAWABAN_SUBSTANTIF} if substantive else set()
        satisfied |= {Stop.TERCATAT_SP4N} if in_sp4n else set()
        for clock in (Clock.RESPON, Clock.PENYELESAIAN):
            run = case.open_run(clock)
            rules = self.world.clock(run) if run else None
            if rules is not None and rules.stop in satisfied:
                self._stop(case, clock, at, "dijawab")
        if substantive or in_sp4n:
            case.answered_at = at
            if case.open_run(Clock.TANGGAPAN) is None:
                self._start(case, Clock.TANGGAPAN, at)

    def give_back(self, case: Case, actor: str, reason: str) -> None:
        """BUKAN, accepted: the OPD was the wrong one. Its clocks stop and it is told to ignore.

        The complaint waits for a new disposition, so Kominfo's own clock runs again.
        """
        check(Verb.RETURN, case.status, disposed=case.instansi_id is not None)
        event = self._event(case, Verb.RETURN, actor, reason, at=self.at)
        for clock in (Clock.RESPON, Clock.PENYELESAIAN, Clock.TANGGAPAN):
            run = self._stop(case, clock, self.at, "bukan wewenang")
            if run is not None:
                self.changes.recalled.append((run, event))
        case.instansi_id, case.disposed_at, case.answered_at = None, None, None
        case.status = Status.BELUM_DITINDAKLANJUTI
        self._start(case, Clock.VERIFIKASI, self.at)

    def pause(
        self, case: Case, actor: str, reason: str | None = None, at: datetime | None = None
    ) -> None:
        """TUNDA: the citizen is asked for what is missing; the OPD's clocks stand still."""
        at = at or self.at
        check(Verb.PAUSE, case.status, disposed=case.instansi_id is not None)
        self._event(case, Verb.PAUSE, actor, reason, at=at)
        case.before_tunda, case.status, case.alasan = case.status, Status.TUNDA, reason
        self._stop(case, Clock.VERIFIKASI, at, "tunda")
        self._stop(case, Clock.TANGGAPAN, at, "tunda")
        for clock in (Clock.RESPON, Clock.PENYELESAIAN):
            run = case.open_run(clock)
            if run is not None:
                run.paused_at, run.next_look_at = max(at, run.started_at), None
                self.changes.paused.append((run, run.paused_at))
                self.keep(run)
        self._start(case, Clock.KELENGKAPAN, at)

    def resume(self, case: Case, actor: str, at: datetime | None = None) -> None:
        """The complaint is complete: clocks go on, later due times moved by the pause."""
        at = at or self.at
        check(Verb.RESUME, case.status, disposed=case.instansi_id is not None)
        self._event(case, Verb.RESUME, actor, at=at)
        case.status = case.before_tunda or Status.BELUM_TERVERIFIKASI
        case.before_tunda = case.alasan = None
        self._stop(case, Clock.KELENGKAPAN, at, "lengkap")
        for clock in (Clock.RESPON, Clock.PENYELESAIAN):
            run = case.open_run(clock)
            if run is not None and run.paused_at is not None:
                self._unpause(run, at)
                self.look_again(case, run)
        if case.status is Status.PROSES and case.answered_at is not None:
            self._start(case, Clock.TANGGAPAN, at)
        elif case.instansi_id is None and case.hold_reason is None:
            self._start(case, Clock.VERIFIKASI, at)

    def close(
        self, case: Case, actor: str, note: str | None = None, at: datetime | None = None
    ) -> None:
        """Selesai: every clock stops."""
        self._end(case, Verb.CLOSE, Status.SELESAI, actor, note, at or self.at)

    def archive(
        self, case: Case, actor: str, reason: str | None, at: datetime | None = None
    ) -> None:
        """Arsip, with its reason: every clock stops."""
        self._end(case, Verb.ARCHIVE, Status.ARSIP, actor, reason, at or self.at)
        case.alasan = reason

    def _end(
        self, case: Case, verb: Verb, status: Status, actor: str, note: str | None, at: datetime
    ) -> None:
        check(verb, case.status, disposed=case.instansi_id is not None)
        self._event(case, verb, actor, note, at=at)
        for clock in Clock:
            self._stop(case, clock, at, status)
        case.status, case.before_tunda, case.closed_at = status, None, at

    def reopen(self, case: Case, actor: str, note: str | None = None) -> None:
        """BELUM or BUKA: the answer did not settle it; new runs under the policy of today."""
        check(Verb.REOPEN, case.status, disposed=case.instansi_id is not None)
        if case.status is Status.PROSES and case.open_run(Clock.RESPON) is not None:
            raise RefusedError(f"aduan {case.number} masih menunggu jawaban")
        self._event(case, Verb.REOPEN, actor, note, at=self.at)
        self._stop(case, Clock.TANGGAPAN, self.at, "dibuka kembali")
        self._stop(case, Clock.PENYELESAIAN, self.at, "dibuka kembali")
        case.closed_at = case.answered_at = None
        if case.instansi_id is None:
            case.status = Status.BELUM_TERVERIFIKASI
            self._start(case, Clock.VERIFIKASI, self.at)
        else:
            case.status = Status.BELUM_DITINDAKLANJUTI
            self._open_answering(case, self.at)

    def hold(self, case: Case, reason: str | None) -> None:
        """Hold the ladders of a complaint, or (None) let them go on from where they stand."""
        if case.hold_reason == reason:
            return
        case.hold_reason = reason
        self.touch(case)
        for run in case.runs:
            if run.stopped_at is None and run.paused_at is None:
                self.look_again(case, run)
        if reason is None and not case.runs and case.instansi_id is None:
            if case.status not in CLOSED and case.status is not Status.TUNDA:
                self._start(case, Clock.VERIFIKASI, case.received_at)

    # --- telling --------------------------------------------------------------------------

    def record(self, case: Case, run: OpenRun, due: Due) -> int:
        """Record one step of a ladder with its notices; return how many there are.

        Raises `NobodyToTellError` before anything is recorded.
        """
        if due.outcome != RECORDED:
            self._note_step(run, due, due.reason)
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
        )
        source = self._note_step(run, due, audience.remark)
        leaders = not LEADERS.isdisjoint(recipients.all) or any(
            addressee.peran in LEADERS for addressee in audience.addressees
        )
        hold = self._hold_reason(case, formal=step.formal, leaders=leaders)
        lama = _lama(step.due, ladder.limit(case.counted_as))
        for addressee in audience.addressees:
            self._notify(case, source, due, addressee, hold, lama)
        return len(audience.addressees)

    def _note_step(self, run: OpenRun, due: Due, reason: str | None) -> Step:
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
        if (formal or leaders) and self.world.stale(case, self.at):
            return HELD_STALE
        if leaders and case.backlog_at is not None and case.released_at is None:
            return HELD_BACKLOG
        return None

    def _notify(
        self,
        case: Case,
        source: Step,
        due: Due,
        addressee: Addressee,
        hold: str | None,
        lama: str | None,
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
                send_after=self.world.open_at(addressee.post.id, after),
                status=NoticeStatus.HELD if hold else NoticeStatus.PENDING,
                hold_reason=hold,
                letter=due.step.letter,
                # What was already due at go-live reaches an officer as one digest.
                in_digest=case.backlog_at is not None and due.due_at <= case.backlog_at,
                limit_at=due.limit_at,
                next_at=due.next_at,
                lama=lama,
                note=addressee.note,
            )
        )

    def tell_kominfo(self, case: Case, event: str, kind: str, note: str | None) -> None:
        """Ask or alert Kominfo about a complaint, as an event of its own."""
        source = self._event(case, event, SYSTEM, note, at=max(self.at, case.last_event_at))
        self._kominfo_notices(case, source, kind, self.at, note)

    def limit_passed(self, case: Case, run: OpenRun, limit_at: datetime) -> None:
        """Act on a closing limit, once: Ingat's own complaint ends, of SP4N's Kominfo is told.

        SP4N is the system of record; what is closed there is closed by people.
        """
        rules = self.world.clock(run)
        assert rules is not None
        step = Step(run, LIMIT_STEP, 1, False, limit_at, self.at, RECORDED)
        self.changes.steps.append(step)
        if case.tracking_id is not None:
            self._kominfo_notices(case, step, f"{run.clock}_batas", limit_at, None)
        elif rules.at_limit is AtLimit.SELESAI:
            self.close(case, SYSTEM, "tidak ada tanggapan sampai batas waktu")
        else:
            self.archive(case, SYSTEM, "kadaluarsa")

    def _kominfo_notices(
        self, case: Case, source: Step | Event, kind: str, due_at: datetime, note: str | None
    ) -> None:
        on = self.world.today(self.at)
        for post in self.world.directory.resolve(Peran.ADMIN_KOORDINATOR, case.instansi_id, on):
            self.changes.notices.append(
                NewNotice(
                    case=case,
                    source=source,
                    post_id=post.id,
                    peran=post.peran,
                    copy=False,
                    kind=kind,
                    due_at=due_at,
                    created_at=self.at,
                    send_after=self.world.open_at(post.id, self.at),
                    status=NoticeStatus.HELD if self.world.shadow else NoticeStatus.PENDING,
                    hold_reason=HELD_SHADOW if self.world.shadow else None,
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
