"""First contact with the holders of posts, and what they said to being reminded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from rapidfuzz import fuzz, process, utils

from config.terms import StatusJabatan
from scheduler.complaint import RefusedError
from scheduler.directory import Directory, PostInfo
from scheduler.store import consents
from scheduler.store.consents import Answer, Contact, Standing
from scheduler.store.directory import KnownHolder, holders, load_directory
from scheduler.store.session import Engine, reading, writing
from scheduler.world import World

SUGGESTIONS: Final = 3
_LIKELY: Final = 60
"""Below this likeness (0-100) a label is no suggestion."""


@dataclass(frozen=True, slots=True)
class Contacted:
    """What a round of first contacts came to, in posts."""

    asked: int
    already: int


def find_post(directory: Directory, label: str) -> PostInfo:
    """Return the post of a label, in any case and spacing; raise `RefusedError` with near ones."""
    wanted = _folded(label)
    for post in directory.posts.values():
        if _folded(post.label) == wanted:
            return post
    near = process.extract(
        label,
        sorted(post.label for post in directory.posts.values()),
        scorer=fuzz.WRatio,
        processor=utils.default_process,
        limit=SUGGESTIONS,
        score_cutoff=_LIKELY,
    )
    told = " or ".join(f'"{text}"' for text, _, _ in near)
    hint = f"did you mean {told}?" if told else "see the names in: ingat outbox"
    raise RefusedError(f'no post is called "{" ".join(label.split())}": {hint}')


def first_contact(
    engine: Engine, world: World, at: datetime, label: str | None = None
) -> Contacted:
    """Decide a first message to each usable holder not asked yet, of one post or of all.

    One transaction; the next pass sends them like any notice. Raises `RefusedError` where the post
    is not known or has nobody to tell, and under SHADOW, which must not write anybody down as
    asked who was not.
    """
    if world.shadow:
        raise RefusedError("SHADOW is set and nobody is written to: take it away, then ask")
    directory, today = world.directory, world.today(at)
    posts = [find_post(directory, label)] if label is not None else list(directory.posts.values())
    contacts = [
        Contact(found[0].id, post, world.open_at(post.id, at))
        for post in posts
        if (found := holders(directory, post.id, today))
    ]
    if label is not None and not contacts:
        raise RefusedError(f"{posts[0].label} has no holder who could be told")
    with writing(engine) as connection:
        asked = consents.ask(connection, contacts, at)
    return Contacted(asked, len(contacts) - asked)


def record_consent(
    engine: Engine,
    world: World,
    at: datetime,
    label: str,
    said: Answer,
    capacity: StatusJabatan | None = None,
) -> PostInfo:
    """Record what the holder of a post said; return the post.

    Of several holders (one in his own right, one acting) `capacity` says who. Without it a refusal
    is that of the one who is told now, and a consent is refused where it could undo another's
    refusal. Raises `RefusedError` too where `at` lies before what is on record of him.
    """
    with reading(engine) as connection:
        directory = load_directory(connection, refused=True)
        post = find_post(directory, label)
        found = holders(directory, post.id, world.today(at))
        if capacity is not None:
            found = [holder for holder in found if holder.status_jabatan is capacity]
        known = consents.standings(connection, [holder.id for holder in found])
    holder = _speaker(post, found, known, said, capacity)
    last = known[holder.id].last_at if holder.id in known else None
    if last is not None and at < last:
        local = last.astimezone(world.zone).isoformat()
        raise RefusedError(f"{post.label}: something newer is on record already, of {local}")
    with writing(engine) as connection:
        consents.answer(connection, holder.id, said, at)
    return post


def _speaker(
    post: PostInfo,
    found: list[KnownHolder],
    known: dict[int, Standing],
    said: Answer,
    capacity: StatusJabatan | None,
) -> KnownHolder:
    if not found:
        who = f"{capacity} " if capacity is not None else ""
        raise RefusedError(f"{post.label} has no {who}holder with a telephone")
    refused = [holder for holder in found if holder.id in known and known[holder.id].refused]
    told = [holder for holder in found if holder not in refused]
    if said == "menolak":
        return (told or refused)[0]
    if refused and told:
        who = " or ".join(holder.status_jabatan for holder in found)
        raise RefusedError(
            f"{post.label} has several holders: say whose word it is, --holder {who}"
        )
    return found[0]


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()
