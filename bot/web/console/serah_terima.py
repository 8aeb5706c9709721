"""Open duties handed to another officer during a leave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot import handover
from bot.handover import LONGEST, MOST, REASONS, Wanted
from bot.web.console.access import Right
from bot.web.console.forms import Form, Id, MaybeId
from bot.web.console.page import Page, Visit, address, get, post
from bot.web.console.words import gettext as _
from config.terms import Wewenang
from scheduler.complaint import RefusedError
from scheduler.directory import PostInfo
from scheduler.store import handover_lists
from scheduler.store.handover_lists import PAGE, Duty
from scheduler.store.session import reading

SOON: Final = 200
"""Handovers in force, or to come, that a page shows."""
HOME: Final = "/serah-terima"
NEW: Final = "/serah-terima/baru"


def _day(value: object) -> object:
    """Read a day as a browser sends it: "2026-11-24"; blank is none."""
    text = value.strip() if isinstance(value, str) else value
    if text == "" or text is None:
        return None
    if not isinstance(text, str) or len(text) != len("2026-11-24"):
        raise ValueError(_("Please give a day."))
    return text


Day = Annotated[date, BeforeValidator(_day)]
MaybeDay = Annotated[date | None, BeforeValidator(_day)]


class Filter(Form):
    """Which page of those that are over."""

    sebelum: MaybeId = None


class Draft(Form):
    """The first step: whose duties, and when."""

    jabatan: MaybeId = None
    mulai: MaybeDay = None
    selesai: MaybeDay = None
    kepada: MaybeId = None


class New(Form):
    """A handover."""

    jabatan: Id = Field(title="Jabatan yang menyerahkan")
    mulai: Day = Field(title="Tanggal mulai")
    selesai: Day = Field(title="Tanggal selesai")
    kepada: Id = Field(title="Penerima")
    alasan: Literal["cuti", "sakit", "dinas_luar"] = Field(title="Alasan")
    ids: list[Id] = Field(title="Aduan", min_length=1, max_length=MOST)


class Nothing(Form):
    """A form without fields."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A duty as the checklist offers it."""

    duty: Duty
    due: bool
    """Its limit is on one of the days."""
    late: bool
    taken: str | None
    """Who has it already on some of the days; then it cannot be chosen."""


class SerahTerima(Page):
    """Open duties handed to another officer during a leave."""

    menu_label = "Handover"
    icon = "fa-solid fa-people-arrows"
    path = "/serah-terima"
    right = Right.HAND_OVER
    order = 7

    @get("", Right.HAND_OVER, query=Filter)
    def show(self, visit: Visit, query: Filter) -> Response:
        """Show what is in force, what comes and what is over."""
        today, scope = visit.world.today(visit.at), visit.scope
        with reading(visit.opened.engine) as connection:
            now = handover_lists.listed(connection, "berlaku", today, scope, limit=SOON)
            soon = handover_lists.listed(connection, "akan_datang", today, scope, limit=SOON)
            over = handover_lists.listed(
                connection, "lalu", today, scope, before=query.sebelum, limit=PAGE + 1
            )
        older = address(HOME, sebelum=over[PAGE - 1].id) if len(over) > PAGE else None
        return visit.page(
            "serah_terima.html",
            current=now,
            coming=soon,
            over=over[:PAGE],
            newest=HOME if query.sebelum else None,
            older=older,
            today=today,
            reasons=REASONS,
        )

    @get("/{id:int}", Right.HAND_OVER)
    def one(self, visit: Visit, id: int) -> Response:  # noqa: A002
        """Show one handover with its complaints."""
        with reading(visit.opened.engine) as connection:
            found = handover_lists.one(connection, id, visit.scope)
            numbers = handover_lists.numbers(connection, id, MOST) if found else []
        if found is None:
            raise HTTPException(404)
        today = visit.world.today(visit.at)
        return visit.page(
            "serah_terima_satu.html",
            one=found,
            numbers=numbers,
            open=found.ended_at is None and found.selesai >= today,
            reasons=REASONS,
        )

    @get("/baru", Right.HAND_OVER, query=Draft)
    def new(self, visit: Visit, query: Draft) -> Response:
        """Ask for a handover: first whose and when, then which duties, and to whom."""
        world = visit.world
        today = world.today(visit.at)
        givers = handover.givers(world, visit.scope)
        giver = next((post for post in givers if post.id == query.jabatan), None)
        step: dict[str, Any] = {
            "groups": _groups(visit, givers),
            "query": query,
            "today": today,
            "longest": LONGEST.days,
        }
        mulai, selesai = query.mulai, query.selesai
        if giver is None or mulai is None or selesai is None:
            return visit.page("serah_terima_baru.html", giver=None, wrong=None, **step)
        wrong = handover.wrong_days(mulai, selesai, today)
        if wrong is not None:
            wrong = f"{wrong[:1].upper()}{wrong[1:]}."
            return visit.page("serah_terima_baru.html", giver=None, wrong=wrong, **step)
        with reading(visit.opened.engine) as connection:
            duties = handover.duties(connection, world, giver, mulai, selesai)
        takers = handover.takers(world, giver, mulai, visit.scope)
        return visit.page(
            "serah_terima_baru.html",
            giver=giver,
            wrong=None,
            choices=[_choice(visit, giver, one, mulai, selesai) for one in duties[:MOST]],
            more=len(duties) > MOST,
            most=MOST,
            takers=_groups(visit, takers),
            reasons=REASONS,
            opd=visit.visitor.wewenang is Wewenang.OPD,
            **step,
        )

    @post("/baru", Right.HAND_OVER, New)
    def make(self, visit: Visit, form: New) -> Response:
        """Hand over what was chosen."""
        posts = visit.world.directory.posts
        if form.jabatan not in posts or form.kepada not in posts:
            raise RefusedError("jabatan tidak ditemukan")
        wanted = Wanted(
            giver=posts[form.jabatan],
            taker=posts[form.kepada],
            mulai=form.mulai,
            selesai=form.selesai,
            reason=form.alasan,
            complaint_ids=frozenset(form.ids),
        )
        world = visit.opened.world(visit.at)
        made = handover.hand_over(
            visit.opened.engine,
            world,
            wanted,
            visit.at,
            user_id=visit.visitor.id,
            actor=visit.visitor.username,
            scope=visit.scope,
        )
        told = _("%(count)d complaints are handed over to %(post)s.") % {
            "count": len(wanted.complaint_ids),
            "post": wanted.taker.label,
        }
        return visit.go(f"{HOME}/{made}", told)

    @post("/{id:int}/akhiri", Right.HAND_OVER, Nothing)
    def end(self, visit: Visit, _form: Nothing, id: int) -> Response:  # noqa: A002
        """End a handover before its last day."""
        with reading(visit.opened.engine) as connection:
            if handover_lists.one(connection, id, visit.scope) is None:
                raise HTTPException(404)
        world = visit.opened.world(visit.at)
        ended = handover.end(
            visit.opened.engine,
            world,
            id,
            visit.at,
            actor=visit.visitor.username,
            scope=visit.scope,
        )
        told = _("The handover is over; its complaints are with %(post)s again.")
        return visit.back(HOME, told % {"post": ended.from_post})


def _groups(visit: Visit, posts: list[PostInfo]) -> Mapping[str, list[PostInfo]]:
    """Return posts by the name of their instansi, in their order."""
    found: dict[str, list[PostInfo]] = {}
    for each in posts:
        found.setdefault(visit.world.directory.bodies[each.instansi_id].nama, []).append(each)
    return found


def _choice(visit: Visit, giver: PostInfo, one: Duty, mulai: date, selesai: date) -> Choice:
    world = visit.world
    limit = world.today(one.limit_at) if one.limit_at else None
    taker = world.directory.handovers.taker(giver.id, one.id, mulai, selesai)
    return Choice(
        one,
        due=limit is not None and mulai <= limit <= selesai,
        late=one.limit_at is not None and one.limit_at < visit.at,
        taken=world.directory.posts[taker].label if taker in world.directory.posts else None,
    )
