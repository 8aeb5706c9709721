"""What a reporter says of the answer to his complaint: NILAI, BELUM, BUKA.

Only from the phone it was reported from, as all of `bot.dialogue.follow_ups`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot import asking, conversation
from bot.conversation import Intent
from bot.dialogue import reports
from bot.dialogue.answers import complete
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
from scheduler.store import duplicates, people, told

_RATED: Final = re.compile(
    r"\W*(?P<word>nilai\W+)?(?P<rating>[1-5])(?!\d|[.,]\d)\W*(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_REMARK: Final = 2
"""Words after NILAI and its figure: "sangat puas". More may be a report: "nilai 5 siswa kami …"."""
BAD: Final = 3
"""The best rating after which BELUM may be about the rated complaint, where another one waits."""
_CLOSED: Final = {Status.SELESAI: "selesai", Status.ARSIP: "diarsipkan"}


def _told_with(talk: Talk, case: Case) -> bool:
    """Return whether the complaint was answered that this one was archived as the same as.

    Its reporter has that answer, so he may judge it: his word is about his own complaint, and
    BELUM opens that one again, for Kominfo to see. The other one's clocks are not his.
    """
    kept = duplicates.kept_for(talk.connection, case.status, case.alasan)
    return kept is not None and kept.answered


@dataclass(frozen=True, slots=True)
class _Judged:
    """What a phone reported, by what is left to say of its answers; the newest first."""

    waiting: list[people.Mine]
    """Answered, and nothing said of it yet within its limit."""
    rated: list[people.Mine]
    """Rated, and its limit has not passed."""
    bad: list[people.Mine]
    """Those of them whose rating says that BELUM may follow."""
    other: list[people.Mine]
    """Answered all the same."""


def _judged(talk: Talk, mine: list[people.Mine]) -> _Judged:
    found = _Judged([], [], [], [])
    until = told.rated(talk.connection, [one.id for one in mine])
    for one, case in zip(mine, loaded(talk, mine), strict=True):
        run = case.open_run(Clock.TANGGAPAN)
        in_time = _in_time(talk, run.limit_at if run else until.get(one.id))
        ended = complete(case) or case.status is Status.SELESAI
        if one.id in until and run is None and in_time and ended:
            found.rated.append(one)
            if (case.rating or BAD) <= BAD:
                found.bad.append(one)
        elif complete(case):
            fresh = in_time and (run is not None or case.rating is None)
            (found.waiting if fresh else found.other).append(one)
        elif case.rating is None and _told_with(talk, case):
            found.waiting.append(one)
    return found


def _in_time(talk: Talk, until: datetime | None) -> bool:
    return until is None or talk.at <= until


def waiting(talk: Talk) -> list[people.Mine]:
    """Return what this phone reported that was answered, and of which it has said nothing yet."""
    return _judged(talk, people.reported(talk.connection, talk.phone_id)).waiting


# --- NILAI ------------------------------------------------------------------------------------


def nilai(talk: Talk) -> None:
    """NILAI [n] 1-5: what the answer was worth; one that is not in SP4N ends with it."""
    rating, number = talk.intent.rating, talk.intent.number
    case: Case | None
    if number is not None:
        case = named(talk)
    else:
        mine = reported(talk)
        if mine and rating is None:
            talk.say("nilai_salah")
            talk.done("nilai")
            return
        judged = _judged(talk, mine)
        closed = [one for one in mine if one.status is Status.SELESAI]
        some = judged.waiting or judged.other or judged.rated or closed or mine[:1]
        case = choose(talk, some, f"NILAI {rating}") if some else None
    if case is None:
        return
    talk.done("nilai", case)
    if rating is None:
        talk.say("nilai_salah", nomor=shown(case))
        return
    answered = complete(case) or case.status is Status.SELESAI
    if not (answered or _told_with(talk, case)):
        raise RefusedError("aduan ini belum dijawab")
    talk.desk.rate(case, PELAPOR, rating)
    remark = mask(conversation.clean(talk.intent.text))
    if remark:
        talk.desk.remark(case, "ulasan", PELAPOR, remark)
    if case.status is Status.PROSES and case.tracking_id is None:
        talk.desk.close(case, PELAPOR)
    talk.say("nilai_terima", nilai=str(rating), nomor=shown(case))


def replies(talk: Talk) -> bool:
    """Take the words in which people answer "Belum beres?" for BELUM, or for NILAI; else False.

    "5", "bintang 5", "NILAI 5 mantap", "belum beres" without a number are such words where an
    answer waits for them; where none does, or more is said, it is a report like any other.
    """
    text = talk.intent.text
    if dangerous(text, talk.words):
        return False
    meant = _meant(talk, text)
    if meant is None or (meant.rating is None and reports.continues(talk)):
        return False
    judged = _judged(talk, people.reported(talk.connection, talk.phone_id))
    if meant.word is Word.BELUM and not (judged.waiting or judged.rated):
        return False
    if not (judged.waiting or judged.rated or judged.other):
        return False
    talk.intent = meant
    if meant.word is Word.BELUM:
        belum(talk)
    elif meant.rating is not None:
        nilai(talk)
    else:
        _opinion(talk, talk.case(judged.waiting[0].id) if len(judged.waiting) == 1 else None)
    return True


def of_number(talk: Talk, about: people.Named, number: str, rest: str) -> bool:
    """Take what stands beside the number of his own answered complaint likewise; else False."""
    meant = None if dangerous(rest, talk.words) else _meant(talk, rest)
    case = talk.look(about.id)
    if meant is None or not (complete(case) or _may_say_belum(talk, case)):
        return False
    talk.intent, talk.whose = replace(meant, number=number), about
    if meant.word is Word.BELUM:
        belum(talk)
    elif meant.rating is not None:
        nilai(talk)
    else:
        _opinion(talk, talk.case(about.id))
    return True


def remind(talk: Talk, case: Case) -> None:
    """Remind of the words that count for an answer, where the complaint has one."""
    if complete(case):
        talk.say("ulasan", nomor=shown(case))


def _meant(talk: Talk, text: str) -> Intent | None:
    """Return what a text says of an answer; NILAI without a rating: it only says something."""
    said = _RATED.fullmatch(text)
    if said is not None:
        remark = said["rest"].strip()
        few = bool(said["word"]) and len(remark.split()) <= _REMARK
        if few or courtesy(remark, talk.words):
            return Intent(Word.NILAI, None, remark, rating=int(said["rating"]))
    rating = asking.rating(text, talk.words)
    if rating is not None:
        return Intent(Word.NILAI, None, "", rating=rating)
    if asking.not_yet(text, talk.words):
        return Intent(Word.BELUM, None, text)
    return Intent(Word.NILAI, None, text) if asking.opinion(text, talk.words) else None


def _opinion(talk: Talk, case: Case | None) -> None:
    """Keep what is said of an answer, where it is clear of which, and name the words that count."""
    if case is not None:
        talk.desk.remark(case, "ulasan", PELAPOR, mask(talk.intent.text))
    talk.done("ulasan", case)
    talk.say("ulasan", nomor=shown(case) if case else "")


# --- BELUM and BUKA ---------------------------------------------------------------------------


def belum(talk: Talk) -> None:
    """BELUM [n] [alasan]: the answer did not settle it, said within its limit; a new run begins."""
    case: Case | None
    if talk.intent.number is not None:
        case = named(talk)
    else:
        mine = reported(talk)
        judged = _judged(talk, mine)
        open_ones = [one for one in mine if one in judged.waiting or one in judged.bad]
        some = open_ones or judged.rated or judged.other or mine[:1]
        case = choose(talk, some) if some else None
    if case is None:
        return
    talk.done("belum", case)
    closed = _CLOSED.get(case.status)
    if closed is not None and not _may_say_belum(talk, case):
        talk.say("belum_tutup", nomor=shown(case), alasan=closed)
        talk.done("ditolak")
        return
    why = _why_not(talk, case)
    if why is not None:
        talk.say("belum_ditolak", nomor=shown(case), alasan=why)
        talk.done("ditolak")
        return
    _reopen(talk, case)
    body = talk.world.directory.bodies.get(case.instansi_id) if case.instansi_id else None
    talk.say("belum", nomor=shown(case), instansi=body.nama if body else "")


def _may_say_belum(talk: Talk, case: Case) -> bool:
    """Return whether a closed complaint is still open to BELUM, as its reporter was told.

    His own NILAI closed it, which was offered to him beside BELUM; or it was archived as the same
    as one that was answered.
    """
    if case.status is not Status.SELESAI:
        return case.status is Status.ARSIP and _told_with(talk, case)
    assert case.id is not None
    until = told.rated(talk.connection, [case.id])
    return case.id in until and _in_time(talk, until[case.id])


def _why_not(talk: Talk, case: Case) -> str | None:
    """Return why an open complaint cannot be opened again; None where it can, or is closed."""
    if case.status in CLOSED:
        return None
    if not complete(case):
        return "aduan ini masih ditangani dan belum dijawab"
    assert case.id is not None
    run = case.open_run(Clock.TANGGAPAN)
    until = run.limit_at if run else told.rated(talk.connection, [case.id]).get(case.id)
    return None if _in_time(talk, until) else "batas waktu tanggapan atas jawabannya sudah lewat"


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
    if case.status not in CLOSED and not complete(case):
        talk.say("buka_ditolak", nomor=shown(case), alasan="aduan ini masih ditangani")
        talk.done("ditolak")
        return
    if why := _why_not(talk, case):
        talk.say("buka_ditolak", nomor=shown(case), alasan=why)
        talk.done("ditolak")
        return
    _reopen(talk, case)
    talk.say("buka", nomor=shown(case))
