"""Masking: what identifies people goes, what the answer needs stays."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.masking import NIK, SUREL, TELEPON, mask


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("NIK 0000000000000001.", f"NIK {NIK}."),
        ("NIK0000000000000001", f"NIK{NIK}"),
        ("KK 0000 0000 0000 0001", f"KK {NIK}"),
        ("KK 00.00.00.000000.0001", f"KK {NIK}"),
        ("KK 000000-000000-0001", f"KK {NIK}"),
        ("rumah no 12 0000000000000001", f"rumah no 12 {NIK}"),
        ("08001234567", TELEPON),
        ("0800-1234-5678", TELEPON),
        ("0800 1234 5678", TELEPON),
        ("0800.1234.5678", TELEPON),
        ("08 00 12 34 56 78", TELEPON),
        ("+6280012345678", TELEPON),
        ("+62 800-1234-5678", TELEPON),
        ("(+62) 800 1234 5678", TELEPON),
        ("+62 (0)800 1234 5678", TELEPON),
        ("+62 323 000111", TELEPON),
        ("6280012345678", TELEPON),
        ("62 800 1234 5678", TELEPON),
        ("WA08001234567", f"WA{TELEPON}"),
        ("pukul 12 0800 1234 5678 ya", f"pukul 12 {TELEPON} ya"),
        ("08001234567/08007654321", f"{TELEPON}/{TELEPON}"),
        ("(0323) 321000", TELEPON),
        ("(0323)321000", TELEPON),
        ("0323-321000", TELEPON),
        ("0323 32100", TELEPON),
        ("0323321000", TELEPON),
        ("021-5551234", TELEPON),
        ("(021) 555 1234", TELEPON),
        ("telepon (031) 5551234 atau 0323-321000.", f"telepon {TELEPON} atau {TELEPON}."),
        ("8123456789", TELEPON),
        ("WA 812345678901", f"WA {TELEPON}"),
        ("812-3456-7890", TELEPON),
        ("812 3456 7890", TELEPON),
        ("tulis ke warga.contoh+1@mail.example.id.", f"tulis ke {SUREL}."),
        ("a@b.id@c.id", SUREL),
        ("a@b.id.@c.id", SUREL),
        ("0000000000000001@example.id", SUREL),
    ],
)
def test_what_identifies_people_goes(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "",
        "aduan #9000001 belum dijawab",
        "lihat #9000001, #9000002 dan #9000003",
        "anggaran Rp 1.250.000.000 tahun 2025",
        "Rp1.250.000.000,00 dan Rp 62.800.000.000",
        "Rp 62800000000",
        "antara 850.000.000 - 900.000.000 rupiah",
        "tanggal 08-05-2026 08-06-2026",
        "tanggal 2026-05-08 - 2026-05-09",
        "tanggal 08/05/2026 pukul 08:30:15",
        "buka 08.00-12.00 13.00-16.00 setiap hari",
        "tahun 2021 2022 2023 2024",
        "jalan km 12",
        "surat 490/1421/434.210/2026",
        "nomor SPG-2611-0042",
        "RT 03 RW 05",
        "telepon 112 atau 1708",
        "akun @pemkab.contoh di Instagram",
        "#8123456789, #812345678901",
        "Rp 8123456789 dan Rp8.123.456.789",
        "biaya 8500000000",
        "pagu 812.345.678.901",
        "anggaran 1.025.321.000.000",
        "RT 003 RW 021 69211",
        "kode pos 021 69211",
        "tanggal 03-05-2026 pukul 03.23",
        "jam 0730-1530",
        "812345678",  # nine digits: too short
        "8123456789012",  # thirteen: too long
        "0323 3210",  # four digits after an area code
        "080012345",  # nine digits: too short for a mobile number
        "000000000000001",  # fifteen: no NIK
    ],
)
def test_what_the_answer_needs_stays(text: str) -> None:
    assert mask(text) == text


def test_a_mobile_number_begins_at_ten_digits() -> None:
    assert mask("0800123456") == TELEPON


pieces = st.sampled_from(
    [
        *"0123456789 .-+()@#/,%_",
        "08",
        "62",
        "+62",
        "0000000000000001",
        "0800 1234 5678",
        "(0323) 321000",
        "021-5551234",
        "8123456789",
        "warga@example.id",
        "Rp 1.000.000",
        "08-05-2026",
        "2026",
        "NIK ",
        "\n",
    ]
)


@given(st.one_of(st.text(), st.lists(pieces, max_size=40).map("".join)))
def test_masking_twice_changes_nothing_and_no_nik_or_email_is_left(text: str) -> None:
    masked = mask(text)
    assert mask(masked) == masked
    assert re.search(r"\d{16}", masked) is None
    assert re.search(r"\w@\w+\.\w", masked) is None


@given(st.integers(0, 10**16 - 1), st.sampled_from([" ", ".", "-", " - "]), st.text("ab ,\n"))
def test_a_nik_in_groups_of_four_is_found(number: int, gap: str, words: str) -> None:
    digits = f"{number:016d}"
    groups = [digits[i : i + 4] for i in range(0, 16, 4)]
    if all(re.fullmatch("(19|20)..", group) for group in groups):
        return  # four years
    masked = mask(f"{words}x{gap.join(groups)}x{words}")
    assert "disamarkan" in masked
    assert sum(map(str.isdigit, masked)) <= 4


@pytest.mark.parametrize(
    "hostile", ["1 " * 20_000, "a" * 40_000, "a." * 20_000 + "@", "08" * 20_000, "0 8-" * 9_999]
)
def test_a_hostile_text_takes_no_longer_than_it_is_long(hostile: str) -> None:
    start = time.perf_counter()
    mask(hostile)
    assert time.perf_counter() - start < 1
