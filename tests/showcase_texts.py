"""What the people of the fictional Kabupaten Contoh complain of, and what they are answered."""

from __future__ import annotations

from typing import NamedTuple


class Subject(NamedTuple):
    """A complaint as somebody wrote it; `short` is whose business it is."""

    judul: str
    isi: str
    kategori: str
    short: str


def _of(short: str, kategori: str, *texts: tuple[str, str]) -> list[Subject]:
    return [Subject(judul, isi, kategori, short) for judul, isi in texts]


JALAN = _of(
    "DPUPR",
    "Jalan Berlubang",
    (
        "Jalan berlubang di depan Pasar Contoh",
        (
            "Jalan di depan Pasar Contoh berlubang sedalam 20 cm sepanjang kira-kira 30 meter. "
            "Sejak hari Senin sudah dua pengendara jatuh. Mohon segera diperbaiki."
        ),
    ),
    (
        "Jembatan Desa Sumber Rejo retak",
        (
            "Lantai jembatan penghubung Desa Sumber Rejo retak dan besi penyangganya terlihat. "
            "Truk pasir tetap lewat setiap malam. Kami khawatir jembatan ambruk."
        ),
    ),
    (
        "Lorong rosak di Karang Anyar",
        (
            "Lorong e Karang Anyar rosak parah, bannya' lobangnga. Mon ojan aengnga ka roma. "
            "Nyo'on pabecce', pon tello bulan bede laporan tape gi' ta' bede perbaikan."
        ),
    ),
    (
        "Galian kabel tidak ditutup kembali di Jalan Kenanga",
        (
            "Galian kabel sepanjang Jalan Kenanga ditinggalkan tanpa penutup dan tanpa rambu. "
            "Kemarin malam sebuah sepeda motor terperosok di depan nomor 12."
        ),
    ),
    (
        "Bahu jalan longsor di tanjakan Batu Putih",
        (
            "Bahu jalan di tanjakan Batu Putih longsor setelah hujan hari Minggu. "
            "Kendaraan besar harus bergantian. Mohon dipasang rambu sebelum diperbaiki."
        ),
    ),
    (
        "Dalan bolong-bolong ing Tambak Sari",
        (
            "Dalan ing Tambak Sari bolong-bolong, nek udan banjir lan lunyu. Nyuwun tulung "
            "enggal didandani, mesakake bocah-bocah sing mangkat sekolah."
        ),
    ),
)
AIR = _of(
    "DPUPR",
    "Drainase (Gorong-Gorong/Parit)",
    (
        "Gorong-gorong tersumbat, air masuk ke rumah warga",
        (
            "Gorong-gorong di belakang Pasar Contoh tersumbat sampah. Setiap hujan air setinggi "
            "lutut masuk ke rumah warga RT 03."
        ),
    ),
    (
        "Saluran irigasi jebol di Desa Batu Putih",
        (
            "Saluran irigasi di Dusun Timur jebol sepanjang lima meter sehingga dua puluh petak "
            "sawah tidak mendapat air sejak 1 Mei."
        ),
    ),
)
SAMPAH = _of(
    "DLH",
    "Kebersihan dan Persampahan",
    (
        "Sampah menumpuk di Tempat Pembuangan Sementara Melati",
        (
            "Sudah delapan hari sampah di TPS Melati tidak diangkut. Baunya sampai ke ruang "
            "kelas SD di sebelahnya."
        ),
    ),
    (
        "Pembakaran limbah plastik pada malam hari",
        (
            "Gudang di ujung Jalan Cempaka membakar limbah plastik hampir setiap malam pukul "
            "22.00. Anak-anak kami batuk."
        ),
    ),
    (
        "Air sungai berwarna hitam dan berbusa",
        (
            "Air Sungai Contoh di bawah jembatan lama hitam dan berbusa sejak Sabtu pagi. Ikan "
            "milik warga mati."
        ),
    ),
)
SEKOLAH = _of(
    "Disdik",
    "Pendidikan Dasar dan Menengah",
    (
        "Atap ruang kelas SDN Contoh 3 bocor",
        (
            "Atap dua ruang kelas di SDN Contoh 3 bocor. Siswa belajar bergantian di teras. "
            "Mohon ditinjau sebelum ujian akhir."
        ),
    ),
    (
        "Jadwal dan syarat penerimaan peserta didik baru",
        "Kapan jadwal pendaftaran SMP negeri dibuka, dan apakah jalur domisili masih berlaku?",
    ),
    (
        "Iuran perpisahan memberatkan orang tua",
        (
            "Sekolah anak saya menarik iuran perpisahan Rp 450.000 dan menahan rapor yang belum "
            "lunas. Mohon diperiksa."
        ),
    ),
)
SEHAT = _of(
    "Dinkes",
    "Pelayanan Kesehatan",
    (
        "Antrean Puskesmas terlalu lama",
        (
            "Antre sejak pukul 07.00 baru dilayani pukul 11.30. Loket yang buka hanya satu. "
            "Mohon ditambah petugas."
        ),
    ),
    (
        "Stok vaksin anak kosong",
        "Sudah tiga kali ke posyandu, vaksin campak selalu kosong. Kapan tersedia lagi?",
    ),
    (
        "Usul jam layanan sore untuk pekerja",
        "Kami mengusulkan loket Puskesmas dibuka sampai pukul 18.00 dua kali sepekan.",
    ),
)
BANSOS = _of(
    "Dinsos",
    "Bantuan Sosial",
    (
        "Lansia belum menerima bantuan sosial",
        (
            "Ibu saya lansia di Desa Tambak Sari, tercatat sebagai penerima, tetapi bantuan tidak "
            "cair sejak tiga bulan lalu. Mohon penjelasan."
        ),
    ),
    (
        "Data penerima bantuan tidak tepat sasaran",
        (
            "Keluarga yang memiliki dua mobil menerima bantuan pangan, sedangkan janda dengan tiga "
            "anak di sebelahnya tidak."
        ),
    ),
)
WARGA = _of(
    "Dispendukcapil",
    "KTP (Kartu Tanda Penduduk)",
    (
        "KTP elektronik belum jadi setelah empat bulan",
        (
            "Sudah merekam KTP di kantor kecamatan empat bulan lalu, alasannya blangko habis. "
            "Kapan dapat diambil?"
        ),
    ),
    (
        "Syarat mengurus akta kelahiran yang terlambat",
        "Anak saya berumur tujuh tahun belum memiliki akta. Apa syaratnya dan di mana loketnya?",
    ),
)
LAMPU = _of(
    "Dishub",
    "Penerangan Jalan",
    (
        "Lampu jalan padam di simpang tiga",
        (
            "Lampu jalan di simpang tiga arah pelabuhan padam sejak dua minggu lalu. Malam hari "
            "gelap dan rawan kecelakaan."
        ),
    ),
    (
        "Parkir liar menutup trotoar",
        (
            "Mobil diparkir di trotoar depan pertokoan Jalan Mawar setiap sore. Pejalan kaki turun "
            "ke jalan raya."
        ),
    ),
)
PUNGLI = _of(
    "Satpol PP",
    "Pungutan Liar",
    (
        "Dugaan pungutan di luar ketentuan",
        (
            "Ada permintaan uang Rp 150.000 untuk surat yang seharusnya gratis. Kejadian tanggal "
            "4 Mei di loket. Mohon identitas saya dirahasiakan."
        ),
    ),
    (
        "Pedagang dimintai uang keamanan",
        "Setiap pedagang kaki lima dimintai uang keamanan Rp 20.000 per hari tanpa karcis.",
    ),
)
GOOD = "Lubang sudah ditambal tanggal {day} Mei 2026 oleh regu pemeliharaan jalan."
CARRIED = "Sampah telah diangkut tanggal {day} Mei 2026; jadwal pengangkutan menjadi setiap hari."
EMPTY = "Terima kasih atas laporannya, akan kami teruskan kepada bidang terkait."
