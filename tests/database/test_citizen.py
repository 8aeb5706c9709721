"""What a reporter says of his own complaints: how far, more, no longer, how good, not yet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.dialogue import reports
from config.replies import reply
from config.terms import Channel, Clock, Status
from scheduler.store import listing
from scheduler.store.dialogue_tables import Draft, InboundMessage
from scheduler.store.messaging_tables import Notice
from scheduler.store.session import reading, writing
from scheduler.store.tables import Complaint
from tests.database.builders import Kabupaten, kabupaten, row
from tests.database.citizens import (
    ADMIN,
    ANI,
    BROKEN,
    BUDI,
    FIRST,
    KOMINFO,
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
TEN = "2026-05-04T10:00:00"
TUESDAY = "2026-05-05T09:00:00"
LIMIT = "2026-05-20T23:59:00"
"""Ten working days after Monday: 14 and 15 May are days off."""
SMS = Channel.SMS


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Kabupaten]:
    with kabupaten(database_url, tmp_path) as opened:
        yield opened


@pytest.fixture
def phones(office: Kabupaten) -> Phones:
    """Phones of which Ani's has reported something."""
    phones = Phones(office.opened)
    assert phones.says(ANI, ROAD, NINE) == "aduan"
    return phones


def told(office: Kabupaten, kind: str) -> int:
    return sum(notice.kind == kind for notice in rows(office, Notice))


# --- STATUS -----------------------------------------------------------------------------------


def test_status_in_every_state(office: Kabupaten, phones: Phones) -> None:
    def status(when: str) -> str:
        assert phones.says(ANI, "STATUS", when) == "status"
        return phones.reply(ANI).removeprefix(f"{FIRST}: ")

    assert status(TEN).startswith("MENUNGGU VERIFIKASI sejak 4 Mei. Target verifikasi 7 Mei 2026.")
    office.dispose(FIRST, TEN)
    assert status("2026-05-04T11:00").startswith(
        "SEDANG DIPROSES oleh Dinas Pekerjaan Umum sejak 4 Mei. Target jawaban 7 Mei 2026."
    )
    office.do(FIRST, "2026-05-04T12:00", lambda d, c: d.pause(c, "kominfo", "alamat belum jelas"))
    assert "MENUNGGU KELENGKAPAN INFORMASI sejak 4 Mei (alamat belum jelas)" in status(TUESDAY)
    office.do(FIRST, TUESDAY, lambda d, c: d.resume(c, "kominfo"))
    office.do(FIRST, TUESDAY, lambda d, c: d.answer(c, "DPU", "akan kami", substantive=False))
    assert status("2026-05-05T09:30").startswith("SEDANG DIPROSES oleh Dinas Pekerjaan Umum")
    office.do(FIRST, "2026-05-05T10:00", lambda d, c: d.answer(c, "DPU", "ditambal"))
    assert status("2026-05-05T11:00").startswith(
        "SUDAH DIJAWAB oleh Dinas Pekerjaan Umum 5 Mei. Nilai: balas NILAI SPG-2605-0001 1"
    )
    assert "BELUM SPG-2605-0001 s.d. 21 Mei 2026" in phones.reply(ANI)
    office.do(FIRST, "2026-05-05T12:00", lambda d, c: d.close(c, "kominfo"))
    assert status("2026-05-05T13:00").startswith("SELESAI ditangani Dinas Pekerjaan Umum")
    office.do(FIRST, "2026-05-05T14:00", lambda d, c: d.reopen(c, "kominfo"))
    office.do(FIRST, "2026-05-05T14:00", lambda d, c: d.archive(c, "kominfo", "bukan aduan"))
    assert status("2026-05-05T15:00").startswith("DIARSIPKAN sejak 5 Mei (bukan aduan)")


@pytest.mark.parametrize("text", [f"STATUS {FIRST}", "status spg26050001", FIRST, f"#{FIRST}"])
def test_status_by_number_or_by_the_number_alone(phones: Phones, text: str) -> None:
    assert phones.says(ANI, text, TEN) == "status"
    assert phones.reply(ANI).startswith(f"{FIRST}: MENUNGGU VERIFIKASI")


def test_status_alone_lists_what_is_open_and_what_is_newest(
    office: Kabupaten, phones: Phones
) -> None:
    for number in range(2, 8):
        phones.says(ANI, f"LAPOR lampu nomor {number} mati", after(NINE, minutes=number))
    office.do("SPG-2605-0007", TEN, lambda d, c: d.archive(c, "kominfo", "ganda"))
    office.do(SECOND, TEN, lambda d, c: d.archive(c, "kominfo", "ganda"))
    phones.says(ANI, "STATUS", TEN, WA)
    assert phones.reply(ANI).splitlines()[1:-1] == [
        "SPG-2605-0007 diarsipkan",
        *(f"SPG-2605-000{number} menunggu verifikasi" for number in (6, 5, 4, 3)),
    ]


def test_status_of_a_report_without_a_number_yet(phones: Phones) -> None:
    phones.says(BUDI, BROKEN, NINE, WA)
    assert phones.says(BUDI, "STATUS", after(NINE, minutes=1), WA) == "status"
    assert phones.reply(BUDI) == reply("status_draf", WA)


def test_an_officer_asks_for_a_duty_and_no_other(office: Kabupaten, phones: Phones) -> None:
    office.dispose(FIRST, TEN)
    phones.says(ADMIN, f"STATUS {FIRST}", TUESDAY)
    assert phones.reply(ADMIN) == (
        f"{FIRST}: sedang diproses, Dinas Pekerjaan Umum, sejak 4 Mei, batas 7 Mei 2026"
    )
    assert phones.says(KOMINFO, f"STATUS {FIRST}", TUESDAY) == "status"
    assert phones.says("0811-0000-0012", f"STATUS {FIRST}", TUESDAY) == "ditolak"
    assert phones.reply("0811-0000-0012") == reply("nomor_tak_dikenal", SMS, nomor=FIRST)


@pytest.mark.parametrize(
    "text", ["STATUS {}", "TAMBAH {}", "BATAL {}", "NILAI {} 4", "BELUM {}", "BUKA {}", "ANONIM {}"]
)
def test_anothers_number_is_the_same_as_none(office: Kabupaten, phones: Phones, text: str) -> None:
    before = complaints(office), remarks(office)
    for number in (FIRST, "SPG-2605-0999"):
        assert phones.says(BUDI, text.format(number), TEN) == "ditolak"
        assert phones.reply(BUDI) == reply("nomor_tak_dikenal", SMS, nomor=number)
    assert (complaints(office), remarks(office)) == before
    assert [one.complaint_id for one in rows(office, InboundMessage)] == [1, None, None]


@pytest.mark.parametrize("word", ["STATUS", "TAMBAH", "BATAL", "NILAI 4", "BELUM", "BUKA"])
def test_who_reported_nothing_is_told_so(phones: Phones, word: str) -> None:
    phones.says(BUDI, word, TEN)
    assert phones.reply(BUDI) == reply("tidak_ada_aduan", SMS)


# --- TAMBAH -----------------------------------------------------------------------------------


def test_tambah_grows_the_complaint_masked(office: Kabupaten, phones: Phones) -> None:
    text = f"TAMBAH {FIRST} dekat SD, hubungi 0812-0000-0999"
    assert phones.says(ANI, text, TEN) == "tambah"
    isi = office.case(FIRST).isi
    assert isi.startswith(f"{ROAD}\ndekat SD, hubungi ")
    assert "0999" not in isi
    assert ("tambah", "pelapor", None) in remarks(office)
    assert phones.reply(ANI) == reply("ditambahkan", SMS, nomor=FIRST)
    assert phones.says(ANI, f"TAMBAH {FIRST}", TEN) == "tambah"
    assert phones.reply(ANI) == reply("tambah_kosong", SMS, nomor=FIRST)
    assert phones.says(ANI, f"TAMBAH {FIRST}", TEN, WA, media=PHOTO) == "tambah"
    assert phones.reply(ANI) == reply("lampiran", WA, nomor=FIRST)


def test_what_is_very_long_grows_no_more(office: Kabupaten, phones: Phones) -> None:
    key = office.case(FIRST).id
    with writing(office.engine) as connection:
        connection.execute(
            update(Complaint).where(Complaint.id == key).values(isi="a" * reports.LONGEST)
        )
    assert phones.says(ANI, f"TAMBAH {FIRST} satu lagi", TUESDAY) == "ditolak"
    assert "aduan baru" in phones.reply(ANI)
    assert len(office.case(FIRST).isi) == reports.LONGEST


def test_tambah_ends_the_wait_for_it(office: Kabupaten, phones: Phones) -> None:
    office.dispose(FIRST, TEN)
    office.do(FIRST, TEN, lambda d, c: d.pause(c, "kominfo", "di mana?"))
    phones.says(ANI, f"TAMBAH {FIRST} dekat balai desa", TUESDAY)
    assert office.status(FIRST) is Status.BELUM_DITINDAKLANJUTI
    assert set(office.clocks(FIRST)) == {Clock.RESPON, Clock.PENYELESAIAN}
    assert office.trail(FIRST)[-2:] == ["tambah", "resume"]


@pytest.mark.parametrize(
    ("when", "effect"),
    [("2026-05-06T10:00:00", "tambah"), (LIMIT, "tambah"), (after(LIMIT, seconds=1), "aduan")],
)
def test_who_was_asked_last_of_all_answers_without_a_keyword_up_to_the_limit(
    office: Kabupaten, phones: Phones, when: str, effect: str
) -> None:
    office.do(FIRST, TEN, lambda d, c: d.pause(c, "kominfo", "RT berapa?"))
    office.tick(TEN)
    assert phones.says(ANI, "di RT 2 belakang masjid", when) == effect
    assert (office.status(FIRST) is Status.TUNDA) is (effect == "aduan")
    if effect == "tambah":
        assert phones.reply(ANI) == reply("ditambahkan_atau_lapor", SMS, nomor=FIRST)


@pytest.mark.parametrize("text", ["STATUS", f"TAMBAH {FIRST}"])
def test_what_he_hears_of_the_question_again_is_still_the_question(
    office: Kabupaten, phones: Phones, text: str
) -> None:
    office.do(FIRST, TEN, lambda d, c: d.pause(c, "kominfo", "RT berapa?"))
    office.tick(TEN)
    phones.says(ANI, text, TUESDAY)
    office.tick(TUESDAY)
    assert phones.says(ANI, "di RT 2 belakang masjid", after(TUESDAY, minutes=9)) == "tambah"
    assert office.status(FIRST) is Status.BELUM_TERVERIFIKASI


def test_a_question_is_no_longer_the_last_word_after_another(
    office: Kabupaten, phones: Phones
) -> None:
    office.do(FIRST, TEN, lambda d, c: d.pause(c, "kominfo", "RT berapa?"))
    office.tick(TEN)
    phones.says(ANI, "BANTUAN", after(TEN, minutes=1))
    office.tick(after(TEN, minutes=1))
    assert phones.says(ANI, "lampu mati di Omben", after(TEN, minutes=9)) == "aduan"
    assert phones.says(ANI, "LAPOR lampu mati di Camplong", TUESDAY) == "aduan"


def test_a_quoted_question_is_answered_without_a_keyword(office: Kabupaten, phones: Phones) -> None:
    office.do(FIRST, TEN, lambda d, c: d.pause(c, "kominfo", "di mana?"))
    office.tick(TEN)
    sids = {
        attempt.sid: notice.line.kind for notice in _notices(office) for attempt in notice.attempts
    }
    asked = next(sid for sid, kind in sids.items() if kind == "kelengkapan")
    assert phones.says(ANI, "dekat balai desa", TUESDAY, replied_sid=asked) == "tambah"
    assert office.status(FIRST) is Status.BELUM_TERVERIFIKASI
    assert phones.says(ANI, "lampu mati di Omben", TUESDAY) == "aduan"


def test_what_is_closed_takes_no_more(office: Kabupaten, phones: Phones) -> None:
    office.do(FIRST, TEN, lambda d, c: d.close(c, "kominfo"))
    assert phones.says(ANI, f"TAMBAH {FIRST} masih rusak", TUESDAY) == "ditolak"
    assert f"BUKA {FIRST}" in phones.reply(ANI)
    assert office.case(FIRST).isi == ROAD


def test_danger_in_what_is_added_is_told(office: Kabupaten, phones: Phones) -> None:
    phones.says(ANI, f"TAMBAH {FIRST} sekarang ada korban luka parah", TEN)
    assert told(office, "darurat") == 1
    assert "112" in phones.replies(ANI)[1]


# --- BATAL ------------------------------------------------------------------------------------


def test_batal_takes_the_draft_first(office: Kabupaten, phones: Phones) -> None:
    phones.says(ANI, f"LAPOR {BROKEN}", TEN, WA)
    assert phones.says(ANI, "BATAL", after(TEN, minutes=1), WA) == "batal"
    assert phones.reply(ANI) == reply("draf_dibatalkan", WA)
    assert rows(office, Draft) == []
    office.tick(after(TEN, minutes=40))
    assert [one.status for one in complaints(office)] == [Status.BELUM_TERVERIFIKASI]
    assert phones.says(ANI, "BATAL", TUESDAY) == "batal"
    (one,) = complaints(office)
    assert (one.status, one.alasan) == (Status.ARSIP, "dibatalkan pelapor")
    assert told(office, "diarsipkan") == 0


def test_batal_of_several_asks_which(office: Kabupaten, phones: Phones) -> None:
    phones.says(ANI, "LAPOR lampu mati", TEN)
    assert phones.says(ANI, "BATAL", TUESDAY) == "pilih_nomor"
    assert f"{SECOND} menunggu verifikasi; {FIRST}" in phones.reply(ANI)
    assert all(one.status is Status.BELUM_TERVERIFIKASI for one in complaints(office))


@pytest.mark.parametrize("state", ["disposed", "tunda", "proses", "selesai", "arsip", "sp4n"])
def test_batal_in_each_state(office: Kabupaten, phones: Phones, state: str) -> None:
    if state != "arsip":
        office.dispose(FIRST, TEN)
    if state == "tunda":
        office.do(FIRST, TEN, lambda d, c: d.pause(c, "kominfo"))
    elif state == "proses":
        office.do(FIRST, TEN, lambda d, c: d.answer(c, "DPU"))
    elif state == "selesai":
        office.do(FIRST, TEN, lambda d, c: d.close(c, "kominfo"))
    elif state == "arsip":
        office.do(FIRST, TEN, lambda d, c: d.archive(c, "kominfo", "ganda"))
    elif state == "sp4n":
        office.link(FIRST, "9000001", TEN)
    before = office.status(FIRST)
    effect = phones.says(ANI, f"BATAL {FIRST}", TUESDAY)
    if state in ("disposed", "tunda", "proses"):
        assert (effect, office.status(FIRST)) == ("batal", Status.ARSIP)
        assert office.clocks(FIRST) == {}
        assert phones.reply(ANI) == reply("dibatalkan", SMS, nomor=FIRST)
    else:
        assert (effect, office.status(FIRST)) == ("ditolak", before)
        assert phones.reply(ANI).startswith("Mohon maaf")


def test_the_opd_that_was_told_hears_that_it_was_taken_back(
    office: Kabupaten, phones: Phones
) -> None:
    office.dispose(FIRST, TEN)
    office.tick(TEN)
    assert told(office, "abaikan") == 0
    phones.says(ANI, f"BATAL {FIRST}", TUESDAY)
    office.tick(TUESDAY)
    posts = [str(one.post) for one in _notices(office) if one.line.kind == "abaikan"]
    assert sorted(set(posts)) == sorted(posts)
    assert len(posts) == told(office, "terima") > 0


def test_an_export_does_not_replace_what_the_reporter_wrote(
    office: Kabupaten, phones: Phones
) -> None:
    office.link(FIRST, "9000001", TEN)
    phones.says(ANI, f"TAMBAH {FIRST} sekarang makin lebar", TUESDAY)
    before = office.case(FIRST).isi
    office.import_([row(judul="Diketik ulang", isi="Ringkas.")], TUESDAY)
    assert office.case(FIRST).isi == before
    assert "makin lebar" in before


def _notices(office: Kabupaten) -> list[listing.NoticeRow]:
    with reading(office.engine) as connection:
        return list(listing.notices(connection))
