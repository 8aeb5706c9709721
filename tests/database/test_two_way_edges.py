"""What two-way phones must not lose at their edges: loops, merges, late messages, policies."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from bot.dialogue.listener import LOOP_REPLIES
from config.terms import Channel, Clock
from scheduler.store import inbound, pairing, reach
from scheduler.store.drafts import link_similar, similar
from scheduler.store.messaging_tables import Notice, PhoneChannel
from scheduler.store.session import reading, writing
from scheduler.store.tables import ClockRun
from tests.database.office import at
from tests.database.officers import ADMIN, GOOD, MONDAY, WARGA, N, Room
from tests.policies import without_sums

ROAD = "Jalan berlubang di Desa Taman sejak kemarin, dua motor jatuh"
DROWNING = "Tolong, ada orang tenggelam di sungai Kemuning"
LATER = "2026-05-04T12:00"


@pytest.fixture
def room(database_url: str) -> Iterator[Room]:
    made = Room(database_url)
    yield made
    made.close()


# --- the loop guard ---------------------------------------------------------------------------


def chatter(room: Room, times: int) -> None:
    start = at(MONDAY)
    for second in range(times):
        room.phones.says(WARGA, "STATUS", start + timedelta(seconds=second))


def test_after_twenty_replies_nothing_is_said_but_112(room: Room) -> None:
    chatter(room, LOOP_REPLIES + 5)
    assert len(room.phones.replies(WARGA)) == LOOP_REPLIES
    assert room.phones.says(WARGA, DROWNING, "2026-05-04T10:01") == "aduan"
    assert len(room.phones.replies(WARGA)) == LOOP_REPLIES + 1
    assert "112" in room.phones.reply(WARGA)
    # A machine that repeats itself is not answered each time; what it repeats later, is.
    assert room.phones.says(WARGA, DROWNING, "2026-05-04T10:02") == "ganda"
    assert len(room.phones.replies(WARGA)) == LOOP_REPLIES + 1
    assert room.phones.says(WARGA, DROWNING, "2026-05-04T10:30") == "ganda"
    assert "112" in room.phones.reply(WARGA)


def test_a_loop_is_judged_by_when_messages_arrived(room: Room) -> None:
    start = at(MONDAY)
    burst = [
        room.phones.arrived(WARGA, "STATUS", start + timedelta(seconds=second))
        for second in range(LOOP_REPLIES + 5)
    ]
    room.opened.hear(burst)
    room.opened.listen(start + timedelta(hours=3))  # after an outage
    assert len(room.phones.replies(WARGA)) == LOOP_REPLIES
    # One that was lost on the way, and is heard late, is no part of it.
    lost = room.phones.arrived(WARGA, "BANTUAN", start - timedelta(hours=1))
    room.opened.hear([lost])
    room.opened.listen(start)
    assert len(room.phones.replies(WARGA)) == LOOP_REPLIES + 1


# --- merges -----------------------------------------------------------------------------------


def merged(room: Room) -> str:
    """A report that became one with SP4N's, which was disposed first; returns its number."""
    room.dispose(N, "DPUPR", MONDAY)
    room.phones.says(WARGA, ROAD, "2026-05-04T11:00")
    found = re.search(r"SPG-\d+-\d+", room.phones.reply(WARGA))
    assert found is not None
    link(room, found[0], N)
    return found[0]


def link(room: Room, nomor: str, tracking_id: str) -> None:
    moment = at(LATER)
    with writing(room.engine) as connection:
        pairing.link(connection, room.opened.world(moment), nomor, tracking_id, moment)


def test_a_report_that_was_merged_is_known_by_its_number(room: Room) -> None:
    nomor = merged(room)
    assert room.phones.says(WARGA, ROAD, "2026-05-04T13:00") == "ganda"
    assert nomor in room.phones.reply(WARGA)
    assert "None" not in room.phones.reply(WARGA)


@pytest.mark.parametrize("first", [N, None])
def test_what_reads_like_one_of_two_reads_like_both_when_they_are_one(
    room: Room, first: str | None
) -> None:
    if first:
        room.dispose(N, "DPUPR", MONDAY)
    own = room.own("2026-05-04T10:30")
    if not first:
        room.dispose(N, "DPUPR", "2026-05-04T11:00")
    other = room.own("2026-05-04T11:30")
    keys = {number: room.case(number).id or 0 for number in (own, N, other)}
    with writing(room.engine) as connection:
        link_similar(connection, keys[own], {keys[N]: 90, keys[other]: 95})
    link(room, own, N)
    with reading(room.engine) as connection:
        assert similar(connection, room.case(N).id or 0) == [other]
        assert similar(connection, keys[other]) == [N]


# --- what arrives late ------------------------------------------------------------------------


def test_a_message_heard_late_takes_nothing_from_a_newer_one(room: Room) -> None:
    for when in ("2026-05-05T10:00", "2026-05-04T12:00"):
        room.phones.says(WARGA, "STATUS", when, Channel.WHATSAPP)
    (one,) = room.rows(PhoneChannel)
    assert one.last_inbound_at == at("2026-05-05T10:00")
    assert one.window_until == at("2026-05-06T10:00")


def test_where_somebody_writes_he_can_be_written_to(room: Room) -> None:
    # Said by an error of yesterday, about a number that was nobody's then.
    with writing(room.engine) as connection:
        phone_id = inbound.phone_of(connection, room.opened.seal, "+6281200000101")
        reach.mark(connection, phone_id, Channel.SMS, until=at("2036-05-04T10:00"), code="21211")
    room.phones.says(WARGA, "BANTUAN", MONDAY)
    room.tick(MONDAY)
    assert len(room.phones.hears(WARGA)) == 1


def test_who_writes_while_a_message_to_him_fails_is_heard_without_a_deadlock(
    postgres_url: str,
) -> None:
    room = Room(postgres_url)
    room.dispose(N, "DPUPR", MONDAY)
    room.phones.says(ADMIN, "BANTUAN", MONDAY)
    (phone_id,) = (one.phone_id for one in room.rows(PhoneChannel))
    waits = text(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    with ThreadPoolExecutor(1) as other:
        with writing(room.engine) as connection:
            # As a failure is recorded: its runs, then what is known of the number.
            connection.execute(select(ClockRun.id).with_for_update()).all()
            heard = other.submit(room.phones.says, ADMIN, f"JAWAB {N} {GOOD}", LATER)
            while not heard.done() and not connection.execute(waits).scalar_one():
                pass
            reach.mark(connection, phone_id, Channel.SMS, opted_out_at=at(LATER))
        assert heard.result() == "jawab"
    room.close()


# --- privacy ----------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["STATUS", "TERIMA"])
@pytest.mark.parametrize("number", [WARGA, ADMIN])
def test_a_telephone_number_in_place_of_a_complaints_is_not_repeated(
    room: Room, word: str, number: str
) -> None:
    assert room.phones.says(number, f"{word} 081234567890", MONDAY) == "ditolak"
    with reading(room.engine) as connection:
        (body,) = connection.execute(select(Notice.body)).scalars()
    assert body is not None
    assert "nomor tersebut" in body
    assert not re.search(r"\d{6}", body)


# --- SUDAH under another policy ---------------------------------------------------------------


def test_an_answer_ends_the_pause_of_sudah_for_clocks_it_does_not_stop(
    database_url: str, tmp_path: Path
) -> None:
    rules = without_sums().read_text(encoding="utf-8")
    stop = 'stop = "jawaban_substantif"'
    assert rules.count(stop) == 2
    for of_respon_then_penyelesaian in ("jawaban", "tercatat_sp4n"):
        rules = rules.replace(stop, f'stop = "{of_respon_then_penyelesaian}"', 1)
    policy = tmp_path / "kebijakan.toml"
    policy.write_text(rules, encoding="utf-8")
    room = Room(database_url, policy_file=policy)
    room.dispose(N, "DPUPR", MONDAY)
    room.says(ADMIN, f"SUDAH {N}")
    assert all(run.paused_at for run in room.case().runs)
    room.says(ADMIN, f"JAWAB {N} {GOOD}", "2026-05-04T11:00")
    run = room.case().open_run(Clock.PENYELESAIAN)
    assert run is not None
    assert run.paused_at is None
    assert run.next_look_at is not None
    room.tick("2026-05-05T16:00")  # the moment that SUDAH spoke of
    assert room.requests() == [("sudah", "diterima")]
    room.close()
