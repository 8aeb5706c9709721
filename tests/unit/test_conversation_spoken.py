"""An officer's own words around the number of a complaint that is his to answer."""

from __future__ import annotations

import pytest

from bot import spoken
from bot.conversation import Whose, Word, number_in, read

N = "9000001"
DUTY = Whose.DUTY

SAID = [
    ("sudah dijawab 9000001", Word.SUDAH, "dijawab"),
    ("sudah kami jawab di SP4N 9000001", Word.SUDAH, "kami jawab di"),
    ("Sudah ditanggapi #9000001.", Word.SUDAH, "ditanggapi"),
    ("sdh dijawab no 9000001", Word.SUDAH, "dijawab"),
    ("9000001 sudah kami jawab kemarin", Word.SUDAH, "kami jawab kemarin"),
    ("9000001 sudah dijawab", Word.SUDAH, "dijawab"),
    ("terima laporannya, 9000001", Word.TERIMA, "laporannya"),
    ("TERIMA SP4N9000001", Word.TERIMA, ""),
    ("TERIMA sp4n 9000001", Word.TERIMA, ""),
    ("SP4N9000001 terima", Word.TERIMA, ""),
    ("bukan wewenang kami 9000001", Word.BUKAN, "bukan wewenang kami"),
    ("bukan kewenangan dinas provinsi: 9000001", Word.BUKAN, "bukan kewenangan dinas provinsi"),
    ("tunda dulu 9000001", Word.TUNDA, "dulu"),
    ("kenapa sudah terlambat 9000001", Word.KENAPA, "sudah terlambat"),
    ("jawab ditambal kemarin 9000001", Word.JAWAB, "ditambal kemarin"),
    ("jawaban 9000001 lubang ditambal 5 mei", Word.JAWAB, "lubang ditambal 5 mei"),
    ("Jawaban: 9000001, lubang ditambal", Word.JAWAB, "lubang ditambal"),
    (
        "9000001 jawab lubang ditambal 5 mei oleh regu",
        Word.JAWAB,
        "lubang ditambal 5 mei oleh regu",
    ),
    ("9000001 jawaban lubang ditambal 5 mei", Word.JAWAB, "lubang ditambal 5 mei"),
    ("9000001 jwb lubang ditambal 5 mei", Word.JAWAB, "lubang ditambal 5 mei"),
]
NOT_SAID = [
    "sudah kami terima 9000001",
    "sudah belum dijawab 9000001",
    "sudah menunggu jawaban 9000001",
    "sudah ditambal 9000001",  # an answer: he is told how to give it
    "sudah berapa lama menunggu jawaban 9000001",
    "sudah lama sekali saya menunggu jawaban 9000001",  # seven words
    "terima kasih 9000001",
    "terima atau tidak 9000001",
    "bukan main 9000001",
    "setuju atau tolak 9000001",
    "jawab apa 9000001",
    "9000001 terima kasih banyak laporannya pak",
    "9000001 belum kami jawab karena banjir",
    "9000001 sudah ditambal oleh regu kami",
    "sudah dijawab 9000001 atau belum ya",
    "SP4N2026 terima",
]


@pytest.mark.parametrize(("text", "word", "rest"), SAID)
def test_own_words_count_for_a_duty(text: str, word: Word, rest: str) -> None:
    assert number_in(text) == N
    found = read(text, whose=DUTY, officer=True)
    assert (found.word, found.number, found.text) == (word, N, rest)


@pytest.mark.parametrize("text", NOT_SAID)
def test_what_may_mean_something_else_is_a_text(text: str) -> None:
    found = read(text, whose=DUTY, officer=True)
    assert found.number is None
    assert text.endswith(found.text)
    assert found.word in {None, Word.JAWAB}  # an unnumbered answer: which one is asked


@pytest.mark.parametrize("text", [said for said, _, rest in SAID if rest])
@pytest.mark.parametrize("whose", [Whose.OWN, Whose.OTHER, Whose.NONE])
def test_for_anybody_else_they_are_words(text: str, whose: Whose) -> None:
    found = read(text, whose=whose, officer=False)
    few = len(text.split()) <= 3 and text.startswith(N)  # as it always was
    assert found.word is None or (few and whose is Whose.OWN), text


@pytest.mark.parametrize("text", ["jawaban", "jawaban kami ditambal", "Jawaban 25000 liter"])
def test_jawaban_is_no_keyword_without_a_dutys_number(text: str) -> None:
    assert read(text, whose=Whose.NONE, officer=True).word is None


def test_an_unnumbered_answer_that_ends_in_digits_stays_one() -> None:
    found = read("JAWAB dana 5000000", whose=Whose.NONE, officer=True)
    assert (found.word, found.number, found.text) == (Word.JAWAB, None, "dana 5000000")


@pytest.mark.parametrize(
    ("word", "text", "expected"),
    [
        (Word.BUKAN, "bukan wewenang kami", False),
        (Word.BUKAN, "wewenang dinas kami pak", False),
        (Word.BUKAN, "bukan kewenangan kami, jalan provinsi", True),
        (Word.BUKAN, "bukan tugas bidang 3", True),
        (Word.TUNDA, "dulu", False),
        (Word.TUNDA, "dulu lokasi belum jelas", True),
    ],
)
def test_a_reason_says_more_than_the_keyword(word: Word, text: str, expected: bool) -> None:
    assert spoken.gives_reason(word, text) is expected
