"""What people really write: sentences that no keyword may swallow."""

from __future__ import annotations

import pytest

from bot import keywords
from bot.conversation import Intent, Whose, number_in, read
from bot.keywords import ORDINARY, SHORT_FORMS, SYNONYMS, Sure, Word, keyword

INDONESIAN = (
    "STOP pungli",
    "STOP pungli di kantor desa!",
    "Stop kontak di balai desa terbakar",
    "SUDAH tiga hari lampu mati",
    "Sudah lapor tapi tidak ada tanggapan",
    "TUNDA dulu",
    "BUKAN main rusaknya",
    "Bukan sekali ini banjir",
    "JAWAB dong pak",
    "Jawab pertanyaan saya",
    "STATUS jalan ini apa ya",
    "Status bansos saya bagaimana",
    "BELUM ada perbaikan",
    "Belum cair pak",
    "Belum 2 minggu sudah rusak lagi",
    "Tambah parah jalannya",
    "Tambah lampu di RT 03",
    "Nilai proyeknya 250 juta tapi cepat rusak",
    "NILAI 5 juta hilang",
    "Nilai rapor anak saya",
    "Buka portal jalan di gang 4",
    "Buka puasa",
    "Batal berangkat karena banjir",
    "Bantuan sosial tidak tepat sasaran",
    "BANTUAN belum cair",
    "Info lowongan di pemda",
    "Info PDAM mati sejak kapan",
    "Berhenti di lampu merah malah ditilang",
    "Mulai kemarin air tidak mengalir",
    "Terima kasih banyak pak",
    "TERIMA bansos tapi dipotong",
    "Daftar sekolah dipungut biaya",
    "Daftar tunggu haji",
    "Kenapa lampu jalan mati terus",
    "Kenapa pak",
    "Setuju kalau diperbaiki",
    "Tolak reklamasi",
    "Tolak tambang pasir",
    "Rahasia umum ada pungli",
    "Lapar kami pak, bantuan tidak sampai",
    "Bukaan jalan baru longsor",
    "Bakal banjir lagi",
    "Tambak jebol",
    "Tambal jalan asal-asalan",
    "Susah air",
    "Mudah longsor",
    "Bulan depan",
    "Tanda tangan dipalsukan",
    "Tenda rusak",
    "Datar saja jalannya",
    "Kelapa tumbang",
    "Jalan Jawa rusak",
    "Mulas setelah minum air PDAM",
    "3 lampu mati di Jalan Trunojoyo",
    "Rp 250000 diminta petugas",
    "081200000000 nomor petugas yang minta uang",
)
MADURESE = (
    "BELUM bede perbaikan, lorong rosak",
    "Lorong è Torjun rosak sarah",
    "Aèng PDAM ta' ngalèr la tello arè",
    "Lampu lorong matè kabbhi, pak",
    "STOP pungutan è sakola'an",
    "Ampon abit jhalan roba, ta' èpabagus",
    "Bhantowan ghi' bhunten dhâpa'",
    "Sakalangkong pak",
    "Tolong, lorong è adâ'na romana kaulâ banjir",
)
JAVANESE = (
    "Dalan ndek Omben rusak wis suwe",
    "Lampune mati kabeh, peteng dedet",
    "Banyu PDAM ora mili wis telung dina",
    "Bukak portal kok mbayar",
    "Bukan salahe wong cilik",
    "Tulung didandani dalane, Pak Camat",
    "Matur nuwun",
)
SMS = (
    "jln rusk bgt pak",
    "lmpu jln mti smua d ds torjun",
    "sdh lapor tp blm d tanggapi",
    "blm ada tindakan",
    "blm bs lewat jln nya",
    "tlg d perbaiki jlnny pak",
    "sdh 2 bln air mati",
    "bkn main bau sampahnya",
    "knp lama bgt",
    "trm ksh",
    "udah lama",
    "p",
    "2 hr mati lampu",
)
SENTENCES = (*INDONESIAN, *MADURESE, *JAVANESE, *SMS)


@pytest.mark.parametrize("text", SENTENCES)
def test_free_text_stays_free_text(text: str) -> None:
    assert number_in(text) is None
    for form in (text, text.upper(), text.lower(), f"  {text}\n"):
        for whose in Whose:
            intent = read(form, whose=whose)
            assert (intent.word, intent.number, intent.text) == (None, None, form.strip())
        if not text.startswith("J"):  # an officer's "JAWAB …" is asked for its number
            assert read(form, officer=True).word is None


def test_there_are_enough_of_them() -> None:
    assert len(set(SENTENCES)) >= 60


def test_numbers_of_others_take_no_text_away() -> None:
    for text in ("BELUM 25000 orang terdata", "SUDAH 20261 warga menunggu", "TAMBAH 10000 lampu"):
        assert number_in(text) is not None
        assert read(text) == Intent(None, None, text)
        assert read(text, whose=Whose.OTHER) == Intent(None, None, text)


@pytest.mark.parametrize(
    ("spelling", "word"),
    [
        ("statsu", Word.STATUS),
        ("sttus", Word.STATUS),
        ("setatus", Word.STATUS),
        ("tambh", Word.TAMBAH),
        ("trima", Word.TERIMA),
        ("terimah", Word.TERIMA),
        ("jawap", Word.JAWAB),
        ("jwab", Word.JAWAB),
        ("belun", Word.BELUM),
        ("bellum", Word.BELUM),
        ("berenti", Word.BERHENTI),
        ("brhenti", Word.BERHENTI),
        ("anonym", Word.ANONIM),
        ("rahsia", Word.RAHASIA),
        ("dafar", Word.DAFTAR),
        ("knapa", Word.KENAPA),
        ("stuju", Word.SETUJU),
        ("tollak", Word.TOLAK),
        ("nilei", Word.NILAI),
        # two letters, the first letter, a short keyword: not forgiven
        ("sttsu", None),
        ("gambah", None),
        ("lambah", None),
        ("stp", None),
        ("bka", None),
        ("buha", None),
        ("bukn", None),  # BUKA or BUKAN?
        ("lapur", None),
        ("", None),
        ("x" * 2000, None),
    ],
)
def test_slips(spelling: str, word: Word | None) -> None:
    found = keyword(spelling)
    assert (found and found[0]) is word
    if found:
        assert found[1] is Sure.SLIP
        assert read(spelling).word is word
        assert read(f"{spelling} 9000001").word is word
        assert read(f"{spelling} 9000001 tadi pagi ada", whose=Whose.OWN).word is None


def test_no_keyword_is_taken_for_another() -> None:
    spellings = {word.value: word for word in Word} | SYNONYMS | SHORT_FORMS
    for spelling, word in spellings.items():
        found = keyword(spelling)
        assert found is not None
        assert found[0] is word


def test_every_ordinary_word_would_be_a_keyword_but_for_its_list(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert [word for word in ORDINARY if keyword(word)] == []
    monkeypatch.setattr(keywords, "ORDINARY", frozenset())
    keyword.cache_clear()
    try:
        assert [word for word in sorted(ORDINARY) if not keyword(word)] == []
    finally:
        keyword.cache_clear()


@pytest.mark.parametrize(
    "word",
    (  # noqa: SIM905 - as words, not as eight lines of quotation marks
        "air aspal bakar banjir bansos bau bayar besok bidan bukti camat desa drainase dusun "
        "gelap guru hujan jalan jamban jembatan kabel kotor lampu lapar listrik longsor "
        "lubang macet malam mati minta narkoba nila obat padam pasar pungli puskesmas rusak "
        "sampah sawah sekolah sungai susu tabah tanah tebing terang timbun tolong trotoar "
        "tumbang tunas udara warga makasih sore ampon rosak lorong aeng bede matur nuwun "
        "dalan banyu bengi wingi mulih mulut sadar sudut tambang batu batang bulat bukit "
        "benar nikah damai tahan taman datang jawara status-quo"
    ).split(),
)
def test_words_of_complaints_alone_are_no_keywords(word: str) -> None:
    assert read(word) == Intent(None, None, word)
