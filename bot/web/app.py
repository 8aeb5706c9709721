"""The web application: health and signed webhooks; nothing else answers an anonymous caller.

With simulated phones there is also the training page, for the machine itself (`simulator_page`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from fastapi import FastAPI
from fastapi.responses import JSONResponse

from bot.compose import LAST_TICK, Installation
from bot.web import simulator_page, sms_gate, webhooks
from bot.web.console import shell
from scheduler import clock
from scheduler.runner import fault
from scheduler.store.rules import get_switch
from scheduler.store.session import Engine, is_current, reading

log = logging.getLogger(__name__)

MAX_LAG_S: Final = 180
"""How long ago the scheduler may have finished a pass; it looks every 30 s."""
PROBE_S: Final = 3.0
"""How long `/readyz` waits for the database."""

Database = Literal["ok", "outdated", "unreachable"]
_NO_STORE: Final = {"Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True)
class Readiness:
    """What `/readyz` tells. The lag is in seconds, None before the first pass of a scheduler."""

    database: Database
    scheduler_lag_s: float | None = None

    @property
    def ready(self) -> bool:
        """Whether reminders go out: the database answers and a scheduler has looked lately."""
        lag = self.scheduler_lag_s
        return self.database == "ok" and lag is not None and lag <= MAX_LAG_S

    def document(self) -> dict[str, Any]:
        """The answer's JSON."""
        return {
            "database": self.database,
            "scheduler_lag_s": self.scheduler_lag_s,
            "ready": self.ready,
        }


def readiness(engine: Engine, now: datetime) -> Readiness:
    """Look at the database and at when a scheduler last finished a pass, as of `now`."""
    if not is_current(engine):
        return Readiness("outdated")
    with reading(engine) as connection:
        last = get_switch(connection, LAST_TICK)
    if last is None:
        return Readiness("ok")
    # A pass in the future means that the clock was set back: until then nothing is looked at.
    return Readiness("ok", round(abs((now - datetime.fromisoformat(last)).total_seconds()), 1))


class _Probe:
    """Looks at readiness in a thread, one look at a time.

    A database that hangs holds up one thread, not the event loop nor a thread for each question.
    """

    def __init__(self, engine: Engine, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._now = now
        self._look: asyncio.Task[Readiness] | None = None

    async def look(self) -> Readiness:
        if self._look is None or self._look.done():
            self._look = asyncio.create_task(asyncio.to_thread(self._read))
        try:
            return await asyncio.wait_for(asyncio.shield(self._look), PROBE_S)
        except TimeoutError:
            return Readiness("unreachable")

    def _read(self) -> Readiness:
        try:
            return readiness(self._engine, self._now())
        except Exception as error:  # noqa: BLE001 - whatever it is, the installation is not ready
            log.warning("not_ready %s", fault(error))
            return Readiness("unreachable")


def create_app(
    opened: Installation,
    now: Callable[[], datetime] = clock.now,
    prompt: Callable[[], None] = lambda: None,
) -> FastAPI:
    """Return the web application of an installation; `now` reads the machine's clock.

    `prompt` is called when a message arrives: have it read soon, beside the requests.
    """
    # The interactive documentation would describe everything to an anonymous caller.
    app = FastAPI(title="Ingat", openapi_url=None, redirect_slashes=False)
    probe = _Probe(opened.engine, now)

    @app.api_route("/healthz", methods=["GET", "HEAD"])
    async def healthz() -> JSONResponse:
        return JSONResponse({"status": "ok"}, headers=_NO_STORE)

    @app.api_route("/readyz", methods=["GET", "HEAD"])
    async def readyz() -> JSONResponse:
        found = await probe.look()
        return JSONResponse(found.document(), 200 if found.ready else 503, headers=_NO_STORE)

    webhooks.add(app, opened, now, prompt)
    sms_gate.add(app, opened, now, prompt)
    simulator_page.add(app, opened)
    shell.add(app, opened)
    return app
