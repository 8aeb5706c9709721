"""`ingat why` and `ingat calendar check` on real databases, through the commands themselves."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import typer
from typer.testing import CliRunner

from bot.cli import rules, why
from bot.compose import Installation, open_installation
from config.policy_file import load_default_text
from config.settings import Settings
from scheduler.case import Case
from scheduler.lifecycle import Desk
from scheduler.store import cases, history, holds
from scheduler.store.directory import import_directory
from scheduler.store.session import reading, writing

JAKARTA = ZoneInfo("Asia/Jakarta")
KEY = base64.b64encode(bytes(range(32))).decode()
HOUR = timedelta(hours=1)
SKB_2026 = "SKB Menag, Menaker, dan MenPANRB No. 1497/2025, 2/2025, 5/2025"

app = typer.Typer()
why.add(app)
rules.add(app)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=JAKARTA)


def iso(text: str) -> str:
    return at(text).isoformat()


class Kabupaten:
    """An installation with the example directory, and its commands."""

    def __init__(self, url: str, folder: Path, **changes: Any) -> None:
        self.environment = {"DATABASE_URL": url, "DATA_KEY": KEY}
        self.settings = Settings(database_url=url, data_key=KEY, **changes)
        self.opened: Installation = open_installation(self.settings)
        self.folder = folder
        example = files("config").joinpath("directory.example.csv").read_bytes()
        with writing(self.opened.engine) as connection:
            import_directory(
                connection, self.opened.seal, example, name="contoh", today=date(2026, 1, 1)
            )

    def receive(self, moment: str, number: str = "9000001", **changes: Any) -> None:
        desk = Desk(self.opened.world(at(moment)), at(moment))
        case = Case("Jalan", "0812-3456-7890", at(moment), at(moment), tracking_id=number)
        for name, value in changes.items():
            setattr(case, name, value)
        desk.receive(case, "sp4n")
        with writing(self.opened.engine) as connection:
            cases.write(connection, desk.changes)

    def do(
        self, moment: str, verb: Callable[[Desk, Case], object], number: str = "9000001"
    ) -> None:
        desk = Desk(self.opened.world(at(moment)), at(moment))
        with writing(self.opened.engine) as connection:
            key = cases.find(connection, number)
            assert key is not None
            verb(desk, cases.load_cases(connection, [key], lock=True)[key])
            cases.write(connection, desk.changes)

    def dispose(self, moment: str, short: str = "DPUPR", number: str = "9000001") -> None:
        def do(desk: Desk, case: Case) -> None:
            bodies = desk.world.directory.bodies.values()
            desk.dispose(case, next(body.id for body in bodies if body.short == short), "kominfo")

        self.do(moment, do, number)

    def ticks(self, first: str, last: str) -> None:
        """Do a pass whenever an hour of the ladder strikes, from `first` to `last`, both in."""
        moment = at(first)
        while moment <= at(last):
            if moment.hour in (8, 16):
                assert self.opened.tick(moment).problems == ()
            moment += HOUR

    def run(self, *words: str, code: int = 0, **environment: str) -> str:
        result = CliRunner().invoke(app, words, env=self.environment | environment)
        assert result.exit_code == code, result.output
        assert "Traceback" not in result.output
        return result.stdout if code == 0 else result.stderr

    def why(self, moment: str | None = None, number: str = "9000001") -> dict[str, Any]:
        seen = ("--at", iso(moment)) if moment else ()
        document: dict[str, Any] = json.loads(self.run("why", number, *seen, "--json"))
        return document


@pytest.fixture
def kabupaten(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Kabupaten]:
    monkeypatch.chdir(tmp_path)  # no .env of the checkout
    made = Kabupaten(database_url, tmp_path)
    yield made
    made.opened.close()


def run_of(document: Mapping[str, Any], clock: str = "respon", run_no: int = 1) -> dict[str, Any]:
    found: dict[str, Any] = next(
        run for run in document["runs"] if (run["clock"], run["run"]) == (clock, run_no)
    )
    return found


def steps_of(
    document: Mapping[str, Any], clock: str = "respon", run_no: int = 1
) -> dict[str, dict[str, Any]]:
    return {step["step"]: step for step in run_of(document, clock, run_no)["steps"]}


def posts(step: Mapping[str, Any]) -> list[tuple[str, bool, str]]:
    return [(told["post"].partition(",")[0], told["copy"], told["status"]) for told in step["told"]]


def test_a_ladder_through_lebaran(kabupaten: Kabupaten) -> None:
    kabupaten.receive("2026-03-17 09:00", isi="Hubungi 0812-3456-7890")
    kabupaten.dispose("2026-03-17 10:00")
    ahead = kabupaten.why("2026-03-17 12:00")
    kabupaten.ticks("2026-03-25 07:00", "2026-03-30 09:00")
    document = kabupaten.why("2026-03-30 09:00")
    assert set(document) == {"tracking_id", "nomor", "status", "instansi", "runs"}
    assert (document["tracking_id"], document["nomor"]) == ("9000001", None)
    assert document["status"] == "belum_ditindaklanjuti"
    assert document["instansi"] == "Dinas Pekerjaan Umum dan Penataan Ruang"
    run = run_of(document)
    assert set(run) == {
        "clock", "run", "instansi", "policy_version", "started_at", "stopped_at", "stop_reason",
        "limit_at", "days", "steps",
    }  # fmt: skip
    assert run["started_at"] == "2026-03-17T10:00:00+07:00"
    assert run["limit_at"] == "2026-03-27T16:00:00+07:00"
    days = {day["date"]: day for day in run["days"]}
    assert days["2026-03-18"] == {
        "date": "2026-03-18",
        "counted": None,
        "skipped": {
            "name": "Cuti Bersama Hari Suci Nyepi",
            "decree": SKB_2026,
            "kind": "cuti_bersama",
        },
        "paused": False,
    }
    assert days["2026-03-27"] == {
        "date": "2026-03-27", "counted": 3, "skipped": None, "paused": False,
    }  # fmt: skip
    steps = steps_of(document)
    assert set(steps["surat_1"]) == {
        "step", "occurrence", "planned_at", "due_at", "recorded_at", "outcome", "reason", "told",
    }  # fmt: skip
    for name, due in {
        "ingat": "2026-03-25 08:00",
        "surat_1": "2026-03-26 16:00",
        "hari_terakhir": "2026-03-27 08:00",
        "surat_2": "2026-03-27 16:00",
        "eskalasi": "2026-03-30 08:00",
    }.items():
        step = steps[name]
        assert step["planned_at"] == step["due_at"] == step["recorded_at"] == iso(due), name
        assert step["outcome"] == "tercatat"
        assert steps_of(ahead)[name]["due_at"] == iso(due), "as it was foretold"
    assert posts(steps["surat_1"]) == [
        ("Admin DPUPR", False, "delivered"),
        ("Kepala Dinas Pekerjaan Umum dan Penataan Ruang", True, "delivered"),
    ]
    assert {(copy, status) for _, copy, status in posts(steps["eskalasi"])} == {
        (False, "delivered"), (True, "delivered"),
    }  # fmt: skip
    text = kabupaten.run("why", "9000001", "--at", iso("2026-03-30 09:00"))
    assert f"Rab 18 Mar 2026  dilewati: Cuti Bersama Hari Suci Nyepi ({SKB_2026})" in text
    assert "Jum 27 Mar 2026  D+3" in text
    assert "Peraturan Menteri PANRB Nomor 5 Tahun 2025" in text


def test_every_due_time_is_what_a_later_tick_records(kabupaten: Kabupaten) -> None:
    """Ticks with outages and a pause: each step is due when `why` said just before the tick."""
    kabupaten.receive("2026-05-04 09:00")
    kabupaten.dispose("2026-05-04 10:00")
    # ingat passed over, surat_1 late; a pause; an outage over the day of surat_2; on time again.
    moments = ["2026-05-07 09:00", "2026-05-08 07:00", "2026-05-12 18:00", "2026-05-18 08:00",
               "2026-05-19 08:00", "2026-05-20 08:00", "2026-05-29 16:00"]  # fmt: skip
    recorded = []
    for moment in moments:
        if moment == "2026-05-08 07:00":
            kabupaten.do("2026-05-07 20:00", lambda desk, case: desk.pause(case, "kominfo", "foto"))
            kabupaten.do("2026-05-08 06:45", lambda desk, case: desk.resume(case, "kominfo"))
        before = kabupaten.why(moment)
        kabupaten.opened.tick(at(moment))
        after = kabupaten.why(moment)
        for run in after["runs"]:
            earlier = run_of(before, run["clock"], run["run"])
            foretold = {(s["step"], s["occurrence"]): s for s in earlier["steps"]}
            for step in run["steps"]:
                told = foretold.get((step["step"], step["occurrence"]))
                if step["recorded_at"] == iso(moment):
                    assert told is not None
                    assert told["recorded_at"] is None
                    assert told["due_at"] == step["due_at"]
                    recorded.append(step["step"])
    assert recorded == [
        "ingat", "surat_1", "hari_terakhir", "surat_2", "eskalasi", "ulang", "ulang", "ulang",
        "lewat",
    ]  # fmt: skip
    assert steps_of(after)["ingat"]["outcome"] == "terlewat"
    assert steps_of(after)["hari_terakhir"]["outcome"] == "terlewat"


def test_a_pause_and_its_end(kabupaten: Kabupaten) -> None:
    kabupaten.receive("2026-05-04 09:00")
    kabupaten.dispose("2026-05-04 10:00")
    kabupaten.ticks("2026-05-05 08:00", "2026-05-05 09:00")
    kabupaten.do("2026-05-05 10:00", lambda desk, case: desk.pause(case, "kominfo", "kurang foto"))
    waiting = kabupaten.why("2026-05-06 12:00")
    assert waiting["status"] == "tunda"
    assert steps_of(waiting)["surat_1"]["outcome"] == "menunggu"
    kabupaten.do("2026-05-07 09:00", lambda desk, case: desk.resume(case, "kominfo"))
    document = kabupaten.why("2026-05-07 10:00")
    paused = [day["date"] for day in run_of(document)["days"] if day["paused"]]
    assert paused == ["2026-05-06", "2026-05-07"]
    assert steps_of(document)["surat_1"]["due_at"] == iso("2026-05-08 16:00")
    assert "Tunda Sel 5 Mei 2026 10.00 sampai Kam 7 Mei 2026 09.00" in kabupaten.run(
        "why", "9000001", "--at", iso("2026-05-07 10:00")
    )
    # Seen from inside the pause it is still what it was.
    assert kabupaten.why("2026-05-06 12:00") == waiting


def test_two_runs_and_a_policy_that_only_a_stopped_run_keeps(kabupaten: Kabupaten) -> None:
    kabupaten.receive("2026-05-04 09:00")
    kabupaten.dispose("2026-05-04 10:00")
    kabupaten.ticks("2026-05-05 08:00", "2026-05-05 09:00")
    newer = load_default_text().replace('limit = "3 hari kerja"', 'limit = "4 hari kerja"')
    kabupaten.opened.rules.load(kabupaten.opened.engine, "policy", newer, at("2026-05-05 10:00"))
    moment = at("2026-05-05 13:00")
    world = kabupaten.opened.rules.world(kabupaten.opened.engine)
    with writing(kabupaten.opened.engine) as connection:
        key = cases.find(connection, "9000001")
        assert key is not None
        desk = Desk(world, moment)
        desk.give_back(cases.load_cases(connection, [key], lock=True)[key], "kominfo", "DLH")
        cases.write(connection, desk.changes)
    with writing(kabupaten.opened.engine) as connection:
        desk = Desk(world, at("2026-05-06 09:00"))
        dlh = next(body.id for body in world.directory.bodies.values() if body.short == "DLH")
        desk.dispose(cases.load_cases(connection, [key], lock=True)[key], dlh, "kominfo")
        cases.write(connection, desk.changes)
    document = kabupaten.why("2026-05-06 10:00")
    first, second = run_of(document, run_no=1), run_of(document, run_no=2)
    assert (first["policy_version"], second["policy_version"]) == (1, 3)
    assert first["stop_reason"] == "bukan wewenang"
    assert first["stopped_at"] == iso("2026-05-05 13:00")
    assert first["limit_at"] == iso("2026-05-07 16:00")
    assert second["limit_at"] == iso("2026-05-12 16:00")
    assert second["instansi"] == "Dinas Lingkungan Hidup"
    outcomes = {name: step["outcome"] for name, step in steps_of(document).items()}
    assert (outcomes["ingat"], outcomes["surat_1"]) == ("tercatat", "tidak_perlu")
    between = kabupaten.why("2026-05-05 14:00")
    assert (between["status"], between["instansi"]) == ("belum_ditindaklanjuti", None)
    assert [(run["clock"], run["run"]) for run in between["runs"]][-1] == ("verifikasi", 2)


def test_a_held_backlog_and_its_release(kabupaten: Kabupaten) -> None:
    kabupaten.receive("2026-05-04 09:00", backlog_at=at("2026-05-04 09:00"))
    kabupaten.dispose("2026-05-04 10:00")
    kabupaten.ticks("2026-05-06 16:00", "2026-05-08 08:00")
    held = kabupaten.why("2026-05-08 09:00")
    assert steps_of(held)["eskalasi"]["outcome"] == "ditahan"
    assert steps_of(held)["eskalasi"]["reason"] == "tunggakan: menunggu dilepas Kominfo"
    assert {status for _, _, status in posts(steps_of(held)["eskalasi"])} == {"held"}
    assert steps_of(held)["ulang"]["outcome"] == "belum"  # not due before Monday
    kabupaten.ticks("2026-05-11 08:00", "2026-05-11 08:00")
    assert steps_of(kabupaten.why("2026-05-11 07:59"))["ulang"]["outcome"] == "belum"
    assert steps_of(kabupaten.why("2026-05-11 08:00"))["ulang"]["outcome"] == "menunggu"
    moment = at("2026-05-12 10:00")
    with writing(kabupaten.opened.engine) as connection:
        world = kabupaten.opened.world(moment)
        holds.release(connection, world, holds.backlog(connection), moment)
    kabupaten.opened.tick(moment)
    free = steps_of(kabupaten.why("2026-05-12 11:00"))
    assert free["eskalasi"]["outcome"] == "tercatat"
    assert {status for _, _, status in posts(free["eskalasi"])} == {"delivered"}
    assert free["ulang"]["due_at"] == iso("2026-05-13 08:00")
    assert steps_of(kabupaten.why("2026-05-11 09:00"))["eskalasi"]["outcome"] == "ditahan"


def test_facts_are_those_the_sweep_loads(kabupaten: Kabupaten) -> None:
    kabupaten.receive("2026-05-04 09:00", backlog_at=at("2026-05-04 09:00"))
    kabupaten.dispose("2026-05-04 10:00")
    kabupaten.do("2026-05-05 09:00", lambda desk, case: desk.pause(case, "kominfo", "foto"))
    kabupaten.do("2026-05-05 17:00", lambda desk, case: desk.resume(case, "kominfo"))
    seen = set()
    # On time; surat_2 late in the quiet hours, so it waits; it is sent; eskalasi is held.
    for moment in ("2026-05-06 16:00", "2026-05-07 23:00", "2026-05-08 08:00", "2026-05-08 09:00"):
        kabupaten.opened.tick(at(moment))
        with reading(kabupaten.opened.engine) as connection:
            key = cases.find(connection, "9000001")
            assert key is not None
            case = cases.load_cases(connection, [key])[key]
            past = history.load_history(connection, key)
        by_id = {record.run.id: record for record in past.runs}
        assert len(by_id) == 4  # verifikasi and kelengkapan have stopped, two go on
        for run in case.runs:
            facts = by_id[run.id].facts(case.counted_as)
            assert facts == run.facts(case.counted_as)
            seen.add((facts.previous_held, facts.previous_unsettled))
    assert seen == {(False, False), (False, True), (True, False)}


def test_no_person_and_no_telephone_is_named(kabupaten: Kabupaten) -> None:
    kabupaten.receive("2026-05-04 09:00")
    kabupaten.dispose("2026-05-04 10:00")
    kabupaten.do(
        "2026-05-04 11:00", lambda desk, case: desk.pause(case, "Budi", "telepon 0812-3456-7890")
    )
    said = kabupaten.run("why", "9000001") + kabupaten.run("why", "9000001", "--json")
    assert "Misalnya" not in said  # every fictional holder is a Contoh, Teladan or Misalnya
    assert "Teladan" not in said
    assert "Budi" not in said
    assert not re.search(r"0?8\d\d-?\d{4}", said)


def test_unknown_numbers_and_moments(kabupaten: Kabupaten) -> None:
    assert kabupaten.run("why", "9\n9", code=1) == "ingat: aduan 9 9 tidak ditemukan\n"
    kabupaten.receive("2026-05-04 09:00")
    early = kabupaten.run("why", "9000001", "--at", iso("2026-05-04 08:59"), code=1)
    assert early == "ingat: aduan 9000001 belum diterima pada saat itu\n"
    assert kabupaten.why("2026-05-04 09:00", "#9000001")["status"] == "belum_terverifikasi"
    assert "2026-05-04T09:00" in kabupaten.run("why", "9000001", "--at", "2026-05-04T09:00", code=2)


def test_what_lies_ahead_of_the_present_is_shown_without_a_moment(kabupaten: Kabupaten) -> None:
    kabupaten.receive("2027-05-04 09:00")
    kabupaten.dispose("2027-05-04 10:00")
    assert [run["clock"] for run in kabupaten.why()["runs"]] == [
        "verifikasi", "respon", "penyelesaian",
    ]  # fmt: skip


def test_a_stop_of_everything_is_named(kabupaten: Kabupaten) -> None:
    kabupaten.receive("2026-05-04 09:00")
    kabupaten.dispose("2026-05-04 10:00")
    kabupaten.opened.set_stopped(at("2026-05-04 12:00"), stopped=True)
    kabupaten.opened.tick(at("2026-05-05 08:00"))
    step = steps_of(kabupaten.why("2026-05-05 08:00"))["ingat"]
    assert (step["outcome"], step["reason"]) == ("menunggu", "semua pengiriman sedang dihentikan")


def test_reading_changes_nothing(kabupaten: Kabupaten) -> None:
    kabupaten.receive("2026-05-04 09:00")
    kabupaten.dispose("2026-05-04 10:00")
    before = dump(kabupaten)
    holidays = kabupaten.folder / "holidays.toml"
    holidays.write_text(day_off("2026-05-06"), encoding="utf-8")
    kabupaten.run("why", "9000001", HOLIDAYS_FILE=str(holidays))
    kabupaten.run("calendar", "check", HOLIDAYS_FILE=str(holidays))
    assert dump(kabupaten) == before


def dump(kabupaten: Kabupaten) -> list[Any]:
    from scheduler.store.columns import Base

    with reading(kabupaten.opened.engine) as connection:
        return [
            list(map(tuple, connection.execute(table.select())))
            for table in Base.metadata.sorted_tables
        ]


# --- calendar check -----------------------------------------------------------------------------


def day_off(day: str) -> str:
    return f"""
[[day]]
date = {day}
name = "Hari Jadi Kabupaten Contoh"
action = "tambah"
kind = "lokal"
decree = "Keputusan Bupati Contoh No. 1/2026"
"""


def test_check_lists_what_a_file_would_move_and_the_letters_already_issued(
    kabupaten: Kabupaten,
) -> None:
    kabupaten.receive("2026-05-04 09:00")
    kabupaten.dispose("2026-05-04 10:00")
    kabupaten.ticks("2026-05-05 08:00", "2026-05-06 16:00")
    moment = iso("2026-05-06 17:00")
    document = json.loads(kabupaten.run("calendar", "check", "--at", moment, "--json"))
    assert document == {"confirmed_until": 2027, "beyond": [], "beyond_count": 0, "moves": []}
    holidays = kabupaten.folder / "holidays.toml"
    holidays.write_text(day_off("2026-05-07"), encoding="utf-8")
    document = json.loads(
        kabupaten.run("calendar", "check", "--at", moment, "--json", HOLIDAYS_FILE=str(holidays))
    )
    assert document["moves"] == [
        {
            "tracking_id": "9000001",
            "clock": "respon",
            "from": iso("2026-05-07 16:00"),
            "to": iso("2026-05-08 16:00"),
            "letters": ["surat_1"],
        },
        {
            "tracking_id": "9000001",
            "clock": "penyelesaian",
            "from": iso("2026-05-26 16:00"),
            "to": iso("2026-05-29 16:00"),
            "letters": [],
        },
    ]
    text = kabupaten.run("calendar", "check", "--at", moment, HOLIDAYS_FILE=str(holidays))
    assert "Kam 7 Mei 2026 16.00 menjadi Jum 8 Mei 2026 16.00; sudah terbit: surat_1" in text
    # The file, once loaded, moves exactly these.
    kabupaten.opened.rules.load(
        kabupaten.opened.engine, "holidays", holidays.read_text(), at("2026-05-06 17:00")
    )
    world = kabupaten.opened.rules.world(kabupaten.opened.engine)
    moved = kabupaten.opened.rules.follow_calendar(
        kabupaten.opened.engine, world, at("2026-05-06 17:00")
    )
    assert [(m.clock, m.to) for m in moved] == [
        (m["clock"], datetime.fromisoformat(m["to"])) for m in document["moves"]
    ]
    said = kabupaten.why("2026-05-06 18:00")
    assert {day["date"]: day["skipped"] for day in run_of(said)["days"]}["2026-05-07"] == {
        "name": "Hari Jadi Kabupaten Contoh",
        "decree": "Keputusan Bupati Contoh No. 1/2026",
        "kind": "lokal",
    }
    assert "Hari libur berubah Rab 6 Mei 2026 17.00: respon:" in kabupaten.run(
        "why", "9000001", "--at", iso("2026-05-06 18:00")
    )


def test_check_warns_of_deadlines_beyond_the_confirmed_year(kabupaten: Kabupaten) -> None:
    # Thursday 2027-12-30: D+1 is Friday the 31st, D+2 and D+3 lie in 2028.
    for number in range(22):
        kabupaten.receive("2027-12-30 09:00", str(9000001 + number))
        kabupaten.dispose("2027-12-30 10:00", number=str(9000001 + number))
    moment = iso("2027-12-30 11:00")
    result = CliRunner().invoke(
        app, ["calendar", "check", "--at", moment, "--json"], env=kabupaten.environment
    )
    document = json.loads(result.stdout)
    assert document["beyond_count"] == 44  # respon and penyelesaian of each
    assert document["beyond"] == [str(9000001 + number) for number in range(20)]
    assert "44 tenggat berjalan melewati tahun 2027" in result.stderr
    limit = datetime.fromisoformat(
        run_of(kabupaten.why("2027-12-30 11:00"), "penyelesaian")["limit_at"]
    )
    with reading(kabupaten.opened.engine) as connection:
        assert len(history.numbers_beyond(connection, limit, 99)) == 22
        assert history.numbers_beyond(connection, limit + timedelta(seconds=1), 99) == []
    kabupaten.do(
        "2027-12-30 12:00", lambda desk, case: desk.close(case, "kominfo"), number="9000001"
    )
    with reading(kabupaten.opened.engine) as connection:
        assert history.numbers_beyond(connection, at("2028-01-01 00:00"), 1) == ["9000002"]
