from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.gsm7 import segments
from config.replies import LENGTHS, ReplyFileError, lacking, load_replies, parse_replies, reply
from config.terms import Channel

SMS, WHATSAPP = Channel.SMS, Channel.WHATSAPP
OWN = "SPG-2611-0042"
SP4N = "SP4N #9000001"
EVERYTHING = dict.fromkeys(LENGTHS.keys() - {"no", "no_sp4n"}, "x") | {"nomor": OWN}


# --- what is said -----------------------------------------------------------------------------


def test_the_agreed_acknowledgement() -> None:
    line = (
        "Terima kasih. Aduan Anda dicatat no. SPG-2611-0042. Kami verifikasi maks 3 hari kerja. "
        "Cek: balas STATUS SPG-2611-0042."
    )
    assert reply("diterima", SMS, nomor=OWN, lama="3 hari kerja") == line
    assert reply("diterima", WHATSAPP, nomor=OWN, lama="3 hari kerja") == line


def test_the_agreed_status() -> None:
    line = (
        "SPG-2611-0042: SEDANG DIPROSES oleh Dinas PUPR sejak 24 Nov. Target jawaban 26 Nov 2026. "
        "Info tambahan? Balas TAMBAH SPG-2611-0042 isi pesan"
    )
    values = {"instansi": "Dinas PUPR", "sejak": "24 Nov", "target": "26 Nov 2026"}
    assert reply("status_belum_ditindaklanjuti", SMS, nomor=OWN, **values) == line
    assert len(line) == 140


def test_a_number_is_hinted_at_as_it_is_typed() -> None:
    assert reply("terima", SMS, nomor=SP4N, batas="Kam 26 Nov 16.00") == (
        "Terima kasih. Aduan SP4N #9000001 tercatat diterima. Batas jawaban Kam 26 Nov 16.00. "
        "Untuk menjawab, balas JAWAB 9000001 isi jawaban; bila dijawab di SP4N, balas "
        "SUDAH 9000001."
    )
    own = reply("terima", SMS, nomor=OWN)
    assert "Batas" not in own
    assert own.endswith("balas JAWAB SPG-2611-0042 isi jawaban.")


def test_what_is_missing_in_words() -> None:
    assert lacking(["tempat"]) == "tempat kejadian (jalan, desa, kecamatan)"
    assert lacking(["isi", "tindakan", "tanggal"]) == (
        "uraian yang cukup, tindakan yang dilakukan dan tanggal pelaksanaannya"
    )
    assert len(lacking(["isi", "tindakan", "tanggal", "normatif"])) <= LENGTHS["kurang"]
    with pytest.raises(KeyError):
        lacking(["entah"])


def test_a_list_stands_on_lines_of_its_own_on_whatsapp_only() -> None:
    baris = "#9000001 terlambat\n#9000057 hari ini"
    assert reply("daftar", WHATSAPP, judul="DPUPR", baris=baris) == (
        "*DPUPR*\n#9000001 terlambat\n#9000057 hari ini\nRincian: balas KENAPA lalu nomor."
    )
    assert reply("daftar", SMS, judul="DPUPR", baris=baris) == (
        "DPUPR: #9000001 terlambat; #9000057 hari ini. Rincian: balas KENAPA lalu nomor."
    )


def test_of_a_list_that_does_not_fit_the_rest_is_counted() -> None:
    lines = [f"#{9_000_000 + n} terlambat" for n in range(200)]
    for channel in Channel:
        text = reply("daftar", channel, judul="DPUPR", baris="\n".join(lines))
        shown = re.findall(r"#\d{7} terlambat", text)
        (rest,) = re.findall(r"dan (\d+) lainnya", text)
        assert shown == lines[: len(shown)]
        assert len(shown) + int(rest) == 200
        most = 459 if channel is SMS else 1600
        assert most - len("; #9000000 terlambat") - 1 < len(text) <= most


def test_one_long_text_is_cut_at_a_word() -> None:
    text = reply("kenapa", SMS, nomor=SP4N, uraian="hari kerja " * 60)
    assert text.endswith((" hari kerja...", " hari..."))
    assert len(text) <= 459


# --- whatever is given ------------------------------------------------------------------------


@given(name=st.sampled_from(sorted(load_replies())), words=st.text(max_size=3000))
def test_whatever_the_values_a_reply_fits_its_channel(name: str, words: str) -> None:
    values = dict.fromkeys(EVERYTHING, f"x{words}")
    sms = reply(name, SMS, **values)
    kind, parts = segments(sms)
    assert (kind, parts <= 3) == ("GSM-7", True)
    assert "\n" not in sms
    whatsapp = reply(name, WHATSAPP, **values)
    assert len(whatsapp) <= 1600
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]|\n\n", whatsapp)


@pytest.mark.parametrize("name", sorted(load_replies()))
def test_every_reply_is_whole(name: str) -> None:
    for channel in Channel:
        text = reply(name, channel, **EVERYTHING)
        assert not re.search(r"[\[\]{}|]|  ", text)
        assert channel is WHATSAPP or name == "kenapa" or text.endswith((".", "isi pesan")), text


def test_what_is_not_there_is_refused() -> None:
    with pytest.raises(KeyError):
        reply("entah", SMS)
    with pytest.raises(ValueError, match=r"no value for \{nomor\}"):
        reply("ditambahkan", SMS)
    with pytest.raises(ValueError, match=r"no value for \{nomor\}"):
        reply("ditambahkan", SMS, nomor="")
    with pytest.raises(TypeError, match="nmr"):
        reply("ditambahkan", SMS, nomor=OWN, nmr=OWN)
    assert reply("ditambahkan", SMS, nomor=OWN, instansi="DPUPR")  # said by others


# --- the file ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[a]\nsms = 3", r"\[a\]: harus berupa teks"),
        ('[a]\nsms = " "', r"\[a\]: harus berupa teks"),
        ('[a]\nwhatsapp = "a"', r"\[a\]: hanya sms \(wajib\)"),
        ('[a]\nsms = "a"\nteks = "b"', r"\[a\]: hanya sms"),
        ("a = 3", r"\[a\]: hanya sms"),
        ('[a]\nsms = "{entah}"', r"isian \{entah\} tidak dikenal"),
        ('[a]\nsms = "a"\nwhatsapp = "{entah}"', r"isian \{entah\} tidak dikenal"),
        ('[a]\nsms = "a"\npendek = "daftar"', r"pendek harus isian"),
        ('[a]\nsms = "{daftar} {daftar}"\npendek = "daftar"', r"pendek harus isian"),
        ('[a]\nsms = "a\\nb"', r"satu baris huruf GSM-7"),
        ('[a]\nsms = "\u201ca\u201d"', r"satu baris huruf GSM-7"),
        (f'[a]\nsms = "{"x" * 440}{{nomor}}"', r"melebihi 459"),
        (f'[a]\nsms = "a"\nwhatsapp = "{"x" * 1601}"', r"melebihi 1600"),
        (f'[a]\nsms = "{"x" * 400}{{daftar}}"\npendek = "daftar"', r"melebihi 459"),
        ('[a]\nsms = "a', r"bukan TOML"),
    ],
)
def test_a_wrong_file_is_refused(text: str, expected: str) -> None:
    with pytest.raises(ReplyFileError, match=expected):
        parse_replies(text)


def test_the_edge_is_taken() -> None:
    for rest in (f'{"x" * 439}{{nomor}}"', f'{"x" * 399}{{daftar}}"\npendek = "daftar"'):
        assert "a" in parse_replies(f'[a]\nsms = "{rest}')[0]


def test_what_is_missing_is_said_once() -> None:
    assert lacking(("tindakan", "tanggal", "normatif")) == lacking(("tindakan", "tanggal"))
    assert lacking(("normatif",)) == "langkah nyata yang dilakukan"
