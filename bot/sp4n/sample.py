"""Synthetic exports of SP4N-LAPOR!'s shape: real ones hold people's names.

Everything in them is invented. Names are "Pelapor Contoh …", NIK begin with the region code 00,
which nobody has, mobile numbers with 0800 and e-mails end in the reserved `example.id`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Final, NamedTuple

from xlsxwriter import Workbook

FIRST_TRACKING_ID: Final = 9_000_001
DAYS: Final = 42
"""How far the received dates reach back before `generated`."""

COLUMNS: Final = (
    "Tracking ID",
    "Tanggal Laporan Masuk",
    "Waktu Laporan Masuk",
    "Nama Pelapor",
    "Klasifikasi Laporan",
    "ID Kategori",
    "Kategori",
    "Judul Laporan",
    "Isi Laporan Awal",
    "Isi Laporan Akhir",
    "Tipe Laporan (Anonim/Rahasia)",
    "Sumber Laporan",
    "Instansi Induk",
    "ID Instansi Terdisposisi",
    "Instansi Terdisposisi",
    "Status Laporan",
    "Alasan Tunda/Arsip",
    "Provinsi",
    "Kota/Kabupaten",
    "Kecamatan",
    "Kelurahan",
    "Nomor SK",
    "Url SK",
    "Url Dokumen Laporan Tahunan",
    "Laporan yang Masuk melalui Kanal Aduan Setwapres",
    "Rating",
)
# Not strftime: the machine's language must not change them.
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)

BLANK_SHARE: Final = 0.12
"""Of klasifikasi, kategori and instansi."""
_UNVERIFIED: Final = "Belum Terverifikasi"
_STATUSES: Final = {
    "Ditutup oleh Sistem": 34,
    "Ditutup oleh Pelapor": 8,
    "Terverifikasi": 25,
    "Ditanggapi oleh Pelapor": 7,
    _UNVERIFIED: 8,
    "Menunggu Kelengkapan Informasi": 5,
    "Diarsipkan oleh Admin Instansi": 12,
    "Konten Terblokir": 1,
}
_KLASIFIKASI: Final = {
    "Pengaduan Tidak Berkadar Pengawasan": 70,
    "Permintaan Informasi": 14,
    "Aspirasi": 9,
    "Pengaduan Berkadar Pengawasan": 7,
}
_TIPE: Final = {"": 72, "Anonim": 14, "Rahasia": 8, "Anonim|Rahasia": 6}
_SUMBER: Final = {
    "Website": 36,
    "Android": 24,
    "Hotline Service": 4,
    "Website - pemerintah-kabupaten-contoh": 8,
    "Instagram": 4,
    "SMS": 6,
    "Email Instansi": 2,
    "Tatap Muka": 4,
    "Pos Surat": 1,
    "Whatsapp": 6,
    "ios": 3,
    "Facebook": 2,
}
_ALASAN: Final = {
    "Menunggu Kelengkapan Informasi": "Mohon melengkapi lokasi dan waktu kejadian",
    "Diarsipkan oleh Admin Instansi": "Laporan tidak memuat uraian yang dapat ditindaklanjuti",
    "Konten Terblokir": "Memuat kata yang tidak pantas",
}
_PLACES: Final = (
    ("Kecamatan Contoh Utara", "Kelurahan Melati"),
    ("Kecamatan Contoh Utara", "Desa Sumber Rejo"),
    ("Kecamatan Contoh Selatan", "Desa Batu Putih"),
    ("Kecamatan Contoh Selatan", "Desa Karang Anyar"),
    ("Kecamatan Contoh Timur", "Desa Tambak Sari"),
    ("Kecamatan Contoh Barat", "Kelurahan Kenanga"),
)


class _Topic(NamedTuple):
    kategori_id: str
    kategori: str
    judul: str
    texts: tuple[str, ...]


_TOPICS: Final = (
    _Topic(
        "1397",
        "Jalan Berlubang",
        "Jalan rusak dan berlubang di {desa}",
        (
            (
                "Jalan di {desa} RT 03 RW 05 berlubang sedalam 20 cm sepanjang 300 meter. "
                "Sudah dua pengendara jatuh. Mohon segera diperbaiki sebelum musim hujan."
            ),
            (
                "Lorong e {desa} rosak parah, bannya' lobangnga. Mon ojan aengnga ka roma. "
                "Nyo'on pabecce', pon tello bulan bede laporan tape gi' ta' bede perbaikan."
            ),
            (
                "Dalan ing {desa} bolong-bolong, nek udan banjir lan lunyu. Nyuwun tulung enggal "
                "didandani, mesakake bocah-bocah sing mangkat sekolah."
            ),
        ),
    ),
    _Topic(
        "1398",
        "Penerangan Jalan",
        "Lampu penerangan jalan padam di {desa}",
        (
            (
                "Lampu jalan di simpang tiga {desa} padam sejak 2 minggu lalu. Malam hari gelap "
                "dan rawan kecelakaan di km 12."
            ),
            "Lampu dalan ing prapatan {desa} mati kabeh. Nyuwun dicek, wis telung dina.",
        ),
    ),
    _Topic(
        "957",
        "Bantuan Sosial",
        "Belum menerima bantuan sosial",
        (
            (
                "Ibu saya lansia di {desa}, namanya tercatat sebagai penerima tetapi bantuan "
                "Rp 600.000 belum cair sejak tiga bulan lalu. Mohon penjelasan."
            ),
            "Kaule oreng ta' andhi' e {desa}, ta' toman narema bantowan. Nyo'on e data pole.",
        ),
    ),
    _Topic(
        "1461",
        "KTP (Kartu Tanda Penduduk)",
        "KTP elektronik belum jadi",
        (
            (
                "Saya sudah merekam KTP di kantor kecamatan 4 bulan lalu, sampai sekarang belum "
                "dicetak. Alasannya blangko habis. Kapan dapat diambil?"
            ),
        ),
    ),
    _Topic(
        "921",
        "Pelayanan Kesehatan",
        "Antrean puskesmas terlalu lama",
        (
            (
                "Antre sejak pukul 07.00 di puskesmas {desa} baru dilayani pukul 11.30. "
                "Loket hanya satu yang buka. Mohon ditambah petugas."
            ),
            "Antri neng puskesmas {desa} suwe banget, dokter teka jam 10. Nyuwun perhatian.",
        ),
    ),
    _Topic(
        "1618",
        "Gangguan Layanan Penyaluran Air",
        "Air tidak mengalir di {desa}",
        (
            (
                "Sudah lima hari air PDAM di {desa} tidak mengalir, padahal tagihan Rp 125.000 "
                "tetap dibayar. Mohon ada kiriman tangki."
            ),
            "Aeng e {desa} mate lema' are, oreng kampong nyare aeng ka songay. Nyo'on bantowan.",
        ),
    ),
    _Topic(
        "2397",
        "Drainase (Gorong-Gorong/Parit)",
        "Selokan tersumbat, banjir di {desa}",
        (
            (
                "Gorong-gorong depan pasar {desa} tersumbat sampah. Setiap hujan air masuk rumah "
                "warga setinggi lutut."
            ),
        ),
    ),
    _Topic(
        "1558",
        "Pungutan Liar",
        "Dugaan pungutan di luar ketentuan",
        (
            (
                "Ada permintaan uang Rp 150.000 untuk pengurusan surat yang seharusnya gratis di "
                "{desa}. Mohon diperiksa, kejadian tanggal 04-05-2026."
            ),
        ),
    ),
)
_DETAILS: Final = (
    " Hubungi saya di {telepon}.",
    " NIK saya {nik}.",
    " Bukti dapat dikirim ke {surel} atau WA {telepon}.",
    " Data: NIK {nik}, telepon {telepon}.",
)


@dataclass(frozen=True, slots=True)
class _Place:
    """What all rows of an export share."""

    instansi: Sequence[tuple[str, str | None]]
    generated: date
    induk: str
    kota: str
    provinsi: str


def write_sample(
    path: Path,
    *,
    rows: int,
    seed: int,
    generated: date,
    instansi: Sequence[tuple[str, str | None]],
    until: datetime | None = None,
    preamble: bool = True,
    induk: str = "Pemerintah Kabupaten Contoh",
    kota: str = "Kabupaten Contoh",
    provinsi: str = "Provinsi Contoh",
    first_tracking_id: int = FIRST_TRACKING_ID,
) -> None:
    """Write an export of `rows` invented complaints; the same arguments write the same bytes.

    `instansi` are (name, SP4N's number or `None`); about 1 % of the rows name `induk` instead, as
    real ones do. All complaints came in (UTC) in the `DAYS` days before `generated`, newest first;
    none after `until`: where clocks are ahead of UTC a day begins before UTC's does.
    `preamble=False` puts the header in row 1.
    """
    place = _Place(tuple(instansi), generated, induk, kota, provinsi)
    random = Random(seed)  # noqa: S311 - repeatable on purpose
    # Inline texts instead of a shared table: memory stays the same however many rows there are.
    book = Workbook(str(path), {"constant_memory": True, "tmpdir": str(path.parent)})
    book.set_properties({"created": datetime.combine(generated, time(), UTC).replace(tzinfo=None)})
    sheet = book.add_worksheet("Laporan Ringkas")
    first = 0
    for first, texts in enumerate(_head(place) if preamble else [COLUMNS]):
        for column, text in enumerate(texts):
            if text:
                sheet.write_string(first, column, text)
    midnight = datetime.combine(generated, time(), UTC)
    moments = _received(random, rows, min(midnight, until or midnight))
    for index, received in enumerate(moments):
        texts = _complaint(random, place, str(first_tracking_id + rows - 1 - index), received)
        for column, text in enumerate(texts):
            if text:
                sheet.write_string(first + 1 + index, column, text)
    book.close()


def _head(place: _Place) -> list[tuple[str, ...]]:
    start = place.generated - timedelta(days=DAYS)
    return [
        ("Judul Laporan", "Laporan Ringkas"),
        (),
        ("Nama Instansi", place.induk),
        (),
        ("Tanggal Generate", place.generated.isoformat()),
        (),
        ("Periode Masuk", f"{start.isoformat()} s.d. {place.generated.isoformat()}"),
        (),
        ("Pengelola", "Admin Koordinator Contoh"),
        (),
        COLUMNS,
    ]


def _received(random: Random, rows: int, end: datetime) -> Iterator[datetime]:
    """`rows` moments before `end`, newest first, without holding them all."""
    step = timedelta(days=DAYS) / max(rows, 1)
    for index in range(rows):
        yield end - step * (index + random.random() * 0.999)


def _pick(random: Random, weighted: dict[str, int]) -> str:
    return random.choices(tuple(weighted), tuple(weighted.values()))[0]


def _maybe(random: Random, text: str) -> str:
    return "" if random.random() < BLANK_SHARE else text


def _complaint(
    random: Random, place: _Place, tracking_id: str, received: datetime
) -> tuple[str, ...]:
    status = _pick(random, _STATUSES)
    topic = random.choice(_TOPICS)
    kecamatan, desa = random.choice(_PLACES)
    kategori_id, kategori = (topic.kategori_id, topic.kategori)
    if not _maybe(random, kategori):
        kategori_id = kategori = ""
    instansi, instansi_id = _disposed(random, place, status)
    isi = random.choice(topic.texts).format(desa=desa)
    if random.random() < 0.2:
        isi += _details(random)
    return (
        tracking_id,
        f"{received.day:02d} {_MONTHS[received.month - 1]} {received.year}",
        f"{received:%H:%M:%S}",
        f"Pelapor Contoh {random.randrange(1, 10_000)}",
        _maybe(random, _pick(random, _KLASIFIKASI)),
        kategori_id,
        kategori,
        topic.judul.format(desa=desa),
        isi,
        isi if random.random() < 0.8 else "",
        _pick(random, _TIPE),
        _pick(random, _SUMBER),
        place.induk,
        instansi_id,
        instansi,
        status,
        _ALASAN.get(status, ""),
        place.provinsi,
        place.kota,
        kecamatan,
        desa,
        "",
        "",
        "",
        "Ya" if random.random() < 0.01 else "Tidak",
        str(random.randint(1, 5)) if status == "Ditutup oleh Pelapor" else "",
    )


def _disposed(random: Random, place: _Place, status: str) -> tuple[str, str]:
    """Where to, and its number; what nobody has verified yet is disposed nowhere."""
    chance = random.random()
    # Unverified rows are 8 of 100; these fill the blank share up.
    if status == _UNVERIFIED or chance < 1 - (1 - BLANK_SHARE) / 0.92 or not place.instansi:
        return "", ""
    if chance > 0.99:
        return place.induk, ""
    name, number = random.choice(place.instansi)
    return name, number or ""


def _details(random: Random) -> str:
    number = f"{random.randrange(10**8):08d}"
    return random.choice(_DETAILS).format(
        telepon=random.choice(("0800{a}{b}", "+62 800-{a}-{b}", "0800 {a} {b}")).format(
            a=number[:4], b=number[4:]
        ),
        nik=f"00000000{number}",
        surel=f"pelapor.{number[:4]}@example.id",
    )
