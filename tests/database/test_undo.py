"""What was done at a desk waits a minute before anybody is told, and can be taken back whole."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from bot import handling
from bot.dialogue import acts, standing
from bot.handling import Do, Handled
from config.terms import Clock, Peran
from scheduler.case import Case
from scheduler.complaint import RefusedError
from scheduler.directory import PostInfo
from scheduler.ledger import SP4N
from scheduler.lifecycle import Desk
from scheduler.store import cases, handled, holds, requests
from scheduler.store.console_tables import ActionImage
from scheduler.store.handled import KEPT, WAIT
from scheduler.store.messaging_tables import Notice
from scheduler.store.requests import Kind
from scheduler.store.session import Connection, reading, writing
from scheduler.store.tables import ClockRun, Complaint
from tests.database.clerk import Clerk
from tests.database.office import Office, at

NOW = at("2026-05-04 10:00")


class Desks(Clerk):
    """A clerk with complaints of SP4N before him."""

    def receive(self, number: str) -> int:
        desk = Desk(self.office.opened.world(NOW), NOW)
        case = Case("Jalan rusak", "Jalan rusak", NOW, NOW, tracking_id=number)
        with writing(self.office.engine) as connection:
            desk.receive(case, "sp4n")
            cases.write(connection, desk.changes)
        assert case.id is not None
        return case.id

    def does(self, verb: str, ids: list[int], do: Do, when: datetime = NOW) -> Handled:
        return super().does(verb, ids, do, when)

    def disposes(self, *ids: int, when: datetime = NOW) -> Handled:
        body = self.office.body("DPUPR")
        return self.does(
            "dispose", list(ids), lambda _, desk, case: desk.dispose(case, body, "kominfo"), when
        )

    def picture(self, key: int) -> Any:
        with reading(self.office.engine) as connection:
            return handled.picture(connection, key)


@pytest.fixture
def clerk(office: Office) -> Desks:
    return Desks(office)


def sent(office: Office, when: datetime) -> int:
    return office.opened.tick(when).sent


def test_nobody_is_told_for_a_minute(office: Office, clerk: Desks) -> None:
    clerk.disposes(clerk.receive("9000001"))
    assert sent(office, NOW + WAIT - timedelta(seconds=1)) == 0
    assert sent(office, NOW + WAIT) > 0


VERBS: dict[str, Callable[[Connection, Desk, Case], None]] = {
    "verify": lambda _, desk, case: desk.verify(case, "kominfo"),
    "pause": lambda _, desk, case: desk.pause(case, "kominfo", "lokasi belum jelas"),
    "archive": lambda _, desk, case: desk.archive(case, "kominfo", "bukan kewenangan"),
    "close": lambda _, desk, case: desk.close(case, "kominfo"),
}


def same_but_for_the_trace(before: Any, after: Any) -> None:
    """All rows of before are as they were; what else there is says nothing."""
    for key, row in before.items():
        now = dict(after[key])
        if key[0] == "complaints":
            now["last_event_at"] = row["last_event_at"]
        assert now == row, key
    for key in after.keys() - before.keys():
        assert key[0] == "notices", key
        assert (after[key]["status"], after[key]["run_id"]) == ("cancelled", None)


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_undone_it_is_as_before(clerk: Desks, verb: str) -> None:
    key = clerk.receive("9000001")
    before = clerk.picture(key)
    done = clerk.does(verb, [key], VERBS[verb])
    assert clerk.picture(key) != before
    assert clerk.undoes(done.action, NOW + timedelta(seconds=30)) == (["9000001"], [])
    same_but_for_the_trace(before, clerk.picture(key))


def test_a_disposition_undone_starts_no_clock_anew(office: Office, clerk: Desks) -> None:
    key = clerk.receive("9000001")
    before = clerk.picture(key)
    done = clerk.disposes(key)
    clerk.undoes(done.action, NOW + timedelta(seconds=59))
    same_but_for_the_trace(before, clerk.picture(key))
    assert sent(office, NOW + timedelta(hours=1)) == 0
    clerk.disposes(key, when=NOW + timedelta(hours=2))
    assert sent(office, NOW + timedelta(hours=3)) > 0


def test_an_unsent_reminder_that_it_cancelled_comes_back(office: Office, clerk: Desks) -> None:
    """A notice of the night waits for the morning; closing cancels it, undoing brings it back."""
    night = at("2026-05-04 21:00")
    key = clerk.receive("9000001")
    clerk.disposes(key, when=night)
    later = night + timedelta(minutes=5)
    done = clerk.does("close", [key], VERBS["close"], later)
    assert sent(office, at("2026-05-05 07:00")) == 0
    clerk.undoes(done.action, at("2026-05-05 07:01"))
    assert sent(office, at("2026-05-05 07:02")) > 0


def test_too_late_once_somebody_was_told(office: Office, clerk: Desks) -> None:
    key = clerk.receive("9000001")
    done = clerk.disposes(key)
    sent(office, NOW + WAIT)
    told = clerk.picture(key)
    assert clerk.undoes(done.action, NOW + WAIT) == (
        [],
        [("9000001", "pesannya sudah keluar")],
    )
    assert clerk.picture(key) == told


def test_too_late_once_something_else_happened(office: Office, clerk: Desks) -> None:
    key = clerk.receive("9000001")
    done = clerk.disposes(key)
    office.do("9000001", "2026-05-04 10:00", lambda desk, case: desk.accept(case, "opd"))
    assert clerk.undoes(done.action, NOW + WAIT)[1] == [("9000001", "sudah ada kejadian baru")]


def test_once_and_by_its_user_only(office: Office, clerk: Desks) -> None:
    done = clerk.disposes(clerk.receive("9000001"))
    assert done.action is not None
    with pytest.raises(RefusedError):
        handling.undo(office.opened, clerk.id + 1, done.action, NOW)
    clerk.undoes(done.action, NOW)
    with pytest.raises(RefusedError):
        clerk.undoes(done.action, NOW)


def test_what_is_refused_leaves_the_rest_alone(office: Office, clerk: Desks) -> None:
    first, second = clerk.receive("9000001"), clerk.receive("9000002")
    clerk.does("archive", [first], VERBS["archive"])
    done = clerk.disposes(first, second, 999)
    assert done.done == ("9000002",)
    assert [number for number, _ in done.refused] == ["9000001", "999"]
    with reading(office.engine) as connection:
        told = connection.execute(select(Notice.complaint_id).distinct()).scalars().all()
    assert told == [second]


def test_nothing_done_is_no_action(clerk: Desks) -> None:
    assert clerk.disposes(999).action is None


def test_outside_of_ones_office_there_is_nothing(office: Office, clerk: Desks) -> None:
    key = clerk.receive("9000001")
    clerk.disposes(key)
    scope = frozenset({office.body("DPUPR") + 1})
    done = handling.handle(
        office.opened, clerk.id, "accept", [key], NOW, VERBS["close"], scope=scope
    )
    assert done.done == ()


def test_what_was_let_go_is_held_again(office: Office, clerk: Desks) -> None:
    key = clerk.receive("9000001")
    clerk.disposes(key)

    def hold(connection: Connection, desk: Desk, case: Case) -> None:
        desk.remark(case, "veto", "kominfo", "arahan")
        holds.veto(connection, key, "arahan")

    def let_go(connection: Connection, desk: Desk, _case: Case) -> None:
        holds.release(connection, desk.world, [key], desk.at, not_before=desk.changes.not_before)

    letter = at("2026-05-06 21:00")  # surat_1 of the afternoon waits for the morning
    office.opened.tick(letter)
    clerk.does("hold", [key], hold, letter)
    before = clerk.picture(key)
    done = clerk.does("release", [key], let_go, letter + timedelta(minutes=1))
    assert clerk.picture(key) != before
    clerk.undoes(done.action, letter + timedelta(minutes=1, seconds=30))
    same_but_for_the_trace(before, clerk.picture(key))
    again = clerk.does("release", [key], let_go, letter + timedelta(minutes=2))
    assert sent(office, at("2026-05-07 07:00")) > 0
    assert clerk.undoes(again.action, at("2026-05-07 07:01"))[0] == []


def test_no_sweep_tells_of_it_within_the_minute(office: Office, clerk: Desks) -> None:
    """What a new run owes already is looked at after the minute, as all that it causes."""
    key = clerk.receive("9000001")
    clerk.disposes(key)
    with reading(office.engine) as connection:
        looks = connection.execute(
            select(ClockRun.next_look_at).where(
                ClockRun.complaint_id == key, ClockRun.stopped_at.is_(None)
            )
        ).scalars()
        assert all(look is None or look >= NOW + WAIT for look in looks)


def test_a_disposition_undone_is_not_the_first(office: Office, clerk: Desks) -> None:
    """What is first is asked where limits begin, and by the next export."""
    key = clerk.receive("9000001")
    clerk.undoes(clerk.disposes(key).action, NOW)
    with reading(office.engine) as connection:
        case = cases.load_cases(connection, [key])[key]
    assert Clock.RESPON not in case.run_counts


def test_requests_of_the_run_that_goes_on_are_still_asked(office: Office, clerk: Desks) -> None:
    """Disposed elsewhere in error, and that undone: what waits is not lost, nor what comes."""
    key = clerk.receive("9000001")
    clerk.disposes(key)

    def ask(kind: Kind, when: datetime) -> None:
        with writing(office.engine) as connection:
            requests.ask(
                connection,
                key,
                kind,
                body="isi",
                post_id=None,
                decider=Peran.ADMIN_KOORDINATOR,
                inbound_id=None,
                at=when,
                due_at=when,
                next_look_at=when,
            )

    def left(when: datetime) -> list[str]:
        with writing(office.engine) as connection:
            return [one.kind for one in standing.settle(connection, key, when)]

    ask("normatif", NOW + timedelta(minutes=5))
    other = office.body("Disdik")
    moved = clerk.does(
        "dispose",
        [key],
        lambda _, desk, case: desk.dispose(case, other, "kominfo"),
        NOW + timedelta(minutes=10),
    )
    clerk.undoes(moved.action, NOW + timedelta(minutes=10, seconds=30))
    ask("bukan", NOW + timedelta(minutes=15))
    assert left(NOW + timedelta(minutes=16)) == ["normatif", "bukan"]


OPD_VERBS: dict[str, Callable[[Connection, Desk, Case, PostInfo], object]] = {
    "terima": acts.accept,
    "sudah": lambda to, desk, case, post: acts.answered_in_sp4n(to, desk, case, post, None),
    "bukan": lambda to, desk, case, post: acts.request(to, desk, case, post, "bukan", "i", None),
}


@pytest.mark.parametrize("verb", sorted(OPD_VERBS))
def test_what_an_opd_took_back_it_can_say_again(clerk: Desks, verb: str) -> None:
    key = clerk.receive("9000001")
    clerk.disposes(key)

    def do(connection: Connection, desk: Desk, case: Case) -> None:
        post = next(p for p in desk.world.directory.posts.values() if p.peran is Peran.ADMIN_OPD)
        if not OPD_VERBS[verb](connection, desk, case, post):
            raise RefusedError("sudah")

    def says(minutes: int) -> Handled:
        return clerk.does(verb, [key], do, NOW + timedelta(minutes=minutes))

    clerk.undoes(says(5).action, NOW + timedelta(minutes=5, seconds=30))
    assert says(10).done == ("9000001",)
    assert says(20).done == ()


def test_what_a_clock_recorded_since_is_not_undone_with_its_pause(
    office: Office, clerk: Desks
) -> None:
    """A run that goes on again tells its next letter; then it cannot be said never to have."""
    key = clerk.receive("9000001")
    clerk.disposes(key)
    clerk.does("pause", [key], VERBS["pause"], NOW + timedelta(minutes=10))
    later = at("2026-05-05 09:00")
    # As an export does it: nobody is told, and so nothing else stops the undoing.
    done = clerk.does("resume", [key], lambda _, desk, case: desk.resume(case, SP4N), later)
    before = clerk.picture(key)
    office.opened.tick(at("2026-05-07 16:30"))
    assert any(name == "run_steps" for name, _ in clerk.picture(key).keys() - before.keys())
    assert clerk.undoes(done.action, at("2026-05-07 16:31"))[1] == [
        ("9000001", "sudah ada kejadian baru")
    ]


def test_what_an_export_said_since_is_not_undone(office: Office, clerk: Desks) -> None:
    """What an export fills in is no event of the complaint."""
    key = clerk.receive("9000001")

    def classify(_: Connection, desk: Desk, case: Case) -> None:
        desk.classify(case, "kominfo", kategori="Jalan")

    done = clerk.does("classify", [key], classify)
    with writing(office.engine) as connection:
        connection.execute(update(Complaint).values(kategori="Lampu"))
    assert clerk.undoes(done.action, NOW)[1] == [("9000001", "sudah ada perubahan baru")]


def test_who_asked_to_be_forgotten_is_not_kept_in_a_picture(office: Office, clerk: Desks) -> None:
    key = clerk.receive("9000001")
    with writing(office.engine) as connection:
        connection.execute(update(Complaint).values(reporter_sealed=b"sealed"))

    def classify(_: Connection, desk: Desk, case: Case) -> None:
        desk.classify(case, "kominfo", anonim=True)

    def pictures() -> int:
        with reading(office.engine) as connection:
            count = select(func.count()).select_from(ActionImage)
            return connection.execute(count).scalar_one()

    done = clerk.does("classify", [key], classify)
    assert pictures() > 0
    much_later = NOW + KEPT
    with pytest.raises(RefusedError):
        clerk.undoes(done.action, much_later)
    other = clerk.receive("9000002")
    clerk.does("archive", [other], VERBS["archive"], much_later + timedelta(seconds=1))
    with reading(office.engine) as connection:
        kept = connection.execute(select(ActionImage.complaint_id).distinct()).scalars().all()
    assert kept == [other]
