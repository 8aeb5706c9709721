"""Users of the console under test and the sessions they have, and a clock to move.

Whoever needs somebody logged in gets him here: `tests.console` puts the session into a browser.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from bot.compose import Installation
from config.terms import Wewenang
from scheduler import clock
from scheduler.store import users
from scheduler.store.console_tables import User
from scheduler.store.session import writing
from tests.training import set_clock

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""Takes a millisecond: what a hash costs in earnest has a test of its own."""
PASSWORD = "kuda lumping tiga"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
NOON = datetime(2026, 5, 4, 5, 0, tzinfo=UTC)


class Watch:
    """The machine's clock, held still, and that of a room with it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, opened: Installation) -> None:
        self.at = NOON
        monkeypatch.setattr(clock, "now", lambda: self.at)
        set_clock(opened, NOON)

    def forward(self, **by: float) -> None:
        self.at += timedelta(**by)


def add(
    opened: Installation,
    username: str = "contoh",
    wewenang: Wewenang = Wewenang.OPERATOR,
    *,
    nama: str = "Nama Contoh",
    instansi_id: int | None = None,
    password: str | None = PASSWORD,
    must_change: bool = False,
    secret: str | None = None,
) -> int:
    """Add a user; return his id. Without a password nobody gets in by the form."""
    with writing(opened.engine) as connection:
        user_id = users.add_user(
            connection,
            username,
            nama,
            wewenang,
            "!" if password is None else CHEAP.hash(password),
            clock.now(),
            instansi_id=instansi_id,
            must_change=must_change,
        )
        if secret is not None:
            users.set_totp(connection, user_id, opened.seal.seal(secret))
    return user_id


def session(opened: Installation, who: int | str) -> str:
    """Log a user in, by id or name, without the form; return what the cookie then holds."""
    with writing(opened.engine) as connection:
        if isinstance(who, str):
            query = select(User.id).where(User.username == who)
            who = connection.execute(query).scalar_one()
        return users.open_session(connection, who, clock.now())


def code(at: datetime, secret: str = SECRET) -> str:
    """What an app shows at a moment."""
    return pyotp.TOTP(secret).at(at)
