from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.substance import courtesy, dangerous, fingerprint, lacking, missing
from config.words import load_words

WORDS = load_words()


@pytest.mark.parametrize(
    "answer",
    [
        # finished: an action and a date
        "lubang ditambal 25 Nov",
        "Jalan sudah ditambal kemarin oleh tim pemeliharaan.",
        "Lampu PJU sudah diganti tanggal 24 November 2026",
        "Sampah telah diangkut tadi pagi",
        "Sudah kami perbaiki, 24/11/2026.",
        "Pohon dipangkas 24-11-2026 oleh DLH",
        "Penambalan selesai 2026-11-24",
        "Petugas sudah ditegur hari ini",
        "Bansos disalurkan 3 hari lalu di balai desa",
        # interim: names an action and a date
        "Akan kami survei besok pagi bersama tim.",
        "Terima kasih atas laporannya. Jalan akan diaspal minggu depan.",
        "Akan diperbaiki dalam 3 hari kerja",
        "Perbaikan dijadwalkan akhir bulan",
        "Pengerukan saluran mulai Senin",
        "Direncanakan pengaspalan pada tahun 2027",
        "Akan kami teruskan ke bidang Bina Marga; lubang ditambal sementara lusa.",
        "Tim menyemprot fogging dua minggu lagi",
        "Mohon maaf, lampu kami pasang 28nov",
        "Bola lampu kami ganti tanggal 24",
        "Petugas mengecat marka besok",
        "Pegawai ybs dimutasi per 1 Desember",
        "Segera kami cek ke lokasi, jadwal Jum'at",
    ],
)
def test_an_action_and_a_date_are_substantive(answer: str) -> None:
    assert lacking(answer, WORDS) == ()
    assert lacking(answer.upper(), WORDS) == ()


NOTHING = ("tindakan", "tanggal", "normatif")


@pytest.mark.parametrize(
    ("answer", "lacks"),
    [
        ("", ("isi",)),
        ("ok", ("isi",)),
        ("sudah ditambal", ("isi",)),  # when?
        ("Siap laksanakan pak", ("tindakan", "tanggal", "normatif")),
        ("Terima kasih, akan kami teruskan.", ("tindakan", "tanggal", "normatif")),
        ("Terima kasih atas laporannya", ("tindakan", "tanggal", "normatif")),
        ("akan segera kami teruskan ke OPD terkait", ("tindakan", "tanggal", "normatif")),
        ("Akan kami tindaklanjuti besok", ("tindakan", "normatif")),  # which action?
        ("Akan kami tindak lanjuti dalam 3 hari kerja", ("tindakan", "normatif")),
        ("Akan kami koordinasikan dengan PLN minggu ini", ("tindakan", "normatif")),
        ("Sehubungan dengan laporan Saudara 25 Nov, terima kasih", NOTHING),
        ("Akan segera kami perbaiki.", ("tanggal",)),
        ("Terima kasih atas laporannya. Akan kami aspal secepatnya.", ("tanggal",)),
        ("Lubang sudah kami tambal semuanya.", ("tanggal",)),
        ("Laporan 25 Nov menjadi masukan dan sebagai bahan evaluasi", NOTHING),
        ("Laporan tanggal 24 Nov sudah kami serahkan ke bidang", ("tindakan", "tanggal")),
        ("Sesuai Perda Nomor 3 Tahun 2019 akan kami perbaiki", ("tanggal",)),
        ("Belum dapat diperbaiki tahun ini", ("tindakan", "tanggal")),
        ("Akan diaspal pada tahun depan", ("tanggal",)),
        ("Kami belum tahu sampai hari ini", ("tindakan",)),
        ("Lokasinya di RT 03/05 sebelah timur", ("tindakan", "tanggal")),
        ("Kantor kami buka pukul 08.30", ("tindakan", "tanggal")),
        ("Dinas Pekerjaan Umum sudah tahu sejak 25 Nov", ("tindakan",)),
        ("Bagian kami bukan yang berwenang, berita besok", ("tindakan",)),
    ],
)
def test_what_an_answer_lacks(answer: str, lacks: tuple[str, ...]) -> None:
    assert lacking(answer, WORDS) == lacks
    assert lacking(answer.upper(), WORDS) == lacks


INFORMATION = (
    "Syarat KTP baru adalah KK asli, usia 17 ke atas, dan surat pengantar dari desa; "
    "semua pelayanan di kantor Disdukcapil Jalan Jamaluddin 3, tanpa biaya apa pun."
)


def test_information_needs_no_action_where_it_is_long_and_concrete() -> None:
    assert lacking(INFORMATION, WORDS) == ()
    assert lacking(f"Terima kasih atas pertanyaannya. {INFORMATION}", WORDS) == ()
    assert lacking(INFORMATION, replace(WORDS, panjang_rinci=len(INFORMATION))) == (
        "tindakan",
        "tanggal",
    )
    assert lacking(INFORMATION, replace(WORDS, rincian=20)) == ("tindakan", "tanggal")


def test_a_long_promise_stays_a_promise_however_many_figures_it_has() -> None:
    answer = (
        "Terima kasih atas laporan nomor 9000001 tanggal 25 November yang Saudara sampaikan "
        "melalui SP4N-LAPOR!, selanjutnya akan kami teruskan kepada bidang yang membidangi di "
        "kantor kami Jalan Jamaluddin 3 untuk ditindaklanjuti sesuai ketentuan."
    )
    assert lacking(answer, WORDS) == ("tindakan", "normatif")


def test_the_shortest_answer_is_counted_in_letters_and_digits() -> None:
    answer = "sdh ditambal"  # 11 letters
    assert lacking(answer, WORDS) == ("isi",)
    assert lacking(answer, replace(WORDS, panjang_minimal=12)) == ("isi",)
    assert lacking(answer, replace(WORDS, panjang_minimal=11)) == ("tanggal",)
    assert lacking(f"{answer} ...!!!   🙏🙏", WORDS) == ("isi",)


@pytest.mark.parametrize("answer", ["ditambal 25 nov", "besok dicek", "Selesai 25/11"])
def test_an_action_and_a_date_are_never_too_short(answer: str) -> None:
    assert lacking(answer, WORDS) == ()


@pytest.mark.parametrize(
    ("report", "lacks"),
    [
        ("jln rusk bgt pak", ("tempat", "waktu")),
        ("jalan rusak", ("tempat", "waktu")),
        ("lorong rosak sarah", ("tempat", "waktu")),
        ("lampu mati di sini pak", ("tempat", "waktu")),
        ("sampah menumpuk di jalan", ("tempat", "waktu")),
        ("Jalan Trunojoyo rusak", ("waktu",)),
        ("jl. Trunojoyo rusak", ("waktu",)),
        ("lampu mati di Desa Banyuates", ("waktu",)),
        ("banjir depan puskesmas", ("waktu",)),
        ("RT 03/05 banjir", ("waktu",)),
        ("SDN 2 atapnya bocor", ("waktu",)),
        ("air mati sudah 3 hari", ("tempat",)),
        ("lampu mati sejak lebaran", ("tempat",)),
        ("pungli tgl 24", ("tempat",)),
        ("Jalan Trunojoyo rusak sejak kemarin", ()),
        ("lampu d ds torjun mati 2 mgg", ()),
        ("Lorong è Torjun rosak la abit", ()),
        ("Dalan ndek Omben rusak wis suwe", ()),
        ("Sampah di Pasar Srimangunan menumpuk 24/11", ()),
        ("", ("tempat", "waktu")),
    ],
)
def test_what_a_report_does_not_say(report: str, lacks: tuple[str, ...]) -> None:
    assert missing(report, WORDS, has_place=False) == lacks
    assert missing(report, WORDS, has_place=True) == tuple({"waktu"} & set(lacks))


@pytest.mark.parametrize(
    "text",
    [
        "Tolong ada kebakaran di pasar",
        "KEBAKARAN!!!",
        "rumah tetangga terbakar pak",
        "anak tenggelam di sungai",
        "ada orang hanyut terseret arus",
        "tertimbun longsor 2 orang",
        "kabel listrik di depan putus, ada anak-anak",
        "ada kecelakaan di jalan raya Camplong, korban luka-luka",
        "warga keracunan makanan hajatan",
        "butuh ambulans cepat",
        "ada carok è Ketapang",
        "romana kobbhar pak",
        "omahe tonggoku kobongan",
        "wonge semaput ning dalan",
        "pemadam kebakaran belum datang, rumah terbakar",
        "Lampu jalan mati. Rumah terbakar.",
        "Gudang itu rawan. Kebakaran sekarang.",
        "jangan sampai ada korban lagi, ada yang tenggelam",
    ],
)
def test_danger_to_life_is_seen(text: str) -> None:
    assert dangerous(text, WORDS)
    assert dangerous(text.upper(), WORDS)


@pytest.mark.parametrize(
    "text",
    [
        "lampu mati",
        "jalan mati tidak ada yang lewat",
        "tolong matikan lampu siang hari",
        "air PDAM mati",
        "lampu jalan terbakar",
        "pemadam kebakaran tidak punya selang",
        "jalan berlubang rawan kecelakaan",
        "sering terjadi kecelakaan di tikungan",
        "perbaiki sebelum ada korban jiwa",
        "jangan sampai memakan korban jiwa dulu",
        "terjebak macet 2 jam",
        "instalasi gawat darurat penuh",
        "KTP ayah saya yang meninggal masih aktif",
        "akta kematian lama sekali",
        "ambulans puskesmas rusak",
        "banjir masuk halaman",
        "hama bombardir sawah",
        "kebakarannyalah",
        "",
    ],
)
def test_what_only_sounds_like_danger_is_none(text: str) -> None:
    assert not dangerous(text, WORDS)
    assert not dangerous(text.upper(), WORDS)


@pytest.mark.parametrize(
    "text",
    [
        "P",
        "p p p",
        "Terima kasih",
        "terima kasih banyak pak",
        "siap pak",
        "siappp 🙏🙏",
        "Assalamu'alaikum wr. wb.",
        "Selamat pagi, Bapak/Ibu admin",
        "makasiiih",
        "matur nuwun",
        "Sakalangkong, pak",
        "👍",
        "...",
        "",
        "halo min mau lapor",
        "tes",
    ],
)
def test_greetings_and_thanks_are_no_report(text: str) -> None:
    assert courtesy(text, WORDS)
    assert courtesy(text.upper(), WORDS)


@pytest.mark.parametrize(
    "text",
    [
        "pagi pak, jalan rusak",
        "terima kasih atas bantuannya, tapi lampu mati lagi",
        "siap siaga banjir",
        "jalan",
        "9000001",
        "pungli",
        "ampon abit",
    ],
)
def test_a_report_with_a_greeting_is_a_report(text: str) -> None:
    assert not courtesy(text, WORDS)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Jalan rusak!", "  jalan   RUSAK", True),
        ("jalan-rusak", "jalan rusak.", True),
        ("lorong è Torjun", "lorong e\u0300 Torjun", True),
        ("jalan rusak 🙏", "jalan rusak", True),
        ("jalan rusak", "jalan rusak 2", False),
        ("lampu mati", "lampu mat1", False),
        ("è", "e", False),
    ],
)
def test_the_same_text_twice(one: str, other: str, same: bool) -> None:
    assert (fingerprint(one) == fingerprint(other)) is same
    assert len(fingerprint(one)) == 64


@given(st.text("abcXYZ019èÈ äÄ.,-!\n\t", max_size=80))
def test_a_fingerprint_takes_no_notice_of_case_spacing_and_signs(text: str) -> None:
    spaced = " . ".join(text)
    assert fingerprint(text.upper()) == fingerprint(text.lower()) == fingerprint(spaced)


anything = st.text(max_size=300) | st.text(st.characters(codec=None), max_size=60)


@settings(max_examples=300)
@given(anything, st.booleans())
@example("a " * 800, False)
@example("akan " * 320, False)
@example("." * 1600, False)
@example("1/" * 800, True)
@example("x" * 1600, True)
@example("Rp 250.000.000,- " * 94, False)
def test_any_text_is_judged(text: str, has_place: bool) -> None:
    reasons = lacking(text, WORDS)
    assert set(reasons) <= {"isi", "tindakan", "tanggal", "normatif"}
    assert ("isi" not in reasons) or reasons == ("isi",)
    assert set(missing(text, WORDS, has_place=has_place)) <= {"tempat", "waktu"}
    assert dangerous(text, WORDS) in {True, False}
    assert courtesy(text, WORDS) in {True, False}
    assert len(fingerprint(text)) == 64


@given(st.sampled_from(["kebakaran", "tenggelam", "carok"]), st.lists(st.sampled_from("xyz.,!\n ")))
def test_danger_is_seen_wherever_it_is_said(danger: str, around: list[str]) -> None:
    text = "".join(around)
    assert dangerous(f"{text} {danger} {text}", WORDS)
