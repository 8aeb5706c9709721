"""Complaints that reach Kominfo beside every phone: at the counter, by letter, call or press.

Entered as if its reporter had written it: masked, numbered, verified by the same clock. Where he
left a number he is told his complaint's, on that phone, and hears of it there from then on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot import handling
from bot.compose import Installation
from bot.dialogue.filing import Filing
from bot.handling import Handled
from bot.masking import mask
from bot.substance import fingerprint
from config.terms import Clock, Klasifikasi
from scheduler.case import Case, Changes, Event
from scheduler.complaint import CLOSED, RefusedError
from scheduler.ledger import KOMINFO
from scheduler.lifecycle import Desk
from scheduler.store import access_log, cases, entries, handled, untold
from scheduler.store.inbound import phone_of
from scheduler.store.pairing import next_number
from scheduler.store.session import Connection, reading, uncrossed, writing
from scheduler.world import World

LETTER: Final = "surat_masuk"
"""The event of the audit trail that keeps the number of the letter a complaint came with."""
ENTER: Final = "entri"
CORRECT: Final = "perbaiki_pelapor"
CORRECTED: Final = "data_pelapor_diperbaiki"
"""The event of the audit trail; its note says what was corrected, not who he is."""
_NOBODY: Final = 0
"""No phone: what the same person reported before is alike as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A complaint as it was typed in; `phone` is in E.164, `received_at` not in the future.

    `tell`: the reporter is told the number, where there is a phone and he wants messages.
    """

    judul: str
    isi: str
    sumber: str
    received_at: datetime
    kategori: str | None = None
    klasifikasi: Klasifikasi | None = None
    lokasi: str | None = None
    anonim: bool = False
    rahasia: bool = False
    reporter: str | None = None
    phone: str | None = None
    tell: bool = False
    letter: str | None = None


class _TwiceError(Exception):
    """The same form has become a complaint already."""


def enter(opened: Installation, user_id: int, token: str, typed: Typed, at: datetime) -> int:
    """Enter a complaint and return its id; the same form (by its token) enters one only.

    The name of whoever wants to be Anonim is not kept: nothing here needs it.
    """
    with reading(opened.engine) as connection:
        known = entries.of_token(connection, token)
    if known is not None:
        return known
    world = opened.world(at)

    def whole() -> int:
        with writing(opened.engine) as connection:
            return _enter(opened, connection, world, user_id, token, typed, at)

    try:
        return uncrossed(whole)
    except _TwiceError:
        with reading(opened.engine) as connection:
            known = entries.of_token(connection, token)
        assert known is not None, "the other one has committed: we waited for it"
        return known


def _enter(
    opened: Installation,
    connection: Connection,
    world: World,
    user_id: int,
    token: str,
    typed: Typed,
    at: datetime,
) -> int:
    desk = Desk(world, at)
    desk.changes.not_before = at + handled.WAIT

    def flush() -> None:
        cases.write(connection, desk.changes)
        desk.changes = Changes(
            recalls_held=desk.changes.recalls_held, not_before=desk.changes.not_before
        )

    phone_id = phone_of(connection, opened.seal, typed.phone) if typed.phone else None
    action = handled.begin(connection, user_id, ENTER, at)
    case = _case(opened, connection, world, typed, phone_id, at)
    event = desk.receive(case, KOMINFO)
    if typed.letter:
        desk.remark(case, LETTER, KOMINFO, mask(typed.letter), at=max(at, case.last_event_at))
    if typed.tell:
        _tell(connection, desk, case, event)
    flush()
    assert case.id is not None
    if not entries.claim(connection, token, case.id, user_id, at):
        raise _TwiceError
    Filing(connection, world, opened.seal, desk, flush, _NOBODY, at).link_alike(case)
    flush()
    never = {case.id: entries.never_entered(connection, case.id, at)}
    handled.keep(connection, action, [case.id], never, {})
    return case.id


def _tell(connection: Connection, desk: Desk, case: Case, event: Event) -> None:
    """Tell the reporter the number of his complaint, if he has a phone and wants messages."""
    if case.reporter_phone_id is None or entries.refuses(connection, case.reporter_phone_id):
        return
    run = case.open_run(Clock.VERIFIKASI)
    limit = run.limit_at if run is not None else None
    # A letter may lie for days before it is typed in: a limit that is over promises nothing.
    ahead = limit if limit is not None and limit > desk.at else None
    desk.tell_reporter(case, event, entries.TOLD, limit_at=ahead)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reporter:
    """Who reported a complaint, as it is corrected; `phone` is in E.164.

    `tell`: a phone that is new is told the complaint's number.
    """

    name: str | None
    phone: str | None
    tell: bool = False


def correct(
    opened: Installation, user_id: int, complaint_id: int, right: Reporter, at: datetime
) -> Handled:
    """Correct who reported a complaint that was typed in; the access log has it (UU 27/2022).

    What he was not told yet he is told on the right phone. It can be undone. Refused (Indonesian)
    for one that came another way, and for the name of who asked for Anonim: it is not kept.
    """
    phone_id: int | None = None
    if right.phone:  # before the complaint is locked: phones come first
        with writing(opened.engine) as connection:
            phone_id = phone_of(connection, opened.seal, right.phone)

    def do(connection: Connection, desk: Desk, case: Case) -> None:
        _set_right(opened, connection, desk, case, right, phone_id)

    def then(connection: Connection, action: int | None, _done: Sequence[Case]) -> None:
        if action is not None:
            note = "data pelapor diperbaiki"
            access_log.note(
                connection, user_id, "pelapor", at, complaint_id=complaint_id, about=note
            )

    return handling.handle(opened, user_id, CORRECT, [complaint_id], at, do, then=then)


def _set_right(
    opened: Installation,
    connection: Connection,
    desk: Desk,
    case: Case,
    right: Reporter,
    phone_id: int | None,
) -> None:
    assert case.id is not None
    if not entries.is_typed_in(connection, case.id):
        raise RefusedError("hanya data pelapor dari aduan yang dientri di sini yang diperbaiki")
    if case.anonim and right.name:
        raise RefusedError("pelapor meminta Anonim; namanya tidak disimpan")
    sealed = case.reporter_sealed
    known = opened.seal.open(sealed) if sealed is not None else None
    old = case.reporter_phone_id
    changed = {"nama": right.name != known, "nomor telepon": phone_id != old}
    what = [name for name, new in changed.items() if new]
    if not what:
        raise RefusedError("data pelapor sudah demikian")
    event = desk.remark(case, CORRECTED, KOMINFO, ", ".join(what))
    if right.name != known:
        case.reporter_sealed = opened.seal.seal(right.name) if right.name else None
    if phone_id != old:
        case.reporter_phone_id = phone_id
        untold.redirect(connection, case.id, old, phone_id, desk.at)
        if right.tell and case.status not in CLOSED:
            _tell(connection, desk, case, event)


def _case(
    opened: Installation,
    connection: Connection,
    world: World,
    typed: Typed,
    phone_id: int | None,
    at: datetime,
) -> Case:
    day = world.today(typed.received_at)
    named = typed.reporter if typed.reporter and not typed.anonim else None
    return Case(
        mask(typed.judul),
        mask(typed.isi),
        typed.received_at,
        typed.received_at,
        nomor=next_number(connection, world.policy.kode, day, at),
        klasifikasi=typed.klasifikasi,
        kategori=mask(typed.kategori) if typed.kategori else None,
        anonim=typed.anonim,
        rahasia=typed.rahasia,
        sumber=mask(typed.sumber),
        lokasi=mask(typed.lokasi) if typed.lokasi else None,
        reporter_sealed=opened.seal.seal(named) if named else None,
        reporter_phone_id=phone_id,
        text_sha=fingerprint(typed.isi),
    )
