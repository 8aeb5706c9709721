"""`POST /twilio/inbound`: a message from a phone, stored before it is answered.

A signed message is committed, then answered with an empty `<Response/>`; what it means is read
beside the request, never inside. What waits at the same moment is stored in one transaction. 503
only where the database is away: the provider asks again, and polling fetches what it gave up on.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from fastapi import FastAPI, Request, Response

from bot.channels.twilio_inbound import is_own, read_inbound
from bot.channels.twilio_words import INBOUND_PATH
from bot.compose import Installation
from bot.web.signed import PROBE_SID, answer, source, verified
from scheduler.inbound import Arrived
from scheduler.runner import fault
from scheduler.store.session import DISCONNECTED, is_deadlock

log = logging.getLogger(__name__)

MAX_BODY: Final = 256 * 1024
"""A long text, percent-encoded, with a place and ten addresses of media comes to a tenth of it."""
MAX_FIELDS: Final = 5000
STORE_S: Final = 10.0
"""How long a message may wait for PostgreSQL; the provider hangs up after 15 s."""
MOST_WAITING: Final = 2000
"""How many messages may wait for a database that hangs."""

EMPTY: Final = b'<?xml version="1.0" encoding="UTF-8"?><Response/>'
"""TwiML that says nothing: replies leave through the outbox."""


def add(
    app: FastAPI, opened: Installation, now: Callable[[], datetime], prompt: Callable[[], None]
) -> None:
    """Put the webhook into the application; without a provider that signs there is none.

    `prompt` is called before messages are stored and after each one.
    """
    heard = source(opened, INBOUND_PATH, max_body=MAX_BODY, max_fields=MAX_FIELDS)
    if heard is None:
        return

    def hear(batch: Sequence[Arrived]) -> int:
        prompt()  # whoever reads lets go of the database: SQLite's waiting is not by turns
        return opened.hear(batch)

    keeper = Keeper(hear, inline=not opened.settings.is_postgresql)
    own = frozenset(opened.gateway.senders.by_channel.values())

    async def inbound(request: Request) -> Response:
        params = await verified(request, heard)
        if isinstance(params, Response):
            return params
        arrived = read_inbound(params, now())
        if arrived is None:
            log.warning("inbound_senseless")
        elif arrived.sid == PROBE_SID:
            pass
        elif is_own(arrived, own):
            log.warning("inbound_own_sender")
        elif await keeper.keep(arrived):
            prompt()
        else:
            return answer(503)
        return Response(EMPTY, media_type="text/xml", headers={"Cache-Control": "no-store"})

    for path in heard.paths:
        app.add_api_route(path, inbound, methods=["POST"])


class Keeper:
    """Stores messages durably, those that wait at the same moment in one transaction.

    `inline`, as SQLite wants it: its commit right in the event loop takes less time than a thread
    would. A PostgreSQL server may be far away or hang: it gets a thread, one batch at a time.
    """

    def __init__(self, hear: Callable[[Sequence[Arrived]], int], *, inline: bool) -> None:
        """`hear` stores messages in one transaction, or raises and stores none."""
        self._hear = hear
        self._inline = inline
        self._waiting: list[tuple[Arrived, asyncio.Future[bool]]] = []
        self._draining: asyncio.Task[None] | None = None

    async def keep(self, arrived: Arrived) -> bool:
        """Return once a message is committed; False where the database cannot take it now."""
        if len(self._waiting) >= MOST_WAITING:
            log.error("inbound_not_kept error=TooManyWaiting")
            return False
        loop = asyncio.get_running_loop()
        kept: asyncio.Future[bool] = loop.create_future()
        self._waiting.append((arrived, kept))
        if self._inline:
            # Behind everything that is ready to run now: other requests come first, and join.
            loop.call_soon(self._flush)
            return await kept
        if self._draining is None or self._draining.done():
            self._draining = asyncio.create_task(self._drain())
        try:
            return await asyncio.wait_for(kept, STORE_S)
        except TimeoutError:
            log.error("inbound_not_kept error=TimeoutError")  # noqa: TRY400 - no values
            return False

    def _flush(self) -> None:
        batch, self._waiting = self._waiting, []
        _tell(batch, self._stored([arrived for arrived, _ in batch]))

    async def _drain(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            stored = await asyncio.to_thread(self._stored, [arrived for arrived, _ in batch])
            _tell(batch, stored)

    def _stored(self, batch: Sequence[Arrived]) -> list[bool]:
        """Store a batch; return which of it is stored."""
        if not batch:
            return []
        try:
            self._hear(batch)
        except Exception as error:  # noqa: BLE001 - the provider asks again
            log.error("inbound_not_kept %s", fault(error))  # noqa: TRY400 - no values
            away = isinstance(error, DISCONNECTED) and not is_deadlock(error)
            if len(batch) == 1 or away:
                return [False] * len(batch)
        else:
            return [True] * len(batch)
        # One that cannot be stored must not take the others along; nor must two batches that
        # hold the same messages in another order, and so wait for each other.
        return [stored for one in batch for stored in self._stored([one])]


def _tell(batch: Sequence[tuple[Arrived, asyncio.Future[bool]]], stored: Sequence[bool]) -> None:
    for (_, kept), good in zip(batch, stored, strict=True):
        if not kept.done():  # else nobody waits for it any more; stored it is all the same
            kept.set_result(good)
