"""An OPD's answer: it counts at once, waits for an approval, or says too little to count."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from bot.dialogue import standing
from bot.dialogue.telling import limit
from config.limits import TUTUP
from config.policy import Stop
from config.terms import Clock, Peran, Status
from scheduler.case import Case
from scheduler.complaint import RefusedError
from scheduler.directory import PostInfo
from scheduler.lifecycle import Desk
from scheduler.store import requests
from scheduler.store.requests import Asked, Kind
from scheduler.store.session import Connection
from scheduler.world import World

_APPROVED: Final = {
    "tidak": frozenset(Peran),
    "penghubung": frozenset({Peran.PEJABAT_PENGHUBUNG, Peran.KEPALA_OPD, Peran.ADMIN_KOORDINATOR}),
    "kominfo": frozenset({Peran.ADMIN_KOORDINATOR}),
}
"""By `persetujuan_jawaban`: whose answers need nobody's approval."""


def needs_none(world: World) -> frozenset[Peran]:
    """Return the roles whose answers count without an approval."""
    return _APPROVED[world.policy.persetujuan_jawaban]


def answered(case: Case) -> bool:
    """Return whether a complaint has an answer that its OPD had to give."""
    return case.status is Status.PROSES and case.open_run(Clock.RESPON) is None


def complete(case: Case) -> bool:
    """Return whether it has all the answer it is owed, so that another one is a supplement.

    Where any answer stops `respon`, and only a substantive one `penyelesaian`, a normative one
    leaves an answer owed: what comes after it must say something too.
    """
    owed = case.answered_at is None and case.open_run(Clock.PENYELESAIAN) is not None
    return answered(case) and not owed


def decided_by(world: World, at: datetime) -> datetime:
    """Return when Kominfo's one working day to decide is over: D+1, at the cut-off."""
    calendar = world.calendar(None)
    return calendar.at(calendar.nth_after(calendar.local_date(at), 1), TUTUP)


def give(
    connection: Connection,
    desk: Desk,
    case: Case,
    post: PostInfo,
    body: str,
    inbound_id: int | None,
) -> None:
    """Record an answer that counts: clocks stop, the reporter is told. All of it is written."""
    assert case.id is not None
    if not complete(case):
        # Of what happens in one moment the times do not tell which was first.
        _let_go(connection, desk, case.id, ("jawaban", "normatif"), post.label)
    desk.answer(case, post.label, body)
    _keep(connection, desk, case, body, post.id, inbound_id)
    standing.write(connection, desk, case)


def give_normative(
    connection: Connection,
    desk: Desk,
    case: Case,
    post: PostInfo,
    body: str,
    inbound_id: int | None,
    missing: str,
) -> None:
    """Record an answer that says too little: the clock goes on unless Kominfo accepts it."""
    assert case.id is not None
    desk.answer(case, post.label, body, substantive=False)
    requests.keep_answer(
        connection,
        case.id,
        body,
        desk.at,
        post_id=post.id,
        inbound_id=inbound_id,
        substantive=False,
        to_copy=False,
    )
    event = desk.remark(case, "normatif_diminta", post.label, missing)
    decider = Peran.ADMIN_KOORDINATOR
    _ask_anew(connection, desk, case, post, "normatif", body, inbound_id, decider)
    told = [one for one in desk.coordinators(case) if one.id != post.id]
    limit_at = limit(desk.world, case, desk.at)
    desk.tell_posts(case, event, told, "jawaban_normatif", body, limit_at=limit_at)
    standing.write(connection, desk, case)


def put_up(
    connection: Connection,
    desk: Desk,
    case: Case,
    post: PostInfo,
    body: str,
    inbound_id: int | None,
) -> str:
    """Have an answer wait for its approval; clocks go on. Returns who approves, in a word or two.

    Where nobody holds the post of the pejabat_penghubung, Kominfo approves.
    """
    world = desk.world
    approvers: list[PostInfo] = []
    if world.policy.persetujuan_jawaban == "penghubung":
        approvers = world.directory.resolve(
            Peran.PEJABAT_PENGHUBUNG, case.instansi_id, world.today(desk.at), case.id
        )
    decider = Peran.PEJABAT_PENGHUBUNG if approvers else Peran.ADMIN_KOORDINATOR
    event = desk.remark(case, "jawaban_diminta", post.label, None)
    _ask_anew(connection, desk, case, post, "jawaban", body, inbound_id, decider)
    told = approvers or desk.coordinators(case)
    desk.tell_posts(case, event, told, "minta_setuju", body, limit_at=limit(world, case, desk.at))
    standing.write(connection, desk, case)
    return approvers[0].jabatan if approvers else "Kominfo"


def count(connection: Connection, desk: Desk, case: Case, asked: Asked) -> None:
    """Let an answer count that was approved, or accepted as it is."""
    assert case.id is not None
    posts = desk.world.directory.posts
    post = posts.get(asked.post_id) if asked.post_id is not None else None
    body = asked.body or ""
    desk.answer(case, post.label if post else "opd", body)
    in_sp4n = case.tracking_id is not None
    if asked.kind == "normatif" and requests.accept_answer(connection, asked, to_copy=in_sp4n):
        return
    _keep(connection, desk, case, body, asked.post_id, asked.inbound_id)


def copied(connection: Connection, desk: Desk, case: Case, by: str) -> int:
    """Note that the answers of a locked complaint were copied into SP4N; return how many were not.

    Clocks that stop once the answer is recorded in SP4N stop. All of it is written.
    """
    assert case.id is not None
    if case.tracking_id is None:
        raise RefusedError(f"aduan {case.number} belum ada di SP4N-LAPOR!")
    done = requests.mark_copied(connection, case.id, desk.at)
    if done:
        desk.remark(case, "disalin", by, None)
        for clock in (Clock.RESPON, Clock.PENYELESAIAN):
            run = case.open_run(clock)
            rules = desk.world.clock(run) if run is not None else None
            if rules is not None and rules.stop is Stop.TERCATAT_SP4N:
                desk.stop(case, clock, desk.at, "tercatat di SP4N")
        standing.write(connection, desk, case)
    return done


def _keep(
    connection: Connection,
    desk: Desk,
    case: Case,
    body: str,
    post_id: int | None,
    inbound_id: int | None,
) -> None:
    assert case.id is not None
    requests.keep_answer(
        connection,
        case.id,
        body,
        desk.at,
        post_id=post_id,
        inbound_id=inbound_id,
        substantive=True,
        to_copy=case.tracking_id is not None,
    )


def _ask_anew(
    connection: Connection,
    desk: Desk,
    case: Case,
    post: PostInfo,
    kind: Kind,
    body: str,
    inbound_id: int | None,
    decider: Peran,
) -> None:
    """Ask for a decision on an answer; it takes the place of one that still waits for it."""
    assert case.id is not None
    _let_go(connection, desk, case.id, (kind,), post.label)
    requests.ask(
        connection,
        case.id,
        kind,
        body=body,
        post_id=post.id,
        decider=decider,
        inbound_id=inbound_id,
        at=desk.at,
        due_at=decided_by(desk.world, desk.at),
        next_look_at=None,
    )


def _let_go(
    connection: Connection, desk: Desk, complaint_id: int, kinds: tuple[Kind, ...], by: str
) -> None:
    """Let answers go that wait for a decision: another one takes their place."""
    for one in requests.open_of(connection, complaint_id):
        if one.kind in kinds:
            standing.close(connection, one, "gugur", by=by, at=desk.at, reason="diganti")
