from __future__ import annotations

from datetime import date, time

import pytest

from config.calendar_overrides import (
    Decree,
    OpeningHours,
    OverrideDay,
    Overrides,
    OverridesError,
    load_default,
    merge,
    parse_overrides,
)

GOOD = """\
confirmed_until = 2028

[[decree]]
year = 2028
text = "SKB 2028"

[[day]]
date = 2028-03-01
name = "Hari Jadi Kabupaten"
action = "tambah"
kind = "lokal"
decree = "SK Bupati 1/2028"
scope = "Dinas A"

[[day]]
date = 2028-03-01
name = "Libur"
action = "batal"
kind = "libur"
decree = "SKB 2/2028"

[[hours]]
week = 5
name = "Ramadan"
from = 2028-01-28
until = 2028-02-25
scope = "Dinas A"
senin = "08:00-15:00"
jumat = "08:00 - 15:30"
"""


def test_a_calendar_file_is_read() -> None:
    eight = time(8)
    assert parse_overrides(GOOD) == Overrides(
        confirmed_until=2028,
        decrees=(Decree(2028, "SKB 2028"),),
        days=(
            OverrideDay(
                date(2028, 3, 1),
                "Hari Jadi Kabupaten",
                "tambah",
                "lokal",
                "SK Bupati 1/2028",
                "Dinas A",
            ),
            OverrideDay(date(2028, 3, 1), "Libur", "batal", "libur", "SKB 2/2028", None),
        ),
        hours=(
            OpeningHours(
                5,
                date(2028, 1, 28),
                date(2028, 2, 25),
                "Dinas A",
                "Ramadan",
                ((eight, time(15)), None, None, None, (eight, time(15, 30)), None),
            ),
        ),
    )


def test_overrides_are_values() -> None:
    assert hash(parse_overrides(GOOD)) == hash(parse_overrides(GOOD))
    assert parse_overrides("") == Overrides()


DAY = """\
[[day]]
date = 2026-05-06
name = "Libur"
action = "tambah"
kind = "lokal"
decree = "SK 1"
"""


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("x = 1", 1, 'Kunci "x" tidak dikenal; yang dikenal: confirmed_until, decree, day, hours.'),
        (
            f"{DAY}tanggal = 1",
            7,
            'Kunci "tanggal" tidak dikenal; yang dikenal: date, name, action,',
        ),
        ("confirmed_until = 2014", 1, '"confirmed_until" di luar tahun 2015 sampai 2045.'),
        ("confirmed_until = true", 1, '"confirmed_until" harus berupa tahun, misalnya 2027.'),
        ("day = 1", 1, '"day" harus ditulis sebagai [[day]].'),
        ("\n[hours]\nweek = 5", 2, '"hours" harus ditulis sebagai [[hours]].'),
        ("\n\na = [", 3, "Tata tulis TOML tidak sah; "),
        (DAY.replace("-05-06", "-02-30"), 2, "Tata tulis TOML tidak sah; "),
        (DAY.replace("2026-05-06", "'2026-05-06'"), 2, '"date" harus berupa tanggal tanpa tanda'),
        (DAY.replace("05-06", "05-06T08:00:00"), 2, '"date" harus berupa tanggal tanpa tanda'),
        (DAY.replace("2026", "2046"), 2, '"date" di luar tahun 2015 sampai 2045.'),
        (DAY.replace("2026", "2014"), 2, '"date" di luar tahun 2015 sampai 2045.'),
        (DAY.replace('"Libur"', '" "'), 3, '"name" tidak boleh kosong.'),
        (DAY.replace('"Libur"', "1"), 3, '"name" harus berupa teks dalam tanda kutip.'),
        (DAY.replace("name", "# name"), 1, '"name" wajib diisi.'),
        (DAY.replace("tambah", "hapus"), 4, '"action" harus salah satu dari: tambah, batal.'),
        (DAY.replace("lokal", "cuti"), 5, '"kind" harus salah satu dari: libur, cuti_bersama, '),
        (DAY.replace("decree", "# decree"), 1, '"decree" wajib diisi: setiap hari yang ditambah'),
        (DAY.replace('"SK 1"', '""'), 6, '"decree" tidak boleh kosong.'),
        (f"{DAY}scope = ''", 7, '"scope" tidak boleh kosong.'),
        (DAY + DAY, 7, "Tanggal 2026-05-06 sudah ditulis pada baris 1."),
        (
            f'{DAY}scope = "Dinas A"\n{DAY}scope = "dinas  a"',
            8,
            "Tanggal 2026-05-06 untuk dinas  a sudah ditulis pada baris 1.",
        ),
        ("[[decree]]\nyear = 2026", 1, '"text" wajib diisi.'),
        (
            "[[decree]]\nyear = 2026\ntext = 'a'\n[[decree]]\nyear = 2026\ntext = 'b'",
            4,
            "Keputusan tahun 2026 sudah ditulis pada baris 1.",
        ),
        ("[[hours]]\nweek = 7\nsenin = '08:00-15:00'", 2, '"week" harus 5 atau 6.'),
        ("[[hours]]\nweek = 5", 1, "Tidak ada jam buka; isi sedikitnya satu dari: senin, "),
        ("[[hours]]\nsenin = '8-15'", 2, '"senin" harus berupa jam buka dan tutup: "07:30-16:00".'),
        ("[[hours]]\nsenin = '15:00-15:00'", 2, '"senin": jam tutup harus sesudah jam buka.'),
        (
            "[[hours]]\nsenin = '08:00-15:00'\nminggu = '08:00-15:00'",
            3,
            'Kunci "minggu" tidak dikenal; ',
        ),
        ("[[hours]]\nweek = 5\nsabtu = '08:00-12:00'", 3, "Pekan lima hari kerja tidak mempunyai"),
        (
            "[[hours]]\nfrom = 2026-03-02\nuntil = 2026-03-01\nsenin = '08:00-15:00'",
            3,
            '"until" mendahului "from".',
        ),
        (
            "[[hours]]\nsenin = '08:00-15:00'\n[[hours]]\nselasa = '08:00-15:00'",
            3,
            "Jam buka untuk pekan, musim, dan instansi yang sama sudah ditulis pada baris 1.",
        ),
    ],
)
def test_a_mistake_is_named_with_its_line(text: str, line: int, message: str) -> None:
    with pytest.raises(OverridesError) as caught:
        parse_overrides(text)
    first = caught.value.problems[0]
    assert first.line == line
    assert first.message.startswith(message)


def test_all_mistakes_are_named_in_the_order_of_their_lines() -> None:
    text = f"{DAY.replace('tambah', 'x').replace('decree', '# decree')}y = 1\n[[hours]]\nweek = 4\n"
    with pytest.raises(OverridesError) as caught:
        parse_overrides(text)
    assert [problem.line for problem in caught.value.problems] == [1, 4, 7, 8, 9]
    assert str(caught.value).splitlines()[1] == (
        'baris 4: "action" harus salah satu dari: tambah, batal.'
    )


@pytest.mark.parametrize(
    "text",
    [
        f'{DAY}scope = "Dinas A"\n{DAY}scope = "Dinas B"',
        f'{DAY}scope = "Dinas A"\n{DAY}',
        "[[hours]]\nweek = 5\nsenin = '08:00-15:00'\n[[hours]]\nweek = 6\nsenin = '08:00-15:00'",
        "[[hours]]\nfrom = 2026-03-01\nuntil = 2026-03-01\nsenin = '08:00-15:00'",
        "day = []",
    ],
)
def test_what_only_looks_like_a_mistake_is_accepted(text: str) -> None:
    parse_overrides(text)


def test_of_two_files_the_later_wins_for_the_same_day_and_scope() -> None:
    base = parse_overrides(
        "confirmed_until = 2027\n[[decree]]\nyear = 2026\ntext = 'lama'\n"
        f"{DAY}{DAY}scope = 'Dinas A'\n[[hours]]\nsenin = '08:00-15:00'"
    )
    extra = parse_overrides(
        "confirmed_until = 2026\n[[decree]]\nyear = 2026\ntext = 'baru'\n"
        f"{DAY.replace('tambah', 'batal')}scope = 'DINAS A'\n[[hours]]\nsenin = '08:00-14:00'"
    )
    both = merge(base, extra)
    assert both.confirmed_until == 2027
    assert both.decrees == (Decree(2026, "baru"),)
    assert [(one.scope, one.action) for one in both.days] == [
        (None, "tambah"),
        ("DINAS A", "batal"),
    ]
    assert both.hours == extra.hours
    assert merge(base, Overrides()) == base
    assert merge(Overrides(), base) == base


def test_the_file_of_the_program_is_confirmed_through_2027_with_a_decree_a_year() -> None:
    default = load_default()
    assert default.confirmed_until == 2027
    assert [decree.year for decree in default.decrees] == list(range(2020, 2028))
    assert all(one.scope is None for one in default.days)
