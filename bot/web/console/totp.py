"""The second factor: six digits of an app, new every 30 seconds (RFC 6238).

No other module knows pyotp or segno. Time is the machine's: a phone knows no training room.
"""

from __future__ import annotations

import hmac
from datetime import datetime
from typing import Annotated, Final

import pyotp
import segno
from pydantic import BeforeValidator, Field

STEP_S: Final = 30
SKEW: Final = 1
"""Steps that a phone's clock may be behind or ahead."""
ISSUER: Final = "Ingat"


def _digits(value: object) -> object:
    return "".join(value.split()) if isinstance(value, str) else value


Code = Annotated[str, BeforeValidator(_digits), Field(pattern="^[0-9]{6}$")]
"""A code as people type it: apps show it in two groups."""


def new_secret() -> str:
    """Return a secret to share with an app: 160 bits in base32."""
    return pyotp.random_base32()


def step_of(secret: str, code: str, now: datetime, taken: int | None) -> int | None:
    """Return the time step whose code was given at `now`, or None for a wrong one.

    Steps up to `taken` are over: whoever has seen a code being typed cannot use it again.
    """
    totp = pyotp.TOTP(secret, interval=STEP_S)
    here = int(now.timestamp()) // STEP_S
    found = None
    for step in range(here - SKEW, here + SKEW + 1):
        right = hmac.compare_digest(totp.generate_otp(step).encode(), code.encode())
        if right and (taken is None or step > taken):
            found = step
    return found


def groups(secret: str) -> str:
    """Return a secret as it is typed by hand where no camera is: in groups of four."""
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))


def qr(secret: str, username: str) -> str:
    """Return the QR code that apps read, as SVG without any style: the console's CSP holds."""
    address = pyotp.TOTP(secret, interval=STEP_S).provisioning_uri(
        name=username, issuer_name=ISSUER
    )
    return segno.make(address, error="m", micro=False).svg_inline(scale=5, light="#fff")
