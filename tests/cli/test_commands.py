"""The commands as other programs drive them: JSON shapes, exit codes, one line for each error."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests import program
from tests.database.builders import row, write_export

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "config" / "directory.example.csv"
NOW = ("--at", "2026-05-04T08:00+07:00")

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def ingat(tmp_path: Path, sqlite_url: str) -> Run:
    """The real program, on a database of its own, in a folder of its own."""

    def run(*args: str, **settings: str) -> subprocess.CompletedProcess[str]:
        return program.run(args, tmp_path, {"DATABASE_URL": sqlite_url} | settings)

    return run


@pytest.fixture
def filled(ingat: Run) -> Run:
    """The same with the example directory and forty invented complaints."""
    assert ingat("directory", "import", str(EXAMPLE), *NOW).returncode == 0
    assert ingat("sample-export", "e.xlsx", "--rows", "40", "--seed", "3", *NOW).returncode == 0
    assert ingat("import", "e.xlsx", *NOW).returncode == 0
    return ingat


def document(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert len(lines) == 1
    loaded: dict[str, Any] = json.loads(lines[0])
    return loaded


def one_line(done: subprocess.CompletedProcess[str], code: int) -> str:
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("ingat: ")
    return done.stderr


def test_directory_import_reports_counts_and_bad_rows(ingat: Run, tmp_path: Path) -> None:
    done = ingat("directory", "import", str(EXAMPLE), "--json", *NOW)
    assert document(done) == {"read": 60, "added": 60, "updated": 0, "rejected": []}
    again = ingat("directory", "import", str(EXAMPLE), "--json", *NOW)
    assert document(again) == {"read": 60, "added": 0, "updated": 0, "rejected": []}
    bad = tmp_path / "bad.csv"
    bad.write_text(
        "instansi,jenis,induk,hari_kerja,peran,jabatan,nama,nip,telepon\n"
        "Dinas Baru,opd,Kabupaten Contoh,5,admin_opd,Admin,Ani Contoh,,12\n"
    )
    done = ingat("directory", "import", str(bad), "--json", *NOW)
    assert done.returncode == 1
    (rejected,) = json.loads(done.stdout)["rejected"]
    assert rejected["row"] == 2
    assert "telepon" in rejected["reason"]


def test_a_sample_written_just_after_midnight_can_be_imported_at_once(ingat: Run) -> None:
    midnight = ("--at", "2026-05-04T00:01:00+07:00")  # UTC still has the day before
    ingat("directory", "import", str(EXAMPLE), *midnight)
    ingat("sample-export", "e.xlsx", "--rows", "200", *midnight)
    done = document(ingat("import", "e.xlsx", "--json", *midnight))
    assert (done["added"], done["rejected"]) == (200, [])


def test_import_tick_and_outbox_have_their_shapes(ingat: Run) -> None:
    ingat("directory", "import", str(EXAMPLE), *NOW)
    ingat("sample-export", "e.xlsx", "--rows", "40", "--seed", "3", *NOW)
    done = document(ingat("import", "e.xlsx", "--json", *NOW))
    assert {key: done[key] for key in ("read", "added", "updated", "unchanged")} == {
        "read": 40,
        "added": 40,
        "updated": 0,
        "unchanged": 0,
    }
    assert set(done) == {"read", "added", "updated", "unchanged", "held", "rejected"}
    again = document(ingat("import", "e.xlsx", "--json", *NOW))
    assert (again["added"], again["unchanged"]) == (0, 40)

    tick = document(ingat("tick", "--json", *NOW))
    assert list(tick) == ["at", "due", "queued", "sent", "failed", "unknown", "held"]
    assert tick["at"] == "2026-05-04T08:00:00+07:00"
    assert tick["sent"] > 0

    rows = [json.loads(line) for line in ingat("outbox", "--json").stdout.splitlines()]
    wanted = [
        "id",
        "cause",
        "tracking_id",
        "clock",
        "step",
        "due_at",
        "post",
        "peran",
        "copy",
        "message_id",
        "text",
        "letter",
        "status",
        "attempts",
        "created_at",
        "settled_at",
    ]
    assert all(set(wanted) <= set(row) for row in rows)
    assert all(set(a) == {"channel", "sid", "status", "error"} for r in rows for a in r["attempts"])
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT.*\+07:00", row["due_at"]) for row in rows)
    assert not re.search(r"\+62\s?8|\b628\d{7}|\b08\d{8}", json.dumps(rows))


def test_complaints_and_show_have_their_shapes(filled: Run) -> None:
    rows = [json.loads(line) for line in filled("complaints", "--json").stdout.splitlines()]
    assert len(rows) == 40
    wanted = {"tracking_id", "nomor", "status", "instansi", "judul", "isi", "sumber", "received_at"}
    assert all(wanted <= set(row) for row in rows)
    closed = filled("complaints", "--status", "selesai", "--json").stdout.splitlines()
    assert {json.loads(line)["status"] for line in closed} == {"selesai"}
    shown = document(filled("show", rows[0]["tracking_id"], "--json"))
    assert wanted <= set(shown)
    assert next(set(entry) for entry in shown["audit"]) == {"at", "event", "actor", "note"}


def test_the_life_of_an_own_complaint(filled: Run) -> None:
    nomor = document(
        filled("receive", "--title", "Lampu mati", "--text", "Lampu mati", "--json", *NOW)
    )["nomor"]
    assert nomor == "SPG-2605-0001"
    for args in (
        ("verify", nomor),
        ("dispose", nomor, "DPUPR"),
        ("accept", nomor),
        ("pause", nomor, "--reason", "alamat kurang"),
        ("resume", nomor),
        ("return", nomor, "--reason", "bukan wewenang"),
        ("dispose", nomor, "Dishub"),
        ("answer", nomor, "--note", "diganti besok"),
        ("reopen", nomor),
        ("answer", nomor),
        ("close", nomor),
    ):
        done = filled(*args, *NOW)
        assert (args, done.returncode, done.stderr) == (args, 0, "")
    assert document(filled("show", nomor, "--json"))["status"] == "selesai"
    assert "tidak dapat" in one_line(filled("archive", nomor, "--reason", "x", *NOW), 1)


def test_what_identifies_people_is_not_kept(ingat: Run) -> None:
    said = "NIK 0000000000000001, telp (0323) 321000 atau 8123456789, warga@example.id"
    ingat("directory", "import", str(EXAMPLE), *NOW)
    ingat("receive", "--title", said, "--text", said, *NOW)
    nomor = "SPG-2605-0001"
    ingat("dispose", nomor, "DPUPR", "--by", "Admin Kominfo, loket 2", *NOW)
    ingat("answer", nomor, "--note", said, "--by", "Bidang Jalan", *NOW)
    ingat("return", nomor, "--reason", said, *NOW)
    shown = document(ingat("show", nomor, "--json"))
    kept = "NIK [NIK disamarkan], telp [telepon disamarkan] atau [telepon disamarkan], "
    kept += "[surel disamarkan]"
    assert (shown["judul"], shown["isi"]) == (kept, kept)
    audit = {entry["event"]: (entry["actor"], entry["note"]) for entry in shown["audit"]}
    assert audit["dispose"][0] == "Admin Kominfo, loket 2"
    assert (audit["return"][1], audit["answer"]) == (kept, ("Bidang Jalan", kept))
    assert document(ingat("answers", "--json"))["body"] == kept


def test_what_sp4n_has_blocked_is_not_shown(ingat: Run, tmp_path: Path) -> None:
    blocked = row("9100001", status="Konten Terblokir", judul="Fitnah", isi="Fitnah tetangga")
    write_export(tmp_path / "b.xlsx", [blocked, row("9100002", received="2026-05-01T09:00")])
    assert ingat("import", "b.xlsx", "--at", "2026-05-04T12:00+07:00").returncode == 0
    listed = {
        line["tracking_id"]: (line["judul"], line["isi"])
        for line in map(json.loads, ingat("complaints", "--json").stdout.splitlines())
    }
    assert listed["9100001"] == ("(konten terblokir)", "(konten terblokir)")
    assert listed["9100002"] == ("Jalan berlubang", "Jalan di depan pasar berlubang.")
    told = ingat("show", "9100001").stdout
    assert "(konten terblokir)" in told
    assert "Fitnah" not in told


def test_how_a_reporter_is_protected_is_said(ingat: Run, tmp_path: Path) -> None:
    kinds = {
        "9100001": "Anonim|Rahasia",
        "9100002": "Anonim",
        "9100003": "Rahasia",
        "9100004": None,
    }
    rows = [row(number, tipe=kind or "") for number, kind in kinds.items()]
    write_export(tmp_path / "b.xlsx", rows)
    assert ingat("import", "b.xlsx", "--at", "2026-05-04T12:00+07:00").returncode == 0
    listed = map(json.loads, ingat("complaints", "--json").stdout.splitlines())
    assert {line["tracking_id"]: line["tipe"] for line in listed} == kinds
    told = ingat("complaints").stdout.splitlines()
    assert [
        line.startswith(f"{number} ({kind}) ")
        for line, (number, kind) in zip(told, kinds.items(), strict=True)
    ] == [True, True, True, False]
    assert "\ntipe: Anonim|Rahasia\n" in ingat("show", "9100001").stdout


def test_a_veto_says_who_and_why(ingat: Run) -> None:
    nomor = "SPG-2605-0001"
    ingat("directory", "import", str(EXAMPLE), *NOW)
    ingat("receive", "--title", "Lampu", "--text", "Lampu", *NOW)
    ingat("dispose", nomor, "DPUPR", *NOW)
    veto = ("veto", nomor, "--reason", "kadis menelepon 08001234567", "--by", "Kabid")
    assert "belum terkirim" in one_line(ingat(*veto, *NOW), 1)
    # In quiet hours: Surat I is decided, and waits for the morning.
    ingat("tick", "--at", "2026-05-06T20:30+07:00")
    assert "mendahului" in one_line(ingat(*veto, "--at", "2026-05-04T07:59+07:00"), 1)
    done = ingat(*veto, "--at", "2026-05-06T21:00+07:00")
    assert (done.returncode, done.stdout) == (0, "2 notices held\n")
    audit = document(ingat("show", nomor, "--json"))["audit"]
    assert [entry for entry in audit if entry["event"] == "veto"] == [
        {
            "at": "2026-05-06T21:00:00+07:00",
            "event": "veto",
            "actor": "Kabid",
            "note": "kadis menelepon [telepon disamarkan]",
        }
    ]


def test_linking_makes_two_one(filled: Run) -> None:
    filled("receive", "--title", "Lampu", "--text", "Lampu", *NOW)
    assert filled("link", "SPG-2605-0001", "9000040", *NOW).returncode == 0
    own = document(filled("show", "SPG-2605-0001", "--json"))
    assert own == document(filled("show", "9000040", "--json"))
    assert (own["tracking_id"], own["nomor"]) == ("9000040", "SPG-2605-0001")
    assert len(filled("complaints", "--json").stdout.splitlines()) == 40


@pytest.mark.parametrize(
    "moment",
    [
        "0001-01-01T00:00+07:00",
        "9999-12-31T23:59-07:00",
        "2014-12-31T23:59+07:00",
        "2045-01-01T00:00+07:00",
        "2047-01-01T00:00+07:00",
    ],
)
def test_a_moment_outside_the_calendar_is_wrong_usage(ingat: Run, moment: str) -> None:
    told = one_line(ingat("tick", "--at", moment), 2)
    assert f"--at: {moment} is outside the calendar of 2015 to 2044" in told


@pytest.mark.parametrize("moment", ["2015-01-01T00:00+07:00", "2044-12-31T23:59+07:00"])
def test_the_first_and_the_last_moment_that_count(ingat: Run, moment: str) -> None:
    assert ingat("tick", "--at", moment).returncode == 0


def test_an_import_warns_of_limits_beyond_the_confirmed_year(ingat: Run) -> None:
    late = ("--at", "2027-12-20T08:00+07:00")
    assert ingat("directory", "import", str(EXAMPLE), *late).returncode == 0
    assert ingat("sample-export", "e.xlsx", "--rows", "40", "--seed", "3", *late).returncode == 0
    done = ingat("import", "e.xlsx", *late)
    assert "open deadlines lie beyond 2027" in done.stderr


def test_stop_all_stops_and_says_so(filled: Run) -> None:
    assert filled("stop-all", *NOW).returncode == 0
    done = filled("tick", "--json", *NOW)
    assert json.loads(done.stdout)["queued"] == 0
    assert "resume-all" in done.stderr
    assert filled("resume-all", *NOW).returncode == 0
    assert document(filled("tick", "--json", *NOW))["queued"] > 0


@pytest.mark.parametrize(
    ("args", "code", "names"),
    [
        (("bogus",), 2, "bogus"),
        (("tick", "--at", "kemarin"), 2, "kemarin"),
        (("tick", "--at", "2026-05-04T08:00"), 2, "offset"),
        (("tick", "--wrong"), 2, "--wrong"),
        (("show",), 2, "ID"),
        (("show", "123"), 1, "123"),
        (("import", "nothing.xlsx"), 1, "nothing.xlsx"),
        (("import", "x.xlsx", "--source-tz", "Mars/Olympus"), 2, "Mars/Olympus"),
        (("import", "x.xlsx", "--disposed-at", "besok"), 2, "--disposed-at"),
        (("directory", "import", "nothing.csv"), 1, "nothing.csv"),
        (("complaints", "--status", "hilang"), 2, "hilang"),
        (("receive", "--title", "x"), 2, "--text"),
    ],
)
def test_a_mistake_is_one_line_that_names_it(
    ingat: Run, args: tuple[str, ...], code: int, names: str
) -> None:
    assert names in one_line(ingat(*args), code)


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({"LEASE_S": "soon"}, "LEASE_S"),
        ({"TIMEZONE": "Asia/Nowhere"}, "TIMEZONE"),
        ({"DATABASE_URL": "sqlite:////nowhere/at/all.db"}, "/nowhere/at/all.db"),
        ({"DATA_KEY": "short"}, "DATA_KEY"),
        ({"POLICY_FILE": "nothing.toml"}, "POLICY_FILE"),
    ],
)
def test_a_wrong_setting_is_one_line_that_names_it(
    ingat: Run, settings: dict[str, str], names: str
) -> None:
    assert names in one_line(ingat("tick", **settings), 1)


def test_a_broken_policy_names_its_lines_and_the_old_one_stays(filled: Run, tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text("nama = 1\n")
    done = filled("tick", *NOW, POLICY_FILE=str(policy))
    assert done.returncode == 1
    assert "policy.toml: baris" in done.stderr
    assert "queued 0" not in done.stdout


def test_another_key_is_refused_before_anything_is_written(filled: Run) -> None:
    other = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
    assert "DATA_KEY" in one_line(filled("tick", *NOW, DATA_KEY=other), 1)


def test_postgresql_is_migrated_on_purpose(ingat: Run, postgres_url: str) -> None:
    key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
    done = ingat("migrate", DATABASE_URL=postgres_url, DATA_KEY=key)
    assert (done.returncode, done.stdout) == (0, "the schema is the newest one\n")
    assert document(ingat("tick", "--json", *NOW, DATABASE_URL=postgres_url, DATA_KEY=key))


def test_the_demo_tells_each_step_at_its_date(ingat: Run) -> None:
    done = ingat("demo")
    assert (done.returncode, done.stderr) == (0, "")
    for expected in (
        r"Sen 16 Mar 09.00 .*DPUPR.*\[terima\]",
        r"Sel 17 Mar 08.00 .*DPUPR.*\[ingat\]",
        r"Rab 25 Mar 16.00 .*DPUPR.*\[surat_1\]",
        r"Kam 26 Mar 08.00 .*DPUPR.*\[hari_terakhir\]",
        r"Kam 26 Mar 16.00 .*DPUPR.*\[surat_2\]",
        r"Jum 27 Mar 08.00 .*Asisten II .*\[eskalasi\]",
        r"Jum 27 Mar 08.00 .*Sekretaris Daerah.*\[eskalasi, tembusan\]",
        r"mohon abaikan",
        r"dilewati: Cuti Bersama Hari Raya Idul Fitri \(SKB",
    ):
        assert re.search(expected, done.stdout), expected
