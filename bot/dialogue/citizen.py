"""What a citizen's message does: reports, follow-ups, questions, opt-out."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final

from bot.conversation import Intent, number_in
from bot.dialogue import drafts, follow_ups, judging, naming, reports
from bot.dialogue.acting import part_of
from bot.dialogue.drafts import Open
from bot.dialogue.filing import shown
from bot.dialogue.talk import Talk
from bot.keywords import Word
from bot.substance import courtesy
from config.terms import Clock, Status
from scheduler.complaint import CLOSED
from scheduler.store import consents, people, reach, told
from scheduler.store import drafts as store

_PROTECTION: Final = re.compile(r"(?<!\w)(?:anonim|rahasia|dan)(?!\w)", re.IGNORECASE)


ASKED: Final = timedelta(hours=24)
"""How long what somebody writes may be the answer to what he was asked, where nothing says so."""


def act(talk: Talk) -> None:
    """Act on a citizen's words, or on those of an officer that are no officer's word."""
    if talk.arrived.opt_out:
        _provider_answered(talk)
        return
    draft = _draft(talk)
    naming.said_politely(talk, draft)
    if naming.completed(talk, draft):
        return
    word = talk.intent.word
    if word is None or word is Word.LAPOR:
        _free(talk, draft)
    elif word in _OF_DRAFTS:
        _OF_DRAFTS[word](talk, draft)
    else:
        _OTHERS.get(word, _help)(talk)


def _draft(talk: Talk) -> Open | None:
    """Return the report this phone is making; one whose time was over is filed first."""
    kept = store.of_phone(talk.connection, talk.phone_id)
    if kept is None:
        return None
    draft = drafts.load(talk.seal, kept)
    since, said = kept.opened_at, drafts.OFFICERS_WORDS
    if draft.unsure and store.wrote_since(talk.connection, talk.phone_id, since, said):
        store.drop(talk.connection, talk.phone_id)
        return None
    if kept.file_at > talk.at:
        return draft
    if draft.report.empty or draft.unsure:
        store.drop(talk.connection, talk.phone_id)
    else:
        reports.file_expired(talk, draft)
    return None


def _free(talk: Talk, draft: Open | None) -> None:
    """What is no keyword: a number alone asks for its status, all else is a report."""
    if talk.intent.word is None:
        if talk.arrived.button:
            _help(talk)
            return
        if _only_protection(talk):
            follow_ups.protect(talk, draft)
            return
        if naming.speaks_of_own(talk, draft):
            return
        if (draft is None or draft.unsure) and _answer_alone(talk):
            return
    if draft is None and _answers_us(talk):
        return
    if not reports.hear(talk, draft):
        _help(talk)


def _only_protection(talk: Talk) -> bool:
    """Take "anonim dong min" for ANONIM: whoever asks for protection is not to go without it."""
    if not (talk.intent.anonim or talk.intent.rahasia) or talk.arrived.media or talk.arrived.place:
        return False
    return courtesy(_PROTECTION.sub(" ", talk.intent.text), talk.words)


def _answer_alone(talk: Talk) -> bool:
    """Take a complaint's number with nothing beside it for STATUS, and "5" for NILAI 5."""
    if talk.arrived.media or talk.arrived.place:
        return False
    text = talk.intent.text
    number = number_in(text)
    alone = re.sub(r"[\W_]", "", text).upper().removeprefix("SP4N")
    if number is None or alone != number.replace("-", ""):
        return judging.replies(talk)
    whose = people.named(talk.connection, number)
    if whose is None and reports.continues(talk):
        return False  # the number of a meter, say: it belongs to what was just reported
    talk.intent, talk.whose = Intent(Word.STATUS, number, ""), whose
    follow_ups.status(talk, None)
    return True


def _answers_us(talk: Talk) -> bool:
    """Take a reply to our question for more about that complaint: it waits for it (tunda).

    A reply quotes our message, or comes in time where that complaint was our last word.
    """
    text = talk.intent.text
    if talk.intent.word is not None or courtesy(text, talk.words):
        return False
    if not talk.quoted:
        return _answers_our_question(talk)
    if len(talk.quoted) != 1:
        return False
    named = people.named(talk.connection, talk.quoted[0])
    if named is None or named.reporter_phone_id != talk.phone_id:
        return False
    if talk.look(named.id).status in {*CLOSED, Status.PROSES}:
        return False
    follow_ups.add(talk, talk.case(named.id))
    return True


def _answers_our_question(talk: Talk) -> bool:
    """Take it for more about the complaint that the last message was about, if that waits for it.

    It waits until its limit; where the policy sets none, what he writes is taken for it for a day.
    """
    key = told.last_about(talk.connection, talk.phone_id)
    if key is None:
        return False
    case = talk.look(key)
    run = case.open_run(Clock.KELENGKAPAN)
    if case.status is not Status.TUNDA or case.reporter_phone_id != talk.phone_id or run is None:
        return False
    if talk.at > (run.limit_at or run.started_at + ASKED):
        return False
    follow_ups.add(talk, talk.case(key), said="ditambahkan_atau_lapor")
    return True


# --- help and opt-out -------------------------------------------------------------------------


def _help(talk: Talk) -> None:
    """BANTUAN, and whatever nothing can be made of: what may be written here."""
    talk.say(f"bantuan_{part_of(talk)}")
    talk.done("bantuan")


def _provider_answered(talk: Talk) -> None:
    """Record what the provider has already acted on and answered."""
    if talk.arrived.opt_out == "STOP":
        _stop(talk)
    elif talk.arrived.opt_out == "START":
        _start(talk)
    else:
        talk.done("bantuan")
    talk.texts.clear()


def _stop(talk: Talk) -> None:
    """BERHENTI: nothing more on this channel but answers. Of an officer's Kominfo is told."""
    talk.done("berhenti")
    channel = talk.arrived.channel
    reach.mark(talk.connection, talk.phone_id, channel, opted_out_at=talk.at)
    if not talk.officer:
        talk.say("berhenti")
        return
    _consent(talk, "menolak")
    posts = ", ".join(post.label for post in talk.posts)
    day = talk.world.today(talk.at)
    what = f"{posts} tidak bersedia lagi menerima pengingat di nomor itu"
    reach.raise_alert(talk.connection, f"berhenti/{talk.phone_id}/{day}", what, talk.at)
    talk.say("berhenti_petugas")


def _start(talk: Talk) -> None:
    """MULAI: messages on this channel again; to an officer it is his consent."""
    talk.done("mulai")
    reach.opt_in(talk.connection, talk.phone_id, talk.arrived.channel)
    if talk.officer:
        _consent(talk, "setuju")
        talk.say("setuju")
    else:
        # What was answered meanwhile did not reach him: he shall know that he may read it.
        some = judging.waiting(talk)[: follow_ups.LISTED]
        talk.say("mulai", daftar="\n".join(map(shown, some)))


def _consent(talk: Talk, said: consents.Answer) -> None:
    on = talk.world.today(talk.at)
    for holder_id in people.holder_ids(talk.connection, talk.phone_id, on):
        consents.answer(talk.connection, holder_id, said, talk.at)


_OF_DRAFTS: Final[Mapping[Word, Callable[[Talk, Open | None], None]]] = {
    Word.STATUS: follow_ups.status,
    Word.BATAL: follow_ups.batal,
    Word.ANONIM: follow_ups.protect,
    Word.RAHASIA: follow_ups.protect,
}
"""Words that may mean the report in the making."""
_OTHERS: Final[Mapping[Word, Callable[[Talk], None]]] = {
    Word.TAMBAH: follow_ups.tambah,
    Word.NILAI: judging.nilai,
    Word.BELUM: judging.belum,
    Word.BUKA: judging.buka,
    Word.BERHENTI: _stop,
    Word.MULAI: _start,
}
