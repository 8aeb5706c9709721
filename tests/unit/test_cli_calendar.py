"""`ingat calendar` and `ingat policy check`: they need no database and name every mistake."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from bot.cli import rules
from config.policy_file import load_default_text

SKB_2026 = "SKB Menag, Menaker, dan MenPANRB No. 1497/2025, 2/2025, 5/2025"
DAYS_OFF = Path(__file__).parents[1] / "data" / "libur_id_2020_2027.csv"

app = typer.Typer()
rules.add(app)


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with no .env and no database; nothing may be made in it but by the test."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: str, code: int = 0, env: Mapping[str, str] | None = None) -> Result:
    result = CliRunner().invoke(app, words, env=env)
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result


def due(start: str, limit: str, *more: str, **environment: str) -> str:
    result = run(
        "calendar", "due", "--start", start, "--limit", limit, "--json", *more, env=environment
    )
    document: dict[str, str] = json.loads(result.stdout)
    assert set(document) == {"due"}
    return document["due"]


def show(year: int, *more: str, **environment: str) -> list[dict[str, Any]]:
    result = run("calendar", "show", str(year), "--json", *more, env=environment)
    return [json.loads(line) for line in result.stdout.splitlines()]


# --- due ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "limit", "more", "expected"),
    [
        # Lebaran: three days of cuti bersama and two of Idul Fitri in between.
        ("2026-03-17T10:00+07:00", "3 hari kerja", [], "2026-03-27T16:00:00+07:00"),
        ("2026-03-17T23:59+07:00", "3 hari kerja", [], "2026-03-27T16:00:00+07:00"),
        # 17:00 UTC is midnight in Jakarta: the next local date begins there.
        ("2026-03-16T16:59Z", "1 hari kerja", [], "2026-03-17T16:00:00+07:00"),
        ("2026-03-16T17:00Z", "1 hari kerja", [], "2026-03-25T16:00:00+07:00"),
        # A Saturday's D+1 is Monday; an office of six days works on Saturdays.
        ("2026-05-09T10:00+07:00", "1 hari kerja", [], "2026-05-11T16:00:00+07:00"),
        ("2026-05-08T10:00+07:00", "1 hari kerja", [], "2026-05-11T16:00:00+07:00"),
        ("2026-05-08T10:00+07:00", "1 hari kerja", ["--week", "6"], "2026-05-09T16:00:00+07:00"),
        ("2026-05-08T10:00+07:00", "2 hari", [], "2026-05-10T16:00:00+07:00"),
        ("2026-05-08T10:00+07:00", "1x24 jam", [], "2026-05-09T10:00:00+07:00"),
        ("2026-05-08T15:30+07:00", "1 jam kerja", [], "2026-05-11T08:00:00+07:00"),
    ],
)
def test_due(start: str, limit: str, more: list[str], expected: str) -> None:
    assert due(start, limit, *more) == expected


def test_due_follows_the_zone_and_the_calendar_file(empty_folder: Path) -> None:
    start = "2026-05-04T10:00+07:00"
    assert due(start, "3 hari kerja", TIMEZONE="Asia/Makassar") == "2026-05-07T16:00:00+08:00"
    file = empty_folder / "libur.toml"
    file.write_text(
        '[[day]]\ndate = 2026-05-07\nname = "Hari Jadi"\naction = "tambah"\nkind = "lokal"\n'
        'decree = "Keputusan Bupati No. 1/2026"\n'
        '[[hours]]\njumat = "07:30-14:00"\n'
    )
    assert due(start, "3 hari kerja", HOLIDAYS_FILE=str(file)) == "2026-05-08T14:00:00+07:00"


def test_due_makes_no_database_and_reads_well(empty_folder: Path) -> None:
    result = run("calendar", "due", "--start", "2026-03-17T10:00+07:00", "--limit", "3 HARI kerja")
    assert result.stdout == "Jum 27 Mar 2026 16.00 (2026-03-27T16:00:00+07:00)\n"
    assert result.stderr == ""
    assert list(empty_folder.iterdir()) == []


def test_due_beyond_the_confirmed_year_warns() -> None:
    words = ("calendar", "due", "--limit", "1 hari kerja", "--json", "--start")
    assert run(*words, "2027-12-30T10:00+07:00").stderr == ""
    beyond = run(*words, "2027-12-31T10:00+07:00")
    assert json.loads(beyond.stdout) == {"due": "2028-01-03T16:00:00+07:00"}
    assert beyond.stderr.startswith("ingat: hari libur tahun 2028 belum ditetapkan")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--start", "2026-05-04T10:00", "--limit", "3 hari kerja"], "has no offset"),
        (["--start", "kemarin", "--limit", "3 hari kerja"], "is not a time"),
        (["--start", "2026-05-04T10:00Z", "--limit", "tiga hari"], "--limit: Batas waktu"),
        (["--start", "2026-05-04T10:00Z", "--limit", "3 hari", "--week", "7"], "neither 5 nor 6"),
        (["--start", "2045-12-29T10:00Z", "--limit", "9 hari kerja"], "--start: 2045-12-29"),
        (["--start", "2045-12-29T10:00Z", "--limit", "9 hari"], "outside the calendar"),
        (["--start", "2014-12-31T10:00Z", "--limit", "1 hari kerja"], "outside the calendar"),
        (["--start", "9999-12-31T10:00Z", "--limit", "400 jam"], "--start: "),
    ],
)
def test_due_refuses_in_one_line(words: list[str], said: str) -> None:
    result = run("calendar", "due", *words, code=2)
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("ingat: ")
    assert said in line


# --- show ---------------------------------------------------------------------------------------


def test_show_lists_the_days_of_the_decrees() -> None:
    with DAYS_OFF.open(encoding="utf-8", newline="") as file:
        listed = {
            row["tanggal"] for row in csv.DictReader(file) if row["tanggal"].startswith("2026")
        }
    days = show(2026)
    assert {day["date"] for day in days} == listed
    assert [day["date"] for day in days] == sorted(day["date"] for day in days)
    assert {"date": "2026-03-18", "name": "Cuti Bersama Hari Suci Nyepi", "kind": "cuti_bersama",
            "decree": SKB_2026} in days  # fmt: skip
    assert show(2026, "--week", "6") == days
    text = run("calendar", "show", "2026").stdout
    assert f"Rab 18 Mar 2026  cuti bersama: Cuti Bersama Hari Suci Nyepi ({SKB_2026})\n" in text


def test_show_follows_the_calendar_file(empty_folder: Path) -> None:
    file = empty_folder / "libur.toml"
    entry = '[[day]]\ndate = {}\nname = "{}"\naction = "{}"\nkind = "lokal"\ndecree = "SK 1"\n'
    file.write_text(
        entry.format("2026-05-05", "Hari Jadi", "tambah")
        + entry.format("2026-03-18", "Nyepi", "batal")
        + entry.format("2026-05-06", "Hari Dinas", "tambah")
        + 'scope = "Dinas Contoh"\n'
    )
    days = {day["date"]: day for day in show(2026, HOLIDAYS_FILE=str(file))}
    assert days["2026-05-05"]["name"] == "Hari Jadi"
    assert "2026-03-18" not in days
    assert "2026-05-06" not in days  # one office's own day is not everyone's


def test_show_warns_beyond_the_confirmed_year() -> None:
    assert run("calendar", "show", "2027", "--json").stderr == ""
    beyond = run("calendar", "show", "2028", "--json")
    assert "belum ditetapkan (baru sampai 2027)" in beyond.stderr
    assert len(beyond.stdout.splitlines()) > 10


@pytest.mark.parametrize(("year", "code"), [("2014", 2), ("2015", 0), ("2045", 0), ("2046", 2)])
def test_show_knows_its_years(year: str, code: int) -> None:
    run("calendar", "show", year, "--json", code=code)


# --- check --------------------------------------------------------------------------------------

WRONG = """\
[[day]]
date = 2026-05-07
name = "Hari Jadi"
action = "tambah"
kind = "lokal"
[[day]]
date = 1999-01-01
name = "Dulu"
action = "hapus"
kind = "lokal"
decree = "SK 1"
"""


def test_check_names_every_mistake_with_its_line(empty_folder: Path) -> None:
    file = empty_folder / "libur.toml"
    file.write_text(WRONG)
    for words in (
        ("calendar", "check", "--json"),
        ("calendar", "show", "2026"),
        ("calendar", "due", "--start", "2026-05-04T10:00Z", "--limit", "1 hari"),
    ):
        result = run(*words, code=1, env={"HOLIDAYS_FILE": str(file)})
        lines = result.stderr.splitlines()
        places = [line.split(": ")[:3] for line in lines]
        assert places == [["ingat", str(file), f"baris {n}"] for n in (1, 7, 9)], words
        assert result.stdout == ""


def test_check_before_anything_is_installed(empty_folder: Path) -> None:
    result = run("calendar", "check", "--json")
    assert json.loads(result.stdout) == {
        "confirmed_until": 2027, "beyond": [], "beyond_count": 0, "moves": [],
    }  # fmt: skip
    assert list(empty_folder.iterdir()) == []
    file = empty_folder / "libur.toml"
    file.write_text("confirmed_until = 2028\n")
    assert "sampai tahun 2028" in run("calendar", "check", env={"HOLIDAYS_FILE": str(file)}).stdout


@pytest.mark.parametrize("what", ["missing", "folder", "binary"])
def test_a_calendar_that_cannot_be_read_is_one_line(empty_folder: Path, what: str) -> None:
    file = empty_folder / "libur.toml"
    if what == "folder":
        file.mkdir()
    elif what == "binary":
        file.write_bytes(bytes(range(256)))
    result = run("calendar", "check", code=1, env={"HOLIDAYS_FILE": str(file)})
    (line,) = result.stderr.splitlines()
    assert str(file) in line


# --- policy check -------------------------------------------------------------------------------


def test_a_good_policy_is_summed_up(empty_folder: Path) -> None:
    file = empty_folder / "kebijakan.toml"
    file.write_text(load_default_text(), encoding="utf-8")
    text = run("policy", "check", str(file)).stdout
    assert f"{file}: kebijakan Kabupaten Sampang dapat dipakai" in text
    assert "respon: disposisi sampai jawaban_substantif, batas 3 hari kerja, 7 langkah" in text
    assert (
        "  surat_1: 2 hari kerja tutup, kepada admin_opd; tembusan kepala_opd; surat pertama"
        in text.splitlines()
    )
    assert (
        "  ulang: 5 hari kerja 08:00, kepada asisten; mingguan sekda; diulang setiap 1 hari kerja"
        in text.splitlines()
    )
    assert "permintaan_informasi 5 hari kerja" in text
    document = json.loads(run("policy", "check", str(file), "--json").stdout)
    assert document == {"ok": True, "problems": []}


def test_every_mistake_of_a_policy_has_its_line(empty_folder: Path) -> None:
    text = load_default_text()
    lines = text.splitlines()
    wrong = {
        next(n for n, line in enumerate(lines) if line.startswith("tanda")): "tanda = 3",
        next(n for n, line in enumerate(lines) if line == 'message = "surat_1"'): 'message = "no"',
    }
    file = empty_folder / "kebijakan.toml"
    file.write_text("\n".join(wrong.get(n, line) for n, line in enumerate(lines)))
    result = run("policy", "check", str(file), "--json", code=1)
    document = json.loads(result.stdout)
    assert document["ok"] is False
    assert [problem["line"] for problem in document["problems"]] == [n + 1 for n in sorted(wrong)]
    assert result.stderr.splitlines() == [
        f"ingat: {file}: baris {problem['line']}: {problem['message']}"
        for problem in document["problems"]
    ]
    assert run("policy", "check", str(file), code=1).stdout == ""


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("missing", "berkas tidak ditemukan"),
        ("folder", "ini folder, bukan berkas"),
        ("binary", "bukan teks UTF-8"),
        ("empty", "baris 1: "),
    ],
)
def test_a_policy_that_cannot_be_read(empty_folder: Path, what: str, said: str) -> None:
    file = empty_folder / "kebijakan.toml"
    if what == "folder":
        file.mkdir()
    elif what == "binary":
        file.write_bytes(bytes(range(256)))
    elif what == "empty":
        file.touch()
    result = run("policy", "check", str(file), code=1)
    first = result.stderr.splitlines()[0]
    assert first.startswith(f"ingat: {file}: {said}")
    assert what == "empty" or len(result.stderr.splitlines()) == 1


def test_the_day_a_year_begins_is_a_day_off() -> None:
    assert show(2026)[0]["date"] == date(2026, 1, 1).isoformat()
