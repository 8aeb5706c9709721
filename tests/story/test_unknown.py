"""Messages whose fate the provider cannot tell, or tells before anybody asked."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import select, update

from config.terms import Peran
from scheduler.complaint import RefusedError
from scheduler.store import handwork, reach
from scheduler.store.session import writing
from scheduler.store.tables import Holder, Post
from tests.database.office import at
from tests.fakes.twilio_server import FakeTwilio
from tests.story.wired import ADMIN, DAY, KOMINFO, SMS, Wired


@pytest.fixture
def office(database_url: str, fake: FakeTwilio) -> Iterator[Wired]:
    made = Wired(database_url, fake, lease_s=1)
    yield made
    made.close()


def undecided(office: Wired) -> int:
    """A message to the admin that the provider holds twice; returns its id."""
    office.fake.script("cut_after", "cut_after")
    office.dispose("9000001", "DPUPR", f"{DAY}10:00")
    assert office.tick(f"{DAY}10:00").unknown == 2
    text = office.said(ADMIN)[0]
    gateway = office.opened.gateway
    from bot.channels.gateway import Outgoing
    from config.terms import Channel

    gateway.send(Outgoing(99, ADMIN, text, Channel.SMS, at(f"{DAY}10:00")))  # somebody else's
    office.tick(f"{DAY}10:20")
    row = office.notice("Admin DPUPR")
    assert row.status == "unknown"
    assert row.message_id is not None
    return row.message_id


def test_several_candidates_are_put_before_a_person(office: Wired) -> None:
    undecided(office)
    for moment in ("10:21", "11:00", "15:00"):
        office.tick(f"{DAY}{moment}")
    assert office.got(ADMIN) == [SMS, SMS]  # both were there before; nothing was added
    texts = [text for text in office.said(KOMINFO[0]) if "tidak jelas" in text]
    assert len(texts) == 1


def test_a_person_says_that_it_arrived(office: Wired) -> None:
    message_id = undecided(office)
    with writing(office.engine) as connection:
        handwork.settle_unknown(connection, message_id, at(f"{DAY}10:30"), arrived=True)
    assert office.notice("Admin DPUPR").status == "accepted"
    office.tick(f"{DAY}15:00")
    assert office.got(ADMIN) == [SMS, SMS]
    with writing(office.engine) as connection, pytest.raises(RefusedError, match="not unknown"):
        handwork.settle_unknown(connection, message_id, at(f"{DAY}15:00"), arrived=True)


def test_a_person_says_that_it_did_not_arrive(office: Wired) -> None:
    message_id = undecided(office)
    with writing(office.engine) as connection:
        handwork.settle_unknown(connection, message_id, at(f"{DAY}10:30"), arrived=False)
    office.tick(f"{DAY}10:31")
    assert office.got(ADMIN) == [SMS, SMS, SMS]


def test_an_alert_waits_until_somebody_at_kominfo_can_be_told(office: Wired) -> None:
    with writing(office.engine) as connection:
        reach.raise_alert(connection, "contoh", "saluran SMS berhenti", at(f"{DAY}09:00"))
        kominfo = select(Post.id).where(Post.peran == Peran.ADMIN_KOORDINATOR)
        connection.execute(
            update(Holder).where(Holder.post_id.in_(kominfo)).values(selesai=date(2026, 5, 4))
        )
    assert office.tick("2026-05-05T10:00").sent == 0
    with writing(office.engine) as connection:
        connection.execute(update(Holder).values(selesai=None))
    assert office.tick("2026-05-05T10:01").sent == len(KOMINFO)
    assert "saluran SMS berhenti" in office.said(KOMINFO[0])[0]


def test_a_provider_that_stays_silent_is_put_before_a_person_once_a_day(office: Wired) -> None:
    office.fake.script("cut_before", "cut_after")
    office.fake.rules(list_faults={"cut_before": 1.0})
    office.dispose("9000001", "DPUPR", f"{DAY}10:00")
    office.tick(f"{DAY}10:00")
    for moment in ("10:14", "10:15", "10:16", "11:30"):
        time.sleep(1.05)  # the lease of the look before
        office.tick(f"{DAY}{moment}")
        told = [text for text in office.said(KOMINFO[0]) if "tidak dapat ditanya" in text]
        assert len(told) == (moment > "10:14")
    assert office.kinds()["terima unknown"] == 2
    office.fake.rules(list_faults={})
    time.sleep(1.05)
    office.tick(f"{DAY}11:31")
    assert office.kinds()["terima unknown"] == 0
    assert len(office.got(ADMIN)) == 1


def test_a_report_that_nobody_could_place_is_applied_once_its_message_is_known(
    office: Wired,
) -> None:
    """It names no attempt, and comes before the look-up has bound the provider's id."""
    office.fake.script("cut_after")
    office.fake.outcome(to=ADMIN, report=[])
    office.dispose("9000001", "DPUPR", f"{DAY}10:00")
    assert office.tick(f"{DAY}10:00").unknown == 1
    unbound = next(row for row in office.notices() if row.status == "unknown")
    sid = next(m["sid"] for m in office.fake.messages() if m["body"] == unbound.attempts[0].text)
    assert office.report(sid, "delivered")
    assert office.notice(str(unbound.post)).status == "unknown"
    office.tick(f"{DAY}10:02")  # bound by the look-up
    office.tick(f"{DAY}10:03")
    assert office.notice(str(unbound.post)).status == "delivered"
