"""Groups notices into messages, sends them, and follows them; nothing is sent on a guess.

Before a message is posted its attempt is committed as `sending` with the text frozen. A worker
that dies in between leaves it so; once its lease has run out the provider is asked. What the
provider holds is bound, what it provably does not hold is sent again, and what cannot be told
apart stays `unknown` for a person.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.channels import twilio_errors
from bot.channels.gateway import Gateway
from bot.channels.handover import give_up, hand_over, tell_alerts
from bot.channels.recovery import Recovery
from bot.channels.sending import Sender
from bot.texts import ALONE, HANDOVER, OWN_WORDS, Writer
from scheduler.store import grouping, reach, throttle
from scheduler.store.grouping import Group, Unsent
from scheduler.store.reach import Meaning
from scheduler.store.sealed import Seal
from scheduler.store.session import Engine, database_now, reading, writing
from scheduler.world import World

GROUPED_AT_ONCE = 20_000
PHONES_AT_ONCE = 500
ROUNDS = 12
"""More ways than any message has: a pass ends even where every one of them fails."""

WARN_FROM = 0.8
"""The part of a limit from which on Kominfo is warned."""

Stand = tuple[int, int]
"""The post that notices are of, and the post that is told: whoever took the complaint over."""

REPLY, LETTER, REMINDER = 0, 1, 2
"""Order of going out: answers to a person who wrote, then letters, then the rest."""


@dataclass(slots=True)
class Dispatched:
    """What one pass of the dispatcher did, in messages. `failed` ones reached nobody."""

    sent: int = 0
    failed: int = 0
    unknown: int = 0
    problems: list[str] = field(default_factory=list)
    """Messages that could not even be written, and why; never a number or a text."""
    capped: bool = False
    """The daily cap holds messages back."""


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
        delivery_timeout_s: int = 1800,
        daily_cap: int | None = None,
        recipients_24h: int | None = None,
    ) -> None:
        """Send through `gateway`; leases last `lease_s` seconds of database time."""
        self._engine = engine
        self._gateway = gateway
        self._daily_cap = daily_cap
        self._recipients_24h = recipients_24h
        self.meaning = Meaning(gateway.reaction, twilio_errors.alerts, twilio_errors.of_one_number)
        self._executor = (
            ThreadPoolExecutor(gateway.threads, "send") if gateway.threads > 1 else None
        )
        self._sender = Sender(
            engine,
            seal,
            gateway,
            self.meaning,
            self._executor,
            lease_s=lease_s,
            unknown_after=timedelta(seconds=unknown_after_s),
            daily_cap=daily_cap,
        )
        self._recovery = Recovery(
            engine,
            seal,
            gateway,
            self.meaning,
            self._executor,
            lease_s=lease_s,
            unknown_after=timedelta(seconds=unknown_after_s),
            delivery_timeout=timedelta(seconds=delivery_timeout_s),
        )

    def close(self) -> None:
        """End the threads; what is being posted is waited for."""
        if self._executor is not None:
            self._executor.shutdown()

    def run(
        self,
        world: World,
        at: datetime,
        *,
        going: Callable[[], bool] = lambda: True,
        begun: float | None = None,
    ) -> Dispatched:
        """Send what can go at `at`, until nothing can; `going` is asked between batches.

        It was `at` when `time.monotonic` said `begun`; without it, it is so now.
        """
        begun = time.monotonic() if begun is None else begun
        done = Dispatched()
        writer = Writer(
            world.directory, world.policy, world.zone, at, two_way=self._gateway.senders.two_way
        )
        work = self._recovery.work(at)
        if work.reports:
            self._recovery.reports(at)
        if work.unsettled:
            done.sent, done.unknown = self._recovery.unsettled(at, going)
        if work.overdue:
            self._recovery.overdue(at, going)
        alerts = work.alerts or work.unsettled or work.overdue or work.reports
        again = True
        for _ in range(ROUNDS):
            if not (again and going()):
                break
            if alerts:
                tell_alerts(self._engine, world, at)
            alerts = True  # what fails in a round may raise one
            self._group(world, at, going)
            if self._gateway.threads == 0:
                break  # a person sends
            again = self._round(world, writer, at, going, begun, done)
        if done.sent or done.capped:
            self._warn_of_limits(world, at, done)
        return done

    def _warn_of_limits(self, world: World, at: datetime, done: Dispatched) -> None:
        """Have Kominfo told, once a day, before the daily cap or Meta's limit stops everything."""
        if self._daily_cap is None and self._recipients_24h is None:
            return
        day = world.today(at)
        with writing(self._engine) as connection:
            if self._daily_cap is not None:
                spent = throttle.spent(connection, day)
                if done.capped:
                    done.problems.append(
                        f"DAILY_SPEND_CAP: {spent} of {self._daily_cap} parts are spent; the rest "
                        "waits for the next day, or raise it"
                    )
                    words = f"batas kirim harian ({self._daily_cap}) tercapai; sisanya menunggu"
                    reach.raise_alert(connection, f"cap/{day}/full", words, at)
                elif spent >= WARN_FROM * self._daily_cap:
                    words = f"batas kirim harian terpakai {spent} dari {self._daily_cap}"
                    reach.raise_alert(connection, f"cap/{day}", words, at)
            if self._recipients_24h is not None:
                since = database_now(connection) - timedelta(hours=24)
                people = throttle.recipients(connection, since)
                if people >= WARN_FROM * self._recipients_24h:
                    words = f"penerima WhatsApp 24 jam: {people} dari {self._recipients_24h}"
                    reach.raise_alert(connection, f"recipients/{day}", words, at)

    def _round(
        self,
        world: World,
        writer: Writer,
        at: datetime,
        going: Callable[[], bool],
        begun: float,
        done: Dispatched,
    ) -> bool:
        """Send every message that may go, each once; return whether another round may send more."""
        round_ = self._sender.round(world, writer, at, going, begun)
        done.sent += round_.sent
        done.unknown += round_.unknown
        done.failed += round_.failed
        done.problems += round_.problems
        done.capped |= round_.capped
        if round_.busy:
            done.problems.append(
                f"the provider takes nothing now ({round_.busy}); what waits is tried again by "
                "itself, see: ingat doctor"
            )
        channel = self._gateway.senders.channels[0]
        for message in round_.nowhere:
            done.failed += not hand_over(self._engine, world, at, channel, message)
        return (round_.again or bool(round_.nowhere)) and not (round_.capped or round_.busy)

    # --- grouping -------------------------------------------------------------------------

    def _group(self, world: World, at: datetime, going: Callable[[], bool]) -> None:
        """Put everything that may go now into messages, whole persons at a time."""
        self._group_phones(world, at, going)
        today = world.today(at)
        waiting = self._may_go(world, at)
        # Whoever took a complaint over is told only where he can be: lost are posts of their own.
        lost = [post for post, told in waiting if world.directory.phone(told, today) is None]
        for post_id in lost:
            give_up(self._engine, world, at, post_id)
        if lost:  # what Kominfo is told of it belongs into Kominfo's digest of this pass
            waiting = self._may_go(world, at)
        people: dict[int, list[Stand]] = defaultdict(list)
        for stand in waiting:
            phone_id = world.directory.phone(stand[1], today)
            if phone_id is not None:
                people[phone_id].append(stand)
        some: dict[Stand, int] = {}
        size = 0
        for phone_id, stands in people.items():
            some |= dict.fromkeys(stands, phone_id)
            size += sum(waiting[stand] for stand in stands)
            if size >= GROUPED_AT_ONCE and going():
                self._group_some(world, some, at)
                some, size = {}, 0
        if some and going():
            self._group_some(world, some, at)

    def _group_phones(self, world: World, at: datetime, going: Callable[[], bool]) -> None:
        """Put what is for a phone itself (a reply, a citizen's) into a message each."""
        with reading(self._engine) as connection:
            some = grouping.any_to_phones(connection, at)
        wakes = world.awake_at(at)
        while some and going():
            with writing(self._engine) as connection:
                grouping.lock_grouping(connection, at)
                found = grouping.to_phones(connection, at, PHONES_AT_ONCE)
                now = [one for one in found if one.urgent or wakes <= at]
                grouping.put_off_phones(connection, [x.id for x in found if x not in now], wakes)
                groups = [
                    Group(one.phone_id, [one.id], REPLY if one.urgent else REMINDER)
                    for one in now
                    if one.phone_id is not None
                ]
                channel = self._gateway.senders.channels[0]
                grouping.add_messages(connection, groups, channel, at)
                some = len(found) == PHONES_AT_ONCE

    def _may_go(self, world: World, at: datetime) -> dict[Stand, int]:
        """Count the waiting notices of posts that may be disturbed now; put the others' off.

        By the post they are of and the post that is told: another where it took them over.
        """
        directory, today = world.directory, world.today(at)
        with reading(self._engine) as connection:
            counts = grouping.waiting_posts(connection, at)
            givers = directory.handovers.givers(today) & counts.keys()
            handed = grouping.waiting_about(connection, at, givers) if givers else []
        waiting: dict[Stand, int] = {(p, p): n for p, n in counts.items() if p not in givers}
        ids: dict[Stand, list[int]] = defaultdict(list)
        for notice_id, post_id, about in handed:
            ids[post_id, directory.told(post_id, today, about)].append(notice_id)
        waiting |= {stand: len(notices) for stand, notices in ids.items()}
        opens = {told: world.open_at(told, at) for _, told in waiting}
        closed = {stand: opens[stand[1]] for stand in waiting if opens[stand[1]] > at}
        if closed:
            with writing(self._engine) as connection:
                whole = {post: later for (post, _), later in closed.items() if post not in givers}
                grouping.put_off(connection, whole, at)
                parts = {key: later for one, later in closed.items() for key in ids.get(one, ())}
                grouping.put_off_some(connection, parts)
        return {stand: count for stand, count in waiting.items() if stand not in closed}

    def _group_some(self, world: World, phone_of: Mapping[Stand, int], at: datetime) -> None:
        directory, today = world.directory, world.today(at)
        posts = sorted({post_id for post_id, _ in phone_of})
        with writing(self._engine) as connection:
            grouping.lock_grouping(connection, at)
            groups: dict[tuple[object, ...], list[int]] = defaultdict(list)
            about: dict[tuple[object, ...], tuple[int, int]] = {}
            for notice in grouping.unsent(connection, at, posts):
                if notice.post_id is None:
                    continue
                told = directory.told(notice.post_id, today, notice.complaint_id)
                phone_id = phone_of.get((notice.post_id, told))
                if phone_id is None:
                    continue  # of a post whose other notices go to somebody else
                key = (phone_id, *_message_of(notice))
                groups[key].append(notice.id)
                about[key] = phone_id, REMINDER if notice.letter is None else LETTER
            grouping.add_messages(
                connection,
                [Group(about[key][0], ids, about[key][1]) for key, ids in groups.items()],
                self._gateway.senders.channels[0],
                at,
            )


def _message_of(notice: Unsent) -> tuple[object, ...]:
    """Return what decides which of a person's messages a notice goes into.

    One message for each letter (one letter an OPD a day, its complaints in an annex), one for
    each kind that must be read in its own words (a recall, a question), one for each answer to be
    judged and each handover; the rest is one digest, or what stands for it (`bot.texts.SUMS_UP`).
    """
    if notice.letter is not None:
        return (notice.letter, notice.instansi_id, notice.kind)
    if notice.kind in HANDOVER:
        return (notice.kind, notice.id)
    if notice.kind in ALONE:
        return (notice.kind, notice.complaint_id)
    if notice.kind in OWN_WORDS:
        return (notice.kind, notice.instansi_id)
    return ("digest",)
