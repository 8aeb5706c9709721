"""Which of his complaints a reporter means who writes its number in his own way, or half of it.

A keyword counts with the end of an own number as with the whole of it ("STATUS 0042"). A short text
with an own number in it, or one that only asks how far a report is, is no new complaint.
"""

from __future__ import annotations

import re

from bot import asking, conversation
from bot.conversation import Intent, Whose
from bot.dialogue import follow_ups, judging, progress, reports
from bot.dialogue.drafts import Open
from bot.dialogue.talk import Talk
from bot.keywords import Word
from scheduler.complaint import CLOSED
from scheduler.store import people


def said_politely(talk: Talk, draft: Open | None) -> None:
    """Take "stop pak" for STOP, and its like; "belum pak" may also belong to a report."""
    one = talk.arrived
    if talk.intent.word is not None or one.button or one.media or one.place:
        return
    word = asking.alone(talk.intent.text, talk.words)
    if word is not None and not (word is Word.BELUM and _goes_on(talk, draft)):
        talk.intent = Intent(word, talk.quoted[0] if len(talk.quoted) == 1 else None, "")
        if talk.intent.number is not None:
            talk.whose = people.named(talk.connection, talk.intent.number)


def completed(talk: Talk, draft: Open | None) -> bool:
    """Put the whole own number in the place of its end; return whether all is said already.

    That is so where several numbers end like this, or none that is asked for.
    """
    text = conversation.clean(talk.arrived.text)
    if talk.arrived.button or conversation.number_in(text) is not None:
        return False
    named = asking.ending(text)
    asked = None if named else asking.ending_asked(text, talk.words)
    found = named or asked
    if found is None or (found is named and named.word is None and _goes_on(talk, draft)):
        return False
    mine = people.reported(talk.connection, talk.phone_id)
    mine = [one for one in mine if one.nomor is not None and found.ends(one.nomor)]
    if len(mine) == 1:
        _put(talk, found, text, mine[0])
        return False
    if mine:
        word = found.word or Word.STATUS
        listed = progress.listed(mine[: follow_ups.LISTED])
        talk.say("pilih_nomor", kata=word.upper(), daftar=listed)
        talk.done("pilih_nomor")
        return True
    if talk.officer or (found is named and named.word is not Word.STATUS):
        return False
    talk.say("nomor_tak_dikenal", nomor=found.digits)
    talk.done("ditolak")
    return True


def _put(talk: Talk, found: asking.Ending, text: str, one: people.Mine) -> None:
    assert one.nomor is not None
    intent = Intent(Word.STATUS, one.nomor, "")
    if found.word is not None:
        intent = conversation.read(
            found.whole(text, one.nomor), whose=Whose.OWN, officer=talk.officer
        )
    if intent.number is not None:
        talk.intent, talk.whose = intent, people.named(talk.connection, one.nomor)


def speaks_of_own(talk: Talk, draft: Open | None) -> bool:
    """Act on a text that speaks of what its sender reported, and of nothing new; else False.

    It only asks; or it is short and holds the number of one of his: what it says is added to that
    one as long as it is open.
    """
    text = talk.intent.text
    plain = not (talk.arrived.media or talk.arrived.place)
    if plain and asking.asks(text, talk.words):
        talk.intent = Intent(Word.STATUS, None, "")
        follow_ups.status(talk, draft)
        return True
    found = asking.number_within(text)
    if found is None or not re.search(r"[^\W_]", found[1]):
        return False
    number, rest = found
    about = people.named(talk.connection, number)
    his = about is not None and about.reporter_phone_id == talk.phone_id
    if about is not None and his and plain and judging.of_number(talk, about, number, rest):
        return True
    if plain and asking.asks_of_number(rest, talk.words) and (his or "-" in number):
        talk.intent, talk.whose = Intent(Word.STATUS, number, ""), about
        follow_ups.status(talk, None)
        return True
    return about is not None and his and _added(talk, about, draft)


def _added(talk: Talk, about: people.Named, draft: Open | None) -> bool:
    case = talk.look(about.id)
    if case.status in CLOSED or _goes_on(talk, draft):
        return False
    case = talk.case(about.id)
    follow_ups.add(talk, case, said="ditambahkan_atau_lapor")
    judging.remind(talk, case)
    return True


def _goes_on(talk: Talk, draft: Open | None) -> bool:
    """Return whether a text would belong to a report in the making, or to one just filed."""
    return (draft is not None and not draft.unsure) or reports.continues(talk)
