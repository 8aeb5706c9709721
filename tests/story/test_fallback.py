"""What did not arrive goes another way: WhatsApp, SMS, the acting holder, Kominfo."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from scheduler.inbound import Arrived
from scheduler.store import reach
from scheduler.store.session import writing
from tests.database.office import at
from tests.fakes.twilio_server import FakeTwilio
from tests.story.wired import (
    ACTING,
    ADMIN,
    DAY,
    KOMINFO,
    NEVER,
    PENGHUBUNG,
    SMS,
    WHATSAPP,
    Channel,
    Wired,
)


@pytest.fixture
def office(database_url: str, fake: FakeTwilio) -> Iterator[Wired]:
    made = Wired(database_url, fake)
    yield made
    made.close()


def dispose(office: Wired) -> None:
    office.dispose("9000001", "DPUPR", f"{DAY}10:00")


def test_sms_is_the_way_until_a_template_is_approved(office: Wired) -> None:
    dispose(office)
    assert office.tick(f"{DAY}10:00").sent == 2
    assert office.got(ADMIN) == office.got(PENGHUBUNG) == [SMS]


def test_an_approved_template_goes_on_whatsapp_and_nothing_else(office: Wired) -> None:
    office.approve_templates()
    dispose(office)
    assert office.tick(f"{DAY}10:00").sent == 2
    (message,) = [m for m in office.fake.messages() if m["to"].endswith(ADMIN)]
    assert message["content_sid"]
    assert "9000001" in message["body"]
    office.report(message["sid"], "delivered")
    for moment in ("10:29", "10:30", "11:30"):
        assert office.tick(f"{DAY}{moment}").sent == 0
    assert office.got(ADMIN) == [WHATSAPP]
    assert office.went("Admin DPUPR") == [(WHATSAPP, "delivered", None)]


def test_free_text_goes_inside_the_window_and_not_one_second_after(office: Wired) -> None:
    office.approve_templates()
    phone = office.opened.world(at(f"{DAY}09:00")).directory
    post = next(p for p in phone.posts.values() if p.label.startswith("Admin DPUPR"))
    phone_id = phone.phone(post.id, at(f"{DAY}09:00").date())
    assert phone_id is not None
    with writing(office.engine) as connection:
        reach.mark(connection, phone_id, Channel.WHATSAPP, window_until=at(f"{DAY}10:00:01"))
    dispose(office)
    office.tick(f"{DAY}10:00:00")
    assert [m["content_sid"] for m in office.fake.messages() if m["to"].endswith(ADMIN)] == [None]
    office.dispose("9000002", "DPUPR", f"{DAY}10:00:01")
    office.tick(f"{DAY}10:00:01")
    (_, second) = [m["content_sid"] for m in office.fake.messages() if m["to"].endswith(ADMIN)]
    assert second


def test_a_window_that_proves_closed_leads_to_the_template_once(office: Wired) -> None:
    office.approve_templates()
    world = office.opened.world(at(f"{DAY}09:00"))
    post = next(p for p in world.directory.posts.values() if p.label.startswith("Admin DPUPR"))
    phone_id = world.directory.phone(post.id, at(f"{DAY}09:00").date())
    assert phone_id is not None
    with writing(office.engine) as connection:
        reach.mark(connection, phone_id, Channel.WHATSAPP, window_until=at(f"{DAY}12:00"))
    dispose(office)
    office.tick(f"{DAY}10:00")
    office.report(office.sid(ADMIN, WHATSAPP), "failed", 63016)
    office.tick(f"{DAY}10:02")
    assert office.got(ADMIN) == [WHATSAPP, WHATSAPP]
    office.report(office.sid(ADMIN, WHATSAPP), "failed", 63016, "10:03")
    office.tick(f"{DAY}10:04")
    assert office.got(ADMIN) == [WHATSAPP, WHATSAPP, SMS]


def test_not_on_whatsapp_goes_by_sms_at_once_and_for_thirty_days(office: Wired) -> None:
    office.approve_templates()
    office.fake.outcome(to=ADMIN, channel=WHATSAPP, refuse=63024)
    dispose(office)
    done = office.tick(f"{DAY}10:00")
    assert (done.sent, done.failed) == (2, 0)
    assert office.went("Admin DPUPR") == [(WHATSAPP, "failed", "63024"), (SMS, "accepted", None)]
    assert office.got(ADMIN) == [SMS]
    office.dispose("9000002", "DPUPR", "2026-06-03T09:59")  # not thirty days after
    office.tick("2026-06-03T09:59")
    assert sum(sid is None for _, _, sid in office.fake.posts()) == 1
    assert set(office.got(ADMIN)) == {SMS}
    office.fake.outcome(to=ADMIN, channel=WHATSAPP, report=[["sent", 0]])
    office.dispose("9000003", "DPUPR", "2026-06-03T10:00")
    office.tick("2026-06-03T10:00")
    assert office.got(ADMIN)[-1] == WHATSAPP


def test_what_is_not_delivered_in_time_goes_by_sms(office: Wired) -> None:
    office.approve_templates()
    office.fake.outcome(to=ADMIN, channel=WHATSAPP, report=NEVER)
    dispose(office)
    office.tick(f"{DAY}10:00")
    assert office.tick(f"{DAY}10:29").sent == 0
    assert office.got(ADMIN) == [WHATSAPP]  # accepted is not delivered, but it is not late either
    assert office.tick(f"{DAY}10:30").sent == 1
    assert office.got(ADMIN) == [WHATSAPP, SMS]
    assert office.got(PENGHUBUNG) == [WHATSAPP]  # delivered: its status was asked for, unreported


def test_a_reply_is_not_said_again_by_sms_to_a_phone_that_is_off(office: Wired) -> None:
    citizen = "+6281100000901"
    office.fake.outcome(to=citizen, channel=WHATSAPP, report=[["sent", 0]])
    moment = at(f"{DAY}10:00")
    asked = Arrived("SM" + "a" * 32, Channel.WHATSAPP, citizen, "BANTUAN", moment)
    assert office.opened.hear([asked]) == 1
    office.tick(f"{DAY}10:00")
    assert office.got(citizen) == [WHATSAPP]
    office.tick(f"{DAY}10:30")
    office.tick(f"{DAY}16:00")
    assert office.got(citizen) == [WHATSAPP]


def test_a_provider_that_cannot_be_asked_lets_no_timeout_count(office: Wired) -> None:
    office.approve_templates()
    office.fake.outcome(to=ADMIN, channel=WHATSAPP, report=NEVER)
    dispose(office)
    office.tick(f"{DAY}10:00")
    office.fake.rules(list_faults={"cut_before": 1.0})
    office.tick(f"{DAY}10:30")
    assert office.got(ADMIN) == [WHATSAPP]


def test_delivered_after_the_fallback_left_is_known_and_nothing_more_goes(office: Wired) -> None:
    office.approve_templates()
    office.fake.outcome(to=ADMIN, channel=WHATSAPP, report=NEVER)
    office.fake.outcome(to=ADMIN, channel=SMS, report=NEVER)
    dispose(office)
    office.tick(f"{DAY}10:00")
    office.tick(f"{DAY}10:30")
    office.report(office.sid(ADMIN, WHATSAPP), "delivered", when="10:40")
    assert office.notice("Admin DPUPR").status == "delivered"
    for moment in ("11:00", "11:30", "13:00"):
        office.tick(f"{DAY}{moment}")
    assert office.got(ADMIN) == [WHATSAPP, SMS]
    assert office.notice("Admin DPUPR").status == "delivered"
    assert "gagal delivered" not in office.kinds()


def test_delivered_before_the_fallback_leaves_stops_it(office: Wired) -> None:
    office.approve_templates()
    office.fake.outcome(to=ADMIN, channel=WHATSAPP, report=NEVER)
    office.fake.outcome(to=ADMIN, channel=SMS, refuse=20003, status=401)
    dispose(office)
    office.tick(f"{DAY}10:00")
    office.tick(f"{DAY}10:30")  # SMS is stopped: the fallback waits
    assert office.notice("Admin DPUPR").status == "pending"
    office.report(office.sid(ADMIN, WHATSAPP), "delivered", when="10:40")
    office.fake.outcome(to=ADMIN, channel=SMS, report=[["sent", 0]])
    office.tick(f"{DAY}11:00")
    assert office.got(ADMIN) == [WHATSAPP]
    assert office.notice("Admin DPUPR").status == "delivered"


def test_a_template_that_is_paused_is_not_used_again_and_kominfo_hears_once(office: Wired) -> None:
    office.approve_templates()
    dispose(office)
    office.tick(f"{DAY}10:00")
    office.report(office.sid(ADMIN, WHATSAPP), "failed", 63041)
    office.report(office.sid(PENGHUBUNG, WHATSAPP), "failed", 63041)
    office.tick(f"{DAY}10:02")
    assert office.got(ADMIN) == office.got(PENGHUBUNG) == [WHATSAPP, SMS]
    assert [len(office.said(number)) for number in KOMINFO] == [1, 1]
    office.dispose("9000002", "DPUPR", f"{DAY}11:00")
    office.tick(f"{DAY}11:00")
    assert office.got(ADMIN)[-1] == SMS
    assert [len(office.said(number)) for number in KOMINFO] == [1, 1]


def test_a_template_that_meta_rejects_after_all_leaves_sms_and_kominfo_hears(
    office: Wired,
) -> None:
    office.approve_templates()
    for content in office.fake.contents():
        if content["friendly_name"].startswith("ingat_terima_"):
            office.fake.approve(content["sid"], "rejected", "INVALID_FORMAT")
    assert office.opened.refresh_templates(at(f"{DAY}09:00")) == ()  # once an hour, by itself
    dispose(office)
    office.tick(f"{DAY}10:00")
    assert office.got(ADMIN) == office.got(PENGHUBUNG) == [SMS]
    told = [text for text in office.said(KOMINFO[0]) if "ditolak" in text]
    assert told
    office.opened.refresh_templates(at(f"{DAY}11:00"))
    office.tick(f"{DAY}11:00")
    assert [text for text in office.said(KOMINFO[0]) if "ditolak" in text] == told


def test_sms_dead_goes_to_the_acting_holder_and_then_to_kominfo(office: Wired) -> None:
    office.appoint(
        "Dinas Pekerjaan Umum dan Penataan Ruang,opd,Kabupaten Contoh,5,admin_opd,Admin DPUPR,"
        "Plh Contoh,,0811-0000-0701,plh,2026-05-01,2026-05-31"
    )
    dispose(office)
    office.tick(f"{DAY}10:00")
    office.report(office.sid(ADMIN, SMS), "undelivered", 30005)
    office.tick(f"{DAY}10:02")
    assert office.got(ADMIN) == office.got(ACTING) == [SMS]
    assert [a[1:] for a in office.went("Admin DPUPR")] == [
        ("failed", "30005"),
        ("accepted", None),
    ]
    office.report(office.sid(ACTING, SMS), "failed", 30006, "10:03")
    done = office.tick(f"{DAY}10:04")
    assert done.failed == 1
    assert office.notice("Admin DPUPR").status == "failed"
    for number in KOMINFO:
        (text,) = office.said(number)
        assert "9000001" in text
        assert "tidak terkirim" in text
    for moment in ("10:05", "10:35", "12:00"):
        assert office.tick(f"{DAY}{moment}").sent == 0


def test_a_handset_that_is_off_is_tried_again_over_hours_and_no_more(office: Wired) -> None:
    dispose(office)
    for moment, later in (("10:00", "10:59"), ("11:00", "14:59")):
        office.tick(f"{DAY}{moment}")
        office.report(office.sid(ADMIN, SMS), "undelivered", 30003, moment)
        assert office.tick(f"{DAY}{later}").sent == 0
    office.tick(f"{DAY}15:00")
    office.report(office.sid(ADMIN, SMS), "undelivered", 30003, "15:00")
    assert len(office.got(ADMIN)) == 3
    assert office.tick(f"{DAY}15:01").failed == 1
    assert len(office.got(ADMIN)) == 3


def test_an_officer_who_opted_out_of_whatsapp_is_told_by_sms_and_kominfo_hears(
    office: Wired,
) -> None:
    office.approve_templates()
    office.fake.outcome(to=ADMIN, channel=WHATSAPP, refuse=63014)
    dispose(office)
    office.tick(f"{DAY}10:00")
    assert office.got(ADMIN) == [SMS]
    assert any("menolak pesan WhatsApp" in text for text in office.said(KOMINFO[0]))
    office.fake.outcome(to=ADMIN, channel=WHATSAPP, report=[["delivered", 0]])
    office.dispose("9000002", "DPUPR", f"{DAY}11:00")
    office.tick(f"{DAY}11:00")
    assert office.got(ADMIN) == [SMS, SMS]  # still opted out there


def test_who_opted_out_everywhere_is_not_written_to_again(office: Wired) -> None:
    office.fake.outcome(to=ADMIN, refuse=21610)
    dispose(office)
    done = office.tick(f"{DAY}10:00")
    assert done.failed == 1
    posts = [post for post in office.fake.posts() if post[2] is None]
    office.dispose("9000002", "DPUPR", f"{DAY}11:00")
    office.tick(f"{DAY}11:00")
    assert [post for post in office.fake.posts() if post[2] is None] == posts
    assert office.got(ADMIN) == []


def test_a_stopped_account_loses_nothing_and_goes_on_by_itself(office: Wired) -> None:
    office.fake.outcome(refuse=20003, status=401)
    dispose(office)
    done = office.tick(f"{DAY}10:00")
    assert (done.sent, done.failed) == (0, 0)
    assert done.resting == {Channel.SMS: "20003"}
    refused = len(office.fake.posts())
    office.tick(f"{DAY}10:14")
    assert len(office.fake.posts()) == refused  # it rests
    office.fake.outcome(report=[["delivered", 0]])
    done = office.tick(f"{DAY}10:15")
    assert done.sent >= 2
    assert not done.resting
    assert office.got(ADMIN) == [SMS]
    assert any("berhenti sementara" in text for text in office.said(KOMINFO[0]))


def test_one_foreign_number_does_not_stop_everybody(office: Wired) -> None:
    """21408 is the account's permission for a country: of one number, where others get through."""
    office.fake.outcome(to=ADMIN, refuse=21408)
    dispose(office)
    for moment in ("10:00", "10:15", "10:30", "11:00", "15:00"):
        office.tick(f"{DAY}{moment}")
    refused = sum(sid is None for _, _, sid in office.fake.posts())
    assert 1 <= refused <= 2
    assert len(office.got(PENGHUBUNG)) == 1
    assert office.notice("Admin DPUPR").status == "failed"
    assert any("tidak terkirim" in text for text in office.said(KOMINFO[0]))
    assert any("tidak dapat menerima SMS" in text for text in office.said(KOMINFO[0]))
    office.dispose("9000002", "DPUPR", "2026-05-05T09:00")
    office.tick("2026-05-05T09:00")
    assert sum(sid is None for _, _, sid in office.fake.posts()) == refused


def test_a_country_that_is_not_permitted_stops_the_channel(office: Wired) -> None:
    office.fake.outcome(refuse=21408)
    dispose(office)
    for moment in ("10:00", "10:14"):
        assert office.tick(f"{DAY}{moment}").failed == 0
    assert len(office.fake.posts()) <= 2
    office.fake.outcome(report=[["delivered", 0]])
    office.tick(f"{DAY}10:15")
    assert office.got(ADMIN) == office.got(PENGHUBUNG) == [SMS]


def test_reports_may_come_shuffled_and_twice(office: Wired) -> None:
    dispose(office)
    office.tick(f"{DAY}10:00")
    sid = office.sid(ADMIN, SMS)
    for word in ("delivered", "sent", "queued", "delivered", "undelivered", "sent"):
        office.report(sid, word)
    assert office.went("Admin DPUPR") == [(SMS, "delivered", None)]
    assert office.report(sid, "read") is True
    assert office.report(sid, "read") is False
    assert office.tick(f"{DAY}11:00").sent == 0


def test_a_report_that_names_its_attempt_settles_what_nobody_recorded(office: Wired) -> None:
    """The worker died between the POST and its record; the callback comes first."""
    from scheduler.store.delivery import Report

    dispose(office)
    office.fake.script("cut_after", "cut_after")
    assert office.tick(f"{DAY}10:00").unknown == 2
    attempt = 1
    (first, second) = (m["sid"] for m in office.fake.messages())
    for sid, key in ((first, attempt), (second, attempt + 1)):
        office.opened.take_report(Report(sid, "sent", None, key, at(f"{DAY}10:01")))
    assert office.kinds() == {"terima accepted": 2}
    assert office.tick(f"{DAY}10:20").sent == 0
    assert len(office.fake.posts()) == 2
