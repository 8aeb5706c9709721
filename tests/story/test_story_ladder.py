"""The ladder of Sampang, as the people on it see it."""

from __future__ import annotations

from tests.story.town import ON_BOTH, Town


@ON_BOTH
def test_nobody_answers_and_it_climbs_to_the_asisten_with_a_copy_to_the_sekda(town: Town) -> None:
    admin, secretary = town.post("Admin DPUPR"), town.post("Sekretaris DPUPR")
    head = town.post("Kepala Dinas Pekerjaan Umum dan Penataan Ruang")
    asisten = town.post("Asisten II (Perekonomian dan Pembangunan)")
    sekda = town.post("Sekretaris Daerah")
    warga = town.citizen()
    warga.says("Jalan Contoh di depan Pasar Contoh berlubang sejak minggu lalu")
    number = warga.expects("dicatat no. SPG-", "verifikasi maks 3 hari kerja").number
    town.at("10.00")
    town.kominfo.disposes(number, "DPUPR")
    for phone in (admin, secretary):
        phone.expects(number, "menunggu jawaban", "paling lambat Kam 26 Nov 16.00")

    town.at("Sel 08.00")
    admin.expects("izin mengingatkan", number, at="Sel 08.00")
    town.at("Rab 16.00")
    admin.expects(number, "Surat I sedang diproses", "paling lambat Kam 26 Nov 16.00")
    head.expects("tembusan", number, "Surat I sedang diproses", at="Rab 16.00")
    town.at("Kam 08.00")
    for phone in (admin, head):
        phone.expects("hari ini pkl 16.00 adalah batas akhir", number)
    town.at("Kam 16.00")
    for phone in (admin, head):
        phone.expects("Surat II ", number, "diteruskan pada Jum 27 Nov 08.00")
    town.at("Jum 08.00")
    asisten.expects("izin melaporkan", number, "belum dijawab oleh DPUPR", "Mohon arahan")
    sekda.expects("tembusan", number, "belum dijawab oleh DPUPR", at="Jum 08.00")

    town.at("Sen 08.00")
    asisten.expects("izin melaporkan kembali", number)
    sekda.expects("rekap mingguan", "masuk 1, dijawab 0, terlambat 1", "DPUPR 1")
    town.at("Sel 08.00")
    asisten.expects("izin melaporkan kembali", number)
    warga.says(f"STATUS {number}")
    warga.expects("sedang diproses oleh Dinas Pekerjaan Umum dan Penataan Ruang")


def test_kominfo_forgets_to_verify_and_is_reminded(town: Town) -> None:
    warga = town.citizen()
    warga.says("Jalan Contoh di depan Pasar Contoh berlubang sejak minggu lalu")
    number = warga.expects("dicatat no. SPG-").number
    first = town.post("Admin Koordinator SP4N-LAPOR!")
    second = town.post("Admin Koordinator SP4N-LAPOR! II")
    town.at("Rab 08.00")
    for phone in (first, second):
        phone.expects(number, at="Rab 08.00")
    town.at("Kam 16.00")
    for phone in (first, second):
        phone.expects(number, at="Kam 16.00")
    town.at("Jum 16.00")
