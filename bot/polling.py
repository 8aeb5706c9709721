"""Asks the provider for messages its webhook lost: it delivers at least once, or not at all.

What is here already is stored once whatever comes of it, so the spans that are asked for overlap
generously: a list lags behind, and a webhook may still be on its way.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Final

from bot.channels.gateway import GatewayError, OutcomeUnknownError
from bot.channels.incoming import Receiving, TooManyError
from bot.compose import Installation
from scheduler.store.polled import unknown
from scheduler.store.rules import get_switch, keep_switch, set_switch
from scheduler.store.session import reading, writing

log = logging.getLogger(__name__)

POLL_EVERY_S: Final = 300
OVERLAP: Final = timedelta(hours=3)
SPAN: Final = timedelta(hours=6)
"""Asked for at a time after an outage; less where that is too much for one answer."""
SHORTEST: Final = timedelta(minutes=1)

SINCE: Final = "polled_since"
"""When polling began: what was written before belongs to whatever had the number then."""
UNTIL: Final = "polled_until"


def poll(opened: Installation, at: datetime, going: Callable[[], bool] = lambda: True) -> int:
    """Store what came in and is not here yet, as of `at`; return how many messages that was.

    Where the provider cannot be asked, that is logged, and the same span is asked for next time.
    """
    gateway = opened.gateway
    if not isinstance(gateway, Receiving):
        return 0
    since, span, new = _since(opened, at), SPAN, 0
    while since < at and going():
        until = min(since + span, at)
        try:
            arrived = gateway.received(since, until, at, lambda sids: _unknown(opened, sids))
        except TooManyError:
            if span > SHORTEST:
                span /= 2
                continue
            log.warning("poll_failed error=TooManyError")
            break
        except (GatewayError, OutcomeUnknownError) as error:
            log.warning("poll_failed error=%s", type(error).__name__)
            break
        new += opened.hear(arrived) if arrived else 0
        with writing(opened.engine) as connection:
            set_switch(connection, UNTIL, until.isoformat(), at)
        since = until
    if new:
        log.warning("poll_found messages=%s", new)  # the webhook did not bring them
    return new


def _since(opened: Installation, at: datetime) -> datetime:
    """Return from when on to ask: a little before where the poll before ended."""
    with writing(opened.engine) as connection:
        began = datetime.fromisoformat(keep_switch(connection, SINCE, at.isoformat(), at))
        last = get_switch(connection, UNTIL)
    return began if last is None else max(began, datetime.fromisoformat(last) - OVERLAP)


def _unknown(opened: Installation, sids: Collection[str]) -> set[str]:
    with reading(opened.engine) as connection:
        return unknown(connection, sids)
