"""One's own password and second factor."""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest

from bot.compose import Installation
from bot.web.console import totp
from bot.web.console.akun import KEPT_FOR
from config.terms import Wewenang
from scheduler.store import users
from scheduler.store.logins import NAME_LIMIT
from scheduler.store.session import reading, writing
from tests.accounts import PASSWORD, SECRET, Watch, add, code
from tests.console import Console, logged_in, signed_in, with_example

pytestmark = pytest.mark.usefixtures("watch")
NEW = "sapi kerapan empat"


def change(console: Console, old: str = PASSWORD, new: str = NEW, again: str | None = None) -> Any:
    form = {"lama": old, "baru": new, "ulang": new if again is None else again}
    return console.post("/akun/kata-sandi", {**form, "kembali": "/akun"})


# --- the password -----------------------------------------------------------------------------


def test_another_password_ends_every_other_session(opened: Installation) -> None:
    add(opened)
    here, elsewhere = logged_in(opened), logged_in(opened)
    answer = change(here)
    assert (answer.status_code, answer.headers["location"]) == (303, "/akun")
    assert "Kata sandi sudah diganti" in here.read("/akun")
    assert not elsewhere.is_in()
    assert elsewhere.log_in().status_code == 422
    assert elsewhere.log_in(password=NEW).status_code == 303


@pytest.mark.parametrize(
    ("old", "new", "again", "why"),
    [
        ("salah sekali", NEW, None, "Kata sandi lama salah"),
        (PASSWORD, NEW, f"{NEW} ", "tidak sama"),
        (PASSWORD, PASSWORD, None, "sama dengan yang lama"),
        (PASSWORD, "sebelas hrf", None, "paling sedikit 12 karakter"),
        (PASSWORD, "Contoh-202612345", None, "nama pengguna"),
        (PASSWORD, "Rahasia12345", None, "terlalu mudah ditebak"),
        (PASSWORD, "", None, "Kata sandi baru wajib diisi"),
        (PASSWORD, "x" * 201, None, "Kata sandi baru paling banyak 200"),
    ],
)
def test_it_stays_as_it_was_where_it_is_refused(
    opened: Installation, old: str, new: str, again: str | None, why: str
) -> None:
    add(opened)
    console, elsewhere = logged_in(opened), logged_in(opened)
    assert change(console, old, new, again).headers["location"] == "/akun"
    assert why in console.read("/akun")
    assert elsewhere.is_in()
    assert elsewhere.log_in().status_code == 303


def test_an_open_session_is_no_way_to_find_the_password_out(
    opened: Installation, watch: Watch
) -> None:
    add(opened)
    console = logged_in(opened)
    for _ in range(NAME_LIMIT):
        change(console, "salah sekali")
    change(console)
    assert "coba lagi dalam 15 menit" in console.read("/akun")
    assert Console(opened).log_in().status_code == 303, "the login counts apart"
    watch.forward(minutes=15)
    change(console)
    assert "sudah diganti" in console.read("/akun")


def test_who_must_change_the_password_sees_nothing_else(opened: Installation) -> None:
    add(opened, must_change=True)
    console = logged_in(opened)
    for path in ("/", "/aduan", "/pesan"):
        assert console.get(path).headers["location"] == "/akun", path
    assert begin(console).headers["location"] == "/akun"
    text = console.read("/akun")
    assert "dibuatkan orang lain" in text
    assert 'action="/akun/kode/mulai"' not in text
    assert 'href="/pesan"' not in text
    assert change(console).headers["location"] == "/"
    assert console.get("/").status_code == 200


# --- the second factor ------------------------------------------------------------------------


def field(text: str, name: str) -> str:
    found = re.search(f'name="{name}" value="([^"]*)"', text)
    assert found is not None
    return found.group(1)


def begin(console: Console, sandi: str = PASSWORD) -> Any:
    """Ask for the page with the QR code."""
    return console.post("/akun/kode/mulai", {"sandi": sandi, "kembali": "/akun"})


def set_up(console: Console) -> tuple[str, str]:
    """Open the page with the QR code; return the secret and the form's sealed one."""
    answer = begin(console)
    assert answer.status_code == 200
    text = answer.text
    shown = re.search(r'<code id="rahasia"[^>]*>([A-Z2-7 ]+)</code>', text)
    assert shown is not None
    return shown.group(1).replace(" ", ""), field(text, "kunci")


def turn_on(console: Console, sealed: str, kode: str) -> Any:
    return console.post("/akun/kode", {"kunci": sealed, "kode": kode, "kembali": "/akun"})


def test_the_second_factor_counts_once_its_first_code_came_back(
    opened: Installation, watch: Watch
) -> None:
    add(opened)
    console, elsewhere = logged_in(opened), logged_in(opened)
    secret, sealed = set_up(console)
    assert secret not in base64.urlsafe_b64decode(sealed).decode("latin-1")
    assert Console(opened).log_in().headers["location"] == "/", "not yet"
    assert turn_on(console, sealed, code(watch.at, secret)).headers["location"] == "/akun"
    assert "Nonaktifkan" in console.read("/akun")
    assert not elsewhere.is_in()
    assert elsewhere.log_in().headers["location"] == "/masuk/kode"
    used = elsewhere.post("/masuk/kode", {"kode": code(watch.at, secret)})
    assert used.status_code == 422, "the code that turned it on was taken"
    watch.forward(seconds=30)
    assert elsewhere.post("/masuk/kode", {"kode": code(watch.at, secret)}).status_code == 303


@pytest.mark.parametrize("sandi", ["salah sekali", "", f" {PASSWORD}"])
def test_no_secret_is_shown_to_who_only_found_an_open_session(
    opened: Installation, sandi: str
) -> None:
    add(opened)
    console, elsewhere = logged_in(opened), logged_in(opened)
    answer = begin(console, sandi)
    assert (answer.status_code, answer.headers["location"]) == (303, "/akun")
    text = console.read("/akun")
    assert ("Kata sandi salah" in text) is bool(sandi)
    assert "rahasia" not in text
    assert elsewhere.is_in()
    assert Console(opened).log_in().headers["location"] == "/"


def test_the_password_is_not_tried_out_there_either(opened: Installation, watch: Watch) -> None:
    """One count for all the forms of the page; what succeeds forgets it."""
    add(opened)
    console = logged_in(opened)
    for _ in range(NAME_LIMIT - 1):
        begin(console, "salah sekali")
    assert begin(console).status_code == 200
    for _ in range(NAME_LIMIT - 1):
        begin(console, "salah sekali")
    change(console, "salah sekali")
    assert begin(console).status_code == 303
    assert "coba lagi dalam 15 menit" in console.read("/akun")
    watch.forward(minutes=15)
    assert begin(console).status_code == 200


def test_a_mistyped_code_does_not_make_the_secret_last(opened: Installation, watch: Watch) -> None:
    add(opened)
    console = logged_in(opened)
    secret, sealed = set_up(console)
    watch.forward(seconds=KEPT_FOR.total_seconds() - 1)
    sealed = field(turn_on(console, sealed, "12").text, "kunci")
    watch.forward(seconds=1)
    turn_on(console, sealed, code(watch.at, secret))
    assert "terlalu lama terbuka" in console.read("/akun")


def test_of_two_pages_at_once_the_first_counts(
    opened: Installation, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    user_id = add(opened)
    console = logged_in(opened)
    secret, sealed = set_up(console)
    step_of = totp.step_of

    def slowly(*args: Any) -> int | None:
        with writing(opened.engine) as connection:
            users.set_totp(connection, user_id, opened.seal.seal(SECRET))
        return step_of(*args)

    monkeypatch.setattr(totp, "step_of", slowly)
    turn_on(console, sealed, code(watch.at, secret))
    assert "Verifikasi dua langkah sudah aktif" in console.read("/akun")
    monkeypatch.undo()
    with reading(opened.engine) as connection:
        kept = users.login_by_id(connection, user_id)
    assert kept is not None
    assert kept.totp_sealed is not None
    assert opened.seal.open(kept.totp_sealed) == SECRET


def test_the_qr_code_is_inline_and_without_style(opened: Installation) -> None:
    add(opened)
    text = begin(logged_in(opened)).text
    svg = text[text.index("<svg") : text.index("</svg>")]
    assert 'class="qrline"' in svg
    assert "style" not in svg
    assert "otpauth" not in text


@pytest.mark.parametrize("kode", ["", "12", "abcdef", "wrong"])
def test_who_mistypes_the_code_keeps_the_secret(
    opened: Installation, watch: Watch, kode: str
) -> None:
    add(opened)
    console = logged_in(opened)
    secret, sealed = set_up(console)
    wrong = "000000" if code(watch.at, secret) != "000000" else "111111"
    answer = turn_on(console, sealed, wrong if kode == "wrong" else kode)
    assert answer.status_code == 422
    again = field(answer.text, "kunci")
    assert turn_on(console, again, code(watch.at, secret)).headers["location"] == "/akun"


def test_a_secret_is_its_users_for_a_while_and_nobody_elses(
    opened: Installation, watch: Watch
) -> None:
    add(opened)
    add(opened, "lain")
    console, other = logged_in(opened), logged_in(opened, "lain")
    secret, sealed = set_up(console)
    something = base64.urlsafe_b64encode(opened.seal.seal("081234567890")).decode()
    for who, bad in ((other, sealed), (console, f"{sealed[:-4]}AAAA"), (console, something)):
        turn_on(who, bad, code(watch.at, secret))
        assert "terlalu lama terbuka" in who.read("/akun")
    assert turn_on(console, "é" * 900, "123456").status_code == 303
    watch.forward(seconds=KEPT_FOR.total_seconds())
    turn_on(console, sealed, code(watch.at, secret))
    assert "terlalu lama terbuka" in console.read("/akun")
    assert Console(opened).log_in().headers["location"] == "/"


def test_it_is_given_up_by_who_has_both(opened: Installation, watch: Watch) -> None:
    user_id = add(opened)
    console = logged_in(opened)
    with writing(opened.engine) as connection:
        users.set_totp(connection, user_id, opened.seal.seal(SECRET))
    wrong = "000000" if code(watch.at) != "000000" else "111111"
    for sandi, kode in ((PASSWORD, wrong), ("salah sekali", code(watch.at))):
        console.post("/akun/kode/matikan", {"sandi": sandi, "kode": kode, "kembali": "/akun"})
        assert "Kata sandi atau kode salah" in console.read("/akun")
    assert begin(console).status_code == 303, "no other secret over the one in use"
    form = {"sandi": PASSWORD, "kode": code(watch.at)}
    assert console.post("/akun/kode/matikan", form).headers["location"] == "/akun"
    assert "sudah dinonaktifkan" in console.read("/akun")
    assert Console(opened).log_in().headers["location"] == "/"
    console.post("/akun/kode/matikan", {**form, "kembali": "/akun"})
    assert "sudah mati" in console.read("/akun")


def test_the_account_of_an_opd_names_its_office(opened: Installation) -> None:
    console = signed_in(opened, Wewenang.OPD, with_example(opened))
    assert "<dt" in console.read("/akun")
    assert "Dinas" in console.read("/akun")
