"""A word that many complaints wait for: the first at once, the others by a worker, each once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from bot import handling, settling
from bot.settling import Settled, settle_next
from config.terms import Wewenang
from scheduler.complaint import RefusedError
from scheduler.store import settlings, unknown_names, users
from scheduler.store.console_tables import Action, Sp4nWord
from scheduler.store.handled import WAIT
from scheduler.store.session import reading, writing
from scheduler.store.tables import Audit
from scheduler.store.unknown_names import Meaning, Told
from tests.database.builders import Kabupaten, at, kabupaten, row
from tests.training import set_clock

ANTARIKSA = "Badan Antariksa"
NOON = at("2026-05-04T12:00")
LATER = NOON + WAIT
NUMBERS = [str(9000001 + n) for n in range(7)]
FIRST = 2


class Killed(BaseException):
    """What happens to a process that nobody asks."""


@pytest.fixture
def office(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Kabupaten]:
    monkeypatch.setattr(settling, "AT_ONCE", FIRST)
    with kabupaten(database_url, tmp_path, gateway="simulator") as opened:
        with writing(opened.engine) as connection:
            users.add_user(connection, "operator", "Operator", Wewenang.OPERATOR, "!", NOON)
        opened.import_([row(one, instansi=ANTARIKSA) for one in NUMBERS], "2026-05-04T11:00")
        set_clock(opened.opened, NOON)
        yield opened


def settles(office: Kabupaten, when: datetime = NOON, short: str = "DPU") -> Settled:
    meaning = Meaning("instansi", instansi_id=office.body(short), said="kata = DPU")
    return settling.settle(office.opened, 1, ANTARIKSA, meaning, when)


def waiting(office: Kabupaten) -> int:
    with reading(office.engine) as connection:
        return len(unknown_names.waiting(connection, "instansi", ANTARIKSA.casefold()))


def told(office: Kabupaten) -> Told | None:
    with reading(office.engine) as connection:
        found = unknown_names.told(connection)
    return found[0] if found else None


def times_settled(office: Kabupaten) -> list[int]:
    """How often each complaint was settled."""
    with reading(office.engine) as connection:
        query = select(func.count()).where(Audit.event == settling.SETTLED)
        return list(connection.execute(query.group_by(Audit.complaint_id)).scalars())


def undo(office: Kabupaten, done: Settled, when: datetime) -> tuple[list[str], Any]:
    assert done.action is not None
    return handling.undo(office.opened, 1, done.action, when)


def test_the_others_follow_once_the_first_cannot_be_undone(office: Kabupaten) -> None:
    done = settles(office)
    assert (len(done.done), done.left, done.rest_from) == (FIRST, 5, LATER)
    report = office.import_([row("9000099", instansi=ANTARIKSA)], "2026-05-04T12:00")
    assert report.held == 0  # the word is known from the first transaction on
    set_clock(office.opened, LATER - timedelta(seconds=1))
    assert not settle_next(office.opened)
    assert waiting(office) == 5
    set_clock(office.opened, LATER)
    assert settle_next(office.opened)
    assert waiting(office) == 0
    found = told(office)
    assert found is not None
    assert (found.done, found.refused, found.total, found.over) == (7, 0, 7, True)
    assert times_settled(office) == [1] * 7
    assert not settle_next(office.opened)


def test_until_then_all_of_it_can_be_undone(office: Kabupaten) -> None:
    done = settles(office)
    undone, left = undo(office, done, NOON + timedelta(seconds=30))
    assert (len(undone), left) == (FIRST, [])
    set_clock(office.opened, LATER)
    assert not settle_next(office.opened)
    assert (waiting(office), told(office)) == (7, None)
    assert settles(office, LATER).left == 5  # and it may be said otherwise


def test_afterwards_nothing_of_it_can(office: Kabupaten) -> None:
    done = settles(office)
    set_clock(office.opened, LATER)
    answers = iter([False])
    assert settle_next(office.opened, lambda: next(answers))
    for _ in range(2):  # while it goes on, and when it is over
        with pytest.raises(RefusedError, match="sudah diterapkan"):
            undo(office, done, LATER)
        assert settle_next(office.opened) or told(office)
    assert waiting(office) == 0


def test_a_word_that_is_being_settled_is_not_settled_again(office: Kabupaten) -> None:
    settles(office)
    with pytest.raises(RefusedError, match="sedang ditetapkan"):
        settles(office, short="Disdik")
    with reading(office.engine) as connection:
        (found,) = connection.execute(select(Sp4nWord.instansi_id)).scalars()
    assert found == office.body("DPU")


def test_two_desks_at_once_settle_it_once(
    office: Kabupaten, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second one has seen the word free, and everything of his is refused or rolled back."""
    with monkeypatch.context() as patched:
        patched.setattr(settlings, "is_open", lambda *_: settles_first(office, patched))
        with pytest.raises(RefusedError, match="sedang ditetapkan"):
            settles(office, short="Disdik")
    assert waiting(office) == 5
    assert times_settled(office) == [1] * FIRST


def settles_first(office: Kabupaten, patched: pytest.MonkeyPatch) -> bool:
    patched.undo()
    patched.setattr(settling, "AT_ONCE", FIRST)
    settles(office)
    return False


def test_of_a_worker_that_was_killed_another_takes_over(
    office: Kabupaten, monkeypatch: pytest.MonkeyPatch
) -> None:
    settles(office)
    set_clock(office.opened, LATER)
    handle, calls = handling.handle, iter(range(9))

    def killed(*args: Any, **options: Any) -> Any:
        if next(calls) == 1:
            raise Killed
        return handle(*args, **options)

    with monkeypatch.context() as patched:
        patched.setattr(settlings, "LEASE", timedelta(0))
        patched.setattr(settling, "handle", killed)
        with pytest.raises(Killed):
            settle_next(office.opened)
    found = told(office)
    assert found is not None
    assert (found.done, found.over, waiting(office)) == (2 * FIRST, False, 3)
    assert settle_next(office.opened)
    found = told(office)
    assert found is not None
    assert (found.done, found.total, found.over) == (7, 7, True)
    assert times_settled(office) == [1] * 7


def test_who_was_away_too_long_settles_nothing_more(
    office: Kabupaten, monkeypatch: pytest.MonkeyPatch
) -> None:
    settles(office)
    set_clock(office.opened, LATER)
    handle = handling.handle

    def overtaken(*args: Any, **options: Any) -> Any:
        with writing(office.engine) as connection:
            assert settlings.claim(connection, LATER) is not None
        return handle(*args, **options)

    with monkeypatch.context() as patched:
        patched.setattr(settlings, "LEASE", timedelta(0))
        patched.setattr(settling, "handle", overtaken)
        assert settle_next(office.opened)
    assert (waiting(office), times_settled(office)) == (5, [1] * FIRST)


def test_what_workers_die_of_is_left_alone(
    office: Kabupaten, monkeypatch: pytest.MonkeyPatch
) -> None:
    settles(office)
    monkeypatch.setattr(settlings, "LEASE", timedelta(0))
    for _ in range(settlings.MOST_TRIES):
        with writing(office.engine) as connection:
            assert settlings.claim(connection, LATER) is not None
    with writing(office.engine) as connection:
        assert settlings.claim(connection, LATER) is None
        assert not settlings.any_left(connection)
    assert settles(office, LATER).left == 3  # what still waits can be settled anew


def test_a_fault_of_ours_leaves_the_rest_waiting(
    office: Kabupaten, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    settles(office)
    set_clock(office.opened, LATER)

    def broken(*_: object, **__: object) -> None:
        raise LookupError("0811-0000-0001")

    with monkeypatch.context() as patched:
        patched.setattr(settling, "handle", broken)
        assert settle_next(office.opened)
    assert "LookupError" in caplog.text
    assert "0811" not in caplog.text
    found = told(office)
    assert found is not None
    assert (found.over, waiting(office)) == (True, 5)


def test_what_is_forgotten_goes_no_further(office: Kabupaten) -> None:
    settles(office)
    with writing(office.engine) as connection:
        assert unknown_names.forget(connection, "instansi", ANTARIKSA.casefold())
    set_clock(office.opened, LATER)
    assert not settle_next(office.opened)
    assert waiting(office) == 5


def test_a_word_that_settles_nothing_is_not_kept(office: Kabupaten) -> None:
    """A name without a letter is none, so no meaning of it helps."""
    office.import_([row("9000088", instansi="---", id="00777")], "2026-05-04T12:00")
    meaning = Meaning("instansi", instansi_id=office.body("DPU"))
    done = settling.settle(office.opened, 1, "---", meaning, NOON)
    assert (done.action, done.done, len(done.refused)) == (None, (), 1)
    assert told(office) is None
    with reading(office.engine) as connection:
        assert connection.execute(select(func.count()).select_from(Action)).scalar() == 0
