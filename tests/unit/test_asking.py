"""What citizens write in their own words about what they reported."""

from __future__ import annotations

import pytest

from bot import asking
from bot.keywords import Word
from config.words import load_words

WORDS = load_words()
OWN = "SPG-2605-0042"


@pytest.mark.parametrize(
    ("text", "digits", "word"),
    [
        ("STATUS 0042", "0042", Word.STATUS),
        ("status no 42", "42", Word.STATUS),
        ("Status aduan nomor 0042 pak", "0042", Word.STATUS),
        ("BELUM 0042 masih rusak", "0042", Word.BELUM),
        ("TAMBAH 0042 dekat masjid", "0042", Word.TAMBAH),
        ("NILAI 4 0042", "0042", Word.NILAI),
        ("NILAI 0042 4", "0042", Word.NILAI),
        ("BATAL 42", "42", Word.BATAL),
        ("0042", "0042", None),
        ("no. 0042", "0042", None),
    ],
)
def test_the_end_of_a_number(text: str, digits: str, word: Word | None) -> None:
    found = asking.ending(text)
    assert found is not None
    assert (found.digits, found.word) == (digits, word)
    assert found.ends(OWN)
    assert not found.ends("SPG-2605-0043")
    assert not found.ends("SPG-2605-0420")
    assert OWN in found.whole(text, OWN)


@pytest.mark.parametrize(
    "text",
    [
        "TAMBAH 2 lampu mati",
        "BELUM 2 minggu",
        "NILAI 4",
        "NILAI 42",
        "42",
        "0042 meter",
        "STATUS 00000",
        "STATUS 0000",
        "LAPOR 0042",
        "INFO 0042",
        "JAWAB 0042 sudah",
        "STATUS jalan 0042",
        f"STATUS {OWN}",
        "STATUS",
        "",
        "?",
    ],
)
def test_what_is_no_end_of_a_number(text: str) -> None:
    assert asking.ending(text) is None


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("stop pak", Word.BERHENTI),
        ("Pak, batal ya, terima kasih", Word.BATAL),
        ("BELUM min", Word.BELUM),
        ("bantuan dong", Word.BANTUAN),
        ("mulai", Word.MULAI),
        ("stop pungli", None),
        ("batal cair", None),
        ("terima kasih pak", None),
        ("lapor pak", None),
        ("stop stop", None),
        ("btal pak", None),
        ("", None),
    ],
)
def test_a_keyword_said_politely(text: str, word: Word | None) -> None:
    assert asking.alone(text, WORDS) is word


@pytest.mark.parametrize(
    "text",
    [
        "cek status",
        "Tolong status laporan saya pak",
        "mau tanya perkembangan aduan saya",
        "laporan saya sampai mana?",
        "Bagaimana kelanjutannya min",
        "aduan saya kapan ditangani",
        "kok belum ada kabar?",
    ],
)
def test_a_question_for_the_status(text: str) -> None:
    assert asking.asks(text, WORDS)


@pytest.mark.parametrize(
    "text",
    [
        "STATUS tanah tidak jelas",
        "status bantuan saya",
        "kapan jalan ini diperbaiki",
        "laporan saya",
        "tolong dicek",
        "sampai mana",
        "laporan keuangan desa mana",
        "saya belum",
        "",
        "status " * 13,
    ],
)
def test_what_asks_for_no_status(text: str) -> None:
    assert not asking.asks(text, WORDS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{OWN} sampai mana?", (OWN, "sampai mana?")),
        (f"tolong status {OWN}", (OWN, "tolong status")),
        ("kapan 9000001 selesai", ("9000001", "kapan selesai")),
        (f"{OWN} dan SPG-2605-0043 bagaimana", None),
        ("lampu mati sejak kemarin", None),
        (f"{OWN} " + "rusak " * 12, None),
    ],
)
def test_the_only_number_of_a_short_text(text: str, expected: tuple[str, str] | None) -> None:
    found = asking.number_within(text)
    assert (found and (found[0], " ".join(found[1].split()))) == expected


def test_a_question_with_the_end_of_a_number() -> None:
    found = asking.ending_asked("cek status aduan no 42 pak", WORDS)
    assert found is not None
    assert (found.digits, found.ends(OWN)) == ("42", True)
    for text in ("cek status 3 lampu", "status no 1 dan 2", "cek status 12345", "2 lampu"):
        assert asking.ending_asked(text, WORDS) is None


# --- what judges an answer ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("bintang 5", 5),
        ("5 bagus", 5),
        ("lima", 5),
        ("4/5", 4),
        ("3 dari 5", 3),
        ("Nilainya 2 pak, terima kasih", 2),
        ("saya kasih 4", 4),
        ("1 sangat kecewa", 1),
        ("\u2b50\u2b50\u2b50", 3),
        ("\u2b50\ufe0f \u2b50\ufe0f", 2),
        ("\u2b50" * 6, None),
        ("5 lubang", None),
        ("lima orang", None),
        ("2,5", None),
        ("2.5 bintang", None),
        ("4 5", None),
        ("6", None),
        ("12", None),
        ("nilai bagus", None),
        ("saya kasih nilai 4 untuk kami", None),
        ("terima kasih", None),
        ("", None),
        (" ", None),
    ],
)
def test_a_rating_in_other_words(text: str, expected: int | None) -> None:
    assert asking.rating(text, WORDS) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("belum beres", True),
        ("BELUM pak", True),
        ("Blm selesai, terima kasih", True),
        ("belum ada perbaikan", True),
        ("durung beres", True),
        ("belum puas bu", True),
        ("masih rusak", True),
        ("masih sama saja", True),
        ("BELUM bede perbaikan, lorong rosak", False),
        ("belum dapat bansos", False),
        ("belum ada perbaikan sampai sekarang", False),
        ("masih", False),
        ("masih banjir", False),
        ("sudah beres", False),
        ("", False),
    ],
)
def test_belum_in_other_words(text: str, expected: bool) -> None:
    assert asking.not_yet(text, WORDS) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sudah beres pak", True),
        ("puas", True),
        ("Kurang puas", True),
        ("tidak beres", True),
        ("Alhamdulillah sudah diperbaiki, terima kasih", True),
        ("sudah selesai?", False),
        ("sudah", False),
        ("sudah 3 hari", False),
        ("tidak beres kadesnya", False),
        ("", False),
    ],
)
def test_an_opinion(text: str, expected: bool) -> None:
    assert asking.opinion(text, WORDS) is expected
