"""A wish to be protected is kept, whenever it is said, and its reporter is told so."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from config.replies import reply
from config.terms import Channel
from scheduler.store.dialogue_tables import Draft
from scheduler.store.messaging_tables import Notice
from tests.database.builders import Kabupaten, kabupaten
from tests.database.citizens import (
    ADMIN,
    ANI,
    BROKEN,
    FIRST,
    PASAR,
    ROAD,
    WA,
    after,
    complaints,
    rows,
)
from tests.database.talking import Phones

NINE = "2026-05-04T09:00:00"
SMS = Channel.SMS


@pytest.fixture
def office(sqlite_url: str, tmp_path: Path) -> Iterator[Kabupaten]:
    with kabupaten(sqlite_url, tmp_path) as opened:
        yield opened


@pytest.fixture
def phones(office: Kabupaten) -> Phones:
    return Phones(office.opened)


def flags(office: Kabupaten) -> list[tuple[bool, bool, bool]]:
    """Of each complaint whether it is Anonim, Rahasia, and whether a name is kept."""
    return [
        (one.anonim, one.rahasia, one.reporter_sealed is not None) for one in complaints(office)
    ]


def received(nomor: str, jenis: str, channel: Channel) -> str:
    return reply("diterima", channel, nomor=nomor, lama="3 hari kerja", jenis=jenis)


@pytest.mark.parametrize(
    ("channel", "word", "hours", "effect", "expected"),
    [
        (WA, "ANONIM", 0, "anonim", (True, False, False)),
        (SMS, "RAHASIA", 0, "rahasia", (False, True, True)),
        (WA, "RAHASIA", 23, "rahasia", (False, True, True)),
        (SMS, "ANONIM dan RAHASIA", 23, "anonim", (True, True, False)),
    ],
)
def test_protection_asked_for_first_is_of_the_report_that_follows(
    office: Kabupaten,
    phones: Phones,
    channel: Channel,
    word: str,
    hours: int,
    effect: str,
    expected: tuple[bool, bool, bool],
) -> None:
    assert phones.says(ANI, word, NINE, channel, profile="Bu Contoh") == effect
    assert phones.reply(ANI) == reply("jenis_dahulu", channel, jenis=word)
    office.tick(after(NINE, hours=hours, seconds=30))
    at = after(NINE, hours=hours, minutes=1)
    assert phones.says(ANI, ROAD, at, channel, profile="Bu Contoh") == "aduan"
    assert flags(office) == [expected]
    assert phones.reply(ANI) == received(FIRST, word, channel)
    assert rows(office, Draft) == []
    assert complaints(office)[0].isi == ROAD


def test_a_wish_of_which_nothing_came_is_let_go_after_a_day(
    office: Kabupaten, phones: Phones
) -> None:
    phones.says(ANI, "RAHASIA", NINE)
    office.tick(after(NINE, hours=24))
    assert (rows(office, Draft), complaints(office)) == ([], [])
    phones.says(ANI, ROAD, after(NINE, hours=24, minutes=1))
    assert flags(office) == [(False, False, False)]


def test_lapor_anonim_is_kept_as_long(office: Kabupaten, phones: Phones) -> None:
    phones.says(ANI, "LAPOR RAHASIA", NINE, WA)
    assert phones.reply(ANI) == reply("jenis_dahulu", WA, jenis="RAHASIA")
    phones.says(ANI, ROAD, after(NINE, hours=2), WA)
    assert flags(office) == [(False, True, False)]


def test_lapor_anonim_begins_a_report_of_its_own(office: Kabupaten, phones: Phones) -> None:
    phones.says(ANI, BROKEN, NINE)
    phones.says(ANI, "LAPOR RAHASIA", after(NINE, minutes=1))
    assert phones.says(ANI, ROAD, after(NINE, minutes=2)) == "aduan"
    assert [one[1] for one in flags(office)] == [False, True]


def test_a_secret_place_of_danger_is_told_to_nobody(office: Kabupaten, phones: Phones) -> None:
    phones.says(ANI, "RAHASIA", NINE, WA)
    phones.says(ANI, "", after(NINE, minutes=1), WA, place=PASAR)
    assert phones.says(ANI, "saya dianiaya suami", after(NINE, minutes=2), WA) == "aduan"
    assert flags(office) == [(False, True, False)]
    told = [one.note for one in rows(office, Notice) if one.kind == "darurat"]
    assert told == [None]


def test_whoever_asks_again_is_protected_in_the_next_report_too(
    office: Kabupaten, phones: Phones
) -> None:
    phones.says(ANI, ROAD, NINE)
    phones.says(ANI, "ANONIM", after(NINE, hours=1))
    phones.says(ANI, f"LAPOR {BROKEN}", after(NINE, hours=2))
    phones.says(ANI, "LAPOR air keruh", after(NINE, hours=26))
    assert [one[0] for one in flags(office)] == [True, True, False]


def test_what_is_closed_is_not_meant(office: Kabupaten, phones: Phones) -> None:
    phones.says(ANI, ROAD, NINE)
    phones.says(ANI, f"BATAL {FIRST}", after(NINE, minutes=1))
    phones.says(ANI, "RAHASIA", after(NINE, days=3))
    assert phones.reply(ANI) == reply("jenis_dahulu", SMS, jenis="RAHASIA", kata="RAHASIA")
    phones.says(ANI, BROKEN, after(NINE, days=3, minutes=1))
    assert [one[1] for one in flags(office)] == [False, True]
    assert phones.says(ANI, f"RAHASIA {FIRST}", after(NINE, days=3, minutes=2)) == "rahasia"
    assert [one[1] for one in flags(office)] == [True, True]


def test_an_officers_wish_makes_no_report_of_what_he_writes(
    office: Kabupaten, phones: Phones
) -> None:
    phones.says(ADMIN, "ANONIM", NINE)
    assert phones.says(ADMIN, "sudah kami cek ke lokasi", after(NINE, hours=3)) == "bagian"
    assert "belum kami catat" in phones.reply(ADMIN)
    phones.says(ADMIN, f"LAPOR {ROAD}", after(NINE, hours=3, minutes=1))
    assert flags(office) == [(True, False, False)]


def test_what_a_question_says_of_protection(phones: Phones) -> None:
    phones.says(ANI, f"ANONIM {BROKEN}", NINE, WA)
    assert "akan dicatat sebagai ANONIM" in phones.reply(ANI)
    assert "balas ANONIM" not in phones.reply(ANI)


def test_protection_asked_for_beside_a_part_is_told(office: Kabupaten, phones: Phones) -> None:
    phones.says(ANI, ROAD, NINE, WA, profile="Bu Contoh")
    assert phones.says(ANI, "RAHASIA kadesnya yang korupsi", after(NINE, minutes=1), WA) == "bagian"
    assert flags(office) == [(False, True, True)]
    assert phones.reply(ANI) == reply("rahasia", WA, nomor=FIRST)
    assert office.trail(FIRST)[-1] == "rahasia"


# --- in words of one's own --------------------------------------------------------------------


def test_a_wish_beside_a_report_is_kept(office: Kabupaten, phones: Phones) -> None:
    text = "mohon dirahasiakan identitas saya. Kades Taman minta uang kemarin di balai desa"
    phones.says(ANI, text, NINE, WA, profile="Bu Contoh")
    assert flags(office) == [(True, False, False)]
    assert phones.reply(ANI) == received(FIRST, "ANONIM", WA)
    assert complaints(office)[0].isi == text


@pytest.mark.parametrize("minutes", [1, 600])
def test_a_wish_alone_is_of_the_report_before_it_and_no_other(
    office: Kabupaten, phones: Phones, minutes: int
) -> None:
    phones.says(ANI, ROAD, NINE, WA, profile="Bu Contoh")
    text = "jangan sebut nama saya ya pak"
    assert phones.says(ANI, text, after(NINE, minutes=minutes), WA) == "anonim"
    assert flags(office) == [(True, False, False)]
    assert phones.reply(ANI) == reply("anonim", WA, nomor=FIRST)
    assert complaints(office)[0].isi == ROAD


def test_a_wish_alone_comes_before_a_report(office: Kabupaten, phones: Phones) -> None:
    assert phones.says(ANI, "tolong rahasiakan identitas saya", NINE) == "anonim"
    assert phones.reply(ANI) == reply("jenis_dahulu", SMS, jenis="ANONIM")
    phones.says(ANI, ROAD, after(NINE, minutes=5))
    assert flags(office) == [(True, False, False)]


@pytest.mark.parametrize(
    "text", ["kadesnya kejam, tolong anonim", f"TAMBAH {FIRST} kejam, nama saya jangan disebut"]
)
def test_a_wish_beside_a_part_is_kept_and_said(
    office: Kabupaten, phones: Phones, text: str
) -> None:
    phones.says(ANI, ROAD, NINE, WA, profile="Bu Contoh")
    phones.says(ANI, text, after(NINE, minutes=1), WA)
    assert flags(office) == [(True, False, False)]
    assert reply("anonim", WA, nomor=FIRST) in phones.replies(ANI)[1:]


def test_a_wish_beside_belum_is_kept_and_said(office: Kabupaten, phones: Phones) -> None:
    phones.says(ANI, ROAD, NINE, WA, profile="Bu Contoh")
    office.dispose(FIRST, after(NINE, hours=1))
    office.do(FIRST, after(NINE, hours=2), lambda desk, case: desk.answer(case, "opd", "Ditambal"))
    text = f"BELUM {FIRST} masih rusak, tolong jangan sebut nama saya"
    assert phones.says(ANI, text, after(NINE, hours=3), WA) == "belum"
    assert flags(office) == [(True, False, False)]
    assert phones.reply(ANI) == reply("terlambat_anonim", WA, nomor=FIRST)
    assert office.trail(FIRST)[-1] == "anonim"
