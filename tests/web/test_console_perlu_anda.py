"""Unknown words of SP4N on their page: shown with suggestions, settled once, taken back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import settling
from bot import uploads as reader
from bot.compose import Installation
from config.terms import Wewenang
from scheduler.store import cases, unknown_names, uploads
from scheduler.store.handled import WAIT
from scheduler.store.session import reading, writing
from tests.console import Console, signed_in, with_example
from tests.database.builders import row, write_export
from tests.training import set_clock, training_room

PAGE = "/kotak-masuk/perlu-anda"
NAME = "Dinas Pekerjaan Umum Contoh"
ROWS = (
    row("9000001", "2026-05-03T09:00", instansi=NAME),
    row("9000002", "2026-05-03T09:00", instansi=NAME),
    row("9000003", "2026-05-03T09:00", status="Diteruskan <Entah>", instansi=""),
)


@pytest.fixture
def opened(sqlite_url: str) -> Iterator[Installation]:
    with training_room(sqlite_url) as opened:
        yield opened


@pytest.fixture
def dpupr(opened: Installation) -> int:
    return with_example(opened)


@pytest.fixture
def console(opened: Installation, dpupr: int, tmp_path: Path) -> Console:
    assert dpupr
    console = signed_in(opened, Wewenang.OPERATOR)
    bring(console, tmp_path)
    return console


def bring(console: Console, folder: Path, *rows: dict[str, str]) -> None:
    """Import rows as if they had been dragged in."""
    opened = console.opened
    content = write_export(folder / "ekspor.xlsx", rows or ROWS).read_bytes()
    with writing(opened.engine) as connection:
        uploads.keep(connection, opened.seal, console.user_id, "e.xlsx", content, opened.now())
    assert reader.read_next(opened)


def instansi(opened: Installation, number: str) -> int | None:
    with reading(opened.engine) as connection:
        key = cases.find(connection, number)
        assert key is not None
        return cases.load_cases(connection, [key])[key].instansi_id


def test_words_are_shown_once_with_their_complaints_and_the_likest_names(console: Console) -> None:
    text = console.read(PAGE)
    assert text.count(f">{NAME}</h3>") == 1
    assert "2 aduan menunggu:" in text
    assert text.count("#9000001</a>") == 1
    assert "Diteruskan &lt;Entah&gt;" in text
    likest = text.split('<optgroup label="Paling mirip">')[1].split("</optgroup>")[0]
    assert re.findall(r">([^<]+)</option>", likest) == ["Dinas Pekerjaan Umum dan Penataan Ruang"]


def test_a_name_is_settled_for_all_and_can_be_taken_back(
    console: Console, dpupr: int, tmp_path: Path
) -> None:
    text = console.do(f"{PAGE}/instansi", {"kata": NAME, "instansi": str(dpupr), "kembali": PAGE})
    assert f"“{NAME}” ditetapkan sebagai DPUPR: 9000001, 9000002." in text
    assert f">{NAME}</h3>" not in text
    assert "Yang telah ditetapkan" in text
    assert instansi(console.opened, "9000002") == dpupr
    undo = re.search(r'action="(/tindakan/\d+/urungkan)"', text)
    assert undo is not None
    text = console.do(undo[1], {"kembali": PAGE})
    assert f">{NAME}</h3>" in text
    assert "Yang telah ditetapkan" not in text
    assert instansi(console.opened, "9000002") is None
    bring(console, tmp_path, row("9000009", "2026-05-03T09:00", instansi=NAME))
    assert "3 aduan menunggu:" in console.read(PAGE)


def test_a_status_is_settled(console: Console) -> None:
    word = "Diteruskan <Entah>"
    text = console.do(f"{PAGE}/status", {"kata": word, "status": "terblokir", "kembali": PAGE})
    assert "9000003" in text
    assert "Konten Terblokir" in text
    with reading(console.opened.engine) as connection:
        key = cases.find(connection, "9000003")
        assert key is not None
        case = cases.load_cases(connection, [key])[key]
    assert (case.status, case.hidden, case.hold_reason) == ("arsip", True, None)


def test_what_was_said_can_be_forgotten(console: Console, dpupr: int, tmp_path: Path) -> None:
    console.do(f"{PAGE}/instansi", {"kata": NAME, "instansi": str(dpupr)})
    data = {"jenis": "instansi", "kata": NAME.casefold(), "kembali": PAGE}
    text = console.do(f"{PAGE}/lupakan", data)
    assert "Dilupakan" in text
    assert instansi(console.opened, "9000001") == dpupr  # it stays where it is
    bring(console, tmp_path, row("9000009", "2026-05-03T09:00", instansi=NAME))
    assert "1 aduan menunggu:" in console.read(PAGE)
    assert "sudah dilupakan" in console.do(f"{PAGE}/lupakan", data)


@pytest.mark.parametrize(
    ("path", "data", "said"),
    [
        ("instansi", {"kata": NAME, "instansi": "99999"}, "tidak ada dalam direktori"),
        ("instansi", {"kata": NAME, "instansi": "x"}, "Instansi tidak dapat dipakai"),
        ("instansi", {"kata": NAME}, "Instansi wajib diisi"),
        ("instansi", {"kata": "Lain\x00nya", "instansi": "1"}, "tidak ada lagi aduan"),
        ("status", {"kata": "Diteruskan", "status": "selesai"}, "tidak ada lagi aduan"),
        ("status", {"kata": "Diteruskan <Entah>", "status": "x"}, "Arti status tidak dapat"),
        ("lupakan", {"jenis": "x", "kata": "y"}, "tidak dapat dipakai"),
    ],
)
def test_what_cannot_be_is_said(
    console: Console, path: str, data: dict[str, str], said: str
) -> None:
    assert said.casefold() in console.do(f"{PAGE}/{path}", {**data, "kembali": PAGE}).casefold()


def test_nothing_unknown_is_said_calmly(opened: Installation, dpupr: int) -> None:
    assert dpupr
    text = signed_in(opened, Wewenang.OPERATOR).read(PAGE)
    assert "Semua kata SP4N sudah dikenal" in text


def test_the_number_of_words_on_the_page_is_limited(console: Console, tmp_path: Path) -> None:
    rows = [
        row(str(9_100_000 + n), "2026-05-03T09:00", instansi=f"Badan Antah {n:02}")
        for n in range(26)
    ]
    bring(console, tmp_path, *rows)
    text = console.read(PAGE)
    assert text.count("Badan Antah") == 2 * 24  # one more name was there before
    assert "2 kata lagi menyusul" in text
    with reading(console.opened.engine) as connection:
        assert len(unknown_names.unknown(connection, "instansi")) == 27


# --- more complaints than one request settles -------------------------------------------------


@pytest.fixture
def many(console: Console, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Console:
    """Five complaints wait for a name, of which one request settles two."""
    monkeypatch.setattr(settling, "AT_ONCE", 2)
    rows = [row(str(9_200_000 + n), "2026-05-03T09:00", instansi=NAME) for n in range(3)]
    bring(console, tmp_path, *rows)
    return console


def test_the_rest_is_told_watched_and_done_by_the_worker(many: Console, dpupr: int) -> None:
    opened = many.opened
    assert "2 aduan pertama ditetapkan seketika" in many.read(PAGE)
    settled = {"kata": NAME, "instansi": str(dpupr), "kembali": PAGE}
    text = many.do(f"{PAGE}/instansi", settled)
    assert "(3 aduan lain menyusul mulai" in text
    assert "Sedang ditetapkan." in text
    assert "Ditetapkan untuk 2 dari 5 aduan; selebihnya menyusul" in text
    watched = re.search(r'data-watch="([^"]+)"', text)
    assert watched is not None
    state = many.get(watched[1]).json()
    assert (state["done"], state["total"], state["over"]) == (2, 5, False)
    assert "sedang ditetapkan" in many.do(f"{PAGE}/instansi", settled)
    set_clock(opened, opened.now() + WAIT)
    assert settling.settle_next(opened)
    state = many.get(watched[1]).json()
    assert (state["done"], state["total"], state["over"]) == (5, 5, True)
    assert state["told"] == "Ditetapkan untuk 5 aduan."
    text = many.read(PAGE)
    assert "data-watch" not in text
    assert "/urungkan" not in text
    assert instansi(opened, "9200002") == dpupr
    assert many.get(f"{PAGE}/99/keadaan").status_code == 404


def test_until_then_the_page_itself_offers_to_undo_it(many: Console, dpupr: int) -> None:
    many.do(f"{PAGE}/instansi", {"kata": NAME, "instansi": str(dpupr), "kembali": PAGE})
    other = signed_in(many.opened, Wewenang.OPERATOR)
    assert "/urungkan" not in other.read(PAGE)
    undo = re.search(r'action="(/tindakan/\d+/urungkan)"', many.read(PAGE))
    assert undo is not None
    text = many.do(undo[1], {"kembali": PAGE})
    assert "Diurungkan: 9000001, 9000002." in text
    assert "5 aduan menunggu:" in text
    assert "Yang telah ditetapkan" not in text


def test_what_settles_nothing_is_said_and_not_kept(
    console: Console, dpupr: int, tmp_path: Path
) -> None:
    bring(console, tmp_path, row("9000088", "2026-05-03T09:00", instansi="---", id="777"))
    settled = {"kata": "---", "instansi": str(dpupr), "kembali": PAGE}
    text = console.do(f"{PAGE}/instansi", settled)
    assert "Tidak ada yang ditetapkan dan arti kata ini tidak disimpan" in text
    assert "Yang telah ditetapkan" not in text
