"""Who is told: roles, ancestors, vacancies and dates, on a small kabupaten."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from config.policy import Recipients
from config.terms import Jenis, Peran, StatusJabatan
from scheduler.directory import (
    Addressee,
    Audience,
    Body,
    Directory,
    HolderInfo,
    NobodyToTellError,
    PostInfo,
)

TODAY = date(2026, 11, 24)
YESTERDAY, TOMORROW = date(2026, 11, 23), date(2026, 11, 25)

PROV, KAB, DINKES, PKM, DPUPR = 1, 2, 3, 4, 5
BODIES = (
    Body(PROV, "Provinsi Contoh", Jenis.PROVINSI, None, 5, None),
    Body(KAB, "Kabupaten Contoh", Jenis.KABUPATEN, PROV, 5, None),
    Body(DINKES, "Dinas Kesehatan", Jenis.OPD, KAB, 5, "Dinkes"),
    Body(PKM, "Puskesmas Contoh", Jenis.PUSKESMAS, DINKES, 6, None),
    Body(DPUPR, "Dinas Pekerjaan Umum", Jenis.OPD, KAB, 5, "DPUPR"),
)
POSTS = {
    "pengawas": (PROV, Peran.ADMIN_PENGAWAS),
    "bupati": (KAB, Peran.KEPALA_DAERAH),
    "sekda": (KAB, Peran.SEKDA),
    "asisten 1": (KAB, Peran.ASISTEN),
    "asisten 2": (KAB, Peran.ASISTEN),
    "kominfo": (KAB, Peran.ADMIN_KOORDINATOR),
    "admin dinkes": (DINKES, Peran.ADMIN_OPD),
    "penghubung dinkes": (DINKES, Peran.PEJABAT_PENGHUBUNG),
    "kadinkes": (DINKES, Peran.KEPALA_OPD),
    "admin pkm": (PKM, Peran.ADMIN_OPD),
    "kepala pkm": (PKM, Peran.KEPALA_OPD),
    "admin dpupr": (DPUPR, Peran.ADMIN_OPD),
    "kadis pupr": (DPUPR, Peran.KEPALA_OPD),
}
IDS = {label: number for number, label in enumerate(POSTS, start=1)}


def holder(
    label: str,
    status: StatusJabatan = StatusJabatan.DEFINITIF,
    *,
    phone: int | None = None,
    mulai: date | None = None,
    selesai: date | None = None,
) -> HolderInfo:
    return HolderInfo(IDS[label], phone or 100 + IDS[label], status, mulai, selesai)


def directory(
    *more: HolderInfo,
    vacant: tuple[str, ...] = (),
    covers: tuple[tuple[str, int], ...] = (),
    bodies: Sequence[Body] = BODIES,
) -> Directory:
    """Every post held in its own right, except the vacant ones, and `more` holders."""
    return Directory(
        bodies,
        [PostInfo(IDS[name], at, peran, name, name) for name, (at, peran) in POSTS.items()],
        [*(holder(name) for name in POSTS if name not in vacant), *more],
        [(IDS[name], instansi) for name, instansi in covers],
    )


def told(
    snapshot: Directory, instansi: int | None, *to: Peran, on: date = TODAY, letter: bool = False
) -> list[str]:
    audience = snapshot.audience(Recipients(to=to), instansi, on, letter=letter)
    return [f"cc {a.post.label}" if a.copy else a.post.label for a in audience.addressees]


# --- roles and ancestors --------------------------------------------------------------------


def test_a_role_is_found_at_the_instansi_itself() -> None:
    assert told(directory(), PKM, Peran.ADMIN_OPD) == ["admin pkm"]


def test_a_role_that_the_instansi_lacks_is_found_at_the_nearest_ancestor() -> None:
    assert told(directory(), PKM, Peran.PEJABAT_PENGHUBUNG) == ["penghubung dinkes"]
    assert told(directory(), PKM, Peran.SEKDA) == ["sekda"]
    assert told(directory(), PKM, Peran.ADMIN_PENGAWAS) == ["pengawas"]


def test_a_vacant_post_is_passed_over_for_the_same_role_above() -> None:
    assert told(directory(vacant=("admin pkm",)), PKM, Peran.ADMIN_OPD) == ["admin dinkes"]


def test_a_holder_without_a_phone_leaves_the_post_as_if_vacant() -> None:
    silent = HolderInfo(IDS["admin pkm"], None, StatusJabatan.DEFINITIF, None, None)
    assert told(directory(silent, vacant=("admin pkm",)), PKM, Peran.ADMIN_OPD) == ["admin dinkes"]


def test_a_complaint_of_no_instansi_is_the_governments() -> None:
    assert told(directory(), None, Peran.ADMIN_KOORDINATOR) == ["kominfo"]


def test_an_unknown_instansi_has_nobody() -> None:
    with pytest.raises(NobodyToTellError):
        told(directory(), 99, Peran.ADMIN_OPD)


@pytest.mark.parametrize(
    ("kinds", "home"),
    [
        ((Jenis.PROVINSI, Jenis.KABUPATEN, Jenis.OPD), 2),
        ((Jenis.PROVINSI, Jenis.KOTA), 2),
        ((Jenis.PROVINSI, Jenis.OPD), 1),
        ((Jenis.KABUPATEN, Jenis.KOTA, Jenis.PROVINSI), 3),  # a province that watches several
        ((Jenis.KABUPATEN, Jenis.KOTA), 1),
        ((Jenis.OPD,), None),
    ],
)
def test_whose_installation_it_is(kinds: tuple[Jenis, ...], home: int | None) -> None:
    bodies = [Body(i, f"{kind} {i}", kind, None, 5, None) for i, kind in enumerate(kinds, start=1)]
    found = Directory(bodies, [], [], []).home
    assert (found.id if found else None) == home


def test_a_line_of_instansi_that_runs_in_a_circle_ends() -> None:
    bodies = [Body(i, str(i), Jenis.OPD, 3 - i, 5, None) for i in (1, 2)]
    assert [body.id for body in Directory(bodies, [], [], []).line(1)] == [1, 2]


# --- membawahi ------------------------------------------------------------------------------


def test_without_membawahi_every_asisten_is_told() -> None:
    assert told(directory(), DPUPR, Peran.ASISTEN) == ["asisten 1", "asisten 2"]


def test_membawahi_picks_the_asisten_of_an_opd() -> None:
    snapshot = directory(covers=(("asisten 1", DINKES), ("asisten 2", DPUPR)))
    assert told(snapshot, DPUPR, Peran.ASISTEN) == ["asisten 2"]
    assert told(snapshot, DINKES, Peran.ASISTEN) == ["asisten 1"]


def test_a_unit_is_overseen_through_its_parent() -> None:
    snapshot = directory(covers=(("asisten 1", DINKES), ("asisten 2", DPUPR)))
    assert told(snapshot, PKM, Peran.ASISTEN) == ["asisten 1"]


def test_membawahi_of_the_unit_itself_comes_before_that_of_its_parent() -> None:
    snapshot = directory(covers=(("asisten 1", DINKES), ("asisten 2", PKM)))
    assert told(snapshot, PKM, Peran.ASISTEN) == ["asisten 2"]


def test_an_opd_that_no_asisten_oversees_is_everybodys() -> None:
    snapshot = directory(covers=(("asisten 1", DINKES),))
    assert told(snapshot, DPUPR, Peran.ASISTEN) == ["asisten 1", "asisten 2"]


def test_a_vacant_asistens_opd_is_the_other_ones() -> None:
    snapshot = directory(vacant=("asisten 2",), covers=(("asisten 2", DPUPR),))
    assert told(snapshot, DPUPR, Peran.ASISTEN) == ["asisten 1"]


# --- going up -------------------------------------------------------------------------------


def climbed(snapshot: Directory, instansi: int, *to: Peran) -> tuple[list[str], str | None]:
    audience = snapshot.audience(Recipients(to=to), instansi, TODAY)
    assert [a.note for a in audience.addressees] == [audience.addressees[0].note] * len(
        audience.addressees
    )
    return [a.post.label for a in audience.addressees], audience.addressees[0].note


def test_a_vacant_role_goes_up_and_says_so() -> None:
    snapshot = directory(vacant=("admin dpupr",))
    assert climbed(snapshot, DPUPR, Peran.ADMIN_OPD) == (["kadis pupr"], "Admin tanpa nomor aktif.")


def test_the_record_names_every_role_that_nobody_holds() -> None:
    snapshot = directory(vacant=("admin dpupr",))
    audience = snapshot.audience(Recipients(to=(Peran.ADMIN_OPD,)), DPUPR, TODAY)
    assert audience.missing == (Peran.ADMIN_OPD, Peran.PEJABAT_PENGHUBUNG)
    assert audience.remark == "tanpa pemegang jabatan: admin_opd, pejabat_penghubung"


def test_the_whole_way_up() -> None:
    vacant: tuple[str, ...] = ("admin dpupr", "kadis pupr")
    assert climbed(directory(vacant=vacant), DPUPR, Peran.ADMIN_OPD)[0] == [
        "asisten 1",
        "asisten 2",
    ]
    vacant += ("asisten 1", "asisten 2")
    assert climbed(directory(vacant=vacant), DPUPR, Peran.ADMIN_OPD)[0] == ["sekda"]
    vacant += ("sekda",)
    assert climbed(directory(vacant=vacant), DPUPR, Peran.ADMIN_OPD)[0] == ["kominfo"]
    vacant += ("kominfo",)
    with pytest.raises(NobodyToTellError):
        climbed(directory(vacant=vacant), DPUPR, Peran.ADMIN_OPD)


def test_one_usable_role_is_enough() -> None:
    snapshot = directory(vacant=("admin dpupr",))
    audience = snapshot.audience(Recipients(to=(Peran.ADMIN_OPD, Peran.KEPALA_OPD)), DPUPR, TODAY)
    assert [(a.post.label, a.note) for a in audience.addressees] == [("kadis pupr", None)]
    assert audience.missing == (Peran.ADMIN_OPD,)


def test_two_vacant_roles_go_up_from_the_lower_one() -> None:
    snapshot = directory(vacant=("admin dpupr", "asisten 1", "asisten 2"))
    assert climbed(snapshot, DPUPR, Peran.ADMIN_OPD, Peran.ASISTEN) == (
        ["kadis pupr"],
        "Admin dan Asisten tanpa nomor aktif.",
    )


@pytest.mark.parametrize("peran", [Peran.KEPALA_DAERAH, Peran.ADMIN_PENGAWAS])
def test_a_vacancy_at_the_top_is_kominfos_and_never_comes_down(peran: Peran) -> None:
    snapshot = directory(vacant=("bupati", "pengawas"))
    assert climbed(snapshot, DPUPR, peran)[0] == ["kominfo"]


def test_nobody_at_all() -> None:
    with pytest.raises(NobodyToTellError):
        told(directory(vacant=tuple(POSTS)), DPUPR, Peran.ADMIN_OPD)
    with pytest.raises(NobodyToTellError):
        told(Directory([], [], [], []), None, Peran.ADMIN_KOORDINATOR)


def test_a_copy_alone_tells_nobody_what_to_do() -> None:
    vacant = tuple(set(POSTS) - {"bupati"})
    with pytest.raises(NobodyToTellError):
        directory(vacant=vacant).audience(
            Recipients(to=(Peran.ADMIN_OPD,), copy=(Peran.KEPALA_DAERAH,)), DPUPR, TODAY
        )


# --- copies ---------------------------------------------------------------------------------


def test_copies_and_the_weekly_share() -> None:
    recipients = Recipients(to=(Peran.ASISTEN,), copy=(Peran.KEPALA_OPD,), weekly=(Peran.SEKDA,))
    snapshot = directory(covers=(("asisten 2", DPUPR),))

    def of(audience: Audience) -> list[tuple[str, bool]]:
        return [(a.post.label, a.copy) for a in audience.addressees]

    weekday = of(snapshot.audience(recipients, DPUPR, TODAY))
    assert weekday == [("asisten 2", False), ("kadis pupr", True)]
    monday = of(snapshot.audience(recipients, DPUPR, TODAY, week_start=True))
    assert monday == [*weekday, ("sekda", True)]


def test_a_vacant_copy_is_recorded_and_goes_nowhere() -> None:
    audience = directory(vacant=("sekda",)).audience(
        Recipients(to=(Peran.ADMIN_OPD,), copy=(Peran.SEKDA,)), DPUPR, TODAY
    )
    assert [a.post.label for a in audience.addressees] == ["admin dpupr"]
    assert audience.missing == (Peran.SEKDA,)


def test_a_post_that_a_duty_went_up_to_is_not_told_again_as_a_copy() -> None:
    audience = directory(vacant=("admin dpupr",)).audience(
        Recipients(to=(Peran.ADMIN_OPD,), copy=(Peran.KEPALA_OPD,)), DPUPR, TODAY
    )
    assert [(a.post.label, a.copy) for a in audience.addressees] == [("kadis pupr", False)]


# --- letters for a unit ---------------------------------------------------------------------


def test_a_letter_for_a_puskesmas_goes_to_the_head_of_its_parent_with_a_copy_to_the_unit() -> None:
    assert told(directory(), PKM, Peran.KEPALA_OPD, letter=True) == ["kadinkes", "cc kepala pkm"]


@pytest.mark.parametrize("jenis", [Jenis.OPD, Jenis.KECAMATAN, Jenis.PUSKESMAS])
def test_a_unit_is_whatever_stands_below_another_office(jenis: Jenis) -> None:
    bodies = [replace(body, jenis=jenis) if body.id == PKM else body for body in BODIES]
    snapshot = directory(bodies=bodies)
    assert told(snapshot, PKM, Peran.KEPALA_OPD, letter=True) == ["kadinkes", "cc kepala pkm"]
    recipients = Recipients(to=(Peran.ADMIN_OPD,), copy=(Peran.KEPALA_OPD,))
    audience = snapshot.audience(recipients, PKM, TODAY, letter=True)
    assert [(a.post.label, a.copy) for a in audience.addressees] == [
        ("admin pkm", False),
        ("kadinkes", True),
        ("kepala pkm", True),
    ]


@pytest.mark.parametrize("jenis", [Jenis.KECAMATAN, Jenis.PUSKESMAS])
def test_what_stands_directly_below_the_government_is_no_unit(jenis: Jenis) -> None:
    under_kab = [replace(b, jenis=jenis, induk_id=KAB) if b.id == PKM else b for b in BODIES]
    snapshot = directory(bodies=under_kab)
    assert told(snapshot, PKM, Peran.KEPALA_OPD, letter=True) == ["kepala pkm"]


def test_without_a_letter_the_head_of_the_unit_is_told_himself() -> None:
    assert told(directory(), PKM, Peran.KEPALA_OPD) == ["kepala pkm"]


def test_a_unit_without_a_head_has_no_copy() -> None:
    snapshot = directory(vacant=("kepala pkm",))
    assert told(snapshot, PKM, Peran.KEPALA_OPD, letter=True) == ["kadinkes"]


def test_a_letter_for_an_opd_goes_to_its_own_head() -> None:
    assert told(directory(), DINKES, Peran.KEPALA_OPD, letter=True) == ["kadinkes"]


# --- Plt, Plh, Pj and their dates -----------------------------------------------------------


@pytest.mark.parametrize("status", [StatusJabatan.PLT, StatusJabatan.PLH, StatusJabatan.PJ])
def test_an_acting_holder_is_usable_from_his_first_day_to_his_last(status: StatusJabatan) -> None:
    plt = holder("kadis pupr", status, mulai=TODAY, selesai=TODAY)
    snapshot = directory(plt, vacant=("kadis pupr",))
    assert told(snapshot, DPUPR, Peran.KEPALA_OPD, on=TODAY) == ["kadis pupr"]
    for day in (YESTERDAY, TOMORROW):
        assert snapshot.phone(IDS["kadis pupr"], day) is None
        assert told(snapshot, DPUPR, Peran.KEPALA_OPD, on=day) == ["asisten 1", "asisten 2"]


def test_open_dates_have_no_edge() -> None:
    since = directory(holder("sekda", StatusJabatan.PJ, mulai=TODAY), vacant=("sekda",))
    until = directory(holder("sekda", StatusJabatan.PJ, selesai=TODAY), vacant=("sekda",))
    post = IDS["sekda"]
    assert since.phone(post, YESTERDAY) is None
    assert since.phone(post, date.max) is not None
    assert until.phone(post, date.min) is not None
    assert until.phone(post, TOMORROW) is None


def test_who_holds_it_in_his_own_right_comes_before_who_acts() -> None:
    acting = holder("sekda", StatusJabatan.PLH, phone=7, mulai=TODAY)
    holders = directory(acting).holders(IDS["sekda"], TODAY)
    assert [h.phone_id for h in holders] == [100 + IDS["sekda"], 7]


def test_the_day_a_post_is_handed_over() -> None:
    post = IDS["sekda"]
    old = holder("sekda", phone=7, selesai=YESTERDAY)
    new = holder("sekda", phone=8, mulai=TODAY)
    snapshot = directory(old, new, vacant=("sekda",))
    assert snapshot.phone(post, YESTERDAY) == 7
    assert snapshot.phone(post, TODAY) == 8


@pytest.mark.parametrize("order", [1, -1])
def test_whoever_stays_comes_before_whoever_leaves_that_day(order: int) -> None:
    leaving = holder("sekda", phone=7, mulai=TODAY, selesai=TODAY)
    staying = holder("sekda", phone=8, mulai=YESTERDAY)
    snapshot = directory(*(leaving, staying)[::order], vacant=("sekda",))
    assert snapshot.phone(IDS["sekda"], TODAY) == 8


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_who_act_the_last_to_begin_comes_first(order: int) -> None:
    plt = holder("sekda", StatusJabatan.PLT, phone=7)
    plh = holder("sekda", StatusJabatan.PLH, phone=8, mulai=TODAY, selesai=TODAY)
    snapshot = directory(*(plt, plh)[::order], vacant=("sekda",))
    assert snapshot.phone(IDS["sekda"], YESTERDAY) == 7
    assert snapshot.phone(IDS["sekda"], TODAY) == 8
    assert snapshot.phone(IDS["sekda"], TOMORROW) == 7


def test_of_two_who_began_together_the_one_recorded_later_comes_first() -> None:
    one, two = holder("sekda", phone=7, mulai=TODAY), holder("sekda", phone=8, mulai=TODAY)
    assert directory(one, two, vacant=("sekda",)).phone(IDS["sekda"], TODAY) == 8


def test_one_phone_may_stand_for_several_posts() -> None:
    one = holder("admin dpupr", phone=7)
    two = holder("kadis pupr", phone=7)
    snapshot = directory(one, two, vacant=("admin dpupr", "kadis pupr"))
    audience = snapshot.audience(Recipients(to=(Peran.ADMIN_OPD, Peran.KEPALA_OPD)), DPUPR, TODAY)
    kept = [Addressee(a.post, a.peran, copy=False) for a in audience.addressees]
    assert list(audience.addressees) == kept
    assert [a.post.label for a in kept] == ["admin dpupr", "kadis pupr"]
    assert [snapshot.phone(a.post.id, TODAY) for a in kept] == [7, 7]
