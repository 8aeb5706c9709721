"""One's own password and second factor."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from bot.passwords import LONGEST, SHORTEST, Weakness, weakness
from bot.web.console import session_cookie, totp
from bot.web.console.access import Right
from bot.web.console.forms import Form, InvalidError
from bot.web.console.login import Secret, too_many
from bot.web.console.page import Page, Visit, get, post
from bot.web.console.words import gettext as _
from scheduler import clock
from scheduler.complaint import RefusedError
from scheduler.store import logins, users
from scheduler.store.logins import TooMany, Try
from scheduler.store.sealed import SealError
from scheduler.store.session import Connection, reading, writing
from scheduler.store.users import Login

KEPT_FOR: Final = timedelta(minutes=15)
"""How long the second factor may take to be set up, from the page with its QR code."""
REFUSED: Final = {
    Weakness.SHORT: f"kata sandi baru paling sedikit {SHORTEST} karakter",
    Weakness.LONG: f"kata sandi baru paling banyak {LONGEST} karakter",
    Weakness.NAME: "kata sandi baru tidak boleh sama dengan nama pengguna",
    Weakness.KNOWN: "kata sandi baru terlalu mudah ditebak; pilih yang lain",
}


@dataclass(frozen=True, slots=True)
class Offered:
    """A secret that was shown to who gave his password, and until when it may be turned on.

    `until` is in seconds since 1970; a mistyped code does not put it off.
    """

    secret: str
    until: int


class NewPassword(Form):
    """Another password, the old one to show who asks."""

    lama: Secret = Field(title="Kata sandi lama")
    baru: Secret = Field(title="Kata sandi baru")
    ulang: Secret = Field(title="Ulangi kata sandi baru")


class Begin(Form):
    """Who wants a second factor shows first that the session is not somebody else's."""

    sandi: Secret = Field(title="Kata sandi")


class TurnOn(Form):
    """The first code of a secret that the page has shown; `kunci` is that secret, sealed."""

    kunci: str = Field(title="Kunci", max_length=1000)
    kode: totp.Code = Field(title="Kode verifikasi")


class TurnOff(Form):
    """The second factor is given up by who has both."""

    sandi: Secret = Field(title="Kata sandi")
    kode: totp.Code = Field(title="Kode verifikasi")


class Akun(Page):
    """One's own password and second factor."""

    menu_label = "My account"
    icon = "fa-solid fa-user"
    path = "/akun"
    right = Right.OWN_ACCOUNT
    order = 0

    @get("", Right.OWN_ACCOUNT)
    def show(self, visit: Visit) -> Response:
        """Show the account; only the password to who must change it."""
        body = visit.visitor.instansi_id
        bodies = visit.world.directory.bodies if body is not None else {}
        return visit.page(
            "akun.html",
            instansi=bodies[body].nama if body in bodies else None,
            shortest=SHORTEST,
        )

    @post("/kata-sandi", Right.OWN_ACCOUNT, NewPassword)
    def change(self, visit: Visit, form: NewPassword) -> Response:
        """Change the password: every other session ends."""
        now = clock.now()
        # First what is wrong with the new one: that is no failed try.
        if form.baru != form.ulang:
            raise RefusedError("kata sandi baru dan ulangannya tidak sama")
        if form.baru == form.lama:
            raise RefusedError("kata sandi baru sama dengan yang lama")
        weak = weakness(form.baru, visit.visitor.username)
        if weak is not None:
            raise RefusedError(REFUSED[weak])
        tried, login = self._prove(visit, form.lama, now, "kata sandi lama salah")
        hashed = self.console.provider.login.passwords.hash(form.baru)
        with writing(visit.opened.engine) as connection:
            self._still(connection, login)
            logins.succeeded(connection, tried, wholly=True)
            users.set_password(connection, visit.visitor.id, hashed)
            token = self._renew(connection, visit, now)
        to = "/" if visit.visitor.must_change else self.path
        told = _("Your password is changed. You are logged out everywhere else.")
        return self._keep(visit, visit.go(to, told), token)

    @post("/kode/mulai", Right.OWN_ACCOUNT, Begin)
    def set_up(self, visit: Visit, form: Begin) -> Response:
        """Show a new secret to be taken into an app; it counts once its first code came back."""
        if visit.visitor.has_totp or visit.visitor.must_change:
            return visit.go(self.path)
        now = clock.now()
        tried, login = self._prove(visit, form.sandi, now, "kata sandi salah")
        with writing(visit.opened.engine) as connection:
            self._still(connection, login)
            logins.succeeded(connection, tried, wholly=True)
        return self._offer(visit, Offered(totp.new_secret(), int((now + KEPT_FOR).timestamp())))

    @post("/kode", Right.OWN_ACCOUNT, TurnOn)
    def turn_on(self, visit: Visit, form: TurnOn) -> Response:
        """Turn the second factor on: the sessions that were opened without it end."""
        now = clock.now()
        if visit.visitor.has_totp or visit.visitor.must_change:
            return visit.go(self.path)
        offered = self._opened(visit, form.kunci, now)
        if offered is None:
            raise RefusedError("halaman ini terlalu lama terbuka; mulai lagi dengan kode QR baru")
        step = totp.step_of(offered.secret, form.kode, now, None)
        if step is None:
            wrong = _("The code is wrong. Is the time of your phone right?")
            return self._offer(visit, offered, wrong, 422)
        with writing(visit.opened.engine) as connection:
            login = users.login_by_id(connection, visit.visitor.id, lock=True)
            if login is None or login.totp_sealed is not None:
                raise RefusedError("verifikasi dua langkah sudah aktif")
            sealed = visit.opened.seal.seal(offered.secret)
            users.set_totp(connection, visit.visitor.id, sealed, step)
            token = self._renew(connection, visit, now)
        told = _("Two-step verification is on.")
        return self._keep(visit, visit.go(self.path, told), token)

    @post("/kode/matikan", Right.OWN_ACCOUNT, TurnOff)
    def turn_off(self, visit: Visit, form: TurnOff) -> Response:
        """Turn the second factor off."""
        now = clock.now()
        wrong = "kata sandi atau kode salah"
        tried, login = self._prove(visit, form.sandi, now, wrong)
        with writing(visit.opened.engine) as connection:
            login = self._still(connection, login)
            if login.totp_sealed is None:
                raise RefusedError("verifikasi dua langkah sudah mati")
            secret = visit.opened.seal.open(login.totp_sealed)
            step = totp.step_of(secret, form.kode, now, login.totp_step)
            if step is None:
                raise RefusedError(wrong)
            logins.succeeded(connection, tried, wholly=True)
            users.set_totp(connection, visit.visitor.id, None)
        return visit.go(self.path, _("Two-step verification is off."))

    def invalid(self, visit: Visit, error: InvalidError, **path: Any) -> Response:
        """Show the same QR code again to who mistyped: the app has it already."""
        sealed = error.given.get("kunci")
        offered = self._opened(visit, sealed, clock.now()) if isinstance(sealed, str) else None
        if offered is None or visit.visitor.has_totp or visit.visitor.must_change:
            return super().invalid(visit, error, **path)
        return self._offer(visit, offered, str(error), 422)

    # --- proving it -----------------------------------------------------------------------

    def _prove(self, visit: Visit, password: str, now: datetime, wrong: str) -> tuple[Try, Login]:
        """Return the try to take back and what was proven; refuse a wrong password, saying so.

        It is counted apart from the login: nobody who fails there can keep a user from this page.
        """
        who = visit.opened.seal.blind(f"account/{visit.visitor.id}")
        with writing(visit.opened.engine) as connection:
            tried = logins.begin(connection, {who: logins.NAME_LIMIT}, now)
        if isinstance(tried, TooMany):
            raise RefusedError(too_many(tried, now))
        with reading(visit.opened.engine) as connection:
            login = users.login_by_id(connection, visit.visitor.id)
        kept = login.password_hash if login else None
        if not self.console.provider.login.passwords.matches(kept, password) or login is None:
            raise RefusedError(wrong)
        return tried, login

    def _still(self, connection: Connection, login: Login) -> Login:
        """Return the account locked, if its password is still the one that was proven."""
        found = users.login_by_id(connection, login.id, lock=True)
        if found is None or found.password_hash != login.password_hash:
            raise HTTPException(409)
        return found

    # --- sessions -------------------------------------------------------------------------

    def _renew(self, connection: Connection, visit: Visit, now: datetime) -> str:
        """End every session of the visitor and open one for this browser; return its token."""
        users.end_sessions(connection, visit.visitor.id)
        return users.open_session(connection, visit.visitor.id, now)

    def _keep(self, visit: Visit, answer: Response, token: str) -> Response:
        session_cookie.put(answer, visit.request, visit.opened.settings.public_url, token)
        return answer

    # --- a secret that does not count yet -------------------------------------------------

    def _offer(
        self, visit: Visit, offered: Offered, error: str | None = None, status: int = 200
    ) -> Response:
        """Show a secret. It travels sealed in the form, and for `KEPT_FOR`: it is kept nowhere."""
        content = json.dumps(["totp", visit.visitor.id, offered.secret, offered.until])
        sealed = base64.urlsafe_b64encode(visit.opened.seal.seal(content)).decode()
        return visit.page(
            "akun_kode.html",
            status,
            qr=totp.qr(offered.secret, visit.visitor.username),
            groups=totp.groups(offered.secret),
            sealed=sealed,
            error=error,
        )

    def _opened(self, visit: Visit, sealed: str, now: datetime) -> Offered | None:
        """Return the secret of a form that this visitor was given lately, or None."""
        try:
            content = visit.opened.seal.open(base64.urlsafe_b64decode(sealed.encode()))
        except (SealError, binascii.Error, ValueError):
            return None
        if not content.startswith('["totp"'):
            return None  # something else that is sealed with the same key
        _kind, user_id, secret, until = json.loads(content)
        fresh = user_id == visit.visitor.id and now.timestamp() < until
        return Offered(secret, until) if fresh else None
