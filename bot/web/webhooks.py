"""What the provider tells us: `POST /twilio/status` here, `POST /twilio/inbound` beside it.

A report that is signed is stored and answered 204 at once; 503 only where the database is away,
for the provider asks again (`#rc=3&rp=all` on the address it was given). It tells nothing to
anybody else.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final
from urllib.parse import parse_qsl

from fastapi import FastAPI, Request, Response

from bot.channels.twilio_words import STATUS_PATH
from bot.compose import Installation
from bot.web import inbound
from bot.web.signed import PROBE_SID, SIGNATURE, answer, query_of, source, verified
from scheduler.runner import fault
from scheduler.store.delivery import Report

__all__ = ["MAX_BODY", "PROBE_SID", "SIGNATURE", "add", "read_report"]

log = logging.getLogger(__name__)

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


def add(
    app: FastAPI,
    opened: Installation,
    now: Callable[[], datetime],
    prompt: Callable[[], None] = lambda: None,
) -> None:
    """Put the webhooks into the application; without a provider that signs there are none.

    `prompt` is called when messages are being stored and were: have them read soon, not now.
    """
    inbound.add(app, opened, now, prompt)
    told = source(opened, STATUS_PATH, max_body=MAX_BODY, max_fields=MAX_FIELDS)
    if told is None:
        return

    async def status(request: Request) -> Response:
        params = await verified(request, told)
        if isinstance(params, Response):
            return params
        report = read_report(params, query_of(request), now())
        if report is None:
            log.warning("report_senseless")
        elif report.sid != PROBE_SID and not await taken(opened, report):
            return answer(503)
        return answer(204)

    for path in told.paths:
        app.add_api_route(path, status, methods=["POST"])


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


async def taken(opened: Installation, report: Report) -> bool:
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
