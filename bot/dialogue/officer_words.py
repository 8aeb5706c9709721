"""What each of an officer's words does to one complaint, as the post that may.

The complaint is locked and the post answers for it; both are settled in `bot.dialogue.officer`.
A word that was acted on has itself for its effect.
"""

from __future__ import annotations

from datetime import time
from typing import Final, Literal

from bot.dialogue import answers, decisions, standing
from bot.dialogue.acting import ACTING, answering
from bot.dialogue.talk import Talk
from bot.dialogue.telling import limit, printed, tell
from bot.masking import mask
from bot.substance import lacking
from bot.wording import tanggal
from config import replies
from config.limits import TUTUP, Hour
from config.terms import Clock, Peran, Status
from scheduler.case import Case
from scheduler.complaint import CLOSED, RefusedError, Verb
from scheduler.directory import PostInfo
from scheduler.ledger import KOMINFO
from scheduler.store import requests

MORNING: Final = Hour("jam", time(8))
"""When Kominfo is reminded of a request, on the day it is to decide it."""


def accept(talk: Talk, case: Case, post: PostInfo) -> None:
    """TERIMA: the OPD acknowledges; whoever says it again hears the limit again."""
    if _is_answered(talk, case):
        return
    _in_hand(case)
    run = case.open_run(Clock.RESPON)
    since = run.opened_at if run else case.disposed_at
    assert case.id is not None
    known = since is not None and requests.happened_since(
        talk.connection, case.id, Verb.ACCEPT, since
    )
    if not known:
        talk.desk.accept(case, post.label)
    name = "terima_sudah" if known else "terima"
    talk.say(name, nomor=printed(case), batas=_limit(talk, case))
    talk.done("terima", case)


def answer(talk: Talk, case: Case, post: PostInfo) -> None:
    """JAWAB: counts, waits for an approval, or says too little. One more is a supplement."""
    number = printed(case)
    body = mask(talk.intent.text).strip()
    if not body:
        _say(talk, case, "jawab_kosong")
        return
    _open(case)
    missing = () if answers.answered(case) else lacking(talk.intent.text, talk.words)
    about = (talk.connection, talk.desk, case, post, body, talk.inbound_id)
    if missing:
        answers.give_normative(*about, ", ".join(missing))
        talk.say("jawab_normatif", nomor=number, kurang=replies.lacking(missing))
        talk.done("jawab", case)
    elif post.peran not in answers.needs_none(talk.world):
        talk.say("jawab_menunggu", nomor=number, penyetuju=answers.put_up(*about))
        talk.done("jawab", case)
    else:
        answers.give(*about)
        told = "jawab_dicatat" if case.reporter_phone_id is not None else "jawab_dicatat_saja"
        talk.say("jawab_dicatat_sp4n" if case.tracking_id else told, nomor=number)
        talk.done("jawab", case)


def answered_in_sp4n(talk: Talk, case: Case, post: PostInfo) -> None:
    """SUDAH: the OPD's clocks stand still for a working day, once for each run of `respon`."""
    if case.tracking_id is None:
        _say(talk, case, "sudah_bukan_sp4n")
        return
    if _is_answered(talk, case):
        return
    _in_hand(case)
    assert case.id is not None
    standing.settle(talk.connection, case.id, talk.desk.at)
    run = case.open_run(Clock.RESPON)
    since = run.opened_at if run else case.disposed_at
    if since is not None and requests.asked_before(talk.connection, case.id, "sudah", since):
        talk.desk.remark(case, "sudah_lagi", post.label, None)
        _say(talk, case, "sudah_lagi", effect="sudah")
        return
    calendar = talk.world.calendar(case.instansi_id)
    today = calendar.local_date(talk.desk.at)
    until = calendar.at(calendar.nth_after(today, 1), TUTUP)
    talk.desk.wait_for_sp4n(case, post.label, until)
    requests.ask(
        talk.connection,
        case.id,
        "sudah",
        body=None,
        post_id=post.id,
        decider=None,
        inbound_id=talk.inbound_id,
        at=talk.desk.at,
        due_at=until,
        next_look_at=until,
    )
    talk.say("sudah", nomor=printed(case), sampai=tanggal(until, talk.world.zone))
    talk.done("sudah", case)


def not_ours(talk: Talk, case: Case, post: PostInfo) -> None:
    """BUKAN: Kominfo is asked whether the complaint belongs elsewhere; it decides its own."""
    _request(talk, case, post, "bukan")


def wait(talk: Talk, case: Case, post: PostInfo) -> None:
    """TUNDA: Kominfo is asked whether the reporter must add something; it decides its own."""
    _request(talk, case, post, "tunda")


def _request(talk: Talk, case: Case, post: PostInfo, kind: Literal["bukan", "tunda"]) -> None:
    reason = mask(talk.intent.text).strip()
    if not reason:
        _say(talk, case, f"{kind}_tanpa_alasan")
        return
    if _is_answered(talk, case):
        return
    _in_hand(case)
    assert case.id is not None
    waiting = standing.settle(talk.connection, case.id, talk.desk.at)
    if post.peran is Peran.ADMIN_KOORDINATOR:
        do = talk.desk.give_back if kind == "bukan" else talk.desk.pause
        do(case, KOMINFO, reason)
        standing.write(talk.connection, talk.desk, case)
        _say(talk, case, "setuju_dicatat", effect=kind)
    elif any(one.kind == kind for one in waiting):
        _say(talk, case, "permintaan_sudah", effect=kind)
    else:
        _ask_kominfo(talk, case, post, kind, reason)
        _say(talk, case, f"{kind}_dicatat", effect=kind)


def _ask_kominfo(
    talk: Talk, case: Case, post: PostInfo, kind: Literal["bukan", "tunda"], reason: str
) -> None:
    """Enter a request with Kominfo's one working day; the OPD's clock runs on."""
    desk = talk.desk
    assert case.id is not None
    due_at = answers.decided_by(talk.world, desk.at)
    calendar = talk.world.calendar(None)
    requests.ask(
        talk.connection,
        case.id,
        kind,
        body=reason,
        post_id=post.id,
        decider=Peran.ADMIN_KOORDINATOR,
        inbound_id=talk.inbound_id,
        at=desk.at,
        due_at=due_at,
        next_look_at=calendar.at(calendar.local_date(due_at), MORNING),
    )
    event = desk.remark(case, f"{kind}_diminta", post.label, reason)
    told = desk.coordinators(case)
    tell(desk, case, event, told, f"minta_{kind}", reason, limit_at=due_at)


def approve(talk: Talk, case: Case, _: PostInfo) -> None:
    """SETUJU: the next request of the complaint that is his to decide is granted."""
    _decide(talk, case, yes=True)


def refuse(talk: Talk, case: Case, _: PostInfo) -> None:
    """TOLAK: it is refused, and the OPD told why."""
    _decide(talk, case, yes=False)


def _decide(talk: Talk, case: Case, *, yes: bool) -> None:
    assert case.id is not None
    posts = answering(talk, case.instansi_id, ACTING)
    waiting = standing.settle(talk.connection, case.id, talk.desk.at)
    first = decisions.next_of(waiting, lambda one: decisions.deciding(posts, one) is not None)
    by = decisions.deciding(posts, first) if first is not None else None
    reason = mask(talk.intent.text).strip() or None
    if first is None or by is None:
        _say(talk, case, "tidak_ada_permintaan")
    elif not yes and reason is None and decisions.needs_reason(first):
        _say(talk, case, "tolak_tanpa_alasan")
    else:
        decisions.decide(
            talk.connection,
            talk.desk,
            case,
            by.label,
            yes=yes,
            reason=reason,
            may=lambda asked: decisions.deciding(posts, asked) is not None,
        )
        refused = "tolak_dicatat" if decisions.needs_reason(first) else "tolak_dicatat_saja"
        name = "setuju_dicatat" if yes else refused
        talk.say(name, nomor=printed(case), judul=decisions.NAMES[first.kind])
        talk.done("setuju" if yes else "tolak", case)


def _is_answered(talk: Talk, case: Case) -> bool:
    """Say so where nothing is waited for any more."""
    if not answers.answered(case):
        return False
    _say(talk, case, "sudah_dijawab")
    return True


def _open(case: Case) -> None:
    if case.status in CLOSED:
        done = "diarsipkan" if case.status is Status.ARSIP else "selesai"
        raise RefusedError(f"aduan ini sudah {done}")
    if case.instansi_id is None:
        raise RefusedError("aduan ini belum diteruskan kepada instansi mana pun")


def _in_hand(case: Case) -> None:
    _open(case)
    if case.status is Status.TUNDA:
        raise RefusedError("aduan ini sedang menunggu kelengkapan dari pelapor")


def _limit(talk: Talk, case: Case) -> str:
    limit_at = limit(talk.world, case, talk.desk.at)
    return tanggal(limit_at, talk.world.zone) if limit_at else ""


def _say(talk: Talk, case: Case, name: str, *, effect: str | None = None) -> None:
    talk.say(name, nomor=printed(case))
    talk.done(effect or name, case)
