"""The ladder of one run, by the worked examples of the rule itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from config.calendar_overrides import load_default
from config.limits import Hour, Limit, Unit
from config.policy import ClockPolicy, Condition, Days, Recipients, Start, Step, Stop
from config.policy_file import load_default_text, parse_policy
from config.terms import Channel, Clock, Klasifikasi, Letter, Peran
from scheduler.escalation import Decision, decide, forecast, limits_to_print
from scheduler.ladder import Ladder, Recorded, Run
from scheduler.working_days import CalendarBook

WIB = ZoneInfo("Asia/Jakarta")
POLICY = parse_policy(load_default_text())
CALENDAR = CalendarBook(load_default(), WIB).calendar(5)
PLAIN = Klasifikasi.TIDAK_BERKADAR


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=WIB).astimezone(UTC)


def ladder(clock: Clock = Clock.RESPON) -> Ladder:
    return Ladder.of(POLICY.clocks[clock], CALENDAR, klasifikasi=PLAIN)


def hours(first: str, last: str) -> Iterator[datetime]:
    moment = at(first)
    while moment <= at(last):
        yield moment
        moment += timedelta(hours=1)


def play(
    rungs: Ladder, run: Run, moments: Iterator[datetime] | list[datetime]
) -> tuple[list[tuple[str, datetime, datetime, str]], Run]:
    """Look at the run at each moment; what is told is taken to arrive before the next."""
    seen = []
    for moment in moments:
        decision = decide(rungs, run, moment)
        for due in decision.due:
            seen.append((due.step.name, due.due_at, moment, due.outcome))
            record = Recorded(due.step.name, due.occurrence, due.step.formal, due.due_at, moment)
            run = replace(run, recorded=(*run.recorded, record))
    return seen, run


START = at("2026-05-04T10:00")


def test_the_plain_ladder_of_sampang() -> None:
    seen, _ = play(ladder(), Run(START, PLAIN), hours("2026-05-04T11:00", "2026-05-12T08:00"))
    assert [(name, due) for name, due, _, _ in seen] == [
        ("ingat", at("2026-05-05T08:00")),
        ("surat_1", at("2026-05-06T16:00")),
        ("hari_terakhir", at("2026-05-07T08:00")),
        ("surat_2", at("2026-05-07T16:00")),
        ("eskalasi", at("2026-05-08T08:00")),
        ("ulang", at("2026-05-11T08:00")),
        ("ulang", at("2026-05-12T08:00")),
    ]
    assert all(due == recorded and outcome == "tercatat" for _, due, recorded, outcome in seen)


def test_down_from_tuesday_to_thursday_the_ladder_does_not_bunch() -> None:
    moments = [*hours("2026-05-04T11:00", "2026-05-05T06:00")]
    moments += hours("2026-05-07T09:00", "2026-05-11T08:00")
    seen, _ = play(ladder(), Run(START, PLAIN), moments)
    assert seen == [
        ("ingat", at("2026-05-05T08:00"), at("2026-05-07T09:00"), "terlewat"),
        ("surat_1", at("2026-05-06T16:00"), at("2026-05-07T09:00"), "tercatat"),
        ("hari_terakhir", at("2026-05-08T08:00"), at("2026-05-08T08:00"), "tercatat"),
        ("surat_2", at("2026-05-08T16:00"), at("2026-05-08T16:00"), "tercatat"),
        ("eskalasi", at("2026-05-11T08:00"), at("2026-05-11T08:00"), "tercatat"),
    ]


def test_down_on_the_last_day_the_escalation_comes_as_planned() -> None:
    moments = [*hours("2026-05-04T11:00", "2026-05-07T06:00")]
    moments += hours("2026-05-07T17:00", "2026-05-08T08:00")
    seen, _ = play(ladder(), Run(START, PLAIN), moments)
    assert seen[2:] == [
        ("hari_terakhir", at("2026-05-07T08:00"), at("2026-05-07T17:00"), "terlewat"),
        ("surat_2", at("2026-05-07T16:00"), at("2026-05-07T17:00"), "tercatat"),
        ("eskalasi", at("2026-05-08T08:00"), at("2026-05-08T08:00"), "tercatat"),
    ]


@pytest.mark.parametrize(
    ("moment", "names"),
    [
        ("2026-05-06T15:59", []),
        ("2026-05-06T16:00", ["surat_1"]),
        ("2026-05-06T16:01", ["surat_1"]),
    ],
)
def test_just_before_exactly_at_and_just_after(moment: str, names: list[str]) -> None:
    ingat = Recorded("ingat", 1, False, at("2026-05-05T08:00"), at("2026-05-05T08:00"))
    decision = decide(ladder(), Run(START, PLAIN, recorded=(ingat,)), at(moment))
    assert [due.step.name for due in decision.due] == names


def after_surat_1(recorded: str, *, unsettled: bool = False, held: bool = False) -> Run:
    told = Recorded("surat_1", 1, True, at("2026-05-06T16:00"), at(recorded))
    ingat = Recorded("ingat", 1, False, at("2026-05-05T08:00"), at("2026-05-05T08:00"))
    return Run(
        START,
        PLAIN,
        recorded=(ingat, told),
        previous_unsettled=unsettled,
        previous_held=held,
    )


def test_a_formal_step_waits_for_the_one_before_at_most_a_working_day() -> None:
    run = after_surat_1("2026-05-06T21:00", unsettled=True)
    waits = decide(ladder(), run, at("2026-05-08T15:59"))
    assert waits.waiting
    assert [due.outcome for due in waits.due] == ["terlewat"]  # hari_terakhir, overtaken
    assert waits.next_look == at("2026-05-08T16:00")
    goes = decide(ladder(), run, at("2026-05-08T16:00"))
    assert [(due.step.name, due.due_at) for due in goes.due if due.step.formal] == [
        ("surat_2", at("2026-05-07T16:00"))
    ]


def test_what_follows_a_held_step_waits_without_limit() -> None:
    run = after_surat_1("2026-05-06T16:00", held=True)
    decision = decide(ladder(), run, at("2026-07-01T12:00"))
    assert decision == Decision((), None, waiting=True)


def test_a_release_counts_as_the_recording() -> None:
    run = after_surat_1("2026-05-06T16:00")
    released = replace(run.recorded[-1], released_at=at("2026-05-12T10:00"))
    run = replace(run, recorded=(run.recorded[0], released))
    assert [(s.name, due) for s, _, due in forecast(ladder(), run, at("2026-05-12T10:00"))][:2] == [
        ("hari_terakhir", at("2026-05-13T08:00")),
        ("surat_2", at("2026-05-13T16:00")),
    ]


def test_a_pause_moves_later_due_times_by_working_days() -> None:
    # Paused Tuesday, resumed next Monday: Wed, Thu, Fri and Mon were lost.
    run = Run(START, PLAIN, pauses=((at("2026-05-05T09:00"), at("2026-05-11T09:00")),))
    ahead = {step.name: due for step, _, due in forecast(ladder(), run, START)}
    assert ahead["surat_1"] == at("2026-05-12T16:00")
    assert ahead["ingat"] == at("2026-05-11T08:00")
    assert ahead["surat_2"] == at("2026-05-13T16:00")


def test_a_pause_does_not_move_what_was_due_before_it() -> None:
    run = Run(START, PLAIN, pauses=((at("2026-05-06T16:30"), at("2026-05-11T09:00")),))
    decision = decide(ladder(), run, at("2026-05-11T09:00"))
    assert [(d.step.name, d.due_at) for d in decision.due if d.step.formal] == [
        ("surat_1", at("2026-05-06T16:00"))
    ]


def test_while_paused_nothing_is_due() -> None:
    run = Run(START, PLAIN, paused=True)
    assert decide(ladder(), run, at("2026-06-30T12:00")) == Decision((), None)


def test_repetitions_come_daily_and_missed_ones_are_not_made_up() -> None:
    moments = [*hours("2026-05-04T11:00", "2026-05-11T08:00")]
    moments += hours("2026-05-18T09:00", "2026-05-19T09:00")
    seen, _ = play(ladder(), Run(START, PLAIN), moments)
    assert [(due, recorded) for name, due, recorded, _ in seen if name == "ulang"] == [
        (at("2026-05-11T08:00"), at("2026-05-11T08:00")),
        (at("2026-05-12T08:00"), at("2026-05-18T09:00")),
        (at("2026-05-19T08:00"), at("2026-05-19T08:00")),
    ]


def test_repetitions_go_on_for_years() -> None:
    last = Recorded("ulang", 700, True, at("2028-12-01T08:00"), at("2028-12-01T08:00"))
    run = Run(START, PLAIN, recorded=(last,))
    passed = ("ingat", "surat_1", "hari_terakhir", "surat_2", "eskalasi")
    earlier = tuple(Recorded(name, 1, True, START, START) for name in passed)
    decision = decide(ladder(), replace(run, recorded=(*earlier, last)), at("2028-12-04T08:00"))
    assert [(d.step.name, d.occurrence) for d in decision.due] == [("ulang", 701)]


def test_limits_printed_are_the_adjusted_ones() -> None:
    run = after_surat_1("2026-05-07T09:00")  # a day late
    assert limits_to_print(ladder(), run, at("2026-05-07T09:00")) == (
        at("2026-05-08T16:00"),
        at("2026-05-08T16:00"),
    )
    second = Recorded("surat_2", 1, True, at("2026-05-08T16:00"), at("2026-05-08T16:00"))
    run = replace(run, recorded=(*run.recorded, second))
    assert limits_to_print(ladder(), run, at("2026-05-08T16:00"))[1] == at("2026-05-11T08:00")


def test_a_change_of_calendar_moves_nothing_to_before_it_was_made() -> None:
    run = Run(START, PLAIN, moved_at=at("2026-05-08T10:00"))
    decision = decide(ladder(), run, at("2026-05-08T10:00"))
    assert [(d.step.name, d.due_at) for d in decision.due if d.step.formal] == [
        ("surat_1", at("2026-05-08T10:00"))
    ]


def test_a_closing_limit_is_reached_once() -> None:
    run = Run(START, PLAIN)
    rungs = ladder(Clock.TANGGAPAN)
    limit = rungs.limit_at(run)
    assert limit == at("2026-05-20T23:59")  # 14 and 15 May are days off
    assert decide(rungs, run, limit - timedelta(seconds=1)).limit_reached is None
    assert decide(rungs, run, limit).limit_reached == limit
    done = replace(run, recorded=(Recorded("batas", 1, False, limit, limit),))
    assert decide(rungs, done, limit + timedelta(days=1)) == Decision((), None)


def in_hours(*steps: tuple[str, int, Letter | None], unit: Unit = Unit.JAM) -> Ladder:
    rungs = tuple(
        Step(
            name,
            Limit(amount, unit),
            None if unit is Unit.JAM else Hour("tutup"),
            Recipients((Peran.ADMIN_OPD,)),
            (),
            (Channel.SMS,),
            "ingat",
            letter,
            Condition(),
            None,
            None,
        )
        for name, amount, letter in steps
    )
    limits = {klasifikasi: Limit(steps[-1][1], unit) for klasifikasi in Klasifikasi}
    rules = ClockPolicy(
        Clock.RESPON, Start.DISPOSISI, Stop.JAWABAN, Days.OPD, limits, None, Hour("tutup"), rungs
    )
    return Ladder.of(rules, CALENDAR, klasifikasi=PLAIN)


def test_hours_run_through_nights_and_weekends() -> None:
    rungs = in_hours(("ingat", 20, None), ("surat_1", 24, Letter.PERTAMA), ("surat_2", 48, None))
    friday = at("2026-05-08T17:30")
    run = Run(friday, PLAIN)
    ahead = {step.name: due for step, _, due in forecast(rungs, run, friday)}
    assert ahead["surat_1"] == at("2026-05-09T17:30")
    assert ahead["ingat"] == at("2026-05-09T13:30")
    paused = replace(run, pauses=((at("2026-05-08T18:00"), at("2026-05-08T21:00")),))
    ahead = {step.name: due for step, _, due in forecast(rungs, paused, friday)}
    assert ahead["surat_1"] == at("2026-05-09T20:30")


def test_working_hours_stay_inside_opening_hours() -> None:
    rungs = in_hours(
        ("ingat", 2, None), ("surat_1", 4, Letter.PERTAMA), ("ingat_2", 6, None),
        ("surat_2", 12, Letter.KEDUA), unit=Unit.JAM_KERJA,
    )  # fmt: skip
    friday = at("2026-05-08T13:00")
    run = Run(friday, PLAIN)
    assert {step.name: due for step, _, due in forecast(rungs, run, friday)} == {
        "ingat": at("2026-05-08T15:00"),
        "surat_1": at("2026-05-11T08:30"),
        "ingat_2": at("2026-05-11T10:30"),
        "surat_2": at("2026-05-12T08:00"),
    }
    # Recorded late on Monday evening: its eight hours begin when the office opens.
    late = Recorded("surat_1", 1, True, at("2026-05-11T08:30"), at("2026-05-11T19:00"))
    passed = Recorded("ingat", 1, False, at("2026-05-08T15:00"), at("2026-05-08T15:00"))
    after = replace(run, recorded=(passed, late))
    assert [due for _, _, due in forecast(rungs, after, friday)] == [
        at("2026-05-12T09:30"),
        at("2026-05-12T15:30"),
    ]
    # Of a pause only the opening hours count: Friday 15.00 to Monday 08.00 is an hour and a half.
    paused = replace(run, pauses=((at("2026-05-08T15:00"), at("2026-05-11T08:00")),))
    ahead = {step.name: due for step, _, due in forecast(rungs, paused, friday)}
    assert ahead["surat_1"] == at("2026-05-11T10:00")
    assert rungs.limit_at(paused) == at("2026-05-12T09:30")


def test_days_of_the_week_run_through_days_off() -> None:
    rungs = in_hours(
        ("ingat", 1, None), ("surat_1", 2, Letter.PERTAMA), ("surat_2", 3, Letter.KEDUA),
        unit=Unit.HARI,
    )  # fmt: skip
    tuesday = at("2026-03-17T10:00")  # cuti bersama and Nyepi follow
    ahead = {step.name: due for step, _, due in forecast(rungs, Run(tuesday, PLAIN), tuesday)}
    assert ahead == {
        "ingat": at("2026-03-18T16:00"),
        "surat_1": at("2026-03-19T16:00"),
        "surat_2": at("2026-03-20T16:00"),
    }
    late = Recorded("surat_1", 1, True, at("2026-03-19T16:00"), at("2026-03-21T17:00"))
    run = Run(tuesday, PLAIN, recorded=(Recorded("ingat", 1, False, tuesday, tuesday), late))
    assert [due for _, _, due in forecast(rungs, run, tuesday)] == [at("2026-03-22T16:00")]


def test_equal_arguments_give_equal_answers() -> None:
    run = after_surat_1("2026-05-06T16:00")
    assert decide(ladder(), run, at("2026-05-07T17:00")) == decide(
        ladder(), run, at("2026-05-07T17:00")
    )
