"""An export that shows an answer, or what the reporter says of it, where some is known already."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from config.policy_file import load_default_text
from config.terms import Clock, Status
from scheduler.case import Case
from scheduler.lifecycle import Desk
from tests.database.builders import Kabupaten, at, kabupaten, row

NOON = "2026-05-04T12:00"  # a Monday
NEXT = "2026-05-05T12:00"
LATER = "2026-05-06T12:00"
ANSWERED = "Ditanggapi oleh Pelapor"
TUNDA = "Menunggu Kelengkapan Informasi"


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Kabupaten]:
    with kabupaten(database_url, tmp_path) as opened:
        yield opened


def normative(desk: Desk, case: Case) -> None:
    desk.answer(case, "opd", "Akan kami teruskan", substantive=False)


def test_an_answer_in_sp4n_stops_what_a_normative_one_here_did_not(office: Kabupaten) -> None:
    office.import_([row()], NOON)
    office.do("9000001", "2026-05-04T13:00", normative)
    office.import_([row()], "2026-05-04T14:00")  # nothing new
    assert office.clocks() == {Clock.RESPON: 1, Clock.PENYELESAIAN: 1}
    office.import_([row(status=ANSWERED)], NEXT)
    assert (office.status(), office.clocks()) == (Status.PROSES, {Clock.TANGGAPAN: 1})
    reasons = {r.clock: (r.stop_reason, r.stopped_at) for r in office.runs()}
    assert reasons[Clock.RESPON] == ("tercatat di SP4N", at(NEXT))
    assert reasons[Clock.PENYELESAIAN] == reasons[Clock.RESPON]
    office.tick("2026-05-06T16:00", "2026-05-07T16:00")
    assert "surat_1" not in office.steps()
    assert office.import_([row(status=ANSWERED)], "2026-05-08T08:00").unchanged == 1


def test_a_rule_that_wants_it_recorded_in_sp4n_is_satisfied_by_the_export(
    sqlite_url: str, tmp_path: Path
) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text(
        load_default_text().replace('stop = "jawaban_substantif"', 'stop = "tercatat_sp4n"')
    )
    with kabupaten(sqlite_url, tmp_path, policy_file=policy) as office:
        office.import_([row()], NOON)
        office.do("9000001", "2026-05-04T13:00", lambda d, c: d.answer(c, "opd", "Ditambal"))
        answering = {Clock.RESPON: 1, Clock.PENYELESAIAN: 1}
        assert office.clocks() == {**answering, Clock.TANGGAPAN: 1}
        office.import_([row(status=ANSWERED)], NEXT)
        assert office.clocks() == {Clock.TANGGAPAN: 1}
        # It was answered when the OPD answered.
        assert office.case().answered_at == at("2026-05-04T13:00")


def test_after_a_tunda_too_but_only_as_news(sqlite_url: str, tmp_path: Path) -> None:
    with kabupaten(sqlite_url, tmp_path) as office:
        office.import_([row()], NOON)
        office.do("9000001", "2026-05-04T13:00", normative)
        office.import_([row(status=TUNDA)], NEXT)
        office.import_([row(status=ANSWERED)], LATER)
        assert (office.status(), office.clocks()) == (Status.PROSES, {Clock.TANGGAPAN: 1})
        # Not settled, and again a mere promise: what SP4N showed before is no answer to that.
        office.do("9000001", "2026-05-06T13:00", lambda d, c: d.reopen(c, "pelapor"))
        office.do("9000001", "2026-05-06T14:00", normative)
        office.import_([row(status=ANSWERED)], "2026-05-07T12:00")
        assert office.clocks() == {Clock.RESPON: 2, Clock.PENYELESAIAN: 2}


def test_an_answer_that_only_an_older_export_shows_is_believed(
    sqlite_url: str, tmp_path: Path
) -> None:
    with kabupaten(sqlite_url, tmp_path) as office:
        office.import_([row()], NOON, generated="03 May 2026")
        office.do("9000001", "2026-05-04T13:00", normative)
        office.import_([row("9000002")], LATER, generated="06 May 2026")
        office.import_([row(status=ANSWERED)], "2026-05-06T13:00", generated="05 May 2026")
        assert office.clocks() == {Clock.TANGGAPAN: 1}


@pytest.mark.parametrize(
    ("first", "then"), [("", "4"), ("4", "4"), ("4", ""), ("", ""), ("4", "2")]
)
def test_a_rating_is_what_the_reporter_was_waited_for(
    sqlite_url: str, tmp_path: Path, first: str, then: str
) -> None:
    with kabupaten(sqlite_url, tmp_path) as office:
        office.import_([row(status=ANSWERED, rating=first)], NOON)
        assert (Clock.TANGGAPAN in office.clocks()) == (first == "")
        office.import_([row(status=ANSWERED, rating=then)], NEXT)
        assert (Clock.TANGGAPAN in office.clocks()) == (first == then == "")
        # Rated once, waited for no more.
        rated = [r.stop_reason for r in office.runs() if r.clock is Clock.TANGGAPAN]
        assert rated == [None if first == then == "" else "dinilai"]
        assert office.trail().count("rate") == int(first + then != "")


def test_an_answer_and_its_rating_may_come_at_once(office: Kabupaten) -> None:
    office.import_([row()], NOON)
    office.import_([row(status=ANSWERED, rating="5")], NEXT)
    assert (office.status(), office.clocks()) == (Status.PROSES, {})


def test_a_rating_of_an_earlier_answer_ends_no_later_wait(office: Kabupaten) -> None:
    office.import_([row(status=ANSWERED, rating="2")], NOON)
    office.do("9000001", "2026-05-04T13:00", lambda d, c: d.reopen(c, "pelapor"))
    office.do("9000001", "2026-05-04T14:00", lambda d, c: d.answer(c, "opd", "Ditambal"))
    office.import_([row(status=ANSWERED, rating="2")], NEXT)
    assert office.clocks() == {Clock.TANGGAPAN: 2}
