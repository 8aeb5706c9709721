"""What must be typed into SP4N by hand, so that it stays true."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot import handling
from bot.dialogue import answers
from bot.explanation import tanggal
from bot.web.console.access import Right, sees_phone, sees_reporter
from bot.web.console.filters import KLASIFIKASI
from bot.web.console.forms import Form, Line, MaybeId, MaybeLine
from bot.web.console.page import Page, Visit, address, get, post
from bot.web.console.pasangan import compare
from bot.web.console.tindakan import report
from bot.web.console.words import gettext as _
from scheduler.case import Case
from scheduler.complaint import RefusedError
from scheduler.ledger import KOMINFO
from scheduler.lifecycle import Desk
from scheduler.store import cases, pairing, sp4n_lists
from scheduler.store.session import Connection, reading
from scheduler.store.sp4n_lists import Fields

CHANGE: Final = "ubah_tracking_id"
NOT_IN_SP4N: Final = "aduan ini belum punya Tracking ID"
LONGEST: Final = 20
"""Digits of a Tracking ID."""


def _tracking_id(text: str) -> str:
    number = text.removeprefix("#").strip()
    if not (number.isascii() and number.isdecimal() and len(number) <= LONGEST):
        raise ValueError(f"Tracking ID SP4N harus berupa angka, paling banyak {LONGEST} digit")
    return number


def _maybe_tracking_id(text: str) -> str:
    return _tracking_id(text) if text else text


class Which(Form):
    """Which of the two lists, and which page of it."""

    daftar: Literal["masukkan", "salin"] = "masukkan"
    setelah: MaybeId = None


class Paired(Form):
    """The number that SP4N gave a complaint of ours."""

    tracking_id: Annotated[Line, AfterValidator(_tracking_id)] = Field(title="Tracking ID")
    yakin: MaybeId = None
    """The complaint of SP4N that was seen beside ours, and is the same."""


class Changed(Form):
    """The right number instead of `dari`; empty: there is none."""

    tracking_id: Annotated[MaybeLine, AfterValidator(_maybe_tracking_id)] = Field(
        "", title="Tracking ID"
    )
    dari: Line = Field(title="Tracking ID yang lama")
    yakin: MaybeId = None


class Copied(Form):
    """An answer has been copied."""


class Sp4n(Page):
    """What must be typed into SP4N by hand, so that it stays true."""

    menu_label = "SP4N work lists"
    icon = "fa-solid fa-arrow-right-arrow-left"
    path = "/sp4n"
    right = Right.SP4N_LISTS
    order = 5

    @get("", Right.SP4N_LISTS, query=Which)
    def show(self, visit: Visit, query: Which) -> Response:
        """Show one of the two lists, without a name in it."""
        after = query.setelah or 0
        last: int | None = None
        with reading(visit.opened.engine) as connection:
            counts = sp4n_lists.counts(connection)
            enter = sp4n_lists.to_enter(connection, after) if query.daftar == "masukkan" else []
            copy = sp4n_lists.to_copy(connection, after) if query.daftar == "salin" else []
        if len(enter) > sp4n_lists.PAGE:
            last = enter[sp4n_lists.PAGE - 1].id
        elif len(copy) > sp4n_lists.PAGE:
            last = copy[sp4n_lists.PAGE - 1].first
        begin = address(self.path, daftar=query.daftar)
        return visit.page(
            "sp4n.html",
            which=query.daftar,
            counts=counts,
            MANY=sp4n_lists.MANY,
            enter=enter[: sp4n_lists.PAGE],
            copy=copy[: sp4n_lists.PAGE],
            first=begin if query.setelah else None,
            next=address(self.path, daftar=query.daftar, setelah=last) if last else None,
        )

    @get("/masukkan/{id:int}", Right.SP4N_LISTS)
    def fields(self, visit: Visit, id: int) -> Response:  # noqa: A002
        """Show a complaint in the order of SP4N's form, with who reported it."""
        with reading(visit.opened.engine) as connection:
            found = sp4n_lists.fields_of(connection, id)
        if found is None:
            raise HTTPException(404)
        reporter, phone = self._reporter(visit, found)
        tipe = [name for name, on in (("Anonim", found.anonim), ("Rahasia", found.rahasia)) if on]
        day = found.received_at.astimezone(visit.world.zone).date()
        klasifikasi = KLASIFIKASI[found.klasifikasi] if found.klasifikasi else None
        return visit.page(
            "sp4n_masukkan.html",
            nomor=found.nomor,
            key=found.id,
            fields=[
                ("judul", _("Title"), found.judul),
                ("isi", _("Text"), found.isi),
                ("kategori", _("Category"), found.kategori),
                ("tanggal", _("Date"), tanggal(day)),
                ("lokasi", _("Place"), found.lokasi),
                ("instansi", _("Agency it goes to"), found.instansi),
                ("klasifikasi", _("Class"), klasifikasi),
                ("tipe", _("Type"), " dan ".join(tipe)),
                ("pelapor", _("Reporter"), reporter),
                ("telepon", _("Reporter's telephone"), phone),
            ],
            sumber=found.sumber,
        )

    def _reporter(self, visit: Visit, found: Fields) -> tuple[str | None, str | None]:
        """Return name and number of the reporter, noted in the access log; none of an Anonim."""
        who, seal = visit.visitor.wewenang, visit.opened.seal
        sealed = (found.reporter_sealed, found.phone_sealed)
        if found.anonim or not any(sealed):
            return None, None
        if not sees_reporter(who, anonim=found.anonim, rahasia=found.rahasia):
            return None, None
        visit.saw("pelapor", found.id, "masukkan ke SP4N")
        name = seal.open(sealed[0]) if sealed[0] is not None else None
        phone = seal.open(sealed[1]) if sealed[1] is not None and sees_phone(who) else None
        return name, phone

    @post("/masukkan/{id:int}", Right.SP4N_LISTS, Paired)
    def pair(self, visit: Visit, form: Paired, id: int) -> Response:  # noqa: A002
        """Give a complaint of ours the Tracking ID under which it is in SP4N now.

        Where an export brought that one already, both are shown first: once the two are one, they
        cannot be parted.
        """
        own = _own(visit, id)
        if own.tracking_id is not None:
            raise RefusedError(f"aduan ini sudah dipasangkan dengan SP4N #{own.tracking_id}")
        return _pair(visit, own, form, f"{self.path}/masukkan/{id}", self.path)

    @get("/ubah/{id:int}", Right.SP4N_LISTS)
    def changing(self, visit: Visit, id: int) -> Response:  # noqa: A002
        """Show the Tracking ID of a complaint of ours, as long as no export has confirmed it."""
        own = _own(visit, id)
        with reading(visit.opened.engine) as connection:
            late = own.tracking_id is None or pairing.confirmed(connection, id, own.sp4n_status)
        if late:
            raise RefusedError(pairing.CONFIRMED if own.tracking_id else NOT_IN_SP4N)
        return visit.page("sp4n_ubah.html", key=id, nomor=own.nomor, tracking_id=own.tracking_id)

    @post("/ubah/{id:int}", Right.SP4N_LISTS, Changed)
    def change(self, visit: Visit, form: Changed, id: int) -> Response:  # noqa: A002
        """Correct a Tracking ID, or take it away from what is not in SP4N after all."""
        own = _own(visit, id)
        if own.tracking_id is None:
            raise RefusedError(NOT_IN_SP4N)
        back = f"/aduan/{id}"
        if form.tracking_id:
            return _pair(visit, own, form, f"{self.path}/ubah/{id}", back, form.dari)

        def do(connection: Connection, desk: Desk, case: Case) -> None:
            if case.tracking_id is None:
                raise RefusedError(NOT_IN_SP4N)
            pairing.unlink(connection, desk, case)

        done = handling.handle(visit.opened, visit.visitor.id, CHANGE, [id], visit.at, do)
        _refuse(done)
        told = _("%(own)s has no Tracking ID any more; it is to be entered into SP4N.")
        return visit.go(back, told % {"own": own.nomor}, undo=done.action)

    @post("/salin/{id:int}", Right.SP4N_LISTS, Copied)
    def copied(self, visit: Visit, _form: Copied, id: int) -> Response:  # noqa: A002
        """Note that the answers of a complaint have been copied into SP4N."""

        def do(connection: Connection, desk: Desk, case: Case) -> None:
            if not answers.copied(connection, desk, case, KOMINFO):
                raise RefusedError("jawabannya sudah disalin")

        done = handling.handle(visit.opened, visit.visitor.id, "disalin", [id], visit.at, do)
        return report(visit, done, _("Copied into SP4N"), f"{self.path}?daftar=salin")


def _own(visit: Visit, complaint_id: int) -> Case:
    """Return a complaint of ours; raise 404 for any other."""
    with reading(visit.opened.engine) as connection:
        own = cases.load_cases(connection, [complaint_id]).get(complaint_id)
    if own is None or own.nomor is None:
        raise HTTPException(404)
    return own


def _pair(
    visit: Visit,
    own: Case,
    form: Paired | Changed,
    action: str,
    then: str,
    instead_of: str | None = None,
) -> Response:
    """Give a complaint a Tracking ID; ask first where that is another complaint's."""
    assert own.id is not None
    with reading(visit.opened.engine) as connection:
        other = cases.find(connection, form.tracking_id)
        theirs = cases.load_cases(connection, [other])[other] if other is not None else None
    if other is not None and other not in (own.id, form.yakin) and theirs and not theirs.nomor:
        return compare(visit, own.id, other, action, form.model_dump())

    def as_seen(found: Case | None) -> None:
        if (found.id if found is not None else None) != other:
            raise RefusedError("Tracking ID ini baru saja masuk dengan data SP4N; ulangi")

    def do(connection: Connection, desk: Desk, _case: Case) -> None:
        pairing.link(
            connection,
            desk.world,
            str(own.nomor),
            form.tracking_id,
            visit.at,
            check=as_seen,
            instead_of=instead_of,
        )

    verb = pairing.LINKED if instead_of is None else CHANGE
    # By the lower id: everybody locks complaints in the order of their ids.
    first = min(own.id, other) if other is not None else own.id
    done = handling.handle(
        visit.opened, visit.visitor.id, verb, [first], visit.at, do, undoable=other is None
    )
    _refuse(done)
    told = _("%(own)s is paired with SP4N #%(number)s.")
    told = told % {"own": own.nomor, "number": form.tracking_id}
    return visit.go(then, told, undo=done.action if other is None else None)


def _refuse(done: handling.Handled) -> None:
    if not done.done:
        raise RefusedError("; ".join(why for _number, why in done.refused))
