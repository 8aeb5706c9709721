"""What stands before guessing: a limit to failed tries, and codes that are taken once."""

from __future__ import annotations

from typing import Any

import pytest

from bot.compose import Installation
from bot.web.console import totp
from scheduler.store.logins import ADDRESS_LIMIT, NAME_LIMIT, WINDOW
from scheduler.store.users import PENDING
from tests.accounts import SECRET, Watch, add, code
from tests.console import Console

pytestmark = pytest.mark.usefixtures("watch")
TOO_MANY = "Terlalu banyak percobaan yang gagal. Silakan coba lagi dalam {} menit."


# --- too many tries ---------------------------------------------------------------------------


def test_after_five_failures_of_a_name_the_right_password_waits_too(
    opened: Installation, watch: Watch
) -> None:
    add(opened)
    console = Console(opened)
    assert console.fail(NAME_LIMIT).status_code == 422
    refused = console.log_in()
    assert refused.status_code == 429
    assert TOO_MANY.format(15) in refused.text
    assert refused.headers["retry-after"] == "901"
    assert Console(opened, host="198.51.100.7").log_in("CONTOH").status_code == 429
    watch.forward(seconds=WINDOW.total_seconds() - 1)
    assert TOO_MANY.format(1) in console.log_in().text
    watch.forward(seconds=1)
    assert console.log_in().status_code == 303


def test_four_failures_keep_nobody_out_and_a_success_forgets_them(opened: Installation) -> None:
    add(opened)
    console = Console(opened)
    for _ in range(3):
        console.fail(NAME_LIMIT - 1)
        assert console.log_in().status_code == 303


def test_the_wait_does_not_grow_with_tries_that_were_refused(
    opened: Installation, watch: Watch
) -> None:
    add(opened)
    console = Console(opened)
    console.fail(NAME_LIMIT)
    watch.forward(minutes=14)
    assert console.fail(3).status_code == 429
    watch.forward(minutes=1)
    assert console.log_in().status_code == 303


def test_an_address_may_fail_thirty_times_whatever_the_name(opened: Installation) -> None:
    add(opened)
    console, elsewhere = (
        Console(opened, host="2001:db8::1"),
        Console(opened, host="2001:db8:0:1::1"),
    )
    for number in range(ADDRESS_LIMIT - 1):
        assert console.fail(1, f"siapa{number}").status_code == 422
    # One's own account does not buy more: it forgets the failures of its name alone.
    assert console.log_in().status_code == 303
    assert console.fail(1, "lagi").status_code == 422
    assert console.log_in().status_code == 429
    neighbour = Console(opened, host="2001:db8::ffff")
    assert neighbour.log_in().status_code == 429, "of one network"
    assert elsewhere.log_in().status_code == 303


# --- the second factor ------------------------------------------------------------------------


@pytest.fixture
def waiting(opened: Installation) -> Console:
    """Who gave the right password and is asked for the code."""
    add(opened, secret=SECRET)
    console = Console(opened)
    answer = console.log_in(next="/aduan?q=x")
    assert answer.headers["location"] == "/masuk/kode?next=%2Faduan%3Fq%3Dx"
    return console


def give(console: Console, kode: str, **more: str) -> Any:
    return console.post("/masuk/kode", {"kode": kode, **more})


def test_the_password_alone_opens_nothing(waiting: Console, watch: Watch) -> None:
    assert not waiting.is_in()
    assert 'value="/aduan?q=x"' in waiting.read("/masuk/kode?next=%2Faduan%3Fq%3Dx")
    half = waiting.session
    shown = code(watch.at)
    answer = give(waiting, f"{shown[:3]} {shown[3:]}", next="/aduan?q=x")
    assert (answer.status_code, answer.headers["location"]) == (303, "/aduan?q=x")
    assert waiting.is_in()
    assert waiting.session != half
    assert half is not None
    watch.forward(seconds=30)
    waiting.http.cookies.clear()
    waiting.http.cookies.set("ingat_session", half)
    again = give(waiting, code(watch.at))
    assert again.headers["location"] == "/masuk", "each question is answered once"


@pytest.mark.parametrize(
    ("off", "right"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)]
)
def test_a_phone_may_be_half_a_minute_wrong(
    waiting: Console, watch: Watch, off: int, right: bool
) -> None:
    shown = code(watch.at)
    watch.forward(seconds=-off)
    assert (give(waiting, shown).status_code == 303) is right


def test_a_code_is_taken_once(waiting: Console, opened: Installation, watch: Watch) -> None:
    assert give(waiting, code(watch.at)).status_code == 303
    other = Console(opened)
    other.log_in()
    before = watch.at
    watch.forward(seconds=30)
    assert "sudah pernah dipakai" in give(other, code(before)).text
    assert give(other, code(watch.at)).status_code == 303
    third = Console(opened)
    third.log_in()
    assert give(third, code(before)).status_code == 422, "an earlier one neither"


def test_no_step_up_to_the_one_taken_counts(watch: Watch) -> None:
    shown = code(watch.at)
    here = totp.step_of(SECRET, shown, watch.at, None)
    assert here is not None
    for taken, found in ((here - 1, here), (here, None), (here + 1, None)):
        assert totp.step_of(SECRET, shown, watch.at, taken) == found


@pytest.mark.parametrize("bad", ["", "12345", "1234567", "١٢٣٤٥٦", "abcdef", "-12345"])
def test_what_is_no_code_is_not_taken(waiting: Console, bad: str) -> None:
    for _ in range(NAME_LIMIT + 1):
        assert give(waiting, bad).status_code == 422, "and is no try either"


def test_wrong_codes_count_and_the_password_does_not_forget_them(
    waiting: Console, watch: Watch
) -> None:
    right = code(watch.at)
    wrong = "000000" if right != "000000" else "111111"
    for _ in range(NAME_LIMIT):
        waiting.log_in()
        assert give(waiting, wrong).status_code == 422
    refused = give(waiting, right)
    assert refused.status_code == 429
    assert TOO_MANY.format(15) in refused.text
    assert waiting.log_in().status_code == 429


def test_the_code_is_waited_for_ten_minutes(waiting: Console, watch: Watch) -> None:
    watch.forward(seconds=PENDING.total_seconds() - 1)
    assert waiting.get("/masuk/kode").status_code == 200
    watch.forward(seconds=1)
    for answer in (waiting.get("/masuk/kode"), give(waiting, code(watch.at))):
        assert (answer.status_code, answer.headers["location"]) == (303, "/masuk")


def test_another_address_leads_to_the_code_while_it_is_waited_for(
    waiting: Console, watch: Watch
) -> None:
    """Nothing has ended: the browser was closed, say, or the app for codes opened in its place."""
    assert waiting.get("/pesan?q=x").headers["location"] == "/masuk/kode?next=%2Fpesan%3Fq%3Dx"
    assert "Sesi Anda sudah berakhir." not in waiting.read("/masuk/kode?next=%2Fpesan")
    watch.forward(seconds=PENDING.total_seconds())
    assert waiting.get("/pesan").headers["location"] == "/masuk?next=%2Fpesan&berakhir=1"


def test_nobody_is_asked_for_a_code_without_a_password(opened: Installation) -> None:
    add(opened, secret=SECRET)
    assert Console(opened).get("/masuk/kode?next=%2Faduan").headers["location"] == (
        "/masuk?next=%2Faduan"
    )
