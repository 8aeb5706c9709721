"""What stands in the database after a story, held against the reference.

Of the ladders only respon is compared; the notices of the other clocks go to the same phones
meanwhile and must not disturb. That each message was sent exactly once is asked of all of them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select

from bot.compose import Installation
from config.terms import Clock, NoticeStatus, Peran
from scheduler.store.messaging_tables import Attempt, Message, Notice, SimulatorMessage
from scheduler.store.session import Connection, reading
from scheduler.store.tables import ClockRun, Complaint, Holder, Phone, Post, RunStep
from tests.factories import holder_of
from tests.story.playing import Plan
from tests.story.reference import JAKARTA, Told, WallCalendar, expected
from tests.story.windows import DAYS_OFF


class Noted(NamedTuple):
    """A step on record."""

    step: str
    occurrence: int
    due_at: datetime
    recorded_at: datetime
    outcome: str


class Line(NamedTuple):
    """A notice: whom it told of which step, when, and what became of it."""

    step: str
    occurrence: int
    jabatan: str
    peran: str
    copy: bool
    due_at: datetime
    created_at: datetime
    status: str
    settled_at: datetime | None


def assert_as_expected(
    installation: Installation, made: Sequence[Plan], ticks: Sequence[datetime], *, week: int = 5
) -> None:
    """Every step and notice of respon stands exactly as the reference says, none more, none less.

    Also when each was sent: at the first tick on which its people may be disturbed and the
    complaint is not paused.
    """
    with reading(installation.engine) as connection:
        noted, lines = _noted(connection), _lines(connection)
        assert_each_sent_once(connection)
    calendar = WallCalendar(DAYS_OFF, week, JAKARTA)
    sending = [tick for tick in ticks if calendar.may_send(tick)]
    for plan in made:
        answered_at = plan.answered_at
        if answered_at is not None and answered_at > ticks[-1]:
            answered_at = None  # the story ends before
        told = expected(
            plan.disposed_at,
            ticks,
            days_off=DAYS_OFF,
            week=week,
            pauses=plan.pauses,
            answered_at=answered_at,
        )
        steps = [Noted(t.step, t.occurrence, t.due_at, t.recorded_at, t.outcome) for t in told]
        assert noted.pop(plan.number) == steps, plan
        open_ticks = [tick for tick in sending if not plan.paused(tick)]
        wanted = [line for one in told for line in _wanted(plan.opd, one, open_ticks, answered_at)]
        assert sorted(lines.pop(plan.number)) == sorted(wanted), plan
    assert not noted
    assert not lines


def steps_of(installation: Installation, number: str) -> list[Noted]:
    """The steps of respon of one complaint, in the order in which they were recorded."""
    with reading(installation.engine) as connection:
        return _noted(connection)[number]


def _wanted(
    opd: str, told: Told, sending: Sequence[datetime], answered_at: datetime | None
) -> Iterator[Line]:
    """The notices of one step; `sending` are the ticks at which people may be told something."""
    first = bisect_left(sending, told.recorded_at)
    settled_at = sending[first] if first < len(sending) else None
    status = NoticeStatus.DELIVERED if settled_at else NoticeStatus.PENDING
    if answered_at is not None and (settled_at is None or answered_at <= settled_at):
        status, settled_at = NoticeStatus.CANCELLED, answered_at
    for role, copy in told.roles:
        yield Line(
            told.step,
            told.occurrence,
            holder_of(Peran(role), opd),
            role,
            copy,
            told.due_at,
            told.recorded_at,
            status,
            settled_at,
        )


def _noted(connection: Connection) -> dict[str, list[Noted]]:
    rows = connection.execute(
        select(
            Complaint.tracking_id,
            RunStep.step,
            RunStep.occurrence,
            RunStep.due_at,
            RunStep.recorded_at,
            RunStep.outcome,
        )
        .join(ClockRun, ClockRun.id == RunStep.run_id)
        .join(Complaint, Complaint.id == ClockRun.complaint_id)
        .where(ClockRun.clock == Clock.RESPON)
        .order_by(RunStep.id)
    )
    found: dict[str, list[Noted]] = defaultdict(list)
    for row in rows:
        found[str(row.tracking_id)].append(Noted._make(row[1:]))
    return found


def _lines(connection: Connection) -> dict[str, list[Line]]:
    rows = connection.execute(
        select(
            Complaint.tracking_id,
            Notice.step,
            Notice.occurrence,
            Post.jabatan,
            Notice.peran,
            Notice.copy,
            Notice.due_at,
            Notice.created_at,
            Notice.status,
            Notice.settled_at,
        )
        .join(Complaint, Complaint.id == Notice.complaint_id)
        .join(Post, Post.id == Notice.post_id)
        .where(Notice.clock == Clock.RESPON)
    )
    found: dict[str, list[Line]] = defaultdict(list)
    for row in rows:
        found[str(row.tracking_id)].append(Line._make(row[1:]))
    return found


def assert_each_sent_once(connection: Connection) -> None:
    """What the phones received is what was recorded as sent, message by message, none twice.

    Every delivered notice is in exactly one message, to the phone of its post's holder.
    """
    inbox = connection.execute(
        select(SimulatorMessage.sid, SimulatorMessage.phone_blind, SimulatorMessage.body)
    ).all()
    sent = connection.execute(
        select(Attempt.sid, Phone.blind, Attempt.body, Attempt.message_id)
        .join(Message, Message.id == Attempt.message_id)
        .join(Phone, Phone.id == Message.phone_id)
        .where(Attempt.status == NoticeStatus.DELIVERED)
    ).all()
    assert {tuple(row) for row in inbox} == {tuple(row[:3]) for row in sent}
    assert len(inbox) == len(sent)
    messages = [row.message_id for row in sent]
    assert len(set(messages)) == len(messages)
    told = connection.execute(
        select(Notice.message_id, Message.phone_id, Holder.phone_id)
        .outerjoin(Message, Message.id == Notice.message_id)
        .join(Holder, Holder.post_id == Notice.post_id)
        .where(Notice.status == NoticeStatus.DELIVERED)
    ).all()
    assert {row[0] for row in told} == set(messages)
    assert all(phone == holder for _, phone, holder in told)
