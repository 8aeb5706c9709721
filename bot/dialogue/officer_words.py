"""What each of an officer's words does to one complaint, as the post that may.

The complaint is locked and the post answers for it; both are settled in `bot.dialogue.officer`.
A word that was acted on has itself for its effect.
"""

from __future__ import annotations

from typing import Literal

from bot import spoken
from bot.dialogue import acts, answers, decisions, standing
from bot.dialogue.acting import ACTING, answering
from bot.dialogue.talk import Talk
from bot.dialogue.telling import limit, printed
from bot.keywords import Word
from bot.masking import mask
from bot.wording import tanggal
from config import replies
from config.terms import Peran
from scheduler.case import Case
from scheduler.directory import PostInfo
from scheduler.ledger import KOMINFO
from scheduler.store import entries


def accept(talk: Talk, case: Case, post: PostInfo) -> None:
    """TERIMA: the OPD acknowledges; whoever says it again hears the limit again."""
    if _is_answered(talk, case):
        return
    new = acts.accept(talk.connection, talk.desk, case, post)
    name = "terima" if new else "terima_sudah"
    talk.say(name, nomor=printed(case), batas=_limit(talk, case))
    talk.done("terima", case)


def answer(talk: Talk, case: Case, post: PostInfo) -> None:
    """JAWAB: counts, waits for an approval, or says too little. One more is a supplement."""
    number = printed(case)
    text = talk.intent.text
    if not mask(text).strip():
        _say(talk, case, "jawab_kosong")
        return
    came = acts.answer(talk.connection, talk.desk, case, post, text, talk.words, talk.inbound_id)
    if came.missing:
        talk.say("jawab_normatif", nomor=number, kurang=replies.lacking(came.missing))
    elif came.approver is not None:
        talk.say("jawab_menunggu", nomor=number, penyetuju=came.approver)
    else:
        reporter = case.reporter_phone_id
        told = reporter is not None and not entries.refuses(talk.connection, reporter)
        here = "jawab_dicatat" if told else "jawab_dicatat_saja"
        talk.say("jawab_dicatat_sp4n" if case.tracking_id else here, nomor=number)
    talk.done("jawab", case)


def answered_in_sp4n(talk: Talk, case: Case, post: PostInfo) -> None:
    """SUDAH: the OPD's clocks stand still for a working day, once for each run of `respon`."""
    if case.tracking_id is None:
        _say(talk, case, "sudah_bukan_sp4n")
        return
    if _is_answered(talk, case):
        return
    until = acts.answered_in_sp4n(talk.connection, talk.desk, case, post, talk.inbound_id)
    if until is None:
        _say(talk, case, "sudah_lagi", effect="sudah")
        return
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
    body = talk.world.directory.bodies.get(case.instansi_id or 0)
    if not spoken.gives_reason(Word(kind), reason, body.short if body else ""):
        _say(talk, case, f"{kind}_tanpa_alasan")
        return
    if _is_answered(talk, case):
        return
    acts.check_in_hand(case)
    assert case.id is not None
    if post.peran is Peran.ADMIN_KOORDINATOR:
        standing.settle(talk.connection, case.id, talk.desk.at)
        do = talk.desk.give_back if kind == "bukan" else talk.desk.pause
        do(case, KOMINFO, reason)
        standing.write(talk.connection, talk.desk, case)
        _say(talk, case, "setuju_dicatat", effect=kind)
        return
    new = acts.request(talk.connection, talk.desk, case, post, kind, reason, talk.inbound_id)
    _say(talk, case, f"{kind}_dicatat" if new else "permintaan_sudah", effect=kind)


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
        refused = "tolak_dicatat_saja" if first.kind == "normatif" else "tolak_dicatat"
        name = "setuju_dicatat" if yes else refused
        talk.say(name, nomor=printed(case), judul=decisions.NAMES[first.kind])
        talk.done("setuju" if yes else "tolak", case)


def _is_answered(talk: Talk, case: Case) -> bool:
    """Say so where nothing is waited for any more."""
    if not answers.answered(case):
        return False
    _say(talk, case, "sudah_dijawab")
    return True


def _limit(talk: Talk, case: Case) -> str:
    limit_at = limit(talk.world, case, talk.desk.at)
    return tanggal(limit_at, talk.world.zone) if limit_at else ""


def _say(talk: Talk, case: Case, name: str, *, effect: str | None = None) -> None:
    talk.say(name, nomor=printed(case))
    talk.done(effect or name, case)
