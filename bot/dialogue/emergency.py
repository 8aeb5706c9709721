"""Danger to life: Kominfo is told at once, and where it is, as soon as somebody says so."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Final

from bot.dialogue import filing
from bot.dialogue.talk import Talk
from bot.places import place_in
from scheduler.case import Case
from scheduler.store import drafts as store

DARURAT: Final = "darurat"
FOLLOWS: Final = timedelta(hours=1)
"""How long a location that comes alone is that of the danger that was reported."""


def tell(talk: Talk, case: Case, place: str | None) -> bool:
    """Tell Kominfo, at any hour; return whether anybody can be told.

    With the place, but where the complaint's content is for nobody's eyes; never the reporter.
    """
    place = None if case.rahasia else place
    reached = [talk.tell(post, DARURAT, case, place) for post in talk.desk.coordinators(case)]
    return any(reached)


def just_reported(talk: Talk, effects: Collection[str]) -> int | None:
    """Return the danger that this phone reported within the hour, if that was its last report."""
    found = store.continued(talk.connection, talk.phone_id, talk.at, FOLLOWS, effects)
    return found if found and store.noted(talk.connection, found, DARURAT) else None


def place_follows(talk: Talk, case: Case, located: str | None, text: str) -> None:
    """Tell where the danger is, where that was said only after it was told of.

    The first place that is written, and the first location (`located`), which is more exact.
    """
    assert case.id is not None
    if case.rahasia or not store.noted(talk.connection, case.id, DARURAT):
        return
    place = located
    if place is None and not store.told_of(talk.connection, case.id, DARURAT):
        place = place_in(text, talk.words)
    if place is not None:
        tell(talk, case, place)
        talk.say("darurat_tempat", nomor=filing.shown(case))
