"""Whose phone it is: mutasi, opt-out, phones that are shared, that hold posts and report too."""

from __future__ import annotations

from tests.story.town import Phone, Town

DPUPR = "Dinas Pekerjaan Umum dan Penataan Ruang,opd,Kabupaten Contoh,5,admin_opd,Admin DPUPR"
REPORT = "Jalan Contoh di depan Pasar Contoh berlubang sejak minggu lalu"
KOMINFO = ("Admin Koordinator SP4N-LAPOR!", "Admin Koordinator SP4N-LAPOR! II")


def reported(town: Town, instansi: str, text: str = REPORT) -> tuple[Phone, str]:
    """A citizen's complaint that an instansi has to answer."""
    warga = town.citizen()
    warga.says(text)
    number = warga.expects("dicatat no. SPG-").number
    town.kominfo.disposes(number, instansi)
    return warga, number


def test_after_a_mutasi_the_old_phone_has_no_rights_and_the_new_one_the_duties(town: Town) -> None:
    old = town.post("Admin DPUPR")
    warga, number = reported(town, "DPUPR")
    for phone in (old, town.post("Sekretaris DPUPR")):
        phone.expects(number, "menunggu jawaban")
    town.at("Sel 07.00")
    town.appoints(f"{DPUPR},Bagus Contoh,,0811-0000-0701,definitif,2026-11-24,")
    new = town.post("Admin DPUPR")
    assert new.number == "+6281100000701"
    old.says(f"JAWAB {number} Lubang ditambal 24 November 2026.")
    old.expects("tidak tercatat sebagai aduan pada jabatan", lacks="kami catat")
    town.at("Sel 08.00")
    new.expects("izin mengingatkan", number)
    new.says("DAFTAR")
    new.expects(number)
    new.says(f"JAWAB {number} Lubang ditambal 24 November 2026.")
    new.expects("kami catat", number)
    warga.expects("dijawab", "Lubang ditambal", number)


def test_a_citizen_who_wants_no_messages_gets_none(town: Town) -> None:
    warga = town.citizen()
    warga.says(REPORT)
    number = warga.expects("dicatat no. SPG-").number
    warga.says("BERHENTI")
    warga.expects("tidak mengirim pesan lagi", "tetap ditangani")
    town.kominfo.disposes(number, "DPUPR")
    admin = town.post("Admin DPUPR")
    town.post("Sekretaris DPUPR").expects(number)
    admin.expects(number).replies("JAWAB Lubang ditambal 23 November 2026.")
    admin.expects("kami catat")
    warga.hears_nothing()
    for post in KOMINFO:  # nor is anybody asked to call whoever wants no messages
        town.post(post).hears_nothing()
    town.passes(hours=2)
    warga.says(f"STATUS {number}")
    warga.expects(number, "SUDAH DIJAWAB")
    warga.says("MULAI")
    warga.expects("aktif kembali")


def test_an_officer_who_opts_out_is_stood_in_for(town: Town) -> None:
    admin, secretary = town.post("Admin DPUPR"), town.post("Sekretaris DPUPR")
    _, number = reported(town, "DPUPR")
    secretary.expects(number)
    admin.expects(number).replies("BERHENTI")
    admin.expects("kami hentikan", "Kominfo kami beri tahu")
    for post in KOMINFO:
        town.post(post).expects("Admin DPUPR")
    town.at("Sel 08.00")
    admin.hears_nothing()
    secretary.expects("izin mengingatkan", number)


def test_one_phone_is_an_officer_s_and_a_citizen_s(town: Town) -> None:
    admin = town.post("Admin Dinkes")
    admin.says("Lampu jalan di Jalan Contoh mati sejak kemarin malam")
    admin.expects("belum kami catat", "balas LAPOR")
    admin.says("LAPOR Lampu jalan di Jalan Contoh mati sejak kemarin malam")
    mine = admin.expects("dicatat no. SPG-").number
    town.kominfo.disposes(mine, "Dishub")
    for post in ("Admin Dishub", "Sekretaris Dishub"):
        town.post(post).expects(mine)
    _, duty = reported(town, "Dinkes", "Puskesmas Contoh tutup pada jam layanan kemarin pagi")
    town.post("Sekretaris Dinkes").expects(duty)
    admin.expects(duty)
    admin.says(f"STATUS {mine}")
    admin.expects(mine, "sedang diproses oleh Dinas Perhubungan")
    admin.says(f"TERIMA {duty}")
    admin.expects("tercatat diterima", duty)
    admin.says(f"TERIMA {mine}")
    admin.expects("tidak tercatat sebagai aduan pada jabatan")
    town.post("Admin Dishub").says(f"JAWAB {mine} Lampu diganti 23 November 2026.")
    town.post("Admin Dishub").expects("kami catat")
    admin.expects(mine, "dijawab", "Lampu diganti")


def test_a_shared_phone_is_told_once_and_acts_as_the_post(town: Town) -> None:
    shared = town.post("Admin Kec. Ct. Utara")
    assert shared.number == town.post("Sekretaris Kecamatan Contoh Utara").number
    _, number = reported(town, "Kec. Ct. Utara")
    shared.expects(number)
    shared.says(f"TERIMA {number}")
    shared.expects("tercatat diterima", number)
    town.at("Sel 08.00")
    shared.expects("izin mengingatkan", number)


def test_a_phone_with_three_posts_says_which_complaint_it_means(town: Town) -> None:
    for instansi, jabatan in (
        ("Dinas Perhubungan", "Admin Dishub"),
        ("Dinas Lingkungan Hidup", "Admin DLH"),
    ):
        town.appoints(
            f"{instansi},opd,Kabupaten Contoh,5,admin_opd,{jabatan},"
            '"Indra Misalnya, S.Sos.",190001101920101009,0811-0000-0009,definitif,2026-11-23,'
        )
    phone = town.post("Admin DPUPR")
    assert phone.number == town.post("Admin Dishub").number == town.post("Admin DLH").number
    warga, road = reported(town, "DPUPR")
    _, bus = reported(town, "Dishub", "Angkot di Terminal Contoh tidak jalan sejak Senin")
    for number, secretary in ((road, "Sekretaris DPUPR"), (bus, "Sekretaris Dishub")):
        phone.expects(number)
        town.post(secretary).expects(number)
    phone.says("TERIMA")
    phone.expects("sebutkan nomor", road, bus)
    phone.says(f"TERIMA {bus}")
    phone.expects("tercatat diterima", bus)
    phone.says("DAFTAR")
    phone.expects(road, bus)
    phone.says(f"JAWAB {road} Lubang ditambal 23 November 2026.")
    phone.expects("kami catat", road)
    warga.expects("dijawab", "Lubang ditambal", road)


def test_a_complaint_is_closed_when_its_reporter_stays_silent_for_ten_working_days(
    town: Town,
) -> None:
    warga = town.citizen()
    warga.says(REPORT)
    number = warga.expects("dicatat no. SPG-").number
    town.kominfo.disposes(number, "DPUPR")
    admin = town.post("Admin DPUPR")
    town.post("Sekretaris DPUPR").expects(number)
    admin.expects(number).replies("JAWAB Lubang ditambal 23 November 2026.")
    admin.expects("kami catat")
    warga.expects("dijawab", "BELUM s.d. 7 Des")
    town.at("Sen 08.00")
    town.post("Sekretaris Daerah").expects("rekap mingguan", "masuk 1, dijawab 1")
    town.at("2026-12-07 20.00")
    town.at("2026-12-08 06.30")
    warga.expects("dinyatakan selesai", number)
    warga.says(f"BUKA {number}")
    warga.expects("kami buka kembali", number)
    for phone in (admin, town.post("Sekretaris DPUPR")):
        phone.expects(number, "menunggu jawaban")
