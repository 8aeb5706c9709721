"""Officers act by replying: TERIMA, JAWAB, SUDAH, BUKAN, TUNDA, and those who decide on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.sms_gate import FakePhone
from tests.fakes.twilio_server import FakeTwilio
from tests.story.town import ON_BOTH, Phone, Town

REPORT = "Jalan Contoh di depan Pasar Contoh berlubang, dua motor jatuh kemarin"
KOMINFO = ("Admin Koordinator SP4N-LAPOR!", "Admin Koordinator SP4N-LAPOR! II")
NORMATIVE = "Terima kasih atas laporannya, akan segera kami tindak lanjuti."
INTERIM = "Lokasi sudah kami survei 23 November, penambalan dijadwalkan Rabu 25 November 2026."


def reported(town: Town, opd: str = "DPUPR") -> tuple[Phone, Phone, str]:
    """A citizen's complaint with an OPD whose admin and secretary have been told."""
    warga = town.citizen()
    warga.says(REPORT)
    number = warga.expects("dicatat no. SPG-").number
    town.kominfo.disposes(number, opd)
    town.post(f"Sekretaris {opd}").expects(number, "menunggu jawaban")
    return warga, town.post(f"Admin {opd}"), number


def in_sp4n(town: Town) -> tuple[Phone, str]:
    """A complaint of SP4N's with DPUPR."""
    town.kominfo.imports("9000001", "DPUPR")
    town.post("Sekretaris DPUPR").expects("#9000001")
    return town.post("Admin DPUPR"), "9000001"


def all_of(town: Town, *labels: str) -> list[Phone]:
    return [town.post(label) for label in labels]


@ON_BOTH
def test_answered_by_a_button_and_a_quoted_reply(town: Town) -> None:
    warga, admin, number = reported(town)
    told = admin.expects(number, "menunggu jawaban")
    told.presses("TERIMA")
    admin.expects("tercatat diterima", number, "Kam 26 Nov 16.00")
    told.replies("JAWAB Lubang sudah ditambal tanggal 23 November 2026 pukul 14.00.")
    admin.expects("Jawaban aduan", number, "sampaikan kepada pelapor")
    answer = warga.expects(number, "dijawab", "Lubang sudah ditambal", "NILAI")
    answer.replies("NILAI 5")
    warga.expects("Nilai 5", number)
    assert town.case(number).rating == 5
    town.at("Jum 16.00")


def test_a_normative_answer_does_not_stop_the_clock(town: Town) -> None:
    _, admin, number = reported(town)
    admin.expects(number).replies(f"JAWAB {NORMATIVE}")
    admin.expects("batas waktunya masih berjalan", number)
    for kominfo in all_of(town, *KOMINFO):
        kominfo.expects("belum substantif", number, NORMATIVE)
    town.at("Sel 08.00")
    admin.expects("izin mengingatkan", number)
    town.at("Rab 16.00")
    admin.expects("Surat I ", number)
    town.post("Kepala Dinas Pekerjaan Umum dan Penataan Ruang").expects("Surat I ", number)


def test_kominfo_accepts_a_normative_answer_as_it_is(town: Town) -> None:
    warga, admin, number = reported(town)
    admin.expects(number).replies(f"JAWAB {NORMATIVE}")
    admin.expects("batas waktunya masih berjalan")
    first, second = all_of(town, *KOMINFO)
    second.expects("belum substantif")
    first.expects("belum substantif", number).presses("SETUJU")
    first.expects("Persetujuan", number)
    admin.expects("telah disetujui", number)
    warga.expects(number, "dijawab", NORMATIVE.rstrip("."))
    town.at("Jum 16.00")


def test_an_interim_answer_with_an_action_and_a_date_counts(town: Town) -> None:
    warga, admin, number = reported(town)
    admin.expects(number)
    admin.says(f"JAWAB {number} {INTERIM}")
    admin.expects("kami catat", number)
    warga.expects(number, "dijawab", INTERIM.rstrip("."))
    town.at("Jum 16.00")
    warga.says("NILAI 4")
    warga.expects("Nilai 4", number)


def test_a_wrong_agency_is_let_go_and_the_right_one_asked(town: Town) -> None:
    _, admin, number = reported(town)
    admin.expects(number).replies("BUKAN jalan ini milik Dinas Perhubungan")
    admin.expects("kami teruskan ke Kominfo", number)
    first, second = all_of(town, *KOMINFO)
    second.expects("bukan wewenang", number, "milik Dinas Perhubungan")
    first.expects("bukan wewenang", number).presses("SETUJU")
    first.expects("Persetujuan", number)
    admin.expects("permintaan bukan wewenang", number, "disetujui")
    for phone in (admin, town.post("Sekretaris DPUPR")):
        phone.expects("abaikan", number)
    town.kominfo.disposes(number, "Dishub")
    for phone in all_of(town, "Admin Dishub", "Sekretaris Dishub"):
        phone.expects(number, "menunggu jawaban", "Kam 26 Nov 16.00")
    town.at("Sel 08.00")
    town.post("Admin Dishub").expects("izin mengingatkan", number)


def test_a_wrong_agency_refused_has_lost_no_time_and_won_none(town: Town) -> None:
    _, admin, number = reported(town)
    admin.expects(number).replies("BUKAN itu urusan provinsi")
    admin.expects("Batas waktu tetap berjalan")
    first, second = all_of(town, *KOMINFO)
    second.expects("bukan wewenang")
    asked = first.expects("bukan wewenang", number)
    town.at("Sel 08.00")
    admin.expects("izin mengingatkan", "Kam 26 Nov 16.00")
    for kominfo in (first, second):
        kominfo.expects("izin mengingatkan", "belum diputuskan", number)
    asked.replies("TOLAK termasuk jalan kabupaten")
    first.expects("Penolakan", number)
    admin.expects("tidak disetujui", "termasuk jalan kabupaten", "Kam 26 Nov 16.00")
    town.at("Rab 16.00")
    admin.expects("Surat I ", number)
    town.post("Kepala Dinas Pekerjaan Umum dan Penataan Ruang").expects("Surat I ", number)


def test_a_request_that_kominfo_leaves_lying_is_past_its_limit_after_a_day(town: Town) -> None:
    _, admin, number = reported(town)
    admin.expects(number).replies("TUNDA lokasi kejadian belum jelas")
    admin.expects("penundaan", number)
    kominfo = all_of(town, *KOMINFO)
    for phone in kominfo:
        phone.expects("penundaan", "lokasi kejadian belum jelas")
    town.at("Sel 08.00")
    admin.expects("izin mengingatkan")
    for phone in kominfo:
        phone.expects("belum diputuskan", number)
    town.at("Sel 16.00")
    for phone in kominfo:
        phone.expects("belum diputuskan", number)


def test_sudah_waits_a_working_day_and_goes_on_where_no_export_shows_the_answer(
    town: Town,
) -> None:
    admin, number = in_sp4n(town)
    admin.expects("#9000001").replies("SUDAH")
    admin.expects("dijeda sampai", "Sel 24 Nov", "#9000001")
    for phone in all_of(town, *KOMINFO):
        phone.expects("DPUPR menyatakan", "#9000001", "sudah dijawab", "Sel 24 Nov 16.00")
    town.at("Sel 16.00")
    town.at("Rab 08.00")
    admin.expects("izin mengingatkan", "#9000001", "Jum 27 Nov 16.00")
    admin.says(f"SUDAH {number}")
    admin.expects("belum tampak di data SP4N")


def test_sudah_is_confirmed_by_the_next_export(town: Town) -> None:
    admin, number = in_sp4n(town)
    admin.says(f"SUDAH {number}")
    admin.expects("#9000001", "menunggu jawaban")
    admin.expects("dijeda sampai", "Sel 24 Nov")
    for phone in all_of(town, *KOMINFO):
        phone.expects("#9000001", "sudah dijawab")
    town.at("Sel 10.00")
    town.kominfo.imports(number, "DPUPR", "Ditanggapi oleh Pelapor")
    town.at("Jum 16.00")


def test_sudah_is_confirmed_by_a_button_of_kominfo(town: Town) -> None:
    admin, number = in_sp4n(town)
    admin.says(f"SUDAH {number}")
    admin.expects("#9000001", "menunggu jawaban")
    admin.expects("dijeda sampai", "Sel 24 Nov")
    first, second = all_of(town, *KOMINFO)
    second.expects("#9000001", "sudah dijawab")
    first.expects("#9000001", "sudah dijawab").presses("SETUJU")
    first.expects("Persetujuan", "#9000001")
    admin.expects("pernyataan sudah dijawab di SP4N", "#9000001", "disetujui")
    town.at("Jum 16.00")


def test_belum_opens_the_ladder_anew(town: Town) -> None:
    warga, admin, number = reported(town)
    admin.expects(number).replies(f"JAWAB {INTERIM}")
    admin.expects("kami catat")
    answer = warga.expects("dijawab", "BELUM")
    town.at("Kam 10.00")
    answer.replies("BELUM lubangnya masih ada dan makin dalam")
    warga.expects("kami buka kembali", number)
    for phone in (admin, town.post("Sekretaris DPUPR")):
        phone.expects(number, "menunggu jawaban", "Sel 1 Des 16.00")
    town.at("Jum 08.00")
    admin.expects("izin mengingatkan", number, "Sel 1 Des 16.00")


@pytest.fixture
def strict_town(
    sqlite_url: str, fake: FakeTwilio, android: FakePhone, tmp_path: Path
) -> Iterator[Town]:
    """A town whose policy has the pejabat_penghubung approve answers."""
    shipped = (Path(__file__).parents[2] / "config" / "policy.toml").read_text()
    policy = tmp_path / "policy.toml"
    old = 'persetujuan_jawaban = "tidak"'
    assert old in shipped
    policy.write_text(shipped.replace(old, 'persetujuan_jawaban = "penghubung"'))
    with Town(sqlite_url, fake, android, settings={"policy_file": policy}) as town:
        yield town


def test_the_penghubung_approves_what_the_admin_answers(strict_town: Town) -> None:
    town = strict_town
    warga, admin, number = reported(town)
    secretary = town.post("Sekretaris DPUPR")
    admin.expects(number).replies("JAWAB Lubang ditambal hari ini.")
    admin.expects("menunggu persetujuan", "Sekretaris DPUPR")
    secretary.expects("mohon persetujuan", number, "Lubang ditambal hari ini").replies(
        "TOLAK mohon sebutkan ruas jalannya"
    )
    secretary.expects("Penolakan", number)
    admin.expects("belum disetujui", "ruas jalannya")
    admin.says(f"JAWAB {number} Lubang di Jalan Contoh km 2 ditambal hari ini, 23 November 2026.")
    admin.expects("menunggu persetujuan")
    secretary.expects("mohon persetujuan", "km 2").replies("SETUJU")
    secretary.expects("Persetujuan", number)
    admin.expects("telah disetujui", number)
    warga.expects("dijawab", "km 2")
    town.at("Jum 16.00")
