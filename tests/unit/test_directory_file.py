from __future__ import annotations

from datetime import date
from importlib.resources import files

import pytest

from config.terms import Jenis, Peran, StatusJabatan
from scheduler.directory_file import (
    OPTIONAL,
    REQUIRED,
    DirectoryFileError,
    parse_directory,
)
from scheduler.directory_rows import HolderRow, PostRow, Problem, Row, agreeing, quoted

NAME = "direktori.csv"
GOOD = {
    "instansi": "Dinas Kesehatan",
    "jenis": "opd",
    "induk": "Kabupaten Contoh",
    "hari_kerja": "5",
    "peran": "admin_opd",
    "jabatan": "Admin Dinkes",
    "nama": "Oki Percobaan",
    "nip": "190007161920041015",
    "telepon": "0811-0000-0015",
}


def sheet(*rows: dict[str, str], delimiter: str = ",", columns: tuple[str, ...] = ()) -> bytes:
    """Return a file in which each row is GOOD with changes."""
    columns = columns or (*REQUIRED, *OPTIONAL)
    lines = [columns]
    for row in rows:
        cells = {**GOOD, **row}
        lines.append(tuple('"{}"'.format(cells.get(c, "").replace('"', '""')) for c in columns))
    return "\r\n".join(delimiter.join(line) for line in lines).encode()


def parsed(data: bytes) -> list[Row]:
    rows, problems, read = parse_directory(data, name=NAME)
    assert problems == []
    assert read == len(rows)
    return rows


def one(**changes: str) -> Row:
    (row,) = parsed(sheet(changes))
    return row


def refused(*rows: dict[str, str]) -> list[Problem]:
    """Return the problems of a file whose rows differ, unless they say, in jabatan."""
    found, problems, read = parse_directory(
        sheet(*({"jabatan": f"Jabatan {i}", **row} for i, row in enumerate(rows))), name=NAME
    )
    kept, contradictions = agreeing(found)
    assert len(kept) + len(contradictions) + len(problems) == read == len(rows)
    return problems + contradictions


# --- the file -------------------------------------------------------------------------------


def test_a_full_row() -> None:
    row = one(
        peran="asisten",
        singkatan="Dinkes",
        id_sp4n="9005",
        nama_sp4n="Dinkes Kab. Contoh; Dinas Kesehatan Kabupaten Contoh",
        membawahi="Dinas Kesehatan|Dinas Sosial ; RSUD Contoh",
        status_jabatan="Plt.",
        mulai="2026-10-01",
        selesai="31/03/2027",
        nomor_sk="800/0001/CONTOH/2026",
        pangkat="Pembina (IV/a)",
    )
    assert row == Row(
        row=2,
        instansi="Dinas Kesehatan",
        jenis=Jenis.OPD,
        induk="Kabupaten Contoh",
        hari_kerja=5,
        singkatan="Dinkes",
        id_sp4n="9005",
        nama_sp4n=("Dinkes Kab. Contoh", "Dinas Kesehatan Kabupaten Contoh"),
        post=PostRow(
            peran=Peran.ASISTEN,
            jabatan="Admin Dinkes",
            membawahi=("Dinas Kesehatan", "Dinas Sosial", "RSUD Contoh"),
            holder=HolderRow(
                nama="Oki Percobaan",
                nip="190007161920041015",
                telepon="+6281100000015",
                status_jabatan=StatusJabatan.PLT,
                mulai=date(2026, 10, 1),
                selesai=date(2027, 3, 31),
                nomor_sk="800/0001/CONTOH/2026",
                pangkat="Pembina (IV/a)",
            ),
        ),
    )


def test_the_required_columns_alone_are_enough() -> None:
    (row,) = parsed(sheet({}, columns=REQUIRED))
    assert row.post is not None
    assert row.post.holder is not None
    assert row.post.holder.status_jabatan is StatusJabatan.DEFINITIF
    assert (row.singkatan, row.id_sp4n, row.nama_sp4n) == (None, None, ())


@pytest.mark.parametrize("delimiter", [",", ";"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_columns_in_any_order_and_case(delimiter: str, mark: bytes) -> None:
    columns = tuple(reversed(REQUIRED))
    data = sheet({"membawahi": ""}, delimiter=delimiter, columns=columns)
    shouted = data.replace(b"hari_kerja", b" Hari  Kerja ").replace(b"telepon", b"TELEPON")
    assert parsed(mark + shouted) == parsed(sheet({}))


def test_rows_are_numbered_as_a_spreadsheet_shows_them() -> None:
    broken_name = sheet({"nama": "Oki\r\nPercobaan"})
    blank = b"\r\n" + b"," * 17 + b"\r\n\r\n"
    bad = sheet({"jenis": "dinas"}).partition(b"\r\n")[2]
    rows, problems, read = parse_directory(broken_name + blank + bad, name=NAME)
    assert [row.row for row in rows] == [2]
    assert rows[0].post is not None
    assert rows[0].post.holder is not None
    assert rows[0].post.holder.nama == "Oki Percobaan"
    assert [problem.row for problem in problems] == [5]
    assert read == 2


def test_a_header_alone_is_a_file_without_rows() -> None:
    assert parse_directory(sheet(), name=NAME) == ([], [], 0)


def test_a_column_of_the_senders_own_is_left_alone() -> None:
    data = sheet({}).replace(b"pangkat\r\n", b"pangkat,keterangan\r\n") + b",catatan"
    assert len(parsed(data)) == 1


def test_every_row_of_the_example_is_good() -> None:
    data = files("config").joinpath("directory.example.csv").read_bytes()
    assert len(parsed(data)) > 50


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "kosong"),
        (b" \r\n", "kosong"),
        (b"\xef\xbb\xbf", "kosong"),
        (b"PK\x03\x04\x14\x00\x06\x00", "buku kerja Excel"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "buku kerja Excel"),
        (sheet({"nama": "Ren\u00e9"}).decode().encode("cp1252"), "UTF-8"),
        (sheet({}).decode().encode("utf-16"), "UTF-8"),
        (sheet({}) + b"\x00", "UTF-8"),
        (b"nama,alamat\r\nOki,Jalan 1", "kolom instansi, jenis, induk, hari_kerja, peran"),
        (sheet({}, columns=REQUIRED[:-1]), "kolom telepon tidak ada"),
        (sheet({}, columns=(*REQUIRED, "nama")), "kolom “nama” ada lebih dari satu"),
        (sheet({}, columns=(*REQUIRED, "singkatn")), "maksud Anda “singkatan”"),
        (sheet({}) + b'\r\n"Dinas', "baris 3: tidak terbaca"),
        (sheet({}) + b'\r\n"Dinas" Sosial,opd', "baris 3: tidak terbaca"),
    ],
)
def test_an_unreadable_file_is_refused_in_one_sentence(data: bytes, reason: str) -> None:
    with pytest.raises(DirectoryFileError, match=reason) as caught:
        parse_directory(data, name=NAME)
    assert str(caught.value).startswith(NAME)
    assert "\n" not in str(caught.value)


# --- one row --------------------------------------------------------------------------------


def test_a_row_without_a_peran_defines_just_the_instansi() -> None:
    row = one(peran="", jabatan="", nama="", nip="", telepon="", hari_kerja="6")
    assert (row.instansi, row.hari_kerja, row.post) == ("Dinas Kesehatan", 6, None)


def test_a_row_without_a_nama_defines_just_the_post() -> None:
    row = one(nama="-", nip="-", telepon="\u2013")
    assert row.post == PostRow(Peran.ADMIN_OPD, "Admin Dinkes", (), None)


def test_what_a_row_leaves_blank_it_does_not_say() -> None:
    row = one(induk="", hari_kerja="", nip="", telepon="")
    assert (row.induk, row.hari_kerja) == (None, None)
    assert row.post is not None
    assert row.post.holder is not None
    assert (row.post.holder.nip, row.post.holder.telepon) == (None, None)


def test_spacing_is_put_right() -> None:
    assert one(instansi="  Dinas\u00a0 Kesehatan ").instansi == "Dinas Kesehatan"


def test_what_a_spreadsheet_adds_to_numbers_is_taken_off() -> None:
    row = one(hari_kerja="6.0", id_sp4n="9005.0", nip="'19000716 192004 1 015")
    assert (row.hari_kerja, row.id_sp4n) == (6, "9005")
    assert row.post is not None
    assert row.post.holder is not None
    assert row.post.holder.nip == "190007161920041015"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-02-28", date(2026, 2, 28)),
        ("28/02/2026", date(2026, 2, 28)),
        ("1-3-2026", date(2026, 3, 1)),
        ("29/02/2028", date(2028, 2, 29)),
    ],
)
def test_dates(text: str, day: date) -> None:
    row = one(mulai=text, selesai=text)  # one day is a term
    assert row.post is not None
    assert row.post.holder is not None
    assert (row.post.holder.mulai, row.post.holder.selesai) == (day, day)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"instansi": ""}, "instansi belum diisi"),
        ({"jenis": ""}, "jenis belum diisi"),
        ({"jenis": "kecamtan"}, "jenis “kecamtan” tidak dikenal; maksud Anda “kecamatan”?"),
        ({"jenis": "zzz"}, "jenis “zzz” tidak dikenal; pilihannya: provinsi, kabupaten, kota, opd"),
        ({"peran": "kepala opd."}, None),
        ({"peran": "kepala"}, "peran “kepala” tidak dikenal; maksud Anda “kepala_opd”?"),
        ({"peran": "", "jabatan": ""}, "peran belum diisi, padahal nama terisi"),
        ({"jabatan": ""}, "jabatan belum diisi"),
        (
            {"status_jabatan": "tetap"},
            "status_jabatan “tetap” tidak dikenal; pilihannya: definitif,",
        ),
        ({"nama": ""}, "nama belum diisi, padahal nip atau telepon terisi"),
        ({"induk": "dinas  KESEHATAN"}, "induk adalah instansi itu sendiri"),
        ({"hari_kerja": "4"}, "hari_kerja harus 5 atau 6"),
        ({"hari_kerja": "5 hari"}, "hari_kerja harus 5 atau 6"),
        ({"singkatan": "A" * 16}, None),
        ({"singkatan": "A" * 17}, "singkatan 17 karakter; paling panjang 16"),
        (
            {"singkatan": "Dinkés"},
            "singkatan hanya boleh berisi huruf Latin, angka, dan tanda baca biasa",
        ),
        (
            {"singkatan": "Dinkes [1]"},  # brackets take two places each in an SMS
            "singkatan hanya boleh berisi huruf Latin, angka, dan tanda baca biasa",
        ),
        ({"mulai": "31/02/2026"}, "mulai bukan tanggal; tulis seperti 2026-11-30 atau 30/11/2026"),
        ({"selesai": "besok"}, "selesai bukan tanggal; tulis seperti 2026-11-30 atau 30/11/2026"),
        ({"mulai": "2026-11-02", "selesai": "2026-11-01"}, "selesai mendahului mulai"),
        ({"telepon": "0323-321001"}, "nomor telepon bukan nomor telepon seluler"),
        ({"nip": "1.90007E+17"}, "nip sudah dibulatkan oleh Excel; ubah format kolom menjadi Teks"),
        ({"nip": "NIP baru"}, "nip hanya boleh berisi angka, paling banyak 18"),
        ({"membawahi": "Dinas Sosial"}, "membawahi hanya untuk peran asisten"),
        ({"jenis": "dinas x", "hari_kerja": "7"}, "jenis “dinas x” tidak dikenal; "),
    ],
)
def test_a_bad_row_is_named_with_its_reason(changes: dict[str, str], reason: str | None) -> None:
    problems = refused({"instansi": "Dinas Sosial", "jabatan": "Admin"}, changes)
    if reason is None:
        assert problems == []
    else:
        (problem,) = problems
        assert problem.row == 3
        assert problem.reason.startswith(reason)


def test_every_mistake_of_a_row_is_told_at_once() -> None:
    (problem,) = refused({"hari_kerja": "7", "telepon": "1708"})
    assert problem.reason == (
        "hari_kerja harus 5 atau 6; nomor telepon salah; periksa jumlah dan urutan angkanya"
    )


def test_cells_beyond_the_header_are_a_mistake() -> None:
    rows, problems, read = parse_directory(sheet({}) + b",lebih", name=NAME)
    assert (rows, read) == ([], 1)
    assert problems[0].reason.startswith("lebih banyak kolom")


def test_no_reason_repeats_a_number_that_slid_into_another_column() -> None:
    phone, nip = "0811-0000-0015", "190007161920041015"
    columns = ("instansi", "jenis", "induk", "hari_kerja", "peran", "status_jabatan", "mulai")
    rows = [{column: value} for column in columns for value in (phone, nip)]
    rows += [{"nip": f"{nip}99"}, {"telepon": f"{phone}{nip}"}, {"singkatan": phone}]
    said = " ".join(problem.reason for problem in refused(*rows))
    digits = "".join(character for character in said if character.isdigit())
    assert "0015" not in digits
    assert "0811" not in digits
    assert "1900" not in digits


def test_nothing_shown_of_a_row_has_its_phone_or_nip() -> None:
    shown = repr(one())
    assert "6281100000015" not in shown
    assert "190007161920041015" not in shown


def test_few_digits_of_a_name_may_be_shown() -> None:
    assert quoted("SMPN 12345") == "“SMPN 12345”"
    assert quoted("SMPN 123456") == "“SMPN ######”"


# --- rows among each other ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "first", "second"),
    [
        ("jenis", "opd", "kecamatan"),
        ("induk", "Kabupaten Contoh", "Provinsi Contoh"),
        ("hari_kerja", "5", "6"),
        ("singkatan", "Dinkes", "DKK"),
        ("id_sp4n", "9005", "9006"),
    ],
)
def test_rows_of_one_instansi_must_agree(column: str, first: str, second: str) -> None:
    other = "DINAS  kesehatan"
    assert refused({column: first}, {column: second, "instansi": other}) == [
        Problem(3, f"{column} berbeda dengan baris 2")
    ]
    assert refused({column: first}, {column: second, "instansi": "Dinas Sosial"}) == []
    if column != "jenis":
        assert refused({column: first}, {column: ""}) == []


def test_a_refused_row_contradicts_nobody() -> None:
    assert refused({"jenis": "kota", "telepon": "1708"}, {"jenis": "opd"}) == [
        Problem(2, "nomor telepon salah; periksa jumlah dan urutan angkanya")
    ]


def test_rows_of_one_asisten_must_agree_on_whom_he_oversees() -> None:
    row = {"peran": "asisten", "jabatan": "Asisten I", "membawahi": "A;B"}
    plt = {**row, "nama": "Lain", "status_jabatan": "plt"}
    assert refused(row, {**plt, "membawahi": "b|a"}) == []
    assert refused(row, {**plt, "membawahi": ""}) == []
    assert refused(row, {**plt, "membawahi": "A"}) == [
        Problem(3, "membawahi berbeda dengan baris 2")
    ]


POST = {"jabatan": "Kepala Dinas", "peran": "kepala_opd"}
TWICE = "jabatan ini sudah punya pemegang definitif di baris 2; "


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        ({}, {}, TWICE),
        ({}, {"mulai": "2026-10-01"}, TWICE),
        ({"selesai": "2026-10-01"}, {"mulai": "2026-10-01"}, TWICE),
        ({"selesai": "2026-09-30"}, {"mulai": "2026-10-01"}, None),
        ({"mulai": "2026-10-01"}, {"selesai": "2026-09-30"}, None),
        ({"mulai": "2026-10-01"}, {"selesai": "2026-10-01"}, TWICE),
        ({}, {"status_jabatan": "plt"}, None),
        ({"status_jabatan": "plt"}, {"status_jabatan": "plt"}, None),
        ({}, {"jabatan": "Sekretaris"}, None),
        ({}, {"jabatan": "kepala  DINAS"}, TWICE),
        ({}, {"peran": "pejabat_penghubung"}, None),
        ({}, {"instansi": "Dinas Sosial"}, None),
    ],
)
def test_a_post_has_one_holder_in_his_own_right_at_a_time(
    first: dict[str, str], second: dict[str, str], reason: str | None
) -> None:
    problems = refused({**POST, **first}, {**POST, "nama": "Orang Lain", **second})
    assert [(p.row, p.reason.startswith(reason or "?")) for p in problems] == (
        [(3, True)] if reason else []
    )


def test_one_person_holds_a_post_once() -> None:
    once = "orang, jabatan, dan status yang sama sudah ada di baris 2"
    assert refused(POST, {**POST, "nama": "OKI percobaan"}) == [Problem(3, once)]
    plt = {**POST, "status_jabatan": "plt", "selesai": "2026-01-31"}
    assert refused(plt, {**plt, "mulai": "2026-03-01", "selesai": ""}) == [Problem(3, once)]
    assert refused(plt, POST) == []
