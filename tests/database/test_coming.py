"""What the next hours are said to bring is what passes then really send."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import event, select, update

from bot import coming, handover
from bot.coming_calendar import Coming, Forecast
from config.policy_file import load_default_text
from config.terms import NoticeStatus, Peran, Wewenang
from scheduler.case import Case
from scheduler.lifecycle import Desk
from scheduler.store import cases, holds, requests, users
from scheduler.store.messaging_tables import Attempt, Notice
from scheduler.store.session import reading, writing
from scheduler.store.tables import Complaint, Holder
from scheduler.store.training import next_due
from tests.database.office import WIB, Office, at

DAY = timedelta(hours=24)
MOMENTS = (
    "2026-05-04 21:00",  # at night: ingat comes in the morning, SUDAH ends
    "2026-05-06 15:59",  # surat_1 in a minute, then the last day
    "2026-05-07 15:00",  # surat_2, then eskalasi
    "2026-05-10 20:30",  # ulang, a week's first day: the Sekda's share
)

Sent = tuple[datetime, int | None, str | None, str, str | None, bool]


@pytest.fixture
def office(sqlite_url: str, tmp_path: Any) -> Iterator[Office]:
    policy = tmp_path / "kebijakan.toml"
    policy.write_text(load_default_text())  # with its summaries
    made = Office(sqlite_url, policy_file=policy)
    yield made
    made.close()


def own(office: Office, when: str) -> str:
    """A complaint of the counter that nobody verifies."""
    moment = at(when)
    case = Case("Lampu padam", "Lampu padam", moment, moment, nomor="SPG-2605-0001")
    desk = Desk(office.opened.world(moment), moment)
    with writing(office.engine) as connection:
        desk.receive(case, "kominfo")
        cases.write(connection, desk.changes)
    return case.number


def asks(office: Office, number: str, kind: requests.Kind, when: str, look: str, due: str) -> None:
    with writing(office.engine) as connection:
        key = cases.find(connection, number)
        assert key is not None
        requests.ask(
            connection,
            key,
            kind,
            body="bukan wewenang",
            post_id=None,
            decider=None if kind == "sudah" else Peran.ADMIN_KOORDINATOR,
            inbound_id=None,
            at=at(when),
            due_at=at(due),
            next_look_at=at(look),
        )


def story(office: Office) -> None:
    """What happens on Monday, before anybody looks ahead."""
    own(office, "2026-05-04 09:00")
    for number, short, hour in (
        ("9000001", "DPUPR", 10),
        ("9000002", "Disdik", 11),
        ("9000003", "DPUPR", 13),
        ("9000004", "Dinkes", 14),
        ("9000005", "Dishub", 14),
    ):
        office.dispose(number, short, f"2026-05-04 {hour}:00")
    office.do("9000003", "2026-05-04 14:00", lambda d, c: d.answer(c, "opd", "Ditambal 4 Mei"))
    office.do("9000004", "2026-05-04 14:30", lambda d, c: d.pause(c, "kominfo", "lokasi"))
    office.do("9000005", "2026-05-04 14:30", _sudah)
    asks(office, "9000005", "sudah", "2026-05-04 14:30", "2026-05-05 14:30", "2026-05-05 14:30")
    asks(office, "9000002", "bukan", "2026-05-04 15:00", "2026-05-05 08:00", "2026-05-05 15:00")
    _hands_over(office)


def _sudah(desk: Desk, case: Case) -> None:
    desk.wait_for_sp4n(case, "opd", at("2026-05-05 14:30"))


def _hands_over(office: Office) -> None:
    """DPUPR's admin is away from Tuesday on, and the Sekretaris stands in for one complaint."""
    made = at("2026-05-04 15:00")
    world = office.opened.world(made)
    giver, taker = (
        next(p for p in world.directory.posts.values() if p.label.startswith(label))
        for label in ("Admin DPUPR", "Sekretaris DPUPR")
    )
    with writing(office.engine) as connection:
        key = cases.find(connection, "9000001")
        assert key is not None
        user = users.add_user(connection, "op", "Contoh", Wewenang.OPERATOR, "!", made)
    days = date(2026, 5, 5), date(2026, 5, 8)
    wanted = handover.Wanted(
        giver=giver,
        taker=taker,
        mulai=days[0],
        selesai=days[1],
        reason="Cuti",
        complaint_ids=frozenset({key}),
    )
    handover.hand_over(office.engine, world, wanted, made, user_id=user, actor="kominfo")


def play(office: Office, start: datetime, end: datetime) -> None:
    """Pass at every moment something is due, and in the morning when figures are told."""
    now = start
    mornings = [
        datetime.combine(start.date() + n * timedelta(days=1), hour, WIB)
        for n in range((end - start).days + 3)
        for hour in (time(6, 30), time(7, 30), time(8))
    ]
    while now < end:
        with reading(office.engine) as connection:
            due = next_due(connection, now)
        now = min([due or end, end, *(one for one in mornings if one > now)])
        office.opened.tick(now)


def ahead(office: Office, now: datetime, **options: Any) -> Forecast:
    world = office.opened.world(now)
    with reading(office.engine) as connection:
        return coming.forecast(connection, world, now, **options)


def said(items: list[Coming]) -> set[Sent]:
    return {(x.at, x.post_id, x.number, x.kind, x.letter, x.copy) for x in items}


def sent(office: Office, start: datetime, end: datetime) -> set[Sent]:
    with reading(office.engine) as connection:
        rows = connection.execute(
            select(
                Attempt.pass_at,
                Notice.post_id,
                Complaint.tracking_id,
                Complaint.nomor,
                Notice.kind,
                Notice.letter,
                Notice.copy,
            )
            .join(Notice, Notice.message_id == Attempt.message_id)
            .outerjoin(Complaint, Complaint.id == Notice.complaint_id)
            .where(Attempt.pass_at > start, Attempt.pass_at <= end)
        )
        return {(r[0], r[1], r[2] or r[3], r[4], r[5], r[6]) for r in rows}


@pytest.mark.parametrize("moment", MOMENTS)
def test_the_next_day_is_what_passes_send(office: Office, moment: str) -> None:
    story(office)
    now = at(moment)
    play(office, at("2026-05-04 15:00"), now)
    foreseen = ahead(office, now)
    assert not foreseen.more
    play(office, now, now + DAY)
    assert said(foreseen.going) == sent(office, now, now + DAY)
    assert said(foreseen.going)


def test_nothing_is_changed_by_looking(office: Office) -> None:
    story(office)
    now = at("2026-05-06 15:59")
    play(office, at("2026-05-04 15:00"), now)
    assert ahead(office, now) == ahead(office, now)


def test_what_was_missed_comes_at_once(office: Office) -> None:
    """The scheduler was down for two days: what it owes now goes with its next pass."""
    story(office)
    office.tick("2026-05-04 15:00")
    now = at("2026-05-06 17:30")
    foreseen = ahead(office, now)
    office.tick("2026-05-06 17:30")
    play(office, now, now + DAY)
    assert said(foreseen.going) == sent(office, now - timedelta(seconds=1), now + DAY)


def test_what_is_held_says_why(office: Office) -> None:
    office.dispose("9000001", "DPUPR", "2026-05-04 10:00")
    office.tick("2026-05-04 10:00")
    now = at("2026-05-06 16:00")
    with writing(office.engine) as connection:
        connection.execute(update(Complaint).values(backlog_at=at("2026-05-04 09:00")))
    play(office, at("2026-05-04 10:00"), at("2026-05-07 17:00"))
    foreseen = ahead(office, at("2026-05-07 17:00"))
    assert {x.held for x in foreseen.held} == {"tunggakan: menunggu dilepas Kominfo"}
    assert {x.kind for x in foreseen.held} == {"eskalasi"}
    assert now < foreseen.now


def test_a_post_without_holder_is_no_promise(office: Office) -> None:
    office.dispose("9000001", "DPUPR", "2026-05-04 21:00")
    with writing(office.engine) as connection:
        connection.execute(update(Holder).values(mulai=None, selesai=date(2026, 5, 4)))
    foreseen = ahead(office, at("2026-05-04 21:30"))
    assert foreseen.going == []
    assert {x.held for x in foreseen.held} == {coming.NOBODY}


def test_a_stopped_clock_takes_its_notices_along(office: Office) -> None:
    """A limit that ends a complaint calls off what still waits for the morning."""
    story(office)
    now = at("2026-05-18 20:30")
    play(office, at("2026-05-04 15:00"), now)
    foreseen = ahead(office, now, ahead=timedelta(hours=48))
    play(office, now, now + timedelta(hours=48))
    assert said(foreseen.going) == sent(office, now, now + timedelta(hours=48))


def test_by_hand_nothing_goes_by_itself(office: Office) -> None:
    office.dispose("9000001", "DPUPR", "2026-05-04 10:00")
    foreseen = ahead(office, at("2026-05-04 10:00"), by_hand=True)
    assert {x.held for x in foreseen.held} == {coming.BY_HAND}


def test_a_veto_hour_and_a_release_are_held(office: Office) -> None:
    office.dispose("9000001", "DPUPR", "2026-05-04 21:00")
    with writing(office.engine) as connection:
        assert holds.veto(connection, 1, "menunggu arahan") == 0  # terima is no formal step
    assert ahead(office, at("2026-05-04 21:30")).held == []


def test_queries_do_not_grow(office: Office) -> None:
    def count() -> int:
        asked: list[str] = []

        def note(*given: Any) -> None:
            asked.append(given[2])

        event.listen(office.engine, "before_cursor_execute", note)
        ahead(office, at("2026-05-06 15:59"))
        event.remove(office.engine, "before_cursor_execute", note)
        return len(asked)

    office.dispose("9000001", "DPUPR", "2026-05-04 10:00")
    office.tick("2026-05-04 10:00")
    few = count()
    for number in range(20):
        office.dispose(f"91000{number:02}", "DPUPR", "2026-05-04 10:00")
    office.tick("2026-05-04 10:05")
    assert count() == few
    assert NoticeStatus.PENDING not in {row.status for row in office.notices()}
