"""Writes pictures of every page of the console into docs/screenshots: `make screenshots`.

Each as the coordinator sees it, on a desktop and on a telephone of 360 px; some as an OPD and as
the leadership see them. The fictional town is the same each time, its clock stands still.
"""

from __future__ import annotations

import base64
import struct
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from playwright.sync_api import Browser, Page
from sqlalchemy import select
from starlette.routing import Mount, Route

from bot.compose import Installation
from bot.web.app import create_app
from bot.web.console.auth import COOKIE
from config.terms import NoticeStatus
from scheduler.store import cases
from scheduler.store.messaging_tables import Message
from scheduler.store.session import migrate, reading
from tests.accounts import session
from tests.browser.serving import NO_BROWSER, launched, served
from tests.showcase import NOW, showcase

FOLDER: Final = Path(__file__).parents[2] / "docs" / "screenshots"
SIZES: Final = {"lebar": (1280, 900), "sempit": (360, 740)}
TALLEST: Final = 2000
"""Pixels of a picture; what is below is cut off."""
COMPLAINT: Final = "SPG-2605-0009"
"""Has waited for an answer over a holiday, and climbed."""
THEIRS: Final = "SPG-2605-0008"
"""One of the OPD whose pictures are taken, too."""
TYPED_IN: Final = "SPG-2605-0022"
ENTERED: Final = "9000098"
"""Typed into SP4N; no export has confirmed it yet."""
NO_PAGES: Final = frozenset(
    {
        "Aduan.photo",  # a file
        "Bertindak.hand_list",  # only where messages are sent by hand
        "Impor.state",  # JSON
        "PerluAnda.state",
        "login_code",  # only after the password
    }
)
"""Routes without a picture."""

QUANTISE: Final = """async (source) => {
  const blob = await (await fetch(`data:image/png;base64,${source}`)).blob();
  const bitmap = await createImageBitmap(blob);
  const {width, height} = bitmap;
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", {willReadFrequently: true});
  context.drawImage(bitmap, 0, 0);
  const points = new Uint32Array(context.getImageData(0, 0, width, height).data.buffer);
  const counts = new Map();
  for (const point of points) counts.set(point, (counts.get(point) || 0) + 1);
  const palette = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, 256)
    .map(([point]) => point);
  const parts = (p) => [p & 255, (p >> 8) & 255, (p >> 16) & 255];
  const known = palette.map(parts);
  const nearest = new Map(palette.map((point, index) => [point, index]));
  const find = (point) => {
    const [r, g, b] = parts(point);
    let best = 0, least = Infinity;
    known.forEach(([x, y, z], index) => {
      const away = (r - x) ** 2 + (g - y) ** 2 + (b - z) ** 2;
      if (away < least) [least, best] = [away, index];
    });
    nearest.set(point, best);
    return best;
  };
  const indexed = new Uint8Array(points.length);
  points.forEach((point, i) => { indexed[i] = nearest.get(point) ?? find(point); });
  let text = "";
  for (let i = 0; i < indexed.length; i += 32768)
    text += String.fromCharCode(...indexed.subarray(i, i + 32768));
  return {width, height, palette: known.flat(), points: btoa(text)};
}"""
"""Brings a picture down to its 256 most frequent colours, in a browser: it reads PNG."""


def small(page: Page, png: bytes) -> bytes:
    """Return a picture as a PNG with a palette; `page` is any page without a policy."""
    found: dict[str, Any] = page.evaluate(QUANTISE, base64.b64encode(png).decode())
    width, height = found["width"], found["height"]
    points = base64.b64decode(found["points"])
    lines = b"".join(b"\x00" + points[y * width : (y + 1) * width] for y in range(height))

    def chunk(kind: bytes, data: bytes) -> bytes:
        crc = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc)

    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0))
        + chunk(b"PLTE", bytes(found["palette"]))
        + chunk(b"IDAT", zlib.compress(lines, 9))
        + chunk(b"IEND", b"")
    )


def addresses(
    opened: Installation, app: Any, complaint: str = COMPLAINT
) -> Iterator[tuple[str, str]]:
    """Every page that can be read: what its picture is called, and its address."""
    mount = app.router.routes[-1]
    assert isinstance(mount, Mount)
    failed = select(Message.id).where(Message.status == NoticeStatus.FAILED).order_by(Message.id)
    with reading(opened.engine) as connection:
        ids = {
            "Aduan": cases.find(connection, complaint),
            "Sp4n": cases.find(connection, COMPLAINT),
            "Sp4n.changing": cases.find(connection, ENTERED),
            "Entri": cases.find(connection, TYPED_IN),
            "Pesan": connection.execute(failed.limit(1)).scalar(),
        }
    for route in mount.routes or ():
        if not isinstance(route, Route) or "GET" not in (route.methods or ()):
            continue
        if route.name in NO_PAGES:
            continue
        key = ids.get(route.name) or ids.get(route.name.partition(".")[0], 1)
        path = str(route.url_path_for(route.name, **dict.fromkeys(route.param_convertors, key)))
        plain = route.path.replace("{id:int}", "satu")
        yield plain.strip("/").replace("/", "-") or "beranda", path


def take(browser: Browser, address: str, cookie: str | None, pages: dict[str, str]) -> set[str]:
    """Write the pictures of some pages as somebody sees them; return what they are called."""
    written = set()
    blank = browser.new_page()
    for size, (width, height) in SIZES.items():
        context = browser.new_context(
            viewport={"width": width, "height": height},
            locale="id-ID",
            timezone_id="Asia/Jakarta",
            reduced_motion="reduce",
        )
        if cookie:
            context.add_cookies([{"name": COOKIE, "value": cookie, "url": address}])
        page = context.new_page()
        for name, path in pages.items():
            answer = page.goto(f"{address}{path}", wait_until="networkidle")
            if answer is None or answer.status != 200:
                sys.exit(f"{path}: {answer and answer.status}")
            if not page.url.endswith(path):
                continue  # it leads to another
            tall = page.evaluate("document.documentElement.scrollHeight")
            page.set_viewport_size({"width": width, "height": min(max(tall, height), TALLEST)})
            file = f"{name}-{size}.png"
            (FOLDER / file).write_bytes(small(blank, page.screenshot()))
            written.add(file)
            if name == "aduan-satu":
                # What is below the cut: shown from where it begins.
                page.locator("#linimasa").evaluate("e => e.scrollIntoView()")
                file = f"linimasa-{size}.png"
                (FOLDER / file).write_bytes(small(blank, page.screenshot()))
                written.add(file)
            page.set_viewport_size({"width": width, "height": height})
            print(file, answer.status, f"{(FOLDER / file).stat().st_size // 1024} kB")
        context.close()
    blank.close()
    return written


def main() -> None:
    """Take all of them anew; one of a page that is gone is removed."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder, launched() as browser:
        if browser is None:
            sys.exit(NO_BROWSER)
        url = f"sqlite:///{folder}/ingat.db"
        migrate(url)
        with showcase(url) as opened:
            opened.now = lambda: NOW  # type: ignore[method-assign]
            app = create_app(opened)
            pages = dict(addresses(opened, app))
            with served(app) as address:
                written = take(browser, address, None, {"masuk": pages.pop("masuk")})
                written |= take(browser, address, session(opened, "koordinator"), pages)
                pages = dict(addresses(opened, app, THEIRS))
                for who in ("dpupr", "pimpinan"):
                    some = {f"{name}-{who}": pages[name] for name in ("beranda", "aduan-satu")}
                    written |= take(browser, address, session(opened, who), some)
    for old in FOLDER.glob("*.png"):
        if old.name not in written:
            old.unlink()


if __name__ == "__main__":
    main()
