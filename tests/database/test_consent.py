"""First contact with the holders of posts, and what follows from their consent or refusal."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from typing import Any

import pytest
from sqlalchemy import select

from bot.contact import Contacted, find_post, first_contact, record_consent
from config.terms import StatusJabatan
from scheduler.complaint import RefusedError
from scheduler.directory import Directory
from scheduler.store.consents import Answer
from scheduler.store.directory import holders, import_directory, load_directory
from scheduler.store.messaging_tables import Consent, Notice
from scheduler.store.session import reading, writing
from tests.database.office import Office, at

ADMIN = "Admin DPUPR, Dinas Pekerjaan Umum dan Penataan Ruang"
KEPALA_DLH = "Kepala Dinas Lingkungan Hidup, Dinas Lingkungan Hidup"
ACTING = """instansi,jenis,induk,hari_kerja,peran,jabatan,nama,nip,telepon,status_jabatan,mulai
Dinas Pekerjaan Umum dan Penataan Ruang,opd,Kabupaten Contoh,5,admin_opd,Admin DPUPR,\
Umar Umpama,,0811-0000-0090,plt,2026-05-01
"""
NEW_HOLDER = ACTING.replace(",plt,2026-05-01", ",definitif,2026-05-06")
MONDAY = "2026-05-04T10:00"


@pytest.fixture
def office(database_url: str) -> Iterator[Office]:
    made = Office(database_url)
    yield made
    made.close()


def ask(office: Office, when: str = MONDAY, post: str | None = None) -> Contacted:
    return first_contact(office.engine, office.opened.world(at(when)), at(when), post)


def say(
    office: Office,
    said: Answer,
    when: str = MONDAY,
    post: str = ADMIN,
    capacity: StatusJabatan | None = None,
) -> None:
    record_consent(office.engine, office.opened.world(at(when)), at(when), post, said, capacity)


def bring_in(office: Office, text: str, when: str) -> None:
    with writing(office.engine) as connection:
        import_directory(
            connection, office.opened.seal, text.encode(), name="d.csv", today=at(when).date()
        )


def directory(office: Office) -> Directory:
    with reading(office.engine) as connection:
        return load_directory(connection)


def told_now(office: Office, when: str = MONDAY, post: str = ADMIN) -> list[StatusJabatan]:
    """In what capacity those hold a post who may be told something."""
    known = directory(office)
    found = holders(known, find_post(known, post).id, at(when).date())
    return [holder.status_jabatan for holder in found]


def rows(office: Office, table: type[Any]) -> list[Any]:
    with reading(office.engine) as connection:
        return list(connection.execute(select(table.__table__)))


# --- first contact --------------------------------------------------------------------------


def test_each_holder_is_asked_once(office: Office) -> None:
    known = directory(office)
    on = at(MONDAY).date()
    usable = [post for post in known.posts if known.phone(post, on) is not None]
    assert ask(office) == Contacted(asked=len(usable), already=0)
    assert ask(office) == Contacted(asked=0, already=len(usable))
    notices = rows(office, Notice)
    assert [notice.post_id for notice in notices] == [
        post for _, post in sorted((holders(known, post, on)[0].id, post) for post in usable)
    ]
    assert {notice.cause for notice in notices} == {
        f"contact/{consent.holder_id}" for consent in rows(office, Consent)
    }
    assert {(n.kind, n.step, n.complaint_id, n.run_id, n.status) for n in notices} == {
        ("perkenalan", "perkenalan", None, None, "pending")
    }
    assert {consent.asked_at for consent in rows(office, Consent)} == {at(MONDAY)}


def test_one_post_alone_is_asked(office: Office) -> None:
    assert ask(office, post=f"  {ADMIN.upper()} ") == Contacted(1, 0)
    assert ask(office, post=ADMIN) == Contacted(0, 1)
    everybody = ask(office)
    assert everybody.already == 1
    assert everybody.asked > 1


def test_the_next_pass_sends_it_like_any_notice(office: Office) -> None:
    ask(office, post=ADMIN)
    assert office.tick(MONDAY).sent == 1
    (told,) = office.told()
    assert told.startswith("Yth. Admin DPUPR: ini nomor resmi pengingat aduan")
    (notice,) = rows(office, Notice)
    assert (notice.status, notice.settled_at) == ("delivered", at(MONDAY))


def test_at_night_it_waits_for_the_morning(office: Office) -> None:
    ask(office, "2026-05-08T20:00", ADMIN)  # Friday
    (notice,) = rows(office, Notice)
    assert (notice.due_at, notice.send_after) == (at("2026-05-08T20:00"), at("2026-05-11T06:30"))


def test_of_two_commands_at_once_one_asks(office: Office) -> None:
    world = office.opened.world(at(MONDAY))
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda _: first_contact(office.engine, world, at(MONDAY)), range(2)))
    assert min(one.asked for one in done) == 0
    assert len(rows(office, Notice)) == max(one.asked for one in done) > 0


def test_the_same_file_again_asks_nobody_again_and_a_new_holder_is_asked(office: Office) -> None:
    everybody = ask(office).asked
    example = files("config").joinpath("directory.example.csv").read_text(encoding="utf-8")
    bring_in(office, example, "2026-05-05T08:00")
    assert ask(office, "2026-05-05T10:00") == Contacted(0, everybody)
    bring_in(office, NEW_HOLDER, "2026-05-05T11:00")
    assert ask(office, "2026-05-05T12:00") == Contacted(0, everybody)  # he begins tomorrow
    assert ask(office, "2026-05-06T10:00") == Contacted(1, everybody - 1)


def test_an_unknown_post_is_answered_with_near_ones(office: Office) -> None:
    with pytest.raises(RefusedError, match="did you mean") as caught:
        ask(office, post="Admin DPUPR")
    assert ADMIN in str(caught.value)
    with pytest.raises(RefusedError, match="ingat outbox"):
        ask(office, post="qqqq")
    assert rows(office, Consent) == []


def test_under_shadow_nobody_is_asked(sqlite_url: str) -> None:
    office = Office(sqlite_url, shadow=True)
    with pytest.raises(RefusedError, match="SHADOW"):
        ask(office)
    assert rows(office, Notice) == []
    office.close()


# --- consent and refusal --------------------------------------------------------------------


def test_who_refuses_is_not_told_any_more_until_he_agrees(office: Office) -> None:
    assert told_now(office) == [StatusJabatan.DEFINITIF]
    say(office, "menolak")
    assert told_now(office) == []
    say(office, "setuju", "2026-05-05T10:00")
    assert told_now(office) == [StatusJabatan.DEFINITIF]
    (consent,) = rows(office, Consent)
    assert (consent.answer, consent.answered_at) == ("setuju", at("2026-05-05T10:00"))


def test_the_duty_of_who_refused_climbs(office: Office) -> None:
    say(office, "menolak")
    office.dispose("9000001", "DPUPR", MONDAY)
    posts = {str(row.post).split(",")[0] for row in office.notices()}
    assert posts == {"Sekretaris DPUPR"}  # the other one told at disposition
    office.tick("2026-05-05T08:00")
    (reminder,) = [row for row in office.notices() if row.step == "ingat"]
    assert (str(reminder.post).split(",")[0], reminder.line.note) == (
        "Sekretaris DPUPR",
        "Admin tanpa nomor aktif.",
    )


def test_the_duty_of_who_refused_goes_to_the_acting_holder(office: Office) -> None:
    bring_in(office, ACTING, "2026-05-04T08:00")
    assert told_now(office) == [StatusJabatan.DEFINITIF, StatusJabatan.PLT]
    say(office, "menolak")
    assert told_now(office) == [StatusJabatan.PLT]
    say(office, "menolak")  # of the one who is told now
    assert told_now(office) == []


def test_a_word_that_could_be_anothers_is_asked_for(office: Office) -> None:
    bring_in(office, ACTING, "2026-05-04T08:00")
    say(office, "menolak")
    with pytest.raises(RefusedError, match="--holder definitif or plt"):
        say(office, "setuju")
    say(office, "setuju", capacity=StatusJabatan.PLT)
    assert told_now(office) == [StatusJabatan.PLT]
    say(office, "setuju", capacity=StatusJabatan.DEFINITIF)
    assert told_now(office) == [StatusJabatan.DEFINITIF, StatusJabatan.PLT]
    with pytest.raises(RefusedError, match="no plh holder with a telephone"):
        say(office, "setuju", capacity=StatusJabatan.PLH)


def test_a_refusal_survives_the_same_file_read_again(office: Office) -> None:
    say(office, "menolak")
    example = files("config").joinpath("directory.example.csv").read_text(encoding="utf-8")
    bring_in(office, example, "2026-05-05T08:00")
    assert told_now(office, "2026-05-05T10:00") == []
    bring_in(office, NEW_HOLDER, "2026-05-05T11:00")
    assert told_now(office, "2026-05-06T10:00") == [StatusJabatan.DEFINITIF]


def test_what_is_older_than_the_record_is_refused(office: Office) -> None:
    ask(office, post=ADMIN)
    with pytest.raises(RefusedError, match=r"2026-05-04T10:00:00\+07:00"):
        say(office, "menolak", "2026-05-04T09:59")
    say(office, "menolak", MONDAY)
    with pytest.raises(RefusedError, match="newer"):
        say(office, "setuju", "2026-05-04T09:59")
    assert told_now(office) == []


def test_who_refused_is_not_asked(office: Office) -> None:
    say(office, "menolak")
    with pytest.raises(RefusedError, match="no holder"):
        ask(office, post=ADMIN)
    ask(office)
    assert find_post(directory(office), ADMIN).id not in {n.post_id for n in rows(office, Notice)}


def test_an_answer_before_the_question_does_not_stand_for_it(office: Office) -> None:
    say(office, "setuju")
    assert ask(office, "2026-05-05T10:00", ADMIN) == Contacted(1, 0)
    (consent,) = rows(office, Consent)
    assert (consent.answer, consent.asked_at) == ("setuju", at("2026-05-05T10:00"))


def test_acting_and_definitif_change_hands_by_their_dates(office: Office) -> None:
    before, after = "2026-09-30T10:00", "2026-10-01T10:00"
    assert ask(office, before, KEPALA_DLH) == Contacted(1, 0)
    assert ask(office, after, KEPALA_DLH) == Contacted(1, 0)  # the acting head, from today on
    say(office, "menolak", after, KEPALA_DLH)
    assert told_now(office, before, KEPALA_DLH) == [StatusJabatan.DEFINITIF]
    assert told_now(office, after, KEPALA_DLH) == []
