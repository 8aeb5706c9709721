"""Who waits for whom: the sequence of numbers comes before complaints, and nothing is lost."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy import event, select, text

from scheduler.store import cases
from scheduler.store.messaging_tables import Attempt
from scheduler.store.session import is_deadlock, reading
from tests.database.citizens import PHOTO
from tests.database.office import at
from tests.database.officers import ADMIN, GOOD, WARGA, Room

NINE, LATER = "2026-05-04T09:00", "2026-05-04T10:00"
"""A report that nobody went on with for half an hour is filed."""
NEW = "Jalan berlubang di Desa Taman sejak kemarin, dua motor jatuh"
BLOCKED = text(
    "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


def test_a_report_beside_an_answer_never_waits_crosswise(postgres_url: str) -> None:
    room = Room(postgres_url)
    try:
        number = room.own(NINE)
        room.says(ADMIN, f"JAWAB {number} {GOOD}", NINE)
        room.tick(NINE)
        room.says(ADMIN, "LAPOR", NINE, media=PHOTO)  # … and nothing more
        with reading(room.engine) as connection:
            quoted = connection.execute(
                select(Attempt.sid).where(Attempt.body.startswith(f"{number} dijawab"))
            ).scalar_one()
        crossed = _watched(room)
        with ThreadPoolExecutor(2, "listener") as pool:
            # He asks after the complaint, and what he began an hour ago is filed before that …
            asks = room.phones.arrived(ADMIN, f"STATUS {number}", LATER)
            room.opened.hear([asks])
            first = pool.submit(room.opened.listen, at(LATER))
            assert crossed.numbered.wait(60)
            # … while its reporter answers our message about it with something new.
            writes = room.phones.arrived(WARGA, NEW, LATER, replied_sid=quoted)
            room.opened.hear([writes])
            second = pool.submit(room.opened.listen, at(LATER))
            while not second.done() and not crossed.waits(room):
                pass
            crossed.go_on.set()
            problems = first.result().problems + second.result().problems
        assert problems == []
        assert crossed.deadlocks == 0
        assert room.phones.effect(asks.sid) == "status"
        assert room.phones.effect(writes.sid) == "aduan"
        with reading(room.engine) as connection:
            numbers = [f"SPG-2605-{count:04}" for count in (1, 2, 3)]
            assert None not in {cases.find(connection, one) for one in numbers}
    finally:
        room.close()


class _Crossed:
    """Holds the first one that takes a number until it is let go on, and counts deadlocks."""

    def __init__(self) -> None:
        self.numbered, self.go_on = threading.Event(), threading.Event()
        self.deadlocks = 0

    def executed(self, _c: Any, _k: Any, statement: str, *_: Any) -> None:
        if "UPDATE claims" in statement and not self.numbered.is_set():
            self.numbered.set()
            assert self.go_on.wait(60)

    def failed(self, context: Any) -> None:
        self.deadlocks += is_deadlock(context.sqlalchemy_exception)

    @staticmethod
    def waits(room: Room) -> bool:
        with reading(room.engine) as connection:
            return connection.execute(BLOCKED).first() is not None


def _watched(room: Room) -> _Crossed:
    found = _Crossed()
    event.listen(room.engine, "after_cursor_execute", found.executed)
    event.listen(room.engine, "handle_error", found.failed)
    return found
