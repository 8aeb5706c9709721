"""The training page: who may use it, and what it keeps to itself."""

from __future__ import annotations

import re
from typing import Any

import pytest

from bot.compose import Installation
from tests.training import training_room
from tests.web.simulator import HERE, OWN, PATHS, POSTS, Page, near


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
