"""What a word of SP4N's exports means, said by Kominfo: what waited for it goes on.

As if the importer had known the word when it read the newest export; and it knows it from now on.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.compose import Installation
from bot.handling import Handled, handle
from bot.sp4n.applier import Applier
from bot.sp4n.importer import index_of
from bot.sp4n.options import disposed_at
from bot.sp4n.rows import Sp4nRow
from config.policy import fold
from config.terms import Status
from scheduler.case import Case
from scheduler.complaint import RefusedError
from scheduler.ledger import KOMINFO
from scheduler.lifecycle import Desk
from scheduler.store import unknown_names
from scheduler.store.cases import chunks
from scheduler.store.session import Connection, reading, writing
from scheduler.store.unknown_names import Kind, key_of
from scheduler.world import World

AT_ONCE: Final = 200
"""Complaints of one transaction: others must not wait for long."""
SETTLED: Final = "ditetapkan"
"""The event of the audit trail that says what a word was settled to mean."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a word means: an instansi, or a status (of complaints that are hidden, perhaps)."""

    kind: Kind
    instansi_id: int | None = None
    status: Status | None = None
    hidden: bool = False
    said: str = ""
    """As people read it, for the audit trail."""


def settle(
    opened: Installation, user_id: int, word: str, meaning: Meaning, at: datetime
) -> Handled:
    """Settle every complaint that waits for a word, and keep what it means for later imports.

    Undoing what was done takes the meaning back, too. Of more than `AT_ONCE` complaints only the
    first can be undone. Raises `RefusedError` where nothing waits for the word.
    """
    with reading(opened.engine) as connection:
        groups = unknown_names.unknown(connection, meaning.kind)
        found = next((one for one in groups if fold(one.word) == fold(word)), None)
        if found is None:
            raise RefusedError("tidak ada lagi aduan yang menunggu kata itu")
        ids = unknown_names.waiting(connection, meaning.kind, found.spellings)
    settler = _settler(opened, found.word, meaning, at)
    done: list[str] = []
    refused: list[tuple[str, str]] = []
    action: int | None = None
    for some in chunks(ids, AT_ONCE):
        handled = handle(opened, user_id, f"tetapkan_{meaning.kind}", some, at, settler)
        action = handled.action if action is None else action
        done += handled.done
        refused += handled.refused
    with writing(opened.engine) as connection:
        unknown_names.tell(
            connection,
            meaning.kind,
            settler.key,
            user_id=user_id,
            at=at,
            action_id=action,
            instansi_id=meaning.instansi_id,
            status=meaning.status,
            hidden=meaning.hidden,
        )
    return Handled(action if len(ids) <= AT_ONCE else None, tuple(done), tuple(refused))


def _settler(opened: Installation, word: str, meaning: Meaning, at: datetime) -> _Settler:
    world = opened.world(at)
    key = fold(word)
    if meaning.kind == "instansi":
        given = word.removeprefix(unknown_names.WITHOUT_NAME)
        key = key_of(given, None) if given != word else key_of(None, word)
    told: dict[str, int] = {}
    if meaning.instansi_id is not None:
        told[key] = meaning.instansi_id
    elif meaning.status is not None:
        world = replace(world, told={**world.told, key: (meaning.status, meaning.hidden)})
    with reading(opened.engine) as connection:
        index = index_of(connection, world, told)
    applier = Applier(
        world,
        index,
        opened.seal,
        at,
        world.data_at or at,
        disposed_at(opened.settings.sp4n_disposed_at),
    )
    return _Settler(world, applier, key, meaning)


class _Settler:
    """Does to one complaint what the importer would do, did it read its row again now."""

    def __init__(self, world: World, applier: Applier, key: str, meaning: Meaning) -> None:
        self.key = key
        self._world = world
        self._applier = applier
        self._meaning = meaning

    def __call__(self, _connection: Connection, desk: Desk, case: Case) -> None:
        if case.hold_reason is None or case.tracking_id is None or self._word(case) != self.key:
            raise RefusedError("sudah ditetapkan")
        before = case.hold_reason
        row = _row_of(self._world, case)
        self._applier.apply([row], {case.tracking_id: case}, desk.at)
        self._applier.committed()
        if case.hold_reason == before:
            raise RefusedError(case.hold_reason)
        changes = self._applier.changes
        changes.not_before = desk.changes.not_before
        desk.changes = changes
        desk.remark(case, SETTLED, KOMINFO, self._meaning.said or None)

    def _word(self, case: Case) -> str:
        if self._meaning.kind == "status":
            return fold(case.sp4n_status or "")
        return key_of(case.sp4n_instansi_id, case.sp4n_instansi)


def _row_of(world: World, case: Case) -> Sp4nRow:
    """Return what the newest export showed of a complaint; what it said of it is here already."""
    assert case.tracking_id is not None
    status, hidden = world.sp4n(case.sp4n_status or "") or (None, False)
    return Sp4nRow(
        number=0,
        tracking_id=case.tracking_id,
        received_at=case.received_at,
        reporter=None,
        klasifikasi=None,
        kategori_id=None,
        kategori=None,
        judul="",
        isi="",
        anonim=False,
        rahasia=False,
        sumber=None,
        instansi_induk=None,
        instansi_id=case.sp4n_instansi_id,
        instansi=case.sp4n_instansi,
        status_text=case.sp4n_status or "",
        status=status,
        hidden=hidden,
        alasan=None,
        kecamatan=None,
        kelurahan=None,
        kota=None,
        rating=None,
    )
