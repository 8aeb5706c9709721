"""`ingat links`, `sent`, `contact` and `consent` as a person and other programs use them."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from textwrap import indent
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests import program

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "config" / "directory.example.csv"
NOW = ("--at", "2026-05-04T10:00+07:00")
ADMIN = "Admin DPUPR, Dinas Pekerjaan Umum dan Penataan Ruang"
TELEPHONE = re.compile(r"\+62\s?8|\b628\d{7}|\b08\d{8}")

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def ingat(tmp_path: Path, sqlite_url: str) -> Run:
    """The real program sending by hand, with the example directory."""

    def run(*args: str, **settings: str) -> subprocess.CompletedProcess[str]:
        given = {"DATABASE_URL": sqlite_url, "GATEWAY": "manual"}
        return program.run(args, tmp_path, given | settings)

    assert run("directory", "import", str(EXAMPLE), *NOW).returncode == 0
    return run


@pytest.fixture
def disposed(ingat: Run) -> Run:
    """The same with one complaint of an OPD whose two officers wait to be told of it."""
    number = ingat("receive", "--title", "Lampu", "--text", "Lampu", *NOW).stdout.strip()
    assert ingat("dispose", number, "DPUPR", *NOW).returncode == 0
    done = ingat("tick", "--json", *NOW)
    assert json.loads(done.stdout)["sent"] == 0
    return ingat


def lines(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_links_are_for_people_and_json_carries_no_number(disposed: Run) -> None:
    told = disposed("links", *NOW)
    assert (told.returncode, told.stderr) == (0, "")
    links = re.findall(r"https://wa\.me/\S+", told.stdout)
    assert [urlsplit(link).path for link in links] == ["/6281100000009", "/6281100000010"]
    done = disposed("links", "--json", *NOW)
    documents = lines(done)
    assert [sorted(one) for one in documents] == [
        ["message_id", "posts", "since", "steps", "text"],
        ["message_id", "posts", "since", "steps", "text"],
    ]
    assert documents[0]["posts"] == [ADMIN]
    assert (documents[0]["steps"], documents[0]["since"]) == (
        ["terima"],
        "2026-05-04T10:00:00+07:00",
    )
    assert [parse_qs(urlsplit(link).query)["text"] for link in links] == [
        [one["text"]] for one in documents
    ]
    assert not TELEPHONE.search(done.stdout)
    assert indent(documents[0]["text"], "  ") in told.stdout
    assert all(line.startswith(("1  ", "2  ", "  ")) for line in told.stdout.splitlines())


def test_sent_messages_are_ticked_off_and_the_others_go_on(disposed: Run) -> None:
    first, second = (one["message_id"] for one in lines(disposed("links", "--json", *NOW)))
    done = disposed("sent", str(first), "4711", str(first), *NOW)
    assert (done.returncode, done.stdout) == (1, f"message {first}: sent\n")
    assert done.stderr == "ingat: message 4711: there is none with this number\n"
    again = disposed("sent", str(first), str(second), "--json", *NOW)
    assert again.returncode == 1
    assert again.stderr == f"ingat: message {first}: it was sent already\n"
    assert lines(again) == [
        {"message_id": first, "sent": False},
        {"message_id": second, "sent": True},
    ]
    assert disposed("links", *NOW).stdout == ""
    attempts = [row["attempts"] for row in lines(disposed("outbox", "--json"))]
    assert attempts == [
        [
            {
                "channel": "whatsapp",
                "sid": f"manual-{message_id}",
                "status": "accepted",
                "error": None,
            }
        ]
        for message_id in (first, second)
    ]


def test_another_gateway_has_no_links(disposed: Run) -> None:
    done = disposed("links", *NOW, GATEWAY="simulator")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "ingat: GATEWAY=simulator sends by itself; links are for GATEWAY=manual\n"
    )


def test_nothing_is_shown_while_nothing_may_be_sent(disposed: Run) -> None:
    done = disposed("links", *NOW, SHADOW="1")
    assert (done.returncode, done.stdout) == (0, "")
    assert "SHADOW" in done.stderr
    assert disposed("stop-all", *NOW).returncode == 0
    done = disposed("links", *NOW)
    assert (done.returncode, done.stdout) == (0, "")
    assert "resume-all" in done.stderr


def test_contact_asks_once(ingat: Run) -> None:
    done = ingat("contact", "--post", ADMIN, "--json", *NOW)
    assert (done.returncode, json.loads(done.stdout)) == (0, {"asked": 1, "already": 0})
    everybody = json.loads(ingat("contact", "--json", *NOW).stdout)
    assert everybody["already"] == 1
    assert ingat("contact", *NOW).stdout == f"asked 0, already asked {everybody['asked'] + 1}\n"
    assert ingat("tick", *NOW).returncode == 0
    shown = lines(ingat("links", "--json", *NOW))
    assert {tuple(one["steps"]) for one in shown} == {("perkenalan",)}
    # One message a person, who may hold several posts.
    assert sum(len(one["posts"]) for one in shown) == everybody["asked"] + 1 > len(shown)


def test_consent_is_recorded_and_a_near_miss_is_told(ingat: Run) -> None:
    done = ingat("consent", ADMIN, "menolak", *NOW)
    assert (done.returncode, done.stdout) == (0, f"{ADMIN}: menolak\n")
    wrong = ingat("contact", "--post", ADMIN, *NOW)
    assert wrong.returncode == 1
    assert wrong.stderr == f"ingat: {ADMIN} has no holder who could be told\n"
    agreed = ingat("consent", ADMIN, "setuju", "--holder", "definitif", "--json", *NOW)
    assert json.loads(agreed.stdout) == {"post": ADMIN, "answer": "setuju"}
    near = ingat("consent", "Admin DPUPR, Dinas PU", "setuju", *NOW)
    assert near.returncode == 1
    assert len(near.stderr.splitlines()) == 1
    assert f'did you mean "{ADMIN}"' in near.stderr


@pytest.mark.parametrize(
    ("args", "names"),
    [
        (("sent",), "MESSAGE_ID"),
        (("sent", "satu"), "MESSAGE_ID"),
        (("links", "--at", "kemarin"), "kemarin"),
        (("consent", ADMIN, "mungkin"), "mungkin"),
        (("consent", ADMIN, "setuju", "--holder", "cuti"), "cuti"),
    ],
)
def test_wrong_usage_is_one_line(ingat: Run, args: tuple[str, ...], names: str) -> None:
    done = ingat(*args)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert names in done.stderr


def test_doctor_points_to_the_links(disposed: Run) -> None:
    verdicts = {one["check"]: one for one in lines(disposed("doctor", "--json"))}
    for check in ("gateway", "outbox"):
        assert verdicts[check]["result"] == "ok"
        assert verdicts[check]["detail"].endswith("ingat links")
    assert "credentials" not in verdicts


def test_a_capacity_nobody_has_is_named(ingat: Run) -> None:
    said = ingat("consent", ADMIN, "setuju", "--holder", "plt", *NOW)
    assert said.returncode == 1
    assert said.stderr == f"ingat: {ADMIN} has no plt holder with a telephone\n"
