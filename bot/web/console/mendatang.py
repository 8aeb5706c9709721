"""The next 24 hours: what will be sent if nothing happens, and what is held."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

from pydantic import Field
from starlette.responses import Response

from bot import coming, explanation
from bot.coming_calendar import Coming, Forecast
from bot.web.console.access import Right
from bot.web.console.forms import Form, MaybeId
from bot.web.console.page import Page, Visit, address, get
from bot.web.console.pesan_galat import why_held
from scheduler.store import coming as store
from scheduler.store.session import reading

SHOWN: Final = 200
"""Reasons in the list; the figures count all that was looked at."""
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
    """One hour of the clock, how much goes in it, and where that is listed.

    `height` is for the drawing, 0 to 100.
    """

    number: int
    start: datetime
    label: str
    count: int
    height: int
    path: str
    chosen: bool


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
            rows=_rows(visit, some[:SHOWN]),
            left=max(0, len(some) - SHOWN),
            total=len(all_),
            hours=_hours(visit, found, query, all_),
            per_opd=[
                (key, names[key].short, count)
                for key, count in per.most_common()
                if key is not None and key in names
            ],
            others=per[None],
            held=[(why_held(why), count) for why, count in held],
            waits=_rows(visit, [x for x in found.held if x.held != coming.BY_HAND][:SHOWN]),
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


def _hours(visit: Visit, found: Forecast, query: Window, items: list[Coming]) -> list[Hour]:
    counts = Counter(_hour_of(visit, found, item.at) for item in items)
    most = max(counts.values(), default=0)
    first = _full(visit, found.now)

    def hour(number: int) -> Hour:
        start = first + number * timedelta(hours=1)
        return Hour(
            number,
            start,
            explanation.waktu(start, visit.world.zone),
            counts[number],
            round(100 * counts[number] / most) if most else 0,
            address("/pesan/mendatang", jam=number, instansi=query.instansi),
            chosen=query.jam == number,
        )

    return [hour(number) for number in range(HOURS)]


def _rows(visit: Visit, items: list[Coming]) -> list[dict[str, Any]]:
    """Put what one post gets of one kind at one moment into one row, in the order it comes."""
    found: dict[tuple[object, ...], list[Coming]] = defaultdict(list)
    for one in items:
        same = (one.at, one.post_id, one.kind, one.copy, one.letter, one.instansi_id, one.held)
        # Who stands in for a post does so for some of its complaints only.
        found[*same, _instead(visit, one), one.notice_id is not None].append(one)
    return [_row(visit, same) for same in found.values()]


def _row(visit: Visit, items: list[Coming]) -> dict[str, Any]:
    directory, first = visit.world.directory, items[0]
    post = directory.posts.get(first.post_id) if first.post_id is not None else None
    body = directory.bodies.get(first.instansi_id) if first.instansi_id is not None else None
    return {
        "item": first,
        "post": post.label if post else None,
        "instead": _instead(visit, first),
        "complaints": [(one.complaint_id, one.number) for one in items if one.number],
        "decided": first.notice_id is not None,
        "opd": body.short if body else None,
        "why": why_held(first.held) if first.held else None,
    }


def _instead(visit: Visit, one: Coming) -> str | None:
    """Return the post that is told in place of another: the duty stays the other's."""
    if one.post_id is None:
        return None
    directory = visit.world.directory
    told = directory.told(one.post_id, visit.world.today(one.at), one.complaint_id)
    post = directory.posts.get(told)
    return post.label if post is not None and told != one.post_id else None
