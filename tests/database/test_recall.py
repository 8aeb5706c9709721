"""Kominfo takes a mistaken disposition back, and owes what it owed before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from config.terms import Clock, Klasifikasi, Status
from scheduler.case import Case
from scheduler.complaint import RefusedError
from scheduler.lifecycle import Desk
from scheduler.store import cases, inbox
from scheduler.store.session import reading, writing
from tests.database.office import Office, at


@pytest.fixture
def office(database_url: str) -> Iterator[Office]:
    office = Office(database_url)
    yield office
    office.close()


def receive(office: Office, number: str, when: str) -> None:
    moment = at(when)
    desk = Desk(office.opened.world(moment), moment)
    with writing(office.engine) as connection:
        desk.receive(Case("Jalan", "Jalan", moment, moment, tracking_id=number), "sp4n")
        cases.write(connection, desk.changes)


def dispose(office: Office, number: str, when: str, short: str = "DPUPR") -> None:
    body = office.body(short)
    office.do(number, when, lambda desk, case: desk.dispose(case, body, "kominfo"))


def recall(office: Office, number: str, when: str) -> None:
    """As the console does it: by the clock that the disposition stopped."""
    case_id = case_of(office, number).id
    assert case_id is not None
    with reading(office.engine) as connection:
        since = inbox.verification_began(connection, case_id)
    office.do(
        number, when, lambda desk, case: desk.recall(case, "kominfo", "salah pilih", since=since)
    )


def case_of(office: Office, number: str) -> Case:
    with reading(office.engine) as connection:
        key = cases.find(connection, number)
        assert key is not None
        return cases.load_cases(connection, [key])[key]


def test_it_waits_for_a_disposition_as_if_it_had_never_had_one(office: Office) -> None:
    receive(office, "9000001", "2026-05-04 10:00")
    limit = case_of(office, "9000001").runs[0].limit_at
    dispose(office, "9000001", "2026-05-05 09:00")
    recall(office, "9000001", "2026-05-06 09:00")
    case = case_of(office, "9000001")
    assert (case.status, case.instansi_id, case.disposed_at) == (
        Status.BELUM_DITINDAKLANJUTI,
        None,
        None,
    )
    (run,) = case.runs
    assert (run.clock, run.started_at, run.limit_at) == (
        Clock.VERIFIKASI,
        at("2026-05-04 10:00"),
        limit,
    )


def test_days_that_the_wrong_opd_had_it_are_kominfos_own(office: Office) -> None:
    """Recalled after the limit, Kominfo is late at once, and is told so."""
    receive(office, "9000001", "2026-05-04 10:00")
    dispose(office, "9000001", "2026-05-04 11:00")
    recall(office, "9000001", "2026-05-08 09:00")
    office.tick("2026-05-08 09:05")
    kominfo = [notice.step for notice in office.notices() if notice.clock is Clock.VERIFIKASI]
    assert set(kominfo) == {"ingat", "lewat"}


def test_after_the_reporter_completed_it_the_days_count_from_then(office: Office) -> None:
    """The clock that is gone on with is the last one, not the first."""
    receive(office, "9000001", "2026-05-04 10:00")
    office.do("9000001", "2026-05-04 11:00", lambda desk, case: desk.pause(case, "k", "lokasi?"))
    office.do("9000001", "2026-05-11 10:00", lambda desk, case: desk.resume(case, "k"))
    dispose(office, "9000001", "2026-05-11 11:00")
    recall(office, "9000001", "2026-05-11 12:00")
    (run,) = case_of(office, "9000001").runs
    assert run.started_at == at("2026-05-11 10:00")


def test_one_that_had_no_such_clock_waits_since_it_came_in(office: Office) -> None:
    office.dispose("9000001", "DPUPR", "2026-05-05 10:00", received="2026-05-04 10:00")
    recall(office, "9000001", "2026-05-05 11:00")
    (run,) = case_of(office, "9000001").runs
    assert run.started_at == at("2026-05-04 10:00")


def test_who_was_told_is_told_to_ignore_it_and_nobody_else(office: Office) -> None:
    receive(office, "9000001", "2026-05-04 10:00")
    dispose(office, "9000001", "2026-05-04 11:00")
    office.tick("2026-05-04 11:01")
    told = {notice.post for notice in office.notices()}
    recall(office, "9000001", "2026-05-04 12:00")
    office.tick("2026-05-04 12:01")
    ignored = [notice for notice in office.notices() if notice.line.kind == "abaikan"]
    assert {notice.post for notice in ignored} == told
    assert len(ignored) == len(told)
    assert all("abaikan" in notice.attempts[-1].text for notice in ignored)


def test_of_what_nobody_was_told_nobody_hears(office: Office) -> None:
    receive(office, "9000001", "2026-05-04 10:00")
    dispose(office, "9000001", "2026-05-04 21:00")
    recall(office, "9000001", "2026-05-04 21:05")
    office.tick("2026-05-05 07:00")
    assert office.told() == []


def test_the_next_disposition_is_the_opds_first(office: Office) -> None:
    receive(office, "9000001", "2026-05-04 10:00")
    dispose(office, "9000001", "2026-05-04 11:00")
    recall(office, "9000001", "2026-05-06 12:00")
    dispose(office, "9000001", "2026-05-06 13:00", "DLH")
    runs = case_of(office, "9000001").runs
    assert {run.clock for run in runs} == {Clock.RESPON, Clock.PENYELESAIAN}
    assert {run.started_at for run in runs} == {at("2026-05-06 13:00")}
    assert {run.instansi_id for run in runs} == {office.body("DLH")}


def test_what_is_answered_is_not_recalled(office: Office) -> None:
    receive(office, "9000001", "2026-05-04 10:00")
    dispose(office, "9000001", "2026-05-04 11:00")
    office.do("9000001", "2026-05-04 12:00", lambda desk, case: desk.answer(case, "opd", "sudah"))
    with pytest.raises(RefusedError, match="sudah dijawab"):
        recall(office, "9000001", "2026-05-04 13:00")


def test_one_first_seen_in_process_is_not_recalled(office: Office) -> None:
    moment = at("2026-05-04 10:00")
    receive(office, "9000001", "2026-05-04 10:00")
    body = office.body("DPUPR")
    office.do(
        "9000001", "2026-05-04 11:00", lambda desk, case: desk.adopt(case, body, "sp4n", moment)
    )
    with pytest.raises(RefusedError, match="sudah dijawab"):
        recall(office, "9000001", "2026-05-04 13:00")


def test_an_answer_that_does_not_count_yet_is_no_answer(office: Office) -> None:
    receive(office, "9000001", "2026-05-04 10:00")
    dispose(office, "9000001", "2026-05-04 11:00")
    office.do(
        "9000001",
        "2026-05-04 12:00",
        lambda desk, case: desk.answer(case, "opd", "akan kami teruskan", substantive=False),
    )
    recall(office, "9000001", "2026-05-04 13:00")
    assert case_of(office, "9000001").status is Status.BELUM_DITINDAKLANJUTI


def test_a_class_moves_the_limit_and_is_refused_once_it_ended(office: Office) -> None:
    receive(office, "9000001", "2026-05-04 10:00")
    dispose(office, "9000001", "2026-05-04 11:00")

    def limit() -> timedelta:
        run = case_of(office, "9000001").open_run(Clock.PENYELESAIAN)
        assert run is not None
        assert run.limit_at is not None
        return run.limit_at - at("2026-05-04 11:00")

    def classify(when: str, klasifikasi: Klasifikasi) -> None:
        office.do(
            "9000001",
            when,
            lambda desk, case: desk.classify(case, "kominfo", klasifikasi=klasifikasi),
        )

    plain = limit()
    classify("2026-05-04 12:00", Klasifikasi.BERKADAR)
    assert limit() > plain
    classify("2026-05-04 12:01", Klasifikasi.INFORMASI)
    assert limit() < plain
    with pytest.raises(RefusedError, match="sudah demikian"):
        classify("2026-05-04 12:02", Klasifikasi.INFORMASI)
    office.do("9000001", "2026-05-04 13:00", lambda desk, case: desk.close(case, "kominfo"))
    with pytest.raises(RefusedError, match="sudah berakhir"):
        classify("2026-05-04 14:00", Klasifikasi.ASPIRASI)
