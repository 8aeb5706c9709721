"""The shell of the console: who gets in, what every answer carries, what is refused."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from bot.compose import Installation
from bot.web.console.shield import IMPORT, LARGEST, LARGEST_EXPORT
from bot.web.console.tindakan import reasons
from tests.console import Console, signed_in


def test_nobody_sees_a_page_without_a_login(opened: Installation) -> None:
    answer = Console(opened).get("/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/masuk?next=%2F")
    assert Console(opened).get("/tidak-ada").status_code == 404


def test_who_is_logged_in_sees_the_overview(opened: Installation) -> None:
    text = signed_in(opened).read("/")
    assert "Beranda" in text


def test_a_form_without_its_token_is_refused_in_indonesian(opened: Installation) -> None:
    console = signed_in(opened)
    answer = console.http.post("/tindakan/1/urungkan")
    assert answer.status_code == 403
    assert "terlalu lama terbuka" in answer.text
    assert '<a href="/">' in answer.text
    assert console.post("/tindakan/1/urungkan").status_code == 303


def test_every_answer_carries_the_headers(opened: Installation) -> None:
    console = signed_in(opened)
    for path in ("/", "/masuk", "/static/console.css", "/static/tidak-ada"):
        headers = console.get(path).headers
        assert "script-src 'self'" in headers["content-security-policy"], path
        assert headers["x-content-type-options"] == "nosniff", path


def test_nothing_loads_from_elsewhere(opened: Installation) -> None:
    text = signed_in(opened).read("/")
    assert "http:" not in text.replace("http://127.0.0.1:8000", "")
    assert "https:" not in text


def test_what_is_too_large_is_refused(opened: Installation) -> None:
    console = signed_in(opened)
    answer = console.post("/tindakan/1/urungkan", {"kembali": "x" * (1 << 19)})
    assert (answer.status_code, answer.text) == (413, "Terlalu besar untuk formulir ini.")


def test_a_file_that_is_too_large_is_refused_on_a_page_with_a_way_back(
    opened: Installation,
) -> None:
    console = signed_in(opened)
    (most,) = re.findall(r'data-most="(\d+)"', console.read(IMPORT))
    assert int(most) == LARGEST_EXPORT
    for length in (LARGEST[IMPORT], LARGEST[IMPORT] + 1):
        answer = console.http.post(
            IMPORT,
            content=b"csrftoken=x",
            headers={"accept": "text/html", "content-length": str(length)},
        )
        assert answer.status_code == (403 if length == LARGEST[IMPORT] else 413)
        assert 'lang="id"' in answer.text
        assert ("paling besar 32 MB" in answer.text) is (length > LARGEST[IMPORT])
    assert f'href="{IMPORT}">Coba lagi' in answer.text
    assert "console.css" in answer.text


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_no_other_site_sends_a_form_even_with_a_token(opened: Installation, site: str) -> None:
    """A neighbour under the same domain can plant a cookie, with a token of his own in it."""
    console = signed_in(opened)
    path = "/tindakan/1/urungkan"
    assert console.post(path, headers={"sec-fetch-site": site}).status_code == 403
    assert console.post("/masuk", headers={"sec-fetch-site": site}).status_code == 403
    assert console.post(path, headers={"sec-fetch-site": "same-origin"}).status_code == 303
    assert console.get("/", headers={"sec-fetch-site": site}).status_code == 200


def test_nothing_is_read_of_what_a_stranger_sends(opened: Installation) -> None:
    app = Console(opened).app
    said: list[Any] = []

    async def receive() -> Any:
        raise AssertionError("32 MiB would be taken in for nobody")

    async def send(message: Any) -> None:
        said.append(message)

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/kotak-masuk/impor",
        "raw_path": b"/kotak-masuk/impor",
        "root_path": "",
        "query_string": b"",
        "headers": [
            (b"host", b"127.0.0.1:8000"),
            (b"content-type", b"application/x-www-form-urlencoded"),
            (b"content-length", b"33000000"),
        ],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8000),
    }
    asyncio.run(app(scope, receive, send))
    assert said[0]["status"] == 303


def test_a_message_of_many_refusals_still_fits_into_its_cookie(opened: Installation) -> None:
    """A browser drops a larger one, and nobody would learn what was not done."""
    console = signed_in(opened)
    ids = [str(key) for key in range(10_001, 10_201)]
    answer = console.post("/penanganan/verifikasi", {"ids": ids})
    assert len(answer.headers["set-cookie"]) < 4096
    assert "10005 dan 195 lainnya: aduan ini tidak ditemukan" in console.read("/")
    refused = [(str(key), f"aduan {key} sudah selesai") for key in range(200)]
    assert reasons(refused).endswith("4: aduan 4 sudah selesai dan 195 lainnya")


def test_a_database_that_is_away_is_said_without_a_trace(
    opened: Installation, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    console = signed_in(opened)

    def gone(*_args: object) -> None:
        raise OperationalError("SELECT 1", {}, Exception("no route to 10.0.0.7"))

    monkeypatch.setattr(console.app.state.console.provider, "visitor", gone)
    answer = console.get("/")
    assert answer.status_code == 503
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    (line,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert (line.exc_info, "10.0.0.7" in line.getMessage()) == (None, False)
