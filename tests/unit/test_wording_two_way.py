"""What citizens read, what officers decide on, and words to answer with."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from bot.texts import Writer
from bot.wording import Facts, render
from config.gsm7 import segments
from config.message_files import MessageFileError, kinds, load_messages, parse_message
from config.replies import load_replies
from config.terms import Channel, Peran
from scheduler.store.outbox import Line
from tests.unit.test_texts import DIRECTORY, NOW, POLICY, TERIMA, WIB, writer
from tests.unit.test_wording import OWN, SAMPLE, wib

CITIZEN = replace(
    TERIMA,
    kind="dijawab",
    post_id=None,
    peran=None,
    phone_id=7,
    tracking_id=None,
    nomor="SPG-2611-0042",
    note="lubang ditambal 25 Nov.",
)
LONG = "Lubang di depan pasar ditambal tanggal 25 November oleh tim pemeliharaan. " * 20


def citizen(kind: str, facts: Facts, *, two_way: bool = True) -> str:
    return render(kind, facts, peran=None, copy=False, two_way=two_way)


def kominfo(kind: str, facts: Facts = SAMPLE, *, two_way: bool = True) -> str:
    facts = replace(facts, sapaan="Kominfo")
    peran = Peran.ADMIN_KOORDINATOR
    return render(kind, facts, peran=peran, copy=False, two_way=two_way)


# --- citizens ---------------------------------------------------------------------------------


def test_the_agreed_answer() -> None:
    line = (
        "SPG-2611-0042 dijawab Dinas PUPR: lubang ditambal 25 Nov. Nilai: balas NILAI 1 (buruk) "
        "s.d. 5 (baik). Belum beres? Balas BELUM s.d. 9 Des."
    )
    facts = replace(OWN, batas=wib(26, 16).replace(month=12, day=9))
    assert citizen("dijawab", facts) == line
    assert len(line) == 138


def test_a_citizen_who_cannot_answer_is_told_who_writes_instead() -> None:
    assert citizen("dijawab", OWN, two_way=False) == (
        "SPG-2611-0042 dijawab Dinas PUPR: lubang ditambal 25 Nov. -Kominfo Sampang"
    )


def test_a_long_answer_is_cut_at_a_word_and_says_so() -> None:
    text = citizen("dijawab", replace(OWN, isi=LONG))
    assert segments(text) == ("GSM-7", 3)
    assert re.search(r"\w\.\.\. Nilai: balas NILAI", text)
    said = text.split("PUPR: ")[1].split("...")[0]
    assert LONG.startswith(f"{said} ")
    assert 459 - 13 < len(text) <= 459  # no room for another word


def test_on_whatsapp_an_answer_keeps_its_lines_and_letters() -> None:
    line = replace(CITIZEN, note="Lubang ditambal.\nTerima kasih \u201cwarga\u201d\x07 ☺")
    text = writer(two_way=True).text([line], Channel.WHATSAPP)
    assert "\nLubang ditambal.\nTerima kasih \u201cwarga\u201d ☺\nNilai: balas NILAI" in text
    longest = writer(two_way=True).text([replace(line, note=LONG * 3)], Channel.WHATSAPP)
    assert 1600 - 20 < len(longest) <= 1600
    assert "... Nilai" in longest.replace("\n", " ")


def test_a_citizen_reads_his_own_number_and_the_full_name_of_the_opd() -> None:
    both = replace(CITIZEN, tracking_id="9000001", note=None)
    assert (
        writer(two_way=True)
        .text([both])
        .startswith("SPG-2611-0042 dijawab Dinas Pekerjaan Umum. Nilai: balas NILAI 1")
    )
    assert "SP4N #9000001" in writer().text([replace(both, nomor=None)])


@pytest.mark.parametrize("kind", ["dijawab", "kelengkapan", "diarsipkan"])
def test_reasons_and_answers_reach_the_citizen_every_way(kind: str) -> None:
    line = replace(CITIZEN, kind=kind)
    made = writer(two_way=True)
    found = made.template([line])
    assert found is not None
    for text in (made.text([line]), made.text([line], Channel.WHATSAPP), found.text):
        assert "lubang ditambal 25 Nov" in text
        assert "Nov.." not in text
        assert "Yth." not in text


def test_what_is_closed_needs_no_opd() -> None:
    bare = replace(CITIZEN, kind="selesai", note=None, instansi_id=None, limit_at=None)
    assert "dinyatakan selesai" in writer().text([bare])
    assert writer().template([bare]) is not None
    alone = writer(two_way=True).text([replace(bare, kind="dijawab")])
    assert alone.startswith("SPG-2611-0042 dijawab. Nilai")


def test_a_reply_is_said_as_it_is_on_every_channel() -> None:
    line = replace(CITIZEN, kind="balasan", body="Terima kasih. \u263a")
    assert {writer().text([line], channel) for channel in Channel} == {"Terima kasih. \u263a"}
    assert writer().template([line]) is None


# --- officers ---------------------------------------------------------------------------------


def test_a_request_is_put_to_kominfo_with_its_reason_and_the_words_to_decide() -> None:
    assert kominfo("minta_bukan", replace(SAMPLE, isi="jalan provinsi")) == (
        "Yth. Kominfo: menurut DPUPR aduan SP4N #9000001 bukan wewenangnya: jalan provinsi. "
        "Balas SETUJU/TOLAK 9000001. -Kominfo Sampang"
    )
    assert "wewenangnya: jalan ini berstatus jalan provinsi. Balas" in kominfo(
        "minta_bukan", replace(OWN, isi="jalan ini berstatus jalan provinsi")
    )
    assert "memohon penundaan aduan SPG-2611-0042: " in kominfo("minta_tunda", OWN)
    several = [
        replace(TERIMA, id=n, kind="minta_bukan", tracking_id=f"900000{n}", post_id=4)
        for n in (1, 2)
    ]
    assert writer(two_way=True).text(several) == (
        "Yth. Kominfo: DPUPR menyatakan 2 aduan (#9000001,#9000002) bukan wewenangnya. "
        "Mohon keputusan. Balas SETUJU/TOLAK nomor. -Kominfo Sampang"
    )


def test_an_answer_to_be_judged_is_read_almost_whole() -> None:
    for kind in ("minta_setuju", "jawaban_normatif"):
        assert "lubang ditambal 25 Nov" in kominfo(kind)
        text = kominfo(kind, replace(SAMPLE, isi=LONG))
        assert segments(text) == ("GSM-7", 3)
        assert "balas SETUJU 9000001" in text.replace("Balas", "balas")


def test_danger_to_life() -> None:
    text = kominfo("darurat", replace(OWN, isi="Jl. Trunojoyo"))
    assert "SPG-2611-0042 menyebut bahaya jiwa di Jl. Trunojoyo." in text
    assert "Bila belum, hubungi 112." in text


def test_no_text_to_an_officer_has_a_place_for_the_reporter_or_the_title() -> None:
    placeholders = {
        name
        for message in load_messages().values()
        if not message.citizen
        for wording in message.sections.values()
        for text in wording.sms + wording.banyak
        for name in re.findall(r"\{(\w+)\}", text)
    }
    assert not placeholders & {"judul", "pelapor", "nama", "telepon"}


# --- words to answer with ---------------------------------------------------------------------

CITIZENS = {
    "LAPOR", "STATUS", "TAMBAH", "BATAL", "ANONIM", "RAHASIA", "NILAI", "BELUM", "BUKA", "BANTUAN",
    "BERHENTI", "MULAI",
}  # fmt: skip
OFFICERS = {
    "TERIMA", "JAWAB", "SUDAH", "BUKAN", "TUNDA", "DAFTAR", "KENAPA", "SETUJU", "TOLAK",
    "BANTUAN", "BERHENTI", "MULAI", "LAPOR",
}  # fmt: skip


def hinted(text: str) -> set[str]:
    """The words that a text asks to answer with."""
    found = re.findall(r"[Bb]alas:? ([A-Z]{4,})(?: atau ([A-Z]{4,}))?", text)
    return {word for pair in found for word in pair if word}


def test_every_hint_is_a_word_that_is_understood_from_whom_it_is_for() -> None:
    for kind in kinds():
        message = load_messages()[kind]
        words = CITIZENS if message.citizen else OFFICERS
        for wording in message.sections.values():
            if wording.hint:
                assert hinted(wording.hint), kind
                assert hinted(wording.hint) <= words, kind
            for text in (*wording.sms, *wording.banyak, wording.whatsapp or ""):
                assert not hinted(text), (kind, "a hint outside the hint")
            buttons = wording.template.tombol if wording.template else ()
            assert {title for _, title in buttons} <= words, kind
            assert all(key == title.lower() for key, title in buttons)


def test_every_reply_hints_at_words_that_are_understood() -> None:
    for name, reply in load_replies().items():
        for text in (reply.sms, reply.whatsapp):
            assert hinted(text) <= CITIZENS | OFFICERS, name


# --- the file ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("segmen = 0", r'kunci "segmen": harus 1 s\.d\. 3'),
        ("segmen = 4", r'kunci "segmen"'),
        ("segmen = true", r'kunci "segmen"'),
        ('segmen = "2"', r'kunci "segmen"'),
        ('kepada = "opd"', r'kunci "kepada": hanya "warga"'),
        ("kepada = 3", r'kunci "kepada"'),
    ],
)
def test_wrong_settings_of_a_file_are_refused(text: str, expected: str) -> None:
    with pytest.raises(MessageFileError, match=expected):
        parse_message("x", f'{text}\nsms = "a."')


def test_settings_of_a_file() -> None:
    plain = parse_message("x", 'sms = "a."')
    assert (plain.segmen, plain.citizen) == (1, False)
    both = parse_message("x", 'segmen = 3\nkepada = "warga"\nsms = "a."')
    assert (both.segmen, both.citizen) == (3, True)


# --- sums -------------------------------------------------------------------------------------

REKAP: Line = replace(
    TERIMA,
    kind="rekap",
    complaint_id=None,
    run_id=None,
    post_id=3,
    peran=Peran.SEKDA,
    tracking_id=None,
    instansi_id=None,
    note="Kam 26 Nov\nmasuk 14, dijawab 10, terlambat 5\nDPUPR 3\nDinkes 2",
)


def test_a_recap_stands_for_the_digest_it_leaves_with() -> None:
    ulang = replace(TERIMA, kind="ulang", post_id=3, peran=Peran.SEKDA, copy=True)
    weekly = [replace(ulang, id=n, tracking_id=str(n)) for n in (2, 3)]
    for lines in ([REKAP], [*weekly, REKAP]):
        assert writer(two_way=True).text(lines) == (
            "Yth. Bpk/Ibu Sekda, izin melaporkan rekap mingguan Kam 26 Nov: masuk 14, dijawab 10, "
            "terlambat 5 (DPUPR 3, Dinkes 2). Rincian: balas DAFTAR. -Kominfo Sampang"
        )
    asked = replace(weekly[0], kind="ingat", copy=False, tracking_id="9000001")
    assert "Menunggu Bapak/Ibu: #9000001." in writer().text([asked, REKAP])
    found = writer().template([asked, REKAP])
    assert found is not None
    assert "(Menunggu Bapak/Ibu: #9000001)" in found.text


def test_of_many_opds_the_worst_are_named_and_the_rest_counted() -> None:
    bodies = "\n".join(f"DINSOSPPPAKABUP{n} {40 - n}" for n in range(20))
    text = writer(two_way=True).text([replace(REKAP, note=f"Kam 26 Nov\nterlambat 610\n{bodies}")])
    assert "terlambat 610 (DINSOSPPPAKABUP0 40, +19 OPD lain)." in text


def test_a_morning_without_anything_late() -> None:
    quiet = replace(REKAP, kind="ringkasan", post_id=4, note="Kam 26 Nov\nnihil")
    assert writer().text([quiet]) == "Yth. Kominfo, ringkasan Kam 26 Nov: nihil. -Kominfo Sampang"
    found = writer().template([quiet])
    assert found is not None
    assert "menurut instansi: tidak ada." in found.text
    both = writer().text([quiet, REKAP])
    assert "rekap mingguan" in both
    assert Writer(DIRECTORY, POLICY, WIB, NOW, two_way=False).text([REKAP, quiet]) == both


def test_why_a_complaint_ended_by_itself_is_a_part_of_the_sentence() -> None:
    line = replace(CITIZEN, kind="selesai", note="tidak ada tanggapan sampai batas waktu")
    for channel in Channel:
        said = writer(two_way=True).text([line], channel)
        why = "tidak ada tanggapan sampai batas waktu. Terima"
        assert said.startswith(f"Aduan SPG-2611-0042 dinyatakan selesai: {why}")
