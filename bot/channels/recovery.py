"""Asks the provider about attempts whose outcome nobody knows, or whose delivery is overdue.

Nothing is sent again on a guess: what the provider holds is bound, what it provably does not hold
goes back among those to send, what cannot be told apart stays `unknown` for a person.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from datetime import datetime, timedelta
from typing import TypeVar

from bot.channels.gateway import Gateway, OutcomeUnknownError, Outgoing, Sent
from config.terms import Channel, NoticeStatus, Reaction
from scheduler.delivery import HANDED_ON, advances
from scheduler.store import attempts, delivery, doubtful, outbox, phones, reach
from scheduler.store.attempts import Outcome
from scheduler.store.doubtful import Doubtful, Work
from scheduler.store.reach import Meaning
from scheduler.store.sealed import Seal
from scheduler.store.session import Connection, Engine, reading, writing

log = logging.getLogger(__name__)

BATCH = 50
MARGIN = 0.5
"""The part of a lease after which nothing more is asked under it."""

IN_TIME = "tidak sampai tepat waktu"
ABSENT = "tidak ada di penyedia"
NOT_YET = "belum ada di penyedia"
SEVERAL = "beberapa pesan serupa di penyedia"
SILENT = "penyedia tidak dapat ditanya"

_ARRIVED = (NoticeStatus.ACCEPTED, NoticeStatus.DELIVERED)
_SILENT = Sent("", NoticeStatus.UNKNOWN)
"""Stands for a provider that could not be asked."""

T = TypeVar("T")
R = TypeVar("R")


class Recovery:
    """One worker's look at what is doubtful."""

    def __init__(
        self,
        engine: Engine,
        seal: Seal,
        gateway: Gateway,
        meaning: Meaning,
        executor: Executor | None,
        *,
        lease_s: int,
        unknown_after: timedelta,
        delivery_timeout: timedelta,
    ) -> None:
        """Ask `gateway`, with `executor` several at a time; leases are in database time."""
        self._engine = engine
        self._seal = seal
        self._gateway = gateway
        self._meaning = meaning
        self._executor = executor
        self._lease_s = lease_s
        self._unknown_after = unknown_after
        self._delivery_timeout = delivery_timeout

    def work(self, at: datetime) -> Work:
        """Return what there is to ask after; most passes find nothing, by one query."""
        with reading(self._engine) as connection:
            return doubtful.work(connection, at - self._delivery_timeout)

    def reports(self, at: datetime) -> None:
        """Apply delivery reports that came before anybody knew whose they were."""
        with reading(self._engine) as connection:
            waiting = delivery.waiting(connection)
        for report_id in waiting:
            with writing(self._engine) as connection:
                delivery.apply_waiting(connection, report_id, self._meaning, at)

    # --- outcomes that nobody recorded ----------------------------------------------------

    def unsettled(self, at: datetime, going: Callable[[], bool]) -> tuple[int, int]:
        """Look up attempts of unknown outcome; return how many were found and how many not."""
        sent = unknown = 0
        last: int | None = 0
        while last is not None and going():
            with writing(self._engine) as connection:
                found = doubtful.unsettled(connection, last, BATCH, self._lease_s)
                sealed = phones.sealed_numbers(connection, (d.phone_id for d in found))
            last = found[-1].id if found else None
            numbers = {d.id: self._seal.open(sealed[d.phone_id]) for d in found}

            def look(one: Doubtful, numbers: dict[int, str] = numbers) -> Sequence[Sent] | None:
                out = Outgoing(
                    one.id, numbers[one.id], one.text, one.channel, at, sender=one.sender
                )
                try:
                    return self._gateway.look_up(out, one.posted_at)
                except OutcomeUnknownError:
                    return None

            answers = self._ask(look, found)
            with writing(self._engine) as connection:
                outcomes = [self._judge(connection, one, held, at) for one, held in answers]
                kept = attempts.settle(connection, outcomes, at)
                open_ = [o.message_id for o in kept if o.status is NoticeStatus.UNKNOWN]
                doubtful.lease_again(connection, open_, self._lease_s)
                self._follow_up(connection, kept)
            sent += sum(o.status in _ARRIVED for o in kept)
            unknown += len(open_)
        return sent, unknown

    def _judge(
        self,
        connection: Connection,
        attempt: Doubtful,
        found: Sequence[Sent] | None,
        at: datetime,
    ) -> Outcome:
        """Decide from what the provider holds: bound, provably absent, or for a person."""
        if found is None:
            if at - attempt.pass_at >= self._unknown_after:  # for a person, told once a day
                words = "penyedia tidak dapat ditanya; ada pesan yang tidak jelas nasibnya"
                reach.raise_alert(connection, f"silent/{at.date()}", words, at)
            return _unknown(attempt, SILENT)
        taken = doubtful.bound(connection, (sent.sid for sent in found), attempt.id)
        free = [sent for sent in found if sent.sid not in taken]
        if len(free) == 1:
            return outcome_of(attempt.id, attempt.message_id, free[0], self._meaning)
        if free:
            words = f"nasib pesan {attempt.message_id} tidak jelas"
            reach.raise_alert(connection, f"unknown/{attempt.id}", words, at)
            return _unknown(attempt, SEVERAL)
        if at - attempt.pass_at < self._unknown_after:
            return _unknown(attempt, NOT_YET)
        log.info("attempt_absent attempt=%s", attempt.id)
        return Outcome(attempt.id, attempt.message_id, NoticeStatus.FAILED, error=ABSENT)

    # --- deliveries that are overdue ------------------------------------------------------

    def overdue(self, at: datetime, going: Callable[[], bool]) -> None:
        """Ask after what was accepted but not delivered in time; the next way is for the pass.

        An SMS that the provider handed to the network counts as told: receipts of Indonesian
        networks are a hint at most, and reminding a second officer on their silence would be a
        reminder sent twice.
        """
        last: int | None = 0
        while last is not None and going():
            with writing(self._engine) as connection:
                until = at - self._delivery_timeout
                found = doubtful.overdue(connection, last, BATCH, self._lease_s, until)
            last = found[-1].id if found else None
            answers = self._ask(self._fetch, found)
            with writing(self._engine) as connection:
                outcomes = [self._late(one, sent) for one, sent in answers if sent is not _SILENT]
                kept = attempts.settle(connection, outcomes, at, while_=attempts.AWAITED)
                # Whoever could not be asked after is asked after once the lease has run out.
                asked = {one.message_id for one, sent in answers if sent is not _SILENT}
                outbox.release(connection, asked)
                self._follow_up(connection, kept)

    def _fetch(self, one: Doubtful) -> Sent | None:
        assert one.sid is not None, "only what was accepted is awaited"
        try:
            return self._gateway.fetch(one.sid)
        except OutcomeUnknownError:
            return _SILENT

    def _late(self, one: Doubtful, sent: Sent | None) -> Outcome:
        if sent is not None and sent.status is not NoticeStatus.ACCEPTED:
            return outcome_of(one.id, one.message_id, sent, self._meaning)
        word = one.word
        if sent is not None and sent.word is not None and advances(one.word, sent.word):
            word = sent.word
        # Who wrote on WhatsApp reads the reply there once his phone is on again.
        if (one.channel is Channel.SMS or one.reply) and word in HANDED_ON:
            return Outcome(one.id, one.message_id, NoticeStatus.ACCEPTED, word=word)
        return Outcome(
            one.id,
            one.message_id,
            NoticeStatus.ACCEPTED,
            error=IN_TIME if sent is not None else ABSENT,
            word=word,
            reaction=Reaction.NEXT,
        )

    # --- asking ---------------------------------------------------------------------------

    def _ask(self, question: Callable[[T], R], about: Sequence[T]) -> Iterable[tuple[T, R]]:
        """Ask about each while the lease lasts; what is left is another's, or of a later pass."""
        ends = time.monotonic() + self._lease_s * MARGIN
        if self._executor is None:
            answers = []
            for one in about:
                if time.monotonic() > ends:
                    break
                answers.append((one, question(one)))
            return answers
        futures = [(one, self._executor.submit(question, one)) for one in about]
        done = []
        for one, future in futures:
            try:
                done.append((one, future.result(max(0.0, ends - time.monotonic()))))
            except TimeoutError:
                future.cancel()
        return done

    def _follow_up(self, connection: Connection, outcomes: Sequence[Outcome]) -> None:
        for outcome in outcomes:
            if outcome.status is NoticeStatus.FAILED and outcome.reaction and outcome.error:
                reach.follow_up(
                    connection,
                    outcome.attempt_id,
                    outcome.error,
                    outcome.reaction,
                    self._meaning,
                )


def outcome_of(attempt_id: int, message_id: int, sent: Sent, meaning: Meaning) -> Outcome:
    """Return what an answer of the provider makes of an attempt."""
    failed = sent.status is NoticeStatus.FAILED
    return Outcome(
        attempt_id,
        message_id,
        sent.status,
        sent.sid,
        (sent.error or sent.word or "failed") if failed else None,
        sent.word,
        meaning.reaction(sent.error) if failed else None,
        awaited=sent.awaited and sent.status is NoticeStatus.ACCEPTED,
    )


def _unknown(attempt: Doubtful, why: str) -> Outcome:
    return Outcome(attempt.id, attempt.message_id, NoticeStatus.UNKNOWN, error=why)
