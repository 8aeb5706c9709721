from __future__ import annotations

import pytest

from bot.conversation import Intent, Whose, read
from bot.keywords import Word
from bot.protection import understood, wished
from config.words import load_words

WORDS = load_words()
NOTHING_ELSE = """
    tolong anonim
    saya minta anonim
    anonimkan saya
    Anonim saja ya pak, terima kasih
    rahasiakan nama saya
    tolong rahasiakan identitas saya
    mohon dirahasiakan
    mohon identitas saya dirahasiakan ya min
    Tolong nama saya jangan disebut
    jangan sebut nama saya ya pak
    jgn sebut2 nama saya pak
    saya tidak mau disebut namanya
    identitas pelapor mohon dirahasiakan
    jangan sampai ketahuan saya yang lapor
    Kalau bisa laporan saya anonim ya bu, karena saya takut
    tlg rahasiakan no hp saya
    ojo disebut jenengku
""".strip().split("\n    ")
BESIDE = """
    Pungli di pasar Contoh kemarin, tolong ANONIM
    saya mau lapor tapi anonim ya, pungli di kantor desa sejak senin
    mohon dirahasiakan identitas saya. kepala desa Taman korupsi dana desa sejak 2024
    Kades Taman minta uang 500 ribu. Nama saya jangan disebut, takut diancam
    ada bandar judi di Dusun Barat, tolong jangan bilang kalau saya yang lapor
    guru SDN Taman pungut iuran, identitas saya tolong dirahasiakan
    anonim, suami saya mau membunuh saya
    Jalan di Taman rusak. Dari Hamba Allah
""".strip().split("\n    ")
NONE = """
    pungutan ke rekening anonim di kantor desa
    dokumen rahasia desa hilang dari balai
    akun anonim menyebar fitnah soal bupati
    papan nama jalan rusak di Omben
    tidak perlu anonim, saya Budi dari Taman
    anggaran desa dirahasiakan kepala desa
    RAHASIA umum kades korupsi
    nama desa di rambu salah
    proyek itu tanpa papan nama dan tanpa identitas
    jangan sampai ada korban
    jalan rusak parah di Desa Taman
""".strip().split("\n    ")


def heard(text: str, *, quoted: str | None = None, plain: bool = True) -> Intent:
    return understood(read(text, quoted=quoted), WORDS, quoted=quoted, plain=plain)


@pytest.mark.parametrize("text", NOTHING_ELSE)
def test_a_wish_alone_is_the_keyword(text: str) -> None:
    assert heard(text) == Intent(Word.ANONIM, None, "", anonim=True)
    assert heard(text, quoted="9000001").number == "9000001"


@pytest.mark.parametrize("text", BESIDE)
def test_a_wish_beside_a_report_protects_its_writer(text: str) -> None:
    found = heard(text)
    assert (found.word, found.text, found.anonim, found.rahasia) == (None, text, True, False)


@pytest.mark.parametrize("text", NONE)
def test_what_only_sounds_like_a_wish(text: str) -> None:
    assert not wished(text, WORDS)
    assert not heard(text).anonim


def test_a_wish_may_name_the_complaint_it_is_about() -> None:
    found = heard("mohon rahasiakan nama saya di aduan spg-2605-0001")
    assert (found.word, found.number) == (Word.ANONIM, "SPG-2605-0001")


def test_a_wish_with_a_photo_or_behind_lapor_begins_a_report() -> None:
    assert heard("tolong anonim", plain=False) == Intent(None, None, "tolong anonim", anonim=True)
    assert heard("LAPOR tolong anonim ya") == Intent(Word.LAPOR, None, "", anonim=True)


def test_what_was_asked_for_by_its_word_stays() -> None:
    assert heard("RAHASIA tolong jangan sebut nama saya, kades korupsi").rahasia
    assert heard("ANONIM") == Intent(Word.ANONIM, None, "", anonim=True)


def test_an_officers_answer_may_speak_of_it() -> None:
    said = read("JAWAB 9000001 Nama pelapor dirahasiakan", whose=Whose.DUTY, officer=True)
    assert understood(said, WORDS, quoted=None, plain=True) == said
