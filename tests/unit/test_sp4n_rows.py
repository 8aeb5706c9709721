"""Reading one row of an export: typed, cleaned, masked, or refused with its column's name."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sp4n.dates import parse_date, parse_time
from bot.sp4n.rows import (
    MAX_ALASAN,
    MAX_ISI,
    MAX_JUDUL,
    MAX_LINE,
    RowProblem,
    Sp4nRow,
    parse_row,
    parse_rows,
)
from bot.sp4n.sheet import Column, RawRow, Sheet
from config.terms import Klasifikasi, Status

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
JAKARTA = ZoneInfo("Asia/Jakarta")
COLUMNS = tuple(Column)
GOOD = {
    Column.TRACKING_ID: "9000001",
    Column.TANGGAL: "29 May 2023",
    Column.WAKTU: "04:05:34",
    Column.PELAPOR: "Pelapor Contoh",
    Column.JUDUL: "Jalan rusak",
    Column.STATUS: "Terverifikasi",
}


def known_status(text: str) -> tuple[Status, bool] | None:
    return {
        "Terverifikasi": (Status.BELUM_DITINDAKLANJUTI, False),
        "Konten Terblokir": (Status.ARSIP, True),
    }.get(text)


def read(
    changes: dict[Column, str] | None = None,
    zone: str = "UTC",
    not_after: datetime = NOW,
) -> Sp4nRow | RowProblem:
    cells = GOOD | (changes or {})
    return parse_row(
        RawRow(12, tuple(cells.get(column, "") for column in COLUMNS)),
        COLUMNS,
        zone=ZoneInfo(zone),
        policy_status=known_status,
        not_after=not_after,
    )


def good(changes: dict[Column, str] | None = None, zone: str = "UTC") -> Sp4nRow:
    row = read(changes, zone)
    assert isinstance(row, Sp4nRow), row
    return row


def problem(changes: dict[Column, str]) -> str:
    row = read(changes)
    assert isinstance(row, RowProblem), row
    assert row.number == 12
    return row.reason


def test_a_row() -> None:
    row = good()
    assert row.number == 12
    assert row.tracking_id == "9000001"
    assert row.received_at == datetime(2023, 5, 29, 4, 5, 34, tzinfo=UTC)
    assert row.received_at.tzinfo is UTC
    assert (row.status, row.hidden) == (Status.BELUM_DITINDAKLANJUTI, False)
    assert row.reporter == "Pelapor Contoh"
    assert (row.klasifikasi, row.instansi, row.instansi_id, row.rating) == (None,) * 4
    assert (row.isi, row.alasan, row.sumber) == ("", None, None)


def test_times_are_of_the_exports_zone() -> None:
    assert good(zone="Asia/Jakarta").received_at == datetime(2023, 5, 28, 21, 5, 34, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "tracking_id"),
    [
        (" 9000001 ", "9000001"),
        ("#9000001", "9000001"),
        ("'9000001", "9000001"),
        ("9000001.0", "9000001"),
        ("9" * 20, "9" * 20),
    ],
)
def test_tracking_id(text: str, tracking_id: str) -> None:
    assert good({Column.TRACKING_ID: text}).tracking_id == tracking_id


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", 'Kolom "Tracking ID": kosong.'),
        (" - ", 'Kolom "Tracking ID": kosong.'),
        ("9" * 21, 'Kolom "Tracking ID": harus berupa angka, paling banyak 20 digit.'),
        ("9000001.5", 'Kolom "Tracking ID": harus berupa angka, paling banyak 20 digit.'),
        ("Jumlah", 'Kolom "Tracking ID": harus berupa angka, paling banyak 20 digit.'),
        ("٩٠٠", 'Kolom "Tracking ID": harus berupa angka, paling banyak 20 digit.'),
    ],
)
def test_no_tracking_id(text: str, reason: str) -> None:
    assert problem({Column.TRACKING_ID: text}) == reason


@pytest.mark.parametrize(
    ("tanggal", "waktu", "expected"),
    [
        ("1 January 2024", "", datetime(2024, 1, 1)),
        ("01 Januari 2024", "23:59:59", datetime(2024, 1, 1, 23, 59, 59)),
        ("29 Mei 2023", "04.05", datetime(2023, 5, 29, 4, 5)),
        ("17 Agt 2023", "-", datetime(2023, 8, 17)),
        ("5-Okt-2023", "4:05:34", datetime(2023, 10, 5, 4, 5, 34)),
        ("29 Feb 2024", "", datetime(2024, 2, 29)),
        ("2023-05-29", "", datetime(2023, 5, 29)),
        ("2023-05-29 04:05:34", "", datetime(2023, 5, 29, 4, 5, 34)),
        ("2023-05-29T04:05:34", "", datetime(2023, 5, 29, 4, 5, 34)),
        ("2023-05-29 00:00:00", "04:05:34", datetime(2023, 5, 29, 4, 5, 34)),
        ("03/05/2023", "", datetime(2023, 5, 3)),
        ("31.12.2023", "", datetime(2023, 12, 31)),
    ],
)
def test_dates(tanggal: str, waktu: str, expected: datetime) -> None:
    row = good({Column.TANGGAL: tanggal, Column.WAKTU: waktu})
    assert row.received_at == expected.replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["31 February 2026", "29 Feb 2023", "00 May 2023", "2026-13-01", "31/04/2026"]
)
def test_an_impossible_date_is_repeated(text: str) -> None:
    assert problem({Column.TANGGAL: text}) == (
        f'Kolom "Tanggal Laporan Masuk": tanggal "{text}" tidak ada atau tidak terbaca.'
    )


@pytest.mark.parametrize(
    "text", ["kemarin", "31 Desember 1999", "1 Foo 2024", "29 May 23", "45075"]
)
def test_no_date(text: str) -> None:
    assert problem({Column.TANGGAL: text}).startswith('Kolom "Tanggal Laporan Masuk": tanggal ')


def test_a_shifted_column_is_not_repeated() -> None:
    for text in ("Budi Contoh, Jalan Melati 5", "12 Budi Contoh", "29 May 2023 Budi Contoh"):
        reason = problem({Column.TANGGAL: text})
        assert "Budi" not in reason
        assert "Tanggal Laporan Masuk" in reason


def test_blank_date_and_bad_time() -> None:
    assert problem({Column.TANGGAL: " "}) == 'Kolom "Tanggal Laporan Masuk": kosong.'
    for text in ("24:00:00", "12:60", "siang", "12"):
        assert problem({Column.WAKTU: text}).startswith('Kolom "Waktu Laporan Masuk": ')


def test_the_future_begins_after_the_imports_moment() -> None:
    at = {Column.TANGGAL: "24 November 2026", Column.WAKTU: "03:00:00"}
    assert good(at).received_at == NOW
    late = problem(at | {Column.WAKTU: "03:00:01"})
    assert late == 'Kolom "Tanggal Laporan Masuk": tanggal 24-11-2026 belum tiba.'
    # In Jakarta that wall-clock time lies seven hours earlier.
    assert good(at | {Column.WAKTU: "10:00:00"}, "Asia/Jakarta").received_at == NOW
    assert isinstance(read(at | {Column.WAKTU: "10:00:01"}, "Asia/Jakarta"), RowProblem)
    assert isinstance(read({Column.TANGGAL: "31 December 9999"}, "Etc/GMT+12"), RowProblem)


@pytest.mark.parametrize(
    ("text", "anonim", "rahasia"),
    [
        ("", False, False),
        ("-", False, False),
        ("Anonim", True, False),
        ("rahasia ", False, True),
        ("Anonim|Rahasia", True, True),
        ("Rahasia, Anonim", True, True),
        ("Anonim/Rahasia", True, True),
        ("Sangat Rahasia", True, True),
        ("Publik", True, True),
    ],
)
def test_tipe_is_read_cautiously(text: str, anonim: bool, rahasia: bool) -> None:
    row = good({Column.TIPE: text})
    assert (row.anonim, row.rahasia) == (anonim, rahasia)
    assert row.reporter == (None if anonim else "Pelapor Contoh")


@pytest.mark.parametrize(
    ("text", "klasifikasi"),
    [
        ("Pengaduan Berkadar Pengawasan", Klasifikasi.BERKADAR),
        ("pengaduan tidak berkadar  pengawasan", Klasifikasi.TIDAK_BERKADAR),
        ("Permintaan Informasi", Klasifikasi.INFORMASI),
        ("Aspirasi", Klasifikasi.ASPIRASI),
        ("", None),
        ("Lain", None),
    ],
)
def test_klasifikasi(text: str, klasifikasi: Klasifikasi | None) -> None:
    assert good({Column.KLASIFIKASI: text}).klasifikasi is klasifikasi


def test_status() -> None:
    blocked = good({Column.STATUS: "Konten Terblokir"})
    assert (blocked.status, blocked.hidden) == (Status.ARSIP, True)
    unknown = good({Column.STATUS: " Entah  apa "})
    assert (unknown.status, unknown.hidden, unknown.status_text) == (None, False, "Entah apa")
    assert good({Column.STATUS: ""}).status is None


def test_isi_is_the_last_version_else_the_first() -> None:
    both = {Column.ISI_AWAL: "awal", Column.ISI_AKHIR: "akhir\r\nbaris dua"}
    assert good(both).isi == "akhir\nbaris dua"
    assert good(both | {Column.ISI_AKHIR: " - "}).isi == "awal"


def test_free_text_is_masked() -> None:
    text = "NIK 0000000000000001, telepon 0800 1234 5678"
    row = good({Column.ISI_AWAL: text, Column.JUDUL: text, Column.ALASAN: text})
    masked = "NIK [NIK disamarkan], telepon [telepon disamarkan]"
    assert (row.isi, row.judul, row.alasan) == (masked, masked, masked)


def test_long_texts_are_cut_after_masking() -> None:
    long = "x" * (MAX_ISI - 5) + " 0000000000000001"
    row = good(dict.fromkeys((Column.ISI_AWAL, Column.JUDUL, Column.ALASAN), long))
    assert (len(row.isi), len(row.judul), len(row.alasan or "")) == (MAX_ISI, MAX_JUDUL, MAX_ALASAN)
    assert row.isi.endswith(" [NIK")
    assert len(good({Column.PELAPOR: "y" * 999}).reporter or "") == MAX_LINE


def test_what_no_database_takes_is_dropped() -> None:
    dirty = "Ja\0lan\ud800 \u202erusak\x1b\ufeff"
    assert good({Column.JUDUL: dirty}).judul == "Jalan rusak\ufeff"
    row = good({Column.ISI_AWAL: "a\0\n\tb\udfff", Column.INSTANSI: "Dinas\n\0Contoh"})
    assert (row.isi, row.instansi) == ("a\n\tb", "Dinas Contoh")


@pytest.mark.parametrize(
    ("text", "rating"),
    [("1", 1), (" 5 ", 5), ("4.0", 4), ("0", None), ("6", None), ("4.5", None), ("baik", None)],
)
def test_rating(text: str, rating: int | None) -> None:
    assert good({Column.RATING: text}).rating == rating


@pytest.mark.parametrize(("text", "number"), [("901", "901"), ("901.0", "901"), ("tiada", None)])
def test_instansi_id(text: str, number: str | None) -> None:
    assert good({Column.INSTANSI_ID: text}).instansi_id == number


def test_missing_columns_are_blank() -> None:
    columns = (Column.TRACKING_ID, Column.TANGGAL)
    raw = RawRow(2, ("9000001", "29 May 2023"))
    row = parse_row(raw, columns, zone=ZoneInfo("UTC"), policy_status=known_status, not_after=NOW)
    assert isinstance(row, Sp4nRow)
    assert row.received_at == datetime(2023, 5, 29, tzinfo=UTC)


class Rows(list[RawRow]):
    """Rows that came from no file."""

    columns = (Column.TRACKING_ID, Column.TANGGAL)


def test_of_duplicates_the_first_good_row_stays() -> None:
    rows = Rows(
        RawRow(number, (tracking_id, tanggal))
        for number, tracking_id, tanggal in [
            (2, "9000001", "31 February 2023"),
            (3, "9000001", "29 May 2023"),
            (4, "9000002", "29 May 2023"),
            (5, "9000001.0", "30 May 2023"),
            (6, "9000001", "31 February 2023"),
        ]
    )
    sheet: Sheet = rows  # type: ignore[assignment]
    read_rows = list(
        parse_rows(sheet, zone=ZoneInfo("UTC"), policy_status=known_status, not_after=NOW)
    )
    assert [isinstance(row, Sp4nRow) for row in read_rows] == [False, True, True, False, False]
    assert read_rows[3] == RowProblem(
        5, "9000001", 'Kolom "Tracking ID": 9000001 sudah ada di baris 3.'
    )


nasty = st.one_of(
    st.text(),
    st.text(st.characters(categories=None)),  # lone surrogates too
    st.from_regex(r"[0-9]{1,2} (May|Mei|Foo) [0-9]{1,5}.*"),
    st.from_regex(r"[0-9]{1,5}[-/.][0-9]{1,3}[-/.][0-9]{1,5}[T ]?.*"),
    st.from_regex(r"[0-9]{1,3}[:.][0-9]{1,3}([:.][0-9]{1,3})?"),
    st.integers().map(str),
    st.sampled_from(["9000001", "29 May 2023", "Anonim", "\0", "-", "9999-12-31", "1" * 400]),
)


@given(
    st.lists(nasty, max_size=len(COLUMNS) + 2),
    st.permutations(COLUMNS),
    st.sampled_from(["UTC", "Asia/Jakarta", "Etc/GMT+12", "Pacific/Kiritimati"]),
)
def test_no_text_makes_it_raise(cells: list[str], columns: list[Column], zone: str) -> None:
    row = parse_row(
        RawRow(2, tuple(cells)),
        columns,
        zone=ZoneInfo(zone),
        policy_status=known_status,
        not_after=NOW,
    )
    if isinstance(row, RowProblem):
        assert row.reason.startswith('Kolom "')
        assert "\n" not in row.reason
    else:
        assert row.received_at <= NOW
        texts = [row.judul, row.isi, row.status_text, row.instansi or "", row.reporter or ""]
        assert "\0" not in "".join(texts)
        "".join(texts).encode()


@given(st.dates(date(2015, 1, 1), date(2100, 1, 1)), st.times())
def test_every_date_and_time_reads_back(day: date, at: time) -> None:
    for text in (f"{day:%d %B %Y}", f"{day:%-d %b %Y}", day.isoformat(), f"{day:%d/%m/%Y}"):
        assert parse_date(text) == (day, "")
    assert parse_time(f"{at:%H:%M:%S}") == at.replace(microsecond=0)


def test_a_number_in_a_shifted_column_is_masked_but_in_the_reporters_own() -> None:
    row = good(
        {
            Column.STATUS: "Saya hub 081234567890 mohon",
            Column.KATEGORI: "hub 081234567890",
            Column.SUMBER: "WA 081234567890",
            Column.PELAPOR: "Wawan Contoh",
        }
    )
    told = f"{row.status_text} {row.kategori} {row.sumber}"
    assert "0812" not in told
    assert told.count("disamarkan") == 3
    assert row.reporter == "Wawan Contoh"


def test_a_date_before_the_calendar_is_refused_by_its_year() -> None:
    assert "2015" in problem({Column.TANGGAL: "31 Dec 2014"})
    assert good({Column.TANGGAL: "02 Jan 2015"}).received_at.year == 2015
