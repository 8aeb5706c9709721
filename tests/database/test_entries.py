"""A form that is sent twice is one complaint, also where both come at the same moment."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from bot import handling
from bot.entries import Typed, enter
from bot.verbs import act
from config.terms import Wewenang
from scheduler.store import entries, handled, users
from scheduler.store.handled import WAIT
from scheduler.store.session import reading, writing
from tests.database.builders import Kabupaten, at, kabupaten

NOON = at("2026-05-04T12:00")
TOKEN = "0" * 32
TYPED = Typed(
    judul="Lampu jalan mati",
    isi="Lampu jalan di Jalan Contoh mati.",
    sumber="Tatap Muka",
    received_at=NOON,
    phone="+6281100009007",
    tell=True,
)


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Kabupaten]:
    with kabupaten(database_url, tmp_path) as opened:
        with writing(opened.engine) as connection:
            users.add_user(connection, "operator", "Operator", Wewenang.OPERATOR, "!", NOON)
        yield opened


def test_of_two_at_the_same_moment_one_enters_and_both_get_its_number(
    office: Kabupaten, monkeypatch: pytest.MonkeyPatch
) -> None:
    both_looked = Barrier(2, timeout=30)
    look = entries.of_token
    looks: list[Any] = []

    def looking(*given: Any) -> int | None:
        found = look(*given)
        looks.append(found)
        if len(looks) <= 2:
            both_looked.wait()  # neither enters before the other one has seen nothing, too
        return found

    monkeypatch.setattr(entries, "of_token", looking)
    with ThreadPoolExecutor(2) as pool:
        tasks = [pool.submit(enter, office.opened, 1, TOKEN, TYPED, NOON) for _ in range(2)]
        ids = {task.result(timeout=60) for task in tasks}
    assert looks[:2] == [None, None]
    assert len(ids) == 1
    counts = office.counts()
    assert (counts["complaints"], counts["entries"], counts["actions"]) == (1, 1, 1)
    assert [told.step for told in office.told() if told.post == "pelapor"] == ["receive"]


def test_another_form_is_another_complaint(office: Kabupaten) -> None:
    first = enter(office.opened, 1, TOKEN, TYPED, NOON)
    assert enter(office.opened, 1, TOKEN, TYPED, NOON) == first
    assert enter(office.opened, 1, "1" * 32, TYPED, NOON) != first
    assert office.columns("nomor") == [("SPG-2605-0001",), ("SPG-2605-0002",)]


def offered(office: Kabupaten, when: datetime) -> handled.Offer | None:
    with reading(office.engine) as connection:
        return handled.offer(connection, 1, when)


def test_taken_back_it_is_archived_as_if_never_entered_and_nobody_is_told(
    office: Kabupaten,
) -> None:
    enter(office.opened, 1, TOKEN, TYPED, NOON)
    soon = NOON + timedelta(seconds=30)
    assert offered(office, soon) == handled.Offer(1, "entri", NOON + WAIT, "SPG-2605-0001", 1)
    assert offered(office, NOON + WAIT) is None
    assert handling.undo(office.opened, 1, 1, soon) == (["SPG-2605-0001"], [])
    assert offered(office, soon) is None
    assert office.columns("status", "alasan", "reporter_phone_id") == [
        ("arsip", "salah entri", None)
    ]
    assert office.runs("SPG-2605-0001") == []
    office.opened.tick(NOON + timedelta(hours=1))
    assert [told.status for told in office.told()] == ["cancelled"]


def test_archived_before_its_number_was_told_it_is_told_to_nobody(office: Kabupaten) -> None:
    enter(office.opened, 1, TOKEN, TYPED, NOON)
    soon = NOON + timedelta(seconds=30)
    act(office.opened, "SPG-2605-0001", soon, lambda d, c: d.archive(c, "kominfo", "salah nomor"))
    office.opened.tick(NOON + timedelta(hours=1))
    assert [told.status for told in office.told()] == ["cancelled"]
