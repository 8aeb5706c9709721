"""PURE: serah terima: which complaints of a post another post is told of, and acts on, by date.

A handover moves no row: a notice stays the post's own, decided once under its own cause, and only
where it is about to leave is it asked whose phone it goes to. So it begins and ends by the local
date alone, nothing is told twice and nothing is lost, whatever is under way at that moment.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from config.terms import Peran


@dataclass(frozen=True, slots=True)
class Handover:
    """Complaints of one post that are another's between two local dates, both inclusive."""

    id: int
    from_post_id: int
    to_post_id: int
    mulai: date
    selesai: date
    created_at: datetime
    complaints: frozenset[int]

    def in_force(self, on: date) -> bool:
        """Return whether it is in force on a local date of the installation."""
        return self.mulai <= on <= self.selesai


class Handovers:
    """Every handover that nobody has ended early. Shared by snapshots; never changed."""

    def __init__(self, handovers: Iterable[Handover] = ()) -> None:
        """Take them; of one complaint and post no two are in force on one date."""
        self._all = tuple(handovers)
        self._days: dict[date, dict[tuple[int, int], int]] = {}
        self._periods: dict[tuple[date, date], dict[tuple[int, int], int]] = {}

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self._all)

    def in_force(self, on: date) -> list[Handover]:
        """Return those in force on a local date, in the order they were made in."""
        return [one for one in self._all if one.in_force(on)]

    def during(self, mulai: date, selesai: date) -> list[Handover]:
        """Return those in force on any local date of a period, both dates inclusive."""
        return [one for one in self._all if one.mulai <= selesai and mulai <= one.selesai]

    def taker(self, post_id: int, complaint_id: int, mulai: date, selesai: date) -> int | None:
        """Return who takes a complaint of a post over on some day of a period, or None."""
        key = mulai, selesai
        found = self._periods.get(key)
        if found is None:
            found = {
                (one.from_post_id, complaint): one.to_post_id
                for one in self.during(mulai, selesai)
                for complaint in one.complaints
            }
            self._periods = {key: found}
        return found.get((post_id, complaint_id))

    def chain(self, post_id: int, complaint_id: int | None, on: date) -> tuple[int, ...]:
        """Return a post and, after it, who stands in for it for a complaint on a local date.

        Usually at most one. More only where the one who stands in handed this very complaint on.
        """
        if not self._all or complaint_id is None:
            return (post_id,)
        towards = self._towards(on)
        found = [post_id]
        while (after := towards.get((found[-1], complaint_id))) is not None and after not in found:
            found.append(after)
        return tuple(found)

    def acted_for(self, post_ids: Collection[int], complaint_id: int, on: date) -> tuple[int, ...]:
        """Return the posts that these posts stand in for on a complaint, by id."""
        if not self._all:
            return ()
        givers = {post for post, complaint in self._towards(on) if complaint == complaint_id}
        return tuple(
            giver
            for giver in sorted(givers)
            if not set(post_ids).isdisjoint(self.chain(giver, complaint_id, on)[1:])
        )

    def taken_over(self, post_ids: Collection[int], on: date) -> dict[int, frozenset[int]]:
        """Return what these posts took over, by date: giving post → ids of its complaints."""
        found: dict[int, set[int]] = defaultdict(set)
        for one in self.in_force(on) if self._all else ():
            if one.to_post_id in post_ids:
                found[one.from_post_id] |= one.complaints
        return {post_id: frozenset(found[post_id]) for post_id in sorted(found)}

    def givers(self, on: date) -> frozenset[int]:
        """Return the posts of whose complaints some are another's on a local date."""
        return (
            frozenset(one.from_post_id for one in self.in_force(on)) if self._all else frozenset()
        )

    def _towards(self, on: date) -> dict[tuple[int, int], int]:
        """Return (post, complaint) → who stands in, on a local date; looked up for every notice."""
        found = self._days.get(on)
        if found is None:
            found = {
                (one.from_post_id, complaint): one.to_post_id
                for one in self.in_force(on)
                for complaint in one.complaints
            }
            self._days[on] = found
        return found


NONE = Handovers()
"""Nobody has handed anything over."""

HANDING: frozenset[Peran] = frozenset(
    {Peran.ADMIN_OPD, Peran.PEJABAT_PENGHUBUNG, Peran.KEPALA_OPD, Peran.ADMIN_KOORDINATOR}
)
"""The roles that act on complaints: these may hand them over, and take them over.

For a leader who is away the directory has an acting one (Plh).
"""
