"""What a reporter says of the answer to his complaint: NILAI, BELUM, BUKA.

Only from the phone it was reported from, as all of `bot.dialogue.follow_ups`.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from bot import conversation
from bot.conversation import Intent
from bot.dialogue import reports
from bot.dialogue.filing import shown
from bot.dialogue.follow_ups import choose, loaded, named, reported
from bot.dialogue.talk import Talk
from bot.keywords import Word
from bot.masking import mask
from bot.substance import courtesy, dangerous
from config.terms import Clock, Status
from scheduler.case import Case
from scheduler.complaint import CLOSED, RefusedError
from scheduler.ledger import PELAPOR
from scheduler.store import duplicates, people

_RATED: Final = re.compile(
    r"\W*(?P<word>nilai\W+)?(?P<rating>[1-5])(?!\d|[.,]\d)\W*(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_REMARK: Final = 2
"""Words after NILAI and its figure: "sangat puas". More may be a report: "nilai 5 siswa kami …"."""


def _answered(case: Case) -> bool:
    """Return whether the reporter may judge the answer: there is one, and none is owed."""
    return case.status is Status.PROSES and case.open_run(Clock.RESPON) is None


def _told_with(talk: Talk, case: Case) -> datetime | None:
    """Return when the complaint was answered that this one was archived as the same as.

    Its reporter has that answer, so he may judge it: his word is about his own complaint, and
    BELUM opens that one again, for Kominfo to see. The other one's clocks are not his.
    """
    kept = duplicates.kept_for(talk.connection, case.status, case.alasan)
    return (kept.answered_at or kept.last_event_at) if kept and kept.answered else None


def _newest_answered(talk: Talk, mine: list[people.Mine]) -> people.Mine | None:
    """Return the complaint that was answered last."""
    found: list[tuple[datetime, int, people.Mine]] = []
    for place, (one, case) in enumerate(zip(mine, loaded(talk, mine), strict=True)):
        when = case.answered_at or case.last_event_at if _answered(case) else None
        when = when or (_told_with(talk, case) if case.rating is None else None)
        if when is not None:
            found.append((when, -place, one))
    return max(found, key=lambda each: each[:2])[2] if found else None


def nilai(talk: Talk) -> None:
    """NILAI [n] 1-5: what the answer was worth; one that is not in SP4N ends with it."""
    rating, number = talk.intent.rating, talk.intent.number
    case: Case | None
    if number is not None:
        case = named(talk)
    else:
        mine = reported(talk)
        one = _newest_answered(talk, mine) or next(
            (one for one in mine if one.status is Status.SELESAI), mine[0] if mine else None
        )
        case = talk.case(one.id) if one is not None else None
    if case is None:
        return
    talk.done("nilai", case)
    if rating is None:
        talk.say("nilai_salah", nomor=shown(case) if number else "")
        return
    answered = _answered(case) or case.status is Status.SELESAI
    if not answered and _told_with(talk, case) is None:
        raise RefusedError("aduan ini belum dijawab")
    talk.desk.rate(case, PELAPOR, rating)
    remark = mask(conversation.clean(talk.intent.text))
    if remark:
        talk.desk.remark(case, "ulasan", PELAPOR, remark)
    if case.status is Status.PROSES and case.tracking_id is None:
        talk.desk.close(case, PELAPOR)
    talk.say("nilai_terima", nilai=str(rating), nomor=shown(case))


def rates(talk: Talk) -> bool:
    """Take "5", or "NILAI 5 mantap" without a number, for the rating of an answer that waits.

    Where none does, or more is said than that, it is a report like any other.
    """
    said = _RATED.fullmatch(talk.intent.text)
    if said is None or dangerous(talk.intent.text, talk.words):
        return False
    remark = said["rest"].strip()
    few = bool(said["word"]) and len(remark.split()) <= _REMARK
    if not (few or courtesy(remark, talk.words)):
        return False
    if _newest_answered(talk, people.reported(talk.connection, talk.phone_id)) is None:
        return False
    talk.intent = Intent(Word.NILAI, None, remark, rating=int(said["rating"]))
    nilai(talk)
    return True


def belum(talk: Talk) -> None:
    """BELUM [n] [alasan]: the answer did not settle it, said within its limit; a new run begins."""
    case: Case | None
    if talk.intent.number is not None:
        case = named(talk)
    else:
        mine = reported(talk)
        one = _newest_answered(talk, mine) or (mine[0] if mine else None)
        case = talk.case(one.id) if one is not None else None
    if case is None:
        return
    talk.done("belum", case)
    why = _why_not(talk, case)
    if why is not None:
        talk.say("belum_ditolak", nomor=shown(case), alasan=why)
        talk.done("ditolak")
        return
    _reopen(talk, case)
    body = talk.world.directory.bodies.get(case.instansi_id) if case.instansi_id else None
    talk.say("belum", nomor=shown(case), instansi=body.nama if body else "")


def _why_not(talk: Talk, case: Case) -> str | None:
    """Return why BELUM comes too early or too late; None where it is in time."""
    if case.status is Status.SELESAI:
        return f"aduan ini sudah selesai; bila belum beres, balas BUKA {shown(case)}"
    if case.status is Status.ARSIP and _told_with(talk, case) is not None:
        return None
    if case.status is Status.ARSIP:
        return f"aduan ini sudah diarsipkan; bila keberatan, balas BUKA {shown(case)}"
    if not _answered(case):
        return "aduan ini masih ditangani dan belum dijawab"
    run = case.open_run(Clock.TANGGAPAN)
    if run is not None and run.limit_at is not None and talk.at > run.limit_at:
        return "batas waktu tanggapan atas jawabannya sudah lewat"
    return None


def _reopen(talk: Talk, case: Case) -> None:
    reason = mask(conversation.clean(talk.intent.text))
    talk.desk.reopen(case, PELAPOR, reason or None)
    if reason and dangerous(reason, talk.words):
        reports.alarm(talk, case)


def buka(talk: Talk) -> None:
    """BUKA n: a complaint that was closed is handled again."""
    case: Case | None
    if talk.intent.number is not None:
        case = named(talk)
    else:
        mine = reported(talk)
        closed = [one for one in mine if one.status in CLOSED]
        case = choose(talk, closed or mine[:1]) if mine else None
    if case is None:
        return
    talk.done("buka", case)
    if case.status not in CLOSED and not _answered(case):
        talk.say("buka_ditolak", nomor=shown(case), alasan="aduan ini masih ditangani")
        talk.done("ditolak")
        return
    if case.status not in CLOSED and (why := _why_not(talk, case)):
        talk.say("buka_ditolak", nomor=shown(case), alasan=why)
        talk.done("ditolak")
        return
    _reopen(talk, case)
    talk.say("buka", nomor=shown(case))
