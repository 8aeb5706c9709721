"""What an officer's word does: TERIMA, JAWAB, SUDAH, BUKAN, TUNDA, DAFTAR, KENAPA, and decisions.

Only a current holder, an acting one too, of a post that answers for a complaint may act on it;
whoever may not hears the same words whether the complaint exists or not.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from bot.conversation import Word, number_in
from bot.dialogue import duties, officer_words, several, why
from bot.dialogue.acting import ACTING, LOOKING, acting_as, posts_of
from bot.dialogue.duties import Item
from bot.dialogue.talk import Talk
from bot.dialogue.telling import echoed
from config.terms import Peran
from scheduler.case import Case
from scheduler.directory import PostInfo
from scheduler.store import consents, people, reach

log = logging.getLogger(__name__)

_ON_ONE: Final[Mapping[Word, Callable[[Talk, Case, PostInfo], None]]] = {
    Word.TERIMA: officer_words.accept,
    Word.JAWAB: officer_words.answer,
    Word.SUDAH: officer_words.answered_in_sp4n,
    Word.BUKAN: officer_words.not_ours,
    Word.TUNDA: officer_words.wait,
    Word.SETUJU: officer_words.approve,
    Word.TOLAK: officer_words.refuse,
}
_DECISIONS: Final = frozenset({Word.SETUJU, Word.TOLAK})


def act(talk: Talk) -> None:
    """Act on an officer's word; whoever may not is refused politely, and it is logged."""
    word = talk.intent.word
    if word is Word.SETUJU and talk.intent.number is None:
        _consent(talk)
    elif word is Word.DAFTAR:
        posts = posts_of(talk, LOOKING)
        if posts:
            duties.show(talk, posts)
        else:
            _not_an_officer(talk)
    elif word is Word.KENAPA:
        complaint_id = _meant(talk, LOOKING)
        if complaint_id is not None:
            why.explain(talk, complaint_id)
    elif word is not None:
        _act_on_one(talk, word)


def _act_on_one(talk: Talk, word: Word) -> None:
    if talk.intent.more:
        if not several.act(talk, word):
            _refused(talk)
        return
    complaint_id = _meant(talk, ACTING)
    if complaint_id is None:
        return
    # It may have gone to another instansi since it was looked up: only now is it locked.
    case = talk.case(complaint_id)
    post = acting_as(talk, case.instansi_id, ACTING, case.id)
    if post is None:
        _refuse(talk, talk.intent.number or case.number)
    else:
        _ON_ONE[word](talk, case, post)


def _meant(talk: Talk, roles: tuple[Peran, ...]) -> int | None:
    """Return the complaint that is meant; None where that is not his, or had to be asked."""
    number = talk.intent.number
    if number is None:
        posts = posts_of(talk, roles)
        if posts:
            return _the_one(talk, posts)
        _not_an_officer(talk)
        return None
    named = talk.whose
    if named is None or acting_as(talk, named.instansi_id, roles, named.id) is None:
        _refuse(talk, number)
        return None
    return named.id


def _the_one(talk: Talk, posts: Sequence[PostInfo]) -> int | None:
    """Return the one thing a word without a number can mean; of several the person says which."""
    word = talk.intent.word
    assert word is not None
    decides = word in _DECISIONS
    found = duties.decisions_of(talk, posts) if decides else duties.duties_of(talk, posts)
    if talk.quoted:
        found = [item for item in found if item.number in talk.quoted]
    # A number that nobody knows stands in the text: another one is not for us to guess.
    mistyped = number_in(talk.arrived.text) is not None
    if len(found) == 1 and not mistyped:
        return found[0].complaint_id
    if found:
        _ask_which(talk, word, found)
    else:
        name = "tidak_ada_keputusan" if decides else "daftar_kosong"
        talk.say(name)
        talk.done(name)
    return None


def _ask_which(talk: Talk, word: Word, found: Sequence[Item]) -> None:
    listed = "\n".join(duties.lines(talk, found))
    if word is Word.JAWAB and talk.intent.text:
        talk.say("jawab_tanpa_nomor", daftar=listed)
        talk.done("jawab_tanpa_nomor")
    else:
        talk.say("pilih_nomor", kata=word.upper(), daftar=listed)
        talk.done("pilih_nomor")


def _consent(talk: Talk) -> None:
    """SETUJU alone: the holder agrees to be reminded on this phone.

    Where he was not asked to, or has agreed, it can only be meant for a request that waits: which
    one, he must say.
    """
    today = talk.world.today(talk.at)
    holder_ids = people.holder_ids(talk.connection, talk.phone_id, today)
    if not holder_ids:
        _not_an_officer(talk)
        return
    known = consents.standings(talk.connection, holder_ids)
    agreed = all(key in known and known[key].answer == "setuju" for key in holder_ids)
    waiting = duties.decisions_of(talk, posts_of(talk, ACTING))
    if waiting and (agreed or not known):
        _ask_which(talk, Word.SETUJU, waiting)
        return
    for key in holder_ids:
        last_at = known[key].last_at if key in known else None
        if last_at is None or last_at <= talk.at:
            consents.answer(talk.connection, key, "setuju", talk.at)
    reach.opt_in(talk.connection, talk.phone_id, talk.arrived.channel)
    talk.say("setuju")
    if waiting:  # it may have been meant for that: nobody shall believe he has decided
        _ask_which(talk, Word.SETUJU, waiting)
    talk.done("persetujuan")


def _refuse(talk: Talk, number: str) -> None:
    """Refuse in the same words whether there is such a complaint or not."""
    talk.say("ditolak_bukan_wewenang", nomor=echoed(number))
    _refused(talk)


def _not_an_officer(talk: Talk) -> None:
    assert talk.intent.word is not None
    talk.say("bukan_petugas", kata=talk.intent.word.upper())
    _refused(talk)


def _refused(talk: Talk) -> None:
    word = talk.intent.word
    log.info("officer_refused inbound=%s phone=%s word=%s", talk.inbound_id, talk.phone_id, word)
    talk.complaint_id = None
    talk.done("ditolak")
