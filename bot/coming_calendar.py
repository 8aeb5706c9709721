"""What the next hours bring by the calendar alone: requests to decide, figures, handovers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Final

from bot.summary import decide_summaries
from config.terms import Clock, Letter, Peran
from scheduler.ledger import HELD_SHADOW
from scheduler.store import handovers, summary
from scheduler.store.handled import WAIT
from scheduler.store.requests import Listed
from scheduler.store.session import Connection
from scheduler.world import World

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """One reason to tell one post (None: the reporter), and when. `held` says why it will not go.

    `notice_id` is of one that is decided already; a step that falls due has none yet.
    """

    at: datetime
    kind: str
    step: str
    post_id: int | None = None
    number: str | None = None
    complaint_id: int | None = None
    clock: Clock | None = None
    letter: Letter | None = None
    copy: bool = False
    instansi_id: int | None = None
    notice_id: int | None = None
    held: str | None = None


@dataclass(slots=True)
class Forecast:
    """What comes up to `until`, the first first; `more` where not everything was looked at."""

    now: datetime
    until: datetime
    going: list[Coming] = field(default_factory=list)
    held: list[Coming] = field(default_factory=list)
    more: bool = False


def ends_wait(one: Listed) -> bool:
    """Return whether it is a SUDAH: its time over, the clocks go on, and nobody is told."""
    return one.asked.kind == "sudah"


def of_requests(world: World, asked: Sequence[Listed], found: Forecast) -> list[Coming]:
    """Return how Kominfo will be reminded of requests that nobody has decided."""
    items: list[Coming] = []
    for one in asked:
        look = one.asked.next_look_at
        if ends_wait(one) or look is None:
            continue
        moment: datetime | None = max(look, found.now)
        while moment is not None and moment <= found.until:
            late = moment >= one.asked.due_at
            told = _remind(world, one, moment, late=late)
            # What is still to be said when the time is over is not said any more.
            items += [item for item in told if late or item.at < one.asked.due_at]
            moment = None if late else max(one.asked.due_at, moment)
    return items


def _remind(world: World, one: Listed, at: datetime, *, late: bool) -> list[Coming]:
    what = "lewat" if late else "ingat"
    about, today = one.asked.complaint_id, world.today(at)
    posts = world.directory.resolve(Peran.ADMIN_KOORDINATOR, one.instansi_id, today, about)
    return [
        Coming(
            at=world.open_at(post.id, at, about),
            kind=f"permintaan_{what}",
            step=f"{one.asked.kind}_{what}",
            post_id=post.id,
            number=one.number,
            complaint_id=about,
            instansi_id=one.instansi_id,
            held=HELD_SHADOW if world.shadow else None,
        )
        for post in posts
    ]


def of_summaries(connection: Connection, world: World, found: Forecast) -> list[Coming]:
    """Return the summaries of the morning that will have come due, each once."""
    hours = [hour for hour in (world.policy.ringkasan, world.policy.rekap) if hour is not None]
    first, last = world.today(found.now), world.today(found.until)
    mornings = {
        datetime.combine(first + n * _DAY, hour, world.zone).astimezone(found.now.tzinfo)
        for n in range((last - first).days + 1)
        for hour in hours
    }
    moments = sorted({found.now} | {m for m in mornings if found.now < m <= found.until})
    items: dict[str, Coming] = {}
    for moment in moments:
        for row in decide_summaries(connection, world, moment, figures=False):
            items.setdefault(
                row["cause"],
                Coming(
                    at=moment,
                    kind=row["kind"],
                    step=row["step"],
                    post_id=row["post_id"],
                    held=row["hold_reason"],
                ),
            )
    return list(items.values())


def of_handovers(connection: Connection, world: World, found: Forecast) -> list[Coming]:
    """Return how those who take duties over will learn of it, on the first day of each handover."""
    first, last = world.today(found.now), world.today(found.until)
    due = {
        handovers.cause(one.id, one.to_post_id): one
        for one in world.directory.handovers.during(first, last)
    }
    known = summary.told(connection, due) if due else set()
    items: list[Coming] = []
    for cause, one in due.items():
        begins = datetime.combine(one.mulai, time(), world.zone).astimezone(found.now.tzinfo)
        at = world.open_at(one.to_post_id, max(found.now, begins, one.created_at + WAIT))
        day = world.today(at)
        nobody = world.directory.phone(one.to_post_id, day) is None
        if cause not in known and one.in_force(day) and not nobody:
            held = HELD_SHADOW if world.shadow else None
            kind = "serah_terima"
            items.append(Coming(at=at, kind=kind, step=kind, post_id=one.to_post_id, held=held))
    return items
