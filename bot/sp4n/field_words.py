"""What instansi of a kabupaten or kota are about, in the words and short forms of the field.

Of names and short forms in use in Indonesian local government; a directory's own singkatan and
the initials of its full names are known besides (`bot.sp4n.likeness`).
"""

from __future__ import annotations

from typing import Final

KINDS: Final = frozenset(
    {
        "dinas", "din", "badan", "kantor", "balai", "bidang", "bagian", "biro", "seksi",
        "sub", "unit", "satuan", "lembaga", "sekretariat", "upt", "uptd", "upd", "blud",
        "pemerintah", "daerah", "kabupaten", "kota", "provinsi", "setda", "wilayah", "rsd",
    }
)  # fmt: skip
"""What an instansi is: nearly every name has one of them."""
UNTELLING: Final = frozenset(
    {
        "dan", "serta", "atau", "di", "ke", "untuk", "pada", "umum", "pelayanan",
        "pengelolaan", "pengelola", "pengembangan", "pemberdayaan", "pembangunan",
        "pembinaan", "pengendalian", "penanganan", "penyelenggaraan", "peningkatan",
        "perlindungan", "perencanaan", "masyarakat", "rakyat", "sumber", "daya", "usaha",
        "tata", "urusan", "kawasan", "sistem", "dr", "drg", "h", "hj", "prof",
    }
)  # fmt: skip
"""Words of many names, which tell none of them; they count where nothing else is said."""
SITES: Final = {
    "kecamatan": "wilayah",
    "kec": "wilayah",
    "camat": "wilayah",
    "kelurahan": "wilayah",
    "kel": "wilayah",
    "lurah": "wilayah",
    "desa": "wilayah",
    "puskesmas": "puskesmas",
    "pkm": "puskesmas",
    "pustu": "puskesmas",
}
"""Kinds that stand before the name of a place: the whole name tells, and the kind."""

_TERMS: Final = {
    "pekerjaanumum": "pekerjaan umum|pekerjaan|pu|dpu",
    "pekerjaanumum penataanruang": "pupr|dpupr|dinpupr|pupera|putr|dputr",
    "penataanruang": "penataan ruang|tata ruang",
    "pekerjaanumum binamarga": "bina marga|binamarga|pubm|dpubm|pu bina marga|jalan dan jembatan",
    "pekerjaanumum pengairan": (
        "pengairan|sumber daya air|sda|dpusda|pusda|irigasi|pu pengairan|pu sumber daya air"
    ),
    "pekerjaanumum ciptakarya": "cipta karya|ciptakarya|pu cipta karya",
    "perumahan permukiman": "disperkim|perkim|dprkp|prkp|perkimtan|disperakim",
    "perumahan": "perumahan rakyat|perumahan",
    "permukiman": "kawasan permukiman|permukiman|pemukiman|kawasan pemukiman",
    "lingkunganhidup": "lingkungan hidup|lh|dlh|blh|dislh|dinlh|lingkungan",
    "kebersihan": "kebersihan|persampahan|sampah",
    "kependudukan catatansipil": (
        "dukcapil|disdukcapil|dispendukcapil|dindukcapil|disdukcatpil|capil"
    ),
    "kependudukan": "kependudukan|administrasi kependudukan|adminduk",
    "catatansipil": "pencatatan sipil|catatan sipil",
    "kominfo": (
        "kominfo|diskominfo|dinkominfo|diskominfotik|diskominfosandi|kominfotik|"
        "komunikasi dan informatika|komunikasi informatika|komunikasi|informatika"
    ),
    "perhubungan": "dishub|dinhub|perhubungan|dishubkominfo|lalu lintas",
    "kesehatan": "dinkes|kesehatan|dinkesda",
    "pendidikan": "disdik|dindik|dispendik|pendidikan|dikpora",
    "pendidikan kebudayaan": "disdikbud|dikbud|dindikbud",
    "kebudayaan": "kebudayaan|budaya",
    "pariwisata": "pariwisata|dispar",
    "pariwisata kebudayaan": "disparbud|parbud|disbudpar|budpar",
    "pemuda olahraga": "dispora|dinpora",
    "pemuda olahraga pariwisata": "disporapar|disporpar|disparpora",
    "pemuda": "pemuda|kepemudaan",
    "olahraga": "olahraga|olah raga|keolahragaan",
    "sosial": "dinsos|sosial|dissos",
    "perempuananak": (
        "p3a|dp3a|pppa|dp3ak|dp3akb|dpppa|pemberdayaan perempuan dan perlindungan anak|"
        "pemberdayaan perempuan|perlindungan anak"
    ),
    "keluargaberencana": "keluarga berencana|kb|bkkbn|pengendalian penduduk|dppkb|ppkb",
    "tenagakerja": "tenaga kerja|ketenagakerjaan|disnaker|dinnaker|disnakertrans|transmigrasi",
    "perdagangan perindustrian": "disperindag|perindag|disperdagin|indag|disdagin",
    "perdagangan": "perdagangan|disdag|pasar",
    "perindustrian": "perindustrian|disperin|industri",
    "koperasi": (
        "koperasi|diskop|diskopum|dinkop|koperasi dan usaha mikro|umkm|ukm|usaha mikro|usaha kecil"
    ),
    "penanamanmodal": (
        "penanaman modal|dpmptsp|dpmpptsp|ptsp|perizinan|perijinan|"
        "pelayanan terpadu satu pintu|pelayanan perizinan terpadu|bpmppt"
    ),
    "masyarakatdesa": (
        "pemberdayaan masyarakat desa|pemberdayaan masyarakat dan desa|dpmd|pmd|dispmd|bpmd|"
        "pemerintahan desa|bapemas"
    ),
    "pertanian": "pertanian|distan|dispertan|disperta|distanbun|dipertan|tanaman pangan",
    "perkebunan": "perkebunan|disbun",
    "peternakan": "peternakan|disnak|kesehatan hewan|keswan",
    "ketahananpangan": "ketahanan pangan|pangan",
    "perikanan": "perikanan|kelautan|diskan|kelautan dan perikanan|dislutkan",
    "perpustakaan": "perpustakaan|dispusip|dispersip|perpusip",
    "arsip": "arsip|kearsipan",
    "satpolpp": (
        "satuan polisi pamong praja|polisi pamong praja|satpol pp|satpolpp|satpol|pol pp|polpp"
    ),
    "pemadam": "pemadam kebakaran|damkar|disdamkar|pemadam|penyelamatan",
    "bencana": (
        "penanggulangan bencana daerah|penanggulangan bencana|bpbd|bencana alam|bencana|kebencanaan"
    ),
    "kesbangpol": "kesatuan bangsa dan politik|bakesbangpol|kesbangpol|kesbang|kesatuan bangsa",
    "bappeda": (
        "bappeda|bapeda|bappelitbangda|bapperida|baperlitbang|perencanaan pembangunan|"
        "perencanaan pembangunan daerah"
    ),
    "kepegawaian": "kepegawaian|bkd|bkpsdm|bkpp|bkdpsdm|bkppd|pengembangan sumber daya manusia|sdm",
    "keuangan": "keuangan|bpkad|bpkd|bpkpd|bppkad|keuangan dan aset|aset",
    "pendapatan": "pendapatan|bapenda|dispenda|pajak|pajak daerah|retribusi",
    "inspektorat": "inspektorat|itkab|irban",
    "rumahsakit": (
        "rumah sakit umum daerah|rumah sakit umum|rumah sakit daerah|rumah sakit|rsud|rsu|rs"
    ),
    "airminum": "air minum|pdam|perumdam|perumda air minum|perusahaan daerah air minum",
    "dprd": "dprd|sekwan|setwan|dewan perwakilan rakyat daerah|dewan",
    "sekretariatdaerah": "sekretariat daerah|setda|sekda",
    "kesejahteraanrakyat": "kesejahteraan rakyat|kesra",
    "pengadaan": "pengadaan barang dan jasa|pengadaan barang jasa|pbj|ulp|lpse",
}
FIELDS: Final = {said: terms for terms, said_so in _TERMS.items() for said in said_so.split("|")}
"""What a field is called, also in short, as a text has it: the terms that it is compared by."""
