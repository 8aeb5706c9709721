"""Where the danger is: told with the alarm, or as soon as it is said."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.channels.dispatcher import REPLY
from config.replies import reply
from scheduler.store.messaging_tables import Message, Notice
from tests.database.builders import Kabupaten, kabupaten
from tests.database.citizens import (
    ANI,
    FIRST,
    KOMINFO,
    PASAR,
    PASAR_WORDS,
    PHOTO,
    WA,
    after,
    complaints,
    rows,
)
from tests.database.talking import Phones

NIGHT = "2026-05-04T23:00:00"
FIRE = "rumah saya kebakaran"


@pytest.fixture
def office(sqlite_url: str, tmp_path: Path) -> Iterator[Kabupaten]:
    with kabupaten(sqlite_url, tmp_path) as opened:
        yield opened


@pytest.fixture
def phones(office: Kabupaten) -> Phones:
    return Phones(office.opened)


def places(office: Kabupaten) -> list[str | None]:
    return [one.note for one in rows(office, Notice) if one.kind == "darurat"]


def test_a_place_that_is_written_is_told_with_the_alarm(office: Kabupaten, phones: Phones) -> None:
    phones.says(ANI, "banjir bandang di Desa Taman malam ini, saya Bu Contoh", NIGHT)
    assert places(office) == ["Desa Taman"]
    office.tick(NIGHT)
    (told,) = phones.hears(KOMINFO)
    assert "bahaya jiwa di Desa Taman" in told
    assert "Contoh" not in told


def test_the_first_place_and_the_first_location_are_one_more_alarm_each(
    office: Kabupaten, phones: Phones
) -> None:
    phones.says(ANI, FIRE, NIGHT, WA)
    said = []
    for minute, (text, place) in enumerate(
        [
            ("cepat tolong", None),
            ("di jalan mawar", None),
            ("dekat masjid Contoh", None),
            ("", PASAR),
            ("", PASAR),
        ],
        start=1,
    ):
        before = len(phones.replies(ANI))
        phones.says(ANI, text, after(NIGHT, minutes=minute), WA, place=place)
        said += phones.replies(ANI)[before:]
    assert places(office) == [None, "jalan mawar", PASAR_WORDS]
    assert said == [reply("darurat_tempat", WA, nomor=FIRST)] * 2
    assert len(complaints(office)) == 1
    office.tick(after(NIGHT, minutes=6))  # each is a message of its own
    assert len(phones.hears(KOMINFO)) == 3
    assert {one.priority for one in rows(office, Message)} == {REPLY}


def test_the_same_words_with_a_location_tell_it(office: Kabupaten, phones: Phones) -> None:
    phones.says(ANI, FIRE, NIGHT, WA)
    assert phones.says(ANI, FIRE, after(NIGHT, minutes=20), WA, place=PASAR) == "ganda"
    assert places(office) == [None, PASAR_WORDS]


def test_where_it_is_may_be_said_with_tambah(office: Kabupaten, phones: Phones) -> None:
    phones.says(ANI, FIRE, NIGHT)
    phones.says(ANI, f"TAMBAH {FIRST} di Desa Taman RT 3", after(NIGHT, minutes=20))
    assert places(office) == [None, "Desa Taman RT 3"]


@pytest.mark.parametrize(("minutes", "complaints_then"), [(59, 1), (61, 2)])
def test_a_location_that_comes_alone_within_the_hour_is_that_of_the_danger(
    office: Kabupaten, phones: Phones, minutes: int, complaints_then: int
) -> None:
    phones.says(ANI, FIRE, NIGHT, WA)
    phones.says(ANI, "", after(NIGHT, minutes=minutes), WA, place=PASAR)
    office.tick(after(NIGHT, minutes=minutes + 30))
    assert len(complaints(office)) == complaints_then
    assert places(office) == ([None, PASAR_WORDS] if complaints_then == 1 else [None])


def test_a_location_after_another_report_is_not_its_own(office: Kabupaten, phones: Phones) -> None:
    phones.says(ANI, "lampu jalan mati di Desa Taman sejak kemarin", NIGHT, WA)
    phones.says(ANI, "", after(NIGHT, minutes=20), WA, place=PASAR)
    assert complaints(office)[0].lokasi is None


def test_of_a_secret_complaint_no_place_is_told(office: Kabupaten, phones: Phones) -> None:
    phones.says(ANI, f"RAHASIA {FIRE} di Desa Taman", NIGHT, WA)
    phones.says(ANI, "di jalan mawar", after(NIGHT, minutes=1), WA)
    phones.says(ANI, "", after(NIGHT, minutes=2), WA, place=PASAR)
    assert places(office) == [None]


def test_a_photo_of_it_is_no_place(office: Kabupaten, phones: Phones) -> None:
    phones.says(ANI, FIRE, NIGHT, WA)
    assert phones.says(ANI, "", after(NIGHT, minutes=1), WA, media=PHOTO) == "bagian"
    assert places(office) == [None]
