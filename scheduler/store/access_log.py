"""Who was shown personal data, and when (UU 27/2022): written, never changed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, insert

from scheduler.store.console_tables import Access


def note(
    connection: Connection,
    user_id: int,
    what: str,
    at: datetime,
    *,
    complaint_id: int | None = None,
    about: str | None = None,
) -> None:
    """Note that a user was shown something: `what` is one of few words, `about` names no person."""
    connection.execute(
        insert(Access).values(
            at=at, user_id=user_id, what=what, complaint_id=complaint_id, note=about
        )
    )
