"""The training page's clock: where it goes, and that it climbs as in earnest."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.compose import Installation
from bot.training import Leap, Room, goal_of
from scheduler import clock
from tests.training import MONDAY, received, set_clock, training_room
from tests.web.simulator import TIMEOUT_S, Page


@pytest.mark.parametrize(
    ("now", "leap", "goal"),
    [
        ("2026-05-04T09:00", "jam-1", "2026-05-04T10:00"),
        ("2026-05-04T22:30", "jam-4", "2026-05-05T02:30"),
        ("2026-05-04T07:59", "pagi", "2026-05-04T08:00"),
        ("2026-05-04T08:00", "pagi", "2026-05-05T08:00"),
        ("2026-05-08T16:30", "sore", "2026-05-11T16:00"),
        ("2026-05-09T07:00", "pagi", "2026-05-11T08:00"),
        ("2026-05-08T09:15", "hari-1", "2026-05-11T09:15"),
        ("2026-05-10T09:15", "hari-1", "2026-05-11T09:15"),
        # Kenaikan Yesus Kristus on Thursday 14 May with cuti bersama on Friday.
        ("2026-05-13T10:00", "hari-1", "2026-05-18T10:00"),
        ("2026-05-11T10:00", "hari-5", "2026-05-20T10:00"),
    ],
)
def test_where_a_leap_ends(opened: Installation, now: str, leap: Leap, goal: str) -> None:
    zone = opened.settings.timezone

    def at(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)

    assert goal_of(leap, at(now), opened.world(MONDAY)) == at(goal)


def test_a_working_day_passes_with_every_reminder_of_it(database_url: str) -> None:
    with training_room(database_url) as opened:
        page = Page(opened)
        page.does("example")
        page.does("dispose", number=received(opened), unit=page.unit("DPUPR"))
        assert page.moved("hari-1") == "Sel 5 Mei 2026 09.00"
        assert [at for at, _ in page.heard("Admin")] == ["Sen 4 Mei 09.00", "Sel 5 Mei 08.00"]


def test_a_ladder_climbs_as_it_would_in_earnest(page: Page) -> None:
    page.does("dispose", number=received(page.opened), unit=page.unit("DPUPR"))
    assert page.moved("hari-1") == "Sel 5 Mei 2026 09.00"
    assert page.moved("hari-5") == "Sel 12 Mei 2026 09.00"
    times = {
        role: [at for at, _ in page.heard(role)] for role in ("Admin", "Kepala", "Asisten", "Sekda")
    }
    assert times == {
        "Admin": [
            "Sen 4 Mei 09.00",
            "Sel 5 Mei 08.00",
            "Rab 6 Mei 16.00",
            "Kam 7 Mei 08.00",
            "Kam 7 Mei 16.00",
        ],
        "Kepala": ["Rab 6 Mei 16.00", "Kam 7 Mei 08.00", "Kam 7 Mei 16.00"],
        "Asisten": ["Jum 8 Mei 08.00", "Sen 11 Mei 08.00", "Sel 12 Mei 08.00"],
        "Sekda": ["Jum 8 Mei 08.00", "Sen 11 Mei 08.00"],
    }


def test_the_clock_stops_wherever_something_is_due(page: Page) -> None:
    set_clock(page.opened, MONDAY + timedelta(hours=12))  # 21.00: phones are left alone
    page.does("dispose", number=received(page.opened), unit=page.unit("DPUPR"))
    assert page.heard("Admin") == []
    assert page.state()["clock"]["quiet"] is True
    page.moved("pagi")
    assert page.state()["clock"]["quiet"] is False
    assert [at for at, _ in page.heard("Admin")] == ["Sel 5 Mei 06.30", "Sel 5 Mei 08.00"]


def test_one_move_at_a_time_and_never_back(page: Page) -> None:
    page.does("clock", leap="hari-5")
    assert page.refuses("clock", leap="jam-1").startswith("Jam masih bergerak")
    seen = [page.opened.now()]
    end = time.monotonic() + TIMEOUT_S
    while page.state()["clock"]["moving"] is not None:
        assert time.monotonic() < end
        seen.append(page.opened.now())
    assert seen == sorted(seen)
    assert page.opened.now() - MONDAY >= timedelta(days=7)
    for leap in ("jam-9", "", None, 5, "hari--1"):
        assert page.post("clock", leap=leap) == 400


def test_people_may_write_while_the_clock_moves(page: Page) -> None:
    page.does("clock", leap="hari-5")
    for number in range(3):
        page.does("say", phone="warga-2", text=f"Sampah menumpuk di gang {number}")
    lines = [m for m in page.phone("Warga B")["messages"] if m["way"] == "out"]
    assert [m["text"][-1] for m in lines] == ["0", "1", "2"]
    end = time.monotonic() + TIMEOUT_S
    while page.state()["clock"]["moving"] is not None:
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_move_that_fails_says_so_and_can_be_begun_again(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    tick, count = page.opened.tick, iter(range(100))

    def fails(at: datetime) -> Any:
        if next(count) == 2:
            raise RuntimeError(at)
        return tick(at)

    room = Room(page.opened)
    monkeypatch.setattr(page.opened, "tick", fails)
    room.start("hari-1")
    end = time.monotonic() + TIMEOUT_S
    while room.move is None or not room.move.done:
        assert time.monotonic() < end
        time.sleep(0.01)
    assert room.move.failed
    stands = page.opened.now()
    assert MONDAY < stands < MONDAY + timedelta(days=1)
    monkeypatch.undo()
    assert room.start("jam-1").start >= stands


def test_the_rooms_clock_counts_only_where_phones_are_simulated(sqlite_url: str) -> None:
    with training_room(sqlite_url) as opened:
        set_clock(opened, MONDAY)
        assert abs(opened.now() - MONDAY) < timedelta(seconds=TIMEOUT_S)
    with training_room(sqlite_url, gateway="manual") as opened:
        set_clock(opened, MONDAY)
        assert abs(opened.now() - clock.now()) < timedelta(seconds=TIMEOUT_S)
