"""The next 24 hours: what will be sent if nothing happens, and what is held."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

from pydantic import Field
from starlette.responses import Response

from bot import coming
from bot.coming_calendar import Coming, Forecast
from bot.web.console.access import Right
from bot.web.console.forms import Form, MaybeId
from bot.web.console.page import Page, Visit, get
from bot.web.console.pesan_galat import SHADOW
from scheduler.ledger import HELD_SHADOW
from scheduler.store import coming as store
from scheduler.store.session import reading

SHOWN: Final = 100
"""Rows of the list; the figures count all that was looked at."""
HOURS: Final = 25
"""Hours of the clock that 24 hours touch."""
HELD: Final = 5000
"""Held notices that are counted."""


class Window(Form):
    """Which part is shown: of one instansi, of one hour from now (0 to 24)."""

    instansi: MaybeId = None
    jam: Annotated[int | None, Field(ge=0, le=HOURS)] = None


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour of the clock, and how much goes in it; `height` is for the drawing, 0 to 100."""

    number: int
    start: datetime
    count: int
    height: int


class Mendatang(Page):
    """The next 24 hours."""

    @get("/mendatang", Right.SEE_MESSAGES, query=Window)
    def ahead(self, visit: Visit, query: Window) -> Response:
        """Show what comes; played by the very code that will bring it."""
        by_hand = visit.opened.settings.gateway == "manual"
        with reading(visit.opened.engine) as connection:
            found = coming.forecast(connection, visit.world, visit.at, by_hand=by_hand)
            held = store.held(connection, HELD)
        # By hand nothing goes by itself: what would be decided is what a person will send.
        all_ = found.going if not by_hand else [*found.going, *_by_hand(found)]
        some = [item for item in all_ if _asked(visit, found, query, item)]
        names = visit.world.directory.bodies
        per = Counter(item.instansi_id for item in all_)
        return visit.page(
            "pesan_mendatang.html",
            query=query,
            found=found,
            rows=[_row(visit, item) for item in some[:SHOWN]],
            count=len(some),
            total=len(all_),
            hours=_hours(visit, found, all_),
            per_opd=[
                (key, names[key].short, count)
                for key, count in per.most_common()
                if key is not None and key in names
            ],
            others=per[None],
            held=[(_reason(why), count) for why, count in held],
            waits=[_row(visit, item) for item in found.held if item.held != coming.BY_HAND][:SHOWN],
            by_hand=by_hand,
        )


def _by_hand(found: Forecast) -> list[Coming]:
    return [item for item in found.held if item.held == coming.BY_HAND]


def _hour_of(visit: Visit, found: Forecast, moment: datetime) -> int:
    """Return in which hour of the clock a moment lies, counted from that of now."""
    return int((moment - _full(visit, found.now)) // timedelta(hours=1))


def _full(visit: Visit, moment: datetime) -> datetime:
    local = moment.astimezone(visit.world.zone)
    return local.replace(minute=0, second=0, microsecond=0)


def _asked(visit: Visit, found: Forecast, query: Window, item: Coming) -> bool:
    if query.instansi is not None and item.instansi_id != query.instansi:
        return False
    return query.jam is None or _hour_of(visit, found, item.at) == query.jam


def _hours(visit: Visit, found: Forecast, items: list[Coming]) -> list[Hour]:
    counts = Counter(_hour_of(visit, found, item.at) for item in items)
    most = max(counts.values(), default=0)
    start = _full(visit, found.now)
    return [
        Hour(
            number,
            start + number * timedelta(hours=1),
            counts[number],
            round(100 * counts[number] / most) if most else 0,
        )
        for number in range(HOURS)
    ]


def _row(visit: Visit, item: Coming) -> dict[str, Any]:
    directory = visit.world.directory
    post = directory.posts.get(item.post_id) if item.post_id is not None else None
    body = directory.bodies.get(item.instansi_id) if item.instansi_id is not None else None
    told = post
    if post is not None:
        # Serah terima: the duty stays the post's, another is told.
        on = visit.world.today(item.at)
        told = directory.posts.get(directory.told(post.id, on, item.complaint_id))
    return {
        "item": item,
        "post": post.label if post else None,
        "instead": told.label if told is not None and told is not post else None,
        "opd": body.short if body else None,
        "why": _reason(item.held) if item.held else None,
    }


def _reason(reason: str) -> str:
    if reason == HELD_SHADOW:
        return SHADOW
    return f"{reason[:1].upper()}{reason[1:]}"
