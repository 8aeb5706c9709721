from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.wording import (
    Facts,
    render,
    render_many,
    tanggal,
)
from config.gsm7 import segments
from config.message_files import SYSTEM_KINDS, kinds, load_messages
from config.terms import Peran

WIB = ZoneInfo("Asia/Jakarta")
OF_NO_COMPLAINT = {"peringatan", "perkenalan", "ringkasan", "rekap"}


def wib(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=WIB)


SAMPLE = Facts(
    sapaan="Admin DPUPR",
    opd="DPUPR",
    nomor="SP4N #9000001",
    sp4n=True,
    tanda="-Kominfo Sampang",
    now=wib(26, 8),
    zone=WIB,
    kategori="Jalan Berlubang",
    perihal=("saluran WhatsApp berhenti (63007)",),
    batas=wib(26, 16),
    lanjut=wib(27, 8),
    lama="3 hari kerja",
    instansi="Dinas PUPR",
    isi="lubang ditambal 25 Nov",
    tanggal="Sel 24 Nov",
    rincian="baru 3, terlambat 2",
    per_opd=("DPUPR 1", "Dinkes 1"),
)
OWN = replace(SAMPLE, nomor="SPG-2611-0042", sp4n=False)
ASISTEN = replace(SAMPLE, sapaan="Bpk/Ibu Asisten II")
SEKDA = replace(SAMPLE, sapaan="Bpk/Ibu Sekda")

# The lines that were agreed, under their lengths; nothing in them may change unnoticed.
SAMPLES = {
    "terima 125": (
        (SAMPLE, Peran.ADMIN_OPD, False),
        (
            "Yth. Admin DPUPR: aduan SP4N #9000001 (Jalan Berlubang). Mohon dijawab di SP4N-LAPOR! "
            "s.d. Kam 26 Nov 16.00. -Kominfo Sampang"
        ),
    ),
    "ingat 141": (
        (SAMPLE, Peran.ADMIN_OPD, False),
        (
            "Yth. Admin DPUPR, izin mengingatkan: aduan SP4N #9000001 belum tercatat dijawab. "
            "Batas Kam 26 Nov 16.00. Abaikan bila sudah. -Kominfo Sampang"
        ),
    ),
    "surat_1 137": (
        (replace(SAMPLE, lama="2 hari kerja"), Peran.ADMIN_OPD, False),
        (
            "Yth. Admin DPUPR: aduan SP4N #9000001 belum dijawab 2 hari kerja; Surat I diproses. "
            "Mohon dijawab s.d. Kam 26 Nov 16.00. -Kominfo Sampang"
        ),
    ),
    "hari_terakhir 137": (
        (replace(SAMPLE, sapaan="DPUPR"), Peran.KEPALA_OPD, False),
        (
            "Yth. DPUPR, izin mengingatkan: hari ini pkl 16.00 batas akhir jawaban aduan "
            "SP4N #9000001. Bila lewat, disusul Surat II. -Kominfo Sampang"
        ),
    ),
    "surat_2 138": (
        (replace(SAMPLE, sapaan="DPUPR"), Peran.KEPALA_OPD, False),
        (
            "Yth. DPUPR: aduan SP4N #9000001 lewat 3 hari kerja; Surat II diproses. "
            "Mohon dijawab sebelum diteruskan Jum 27 Nov 08.00. -Kominfo Sampang"
        ),
    ),
    "eskalasi 132": (
        (ASISTEN, Peran.ASISTEN, False),
        (
            "Yth. Bpk/Ibu Asisten II, izin melaporkan: aduan SP4N #9000001 lewat 3 hari kerja "
            "belum dijawab DPUPR. Mohon arahan. -Kominfo Sampang"
        ),
    ),
    "eskalasi 124": (
        (SEKDA, Peran.SEKDA, True),
        (
            "Yth. Bpk/Ibu Sekda, izin melaporkan (tembusan): aduan SP4N #9000001 lewat "
            "3 hari kerja belum dijawab DPUPR. -Kominfo Sampang"
        ),
    ),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_agreed_lines(name: str) -> None:
    kind, length = name.split()
    (facts, peran, copy), line = SAMPLES[name]
    text = render(kind, facts, peran=peran, copy=copy, two_way=False)
    assert text == line
    assert len(text) == int(length)
    assert segments(text) == ("GSM-7", 1)


def test_every_kind_is_there() -> None:
    assert kinds() == {
        "terima",
        "ingat",
        "surat_1",
        "hari_terakhir",
        "surat_2",
        "eskalasi",
        "ulang",
        "verifikasi_ingat",
        "verifikasi_lewat",
        "penyelesaian_lewat",
        "tanggapan_batas",
        "kelengkapan_batas",
        "abaikan",
        "status_asing",
        "instansi_asing",
        "gagal",
        "digest",
        "peringatan",
        "perkenalan",
        "dicatat",
        "dijawab",
        "kelengkapan",
        "diarsipkan",
        "selesai",
        "minta_bukan",
        "minta_tunda",
        "minta_sudah",
        "minta_setuju",
        "jawaban_normatif",
        "permintaan_ingat",
        "permintaan_lewat",
        "permintaan_ditolak",
        "permintaan_disetujui",
        "sudah_ditolak",
        "dilanjutkan",
        "jawaban_ditolak",
        "jawaban_disetujui",
        "darurat",
        "ringkasan",
        "rekap",
        "serah_terima",
        "serah_terima_tercatat",
        "serah_terima_berakhir",
    }
    assert "sekda" in load_messages()["ulang"].peran
    assert kinds() > SYSTEM_KINDS


# --- what a text says, and to whom -------------------------------------------------------------


def admin(kind: str, facts: Facts, *, copy: bool = False, two_way: bool = False) -> str:
    return render(kind, facts, peran=Peran.ADMIN_OPD, copy=copy, two_way=two_way)


def test_admin_and_head_are_addressed_as_their_office_where_both_are_told() -> None:
    lines = {
        admin(kind, replace(SAMPLE, sapaan=sapaan)).split(" ")[1].rstrip(",:")
        for kind in ("hari_terakhir", "surat_2")
        for sapaan in ("Admin DPUPR", "Kepala DPUPR", "DPUPR")
    }
    assert lines == {"DPUPR"}


def test_a_duty_that_went_up_names_the_opd_and_says_why() -> None:
    facts = replace(ASISTEN, catatan="Admin OPD kosong.")
    text = render("ingat", facts, peran=Peran.ASISTEN, copy=False, two_way=False)
    assert "Asisten II, izin mengingatkan: aduan SP4N #9000001 untuk DPUPR belum" in text
    assert text.endswith(" Admin OPD kosong. -Kominfo Sampang")
    assert "untuk" not in admin("ingat", SAMPLE)


def test_the_opd_is_named_when_the_salutation_only_contains_its_letters() -> None:
    facts = replace(SAMPLE, opd="PU")
    assert "untuk PU" in admin("surat_1", facts)


def test_a_sekda_who_stands_in_for_the_asisten_is_asked_not_told_in_copy() -> None:
    facts = SEKDA
    text = render("eskalasi", facts, peran=Peran.SEKDA, copy=False, two_way=False)
    assert "(tembusan)" not in text
    assert "Mohon arahan." in text


@pytest.mark.parametrize("kind", ["terima", "surat_1", "surat_2", "eskalasi"])
def test_copies_say_so(kind: str) -> None:
    facts = replace(SAMPLE, sapaan="Kepala DPUPR")
    text = render(kind, facts, peran=Peran.KEPALA_OPD, copy=True, two_way=False)
    assert "(tembusan)" in text
    assert "(tembusan)" not in admin(kind, SAMPLE)


def test_the_role_goes_before_the_copy() -> None:
    facts = SEKDA
    weekly = [
        render("ulang", facts, peran=Peran.SEKDA, copy=copy, two_way=False)
        for copy in (True, False)
    ]
    assert weekly[0] == weekly[1]
    assert "rekap mingguan" in weekly[0]
    assert "rekap mingguan" not in render(
        "ulang", ASISTEN, peran=Peran.ASISTEN, copy=False, two_way=False
    )


def test_an_officer_is_sent_to_sp4n_only_for_complaints_that_are_there() -> None:
    assert " Mohon dijawab s.d. Kam 26 Nov 16.00." in admin("terima", OWN)
    own = [
        render(kind, OWN, peran=peran, copy=copy, two_way=two_way)
        for kind, peran, copy, two_way in every_variant()
        if kind not in {"status_asing", "instansi_asing"}  # these speak of the export itself
    ]
    assert not [text for text in own if "SP4N" in text]


def test_replies_are_hinted_at_only_where_one_can_reply() -> None:
    assert "alas" not in admin("terima", SAMPLE)
    assert admin("terima", SAMPLE, two_way=True).endswith("Balas TERIMA 9000001. -Kominfo Sampang")
    assert "Balas SUDAH 9000001." in admin("surat_1", SAMPLE, two_way=True)
    assert "Balas JAWAB SPG-2611-0042 isi jawaban." in admin("surat_1", OWN, two_way=True)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (wib(25, 23, 59), "Kam 26 Nov 16.00 batas"),
        (wib(26, 0), "hari ini pkl 16.00 batas"),
        (wib(26, 23, 59), "hari ini pkl 16.00 batas"),
        (wib(27, 0), "Kam 26 Nov 16.00 batas"),
    ],
)
def test_today_is_the_day_of_the_installations_zone(now: datetime, expected: str) -> None:
    utc = now.astimezone(ZoneInfo("UTC"))
    assert expected in admin("hari_terakhir", replace(SAMPLE, now=utc))


def test_a_missing_fact_leaves_its_clause_out() -> None:
    bare = replace(SAMPLE, kategori=None, batas=None, lanjut=None, lama=None)
    assert admin("terima", bare) == (
        "Yth. Admin DPUPR: aduan SP4N #9000001. Mohon dijawab di SP4N-LAPOR! segera. "
        "-Kominfo Sampang"
    )
    assert "lewat batas; Surat II diproses. Mohon dijawab segera." in admin("surat_2", bare)
    for kind, peran, copy, two_way in every_variant():
        assert render(kind, replace(bare, opd="X"), peran=peran, copy=copy, two_way=two_way)


def test_a_kind_that_needs_more_than_a_complaint_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no value for \{sumber\}"):
        admin("digest", SAMPLE)
    with pytest.raises(KeyError):
        admin("entah", SAMPLE)


def test_the_post_that_was_not_reached_is_named() -> None:
    facts = replace(SAMPLE, sapaan="Kominfo", tujuan="Kepala Dinkes", alasan="nomor mati")
    text = render("gagal", facts, peran=Peran.ADMIN_KOORDINATOR, copy=False, two_way=False)
    assert "kepada Kepala Dinkes tidak terkirim (nomor mati)." in text
    without = replace(facts, tujuan=None)
    assert "kepada DPUPR tidak" in render(
        "gagal", without, peran=Peran.ADMIN_KOORDINATOR, copy=False, two_way=False
    )


# --- several complaints in one message ---------------------------------------------------------


def numbers(count: int) -> list[str]:
    return [f"SP4N #{9_000_000 + n}" for n in range(count)]


def test_a_letter_about_several_lists_what_fits_and_counts_the_rest() -> None:
    def many(count: int) -> str:
        facts = replace(SAMPLE, lama="2 hari kerja")
        return render_many(
            "surat_1", facts, numbers(count), peran=Peran.ADMIN_OPD, copy=False, two_way=False
        )

    assert many(2) == (
        "Yth. Admin DPUPR: 2 aduan (#9000000,#9000001) belum dijawab 2 hari kerja; "
        "Surat I diproses. Mohon dijawab s.d. Kam 26 Nov 16.00. -Kominfo Sampang"
    )
    assert "4 aduan (#9000000,#9000001,#9000002,+1) belum" in many(4)
    assert "120 aduan (#9000000,#9000001,+118) belum" in many(120)


@pytest.mark.parametrize("kind", ["surat_1", "surat_2", "eskalasi", "ulang"])
def test_no_hint_takes_the_place_of_every_number(kind: str) -> None:
    # Two letters of one day about as many complaints would else read the same.
    facts = replace(SAMPLE, lama="3 hari kerja")
    for count in (2, 7, 120):
        said = render_many(
            kind, facts, numbers(count), peran=Peran.ADMIN_OPD, copy=False, two_way=True
        )
        assert "(#9000000," in said, said
        assert f"{count} aduan" in said


def test_a_letter_about_one_is_the_singular() -> None:
    for kind in ("surat_1", "terima"):
        one = render_many(
            kind, SAMPLE, ["SP4N #9000001"], peran=Peran.ADMIN_OPD, copy=False, two_way=False
        )
        assert one == admin(kind, SAMPLE)


def test_a_plural_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="no plural"):
        render_many("terima", SAMPLE, numbers(2), peran=Peran.SEKDA, copy=False, two_way=False)
    with pytest.raises(ValueError, match="at least one"):
        render_many("surat_1", SAMPLE, [], peran=Peran.SEKDA, copy=False, two_way=False)


# --- every text fits ---------------------------------------------------------------------------


def every_variant() -> Iterator[tuple[str, Peran, bool, bool]]:
    for kind in sorted(kinds() - {"digest"}):
        for peran in Peran:
            for copy in (False, True):
                for two_way in (False, True):
                    yield kind, peran, copy, two_way


WORST = replace(
    SAMPLE,
    sapaan="Kepala DISDUKCAPILKAB16",
    opd="DINSOSPPPAKABUPN",
    nomor="SP4N #1234567890123",
    kategori="Infrastruktur Jalan, Jembatan, dan Sarana Perhubungan Lainnya di Daerah",
    batas=wib(28, 16),
    lanjut=wib(28, 16),
    lama="14 hari kerja",
    alasan="Menunggu Persetujuan Instansi Pembina Pusat",
    tujuan="Kepala DINSOSPPPAKABUPN",
    perihal=("templat ingat_surat_1_utama_banyak_4af82ac1 ditolak Meta; pesan dialihkan ke SMS x",),
    instansi="Dinas Pemberdayaan Perempuan, Perlindungan Anak, Pengendalian Penduduk, dan Keluarga",
    isi="Lubang di depan pasar ditambal tanggal 25 November oleh tim pemeliharaan jalan. " * 9,
    tanggal="Sel 24 Nov",
    rincian=(
        "baru 1234, belum diverifikasi 1234, jatuh tempo hari ini 1234, terlambat 1234, "
        "gagal 1234, permintaan 1234"
    ),
    per_opd=tuple(f"DINSOSPPPAKABUPN {n}" for n in range(40, 0, -1)),
)
NOTE = "Admin OPD kosong."
# As long as names may be at all: only the note about a vacant post may then be missing.
BEYOND = replace(
    WORST,
    sapaan="Penghubung KECKARANGPENANGX",
    tanda="-Diskominfo Probolinggoo",
    tujuan="Penghubung KECKARANGPENANGX",
)


@pytest.mark.parametrize("facts", [replace(WORST, catatan=NOTE), replace(BEYOND, catatan=NOTE)])
def test_every_text_is_one_gsm7_segment_at_the_longest_facts(facts: Facts) -> None:
    many = [f"SP4N #{1_234_567_890_123 + n}" for n in range(500)]
    for kind, peran, copy, two_way in every_variant():
        texts = [render(kind, facts, peran=peran, copy=copy, two_way=two_way)]
        if load_messages()[kind].utama.banyak:
            texts.append(render_many(kind, facts, many, peran=peran, copy=copy, two_way=two_way))
        for text in texts:
            alphabet, parts = segments(text)
            assert alphabet == "GSM-7"
            assert parts <= load_messages()[kind].segmen, (kind, peran, copy, two_way, text)
            assert facts.nomor in text or "500 aduan" in text or kind in OF_NO_COMPLAINT
            assert NOTE in text or facts.sapaan == BEYOND.sapaan or kind == "ringkasan", text


def test_officers_read_one_segment_but_for_answers_to_be_judged() -> None:
    longer = {kind for kind, message in load_messages().items() if message.segmen > 1}
    citizens = {kind for kind, message in load_messages().items() if message.citizen}
    assert citizens == {"dicatat", "dijawab", "kelengkapan", "diarsipkan", "selesai"}
    assert longer - citizens == {"minta_setuju", "jawaban_normatif"}


def test_the_reminders_keep_their_times_at_the_longest_facts() -> None:
    for kind in ("terima", "ingat", "surat_1", "hari_terakhir", "surat_2"):
        assert "Sab 28 Nov 16.00" in admin(kind, WORST, two_way=True), kind


def test_an_agreed_line_keeps_its_full_words_at_the_longest_names() -> None:
    facts = replace(WORST, sapaan="Admin DINSOSPPPAKABUPN")
    assert len(admin("ingat", facts)) == 158
    assert "Abaikan bila sudah." in admin("ingat", facts)


def test_a_category_is_shortened_by_words() -> None:
    long = replace(SAMPLE, kategori="Infrastruktur Jalan, Jembatan, dan Perhubungan Darat")
    assert "(Infrastruktur Jalan, Jembatan, dan Perhubungan)" in admin("terima", long)
    assert "(Infrastruktur Jalan, Jembatan)" in admin("terima", replace(long, opd="Dinas Perkim"))
    assert "(" not in admin("terima", replace(SAMPLE, kategori="x" * 70))


@settings(deadline=None, max_examples=50)
@given(kategori=st.text(), catatan=st.text(), alasan=st.text(), sapaan=st.text(), opd=st.text())
def test_whatever_the_facts_say_the_text_is_one_gsm7_segment(
    kategori: str, catatan: str, alasan: str, sapaan: str, opd: str
) -> None:
    facts = replace(
        WORST,
        kategori=kategori,
        catatan=catatan,
        alasan=alasan,
        sapaan=f"Kepala {sapaan}",
        opd=f"OPD {opd}",
        tujuan=opd,
        instansi=f"Dinas {opd}",
        isi=alasan,
    )
    for kind in sorted(kinds() - {"digest"}):
        for peran in (Peran.ADMIN_OPD, Peran.SEKDA):
            for copy in (False, True):
                text = render(kind, facts, peran=peran, copy=copy, two_way=True)
                alphabet, parts = segments(text)
                assert (alphabet, parts <= load_messages()[kind].segmen) == ("GSM-7", True), text
                assert "1234567890123" in text or kind in OF_NO_COMPLAINT
                assert not re.search(r"[\[\]{}|\n]|  ", text), text


def test_marks_and_accents_become_plain() -> None:
    facts = replace(SAMPLE, kategori="Pelayanan\n“Café” – {nomor} [x] ‘Kota’… 道")  # noqa: RUF001
    assert "(Pelayanan \"Cafe\" - nomor x 'Kota'...)." in admin("terima", facts)
    assert "(" not in admin("terima", replace(SAMPLE, kategori="道路"))


# --- dates --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (datetime(2026, 11, 26, 9, 0, tzinfo=ZoneInfo("UTC")), "Kam 26 Nov 16.00"),
        (datetime(2026, 11, 26, 17, 5, tzinfo=ZoneInfo("UTC")), "Jum 27 Nov 00.05"),
        (datetime(2026, 5, 3, 8, 0, tzinfo=WIB), "Min 3 Mei 08.00"),
        (datetime(2026, 8, 1, 8, 0, tzinfo=WIB), "Sab 1 Agu 08.00"),
        (datetime(2026, 10, 6, 8, 0, tzinfo=WIB), "Sel 6 Okt 08.00"),
        (datetime(2026, 12, 9, 8, 0, tzinfo=WIB), "Rab 9 Des 08.00"),
    ],
)
def test_dates(moment: datetime, expected: str) -> None:
    assert tanggal(moment, WIB) == expected


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        tanggal(datetime(2026, 11, 26, 16, 0), WIB)
