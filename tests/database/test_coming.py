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
from config.terms import Klasifikasi, NoticeStatus, Peran, Wewenang
from scheduler.case import Case
from scheduler.lifecycle import Desk
from scheduler.store import cases, holds, requests, users
from scheduler.store.messaging_tables import Attempt, Message, Notice
from scheduler.store.session import database_now, reading, writing
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


@pytest.mark.parametrize("moment", ["2026-05-06 17:30", "2026-05-05 21:00"])
def test_what_was_missed_comes_at_once_or_in_the_morning(office: Office, moment: str) -> None:
    """The scheduler was down: what it owes goes with its next pass, or waits for the morning."""
    story(office)
    now = at(moment)
    foreseen = ahead(office, now)
    office.tick(moment)
    play(office, now, now + DAY)
    assert said(foreseen.going) == sent(office, now - timedelta(seconds=1), now + DAY)


def test_a_request_is_not_recalled_when_its_time_is_over(office: Office) -> None:
    """The reminder would come in the morning; by then the limit is over, and only that is said."""
    office.dispose("9000001", "DPUPR", "2026-05-05 10:00")
    asks(office, "9000001", "tunda", "2026-05-05 11:00", "2026-05-05 20:30", "2026-05-06 05:00")
    office.tick("2026-05-05 20:00")
    now = at("2026-05-05 20:00")
    foreseen = ahead(office, now)
    play(office, now, now + DAY)
    assert said(foreseen.going) == sent(office, now, now + DAY)
    asked = {x.kind for x in foreseen.going if x.kind.startswith("permintaan")}
    assert asked == {"permintaan_lewat"}


def test_of_a_limit_in_sp4n_kominfo_is_told(office: Office) -> None:
    """No complaint of SP4N's is closed from here: its limit at 23.59 is told in the morning."""
    for number in ("9000001", "9000002"):
        office.dispose(number, "DPUPR", "2026-05-04 10:00")
    office.do("9000001", "2026-05-04 10:00", lambda d, c: d.answer(c, "opd", "Ditambal 4 Mei"))
    office.do("9000002", "2026-05-04 10:00", lambda d, c: d.pause(c, "kominfo", "lokasi"))
    office.tick("2026-05-04 10:00")
    now = at("2026-05-20 20:30")
    office.tick("2026-05-20 20:30")
    foreseen = ahead(office, now)
    play(office, now, now + DAY)
    assert said(foreseen.going) == sent(office, now, now + DAY)
    assert {"tanggapan_batas", "kelengkapan_batas"} <= {x.kind for x in foreseen.going}


def test_a_formal_step_waits_for_the_one_before_it(office: Office) -> None:
    """Nobody knows whether letter I arrived: letter II comes a working day later."""
    office.dispose("9000001", "DPUPR", "2026-05-04 10:00")
    play(office, at("2026-05-04 10:00") - timedelta(seconds=1), at("2026-05-07 12:00"))
    with writing(office.engine) as connection:
        notice = select(Notice.message_id).where(Notice.kind == "surat_1", Notice.copy.is_(False))
        key = connection.execute(notice).scalar_one()
        connection.execute(
            update(Attempt).where(Attempt.message_id == key).values(status="unknown", sid=None)
        )
        connection.execute(update(Notice).where(Notice.message_id == key).values(status="unknown"))
        connection.execute(
            update(Message)
            .where(Message.id == key)
            .values(status="unknown", lease_until=database_now(connection) + DAY)
        )
    now = at("2026-05-07 12:00")
    foreseen = ahead(office, now, ahead=2 * DAY)
    play(office, now, now + 2 * DAY)
    assert said(foreseen.going) == sent(office, now, now + 2 * DAY)
    letters = {x.at for x in foreseen.going if x.letter == "kedua"}
    assert letters == {at("2026-05-08 16:00")}


@pytest.mark.parametrize("before", [True, False])
def test_what_an_ending_calls_off_is_no_promise(
    sqlite_url: str, tmp_path: Any, before: bool
) -> None:
    """Decided at night after an outage, for the morning; at 23.59 the complaint ends."""
    text = load_default_text()
    spot = text.index('clock = "penyelesaian"')
    text = text[:spot] + text[spot:].replace("jawaban_substantif", "tercatat_sp4n", 1)
    policy = tmp_path / "kebijakan.toml"
    policy.write_text(text.replace('limit = "10 hari kerja"', 'limit = "5 hari kerja"'))
    office = Office(sqlite_url, policy_file=policy)
    try:
        number = own(office, "2026-05-04 09:00")
        body = office.body("DPUPR")
        informasi = Klasifikasi.INFORMASI

        def dispose(desk: Desk, case: Case) -> None:
            case.klasifikasi = informasi
            desk.dispose(case, body, "kominfo")

        office.do(number, "2026-05-04 10:00", dispose)
        office.do(number, "2026-05-04 11:00", lambda d, c: d.answer(c, "opd", "Ada 4 Mei"))
        play(office, at("2026-05-04 11:00"), at("2026-05-11 12:00"))
        now = at("2026-05-11 21:00")
        if before:
            office.tick("2026-05-11 21:00")
        foreseen = ahead(office, now)
        play(office, now - timedelta(seconds=1), now + DAY)
        told = {row.line.kind: row.status for row in office.notices()}
        assert told["penyelesaian_lewat"] == "cancelled"
        assert said(foreseen.going) == sent(office, now, now + DAY)
    finally:
        office.close()


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
