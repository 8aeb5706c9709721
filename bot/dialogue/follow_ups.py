"""What a reporter says of his own complaints: STATUS, TAMBAH, BATAL, NILAI, BELUM, BUKA, ANONIM.

Only from the phone they were reported from. To any other phone a complaint that exists is the same
as one that does not.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from bot import conversation
from bot.conversation import Intent
from bot.dialogue import drafts, progress, reports
from bot.dialogue.drafts import Open
from bot.dialogue.filing import Report, place_words, shown
from bot.dialogue.rights import answers_for, posts_on
from bot.dialogue.talk import Talk
from bot.keywords import Word
from bot.masking import mask
from bot.substance import courtesy, dangerous
from config.terms import Clock, Status
from scheduler.case import Case
from scheduler.complaint import CLOSED, RefusedError
from scheduler.ledger import PELAPOR
from scheduler.store import cases, duplicates, people
from scheduler.store import drafts as store

_LISTED: Final = 5
_RATED: Final = re.compile(
    r"\W*(?P<word>nilai\W+)?(?P<rating>[1-5])(?!\d|[.,]\d)\W*(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_REMARK: Final = 2
"""Words after NILAI and its figure: "sangat puas". More may be a report: "nilai 5 siswa kami …"."""


def his(talk: Talk) -> bool:
    """Return whether the number that was written is that of a complaint of this phone."""
    return talk.whose is not None and talk.whose.reporter_phone_id == talk.phone_id


def _named(talk: Talk) -> Case | None:
    """Return the complaint that is named, if it is his; else say so, in the same words for all."""
    assert talk.intent.number is not None
    if talk.whose is None or not his(talk):
        talk.say("nomor_tak_dikenal", nomor=mask(talk.intent.number))
        talk.done("ditolak")
        return None
    return talk.case(talk.whose.id)


def _reported(talk: Talk) -> list[people.Mine]:
    """Return what this phone reported; where one of our messages was quoted, what that was about.

    Where there is nothing that is said.
    """
    mine = people.reported(talk.connection, talk.phone_id)
    quoted = [one for one in mine if one.number in talk.quoted]
    if not mine:
        talk.say("tidak_ada_aduan")
        talk.done("tidak_ada_aduan")
    return quoted or mine


def _loaded(talk: Talk, some: list[people.Mine]) -> list[Case]:
    """Return complaints in the order given, to look at; not locked."""
    found = cases.load_cases(talk.connection, [one.id for one in some])
    return [found[one.id] for one in some]


def _choose(talk: Talk, some: list[people.Mine]) -> Case | None:
    """Return the only one there is; of several, have the person name one."""
    if len(some) == 1:
        return talk.case(some[0].id)
    assert talk.intent.word is not None
    listed = progress.listed(some[:_LISTED])
    talk.say("pilih_nomor", kata=talk.intent.word.upper(), daftar=listed)
    talk.done("pilih_nomor")
    return None


def _content(talk: Talk) -> Report:
    """Return what a keyword brings along: a text, files, a location."""
    one, text = talk.arrived, conversation.clean(talk.intent.text)
    return Report(
        channel=one.channel,
        first_at=talk.at,
        parts=[text] if text else [],
        lokasi=place_words(one.place) if one.place else None,
        files=len(one.media),
    )


# --- STATUS -----------------------------------------------------------------------------------


def status(talk: Talk, draft: Open | None) -> None:
    """STATUS [n]: how far a complaint is, for its reporter and for officers it is a duty of."""
    talk.done("status")
    named = talk.whose
    if named is not None and not his(talk) and _on_duty(talk, named):
        case = talk.case(named.id)
        number = f"SP4N #{case.tracking_id}" if case.tracking_id else shown(case)
        talk.say("kenapa", nomor=number, uraian=progress.short(talk.world, case))
        return
    if talk.intent.number is not None:
        own = _named(talk)
        if own is not None:
            progress.say(talk, own)
        return
    if draft is not None and not draft.report.empty:
        talk.say("status_draf")
        return
    mine = _reported(talk)
    if not mine:
        return
    wanted = [one for one in mine if one.status not in CLOSED or one is mine[0]]
    if len(wanted) == 1:
        progress.say(talk, talk.case(wanted[0].id))
    else:
        talk.say("status_banyak", daftar=progress.listed(wanted[:_LISTED]))


def _on_duty(talk: Talk, named: people.Named) -> bool:
    posts = posts_on(talk.world, talk.posts, named.id, talk.world.today(talk.at))
    return any(answers_for(talk.world, post, named.instansi_id) for post in posts)


# --- TAMBAH and BATAL -------------------------------------------------------------------------


def tambah(talk: Talk) -> None:
    """TAMBAH n isi: what is added is part of the complaint; one that waited for it goes on."""
    if talk.intent.number is None:
        mine = [one for one in _reported(talk) if one.status not in CLOSED]
        if mine:
            listed = progress.listed(mine[:_LISTED])
            talk.say("pilih_nomor", kata=Word.TAMBAH.upper(), daftar=listed)
            talk.done("pilih_nomor")
        elif talk.effect == "dibaca":
            talk.say("tidak_ada_aduan")
            talk.done("tidak_ada_aduan")
        return
    case = _named(talk)
    if case is not None:
        add(talk, case)


def add(talk: Talk, case: Case, said: str = "ditambahkan") -> None:
    """Add what came with this message to a complaint, and say so."""
    more = _content(talk)
    talk.done("tambah", case)
    if more.empty:
        talk.say("tambah_kosong", nomor=shown(case))
        return
    if case.status in CLOSED:
        raise RefusedError(
            f"aduan sudah ditutup; untuk membukanya kembali balas BUKA {shown(case)}"
        )
    if len(case.isi) >= reports.LONGEST:
        raise RefusedError("aduan ini sudah sangat panjang; mohon laporkan sebagai aduan baru")
    reports.add(talk, case, more)
    if dangerous(more.text, talk.words):
        reports.alarm(talk, case)
    bare = not (more.parts or more.lokasi)
    talk.say("lampiran" if bare else said, nomor=shown(case))


def batal(talk: Talk, draft: Open | None) -> None:
    """BATAL [n]: the report in the making, else an open complaint that is not in SP4N."""
    if talk.intent.number is None and draft is not None:
        store.drop(talk.connection, talk.phone_id)
        talk.say("draf_dibatalkan")
        talk.done("batal")
        return
    if talk.intent.number is not None:
        case = _named(talk)
    else:
        mine = _reported(talk)
        open_ones = [one for one in mine if one.status not in CLOSED]
        case = _choose(talk, open_ones or mine[:1]) if mine else None
    if case is None:
        return
    talk.done("batal", case)
    if case.status in CLOSED:
        raise RefusedError("aduan ini sudah ditutup")
    if case.tracking_id is not None:
        raise RefusedError("aduan ini sudah tercatat di SP4N-LAPOR! dan tetap ditangani")
    talk.desk.archive(case, PELAPOR, "dibatalkan pelapor")
    talk.say("dibatalkan", nomor=shown(case))


# --- NILAI, BELUM, BUKA -----------------------------------------------------------------------


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
    for place, (one, case) in enumerate(zip(mine, _loaded(talk, mine), strict=True)):
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
        case = _named(talk)
    else:
        mine = _reported(talk)
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
        case = _named(talk)
    else:
        mine = _reported(talk)
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
        case = _named(talk)
    else:
        mine = _reported(talk)
        closed = [one for one in mine if one.status in CLOSED]
        case = _choose(talk, closed or mine[:1]) if mine else None
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


# --- ANONIM and RAHASIA -----------------------------------------------------------------------


def protect(talk: Talk, draft: Open | None) -> None:
    """ANONIM, RAHASIA or both: for the report in the making, the one named, or the newest one."""
    anonim, rahasia = talk.intent.anonim, talk.intent.rahasia
    effect = "anonim" if anonim else "rahasia"
    if draft is not None and talk.intent.number is None:
        draft.report.anonim |= anonim
        draft.report.rahasia |= rahasia
        draft.last_at = max(draft.last_at, talk.at)
        drafts.save(talk.connection, talk.seal, talk.phone_id, draft)
        chosen = (("ANONIM", draft.report.anonim), ("RAHASIA", draft.report.rahasia))
        talk.say("jenis_draf", jenis=" dan ".join(name for name, is_so in chosen if is_so))
        talk.done(effect)
        return
    if talk.intent.number is not None:
        case = _named(talk)
    else:
        mine = _reported(talk)
        case = talk.case(mine[0].id) if mine else None
    if case is None:
        return
    if anonim:
        case.anonim, case.reporter_sealed = True, None
    case.rahasia = case.rahasia or rahasia
    names = " dan ".join(filter(None, ("ANONIM" * anonim, "RAHASIA" * rahasia)))
    talk.desk.remark(case, effect, PELAPOR, names)
    talk.done(effect, case)
    late = anonim and case.instansi_id is not None
    if late:
        talk.say("terlambat_anonim", nomor=shown(case))
    if anonim and rahasia and not late:
        talk.say("anonim_rahasia", nomor=shown(case))
    elif rahasia:
        talk.say("rahasia", nomor=shown(case))
    elif not late:
        talk.say("anonim", nomor=shown(case))
