"""Two workers at once on PostgreSQL: one decides while the other sends."""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Thread

from scheduler.store.session import writing
from scheduler.sweep import Swept, _batch
from tests.factories import Kominfo, opened
from tests.story.record import steps_of
from tests.story.reference import JAKARTA


def wib(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-05-{text}").replace(tzinfo=JAKARTA)


def test_a_step_goes_on_when_the_message_it_waits_for_is_sent_meanwhile(postgres_url: str) -> None:
    with opened(postgres_url, wib("04T10:00")) as installation:
        kominfo = Kominfo.at(installation, wib("04T10:00"))
        kominfo.dispose(kominfo.receive("9000001", wib("04T10:00")), "Dinas 1", wib("04T10:00"))
        installation.tick(wib("06T22:00"))  # surat_1 is on record, its message waits for the day
        at = wib("07T16:00")  # surat_2 is due

        other = Thread(target=installation.dispatcher.run, args=(kominfo.world, at))
        with writing(installation.engine) as connection:
            assert _batch(connection, kominfo.world, at, Swept(), 50) is not None
            other.start()
            other.join(0.5)  # it may end only once it sees that the run waits
        other.join()
        assert steps_of(installation, "9000001")[-1].step == "hari_terakhir"

        later = at + timedelta(minutes=1)
        installation.tick(later)
        surat_2 = steps_of(installation, "9000001")[-1]
        assert (surat_2.step, surat_2.due_at, surat_2.recorded_at) == ("surat_2", at, later)
