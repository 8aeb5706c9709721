"""Whether a text asks that its writer be protected, whatever else it says. Pure.

Reporters were harmed when such a wish was forgotten, so in doubt there is one: too much protection
hurts little. It is of the person alone: what hides a report's content (RAHASIA) hides it from those
who are to act on it too, and must be asked for by that word.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from bot.conversation import Intent, clean
from bot.keywords import Word
from bot.phrases import SENTENCE, calm, finder, plain
from bot.substance import courtesy, dangerous
from config.words import Words

_NUMBER: Final = re.compile(r"(?<![\w-])[a-z]{2,6}-\d{4}-\d{4,9}(?![\w-])", re.IGNORECASE)
_WITH_TEXT: Final = frozenset({Word.LAPOR, Word.TAMBAH, Word.BELUM, Word.NILAI, Word.BUKA})


def wished(text: str, words: Words) -> bool:
    """Whether a text asks that its writer be not named: "rahasiakan nama saya"."""
    for part in _sentences(text, words):
        meant = finder(words.bukan_perlindungan).sub(" ; ", part)
        if finder(words.perlindungan).search(meant):
            return True
    return False


def understood(intent: Intent, words: Words, *, quoted: str | None, plain: bool) -> Intent:
    """What a citizen wants who may have wished for protection in words of his own.

    A text that is nothing but such a wish is ANONIM: of the complaint whose number stands in it,
    or that our quoted message was about. In any other it stands beside what is said. `plain`: no
    photo and no location came along, which would be a report.
    """
    text = clean(intent.text)
    free = intent.word is None or intent.word is Word.LAPOR
    if not (free or intent.word in _WITH_TEXT) or not wished(text, words):
        return intent
    if not (free and plain and _nothing_else(text, words)):
        return replace(intent, anonim=True)
    if intent.word is Word.LAPOR:
        return replace(intent, text="", anonim=True)
    numbers = {number.upper() for number in _NUMBER.findall(text)}
    number = numbers.pop() if len(numbers) == 1 else quoted
    return Intent(Word.ANONIM, number, "", anonim=True, rahasia=intent.rahasia)


def _nothing_else(text: str, words: Words) -> bool:
    if dangerous(text, words):
        return False
    around = words.perlindungan + words.sekitar_perlindungan
    rest = (finder(around).sub(" ", part) for part in _sentences(_NUMBER.sub(" ", text), words))
    return courtesy(" ".join(rest), words)


def _sentences(text: str, words: Words) -> list[str]:
    """The sentences in plain words: no phrase goes on from one to the next."""
    return [plain(part, words) for part in SENTENCE.split(calm(text))]
