"""Puts an installation together: the only place that knows every part."""

from __future__ import annotations

import hmac
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from bot import rule_files
from bot.channels.contents import Contents
from bot.channels.dispatcher import Dispatched, Dispatcher
from bot.channels.gateway import Gateway
from bot.dialogue import chores
from bot.dialogue.listener import Heard, Listener
from bot.handover import tell_handovers
from bot.summary import tell_summaries
from config.settings import Settings
from config.terms import Channel
from config.words import Words
from scheduler import clock
from scheduler.inbound import Arrived
from scheduler.rules import Moved, RuleBook
from scheduler.store import grouping, inbound, throttle
from scheduler.store import rules as store
from scheduler.store.delivery import Report, take_in
from scheduler.store.sealed import Seal, key_beside
from scheduler.store.session import (
    Connection,
    Engine,
    SchemaError,
    check_schema,
    database_name,
    make_engine,
    migrate,
    reading,
    sqlite_path,
    writing,
)
from scheduler.sweep import sweep
from scheduler.world import World

log = logging.getLogger(__name__)

STOP_ALL = "stop_all"
LAST_TICK = "last_tick"
KEY = "key"
SIMULATOR_OFFSET = "simulator_offset"
"""By how many seconds the training room's clock is ahead of the machine's."""

BEAT_EVERY = timedelta(seconds=30)


class StartError(Exception):
    """The installation cannot be used as it is set up; one English sentence says what to do."""


@dataclass(frozen=True, slots=True)
class Tick:
    """What one pass did. `due` counts runs, `queued` and `held` notices, the rest messages."""

    at: datetime
    due: int = 0
    queued: int = 0
    sent: int = 0
    failed: int = 0
    unknown: int = 0
    held: int = 0
    problems: tuple[str, ...] = ()
    moved: tuple[Moved, ...] = ()
    stopped: bool = False
    beyond: int = 0
    """Open deadlines after `confirmed_until`, the last year whose days off are confirmed."""
    confirmed_until: int = 0
    resting: Mapping[str, str] = field(default_factory=dict)
    """Channels that stand still because the provider refuses the account or sender: the code."""


class Installation:
    """One government's Ingat: its database, its rules, its way to phones."""

    def __init__(self, settings: Settings, engine: Engine, seal: Seal, gateway: Gateway) -> None:
        """Hold the parts; `open_installation` makes them from the settings."""
        self.settings = settings
        self.engine = engine
        self.seal = seal
        self.gateway = gateway
        self.moved: list[Moved] = []
        """Runs that a change of calendar moved while a command loaded the rules."""
        self.problems: list[str] = []
        """What is wrong with the rule files, so that versions before them stay in force."""
        self._latest: World | None = None
        self._words: Words | None = None
        self.rules = RuleBook(settings.timezone, settings.shadow, settings.sp4n_fresh_h)
        self.dispatcher = Dispatcher(
            engine,
            seal,
            gateway,
            lease_s=settings.lease_s,
            unknown_after_s=settings.unknown_after_s,
            delivery_timeout_s=settings.delivery_timeout_s,
            daily_cap=settings.daily_spend_cap,
            recipients_24h=settings.twilio_recipients_24h
            if Channel.WHATSAPP in gateway.senders.by_channel and settings.gateway == "twilio"
            else None,
        )

    def close(self) -> None:
        """End the threads that post, and give back the connections."""
        self.dispatcher.close()
        self.engine.dispose()

    def now(self) -> datetime:
        """Return the moment (UTC) to act at: the machine's, or the training room's clock.

        Only simulated phones have such a clock: it is kept in the database, for all processes.
        """
        if self.settings.gateway != "simulator":
            return clock.now()
        with reading(self.engine) as connection:
            ahead = store.get_switch(connection, SIMULATOR_OFFSET)
        return clock.now() + timedelta(seconds=float(ahead or 0))

    def secret(self, purpose: str) -> str:
        """Return the secret that signs something (cookies, links): of SECRET_KEY, else DATA_KEY."""
        if self.settings.secret_key is None:
            return self.seal.derived(purpose)
        key = self.settings.secret_key.encode()
        return hmac.digest(key, purpose.encode(), "sha256").hex()

    # --- rules ----------------------------------------------------------------------------

    def load_rules(self, at: datetime) -> list[str]:
        """Load the policy and calendar files where they changed; return what is wrong with them.

        Raises `RuleFileError` where there is no version to fall back on.
        """
        return rule_files.load_rules(self.settings, self.engine, self.rules, at)

    def world(self, at: datetime) -> World:
        """Return the rules and people as they stand; due times follow changed days off first."""
        world, moved, problems = self._world(at)
        self.moved += moved
        self.problems += problems
        self._latest = world
        return world

    def _world(self, at: datetime) -> tuple[World, list[Moved], list[str]]:
        problems = self.load_rules(at)
        world = self.rules.world(self.engine)
        return world, self.rules.follow_calendar(self.engine, world, at), problems

    # --- the pass -------------------------------------------------------------------------

    def stopped_since(self) -> str | None:
        """Return since when everything is stopped (stop-all), or None."""
        with reading(self.engine) as connection:
            return store.get_switch(connection, STOP_ALL)

    def set_stopped(self, at: datetime, *, stopped: bool) -> None:
        """Stop everything that would tell anybody anything, or let it go on."""
        local = at.astimezone(self.settings.timezone).isoformat()
        with writing(self.engine) as connection:
            store.set_switch(connection, STOP_ALL, local if stopped else None, at)

    # --- what phones send -----------------------------------------------------------------

    def hear(self, arrived: Iterable[Arrived]) -> int:
        """Store what phones sent, in one transaction; return how much of it was new."""
        with writing(self.engine) as connection:
            return inbound.keep(connection, self.seal, arrived)

    def listen(
        self, at: datetime, going: Callable[[], bool] = lambda: True, limit: int | None = None
    ) -> Heard:
        """Act on what was stored and not heard yet; costs next to nothing where there is none."""
        if not self._waiting(at):
            return Heard()
        world, moved, problems = self._world(at)
        self.moved += moved
        heard = self._listener().listen(world, at, going=going, limit=limit)
        heard.problems += problems
        return heard

    def converse(self, at: datetime, going: Callable[[], bool] = lambda: True) -> Heard:
        """Hear what waits and send what is to be said back, without waiting for the next pass.

        With stop-all or SHADOW set, messages are heard and replies wait.
        """
        heard = self.listen(at, going)
        with reading(self.engine) as connection:
            waiting = grouping.any_to_phones(connection, at)
        if waiting and going() and not self.settings.shadow and self.stopped_since() is None:
            sent = self.dispatcher.run(self.rules.world(self.engine), at, going=going)
            heard.problems += sent.problems
        return heard

    def _listener(self) -> Listener:
        if self._words is None:
            self._words = rule_files.words_of(self.settings)
        return Listener(self.engine, self.seal, self._words)

    def take_report(self, report: Report) -> bool:
        """Keep a delivery report and apply it, in one transaction; return whether it was new."""
        with writing(self.engine) as connection:
            return take_in(connection, report, self.dispatcher.meaning)

    def refresh_templates(self, at: datetime) -> tuple[str, ...]:
        """Ask how far WhatsApp's approvals have come; have Kominfo told of what was withdrawn.

        Returns what went wrong; a provider that cannot be asked changes nothing.
        """
        from bot import templates
        from scheduler.store.reach import raise_alert

        gateway = self.gateway
        if not isinstance(gateway, Contents):
            return ()
        two_way = Channel.WHATSAPP in self.gateway.senders.two_way
        wanted = templates.wanted(self.world(at).policy.tanda, two_way=two_way)

        def raised(connection: Connection, gone: templates.WentOff) -> None:
            raise_alert(connection, gone.key, gone.perihal, gone.at)

        found = templates.refresh(
            gateway,
            self.engine,
            wanted,
            at,
            raised,
        )
        return found.problems

    def tick(
        self,
        at: datetime,
        going: Callable[[], bool] = lambda: True,
        heard_at_most: int | None = None,
    ) -> Tick:
        """Do one pass as of `at`: sweep until nothing is due, dispatch until nothing can go.

        Before that it hears what phones sent, `heard_at_most` messages (None: all of them).

        With stop-all set nothing is decided and nothing is sent: no ladder climbs while nobody
        can be told. Afterwards it is as after any outage.
        """
        begun = time.monotonic()
        world, moved, problems = self._world(at)
        if self.stopped_since() is not None:
            self._beat(at)
            beyond, confirmed = self.unconfirmed(world)
            return Tick(
                at,
                problems=tuple(problems),
                moved=tuple(moved),
                stopped=True,
                beyond=beyond,
                confirmed_until=confirmed,
            )
        going = self._beating(at, going)
        heard = Heard()
        if self._waiting(at):
            heard = self._listener().listen(world, at, going=going, limit=heard_at_most)
        problems += heard.problems + chores.run(self.engine, self.seal, world, at, going=going)
        swept = sweep(self.engine, world, at, going=going)
        tell_summaries(self.engine, world, at)
        tell_handovers(self.engine, world, at)
        # SHADOW sends nothing, not even what was decided before it was set.
        sent = (
            Dispatched()
            if world.shadow
            else self.dispatcher.run(world, at, going=going, begun=begun)
        )
        self._beat(at)
        beyond, confirmed = self.unconfirmed(world)
        return Tick(
            at,
            swept.due,
            swept.queued,
            sent.sent,
            sent.failed,
            sent.unknown,
            swept.held,
            tuple(problems + swept.problems + sent.problems),
            tuple(moved),
            stopped=self.stopped_since() is not None,
            beyond=beyond,
            confirmed_until=confirmed,
            resting=self._resting(at),
        )

    def _waiting(self, at: datetime) -> bool:
        with reading(self.engine) as connection:
            return inbound.any_waiting(connection, at)

    def _resting(self, at: datetime) -> dict[str, str]:
        """Return the channels whose sender rests after an error of the account, and its code."""
        with reading(self.engine) as connection:
            codes = throttle.stopped(connection, at)
        senders = self.gateway.senders.by_channel
        return {channel: codes[one] for channel, one in senders.items() if one in codes}

    def unconfirmed(self, world: World | None = None) -> tuple[int, int]:
        """Return how many open deadlines lie beyond the last confirmed year, and that year.

        By `world`, else by the rules last loaded with `world()`: (0, 0) where none were.

        The `holidays` library adds later years silently, by estimate; decrees come year by year.
        """
        world = world or self._latest
        if world is None:
            return 0, 0
        year = world.calendar(None).confirmed_until
        first = datetime(year + 1, 1, 1, tzinfo=world.zone)
        with reading(self.engine) as connection:
            return store.deadlines_from(connection, first), year

    def _beating(self, at: datetime, going: Callable[[], bool]) -> Callable[[], bool]:
        """Have a long pass leave word between its batches that it is alive, and heed stop-all."""
        last = clock.now()

        def alive() -> bool:
            nonlocal last
            if clock.now() - last > BEAT_EVERY:
                self._beat(at)
                last = clock.now()
            return going() and self.stopped_since() is None

        return alive

    def _beat(self, at: datetime) -> None:
        """Leave word that the scheduler has looked, for `/readyz`; in the machine's own time."""
        with writing(self.engine) as connection:
            store.set_switch(connection, LAST_TICK, clock.now().isoformat(), at)


def open_installation(settings: Settings) -> Installation:
    """Open the database of `settings`; raise `StartError` where that cannot be done.

    An embedded SQLite database is made and brought up to date here; a PostgreSQL one belongs to
    several machines and is migrated on purpose, by `ingat migrate`.
    """
    engine = make_engine(settings.database_url)
    try:
        seal = _opened(settings, engine)
    except BaseException:
        engine.dispose()  # else its connections stay open with nobody to close them
        raise
    return Installation(settings, engine, seal, _gateway(settings, engine, seal))


def _opened(settings: Settings, engine: Engine) -> Seal:
    """Bring the database up to date where that is ours to do, and return its seal."""
    embedded = sqlite_path(settings.database_url)
    try:
        if not check_schema(engine):
            if settings.is_postgresql:
                raise StartError("the database has not the newest schema; run: ingat migrate")
            migrate(settings.database_url)
    except store.StoreError as error:
        where = database_name(settings.database_url)
        raise StartError(f"{where} cannot be opened: {store.reason(error)}") from None
    except SchemaError as error:
        raise StartError(f"{database_name(settings.database_url)} {error}") from None
    key = settings.data_key
    if key is None:
        with reading(engine) as connection:
            sealed = store.get_switch(connection, KEY) is not None
        key = key_beside(embedded or Path("ingat.db"), sealed=sealed)
    seal = Seal(key)
    _check_key(engine, seal)
    return seal


def _gateway(settings: Settings, engine: Engine, seal: Seal) -> Gateway:
    """Return the way to phones that GATEWAY names; each is imported only where it is used."""
    if settings.gateway == "twilio" and settings.has_sms_gate:
        from bot.channels.combined import CombinedGateway

        return CombinedGateway(settings)
    if settings.gateway == "twilio":
        from bot.channels.twilio_gateway import TwilioGateway

        return TwilioGateway(settings)
    if settings.gateway == "smsgate":
        from bot.channels.sms_gate import SmsGate

        return SmsGate(settings)
    if settings.gateway == "manual":
        from bot.channels.manual import ManualGateway

        return ManualGateway()
    from bot.channels.simulator import Simulator

    return Simulator(engine, seal)


def _check_key(engine: Engine, seal: Seal) -> None:
    """Refuse another key than the one the data was sealed with, before anything is written."""
    with reading(engine) as connection:
        known = store.get_switch(connection, KEY)
    if known is None:
        # Another first start may have been quicker: what it left is what counts.
        with writing(engine) as connection:
            known = store.keep_switch(connection, KEY, seal.fingerprint(), clock.now())
    if known != seal.fingerprint():
        raise StartError(
            "DATA_KEY is not the key this database was sealed with; set the key it was made with"
        )
