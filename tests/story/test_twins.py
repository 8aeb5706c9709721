"""Messages that nobody can tell apart: one phone, one text, and what the provider holds of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select, text, update

from bot.channels.dispatcher import Dispatched, Dispatcher
from bot.channels.gateway import Outgoing, Sent
from bot.channels.twilio_gateway import TwilioGateway
from config.terms import Channel, NoticeStatus
from scheduler.store.attempts import Outcome, settle
from scheduler.store.messaging_tables import Attempt, Message
from scheduler.store.session import reading, writing
from tests.database.office import at
from tests.database.talking import Phones
from tests.fakes.twilio_server import FakeTwilio
from tests.story.wired import DAY, NEVER, Wired

WARGA, OTHER = "+6281100000551", "+6281100000552"
LATER = timedelta(minutes=20)
"""Longer than the provider may take to list what it holds."""


class Interrupted(TwilioGateway):
    """The real one; before our worker learns what was answered, something else happens, once."""

    meanwhile: Callable[[], object] | None = None

    def send(self, message: Outgoing) -> Sent:
        sent = super().send(message)
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            meanwhile()
        return sent


class Twins(Wired):
    """An office whose citizens ask the same question again and get the very same words."""

    def __init__(self, url: str, fake: FakeTwilio) -> None:
        super().__init__(url, fake, twilio_threads=1)
        fake.rules(report=NEVER)
        self.moment = at(f"{DAY}10:00")
        self._phones = Phones(self.opened)

    def asked(self, number: str) -> None:
        self._phones.says(number, "STATUS", self.moment, Channel.WHATSAPP)

    def works(self, gateway: TwilioGateway | None = None) -> Dispatched:
        """A pass of one more worker on this database."""
        worker = Dispatcher(
            self.engine,
            self.opened.seal,
            gateway or self.opened.gateway,
            lease_s=60,
            unknown_after_s=600,
        )
        return worker.run(self.opened.world(self.moment), self.moment)

    def bury(self) -> None:
        """Whatever was leased is free: its worker is gone."""
        with writing(self.engine) as connection:
            connection.execute(update(Message).values(lease_until=None))

    def fates(self) -> list[tuple[str, bool]]:
        """Of every attempt its status, and whether it is known which of the provider's it is."""
        with reading(self.engine) as connection:
            rows = connection.execute(select(Attempt.status, Attempt.sid).order_by(Attempt.id))
            return [(status, sid is not None) for status, sid in rows]


@pytest.fixture
def office(database_url: str, fake: FakeTwilio) -> Iterator[Twins]:
    made = Twins(database_url, fake)
    yield made
    made.close()


def test_an_answer_that_was_taken_for_its_twins_meanwhile_stops_nobody(office: Twins) -> None:
    office.fake.script("cut_before")
    office.asked(WARGA)
    assert office.works().unknown == 1
    office.asked(WARGA)  # its twin
    office.asked(OTHER)

    def look_up() -> None:
        with writing(office.engine) as connection:
            lost = select(Attempt.message_id).where(Attempt.status == "unknown")
            connection.execute(update(Message).where(Message.id.in_(lost)).values(lease_until=None))
        assert office.works().sent == 1  # the twin is taken for the one that never left

    gateway = Interrupted(office.opened.settings)
    gateway.meanwhile = look_up
    done = office.works(gateway)
    assert done.sent == 1  # the other person's went on its way
    assert office.fates() == [("accepted", True), ("unknown", False), ("accepted", True)]
    assert len(office.said(WARGA)) == len(office.said(OTHER)) == 1
    office.bury()
    office.moment += LATER
    office.works()
    assert office.said(WARGA) == office.said(WARGA)[:1] * 2  # one for each question, no more
    office.bury()
    office.works()
    assert (len(office.said(WARGA)), len(office.said(OTHER))) == (2, 1)
    assert office.fates()[-1] == ("accepted", True)


def test_of_two_lost_twins_what_the_provider_holds_is_taken_for_one(office: Twins) -> None:
    office.fake.script("cut_after", "cut_before")
    office.asked(WARGA)
    office.asked(WARGA)
    office.asked(OTHER)
    assert (office.works().unknown, len(office.said(WARGA))) == (2, 1)
    office.bury()
    office.works()
    assert office.fates()[:2] == [("accepted", True), ("unknown", False)]
    office.bury()
    office.moment += LATER
    office.works()
    assert (len(office.said(WARGA)), len(office.said(OTHER))) == (2, 1)
    assert office.fates() == [
        ("accepted", True),
        ("failed", False),
        ("accepted", True),
        ("accepted", True),
    ]


def test_of_two_look_ups_at_once_one_takes_it(postgres_url: str, fake: FakeTwilio) -> None:
    office = Twins(postgres_url, fake)
    fake.script("cut_before", "cut_before")
    office.asked(WARGA)
    office.asked(WARGA)
    office.works()
    with reading(office.engine) as connection:
        lost = connection.execute(select(Attempt.id, Attempt.message_id).order_by(Attempt.id)).all()
    one, two = (Outcome(*row, NoticeStatus.ACCEPTED, "SM1") for row in lost)

    def take() -> None:
        with writing(office.engine) as connection:
            settle(connection, [two], office.moment)

    waits = text("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    with ThreadPoolExecutor(1) as pool:
        with writing(office.engine) as connection:
            settle(connection, [one], office.moment)
            other = pool.submit(take)
            while not other.done():
                with reading(office.engine) as looking:
                    if looking.execute(waits).first():
                        break
        other.result()
    assert office.fates() == [("accepted", True), ("unknown", False)]
    office.close()
