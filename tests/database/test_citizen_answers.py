"""After the answer: how good it was, whether it settled anything; privacy, and messages no more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from config.replies import reply
from config.terms import Channel, Clock, Status
from scheduler.store.dialogue_tables import Draft, InboundMessage
from scheduler.store.messaging_tables import Alert, Consent, Notice, PhoneChannel
from tests.database.builders import Kabupaten, at, kabupaten
from tests.database.citizens import (
    ADMIN,
    ANI,
    BROKEN,
    BUDI,
    FIRST,
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
TEN = "2026-05-04T10:00:00"
TUESDAY = "2026-05-05T09:00:00"
WEDNESDAY = "2026-05-06T09:00:00"
LIMIT = "2026-05-21T23:59:00"
"""Ten working days after Tuesday: 14 and 15 May are days off."""
SMS = Channel.SMS


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Kabupaten]:
    with kabupaten(database_url, tmp_path) as opened:
        yield opened


@pytest.fixture
def phones(office: Kabupaten) -> Phones:
    """Phones of which Ani's has reported something."""
    phones = Phones(office.opened)
    assert phones.says(ANI, ROAD, NINE, WA, profile="Bu Contoh") == "aduan"
    return phones


def answer(office: Kabupaten, when: str = TUESDAY, number: str = FIRST) -> None:
    """A complaint is with an OPD, and answered."""
    office.dispose(number, TEN)
    office.do(number, when, lambda desk, case: desk.answer(case, "Admin DPU", "Ditambal"))


# --- NILAI ------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["NILAI 4", f"NILAI {FIRST} 4", "nilai empat"])
def test_a_rating_ends_what_is_not_in_sp4n(office: Kabupaten, phones: Phones, text: str) -> None:
    answer(office)
    assert phones.says(ANI, text, WEDNESDAY) == "nilai"
    case = office.case(FIRST)
    assert (case.rating, case.status, case.runs) == (4, Status.SELESAI, [])
    assert office.trail(FIRST)[-2:] == ["rate", "close"]
    assert phones.reply(ANI) == reply("nilai_terima", SMS, nomor=FIRST, nilai="4")


def test_of_sp4n_a_rating_is_recorded_only(office: Kabupaten, phones: Phones) -> None:
    answer(office)
    office.link(FIRST, "9000001", TUESDAY)
    phones.says(ANI, "NILAI 5", WEDNESDAY)
    case = office.case(FIRST)
    assert (case.rating, case.status) == (5, Status.PROSES)
    assert Clock.TANGGAPAN not in office.clocks(FIRST)


@pytest.mark.parametrize("text", ["NILAI", "NILAI 0", "NILAI 6", "NILAI 4.5", f"NILAI {FIRST}"])
def test_a_rating_is_1_to_5(office: Kabupaten, phones: Phones, text: str) -> None:
    answer(office)
    phones.says(ANI, text, WEDNESDAY)
    assert phones.reply(ANI) == reply("nilai_salah", SMS, nomor=FIRST if FIRST in text else "")
    assert office.case(FIRST).rating is None


def test_what_is_not_answered_cannot_be_rated(office: Kabupaten, phones: Phones) -> None:
    office.dispose(FIRST, TEN)
    office.do(FIRST, TEN, lambda d, c: d.answer(c, "DPU", "akan kami", substantive=False))
    assert phones.says(ANI, "NILAI 1", TUESDAY) == "ditolak"
    assert "belum dijawab" in phones.reply(ANI)
    assert office.case(FIRST).rating is None


def test_a_rating_without_a_number_is_of_the_only_answer(office: Kabupaten, phones: Phones) -> None:
    phones.says(ANI, "LAPOR lampu mati", TEN)
    answer(office)
    phones.says(ANI, "NILAI 2", WEDNESDAY)
    assert [one.rating for one in complaints(office)] == [2, None]


def test_what_is_said_beside_a_rating_is_kept(office: Kabupaten, phones: Phones) -> None:
    answer(office)
    phones.says(ANI, f"NILAI {FIRST} 2 lama sekali, hubungi 0812-0000-0999", WEDNESDAY)
    (note,) = [note for event, _, note in remarks(office) if event == "ulasan"]
    assert note is not None
    assert note.startswith("lama sekali")
    assert "0999" not in note


def test_a_button_rates_the_complaint_its_message_was_about(
    office: Kabupaten, phones: Phones
) -> None:
    answer(office)
    phones.says(ANI, "Baik", WEDNESDAY, WA, button=f"nilai_5:{FIRST}")
    assert office.case(FIRST).rating == 5
    assert phones.says(ANI, "Ya, tentu", WEDNESDAY, WA, button="entah") == "bantuan"
    assert len(complaints(office)) == 1


# --- BELUM and BUKA ---------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["BELUM", f"BELUM {FIRST} masih berlubang"])
def test_belum_begins_new_runs(office: Kabupaten, phones: Phones, text: str) -> None:
    answer(office)
    assert phones.says(ANI, text, WEDNESDAY) == "belum"
    assert office.status(FIRST) is Status.BELUM_DITINDAKLANJUTI
    assert office.clocks(FIRST) == {Clock.RESPON: 2, Clock.PENYELESAIAN: 2}
    assert "oleh Dinas Pekerjaan Umum" in phones.reply(ANI)
    (note,) = [note for event, _, note in remarks(office) if event == "reopen"]
    assert note == ("masih berlubang" if FIRST in text else None)


@pytest.mark.parametrize(("when", "in_time"), [(LIMIT, True), (after(LIMIT, seconds=1), False)])
def test_belum_counts_up_to_its_limit(
    office: Kabupaten, phones: Phones, when: str, in_time: bool
) -> None:
    answer(office)
    effect = phones.says(ANI, "BELUM", when)
    assert effect == ("belum" if in_time else "ditolak")
    if not in_time:
        assert office.status(FIRST) is Status.PROSES
        assert "sudah lewat" in phones.reply(ANI)


def test_after_the_limit_it_is_closed_and_buka_opens_it(office: Kabupaten, phones: Phones) -> None:
    answer(office)
    office.tick(LIMIT, after(LIMIT, minutes=1))
    assert office.status(FIRST) is Status.SELESAI
    assert phones.says(ANI, "BELUM", after(LIMIT, minutes=2)) == "ditolak"
    assert f"BUKA {FIRST}" in phones.reply(ANI)
    assert phones.says(ANI, f"BUKA {FIRST}", after(LIMIT, minutes=3)) == "buka"
    assert office.clocks(FIRST) == {Clock.RESPON: 2, Clock.PENYELESAIAN: 2}


def test_belum_before_any_answer_is_refused(office: Kabupaten, phones: Phones) -> None:
    assert phones.says(ANI, "BELUM", TEN) == "ditolak"
    office.dispose(FIRST, TEN)
    office.do(FIRST, TEN, lambda d, c: d.answer(c, "DPU", "akan kami", substantive=False))
    assert phones.says(ANI, f"BELUM {FIRST}", TUESDAY) == "ditolak"
    assert "belum dijawab" in phones.reply(ANI)
    assert phones.says(ANI, f"BUKA {FIRST}", TUESDAY) == "ditolak"
    assert office.clocks(FIRST)[Clock.RESPON] == 1


def test_buka_of_what_was_never_disposed_waits_for_kominfo_again(
    office: Kabupaten, phones: Phones
) -> None:
    office.do(FIRST, TEN, lambda d, c: d.archive(c, "kominfo", "tidak jelas"))
    assert phones.says(ANI, "BUKA", TUESDAY) == "buka"
    assert office.clocks(FIRST) == {Clock.VERIFIKASI: 2}


# --- ANONIM and RAHASIA -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name", "flags"),
    [
        ("ANONIM", "anonim", (True, False)),
        ("RAHASIA", "rahasia", (False, True)),
        ("anonim dan rahasia", "anonim_rahasia", (True, True)),
        (f"ANONIM {FIRST}", "anonim", (True, False)),
    ],
)
def test_the_newest_complaint_is_protected(
    office: Kabupaten, phones: Phones, text: str, name: str, flags: tuple[bool, bool]
) -> None:
    phones.says(ANI, text, TEN)
    case = office.case(FIRST)
    assert (case.anonim, case.rahasia) == flags
    assert (case.reporter_sealed is None) is case.anonim
    assert case.reporter_phone_id is not None
    assert phones.reply(ANI) == reply(name, SMS, nomor=FIRST)
    assert office.trail(FIRST)[-1] in ("anonim", "rahasia")


def test_an_anonymous_reporter_is_answered_all_the_same(office: Kabupaten, phones: Phones) -> None:
    phones.says(ANI, "ANONIM", TEN, WA, button="anonim")
    answer(office)
    office.tick(TUESDAY)
    assert any(FIRST in text and "Ditambal" in text for text in phones.hears(ANI))


def test_anonim_comes_late_where_an_opd_has_it(office: Kabupaten, phones: Phones) -> None:
    office.dispose(FIRST, TEN)
    phones.says(ANI, "ANONIM dan RAHASIA", TUESDAY)
    case = office.case(FIRST)
    assert (case.anonim, case.rahasia, case.reporter_sealed) == (True, True, None)
    assert phones.replies(ANI)[1:] == [
        reply("terlambat_anonim", SMS, nomor=FIRST),
        reply("rahasia", SMS, nomor=FIRST),
    ]


def test_a_report_in_the_making_is_protected_from_the_start(
    office: Kabupaten, phones: Phones
) -> None:
    phones.says(BUDI, BROKEN, NINE, WA, profile="Pak Contoh")
    assert phones.says(BUDI, "ANONIM", after(NINE, minutes=5), WA) == "anonim"
    assert phones.reply(BUDI) == reply("jenis_draf", WA, jenis="ANONIM")
    phones.says(BUDI, "RAHASIA", after(NINE, minutes=6), WA)
    assert phones.reply(BUDI) == reply("jenis_draf", WA, jenis="ANONIM dan RAHASIA")
    office.tick(after(NINE, minutes=36))
    case = office.case(SECOND)
    assert (case.anonim, case.rahasia, case.reporter_sealed) == (True, True, None)
    assert (office.case(FIRST).anonim, rows(office, Draft)) == (False, [])


def test_a_report_may_open_with_anonim(office: Kabupaten, phones: Phones) -> None:
    phones.says(BUDI, f"LAPOR ANONIM {ROAD}", NINE, WA, profile="Pak Contoh")
    case = office.case(SECOND)
    assert (case.anonim, case.reporter_sealed) == (True, None)


# --- opt-out ----------------------------------------------------------------------------------


def opted_out(office: Kabupaten, channel: Channel) -> bool:
    found = [one for one in rows(office, PhoneChannel) if one.channel is channel]
    return any(one.opted_out_at is not None for one in found)


def test_stop_stops_reminders_and_no_answers(office: Kabupaten, phones: Phones) -> None:
    assert phones.says(ANI, "STOP", TEN, WA) == "berhenti"
    assert (opted_out(office, WA), opted_out(office, SMS)) == (True, False)
    phones.says(ANI, "LAPOR lampu mati sejak kemarin di Omben", TUESDAY, WA)
    office.tick(TUESDAY)
    said = set(phones.hears(ANI))
    assert {reply("berhenti", WA), phones.reply(ANI)} <= said
    assert SECOND in phones.reply(ANI)
    assert phones.says(ANI, "MULAI", WEDNESDAY, WA) == "mulai"
    assert not opted_out(office, WA)
    assert phones.reply(ANI) == reply("mulai", WA)


def test_an_officers_stop_is_a_refusal_that_kominfo_hears_of(
    office: Kabupaten, phones: Phones
) -> None:
    assert phones.says(ADMIN, "BERHENTI", TEN) == "berhenti"
    assert [one.answer for one in rows(office, Consent)] == ["menolak"]
    (alert,) = rows(office, Alert)
    assert alert.perihal.startswith("Admin DPU")
    assert "0811" not in alert.perihal
    assert phones.reply(ADMIN) == reply("berhenti_petugas", SMS)
    assert phones.says(ADMIN, "MULAI", TUESDAY) == "mulai"
    assert [one.answer for one in rows(office, Consent)] == ["setuju"]
    assert phones.reply(ADMIN) == reply("setuju", SMS)


@pytest.mark.parametrize(
    ("opt_out", "effect"), [("STOP", "berhenti"), ("START", "mulai"), ("HELP", "bantuan")]
)
def test_what_the_provider_answered_is_recorded_only(
    office: Kabupaten, phones: Phones, opt_out: str, effect: str
) -> None:
    assert phones.says(ANI, opt_out, TEN, SMS, opt_out=opt_out) == effect
    assert opted_out(office, SMS) is (opt_out == "STOP")
    assert len(phones.replies(ANI)) == 1


def test_help_is_for_who_asks(office: Kabupaten, phones: Phones) -> None:
    for number, name in (
        (ANI, "bantuan_warga"),
        (ADMIN, "bantuan_petugas"),
        ("0811-0000-0007", "bantuan_pemutus"),
    ):
        assert phones.says(number, "BANTUAN", TEN) == "bantuan"
        assert phones.reply(number) == reply(name, SMS)
    assert len(rows(office, Notice)) == 4


# --- the same message more than once ----------------------------------------------------------


def test_every_message_delivered_three_times_counts_once(office: Kabupaten, phones: Phones) -> None:
    answer(office)
    said = [
        phones.arrived(ANI, text, after(WEDNESDAY, minutes=minutes), WA)
        for minutes, text in enumerate(
            ("NILAI 2", f"BUKA {FIRST}", f"TAMBAH {FIRST} tolong", "ANONIM", "STATUS")
        )
    ]
    for _ in range(3):
        office.opened.hear(said)
        office.opened.listen(at(after(WEDNESDAY, minutes=10)))
    effects = [message.effect for message in rows(office, InboundMessage)]
    assert effects == ["aduan", "nilai", "buka", "tambah", "anonim", "status"]
    assert office.case(FIRST).isi == f"{ROAD}\ntolong"
    assert len(phones.replies(ANI)) == 6
