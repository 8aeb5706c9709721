"""What waits for Kominfo: a queue for each thing that is to be done, the earliest limit first."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from starlette.responses import Response

from bot.dialogue import decisions, standing
from bot.web.console import saran, sementara
from bot.web.console.access import Right, sees_content
from bot.web.console.batas import Left, left
from bot.web.console.forms import Form, MaybeLine
from bot.web.console.page import Page, Visit, address, get
from bot.web.console.penanganan import INBOX, REASONS
from bot.web.console.saran import Suggestion
from bot.web.console.words import gettext as _
from scheduler.store import category_map, handled, inbox
from scheduler.store.inbox import Place, Queue, Shown, Waiting
from scheduler.store.listing import HIDDEN
from scheduler.store.requests import Listed
from scheduler.store.session import Connection, reading

REQUESTS: Final = "permintaan"
SHORT: Final = 200
"""How many characters of a complaint's text a list shows."""
_PROPOSING: Final = frozenset({Queue.VERIFIKASI, Queue.DISPOSISI, Queue.PERLU_ANDA})

_ORDER: Final = (
    Queue.VERIFIKASI,
    Queue.DISPOSISI,
    Queue.PERLU_ANDA,
    REQUESTS,
    Queue.KELENGKAPAN,
    Queue.TUNGGAKAN,
)


class Filter(Form):
    """Which queue, from where on; `pilih=semua` comes with every complaint of the page chosen."""

    antrean: Literal[
        "verifikasi", "disposisi", "perlu_anda", "permintaan", "kelengkapan", "tunggakan"
    ] = "verifikasi"
    setelah: MaybeLine = ""
    sebelum: MaybeLine = ""
    pilih: Literal["", "semua"] = ""


@dataclass(frozen=True, slots=True)
class Tab:
    """A queue in the list of queues."""

    name: str
    label: str
    count: int

    @property
    def path(self) -> str:
        """Where it is."""
        return address(INBOX, antrean=self.name)


@dataclass(frozen=True, slots=True)
class Row:
    """A complaint as the page shows it."""

    of: Waiting
    judul: str
    isi: str
    more: bool
    left: Left | None
    proposal: Suggestion | None
    instansi: str | None
    mark: str
    """In which state it is shown, for the forms."""


class KotakMasuk(Page):
    """What waits for Kominfo."""

    menu_label = "Inbox"
    icon = "fa-solid fa-inbox"
    path = INBOX
    right = Right.HANDLE
    order = 2

    @get("", Right.HANDLE, query=Filter)
    def show(self, visit: Visit, query: Filter) -> Response:
        """Show one queue, and how much is in each of them."""
        world = visit.world
        context: dict[str, Any] = {"queue": query.antrean, "all_chosen": query.pilih == "semua"}
        with reading(visit.opened.engine) as connection:
            counts = inbox.counts(connection)
            asked = standing.waiting(connection)
            tabs = _tabs(counts, len(asked))
            if query.antrean == REQUESTS:
                requests = _requests(asked)
                return visit.page("kotak_masuk_permintaan.html", tabs=tabs, **context, **requests)
            queue = Queue(query.antrean)
            shown = inbox.page(
                connection,
                queue,
                after=Place.read(query.setelah),
                before=Place.read(query.sebelum),
            )
            rows = _rows(connection, visit, queue, shown.rows)
            rules = category_map.rules(connection) if queue is Queue.DISPOSISI else []
            categories = category_map.categories(connection)
        return visit.page(
            "kotak_masuk.html",
            tabs=tabs,
            rows=rows,
            categories=categories,
            offices=saran.offices(world),
            bodies=world.directory.bodies,
            rules=rules,
            reasons=REASONS,
            all_path=address(visit.request.url.path, **_query(query, pilih="semua")),
            **_pages(query, shown),
            **context,
        )


def _tabs(counts: Mapping[Queue, int], requests: int) -> list[Tab]:
    labels: dict[str, str] = {
        Queue.VERIFIKASI: _("To verify"),
        Queue.DISPOSISI: _("To dispose"),
        Queue.PERLU_ANDA: _("Needs you"),
        REQUESTS: _("Requests of officers"),
        Queue.KELENGKAPAN: _("Waiting for the reporter"),
        Queue.TUNGGAKAN: _("Backlog"),
    }
    sizes = {**{str(queue): count for queue, count in counts.items()}, REQUESTS: requests}
    return [Tab(name, labels[name], sizes[name]) for name in map(str, _ORDER)]


def _rows(connection: Connection, visit: Visit, queue: Queue, waiting: list[Waiting]) -> list[Row]:
    world, bodies = visit.world, visit.world.directory.bodies
    calendar = world.calendar(None)
    proposals: dict[int, Suggestion] = {}
    if queue in _PROPOSING:
        proposals = saran.suggestions(connection, world, {one.id: one for one in waiting})
    last = handled.last_events(connection, [one.id for one in waiting])
    rows = []
    for one in waiting:
        seen = sees_content(visit.visitor.wewenang, rahasia=one.rahasia, hidden=one.hidden)
        text = " ".join(one.isi.split()) if seen else HIDDEN
        body = bodies.get(one.instansi_id) if one.instansi_id else None
        rows.append(
            Row(
                of=one,
                judul=one.judul if seen else HIDDEN,
                isi=textwrap.shorten(text, SHORT, placeholder=" …"),
                more=len(text) > SHORT,
                left=left(one.limit_at, visit.at, calendar),
                proposal=proposals.get(one.id),
                instansi=body.short if body else None,
                mark=sementara.mark(one.id, last[one.id]),
            )
        )
    return rows


def _requests(asked: list[Listed]) -> dict[str, Any]:
    return {
        "requests": asked[: inbox.PAGE],
        "more": max(0, len(asked) - inbox.PAGE),
        "kinds": decisions.NAMES,
    }


def _query(query: Filter, **others: str) -> dict[str, str]:
    return {
        "antrean": query.antrean,
        "setelah": query.setelah,
        "sebelum": query.sebelum,
        **others,
    }


def _pages(query: Filter, shown: Shown) -> dict[str, Any]:
    def there(**where: Place) -> str:
        return address(INBOX, antrean=query.antrean, **where)

    return {
        "previous": there(sebelum=shown.before) if shown.before else None,
        "next": there(setelah=shown.after) if shown.after else None,
    }
