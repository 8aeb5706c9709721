"""As which of his posts somebody acts on a complaint."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from bot.conversation import Word
from bot.dialogue.answers import needs_none
from bot.dialogue.rights import answers_for, posts_on
from bot.dialogue.talk import Talk
from config.terms import LEADERS, Peran
from scheduler.directory import PostInfo

ACTING: Final = (
    Peran.ADMIN_OPD,
    Peran.PEJABAT_PENGHUBUNG,
    Peran.KEPALA_OPD,
    Peran.ADMIN_KOORDINATOR,
)
"""The roles that act on complaints: those of an OPD, the most fitting first, and Kominfo."""
LOOKING: Final = (*ACTING, *sorted(LEADERS))
"""The roles that may see how complaints stand."""


def posts_of(talk: Talk, roles: tuple[Peran, ...]) -> tuple[PostInfo, ...]:
    """Return the posts of whoever wrote that have one of these roles."""
    return tuple(post for post in talk.posts if post.peran in roles)


def part_of(talk: Talk) -> Literal["pemutus", "petugas", "pimpinan", "warga"]:
    """Return what whoever wrote may do here: decide, act, look, or only what every citizen may."""
    if talk.kominfo:
        return "pemutus"
    if posts_of(talk, ACTING):
        return "petugas"
    return "pimpinan" if posts_of(talk, LOOKING) else "warga"


def answering(
    talk: Talk,
    instansi_id: int | None,
    roles: tuple[Peran, ...],
    about: int | None = None,
) -> tuple[PostInfo, ...]:
    """Return the posts of whoever wrote that answer for a complaint with an instansi.

    With them those that he took the complaint over from; `about` is its id, if it is not the one
    in hand.
    """
    about = talk.complaint_id if about is None else about
    posts = posts_of(talk, roles)
    if about is not None:
        today = talk.world.today(talk.at)
        standing = posts_on(talk.world, talk.posts, about, today)
        posts = tuple(post for post in standing if post.peran in roles)
    return tuple(post for post in posts if answers_for(talk.world, post, instansi_id))


def taken_over(talk: Talk, posts: Sequence[PostInfo]) -> dict[PostInfo, frozenset[int]]:
    """Return what the holder of posts took over, as of now: from which post, which complaints."""
    directory, today = talk.world.directory, talk.world.today(talk.at)
    found = directory.handovers.taken_over([post.id for post in posts], today)
    return {directory.posts[key]: ids for key, ids in found.items() if key in directory.posts}


def acting_as(
    talk: Talk, instansi_id: int | None, roles: tuple[Peran, ...], about: int | None = None
) -> PostInfo | None:
    """Return the post as which somebody acts on a complaint with an instansi; None: as none.

    `about` is its id, if it is not the one in hand. Whoever took it over acts as its own post. Of
    several the nearest to the instansi, there the most fitting role; for an answer one whose
    answers need nobody else's approval.
    """
    world = talk.world
    line = [body.id for body in world.directory.line(instansi_id)] if instansi_id else []
    free = needs_none(world) if talk.intent.word is Word.JAWAB else frozenset(Peran)
    return min(
        answering(talk, instansi_id, roles, about),
        key=lambda post: (
            post.peran not in free,
            line.index(post.instansi_id) if post.instansi_id in line else len(line),
            roles.index(post.peran),
            post.id,
        ),
        default=None,
    )
