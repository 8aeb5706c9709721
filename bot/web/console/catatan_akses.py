"""Who was shown personal data, and when."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, tzinfo
from typing import Annotated, Final

from pydantic import BeforeValidator, Field
from starlette.responses import Response

from bot.web.console.access import Right
from bot.web.console.forms import Form, MaybeId, MaybeLine
from bot.web.console.page import Page, Visit, address, get
from scheduler.store import access_log, users
from scheduler.store.access_log import Wanted
from scheduler.store.cases import find
from scheduler.store.session import reading

WHAT: Final = {
    "lampiran": "Lampiran",
    "pelapor": "Identitas pelapor",
    "pesan": "Isi pesan",
    "tautan": "Tautan berisi nomor telepon",
}
"""What `Visit.saw` notes, as people read it; another word is shown as it is."""


def _blank(value: object) -> object:
    return value.strip() or None if isinstance(value, str) else value


Day = Annotated[
    Annotated[date, Field(ge=date(2000, 1, 1), le=date(2100, 1, 1))] | None, BeforeValidator(_blank)
]


class Filter(Form):
    """Which part of the log; dates in the installation's zone, both included."""

    pengguna: MaybeId = None
    nomor: MaybeLine = ""
    dari: Day = None
    sampai: Day = None
    sebelum: MaybeId = None
    sesudah: MaybeId = None


class CatatanAkses(Page):
    """Who was shown personal data, and when."""

    menu_label = "Access log"
    icon = "fa-solid fa-eye"
    path = "/catatan-akses"
    right = Right.SEE_ACCESS_LOG
    order = 9

    @get("", Right.SEE_ACCESS_LOG, query=Filter)
    def show(self, visit: Visit, query: Filter) -> Response:
        """Show a page of the log, newest first."""
        zone = visit.opened.settings.timezone
        sought = None
        with reading(visit.opened.engine) as connection:
            if query.nomor:
                # 0 is no complaint's: a number that nobody bears finds nothing.
                sought = find(connection, query.nomor) or 0
            wanted = Wanted(
                user_id=query.pengguna,
                complaint_id=sought,
                since=_begins(query.dari, zone) if query.dari else None,
                until=_begins(query.sampai + timedelta(1), zone) if query.sampai else None,
            )
            page = access_log.views(connection, wanted, before=query.sebelum, after=query.sesudah)
            accounts = users.accounts(connection)
        kept = query.model_dump(exclude={"sebelum", "sesudah"})
        return visit.page(
            "catatan_akses.html",
            rows=page.rows,
            newer=address(self.path, **kept, sesudah=page.newer) if page.newer else None,
            older=address(self.path, **kept, sebelum=page.older) if page.older else None,
            query=query,
            filtered=any(kept.values()),
            accounts=accounts,
            what=WHAT,
        )


def _begins(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone)
