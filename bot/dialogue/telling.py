"""Whom to tell what became of a request, and how numbers and limits read."""

from __future__ import annotations

from datetime import datetime

from bot.masking import mask
from config.terms import Clock, Peran
from scheduler.case import Case
from scheduler.directory import PostInfo
from scheduler.escalation import limits_to_print
from scheduler.lifecycle import Desk
from scheduler.world import World


def asker(desk: Desk, case: Case, post_id: int | None) -> list[PostInfo]:
    """Return whom to tell what became of a request: the post that made it, if anybody holds it.

    Else those who would answer for the instansi now.
    """
    directory, today = desk.world.directory, desk.world.today(desk.at)
    post = directory.posts.get(post_id) if post_id is not None else None
    if post is not None and directory.phone(post.id, today, case.id) is not None:
        return [post]
    if case.instansi_id is None:
        return []
    return directory.resolve(Peran.ADMIN_OPD, case.instansi_id, today, case.id)


def echoed(number: str) -> str:
    """Return a number as it may be said back to who wrote it; empty: it may be a telephone's."""
    return number if mask(number) == number else ""


def printed(case: Case) -> str:
    """Return a complaint's number as officers read it: "SP4N #9000001" or "SPG-2611-0042"."""
    return f"SP4N #{case.tracking_id}" if case.tracking_id else case.number


def limit(world: World, case: Case, at: datetime) -> datetime | None:
    """Return the adjusted limit for the answer, as letters print it.

    None where nothing runs: no clock, a pause (its end moves the limit), a ladder that is held.
    """
    run = case.open_run(Clock.RESPON)
    if run is None or run.paused_at is not None or case.hold_reason is not None:
        return None
    ladder = world.ladder(case, run) if world.knows(run) else None
    return limits_to_print(ladder, run.facts(case.counted_as), at)[0] if ladder else run.limit_at
