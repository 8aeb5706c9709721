"""What Kominfo does to complaints, one or many: each whole, or refused with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final

from pydantic import BeforeValidator, Field
from starlette.responses import Response

from bot import handling
from bot.handling import Do
from bot.masking import mask
from bot.web.console import filters
from bot.web.console.access import Right
from bot.web.console.aduan_mirip import MERGED_WITH
from bot.web.console.forms import Form, Id, Line, MaybeId, MaybeLine, MaybeWords, Words
from bot.web.console.page import Page, Visit, post
from bot.web.console.pasangan import compare
from bot.web.console.sementara import MOST, Seen, guard, pairs
from bot.web.console.tindakan import report
from bot.web.console.words import gettext as _
from config.terms import GOVERNMENTS, Clock, Klasifikasi
from scheduler.case import Case
from scheduler.complaint import RefusedError
from scheduler.directory import Body
from scheduler.ledger import HELD_BACKLOG, KOMINFO
from scheduler.lifecycle import Desk
from scheduler.store import cases, category_map, drafts, holds, inbox, pairing
from scheduler.store.session import Connection, reading, writing
from scheduler.world import World

INBOX: Final = "/kotak-masuk"
REASONS: Final = (
    "Bukan kewenangan pemerintah daerah",
    "Informasi tidak lengkap",
    "Aduan berulang",
    "Sudah ditangani",
    "Bukan pengaduan",
    "Mengandung ujaran yang tidak pantas",
)
"""Why complaints are archived, in the words of the field."""

Ids = Annotated[list[Id], Field(min_length=1, max_length=MOST, title="Aduan yang dipilih")]


def _maybe(value: object) -> object:
    return None if value == "" else value


class Selected(Seen):
    """Complaints by id, and what the page showed of them."""

    ids: Ids


class Disposal(Selected):
    """To which instansi; without one each goes where the page proposed it (`usulan`)."""

    instansi: MaybeId = Field(default=None, title="Instansi")
    usulan: list[str] = Field(default=[], max_length=MOST, title="Usulan")
    selalu: bool = Field(default=False, title="Aturan kategori")


class Classes(Selected):
    """What complaints are; what is left empty stays as it is."""

    klasifikasi: Annotated[Klasifikasi | None, BeforeValidator(_maybe)] = Field(
        default=None, title="Klasifikasi"
    )
    kategori: MaybeLine = Field(default="", title="Kategori")
    anonim: bool = Field(default=False, title="Anonim")
    rahasia: bool = Field(default=False, title="Rahasia")


class Missing(Selected):
    """What the reporter is asked for."""

    alasan: Words = Field(max_length=500, title="Alasan (apa yang belum lengkap)")


class Archiving(Selected):
    """Why complaints are archived: one of `REASONS`, own words, or both."""

    sebab: MaybeLine = Field(default="", title="Sebab")
    alasan: MaybeWords = Field(default="", max_length=500, title="Alasan")


class Merging(Seen):
    """One complaint, and the number of the one it is the same as."""

    ids: Annotated[list[Id], Field(min_length=1, max_length=1, title="Aduan yang digabung")]
    nomor: Line = Field(title="Nomor aduan lain")
    yakin: MaybeId = None
    """The complaint of SP4N that was seen beside the own one, and is the same."""


class Recalling(Selected):
    """Why dispositions are taken back."""

    alasan: Words = Field(max_length=500, title="Alasan penarikan")


class CategoryRule(Form):
    """To which instansi complaints of a category are proposed; None: to none any more."""

    kategori: Line = Field(title="Kategori")
    instansi: MaybeId = Field(default=None, title="Instansi")


class Penanganan(Page):
    """What Kominfo does to complaints, one or many."""

    path = "/penanganan"
    right = Right.HANDLE
    order = 0

    @post("/verifikasi", Right.HANDLE, Selected)
    def verify(self, visit: Visit, form: Selected) -> Response:
        """Accept complaints as such; they wait for a disposition then."""

        def do(_connection: Connection, desk: Desk, case: Case) -> None:
            desk.verify(case, KOMINFO)

        return _handled(visit, "verify", form, do, _("Verified"))

    @post("/klasifikasi", Right.HANDLE, Classes)
    def classify(self, visit: Visit, form: Classes) -> Response:
        """Set class and category, add protection; limits that depend on them move."""
        kategori = mask(form.kategori)
        if not (form.klasifikasi or kategori or form.anonim or form.rahasia):
            raise RefusedError("pilih klasifikasi, kategori atau tipe aduan")

        def do(_connection: Connection, desk: Desk, case: Case) -> None:
            desk.classify(
                case,
                KOMINFO,
                klasifikasi=form.klasifikasi,
                kategori=kategori or None,
                anonim=form.anonim,
                rahasia=form.rahasia,
            )

        return _handled(visit, "classify", form, do, _("Classified"))

    @post("/disposisi", Right.HANDLE, Disposal)
    def dispose(self, visit: Visit, form: Disposal) -> Response:
        """Hand complaints to an instansi, or each to the one that was proposed for it."""
        proposed = pairs(form.usulan)
        went: set[int] = set()

        def do(_connection: Connection, desk: Desk, case: Case) -> None:
            instansi_id = form.instansi or proposed.get(case.id or 0)
            if instansi_id is None:
                raise RefusedError("pilih instansi tujuan; tidak ada usulan untuk aduan ini")
            _dispose(desk, case, instansi_id)

        def then(connection: Connection, action: int | None, done: Sequence[Case]) -> None:
            went.update(case.instansi_id for case in done if case.instansi_id is not None)
            if form.selalu:
                _always(connection, action, done, visit)

        done = handling.handle(
            visit.opened,
            visit.visitor.id,
            "dispose",
            form.ids,
            visit.at,
            do,
            scope=visit.scope,
            then=then,
            guard=guard(visit, form, form.ids),
        )
        bodies = visit.world.directory.bodies
        only = bodies.get(min(went)) if len(went) == 1 else None
        what = _("Disposed to %(office)s") % {"office": only.short} if only else _("Disposed")
        return report(visit, done, what, INBOX)

    @post("/kelengkapan", Right.HANDLE, Missing)
    def ask(self, visit: Visit, form: Missing) -> Response:
        """Ask the reporters for what is missing; until then the clocks stand still."""
        reason = mask(form.alasan)

        def do(_connection: Connection, desk: Desk, case: Case) -> None:
            desk.pause(case, KOMINFO, reason)

        return _handled(visit, "pause", form, do, _("Completion asked for"))

    @post("/arsip", Right.HANDLE, Archiving)
    def archive(self, visit: Visit, form: Archiving) -> Response:
        """Archive complaints; the reporters are told why."""
        reason = mask(": ".join(filter(None, (form.sebab, form.alasan))))
        if not reason:
            raise RefusedError("alasan pengarsipan wajib diisi")

        def do(_connection: Connection, desk: Desk, case: Case) -> None:
            desk.archive(case, KOMINFO, reason)

        return _handled(visit, "archive", form, do, _("Archived"))

    @post("/tarik", Right.HANDLE, Recalling)
    def recall(self, visit: Visit, form: Recalling) -> Response:
        """Take dispositions back; who was told is told to ignore them."""
        reason = mask(form.alasan)

        def do(connection: Connection, desk: Desk, case: Case) -> None:
            assert case.id is not None
            since = inbox.verification_began(connection, case.id)
            desk.recall(case, KOMINFO, reason, since=since)

        return _handled(visit, "recall", form, do, _("Disposition taken back"))

    @post("/lepas", Right.HANDLE, Selected)
    def release(self, visit: Visit, form: Selected) -> Response:
        """Let complaints of the go-live backlog climb to leaders."""

        def do(connection: Connection, desk: Desk, case: Case) -> None:
            if case.backlog_at is None or case.released_at is not None:
                raise RefusedError("aduan ini bukan tunggakan yang ditahan")
            assert case.id is not None
            holds.release(
                connection,
                desk.world,
                [case.id],
                visit.at,
                only=HELD_BACKLOG,
                not_before=desk.changes.not_before,
            )

        done = handling.handle(
            visit.opened,
            visit.visitor.id,
            "release",
            form.ids,
            visit.at,
            do,
            scope=visit.scope,
            guard=guard(visit, form, form.ids),
        )
        return report(visit, done, _("Released"), f"{INBOX}?antrean=tunggakan")

    @post("/gabung", Right.HANDLE, Merging)
    def merge(self, visit: Visit, form: Merging) -> Response:
        """Make one of two complaints.

        An own one and SP4N's of the same become one, which cannot be undone: both are shown
        first. Of any others the one is archived as a duplicate of the other.
        """
        this, other = _both(visit, form)
        pair = _own_and_sp4n(this, other)
        if pair is None:
            return self._duplicate(visit, form, other)
        own, sp4n = pair
        changed = guard(visit, form, form.ids)
        if own.id is not None and sp4n.id is not None and form.yakin != sp4n.id:
            with reading(visit.opened.engine) as connection:
                for why in changed(connection).values():
                    raise RefusedError(why)
            back = visit.console.came_from(visit.request, INBOX)
            return compare(visit, own.id, sp4n.id, f"{self.path}/gabung", form.model_dump(), back)

        def seen(found: Case | None) -> None:
            if found is None or found.id != sp4n.id:
                raise RefusedError("nomor ini baru saja berpindah ke aduan lain; ulangi")

        def do(connection: Connection, desk: Desk, _case: Case) -> None:
            # It may be the other one of the two that is locked by now.
            for why in changed(connection).values():
                raise RefusedError(why)
            pairing.link(
                connection,
                desk.world,
                str(own.nomor),
                str(sp4n.tracking_id),
                visit.at,
                check=seen,
            )

        # By the lower id: everybody locks complaints in the order of their ids.
        first = min(key for key in (own.id, sp4n.id) if key is not None)
        done = handling.handle(
            visit.opened, visit.visitor.id, "link", [first], visit.at, do, undoable=False
        )
        what = _("%(own)s and SP4N #%(sp4n)s are one complaint now") % {
            "own": own.nomor,
            "sp4n": sp4n.tracking_id,
        }
        return report(visit, done, what, INBOX)

    def _duplicate(self, visit: Visit, form: Merging, other: Case) -> Response:
        assert other.id is not None
        reason, other_id = f"{MERGED_WITH} {filters.number(other.number)}", other.id

        def do(connection: Connection, desk: Desk, case: Case) -> None:
            assert case.id is not None
            desk.archive(case, KOMINFO, reason)
            drafts.link_similar(connection, case.id, {other_id: 100})

        what = _("Merged with %(number)s") % {"number": filters.number(other.number)}
        return _handled(visit, "merge", form, do, what)

    @post("/aturan", Right.HANDLE, CategoryRule)
    def rule(self, visit: Visit, form: CategoryRule) -> Response:
        """Propose an instansi for a category from now on; without an instansi, no more."""
        world = visit.world  # before the transaction: loading the rules takes one of its own
        with writing(visit.opened.engine) as connection:
            if form.instansi is None:
                if not category_map.drop_rule(connection, form.kategori):
                    raise RefusedError("aturan ini sudah tidak ada")
                told = _("The rule for %(category)s is gone.")
                return visit.back(INBOX, told % {"category": form.kategori})
            body = _office(world, form.instansi)
            category_map.put_rule(connection, form.kategori, body.id, visit.visitor.id, visit.at)
        told = _("From now on %(office)s is proposed for %(category)s.")
        return visit.back(INBOX, told % {"office": body.short, "category": form.kategori})


def _handled(visit: Visit, verb: str, form: Selected | Merging, do: Do, what: str) -> Response:
    done = handling.handle(
        visit.opened,
        visit.visitor.id,
        verb,
        form.ids,
        visit.at,
        do,
        scope=visit.scope,
        guard=guard(visit, form, form.ids),
    )
    return report(visit, done, what, INBOX)


def _office(world: World, instansi_id: int) -> Body:
    body = world.directory.bodies.get(instansi_id)
    if body is None or body.jenis in GOVERNMENTS:
        raise RefusedError("instansi ini tidak dapat menerima disposisi")
    return body


def _dispose(desk: Desk, case: Case, instansi_id: int) -> None:
    body = _office(desk.world, instansi_id)
    # The same form sent twice must not begin the OPD's days anew.
    if case.instansi_id == instansi_id and case.open_run(Clock.RESPON) is not None:
        raise RefusedError(f"sudah didisposisikan ke {body.short}")
    desk.dispose(case, instansi_id, KOMINFO)


def _always(
    connection: Connection, action: int | None, disposed: Sequence[Case], visit: Visit
) -> None:
    """Propose the same for their categories from now on, as long as it is not taken back."""
    rules = {case.kategori: case.instansi_id for case in disposed}
    for kategori, instansi_id in rules.items():
        if kategori and instansi_id is not None:
            category_map.put_rule(
                connection, kategori, instansi_id, visit.visitor.id, visit.at, action
            )


def _both(visit: Visit, form: Merging) -> tuple[Case, Case]:
    """Return the complaint and the other one it is said to be the same as."""
    (key,) = form.ids
    with reading(visit.opened.engine) as connection:
        other_id = cases.find(connection, form.nomor)
        found = cases.load_cases(connection, {key, other_id or key})
    this, other = found.get(key), found.get(other_id or 0)
    if this is None or this.merged_into_id is not None:
        raise RefusedError("aduan ini tidak ditemukan")
    if other is None:
        raise RefusedError(f"aduan {form.nomor} tidak ditemukan")
    if this.id == other.id:
        raise RefusedError("sebutkan nomor aduan yang lain, bukan nomor aduan ini sendiri")
    return this, other


def _own_and_sp4n(this: Case, other: Case) -> tuple[Case, Case] | None:
    """Return which of two is the own one and which SP4N's; None where they are no such pair."""
    for own, sp4n in ((this, other), (other, this)):
        if own.tracking_id is None and sp4n.tracking_id is not None and sp4n.nomor is None:
            return own, sp4n
    return None
