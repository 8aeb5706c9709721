"""The training page in the system's own Chromium, served as `ingat serve` serves it."""

from __future__ import annotations

import os
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
import uvicorn
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

from bot.compose import Installation
from bot.web.app import create_app
from tests.training import training_room

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = ["--disable-dev-shm-usage", "--disable-gpu"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A browser of this machine; a test that needs one is skipped only where there is none."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip("no Chromium on this machine; on Debian: apt-get install chromium")
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS + as_root)
        yield browser
        browser.close()


@pytest.fixture
def opened(sqlite_url: str) -> Iterator[Installation]:
    with training_room(sqlite_url) as opened:
        yield opened


@pytest.fixture
def address(opened: Installation) -> Iterator[str]:
    """Where the installation's web answers."""
    config = uvicorn.Config(create_app(opened), lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join()


@dataclass
class Seen:
    """What the page did that nobody sees on it."""

    address: str
    complaints: list[str] = field(default_factory=list)
    """Errors and warnings of the console, and exceptions nobody caught."""
    elsewhere: list[str] = field(default_factory=list)
    """Addresses of other hosts that were asked for."""

    def message(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def request(self, request: Request) -> None:
        if not request.url.startswith((f"{self.address}/", "data:")):
            self.elsewhere.append(request.url)


Visit = Callable[[int, int], Page]


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Visit]:
    """Opens the page on a screen of a size; in the end it has complained of nothing."""
    seen = Seen(address)
    pages: list[Page] = []

    def open_page(width: int, height: int) -> Page:
        page = browser.new_page(viewport={"width": width, "height": height})
        page.set_default_timeout(15_000)
        page.on("console", seen.message)
        page.on("pageerror", lambda error: seen.complaints.append(str(error)))
        page.on("request", seen.request)
        pages.append(page)
        page.goto(f"{address}/simulator")
        return page

    yield open_page
    for page in pages:
        page.close()
    assert (seen.complaints, seen.elsewhere) == ([], [])
