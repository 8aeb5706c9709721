"""Complaints of the counter, of letters, calls and the press."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.entries import Reporter, Typed, correct, enter
from bot.web.console.access import Right, sees_reporter
from bot.web.console.filters import KLASIFIKASI
from bot.web.console.forms import Form, InvalidError, Line, MaybeLine, given_to
from bot.web.console.page import Page, Visit, get, post
from bot.web.console.tindakan import reasons
from bot.web.console.words import gettext as _
from config.calendar_overrides import FIRST_YEAR
from config.terms import Klasifikasi
from scheduler import phones
from scheduler.complaint import RefusedError
from scheduler.store import dossier, entries
from scheduler.store.session import reading

OTHER: Final = "lain"
Source = Literal[
    "Tatap Muka",
    "Pos Surat",
    "Telepon",
    "Pemberitaan",
    "Email Instansi",
    "Whatsapp",
    "SMS",
    "Instagram",
    "Facebook",
]
"""Where such complaints come from, in the words of SP4N's exports where it has one."""
NOON: Final = time(12)
"""The hour of a day of which no hour is given; deadlines count days."""


def _none(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


def _phone(text: str) -> str | None:
    return phones.normalise(text) if text else None


def _local(value: time | None) -> time | None:
    return value.replace(tzinfo=None) if value is not None else None


def _text(value: object) -> object:
    if not isinstance(value, str):
        return value
    text = value.encode(errors="ignore").decode(errors="ignore").replace("\0", "")
    return text.replace("\r\n", "\n").strip()


Isi = Annotated[str, BeforeValidator(_text), Field(min_length=1, max_length=10_000)]
"""A text of several lines, as long as a letter may be."""


class Complaint(Form):
    """The form. `token` is of the page it came with: however often it comes, it is one."""

    token: str = Field(pattern="^[0-9a-f]{32}$", title="Formulir")
    sumber: Source | Literal["lain"] = Field(title="Sumber")
    sumber_lain: MaybeLine = Field("", title="Sumber lain")
    judul: Line = Field(title="Judul")
    isi: Isi = Field(title="Isi aduan")
    kategori: MaybeLine = Field("", title="Kategori")
    klasifikasi: Annotated[Klasifikasi | None, BeforeValidator(_none)] = Field(
        None, title="Klasifikasi"
    )
    lokasi: MaybeLine = Field("", title="Lokasi")
    anonim: bool = Field(default=False, title="Anonim")
    rahasia: bool = Field(default=False, title="Rahasia")
    pelapor: MaybeLine = Field("", title="Nama pelapor")
    telepon: Annotated[MaybeLine, AfterValidator(_phone)] = Field("", title="Nomor telepon")
    beri_tahu: bool = Field(default=False, title="Beri tahu pelapor")
    tanggal: Annotated[date | None, BeforeValidator(_none)] = Field(None, title="Tanggal diterima")
    jam: Annotated[time | None, BeforeValidator(_none), AfterValidator(_local)] = Field(
        None, title="Jam diterima"
    )
    nomor_surat: MaybeLine = Field("", title="Nomor surat")


class Correction(Form):
    """Who reported a complaint, corrected."""

    pelapor: MaybeLine = Field("", title="Nama pelapor")
    telepon: Annotated[MaybeLine, AfterValidator(_phone)] = Field("", title="Nomor telepon")
    beri_tahu: bool = Field(default=False, title="Beri tahu pelapor")


class Entri(Page):
    """Complaints of the counter, of letters, calls and the press."""

    menu_label = "Type in"
    icon = "fa-solid fa-pen-to-square"
    path = "/entri"
    right = Right.ENTER
    order = 4

    @get("", Right.ENTER)
    def show(self, visit: Visit) -> Response:
        """Show the empty form."""
        local = visit.at.astimezone(visit.world.zone)
        given = {
            "token": secrets.token_hex(16),
            "beri_tahu": "1",
            "tanggal": local.date().isoformat(),
            "jam": f"{local:%H:%M}",
        }
        return _form(visit, given, {})

    @post("", Right.ENTER, Complaint)
    def enter(self, visit: Visit, form: Complaint) -> Response:
        """Enter the complaint, once, and lead to its number."""
        errors = {}
        if form.sumber == OTHER and not form.sumber_lain:
            errors["sumber_lain"] = _("Please name the source.")
        received_at = _received_at(visit, form)
        if received_at is None:
            errors["tanggal"] = _("The complaint cannot have been received then.")
        if errors or received_at is None:
            raise InvalidError(errors, given_to(Complaint, visit.request.state.sent))
        typed = Typed(
            judul=form.judul,
            isi=form.isi,
            sumber=form.sumber_lain if form.sumber == OTHER else form.sumber,
            received_at=received_at,
            kategori=form.kategori or None,
            klasifikasi=form.klasifikasi,
            lokasi=form.lokasi or None,
            anonim=form.anonim,
            rahasia=form.rahasia,
            reporter=form.pelapor or None,
            phone=form.telepon or None,
            tell=form.beri_tahu,
            letter=form.nomor_surat or None,
        )
        key = enter(visit.opened, visit.visitor.id, form.token, typed, visit.at)
        return visit.go(f"{self.path}/{key}")

    @get("/{id:int}", Right.ENTER)
    def entered(self, visit: Visit, id: int) -> Response:  # noqa: A002
        """Show the number of what was entered, and what reads like it."""
        with reading(visit.opened.engine) as connection:
            found = entries.entered(connection, id)
            if found is None:
                raise HTTPException(404)
            alike = entries.alike(connection, id)
        return visit.page("entri_selesai.html", entered=found, alike=alike)

    @get("/{id:int}/pelapor", Right.ENTER)
    def reporter(self, visit: Visit, id: int) -> Response:  # noqa: A002
        """Show who reported a complaint that was typed in, to be corrected."""
        it = _typed_in(visit, id)
        name = number = None
        if it.has_name or it.has_phone:
            visit.saw("pelapor", id)
            with reading(visit.opened.engine) as connection:
                name, number = dossier.reporter(connection, visit.opened.seal, id)
        given = {"pelapor": name or "", "telepon": number or "", "beri_tahu": "1"}
        return visit.page("entri_pelapor.html", it=it, given=given, errors={})

    @post("/{id:int}/pelapor", Right.ENTER, Correction)
    def correct(self, visit: Visit, form: Correction, id: int) -> Response:  # noqa: A002
        """Correct who reported it; what he was not told yet he is told on the right phone."""
        _typed_in(visit, id)
        right = Reporter(name=form.pelapor or None, phone=form.telepon or None, tell=form.beri_tahu)
        done = correct(visit.opened, visit.visitor.id, id, right, visit.at)
        if not done.done:
            raise RefusedError(reasons(done.refused))
        told = _("Who reported %(number)s was corrected.") % {"number": done.done[0]}
        return visit.go(f"/aduan/{id}", told, undo=done.action)

    def invalid(self, visit: Visit, error: InvalidError, **path: Any) -> Response:
        """Show the form again with all that was typed, and what is wrong beside each field."""
        if "id" in path:
            it = _typed_in(visit, path["id"])
            return visit.page(
                "entri_pelapor.html", 422, it=it, given=error.given, errors=error.errors
            )
        return _form(visit, error.given, error.errors, 422)


def _typed_in(visit: Visit, complaint_id: int) -> dossier.Dossier:
    """Return a complaint that was typed in, of which the visitor may know the reporter."""
    with reading(visit.opened.engine) as connection:
        it = dossier.load(connection, complaint_id, visit.scope)
    if it is None or not it.typed_in or it.merged_into_id is not None:
        raise HTTPException(404)
    if not sees_reporter(visit.visitor.wewenang, anonim=it.anonim, rahasia=it.rahasia):
        raise HTTPException(403)
    return it


def _form(
    visit: Visit, given: Mapping[str, Any], errors: Mapping[str, str], status: int = 200
) -> Response:
    with reading(visit.opened.engine) as connection:
        categories = entries.categories(connection)
    token = str(given.get("token", ""))
    fresh = token if len(token) == 32 and "token" not in errors else secrets.token_hex(16)
    return visit.page(
        "entri.html",
        status,
        given={**given, "token": fresh},
        errors=errors,
        sources=[*((one, one) for one in get_args(Source)), (OTHER, _("Another source"))],
        classes=[("", _("Decided at verification")), *KLASIFIKASI.items()],
        categories=categories,
        titles={name: field.title for name, field in Complaint.model_fields.items()},
        today=visit.at.astimezone(visit.world.zone).date(),
    )


def _received_at(visit: Visit, form: Complaint) -> datetime | None:
    """Return when a complaint was received; None for a time to come, or before any calendar."""
    zone = visit.world.zone
    local = visit.at.astimezone(zone)
    day = form.tanggal or local.date()
    if form.jam is None:
        if day == local.date():
            return visit.at
        hour = NOON
    else:
        hour = form.jam
    if not FIRST_YEAR <= day.year <= local.year:
        return None
    moment = datetime.combine(day, hour, zone).astimezone(visit.at.tzinfo)
    return moment if moment <= visit.at else None
