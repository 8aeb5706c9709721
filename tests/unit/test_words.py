from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.words import Words, WordsError, fold, load_words, parse_words

SHIPPED = files("config").joinpath("words.toml").read_text(encoding="utf-8")
DOCUMENT = (Path(__file__).parents[2] / "docs" / "words.md").read_text(encoding="utf-8")
LINES = SHIPPED.splitlines()


def line_of(beginning: str) -> int:
    (line,) = [n for n, line in enumerate(LINES, start=1) if line.startswith(beginning)]
    return line


def problems(text: str) -> list[tuple[int, str]]:
    with pytest.raises(WordsError) as raised:
        parse_words(text)
    assert str(raised.value).startswith("baris ")
    return [(problem.line, problem.message) for problem in raised.value.problems]


def test_the_shipped_words_are_read() -> None:
    words = load_words()
    assert words == parse_words(SHIPPED)
    assert words is load_words()
    assert (words.panjang_minimal, words.panjang_rinci, words.rincian) == (15, 120, 2)
    assert "akan * teruskan" in words.normatif
    assert "tambal" in words.tindakan_dasar
    assert "alun alun" in words.tempat
    for name in Words.__slots__:
        assert getattr(words, name), name


def test_choices_are_written_out_and_every_word_is_in_full_spelling() -> None:
    text = SHIPPED.replace("\nkini = [", '\nkini = ["bln/minggu skrg",')
    kini = parse_words(text).kini
    assert kini[:2] == ("bulan sekarang", "minggu sekarang")
    assert ("skrg", "sekarang") in parse_words(text).ejaan


def test_the_fourteen_districts_are_places() -> None:
    districts = (
        "Banyuates Camplong Jrengik Kedungdung Ketapang Omben Pangarengan Robatal Sampang "
        "Sokobanah Sreseh Tambelangan Torjun"
    )
    assert {*districts.lower().split(), "karang penang"} <= set(load_words().tempat)


def test_the_document_names_every_section_and_key() -> None:
    sections = [line.strip("[]") for line in LINES if line.startswith("[")]
    lists = LINES[line_of("[jawaban]") :]  # above stand the words of [ejaan]
    keys = [line.partition(" = ")[0] for line in lists if line[:1].islower() and " = " in line]
    assert len(sections) == 7
    for name in (*(f"`[{section}]`" for section in sections), *(f"`{key}`" for key in keys)):
        assert name in DOCUMENT, name


@pytest.mark.parametrize(
    ("old", "new", "at", "message"),
    [
        ("panjang_minimal = 15", "panjang_minimal = 0", "panjang_minimal", "1 sampai 160"),
        ("panjang_minimal = 15", 'panjang_minimal = "15"', "panjang_minimal", "tanpa tanda petik"),
        ("panjang_minimal = 15", "panjang_minimal = true", "panjang_minimal", "bilangan bulat"),
        ("panjang_rinci = 120", "panjang_rinci = 14", "panjang_rinci", 'dari "panjang_minimal"'),
        ("rincian = 2", "rincian = 1.5", "rincian", "bilangan bulat"),
        ("rincian = 2", "rinci = 2", "rincian", 'Mungkin maksudnya "rincian"'),
        ("normatif = [", "normatif = [3,", "normatif", "teks dalam tanda petik"),
        ("normatif = [", 'normatif = [" ",', "normatif", "Tidak boleh kosong"),
        ("normatif = [", 'normatif = ["* ?",', "normatif", "tidak memuat satu kata pun"),
        ("normatif = [", 'normatif = ["akan *",', "normatif", "di antara dua kata"),
        ("normatif = [", 'normatif = ["dalam PROSES!",', "normatif", "ditulis dua kali"),
        ("tindakan_dasar = [", 'tindakan_dasar = ["ac",', "tindakan_dasar", "bukan kata dasar"),
        ("tindakan_dasar = [", 'tindakan_dasar = ["a b",', "tindakan_dasar", "harus satu kata"),
        ("satuan = [", 'satuan = ["ja*",', "satuan", "harus satu kata"),
        (
            "lampau = [",
            'lampau = ["a/b/c/d/e/f/g/h a/b/c/d/e/f/g/h a/b/c/d/e/f/g",',
            "lampau",
            "448",
        ),
        ("lampau = [", 'lampau = ["dulu/",', "lampau", "pilihan kosong"),
        ("mirip = [", 'mirip = ["api",', "mirip", "terlalu pendek"),
        ("tidak = [", 'tidak = ["blm",', "belum", '"blm" sudah ditulis di tempat lain'),
        ("tidak = [", 'tidak = ["belum",', "tidak", '"belum" sudah ditulis di tempat lain'),
        ("tidak = [", "Tidak = [", "tidak", "satu kata dengan huruf kecil"),
        ("bukan = [", 'bukan = ["lampu * api",', "bukan", "tidak dipakai di sini"),
        ("waktu = [", "waktu = []\nlama = [", "waktu", "tidak boleh kosong"),
    ],
)
def test_a_mistake_is_named_with_its_line(old: str, new: str, at: str, message: str) -> None:
    assert SHIPPED.count(f"\n{old}") == 1
    found = problems(SHIPPED.replace(f"\n{old}", f"\n{new}"))
    assert any(
        line in {line_of(f"{at} = "), line_of("[jawaban]")} and message in said
        for line, said in found
    ), found


def test_every_mistake_is_reported_at_once_and_in_order() -> None:
    text = SHIPPED.replace("[tanggal]", "[tgl]").replace("rincian = 2", "rincian = 99")
    text += "\nlain = 1\n"
    found = problems(text)
    assert found == sorted(found)
    said = "\n".join(message for _, message in found)
    for part in (
        "Bagian [tanggal] belum ditulis.",
        'Kunci "tgl" tidak dikenal.',
        "1 sampai 20",
        'Kunci "lain" tidak dikenal.',
    ):
        assert part in said
    assert [line for line, message in found if message.startswith("rincian: ")] == [
        line_of("rincian = ")
    ]


@pytest.mark.parametrize("text", ["", "# kosong", "\ufeff", "jawaban = 3", "[jawaban]"])
def test_a_file_without_words_is_told_what_it_needs(text: str) -> None:
    assert "Bagian [bahaya] belum ditulis." in {message for _, message in problems(text)}


@pytest.mark.parametrize(("text", "line"), [("a = [", 1), ("\n\na b", 3), ("a = " + "9" * 5000, 1)])
def test_a_text_that_is_not_toml(text: str, line: int) -> None:
    ((found, _),) = problems(text)
    assert found == line


VALUES = ["0", "[]", "[[]]", '""', '["*"]', '["a", "A"]', "{}", "1979-05-27", '["\\u0000"]', "nan"]
KEYS = [n for n, line in enumerate(LINES) if line[:1].islower() and line.endswith("]")]


@settings(max_examples=60)
@given(st.sampled_from(KEYS), st.sampled_from(VALUES))
def test_nothing_but_words_error_is_raised(at: int, value: str) -> None:
    key = LINES[at].partition(" = ")[0]
    text = "\n".join([*LINES[:at], f"{key} = {value}", *LINES[at + 1 :]])
    assert problems(text)[0][0] == at + 1


@given(st.text(max_size=60))
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_a_word_of_the_file_is_compared_as_a_person_means_it() -> None:
    assert fold("  Alun-Alun,\nSampang ") == "alun alun sampang"
    assert fold("AKAN * Teruskan*") == "akan * teruskan*"
