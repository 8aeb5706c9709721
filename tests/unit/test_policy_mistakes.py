"""Every mistake in a policy file is named, with its line."""

from __future__ import annotations

import pytest

from config.limits import parse_limit
from config.policy import PolicyError, Problem
from config.policy_file import parse_policy
from config.terms import Clock, Klasifikasi
from tests.unit.policy_texts import SMALL, change, line_of, problems, step

MISTAKES = [
    # what is wrong: (old, new, the sentence, the part of the changed text whose line it names)
    ('nama = "Kabupaten Contoh"', 'nama = ""', "nama: Tidak boleh kosong.", "nama ="),
    ("[[clock]]", "nema = 1\n[[clock]]", 'Kunci "nema" tidak dikenal.', "nema"),
    ('"CTH"', '"CONT"', 'kode: "CONT" tidak sah; pakai dua atau tiga huruf besar.', "kode"),
    ('"-Kominfo Contoh"', '"—Kominfo"', "tanda: ", "tanda"),
    ('"penghubung"', '"penghubug"', 'Mungkin maksudnya "penghubung".', "persetujuan"),
    ('dari = "20:00"', "dari = 20:00:00", "dari: Harus berupa teks", "dari"),
    ('dari = "20:00"', 'dari = "tutup"', "dari: Tulis jam tertentu", "dari"),
    ('sampai = "06:30"', 'sampai = "20:00"', "sampai: Jam tenang harus berakhir", "sampai"),
    ('sampai = "06:30"', "", 'Kunci "sampai" belum ditulis.', "[tenang]"),
    ('[tenang]\ndari = "20:00"\nsampai = "06:30"', "", "Tabel [tenang] belum ditulis.", "nama"),
    # the clock
    ('clock = "respon"', 'clock = "respons"', 'Mungkin maksudnya "respon".', "respons"),
    ('clock = "respon"', "", 'Kunci "clock" belum ditulis.', "[[clock]]"),
    ('start = "disposisi"', 'start = "jawaban"', 'start: "jawaban" tidak cocok', "start"),
    ('stop = "jawaban"', 'stop = "lengkap"', 'stop: "lengkap" tidak cocok untuk', "stop"),
    ('days = "opd"', 'days = "odp"', 'days: "odp" tidak dikenal.', "days"),
    ('limit = "3 hari kerja"', 'limit = "0 hari"', "limit: Tenggat paling sedikit 1.", "limit"),
    ('limit = "3 hari kerja"', 'limit = "3 hri"', 'limit: Batas waktu "3 hri"', "limit"),
    ('days = "opd"', 'at_limit = "arsip"\ndays = "opd"', "at_limit: ", "at_limit"),
    ('limit = "3 hari kerja"', "limits = 3", "limits: Harus berupa tabel", "limits"),
    ("[[clock]]", "[clock]", "clock: Harus berupa tabel berulang", "[clock]"),
    # the steps
    (
        'step = "ingat"',
        'step = "surat"',
        'step: "surat" sudah ditulis di atas.',
        'surat"\ndue = "2',
    ),
    ('step = "ingat"', 'step = "a/b"', 'step: "a/b" tidak sah;', "a/b"),
    ('due = "1 hari kerja"', 'due = "0 hari kerja"', "due: Tenggat paling sedikit 1.", '"0 hari'),
    (
        'due = "1 hari kerja"\nhour = "08:00"',
        'due = "24 jam"',
        "due: Tenggat dalam jam dan dalam hari",
        '"24 jam',
    ),
    ('due = "2 hari kerja"', 'due = "2 hari"', "due: Tulis semua due dengan satuan", '"2 hari"'),
    ('repeat = "1 hari kerja"', 'repeat = "1 jam"', "repeat: Tenggat dalam jam", "repeat"),
    ('due = "1 hari kerja"', 'due = "mulai"', "hour: Tidak berlaku bagi langkah", '"08:00"'),
    ('hour = "08:00"', "", 'Kunci "hour" belum ditulis.', '[[clock.step]]\nstep = "ingat"'),
    ('hour = "08:00"', 'hour = "8.00"', 'hour: Jam "8.00" tidak dikenali', '"8.00"'),
    ('to = ["asisten"]', "", 'Kunci "to" belum ditulis.', '[[clock.step]]\nstep = "eskalasi"'),
    ('to = ["asisten"]', "to = []", "to: Daftar ini tidak boleh kosong.", "to = []"),
    ('to = ["asisten"]', 'to = "asisten"', "to: Harus berupa daftar", 'to = "asisten"'),
    ('to = ["asisten"]', 'to = ["asistn"]', 'Mungkin maksudnya "asisten".', "asistn"),
    ('to = ["asisten"]', "to = [1]", "to: Harus berupa teks", "to = [1]"),
    (
        'to = ["asisten"]',
        'to = ["asisten", "asisten"]',
        "to: Ada yang ditulis dua kali.",
        'to = ["as',
    ),
    ('to = ["asisten"]', 'to = ["sekda"]', 'copy: "sekda" sudah menerima', 'copy = ["sekda"]'),
    ('copy = ["sekda"]', 'weekly = ["sekda"]', "to: Eskalasi paling sedikit", 'to = ["asisten"]'),
    ('copy = ["sekda"]', 'copy = ["kepala_opd"]', "copy: Eskalasi", '"kepala_opd"]\nmessage = "e'),
    ('letter = "pertama"', 'letter = "ketiga"', 'letter: "ketiga" tidak dikenal.', "ketiga"),
    ('letter = "pertama"', "", "veto: Hanya untuk langkah yang membawa surat", "veto"),
    ('"60 menit"', '"0 menit"', "veto: Harus lebih dari 0", "veto"),
    ('"60 menit"', '"25 jam"', "veto: Harus lebih dari 0 dan paling lama 24 jam.", "veto"),
    ('"60 menit"', '"sejam"', "veto: Tulis misalnya", "veto"),
    (
        'veto = "60 menit"',
        'repeat = "1 hari kerja"',
        "repeat: Hanya langkah terakhir",
        'repeat = "1 hari kerja"\n[[',
    ),
    (
        'to = ["asisten"]\ncopy = ["sekda"]\nmessage = "eskalasi"\nletter = "eskalasi"',
        'to = ["kepala_opd"]\nmessage = "eskalasi"',
        "repeat: Hanya untuk langkah yang membawa surat atau sampai ke pimpinan.",
        "repeat",
    ),
    ('step = "ingat"', 'step = "batas"', 'step: "batas" dipakai sistem sendiri', '"batas"'),
    ('message = "ingat"', 'message = "digest"', 'message: "digest" dipakai sistem', "digest"),
    ('message = "ingat"', 'message = "ingat"\nchannels = ["fax"]', 'channels: "fax"', "fax"),
    ('message = "ingat"', 'message = "ingat"\nchannels = []', "channels: Daftar ini", "channels"),
    (
        'message = "ingat"',
        'message = "ingat"\n[clock.step.when]\njenis = ["dinas"]',
        'jenis: "dinas"',
        "jenis",
    ),
    (
        'message = "ingat"',
        'message = "ingat"\n[clock.step.when]\nklasifikasi = ["pujian"]',
        'klasifikasi: "pujian" tidak dikenal.',
        "pujian",
    ),
    (
        'message = "ingat"',
        'message = "ingat"\n[[clock.step.per_opd]]\nto = ["sekda"]',
        'Kunci "instansi" belum ditulis.',
        "per_opd",
    ),
    (
        'repeat = "1 hari kerja"',
        '[[clock.step.per_opd]]\ninstansi = "RSUD"\nto = ["asisten"]',
        "to: Eskalasi paling sedikit",
        'to = ["asisten"]\n[[sp4n',
    ),
    # the export's words
    ('"Ditutup oleh …"', '"…"', "export: Awalan paling sedikit tiga huruf", "export"),
    ('status = "selesai"', 'status = "beres"', 'status: "beres" tidak dikenal.', "beres"),
    (
        'status = "selesai"',
        'status = "selesai"\nhidden = "ya"',
        "hidden: Harus true atau",
        "hidden",
    ),
    (
        "[[sp4n_status]]",
        '[[sp4n_status]]\nexport = "ditutup OLEH …"\nstatus = "arsip"\n[[sp4n_status]]',
        'export: "Ditutup oleh …" sudah ditulis di atas.',
        '"Ditutup',
    ),
]


@pytest.mark.parametrize(("old", "new", "sentence", "part"), MISTAKES)
def test_a_mistake_is_named_alone_and_with_its_line(
    old: str, new: str, sentence: str, part: str
) -> None:
    text = change(old, new)
    (found,) = problems(text)
    assert sentence in found.message
    assert found.line == text[: text.index(part)].count("\n") + 1


def test_a_misspelt_key_is_both_unknown_and_missing() -> None:
    assert problems(change("kode =", "kodde =")) == (
        Problem(1, 'Kunci "kode" belum ditulis.'),
        Problem(2, 'Kunci "kodde" tidak dikenal. Mungkin maksudnya "kode".'),
    )


def test_every_mistake_is_reported_at_once_in_order_of_line() -> None:
    text = change('"CTH"', '"cth"')
    text = change('hour = "08:00"', 'hour = "05:00"', text)
    text = change('to = ["asisten"]', 'to = ["camat"]', text)
    text = change('letter = "pertama"', 'letter = "ketiga"', text)
    error = PolicyError(problems(text))
    assert [line for line, _ in error.problems] == [
        line_of(text, part) for part in ('"cth"', '"05:00"', '"ketiga"', '"camat"')
    ]
    assert str(error).splitlines()[1] == (
        "baris 18: hour: 05:00 termasuk jam tenang, 20:00 sampai 06:30."
    )


@pytest.mark.parametrize(
    ("hour", "quiet"),
    [
        ("19:59", False),
        ("20:00", True),
        ("23:59", True),
        ("00:00", True),
        ("06:29", True),
        ("06:30", False),
    ],
)
def test_a_step_inside_quiet_hours_is_refused(hour: str, quiet: bool) -> None:
    text = change('hour = "08:00"', f'hour = "{hour}"')
    if not quiet:
        assert str(step(text, "ingat").hour) == hour
        return
    (found,) = problems(text)
    assert (found.line, "termasuk jam tenang" in found.message) == (
        line_of(text, hour + '"\nto'),
        True,
    )


def test_quiet_hours_within_one_day() -> None:
    text = change('dari = "20:00"\nsampai = "06:30"', 'dari = "11:30"\nsampai = "13:00"')
    assert str(step(change('"08:00"', '"13:00"', text), "ingat").hour) == "13:00"
    assert problems(change('hour = "08:00"', 'hour = "12:00"', text))[0].line == 18


def test_a_step_that_inherits_a_quiet_hour_from_the_limit_is_refused() -> None:
    text = change('due = "4 hari kerja"\nhour = "09:00"', 'due = "batas"')
    text = change('limit = "3 hari kerja"', 'limit = "3 hari kerja"\nlimit_hour = "23:59"', text)
    (found,) = problems(text)
    assert found == Problem(
        line_of(text, '"batas"'), "due: 23:59 termasuk jam tenang, 20:00 sampai 06:30."
    )


@pytest.mark.parametrize(
    ("due", "hour", "right"),
    [
        ("2 hari kerja", "15:59", False),  # the cut-off of surat, above it, is 16:00
        ("2 hari kerja", "16:00", True),
        ("2 hari kerja", "tutup", True),
        ("2 hari kerja", "buka", False),
        ("1 hari kerja", "tutup", False),
        ("3 hari kerja", "buka", True),
    ],
)
def test_steps_stand_in_the_order_of_their_due_time(due: str, hour: str, right: bool) -> None:
    text = change('due = "4 hari kerja"\nhour = "09:00"', f'due = "{due}"\nhour = "{hour}"')
    if right:
        assert step(text, "eskalasi").due == parse_limit(due)
        return
    sentence = 'due: Jatuh sebelum langkah "surat" di atasnya.'
    assert problems(text) == (Problem(32, sentence),)


def test_a_step_at_the_limit_is_ordered_for_each_klasifikasi() -> None:
    limits = "".join(f'{each} = "9 hari kerja"\n' for each in list(Klasifikasi)[:3])
    text = change(
        'limit = "3 hari kerja"\n', f'[clock.limits]\n{limits}aspirasi = "AA hari kerja"\n'
    )
    text = change('due = "4 hari kerja"\nhour = "09:00"', 'due = "batas"\nhour = "tutup"', text)
    assert step(text.replace("AA", "2"), "eskalasi").due == "batas"
    assert "Jatuh sebelum" in problems(text.replace("AA", "1"))[0].message


def test_steps_that_never_meet_on_one_complaint_need_no_order() -> None:
    text = change('due = "4 hari kerja"', 'due = "1 hari kerja"')
    text = change('message = "eskalasi"', 'message = "eskalasi"\nwhen.jenis = ["opd"]', text)
    assert "Jatuh sebelum" in problems(text)[0].message
    text = change('when.jenis = ["opd"]', 'when.klasifikasi = ["aspirasi"]', text)
    assert "Jatuh sebelum" in problems(text)[0].message
    only = 'message = "surat_1"\nwhen.klasifikasi = ["berkadar_pengawasan"]'
    assert len(parse_policy(change('message = "surat_1"', only, text)).clocks) == 1


def test_due_batas_needs_a_limit() -> None:
    text = change('limit = "3 hari kerja"\n', "")
    assert parse_policy(text).clocks[Clock.RESPON].limits == {}
    text = change('due = "4 hari kerja"', 'due = "batas"', text)
    assert problems(text) == (Problem(31, 'due: Perlu "limit" pada [[clock]].'),)


def test_limits_leave_no_klasifikasi_out() -> None:
    text = change('limit = "3 hari kerja"', '[clock.limits]\naspirasi = "3 hari kerja"')
    assert [(line, message[-15:]) for line, message in problems(text)] == [
        (14, " belum ditulis.")
    ] * 3


def test_a_second_table_of_one_clock() -> None:
    text = SMALL + '[[clock]]\nclock = "respon"\nstart = "masuk"\nstop = "jawaban"\ndays = "opd"\n'
    assert problems(text) == (Problem(43, 'clock: "respon" sudah ditulis di atas.'),)


@pytest.mark.parametrize(
    ("table", "wrong"),
    [
        ("verifikasi masuk disposisi pengirim", []),
        ("verifikasi masuk disposisi opd", ["days"]),
        ("verifikasi disposisi jawaban pengirim", ["start", "stop"]),
        ("respon verifikasi tercatat_sp4n opd", []),
        ("respon tunda tanggapan opd", ["start", "stop"]),
        ("penyelesaian masuk jawaban_substantif pengirim", []),
        ("penyelesaian masuk jawaban opd selesai", ["at_limit"]),
        ("tanggapan jawaban tanggapan opd selesai", []),
        ("tanggapan jawaban tanggapan opd arsip", ["at_limit"]),
        ("kelengkapan tunda lengkap pengirim arsip", []),
        ("kelengkapan jawaban lengkap pengirim", ["start"]),
    ],
)
def test_start_and_stop_fit_the_clock(table: str, wrong: list[str]) -> None:
    head, rest = SMALL.split("[[clock]]")
    keys = ("clock", "start", "stop", "days", "at_limit")
    lines = "".join(f'{key} = "{word}"\n' for key, word in zip(keys, table.split(), strict=False))
    text = f'{head}[[clock]]\nlimit = "9 hari"\n{lines}{rest[rest.index("[[sp4n_status]]") :]}'
    if wrong:
        assert [found.message.split(":")[0] for found in problems(text)] == wrong
    else:
        assert list(parse_policy(text).clocks) == [table.split(maxsplit=1)[0]]


def test_messages_must_exist_where_they_are_known() -> None:
    kinds = frozenset({"ingat", "surat_1", "eskalasi"})
    assert parse_policy(SMALL, kinds) == parse_policy(SMALL, None)
    (found,) = problems(SMALL, kinds - {"eskalasi"})
    assert found.line == line_of(SMALL, 'message = "eskalasi"')
    assert found.message.startswith('message: "eskalasi" tidak dikenal.')
    text = change('message = "ingat"', 'message = "../rahasia"')
    assert problems(text)[0].message.startswith('message: "../rahasia" tidak sah')


@pytest.mark.parametrize(
    ("words", "phone"),
    [
        ("+62 812-0000-1234", True),
        ("081200001234", True),
        ("0812 0000 1234", True),
        ("62812000012", True),
        ("wa.me/6281200001234", True),
        ("(0323) 321000", True),
        ("0323-321000", True),
        ("+44 7700 900123", True),
        ("490/1421/434.210/2026", False),
        ("Peraturan Nomor 62 Tahun 2018, PermenPANRB 62/2018", False),
        ("SPG-2611-0042, 2026-05-04 08:00", False),
        ("16.00 atau 20:00", False),
    ],
)
def test_phone_numbers_stay_out_even_of_comments(words: str, phone: bool) -> None:
    text = f"# hubungi {words}\n{SMALL}"
    if phone:
        assert problems(text) == (Problem(1, "Nomor telepon tidak boleh ditulis di sini."),)
    else:
        parse_policy(text)
