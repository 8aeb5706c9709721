"""Users of the console and their sessions.

Sessions are measured by the machine's clock, never by a training room's.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from config.terms import Wewenang
from scheduler.store.console_tables import Session, User
from scheduler.store.tables import Instansi

IDLE: Final = timedelta(hours=2)
"""A session that nobody used for this long is over: office PCs are shared."""
LONGEST: Final = timedelta(hours=12)
"""A session ends after a working day, used or not."""
PENDING: Final = timedelta(minutes=10)
"""How long the second factor may be waited for after the password was right."""
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
    """Open a session as of the machine's `now`; return its token, which is kept nowhere.

    One that is not `verified` opens nothing but the question for the second factor.
    """
    token = secrets.token_urlsafe(32)
    connection.execute(delete(Session).where(Session.expires_at < now))
    connection.execute(
        insert(Session).values(
            token_sha=_sha(token),
            user_id=user_id,
            verified=verified,
            created_at=now,
            seen_at=now,
            expires_at=now + (LONGEST if verified else PENDING),
        )
    )
    return token


def visitor_of(
    connection: Connection, token: str, now: datetime, *, verified: bool = True
) -> tuple[Visitor, bool] | None:
    """Return whose session a token opens at the machine's `now`, and whether to `touch` it.

    None where it is over, unknown, the user's second factor is missing, or he was disabled;
    with `verified` False, sessions that wait for the second factor and no others.
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


# --- logging in -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Login:
    """What a user must prove. `totp_sealed` is None where a password is enough."""

    id: int
    password_hash: str
    totp_sealed: bytes | None
    totp_step: int | None
    must_change: bool


def login_of(connection: Connection, username: str, *, lock: bool = False) -> Login | None:
    """Return what a user who is not disabled must prove, by his name in any case."""
    return _login(connection, User.username == username.lower(), lock=lock)


def login_by_id(connection: Connection, user_id: int, *, lock: bool = False) -> Login | None:
    """Return the same by his id; `lock` keeps it as it is to the end of the transaction."""
    return _login(connection, User.id == user_id, lock=lock)


def _login(connection: Connection, which: ColumnElement[bool], *, lock: bool) -> Login | None:
    query = select(
        User.id, User.password_hash, User.totp_sealed, User.totp_step, User.must_change
    ).where(which, User.disabled_at.is_(None))
    row = connection.execute(query.with_for_update() if lock else query).first()
    return Login(*row) if row else None


def take_step(connection: Connection, user_id: int, step: int) -> bool:
    """Note that the code of a time step was given; False where it or a later one was before."""
    taken = connection.execute(
        update(User)
        .where(User.id == user_id, (User.totp_step.is_(None)) | (User.totp_step < step))
        .values(totp_step=step)
    )
    return taken.rowcount == 1


# --- changing an account ----------------------------------------------------------------------


def set_password(
    connection: Connection, user_id: int, password_hash: str, *, must_change: bool = False
) -> None:
    """Give a user another password; `must_change` where somebody else chose it."""
    connection.execute(
        update(User)
        .where(User.id == user_id)
        .values(password_hash=password_hash, must_change=must_change)
    )


def rehash(connection: Connection, user_id: int, old: str, new: str) -> None:
    """Keep another hash of the same password, unless the password was changed meanwhile."""
    connection.execute(
        update(User).where(User.id == user_id, User.password_hash == old).values(password_hash=new)
    )


def set_totp(
    connection: Connection, user_id: int, sealed: bytes | None, step: int | None = None
) -> None:
    """Turn the second factor on with a sealed secret, its first code taken, or off with None."""
    connection.execute(
        update(User).where(User.id == user_id).values(totp_sealed=sealed, totp_step=step)
    )


def set_disabled(connection: Connection, user_id: int, at: datetime | None) -> None:
    """Disable a user, or enable him again with None; his sessions are the caller's to end."""
    connection.execute(update(User).where(User.id == user_id).values(disabled_at=at))


def end_sessions(connection: Connection, user_id: int) -> None:
    """End every session of a user, wherever he is logged in."""
    connection.execute(delete(Session).where(Session.user_id == user_id))


# --- who there is -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Account:
    """One user as lists show him."""

    id: int
    username: str
    nama: str
    wewenang: Wewenang
    instansi: str | None
    """The short name of the OPD he belongs to."""
    has_totp: bool
    must_change: bool
    disabled_at: datetime | None


_ACCOUNTS: Final = (
    select(
        User.id,
        User.username,
        User.nama,
        User.wewenang,
        func.coalesce(Instansi.singkatan, Instansi.nama),
        User.totp_sealed.is_not(None),
        User.must_change,
        User.disabled_at,
    )
    .outerjoin(Instansi, Instansi.id == User.instansi_id)
    .order_by(User.username)
)


def accounts(connection: Connection) -> list[Account]:
    """Return every user, disabled ones too, by username."""
    return [Account(*row) for row in connection.execute(_ACCOUNTS)]


def account(connection: Connection, username: str) -> Account | None:
    """Return one user by his name in any case."""
    row = connection.execute(_ACCOUNTS.where(User.username == username.lower())).first()
    return Account(*row) if row else None


def _sha(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="replace")).digest()
