"""The training page: who may use it, what it shows, and that its clock climbs as in earnest."""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from bot.compose import Installation
from bot.logs import _without_query
from bot.training import CITIZENS, Leap, Room, goal_of
from bot.web.app import create_app
from bot.web.simulator_view import hints
from scheduler import clock
from tests.training import MONDAY, received, set_clock, training_room

HERE = "http://127.0.0.1:8000"
OWN = {"Origin": HERE, "X-Ingat-Simulator": "1"}
PATHS = ("", "/page.css", "/page.js", "/state")
POSTS = ("say", "clock", "verify", "dispose", "example")
TIMEOUT_S = 60.0


class Page:
    """A browser's page, without the browser."""

    def __init__(self, opened: Installation) -> None:
        self.opened = opened
        self.http = near(opened)

    def post(self, name: str, **said: Any) -> int:
        return self.http.post(f"/simulator/{name}", json=said, headers=OWN).status_code

    def does(self, name: str, **said: Any) -> None:
        own = OWN | {"Content-Type": "application/json"}
        body = json.dumps(said)  # as pure ASCII it may hold half a character
        answer = self.http.post(f"/simulator/{name}", content=body, headers=own)
        assert (answer.status_code, answer.json()) == (200, {})

    def refuses(self, name: str, **said: Any) -> str:
        answer = self.http.post(f"/simulator/{name}", json=said, headers=OWN)
        assert answer.status_code == 409, answer.text
        message: str = answer.json()["message"]
        return message

    def state(self, unit: int | None = None) -> dict[str, Any]:
        answer = self.http.get("/simulator/state", params={} if unit is None else {"unit": unit})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def unit(self, name: str) -> int:
        return next(int(unit["id"]) for unit in self.state()["units"] if unit["name"] == name)

    def phone(self, role: str) -> dict[str, Any]:
        found: dict[str, Any] = next(p for p in self.state()["phones"] if p["role"] == role)
        return found

    def heard(self, role: str) -> list[tuple[str, str]]:
        """When and how each message that a phone received begins."""
        return [(m["at"], m["text"]) for m in self.phone(role)["messages"] if m["way"] == "in"]

    def moved(self, leap: str) -> str:
        """Move the clock, wait until it stands, return what it shows."""
        self.does("clock", leap=leap)
        end = time.monotonic() + TIMEOUT_S
        while (shown := self.state()["clock"])["moving"] is not None:
            assert time.monotonic() < end
            time.sleep(0.02)
        assert not shown["failed"]
        now: str = shown["now"]
        return now


def near(opened: Installation, client: str = "127.0.0.1", base: str = HERE) -> TestClient:
    return TestClient(create_app(opened), base_url=base, client=(client, 50000))


@pytest.fixture
def opened(sqlite_url: str) -> Iterator[Installation]:
    with training_room(sqlite_url) as opened:
        yield opened


@pytest.fixture
def page(opened: Installation) -> Page:
    """The page of a room with the fictional kabupaten in it."""
    page = Page(opened)
    page.does("example")
    return page


# --- who may use it ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("client", "base"),
    [
        ("127.0.0.1", HERE),
        ("127.0.0.1", "http://localhost:8000"),
        ("127.3.2.1", "http://127.0.0.1"),
        ("::1", "http://[::1]:8000"),
        ("::ffff:127.0.0.1", HERE),
    ],
)
def test_the_machine_itself_gets_it(opened: Installation, client: str, base: str) -> None:
    assert [near(opened, client, base).get(f"/simulator{p}").status_code for p in PATHS] == [
        200
    ] * len(PATHS)


@pytest.mark.parametrize(
    ("client", "base", "headers"),
    [
        ("192.168.1.7", "http://192.168.1.5:8000", {}),
        ("192.168.1.7", HERE, {}),
        ("203.0.113.9", "http://203.0.113.5", {}),
        ("testclient", HERE, {}),
        # A name that its owner points at this machine: DNS rebinding.
        ("127.0.0.1", "http://latihan.example:8000", {}),
        ("127.0.0.1", "http://127.0.0.1.example:8000", {}),
        ("127.0.0.1", "http://localhost.example", {}),
        ("127.0.0.1", "http://192.168.1.5:8000", {}),
        ("127.0.0.1", HERE, {"X-Forwarded-For": "203.0.113.9"}),
        ("127.0.0.1", HERE, {"Forwarded": "for=203.0.113.9"}),
        ("127.0.0.1", HERE, {"X-Real-IP": "127.0.0.1"}),
        ("127.0.0.1", HERE, {"Via": "1.1 proxy"}),
        ("127.0.0.1", HERE, {"Host": ""}),
        ("127.0.0.1", HERE, {"Host": "[::1"}),
    ],
)
def test_everybody_else_finds_nothing_there(
    opened: Installation, client: str, base: str, headers: dict[str, str]
) -> None:
    http = near(opened, client, base)
    nothing = http.get("/not-there", headers=headers)
    for path in PATHS:
        answer = http.get(f"/simulator{path}", headers=headers)
        assert (answer.status_code, answer.content) == (404, nothing.content)
    for name in POSTS:
        own = headers | {"Origin": base, "X-Ingat-Simulator": "1"}
        assert http.post(f"/simulator/{name}", json={}, headers=own).status_code == 404


@pytest.mark.parametrize(
    "settings",
    [
        {"gateway": "manual"},
        {"public_url": "https://ingat.example"},
        {"public_url": "https://ingat.example", "simulator_open": True},
    ],
)
def test_there_is_none_where_people_are_reached(sqlite_url: str, settings: dict[str, Any]) -> None:
    with training_room(sqlite_url, **settings) as opened:
        http = near(opened)
        assert {http.get(f"/simulator{path}").status_code for path in PATHS} == {404}
        assert {http.post(f"/simulator/{n}", json={}, headers=OWN).status_code for n in POSTS} == {
            404
        }


@pytest.mark.parametrize(
    ("client", "base", "code"),
    [
        ("127.0.0.1", HERE, 200),
        ("192.168.1.7", "http://192.168.1.5:8000", 200),
        ("fd00::7", "http://[fd00::5]:8000", 200),
        ("192.168.1.7", "http://latihan.example:8000", 404),
        ("8.8.8.8", "http://192.168.1.5:8000", 404),
        ("192.168.1.7", "http://8.8.8.8", 404),
    ],
)
def test_an_open_room_lets_the_local_network_in_by_its_address_only(
    sqlite_url: str, client: str, base: str, code: int
) -> None:
    with training_room(sqlite_url, simulator_open=True) as opened:
        assert near(opened, client, base).get("/simulator").status_code == code


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": HERE},
        {"X-Ingat-Simulator": "1"},
        OWN | {"Origin": "https://evil.example"},
        OWN | {"Origin": "null"},
        OWN | {"Origin": "http://127.0.0.1:8001"},
        OWN | {"Origin": "http://localhost:8000"},
        OWN | {"Origin": "https://127.0.0.1:8000"},
        OWN | {"Content-Type": "text/plain"},
        OWN | {"Content-Type": "application/x-www-form-urlencoded"},
    ],
)
def test_what_another_page_makes_a_browser_post_does_nothing(
    opened: Installation, headers: dict[str, str]
) -> None:
    http = near(opened)
    for name in POSTS:
        answer = http.post(
            f"/simulator/{name}",
            content=b"{}",
            headers={"Content-Type": "application/json"} | headers,
        )
        assert answer.status_code == 403
    assert Page(opened).state()["empty"] is True


def test_it_keeps_to_itself_and_leaves_nothing_behind(opened: Installation) -> None:
    http = near(opened)
    for path in PATHS:
        headers = http.get(f"/simulator{path}").headers
        assert headers["cache-control"] == "no-store"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-frame-options"] == "DENY"
    page = http.get("/simulator").text
    assert set(re.findall(r'(?:src|href)="([^"#][^"]*)"', page)) == {
        "data:,",
        "/simulator/page.css",
        "/simulator/page.js",
    }
    assert not re.search(r"<style|<script(?![^>]* src=)|\sstyle=|\son[a-z]+=", page)
    script = http.get("/simulator/page.js").text
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", script)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'"x"', b"\xff", b"[" * 9000, b'{"text": "' + b"x" * 40_000 + b'"}']
)
def test_what_the_page_never_sends_is_refused(opened: Installation, body: bytes) -> None:
    http = near(opened)
    for name in POSTS:
        answer = http.post(
            f"/simulator/{name}", content=body, headers=OWN | {"Content-Type": "application/json"}
        )
        assert answer.status_code in (400, 413)


# --- what it shows ----------------------------------------------------------------------------


def test_an_empty_room_offers_the_fictional_kabupaten_once(opened: Installation) -> None:
    page = Page(opened)
    empty = page.state()
    assert (empty["empty"], empty["phones"], empty["units"]) == (True, [], [])
    page.does("example")
    full = page.state()
    assert full["empty"] is False
    assert [phone["role"] for phone in full["phones"]] == [
        "Warga A",
        "Warga B",
        "Kominfo",
        "Admin",
        "Penghubung",
        "Kepala",
        "Asisten",
        "Sekda",
    ]
    assert page.refuses("example") == "Direktori sudah terisi."


def test_the_phones_are_those_around_the_chosen_opd(page: Page) -> None:
    titles = [phone["title"] for phone in page.state(page.unit("Dinkes"))["phones"]]
    assert titles[3:6] == ["Admin Dinkes", "Sekretaris Dinkes", "Kepala Dinas Kesehatan"]
    assert titles[6].startswith("Asisten I (")
    # One phone stands for the admin and the sekretaris of this kecamatan: it lies there once.
    shared = page.state(page.unit("Kec. Ct. Utara"))["phones"]
    assert [phone["role"] for phone in shared][3:5] == ["Admin / Penghubung", "Kepala"]


def test_no_number_and_no_name_of_a_person_leaves_the_process(page: Page) -> None:
    page.does("say", phone="warga-2", text="Jalan Mawar berlubang", place=False)
    text = page.http.get("/simulator/state").text
    assert "Jalan Mawar berlubang" in text
    assert not re.search(r"\+62 ?8\d\d|\b628\d{7}|\b08\d{8}|S\.Sos|Indra Misalnya", text)
    assert all(number not in text for *_, number in CITIZENS)


def test_kominfo_verifies_and_disposes_and_the_opd_rings(page: Page) -> None:
    number = received(page.opened)
    (one,) = page.state()["complaints"]
    assert one == {
        "number": number,
        "title": "Jalan berlubang di depan Pasar Contoh",
        "status": "belum terverifikasi",
        "unit": None,
        "verify": True,
        "dispose": True,
    }
    page.does("verify", number=number)
    assert page.refuses("verify", number=number).startswith("Tidak dapat diverifikasi")
    page.does("dispose", number=number, unit=page.unit("DPUPR"))
    (one,) = page.state()["complaints"]
    assert (one["status"], one["unit"], one["verify"]) == ("belum ditindaklanjuti", "DPUPR", False)
    for role in ("Admin", "Penghubung"):
        ((at, text),) = page.heard(role)
        assert at == "Sen 4 Mei 09.00"
        assert number in text
    assert page.phone("Admin")["replies"] == [f"TERIMA {number}", "DAFTAR"]
    assert page.heard("Sekda") == []


def test_what_kominfo_cannot_do_is_refused_in_words(page: Page) -> None:
    number = received(page.opened)
    assert page.refuses("verify", number="SPG-0000-0000") == "Aduan SPG-0000-0000 tidak ditemukan"
    assert page.refuses("dispose", number=number, unit=99_999) == "Pilih perangkat daerah tujuan."
    home = next(b for b in page.opened.world(MONDAY).directory.bodies.values() if b.id == 2)
    assert "bukan perangkat daerah" in page.refuses("dispose", number=number, unit=home.id)
    assert page.post("dispose", number=number, unit="3") == 400
    assert page.post("verify") == 400
    assert page.state()["complaints"][0]["status"] == "belum terverifikasi"


def test_what_a_phone_sent_stands_on_it(page: Page) -> None:
    page.does("say", phone="warga-1", text=" Lampu jalan mati\nsejak Senin ", place=True)
    (line,) = [m for m in page.phone("Warga A")["messages"] if m["way"] == "out"]
    assert line["text"] == "Lampu jalan mati\nsejak Senin"
    assert (line["place"], line["failed"]) == ("Pasar Contoh", False)
    assert [m for m in page.phone("Warga B")["messages"] if m["way"] == "out"] == []


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "'; DROP TABLE complaints; --",
        "\x00\x01\u202e\ufeff",
        "\ud800",
        "🙏" * 1600,
        "STOP pungli",
        "{nomor} ${x} %s",
    ],
)
def test_a_phone_may_send_anything(page: Page, text: str) -> None:
    page.does("say", phone="warga-2", text=text)
    (line,) = [m for m in page.phone("Warga B")["messages"] if m["way"] == "out"]
    assert line["failed"] is False


def test_what_no_phone_can_send_is_refused_in_words(page: Page) -> None:
    assert page.refuses("say", phone="warga-1", text="  ") == "Tulis pesan dahulu."
    assert page.refuses("say", phone="warga-1", text="x" * 1601).startswith("Pesan paling panjang")
    for key in ("warga-3", "post-99999", "post-", "post-²", "", "+6281100000009"):
        assert page.refuses("say", phone=key, text="x") == "Telepon itu tidak ada di meja ini."
    assert page.post("say", phone=1, text="x") == 400


def test_that_everything_is_stopped_is_said(page: Page) -> None:
    state = page.state()
    assert (state["stopped"], state["shadow"]) == (False, False)
    page.opened.set_stopped(page.opened.now(), stopped=True)
    assert page.state()["stopped"] is True


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Balas TERIMA SPG-2605-0001. -Kominfo", ["TERIMA SPG-2605-0001"]),
        ("Balas JAWAB 9000001 isi jawaban.", ["JAWAB 9000001 "]),
        ("Nilai: balas NILAI 1 (buruk) s.d. 5. Belum? Balas BELUM.", ["NILAI ", "BELUM "]),
        ("Mohon dijawab di SP4N-LAPOR! s.d. Kam 26 Nov 16.00.", []),
        ("Rincian: balas DAFTAR. Balas DAFTAR.", ["DAFTAR"]),
        ("Terima: balas SETUJU 9000001, atau TOLAK.", ["SETUJU 9000001", "TOLAK "]),
        ("Rincian: balas KENAPA lalu nomor.", ["KENAPA "]),
        ("", []),
    ],
)
def test_what_a_message_asks_to_reply_with(text: str, found: list[str]) -> None:
    assert hints(text) == found


def test_what_an_open_page_asks_every_second_is_not_logged() -> None:
    def kept(path: str) -> bool:
        args = ("127.0.0.1:1", "GET", path, "1.1", 200)
        return _without_query(logging.LogRecord("uvicorn.access", 20, "", 1, "%s", args, None))

    assert not kept("/simulator/state?unit=3")
    assert kept("/simulator/say")
    assert kept("/simulator")


# --- the clock --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "leap", "goal"),
    [
        ("2026-05-04T09:00", "jam-1", "2026-05-04T10:00"),
        ("2026-05-04T22:30", "jam-4", "2026-05-05T02:30"),
        ("2026-05-04T07:59", "pagi", "2026-05-04T08:00"),
        ("2026-05-04T08:00", "pagi", "2026-05-05T08:00"),
        ("2026-05-08T16:30", "sore", "2026-05-11T16:00"),
        ("2026-05-09T07:00", "pagi", "2026-05-11T08:00"),
        ("2026-05-08T09:15", "hari-1", "2026-05-11T09:15"),
        ("2026-05-10T09:15", "hari-1", "2026-05-11T09:15"),
        # Kenaikan Yesus Kristus on Thursday 14 May with cuti bersama on Friday.
        ("2026-05-13T10:00", "hari-1", "2026-05-18T10:00"),
        ("2026-05-11T10:00", "hari-5", "2026-05-20T10:00"),
    ],
)
def test_where_a_leap_ends(opened: Installation, now: str, leap: Leap, goal: str) -> None:
    zone = opened.settings.timezone

    def at(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)

    assert goal_of(leap, at(now), opened.world(MONDAY)) == at(goal)


def test_a_working_day_passes_with_every_reminder_of_it(database_url: str) -> None:
    with training_room(database_url) as opened:
        page = Page(opened)
        page.does("example")
        page.does("dispose", number=received(opened), unit=page.unit("DPUPR"))
        assert page.moved("hari-1") == "Sel 5 Mei 2026 09.00"
        assert [at for at, _ in page.heard("Admin")] == ["Sen 4 Mei 09.00", "Sel 5 Mei 08.00"]


def test_a_ladder_climbs_as_it_would_in_earnest(page: Page) -> None:
    page.does("dispose", number=received(page.opened), unit=page.unit("DPUPR"))
    assert page.moved("hari-1") == "Sel 5 Mei 2026 09.00"
    assert page.moved("hari-5") == "Sel 12 Mei 2026 09.00"
    times = {
        role: [at for at, _ in page.heard(role)] for role in ("Admin", "Kepala", "Asisten", "Sekda")
    }
    assert times == {
        "Admin": [
            "Sen 4 Mei 09.00",
            "Sel 5 Mei 08.00",
            "Rab 6 Mei 16.00",
            "Kam 7 Mei 08.00",
            "Kam 7 Mei 16.00",
        ],
        "Kepala": ["Rab 6 Mei 16.00", "Kam 7 Mei 08.00", "Kam 7 Mei 16.00"],
        "Asisten": ["Jum 8 Mei 08.00", "Sen 11 Mei 08.00", "Sel 12 Mei 08.00"],
        "Sekda": ["Jum 8 Mei 08.00", "Sen 11 Mei 08.00"],
    }


def test_the_clock_stops_wherever_something_is_due(page: Page) -> None:
    set_clock(page.opened, MONDAY + timedelta(hours=12))  # 21.00: phones are left alone
    page.does("dispose", number=received(page.opened), unit=page.unit("DPUPR"))
    assert page.heard("Admin") == []
    assert page.state()["clock"]["quiet"] is True
    page.moved("pagi")
    assert page.state()["clock"]["quiet"] is False
    assert [at for at, _ in page.heard("Admin")] == ["Sel 5 Mei 06.30", "Sel 5 Mei 08.00"]


def test_one_move_at_a_time_and_never_back(page: Page) -> None:
    page.does("clock", leap="hari-5")
    assert page.refuses("clock", leap="jam-1").startswith("Jam masih bergerak")
    seen = [page.opened.now()]
    end = time.monotonic() + TIMEOUT_S
    while page.state()["clock"]["moving"] is not None:
        assert time.monotonic() < end
        seen.append(page.opened.now())
    assert seen == sorted(seen)
    assert page.opened.now() - MONDAY >= timedelta(days=7)
    for leap in ("jam-9", "", None, 5, "hari--1"):
        assert page.post("clock", leap=leap) == 400


def test_people_may_write_while_the_clock_moves(page: Page) -> None:
    page.does("clock", leap="hari-5")
    for number in range(3):
        page.does("say", phone="warga-2", text=f"Sampah menumpuk di gang {number}")
    lines = [m for m in page.phone("Warga B")["messages"] if m["way"] == "out"]
    assert [m["text"][-1] for m in lines] == ["0", "1", "2"]
    end = time.monotonic() + TIMEOUT_S
    while page.state()["clock"]["moving"] is not None:
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_move_that_fails_says_so_and_can_be_begun_again(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    tick, count = page.opened.tick, iter(range(100))

    def fails(at: datetime) -> Any:
        if next(count) == 2:
            raise RuntimeError(at)
        return tick(at)

    room = Room(page.opened)
    monkeypatch.setattr(page.opened, "tick", fails)
    room.start("hari-1")
    end = time.monotonic() + TIMEOUT_S
    while room.move is None or not room.move.done:
        assert time.monotonic() < end
        time.sleep(0.01)
    assert room.move.failed
    stands = page.opened.now()
    assert MONDAY < stands < MONDAY + timedelta(days=1)
    monkeypatch.undo()
    assert room.start("jam-1").start >= stands


def test_the_rooms_clock_counts_only_where_phones_are_simulated(sqlite_url: str) -> None:
    with training_room(sqlite_url) as opened:
        set_clock(opened, MONDAY)
        assert abs(opened.now() - MONDAY) < timedelta(seconds=TIMEOUT_S)
    with training_room(sqlite_url, gateway="manual") as opened:
        set_clock(opened, MONDAY)
        assert abs(opened.now() - clock.now()) < timedelta(seconds=TIMEOUT_S)
