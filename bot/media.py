"""Fetches photos and documents that came with messages, in the background, and keeps them sealed.

Never inside a request. What a file is, its first bytes say, not its sender: a page that calls
itself a photo is refused.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Final

from bot.channels.gateway import GatewayError, OutcomeUnknownError
from bot.channels.incoming import MediaKeeping, MissingMediaError, RefusedMediaError
from bot.compose import Installation
from scheduler.runner import fault
from scheduler.store import attachments
from scheduler.store.session import writing

log = logging.getLogger(__name__)

MEDIA_EVERY_S: Final = 30
MOST_BYTES: Final = 5_000_000

_STARTS: Final = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"%PDF-", "application/pdf"),
    (b"OggS\x00", "audio/ogg"),
    (b"#!AMR\n", "audio/amr"),
    (b"#!AMR-WB\n", "audio/amr-wb"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf1", "audio/aac"),
    (b"\xff\xf9", "audio/aac"),
)
_BRANDS: Final = {
    b"3gp": "video/3gpp",
    b"M4A": "audio/mp4",
    b"mp4": "video/mp4",
    b"iso": "video/mp4",
    b"avc": "video/mp4",
    b"M4V": "video/mp4",
    b"MSN": "video/mp4",
    b"das": "video/mp4",
}
"""Beginnings of the brand that ISO 14496-12 puts behind `ftyp`."""


def kind(content: bytes) -> str | None:
    """Return the type of a file by its first bytes; None for what is not kept."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if content[4:8] == b"ftyp":
        return _BRANDS.get(content[8:11])
    return next((name for start, name in _STARTS if content.startswith(start)), None)


def fetch_due(opened: Installation, at: datetime, going: Callable[[], bool] = lambda: True) -> int:
    """Fetch what is due as of `at`; return how many files are here now that were not before.

    Where the provider cannot be asked the rest waits for the next time.
    """
    gateway = opened.gateway
    if not isinstance(gateway, MediaKeeping):
        return 0
    done = 0
    while going():
        with writing(opened.engine) as connection:
            due = attachments.claim(connection, opened.seal, at)
        if due is None:
            break
        try:
            done += _fetched(opened, gateway, due)
        except (GatewayError, OutcomeUnknownError) as error:
            log.warning("media_missed %s", fault(error))
            _missed(opened, due)
            break
    return done


def _fetched(opened: Installation, gateway: MediaKeeping, due: attachments.Unfetched) -> bool:
    """Fetch one file and record what became of it; return whether it is here now."""
    try:
        content = gateway.media(due.url, MOST_BYTES)
        found = _judged(content)
    except RefusedMediaError as refused:
        log.warning("media_refused")
        with writing(opened.engine) as connection:
            attachments.refuse(connection, due.id, str(refused))
        return False
    except MissingMediaError:
        _missed(opened, due)
        return False
    with writing(opened.engine) as connection:
        attachments.keep(connection, opened.seal, due.id, content, found)
    return True


def _missed(opened: Installation, due: attachments.Unfetched) -> None:
    with writing(opened.engine) as connection:
        again = attachments.missed(connection, due.id)
    if not again:
        log.warning("media_given_up")


def _judged(content: bytes) -> str:
    """Return what a file is; raise `RefusedMediaError` for what is not kept."""
    if not content:
        raise RefusedMediaError("kosong")
    found = kind(content)
    if found is None:
        raise RefusedMediaError("jenis berkasnya tidak diterima")
    return found
