"""What waits for somebody: complaints to answer, requests to decide; DAFTAR, and what to pick."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.dialogue import decisions, standing
from bot.dialogue.acting import ACTING, answering, taken_over
from bot.dialogue.talk import Talk
from bot.dialogue.telling import limit
from bot.wording import tanggal
from config.terms import LEADERS, Channel, Clock, Peran, Status
from scheduler.case import Case
from scheduler.directory import PostInfo
from scheduler.store import cases, people
from scheduler.store.duties import Owed, owed
from scheduler.store.people import Mine
from scheduler.store.requests import Listed
from scheduler.world import World

MOST: Final = 1000
"""More duties than this are not counted one by one."""
SHOWN: Final = 60
"""More lines than this have room in no message."""
_ASKED: Final = {
    "bukan": "BUKAN wewenang",
    "tunda": "minta TUNDA",
    "jawaban": "jawaban menunggu persetujuan",
    "normatif": "jawaban belum substantif",
    "sudah": "SUDAH di SP4N, mohon dicek",
}


@dataclass(frozen=True, slots=True)
class Item:
    """Something that waits; `what` says what for, after its number."""

    complaint_id: int
    number: str
    what: str | None = None
    asked: int = 0
    """How many requests wait of it."""


def below(world: World, posts: Iterable[PostInfo]) -> set[int]:
    """Return the instansi of posts, and the units below them."""
    directory = world.directory
    own = {post.instansi_id for post in posts}
    if any(post.peran is Peran.ADMIN_KOORDINATOR for post in posts):
        return set(directory.bodies)
    return {key for key in directory.bodies if any(body.id in own for body in directory.line(key))}


def duties_of(talk: Talk, posts: Sequence[PostInfo]) -> list[Item]:
    """Return what the instansi of posts owe an answer to, the most urgent first.

    With it what their holder took over, as long as it is with the instansi he took it from.
    """
    also = [(ids, below(talk.world, [giver])) for giver, ids in taken_over(talk, posts).items()]
    found = people.duties(talk.connection, below(talk.world, posts), MOST, also)
    return [Item(one.id, one.number) for one in found]


def decisions_of(talk: Talk, posts: Sequence[PostInfo]) -> list[Item]:
    """Return the complaints of which requests wait that whoever wrote may decide, oldest first."""
    roles = {post.peran for post in (*posts, *taken_over(talk, posts))}
    if not roles & {Peran.ADMIN_KOORDINATOR, Peran.PEJABAT_PENGHUBUNG}:
        return []
    found: dict[int, list[Listed]] = {}
    for one in standing.waiting(talk.connection):
        posts_on_it = answering(talk, one.instansi_id, ACTING, one.asked.complaint_id)
        if decisions.deciding(posts_on_it, one.asked) is not None:
            found.setdefault(one.asked.complaint_id, []).append(one)
    return [_decision(talk, several) for several in found.values()]


def _decision(talk: Talk, several: Sequence[Listed]) -> Item:
    """Name what is asked of a complaint, first what a decision would be on."""
    left = [one.asked for one in several]
    kinds: list[str] = []
    while (asked := decisions.next_of(left)) is not None:
        left.remove(asked)
        kinds.append(_ASKED[asked.kind])
    body = talk.world.directory.bodies.get(several[0].instansi_id or 0)
    what = f"{', '.join(kinds)}{f' ({body.short})' if body else ''}"
    return Item(several[0].asked.complaint_id, several[0].number, what, len(kinds))


def lines(talk: Talk, items: Sequence[Item]) -> list[str]:
    """Return each as a line: its number, and what waits until when.

    What no message has room for has a line all the same, so that it is counted.
    """
    loaded = cases.load_cases(
        talk.connection, [one.complaint_id for one in items[:SHOWN] if one.what is None]
    )
    return [
        f"{item.number} {item.what}"
        if item.what is not None
        else _line(talk, item, loaded.get(item.complaint_id))
        for item in items
    ]


def _line(talk: Talk, item: Item, case: Case | None) -> str:
    if case is None:
        return item.number
    said = [item.number]
    if case.kategori and talk.arrived.channel is not Channel.SMS:
        said.append(case.kategori)
    run = case.open_run(Clock.RESPON)
    limit_at = limit(talk.world, case, talk.at)
    if case.status is Status.TUNDA:
        said.append("ditunda")
    elif run is not None and run.paused_at is not None:
        said.append("menunggu data SP4N")
    elif limit_at is not None:
        when = tanggal(limit_at, talk.world.zone)
        said.append(f"TERLAMBAT, batas {when}" if limit_at < talk.at else f"s.d. {when}")
    return " ".join(said)


# --- DAFTAR -----------------------------------------------------------------------------------


def show(talk: Talk, posts: Sequence[PostInfo]) -> None:
    """DAFTAR: what waits for the holder of posts, as the highest of them would ask it."""
    roles = {post.peran for post in posts}
    if Peran.ADMIN_KOORDINATOR in roles:
        title, listed = _for_kominfo(talk, posts)
    elif roles <= LEADERS:
        title, listed = _for_leaders(talk, posts)
    else:
        title, listed = _for_officers(talk, [p for p in posts if p.peran not in LEADERS])
    if listed:
        talk.say("daftar", judul=title, baris="\n".join(listed))
        talk.done("daftar")
    else:
        talk.say("daftar_kosong")
        talk.done("daftar_kosong")


def _for_officers(talk: Talk, posts: Sequence[PostInfo]) -> tuple[str, list[str]]:
    waiting, found = decisions_of(talk, posts), duties_of(talk, posts)
    said = {"menunggu keputusan": _requests(waiting), "aduan menunggu jawaban": len(found)}
    return _counted(said), lines(talk, waiting + found)


def _for_kominfo(talk: Talk, posts: Sequence[PostInfo]) -> tuple[str, list[str]]:
    waiting = decisions_of(talk, posts)
    unverified = people.undisposed(talk.connection, MOST)
    found = owed(talk.connection, below(talk.world, posts), talk.at)
    of_bodies = _per_body(talk, found, " aduan")
    counts = _counted({"permintaan": _requests(waiting), "verifikasi": len(unverified)})
    nothing = "Tidak ada yang menunggu Kominfo; belum dijawab"
    return (
        f"{counts} menunggu Kominfo" if counts else nothing,
        lines(talk, waiting) + [_unverified(talk, one) for one in unverified] + of_bodies,
    )


def _counted(said: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in said.items() if count)


def _requests(items: Iterable[Item]) -> int:
    return sum(item.asked for item in items)


def _unverified(talk: Talk, one: Mine) -> str:
    if one.limit_at is None:
        return f"{one.number} verifikasi"
    when = tanggal(one.limit_at, talk.world.zone)
    late = one.limit_at < talk.at
    return f"{one.number} verifikasi {f'TERLAMBAT, batas {when}' if late else f's.d. {when}'}"


def _for_leaders(talk: Talk, posts: Sequence[PostInfo]) -> tuple[str, list[str]]:
    directory, today = talk.world.directory, talk.world.today(talk.at)
    found = owed(talk.connection, below(talk.world, posts), talk.at)
    if all(post.peran is Peran.ASISTEN for post in posts):
        own = set(posts)
        found = [
            one
            for one in found
            if own & set(directory.resolve(Peran.ASISTEN, one.instansi_id, today))
        ]
    total, late = sum(one.count for one in found), sum(one.late for one in found)
    return (
        f"{total} aduan menunggu jawaban, {late} terlambat",
        _per_body(talk, found),
    )


def _per_body(talk: Talk, found: Sequence[Owed], what: str = "") -> list[str]:
    bodies = talk.world.directory.bodies
    return [
        f"{bodies[one.instansi_id].short} {one.count}{what}"
        + (f" ({one.late} terlambat)" if one.late else "")
        for one in found
        if one.instansi_id in bodies
    ]
