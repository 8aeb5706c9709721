"""Passwords: what is too weak, what is kept of one, and what a hash costs in earnest."""

from __future__ import annotations

import re

import pytest

from bot.passwords import LONGEST, Passwords, Weakness, made, weakness
from tests.accounts import CHEAP

CHEAPLY = Passwords(CHEAP)


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("sebelas1234", Weakness.SHORT),
        ("dua belas 12", None),
        ("ganjil genap " * 15, None),
        ("x y z w v" * 30, Weakness.LONG),
        ("kadis.contoh", Weakness.NAME),
        ("KADIS.Contoh2026!", Weakness.NAME),
        ("12kadis.contoh34", Weakness.NAME),
        ("kadis.contoh itu saya", None),
        ("password1234", Weakness.KNOWN),
        ("!!Rahasia2026!!", Weakness.KNOWN),
        ("selamat datang 1", Weakness.KNOWN),
        ("190876543210", Weakness.KNOWN),
        ("aaaaaaaaaaaabbb", Weakness.KNOWN),
        ("abcdefghijklmn", Weakness.KNOWN),
        ("              ", Weakness.KNOWN),
    ],
)
def test_what_is_too_weak(password: str, why: Weakness | None) -> None:
    assert weakness(password, "kadis.contoh") is why


def test_the_longest_is_taken() -> None:
    longest = ("kuda lumping " * 20)[:LONGEST]
    assert weakness(longest, "x") is None
    assert weakness(f"{longest}x", "x") is Weakness.LONG


def test_a_made_password_is_strong_and_never_the_same() -> None:
    found = {made() for _ in range(50)}
    assert len(found) == 50
    for one in found:
        assert re.fullmatch(r"[a-hj-km-np-z2-9]{4}(-[a-hj-km-np-z2-9]{4}){3}", one)
        assert weakness(one, "contoh") is None


def test_a_hash_tells_nothing_and_matches_its_password_alone() -> None:
    kept = CHEAPLY.hash("kuda lumping tiga")
    assert kept != CHEAPLY.hash("kuda lumping tiga")
    assert "kuda" not in kept
    assert CHEAPLY.matches(kept, "kuda lumping tiga")
    for other in ("kuda lumping tig", "Kuda lumping tiga", ""):
        assert not CHEAPLY.matches(kept, other)


def test_the_same_letters_of_another_keyboard_are_the_same_password() -> None:
    kept = CHEAPLY.hash("caf\u00e9 di ujung jalan")
    assert CHEAPLY.matches(kept, "cafe\u0301 di ujung jalan")


@pytest.mark.parametrize("kept", [None, "!", "", "$argon2id$v=19$m=8,t=1,p=1$x$y"])
def test_without_a_usable_hash_nothing_matches(kept: str | None) -> None:
    for password in ("", "!", "kuda lumping tiga"):
        assert not CHEAPLY.matches(kept, password)


def test_in_earnest_a_hash_costs_what_rfc_9106_says() -> None:
    kept = Passwords().hash("kuda lumping tiga")
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert not Passwords().is_stale(kept)
    assert Passwords().is_stale(CHEAPLY.hash("kuda lumping tiga"))


def test_what_an_unknown_user_is_compared_with_is_nobodys_password() -> None:
    passwords = Passwords(CHEAP)
    passwords.__dict__["_nobody"] = passwords.hash("kuda lumping tiga")
    assert not passwords.matches(None, "kuda lumping tiga")
