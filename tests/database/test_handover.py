"""Serah terima on both engines: who is told from which day on, who may act, what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from bot import handover
from bot.explanation import lines
from bot.trace_of import find_trace
from config.terms import NoticeStatus
from scheduler.complaint import RefusedError
from scheduler.rules import RuleBook
from scheduler.store import handovers, listing
from scheduler.store.session import reading, writing
from scheduler.sweep import sweep
from tests.database.handing import HEAD, LeaveRoom, P, Q
from tests.database.office import WIB, at
from tests.database.officers import ADMIN, DISDIK, GOOD, MONDAY, PENGHUBUNG, N

TWO = "9000002"


@pytest.fixture
def room(database_url: str) -> Iterator[LeaveRoom]:
    made = LeaveRoom(database_url)
    made.dispose(N, "DPUPR", MONDAY)
    yield made
    made.close()


@pytest.fixture
def quick(sqlite_url: str) -> Iterator[LeaveRoom]:
    """On SQLite alone: for what no database could decide otherwise."""
    made = LeaveRoom(sqlite_url)
    made.dispose(N, "DPUPR", MONDAY)
    yield made
    made.close()


def ticks(room: LeaveRoom, *moments: str) -> None:
    for moment in moments:
        done = room.tick(moment)
        assert (done.problems, done.failed) == ((), 0), done


# --- who is told ------------------------------------------------------------------------------


def test_the_ladder_tells_who_stands_in_from_the_first_day_to_the_last(room: LeaveRoom) -> None:
    ticks(room, MONDAY)
    room.hands(days=("2026-05-05", "2026-05-06"))
    ticks(room, "2026-05-05T08:00", "2026-05-06T16:00", "2026-05-07T08:00", "2026-05-07T16:00")
    told = room.told_of(N)
    assert told[P, "terima"] == told[Q, "terima"] == 1
    assert (told[P, "ingat"], told[Q, "ingat"]) == (0, 1)
    assert (told[P, "surat_1"], told[Q, "surat_1"], told[HEAD, "surat_1"]) == (0, 1, 1)
    assert (told[P, "hari_terakhir"], told[Q, "hari_terakhir"]) == (1, 0)
    assert (told[P, "surat_2"], told[Q, "surat_2"], told[HEAD, "surat_2"]) == (1, 0, 1)
    (surat,) = [text for text in room.texts(PENGHUBUNG) if "Surat I " in text]
    assert surat.startswith("Yth. Admin DPUPR: ")


def test_other_complaints_stay_with_the_post(quick: LeaveRoom) -> None:
    quick.dispose(TWO, "DPUPR", MONDAY)
    ticks(quick, MONDAY)
    quick.hands([N])
    ticks(quick, "2026-05-05T08:00")
    assert any("izin mengingatkan" in text and TWO in text for text in quick.texts(ADMIN))
    assert not any("izin mengingatkan" in text and N in text for text in quick.texts(ADMIN))
    assert any("izin mengingatkan" in text and N in text for text in quick.texts(PENGHUBUNG))


@pytest.mark.parametrize(
    ("days", "whose"),
    [(("2026-05-05", "2026-05-07"), Q), (("2026-05-04", "2026-05-04"), P)],
)
def test_what_waits_over_the_boundary_goes_once_to_whom_it_is_then(
    room: LeaveRoom, days: tuple[str, str], whose: str
) -> None:
    """Decided at night it leaves in the morning: as of that day. The taker's own is beside it."""
    ticks(room, MONDAY)
    room.dispose(TWO, "DPUPR", "2026-05-04T21:00")
    room.hands([TWO], "2026-05-04T21:05", days=days)
    ticks(room, "2026-05-04T21:10", "2026-05-05T06:30", "2026-05-05T06:31")
    told = room.told_of(TWO)
    assert told[Q, "terima"] == 1
    assert told[P, "terima"] == (whose == P)
    mine = [n for n in room.notices() if n.number == TWO and n.step == "terima"]
    assert [n.status for n in mine] == [NoticeStatus.DELIVERED] * 2
    assert len({n.message_id for n in mine}) == (1 if whose == Q else 2)


def test_a_merged_complaint_takes_its_handover_with_it(room: LeaveRoom) -> None:
    room.dispose(TWO, "DPUPR", MONDAY)
    made = room.hands([N])
    with writing(room.engine) as connection:
        handovers.follow(connection, room.key(N), room.key(TWO))
        assert handovers.complaints_of(connection, made) == [room.key(N), room.key(TWO)]
        handovers.follow(connection, room.key(N), room.key(TWO))  # again changes nothing
    assert room.opened.world(at(MONDAY)).directory.handovers.acted_for(
        [room.post(Q).id], room.key(TWO), date(2026, 5, 5)
    ) == (room.post(P).id,)


def test_a_message_under_way_when_it_begins_reaches_one_of_them(room: LeaveRoom) -> None:
    """Grouped for the old phone and not posted: it is taken apart and goes to the new one."""
    dispatcher = room.opened.dispatcher
    moment = at("2026-05-05T08:00")
    ticks(room, MONDAY)
    before = room.opened.world(moment)
    sweep(room.engine, before, moment)
    dispatcher._group(before, moment, lambda: True)
    room.hands(when="2026-05-05T08:00", days=("2026-05-05", "2026-05-07"))
    ticks(room, "2026-05-05T08:01", "2026-05-05T08:02")
    told = room.told_of(N)
    assert (told[P, "ingat"], told[Q, "ingat"]) == (0, 1)


def test_another_process_sees_it_at_once(room: LeaveRoom) -> None:
    ticks(room, MONDAY)
    book = RuleBook(room.opened.settings.timezone)
    first = book.world(room.engine)
    assert not first.directory.handovers
    made = room.hands(when=MONDAY)
    second = book.world(room.engine)
    assert second.directory.handovers
    assert book.world(room.engine).directory.handovers is second.directory.handovers
    room.ends(made, "2026-05-04T15:10")
    assert not book.world(room.engine).directory.handovers


def test_ended_early_the_next_word_is_the_posts_own(room: LeaveRoom) -> None:
    ticks(room, MONDAY)
    made = room.hands(days=("2026-05-05", "2026-05-07"))
    ticks(room, "2026-05-04T15:01", "2026-05-05T08:00")
    assert room.told_of(N)[Q, "ingat"] == 1
    room.ends(made, "2026-05-06T10:00")
    ticks(room, "2026-05-06T10:00", "2026-05-06T16:00")
    told = room.told_of(N)
    assert (told[P, "surat_1"], told[Q, "surat_1"]) == (1, 0)
    for phone in (ADMIN, PENGHUBUNG):
        assert sum("diakhiri lebih awal" in text for text in room.texts(phone)) == 1
    with pytest.raises(RefusedError, match="sudah berakhir"):
        room.ends(made, "2026-05-06T11:00")


# --- whom it is told --------------------------------------------------------------------------


def test_both_posts_are_told_once_each_at_its_time(quick: LeaveRoom) -> None:
    ticks(quick, MONDAY)
    quick.hands()
    ticks(quick, "2026-05-04T15:00")
    assert not any("serah terima" in text for text in quick.texts(ADMIN))
    ticks(quick, "2026-05-04T15:01", "2026-05-04T15:02")
    (text,) = [text for text in quick.texts(ADMIN) if "serah terima" in text]
    assert "kepada Penghubung DPUPR tercatat untuk Sel 5 Mei s.d. Kam 7 Mei" in text
    ticks(quick, "2026-05-05T06:00")
    assert not any("serah terima" in text for text in quick.texts(PENGHUBUNG))
    ticks(quick, "2026-05-05T06:30", "2026-05-05T06:31", "2026-05-06T08:00")
    (text,) = [text for text in quick.texts(PENGHUBUNG) if "serah terima" in text]
    assert "menerima serah terima aduan SP4N #9000001 dari Admin DPUPR s.d. Kam 7 Mei" in text


def test_one_taken_back_within_its_minute_is_told_to_nobody(quick: LeaveRoom) -> None:
    ticks(quick, MONDAY)
    made = quick.hands(days=("2026-05-04", "2026-05-07"))
    quick.ends(made, "2026-05-04T15:00")
    ticks(quick, "2026-05-04T15:01", "2026-05-05T08:00")
    for phone in (ADMIN, PENGHUBUNG):
        assert not any("serah terima" in text for text in quick.texts(phone))
    assert quick.told_of(N)[P, "ingat"] == 1


def test_what_is_answered_before_it_begins_is_not_spoken_of(quick: LeaveRoom) -> None:
    quick.dispose(TWO, "DPUPR", MONDAY)
    ticks(quick, MONDAY)
    quick.hands()
    quick.do(TWO, "2026-05-04T16:00", lambda desk, case: desk.answer(case, "opd", GOOD))
    ticks(quick, "2026-05-05T06:30")
    (text,) = [text for text in quick.texts(PENGHUBUNG) if "menerima serah terima" in text]
    assert N in text
    assert TWO not in text


def test_each_complaint_has_it_in_its_trail(quick: LeaveRoom) -> None:
    made = quick.hands()
    quick.ends(made, "2026-05-05T10:00")
    with reading(quick.engine) as connection:
        trail = listing.trail(connection, quick.key(N))
    events = [(event, actor) for _, event, actor, _ in trail][-2:]
    assert events == [("serah_terima", "kominfo"), ("serah_terima_berakhir", "kominfo")]
    assert "Sel 5 Mei 2026 s.d. Kam 7 Mei 2026 (cuti)" in (trail[-2][3] or "")


def test_why_says_who_was_told_in_whose_place(room: LeaveRoom) -> None:
    ticks(room, MONDAY)
    room.hands()
    ticks(room, "2026-05-05T08:00")
    told = "\n".join(lines(find_trace(room.opened, N, at("2026-05-05T09:00")), WIB))
    admin, deputy = (room.post(label).label for label in (P, Q))
    assert f"kepada {admin}, serah terima kepada {deputy} (sampai)" in told
    assert told.count("serah terima") == 1


# --- who may act ------------------------------------------------------------------------------


def test_who_stands_in_acts_as_the_post_and_no_longer_than_that(room: LeaveRoom) -> None:
    room.dispose(TWO, "DPUPR", MONDAY)
    room.hands([N], taker="Admin Disdik")
    assert "tidak" in room.says(DISDIK, f"TERIMA {N}", "2026-05-04T16:00")
    room.says(DISDIK, f"TERIMA {N}", "2026-05-05T09:00")
    assert room.effect == "terima"
    assert room.trail()[-1] == ("accept", room.post(P).label)
    room.says(DISDIK, f"TERIMA {TWO}", "2026-05-05T09:01")
    assert room.effect == "ditolak"
    assert f"{N}" in room.says(DISDIK, "DAFTAR", "2026-05-05T09:02")
    assert TWO not in room.phones.reply(DISDIK)
    room.says(ADMIN, f"TERIMA {N}", "2026-05-05T09:03")  # the post itself keeps its right
    assert room.effect == "terima"
    room.says(DISDIK, f"JAWAB {N} {GOOD}", "2026-05-07T09:00")
    assert room.effect == "jawab"
    room.says(DISDIK, f"TERIMA {N}", "2026-05-08T09:00")
    assert room.effect == "ditolak"
    assert room.says(DISDIK, "DAFTAR", "2026-05-08T09:01") != ""
    assert N not in room.phones.reply(DISDIK)


def test_what_went_to_another_instansi_is_no_longer_his(quick: LeaveRoom) -> None:
    quick.hands([N])
    when = "2026-05-05T08:30"
    body = quick.body("Dinkes")
    quick.do(N, when, lambda desk, case: desk.dispose(case, body, "kominfo"))
    quick.says(PENGHUBUNG, f"TERIMA {N}", "2026-05-05T09:00")
    assert quick.effect == "ditolak"


# --- what is refused --------------------------------------------------------------------------


def test_overlapping_ones_of_one_complaint_are_refused(room: LeaveRoom) -> None:
    room.hands()
    for days in (("2026-05-07", "2026-05-08"), ("2026-05-04", "2026-05-05")):
        with pytest.raises(RefusedError, match=r"9000001 sudah diserahterimakan kepada Sekretaris"):
            room.hands(days=days, taker=HEAD)
    room.hands(days=("2026-05-08", "2026-05-08"), taker=HEAD)
    with pytest.raises(RefusedError, match="sendiri menyerahkan aduan 9000001"):
        room.hands(giver=HEAD, taker=P, days=("2026-05-06", "2026-05-06"))


def test_a_chain_is_followed_where_it_is_listed(room: LeaveRoom) -> None:
    room.dispose(TWO, "DPUPR", MONDAY)
    ticks(room, MONDAY)
    room.hands([N, TWO])
    room.hands([N], giver=Q, taker=HEAD, days=("2026-05-05", "2026-05-05"))
    ticks(room, "2026-05-05T08:00")
    told = room.told_of(N)
    assert (told[P, "ingat"], told[Q, "ingat"], told[HEAD, "ingat"]) == (0, 0, 1)
    assert room.told_of(TWO)[Q, "ingat"] == 1


@pytest.mark.parametrize(
    ("days", "taker", "why"),
    [
        (("2026-05-06", "2026-05-05"), Q, "mendahului"),
        (("2026-05-03", "2026-05-05"), Q, "sudah lewat"),
        (("2026-05-05", "2026-09-05"), Q, "paling lama 100 hari"),
        (("2026-05-05", "2026-05-06"), P, "tidak ditemukan"),
        (("2026-05-05", "2026-05-06"), "Sekretaris Daerah", "tidak ditemukan"),
    ],
)
def test_what_cannot_be(quick: LeaveRoom, days: tuple[str, str], taker: str, why: str) -> None:
    with pytest.raises(RefusedError, match=why):
        quick.hands(days=days, taker=taker)


def test_only_what_is_open_and_its_own_can_be_handed_over(quick: LeaveRoom) -> None:
    quick.dispose(TWO, "Dinkes", MONDAY)
    with pytest.raises(RefusedError, match="9000002 bukan tugas Admin DPUPR"):
        quick.hands([N, TWO])
    with pytest.raises(RefusedError, match="tidak ada aduan"):
        quick.hands([])
    quick.do(N, "2026-05-04T11:00", lambda desk, case: desk.close(case, "kominfo"))
    with pytest.raises(RefusedError, match="9000001 sudah selesai"):
        quick.hands([N])


def test_an_opd_hands_over_within_itself_only(quick: LeaveRoom) -> None:
    own = frozenset({quick.body("DPUPR")})
    with pytest.raises(RefusedError, match="yang menerima tidak ditemukan"):
        quick.hands(taker="Admin Disdik", scope=own)
    with pytest.raises(RefusedError, match="yang menyerahkan tidak ditemukan"):
        quick.hands(scope=frozenset({quick.body("Dinkes")}))
    quick.dispose(TWO, "Disdik", MONDAY)
    quick.do(TWO, "2026-05-04T11:00", lambda desk, case: desk.close(case, "kominfo"))
    with pytest.raises(RefusedError, match="aduan yang dipilih tidak ditemukan"):
        quick.hands([TWO], scope=own)
    quick.hands([N], scope=own)
    givers = handover.givers(quick.opened.world(at(MONDAY)), own)
    assert {post.label.split(",")[0] for post in givers} == {P, Q, HEAD}
