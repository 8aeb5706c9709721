"""Users, sessions, counted tries and the access log, on both engines."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from config.terms import Wewenang
from scheduler.store import access_log, logins, users
from scheduler.store.access_log import Wanted
from scheduler.store.logins import TooMany, Try
from scheduler.store.session import Engine, make_engine, reading, writing

NOW = datetime(2026, 5, 4, 5, 0, tzinfo=UTC)
NAME, ADDRESS = b"n" * 32, b"a" * 32
LIMITS = {NAME: 5, ADDRESS: 30}
SECOND = timedelta(seconds=1)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


def user(engine: Engine, username: str = "contoh") -> int:
    with writing(engine) as connection:
        return users.add_user(connection, username, "Nama Contoh", Wewenang.OPERATOR, "hash", NOW)


# --- users ------------------------------------------------------------------------------------


def test_a_name_is_one_users_in_any_case(engine: Engine) -> None:
    user(engine, "Contoh")
    with pytest.raises(IntegrityError):
        user(engine, "cONTOH")
    with reading(engine) as connection:
        found = users.account(connection, "CONTOH")
        assert users.account(connection, "conto") is None
    assert found is not None
    assert (found.username, found.instansi, found.has_totp) == ("contoh", None, False)


def test_a_step_is_taken_once_and_never_an_earlier_one(engine: Engine) -> None:
    one, other = user(engine), user(engine, "lain")

    def take(step: int, who: int = one) -> bool:
        with writing(engine) as connection:
            return users.take_step(connection, who, step)

    assert [take(step) for step in (7, 7, 6, 8)] == [True, False, False, True]
    assert take(7, other)


def test_of_two_who_give_the_same_code_at_once_one_gets_in(engine: Engine) -> None:
    one = user(engine)

    def take(_: int) -> bool:
        with writing(engine) as connection:
            return users.take_step(connection, one, 7)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(take, range(8))) == 1


def test_a_hash_is_replaced_only_where_the_password_is_still_the_same(engine: Engine) -> None:
    one = user(engine)
    with writing(engine) as connection:
        users.rehash(connection, one, "hash", "again")
        users.rehash(connection, one, "hash", "too late")
        found = users.login_by_id(connection, one, lock=True)
    assert found is not None
    assert found.password_hash == "again"


def test_who_is_disabled_proves_nothing(engine: Engine) -> None:
    one = user(engine)
    with writing(engine) as connection:
        users.set_disabled(connection, one, NOW)
        assert users.login_of(connection, "contoh") is None
        assert users.login_by_id(connection, one) is None
        users.set_disabled(connection, one, None)
        assert users.login_of(connection, "Contoh") is not None


# --- sessions ---------------------------------------------------------------------------------


def test_a_session_ends_on_the_second(engine: Engine) -> None:
    one = user(engine)
    with writing(engine) as connection:
        token = users.open_session(connection, one, NOW)

        def opens(at: datetime) -> bool:
            return users.visitor_of(connection, token, at) is not None

        assert opens(NOW + users.IDLE - SECOND)
        assert not opens(NOW + users.IDLE)
        users.touch(connection, token, NOW + users.LONGEST - SECOND)
        assert opens(NOW + users.LONGEST - SECOND)
        assert not opens(NOW + users.LONGEST)


def test_half_a_login_is_no_session_and_a_session_no_half_login(engine: Engine) -> None:
    one = user(engine)
    with writing(engine) as connection:
        half = users.open_session(connection, one, NOW, verified=False)
        whole = users.open_session(connection, one, NOW)
        assert users.visitor_of(connection, half, NOW) is None
        assert users.visitor_of(connection, half, NOW, verified=False) is not None
        assert users.visitor_of(connection, whole, NOW, verified=False) is None
        late = NOW + users.PENDING
        assert users.visitor_of(connection, half, late - SECOND, verified=False) is not None
        assert users.visitor_of(connection, half, late, verified=False) is None
        users.end_sessions(connection, one)
        assert users.visitor_of(connection, whole, NOW) is None


def test_reading_pages_writes_once_a_minute(engine: Engine) -> None:
    one = user(engine)
    with writing(engine) as connection:
        token = users.open_session(connection, one, NOW)
        for later, stale in ((60, False), (61, True)):
            found = users.visitor_of(connection, token, NOW + later * SECOND)
            assert found is not None
            assert found[1] is stale


# --- tries ------------------------------------------------------------------------------------


def begin(engine: Engine, at: datetime = NOW) -> Try | TooMany:
    with writing(engine) as connection:
        return logins.begin(connection, LIMITS, at)


def count(engine: Engine) -> int:
    with reading(engine) as connection:
        found: int = connection.exec_driver_sql("SELECT count(*) FROM login_failures").scalar_one()
    return found


def test_the_sixth_try_waits_for_the_first_to_be_over(engine: Engine) -> None:
    for number in range(5):
        assert isinstance(begin(engine, NOW + number * SECOND), Try)
    over = NOW + logins.WINDOW
    assert begin(engine, NOW + 5 * SECOND) == TooMany(over)
    assert begin(engine, over - SECOND) == TooMany(over)
    assert isinstance(begin(engine, over), Try)
    assert begin(engine, over) == TooMany(over + SECOND)
    assert count(engine) == 10, "what does not count any more is gone"


def test_a_success_takes_its_try_back_and_at_the_end_all_of_the_name(engine: Engine) -> None:
    begin(engine)
    for wholly, left in ((False, 2), (True, 1)):
        tried = begin(engine)
        assert isinstance(tried, Try)
        with writing(engine) as connection:
            logins.succeeded(connection, tried, wholly=wholly)
        assert count(engine) == left, "the address keeps its own"


def test_tries_at_once_are_counted_like_tries_in_a_row(engine: Engine) -> None:
    with ThreadPoolExecutor(12) as pool:
        found = list(pool.map(lambda _: begin(engine), range(24)))
    assert sum(isinstance(one, Try) for one in found) == 5


# --- the access log ---------------------------------------------------------------------------


def test_pages_of_the_log_meet_without_gap_where_moments_are_equal(engine: Engine) -> None:
    one, other = user(engine), user(engine, "lain")
    with writing(engine) as connection:
        for number in range(20):
            who = other if number == 7 else one
            access_log.note(connection, who, "pelapor", NOW + number // 6 * SECOND)
        # The clock of a training room was set back.
        access_log.note(connection, one, "foto", NOW - SECOND)
    with reading(engine) as connection:
        whole = access_log.views(connection, Wanted(), size=100).rows
        assert [row.at for row in whole] == sorted((row.at for row in whole), reverse=True)
        assert whole[-1].what == "foto"
        down: list[access_log.Shown] = []
        page = access_log.views(connection, Wanted(), size=4)
        while page.older is not None:
            assert len(page.rows) == 4
            down += page.rows
            assert len(down) < len(whole)
            page = access_log.views(connection, Wanted(), before=page.older, size=4)
        assert down + list(page.rows) == list(whole)
        up = list(page.rows)
        while page.newer is not None:
            page = access_log.views(connection, Wanted(), after=page.newer, size=4)
            up = [*page.rows, *up]
            assert len(up) <= len(whole)
        assert up == list(whole)
        only = access_log.views(connection, Wanted(user_id=other), size=4)
        assert [row.username for row in only.rows] == ["lain"]
        assert (only.newer, only.older) == (None, None)
