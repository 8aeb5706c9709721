from __future__ import annotations

from datetime import time

import pytest

from config.limits import BUKA, MAX_AMOUNT, TUTUP, Hour, Limit, Unit, parse_hour, parse_limit


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("3 hari kerja", Limit(3, Unit.HARI_KERJA)),
        ("  3  HARI   Kerja ", Limit(3, Unit.HARI_KERJA)),
        ("3hari kerja", Limit(3, Unit.HARI_KERJA)),
        ("5 hari", Limit(5, Unit.HARI)),
        ("0 hari", Limit(0, Unit.HARI)),
        ("8 jam kerja", Limit(8, Unit.JAM_KERJA)),
        ("24 jam", Limit(24, Unit.JAM)),
        ("1x24 jam", Limit(24, Unit.JAM)),
        ("1\u00d724 jam", Limit(24, Unit.JAM)),
        ("2 X 24 Jam", Limit(48, Unit.JAM)),
        ("400 hari", Limit(400, Unit.HARI)),
        ("16x24 jam", Limit(384, Unit.JAM)),
    ],
)
def test_a_limit_is_read_whatever_its_spacing_and_case(text: str, limit: Limit) -> None:
    assert parse_limit(text) == limit


@pytest.mark.parametrize(
    "text",
    ["", "3", "hari kerja", "-1 hari", "3,5 hari", "3 minggu", "3 hari kerja lagi",
     "1x12 jam", "1x24 hari", "1x24 jam kerja", "3 harikerja"],
)  # fmt: skip
def test_an_unreadable_limit_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"^Batas waktu .* tidak dikenali; tulis [^\n]*\.$"):
        parse_limit(text)


@pytest.mark.parametrize("text", ["401 hari", "401 jam kerja", "17x24 jam"])
def test_a_limit_just_above_the_largest_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=rf"^Batas waktu .* paling banyak {MAX_AMOUNT}\.$"):
        parse_limit(text)


@pytest.mark.parametrize("amount", [-1, MAX_AMOUNT + 1])
def test_no_limit_outside_the_range_can_be_built(amount: int) -> None:
    with pytest.raises(ValueError, match="outside"):
        Limit(amount, Unit.HARI)


@pytest.mark.parametrize("text", ["3 hari kerja", "5 hari", "8 jam kerja", "24 jam"])
def test_a_limit_prints_as_it_is_written(text: str) -> None:
    assert str(parse_limit(text)) == text


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("08:00", Hour("jam", time(8))),
        ("00:00", Hour("jam", time(0))),
        ("23:59", Hour("jam", time(23, 59))),
        (" Tutup ", TUTUP),
        ("BUKA", BUKA),
    ],
)
def test_an_hour_is_read_and_printed(text: str, hour: Hour) -> None:
    assert parse_hour(text) == hour
    assert str(hour) == text.strip().lower()


@pytest.mark.parametrize("text", ["", "24:00", "8:00", "08.00", "08:60", "08:00:00", "siang"])
def test_an_unreadable_hour_is_refused_in_one_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r'^Jam ".*" tidak dikenali; tulis [^\n]*\.$'):
        parse_hour(text)


def test_an_hour_has_a_time_exactly_when_it_is_a_clock_time() -> None:
    with pytest.raises(ValueError, match="kind"):
        Hour("jam")
    with pytest.raises(ValueError, match="kind"):
        Hour("tutup", time(16))
