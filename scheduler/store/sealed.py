"""Encryption at rest of phones and identities, with a keyed blind index to find them again.

UU 27/2022 (perlindungan data pribadi) asks for protection of personal data in storage; a copy of
the database without `DATA_KEY` names nobody.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import os
import tempfile
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12
_KEY = 32


class SealError(Exception):
    """The data cannot be read with this key."""


class Seal:
    """Seals short texts with AES-256-GCM and computes their blind index with HMAC-SHA-256."""

    def __init__(self, key: str) -> None:
        """Take the key as base64 of 32 random bytes; two independent keys are derived from it."""
        raw = base64.b64decode(key)
        self._cipher = AESGCM(hmac.digest(raw, b"ingat seal v1", "sha256"))
        self._index = hmac.digest(raw, b"ingat blind index v1", "sha256")

    def seal(self, text: str) -> bytes:
        """Return the text encrypted under a fresh nonce."""
        return self.seal_bytes(text.encode())

    def open(self, sealed: bytes) -> str:
        """Return the text again; raise `SealError` for another key, or where it is damaged."""
        return self.open_bytes(sealed).decode()

    def seal_bytes(self, content: bytes) -> bytes:
        """Return what is no text (a photo) encrypted under a fresh nonce."""
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, content, None)

    def open_bytes(self, sealed: bytes) -> bytes:
        """Return it again; raise as `open`."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], None)
        except (InvalidTag, ValueError):  # too short to hold a nonce
            raise SealError("this value was sealed with another DATA_KEY") from None

    def blind(self, text: str) -> bytes:
        """Return the keyed hash under which the text is looked up."""
        return hmac.digest(self._index, text.encode(), "sha256")

    def derived(self, purpose: str) -> str:
        """Return a secret for another purpose; nothing about the key can be learned from it."""
        return self.blind(f"derived/{purpose}").hex()

    def fingerprint(self) -> str:
        """Return what tells one key from another without revealing either."""
        return hashlib.sha256(self.blind("fingerprint")).hexdigest()[:16]


def new_key() -> str:
    """Return a fresh key in the form that `DATA_KEY` takes."""
    return base64.b64encode(os.urandom(_KEY)).decode()


def key_beside(database: Path, *, sealed: bool) -> str:
    """Return the key kept beside an embedded database, making it (mode 600) the first time.

    `sealed`: the database has been sealed already, so a key that is not there is lost, not new.
    Raises `SealError`, one sentence naming the file, where it is missing or is no key.
    """
    path = database.with_name(database.name + ".key")
    try:
        if not path.exists():
            if sealed:
                raise SealError(f"the key file {path} is missing; put back the one made with it")
            _make_key(path)
        key = path.read_text(encoding="ascii").strip()
        if len(base64.b64decode(key, validate=True)) == _KEY:
            return key
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it holds no key"
        raise SealError(
            f"the key file {path} cannot be used: {why}; put back the right one"
        ) from None
    raise SealError(f"the key file {path} cannot be used: it holds no key; put back the right one")


def _make_key(path: Path) -> None:
    # Linked into place whole, so that another process never reads half a key.
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=".key-")  # mode 600
    with os.fdopen(descriptor, "w") as file:
        file.write(new_key() + "\n")
    with contextlib.suppress(FileExistsError):
        os.link(draft, path)
    Path(draft).unlink()
