"""What is due without anybody writing: silent drafts are filed, requests come to their time."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from bot.dialogue import drafts, standing
from scheduler.case import Case
from scheduler.ledger import SYSTEM
from scheduler.lifecycle import Desk
from scheduler.runner import fault
from scheduler.store import cases, requests
from scheduler.store.requests import Asked
from scheduler.store.sealed import Seal
from scheduler.store.session import DISCONNECTED, Connection, Engine, reading, uncrossed, writing
from scheduler.world import World

log = logging.getLogger(__name__)

BATCH: Final = 100
RETRY: Final = timedelta(hours=1)
"""When a request that could not be looked at is looked at again."""
LAMA: Final = "1 hari kerja"
"""How long Kominfo has for a request."""


def run(
    engine: Engine,
    seal: Seal,
    world: World,
    at: datetime,
    *,
    going: Callable[[], bool] = lambda: True,
) -> list[str]:
    """Do what is due at `at`, each thing in its own transaction; return what went wrong."""
    problems = drafts.file_silent(engine, seal, world, at, going)
    return problems + look_at_requests(engine, world, at, going)


def look_at_requests(
    engine: Engine, world: World, at: datetime, going: Callable[[], bool] = lambda: True
) -> list[str]:
    """Settle what has settled itself, remind Kominfo, end waits for SP4N whose time has come.

    One that fails is named and set aside for an hour; the others go on.
    """
    problems: list[str] = []
    with reading(engine) as connection:
        due = [(one.id, one.complaint_id) for one in standing.to_look_at(connection, at)]
    seen: set[int] = set()
    # Each is looked at once in a pass, so that none can keep it for itself.
    while (left := [one for one in due if one[0] not in seen]) and going():
        seen.update(request_id for request_id, _ in left)
        for request_id, complaint_id in left:
            why = _look(engine, world, at, request_id, complaint_id) if going() else None
            if why is not None:
                problems.append(f"request {request_id}: {why}")
                log.error("request_set_aside id=%s %s", request_id, why)
        with reading(engine) as connection:
            due = requests.due(connection, at, BATCH)
    return problems


def _look(
    engine: Engine, world: World, at: datetime, request_id: int, complaint_id: int
) -> str | None:
    """Look at one request in a transaction of its own; return what was wrong, or None."""

    def whole() -> None:
        with writing(engine) as connection:
            _do(connection, world, at, request_id, complaint_id)

    try:
        uncrossed(whole)
    except DISCONNECTED:
        raise
    except Exception as error:  # noqa: BLE001 - one request must not stop the others
        with writing(engine) as connection:
            requests.look_at(connection, request_id, at + RETRY)
        return fault(error)
    return None


def _do(
    connection: Connection, world: World, at: datetime, request_id: int, complaint_id: int
) -> None:
    case = cases.load_cases(connection, [complaint_id], lock=True)[complaint_id]
    desk = Desk(world, max(at, case.last_event_at))
    # Read under the lock: it may have been decided, or looked at, a moment ago.
    waiting = standing.settle(connection, complaint_id, desk.at)
    asked = next((one for one in waiting if one.id == request_id), None)
    if asked is None or asked.next_look_at is None or asked.next_look_at > at:
        return
    if asked.kind == "sudah":
        desk.wait_no_longer(case)
        standing.close(connection, asked, "ditolak", by=SYSTEM, at=desk.at)
    else:
        _remind(connection, desk, case, asked, at)
    standing.write(connection, desk, case)


def _remind(connection: Connection, desk: Desk, case: Case, asked: Asked, at: datetime) -> None:
    """Remind Kominfo once before its time is over and once after; then it knows.

    Where the first comes so late that the second is due already, only that one is sent.
    """
    late = at >= asked.due_at
    what = "lewat" if late else "ingat"
    event = desk.remark(case, f"{asked.kind}_{what}", SYSTEM, None)
    if late:
        requests.hush(connection, asked.complaint_id, [f"{asked.kind}_ingat"], desk.at)
    desk.tell_posts(
        case,
        event,
        desk.coordinators(case),
        f"permintaan_{what}",
        limit_at=asked.due_at,
        lama=LAMA if late else None,
    )
    requests.look_at(connection, asked.id, None if late else asked.due_at)
