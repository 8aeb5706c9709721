"""Groups notices into messages, leases them, sends, and records; nothing is sent on a guess.

Before a message is posted its attempt is committed as `sending` with the text frozen. A worker
that dies in between leaves it so; once its lease has run out the provider is asked. What the
provider holds is bound, what it provably does not hold is sent again, and what cannot be told
apart stays `unknown` for a person.
"""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.channels.gateway import Gateway, GatewayError, OutcomeUnknownError, Outgoing, Sent
from bot.texts import OWN_WORDS, Writer
from config.terms import NoticeStatus
from scheduler.escalation import limits_to_print
from scheduler.lifecycle import Desk
from scheduler.store import attempts, cases, outbox, phones
from scheduler.store.attempts import Doubtful, Outcome
from scheduler.store.outbox import Line, Taken, Unsent
from scheduler.store.sealed import Seal
from scheduler.store.session import Connection, Engine, reading, writing
from scheduler.world import World

log = logging.getLogger(__name__)

BATCH = 25
GROUPED_AT_ONCE = 20_000
SHORT = 20
"""Notices of a message whose limits are looked up again before it is written."""
MARGIN = 0.5
"""The part of a lease after which nothing more is posted under it."""

NO_HOLDER = "tanpa pemegang jabatan"


@dataclass(slots=True)
class Dispatched:
    """What one pass of the dispatcher did, in messages."""

    sent: int = 0
    failed: int = 0
    unknown: int = 0
    problems: list[str] = field(default_factory=list)
    """Messages that could not even be written, and why; never a number or a text."""


class Dispatcher:
    """One worker's way from notices to phones."""

    def __init__(
        self,
        engine: Engine,
        seal: Seal,
        gateway: Gateway,
        *,
        lease_s: int,
        unknown_after_s: int,
    ) -> None:
        """Send through `gateway`; leases last `lease_s` seconds of database time."""
        self._engine = engine
        self._seal = seal
        self._gateway = gateway
        self._lease_s = lease_s
        self._unknown_after = timedelta(seconds=unknown_after_s)

    def run(
        self, world: World, at: datetime, *, going: Callable[[], bool] = lambda: True
    ) -> Dispatched:
        """Send what can go at `at`, until nothing can; `going` is asked between batches."""
        done = Dispatched()
        writer = Writer(
            world.directory, world.policy, world.zone, at, two_way=self._gateway.two_way
        )
        last: int | None = 0
        while last is not None and going():
            last = self._recover(last, at, done)
        self._group(world, at, going)
        last = 0
        while last is not None and going():
            last = self._send_batch(last, writer, world, at, done)
        return done

    # --- grouping -------------------------------------------------------------------------

    def _group(self, world: World, at: datetime, going: Callable[[], bool]) -> None:
        """Put everything that may go now into messages, whole persons at a time."""
        today = world.today(at)
        waiting = self._may_go(world, at)
        lost = [post for post in waiting if world.directory.phone(post, today) is None]
        for post_id in lost:
            self._give_up(world, at, post_id)
        if lost:  # what Kominfo is told of it belongs into Kominfo's digest of this pass
            waiting = self._may_go(world, at)
        people: dict[int, list[int]] = defaultdict(list)
        for post_id in waiting:
            phone_id = world.directory.phone(post_id, today)
            if phone_id is not None:
                people[phone_id].append(post_id)
        some: dict[int, int] = {}
        size = 0
        for phone_id, post_ids in people.items():
            some |= dict.fromkeys(post_ids, phone_id)
            size += sum(waiting[post_id] for post_id in post_ids)
            if size >= GROUPED_AT_ONCE and going():
                self._group_some(some, at)
                some, size = {}, 0
        if some and going():
            self._group_some(some, at)

    def _may_go(self, world: World, at: datetime) -> dict[int, int]:
        """Count the waiting notices of posts that may be disturbed now; put the others' off."""
        with reading(self._engine) as connection:
            waiting = outbox.waiting_posts(connection, at)
        opens = {post_id: world.open_at(post_id, at) for post_id in waiting}
        closed = {post_id: moment for post_id, moment in opens.items() if moment > at}
        if closed:
            with writing(self._engine) as connection:
                outbox.put_off(connection, closed, at)
        return {post_id: count for post_id, count in waiting.items() if post_id not in closed}

    def _group_some(self, phone_of: Mapping[int, int], at: datetime) -> None:
        with writing(self._engine) as connection:
            outbox.lock_grouping(connection, at)
            groups: dict[tuple[object, ...], list[int]] = defaultdict(list)
            phones_of: dict[tuple[object, ...], int] = {}
            for notice in outbox.unsent(connection, at, list(phone_of)):
                phone_id = phone_of[notice.post_id]
                key = (phone_id, *_message_of(notice))
                groups[key].append(notice.id)
                phones_of[key] = phone_id
            pairs = [(phones_of[key], ids) for key, ids in groups.items()]
            outbox.add_messages(connection, pairs, self._gateway.channel, at)

    def _give_up(self, world: World, at: datetime, post_id: int) -> None:
        """Tell Kominfo of a post that lost its holder after notices were decided for it."""
        with reading(self._engine) as connection:
            orphans = outbox.unsent(connection, at, [post_id])
            by_case = outbox.complaints_of(connection, [notice.id for notice in orphans])
        with writing(self._engine) as connection:
            desk = Desk(world, at)
            loaded = cases.load_cases(connection, by_case.values(), lock=True)
            # Asked again under the lock: another worker may have given them up meanwhile.
            left = [notice.id for notice in outbox.unsent(connection, at, [post_id])]
            given_up = [notice_id for notice_id in left if notice_id in by_case]
            outbox.give_up(connection, given_up, NO_HOLDER, at)
            label = world.directory.posts[post_id].label
            for complaint_id in dict.fromkeys(by_case[notice_id] for notice_id in given_up):
                case = loaded[complaint_id]
                desk.tell_kominfo(case, "gagal", "gagal", label)
                for run in case.runs:
                    if run.waiting:  # perhaps for this notice
                        run.next_look_at = at
                        desk.keep(run)
            cases.write(connection, desk.changes)

    # --- sending --------------------------------------------------------------------------

    def _send_batch(
        self, after: int, writer: Writer, world: World, at: datetime, done: Dispatched
    ) -> int | None:
        """Send some messages with ids above `after`; return the last, None if there are none."""
        started = time.monotonic()
        gateway = self._gateway
        with writing(self._engine) as connection:
            taken = outbox.take(connection, after, BATCH, self._lease_s)
            wanted = [message for message in taken if message.lines]
            closed = self._closed(world, at, wanted)
            outbox.dissolve(connection, closed)
            open_now = _as_of_now(connection, world, at, [m for m in wanted if m.id not in closed])
            numbers, texts = self._written(connection, writer, open_now, at, done)
            begun = outbox.begin(connection, texts, gateway.sender, gateway.channel, at)
        outcomes: list[Outcome] = []
        for attempt_id, (message, text) in zip(begun, texts, strict=True):
            if time.monotonic() - started > self._lease_s * MARGIN:
                outcomes.append(_not_posted(attempt_id, message.id))
                continue
            out = Outgoing(attempt_id, numbers[message.id], text, gateway.channel, at)
            outcomes.append(self._post(out, message.id, done))
        if outcomes:
            with writing(self._engine) as connection:
                attempts.settle(connection, outcomes, at)
        return taken[-1].id if taken else None

    def _written(
        self,
        connection: Connection,
        writer: Writer,
        messages: Sequence[Taken],
        at: datetime,
        done: Dispatched,
    ) -> tuple[dict[int, str], list[tuple[Taken, str]]]:
        """Return the numbers and texts of messages; one that cannot be written is set aside."""
        sealed = phones.sealed_numbers(connection, (m.phone_id for m in messages))
        numbers: dict[int, str] = {}
        texts: list[tuple[Taken, str]] = []
        for message in messages:
            try:
                numbers[message.id] = self._seal.open(sealed[message.phone_id])
                texts.append((message, writer.text(message.lines)))
            except Exception as error:  # noqa: BLE001 - one message must not stop the others
                why = f"tidak dapat ditulis ({type(error).__name__})"
                outbox.spoil(connection, [message.id], why, at)
                done.failed += 1
                done.problems.append(f"pesan {message.id}: {why}")
        return numbers, texts

    def _closed(self, world: World, at: datetime, taken: Sequence[Taken]) -> dict[int, datetime]:
        """Find messages of an earlier pass that may not go now, or not to that phone any more."""
        closed: dict[int, datetime] = {}
        today = world.today(at)
        for message in taken:
            opens = max(world.open_at(line.post_id, at) for line in message.lines)
            phones_now = {world.directory.phone(line.post_id, today) for line in message.lines}
            if opens > at or message.still or phones_now != {message.phone_id}:
                closed[message.id] = opens
        return closed

    def _post(self, out: Outgoing, message_id: int, done: Dispatched) -> Outcome:
        try:
            sent = self._gateway.send(out)
        except GatewayError as error:
            done.failed += error.permanent
            return Outcome(
                out.attempt_id,
                message_id,
                NoticeStatus.FAILED,
                error=error.code,
                again=not error.permanent,
                later=not error.permanent,
            )
        except OutcomeUnknownError as error:
            done.unknown += 1
            return Outcome(out.attempt_id, message_id, NoticeStatus.UNKNOWN, error=str(error))
        done.sent += 1
        return Outcome(out.attempt_id, message_id, sent.status, sent.sid)

    # --- what a worker that died has left -------------------------------------------------

    def _recover(self, after: int, at: datetime, done: Dispatched) -> int | None:
        """Settle attempts above `after` whose outcome nobody recorded; None if there are none."""
        with writing(self._engine) as connection:
            doubtful = attempts.doubtful(connection, after, BATCH, self._lease_s)
            sealed = phones.sealed_numbers(connection, (d.phone_id for d in doubtful))
        if not doubtful:
            return None
        started = time.monotonic()
        for attempt in doubtful:
            if time.monotonic() - started > self._lease_s * MARGIN:
                break  # the rest is another's, or of a later pass
            out = Outgoing(
                attempt.id,
                self._seal.open(sealed[attempt.phone_id]),
                attempt.text,
                attempt.channel,
                at,
            )
            try:
                found: Sequence[Sent] | None = self._gateway.look_up(out, attempt.posted_at)
            except OutcomeUnknownError:
                found = None
            with writing(self._engine) as connection:
                outcome = self._judge(connection, attempt, found, at, done)
                attempts.settle(connection, [outcome], at)
                if outcome.status is NoticeStatus.UNKNOWN:
                    attempts.lease_again(connection, attempt.message_id, self._lease_s)
        return doubtful[-1].id

    def _judge(
        self,
        connection: Connection,
        attempt: Doubtful,
        found: Sequence[Sent] | None,
        at: datetime,
        done: Dispatched,
    ) -> Outcome:
        """Decide from what the provider holds: bound, provably absent, or for a person."""
        if found is None:
            done.unknown += 1
            error = "penyedia tidak dapat ditanya"
            return Outcome(attempt.id, attempt.message_id, NoticeStatus.UNKNOWN, error=error)
        taken = attempts.bound(connection, (sent.sid for sent in found), attempt.id)
        free = [sent for sent in found if sent.sid not in taken]
        if len(free) == 1:
            done.sent += 1
            return Outcome(attempt.id, attempt.message_id, free[0].status, free[0].sid)
        if not free and at - attempt.pass_at >= self._unknown_after:
            log.info("attempt_absent attempt=%s", attempt.id)
            return Outcome(
                attempt.id,
                attempt.message_id,
                NoticeStatus.FAILED,
                error="tidak ada di penyedia",
                again=True,
            )
        done.unknown += 1
        error = "beberapa pesan serupa di penyedia" if free else "belum ada di penyedia"
        return Outcome(attempt.id, attempt.message_id, NoticeStatus.UNKNOWN, error=error)


def _as_of_now(
    connection: Connection, world: World, at: datetime, messages: Sequence[Taken]
) -> list[Taken]:
    """Put today's limits into what has waited: an outage, a pause, a decree may have moved them.

    A long digest prints counts, not limits, and is left as it is.
    """
    short = [message for message in messages if len(message.lines) <= SHORT]
    lines = [line for message in short for line in message.lines if line.run_id is not None]
    loaded = cases.load_cases(connection, (line.complaint_id for line in lines))
    limits: dict[int, tuple[datetime | None, datetime | None]] = {}
    for case in loaded.values():
        for run in case.runs:
            ladder = world.ladder(case, run) if world.knows(run) else None
            if ladder is not None and run.id is not None:
                limits[run.id] = limits_to_print(ladder, run.facts(case.counted_as), at)

    def renewed(line: Line) -> Line:
        if line.run_id not in limits:
            return line
        limit_at, next_at = limits[line.run_id]
        return replace(line, limit_at=limit_at, next_at=next_at)

    return [
        replace(message, lines=tuple(renewed(line) for line in message.lines))
        for message in messages
    ]


def _message_of(notice: Unsent) -> tuple[object, ...]:
    """Return what decides which of a person's messages a notice goes into.

    One message for each letter (one letter an OPD a day, its complaints in an annex), one for
    each kind that must be read in its own words (a recall, a question); the rest is one digest.
    """
    if notice.letter is not None:
        return (notice.letter, notice.instansi_id, notice.kind)
    if notice.kind in OWN_WORDS:
        return (notice.kind, notice.instansi_id)
    return ("digest",)


def _not_posted(attempt_id: int, message_id: int) -> Outcome:
    return Outcome(
        attempt_id, message_id, NoticeStatus.FAILED, error="sewa habis sebelum dikirim", again=True
    )
