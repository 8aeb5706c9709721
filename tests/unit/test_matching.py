"""Matching an export's instansi to the directory: certain, or left to a person."""

from __future__ import annotations

import pytest

from bot.sp4n.matching import Found, InstansiIndex, Known, NotDisposed, Unknown

KABUPATEN, PROVINSI = 1, 2
DISDIK, DINKES, DPUPR, KEC_CONTOH, SATPOL = 10, 11, 12, 13, 14

INDEX = InstansiIndex(
    [
        Known(KABUPATEN, "Pemerintah Kabupaten Contoh", "Pemkab", "900", government=True),
        Known(PROVINSI, "Pemerintah Provinsi Teladan", government=True),
        Known(DISDIK, "Dinas Pendidikan", "Disdik", "901", ("Dinas Pendidikan dan Kebudayaan",)),
        Known(DINKES, "Dinas Kesehatan Kabupaten Contoh", "Dinkes", "902"),
        Known(DPUPR, "Dinas Pekerjaan Umum & Penataan Ruang", "DPUPR", None, ("Dinas PU",)),
        Known(KEC_CONTOH, "Kecamatan Contoh", None, "904"),
        Known(SATPOL, "Satuan Polisi Pamong Praja", "Satpol PP", None, ("Dinkes",)),
    ]
)


@pytest.mark.parametrize(
    ("instansi_id", "name", "expected"),
    [
        ("901", None, DISDIK),
        ("0901", "", DISDIK),
        (None, "Dinas Pendidikan", DISDIK),
        (None, "  DINAS  pendidikan. ", DISDIK),
        (None, "Dinas Pendidikan Kab. Contoh", DISDIK),
        (None, "Dinas Pendidikan Kabupaten Contoh", DISDIK),
        (None, "dinas pendidikan dan kebudayaan", DISDIK),
        (None, "DISDIK", DISDIK),
        (None, "Dinas Kesehatan", DINKES),
        (None, "Dinas Kesehatan Contoh", DINKES),
        (None, "Dinas Pekerjaan Umum dan Penataan Ruang", DPUPR),
        (None, "Dinas PU Kab Contoh", DPUPR),
        (None, "Kec. Contoh", KEC_CONTOH),
        (None, "Kecamatan Contoh Kabupaten Contoh", KEC_CONTOH),
        ("901", "Dinas Kesehatan", DISDIK),  # they disagree: the number wins
        ("999", "Dinas Kesehatan", DINKES),  # unless nobody knows it
        (None, "Dinkes", SATPOL),  # an alias comes before a singkatan
    ],
)
def test_found(instansi_id: str | None, name: str | None, expected: int) -> None:
    assert INDEX.match(instansi_id, name) == Found(expected)


@pytest.mark.parametrize(
    ("instansi_id", "name"),
    [
        (None, None),
        (None, " - "),
        ("900", "Dinas Pendidikan"),
        ("900", None),
        (None, "Pemerintah Kabupaten Contoh"),
        (None, "Pemerintah Daerah Kab. Contoh"),
        (None, "Pemkab Contoh"),
        (None, "Kabupaten Contoh"),
        (None, "KAB. CONTOH"),
        (None, "Pemprov Teladan"),
        ("999", "Pemkab Contoh"),
    ],
)
def test_a_blank_and_the_government_itself_are_not_disposed(
    instansi_id: str | None, name: str | None
) -> None:
    assert INDEX.match(instansi_id, name) == NotDisposed()


def test_a_near_name_is_suggested_but_never_taken() -> None:
    match = INDEX.match(None, "Dinas Pendidkan")
    assert isinstance(match, Unknown)
    assert match.suggestions[0] == "Dinas Pendidikan"
    assert len(match.suggestions) <= 3
    assert "Pemerintah Kabupaten Contoh" not in match.suggestions


def test_an_office_of_another_government_is_unknown() -> None:
    assert isinstance(INDEX.match(None, "Dinas Pendidikan Kabupaten Seberang"), Unknown)
    assert isinstance(INDEX.match(None, "Dinas Pendidikan Kota Contoh"), Unknown)


def test_an_unknown_number_without_a_name_is_not_taken_for_undisposed() -> None:
    assert INDEX.match("999", None) == Unknown(())


def test_a_name_of_several_offices_is_left_to_a_person() -> None:
    index = InstansiIndex(
        [Known(1, "Puskesmas Melati", "PKM"), Known(2, "Puskesmas Kenanga", "PKM")]
    )
    assert index.match(None, "pkm") == Unknown(("Puskesmas Kenanga", "Puskesmas Melati"))


def test_a_number_given_to_two_offices_is_no_number() -> None:
    index = InstansiIndex([Known(1, "Bagian Umum", None, "7"), Known(2, "Bagian Hukum", None, "7")])
    assert index.match("7", "Bagian Hukum") == Found(2)
    assert isinstance(index.match("7", None), Unknown)


def test_a_kota_is_not_the_kabupaten_of_the_same_name() -> None:
    index = InstansiIndex(
        [
            Known(1, "Pemerintah Kabupaten Contoh", government=True),
            Known(2, "Dinas Sosial Kota Contoh"),
            Known(3, "Dinas Sosial Kabupaten Contoh"),
        ]
    )
    assert index.match(None, "Dinas Sosial Kota Contoh") == Found(2)
    assert index.match(None, "Dinas Sosial") == Found(3)
    assert isinstance(index.match(None, "Pemerintah Kota Contoh"), Unknown)


def test_a_government_of_one_word_cuts_nothing_off_other_names() -> None:
    index = InstansiIndex([Known(1, "Contoh", government=True), Known(2, "Kecamatan Contoh")])
    assert index.match(None, "Kecamatan Contoh") == Found(2)
    assert isinstance(index.match(None, "Kecamatan"), Unknown)


def test_an_empty_directory_knows_nobody() -> None:
    assert InstansiIndex([]).match(None, "Dinas Pendidikan") == Unknown(())


def test_the_name_of_the_own_government_makes_nothing_alike() -> None:
    index = InstansiIndex(
        [
            Known(1, "Kabupaten Contoh", government=True),
            Known(2, "RSUD Contoh", "RSUD Contoh"),
            Known(3, "Dinas Sosial", "Dinsos"),
            Known(4, "Kecamatan Contoh", "Kec. Contoh"),
        ]
    )
    assert index.likely("Dinsos P3A Kab. Contoh") == (3,)
    assert index.likely("Rumah Sakit Umum (RSUD) Kab. Contoh") == (2,)
