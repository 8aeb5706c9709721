"""Several answers that wait for one reporter's word: none is guessed at; and BELUM after NILAI."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from config.replies import reply
from config.terms import Channel, Status
from tests.database.builders import Kabupaten, kabupaten
from tests.database.citizens import ANI, FIRST, ROAD, SECOND, WA, after, complaints, remarks
from tests.database.talking import Phones

NINE = "2026-05-04T09:00:00"
TEN = "2026-05-04T10:00:00"
TUESDAY = "2026-05-05T09:00:00"
WEDNESDAY = "2026-05-06T09:00:00"
LIMIT = "2026-05-21T23:59:00"
"""Ten working days after Tuesday."""
SMS = Channel.SMS
BOTH = f"{SECOND} sudah dijawab\n{FIRST} sudah dijawab"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Kabupaten]:
    with kabupaten(f"sqlite:///{tmp_path}/ingat.db", tmp_path) as opened:
        yield opened


@pytest.fixture
def phones(office: Kabupaten) -> Phones:
    """Phones of which Ani's has reported two things."""
    phones = Phones(office.opened)
    phones.says(ANI, ROAD, NINE)
    phones.says(ANI, "LAPOR lampu mati di Omben sejak kemarin", TEN)
    return phones


def answer(office: Kabupaten, *numbers: str) -> None:
    for number in numbers:
        office.dispose(number, TEN)
        office.do(number, TUESDAY, lambda desk, case: desk.answer(case, "Admin DPU", "Ditambal"))


@pytest.mark.parametrize(
    ("text", "kata"),
    [
        ("BELUM", "BELUM"),
        ("NILAI 4", "NILAI 4"),
        ("4", "NILAI 4"),
    ],
)
def test_of_several_answers_the_reporter_says_which(
    office: Kabupaten, phones: Phones, text: str, kata: str
) -> None:
    answer(office, FIRST, SECOND)
    before = complaints(office)
    assert phones.says(ANI, text, WEDNESDAY, WA) == "pilih_nomor"
    assert phones.reply(ANI) == reply("pilih_nomor", WA, kata=kata, daftar=BOTH)
    assert complaints(office) == before
    assert phones.says(ANI, f"{kata} {FIRST}", after(WEDNESDAY, minutes=1)) == kata[:5].lower()
    assert office.status(SECOND) is Status.PROSES


def test_what_was_judged_is_not_asked_for_again(office: Kabupaten, phones: Phones) -> None:
    answer(office, FIRST, SECOND)
    phones.says(ANI, f"NILAI 4 {SECOND}", WEDNESDAY)
    phones.says(ANI, "3", after(WEDNESDAY, minutes=9))
    assert [one.rating for one in complaints(office)] == [3, 4]


def test_belum_after_a_good_rating_is_about_the_other_answer(
    office: Kabupaten, phones: Phones
) -> None:
    answer(office, FIRST, SECOND)
    phones.says(ANI, f"NILAI 5 {SECOND}", WEDNESDAY)
    assert phones.says(ANI, "BELUM", after(WEDNESDAY, minutes=9)) == "belum"
    assert office.status(FIRST) is Status.BELUM_DITINDAKLANJUTI


def test_belum_after_a_bad_rating_may_be_about_either(office: Kabupaten, phones: Phones) -> None:
    answer(office, FIRST, SECOND)
    phones.says(ANI, f"NILAI 1 {SECOND}", WEDNESDAY)
    assert phones.says(ANI, "BELUM", after(WEDNESDAY, minutes=9)) == "pilih_nomor"


@pytest.mark.parametrize(
    ("text", "sp4n"),
    [("BELUM", False), (f"BELUM {FIRST} masih bocor", False), ("belum beres", True)],
)
def test_belum_counts_after_his_own_nilai(
    office: Kabupaten, phones: Phones, text: str, sp4n: bool
) -> None:
    answer(office, FIRST)
    if sp4n:
        office.link(FIRST, "9000001", TUESDAY)
    phones.says(ANI, "NILAI 1", WEDNESDAY)
    assert phones.says(ANI, text, LIMIT) == "belum"
    assert office.status(FIRST) is Status.BELUM_DITINDAKLANJUTI


@pytest.mark.parametrize("number", ["", f" {FIRST}"])
def test_after_the_limit_only_buka_opens_what_he_rated(
    office: Kabupaten, phones: Phones, number: str
) -> None:
    answer(office, FIRST)
    phones.says(ANI, "NILAI 1", WEDNESDAY)
    assert phones.says(ANI, f"BELUM {FIRST}", after(LIMIT, seconds=1)) == "ditolak"
    assert phones.reply(ANI) == reply("belum_tutup", SMS, nomor=FIRST, alasan="selesai")
    assert "tidak dapat" not in phones.reply(ANI)
    assert "laporan baru" not in phones.reply(ANI)
    assert phones.says(ANI, f"BUKA{number}", after(LIMIT, seconds=9)) == "buka"


# --- in his own words (tests/unit/test_asking.py has more of them) ------------------------------


def test_belum_in_his_own_words(office: Kabupaten, phones: Phones) -> None:
    answer(office, FIRST)
    assert phones.says(ANI, "belum beres pak", WEDNESDAY) == "belum"
    assert office.status(FIRST) is Status.BELUM_DITINDAKLANJUTI
    assert ("reopen", "pelapor", "belum beres pak") in remarks(office)
    assert len(complaints(office)) == 2


def test_nilai_in_his_own_words(office: Kabupaten, phones: Phones) -> None:
    answer(office, FIRST)
    assert phones.says(ANI, "bintang 5", WEDNESDAY) == "nilai"
    assert (office.case(FIRST).rating, len(complaints(office))) == (5, 2)


def test_what_he_thinks_of_it_is_kept_and_the_words_that_count_are_named(
    office: Kabupaten, phones: Phones
) -> None:
    answer(office, FIRST)
    assert phones.says(ANI, "Kurang puas", WEDNESDAY) == "ulasan"
    assert phones.reply(ANI) == reply("ulasan", SMS, nomor=FIRST)
    assert ("ulasan", "pelapor", "Kurang puas") in remarks(office)
    assert (office.status(FIRST), len(complaints(office))) == (Status.PROSES, 2)
    answer(office, SECOND)
    phones.says(ANI, "sudah beres", after(WEDNESDAY, minutes=9))
    assert phones.reply(ANI) == reply("ulasan", SMS)


def test_what_says_more_is_a_report(office: Kabupaten, phones: Phones) -> None:
    answer(office, FIRST)
    for minutes, text in enumerate(
        (
            "BELUM bede perbaikan, lorong rosak",
            "belum dapat bansos",
            "masih rusak parah jalannya di Omben",
            "lima orang",
            "bintang 5 kebakaran",
        )
    ):
        assert phones.says(ANI, text, after(WEDNESDAY, minutes=10 * minutes)) == "aduan", text
    assert (office.status(FIRST), office.case(FIRST).rating) == (Status.PROSES, None)


@pytest.mark.parametrize("text", ["belum beres", "bintang 5", "sudah selesai"])
def test_where_no_answer_waits_they_are_a_report(phones: Phones, text: str) -> None:
    assert phones.says(ANI, text, WEDNESDAY) == "aduan"


def test_beside_a_report_they_belong_to_it(office: Kabupaten, phones: Phones) -> None:
    answer(office, FIRST)
    phones.says(ANI, "LAPOR air mati di Camplong sejak kemarin", WEDNESDAY)
    assert phones.says(ANI, "belum diperbaiki", after(WEDNESDAY, minutes=1)) == "bagian"
    assert office.status(FIRST) is Status.PROSES
