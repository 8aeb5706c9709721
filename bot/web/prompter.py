"""Has what arrived read soon after it was stored, beside the requests and never in their way."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from scheduler.runner import fault

log = logging.getLogger(__name__)

QUIET_S: Final = 0.05
"""So long nothing must have arrived before what is there is read: parts of one message join."""
AT_MOST_S: Final = 5.0
"""After which it is read all the same, a little at a time."""
SLICE_S: Final = 0.01
"""How long that little takes where more keeps arriving: about one message."""

Going = Callable[[], bool]


class Prompter:
    """One thread that calls `read` soon after something arrived; what it leaves, the tick does.

    `read` is given a `going` that says False as soon as more arrives: Python runs one thread at a
    time, and a request that waits for its answer comes first. It never ends of an exception.
    """

    def __init__(self, read: Callable[[Going], object]) -> None:
        """Nothing runs before it is entered."""
        self._read = read
        self._arrived = threading.Event()
        self._ending = threading.Event()
        self._last = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="prompter", daemon=True)

    def __enter__(self) -> Self:
        """Start the thread."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it; waits for the message that is being read."""
        self._ending.set()
        self._arrived.set()
        self._thread.join()

    def __call__(self) -> None:
        """Say that something is being stored, or was; returns at once."""
        self._last = time.monotonic()
        self._arrived.set()

    def _run(self) -> None:
        while True:
            self._arrived.wait()
            self._await_quiet()
            if self._ending.is_set():
                return
            self._arrived.clear()  # before reading: what arrives from now on is seen again
            begun = time.monotonic()
            try:
                self._read(lambda: self._going(begun))  # noqa: B023 - not called afterwards
            except Exception as error:  # noqa: BLE001 - the tick tries again
                log.error("listen_failed %s", fault(error))  # noqa: TRY400 - no values

    def _going(self, begun: float) -> bool:
        if self._ending.is_set():
            return False
        return self._last <= begun or time.monotonic() - begun < SLICE_S

    def _await_quiet(self) -> None:
        until = time.monotonic() + AT_MOST_S
        while not self._ending.is_set():
            now = time.monotonic()
            rest = min(self._last + QUIET_S, until) - now
            if rest <= 0:
                return
            self._ending.wait(rest)
