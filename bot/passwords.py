"""Passwords of the console: argon2id hashes, what makes a password too weak, and made ones.

The only user of argon2. Its parameters are the library's (RFC 9106, the second recommendation);
a hash made with others is made anew at the next login.
"""

from __future__ import annotations

import secrets
import string
import unicodedata
from enum import StrEnum
from functools import cached_property
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST: Final = 12
LONGEST: Final = 200
"""What nobody types is not hashed either."""

_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without those that are read as another: a made password is copied from a screen by hand."""
_GROUPS: Final = 4
_EDGES: Final = string.digits + string.punctuation + string.whitespace
_ROWS: Final = ("01234567890123456789", "98765432109876543210", "abcdefghijklmnopqrstuvwxyz")
_FEWEST: Final = 5
"""Different characters."""
_KNOWN: Final = frozenset(
    (
        *("", "admin", "administrator", "bismillah", "indonesia", "ingat", "kabupaten"),
        *("katasandi", "kominfo", "lapor", "password", "passwordpassword", "qwerty"),
        *("qwertyuiop", "qwertyuiopasdf", "rahasia", "rahasiarahasia", "selamatdatang"),
    )
)
"""What is left of a password without the digits and signs around it."""


class Weakness(StrEnum):
    """Why a password is not taken."""

    SHORT = "short"
    LONG = "long"
    NAME = "name"
    """It is the username, or that with digits and signs around it."""
    KNOWN = "known"
    """It is among the first that somebody would try."""


class Passwords:
    """Hashes and verifies; `hasher` has other parameters in tests, which have no time."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        """Take argon2's own parameters, or those of `hasher`."""
        self._hasher = hasher or PasswordHasher()

    def hash(self, password: str) -> str:
        """Return the hash to keep; the parameters and the salt are part of it."""
        return self._hasher.hash(_normal(password))

    def matches(self, kept: str | None, password: str) -> bool:
        """Return whether a password is the one whose hash is kept.

        Without a hash (there is no such user) it takes as long and is False.
        """
        try:
            self._hasher.verify(kept or self._nobody, _normal(password))
        except (VerificationError, InvalidHashError):
            return False
        return kept is not None

    def is_stale(self, kept: str) -> bool:
        """Return whether a hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(kept)

    @cached_property
    def _nobody(self) -> str:
        return self._hasher.hash(secrets.token_hex())


def made() -> str:
    """Return a password nobody chose: 16 characters in groups, about 79 bits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(_GROUPS))


def weakness(password: str, username: str) -> Weakness | None:
    """Return why a password is too weak for a user, or None.

    Length is what counts (NIST SP 800-63B); beyond it only the silliest are refused.
    """
    password = _normal(password)
    if len(password) < SHORTEST:
        return Weakness.SHORT
    if len(password) > LONGEST:
        return Weakness.LONG
    folded = password.casefold()
    core = "".join(folded.strip(_EDGES).split())
    name = username.casefold()
    if name in (folded, core) or core == name.strip(_EDGES) != "":
        return Weakness.NAME
    if core in _KNOWN or len(set(folded)) < _FEWEST or any(folded in row for row in _ROWS):
        return Weakness.KNOWN
    return None


def _normal(password: str) -> str:
    """The same letters typed on another keyboard are the same password."""
    return unicodedata.normalize("NFKC", password)
