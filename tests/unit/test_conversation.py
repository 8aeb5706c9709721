from __future__ import annotations

import pytest

from bot.conversation import Intent, Whose, Word, number_in, read

SP4N = "9000001"
SPG = "SPG-2611-0042"
OWN, DUTY, OTHER, NONE = Whose.OWN, Whose.DUTY, Whose.OTHER, Whose.NONE


@pytest.mark.parametrize("word", Word)
def test_every_keyword_counts_alone(word: Word) -> None:
    for text in (word.value, word.upper(), f" #{word.title()}! ", f'"{word}".', f"🙏 {word} 🙏"):
        assert read(text).word is word, text
        assert read(text).text == "", text
        assert number_in(text) is None, text


@pytest.mark.parametrize("word", [word for word in Word if word is not Word.LAPOR])
def test_every_keyword_counts_with_a_number_and_nothing_more(word: Word) -> None:
    """Whosever it is: the caller says politely what it may."""
    for whose in Whose:
        for text in (f"{word} {SP4N}", f"{SP4N} {word}", f"{word}{SP4N}", f"{word}: #{SP4N}."):
            intent = read(text, whose=whose)
            assert (intent.word, intent.number, intent.text) == (word, SP4N, ""), text


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("9000001", SP4N),
        ("#9000001", SP4N),
        ("no 9000001", SP4N),
        ("No. 9000001", SP4N),
        ("nomor: 9000001", SP4N),
        ("aduan no 9000001", SP4N),
        ("SP4N #9000001", SP4N),
        ("aduan SP4N #9000001", SP4N),
        ("SPG-2611-0042", SPG),
        ("spg-2611-0042", SPG),
        ("SPG 2611 0042", SPG),
        ("SPG26110042", SPG),
        ("spg 26110042", SPG),
        ("Spg–2611–0042", SPG),  # noqa: RUF001 - what telephones make of "--"
        ("SPG/2611/0042", SPG),
        ("no. SPG 2611 0042", SPG),
        ("٩٠٠٠٠٠١", SP4N),  # a phone set to Arabic digits
        ("９００００01", SP4N),  # noqa: RUF001 - full width
        ("12345", "12345"),  # the shortest and the longest of SP4N
        ("1234567890123", "1234567890123"),
        ("SPG-2611-123456", "SPG-2611-123456"),  # more than 9,999 in a month
        ("PROBOL-2612-0001", "PROBOL-2612-0001"),
        ("9000 001", SP4N),  # as it is read aloud
        ("900 0001", SP4N),
        ("9.000.001", SP4N),
    ],
)
def test_ways_to_write_a_number(written: str, number: str) -> None:
    for text in (f"STATUS {written}", f"STATUS\n{written}", f"Status: {written}.", written):
        assert number_in(text) == number, text
    assert read(f"STATUS {written}") == Intent(Word.STATUS, number, "")
    answer = read(f"JAWAB {written} lubang ditambal 25 Nov", whose=DUTY, officer=True)
    assert answer == Intent(Word.JAWAB, number, "lubang ditambal 25 Nov")


@pytest.mark.parametrize(
    "written",
    [
        "1234",  # a year or a price
        "12 000",  # a price
        "04.05.2026",
        "25 11 2026",
        "9000  001",
        "12345678901234",
        "SPG-2613-0042",  # there is no month 13
        "SPG-2600-0042",
        "SPG-2611-042",
        "S-2611-0042",
        "SAMPANG-2611-0042",  # prefixes have 2 to 6 letters
        "TUNDA-2611-0042",  # a keyword begins no number
        "SPG-2611 sampai 0042",
        "SPG - - - - 2611-0042",
        "",
    ],
)
def test_what_is_no_number(written: str) -> None:
    assert number_in(f"STATUS {written}") is None
    assert number_in(written) is None
    assert read(f"TAMBAH {written} jalan juga rusak", whose=OWN).word is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # what follows keyword and number is the text, as it was written
        (f"TAMBAH {SPG} Lampu-nya juga MATI", (Word.TAMBAH, "Lampu-nya juga MATI")),
        (f"TAMBAH {SPG}: 2 lubang lagi\ndi timur", (Word.TAMBAH, "2 lubang lagi\ndi timur")),
        (f"TAMBAH {SPG} 2026 sudah rusak", (Word.TAMBAH, "2026 sudah rusak")),
        (f"BELUM {SPG} bede perbaikan", (Word.BELUM, "bede perbaikan")),
        (f"Blm {SPG} masih berlubang semua", (Word.BELUM, "masih berlubang semua")),
        (f"BELUM{SPG[4:6]}", None),
        (f"ANONIM {SPG}", (Word.ANONIM, "")),
        # three words at most where the number is in front, or a letter is wrong
        (f"{SPG} belum selesai", (Word.BELUM, "selesai")),
        (f"{SPG} belum selesai sampai sekarang", None),
        (f"statsu {SPG}", (Word.STATUS, "")),
        (f"tambh {SPG} lampu", (Word.TAMBAH, "lampu")),
        (f"tambh {SPG} lampu mati", None),
        (f"STOP {SPG} pungli", None),  # STOP asks nothing of one complaint
        (f"BANTUAN {SPG} belum cair", None),
        (f"INFO {SPG} dong", None),
        (f"jalan {SPG} rusak", None),  # no keyword
        (f"STATUS jalan {SPG}", None),  # the number is not where a keyword's would be
    ],
)
def test_a_number_of_the_sender(text: str, expected: tuple[Word, str] | None) -> None:
    intent = read(text, whose=OWN)
    if expected is None:
        assert (intent.word, intent.number, intent.text) == (None, None, text)
    else:
        assert (intent.word, intent.text) == expected
        assert intent.number == number_in(text)


@pytest.mark.parametrize(
    ("text", "whose", "officer", "counts"),
    [
        ("JAWAB 9000001 sudah ditambal", DUTY, True, True),
        ("BUKAN 9000001 kewenangan provinsi", DUTY, True, True),
        ("JAWAB 9000001 sudah ditambal", OWN, False, True),  # his number; the caller says no
        ("TAMBAH 9000001 lampu juga mati", DUTY, True, True),
        ("JAWAB 9000001 sudah ditambal", OTHER, True, True),  # refused and logged by the caller
        ("TAMBAH 9000001 lampu juga mati", OTHER, True, False),
        ("JAWAB 9000001 sudah ditambal", OTHER, False, False),
        ("TAMBAH 9000001 lampu juga mati", OTHER, False, False),
        ("TAMBAH 9000001 lampu juga mati", NONE, False, False),
        ("BUKAN 9000001 kewenangan kami", NONE, True, False),
    ],
)
def test_a_text_behind_a_number_counts_where_the_number_is_the_senders(
    text: str, whose: Whose, officer: bool, counts: bool
) -> None:
    intent = read(text, whose=whose, officer=officer)
    assert (intent.number == SP4N) is counts
    assert intent.text == (text.split(maxsplit=2)[2] if counts else text)


def test_an_officer_who_answers_without_a_number_is_asked_for_it() -> None:
    assert read("JAWAB: lubang sudah ditambal", officer=True) == Intent(
        Word.JAWAB, None, "lubang sudah ditambal"
    )
    # a mistyped number stays in the text, for the caller to show
    assert read("JAWAB 9000009 sudah ditambal", officer=True) == Intent(
        Word.JAWAB, None, "9000009 sudah ditambal"
    )
    for text in (
        "JAWAP lubang sudah ditambal",
        "SUDAH tiga hari lampu mati",
        "BUKAN main rusaknya",
        "TUNDA dulu",
        "TERIMA kasih",
        "KENAPA lama sekali",
    ):
        assert read(text, officer=True) == Intent(None, None, text)
    assert read("JAWAB dong pak") == Intent(None, None, "JAWAB dong pak")


@pytest.mark.parametrize(
    ("text", "officer", "expected"),
    [
        ("JAWAB lubang sudah ditambal", True, Intent(Word.JAWAB, SP4N, "lubang sudah ditambal")),
        ("TERIMA", True, Intent(Word.TERIMA, SP4N, "")),
        ("trima", True, Intent(Word.TERIMA, SP4N, "")),
        ("SUDAH", True, Intent(Word.SUDAH, SP4N, "")),
        ("BUKAN kewenangan kami", True, Intent(Word.BUKAN, SP4N, "kewenangan kami")),
        ("BELUM bede perbaikan", False, Intent(Word.BELUM, SP4N, "bede perbaikan")),
        ("NILAI 4", False, Intent(Word.NILAI, SP4N, "", rating=4)),
        ("NILAI 4 terima kasih", False, Intent(Word.NILAI, SP4N, "terima kasih", rating=4)),
        ("?", False, Intent(Word.BANTUAN, SP4N, "")),
        # digits that are no complaint's are part of the answer
        ("JAWAB 25000 liter dikirim", True, Intent(Word.JAWAB, SP4N, "25000 liter dikirim")),
        # a keyword that takes no text is a word like any other when a text follows
        ("Terima kasih pak", True, Intent(None, None, "Terima kasih pak")),
        ("Sudah kami kerjakan", True, Intent(None, None, "Sudah kami kerjakan")),
        ("Buka jalan baru saja", False, Intent(None, None, "Buka jalan baru saja")),
        # and so are an officer's words in a citizen's mouth, and slips
        ("BUKAN main rusaknya", False, Intent(None, None, "BUKAN main rusaknya")),
        ("jawap sudah selesai semua", True, Intent(None, None, "jawap sudah selesai semua")),
    ],
)
def test_a_quoted_message_supplies_the_number(text: str, officer: bool, expected: Intent) -> None:
    assert read(text, officer=officer, quoted=SP4N) == expected


def test_a_number_written_out_goes_before_the_quoted_one() -> None:
    assert read(f"TERIMA {SPG}", quoted=SP4N, officer=True).number == SPG
    intent = read(f"JAWAB {SPG} selesai besok", whose=DUTY, quoted=SP4N, officer=True)
    assert intent == Intent(Word.JAWAB, SPG, "selesai besok")
    # another's number is not exchanged for the quoted one
    text = f"TAMBAH {SPG} lampu juga mati"
    assert read(text, whose=OTHER, quoted=SP4N) == Intent(None, None, text)


@pytest.mark.parametrize(
    ("button", "expected"),
    [
        *((word.value, Intent(word, None, "")) for word in (Word.TERIMA, Word.DAFTAR, Word.SETUJU)),
        ("anonim", Intent(Word.ANONIM, None, "", anonim=True)),
        ("rahasia", Intent(Word.RAHASIA, None, "", rahasia=True)),
        *((f"nilai_{n}", Intent(Word.NILAI, None, "", rating=n)) for n in range(1, 6)),
        ("terima:9000001", Intent(Word.TERIMA, SP4N, "")),
        ("nilai_4:SPG-2611-0042", Intent(Word.NILAI, SPG, "", rating=4)),
        (" TERIMA ", Intent(Word.TERIMA, None, "")),
        # not ours: the text decides
        ("nilai_6", Intent(Word.SUDAH, None, "")),
        ("terima_3", Intent(Word.SUDAH, None, "")),
        ("terima:", Intent(Word.SUDAH, None, "")),
        ("terima:jalan", Intent(Word.SUDAH, None, "")),
        ("terima:9000001 dan lagi", Intent(Word.SUDAH, None, "")),
        ("hapus", Intent(Word.SUDAH, None, "")),
        ("\x00", Intent(Word.SUDAH, None, "")),
        ("", Intent(Word.SUDAH, None, "")),
        (None, Intent(Word.SUDAH, None, "")),
    ],
)
def test_buttons(button: str | None, expected: Intent) -> None:
    assert read("SUDAH", button=button) == expected


def test_a_button_on_a_quoted_message_is_about_its_complaint() -> None:
    assert read("TERIMA", button="terima", quoted=SP4N).number == SP4N
    assert read("TERIMA", button=f"terima:{SPG}", quoted=SP4N).number == SPG


@pytest.mark.parametrize(
    ("text", "rating", "number"),
    [
        ("NILAI 4", 4, None),
        ("NILAI5", 5, None),
        ("nilai: 1!", 1, None),
        ("nilai lima", 5, None),
        ("NILAI 5️⃣", 5, None),
        (f"NILAI {SPG} 4", 4, SPG),
        (f"NILAI 4 {SPG}", 4, SPG),
        (f"NILAI 4 no. {SPG}", 4, SPG),
        (f"NILAI {SP4N} 4", 4, SP4N),
        (f"{SP4N} NILAI 4", 4, SP4N),
        ("NILAI SPG 2611 0042 4", 4, SPG),
        # no rating of ours: the caller explains
        ("NILAI", None, None),
        ("NILAI 0", None, None),
        ("NILAI 6", None, None),
        ("NILAI 10", None, None),
        ("NILAI 4/5", None, None),
        ("NILAI 4.5", None, None),
        ("NILAI 04", None, None),
        (f"NILAI {SP4N}", None, SP4N),
        (f"NILAI {SP4N} 9", None, SP4N),
    ],
)
def test_ratings(text: str, rating: int | None, number: str | None) -> None:
    assert read(text, whose=OWN) == Intent(Word.NILAI, number, "", rating=rating)


@pytest.mark.parametrize(
    ("text", "word", "anonim", "rahasia", "number"),
    [
        ("ANONIM", Word.ANONIM, True, False, None),
        ("RAHASIA", Word.RAHASIA, False, True, None),
        ("ANONIM RAHASIA", Word.ANONIM, True, True, None),
        ("anonim & rahasia", Word.ANONIM, True, True, None),
        ("Rahasia dan anonim", Word.RAHASIA, True, True, None),
        ("anonim/rahasia", Word.ANONIM, True, True, None),
        ("anonin rahsia", Word.ANONIM, True, True, None),
        (f"ANONIM {SPG}", Word.ANONIM, True, False, SPG),
        (f"ANONIM dan RAHASIA no {SPG}", Word.ANONIM, True, True, SPG),
        (f"{SPG} ANONIM RAHASIA", Word.ANONIM, True, True, SPG),
        # a report that opens with the words is a report, and protected
        ("ANONIM: pungli di pasar", None, True, False, None),
        ("Rahasia anonim, ada pungli", None, True, True, None),
        ("LAPOR ANONIM pungli di pasar", Word.LAPOR, True, False, None),
        ("LAPOR rahasia", Word.LAPOR, False, True, None),
        ("anonimus beraksi lagi", None, False, False, None),
        ("ada rahasia umum di pasar", None, False, False, None),
    ],
)
def test_anonim_and_rahasia(
    text: str, word: Word | None, anonim: bool, rahasia: bool, number: str | None
) -> None:
    intent = read(text)
    assert (intent.word, intent.anonim, intent.rahasia, intent.number) == (
        word,
        anonim,
        rahasia,
        number,
    )


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("LAPOR jalan rusak", "jalan rusak"),
        ("Lapor: jalan rusak", "jalan rusak"),
        ("LAPOR! Jalan rusak", "Jalan rusak"),
        ("lapor, pak, jalan rusak", "pak, jalan rusak"),
        ("#LAPOR\njalan rusak", "jalan rusak"),
        ("LAPOR", ""),
        ("LAPOR!", ""),
        ("LAPOR ANONIM", ""),
        ("LAPOR 9000001 belum juga", "9000001 belum juga"),
        ("LAPOR STOP", "STOP"),
    ],
)
def test_lapor_is_taken_off(text: str, rest: str) -> None:
    intent = read(text, whose=OWN)
    assert (intent.word, intent.text, intent.number) == (Word.LAPOR, rest, None)
    assert number_in(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "laporan saya mana",
        "LAPORkan saja",
        "lapar pak",
        "lapor9000001",
        "9000001 lapor",
        "mau lapor",
    ],
)
def test_lapor_elsewhere_is_nothing(text: str) -> None:
    assert read(text) == Intent(None, None, text)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("STOP", Word.BERHENTI),
        ("stop sms", Word.BERHENTI),
        ("Berhenti berlangganan", Word.BERHENTI),
        ("UNSUB", Word.BERHENTI),
        ("unsubscribe", Word.BERHENTI),
        ("START", Word.MULAI),
        ("help", Word.BANTUAN),
        ("INFO", Word.BANTUAN),
        ("?", Word.BANTUAN),
        (" ??? ", Word.BANTUAN),
        ("blm", Word.BELUM),
        ("sdh", Word.SUDAH),
    ],
)
def test_other_words_for_the_same(text: str, word: Word) -> None:
    assert read(text).word is word


def test_many_figures_are_no_rating_where_words_follow() -> None:
    text = f"NILAI {'1 ' * 20}jalan rusak"
    assert read(text) == Intent(None, None, text)


def test_signs_nobody_sees_make_no_difference() -> None:
    assert read("\u202eST\u200bATUS\u200f 9000001\x00") == Intent(Word.STATUS, SP4N, "")
    assert read("𝗦𝗧𝗔𝗧𝗨𝗦 9000001") == Intent(Word.STATUS, SP4N, "")  # noqa: RUF001
    assert read("jalan\x00 rusak\ud800\r\nparah\u2066").text == "jalan rusak\nparah"
    assert read("rumah 👨‍👩‍👧 roboh").text == "rumah 👨‍👩‍👧 roboh"
    assert read("") == read("\x00 \u200b") == Intent(None, None, "")
