"""What holds for every text, however hostile."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.conversation import Intent, Whose, Word, clean, number_in, read
from bot.keywords import SHORT_FORMS, SYNONYMS

NUMBERS = ("9000001", "SPG-2611-0042", "spg 2611 0042", "SPG26110042", "#12345", "1234", "7", "no")
WORDS = ("jalan", "rusak", "pak", "lorong", "sms", "dan", "lima", "tolong", "è", "🙏", "?")
KEYWORDS = (*Word, *SYNONYMS, *SHORT_FORMS, "statsu", "trima", "anonim rahasia", "sp4n")

anything = st.text(max_size=400) | st.text(
    st.characters(codec=None) | st.sampled_from("\x00\u202e\u200d\ud83d#:;.-5️⃣ "), max_size=60
)
worded = st.lists(st.sampled_from(KEYWORDS + NUMBERS + WORDS), max_size=9).map(" ".join)
glued = st.lists(st.sampled_from((*KEYWORDS, *NUMBERS, *WORDS, ":", "-", "\n")), max_size=9).map(
    "".join
)
texts = anything | worded | glued
quotes = st.none() | st.sampled_from(["9000002", "SPG-2611-0001"])
payloads = (
    st.none() | anything | st.sampled_from(["terima", "nilai_4:9000001", "nilai_9", ":", "_"])
)


@settings(max_examples=600)
@given(texts, st.sampled_from(Whose), st.booleans(), payloads, quotes)
@example("A" * 1600, Whose.OWN, True, None, "9000002")
@example("1" * 1600, Whose.OWN, True, "1" * 1600, None)
@example("STATUS " * 229, Whose.NONE, False, None, None)
@example("-#. " * 400, Whose.NONE, True, ":" * 400, None)
@example("", Whose.NONE, False, "", None)
def test_any_text_has_a_meaning(
    text: str, whose: Whose, officer: bool, button: str | None, quoted: str | None
) -> None:
    intent = read(text, whose=whose, officer=officer, button=button, quoted=quoted)
    assert intent.rating is None or (intent.word is Word.NILAI and 1 <= intent.rating <= 5)
    assert intent.text == clean(intent.text)
    assert intent.text in clean(text)
    assert intent.number is None or intent.word is not None
    if intent.word is None:
        assert intent.text == clean(text)
    if button is None:
        assert intent.number in {None, quoted, number_in(text)}


@settings(max_examples=400)
@given(texts)
def test_cleaning_twice_changes_nothing_more_and_no_database_minds(text: str) -> None:
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    assert "\x00" not in cleaned
    cleaned.encode("utf-8")


@settings(max_examples=400)
@given(texts)
def test_a_number_is_written_in_one_way(text: str) -> None:
    number = number_in(text)
    if number is not None:
        assert number_in(number) == number
        assert number_in(f"STATUS {number}") == number
        assert number == number.upper()
        assert number.isascii()


@settings(max_examples=400)
@given(worded, st.sampled_from(Whose), st.booleans(), quotes)
def test_case_and_outer_whitespace_make_no_difference(
    text: str, whose: Whose, officer: bool, quoted: str | None
) -> None:
    def meaning(form: str) -> tuple[object, ...]:
        intent = read(form, whose=whose, officer=officer, quoted=quoted)
        return (
            intent.word,
            intent.number,
            intent.text.casefold(),
            intent.rating,
            intent.anonim,
            intent.rahasia,
        )

    forms = (text, text.upper(), text.lower(), text.title(), f"\n \t{text}\u3000\r\n")
    assert len({meaning(form) for form in forms}) == 1
    assert len({number_in(form) for form in forms}) == 1


@settings(max_examples=400)
@given(
    st.lists(st.sampled_from(KEYWORDS[:-2] + WORDS[:-2]), min_size=4, max_size=9),
    st.sampled_from(Whose),
    st.booleans(),
)
def test_more_than_three_words_without_a_number_are_no_keyword(
    words: list[str], whose: Whose, officer: bool
) -> None:
    text = " ".join(words)
    intent = read(text, whose=whose, officer=officer)
    if words[0] == Word.LAPOR:
        assert intent.word is Word.LAPOR
    elif words[0] == Word.JAWAB and officer:
        assert intent == Intent(Word.JAWAB, None, text.split(maxsplit=1)[1])
    else:
        assert intent.word is None


@settings(max_examples=400)
@given(st.sampled_from(KEYWORDS), st.sampled_from(NUMBERS[:5]), worded, st.booleans())
def test_a_complaint_of_nobody_takes_no_text_away(
    word: str, number: str, more: str, in_front: bool
) -> None:
    """A keyword with a number that is not the sender's counts only where nothing would be lost."""
    text = f"{number} {word} {more}" if in_front else f"{word} {number} {more}"
    for whose in (Whose.NONE, Whose.OTHER):
        intent = read(text, whose=whose)
        if intent.word not in {None, Word.LAPOR}:
            assert intent.text == ""
