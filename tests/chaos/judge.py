"""PURE but for `read_books`: holds the outbox against the books of the provider itself.

Two messages of one text to one phone are one to the provider: they are counted together, and
which of the two a SID is bound to says nothing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from bot.channels.recovery import SEVERAL
from bot.compose import Installation
from config.terms import NoticeStatus
from scheduler.delivery import HANDED_ON
from scheduler.store.messaging_tables import Attempt, Message, Notice
from scheduler.store.phones import sealed_numbers
from scheduler.store.session import reading

TAKEN = 204
"""How a report that was taken in is answered."""
SHOWN = 5
"""How many of a kind of mistake are named."""
_DELIVERED = {"delivered", "read"}
_ENDED = (NoticeStatus.DELIVERED, NoticeStatus.ACCEPTED, NoticeStatus.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Tried:
    """One attempt as the outbox has it."""

    id: int
    message_id: int
    body: str
    sid: str | None
    status: NoticeStatus
    word: str | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Told:
    """One message as the outbox has it, with its attempts."""

    id: int
    phone: str
    status: NoticeStatus
    attempts: tuple[Tried, ...]


@dataclass(frozen=True, slots=True)
class Reason:
    """One notice as the outbox has it."""

    cause: str
    step: str
    status: NoticeStatus
    message_id: int | None


@dataclass(frozen=True, slots=True)
class Books:
    """What both sides hold of the same messages."""

    held: Sequence[Mapping[str, Any]]
    """The provider's: sid, to, body, status."""
    told: Sequence[Told]
    notices: Sequence[Reason]
    heard: AbstractSet[tuple[str, str]]
    """The reports that we took in: SID and word."""


@dataclass(slots=True)
class Verdict:
    """What became of every message."""

    messages: int = 0
    letters: int = 0
    once: int = 0
    twice: int = 0
    """How many were accepted again."""
    lost: int = 0
    unknown: int = 0
    """Left for a person, where the provider itself cannot tell."""
    unheard: int = 0
    """Handed to the network when we asked; that it arrived after that, nobody could tell us."""
    stuck: int = 0
    mistakes: Counter[str] = field(default_factory=Counter)
    """Whatever else is not as it should be, and how often."""
    examples: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether everything was accepted exactly once, or is unknown for a good reason."""
        return not (self.twice or self.lost or self.stuck or self.mistakes)

    def note(self, mistake: str, about: object) -> None:
        """Count a mistake."""
        self.mistakes[mistake] += 1
        if self.mistakes[mistake] <= SHOWN:
            self.examples.append(f"{mistake}: {about}")


def judge(books: Books, step: str, expected: int) -> Verdict:
    """Hold the books of both sides against each other; `expected` notices of a step were due."""
    letters = {notice.message_id for notice in books.notices if notice.step == step}
    verdict = Verdict(messages=len(books.told), letters=len(letters))
    due = sum(notice.step == step for notice in books.notices)
    if due != expected:
        verdict.note("notices", f"{due} of {expected}")
    held: dict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for one in books.held:
        held[one["to"], one["body"]].append(one)
    told: dict[tuple[str, str], list[Told]] = defaultdict(list)
    for message in books.told:
        told[message.phone, _text(message, verdict)].append(message)
    for key in {*held, *told}:
        _count(verdict, held.get(key, []), told.get(key, []))
    _bound(verdict, books)
    _notices(verdict, books)
    return verdict


def _text(message: Told, verdict: Verdict) -> str:
    texts = {attempt.body for attempt in message.attempts}
    if len(texts) > 1:
        verdict.note("a message went out in two texts", message.id)
    return next(iter(texts), "")


def _count(verdict: Verdict, held: Sequence[Mapping[str, Any]], told: Sequence[Told]) -> None:
    """Count messages of one text to one phone."""
    unknown = sum(message.status is NoticeStatus.UNKNOWN for message in told)
    if unknown and not _nobody_can_tell(held, told):
        verdict.note("unknown although the provider can tell", told[0].id)
    more = max(0, len(held) - len(told))
    verdict.twice += more
    verdict.lost += max(0, len(told) - unknown - len(held))
    verdict.unknown += unknown
    verdict.once += min(len(held), len(told) - unknown)
    if more:
        texts = {one["body"] for one in held}
        ids = [message.id for message in told]
        verdict.examples.append(f"accepted again: messages {ids} of {texts}")
    for message in told:
        if message.status not in _ENDED:
            verdict.stuck += 1
            errors = [attempt.error for attempt in message.attempts]
            verdict.examples.append(f"stuck: message {message.id} {message.status} {errors}")


def _nobody_can_tell(held: Sequence[Mapping[str, Any]], told: Sequence[Told]) -> bool:
    """Whether several of what the provider holds could be the one that is asked after."""
    bound = {attempt.sid for message in told for attempt in message.attempts}
    errors = {
        attempt.error
        for message in told
        for attempt in message.attempts
        if attempt.status is NoticeStatus.UNKNOWN
    }
    return sum(one["sid"] not in bound for one in held) > 1 and errors == {SEVERAL}


def _bound(verdict: Verdict, books: Books) -> None:
    """Every SID belongs to one attempt, of the same phone and text, and says the same."""
    bound: dict[str, tuple[Told, Tried]] = {}
    for message in books.told:
        for attempt in message.attempts:
            if attempt.sid is not None and bound.setdefault(attempt.sid, (message, attempt)) != (
                message,
                attempt,
            ):
                verdict.note("a SID is bound twice", attempt.id)
    by_sid = {one["sid"]: one for one in books.held}
    for sid in bound.keys() - by_sid.keys():
        verdict.note("a SID the provider does not know", bound[sid][1].id)
    unknown = {
        (message.phone, attempt.body)
        for message in books.told
        for attempt in message.attempts
        if attempt.status is NoticeStatus.UNKNOWN
    }
    for sid, one in by_sid.items():
        if sid in bound:
            _agree(verdict, one, *bound[sid], books.heard)
        elif (one["to"], one["body"]) not in unknown:
            verdict.note("accepted, and bound to no attempt", sid)


def _agree(
    verdict: Verdict,
    one: Mapping[str, Any],
    message: Told,
    attempt: Tried,
    heard: AbstractSet[tuple[str, str]],
) -> None:
    if (one["to"], one["body"]) != (message.phone, attempt.body):
        verdict.note("bound to an attempt of another message", one["sid"])
    accepted = message.status is NoticeStatus.ACCEPTED
    if accepted and attempt.word in HANDED_ON and (one["sid"], one["status"]) not in heard:
        # An SMS that the network has counts as told; later reports of it were lost on their way.
        verdict.unheard += 1
        return
    if one["status"] != attempt.word:
        verdict.note(
            "the provider says otherwise", (attempt.id, attempt.word, one["status"], message.status)
        )
    arrived = one["status"] in _DELIVERED
    if arrived != (message.status is NoticeStatus.DELIVERED):
        verdict.note("delivered, or not, against the provider", message.id)


def _notices(verdict: Verdict, books: Books) -> None:
    """Every notice is in one message, and is what its message is."""
    status = {message.id: message.status for message in books.told}
    for notice in books.notices:
        if notice.message_id is None or status.get(notice.message_id) is not notice.status:
            verdict.note("a notice is not what its message is", notice)
    for message_id in status.keys() - {notice.message_id for notice in books.notices}:
        verdict.note("a message of no notice", message_id)


def read_books(
    opened: Installation,
    held: Sequence[Mapping[str, Any]],
    callbacks: Sequence[Mapping[str, Any]],
    after: int,
) -> Books:
    """Read the outbox's side: what it has of messages with an id above `after`."""
    with reading(opened.engine) as connection:
        notices = [
            Reason(*row)
            for row in connection.execute(
                select(Notice.cause, Notice.step, Notice.status, Notice.message_id).where(
                    (Notice.message_id > after) | Notice.message_id.is_(None)
                )
            )
        ]
        messages = connection.execute(
            select(Message.id, Message.phone_id, Message.status).where(Message.id > after)
        ).all()
        attempts: dict[int, list[Tried]] = defaultdict(list)
        for row in connection.execute(
            select(
                Attempt.id,
                Attempt.message_id,
                Attempt.body,
                Attempt.sid,
                Attempt.status,
                Attempt.word,
                Attempt.error,
            )
            .where(Attempt.message_id > after)
            .order_by(Attempt.id)
        ):
            attempts[row.message_id].append(Tried(*row))
        sealed = sealed_numbers(connection, {row.phone_id for row in messages})
    phones = {key: opened.seal.open(number) for key, number in sealed.items()}
    told = [Told(r.id, phones[r.phone_id], r.status, tuple(attempts[r.id])) for r in messages]
    heard = {(each["sid"], each["status"]) for each in callbacks if TAKEN in each["answers"]}
    return Books(held, told, notices, heard)
