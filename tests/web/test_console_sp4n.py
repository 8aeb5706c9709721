"""The two work lists that keep SP4N true: fields to copy, numbers to pair, answers to tick."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from bot.compose import Installation
from bot.dialogue import answers
from bot.entries import Typed, enter
from bot.verbs import act
from config.terms import Klasifikasi, Peran, Status, Wewenang
from scheduler.case import Case
from scheduler.ledger import KOMINFO
from scheduler.lifecycle import Desk
from scheduler.store import cases, sp4n_lists
from scheduler.store.access_log import Wanted, views
from scheduler.store.session import reading, writing
from tests.console import Console, signed_in, with_example
from tests.training import received

ENTER = "/sp4n?daftar=masukkan"
COPY = "/sp4n?daftar=salin"
NAME, PHONE = "Pelapor Contoh", "+6281100009007"
SAID = "Lubang ditambal pada 25 Mei 2026.\nTerima kasih."


@pytest.fixture
def dpupr(opened: Installation) -> int:
    return with_example(opened)


@pytest.fixture
def console(opened: Installation, dpupr: int) -> Console:
    assert dpupr
    return signed_in(opened, Wewenang.OPERATOR)


def typed(console: Console, **facts: Any) -> int:
    """Enter a complaint of a citizen with a name and a phone; return its id."""
    at = console.opened.now()
    values = {
        "judul": "Jalan berlubang",
        "isi": "Baris satu <b>.\nBaris dua.",
        "kategori": "Jalan Berlubang",
        "klasifikasi": Klasifikasi.INFORMASI,
        "lokasi": "Desa Contoh",
        "sumber": "Tatap Muka",
        "reporter": NAME,
        "phone": PHONE,
        "received_at": at,
        **facts,
    }
    return enter(console.opened, console.user_id, uuid4().hex, Typed(**values), at)


def case(console: Console, key: int) -> Case:
    with reading(console.opened.engine) as connection:
        return cases.load_cases(connection, [key])[key]


def seen(console: Console) -> list[tuple[str, str | None]]:
    """The access log."""
    with reading(console.opened.engine) as connection:
        return [(row.what, row.number) for row in views(connection, Wanted()).rows]


def in_sp4n(console: Console, tracking_id: str) -> None:
    """Bring a complaint as an export does."""
    at = console.opened.now()
    desk = Desk(console.opened.world(at), at)
    with writing(console.opened.engine) as connection:
        desk.receive(Case("Jalan SP4N", "Lubang di SP4N", at, at, tracking_id=tracking_id), "sp4n")
        cases.write(connection, desk.changes)


def undo(console: Console, text: str) -> str:
    """Press the button that a page offers."""
    found = re.search(r'action="(/tindakan/\d+/urungkan)"', text)
    assert found is not None
    return console.do(found[1])


def asked(console: Console, path: str, **fields: str) -> str:
    """Send a form that is answered with a question; return that page."""
    answer = console.post(path, fields)
    assert answer.status_code == 200
    assert "Apakah keduanya aduan yang sama?" in answer.text
    text: str = answer.text
    return text


def agreed(console: Console, page: str) -> str:
    """Answer the question with yes."""
    form = page.split('<form class="card"')[1].split("</form>", maxsplit=1)[0]
    action = form.split('action="')[1].split('"')[0]
    return console.do(action, dict(re.findall(r'name="(\w+)" value="([^"]*)"', form)))


def kept(console: Console) -> str:
    """The id of SP4N's complaint 9000001."""
    with reading(console.opened.engine) as connection:
        return str(cases.find(connection, "9000001"))


def answered(console: Console, number: str, dpupr: int, *bodies: str) -> None:
    """Dispose a complaint and answer it, as the OPD's admin."""
    opened = console.opened
    at = opened.now()
    directory = opened.world(at).directory
    post = directory.resolve(Peran.ADMIN_OPD, dpupr, at.date())[0]
    act(opened, number, at, lambda desk, case: desk.dispose(case, dpupr, KOMINFO))
    for body in bodies:
        with writing(opened.engine) as connection:
            case = cases.lock_by_number(connection, [number])[number]
            answers.give(connection, Desk(opened.world(at), at), case, post, body, None)


# --- what SP4N does not know ------------------------------------------------------------------


def test_the_list_names_nobody_and_an_opened_one_is_noted(console: Console) -> None:
    key = typed(console)
    before = seen(console)
    text = console.read(ENTER)
    assert "SPG-2605-0001" in text
    assert "Jalan berlubang" in text
    assert seen(console) == before
    for private in (NAME, PHONE):
        assert private not in text
    text = console.read(f"/sp4n/masukkan/{key}")
    assert NAME in text
    assert PHONE in text
    assert [what for what, _ in seen(console)] == ["pelapor"]


def test_fields_stand_in_the_order_of_the_form_each_to_be_copied(console: Console) -> None:
    text = console.read(f"/sp4n/masukkan/{typed(console, rahasia=True)}")
    order = re.findall(r'id="isian-(\w+)"', text)
    assert order == [
        *("judul", "isi", "kategori", "tanggal", "lokasi"),
        *("instansi", "klasifikasi", "tipe", "pelapor", "telepon"),
    ]
    buttons = re.findall(r'data-copy="isian-(\w+)"', text)
    assert buttons == [name for name in order if name != "instansi"]  # not disposed: nothing there
    assert "Baris satu &lt;b&gt;.\nBaris dua." in text
    assert 'id="isian-tipe">Rahasia<' in text
    assert 'id="isian-klasifikasi">Permintaan Informasi<' in text


def test_who_wants_to_be_anonim_is_named_nowhere(console: Console) -> None:
    text = console.read(f"/sp4n/masukkan/{typed(console, anonim=True)}")
    assert NAME not in text
    assert PHONE not in text
    assert 'id="isian-tipe">Anonim<' in text
    assert seen(console) == []


def test_what_is_in_sp4n_archived_or_hidden_is_not_to_be_entered(console: Console) -> None:
    open_, archived, merged = typed(console), typed(console), typed(console)
    number = case(console, archived).number
    act(console.opened, number, console.opened.now(), lambda d, c: d.archive(c, KOMINFO, "ganda"))
    console.do(f"/sp4n/masukkan/{merged}", {"tracking_id": "9000001"})
    text = console.read(ENTER)
    shown = [int(key) for key in re.findall(r'href="/sp4n/masukkan/(\d+)"', text)]
    assert shown == [open_]
    for key in (archived, merged, 999):
        assert console.get(f"/sp4n/masukkan/{key}").status_code == 404


def test_a_tracking_id_pairs_it(console: Console) -> None:
    key = typed(console)
    text = console.do(f"/sp4n/masukkan/{key}", {"tracking_id": " #9000001 "})
    assert "SPG-2605-0001 dipasangkan dengan SP4N #9000001." in text
    assert "Semua aduan sudah ada" in text
    assert case(console, key).tracking_id == "9000001"
    undo(console, text)
    assert case(console, key).tracking_id is None
    assert f'href="/sp4n/masukkan/{key}"' in console.read(ENTER)


@pytest.mark.parametrize("first", ["own", "sp4n"])
def test_one_that_an_export_brought_becomes_one_with_it(console: Console, first: str) -> None:
    if first == "sp4n":
        in_sp4n(console, "9000001")
    key = typed(console)
    if first == "own":
        in_sp4n(console, "9000001")
    page = asked(console, f"/sp4n/masukkan/{key}", tracking_id="9000001")
    assert "Jalan berlubang" in page
    assert "Jalan SP4N" in page
    assert "Baris satu &lt;b&gt;" in page
    assert "Lubang di SP4N" in page
    assert NAME not in page
    assert PHONE not in page
    text = agreed(console, page)
    assert "SPG-2605-0001 dipasangkan dengan SP4N #9000001." in text
    assert "/urungkan" not in text
    assert "Perbaiki data pelapor" in console.read(f"/aduan/{kept(console)}")
    with reading(console.opened.engine) as connection:
        found = cases.find(connection, "9000001")
        assert found is not None
        assert found == cases.find(connection, "SPG-2605-0001")


@pytest.mark.parametrize(
    ("number", "said"),
    [
        ("", "Tracking ID wajib diisi"),
        ("SPG-2605-0001", "harus berupa angka"),
        ("9" * 21, "paling banyak 20 digit"),
        ("٣", "harus berupa angka"),
        ("9000009", "sudah dipasangkan dengan"),
    ],
)
def test_a_number_that_cannot_be_is_refused(console: Console, number: str, said: str) -> None:
    other = typed(console)
    console.do(f"/sp4n/masukkan/{other}", {"tracking_id": "9000009"})
    key = typed(console)
    here = f"/sp4n/masukkan/{key}"
    assert said in console.do(here, {"tracking_id": number, "kembali": here})
    assert case(console, key).tracking_id is None


def test_a_page_of_the_list_has_a_next_one(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sp4n_lists, "PAGE", 2)
    for number in range(3):
        received(console.opened, f"Aduan {number}")
    text = console.read(ENTER)
    assert text.count('href="/sp4n/masukkan/') == 2
    following = text.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0]
    text = console.read(following.replace("&amp;", "&"))
    assert "Aduan 2" in text
    assert text.count('href="/sp4n/masukkan/') == 1
    assert 'rel="next"' not in text


# --- a Tracking ID that was wrong -------------------------------------------------------------


def confirm(console: Console, key: int) -> None:
    """An export shows the Tracking ID of a complaint."""
    with writing(console.opened.engine) as connection:
        it = cases.load_cases(connection, [key], lock=True)[key]
        it.sp4n_status = "Belum Diverifikasi"
        desk = Desk(console.opened.world(console.opened.now()), console.opened.now())
        desk.touch(it)
        cases.write(connection, desk.changes)


def test_a_wrong_tracking_id_is_changed_from_the_page_of_the_complaint(console: Console) -> None:
    key = typed(console)
    console.do(f"/sp4n/masukkan/{key}", {"tracking_id": "123"})
    assert f'href="/sp4n/ubah/{key}"' in console.read(f"/aduan/{key}")
    assert 'value="123"' in console.read(f"/sp4n/ubah/{key}")
    text = console.do(f"/sp4n/ubah/{key}", {"tracking_id": "#9000001", "dari": "123"})
    assert "SPG-2605-0001 dipasangkan dengan SP4N #9000001." in text
    assert "SP4N #123 menjadi #9000001" in text
    undo(console, text)
    assert case(console, key).tracking_id == "123"


def test_it_is_taken_away_where_the_complaint_is_not_in_sp4n(console: Console) -> None:
    key = typed(console)
    console.do(f"/sp4n/masukkan/{key}", {"tracking_id": "123"})
    text = console.do(f"/sp4n/ubah/{key}", {"tracking_id": "", "dari": "123"})
    assert "tidak lagi punya Tracking ID" in text
    assert "SPG-2605-0001" in console.read(ENTER)
    for path in ("/sp4n/ubah/1", "/sp4n/ubah/99"):
        assert console.get(path).status_code in (404, 409)
    assert "belum punya Tracking ID" in console.do(f"/sp4n/ubah/{key}", {"dari": "123"})


def test_changed_to_one_that_an_export_brought_both_are_shown_first(console: Console) -> None:
    key = typed(console)
    console.do(f"/sp4n/masukkan/{key}", {"tracking_id": "123"})
    in_sp4n(console, "9000001")
    page = asked(console, f"/sp4n/ubah/{key}", tracking_id="9000001", dari="123")
    agreed(console, page)
    with reading(console.opened.engine) as connection:
        found = cases.find(connection, "9000001")
        assert found == cases.find(connection, "SPG-2605-0001")
        assert cases.find(connection, "123") is None
    assert found is not None
    said = "Data SP4N sudah memuat Tracking ID ini"
    form = {"tracking_id": "123", "dari": "9000001"}
    assert said in console.do(f"/sp4n/ubah/{found}", form | {"kembali": "/sp4n"})


def test_what_an_export_has_shown_is_not_changed_and_not_undone(console: Console) -> None:
    key = typed(console)
    text = console.do(f"/sp4n/masukkan/{key}", {"tracking_id": "9000001"})
    confirm(console, key)
    assert "/sp4n/ubah" not in console.read(f"/aduan/{key}")
    assert console.get(f"/sp4n/ubah/{key}").status_code == 409
    form = {"tracking_id": "", "dari": "9000001", "kembali": "/sp4n"}
    assert "tidak dapat diubah lagi" in console.do(f"/sp4n/ubah/{key}", form)
    assert "tidak dapat diubah lagi" in undo(console, text)
    assert case(console, key).tracking_id == "9000001"


def test_a_number_that_is_another_ones_by_now_does_not_come_back(console: Console) -> None:
    one, other = typed(console), typed(console)
    console.do(f"/sp4n/masukkan/{one}", {"tracking_id": "123"})
    text = console.do(f"/sp4n/ubah/{one}", {"tracking_id": "9000001", "dari": "123"})
    console.do(f"/sp4n/masukkan/{other}", {"tracking_id": "123"})
    assert "sudah dipakai aduan lain" in undo(console, text)
    assert case(console, one).tracking_id == "9000001"


def test_a_page_that_stood_open_changes_nothing(console: Console) -> None:
    key = typed(console)
    console.do(f"/sp4n/masukkan/{key}", {"tracking_id": "123"})
    form = {"tracking_id": "9000002", "dari": "9000001", "kembali": "/sp4n"}
    assert "baru saja diubah" in console.do(f"/sp4n/ubah/{key}", form)
    assert "sudah dipasangkan" in console.do(
        f"/sp4n/masukkan/{key}", {"tracking_id": "9000002", "kembali": "/sp4n"}
    )


def test_a_yes_is_for_the_complaint_that_was_shown(console: Console) -> None:
    key = typed(console)
    in_sp4n(console, "9000001")
    in_sp4n(console, "9000002")
    page = asked(console, f"/sp4n/masukkan/{key}", tracking_id="9000001")
    asked(console, f"/sp4n/masukkan/{key}", tracking_id="9000002", yakin=kept(console))
    assert case(console, key).tracking_id is None
    assert 'name="yakin" value="' in page


# --- answers ----------------------------------------------------------------------------------


def test_an_answer_is_copied_ticked_and_unticked(console: Console, dpupr: int) -> None:
    in_sp4n(console, "9000001")
    answered(console, "9000001", dpupr, SAID, "Tambahan: selesai 26 Mei 2026.")
    text = console.read(COPY)
    assert text.index(SAID) < text.index("Tambahan: selesai")
    assert len(re.findall(r'data-copy="jawaban-\d+"', text)) == 2
    action = re.search(r'action="(/sp4n/salin/\d+)"', text)
    assert action is not None
    text = console.do(action[1], {"kembali": COPY})
    assert "Sudah disalin ke SP4N: 9000001." in text
    assert SAID not in text
    assert "Semua jawaban sudah disalin" in text
    undo = re.search(r'action="(/tindakan/\d+/urungkan)"', text)
    assert undo is not None
    assert SAID in console.do(undo[1], {"kembali": COPY})
    console.do(action[1])
    assert "jawabannya sudah disalin" in console.do(action[1], {"kembali": COPY})


def test_what_sp4n_does_not_know_has_nothing_to_copy_yet(console: Console, dpupr: int) -> None:
    key = typed(console)
    answered(console, case(console, key).number, dpupr, SAID)
    assert SAID not in console.read(COPY)
    console.do(f"/sp4n/masukkan/{key}", {"tracking_id": "9000001"})
    text = console.read(COPY)
    assert SAID in text
    assert NAME not in text
    assert case(console, key).status is Status.PROSES


def test_pages_of_answers_go_by_complaint(
    console: Console, dpupr: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sp4n_lists, "PAGE", 1)
    for number in ("9000001", "9000002"):
        in_sp4n(console, number)
        answered(console, number, dpupr, SAID, SAID)
    text = console.read(COPY)
    assert text.count("<article") == 1
    assert text.count('data-copy="jawaban-') == 2
    following = text.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0]
    text = console.read(following.replace("&amp;", "&"))
    assert "#9000002" in text
    assert 'rel="next"' not in text


def test_only_kominfo_sees_the_lists(opened: Installation, dpupr: int) -> None:
    for wewenang in (Wewenang.PIMPINAN, Wewenang.PENGAWAS, Wewenang.OPD):
        body = dpupr if wewenang is Wewenang.OPD else None
        assert signed_in(opened, wewenang, body).get("/sp4n").status_code == 403


def test_no_number_of_days_old_is_needed(console: Console) -> None:
    """A complaint of long ago is listed as well."""
    typed(console, received_at=console.opened.now() - timedelta(days=400))
    assert "SPG-2503-0001" in console.read(ENTER)
