"""From notices to phones: grouping, quiet hours, and a wire that breaks before or after."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from bot.channels.dispatcher import Dispatcher
from bot.channels.gateway import GatewayError, OutcomeUnknownError
from bot.channels.simulator import SENDER
from config.terms import NoticeStatus
from scheduler.store import phones
from scheduler.store.directory import import_directory
from scheduler.store.session import writing
from tests.database.office import Office, Wire, at


@pytest.fixture
def office(database_url: str) -> Iterator[Office]:
    made = Office(database_url)
    yield made
    made.close()


@pytest.fixture
def wire(office: Office) -> Wire:
    """The office's phones behind a wire that can break."""
    wire = Wire(office)
    office.opened.dispatcher = Dispatcher(
        office.engine, office.opened.seal, wire, lease_s=60, unknown_after_s=900
    )
    return wire


def statuses(office: Office, step: str = "terima") -> Counter[str]:
    return Counter(str(row.status) for row in office.notices() if row.step == step)


def test_one_notice_is_told_in_its_own_words(office: Office) -> None:
    office.dispose("9000001", "DPUPR", "2026-05-04T10:00", kategori="Jalan Berlubang")
    done = office.tick("2026-05-04T10:00")
    assert (done.sent, done.failed, done.unknown) == (2, 0, 0)
    assert (
        "Yth. Admin DPUPR: aduan SP4N #9000001 (Jalan Berlubang). Mohon dijawab di SP4N-LAPOR! "
        "s.d. Kam 7 Mei 16.00. Balas TERIMA 9000001. -Kominfo Sampang"
    ) in office.told()
    assert statuses(office) == {"delivered": 2}
    assert all(row.settled_at == at("2026-05-04T10:00") for row in office.notices())


def test_what_leaves_in_one_pass_is_one_digest_for_each_person(office: Office) -> None:
    for number in ("9000001", "9000002", "9000003"):
        office.dispose(number, "DPUPR", "2026-05-04T10:00")
    assert office.tick("2026-05-04T10:05").sent == 2  # admin and penghubung
    assert set(office.told()) == {
        (
            "SP4N Sen 4 Mei DPUPR: baru 3 (#9000001,#9000002,#9000003). "
            "Detail balas DAFTAR. -Kominfo Sampang"
        )
    }
    assert len({row.message_id for row in office.notices()}) == 2


def test_letters_of_one_opd_are_one_message_apart_from_the_digest(office: Office) -> None:
    for number in ("9000001", "9000002"):
        office.dispose(number, "DPUPR", "2026-05-04T10:00")
    office.dispose("9000003", "DPUPR", "2026-05-06T15:59")
    office.tick("2026-05-04T10:00")
    office.tick("2026-05-05T08:00")
    before = len(office.told())
    office.tick("2026-05-06T16:00")  # surat_1 of two, terima of the third
    texts = office.told()[before:]
    letters = [text for text in texts if "Surat I " in text]
    assert len(letters) == 2  # the admin, and the head in copy
    assert all("2 aduan" in text and "#9000001" in text for text in letters)
    assert sum("#9000003" in text for text in texts) == 2


def test_messages_wait_out_the_night_and_days_off(office: Office) -> None:
    office.dispose("9000001", "DPUPR", "2026-05-08T19:59")  # Friday
    office.dispose("9000002", "DPUPR", "2026-05-08T20:00")
    assert office.tick("2026-05-08T19:59").sent == 2
    assert office.tick("2026-05-08T20:00").sent == 0
    assert office.tick("2026-05-09T10:00").sent == 0
    assert office.tick("2026-05-11T06:29").sent == 0
    assert statuses(office) == {"delivered": 2, "pending": 2}
    assert office.tick("2026-05-11T06:30").sent == 2
    assert statuses(office) == {"delivered": 4}


def test_a_day_off_that_was_not_known_when_it_was_decided_is_kept_as_well(
    office: Office, tmp_path_factory: pytest.TempPathFactory
) -> None:
    office.dispose("9000001", "DPUPR", "2026-05-06T21:00")  # goes on Thursday 06.30
    holidays = tmp_path_factory.mktemp("h") / "holidays.toml"
    holidays.write_text(
        '[[day]]\ndate = 2026-05-07\nname = "Hari Jadi"\naction = "tambah"\nkind = "lokal"\n'
        'decree = "Keputusan Bupati 1/2026"\n'
    )
    with writing(office.engine) as connection:
        from scheduler.store import rules

        rules.add_version(connection, "holidays", holidays.read_text(), at("2026-05-06T22:00"))
    object.__setattr__(office.opened.settings, "holidays_file", holidays)
    assert office.tick("2026-05-07T10:00").sent == 0
    assert office.tick("2026-05-08T06:30").sent == 2


def test_a_refusal_for_good_is_failed_and_not_repeated(office: Office, wire: Wire) -> None:
    office.dispose("9000001", "DPUPR", "2026-05-04T10:00")
    wire.before = [GatewayError("21211", permanent=True)]
    done = office.tick("2026-05-04T10:00")
    assert (done.sent, done.failed) == (
        3,
        1,
    )  # the penghubung; two at Kominfo are told of the admin
    office.tick("2026-05-04T10:30")
    assert wire.posts == 4
    assert statuses(office) == {"delivered": 1, "failed": 1}
    failed = next(row for row in office.notices() if row.status is NoticeStatus.FAILED)
    assert [(a.status, a.error) for a in failed.attempts] == [("failed", "21211")]


def test_a_refusal_for_now_goes_out_with_a_later_pass(office: Office, wire: Wire) -> None:
    office.dispose("9000001", "DPUPR", "2026-05-04T10:00")
    wire.before = [GatewayError("63010", permanent=False)]
    assert office.tick("2026-05-04T10:00").sent == 1
    assert wire.posts == 2  # not tried again within the pass
    assert statuses(office) == {"delivered": 1, "pending": 1}
    assert office.tick("2026-05-04T10:04").sent == 0
    assert office.tick("2026-05-04T10:05").sent == 1
    assert statuses(office) == {"delivered": 2}
    assert len(office.told()) == 2


def _leases_run_out(office: Office) -> None:
    with writing(office.engine) as connection:
        connection.exec_driver_sql("UPDATE messages SET lease_until = NULL")


def test_a_wire_that_broke_after_delivery_is_asked_not_sent_again(
    office: Office, wire: Wire
) -> None:
    office.dispose("9000001", "DPUPR", "2026-05-04T10:00")
    wire.after = [OutcomeUnknownError("timeout")]
    done = office.tick("2026-05-04T10:00")
    assert (done.sent, done.unknown) == (1, 1)
    assert statuses(office) == {"delivered": 1, "unknown": 1}
    assert office.tick("2026-05-04T10:01").sent == 1  # found by the look-up
    assert statuses(office) == {"delivered": 2}
    assert wire.posts == 2
    assert len(office.told()) == 2


def test_what_the_provider_provably_does_not_hold_is_sent_again_after_a_while(
    office: Office, wire: Wire
) -> None:
    office.dispose("9000001", "DPUPR", "2026-05-04T10:00")
    wire.before = [OutcomeUnknownError("timeout")]
    office.tick("2026-05-04T10:00")
    assert office.tick("2026-05-04T10:14").unknown == 1  # its listing lags: not yet proof
    assert wire.posts == 2
    _leases_run_out(office)
    office.tick("2026-05-04T10:15")
    assert wire.posts == 3
    assert statuses(office) == {"delivered": 2}
    assert sorted(Counter(office.told()).values()) == [1, 1]


def test_a_provider_that_cannot_be_asked_leaves_it_unknown(office: Office, wire: Wire) -> None:
    office.dispose("9000001", "DPUPR", "2026-05-04T10:00")
    wire.before = [OutcomeUnknownError("timeout")]
    office.tick("2026-05-04T10:00")
    wire.asked = [OutcomeUnknownError("timeout")]
    assert office.tick("2026-05-05T07:00").unknown == 1
    assert statuses(office, "peringatan") == {"delivered": 2}  # a person at Kominfo is to look
    assert wire.posts == 4
    assert statuses(office) == {"delivered": 1, "unknown": 1}


def test_several_candidates_are_left_to_a_person(office: Office, wire: Wire) -> None:
    office.dispose("9000001", "DPUPR", "2026-05-04T10:00")
    wire.after = [OutcomeUnknownError("timeout")]
    office.tick("2026-05-04T10:00")
    row = next(row for row in office.notices() if row.status is NoticeStatus.UNKNOWN)
    with writing(office.engine) as connection:
        said = row.attempts[0].text
        blind = next(b for _, b, text in phones.inbox(connection) if text == said)
        phones.put(connection, blind, SENDER, said, at("2026-05-04T10:01"))
    assert office.tick("2026-05-04T11:00").unknown == 1
    assert statuses(office) == {"delivered": 1, "unknown": 1}
    assert statuses(office, "peringatan") == {"delivered": 2}  # a person at Kominfo is to look
    assert wire.posts == 4


def test_an_answer_cancels_what_is_unsent_even_if_its_fate_was_unknown(
    office: Office, wire: Wire
) -> None:
    office.dispose("9000001", "DPUPR", "2026-05-04T10:00")
    wire.before = [OutcomeUnknownError("timeout"), OutcomeUnknownError("timeout")]
    office.tick("2026-05-04T10:00")
    office.do("9000001", "2026-05-04T10:10", lambda desk, case: desk.answer(case, "opd"))
    office.tick("2026-05-04T10:14")
    _leases_run_out(office)
    office.tick("2026-05-04T10:15")
    assert statuses(office) == {"cancelled": 2}
    assert office.told() == []


def test_a_recall_reaches_only_those_who_were_told(office: Office) -> None:
    office.dispose("9000001", "DPUPR", "2026-05-04T10:00")
    office.tick("2026-05-04T10:00")
    office.dispose("9000002", "DPUPR", "2026-05-04T21:00")  # waits for the morning
    for number in ("9000001", "9000002"):
        office.do(
            number,
            "2026-05-04T22:00",
            lambda desk, case: desk.give_back(case, "kominfo", "bukan wewenang"),
        )
    office.tick("2026-05-05T06:30")
    recalled = [row for row in office.notices() if row.line.kind == "abaikan"]
    assert {row.number for row in recalled} == {"9000001"}
    assert len(recalled) == 2
    assert statuses(office) == {"delivered": 2, "cancelled": 2}
    assert sum("mohon abaikan" in text for text in office.told()) == 2


def test_a_shared_phone_gets_one_digest_for_its_posts(office: Office) -> None:
    with writing(office.engine) as connection:
        shared = (
            "instansi,jenis,induk,hari_kerja,peran,jabatan,nama,nip,telepon\n"
            "Dinas Bersama,opd,Kabupaten Contoh,5,admin_opd,Admin Bersama,Ani Contoh,,"
            "0811-0000-0900\n"
            "Dinas Bersama,opd,Kabupaten Contoh,5,pejabat_penghubung,Sekretaris,Budi Contoh,,"
            "0811-0000-0900\n"
        )
        report = import_directory(
            connection,
            office.opened.seal,
            shared.encode(),
            name="bersama",
            today=at("2026-05-01").date(),
        )
        assert report.rejected == []
    office.dispose("9000001", "Dinas Bersama", "2026-05-04T10:00")
    assert office.tick("2026-05-04T10:00").sent == 1
    assert len({row.message_id for row in office.notices()}) == 1


def test_a_post_that_lost_its_holder_is_reported_to_kominfo(office: Office) -> None:
    office.dispose("9000001", "DPUPR", "2026-05-04T21:00")
    with writing(office.engine) as connection:
        connection.exec_driver_sql(
            "UPDATE holders SET phone_id = NULL WHERE post_id IN "
            "(SELECT id FROM posts WHERE label LIKE 'Admin DPUPR%%')"
            if connection.dialect.name == "postgresql"
            else "UPDATE holders SET phone_id = NULL WHERE post_id IN "
            "(SELECT id FROM posts WHERE label LIKE 'Admin DPUPR%')"
        )
    office.tick("2026-05-05T06:30")
    office.tick("2026-05-05T06:31")
    assert statuses(office) == {"failed": 1, "delivered": 1}
    alerts = [row for row in office.notices() if row.line.kind == "gagal"]
    assert {row.peran for row in alerts} == {"admin_koordinator"}
    assert all(row.status is NoticeStatus.DELIVERED for row in alerts)


def test_under_shadow_nothing_leaves_not_even_what_waited(office: Office) -> None:
    office.dispose("9000001", "DPUPR", "2026-05-04T10:00")
    office.opened.rules.shadow = True
    office.tick("2026-05-04T10:00")
    office.tick("2026-05-05T08:00")
    assert office.told() == []
    assert statuses(office, "ingat") == {"held": 1}


def test_a_tick_done_twice_does_nothing_more(office: Office) -> None:
    office.dispose("9000001", "DPUPR", "2026-05-04T10:00")
    office.tick("2026-05-05T08:00")
    before = [(row.cause, row.status) for row in office.notices()]
    again = office.tick("2026-05-05T08:00")
    assert (again.due, again.queued, again.sent) == (0, 0, 0)
    assert [(row.cause, row.status) for row in office.notices()] == before
