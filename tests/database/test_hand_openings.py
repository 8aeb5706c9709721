"""Two people open the same message at once: one of them is told of the other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from config.terms import Wewenang
from scheduler.store import hand_openings, users
from scheduler.store.messaging_tables import Message
from scheduler.store.session import reading, writing
from tests.pesan_room import disposed
from tests.training import MONDAY, training_room


def test_of_two_at_once_one_is_told_of_the_other(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with training_room(database_url, gateway="manual") as opened:
        monkeypatch.setattr(opened, "now", lambda: MONDAY)
        disposed(opened)
        opened.tick(MONDAY)
        with writing(opened.engine) as connection:
            people = [
                users.add_user(connection, name, name, Wewenang.OPERATOR, "x", MONDAY)
                for name in ("satu", "dua")
            ]
            key = connection.execute(select(Message.id).limit(1)).scalar_one()

        def opens(user_id: int) -> str | None:
            with writing(opened.engine) as connection:
                other = hand_openings.claim(connection, key, user_id, MONDAY, anyway=False)
            return other.by if other else None

        with ThreadPoolExecutor(2) as pool:
            told = list(pool.map(opens, people))
        assert [name is None for name in told] in ([True, False], [False, True])
        assert {"satu", "dua", None} > set(told)
        later = MONDAY + timedelta(minutes=1)
        with writing(opened.engine) as connection:
            assert hand_openings.claim(connection, key, people[0], later, anyway=True) is None
        with reading(opened.engine) as connection:
            opening = hand_openings.of(connection, [key])[key]
        assert (opening.user_id, opening.at) == (people[0], later)
