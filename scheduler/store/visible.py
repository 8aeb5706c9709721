"""Which complaints somebody may see: all of them, or those of an office and its units."""

from __future__ import annotations

from sqlalchemy import ColumnElement, true

from scheduler.directory import Directory
from scheduler.store.tables import Complaint

Scope = frozenset[int] | None
"""The ids of the instansi whose complaints are seen; None: every complaint, disposed or not."""


def scope_of(directory: Directory, instansi_id: int | None) -> Scope:
    """Return what somebody of an instansi sees: its complaints and those of the units below it."""
    if instansi_id is None:
        return None
    return frozenset(
        body.id
        for body in directory.bodies.values()
        if any(above.id == instansi_id for above in directory.line(body.id))
    )


def seen(scope: Scope) -> ColumnElement[bool]:
    """Return the condition that admits the complaints of a scope only."""
    return true() if scope is None else Complaint.instansi_id.in_(sorted(scope))
