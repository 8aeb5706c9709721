"""Requests of officers that nobody decided in time: marked in their list, and on the first page."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from config.terms import Peran
from scheduler.store import requests
from scheduler.store.session import writing
from tests.web.inbox_room import inbox_room

DAY = timedelta(days=1)
LIST = "/kotak-masuk?antrean=permintaan"


@pytest.mark.parametrize("late", [0, 1])
def test_a_request_past_its_date_is_marked(sqlite_url: str, late: int) -> None:
    with inbox_room(sqlite_url) as room:
        now = room.opened.now()
        for due_at in (now - DAY if late else now + DAY, now + DAY):
            key = room.disposed("DPUPR", before=4 * DAY)
            with writing(room.opened.engine) as connection:
                requests.ask(
                    connection,
                    key,
                    "bukan",
                    body="jalan provinsi",
                    post_id=None,
                    decider=Peran.ADMIN_KOORDINATOR,
                    inbound_id=None,
                    at=now - 3 * DAY,
                    due_at=due_at,
                    next_look_at=None,
                )
        assert room.read(LIST).count('<span class="badge bg-red-lt">Terlambat</span>') == late
        text = room.read("/")
    alarm = re.search(r'<a class="([^"]*)" href="/kotak-masuk\?antrean=permintaan".*?</a>', text)
    assert alarm is not None
    assert "2 permintaan petugas menunggu keputusan" in alarm[0]
    assert (", 1 di antaranya melewati batas waktu<" in alarm[0]) is bool(late)
    assert ("beranda-berat" in alarm[1]) is bool(late)
