"""Citizens' ratings, numbers and wishes as they write them, and what an OPD reads of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from config.replies import reply
from config.terms import Channel
from tests.database.builders import Kabupaten, kabupaten
from tests.database.citizens import (
    ADMIN,
    ANI,
    BROKEN,
    BUDI,
    FIRST,
    ROAD,
    SECOND,
    WA,
    after,
    complaints,
)
from tests.database.talking import Phones

NINE = "2026-05-04T09:00:00"
TEN = "2026-05-04T10:00:00"
TUESDAY = "2026-05-05T09:00:00"
WEDNESDAY = "2026-05-06T09:00:00"
SMS = Channel.SMS


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Kabupaten]:
    with kabupaten(database_url, tmp_path) as opened:
        yield opened


@pytest.fixture
def phones(office: Kabupaten) -> Phones:
    """Phones of which Ani's has reported something."""
    phones = Phones(office.opened)
    assert phones.says(ANI, ROAD, NINE, WA, profile="Bu Contoh") == "aduan"
    return phones


def answer(office: Kabupaten) -> None:
    """The complaint is with an OPD, and answered."""
    office.dispose(FIRST, TEN)
    office.do(FIRST, TUESDAY, lambda desk, case: desk.answer(case, "Admin DPU", "Ditambal"))


@pytest.mark.parametrize(
    "text",
    ["NILAI 5 mantap", "nilai 5, terima kasih banyak pak", "Nilai: 5 sangat puas", "5", "5 pak"],
)
def test_a_rating_with_a_word_of_thanks_is_a_rating(
    office: Kabupaten, phones: Phones, text: str
) -> None:
    answer(office)
    assert phones.says(ANI, text, WEDNESDAY) == "nilai"
    assert (office.case(FIRST).rating, len(complaints(office))) == (5, 1)
    assert phones.reply(ANI) == reply("nilai_terima", SMS, nomor=FIRST, nilai="5")


@pytest.mark.parametrize(
    "text",
    [
        "Nilai 5 siswa kami dipotong di SDN 1",
        "5 tiang lampu mati",
        "2 kebakaran",
        "NILAI 1 kebakaran",
    ],
)
def test_a_report_with_a_figure_is_no_rating(office: Kabupaten, phones: Phones, text: str) -> None:
    answer(office)
    assert phones.says(ANI, text, WEDNESDAY) == "aduan"
    assert office.case(FIRST).rating is None


def test_a_figure_is_no_rating_where_nothing_was_answered(phones: Phones) -> None:
    assert phones.says(ANI, "5", WEDNESDAY) == "aduan"


@pytest.mark.parametrize("text", ["SPG-2605-0099", "#9000077", FIRST])
def test_a_number_alone_asks_for_its_status_also_where_it_is_not_his(
    office: Kabupaten, phones: Phones, text: str
) -> None:
    whose = ANI if text == FIRST else BUDI
    assert phones.says(whose, text, WEDNESDAY) == ("status" if text == FIRST else "ditolak")
    assert len(complaints(office)) == 1


def test_a_number_alone_beside_a_report_belongs_to_it(office: Kabupaten, phones: Phones) -> None:
    assert (
        phones.says(BUDI, "Meteran listrik balai desa Taman rusak sejak kemarin", NINE) == "aduan"
    )
    assert phones.says(BUDI, "53211876543", after(NINE, minutes=1)) == "bagian"
    assert complaints(office)[1].isi.endswith("\n53211876543")


def test_whoever_has_answered_reads_why_he_is_told_again(office: Kabupaten, phones: Phones) -> None:
    answer(office)
    office.tick(TUESDAY)
    phones.hears(ADMIN)
    phones.says(ANI, "BELUM", WEDNESDAY)
    office.tick(WEDNESDAY)
    (told,) = phones.hears(ADMIN)
    assert f"{FIRST}. Mohon dijawab" in told
    assert ". Dibuka kembali. Balas TERIMA" in told


def test_a_digest_does_not_say_of_all_what_is_so_of_one(office: Kabupaten, phones: Phones) -> None:
    answer(office)
    office.tick(TUESDAY)
    phones.hears(ADMIN)
    phones.says(ANI, "BELUM", WEDNESDAY)
    phones.says(BUDI, BROKEN, WEDNESDAY)
    office.dispose(SECOND, WEDNESDAY)
    office.tick(WEDNESDAY)
    (told,) = phones.hears(ADMIN)
    assert "baru 2" in told
    assert "Dibuka kembali" not in told


@pytest.mark.parametrize(
    ("text", "anonim", "rahasia"),
    [
        ("anonim dong min", True, False),
        ("Rahasia ya pak, terima kasih", False, True),
        ("ANONIM dan RAHASIA pak", True, True),
    ],
)
def test_whoever_asks_politely_for_protection_gets_it(
    office: Kabupaten, phones: Phones, text: str, anonim: bool, rahasia: bool
) -> None:
    phones.says(ANI, text, WEDNESDAY)
    case = office.case(FIRST)
    assert (case.anonim, case.rahasia, case.reporter_sealed is None) == (anonim, rahasia, anonim)
    assert len(complaints(office)) == 1
