"""What is on its way to the provider on several threads, the replies of one phone in their order.

Nothing else has an order: what waits behind another reply keeps no thread, the rest goes past it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass

from bot.channels.gateway import Outgoing
from scheduler.store.attempts import Outcome

GATHER_S = 0.05
"""How long outcomes are gathered before they are recorded together."""
ENOUGH = 25
"""Outcomes that are recorded together without waiting for more."""
ASK_S = 0.5
"""How often it is asked, while messages are on their way, whether to go on."""


@dataclass(slots=True)
class Posting:
    """One frozen attempt on its way to the provider."""

    out: Outgoing
    message_id: int
    slot: float
    deadline: float
    parts: int
    lane: int | None
    """The phone that is replied to, or alarmed; None for what leaves in no order."""


class Flight:
    """Postings under way: of each lane one at a time, in the order they were added."""

    def __init__(self, executor: Executor, post: Callable[[Posting], Outcome]) -> None:
        """Post by `post`, which never raises, on the threads of `executor`."""
        self._executor = executor
        self._post = post
        self._posted: dict[Future[Outcome], Posting] = {}
        self._lanes: dict[int, deque[Posting]] = {}

    def __len__(self) -> int:
        """Return how many are under way; none where nothing waits in a lane either."""
        return len(self._posted)

    def add(self, batch: Sequence[Posting]) -> None:
        """Let postings go, those of a lane that is taken behind what is before them."""
        for one in batch:
            if one.lane in self._lanes:
                self._lanes[one.lane].append(one)
                continue
            if one.lane is not None:
                self._lanes[one.lane] = deque()
            self._go(one)

    def ended(self) -> list[tuple[Posting, Outcome]]:
        """Wait for some to end; what stands behind them in their lanes goes at once.

        Several are waited for a little longer, to be recorded together; none may have ended.
        """
        ended, running = wait(self._posted, timeout=ASK_S, return_when=FIRST_COMPLETED)
        if ended and running and len(ended) < ENOUGH:
            more, _ = wait(running, timeout=GATHER_S)
            ended |= more
        found = [(self._posted.pop(future), future.result()) for future in ended]
        for one, _ in found:
            if one.lane is None:
                continue
            behind = self._lanes[one.lane]
            if behind:
                self._go(behind.popleft())
            else:
                del self._lanes[one.lane]
        return found

    def _go(self, one: Posting) -> None:
        self._posted[self._executor.submit(self._post, one)] = one
