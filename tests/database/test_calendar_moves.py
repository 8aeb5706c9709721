"""Decrees change days off in mid-flight: open runs follow, what was issued stays as it was."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.rule_files import RuleFileError
from config.terms import Clock
from scheduler.rules import Moved, preview
from scheduler.store.session import reading, writing
from scheduler.store.tables import Audit, RunStep
from tests.database.builders import Kabupaten, at, directory_text, kabupaten, row

DPU, DISDIK = "Dinas Pekerjaan Umum", "Dinas Pendidikan"


def day(date: str, action: str, scope: str | None = None) -> str:
    """One entry of a calendar file."""
    own = f'scope = "{scope}"\n' if scope else ""
    return (
        f'[[day]]\ndate = {date}\nname = "Hari uji"\naction = "{action}"\n'
        f'kind = "cuti_bersama"\ndecree = "SKB uji"\n{own}'
    )


# What the calendars were before the decrees: the 2023 one gave 21, 24, 25 and 26 April.
BEFORE_APRIL_2023 = (
    day("2023-04-19", "batal") + day("2023-04-20", "batal") + day("2023-04-26", "tambah")
)
BEFORE_AUGUST_2025 = day("2025-08-18", "batal")


class Almanac:
    """A kabupaten whose calendar file the test rewrites between passes."""

    def __init__(self, office: Kabupaten, path: Path) -> None:
        self.office = office
        self.path = path

    def says(self, text: str) -> None:
        self.path.write_text(text)

    def moved(self, when: str) -> tuple[Moved, ...]:
        return self.office.tick(when).moved

    def due(self, step: str) -> list[datetime]:
        return sorted({told.due for told in self.office.told() if told.step == step})

    def remarks(self) -> list[str | None]:
        with reading(self.office.engine) as connection:
            query = select(Audit.note).where(Audit.event == "kalender").order_by(Audit.id)
            return list(connection.execute(query).scalars())


@pytest.fixture
def almanac(database_url: str, tmp_path: Path) -> Iterator[Almanac]:
    path = tmp_path / "libur.toml"
    path.write_text("")
    with kabupaten(database_url, tmp_path, holidays_file=path) as office:
        yield Almanac(office, path)


# --- the two real changes ---------------------------------------------------------------------


def test_april_2023(almanac: Almanac) -> None:
    """SKB 327/2023 of 29 March moved the Lebaran cuti bersama forward."""
    almanac.says(BEFORE_APRIL_2023)
    office = almanac.office
    office.import_([row(received="2023-04-17T10:00")], "2023-04-17T12:00")  # a Monday
    office.tick("2023-04-17T12:00")
    run = office.case().open_run(Clock.RESPON)
    assert run is not None
    assert run.limit_at == at("2023-04-20T16:00")
    assert almanac.moved("2023-04-17T13:00") == ()
    almanac.says("")
    moved = almanac.moved("2023-04-18T07:00")
    assert {m.clock: (m.from_, m.to, m.letters) for m in moved} == {
        "respon": (at("2023-04-20T16:00"), at("2023-04-27T16:00"), ()),
        "penyelesaian": (at("2023-05-12T16:00"), at("2023-05-15T16:00"), ()),
    }
    assert [m.number for m in moved] == ["9000001"] * len(moved)
    remark = almanac.remarks()[0] or ""
    assert "respon: 2023-04-20T16:00:00+07:00 menjadi 2023-04-27T16:00:00+07:00" in remark
    office.tick("2023-04-18T08:00", "2023-04-19T16:00", "2023-04-26T15:59")
    assert office.steps() == ["terima", "ingat"]
    office.tick("2023-04-26T16:00", "2023-04-27T08:00", "2023-04-27T16:00", "2023-04-28T08:00")
    assert [almanac.due(step) for step in ("surat_1", "hari_terakhir", "surat_2", "eskalasi")] == [
        [at("2023-04-26T16:00")],
        [at("2023-04-27T08:00")],
        [at("2023-04-27T16:00")],
        [at("2023-04-28T08:00")],
    ]


def test_august_2025(almanac: Almanac) -> None:
    """SKB 933/2025, announced eleven days before, made Monday 18 August a day off."""
    almanac.says(BEFORE_AUGUST_2025)
    office = almanac.office
    office.import_([row(received="2025-08-14T10:00")], "2025-08-14T12:00")  # a Thursday
    office.tick("2025-08-14T12:00", "2025-08-15T08:00")
    assert office.steps() == ["terima", "ingat"]
    almanac.says("")
    moved = {m.clock: (m.from_, m.to) for m in almanac.moved("2025-08-15T09:00")}
    assert moved["respon"] == (at("2025-08-19T16:00"), at("2025-08-20T16:00"))
    office.tick("2025-08-18T16:00", "2025-08-19T15:59")
    assert office.steps() == ["terima", "ingat"]
    office.tick("2025-08-19T16:00")
    assert almanac.due("surat_1") == [at("2025-08-19T16:00")]
    office.tick("2025-08-20T16:00")
    assert almanac.due("surat_2") == [at("2025-08-20T16:00")]


def test_a_change_in_mid_ladder_names_the_letters_already_issued(almanac: Almanac) -> None:
    office = almanac.office
    almanac.says(BEFORE_AUGUST_2025)
    office.import_([row(received="2025-08-13T10:00")], "2025-08-13T12:00")  # a Wednesday
    office.tick("2025-08-13T12:00", "2025-08-14T08:00", "2025-08-15T16:00")
    assert almanac.due("surat_1") == [at("2025-08-15T16:00")]
    almanac.says("")
    moved = {m.clock: m for m in almanac.moved("2025-08-16T09:00")}
    assert moved["respon"] == Moved(
        "9000001", "respon", at("2025-08-18T16:00"), at("2025-08-19T16:00"), ("surat_1",)
    )
    assert moved["penyelesaian"].letters == ()
    office.tick("2025-08-18T16:00")
    assert "surat_2" not in office.steps()
    office.tick("2025-08-19T08:00", "2025-08-19T16:00", "2025-08-20T08:00")
    assert almanac.due("surat_1") == [at("2025-08-15T16:00")]
    assert almanac.due("hari_terakhir") == [at("2025-08-19T08:00")]
    assert almanac.due("surat_2") == [at("2025-08-19T16:00")]
    assert almanac.due("eskalasi") == [at("2025-08-20T08:00")]


# --- never to before now ----------------------------------------------------------------------


def test_a_cancelled_day_off_moves_nothing_to_before_now(almanac: Almanac) -> None:
    office = almanac.office
    # 14 May is a holiday, 15 May cuti bersama: Tuesday 12 May D+2 is Monday 18 May.
    office.import_([row(received="2026-05-12T10:00")], "2026-05-12T12:00")
    office.tick("2026-05-12T12:00", "2026-05-13T08:00")
    # Known only on Saturday: the Friday that was worked is gone.
    almanac.says(day("2026-05-15", "batal"))
    moved = {m.clock: (m.from_, m.to) for m in almanac.moved("2026-05-16T09:00")}
    assert moved["respon"] == (at("2026-05-19T16:00"), at("2026-05-18T16:00"))
    # Surat I would have been due on Friday 16:00: it is due now, and nobody is disturbed before
    # Monday morning.
    assert almanac.due("surat_1") == [at("2026-05-16T09:00")]
    assert office.steps(status="pending") == ["surat_1"]
    office.tick("2026-05-18T06:29")
    assert office.steps(status="pending") == ["surat_1"]
    office.tick("2026-05-18T06:30")
    assert office.steps(status="pending") == []
    # And the ladder keeps its distances from there.
    office.tick("2026-05-18T08:00", "2026-05-18T15:59")
    assert almanac.due("surat_2") == []
    office.tick("2026-05-18T16:00")
    assert almanac.due("surat_2") == [at("2026-05-18T16:00")]


def test_a_cancelled_day_off_that_is_still_ahead_brings_steps_forward(almanac: Almanac) -> None:
    office = almanac.office
    office.import_([row(received="2026-05-12T10:00")], "2026-05-12T12:00")
    almanac.says(day("2026-05-15", "batal"))
    office.tick("2026-05-12T13:00", "2026-05-13T08:00", "2026-05-15T15:59")
    assert office.steps() == ["terima", "ingat"]
    office.tick("2026-05-15T16:00")
    assert almanac.due("surat_1") == [at("2026-05-15T16:00")]


def test_what_is_due_already_is_not_moved(almanac: Almanac) -> None:
    office = almanac.office
    office.import_([row(received="2026-05-04T10:00")], "2026-05-04T12:00")
    office.tick("2026-05-04T12:00", "2026-05-05T08:00")
    # Surat I is due at 16:00, the scheduler comes at 17:00, and with it a calendar that changes
    # nothing for this week: neither the time nor the record moves.
    almanac.says(day("2026-06-03", "tambah"))
    moved = almanac.moved("2026-05-06T17:00")
    assert moved == ()
    assert almanac.due("surat_1") == [at("2026-05-06T16:00")]
    with reading(office.engine) as connection:
        query = select(RunStep.recorded_at).where(RunStep.step == "surat_1")
        assert list(connection.execute(query).scalars()) == [at("2026-05-06T17:00")]
    assert almanac.remarks() == []


def test_a_run_that_waits_for_a_held_letter_is_not_moved(database_url: str, tmp_path: Path) -> None:
    path = tmp_path / "libur.toml"
    path.write_text("")
    with kabupaten(database_url, tmp_path, holidays_file=path, sp4n_fresh_h=4) as office:
        almanac = Almanac(office, path)
        office.import_([row(received="2026-05-04T10:00")], "2026-05-04T12:00")
        office.tick("2026-05-04T12:00", "2026-05-05T08:00", "2026-05-06T16:00")
        office.tick("2026-05-07T08:00", "2026-05-07T16:00")  # Surat II is due, and waits
        assert office.steps() == ["terima", "ingat", "surat_1"]
        almanac.says(day("2026-06-03", "tambah"))
        assert almanac.moved("2026-05-08T09:00") == ()
        run = office.case().open_run(Clock.RESPON)
        assert run is not None
        assert (run.moved_at, run.next_look_at) == (None, None)
        assert office.release("2026-05-08T10:00", "9000001") == 2
        office.tick("2026-05-08T10:00", "2026-05-11T16:00")
        assert almanac.due("surat_2") == [at("2026-05-11T16:00")]


# --- who moves, and who does not --------------------------------------------------------------


def test_only_open_runs_of_those_concerned_move(almanac: Almanac) -> None:
    office = almanac.office
    rows = [
        row("9000001"),
        row("9000002", instansi="Dinas Pendidikan"),
        row("9000003", status="Ditutup oleh Sistem"),
        row("9000004", instansi="Badan Antariksa"),
    ]
    office.import_(rows, "2026-05-04T12:00")
    almanac.says(day("2026-05-06", "tambah", scope="Dinas Pendidikan"))
    moved = almanac.moved("2026-05-04T13:00")
    assert sorted((m.number, m.clock) for m in moved) == [
        ("9000002", "penyelesaian"),
        ("9000002", "respon"),
    ]
    assert len(almanac.remarks()) == 1
    # The same file again moves nothing.
    assert almanac.moved("2026-05-04T14:00") == ()


def test_an_instansis_new_week_moves_its_open_runs_alone(almanac: Almanac) -> None:
    office = almanac.office
    rows = [row("9000001", "2026-05-07T09:00"), row("9000002", "2026-05-07T09:00", instansi=DISDIK)]
    office.import_(rows, "2026-05-07T12:00")  # a Thursday
    assert almanac.moved("2026-05-07T12:00") == ()
    six = directory_text().replace("opd,Kabupaten Contoh,5,", "opd,Kabupaten Contoh,6,", 3)
    office.directory(six, "2026-05-07T13:00")
    moved = almanac.moved("2026-05-07T13:00")
    assert {(m.number, m.clock): (m.from_, m.to) for m in moved}["9000001", "respon"] == (
        at("2026-05-12T16:00"),
        at("2026-05-11T16:00"),
    )
    assert {m.number for m in moved} == {"9000001"}
    office.tick("2026-05-08T08:00", "2026-05-09T15:59")
    assert almanac.due("surat_1") == []
    office.tick("2026-05-09T16:00")  # Saturday is its D+2 now
    assert almanac.due("surat_1") == [at("2026-05-09T16:00")]
    assert almanac.moved("2026-05-09T17:00") == ()


def test_a_shorter_way_by_the_new_week_is_never_before_now(almanac: Almanac) -> None:
    office = almanac.office
    office.import_([row(received="2026-05-07T09:00")], "2026-05-07T12:00")
    office.tick("2026-05-07T12:00", "2026-05-08T08:00")
    six = directory_text().replace("opd,Kabupaten Contoh,5,", "opd,Kabupaten Contoh,6,", 3)
    office.directory(six, "2026-05-10T09:00")
    assert "respon" in {m.clock for m in almanac.moved("2026-05-10T09:00")}
    # By the six-day week Surat I was due on Saturday the 9th.
    assert almanac.due("surat_1") == [at("2026-05-10T09:00")]


def test_an_instansis_new_parent_brings_the_parents_days_off(almanac: Almanac) -> None:
    office = almanac.office
    almanac.says(day("2026-05-06", "tambah", scope=DISDIK))
    office.import_([row(received="2026-05-04T09:00")], "2026-05-04T12:00")
    assert almanac.moved("2026-05-04T12:00") == ()
    text = directory_text()
    pindah = text.replace("Dinas Pekerjaan Umum,opd,Kabupaten Contoh", f"{DPU},opd,{DISDIK}")
    office.directory(pindah, "2026-05-04T13:00")
    moved = {m.clock: (m.from_, m.to) for m in almanac.moved("2026-05-04T13:00")}
    assert moved["respon"] == (at("2026-05-07T16:00"), at("2026-05-08T16:00"))


def test_a_paused_run_follows_when_it_goes_on(almanac: Almanac) -> None:
    office = almanac.office
    office.import_([row(received="2026-05-04T10:00")], "2026-05-04T12:00")
    office.do("9000001", "2026-05-04T13:00", lambda d, c: d.pause(c, "kominfo", "lokasi"))
    almanac.says(day("2026-05-06", "tambah"))
    assert {m.clock for m in almanac.moved("2026-05-04T14:00")} == {"kelengkapan"}
    office.do("9000001", "2026-05-04T15:00", lambda d, c: d.resume(c, "kominfo"))
    run = office.case().open_run(Clock.RESPON)
    assert run is not None
    assert run.limit_at == at("2026-05-08T16:00")


def test_previewing_changes_nothing(almanac: Almanac) -> None:
    office = almanac.office
    almanac.says(BEFORE_AUGUST_2025)
    office.import_([row(received="2025-08-14T10:00")], "2025-08-14T12:00")
    almanac.says("")
    moment = at("2025-08-15T07:00")
    rules = office.opened.rules
    assert rules.load(office.engine, "holidays", "", moment)
    world = rules.world(office.engine)
    before = office.runs()
    assert {m.clock for m in preview(office.engine, world, moment)} == {"respon", "penyelesaian"}
    assert office.runs() == before
    assert almanac.remarks() == []
    assert len(rules.follow_calendar(office.engine, world, moment)) == 2


def test_a_file_with_mistakes_leaves_the_days_as_they_were(almanac: Almanac) -> None:
    office = almanac.office
    office.import_([row(received="2026-05-04T10:00")], "2026-05-04T12:00")
    almanac.says(day("2026-05-06", "tambah"))
    office.tick("2026-05-04T13:00")
    almanac.says('[[day]]\ndate = "besok"\n')
    tick = office.tick("2026-05-04T14:00")
    assert tick.moved == ()
    assert all(line.startswith(f"{almanac.path}: baris ") for line in tick.problems)
    office.tick("2026-05-05T08:00", "2026-05-07T15:59")
    assert "surat_1" not in office.steps()
    office.tick("2026-05-07T16:00")
    assert "surat_1" in office.steps()


def test_without_any_usable_policy_nothing_can_start(database_url: str, tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text("bukan toml")
    with (
        pytest.raises(RuleFileError, match=r"policy\.toml: baris 1"),
        kabupaten(database_url, tmp_path, policy_file=policy),
    ):
        pass


def test_an_event_after_the_change_keeps_its_place_in_the_trail(almanac: Almanac) -> None:
    """A pass of an earlier moment moves the run but writes nothing before what has happened."""
    office = almanac.office
    office.import_([row(received="2026-05-04T10:00")], "2026-05-04T12:00")
    office.do("9000001", "2026-05-05T09:00", lambda d, c: d.accept(c, "opd"))
    almanac.says(day("2026-05-06", "tambah"))
    assert len(almanac.moved("2026-05-04T13:00")) == 2
    assert almanac.remarks() == []
    with writing(office.engine) as connection:
        events = connection.execute(select(Audit.at).order_by(Audit.id)).scalars().all()
    assert list(events) == sorted(events)
