"""Logging in: what a session is worth and for how long, and what is refused without a word."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import Any

import pytest

from bot.compose import Installation
from bot.passwords import Passwords
from bot.web.console import login
from scheduler.store import users
from scheduler.store.logins import NAME_LIMIT
from scheduler.store.session import reading, writing
from scheduler.store.users import IDLE, LONGEST
from tests.accounts import CHEAP, PASSWORD, Watch, add
from tests.console import Console, logged_in

pytestmark = pytest.mark.usefixtures("watch")
WRONG = "Nama pengguna atau kata sandi salah."


# --- the password -----------------------------------------------------------------------------


def test_the_right_password_opens_a_session(opened: Installation) -> None:
    add(opened)
    console = Console(opened)
    answer = console.log_in(" CONTOH ")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert console.is_in()


@pytest.mark.parametrize(
    ("username", "password"),
    [("contoh", "salah sekali"), ("siapa", PASSWORD), ("contoh", f" {PASSWORD}")],
)
def test_what_was_wrong_is_not_told(opened: Installation, username: str, password: str) -> None:
    add(opened)
    console = Console(opened)
    answer = console.log_in(username, password)
    assert answer.status_code == 422
    assert WRONG in answer.text
    assert f'value="{username}"' in answer.text
    assert password not in answer.text.replace(username, "")
    assert not console.is_in()


def test_an_unknown_user_costs_as_much_as_a_known_one(
    opened: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(opened)
    looked: list[str] = []

    class Watched(Passwords):
        def matches(self, kept: str | None, password: str) -> bool:
            looked.append("kept" if kept else "nobody's")
            return super().matches(kept, password)

    console = Console(opened)
    monkeypatch.setattr(console.app.state.console.provider.login, "passwords", Watched(CHEAP))
    console.log_in("contoh", "salah")
    console.log_in("siapa", "salah")
    assert looked == ["kept", "nobody's"]


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"username": "contoh"},
        {"password": "x"},
        {"username": "x" * 300, "password": "x"},
        {"username": "x", "password": "x" * 300},
        {"username": ["a", ""], "password": "\x00"},
    ],
)
def test_a_form_that_is_none_is_refused_kindly(opened: Installation, form: dict[str, Any]) -> None:
    answer = Console(opened).post("/masuk", form)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


def test_a_broken_form_is_no_failure_of_ours(opened: Installation) -> None:
    console = Console(opened)
    for path in ("/masuk", "/masuk/kode"):
        answer = console.http.post(
            path, content=b"\xff", headers={"content-type": "multipart/form-data; boundary=x"}
        )
        assert answer.status_code == 400, path
        assert "tidak dapat dibaca" in answer.text
    assert console.get("/masuk?next=%FF").status_code == 200


def test_an_address_that_is_no_text_is_no_failure_of_ours(opened: Installation) -> None:
    app = Console(opened).app
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/masuk",
        "raw_path": b"/masuk",
        "root_path": "",
        "query_string": b"next=\xff",  # as no client of ours sends it
        "scheme": "http",
        "headers": [],
        "http_version": "1.1",
    }
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request"}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    assert sent[0]["status"] == 400


def test_a_hash_made_with_other_parameters_is_made_anew(opened: Installation) -> None:
    user_id = add(opened)
    console = Console(opened)
    console.app.state.console.provider.login.passwords = Passwords()
    console.log_in()
    with reading(opened.engine) as connection:
        kept = users.login_by_id(connection, user_id)
    assert kept is not None
    assert "m=65536" in kept.password_hash
    assert Passwords().matches(kept.password_hash, PASSWORD)
    assert Console(opened).log_in().status_code == 303


def test_a_password_changed_while_it_was_looked_at_opens_nothing(
    opened: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    user_id = add(opened)

    class Slow(Passwords):
        def matches(self, kept: str | None, password: str) -> bool:
            with writing(opened.engine) as connection:
                users.set_password(connection, user_id, CHEAP.hash("yang baru sekali"))
            return super().matches(kept, password)

    console = Console(opened)
    monkeypatch.setattr(console.app.state.console.provider.login, "passwords", Slow(CHEAP))
    assert WRONG in console.log_in().text
    assert not console.is_in()


# --- the session ------------------------------------------------------------------------------


def test_each_login_has_a_token_of_its_own(opened: Installation) -> None:
    """A token that somebody else put into the browser opens nothing afterwards."""
    add(opened)
    console = logged_in(opened)
    planted = console.session
    assert console.log_in().status_code == 303
    assert console.session not in (planted, None)
    other = Console(opened)
    assert planted is not None
    other.http.cookies.set("ingat_session", planted)
    assert not other.is_in()


def test_a_token_that_was_tampered_with_opens_nothing(opened: Installation) -> None:
    add(opened)
    token = logged_in(opened).session
    assert token is not None
    for bad in (token[:-1], f"{token}x", token.swapcase(), "", "\xff", "x" * 5000):
        other = Console(opened)
        answer = other.http.get("/akun", headers={b"cookie": b"ingat_session=" + bad.encode()})
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/masuk?next=%2Fakun")


@pytest.mark.parametrize(("early", "still"), [(1, True), (0, False), (-1, False)])
def test_a_session_nobody_used_is_over(
    opened: Installation, watch: Watch, early: int, still: bool
) -> None:
    add(opened)
    console = logged_in(opened)
    watch.forward(seconds=IDLE.total_seconds() - early)
    assert console.is_in() is still


@pytest.mark.parametrize(("early", "still"), [(1, True), (0, False), (-1, False)])
def test_a_session_that_is_used_ends_after_a_working_day(
    opened: Installation, watch: Watch, early: int, still: bool
) -> None:
    add(opened)
    console = logged_in(opened)
    steps = LONGEST // IDLE * 2
    for _ in range(steps - 1):
        watch.forward(seconds=LONGEST.total_seconds() / steps)
        assert console.is_in()
    watch.forward(seconds=LONGEST.total_seconds() / steps - early)
    assert console.is_in() is still


def test_who_is_disabled_is_out_at_once_and_stays_out(opened: Installation, watch: Watch) -> None:
    user_id = add(opened)
    console = logged_in(opened)
    with writing(opened.engine) as connection:
        users.set_disabled(connection, user_id, watch.at)
    assert not console.is_in()
    assert WRONG in console.log_in().text


def test_logging_out_ends_the_session_itself(opened: Installation) -> None:
    add(opened)
    console = logged_in(opened)
    token = console.session
    answer = console.post("/keluar")
    assert (answer.status_code, answer.headers["location"]) == (303, "/masuk")
    assert console.session is None
    assert token is not None
    console.http.cookies.set("ingat_session", token)
    assert not console.is_in()


def test_forms_need_their_token(opened: Installation) -> None:
    add(opened)
    console = Console(opened)
    form = {"username": "contoh", "password": PASSWORD}
    assert console.http.post("/masuk", data=form).status_code == 403
    assert console.http.post("/masuk", data={**form, "csrftoken": "x"}).status_code == 403
    inside = logged_in(opened)
    assert inside.http.post("/keluar").status_code == 403
    assert inside.is_in()


def test_a_script_is_told_that_the_session_is_over(opened: Installation) -> None:
    answer = Console(opened).get("/", headers={"accept": "application/json"})
    assert answer.status_code == 401
    assert "Silakan masuk lagi" in answer.json()["message"]


# --- where it leads ---------------------------------------------------------------------------


def test_the_login_leads_to_where_one_wanted_to_go(opened: Installation) -> None:
    add(opened)
    console = Console(opened)
    asked = console.get("/aduan?status=proses&q=a b").headers["location"]
    assert asked == "/masuk?next=%2Faduan%3Fstatus%3Dproses%26q%3Da%2520b"
    assert 'value="/aduan?status=proses&amp;q=a%20b"' in console.read(asked)
    answer = console.log_in(next="/aduan?status=proses&q=a%20b")
    assert answer.headers["location"] == "/aduan?status=proses&q=a%20b"


@pytest.mark.parametrize(
    "bad",
    [
        "https://jahat.example/",
        "//jahat.example",
        "/\\jahat.example",
        "/\t/jahat.example",
        "javascript:alert(1)",
        "jahat.example",
        "/masuk",
        "/masuk/kode",
        "/keluar",
    ],
)
def test_it_leads_nowhere_else(opened: Installation, bad: str) -> None:
    add(opened)
    console = Console(opened)
    assert console.log_in(next=bad).headers["location"] == "/"
    text = console.get("/masuk", params={"next": bad}).text
    assert 'name="next" value=""' in text


# --- the cookie -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("base", "public_url", "secure"),
    [
        ("http://127.0.0.1:8000", None, False),
        ("https://127.0.0.1:8000", None, True),
        ("http://ingat.example", "https://ingat.example/", True),  # a proxy that says nothing
        ("http://ingat.example", "http://ingat.example/", False),
        ("http://10.0.0.5:8000", "https://ingat.example/", False),  # by plain http in the house
    ],
)
def test_no_script_reads_the_cookie_and_https_alone_carries_it(
    opened: Installation, base: str, public_url: str | None, secure: bool
) -> None:
    add(opened)
    opened.settings = replace(opened.settings, public_url=public_url)
    answer = Console(opened, base=base).log_in()
    (sent,) = [c for c in answer.headers.get_list("set-cookie") if c.startswith("ingat_session")]
    parts = {part.strip().lower() for part in sent.split(";")[1:]}
    assert parts == {"httponly", "samesite=lax", "path=/"} | ({"secure"} if secure else set())
    https = base.startswith("https")
    assert ("strict-transport-security" in answer.headers) is https


# --- what is written down ---------------------------------------------------------------------


def test_the_log_names_no_name_and_no_address(
    opened: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    user_id = add(opened)
    console = Console(opened)
    console.fail(1)
    console.log_in()
    console.fail(NAME_LIMIT + 1)
    ours = [r.getMessage() for r in caplog.records if r.name == login.__name__]
    assert ours == ["login_failed", f"login user={user_id}"] + ["login_failed"] * 5 + [
        "login_refused"
    ]
    everything = " ".join(r.getMessage() for r in caplog.records)
    assert "contoh" not in everything
    assert "192.0.2.1" not in everything


def test_the_database_holds_neither_names_nor_addresses_of_failures(opened: Installation) -> None:
    Console(opened).fail(2, "siapakah")
    with reading(opened.engine) as connection:
        rows = connection.exec_driver_sql("SELECT who FROM login_failures").all()
    assert len(rows) == 4
    assert len({bytes(row[0]) for row in rows}) == 2
    assert not any(b"siapakah" in bytes(row[0]) or b"192" in bytes(row[0]) for row in rows)
