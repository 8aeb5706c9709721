"""Decides on an officer's request, exactly once: by SETUJU and TOLAK, a command or a page."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from bot.dialogue import answers, standing
from bot.dialogue.telling import asker, limit
from config.terms import Peran, Status
from scheduler.case import Case
from scheduler.complaint import RefusedError
from scheduler.directory import PostInfo
from scheduler.ledger import KOMINFO
from scheduler.lifecycle import Desk
from scheduler.store.requests import Asked, State
from scheduler.store.session import Connection

NAMES: Final = {
    "bukan": "permintaan bukan wewenang",
    "tunda": "permintaan penundaan",
    "jawaban": "jawaban instansi",
    "normatif": "jawaban yang belum substantif",
    "sudah": "pernyataan sudah dijawab di SP4N",
}
"""What is decided, in words: of several that wait, whoever decides must see which it was."""

_REFUSED: Final = {"jawaban": "jawaban_ditolak", "sudah": "sudah_ditolak"}
"""The message about a refusal, where it is one of its own."""
_CONFIRMED: Final = frozenset({"normatif", "sudah"})
"""What stops a clock if it is granted, and without a decision ends in nothing."""


def needs_reason(asked: Asked) -> bool:
    """Return whether a refusal must say why: not where that is plain by itself."""
    return asked.kind not in _CONFIRMED


def next_of(open_: Iterable[Asked], may: Callable[[Asked], bool] = lambda _: True) -> Asked | None:
    """Return which of the open requests of a complaint, oldest first, is decided next.

    A normative answer and a `sudah` come last: they need no decision, and a SETUJU that is meant
    for what was asked beside them must not stop a clock.
    """
    found = [one for one in open_ if may(one)]
    return min(found, key=lambda one: one.kind in _CONFIRMED, default=None)


def deciding(posts: Iterable[PostInfo], asked: Asked) -> PostInfo | None:
    """Return which of somebody's posts, all of which answer for the complaint, may decide.

    A pejabat_penghubung decides the answers that wait for him, Kominfo everything: also a `sudah`,
    which names nobody, since SP4N's next export may decide it first.
    """
    fit = [post for post in posts if post.peran is asked.decider]
    kominfo = [post for post in posts if post.peran is Peran.ADMIN_KOORDINATOR]
    return next(iter(fit or kominfo), None)


def decide(
    connection: Connection,
    desk: Desk,
    case: Case,
    by: str,
    *,
    yes: bool,
    reason: str | None = None,
    may: Callable[[Asked], bool] = lambda _: True,
) -> Asked | None:
    """Decide the next open request of a locked complaint that `may` be decided; None: no such.

    `by` is who decides, for the record. All of it is written. Raises `RefusedError` where the
    complaint's state does not allow what was asked for, or where a refusal has no `reason` to
    tell the OPD.
    """
    assert case.id is not None
    open_ = standing.settle(connection, case.id, desk.at)
    asked = next_of(open_, may)
    if asked is None:
        return None
    if not yes and not reason and needs_reason(asked):
        raise RefusedError("alasan penolakan belum disebutkan")
    state: State = "diterima" if yes else "ditolak"
    if not standing.close(connection, asked, state, by=by, at=desk.at, reason=reason):
        raise RefusedError("permintaan ini sudah diputuskan")
    if yes:
        _grant(connection, desk, case, asked, by)
    else:
        _refuse(desk, case, asked, by, reason)
    standing.write(connection, desk, case)
    return asked


def _grant(connection: Connection, desk: Desk, case: Case, asked: Asked, by: str) -> None:
    event = desk.remark(case, "setuju", by, asked.kind)
    told = asker(desk, case, asked.post_id)
    if asked.kind in ("bukan", "tunda") and case.status is Status.TUNDA:
        raise RefusedError("aduan ini sedang menunggu kelengkapan dari pelapor")
    if asked.kind == "bukan":
        desk.give_back(case, KOMINFO, asked.body or "bukan wewenang")
    elif asked.kind == "tunda":
        desk.pause(case, KOMINFO, asked.body)
    elif asked.kind == "sudah":
        post = desk.world.directory.posts.get(asked.post_id or 0)
        desk.answer(case, post.label if post else "opd", in_sp4n=True)
    else:
        answers.count(connection, desk, case, asked)
        desk.tell_posts(case, event, told, "jawaban_disetujui")
        return
    desk.tell_posts(case, event, told, "permintaan_disetujui", asked.kind)


def _refuse(desk: Desk, case: Case, asked: Asked, by: str, reason: str | None) -> None:
    note = f"{asked.kind}: {reason}" if reason else asked.kind
    event = desk.remark(case, "tolak", by, note)
    if asked.kind == "normatif":
        return  # the officer knows already what is missing
    if asked.kind == "sudah":
        desk.wait_no_longer(case)
    kind = _REFUSED.get(asked.kind, "permintaan_ditolak")
    told = asker(desk, case, asked.post_id)
    desk.tell_posts(case, event, told, kind, reason, limit_at=limit(desk.world, case, desk.at))
