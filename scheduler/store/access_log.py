"""Who was shown personal data, and when (UU 27/2022): written, never changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, Select, and_, func, insert, or_, select

from scheduler.store.console_tables import Access, User
from scheduler.store.tables import Complaint

PAGE: Final = 50


def note(
    connection: Connection,
    user_id: int,
    what: str,
    at: datetime,
    *,
    complaint_id: int | None = None,
    about: str | None = None,
) -> None:
    """Note that a user was shown something: `what` is one of few words, `about` names no person."""
    connection.execute(
        insert(Access).values(
            at=at, user_id=user_id, what=what, complaint_id=complaint_id, note=about
        )
    )


@dataclass(frozen=True, slots=True)
class Shown:
    """One view of personal data."""

    id: int
    at: datetime
    nama: str
    username: str
    what: str
    complaint_id: int | None
    number: str | None
    """The complaint's number in SP4N, else its own."""
    note: str | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which views to list; None: whatever. `since` is included, `until` is not (UTC-aware)."""

    user_id: int | None = None
    complaint_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Views:
    """A page of views, newest first; `newer` and `older` say where the pages beside it begin."""

    rows: tuple[Shown, ...]
    newer: int | None
    older: int | None


def views(
    connection: Connection,
    wanted: Wanted,
    *,
    before: int | None = None,
    after: int | None = None,
    size: int = PAGE,
) -> Views:
    """Return a page: the newest, the next older than the row `before`, or newer than `after`.

    A row that is not there is as if none were named.
    """
    query = _query(wanted)
    edge = _at(connection, before if before is not None else after)
    upwards = edge is not None and before is None
    if edge is not None:
        at, key = edge
        beyond, beside = (
            (Access.at > at, Access.id > key) if upwards else (Access.at < at, Access.id < key)
        )
        query = query.where(or_(beyond, and_(Access.at == at, beside)))
    order = (Access.at, Access.id) if upwards else (Access.at.desc(), Access.id.desc())
    found = [Shown(*row) for row in connection.execute(query.order_by(*order).limit(size + 1))]
    more, found = len(found) > size, found[:size]
    if upwards:
        found.reverse()
    if not found:
        return Views((), None, None)
    return Views(
        tuple(found),
        newer=found[0].id if (more if upwards else edge is not None) else None,
        older=found[-1].id if (edge is not None if upwards else more) else None,
    )


def _query(
    wanted: Wanted,
) -> Select[int, datetime, str, str, str, int | None, str, str | None]:
    query = (
        select(
            Access.id,
            Access.at,
            User.nama,
            User.username,
            Access.what,
            Access.complaint_id,
            func.coalesce(Complaint.tracking_id, Complaint.nomor),
            Access.note,
        )
        .join(User, User.id == Access.user_id)
        .outerjoin(Complaint, Complaint.id == Access.complaint_id)
    )
    if wanted.user_id is not None:
        query = query.where(Access.user_id == wanted.user_id)
    if wanted.complaint_id is not None:
        query = query.where(Access.complaint_id == wanted.complaint_id)
    if wanted.since is not None:
        query = query.where(Access.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(Access.at < wanted.until)
    return query


def _at(connection: Connection, key: int | None) -> tuple[datetime, int] | None:
    if key is None:
        return None
    at = connection.execute(select(Access.at).where(Access.id == key)).scalar_one_or_none()
    return None if at is None else (at, key)
