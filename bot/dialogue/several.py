"""TERIMA and SUDAH with several numbers: each is acted on, and one reply names them all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from bot.conversation import Word
from bot.dialogue import acts, answers
from bot.dialogue.acting import ACTING, acting_as
from bot.dialogue.talk import Talk
from bot.dialogue.telling import echoed
from bot.wording import tanggal
from scheduler.case import Case
from scheduler.complaint import RefusedError
from scheduler.directory import PostInfo
from scheduler.store import people

MOST: Final = 20
"""So many numbers have room in one reply; the others are asked for once more."""
_NOT_HIS: Final = "tidak tercatat pada jabatan Bapak/Ibu"
_LEFT: Final = "dan nomor sesudahnya belum diproses, mohon dikirim lagi"
_REPLIES: Final = {Word.TERIMA: "terima_banyak", Word.SUDAH: "sudah_banyak"}


def act(talk: Talk, word: Word) -> bool:
    """Act on every number of a message, and say of each what became of it.

    False where none is a complaint of whoever wrote.
    """
    assert talk.intent.number is not None
    written = list(dict.fromkeys([talk.intent.number, *talk.intent.more]))
    numbers, left = written[:MOST], written[MOST:]
    ids = {number: _his(talk, number) for number in numbers}
    said: dict[int, str] = {}
    for key in sorted({key for key in ids.values() if key is not None}):
        said[key] = _one(talk, word, key)
    became: dict[str, list[str]] = {}
    for number, complaint_id in ids.items():
        what = _NOT_HIS if complaint_id is None else said[complaint_id]
        became.setdefault(what, []).append(_shown(number))
    lines = [f"{', '.join(several)} {what}" for what, several in became.items()]
    lines += [f"{_shown(left[0])} {_LEFT}"] if left else []
    talk.say(_REPLIES[word], baris="\n".join(lines))
    talk.complaint_id = next(filter(None, ids.values()), None)
    talk.done(word.value)
    return bool(said)


def _shown(number: str) -> str:
    return echoed(number) or "sebuah nomor"


def _his(talk: Talk, number: str) -> int | None:
    """Return the complaint of a number, if whoever wrote acts on it."""
    named = people.named(talk.connection, number)
    if named is None or acting_as(talk, named.instansi_id, ACTING, named.id) is None:
        return None
    return named.id


def _one(talk: Talk, word: Word, complaint_id: int) -> str:
    """Act on one, locked only now; return what became of it."""
    case = talk.case(complaint_id)
    post = acting_as(talk, case.instansi_id, ACTING, complaint_id)
    if post is None:
        return _NOT_HIS
    if word is Word.SUDAH and case.tracking_id is None:
        return "tidak di SP4N-LAPOR!, balas JAWAB nomor isi jawaban"
    if answers.answered(case):
        return "sudah tercatat dijawab"
    try:
        return _DO[word](talk, case, post)
    except RefusedError as refused:  # before anything of it was changed
        return str(refused).removeprefix("aduan ini ")


def _accept(talk: Talk, case: Case, post: PostInfo) -> str:
    new = acts.accept(talk.connection, talk.desk, case, post)
    return "tercatat diterima" if new else "sudah tercatat diterima sebelumnya"


def _answered_in_sp4n(talk: Talk, case: Case, post: PostInfo) -> str:
    until = acts.answered_in_sp4n(talk.connection, talk.desk, case, post, talk.inbound_id)
    if until is None:
        return "sudah dinyatakan sebelumnya, belum tampak di SP4N-LAPOR!"
    return f"dijeda sampai {tanggal(until, talk.world.zone)}, dicocokkan Kominfo dengan SP4N-LAPOR!"


_DO: Final[Mapping[Word, Callable[[Talk, Case, PostInfo], str]]] = {
    Word.TERIMA: _accept,
    Word.SUDAH: _answered_in_sp4n,
}
