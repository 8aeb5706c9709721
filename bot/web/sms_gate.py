"""`POST /sms/inbound`: what the Android phone tells, once its signature is verified.

Anybody may call it, so it tells nothing: what is not signed with the app's key, now, is 403
whatever it holds, and is not even read. A message from a person is committed before it is answered
200; 503 where the database is away, 422 where the app says something new: it asks again, up to
fifteen times over hours. Everything else that is signed is 200: it would only come again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from fastapi import FastAPI, Request, Response

from bot.channels.sms_gate_inbound import (
    ForgedError,
    Told,
    UnreadableError,
    check,
    read_event,
)
from bot.channels.sms_gate_words import INBOUND_PATH
from bot.compose import Installation
from bot.web.inbound import Keeper
from bot.web.signed import TooLargeError, answer, read_body
from bot.web.webhooks import taken
from scheduler.inbound import Arrived
from scheduler.runner import fault
from scheduler.store.delivery import Report

log = logging.getLogger(__name__)

SIGNATURE: Final = "X-Signature"
TIMESTAMP: Final = "X-Timestamp"
MAX_BODY: Final = 64 * 1024


def add(
    app: FastAPI,
    opened: Installation,
    now: Callable[[], datetime],
    prompt: Callable[[], None] = lambda: None,
) -> None:
    """Put the webhook into the application; without a phone or its signing key there is none.

    `prompt` is called after each message that was stored.
    """
    settings = opened.settings
    key, number = settings.smsgate_signing_key, settings.smsgate_number
    if not (settings.has_sms_gate and key and number):
        return
    own = number

    def hear(batch: Sequence[Arrived]) -> int:
        return opened.hear(batch)

    keeper = Keeper(hear, inline=not settings.is_postgresql)

    async def inbound(request: Request) -> Response:
        body = await _verified(request, key, now())
        if isinstance(body, Response):
            return body
        try:
            found = read_event(body, now(), own, opened.seal.blind)
        except UnreadableError as error:
            log.error("sms_event_unreadable reason=%s", error)  # noqa: TRY400 - no values
            return answer(422)
        if isinstance(found, Told):
            report = Report(found.sid, found.word, found.error, found.attempt_id, now())
            return answer(200 if await taken(opened, report) else 503)
        if found is None or not found:
            log.info("sms_event_ignored")
            return answer(200)
        if not all(await asyncio.gather(*(keeper.keep(one) for one in found))):
            return answer(503)
        prompt()
        return answer(200)

    path = urlsplit(settings.public_url or "").path
    for each in dict.fromkeys((INBOUND_PATH, f"{path}{INBOUND_PATH}")):
        app.add_api_route(each, inbound, methods=["POST"])


async def _verified(request: Request, key: str, at: datetime) -> bytes | Response:
    """Return the body of a request that the app signed just now, or the answer to any other."""
    try:
        signature, timestamp = _only(request, SIGNATURE), _only(request, TIMESTAMP)
        body = await read_body(request, MAX_BODY)
        check(key, body, timestamp, signature, at)
    except TooLargeError:
        return answer(413)
    except ForgedError as refused:
        # `timestamp`: signed with our key, so most likely the phone's clock is wrong.
        log.warning("sms_webhook_refused reason=%s", refused)
    except Exception as error:  # noqa: BLE001 - whatever it is, nobody's signature was seen
        log.warning("sms_webhook_refused reason=unreadable %s", fault(error))
    else:
        return body
    return answer(403)


def _only(request: Request, name: str) -> str:
    values = request.headers.getlist(name)
    if len(values) != 1:
        raise ForgedError("unsigned")
    return values[0]
