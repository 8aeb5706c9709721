"""Whose business a complaint is: its reporter's, an office's, or nobody's who asks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot.conversation import Whose
from config.terms import Peran
from scheduler.directory import PostInfo
from scheduler.store.people import Named
from scheduler.world import World


def whose(
    world: World, named: Named | None, phone_id: int, posts: tuple[PostInfo, ...], on: date
) -> Whose:
    """Return whose complaint a number names, seen from a phone with its posts of a local date."""
    if named is None:
        return Whose.NONE
    standing = posts_on(world, posts, named.id, on)
    if any(answers_for(world, post, named.instansi_id) for post in standing):
        return Whose.DUTY
    return Whose.OWN if named.reporter_phone_id == phone_id else Whose.OTHER


def posts_on(
    world: World, posts: Sequence[PostInfo], complaint_id: int, on: date
) -> tuple[PostInfo, ...]:
    """Return as which posts their holder stands for a complaint: his, and those he took it from."""
    directory = world.directory
    taken = directory.handovers.acted_for([post.id for post in posts], complaint_id, on)
    others = (directory.posts[key] for key in taken if key in directory.posts)
    return (*posts, *(post for post in others if post not in posts))


def answers_for(world: World, post: PostInfo, instansi_id: int | None) -> bool:
    """Return whether a complaint with an instansi is a post's business.

    Kominfo's are all; a leader's those below his government; an officer's those of his instansi
    and of the units below it.
    """
    if post.peran is Peran.ADMIN_KOORDINATOR:
        return True
    if instansi_id is None:
        return False
    return any(body.id == post.instansi_id for body in world.directory.line(instansi_id))
