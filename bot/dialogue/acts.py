"""What an officer does to one complaint as a post, whichever way he says it: by phone, on a page.

The complaint is locked and the post answers for it. All of it is written; what is said back is the
caller's matter. Each raises `RefusedError` where the complaint's state does not allow it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import Final, Literal

from bot.dialogue import answers, standing
from bot.masking import mask
from bot.substance import lacking
from config.limits import TUTUP, Hour
from config.terms import Clock, Peran, Status
from config.words import Words
from scheduler.case import Case
from scheduler.complaint import CLOSED, RefusedError, Verb
from scheduler.directory import PostInfo
from scheduler.lifecycle import Desk
from scheduler.store import requests
from scheduler.store.session import Connection

MORNING: Final = Hour("jam", time(8))
"""When Kominfo is reminded of a request, on the day it is to decide it."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of an answer: it lacks something, waits for somebody, or counts."""

    missing: tuple[str, ...] = ()
    """What it lacks to be substantive, in the codes of `bot.substance`."""
    approver: str | None = None
    """Who must approve it, in a word or two."""


def check_open(case: Case) -> None:
    """Refuse what is closed, or nobody's."""
    if case.status in CLOSED:
        done = "diarsipkan" if case.status is Status.ARSIP else "selesai"
        raise RefusedError(f"aduan ini sudah {done}")
    if case.instansi_id is None:
        raise RefusedError("aduan ini belum diteruskan kepada instansi mana pun")


def check_in_hand(case: Case) -> None:
    """Refuse what is closed, nobody's, or waits for its reporter."""
    check_open(case)
    if case.status is Status.TUNDA:
        raise RefusedError("aduan ini sedang menunggu kelengkapan dari pelapor")


def accept(connection: Connection, desk: Desk, case: Case, post: PostInfo) -> bool:
    """TERIMA: the OPD acknowledges; False where it has done so since the clock started."""
    check_in_hand(case)
    since = _since(case)
    assert case.id is not None
    if since is not None and requests.happened_since(connection, case.id, Verb.ACCEPT, since):
        return False
    desk.accept(case, post.label)
    standing.write(connection, desk, case)
    return True


def lacks(case: Case, text: str, words: Words) -> tuple[str, ...]:
    """Return what an answer lacks to be substantive; a supplement may say what it will."""
    return () if answers.complete(case) else lacking(text, words)


def answer(
    connection: Connection,
    desk: Desk,
    case: Case,
    post: PostInfo,
    text: str,
    words: Words,
    inbound_id: int | None,
) -> Answered:
    """JAWAB: counts, waits for an approval, or says too little. One more is a supplement.

    `text` says something, and is not masked yet.
    """
    check_open(case)
    missing = lacks(case, text, words)
    about = (connection, desk, case, post, mask(text).strip(), inbound_id)
    if missing:
        answers.give_normative(*about, ", ".join(missing))
        return Answered(missing=missing)
    if post.peran not in answers.needs_none(desk.world):
        return Answered(approver=answers.put_up(*about))
    answers.give(*about)
    return Answered()


def answered_in_sp4n(
    connection: Connection, desk: Desk, case: Case, post: PostInfo, inbound_id: int | None
) -> datetime | None:
    """SUDAH: the OPD's clocks stand still for a working day, once for each run of `respon`.

    Kominfo is asked to look whether the answer is in SP4N; without its word or an export that
    shows the answer the clocks then go on. Returns until when; None where that has been said
    before, which is noted.
    """
    check_in_hand(case)
    assert case.id is not None
    standing.settle(connection, case.id, desk.at)
    since = _since(case)
    if since is not None and requests.asked_before(connection, case.id, "sudah", since):
        desk.remark(case, "sudah_lagi", post.label, None)
        standing.write(connection, desk, case)
        return None
    calendar = desk.world.calendar(case.instansi_id)
    today = calendar.local_date(desk.at)
    until = calendar.at(calendar.nth_after(today, 1), TUTUP)
    event = desk.wait_for_sp4n(case, post.label, until)
    requests.ask(
        connection,
        case.id,
        "sudah",
        body=None,
        post_id=post.id,
        decider=None,
        inbound_id=inbound_id,
        at=desk.at,
        due_at=until,
        next_look_at=until,
    )
    told = [one for one in desk.coordinators(case) if one.id != post.id]
    desk.tell_posts(case, event, told, "minta_sudah", limit_at=until)
    standing.write(connection, desk, case)
    return until


def request(
    connection: Connection,
    desk: Desk,
    case: Case,
    post: PostInfo,
    kind: Literal["bukan", "tunda"],
    reason: str,
    inbound_id: int | None,
) -> bool:
    """BUKAN or TUNDA: enter a request with Kominfo's one working day; the OPD's clock runs on.

    `reason` is masked already. False where such a request waits already.
    """
    check_in_hand(case)
    assert case.id is not None
    waiting = standing.settle(connection, case.id, desk.at)
    if any(one.kind == kind for one in waiting):
        return False
    due_at = answers.decided_by(desk.world, desk.at)
    calendar = desk.world.calendar(None)
    requests.ask(
        connection,
        case.id,
        kind,
        body=reason,
        post_id=post.id,
        decider=Peran.ADMIN_KOORDINATOR,
        inbound_id=inbound_id,
        at=desk.at,
        due_at=due_at,
        next_look_at=calendar.at(calendar.local_date(due_at), MORNING),
    )
    event = desk.remark(case, f"{kind}_diminta", post.label, reason)
    desk.tell_posts(case, event, desk.coordinators(case), f"minta_{kind}", reason, limit_at=due_at)
    standing.write(connection, desk, case)
    return True


def _since(case: Case) -> datetime | None:
    """Return since when the OPD has had the complaint, this time."""
    run = case.open_run(Clock.RESPON)
    return run.opened_at if run else case.disposed_at
