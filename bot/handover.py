"""Serah terima: open duties of a post handed to another officer during a leave.

A handover is a row and its complaints; who is told and who may act follows from it by date
(`scheduler.handover`). Here one is made and ended, and both posts learn of it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, Final

from bot.explanation import tanggal
from config.terms import Clock, NoticeStatus, Peran
from scheduler.case import Case
from scheduler.complaint import CLOSED, RefusedError
from scheduler.directory import PostInfo
from scheduler.handover import HANDING, Handover
from scheduler.ledger import HELD_SHADOW
from scheduler.lifecycle import Desk
from scheduler.store import cases, handover_lists, handovers, summary
from scheduler.store.handled import WAIT
from scheduler.store.handover_lists import Duty, Listed, Owes
from scheduler.store.session import Connection, Engine, reading, uncrossed, writing
from scheduler.store.visible import Scope
from scheduler.world import World

MOST: Final = 500
"""Complaints in one handover."""
LONGEST: Final = timedelta(days=100)
"""A leave of three months and a little; whoever is away for longer has an acting one (Plh)."""
AHEAD: Final = timedelta(days=366)
REASONS: Final = {"cuti": "Cuti", "sakit": "Sakit", "dinas_luar": "Dinas luar"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A handover as somebody asks for it; both dates are included, in the installation's zone."""

    giver: PostInfo
    taker: PostInfo
    mulai: date
    selesai: date
    reason: str
    complaint_ids: frozenset[int]


# --- what can be handed over ------------------------------------------------------------------


def givers(world: World, scope: Scope) -> list[PostInfo]:
    """Return the posts of a scope that may hand duties over, by instansi and label."""
    posts = [
        post
        for post in world.directory.posts.values()
        if post.peran in HANDING and (scope is None or post.instansi_id in scope)
    ]
    names = world.directory.bodies
    return sorted(posts, key=lambda post: (names[post.instansi_id].nama, post.label))


def takers(world: World, giver: PostInfo, on: date, scope: Scope) -> list[PostInfo]:
    """Return who may take a post's duties over from a date on: first those of its own instansi.

    Of the same government, with a usable phone; for an OPD one of its own and its units' only.
    """
    directory = world.directory
    government = directory.government(giver.instansi_id)
    found = [
        post
        for post in givers(world, scope)
        if post.id != giver.id
        and directory.government(post.instansi_id) == government
        and directory.phone(post.id, on) is not None
    ]
    return sorted(found, key=lambda post: post.instansi_id != giver.instansi_id)


def duties(
    connection: Connection, world: World, giver: PostInfo, mulai: date, selesai: date
) -> list[Duty]:
    """Return the open duties of a post, the most urgent first: what the ladders would tell it.

    With it what it has taken over itself for some of these days; one more than `MOST` at most.
    """
    return handover_lists.duties(connection, _owes(world, giver, mulai, selesai), MOST + 1)


def _owes(world: World, giver: PostInfo, mulai: date, selesai: date) -> Owes:
    during = world.directory.handovers.during(mulai, selesai)
    taken = (one.complaints for one in during if one.to_post_id == giver.id)
    also: frozenset[int] = frozenset().union(*taken)
    if giver.peran is Peran.ADMIN_KOORDINATOR:
        return Owes((Clock.VERIFIKASI,), None, Peran.ADMIN_KOORDINATOR, also)
    bodies = world.directory.bodies_of(giver, mulai)
    return Owes((Clock.RESPON, Clock.PENYELESAIAN), bodies, None, also)


# --- making one -------------------------------------------------------------------------------


def hand_over(
    engine: Engine,
    world: World,
    wanted: Wanted,
    at: datetime,
    *,
    user_id: int,
    actor: str,
    scope: Scope = None,
) -> int:
    """Make a handover, whole or not at all; return its id. The post that gives is told.

    `actor` is who does it, for the audit trail. Raises `RefusedError` with an Indonesian sentence
    where it cannot be: outside `scope`, over already, handed over to somebody else already.
    """
    _check(world, wanted, world.today(at), scope)
    return uncrossed(partial(_hand_over, engine, world, wanted, at, user_id, actor, scope))


def _hand_over(
    engine: Engine,
    world: World,
    wanted: Wanted,
    at: datetime,
    user_id: int,
    actor: str,
    scope: Scope,
) -> int:
    ids = wanted.complaint_ids
    with writing(engine) as connection:
        loaded = cases.load_cases(connection, ids, lock=True)
        _check_duties(connection, world, wanted, loaded, scope)
        _check_clashes(connection, world, wanted)
        made = handovers.add(
            connection,
            from_post_id=wanted.giver.id,
            to_post_id=wanted.taker.id,
            mulai=wanted.mulai,
            selesai=wanted.selesai,
            reason=wanted.reason,
            user_id=user_id,
            complaint_ids=ids,
            at=at,
        )
        desk = Desk(world, at)
        note = _note(wanted)
        for case in loaded.values():
            desk.remark(case, "serah_terima", actor, note, at=max(at, case.last_event_at))
        cases.write(connection, desk.changes)
        printed = handover_lists.still_open(connection, ids)
        days = wanted.mulai, wanted.selesai
        row = _row(world, made, wanted.giver, "serah_terima_tercatat", wanted.taker, days, printed)
        _put(connection, world, [row], at, at + WAIT)
    return made


def wrong_days(mulai: date, selesai: date, today: date) -> str | None:
    """Return what is wrong with the days of a handover, an Indonesian sentence, or None."""
    if selesai < mulai:
        return "tanggal selesai mendahului tanggal mulai"
    if mulai < today:
        return "tanggal mulai sudah lewat"
    if mulai - today > AHEAD:
        return "tanggal mulai paling jauh satu tahun lagi"
    if selesai - mulai >= LONGEST:
        days = LONGEST.days
        return (
            f"serah terima paling lama {days} hari; untuk yang lebih lama, catat Plh di direktori"
        )
    return None


def _check(world: World, wanted: Wanted, today: date, scope: Scope) -> None:
    directory, giver, taker = world.directory, wanted.giver, wanted.taker
    if giver not in givers(world, scope):
        raise RefusedError("jabatan yang menyerahkan tidak ditemukan")
    wrong = wrong_days(wanted.mulai, wanted.selesai, today)
    if wrong is not None:
        raise RefusedError(wrong)
    if giver == taker or taker not in givers(world, scope):
        raise RefusedError("jabatan yang menerima tidak ditemukan")
    if directory.government(giver.instansi_id) != directory.government(taker.instansi_id):
        raise RefusedError("penerima harus dari pemerintah daerah yang sama")
    if directory.phone(taker.id, wanted.mulai) is None:
        raise RefusedError(
            f"{taker.label} tidak mempunyai nomor yang dapat dihubungi pada {tanggal(wanted.mulai)}"
        )
    if not wanted.complaint_ids:
        raise RefusedError("tidak ada aduan yang dipilih")
    if len(wanted.complaint_ids) > MOST:
        raise RefusedError(f"paling banyak {MOST} aduan dalam satu serah terima")


def _check_duties(
    connection: Connection, world: World, wanted: Wanted, loaded: dict[int, Case], scope: Scope
) -> None:
    """Refuse what is no duty of the post: closed meanwhile, another's, or nothing at all.

    Of a complaint outside of `scope` not even its number is told.
    """
    owes = _owes(world, wanted.giver, wanted.mulai, wanted.selesai)
    only = wanted.complaint_ids
    owned = {one.id for one in handover_lists.duties(connection, owes, MOST, only)}
    for key in sorted(wanted.complaint_ids):
        case = loaded.get(key)
        foreign = case is not None and scope is not None and case.instansi_id not in scope
        if case is None or case.merged_into_id is not None or (foreign and key not in owned):
            raise RefusedError("aduan yang dipilih tidak ditemukan")
        if case.status in CLOSED:
            raise RefusedError(f"aduan {case.number} sudah {case.status}")
        if key not in owned:
            raise RefusedError(f"aduan {case.number} bukan tugas {wanted.giver.label}")


def _check_clashes(connection: Connection, world: World, wanted: Wanted) -> None:
    """Refuse what the post has handed over already, or its taker hands on himself, those days."""
    posts = world.directory.posts
    both = (wanted.giver.id, wanted.taker.id)
    days = wanted.mulai, wanted.selesai
    for clash in handovers.clashes(connection, both, wanted.complaint_ids, *days):
        other = posts[clash.to_post_id].label
        if clash.from_post_id == wanted.giver.id:
            raise RefusedError(
                f"aduan {clash.number} sudah diserahterimakan kepada {other} pada tanggal itu"
            )
        raise RefusedError(
            f"{wanted.taker.label} sendiri menyerahkan aduan {clash.number} kepada {other} pada "
            "tanggal itu; pilih penerima lain"
        )


def _note(wanted: Wanted) -> str:
    reason = REASONS.get(wanted.reason, wanted.reason).lower()
    return (
        f"{wanted.giver.label} kepada {wanted.taker.label}, {tanggal(wanted.mulai)} s.d. "
        f"{tanggal(wanted.selesai)} ({reason})"
    )


# --- ending one -------------------------------------------------------------------------------


def end(
    engine: Engine, world: World, handover_id: int, at: datetime, *, actor: str, scope: Scope = None
) -> Listed:
    """End a handover before its last day: from now on everything is its post's own again.

    Whoever was told of it is told; whoever was not yet, is told nothing any more. Raises
    `RefusedError` where it is over.
    """
    return uncrossed(partial(_end, engine, world, handover_id, at, actor, scope))


def _end(
    engine: Engine, world: World, handover_id: int, at: datetime, actor: str, scope: Scope
) -> Listed:
    with writing(engine) as connection:
        ids = handovers.complaints_of(connection, handover_id)
        loaded = cases.load_cases(connection, ids, lock=True)
        found = handover_lists.one(connection, handover_id, scope)
        if found is None:
            raise RefusedError("serah terima ini tidak ditemukan")
        over = found.ended_at is not None or found.selesai < world.today(at)
        if over or not handovers.end(connection, handover_id, at):
            raise RefusedError("serah terima ini sudah berakhir")
        desk = Desk(world, at)
        note = f"kembali kepada {found.from_post}"
        for case in loaded.values():
            if case.status not in CLOSED and case.merged_into_id is None:
                desk.remark(
                    case, "serah_terima_berakhir", actor, note, at=max(at, case.last_event_at)
                )
        cases.write(connection, desk.changes)
        posts = world.directory.posts
        both = [found.from_post_id, found.to_post_id]
        handovers.hush(connection, handover_id, both, at)
        printed = handover_lists.still_open(connection, ids)
        giver, days = posts[found.from_post_id], (found.mulai, found.selesai)
        rows = [
            _row(world, handover_id, posts[key], "serah_terima_berakhir", giver, days, printed)
            | {"cause": f"handover/{handover_id}/berakhir/{key}"}
            for key in handovers.told(connection, handover_id, both)
            if printed
        ]
        _put(connection, world, rows, at, at)
    return found


# --- telling ----------------------------------------------------------------------------------


def tell_handovers(engine: Engine, world: World, at: datetime) -> int:
    """Tell whoever takes duties over that a handover has begun; return how many are told.

    Once, on its first day (or the first on which he can be disturbed), of what is open then.
    Any worker may, each is made once. Where none is in force nothing is asked of the database.
    """
    due = {handovers.cause(one.id, one.to_post_id): one for one in _beginning(world, at)}
    if not due:
        return 0
    with reading(engine) as connection:
        missing = {key: due[key] for key in sorted(due.keys() - summary.told(connection, due))}
        rows = [
            row for one in missing.values() if (row := _begins(connection, world, one)) is not None
        ]
    if not rows:
        return 0
    with writing(engine) as connection:
        return _put(connection, world, rows, at, at)


def _beginning(world: World, at: datetime) -> list[Handover]:
    today = world.today(at)
    return [
        one
        for one in world.directory.handovers.in_force(today)
        # What was just made at a desk may be taken back for a moment.
        if one.created_at + WAIT <= at
        and world.directory.phone(one.to_post_id, today) is not None
        and world.open_at(one.to_post_id, at) <= at
    ]


def _begins(connection: Connection, world: World, one: Handover) -> dict[str, Any] | None:
    posts = world.directory.posts
    printed = handover_lists.still_open(connection, one.complaints)
    if not printed or one.from_post_id not in posts:
        return None
    taker, giver = posts[one.to_post_id], posts[one.from_post_id]
    return _row(world, one.id, taker, "serah_terima", giver, (one.mulai, one.selesai), printed)


def _row(
    world: World,
    handover_id: int,
    post: PostInfo,
    kind: str,
    other: PostInfo,
    days: tuple[date, date],
    printed: Sequence[str],
) -> dict[str, Any]:
    """Return a notice as a row; `bot.texts` reads its note."""
    return {
        "cause": handovers.cause(handover_id, post.id),
        "kind": kind,
        "step": kind,
        "post_id": post.id,
        "peran": post.peran,
        "note": f"{other.label}\n{days[0]} {days[1]}\n{', '.join(printed)}",
        "status": NoticeStatus.HELD if world.shadow else NoticeStatus.PENDING,
        "hold_reason": HELD_SHADOW if world.shadow else None,
        "occurrence": 1,
        "copy": False,
        "in_digest": False,
    }


def _put(
    connection: Connection,
    world: World,
    rows: Collection[dict[str, Any]],
    at: datetime,
    not_before: datetime,
) -> int:
    """Write notices, each once; none for a post that nobody can be told of today."""
    today = world.today(at)
    timed = [
        {
            **row,
            "send_after": world.open_at(row["post_id"], not_before),
            "due_at": at,
            "created_at": at,
        }
        for row in rows
        if world.directory.phone(row["post_id"], today) is not None
    ]
    return handovers.put(connection, timed)
