"""Dragging an export in: kept, read by a worker, watched, and told in one sentence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot import uploads as reader
from bot.compose import Installation
from config.terms import Wewenang
from scheduler.store import uploads
from scheduler.store.session import reading
from tests.console import Console, signed_in, with_example
from tests.database.builders import row, write_export
from tests.training import training_room

IMPOR = "/kotak-masuk/impor"

# The guard against forged forms reads the form, too, and leaves its own copy of the file to the
# garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:Unclosed file:ResourceWarning")


@pytest.fixture
def opened(sqlite_url: str) -> Iterator[Installation]:
    with training_room(sqlite_url) as opened:
        with_example(opened)
        yield opened


@pytest.fixture
def console(opened: Installation) -> Console:
    return signed_in(opened, Wewenang.OPERATOR)


def export(folder: Path, *rows: dict[str, str], name: str = "ekspor.xlsx") -> Path:
    return write_export(folder / name, rows, generated="2026-05-03")


def send(console: Console, path: Path, **options: Any) -> Any:
    """Send a file as a browser's form does."""
    data = {"csrftoken": console.token()}
    return console.http.post(
        IMPOR, data=data, files={"berkas": (path.name, path.read_bytes())}, **options
    )


def page_of(console: Console, path: Path) -> str:
    answer = send(console, path)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def old(tracking_id: str, **others: str) -> dict[str, str]:
    """A row whose limit was over long ago."""
    return row(tracking_id, "2026-03-02T09:00", instansi="Dinas Pekerjaan Umum", **others)


def test_from_the_form_to_the_sentence(
    opened: Installation, console: Console, tmp_path: Path
) -> None:
    known = {"received": "2026-05-03T09:00", "instansi": "Dinas Pendidikan"}
    path = export(
        tmp_path,
        row("9000001", instansi="", received="2026-05-03T09:00", status="Belum Terverifikasi"),
        row("9000002", instansi="Badan Antariksa", received="2026-05-03T09:00"),
        row("9000003", status="Diteruskan Entah", **known),
        row("9000004", instansi="", received="2026-03-02T09:00", status="Belum Terverifikasi"),
        row("bukan angka", **known),
    )
    page = page_of(console, path)
    text = console.read(page)
    assert "Menunggu dibaca" in text
    assert '<meta http-equiv="refresh"' in text
    assert f'data-watch="{page}/keadaan"' in text
    assert console.get(f"{page}/keadaan").json()["over"] is False

    assert reader.read_next(opened)
    assert not reader.read_next(opened)

    state = console.get(f"{page}/keadaan").json()
    assert (state["state"], state["done"], state["total"], state["over"]) == ("selesai", 5, 5, True)
    text = console.read(page)
    assert ">4 baru</a>" in text
    assert ">1 jatuh tempo</a>" in text
    assert ">2 perlu Anda</a>" in text
    assert 'href="/kotak-masuk/perlu-anda">Selesaikan istilah' in text
    for which, numbers in (
        ("baru", {"9000001", "9000002", "9000003", "9000004"}),
        ("jatuh_tempo", {"9000004"}),
        ("perlu_anda", {"9000002", "9000003"}),
    ):
        (link,) = re.findall(rf'href="(/aduan\?impor=\d+&amp;dari={which})"', text)
        listed = console.read(link.replace("&amp;", "&"))
        assert set(re.findall(r">#(\d+)</a>", listed)) == numbers
        assert 'name="impor" value="1"' in listed
    assert "harus berupa angka" in text
    assert "<td>16</td>" in text
    assert 'http-equiv="refresh"' not in text
    assert "4 baru, 0 diperbarui, 0 tidak berubah, 1 ditolak" in console.read(IMPOR)


def test_the_same_file_again_brings_nothing(
    opened: Installation, console: Console, tmp_path: Path
) -> None:
    path = export(tmp_path, row(instansi="", received="2026-05-03T09:00"))
    for _ in range(2):
        page = page_of(console, path)
        reader.read_next(opened)
    text = console.read(page)
    assert "Tidak ada yang baru dalam berkas ini." in text
    assert "0 baru" not in text


def test_a_file_of_which_no_row_can_be_read_is_not_called_good(
    opened: Installation, console: Console, tmp_path: Path
) -> None:
    page = page_of(console, export(tmp_path, row("bukan angka"), row("bukan juga")))
    reader.read_next(opened)
    text = console.read(page)
    assert "Tidak ada baris yang dapat dibaca: 2 ditolak." in text
    assert "Tidak ada yang baru" not in text
    assert "unduh ulang" in text
    for shown in (text, console.read(IMPOR)):
        assert '<span class="badge bg-red-lt">Semua ditolak</span>' in shown
        assert "bg-green-lt" not in shown


def test_a_file_of_which_some_rows_can_be_read_says_so(
    opened: Installation, console: Console, tmp_path: Path
) -> None:
    good = row(instansi="", received="2026-05-03T09:00")
    for said in ("Terbaca sampai selesai: 2 baris.", "Tidak ada yang baru dalam berkas ini."):
        page = page_of(console, export(tmp_path, good, row("bukan angka")))
        reader.read_next(opened)
        text = console.read(page)
        assert f"{said} 1 baris ditolak." in text
        assert '<span class="badge bg-orange-lt">Selesai, sebagian ditolak</span>' in text


def test_a_script_gets_the_address_and_sends_the_token_in_a_header(
    console: Console, tmp_path: Path
) -> None:
    path = export(tmp_path, row())
    headers = {"Accept": "application/json", "X-CSRFToken": console.token()}
    files = {"berkas": (path.name, path.read_bytes())}
    answer = console.http.post(IMPOR, files=files, headers=headers)
    assert answer.status_code == 202
    assert answer.json() == {"id": 1, "url": f"{IMPOR}/1"}
    del headers["X-CSRFToken"]
    assert console.http.post(IMPOR, files=files, headers=headers).status_code == 403


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("ekspor.xlsx", b"", "Pilih dahulu berkas"),
        ("ekspor.csv", b"Tracking ID;Judul\n", "berisi teks biasa"),
        ("lama.xls", bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600, "berformat Excel lama"),
        ("gambar.xlsx", b"\x89PNG\r\n\x1a\n\0\0\0", "bukan buku kerja Excel"),
    ],
)
def test_what_is_no_xlsx_is_refused_at_once(
    console: Console, name: str, content: bytes, said: str
) -> None:
    sent = {"csrftoken": console.token(), "kembali": IMPOR}
    answer = console.http.post(IMPOR, data=sent, files={"berkas": (name, content)})
    assert answer.status_code == 303
    text = console.read(answer.headers["location"])
    assert said in text
    assert "Belum ada berkas yang diimpor" in text
    headers = {"Accept": "application/json", "X-CSRFToken": console.token()}
    answer = console.http.post(IMPOR, files={"berkas": (name, content)}, headers=headers)
    assert answer.status_code == 409
    assert said in answer.json()["message"]


def test_a_form_without_a_file_is_refused(console: Console) -> None:
    assert "Pilih dahulu berkas" in console.do(IMPOR, {"berkas": "bukan berkas"})
    assert "Pilih dahulu berkas" in console.do(IMPOR)


@pytest.mark.parametrize("content", [b"PK\x03\x04 rusak", None])
def test_what_a_worker_cannot_read_is_said_in_one_sentence(
    opened: Installation, console: Console, tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "lain.xlsx"
    if content is None:
        write_export(path, [], columns=("Nama", "Alamat"))
    else:
        path.write_bytes(content)
    page = page_of(console, path)
    assert reader.read_next(opened)
    text = console.read(page)
    said = "tidak memuat lembar" if content is None else "terpotong atau rusak"
    assert said in text
    assert "lain.xlsx" in text
    assert said in console.read(IMPOR)
    with reading(opened.engine) as connection:
        found = uploads.one(connection, 1)
    assert found is not None
    assert (found.state, found.over) == ("gagal", True)


def test_more_than_a_page_of_rejected_rows(
    opened: Installation, console: Console, tmp_path: Path
) -> None:
    path = export(tmp_path, *(row(f"x{number}") for number in range(uploads.PAGE + 1)))
    page = page_of(console, path)
    reader.read_next(opened)
    text = console.read(page)
    assert text.count("harus berupa angka") == uploads.PAGE
    following = text.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0]
    assert console.read(following).count("harus berupa angka") == 1
    assert int(console.get(f"{page}/keadaan").json()["done"]) == uploads.PAGE + 1


def test_a_name_of_a_file_is_a_name_only() -> None:
    assert reader.named("C:\\Unduhan\\../Laporan Ringkas.xlsx") == "Laporan Ringkas.xlsx"
    assert reader.named("../../etc/passwd") == "passwd"
    for nothing in (None, "", "..", "a/", "\x00\n"):
        assert reader.named(nothing) == "ekspor.xlsx"
    long = reader.named("ż" * 300 + ".xlsx")
    assert long.endswith(".xlsx")
    assert len(long.encode()) <= 200


def test_none_but_those_who_may_sees_an_import(opened: Installation, console: Console) -> None:
    assert console.get(f"{IMPOR}/1").status_code == 404
    assert console.get(f"{IMPOR}/1/keadaan").status_code == 404
    leader = signed_in(opened, Wewenang.PIMPINAN)
    for path in (IMPOR, f"{IMPOR}/1", f"{IMPOR}/1/keadaan"):
        assert leader.get(path).status_code == 403


def test_the_form_can_stand_on_another_page(console: Console) -> None:
    """What includes it needs nothing else for it."""
    text = console.read(IMPOR)
    assert 'enctype="multipart/form-data"' in text
    assert '<label class="form-label" for="berkas">' in text
    for asset in ("impor.js", "impor.css"):
        assert f"/static/{asset}" in text
        assert console.get(f"/static/{asset}").status_code == 200
