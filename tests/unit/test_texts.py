"""One choice of wording, whichever way it goes: SMS, free text on WhatsApp, or a template."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.templates import wanted
from bot.texts import HANDOVER, OWN_WORDS, SUMS_UP, Writer, number
from config.message_files import kinds, load_messages
from config.message_templates import is_safe
from config.policy_file import load_default_text, parse_policy
from config.terms import Channel, Jenis, Letter, Peran
from scheduler.directory import Body, Directory, PostInfo
from scheduler.store.outbox import Line

WIB = ZoneInfo("Asia/Jakarta")
NOW = datetime(2026, 11, 26, 1, tzinfo=UTC)  # Thursday 08:00 at the office
LIMIT = datetime(2026, 11, 26, 9, tzinfo=UTC)
NEXT = datetime(2026, 11, 27, 1, tzinfo=UTC)
POLICY = parse_policy(load_default_text(), kinds())

BODIES = [
    Body(1, "Kabupaten Contoh", Jenis.KABUPATEN, None, 5, None),
    Body(2, "Dinas Pekerjaan Umum", Jenis.OPD, 1, 5, "DPUPR"),
]
POSTS = [
    PostInfo(1, 2, Peran.ADMIN_OPD, "Admin", "Admin, DPUPR"),
    PostInfo(2, 1, Peran.ASISTEN, "Asisten Perekonomian dan Pembangunan", "Asisten"),
    PostInfo(3, 1, Peran.SEKDA, "Sekretaris Daerah", "Sekda"),
    PostInfo(4, 1, Peran.ADMIN_KOORDINATOR, "Admin Kominfo", "Admin Kominfo"),
    PostInfo(5, 2, Peran.KEPALA_OPD, "Kepala Dinas", "Kepala Dinas, DPUPR"),
]
DIRECTORY = Directory(BODIES, POSTS, [], [])

TERIMA = Line(
    id=1,
    message_id=1,
    complaint_id=1,
    run_id=1,
    post_id=1,
    peran=Peran.ADMIN_OPD,
    copy=False,
    kind="terima",
    letter=None,
    in_digest=True,
    clock=None,
    instansi_id=2,
    limit_at=LIMIT,
    next_at=NEXT,
    lama="3 hari kerja",
    note=None,
    tracking_id="9000001",
    nomor=None,
    kategori="Jalan Berlubang",
)
SURAT = replace(TERIMA, kind="surat_1", letter=Letter.PERTAMA, in_digest=False)
ALERT = replace(
    TERIMA,
    complaint_id=None,
    run_id=None,
    post_id=4,
    peran=Peran.ADMIN_KOORDINATOR,
    kind="peringatan",
    instansi_id=None,
    limit_at=None,
    next_at=None,
    lama=None,
    note="saluran WhatsApp berhenti (63007)",
    tracking_id=None,
    kategori=None,
)


def writer(two_way: Collection[Channel] | bool = False) -> Writer:
    return Writer(DIRECTORY, POLICY, WIB, NOW, two_way=two_way)


def template(*lines: Line, two_way: Collection[Channel] | bool = False) -> str:
    """The text that a template comes to."""
    found = writer(two_way).template(lines)
    assert found is not None
    return found.text


# --- the same choice --------------------------------------------------------------------------


def test_one_notice() -> None:
    name, variables, text = writer().template([TERIMA]) or ("", {}, "")
    assert re.fullmatch(r"ingat_terima_utama_[0-9a-f]{8}", name)
    assert variables == {
        "1": "Admin DPUPR",
        "2": "SP4N #9000001 (Jalan Berlubang)",
        "3": "DPUPR",
        "4": "Kam 26 Nov 16.00",
    }
    assert text == (
        "Yth. Admin DPUPR: aduan SP4N #9000001 (Jalan Berlubang) untuk DPUPR telah "
        "didisposisikan dan menunggu jawaban. Mohon dijawab paling lambat Kam 26 Nov 16.00. "
        "-Kominfo Sampang"
    )
    assert "telah didisposisikan" in writer().text([TERIMA], Channel.WHATSAPP)
    assert writer().text([TERIMA]) == writer().text([TERIMA], Channel.SMS)
    assert "SP4N-LAPOR!" in writer().text([TERIMA])


def test_a_letter_about_several() -> None:
    lines = [SURAT, replace(SURAT, id=2, tracking_id="9000002")]
    found = writer().template(lines)
    assert found is not None
    assert found.name.startswith("ingat_surat_1_utama_banyak_")
    assert "sebanyak 2 aduan untuk DPUPR, yaitu nomor #9000001,#9000002, belum" in found.text
    assert "2 aduan (#9000001,#9000002)" in writer().text(lines, Channel.WHATSAPP)


def test_a_digest() -> None:
    other = replace(TERIMA, id=2, kind="ingat", tracking_id="9000002", limit_at=NEXT)
    found = writer().template([TERIMA, other])
    assert found is not None
    assert found.name.startswith("ingat_digest_utama_")
    assert (
        "Ringkasan SP4N per Kam 26 Nov untuk DPUPR adalah sebagai berikut: jatuh tempo hari ini 1, "
        "menunggu 1, dengan nomor #9000001,#9000002."
    ) in found.text
    whatsapp = writer().text([TERIMA, other], Channel.WHATSAPP)
    assert whatsapp.startswith("Ringkasan SP4N Kam 26 Nov untuk *DPUPR*: jatuh tempo hari ini 1")
    assert writer().text([TERIMA, other]).startswith("SP4N Kam 26 Nov DPUPR: jatuh tempo")


def test_copies_and_roles_have_their_own() -> None:
    copy = replace(SURAT, copy=True, post_id=5, peran=Peran.KEPALA_OPD)
    assert template(copy).startswith("Yth. Kepala DPUPR (tembusan): aduan")
    weekly = replace(TERIMA, kind="ulang", post_id=3, peran=Peran.SEKDA, copy=True)
    assert "rekap mingguan" in template(weekly)


def test_whatsapp_does_not_shorten_what_fits() -> None:
    up = replace(TERIMA, kind="eskalasi", post_id=2, peran=Peran.ASISTEN)
    assert "Asisten Perekonomian dan Pembangunan" not in writer().text([up])
    assert "Yth. Bpk/Ibu Asisten Perekonomian dan Pembangunan, " in template(up)
    assert "Asisten Perekonomian dan Pembangunan" in writer().text([up], Channel.WHATSAPP)


# --- what a template has no words for ---------------------------------------------------------


def test_a_note_stands_behind_the_opd_or_the_number() -> None:
    note = "Admin OPD kosong."
    assert "untuk DPUPR (Admin OPD kosong) telah" in template(replace(TERIMA, note=note))
    waits = replace(TERIMA, kind="verifikasi_lewat", post_id=4, peran=Peran.ADMIN_KOORDINATOR)
    text = template(replace(waits, note=note, instansi_id=None))
    assert "aduan SP4N #9000001 (Jalan Berlubang) (Admin OPD kosong) telah" in text
    several = [replace(TERIMA, note=note), replace(TERIMA, id=2, tracking_id="9000002")]
    assert "untuk DPUPR (Admin OPD kosong) adalah" in template(*several)


def test_a_reason_stands_behind_the_number() -> None:
    asked = replace(TERIMA, kind="status_asing", note="Dalam Antrean", instansi_id=None)
    assert "status aduan SP4N #9000001 (Dalam Antrean) di ekspor" in template(asked)
    assert "kepada Kepala Dinas tidak terkirim" in template(
        replace(TERIMA, kind="gagal", note="Kepala Dinas")
    )
    # A post is named as it is addressed: its label, with the instansi in full, would be cut.
    assert "kepada Admin DPUPR tidak terkirim" in writer().text(
        [replace(TERIMA, kind="gagal", note=DIRECTORY.posts[1].label)]
    )


@pytest.mark.parametrize(
    "line",
    [
        replace(TERIMA, limit_at=None),
        replace(TERIMA, instansi_id=None),
        replace(TERIMA, kind="surat_2", next_at=None),
        replace(TERIMA, kind="tanggapan_batas", tracking_id=None, nomor="SPG-2611-0042"),
        replace(ALERT, note=None, kind="gagal"),
        replace(ALERT, kind="perkenalan", note="Admin OPD kosong."),
    ],
    ids=["limit", "opd", "next", "sp4n", "whom", "note"],
)
def test_without_a_needed_value_there_is_none(line: Line) -> None:
    assert writer().template([line]) is None


def test_without_a_template_of_its_section_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    message = load_messages()["surat_1"]
    assert message.tembusan is not None
    bare = replace(message, tembusan=replace(message.tembusan, template=None))
    monkeypatch.setattr("bot.texts.load_messages", lambda: {"surat_1": bare})
    assert writer().template([SURAT]) is not None
    assert writer().template([replace(SURAT, copy=True)]) is None


# --- where one can answer ---------------------------------------------------------------------


def test_hints_only_on_channels_that_can_be_answered() -> None:
    both = writer(two_way=True)
    chat = writer(two_way={Channel.WHATSAPP})
    none = writer(two_way=[])
    assert "Balas TERIMA 9000001." in both.text([TERIMA])
    assert "Balas TERIMA 9000001." in both.text([TERIMA], Channel.WHATSAPP)
    assert "Balas" not in chat.text([TERIMA])
    assert "Balas" in chat.text([TERIMA], Channel.WHATSAPP)
    assert "Balas" not in none.text([TERIMA]) + none.text([TERIMA], Channel.WHATSAPP)
    digest = [TERIMA, replace(TERIMA, id=2, tracking_id="9000002")]
    assert "DAFTAR" not in chat.text(digest)
    assert "DAFTAR" in chat.text(digest, Channel.WHATSAPP)


@pytest.mark.parametrize("two_way", [True, False, {Channel.WHATSAPP}, {Channel.SMS}, []])
def test_the_names_are_those_that_were_pushed(two_way: Collection[Channel] | bool) -> None:
    chat = two_way is True or (not isinstance(two_way, bool) and Channel.WHATSAPP in two_way)
    pushed = {one.name: one for one in wanted(POLICY.tanda, two_way=chat)}
    for line in (TERIMA, SURAT, ALERT, replace(SURAT, copy=True)):
        found = writer(two_way).template([line])
        assert found is not None
        assert found.text == pushed[found.name].fill(found.variables)


# --- about no complaint -----------------------------------------------------------------------


def test_an_alert_carries_its_sentence() -> None:
    assert writer().text([ALERT]) == (
        "Yth. Kominfo: pemberitahuan sistem pengingat: saluran WhatsApp berhenti (63007). "
        "Mohon segera diperiksa. -Kominfo Sampang"
    )
    assert "memberitahukan saluran WhatsApp berhenti (63007). Mohon" in template(ALERT)


def test_several_alerts_are_one_message_that_has_them_all() -> None:
    lines = [replace(ALERT, id=n, note=f"hal {n}") for n in (1, 2, 2)]
    for channel in Channel:
        assert ": hal 1; hal 2." in writer().text(lines, channel)
    assert "hal 1; hal 2." in template(*lines)


def test_a_first_contact_for_two_posts_is_one_text() -> None:
    first = replace(ALERT, kind="perkenalan", note=None, post_id=1, peran=Peran.ADMIN_OPD)
    for lines in ([first], [first, replace(first, id=2)]):
        assert writer().text(lines).startswith("Yth. Admin DPUPR: ini nomor resmi pengingat")
        assert "persetujuan Bapak/Ibu" in template(*lines)
    assert number(first) == ""


def test_alerts_and_first_contacts_are_never_hidden_in_a_digest() -> None:
    assert {"peringatan", "perkenalan"} <= OWN_WORDS


# --- whatever the values ----------------------------------------------------------------------


@given(
    kind=st.sampled_from(sorted(kinds() - {"digest"} - SUMS_UP)),
    words=st.text(max_size=200),
    note=st.none() | st.text(max_size=200),
    count=st.integers(1, 120),
    copy=st.booleans(),
    letter=st.sampled_from([None, Letter.PERTAMA]),
)
def test_a_template_is_filled_safely_or_not_at_all(
    kind: str, words: str, note: str | None, count: int, copy: bool, letter: Letter | None
) -> None:
    bodies = [BODIES[0], replace(BODIES[1], singkatan=f"OPD {words}")]
    made = Writer(Directory(bodies, POSTS, [], []), POLICY, WIB, NOW, two_way=True)
    if kind == "peringatan":
        note = f"Hal {note}\nbaru 1"
    if kind in HANDOVER:
        numbers = ", ".join(f"SP4N #{1_234_567_890_000 + n}" for n in range(count))
        note = f"Kepala Dinas, DPUPR\n2026-11-24 2026-11-27\n{numbers}"
    lines = [
        replace(
            TERIMA,
            kind=kind,
            copy=copy,
            letter=letter,
            in_digest=False,
            kategori=words,
            note=note,
            tracking_id=str(1_234_567_890_000 + n),
        )
        for n in range(count)
    ]
    assert len(made.text(lines, Channel.WHATSAPP)) <= 1600
    found = made.template(lines)
    if found is None:
        return
    assert len(found.text) <= 1024
    assert all(is_safe(value) for value in found.variables.values())
    assert list(found.variables) == [str(n + 1) for n in range(len(found.variables))]


@pytest.mark.parametrize("channel", Channel)
@pytest.mark.parametrize(
    "kind",
    [
        "minta_setuju",
        "jawaban_normatif",
        "jawaban_ditolak",
        "minta_bukan",
        "minta_tunda",
        "permintaan_ditolak",
        "sudah_ditolak",
        "darurat",
    ],
)
def test_what_is_written_about_a_rahasia_complaint_stays_out_of_messages_to_officers(
    kind: str, channel: Channel
) -> None:
    quoted = replace(TERIMA, kind=kind, note="Bendahara Desa", rahasia=True)
    for text in (writer(True).text([quoted], channel), template(quoted)):
        assert "Bendahara" not in text
        assert "Rahasia; baca" in text
        assert "9000001" in text
    assert "Bendahara" in writer(True).text([replace(quoted, rahasia=False)], channel)


def test_the_reporter_of_a_rahasia_complaint_reads_his_answer() -> None:
    his = replace(TERIMA, kind="dijawab", post_id=None, peran=None, note="Uang dikembalikan.")
    assert "Uang dikembalikan" in writer(True).text([replace(his, rahasia=True)])
