"""The statuses of a complaint: what may be done in each, and what an export may change."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.terms import Status
from scheduler.complaint import (
    ALLOWED,
    CLOSED,
    NEEDS_INSTANSI,
    OPEN,
    RefusedError,
    Verb,
    check,
    forward,
)

BARU = Status.BELUM_TERVERIFIKASI
BELUM = Status.BELUM_DITINDAKLANJUTI
PROSES, SELESAI, ARSIP, TUNDA = Status.PROSES, Status.SELESAI, Status.ARSIP, Status.TUNDA

OF_AN_OPD = {"accept", "answer", "return", "recall"}
# Verbs whose name stands below a status may be done in it, to a complaint that is disposed.
TABLE = {
    BARU: {"verify", "dispose", "pause", "close", "archive"},
    BELUM: {"dispose", "pause", "close", "archive"} | OF_AN_OPD,
    PROSES: {"dispose", "pause", "close", "archive", "reopen"} | OF_AN_OPD,
    TUNDA: {"answer", "resume", "close", "archive"},
    SELESAI: {"reopen"},
    ARSIP: {"reopen"},
}


def allowed(verb: Verb, status: Status, *, disposed: bool) -> bool:
    try:
        check(verb, status, disposed=disposed)
    except RefusedError:
        return False
    return True


@pytest.mark.parametrize("status", list(Status))
def test_what_may_be_done_in_each_status(status: Status) -> None:
    assert {str(verb) for verb in Verb if allowed(verb, status, disposed=True)} == TABLE[status]
    undisposed = {str(verb) for verb in Verb if allowed(verb, status, disposed=False)}
    assert undisposed == TABLE[status] - OF_AN_OPD


def test_every_verb_is_in_the_table() -> None:
    assert set(ALLOWED) == set(Verb)
    assert set(map(str, NEEDS_INSTANSI)) == OF_AN_OPD
    assert {TUNDA} == set(Status) - OPEN - CLOSED


def test_refusals_say_what_and_why() -> None:
    with pytest.raises(RefusedError, match=r"^tidak dapat diterima OPD karena statusnya selesai$"):
        check(Verb.ACCEPT, SELESAI, disposed=True)
    with pytest.raises(
        RefusedError,
        match=r"^tidak dapat dijawab karena belum didisposisikan ke instansi mana pun$",
    ):
        check(Verb.ANSWER, BELUM, disposed=False)


@pytest.mark.parametrize(
    ("old", "before", "new", "moves_to"),
    [
        (BARU, None, BARU, None),
        (BARU, None, BELUM, BELUM),
        (BARU, None, PROSES, PROSES),
        (BARU, None, SELESAI, SELESAI),
        (BARU, None, TUNDA, TUNDA),
        (BELUM, None, BARU, None),
        (BELUM, None, PROSES, PROSES),
        (PROSES, None, BELUM, None),
        (PROSES, None, ARSIP, ARSIP),
        (PROSES, None, TUNDA, TUNDA),
        (SELESAI, None, ARSIP, None),
        (ARSIP, None, SELESAI, None),
        (ARSIP, None, TUNDA, None),
        (TUNDA, BELUM, TUNDA, None),
        # From tunda the way leads back to no less than where it stood.
        (TUNDA, BELUM, BARU, BELUM),
        (TUNDA, BELUM, BELUM, BELUM),
        (TUNDA, BELUM, PROSES, PROSES),
        (TUNDA, PROSES, BELUM, PROSES),
        (TUNDA, PROSES, SELESAI, SELESAI),
        (TUNDA, None, BARU, BARU),
    ],
)
def test_an_export_moves_forward_only(
    old: Status, before: Status | None, new: Status, moves_to: Status | None
) -> None:
    assert forward(old, before, new) is moves_to


RANK = {BARU: 0, BELUM: 1, PROSES: 2, SELESAI: 3, ARSIP: 3}


@given(st.sampled_from(Status), st.sampled_from(sorted(OPEN)), st.lists(st.sampled_from(Status)))
def test_whatever_exports_show_no_ground_is_lost(
    old: Status, before: Status, shown: list[Status]
) -> None:
    status, stood = old, before
    for new in shown:
        target = forward(status, stood if status is TUNDA else None, new)
        if target is None:
            continue
        assert status not in CLOSED
        if target is TUNDA:
            stood = status
        else:
            assert RANK[target] >= RANK[stood if status is TUNDA else status]
        status = target
