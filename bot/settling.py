"""What a word of SP4N's exports means, said by Kominfo: what waited for it goes on.

As if the importer had known the word when it read the newest export; and it knows it from now on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.compose import Installation
from bot.handling import Handled, Then, handle
from bot.sp4n.applier import Applier
from bot.sp4n.importer import index_of
from bot.sp4n.options import disposed_at
from bot.sp4n.rows import Sp4nRow
from config.policy import fold
from scheduler.case import Case
from scheduler.complaint import RefusedError
from scheduler.ledger import KOMINFO
from scheduler.lifecycle import Desk
from scheduler.runner import fault
from scheduler.store import settlings, unknown_names
from scheduler.store.cases import chunks
from scheduler.store.handled import WAIT
from scheduler.store.rules import StoreError
from scheduler.store.session import DISCONNECTED, Connection, reading, writing
from scheduler.store.settlings import Claimed
from scheduler.store.unknown_names import Applied, Meaning, key_of
from scheduler.world import World

log = logging.getLogger(__name__)

AT_ONCE: Final = 200
"""Complaints of one transaction, and of one request: others must not wait for long."""
SETTLED: Final = "ditetapkan"
"""The event of the audit trail that says what a word was settled to mean."""
RESTS_EVERY_S: Final = 2
"""Who has settled a word watches the page."""


@dataclass(frozen=True, slots=True)
class Settled(Handled):
    """What became of the first complaints, and how many a worker goes on with, and when."""

    left: int = 0
    rest_from: datetime | None = None


def settle(
    opened: Installation, user_id: int, word: str, meaning: Meaning, at: datetime
) -> Settled:
    """Settle the complaints that wait for a word, and keep what it means for later imports.

    Of more than `AT_ONCE` complaints a worker settles the others (`settle_next`), once what is
    done now can no longer be undone: until then undoing takes back all of it, the meaning too.
    Where every complaint refuses, the meaning is not kept. Raises `RefusedError` where nothing
    waits for the word, or it is being settled already.
    """
    kept = unknown_names.key(meaning.kind, word)
    with reading(opened.engine) as connection:
        if settlings.is_open(connection, meaning.kind, kept):
            raise RefusedError(_BUSY)
        ids = unknown_names.waiting(connection, meaning.kind, kept)
    if not ids:
        raise RefusedError("tidak ada lagi aduan yang menunggu kata itu")
    settler = _settler(opened, kept, meaning, at)
    refused: list[tuple[str, str]] = []
    left = len(ids)
    for some in chunks(ids, AT_ONCE):
        left -= len(some)
        rest_from = at + WAIT if left else None
        far = Applied(len(ids), 0, len(refused) + len(some), some[-1], rest_from)
        then = _keeping(kept, meaning, far, user_id, at)
        handled = handle(opened, user_id, _verb(meaning), some, at, settler, then=then)
        refused += handled.refused
        if handled.action is not None:
            return Settled(handled.action, handled.done, tuple(refused), left, rest_from)
    return Settled(None, (), tuple(refused))


def _keeping(word: str, meaning: Meaning, far: Applied, user_id: int, at: datetime) -> Then:
    """Return what keeps a meaning in the transaction of the first complaints that it settles."""

    def then(connection: Connection, action: int | None, done: Sequence[Case]) -> None:
        if action is None:
            return
        came = replace(far, done=len(done), refused=far.refused - len(done))
        if not unknown_names.tell(
            connection, word, meaning, came, user_id=user_id, at=at, action_id=action
        ):
            raise RefusedError(_BUSY)

    return then


_BUSY: Final = "kata itu sedang ditetapkan; tunggu sampai selesai, atau urungkan dahulu"


def _verb(meaning: Meaning) -> str:
    return f"tetapkan_{meaning.kind}"


def _settler(opened: Installation, kept: str, meaning: Meaning, at: datetime) -> _Settler:
    world = opened.world(at)
    told: dict[str, int] = {}
    if meaning.instansi_id is not None:
        told[kept] = meaning.instansi_id
    elif meaning.status is not None:
        world = replace(world, told={**world.told, kept: (meaning.status, meaning.hidden)})
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
    return _Settler(world, applier, kept, meaning)


# --- the rest ---------------------------------------------------------------------------------


class _LostError(Exception):
    """Another worker has taken over, or the word was forgotten."""


def settle_next(opened: Installation, going: Callable[[], bool] = lambda: True) -> bool:
    """Go on with a word that more complaints waited for; return whether there was one to do.

    Database errors are the caller's: the rest is done once the lease is over.
    """
    with reading(opened.engine) as connection:
        if not settlings.any_left(connection):
            return False
    with writing(opened.engine) as connection:
        claimed = settlings.claim(connection, opened.now())
    if claimed is None:
        return False
    _Rest(opened, claimed).settle(going)
    return True


class _Rest:
    """One worker's settling of what is left of a word."""

    def __init__(self, opened: Installation, claimed: Claimed) -> None:
        self._opened = opened
        self._claimed = claimed
        self._after = claimed.after_id
        self._lease = claimed.lease_until

    def settle(self, going: Callable[[], bool]) -> None:
        key = self._claimed.id
        try:
            while self._some():
                if not going():
                    with writing(self._opened.engine) as connection:
                        settlings.give_back(connection, self._claimed, self._lease)
                    log.info("settling_interrupted word=%d", key)
                    return
            log.info("settled word=%d", key)
        except _LostError:
            log.warning("settling_lost word=%d", key)
        except (StoreError, *DISCONNECTED):
            raise
        except Exception as error:  # noqa: BLE001 - one word must not hold up the others
            log.error("settling_failed word=%d %s", key, fault(error))  # noqa: TRY400 - no values
            with writing(self._opened.engine) as connection:
                settlings.set_aside(connection, self._claimed, self._lease)

    def _some(self) -> bool:
        """Settle one transaction's worth; return False where nothing was left."""
        opened, claimed, meaning = self._opened, self._claimed, self._claimed.meaning
        with reading(opened.engine) as connection:
            ids = unknown_names.waiting(
                connection, meaning.kind, claimed.word, self._after, AT_ONCE
            )
        if not ids:
            with writing(opened.engine) as connection:
                if not settlings.end(connection, claimed, self._lease):
                    raise _LostError
            return False
        at = opened.now()
        settler = _settler(opened, claimed.word, meaning, at)
        leases: list[datetime] = []
        handle(
            opened,
            claimed.user_id,
            _verb(meaning),
            ids,
            at,
            settler,
            undoable=False,
            then=self._noting(ids, leases),
        )
        self._after, self._lease = ids[-1], leases[-1]
        return True

    def _noting(self, ids: Sequence[int], leases: list[datetime]) -> Then:
        def then(connection: Connection, _action: int | None, done: Sequence[Case]) -> None:
            until = settlings.advance(
                connection,
                self._claimed,
                self._lease,
                ids[-1],
                done=len(done),
                refused=len(ids) - len(done),
            )
            if until is None:
                raise _LostError
            leases.append(until)

        return then


# --- one complaint ----------------------------------------------------------------------------


class _Settler:
    """Does to one complaint what the importer would do, did it read its row again now."""

    def __init__(self, world: World, applier: Applier, key: str, meaning: Meaning) -> None:
        self._key = key
        self._world = world
        self._applier = applier
        self._meaning = meaning

    def __call__(self, _connection: Connection, desk: Desk, case: Case) -> None:
        if case.hold_reason is None or case.tracking_id is None or self._word(case) != self._key:
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
