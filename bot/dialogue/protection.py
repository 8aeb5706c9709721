"""ANONIM and RAHASIA: a reporter who asks to be protected is, and is told so.

Reporters were harmed when this was forgotten. Protection is only ever added, never taken back.
"""

from __future__ import annotations

from typing import Final

from bot.dialogue import drafts
from bot.dialogue.drafts import Open
from bot.dialogue.filing import Report, jenis, shown
from bot.dialogue.talk import Talk
from bot.keywords import OFFICER, Word
from scheduler.case import Case
from scheduler.ledger import PELAPOR

_BY_WORD: Final = OFFICER | {Word.ANONIM, Word.RAHASIA}


def on_draft(talk: Talk, draft: Open) -> None:
    """Protect the report in the making."""
    draft.report.anonim |= talk.intent.anonim
    draft.report.rahasia |= talk.intent.rahasia
    draft.last_at = max(draft.last_at, talk.at)
    draft.unsure = draft.unsure or (draft.report.empty and not talk.officer)
    drafts.save(talk.connection, talk.seal, talk.phone_id, draft)
    kind = jenis(draft.report)
    if draft.report.empty:
        talk.say("jenis_dahulu", jenis=kind)
    else:
        talk.say("jenis_draf", jenis=kind)


def promise(talk: Talk, *, others: bool) -> None:
    """Protect the report that is to come. `others`: there are older ones, which it is not about."""
    intent = talk.intent
    report = Report(
        channel=talk.arrived.channel,
        first_at=talk.at,
        anonim=intent.anonim,
        rahasia=intent.rahasia,
    )
    draft = Open(report, talk.at, unsure=True)
    drafts.save(talk.connection, talk.seal, talk.phone_id, draft)
    word = Word.ANONIM if intent.anonim else Word.RAHASIA
    talk.say("jenis_dahulu", jenis=jenis(report), kata=word.upper() if others else "")


def shield(talk: Talk, case: Case, *, anonim: bool, rahasia: bool) -> None:
    """Hide the reporter of a complaint, its content, or both; record it and say so."""
    if anonim:
        case.anonim, case.reporter_sealed = True, None
    case.rahasia = case.rahasia or rahasia
    names = " dan ".join(filter(None, ("ANONIM" * anonim, "RAHASIA" * rahasia)))
    talk.desk.remark(case, "anonim" if anonim else "rahasia", PELAPOR, names)
    late = anonim and case.instansi_id is not None
    if late:
        talk.say("terlambat_anonim", nomor=shown(case))
    if anonim and rahasia and not late:
        talk.say("anonim_rahasia", nomor=shown(case))
    elif rahasia:
        talk.say("rahasia", nomor=shown(case))
    elif not late:
        talk.say("anonim", nomor=shown(case))


def keep(talk: Talk) -> None:
    """Let what was wished beside something else be so of the complaint that it came to.

    Whatever it was said with: TAMBAH, BELUM, the answer to a question, the same text once more.
    """
    anonim, rahasia = talk.intent.anonim, talk.intent.rahasia
    if not (anonim or rahasia) or talk.intent.word in _BY_WORD or talk.complaint_id is None:
        return
    talk.flush()
    case = talk.look(talk.complaint_id)
    missing = (anonim and not case.anonim) or (rahasia and not case.rahasia)
    if missing and case.reporter_phone_id == talk.phone_id:
        shield(talk, talk.case(talk.complaint_id), anonim=anonim, rahasia=rahasia)
