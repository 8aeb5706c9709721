"""Sending against what happens at the worst moment: late reports, answers, recalls, mutasi."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from bot.channels import dispatcher
from scheduler.case import Case
from scheduler.lifecycle import Desk
from scheduler.store.delivery import Report
from scheduler.store.messaging_tables import Attempt, Message
from scheduler.store.session import reading
from tests.fakes.twilio_server import FakeTwilio
from tests.story.wired import ACTING, ADMIN, DAY, NEVER, SMS, WHATSAPP, Wired

PUPR = "Dinas Pekerjaan Umum dan Penataan Ruang,opd,Kabupaten Contoh,5"
PLH = f"{PUPR},admin_opd,Admin DPUPR,Plh Contoh,,0811-0000-0701,plh,2026-05-01,2026-05-31"
PLT = f"{PUPR},admin_opd,Admin DPUPR,Plt Contoh,,0811-0000-0702,plt,2026-05-01,2026-05-31"
SECOND = "+6281100000702"


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeTwilio]:
    with FakeTwilio() as running:
        yield running


@pytest.fixture
def office(database_url: str, fake: FakeTwilio) -> Iterator[Wired]:
    made = Wired(database_url, fake)
    yield made
    made.close()


def dispose(office: Wired) -> None:
    office.dispose("9000001", "DPUPR", f"{DAY}10:00")


def answer(office: Wired, when: str) -> None:
    office.do(
        "9000001", when, lambda desk, case: desk.answer(case, "kominfo", "Sudah ditambal 4 Mei.")
    )


def just_before_hand_over(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    hand_over = dispatcher.hand_over

    def late(*args: object) -> bool:
        act()
        return hand_over(*args)

    monkeypatch.setattr(dispatcher, "hand_over", late)


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
    recalls = [n.post for n in office.notices() if n.line.kind == "abaikan"]
    assert any(post.startswith("Admin DPUPR") for post in recalls), recalls
