"""For the tests of this folder: the office that most of them work in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.database.office import Office


@pytest.fixture
def each_office(database_url: str) -> Iterator[Office]:
    """The office, on each engine."""
    with closing(Office(database_url)) as office:
        yield office


@pytest.fixture
def office(each_office: Office) -> Office:
    """The office; who needs no engine but SQLite has a fixture of this name."""
    return each_office
