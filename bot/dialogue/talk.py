"""One message being heard: who wrote it, what it changes, and what is said back.

All of it is one transaction. What handlers change through the desk, and the replies, are written
together at the end; `flush` writes the changes earlier, where a new complaint's id is needed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bot.conversation import Intent
from config.replies import reply
from config.terms import NoticeStatus, Peran
from config.words import Words
from scheduler.case import Case, Changes
from scheduler.complaint import RefusedError
from scheduler.directory import PostInfo
from scheduler.inbound import Arrived
from scheduler.ledger import HELD_SHADOW
from scheduler.lifecycle import Desk
from scheduler.store import cases, drafts, inbound
from scheduler.store.people import Named
from scheduler.store.sealed import Seal
from scheduler.store.session import Connection
from scheduler.world import World

BALASAN = "balasan"
"""The kind and the step of a reply."""
AGAIN = timedelta(minutes=10)
"""After which what must be said is said again to somebody who is told nothing else."""


@dataclass(slots=True, kw_only=True)
class Talk:
    """A message with its sender, inside the transaction that acts on it.

    `at` is when the message arrived: what is done, is done then. `posts` are those the phone
    holds today; `whose` is the complaint that the message names, if it names one that is known.
    """

    connection: Connection
    world: World
    seal: Seal
    words: Words
    at: datetime
    inbound_id: int
    arrived: Arrived
    phone_id: int
    posts: tuple[PostInfo, ...]
    former: bool
    """Whether the phone held a post once, and holds none now."""
    intent: Intent
    whose: Named | None
    quoted: tuple[str, ...] = ()
    """The numbers of complaints that our message was about which this one answers."""
    desk: Desk = field(init=False)
    effect: str = "dibaca"
    """What becomes of the message, in one word, for the record: set by whoever acts."""
    complaint_id: int | None = None
    texts: list[str] = field(default_factory=list)
    vital: list[str] = field(default_factory=list)
    """Those of `texts` that are said also to whoever nothing else is said to."""
    told: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Open the desk at the moment of the message."""
        self.desk = Desk(self.world, self.at)

    @property
    def officer(self) -> bool:
        """Whether the phone stands for a post."""
        return bool(self.posts)

    @property
    def kominfo(self) -> bool:
        """Whether the phone stands for Kominfo, which may decide everything."""
        return any(post.peran is Peran.ADMIN_KOORDINATOR for post in self.posts)

    def say(self, name: str, **values: str) -> None:
        """Reply with a text of config/replies.toml, on the channel that was written on."""
        self.texts.append(reply(name, self.arrived.channel, **values))

    def say_always(self, name: str, **values: str) -> None:
        """Reply as `say` does, also to a phone that gets no more replies for now (112)."""
        self.say(name, **values)
        self.vital.append(self.texts[-1])

    def look(self, complaint_id: int) -> Case:
        """Return a complaint as it is now, not locked: it may turn out not to be what is meant.

        What is filed instead takes a number, and whoever waits for one must hold no complaint:
        others file first, and then act on it.
        """
        return cases.load_cases(self.connection, [complaint_id])[complaint_id]

    def case(self, complaint_id: int) -> Case:
        """Return a complaint, locked. What is done from here on is not before its last event."""
        case = cases.load_cases(self.connection, [complaint_id], lock=True).get(complaint_id)
        if case is None:
            raise RefusedError("aduan tidak ditemukan")
        self.desk.at = max(self.desk.at, case.last_event_at)
        self.complaint_id = complaint_id
        return case

    def done(self, effect: str, case: Case | None = None) -> None:
        """Record what became of the message; the complaint it is about goes with it."""
        self.effect = effect
        if case is not None and case.id is not None:
            self.complaint_id = case.id

    def flush(self) -> None:
        """Write what the desk has collected so far, so that a new complaint has its id."""
        cases.write(self.connection, self.desk.changes)
        self.desk.changes = Changes(recalls_held=self.desk.changes.recalls_held)

    def tell(self, post: PostInfo, kind: str, case: Case, note: str | None = None) -> bool:
        """Tell a post at once, at any hour (danger to life); return whether anybody can be told."""
        phone_id = self.world.directory.phone(post.id, self.world.today(self.at), case.id)
        if phone_id is None:
            return False
        row = self._row(f"urgent/{self.inbound_id}/{post.id}", phone_id)
        self.told.append(
            row
            | {
                "complaint_id": case.id,
                "post_id": post.id,
                "peran": post.peran,
                "instansi_id": case.instansi_id,
                "kind": kind,
                "step": kind,
                "note": note,
            }
        )
        return True

    def finish(self, *, silent: bool = False) -> None:
        """Write everything: changes, then what is said. `silent`: no more than must be."""
        self.flush()
        rows = list(self.told)
        sid = self.arrived.sid
        for number, text in enumerate(self._vital() if silent else self.texts, start=1):
            cause = f"reply/{sid}" if number == 1 else f"reply/{sid}/{number}"
            row = self._row(cause, self.phone_id)
            rows.append(
                row
                | {
                    "complaint_id": self.complaint_id,
                    "kind": BALASAN,
                    "step": BALASAN,
                    "body": text,
                }
            )
        inbound.add_reply(self.connection, rows)

    def _vital(self) -> list[str]:
        """Return what must be said even now; not the same to a machine that only repeats itself."""
        since = self.at - AGAIN
        return [
            text
            for text in self.vital
            if not drafts.said_since(self.connection, self.phone_id, text, since)
        ]

    def _row(self, cause: str, phone_id: int) -> dict[str, Any]:
        shadow = self.world.shadow
        return {
            "cause": cause,
            "occurrence": 1,
            "phone_id": phone_id,
            "post_id": None,
            "peran": None,
            "instansi_id": None,
            "copy": False,
            "in_digest": False,
            "urgent": True,
            "note": None,
            "body": None,
            "status": NoticeStatus.HELD if shadow else NoticeStatus.PENDING,
            "hold_reason": HELD_SHADOW if shadow else None,
            "due_at": self.at,
            "send_after": self.at,
            "created_at": self.at,
        }
