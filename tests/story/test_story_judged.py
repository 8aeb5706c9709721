"""What people write is judged as they mean it: a life in danger, an answer of "not done"."""

from __future__ import annotations

import pytest

from tests.story.test_story_officer import KOMINFO, all_of, reported
from tests.story.town import Town

DECLINED = "Belum dapat diperbaiki tahun ini"
INSTEAD = f"{DECLINED}; masuk anggaran 2027, diusulkan 12 Januari 2027."


@pytest.mark.parametrize(
    "text",
    [
        "ANONIM suami saya mau membunuh saya, di Jalan Mawar 3 sekarang",
        "tolong kirim pemadam kebakaran ke Pasar Contoh sekarang",
        "rumah roboh menimpa orang di Desa Taman sekarang, tolong",
    ],
)
def test_whoever_is_in_danger_hears_of_112_and_kominfo_is_told(town: Town, text: str) -> None:
    town.at("23.30")
    warga = town.citizen()
    warga.says(text)
    warga.expects("SEGERA HUBUNGI 112", at="Sen 23.30")
    for kominfo in all_of(town, *KOMINFO):
        kominfo.expects("DARURAT", "bahaya", at="Sen 23.30")


def test_an_answer_that_it_is_not_done_needs_what_is_done_instead(town: Town) -> None:
    warga, admin, number = reported(town)
    admin.expects(number).replies(f"JAWAB {DECLINED}.")
    admin.expects("batas waktunya masih berjalan", number)
    for kominfo in all_of(town, *KOMINFO):
        kominfo.expects("belum substantif", number, DECLINED)
    admin.says(f"JAWAB {number} {INSTEAD}")
    admin.expects("kami catat", number)
    warga.expects(number, "dijawab", DECLINED)
