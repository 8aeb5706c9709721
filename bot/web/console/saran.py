"""To which instansi a complaint is proposed to go, and why: proposed, never done by itself.

Kominfo's own word on the category comes first, then where complaints of the category went so far,
then whom SP4N names, which is often the reporter's own guess. An instansi that a complaint was
taken away from is not proposed again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from bot import explanation
from bot.sp4n.matching import Found, InstansiIndex, Known
from bot.web.console.words import gettext as _
from config.terms import GOVERNMENTS
from scheduler.directory import Body
from scheduler.store import category_map, imports
from scheduler.store.category_map import Rule
from scheduler.store.session import Connection
from scheduler.world import World

FEWEST: Final = 3
"""So many of a category must have gone to an instansi before that counts for anything."""


class Asking(Protocol):
    """A complaint for which an instansi is looked for: a row of a list, or a `Case`."""

    @property
    def kategori(self) -> str | None:
        """Its category."""

    @property
    def sp4n_instansi_id(self) -> str | None:
        """The number that SP4N gives the instansi it names."""

    @property
    def sp4n_instansi(self) -> str | None:
        """The name of it."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A proposed instansi; `why` is one Indonesian phrase. `by_rule`: Kominfo's own word."""

    instansi_id: int
    instansi: str
    why: str
    by_rule: bool = False


def suggestions(
    connection: Connection, world: World, asking: Mapping[int, Asking]
) -> dict[int, Suggestion]:
    """Return what is proposed for complaints (by id), in as many queries for one as for fifty."""
    kategori = {one.kategori for one in asking.values() if one.kategori}
    rules = {rule.kategori: rule for rule in category_map.rules(connection, kategori)}
    went = category_map.history(connection, kategori)
    wrong = category_map.taken_from(connection, list(asking))
    index = _index(connection, world)
    found: dict[int, Suggestion] = {}
    for key, one in asking.items():
        name = one.kategori or ""
        for suggestion in (
            _by_rule(world, rules.get(name)),
            _by_history(world, went.get(name, Counter())),
            _by_sp4n(world, index, one),
        ):
            if suggestion is not None and suggestion.instansi_id not in wrong.get(key, ()):
                found[key] = suggestion
                break
    return found


def offices(world: World) -> Sequence[Body]:
    """Return the instansi that can be disposed to, by name."""
    return sorted(
        (body for body in world.directory.bodies.values() if body.jenis not in GOVERNMENTS),
        key=lambda body: body.nama.casefold(),
    )


def _by_rule(world: World, rule: Rule | None) -> Suggestion | None:
    body = _office(world, rule.instansi_id) if rule else None
    if rule is None or body is None:
        return None
    why = _("rule for this category (%(who)s, %(when)s)") % {
        "who": rule.nama,
        "when": explanation.tanggal(world.today(rule.at)),
    }
    return Suggestion(body.id, body.short, why, by_rule=True)


def _by_sp4n(world: World, index: InstansiIndex, one: Asking) -> Suggestion | None:
    match = index.match(one.sp4n_instansi_id, one.sp4n_instansi)
    body = _office(world, match.id) if isinstance(match, Found) else None
    if body is None:
        return None
    why = _("SP4N names %(name)s") % {"name": one.sp4n_instansi or body.nama}
    return Suggestion(body.id, body.short, why)


def _by_history(world: World, went: Counter[int]) -> Suggestion | None:
    if not went:
        return None
    ((instansi_id, count),) = went.most_common(1)
    body = _office(world, instansi_id)
    if body is None or count < FEWEST or 2 * count <= went.total():
        return None
    why = _("%(count)d of %(total)d complaints of this category went to %(office)s") % {
        "count": count,
        "total": went.total(),
        "office": body.short,
    }
    return Suggestion(body.id, body.short, why)


def _office(world: World, instansi_id: int) -> Body | None:
    body = world.directory.bodies.get(instansi_id)
    return None if body is None or body.jenis in GOVERNMENTS else body


def _index(connection: Connection, world: World) -> InstansiIndex:
    names = imports.sp4n_names(connection)
    return InstansiIndex(
        Known(
            body.id,
            body.nama,
            body.singkatan,
            *names.get(body.id, (None, ())),
            government=body.jenis in GOVERNMENTS,
        )
        for body in world.directory.bodies.values()
    )
