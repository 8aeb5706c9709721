"""Whose request it is: forms that the provider signed, and nothing else.

Anybody may call a webhook, so a request that is not signed with the account's token is 403
whatever it holds. The address that is verified is that of PUBLIC_URL, never what the request says
of itself.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol, runtime_checkable
from urllib.parse import parse_qsl, urlsplit

from fastapi import Request, Response

from bot.compose import Installation
from scheduler.runner import fault

log = logging.getLogger(__name__)

SIGNATURE: Final = "X-Twilio-Signature"
PROBE_SID: Final = f"SM{0:032x}"
"""The message nobody has, which `ingat doctor` reports on: answered like any other, not stored."""

_FORM: Final = "application/x-www-form-urlencoded"
_CHARSETS: Final = frozenset({"", "charset=utf-8", 'charset="utf-8"'})


@runtime_checkable
class Verifier(Protocol):
    """A gateway whose provider signs what it sends here."""

    def verify(self, url: str, params: Mapping[str, str], signature: str) -> bool:
        """Whether the provider signed this form for this address."""
        ...


class _RefusedError(Exception):
    """The request is not the provider's; the reason is one static word."""


class TooLargeError(Exception):
    """The body is longer than anything the provider sends."""


@dataclass(frozen=True, slots=True)
class Source:
    """Who may call a webhook, at which address, and how much he may say there."""

    gateway: Verifier
    account: str
    public: str
    path: str
    max_body: int
    max_fields: int

    @property
    def paths(self) -> tuple[str, ...]:
        """Where it arrives: a proxy may take the prefix of PUBLIC_URL away or leave it."""
        return tuple(dict.fromkeys((self.path, f"{urlsplit(self.public).path}{self.path}")))


def source(opened: Installation, path: str, *, max_body: int, max_fields: int) -> Source | None:
    """Return who may call the webhook at `path`; None without a provider that signs."""
    settings, gateway = opened.settings, opened.gateway
    public, account = settings.public_url, settings.twilio_account_sid
    if not (isinstance(gateway, Verifier) and public and account):
        return None
    return Source(gateway, account, public, path, max_body, max_fields)


def query_of(request: Request) -> str:
    """Return the query as it was signed; raise `UnicodeDecodeError` where it is not ASCII."""
    query: str = request.scope["query_string"].decode("ascii")
    return query


async def verified(request: Request, source: Source) -> dict[str, str] | Response:
    """Return the form of a request that the provider signed, or the answer to any other."""
    try:
        return await _form(request, source)
    except TooLargeError:
        return answer(413)
    except _RefusedError as refused:
        log.warning("webhook_refused reason=%s", refused)
    except Exception as error:  # noqa: BLE001 - whatever it is, nobody's signature was seen
        log.warning("webhook_refused reason=unreadable %s", fault(error))
    return answer(403)


def answer(code: int) -> Response:
    """Return an empty answer that nobody keeps."""
    return Response(status_code=code, headers={"Cache-Control": "no-store"})


async def _form(request: Request, source: Source) -> dict[str, str]:
    query = query_of(request)
    signatures = request.headers.getlist(SIGNATURE)
    if len(signatures) != 1 or not signatures[0]:
        raise _RefusedError("unsigned")
    _check_form(request.headers.getlist("content-type"))
    params = read_form(await read_body(request, source.max_body), source.max_fields)
    url = f"{source.public}{source.path}" + (f"?{query}" if query else "")
    if source.gateway.verify(url, params, signatures[0]) is not True:
        raise _RefusedError("signature")
    if params.get("AccountSid") != source.account:
        raise _RefusedError("account")
    return params


def _check_form(types: list[str]) -> None:
    kind, _, rest = types[0].partition(";") if len(types) == 1 else ("", "", "")
    if kind.strip().lower() != _FORM or rest.strip().lower() not in _CHARSETS:
        raise _RefusedError("no_form")


async def read_body(request: Request, most: int) -> bytes:
    """Return what a request carries; raise `TooLargeError` beyond `most` bytes."""
    length = request.headers.get("content-length", "0")
    if length.isdecimal() and int(length[:20]) > most:
        raise TooLargeError
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise TooLargeError
    return bytes(body)


def read_form(body: bytes, max_fields: int) -> dict[str, str]:
    """Return the fields of a form, blank ones too.

    Raises `ValueError` where it is not UTF-8, has too many fields, or names one twice with
    different values: which of the two was signed for, nobody can say.
    """
    fields = parse_qsl(
        body.decode("utf-8"),
        keep_blank_values=True,
        strict_parsing=True,
        encoding="utf-8",
        errors="strict",
        max_num_fields=max_fields,
    )
    params: dict[str, str] = {}
    for name, value in fields:
        if params.setdefault(name, value) != value:
            raise ValueError("a field is given twice")
    return params
