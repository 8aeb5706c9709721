"""The line to Twilio: pooled connections, one POST per request, and an honest account of a break.

What goes wrong is told apart by one question: can the request have reached Twilio? A refused
connection proves that it cannot; anything later leaves the outcome unknown. Nothing is retried
here, no redirect is followed, and no address, number or text gets into a log or an error.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from ssl import SSLCertVerificationError
from typing import Any, cast
from urllib.parse import urlencode

import requests
import urllib3
from requests.utils import DEFAULT_CA_BUNDLE_PATH, get_auth_from_url, select_proxy
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NewConnectionError,
    ProxyError,
    SSLError,
)
from urllib3.exceptions import (
    TimeoutError as LineTimeoutError,
)

from bot.channels.gateway import GatewayError, OutcomeUnknownError
from bot.channels.twilio_errors import BUSY, UNREACHABLE
from config.terms import Reaction

TIMEOUT_S = 10.0
"""How long a connection, and each wait for an answer, may take."""

FILE_S = 60.0
"""How long a file may take in all: a line that drips must not hold up the others."""
CHUNK = 64 * 1024

# The connection pool logs whole addresses, with the numbers in the query of a look-up.
logging.getLogger("urllib3.connectionpool").setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, with a status below 500 that is no redirect and no 429."""

    status: int
    text: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Download:
    """What came back for a file. `content` is None where it is longer than was allowed."""

    status: int
    location: str | None
    content: bytes | None


class Wire:
    """Carries requests to Twilio, or all of them to one other base address; safe in threads."""

    def __init__(self, base_url: str | None, threads: int) -> None:
        """Keep up to `threads` connections to each host; `base_url` stands in for every host.

        Proxies and certificates are those `requests` would use; they are looked for once a host.
        """
        self._base_url = base_url.rstrip("/") if base_url else None
        self._threads = max(threads, 1)
        self._timeout = urllib3.Timeout(connect=TIMEOUT_S, read=TIMEOUT_S)
        self._ways: dict[str, urllib3.PoolManager] = {}
        self._lock = threading.Lock()

    def request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> Answer:
        """Make one request and return the answer, unless it says nothing certain.

        Raises GatewayError when the request never left, or was turned away as one too many;
        OutcomeUnknownError when it may have been carried out.
        """
        try:
            base, rest = self._split(url)
            way = self._ways.get(base) or self._open(base)
            answer = way.urlopen(
                method,
                base + rest,
                body=body,
                headers=headers,
                redirect=False,
                retries=False,
                timeout=self._timeout,
            )
            text = answer.data.decode()
        except (HTTPError, requests.RequestException, OSError, ValueError) as error:
            raise _meaning(error) from None
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            pause = _seconds(answer.headers.get("Retry-After"))
            raise GatewayError(BUSY, permanent=False, reaction=Reaction.BUSY, pause_s=pause)
        # A 408 comes from something on the way, which may have passed the request on.
        certain = 200 <= answer.status < 300 or 400 <= answer.status < 500
        if not certain or answer.status == HTTPStatus.REQUEST_TIMEOUT:
            raise OutcomeUnknownError(f"answered {answer.status}")
        return Answer(answer.status, text, cast("Mapping[str, str]", answer.headers))

    def download(self, url: str, headers: Mapping[str, str], most: int) -> Download:
        """Get a file of at most `most` bytes; whose address it is, the caller has looked at.

        Nothing is unpacked and no redirect followed. Raises as `request`, also where the whole
        takes longer than FILE_S.
        """
        path_at = url.index("/", url.index("://") + 3)
        base, until = self._base_url or url[:path_at], time.monotonic() + FILE_S
        try:
            way = self._ways.get(base) or self._open(base)
            answer = way.urlopen(
                "GET",
                base + url[path_at:],
                headers={**headers, "Accept-Encoding": "identity"},
                redirect=False,
                retries=False,
                timeout=self._timeout,
                preload_content=False,
            )
            try:
                content = _read(answer, most, until)
            finally:
                answer.close()
        except (HTTPError, requests.RequestException, OSError, ValueError) as error:
            raise _meaning(error) from None
        return Download(answer.status, answer.headers.get("Location"), content)

    def _split(self, url: str) -> tuple[str, str]:
        """Return where to send a request and what to ask there."""
        host_at = url.index("://") + 3
        path_at = url.find("/", host_at)
        if self._base_url is not None:
            return self._base_url, url[path_at:]
        # The token goes with every request, those to a page's next address too.
        if not (url.startswith("https://") and url[host_at:path_at].endswith(".twilio.com")):
            raise ValueError("not an address of Twilio's")
        return url[:path_at], url[path_at:]

    def _open(self, base: str) -> urllib3.PoolManager:
        """Open the way to a host, through the proxy the machine names for it."""
        with self._lock, requests.Session() as session:
            found = session.merge_environment_settings(base, {}, None, None, None)
            verify, proxy = found["verify"], select_proxy(base, found["proxies"])
            kind = (
                "ca_cert_dir" if isinstance(verify, str) and Path(verify).is_dir() else "ca_certs"
            )
            options: dict[str, Any] = {
                kind: verify if isinstance(verify, str) else DEFAULT_CA_BUNDLE_PATH,
                "maxsize": self._threads,
            }
            self._ways[base] = (
                urllib3.ProxyManager(proxy, proxy_headers=_credentials(proxy), **options)
                if proxy
                else urllib3.PoolManager(**options)
            )
            return self._ways[base]


def _credentials(proxy: str) -> Mapping[str, str]:
    """Return the header that a proxy with a user in its address asks for."""
    user, password = get_auth_from_url(proxy)
    return urllib3.make_headers(proxy_basic_auth=f"{user}:{password}") if user else {}


def _read(answer: urllib3.BaseHTTPResponse, most: int, until: float) -> bytes | None:
    content = bytearray()
    # read1 comes back with what is there; read would wait for all of it, each byte for TIMEOUT_S.
    while part := answer.read1(CHUNK, decode_content=False):
        content += part
        if len(content) > most:
            return None
        if time.monotonic() > until:
            raise LineTimeoutError
    return bytes(content)


def encode(data: object, content_type: str) -> bytes | None:
    """Return the body of a request: JSON where the content type says so, else a form.

    Raises GatewayError for text that cannot be written as UTF-8: it never left.
    """
    if not data:
        return None
    try:
        if "json" in content_type:
            return json.dumps(data).encode()
        return urlencode(cast("Mapping[str, object]", data), doseq=True).encode()
    except UnicodeEncodeError:
        raise GatewayError("text", permanent=True, reaction=Reaction.CONTENT) from None


def _meaning(error: Exception) -> GatewayError | OutcomeUnknownError:
    """Tell a request that never left from one that may have arrived.

    A ProxyError by itself proves nothing: a connection reset after the POST may come as one.
    """
    cause: object = error
    while isinstance(cause, ProxyError):
        cause = cause.original_error
    untrusted = isinstance(cause, SSLError) and isinstance(cause.args[0], SSLCertVerificationError)
    if untrusted or isinstance(cause, (NewConnectionError, ConnectTimeoutError)):
        return GatewayError(UNREACHABLE, permanent=False, reaction=Reaction.BUSY)
    if isinstance(cause, LineTimeoutError):
        return OutcomeUnknownError("timed out")
    return OutcomeUnknownError("the connection broke")


def _seconds(value: str | None) -> float | None:
    """Read a Retry-After in seconds; dates and nonsense count as not given."""
    try:
        seconds = float(value or "")
    except ValueError:
        return None
    return seconds if 0 <= seconds < 86_400 else None
