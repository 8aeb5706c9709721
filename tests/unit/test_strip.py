"""The strip calendar: which days counted, which did not and why, what is folded."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.web.console.strip import FOLD, Cell, Kind, Strip, strip
from config.terms import Clock
from scheduler.case import Case
from scheduler.lifecycle import Desk
from tests.unit.trace_office import DPUPR, JAKARTA, SIX_DAYS, Office, at, run_of

SKB = "SKB Menag, Menaker, dan MenPANRB No. 1497/2025, 2/2025, 5/2025"


def disposed(moment: str, to: int = DPUPR) -> Office:
    office = Office(at(moment))
    office.do(at(moment), lambda desk, case: desk.receive(case, "sp4n"))
    office.do(at(moment), lambda desk, case: desk.dispose(case, to, "kominfo"))
    return office


def seen(office: Office, moment: str, clock: str = "respon") -> Strip:
    """The strip at a moment, every hour until then looked at."""
    look = office.case.received_at
    while look < at(moment):
        office.tick(look)
        look += timedelta(hours=1)
    return strip(run_of(office.trace(at(moment)), clock), at(moment), JAKARTA)


def by_day(found: Strip) -> dict[str, Cell]:
    return {f"{cell.first:%m-%d}": cell for cell in found.cells}


def test_nyepi_and_lebaran_2026_are_named_with_their_decree_and_only_three_days_count() -> None:
    found = seen(disposed("2026-03-17 10:00"), "2026-03-27 17:00")
    cells = by_day(found)
    assert [cell.text for cell in found.cells] == [
        "·", "Cuti", "Libur", "Cuti", "Libur", "Libur", "Cuti", "Cuti", "D+1", "D+2", "D+3",
    ]  # fmt: skip
    assert cells["03-17"].marks == ("mulai",)
    assert cells["03-27"].marks == ("batas", "hari ini")
    assert cells["03-18"].kind is Kind.CUTI_BERSAMA
    assert cells["03-18"].said == (
        f"Rab 18 Mar 2026: tidak dihitung: Cuti Bersama Hari Suci Nyepi ({SKB})"
    )
    assert cells["03-21"].kind is Kind.LIBUR  # a holiday on a Saturday is a holiday
    assert len(found.off) == 1
    days, decree = found.off[0]
    assert decree == SKB
    assert days.startswith("Rab 18 Mar 2026: Cuti Bersama Hari Suci Nyepi; Kam 19 Mar 2026: ")
    assert found.counted == 3


def test_without_lateness_the_strip_ends_at_the_limit() -> None:
    found = seen(disposed("2026-05-04 10:00"), "2026-05-05 09:00")
    assert [cell.text for cell in found.cells] == ["·", "D+1", "D+2", "D+3"]
    assert [cell.marks for cell in found.cells] == [("mulai",), ("hari ini",), (), ("batas",)]
    assert found.counted == 1
    assert [kind for kind, _ in found.legend] == [Kind.MULAI, Kind.DIHITUNG]


def test_days_after_the_limit_are_told_apart() -> None:
    office = disposed("2026-05-04 10:00")
    cells = by_day(seen(office, "2026-05-11 09:00"))
    assert cells["05-07"].kind is Kind.DIHITUNG
    assert cells["05-08"].kind is Kind.LEWAT
    assert cells["05-09"].kind is Kind.AKHIR_PEKAN
    assert (cells["05-11"].text, cells["05-11"].marks) == ("D+5", ("hari ini",))


def test_an_office_of_six_days_counts_its_saturday() -> None:
    cells = by_day(seen(disposed("2026-05-07 10:00", SIX_DAYS), "2026-05-11 17:00"))
    assert cells["05-09"].text == "D+2"
    assert cells["05-10"].kind is Kind.AKHIR_PEKAN


def test_a_pause_is_shown_and_one_that_waits_for_sp4n_is_another() -> None:
    office = disposed("2026-05-04 10:00")
    office.do(at("2026-05-05 09:00"), lambda desk, case: desk.pause(case, "kominfo", "alamat"))
    office.do(at("2026-05-07 09:00"), lambda desk, case: desk.resume(case, "kominfo"))
    until = at("2026-05-11 16:00")
    office.do(
        at("2026-05-08 09:00"), lambda desk, case: desk.wait_for_sp4n(case, "Admin DPUPR", until)
    )
    moment = at("2026-05-11 10:00")
    run = run_of(office.trace(moment), "respon")
    cells = by_day(strip(run, moment, JAKARTA, {at("2026-05-08 09:00")}))
    assert cells["05-05"].text == "D+1"  # the day of the pause has begun to count
    assert cells["05-06"].kind is cells["05-07"].kind is Kind.TUNDA
    assert cells["05-06"].said == "Rab 6 Mei 2026: tunda; tidak dihitung"
    assert cells["05-08"].text == "D+2"
    assert cells["05-11"].kind is Kind.SP4N


def test_a_stopped_run_ends_the_day_it_stopped() -> None:
    office = disposed("2026-05-04 10:00")
    office.do(at("2026-05-06 09:00"), lambda desk, case: desk.answer(case, "Admin DPUPR", "sudah"))
    found = seen(office, "2026-06-30 09:00")
    assert found.cells[-1].first == date(2026, 5, 6)
    assert found.cells[-1].marks == ("berhenti",)


def test_a_long_plain_stretch_is_one_cell_that_says_what_is_in_it() -> None:
    office = disposed("2026-06-17 10:00")
    found = seen(office, "2026-07-31 09:00")
    folded = [cell for cell in found.cells if cell.kind is Kind.LIPAT]
    assert len(folded) == 1
    assert folded[0].text == "D+4 … D+31"
    assert folded[0].said == (
        "Sel 23 Jun 2026 s.d. Kam 30 Jul 2026: D+4 … D+31, akhir pekan tidak dihitung"
    )
    assert (Kind.LIPAT, "beberapa hari dilipat") in found.legend
    assert by_day(found)["06-22"].marks == ("batas",)


def verbs(office: Office, start: datetime, steps: list[tuple[int, int]]) -> datetime:
    moment = start
    for kind, hours in steps:
        moment += timedelta(hours=hours)
        if office.case.open_run(Clock.RESPON) is None:
            break
        _do(office, moment, kind)
    return moment


def _do(office: Office, moment: datetime, kind: int) -> None:
    def verb(desk: Desk, case: Case) -> None:
        paused = case.status == "tunda"
        if kind == 0 and paused:
            desk.resume(case, "kominfo")
        elif kind == 1 and not paused:
            desk.pause(case, "kominfo", "alamat")
        elif kind == 2:
            desk.answer(case, "Admin DPUPR", "sudah")

    office.do(moment, verb)


@settings(max_examples=60, deadline=None)
@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 1)),
    st.lists(st.tuples(st.integers(0, 2), st.integers(1, 900)), max_size=5),
    st.integers(0, 2000),
)
def test_every_day_is_in_exactly_one_cell_and_the_legend_names_every_kind(
    local: datetime, steps: list[tuple[int, int]], later: int
) -> None:
    start = local.replace(tzinfo=JAKARTA)
    office = disposed(f"{local:%Y-%m-%d %H:%M}")
    moment = max(verbs(office, start, steps), start) + timedelta(hours=later)
    run = run_of(office.trace(moment), "respon")
    found = strip(run, moment, JAKARTA)
    day = found.cells[0].first
    assert day == start.date()
    for cell in found.cells:
        assert cell.first == day <= cell.last
        assert cell.kind is Kind.LIPAT or cell.first == cell.last
        assert cell.text
        assert cell.said
        day = cell.last + timedelta(days=1)
    assert len(found.cells) < 400
    assert {cell.kind for cell in found.cells} <= {kind for kind, _ in found.legend}
    stretch = [cell for cell in found.cells if cell.kind is Kind.LIPAT]
    assert all((cell.last - cell.first).days >= FOLD for cell in stretch)


def test_the_zone_decides_which_day_it_is() -> None:
    office = disposed("2026-05-04 10:00")
    moment = datetime(2026, 5, 5, 20, 0, tzinfo=UTC)  # the 6th in Jakarta
    run = run_of(office.trace(moment), "respon")
    assert by_day(strip(run, moment, JAKARTA))["05-06"].marks == ("hari ini",)
    assert by_day(strip(run, moment, ZoneInfo("UTC")))["05-05"].marks == ("hari ini",)
