"""Why a complaint stands where it stands: days, steps, and what an earlier moment looked like."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.policy_file import load_default_text
from config.terms import Klasifikasi, NoticeStatus, Status
from scheduler.ledger import HELD_BACKLOG
from scheduler.trace import Day, Outcome, RunTrace, Trace, trace
from scheduler.world import World
from tests.unit.trace_office import DLH, DPUPR, SIX_DAYS, Office, at, run_of, steps_of, world

HOUR = timedelta(hours=1)


def disposed(moment: str, to: int = DPUPR, rules: World | None = None, **changes: object) -> Office:
    """A complaint disposed to an OPD at a moment."""
    office = Office(at(moment), rules)
    for name, value in changes.items():
        setattr(office.case, name, value)
    office.do(at(moment), lambda desk, case: desk.receive(case, "sp4n"))
    office.do(at(moment), lambda desk, case: desk.dispose(case, to, "kominfo"))
    return office


def ticks(office: Office, first: str, last: str) -> None:
    """Look at the complaint every hour from `first` to `last`, both included."""
    moment = at(first)
    while moment <= at(last):
        office.tick(moment)
        moment += HOUR


def days_of(found: Trace, clock: str = "respon", run_no: int = 1) -> dict[str, Day]:
    return {f"{day.date:%m-%d}": day for day in run_of(found, clock, run_no).days}


def counted(run: RunTrace) -> list[date]:
    return [day.date for day in run.days if day.counted is not None]


# --- days -------------------------------------------------------------------------------------


def test_lebaran_2026_names_every_day_it_skips_and_its_decree() -> None:
    found = disposed("2026-03-17 10:00").trace(at("2026-03-17 11:00"))
    days = days_of(found)
    assert days["03-17"] == Day(date(2026, 3, 17))
    skb = "SKB Menag, Menaker, dan MenPANRB No. 1497/2025, 2/2025, 5/2025"
    cuti = days["03-18"].skipped
    assert cuti == ("Cuti Bersama Hari Suci Nyepi", skb, "cuti_bersama")
    for day in ("03-18", "03-19", "03-20", "03-21", "03-22", "03-23", "03-24"):
        assert days[day].counted is None
        off = days[day].skipped
        assert off is not None
        assert off.decree == skb
    assert [days[day].counted for day in ("03-25", "03-26", "03-27")] == [1, 2, 3]
    assert days["03-28"].skipped == ("Sabtu", None, "akhir_pekan")
    steps = steps_of(found)
    assert steps["surat_2"].due_at == at("2026-03-27 16:00")
    assert run_of(found, "respon").limit_at == at("2026-03-27 16:00")


def test_days_go_on_to_the_last_thing_that_is_still_to_come() -> None:
    found = disposed("2026-05-04 10:00").trace(at("2026-05-04 12:00"))
    run = run_of(found, "respon")
    assert run.days[0].date == date(2026, 5, 4)
    assert run.days[-1].date == steps_of(found)["ulang"].due_at.date() == date(2026, 5, 11)
    assert run_of(found, "penyelesaian").days[-1].date == date(2026, 5, 26)
    much_later = run_of(disposed("2026-05-04 10:00").trace(at("2026-07-01 09:00")), "respon")
    assert much_later.days[-1].date == date(2026, 7, 6)  # nothing was recorded: all is to come


def test_an_office_of_six_days_counts_its_saturday() -> None:
    days = days_of(disposed("2026-05-07 10:00", SIX_DAYS).trace(at("2026-05-07 12:00")))
    assert [days[day].counted for day in ("05-08", "05-09", "05-11")] == [1, 2, 3]
    assert days["05-10"].skipped == ("Minggu", None, "akhir_pekan")


def test_calendar_days_skip_nothing() -> None:
    text = load_default_text()
    head, respon, tail = text.partition('clock = "respon"')
    in_days = head + respon + tail.replace(" hari kerja", " hari")
    office = disposed("2026-03-17 10:00", rules=world(in_days))
    run = run_of(office.trace(at("2026-03-17 11:00")), "respon")
    assert [(day.counted, day.skipped) for day in run.days[:4]] == [
        (None, None), (1, None), (2, None), (3, None),
    ]  # fmt: skip
    assert run.limit_at == at("2026-03-20 16:00")


def test_hours_count_no_days() -> None:
    text = load_default_text()
    a, b = text.index('clock = "respon"'), text.index('clock = "penyelesaian"')
    steps = """
start = "disposisi"
stop = "jawaban"
days = "opd"
limit = "24 jam"
[[clock.step]]
step = "ingat"
due = "12 jam"
to = ["admin_opd"]
message = "ingat"
[[clock]]
"""
    in_hours = text[:a] + 'clock = "respon"' + steps + text[b:]
    for unit, skipped in (("jam", None), ("jam kerja", "Cuti Bersama Hari Suci Nyepi")):
        office = disposed("2026-03-17 10:00", rules=world(in_hours.replace(' jam"', f' {unit}"')))
        days = days_of(office.trace(at("2026-03-18 11:00")))
        assert {day.counted for day in days.values()} == {None}
        off = days["03-18"].skipped
        assert (off.name if off else None) == skipped


# --- pauses -----------------------------------------------------------------------------------


def paused() -> Office:
    """Disposed Monday, ingat told on Tuesday 08:00, tunda from Tuesday 10:00."""
    office = disposed("2026-05-04 10:00")
    ticks(office, "2026-05-05 07:00", "2026-05-05 09:00")
    office.do(at("2026-05-05 10:00"), lambda desk, case: desk.pause(case, "kominfo", "kurang"))
    return office


def test_a_pause_takes_out_the_working_dates_after_it_up_to_the_resumption() -> None:
    office = paused()
    office.do(at("2026-05-07 09:00"), lambda desk, case: desk.resume(case, "kominfo"))
    found = office.trace(at("2026-05-07 10:00"))
    days = days_of(found)
    assert [days[day].paused for day in ("05-05", "05-06", "05-07", "05-08")] == [
        False, True, True, False,
    ]  # fmt: skip
    assert [days[day].counted for day in ("05-05", "05-06", "05-07", "05-08", "05-11")] == [
        1, None, None, 2, 3,
    ]  # fmt: skip
    steps = steps_of(found)
    assert steps["ingat"].due_at == at("2026-05-05 08:00")  # before the pause: not moved
    assert steps["surat_1"].planned_at == at("2026-05-06 16:00")
    assert steps["surat_1"].due_at == at("2026-05-08 16:00")
    assert steps["surat_2"].due_at == at("2026-05-11 16:00")
    assert run_of(found, "respon").limit_at == at("2026-05-11 16:00")


def test_while_it_is_paused_everything_ahead_waits() -> None:
    found = paused().trace(at("2026-05-07 09:00"))
    assert found.status is Status.TUNDA
    steps = steps_of(found)
    assert steps["ingat"].outcome is Outcome.TERCATAT
    assert steps["surat_1"].outcome is Outcome.MENUNGGU
    assert "tunda" in str(steps["surat_1"].reason)
    assert steps["surat_1"].due_at == at("2026-05-08 16:00")  # if it went on now
    assert steps_of(found, "kelengkapan")["batas"].outcome is Outcome.BELUM


# --- outages: the examples of the rule ----------------------------------------------------------


def test_a_courtesy_step_missed_in_an_outage_is_explained() -> None:
    office = disposed("2026-05-04 10:00")
    before = steps_of(office.trace(at("2026-05-07 08:00")))
    assert before["ingat"].outcome is before["surat_1"].outcome is Outcome.BELUM
    assert "terlewat" in str(before["ingat"].reason)
    assert "pemeriksaan berikutnya" in str(before["surat_1"].reason)
    ticks(office, "2026-05-07 09:00", "2026-05-11 08:00")
    steps = steps_of(office.trace(at("2026-05-11 08:00")))
    assert steps["ingat"].outcome is Outcome.TERLEWAT
    assert steps["ingat"].reason == "langkah resmi berikutnya sudah jatuh tempo saat diperiksa"
    assert steps["ingat"].told == ()
    expected = {
        "surat_1": ("2026-05-06 16:00", "2026-05-06 16:00", "2026-05-07 09:00"),
        "hari_terakhir": ("2026-05-07 08:00", "2026-05-08 08:00", "2026-05-08 08:00"),
        "surat_2": ("2026-05-07 16:00", "2026-05-08 16:00", "2026-05-08 16:00"),
        "eskalasi": ("2026-05-08 08:00", "2026-05-11 08:00", "2026-05-11 08:00"),
    }
    for name, times in expected.items():
        step = steps[name]
        assert (step.planned_at, step.due_at, step.recorded_at) == tuple(map(at, times)), name


def test_a_short_outage_moves_nothing_after_it() -> None:
    office = disposed("2026-05-04 10:00")
    ticks(office, "2026-05-05 08:00", "2026-05-07 06:00")
    ticks(office, "2026-05-07 17:00", "2026-05-08 08:00")
    steps = steps_of(office.trace(at("2026-05-08 08:00")))
    assert steps["hari_terakhir"].outcome is Outcome.TERLEWAT
    assert steps["surat_2"].recorded_at == at("2026-05-07 17:00")
    assert steps["eskalasi"].recorded_at == steps["eskalasi"].planned_at == at("2026-05-08 08:00")


def test_the_adjusted_limit_is_shown_where_it_differs() -> None:
    office = disposed("2026-05-04 10:00")
    assert run_of(office.trace(at("2026-05-04 11:00")), "respon").adjusted_limit is None
    office.tick(at("2026-05-07 09:00"))
    run = run_of(office.trace(at("2026-05-07 09:00")), "respon")
    assert run.limit_at == at("2026-05-07 16:00")
    assert run.adjusted_limit == at("2026-05-08 16:00")


# --- runs -------------------------------------------------------------------------------------


def test_returned_and_disposed_again_are_two_runs() -> None:
    office = disposed("2026-05-04 10:00")
    ticks(office, "2026-05-05 08:00", "2026-05-05 12:00")
    office.do(at("2026-05-05 13:00"), lambda desk, case: desk.give_back(case, "kominfo", "DLH"))
    office.do(at("2026-05-06 09:00"), lambda desk, case: desk.dispose(case, DLH, "kominfo"))
    found = office.trace(at("2026-05-06 10:00"))
    first, second = run_of(found, "respon", 1), run_of(found, "respon", 2)
    assert (first.instansi, second.instansi) == ("Dinas Pekerjaan Umum", "Dinas Lingkungan Hidup")
    assert (first.stopped_at, first.stop_reason) == (at("2026-05-05 13:00"), "bukan wewenang")
    assert first.days[-1].date == date(2026, 5, 5)
    assert second.stopped_at is None
    assert second.started_at == at("2026-05-06 09:00")
    assert steps_of(found)["ingat"].outcome is Outcome.TERCATAT
    assert steps_of(found)["surat_1"].outcome is Outcome.TIDAK_PERLU
    assert steps_of(found)["surat_1"].reason == "jam aduan sudah berhenti: bukan wewenang"
    assert steps_of(found)["surat_1"].recorded_at is None
    assert "ulang" not in [step.step for step in second.steps if step.occurrence > 1]
    assert steps_of(found, run_no=2)["surat_1"].due_at == at("2026-05-08 16:00")
    assert [(run.clock, run.run_no) for run in found.runs] == [
        ("verifikasi", 1), ("respon", 1), ("penyelesaian", 1),
        ("verifikasi", 2), ("respon", 2), ("penyelesaian", 2),
    ]  # fmt: skip


def test_repetitions_are_listed_with_one_more_to_come() -> None:
    office = disposed("2026-05-04 10:00")
    ticks(office, "2026-05-04 11:00", "2026-05-13 12:00")
    run = run_of(office.trace(at("2026-05-13 12:00")), "respon")
    repeated = [step for step in run.steps if step.step == "ulang"]
    assert [step.occurrence for step in repeated] == [1, 2, 3, 4]
    assert repeated[2].planned_at == repeated[2].recorded_at == at("2026-05-13 08:00")
    assert repeated[3].due_at == at("2026-05-18 08:00")  # Ascension, cuti bersama, a weekend
    assert repeated[3].outcome is Outcome.BELUM
    office.do(at("2026-05-13 13:00"), lambda desk, case: desk.close(case, "kominfo"))
    stopped = run_of(office.trace(at("2026-05-13 14:00")), "respon")
    assert [s.occurrence for s in stopped.steps if s.step == "ulang"] == [1, 2, 3]


def test_a_closing_limit_stands_among_the_steps() -> None:
    office = disposed("2026-05-04 10:00")
    office.do(at("2026-05-05 10:00"), lambda desk, case: desk.answer(case, "opd"))
    ahead = steps_of(office.trace(at("2026-05-05 11:00")), "tanggapan")["batas"]
    assert ahead.planned_at == ahead.due_at == at("2026-05-21 23:59")
    office.tick(at("2026-05-22 00:00"))
    reached = run_of(office.trace(at("2026-05-22 00:00")), "tanggapan").steps
    assert [(s.step, s.recorded_at, s.outcome) for s in reached] == [
        ("batas", at("2026-05-22 00:00"), Outcome.TERCATAT)
    ]
    assert [told.post for told in reached[0].told] == ["admin_koordinator, Kabupaten Contoh"]


# --- what holds a step back ---------------------------------------------------------------------


def test_a_held_backlog_keeps_the_next_step_until_it_is_released() -> None:
    office = disposed("2026-05-04 10:00", backlog_at=at("2026-05-04 10:00"))
    ticks(office, "2026-05-05 08:00", "2026-05-11 09:00")
    steps = steps_of(office.trace(at("2026-05-11 09:00")))
    assert steps["surat_2"].outcome is Outcome.TERCATAT  # it tells no leader
    assert (steps["eskalasi"].outcome, steps["eskalasi"].reason) == (Outcome.DITAHAN, HELD_BACKLOG)
    assert {told.status for told in steps["eskalasi"].told} == {NoticeStatus.HELD}
    assert steps["ulang"].outcome is Outcome.MENUNGGU
    assert "eskalasi masih ditahan" in str(steps["ulang"].reason)
    office.release(at("2026-05-12 10:00"))
    steps = steps_of(office.trace(at("2026-05-12 10:00")))
    assert steps["eskalasi"].outcome is Outcome.TERCATAT
    assert steps["ulang"].due_at == at("2026-05-13 08:00")
    # ... and what it looked like before the release is still known.
    earlier = steps_of(office.trace(at("2026-05-12 09:59")))
    assert earlier["eskalasi"].outcome is Outcome.DITAHAN
    assert earlier["ulang"].outcome is Outcome.MENUNGGU


def test_a_message_on_its_way_keeps_the_next_step_a_working_day() -> None:
    office = disposed("2026-05-04 10:00")
    office.delivers = NoticeStatus.UNKNOWN
    office.tick(at("2026-05-06 16:00"))
    office.tick(at("2026-05-07 16:00"))
    steps = steps_of(office.trace(at("2026-05-07 16:00")))
    assert steps["surat_2"].outcome is Outcome.MENUNGGU
    assert "surat_1 belum terkirim" in str(steps["surat_2"].reason)
    office.tick(at("2026-05-08 16:00"))
    steps = steps_of(office.trace(at("2026-05-08 16:00")))
    assert steps["surat_2"].recorded_at == at("2026-05-08 16:00")
    assert steps["surat_2"].due_at == at("2026-05-07 16:00")


@pytest.mark.parametrize(("copy", "waits"), [(False, True), (True, False)])
def test_a_copy_on_its_way_keeps_nothing(copy: bool, waits: bool) -> None:
    office = disposed("2026-05-04 10:00")
    office.tick(at("2026-05-06 16:00"))
    record = next(each for each in office.history().runs if each.run.clock == "respon")
    on_its_way = tuple(
        replace(notice, status=NoticeStatus.PENDING) if notice.copy is copy else notice
        for notice in record.notices
    )
    assert replace(record, notices=on_its_way).facts(office.case.counted_as) == replace(
        record.facts(office.case.counted_as), previous_unsettled=waits
    )


def test_a_held_complaint_a_stop_and_an_error_are_named() -> None:
    office = disposed("2026-05-04 10:00")
    late = at("2026-05-05 09:00")
    office.case.hold_reason = "status SP4N tidak dikenal"
    assert steps_of(office.trace(late))["ingat"].outcome is Outcome.DITAHAN
    office.case.hold_reason = None
    halted = trace(office.history(), office.world, late, stopped_since=at("2026-05-05 07:00"))
    assert steps_of(halted)["ingat"].outcome is Outcome.MENUNGGU
    assert steps_of(halted)["surat_1"].outcome is Outcome.BELUM  # it is not due yet
    not_yet = trace(office.history(), office.world, late, stopped_since=at("2026-05-05 09:01"))
    assert steps_of(not_yet)["ingat"].outcome is Outcome.BELUM
    office.case.runs[1].last_error = "tidak ada pemegang jabatan yang dapat diberi tahu"
    step = steps_of(office.trace(late))["ingat"]
    assert (step.outcome, step.reason) == (
        Outcome.MENUNGGU, "tidak ada pemegang jabatan yang dapat diberi tahu"
    )  # fmt: skip


# --- laws ---------------------------------------------------------------------------------------

START = at("2026-05-04 10:00")
DOINGS = st.lists(
    st.tuples(
        st.integers(1, 60),  # hours after what came before
        st.sampled_from(["tick", "tick", "tick", "pause", "resume", "answer", "reopen", "back"]),
    ),
    max_size=14,
)


def act(office: Office, moment: datetime, what: str) -> None:
    """Do what can be done in the complaint's status; everything else is a tick."""
    case = office.case
    open_run = case.open_run
    if what == "pause" and case.status is Status.BELUM_DITINDAKLANJUTI:
        office.do(moment, lambda desk, case: desk.pause(case, "kominfo", "kurang"))
    elif what == "resume" and case.status is Status.TUNDA:
        office.do(moment, lambda desk, case: desk.resume(case, "kominfo"))
    elif what == "answer" and open_run_is_ours(office):
        office.do(moment, lambda desk, case: desk.answer(case, "opd"))
    elif what == "reopen" and case.status is Status.PROSES:
        office.do(moment, lambda desk, case: desk.reopen(case, "pelapor"))
    elif what == "back" and open_run_is_ours(office):
        office.do(moment, lambda desk, case: desk.give_back(case, "kominfo", "bukan"))
        office.do(moment, lambda desk, case: desk.dispose(case, DLH, "kominfo"))
    else:
        assert open_run is not None
        office.tick(moment)


def open_run_is_ours(office: Office) -> bool:
    case = office.case
    return case.status is Status.BELUM_DITINDAKLANJUTI and case.instansi_id is not None


@settings(max_examples=150, deadline=None)
@given(DOINGS)
def test_what_is_ahead_comes_when_the_explanation_says(doings: list[tuple[int, str]]) -> None:
    """Whatever a tick records stood in the explanation just before, due at the same moment."""
    office = disposed("2026-05-04 10:00")
    moment = START
    for hours, what in doings:
        moment += hours * HOUR
        before = {
            (run.clock, run.run_no, step.step, step.occurrence): step
            for run in office.trace(moment).runs
            for step in run.steps
        }
        known = {key for key, step in before.items() if step.recorded_at is not None}
        act(office, moment, "tick")
        after = {
            (run.clock, run.run_no, step.step, step.occurrence): step
            for run in office.trace(moment).runs
            for step in run.steps
        }
        recorded = {key for key, step in after.items() if step.recorded_at is not None}
        announced = {
            key for key, step in before.items()
            if step.outcome is Outcome.BELUM and step.reason is not None
        }  # fmt: skip
        assert recorded - known == announced
        for key in recorded - known:
            assert after[key].due_at == before[key].due_at
            passed_over = after[key].outcome is Outcome.TERLEWAT
            assert passed_over == ("terlewat" in str(before[key].reason))
        act(office, moment, what)


@settings(max_examples=150, deadline=None)
@given(DOINGS, st.booleans())
def test_an_earlier_moment_looks_as_it_looked_then(
    doings: list[tuple[int, str]], backlog: bool
) -> None:
    office = disposed("2026-05-04 10:00", backlog_at=START if backlog else None)
    live: list[Trace] = []
    moment = START
    for hours, what in doings:
        moment += hours * HOUR
        act(office, moment, what)
        live.append(office.trace(moment))
    history = office.history()
    for seen in live:
        assert trace(history, office.world, seen.at) == seen


@settings(max_examples=100, deadline=None)
@given(
    st.integers(0, 400).map(lambda days: START + timedelta(days=days, hours=3)),
    st.sampled_from([DPUPR, SIX_DAYS]),
    st.sampled_from(list(Klasifikasi)),
)
def test_the_days_counted_lead_to_the_limit(
    start: datetime, instansi: int, klasifikasi: Klasifikasi
) -> None:
    office = Office(start)
    office.case.klasifikasi = klasifikasi
    office.do(start, lambda desk, case: desk.receive(case, "sp4n"))
    office.do(start, lambda desk, case: desk.dispose(case, instansi, "kominfo"))
    for run in office.trace(start).runs:
        if run.stopped_at is None:
            assert run.limit is not None
            assert run.limit_at is not None
            assert (
                counted(run)[run.limit.amount - 1] == run.limit_at.astimezone(start.tzinfo).date()
            )
            assert [day.counted for day in run.days if day.counted] == list(
                range(1, len(counted(run)) + 1)
            )


@pytest.mark.parametrize("klasifikasi", list(Klasifikasi))
def test_every_class_has_its_own_limit(klasifikasi: Klasifikasi) -> None:
    office = disposed("2026-05-04 10:00", klasifikasi=klasifikasi)
    amounts = {
        Klasifikasi.INFORMASI: 5,
        Klasifikasi.TIDAK_BERKADAR: 14,
        Klasifikasi.ASPIRASI: 14,
        Klasifikasi.BERKADAR: 60,
    }
    run = run_of(office.trace(START), "penyelesaian")
    assert run.limit is not None
    assert run.limit.amount == amounts[klasifikasi]
    assert run.dasar_hukum == "Peraturan Menteri PANRB Nomor 5 Tahun 2025"
