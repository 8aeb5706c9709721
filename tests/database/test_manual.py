"""Sending by hand: what waits for a person, what he is shown, and what his word changes."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import insert, select, text, update

from bot.channels.gateway import GatewayError, OutcomeUnknownError, Outgoing
from bot.channels.manual import ManualGateway
from bot.contact import record_consent
from bot.manual import ByHand, to_send, wa_me
from config.terms import Channel
from scheduler.complaint import RefusedError
from scheduler.store import handwork
from scheduler.store.directory import import_directory
from scheduler.store.messaging_tables import Attempt, Message, Notice, PhoneChannel
from scheduler.store.session import reading, writing
from scheduler.store.tables import ClockRun
from tests.database.office import Office, at

MONDAY = "2026-05-04T10:00"
ADMIN = "Admin DPUPR, Dinas Pekerjaan Umum dan Penataan Ruang"
NEW_HOLDER = """instansi,jenis,induk,hari_kerja,peran,jabatan,nama,nip,telepon,status_jabatan,mulai
Dinas Pekerjaan Umum dan Penataan Ruang,opd,Kabupaten Contoh,5,admin_opd,Admin DPUPR,\
Umar Umpama,,0811-0000-0090,definitif,2026-05-05
"""


@pytest.fixture
def office(database_url: str) -> Iterator[Office]:
    made = Office(database_url, gateway="manual")
    yield made
    made.close()


def shown(office: Office, when: str) -> list[ByHand]:
    """What a person is shown at a moment; nothing may have been impossible to write."""
    opened = office.opened
    listed = to_send(office.engine, opened.seal, opened.world(at(when)), at(when))
    assert listed.problems == []
    return listed.messages


def mark(office: Office, message_id: int, when: str) -> None:
    with writing(office.engine) as connection:
        handwork.mark_sent(connection, message_id, at(when))


def rows(office: Office, table: type[Any]) -> list[Any]:
    with reading(office.engine) as connection:
        return list(connection.execute(select(table.__table__).order_by(table.id)))


def of(post: str, messages: list[ByHand]) -> ByHand:
    (found,) = [message for message in messages if any(p.startswith(post) for p in message.posts)]
    return found


def number(message: ByHand) -> str:
    return urlsplit(message.link).path.removeprefix("/")


# --- the gateway ----------------------------------------------------------------------------


def test_the_gateway_itself_sends_and_knows_nothing() -> None:
    gateway = ManualGateway()
    out = Outgoing(1, "+6281100000009", "teks", Channel.WHATSAPP, at(MONDAY))
    with pytest.raises(GatewayError) as refused:
        gateway.send(out)
    assert not refused.value.permanent
    with pytest.raises(OutcomeUnknownError):
        gateway.look_up(out, at(MONDAY))
    with pytest.raises(OutcomeUnknownError):
        gateway.fetch("manual-1")


def test_the_link_carries_every_character_of_the_text() -> None:
    words = 'Yth. Kepala "A & B", 100% + #1?\nSalam; é Kominfo/Sampang'
    link = wa_me("+6281100000009", words)
    assert link.startswith("https://wa.me/6281100000009?text=Yth.%20Kepala%20%22A%20%26%20B%22")
    assert parse_qs(urlsplit(link).query, strict_parsing=True) == {"text": [words]}


# --- what is shown --------------------------------------------------------------------------


def test_messages_wait_for_a_person_and_are_shown_as_links(office: Office) -> None:
    office.dispose("9000001", "DPUPR", MONDAY, kategori="Jalan Berlubang")
    done = office.tick(MONDAY)
    assert (done.queued, done.sent, done.failed, done.unknown) == (0, 0, 0, 0)
    messages = shown(office, MONDAY)
    admin = of(ADMIN, messages)
    assert len(messages) == 2
    assert "9000001" in admin.text
    assert (admin.posts, admin.steps, admin.since) == ((ADMIN,), ("terima",), at(MONDAY))
    assert number(admin) == "6281100000009"
    assert parse_qs(urlsplit(admin.link).query) == {"text": [admin.text]}
    assert {row.status for row in office.notices()} == {"pending"}
    assert rows(office, Attempt) == []


def test_of_one_message_that_is_opened_the_others_stay_unwritten(office: Office) -> None:
    office.dispose("9000001", "DPUPR", MONDAY)
    office.tick(MONDAY)
    opened, when = office.opened, at(MONDAY)
    (first, second) = [message.id for message in rows(office, Message)]
    listed = to_send(office.engine, opened.seal, opened.world(when), when, only=second)
    assert [message.message_id for message in listed.messages] == [second]
    drafts = {message.id: message.draft for message in rows(office, Message)}
    assert drafts == {first: None, second: listed.messages[0].text}
    assert to_send(office.engine, opened.seal, opened.world(when), when, only=4711).messages == []
    with pytest.raises(RefusedError, match="ingat links"):
        mark(office, first, MONDAY)


def test_letters_come_first(office: Office) -> None:
    office.dispose("9000001", "DPUPR", MONDAY)
    office.tick(MONDAY)
    office.tick("2026-05-05T08:00")
    office.dispose("9000002", "DPUPR", "2026-05-06T15:00")
    office.tick("2026-05-06T15:00")
    for message in shown(office, "2026-05-06T15:00"):
        mark(office, message.message_id, "2026-05-06T15:00")
    office.dispose("9000003", "DPUPR", "2026-05-06T15:58")
    office.tick("2026-05-06T15:58")
    office.tick("2026-05-06T16:00")
    steps = [message.steps for message in shown(office, "2026-05-06T16:00")]
    assert steps == [("surat_1",), ("surat_1",), ("terima",), ("terima",)]


def test_at_night_and_on_days_off_nothing_is_shown(office: Office) -> None:
    office.dispose("9000001", "DPUPR", "2026-05-08T19:59")  # Friday
    office.tick("2026-05-08T19:59")
    assert len(shown(office, "2026-05-08T19:59")) == 2
    for closed in ("2026-05-08T20:00", "2026-05-09T10:00", "2026-05-11T06:29"):
        assert shown(office, closed) == []
    assert len(shown(office, "2026-05-11T06:30")) == 2


def test_what_stands_still_is_not_shown_and_comes_back(office: Office) -> None:
    office.dispose("9000001", "DPUPR", MONDAY)
    office.tick(MONDAY)
    office.do("9000001", "2026-05-04T11:00", lambda desk, case: desk.pause(case, "alamat", "kom"))
    assert shown(office, "2026-05-04T11:00") == []
    office.do("9000001", "2026-05-04T12:00", lambda desk, case: desk.resume(case, "kominfo"))
    assert len(shown(office, "2026-05-04T12:00")) == 2


def test_an_answer_calls_a_waiting_message_off(office: Office) -> None:
    office.dispose("9000001", "DPUPR", MONDAY)
    office.tick(MONDAY)
    (first, second) = shown(office, MONDAY)
    mark(office, first.message_id, MONDAY)
    office.do("9000001", "2026-05-04T11:00", lambda desk, case: desk.answer(case, "opd"))
    with pytest.raises(RefusedError, match="not wanted any more"):
        mark(office, second.message_id, "2026-05-04T11:01")
    assert shown(office, "2026-05-04T11:02") == []
    with pytest.raises(RefusedError, match="not wanted any more"):
        mark(office, second.message_id, "2026-05-04T11:03")
    assert len(rows(office, Attempt)) == 1


def test_a_new_holder_is_told_in_place_of_the_old_one(office: Office) -> None:
    office.dispose("9000001", "DPUPR", MONDAY)
    office.tick(MONDAY)
    before = of(ADMIN, shown(office, MONDAY))
    with writing(office.engine) as connection:
        data, today = NEW_HOLDER.encode(), at(MONDAY).date()
        import_directory(connection, office.opened.seal, data, name="d.csv", today=today)
    assert [m.posts for m in shown(office, "2026-05-05T07:00")] != [(ADMIN,)]
    office.tick("2026-05-05T07:00")
    after = of(ADMIN, shown(office, "2026-05-05T07:00"))
    assert (number(before), number(after)) == ("6281100000009", "6281100000090")
    with pytest.raises(RefusedError, match="not wanted"):
        mark(office, before.message_id, "2026-05-05T07:00")


def test_who_refused_is_not_shown_any_more(office: Office) -> None:
    office.dispose("9000001", "DPUPR", MONDAY)
    office.tick(MONDAY)
    assert len(shown(office, MONDAY)) == 2
    when = at("2026-05-04T11:00")
    record_consent(office.engine, office.opened.world(when), when, ADMIN, "menolak")
    assert [m.posts[0].split(",")[0] for m in shown(office, "2026-05-04T11:00")] == [
        "Sekretaris DPUPR"
    ]


def test_who_wants_nothing_on_whatsapp_is_not_shown_and_kominfo_is_told(office: Office) -> None:
    office.dispose("9000001", "DPUPR", MONDAY)
    office.tick(MONDAY)
    admin = of(ADMIN, shown(office, MONDAY))
    (phone_id,) = {m.phone_id for m in rows(office, Message) if m.id == admin.message_id}
    with writing(office.engine) as connection:
        connection.execute(
            insert(PhoneChannel).values(
                phone_id=phone_id, channel=Channel.WHATSAPP, opted_out_at=at(MONDAY)
            )
        )
    left = shown(office, MONDAY)
    assert [message.posts[0].split(",")[0] for message in left] == ["Sekretaris DPUPR"]
    office.tick(MONDAY)
    assert "gagal" in {step for message in shown(office, MONDAY) for step in message.steps}


# --- that it was sent -----------------------------------------------------------------------


def test_a_message_marked_as_sent_is_an_attempt_like_any_other(office: Office) -> None:
    office.dispose("9000001", "DPUPR", MONDAY)
    office.tick(MONDAY)
    admin = of(ADMIN, shown(office, MONDAY))
    mark(office, admin.message_id, "2026-05-04T10:05")
    (attempt,) = rows(office, Attempt)
    assert (attempt.channel, attempt.sender, attempt.sid) == (
        "whatsapp",
        "manual",
        f"manual-{admin.message_id}",
    )
    assert (attempt.body, attempt.status, attempt.awaited) == (admin.text, "accepted", False)
    assert attempt.pass_at == at("2026-05-04T10:05")
    (row,) = [row for row in office.notices() if row.message_id == admin.message_id]
    assert (row.status, row.settled_at) == ("accepted", at("2026-05-04T10:05"))
    statuses = {m.id: m.status for m in rows(office, Message)}
    assert statuses.pop(admin.message_id) == "accepted"
    assert set(statuses.values()) == {"pending"}
    assert len(shown(office, "2026-05-04T10:06")) == 1
    office.tick("2026-05-06T09:00")  # nobody waits for a report of its delivery
    assert len(rows(office, Attempt)) == 1


def test_the_record_holds_what_was_shown_last(office: Office) -> None:
    office.dispose("9000001", "DPUPR", MONDAY)
    office.tick(MONDAY)
    first = of(ADMIN, shown(office, MONDAY))
    office.do("9000001", "2026-05-04T11:00", lambda desk, case: desk.pause(case, "alamat", "kom"))
    office.do("9000001", "2026-05-06T11:00", lambda desk, case: desk.resume(case, "kominfo"))
    second = of(ADMIN, shown(office, "2026-05-06T11:00"))
    assert first.message_id == second.message_id
    assert "Kam 7 Mei 16.00" in first.text
    assert "Sen 11 Mei 16.00" in second.text  # two working days later
    mark(office, second.message_id, "2026-05-07T11:00")
    assert [attempt.body for attempt in rows(office, Attempt)] == [second.text]


def test_a_ladder_that_waited_goes_on_once_it_was_sent(office: Office) -> None:
    office.dispose("9000001", "DPUPR", MONDAY)
    office.tick(MONDAY)
    for message in shown(office, MONDAY):
        mark(office, message.message_id, MONDAY)
    office.tick("2026-05-06T16:00")
    letters = [m for m in shown(office, "2026-05-06T16:00") if m.steps == ("surat_1",)]
    assert len(letters) == 2
    office.tick("2026-05-07T16:00")
    assert "surat_2" not in {row.step for row in office.notices()}
    admin = of(ADMIN, [m for m in shown(office, "2026-05-07T17:00") if m.steps == ("surat_1",)])
    mark(office, admin.message_id, "2026-05-07T17:00")
    office.tick("2026-05-07T17:00")
    assert "surat_2" in {row.step for row in office.notices()}


@pytest.mark.parametrize("message_id", [0, -1, 4711, 2**31, 10**40])
def test_an_unknown_message_is_refused(office: Office, message_id: int) -> None:
    with pytest.raises(RefusedError, match=f"message {message_id}: there is none"):
        mark(office, message_id, MONDAY)


def test_what_was_not_shown_or_sent_already_is_refused(office: Office) -> None:
    office.dispose("9000001", "DPUPR", MONDAY)
    office.tick(MONDAY)
    (message_id, _) = [message.id for message in rows(office, Message)]
    with pytest.raises(RefusedError, match="ingat links"):
        mark(office, message_id, MONDAY)
    shown(office, MONDAY)
    with pytest.raises(RefusedError, match="made later"):
        mark(office, message_id, "2026-05-04T09:59")
    mark(office, message_id, MONDAY)
    with pytest.raises(RefusedError, match="sent already"):
        mark(office, message_id, MONDAY)
    assert len(rows(office, Attempt)) == 1


def test_what_another_way_is_sending_is_refused(office: Office) -> None:
    office.dispose("9000001", "DPUPR", MONDAY)
    office.tick(MONDAY)
    message = shown(office, MONDAY)[0]
    with writing(office.engine) as connection:
        connection.execute(update(Message).values(lease_until=at("2099-01-01T00:00")))
    with pytest.raises(RefusedError, match="being sent"):
        mark(office, message.message_id, MONDAY)
    assert shown(office, MONDAY) == []


def test_what_the_program_can_send_again_is_not_sent_twice(office: Office) -> None:
    office.dispose("9000001", "DPUPR", MONDAY)
    office.tick(MONDAY)
    admin = of(ADMIN, shown(office, MONDAY))
    mark(office, admin.message_id, MONDAY)
    office.close()
    automatic = Office(office.opened.settings.database_url)
    assert automatic.tick("2026-05-04T10:05").sent == 1  # the one that nobody had sent
    automatic.close()


def test_of_two_people_who_mark_the_same_message_one_is_believed(office: Office) -> None:
    office.dispose("9000001", "DPUPR", MONDAY)
    office.tick(MONDAY)
    ids = [message.message_id for message in shown(office, MONDAY)]

    def try_to_mark(message_id: int) -> str:
        try:
            mark(office, message_id, MONDAY)
        except RefusedError as error:
            return str(error)
        return "sent"

    with ThreadPoolExecutor(4) as pool:
        done = sorted(pool.map(try_to_mark, [*ids, *ids, *ids]))
    assert done.count("sent") == len(ids) == len(rows(office, Attempt))
    assert all(word == "sent" or word.endswith("sent already") for word in done)


def test_an_answer_and_a_word_at_once_do_not_block_each_other(postgres_url: str) -> None:
    office = Office(postgres_url, gateway="manual")
    office.dispose("9000001", "DPUPR", MONDAY)
    office.tick(MONDAY)
    message_id = shown(office, MONDAY)[0].message_id
    blocked = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    with ThreadPoolExecutor(1) as pool:
        with writing(office.engine) as answer:
            answer.execute(select(ClockRun.id).with_for_update()).all()
            word = pool.submit(mark, office, message_id, MONDAY)
            waits = 0
            while not waits and not word.done():
                with reading(office.engine) as connection:
                    waits = connection.execute(blocked).scalar_one()
            # Runs first, then notices: as an answer does that cancels what was not sent yet.
            answer.execute(update(Notice).values(lama=None))
        word.result()
    assert [attempt.message_id for attempt in rows(office, Attempt)] == [message_id]
    office.close()
