"""Every change of a complaint: its status, its clocks, its audit trail and whom it tells.

The same functions serve one command and an export of 100,000 rows.
"""

from __future__ import annotations

from datetime import datetime

from config.policy import LIMIT_STEP, AtLimit, Stop
from config.terms import GOVERNMENTS, Clock, Klasifikasi, Status
from scheduler.case import Case, Event, OpenRun, Step
from scheduler.complaint import CLOSED, RefusedError, Verb, check
from scheduler.directory import NobodyToTellError
from scheduler.escalation import RECORDED, Due, limits_to_print
from scheduler.ledger import PELAPOR, REOPENED, SP4N, SYSTEM, Ledger

TAKEN_BACK = "aduan yang sama dibatalkan pelapornya"


class Desk(Ledger):
    """Where complaints are handled: one transaction's verbs."""

    def receive(self, case: Case, actor: str, *, waits: bool = True) -> Event:
        """Enter a new complaint; where it waits for a disposition, Kominfo's clock starts.

        `waits` is False for one that is first seen further on (an export's, say).
        """
        self.changes.new_cases.append(case)
        event = self.event(case, "receive", actor, case.sumber, at=case.received_at)
        if waits and case.hold_reason is None:
            self.start(case, Clock.VERIFIKASI, case.received_at)
        return event

    def adopt(self, case: Case, instansi_id: int | None, actor: str, at: datetime) -> None:
        """Take over a complaint that is first seen in process: who answered, and when, is unknown.

        No ladder starts for the OPD, only the wait for what the reporter says of the answer.
        """
        check(Verb.DISPOSE, case.status, disposed=case.instansi_id is not None)
        body = self.world.directory.bodies.get(instansi_id) if instansi_id else None
        event = self.event(case, Verb.ANSWER, actor, body.nama if body else None, at=at)
        for clock in (Clock.VERIFIKASI, Clock.RESPON, Clock.PENYELESAIAN, Clock.TANGGAPAN):
            old = self.stop(case, clock, at, "dijawab")
            if old is not None and old.instansi_id not in (None, instansi_id):
                self.changes.recalled.append((old, event))
        case.instansi_id, case.status = instansi_id, Status.PROSES
        self.start(case, Clock.TANGGAPAN, at)

    def verify(self, case: Case, actor: str, at: datetime | None = None) -> None:
        """Accept the complaint as one; it now waits for a disposition."""
        check(Verb.VERIFY, case.status, disposed=case.instansi_id is not None)
        at = at or self.at
        self.event(case, Verb.VERIFY, actor, at=at)
        case.status, case.verified_at = Status.BELUM_DITINDAKLANJUTI, at

    def dispose(
        self,
        case: Case,
        instansi_id: int,
        actor: str,
        at: datetime | None = None,
        *,
        since: datetime | None = None,
    ) -> None:
        """Hand the complaint to an OPD: its clocks start, the OPD is told (terima).

        A second disposition opens new runs; the posts of the first that were told get one
        "mohon abaikan". `since` is when it was really disposed, where that is learned only at
        `at`. Refused for a whole government: that is not a disposition.
        """
        check(Verb.DISPOSE, case.status, disposed=case.instansi_id is not None)
        at = at or self.at
        body = self.world.directory.bodies[instansi_id]
        if body.jenis in GOVERNMENTS:
            raise RefusedError(
                f"{body.nama} bukan perangkat daerah; pilih OPD, kecamatan atau unit"
            )
        event = self.event(case, Verb.DISPOSE, actor, body.nama, at=at)
        self.stop(case, Clock.VERIFIKASI, at, "didisposisikan")
        self.stop(case, Clock.TANGGAPAN, at, "disposisi ulang")
        for clock in (Clock.RESPON, Clock.PENYELESAIAN):
            old = self.stop(case, clock, at, "disposisi ulang")
            if old is not None and case.instansi_id != instansi_id:
                self.changes.recalled.append((old, event))
        case.instansi_id, case.disposed_at, case.answered_at = instansi_id, since or at, None
        case.verified_at = case.verified_at or case.disposed_at
        case.status = Status.BELUM_DITINDAKLANJUTI
        case.hold_reason = None
        self._open_answering(case, at)

    def _open_answering(self, case: Case, at: datetime, *, anew: bool = False) -> None:
        for clock in (Clock.RESPON, Clock.PENYELESAIAN):
            run = self.start(case, clock, at, anew=anew)
            if run is not None:
                self._tell_at_start(case, run, REOPENED if anew else None)

    def _tell_at_start(self, case: Case, run: OpenRun, note: str | None) -> None:
        """Record what is due when the clock starts (terima), in the event's own transaction."""
        ladder = self.world.ladder(case, run)
        for step in ladder.steps if ladder else ():
            if step.due == "mulai" and ladder is not None:
                facts = run.facts(case.counted_as)
                limit_at, next_at = limits_to_print(ladder, facts, self.at)
                due = Due(step, 1, run.opened_at, RECORDED, None, limit_at, next_at)
                try:
                    self.record(case, run, due, note)
                except NobodyToTellError:
                    self.note_step(run, due, "tidak ada pemegang jabatan yang dapat diberi tahu")

    def accept(self, case: Case, actor: str) -> None:
        """TERIMA: the OPD acknowledges. It changes no status and stops no clock."""
        check(Verb.ACCEPT, case.status, disposed=case.instansi_id is not None)
        self.event(case, Verb.ACCEPT, actor, at=self.at)

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

        A normative answer ("akan kami teruskan") stops only clocks whose rule says any answer,
        one that is recorded in SP4N stops them all.
        """
        at = at or self.at
        check(Verb.ANSWER, case.status, disposed=case.instansi_id is not None)
        if case.status is Status.TUNDA:
            self._go_on(case, actor, at)
        event = self.event(case, Verb.ANSWER, actor, note, at=at)
        case.status = Status.PROSES
        satisfied = {Stop.JAWABAN}
        satisfied |= {Stop.JAWABAN_SUBSTANTIF} if substantive else set()
        satisfied |= {Stop.TERCATAT_SP4N} if in_sp4n else set()
        for clock in (Clock.RESPON, Clock.PENYELESAIAN):
            run = case.open_run(clock)
            rules = self.world.clock(run) if run else None
            if rules is not None and rules.stop in satisfied:
                self.stop(case, clock, at, "tercatat di SP4N" if in_sp4n else "dijawab")
        rest = case.open_run(Clock.PENYELESAIAN)
        if rest is not None and rest.paused_at is not None and not case.open_run(Clock.RESPON):
            self.unpause(rest, at)  # what SUDAH waited for is here; nothing else would end it
            self.look_again(case, rest)
        if substantive or in_sp4n:
            case.answered_at = case.answered_at or at
            waits = case.open_run(Clock.TANGGAPAN) or self.start(case, Clock.TANGGAPAN, at)
            self.tell_reporter(case, event, "dijawab", note, waits.limit_at if waits else None)

    def rate(self, case: Case, actor: str, rating: int, at: datetime | None = None) -> None:
        """NILAI: the reporter has said what the answer was worth; nothing more is waited for."""
        at = at or self.at
        self.event(case, "rate", actor, str(rating), at=at)
        case.rating = rating
        self.stop(case, Clock.TANGGAPAN, at, "dinilai")

    def give_back(self, case: Case, actor: str, reason: str) -> None:
        """BUKAN, accepted: the OPD was the wrong one. Its clocks stop and it is told to ignore.

        The complaint waits for a new disposition, so Kominfo's own clock runs again.
        """
        check(Verb.RETURN, case.status, disposed=case.instansi_id is not None)
        event = self.event(case, Verb.RETURN, actor, reason, at=self.at)
        for clock in (Clock.RESPON, Clock.PENYELESAIAN, Clock.TANGGAPAN):
            run = self.stop(case, clock, self.at, "bukan wewenang")
            if run is not None:
                self.changes.recalled.append((run, event))
        case.instansi_id, case.disposed_at, case.answered_at = None, None, None
        case.status = Status.BELUM_DITINDAKLANJUTI
        self.start(case, Clock.VERIFIKASI, self.at, anew=True)

    def recall(self, case: Case, actor: str, reason: str, *, since: datetime | None = None) -> None:
        """Take a disposition back that was Kominfo's own mistake; who was told is told to ignore.

        `since` is when the clock of verifikasi that the disposition had stopped began; without it
        the complaint counts as waiting since it came in. Refused once the OPD has answered.
        """
        check(Verb.RECALL, case.status, disposed=case.instansi_id is not None)
        settled = case.status is Status.PROSES and case.open_run(Clock.RESPON) is None
        if case.answered_at is not None or settled:
            raise RefusedError(
                f"aduan {case.number} sudah dijawab; disposisinya tidak dapat ditarik"
            )
        event = self.event(case, Verb.RECALL, actor, reason, at=self.at)
        for clock in (Clock.RESPON, Clock.PENYELESAIAN, Clock.TANGGAPAN):
            old = self.stop(case, clock, self.at, "disposisi ditarik")
            if old is not None:
                self.changes.recalled.append((old, event))
        case.instansi_id = case.disposed_at = None
        case.status = Status.BELUM_DITINDAKLANJUTI
        run = self.start(case, Clock.VERIFIKASI, self.at, anew=True)
        if run is not None:
            # A withdrawn disposition counts as none. With fresh days, or with those that the
            # wrong OPD had it left out, Kominfo could stop its own clock by disposing to anybody.
            run.started_at = since or case.received_at
            self.look_again(case, run)

    def classify(
        self,
        case: Case,
        actor: str,
        *,
        klasifikasi: Klasifikasi | None = None,
        kategori: str | None = None,
        anonim: bool = False,
        rahasia: bool = False,
    ) -> None:
        """Say what a complaint is; None and False leave it as it is. Limits follow the class.

        Protection is only added here: it is the reporter's own wish. As whoever asks for Anonim
        himself, one who is made Anonim is forgotten.
        """
        if case.status in CLOSED:
            raise RefusedError(f"aduan {case.number} sudah berakhir ({case.status})")
        new = {
            "klasifikasi": klasifikasi or case.klasifikasi,
            "kategori": kategori or case.kategori,
            "anonim": anonim or case.anonim,
            "rahasia": rahasia or case.rahasia,
        }
        changed = {name for name, value in new.items() if value != getattr(case, name)}
        if not changed:
            raise RefusedError(f"aduan {case.number} sudah demikian")
        said = [
            klasifikasi.replace("_", " ") if klasifikasi and "klasifikasi" in changed else None,
            f"kategori {kategori}" if "kategori" in changed else None,
            *(name for name in ("anonim", "rahasia") if name in changed),
        ]
        self.event(case, "classify", actor, "; ".join(filter(None, said)), at=self.at)
        for name, value in new.items():
            setattr(case, name, value)
        if "kategori" in changed:
            case.kategori_id = None  # SP4N's number of the one before
        if case.anonim:
            case.reporter_sealed = None
        if changed & {"klasifikasi", "kategori"}:
            self.look_at_all_again(case)

    def pause(
        self, case: Case, actor: str, reason: str | None = None, at: datetime | None = None
    ) -> None:
        """TUNDA: the citizen is asked for what is missing; the OPD's clocks stand still."""
        at = at or self.at
        check(Verb.PAUSE, case.status, disposed=case.instansi_id is not None)
        event = self.event(case, Verb.PAUSE, actor, reason, at=at)
        case.before_tunda, case.status, case.alasan = case.status, Status.TUNDA, reason
        self.stop(case, Clock.VERIFIKASI, at, "tunda")
        self.stop(case, Clock.TANGGAPAN, at, "tunda")
        for clock in (Clock.RESPON, Clock.PENYELESAIAN):
            run = case.open_run(clock)
            if run is not None:
                self.stand_still(run, at)
        waits = self.start(case, Clock.KELENGKAPAN, at)
        self.tell_reporter(case, event, "kelengkapan", reason, waits.limit_at if waits else None)

    def wait_for_sp4n(self, case: Case, actor: str, until: datetime) -> Event:
        """SUDAH: an officer says that he answered in SP4N; his clocks stand still `until` then.

        An export that shows the answer, or Kominfo's word that it is there, stops them. Nothing
        else changes: it is his word only.
        """
        check(Verb.ACCEPT, case.status, disposed=case.instansi_id is not None)
        event = self.event(case, "sudah", actor, until.isoformat(), at=self.at)
        for clock in (Clock.RESPON, Clock.PENYELESAIAN):
            run = case.open_run(clock)
            if run is not None:
                self.stand_still(run, self.at)
        return event

    def wait_no_longer(self, case: Case) -> None:
        """Nothing has shown the answer that SUDAH spoke of: the clocks go on."""
        self.event(case, "sudah_berakhir", SYSTEM, at=max(self.at, case.last_event_at))
        if case.status is Status.TUNDA:
            return  # they stand still for another reason now
        for clock in (Clock.RESPON, Clock.PENYELESAIAN):
            run = case.open_run(clock)
            if run is not None and run.paused_at is not None:
                self.unpause(run, self.at)
                self.look_again(case, run)

    def resume(self, case: Case, actor: str, at: datetime | None = None) -> None:
        """The complaint is complete: clocks go on, later due times moved by the pause.

        The OPD that owes the answer is told its new limit, unless SP4N has shown it to it.
        """
        event = self._go_on(case, actor, at or self.at)
        run = case.open_run(Clock.RESPON)
        if run is not None and actor != SP4N:
            self.tell_admin(case, run, event, "dilanjutkan")

    def _go_on(self, case: Case, actor: str, at: datetime) -> Event:
        check(Verb.RESUME, case.status, disposed=case.instansi_id is not None)
        event = self.event(case, Verb.RESUME, actor, at=at)
        case.status = case.before_tunda or Status.BELUM_TERVERIFIKASI
        case.before_tunda = case.alasan = None
        self.stop(case, Clock.KELENGKAPAN, at, "lengkap")
        for clock in (Clock.RESPON, Clock.PENYELESAIAN):
            run = case.open_run(clock)
            if run is not None and run.paused_at is not None:
                self.unpause(run, at)
                self.look_again(case, run)
        if case.status is Status.PROSES:
            # One that was first seen in process has no answered_at, and no ladder either.
            if case.answered_at is not None or case.open_run(Clock.RESPON) is None:
                self.start(case, Clock.TANGGAPAN, at)
        elif case.instansi_id is None and case.hold_reason is None:
            self.start(case, Clock.VERIFIKASI, at, anew=True)
        return event

    def close(
        self, case: Case, actor: str, note: str | None = None, at: datetime | None = None
    ) -> None:
        """Selesai: every clock stops."""
        event = self._end(case, Verb.CLOSE, Status.SELESAI, actor, note, at or self.at)
        if actor != PELAPOR:
            self.tell_reporter(case, event, "selesai", note)

    def archive(
        self, case: Case, actor: str, reason: str | None, at: datetime | None = None
    ) -> None:
        """Arsip, with its reason: every clock stops.

        Of what its reporter takes back himself the OPD is told that it may ignore it; whoever
        reported the same hears that nobody goes on with it.
        """
        owed = (case.open_run(Clock.RESPON), case.open_run(Clock.PENYELESAIAN))
        event = self._end(case, Verb.ARCHIVE, Status.ARSIP, actor, reason, at or self.at)
        case.alasan = reason
        if actor == PELAPOR:
            self.changes.recalled += [(run, event) for run in owed if run is not None]
            self.tell_others(case, event, "diarsipkan", TAKEN_BACK)
        else:
            self.tell_reporter(case, event, "diarsipkan", reason)

    def _end(
        self, case: Case, verb: Verb, status: Status, actor: str, note: str | None, at: datetime
    ) -> Event:
        check(verb, case.status, disposed=case.instansi_id is not None)
        event = self.event(case, verb, actor, note, at=at)
        for clock in Clock:
            self.stop(case, clock, at, status)
        case.status, case.before_tunda, case.closed_at = status, None, at
        case.hold_reason = None
        return event

    def reopen(self, case: Case, actor: str, note: str | None = None) -> None:
        """BELUM or BUKA: the answer did not settle it; new runs under the policy of today."""
        check(Verb.REOPEN, case.status, disposed=case.instansi_id is not None)
        if case.status is Status.PROSES and case.open_run(Clock.RESPON) is not None:
            raise RefusedError(f"aduan {case.number} masih menunggu jawaban")
        self.event(case, Verb.REOPEN, actor, note, at=self.at)
        self.stop(case, Clock.TANGGAPAN, self.at, "dibuka kembali")
        self.stop(case, Clock.PENYELESAIAN, self.at, "dibuka kembali")
        case.closed_at = case.answered_at = case.alasan = None
        if case.instansi_id is None:
            case.status = Status.BELUM_TERVERIFIKASI
            self.start(case, Clock.VERIFIKASI, self.at, anew=True)
        else:
            case.status = Status.BELUM_DITINDAKLANJUTI
            self._open_answering(case, self.at, anew=True)

    def hold(self, case: Case, reason: str | None) -> None:
        """Hold the ladders of a complaint, or (None) let them go on from where they stand."""
        if case.hold_reason == reason:
            return
        case.hold_reason = reason
        self.touch(case)
        self.look_at_all_again(case)
        waits = case.status in (Status.BELUM_TERVERIFIKASI, Status.BELUM_DITINDAKLANJUTI)
        if reason is None and waits and not case.runs and case.instansi_id is None:
            self.start(case, Clock.VERIFIKASI, case.received_at)

    def limit_passed(self, case: Case, run: OpenRun, limit_at: datetime) -> None:
        """Act on a closing limit, once: Ingat's own complaint ends, of SP4N's Kominfo is told.

        SP4N is the system of record; what is closed there is closed by people. Raises
        `NobodyToTellError`, before anything is recorded, where nobody at Kominfo can be told.
        """
        rules = self.world.clock(run)
        assert rules is not None
        if case.tracking_id is not None and not self.coordinators(case):
            raise NobodyToTellError
        step = Step(run, LIMIT_STEP, 1, False, limit_at, self.at, RECORDED)
        self.changes.steps.append(step)
        if case.tracking_id is not None:
            self.tell_coordinators(case, step, f"{run.clock}_batas", limit_at, None)
        elif rules.at_limit is AtLimit.SELESAI:
            self.close(case, SYSTEM, "tidak ada tanggapan sampai batas waktu")
        else:
            self.archive(case, SYSTEM, "kadaluarsa")
