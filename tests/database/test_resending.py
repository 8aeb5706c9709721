"""Told once more by a person: with a reason, for a duty that stands, and never by accident."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from bot.channels.handover import UNREACHED
from bot.handling import Handled
from bot.resend import resend
from config.terms import NoticeStatus
from scheduler.complaint import RefusedError
from scheduler.store import listing
from scheduler.store.handled import WAIT
from scheduler.store.messaging_tables import Attempt, Message, Notice
from scheduler.store.phones import inbox
from scheduler.store.session import reading, writing
from scheduler.store.tables import Complaint, Holder, Phone
from tests.database.clerk import Clerk
from tests.database.office import Office, at

NUMBER = "9000001"
DISPOSED = "2026-05-04 10:00"
NOW = at("2026-05-04 11:00")
WHY = "menurut admin tidak ada yang masuk"


@pytest.fixture
def office(sqlite_url: str) -> Iterator[Office]:
    with closing(Office(sqlite_url)) as office:
        yield office


class Told(Clerk):
    """A clerk, in an office whose DPUPR was told of one complaint."""

    def __init__(self, office: Office) -> None:
        super().__init__(office)
        office.dispose(NUMBER, "DPUPR", DISPOSED)
        office.tick(DISPOSED)
        self.first = self.notices()[0].id

    def notices(self) -> list[Any]:
        with reading(self.office.engine) as connection:
            rows = connection.execute(select(*Notice.__table__.columns).order_by(Notice.id))
            return list(rows)

    def again(self, notice: int | None = None, n: int = 1, when: datetime = NOW) -> Handled:
        chosen = {notice or self.first: n}
        return resend(self.office.opened, self.id, chosen, WHY, when)

    def refused(self, notice: int | None = None, n: int = 1, when: datetime = NOW) -> str:
        """Why it is refused; nothing may have been written."""
        before = len(self.notices())
        done = self.again(notice, n, when)
        assert (done.action, done.done) == (None, ())
        assert len(self.notices()) == before
        return done.refused[0][1]

    def sets(self, table: Any, **values: object) -> None:
        with writing(self.office.engine) as connection:
            connection.execute(update(table).values(**values))


@pytest.fixture
def clerk(office: Office) -> Told:
    return Told(office)


def sent(office: Office, when: datetime) -> int:
    return office.opened.tick(when).sent


def test_it_is_told_once_more_after_a_minute_with_the_same_words(each_office: Office) -> None:
    office, clerk = each_office, Told(each_office)
    before = office.told()
    assert clerk.again().done == (NUMBER,)
    assert sent(office, NOW + WAIT - timedelta(seconds=1)) == 0
    assert sent(office, NOW + WAIT) == 1
    assert sent(office, NOW + WAIT + timedelta(hours=1)) == 0
    first, repeated = clerk.notices()[0], clerk.notices()[-1]
    assert repeated.cause == f"resend/{first.id}/1"
    same = ("run_id", "step", "occurrence", "post_id", "instansi_id", "kind", "letter", "copy")
    assert {name: getattr(repeated, name) for name in same} == {
        name: getattr(first, name) for name in same
    }
    (told,) = set(office.told()) & {text for text in before if "Admin DPUPR" in text}
    assert sorted(office.told()) == sorted([*before, told])


def test_the_trail_says_why(office: Office, clerk: Told) -> None:
    resend(office.opened, clerk.id, {clerk.first: 1}, "kata 0811-0000-0009 tidak masuk", NOW)
    with reading(office.engine) as connection:
        ((_, name, actor, note),) = listing.trail(connection, 1)[-1:]
    assert (name, actor) == ("resend", "kominfo")
    assert note == (
        "terima kepada Admin DPUPR, Dinas Pekerjaan Umum dan Penataan Ruang: "
        "kata [telepon disamarkan] tidak masuk"
    )


def test_the_button_pressed_twice_is_once(office: Office, clerk: Told) -> None:
    clerk.again()
    assert "belum sampai" in clerk.refused()
    sent(office, NOW + WAIT)
    later = NOW + timedelta(minutes=5)
    assert "muat ulang" in clerk.refused(when=later)
    assert clerk.again(n=2, when=later).done == (NUMBER,)


def test_two_at_the_same_moment_are_once(each_office: Office) -> None:
    office, clerk = each_office, Told(each_office)
    with ThreadPoolExecutor(2) as both:
        done = [job.result() for job in [both.submit(clerk.again) for _ in range(2)]]
    assert sorted(len(one.done) for one in done) == [0, 1]
    assert sent(office, NOW + WAIT) == 1


def test_undone_in_time_nobody_gets_it(office: Office, clerk: Told) -> None:
    done = clerk.again()
    assert done.action is not None
    assert clerk.undoes(done.action, NOW + WAIT / 2) == ([NUMBER], [])
    assert sent(office, NOW + timedelta(hours=1)) == 0
    assert clerk.again(n=2, when=NOW + timedelta(hours=2)).done == (NUMBER,)
    assert sent(office, NOW + timedelta(hours=3)) == 1


def test_an_answer_within_the_minute_calls_it_off(office: Office, clerk: Told) -> None:
    clerk.again()
    office.do(NUMBER, "2026-05-04 11:00", lambda d, c: d.answer(c, "opd", "Ditambal 4 Mei"))
    assert sent(office, NOW + WAIT) == 0


def test_at_night_it_waits_for_the_morning(office: Office, clerk: Told) -> None:
    clerk.again(when=at("2026-05-04 21:00"))
    assert sent(office, at("2026-05-05 06:29")) == 0
    assert sent(office, at("2026-05-05 06:30")) == 1


def test_why_it_failed_is_not_told(office: Office, clerk: Told) -> None:
    """Who gave it up wrote why into its note, which must not be read out to the receiver."""
    before = office.told()
    clerk.sets(Notice, status=NoticeStatus.FAILED, note=UNREACHED)
    clerk.again()
    sent(office, NOW + WAIT)
    assert len(office.told()) == len(before) + 1
    assert set(office.told()) == set(before)


def test_a_failed_answer_is_told_word_for_word(office: Office, clerk: Told) -> None:
    with writing(office.engine) as connection:
        sealed, blind = office.opened.seal.seal("+6281100009001"), b"w" * 32
        values = {"sealed": sealed, "blind": blind}
        phone = connection.execute(insert(Phone).values(values).returning(Phone.id)).scalar_one()
        connection.execute(update(Complaint).values(reporter_phone_id=phone))
    office.do(NUMBER, "2026-05-04 10:30", lambda d, c: d.answer(c, "opd", "Ditambal 4 Mei"))
    office.tick("2026-05-04 10:31")
    told = clerk.notices()[-1]
    assert (told.kind, told.note) == ("dijawab", "Ditambal 4 Mei")
    clerk.sets(Notice, status=NoticeStatus.FAILED, note=UNREACHED)
    assert clerk.again(told.id).done == (NUMBER,)
    assert clerk.notices()[-1].note == "Ditambal 4 Mei"
    office.do(NUMBER, "2026-05-04 11:02", lambda d, c: d.reopen(c, "pelapor"))
    clerk.sets(Notice, status=NoticeStatus.DELIVERED)
    later = NOW + timedelta(minutes=5)
    assert "tidak berlaku lagi" in clerk.refused(told.id, 2, later)


def test_the_ladder_goes_on_as_planned(office: Office, clerk: Told) -> None:
    office.tick("2026-05-05 08:00")
    office.tick("2026-05-06 16:00")
    letter = next(row for row in clerk.notices() if row.kind == "surat_1" and not row.copy)
    assert clerk.again(letter.id, when=at("2026-05-06 16:10")).done == (NUMBER,)
    for when in ("2026-05-06 16:11", "2026-05-07 08:00", "2026-05-07 16:00"):
        office.tick(when)
    assert [row.kind for row in clerk.notices() if row.peran == "admin_opd"] == [
        "terima",
        "ingat",
        "surat_1",
        "surat_1",
        "hari_terakhir",
        "surat_2",
    ]


# --- refused ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "why"),
    [
        (NoticeStatus.PENDING, "masih menunggu"),
        (NoticeStatus.SENDING, "sedang dikirim"),
        (NoticeStatus.UNKNOWN, "tetapkan dahulu"),
        (NoticeStatus.CANCELLED, "dibatalkan"),
    ],
)
def test_what_may_still_arrive_is_not_told_again(
    clerk: Told, status: NoticeStatus, why: str
) -> None:
    clerk.sets(Notice, status=status)
    assert why in clerk.refused()


def test_what_the_provider_is_still_asked_about_is_not_told_again(clerk: Told) -> None:
    """It may yet go another way by itself: then it would come three times."""
    clerk.sets(Attempt, status=NoticeStatus.ACCEPTED, awaited=True)
    assert "belum melaporkan" in clerk.refused()


def test_no_duty_no_reminder(office: Office, clerk: Told) -> None:
    office.do(NUMBER, "2026-05-04 10:30", lambda d, c: d.answer(c, "opd", "Ditambal 4 Mei"))
    assert "dijawab" in clerk.refused()
    office.do(NUMBER, "2026-05-04 10:40", lambda d, c: d.close(c, "kominfo"))
    assert "sudah selesai" in clerk.refused()


def test_a_clock_that_stands_still_reminds_nobody(office: Office, clerk: Told) -> None:
    office.do(NUMBER, "2026-05-04 10:30", lambda d, c: d.pause(c, "kominfo", "lokasi"))
    assert "berhenti sementara" in clerk.refused()
    office.do(NUMBER, "2026-05-04 10:40", lambda d, c: d.resume(c, "kominfo"))
    clerk.sets(Complaint, hold_reason="status SP4N tidak dikenal")
    assert "sedang ditahan" in clerk.refused()


def test_a_post_that_nobody_holds_is_told_nothing(clerk: Told) -> None:
    clerk.sets(Holder, phone_id=None)
    assert "tanpa pemegang" in clerk.refused()


def test_a_reply_and_what_is_about_no_complaint(clerk: Told) -> None:
    clerk.sets(Notice, body="Terima kasih.")
    assert "balasan" in clerk.refused()
    clerk.sets(Notice, complaint_id=None, run_id=None)
    with pytest.raises(RefusedError, match="bukan tentang aduan"):
        clerk.again()
    with pytest.raises(RefusedError, match="tidak ditemukan"):
        clerk.again(999)


def test_a_question_that_was_decided_is_asked_no_more(clerk: Told) -> None:
    clerk.sets(Notice, run_id=None, step="bukan_diminta", kind="minta_bukan")
    assert "sudah diputuskan" in clerk.refused()


def test_of_one_complaint_all_or_nothing(office: Office, clerk: Told) -> None:
    """Two posts of one letter: where one is refused, the other is not told alone."""
    one, other = (row.id for row in clerk.notices())
    with writing(office.engine) as connection:
        connection.execute(
            update(Notice).where(Notice.id == other).values(status=NoticeStatus.PENDING)
        )
    done = resend(office.opened, clerk.id, {one: 1, other: 1}, WHY, NOW)
    assert done.action is None
    assert len(clerk.notices()) == 2


def test_shadow_sends_nothing(sqlite_url: str) -> None:
    office = Office(sqlite_url)
    clerk = Told(office)
    office.close()
    shadow = Office(sqlite_url, shadow=True)
    clerk.office = shadow
    try:
        assert "bayangan" in clerk.refused()
    finally:
        shadow.close()


def test_every_phone_got_as_many_as_there_were_decisions(office: Office, clerk: Told) -> None:
    """Nothing twice but what a person asked for."""
    clerk.again()
    for minutes in range(0, 180, 20):
        office.opened.tick(NOW + timedelta(minutes=minutes))
    with reading(office.engine) as connection:
        count = connection.execute(select(func.count()).select_from(Message)).scalar_one()
        assert len(list(inbox(connection))) == count == len(clerk.notices())
    assert {row.status for row in clerk.notices()} <= {
        NoticeStatus.ACCEPTED,
        NoticeStatus.DELIVERED,
    }
