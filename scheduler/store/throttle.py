"""What may go out, over all workers: slots of a sender's rate limit, the daily cap, stops.

The law of the slots. A sender's slots lie `spacing(L)` apart, whoever takes them. What takes the
slot s arrives in [s, s + SLACK] or never: a worker that is later gives the slot up (see
`bot.channels.pacing`). So whatever arrives in a window of one second, both ends included, had its
slot in a window of 1 s + SLACK; slots d apart, of which such a window holds at most
(1 s + SLACK) / d + 1 rounded down, and d > (1 s + SLACK) / L makes that at most L. No stall of a
worker, however long, can change it, and the rate that remains is L / (1 + SLACK). A limit a
minute is the same law over a longer window.

Rows are locked to the end of the caller's transaction. Whoever locks several takes the spending
day first, then the senders in the order of their names, then nothing more.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from config.terms import Channel, NoticeStatus
from scheduler.store.messaging_tables import Attempt, Message, Sender, SpendingDay
from scheduler.store.session import database_now

SLACK = timedelta(milliseconds=35)
"""How long after its slot a message may arrive; 1 / 1.035 of the limit remains, above 0.96."""

SET_BACK = timedelta(minutes=30)
"""Slots further ahead than this nobody has taken: the database's clock was set back."""

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)

_MICROSECOND = timedelta(microseconds=1)
_MAY_HAVE_ARRIVED = (
    NoticeStatus.SENDING,
    NoticeStatus.UNKNOWN,
    NoticeStatus.ACCEPTED,
    NoticeStatus.DELIVERED,
)


def spacing(limit: int, window: timedelta = SECOND) -> timedelta:
    """Return how far apart the slots of a limit lie: a little more than window / limit."""
    if limit < 1:
        raise ValueError(f"a limit of {limit} messages lets nothing go")
    return (window + SLACK) // limit + _MICROSECOND


def plan(
    next_free: datetime,
    now: datetime,
    count: int,
    limit: int,
    within: timedelta | None = None,
    window: timedelta = SECOND,
) -> tuple[list[datetime], datetime]:
    """Return up to `count` slots from `next_free` or `now` on, and the next free one after them.

    None lies later than `within` from now: slots that nobody can wait for would be lost to all.
    """
    step = spacing(limit, window)
    if next_free - now > SET_BACK:
        next_free = now + window + SLACK
    first = max(next_free, now)
    if within is not None:
        count = min(count, (within - (first - now)) // step + 1)
    slots = [first + number * step for number in range(count)]
    return slots, slots[-1] + step if slots else next_free


def reserve(
    connection: Connection,
    sender: str,
    count: int,
    limit: int,
    within: timedelta | None = None,
    window: timedelta = SECOND,
) -> tuple[datetime, list[datetime]]:
    """Take up to `count` slots of a sender; return the database's time and the slots.

    Fewer come back where the next ones lie later than `within` from now. Other workers wait for
    the end of the transaction: it should be the last thing done in it. The slots are the
    caller's once it has committed.
    """
    next_free = _lock_sender(connection, sender)
    now = database_now(connection)  # under the lock: whoever had it before took his slots earlier
    slots, following = plan(next_free, now, count, limit, within, window)
    if following != next_free:
        connection.execute(
            update(Sender).where(Sender.sender == sender).values(next_slot_at=following)
        )
    return now, slots


def room(
    connection: Connection, sender: str, limit: int, within: timedelta, window: timedelta = SECOND
) -> int:
    """Return how many slots of a sender are still free within a time from now; locks nothing."""
    query = select(Sender.next_slot_at).where(Sender.sender == sender)
    now = database_now(connection)
    next_free = connection.execute(query).scalar() or now
    most = within // spacing(limit, window) + 1
    return len(plan(next_free, now, most, limit, within, window)[0])


def _lock_sender(connection: Connection, sender: str) -> datetime:
    """Lock the row of a sender, making it where it is missing; return its next free slot."""
    query = select(Sender.next_slot_at).where(Sender.sender == sender).with_for_update()
    found = connection.execute(query).scalar()
    if found is None:
        new = _insert(connection)(Sender).values(
            sender=sender, next_slot_at=database_now(connection)
        )
        connection.execute(new.on_conflict_do_nothing(index_elements=["sender"]))
        found = connection.execute(query).scalar_one()
    return found


def _insert(
    connection: Connection,
) -> type[postgresql.Insert | sqlite.Insert]:
    return postgresql.Insert if connection.dialect.name == "postgresql" else sqlite.Insert


# --- the daily cap --------------------------------------------------------------------------


def allow(connection: Connection, day: date, parts: Sequence[int], cap: int | None) -> int:
    """Return how many of the messages, in order, may go under the daily cap; count them in.

    `parts` are the billed parts of each message, `day` the local day, `cap` the most parts of a
    day over all workers (None: no cap, but counted). It ends at the first message that does not
    fit: a shorter one behind it must not overtake.
    """
    if not parts:
        return 0
    total = _lock_day(connection, day)
    allowed = 0
    for size in parts:
        if cap is not None and total + size > cap:
            break
        total += size
        allowed += 1
    if allowed:
        _set_day(connection, day, total)
    return allowed


def give_back(connection: Connection, day: date, parts: int) -> None:
    """Take back from a day what `allow` counted in and what then never went out."""
    if parts:
        _set_day(connection, day, max(0, _lock_day(connection, day) - parts))


def spent(connection: Connection, day: date) -> int:
    """Return how many billed parts have gone out on a local day."""
    query = select(SpendingDay.parts).where(SpendingDay.day == day)
    return connection.execute(query).scalar() or 0


def _lock_day(connection: Connection, day: date) -> int:
    query = select(SpendingDay.parts).where(SpendingDay.day == day).with_for_update()
    found = connection.execute(query).scalar()
    if found is None:
        new = _insert(connection)(SpendingDay).values(day=day, parts=0)
        connection.execute(new.on_conflict_do_nothing(index_elements=["day"]))
        found = connection.execute(query).scalar_one()
    return found


def _set_day(connection: Connection, day: date, parts: int) -> None:
    connection.execute(update(SpendingDay).where(SpendingDay.day == day).values(parts=parts))


def recipients(connection: Connection, since: datetime) -> int:
    """Return how many phones were sent something on WhatsApp since (database time).

    An attempt that was refused reached nobody; one that may have arrived counts. Meta limits the
    distinct users a business writes to in 24 hours.
    """
    return connection.execute(
        select(func.count(Message.phone_id.distinct()))
        .join(Attempt, Attempt.message_id == Message.id)
        .where(
            Attempt.posted_at >= since,
            Attempt.channel == Channel.WHATSAPP,
            Attempt.status.in_(_MAY_HAVE_ARRIVED),
        )
    ).scalar_one()


# --- senders that are stopped ---------------------------------------------------------------


def stop_sender(
    connection: Connection, sender: str, code: str, at: datetime, until: datetime
) -> bool:
    """Let nothing go from a sender until a moment; return whether it was going as of `at`.

    Only the first of several workers that meet the same trouble gets True, and tells somebody.
    A sender that is stopped already stays so until the later moment, under its first code.
    Both times are the pass's own.
    """
    _lock_sender(connection, sender)
    row = connection.execute(
        select(Sender.stopped_until).where(Sender.sender == sender)
    ).scalar_one()
    this = update(Sender).where(Sender.sender == sender)
    if row is not None and row > at:
        connection.execute(this.values(stopped_until=max(row, until)))
        return False
    connection.execute(this.values(stopped_at=at, stopped_until=until, stopped_code=code))
    return True


def stopped(connection: Connection, at: datetime) -> dict[str, str]:
    """Return the senders from which nothing may go as of `at` (the pass's own time), and why."""
    rows = connection.execute(
        select(Sender.sender, Sender.stopped_code)
        .where(Sender.stopped_until > at)
        .order_by(Sender.sender)
    )
    return {sender: code or "" for sender, code in rows}
