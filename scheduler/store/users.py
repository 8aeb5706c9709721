"""Users of the console and their sessions."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, delete, insert, select, update

from config.terms import Wewenang
from scheduler.store.console_tables import Session, User

IDLE: Final = timedelta(hours=2)
"""A session that nobody used for this long is over: office PCs are shared."""
LONGEST: Final = timedelta(hours=12)
"""A session ends after a working day, used or not."""
TOUCH_EVERY: Final = timedelta(minutes=1)
"""How exactly `seen_at` is kept: reading pages must not mean a write each."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is logged in."""

    id: int
    username: str
    nama: str
    wewenang: Wewenang
    instansi_id: int | None
    must_change: bool
    has_totp: bool


def open_session(
    connection: Connection, user_id: int, now: datetime, *, verified: bool = True
) -> str:
    """Open a session as of the machine's `now`; return its token, which is kept nowhere."""
    token = secrets.token_urlsafe(32)
    connection.execute(delete(Session).where(Session.expires_at < now))
    connection.execute(
        insert(Session).values(
            token_sha=_sha(token),
            user_id=user_id,
            verified=verified,
            created_at=now,
            seen_at=now,
            expires_at=now + LONGEST,
        )
    )
    return token


def visitor_of(
    connection: Connection, token: str, now: datetime, *, verified: bool = True
) -> tuple[Visitor, bool] | None:
    """Return whose session a token opens at the machine's `now`, and whether to `touch` it.

    None where it is over, unknown, the user's second factor is missing, or he was disabled.
    """
    row = connection.execute(
        select(
            User.id,
            User.username,
            User.nama,
            User.wewenang,
            User.instansi_id,
            User.must_change,
            User.totp_sealed,
            Session.seen_at,
        )
        .join(Session, Session.user_id == User.id)
        .where(
            Session.token_sha == _sha(token),
            Session.expires_at > now,
            Session.seen_at > now - IDLE,
            Session.verified.is_(verified),
            User.disabled_at.is_(None),
        )
    ).first()
    if row is None:
        return None
    visitor = Visitor(*row[:6], has_totp=row.totp_sealed is not None)
    return visitor, now - row.seen_at > TOUCH_EVERY


def touch(connection: Connection, token: str, now: datetime) -> None:
    """Note that a session was used."""
    connection.execute(update(Session).where(Session.token_sha == _sha(token)).values(seen_at=now))


def close_session(connection: Connection, token: str) -> None:
    """End a session."""
    connection.execute(delete(Session).where(Session.token_sha == _sha(token)))


def add_user(
    connection: Connection,
    username: str,
    nama: str,
    wewenang: Wewenang,
    password_hash: str,
    at: datetime,
    *,
    instansi_id: int | None = None,
    must_change: bool = False,
) -> int:
    """Add a user; return his id. The caller has checked that the name is free."""
    return connection.execute(
        insert(User)
        .values(
            username=username.lower(),
            nama=nama,
            wewenang=wewenang,
            instansi_id=instansi_id,
            password_hash=password_hash,
            must_change=must_change,
            created_at=at,
        )
        .returning(User.id)
    ).scalar_one()


def _sha(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="replace")).digest()
