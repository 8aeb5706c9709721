"""Holders and phones that a directory file brings, on both engines."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine, select

from config.terms import StatusJabatan
from scheduler.store.directory import import_directory, load_directory
from scheduler.store.sealed import Seal, SealError, new_key
from scheduler.store.session import make_engine, reading, writing
from scheduler.store.tables import Holder, Phone
from tests.database.directory_files import (
    ADMIN,
    KAB,
    KEPALA,
    SEAL,
    TODAY,
    bring_in,
    counts,
    everything,
    sheet,
    total,
)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


def holders(engine: Engine) -> list[tuple[Any, ...]]:
    query = select(Holder.nama, Holder.status_jabatan, Holder.mulai, Holder.selesai)
    with reading(engine) as connection:
        return [tuple(row) for row in connection.execute(query.order_by(Holder.id))]


def number(engine: Engine, nama: str) -> str | None:
    query = select(Phone.sealed).join(Holder, Holder.phone_id == Phone.id)
    with reading(engine) as connection:
        sealed = connection.execute(query.where(Holder.nama == nama)).scalar()
    return SEAL.open(sealed) if sealed else None


# --- holders and phones ---------------------------------------------------------------------


def test_one_phone_may_hold_several_posts_and_two_people_may_share_one(engine: Engine) -> None:
    shared = {"telepon": "0811-0000-0015"}
    bring_in(
        engine,
        KAB,
        {**ADMIN, **shared},
        {**KEPALA, "nama": "Oki Percobaan", "telepon": "+62 811 0000 0015"},
        {**ADMIN, **shared, "jabatan": "Admin II", "nama": "Orang Lain"},
    )
    assert (total(engine, Holder), total(engine, Phone)) == (3, 1)
    bring_in(engine, {**ADMIN, **shared, "jabatan": "Admin III"})  # known from the last file
    assert (total(engine, Holder), total(engine, Phone)) == (4, 1)


@pytest.mark.parametrize(
    "change",
    [
        {"telepon": "0811-0000-0099"},
        {"nip": "190001011920011099"},
        {"pangkat": "Penata (III/c)"},
        {"nomor_sk": "800/2"},
        {"mulai": "2026-01-02"},
        {"selesai": "2027-01-02"},
    ],
)
def test_what_changes_of_the_same_person_is_an_update(
    engine: Engine, change: dict[str, str]
) -> None:
    full = {
        **ADMIN,
        "nip": "190007161920041015",
        "telepon": "0811-0000-0015",
        "mulai": "2026-01-01",
        "selesai": "2027-01-01",
        "nomor_sk": "800/1",
        "pangkat": "Penata Muda (III/a)",
    }
    assert counts(bring_in(engine, KAB, full)) == (2, 2, 0)
    assert counts(bring_in(engine, ADMIN)) == (1, 0, 0)  # blank cells take nothing away
    assert counts(bring_in(engine, {**full, **change})) == (1, 0, 1)
    assert total(engine, Holder) == 1
    if "telepon" in change:
        assert number(engine, "Oki Percobaan") == "+6281100000099"


def test_a_mutasi_ends_the_old_holder(engine: Engine) -> None:
    bring_in(engine, KAB, {**KEPALA, "telepon": "0811-0000-0017"})
    new = {**KEPALA, "nama": "Zaki Misalnya", "telepon": "0811-0000-0025"}
    assert counts(bring_in(engine, {**new, "mulai": "2026-12-01"})) == (1, 1, 0)
    definitif = StatusJabatan.DEFINITIF
    assert holders(engine) == [
        ("Qori Ilustrasi", definitif, None, date(2026, 11, 30)),
        ("Zaki Misalnya", definitif, date(2026, 12, 1), None),
    ]
    with reading(engine) as connection:
        directory = load_directory(connection)
        phones = connection.execute(select(Holder.phone_id).order_by(Holder.id)).scalars().all()
    (post,) = directory.posts
    days = (date(2026, 11, 30), date(2026, 12, 1))
    assert [directory.phone(post, day) for day in days] == phones


def test_an_old_file_read_again_does_not_give_the_post_back(engine: Engine) -> None:
    bring_in(engine, KAB, KEPALA)
    bring_in(engine, {**KEPALA, "nama": "Zaki Misalnya"})
    before = holders(engine)
    report = bring_in(engine, KAB, KEPALA)
    reason = "masa jabatan orang ini sudah selesai 2026-11-23; isi mulai bila menjabat lagi"
    assert report.rejected == [(3, reason)]
    assert holders(engine) == before


def test_acting_holders_beside_and_after_each_other(engine: Engine) -> None:
    plt = {**KEPALA, "nama": "Umar Contoh", "status_jabatan": "plt", "mulai": "2026-10-01"}
    plh = {**KEPALA, "nama": "Vina Teladan", "status_jabatan": "plh", "mulai": "2026-11-25"}
    bring_in(engine, KAB, KEPALA, plt)
    bring_in(engine, {**plh, "selesai": "2026-11-27"})
    assert holders(engine) == [
        ("Qori Ilustrasi", StatusJabatan.DEFINITIF, None, None),
        ("Umar Contoh", StatusJabatan.PLT, date(2026, 10, 1), TODAY),
        ("Vina Teladan", StatusJabatan.PLH, date(2026, 11, 25), date(2026, 11, 27)),
    ]


# --- privacy --------------------------------------------------------------------------------


def test_phone_and_nip_are_stored_sealed(engine: Engine) -> None:
    bring_in(engine, KAB, {**ADMIN, "nip": "190007161920041015", "telepon": "0811-0000-0015"})
    with reading(engine) as connection:
        blind, sealed = connection.execute(select(Phone.blind, Phone.sealed)).one()
        nip = connection.execute(select(Holder.nip_sealed)).scalar_one()
        stored = repr(everything(connection))
    assert blind == SEAL.blind("+6281100000015")
    assert SEAL.open(sealed) == "+6281100000015"
    assert nip is not None
    assert SEAL.open(nip) == "190007161920041015"
    assert "0000015" not in stored
    assert "19000716" not in stored


def test_another_key_is_noticed(engine: Engine) -> None:
    row = {**ADMIN, "nip": "190007161920041015", "telepon": "0811-0000-0015"}
    bring_in(engine, KAB, row)
    with writing(engine) as connection, pytest.raises(SealError) as caught:
        import_directory(connection, Seal(new_key()), sheet(row), name="d.csv", today=TODAY)
    assert "19000716" not in str(caught.value)
    assert total(engine, Holder) == 1
