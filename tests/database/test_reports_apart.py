"""Reports that are not like the others: danger to life, officers', greetings, and those alike."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.dialogue.filing import alike
from config.replies import reply
from config.terms import Channel
from scheduler.store import drafts as store
from scheduler.store.dialogue_tables import Draft, InboundMessage, SimilarComplaint
from scheduler.store.messaging_tables import Alert, Notice
from scheduler.store.session import reading
from tests.database.builders import Kabupaten, at, directory_text, kabupaten
from tests.database.citizens import (
    ADMIN,
    ANI,
    BROKEN,
    BUDI,
    FIRST,
    KOMINFO,
    PASAR,
    PASAR_WORDS,
    PHOTO,
    ROAD,
    SECOND,
    WA,
    after,
    complaints,
    remarks,
    rows,
)
from tests.database.talking import Phones

NINE = "2026-05-04T09:00:00"
NIGHT = "2026-05-04T23:00:00"
FIRE = "Tolong, kebakaran rumah"


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Kabupaten]:
    with kabupaten(database_url, tmp_path) as opened:
        yield opened


@pytest.fixture
def phones(office: Kabupaten) -> Phones:
    return Phones(office.opened)


def alarms(office: Kabupaten) -> list[Notice]:
    return [notice for notice in rows(office, Notice) if notice.kind == "darurat"]


# --- danger to life ---------------------------------------------------------------------------


@pytest.mark.parametrize("channel", list(Channel))
def test_danger_is_filed_at_once_and_kominfo_is_told_at_23_00(
    office: Kabupaten, phones: Phones, channel: Channel
) -> None:
    assert phones.says(ANI, FIRE, NIGHT, channel) == "aduan"
    assert phones.replies(ANI) == [reply("darurat", channel, nomor=FIRST)]
    assert "112" in phones.reply(ANI)
    (told,) = alarms(office)
    assert (told.urgent, told.note, told.send_after) == (True, None, at(NIGHT))
    office.tick(NIGHT)
    (text,) = phones.hears(KOMINFO)
    assert "DARURAT" in text
    assert FIRST in text
    assert "kebakaran" not in text
    assert phones.hears(ANI) == phones.replies(ANI)
    assert office.trail(FIRST) == ["receive", "darurat"]


def test_kominfo_is_told_the_place_unless_the_content_is_secret(
    office: Kabupaten, phones: Phones
) -> None:
    phones.says(ANI, FIRE, NIGHT, WA, place=PASAR)
    phones.says(BUDI, f"RAHASIA {FIRE}", NIGHT, WA, place=PASAR)
    assert [told.note for told in alarms(office)] == [PASAR_WORDS, None]


def test_danger_said_in_parts_or_again_is_one_alarm(office: Kabupaten, phones: Phones) -> None:
    phones.says(ANI, "Tolong pak cepat ke sini, kebakaran!", NIGHT)
    assert phones.says(ANI, "apinya besar, orang terjebak", after(NIGHT, minutes=1)) == "bagian"
    again = after(NIGHT, minutes=2)
    assert phones.says(ANI, "Tolong pak cepat ke sini, kebakaran!", again) == "ganda"
    assert len(complaints(office)) == len(alarms(office)) == 1
    assert phones.replies(ANI) == [reply("darurat", Channel.SMS, nomor=FIRST)] * 2


def test_danger_takes_the_draft_along(office: Kabupaten, phones: Phones) -> None:
    phones.says(ANI, BROKEN, NIGHT, WA)
    assert phones.says(ANI, "ada kecelakaan sekarang", after(NIGHT, minutes=1), WA) == "aduan"
    (one,) = complaints(office)
    assert one.isi == f"{BROKEN}\nada kecelakaan sekarang"
    assert rows(office, Draft) == []
    assert len(alarms(office)) == 1


def test_danger_in_a_part_of_a_quiet_report_is_told(office: Kabupaten, phones: Phones) -> None:
    phones.says(ANI, "Banjir di Desa Taman", NINE)
    assert phones.says(ANI, "ada anak hanyut", after(NINE, minutes=1)) == "bagian"
    assert len(complaints(office)) == len(alarms(office)) == 1
    assert phones.reply(ANI) == reply("darurat", Channel.SMS, nomor=FIRST)


def test_danger_with_nobody_to_tell_is_an_alert(database_url: str, tmp_path: Path) -> None:
    with kabupaten(database_url, tmp_path, peopled=False) as office:
        phones = Phones(office.opened)
        assert phones.says(ANI, FIRE, NIGHT) == "aduan"
        (alert,) = rows(office, Alert)
        assert FIRST in alert.perihal


# --- officers ---------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["a pass", "his next message"])
def test_an_officers_free_text_is_asked_about_once_and_is_no_report(
    office: Kabupaten, phones: Phones, how: str
) -> None:
    assert phones.says(ADMIN, "sdh pak, kemarin di lokasi", NINE) == "bagian"
    assert phones.says(ADMIN, "dekat balai desa", after(NINE, minutes=1)) == "bagian"
    (asked,) = phones.replies(ADMIN)
    assert asked.startswith("Yth. Admin DPU, pesan Bapak/Ibu belum kami catat.")
    if how == "a pass":
        office.tick(after(NINE, minutes=32))
    else:
        phones.says(ADMIN, "ok pak, kami cek", after(NINE, minutes=40))
    assert complaints(office) == []
    assert set(phones.replies(ADMIN)) == {asked}


def test_an_officers_report_that_began_with_lapor_is_filed_as_it_stands(
    office: Kabupaten, phones: Phones
) -> None:
    nomor = office.receive("2026-05-04T08:00")
    office.dispose(nomor, "2026-05-04T08:30")
    phones.says(ADMIN, "LAPOR", NINE, WA, media=PHOTO)
    assert phones.says(ADMIN, f"TERIMA {nomor}", after(NINE, minutes=1), WA) == "terima"
    office.tick(after(NINE, minutes=32))
    assert len(complaints(office)) == 2


def test_an_officers_courtesy_is_not_answered(office: Kabupaten, phones: Phones) -> None:
    assert phones.says(ADMIN, "Siap pak", NINE) == "sapaan"
    assert phones.says(ADMIN, "Selamat pagi", after(NINE, minutes=1)) == "sapaan"
    assert phones.replies(ADMIN) == []
    assert rows(office, Draft) == []


@pytest.mark.parametrize(
    ("words", "isi"), [("LAPOR", ROAD), (f"LAPOR {ROAD}, sudah lama", f"{ROAD}, sudah lama")]
)
def test_an_officer_says_with_lapor_that_it_is_a_report(
    office: Kabupaten, phones: Phones, words: str, isi: str
) -> None:
    phones.says(ADMIN, ROAD, NINE, WA)
    assert phones.says(ADMIN, words, after(NINE, minutes=1), WA) == "aduan"
    office.tick(after(NINE, minutes=40))
    (one,) = complaints(office)
    assert one.isi == isi
    assert one.received_at == at(NINE)
    assert {message.complaint_id for message in rows(office, InboundMessage)} == {one.id}


def test_an_officers_answer_lets_what_he_wrote_before_go(office: Kabupaten, phones: Phones) -> None:
    nomor = office.receive("2026-05-04T08:00")
    office.dispose(nomor, "2026-05-04T08:30")
    phones.says(ADMIN, "Sudah kami tangani kemarin", NINE)
    assert phones.says(ADMIN, f"TERIMA {nomor}", after(NINE, minutes=1)) == "terima"
    office.tick(after(NINE, minutes=40))
    assert len(complaints(office)) == 1
    assert rows(office, Draft) == []


def test_an_officer_who_is_a_citizen_too_reports_and_follows_up(phones: Phones) -> None:
    assert phones.says(ADMIN, f"LAPOR {ROAD}", NINE) == "aduan"
    assert phones.says(ADMIN, f"STATUS {FIRST}", after(NINE, minutes=9)) == "status"
    assert "MENUNGGU VERIFIKASI" in phones.reply(ADMIN)
    assert phones.says(ADMIN, f"BATAL {FIRST}", after(NINE, minutes=10)) == "batal"


def test_who_held_a_post_once_is_a_citizen(office: Kabupaten, phones: Phones) -> None:
    others = directory_text().replace("0811-0000-0009", "0811-0000-0099")
    office.directory(others, "2026-05-03T08:00")
    assert phones.says(ADMIN, ROAD, NINE) == "aduan"


# --- greetings, and what is nothing -----------------------------------------------------------


def test_a_greeting_is_answered_once_an_hour_and_thanks_never(
    office: Kabupaten, phones: Phones
) -> None:
    assert phones.says(ANI, "Assalamualaikum", NINE) == "sapaan"
    assert phones.replies(ANI) == [reply("salam", Channel.SMS)]
    phones.says(ANI, "halo pak", after(NINE, minutes=59, seconds=59))
    phones.says(ANI, "Terima kasih", after(NINE, minutes=59, seconds=59))
    assert len(phones.replies(ANI)) == 1
    phones.says(ANI, "p", after(NINE, minutes=60))
    assert len(phones.replies(ANI)) == 2
    for number, text in enumerate(("Makasih pak", "ok", "\U0001f44d", "siap bu", "...")):
        assert phones.says(BUDI, text, after(NINE, minutes=number)) == "sapaan"
    assert phones.replies(BUDI) == []
    assert complaints(office) == []
    assert rows(office, Draft) == []


@pytest.mark.parametrize("text", ["", "\x00\x01", "BANTUAN", "?"])
def test_what_nothing_can_be_made_of_is_answered_with_help(
    office: Kabupaten, phones: Phones, text: str
) -> None:
    assert phones.says(ANI, text, NINE) == "bantuan"
    assert phones.reply(ANI) == reply("bantuan_warga", Channel.SMS)
    assert complaints(office) == []


def test_a_user_without_a_telephone_number_reports_too(office: Kabupaten, phones: Phones) -> None:
    one = phones.arrived(ANI, ROAD, NINE, WA)
    hidden = type(one)(one.sid, WA, "ID.contoh123", ROAD, one.received_at)
    office.opened.hear([hidden])
    office.tick(NINE)
    (complaint,) = complaints(office)
    assert complaint.nomor == FIRST
    (said,) = [notice for notice in rows(office, Notice) if notice.kind == "balasan"]
    assert said.phone_id == complaint.reporter_phone_id


# --- what reads alike -------------------------------------------------------------------------

HOLE = "Jalan di depan pasar Srimangunan berlubang besar sejak kemarin, mohon diperbaiki"
SAME_HOLE = "Lubang besar di jalan depan pasar Srimangunan, sejak kemarin, mohon diperbaiki"


@pytest.mark.parametrize(
    ("text", "other", "expected"),
    [
        (HOLE, SAME_HOLE, True),
        ("lorong e dhisa Taman rosak parah, tolong", "Lorong dhisa Taman rosak parah pak", True),
        (HOLE, "Jalan di Desa Ketapang berlubang besar sejak bulan lalu, mohon diperbaiki", False),
        ("Lampu jalan mati di Desa Taman RT 3", "Lampu jalan mati di Desa Gunung Maddah", False),
        ("Jalan rusak", HOLE.replace("berlubang", "rusak"), False),
        ("Air PDAM mati di Perumahan Permata", "Air PDAM keruh di Jalan Wijaya Kusuma", False),
    ],
)
def test_what_reads_alike(text: str, other: str, expected: bool) -> None:
    assert (7 in alike(text, {7: other})) is expected
    assert (7 in alike(other, {7: text})) is expected


def test_reports_alike_of_different_people_are_linked_and_stay_two(
    office: Kabupaten, phones: Phones
) -> None:
    phones.says(ANI, HOLE, NINE)
    phones.says(ANI, f"LAPOR {SAME_HOLE}", after(NINE, minutes=1))
    assert rows(office, SimilarComplaint) == []
    phones.says(BUDI, SAME_HOLE, after(NINE, minutes=2))
    found = [(one.complaint_id, one.other_id) for one in rows(office, SimilarComplaint)]
    assert found == [(3, 1), (3, 2)]
    assert ("mirip", "sistem", f"{FIRST}, {SECOND}") in remarks(office)
    assert len(complaints(office)) == 3
    with reading(office.engine) as connection:
        assert store.similar(connection, 3) == [SECOND, FIRST]
        assert store.similar(connection, 1) == ["SPG-2605-0003"]


def test_a_part_may_show_that_a_report_is_like_another(office: Kabupaten, phones: Phones) -> None:
    phones.says(ANI, HOLE, NINE)
    phones.says(BUDI, "Pak, jalan di depan pasar Srimangunan", after(NINE, minutes=1))
    assert rows(office, SimilarComplaint) == []
    phones.says(BUDI, "berlubang besar sejak kemarin, mohon", after(NINE, minutes=2))
    assert [(one.complaint_id, one.other_id) for one in rows(office, SimilarComplaint)] == [(2, 1)]


@pytest.mark.parametrize(("days", "linked"), [(14, 1), (15, 0)])
def test_reports_alike_are_looked_for_in_14_days(
    office: Kabupaten, phones: Phones, days: int, linked: int
) -> None:
    phones.says(ANI, HOLE, NINE)
    phones.says(BUDI, SAME_HOLE, after(NINE, days=days))
    assert len(rows(office, SimilarComplaint)) == linked


def test_a_photo_after_an_officers_word_belongs_to_his_answer(
    office: Kabupaten, phones: Phones
) -> None:
    nomor = office.receive("2026-05-04T08:00")
    office.dispose(nomor, "2026-05-04T08:30")
    phones.says(ADMIN, f"TERIMA {nomor}", NINE, WA)
    assert phones.says(ADMIN, "", after(NINE, minutes=5), WA, media=PHOTO) == "lampiran"
    assert {message.complaint_id for message in rows(office, InboundMessage)} == {1}
    assert office.case(nomor).isi == "Lampu jalan mati"
    assert phones.says(ADMIN, "", after(NINE, minutes=11), WA, media=PHOTO) == "bagian"
