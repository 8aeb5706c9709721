"""What Sampang's default policy says, and what else a policy can say."""

from __future__ import annotations

import re
from datetime import time, timedelta
from pathlib import Path

import pytest

from config.limits import TUTUP, Hour, Unit
from config.policy import Condition, Recipients, Start
from config.policy_file import parse_policy
from config.terms import Channel, Clock, Jenis, Klasifikasi, Letter, Peran, Status
from tests.unit.policy_texts import DEFAULT, SMALL, change, days, step

EIGHT = Hour("jam", time(8))

# ---- The default -----------------------------------------------------------------------------


def test_the_default_respon_is_sampangs_ladder() -> None:
    opd, penghubung, kepala = Peran.ADMIN_OPD, Peran.PEJABAT_PENGHUBUNG, Peran.KEPALA_OPD
    asisten, sekda = Peran.ASISTEN, Peran.SEKDA
    respon = parse_policy(DEFAULT).clocks[Clock.RESPON]
    assert [(s.name, s.due, s.hour, s.recipients, s.letter, s.formal) for s in respon.steps] == [
        ("terima", "mulai", None, Recipients((opd, penghubung)), None, False),
        ("ingat", days(1), EIGHT, Recipients((opd,)), None, False),
        ("surat_1", days(2), TUTUP, Recipients((opd,), (kepala,)), Letter.PERTAMA, True),
        ("hari_terakhir", days(3), EIGHT, Recipients((opd, kepala)), None, False),
        ("surat_2", days(3), TUTUP, Recipients((opd, kepala)), Letter.KEDUA, True),
        ("eskalasi", days(4), EIGHT, Recipients((asisten,), (sekda,)), Letter.ESKALASI, True),
        ("ulang", days(5), EIGHT, Recipients((asisten,), (), (sekda,)), None, True),
    ]
    assert [s.repeat for s in respon.steps] == [None] * 6 + [days(1)]
    assert [s.message for s in respon.steps] == [s.name for s in respon.steps]
    assert all(s.channels == (Channel.WHATSAPP, Channel.SMS) for s in respon.steps)
    assert all(s.veto is None and s.when == Condition() for s in respon.steps)


@pytest.mark.parametrize(
    ("clock", "summary"),
    [
        (Clock.VERIFIKASI, ("masuk", "disposisi", "pengirim", None, "tutup")),
        (Clock.RESPON, ("disposisi", "jawaban_substantif", "opd", None, "tutup")),
        (Clock.PENYELESAIAN, ("disposisi", "jawaban_substantif", "opd", None, "tutup")),
        (Clock.TANGGAPAN, ("jawaban", "tanggapan", "pengirim", "selesai", "23:59")),
        (Clock.KELENGKAPAN, ("tunda", "lengkap", "pengirim", "arsip", "23:59")),
    ],
)
def test_the_default_clocks_start_and_stop(clock: Clock, summary: tuple[object, ...]) -> None:
    found = parse_policy(DEFAULT).clocks[clock]
    hour = str(found.limit_hour)
    assert (found.start, found.stop, found.days, found.at_limit, hour) == summary


def test_the_default_limits_by_klasifikasi() -> None:
    policy = parse_policy(DEFAULT)
    amounts = {
        clock: [each.limits[klasifikasi].amount for klasifikasi in Klasifikasi]
        for clock, each in policy.clocks.items()
    }
    # berkadar, tidak berkadar, permintaan informasi, aspirasi
    assert amounts == {
        Clock.VERIFIKASI: [3, 3, 3, 3],
        Clock.RESPON: [3, 3, 3, 3],
        Clock.PENYELESAIAN: [60, 14, 5, 14],
        Clock.TANGGAPAN: [10, 10, 10, 10],
        Clock.KELENGKAPAN: [10, 10, 10, 10],
    }
    assert {limit.unit for each in policy.clocks.values() for limit in each.limits.values()} == {
        Unit.HARI_KERJA
    }


def test_the_default_reminders_of_the_other_clocks() -> None:
    policy = parse_policy(DEFAULT)
    kominfo = Peran.ADMIN_KOORDINATOR
    verifikasi = policy.clocks[Clock.VERIFIKASI].steps
    assert [(s.due, str(s.hour), s.recipients.all, s.message) for s in verifikasi] == [
        (days(2), "08:00", (kominfo,), "verifikasi_ingat"),
        (days(3), "16:00", (kominfo,), "verifikasi_lewat"),
    ]
    (lewat,) = policy.clocks[Clock.PENYELESAIAN].steps
    assert (lewat.due, lewat.hour, lewat.message) == ("batas", TUTUP, "penyelesaian_lewat")
    assert lewat.recipients == Recipients((Peran.ADMIN_OPD,), (Peran.KEPALA_OPD, kominfo))
    assert policy.clocks[Clock.TANGGAPAN].steps == policy.clocks[Clock.KELENGKAPAN].steps == ()


def test_the_default_government_and_its_quiet_hours() -> None:
    policy = parse_policy(DEFAULT)
    assert (policy.kode, policy.tanda) == ("SPG", "-Kominfo Sampang")
    assert policy.persetujuan_jawaban == "tidak"
    moments = [time(19, 59), time(20), time(0), time(6, 29), time(6, 30)]
    assert [policy.quiet(at) for at in moments] == [False, True, True, True, False]


@pytest.mark.parametrize(
    ("export", "expected"),
    [
        ("Belum Terverifikasi", (Status.BELUM_TERVERIFIKASI, False)),
        ("Terverifikasi", (Status.BELUM_DITINDAKLANJUTI, False)),
        ("  terverifikasi ", (Status.BELUM_DITINDAKLANJUTI, False)),
        ("Terverifikasi oleh sistem", None),
        ("Ditanggapi oleh Pelapor", (Status.PROSES, False)),
        ("Menunggu Kelengkapan Informasi", (Status.TUNDA, False)),
        ("Ditutup oleh Admin", (Status.SELESAI, False)),
        ("DITUTUP OLEH\xa0pelapor", (Status.SELESAI, False)),
        ("Ditutup oleh", (Status.SELESAI, False)),
        ("Ditutup olehnya", None),
        ("Diarsipkan oleh Sistem", (Status.ARSIP, False)),
        ("Konten Terblokir", (Status.ARSIP, True)),
        ("", None),
    ],
)
def test_sp4n_status(export: str, expected: tuple[Status, bool] | None) -> None:
    assert parse_policy(DEFAULT).sp4n(export) == expected


def test_of_two_sp4n_beginnings_the_longer_counts_and_an_exact_entry_before_both() -> None:
    more = "".join(
        f'[[sp4n_status]]\nexport = "{export}"\nstatus = "{status}"\n'
        for export, status in (("Ditutup oleh Pel*", "proses"), ("Ditutup oleh Pelapor", "tunda"))
    )
    policy = parse_policy(SMALL + more)
    words = ["Ditutup oleh Admin", "Ditutup oleh Pelaksana", "ditutup oleh pelapor"]
    assert [policy.sp4n(text) for text in words] == [
        (Status.SELESAI, False),
        (Status.PROSES, False),
        (Status.TUNDA, False),
    ]


# ---- What else a policy can say --------------------------------------------------------------


def test_recipients_of_one_opd() -> None:
    override = (
        'message = "ingat"\n[[clock.step.per_opd]]\ninstansi = "Dinas  Kesehatan"\n'
        'to = ["kepala_opd"]\ncopy = ["admin_opd"]'
    )
    ingat = step(change('message = "ingat"', override), "ingat")
    own = Recipients((Peran.KEPALA_OPD,), (Peran.ADMIN_OPD,))
    assert ingat.recipients_for("dinas kesehatan ") == own
    assert ingat.recipients_for("Dinas Pendidikan") == Recipients((Peran.ADMIN_OPD,))
    assert not ingat.formal


def test_leaders_told_for_one_opd_make_the_step_formal() -> None:
    override = 'message = "ingat"\n[[clock.step.per_opd]]\ninstansi = "RSUD"\nto = ["asisten"]'
    assert step(change('message = "ingat"', override), "ingat").formal


@pytest.mark.parametrize("key", ["to", "copy", "weekly"])
@pytest.mark.parametrize("leader", ["asisten", "sekda", "kepala_daerah"])
def test_a_step_that_reaches_leaders_in_any_way_is_formal(key: str, leader: str) -> None:
    roles = {"to": '["kepala_opd"]', key: f'["{leader}"]'}
    written = "\n".join(f"{name} = {value}" for name, value in roles.items())
    assert step(change('to = ["admin_opd"]\nmessage', f"{written}\nmessage"), "ingat").formal


def test_conditions() -> None:
    when = """message = "ingat"
[clock.step.when]
klasifikasi = ["aspirasi"]
jenis = ["kecamatan", "puskesmas"]
kategori = ["Jalan Rusak"]
sumber = ["SMS"]
instansi = ["Kecamatan Contoh"]"""
    condition = step(change('message = "ingat"', when), "ingat").when
    right = {
        "klasifikasi": Klasifikasi.ASPIRASI,
        "jenis": Jenis.KECAMATAN,
        "kategori": "jalan  rusak",
        "sumber": "sms",
        "instansi": "KECAMATAN CONTOH",
    }
    wrong = {
        "klasifikasi": Klasifikasi.BERKADAR,
        "jenis": None,
        "kategori": "Jalan",
        "sumber": None,
        "instansi": "Kecamatan Lain",
    }
    assert condition.matches(**right)  # type: ignore[arg-type]
    for key, value in wrong.items():
        assert not condition.matches(**(right | {key: value})), key  # type: ignore[arg-type]
    assert Condition().matches(**wrong)  # type: ignore[arg-type]


def test_a_clock_in_hours_has_no_hour_of_day() -> None:
    text = re.sub(r"(\d) hari kerja", r"\1x24 jam", SMALL)
    text = re.sub(r"hour = .*\n", "", text)
    respon = parse_policy(text).clocks[Clock.RESPON]
    assert [(str(s.due), s.hour) for s in respon.steps] == [
        ("24 jam", None),
        ("48 jam", None),
        ("96 jam", None),
    ]


def test_a_step_at_the_limit_takes_its_hour_from_the_limit() -> None:
    text = change('due = "4 hari kerja"\nhour = "09:00"', 'due = "batas"')
    assert step(text, "eskalasi").hour == TUTUP
    text = change('limit = "3 hari kerja"', 'limit = "3 hari kerja"\nlimit_hour = "17:00"', text)
    assert str(step(text, "eskalasi").hour) == "17:00"


def test_limits_of_single_klasifikasi_over_a_common_limit() -> None:
    text = change(
        '[[clock.step]]\nstep = "ingat"',
        '[clock.limits]\naspirasi = "9 hari kerja"\n[[clock.step]]\nstep = "ingat"',
    )
    limits = parse_policy(text).clocks[Clock.RESPON].limits
    assert [limits[each].amount for each in Klasifikasi] == [3, 3, 3, 9]


def test_a_clock_has_its_own_dasar_hukum_or_the_policys() -> None:
    assert parse_policy(SMALL).clocks[Clock.RESPON].dasar_hukum == "Peraturan Contoh"
    text = change('days = "opd"', 'days = "opd"\ndasar_hukum = "Keputusan Bupati"')
    assert parse_policy(text).clocks[Clock.RESPON].dasar_hukum == "Keputusan Bupati"


def test_a_clock_may_start_earlier_and_a_letter_go_out_at_opening() -> None:
    text = change('start = "disposisi"', 'start = "masuk"')
    text = change('hour = "tutup"', 'hour = "buka"', text)
    assert parse_policy(text).clocks[Clock.RESPON].start == Start.MASUK
    assert str(step(text, "surat").hour) == "buka"


def test_veto() -> None:
    assert step(SMALL, "surat").veto == timedelta(hours=1)
    assert step(change('"60 menit"', '"24 jam"'), "surat").veto == timedelta(days=1)


def test_a_file_from_windows() -> None:
    assert parse_policy("\ufeff" + SMALL.replace("\n", "\r\n")) == parse_policy(SMALL)


def test_the_document_shows_a_policy_that_is_right_and_explains_each_of_its_keys() -> None:
    document = Path(__file__).parents[2].joinpath("docs", "policy.md").read_text("utf-8")
    before, example, after = re.split(r"```toml\n(.*?)```", document, flags=re.DOTALL)
    assert set(parse_policy(example).clocks) == {Clock.RESPON, Clock.TANGGAPAN}
    keys = set(re.findall(r"^(\w+) =", example + DEFAULT, re.MULTILINE))
    assert keys - set(re.findall(r"\w+", before + after)) == set()
