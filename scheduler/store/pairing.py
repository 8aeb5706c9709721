"""Own numbers, and pairing an own complaint with the one SP4N has under its Tracking ID."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Final

from sqlalchemy import Connection, func, select, update

from config.terms import Clock, Status
from scheduler.case import Case
from scheduler.complaint import RefusedError, forward
from scheduler.ledger import KOMINFO
from scheduler.lifecycle import Desk
from scheduler.store import handovers
from scheduler.store.cases import lock_by_number, write
from scheduler.store.console_tables import Entry
from scheduler.store.drafts import move_similar
from scheduler.store.messaging_tables import Notice
from scheduler.store.requests import move
from scheduler.store.tables import Audit, Claim, Complaint
from scheduler.world import World

LINKED: Final = "link"
CHANGED: Final = "tracking_id_diubah"
"""Events of the audit trail."""
CONFIRMED: Final = "data SP4N sudah memuat Tracking ID ini; tidak dapat diubah lagi"
_BOTH: Final = " / SP4N #"
"""Between the two numbers of what became one, in the note of `LINKED`."""

Check = Callable[[Case | None], None]


def _anything(_other: Case | None) -> None:
    return


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


def link(
    connection: Connection,
    world: World,
    number: str,
    tracking_id: str,
    at: datetime,
    *,
    check: Check = _anything,
    instead_of: str | None = None,
) -> str:
    """Give an own complaint SP4N's Tracking ID; return the own number.

    Where SP4N's side is known already from an export the two become one complaint with one
    ladder: that of the side that was disposed first. The other side's clocks stop and its unsent
    notices are cancelled, so nobody is told twice; an answer or an end it already had counts.

    `check` is called with SP4N's side, locked, or None, and may refuse. `instead_of` is a Tracking
    ID given in error, which no export has confirmed.
    """
    if not (tracking_id.isascii() and tracking_id.isdecimal()):
        raise RefusedError("Tracking ID SP4N harus berupa angka")
    found = lock_by_number(connection, (number, tracking_id))
    own, other = found.get(number), found.get(tracking_id)
    if own is None:
        raise RefusedError(f"aduan {number} tidak ditemukan")
    check(other)
    desk = Desk(world, at)
    if instead_of is not None:
        _check_unconfirmed(connection, own, instead_of)
    elif own.tracking_id is not None:
        raise RefusedError(f"aduan {number} sudah dipasangkan dengan SP4N #{own.tracking_id}")
    nomor = str(own.nomor)
    if other is own:
        raise RefusedError(f"Tracking ID {tracking_id} sudah tercatat pada aduan ini")
    if other is not None:
        if other.nomor is not None:
            raise RefusedError(f"SP4N #{tracking_id} sudah dipasangkan dengan {other.nomor}")
        _merge(connection, desk, own, other)
    elif instead_of is not None:
        own.tracking_id = tracking_id
        desk.remark(own, CHANGED, KOMINFO, f"SP4N #{instead_of} menjadi #{tracking_id}")
    else:
        own.tracking_id = tracking_id
        desk.remark(own, LINKED, KOMINFO, f"SP4N #{tracking_id}")
    write(connection, desk.changes)
    return nomor


def unlink(connection: Connection, desk: Desk, own: Case) -> None:
    """Take a Tracking ID from a locked complaint that is not in SP4N after all."""
    assert own.tracking_id is not None
    _check_unconfirmed(connection, own, own.tracking_id)
    desk.remark(own, CHANGED, KOMINFO, f"SP4N #{own.tracking_id} dihapus")
    own.tracking_id = None


def confirmed(connection: Connection, complaint_id: int, sp4n_status: str | None) -> bool:
    """Return whether an export has shown the Tracking ID that a complaint has.

    Of what was joined with SP4N's side an export had it from the first, whatever is held of it.
    """
    joined = select(Audit.id).where(
        Audit.complaint_id == complaint_id, Audit.event == LINKED, Audit.note.contains(_BOTH)
    )
    return sp4n_status is not None or connection.execute(joined).first() is not None


def _check_unconfirmed(connection: Connection, own: Case, tracking_id: str) -> None:
    assert own.id is not None
    if own.tracking_id != tracking_id or own.nomor is None:
        raise RefusedError("Tracking ID aduan ini baru saja diubah; muat ulang halamannya")
    if confirmed(connection, own.id, own.sp4n_status):
        raise RefusedError(CONFIRMED)


def _merge(connection: Connection, desk: Desk, own: Case, sp4n: Case) -> None:
    stays, goes = (own, sp4n) if _first(own) <= _first(sp4n) else (sp4n, own)
    nomor, tracking_id = own.nomor, sp4n.tracking_id
    status, alasan = goes.status, goes.alasan
    for clock in Clock:
        desk.stop(goes, clock, desk.at, "digabung")
    goes.merged_into_id = stays.id
    goes.tracking_id = goes.nomor = None
    stays.anonim |= goes.anonim
    stays.rahasia |= goes.rahasia
    stays.hidden |= goes.hidden
    stays.reporter_sealed = None if stays.anonim else stays.reporter_sealed or goes.reporter_sealed
    if sp4n.hold_reason is None or stays.instansi_id is not None:
        # Else the next export still has to settle where SP4N's side belongs.
        for name in ("sp4n_instansi_id", "sp4n_instansi", "sp4n_status"):
            setattr(stays, name, getattr(sp4n, name))
    stays.reporter_phone_id = stays.reporter_phone_id or goes.reporter_phone_id
    stays.text_sha = stays.text_sha or goes.text_sha
    desk.remark(goes, "merge", KOMINFO, f"digabung ke {nomor} / SP4N #{tracking_id}")
    desk.remark(stays, LINKED, KOMINFO, f"{nomor}{_BOTH}{tracking_id}")
    # The numbers leave one row before they come to the other: both columns are unique.
    connection.execute(
        update(Complaint)
        .where(Complaint.id == goes.id)
        .values(tracking_id=None, nomor=None, merged_into_id=stays.id)
    )
    # What was told, or is still to be told, of the one is told of the complaint both are now.
    connection.execute(
        update(Notice).where(Notice.complaint_id == goes.id).values(complaint_id=stays.id)
    )
    move(connection, goes, stays, desk.at)
    assert goes.id is not None
    assert stays.id is not None
    move_similar(connection, goes.id, stays.id)
    handovers.follow(connection, goes.id, stays.id)
    # It was typed in here whichever stays: so it is corrected there.
    connection.execute(
        update(Entry).where(Entry.complaint_id == goes.id).values(complaint_id=stays.id)
    )
    stays.nomor, stays.tracking_id = nomor, tracking_id
    _catch_up(desk, stays, status, alasan, of_sp4n=goes is sp4n)


def _first(case: Case) -> tuple[bool, bool, datetime]:
    # An own one in the archive ("sudah ada di SP4N") does not take SP4N's open one with it.
    archived = case.status is Status.ARSIP and case.tracking_id is None
    return archived, case.disposed_at is None, case.disposed_at or case.received_at


def _catch_up(
    desk: Desk, stays: Case, status: Status, alasan: str | None, *, of_sp4n: bool
) -> None:
    """Bring the complaint that stays to where the other one already was.

    Whoever has answered one of the two is not reminded of the other.
    """
    target = forward(stays.status, stays.before_tunda, status)
    if target is Status.SELESAI:
        desk.close(stays, KOMINFO, "digabung")
    elif target is Status.ARSIP and of_sp4n:
        desk.archive(stays, KOMINFO, alasan)
    elif target is Status.TUNDA:
        desk.pause(stays, KOMINFO, alasan)
    elif stays.status is Status.TUNDA:
        return
    elif target is Status.PROSES and stays.instansi_id is None:
        desk.adopt(stays, None, KOMINFO, desk.at)
    elif target is Status.PROSES:
        desk.answer(stays, KOMINFO, "digabung", in_sp4n=of_sp4n)
    elif target is Status.BELUM_DITINDAKLANJUTI:
        desk.verify(stays, KOMINFO)
