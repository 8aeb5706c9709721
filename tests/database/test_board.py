"""Lists of complaints and the figures that open them, held against the same law in Python."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import insert

from bot.compose import Installation
from config.terms import Klasifikasi, NoticeStatus, Status
from scheduler.ledger import HELD_STALE
from scheduler.store import board, browse, wanted
from scheduler.store.browse import PAGE, Key, Row, Urut
from scheduler.store.session import reading, writing
from scheduler.store.tables import ImportRun
from scheduler.store.wanted import OWED, Day, Saring, Wanted
from tests.console import with_example
from tests.database.crowd import CLOSED, Someone, crowd
from tests.training import MONDAY, training_room

H = timedelta(hours=1)
DAY = Day(
    MONDAY, MONDAY - 9 * H, MONDAY + 15 * H, MONDAY - (9 + 6 * 24) * H, MONDAY - (9 + 29 * 24) * H
)
"""09.00 WIB: the local day began nine hours ago."""
MANY = 230
EVERY = Wanted()


@dataclass(frozen=True, slots=True)
class Town:
    opened: Installation
    people: list[Someone]
    offices: list[int]

    def length(self, which: Wanted) -> int:
        with reading(self.opened.engine) as connection:
            return browse.count(connection, which, DAY)

    def page(
        self,
        which: Wanted,
        order: Urut = Urut.TERBARU,
        after: Key | None = None,
        before: Key | None = None,
    ) -> browse.Listing:
        with reading(self.opened.engine) as connection:
            return browse.listed(connection, which, DAY, order, after=after, before=before)

    def rows(self, which: Wanted, order: Urut = Urut.TERBARU) -> list[Row]:
        """Every page, one after another."""
        page = self.page(which, order)
        found = list(page.rows)
        while page.after is not None:
            page = self.page(which, order, after=page.after)
            assert page.rows
            found += page.rows
        return found


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def town(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    """One for all tests of an engine: they only read."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("board") / "ingat.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        url = f"sqlite:///{path}"
    else:
        server = request.getfixturevalue("postgres_server")
        url = server.url(server.create_database())
    with training_room(url) as opened:
        with_example(opened)
        bodies = opened.world(MONDAY).directory.bodies.values()
        offices = sorted(body.id for body in bodies if body.induk_id is not None)[:5]
        yield Town(opened, crowd(opened, offices, MONDAY, MANY), offices)


def running(one: Someone) -> list[datetime]:
    """The limits that count towards one complaint now."""
    if one.facts["hold_reason"] is not None:
        return []
    return [
        run["limit_at"]
        for run in one.runs
        if run["clock"] in OWED
        and run["limit_at"] is not None
        and run["paused_at"] is None
        and run["stopped_at"] is None
    ]


def is_late(one: Someone) -> bool:
    return any(limit < MONDAY for limit in running(one))


def open_backlog(one: Someone) -> bool:
    facts = one.facts
    released = facts["backlog_at"] is None or facts["released_at"] is not None
    return not released and facts["status"] not in CLOSED


def waits_for(one: Someone, status: Status, *, disposed: bool = True) -> bool:
    free = one.facts["hold_reason"] is None and (disposed or one.facts["instansi_id"] is None)
    return one.facts["status"] is status and free


def since(moment: datetime) -> Callable[[Someone], bool]:
    return lambda one: moment <= one.facts["received_at"] < DAY.tomorrow


LAWS: dict[Saring, Callable[[Someone], bool]] = {
    Saring.TERLAMBAT: is_late,
    Saring.JATUH_TEMPO: lambda one: (
        not is_late(one) and any(limit < DAY.tomorrow for limit in running(one))
    ),
    Saring.SAMPAI_HARI_INI: lambda one: any(limit < DAY.tomorrow for limit in running(one)),
    Saring.BERJALAN: lambda one: bool(running(one)),
    Saring.HARI_INI: since(DAY.today),
    Saring.TUJUH_HARI: since(DAY.week),
    Saring.TIGA_PULUH_HARI: since(DAY.month),
    Saring.MENUNGGU_VERIFIKASI: lambda one: waits_for(one, Status.BELUM_TERVERIFIKASI),
    Saring.MENUNGGU_DISPOSISI: lambda one: waits_for(
        one, Status.BELUM_DITINDAKLANJUTI, disposed=False
    ),
    Saring.PERMINTAAN: lambda one: one.asked,
    Saring.DITAHAN: lambda one: one.facts["hold_reason"] is not None,
    Saring.TUNGGAKAN: open_backlog,
    Saring.MENUNGGU_DATA: lambda one: one.hold == HELD_STALE,
    Saring.VETO: lambda one: one.hold == "veto: menunggu rapat",
    Saring.BELUM_DI_SP4N: lambda one: one.facts["tracking_id"] is None,
    Saring.TANPA_INSTANSI: lambda one: one.facts["instansi_id"] is None,
    Saring.ANONIM: lambda one: one.facts["anonim"],
    Saring.RAHASIA: lambda one: one.facts["rahasia"],
}


def fulfilling(town: Town, *laws: Callable[[Someone], bool]) -> set[int]:
    return {
        one.id
        for one in town.people
        if one.facts["merged_into_id"] is None and all(law(one) for law in laws)
    }


def test_each_narrowing_is_what_it_says_and_as_long_as_it_counts(town: Town) -> None:
    assert LAWS.keys() == set(Saring)
    seen: set[int] = set()
    for one, law in LAWS.items():
        which = EVERY.also(one)
        expected = fulfilling(town, law)
        rows = town.rows(which)
        assert {row.id for row in rows} == expected, one
        assert town.length(which) == len(rows) == len(expected), one
        limited = {row.id for row in town.rows(which, Urut.BATAS)}
        assert limited == expected & fulfilling(town, LAWS[Saring.BERJALAN]), one
        assert town.length(which.also(Saring.BERJALAN)) == len(limited), one
        assert 0 < len(expected) < len(fulfilling(town)), (one, "tells nothing apart")
        seen |= expected
    assert len(seen) > PAGE


def test_columns_narrow_too_and_everything_together(town: Town) -> None:
    office = town.offices[0]
    closed = (MONDAY - timedelta(days=20), MONDAY - timedelta(days=2))
    cases: list[tuple[Wanted, Callable[[Someone], bool]]] = [
        (EVERY, lambda _: True),
        *((EVERY.of(status), _has(status=status)) for status in Status),
        (Wanted(instansi_id=office), _has(instansi_id=office)),
        (Wanted(sumber="SMS"), _has(sumber="SMS")),
        (Wanted(klasifikasi=Klasifikasi.INFORMASI), _has(klasifikasi=Klasifikasi.INFORMASI)),
        (
            Wanted(klasifikasi=Klasifikasi.TIDAK_BERKADAR),  # a blank one counts as such
            lambda o: o.facts["klasifikasi"] in (None, Klasifikasi.TIDAK_BERKADAR),
        ),
        (
            Wanted(closed=closed),
            lambda o: (
                o.facts["closed_at"] is not None and closed[0] <= o.facts["closed_at"] < closed[1]
            ),
        ),
        (
            Wanted(received=closed),
            lambda o: closed[0] <= o.facts["received_at"] < closed[1],
        ),
        (
            Wanted(status=Status.PROSES, instansi_id=office).also(Saring.TERLAMBAT),
            lambda o: is_late(o) and _has(status=Status.PROSES, instansi_id=office)(o),
        ),
        (EVERY.also(Saring.TERLAMBAT, Saring.RAHASIA), lambda o: is_late(o) and o.facts["rahasia"]),
    ]
    for which, law in cases:
        expected = fulfilling(town, law)
        assert {row.id for row in town.rows(which)} == expected, which
        assert town.length(which) == len(expected), which
        assert expected, which


def _has(**facts: object) -> Callable[[Someone], bool]:
    return lambda one: all(one.facts[name] == value for name, value in facts.items())


def test_an_office_sees_its_own_and_nothing_else(town: Town) -> None:
    scope = frozenset(town.offices[:2])
    for one, law in LAWS.items():
        which = Wanted(scope=scope).also(one)
        expected = fulfilling(town, law, lambda o: o.facts["instansi_id"] in scope)
        assert {row.id for row in town.rows(which)} == expected, one
        assert town.length(which) == len(expected)
    other = Wanted(scope=scope, instansi_id=town.offices[3])
    assert (town.length(other), town.rows(other)) == (0, [])


def test_pages_follow_each_other_both_ways_in_every_order(town: Town) -> None:
    limits = {one.id: min(running(one)) for one in town.people if running(one)}
    received = {one.id: one.facts["received_at"] for one in town.people}
    orders: dict[Urut, Callable[[Row], tuple[datetime, int]]] = {
        Urut.TERBARU: lambda row: (received[row.id], row.id),
        Urut.TERLAMA: lambda row: (received[row.id], row.id),
        Urut.BATAS: lambda row: (limits[row.id], row.id),
    }
    for order, key in orders.items():
        which = EVERY.also(Saring.BERJALAN) if order is Urut.BATAS else EVERY
        rows = town.rows(which, order)
        assert len(rows) == len({row.id for row in rows}) == town.length(which) > PAGE
        assert rows == sorted(rows, key=key, reverse=order is Urut.TERBARU)
        page = town.page(which, order)
        assert page.before is None
        assert page.after is not None
        second = town.page(which, order, after=page.after)
        assert second.before is not None
        assert town.page(which, order, before=second.before) == page


def test_a_list_of_exactly_one_page_has_no_other(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    which = EVERY.of(Status.TUNDA)
    count = town.length(which)
    for size in (count, count - 1):
        monkeypatch.setattr(browse, "PAGE", size)
        page = town.page(which)
        assert (len(page.rows), page.after is None) == (size, size == count)
        if page.after is not None:
            last = town.page(which, after=page.after)
            assert (len(last.rows), last.after, last.before is None) == (1, None, False)
            assert town.page(which, before=last.before) == page


def test_a_row_tells_its_earliest_running_limit_and_what_stands_still(town: Town) -> None:
    by_id = {row.id: row for row in town.rows(EVERY)}
    for one in town.people:
        if one.id not in by_id:
            continue
        row = by_id[one.id]
        counted = [run for run in one.runs if run["clock"] in OWED and run["stopped_at"] is None]
        assert row.paused is any(run["paused_at"] is not None for run in counted)
        if not row.held:
            assert row.limit_at == min(running(one), default=None)
        assert row.limit_at is None or row.limit_at.tzinfo is UTC


# --- searching --------------------------------------------------------------------------------


def test_a_number_is_found_by_its_beginning(town: Town) -> None:
    for number in ("9000011", "900001", "SPG-2605-0011", "spg-2605-001", "SPG-", "9", "7"):
        expected = fulfilling(
            town,
            lambda o, n=number: any(  # type: ignore[misc]
                (o.facts[name] or "").startswith(n.upper()) for name in ("tracking_id", "nomor")
            ),
        )
        assert {row.id for row in town.rows(Wanted(number=number))} == expected, number
        assert town.length(Wanted(number=number)) == len(expected)


def test_words_are_all_in_the_title_in_any_case(town: Town) -> None:
    for words in (("jalan",), ("LAMPU", "air"), ("lubang",), ("tidak-ada",)):
        expected = fulfilling(
            town,
            lambda o, ws=words: (  # type: ignore[misc]
                not o.facts["hidden"] and all(w.lower() in o.facts["judul"].lower() for w in ws)
            ),
        )
        assert {row.id for row in town.rows(Wanted(words=words))} == expected, words
    assert town.rows(Wanted(words=("%",))) == []


def test_what_one_may_not_read_is_not_found_by_its_words(town: Town) -> None:
    which = Wanted(words=("jalan",))
    assert any(row.rahasia for row in town.rows(which))
    assert not any(row.rahasia for row in town.rows(replace(which, reads_rahasia=False)))
    assert not any(row.hidden for row in town.rows(which))


def test_words_are_sought_in_the_newest_only(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wanted, "SEARCHED", 40)
    newest = sorted((one.facts["received_at"] for one in town.people), reverse=True)[39]
    found = town.rows(Wanted(words=("jalan",)))
    assert found
    assert all(row.received_at >= newest for row in found)


# --- figures ----------------------------------------------------------------------------------


def test_figures_are_the_lengths_of_their_lists(town: Town) -> None:
    lists = [
        Wanted(scope=s).also(one) for one in Saring for s in (None, frozenset(town.offices[:2]))
    ]
    with reading(town.opened.engine) as connection:
        counted = board.counts(connection, lists, DAY)
        late = board.late(connection, EVERY, DAY)
        assert board.counts(connection, [], DAY) == []
    assert counted == [town.length(one) for one in lists]
    assert [one.count for one in late] == sorted((one.count for one in late), reverse=True)
    assert sum(one.count for one in late) == town.length(EVERY.also(Saring.TERLAMBAT))
    for one in late:
        narrowed = Wanted(instansi_id=one.instansi_id).also(Saring.TERLAMBAT)
        if one.instansi_id is None:
            narrowed = narrowed.also(Saring.TANPA_INSTANSI)
        assert town.length(narrowed) == one.count


def test_where_each_office_stands_adds_up_to_the_lists(town: Town) -> None:
    for which in (EVERY, Wanted(scope=frozenset(town.offices[:2])), Wanted(sumber="SMS")):
        with reading(town.opened.engine) as connection:
            standings = board.standings(connection, which, DAY)
        assert len(standings) >= 2
        for narrowed, counts in (
            (Saring.TERLAMBAT, [one.terlambat for one in standings]),
            (Saring.JATUH_TEMPO, [one.hari_ini for one in standings]),
            (
                Saring.BERJALAN,
                [one.terlambat + one.hari_ini + one.menunggu for one in standings],
            ),
        ):
            assert sum(counts) == town.length(which.also(narrowed)) > 0, (which, narrowed)
        for one in standings:
            own = [each for each in town.people if each.facts["instansi_id"] == one.instansi_id]
            kept = [each for each in own if each.facts["merged_into_id"] is None]
            if which == EVERY:
                assert one.terlambat == sum(map(is_late, kept))


def test_the_flow_of_days_is_the_length_of_each_days_lists(town: Town) -> None:
    bounds = [DAY.today + timedelta(days=n) for n in range(-13, 2)]
    for scope in (None, frozenset(town.offices[:2])):
        with reading(town.opened.engine) as connection:
            flow = board.flow(connection, Wanted(scope=scope), bounds, DAY)
        assert len(flow) == 14
        for one, span in zip(flow, pairwise(bounds), strict=True):
            assert one.received == town.length(Wanted(scope=scope, received=span))
            assert one.closed == town.length(Wanted(scope=scope, closed=span))
        assert sum(one.received for one in flow) > 0
        assert sum(one.closed for one in flow) > 0


def test_notices_are_counted_since_a_moment(town: Town) -> None:
    held = sum(one.hold is not None for one in town.people)
    moments = (None, MONDAY, MONDAY + timedelta(microseconds=1))
    with reading(town.opened.engine) as connection:
        found = [
            board.notices(connection, {NoticeStatus.HELD: since, NoticeStatus.FAILED: since})
            for since in moments
        ]
    assert [one[NoticeStatus.HELD] for one in found] == [held, held, 0]
    assert held > 0 == found[0][NoticeStatus.FAILED]


def test_the_newest_import(town: Town) -> None:
    with reading(town.opened.engine) as connection:
        assert board.last_import(connection) is None
    counts = dict.fromkeys(("read", "added", "updated", "unchanged", "held", "rejected"), 0)
    facts = {"file_name": "a", "sha256": "b", **counts}
    with writing(town.opened.engine) as connection:
        for hours in (5, 2, 9):
            moment = MONDAY - timedelta(hours=hours)
            connection.execute(
                insert(ImportRun).values(**facts, data_at=moment - H, finished_at=moment)
            )
    with reading(town.opened.engine) as connection:
        assert board.last_import(connection) == board.Import(MONDAY - 3 * H, MONDAY - 2 * H)


def test_the_sources_there_are(town: Town) -> None:
    with reading(town.opened.engine) as connection:
        assert browse.sources(connection, None) == ["SMS", "Tatap Muka", "Website"]
