"""Hears stored messages one at a time, each in its own transaction and savepoint.

A message that cannot be heard keeps its row for another try; the others go on. Two workers never
hear the same message, and one person's messages are heard in the order they came.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from bot.conversation import Intent, Whose, number_in, read
from bot.dialogue import citizen, follow_ups, officer, protection
from bot.dialogue.filing import shown
from bot.dialogue.rights import whose
from bot.dialogue.talk import Talk
from bot.keywords import OFFICER, Word
from bot.protection import understood
from bot.substance import courtesy
from config.replies import reply
from config.words import Words
from scheduler.complaint import CLOSED, RefusedError
from scheduler.directory import PostInfo
from scheduler.inbound import Arrived
from scheduler.runner import fault
from scheduler.store import inbound, people
from scheduler.store.inbound import Waiting
from scheduler.store.people import Named
from scheduler.store.reach import raise_alert
from scheduler.store.sealed import Seal
from scheduler.store.session import DISCONNECTED, Connection, Engine, uncrossed, writing
from scheduler.world import World

log = logging.getLogger(__name__)

LOOP_REPLIES: Final = 20
LOOP_WITHIN: Final = timedelta(minutes=10)
"""After so many replies to one phone within this time it may be a machine: it hears no more."""


@dataclass(slots=True)
class Heard:
    """What listening came to, in messages."""

    heard: int = 0
    failed: int = 0
    problems: list[str] = field(default_factory=list)


class Listener:
    """Acts on what phones sent."""

    def __init__(self, engine: Engine, seal: Seal, words: Words) -> None:
        """Take the database, its seal, and the words that conversations go by."""
        self._engine = engine
        self._seal = seal
        self._words = words

    def listen(
        self,
        world: World,
        at: datetime,
        *,
        going: Callable[[], bool] = lambda: True,
        limit: int | None = None,
    ) -> Heard:
        """Hear what waits, up to `limit` messages; `going` is asked between them."""
        done = Heard()
        after = 0
        while going() and (limit is None or done.heard + done.failed < limit):
            heard, why = uncrossed(partial(self._next, world, at, after))
            if heard is None:
                break
            after = heard
            if why is None:
                done.heard += 1
            else:
                done.failed += 1
                done.problems.append(f"inbound message {after}: {why}")
        return done

    def _next(self, world: World, at: datetime, after: int) -> tuple[int | None, str | None]:
        """Hear the next message after one, in a transaction; return its id and what was wrong."""
        with writing(self._engine) as connection:
            waiting = inbound.next_waiting(connection, at, after)
            if waiting is None:
                return None, None
            why = self._hear(connection, world, at, waiting)
            if why is not None:
                again = inbound.unheard(connection, waiting, why, at)
                log.error("message_not_heard id=%s again=%s %s", waiting.id, again, why)
                if not again:
                    what = "sebuah pesan masuk tidak dapat diproses; lihat catatan sistem"
                    raise_alert(connection, f"inbound/{waiting.id}", what, at)
            return waiting.id, why

    def _hear(
        self, connection: Connection, world: World, at: datetime, waiting: Waiting
    ) -> str | None:
        """Act on one message in a savepoint; return what was wrong, or None."""
        savepoint = connection.begin_nested()
        try:
            self._act(connection, world, at, waiting)
        except DISCONNECTED:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the message is kept
            savepoint.rollback()
            return fault(error)
        savepoint.commit()
        return None

    def _act(self, connection: Connection, world: World, at: datetime, waiting: Waiting) -> None:
        arrived = Arrived.loads(self._seal.open(waiting.payload))
        phone_id = inbound.phone_of(connection, self._seal, arrived.sender)
        inner = connection.begin_nested()
        talk = self._talk(connection, world, at, waiting, arrived, phone_id)
        try:
            _answer(talk)
            talk.finish(silent=self._is_a_loop(connection, talk, at))
            inner.commit()
        except RefusedError as refused:
            # What the state of a complaint does not allow is said, and nothing of it is kept.
            inner.rollback()
            talk = self._talk(connection, world, at, waiting, arrived, phone_id)
            number = talk.intent.number or ", ".join(talk.quoted) or "Anda"
            talk.say("tidak_dapat", nomor=number, alasan=str(refused))
            talk.done("ditolak")
            talk.finish(silent=self._is_a_loop(connection, talk, at))
        # Last, as where a failed message is recorded, after runs and notices: an officer who writes
        # while a message to him fails must not wait crosswise with it.
        inbound.opened(connection, phone_id, arrived)
        inbound.heard(
            connection,
            waiting.id,
            at,
            phone_id=phone_id,
            effect=talk.effect,
            complaint_id=talk.complaint_id,
        )

    def _talk(
        self,
        connection: Connection,
        world: World,
        at: datetime,
        waiting: Waiting,
        arrived: Arrived,
        phone_id: int,
    ) -> Talk:
        """Find out who wrote and what about, and read the words."""
        moment = arrived.received_at
        held = people.held_posts(connection, phone_id, world.today(moment))
        posts = tuple(world.directory.posts[key] for key in held if key in world.directory.posts)
        former = not posts and people.ever_held(connection, phone_id)
        about: tuple[str, ...] = ()
        if arrived.replied_sid:
            keys = inbound.quoted(connection, phone_id, arrived.replied_sid)
            about = tuple(people.numbers(connection, keys))
        intent, named = self._read(connection, world, arrived, phone_id, posts, former, about)
        return Talk(
            connection=connection,
            world=world,
            seal=self._seal,
            words=self._words,
            at=moment,
            inbound_id=waiting.id,
            arrived=arrived,
            phone_id=phone_id,
            posts=posts,
            former=former,
            intent=intent,
            whose=named,
            quoted=about,
        )

    def _read(
        self,
        connection: Connection,
        world: World,
        arrived: Arrived,
        phone_id: int,
        posts: tuple[PostInfo, ...],
        former: bool,
        about: tuple[str, ...],
    ) -> tuple[Intent, Named | None]:
        written = number_in(arrived.text)
        quoted = about[0] if len(about) == 1 else None
        named = people.named(connection, written) if written else None
        intent = read(
            arrived.text,
            whose=whose(world, named, phone_id, posts, world.today(arrived.received_at)),
            officer=bool(posts) or former,
            button=arrived.button,
            quoted=quoted,
        )
        plain = not (arrived.media or arrived.place or (posts and about))
        intent = understood(intent, self._words, quoted=quoted, plain=plain)
        if intent.number is not None and intent.number != written:
            named = people.named(connection, intent.number)
        return intent, named if intent.number is not None else None

    def _is_a_loop(self, connection: Connection, talk: Talk, at: datetime) -> bool:
        """Return whether a phone was answered so often that it may be a machine; tell Kominfo.

        Counted up to when the message arrived: what waited out an outage, or is heard by a clock
        that is not ours, is judged as it would have been then.
        """
        phone_id, since = talk.phone_id, talk.at - LOOP_WITHIN
        count = inbound.replies_between(connection, phone_id, since, talk.at, LOOP_REPLIES)
        if count < LOOP_REPLIES:
            return False
        what = "satu nomor mengirim pesan beruntun; balasan kepadanya dihentikan sementara"
        raise_alert(connection, f"loop/{phone_id}/{at.date()}", what, at)
        return True


def _answer(talk: Talk) -> None:
    """Let the right one act: an officer's word is for officers, everything else a citizen's.

    "Sudah" alone, from somebody who never was one, is a citizen's, and so is what anybody says of
    a complaint that he reported himself and that is no duty of his.
    """
    official = talk.officer or talk.former
    if talk.intent.word not in OFFICER:
        citizen.act(talk)
    elif not talk.officer and _is_own(talk):
        _act_on_own(talk)
    elif official:
        officer.act(talk)
    elif talk.intent.number is not None:
        follow_ups.named(talk)  # says that it is not his
        word = talk.intent.word
        log.info(
            "officer_refused inbound=%s phone=%s word=%s", talk.inbound_id, talk.phone_id, word
        )
    else:
        citizen.act(talk)
    protection.keep(talk)


def _is_own(talk: Talk) -> bool:
    on = talk.world.today(talk.at)
    return whose(talk.world, talk.whose, talk.phone_id, talk.posts, on) is Whose.OWN


def _act_on_own(talk: Talk) -> None:
    """Take "SUDAH n" from its reporter for STATUS, and what he says beside it for TAMBAH.

    Whoever asks why (KENAPA) wants to hear how it stands, whatever he adds.
    """
    intent = talk.intent
    asks = intent.word is Word.KENAPA
    text = "" if courtesy(intent.text, talk.words) else intent.text
    adds = bool(text or talk.arrived.media or talk.arrived.place)
    assert talk.whose is not None
    case = talk.look(talk.whose.id)
    if asks and case.status in CLOSED:
        adds = False
    talk.intent = replace(intent, word=Word.TAMBAH if adds else Word.STATUS, text=text)
    citizen.act(talk)
    if adds and asks:
        said = reply("ditambahkan", talk.arrived.channel, nomor=shown(case))
        talk.texts = [one for one in talk.texts if one != said]
        follow_ups.status(talk, None)
