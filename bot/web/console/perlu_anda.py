"""Words of SP4N's exports that nobody knows: what each means is said once, for all at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from bot import explanation, settling
from bot.sp4n.importer import index_of
from bot.web.console.access import Right
from bot.web.console.filters import STATUS, thousands
from bot.web.console.forms import Form, Id
from bot.web.console.page import Page, Visit, get, post
from bot.web.console.tindakan import reasons, report
from bot.web.console.words import gettext as _
from config.terms import GOVERNMENTS, Status
from scheduler.complaint import RefusedError
from scheduler.directory import Body, Directory
from scheduler.store import unknown_names
from scheduler.store.session import reading, writing
from scheduler.store.unknown_names import Kind, Meaning, Told, Unknown

SHOWN: Final = 25
"""Words on one page: each has every instansi to choose from."""
HIDDEN: Final = "terblokir"
"""A choice beside the statuses: arsip, and shown nowhere."""
CHOICES: Final = {status.value: label for status, (label, _colour) in STATUS.items()} | {
    HIDDEN: "Arsip, isinya disembunyikan (Konten Terblokir)"
}
"""What a status of SP4N may mean, in words."""


def _word(value: object) -> object:
    if not isinstance(value, str):
        return value
    return " ".join(value.encode(errors="ignore").decode(errors="ignore").replace("\0", "").split())


Word = Annotated[str, BeforeValidator(_word), Field(max_length=300)]
"""A word as an export has it; longer than a line of a form, and perhaps blank."""


class Name(Form):
    """A name of SP4N and the instansi it stands for."""

    kata: Word = Field(title="Nama instansi di SP4N")
    instansi: Id = Field(title="Instansi")


class StatusWord(Form):
    """A status of SP4N and what it means."""

    kata: Word = Field(title="Status di SP4N")
    status: Status | Literal["terblokir"] = Field(title="Arti status")


class Forgotten(Form):
    """A word that is to be asked about again."""

    jenis: Literal["instansi", "status"]
    kata: Word


@dataclass(frozen=True, slots=True)
class Asked:
    """A word that waits, with the instansi that its name is like, the likest first."""

    of: Unknown
    busy: bool
    """It was said what it means, and the complaints follow."""
    likely: tuple[Body, ...] = ()


class PerluAnda(Page):
    """Words of SP4N's exports that nobody knows."""

    path = "/kotak-masuk/perlu-anda"
    right = Right.HANDLE
    order = 0

    @get("", Right.HANDLE)
    def show(self, visit: Visit) -> Response:
        """Show every unknown word, with how many complaints wait for it."""
        directory = visit.world.directory
        with reading(visit.opened.engine) as connection:
            statuses = unknown_names.unknown(connection, "status")
            names = unknown_names.unknown(connection, "instansi")
            told = unknown_names.told(connection)
            index = index_of(connection, visit.world)
        busy = {(one.kind, one.word) for one in told if not one.over}
        bodies = directory.bodies

        def asked(kind: Kind, one: Unknown) -> Asked:
            found = index.likely(one.word) if kind == "instansi" else ()
            likely = tuple(bodies[key] for key in found)
            return Asked(one, (kind, unknown_names.key(kind, one.word)) in busy, likely)

        return visit.page(
            "perlu_anda.html",
            statuses=[asked("status", one) for one in statuses[:SHOWN]],
            names=[asked("instansi", one) for one in names[:SHOWN]],
            more=max(0, len(statuses) - SHOWN) + max(0, len(names) - SHOWN),
            bodies=_choices(directory),
            choices=CHOICES,
            told=[(one, far(one, visit)) for one in told],
            HIDDEN=HIDDEN,
            AT_ONCE=settling.AT_ONCE,
        )

    @get("/{id:int}/keadaan", Right.HANDLE)
    def state(self, visit: Visit, id: int) -> Response:  # noqa: A002
        """Tell a script how far the complaints of a word are settled."""
        with reading(visit.opened.engine) as connection:
            found = unknown_names.told(connection, id)
        if not found:
            raise HTTPException(404)
        (one,) = found
        answer: dict[str, Any] = {
            "done": one.done + one.refused,
            "total": one.total,
            "over": one.over,
            "told": far(one, visit),
        }
        return JSONResponse(answer)

    @post("/instansi", Right.HANDLE, Name)
    def name(self, visit: Visit, form: Name) -> Response:
        """Settle a name: all that wait for it go on, and later imports know it."""
        body = visit.world.directory.bodies.get(form.instansi)
        if body is None:
            raise RefusedError(_("That instansi is not in the directory."))
        meaning = Meaning(
            "instansi", instansi_id=body.id, said=f'instansi SP4N "{form.kata}" = {body.nama}'
        )
        return self._settle(visit, form.kata, meaning, body.short)

    @post("/status", Right.HANDLE, StatusWord)
    def status(self, visit: Visit, form: StatusWord) -> Response:
        """Settle a status: all that wait for it go on, and later imports know it."""
        hidden = not isinstance(form.status, Status)
        status = form.status if isinstance(form.status, Status) else Status.ARSIP
        label = CHOICES[form.status]
        meaning = Meaning(
            "status", status=status, hidden=hidden, said=f'status SP4N "{form.kata}" = {label}'
        )
        return self._settle(visit, form.kata, meaning, label)

    def _settle(self, visit: Visit, word: str, meaning: Meaning, called: str) -> Response:
        done = settling.settle(visit.opened, visit.visitor.id, word, meaning, visit.at)
        if not done.done:
            why = {"why": reasons(done.refused)}
            raise RefusedError(
                _("Nothing was settled, and the meaning is not kept: %(why)s.") % why
            )
        what = _("“%(word)s” is %(meaning)s") % {"word": word, "meaning": called}
        if done.left:
            what += " " + _("(%(n)s more complaints follow from %(when)s, unless it is undone)") % {
                "n": thousands(done.left),
                "when": _when(done.rest_from, visit),
            }
        return report(visit, done, what, self.path)

    @post("/lupakan", Right.HANDLE, Forgotten)
    def forget(self, visit: Visit, form: Forgotten) -> Response:
        """Have the next import ask about a word again."""
        with writing(visit.opened.engine) as connection:
            if not unknown_names.forget(connection, form.jenis, form.kata):
                raise RefusedError(_("That word has been forgotten already."))
        return visit.back(
            self.path,
            _("Forgotten: the next import asks about “%(word)s” again.") % {"word": form.kata},
        )


def far(one: Told, visit: Visit) -> str:
    """Return in a sentence how far the complaints that waited for a word are settled."""
    counts = {"done": thousands(one.done), "total": thousands(one.total)}
    if one.over and one.done == one.total:
        return _("Settled for %(done)s complaints.") % counts
    if one.over:
        return _("Settled for %(done)s of %(total)s complaints; the others refused it.") % counts
    if one.begun:
        return _("Settled for %(done)s of %(total)s complaints so far …") % counts
    counts["when"] = _when(one.rest_from, visit)
    return (
        _(
            "Settled for %(done)s of %(total)s complaints; the others follow from %(when)s."
            " Until then all of it can be undone, later nothing of it."
        )
        % counts
    )


def _when(moment: datetime | None, visit: Visit) -> str:
    return explanation.waktu(moment, visit.world.zone) if moment else ""


def _choices(directory: Directory) -> list[Body]:
    """Return every instansi by name; a government as a whole, which disposes nothing, last."""
    return sorted(
        directory.bodies.values(), key=lambda body: (body.jenis in GOVERNMENTS, body.nama)
    )
