"""The web application served as `ingat serve` serves it, and the system's own Chromium."""

from __future__ import annotations

import gc
import os
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = ["--disable-dev-shm-usage", "--disable-gpu", "--lang=id"]
INDONESIAN = {"LANG": "id_ID.UTF-8", "LANGUAGE": "id"}
"""Fields for a date are the browser's own and speak its language, where it knows it."""
NO_BROWSER = "no Chromium on this machine; on Debian: apt-get install chromium"


@contextmanager
def launched() -> Iterator[Browser | None]:
    """A browser of this machine; None where there is none."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        yield None
        return
    arguments = ARGUMENTS + (["--no-sandbox"] if os.geteuid() == 0 else [])
    env: dict[str, str | float | bool] = {**os.environ, **INDONESIAN}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments, env=env)
        yield browser
        browser.close()


@contextmanager
def served(app: Any) -> Iterator[str]:
    """Serve an application in a thread; the address it answers at."""
    config = uvicorn.Config(app, lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
            gc.collect()  # of files in forms, while the test that sent them still answers for them


@dataclass
class Seen:
    """What pages did that nobody sees on them."""

    address: str
    complaints: list[str] = field(default_factory=list)
    """Errors and warnings of the console, and exceptions nobody caught."""
    elsewhere: list[str] = field(default_factory=list)
    """Addresses of other hosts that were asked for."""
    expected: tuple[str, ...] = ()
    """What a complaint may contain without being one: a refusal that a test provokes."""

    def message(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not any(
            one in message.text for one in self.expected
        ):
            self.complaints.append(message.text)

    def request(self, request: Request) -> None:
        if not request.url.startswith((f"{self.address}/", "data:")):
            self.elsewhere.append(request.url)

    def watch(self, page: Page) -> None:
        page.set_default_timeout(15_000)
        page.on("console", self.message)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self.request)
