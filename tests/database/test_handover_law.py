"""The law of handovers: whatever is handed over when, each notice is told once, to whose it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from sqlalchemy import select

from config.terms import NoticeStatus
from scheduler.complaint import RefusedError
from scheduler.store.messaging_tables import Attempt, Message, Notice
from scheduler.store.session import reading
from tests.database.handing import HEAD, LeaveRoom, P, Q
from tests.database.office import WIB, at

FIRST = at("2026-05-04T09:00")
POSTS = (P, Q, HEAD)


@dataclass
class Given:
    """A handover as the test knows it."""

    giver: int
    taker: int
    ids: frozenset[int]
    days: tuple[date, date]
    made: datetime
    ended: datetime | None = None

    def holds(self, moment: datetime) -> bool:
        open_ = self.made <= moment and (self.ended is None or moment < self.ended)
        return open_ and self.days[0] <= moment.astimezone(WIB).date() <= self.days[1]


def told(given: list[Given], post: int, about: int, moment: datetime) -> int:
    """Whose phone it is at a moment, as the rule says it: by following who gave to whom."""
    for _ in range(len(POSTS)):
        after = [g.taker for g in given if g.giver == post and about in g.ids and g.holds(moment)]
        if not after:
            return post
        (post,) = after
    raise AssertionError("it goes round")


def text(moment: datetime) -> str:
    return moment.astimezone(WIB).replace(tzinfo=None).isoformat(timespec="seconds")


def play(room: LeaveRoom, random: Random) -> list[Given]:
    """Days of complaints, handovers made and ended, and passes, all at random moments."""
    given: dict[int, Given] = {}
    numbers = [str(9_000_001 + n) for n in range(4)]
    moments = sorted(FIRST + timedelta(minutes=random.randrange(6 * 24 * 60)) for _ in range(45))
    # By their own hours too, lest a step is always late.
    hours = [FIRST + timedelta(days=day, hours=hour) for day in range(7) for hour in (-1, 7)]
    waiting = list(numbers)
    for moment in sorted([*moments, *hours]):
        done = random.choice(["dispose", "hand", "hand", "hand", "end", "tick"])
        if done == "dispose" and waiting:
            room.dispose(waiting.pop(0), "DPUPR", text(moment))
        elif done == "hand":
            _hand(room, random, moment, given, numbers[: len(numbers) - len(waiting)])
        elif done == "end" and given:
            key = random.choice(sorted(given))
            try:
                room.ends(key, text(moment))
            except RefusedError:
                continue
            given[key].ended = moment
        else:
            result = room.tick(text(moment))
            assert (result.problems, result.failed, result.unknown) == ((), 0, 0), result
    for hours_later in (1, 2, 24 * 2, 24 * 2 + 1):
        room.tick(text(FIRST + timedelta(days=7, hours=hours_later)))
    return list(given.values())


def _hand(
    room: LeaveRoom, random: Random, moment: datetime, given: dict[int, Given], there: list[str]
) -> None:
    giver, taker = random.sample(POSTS, 2)
    some = random.sample(there, min(len(there), random.choice([1, 2])))
    today = moment.astimezone(WIB).date()
    first = today + timedelta(days=random.choice([0, 0, 1]))
    days = first, first + timedelta(days=random.choice([0, 1, 3]))
    try:
        key = room.hands(
            some,
            text(moment),
            giver=giver,
            taker=taker,
            days=(days[0].isoformat(), days[1].isoformat()),
        )
    except RefusedError:
        return
    ids = frozenset(room.key(number) for number in some)
    given[key] = Given(room.post(giver).id, room.post(taker).id, ids, days, moment)


@pytest.mark.parametrize("seed", [3])
def test_each_notice_is_told_once_to_whose_it_is(database_url: str, seed: int) -> None:
    random = Random(f"handover/{seed}")
    room = LeaveRoom(database_url)
    try:
        given = play(room, random)
        phones = {post.id: _phone(room, post.id) for post in map(room.post, POSTS)}
        with reading(room.engine) as connection:
            rows = connection.execute(
                select(
                    Notice.cause,
                    Notice.status,
                    Notice.post_id,
                    Notice.complaint_id,
                    Message.phone_id,
                    Attempt.pass_at,
                )
                .outerjoin(Message, Message.id == Notice.message_id)
                .outerjoin(Attempt, Attempt.message_id == Message.id)
                .where(Notice.run_id.is_not(None), Notice.post_id.in_(phones))
            ).all()
        assert len(rows) == len({row.cause for row in rows}) > 15
        stood_in = 0
        for row in rows:
            assert row.status is NoticeStatus.DELIVERED, row
            whose = told(given, row.post_id, row.complaint_id, row.pass_at.astimezone(UTC))
            assert row.phone_id == phones[whose], (row, given)
            stood_in += whose != row.post_id
        assert stood_in > 5, "nothing of it was about handovers"
    finally:
        room.close()


def _phone(room: LeaveRoom, post_id: int) -> int:
    directory = room.opened.world(FIRST).directory
    found = directory.phone(post_id, FIRST.astimezone(WIB).date())
    assert found is not None
    return found
