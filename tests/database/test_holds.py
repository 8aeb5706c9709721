"""What is held back, by whom it is let go, and how the ladder goes on from there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from config.policy_file import load_default_text
from config.terms import Clock, Status
from scheduler.ledger import HELD_BACKLOG, HELD_SHADOW, HELD_STALE
from scheduler.store import cases, holds
from scheduler.store.session import writing
from scheduler.store.tables import ClockRun
from tests.database.builders import Kabupaten, Told, at, kabupaten, row

MONDAY = "2026-05-04T10:00"
DONE = {"ingat": 1, "surat_1": 2, "hari_terakhir": 2, "surat_2": 2}


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Kabupaten]:
    with kabupaten(database_url, tmp_path) as opened:
        yield opened


def of(office: Kabupaten, step: str, number: str | None = None) -> list[Told]:
    return [told for told in office.told(number) if told.step == step]


# --- the go-live backlog ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("imported", "backlog"),
    [
        ("2026-05-06T15:59", False),  # surat_1 is due a minute later
        ("2026-05-06T16:00", True),
        ("2026-05-06T16:01", True),
    ],
)
def test_a_backlog_is_what_had_its_first_letter_due_when_first_imported(
    office: Kabupaten, imported: str, *, backlog: bool
) -> None:
    office.import_([row(received=MONDAY)], imported)
    assert office.case().backlog_at == (at(imported) if backlog else None)
    # Seen again it is what it was.
    office.import_([row(received=MONDAY)], "2026-05-08T16:00")
    assert (office.case().backlog_at is not None) == backlog


def test_disposed_at_the_import_nothing_is_a_backlog(office: Kabupaten) -> None:
    office.import_([row(received="2026-03-02T10:00")], MONDAY, disposed_at="import")
    assert office.case().backlog_at is None


def test_one_digest_an_officer_and_no_leader_before_the_release(office: Kabupaten) -> None:
    rows = [
        row(str(9000001 + n), received="2026-03-02T10:00", instansi=instansi)
        for n, instansi in enumerate(["Dinas Pekerjaan Umum"] * 6 + ["Dinas Pendidikan"] * 3)
    ]
    office.import_(rows, MONDAY)
    tick = office.tick(MONDAY)
    # terima, Surat I and the long passed limit of penyelesaian in one message to each phone.
    assert (tick.sent, tick.held) == (7, 0)
    sent = sorted(post for _, posts in office.messages() for post in posts)
    assert sent == sorted(
        f"{who} {where}"
        for who in ("Admin", "Sekretaris", "Kepala")
        for where in ("DPU", "Disdik", *(["Kominfo"] if who == "Admin" else []))
    )
    assert {n.due for n in of(office, "surat_1")} == {at("2026-03-04T16:00")}
    office.tick("2026-05-05T08:00", "2026-05-05T16:00", "2026-05-06T08:00", "2026-05-07T08:00")
    leaders = [n for n in office.told() if n.post in ("Sekda", "Asisten II")]
    assert {(n.step, n.status, n.hold) for n in leaders} == {("eskalasi", "held", HELD_BACKLOG)}
    # Without limit: weeks later there is still no more than that one step.
    office.tick("2026-06-02T08:00", "2026-06-03T08:00")
    assert [n for n in office.told() if n.post in ("Sekda", "Asisten II")] == leaders
    assert of(office, "ulang") == []


def test_after_the_release_the_escalation_goes_and_ulang_a_working_day_later(
    office: Kabupaten,
) -> None:
    office.import_([row(received="2026-03-02T10:00")], MONDAY)
    office.tick(MONDAY, "2026-05-05T16:00", "2026-05-06T08:00", "2026-05-07T08:00")
    assert [n.hold for n in of(office, "eskalasi")] == [HELD_BACKLOG] * 2
    assert office.release("2026-05-12T10:00", only=HELD_BACKLOG) == 2
    office.tick("2026-05-12T10:00")
    assert {(n.post, n.status) for n in of(office, "eskalasi")} == {
        ("Asisten II", "delivered"),
        ("Sekda", "delivered"),
    }
    office.tick("2026-05-13T07:59")
    assert of(office, "ulang") == []
    office.tick("2026-05-13T08:00")
    assert [(n.post, n.due) for n in of(office, "ulang")] == [
        ("Asisten II", at("2026-05-13T08:00"))
    ]
    assert "release" in office.trail()
    # Let go once, nothing is left of it.
    assert office.release("2026-05-13T09:00", only=HELD_BACKLOG) == 0


def test_released_before_it_climbs_nothing_is_held(office: Kabupaten) -> None:
    office.import_([row(received="2026-03-02T10:00")], MONDAY)
    office.tick(MONDAY)
    assert office.release("2026-05-04T11:00", only=HELD_BACKLOG) == 0
    office.tick("2026-05-05T16:00", "2026-05-06T08:00")
    assert [n.status for n in of(office, "eskalasi")] == ["delivered"] * 2


def test_a_backlog_that_is_answered_is_cancelled_instead(office: Kabupaten) -> None:
    office.import_([row(received="2026-03-02T10:00")], MONDAY)
    office.tick(MONDAY, "2026-05-05T16:00", "2026-05-06T08:00")
    office.import_(
        [row(received="2026-03-02T10:00", status="Ditanggapi oleh Pelapor")], "2026-05-07T10:00"
    )
    assert [n.status for n in of(office, "eskalasi")] == ["cancelled"] * 2
    assert office.release("2026-05-07T11:00", only=HELD_BACKLOG) == 0


# --- SP4N_FRESH_H -----------------------------------------------------------------------------


@pytest.fixture
def careful(database_url: str, tmp_path: Path) -> Iterator[Kabupaten]:
    """Letters and leader steps wait where SP4N's data are older than a day."""
    with kabupaten(database_url, tmp_path, sp4n_fresh_h=24) as opened:
        yield opened


def test_data_are_stale_after_so_many_hours(careful: Kabupaten) -> None:
    # Generated Monday: the snapshot speaks of no later than the import, 16:00.
    careful.import_([row(received=MONDAY)], "2026-05-04T16:00", generated="04 May 2026")
    careful.import_([row("9000002", received="2026-05-04T16:00")], "2026-05-04T16:00")
    careful.tick("2026-05-04T16:00", "2026-05-05T08:00", "2026-05-06T15:59")
    assert careful.steps("9000001") == ["terima", "ingat"]
    careful.import_([row(received=MONDAY)], "2026-05-06T15:59", generated="05 May 2026")
    # Tuesday 23:59:59 is 16 hours ago: fresh.
    careful.tick("2026-05-06T16:00")
    assert [n.status for n in of(careful, "surat_1", "9000001")] == ["delivered"] * 2


def test_letters_wait_for_a_newer_import_and_what_follows_them_too(careful: Kabupaten) -> None:
    careful.import_([row(received=MONDAY)], MONDAY, generated="04 May 2026")
    careful.tick(MONDAY, "2026-05-05T08:00", "2026-05-06T16:00")
    assert [n.status for n in of(careful, "ingat")] == ["delivered"]
    assert {(n.status, n.hold) for n in of(careful, "surat_1")} == {("held", HELD_STALE)}
    # The next letter waits for this one, without limit; so does the morning that announces it.
    careful.tick("2026-05-07T08:00", "2026-05-07T16:00", "2026-05-08T16:00")
    assert of(careful, "hari_terakhir") == []
    assert of(careful, "surat_2") == []
    # A snapshot older than what is known, or too old itself, tells nothing.
    for day in ("03", "06"):
        careful.import_([row(received=MONDAY)], "2026-05-08T16:30", generated=f"{day} May 2026")
        assert {n.hold for n in of(careful, "surat_1")} == {HELD_STALE}
    # Neither does one of which no row can be read.
    ahead = [row(received="2027-05-04T10:00")]
    assert careful.import_(ahead, "2026-05-11T08:30", generated="11 May 2026").rejected
    assert {n.hold for n in of(careful, "surat_1")} == {HELD_STALE}
    careful.import_([row(received=MONDAY)], "2026-05-11T09:00", generated="11 May 2026")
    assert {n.status for n in of(careful, "surat_1")} == {"pending"}
    careful.tick("2026-05-11T09:00")
    assert [n.status for n in of(careful, "surat_1")] == ["delivered"] * 2
    assert {n.due for n in of(careful, "surat_1")} == {at("2026-05-06T16:00")}
    assert "s.d. Sel 12 Mei 16.00" in careful.messages()[-1][0]
    # The release counts as the recording: Surat II one working day later, at its own hour.
    careful.tick("2026-05-12T09:00")
    assert {n.due for n in of(careful, "hari_terakhir")} == {at("2026-05-12T08:00")}
    assert of(careful, "surat_2") == []
    careful.import_([row(received=MONDAY)], "2026-05-12T15:00", generated="12 May 2026")
    careful.tick("2026-05-12T15:59")
    assert of(careful, "surat_2") == []
    careful.tick("2026-05-12T16:00")
    assert [(n.due, n.status) for n in of(careful, "surat_2")] == [
        (at("2026-05-12T16:00"), "delivered")
    ] * 2


def test_the_answered_ones_are_cancelled_instead(careful: Kabupaten) -> None:
    rows = [row("9000001", received=MONDAY), row("9000002", received=MONDAY)]
    careful.import_(rows, MONDAY, generated="04 May 2026")
    careful.tick(MONDAY, "2026-05-05T08:00", "2026-05-06T16:00")
    rows[0]["Status Laporan"] = "Ditanggapi oleh Pelapor"
    careful.import_(rows, "2026-05-06T16:30", generated="06 May 2026")
    assert {n.status for n in of(careful, "surat_1", "9000001")} == {"cancelled"}
    assert {n.status for n in of(careful, "surat_1", "9000002")} == {"pending"}
    assert careful.status("9000001") is Status.PROSES


def test_kominfo_says_it_is_still_unanswered(careful: Kabupaten) -> None:
    rows = [row("9000001", received=MONDAY), row("9000002", received=MONDAY)]
    careful.import_(rows, MONDAY, generated="04 May 2026")
    careful.tick(MONDAY, "2026-05-05T08:00", "2026-05-06T16:00")
    assert careful.release("2026-05-06T17:00", "9000001") == 2
    assert {n.status for n in of(careful, "surat_1", "9000001")} == {"pending"}
    assert {n.hold for n in of(careful, "surat_1", "9000002")} == {HELD_STALE}


def test_own_complaints_need_no_data_of_sp4n(careful: Kabupaten) -> None:
    nomor = careful.receive(MONDAY)
    careful.dispose(nomor, MONDAY)
    careful.tick(MONDAY, "2026-05-05T08:00", "2026-05-06T16:00")
    assert [n.status for n in of(careful, "surat_1", nomor)] == ["delivered"] * 2


def test_fresher_data_do_not_carry_a_backlog_to_the_leaders(careful: Kabupaten) -> None:
    old = row(received="2026-03-02T10:00")
    careful.import_([old], MONDAY, generated="04 May 2026")
    careful.tick(MONDAY)
    careful.import_([old], "2026-05-05T15:00", generated="05 May 2026")
    careful.tick("2026-05-05T16:00")
    # At the escalation the data are stale as well; a newer import lets no leader be told.
    careful.tick("2026-05-07T08:00")
    assert {n.hold for n in of(careful, "eskalasi")} == {HELD_BACKLOG}
    careful.import_([old], "2026-05-07T09:00", generated="07 May 2026")
    careful.tick("2026-05-07T09:00")
    assert {n.hold for n in of(careful, "eskalasi")} == {HELD_BACKLOG}


def test_an_import_of_an_earlier_moment_lets_nothing_later_go(careful: Kabupaten) -> None:
    careful.import_([row(received=MONDAY)], MONDAY, generated="04 May 2026")
    careful.tick(MONDAY, "2026-05-05T08:00", "2026-05-06T16:00")
    careful.do("9000001", "2026-05-07T09:00", lambda d, c: d.accept(c, "opd"))
    report = careful.import_([row("9000002")], "2026-05-07T08:00", generated="07 May 2026")
    assert report.added == 1
    assert {n.hold for n in of(careful, "surat_1")} == {HELD_STALE}


# --- shadow and stop-all ----------------------------------------------------------------------

LADDER = ("2026-05-05T08:00", "2026-05-06T16:00", "2026-05-07T08:00", "2026-05-07T16:00")


def test_shadow_decides_everything_and_sends_nothing(database_url: str, tmp_path: Path) -> None:
    with kabupaten(database_url, tmp_path, shadow=True) as office:
        office.import_([row(received=MONDAY), row("9000002", instansi="Badan Antariksa")], MONDAY)
        office.tick(MONDAY, *LADDER, "2026-05-08T08:00", "2026-05-11T08:00")
        assert office.steps("9000001") == [
            *("terima", "ingat", "surat_1", "hari_terakhir", "surat_2", "eskalasi", "ulang")
        ]
        assert {(n.status, n.hold) for n in office.told()} == {("held", HELD_SHADOW)}
        assert office.messages() == []
        # A release lets go what waits for a person, not what shadow keeps.
        assert office.release("2026-05-11T09:00", "9000001") == 0
        assert {n.status for n in office.told()} == {"held"}


def test_shadow_switched_on_keeps_back_what_was_decided_before(
    database_url: str, tmp_path: Path
) -> None:
    with kabupaten(database_url, tmp_path) as office:
        office.import_([row(received=MONDAY)], MONDAY)
        office.tick(MONDAY)
        office.sweep("2026-05-05T08:00")
    with kabupaten(database_url, tmp_path, peopled=False, shadow=True) as office:
        office.import_([row(instansi="Dinas Pendidikan")], "2026-05-05T08:30")
        assert office.tick("2026-05-05T09:00", "2026-05-06T09:00").sent == 0
    with kabupaten(database_url, tmp_path, peopled=False) as office:
        # What was decided in shadow stays there, also the request to ignore what went before.
        assert office.tick("2026-05-06T10:00").sent == 0
        assert {(n.post, n.status, n.hold) for n in of(office, "dispose")} == {
            ("Admin DPU", "held", HELD_SHADOW),
            ("Sekretaris DPU", "held", HELD_SHADOW),
        }
        decided = {n.post: (n.status, n.hold) for n in of(office, "ingat")}
        assert decided == {
            "Admin DPU": ("cancelled", None),
            "Admin Disdik": ("held", HELD_SHADOW),
        }


def test_stopped_nothing_is_decided_and_afterwards_it_is_as_after_an_outage(
    office: Kabupaten,
) -> None:
    office.import_([row(received=MONDAY)], MONDAY)
    office.tick(MONDAY)
    office.opened.set_stopped(at("2026-05-05T07:00"), stopped=True)
    assert office.opened.stopped_since() == "2026-05-05T07:00:00+07:00"
    tick = office.tick("2026-05-05T08:00", "2026-05-07T08:00")
    assert (tick.stopped, tick.due, tick.sent) == (True, 0, 0)
    assert office.steps() == ["terima"]
    office.opened.set_stopped(at("2026-05-07T09:00"), stopped=False)
    assert office.opened.stopped_since() is None
    office.tick("2026-05-07T09:00")
    # domain: down Tue 07:00 to Thu 09:00: Surat I at once, Surat II Friday, never both.
    assert office.steps() == ["terima", "surat_1"]
    office.tick("2026-05-07T16:00", "2026-05-08T08:00", "2026-05-08T15:59")
    assert office.steps() == ["terima", "surat_1", "hari_terakhir"]
    office.tick("2026-05-08T16:00", "2026-05-11T08:00")
    assert office.steps()[-2:] == ["surat_2", "eskalasi"]


def test_a_stop_given_during_a_pass_ends_it(office: Kabupaten) -> None:
    office.import_([row(received=MONDAY)], MONDAY)

    def going() -> bool:
        office.opened.set_stopped(at(MONDAY), stopped=True)
        return True

    done = office.opened.tick(at(MONDAY), going)
    assert (done.stopped, done.sent) == (True, 0)
    assert office.messages() == []


def test_deadlines_without_confirmed_days_off_are_counted_even_while_stopped(
    office: Kabupaten,
) -> None:
    # D+14 of 13 December 2027 lies in 2028.
    office.import_([row(received="2027-12-13T10:00")], "2027-12-13T12:00")
    assert office.opened.unconfirmed() == (1, 2027)
    office.opened.set_stopped(at("2027-12-13T13:00"), stopped=True)
    assert office.tick("2027-12-13T13:00").beyond == 1


def test_a_next_step_beyond_the_confirmed_year_counts_as_a_limit_does(office: Kabupaten) -> None:
    office.import_([row(received="2027-12-28T10:00")], "2027-12-28T12:00")
    with writing(office.engine) as connection:
        early = {"limit_at": at("2027-12-30T16:00")}
        connection.execute(
            update(ClockRun).values(early | {"next_look_at": at("2027-12-31T23:59")})
        )
    world = office.opened.rules.world(office.engine)
    assert office.opened.unconfirmed(world) == (0, 2027)
    with writing(office.engine) as connection:
        connection.execute(update(ClockRun).values(next_look_at=at("2028-01-01T00:00")))
    assert office.opened.unconfirmed(world)[0] == 2  # respon and penyelesaian


def test_stopped_between_decision_and_sending(office: Kabupaten) -> None:
    office.import_([row(received=MONDAY)], MONDAY)
    office.opened.set_stopped(at(MONDAY), stopped=True)
    office.tick("2026-05-04T11:00")
    assert office.messages() == []
    office.opened.set_stopped(at("2026-05-04T12:00"), stopped=False)
    assert office.tick("2026-05-04T12:00").sent == 2


# --- veto -------------------------------------------------------------------------------------


def veto(office: Kabupaten, number: str = "9000001") -> int:
    with writing(office.engine) as connection:
        key = cases.find(connection, number)
        assert key is not None
        return holds.veto(connection, key, "kepala dinas sudah menelepon")


def test_an_escalation_may_be_held_within_its_hour(database_url: str, tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    text = load_default_text()
    spot = text.index('step = "eskalasi"')
    policy.write_text(
        text[:spot] + text[spot:].replace('hour = "08:00"\n', 'hour = "08:00"\nveto = "1 jam"\n', 1)
    )
    with kabupaten(database_url, tmp_path, policy_file=policy) as office:
        office.import_([row(received=MONDAY), row("9000002", received=MONDAY)], MONDAY)
        office.tick(MONDAY, *LADDER, "2026-05-08T08:00", "2026-05-08T08:59")
        assert {n.status for n in of(office, "eskalasi")} == {"pending"}
        assert veto(office) == 2
        office.tick("2026-05-08T09:00")
        assert {n.status for n in of(office, "eskalasi", "9000002")} == {"delivered"}
        assert {(n.status, n.hold) for n in of(office, "eskalasi", "9000001")} == {
            ("held", "veto: kepala dinas sudah menelepon")
        }
        assert veto(office) == 0
        # Held without limit: no ulang, until Kominfo lets it go.
        office.tick("2026-05-11T08:00", "2026-05-12T08:00")
        assert of(office, "ulang", "9000001") == []
        assert len(of(office, "ulang", "9000002")) == 3  # on Monday the Sekda as well
        assert office.release("2026-05-12T10:00", "9000001") == 2
        office.tick("2026-05-12T10:00", "2026-05-13T08:00")
        assert {n.status for n in of(office, "eskalasi", "9000001")} == {"delivered"}
        assert [n.due for n in of(office, "ulang", "9000001")] == [at("2026-05-13T08:00")]


def test_a_veto_leaves_courtesy_alone(office: Kabupaten) -> None:
    office.import_([row(received=MONDAY)], MONDAY)
    office.sweep("2026-05-05T08:00")
    assert veto(office) == 0
    assert {n.status for n in office.told()} == {"pending"}
    assert office.clocks() == {Clock.RESPON: 1, Clock.PENYELESAIAN: 1}
