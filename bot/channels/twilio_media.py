"""Media of messages at Twilio: which addresses are fetched, and what is said there.

An address came with a webhook, so it is not to be trusted: only that of a media resource of our
own account is asked, with the account's token. It redirects to a signed address of Twilio's
content network, which gets no token. Nothing else is asked at all, least of all an address inside
our own network.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final
from urllib.parse import urljoin

from bot.channels.gateway import OutcomeUnknownError
from bot.channels.incoming import MissingMediaError, RefusedMediaError
from bot.channels.twilio_wire import Wire

HOPS: Final = 3
"""Addresses asked for one file: the resource, the content network, and one more there."""

FOREIGN: Final = "alamatnya bukan milik penyedia pesan"

_MISSING: Final = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)

_RESOURCE: Final = (
    r"https://api\.twilio\.com/2010-04-01/Accounts/{account}"
    r"/Messages/(?:SM|MM)[0-9a-f]{{32}}/Media/ME[0-9a-f]{{32}}"
)
# The slash right after the host leaves no room for a user, a port or a longer name.
_NETWORK: Final = re.compile(r"https://(?:[a-z0-9-]{1,60}\.)?twiliocdn\.com/[!-~]{0,4000}")


def fetch(wire: Wire, url: str, account: str, login: Mapping[str, str], most: int) -> bytes:
    """Return what a media address holds, up to `most` bytes; raises as `MediaKeeping.media`."""
    if not re.fullmatch(_RESOURCE.format(account=re.escape(account)), url):
        raise RefusedMediaError(FOREIGN)
    headers = login
    for _ in range(HOPS):
        found = wire.download(url, headers, most)
        if found.content is None:
            raise RefusedMediaError(f"lebih besar dari {most // 1_000_000} MB")
        if found.status == HTTPStatus.OK:
            return found.content
        if found.status in _MISSING:
            raise MissingMediaError
        if not (HTTPStatus.MULTIPLE_CHOICES <= found.status < HTTPStatus.BAD_REQUEST):
            raise OutcomeUnknownError(f"answered {found.status}")
        try:
            url = urljoin(url, found.location or "")
        except ValueError:
            raise RefusedMediaError(FOREIGN) from None
        if not _NETWORK.fullmatch(url):
            raise RefusedMediaError(FOREIGN)
        headers = {}
    raise OutcomeUnknownError("redirected without an end")
