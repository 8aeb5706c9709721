"""The ladder of Sampang, as the people on it see it."""

from __future__ import annotations

from tests.story.town import ON_BOTH, Town


@ON_BOTH
def test_nobody_answers_and_it_climbs_to_the_asisten_with_a_copy_to_the_sekda(town: Town) -> None:
    admin, secretary = town.post("Admin DPUPR"), town.post("Sekretaris DPUPR")
    head = town.post("Kepala Dinas Pekerjaan Umum dan Penataan Ruang")
    asisten = town.post("Asisten II (Perekonomian dan Pembangunan)")
    sekda = town.post("Sekretaris Daerah")
    town.kominfo.receives_from_sp4n("9000001", "DPUPR")
    for phone in (admin, secretary):
        phone.expects("#9000001", "menunggu jawaban", "paling lambat Kam 26 Nov 16.00")

    town.at("Sel 08.00")
    admin.expects("izin mengingatkan", "#9000001", at="08.00")
    town.at("Rab 16.00")
    admin.expects("#9000001", "Surat I sedang diproses")
    head.expects("tembusan", "#9000001", "Surat I sedang diproses")
    town.at("Kam 08.00")
    for phone in (admin, head):
        phone.expects("hari ini pkl 16.00 adalah batas akhir", "#9000001")
    town.at("Kam 16.00")
    for phone in (admin, head):
        phone.expects("Surat II ", "diteruskan pada Jum 27 Nov 08.00")
    town.at("Jum 08.00")
    asisten.expects("izin melaporkan", "#9000001", "Mohon arahan")
    sekda.expects("tembusan", "#9000001")

    town.at("Min 20.00")
    town.at("Sen 08.00")
    asisten.expects("izin melaporkan kembali", "#9000001")
    sekda.expects("rekap mingguan", "masuk 1, dijawab 0, terlambat 1", "DPUPR 1")
