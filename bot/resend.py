"""Telling somebody once more, because a person says that it did not arrive.

"Nothing twice" is the product's promise, so this is the one place where it is broken on purpose:
by a person, with a reason, for a duty that still stands, and never while one is on its way.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final, get_args

from bot import handling
from bot.compose import Installation
from bot.dialogue import standing
from bot.handling import Handled
from bot.masking import mask
from config.terms import NoticeStatus, Status
from scheduler.case import Case
from scheduler.complaint import CLOSED, RefusedError
from scheduler.ledger import KOMINFO
from scheduler.lifecycle import Desk
from scheduler.store import resending
from scheduler.store.requests import Kind
from scheduler.store.resending import Told
from scheduler.store.session import Connection, reading
from scheduler.store.visible import Scope

VERB: Final = "resend"
"""The event in the audit trail, and the action that can be undone."""
REPORTER: Final = "pelapor"

SENT: Final = frozenset({NoticeStatus.ACCEPTED, NoticeStatus.DELIVERED, NoticeStatus.FAILED})
"""What may be told again."""
ON_ITS_WAY: Final = frozenset(
    {NoticeStatus.PENDING, NoticeStatus.HELD, NoticeStatus.SENDING, NoticeStatus.UNKNOWN}
)
_NOT_AGAIN: Final = {
    NoticeStatus.PENDING: "pesan ini masih menunggu dikirim",
    NoticeStatus.HELD: "pesan ini masih ditahan",
    NoticeStatus.SENDING: "pesan ini sedang dikirim",
    NoticeStatus.UNKNOWN: "nasib pesan ini belum pasti; tetapkan dahulu apakah sampai",
    NoticeStatus.CANCELLED: "pesan ini sudah dibatalkan karena tidak diperlukan lagi",
}
_OF_THE_END: Final = {"selesai": Status.SELESAI, "diarsipkan": Status.ARSIP}
"""What is said to the reporter of an end stays true after it."""
_ASKS_KOMINFO: Final = ("status_asing", "instansi_asing")


def resend(
    opened: Installation,
    user_id: int,
    chosen: Mapping[int, int],
    reason: str,
    at: datetime,
    *,
    scope: Scope = None,
) -> Handled:
    """Tell again what notices told; `chosen` says of each which repetition it is to be (from 1).

    It waits `handled.WAIT` and can be undone. Raises `RefusedError` where a notice is about no
    complaint; what is refused of a complaint stands in the result.
    """
    with reading(opened.engine) as connection:
        complaints = resending.complaints_of(connection, chosen)
    if not complaints:
        raise RefusedError("pesan ini tidak ditemukan")
    if None in complaints.values():
        raise RefusedError(
            "pesan ini bukan tentang aduan (peringatan, perkenalan, atau ringkasan); "
            "hubungi penerimanya langsung"
        )
    by_complaint: dict[int, dict[int, int]] = {}
    for notice_id, complaint_id in complaints.items():
        if complaint_id is not None:
            by_complaint.setdefault(complaint_id, {})[notice_id] = chosen[notice_id]
    why = mask(reason)

    def do(connection: Connection, desk: Desk, case: Case) -> None:
        assert case.id is not None
        _again(connection, desk, case, by_complaint[case.id], why)

    return handling.handle(opened, user_id, VERB, by_complaint, at, do, scope=scope)


def _again(
    connection: Connection, desk: Desk, case: Case, chosen: Mapping[int, int], why: str
) -> None:
    """Repeat the chosen notices of one locked complaint, all of them or none."""
    names: dict[str, None] = {}
    for one in resending.told(connection, chosen):
        if one.complaint_id != case.id:
            raise RefusedError("aduan pesan ini baru saja digabung; muat ulang halaman ini")
        refused = why_not(connection, desk, case, one)
        before = resending.repetitions(connection, one)
        if refused is None and not ON_ITS_WAY.isdisjoint(before):
            refused = "pesan ini sudah diminta dikirim ulang dan belum sampai"
        if refused is None and len(before) + 1 != chosen[one.id]:
            refused = "pesan ini baru saja dikirim ulang; muat ulang halaman ini"
        if refused is not None:
            raise RefusedError(refused)
        resending.repeat(
            connection,
            one,
            len(before) + 1,
            note=one.note if one.status is not NoticeStatus.FAILED else _said(connection, one),
            at=desk.at,
            send_after=_opens(desk, one),
        )
        names[f"{one.step} kepada {one.post or REPORTER}"] = None
    desk.remark(case, VERB, KOMINFO, f"{'; '.join(names)}: {why}")


def _said(connection: Connection, one: Told) -> str | None:
    """Return what a text said beside, of a notice whose own note says why it was given up.

    Only for those whose note is the event's own: the reporter's, and questions to Kominfo.
    """
    own = one.post_id is None or one.kind in _ASKS_KOMINFO
    return resending.said(connection, one) if own else None


def _opens(desk: Desk, one: Told) -> datetime:
    """Return when it may be told: not at night, and not before it can no longer be undone."""
    if one.post_id is None:
        opens = desk.at if one.urgent else desk.world.awake_at(desk.at)
    else:
        opens = desk.world.open_at(one.post_id, desk.at, one.complaint_id)
    return max(opens, desk.changes.not_before or desk.at)


def why_not(connection: Connection, desk: Desk, case: Case, one: Told) -> str | None:
    """Return why a notice of a locked complaint must not be told again; None where it may."""
    if desk.world.shadow:
        return "mode bayangan (SHADOW) tidak mengirim apa pun"
    if one.status not in SENT:
        return _NOT_AGAIN[one.status]
    if one.awaited:
        return "penyedia belum melaporkan apakah pesan ini sampai; tunggu laporannya dahulu"
    if one.body is not None:
        return "ini balasan atas pesan yang masuk; balasan tidak dikirim ulang"
    if case.status in CLOSED and _OF_THE_END.get(one.kind) is not case.status:
        return f"aduan sudah {case.status}; tidak ada lagi yang perlu diingatkan"
    return _no_duty(connection, desk, case, one) or _no_receiver(desk, case, one)


def _no_duty(connection: Connection, desk: Desk, case: Case, one: Told) -> str | None:
    if one.run_id is not None:
        return _clock_stands(desk, case, one)
    assert case.id is not None
    kinds = [kind for kind in get_args(Kind) if one.step in standing.steps(kind)]
    if kinds:
        left = {asked.kind for asked in standing.settle(connection, case.id, desk.at)}
        return None if left.intersection(kinds) else "permintaan itu sudah diputuskan"
    over = {
        "dijawab": case.answered_at is None,
        "kelengkapan": case.status is not Status.TUNDA,
        "abaikan": one.instansi_id is not None and one.instansi_id == case.instansi_id,
    }
    over |= dict.fromkeys(_ASKS_KOMINFO, case.hold_reason is None)
    if over.get(one.kind, False):
        return "keadaan aduan sudah berubah; isi pesan itu tidak berlaku lagi"
    return None


def _clock_stands(desk: Desk, case: Case, one: Told) -> str | None:
    """Return why a step of a ladder is not to be told again: its clock stopped or stands still."""
    if one.run_stopped_at is not None:
        return f"kewajibannya sudah berakhir ({one.run_stop_reason or 'jam dihentikan'})"
    if one.run_paused_at is not None:
        return "jam aduan ini sedang berhenti sementara (tunda, atau menunggu SP4N)"
    if case.hold_reason is not None:
        return f"pengingat aduan ini sedang ditahan ({case.hold_reason})"
    if one.letter is not None and desk.world.stale(case, desk.at):
        return "data SP4N belum diperbarui; impor ekspor terbaru dahulu"
    return None


def _no_receiver(desk: Desk, case: Case, one: Told) -> str | None:
    if one.post_id is None:
        if one.phone_id is None or one.phone_id != case.reporter_phone_id:
            return "nomor pelapor sudah berubah"
        return None
    if desk.world.directory.phone(one.post_id, desk.world.today(desk.at), case.id) is None:
        return f"{one.post or 'jabatan itu'} sedang tanpa pemegang yang dapat dihubungi"
    return None
