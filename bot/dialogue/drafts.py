"""Reports in the making: kept sealed until they are complete, or their sender falls silent."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from bot.dialogue import filing
from bot.dialogue.filing import WISHED, Filing, Report
from bot.keywords import OFFICER, Word
from config.replies import reply
from config.terms import NoticeStatus
from scheduler.case import Changes
from scheduler.ledger import HELD_SHADOW
from scheduler.lifecycle import Desk
from scheduler.runner import fault
from scheduler.store import cases, inbound
from scheduler.store import drafts as store
from scheduler.store.sealed import Seal
from scheduler.store.session import DISCONNECTED, Connection, Engine, reading, uncrossed, writing
from scheduler.world import World

log = logging.getLogger(__name__)

SILENCE: Final = timedelta(minutes=30)
"""After which a report is filed as it stands."""
AGAIN: Final = timedelta(hours=1)
"""When a report that could not be filed is tried again."""
OFFICERS_WORDS: Final = frozenset(OFFICER - {Word.DAFTAR, Word.KENAPA})
"""Effects by which an officer has said what he meant: what he wrote before was no report."""


@dataclass(slots=True)
class Open:
    """A report in the making."""

    report: Report
    last_at: datetime
    asked_at: datetime | None = None
    unsure: bool = False
    """Let go, not filed, when its time is over: an officer's words of which he has not said LAPOR,
    and the wish to be protected of somebody who has not said anything else yet."""

    @property
    def file_at(self) -> datetime:
        """When it is filed as it stands, or let go, if nothing more comes."""
        return self.last_at + (WISHED if self.promise else SILENCE)

    @property
    def promise(self) -> bool:
        """Whether nothing is here yet but how the report that is to come is protected."""
        return self.unsure and self.report.empty


def load(seal: Seal, kept: store.Kept) -> Open:
    """Return a stored draft; raises `SealError` where another key sealed it."""
    body: dict[str, Any] = json.loads(seal.open(kept.body_sealed))
    report = Report(
        channel=kept.channel,
        first_at=kept.opened_at,
        parts=list(body["parts"]),
        lokasi=kept.lokasi,
        anonim=kept.anonim,
        rahasia=kept.rahasia,
        name=body["name"],
        files=body["files"],
    )
    return Open(report, kept.last_at, kept.asked_at, unsure=body.get("unsure", False))


def save(connection: Connection, seal: Seal, phone_id: int, draft: Open) -> None:
    """Store a draft, in place of the one its phone has."""
    report = draft.report
    body: dict[str, Any] = {"parts": report.parts, "name": report.name, "files": report.files}
    if draft.unsure:
        body["unsure"] = True
    kept = store.Kept(
        phone_id=phone_id,
        channel=report.channel,
        body_sealed=seal.seal(json.dumps(body, ensure_ascii=False)),
        lokasi=report.lokasi,
        anonim=report.anonim,
        rahasia=report.rahasia,
        opened_at=report.first_at,
        last_at=draft.last_at,
        asked_at=draft.asked_at,
        file_at=draft.file_at,
    )
    store.put(connection, kept)


def file_silent(
    engine: Engine,
    seal: Seal,
    world: World,
    at: datetime,
    going: Callable[[], bool] = lambda: True,
) -> list[str]:
    """File the reports whose senders have been silent for half an hour, and tell them the number.

    Each in a transaction of its own; one that cannot be filed waits an hour. Returns what went
    wrong, by the phone's row, never by its number.
    """
    problems: list[str] = []
    with reading(engine) as connection:  # almost always none: nothing is locked for that
        some = store.any_silent(connection, at)
    while some and going():
        some, why = uncrossed(lambda: _next_filed(engine, seal, world, at))
        if why is not None:
            problems.append(why)
    return problems


def _next_filed(engine: Engine, seal: Seal, world: World, at: datetime) -> tuple[bool, str | None]:
    """File the next report; return whether there was one, and what was wrong with it."""
    with writing(engine) as connection:
        kept = store.next_silent(connection, at)
        if kept is None:
            return False, None
        savepoint = connection.begin_nested()
        try:
            _file(connection, seal, world, kept, at)
        except DISCONNECTED:
            raise
        except Exception as error:  # noqa: BLE001 - one report must not stop the others
            savepoint.rollback()
            store.set_aside(connection, kept.phone_id, at + AGAIN)
            log.error("draft_not_filed phone=%s %s", kept.phone_id, fault(error))  # noqa: TRY400
            return True, f"draft of phone {kept.phone_id}: {fault(error)}"
        savepoint.commit()
    return True, None


def _file(connection: Connection, seal: Seal, world: World, kept: store.Kept, at: datetime) -> None:
    draft = load(seal, kept)
    report = draft.report
    store.drop(connection, kept.phone_id)
    if report.empty or draft.unsure:
        return
    desk = Desk(world, at)

    def flush() -> None:
        cases.write(connection, desk.changes)
        desk.changes = Changes(recalls_held=desk.changes.recalls_held)

    files = Filing(connection, world, seal, desk, flush, kept.phone_id, at)
    same = files.known(report.text, report.lokasi)
    if same is not None:
        key, said = same.id, reply("sudah_tercatat", kept.channel, nomor=filing.shown(same))
    else:
        case = files.file(report, several=True)
        flush()
        assert case.id is not None
        key, said = case.id, reply("diterima", kept.channel, **filing.received_words(world, case))
    inbound.belongs(connection, kept.phone_id, report.first_at, key)
    # The reply to a report of half an hour ago: at any hour, as it would have been then.
    row = {
        "cause": f"reply/draft/{kept.phone_id}/{kept.opened_at.isoformat()}",
        "complaint_id": key,
        "step": "balasan",
        "occurrence": 1,
        "phone_id": kept.phone_id,
        "copy": False,
        "kind": "balasan",
        "in_digest": False,
        "urgent": True,
        "body": said,
        "status": NoticeStatus.HELD if world.shadow else NoticeStatus.PENDING,
        "hold_reason": HELD_SHADOW if world.shadow else None,
        "due_at": at,
        "send_after": at,
        "created_at": at,
    }
    inbound.add_reply(connection, [row])
