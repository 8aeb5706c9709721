"""The explanation of one complaint (`scheduler.trace`), for whoever asks: a command, a page."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.compose import Installation
from config.policy_file import parse_policy
from scheduler import clock
from scheduler.complaint import RefusedError
from scheduler.records import History
from scheduler.store.cases import find
from scheduler.store.history import load_history, policy_texts
from scheduler.store.session import Connection, reading
from scheduler.trace import Trace, trace
from scheduler.world import World


def find_trace(opened: Installation, number: str, at: datetime | None) -> Trace:
    """Return the explanation of a complaint as of `at`, or (None) with all that is on record.

    Raises `RefusedError` where there is no such complaint at that moment. Reads only: rule files
    that changed since the last pass are left for the next one.
    """
    with reading(opened.engine) as connection:
        key = find(connection, number)
    if key is None:
        raise RefusedError(f"aduan {' '.join(number.split())} tidak ditemukan")
    stopped = opened.stopped_since()
    with reading(opened.engine) as connection:
        history, texts = _record(connection, key)
        at = _moment(history, at)
    # Rules may be unusable where there are none yet; what is asked of nothing is said first.
    world = opened.rules.world(opened.engine)
    return _explain(history, texts, world, at, stopped)


def trace_of(
    connection: Connection,
    world: World,
    complaint_id: int,
    at: datetime | None,
    *,
    stopped_since: str | None = None,
) -> tuple[History, Trace]:
    """Return what is on record of a complaint, and its explanation as of `at` (None: all of it).

    `stopped_since` is since when everything is stopped, as `Installation.stopped_since` says.
    Policies that only stopped runs still use are read from the database. Raises `RefusedError`
    where the complaint had not come in yet.
    """
    history, texts = _record(connection, complaint_id)
    return history, _explain(history, texts, world, _moment(history, at), stopped_since)


def _record(connection: Connection, complaint_id: int) -> tuple[History, dict[int, str]]:
    history = load_history(connection, complaint_id)
    return history, policy_texts(connection, (run.run.policy_version_id for run in history.runs))


def _moment(history: History, at: datetime | None) -> datetime:
    if at is None:
        # Passes may have been run ahead of the present (--at): all of it is shown.
        return max(clock.now(), history.newest)
    if at < history.case.received_at:
        raise RefusedError(f"aduan {history.case.number} belum diterima pada saat itu")
    return at


def _explain(
    history: History, texts: dict[int, str], world: World, at: datetime, stopped_since: str | None
) -> Trace:
    older = {key: parse_policy(text) for key, text in texts.items() if key not in world.policies}
    known = replace(world, policies={**world.policies, **older})
    since = datetime.fromisoformat(stopped_since) if stopped_since else None
    return trace(history, known, at, stopped_since=since)
