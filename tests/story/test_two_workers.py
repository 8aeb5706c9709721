"""Two workers at once: one decides or looks around while the other sends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Thread

from sqlalchemy import Connection, event

from bot.channels.dispatcher import Dispatcher
from bot.channels.gateway import Outgoing, Sent
from bot.channels.simulator import Simulator
from bot.compose import Installation
from scheduler.store.phones import inbox
from scheduler.store.session import reading
from scheduler.sweep import sweep
from tests.factories import Kominfo, opened
from tests.story.record import assert_each_sent_once, steps_of
from tests.story.reference import JAKARTA


def wib(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-05-{text}").replace(tzinfo=JAKARTA)


DISPOSED = wib("04T10:00")


def disposed(installation: Installation) -> Kominfo:
    kominfo = Kominfo.at(installation, DISPOSED)
    kominfo.dispose(kominfo.receive("9000001", DISPOSED), "Dinas 1", DISPOSED)
    return kominfo


def test_a_step_goes_on_when_the_message_it_waits_for_is_sent_meanwhile(postgres_url: str) -> None:
    with opened(postgres_url, DISPOSED) as installation:
        world = disposed(installation).world
        installation.tick(wib("06T22:00"))  # surat_1 is on record, its message waits for the day
        at = wib("07T16:00")  # surat_2 is due
        other = Thread(target=installation.dispatcher.run, args=(world, at))

        def send_meanwhile(_: Connection) -> None:
            other.start()
            other.join(0.5)  # it may end only once it sees that the run waits

        event.listen(installation.engine, "commit", send_meanwhile, once=True)
        sweep(installation.engine, world, at)
        other.join()
        assert steps_of(installation, "9000001")[-1].step == "hari_terakhir"

        later = at + timedelta(minutes=1)
        installation.tick(later)
        surat_2 = steps_of(installation, "9000001")[-1]
        assert (surat_2.step, surat_2.due_at, surat_2.recorded_at) == ("surat_2", at, later)


class Interrupted(Simulator):
    """Simulated phones; before each message goes, something else happens."""

    before: Callable[[], object]

    def send(self, message: Outgoing) -> Sent:
        self.before()
        return super().send(message)


def test_what_is_being_sent_is_left_alone(database_url: str) -> None:
    """A worker that finds a message posted by nobody yet asks its lease, not the provider."""
    with opened(database_url, DISPOSED) as installation:
        world = disposed(installation).world
        engine, seal = installation.engine, installation.seal
        gateway = Interrupted(engine, seal)
        one = Dispatcher(engine, seal, gateway, lease_s=60, unknown_after_s=0)
        other = Dispatcher(engine, seal, Simulator(engine, seal), lease_s=60, unknown_after_s=0)
        gateway.before = lambda: other.run(world, DISPOSED)
        one.run(world, DISPOSED)
        with reading(engine) as connection:
            assert len(inbox(connection)) == 2  # the admin and the penghubung
            assert_each_sent_once(connection)
