"""The story of `tests.showcase`, week by week. Days are those of May 2026."""

from __future__ import annotations

from config.terms import Klasifikasi
from tests.database.builders import row
from tests.showcase import Town, citizen
from tests.showcase_texts import (
    AIR,
    BANSOS,
    CARRIED,
    EMPTY,
    GOOD,
    JALAN,
    LAMPU,
    PUNGLI,
    SAMPAH,
    SEHAT,
    SEKOLAH,
    WARGA,
    Subject,
)

ADMIN_DPUPR, DISDIK, DINKES, DLH = (
    "0811-0000-0009",
    "0811-0000-0012",
    "0811-0000-0015",
    "0811-0000-0018",
)
DINSOS, DUKCAPIL, DISHUB = "0811-0000-0022", "0811-0000-0025", "0811-0000-0028"
KEPALA_DINKES, KEPALA_SATPOL = "+6281100000017", "+6281100000033"
ADMIN_DISHUB, KEPALA_DISHUB = "+6281100000028", "+6281100000030"
"""Phones whose messages fail, and those of which nobody knows."""

NAMES = {
    "DPUPR": "Dinas Pekerjaan Umum dan Penataan Ruang",
    "DLH": "Dinas Lingkungan Hidup",
    "Disdik": "Dinas Pendidikan",
    "Dinkes": "Dinas Kesehatan",
    "Dinsos": "Dinas Sosial",
    "Dispendukcapil": "Dinas Kependudukan dan Pencatatan Sipil",
    "Dishub": "Dinas Perhubungan",
    "Satpol PP": "Satuan Polisi Pamong Praja",
}
INFORMASI, ASPIRASI = "Permintaan Informasi", "Aspirasi"
BERKADAR = "Pengaduan Berkadar Pengawasan"


def sp4n(
    number: int,
    received: str,
    status: str,
    subject: Subject,
    instansi: str | None = None,
    **more: str,
) -> dict[str, str]:
    """A row of SP4N's export, with the OPD that the subject belongs to."""
    return row(
        str(9_000_000 + number),
        received,
        status,
        NAMES[subject.short] if instansi is None else instansi,
        judul=subject.judul,
        isi=subject.isi,
        kategori=subject.kategori,
        pelapor=more.pop("pelapor", f"Pelapor Contoh {number}"),
        **more,
    )


def tell(town: Town) -> None:
    """Play all of it."""
    first_week(town)
    second_week(town)
    before_the_holiday(town)
    third_week(town)
    this_morning(town)


def first_week(town: Town) -> None:
    """Mon 4 to Fri 8: Ingat begins, with what SP4N already has."""
    town.to("04 08:30")
    old = "2026-04-"
    done = "Ditutup oleh Sistem"
    town.export(
        "ekspor-1.xlsx",
        sp4n(1, f"{old}13T10:00", done, JALAN[5]),
        sp4n(2, f"{old}14T11:00", done, SEKOLAH[0]),
        sp4n(3, f"{old}15T08:00", "Ditutup oleh Pelapor", LAMPU[0], rating="4"),
        sp4n(
            4, f"{old}16T09:00", "Diarsipkan oleh Admin Instansi", WARGA[0], alasan="Sudah selesai"
        ),
        sp4n(5, f"{old}17T09:00", "Konten Terblokir", SAMPAH[1], alasan="Memuat kata tidak pantas"),
        sp4n(6, f"{old}20T09:30", "Terverifikasi", JALAN[2]),
        sp4n(7, f"{old}22T14:00", "Terverifikasi", SEHAT[1]),
        sp4n(8, f"{old}28T13:00", "Terverifikasi", BANSOS[1], tipe="Anonim"),
        sp4n(9, f"{old}30T15:00", "Terverifikasi", SAMPAH[2]),
        sp4n(10, "2026-05-02T19:00", "Terverifikasi", AIR[0], tipe="Rahasia"),
        sp4n(11, "2026-05-02T20:00", "Belum Terverifikasi", SEKOLAH[1], "", klasifikasi=INFORMASI),
        sp4n(12, "2026-05-03T08:00", "Belum Terverifikasi", SEHAT[2], "", klasifikasi=ASPIRASI),
        sp4n(
            13,
            f"{old}29T08:00",
            "Menunggu Kelengkapan Informasi",
            LAMPU[1],
            alasan="Mohon menyebutkan nama jalan",
        ),
        sp4n(14, f"{old}21T07:00", "Ditanggapi oleh Pelapor", WARGA[1], klasifikasi=INFORMASI),
    )
    town.to("04 09:10")
    asked = town.reports(1, JALAN[0], photos=2)
    letter = town.enters(
        PUNGLI[0], "Pos Surat", anonim=True, rahasia=True, klasifikasi=Klasifikasi.BERKADAR
    )
    counter = town.enters(BANSOS[0], "Tatap Muka", who=31)
    town.to("04 10:00")
    town.verify(asked, letter, counter)
    town.dispose("DPUPR", asked)
    town.dispose("Satpol PP", letter, who="koordinator")
    town.dispose("Dinsos", counter)
    town.to("04 10:30")
    town.officer(ADMIN_DPUPR, f"TERIMA {asked}")
    town.to("05 09:00")
    school = town.reports(2, SEKOLAH[2], sms=True)
    waste = town.reports(3, SAMPAH[0], photos=1)
    town.verify(school, waste)
    town.dispose("Disdik", school)
    town.dispose("DLH", waste)
    town.to("06 09:00")
    town.officer(DINSOS, f"JAWAB {counter} {EMPTY}")
    town.officer(ADMIN_DPUPR, f"JAWAB {asked} {GOOD.format(day=6)}")
    town.to("06 13:00")
    town.phones.says(citizen(1), "NILAI 5", town.now, place=None)
    town.officer(DLH, f"JAWAB {waste} {CARRIED.format(day=6)}")
    town.to("07 09:30")
    town.officer(DISDIK, f"BUKAN {school} sekolah ini di bawah kantor wilayah kementerian agama")
    town.numbers |= {"school": school, "waste": waste, "letter": letter, "counter": counter}


def second_week(town: Town) -> None:
    """Fri 8 and Mon 11, before two days off: some OPDs do not answer."""
    at_school = town.numbers["school"]
    town.to("08 09:00")
    town.decide(at_school, yes=True)
    town.to("08 09:10")
    town.archive(at_school, "kewenangan Kantor Kementerian Agama; pelapor sudah diarahkan")
    town.officer(DINKES, "DAFTAR")
    bridge = town.reports(4, JALAN[1], photos=1)
    smoke = town.reports(5, SAMPAH[1], sms=True)
    town.phones.says(citizen(5), f"RAHASIA {smoke}", town.now)
    town.verify(bridge, smoke)
    town.dispose("DPUPR", bridge)
    town.dispose("DLH", smoke)
    town.to("11 08:20")
    town.wire.gone = {KEPALA_DINKES}
    town.officer(ADMIN_DPUPR, f"JAWAB {bridge} {EMPTY}")
    town.phones.says(citizen(3), f"BELUM {town.numbers['waste']} masih menumpuk", town.now)
    received, more = "2026-05-1", "Terverifikasi"
    town.export(
        "ekspor-2.xlsx",
        sp4n(6, "2026-04-20T09:30", "Ditutup oleh Sistem", JALAN[2]),
        sp4n(11, "2026-05-02T20:00", more, SEKOLAH[1], klasifikasi=INFORMASI),
        sp4n(15, f"{received}0T09:00", more, JALAN[3]),
        sp4n(16, f"{received}0T10:00", more, JALAN[4]),
        sp4n(17, f"{received}0T11:00", more, SEHAT[0]),
        sp4n(18, f"{received}0T12:00", more, SAMPAH[0]),
        sp4n(19, f"{received}0T13:00", more, WARGA[0], tipe="Anonim|Rahasia"),
        sp4n(20, "2026-05-09T14:00", more, SEKOLAH[0]),
        sp4n(21, "2026-05-09T15:00", more, BANSOS[0]),
        sp4n(22, "2026-05-09T16:00", "Belum Terverifikasi", PUNGLI[1], "", klasifikasi=BERKADAR),
        sp4n(23, "2026-05-09T17:00", "Belum Terverifikasi", AIR[1], ""),
        sp4n(24, "2026-05-09T18:00", more, LAMPU[0], klasifikasi=ASPIRASI),
    )
    town.numbers["bridge"] = bridge


def before_the_holiday(town: Town) -> None:
    """The rest of it, until Wed 13."""
    town.to("11 09:00")
    town.verify("9000012", "9000022", "9000023", who="koordinator")
    town.dispose("Dinkes", "9000012", who="koordinator")
    town.dispose("Satpol PP", "9000022", who="koordinator")
    town.dispose("DLH", "9000023")
    town.to("11 09:30")
    town.dispose("DPUPR", "9000023")  # the wrong one: DLH is asked to ignore it
    press = town.enters(JALAN[4], "Pemberitaan", klasifikasi=Klasifikasi.TIDAK_BERKADAR)
    clinic = town.reports(6, SEHAT[0])
    town.verify(press, clinic)
    town.dispose("DPUPR", press)
    town.dispose("Dinkes", clinic)
    town.to("12 09:00")
    town.officer(
        DUKCAPIL, "JAWAB 9000019 KTP dicetak tanggal 13 Mei 2026; dapat diambil di loket 2."
    )
    town.officer(DISHUB, "TUNDA 9000024 lokasi tiang lampu belum disebutkan")
    dark = town.reports(7, LAMPU[0], photos=1)
    town.verify(dark)
    town.dispose("Dishub", dark)
    town.decide("9000024", yes=True)
    card = town.enters(WARGA[0], "Tatap Muka", who=32)
    town.verify(card)
    town.dispose("Dispendukcapil", card)
    town.to("13 09:00")
    town.officer(
        DUKCAPIL, f"JAWAB {card} KTP Saudara sudah dicetak dan diambil tanggal 12 Mei 2026."
    )
    town.officer(DISDIK, "SUDAH 9000020")
    roof = town.reports(8, SEKOLAH[0], photos=2)
    parking = town.reports(9, LAMPU[1])
    town.verify(roof, parking)
    town.dispose("Disdik", roof)
    town.dispose("Dishub", parking)
    town.to("13 10:00")
    town.officer(DISHUB, f"TUNDA {parking} menunggu jadwal operasi gabungan")
    town.pause(dark, "mohon menyebutkan nomor tiang atau nama jalan")
    town.archive(town.numbers["letter"], "sudah ditangani Inspektorat dengan surat tersendiri")
    town.numbers |= {"clinic": clinic, "roof": roof, "parking": parking}


def third_week(town: Town) -> None:
    """Mon 18 and Tue 19: after the days off much is due at once."""
    town.to("18 08:20")
    town.wire.gone = {KEPALA_DINKES, KEPALA_SATPOL}
    received, more = "2026-05-1", "Terverifikasi"
    town.export(
        "ekspor-3.xlsx",
        sp4n(16, f"{received}0T10:00", "Ditutup oleh Pelapor", JALAN[4], rating="5"),
        sp4n(20, "2026-05-09T14:00", "Ditanggapi oleh Pelapor", SEKOLAH[0]),
        sp4n(25, f"{received}5T09:00", more, JALAN[0]),
        sp4n(26, f"{received}5T10:00", more, AIR[0]),
        sp4n(27, f"{received}6T11:00", more, SEHAT[1]),
        sp4n(28, f"{received}6T12:00", more, BANSOS[1], tipe="Rahasia"),
        sp4n(29, f"{received}7T13:00", "Sedang Diteruskan ke Kanal Lain", LAMPU[1]),
        sp4n(30, f"{received}7T14:00", more, JALAN[1], "Dinas PU Bina Marga dan Pengairan"),
        sp4n(31, f"{received}7T15:00", more, SEKOLAH[2], "Dinas Pendidikan Kab. Contoh Raya"),
        sp4n(32, f"{received}7T16:00", "Belum Terverifikasi", WARGA[1], "", klasifikasi=INFORMASI),
    )
    town.to("18 09:00")
    town.officer(DISDIK, f"JAWAB {town.numbers['roof']} Atap diperbaiki tanggal 18 Mei 2026.")
    late = [
        town.enters(one, "Tatap Muka", who=33 + n)
        for n, one in enumerate((JALAN[3], AIR[0], SEHAT[1], BANSOS[0]))
    ]
    town.verify(*late)
    for short, number in zip(("DPUPR", "DPUPR", "Dinkes", "Dinsos"), late, strict=True):
        town.dispose(short, number)
    town.to("18 13:00")
    town.officer(DINSOS, f"BUKAN {late[3]} bantuan ini program pemerintah provinsi")
    town.officer(DINSOS, f"JAWAB 9000021 {EMPTY}")
    town.to("19 09:00")
    town.hand_over("Admin DLH", "Sekretaris DLH", "19", "dinas_luar")
    town.wire.doubtful = {KEPALA_DISHUB}
    today = [town.reports(10 + n, one, photos=n) for n, one in enumerate((JALAN[5], SAMPAH[2]))]
    today.append(town.reports(12, BANSOS[1], sms=True))
    town.verify(*today[:2])
    town.dispose("DPUPR", today[0])
    town.dispose("DLH", today[1])
    town.officer(ADMIN_DPUPR, f"TERIMA {late[0]}")
    town.officer(ADMIN_DPUPR, f"JAWAB {late[1]} {GOOD.format(day=19)}")
    town.pair(late[1], "9000026")
    town.pair(late[0], "9000098")  # entered into SP4N; no export has shown it yet
    town.to("19 14:00")
    town.wire.doubtful = {KEPALA_DISHUB, ADMIN_DISHUB}
    dark = town.reports(13, LAMPU[0])
    town.verify(dark)
    town.dispose("Dishub", dark)


def this_morning(town: Town) -> None:
    """Wed 20, up to ten o'clock: what nobody has looked at yet."""
    town.to("20 07:40")
    received = "2026-05-19T"
    town.export(
        "ekspor-4.xlsx",
        sp4n(17, "2026-05-10T11:00", "Ditutup oleh Sistem", SEHAT[0]),
        sp4n(33, f"{received}15:00", "Belum Terverifikasi", JALAN[2], ""),
        sp4n(34, f"{received}16:00", "Belum Terverifikasi", SAMPAH[1], "", tipe="Anonim"),
        sp4n(35, f"{received}17:00", "Terverifikasi", SEHAT[0], ""),
        sp4n(36, f"{received}18:00", "Terverifikasi", SEKOLAH[1], klasifikasi=INFORMASI),
    )
    town.to("20 09:10")
    town.enters(LAMPU[1], "Pos Surat", who=41)
    town.enters(PUNGLI[1], "Pemberitaan")
    town.hand_over("Admin Disdik", "Sekretaris Disdik", "26", "cuti")
    fresh = town.reports(14, JALAN[0], photos=1)
    town.reports(15, AIR[1], sms=True)
    town.verify(fresh, who="koordinator")
    town.to("20 09:58")
    town.dispose("DPUPR", fresh, who="koordinator")
    town.to("20 10:00")
