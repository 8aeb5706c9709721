"""What a message must say in its own words, and to whom it no longer may go."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.channels.dispatcher import Dispatcher
from bot.channels.gateway import GatewayError
from config.terms import NoticeStatus
from scheduler.store.directory import import_directory
from scheduler.store.session import writing
from tests.database.office import Office, Wire, at

COLUMNS = "instansi,jenis,induk,hari_kerja,peran,jabatan,nama,nip,telepon,status_jabatan,mulai\n"


@pytest.fixture
def office(database_url: str) -> Iterator[Office]:
    made = Office(database_url)
    yield made
    made.close()


def appoint(office: Office, *rows: str) -> None:
    with writing(office.engine) as connection:
        report = import_directory(
            connection,
            office.opened.seal,
            (COLUMNS + "\n".join(rows)).encode(),
            name="mutasi",
            today=at("2026-05-04").date(),
        )
    assert report.rejected == []


def test_several_recalls_are_one_message_that_says_so(office: Office) -> None:
    for number in ("9000001", "9000002"):
        office.dispose(number, "DPUPR", "2026-05-04T10:00")
    office.tick("2026-05-04T10:00")
    for number in ("9000001", "9000002"):
        office.do(
            number, "2026-05-04T11:00", lambda desk, case: desk.give_back(case, "kominfo", "salah")
        )
    before = len(office.told())
    office.tick("2026-05-04T11:00")
    assert sorted(office.told()[before:]) == [
        (
            "Yth. Admin DPUPR: mohon abaikan pesan sebelumnya tentang 2 aduan (#9000001,#9000002). "
            "Terima kasih. -Kominfo Sampang"
        ),
        (
            "Yth. Penghubung DPUPR: mohon abaikan pesan sebelumnya tentang 2 aduan "
            "(#9000001,#9000002). Terima kasih. -Kominfo Sampang"
        ),
    ]


def test_a_recall_speaks_of_the_agency_it_was_taken_from(office: Office) -> None:
    office.dispose("9000001", "DPUPR", "2026-05-04T10:00")
    for moment in (
        "2026-05-04T10:00",
        "2026-05-05T08:00",
        "2026-05-06T16:00",
        "2026-05-07T08:00",
        "2026-05-07T16:00",
        "2026-05-08T08:00",
    ):
        office.tick(moment)
    office.do(
        "9000001",
        "2026-05-08T09:00",
        lambda desk, case: desk.dispose(case, office.body("DLH"), "kominfo"),
    )
    office.tick("2026-05-08T09:00")
    recalls = [text for text in office.told() if "mohon abaikan" in text]
    assert len(recalls) == 5  # admin, penghubung, kepala, Asisten, Sekda
    assert not any("DLH" in text for text in recalls)
    assert any("Sekda" in text and "untuk DPUPR" in text for text in recalls)


def test_what_waits_for_a_paused_complaint_waits_with_it(office: Office) -> None:
    office.dispose("9000001", "DPUPR", "2026-05-04T21:00")
    office.do("9000001", "2026-05-04T22:00", lambda desk, case: desk.pause(case, "kominfo", "?"))
    office.tick("2026-05-05T06:30")
    assert office.told() == []
    office.do("9000001", "2026-05-06T09:00", lambda desk, case: desk.resume(case, "kominfo"))
    assert office.tick("2026-05-06T09:00").sent == 2


def test_a_message_goes_to_the_new_holder_even_if_it_was_made_for_the_old(office: Office) -> None:
    wire = Wire(office)
    office.opened.dispatcher = Dispatcher(
        office.engine, office.opened.seal, wire, lease_s=60, unknown_after_s=900
    )
    row = "Dinas Pekerjaan Umum dan Penataan Ruang,opd,Kabupaten Contoh,5,admin_opd,Admin DPUPR,"
    office.dispose("9000001", "DPUPR", "2026-05-04T10:00")
    wire.before = [GatewayError("20429", permanent=False) for _ in range(2)]
    assert office.tick("2026-05-04T10:00").sent == 0
    appoint(office, row + "Pejabat Baru,,0811-0000-0777,definitif,2026-05-04")
    with writing(office.engine) as connection:
        connection.exec_driver_sql("UPDATE messages SET lease_until = NULL")
    office.tick("2026-05-04T10:05")
    office.tick("2026-05-04T10:06")
    assert sum("Yth. Admin DPUPR" in text for text in office.told()) == 1
    new = office.opened.seal.blind("+6281100000777")
    with writing(office.engine) as connection:
        found = connection.exec_driver_sql(
            "SELECT count(*) FROM simulator_messages WHERE phone_blind = "
            + ("%s" if connection.dialect.name == "postgresql" else "?"),
            (new,),
        ).scalar()
    assert found == 1


def test_one_phone_gets_one_letter_once(office: Office) -> None:
    shared = "0811-0000-0888"
    appoint(
        office,
        f"Dinas Satu,opd,Kabupaten Contoh,5,admin_opd,Admin,Ani Contoh,,{shared},definitif,",
        f"Dinas Satu,opd,Kabupaten Contoh,5,kepala_opd,Kepala,Budi Contoh,,{shared},definitif,",
    )
    office.dispose("9000001", "Dinas Satu", "2026-05-04T10:00")
    office.tick("2026-05-04T10:00")
    office.tick("2026-05-05T08:00")
    before = len(office.told())
    assert office.tick("2026-05-06T16:00").sent == 1
    assert office.told()[before:][0].startswith("Yth. Admin Dinas Satu: aduan SP4N #9000001")


def test_a_message_that_cannot_be_written_is_set_aside(office: Office) -> None:
    office.dispose("9000001", "DPUPR", "2026-05-04T10:00")
    office.dispose("9000002", "DLH", "2026-05-04T10:00")
    with writing(office.engine) as connection:
        connection.exec_driver_sql(
            "UPDATE notices SET kind = 'tak_dikenal' WHERE complaint_id = "
            "(SELECT id FROM complaints WHERE tracking_id = '9000001')"
        )
    done = office.tick("2026-05-04T10:00")
    assert (done.sent, done.failed) == (2, 2)
    assert all("KeyError" in problem for problem in done.problems)
    statuses = {row.number: row.status for row in office.notices()}
    assert statuses == {"9000001": NoticeStatus.FAILED, "9000002": NoticeStatus.DELIVERED}


def test_a_digest_says_whose_duty_went_up(office: Office) -> None:
    appoint(
        office,
        "Dinas Dua,opd,Kabupaten Contoh,5,kepala_opd,Kepala,Cici Contoh,,0811-0000-0889,definitif,",
    )
    for number in ("9000001", "9000002"):
        office.dispose(number, "Dinas Dua", "2026-05-04T10:00")
    office.tick("2026-05-04T10:00")
    assert all("tanpa nomor aktif." in text for text in office.told())


def test_what_waited_out_an_outage_prints_the_limits_of_now(office: Office) -> None:
    office.dispose("9000001", "DPUPR", "2026-05-04T21:00")  # waits for the morning
    office.tick("2026-05-18T09:00")
    texts = office.told()
    assert not any("Kam 7 Mei" in text for text in texts)
    assert any("Surat I diproses. Mohon dijawab s.d. Sel 19 Mei 16.00" in text for text in texts)
    assert any("Mohon dijawab di SP4N-LAPOR! s.d. Sel 19 Mei 16.00" in text for text in texts)
