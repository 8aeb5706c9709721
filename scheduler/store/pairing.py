"""Own numbers, and pairing an own complaint with the one SP4N has under its Tracking ID."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Connection, func, select, update

from config.terms import Clock, Status
from scheduler.case import Case
from scheduler.complaint import RefusedError, forward
from scheduler.ledger import KOMINFO
from scheduler.lifecycle import Desk
from scheduler.store.cases import find, load_cases, write
from scheduler.store.tables import Claim, Complaint
from scheduler.world import World


def next_number(connection: Connection, kode: str, day: date, at: datetime) -> str:
    """Return the next own number of the month, such as SPG-2611-0042.

    The claim's row lock makes two receivers wait for each other; the unique key is the last word.
    """
    connection.execute(update(Claim).where(Claim.key == "numbers").values(claimed_at=at))
    prefix = f"{kode}-{day:%y%m}-"
    highest = connection.execute(
        select(func.max(Complaint.nomor)).where(
            Complaint.nomor.startswith(prefix, autoescape=True),
            func.length(Complaint.nomor)
            == select(func.max(func.length(Complaint.nomor)))
            .where(Complaint.nomor.startswith(prefix, autoescape=True))
            .scalar_subquery(),
        )
    ).scalar()
    return f"{prefix}{int(highest.removeprefix(prefix)) + 1 if highest else 1:04d}"


def link(connection: Connection, world: World, number: str, tracking_id: str, at: datetime) -> str:
    """Give an own complaint SP4N's Tracking ID; return the own number.

    Where SP4N's side is known already from an export the two become one complaint with one
    ladder: that of the side that was disposed first. The other side's clocks stop and its unsent
    notices are cancelled, so nobody is told twice.
    """
    if not tracking_id.isdecimal():
        raise RefusedError("Tracking ID SP4N harus berupa angka")
    own_id, other_id = find(connection, number), find(connection, tracking_id)
    if own_id is None:
        raise RefusedError(f"aduan {number} tidak ditemukan")
    desk = Desk(world, at)
    cases = load_cases(connection, {own_id, other_id or own_id}, lock=True)
    own = cases[own_id]
    if own.tracking_id is not None:
        raise RefusedError(f"aduan {number} sudah dipasangkan dengan SP4N #{own.tracking_id}")
    nomor = str(own.nomor)
    if other_id is None:
        own.tracking_id = tracking_id
        desk.remark(own, "link", KOMINFO, f"SP4N #{tracking_id}")
    else:
        other = cases[other_id]
        if other.nomor is not None:
            raise RefusedError(f"SP4N #{tracking_id} sudah dipasangkan dengan {other.nomor}")
        _merge(connection, desk, own, other)
    write(connection, desk.changes)
    return nomor


def _merge(connection: Connection, desk: Desk, own: Case, sp4n: Case) -> None:
    stays, goes = (own, sp4n) if _first(own) <= _first(sp4n) else (sp4n, own)
    nomor, tracking_id = own.nomor, sp4n.tracking_id
    seen = goes.status
    for clock in Clock:
        desk.stop(goes, clock, desk.at, "digabung")
    goes.merged_into_id = stays.id
    goes.tracking_id = goes.nomor = None
    stays.reporter_sealed = stays.reporter_sealed or goes.reporter_sealed
    stays.anonim |= goes.anonim
    stays.rahasia |= goes.rahasia
    for name in ("sp4n_instansi_id", "sp4n_instansi", "sp4n_status"):
        setattr(stays, name, getattr(sp4n, name))
    desk.remark(goes, "merge", KOMINFO, f"digabung ke {nomor} / SP4N #{tracking_id}")
    desk.remark(stays, "link", KOMINFO, f"{nomor} / SP4N #{tracking_id}")
    # The numbers leave one row before they come to the other: both columns are unique.
    connection.execute(
        update(Complaint)
        .where(Complaint.id == goes.id)
        .values(tracking_id=None, nomor=None, merged_into_id=stays.id)
    )
    stays.nomor, stays.tracking_id = nomor, tracking_id
    _catch_up(desk, stays, seen)


def _catch_up(desk: Desk, case: Case, seen: Status) -> None:
    """Bring the one that stays to where the other stood: who has answered is not nagged."""
    target = forward(case.status, case.before_tunda, seen)
    if target is Status.PROSES and case.instansi_id is not None:
        desk.answer(case, KOMINFO, in_sp4n=True)
    elif target is Status.SELESAI:
        desk.close(case, KOMINFO)
    elif target is Status.ARSIP:
        desk.archive(case, KOMINFO, None)


def _first(case: Case) -> tuple[bool, datetime]:
    return case.disposed_at is None, case.disposed_at or case.received_at
