"""What a message means: one of our keywords, or free text. Pure; words in, `Intent` out.

The rule that decides everything: a keyword counts only alone or with the number of a complaint of
that sender. "STOP pungli" and "BELUM bede perbaikan" are complaints, and no complaint is lost to a
keyword. Slips of the thumb ("STATSU 9000001") are forgiven only up to three words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from bot import spoken
from bot.keywords import (
    ALONE,
    MESSAGES,
    OFFICER,
    PAIRS,
    RATINGS,
    SEVERAL,
    SPOKEN,
    WITH_TEXT,
    Sure,
    Word,
    keyword,
)
from bot.pieces import LOOK, Piece, clean, number_at, numbers_of, pieces_of, skip, trim

__all__ = ["Intent", "Whose", "Word", "clean", "number_in", "read"]


class Whose(StrEnum):
    """Whose the complaint is whose number stands in the message."""

    OWN = "own"
    """The sender reported it."""
    DUTY = "duty"
    """It is with an instansi of a post the sender holds, or he is Kominfo."""
    OTHER = "other"
    """It exists and is not his."""
    NONE = "none"
    """There is no such number, or none is written."""


@dataclass(frozen=True, slots=True)
class Intent:
    """What the sender wants.

    `word` is None for free text, which is then in `text`; else `text` is what follows keyword and
    number. `number` is normalised: "SPG-2611-0042", or digits without "#". `rating` is 1 to 5, or
    None where NILAI came without a usable one. `more` are the numbers behind the first one, of
    which an officer says the same. `anonim` and `rahasia` are also set on free text
    (and LAPOR) that opens with these words: whoever wrote them expects to be protected.
    """

    word: Word | None
    number: str | None
    text: str
    rating: int | None = None
    anonim: bool = False
    rahasia: bool = False
    more: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Found:
    """A keyword where a keyword may stand, and what stands around it."""

    word: Word
    sure: Sure
    second: Word | None
    """RAHASIA beside ANONIM, or the other way round."""
    number: str | None
    rating: int | None
    words: int
    """How many words the message has at least, its number counted as one."""
    rest: str
    """What follows the keyword, its number and its rating."""
    after: str
    """What follows the keyword itself."""
    front: bool = False
    """Whether the number stands before the keyword."""
    last: bool = False
    """Whether words stand between the keyword and its number: they are `rest`."""

    @property
    def own_words(self) -> bool:
        """Whether only an officer is understood like this, of a number that is his to answer."""
        return self.last or (self.front and self.words > _FEW) or self.sure is Sure.OFFICIAL


_FEW: Final = 3
"""Words of a message in which a slip is forgiven, and a number may stand before its keyword."""
_PAYLOAD: Final = re.compile(r"\s*([a-z]{1,16})(?:_(\d))?\s*(?::(.{1,40}))?\s*", re.IGNORECASE)


def number_in(text: str) -> str | None:
    """The number that stands where a keyword's would, normalised; also a number all alone.

    The caller looks up whose it is and passes that to `read`.
    """
    text = clean(text)
    pieces = pieces_of(text)
    found = _find(text, pieces)
    if found is not None:
        return found.number
    number, used = number_at(text, pieces, skip(pieces, 0))
    return number if number and used == len(pieces) else None


def read(
    text: str,
    *,
    whose: Whose = Whose.NONE,
    officer: bool = False,
    button: str | None = None,
    quoted: str | None = None,
) -> Intent:
    """What the sender of `text` wants; never raises, whatever the text.

    `whose` speaks of `number_in(text)`; `officer`: the sender holds a post. `button` is the
    payload of a quick reply, such as "terima" or "nilai_4", with ":" and a number where it is
    about one complaint; an unknown payload falls back to the text. `quoted` is the number of the
    complaint our quoted message was about, where it was exactly one: a keyword may then stand
    without a number, and a number that is written out goes before it.
    """
    pressed = _pressed(button, quoted) if button else None
    if pressed is not None:
        return pressed
    text = clean(text)
    pieces = pieces_of(text)
    if not pieces and text and not text.strip("?\ufe0f "):
        return Intent(Word.BANTUAN, quoted, "")
    found = _find(text, pieces)
    meant = None
    if found is not None and found.word is Word.LAPOR:
        meant = _report(found)
    elif found is not None and found.number is not None and found.own_words:
        meant = _in_own_words(found, found.number, whose, quoted, officer=officer)
    elif found is not None and found.number is not None:
        meant = _with_number(found, found.number, whose, quoted, officer=officer)
    elif found is not None:
        meant = _without_number(found, quoted, officer=officer)
    return meant or _free(text, pieces)


def _with_number(
    found: _Found, number: str, whose: Whose, quoted: str | None, *, officer: bool
) -> Intent | None:
    """What a keyword with a number says; None if it is a word like any other."""
    if officer and found.word in SEVERAL and (more := numbers_of(found.rest)):
        return replace(_intent(found, number, ""), more=more)
    if not found.rest:
        counts = True
    elif found.word in ALONE:
        counts = False
    elif whose is Whose.OTHER:
        counts = officer and found.word in OFFICER
    else:
        counts = whose is not Whose.NONE
    if counts:
        return _intent(found, number, found.rest)
    if whose is not Whose.NONE or found.front:
        return None
    # Digits that are nobody's complaint are part of the text: "JAWAB 25000 liter dikirim".
    return _without_number(replace(found, rest=found.after), quoted, officer=officer)


def _in_own_words(
    found: _Found, number: str, whose: Whose, quoted: str | None, *, officer: bool
) -> Intent | None:
    """What an officer says of his duty in his own words; None if it is a text like any other."""
    plain = found.sure is Sure.OFFICIAL and not found.last
    few = found.words <= spoken.MOST or (found.word is Word.JAWAB and not found.last)
    if officer and whose is Whose.DUTY and few and (plain or spoken.means(found.word, found.rest)):
        # "bukan jalan kabupaten" is a reason as a whole.
        text = f"bukan {found.rest}" if found.last and found.word is Word.BUKAN else found.rest
        return _intent(found, number, text)
    if not found.last:
        return None
    return _without_number(replace(found, rest=found.after), quoted, officer=officer)


def _without_number(found: _Found, quoted: str | None, *, officer: bool) -> Intent | None:
    """What a keyword says to which no number is written; None if it is a word like any other."""
    if found.sure is Sure.OFFICIAL:
        return None
    if not found.rest:
        return _intent(found, quoted, "")
    if found.sure is not Sure.EXACT:
        return None
    if quoted and found.word in WITH_TEXT and (officer or found.word not in OFFICER):
        return _intent(found, quoted, found.rest)
    if officer and found.word is Word.JAWAB:
        return Intent(Word.JAWAB, None, found.rest)
    return None


def _intent(found: _Found, number: str | None, text: str) -> Intent:
    words = {found.word, found.second}
    return Intent(
        found.word,
        number,
        text,
        rating=found.rating,
        anonim=Word.ANONIM in words,
        rahasia=Word.RAHASIA in words,
    )


def _free(text: str, pieces: tuple[Piece, ...]) -> Intent:
    opening, _ = _protection(pieces)
    return Intent(None, None, text, anonim=Word.ANONIM in opening, rahasia=Word.RAHASIA in opening)


def _report(found: _Found) -> Intent:
    """LAPOR: the report is what follows; "LAPOR ANONIM" alone has none yet."""
    pieces = pieces_of(found.rest)
    _, used = _protection(pieces)
    text = found.rest if used < len(pieces) else ""
    return replace(_free(found.rest, pieces), word=Word.LAPOR, text=text)


def _protection(pieces: tuple[Piece, ...]) -> tuple[set[Word], int]:
    """Which of ANONIM and RAHASIA a text opens with, and how many pieces that takes."""
    opening: set[Word] = set()
    used = 0
    for at, piece in enumerate(pieces[:3]):
        if piece.word in PAIRS and opening:
            continue
        word, sure = keyword(piece.word) or (None, None)
        if word not in {Word.ANONIM, Word.RAHASIA} or sure is not Sure.EXACT:
            break
        opening.add(word)
        used = at + 1
    return opening, used


def _pressed(button: str, quoted: str | None) -> Intent | None:
    """What a quick reply says; None for a payload that is none of ours."""
    payload = _PAYLOAD.fullmatch(clean(button[:80]))
    if payload is None or payload[1].lower() not in set(Word):
        return None
    word, stars, written = Word(payload[1].lower()), payload[2], payload[3]
    if stars and (word is not Word.NILAI or stars not in "12345"):
        return None
    number = quoted
    if written is not None:
        pieces = pieces_of(written)
        number, used = number_at(written, pieces, 0)
        if number is None or used != len(pieces):
            return None
    return Intent(
        word,
        number,
        "",
        rating=int(stars) if stars else None,
        anonim=word is Word.ANONIM,
        rahasia=word is Word.RAHASIA,
    )


def _find(text: str, pieces: tuple[Piece, ...]) -> _Found | None:
    """The keyword of a message: at its start, or in a short one behind the number."""
    at, number = 0, None
    if _keyword_at(pieces, 0) is None:
        number, at = number_at(text, pieces, skip(pieces, 0))
        if number is None:
            return None
    found = _from_keyword(text, pieces, at, number)
    if found is None or found.words <= _FEW:
        return found
    if found.sure is Sure.SLIP or (found.front and found.word not in SPOKEN):
        return None
    return found


def _from_keyword(
    text: str, pieces: tuple[Piece, ...], at: int, number: str | None
) -> _Found | None:
    """Read on from piece `at`; None if it is no keyword after all."""
    known = _keyword_at(pieces, at)
    if known is None:
        return None
    word, sure = known
    front = number is not None
    if word is Word.LAPOR:
        # "LAPOR9000001" is no report that begins with "LAPOR".
        glued = at + 1 < len(pieces) and pieces[at + 1].start == pieces[at].end
        rest = trim(text[pieces[at].end :])
        return None if front or glued else _Found(word, sure, None, None, None, 1, rest, rest)
    second, behind = _second(pieces, at + 1, word)
    after = text[pieces[behind - 1].end :] if behind < len(pieces) else ""
    words = (2 if front else 1) + (second is not None)
    number, rating, at, more = _arguments(text, pieces, behind, word, number)
    if number is None and word in SPOKEN and sure is not Sure.SLIP:
        number, first = _at_the_end(text, pieces, at)
        if number is not None:
            rest = trim(text[pieces[at - 1].end : pieces[first].start]).rstrip(" \n\t.,:;#-(")
            words += first - at + 1
            return _Found(word, sure, second, number, None, words, rest, trim(after), last=True)
    rest = text[pieces[at - 1].end :] if at < len(pieces) else ""
    words += more + len(pieces) - at
    return _Found(word, sure, second, number, rating, words, trim(rest), trim(after), front)


def _at_the_end(text: str, pieces: tuple[Piece, ...], at: int) -> tuple[str | None, int]:
    """The number that a short text ends with, words before it, and the first piece of it."""
    for first in range(at + 1, min(at + spoken.MOST - 1, len(pieces))):
        number, behind = number_at(text, pieces, skip(pieces, first))
        if number is not None and behind == len(pieces) < LOOK:
            return number, first
    return None, at


def _arguments(
    text: str, pieces: tuple[Piece, ...], at: int, word: Word, number: str | None
) -> tuple[str | None, int | None, int, int]:
    """Number and rating behind a keyword in either order, the piece behind, words they take."""
    rating: int | None = None
    rated, words = word is not Word.NILAI, 0
    for _ in range(2):
        if number is None:
            number, behind = number_at(text, pieces, skip(pieces, at))
            if number is not None:
                at, words = behind, words + 1
        if not rated and at < len(pieces):
            rated, rating = _rating(pieces[at])
            at, words = at + rated, words + rated
    left = pieces[at:]
    if word is Word.NILAI and left and len(pieces) < LOOK and all(one.digits for one in left):
        return number, None, len(pieces), words + len(left)  # "4.5" is no rating and no text
    return number, rating, at, words


def _second(pieces: tuple[Piece, ...], at: int, word: Word) -> tuple[Word | None, int]:
    """What completes a keyword: RAHASIA beside ANONIM, the "sms" of "STOP SMS"."""
    if at == len(pieces):
        return None, at
    if word is Word.BERHENTI and pieces[at].word in MESSAGES:
        return None, at + 1
    if word in {Word.ANONIM, Word.RAHASIA}:
        behind = at + (pieces[at].word in PAIRS)
        known = _keyword_at(pieces, behind)
        if known and {known[0], word} == {Word.ANONIM, Word.RAHASIA}:
            return known[0], behind + 1
    return None, at


def _keyword_at(pieces: tuple[Piece, ...], at: int) -> tuple[Word, Sure] | None:
    if at >= len(pieces):
        return None
    return keyword(pieces[at].word)


def _rating(piece: Piece) -> tuple[bool, int | None]:
    """Whether the piece stands for a rating, and which if it is one of 1 to 5."""
    if piece.digits:
        fits = len(piece.word) == 1 and piece.word in "12345"
        return True, int(piece.word) if fits else None
    return piece.word in RATINGS, RATINGS.get(piece.word)
