"""Overdue means one thing: on the first page, in the morning's figures, the recap, and DAFTAR."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from html import unescape

import pytest

from bot.compose import Installation
from bot.summary import decide_summaries, recap, recap_text
from config.terms import Wewenang
from scheduler.case import Case
from scheduler.ledger import KOMINFO, PELAPOR
from scheduler.lifecycle import Desk
from scheduler.store import cases, duties, pairing
from scheduler.store.session import reading, writing
from tests.console import signed_in, with_example
from tests.database.office import at
from tests.training import set_clock, training_room

LONG_AGO = "2026-04-28T10:00"
NEXT = "2026-04-29T10:00"
MONDAY = "2026-05-04T10:00"
"""What is disposed then, or comes in then, is due on Thursday 7 May at 16.00."""
NUMBER = re.compile(r'<a\s+(?:class="chart-bar"\s+)?href="([^"]*)"[^>]*?data-angka="(\d+)"')

Deed = Callable[[Desk, Case], object]


@pytest.fixture
def room(database_url: str) -> Iterator[Installation]:
    with training_room(database_url, at("2026-04-28T09:00"), policy_file=None) as opened:
        with_example(opened)
        fill(opened)
        yield opened


def complaint(room: Installation, number: str, when: str, short: str | None, *more: Deed) -> None:
    """Receive and dispose one, and do `more` to it a day later, all at once."""
    moment, next_day = at(when), at(NEXT)
    case = Case("Jalan rusak", "Jalan rusak", moment, moment, tracking_id=number)
    deeds: list[tuple[datetime, Deed]] = [(next_day, deed) for deed in more]
    if short is not None:
        key = body(room, short)
        deeds.insert(0, (moment, lambda desk, case: desk.dispose(case, key, KOMINFO)))
    with writing(room.engine) as connection:
        desk = Desk(room.world(moment), moment)
        desk.receive(case, KOMINFO)
        cases.write(connection, desk.changes)
    for then, deed in deeds:
        desk = Desk(room.world(then), then)
        with writing(room.engine) as connection:
            assert case.id is not None
            deed(desk, cases.load_cases(connection, [case.id], lock=True)[case.id])
            cases.write(connection, desk.changes)


def body(room: Installation, short: str) -> int:
    bodies = room.world(at(LONG_AGO)).directory.bodies.values()
    return next(one.id for one in bodies if one.short == short)


def fill(room: Installation) -> None:
    """Two of DPUPR are overdue and one of Kominfo; one of each is due on Thursday."""
    complaint(room, "9000001", LONG_AGO, "DPUPR")
    complaint(room, "9000002", LONG_AGO, "DPUPR", lambda d, c: d.accept(c, "opd"))
    complaint(room, "9000003", LONG_AGO, None)
    complaint(room, "9000004", MONDAY, "Dinkes")
    complaint(room, "9000005", MONDAY, None)
    still: dict[str, Deed] = {
        "9000011": lambda d, c: d.pause(c, KOMINFO, "lokasi"),
        "9000012": lambda d, c: d.wait_for_sp4n(c, "opd", at("2026-06-01T16:00")),
        "9000013": lambda d, c: d.hold(c, "status SP4N tidak dikenal"),
        "9000014": lambda d, c: d.close(c, KOMINFO),
        "9000015": lambda d, c: d.archive(c, PELAPOR, "dibatalkan"),
        "9000016": lambda d, c: d.answer(c, "opd", "Sudah ditambal."),
        "9000017": blocked,
    }
    for number, deed in still.items():
        complaint(room, number, LONG_AGO, "DPUPR", deed)
    # One of the overdue came to the counter too: paired, they are one complaint.
    moment = at(LONG_AGO)
    world = room.world(moment)
    with writing(room.engine) as connection:
        nomor = pairing.next_number(connection, "SPG", world.today(moment), moment)
        desk = Desk(world, moment)
        case = Case("Jalan rusak", "Jalan rusak", moment, moment, nomor=nomor)
        desk.receive(case, KOMINFO)
        desk.dispose(case, body(room, "DPUPR"), KOMINFO)
        cases.write(connection, desk.changes)
        pairing.link(connection, room.world(at(NEXT)), nomor, "9000001", at(NEXT))


def blocked(desk: Desk, case: Case) -> None:
    case.hidden = True
    desk.archive(case, "sp4n", "Konten Terblokir")


def page(room: Installation, moment: datetime) -> dict[str, int]:
    """The numbers of the first page, by the list that each opens."""
    set_clock(room, moment)
    text = signed_in(room, Wewenang.ADMIN_KOORDINATOR).read("/")
    return {unescape(path): int(count) for path, count in NUMBER.findall(text)}


LOOKS = {
    "2026-05-07T15:59": (3, 2, 1, 0),
    "2026-05-07T16:01": (5, 0, 2, 1),  # past the cut-off
    "2026-05-11T08:00": (5, 0, 2, 1),  # when the morning's figures and the week's are told
}
"""Overdue, due later today, overdue of Kominfo, overdue of Dinkes."""


def test_everybody_is_told_the_same_numbers(room: Installation) -> None:
    for when, (late, today, kominfo, dinkes) in LOOKS.items():
        moment = at(when)
        shown = page(room, moment)
        assert shown["/aduan?saring=terlambat"] == late
        assert shown["/aduan?saring=jatuh_tempo_hari_ini"] == today
        bars = [count for path, count in shown.items() if "saring=terlambat" in path]
        assert sum(bars) == 2 * late, "the figure, and what its bars add up to"
        world = room.world(moment)
        with reading(room.engine) as connection:
            found = recap(connection, world, moment)
            owed = duties.owed(connection, set(world.directory.bodies), moment)
            told = decide_summaries(connection, world, moment)
        assert (found.terlambat, found.hari_ini) == (late, today)
        assert found.kominfo is not None
        assert found.kominfo.terlambat == kominfo
        of_opd = {name: one.terlambat for name, one in found.standings}
        assert of_opd == {"DPUPR": 2, "Dinkes": dinkes}
        bodies = world.directory.bodies
        assert {bodies[one.instansi_id].short: one.late for one in owed} == of_opd
        kinds = {"ringkasan", "rekap"} if "08:00" in when else set()
        assert {row["kind"] for row in told} == kinds
        for row in told:
            assert f"terlambat {late}" in row["note"]
            assert row["note"].splitlines()[2:] == ["DPUPR 2", "Dinkes 1", "verifikasi Kominfo 2"]
        if today:
            assert recap_text(found, world).splitlines()[1:-2] == [
                "Menunggu jawaban: 3 aduan.",
                "- DPUPR: terlambat 2",
                "- Dinkes: jatuh tempo hari ini 1",
                "Menunggu verifikasi atau disposisi Kominfo: terlambat 1, jatuh tempo hari ini 1.",
            ]
