"""Two complaints side by side, to be looked at before they become one for good."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.web.console.access import sees_content
from bot.web.console.page import Visit
from bot.web.console.words import gettext as _
from scheduler.store import dossier
from scheduler.store.dossier import Dossier
from scheduler.store.listing import HIDDEN
from scheduler.store.session import reading


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two, as far as the visitor may read it."""

    it: Dossier
    judul: str
    isi: str | None


def compare(
    visit: Visit,
    own_id: int,
    sp4n_id: int,
    action: str,
    fields: Mapping[str, object],
    back: str | None = None,
) -> Response:
    """Ask whether an own complaint and SP4N's are the same, with both of them in view.

    The answer is the form `fields` again, sent to `action`, with `yakin` saying which of SP4N's
    was seen. Done or refused it leads to `back`; without it to `action`, which is a page, too.
    """
    with reading(visit.opened.engine) as connection:
        found = [dossier.load(connection, key, visit.scope) for key in (own_id, sp4n_id)]
    sides = [_side(visit, it) for it in found if it is not None]
    if len(sides) != len(found):
        raise HTTPException(404)
    sent = [
        (name, value)
        for name, given in {**fields, "yakin": sp4n_id}.items()
        for value in (given if isinstance(given, list) else [given])
    ]
    return visit.page(
        "sp4n_pasangkan.html", sides=sides, action=action, fields=sent, back=back or action
    )


def _side(visit: Visit, it: Dossier) -> Side:
    if it.hidden:
        return Side(it, HIDDEN, None)
    if sees_content(visit.visitor.wewenang, rahasia=it.rahasia, hidden=it.hidden):
        return Side(it, it.judul, it.isi)
    return Side(it, _("Secret complaint"), None)
