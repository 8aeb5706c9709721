"""PURE: who may do what in the console, and who is shown whose name.

A reporter was harmed before when this was forgotten: Anonim hides who reported from the agency
and the public, Rahasia hides what was reported from everybody whose business it is not.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from config.terms import Wewenang


class Right(StrEnum):
    """Something a page or a form needs; each route names one."""

    OWN_ACCOUNT = "own_account"
    """One's own password and second factor."""
    SEE_BOARD = "see_board"
    SEE_COMPLAINTS = "see_complaints"
    """Lists and pages of complaints: an OPD's own ones."""
    SEE_PHOTOS = "see_photos"
    ANSWER = "answer"
    """Act as an OPD: acknowledge, answer, ask for TUNDA or BUKAN."""
    HANDLE = "handle"
    """Verify, classify, dispose, ask for completeness, archive, merge, recall, settle names."""
    DECIDE = "decide"
    """Accept or refuse what officers ask for."""
    IMPORT = "import"
    ENTER = "enter"
    """Type in complaints of the counter, of letters and the press, with their reporter."""
    SP4N_LISTS = "sp4n_lists"
    SEE_MESSAGES = "see_messages"
    SETTLE = "settle"
    """Say what became of a message, send one again, open and tick links of the manual gateway."""
    STOP_ALL = "stop_all"
    HAND_OVER = "hand_over"
    SEE_ACCESS_LOG = "see_access_log"


_READING: Final = frozenset({Right.OWN_ACCOUNT, Right.SEE_BOARD, Right.SEE_COMPLAINTS})
_COORDINATOR_ONLY: Final = frozenset({Right.STOP_ALL, Right.SEE_ACCESS_LOG})

RIGHTS: Final = {
    Wewenang.ADMIN_KOORDINATOR: frozenset(Right),
    Wewenang.OPERATOR: frozenset(Right) - _COORDINATOR_ONLY,
    Wewenang.PIMPINAN: _READING,
    Wewenang.PENGAWAS: _READING,
    Wewenang.OPD: _READING | {Right.ANSWER, Right.SEE_PHOTOS, Right.HAND_OVER},
}
"""What each kind of user may do. Of complaints an OPD sees its own and its units' only."""

_KOMINFO: Final = frozenset({Wewenang.ADMIN_KOORDINATOR, Wewenang.OPERATOR})


def may(who: Wewenang, right: Right) -> bool:
    """Return whether a user of this kind has a right."""
    return right in RIGHTS[who]


def sees_reporter(who: Wewenang, *, anonim: bool, rahasia: bool) -> bool:
    """Return whether a user is shown who reported a complaint that he may see.

    Kominfo always (it verifies, and types it into SP4N), the OPD unless the reporter asked for
    Anonim or Rahasia, the leadership and the province never.
    """
    if who in _KOMINFO:
        return True
    return who is Wewenang.OPD and not (anonim or rahasia)


def sees_phone(who: Wewenang) -> bool:
    """Return whether a user is shown a reporter's number: Kominfo only, who may have to call."""
    return who in _KOMINFO


def sees_content(who: Wewenang, *, rahasia: bool, hidden: bool) -> bool:
    """Return whether a user is shown what a complaint says and its photos.

    Rahasia: those who handle it and the OPD that must answer it. What SP4N has blocked: nobody.
    """
    return not hidden and (not rahasia or who in _KOMINFO or who is Wewenang.OPD)
