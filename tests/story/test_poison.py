"""One run that cannot be decided: it is put an hour forward and reported, the others go on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, delete, insert, select, text, update

from bot.compose import Installation, Tick
from config.policy_file import load_default_text, parse_policy
from config.terms import Clock, NoticeStatus, Peran
from scheduler.store.messaging_tables import Notice
from scheduler.store.rules import add_version
from scheduler.store.session import reading, writing
from scheduler.store.tables import ClockRun, Complaint, Holder, Post
from scheduler.sweep import sweep
from scheduler.world import NEWER
from tests.factories import KABUPATEN, Kominfo, Row, appoint, opened, people
from tests.story.record import steps_of
from tests.story.reference import JAKARTA

HOUR = timedelta(hours=1)
NUMBERS = [str(number) for number in range(9_000_001, 9_000_061)]
"""More than a batch."""
POISONED = NUMBERS[30]


def wib(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-05-{text}").replace(tzinfo=JAKARTA)


DISPOSED = wib("04T10:00")
DUE = wib("05T08:00")  # ingat


def disposed(installation: Installation) -> None:
    kominfo = Kominfo.at(installation, DISPOSED)
    for number in NUMBERS:
        kominfo.dispose(kominfo.receive(number, DISPOSED), "Dinas 1", DISPOSED)


def run_of(connection: Connection, number: str) -> ClockRun:
    """The row of the respon run of a complaint."""
    return connection.execute(
        select(ClockRun.id, ClockRun.policy_version_id, ClockRun.next_look_at, ClockRun.last_error)
        .join(Complaint, Complaint.id == ClockRun.complaint_id)
        .where(Complaint.tracking_id == number, ClockRun.clock == Clock.RESPON)
    ).one()  # type: ignore[return-value]  # it has these columns of it


def under_policy(body: str) -> Callable[[Connection], None]:
    """Have the poisoned run keep a version with this text; the newest is sound."""

    def poison(connection: Connection) -> None:
        version = add_version(connection, "policy", body, DISPOSED)
        add_version(connection, "policy", load_default_text(), DISPOSED)
        run = run_of(connection, POISONED)
        connection.execute(
            update(ClockRun).where(ClockRun.id == run.id).values(policy_version_id=version)
        )

    return poison


def notice_that_cannot_be(connection: Connection) -> None:
    """A notice of a step that is not on record: what the sweep will write collides with it."""
    run = run_of(connection, POISONED)
    post = connection.execute(
        select(Post.id).where(Post.peran == Peran.ADMIN_OPD, Post.jabatan == "Admin Dinas 1")
    ).scalar_one()
    row = connection.execute(select(Notice).where(Notice.run_id == run.id).limit(1)).one()
    copied = {**row._mapping, "cause": f"{run.id}/ingat/1/{post}", "status": NoticeStatus.FAILED}
    del copied["id"]
    connection.execute(insert(Notice), copied)


def without_respon() -> str:
    """The default policy without that clock: sound, but of no use to the run."""
    head, _, tail = load_default_text().partition('[[clock]]\nclock = "respon"')
    body = head + tail[tail.index("[[clock]]") :]
    assert Clock.RESPON not in parse_policy(body).clocks
    return body


POISONS = {
    "policy without the clock": under_policy(without_respon()),
    "policy that cannot be read": under_policy("nama = "),
    "notice that exists": notice_that_cannot_be,
}


@pytest.mark.parametrize("poison", POISONS.values(), ids=POISONS)
def test_the_others_go_on(database_url: str, poison: Callable[[Connection], None]) -> None:
    with opened(database_url, DISPOSED) as installation:
        disposed(installation)
        with writing(installation.engine) as connection:
            poison(connection)
        assert_one_is_set_aside(installation, installation.tick(DUE))

        # Looked at again after the hour, not before.
        assert installation.tick(DUE + HOUR - timedelta(minutes=1)).problems == ()
        assert len(installation.tick(DUE + HOUR).problems) == 1


def test_a_row_that_cannot_be_read(sqlite_url: str) -> None:
    with opened(sqlite_url, DISPOSED) as installation:
        disposed(installation)
        with writing(installation.engine) as connection:
            run = run_of(connection, POISONED)
            connection.execute(
                text("UPDATE clock_runs SET started_at = 'kemarin' WHERE id = :id"), {"id": run.id}
            )
        assert_one_is_set_aside(installation, installation.tick(DUE))


def assert_one_is_set_aside(installation: Installation, done: Tick) -> None:
    assert len(done.problems) == 1
    for number in NUMBERS:
        names = [noted.step for noted in steps_of(installation, number)]
        assert names == ["terima", "ingat"] if number != POISONED else ["terima"]
    with reading(installation.engine) as connection:
        run = run_of(connection, POISONED)
        assert POISONED in done.problems[0] or f"nomor {run.id}:" in done.problems[0]
        assert run.next_look_at == DUE + HOUR
        assert run.last_error is not None
        assert run.last_error in done.problems[0]


def test_repaired_it_goes_on_with_its_own_due_time(database_url: str) -> None:
    with opened(database_url, DISPOSED) as installation:
        disposed(installation)
        with writing(installation.engine) as connection:
            sound = run_of(connection, POISONED).policy_version_id
            under_policy("nama = ")(connection)
        installation.tick(DUE)
        with writing(installation.engine) as connection:
            run = run_of(connection, POISONED)
            connection.execute(
                update(ClockRun).where(ClockRun.id == run.id).values(policy_version_id=sound)
            )
        assert installation.tick(DUE + HOUR).problems == ()
        ingat = steps_of(installation, POISONED)[1]
        assert (ingat.step, ingat.due_at, ingat.recorded_at) == ("ingat", DUE, DUE + HOUR)
        with reading(installation.engine) as connection:
            assert run_of(connection, POISONED).last_error is None


def test_what_another_worker_opens_after_the_snapshot_waits_for_the_next(
    database_url: str,
) -> None:
    with opened(database_url, DISPOSED) as old, opened(database_url, DISPOSED) as other:
        before = old.world(DISPOSED)
        with writing(other.engine) as connection:
            add_version(connection, "policy", load_default_text() + "\n# baru\n", DISPOSED)
        kominfo = Kominfo.at(other, DISPOSED)
        assert kominfo.world.current not in before.policies
        kominfo.dispose(kominfo.receive(POISONED, DISPOSED), "Dinas 1", DISPOSED)
        assert before.open_at(4711, DUE) == DUE + NEWER  # a post that it does not know
        assert sweep(old.engine, before, DUE).problems == []
        with reading(old.engine) as connection:
            run = run_of(connection, POISONED)
        assert (run.next_look_at, run.last_error) == (DUE + NEWER, None)
        assert old.tick(DUE + NEWER).queued == 1
        assert steps_of(old, POISONED)[-1].due_at == DUE


# --- nobody to tell -----------------------------------------------------------------------------

NOBODY: list[Row] = [
    (KABUPATEN, "kabupaten", "", "", "", ""),
    ("Dinas 1 Contoh", "opd", "", "", "Dinas 1", ""),
]


def test_a_look_that_tells_nobody_leaves_nothing_on_record(sqlite_url: str) -> None:
    """Not even the courtesy step that it would have passed over."""
    with opened(sqlite_url, DISPOSED, NOBODY) as installation:
        kominfo = Kominfo.at(installation, DISPOSED)
        kominfo.dispose(kominfo.receive("9000001", DISPOSED), "Dinas 1", DISPOSED)
        at = wib("06T16:00")  # ingat is missed, surat_1 is due
        assert len(installation.tick(at).problems) == 1
        assert [noted.step for noted in steps_of(installation, "9000001")] == ["terima"]
        appoint(installation, people(1), at)
        installation.tick(at + HOUR)
        recorded = [noted.recorded_at for noted in steps_of(installation, "9000001")]
        assert recorded[1:] == [at + HOUR, at + HOUR]


def test_a_step_stays_due_until_somebody_can_be_told(database_url: str) -> None:
    with opened(database_url, DISPOSED, NOBODY) as installation:
        kominfo = Kominfo.at(installation, DISPOSED)
        kominfo.dispose(kominfo.receive("9000001", DISPOSED), "Dinas 1", DISPOSED)
        assert installation.tick(DUE - HOUR).problems == ()
        for late in range(3):
            done = installation.tick(DUE + late * HOUR)
            assert done.problems == (
                "aduan 9000001, jam respon: tidak ada pemegang jabatan yang dapat diberi tahu",
            )
            assert done.queued == 0
        assert [noted.step for noted in steps_of(installation, "9000001")] == ["terima"]

        appoint(installation, people(1), DUE)
        assert installation.tick(DUE + 3 * HOUR).problems == ()
        ingat = steps_of(installation, "9000001")[1]
        assert (ingat.step, ingat.due_at, ingat.recorded_at) == ("ingat", DUE, DUE + 3 * HOUR)
        with reading(installation.engine) as connection:
            told = connection.execute(
                select(Post.jabatan, Notice.step, Notice.status)
                .join(Post, Post.id == Notice.post_id)
                .order_by(Notice.id)
            ).all()
        assert [tuple(row) for row in told] == [("Admin Dinas 1", "ingat", "delivered")]


def test_what_its_post_can_no_longer_be_told_holds_up_nothing(sqlite_url: str) -> None:
    with opened(sqlite_url, DISPOSED) as installation:
        kominfo = Kominfo.at(installation, DISPOSED)
        kominfo.dispose(kominfo.receive("9000001", DISPOSED), "Dinas 1", DISPOSED)
        installation.tick(DISPOSED)
        installation.tick(wib("06T22:00"))  # surat_1 is on record, its messages wait for the day
        with writing(installation.engine) as connection:
            of_opd = select(Post.id).where(Post.peran.in_((Peran.ADMIN_OPD, Peran.KEPALA_OPD)))
            connection.execute(delete(Holder).where(Holder.post_id.in_(of_opd)))

        at = wib("07T16:00")  # surat_2 is due and waits for surat_1, which nobody can be told
        done = installation.tick(at)
        assert steps_of(installation, "9000001")[-1].step == "hari_terakhir"
        assert done.sent == 1  # Kominfo is told, in one digest
        later = at + timedelta(minutes=1)
        installation.tick(later)
        surat_2 = steps_of(installation, "9000001")[-1]
        assert (surat_2.step, surat_2.due_at, surat_2.recorded_at) == ("surat_2", at, later)
