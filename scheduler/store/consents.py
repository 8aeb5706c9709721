"""What the holders of posts said to being reminded on their phones.

Kept by holder, not by post: another holder is asked anew, the same one read again from a directory
file is not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from config.terms import NoticeStatus
from scheduler.directory import PostInfo
from scheduler.store.cases import chunks
from scheduler.store.messaging_tables import Consent, Notice

Answer = Literal["setuju", "menolak"]

KIND = "perkenalan"
"""The kind and the step of a first contact."""


@dataclass(frozen=True, slots=True)
class Standing:
    """When a holder was asked, and what he answered; None where he has not."""

    asked_at: datetime | None
    answered_at: datetime | None
    answer: str | None

    @property
    def refused(self) -> bool:
        """Whether he wants nothing on his phone."""
        return self.answer == "menolak"

    @property
    def last_at(self) -> datetime | None:
        """The moment of the newest thing on record."""
        moments = [moment for moment in (self.asked_at, self.answered_at) if moment is not None]
        return max(moments, default=None)


@dataclass(frozen=True, slots=True)
class Contact:
    """A first contact to make: with which holder, for which post, and from when on."""

    holder_id: int
    post: PostInfo
    send_after: datetime


def standings(connection: Connection, holder_ids: Collection[int]) -> dict[int, Standing]:
    """Return what is on record of holders; those of whom nothing is are left out."""
    found: dict[int, Standing] = {}
    for some in chunks(sorted(holder_ids)):
        rows = connection.execute(
            select(Consent.holder_id, Consent.asked_at, Consent.answered_at, Consent.answer).where(
                Consent.holder_id.in_(some)
            )
        )
        found.update({row[0]: Standing(row[1], row[2], row[3]) for row in rows})
    return found


def ask(connection: Connection, contacts: Iterable[Contact], at: datetime) -> int:
    """Decide a first contact with each holder who was not asked yet; return with how many.

    Of two commands at once the second finds the row of the first, and asks nobody twice.
    """
    by_holder = {contact.holder_id: contact for contact in contacts}
    asked: list[int] = []
    for some in chunks(sorted(by_holder)):
        _enter(connection, some)
        asked += connection.execute(
            update(Consent)
            .where(Consent.holder_id.in_(some), Consent.asked_at.is_(None))
            .values(asked_at=at)
            .returning(Consent.holder_id)
        ).scalars()
    rows = [_notice(by_holder[holder_id], at) for holder_id in sorted(asked)]
    if rows:
        connection.execute(insert(Notice), rows)
    return len(rows)


def answer(connection: Connection, holder_id: int, said: Answer, at: datetime) -> None:
    """Record what a holder said; a later word takes the place of an earlier one."""
    _enter(connection, [holder_id])
    connection.execute(
        update(Consent).where(Consent.holder_id == holder_id).values(answer=said, answered_at=at)
    )


def _enter(connection: Connection, holder_ids: Collection[int]) -> None:
    """Have a row for each holder; whoever has one keeps it."""
    new = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    rows = [{"holder_id": holder_id} for holder_id in holder_ids]
    connection.execute(new(Consent).on_conflict_do_nothing(index_elements=["holder_id"]), rows)


def _notice(contact: Contact, at: datetime) -> dict[str, object]:
    return {
        "cause": f"contact/{contact.holder_id}",
        "complaint_id": None,
        "run_id": None,
        "clock": None,
        "step": KIND,
        "occurrence": 1,
        "post_id": contact.post.id,
        "instansi_id": None,
        "peran": contact.post.peran,
        "copy": False,
        "kind": KIND,
        "letter": None,
        "in_digest": False,
        "due_at": at,
        "limit_at": None,
        "next_at": None,
        "lama": None,
        "note": None,
        "status": NoticeStatus.PENDING,
        "hold_reason": None,
        "send_after": contact.send_after,
        "created_at": at,
        "settled_at": None,
    }
