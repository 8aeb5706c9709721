"""Requests that what happened meanwhile has settled: nobody is asked to decide on them any more.

Many things end what a request was about (an answer, an import, another disposition, a command), so
this is judged where a request is looked at, and not wherever a complaint changes.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from config.terms import Status
from scheduler.case import Case, Changes
from scheduler.complaint import CLOSED
from scheduler.ledger import SYSTEM
from scheduler.lifecycle import Desk
from scheduler.store import cases, requests
from scheduler.store.requests import Asked, Behind, Kind, Listed, Ran, State
from scheduler.store.session import Connection

_ANSWERED: Final = frozenset({"dijawab", "tercatat di SP4N", Status.SELESAI.value})
_TAKEN_AWAY: Final = frozenset({"bukan wewenang", "disposisi ulang", "disposisi ditarik"})


def steps(kind: Kind) -> tuple[str, ...]:
    """Return the events of a request of which somebody is told."""
    return ("sudah",) if kind == "sudah" else (f"{kind}_diminta", f"{kind}_ingat", f"{kind}_lewat")


def verdict(asked: Asked, behind: Behind) -> State | None:
    """Return what has become of a request by itself; None while it still is one.

    It belongs to the run of `respon` in which it was made.
    """
    made_in = [run for run in behind.runs if run.opened_at <= asked.made_at]
    own = made_in[-1] if made_in else None
    superseded = len(made_in) < len(behind.runs)
    if own is None and behind.runs:
        return "gugur"
    if asked.kind in ("jawaban", "normatif"):
        return _of_an_answer(asked, behind, own, superseded=superseded)
    if own is None:  # the policy has no such clock
        return None if behind.status is Status.BELUM_DITINDAKLANJUTI else "gugur"
    if asked.kind == "tunda" and behind.status is Status.TUNDA and not superseded:
        return "diterima"
    if own.stopped_at is None:
        return None
    granted = {"sudah": _ANSWERED, "bukan": _TAKEN_AWAY}.get(asked.kind, frozenset())
    return "diterima" if own.stop_reason in granted else "gugur"


def _of_an_answer(
    asked: Asked, behind: Behind, own: Ran | None, *, superseded: bool
) -> State | None:
    """An answer waits as long as none counts; one that was given after another is a supplement."""
    if superseded or behind.status in CLOSED or behind.status is Status.BELUM_TERVERIFIKASI:
        return "gugur"
    if own is not None and own.stopped_at is not None:
        supplement = own.stopped_at <= asked.made_at and own.stop_reason in _ANSWERED
        return None if supplement else "gugur"
    return None


def waiting(connection: Connection) -> list[Listed]:
    """Return every request that still is one, the oldest first; changes nothing."""
    return [one for one, state in _judged(connection) if state is None]


def to_look_at(connection: Connection, at: datetime) -> list[Asked]:
    """Return the open requests that have settled themselves or are due at `at`; changes nothing."""
    return [
        one.asked
        for one, state in _judged(connection)
        if state is not None
        or (one.asked.next_look_at is not None and one.asked.next_look_at <= at)
    ]


def _judged(connection: Connection) -> list[tuple[Listed, State | None]]:
    listed = requests.open_all(connection)
    behind = requests.behind(connection, [one.asked.complaint_id for one in listed])
    return [(one, verdict(one.asked, behind[one.asked.complaint_id])) for one in listed]


def settle(connection: Connection, complaint_id: int, at: datetime) -> list[Asked]:
    """Settle what has settled itself, and return the requests that are still open.

    The caller holds the complaint's lock and has written what it changed.
    """
    asked = requests.open_of(connection, complaint_id)
    if not asked:
        return []
    behind = requests.behind(connection, [complaint_id])[complaint_id]
    left: list[Asked] = []
    for one in asked:
        state = verdict(one, behind)
        if state is None:
            left.append(one)
        else:
            close(connection, one, state, by=SYSTEM, at=at)
    return left


def close(
    connection: Connection,
    asked: Asked,
    state: State,
    *,
    by: str,
    at: datetime,
    reason: str | None = None,
) -> bool:
    """Settle a request, and keep back what was still to be said of it; False if it was already."""
    done = requests.decide(connection, asked.id, state, by=by, at=at, reason=reason)
    requests.hush(connection, asked.complaint_id, steps(asked.kind), at)
    return done


def write(connection: Connection, desk: Desk, case: Case) -> None:
    """Write what the desk changed of a complaint, and settle the requests that this settles."""
    assert case.id is not None
    cases.write(connection, desk.changes)
    desk.changes = Changes(
        recalls_held=desk.changes.recalls_held, not_before=desk.changes.not_before
    )
    settle(connection, case.id, desk.at)
