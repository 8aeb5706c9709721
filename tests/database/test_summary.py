"""The morning summary, the weekly recap, and the numbers for the officers' group."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import typer
from sqlalchemy import insert, select
from typer.testing import CliRunner

from bot.cli import recap as command
from bot.summary import decide_summaries, recap, recap_text, tell_summaries
from config.terms import NoticeStatus, Peran
from scheduler.store.dialogue_tables import Request
from scheduler.store.listing import NoticeRow
from scheduler.store.session import reading, writing
from scheduler.store.tables import Complaint
from tests.database.office import KEY, Office, at

MONDAY = "2026-05-04T"
TUESDAY = "2026-05-05T"
FRIDAY = "2026-05-08T"
NEXT_MONDAY = "2026-05-11T"
KOMINFO = 2
"""Posts of Kominfo in the example directory."""


@pytest.fixture
def office(database_url: str) -> Iterator[Office]:
    office = Office(database_url, policy_file=None)
    yield office
    office.close()


def tell(office: Office, when: str) -> int:
    return tell_summaries(office.engine, office.opened.world(at(when)), at(when))


def tick(office: Office, when: str) -> list[str]:
    """What arrives in a pass."""
    before = len(office.told())
    office.tick(when)
    return office.told()[before:]


def summaries(office: Office, kind: str = "ringkasan") -> list[NoticeRow]:
    return [row for row in office.notices() if row.line.kind == kind]


def lines(office: Office, when: str, kind: str = "ringkasan") -> list[str]:
    with reading(office.engine) as connection:
        rows = decide_summaries(connection, office.opened.world(at(when)), at(when))
    return next(str(row["note"]).splitlines() for row in rows if row["kind"] == kind)


# --- the morning ------------------------------------------------------------------------------


def test_the_numbers_of_a_morning(office: Office) -> None:
    office.dispose("9000001", "DPUPR", f"{MONDAY}10:00")  # due Thursday 16.00
    office.dispose("9000002", "DPUPR", "2026-05-08T10:00")  # due Wednesday
    office.dispose("9000003", "Dinkes", "2026-05-06T10:00")  # due Monday
    with writing(office.engine) as connection:
        key = connection.execute(select(Complaint.id).limit(1)).scalar_one()
        for kind, decider in (("bukan", Peran.ADMIN_KOORDINATOR), ("sudah", None)):
            row = {"complaint_id": key, "kind": kind, "state": "terbuka", "decider": decider}
            times = {"made_at": at(f"{FRIDAY}10:00"), "due_at": at(f"{NEXT_MONDAY}16:00")}
            connection.execute(insert(Request), [{**row, **times}])
    # On a Monday the days since Friday count as new.
    assert lines(office, f"{NEXT_MONDAY}07:30") == [
        "Sen 11 Mei",
        "baru 1, jatuh tempo hari ini 1, permintaan 2, terlambat 1",
        "DPUPR 1",
    ]
    assert lines(office, f"{NEXT_MONDAY}11:59")[1:] == [
        "baru 1, jatuh tempo hari ini 1, permintaan 2, terlambat 1",
        "DPUPR 1",
    ]


def test_what_is_answered_or_stands_still_is_nobodys_debt(office: Office) -> None:
    for number in ("9000001", "9000002", "9000003"):
        office.dispose(number, "DPUPR", f"{MONDAY}10:00")
    office.do("9000001", f"{TUESDAY}09:00", lambda desk, case: desk.answer(case, "Sudah.", "opd"))
    office.do("9000002", f"{TUESDAY}09:00", lambda desk, case: desk.pause(case, "Lengkapi.", "opd"))
    assert lines(office, f"{NEXT_MONDAY}07:30") == ["Sen 11 Mei", "terlambat 1", "DPUPR 1"]


def test_it_is_told_once_from_half_past_seven_on(office: Office) -> None:
    office.dispose("9000001", "DPUPR", f"{MONDAY}10:00")
    assert tell(office, f"{TUESDAY}07:29") == 0
    assert tell(office, f"{TUESDAY}07:30") == KOMINFO
    assert tell(office, f"{TUESDAY}07:31") == 0
    assert tell(office, f"{TUESDAY}11:59") == 0
    row, other = summaries(office)
    assert row.cause.startswith("ringkasan/2026-05-05/")
    assert row.cause != other.cause
    assert (row.peran, row.due_at) == (Peran.ADMIN_KOORDINATOR, at(f"{TUESDAY}07:30"))


def test_two_workers_who_look_at_once_make_one(office: Office) -> None:
    from scheduler.store import summary

    office.dispose("9000001", "DPUPR", f"{MONDAY}10:00")
    moment = at(f"{TUESDAY}07:30")
    with reading(office.engine) as connection:
        rows = decide_summaries(connection, office.opened.world(moment), moment)
    made = []
    for _ in range(2):
        with writing(office.engine) as connection:
            made.append(summary.put(connection, rows, moment))
    assert made == [KOMINFO, 0]
    assert [row.status for row in summaries(office)] == [NoticeStatus.PENDING] * KOMINFO


@pytest.mark.parametrize(
    "when",
    ["2026-05-09T08:00", "2026-05-14T08:00", f"{TUESDAY}12:00", f"{TUESDAY}20:00"],
    ids=["Saturday", "holiday", "noon", "evening"],
)
def test_nobody_is_told_on_a_day_off_or_from_noon_on(office: Office, when: str) -> None:
    office.dispose("9000001", "DPUPR", f"{MONDAY}10:00")
    assert tell(office, when) == 0


def test_a_morning_with_nothing_is_told_too_but_not_before_the_first_complaint(
    office: Office,
) -> None:
    assert tell(office, f"{MONDAY}08:00") == 0
    office.dispose("9000001", "DPUPR", f"{MONDAY}10:00")
    assert tell(office, f"{MONDAY}10:00") == 0
    office.do("9000001", f"{MONDAY}11:00", lambda desk, case: desk.answer(case, "Sudah.", "opd"))
    assert lines(office, "2026-05-06T07:30") == ["Rab 6 Mei", "nihil"]
    said = [text for text in tick(office, "2026-05-06T07:30") if "ringkasan" in text]
    assert len(said) == KOMINFO
    assert {text.split(".")[1] for text in said} == {" Kominfo, ringkasan Rab 6 Mei: nihil"}


def test_after_days_of_silence_there_is_one(office: Office) -> None:
    office.dispose("9000001", "DPUPR", f"{MONDAY}10:00")
    tell(office, f"{TUESDAY}08:00")
    tell(office, f"{FRIDAY}11:00")
    assert {(row.cause.split("/")[1], row.status) for row in summaries(office)} == {
        ("2026-05-05", NoticeStatus.CANCELLED),
        ("2026-05-08", NoticeStatus.PENDING),
    }


def test_in_shadow_it_is_decided_and_held(database_url: str) -> None:
    office = Office(database_url, shadow=True, policy_file=None)
    try:
        office.dispose("9000001", "DPUPR", f"{MONDAY}10:00")
        assert tell(office, f"{TUESDAY}08:00") == KOMINFO
        assert tell(office, "2026-05-06T08:00") == KOMINFO
        held = [(row.status, row.hold_reason) for row in summaries(office)]
        old, new = (NoticeStatus.CANCELLED, None), (NoticeStatus.HELD, "shadow")
        assert held == [old] * KOMINFO + [new] * KOMINFO
    finally:
        office.close()


# --- the week ---------------------------------------------------------------------------------


def test_on_the_weeks_first_working_day_the_sekda_gets_one_message(office: Office) -> None:
    office.dispose("9000001", "DPUPR", f"{MONDAY}10:00")
    office.dispose("9000002", "Dinkes", f"{MONDAY}11:00")
    office.dispose("9000003", "Dinkes", f"{MONDAY}11:00")
    for when in ("04T12:00", "06T16:00", "07T08:00", "07T16:00", "08T08:00"):
        tick(office, f"2026-05-{when}")
    assert not summaries(office, "rekap")
    tick(office, f"{NEXT_MONDAY}07:30")
    said = tick(office, f"{NEXT_MONDAY}08:00")
    assert {row.line.kind for row in office.notices() if row.peran is Peran.SEKDA} > {
        "rekap",
        "ulang",
    }
    to_sekda = [text for text in said if "Bpk/Ibu Sekda" in text]
    assert len(to_sekda) == 1
    assert "rekap mingguan Sen 11 Mei: masuk 3, dijawab 0, terlambat 3 (" in to_sekda[0]
    assert "Dinkes 2, DPUPR 1" in to_sekda[0]
    assert not [text for text in said if text.startswith("SP4N Sen 11 Mei Sekda")]
    assert not [text for text in tick(office, "2026-05-12T08:00") if "Sekda" in text]


def test_in_a_week_that_begins_on_tuesday_it_comes_on_tuesday(office: Office) -> None:
    # Monday 2026-06-01 is Pancasila day.
    office.dispose("9000001", "DPUPR", "2026-05-26T10:00")
    tell(office, "2026-06-01T08:00")
    assert not summaries(office, "rekap")
    assert lines(office, "2026-06-02T08:00", "rekap")[:2] == [
        "Sel 2 Jun",
        "masuk 1, dijawab 0, terlambat 0",
    ]
    tell(office, "2026-06-03T08:00")
    assert not summaries(office, "rekap")


# --- the group --------------------------------------------------------------------------------


def test_the_text_for_the_group_has_numbers_alone(office: Office) -> None:
    office.dispose("9000001", "DPUPR", f"{MONDAY}10:00")
    office.dispose("9000002", "Dinkes", f"{MONDAY}10:00")
    office.dispose("9000003", "Dinkes", f"{FRIDAY}10:00")
    moment = at("2026-05-13T08:00")
    world = office.opened.world(moment)
    with reading(office.engine) as connection:
        text = recap_text(recap(connection, world, moment), world)
    assert text == (
        "*Rekap aduan Rab 13 Mei 2026 pukul 08.00*\n"
        "Menunggu jawaban: 3 aduan.\n"
        "- Dinkes: terlambat 1, jatuh tempo hari ini 1\n"
        "- DPUPR: terlambat 1\n"
        "Mohon dijawab sesuai batas waktunya. Terima kasih.\n"
        "-Kominfo Sampang"
    )


def test_the_command(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.dispose("9000001", "DPUPR", f"{MONDAY}10:00")
    monkeypatch.setenv("DATABASE_URL", office.opened.settings.database_url)
    monkeypatch.setenv("DATA_KEY", KEY)
    app = typer.Typer()
    command.add(app)
    run = CliRunner().invoke(app, ["--at", "2026-05-13T08:00+07:00", "--json"])
    assert run.exit_code == 0, run.output
    document = json.loads(run.stdout)
    counts = {"terlambat": 1, "jatuh_tempo_hari_ini": 0, "belum_jatuh_tempo": 0}
    assert document["instansi"] == [{"instansi": "DPUPR", **counts}]
    assert {name: document[name] for name in counts} == counts
    plain = CliRunner().invoke(app, ["--at", "2026-05-04T09:00+07:00"])
    assert plain.stdout.startswith("*Rekap aduan Sen 4 Mei 2026 pukul 09.00*\n")
    assert "9000001" not in run.stdout + plain.stdout
