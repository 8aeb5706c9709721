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
from bot.web.console.forms import Form, Line, MaybeId
from bot.web.console.page import Page, Visit, address, get, post
from bot.web.console.tindakan import report
from bot.web.console.words import gettext as _
from scheduler.case import Case
from scheduler.complaint import RefusedError
from scheduler.ledger import KOMINFO
from scheduler.lifecycle import Desk
from scheduler.store import cases, pairing, sp4n_lists
from scheduler.store.session import Connection, reading
from scheduler.store.sp4n_lists import Fields

LONGEST: Final = 20
"""Digits of a Tracking ID."""


def _tracking_id(text: str) -> str:
    number = text.removeprefix("#").strip()
    if not (number.isascii() and number.isdecimal() and len(number) <= LONGEST):
        raise ValueError(f"Tracking ID SP4N harus berupa angka, paling banyak {LONGEST} digit")
    return number


class Which(Form):
    """Which of the two lists, and which page of it."""

    daftar: Literal["masukkan", "salin"] = "masukkan"
    setelah: MaybeId = None


class Paired(Form):
    """The number that SP4N gave a complaint of ours."""

    tracking_id: Annotated[Line, AfterValidator(_tracking_id)] = Field(title="Tracking ID")


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

        Where an export brought it already, the two become one; that cannot be undone.
        """
        with reading(visit.opened.engine) as connection:
            own = cases.load_cases(connection, [id]).get(id)
            other = cases.find(connection, form.tracking_id)
        if own is None or own.nomor is None:
            raise HTTPException(404)
        nomor = own.nomor

        def do(connection: Connection, desk: Desk, _case: Case) -> None:
            pairing.link(connection, desk.world, nomor, form.tracking_id, visit.at)

        # By the lower id: everybody locks complaints in the order of their ids.
        first = min(id, other) if other is not None else id
        done = handling.handle(
            visit.opened, visit.visitor.id, "link", [first], visit.at, do, undoable=False
        )
        if not done.done:
            raise RefusedError("; ".join(why for _number, why in done.refused))
        told = _("%(own)s is paired with SP4N #%(number)s.")
        return visit.go(self.path, told % {"own": nomor, "number": form.tracking_id})

    @post("/salin/{id:int}", Right.SP4N_LISTS, Copied)
    def copied(self, visit: Visit, _form: Copied, id: int) -> Response:  # noqa: A002
        """Note that the answers of a complaint have been copied into SP4N."""

        def do(connection: Connection, desk: Desk, case: Case) -> None:
            if not answers.copied(connection, desk, case, KOMINFO):
                raise RefusedError("jawabannya sudah disalin")

        done = handling.handle(visit.opened, visit.visitor.id, "disalin", [id], visit.at, do)
        return report(visit, done, _("Copied into SP4N"), f"{self.path}?daftar=salin")
