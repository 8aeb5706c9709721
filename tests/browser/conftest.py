"""The training page and the console in the system's own Chromium."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from bot.compose import Installation
from bot.web.app import create_app
from tests.browser.serving import NO_BROWSER, Seen, launched, served
from tests.training import training_room


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A browser of this machine; a test that needs one is skipped only where there is none."""
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
