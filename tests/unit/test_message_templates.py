"""Every rule of Twilio and Meta for templates: seen to refuse, and kept by every message file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from config.message_files import PLACEHOLDERS, MessageFileError, load_messages, parse_message
from config.message_templates import (
    BODY_MAX,
    LENGTHS,
    Template,
    WantedTemplate,
    faults,
    is_safe,
    name_faults,
    text_faults,
    wanted_template,
)

TANDA = "-Kominfo Sampang"
GOOD = Template(
    body="Yth. {sapaan}: aduan {nomor} belum dijawab. Batas jawaban {batas}. Terima kasih. {tanda}",
    contoh={"sapaan": "Admin DPUPR", "nomor": "SP4N #9000001", "batas": "Kam 26 Nov 16.00"},
    tombol=(("terima", "TERIMA"),),
)


def found(template: Template, kind: str = "terima", *, plural: bool = False) -> list[str]:
    return [f"{key}: {fault}" for key, fault in faults(kind, template, plural=plural)]


def body(text: str, kind: str = "terima", *, plural: bool = False) -> list[str]:
    """What is wrong with a body whose samples are right."""
    names = set(re.findall(r"\{(\w+)\}", text)) - {"tanda"}
    template = Template(text, dict.fromkeys(names, "x"))
    return found(template, kind, plural=plural)


def wanted(
    template: Template = GOOD, tanda: str = TANDA, *, two_way: bool = True
) -> WantedTemplate:
    return wanted_template("terima", "utama", template, tanda, plural=False, two_way=two_way)


# --- what is pushed ---------------------------------------------------------------------------


def test_variables_are_numbered_by_their_first_place_and_the_signature_is_text() -> None:
    twice = "Yth. {sapaan}: {nomor} itu. Aduan {nomor} untuk {sapaan} harus segera dijawab. {tanda}"
    contoh = {"nomor": "9000001", "sapaan": "Admin DPUPR"}
    template = wanted(Template(twice, contoh))
    assert template.body == (
        "Yth. {{1}}: {{2}} itu. Aduan {{2}} untuk {{1}} harus segera dijawab. -Kominfo Sampang"
    )
    assert template.names == ("sapaan", "nomor")
    assert template.samples == {"1": "Admin DPUPR", "2": "9000001"}
    assert template.fill({"1": "{{2}}", "2": "B"}) == (
        "Yth. {{2}}: B itu. Aduan B untuk {{2}} harus segera dijawab. -Kominfo Sampang"
    )


def test_a_name_is_the_same_for_the_same_text_and_another_for_another() -> None:
    name = wanted().name
    assert re.fullmatch(r"ingat_terima_utama_[0-9a-f]{8}", name)
    assert wanted(replace(GOOD, contoh={**GOOD.contoh, "batas": "x"})).name == name
    others = [
        wanted(replace(GOOD, body=GOOD.body.replace("Terima", "terima"))),
        wanted(tanda="-Kominfo Contoh"),
        wanted(two_way=False),
        wanted(replace(GOOD, tombol=(("terima", "BAIK"),))),
        wanted_template("terima", "utama", GOOD, TANDA, plural=True, two_way=True),
        wanted_template("terima", "sekda", GOOD, TANDA, plural=False, two_way=True),
    ]
    assert len({name, *(other.name for other in others)}) == len(others) + 1
    assert others[4].name.startswith("ingat_terima_utama_banyak_")


def test_buttons_are_only_where_one_can_answer() -> None:
    assert wanted().buttons == (("terima", "TERIMA"),)
    assert wanted(two_way=False).buttons == ()


# --- the rules --------------------------------------------------------------------------------


def test_a_good_template_has_no_fault() -> None:
    assert found(GOOD) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("{sapaan}, aduan {nomor} belum dijawab sampai saat ini. {tanda}", "diawali isian"),
        ("({sapaan}) aduan {nomor} belum dijawab sampai saat ini. {tanda}", "diawali isian"),
        ("Yth. {sapaan}: mohon jawab aduan ini. Nomornya {nomor}", "harus berakhir dengan {tanda}"),
        ("Yth. {sapaan}: mohon jawab aduan ini. Nomornya {nomor}", "diakhiri isian"),
        ("Yth. {sapaan}: mohon jawab aduan ini. Nomornya {nomor}.", "diakhiri isian"),
        ("Yth. {sapaan}: mohon jawab. {tanda} -X", "harus berakhir dengan {tanda}"),
        ("Yth. {tanda}: mohon jawab. {tanda}", "satu kali"),
        ("Yth. {sapaan} {nomor} belum dijawab sampai saat ini. {tanda}", "dipisahkan kata"),
        ("Yth. {sapaan}: {nomor} belum dijawab sampai saat ini. {tanda}", "dipisahkan kata"),
        ("Aduan {nomor} belum. {tanda}x{tanda}", "satu kali"),
        ("Aduan {entah} belum dijawab. {tanda}", "isian {entah} tidak dikenal"),
        ("Aduan {catatan} belum dijawab. {tanda}", "isian {catatan} tidak dikenal"),
        ("Aduan[ {nomor}] belum dijawab. {tanda}", "tidak mengenal anak kalimat"),
        ("Aduan {nomor belum dijawab. {tanda}", "tidak mengenal anak kalimat"),
        ("Aduan {{1}} belum dijawab. {tanda}", "tidak mengenal anak kalimat"),
        ("Aduan {nomor}\tbelum dijawab. {tanda}", "tab"),
        ("Aduan {nomor}     belum dijawab. {tanda}", "empat spasi"),
        ("Aduan {nomor}\n\n\nbelum dijawab. {tanda}", "dua baris kosong"),
        ("Aduan {jumlah} belum dijawab. {tanda}", "tidak pernah ada nilainya"),
        ("Aduan {rincian} belum dijawab. {tanda}", "tidak pernah ada nilainya"),
        ("Aduan {nomor} belum {tanda}" + "a" * 900 + "{tanda}", "paling banyak 1024"),
    ],
)
def test_a_wrong_body_is_refused(text: str, fault: str) -> None:
    assert [one for one in body(text) if fault in one], body(text)
    assert all(one.startswith("body: ") for one in body(text))


def test_which_variables_have_values_depends_on_what_is_told() -> None:
    many = "Ada sebanyak {jumlah} aduan, yaitu nomor {daftar}, belum dijawab. {tanda}"
    one = "Aduan nomor {nomor} belum dijawab. {tanda}"
    digest = (
        "Ringkasan {sumber} per {tanggal} adalah {rincian}, yaitu nomor {daftar}. "
        "Mohon segera ditindaklanjuti. {tanda}"
    )
    assert (body(many, plural=True), body(one), body(digest, "digest")) == ([], [], [])
    assert len(body(many)) == 2
    assert len(body(one, plural=True)) == 1
    assert len(body(one, "digest")) == 1
    assert len(body(digest)) == 4


def test_what_has_too_few_words_for_its_variables_is_refused() -> None:
    enough = "Aduan {nomor} untuk {opd} belum juga {tanda}"  # 7 words, the variables among them
    assert body(enough) == []
    assert body(enough.replace(" juga", "")) == [
        "body: terlalu pendek untuk 2 isian: paling sedikit 7 kata"
    ]
    assert body("Aduan {nomor} belum {tanda}") == []
    assert body("Aduan {nomor} {tanda}") != []
    assert body("Mohon dijawab. {tanda}") == []


def test_the_longest_values_and_a_note_still_fit() -> None:
    def text(size: int) -> str:
        return f"Yth. {{sapaan}} {'x' * size} b {{tanda}}"

    values = LENGTHS["sapaan"] + LENGTHS["tanda"] + LENGTHS["catatan"] + len(" ()")
    room = BODY_MAX - values - (len(text(0)) - len("{sapaan}{tanda}"))
    assert body(text(room)) == []
    (fault,) = body(text(room + 1))
    assert "dapat mencapai 1025 karakter" in fault


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"batas": None}, "contoh: contoh untuk {batas} wajib ada"),
        ({"opd": "DPUPR"}, "contoh: contoh untuk {opd} tidak dipakai"),
        ({"batas": "Kam\n26"}, "contoh: contoh untuk {batas} kosong, atau berisi baris baru"),
        ({"batas": "Kam\t26"}, "contoh: contoh untuk {batas} kosong, atau berisi baris baru"),
        ({"batas": "a     b"}, "contoh: contoh untuk {batas} kosong, atau berisi baris baru"),
        ({"batas": " "}, "contoh: contoh untuk {batas} kosong, atau berisi baris baru"),
        ({"batas": "x" * 17}, "contoh: contoh untuk {batas} paling panjang 16"),
    ],
)
def test_a_wrong_sample_is_refused(changes: dict[str, str | None], fault: str) -> None:
    contoh = {name: value for name, value in {**GOOD.contoh, **changes}.items() if value}
    (only,) = found(replace(GOOD, contoh=contoh))
    assert only.startswith(fault)


@pytest.mark.parametrize(
    ("tombol", "fault"),
    [
        ([(f"t{n}", f"T{n}") for n in range(4)], "paling banyak 3 tombol"),
        ([("a", "x" * 21)], "paling panjang 20 karakter"),
        ([("x" * 201, "A")], "paling panjang 200 karakter"),
        ([("a", " ")], "judul tombol harus terisi"),
        ([(" ", "A")], "id tombol harus terisi"),
        ([("a", "A"), ("a", "B")], "id tombol harus berbeda"),
        ([("a", "A"), ("b", "A")], "judul tombol harus berbeda"),
        ([("terima", "TERIMA {no}")], "tidak mengenal isian"),
    ],
)
def test_a_wrong_button_is_refused(tombol: list[tuple[str, str]], fault: str) -> None:
    (only,) = found(replace(GOOD, tombol=tuple(tombol)))
    assert only.startswith("tombol: ")
    assert fault in only


def test_buttons_at_the_edge_are_taken() -> None:
    edge = (("x" * 200, "y" * 20), ("b", "B"), ("c", "C"))
    assert found(replace(GOOD, tombol=edge)) == []


def test_names_are_what_meta_takes() -> None:
    assert list(name_faults("terima", "kepala_opd", plural=True)) == []
    assert len(list(name_faults("Terima-Kasih", "utama", plural=False))) == 1
    assert list(name_faults("x" * 79, "utama", plural=False)) == []
    assert len(list(name_faults("x" * 80, "utama", plural=False))) == 1


def test_a_free_text_must_fit_with_its_longest_clauses() -> None:
    ends = LENGTHS["catatan"] + LENGTHS["tanda"] + 3
    fits = "x" * (1600 - ends - LENGTHS["kategori"]) + "[{lama}|{kategori}|abc]"
    assert list(text_faults(fits, None)) == []
    assert len(list(text_faults(fits + "x", None))) == 1
    assert len(list(text_faults(fits, "a"))) == 1


@pytest.mark.parametrize("value", ["a", "a    b", "道路"])
def test_safe_values(value: str) -> None:
    assert is_safe(value)


@pytest.mark.parametrize("value", ["", " ", "a\nb", "a\rb", "a\tb", "a     b"])
def test_values_that_whatsapp_refuses(value: str) -> None:
    assert not is_safe(value)


# --- in a file --------------------------------------------------------------------------------

FILE = """
sms = "a."
[template]
body = "Yth. {sapaan}: mohon dijawab. {tanda}"
contoh = { sapaan = "Admin DPUPR" }
tombol = [{ id = "terima", judul = "TERIMA" }]
"""


def test_a_template_is_read() -> None:
    template = parse_message("x", FILE).utama.template
    assert template == Template(
        "Yth. {sapaan}: mohon dijawab. {tanda}",
        {"sapaan": "Admin DPUPR"},
        (("terima", "TERIMA"),),
    )


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("{tanda}", "", r'x\.toml, kunci "template\.body": harus berakhir'),
        ("Admin DPUPR", "", r'kunci "template\.contoh\.sapaan": harus berupa teks'),
        ("sapaan =", "opd =", r'kunci "template\.contoh": contoh untuk \{sapaan\} wajib'),
        ("TERIMA", "TERIMA ADUAN SEKARANG JUGA", r'kunci "template\.tombol": judul tombol'),
        ("judul", "teks", r'kunci "template\.tombol\.teks": tidak dikenal'),
        (', judul = "TERIMA"', "", r'kunci "template\.tombol\.judul": harus berupa teks'),
        ("[{ id", "{ id", r"bukan TOML"),
        (
            '[{ id = "terima", judul = "TERIMA" }]',
            '"x"',
            r'"template\.tombol": harus berupa daftar',
        ),
        ("contoh", "sampel", r'kunci "template\.sampel": tidak dikenal'),
        ("body", "isi", r'kunci "template\.isi": tidak dikenal'),
        ('body = "Yth', '# "', r'kunci "template\.body": harus berupa teks'),
        ('"a."', '"a."\nbanyak = "b."', r'kunci "template_banyak": wajib ada'),
        ('"a."', '"a."\nwhatsapp_banyak = "b."', r'"whatsapp_banyak": hanya bila ada "banyak"'),
        ("[template]", "[template_banyak]", r'"template_banyak": hanya bila ada "banyak"'),
        ('"a."', '"a."\nwhatsapp = "{entah}"', r'kunci "whatsapp": isian \{entah\}'),
        ('"a."', f'"a."\nwhatsapp = "{"x" * 1500}"', r'kunci "whatsapp": dapat mencapai 1607'),
        ("[template]", '[peran.sekda]\nsms = "b."\n[peran.sekda.template]', r"^$"),
        ("[template]", "template = 3\n[x]", r'kunci "x": tidak dikenal'),
    ],
)
def test_a_wrong_file_names_file_and_key(old: str, new: str, expected: str) -> None:
    text = FILE.replace(old, new, 1)
    if expected == "^$":
        assert parse_message("x", text).sections["sekda"].template
        return
    with pytest.raises(MessageFileError, match=expected):
        parse_message("x", text)


def test_a_fault_below_a_section_names_the_section() -> None:
    for section in ("tembusan", "peran.sekda"):
        text = f'sms = "a."\n[{section}]\nsms = "b."\n' + FILE.split('"a."')[1].replace(
            "[template]", f"[{section}.template]"
        ).replace(" {tanda}", "")
        with pytest.raises(MessageFileError, match=rf'kunci "{section}\.template\.body"'):
            parse_message("x", text)


def test_a_file_whose_name_no_template_may_have_is_refused() -> None:
    with pytest.raises(MessageFileError, match=r'Surat-1\.toml, kunci "template": nama templat'):
        parse_message("Surat-1", FILE)


# --- the files --------------------------------------------------------------------------------


def shipped() -> Iterator[tuple[str, str, bool, Template]]:
    for kind, message in load_messages().items():
        for section, wording in message.sections.items():
            for plural in (False, True):
                template = wording.template_banyak if plural else wording.template
                if template is not None:
                    yield kind, section, plural, template


def test_every_wording_has_its_template() -> None:
    have = {(kind, section, plural) for kind, section, plural, _ in shipped()}
    for kind, message in load_messages().items():
        for section, wording in message.sections.items():
            assert (kind, section, False) in have
            assert ((kind, section, True) in have) == bool(wording.banyak)


def test_every_template_keeps_the_rules_whatever_the_signature() -> None:
    for kind, section, plural, template in shipped():
        assert list(faults(kind, template, plural=plural)) == [], (kind, section)
        for tanda in (TANDA, "(X) & Y's.", "-"):
            pushed = wanted_template(kind, section, template, tanda, plural=plural, two_way=True)
            begins = "Aduan Anda nomor {{1}}" if load_messages()[kind].citizen else "Yth. {{1}}"
            others = (f"DARURAT. {begins}", "Terima kasih. Aduan Anda telah dicatat")
            assert pushed.body.startswith((begins, *others)) or kind == "digest"
            assert pushed.body.endswith(f". {tanda}")
            assert len(pushed.name) <= 100
            assert len(pushed.fill(pushed.samples)) <= 1024
            numbers = re.findall(r"\{\{(\d+)\}\}", pushed.body)
            assert list(dict.fromkeys(numbers)) == list(pushed.samples)


def test_names_of_all_templates_differ() -> None:
    names = [
        wanted_template(kind, section, template, TANDA, plural=plural, two_way=False).name
        for kind, section, plural, template in shipped()
    ]
    assert len(set(names)) == len(names) > 35


def test_samples_are_made_up() -> None:
    for kind, _, _, template in shipped():
        for name, sample in template.contoh.items():
            assert not re.search(r"\+?62\d{6}|08\d{6}", sample), kind
            if name in {"nomor", "rujukan"}:
                assert "#9000001" in sample or sample == "SPG-2611-0042"


def test_every_placeholder_has_a_longest_value() -> None:
    assert LENGTHS.keys() == PLACEHOLDERS | {"tanda", "catatan"}
