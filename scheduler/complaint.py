"""PURE: the statuses of a complaint and what may happen to it in each.

`belum_terverifikasi < belum_ditindaklanjuti < proses < selesai | arsip`, and `tunda`, which may
follow or precede any open status.
"""

from __future__ import annotations

from enum import StrEnum

from config.terms import Status


class Verb(StrEnum):
    """What can be done to a complaint; the names of the commands that do it."""

    VERIFY = "verify"
    DISPOSE = "dispose"
    ACCEPT = "accept"
    ANSWER = "answer"
    RETURN = "return"
    RECALL = "recall"
    PAUSE = "pause"
    RESUME = "resume"
    CLOSE = "close"
    REOPEN = "reopen"
    ARCHIVE = "archive"


_RANK = {
    Status.BELUM_TERVERIFIKASI: 0,
    Status.BELUM_DITINDAKLANJUTI: 1,
    Status.PROSES: 2,
    Status.SELESAI: 3,
    Status.ARSIP: 3,
}

OPEN = frozenset({Status.BELUM_TERVERIFIKASI, Status.BELUM_DITINDAKLANJUTI, Status.PROSES})
CLOSED = frozenset({Status.SELESAI, Status.ARSIP})

ALLOWED: dict[Verb, frozenset[Status]] = {
    Verb.VERIFY: frozenset({Status.BELUM_TERVERIFIKASI}),
    Verb.DISPOSE: OPEN,
    Verb.ACCEPT: frozenset({Status.BELUM_DITINDAKLANJUTI, Status.PROSES}),
    Verb.ANSWER: frozenset({Status.BELUM_DITINDAKLANJUTI, Status.PROSES, Status.TUNDA}),
    Verb.RETURN: frozenset({Status.BELUM_DITINDAKLANJUTI, Status.PROSES}),
    Verb.RECALL: frozenset({Status.BELUM_DITINDAKLANJUTI, Status.PROSES}),
    Verb.PAUSE: OPEN,
    Verb.RESUME: frozenset({Status.TUNDA}),
    Verb.CLOSE: OPEN | {Status.TUNDA},
    Verb.REOPEN: frozenset({Status.PROSES}) | CLOSED,
    Verb.ARCHIVE: OPEN | {Status.TUNDA},
}

NEEDS_INSTANSI = frozenset({Verb.ACCEPT, Verb.ANSWER, Verb.RETURN, Verb.RECALL})
"""Verbs about an OPD's duty: without a disposition there is none."""


SAID: dict[Verb, str] = {
    Verb.VERIFY: "diverifikasi",
    Verb.DISPOSE: "didisposisikan",
    Verb.ACCEPT: "diterima OPD",
    Verb.ANSWER: "dijawab",
    Verb.RETURN: "dikembalikan OPD",
    Verb.RECALL: "ditarik disposisinya",
    Verb.PAUSE: "ditunda",
    Verb.RESUME: "dilanjutkan",
    Verb.CLOSE: "diselesaikan",
    Verb.REOPEN: "dibuka kembali",
    Verb.ARCHIVE: "diarsipkan",
}
"""What is done to a complaint, in the words of a refusal."""


class RefusedError(Exception):
    """What was asked for cannot be done; the text is one Indonesian sentence for the asker."""


def check(verb: Verb, status: Status, *, disposed: bool) -> None:
    """Raise `RefusedError` unless `verb` may be done to a complaint in `status`."""
    if status not in ALLOWED[verb]:
        raise RefusedError(f"tidak dapat {SAID[verb]} karena statusnya {status.replace('_', ' ')}")
    if verb in NEEDS_INSTANSI and not disposed:
        raise RefusedError(
            f"tidak dapat {SAID[verb]} karena belum didisposisikan ke instansi mana pun"
        )


def forward(old: Status, before_tunda: Status | None, new: Status) -> Status | None:
    """Return the status an export moves a complaint to, or None where it stays as it is.

    Forward only: an export is a snapshot and may be older than what is known here. From `tunda`
    the way leads back to no less than where the complaint stood before.
    """
    if new is old or old in CLOSED:
        return None
    if new is Status.TUNDA:
        return Status.TUNDA
    if old is Status.TUNDA:
        stood = before_tunda or Status.BELUM_TERVERIFIKASI
        return new if _RANK[new] >= _RANK[stood] else stood
    return new if _RANK[new] > _RANK[old] else None
