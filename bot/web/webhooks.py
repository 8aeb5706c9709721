"""`POST /twilio/status`: what the provider reports of a message, once its signature is verified.

Anybody may call it, so it tells nothing: a request that is not signed with the account's token is
403 whatever it holds. A signed one is stored and answered 204 at once; 503 only where the database
is away, for the provider asks again (`#rc=3&rp=all` on the address it was given).
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol, runtime_checkable
from urllib.parse import parse_qsl, urlsplit

from fastapi import FastAPI, Request, Response

from bot.channels.twilio_words import STATUS_PATH
from bot.compose import Installation
from scheduler.runner import fault
from scheduler.store.delivery import Report

log = logging.getLogger(__name__)

SIGNATURE: Final = "X-Twilio-Signature"
PROBE_SID: Final = f"SM{0:032x}"
"""The message nobody has, which `ingat doctor` reports on: answered like any other, not stored."""

MAX_BODY: Final = 64 * 1024
MAX_FIELDS: Final = 200
"""The provider sends about fifteen fields; new ones appear without notice."""
STORE_S: Final = 10.0
"""How long a report may wait for PostgreSQL; the provider hangs up after 15 s."""

_SID: Final = re.compile(r"(?:SM|MM)[0-9a-f]{32}")
_WORD: Final = re.compile(r"[a-z_]{1,30}")
_ERROR: Final = re.compile(r"[1-9][0-9]{0,9}")
_ATTEMPT: Final = re.compile(r"[1-9][0-9]{0,9}")
_MAX_ATTEMPT: Final = 2**31 - 1
"""The largest key of the table."""
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


class _TooLargeError(Exception):
    """The body is longer than any report."""


@dataclass(frozen=True, slots=True)
class _Source:
    """Who may report, and at which address."""

    gateway: Verifier
    account: str
    url: str


def add(app: FastAPI, opened: Installation, now: Callable[[], datetime]) -> None:
    """Put the webhooks into the application; without a provider that signs there are none.

    The address that is verified is that of PUBLIC_URL, never what the request says of itself. A
    proxy may take the prefix of PUBLIC_URL away or leave it.
    """
    settings = opened.settings
    public, account = settings.public_url, settings.twilio_account_sid
    if not (isinstance(opened.gateway, Verifier) and public and account):
        return
    source = _Source(opened.gateway, account, f"{public}{STATUS_PATH}")

    async def status(request: Request) -> Response:
        try:
            query = request.scope["query_string"].decode("ascii")
            params = await _verified(request, query, source)
        except _TooLargeError:
            return _answer(413)
        except _RefusedError as refused:
            log.warning("webhook_refused reason=%s", refused)
            return _answer(403)
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody's signature was seen
            log.warning("webhook_refused reason=unreadable %s", fault(error))
            return _answer(403)
        report = read_report(params, query, now())
        if report is None:
            log.warning("report_senseless")
        elif report.sid != PROBE_SID and not await _taken(opened, report):
            return _answer(503)
        return _answer(204)

    for path in dict.fromkeys((STATUS_PATH, f"{urlsplit(public).path}{STATUS_PATH}")):
        app.add_api_route(path, status, methods=["POST"])


def _answer(code: int) -> Response:
    return Response(status_code=code, headers={"Cache-Control": "no-store"})


# --- whose request it is ----------------------------------------------------------------------


async def _verified(request: Request, query: str, source: _Source) -> dict[str, str]:
    """Return the form of a request that the provider signed; raise for any other."""
    signatures = request.headers.getlist(SIGNATURE)
    if len(signatures) != 1 or not signatures[0]:
        raise _RefusedError("unsigned")
    _check_form(request.headers.getlist("content-type"))
    params = read_form(await _body(request))
    url = f"{source.url}?{query}" if query else source.url
    if source.gateway.verify(url, params, signatures[0]) is not True:
        raise _RefusedError("signature")
    if params.get("AccountSid") != source.account:
        raise _RefusedError("account")
    return params


def _check_form(types: list[str]) -> None:
    kind, _, rest = types[0].partition(";") if len(types) == 1 else ("", "", "")
    if kind.strip().lower() != _FORM or rest.strip().lower() not in _CHARSETS:
        raise _RefusedError("no_form")


async def _body(request: Request) -> bytes:
    length = request.headers.get("content-length", "0")
    if length.isdecimal() and int(length[:20]) > MAX_BODY:
        raise _TooLargeError
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise _TooLargeError
    return bytes(body)


def read_form(body: bytes) -> dict[str, str]:
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
        max_num_fields=MAX_FIELDS,
    )
    params: dict[str, str] = {}
    for name, value in fields:
        if params.setdefault(name, value) != value:
            raise ValueError("a field is given twice")
    return params


# --- what it says -----------------------------------------------------------------------------


def read_report(params: Mapping[str, str], query: str, at: datetime) -> Report | None:
    """Return what a signed form reports, received `at`; None where it names no message or status.

    An unknown status is the store's to judge. `a` in the query is the attempt it was asked for.
    """
    sid = params.get("MessageSid") or params.get("SmsSid", "")
    word = (params.get("MessageStatus") or params.get("SmsStatus", "")).lower()
    if not (_SID.fullmatch(sid) and _WORD.fullmatch(word)):
        return None
    error = params.get("ErrorCode", "")
    return Report(
        sid=sid,
        word=word,
        error=error if _ERROR.fullmatch(error) else None,
        attempt_id=_attempt(query),
        at=at,
    )


def _attempt(query: str) -> int | None:
    named = [value for name, value in parse_qsl(query) if name == "a"]
    if len(named) != 1 or not _ATTEMPT.fullmatch(named[0]) or int(named[0]) > _MAX_ATTEMPT:
        return None
    return int(named[0])


async def _taken(opened: Installation, report: Report) -> bool:
    """Store a report; False where the database cannot take it now.

    SQLite's insert runs right here: handing it to a thread takes longer than it does. A PostgreSQL
    server may be far away, or hang: that must hold up one thread, not every answer.
    """
    try:
        if opened.settings.is_postgresql:
            await asyncio.wait_for(asyncio.to_thread(opened.take_report, report), STORE_S)
        else:
            opened.take_report(report)
    except Exception as error:  # noqa: BLE001 - the provider asks again
        log.error("report_not_taken %s", fault(error))  # noqa: TRY400 - no values
        return False
    return True
