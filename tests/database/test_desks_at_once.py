"""Several desks, passes and phones at once: whatever is undone meanwhile, all of it stays whole."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import text

from bot import handling
from config.terms import Wewenang
from scheduler.case import Case
from scheduler.complaint import RefusedError
from scheduler.ledger import KOMINFO
from scheduler.lifecycle import Desk
from scheduler.store import cases, handled, users
from scheduler.store.session import Connection, reading, writing
from tests.database.office import Office, at

NOW = at("2026-05-04 10:00")
COMPLAINTS = 8
ACTIONS = 8
NEVER = {
    "two accepted attempts of one message": "SELECT message_id FROM attempts "
    "WHERE status IN ('accepted', 'delivered') GROUP BY 1 HAVING count(*) > 1",
    "a message that went out, of which nothing is known any more": "SELECT m.id FROM messages m "
    "LEFT JOIN notices n ON n.message_id = m.id AND n.status = m.status "
    "WHERE m.status IN ('accepted', 'delivered') AND n.id IS NULL",
    "a notice that waits and will never go": "SELECT n.id FROM notices n LEFT JOIN messages m "
    "ON m.id = n.message_id LEFT JOIN clock_runs r ON r.id = n.run_id "
    "WHERE n.status = 'pending' AND (m.status <> 'pending' OR r.stopped_at IS NOT NULL)",
    "a run that stands still without a pause": "SELECT r.id FROM clock_runs r LEFT JOIN run_pauses "
    "p ON p.run_id = r.id AND p.resumed_at IS NULL WHERE (r.paused_at IS NULL) <> (p.id IS NULL)",
    "an open clock that nobody looks at": "SELECT r.id FROM clock_runs r WHERE r.stopped_at "
    "IS NULL AND r.paused_at IS NULL AND r.next_look_at IS NULL",
    "a disposed complaint without its clock": "SELECT c.id FROM complaints c LEFT JOIN clock_runs "
    "r ON r.complaint_id = c.id AND r.clock = 'respon' AND r.stopped_at IS NULL "
    "WHERE c.status = 'belum_ditindaklanjuti' AND (c.instansi_id IS NULL) <> (r.id IS NULL)",
    "an event before the one before it": "SELECT a.id FROM audit a JOIN audit b "
    "ON a.complaint_id = b.complaint_id AND b.id < a.id AND b.at > a.at",
    "a complaint that does not know its last event": "SELECT c.id FROM complaints c "
    "WHERE c.last_event_at <> (SELECT max(at) FROM audit a WHERE a.complaint_id = c.id)",
}
"""What must not be, as queries that then find nothing."""


@pytest.mark.parametrize("seed", [1, 2])
def test_desks_passes_and_undoings_at_once(database_url: str, seed: int) -> None:
    office = Office(database_url)
    try:
        ids, clerks = _town(office)
        seconds, busy, lock = count(1), threading.Event(), threading.Lock()

        def now() -> datetime:
            with lock:
                return NOW + timedelta(seconds=20 * next(seconds))

        def clerk(user_id: int) -> int:
            rng = random.Random(f"{seed}/{user_id}")
            return sum(_act(office, user_id, ids, rng, now) for _ in range(ACTIONS))

        def passes() -> None:
            while not busy.is_set():
                assert office.opened.tick(now()).problems == ()

        with ThreadPoolExecutor(len(clerks) + 2) as pool:
            ticking = [pool.submit(passes) for _ in range(2)]
            try:
                done = sum(pool.map(clerk, clerks))
            finally:
                busy.set()
            for each in ticking:
                each.result()
        assert done > 0
        for _ in range(2):
            office.opened.tick(now() + timedelta(minutes=5))
        with reading(office.engine) as connection:
            wrong = {what: connection.execute(text(sql)).all() for what, sql in NEVER.items()}
        assert not any(wrong.values()), wrong
    finally:
        office.close()


def _town(office: Office) -> tuple[list[int], list[int]]:
    desk = Desk(office.opened.world(NOW), NOW)
    some = [
        Case("Jalan rusak", "Jalan rusak", NOW, NOW, tracking_id=str(9_000_001 + number))
        for number in range(COMPLAINTS)
    ]
    with writing(office.engine) as connection:
        for case in some:
            desk.receive(case, "sp4n")
        cases.write(connection, desk.changes)
        clerks = [
            users.add_user(connection, name, "Contoh", Wewenang.OPERATOR, "!", NOW)
            for name in ("satu", "dua", "tiga")
        ]
    return [case.id for case in some if case.id is not None], clerks


def _act(
    office: Office, user_id: int, ids: list[int], rng: random.Random, now: Callable[[], datetime]
) -> int:
    """Do something to some complaints, and take it back half of the time; return to how many."""
    body = office.body(rng.choice(["DPUPR", "Disdik"]))
    verbs: dict[str, Callable[[Desk, Case], Any]] = {
        "dispose": lambda desk, case: desk.dispose(case, body, KOMINFO),
        "pause": lambda desk, case: desk.pause(case, KOMINFO, "contoh"),
        "resume": lambda desk, case: desk.resume(case, KOMINFO),
        "recall": lambda desk, case: desk.recall(case, KOMINFO, "contoh"),
        "answer": lambda desk, case: desk.answer(case, KOMINFO, "contoh"),
        "reopen": lambda desk, case: desk.reopen(case, KOMINFO, "contoh"),
    }
    verb = rng.choice(["dispose", "dispose", *verbs])

    def do(_connection: Connection, desk: Desk, case: Case) -> None:
        verbs[verb](desk, case)

    some = rng.sample(ids, rng.randint(1, 4))
    done = handling.handle(office.opened, user_id, verb, some, now(), do)
    if done.action is not None and rng.random() < 0.6:
        if rng.random() < 0.5:  # too late, for what told somebody
            office.opened.tick(now() + handled.WAIT)

        def undo() -> int:
            assert done.action is not None
            try:
                return len(handling.undo(office.opened, user_id, done.action, now())[0])
            except RefusedError:
                return 0

        with ThreadPoolExecutor(2) as pool:  # a double click
            first, second = pool.submit(undo), pool.submit(undo)
            assert 0 in (first.result(), second.result())
    return len(done.done)
