"""The training page and the console in the system's own Chromium."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from bot.compose import Installation
from bot.web.app import create_app
from bot.web.console.auth import COOKIE
from tests.accounts import session
from tests.browser.serving import NO_BROWSER, Seen, launched, served
from tests.training import training_room

REFUSALS = (
    "the server responded with a status of 403",
    "the server responded with a status of 404",
    "the server responded with a status of 413",
)
"""What the browser notes where a test asks for what is refused."""

expect.set_options(timeout=15_000)  # a busy machine is no mistake of a page


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser of this machine; a test that needs one is skipped only where there is none.

    For one module's tests: as long as it is there a loop of asyncio runs in this very thread, and
    tests of other modules may come next in this process that need one of their own.
    """
    with launched() as browser:
        if browser is None:
            pytest.skip(NO_BROWSER)
        yield browser


@pytest.fixture
def opened(sqlite_url: str) -> Iterator[Installation]:
    with training_room(sqlite_url) as opened:
        yield opened


@pytest.fixture
def address(opened: Installation) -> Iterator[str]:
    """Where the installation's web answers."""
    with served(create_app(opened)) as address:
        yield address


Visit = Callable[[int, int], Page]


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Visit]:
    """Opens the training page on a screen of a size; in the end it has complained of nothing."""
    seen = Seen(address)
    pages: list[Page] = []

    def open_page(width: int, height: int) -> Page:
        page = browser.new_page(viewport={"width": width, "height": height})
        seen.watch(page)
        pages.append(page)
        page.goto(f"{address}/simulator")
        return page

    yield open_page
    for page in pages:
        page.close()
    assert (seen.complaints, seen.elsewhere) == ([], [])


Enter = Callable[..., Page]


@pytest.fixture
def enter(browser: Browser, opened: Installation, address: str) -> Iterator[Enter]:
    """Opens the console as a user of `tests.showcase.USERS`, or as nobody (None).

    In the end no page of it has complained of anything, nor asked another host for anything.
    """
    seen = Seen(address, expected=REFUSALS)
    contexts: list[BrowserContext] = []

    def open_page(who: str | None, path: str = "/", width: int = 1280, height: int = 900) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height}, base_url=address, reduced_motion="reduce"
        )
        contexts.append(context)
        if who is not None:
            cookie = session(opened, who)
            context.add_cookies([{"name": COOKIE, "value": cookie, "url": address}])
        page = context.new_page()
        seen.watch(page)
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert (seen.complaints, seen.elsewhere) == ([], [])
