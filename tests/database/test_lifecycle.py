"""The verbs of a complaint: which clocks they start and stop, whom they tell, what they refuse."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from config.policy_file import load_default_text
from config.terms import Clock, Status
from scheduler.case import Case
from scheduler.complaint import SAID, RefusedError, Verb
from scheduler.lifecycle import Desk
from tests.database.builders import Kabupaten, at, kabupaten, row

RESPON, PENYELESAIAN = Clock.RESPON, Clock.PENYELESAIAN
ANSWERING = {RESPON: 1, PENYELESAIAN: 1}
MONDAY = "2026-05-04T10:00"


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Kabupaten]:
    with kabupaten(database_url, tmp_path) as opened:
        yield opened


def disposed(office: Kabupaten, when: str = MONDAY) -> str:
    nomor = office.receive(when)
    office.dispose(nomor, when)
    return nomor


def answer(*, substantive: bool = True, in_sp4n: bool = False) -> Callable[[Desk, Case], None]:
    return lambda d, c: d.answer(
        c, "opd", "Ditambal besok", substantive=substantive, in_sp4n=in_sp4n
    )


def pause(desk: Desk, case: Case) -> None:
    desk.pause(case, "kominfo", "lokasi")


def resume(desk: Desk, case: Case) -> None:
    desk.resume(case, "kominfo")


def reopen(desk: Desk, case: Case) -> None:
    desk.reopen(case, "pelapor", "belum beres")


# --- the way through --------------------------------------------------------------------------


def test_from_receipt_to_the_end(office: Kabupaten) -> None:
    nomor = office.receive(MONDAY)
    assert (office.status(nomor), office.clocks(nomor)) == (
        Status.BELUM_TERVERIFIKASI,
        {Clock.VERIFIKASI: 1},
    )
    office.do(nomor, "2026-05-04T11:00", lambda d, c: d.verify(c, "kominfo"))
    assert office.status(nomor) is Status.BELUM_DITINDAKLANJUTI
    assert office.clocks(nomor) == {Clock.VERIFIKASI: 1}  # it stops at the disposition
    office.dispose(nomor, "2026-05-04T12:00")
    assert office.clocks(nomor) == ANSWERING
    assert [(n.step, n.post, n.due) for n in office.told(nomor)] == [
        ("terima", "Admin DPU", at("2026-05-04T12:00")),
        ("terima", "Sekretaris DPU", at("2026-05-04T12:00")),
    ]
    office.do(nomor, "2026-05-04T13:00", lambda d, c: d.accept(c, "opd"))
    assert (office.status(nomor), office.clocks(nomor)) == (
        Status.BELUM_DITINDAKLANJUTI,
        ANSWERING,
    )
    office.do(nomor, "2026-05-05T09:00", answer())
    assert (office.status(nomor), office.clocks(nomor)) == (Status.PROSES, {Clock.TANGGAPAN: 1})
    office.do(nomor, "2026-05-06T09:00", lambda d, c: d.close(c, "pelapor"))
    assert (office.status(nomor), office.clocks(nomor)) == (Status.SELESAI, {})
    case = office.case(nomor)
    assert (case.verified_at, case.disposed_at, case.answered_at, case.closed_at) == tuple(
        map(at, ("2026-05-04T11:00", "2026-05-04T12:00", "2026-05-05T09:00", "2026-05-06T09:00"))
    )
    verbs = ["verify", "dispose", "accept", "answer", "close"]
    assert office.trail(nomor) == ["receive", *verbs]
    stopped = {(r.clock, r.stop_reason) for r in office.runs(nomor)}
    assert stopped == {
        (Clock.VERIFIKASI, "didisposisikan"),
        (RESPON, "dijawab"),
        (PENYELESAIAN, "dijawab"),
        (Clock.TANGGAPAN, "selesai"),
    }


def in_status(office: Kabupaten, status: Status) -> str:
    """A complaint that an OPD has and that stands in a status."""
    nomor = office.receive(MONDAY)
    if status is Status.BELUM_TERVERIFIKASI:
        return nomor
    office.dispose(nomor, MONDAY)
    steps: dict[Status, Callable[[Desk, Case], None]] = {
        Status.PROSES: answer(),
        Status.TUNDA: pause,
        Status.SELESAI: lambda d, c: d.close(c, "kominfo"),
        Status.ARSIP: lambda d, c: d.archive(c, "kominfo", "ganda"),
    }
    if status in steps:
        office.do(nomor, MONDAY, steps[status])
    return nomor


def verbs(office: Kabupaten) -> dict[Verb, Callable[[Desk, Case], None]]:
    disdik = office.body("Disdik")
    return {
        Verb.VERIFY: lambda d, c: d.verify(c, "kominfo"),
        Verb.DISPOSE: lambda d, c: d.dispose(c, disdik, "kominfo"),
        Verb.ACCEPT: lambda d, c: d.accept(c, "opd"),
        Verb.ANSWER: answer(),
        Verb.RETURN: lambda d, c: d.give_back(c, "kominfo", "bukan wewenang"),
        Verb.PAUSE: pause,
        Verb.RESUME: resume,
        Verb.CLOSE: lambda d, c: d.close(c, "kominfo"),
        Verb.REOPEN: reopen,
        Verb.ARCHIVE: lambda d, c: d.archive(c, "kominfo", "ganda"),
    }


BARU, BELUM = Status.BELUM_TERVERIFIKASI, Status.BELUM_DITINDAKLANJUTI
PROSES, SELESAI, ARSIP, TUNDA = Status.PROSES, Status.SELESAI, Status.ARSIP, Status.TUNDA
ENDS = {"close": SELESAI, "archive": ARSIP}
LEADS_TO: dict[Status, dict[str, Status]] = {
    BARU: {"verify": BELUM, "dispose": BELUM, "pause": TUNDA} | ENDS,
    BELUM: {
        "dispose": BELUM,
        "accept": BELUM,
        "answer": PROSES,
        "return": BELUM,
        "pause": TUNDA,
    }
    | ENDS,
    PROSES: {
        "dispose": BELUM,
        "accept": PROSES,
        "answer": PROSES,
        "return": BELUM,
        "pause": TUNDA,
        "reopen": BELUM,
    }
    | ENDS,
    TUNDA: {"answer": PROSES, "resume": BELUM} | ENDS,
    SELESAI: {"reopen": BELUM},
    ARSIP: {"reopen": BELUM},
}


@pytest.mark.parametrize("status", list(Status))
def test_every_verb_in_every_status(sqlite_url: str, tmp_path: Path, status: Status) -> None:
    with kabupaten(sqlite_url, tmp_path) as office:
        for verb, do in verbs(office).items():
            nomor = in_status(office, status)
            before = (office.status(nomor), office.clocks(nomor), office.trail(nomor))
            leads_to = LEADS_TO[status].get(verb)
            if leads_to is None:
                with pytest.raises(RefusedError, match=f"^tidak dapat {SAID[Verb(verb)]} karena"):
                    office.do(nomor, "2026-05-04T11:00", do)
                after = (office.status(nomor), office.clocks(nomor), office.trail(nomor))
                assert after == before
            else:
                office.do(nomor, "2026-05-04T11:00", do)
                assert office.status(nomor) == leads_to, verb
                assert verb in office.trail(nomor)


def test_a_disposition_to_a_whole_government_is_none(office: Kabupaten) -> None:
    nomor = office.receive(MONDAY)
    with pytest.raises(RefusedError, match=r"^Kabupaten Contoh bukan perangkat daerah"):
        office.dispose(nomor, MONDAY, "Kabupaten Contoh")
    assert office.clocks(nomor) == {Clock.VERIFIKASI: 1}


def test_refused_before_the_last_event_not_at_it(office: Kabupaten) -> None:
    nomor = disposed(office)
    with pytest.raises(
        RefusedError,
        match=(
            rf"^aduan {nomor}: waktu 2026-05-04T09:59:59\+07:00 mendahului kejadian terakhirnya "
            r"\(2026-05-04T10:00:00\+07:00\)$"
        ),
    ):
        office.do(nomor, "2026-05-04T09:59:59", answer())
    assert office.clocks(nomor) == ANSWERING
    office.do(nomor, MONDAY, answer())
    assert office.clocks(nomor) == {Clock.TANGGAPAN: 1}


# --- answers ----------------------------------------------------------------------------------


def test_a_normative_answer_stops_no_clock(office: Kabupaten) -> None:
    nomor = disposed(office)
    office.do(nomor, "2026-05-04T11:00", answer(substantive=False))
    # Proses; neither clock of the OPD takes less than a substantive answer.
    assert (office.status(nomor), office.clocks(nomor)) == (Status.PROSES, ANSWERING)
    assert office.case(nomor).answered_at is None
    office.tick(MONDAY, "2026-05-05T08:00")
    assert "ingat" in office.steps(nomor)
    with pytest.raises(RefusedError, match=r"masih menunggu jawaban$"):
        office.do(nomor, "2026-05-05T09:00", reopen)
    office.do(nomor, "2026-05-05T10:00", answer())
    assert office.clocks(nomor) == {Clock.TANGGAPAN: 1}


@pytest.mark.parametrize(
    ("stop", "substantive", "in_sp4n", "stops"),
    [
        ("jawaban", False, False, True),
        ("jawaban_substantif", False, False, False),
        ("jawaban_substantif", True, False, True),
        ("tercatat_sp4n", True, False, False),
        ("tercatat_sp4n", True, True, True),
    ],
)
def test_what_stops_a_clock_is_the_policys_word(
    sqlite_url: str, tmp_path: Path, stop: str, *, substantive: bool, in_sp4n: bool, stops: bool
) -> None:
    policy = tmp_path / "policy.toml"
    shipped, old = load_default_text(), 'stop = "jawaban_substantif"'
    assert shipped.count(old) == 2
    policy.write_text(shipped.replace(old, f'stop = "{stop}"', 1))
    with kabupaten(sqlite_url, tmp_path, policy_file=policy) as office:
        nomor = disposed(office)
        office.do(nomor, "2026-05-04T11:00", answer(substantive=substantive, in_sp4n=in_sp4n))
        open_ = office.clocks(nomor)
        assert (RESPON not in open_) == stops
        # The other clock of the OPD keeps its own rule.
        assert (PENYELESAIAN not in open_) == (substantive or in_sp4n)


def test_an_answer_cancels_what_is_unsent(office: Kabupaten) -> None:
    nomor = disposed(office)
    office.sweep("2026-05-05T08:00")
    assert office.steps(nomor, "pending") == ["terima", "ingat"]
    office.do(nomor, "2026-05-05T08:00", answer())
    assert office.steps(nomor, "cancelled") == ["terima", "ingat"]
    office.tick("2026-05-05T08:01", "2026-05-12T08:00")
    assert office.messages() == []


# --- given back, disposed again, opened again -------------------------------------------------


def test_given_back_kominfo_has_to_look_again_and_the_told_are_recalled(office: Kabupaten) -> None:
    nomor = disposed(office)
    office.tick(MONDAY)
    office.do(nomor, "2026-05-05T14:00", lambda d, c: d.give_back(c, "kominfo", "jalan provinsi"))
    assert (office.status(nomor), office.clocks(nomor)) == (BELUM, {Clock.VERIFIKASI: 2})
    case = office.case(nomor)
    assert (case.instansi_id, case.disposed_at) == (None, None)
    run = case.open_run(Clock.VERIFIKASI)
    assert run is not None
    # The new run counts from the return, not from the receipt.
    assert (run.started_at, run.limit_at) == (at("2026-05-05T14:00"), at("2026-05-08T16:00"))
    recalled = [n for n in office.told(nomor) if n.step == "return"]
    assert sorted(n.post for n in recalled) == ["Admin DPU", "Sekretaris DPU"]
    office.dispose(nomor, "2026-05-06T09:00", "Disdik")
    assert office.clocks(nomor) == {RESPON: 2, PENYELESAIAN: 2}
    office.tick("2026-05-06T09:00")
    # Nobody of the first office hears of it again.
    office.tick("2026-05-07T08:00", "2026-05-08T16:00")
    later = [n for n in office.told(nomor) if n.due >= at("2026-05-06T09:00")]
    assert {n.post for n in later} == {"Admin Disdik", "Sekretaris Disdik", "Kepala Disdik"}


def test_given_back_what_never_waited_for_kominfo_counts_from_the_return(
    office: Kabupaten,
) -> None:
    office.import_([row(received=MONDAY)], MONDAY)  # first seen disposed
    back = "2026-05-08T14:00"
    office.do("9000001", back, lambda d, c: d.give_back(c, "kominfo", "jalan provinsi"))
    run = office.case().open_run(Clock.VERIFIKASI)
    assert run is not None
    assert (run.started_at, run.limit_at) == (at(back), at("2026-05-13T16:00"))


def test_disposed_to_the_same_office_again_nobody_is_asked_to_ignore_it(office: Kabupaten) -> None:
    nomor = disposed(office)
    office.tick(MONDAY)
    office.dispose(nomor, "2026-05-05T10:00")
    assert office.clocks(nomor) == {RESPON: 2, PENYELESAIAN: 2}
    assert "dispose" not in office.steps(nomor)


def test_opened_again_under_the_policy_of_that_day(database_url: str, tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text(load_default_text())
    with kabupaten(database_url, tmp_path, policy_file=policy) as office:
        first, second = disposed(office), disposed(office)
        office.do(first, "2026-05-04T11:00", answer())
        # Surat I after one working day instead of two.
        text = load_default_text()
        spot = text.index('step = "surat_1"')
        changed = text[:spot] + text[spot:].replace(
            'due = "2 hari kerja"\nhour = "tutup"', 'due = "1 hari kerja"\nhour = "tutup"', 1
        )
        assert changed != text
        policy.write_text(changed)
        office.tick("2026-05-04T15:00")
        office.do(first, "2026-05-04T16:30", reopen)
        assert office.clocks(first) == {RESPON: 2, PENYELESAIAN: 2}
        assert office.counts()["rule_versions"] == 3  # two policies and a calendar
        versions = [r.policy_version_id for r in office.runs(first)]
        assert versions[:3] == [versions[0]] * 3
        assert versions[-1] != versions[0]
        # The complaint whose run is older keeps the rule it started with.
        office.tick("2026-05-05T16:00")
        assert "surat_1" in office.steps(first)
        assert "surat_1" not in office.steps(second)
        office.tick("2026-05-06T16:00")
        assert "surat_1" in office.steps(second)
        # A text that came before comes back as a version of its own.
        policy.write_text(load_default_text())
        office.tick("2026-05-06T16:01")
        assert office.counts()["rule_versions"] == 4


@pytest.mark.parametrize(
    ("start", "surat_1"),
    [
        ("disposisi", "2026-05-06T16:00"),
        ("verifikasi", "2026-05-05T16:00"),
        ("masuk", "2026-05-04T16:00"),
    ],
)
def test_where_the_policy_starts_the_clock(
    sqlite_url: str, tmp_path: Path, start: str, surat_1: str
) -> None:
    policy = tmp_path / "policy.toml"
    text = load_default_text()
    spot = text.index('clock = "respon"')
    policy.write_text(
        text[:spot] + text[spot:].replace('start = "disposisi"', f'start = "{start}"', 1)
    )
    with kabupaten(sqlite_url, tmp_path, policy_file=policy) as office:
        nomor = office.receive("2026-04-29T10:00")  # Wednesday; Friday 1 May is a day off
        office.do(nomor, "2026-04-30T10:00", lambda d, c: d.verify(c, "kominfo"))
        office.dispose(nomor, MONDAY)
        office.tick(MONDAY)
        moment = at(surat_1)
        before = datetime.fromtimestamp(moment.timestamp() - 60, moment.tzinfo)
        office.opened.tick(before)
        assert "surat_1" not in office.steps(nomor)
        office.opened.tick(moment)
        assert "surat_1" in office.steps(nomor)
        # A run that follows answers to what happened then, wherever the first one began.
        office.do(nomor, "2026-05-11T10:00", answer())
        office.do(nomor, "2026-05-12T10:00", reopen)
        run = office.case(nomor).open_run(RESPON)
        assert run is not None
        assert run.started_at == at("2026-05-12T10:00")


def test_opened_again_without_a_run_before_counts_from_then(
    sqlite_url: str, tmp_path: Path
) -> None:
    """One that was first seen closed, under a policy that starts at the receipt."""
    policy = tmp_path / "policy.toml"
    policy.write_text(load_default_text().replace('start = "disposisi"', 'start = "masuk"'))
    with kabupaten(sqlite_url, tmp_path, policy_file=policy) as office:
        office.import_([row(received="2026-01-05T09:00", status="Ditutup oleh Sistem")], MONDAY)
        office.do("9000001", "2026-05-04T11:00", reopen)
        run = office.case().open_run(RESPON)
        assert run is not None
        assert (run.run_no, run.started_at) == (1, at("2026-05-04T11:00"))
