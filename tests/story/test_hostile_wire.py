"""Sending against what happens at the worst moment: late reports, answers, recalls, mutasi."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Event
from typing import Any

import pytest
from sqlalchemy import event, insert, select, text, update

from bot.channels.handover import hand_over
from scheduler.case import Case
from scheduler.lifecycle import Desk
from scheduler.store import delivery, doubtful, grouping, reach, throttle
from scheduler.store.delivery import Report
from scheduler.store.messaging_tables import Attempt, DeliveryReport, Message, Notice
from scheduler.store.session import reading, writing
from tests.database.office import Office, at
from tests.fakes.twilio_server import FakeTwilio
from tests.story.wired import ACTING, ADMIN, DAY, NEVER, SMS, WHATSAPP, Wired

PUPR = "Dinas Pekerjaan Umum dan Penataan Ruang,opd,Kabupaten Contoh,5"
PLH = f"{PUPR},admin_opd,Admin DPUPR,Plh Contoh,,0811-0000-0701,plh,2026-05-01,2026-05-31"
PLT = f"{PUPR},admin_opd,Admin DPUPR,Plt Contoh,,0811-0000-0702,plt,2026-05-01,2026-05-31"
SECOND = "+6281100000702"


@pytest.fixture
def office(database_url: str, fake: FakeTwilio) -> Iterator[Wired]:
    made = Wired(database_url, fake)
    yield made
    made.close()


def dispose(office: Office) -> None:
    office.dispose("9000001", "DPUPR", f"{DAY}10:00")


def answer(office: Wired, when: str) -> None:
    office.do(
        "9000001", when, lambda desk, case: desk.answer(case, "kominfo", "Sudah ditambal 4 Mei.")
    )


def just_before_hand_over(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:

    def late(*args: Any) -> bool:
        act()
        return hand_over(*args)

    monkeypatch.setattr("bot.channels.dispatcher.hand_over", late)


def late_on_whatsapp_and_dead_on_sms(office: Wired) -> None:
    office.approve_templates()
    office.fake.outcome(to=ADMIN, channel=WHATSAPP, report=NEVER)
    office.fake.outcome(to=ADMIN, channel=SMS, refuse=21614)
    dispose(office)
    office.tick(f"{DAY}10:00")


def test_delivered_while_it_is_being_handed_over_is_delivered(
    office: Wired, monkeypatch: pytest.MonkeyPatch
) -> None:
    late_on_whatsapp_and_dead_on_sms(office)
    sid = office.sid(ADMIN, WHATSAPP)
    just_before_hand_over(monkeypatch, lambda: office.report(sid, "delivered", when="10:30"))
    office.tick(f"{DAY}10:30")
    assert office.notice("Admin DPUPR").status == "delivered"
    assert not [kind for kind in office.kinds() if kind.startswith("gagal")]


def test_answered_while_it_is_being_handed_over_is_no_failure(
    office: Wired, monkeypatch: pytest.MonkeyPatch
) -> None:
    late_on_whatsapp_and_dead_on_sms(office)
    just_before_hand_over(monkeypatch, lambda: answer(office, f"{DAY}10:30"))
    office.tick(f"{DAY}10:30")
    assert office.notice("Admin DPUPR").status == "cancelled"
    assert not [kind for kind in office.kinds() if kind.startswith("gagal")]


def test_handed_over_and_delivered_after_all_needs_no_more(office: Wired) -> None:
    """The acting holder's message is under way when the first one arrives; then it fails."""
    office.appoint(PLH)
    late_on_whatsapp_and_dead_on_sms(office)
    first = office.sid(ADMIN, WHATSAPP)
    office.fake.outcome(to=ACTING, report=NEVER)
    office.tick(f"{DAY}10:30")
    assert office.got(ACTING) == [WHATSAPP]
    office.report(first, "delivered", when="10:40")
    office.report(office.sid(ACTING, WHATSAPP), "undelivered", 63024, "10:41")
    office.tick(f"{DAY}10:42")
    assert office.got(ACTING) == [WHATSAPP]
    assert office.notice("Admin DPUPR").status == "delivered"
    assert not [kind for kind in office.kinds() if kind.startswith("gagal")]


def test_delivered_at_last_to_the_first_of_three_stops_the_third(office: Wired) -> None:
    office.appoint(PLH)
    office.appoint(PLT)
    late_on_whatsapp_and_dead_on_sms(office)
    office.fake.outcome(to=SECOND, refuse=21211)
    office.fake.outcome(to=ACTING, refuse=20003, status=401)
    first = office.sid(ADMIN, WHATSAPP)
    office.tick(f"{DAY}10:30")
    assert office.notice("Admin DPUPR").status == "pending"
    office.report(first, "delivered", when="10:40")
    office.fake.outcome(to=ACTING, report=[["delivered", 0]])
    office.tick(f"{DAY}11:00")
    assert office.got(ACTING) == []
    assert office.notice("Admin DPUPR").status == "delivered"


def test_a_report_of_another_hour_wakes_the_ladder_of_this_one(office: Wired) -> None:
    """Passes run at times of their own; reports come in when they come."""
    dispose(office)
    office.tick(f"{DAY}10:00")
    office.tick("2026-05-05T08:00")
    before = {message["sid"] for message in office.fake.messages()}
    office.fake.script(*["cut_after"] * 2)
    assert office.tick("2026-05-06T16:00").unknown == 2
    office.fake.rules(list_faults={"cut_before": 1.0})  # nobody can be asked
    office.tick("2026-05-07T08:00")
    office.tick("2026-05-07T16:00")  # surat_2 is due, and waits for what surat_1 came to
    assert not [n for n in office.notices() if n.step == "surat_2"]
    with reading(office.engine) as connection:
        key = connection.execute(
            select(Attempt.id, Message.phone_id, Attempt.body)
            .join(Message)
            .where(Attempt.status == "unknown")
            .order_by(Attempt.id)
        ).all()
    now = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
    for message in office.fake.messages():
        if message["sid"] not in before:
            for attempt_id, _, body in key:
                if body == message["body"]:
                    office.opened.take_report(
                        Report(message["sid"], "delivered", None, attempt_id, now)
                    )
    first = [n.status for n in office.notices() if n.step == "surat_1"]
    assert set(first) == {"delivered"}, first
    office.tick("2026-05-07T16:01")
    assert [n for n in office.notices() if n.step == "surat_2"]


def test_recalled_while_another_way_is_looked_for_is_taken_back(office: Wired) -> None:
    office.approve_templates()
    office.fake.outcome(to=ADMIN, channel=WHATSAPP, report=NEVER)
    office.fake.outcome(to=ADMIN, channel=SMS, refuse=20003, status=401)
    dispose(office)
    office.tick(f"{DAY}10:00")
    office.tick(f"{DAY}10:30")
    assert office.notice("Admin DPUPR").status == "pending"

    def give_back(desk: Desk, case: Case) -> None:
        desk.give_back(case, "kominfo", "bukan wewenang")

    office.do("9000001", f"{DAY}10:35", give_back)
    recalls = [str(n.post) for n in office.notices() if n.line.kind == "abaikan"]
    assert any(post.startswith("Admin DPUPR") for post in recalls), recalls


def test_what_stood_still_on_its_second_way_goes_with_the_pass_after(office: Wired) -> None:
    """No lease of a pass that sent nothing keeps it back."""
    office.approve_templates()
    office.fake.outcome(to=ADMIN, channel=WHATSAPP, report=NEVER)
    dispose(office)
    office.tick(f"{DAY}10:00")
    office.do("9000001", f"{DAY}10:20", lambda desk, case: desk.pause(case, "kominfo", "peta"))
    office.tick(f"{DAY}10:30")
    assert office.got(ADMIN) == [WHATSAPP]
    office.do("9000001", f"{DAY}10:40", lambda desk, case: desk.resume(case, "kominfo"))
    office.tick(f"{DAY}10:41")
    # With what stood still comes the word that the clock goes on; two threads send them.
    assert office.got(ADMIN)[0] == WHATSAPP
    assert sorted(office.got(ADMIN)[1:]) == [SMS, WHATSAPP]


# --- on PostgreSQL rows are locked one by one, so the order must be one ------------------------


def test_reports_that_waited_and_one_that_comes_in_do_not_wait_for_each_other(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two messages of one complaint: each locks its attempt, then the run they share."""
    office = Office(postgres_url)
    dispose(office)
    office.tick(f"{DAY}10:00")
    moment = at(f"{DAY}10:05")
    with writing(office.engine) as connection:
        connection.execute(update(Attempt).values(status="accepted", word="sent"))
        connection.execute(update(Message).values(status="accepted"))
        sids = list(connection.execute(select(Attempt.sid).order_by(Attempt.id)).scalars())
        rows = [
            {"sid": sid, "word": "delivered", "error": "", "received_at": moment} for sid in sids
        ]
        connection.execute(insert(DeliveryReport), [{**row, "applied": False} for row in rows])
    applied, begun = delivery.apply, Event()

    def slowly(*args: Any) -> None:
        applied(*args)
        if not begun.is_set():
            begun.set()
            time.sleep(0.3)

    monkeypatch.setattr(delivery, "apply", slowly)
    read = Report(sids[1] or "", "read", None, None, moment)
    with ThreadPoolExecutor(2) as pool:
        waited = pool.submit(office.tick, f"{DAY}10:05")
        assert begun.wait(30)
        pool.submit(office.opened.take_report, read).result()
        waited.result()
    assert {notice.status for notice in office.notices()} == {"delivered"}
    office.close()


def test_what_is_refused_gives_back_its_part_before_it_stops_the_sender(
    postgres_url: str, fake: FakeTwilio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Freezing locks the day, then the sender; so must recording."""
    office = Wired(postgres_url, fake)
    fake.outcome(refuse=20003, status=401)
    dispose(office)
    order: list[str] = []

    def noted(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def noting(*args: Any, **kwargs: Any) -> Any:
            order.append(name)
            return call(*args, **kwargs)

        return noting

    monkeypatch.setattr(throttle, "give_back", noted("day", throttle.give_back))
    monkeypatch.setattr(reach, "follow_up", noted("sender", reach.follow_up))
    office.tick(f"{DAY}10:00")
    assert order[0] == "day"
    office.close()


def test_putting_off_and_an_answer_lock_notices_in_one_order(postgres_url: str) -> None:
    office = Office(postgres_url)
    dispose(office)
    moment = at(f"{DAY}20:00")
    with writing(office.engine) as connection:
        (one, high), (two, low) = connection.execute(
            select(Notice.id, Notice.post_id).order_by(Notice.id.desc())
        ).all()
    one, two = two, one  # the later post now has the earlier notice
    with writing(office.engine) as connection:
        for key, post in ((one, high), (two, low)):
            connection.execute(update(Notice).where(Notice.id == key).values(post_id=post))
    with writing(office.engine) as connection:
        connection.execute(text("SET LOCAL lock_timeout = '5s'"))
        connection.execute(select(Notice.id).where(Notice.id == one).with_for_update()).all()
        with ThreadPoolExecutor(1) as pool:

            def put_off() -> None:
                with writing(office.engine) as other:
                    grouping.put_off(
                        other, dict.fromkeys(sorted((low or 0, high or 0)), moment), moment
                    )

            waits = pool.submit(put_off)
            time.sleep(0.3)
            connection.execute(select(Notice.id).where(Notice.id == two).with_for_update()).all()
            connection.commit()
            waits.result()
    office.close()


# --- what is asked after costs what there is to ask after ---------------------------------------


def test_one_open_attempt_is_found_by_its_index_among_all_others(sqlite_url: str) -> None:
    office = Office(sqlite_url)
    asked: list[tuple[str, Any]] = []

    def note(_: Any, __: Any, statement: str, values: Any, *___: Any) -> None:
        asked.append((statement, values))

    with writing(office.engine) as connection:
        event.listen(connection, "before_cursor_execute", note)
        doubtful.unsettled(connection, 0, 50, 60)
        doubtful.overdue(connection, 0, 50, 60, at(f"{DAY}10:00"))
        event.remove(connection, "before_cursor_execute", note)
        plans = [
            " ".join(row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", to))
            for sql, to in asked
            if "FROM attempts" in sql
        ]
    first, second = plans
    assert "attempts USING INDEX uq_attempts_one_open" in first
    assert "attempts USING INDEX ix_attempts_awaited" in second
    office.close()
