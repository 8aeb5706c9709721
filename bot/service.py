"""What a running service does by itself: the pass every half minute, and the watched folder."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from bot.channels.contents import Contents
from bot.channels.incoming import MediaKeeping, Receiving
from bot.compose import Installation, Tick
from bot.inbox import Inbox
from bot.logs import quoted
from bot.media import MEDIA_EVERY_S, fetch_due
from bot.polling import POLL_EVERY_S, poll
from bot.settling import RESTS_EVERY_S, settle_next
from bot.uploads import UPLOADS_EVERY_S, read_next
from scheduler.runner import Job, Runner

log = logging.getLogger(__name__)

TICK_EVERY_S: Final = 30
TEMPLATES_EVERY_S: Final = 3600
REPLIES_EVERY_S: Final = 2
"""Who writes waits for the answer with the phone in his hand."""
HEARD: Final = 50
"""Messages a pass hears itself; more would keep requests from the database for too long."""
INBOX_EVERY_S: Final = 60
"""A file must lie still for this long before it is read: copying over a network may pause."""


@contextmanager
def running(opened: Installation, prompt: Callable[[], None] | None = None) -> Iterator[None]:
    """Run the jobs of an installation; leaving waits for the batch that is being worked on.

    With a `prompt` a web server beside it reads what phones send, and is reminded of it.
    Raises `RuleFileError` at once where there is no policy that could be used.
    """
    opened.load_rules(opened.now())  # what is merely wrong with a file the first pass tells
    runner = Runner()
    runner.start(jobs(opened, runner.going, prompt))
    log.info("scheduler_started")
    try:
        yield
    finally:
        runner.stop()
        log.info("scheduler_stopped")


def jobs(
    opened: Installation, going: Callable[[], bool], prompt: Callable[[], None] | None = None
) -> list[Job]:
    """Return what is to be done, and how often; `going` ends a pass at its next commit."""
    tell = Teller()
    found = [Job("tick", TICK_EVERY_S, lambda: tell(opened.tick(opened.now(), going, HEARD)))]
    replies = prompt or (lambda: converse(opened, going))
    found.append(Job("replies", REPLIES_EVERY_S, replies))
    if isinstance(opened.gateway, Receiving):
        found.append(Job("polling", POLL_EVERY_S, lambda: poll(opened, opened.now(), going)))
    if isinstance(opened.gateway, MediaKeeping):
        found.append(Job("media", MEDIA_EVERY_S, lambda: fetch_due(opened, opened.now(), going)))
    if isinstance(opened.gateway, Contents):
        found.append(Job("templates", TEMPLATES_EVERY_S, lambda: refresh_templates(opened)))
    found.append(Job("uploads", UPLOADS_EVERY_S, lambda: read_next(opened, going)))
    found.append(Job("settlings", RESTS_EVERY_S, lambda: settle_next(opened, going)))
    folder = opened.settings.sp4n_inbox
    if folder is not None:
        inbox = Inbox(opened, folder, opened.now)
        found.append(Job("inbox", INBOX_EVERY_S, lambda: inbox.look(opened.now(), going)))
    return found


def converse(opened: Installation, going: Callable[[], bool]) -> None:
    """Hear what phones sent and reply; what went wrong is logged, and tried again later."""
    for problem in opened.converse(opened.now(), going).problems:
        log.warning("conversation_problem problem=%s", quoted(problem))


def refresh_templates(opened: Installation) -> None:
    """Look at the approvals of templates; what went wrong is logged, and asked again later."""
    for problem in opened.refresh_templates(opened.now()):
        log.warning("templates_problem problem=%s", quoted(problem))


class Teller:
    """Logs what passes did: what happened each time, what lasts once until it is over."""

    def __init__(self) -> None:
        """Nothing has been told yet."""
        self._lasting: set[str] = set()

    def __call__(self, done: Tick) -> None:
        """Log one pass; one that found nothing to do says nothing."""
        counts = {
            "due": done.due,
            "queued": done.queued,
            "sent": done.sent,
            "failed": done.failed,
            "unknown": done.unknown,
            "held": done.held,
        }
        if any(counts.values()):
            log.info("tick %s", " ".join(f"{name}={count}" for name, count in counts.items()))
        for moved in done.moved:
            log.warning(
                "deadline_moved complaint=%s clock=%s from=%s to=%s letters=%s",
                moved.number,
                moved.clock,
                moved.from_.isoformat() if moved.from_ else None,
                moved.to.isoformat() if moved.to else None,
                ",".join(moved.letters),
            )
        lasting = {f"tick_problem problem={quoted(problem)}" for problem in done.problems}
        lasting |= {f"channel_rests channel={c} code={code}" for c, code in done.resting.items()}
        if done.stopped:
            lasting.add("everything_stopped")
        if done.beyond:
            lasting.add(f"calendar_unconfirmed confirmed_until={done.confirmed_until}")
        for line in sorted(lasting - self._lasting):
            log.warning("%s", line)
        self._lasting = lasting
