"""What is done on the page of one complaint: decided, answered for an OPD, ended, let go.

An answer that is typed here is treated as the same words from an officer's phone.
"""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import Field
from starlette.responses import Response

from bot import handling
from bot.dialogue import acts, answers, decisions
from bot.handling import Do
from bot.masking import mask
from bot.rule_files import words_of
from bot.web.console import aduan_isi, linimasa, pesan_galat
from bot.web.console.access import Right
from bot.web.console.forms import Form, Id, MaybeWords, Words
from bot.web.console.page import Page, Visit, post
from bot.web.console.sementara import Seen, guard
from bot.web.console.tindakan import Nothing, report
from bot.web.console.words import gettext as _
from config import replies
from scheduler.case import Case
from scheduler.complaint import RefusedError
from scheduler.directory import PostInfo
from scheduler.ledger import HELD_BACKLOG, HELD_SHADOW, HELD_STALE, KOMINFO
from scheduler.lifecycle import Desk
from scheduler.store import cases, dossier, holds
from scheduler.store.requests import Asked
from scheduler.store.session import Connection, reading

LONGEST_REASON: Final = 500
"""Characters; an officer is told of it by SMS, in a few words of it."""


TERMS: Final[dict[str, Any]] = {
    "ASKED": linimasa.ASKED,
    "CHANNEL": linimasa.CHANNEL,
    "FILE": linimasa.FILE,
    "OUTCOME": linimasa.OUTCOME,
    "WHOM": linimasa.WHOM,
    "explain": pesan_galat.explain_briefly,
    "held": pesan_galat.held,
    "step_name": linimasa.step_name,
}
"""The words of the field that only this page uses."""


class Decision(Form):
    """What is decided on one request."""

    permintaan: Id = Field(title="Permintaan")
    putusan: Literal["setuju", "tolak"] = Field(title="Putusan")
    alasan: MaybeWords = Field(default="", max_length=LONGEST_REASON, title="Alasan")


class Answering(Form):
    """An answer; `tetap` sends one that lacks something to Kominfo all the same."""

    isi: Words = Field(title="Isi jawaban")
    tetap: bool = Field(default=False, title="Kirim ke Kominfo")


class Reason(Seen):
    """Why."""

    alasan: Words = Field(max_length=LONGEST_REASON, title="Alasan")


class Remark(Seen):
    """A remark, if there is one."""

    alasan: MaybeWords = Field(default="", max_length=LONGEST_REASON, title="Catatan")


class LettingGo(Seen):
    """Which of what is held: for want of SP4N's data, or by somebody's veto."""

    apa: Literal["sp4n", "veto"] = Field(title="Yang dilepas")


class AduanTindakan(Page):
    """The forms of the page of one complaint."""

    path = "/aduan"
    right = Right.SEE_COMPLAINTS
    order = 0

    def show_sheet(self, visit: Visit, complaint_id: int, **given: Any) -> Response:
        """Answer with the page; `given` is what a form had, which is shown again."""
        shown = aduan_isi.sheet(visit, complaint_id)
        # What is shown after a form leads back to the page, not to the form's address.
        here = f"{self.path}/{complaint_id}"
        return visit.page("aduan.html", here=here, s=shown, **TERMS, **given)

    # --- for Kominfo ----------------------------------------------------------------------

    @post("/{id:int}/putuskan", Right.DECIDE, Decision)
    def decide(self, visit: Visit, form: Decision, id: int) -> Response:  # noqa: A002
        """Grant or refuse what an officer asked for; the OPD is told."""
        yes = form.putusan == "setuju"
        reason = mask(form.alasan) or None

        def this(asked: Asked) -> bool:
            return asked.id == form.permintaan

        def do(connection: Connection, desk: Desk, case: Case) -> None:
            done = decisions.decide(
                connection, desk, case, KOMINFO, yes=yes, reason=reason, may=this
            )
            if done is None:
                raise RefusedError("permintaan ini sudah diputuskan atau tidak berlaku lagi")

        what = _("Granted") if yes else _("Refused")
        return self._do(visit, id, form.putusan, do, what)

    @post("/{id:int}/lengkap", Right.HANDLE, Seen)
    def resume(self, visit: Visit, form: Seen, id: int) -> Response:  # noqa: A002
        """What was missing is here: the clocks go on."""

        def do(_connection: Connection, desk: Desk, case: Case) -> None:
            desk.resume(case, KOMINFO)

        return self._do(visit, id, "lengkap", do, _("Goes on"), form)

    @post("/{id:int}/selesai", Right.HANDLE, Remark)
    def close(self, visit: Visit, form: Remark, id: int) -> Response:  # noqa: A002
        """Everything is done; the reporter is told."""

        def do(_connection: Connection, desk: Desk, case: Case) -> None:
            desk.close(case, KOMINFO, mask(form.alasan) or None)

        return self._do(visit, id, "selesai", do, _("Closed"), form)

    @post("/{id:int}/buka", Right.HANDLE, Reason)
    def reopen(self, visit: Visit, form: Reason, id: int) -> Response:  # noqa: A002
        """It is not settled: new clocks begin."""

        def do(_connection: Connection, desk: Desk, case: Case) -> None:
            desk.reopen(case, KOMINFO, mask(form.alasan))

        return self._do(visit, id, "buka", do, _("Opened again"), form)

    @post("/{id:int}/tahan", Right.HANDLE, Reason)
    def veto(self, visit: Visit, form: Reason, id: int) -> Response:  # noqa: A002
        """Hold letters and what goes to leaders, as far as it has not gone out."""
        reason = mask(form.alasan)

        def do(connection: Connection, desk: Desk, case: Case) -> None:
            desk.remark(case, "veto", KOMINFO, reason)
            if not holds.veto(connection, id, reason):
                raise RefusedError("tidak ada surat atau eskalasi yang belum terkirim")

        return self._do(visit, id, "tahan", do, _("Held"), form)

    @post("/{id:int}/lepas", Right.HANDLE, LettingGo)
    def release(self, visit: Visit, form: LettingGo, id: int) -> Response:  # noqa: A002
        """Let go what a veto holds, or, as still unanswered, what waits for SP4N's data."""

        def do(connection: Connection, desk: Desk, _case: Case) -> None:
            held = {one.hold_reason for one in dossier.tellings(connection, id) if one.hold_reason}
            kept = {HELD_SHADOW, HELD_BACKLOG, HELD_STALE}
            some = held & {HELD_STALE} if form.apa == "sp4n" else held - kept
            if not some:
                raise RefusedError("tidak ada pesan yang ditahan karena itu")
            for reason in sorted(some):
                holds.release(
                    connection,
                    desk.world,
                    [id],
                    desk.at,
                    only=reason,
                    not_before=desk.changes.not_before,
                )

        return self._do(visit, id, "lepas", do, _("Let go"), form)

    # --- for an OPD -----------------------------------------------------------------------

    @post("/{id:int}/terima", Right.ANSWER, Nothing)
    def accept(self, visit: Visit, _form: Nothing, id: int) -> Response:  # noqa: A002
        """TERIMA: the OPD acknowledges; no clock stops."""

        def do(connection: Connection, desk: Desk, case: Case) -> None:
            if not acts.accept(connection, desk, case, _owing(desk, case)):
                raise RefusedError("penerimaan aduan ini sudah dicatat")

        return self._do(visit, id, "terima", do, _("Acknowledged"))

    @post("/{id:int}/jawab", Right.ANSWER, Answering)
    def give_answer(self, visit: Visit, form: Answering, id: int) -> Response:  # noqa: A002
        """JAWAB: it counts, or waits for its approval; of one that says too little he is told.

        Sent all the same, that one waits for Kominfo, and the clock goes on.
        """
        words = words_of(visit.opened.settings)
        with reading(visit.opened.engine) as connection:
            aduan_isi.found(connection, visit, id)
            now = cases.load_cases(connection, [id])[id]
        missing = () if form.tetap else acts.lacks(now, form.isi, words)
        if missing:
            return self.show_sheet(visit, id, draft=form.isi, lacks=replies.lacking(missing))
        came: list[acts.Answered] = []

        def do(connection: Connection, desk: Desk, case: Case) -> None:
            post_ = _post(desk, case)
            came.append(acts.answer(connection, desk, case, post_, form.isi, words, None))

        done = handling.handle(
            visit.opened, visit.visitor.id, "jawab", [id], visit.at, do, scope=visit.scope
        )
        return report(visit, done, _became(came), f"{self.path}/{id}")

    @post("/{id:int}/sudah", Right.ANSWER, Nothing)
    def answered(self, visit: Visit, _form: Nothing, id: int) -> Response:  # noqa: A002
        """SUDAH: the OPD has answered in SP4N; its clocks stand still for a working day."""

        def do(connection: Connection, desk: Desk, case: Case) -> None:
            if case.tracking_id is None:
                raise RefusedError("aduan ini belum ada di SP4N-LAPOR!")
            if acts.answered_in_sp4n(connection, desk, case, _owing(desk, case), None) is None:
                raise RefusedError("hal ini sudah pernah dinyatakan; tenggat tidak berhenti lagi")

        return self._do(visit, id, "sudah", do, _("Waits for SP4N's data"))

    @post("/{id:int}/bukan", Right.ANSWER, Reason)
    def not_ours(self, visit: Visit, form: Reason, id: int) -> Response:  # noqa: A002
        """BUKAN: Kominfo is asked whether it belongs elsewhere."""
        return self._ask(visit, id, "bukan", form)

    @post("/{id:int}/tunda", Right.ANSWER, Reason)
    def wait(self, visit: Visit, form: Reason, id: int) -> Response:  # noqa: A002
        """TUNDA: Kominfo is asked whether the reporter must add something."""
        return self._ask(visit, id, "tunda", form)

    def _ask(
        self, visit: Visit, complaint_id: int, kind: Literal["bukan", "tunda"], form: Reason
    ) -> Response:
        reason = mask(form.alasan)

        def do(connection: Connection, desk: Desk, case: Case) -> None:
            post_ = _owing(desk, case)
            if not acts.request(connection, desk, case, post_, kind, reason, None):
                raise RefusedError("permintaan seperti ini sudah menunggu keputusan Kominfo")

        return self._do(visit, complaint_id, kind, do, _("Kominfo is asked to decide"))

    def _do(
        self,
        visit: Visit,
        complaint_id: int,
        verb: str,
        do: Do,
        what: str,
        seen: Seen | None = None,
    ) -> Response:
        """Do it; with `seen` only where the complaint still is as the page showed it."""
        with reading(visit.opened.engine) as connection:
            aduan_isi.found(connection, visit, complaint_id)
        done = handling.handle(
            visit.opened,
            visit.visitor.id,
            verb,
            [complaint_id],
            visit.at,
            do,
            scope=visit.scope,
            guard=guard(visit, seen, [complaint_id]) if seen is not None else None,
        )
        return report(visit, done, what, f"{self.path}/{complaint_id}")


def _post(desk: Desk, case: Case) -> PostInfo:
    """Return the post as which an answer is taken down."""
    acts.check_open(case)
    found = aduan_isi.acting_post(desk.world, case.instansi_id, desk.at, case.id)
    if found is None:
        raise RefusedError("instansi ini belum punya admin OPD dalam direktori")
    return found


def _owing(desk: Desk, case: Case) -> PostInfo:
    """Return it where an answer is still owed."""
    if answers.answered(case):
        raise RefusedError("aduan ini sudah dijawab")
    return _post(desk, case)


def _became(came: list[acts.Answered]) -> str:
    """Return what became of an answer, as a sentence's beginning."""
    one = came[-1] if came else acts.Answered()
    if one.missing:
        return _("The answer waits for Kominfo; the clock goes on")
    if one.approver is not None:
        return _("The answer waits for the approval of %(whom)s") % {"whom": one.approver}
    return _("Answer recorded")
