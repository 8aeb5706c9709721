"""The list of complaints that every figure opens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from pydantic import BeforeValidator, Field
from starlette.responses import Response

from bot import explanation
from bot.web.console.access import Right, sees_content
from bot.web.console.batas import Left, left
from bot.web.console.forms import LARGEST, Form, MaybeId, MaybeLine
from bot.web.console.page import Page, Visit, get
from bot.web.console.words import gettext as _
from config.terms import GOVERNMENTS, Klasifikasi, Status, Wewenang
from scheduler.complaint import CLOSED
from scheduler.store import browse, wanted
from scheduler.store.browse import Key, Row, Urut
from scheduler.store.listing import HIDDEN
from scheduler.store.session import reading
from scheduler.store.uploads import What
from scheduler.store.wanted import Day, Saring, Wanted
from scheduler.world import World

PATH: Final = "/aduan"
FIRST, LAST = date(2000, 1, 1), date(2100, 12, 31)
_DAY: Final = timedelta(days=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_NUMBER: Final = re.compile(r"#?([0-9][0-9-]*|[A-Za-z]{2,8}-[0-9-]*)", re.ASCII)
"""What is taken for the beginning of a number: 9000001, #9000001, SPG-2611-0042, SPG-."""
_PLACE: Final = re.compile(r"([0-9]{1,17})-([0-9]{1,10})", re.ASCII)
_MOST_WORDS: Final = 8
_NEAREST_FIRST: Final = wanted.BY_LIMIT
"""What is a matter of limits is shown in their order, unless another is asked for."""

QUICK: Final = (
    Saring.TERLAMBAT,
    Saring.JATUH_TEMPO,
    Saring.HARI_INI,
    Saring.TUJUH_HARI,
    Saring.TIGA_PULUH_HARI,
    Saring.DITAHAN,
    Saring.TANPA_INSTANSI,
    Saring.ANONIM,
    Saring.RAHASIA,
)
"""What the page offers to narrow by with one click; the others come with a figure's link."""


@cache
def labels() -> dict[Saring, str]:
    """Return what the page calls each way to narrow a list."""
    return {
        Saring.TERLAMBAT: _("Overdue"),
        Saring.JATUH_TEMPO: _("Due today"),
        Saring.SAMPAI_HARI_INI: _("Overdue or due today"),
        Saring.BERJALAN: _("With a running limit"),
        Saring.HARI_INI: _("Received today"),
        Saring.TUJUH_HARI: _("Received in the last 7 days"),
        Saring.TIGA_PULUH_HARI: _("Received in the last 30 days"),
        Saring.MENUNGGU_VERIFIKASI: _("Waiting for verification"),
        Saring.MENUNGGU_DISPOSISI: _("Waiting for disposition"),
        Saring.PERMINTAAN: _("With a request to decide"),
        Saring.DITAHAN: _("Complaints held"),
        Saring.TUNGGAKAN: _("Backlog not released"),
        Saring.MENUNGGU_DATA: _("Messages wait for SP4N's data"),
        Saring.VETO: _("Messages held back by a person"),
        Saring.BELUM_DI_SP4N: _("Not in SP4N yet"),
        Saring.TANPA_INSTANSI: _("Without an agency"),
        Saring.ANONIM: "Anonim",
        Saring.RAHASIA: "Rahasia",
    }


def _nothing(value: object) -> object:
    return None if value == "" else value


def _known(value: object) -> object:
    """Keep the narrowings there are; one that is misspelt takes no other with it."""
    if not isinstance(value, list | tuple):
        return value
    return tuple(one for one in value if one in set(Saring))


Nothing = BeforeValidator(_nothing)
MaybeDate = Annotated[Annotated[date, Field(ge=FIRST, le=LAST)] | None, Nothing]


class Filter(Form):
    """The address of a list."""

    status: Annotated[Status | None, Nothing] = None
    instansi: MaybeId = None
    saring: Annotated[tuple[Saring, ...], BeforeValidator(_known), Field(max_length=20)] = ()
    klasifikasi: Annotated[Klasifikasi | None, Nothing] = None
    sumber: MaybeLine = ""
    q: MaybeLine = ""
    diterima: MaybeDate = None
    """The local day it was received on."""
    ditutup: MaybeDate = None
    impor: MaybeId = None
    """The upload whose complaints are listed."""
    dari: Annotated[What | None, Nothing] = None
    """Which of them; else what is new."""
    urut: Annotated[Urut | None, Nothing] = None
    sesudah: MaybeLine = ""
    """The row that the page follows."""
    sebelum: MaybeLine = ""

    @property
    def order(self) -> Urut:
        """The order that is asked for, else the one that suits."""
        if self.urut is not None:
            return self.urut
        return Urut.TERBARU if _NEAREST_FIRST.isdisjoint(self.saring) else Urut.BATAS

    @property
    def number(self) -> str | None:
        """The beginning of a number, where one is searched."""
        found = _NUMBER.fullmatch(self.q)
        return found.group(1) if found else None

    @property
    def words(self) -> tuple[str, ...]:
        """The words that are searched, where no number is."""
        return () if self.number else tuple(self.q.split()[:_MOST_WORDS])


def link(**parts: Any) -> str:
    """Return the address of a list by the fields of `Filter`; what is empty is left out."""
    given: dict[str, Any] = {}
    for name, value in parts.items():
        if isinstance(value, tuple | list | set | frozenset):
            given[name] = sorted(str(one) for one in value)
        elif value not in (None, ""):
            given[name] = str(value)
    query = urlencode({name: value for name, value in given.items() if value}, doseq=True)
    return f"{PATH}?{query}" if query else PATH


def day_of(world: World, at: datetime) -> Day:
    """Return what "today" and "the last days" mean at a moment, in the installation's zone."""
    return Day.of(at, world.zone)


def starts(world: World, day: date) -> datetime:
    """Return when a local day begins (UTC)."""
    return datetime.combine(day, time(), world.zone).astimezone(UTC)


def wanted_by(visit: Visit, query: Filter | None = None) -> Wanted:
    """Return the list that an address names, as far as the visitor may see it; else all of it."""
    query = query or Filter()
    world = visit.world

    def days(day: date | None) -> tuple[datetime, datetime] | None:
        return (starts(world, day), starts(world, day + _DAY)) if day else None

    return Wanted(
        scope=visit.scope,
        status=query.status,
        instansi_id=query.instansi,
        klasifikasi=query.klasifikasi,
        sumber=query.sumber or None,
        # In the order of limits only those whose limit runs have a place.
        saring=frozenset(query.saring) | {Saring.BERJALAN}
        if query.order is Urut.BATAS
        else frozenset(query.saring),
        received=days(query.diterima),
        closed=days(query.ditutup),
        upload=(query.impor, query.dari or What.BARU) if query.impor else None,
        number=query.number,
        words=query.words,
        reads_rahasia=sees_content(visit.visitor.wewenang, rahasia=True, hidden=False),
    )


@dataclass(frozen=True, slots=True)
class Shown:
    """A row as this visitor may read it."""

    row: Row
    judul: str
    """None of it where he may not read what was reported."""
    readable: bool
    instansi: str | None
    left: Left | None


def shown(row: Row, world: World, who: Wewenang, at: datetime) -> Shown:
    """Return a row as somebody may read it, with how long there is left for it."""
    readable = sees_content(who, rahasia=row.rahasia, hidden=row.hidden)
    body = world.directory.bodies.get(row.instansi_id) if row.instansi_id else None
    ends = None if row.held or row.status in CLOSED else row.limit_at
    return Shown(
        row,
        row.judul if readable else HIDDEN if row.hidden else _("(confidential)"),
        readable,
        body.short if body else None,
        left(ends, at, world.calendar(row.instansi_id)),
    )


class Daftar(Page):
    """The list of complaints that every figure opens."""

    menu_label = "Complaints"
    icon = "fa-solid fa-list"
    path = PATH
    right = Right.SEE_COMPLAINTS
    order = 3

    @get("", Right.SEE_COMPLAINTS, query=Filter)
    def show(self, visit: Visit, query: Filter) -> Response:
        """Show a page of the list."""
        world, which = visit.world, wanted_by(visit, query)
        day = day_of(world, visit.at)
        with reading(visit.opened.engine) as connection:
            total = browse.count(connection, which, day)
            page = browse.listed(
                connection,
                which,
                day,
                query.order,
                after=_place(query.sesudah),
                before=_place(query.sebelum),
            )
            sources = browse.sources(connection, visit.scope)
        given = query.model_dump(exclude={"sesudah", "sebelum"})
        quick = [
            (labels()[one], one in query.saring, link(**given | _toggled(query, one)))
            for one in QUICK
        ]
        return visit.page(
            "daftar.html",
            query=query,
            total=total,
            rows=[shown(row, world, visit.visitor.wewenang, visit.at) for row in page.rows],
            previous=link(**given, sebelum=_written(page.before)) if page.before else None,
            next=link(**given, sesudah=_written(page.after)) if page.after else None,
            quick=quick,
            narrowed=tuple(_narrowed(query, given)),
            bodies=_bodies(visit),
            sources=sources,
            orders=_orders(),
            searched=wanted.SEARCHED,
            everything=PATH,
        )


def _orders() -> list[tuple[Urut, str]]:
    return [
        (Urut.TERBARU, _("Newest first")),
        (Urut.TERLAMA, _("Oldest first")),
        (Urut.BATAS, _("Nearest limit first")),
    ]


def _toggled(query: Filter, one: Saring) -> dict[str, Any]:
    return {"saring": set(query.saring) ^ {one}}


def _bodies(visit: Visit) -> list[tuple[int, str]]:
    bodies = visit.world.directory.bodies.values()
    seen = visit.scope
    found = [
        (body.id, body.short)
        for body in bodies
        if body.jenis not in GOVERNMENTS and (seen is None or body.id in seen)
    ]
    return sorted(found, key=lambda pair: pair[1].casefold())


def _narrowed(query: Filter, given: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what came with the address and no field of the form shows: text, list without it."""
    for one in query.saring:
        if one not in QUICK:
            yield labels()[one], link(**given | _toggled(query, one))
    for name, text in (("diterima", _("Received %(day)s")), ("ditutup", _("Closed %(day)s"))):
        day = given[name]
        if day is not None:
            yield text % {"day": explanation.tanggal(day)}, link(**given | {name: None})

    if query.impor is not None:
        text = {
            What.BARU: _("New with import %(id)d"),
            What.JATUH_TEMPO: _("Due at import %(id)d"),
            What.PERLU_ANDA: _("Held by import %(id)d"),
        }[query.dari or What.BARU]
        yield text % {"id": query.impor}, link(**given | {"impor": None, "dari": None})


def _written(key: Key) -> str:
    return f"{(key[0] - _EPOCH) // _MICROSECOND}-{key[1]}"


def _place(text: str) -> Key | None:
    """Return the key that an address names, or None."""
    found = _PLACE.fullmatch(text)
    if found is None or int(found.group(2)) > LARGEST:
        return None
    try:
        return _EPOCH + int(found.group(1)) * _MICROSECOND, int(found.group(2))
    except OverflowError:
        return None
