from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.places import place_in
from config.words import fold, load_words

WORDS = load_words()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("banjir bandang di Desa Taman malam ini tolong", "Desa Taman"),
        ("di jalan mawar", "jalan mawar"),
        ("tolong kirim pemadam kebakaran ke Pasar Contoh sekarang", "Pasar Contoh"),
        ("suami saya mau membunuh saya, di Jalan Mawar 3 sekarang", "Jalan Mawar 3"),
        (
            "Kebakaran di Jl. Contoh No. 7 RT 2/RW 3, Desa Gunung Maddah. Saya Budi Contoh",
            "Jl Contoh No 7 RT 2/RW 3, Desa Gunung Maddah",
        ),
        ("kecelakaan depan SDN Taman 2 ada korban", "depan SDN Taman 2"),
        (
            "tenggelam di sungai Kemuning dekat jembatan Contoh, cepat pak",
            "sungai Kemuning dekat jembatan Contoh",
        ),
        ("kobbhar roma e dhisa Omben baraddha masjid", "dhisa Omben baraddha masjid"),
        ("banjir di Karang Penang Oloh setinggi dada", "Karang Penang Oloh"),
        ("dibacok di depan Toko Jaya Jalan Raya Camplong", "depan Toko Jaya Jalan Raya Camplong"),
        ("kebakaran gudang Jalan Wijaya Kusuma nama saya Siti Contoh", "Jalan Wijaya Kusuma"),
        ("kebakaran di rumah Pak Haji Contoh desa Taman", "desa Taman"),
        ("ada kecelakaan di Srimangunan skrg", "Srimangunan"),
    ],
)
def test_the_place_is_told_and_nothing_beside_it(text: str, place: str) -> None:
    assert place_in(text, WORDS) == place


@pytest.mark.parametrize(
    "text",
    [
        "",
        "di",
        "rumah saya kebakaran",
        "saya di rumah sendirian dipukuli suami",
        "ada kebakaran di rumah saya",
        "anak hanyut di kali",
        "tabrakan di jalan raya",
        "ada kebakaran di pasar",
    ],
)
def test_where_no_place_is_named_none_is_told(text: str) -> None:
    assert place_in(text, WORDS) is None


@given(st.text(max_size=200), st.sampled_from(["di", "Desa", "Jalan", "rt", ".", ",", "raya", "e"]))
def test_of_whatever_text_a_place_is_a_part(text: str, word: str) -> None:
    said = f"{text} {word} {text}"
    place = place_in(said, WORDS)
    assert place is None or set(fold(place).split()) <= set(fold(said).split())
