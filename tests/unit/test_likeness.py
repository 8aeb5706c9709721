"""What an unknown name of an instansi is like: names as SP4N has them, against a directory."""

from __future__ import annotations

import pytest

from bot.sp4n.field_words import FIELDS
from bot.sp4n.matching import InstansiIndex, Known

OFFICES = (
    ("Dinas Pekerjaan Umum dan Penataan Ruang", "DPUPR"),
    ("Dinas Kesehatan", "Dinkes"),
    ("Dinas Lingkungan Hidup", "DLH"),
    ("Dinas Pendidikan", "Disdik"),
    ("Dinas Kependudukan dan Pencatatan Sipil", "Dispendukcapil"),
    ("Dinas Komunikasi dan Informatika", "Diskominfo"),
    ("Dinas Perhubungan", "Dishub"),
    ("Dinas Sosial, Pemberdayaan Perempuan dan Perlindungan Anak", "Dinsos PPPA"),
    ("Dinas Perumahan Rakyat dan Kawasan Permukiman", "DPRKP"),
    ("Dinas Koperasi, Perindustrian dan Perdagangan", "Diskoperindag"),
    ("Dinas Pertanian dan Ketahanan Pangan", "DPKP"),
    ("Satuan Polisi Pamong Praja", "Satpol PP"),
    ("Badan Penanggulangan Bencana Daerah", "BPBD"),
    ("Badan Pendapatan, Pengelolaan Keuangan dan Aset Daerah", "BPPKAD"),
    ("Badan Kepegawaian dan Pengembangan Sumber Daya Manusia", "BKPSDM"),
    ("RSUD dr. Melati", "RSUD"),
    ("Kecamatan Karang Penang", None),
    ("Kecamatan Karang Anyar", None),
    ("Puskesmas Kenanga", None),
    ("Bagian Umum Sekretariat Daerah", "Bagian Umum"),
)
INDEX = InstansiIndex(
    [
        Known(100, "Pemerintah Kabupaten Contoh", "Pemkab", government=True),
        Known(101, "Pemerintah Provinsi Teladan", government=True),
        *(Known(key, nama, short) for key, (nama, short) in enumerate(OFFICES)),
    ]
)
PUPR, SOSIAL, PERKIM, DAGANG, TANI = (
    OFFICES[0][0],
    OFFICES[7][0],
    OFFICES[8][0],
    *(office[0] for office in OFFICES[9:11]),
)
UANG, PEGAWAI = OFFICES[13][0], OFFICES[14][0]
LIKE = {
    "Dinas PU Bina Marga dan Pengairan": (PUPR,),
    "Dinas PUPR": (PUPR,),
    "Dinas PU Kab. Contoh": (PUPR,),
    "DINAS PEKERJAAN UMUM SUMBER DAYA AIR": (PUPR,),
    "Dinas Pekerjaan": (PUPR,),
    "Dinas Bina Marga": (PUPR,),
    "Dinas Kesehatan Pengendalian Penduduk dan KB": ("Dinas Kesehatan",),
    "Dinkes Kab. Contoh": ("Dinas Kesehatan",),
    "Dinas Kesahatan": ("Dinas Kesehatan",),
    "Badan Lingkungan Hidup": ("Dinas Lingkungan Hidup",),
    "Dinas LH Kabupaten Contoh": ("Dinas Lingkungan Hidup",),
    "Disdikbud": ("Dinas Pendidikan",),
    "Dinas Pendidkan Pemuda dan Olahraga": ("Dinas Pendidikan",),
    "Dinas Pendidikan Bandung": ("Dinas Pendidikan",),
    "Dinas Dukcapil": ("Dinas Kependudukan dan Pencatatan Sipil",),
    "Disdukcapil Kabupaten Contoh": ("Dinas Kependudukan dan Pencatatan Sipil",),
    "Dinas Kominfo": ("Dinas Komunikasi dan Informatika",),
    "Dishub Contoh": ("Dinas Perhubungan",),
    "Dinsos P3A Kab. Contoh": (SOSIAL,),
    "Dinas Pemberdayaan Perempuan": (SOSIAL,),
    "Dinas Perkim": (PERKIM,),
    "Disperindag": (DAGANG,),
    "Dinas Koperasi dan UMKM": (DAGANG,),
    "DKPP": (),
    "Dinas Pertanian, Peternakan dan Perikanan": (TANI,),
    "Satpol PP dan Damkar": ("Satuan Polisi Pamong Praja",),
    "BPBD Kab. Contoh Provinsi Teladan": ("Badan Penanggulangan Bencana Daerah",),
    "Badan Pengelola Keuangan dan Aset Daerah": (UANG,),
    "Bapenda": (UANG,),
    "BKD": (PEGAWAI,),
    "Rumah Sakit Umum Daerah Contoh": ("RSUD dr. Melati",),
    "Kec. Karangpenang": ("Kecamatan Karang Penang",),
    "Kantor Kecamatan Karang Penang Kab. Contoh": ("Kecamatan Karang Penang",),
    "Desa Sukamaju Kecamatan Karang Anyar": ("Kecamatan Karang Anyar",),
    "UPTD Puskesmas Kenangah": ("Puskesmas Kenanga",),
    "Bagian Umum Setda": ("Bagian Umum Sekretariat Daerah",),
    "Dinas Antah Berantah": (),
    "Badan Antariksa": (),
    "Kantor Pertanahan": (),
    "Kepolisian Resor Contoh": (),
    "Kecamatan Karang": (),
    "Puskesmas Mawar": (),
    "Dinas": (),
    "Dinas Pendidikan Provinsi Teladan": (),
    "Dinas Pendidikan Kota Contoh": (),
    "Dinas Kesehatan Kabupaten Seberang": (),
}


@pytest.mark.parametrize("name", LIKE)
def test_a_name_is_like_what_it_is_about_and_else_nothing(name: str) -> None:
    assert tuple(OFFICES[key][0] for key in INDEX.likely(name)) == LIKE[name]


def test_the_likest_comes_first() -> None:
    index = InstansiIndex(
        [
            Known(1, "Dinas Perdagangan"),
            Known(2, "Dinas Perindustrian dan Tenaga Kerja"),
            Known(3, "Dinas Perdagangan dan Perindustrian"),
            Known(4, "Dinas Ketahanan Pangan dan Pertanian"),
        ]
    )
    assert index.likely("Disperindag") == (3, 1, 2)
    assert index.likely("UPTD DKPP") == (4,), "by its initials, where it has no singkatan"


def test_an_office_of_another_government_is_known_where_it_is_in_the_directory() -> None:
    index = InstansiIndex(
        [
            Known(1, "Kabupaten Contoh", government=True),
            Known(2, "Dinas Sosial"),
            Known(3, "Dinas Sosial Provinsi Teladan"),
        ]
    )
    assert index.likely("Dinsos Provinsi Teladan") == (3,)
    assert index.likely("Dinsos") == (2,)


def test_a_field_is_said_in_few_words() -> None:
    assert all(said == " ".join(said.split()) == said.casefold() for said in FIELDS)
