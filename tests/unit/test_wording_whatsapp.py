"""Words about no complaint, and the free texts of WhatsApp."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.wording import Facts, plural_values, render, render_many, single_values
from config.gsm7 import segments
from config.message_files import kinds, load_messages
from config.message_templates import LENGTHS
from config.terms import Channel, Peran
from tests.unit.test_wording import BEYOND, SAMPLE, WORST, admin, numbers

# --- what is about no complaint ----------------------------------------------------------------


def alert(*perihal: str, channel: Channel = Channel.SMS) -> str:
    facts = replace(SAMPLE, sapaan="Kominfo", nomor="", perihal=perihal)
    peran = Peran.ADMIN_KOORDINATOR
    return render("peringatan", facts, peran=peran, copy=False, two_way=False, channel=channel)


def test_an_alert_says_what_it_is_about() -> None:
    assert alert("saluran WhatsApp berhenti (63007).") == (
        "Yth. Kominfo: pemberitahuan sistem pengingat: saluran WhatsApp berhenti (63007). "
        "Mohon segera diperiksa. -Kominfo Sampang"
    )


def test_several_alerts_are_one_text_that_counts_what_it_leaves_out() -> None:
    assert ": satu; dua; tiga. Mohon" in alert("satu", "dua", "tiga")
    many = [f"saluran nomor {n} berhenti karena kode 63007" for n in range(4)]
    assert f": {many[0]}; dan 3 hal lain." in alert(*many)
    assert f"{many[0]}; {many[1]}; {many[2]}; {many[3]}." in alert(*many, channel=Channel.WHATSAPP)
    long = "kata " * 40
    assert "kata; dan 1 hal lain." in alert(long, "dua")
    for texts in ([long], [long, "dua"], many):
        assert segments(alert(*texts)) == ("GSM-7", 1)


def test_an_alert_about_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no value for \{perihal\}"):
        alert()


def test_the_first_word_proves_the_number_and_asks() -> None:
    first = admin("perkenalan", SAMPLE)
    assert first == (
        "Yth. Admin DPUPR: ini nomor resmi pengingat aduan masyarakat. Pengingat dikirim ke nomor "
        "ini; bila keberatan, mohon hubungi kami. -Kominfo Sampang"
    )
    assert "BERHENTI" in admin("perkenalan", SAMPLE, two_way=True)


# --- the free texts of WhatsApp ----------------------------------------------------------------


def whatsapp(kind: str, facts: Facts = SAMPLE, *, copy: bool = False, two_way: bool = False) -> str:
    peran = Peran.ADMIN_OPD
    return render(kind, facts, peran=peran, copy=copy, two_way=two_way, channel=Channel.WHATSAPP)


def test_whatsapp_has_words_of_its_own_with_the_ending_on_lines_of_their_own() -> None:
    assert whatsapp("terima", two_way=True) == (
        "Yth. Admin DPUPR: aduan *SP4N #9000001* (Jalan Berlubang) telah didisposisikan dan "
        "menunggu jawaban. Mohon dijawab di SP4N-LAPOR! paling lambat *Kam 26 Nov 16.00*.\n"
        "Balas TERIMA 9000001.\n-Kominfo Sampang"
    )
    assert "Balas" not in whatsapp("terima")


def test_whatsapp_without_words_of_its_own_has_the_fullest_sms() -> None:
    long = replace(BEYOND, catatan="Admin OPD dan Kepala OPD kosong sejak tanggal 2 November 2026.")
    text = whatsapp("terima", long, copy=True)
    assert text == (
        "Yth. Penghubung KECKARANGPENANGX (tembusan): aduan SP4N #1234567890123 untuk "
        "DINSOSPPPAKABUPN (Infrastruktur Jalan, Jembatan, dan Sarana Perhubungan Lainnya di "
        "Daerah) telah didisposisikan, batas jawaban Sab 28 Nov 16.00. Admin OPD dan Kepala OPD "
        "kosong sejak tanggal 2 November 2026. -Diskominfo Probolinggoo"
    )
    assert not load_messages()["terima"].sections["tembusan"].whatsapp


def test_whatsapp_lists_more_numbers_and_counts_the_rest() -> None:
    peran = Peran.ADMIN_OPD
    text = render_many(
        "surat_1",
        SAMPLE,
        numbers(60),
        peran=peran,
        copy=False,
        two_way=False,
        channel=Channel.WHATSAPP,
    )
    listed = text[text.index("(") + 1 : text.index(")")].split(",")
    assert len(listed) > 15
    assert int(listed[-1]) == 60 - (len(listed) - 1)
    assert len(",".join(listed)) <= LENGTHS["daftar"]


@given(words=st.text(max_size=400))
def test_whatever_the_facts_say_a_free_text_is_short_enough(words: str) -> None:
    facts = replace(
        WORST,
        sapaan=f"Bpk/Ibu {words}",
        opd=f"OPD {words}",
        kategori=words,
        alasan=words,
        tujuan=words,
        catatan=words,
        perihal=(f"x{words}", words),
        instansi=f"Dinas {words}",
        isi=words * 9,
        per_opd=(words, words),
    )
    for kind in sorted(kinds() - {"digest"}):
        for copy in (False, True):
            assert len(whatsapp(kind, facts, copy=copy, two_way=True)) <= 1600


@given(words=st.text(max_size=400), count=st.integers(2, 400))
def test_no_value_is_longer_than_its_length_on_whatsapp(words: str, count: int) -> None:
    facts = replace(
        WORST,
        sapaan=f"Kepala {words}",
        opd=words,
        kategori=words,
        alasan=words,
        tujuan=words,
        perihal=(words, words),
        instansi=words,
        isi=words * 9,
        rincian=words,
        per_opd=(words, words),
    )
    nomor = [f"SP4N #{1_234_567_890_123 + n}" for n in range(count)]
    for values in (single_values(facts, LENGTHS), plural_values(facts, nomor, LENGTHS)):
        for name, value in values.items():
            assert len(value or "") <= LENGTHS[name], name
